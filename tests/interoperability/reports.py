"""Our reports, as parsedmarc reads them; see `nox -s interoperability`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import parsedmarc
import pytest
from hypothesis import given, settings

from tests.report.deviations import DATA
from tests.report.strategies import SOUND_REPORTS
from tlsrpt.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlsrpt.report import FailureDetail, Policy

Parsed: TypeAlias = dict[str, object]

FILES: Final = ("sound.json", "sts-and-tlsa.json", "failures-in-testing.json")


def parsed_text(report: Report) -> Parsed:
    parsed: Parsed = parsedmarc.parse_smtp_tls_report_json(report.to_json())
    return parsed


def parsed_json_file(report: Report) -> Parsed:
    return parsed_file(report.to_json().encode())


def parsed_gzip_file(report: Report) -> Parsed:
    return parsed_file(report.to_gzip())


def parsed_mail_file(report: Report) -> Parsed:
    return parsed_file(report.to_email("tls@example.com").as_bytes())


def parsed_mail(report: Report) -> Parsed:
    mail = report.to_email("tls@example.com").as_bytes()
    return of_kind(parsedmarc.parse_report_email(mail, offline=True))


def parsed_file(data: bytes) -> Parsed:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report")
        path.write_bytes(data)
        return of_kind(parsedmarc.parse_report_file(path, offline=True))


def of_kind(result: dict[str, Any]) -> Parsed:
    assert result["report_type"] == "smtp_tls"
    parsed: Parsed = result["report"]
    return parsed


WAYS: Final = (parsed_text, parsed_json_file, parsed_gzip_file, parsed_mail_file, parsed_mail)


def expected(report: Report) -> dict[str, object]:
    """What parsedmarc has to read, in its own words.

    It looks for mx-host under another name, and leaves out a blank text in a failure detail.
    """
    date_range = json.loads(report.to_json())["date-range"]
    return {
        "organization_name": report.organization_name,
        "begin_date": date_range["start-datetime"],
        "end_date": date_range["end-datetime"],
        "contact_info": report.contact_info,
        "report_id": report.report_id,
        "policies": [expected_policy(policy) for policy in report.policies],
    }


def expected_policy(policy: Policy) -> dict[str, object]:
    strings = {"policy_strings": list(policy.policy_string)} if policy.policy_string else {}
    return {
        "policy_domain": policy.policy_domain,
        "policy_type": policy.policy_type,
        **strings,
        "successful_session_count": policy.total_successful_session_count,
        "failed_session_count": policy.total_failure_session_count,
        "failure_details": [expected_detail(detail) for detail in policy.failure_details],
    }


def expected_detail(detail: FailureDetail) -> dict[str, object]:
    values = dict(vars(detail))
    values["additional_info_uri"] = values.pop("additional_information")
    return {
        name: value for name, value in values.items() if value is not None and str(value).strip()
    }


@pytest.mark.parametrize("parsed", WAYS)
@pytest.mark.parametrize("name", FILES)
def test_reports_as_they_are_sent(name: str, parsed: Callable[[Report], Parsed]) -> None:
    report = Report.parse((DATA / name).read_bytes())
    assert parsed(report) == expected(report)


@pytest.mark.parametrize("parsed", WAYS)
@settings(deadline=None, max_examples=50)
@given(report=SOUND_REPORTS)
def test_every_figure_of_every_report(report: Report, parsed: Callable[[Report], Parsed]) -> None:
    assert parsed(report) == expected(report)
