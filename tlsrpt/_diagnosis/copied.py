"""What was copied along with a record: invisible characters, quotation marks, a zone line's front.

Each pass here is a function from a text to findings. If one of `surroundings` has no fix, it is not
clear where the record begins and ends, and no later pass looks at the text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from tlsrpt._abnf import WSP
from tlsrpt._diagnosis.edits import Edit, Finding, find, find_stray
from tlsrpt._diagnosis.spelling import ENDPOINT, LINE_END, NAMES_ENDPOINT
from tlsrpt._display import name_of
from tlsrpt.domain import DRAFT_PREFIXES, OWNER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

# Wide forms of ASCII (U+FF01 to U+FF5E), and the hyphens of word processors.
_LOOK_ALIKES: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    [0x2010, 0x2011], ord("-")
)
_LOOK_ALIKE: Final = re.compile("[\uff01-\uff5e\u2010\u2011]+")
# Invisible formatting characters, without the two joiners, which domains can hold (RFC 5892).
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]+"
)

# Those that change the order in which the rest is shown (UAX #9): embeddings, overrides, isolates
_REORDERING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")

_SOME_VERSION: Final = re.compile(r"v\s*=\s*t[lsrpt]{4,6}v?1", re.IGNORECASE)
_ANY_VERSION: Final = re.compile(r"v\s*=\s*(?:tls|spf|dmarc|sts|dkim|bimi)", re.IGNORECASE)
# The front of a zone line or of a line from dig, up to the strings (RFC 1035 section 5.1).
_ZONE_FRONT: Final = re.compile(
    r"(?:[-*]\s+)?(?:(?P<owner>[\w\\][^\s=;@\"'`]*|@)[ \t]+)??"
    r"(?:(?:IN|[0-9]+|(?:[0-9]+[wdhms]){1,5})[ \t]+){0,2}TXT[ \t]+(?P<open>\([ \t\r\n]*)?",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(rf";\s*({ENDPOINT.pattern})", re.IGNORECASE)
# What belongs to a record is not merely text beside it.
_OF_RECORD: Final = re.compile(r"mailto|https?:|(?<![a-z])rua\b|\bv\s*=", re.IGNORECASE)
_OF_UNQUOTED_RECORD: Final = re.compile(rf"[;@]|//|{_OF_RECORD.pattern}", re.IGNORECASE)
# The label of a form, or the owner name. After a bracket or a sentence, what closes it would be
# taken for a part of the record.
_LABEL: Final = re.compile(r".*[:=,]\s*|(?:.*\s)?_smtp\._tls\S*\s+", re.IGNORECASE | re.DOTALL)
_PLAIN_END: Final = re.compile(r"[A-Za-z0-9/=](?:[ \t]*;)?\Z")

_MARKS: Final = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
_MARK: Final = re.compile(f"[{_MARKS}]")
_OPENING: Final = re.compile(rf"(?P<marks>(?:[{_MARKS}]|\\\"){{1,9}})\s*")
_MARKS_BEFORE: Final = re.compile(rf"(?<![{_MARKS}\\])[{_MARKS}\\]+\s*\Z")
_AFTER_CLOSING: Final = re.compile(rf"[{_MARKS}\\]*")
_UP_TO_ESCAPE: Final = re.compile(r'[^"\\]*')
_UP_TO_MARK: Final = re.compile(rf"[^{_MARKS}]*")
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


def characters(text: str) -> Iterator[Finding]:
    """Characters that are not what they look like: wide forms of ASCII, and invisible ones."""
    for run in _LOOK_ALIKE.finditer(text):
        cure = run[0].translate(_LOOK_ALIKES)
        edit = Edit(*run.span(), cure)
        yield find("look-alike", *run.span(), edit, characters=run[0], cure=cure)
    for run in _INVISIBLE.finditer(text):
        if reordering := _REORDERING.search(run[0]):
            # What its author saw is not what is there, so nobody else can correct it.
            yield find("bidi-control", *run.span(), character=name_of(reordering[0]))
        else:
            yield find_stray("control-character", *run.span(), character=name_of(run[0][0]))


def octets(text: str) -> Iterator[Finding]:
    """Octets that are not UTF-8, each of them a lone surrogate in the text (PEP 383)."""
    for run in re.finditer("[\ud800-\udfff]+", text):
        yield find("not-utf-8", *run.span(), character=name_of(run[0][0]))


def surroundings(text: str) -> Iterator[Finding]:
    """Whitespace, text and quotation marks around the record, and the escapes inside the marks."""
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    if start == end:
        yield find("empty-record", 0, end)
        return
    while _is_blank(text[end - 1]):
        end -= 1
    if start:
        yield _edge(text, 0, start)
    # Whitespace after the last semicolon is in the grammar (RFC 8460 section 3, field-delim).
    if text[end:].strip(WSP) or (text[end:] and text[end - 1] != ";"):
        yield _edge(text, end, len(text))
    front = _ZONE_FRONT.match(text, start, end)
    if front:
        yield from _zone_front(front, is_tlsrpt=bool(_SOME_VERSION.search(text, front.end(), end)))
        start = front.end()
    version = _SOME_VERSION.search(text, start, end)
    if version:
        marks = _MARKS_BEFORE.search(text, start, version.start())
        begin = version.start() if marks is None else marks.start()
        before = text[start:begin]
        is_quoted = begin < version.start()
        of_record = _OF_RECORD if is_quoted else _OF_UNQUOTED_RECORD
        if before.strip() and not of_record.search(before):
            is_clear = _is_label(before, text[begin:end], quoted=is_quoted)
            edits = [Edit(start, begin, "")] if is_clear else []
            yield find("text-before", start, begin, *edits, text=before.strip())
            start = begin
    opening = _OPENING.match(text, start, end)
    if front and not opening and (comment := _COMMENT.search(text, front.end(), end)):
        # In a zone file, it is not a part of the record.
        yield find("text-after", comment.start(1), end, text=text[comment.start(1) : end])
    elif opening:
        yield from _quoted(text, opening, end, is_grouped=bool(front and front["open"]))


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}


def _edge(text: str, start: int, end: int) -> Finding:
    edge = text[start:end]
    code = "outer-whitespace" if edge.isspace() else "control-character"
    code = "line-end" if "\n" in edge or "\r" in edge else code
    character = name_of((edge.strip() or edge)[0])
    return find_stray(code, start, end, character=character)


def _zone_front(front: re.Match[str], *, is_tlsrpt: bool) -> Iterator[Finding]:
    edit = Edit(*front.span(), "")
    # RFC 1035 section 5.1: an escape of a character that needs none
    owner = (front["owner"] or "@").replace(r"\_", "_")
    if is_tlsrpt and not f"{owner.lower()}.".startswith((f"{OWNER_PREFIX}.", "@.")):
        is_draft = owner.lower().startswith(DRAFT_PREFIXES)
        code = "pre-standard-name" if is_draft else "zone-owner"
        yield find(code, *front.span("owner"), edit, name=owner)
    yield find("zone-line", *front.span(), edit, prefix=" ".join(front[0].split()))


def _is_label(before: str, record: str, *, quoted: bool) -> bool:
    if quoted:
        # After a string, the record may be its continuation, or another record.
        return before.rstrip()[-1] not in _MARKS
    return bool(_LABEL.fullmatch(before) and _PLAIN_END.search(record))


def _quoted(text: str, opening: re.Match[str], end: int, *, is_grouped: bool) -> Iterator[Finding]:
    """The marks around the record and between its strings, the escapes, and the text after them.

    The strings of one TXT record are joined (RFC 8460 section 3). A string on a line of its own may
    belong to another record, unless the two plainly go together or are in parentheses.
    """
    mark = '\\"' if opening["marks"].endswith('\\"') else opening["marks"][-1]
    is_within = mark != '"' or _MARK.search(text, 0, opening.end("marks") - 1)
    if is_within and _ESCAPED_TWICE.search(text, opening.end(), end):
        yield find("surrounding-quotes", *opening.span())
        return
    edits = [Edit(*opening.span(), "")]
    place = opening.end()
    has_endpoint = False
    while True:
        close = _closing(mark, text, place, end)
        if mark in {'"', '\\"'}:
            edits += map(_unescaped, _ESCAPES.finditer(text, place, close))
        gap = _GAP.match(text, close, end)
        # Where the opening mark is doubled, so is the closing one.
        if gap is None or (gap[2] == "" and opening["marks"].endswith(2 * mark)):
            break
        has_endpoint = has_endpoint or NAMES_ENDPOINT.search(text, place, close) is not None
        is_one = is_grouped or not LINE_END.search(gap[2])
        is_one = is_one or _goes_on(text, gap, has_endpoint=has_endpoint)
        if _ANY_VERSION.match(text, gap.end(), end) or not is_one:
            yield find("several-records", gap.end() - len(mark), end)
            return
        edits.append(Edit(*gap.span(), ""))
        place = gap.end()
    if place < close == end and text[end - 1] in _MARKS:
        # Another mark than the one that opened the string, and it may belong to an endpoint.
        edits = []
    if close < end and not (mark == '"' and text[close] == "\\"):
        after = _AFTER_CLOSING.match(text, close, end).end()  # type: ignore[union-attr]
        body = text[place:close].rstrip()
        last = close if body.endswith(";") else place + len(body)
        edits.append(Edit(last, after, ""))
        yield from _after(text, after, end)
    yield find("surrounding-quotes", *opening.span(), *edits)


def _goes_on(text: str, gap: re.Match[str], *, has_endpoint: bool) -> bool:
    """Whether the string on the next line plainly belongs to the record before it."""
    end = text[max(0, gap.start() - _LONGEST_OPEN_END) : gap.start()]
    if _OPEN_END.search(end) or _SEPARATOR_BEGINNING.match(text, gap.end()):
        return True
    is_next_field = _FIELD_END.search(end) and _RUA_BEGINNING.match(text, gap.end())
    return bool(is_next_field and not has_endpoint)


def _closing(mark: str, text: str, start: int, end: int) -> int:
    """Where the string that begins at a place ends: at the mark that closes it, if there is one."""
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
    version = _SOME_VERSION.search(rest)
    if version:
        yield find("several-records", start + version.start(), end)
    elif rest.strip():
        is_clear = _APART.match(rest) and not (
            _OF_RECORD.search(rest) or "@" in rest or '"' in rest
        )
        edits = [Edit(start, end, "")] if is_clear else []
        yield find("text-after", start, end, *edits, text=rest.strip())
