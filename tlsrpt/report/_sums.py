"""Adding up reports, in any order, without counting a report twice."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from tlsrpt.report._figures import PolicyFigures, by_domain, failures_of, group_key, sessions_of
from tlsrpt.report._result_types import FETCH_TYPES

if TYPE_CHECKING:
    from tlsrpt.report._sts import StsPolicy

_Key = TypeVar("_Key")
_Text = TypeVar("_Text", str, tuple[str, str])

# How many of a sender's words, and of the things that show a cause, are kept: the first ones in
# sort order, so that the order of reports does not matter.
_MAX_TEXTS: Final = 10

_MODES: Final = (None, "none", "enforce", "testing")


class Contribution(NamedTuple):
    """What one report adds; small, so that processes can send it.

    Attributes:
        identity: the same for equal reports, and different for different ones.
        claim: the domain of policies without one, as the mail says; None if it does not.
    """

    identity: bytes
    sender: str | None
    day: date
    policies: list[PolicyFigures]
    claim: str | None


class TotalSums:
    """Sessions."""

    __slots__ = ("failed", "result_types", "sessions")

    def __init__(self) -> None:
        self.sessions = 0
        self.failed = 0
        self.result_types: dict[str | None, int] = {}


class Seen:
    """When a policy was seen, and by whom."""

    __slots__ = ("first_day", "last_day", "senders")

    def __init__(self, day: date) -> None:
        self.first_day = self.last_day = day
        self.senders: set[str | None] = set()

    def see(self, day: date, sender: str | None) -> None:
        """Note that a report has it."""
        self.first_day = min(self.first_day, day)
        self.last_day = max(self.last_day, day)
        self.senders.add(sender)


class StsSums:
    """What the senders of one day say of the MTA-STS policy."""

    __slots__ = ("held_back", "modes", "sessions", "unfetched", "unsaid", "would_hold_back")

    def __init__(self) -> None:
        self.sessions = 0
        self.held_back = 0
        self.would_hold_back = 0
        self.unsaid = 0
        self.modes: dict[str | None, str | None] = {}
        self.unfetched: dict[str | None, int] = {}


class FailureSums:
    """A kind of failure, as one sender reports it."""

    __slots__ = ("by_day", "reasons")

    def __init__(self) -> None:
        self.by_day: defaultdict[date, int] = defaultdict(int)
        self.reasons: set[str] = set()


class GroupSums:
    """Failures with one cause at one server."""

    __slots__ = ("by_day", "evidence", "held_back", "result_types", "senders")

    def __init__(self) -> None:
        self.by_day: defaultdict[date, int] = defaultdict(int)
        self.held_back = 0
        self.result_types: set[str | None] = set()
        self.senders: set[str | None] = set()
        self.evidence: set[tuple[str, str]] = set()


class DomainSums:
    """What is added up for one policy domain."""

    def __init__(self) -> None:
        self.reports = 0
        self.claimed_reports = 0
        self.by_sender: defaultdict[str | None, TotalSums] = defaultdict(TotalSums)
        self.last_days: dict[str | None, date] = {}
        self.by_day: defaultdict[date, TotalSums] = defaultdict(TotalSums)
        self.by_policy: defaultdict[tuple[str | None, str | None], TotalSums]
        self.by_policy = defaultdict(TotalSums)
        self.servers: dict[tuple[str | None, str | None], int] = {}
        self.policies: dict[tuple[str | None, StsPolicy], Seen] = {}
        self.sts: defaultdict[date, StsSums] = defaultdict(StsSums)
        self.failures: defaultdict[tuple[str | None, ...], FailureSums] = defaultdict(FailureSums)
        self.groups: defaultdict[tuple[str, str | None], GroupSums] = defaultdict(GroupSums)

    def add(self, sender: str | None, day: date, policies: list[PolicyFigures]) -> None:
        """Add what one report says of the domain."""
        self.reports += 1
        sessions, failed = sessions_of(policies)
        self.last_days[sender] = max(day, self.last_days.get(sender, day))
        sums = self.by_sender[sender], self.by_day[day]
        for each in sums:
            each.sessions += sessions
            each.failed += failed
        for policy in policies:
            self._add_policy(sender, day, policy)
        if not failed and not any(policy.details for policy in policies):
            return
        failures = failures_of(policies, failed)
        add_counts(self.servers, failures.servers)
        for each in sums:
            add_counts(each.result_types, failures.result_types)
        for key, count in failures.groups.items():
            group = self.groups[key]
            group.by_day[day] += count
            group.held_back += failures.held_back[key]
            group.senders.add(sender)
        for policy in policies:
            self._add_details(sender, day, policy)

    def _add_policy(self, sender: str | None, day: date, policy: PolicyFigures) -> None:
        kind, mode = policy.policy_type, policy.policy.mode
        sums = self.by_policy[kind, mode]
        sums.sessions += policy.sessions
        sums.failed += policy.failed
        seen = self.policies.get((kind, policy.policy))
        if seen is None:
            seen = self.policies[kind, policy.policy] = Seen(day)
        seen.see(day, sender)
        if any(result_type in FETCH_TYPES for result_type, _, _ in policy.details):
            add_counts(self.sts[day].unfetched, {sender: policy.unfetched})
        if kind == "sts" and not policy.is_missing:
            sts = self.sts[day]
            if mode != "none":
                sts.sessions += policy.sessions - policy.unfetched
                sts.would_hold_back += policy.would_hold_back
            if mode == "enforce":
                sts.held_back += policy.would_hold_back
            if mode is None:
                sts.unsaid += policy.would_hold_back
            # The policy may have changed during the day: the more careful answer counts.
            sts.modes[sender] = max(mode, sts.modes.get(sender), key=_MODES.index)

    def _add_details(self, sender: str | None, day: date, policy: PolicyFigures) -> None:
        kind, mode = policy.policy_type, policy.policy.mode
        result_types = self.by_policy[kind, mode].result_types
        for (result_type, server, group), detail in policy.details.items():
            add_counts(result_types, {result_type: detail.session_count})
            failure = self.failures[result_type, server, sender, kind, mode]
            failure.by_day[day] += detail.session_count
            failure.reasons = _first(failure.reasons | detail.reasons)
            sums = self.groups[group_key(group, server)]
            sums.result_types.add(result_type)
            sums.evidence = _first(sums.evidence | detail.evidence)


def add_counts(counts: dict[_Key, int], others: dict[_Key, int]) -> None:
    """Add counts to those that have the same key."""
    for key, count in others.items():
        counts[key] = counts.get(key, 0) + count


def _first(texts: set[_Text]) -> set[_Text]:
    return texts if len(texts) <= _MAX_TEXTS else set(sorted(texts)[:_MAX_TEXTS])


class Sums:
    """What is added up for all domains.

    Attributes:
        reports: how many reports were added.
        duplicates: how many were left out, since an equal one had been added.
    """

    def __init__(self) -> None:
        self.domains: defaultdict[str | None, DomainSums] = defaultdict(DomainSums)
        self.duplicates = 0
        self._seen: set[bytes] = set()
        # Reports with a policy without a domain wait until the end: a duplicate may bring a claim.
        self._waiting: dict[bytes, Contribution] = {}
        self._claims: dict[bytes, str] = {}

    @property
    def reports(self) -> int:
        """How many reports were added."""
        return len(self._seen)

    def add(self, report: Contribution) -> bool:
        """Add what a report says, unless an equal one has been added; say whether it is new."""
        identity, claim = report.identity, report.claim
        is_new = identity not in self._seen
        if not is_new:
            self.duplicates += 1
        else:
            self._seen.add(identity)
            if any(policy.domain is None for policy in report.policies):
                self._waiting[identity] = report
            else:
                self._add(report, None)
        if claim is not None and identity in self._waiting:
            self._claims[identity] = min(claim, self._claims.get(identity, claim))
        return is_new

    def finish(self) -> None:
        """Add what waits for a claim."""
        for identity, report in self._waiting.items():
            claim = self._claims.get(identity)
            self._add(report, claim)
            if claim is not None:
                self.domains[claim].claimed_reports += 1
        self._waiting.clear()

    def _add(self, report: Contribution, claim: str | None) -> None:
        for domain, policies in by_domain(report.policies, claim).items():
            self.domains[domain].add(report.sender, report.day, policies)
