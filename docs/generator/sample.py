"""Invented reports of a month, for people who have none yet: a server is missing in the policy."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from tlsrpt.report import FailureDetail, Policy, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAYS: Final = 30
# Since so many days there is a server two labels below the domain, which * does not stand for.
_DAYS_OF_NEW_SERVER: Final = 12
_SENDERS: Final = {"Big Mail Inc.": 620, "Office Mail Corporation": 310, "Small Mail": 12}


def sample_reports(today: date) -> Iterator[Report]:
    """The reports of the days before today, with fewer sessions at weekends."""
    for age in range(_DAYS, 0, -1):
        day = today - timedelta(days=age)
        for sender, usual in _SENDERS.items():
            sessions = usual // (3 if day.weekday() >= 5 else 1) + 7 * day.day % 11
            failed = sessions // 9 + 1 if age <= _DAYS_OF_NEW_SERVER else 0
            yield _report(sender, day, sessions, failed)


def _report(sender: str, day: date, sessions: int, failed: int) -> Report:
    start = datetime.combine(day, time(), UTC)
    detail = FailureDetail(
        result_type="certificate-host-mismatch",
        sending_mta_ip="192.0.2.25",
        receiving_mx_hostname="mx3.eu.example.com",
        receiving_ip="198.51.100.7",
        failed_session_count=failed,
    )
    policy = Policy(
        policy_type="sts",
        policy_string=["version: STSv1", "mode: testing", "mx: *.example.com", "max_age: 604800"],
        policy_domain="example.com",
        mx_host=["*.example.com"],
        total_successful_session_count=sessions - failed,
        total_failure_session_count=failed,
        failure_details=[detail] if failed else [],
    )
    return Report(
        organization_name=sender,
        start_datetime=start,
        end_datetime=start + timedelta(days=1, seconds=-1),
        contact_info="tls@sender.example",
        report_id=f"{day}-example.com",
        policies=[policy],
    )
