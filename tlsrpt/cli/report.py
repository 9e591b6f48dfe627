"""`tlsrpt report`: summarize reports in words, or print them as JSON or CSV."""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Final

from tlsrpt._display import clipped, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tlsrpt.cli._io import Commands
    from tlsrpt.report import DomainSummary, FailureDetail, Policy, ReceivedReport, Report, Totals
    from tlsrpt.report._result_types import ResultType

_COLUMNS: Final = (
    *("organization-name", "start-datetime", "end-datetime", "contact-info", "report-id"),
    *("policy-type", "policy-domain", "result-type", "sending-mta-ip", "receiving-mx-hostname"),
    *("receiving-mx-helo", "receiving-ip", "failed-session-count", "additional-information"),
    "failure-reason-code",
)
_STANDARD_INPUT: Final = "standard input"
# Where a spreadsheet could begin a cell, whatever separates cells for it and whether or not it
# minds quotation marks, and where the cell would be a formula; the last four characters are as wide
# as East Asian ones. A tab or CR is escaped anyhow.
_FORMULA: Final = re.compile('((?:\\A|[,;|])[ "]*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])')


def add_parser(commands: Commands) -> None:
    """Add the command and its arguments."""
    command = commands.add_parser(
        "report",
        help="summarize TLS reports",
        description="Read TLS reports from files, folders, mailboxes, e-mails and archives, and "
        "say how many sessions failed, why, and what to do about it. Exit status: 0 if all "
        "reports could be read, even if sessions failed; 1 if one could not, or a PATH holds "
        "none; 2 for wrong usage.",
    )
    command.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        type=_path,
        help="a report, e-mail, mbox, Maildir or folder, or gzip or zip; - is standard input",
    )
    command.add_argument(
        "--format",
        choices=("text", "json", "csv"),
        default="text",
        help="text: a summary (default); json: one report per line; csv: one row per failure "
        "detail",
    )
    command.set_defaults(run=run)


def _path(text: str) -> str:
    if not text:
        # Else it would be the current folder.
        raise argparse.ArgumentTypeError("it is empty")
    return text


def run(arguments: argparse.Namespace) -> int:
    """Read the reports and print what they say; return the exit status."""
    reading = _Reading(arguments.paths, progress=_wants_progress(arguments.format))
    if arguments.format == "json":
        for report in reading.reports():
            print(report.to_json())
    elif arguments.format == "csv":
        _print_csv(reading.reports())
    else:
        _print_text(reading)
    return 1 if reading.complaints else 0


def _wants_progress(output: str) -> bool:
    """Whether to show progress: stderr is a terminal, and stdout shows nothing meanwhile."""
    is_silent = output == "text" or not (sys.stdout and sys.stdout.isatty())
    return bool(sys.stderr and sys.stderr.isatty() and is_silent)


class _Reading:
    """Reads all paths, complains about what cannot be read, and keeps count."""

    def __init__(self, paths: list[str], *, progress: bool) -> None:
        self._paths = paths
        self._progress = progress
        self._items = 0
        self.complaints = 0
        self.without_report = 0

    def reports(self) -> Iterator[Report]:
        """All reports of all paths, in order."""
        return (received.report for received in self.received() if received.report)

    def received(self) -> Iterator[ReceivedReport]:
        """What `read_reports` yields for all paths, in order."""
        for path in self._paths:
            found, complaints = False, self.complaints
            try:
                for received in _received(path):
                    found |= received.report is not None
                    self._note(received)
                    yield received
            except OSError as error:
                self._complain(path, error.strerror or str(error))
                continue
            if not found and self.complaints == complaints:
                source = _STANDARD_INPUT if path == "-" else path
                self._complain(source, "there is no TLS report in it")
        self._clear()

    def _note(self, received: ReceivedReport) -> None:
        self._items += 1
        if self._progress and self._items % 100 == 0:
            print(f"\r{self._items:,} read", end="", file=sys.stderr, flush=True)
        errors = [finding for finding in received.findings if finding.severity == "error"]
        if errors and received.report:
            pointer = f"{visible(errors[0].pointer)}: " if errors[0].pointer else ""
            place = f"{pointer}{errors[0].message} [{errors[0].code}]"
            more = f" and {_number(len(errors) - 1, 'more error')}" if len(errors) > 1 else ""
            self._warn(received.source, f"read, but {place}{more}")
            # What follows the report is not read.
            self.complaints += any(finding.code == "second-document" for finding in errors)
        elif errors:
            self._complain(received.source, f"{errors[0].message} [{errors[0].code}]")
        elif not received.report:
            self.without_report += 1

    def _complain(self, source: str, message: str) -> None:
        self.complaints += 1
        self._warn(source, message)

    def _warn(self, source: str, message: str) -> None:
        self._clear()
        print(f"tlsrpt report: {visible(source)}: {message}", file=sys.stderr)

    def _clear(self) -> None:
        if self._progress:
            print(f"\r{20 * ' '}\r", end="", file=sys.stderr, flush=True)


