"""`summarize`: adding up reports without counting a session twice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from tlsrpt.report._figures import Figures, figures_by_domain
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

    >>> Totals(
    ...     total_successful_session_count=7, total_failure_session_count=0, result_types={}
    ... ).total_successful_session_count
    7
    """

    total_successful_session_count: int
    total_failure_session_count: int
    result_types: Mapping[str | None, int]


@dataclass(frozen=True, kw_only=True)
class DomainSummary(Totals):
    """Sessions added up for one policy domain.

    Attributes:
        by_sender: the same by the name of the organization that reported; None is one without.
        by_day: the same by the day, in UTC, on which the time span of the report begins.

    >>> summarize([]).domains
    {}
    """

    by_sender: Mapping[str | None, Totals]
    by_day: Mapping[date, Totals]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What `summarize` found.

    Attributes:
        domains: a `DomainSummary` for each policy domain, sorted; None is a policy without one.
        reports: the number of reports that were added up.
        duplicates: the number of reports that were left out, since an equal one had been counted.

    >>> summarize([]).duplicates
    0
    """

    domains: Mapping[str | None, DomainSummary]
    reports: int
    duplicates: int


def summarize(reports: Iterable[Report]) -> Summary:
    """Add up reports by policy domain, sender, day and result type.

    Within one report and policy domain, the policies of one type are added up. Those of ``sts`` and
    ``tlsa`` are about the same sessions, so the larger number of sessions counts, and the larger
    number of failures; those of other types are added. If a failure detail has more sessions than
    its policy counts as failed, the largest detail counts.

    A report that equals an earlier one (the same organization, report_id, dates and content) is a
    duplicate and left out; a report_id alone says little, since senders reuse it. The order of the
    reports does not matter.

    Args:
        reports: the reports, each read once, so that a generator will do. Memory is taken for the
            totals and 16 octets of each report.

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
    seen: set[bytes] = set()
    duplicates = 0
    domains: defaultdict[str | None, _Domain] = defaultdict(_Domain)
    for report in reports:
        identity = _identity(report)
        if identity in seen:
            duplicates += 1
            continue
        seen.add(identity)
        day = report.start_datetime.date()
        for name, figures in figures_by_domain(map(policy_values, report.policies)).items():
            domain = domains[name]
            for sums in (
                domain.figures,
                domain.by_sender[report.organization_name],
                domain.by_day[day],
            ):
                sums.add(figures)
    return Summary(
        domains={name: domain.summary() for name, domain in _sorted(domains)},
        reports=len(seen),
        duplicates=duplicates,
    )


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


class _Domain:
    """The figures of one policy domain."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.by_sender: defaultdict[str | None, Figures] = defaultdict(Figures)
        self.by_day: defaultdict[date, Figures] = defaultdict(Figures)

    def summary(self) -> DomainSummary:
        """The figures in their public form."""
        return DomainSummary(
            **vars(_totals(self.figures)),
            by_sender={sender: _totals(each) for sender, each in _sorted(self.by_sender)},
            by_day={day: _totals(each) for day, each in sorted(self.by_day.items())},
        )


def _totals(figures: Figures) -> Totals:
    """The figures in their public form, the most frequent failure first."""
    failures = sorted(figures.result_types.items(), key=lambda item: (-item[1], item[0] or ""))
    return Totals(
        total_successful_session_count=figures.sessions - figures.failed,
        total_failure_session_count=figures.failed,
        result_types=dict(failures),
    )


def _sorted(groups: Mapping[str | None, _Value]) -> list[tuple[str | None, _Value]]:
    """By name, with what has none at the end."""
    return sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or ""))
