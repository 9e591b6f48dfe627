"""`summarize`: adding up reports without counting a session twice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from email.message import Message
from typing import NamedTuple, TypeVar

from tlsrpt.report._figures import Figures, ReportFigures
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
        claimed_reports: the number of reports with a policy that names no domain and is counted
            here because the mail's ``TLS-Report-Domain`` says so, which is the sender's claim.

    >>> summarize([]).domains
    {}
    """

    by_sender: Mapping[str | None, Totals]
    by_day: Mapping[date, Totals]
    claimed_reports: int


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
            ignored. Each is read once, so that a generator will do. Memory is taken for the totals,
            and for 16 octets of each report. One with a policy without a domain takes about 1 KB
            until all have been read.

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
    # Those with a policy without a domain wait until the end, since a duplicate may bring a claim.
    waiting: dict[bytes, _Counted] = {}
    claims: dict[bytes, str] = {}
    mail: Message | None = None
    claim: str | None = None
    for report, headers in _with_headers(reports):
        identity = _identity(report)
        if identity in seen:
            duplicates += 1
        else:
            seen.add(identity)
            figures = ReportFigures(map(policy_values, report.policies))
            counted = _Counted(report.organization_name, report.start_datetime.date(), figures)
            if figures.lack_domain():
                waiting[identity] = counted
            else:
                _add(domains, counted)
        if headers is not None and identity in waiting:
            # One mail may have thousands of reports.
            if headers is not mail:
                mail, claim = headers, _claim(headers)
            if claim is not None:
                claims[identity] = min(claim, claims.get(identity, claim))
    for identity, counted in waiting.items():
        if identity in claims:
            counted.figures.claim(claims[identity])
            domains[claims[identity]].claimed_reports += 1
        _add(domains, counted)
    return Summary(
        domains={name: domain.summary() for name, domain in _sorted(domains)},
        reports=len(seen),
        duplicates=duplicates,
    )


def _with_headers(
    reports: Iterable[Report | ReceivedReport],
) -> Iterator[tuple[Report, Message | None]]:
    """Each report, with the header of the mail that it came by."""
    for each in reports:
        if not isinstance(each, ReceivedReport):
            yield each, None
        elif each.report is not None:
            yield each.report, each.headers


class _Counted(NamedTuple):
    """What is added up of a report."""

    organization_name: str | None
    day: date
    figures: ReportFigures


def _add(domains: Mapping[str | None, _Domain], counted: _Counted) -> None:
    for name, figures in counted.figures.by_domain().items():
        domain = domains[name]
        for sums in (
            domain.figures,
            domain.by_sender[counted.organization_name],
            domain.by_day[counted.day],
        ):
            sums.add(figures)


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


class _Domain:
    """The figures of one policy domain."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.claimed_reports = 0
        self.by_sender: defaultdict[str | None, Figures] = defaultdict(Figures)
        self.by_day: defaultdict[date, Figures] = defaultdict(Figures)

    def summary(self) -> DomainSummary:
        """The figures in their public form."""
        return DomainSummary(
            **vars(_totals(self.figures)),
            by_sender={sender: _totals(each) for sender, each in _sorted(self.by_sender)},
            by_day={day: _totals(each) for day, each in sorted(self.by_day.items())},
            claimed_reports=self.claimed_reports,
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
