"""Collecting findings up to a limit, or raising the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from tlsrpt._display import clipped
from tlsrpt.report._catalogue import (
    CATALOGUE,
    ReportError,
    ReportFinding,
    Severity,
    fail,
    make_finding,
)
from tlsrpt.report._words import number

if TYPE_CHECKING:
    from collections.abc import Iterable

# A hostile document could earn a million.
MAX_FINDINGS: Final = 1000
# Names outside ASCII: each may take a millisecond or more to normalize. A report is about one
# domain, its names are to be in A-labels, and repeated ones count once.
LEAST_NAMES: Final = 1000
# Names of the standard have up to 30 characters. A hostile one may have millions.
_MAX_NAME: Final = 200

# A place in a document: the place around it, and a name or an index there; None is the document.
# It becomes a JSON Pointer only if there is a finding to show.
Place: TypeAlias = "tuple[Place, str | int] | None"


def pointer_to(place: Place) -> str:
    """The JSON Pointer to a place (RFC 6901 section 3), with long names cut."""
    if not place:
        return ""
    around, name = place
    short = str(name) if len(str(name)) <= _MAX_NAME else f"{str(name)[:_MAX_NAME]}..."
    return f"{pointer_to(around)}/{short.replace('~', '~0').replace('/', '~1')}"


def first_error(findings: Iterable[ReportFinding]) -> str:
    """The first error and how many more there are; without one, the same of warnings."""
    worst = [each for each in findings if each.severity == "error"] or [*findings]
    if not worst:
        return ""
    first = worst[0]
    place = f"{clipped(first.pointer)}: " if first.pointer else ""
    rest = len(worst) - 1
    more = f" and {number(rest, f'more {first.severity}')}" if rest else ""
    return f"{place}{first.message} [{first.code}]{more}"


class Findings:
    """The findings about one document: the first ones, and how many more there are.

    Args:
        limit: how many to keep, at least one.
        names: where to collect the names outside ASCII, if other documents share the limit to them.

    Attributes:
        names: the names outside ASCII that have been read.
        max_names: how many of these may be read.
    """

    # Whether anybody looks at them.
    wanted = True

    def __init__(self, limit: int = MAX_FINDINGS, names: set[str] | None = None) -> None:
        self.names: set[str] = set() if names is None else names
        self.max_names = LEAST_NAMES
        self._limit = limit
        self._found: list[ReportFinding] = []
        self._more = 0
        self._more_errors = 0

    def add(self, code: str, place: Place = None, /, **facts: object) -> None:
        """Add a finding, or count it."""
        if len(self._found) < self._limit:
            self._found.append(make_finding(code, pointer_to(place), **facts))
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
            for dropped in self._found[self._limit - 1 :]:
                self._count(dropped.severity)
            self._found[self._limit - 1 :] = [_finding_of(error)]
        if not self._more:
            return tuple(self._found)
        return (*self._found, more_findings(self._more, self._more_errors))


def more_findings(count: int, errors: int) -> ReportFinding:
    """The finding that there are more, which is an error if one of them is."""
    more = make_finding("more-findings", count=count, errors=errors)
    return more._replace(severity="error") if errors else more


def _finding_of(error: ReportError) -> ReportFinding:
    """The finding that an exception was made of."""
    return ReportFinding(error.code, "error", error.message, error.hint, error.pointer, error.facts)


class Unwanted(Findings):
    """For those who do not ask for findings."""

    wanted = False

    def add(self, code: str, place: Place = None, /, **facts: object) -> None:
        """Ignore the finding."""


class RaiseFirst(Findings):
    """For what is to be sent: the first finding is raised.

    A constructor puts domains into their normal form without a word.
    """

    def add(self, code: str, place: Place = None, /, **facts: object) -> None:
        """Raise the finding."""
        if code != "domain-format":
            raise fail(code, pointer_to(place), **facts)
