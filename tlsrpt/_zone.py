"""One TXT resource record in master-file form (RFC 1035 section 5.1): writing and reading."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from tlsrpt._catalogue import words
from tlsrpt._display import name_of
from tlsrpt.errors import ParseError, TLSRPTError
from tlsrpt.txt import MAX_RDATA, MAX_STRING, plain, to_octets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# RFC 2181 section 8
_MAX_TTL: Final = 2**31 - 1

_SPECIAL: Final = re.compile(r'["\\]')
_BLANK: Final = re.compile(r"[ \t\r]+|;[^\n]*")
_BLANKS: Final = re.compile(r"[ \t]+|[ \t\r\n]+\Z")
# A word and the inside of a quoted string, up to an escape. A pattern with the escapes in it would
# repeat a group, and a regular expression keeps memory for each turn.
_WORD: Final = re.compile(r'[^ \t\r\n;()"\\]*')
_QUOTED: Final = re.compile(r'[^"\\\n]*')
_ESCAPE: Final = re.compile(r"\\([0-9]{3}|[^0-9])?")
# Seconds, or BIND's five units, as in many zone files.
TTL: Final = "(?:[0-9]+|(?:[0-9]+[WDHMS]){1,5})"
_TTL: Final = re.compile(TTL)


class Token(NamedTuple):
    """A word, or the inside of a quoted string, with its place in the text.

    Attributes:
        kind: ``"word"`` or ``"quoted"``.
        text: the text, with its escapes.
        start: where it begins.
        end: where it ends.
        is_next: whether the record has ended on an earlier line.
    """

    kind: str
    text: str
    start: int
    end: int
    is_next: bool = False


class ResourceRecord(NamedTuple):
    """A TXT record: its owner, empty where the line begins with a blank, and its strings."""

    owner: Token
    strings: list[bytes]


def write_rr(owner: str, ttl: int | None, strings: Iterable[bytes]) -> str:
    """The record on one line, each string in quotes; the strings are printable ASCII."""
    if ttl is None:
        return f"{owner} IN TXT {write_rdata(strings)}"
    if not isinstance(ttl, int) or isinstance(ttl, bool):
        raise TypeError(f"a TTL is an int, not {type(ttl).__name__}")
    if not 0 <= ttl <= _MAX_TTL:
        raise TLSRPTError(*words("bad-ttl"))
    return f"{owner} {ttl} IN TXT {write_rdata(strings)}"


def write_rdata(strings: Iterable[bytes]) -> str:
    """The strings, each in quotes, separated by spaces; they are printable ASCII."""
    quoted = (_SPECIAL.sub(r"\\\g<0>", string.decode("ascii")) for string in strings)
    return " ".join(f'"{string}"' for string in quoted)


def read_rr(text: str) -> ResourceRecord:
    """Read the one TXT record in the text; blank lines and comments are skipped."""
    if not isinstance(text, str):
        raise TypeError(f"a resource record is a str, not {type(text).__name__}")
    text = plain(text)
    tokens = _tokens(text)
    owner = next(tokens, None)
    if owner is None:
        refuse(text, "zone-empty", 0, len(text))
    line = text.rfind("\n", 0, owner.start) + 1
    if text[line] in " \t":
        tokens = chain([owner], tokens)
        owner = Token("word", "", line, owner.start)
    if owner.text.startswith("$"):
        refuse(text, "zone-directive", owner.start, owner.end, directive=owner.text)
    _skip_to_rdata(text, tokens)
    strings = _strings(text, tokens)
    if not strings:
        refuse(text, "zone-no-strings", owner.start, len(text.rstrip()))
    return ResourceRecord(owner, strings)


def read_rdata(text: str) -> list[bytes]:
    """Read the quoted strings of one TXT record, which are on one line."""
    return _strings(text, _quoted(text))


def read_strings(text: str, start: int) -> tuple[list[bytes], int]:
    """Read the strings of the TXT record whose data begin at a place, all of them quoted.

    Returns:
        The strings, and the place after the last of them; what follows on its line is a comment.
    """
    last = start

    def quoted() -> Iterator[Token]:
        nonlocal last
        for token in _tokens(text, start):
            if token.is_next:
                return
            if token.kind != "quoted":
                facts = {"character": name_of(text[token.start])}
                refuse(text, "rdata-character", token.start, token.end, **facts)
            last = token.end + 1
            yield token

    strings = _strings(text, quoted())
    if not strings:
        refuse(text, "zone-no-strings", start, last)
    return strings, last


def refuse(text: str, code: str, start: int, end: int, **facts: object) -> NoReturn:
    """Raise the `ParseError` of a mistake at a place in the text."""
    raise ParseError(*words(code, **facts), text=text, span=(start, end))


def _tokens(text: str, position: int = 0) -> Iterator[Token]:
    """The words and quoted strings of one record from a place on, and those that come after it."""
    depth = 0
    begun = ended = False
    while position < len(text):
        start = position
        kind = text[start]
        if blank := _BLANK.match(text, start):
            position = blank.end()
            continue
        position += 1
        if kind == "(":
            depth += 1
        elif kind == ")":
            depth -= 1
            if depth < 0:
                refuse(text, "zone-parenthesis", start, position)
        elif kind == "\n":
            ended = ended or (begun and depth == 0)
        else:
            token, position = _token(text, start)
            begun = True
            yield token._replace(is_next=True) if ended else token
    if depth:
        refuse(text, "zone-parenthesis", text.rindex("("), len(text))


def _quoted(text: str) -> Iterator[Token]:
    """The quoted strings of a text that otherwise has only blanks, and line ends at its end."""
    position = 0
    while position < len(text):
        if text[position] == '"':
            token, position = _token(text, position)
            yield token
        elif blank := _BLANKS.match(text, position):
            position = blank.end()
        else:
            facts = {"character": name_of(text[position])}
            refuse(text, "rdata-character", position, position + 1, **facts)


def _token(text: str, start: int) -> tuple[Token, int]:
    """The word or quoted string that begins at a place, and where what follows it begins."""
    if text[start] == '"':
        end = _end(text, start + 1, _QUOTED)
        if not text.startswith('"', end):
            refuse(text, "zone-quote", start, start + 1)
        return Token("quoted", text[start + 1 : end], start + 1, end), end + 1
    end = _end(text, start, _WORD)
    if end == start:
        refuse(text, "zone-escape", start, start + 1, escape=text[start])
    return Token("word", text[start:end], start, end), end


def _end(text: str, start: int, run: re.Pattern[str]) -> int:
    """Where a word or the inside of a quoted string ends.

    A backslash escapes any character, but not a line end.
    """
    while True:
        end = run.match(text, start).end()  # type: ignore[union-attr]
        escaped = text[end + 1 : end + 3]
        if text[end : end + 1] != "\\" or escaped[:1] in {"", "\n"} or escaped == "\r\n":
            return end
        start = end + 2


def _skip_to_rdata(text: str, tokens: Iterator[Token]) -> None:
    """Pass the TTL and the class, in either order, and the type."""
    optional = {"ttl", "class"}
    for token in tokens:
        if token.is_next:
            refuse(text, "zone-line-end", token.start, token.end)
        word = token.text.upper() if token.kind == "word" and token.text.isascii() else ""
        part = "ttl" if _TTL.fullmatch(word) else "class" if word == "IN" else "type"
        if word == "TXT":
            return
        if part not in optional:
            shown = f'"{token.text}"' if token.kind == "quoted" else token.text
            refuse(text, "zone-not-txt", token.start, token.end, word=shown)
        optional.remove(part)
    refuse(text, "zone-not-txt", 0, len(text), word="nothing")


def _strings(text: str, tokens: Iterator[Token]) -> list[bytes]:
    strings: list[bytes] = []
    length = 0
    for token in tokens:
        if token.is_next:
            # A record begins with a name, and needs a string.
            is_whole = strings and token.kind == "word"
            code = "zone-second-record" if is_whole else "zone-line-end"
            refuse(text, code, token.start, token.end)
        string = _string(text, token)
        strings.append(string)
        length += 1 + len(string)
        if length > MAX_RDATA:
            refuse(text, "zone-long-rdata", token.start, token.end)
    return strings


def _string(text: str, token: Token) -> bytes:
    """A character-string with its escapes resolved."""
    string = bytearray()
    position = 0
    for match in _ESCAPE.finditer(token.text):
        escaped = match[1] or ""
        start = token.start + match.start()
        if not escaped or (len(escaped) == 3 and int(escaped) > 255):
            refuse(text, "zone-escape", start, start + len(match[0]), escape=match[0])
        string += to_octets(token.text[position : match.start()])
        string += bytes([int(escaped)]) if len(escaped) == 3 else to_octets(escaped)
        position = match.end()
    string += to_octets(token.text[position:])
    if len(string) > MAX_STRING:
        refuse(text, "zone-long-string", token.start, token.end, length=len(string))
    return bytes(string)
