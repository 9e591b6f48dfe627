"""The sessions of one report, each counted once."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlsrpt.report._parts import PolicyValues


class Figures:
    """Figures that are still being added up."""

    def __init__(self) -> None:
        self.sessions = 0
        self.failed = 0
        self.result_types: Counter[str | None] = Counter()

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
        self.result_types.update(other.result_types)

    def merge(self, other: Figures) -> None:
        """Take the larger one of each figure, since the sessions are the same.

        For example, 10 sessions without a failure under MTA-STS, and 10 that all failed under DANE,
        are 10 sessions, and all failed.
        """
        self.sessions = max(self.sessions, other.sessions)
        self.failed = max(self.failed, other.failed)
        for kind, count in other.result_types.items():
            self.result_types[kind] = max(count, self.result_types[kind])


def figures_by_domain(policies: Iterable[PolicyValues]) -> dict[str | None, Figures]:
    """The figures of each policy domain in one report."""
    domains: defaultdict[str | None, defaultdict[str | None, Figures]]
    domains = defaultdict(lambda: defaultdict(Figures))
    for policy in policies:
        domains[policy["policy_domain"] or None][policy["policy_type"]].count(policy)
    merged: dict[str | None, Figures] = {}
    for domain, types in domains.items():
        sums = merged[domain] = types.pop("sts") if "sts" in types else Figures()
        if "tlsa" in types:
            sums.merge(types.pop("tlsa"))
        for each in types.values():
            sums.add(each)
    return merged
