"""Quotation marks around a record, its strings in them, and the escapes in those.

The strings of one TXT record are joined (RFC 8460 section 3). A string on a line of its own may
belong to another record, unless the two plainly go together or are in parentheses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tlsrpt._diagnosis.edits import Edit, Finding, make_finding
from tlsrpt._diagnosis.spelling import LINE_END, NAMES_ENDPOINT
from tlsrpt._version import find_version, version_at

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTATION_MARKS: Final = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
# What belongs to a record is not merely text beside it.
OF_RECORD: Final = re.compile(r"mailto|https?:|(?<![a-z])rua\b|\bv\s*=", re.IGNORECASE)

_MARK: Final = re.compile(f"[{QUOTATION_MARKS}]")
OPENING: Final = re.compile(rf"(?P<marks>(?:[{QUOTATION_MARKS}]|\\\"){{1,9}})\s*")
MARKS_BEFORE: Final = re.compile(rf"(?<![{QUOTATION_MARKS}\\])[{QUOTATION_MARKS}\\]+\s*\Z")
_AFTER_CLOSING: Final = re.compile(rf"[{QUOTATION_MARKS}\\]*")
_UP_TO_ESCAPE: Final = re.compile(r'[^"\\]*')
_UP_TO_MARK: Final = re.compile(rf"[^{QUOTATION_MARKS}]*")
# A backslash is doubled by programs, and by JSON around the marks and escapes of a zone file (kdig
# +json). A zone file itself does that, too.
_ESCAPED_TWICE: Final = re.compile(r"\\\\+(?!;)")
# How text beside a quoted record begins; another word may be a further string of it.
_APART: Final = re.compile(
    r"\s*(?:[()\]}>,;|#\n]|\.?\Z|//\s)|\s+(?:ttl\b|[0-9]+\s*\Z)", re.IGNORECASE
)
_GAP: Final = re.compile(r'(\\?")(\s*)\1')
# Where one record goes on in the string of the next line: the end of a string and the beginning of
# the next, the first two if they are together and nothing before them names an endpoint.
_FIELD_END: Final = re.compile(r";\s*\Z")
_RUA_BEGINNING: Final = re.compile(r"\s*rua\s*=", re.IGNORECASE)
_LONGEST_OPEN_END: Final = 9
_OPEN_END: Final = re.compile(r"(?:[^;\s],|\brua\s*=)\s*\Z", re.IGNORECASE)
_SEPARATOR_BEGINNING: Final = re.compile(r"\s*[;,]")
# RFC 1035 section 5.1. A letter may be a program's escape instead, so it is left alone. Octets are
# read together, since characters have up to four in UTF-8, of which 252 is a multiple.
_ESCAPES: Final = re.compile(
    r"(?P<octets>(?:\\(?:[01][0-9]{2}|2[0-4][0-9]|25[0-5])){1,252})|\\(?P<character>[^0-9A-Za-z\s])"
)


def quoted(text: str, opening: re.Match[str], end: int, *, is_grouped: bool) -> Iterator[Finding]:
    """The marks around the record and between its strings, the escapes, and the text after them.

    Args:
        text: the text.
        opening: the match of `OPENING`, where the marks begin.
        end: where the text without whitespace after it ends.
        is_grouped: whether the strings are in parentheses, so that they go over lines.
    """
    mark = '\\"' if opening["marks"].endswith('\\"') else opening["marks"][-1]
    is_within = mark != '"' or _MARK.search(text, 0, opening.end("marks") - 1)
    if is_within and _ESCAPED_TWICE.search(text, opening.end(), end):
        yield make_finding("surrounding-quotes", *opening.span())
        return
    edits = [Edit(*opening.span(), "")]
    place = opening.end()
    has_endpoint = False
    while True:
        close = _closing(mark, text, place, end)
        if mark in {'"', '\\"'}:
            edits += map(_unescaped, _ESCAPES.finditer(text, place, close))
        gap = _GAP.match(text, close, end)
        # If the opening mark is doubled, so is the closing one.
        if gap is None or (gap[2] == "" and opening["marks"].endswith(2 * mark)):
            break
        has_endpoint = has_endpoint or NAMES_ENDPOINT.search(text, place, close) is not None
        is_one = is_grouped or not LINE_END.search(gap[2])
        is_one = is_one or _goes_on(text, gap, has_endpoint=has_endpoint)
        version = version_at(text, gap.end(), end)
        if (version and version.kind and not version.is_bare) or not is_one:
            yield make_finding("several-records", gap.end() - len(mark), end)
            return
        edits.append(Edit(*gap.span(), ""))
        place = gap.end()
    if place < close == end and text[end - 1] in QUOTATION_MARKS:
        # Another mark than the one that opened the string, and it may belong to an endpoint.
        edits = []
    if close < end and not (mark == '"' and text[close] == "\\"):
        after = _AFTER_CLOSING.match(text, close, end).end()  # type: ignore[union-attr]
        body = text[place:close].rstrip()
        last = close if body.endswith(";") else place + len(body)
        edits.append(Edit(last, after, ""))
        yield from _after(text, after, end)
    yield make_finding("surrounding-quotes", *opening.span(), *edits)


def _goes_on(text: str, gap: re.Match[str], *, has_endpoint: bool) -> bool:
    """Whether the string on the next line plainly belongs to the record before it."""
    end = text[max(0, gap.start() - _LONGEST_OPEN_END) : gap.start()]
    if _OPEN_END.search(end) or _SEPARATOR_BEGINNING.match(text, gap.end()):
        return True
    is_next_field = _FIELD_END.search(end) and _RUA_BEGINNING.match(text, gap.end())
    return bool(is_next_field and not has_endpoint)


def _closing(mark: str, text: str, start: int, end: int) -> int:
    """Where the string that begins at a place ends: at its closing mark, if there is one."""
    if mark == '\\"':
        close = text.find(mark, start, end)
        return end if close < 0 else close
    if mark != '"':
        return _UP_TO_MARK.match(text, start, end).end()  # type: ignore[union-attr]
    while True:
        close = _UP_TO_ESCAPE.match(text, start, end).end()  # type: ignore[union-attr]
        if text[close : close + 1] != "\\" or close + 1 >= end:
            return close
        start = close + 2


def _unescaped(escape: re.Match[str]) -> Edit:
    if escape["character"]:
        return Edit(*escape.span(), escape["character"])
    values = bytes(map(int, escape["octets"][1:].split("\\")))
    return Edit(*escape.span(), values.decode("utf-8", "surrogateescape"))


def _after(text: str, start: int, end: int) -> Iterator[Finding]:
    """Text after the closing mark, unless it may be a part of the record."""
    rest = text[start:end]
    if version := find_version(text, start, end):
        yield make_finding("several-records", version.start, end)
    elif rest.strip():
        is_clear = _APART.match(rest) and not (OF_RECORD.search(rest) or "@" in rest or '"' in rest)
        edits = [Edit(start, end, "")] if is_clear else []
        yield make_finding("text-after", start, end, *edits, text=rest.strip())
