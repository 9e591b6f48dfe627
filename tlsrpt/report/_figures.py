"""The sessions of one report, each counted once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from tlsrpt.report._causes import MAX_REASON, cause_of
from tlsrpt.report._result_types import FETCH_TYPES, RESULT_TYPES
from tlsrpt.report._sts import NO_POLICY, MxList, StsPolicy, read_sts_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlsrpt.report._parts import DetailValues, PolicyValues

_Key = TypeVar("_Key")
# By policy type, and something else.
_Counts: TypeAlias = defaultdict[tuple[str | None, _Key], int]
# Group and server.
GroupKey: TypeAlias = tuple[str, str | None]

# A sender that does both MTA-STS and DANE reports a session under each.
_SAME_SESSIONS: Final = {"sts", "tlsa"}

# Groups of failures without a known cause, besides the result types themselves.
UNKNOWN_TYPE: Final = "unknown-type"
NO_TYPE: Final = "no-type"
NO_DETAILS: Final = "no-details"


class DetailFigures:
    """What failure details of one type at one server add up to.

    Attributes:
        evidence: what shows the cause: how, and the words themselves.
        reasons: the sender's words.
    """

    __slots__ = ("evidence", "reasons", "session_count")

    def __init__(self) -> None:
        self.session_count = 0
        self.evidence: set[tuple[str, str]] = set()
        self.reasons: set[str] = set()


class PolicyFigures:
    """What a policy of a report adds, or several equal ones.

    Attributes:
        would_hold_back: the number of sessions with a failure that ``enforce`` stops.
        unexplained: the number of failed sessions of policies without any failure detail.
        details: by result type, server and group, which is the code of the cause, or else the
            result type, or one of the names above.
    """

    __slots__ = (
        *("_listing", "details", "domain", "failed", "policy", "policy_type", "sessions"),
        *("unexplained", "would_hold_back"),
    )

    def __init__(self, domain: str | None, policy_type: str | None, policy: StsPolicy) -> None:
        self.domain = domain
        self.policy_type = policy_type
        self.policy = policy
        self._listing: MxList | None = None
        self.sessions = 0
        self.failed = 0
        self.would_hold_back = 0
        self.unexplained = 0
        self.details: dict[tuple[str | None, str | None, str], DetailFigures] = {}

    def count(self, policy: PolicyValues) -> None:
        """Add the sessions of a policy.

        A detail may have more sessions than the summary counts as failed: in testing mode, mox
        counts a failure as a success. So the largest one counts if it exceeds the total, never the
        sum, since one session can fail in several ways (RFC 8460 section 4). For example, a summary
        of 10 successes and no failure, with a detail of 3, is 10 sessions, of which 3 failed.
        """
        details = policy["failure_details"]
        failed = total = policy["total_failure_session_count"]
        sessions = policy["total_successful_session_count"] + total
        if details:
            if self._listing is None and self.policy.mx and self.policy.is_whole:
                self._listing = MxList(self.policy.mx)
            failed = max(total, *[each["failed_session_count"] for each in details])
            sessions = max(sessions, failed)
            self.would_hold_back += _would_hold_back(details, failed)
            for detail in details:
                self._count_detail(detail)
        else:
            self.would_hold_back += failed
            self.unexplained += failed
        self.sessions += sessions
        self.failed += failed

    def _count_detail(self, detail: DetailValues) -> None:
        kind, reason = detail["result_type"], detail["failure_reason_code"]
        shown = cause_of(detail, self.policy_type, self._listing)
        group = shown.cause if shown else group_of(kind)
        key = kind, detail["receiving_mx_hostname"] or None, group
        figures = self.details.get(key)
        if figures is None:
            figures = self.details[key] = DetailFigures()
        figures.session_count += detail["failed_session_count"]
        if shown:
            figures.evidence.add((shown.by, shown.text))
        if reason:
            figures.reasons.add(reason[:MAX_REASON])

    @property
    def unfetched(self) -> int:
        """The number of failed sessions in which nothing failed but fetching the policy."""
        return self.failed - self.would_hold_back

    @property
    def is_missing(self) -> bool:
        """Whether the sender could never fetch the policy, and quotes the mode of no older one.

        Mail is then delivered as if there were none (RFC 8461 section 3.3). Stalwart and Mail.ru
        report that under ``sts``, others under ``no-policy-found``.
        """
        return (
            self.policy.mode is None
            and self.failed == self.sessions
            and bool(self.details)
            and all(result_type in FETCH_TYPES for result_type, _, _ in self.details)
        )

    def holds_back(self, result_type: str | None) -> bool:
        """Whether the sender does not deliver mail when this fails."""
        return result_type not in FETCH_TYPES and (
            self.policy_type == "tlsa" or self.policy.mode == "enforce"
        )


def _would_hold_back(details: list[DetailValues], failed: int) -> int:
    """How many of the failed sessions failed for a reason other than fetching the policy.

    For example, of 6 failed sessions with 4 fetch errors and 1 expired certificate, those are 2:
    details need not add up, and what they leave open may be anything.
    """
    others = fetches = -1
    for detail in details:
        count = detail["failed_session_count"]
        if detail["result_type"] in FETCH_TYPES:
            fetches = max(fetches, 0) + count
        else:
            others = max(others, count)
    return 0 if others < 0 else max(others, failed - max(fetches, 0))


def group_of(result_type: str | None) -> str:
    """The group of a failure without a known cause."""
    if not result_type:
        return NO_TYPE
    return result_type if result_type in RESULT_TYPES else UNKNOWN_TYPE


def figures_of(policies: Iterable[PolicyValues]) -> list[PolicyFigures]:
    """What the policies of one report add, equal ones together."""
    figures: dict[tuple[str | None, str | None, StsPolicy], PolicyFigures] = {}
    for policy in policies:
        kind, sts = policy["policy_type"], NO_POLICY
        if kind == "sts":
            sts = read_sts_policy(policy["policy_string"], policy["mx_host"])
        key = policy["policy_domain"] or None, kind, sts
        each = figures.get(key)
        if each is None:
            each = figures[key] = PolicyFigures(*key)
        each.count(policy)
    return list(figures.values())


def by_domain(
    policies: Iterable[PolicyFigures], claim: str | None
) -> dict[str | None, list[PolicyFigures]]:
    """The policies of each domain; those without one are of the domain that the mail claims."""
    domains: dict[str | None, list[PolicyFigures]] = {}
    for policy in policies:
        domains.setdefault(policy.domain or claim, []).append(policy)
    return domains


def sessions_of(policies: list[PolicyFigures]) -> tuple[int, int]:
    """How many sessions one report has for a domain, and how many of them failed.

    Policies of one type are added. Those of MTA-STS and DANE are about the same sessions, so the
    larger number counts: 10 sessions without a failure under MTA-STS, and 10 that all failed under
    DANE, are 10 sessions, and all failed.
    """
    if len(policies) == 1:
        return policies[0].sessions, policies[0].failed
    sessions: _Counts[None] = defaultdict(int)
    failed: _Counts[None] = defaultdict(int)
    for policy in policies:
        sessions[policy.policy_type, None] += policy.sessions
        failed[policy.policy_type, None] += policy.failed
    return sum(_total(sessions).values()), sum(_total(failed).values())


class Failures(NamedTuple):
    """What failed in one report for a domain, each session counted once.

    Attributes:
        result_types: failed sessions by result type.
        servers: the same by server and result type.
        groups: the same by group and server.
        held_back: the sessions of each group that held mail back.
    """

    result_types: dict[str | None, int]
    servers: dict[tuple[str | None, str | None], int]
    groups: dict[GroupKey, int]
    held_back: dict[GroupKey, int]


def failures_of(policies: list[PolicyFigures], failed: int) -> Failures:
    """What failed, if this many sessions failed in all.

    No group has more sessions than that, even if a sender reports one session in several details.

    For example, if mx1's certificate had expired in 2 sessions of type ``certificate-expired`` and
    3 of type ``validation-failure``, that group has 3 sessions and not 5, since those may be the
    same. If it has 3 under ``sts`` and 4 under ``tlsa``, it has 4: each session is under both.
    """
    result_types: _Counts[str | None] = defaultdict(int)
    servers: _Counts[tuple[str | None, str | None]] = defaultdict(int)
    groups: _Counts[tuple[GroupKey, str | None]] = defaultdict(int)
    held_back: _Counts[tuple[GroupKey, str | None]] = defaultdict(int)
    for policy in policies:
        kind = policy.policy_type
        for (result_type, server, group), detail in policy.details.items():
            count = detail.session_count
            result_types[kind, result_type] += count
            servers[kind, (server, result_type)] += count
            typed = group_key(group, server), result_type
            groups[kind, typed] += count
            held_back[kind, typed] += count if policy.holds_back(result_type) else 0
        if policy.unexplained:
            untyped = (NO_DETAILS, None), None
            groups[kind, untyped] += policy.unexplained
            held_back[kind, untyped] += policy.unexplained if policy.holds_back(None) else 0
    return Failures(
        _total(result_types),
        _total(servers),
        {key: min(count, failed) for key, count in _total(_largest(groups)).items()},
        {key: min(count, failed) for key, count in _total(_largest(held_back)).items()},
    )


def group_key(group: str, server: str | None) -> GroupKey:
    """Group and server; one for all unknown types, since a stranger may invent thousands."""
    return group, None if group == UNKNOWN_TYPE else server


def _largest(counts: _Counts[tuple[GroupKey, str | None]]) -> _Counts[GroupKey]:
    """The count of the result type that has the most, since a session can fail in several ways."""
    largest: _Counts[GroupKey] = defaultdict(int)
    for (kind, (key, _)), count in counts.items():
        largest[kind, key] = max(largest[kind, key], count)
    return largest


def _total(counts: _Counts[_Key]) -> dict[_Key, int]:
    """The sum over policy types, of which those about the same sessions count once."""
    same: dict[_Key, int] = {}
    total: defaultdict[_Key, int] = defaultdict(int)
    for (kind, key), count in counts.items():
        if kind in _SAME_SESSIONS:
            same[key] = max(count, same.get(key, 0))
        else:
            total[key] += count
    for key, count in same.items():
        total[key] += count
    return dict(total)
