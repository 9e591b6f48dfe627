"""What `tlsrpt report` takes from each file, e-mail and report, maybe in another process."""

from __future__ import annotations

import csv
import io
import re
import sys
from datetime import UTC, date, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from tlsrpt._display import clipped, visible
from tlsrpt.report._findings import first_error
from tlsrpt.report._item import ReceivedReport, read_item
from tlsrpt.report._octets import MAX_SIZE
from tlsrpt.report._sts import read_sts_policy
from tlsrpt.report._sums import Contribution
from tlsrpt.report._values import write_date_time
from tlsrpt.report.files import walk, walk_stream
from tlsrpt.report.summary import contribution_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tlsrpt.report import Policy, Report

STANDARD_INPUT: Final = "standard input"
# In characters: a name that is repeated in each row must not make megabytes of a small report.
_MAX_CELL: Final = 500
_COLUMNS: Final = (
    *("organization-name", "start-datetime", "end-datetime", "contact-info", "report-id"),
    *("policy-type", "policy-domain", "policy-mode", "mx-host"),
    *("total-successful-session-count", "total-failure-session-count"),
    *("result-type", "sending-mta-ip", "receiving-mx-hostname", "receiving-mx-helo"),
    *("receiving-ip", "failed-session-count", "additional-information", "failure-reason-code"),
)
# Where a spreadsheet could begin a cell, with any separator, quoted or not, and where the cell
# would be a formula; the last four characters are as wide as East Asian ones. A tab or CR is always
# escaped.
_FORMULA: Final = re.compile('((?:\\A|[,;|])[ "]*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])')
# Of a mail without a report; it may have 256 KiB of others.
_KEPT_FIELDS: Final = ("From", "Subject", "Date")
# A mail takes less time than a record of its length.
_OCTETS_PER_CHARACTER: Final = 4
# In characters: a Date (RFC 5322 section 3.3) takes 31, and comments may follow.
_MAX_DATE: Final = 200


class Wanted(NamedTuple):
    """What is wanted: the output format, and the domain, or None for all."""

    output: str
    domain: str | None


class Item(NamedTuple):
    """What is taken from a `ReceivedReport`.

    Attributes:
        contribution: what the report adds; None if there is none.
        output: the lines to print for it in JSON or CSV.
        source: where it is from.
        warning: what to say about it.
        is_failure: whether something could not be read.
        unread: what should have been a report, for the page.
        day: the day of the report, or else of the mail, in UTC; None if it is not known.
    """

    contribution: Contribution | None
    output: str
    source: str
    warning: str
    is_failure: bool
    unread: ReceivedReport | None
    day: date | None


class Unread(NamedTuple):
    """A message or file that some process has yet to read."""

    octets: bytes
    source: str


class End(NamedTuple):
    """That a path has been read, or why it could not be."""

    path: str
    error: str


# An Item is what was read already.
Task: TypeAlias = Unread | Item | End


def tasks(paths: list[str], wanted: Wanted) -> Iterator[Task]:
    """All that is in some paths, in order; ``-`` is standard input."""
    for path in paths:
        error = ""
        try:
            for each in _unread(path):
                yield each if isinstance(each, Unread) else item_of(each, wanted)
        except OSError as failure:
            error = failure.strerror or str(failure)
        yield End(path, error)


def _unread(path: str) -> Iterator[ReceivedReport | Unread]:
    if path != "-":
        return walk(path, MAX_SIZE, _put_off)
    # Standard input may be closed.
    stream = sys.stdin.buffer if sys.stdin else io.BytesIO()
    return walk_stream(stream, STANDARD_INPUT, MAX_SIZE, _put_off)


def _put_off(octets: bytes, source: str, _max_size: int) -> list[Unread]:
    return [Unread(octets, source)]


def size(task: Task) -> int:
    """How much work it is, in characters of a record."""
    return len(task.octets) // _OCTETS_PER_CHARACTER if isinstance(task, Unread) else 0


