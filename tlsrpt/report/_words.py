"""Words that the command, the page and the verdicts share. All is safe to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlsrpt._display import clipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

_WEEK: Final = 7
_MAX_SPANS: Final = 3


def number(count: int, noun: str) -> str:
    """A count with its noun.

    >>> number(1, "session"), number(1200, "session")
    ('1 session', '1,200 sessions')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def share(part: float) -> str:
    """A share in percent, which is 0 or 100 only if it is exactly that.

    >>> share(0.0), share(0.00001), share(0.0902), share(0.99999), share(1.0)
    ('0%', '<0.1%', '9.0%', '>99.9%', '100%')
    """
    if part in {0.0, 1.0}:
        return f"{part:.0%}"
    return "<0.1%" if part < 0.001 else ">99.9%" if part > 0.999 else f"{part:.1%}"


def between(days: Collection[date]) -> str:
    """The first and the last of some days.

    >>> from datetime import date
    >>> between([date(2025, 3, 1)]), between([date(2025, 3, 1), date(2025, 3, 9)])
    ('on 2025-03-01', 'from 2025-03-01 to 2025-03-09')
    """
    first, last = min(days), max(days)
    return f"on {first}" if first == last else f"from {first} to {last}"


def spans(days: Sequence[date]) -> str:
    """Some days in order, as up to three spans that are more than a week apart.

    >>> from datetime import date
    >>> spans([date(2025, 3, 1), date(2025, 3, 2), date(2025, 8, 1)])
    'from 2025-03-01 to 2025-03-02 and on 2025-08-01'
    >>> spans([date(2025, month, 1) for month in (1, 3, 5, 7)])
    'on 4 days from 2025-01-01 to 2025-07-01'
    """
    runs = [[days[0]]]
    for day in days[1:]:
        if (day - runs[-1][-1]).days > _WEEK:
            runs.append([])
        runs[-1].append(day)
    if len(runs) > _MAX_SPANS:
        return f"on {len(days):,} days {between(days)}"
    return listed(map(between, runs))


def name(text: str | None) -> str:
    """A name, or that there is none."""
    return "(not named)" if text is None else clipped(text)


def not_shown(count: int, noun: str) -> str:
    """That a list is cut.

    >>> not_shown(1, "problem"), not_shown(2000, "problem")
    ('1 more problem is not shown.', '2,000 more problems are not shown.')
    """
    return f"{number(count, f'more {noun}')} {'is' if count == 1 else 'are'} not shown."


def notes(claimed_reports: int, served: Collection[str]) -> Iterator[str]:
    """How a domain came to its name, and whose mail server it is.

    >>> list(notes(0, [])), list(notes(0, ["example.com"]))
    ([], ['This is a mail server of example.com.'])
    """
    if served:
        yield f"This is a mail server of {listed(map(name, served))}."
    if claimed_reports:
        verb = "names" if claimed_reports == 1 else "name"
        yield (
            f"{number(claimed_reports, 'report')} {verb} no domain; the mail's TLS-Report-Domain "
            "header does. That is the sender's claim."
        )


def listed(texts: Iterable[str], limit: int = 5) -> str:
    """Some texts in a sentence, and how many more there are.

    >>> listed(["a"]), listed(["a", "b", "c"]), listed("abcdefg")
    ('a', 'a, b and c', 'a, b, c, d, e and 2 more')
    """
    whole = list(texts)
    if len(whole) > limit:
        whole[limit:] = [f"{len(whole) - limit:,} more"]
    return whole[0] if len(whole) == 1 else f"{', '.join(whole[:-1])} and {whole[-1]}"
