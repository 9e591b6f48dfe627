"""Findings that carry their fix, and the draft that the passes correct step by step."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from tlsrpt._catalogue import CATALOGUE, Severity, words
from tlsrpt._display import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable


class Edit(NamedTuple):
    """A replacement: the characters from `start` up to `end` become `text`.

    Attributes:
        start: the first character that is replaced, counted from 0.
        end: the end of what is replaced, as in a slice; equal to `start` for an insertion.
        text: what is written instead.
    """

    start: int
    end: int
    text: str


class Finding(NamedTuple):
    """A mistake in a record, or a drawback of a valid one.

    Attributes:
        code: its stable name, in kebab-case.
        severity: ``"error"`` if it keeps the record from working; ``"warning"`` for a drawback that
            does not, or not by itself.
        message: what is wrong, for the person who wrote it.
        span: the place, as a half-open range of characters of `CheckResult.text`.
        hint: what to write instead.
        fix: the edits that correct it, in order of place; None if a person has to decide. An edit
            that corrects several findings at once is in the fix of each.

    >>> from tlsrpt import check
    >>> finding = check("v=TLSRPTv1; rua=tls@example.com").findings[0]
    >>> finding.code, finding.severity, finding.span
    ('bare-address', 'error', (16, 31))
    >>> finding.hint, finding.fix
    ('write mailto:tls@example.com', (Edit(start=16, end=16, text='mailto:'),))
    """

    code: str
    severity: Severity
    message: str
    span: tuple[int, int]
    hint: str
    fix: tuple[Edit, ...] | None

    def to_dict(self) -> dict[str, object]:
        """The finding as a `dict` for JSON."""
        edits = [edit._replace(text=well_formed(edit.text))._asdict() for edit in self.fix or ()]
        return {**self._asdict(), "span": list(self.span), "fix": edits or None}


def find(code: str, start: int, end: int, *edits: Edit, **facts: object) -> Finding:
    """A finding with words from the catalogue; without edits it has no fix."""
    _, message, hint = words(code, **facts)
    return Finding(code, CATALOGUE[code].severity, message, (start, end), hint, edits or None)


def find_stray(code: str, start: int, end: int, **facts: object) -> Finding:
    """A finding whose fix is to remove what it is about."""
    return find(code, start, end, Edit(start, end, ""), **facts)


class Draft:
    """A text as the passes have corrected it, and where each character comes from.

    The place of a character is a half-open range of the original text: of one character, or, for
    what an edit has written, all that the edit has replaced.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._places = [(i, i + 1) for i in range(len(text))]
        self._found: list[Finding] = []

    def take(self, findings: Iterable[Finding]) -> None:
        """Take the findings of one pass and apply their edits, which must not overlap."""
        edits: set[Edit] = set()
        for finding in findings:
            fix = finding.fix and tuple(
                Edit(*self._place(edit.start, edit.end), edit.text) for edit in finding.fix
            )
            edits.update(finding.fix or ())
            self._found.append(finding._replace(span=self._place(*finding.span), fix=fix))
        if edits:
            self._apply(edits)

    def _apply(self, edits: set[Edit]) -> None:
        texts: list[str] = []
        places: list[tuple[int, int]] = []
        last = 0
        for start, end, text in sorted(edits):
            texts += self.text[last:start], text
            places += self._places[last:start]
            places += [self._place(start, end)] * len(text)
            last = end
        self.text = "".join([*texts, self.text[last:]])
        self._places = places + self._places[last:]

    def findings(self) -> tuple[Finding, ...]:
        """The findings in order of place, with places and edits in the original text."""
        groups: list[list[int]] = []
        for start, end, _ in sorted(edit for found in self._found for edit in found.fix or ()):
            if groups and (start < groups[-1][1] or start == groups[-1][0]):
                groups[-1][1] = max(end, groups[-1][1])
            else:
                groups.append([start, end])
        starts = [start for start, _ in groups]
        texts: list[list[str]] = [[] for _ in groups]
        for character, (start, end) in zip(self.text, self._places, strict=True):
            index = bisect_right(starts, start) - 1
            if index >= 0 and (start == end or start < groups[index][1]):
                texts[index].append(character)
        edits = [
            Edit(start, end, "".join(text))
            for (start, end), text in zip(groups, texts, strict=True)
        ]
        for i, finding in enumerate(self._found):
            own = {bisect_right(starts, edit.start) - 1 for edit in finding.fix or ()}
            fix = tuple(edits[index] for index in sorted(own))
            self._found[i] = finding._replace(fix=fix or None)
        return tuple(sorted(self._found, key=lambda finding: finding.span[0]))

    def _place(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a stretch of the draft."""
        places = self._places
        if start < end:
            return places[start][0], places[end - 1][1]
        if 0 < start < len(places):
            # Inside what an edit has written, or between two characters
            before, after = places[start - 1 : start + 1]
            return after if before == after else (after[0], after[0])
        place = 0
        if places:
            place = places[-1][1] if start else places[0][0]
        return place, place
