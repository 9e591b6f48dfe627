"""Characters that are not what they look like, and octets that are not UTF-8.

Each pass here is a function from a text to findings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tlsrpt._diagnosis.edits import Edit, Finding, make_finding, make_stray
from tlsrpt._display import name_of
from tlsrpt._version import CYRILLIC

if TYPE_CHECKING:
    from collections.abc import Iterator

# Wide forms of ASCII (U+FF01 to U+FF5E), and the hyphens of word processors.
_LOOK_ALIKES: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    [0x2010, 0x2011], ord("-")
)
_LOOK_ALIKE: Final = re.compile("[\uff01-\uff5e\u2010\u2011]+")
_CYRILLIC: Final = "".join(map(chr, CYRILLIC))
_CYRILLIC_LETTER: Final = re.compile(f"[{_CYRILLIC}]")
# After these, a word may belong to a URL.
_QUERY: Final = re.compile(r"[?#]|\Z")
# Invisible formatting characters, without the two joiners, which domains can hold (RFC 5892).
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]+"
)

# A word at the beginning of a part of a record, and the words that mean something there
_WORD: Final = re.compile(rf"(?:\A|(?<=[\s=,;\"']))[A-Za-z0-9{_CYRILLIC}]++(?=[\s=:;]|\Z)")
_WORDS: Final = {"tlsrptv1", "rua", "mailto", "https"}

_SURROGATES: Final = re.compile("[\ud800-\udfff]+")
# Those that change the order in which the rest is shown (UAX #9): embeddings, overrides, isolates
_REORDERING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def characters(text: str) -> Iterator[Finding]:
    """Characters that are not what they look like: not ASCII, or invisible."""
    if text.isascii():
        return
    for run in _LOOK_ALIKE.finditer(text):
        cure = run[0].translate(_LOOK_ALIKES)
        edit = Edit(*run.span(), cure)
        yield make_finding("look-alike", *run.span(), edit, characters=run[0], cure=cure)
    yield from _cyrillic(text)
    for run in _INVISIBLE.finditer(text):
        if reordering := _REORDERING.search(run[0]):
            # The author did not see the text as it is, so nobody else can correct it.
            yield make_finding("bidi-control", *run.span(), character=name_of(reordering[0]))
        else:
            yield make_stray("control-character", *run.span(), character=name_of(run[0][0]))


def _cyrillic(text: str) -> Iterator[Finding]:
    """Cyrillic letters in the words of a record, which are ASCII and leave no doubt."""
    for word in _WORD.finditer(text, 0, _QUERY.search(text).start()):  # type: ignore[union-attr]
        if word[0].translate(CYRILLIC).lower() not in _WORDS:
            continue
        for letter in _CYRILLIC_LETTER.finditer(text, *word.span()):
            name, cure = name_of(letter[0]), letter[0].translate(CYRILLIC)
            edit = Edit(*letter.span(), cure)
            yield make_finding("look-alike", *letter.span(), edit, characters=name, cure=cure)


def undecoded(text: str) -> Iterator[Finding]:
    """Octets that are not UTF-8, each of them a lone surrogate in the text (PEP 383)."""
    if text.isascii():
        return
    for run in _SURROGATES.finditer(text):
        yield make_finding("not-utf-8", *run.span(), character=name_of(run[0][0]))
