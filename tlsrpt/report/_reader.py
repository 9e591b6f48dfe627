"""From a JSON document to the values of a report, with a finding for whatever deviates.

There is one reader for everybody: `Report.parse` ignores the findings, `check_report` returns
them, and the constructors raise the first one. So the three agree on every document.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from tlsrpt.report._catalogue import ReportError, fail
from tlsrpt.report._findings import pointer_to
from tlsrpt.report._members import (
    Reader,
    count,
    count_in,
    describe,
    domain,
    ip,
    is_list,
    kept,
    moment,
    mx_hosts,
    own_spelling,
    registered,
    sender,
    sound,
    strings,
    text,
    uri,
)
from tlsrpt.report._octets import Unpacked, load, name_limit, part_limit, unpacked
from tlsrpt.report._result_types import FETCH_TYPES, RESULT_TYPES
from tlsrpt.report._shapes import Shape, is_object, member, miss, objects
from tlsrpt.report._values import POLICY_TYPES, REPORT_ID, split_address
from tlsrpt.txt import plain

if TYPE_CHECKING:
    from tlsrpt.report._findings import Findings, Place
    from tlsrpt.report._parts import DetailValues, PolicyValues, ReportValues
    from tlsrpt.report._shapes import Object, Values

_DATA: Final = (bytes, str, Unpacked)

# No connection was made, nor need there have been one if DNS said that there may be none (section
# 4.3.2.1).
_WITHOUT_ADDRESSES: Final = FETCH_TYPES | {"dane-required", "dnssec-invalid"}


def read(data: bytes | str | Unpacked, findings: Findings, max_size: int) -> ReportValues:
    """Read a report from octets or text, and collect what deviates."""
    if not isinstance(data, _DATA):
        raise TypeError(f"a report is bytes or str, not {type(data).__name__}")
    flaw = None
    findings.max_names = name_limit(max_size)
    if isinstance(data, str):
        data = plain(data)
    else:
        data, flaw = unpacked(data, findings, max_size)
    try:
        value = load(data, findings, max_size)
    except ReportError as error:
        # Half a document is not JSON.
        raise (fail(flaw, parts=part_limit(max_size)) if flaw else error) from None
    if flaw:
        findings.add(flaw, parts=part_limit(max_size))
    return read_report(value, findings)


# --- Failure details ----------------------------------------------------------------------------


def _helo(value: object, place: Place, findings: Findings) -> str | None:
    helo = text(value, place, findings)
    if helo and ("\n" in helo or "\r" in helo):
        findings.add("multiline-helo", place)
    return helo


def _is_usual_helo(helo: str) -> bool:
    return helo.isascii() and "\n" not in helo and "\r" not in helo


_WITHOUT_CONNECTION: Final = ("result_type", "failed_session_count")
_WITH_CONNECTION: Final = (
    *("result_type", "sending_mta_ip", "receiving_mx_hostname", "receiving_ip"),
    "failed_session_count",
)


_BEFORE_CONNECTION: Final = ("result_type", "receiving_mx_hostname", "failed_session_count")


def _detail_needs(values: Values) -> tuple[str, ...]:
    result_type = values["result_type"]
    if result_type in _WITHOUT_ADDRESSES:
        return _WITHOUT_CONNECTION
    # A server that the MTA-STS policy does not list is never connected to (RFC 8461 section 4.1).
    addresses = values["sending_mta_ip"] or values["receiving_ip"]
    if result_type == "validation-failure" and not addresses:
        return _BEFORE_CONNECTION
    return _WITH_CONNECTION


_DETAIL: Final = Shape(
    _detail_needs,
    result_type=registered(RESULT_TYPES, "unknown-result-type"),
    sending_mta_ip=ip,
    receiving_mx_hostname=domain,
    receiving_mx_helo=Reader(_helo, kept(_is_usual_helo)),
    receiving_ip=ip,
    failed_session_count=count,
    additional_information=uri,
    failure_reason_code=Reader(text, kept(str.isascii)),
)


def read_detail(document: Object, place: Place, findings: Findings) -> DetailValues:
    """Read a failure detail."""
    return cast("DetailValues", _DETAIL.read(document, place, findings))


# --- Policies -----------------------------------------------------------------------------------

_QUOTE: Final[dict[str, Reader]] = {
    "policy_type": registered(POLICY_TYPES, "unknown-policy-type"),
    "policy_string": strings,
    "policy_domain": domain,
    "mx_host": mx_hosts,
}
_POLICY: Final = Shape(lambda _: ("policy_type", "policy_domain"), **_QUOTE)
_SUMMARY: Final = Shape(
    lambda _: ("total_successful_session_count", "total_failure_session_count"),
    total_successful_session_count=count,
    total_failure_session_count=count,
)


def _item_needs(values: Values) -> tuple[str, ...]:
    if values["summary"] and values["summary"]["total_failure_session_count"]:
        return "policy", "summary", "failure_details"
    return "policy", "summary"


def _flat_item_needs(values: Values) -> tuple[str, ...]:
    return "policy_type", "policy_domain", *_item_needs(values)[1:]


_SESSIONS: Final[dict[str, Reader]] = {
    "policy": Reader(_POLICY.read_value),
    "summary": Reader(_SUMMARY.read_value),
    "failure_details": Reader(partial(objects, _DETAIL.read)),
}
_ITEM: Final = Shape(_item_needs, **_SESSIONS)
# Some programs write the members of policy beside summary.
_FLAT_ITEM: Final = Shape(_flat_item_needs, **_QUOTE, **_SESSIONS)

# What a policy of a type quotes.
_QUOTED: Final = {"sts": ("policy_string", "mx_host"), "tlsa": ("policy_string",)}


def read_policy(document: Object, place: Place, findings: Findings) -> PolicyValues:
    """Read a policy with its sessions."""
    sent, sent_place = member(document, place, "policy")
    if sent is None and any(own_spelling(name).replace("-", "_") in _QUOTE for name in document):
        findings.add("flat-policy", place)
        sent, sent_place = document, place
        item = _FLAT_ITEM.read(document, place, findings)
        policy = {name: item[name] for name in _QUOTE}
    else:
        item = _ITEM.read(document, place, findings)
        policy = item["policy"] or _POLICY.nothing
    summary = item["summary"] or _SUMMARY.nothing
    details: list[DetailValues] = item["failure_details"] or []
    for name in _QUOTED.get(policy["policy_type"], ()):
        if not policy[name] and all(each["result_type"] not in FETCH_TYPES for each in details):
            miss(policy, name, cast("Object", sent), sent_place, findings)
    if details:
        _compare(summary["total_failure_session_count"], details, document, place, findings)
    return cast("PolicyValues", {**policy, **summary, "failure_details": details})


def _compare(
    total: int, details: list[DetailValues], document: Object, place: Place, findings: Findings
) -> None:
    """Add the finding that a policy has fewer failed sessions than one of its failure details.

    Those of all details may add up to more, since one session can fail in several ways (RFC 8460
    section 4).
    """
    least = max([each["failed_session_count"] or 1 for each in details])
    if total >= least:
        return
    summary, place = member(document, place, "summary")
    if is_object(summary):
        sent, place = member(summary, place, "total-failure-session-count")
        # What is missing or no count has been found, and read as 0.
        if count_in(sent) is not None:
            findings.add("failure-total", place, total=total, least=least)


# --- Reports ------------------------------------------------------------------------------------


def _as_it_is(value: object, _place: Place, _findings: Findings) -> object:
    return value


# What is read later.
_AS_IT_IS: Final = Reader(_as_it_is)


_DATE_RANGE: Final = Shape(lambda _: (), start_datetime=moment, end_datetime=moment)
_REPORT: Final = Shape(
    lambda _: ("organization_name", "contact_info", "report_id"),
    organization_name=Reader(sender, kept(lambda name: name.isascii() and name.strip())),
    date_range=_AS_IT_IS,
    contact_info=sound(split_address, "invalid-contact-info"),
    report_id=sound(REPORT_ID.fullmatch, "invalid-report-id"),
    policies=_AS_IT_IS,
)
# Some put the report into an object of its own.
_WRAPPER: Final = Shape(lambda _: (), tls_report=_AS_IT_IS)


def read_report(document: object, findings: Findings) -> ReportValues:
    """Read a report from a JSON value; raises if there are no dates or no policies."""
    if not is_object(document):
        raise fail("missing-object", kind=describe(document))
    document, place = _unwrapped(document, findings)
    dates, dates_place = member(document, place, "date-range")
    if not is_object(dates):
        raise fail("missing-date-range", pointer_to(dates_place), name="date-range")
    policies, policies_place = member(document, place, "policies")
    if not is_list(policies) and not is_object(policies):
        raise fail("missing-policies", pointer_to(policies_place))
    for name in ("start-datetime", "end-datetime"):
        date, date_place = member(dates, dates_place, name)
        if not date or not isinstance(date, str):
            raise fail("missing-date-range", pointer_to(date_place), name=name)
    values = _REPORT.read(document, place, findings)
    del values["date_range"]
    values |= _DATE_RANGE.read(dates, dates_place, findings)
    if values["end_datetime"] <= values["start_datetime"]:
        findings.add("date-order", dates_place)
    values["policies"] = objects(read_policy, policies, policies_place, findings)
    if not policies:
        findings.add("missing-member", policies_place, name="policies")
    return cast("ReportValues", values)


def _unwrapped(document: Object, findings: Findings) -> tuple[Object, Place]:
    """The object that is the report, and its place."""
    if "policies" not in document:
        inner, place = member(document, None, "tls-report")
        if is_object(inner):
            _WRAPPER.read(document, None, findings)
            findings.add("wrapper-object", place)
            return inner, place
    return document, None
