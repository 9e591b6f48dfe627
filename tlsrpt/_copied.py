"""What was copied along with a record, and what copying made of its characters.

What is found is named by appending to `findings`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt._abnf import TLSRPT_VERSION, WSP
from tlsrpt._display import name_of
from tlsrpt._spelling import BEGINS_ANEW
from tlsrpt.domain import DRAFT_PREFIX, OWNER_PREFIX
from tlsrpt.findings import find

if TYPE_CHECKING:
    from tlsrpt.findings import Finding

# Wide forms of ASCII (U+FF01 to U+FF5E), and the hyphens of word processors.
_LOOK_ALIKES: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    [0x2010, 0x2011], ord("-")
)
_LOOK_ALIKE: Final = re.compile("[\uff01-\uff5e\u2010\u2011]++")
# What formats text and cannot be seen, less the two joiners, which domains may hold (RFC 5892).
INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]++"
)

_QUOTES: Final = "'`\u00b4\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u300c\u300d"
_ANY_QUOTES: Final = f'{_QUOTES}"\\'
_OPENING: Final = re.compile(rf'(?:[{_QUOTES}]|\\")++')
_ZONE_PREFIX: Final = re.compile(
    rf"(?:(?P<owner>[^\s=;@\"{_QUOTES}]++|@)[ \t]++)??"
    r"(?:(?:IN|[0-9]++|(?:[0-9]++[wdhms])++)[ \t]++){0,2}"
    r"TXT[ \t]++",
    re.IGNORECASE,
)
_SOME_VERSION: Final = re.compile(r"v\s*+=\s*+t[lsrpt]{4,6}v?1", re.IGNORECASE)
# What may be a field, a URI or a version is not merely text beside the record.
_OF_RECORD: Final = r"@|//|mailto|https?:|(?<![a-z])rua|v\s*+="
_FIELD_WITHIN: Final = re.compile(f";|{_OF_RECORD}", re.IGNORECASE)
_COMMENT: Final = re.compile(r"(?:;|(?<=\s)(?:#|//)(?=\s))")
# What closes a bracket, emphasis or a sentence that began before the record.
_CLOSED: Final = re.compile(rf"[])}}>*_~.!?|{_QUOTES}](?=[\s;,]|\Z)")
_QUOTE: Final = re.compile(f"[{_QUOTES}]")
# What stands after a quoted record where it was copied from: brackets, a TTL, a comment.
_AFTER_QUOTES: Final = re.compile(
    r"[\s.,)\]}>*_|'`]*+(?:(?<=[\s,])(?:TTL\s*+[:=]?\s*+)?[0-9]++[wdhms]?\s*+)?"
    rf"(?:{_COMMENT.pattern}(?:(?!{_OF_RECORD}).)*+)?",
    re.IGNORECASE | re.DOTALL,
)
_ANY_VERSION: Final = re.compile(
    r"v(?:ersion)?\s*+[=:]\s*+(?:tls|spf|dmarc|sts|dkim|bimi)\w*+(?=[\s;\"])", re.IGNORECASE
)
_STRING_GAP: Final = re.compile(r'"\s*+"')
# What the next string begins with where, after a semicolon and else, a record goes on in it.
_FIELD_GOES_ON: Final = re.compile(r"\s*+(?:;|rua\s*+=)", re.IGNORECASE)
_LIST_GOES_ON: Final = re.compile(r"\s*+[;,]")
_RUA_OPEN: Final = re.compile(r"(?:\A|[\s;\"])rua\s*+=\Z", re.IGNORECASE)
_DECIMAL_ESCAPE: Final = re.compile("[0-9]{3}")
# Of programming languages; the letter alone by RFC 1035.
_CODE_ESCAPE: Final = re.compile("u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}")
_LETTER_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_MAX_OCTET: Final = 255


def narrowed(text: str, findings: list[Finding]) -> str:
    """The text with look-alikes of ASCII turned into ASCII, each at its own place."""
    for run in _LOOK_ALIKE.finditer(text):
        cure = run[0].translate(_LOOK_ALIKES)
        findings.append(find("look-alike", *run.span(), characters=run[0], cure=cure))
    return text.translate(_LOOK_ALIKES)


class Trimmed(NamedTuple):
    """Where the record itself begins and ends, and whether that is plain."""

    start: int
    end: int
    plain: bool


def trim(text: str, findings: list[Finding]) -> Trimmed:
    """Find the record amid what was copied along with it."""
    start, end = _trim_edges(text, 0, len(text), findings)
    start = _after_zone_prefix(text, start, end, findings)
    start, plain = _after_text_before(text, start, end, findings)
    quotes = _OPENING.match(text, start, end)
    if quotes is None:
        return Trimmed(start, end, plain)
    findings.append(find("surrounding-quotes", *quotes.span()))
    return _within_quotes(text, quotes, end, findings)


def _within_quotes(text: str, quotes: re.Match[str], end: int, findings: list[Finding]) -> Trimmed:
    """Where the record begins and ends that quotation marks are about.

    That is not plain where they close within it, or one of them may be its own.
    """
    start = quotes.end()
    close = end
    while close > start and text[close - 1] not in _ANY_QUOTES:
        close -= 1
    if start < close < end and _AFTER_QUOTES.fullmatch(text, close, end):
        findings.append(find("text-after", close, end, text=text[close:end].strip()))
        end = close
    inner = max(start, start + len(text[start:end].rstrip(_ANY_QUOTES)))
    opened = end - quotes.start() - len(text[quotes.start() : end].lstrip(_ANY_QUOTES))
    closed = _QUOTE.search(text, start, inner)
    if closed:
        findings.append(find("surrounding-quotes", *closed.span()))
    plain = closed is None and end - inner <= opened
    return Trimmed(*_trim_edges(text, start, inner, findings), plain)


def _trim_edges(text: str, start: int, end: int, findings: list[Finding]) -> tuple[int, int]:
    first, last = start, end
    while first < end and is_blank(text[first]):
        first += 1
    while last > first and is_blank(text[last - 1]):
        last -= 1
    if first > start:
        findings.append(_edge(text, start, first))
    if last < end and not (text[last - 1 : last] == ";" and not text[last:end].strip(WSP)):
        findings.append(_edge(text, last, end))
    return first, last


def is_blank(character: str) -> bool:
    """Whether it is white space, or cannot be seen."""
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}


def _edge(text: str, start: int, end: int) -> Finding:
    edge = text[start:end]
    if "\n" in edge or "\r" in edge:
        return find("line-end", start, end)
    if edge.isspace():
        return find("outer-white-space", start, end)
    return find("control-character", start, end, character=name_of(edge.strip()[0]))


def _after_zone_prefix(text: str, start: int, end: int, findings: list[Finding]) -> int:
    """Where the owner name, TTL, class and type of a zone file end."""
    prefix = _ZONE_PREFIX.match(text, start, end)
    if prefix is None:
        return start
    owner = prefix["owner"] or OWNER_PREFIX
    if not f"{owner.lower()}.".startswith((f"{OWNER_PREFIX}.", "@.")):
        draft = owner.lower().startswith(DRAFT_PREFIX)
        code = "pre-standard-name" if draft else "zone-owner"
        findings.append(find(code, *prefix.span("owner"), name=owner))
    findings.append(find("zone-line", *prefix.span(), prefix=prefix[0].rstrip()))
    return prefix.end()


def _after_text_before(
    text: str, start: int, end: int, findings: list[Finding]
) -> tuple[int, bool]:
    """Where, after a label or the syntax of another language, the version or its quote stands.

    That is not plain where a bracket, emphasis or a sentence closes that may have begun before:
    what closes it would be taken for a part of the record.
    """
    version = _SOME_VERSION.search(text, start, end)
    if version is None:
        return start, True
    before = text[start : version.start()].rstrip(_ANY_QUOTES)
    begin = start + len(before)
    only_quotes = all(character in _ANY_QUOTES or is_blank(character) for character in before)
    # What holds = may be a field, unless a quotation mark follows, or the record is its value.
    unquoted = begin == version.start()
    is_field = unquoted and "=" in before.rstrip()[:-1]
    is_string = text[start] == '"' and before.rstrip().endswith('"')
    if only_quotes or is_field or is_string or _FIELD_WITHIN.search(before):
        return start, True
    findings.append(find("text-before", start, begin, text=before.strip()))
    return begin, not (unquoted and _CLOSED.search(text, version.end(), end))


def one_of_several(text: str, start: int, end: int, findings: list[Finding]) -> tuple[int, int]:
    """Among the quoted strings of several TXT records, those of the one that is of TLSRPT.

    RFC 8460 section 3: those that do not begin with the version and ``;`` are discarded. Where not
    just one is left, that is a mistake, and nothing is left here either.
    """
    starts = [start]
    joined: list[re.Match[str]] = []
    on_one_line = False
    # The parentheses of zone files, and of programs, hold the strings of one record.
    grouped = text[:start].rstrip().endswith("(")
    begin = end - len(text[start:end].lstrip('" \t\r\n'))
    for gap in _STRING_GAP.finditer(text, begin, end):
        # On the same line, after what nothing ends in, it is a part of this record.
        torn = "\n" not in gap[0] and text[gap.start() - 1] in "=?&"
        version = (_SOME_VERSION if torn else _ANY_VERSION).match(text, gap.end(), end)
        if version:
            starts.append(gap.end() - 1)
            on_one_line = on_one_line or "\n" not in gap[0]
        elif _goes_on(text, gap):
            continue
        elif "\n" in gap[0] and not grouped:
            # Another record's, or a part of this one: that is a guess.
            findings.append(find("several-records", gap.end() - 1, end))
            return start, start
        else:
            joined.append(gap)
    if len(starts) == 1:
        return start, end
    records = list(zip(starts, [*starts[1:], end], strict=True))
    of_tlsrpt = [span for span in records if text.startswith(f'"{TLSRPT_VERSION};', span[0])]
    meant = [span for span in records if _SOME_VERSION.match(text, span[0] + 1)]
    if len(of_tlsrpt) != 1 or len(meant) != 1:
        findings.append(find("several-records", starts[1], end))
        return start, start
    first, last = of_tlsrpt[0]
    # Where records share a line, a string that nothing goes on into may be another of them.
    apart = next((gap for gap in joined if on_one_line and first < gap.start() < last), None)
    if apart:
        findings.append(find("several-records", apart.end() - 1, end))
        return start, start
    findings += [find("other-record", *span) for span in records if span != (first, last)]
    return first, first + len(text[first:last].rstrip())


def _goes_on(text: str, gap: re.Match[str]) -> bool:
    """Whether one record goes on in the string on the next line."""
    before = text[max(0, gap.start() - 8) : gap.start()].rstrip()
    if before.endswith(",") or _RUA_OPEN.search(before):
        return True
    goes_on = _FIELD_GOES_ON if before.endswith(";") else _LIST_GOES_ON
    return goes_on.match(text, gap.end()) is not None


class Undone(NamedTuple):
    """What quoted strings hold, joined; each character's place; whether all that is plain."""

    text: str
    places: list[tuple[int, int]]
    plain: bool


