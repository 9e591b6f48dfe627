"""What the page says about one domain: figures, verdict, chart, problems, and who saw what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tlsrpt.report._chart import bars, chart
from tlsrpt.report._summary import DomainSummary, SeenPolicy, Totals
from tlsrpt.report._table import (
    FIGURES,
    MAX_ROWS,
    added,
    cut,
    figure_cells,
    figures,
    isolated,
    number_cell,
    row,
    span,
    table,
    text_cell,
    theirs,
)
from tlsrpt.report._tree import element, prose
from tlsrpt.report._words import listed, name, not_shown, notes, number, share
from tlsrpt.report.problems import Problem, facts, shown_problems, to_do
from tlsrpt.report.readiness import LIMITS, Readiness, in_words, readiness

if TYPE_CHECKING:
    from datetime import date
    from xml.etree.ElementTree import Element

_STATUS_CLASSES: Final = {"not-ready": "bad", "ready": "good", "enforcing": "good"}


def domain_section(
    domain: DomainSummary, today: date, place: int, served: Sequence[str]
) -> Element:
    """All about one domain.

    Args:
        domain: the domain.
        today: the day of the verdict.
        place: its place on the page, for links to it.
        served: the domains whose mail server it is; a server has no MTA-STS policy.
    """
    return element(
        "section",
        element("h2", theirs(domain.policy_domain), id=f"domain-{place}"),
        _headline(domain),
        *(element("p", note, class_="quiet") for note in notes(domain.claimed_reports, served)),
        *([] if served else [_verdict(readiness(domain, today))]),
        *_over_time(domain, today),
        *_problems(domain),
        *_servers(domain),
        *_senders(domain),
        *_policies(domain),
        *_days_with_failures(domain),
    )


def mark(verdict: Readiness) -> Element:
    """The status of MTA-STS, coloured."""
    kind = _STATUS_CLASSES.get(verdict.status, "quiet")
    if verdict.status == "enforcing" and verdict.held_back:
        kind = "bad"
    return element("span", in_words(verdict), class_=f"mark {kind}")


# --- Figures and verdict ------------------------------------------------------------------------


def _headline(domain: DomainSummary) -> Element:
    failed = domain.total_failure_session_count
    days = (domain.last_day - domain.first_day).days + 1
    shown = [
        ("sessions", f"{domain.total_session_count:,}"),
        ("failed", f"{failed:,}"),
        ("share that failed", share(domain.failure_share)),
        ("sender" if len(domain.by_sender) == 1 else "senders", f"{len(domain.by_sender):,}"),
        ("days with reports", f"{len(domain.by_day):,} of {days:,}"),
    ]
    return element(
        "dl",
        *(
            element(
                "div",
                element("dt", label),
                element("dd", figure, class_="bad" if failed and label == "failed" else ""),
            )
            for label, figure in shown
        ),
        class_="figures",
    )


def _verdict(verdict: Readiness) -> Element:
    reasons = [
        element("p", *prose(reason), class_="quiet" if reason == LIMITS else "")
        for reason in verdict.reasons
    ]
    return element("section", element("h3", "MTA-STS: ", mark(verdict)), *reasons, class_="verdict")


# --- The chart ----------------------------------------------------------------------------------


def _over_time(domain: DomainSummary, today: date) -> Iterator[Element]:
    past = {day: totals for day, totals in domain.by_day.items() if day <= today}
    future = [totals for day, totals in domain.by_day.items() if day > today]
    if past:
        drawn = bars(past)
        yield chart(drawn)
        rows = [
            row(bar.name, *figure_cells(bar.sessions, bar.failed))
            for bar in drawn.bars
            if bar.sessions is not None
        ]
        note = f"Sessions per {drawn.unit}. Days without a report are left out."
        shown = table(note, ["Days (UTC)", *FIGURES], rows)
        yield element("details", element("summary", "Figures of the chart"), shown)
        if drawn.earlier:
            text = f"The chart does not show {number(drawn.earlier, 'session')} before that."
            yield element("p", *prose(text))
        yield from _last_weeks(past)
    if future:
        sessions = number(added(future)[0], "session")
        text = f"The chart does not show {sessions} in reports that are dated after {today}."
        yield element("p", *prose(text))


def _last_weeks(by_day: Mapping[date, Totals]) -> Iterator[Element]:
    """The last seven days with reports beside the seven before them."""
    last = max(by_day)
    weeks: tuple[list[Totals], list[Totals]] = ([], [])
    for day, totals in by_day.items():
        age = (last - day).days // 7
        if age < 2:
            weeks[age].append(totals)
    (now, failed_now), (before, failed_before) = map(added, weeks)
    if now and before:
        text = (
            f"In the 7 days up to {last}, {failed_now:,} of {number(now, 'session')} failed "
            f"({share(failed_now / now)}). In the 7 days before, it was {failed_before:,} of "
            f"{before:,} ({share(failed_before / before)})."
        )
        yield element("p", *prose(text))


# --- Problems -----------------------------------------------------------------------------------


def _problems(domain: DomainSummary) -> Iterator[Element]:
    found = shown_problems(domain)
    if found:
        yield element("h3", "What failed, and what to do")
        yield from (_problem(problem, domain) for problem in found)
        more = len(domain.incidents) - len(found)
        if more:
            yield element("p", not_shown(more, "problem"))


def _problem(problem: Problem, domain: DomainSummary) -> Element:
    when, who, effect = facts(problem, domain)
    last = problem.days[-1]
    is_latest = last == domain.last_day
    label = "in the latest reports" if is_latest else f"last on {last}"
    return element(
        "section",
        element("h4", problem.message),
        element(
            "p",
            element("span", label, class_=f"mark {'bad' if is_latest else 'fair'}"),
            *prose(f" {when} {effect}"),
        ),
        element("p", who),
        *([element("p", " ".join(problem.evidence), class_="quiet")] if problem.evidence else []),
        element("p", element("strong", to_do(problem, domain), " "), problem.hint),
        class_="problem" if is_latest else "problem over",
    )


# --- Who, where and when ------------------------------------------------------------------------


def _servers(domain: DomainSummary) -> Iterator[Element]:
    """Failures by server and type, and when they were reported."""
    found = [
        (count, host, kind)
        for host, kinds in domain.by_server.items()
        for kind, count in kinds.items()
    ]
    if not found:
        return
    found.sort(key=lambda each: (-each[0], each[1] or "", each[2] or ""))
    seen: dict[tuple[str | None, str | None], set[date]] = {}
    for failure in domain.failures:
        days = seen.setdefault((failure.receiving_mx_hostname, failure.result_type), set())
        days |= {failure.first_day, failure.last_day}
    shown, more = cut(found)
    rows = [
        row(
            theirs(host),
            element("td", theirs(kind)),
            text_cell(span(min(seen[host, kind]), max(seen[host, kind]))),
            number_cell(f"{count:,}", "failed") if count else number_cell("not counted", ""),
        )
        for count, host, kind in shown
    ]
    note = "Reports count no successes by server. A session that fails in two ways is in two rows."
    yield element("h3", "Failures by server")
    yield table(note + more, ["Server", "Type", "Reported", FIGURES[1]], rows, "stack")


def _senders(domain: DomainSummary) -> Iterator[Element]:
    ordered = sorted(
        domain.by_sender.items(),
        key=lambda item: (
            -item[1].total_failure_session_count,
            -item[1].total_session_count,
            item[0] or "",
        ),
    )
    rows = [
        row(
            theirs(sender),
            element("td", *prose(str(domain.last_days[sender])), data_unit="last report"),
            *figures(each),
        )
        for sender, each in ordered[:MAX_ROWS]
    ]
    rest = [each for _, each in ordered[MAX_ROWS:]]
    if rest:
        rows.append(row(number(len(rest), "more sender"), element("td"), *figures(*rest)))
    yield element("h3", "Senders")
    note = "Names as the senders give them."
    yield table(note, ["Sender", "Last report", *FIGURES], rows, "stack")


def _policies(domain: DomainSummary) -> Iterator[Element]:
    shown, more = cut(domain.policies)
    rows = [
        row(
            element(
                "div",
                isolated(_policy(policy)),
                *(element("p", fault, class_="fair") for fault in policy.faults),
            ),
            text_cell(span(policy.first_day, policy.last_day)),
            element("td", isolated(listed(map(name, policy.senders), 3))),
        )
        for policy in shown
    ]
    note = f"As quoted in their reports; some senders leave lines out.{more}"
    yield element("h3", "Policies as senders saw them")
    yield table(note, ["Policy", "Reported", "By"], rows, "stack")


def _policy(policy: SeenPolicy) -> str:
    parts = [name(policy.policy_type)]
    if policy.mode:
        parts.append(f"mode {policy.mode}")
    if policy.mx:
        parts.append(f"mx {listed(map(name, policy.mx))}")
    if policy.max_age is not None:
        parts.append(f"max_age {policy.max_age}")
    return "; ".join(parts)


def _days_with_failures(domain: DomainSummary) -> Iterator[Element]:
    failed = [item for item in domain.by_day.items() if item[1].total_failure_session_count]
    if not failed:
        return
    failed.reverse()
    rows = [row(str(day), *figures(each)) for day, each in failed[:MAX_ROWS]]
    rest = [each for _, each in failed[MAX_ROWS:]]
    if rest:
        rows.append(row(number(len(rest), "earlier day"), *figures(*rest)))
    yield element("h3", "Days with failures")
    yield table("The latest first.", ["Day (UTC)", *FIGURES], rows)
