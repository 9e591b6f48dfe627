"""`summarize`: adding up reports without counting a session twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message
from typing import Final, TypeVar

from tlsrpt.report._figures import figures_of
from tlsrpt.report._item import ReceivedReport
from tlsrpt.report._summary import (
    DomainSummary,
    Failure,
    Incident,
    SeenPolicy,
    StsDay,
    Summary,
    Totals,
)
from tlsrpt.report._sums import Contribution, DomainSums, Sums, TotalSums, add_counts
from tlsrpt.report._values import host_name
from tlsrpt.report.model import Report, policy_values

_Value = TypeVar("_Value")
# In characters: what is kept of a sender's name, which each of its failures repeats.
_MAX_NAME: Final = 255


def summarize(reports: Iterable[Report | ReceivedReport]) -> Summary:
    """Add up reports by policy domain, sender, day and result type.

    Within one report and policy domain, the policies of one type are added up. Policies of type
    ``sts`` and ``tlsa`` are about the same sessions, so the larger number of sessions counts, and
    the larger number of failures. Policies of other types are added. If a failure detail has more
    sessions than its policy counts as failed, the largest detail counts.

    A policy without a domain, as Postfix sends it for ``no-policy-found``, counts under the domain
    in the header field ``TLS-Report-Domain`` (RFC 8460 section 5.3), if the report came by mail. If
    there are several such fields for one report or its duplicates, the first in sort order counts.

    A report that equals an earlier one (the same organization, report_id, dates and content) is a
    duplicate and left out; a report_id alone says little, since senders reuse it. The order of the
    reports does not matter.

    Args:
        reports: the reports, or what `read_reports` yields; entries without a report are ignored.
            Each is read once, so you can pass a generator. It takes memory for the totals and for
            what failed, and about 250 octets for each report. A report with a policy without a
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
    name = report.organization_name
    return Contribution(
        identity=_identity(report),
        sender=name and name[:_MAX_NAME],
        day=report.start_datetime.date(),
        policies=policies,
        claim=claim,
    )


def _claim(headers: Message) -> str | None:
    """The domain that a mail says its report is about (RFC 8460 section 5.3); None if none."""
    names = map(host_name, headers.get_all("TLS-Report-Domain", []))
    return min(filter(None, names), default=None)


def _identity(report: Report) -> bytes:
    """The same octets for equal reports, and different octets for different reports."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _values(report):
        digest.update(repr(part).encode())
    return digest.digest()


def _values(report: Report) -> Iterator[tuple[object, ...]]:
    """All values of a report, a few at a time, since it may be large.

    Tuples of different kinds have different lengths, so no value can be mistaken for another.
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
    for (server, kind), count in sums.servers.items():
        servers.setdefault(server, {})[kind] = count
    return DomainSummary(
        **vars(_totals(whole)),
        policy_domain=name,
        first_day=min(sums.by_day),
        last_day=max(sums.by_day),
        by_sender={sender: _totals(each) for sender, each in _sorted(sums.by_sender)},
        last_days=dict(_sorted(sums.last_days)),
        by_day={day: _totals(each) for day, each in sorted(sums.by_day.items())},
        by_policy={
            key: _totals(each)
            for key, each in sorted(sums.by_policy.items(), key=lambda item: _order(item[0]))
        },
        by_server={
            server: dict(sorted(counts.items(), key=_by_count))
            for server, counts in _sorted(servers)
        },
        failures=_failures(sums),
        policies=_policies(sums),
        reports=sums.reports,
        claimed_reports=sums.claimed_reports,
        incidents=_incidents(sums),
        sts_days={
            day: StsDay(
                each.sessions,
                each.would_hold_back,
                each.held_back,
                each.unsaid,
                dict(_sorted(each.modes)),
                dict(_sorted(each.unfetched)),
            )
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
            mode=policy.mode,
            mx=policy.mx,
            max_age=policy.max_age,
            faults=policy.faults,
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


def _by_count(item: tuple[str | None, int]) -> tuple[int, str]:
    """The most frequent first, and then by name."""
    return -item[1], item[0] or ""


def _order(names: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    """By name, with what has none at the end."""
    return tuple((name is None, name or "") for name in names)


def _sorted(groups: Mapping[str | None, _Value]) -> list[tuple[str | None, _Value]]:
    """By name, with what has none at the end."""
    return sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or ""))
