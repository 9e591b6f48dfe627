"""Tables of sessions, cut to a length that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from tlsrpt.report._summary import Totals
from tlsrpt.report._tree import element, prose
from tlsrpt.report._words import name, share

if TYPE_CHECKING:
    from datetime import date
    from xml.etree.ElementTree import Element

_Item = TypeVar("_Item")

# Hostile reports have 80,000 failure details.
MAX_ROWS: Final = 30

# The titles of numbers, which stand on the right, begin with a tab.
FIGURES: Final = ("\tSessions", "\tFailed", "\tShare")


def table(caption: str, titles: Iterable[str], rows: Iterable[Element], kind: str = "") -> Element:
    """A table; of the kind ``stack``, each row becomes a block on narrow screens."""
    head = [
        element("th", title.lstrip("\t"), scope="col", class_="number" if "\t" in title else "")
        for title in titles
    ]
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", *rows),
        class_=kind,
    )


def row(title: Element | str, *cells: Element) -> Element:
    """A row with a heading."""
    heading = prose(title) if isinstance(title, str) else [title]
    return element("tr", element("th", *heading, scope="row"), *cells)


def text_cell(text: str) -> Element:
    """A cell with words of ours."""
    return element("td", *prose(text))


def number_cell(text: str, unit: str, *, is_bad: bool = False) -> Element:
    """A cell with a number, and the unit that it has where its column has no title."""
    return element("td", text, class_="number bad" if is_bad else "number", data_unit=unit)


def figures(*each: Totals) -> list[Element]:
    """The cells of `FIGURES` for some totals, added up."""
    return figure_cells(*added(each))


def figure_cells(sessions: int, failed: int) -> list[Element]:
    """The cells of `FIGURES`."""
    # Zeros all the way down would hide what is not zero.
    shown = share(failed / sessions) if failed else ""
    return [
        number_cell(f"{sessions:,}", "sessions"),
        number_cell(f"{failed:,}", "failed", is_bad=failed > 0),
        number_cell(shown, ""),
    ]


def added(each: Iterable[Totals]) -> tuple[int, int]:
    """The sessions of some totals, and how many of them failed."""
    pairs = [(totals.total_session_count, totals.total_failure_session_count) for totals in each]
    return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)


def cut(items: Sequence[_Item]) -> tuple[Sequence[_Item], str]:
    """The first items, and a sentence about the others."""
    more = len(items) - MAX_ROWS
    return items[:MAX_ROWS], f" {more:,} more are not shown." if more > 0 else ""


def span(first: date, last: date) -> str:
    """The days from the first to the last."""
    return f"{first}" if first == last else f"{first} to {last}"


def theirs(text: str | None) -> Element:
    """A name from a stranger."""
    return isolated(name(text))


def isolated(text: str) -> Element:
    """A text with names from strangers.

    It is isolated, so right-to-left text does not reorder what is beside it.
    """
    return element("bdi", text, dir="ltr")
