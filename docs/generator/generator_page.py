"""What the generator page asks of Python: forms, texts and files in, `dict`s for JSON out.

The page shows what it gets and decides nothing. All text is safe to show. It is cut here, since
places are counted in code points, and JavaScript counts in UTF-16.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from sample import sample_reports
from tlsrpt import (
    FormError,
    ReportURI,
    TLSRPTError,
    check,
    check_answer,
    generate,
    normalize_domain,
)
from tlsrpt._display import visible
from tlsrpt.report import read_reports, summarize
from tlsrpt.report.html import html_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlsrpt import CheckResult, Finding, FormProblem
    from tlsrpt.report import ReceivedReport

Answer = dict[str, object]

_LIST_SEPARATOR: Final = re.compile(r"[\s,;]+")

# Codes of findings that there is no record to check
_NO_RECORD: Final = {"domain-for-record", "empty-record", "record-not-found", "wrong-record"}
# What the command line says, and what the page says instead
_LOOK_UP: Final = "paste its TXT record; this page sends nothing, so it cannot look it up"

# A finding shows this much of the record on either side of its place.
_AROUND: Final = 60
_LONGEST_MARK: Final = 200


def answer(name: str, arguments: str) -> str:
    """Call one of the functions below with arguments in JSON, and return its answer in JSON.

    >>> answer("generate_record", '["example.com", "mailto:tls@example.com"]')[:25]
    '{"host": "_smtp._tls.exam'
    """
    functions = (generate_record, check_record, summarize_files, show_sample)
    (function,) = (function for function in functions if function.__name__ == name)
    return json.dumps(function(*json.loads(arguments)))


# --- The form -----------------------------------------------------------------------------------


def generate_record(domain: str, endpoints: str) -> Answer:
    """The record of a form with its drawbacks, or the problems if there are any.

    >>> generate_record("example.com", "mailto:tls@example.com")["value"]
    'v=TLSRPTv1; rua=mailto:tls@example.com'
    >>> generate_record("example.com", "TLS <tls@example.com>")["problems"][0]["write"]
    'mailto:tls@example.com'
    """
    try:
        record = generate(domain, endpoints)
    except FormError as error:
        return {"problems": [_problem(problem) for problem in error.problems]}
    return {
        "host": record.host,
        "value": record.value,
        "zone": record.to_zone(),
        "rdata": record.to_rdata(),
        "findings": _findings(check(record.value, domain=record.domain)),
    }


def _problem(problem: FormProblem) -> Answer:
    return {
        "field": problem.field,
        "line": problem.line,
        "typed": problem.text,
        "code": problem.error.code,
        "message": problem.error.message,
        "hint": problem.error.hint,
        "write": _text_to_write(problem),
    }


def _text_to_write(problem: FormProblem) -> str | None:
    """What to write instead, if the hint is a text that the field accepts."""
    if problem.error.code == "uri-list":
        lines = _LIST_SEPARATOR.split(problem.text.strip())
    else:
        lines = [problem.error.hint.removeprefix("write ").partition("; ")[0]]
    accept = normalize_domain if problem.field == "domain" else ReportURI
    try:
        for line in lines:
            accept(line)
    except TLSRPTError:
        return None
    # A long text has been cut for the hint.
    return None if lines[0].endswith("...") else "\n".join(lines)


# --- The checker --------------------------------------------------------------------------------


def check_record(text: str) -> Answer:
    """What is wrong with a record, or with the answer of a DNS tool, and the corrected record.

    >>> check_record("v=TLSRPTv1; rua=tls@example.com")["fixed"]
    'v=TLSRPTv1; rua=mailto:tls@example.com'
    """
    text = text.strip("\r\n")
    result = check_answer(text)
    is_corrected = any(finding.fix for finding in result.findings)
    return {
        "verdict": _verdict(result),
        "value": visible(result.text) if result.text not in {"", text} else None,
        "findings": _findings(result),
        "fixed": None if result.fixed == result.text else result.fixed,
        "correction": "Corrected record" if is_corrected else "The same record in canonical form",
    }


def _verdict(result: CheckResult) -> str:
    if any(finding.code == "failed-lookup" for finding in result.findings):
        return "unknown"
    if any(finding.code in _NO_RECORD for finding in result.findings):
        return "none"
    return "broken" if not result else "drawbacks" if result.findings else "good"


def _findings(result: CheckResult) -> list[Answer]:
    return [_finding(result.text, finding) for finding in result.findings]


def _finding(text: str, finding: Finding) -> Answer:
    start, end = finding.span
    last = min(end, start + _LONGEST_MARK)
    before = visible(text[max(0, start - _AROUND) : start])
    after = visible(text[last : last + _AROUND])
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": _LOOK_UP if finding.code == "domain-for-record" else finding.hint,
        "before": f"...{before}" if start > _AROUND else before,
        "marked": visible(text[start:last]),
        "after": f"{after}..." if last + _AROUND < len(text) else after,
    }


# --- The report reader --------------------------------------------------------------------------


def summarize_files(files: list[tuple[str, str]]) -> Answer:
    """What the reports in some files say, as a document.

    Like the command, it leaves out reports that are dated in the future.

    Args:
        files: the name of each file, and the path under which it can be read.

    >>> summarize_files([])["title"]
    '0 reports'
    """
    today = datetime.now(UTC).date()
    unread: list[ReceivedReport] = []
    future: list[str] = []
    summary = summarize(_reports(files, today, unread, future))
    title = [_number(summary.reports, "report")]
    if summary.duplicates:
        title.append(f"{_number(summary.duplicates, 'duplicate')} left out")
    if future:
        title.append(f"{_number(len(future), 'report')} dated in the future left out")
    return {"title": ", ".join(title), "html": html_page(summary, unread=unread, today=today)}


def _reports(
    files: list[tuple[str, str]], today: date, unread: list[ReceivedReport], future: list[str]
) -> Iterator[ReceivedReport]:
    """The reports up to today; later ones are added to a list, and unreadable ones to another.

    They come one at a time: a mailbox may have a hundred thousand.
    """
    for name, path in files:
        is_empty = True
        others: list[ReceivedReport] = []
        for received in read_reports(path):
            named = received._replace(source=name + received.source.removeprefix(path), report=None)
            if any(finding.severity == "error" for finding in received.findings):
                unread.append(named)
            elif not received.report:
                others[:1] = [named]
                continue
            is_empty = False
            if received.report and received.report.start_datetime.date() > today:
                future.append(named.source)
            elif received.report:
                yield received
        # A mailbox may have other mails, but not only those.
        if is_empty:
            unread += others


def show_sample() -> Answer:
    """What invented reports of the last month say, as a document.

    >>> show_sample()["title"]
    'A sample: 90 invented reports'
    """
    today = datetime.now(UTC).date()
    summary = summarize(sample_reports(today))
    title = f"A sample: {_number(summary.reports, 'invented report')}"
    return {"title": title, "html": html_page(summary, title, today=today)}


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
