"""Invented months of reports, each with a story; they end on the day before `TODAY`."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from tlsrpt.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TODAY: Final = date(2026, 10, 31)
_MONTH: Final = [date(2026, 10, day) for day in range(1, 31)]
_DOMAIN: Final = "example.com"

# How many sessions each sender has on a day.
_SENDERS: Final = {
    "Big Mail Inc.": 620,
    "Office Mail Corporation": 310,
    "post.example": 25,
    "small.example": 4,
}
_HOSTS: Final = ("mx1.example.com", "mx2.example.com")


def sts(mode: str = "testing", *patterns: str, domain: str = _DOMAIN) -> dict[str, Any]:
    """An MTA-STS policy, with patterns for one label below the domain if none are given."""
    patterns = patterns or (f"*.{domain}",)
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {each}" for each in patterns)]
    return {
        "policy-type": "sts",
        "policy-string": [*lines, "max_age: 604800"],
        "policy-domain": domain,
        "mx-host": [*patterns],
    }


def tlsa(domain: str = _DOMAIN) -> dict[str, Any]:
    """A policy of two TLSA records."""
    records = [f"3 1 1 {digit * 64}" for digit in "AB"]
    return {"policy-type": "tlsa", "policy-string": records, "policy-domain": domain}


def detail(
    result_type: str | None, host: str | None, count: int | None, reason: str | None = None
) -> dict[str, Any]:
    """A failure detail."""
    return {
        "result-type": result_type,
        "sending-mta-ip": "192.0.2.25",
        "receiving-mx-hostname": host,
        "receiving-ip": "198.51.100.7",
        "failed-session-count": count,
        "failure-reason-code": reason,
    }


def report(
    sender: str | None, day: date, policy: dict[str, Any], sessions: int, *details: dict[str, Any]
) -> Report:
    """A report of one policy, where each failed session is in one detail."""
    failed = sum(each["failed-session-count"] or 0 for each in details)
    return Report.parse(
        json.dumps(
            {
                "organization-name": sender,
                "date-range": {
                    "start-datetime": f"{day}T00:00:00Z",
                    "end-datetime": f"{day}T23:59:59Z",
                },
                "contact-info": "postmaster@sender.example",
                "report-id": f"{day}_{policy['policy-domain']}",
                "policies": [
                    {
                        "policy": policy,
                        "summary": {
                            "total-successful-session-count": sessions - failed,
                            "total-failure-session-count": failed,
                        },
                        "failure-details": list(details),
                    }
                ],
            }
        )
    )


def _month(
    policy: Callable[[date], dict[str, Any]],
    fail: Callable[[str, date, int], list[dict[str, Any]]] = lambda sender, day, sessions: [],
    days: list[date] | None = None,
) -> Iterator[Report]:
    """A report of each sender on each day; fewer sessions at weekends."""
    for day in _MONTH if days is None else days:
        for sender, usual in _SENDERS.items():
            sessions = usual // (3 if day.weekday() >= 5 else 1) + day.day % 7
            details = fail(sender, day, sessions)
            yield report(sender, day, policy(day), sessions, *details)


def healthy() -> Iterator[Report]:
    """Enforcing, and nothing fails."""
    return _month(lambda day: sts("enforce"))


def thirty_clean_days() -> Iterator[Report]:
    """Testing for a month, and nothing fails."""
    return _month(lambda day: sts("testing"))


def expired_certificate() -> Iterator[Report]:
    """A certificate of one server expired for three days, then it was renewed."""

    def fail(sender: str, day: date, sessions: int) -> list[dict[str, Any]]:
        if not 12 <= day.day <= 14:
            return []
        if sender == "Big Mail Inc.":
            return [detail("certificate-expired", _HOSTS[1], 3)]
        if sender == "Office Mail Corporation":
            reason = "X509_V_ERR_CERT_HAS_EXPIRED"
            return [detail("validation-failure", _HOSTS[1], 2, reason)]
        return []

    return _month(lambda day: sts("testing"), fail)


def new_server_not_in_policy() -> Iterator[Report]:
    """A server that the policy does not list since the 19th; the wildcard is for one label."""
    host = "mx3.eu.example.com"

    def fail(sender: str, day: date, sessions: int) -> list[dict[str, Any]]:
        if day.day < 19:
            return []
        if sender == "Office Mail Corporation":
            return [detail("validation-failure", host, sessions // 4, "MX_HOSTS_MISMATCH")]
        if sender == "small.example":
            return [detail("validation-failure", host, 1, "mtasts-policy-mx-mismatch")]
        return [detail("certificate-host-mismatch", host, sessions // 4)]

    return _month(lambda day: sts("testing"), fail)


def odd_sender() -> Iterator[Report]:
    """One small sender fails every day, for a reason of its own."""

    def fail(sender: str, day: date, sessions: int) -> list[dict[str, Any]]:
        if sender != "small.example":
            return []
        return [detail("validation-failure", _HOSTS[0], 1, "no shared cipher")]

    return _month(lambda day: sts("testing"), fail)


def dane_rollover() -> Iterator[Report]:
    """The key of one server changed before its TLSA records did; two senders check DANE."""
    for each in _month(lambda day: sts("enforce")):
        if each.organization_name in {"Big Mail Inc.", "small.example"}:
            yield each
    for day in _MONTH:
        for sender, reason in (
            ("Office Mail Corporation", None),
            ("post.example", "dane-no-match"),
        ):
            kind = "validation-failure" if reason else "tlsa-invalid"
            broken = [detail(kind, _HOSTS[0], _SENDERS[sender] // 2, reason)]
            details = broken if 20 <= day.day <= 21 else []
            yield report(sender, day, tlsa(), _SENDERS[sender], *details)


def stripped_starttls() -> Iterator[Report]:
    """STARTTLS is removed on the way from one sender to both servers, in the last week."""

    def fail(sender: str, day: date, sessions: int) -> list[dict[str, Any]]:
        if sender != "post.example" or day.day < 24:
            return []
        return [detail("starttls-not-supported", host, 2) for host in _HOSTS]

    return _month(lambda day: sts("enforce"), fail)


def testing_for_three_days() -> Iterator[Report]:
    """The policy is three days old."""
    return _month(lambda day: sts("testing"), days=_MONTH[-3:])


def enforcing_with_failures() -> Iterator[Report]:
    """Enforcing; one server lacks an intermediate certificate, and the policy was unreachable."""

    def fail(sender: str, day: date, sessions: int) -> list[dict[str, Any]]:
        details = []
        if sender == "Big Mail Inc." and day.day % 3 == 0:
            details.append(detail("certificate-not-trusted", _HOSTS[1], 9))
        if sender == "post.example" and day.day >= 26:
            reason = "x509: certificate signed by unknown authority"
            details.append(detail("certificate-not-trusted", _HOSTS[1], 1, reason))
        if sender == "Office Mail Corporation" and day.day == 8:
            details.append(detail("sts-policy-fetch-error", None, 5, "HTTP status 503"))
        return details

    return _month(lambda day: sts("enforce"), fail)


def forty_domains() -> Iterator[Report]:
    """Forty domains; every tenth has failures, every twentieth many."""
    for number in range(40):
        domain = f"customer-{number + 1:02}.example"
        for day in _MONTH[-14:]:
            for sender in ("Big Mail Inc.", "Office Mail Corporation"):
                sessions = _SENDERS[sender] // (number + 1) + number
                details = []
                if number % 10 == 9:
                    count = 1 + sessions // (2 if number % 20 == 19 else 50)
                    details = [detail("certificate-expired", f"mx.{domain}", count)]
                mode = ("enforce", "testing", "none")[number % 3]
                yield report(sender, day, sts(mode, domain=domain), sessions, *details)


def two_years() -> Iterator[Report]:
    """Two years: testing, two incidents a year apart, then enforcing."""
    days = [TODAY - timedelta(days=back) for back in range(730, 0, -1)]

    def policy(day: date) -> dict[str, Any]:
        return sts("enforce" if day >= date(2025, 4, 1) else "testing")

    def fail(sender: str, day: date, sessions: int) -> list[dict[str, Any]]:
        if sender != "Big Mail Inc." or (day.month, day.day // 4) != (8, 6):
            return []
        return [detail("certificate-expired", _HOSTS[0], 40)]

    return _month(policy, fail, days)


def hostile_text() -> Iterator[Report]:
    """Whatever a stranger may write, in every text, and more failures than anybody can read."""
    texts = (
        "\x1b[2J\x1b]0;x\x07",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "\u202egnp.exe\u2066",
        'a" onload="x',
        "{server} {0} %s",
        "x" * 500,
        "line\r\nline",
    )
    for number, text in enumerate(texts):
        policy = {
            "policy-type": "sts" if number % 2 else text,
            "policy-string": ["version: STSv1", f"mode: {text}", f"mx: {text}", text],
            "policy-domain": _DOMAIN if number % 3 else text,
            "mx-host": [text],
        }
        details = [detail(text, text, 1, text), detail("validation-failure", text, None, text)]
        yield report(text, _MONTH[number], policy, 10, *details)
    many = [detail(f"type-{each}", f"mx{each % 40}.example.com", 1) for each in range(200)]
    yield report("small.example", _MONTH[-1], sts("enforce"), 300, *many)


_STORIES: Final = (
    healthy,
    expired_certificate,
    new_server_not_in_policy,
    odd_sender,
    dane_rollover,
    stripped_starttls,
    testing_for_three_days,
    thirty_clean_days,
    enforcing_with_failures,
    forty_domains,
    two_years,
    hostile_text,
)
MONTHS: Final = tuple(story.__name__ for story in _STORIES)


@cache
def month(name: str) -> tuple[Report, ...]:
    """The reports of a month, by its name in `MONTHS`."""
    (story,) = (story for story in _STORIES if story.__name__ == name)
    return tuple(story())
