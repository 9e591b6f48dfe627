"""The text of `tlsrpt report`: what failed and whether enforce is safe, and then the figures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tlsrpt.report import problems, readiness
from tlsrpt.report._summary import FEW_DOMAINS, described, mail_servers, worst_first
from tlsrpt.report._words import between, name, not_shown, notes, number, share
from tlsrpt.report.problems import facts, to_do
from tlsrpt.report.readiness import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tlsrpt.report import DomainSummary, Problem, Summary, Totals

# How many days and senders are listed.
_MAX_ROWS: Final = 14


def counts(summary: Summary, without_report: int) -> str:
    """How many reports there are, and of which days."""
    texts = [number(summary.reports, "report")]
    domains = summary.domains.values()
    if domains:
        days = [day for each in domains for day in (each.first_day, each.last_day)]
        texts[0] += f" {between(days)}"
    if summary.duplicates:
        texts.append(f"{number(summary.duplicates, 'duplicate')} left out")
    if without_report:
        texts.append(f"{number(without_report, 'item')} without a report")
    return "; ".join(texts)


def summary_json(summary: Summary, day: date) -> dict[str, Any]:
    """The figures, with the problems of each domain, and the verdict as of a day."""
    values = summary.to_dict()
    for entry, domain in zip(values["domains"], summary.domains.values(), strict=True):
        entry["problems"] = [problem.to_dict() for problem in problems(domain)]
        entry["readiness"] = readiness(domain, day).to_dict()
    return values


def summary_text(summary: Summary, day: date) -> Iterator[str]:
    """The lines about all domains, those with the most failures first."""
    domains = worst_first(summary.domains.values())
    chosen = described(domains)
    if len(domains) > FEW_DOMAINS:
        yield ""
        yield from _overview(domains, chosen, day)
    served = mail_servers(domains)
    for domain in chosen:
        yield ""
        yield from _domain(domain, day, served.get(domain.policy_domain or "", []))


def _overview(
    domains: list[DomainSummary], failing: list[DomainSummary], day: date
) -> Iterator[str]:
    """The domains with failures, and the number of those without."""
    statuses = {domain.policy_domain: in_words(readiness(domain, day)) for domain in domains}
    width = max((len(name(domain.policy_domain)) for domain in failing), default=0)
    for domain in failing:
        status = statuses.pop(domain.policy_domain)
        yield f"{name(domain.policy_domain):{width}}  {_sessions(domain)}; MTA-STS: {status}"
    if statuses:
        others = [
            f"{count:,} {status}" for status, count in Counter(statuses.values()).most_common()
        ]
        yield f"{number(len(statuses), 'domain')} without failures; MTA-STS: {', '.join(others)}"


def _domain(domain: DomainSummary, day: date, served: list[str]) -> Iterator[str]:
    yield f"{name(domain.policy_domain)}: {_sessions(domain)}"
    for note in notes(domain.claimed_reports, served):
        yield f"  {note}"
    found = problems(domain)
    for problem in found:
        yield ""
        yield from _problem(problem, domain)
    more = len(domain.incidents) - len(found)
    if more:
        yield ""
        yield f"  {not_shown(more, 'problem')}"
    # A host has no MTA-STS policy.
    if not served:
        verdict = readiness(domain, day)
        yield ""
        yield f"  MTA-STS: {in_words(verdict)}"
        for reason in verdict.reasons:
            yield f"    {reason}"
    yield ""
    yield "  by sender"
    by_size = sorted(domain.by_sender.items(), key=lambda item: -item[1].total_session_count)
    yield from _table([(name(sender), totals) for sender, totals in by_size], "sender")
    yield "  by day"
    days = domain.by_day
    # If there are many days, those with failures are listed.
    by_need = sorted(days, key=lambda each: (days[each].total_failure_session_count > 0, each))
    shown = {*by_need[-_MAX_ROWS:]}
    by_day = sorted(days.items(), key=lambda item: (item[0] in shown, item[0]), reverse=True)
    yield from _table([(str(each), totals) for each, totals in by_day], "day")


def _problem(problem: Problem, domain: DomainSummary) -> Iterator[str]:
    when, who, effect = facts(problem, domain)
    yield f"  {problem.message}"
    yield f"    {when} {effect}"
    yield f"    {who}"
    for sentence in problem.evidence:
        yield f"    {sentence}"
    yield f"    {to_do(problem, domain)} {problem.hint}"


def _table(rows: list[tuple[str, Totals]], noun: str) -> Iterator[str]:
    width = max(len(text) for text, _ in rows[:_MAX_ROWS])
    for text, totals in rows[:_MAX_ROWS]:
        yield f"    {text:{width}}  {_sessions(totals)}"
    if len(rows) > _MAX_ROWS:
        yield f"    and {number(len(rows) - _MAX_ROWS, f'more {noun}')}"


def _sessions(totals: Totals) -> str:
    failed = totals.total_failure_session_count
    percent = f" ({share(totals.failure_share)})" if failed else ""
    return f"{number(totals.total_session_count, 'session')}, {failed:,} failed{percent}"
