"""Findings that carry their fix, and the draft that the passes correct step by step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypedDict

from tlsrpt._catalogue import CATALOGUE, Severity, words
from tlsrpt._display import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable

# A hostile record could earn tens of thousands.
MAX_FINDINGS: Final = 1000


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


class EditDict(TypedDict):
    """An `Edit` in a `FindingDict`."""

    start: int
    end: int
    text: str


class FindingDict(TypedDict):
    """What `Finding.to_dict` returns: its members, with lists for tuples."""

    code: str
    severity: Severity
    message: str
    span: list[int]
    hint: str
    fix: list[EditDict] | None
    facts: dict[str, str | int]


class Finding(NamedTuple):
    """A mistake in a record, or a drawback of a valid record.

    Attributes:
        code: its stable name, in kebab-case.
        severity: ``"error"`` if the record does not work because of it; ``"warning"`` for a
            drawback that does not break the record, or not by itself.
        message: what is wrong, for the person who wrote it.
        span: the place, as a half-open range of characters of `CheckResult.text`.
        hint: what to write instead.
        fix: the edits that correct it, in order of place; None if a person has to decide. An edit
            that corrects several findings at once is in the fix of each of them.
        facts: what is in the message and the hint instead of the names in braces that
            `tlsrpt.codes.CODES` has; read-only, and safe to print.

    >>> from tlsrpt import check
    >>> finding = check("v=TLSRPTv1; rua=tls@example.com").findings[0]
    >>> finding.code, finding.severity, finding.span
    ('bare-address', 'error', (16, 31))
    >>> finding.hint, finding.fix
    ('write mailto:tls@example.com', (Edit(start=16, end=16, text='mailto:'),))
    >>> dict(finding.facts)
    {'uri': 'tls@example.com', 'cure': 'mailto:tls@example.com'}
    """

    code: str
    severity: Severity
    message: str
    span: tuple[int, int]
    hint: str
    fix: tuple[Edit, ...] | None
    facts: Mapping[str, str | int]

    def to_dict(self) -> FindingDict:
        """The finding as a `dict` for JSON."""
        edits: list[EditDict] = [
            {"start": start, "end": end, "text": well_formed(text)}
            for start, end, text in self.fix or ()
        ]
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "span": list(self.span),
            "hint": self.hint,
            "fix": edits or None,
            "facts": dict(self.facts),
        }


def make_finding(code: str, start: int, end: int, *edits: Edit, **facts: object) -> Finding:
    """A finding with words from the catalogue; without edits it has no fix."""
    _, message, hint, named = words(code, **facts)
    severity = CATALOGUE[code].severity
    return Finding(code, severity, message, (start, end), hint, edits or None, named)


def make_stray(code: str, start: int, end: int, **facts: object) -> Finding:
    """A finding whose fix is to remove what it is about."""
    return make_finding(code, start, end, Edit(start, end, ""), **facts)


class _Piece(NamedTuple):
    """A piece of a draft, and its place in the original text.

    Attributes:
        start: where it begins in the draft.
        end: where it ends there.
        first: where the place begins in the original.
        last: where the place ends there.
        is_written: whether an edit wrote the piece for all that is at the place; otherwise it is
            what the original has there, character for character.
    """

    start: int
    end: int
    first: int
    last: int
    is_written: bool

    def place(self, position: int) -> tuple[int, int]:
        """The place of the character at a position of the draft."""
        if self.is_written:
            return self.first, self.last
        place = self.first + position - self.start
        return place, place + 1


class Draft:
    """A text as the passes have corrected it, and where each piece of it comes from.

    An example: of ``v=TLSRPTv1; rua=a@example.com``, ``v=TLSRPTv1; rua=mailto:a@example.com`` was
    made. The first piece is the 16 characters before the address, and its place is 0 to 16; the
    second is ``mailto:``, written at the place 16 to 16; the third is the address, at 16 to 29.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces: list[_Piece] = [_Piece(0, len(text), 0, len(text), is_written=False)]
        self._starts = [0]
        self._is_edited = False
        self._found: list[Finding] = []
        self._more = 0
        self._more_errors = 0

    def take(self, findings: Iterable[Finding]) -> bool:
        """Take the findings of one pass and apply their edits, which must not overlap.

        Findings after the first `MAX_FINDINGS` are only counted.

        Returns:
            Whether the next pass can go on: there is room for its findings, and no finding without
            a fix ends the diagnosis.
        """
        edits: set[Edit] = set()
        goes_on = True
        for finding in findings:
            code, severity, message, span, hint, fix, facts = finding
            goes_on = goes_on and not (fix is None and CATALOGUE[code].ends)
            if len(self._found) == MAX_FINDINGS:
                self._more += 1
                self._more_errors += severity == "error"
                continue
            edits.update(fix or ())
            if self._is_edited:
                fix = fix and tuple(Edit(*self._place(edit[0], edit[1]), edit[2]) for edit in fix)
                place = self._place(*span)
                finding = Finding(code, severity, message, place, hint, fix, facts)  # noqa: PLW2901
            self._found.append(finding)
        if edits:
            self._apply(edits)
        return goes_on and not self._more

    def _apply(self, edits: set[Edit]) -> None:
        texts: list[str] = []
        pieces: list[_Piece] = []
        last = position = 0
        for start, end, text in sorted(edits):
            texts += self.text[last:start], text
            position = self._keep(pieces, position, last, start)
            if text:
                first, stop = self._place(start, end)
                pieces.append(_Piece(position, position + len(text), first, stop, True))  # noqa: FBT003
                position += len(text)
            last = end
        texts.append(self.text[last:])
        self._keep(pieces, position, last, len(self.text))
        self.text = "".join(texts)
        self._pieces = pieces
        self._starts = [piece[0] for piece in pieces]
        self._is_edited = True

    def _keep(self, pieces: list[_Piece], position: int, start: int, end: int) -> int:
        """Add the pieces of a stretch of the draft, cut where it begins and ends, to a new draft.

        Args:
            pieces: those of the new draft.
            position: where they end in it.
            start: where the stretch begins in this draft.
            end: where it ends.

        Returns:
            Where the pieces of the new draft end then.
        """
        index = bisect_right(self._starts, start) - 1
        while start < end:
            begin, stop, first, last, is_written = self._pieces[index]
            stop = min(end, stop)
            if not is_written:
                first, last = first + start - begin, first + stop - begin
            until = position + stop - start
            pieces.append(_Piece(position, until, first, last, is_written))
            position = until
            start = stop
            index += 1
        return position

    @property
    def has_more(self) -> bool:
        """Whether findings had to be left out, and their edits with them."""
        return self._more > 0

    def findings(self) -> tuple[Finding, ...]:
        """The findings in order of place, with places and edits in the original text.

        The last one says how many more there are, if not all were kept.
        """
        if self._is_edited:
            self._merge_edits()
        found = sorted(self._found, key=lambda finding: finding[3][0])
        if self.has_more:
            end = self._place(len(self.text), len(self.text))[1]
            counts = {"count": self._more, "errors": self._more_errors}
            more = make_finding("more-findings", end, end, **counts)
            found.append(more._replace(severity="error") if self._more_errors else more)
        return tuple(found)

    def _merge_edits(self) -> None:
        """Give each finding the final edits of all findings whose edits touch its own."""
        groups: list[list[int]] = []
        for start, end, _ in sorted(edit for found in self._found for edit in found.fix or ()):
            if groups and (start < groups[-1][1] or start == groups[-1][0]):
                groups[-1][1] = max(end, groups[-1][1])
            else:
                groups.append([start, end])
        starts = [start for start, _ in groups]
        # All that the original has in a group was replaced at some time.
        texts: list[list[str]] = [[] for _ in groups]
        for piece in self._pieces:
            if piece.is_written:
                index = bisect_right(starts, piece.first) - 1
                texts[index].append(self.text[piece.start : piece.end])
        edits = [
            Edit(start, end, "".join(text))
            for (start, end), text in zip(groups, texts, strict=True)
        ]
        for i, finding in enumerate(self._found):
            if finding.fix:
                own = {bisect_right(starts, edit[0]) - 1 for edit in finding.fix}
                fix = tuple([edits[index] for index in sorted(own)])
                self._found[i] = Finding(*finding[:5], fix, finding.facts)

    def _place(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a stretch of the draft."""
        if start < end:
            return self._at(start)[0], self._at(end - 1)[1]
        if 0 < start < len(self.text):
            # Inside what an edit has written, or between two characters
            before, after = self._at(start - 1), self._at(start)
            return after if before == after else (after[0], after[0])
        place = 0
        if self.text:
            place = self._at(start - 1)[1] if start else self._at(0)[0]
        return place, place

    def _at(self, position: int) -> tuple[int, int]:
        """The place in the original of one character of the draft."""
        return self._pieces[bisect_right(self._starts, position) - 1].place(position)
