"""The types of what `summarize` returns, and how they are written as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple, cast


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sessions added up.

    Attributes:
        total_successful_session_count: the number of sessions with TLS as the policy requires.
        total_failure_session_count: the number of sessions where that failed.
        result_types: the number of failed sessions by result type; None is a failure without one.
            One session can fail in several ways, so they may add up to more than the total. A
            number is 0 if senders named the type without a count.

    >>> totals = Totals(
    ...     total_successful_session_count=7, total_failure_session_count=1, result_types={}
    ... )
    >>> totals.total_session_count, totals.failure_share
    (8, 0.125)
    """

    total_successful_session_count: int
    total_failure_session_count: int
    result_types: Mapping[str | None, int]

    @property
    def total_session_count(self) -> int:
        """The number of all sessions."""
        return self.total_successful_session_count + self.total_failure_session_count

    @property
    def failure_share(self) -> float:
        """The share of sessions that failed, from 0 to 1; 0.0 without sessions."""
        return self.total_failure_session_count / (self.total_session_count or 1)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failure that one sender reports at one server, under one policy.

    Attributes:
        result_type: what failed; None if the sender does not say.
        receiving_mx_hostname: the server; None if the sender does not say.
        sender: the organization that reported.
        policy_type: the type of the policy, such as ``"sts"``.
        mode: the mode of that MTA-STS policy (RFC 8461 section 3.2): ``"enforce"``, ``"testing"``
            or ``"none"``; None for other policies, and if the report does not quote it.
        failure_reason_codes: the sender's own words, the first ten in sort order, each up to 200
            characters. Not safe to print.
        session_count: the number of sessions; 0 if the sender did not count them.
        by_day: the same by day.
        first_day: the first day on which a report with it begins.
        last_day: the last one.

    >>> from datetime import date
    >>> Failure(
    ...     result_type="certificate-expired",
    ...     receiving_mx_hostname="mx.example.com",
    ...     sender="Sender Inc.",
    ...     policy_type="sts",
    ...     mode="testing",
    ...     failure_reason_codes=(),
    ...     session_count=3,
    ...     by_day={date(2025, 3, 1): 3},
    ...     first_day=date(2025, 3, 1),
    ...     last_day=date(2025, 3, 1),
    ... ).session_count
    3
    """

    result_type: str | None
    receiving_mx_hostname: str | None
    sender: str | None
    policy_type: str | None
    mode: str | None
    failure_reason_codes: tuple[str, ...]
    session_count: int
    by_day: Mapping[date, int]
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True)
class SeenPolicy:
    """A policy as senders saw it.

    Attributes:
        policy_type: its type, such as ``"sts"``.
        mode: the mode of an MTA-STS policy, as in `Failure`.
        mx: the mx patterns of an MTA-STS policy, in A-labels.
        max_age: its max_age, in seconds (RFC 8461 section 3.2); None if the report does not quote
            it.
        faults: what is wrong with what the reports quote, as sentences; safe to print. Some senders
            leave lines out.
        senders: the organizations that reported it.
        first_day: the first day on which a report with it begins.
        last_day: the last one.

    >>> from datetime import date
    >>> day = date(2025, 3, 1)
    >>> SeenPolicy(
    ...     policy_type="sts",
    ...     mode="testing",
    ...     mx=("*.example.com",),
    ...     max_age=604800,
    ...     faults=(),
    ...     senders=("Sender Inc.",),
    ...     first_day=day,
    ...     last_day=day,
    ... ).mode
    'testing'
    """

    policy_type: str | None
    mode: str | None
    mx: tuple[str, ...]
    max_age: int | None
    faults: tuple[str, ...]
    senders: tuple[str | None, ...]
    first_day: date
    last_day: date


class StsDay(NamedTuple):
    """What the reports of one day say about the MTA-STS policy.

    Attributes:
        session_count: the number of sessions under it, without those in which it could not be
            fetched.
        would_hold_back: the number of these for which ``enforce`` holds mail back, or would.
        held_back: the number of these for which it did, since the sender saw mode ``enforce``.
        unsaid: the number of these for which nobody knows, since the report does not quote the
            mode.
        modes: the mode that each sender saw; None if its reports do not quote it. Senders that
            had no policy, since they could not fetch it, are not there.
        unfetched: the number of sessions, by sender, in which a valid policy could not be fetched.

    >>> StsDay(12, 3, 0, 0, {"Sender Inc.": "testing"}, {}).would_hold_back
    3
    """

    session_count: int
    would_hold_back: int
    held_back: int
    unsaid: int
    modes: Mapping[str | None, str | None]
    unfetched: Mapping[str | None, int]


class Incident(NamedTuple):
    """Failures with one cause at one server.

    Attributes:
        group: the code of the cause; if nothing shows one, the result type, ``"unknown-type"``,
            ``"no-type"``, or ``"no-details"`` for failures that no detail explains.
        receiving_mx_hostname: the server; None if the reports do not say.
        result_types: what senders call it.
        senders: the organizations that reported it.
        by_day: the number of sessions by day, each counted once.
        held_back: the number of these sessions in which the sender held the mail back.
        evidence: what shows the cause: how, and the words themselves; not safe to print.

    >>> Incident("no-details", None, (), ("Sender Inc.",), {}, 0, ()).group
    'no-details'
    """

    group: str
    receiving_mx_hostname: str | None
    result_types: tuple[str | None, ...]
    senders: tuple[str | None, ...]
    by_day: Mapping[date, int]
    held_back: int
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class DomainSummary(Totals):
    """Sessions added up for one policy domain.

    The day of a report is the day, in UTC, on which its time span begins.

    Attributes:
        policy_domain: the domain; None for policies without one.
        first_day: the first day with a report.
        last_day: the last one.
        by_sender: the same by the name of the organization that reported; None for reports that
            name no organization.
        last_days: the last day with a report of each of these senders, some of which may have
            fallen silent.
        by_day: the same by day.
        by_policy: the same by policy type and MTA-STS mode, which is None for other types. Where
            a sender does both MTA-STS and DANE, the same sessions are under both.
        by_server: failed sessions by server and result type. Reports do not count successful
            sessions by server.
        failures: what failed, by result type, server, sender and policy, the most frequent first.
        policies: the policies as senders saw them, the latest first.
        reports: the number of reports about it.
        claimed_reports: the number of reports with a policy that names no domain and is counted
            here only because the mail's ``TLS-Report-Domain`` says so. That is the sender's claim.
        incidents: what `problems` explains.
        sts_days: what `readiness` judges.

    >>> from tlsrpt.report import read_reports, summarize
    >>> summary = summarize(read_reports("tests/report/data/sound.json"))
    >>> domain = summary.domains["example.com"]
    >>> domain.first_day, domain.total_session_count, domain.total_failure_session_count
    (datetime.date(2025, 3, 1), 5329, 3)
    >>> domain.by_server
    {'mx2.example.com': {'certificate-expired': 3}}
    """

    policy_domain: str | None
    first_day: date
    last_day: date
    by_sender: Mapping[str | None, Totals]
    last_days: Mapping[str | None, date]
    by_day: Mapping[date, Totals]
    by_policy: Mapping[tuple[str | None, str | None], Totals]
    by_server: Mapping[str | None, Mapping[str | None, int]]
    failures: tuple[Failure, ...]
    policies: tuple[SeenPolicy, ...]
    reports: int
    claimed_reports: int
    incidents: tuple[Incident, ...]
    sts_days: Mapping[date, StsDay]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON has it: names in kebab-case, dates as ISO strings, lists for tuples.

        >>> from tlsrpt.report import read_reports, summarize
        >>> summary = summarize(read_reports("tests/report/data/sound.json"))
        >>> values = summary.domains["example.com"].to_dict()
        >>> values["first-day"], values["total-session-count"], values["result-types"]
        ('2025-03-01', 5329, [{'result-type': 'certificate-expired', 'session-count': 3}])
        """
        return {
            "policy-domain": self.policy_domain,
            **_totals_dict(self),
            "first-day": self.first_day.isoformat(),
            "last-day": self.last_day.isoformat(),
            "reports": self.reports,
            "claimed-reports": self.claimed_reports,
            "by-sender": [
                {
                    "sender": sender,
                    "last-day": self.last_days[sender].isoformat(),
                    **_totals_dict(each),
                }
                for sender, each in self.by_sender.items()
            ],
            "by-day": {day.isoformat(): _totals_dict(each) for day, each in self.by_day.items()},
            "by-policy": [
                {"policy-type": kind, "mode": mode, **_totals_dict(each)}
                for (kind, mode), each in self.by_policy.items()
            ],
            "by-server": [
                {"receiving-mx-hostname": server, "result-types": _counts(result_types)}
                for server, result_types in self.by_server.items()
            ],
            "failures": [plain_dict(each) for each in self.failures],
            "policies": [plain_dict(each) for each in self.policies],
        }


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What `summarize` found.

    Attributes:
        domains: a `DomainSummary` for each policy domain, sorted; None is for policies without one
            that no mail claims to be about a domain.
        reports: the number of reports that were added up.
        duplicates: the number of reports that were left out, since an equal report had been
            counted.

    >>> from tlsrpt.report import read_reports, summarize
    >>> summary = summarize([*read_reports("tests/report/data/sound.json")] * 2)
    >>> list(summary.domains), summary.reports, summary.duplicates
    (['example.com'], 1, 1)
    """

    domains: Mapping[str | None, DomainSummary]
    reports: int
    duplicates: int

    def to_dict(self) -> dict[str, Any]:
        """The same, ready for JSON; see `DomainSummary.to_dict`.

        >>> from tlsrpt.report import read_reports, summarize
        >>> values = summarize(read_reports("tests/report/data/sound.json")).to_dict()
        >>> values["reports"], values["domains"][0]["policy-domain"]
        (1, 'example.com')
        """
        return {
            "domains": [domain.to_dict() for domain in self.domains.values()],
            "reports": self.reports,
            "duplicates": self.duplicates,
        }


# Up to so many domains are all described. If there are more, only those where something failed are.
FEW_DOMAINS: Final = 3


def worst_first(domains: Iterable[DomainSummary]) -> list[DomainSummary]:
    """Domains in the order in which they are shown."""
    return sorted(
        domains,
        key=lambda each: (
            -each.total_failure_session_count,
            # A failure without a count comes before no failure at all.
            not each.incidents,
            -each.total_session_count,
            each.policy_domain or "",
        ),
    )


def described(domains: list[DomainSummary]) -> list[DomainSummary]:
    """Those to describe one by one: if there are many, the ones where something failed."""
    if len(domains) <= FEW_DOMAINS:
        return domains
    return [domain for domain in domains if domain.incidents]


def mail_servers(domains: Iterable[DomainSummary]) -> dict[str, list[str]]:
    """Mail servers that senders report as domains, each with the domains that it serves."""
    hosts: list[str] = []
    # By server, or by the pattern of a policy.
    served: defaultdict[str | None, list[str]] = defaultdict(list)
    for domain in domains:
        name = domain.policy_domain
        if name is None:
            continue
        if all(kind == "tlsa" for kind, _ in domain.by_policy):
            hosts.append(name)
        for place in {*domain.by_server, *(mx for each in domain.policies for mx in each.mx)}:
            served[place].append(name)
    found: dict[str, list[str]] = {}
    for host in hosts:
        names = served.get(host, []) + served.get(f"*.{host.partition('.')[2]}", [])
        found[host] = sorted({*names} - {host})
    return found


def plain_dict(value: object) -> dict[str, Any]:
    """The attributes of an object as JSON has them."""
    return {name.replace("_", "-"): _plain(each) for name, each in vars(value).items()}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("tuple[object, ...]", value)]
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {_plain(key): _plain(each) for key, each in items}
    return value


def _totals_dict(totals: Totals) -> dict[str, Any]:
    return {
        "total-session-count": totals.total_session_count,
        "total-successful-session-count": totals.total_successful_session_count,
        "total-failure-session-count": totals.total_failure_session_count,
        "failure-share": totals.failure_share,
        "result-types": _counts(totals.result_types),
    }


def _counts(result_types: Mapping[str | None, int]) -> list[dict[str, Any]]:
    return [{"result-type": name, "session-count": count} for name, count in result_types.items()]