def undone(text: str, start: int, end: int, findings: list[Finding]) -> Undone:
    """What quoted strings hold, joined, less what cannot be seen (RFC 8460 section 3).

    Escapes are those of zone files, and the line ends and tabs of programming languages.
    """
    quoted = text[start] == '"'
    end, plain = _before_text_after(text, start, end, findings) if quoted else (end, True)
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    inside = False
    position = start
    while position < end:
        gap = _gap(text, position, end) if inside else None
        invisible = INVISIBLE.match(text, position, end)
        if gap:
            position = gap.end()
        elif invisible:
            character = name_of(invisible[0][0])
            findings.append(find("control-character", *invisible.span(), character=character))
            position = invisible.end()
        else:
            character, after = text[position], position + 1
            is_mark = quoted and character == '"'
            if is_mark:
                inside = not inside
            elif inside and character == "\\" and after < end:
                character, after = _escaped(text, after, end)
            is_comment = quoted and not inside and character == ";" and is_blank(text[position - 1])
            torn = is_mark and _tears(text, position, start, end)
            if torn or not is_mark:
                characters.append(character)
                places.append((position, after))
            plain = plain and not (torn or is_comment)
            position = after
    return Undone("".join(characters), [*places, (end, end)], plain)


def _gap(text: str, position: int, end: int) -> re.Match[str] | None:
    """The marks between two strings, unless the second begins what cannot go on from the first."""
    gap = _STRING_GAP.match(text, position, end)
    if gap and BEGINS_ANEW.match(text, gap.end(), end) and not _parts(text[position - 1], ",;=:"):
        return None
    return gap


