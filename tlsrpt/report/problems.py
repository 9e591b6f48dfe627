"""`problems`: what failed, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tlsrpt._display import clipped
from tlsrpt.report._causes import CAUSES
from tlsrpt.report._figures import NO_DETAILS, NO_TYPE, UNKNOWN_TYPE
from tlsrpt.report._result_types import MISSING, RESULT_TYPES, UNKNOWN, ResultType
from tlsrpt.report._summary import DomainSummary, Incident, plain_dict
from tlsrpt.report._words import listed, name, number, spans

# Hostile reports have thousands.
MAX_PROBLEMS: Final = 12

_NO_CAUSE: Final = {
    NO_DETAILS: ResultType(
        "Sessions failed, and the reports do not say why.",
        "Look at what else failed on these days. If nothing did, ask the sender.",
    ),
    NO_TYPE: MISSING,
    UNKNOWN_TYPE: UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What failed at one server for one reason.

    Attributes:
        cause: a stable name in kebab-case, documented in "What fails, and why"; None if nothing in
            the reports shows a cause.
        message: what it is; safe to print, as are hint and evidence.
        hint: what to do about it.
        evidence: what in the reports shows it, as sentences.
        receiving_mx_hostname: the server; None if the reports do not say.
        result_types: what senders call it.
        senders: the organizations that reported it.
        days: the days on which it was reported.
        session_count: the number of failed sessions; 0 if the senders do not count them.
        held_back: in how many of them the sender held the mail back, to try again later.

    >>> from datetime import date
    >>> Problem(
    ...     cause="certificate-expired",
    ...     message="The certificate of mx.example.com had expired.",
    ...     hint="Renew it.",
    ...     evidence=("The result type says so: certificate-expired.",),
    ...     receiving_mx_hostname="mx.example.com",
    ...     result_types=("certificate-expired",),
    ...     senders=("Sender Inc.",),
    ...     days=(date(2025, 3, 1),),
    ...     session_count=3,
    ...     held_back=0,
    ... ).cause
    'certificate-expired'
    """

    cause: str | None
    message: str
    hint: str
    evidence: tuple[str, ...]
    receiving_mx_hostname: str | None
    result_types: tuple[str | None, ...]
    senders: tuple[str | None, ...]
    days: tuple[date, ...]
    session_count: int
    held_back: int

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON has it, as in `DomainSummary.to_dict`."""
        return plain_dict(self)


def problems(domain: DomainSummary) -> tuple[Problem, ...]:
    """What failed, by cause and server: at most 12 problems, the largest first.

    A cause is stated only if something in the same report shows it: the result type, the sender's
    words, or the policy that it quotes. Senders give one fault different types, so those do not
    separate problems.

    One session can have several problems, so their sessions do not add up. Within a report, failure
    details of one type at one server are added; otherwise the larger number counts.

    Args:
        domain: a policy domain in what `summarize` returned. If it has more than 12 problems,
            ``len(domain.incidents)`` says how many.

    >>> from tlsrpt.report import read_reports, summarize
    >>> summary = summarize(read_reports("tests/report/data/sound.json"))
    >>> for problem in problems(summary.domains["example.com"]):
    ...     print(problem.message, problem.session_count)
    The certificate of mx2.example.com had expired. 3
    """
    return tuple(_problem(domain, incident) for incident in domain.incidents[:MAX_PROBLEMS])


def _problem(domain: DomainSummary, incident: Incident) -> Problem:
    message, hint = _texts(domain, incident)
    return Problem(
        cause=incident.group if incident.group in CAUSES else None,
        message=message,
        hint=hint,
        evidence=tuple(_evidence(domain, incident)),
        receiving_mx_hostname=incident.receiving_mx_hostname,
        result_types=incident.result_types,
        senders=incident.senders,
        days=tuple(incident.by_day),
        session_count=sum(incident.by_day.values()),
        held_back=incident.held_back,
    )


def _texts(domain: DomainSummary, incident: Incident) -> tuple[str, str]:
    """Message and hint."""
    domain_name = clipped(domain.policy_domain or "YOUR-DOMAIN")
    host = incident.receiving_mx_hostname
    if incident.group in CAUSES:
        cause = CAUSES[incident.group]
        facts = {"server": clipped(host) if host else "a mail server", "domain": domain_name}
        message = cause.message.format_map(facts)
        return message if host else message[0].upper() + message[1:], cause.hint.format_map(facts)
    meaning, advice = _NO_CAUSE.get(incident.group) or RESULT_TYPES[incident.group]
    message = f"{clipped(host)}: {meaning}" if host else meaning
    return message, advice.replace("DOMAIN", domain_name)


def _evidence(domain: DomainSummary, incident: Incident) -> Iterator[str]:
    shown: dict[str, list[str]] = {}
    for how, text in incident.evidence:
        shown.setdefault(how, []).append(text)
    if "type" in shown:
        yield f"The result type says so: {listed(map(clipped, shown['type']))}."
    if "listed" in shown:
        yield (
            f"The result type is {shown['listed'][0]}, and the policy quoted in the report lists "
            "the server."
        )
    if "words" in shown:
        quoted = [f'"{clipped(text)}"' for text in shown["words"]]
        yield f"In a sender's words: {listed(quoted, 3)}."
    for patterns in shown.get("policy", ()):
        label = ", where * stands for exactly one label (RFC 8461 section 4.1)"
        yield (
            f"The policy quoted in the report has mx: {patterns}{label if '*' in patterns else ''}."
        )
    yield from _only_sender(domain, incident)


def _only_sender(domain: DomainSummary, incident: Incident) -> Iterator[str]:
    """That one sender of several reports failures at this server, of whatever type."""
    server = incident.receiving_mx_hostname
    if server is None or len(domain.by_sender) == 1:
        return
    senders = {each.sender for each in domain.failures if each.receiving_mx_hostname == server}
    if len(senders) == 1:
        count = number(len(domain.by_sender), "sender")
        yield f"Of {count}, only {name(*senders)} reports failures at this server."


def facts(problem: Problem, domain: DomainSummary) -> tuple[str, str, str]:
    """How often and when it was reported, by whom, and what that did to mail; safe to print."""
    last = max(problem.days)
    later = sum(day > last for day in domain.by_day)
    if later:
        recency = f"none on the {number(later, 'day')} with reports since"
    else:
        recency = "also in the latest reports"
    sessions = number(problem.session_count, "session") if problem.session_count else "Not counted"
    senders = listed(map(name, problem.senders), 3)
    if 1 < len(problem.senders) == len(domain.by_sender):
        senders = f"all {len(problem.senders):,} senders"
    elif len(problem.senders) > 1:
        senders += f" ({len(problem.senders):,} of {number(len(domain.by_sender), 'sender')})"
    types = f" as {listed(map(name, problem.result_types), 3)}" if problem.result_types else ""
    if not problem.held_back:
        effect = "That held no mail back."
    elif problem.held_back >= problem.session_count:
        effect = "Senders held this mail back, to try again later."
    else:
        effect = f"In {number(problem.held_back, 'session')}, senders held the mail back."
    return (
        f"{sessions} {spans(problem.days)}, {recency}.",
        f"Reported by {senders}{types}".removesuffix(".") + ".",
        effect,
    )