def read_tasks(tasks: Iterable[Task], wanted: Wanted) -> Iterator[Item | End]:
    """What is taken from each message and file."""
    for task in tasks:
        if isinstance(task, Unread):
            for received in read_item(task.octets, task.source, MAX_SIZE):
                yield item_of(received, wanted)
        else:
            yield task


def read_block(tasks: list[Task], wanted: Wanted) -> list[Item | End]:
    """The same for some, at once."""
    return list(read_tasks(tasks, wanted))


def item_of(received: ReceivedReport, wanted: Wanted) -> Item:
    """What is taken from a file, e-mail or report."""
    source, report, findings, headers = received
    errors = [finding for finding in findings if finding.severity == "error"]
    if report is None:
        warning = f"{_mail(headers)}{errors[0].message} [{errors[0].code}]" if errors else ""
        # Only the page lists it, and a mailbox may have any number of these.
        is_kept = errors and wanted.output == "html"
        unread = received._replace(headers=_kept(headers)) if is_kept else None
        return Item(None, "", source, warning, bool(errors), unread, _day(headers))
    contribution = contribution_of(report, headers)
    # What follows the report is not read.
    is_failure = any(finding.code == "second-document" for finding in errors)
    return Item(
        contribution,
        _output(report, contribution.claim, wanted),
        source,
        f"read, but {first_error(errors)}" if errors else "",
        is_failure,
        None,
        contribution.day,
    )


def _mail(headers: Message | None) -> str:
    """Sender and subject of a mail: the name of a file in a Maildir says little."""
    if headers is None:
        return ""
    named = [
        f'{name.lower()} "{clipped(headers[name])}"'
        for name in ("From", "Subject")
        if headers[name]
    ]
    return f"mail {', '.join(named)}: " if named else ""


def _day(headers: Message | None) -> date | None:
    """The day in UTC on which a mail says it was sent."""
    if headers is None or not headers["Date"]:
        return None
    try:
        sent = parsedate_to_datetime(str(headers["Date"])[:_MAX_DATE])
        # -0000, without a zone, is in UTC as well.
        return (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).astimezone(UTC).date()
    except (ValueError, OverflowError):
        return None


def _kept(headers: Message | None) -> Message | None:
    if headers is None:
        return None
    kept = Message()
    for name in _KEPT_FIELDS:
        if headers[name]:
            kept[name] = headers[name]
    return kept


# --- JSON and CSV -------------------------------------------------------------------------------


def header(output: str) -> str:
    """The first line."""
    return _lines([_COLUMNS]) if output == "csv" else ""


def _output(report: Report, claim: str | None, wanted: Wanted) -> str:
    policies = [
        policy
        for policy in report.policies
        if wanted.domain in {None, policy.policy_domain or claim}
    ]
    if wanted.output == "json" and policies:
        return f"{report.to_json()}\n"
    if wanted.output == "csv":
        return _lines(row for policy in policies for row in _rows(report, policy))
    return ""


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _rows(report: Report, policy: Policy) -> Iterator[list[str]]:
    """The policy with its totals and no failure, and each failure without totals."""
    values = {**vars(report), **vars(policy), "policy_mode": None}
    if policy.policy_type == "sts":
        sts = read_sts_policy(policy.policy_string, policy.mx_host)
        values |= {"policy_mode": sts.mode, "mx_host": sts.mx}
    yield _row(values)
    # A policy may have thousands of hosts, which must not be repeated for each of thousands of
    # failures.
    values |= {"total_successful_session_count": None, "total_failure_session_count": None}
    values["mx_host"] = None
    for detail in policy.failure_details:
        # A count that is missing is read as 0, and would lower an average.
        count = detail.failed_session_count or None
        yield _row({**values, **vars(detail), "failed_session_count": count})


def _row(values: Mapping[str, object]) -> list[str]:
    return [_cell(values.get(column.replace("-", "_"))) for column in _COLUMNS]


def _cell(value: object) -> str:
    """A value as a cell that no spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return write_date_time(value)
    text = " ".join(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else str(value)
    text = text if len(text) <= _MAX_CELL else f"{text[:_MAX_CELL]}..."
    return _FORMULA.sub(r"\1'", visible(text))
