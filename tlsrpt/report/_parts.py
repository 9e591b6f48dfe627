"""The parts of a report as plain values, by the names of their attributes.

The reader returns them, the writer takes them, and the model is made of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from datetime import datetime


class DetailValues(TypedDict):
    """The values of a `FailureDetail`."""

    result_type: str | None
    sending_mta_ip: str | None
    receiving_mx_hostname: str | None
    receiving_mx_helo: str | None
    receiving_ip: str | None
    failed_session_count: int
    additional_information: str | None
    failure_reason_code: str | None


class PolicyValues(TypedDict):
    """The values of a `Policy`."""

    policy_type: str | None
    policy_string: tuple[str, ...]
    policy_domain: str | None
    mx_host: tuple[str, ...]
    total_successful_session_count: int
    total_failure_session_count: int
    failure_details: list[DetailValues]


class ReportValues(TypedDict):
    """The values of a `Report`."""

    organization_name: str | None
    start_datetime: datetime
    end_datetime: datetime
    contact_info: str | None
    report_id: str | None
    policies: list[PolicyValues]
