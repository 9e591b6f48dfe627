"""The laws about reports, held against whatever octets come along."""

from __future__ import annotations

import io
import json
import pickle
from typing import TYPE_CHECKING, Any

from tlsrpt._display import visible
from tlsrpt.report import Report, ReportError, check_report, summarize
from tlsrpt.report.codes import CODES
from tlsrpt.report.files import read_stream

if TYPE_CHECKING:
    from tlsrpt.report import ReportFinding

MAX_SIZE = 100_000


def hold_to_the_laws(data: bytes) -> None:
    """Read octets as a report and as a file, and check the laws on the results."""
    hold_document(data)
    items = list(read_stream(io.BytesIO(data), "file", MAX_SIZE))
    assert summarize([*items, *items]).domains == summarize(reversed(items)).domains
    for received in items:
        hold_findings(received.findings)
        assert received.report or received.findings
        if received.report:
            hold_report(received.report)
        if received.headers:
            assert all(isinstance(value, str) for value in received.headers.values())


def hold_document(data: bytes | str) -> None:
    """One reader serves `parse` and `check_report`, and what it reads is written and read again."""
    check = check_report(data, max_size=MAX_SIZE)
    hold_findings(check.findings)
    try:
        report = Report.parse(data, max_size=MAX_SIZE)
    except ReportError as error:
        assert check.report is None
        assert error.code in {finding.code for finding in check.errors}
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301
    else:
        assert check.report == report
        hold_report(report)


def hold_report(report: Report) -> None:
    """Law 9, and that what is to be sent can be sent."""
    text = report.to_json()
    assert Report.parse(text, max_size=10 * MAX_SIZE) == report
    assert Report.parse(report.to_gzip(), max_size=10 * MAX_SIZE) == report
    assert check_report(text, max_size=10 * MAX_SIZE).report == report
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301
    assert hash(report) == hash(Report.parse(text, max_size=10 * MAX_SIZE))
    assert summarize([report, report]).duplicates == 1
    try:
        message = report.to_email(recipient="tls@example.com")
    except ReportError:
        return
    (mailed,) = read_stream(io.BytesIO(message.as_bytes()), "mail", 10 * MAX_SIZE)
    assert mailed.report == report


def hold_findings(findings: tuple[ReportFinding, ...]) -> None:
    """Findings can be printed, their facts fill in their texts, and there are not too many."""
    assert len(findings) <= 1001
    for finding in findings:
        assert finding.severity in {"error", "warning"}
        assert visible(finding.message + finding.hint) == finding.message + finding.hint
        code, facts = CODES[finding.code], finding.facts
        # What an exception says lacks the consequence at the end.
        assert code.message.format_map(facts).startswith(finding.message)
        assert code.hint.format_map(facts) == finding.hint
        assert json.loads(json.dumps(dict(facts))) == facts


def resolve(pointer: str, document: str) -> object:
    """The value that a JSON Pointer leads to (RFC 6901 section 4); raises if there is none."""
    place: Any = json.loads(document)
    for name in pointer.split("/")[1:]:
        key = name.replace("~1", "/").replace("~0", "~")
        place = place[int(key) if isinstance(place, list) else key]
    return place
