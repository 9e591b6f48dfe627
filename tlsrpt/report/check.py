"""`check_report`: how a report deviates from the standard."""

from __future__ import annotations

from dataclasses import dataclass

from tlsrpt.report._catalogue import ReportError, ReportFinding
from tlsrpt.report._findings import MAX_FINDINGS, Findings
from tlsrpt.report._octets import MAX_SIZE, Unpacked
from tlsrpt.report._reader import read
from tlsrpt.report.model import Report, report_of


@dataclass(frozen=True, slots=True)
class ReportCheck:
    """What `check_report` found. It is true if the report is ok.

    Attributes:
        report: the report as `Report.parse` reads it; None if that raises an exception.
        findings: what deviates, with at most 1,000 findings and one more that says how many are
            left out.

    >>> check = check_report("{}")
    >>> check.report, check.ok
    (None, False)
    """

    report: Report | None
    findings: tuple[ReportFinding, ...]

    def __bool__(self) -> bool:
        return self.ok

    @property
    def ok(self) -> bool:
        """Whether there is no error, so no part of the report is lost or in doubt."""
        return not self.errors

    @property
    def errors(self) -> tuple[ReportFinding, ...]:
        """The findings in which something is lost or may have been misread."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[ReportFinding, ...]:
        """The findings in which the sender deviates from the standard but nothing is lost."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")


def check_report(data: bytes | str, *, max_size: int = MAX_SIZE) -> ReportCheck:
    """Read a report and say where it deviates from RFC 8460 section 4.4.

    Args:
        data: the JSON document, as text, octets or a gzip stream.
        max_size: how many octets it may take, unpacked, as for `Report.parse`. Reading takes at
            most 30 times as much memory.

    Raises:
        TypeError: the data is neither `bytes` nor `str`. Nothing else is raised, whatever it holds.

    >>> check = check_report(
    ...     '''{
    ...     "organization-name": "Sender Inc.",
    ...     "date-range": {
    ...         "start-datetime": "2025-03-01T00:00:00",
    ...         "end-datetime": "2025-03-01T23:59:59Z"
    ...     },
    ...     "contact-info": null,
    ...     "report-id": "2025-03-01-example.com",
    ...     "policies": []
    ...     }'''
    ... )
    >>> for finding in check.findings:
    ...     print(finding.severity, finding.code, finding.pointer)
    warning missing-member /contact-info
    error missing-time-zone /date-range/start-datetime
    warning missing-member /policies
    """
    return check_document(data, max_size)


def check_document(
    data: bytes | str | Unpacked,
    max_size: int,
    max_findings: int = MAX_FINDINGS,
    names: set[str] | None = None,
) -> ReportCheck:
    """As `check_report`, also for what has been unpacked before; for the limits, see `Findings`."""
    findings = Findings(max_findings, names)
    try:
        report = report_of(read(data, findings, max_size))
    except ReportError as error:
        return ReportCheck(None, findings.close(error))
    return ReportCheck(report, findings.close())
