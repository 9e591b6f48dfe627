"""`summarize`: adding up reports without counting a session twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from email.message import Message
from typing import Any, NamedTuple, TypeVar

from tlsrpt.report._figures import figures_of
from tlsrpt.report._sts import covers
from tlsrpt.report._sums import Contribution, DomainSums, Sums, TotalSums, add_counts
from tlsrpt.report._values import host_name
from tlsrpt.report.files import ReceivedReport
from tlsrpt.report.model import Report, policy_values

_Value = TypeVar("_Value")


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sessions added up.

    Attributes:
        total_successful_session_count: the number of sessions with TLS as the policy asks.
        total_failure_session_count: the number of sessions where that failed.
        result_types: the number of failed sessions by result type; None is a failure without one.
            One session can fail in several ways, so they may add up to more than the total. It is
            0 where senders named the type without a count.

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
        mode: the mode of that MTA-STS policy: ``"enforce"``, ``"testing"`` or ``"none"``; None for
            other policies, and if the report does not quote it.
        failure_reason_codes: the sender's own words, the first ten in sort order, each up to 200
            characters. Not safe to print.
        session_count: the number of sessions; 0 if the sender does not count them.
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
        max_age: its max_age, in seconds; None if the report does not quote it.
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
        session_count: the number of sessions under it.
        would_hold_back: for how many of them ``enforce`` holds mail back, or would.
        modes: the mode that each sender saw; None if its reports do not quote it.

    >>> StsDay(12, 0, {"Sender Inc.": "testing"}).session_count
    12
    """

    session_count: int
    would_hold_back: int
    modes: Mapping[str | None, str | None]


class Incident(NamedTuple):
    """Failures with one cause at one server.

    Attributes:
        group: the code of the cause; if nothing shows one, the result type, ``"unknown-type"``,
            ``"no-type"``, or ``"no-details"`` for failures that no detail explains.
        receiving_mx_hostname: the server; None if the reports do not say.
        result_types: what senders call it.
        senders: the organizations that reported it.
        by_day: the number of sessions by day, each counted once.
        held_back: in how many of them the sender held the mail back.
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

    Days are those, in UTC, on which the time span of a report begins.

    Attributes:
        policy_domain: the domain; None for policies without one.
        first_day: the first day with a report.
        last_day: the last one.
        by_sender: the same by the name of the organization that reported; None is one without.
        by_day: the same by day.
        by_policy: the same by policy type and MTA-STS mode, which is None for other types. Where
            a sender does both MTA-STS and DANE, the same sessions are under both.
        by_server: failed sessions by server and result type. Reports do not count successful
            sessions by server.
        failures: what failed, by result type, server, sender and policy, the most frequent first.
        policies: the policies as senders saw them, the latest first.
        reports: the number of reports about it.
        claimed_reports: the number of reports with a policy that names no domain and is counted
            here because the mail's ``TLS-Report-Domain`` says so, which is the sender's claim.
        incidents: what `problems` explains.
        sts_days: what `readiness` judges.

    >>> summarize([]).domains
    {}
    """

    policy_domain: str | None
    first_day: date
    last_day: date
    by_sender: Mapping[str | None, Totals]
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

        >>> summarize([]).to_dict()
        {'domains': [], 'reports': 0, 'duplicates': 0}
        """
        return {
            "policy-domain": self.policy_domain,
            **_totals_dict(self),
            "first-day": self.first_day.isoformat(),
            "last-day": self.last_day.isoformat(),
            "reports": self.reports,
            "claimed-reports": self.claimed_reports,
            "by-sender": [
                {"sender": sender, **_totals_dict(each)} for sender, each in self.by_sender.items()
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
        duplicates: the number of reports that were left out, since an equal one had been counted.

    >>> summarize([]).duplicates
    0
    """

    domains: Mapping[str | None, DomainSummary]
    reports: int
    duplicates: int

    def to_dict(self) -> dict[str, Any]:
        """The same, ready for JSON; see `DomainSummary.to_dict`.

        >>> summarize([]).to_dict()["reports"]
        0
        """
        return {
            "domains": [domain.to_dict() for domain in self.domains.values()],
            "reports": self.reports,
            "duplicates": self.duplicates,
        }


