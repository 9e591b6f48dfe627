"""Findings that carry their fix, and the draft that the passes correct step by step."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from tlsrpt._catalogue import CATALOGUE, Severity, words

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
        fix = None if self.fix is None else [edit._asdict() for edit in self.fix]
        return {**self._asdict(), "span": list(self.span), "fix": fix}


def find(code: str, start: int, end: int, *edits: Edit, **facts: object) -> Finding:
    """A finding with words from the catalogue; without edits it has no fix."""
    _, message, hint = words(code, **facts)
    return Finding(code, CATALOGUE[code].severity, message, (start, end), hint, edits or None)


def find_stray(code: str, start: int, end: int, **facts: object) -> Finding:
    """A finding whose fix is to remove what it is about."""
    return find(code, start, end, Edit(start, end, ""), **facts)


class _Piece(NamedTuple):
    """A stretch of the draft: kept from the original or, with owners, written by their edits."""

    start: int
    end: int
    text: str
    owners: frozenset[int] = frozenset()


class Draft:
    """A text as the passes have corrected it, and where each piece of it is in the original."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces = [_Piece(0, len(text), text)]
        self._starts = [0]
        self._found: list[Finding] = []

    def take(self, findings: Iterable[Finding]) -> None:
        """Take the findings of one pass and apply their edits, which must not overlap."""
        edits: dict[Edit, set[int]] = {}
        for finding in findings:
            for edit in finding.fix or ():
                edits.setdefault(edit, set()).add(len(self._found))
            start, end = finding.span
            first = self._original(start)
            last = first if start == end else self._original(end, is_end=True)
            self._found.append(finding._replace(span=(first, last)))
        if edits:
            self._apply(edits)

    def findings(self) -> tuple[Finding, ...]:
        """The findings in order of place, with places and edits in the original text."""
        fixes: dict[int, list[Edit]] = {}
        for start, end, text, owners in self._pieces:
            for owner in owners:
                fixes.setdefault(owner, []).append(Edit(start, end, text))
        findings = [
            finding._replace(fix=tuple(fixes[index]) if finding.fix else None)
            for index, finding in enumerate(self._found)
        ]
        return tuple(sorted(findings, key=lambda finding: finding.span[0]))

    def _original(self, place: int, *, is_end: bool = False) -> int:
        """The place in the original text of a place in the draft."""
        index = (bisect_left if is_end else bisect_right)(self._starts, place) - 1
        piece = self._pieces[index]
        if piece.owners:
            return piece.end if is_end else piece.start
        return piece.start + place - self._starts[index]

    def _apply(self, edits: dict[Edit, set[int]]) -> None:
        pieces = self._cut({place for edit in edits for place in edit[:2]})
        place = index = 0
        written: list[_Piece] = []
        for edit in sorted(edits):
            while index < len(pieces) and place + len(pieces[index].text) <= edit.start:
                place += len(pieces[index].text)
                written.append(pieces[index])
                index += 1
            start = end = pieces[index].start if index < len(pieces) else pieces[-1].end
            owners = edits[edit]
            if written and index < len(pieces):
                # Of text that an edit has written, and that is cut in two here
                owners |= written[-1].owners & pieces[index].owners
            while index < len(pieces) and place < edit.end:
                place += len(pieces[index].text)
                end = pieces[index].end
                owners |= pieces[index].owners
                index += 1
            written.append(_Piece(start, end, edit.text, frozenset(owners)))
        self._pieces = _joined([*written, *pieces[index:]])
        self._starts = [0, *accumulate(len(piece.text) for piece in self._pieces[:-1])]
        self.text = "".join(piece.text for piece in self._pieces)

    def _cut(self, places: set[int]) -> list[_Piece]:
        """The pieces, cut in two at each of the places in the draft.

        Text that an edit has written cannot be told apart: its first part has all of the place in
        the original, and since the parts have the same owners they come together again.
        """
        ordered = sorted(places)
        pieces: list[_Piece] = []
        for piece, first in zip(self._pieces, self._starts, strict=True):
            last = first + len(piece.text)
            inner = ordered[bisect_right(ordered, first) : bisect_left(ordered, last)]
            for begin, end in pairwise([first, *inner, last]):
                text = piece.text[begin - first : end - first]
                if piece.owners:
                    start = piece.start if begin == first else piece.end
                    pieces.append(_Piece(start, piece.end, text, piece.owners))
                else:
                    offset = piece.start - first
                    pieces.append(_Piece(begin + offset, end + offset, text))
        return pieces


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces, with neighbours joined that are one edit: of one finding, or at one place."""
    groups: list[list[_Piece]] = []
    owners: set[int] = set()
    for piece in pieces:
        is_one_place = bool(owners and piece.owners) and groups[-1][-1].start == piece.start
        if is_one_place or not owners.isdisjoint(piece.owners):
            groups[-1].append(piece)
            owners |= piece.owners
        else:
            groups.append([piece])
            owners = set(piece.owners)
    return [
        _Piece(
            group[0].start,
            group[-1].end,
            "".join(piece.text for piece in group),
            frozenset().union(*(piece.owners for piece in group)),
        )
        if len(group) > 1
        else group[0]
        for group in groups
    ]
