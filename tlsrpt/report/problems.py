"""`problems`: what failed, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from tlsrpt._display import clipped
from tlsrpt.report._causes import CAUSES
from tlsrpt.report._figures import NO_DETAILS, NO_TYPE, UNKNOWN_TYPE, group_of
from tlsrpt.report._result_types import FETCH_TYPES
from tlsrpt.report._summary import DomainSummary, Failure, Incident, plain_dict
from tlsrpt.report._words import listed, name, number, spans

# Hostile reports have thousands.
MAX_PROBLEMS: Final = 12

# After so many days with reports and without the failure, somebody may have fixed it.
_CLEAN_DAYS: Final = 7


class _Texts(NamedTuple):
    message: str
    hint: str


_SEE_REASON_CODES: Final = "Look at the sender's reason codes, or ask the sender."
# By the group of failures without a cause. A type that has no row here always has a cause.
_NO_CAUSE: Final = {
    "certificate-host-mismatch": _Texts(
        "The certificate of your mail server is for another host name.",
        "Get a certificate for the name in your MX record and, if you use MTA-STS, check the mx "
        "lines of your policy.",
    ),
    "certificate-not-trusted": _Texts(
        "The sender does not trust the certificate of your mail server.",
        "Use a certificate of a public certification authority, and send the intermediate "
        "certificates along with it.",
    ),
    "validation-failure": _Texts(
        "TLS failed for a reason that no other type covers, or that the sender does not give.",
        _SEE_REASON_CODES,
    ),
    NO_DETAILS: _Texts(
        "Sessions failed, and the reports do not say why.",
        "Look at what else failed on these days. If nothing did, ask the sender.",
    ),
    NO_TYPE: _Texts("The sender did not say what failed.", _SEE_REASON_CODES),
    UNKNOWN_TYPE: _Texts(
        "The sender uses a result type that RFC 8460 does not define.", _SEE_REASON_CODES
    ),
}
# With reason codes that show no cause.
_NOT_TRUSTED_OR_OTHER: Final = _Texts(
    "The sender does not trust the certificate of your mail server, or TLS failed for another "
    "reason.",
    "Stalwart uses this type for every TLS error: look at the sender's reason codes. If they name "
    "no other error, use a certificate of a public certification authority, and send the "
    "intermediate certificates along with it.",
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What failed at one server for one reason.

    Attributes:
        cause: a stable name in kebab-case, documented in "What fails, and why"; None if nothing in
            the reports shows a cause.
        message: what it is; safe to print, as are hint and evidence.
        hint: what to do about it.
        evidence: what in the reports shows the cause, as sentences.
        receiving_mx_hostname: the server; None if the reports do not say.
        result_types: what senders call it.
        senders: the organizations that reported it.
        days: the days, in UTC, on which it was reported.
        session_count: the number of failed sessions; 0 if the senders did not count them.
        held_back: the number of these sessions in which the sender held the mail back, to try again
            later: under MTA-STS in mode enforce (RFC 8461 section 5), or DANE (RFC 7672 section
            2.2).

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

    A cause is given only if something in the same report shows it: the result type, the sender's
    words, or the policy that it quotes. Senders use different types for the same fault, so failures
    are grouped by cause, not by type.

    One session can have several problems, so the numbers of sessions do not add up. Within a
    report, failure details of one type at one server are added up; otherwise the larger number
    counts.

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
        names = {"server": clipped(host) if host else "a mail server", "domain": domain_name}
        message = cause.message.format_map(names)
        return message if host else message[0].upper() + message[1:], cause.hint.format_map(names)
    message, hint = _NO_CAUSE[incident.group]
    if incident.group == "certificate-not-trusted" and any(_reason_codes(domain, incident)):
        message, hint = _NOT_TRUSTED_OR_OTHER
    return f"{clipped(host)}: {message}" if host else message, hint


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
        note = ", where * stands for exactly one label (RFC 8461 section 4.1)"
        yield (
            f"The policy quoted in the report has mx: {patterns}{note if '*' in patterns else ''}."
        )
    if incident.group not in CAUSES:
        yield from _reason_codes(domain, incident)
    yield from _only_sender(domain, incident)


def _reason_codes(domain: DomainSummary, incident: Incident) -> Iterator[str]:
    """The senders' own words; not those that show the cause of another problem."""
    codes = {
        code for failure in _failures(domain, incident) for code in failure.failure_reason_codes
    }
    if codes:
        codes -= {text for each in domain.incidents for _, text in each.evidence}
    if codes:
        quoted = [f'"{clipped(code)}"' for code in sorted(codes)]
        yield f"Reason codes: {listed(quoted, 3)}."


