"""The strict constructors: what the standard asks, and nothing that would be found fault with."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

import pytest

from tests.report.deviations import DATA, SOUND
from tlsrpt.report import FailureDetail, Policy, Report, ReportError, check_report

DETAIL: Final[dict[str, Any]] = {
    "result_type": "certificate-expired",
    "sending_mta_ip": "192.0.2.25",
    "receiving_mx_hostname": "mx2.example.com",
    "receiving_ip": "198.51.100.7",
    "failed_session_count": 3,
}
POLICY: Final[dict[str, Any]] = {
    "policy_type": "sts",
    "policy_string": ["version: STSv1", "mode: enforce", "mx: *.example.com", "max_age: 604800"],
    "policy_domain": "example.com",
    "mx_host": ["*.example.com"],
    "total_successful_session_count": 5326,
    "total_failure_session_count": 3,
    "failure_details": [FailureDetail(**DETAIL)],
}
REPORT: Final[dict[str, Any]] = {
    "organization_name": "Sender Inc.",
    "start_datetime": datetime(2025, 3, 1, tzinfo=UTC),
    "end_datetime": datetime(2025, 3, 1, 23, 59, 59, tzinfo=UTC),
    "contact_info": "postmaster@sender.example",
    "report_id": "2025-03-01-example.com",
    "policies": [Policy(**POLICY)],
}


def test_what_is_constructed_is_what_is_read() -> None:
    report = Report(**REPORT)
    assert report == Report.parse((DATA / SOUND).read_bytes())
    assert check_report(report.to_json()).findings == ()
    assert check_report(report.to_gzip()).report == report


def test_reports_are_values() -> None:
    report = Report(**REPORT)
    assert hash(report) == hash(Report(**REPORT))
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301
    assert eval(repr(report.policies[0])) == report.policies[0]  # noqa: S307
    with pytest.raises(FrozenInstanceError):
        report.report_id = "other"  # type: ignore[misc]
    assert replace(report, report_id="other").policies == report.policies
    with pytest.raises(ReportError):
        replace(report, report_id="two words")


def test_constructors_normalize() -> None:
    detail = FailureDetail(**{**DETAIL, "receiving_mx_hostname": "MX.Bücher.example."})
    assert detail.receiving_mx_hostname == "mx.xn--bcher-kva.example"
    policy = Policy(**{**POLICY, "policy_domain": "Example.com.", "mx_host": ["*.Example.com."]})
    assert (policy.policy_domain, policy.mx_host) == ("example.com", ("*.example.com",))
    zone = timezone(timedelta(hours=2))
    report = Report(**{**REPORT, "start_datetime": datetime(2025, 3, 1, 2, tzinfo=zone)})
    assert report == Report(**REPORT)
    assert report.start_datetime.tzinfo is UTC


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"result_type": None}, "missing-member"),
        ({"result_type": "certificate-revoked"}, "unknown-result-type"),
        ({"result_type": "Certificate-Expired"}, "type-spelling"),
        ({"sending_mta_ip": None}, "missing-member"),
        ({"receiving_ip": "mx2.example.com"}, "invalid-ip-address"),
        ({"receiving_mx_hostname": "mx_2"}, "invalid-domain"),
        ({"receiving_mx_helo": "a\nb"}, "multiline-helo"),
        ({"failed_session_count": -1}, "invalid-count"),
        ({"failed_session_count": 1.0}, "count-format"),
        ({"failed_session_count": True}, "invalid-count"),
        ({"failed_session_count": None}, "missing-member"),
        ({"failed_session_count": 10**5000}, "invalid-count"),
        ({"failed_session_count": -(10**5000)}, "invalid-count"),
        ({"failure_reason_code": 10**5000}, "wrong-type"),
        ({"additional_information": "manual"}, "invalid-uri"),
        ({"failure_reason_code": "\ud800"}, "lone-surrogate"),
        ({"failure_reason_code": 5}, "number-for-string"),
        ({"failure_reason_code": object()}, "wrong-type"),
    ],
)
def test_details_are_as_the_standard_asks(change: dict[str, object], code: str) -> None:
    with pytest.raises(ReportError) as caught:
        FailureDetail(**{**DETAIL, **change})
    assert caught.value.code == code
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"policy_type": None}, "missing-member"),
        ({"policy_type": "STS"}, "type-spelling"),
        ({"policy_type": "mta-sts"}, "unknown-policy-type"),
        ({"policy_string": []}, "missing-member"),
        ({"policy_string": ['["3 1 1 AA"]']}, "double-encoding"),
        ({"policy_domain": None}, "missing-member"),
        ({"policy_domain": "tls@example.com"}, "invalid-domain"),
        ({"mx_host": ()}, "missing-member"),
        ({"mx_host": ["a..b"]}, "invalid-domain"),
        ({"total_successful_session_count": 2**53}, "invalid-count"),
        ({"failure_details": ()}, "missing-member"),
    ],
)
def test_policies_are_as_the_standard_asks(change: dict[str, object], code: str) -> None:
    with pytest.raises(ReportError) as caught:
        Policy(**{**POLICY, **change})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"organization_name": ""}, "missing-member"),
        ({"start_datetime": datetime(2025, 3, 1)}, "missing-time-zone"),  # noqa: DTZ001
        ({"end_datetime": datetime(2025, 3, 1, tzinfo=UTC)}, "date-order"),
        (
            {"start_datetime": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
            "invalid-date",
        ),
        ({"contact_info": "mailto:tls@example.com"}, "invalid-contact-info"),
        ({"contact_info": "tls@bücher.example\r\nBcc: a@example.com"}, "invalid-contact-info"),
        ({"report_id": "a\r\nBcc: a@example.com"}, "invalid-report-id"),
        ({"policies": []}, "missing-member"),
    ],
)
def test_reports_are_as_the_standard_asks(change: dict[str, object], code: str) -> None:
    with pytest.raises(ReportError) as caught:
        Report(**{**REPORT, **change})
    assert caught.value.code == code


def test_dates_need_a_time_zone() -> None:
    class Nowhere(tzinfo):
        def utcoffset(self, moment: datetime | None) -> None:
            return None

        dst = tzname = utcoffset

    for zone in (None, Nowhere()):
        for name in ("start_datetime", "end_datetime"):
            with pytest.raises(ReportError) as caught:
                Report(**{**REPORT, name: REPORT[name].replace(tzinfo=zone)})
            assert str(caught.value) == (f"{name} has no time zone; write tzinfo=UTC if it is UTC")


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (
            FailureDetail,
            {**DETAIL, "failed_session_count": -1},
            "/failed-session-count: the number -1 is not a count; write an integer from 0 to ",
        ),
        (
            FailureDetail,
            {**DETAIL, "receiving_ip": "mx"},
            "/receiving-ip: mx is not an IP address; write an IP address",
        ),
        (
            FailureDetail,
            {**DETAIL, "failure_reason_code": object()},
            "/failure-reason-code: this is an object, not a string; write a string",
        ),
        (FailureDetail, {**DETAIL, "receiving_ip": None}, "receiving-ip is missing or empty; "),
        (
            Policy,
            {**POLICY, "mx_host": ["mx.example.com", "a..b"]},
            "/policy/mx-host/1: a..b is not a domain name; write a domain name in A-labels",
        ),
        (
            Report,
            {**REPORT, "report_id": "a b"},
            "/report-id: a b does not fit into a Message-ID",
        ),
    ],
)
def test_constructors_say_where_and_not_what_a_reader_makes_of_it(
    kind: type, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ReportError) as caught:
        kind(**values)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (Report, {**REPORT, "start_datetime": "2025-03-01"}, "a datetime is needed, not str"),
        (Report, {**REPORT, "policies": [{}]}, "a Policy is needed, not dict"),
        (Policy, {**POLICY, "failure_details": [None]}, "a FailureDetail is needed, not NoneType"),
        (Policy, {**POLICY, "mx_host": "*.example.com"}, "^mx_host is an iterable of strings"),
        (Policy, {**POLICY, "policy_string": "a"}, "^policy_string is an iterable of strings"),
        (FailureDetail, {}, "missing 2 required keyword-only arguments"),
    ],
)
def test_wrong_types_are_errors_of_the_program(
    kind: type, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        kind(**values)
