"""The text of `tlsrpt report`: what failed and whether enforce is safe, and then the figures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tlsrpt.report import problems, readiness
from tlsrpt.report._summary import FEW_DOMAINS, described, mail_servers, worst_first
from tlsrpt.report._words import between, name, not_shown, notes, number, share
from tlsrpt.report.problems import facts, shown_problems, to_do
from tlsrpt.report.readiness import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tlsrpt.report import DomainSummary, Problem, Summary, Totals

# How many domains are listed, and how many of those with failures are described.
_MAX_DOMAINS: Final = 50
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
    """The lines about all domains, those with the most failures first.

    Of many, those with failures are described, and the others have a line each at the end.
    """
    domains = worst_first(summary.domains.values())
    chosen = described(domains)
    others = domains[len(chosen) :]
    served = mail_servers(domains)
    statuses = {
        domain.policy_domain: in_words(readiness(domain, day))
        for domain in (domains if len(domains) > FEW_DOMAINS else ())
    }
    if statuses:
        yield ""
        yield from _lines(chosen, statuses, served)
    if others:
        counted = Counter(statuses[domain.policy_domain] for domain in others).most_common()
        listed = ", ".join(f"{count:,} {status}" for status, count in counted)
        yield f"{number(len(others), 'domain')} without failures; MTA-STS: {listed}"
    for domain in chosen[:_MAX_DOMAINS]:
        yield ""
        yield from _domain(domain, day, served.get(domain.policy_domain or "", []))
    if others:
        yield ""
        yield "Domains without failures:"
        yield from _lines(others, statuses, served)


def _lines(
    domains: list[DomainSummary],
    statuses: Mapping[str | None, str],
    served: Mapping[str, list[str]],
) -> Iterator[str]:
    """A line for each of the first domains, and how many more there are."""
    shown = domains[:_MAX_DOMAINS]
    width = max((len(name(domain.policy_domain)) for domain in shown), default=0)
    for domain in shown:
        line = f"{name(domain.policy_domain):{width}}  {_sessions(domain)}"
        # A host has no MTA-STS policy.
        is_host = served.get(domain.policy_domain or "")
        yield line if is_host else f"{line}; MTA-STS: {statuses[domain.policy_domain]}"
    if len(domains) > _MAX_DOMAINS:
        yield f"and {len(domains) - _MAX_DOMAINS:,} more; --domain shows one"


def _domain(domain: DomainSummary, day: date, served: list[str]) -> Iterator[str]:
    yield f"{name(domain.policy_domain)}: {_sessions(domain)}"
    for note in notes(domain.claimed_reports, served):
        yield f"  {note}"
    found = shown_problems(domain)
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
    rows = [(name(sender), totals, _silence(sender, domain)) for sender, totals in by_size]
    yield from _table(rows, "sender")
    yield "  by day"
    days = domain.by_day
    # If there are many days, those with failures are listed.
    by_need = sorted(days, key=lambda each: (days[each].total_failure_session_count > 0, each))
    shown = {*by_need[-_MAX_ROWS:]}
    by_day = sorted(days.items(), key=lambda item: (item[0] in shown, item[0]), reverse=True)
    yield from _table([(str(each), totals, "") for each, totals in by_day], "day")


def _problem(problem: Problem, domain: DomainSummary) -> Iterator[str]:
    when, who, effect = facts(problem, domain)
    yield f"  {problem.message}"
    yield f"    {when} {effect}"
    yield f"    {who}"
    for sentence in problem.evidence:
        yield f"    {sentence}"
    yield f"    {to_do(problem, domain)} {problem.hint}"


def _silence(sender: str | None, domain: DomainSummary) -> str:
    """When a sender reported last, if others reported later."""
    last = domain.last_days[sender]
    return f"; last report on {last}" if last < domain.last_day else ""


def _table(rows: list[tuple[str, Totals, str]], noun: str) -> Iterator[str]:
    width = max(len(text) for text, _, _ in rows[:_MAX_ROWS])
    for text, totals, note in rows[:_MAX_ROWS]:
        yield f"    {text:{width}}  {_sessions(totals)}{note}"
    if len(rows) > _MAX_ROWS:
        yield f"    and {number(len(rows) - _MAX_ROWS, f'more {noun}')}"


def _sessions(totals: Totals) -> str:
    failed = totals.total_failure_session_count
    percent = f" ({share(totals.failure_share)})" if failed else ""
    return f"{number(totals.total_session_count, 'session')}, {failed:,} failed{percent}"
