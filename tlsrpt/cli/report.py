"""`tlsrpt report`: what reports say, for people or for other programs."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt._display import visible
from tlsrpt.cli._io import Once, complain, complain_briefly, count, decoded, say
from tlsrpt.domain import normalize_domain
from tlsrpt.errors import TLSRPTError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlsrpt.cli._io import Commands
    from tlsrpt.cli._report_items import End, Item, Wanted
    from tlsrpt.report import ReceivedReport, Summary
    from tlsrpt.report._sums import Contribution

# The exit status of --fail-over.
_FAILED: Final = 3


def add_parser(commands: Commands) -> None:
    """Add the command and its arguments."""
    command = commands.add_parser(
        "report",
        help="summarize TLS reports",
        description="Read TLS reports from files, folders, mailboxes, e-mails and archives, and "
        "say what failed, why, what to do about it, and whether MTA-STS can be switched to "
        "enforce. Exit status: 0 if all reports could be read, even if sessions failed; 1 if one "
        "could not, if there is none at a PATH, or if none is left; 2 for wrong usage; 3 if more "
        "sessions failed than --fail-over allows.",
    )
    command.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        type=_path,
        help="a report, e-mail, mbox, Maildir or folder, or gzip or zip; - is standard input",
    )
    command.add_argument(
        "--since",
        metavar="DATE",
        action=Once,
        type=_since,
        help="the first day in UTC, such as 2025-03-01, or 14d for 14 days ago",
    )
    command.add_argument(
        "--until",
        metavar="DATE",
        action=Once,
        type=_date,
        help="the last day in UTC (default: today)",
    )
    command.add_argument(
        "--domain", action=Once, help="the Policy Domain that reports must be about"
    )
    command.add_argument(
        "--format",
        choices=("text", "html", "json", "csv", "summary"),
        default="text",
        help="text: what failed, and why (default); html: a page that also has charts and "
        "policies; json: one report per line; csv: one row per policy and failure detail; "
        "summary: one JSON object with all figures, problems and verdicts",
    )
    command.add_argument(
        "--fail-over",
        metavar="PERCENT",
        type=_percent,
        help="exit with status 3 if more than this share of a domain's sessions failed",
    )
    command.add_argument(
        "--jobs",
        metavar="NUMBER",
        type=count,
        default=1,
        help="how many processes read large mailboxes (default: 1)",
    )
    command.set_defaults(run=_run)


def _path(text: str) -> str:
    if not text:
        # Otherwise, it would mean the current folder.
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _date(text: str, example: str = "2025-03-01") -> date:
    # `fromisoformat` alone reads other forms, such as week dates.
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise argparse.ArgumentTypeError(f"{text} is not a date such as {example}")


def _since(text: str) -> date:
    if not re.fullmatch("[0-9]{1,5}d", text):
        return _date(text, "2025-03-01 or 14d")
    return today() - timedelta(days=int(text.removesuffix("d")))


def _percent(text: str) -> Fraction:
    value = text.removesuffix("%")
    if not re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,9})?", value) or Fraction(value) > 100:
        raise argparse.ArgumentTypeError(f"{text} is not a percentage such as 0.5")
    return Fraction(value)


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


class _Filter(NamedTuple):
    """Which reports count."""

    since: date | None
    until: date | None
    domain: str | None

    def takes(self, report: Contribution) -> bool:
        """Whether a report counts. One without a domain may: a later mail may name the domain."""
        if not (self.since or date.min) <= report.day <= (self.until or date.max):
            return False
        return self.domain is None or any(
            policy.domain in {None, self.domain} for policy in report.policies
        )

    def __str__(self) -> str:
        """The conditions, in words."""
        conditions = [
            f"{word} {value}"
            for word, value in zip(("since", "until", "about"), self, strict=True)
            if value is not None
        ]
        return " ".join(conditions)


def _run(arguments: argparse.Namespace) -> int:
    """Read the reports and print what they say; return the exit status."""
    # The other commands need not wait for these.
    from tlsrpt.cli._report_items import Wanted, header  # noqa: PLC0415
    from tlsrpt.report._sums import Sums  # noqa: PLC0415
    from tlsrpt.report.summary import summary_of  # noqa: PLC0415

    domain = arguments.domain
    if domain is not None:
        try:
            domain = normalize_domain(decoded(domain))
        except TLSRPTError as error:
            complain("report", error)
            return 2
    output, now = arguments.format, today()
    filter_ = _Filter(arguments.since, arguments.until, domain)
    reading = _Reading(arguments.paths, Wanted(output, domain), arguments.jobs, filter_.since)
    sums = Sums()
    reports = future = 0
    print(header(output), end="")
    try:
        for item in reading.items():
            if item.contribution is None:
                continue
            reports += 1
            if item.contribution.day > now:
                future += 1
            elif filter_.takes(item.contribution) and sums.add(item.contribution):
                print(item.output, end="")
    except ChildProcessError:
        complain_briefly("report", "a process of --jobs was killed; the output is not complete")
        return 2
    if future:
        are = "report is" if future == 1 else "reports are"
        complain_briefly("report", f"{future:,} {are} dated in the future and left out")
    summary = _about(domain, summary_of(sums))
    is_empty = reports + reading.old > 0 and not summary.reports
    if is_empty:
        complain_briefly("report", f"no report is left {filter_}".rstrip())
    has_failed = _complain_about_failures(summary, arguments.fail_over)
    _print_summary(output, summary, reading, filter_.since, min(now, arguments.until or now))
    if has_failed:
        return _FAILED
    return 1 if reading.complaints or is_empty else 0


def _about(domain: str | None, summary: Summary) -> Summary:
    """The summary of only one domain."""
    if domain is None:
        return summary
    kept = summary.domains.get(domain)
    return replace(
        summary,
        domains={} if kept is None else {domain: kept},
        reports=0 if kept is None else kept.reports,
    )


def _complain_about_failures(summary: Summary, limit: Fraction | None) -> bool:
    """Name the domains in which too large a share of the sessions failed; say if there are any."""
    if limit is None:
        return False
    over = [
        f"{name}: {domain.total_failure_session_count:,} of {domain.total_session_count:,} "
        f"sessions failed, more than {float(limit):g}%"
        for name, domain in summary.domains.items()
        if 100 * domain.total_failure_session_count > limit * domain.total_session_count
    ]
    for line in over:
        complain_briefly("report", line)
    return bool(over)


def _print_summary(
    output: str, summary: Summary, reading: _Reading, since: date | None, day: date
) -> None:
    """Print what the reports say, judged as of a day."""
    from tlsrpt.cli._report_text import counts, summary_json, summary_text  # noqa: PLC0415

    if output == "html":
        from tlsrpt.report.html import html_page  # noqa: PLC0415

        page = html_page(summary, _title(summary), unread=reading.unread, today=day)
        print(page, end="")
    elif output == "summary":
        print(json.dumps(summary_json(summary, day)))
    elif output == "text":
        from tlsrpt.report.readiness import DAYS  # noqa: PLC0415

        print(counts(summary, reading.without_report))
        if summary.reports and since and since > day - timedelta(days=DAYS):
            print(
                f"You asked only for reports since {since}; "
                f"a verdict needs reports of at least {DAYS} days."
            )
        for line in summary_text(summary, day):
            print(line)


def _title(summary: Summary) -> str:
    """The title of the page, which names the domain and the days if there is only one domain."""
    from tlsrpt.report._words import between, name  # noqa: PLC0415

    if len(summary.domains) != 1:
        return "TLS reports"
    (domain,) = summary.domains.values()
    days = between([domain.first_day, domain.last_day])
    return f"TLS reports for {name(domain.policy_domain)} {days}"


class _Reading:
    """Reads all paths, complains about what cannot be read, and keeps count.

    A complaint about what is older than --since would be repeated every day.

    Attributes:
        complaints: how often something could not be read.
        without_report: how many mails and files have no report and do not claim to have one.
        old: how many could not be read, or had mistakes, but are older than --since.
        unread: what could not be read.
    """

    def __init__(self, paths: list[str], wanted: Wanted, jobs: int, since: date | None) -> None:
        self._paths = paths
        self._jobs = jobs
        self._since = since
        self._wanted = wanted
        # stderr is a terminal, and stdout shows nothing meanwhile.
        is_silent = wanted.output not in {"json", "csv"} or not (sys.stdout and sys.stdout.isatty())
        self._progress = bool(sys.stderr and sys.stderr.isatty() and is_silent)
        self._items = 0
        self.complaints = 0
        self.without_report = 0
        self.old = 0
        self.unread: list[ReceivedReport] = []

    def items(self) -> Iterator[Item]:
        """What is in all paths, in order."""
        from tlsrpt.cli._report_items import STANDARD_INPUT, End  # noqa: PLC0415

        found, complaints = False, 0
        for each in self._results():
            if not isinstance(each, End):
                found |= each.contribution is not None or self._is_old(each)
                self._note(each)
                yield each
                continue
            if each.error:
                self._complain(each.path, each.error)
            elif not found and self.complaints == complaints:
                source = STANDARD_INPUT if each.path == "-" else each.path
                self._complain(source, "there is no TLS report in it")
            found, complaints = False, self.complaints
        self._clear()

    def _results(self) -> Iterator[Item | End]:
        from tlsrpt.cli._report_items import read_block, read_tasks, size, tasks  # noqa: PLC0415

        found = tasks(self._paths, self._wanted)
        if self._jobs == 1:
            return read_tasks(found, self._wanted)
        # It loads multiprocessing.
        from tlsrpt.cli._processes import map_blocks  # noqa: PLC0415

        work = partial(read_block, wanted=self._wanted)
        return chain.from_iterable(map_blocks(work, found, self._jobs, size))

    def _note(self, item: Item) -> None:
        self._items += 1
        if self._progress and self._items % 100 == 0:
            say(f"\r{self._items:,} read", end="")
        if not item.warning:
            self.without_report += item.contribution is None
            return
        if self._is_old(item):
            self.old += 1
            return
        self._warn(item.source, item.warning)
        self.complaints += item.is_failure
        if item.unread is not None:
            self.unread.append(item.unread)

    def _is_old(self, item: Item) -> bool:
        return bool(self._since and item.day and item.day < self._since)

    def _complain(self, source: str, message: str) -> None:
        self.complaints += 1
        self._warn(source, message)

    def _warn(self, source: str, message: str) -> None:
        self._clear()
        say(f"tlsrpt report: {visible(source)}: {message}")

    def _clear(self) -> None:
        if self._progress:
            say(f"\r{20 * ' '}\r", end="")