def _parts(beside: str, separators: str) -> bool:
    """Whether a character beside a quotation mark parts what stands on either side of it."""
    return beside in separators or is_blank(beside)


def _tears(text: str, mark: int, start: int, end: int) -> bool:
    """Whether a quotation mark stands where a word would run on without it."""
    if mark <= start + 1 or text[mark + 1 : min(mark + 3, end)] in {"", '"'}:
        return False
    return not (_parts(text[mark - 1], ",;") or _parts(text[mark + 1], ",;"))


def _before_text_after(
    text: str, start: int, end: int, findings: list[Finding]
) -> tuple[int, bool]:
    """Where the last string ends, if what follows is no part of the record; whether that is plain.

    What looks like a comment, but holds an endpoint, may be either.
    """
    close = text.rfind('"', start + 1, end) + 1
    # An odd number of quotation marks leaves the last string open, and the rest is in it.
    is_open = (text.count('"', start, end) - text.count('\\"', start, end)) % 2
    rest = text[close:end].strip()
    if is_open or not rest:
        return end, True
    if not _AFTER_QUOTES.fullmatch(text, close, end):
        parted = rest[0] in ",;" or _parts(text[close - 2], ",;=")
        on_new_line = "\n" in text[close:end] and not parted
        return end, not (on_new_line or _COMMENT.search(text, close, end))
    findings.append(find("text-after", close, end, text=rest))
    return close, True


def _escaped(text: str, position: int, end: int) -> tuple[str, int]:
    """The character that a backslash stands before, or the backslash; and where the next one is."""
    decimal = _DECIMAL_ESCAPE.match(text, position, end)
    if decimal:
        if int(decimal[0]) > _MAX_OCTET:
            return "\\", position
        return bytes([int(decimal[0])]).decode("ascii", "surrogateescape"), decimal.end()
    if _CODE_ESCAPE.match(text, position, end):
        return "\\", position
    letter = _LETTER_ESCAPES.get(text[position])
    if letter and text[position + 1 : position + 2] not in {"", '"', "\\"}:
        # The letter by RFC 1035, white space elsewhere: the backslash is left to be found.
        return "\\", position
    return letter or text[position], position + 1
