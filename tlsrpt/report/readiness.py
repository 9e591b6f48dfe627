"""`readiness`: whether a domain can switch its MTA-STS policy to enforce."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from tlsrpt._display import clipped
from tlsrpt.report._result_types import FETCH_TYPES
from tlsrpt.report._summary import DomainSummary, Failure, StsDay, plain_dict
from tlsrpt.report._words import between, listed, name, number

# What each status is in words.
_STATUSES: Final = {
    "no-policy": "no policy in force",
    "too-little-data": "too little data to judge",
    "not-ready": "not ready for enforce",
    "ready": "ready for enforce",
    "enforcing": "enforcing",
}
# How long the window is, and testing has to last, unless somebody says otherwise (Google's help
# says two weeks).
DAYS: Final = 14
_UNKNOWN: Final = "; what enforce would do there is not known"
LIMITS: Final = (
    "Reports cannot show senders that do not report, what your policy and MX records say today, "
    "or who really sent them."
)


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Whether a domain can switch its MTA-STS policy to enforce.

    Attributes:
        status: ``"no-policy"``, ``"too-little-data"``, ``"not-ready"``, ``"ready"``, or
            ``"enforcing"``.
        reasons: why, as sentences, and what reports cannot show; safe to print.
        senders: the number of senders that reported MTA-STS sessions in the window.
        report_days: the number of days with such a report.
        session_count: the number of sessions under the MTA-STS policy, without those in which it
            could not be fetched.
        held_back: the number of these sessions in which enforce would have held mail back (RFC 8461
            section 5), or did if the status is ``"enforcing"``.
        first_day: the first day with such a report; None without one.
        last_day: the last one.

    >>> Readiness(
    ...     status="too-little-data",
    ...     reasons=(),
    ...     senders=0,
    ...     report_days=0,
    ...     session_count=0,
    ...     held_back=0,
    ...     first_day=None,
    ...     last_day=None,
    ... ).status
    'too-little-data'
    """

    status: str
    reasons: tuple[str, ...]
    senders: int
    report_days: int
    session_count: int
    held_back: int
    first_day: date | None
    last_day: date | None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON has it, as in `DomainSummary.to_dict`."""
        return plain_dict(self)


def readiness(  # noqa: PLR0913, PLR0917 - each is a number that people want to change
    domain: DomainSummary,
    today: date | None = None,
    days: int = DAYS,
    min_report_days: int = 7,
    min_senders: int = 2,
    min_sessions: int = 100,
) -> Readiness:
    """Judge whether a domain can switch its MTA-STS policy from testing to enforce.

    Only MTA-STS policies in the reports of the window count. The mode is the one that most senders
    saw, each in its latest report. If most of them could not fetch a policy, each in its latest
    report about it, and nobody else has seen one since the day before, none is in force. A session
    in which it could not be fetched shows nothing about enforce. Testing has lasted since the day
    by which ``min_senders`` of these senders had seen it, or all that have seen it if they are
    fewer; so a single old report does not shorten the wait.

    Args:
        domain: a policy domain in what `summarize` returned.
        today: the last day of the window; None is today in UTC. Later reports do not count.
        days: how many days before today the window begins, and how long testing must have lasted.
        min_report_days: on how many days there must be reports.
        min_senders: how many organizations must have reported.
        min_sessions: how many sessions they must have reported.

    >>> from datetime import date
    >>> from tlsrpt.report import read_reports, summarize
    >>> summary = summarize(read_reports("tests/report/data/sound.json"))
    >>> verdict = readiness(summary.domains["example.com"], today=date(2025, 3, 2))
    >>> verdict.status, verdict.held_back
    ('enforcing', 3)
    """
    today = today or datetime.now(UTC).date()
    window = _Window(domain, today - timedelta(days=days), today)
    mode = window.mode
    missing = [
        *_below(len(window.days), min_report_days, "day", "with reports"),
        *_below(len(window.modes), min_senders, "sender", "that reported"),
        *_below(window.session_count, min_sessions, "session", "under the policy"),
        *_too_new(window.since(domain, "testing", min_senders), window.first, days),
        *window.mostly_cut_off(),
    ]
    if not window.has_reports:
        status = "too-little-data"
        reasons = [f"There is no report from {window.first} to {today}."]
    elif window.is_missing:
        status, reasons = "no-policy", [*window.cut_off(), *window.not_fetched()]
    elif not window.days:
        status = "no-policy"
        reasons = [f"No sender reported an MTA-STS policy from {window.first} to {today}."]
    elif mode == "none":
        status, reasons = "no-policy", [*window.switched_off(), *window.not_fetched()]
    elif mode == "enforce":
        status = "enforcing"
        reasons = [
            *window.enforced(),
            *_enforced_since(window.since(domain, "enforce", min_senders), window.days),
            *window.not_fetched(),
            *window.few(len(domain.by_sender)),
        ]
    elif window.held_back or window.uncounted:
        status = "not-ready"
        reasons = [
            *window.stopped(),
            *window.not_fetched(_UNKNOWN),
            *window.few(len(domain.by_sender)),
        ]
    else:
        status = "too-little-data" if missing else "ready"
        passed = window.passed(
            "With enforce, no mail would have been", "mail would last have been held back"
        )
        reasons = [*missing, *passed, *window.not_fetched(_UNKNOWN)]
    return Readiness(
        status=status,
        reasons=(*reasons, *window.other_modes(), LIMITS),
        senders=len(window.modes),
        report_days=len(window.days),
        session_count=window.session_count,
        held_back=window.held_back,
        first_day=min(window.days, default=None),
        last_day=max(window.days, default=None),
    )


def in_words(verdict: Readiness) -> str:
    """The status, and whether mail was held back."""
    held_back = verdict.status == "enforcing" and verdict.held_back
    return _STATUSES[verdict.status] + (", mail held back" if held_back else "")


class _Window:
    """The reports from one day to another.

    Attributes:
        days: those with reports under an MTA-STS policy.
        modes: what each sender saw last, as far as its reports quote it.
        is_missing: whether most senders could not fetch the policy, each in its latest report about
            it, and no other had it since the day before.
        mode: what most others saw; testing if no mode has the most.
        held_back: the number of sessions that enforce held back, or would have if it is not in
            force.
        uncounted: other failures that enforce holds back, but that senders did not count.
        unsaid: the number of sessions in which mail may have been held back, in reports that do not
            quote the mode.
    """

    def __init__(self, domain: DomainSummary, first: date, last: date) -> None:
        self.first = first
        self.last = last
        self.has_reports = any(first <= day <= last for day in domain.by_day)
        within = {day: each for day, each in domain.sts_days.items() if first <= day <= last}
        self.days = {day: each for day, each in within.items() if each.modes}
        self.modes: dict[str | None, str | None] = {}
        self._unfetched: Counter[str | None] = Counter()
        self._unfetched_days = [day for day, each in within.items() if each.unfetched]
        # Those that could fetch nothing on the last day on which they looked for a policy.
        self._cut_off: set[str | None] = set()
        seen: dict[str | None, date] = {}
        for day, each in within.items():
            for sender, mode in each.modes.items():
                self.modes[sender] = mode or self.modes.get(sender)
                seen[sender] = day
            self._unfetched.update(each.unfetched)
            self._cut_off = (self._cut_off | each.unfetched.keys()) - each.modes.keys()
        self._is_mostly_cut_off = 2 * len(self._cut_off) > len(self.modes.keys() | self._cut_off)
        # The reports of one day arrive one after the other.
        self.is_missing = self._is_mostly_cut_off and not any(
            day >= max(self._unfetched_days) - timedelta(days=1)
            for sender, day in seen.items()
            if sender not in self._cut_off
        )
        self._latest = {
            sender: mode for sender, mode in self.modes.items() if sender not in self._cut_off
        }
        self.mode = self._mode()
        self.session_count = sum(each.session_count for each in self.days.values())
        self.unsaid = sum(each.unsaid for each in self.days.values())
        held_back = [
            (day, each.held_back if self.mode == "enforce" else each.would_hold_back)
            for day, each in domain.sts_days.items()
        ]
        self.held_back = sum(count for day, count in held_back if first <= day <= last)
        self._last = max((day for day, count in held_back if count and day <= last), default=None)
        self._failures = [
            each
            for each in domain.failures
            if each.policy_type == "sts"
            and each.mode != "none"
            and each.result_type not in FETCH_TYPES
            and not self.days.keys().isdisjoint(each.by_day)
        ]
        self.uncounted = [
            each
            for each in self._failures
            if any(not count and day in self.days for day, count in each.by_day.items())
        ]

    def _mode(self) -> str:
        counts = Counter(filter(None, self._latest.values())).most_common(2)
        if not counts or (len(counts) > 1 and counts[0][1] == counts[1][1]):
            return "testing"
        return counts[0][0]

    def since(self, domain: DomainSummary, mode: str, senders: int) -> tuple[date, int] | None:
        """Since when a mode has been seen, and how many senders had seen it on that day.

        Not since the first report that saw it: a single one may come from anybody. The senders in
        the window count, and as many of them as are asked for, or all that have seen it. For
        example, if A has seen it for 100 days, and B and C for 3, two have seen it for 3 days.
        """
        seen: dict[str | None, date] = {}
        for day, each in domain.sts_days.items():
            for sender, theirs in each.modes.items():
                if theirs == mode and sender in self.modes and day <= self.last:
                    seen.setdefault(sender, day)
        if not seen:
            return None
        count = min(max(senders, 1), len(seen))
        return sorted(seen.values())[count - 1], count

    def other_modes(self) -> Iterator[str]:
        """The senders that saw a different mode from most."""
        others = [sender for sender, seen in self._latest.items() if seen not in {None, self.mode}]
        if others:
            yield f"{listed(map(name, others))} saw a different mode."

    def few(self, senders: int) -> Iterator[str]:
        """A sentence if most senders do not report an MTA-STS policy."""
        if 2 * len(self.modes) < senders:
            yield (
                f"Of the {senders:,} senders in these reports, only {len(self.modes):,} reported "
                f"an MTA-STS policy since {self.first}."
            )

    def cut_off(self) -> Iterator[str]:
        """The senders that had a policy in the window, but could not fetch it at its end."""
        names = [name(sender) for sender in self.modes if sender in self._cut_off]
        if names:
            yield f"{listed(names)} had an MTA-STS policy before, and none in the latest reports."

    def mostly_cut_off(self) -> Iterator[str]:
        """A sentence if most senders had no policy when they last reported about it."""
        if self._is_mostly_cut_off:
            yield "In their latest reports about MTA-STS, most senders could not fetch the policy."

    def switched_off(self) -> Iterator[str]:
        """That the mode is none, as far as senders could fetch the policy."""
        who = "senders that could fetch a policy" if self._cut_off else "senders"
        yield f"Most {who} saw an MTA-STS policy with mode none."
        yield from self.mostly_cut_off()

    def not_fetched(self, note: str = "") -> Iterator[str]:
        """In how many sessions the policy could not be fetched, with a note about them."""
        if self._unfetched:
            count = sum(self._unfetched.values())
            sessions = f" in {number(count, 'session')}" if count else ""
            yield (
                f"{listed(map(name, self._unfetched))} could not fetch a valid MTA-STS policy"
                f"{sessions} {between(self._unfetched_days)}{note}."
            )

    def enforced(self) -> Iterator[str]:
        """What enforce held back, and failures for which that is not known."""
        if self.held_back:
            yield self._failed("Mail was")
        elif not (self.uncounted or self.unsaid):
            yield from self.passed("No mail was", "mail was last held back")
        yield from self._without_count()
        unquoted = [each for each in self._failures if each.mode is None]
        if unquoted or self.unsaid:
            yield (
                f"Failures{_at(unquoted)} were reported without the mode of the policy; "
                "whether that held mail back is not known."
            )

    def stopped(self) -> Iterator[str]:
        """What enforce would have held back."""
        if self.held_back:
            yield self._failed("With enforce, mail would have been")
        yield from self._without_count()

    def _failed(self, mail: str) -> str:
        """A sentence that says in how many sessions mail was held back, where, and when last."""
        relevant = [each for each in self._failures if self.mode in {"testing", each.mode}]
        where = _at(relevant)
        return (
            f"{mail} held back in {self.held_back:,} of {number(self.session_count, 'session')} "
            f"{between(self.days)},{where}{',' if where else ''} last on {self._last}."
        )

    def passed(self, mail: str, before: str) -> Iterator[str]:
        """A sentence that nothing was held back, and when mail was held back before."""
        if self.session_count or not self._unfetched:
            earlier = f"; before that, {before} on {self._last}" if self._last else ""
            sessions = number(self.session_count, "session")
            yield f"{mail} held back in {sessions} {between(self.days)}{earlier}."

    def _without_count(self) -> Iterator[str]:
        if self.uncounted:
            yield f"Failures{_at(self.uncounted)} were reported without a count."


def _at(failures: Iterable[Failure]) -> str:
    """Where something failed, as far as the reports say."""
    servers = dict.fromkeys(filter(None, (each.receiving_mx_hostname for each in failures)))
    return f" at {listed(map(clipped, servers))}" if servers else ""


def _below(count: int, least: int, noun: str, what: str) -> Iterator[str]:
    if count < least:
        yield f"There {'is' if count == 1 else 'are'} {number(count, noun)} {what}, not {least:,}."


def _too_new(since: tuple[date, int] | None, first: date, days: int) -> Iterator[str]:
    """That the policy has not been tested for long, as far as the reports go back."""
    if since is None:
        yield f"No sender that reported since {first} has quoted the policy in mode testing."
    elif since[0] > first:
        yield f"{_seen('testing', since)}, less than {number(days, 'day')} ago."


def _enforced_since(since: tuple[date, int] | None, days: Mapping[date, StsDay]) -> Iterator[str]:
    """That what was not held back may be due to testing, if the mode changed in the window."""
    if since is not None and any(
        day < since[0] and set(each.modes.values()) - {None, "enforce"}
        for day, each in days.items()
    ):
        yield f"{_seen('enforce', since)}."


def _seen(mode: str, since: tuple[date, int]) -> str:
    have = "has" if since[1] == 1 else "have"
    return f"{number(since[1], 'sender')} {have} seen mode {mode} only since {since[0]}"
