"""From a JSON document to a report, with a finding for whatever deviates.

There is one reader for everybody: `Report.parse` ignores the findings, `check_report` returns
them, and the constructors raise the first one. So the three agree on every document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlsrpt.report._catalogue import fail
from tlsrpt.report._findings import pointer_to
from tlsrpt.report._members import Members, describe, is_object, own_spelling
from tlsrpt.report._octets import Unpacked, load, unpacked
from tlsrpt.report._result_types import RESULT_TYPES
from tlsrpt.report._values import POLICY_TYPES, REPORT_ID, split_address
from tlsrpt.report.model import FailureDetail, Policy, Report, received

if TYPE_CHECKING:
    from tlsrpt.report._findings import Findings
from tlsrpt.report._members import Object

# RFC 8460 section 4.4.
_REPORT: Final = frozenset(
    {"organization-name", "date-range", "contact-info", "report-id", "policies"}
)
_DATE_RANGE: Final = frozenset({"start-datetime", "end-datetime"})
_ITEM: Final = frozenset({"policy", "summary", "failure-details"})
_POLICY: Final = frozenset({"policy-type", "policy-string", "policy-domain", "mx-host"})
_SUMMARY: Final = frozenset({"total-successful-session-count", "total-failure-session-count"})
_DETAIL: Final = frozenset(
    {
        *("result-type", "sending-mta-ip", "receiving-mx-hostname", "receiving-mx-helo"),
        *("receiving-ip", "failed-session-count", "additional-information"),
        "failure-reason-code",
    }
)
_WRAPPER: Final = "tls-report"

_DATA: Final = (bytes, str, Unpacked)

# No policy could be had, so no connection was made and there is nothing to quote (section 4.3.2.2).
_WITHOUT_POLICY: Final = frozenset(
    {"sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"}
)


def read(data: bytes | str | Unpacked, findings: Findings, max_size: int) -> Report:
    """Read a report from octets or text, and collect what deviates."""
    if not isinstance(data, _DATA):
        raise TypeError(f"a report is bytes or str, not {type(data).__name__}")
    if not isinstance(data, str):
        data = unpacked(data, findings, max_size)
    return read_report(load(data, findings, max_size), findings)


def read_report(document: object, findings: Findings) -> Report:
    """Read a report from a JSON value; raises if there are no dates or no policies."""
    if not is_object(document):
        raise fail("missing-object", kind=describe(document))
    report = _unwrapped(document, findings)
    if not report.holds("date-range", dict):
        raise fail("missing-date-range", pointer_to(report.at("date-range")), name="date-range")
    if not report.holds("policies", list):
        raise fail("missing-policies", pointer_to(report.at("policies")))
    dates = report.object("date-range", _DATE_RANGE)
    start, end = dates.moment("start-datetime"), dates.moment("end-datetime")
    if end <= start:
        report.add("date-order", "date-range")
    organization_name = report.text("organization-name", needed=True)
    contact_info = report.text("contact-info", needed=True)
    if contact_info and not split_address(contact_info):
        report.add("invalid-contact-info", "contact-info", value=contact_info)
    report_id = report.text("report-id", needed=True)
    if report_id and not REPORT_ID.fullmatch(report_id):
        report.add("invalid-report-id", "report-id", value=report_id)
    policies = tuple([_read_policy(policy) for policy in report.objects("policies", _ITEM)])
    if not policies:
        report.miss("policies")
    return received(
        Report,
        {
            "organization_name": organization_name,
            "start_datetime": start,
            "end_datetime": end,
            "contact_info": contact_info,
            "report_id": report_id,
            "policies": policies,
        },
    )


def _unwrapped(document: Object, findings: Findings) -> Members:
    """The members of the report, which some put into an object of its own."""
    if "policies" not in document:
        names = [name for name in document if own_spelling(name) == _WRAPPER]
        names.sort(key=_WRAPPER.__ne__)
        inner = document[names[0]] if names else None
        if is_object(inner):
            outer = Members(document, None, findings, {_WRAPPER})
            outer.add("wrapper-object", _WRAPPER)
            return outer.object(_WRAPPER, _REPORT)
    return Members(document, None, findings, _REPORT)


def read_policy(document: Object, findings: Findings) -> Policy:
    """Read a policy with its sessions."""
    return _read_policy(Members(document, None, findings, _ITEM))


def _read_policy(item: Members) -> Policy:
    policy = item.object("policy", _POLICY)
    summary = item.object("summary", _SUMMARY)
    policy_type = policy.registered("policy-type", POLICY_TYPES, "unknown-policy-type")
    policy_string = policy.strings("policy-string")
    policy_domain = policy.domain("policy-domain", needed=True)
    mx_host = policy.mx_hosts("mx-host")
    successes = summary.count("total-successful-session-count")
    failures = summary.count("total-failure-session-count")
    details = tuple([_read_detail(detail) for detail in item.objects("failure-details", _DETAIL)])
    if failures and not details:
        item.miss("failure-details")
    # Where none of the policy could be had, there is nothing to quote.
    if all(detail.result_type not in _WITHOUT_POLICY for detail in details):
        if policy_type in {"sts", "tlsa"} and not policy_string:
            policy.miss("policy-string")
        if policy_type == "sts" and not mx_host:
            policy.miss("mx-host")
    return received(
        Policy,
        {
            "policy_type": policy_type,
            "policy_string": policy_string,
            "policy_domain": policy_domain,
            "mx_host": mx_host,
            "total_successful_session_count": successes,
            "total_failure_session_count": failures,
            "failure_details": details,
        },
    )


def read_detail(document: Object, findings: Findings) -> FailureDetail:
    """Read a failure detail."""
    return _read_detail(Members(document, None, findings, _DETAIL))


def _read_detail(detail: Members) -> FailureDetail:
    result_type = detail.registered("result-type", RESULT_TYPES, "unknown-result-type")
    connected = result_type not in _WITHOUT_POLICY
    helo = detail.text("receiving-mx-helo")
    if helo and ("\n" in helo or "\r" in helo):
        detail.add("multiline-helo", "receiving-mx-helo")
    return received(
        FailureDetail,
        {
            "result_type": result_type,
            "sending_mta_ip": detail.ip("sending-mta-ip", needed=connected),
            "receiving_mx_hostname": detail.domain("receiving-mx-hostname", needed=connected),
            "receiving_mx_helo": helo,
            "receiving_ip": detail.ip("receiving-ip", needed=connected),
            "failed_session_count": detail.count("failed-session-count"),
            "additional_information": detail.uri("additional-information"),
            "failure_reason_code": detail.text("failure-reason-code"),
        },
    )