def mail_server_of(host: DomainSummary, domains: Iterable[DomainSummary]) -> list[str]:
    """For which of the domains it is a mail server, as senders that do DANE may report it."""
    if host.policy_domain is None or any(kind != "tlsa" for kind, _ in host.by_policy):
        return []
    return [
        domain.policy_domain
        for domain in domains
        if domain.policy_domain is not None
        and domain is not host
        and (
            host.policy_domain in domain.by_server
            or any(covers(mx, host.policy_domain) for each in domain.policies for mx in each.mx)
        )
    ]


def plain_dict(value: object) -> dict[str, Any]:
    """The attributes of an object as JSON has them."""
    return {name.replace("_", "-"): _plain(each) for name, each in vars(value).items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever an attribute may be
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {_plain(key): _plain(each) for key, each in value.items()}
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


def summarize(reports: Iterable[Report | ReceivedReport]) -> Summary:
    """Add up reports by policy domain, sender, day and result type.

    Within one report and policy domain, the policies of one type are added up. Those of ``sts`` and
    ``tlsa`` are about the same sessions, so the larger number of sessions counts, and the larger
    number of failures; those of other types are added. If a failure detail has more sessions than
    its policy counts as failed, the largest detail counts.

    A policy without a domain, as Postfix sends it for ``no-policy-found``, counts under the domain
    in the header field ``TLS-Report-Domain`` (RFC 8460 section 5.3), if the report came by mail. Of
    several for one report, also from duplicates, the first in sort order counts.

    A report that equals an earlier one (the same organization, report_id, dates and content) is a
    duplicate and left out; a report_id alone says little, since senders reuse it. The order of the
    reports does not matter.

    Args:
        reports: the reports, or what `read_reports` yields, of which that without a report is
            ignored. Each is read once, so that a generator will do. Memory is taken for the totals
            and for what failed, and about 250 octets for each report. One with a policy without a
            domain takes about 1 KB until all have been read.

    >>> from tlsrpt.report import Report
    >>> report = Report.parse(
    ...     '''{
    ...     "organization-name": "Sender Inc.",
    ...     "date-range": {
    ...         "start-datetime": "2025-03-01T00:00:00Z",
    ...         "end-datetime": "2025-03-01T23:59:59Z"
    ...     },
    ...     "policies": [{
    ...         "policy": {"policy-domain": "example.com", "policy-type": "no-policy-found"},
    ...         "summary": {"total-successful-session-count": 7, "total-failure-session-count": 0}
    ...     }]
    ...     }'''
    ... )
    >>> summary = summarize([report, report])
    >>> summary.domains["example.com"].total_successful_session_count, summary.duplicates
    (7, 1)
    """
    sums = Sums()
    for each in reports:
        report, headers = (
            (each.report, each.headers) if isinstance(each, ReceivedReport) else (each, None)
        )
        if report is not None:
            sums.add(contribution_of(report, headers))
    return summary_of(sums)


def contribution_of(report: Report, headers: Message | None) -> Contribution:
    """What a report adds, with the header of the mail that it came by."""
    policies = figures_of(map(policy_values, report.policies))
    claim = None
    if headers is not None and any(policy.domain is None for policy in policies):
        claim = _claim(headers)
    return Contribution(
        _identity(report), report.organization_name, report.start_datetime.date(), policies, claim
    )


def _claim(headers: Message) -> str | None:
    """The domain that a mail says its report is about (RFC 8460 section 5.3); None if none."""
    names = map(host_name, headers.get_all("TLS-Report-Domain", []))
    return min(filter(None, names), default=None)


def _identity(report: Report) -> bytes:
    """The same octets for equal reports, and others for different ones."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _values(report):
        digest.update(repr(part).encode())
    return digest.digest()


def _values(report: Report) -> Iterator[tuple[object, ...]]:
    """All values of a report, a few at a time, since it may be large.

    Tuples of one kind differ in length from those of another, so that each has its place.
    """
    yield tuple({**vars(report), "policies": None}.values())
    for policy in report.policies:
        yield tuple({**vars(policy), "failure_details": None}.values())
        for detail in policy.failure_details:
            yield tuple(detail.__dict__.values())


def summary_of(sums: Sums) -> Summary:
    """The sums in their public form."""
    sums.finish()
    return Summary(
        domains={name: _domain(name, domain) for name, domain in _sorted(sums.domains)},
        reports=sums.reports,
        duplicates=sums.duplicates,
    )


def _domain(name: str | None, sums: DomainSums) -> DomainSummary:
    whole = TotalSums()
    for each in sums.by_day.values():
        whole.sessions += each.sessions
        whole.failed += each.failed
        add_counts(whole.result_types, each.result_types)
    servers: dict[str | None, dict[str | None, int]] = {}
    for (server, kind), count in sorted(sums.servers.items(), key=_by_count):
        servers.setdefault(server, {})[kind] = count
    return DomainSummary(
        **vars(_totals(whole)),
        policy_domain=name,
        first_day=min(sums.by_day),
        last_day=max(sums.by_day),
        by_sender={sender: _totals(each) for sender, each in _sorted(sums.by_sender)},
        by_day={day: _totals(each) for day, each in sorted(sums.by_day.items())},
        by_policy={
            key: _totals(each)
            for key, each in sorted(sums.by_policy.items(), key=lambda item: _order(item[0]))
        },
        by_server=dict(_sorted(servers)),
        failures=_failures(sums),
        policies=_policies(sums),
        reports=sums.reports,
        claimed_reports=sums.claimed_reports,
        incidents=_incidents(sums),
        sts_days={
            day: StsDay(each.sessions, each.would_hold_back, dict(_sorted(each.modes)))
            for day, each in sorted(sums.sts.items())
        },
    )


def _failures(sums: DomainSums) -> tuple[Failure, ...]:
    failures = [
        Failure(
            result_type=kind,
            receiving_mx_hostname=server,
            sender=sender,
            policy_type=policy_type,
            mode=mode,
            failure_reason_codes=tuple(sorted(each.reasons)),
            session_count=sum(each.by_day.values()),
            by_day=dict(sorted(each.by_day.items())),
            first_day=min(each.by_day),
            last_day=max(each.by_day),
        )
        for (kind, server, sender, policy_type, mode), each in sums.failures.items()
    ]
    return tuple(
        sorted(
            failures,
            key=lambda each: (
                -each.session_count,
                _order(
                    (
                        each.result_type,
                        each.receiving_mx_hostname,
                        each.sender,
                        each.policy_type,
                        each.mode,
                    )
                ),
            ),
        )
    )


def _policies(sums: DomainSums) -> tuple[SeenPolicy, ...]:
    policies = [
        SeenPolicy(
            policy_type=kind,
            **policy._asdict(),
            senders=tuple(name for name, _ in _sorted(dict.fromkeys(seen.senders))),
            first_day=seen.first_day,
            last_day=seen.last_day,
        )
        for (kind, policy), seen in sums.policies.items()
    ]
    return tuple(
        sorted(
            policies,
            key=lambda each: (
                -each.last_day.toordinal(),
                -each.first_day.toordinal(),
                _order((each.policy_type, each.mode, *each.mx)),
                each.max_age or 0,
                each.faults,
            ),
        )
    )


def _incidents(sums: DomainSums) -> tuple[Incident, ...]:
    incidents = [
        Incident(
            group,
            server,
            tuple(name for name, _ in _sorted(dict.fromkeys(each.result_types))),
            tuple(name for name, _ in _sorted(dict.fromkeys(each.senders))),
            dict(sorted(each.by_day.items())),
            each.held_back,
            tuple(sorted(each.evidence)),
        )
        for (group, server), each in sums.groups.items()
    ]
    return tuple(
        sorted(
            incidents,
            key=lambda each: (
                -sum(each.by_day.values()),
                each.group,
                each.receiving_mx_hostname or "",
            ),
        )
    )


def _totals(figures: TotalSums) -> Totals:
    """The figures in their public form, the most frequent failure first."""
    return Totals(
        total_successful_session_count=figures.sessions - figures.failed,
        total_failure_session_count=figures.failed,
        result_types=dict(sorted(figures.result_types.items(), key=_by_count)),
    )


def _by_count(item: tuple[Any, int]) -> tuple[int, Any]:
    key, count = item
    names = key if isinstance(key, tuple) else (key,)
    return -count, tuple(name or "" for name in names)


def _order(names: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    """By name, with what has none at the end."""
    return tuple((name is None, name or "") for name in names)


def _sorted(groups: Mapping[str | None, _Value]) -> list[tuple[str | None, _Value]]:
    """By name, with what has none at the end."""
    return sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or ""))
