"""Writing reports: JSON, gzip and file names (RFC 8460 sections 4.4, 5.1 and 5.2)."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Final

from tlsrpt.report._catalogue import fail
from tlsrpt.report._values import host_name, split_address, write_date_time
from tlsrpt.txt import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlsrpt.report._parts import PolicyValues, ReportValues

_UNIQUE_ID: Final = re.compile("[A-Za-z0-9]+")


def _present(**members: object) -> dict[str, object]:
    """A JSON object with the standard's names, without what is None or empty."""
    return {
        name.replace("_", "-"): value
        for name, value in members.items()
        if value is not None and value != []
    }


def report(report: ReportValues) -> dict[str, object]:
    """A report as a JSON value."""
    return {
        **_present(organization_name=report["organization_name"]),
        "date-range": {
            "start-datetime": write_date_time(report["start_datetime"]),
            "end-datetime": write_date_time(report["end_datetime"]),
        },
        **_present(contact_info=report["contact_info"], report_id=report["report_id"]),
        "policies": [policy(part) for part in report["policies"]],
    }


def policy(policy: PolicyValues) -> dict[str, object]:
    """A policy as a JSON value.

    The list of failure details is there even if it is empty, since some readers insist on it.
    """
    return {
        "policy": _present(
            policy_type=policy["policy_type"],
            policy_string=list(policy["policy_string"]),
            policy_domain=policy["policy_domain"],
            mx_host=list(policy["mx_host"]),
        ),
        "summary": {
            "total-successful-session-count": policy["total_successful_session_count"],
            "total-failure-session-count": policy["total_failure_session_count"],
        },
        "failure-details": [detail(part) for part in policy["failure_details"]],
    }


def detail(detail: Mapping[str, object]) -> dict[str, object]:
    """A failure detail as a JSON value."""
    return _present(**detail)


def to_json(document: ReportValues) -> str:
    """A report as JSON, in ASCII."""
    return json.dumps(report(document))


def to_gzip(document: ReportValues) -> bytes:
    """A report as JSON in gzip; without the time, so that equal reports are equal octets."""
    return gzip.compress(to_json(document).encode("ascii"), mtime=0)


def submitter(report: ReportValues) -> str:
    """The domain of the sender: that of contact-info (RFC 8460 section 5.1)."""
    address = split_address(report["contact_info"] or "")
    if not address:
        raise fail("invalid-address", "/contact-info", value=str(report["contact_info"]))
    return address[1]


def subject_domain(report: ReportValues) -> str:
    """The domain that the report is about: that of its first policy."""
    domain = report["policies"][0]["policy_domain"] if report["policies"] else None
    if not domain or host_name(domain) != domain:
        raise fail("missing-policy-domain", "/policies")
    return domain


def filename(report: ReportValues, ending: str, unique_id: str | None) -> str:
    """The name of a report as a file (RFC 8460 section 5.1)."""
    if unique_id is not None:
        unique_id = plain(unique_id)
        if not _UNIQUE_ID.fullmatch(unique_id):
            raise fail("invalid-unique-id", value=unique_id)
    parts = (
        submitter(report),
        subject_domain(report),
        int(report["start_datetime"].timestamp()),
        int(report["end_datetime"].timestamp()),
        *(() if unique_id is None else (unique_id,)),
    )
    return "!".join(map(str, parts)) + ending
