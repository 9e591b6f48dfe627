"""Problems and verdicts in a few words, as the command and the page have them. Safe to print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from tlsrpt._display import clipped
from tlsrpt.report._words import counted, listed, name, number
from tlsrpt.report.summary import DomainSummary

if TYPE_CHECKING:
    from tlsrpt.report.problems import Problem
    from tlsrpt.report.readiness import Readiness

_DAY: Final = timedelta(days=1)
_STATUS: Final = {
    "no-policy": "no policy seen",
    "too-little-data": "too little data",
    "not-ready": "not ready for enforce",
    "ready": "ready for enforce",
    "enforcing": "enforced",
}


def status(verdict: Readiness) -> str:
    """A verdict, as it is said after ``MTA-STS:``."""
    if verdict.status == "enforcing" and verdict.held_back:
        return "enforced, mail held back"
    return _STATUS[verdict.status]


def span(first: date, last: date) -> str:
    """The days from the first to the last.

    >>> span(date(2026, 8, 27), date(2026, 8, 28)), span(date(2026, 8, 27), date(2026, 8, 27))
    ('2026-08-27 to 2026-08-28', '2026-08-27')
    """
    return f"{first}" if first == last else f"{first} to {last}"


def days(each: Sequence[date]) -> str:
    """Some days in order; if they are not in a row, the last ones that are by themselves.

    >>> days([date(2026, 8, 27), date(2026, 8, 28)])
    '2026-08-27 to 2026-08-28'
    >>> days([date(2025, 8, 27), date(2026, 8, 28), date(2026, 8, 29)])
    '3 days from 2025-08-27 to 2026-08-29, the last time 2026-08-28 to 2026-08-29'
    >>> days([date(2025, 8, 27), date(2026, 8, 29)])
    '2 days from 2025-08-27 to 2026-08-29'
    """
    first = last = each[-1]
    for day in reversed(each[:-1]):
        if day + _DAY != first:
            latest = f", the last time {span(first, last)}" if first != last else ""
            return f"{len(each):,} days from {each[0]} to {last}{latest}"
        first = day
    return span(each[0], last)


def extent(problem: Problem, domain: DomainSummary) -> str:
    """How many sessions had a problem, when, what senders call it, and whether it still is."""
    sessions = counted(problem.session_count)
    types = [name(each) for each in problem.result_types]
    reported = f", reported as {listed(types, 3)}" if types else ""
    # One name of a stranger may be as long as a line.
    senders = listed(map(name, problem.senders), 3)
    of = f"{len(problem.senders):,} of {number(len(domain.by_sender), 'sender')}"
    return (
        f"{sessions[0].upper()}{sessions[1:]}, {days(problem.days)}{reported}, by {senders} ({of})."
        f" {_since(problem, domain)}"
    )


def _since(problem: Problem, domain: DomainSummary) -> str:
    later = sum(day > problem.days[-1] for day in domain.by_day)
    if not later:
        return "Also in the latest reports."
    return f"None on the {number(later, 'day')} with reports since."


def effect(problem: Problem) -> str:
    """What it meant for the mail; empty where nobody counted."""
    if not problem.session_count:
        return ""
    if not problem.held_back:
        return "No policy in force made the senders hold this mail back."
    some = problem.held_back < problem.session_count
    of_these = f" in {problem.held_back:,} of these sessions" if some else ""
    return f"Senders held this mail back{of_these}, at least until the next attempt."


def reasons(problem: Problem, domain: DomainSummary) -> str:
    """The senders' own words, if nothing shows a cause; empty if there are none."""
    if problem.cause is not None:
        return ""
    words = {
        reason
        for failure in domain.failures
        if failure.receiving_mx_hostname == problem.receiving_mx_hostname
        and failure.result_type in problem.result_types
        for reason in failure.failure_reason_codes
    }
    quoted = [f'"{clipped(reason)}"' for reason in sorted(words)]
    return f"Reason codes: {listed(quoted, 3)}." if quoted else ""
