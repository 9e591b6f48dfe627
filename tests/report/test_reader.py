"""What is read of single members, and what is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final
from unicodedata import normalize

import pytest

from tests.report.documents import GONE, document, gzipped, text
from tlsrpt.report import Report, ReportError, ReportFinding, check_report
from tlsrpt.report._members import kept
from tlsrpt.report._octets import MAX_SIZE, name_limit
from tlsrpt.report._values import read_date_time

DETAIL: Final = "/policies/0/failure-details/0"
POLICY: Final = "/policies/0/policy"
SUMMARY: Final = "/policies/0/summary"


def found(data: bytes | str, **limits: int) -> list[str]:
    """Code and pointer of each finding."""
    findings = check_report(data, **limits).findings
    return [f"{finding.code} {finding.pointer}".rstrip() for finding in findings]


def unusable(data: bytes | str, **limits: int) -> str:
    """The code of the error that `parse` raises, which `check_report` has last."""
    with pytest.raises(ReportError) as caught:
        Report.parse(data, **limits)
    check = check_report(data, **limits)
    assert check.report is None
    assert not check.ok
    last = check.errors[-1]
    assert (last.code, last.message, last.hint, last.pointer) == (
        caught.value.code,
        caught.value.message,
        caught.value.hint,
        caught.value.pointer,
    )
    return f"{last.code} {last.pointer}".rstrip()


# --- What cannot be used ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "empty-document"),
        (" \r\n\t", "empty-document"),
        ("\ufeff", "empty-document"),
        (b"", "empty-document"),
        ("null", "missing-object"),
        ("[{}]", "missing-object"),
        ('"a"', "missing-object"),
        ("{", "invalid-json"),
        ("<xml/>", "invalid-json"),
        ('{"a": "\n"}', "invalid-json"),
        ("{}", "missing-date-range"),
        ('{"/policies": []}', "missing-date-range"),
        (text({"/date-range": None}), "missing-date-range /date-range"),
        (text({"/date-range": "2025"}), "missing-date-range /date-range"),
        (text({"/date-range/start-datetime": GONE}), "missing-date-range /date-range"),
        (text({"/date-range/end-datetime": None}), "missing-date-range /date-range/end-datetime"),
        (
            text({"/date-range/end-datetime": 1740873599.5}),
            "missing-date-range /date-range/end-datetime",
        ),
        (text({"/date-range/end-datetime": "soon"}), "invalid-date /date-range/end-datetime"),
        (text({"/policies": GONE}), "missing-policies"),
        (text({"/policies": None}), "missing-policies /policies"),
        (text({"/policies": "none"}), "missing-policies /policies"),
        (100_000 * '{"a":[', "nesting-limit"),
        (b"\x1f\x8b", "truncated-gzip"),
        (gzipped(text().encode())[:100], "truncated-gzip"),
        (b"\x1f\x8b\x00nonsense", "invalid-gzip"),
        (b"\x1f\xef\xbf\xbd\x08\x00", "invalid-gzip"),
        (gzipped(b"{}" + bytes(9))[:-8] + bytes(8), "missing-date-range"),
        (gzipped(b"{}")[:-8], "missing-date-range"),
        (json.dumps({"tls-report": []}), "missing-date-range"),
    ],
)
def test_unusable(data: bytes | str, code: str) -> None:
    assert unusable(data) == code


@pytest.mark.parametrize("data", [None, 5, bytearray(b"{}")])
def test_other_types_are_errors_of_the_program(data: bytes) -> None:
    with pytest.raises(TypeError, match="a report is bytes or str, not"):
        Report.parse(data)


# --- Limits -------------------------------------------------------------------------------------


def test_the_size_is_limited_packed_or_not() -> None:
    data = text().encode()
    size = len(data)
    packed = gzipped(data)
    assert Report.parse(data, max_size=size) == Report.parse(packed, max_size=size)
    for each in (data, data.decode(), packed):
        assert unusable(each, max_size=size - 1) == "size-limit"
    assert unusable(gzipped(bytes(20_000_000))) == "size-limit"


def test_the_number_of_values_is_limited() -> None:
    assert found(text({"/extra": 100 * [0]}), max_size=3000) == ["unknown-member /extra"]
    assert unusable(text({"/extra": 100 * [0]}), max_size=2000) == "value-limit"


def test_lines_of_a_string_are_values() -> None:
    for escape in ("\n", "\r"):
        string = 100 * f"a{escape}"
        assert found(text({"/policies/0/policy/mx-host": string}), max_size=4000)
        assert (
            unusable(text({"/policies/0/policy/mx-host": string}), max_size=2000) == "value-limit"
        )


def test_long_names_are_cut_in_pointers() -> None:
    assert found(text({f"/{200 * 'a'}": 0})) == [f"unknown-member /{200 * 'a'}"]
    assert found(text({f"/~1{200 * 'a'}": 0})) == [f"unknown-member /~1{199 * 'a'}..."]


@pytest.mark.parametrize("pointer", [f"{POLICY}/policy-domain", f"{DETAIL}/receiving-mx-hostname"])
def test_the_number_of_names_outside_ascii_is_limited(pointer: str) -> None:
    count = name_limit(MAX_SIZE) - 1
    names = [f"é{number}.example" for number in range(count)]
    # Neither repeated names nor those in ASCII count.
    names += [*names, *(f"{number}.example.com" for number in range(2000))]
    report = Report.parse(text({f"{POLICY}/mx-host": names, pointer: "ü.example"}))
    assert report.policies[0].mx_host[998] == "xn--998-9la.example"
    assert len(set(report.policies[0].mx_host)) == count + 2000
    data = text({f"{POLICY}/mx-host": ["é.example", *names], pointer: "ü.example"})
    # The policy domain is read before the mx hosts, and the details after them.
    assert unusable(data) in {
        f"name-limit {POLICY}/mx-host/{count}",
        f"name-limit {DETAIL}/receiving-mx-hostname",
    }


def test_what_is_too_long_for_a_name_is_not_normalized() -> None:
    composed = ".".join(4 * [40 * "é"])
    name = normalize("NFD", composed)
    assert found(text({f"{POLICY}/policy-domain": composed})) == [
        f"domain-format {POLICY}/policy-domain"
    ]
    changes: dict[str, object] = {f"{POLICY}/policy-domain": name, f"{POLICY}/mx-host": [name]}
    assert found(text(changes)) == [
        f"invalid-domain {POLICY}/policy-domain",
        f"invalid-domain {POLICY}/mx-host/0",
    ]
    assert Report.parse(text(changes)).policies[0].policy_domain == name


def test_the_longest_name() -> None:
    name = 3 * f"{63 * 'x'}." + 61 * "x"
    assert len(name) == 253
    changes: dict[str, object] = {f"{POLICY}/policy-domain": f"{name}."}
    assert found(text(changes)) == [f"domain-format {POLICY}/policy-domain"]
    assert Report.parse(text(changes)).policies[0].policy_domain == name


def test_the_number_of_findings_is_limited() -> None:
    check = check_report(text({f"/extra{n}": None for n in range(1000)}))
    assert len(check.findings) == 1000
    check = check_report(text({f"/extra{n}": None for n in range(1003)}))
    assert len(check.findings) == 1001
    assert check.findings[-1].message == "more findings: 3, errors among them: 0"
    assert check.findings[-1].pointer == ""
    assert check.findings[-1].severity == "warning"
    assert check.ok


def test_what_is_over_the_limit_is_an_error_if_one_of_them_is() -> None:
    changes: dict[str, object] = {f"{SUMMARY}/extra{n}": None for n in range(1003)}
    changes[f"{DETAIL}/failed-session-count"] = -1
    changes[f"{DETAIL}/failure-reason-code"] = []
    check = check_report(text(changes))
    assert check.report
    assert check.findings[-1].message == "more findings: 5, errors among them: 2"
    assert [finding.code for finding in check.errors] == ["more-findings"]
    assert len(check.warnings) == 1000
    assert not check.ok


def test_the_error_that_ends_the_reading_is_always_shown() -> None:
    changes: dict[str, object] = {f"/extra{n}": None for n in range(1003)}
    check = check_report(text({**changes, "/date-range/start-datetime": "x"}))
    assert len(check.findings) == 1001
    assert check.findings[-2].code == "invalid-date"
    assert check.findings[-1].message == "more findings: 4, errors among them: 0"


@pytest.mark.parametrize("digits", [19, 20, 4300, 4301, 100_000])
def test_integers_of_any_length(digits: int) -> None:
    data = text({f"{SUMMARY}/total-failure-session-count": "@"}).replace('"@"', digits * "9")
    check = check_report(data)
    assert [finding.code for finding in check.findings] == ["invalid-count"]
    assert len(check.findings[0].message) < 150


# --- Members and shapes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"/organization-name": GONE}, ["missing-member"]),
        ({"/organization-name": ""}, ["missing-member /organization-name"]),
        ({"/organization-name": None}, ["missing-member /organization-name"]),
        ({"/organization-name": 5}, ["number-for-string /organization-name"]),
        ({"/organization-name": True}, ["wrong-type /organization-name"]),
        ({"/organization-name": 1.5}, ["wrong-type /organization-name"]),
        ({"/organization-name": ["a"]}, ["wrong-type /organization-name"]),
        ({"/contact-info": "https://sender.example/"}, ["invalid-contact-info /contact-info"]),
        ({"/contact-info": GONE}, ["missing-member"]),
        ({"/report-id": GONE}, ["missing-member"]),
        ({"/report-id": "two words"}, ["invalid-report-id /report-id"]),
        ({"/report-id": 7}, ["number-for-string /report-id"]),
        ({"/policies": []}, ["missing-member /policies"]),
        ({"/policies": [5]}, ["wrong-type /policies/0"]),
        ({"/policies": {}}, ["object-for-list /policies", "missing-member /policies"]),
        ({"/organization-name": " \u00a0"}, ["missing-member /organization-name"]),
        ({"/ report-id": 1}, ["duplicate-name / report-id"]),
        ({"/extra~0a~1b": 1}, ["unknown-member /extra~0a~1b"]),
        ({"/Report-ID": 1}, ["duplicate-name /Report-ID"]),
        ({"/policies/0/policy": GONE}, ["missing-member /policies/0"]),
        ({"/policies/0/policy": None}, ["missing-member /policies/0/policy"]),
        ({"/policies/0/policy": "sts"}, ["wrong-type /policies/0/policy"]),
        ({"/policies/0/summary": GONE}, ["missing-member /policies/0"]),
        ({"/policies/0/failure-details": GONE}, ["missing-member /policies/0"]),
        (
            {"/policies/0/failure-details": "none"},
            ["wrong-type /policies/0/failure-details"],
        ),
        (
            {"/policies/0/failure-details": {}},
            [
                "object-for-list /policies/0/failure-details",
                "missing-member /policies/0/failure-details",
            ],
        ),
        (
            {"/policies/0/failure-details": ["a", None]},
            [
                "wrong-type /policies/0/failure-details/0",
                "wrong-type /policies/0/failure-details/1",
            ],
        ),
        ({"/date-range/end-datetime": "2025-03-01T00:00:00Z"}, ["date-order /date-range"]),
        ({"/date-range/extra": 1}, ["unknown-member /date-range/extra"]),
        (
            {"/tls-report": {}},
            ["unknown-member /tls-report"],
        ),
    ],
)
def test_shape(changes: dict[str, object], codes: list[str]) -> None:
    assert found(text(changes)) == codes


@pytest.mark.parametrize(
    ("member", "value", "codes"),
    [
        ("policy-type", GONE, ["missing-member"]),
        ("policy-type", "starttls", ["unknown-policy-type /policy-type"]),
        ("policy-type", "No_Policy_Found", ["type-spelling /policy-type"]),
        ("policy-type", "\tTLSA ", ["type-spelling /policy-type"]),
        ("policy-type", "  ", ["missing-member /policy-type"]),
        ("policy-type", " starttls ", ["unknown-policy-type /policy-type"]),
        ("policy-string", GONE, ["missing-member"]),
        ("policy-string", [], ["missing-member /policy-string"]),
        ("policy-string", None, ["null-member /policy-string", "missing-member /policy-string"]),
        ("policy-string", 5, ["wrong-type /policy-string"]),
        ("policy-string", ["a", 5], ["number-for-string /policy-string/1"]),
        ("policy-string", ["a", None], ["wrong-type /policy-string/1"]),
        ("policy-string", ["a\ud800"], ["lone-surrogate /policy-string/0"]),
        (
            "policy-string",
            "a\ud800",
            ["string-for-list /policy-string", "lone-surrogate /policy-string"],
        ),
        ("policy-string", ["", " "], []),
        (
            "policy-string",
            ["a\r", "\n", "\r\n"],
            [f"line-end /policy-string/{n}" for n in range(3)],
        ),
        ("policy-string", ["\r"], ["line-end /policy-string/0"]),
        ("policy-string", ["a\x0b\x0c\u2028"], []),
        (
            "policy-string",
            ['["a\\r\\nb"]\r\n'],
            [
                "line-end /policy-string/0",
                "double-encoding /policy-string/0",
                "line-end /policy-string/0",
            ],
        ),
        ("policy-string", ['["a", 5]'], []),
        ("policy-string", ["[" * 5000 + "]" * 5000], []),
        ("policy-string", ["[a]"], []),
        ("policy-string", ["[] "], []),
        ("policy-string", ['["[]"]'], 2 * ["double-encoding /policy-string/0"]),
        (
            "policy-string",
            ['["\\ud800"]'],
            ["double-encoding /policy-string/0", "lone-surrogate /policy-string/0"],
        ),
        ("policy-domain", GONE, ["missing-member"]),
        ("policy-domain", "", ["missing-member /policy-domain"]),
        ("policy-domain", "a..b", ["invalid-domain /policy-domain"]),
        ("policy-domain", "*.example.com", ["invalid-domain /policy-domain"]),
        ("policy-domain", "x." * 1000 + "x", ["invalid-domain /policy-domain"]),
        ("policy-domain", "EXAMPLE.com", []),
        ("policy-domain", "bücher.example", ["domain-format /policy-domain"]),
        ("mx-host", GONE, ["missing-member"]),
        ("mx-host", [], ["missing-member /mx-host"]),
        ("mx-host", ["_mx._Sub.example.com"], []),
        ("mx-host", ["mx.example.com\r", "*.example.com"], ["line-end /mx-host/0"]),
        ("mx-host", ["*.bücher.example"], ["domain-format /mx-host/0"]),
        (
            "mx-host",
            ["*.*.example.com", "", "."],
            [f"invalid-domain /mx-host/{n}" for n in range(3)],
        ),
        ("extra", 0, ["unknown-member /extra"]),
        ("extra", None, ["null-member /extra"]),
    ],
)
def test_policy(member: str, value: object, codes: list[str]) -> None:
    data = text({f"{POLICY}/{member}": value})
    assert [code.replace("/policies/0/policy", "").rstrip() for code in found(data)] == codes


@pytest.mark.parametrize(
    ("value", "count", "code"),
    [
        (0, 0, None),
        (2**53 - 1, 2**53 - 1, None),
        (2**53, 0, "invalid-count"),
        (-1, 0, "invalid-count"),
        (3.0, 3, "count-format"),
        (-3.0, 0, "invalid-count"),
        (1e300, 0, "invalid-count"),
        (0.5, 0, "invalid-count"),
        ("12", 12, "count-format"),
        (float("inf"), 0, "invalid-count"),
        ("9007199254740992", 0, "invalid-count"),
        ("+12", 0, "invalid-count"),
        ("\u0661", 0, "invalid-count"),
        ("", 0, "invalid-count"),
        (True, 0, "invalid-count"),
        (None, 0, "missing-member"),
        ([], 0, "invalid-count"),
        ({}, 0, "invalid-count"),
        (21 * "a", 0, "invalid-count"),
    ],
)
def test_counts(value: object, count: int, code: str | None) -> None:
    data = text({f"{SUMMARY}/total-successful-session-count": value})
    check = check_report(data)
    assert check.report
    assert check.report.policies[0].total_successful_session_count == count
    place = "/policies/0/summary/total-successful-session-count"
    assert [finding[0::4] for finding in check.findings] == ([(code, place)] if code else [])


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("result-type", GONE, "missing-member"),
        ("result-type", "", "missing-member"),
        ("result-type", "certificate-revoked", "unknown-result-type"),
        ("sending-mta-ip", GONE, "missing-member"),
        ("sending-mta-ip", "192.0.2.256", "invalid-ip-address"),
        ("sending-mta-ip", "fe80::1%eth0", "invalid-ip-address"),
        ("sending-mta-ip", 50 * "1", "invalid-ip-address"),
        ("sending-mta-ip", "2001:db8::25", None),
        ("receiving-mx-hostname", GONE, "missing-member"),
        ("receiving-mx-hostname", "[192.0.2.1]", "invalid-domain"),
        ("receiving-ip", None, "missing-member"),
        ("receiving-mx-helo", "", None),
        ("receiving-mx-helo", "mx.example.com", None),
        ("receiving-mx-helo", "mx\rmx", "multiline-helo"),
        ("receiving-mx-helo", 250, "number-for-string"),
        ("failed-session-count", GONE, "missing-member"),
        ("additional-information", "see the manual", "invalid-uri"),
        ("additional-information", "https://sender.example/", None),
        ("failure-reason-code", None, "null-member"),
        ("failure-reason-code", "\U0001f512", None),
    ],
)
def test_details(member: str, value: object, code: str | None) -> None:
    check = check_report(text({f"{DETAIL}/{member}": value}))
    place = DETAIL if value is GONE else f"{DETAIL}/{member}"
    assert [finding[0::4] for finding in check.findings] == ([(code, place)] if code else [])
    assert check.ok


@pytest.mark.parametrize(
    "result_type", ["sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"]
)
def test_without_a_policy_there_are_no_addresses_and_there_is_nothing_to_quote(
    result_type: str,
) -> None:
    whole = document({f"{POLICY}/policy-string": GONE, f"{POLICY}/mx-host": GONE})
    whole["policies"][0]["failure-details"] = [
        {"result-type": result_type, "failed-session-count": 3}
    ]
    assert found(json.dumps(whole)) == []


@pytest.mark.parametrize("result_type", ["dane-required", "dnssec-invalid"])
def test_where_dns_forbids_a_connection_there_are_no_addresses(result_type: str) -> None:
    detail = {"result-type": result_type, "failed-session-count": 3}
    assert found(text({"/policies/0/failure-details": [detail]})) == []


@pytest.mark.parametrize(
    ("members", "codes"),
    [
        ({"receiving-mx-hostname": "mx.example.net"}, []),
        ({}, ["missing-member /policies/0/failure-details/0"]),
        (
            {"receiving-mx-hostname": "mx.example.net", "receiving-ip": "192.0.2.1"},
            ["missing-member /policies/0/failure-details/0"],
        ),
    ],
)
def test_to_a_server_that_the_policy_does_not_list_there_is_no_connection(
    members: dict[str, str], codes: list[str]
) -> None:
    detail = {"result-type": "validation-failure", "failed-session-count": 3, **members}
    assert found(text({"/policies/0/failure-details": [detail]})) == codes


def test_an_object_that_is_missing_draws_one_finding() -> None:
    check = check_report(text({"/policies/0/summary": 5}))
    assert [finding.code for finding in check.findings] == ["wrong-type"]
    assert check.report
    assert check.report.policies[0].total_failure_session_count == 0


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ('{"tls_report": %s}', ["member-spelling /tls_report", "wrapper-object /tls_report"]),
        (
            '{"TLS-Report": 1, "tls-report": %s, "report-id": "x"}',
            [
                "duplicate-name /TLS-Report",
                "unknown-member /report-id",
                "wrapper-object /tls-report",
            ],
        ),
    ],
)
def test_wrappers(data: str, codes: list[str]) -> None:
    assert found(data % text()) == codes


def test_null_under_the_right_name_hides_nothing() -> None:
    check = check_report(text({"/report-id": None, "/Report_ID": "keep"}))
    assert check.report
    assert check.report.report_id == "keep"
    assert [finding[0::4] for finding in check.findings] == [("member-spelling", "/Report_ID")]


@pytest.mark.parametrize("pointer", [f"{POLICY}/policy-domain", f"{DETAIL}/receiving-mx-hostname"])
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("_MX.Example.com.", "_mx.example.com"),
        ("*.Example.com", "*.example.com"),
        ("Two Words.", "Two Words."),
    ],
)
def test_host_names_that_are_none(pointer: str, written: str, read: str) -> None:
    check = check_report(text({pointer: written}))
    assert check.report
    (policy,) = check.report.policies
    values = {policy.policy_domain, policy.failure_details[0].receiving_mx_hostname}
    assert read in values
    assert [finding[0::4] for finding in check.findings] == [("invalid-domain", pointer)]


def test_a_check_is_true_if_it_is_ok() -> None:
    assert check_report(text())
    assert check_report(text({"/contact-info": None}))
    assert not check_report("{}")


def test_names_that_occur_again() -> None:
    data = '{"report-id": "first", "x": 1, "x": 2, "x": 3, ' + text()[1:]
    assert found(data) == [
        "unknown-member /x",
        "duplicate-name /x",
        "duplicate-name /report-id",
    ]
    assert Report.parse(data) == Report.parse(text())


def test_a_name_in_the_right_spelling_comes_first() -> None:
    check = check_report('{"Report_ID": "second", ' + text()[1:])
    assert check.report == Report.parse(text())
    assert [finding.code for finding in check.errors] == ["duplicate-name"]


@pytest.mark.parametrize(
    ("strings", "read"),
    [
        (["a\r", "", "b\nc\r\n\rd"], ("a", "", "b", "c", "d")),
        (['a\n["b", "c\\r"]\nd'], ("a", "b", "c", "d")),
        (['["a\\r\\nb"]\r\n'], ("a", "b")),
        (['[\n"a",\n"b"\n]'], ("a", "b")),
        (["[a\nb]"], ("[a", "b]")),
        (["\r"], ()),
    ],
)
def test_lines_become_elements(strings: list[str], read: tuple[str, ...]) -> None:
    report = Report.parse(text({f"{POLICY}/policy-string": strings}))
    assert report.policies[0].policy_string == read
    assert Report.parse(report.to_json()) == report


def test_flat_policies() -> None:
    whole = document({})
    (item,) = whole["policies"]
    quoted = item.pop("policy")
    flat = {"policy": None, "Policy-Type": "STS", **item}
    whole["policies"] = [{**flat, "mx-host": quoted["mx-host"]}]
    check = check_report(json.dumps(whole))
    assert check.report
    (policy,) = check.report.policies
    assert (policy.policy_type, policy.mx_host) == ("sts", ("*.example.com",))
    assert policy.total_successful_session_count == 5326
    assert [finding[0::4] for finding in check.findings] == [
        ("flat-policy", "/policies/0"),
        ("member-spelling", "/policies/0/Policy-Type"),
        ("type-spelling", "/policies/0/Policy-Type"),
        ("missing-member", "/policies/0"),
        ("null-member", "/policies/0/policy"),
        ("missing-member", "/policies/0"),
    ]
    names = [finding.hint for finding in check.findings if finding.code == "missing-member"]
    assert names == ["write policy-domain", "write policy-string"]


@pytest.mark.parametrize("value", [{}, "sts", {"policy-type": "tlsa"}])
def test_a_policy_of_its_own_comes_before_a_flat_one(value: object) -> None:
    check = check_report(text({POLICY: value, "/policies/0/policy-type": "sts"}))
    assert check.report
    assert check.report.policies[0].policy_type in {None, "tlsa"}
    assert ("unknown-member", "/policies/0/policy-type") in [
        finding[0::4] for finding in check.errors
    ]


@pytest.mark.parametrize(
    ("total", "counts", "message"),
    [
        (3, [3, 3], None),
        (3, [2, 4], "the total of failures is 3, but one failure detail counts at least 4"),
        ("3", [4], "the total of failures is 3, but one failure detail counts at least 4"),
        (3.0, [4], "the total of failures is 3, but one failure detail counts at least 4"),
        (0, [0], "the total of failures is 0, but one failure detail counts at least 1"),
        (0, [None], "the total of failures is 0, but one failure detail counts at least 1"),
        (0, [], None),
        (1, [None], None),
        # What is missing or no count has a finding of its own.
        (None, [4], None),
        (GONE, [4], None),
        (-1, [4], None),
        (True, [4], None),
    ],
)
def test_totals_less_than_a_detail(
    total: object, counts: list[object], message: str | None
) -> None:
    pointer = f"{SUMMARY}/total-failure-session-count"
    detail = document({})["policies"][0]["failure-details"][0]
    details = [{**detail, "failed-session-count": count} for count in counts]
    check = check_report(text({"/policies/0/failure-details": details, pointer: total}))
    assert [
        (finding.pointer, finding.message)
        for finding in check.findings
        if finding.code == "failure-total"
    ] == ([(pointer, message)] if message else [])


def test_strings_encoded_again_and_again_keep_their_order() -> None:
    inner = json.dumps(["b", json.dumps(["c", "[]"]), "d"])
    data = text({f"{POLICY}/policy-string": ["a", inner, "e"]})
    assert Report.parse(data).policies[0].policy_string == ("a", "b", "c", "d", "e")


# --- Octets and text ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (text() + "\n", []),
        ("\n " + text(), []),
        (text() + "\nMailing list footer", ["trailing-data"]),
        ("\ufeff" + text(), ["byte-order-mark"]),
        (text().encode("utf-16"), ["utf-16-encoding"]),
        (b"\xfe\xff" + text().encode("utf-16-be"), ["utf-16-encoding"]),
        (gzipped(text().encode()) + b"\r\n", ["trailing-data"]),
        (10_000 * gzipped(b" ") + gzipped(text().encode()), []),
        (gzipped(text().encode()) + 50_000 * gzipped(b" "), ["part-limit"]),
        (50_000 * gzipped(b"") + gzipped(text().encode()), ["part-limit"]),
        (text().encode() + b"\xff", ["invalid-utf-8", "trailing-data"]),
        (text().encode("utf-16") + b"\x00", ["utf-16-encoding", "invalid-utf-8", "trailing-data"]),
        (
            b"\xff\xfe" + text().replace("Inc", "?").encode("utf-16-le").replace(b"?\0", b"\0\xd8"),
            ["utf-16-encoding", "invalid-utf-8"],
        ),
    ],
)
def test_octets(data: bytes | str, codes: list[str]) -> None:
    assert [code for code in found(data) if code != "trailing-data"] == [
        code for code in codes if code != "trailing-data"
    ]
    assert ("trailing-data" in codes) <= ("trailing-data" in found(data))


def test_messages_name_the_encoding() -> None:
    (_, finding, _) = check_report(text().encode("utf-16") + b"\x00").findings
    assert finding.message == (
        f"octet {2 + 2 * len(text()):,} is not valid UTF-16; such octets are read as U+FFFD"
    )


def test_messages_name_the_place_and_the_amount() -> None:
    (finding,) = check_report(gzipped(text().encode()) + b"\r\n").findings
    assert finding.message == "2 octets follow the report"
    assert check_report(text() + " xy").findings == (
        ReportFinding(
            "trailing-data",
            "warning",
            "3 characters follow the report",
            "end after the report",
            "",
            {"count": 3, "unit": "characters"},
        ),
    )


_DOMAIN: Final = f"{POLICY}/policy-domain"
_COUNT: Final = f"{SUMMARY}/total-successful-session-count"


@pytest.mark.parametrize(
    ("pointer", "value", "message", "hint"),
    [
        ("/report-id", [], "this is a list, not a string, and is ignored", "write a string"),
        ("/report-id", {}, "this is an object, not a string, and is ignored", "write a string"),
        ("/report-id", True, "this is true, not a string, and is ignored", "write a string"),
        ("/report-id", 1.5, "this is the number 1.5, not a string, and is ignored", None),
        ("/report-id", 7, "this is a number, not a string", 'write "7"'),
        ("/policies/0", 5, "this is the number 5, not an object, and is ignored", None),
        (POLICY, "sts", 'this is "sts", not an object, and is ignored', "write an object"),
        ("/policies/0/failure-details", 20 * "a", f'this is "{20 * "a"}", not a list', None),
        ("/policies/0/failure-details", 21 * "a", "this is a string, not a list, and is", None),
        (f"{POLICY}/policy-string", 5, "this is the number 5, not a list, and is ignored", None),
        (_COUNT, -(10**19), "the number -10000000000000000000 is not a count, and is ", None),
        (_COUNT, 10**19 + 1, "a huge number is not a count, and is r", "write an integer "),
        (_COUNT, float("nan"), "the number nan is not a count", None),
        (_COUNT, float("-inf"), "the number -inf is not a count", None),
        (_COUNT, "12", 'the count is written as "12"', "write 12"),
        (_COUNT, None, "total-successful-session-count is missing or empty", None),
        (_DOMAIN, "bücher.example", "bücher.example is not in its", "write xn--bcher-kva.example"),
        (_DOMAIN, "a..b", "a..b is not a domain name", "write a domain name in A-labels"),
        (f"{POLICY}/policy-type", "dane", "dane is not a policy type", "write tlsa, sts or no-"),
        (f"{POLICY}/policy-type", "STS", "STS is sts in another spelling", "write sts"),
        (f"{DETAIL}/result-type", "x", "unknown result type x", "write one of RFC 8460 section"),
        (f"{DETAIL}/receiving-ip", "x", "x is not an IP address", "write an IP address"),
        (f"{DETAIL}/additional-information", "x", "x is not a URI", "write a URI, as in "),
        (f"{DETAIL}/failure-reason-code", None, "failure-reason-code is null", "leave failure-"),
        ("/contact-info", "x", "x is not an e-mail address", "write an e-mail address, as in"),
        ("/extra", 1, "extra is not defined by RFC 8460", "leave it out, since readers ignore it"),
        ("/Report_ID", 1, "report-id occurs more than once, and only one of them is read", None),
        ("/policies/0/Summary", {}, "summary occurs more than once", "write summary once ("),
    ],
)
def test_messages_say_what_was_sent(
    pointer: str, value: object, message: str, hint: str | None
) -> None:
    (finding,) = check_report(text({pointer: value})).findings
    assert finding.pointer == pointer
    assert finding.message.startswith(message)
    assert finding.hint.startswith(hint or "")


def test_messages_about_spelling() -> None:
    (finding,) = check_report(text({"/report-id": GONE, "/Report_ID": "1"})).findings
    assert finding[2:] == (
        "Report_ID is another name for report-id",
        "write report-id",
        "/Report_ID",
        {"name": "Report_ID", "own": "report-id"},
    )
    data = '{"report-id": "1", ' + text()[1:]
    (finding,) = check_report(data).findings
    assert finding.message.startswith("report-id occurs more than once")


@pytest.mark.parametrize(
    ("date_range", "message"),
    [
        (GONE, "there is no usable date-range, so "),
        ({}, "/date-range: there is no usable start-datetime, so "),
        ({"start-datetime": 1740787200}, "/date-range/start-datetime: there is no usable start-"),
        (
            {"start-datetime": "2025-03-01T00:00:00Z", "end-datetime": "soon"},
            "/date-range/end-datetime: soon is not a date and time; write it as in ",
        ),
    ],
)
def test_messages_of_exceptions(date_range: object, message: str) -> None:
    with pytest.raises(ReportError) as caught:
        Report.parse(text({"/date-range": date_range}))
    assert str(caught.value).startswith(message)


def test_the_date_is_written_as_it_should_be() -> None:
    (finding,) = check_report(text({"/date-range/start-datetime": "2025-03-01 00:00:00"})).findings
    assert finding.message == "2025-03-01 00:00:00 has no time zone, and is read as UTC"
    assert finding.hint == "write 2025-03-01T00:00:00Z if it is UTC"


# --- Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "moment", "code"),
    [
        ("2025-03-01T00:00:00Z", datetime(2025, 3, 1, tzinfo=UTC), None),
        ("2025-03-01t00:00:00z", datetime(2025, 3, 1, tzinfo=UTC), None),
        ("2025-03-01T02:00:00+02:00", datetime(2025, 3, 1, tzinfo=UTC), None),
        ("2025-02-28T22:30:00-01:30", datetime(2025, 3, 1, tzinfo=UTC), None),
        ("2025-03-01T00:00:00-00:00", datetime(2025, 3, 1, tzinfo=UTC), None),
        ("2025-03-01T00:00:00.5Z", datetime(2025, 3, 1, 0, 0, 0, 500_000, tzinfo=UTC), None),
        ("2025-03-01T00:00:00.0000019Z", datetime(2025, 3, 1, 0, 0, 0, 1, tzinfo=UTC), None),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC), None),
        ("2017-01-01T00:59:60+01:00", datetime(2017, 1, 1, tzinfo=UTC), None),
        ("2025-02-28T24:00:00Z", datetime(2025, 3, 1, tzinfo=UTC), "date-format"),
        ("2025-03-01 00:00:00Z", datetime(2025, 3, 1, tzinfo=UTC), "date-format"),
        ("2025-03-01T00:00:00+0000", datetime(2025, 3, 1, tzinfo=UTC), "date-format"),
        ("2025-03-01T00:00:00", datetime(2025, 3, 1, tzinfo=UTC), "missing-time-zone"),
        ("2025-03-01 00:00:00", datetime(2025, 3, 1, tzinfo=UTC), "missing-time-zone"),
    ],
)
def test_dates(written: str, moment: datetime, code: str | None) -> None:
    read = read_date_time(written)
    assert read == (moment, code)
    assert read
    assert read[0].tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        *("", "2025", "20250301", "2025-03-01", "2025-W09-6", "20250301T000000Z", "now"),
        *("2025-03-01T00:00Z", "2025-03-01T00Z", "2025-02-30T00:00:00Z", "2025-03-01T25:00:00Z"),
        *(
            "2025-03-01T12:60:60Z",
            "2025-03-01T24:00:01Z",
            "2025-03-01T00:60:00Z",
            "2025-03-01T00:00:61Z",
        ),
        *("2025-03-01T00:00:00+24:00", "2025-03-01T00:00:00+00:60", "2025-03-01T00:00:00UTC"),
        *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T24:00:00Z"),
        *("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:60Z", "10000-01-01T00:00:00Z"),
        *("2025-03-01T00:00:00Z\n", " 2025-03-01T00:00:00Z", "2025-03-01T00:00:00.Z"),
        "\u0662\u0660\u0662\u0665-03-01T00:00:00Z",
    ],
)
def test_no_dates(written: str) -> None:
    assert read_date_time(written) is None


# --- Where and why ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        "/organization-name",
        f"{POLICY}/policy-type",
        f"{POLICY}/policy-domain",
        f"{DETAIL}/result-type",
        f"{DETAIL}/receiving-mx-hostname",
    ],
)
def test_a_number_for_a_string_is_found_in_its_place(place: str) -> None:
    assert f"number-for-string {place}" in found(text({place: 5}))


def test_a_number_for_a_string_is_read() -> None:
    assert Report.parse(text({"/report-id": 4711})).report_id == "4711"
    assert found(text({"/report-id": 2**1023})) == ["number-for-string /report-id"]
    assert found(text({"/report-id": 2**1024})) == ["wrong-type /report-id"]


@pytest.mark.parametrize("count", [0, 2**53 - 1, "0", str(2**53 - 1)])
def test_counts_go_from_0_to_the_largest_of_i_json(count: object) -> None:
    check = check_report(text({f"{SUMMARY}/total-successful-session-count": count}))
    assert check.ok
    assert check.report
    assert check.report.policies[0].total_successful_session_count == int(str(count))


def test_the_spelling_that_has_a_value_is_read() -> None:
    assert Report.parse(text({"/report-id": GONE, "/report_id": "x"})).report_id == "x"
    for names in (["/Report-ID", "/report_id"], ["/report_id", "/Report-ID"]):
        changes = {"/report-id": GONE, names[0]: None, names[1]: "x"}
        assert Report.parse(text(changes)).report_id == "x"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{", "this is not JSON: Expecting property name enclosed in double quotes"),
        ("[]", "the document is a list, not a report"),
    ],
)
def test_why_a_document_is_not_a_report(data: str, message: str) -> None:
    with pytest.raises(ReportError) as caught:
        Report.parse(data)
    assert caught.value.message.startswith(message)


def test_a_missing_list_of_policies_is_named() -> None:
    (finding,) = check_report(text({"/policies": []})).findings
    assert (finding.code, finding.pointer) == ("missing-member", "/policies")
    assert finding.message.startswith("policies ")


def test_a_report_of_another_type_is_named() -> None:
    with pytest.raises(TypeError, match="a report is bytes or str, not list"):
        Report.parse([])  # type: ignore[arg-type]


def test_equal_strings_of_a_report_are_one_object() -> None:
    detail = document({})["policies"][0]["failure-details"][0]
    report = Report.parse(text({"/policies/0/failure-details": 2 * [detail]}))
    first, second = (vars(each).values() for each in report.policies[0].failure_details)
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_few_and_short_strings_are_remembered() -> None:
    usual = kept(str.isascii)
    for number in range(3000):
        assert usual[str(number)] == str(number)
        assert len(usual) <= 1024
    assert usual[254 * "a"] == 254 * "a"
    assert usual[253 * "a"] == 253 * "a"
    assert usual["\u00fc"] is None
    assert [each for each in (254 * "a", 253 * "a", "\u00fc") if each in usual] == [253 * "a"]
