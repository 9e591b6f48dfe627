"""Text from DNS and reports made safe to print: escapes, excerpts and carets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

# Printable by category, but drawn as nothing (Default_Ignorable_Code_Point).
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Unicode has no names for control characters, but aliases.
_CONTROLS: Final = {
    "\0": "NULL",
    "\t": "TAB",
    "\n": "LINE FEED",
    "\r": "CARRIAGE RETURN",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
}
_CLIP: Final = 80
# A text of up to this many characters is drawn whole; a longer one around the span only.
_WHOLE: Final = 100
_BEFORE: Final = 30
_AFTER: Final = 65


def _is_raw_octet(character: str) -> bool:
    """Whether the character stands for an octet that was not UTF-8 (PEP 383)."""
    return "\udc80" <= character <= "\udcff"


def _visible_character(character: str) -> str:
    if character.isprintable() and not _BLANK.match(character):
        return character
    code = ord(character)
    if _is_raw_octet(character):
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""The text with whatever could steer a terminal or is invisible escaped.

    >>> visible("a\x1b[2J\u202eb")
    'a\\x1b[2J\\u202eb'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible_character, text))


def well_formed(text: str) -> str:
    r"""The text with U+FFFD for lone surrogates.

    Many JSON readers reject those (RFC 8259 section 8.2).

    >>> well_formed("\udcff@example.com")
    '\ufffd@example.com'
    """
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


def clipped(text: str) -> str:
    """The text as `visible` gives it, cut to fit in a message."""
    return visible(text) if len(text) <= _CLIP else visible(text[:_CLIP]) + "..."


class Facts(Mapping[str, str | int]):
    """What fills the braces of a text: read-only, and hashable, since findings are."""

    __slots__ = ("_facts",)

    def __init__(self, facts: dict[str, str | int]) -> None:
        self._facts = facts

    def __getitem__(self, name: str) -> str | int:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __hash__(self) -> int:
        return hash(frozenset(self._facts.items()))

    def __repr__(self) -> str:
        return repr(self._facts)


@cache
def _names(*templates: str) -> tuple[str, ...]:
    """The names in braces."""
    return tuple(dict.fromkeys(re.findall(r"\{(\w+)", " ".join(templates))))


def filled_in(facts: Mapping[str, object], *templates: str) -> tuple[Facts, list[str]]:
    r"""The facts that the templates name, with text made safe to print, and the texts with them.

    >>> filled_in({"uri": "a\x1b", "count": 2}, "{uri} is empty", "write one")
    ({'uri': 'a\\x1b'}, ['a\\x1b is empty', 'write one'])
    """
    safe: dict[str, str | int] = {}
    for name in _names(*templates):
        fact = facts[name]
        safe[name] = fact if isinstance(fact, int) else clipped(str(fact))
    return Facts(safe), [template.format_map(safe) for template in templates]


def name_of(character: str) -> str:
    r"""The name of a character for a message.

    >>> name_of("!"), name_of("\u200b"), name_of("\x00"), name_of("\udcff")
    ("'!'", 'U+200B ZERO WIDTH SPACE', 'U+0000 NULL', 'the octet 0xFF')
    """
    if "!" <= character <= "~":
        return f"'{character}'"
    if _is_raw_octet(character):
        return f"the octet 0x{ord(character) - 0xDC00:02X}"
    name = unicodedata.name(character, _CONTROLS.get(character, ""))
    return f"U+{ord(character):04X} {name}".rstrip()


def _columns(text: str) -> int:
    """The width of visible text on a terminal, in columns."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(character) in {"Mn", "Me"}
        else 2
        if unicodedata.east_asian_width(character) in {"W", "F"}
        else 1
        for character in text
    )


def draw(text: str, span: tuple[int, int]) -> str:
    """Two lines: the text around the span, and carets under the span (at least one).

    >>> print(draw("v=TLSRPTv1; rua=", (12, 16)))
    v=TLSRPTv1; rua=
                ^^^^
    """
    start, end = span
    whole = len(text) <= _WHOLE
    first = 0 if whole else max(start - _BEFORE, 0)
    last = len(text) if whole else min(start + _AFTER, len(text))
    lead = ("..." if first else "") + visible(text[first:start])
    marked = visible(text[start : min(end, last)])
    rest = visible(text[max(start, min(end, last)) : last]) + ("..." if last < len(text) else "")
    # A combining character is drawn on top of the one before.
    before = lead if _columns(marked[:1]) or not marked else lead[:-1]
    carets = "^" * max(1, _columns(lead[len(before) :] + marked))
    return f"{lead}{marked}{rest}\n{' ' * _columns(before)}{carets}"
