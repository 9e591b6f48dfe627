"""What the generator page asks of Python: forms, texts and files in, `dict`s for JSON out.

The page shows what it gets and decides nothing. All text is safe to show, and cut here, since
places are counted in code points and JavaScript counts in UTF-16.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Final

from tlsrpt import (
    FormError,
    ReportURI,
    TLSRPTError,
    check,
    check_answer,
    generate,
    normalize_domain,
)
from tlsrpt._display import clipped, visible
from tlsrpt.report import read_reports, summarize
from tlsrpt.report._result_types import MISSING, RESULT_TYPES, SEE_REASON_CODES, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tlsrpt import CheckResult, Finding, FormProblem
    from tlsrpt.report import DomainSummary, ReceivedReport, Report, Totals

Answer = dict[str, object]

_LIST_SEPARATOR: Final = re.compile(r"[\s,;]+")

# Codes of findings that there is no record to check
_NO_RECORD: Final = {"domain-for-record", "empty-record", "record-not-found", "wrong-record"}
# What the command line says, and what the page says instead
_LOOK_UP: Final = "paste its TXT record; this page sends nothing, so it cannot look it up"
_SEE_REASON_CODES: Final = "Look for failure-reason-code in the report."

# A finding shows this much of the record on either side of its place.
_AROUND: Final = 60
_LONGEST_MARK: Final = 200
# At least a week is drawn. So many bars fit side by side, and so many remarks are worth reading.
_MIN_BARS: Final = 7
_MAX_BARS: Final = 92
_MAX_REMARKS: Final = 20


def answer(name: str, arguments: str) -> str:
    """Call one of the functions below with arguments in JSON, and return its answer in JSON.

    >>> answer("generate_record", '["example.com", "mailto:tls@example.com"]')[:25]
    '{"host": "_smtp._tls.exam'
    """
    functions = (generate_record, check_record, summarize_files)
    (function,) = (function for function in functions if function.__name__ == name)
    return json.dumps(function(*json.loads(arguments)))


# --- The form -----------------------------------------------------------------------------------


def generate_record(domain: str, endpoints: str) -> Answer:
    """The record of a form, with its drawbacks; or the problems, where there are any.

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
    """What the reports in some files say, added up.

    Args:
        files: the name of each file, and the path under which it can be read.

    >>> summarize_files([])["domains"]
    []
    """
    remarks: list[Answer] = []
    summary = summarize(_reports(files, remarks))
    counts = [_number(summary.reports, "report")]
    if summary.duplicates:
        counts.append(f"{_number(summary.duplicates, 'duplicate')} left out")
    more = len(remarks) - _MAX_REMARKS
    if more > 0:
        remarks[_MAX_REMARKS:] = [_remark("And more", _number(more, "remark"), None)]
    return {
        "title": ", ".join(counts),
        "remarks": remarks,
        "domains": [_domain(name, domain) for name, domain in summary.domains.items()],
    }


def _reports(files: list[tuple[str, str]], remarks: list[Answer]) -> Iterator[Report]:
    """The reports in all files; what is to be said about a file is added to the remarks."""
    for name, path in files:
        found = False
        complaints: list[Answer] = []
        for received in read_reports(path):
            source = visible(name + received.source.removeprefix(path))
            if received.report:
                found = True
                yield received.report
            complaints += _complaint(source, received)
        if not found and not complaints:
            complaints = [_remark(visible(name), "there is no TLS report in it", "no-report")]
        remarks += complaints


def _complaint(source: str, received: ReceivedReport) -> Iterator[Answer]:
    errors = [finding for finding in received.findings if finding.severity == "error"]
    if errors:
        more = f" (and {_number(len(errors) - 1, 'more error')})" if len(errors) > 1 else ""
        yield _remark(source, f"{errors[0].message}{more}", errors[0].code)


def _remark(source: str, message: str, code: str | None) -> Answer:
    return {"source": source, "message": message, "code": code}


def _domain(name: str | None, domain: DomainSummary) -> Answer:
    return {
        "name": _name(name),
        **_figures(domain),
        "days": [{"name": str(day), **_figures(each)} for day, each in domain.by_day.items()],
        "senders": [
            {"name": _name(who), **_figures(each)} for who, each in domain.by_sender.items()
        ],
        "bars": _bars(domain.by_day),
        "failures": [
            _failure(result_type, count, name) for result_type, count in domain.result_types.items()
        ],
    }


def _figures(totals: Totals) -> Answer:
    return {
        "sessions": f"{_sessions(totals):,}",
        "failed": f"{totals.total_failure_session_count:,}",
    }


def _bars(by_day: Mapping[date, Totals]) -> list[Answer]:
    """The last days, with the heights of their bars as shares of the highest one."""
    first, last = min(by_day).toordinal(), max(by_day).toordinal()
    count = max(_MIN_BARS, min(last - first + 1, _MAX_BARS))
    days = [date.fromordinal(day) for day in range(max(1, last + 1 - count), last + 1)]
    highest = max(_sessions(by_day[day]) for day in days if day in by_day) or 1
    return [_bar(day, by_day.get(day), highest) for day in days]


def _bar(day: date, totals: Totals | None, highest: int) -> Answer:
    if totals is None:
        return {"name": str(day), "height": 0, "failed_height": 0}
    return {
        "name": str(day),
        **_figures(totals),
        "height": _sessions(totals) / highest,
        "failed_height": totals.total_failure_session_count / highest,
    }


def _failure(result_type: str | None, count: int, domain: str | None) -> Answer:
    known = RESULT_TYPES.get(result_type, UNKNOWN) if result_type else MISSING
    advice = known.advice.replace(SEE_REASON_CODES, _SEE_REASON_CODES)
    return {
        "type": _name(result_type),
        "count": _number(count, "session"),
        "meaning": known.meaning,
        "advice": advice.replace("DOMAIN", clipped(domain or "YOUR-DOMAIN")),
    }


def _sessions(totals: Totals) -> int:
    return totals.total_successful_session_count + totals.total_failure_session_count


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _name(name: str | None) -> str:
    return "(not named)" if name is None else clipped(name)
