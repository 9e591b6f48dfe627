"""What the invented months come to."""

from __future__ import annotations

import json
from typing import Final

import pytest

from tests.report.months import MONTHS, TODAY, month
from tlsrpt.report import problems, readiness, summarize

# The status, and cause, server and number of sessions of each problem.
EXPECTED: Final[dict[str, tuple[str, list[tuple[str | None, str | None, int]]]]] = {
    "healthy": ("enforcing", []),
    "expired_certificate": ("ready", [("certificate-expired", "mx2.example.com", 15)]),
    "new_server_not_in_policy": ("not-ready", [("mx-not-in-policy", "mx3.eu.example.com", 2569)]),
    "odd_sender": ("not-ready", [("no-common-tls", "mx1.example.com", 30)]),
    "dane_rollover": ("enforcing", [("tlsa-mismatch", "mx1.example.com", 334)]),
    "stripped_starttls": (
        "enforcing",
        [
            ("starttls-not-supported", "mx1.example.com", 14),
            ("starttls-not-supported", "mx2.example.com", 14),
        ],
    ),
    "testing_for_three_days": ("too-little-data", []),
    "thirty_clean_days": ("ready", []),
    "enforcing_with_failures": (
        "enforcing",
        [
            (None, "mx2.example.com", 90),
            ("certificate-chain", "mx2.example.com", 5),
            ("policy-http-status", None, 5),
        ],
    ),
    "two_years": ("enforcing", [("certificate-expired", "mx1.example.com", 320)]),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_found(name: str) -> None:
    (domain,) = summarize(month(name)).domains.values()
    found = [
        (each.cause, each.receiving_mx_hostname, each.session_count) for each in problems(domain)
    ]
    assert (readiness(domain, TODAY).status, found) == EXPECTED[name]


def test_forty_domains() -> None:
    domains = summarize(month("forty_domains")).domains
    assert len(domains) == 40
    statuses = [readiness(domain, TODAY).status for domain in domains.values()]
    assert statuses[:3] == ["enforcing", "ready", "no-policy"]
    failing = [domain.policy_domain for domain in domains.values() if problems(domain)]
    assert failing == [f"customer-{number}.example" for number in (10, 20, 30, 40)]


@pytest.mark.parametrize("name", MONTHS)
def test_all_of_it_can_be_json(name: str) -> None:
    summary = summarize(month(name))
    json.dumps(summary.to_dict())
    for domain in summary.domains.values():
        for problem in problems(domain):
            json.dumps(problem.to_dict())
        json.dumps(readiness(domain, TODAY).to_dict())