def _received(path: str) -> Iterator[ReceivedReport]:
    # The other commands need not wait for this.
    from tlsrpt.report import read_reports  # noqa: PLC0415
    from tlsrpt.report._octets import MAX_SIZE  # noqa: PLC0415
    from tlsrpt.report.files import read_stream  # noqa: PLC0415

    if path != "-":
        return read_reports(path)
    # Standard input may be closed.
    return read_stream(sys.stdin.buffer if sys.stdin else io.BytesIO(), _STANDARD_INPUT, MAX_SIZE)


# --- CSV ----------------------------------------------------------------------------------------


def _print_csv(reports: Iterable[Report]) -> None:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for report in reports:
        for policy in report.policies:
            for detail in policy.failure_details:
                rows.writerow([_cell(value) for value in _row(report, policy, detail)])


def _row(report: Report, policy: Policy, detail: FailureDetail) -> Iterator[object]:
    values = {**vars(report), **vars(policy), **vars(detail)}
    # A count that is missing is read as 0, and would lower an average.
    values["failed_session_count"] = detail.failed_session_count or None
    for column in _COLUMNS:
        yield values[column.replace("-", "_")]


def _cell(value: object) -> str:
    """A value as a spreadsheet may have it: nothing that it would run."""
    if isinstance(value, datetime):
        from tlsrpt.report._values import write_date_time  # noqa: PLC0415 - as above

        return write_date_time(value)
    return "" if value is None else _FORMULA.sub(r"\1'", visible(str(value)))


# --- Text ---------------------------------------------------------------------------------------


def _print_text(reading: _Reading) -> None:
    from tlsrpt.report import summarize  # noqa: PLC0415 - the other commands need not wait for this

    summary = summarize(reading.received())
    counts = [_number(summary.reports, "report")]
    if summary.duplicates:
        counts.append(f"{_number(summary.duplicates, 'duplicate')} left out")
    if reading.without_report:
        counts.append(f"{reading.without_report:,} without a report")
    print("; ".join(counts))
    for name, domain in summary.domains.items():
        print()
        print(_domain_text(name, domain))
    if any(domain.result_types for domain in summary.domains.values()):
        print("\nFor the server and sender of each failure, run: tlsrpt report --format csv PATH")


def _domain_text(name: str | None, domain: DomainSummary) -> str:
    lines = [f"{_name(name)}: {_sessions(domain)}"]
    if domain.claimed_reports:
        claimed = _number(domain.claimed_reports, "report")
        lines.append(
            f"  For {claimed}, this domain is the sender's claim: only TLS-Report-Domain of the "
            "mail names it."
        )
    lines += ["", "  by sender"]
    lines += _table([(_name(sender), totals) for sender, totals in domain.by_sender.items()])
    lines += ["  by day"]
    lines += _table([(str(day), totals) for day, totals in domain.by_day.items()])
    return "\n".join([*lines, *_failures_text(name, domain)])


def _failures_text(name: str | None, domain: DomainSummary) -> Iterator[str]:
    """The failures, those of unknown types with one advice for all of them."""
    from tlsrpt.report._result_types import (  # noqa: PLC0415 - as above
        MISSING,
        RESULT_TYPES,
        UNKNOWN,
    )

    failures: defaultdict[ResultType, list[str]] = defaultdict(list)
    for result_type, count in domain.result_types.items():
        known = RESULT_TYPES.get(result_type, UNKNOWN) if result_type else MISSING
        # A detail without a count is read as 0.
        sessions = _number(count, "session") if count else "not counted"
        failures[known].append(f"  {_name(result_type)}: {sessions}")
    for known, lines in failures.items():
        yield ""
        yield from lines
        yield f"    {known.meaning}"
        yield f"    {known.advice.replace('DOMAIN', clipped(name or 'YOUR-DOMAIN'))}"


def _table(rows: list[tuple[str, Totals]]) -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [f"    {name:{width}}  {_sessions(totals)}" for name, totals in rows]


def _sessions(totals: Totals) -> str:
    failed = totals.total_failure_session_count
    sessions = _number(failed + totals.total_successful_session_count, "session")
    return f"{sessions}, {failed:,} failed"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _name(name: str | None) -> str:
    return "(not named)" if name is None else clipped(name)
