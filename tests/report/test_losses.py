"""A warning loses nothing: for each code, a document, and whether what it says is in the report."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from typing import Final, NamedTuple

import pytest

from tests.report.deviations import DATA, detail, policy
from tests.report.documents import GONE, document, text
from tlsrpt.report import Report, ReportFinding, check_report, read_reports
from tlsrpt.report._octets import MAX_SIZE
from tlsrpt.report.codes import CODES
from tlsrpt.report.files import read_stream

POLICY: Final = "/policies/0/policy"
DETAIL: Final = "/policies/0/failure-details/0"
SUMMARY: Final = "/policies/0/summary"

SOUND: Final = Report.parse(text())


class Case(NamedTuple):
    """A document, and whether a report has what is said in it."""

    data: bytes | str
    is_kept: Callable[[Report], bool]


def is_sound(report: Report) -> bool:
    return report == SOUND


def changed(pointer: str, value: object, is_kept: Callable[[Report], bool] = is_sound) -> Case:
    """A sound document with one value changed."""
    return Case(text({pointer: value}), is_kept)


def flat_policy() -> str:
    whole = document({})
    (item,) = whole["policies"]
    whole["policies"] = [{**item.pop("policy"), **item}]
    return json.dumps(whole)


LINES: Final = list(policy(SOUND).policy_string)
OCTETS: Final = text().encode()
PACKED: Final = gzip.compress(OCTETS, mtime=0)

DOCUMENTS: Final = {
    # --- Octets and JSON ------------------------------------------------------------------------
    "size-limit": Case(gzip.compress(OCTETS + MAX_SIZE * b" "), is_sound),
    "value-limit": changed("/extra", 700_000 * [0]),
    "name-limit": changed(f"{POLICY}/mx-host", [f"é{number}.example" for number in range(2025)]),
    "nesting-limit": Case(text({"/extra": "@"}).replace('"@"', 100_000 * "["), is_sound),
    "empty-document": Case("", is_sound),
    "invalid-gzip": Case(PACKED[:-8] + bytes(8), is_sound),
    "truncated-gzip": Case(PACKED[:-8], is_sound),
    "trailing-data": Case(text() + "-- The list", is_sound),
    "second-document": Case(text() + text({"/report-id": "2"}), lambda each: each.report_id == "2"),
    "byte-order-mark": Case("\ufeff" + text(), is_sound),
    "utf-16-encoding": Case(text().encode("utf-16"), is_sound),
    "invalid-utf-8": Case(OCTETS.replace(b"Inc.", b"Inc\xff"), is_sound),
    "lone-surrogate": changed(
        "/organization-name", "\ud83d", lambda each: each.organization_name == "\ud83d"
    ),
    "invalid-json": Case("{" + text(), is_sound),
    "missing-object": Case(f"[{text()}]", is_sound),
    # --- The form of the document ---------------------------------------------------------------
    "wrapper-object": Case(f'{{"tls-report": {text()}}}', is_sound),
    "missing-date-range": changed("/date-range", GONE),
    "missing-policies": changed("/policies", GONE),
    "missing-member": changed("/report-id", GONE, lambda each: each.report_id is None),
    "null-member": changed(f"{DETAIL}/failure-reason-code", None),
    "unknown-member": changed("/extra", "value", lambda each: "value" in each.to_json()),
    "duplicate-name": Case(
        '{"report-id": "1", ' + text()[1:], lambda each: '"1"' in each.to_json()
    ),
    "member-spelling": Case(text().replace("result-type", "Result_Type"), is_sound),
    "wrong-type": changed(
        f"{POLICY}/policy-type", ["sts"], lambda each: policy(each).policy_type == "sts"
    ),
    "flat-policy": Case(flat_policy(), is_sound),
    "object-for-list": changed("/policies", document({})["policies"][0]),
    "string-for-list": changed(f"{POLICY}/policy-string", "\n".join(LINES)),
    "number-for-string": changed("/report-id", 1342, lambda each: each.report_id == "1342"),
    "double-encoding": changed(f"{POLICY}/policy-string", [json.dumps(LINES)]),
    "line-end": changed(f"{POLICY}/policy-string", ["\r\n".join(LINES), "\r"]),
    # --- Values ---------------------------------------------------------------------------------
    "invalid-count": changed(f"{DETAIL}/failed-session-count", "three"),
    "count-format": changed(f"{DETAIL}/failed-session-count", "3"),
    "failure-total": changed(
        f"{SUMMARY}/total-failure-session-count",
        0,
        lambda each: (
            policy(each).total_failure_session_count == 0 and detail(each) == detail(SOUND)
        ),
    ),
    "invalid-date": changed("/date-range/start-datetime", "1 March 2025"),
    "missing-time-zone": changed("/date-range/start-datetime", "2025-03-01T00:00:00"),
    "date-format": changed("/date-range/start-datetime", "2025-02-28 24:00:00Z"),
    "date-order": changed(
        "/date-range/end-datetime",
        "2025-03-01T00:00:00Z",
        lambda each: each.end_datetime == SOUND.start_datetime,
    ),
    "unknown-policy-type": changed(
        f"{POLICY}/policy-type", "dane", lambda each: policy(each).policy_type == "dane"
    ),
    "unknown-result-type": changed(
        f"{DETAIL}/result-type", "Other", lambda each: detail(each).result_type == "Other"
    ),
    "type-spelling": changed(f"{POLICY}/policy-type", " STS "),
    "invalid-domain": changed(
        f"{POLICY}/policy-domain", "a@b", lambda each: policy(each).policy_domain == "a@b"
    ),
    "domain-format": changed(f"{POLICY}/policy-domain", "example.com."),
    "invalid-ip-address": changed(
        f"{DETAIL}/receiving-ip", "mx", lambda each: detail(each).receiving_ip == "mx"
    ),
    "invalid-contact-info": changed("/contact-info", "me", lambda each: each.contact_info == "me"),
    "invalid-report-id": changed("/report-id", "1 2", lambda each: each.report_id == "1 2"),
    "invalid-uri": changed(
        f"{DETAIL}/additional-information",
        "see the manual",
        lambda each: detail(each).additional_information == "see the manual",
    ),
    "multiline-helo": changed(
        f"{DETAIL}/receiving-mx-helo",
        "mx\r\nSTARTTLS",
        lambda each: detail(each).receiving_mx_helo == "mx\r\nSTARTTLS",
    ),
    "more-findings": Case(text({f"/extra{number}": None for number in range(1500)}), is_sound),
}
# What they say is read, and may not be so.
IN_DOUBT: Final = {"invalid-gzip", "truncated-gzip", "missing-time-zone", "date-order"}

MAIL: Final = b"Content-Type: text/plain\n\nHello"
FILES: Final = {
    # In a mailbox with other mail, this is normal.
    "no-report": MAIL,
    "missing-report": b"TLS-Report-Domain: example.com\n" + MAIL,
    "invalid-zip": b"PK\x03\x04 no zip",
    "unsupported-format": 257 * b"a" + b"ustar",
    "part-limit": 50_000 * (b"{}\n"),
}
# A file that cannot be opened, and what may not be sent.
ELSEWHERE: Final = {
    "unreadable-file",
    "invalid-address",
    "missing-policy-domain",
    "invalid-unique-id",
}


def test_each_code_has_a_case() -> None:
    assert {*DOCUMENTS, *FILES, *ELSEWHERE} == {*CODES}
    assert {CODES[code].severity for code in ELSEWHERE} == {"error"}


@pytest.mark.parametrize("code", DOCUMENTS)
def test_a_warning_loses_nothing_and_an_error_does(code: str) -> None:
    data, is_kept = DOCUMENTS[code]
    check = check_report(data)
    assert code in {finding.code for finding in check.findings}
    assert all(map(is_as_listed, check.findings))
    others = {finding.code for finding in check.errors} - {code}
    assert not others, "another error would hide what this one does"
    kept = check.report is not None and is_kept(check.report)
    assert kept == (CODES[code].severity == "warning" or code in IN_DOUBT)
    assert (CODES[code].severity == "error") == (not check.ok)
    if check.report:
        assert is_kept(Report.parse(check.report.to_json())) == kept


@pytest.mark.parametrize("code", FILES)
def test_what_has_no_report(code: str) -> None:
    *_, received = read_stream(io.BytesIO(FILES[code]), "file", MAX_SIZE)
    assert received.report is None
    assert [finding.code for finding in received.findings] == [code]
    assert all(map(is_as_listed, received.findings))


def is_as_listed(finding: ReportFinding) -> bool:
    """Whether its code is in the list, with its severity."""
    row = CODES[finding.code]
    return row.varies or finding.severity == row.severity


def test_findings_are_as_serious_as_their_codes_say() -> None:
    findings = [finding for each in read_reports(DATA) for finding in each.findings]
    assert findings
    assert all(map(is_as_listed, findings))


def test_more_findings_are_an_error_if_one_of_them_is() -> None:
    last = [
        check_report(text({f"/extra{number}": value for number in range(1500)})).findings[-1]
        for value in (None, 1)
    ]
    assert [(each.code, each.severity) for each in last] == [
        ("more-findings", "warning"),
        ("more-findings", "error"),
    ]
    assert [code for code, row in CODES.items() if row.varies] == ["more-findings"]
