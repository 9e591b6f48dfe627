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
        self.successful = 0
        self.failed = 0
        self.result_types: Counter[str | None] = Counter()

    def count(self, policy: PolicyValues) -> None:
        """Add the sessions of a policy."""
        self.successful += policy["total_successful_session_count"]
        self.failed += policy["total_failure_session_count"]
        for detail in policy["failure_details"]:
            self.result_types[detail["result_type"]] += detail["failed_session_count"]

    def add(self, other: Figures) -> None:
        """Add other sessions."""
        self.successful += other.successful
        self.failed += other.failed
        self.result_types.update(other.result_types)

    def merge(self, other: Figures) -> None:
        """Take the larger one of each figure, since the sessions are the same."""
        self.successful = max(self.successful, other.successful)
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
