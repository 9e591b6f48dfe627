"""Collecting findings: up to a limit, or not even one."""

from __future__ import annotations

from typing import Final

from tlsrpt.report._catalogue import (
    CATALOGUE,
    ReportError,
    ReportFinding,
    Severity,
    fail,
    find,
)

# A hostile document could earn a million.
MAX_FINDINGS: Final = 1000


class Findings:
    """The findings about one document: the first 1,000, and how many more there are."""

    def __init__(self) -> None:
        self._found: list[ReportFinding] = []
        self._more = 0
        self._more_errors = 0

    def add(self, code: str, pointer: str, /, **facts: object) -> None:
        """Add a finding, or count it."""
        if len(self._found) < MAX_FINDINGS:
            self._found.append(find(code, pointer, **facts))
        else:
            self._count(CATALOGUE[code].severity)

    def _count(self, severity: Severity) -> None:
        self._more += 1
        self._more_errors += severity == "error"

    def close(self, error: ReportError | None = None) -> tuple[ReportFinding, ...]:
        """All findings, with the error that ended the reading, if there is one.

        What was only counted comes last, as an error if one of them is an error.
        """
        if error:
            for dropped in self._found[MAX_FINDINGS - 1 :]:
                self._count(dropped.severity)
            self._found[MAX_FINDINGS - 1 :] = [_finding_of(error)]
        if not self._more:
            return tuple(self._found)
        more = find("more-findings", "", count=self._more, errors=self._more_errors)
        if self._more_errors:
            more = more._replace(severity="error")
        return (*self._found, more)


def _finding_of(error: ReportError) -> ReportFinding:
    """The finding that an exception was made of."""
    return ReportFinding(error.code, "error", error.message, error.hint, error.pointer)


class RaiseFirst(Findings):
    """For what is to be sent: the first finding is raised.

    What a constructor puts into its normal form is none.
    """

    def add(self, code: str, pointer: str, /, **facts: object) -> None:
        """Raise the finding."""
        if code != "domain-format":
            raise fail(code, pointer, **facts)
