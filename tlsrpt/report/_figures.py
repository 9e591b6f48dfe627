"""The sessions of one report, each counted once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlsrpt.report._parts import PolicyValues

# A sender that does both MTA-STS and DANE reports a session under each.
_SAME_SESSIONS: Final = {"sts", "tlsa"}


class Figures:
    """Figures that are still being added up."""

    __slots__ = ("failed", "result_types", "sessions")

    def __init__(self) -> None:
        self.sessions = 0
        self.failed = 0
        self.result_types: defaultdict[str | None, int] = defaultdict(int)

    def count(self, policy: PolicyValues) -> None:
        """Add the sessions of a policy.

        A detail may have more sessions than the summary counts as failed: in testing mode, mox
        counts a failure as a success. So the largest one counts if it exceeds the total, never the
        sum, since one session can fail in several ways (RFC 8460 section 4). For example, a summary
        of 10 successes and no failure, with a detail of 3, is 10 sessions, of which 3 failed.
        """
        details = policy["failure_details"]
        total = policy["total_failure_session_count"]
        failed = max([total, *(each["failed_session_count"] for each in details)])
        self.failed += failed
        self.sessions += max(policy["total_successful_session_count"] + total, failed)
        for detail in details:
            self.result_types[detail["result_type"]] += detail["failed_session_count"]

    def add(self, other: Figures) -> None:
        """Add other sessions."""
        self.sessions += other.sessions
        self.failed += other.failed
        for kind, count in other.result_types.items():
            self.result_types[kind] += count

    def merge(self, other: Figures) -> None:
        """Take the larger one of each figure, since the sessions are the same.

        For example, 10 sessions without a failure under MTA-STS, and 10 that all failed under DANE,
        are 10 sessions, and all failed.
        """
        self.sessions = max(self.sessions, other.sessions)
        self.failed = max(self.failed, other.failed)
        for kind, count in other.result_types.items():
            self.result_types[kind] = max(count, self.result_types[kind])


class ReportFigures:
    """The figures of one report, by policy domain and policy type."""

    __slots__ = ("_figures",)

    def __init__(self, policies: Iterable[PolicyValues]) -> None:
        self._figures: defaultdict[tuple[str | None, str | None], Figures] = defaultdict(Figures)
        for policy in policies:
            self._figures[policy["policy_domain"] or None, policy["policy_type"]].count(policy)

    def lack_domain(self) -> bool:
        """Whether there is a policy without a domain."""
        return any(domain is None for domain, _ in self._figures)

    def claim(self, domain: str) -> None:
        """Take the policies without a domain for policies of this one."""
        for kind in [kind for name, kind in self._figures if name is None]:
            self._figures[domain, kind].add(self._figures.pop((None, kind)))

    def by_domain(self) -> dict[str | None, Figures]:
        """The figures of each policy domain."""
        domains: defaultdict[str | None, Figures] = defaultdict(Figures)
        same: defaultdict[str | None, Figures] = defaultdict(Figures)
        for (domain, kind), figures in self._figures.items():
            if kind in _SAME_SESSIONS:
                same[domain].merge(figures)
            else:
                domains[domain].add(figures)
        for domain, figures in same.items():
            domains[domain].add(figures)
        return domains