def _failures(domain: DomainSummary, problem: Problem | Incident) -> Iterator[Failure]:
    """All failures of the problem's types at its server, as its senders report them.

    Some of them may belong to another problem: one report of a failure may show a cause, and
    another may not.
    """
    server = problem.receiving_mx_hostname
    for failure in domain.failures:
        if failure.result_type in problem.result_types and failure.sender in problem.senders:
            is_unknown = server is None and group_of(failure.result_type) == UNKNOWN_TYPE
            if is_unknown or failure.receiving_mx_hostname == server:
                yield failure


def _only_sender(domain: DomainSummary, incident: Incident) -> Iterator[str]:
    """That one sender of several reported failures at this server then, of whatever type.

    If another reported one months before, that was another problem.
    """
    server = incident.receiving_mx_hostname
    first, last = min(incident.by_day), max(incident.by_day)
    reporting = [sender for sender, day in domain.last_days.items() if day >= first]
    if server is None or len(reporting) == 1:
        return
    senders = {
        each.sender
        for each in domain.failures
        if each.receiving_mx_hostname == server and any(first <= day <= last for day in each.by_day)
    }
    if len(senders) == 1:
        count = number(len(reporting), "sender")
        yield f"Of {count}, only {name(*senders)} reported failures at this server in that time."


def facts(problem: Problem, domain: DomainSummary) -> tuple[str, str, str]:
    """How often and when it was reported, by whom, and what that did to mail; safe to print."""
    later = _clean_days(problem, domain)
    if later:
        days = "day" if later == 1 else number(later, "day")
        recency = f"none on the {days} with reports since"
    else:
        recency = "also in the latest reports"
    sessions = number(problem.session_count, "session") if problem.session_count else "Not counted"
    senders, count = listed(map(name, problem.senders), 3), len(problem.senders)
    if 1 < count == len(domain.by_sender):
        senders = "both senders" if count == 2 else f"all {count:,} senders"
    elif len(domain.by_sender) > 1:
        senders += f" ({count:,} of {number(len(domain.by_sender), 'sender')})"
    types = f" as {listed(map(name, problem.result_types), 3)}" if problem.result_types else ""
    return (
        f"{sessions} {spans(problem.days)}, {recency}.",
        f"Reported by {senders}{types}".removesuffix(".") + ".",
        _effect(problem, domain),
    )


def shown_problems(domain: DomainSummary) -> list[Problem]:
    """The problems as people read them: those that may have been fixed come last."""
    return sorted(problems(domain), key=lambda each: _may_be_over(each, domain))


def to_do(problem: Problem, domain: DomainSummary) -> str:
    """The words before the hint."""
    is_over = _may_be_over(problem, domain)
    return "To do, if you have not done it yet:" if is_over else "To do:"


def _may_be_over(problem: Problem, domain: DomainSummary) -> bool:
    return _clean_days(problem, domain) >= _CLEAN_DAYS


def _clean_days(problem: Problem, domain: DomainSummary) -> int:
    """The number of later days with reports, none of which has this problem."""
    last = max(problem.days)
    return sum(day > last for day in domain.by_day)


def _effect(problem: Problem, domain: DomainSummary) -> str:
    """Whether senders held mail back, as far as the reports show it."""
    if problem.held_back and problem.held_back >= problem.session_count:
        return "Senders held this mail back, to try again later."
    policies = {*_policies(problem, domain)}
    is_unsaid = any((kind, mode) == ("sts", None) for kind, mode, _ in policies)
    is_uncounted = any(
        (kind == "tlsa" or mode == "enforce") and not is_counted
        for kind, mode, is_counted in policies
    )
    if problem.held_back:
        least = "at least " if is_unsaid or is_uncounted else ""
        return f"In {least}{number(problem.held_back, 'session')}, senders held the mail back."
    if is_unsaid:
        return "The reports do not say whether that held mail back."
    if is_uncounted:
        return "It is not known how much mail that held back."
    if {(kind, mode) for kind, mode, _ in policies} == {("sts", "testing")}:
        return "In testing mode, that held no mail back."
    return "That held no mail back."


def _policies(
    problem: Problem, domain: DomainSummary
) -> Iterator[tuple[str | None, str | None, bool]]:
    """The types and modes of the policies under which it failed, and whether that was counted.

    Failures to fetch the policy are left out, since they hold nothing back.
    """
    for failure in _failures(domain, problem):
        if failure.result_type not in FETCH_TYPES:
            yield failure.policy_type, failure.mode, failure.session_count > 0
    if not problem.result_types:
        # Failures without details.
        for (kind, mode), totals in domain.by_policy.items():
            if totals.total_failure_session_count:
                yield kind, mode, True
