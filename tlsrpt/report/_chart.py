"""Sessions over time: bars, the drawing of them, and the table with their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt.report._summary import Totals
from tlsrpt.report._tree import element

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# So many bars can be told apart on a page. A bar is a day, a week or four weeks.
_MAX_BARS: Final = 120
_DAYS_PER_BAR: Final = {1: "day", 7: "week", 28: "four weeks"}
# A day by itself would be one broad block.
_LEAST_DAYS: Final = 7
# The scale of failures: one failure is no bar from bottom to top.
_LEAST_TOP: Final = 5
# In units of the drawing, which is stretched to the width of the page.
_HEIGHT: Final = 100
_STEP: Final = 10
_GAP: Final = 2
# What is there at all can be seen.
_LEAST_HEIGHT: Final = 2


class Bar(NamedTuple):
    """The sessions of some days in a row; those of days without a report are None."""

    first: date
    last: date
    sessions: int | None
    failed: int

    @property
    def name(self) -> str:
        """The days."""
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


class Bars(NamedTuple):
    """Bars of equal width, the last one ending on the last day.

    Attributes:
        unit: what one bar stands for: ``day``, ``week`` or ``four weeks``.
        bars: the bars, at least one.
        earlier: the number of sessions before the first bar.
    """

    unit: str
    bars: Sequence[Bar]
    earlier: int


def bars(by_day: Mapping[date, Totals]) -> Bars:
    """The bars for some days, at least one.

    For example, 200 days up to a Friday are 29 weeks, each from a Saturday to a Friday.
    """
    # Reports may be dated as they like: there is no day before the first of year 1.
    last = max(by_day).toordinal()
    days = last + 1 - max(min(min(by_day).toordinal(), last + 1 - _LEAST_DAYS), 1)
    width = next((each for each in _DAYS_PER_BAR if days <= each * _MAX_BARS), max(_DAYS_PER_BAR))
    count = min(-(-days // width), _MAX_BARS)
    sessions: dict[int, int] = {}
    failed = [0] * count
    earlier = 0
    for day, totals in by_day.items():
        place = count - 1 - (last - day.toordinal()) // width
        if place < 0:
            earlier += totals.total_session_count
        else:
            sessions[place] = sessions.get(place, 0) + totals.total_session_count
            failed[place] += totals.total_failure_session_count
    drawn: list[Bar] = []
    for place in range(count):
        end = last - (count - 1 - place) * width
        start = date.fromordinal(max(end - width + 1, 1))
        drawn.append(Bar(start, date.fromordinal(end), sessions.get(place), failed[place]))
    return Bars(_DAYS_PER_BAR[width], drawn, earlier)


def chart(drawn: Bars) -> Element:
    """The bars: all sessions, and below them, on a scale of their own, those that failed."""
    each = drawn.bars
    first, middle, last = each[0].first, each[len(each) // 2].first, each[-1].last
    span = f"{first} to {last}"
    top = max(bar.sessions or 0 for bar in each)
    top_failed = max(bar.failed for bar in each)
    axis = [first, middle, last] if len(each) > 2 else sorted({first, last})
    drawings = [
        _drawing(f"Sessions per {drawn.unit}", f"up to {top:,}", span, each, max(top, 1), "bar")
    ]
    if top_failed:
        failed = [bar._replace(sessions=bar.failed) for bar in each]
        drawings.append(
            _drawing(
                f"Failed per {drawn.unit}",
                f"up to {top_failed:,}; own scale",
                span,
                failed,
                max(top_failed, _LEAST_TOP),
                "bar failed",
            )
        )
    days = element("p", *(element("span", str(day)) for day in axis), class_="axis")
    return element("figure", *drawings, days)


def _drawing(  # noqa: PLR0913, PLR0917 - all that two drawings differ in
    title: str, scale: str, span: str, each: Sequence[Bar], top: int, kind: str
) -> Element:
    drawn = [
        element(
            "rect",
            element("title", f"{bar.name}: {bar.sessions:,}"),
            class_=kind,
            x=str(place * _STEP + _GAP // 2),
            y=f"{_HEIGHT - height:g}",
            width=str(_STEP - _GAP),
            height=f"{height:g}",
        )
        for place, bar in enumerate(each)
        if bar.sessions
        for height in [max(round(bar.sessions / top * _HEIGHT, 1), _LEAST_HEIGHT)]
    ]
    return element(
        "div",
        element("p", element("span", title), element("span", scale), class_="axis"),
        element(
            "svg",
            *drawn,
            class_=kind,
            viewBox=f"0 0 {len(each) * _STEP} {_HEIGHT}",
            preserveAspectRatio="none",
            role="img",
            aria_label=f"{title}, {span}: {scale}. The figures are in the table below.",
        ),
    )
