"""What the generator page asks of Python: forms, texts and files in, `dict`s for JSON out.

The page shows what it gets and decides nothing. All text is safe to show. It is cut here, since
places are counted in code points, and JavaScript counts in UTF-16.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from sample import sample_reports
from tlsrpt import (
    FormError,
    TLSRPTError,
    check,
    check_answer,
    generate,
    normalize_domain,
)
from tlsrpt._display import visible
from tlsrpt.report import read_reports, summarize
from tlsrpt.report._findings import first_error
from tlsrpt.report.html import html_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlsrpt import CheckResult, Finding, FormProblem
    from tlsrpt.report import ReceivedReport

Answer = dict[str, object]

_PIECE_OF_LIST: Final = re.compile(r"[^\s,;]+")

# The verdict for findings with these codes, if there is one; otherwise the record is good or bad
_VERDICTS: Final = {
    "failed-lookup": "unknown",
    "empty-record": "none",
    "record-not-found": "none",
    "domain-for-record": "other",
    "endpoint-for-record": "other",
    "wrong-record": "other",
}
# What the page says where the hint of the command line names another command
_HINTS: Final = {
    "domain-for-record": "paste its TXT record; this page sends nothing, so it cannot look it up",
    "endpoint-for-record": "enter it under Generate a record, with the domain",
}
# So many reports with errors are named; a mailbox may have a hundred thousand.
_MOST_NOTES: Final = 20
_LINE_END: Final = re.compile(r"\r?\n")

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
        lines = _PIECE_OF_LIST.findall(problem.text)
    else:
        lines = [problem.error.hint.removeprefix("write ").partition("; ")[0]]
    accept = normalize_domain if problem.field == "domain" else partial(generate, "example.com")
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
    if not text.strip():
        return {"verdict": "empty", "value": None, "findings": [], "fixed": None, "correction": ""}
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
    codes = {finding.code for finding in result.findings}
    for code, verdict in _VERDICTS.items():
        if code in codes:
            return verdict
    return "broken" if not result else "drawbacks" if result.findings else "good"


def _findings(result: CheckResult) -> list[Answer]:
    return [_finding(result.text, finding) for finding in result.findings]


def _finding(text: str, finding: Finding) -> Answer:
    start, end = finding.span
    last = min(end, start + _LONGEST_MARK)
    before = _lines(text[max(0, start - _AROUND) : start])
    marked = text[start:last]
    after = _lines(text[last : last + _AROUND])
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": _HINTS.get(finding.code, finding.hint),
        "before": f"...{before}" if start > _AROUND else before,
        # A mark on nothing but the end of a line would be invisible.
        "marked": _lines(marked) if marked.strip("\r\n") else visible(marked),
        "after": f"{after}..." if last + _AROUND < len(text) else after,
    }


def _lines(text: str) -> str:
    r"""The text as `visible` shows it, but in lines.

    >>> _lines("TXT\r\n\x1b")
    'TXT\n\\x1b'
    """
    return "\n".join(map(visible, _LINE_END.split(text)))


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
    notes: list[str] = []
    summary = summarize(_reports(files, today, unread, future, notes))
    title = [_number(summary.reports, "report")]
    if summary.duplicates:
        title.append(f"{_number(summary.duplicates, 'duplicate')} left out")
    if future:
        title.append(f"{_number(len(future), 'report')} dated in the future left out")
    if len(notes) > _MOST_NOTES:
        more = _number(len(notes) - _MOST_NOTES, "more report")
        notes[_MOST_NOTES:] = [f"{more} read, but with errors"]
    html = html_page(summary, unread=unread, today=today)
    return {"title": ", ".join(title), "notes": notes, "html": html}


def _reports(
    files: list[tuple[str, str]],
    today: date,
    unread: list[ReceivedReport],
    future: list[str],
    notes: list[str],
) -> Iterator[ReceivedReport]:
    """The reports up to today; later ones are added to a list, and unreadable ones to another.

    Notes say which of those up to today have errors. The reports come one at a time: a mailbox may
    have a hundred thousand.
    """
    for name, path in files:
        is_empty = True
        others: list[ReceivedReport] = []
        for received in read_reports(path):
            named = received._replace(source=name + received.source.removeprefix(path))
            has_error = any(finding.severity == "error" for finding in received.findings)
            if not received.report and not has_error:
                others[:1] = [named]
                continue
            is_empty = False
            if not received.report:
                unread.append(named)
            elif received.report.start_datetime.date() > today:
                future.append(named.source)
            else:
                if has_error:
                    error = first_error(received.findings)
                    notes.append(f"{visible(named.source)}: read, but {error}")
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
    return {"title": title, "notes": [], "html": html_page(summary, title, today=today)}


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
