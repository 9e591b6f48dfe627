"""Homographs: labels that are easily taken for others, by the rules and data of UTS #39."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from itertools import groupby
from typing import TYPE_CHECKING, Final

from tlsrpt._display import name_of
from tlsrpt._scripts import LOOK_ALIKES, RUNS, UNUSUAL

if TYPE_CHECKING:
    from collections.abc import Iterator

# Scripts that are written together (section 5.1): Japanese, Chinese with Bopomofo, and Korean.
# Latin letters may be among each of them (section 5.2, "Highly Restrictive").
_TOGETHER: Final = {
    "Hani": ["Jpan", "Hanb", "Kore"],
    "Hira": ["Jpan"],
    "Kana": ["Jpan"],
    "Bopo": ["Hanb"],
    "Hang": ["Kore"],
    "Latn": ["Jpan", "Hanb", "Kore"],
}
# A dot on a letter that has one already, or that then looks as if (section 5.4). UTS #46 maps a
# Turkish capital with a dot to such a pair.
_DOT_ABOVE: Final = "\u0307"
_HIDDEN_DOT: Final = re.compile(f"[ij\u0131]{_DOT_ABOVE}")


def _augmented(run: str) -> tuple[int, frozenset[str]]:
    start, _, names = run.partition(":")
    scripts = [name for name in names.split("+") if name]
    together = [name for script in scripts for name in _TOGETHER.get(script, ())]
    return int(start, 16), frozenset(scripts + together)


def _codes(ranges: str) -> Iterator[int]:
    for one in ranges.split():
        first, _, last = one.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


_RUNS: Final = [(0, frozenset[str]()), *map(_augmented, RUNS.split())]
_STARTS: Final = [start for start, _ in _RUNS]
_UNUSUAL: Final = frozenset(map(chr, _codes(UNUSUAL)))
_LOOK_ALIKES: Final = frozenset(map(chr, _codes(LOOK_ALIKES)))


def why_confusable(label: str) -> str | None:
    r"""Why a label is easily taken for another; None if it is not.

    It is not compared with other labels: a word that is wholly of one other script is fine, even if
    it looks like a Latin one (a whole-script confusable, section 4).

    Args:
        label: in lower case, as UTS #46 maps it; any word.

    >>> why_confusable("payp\u0251l")
    'U+0251 LATIN SMALL LETTER ALPHA is rarely used in names'
    >>> why_confusable("bücher"), why_confusable("почта"), why_confusable("ipアドレス")
    (None, None, None)
    """
    for character in label:
        if character in _UNUSUAL:
            return f"{name_of(character)} is rarely used in names"
    if _HIDDEN_DOT.search(label):
        return f"{name_of(_DOT_ABOVE)} cannot be seen above an i"
    common: frozenset[str] = frozenset()
    zeros: set[int] = set()
    # ASCII comes first, so that a character beyond it is the one that stands out.
    for character in sorted(set(label)):
        code = ord(character)
        scripts = _scripts(character)
        if common and scripts and not common & scripts:
            return f"it mixes scripts ({name_of(character)})"
        common = common & scripts if common and scripts else common | scripts
        # Ten digits of a script are in a row, so their distance from zero tells them apart (5.3).
        if character.isdecimal():
            zeros.add(code - unicodedata.decimal(character))
            if len(zeros) > 1:
                return f"it mixes digits of several scripts ({name_of(character)})"
    if stray := _stray(label):
        return f"{name_of(stray)} is easily misread beside Latin letters and digits"
    return None


def _scripts(character: str) -> frozenset[str]:
    return _RUNS[bisect(_STARTS, ord(character)) - 1][1]


def _stray(label: str) -> str | None:
    """A look-alike of Chinese, Japanese or Korean with no other letter of them next to it.

    Between Latin letters and digits it is taken for one of them, or for punctuation (a mixed-script
    confusable, section 4), such as U+4E3F for a slash. Beside letters of its own script, as in a
    word, it is not.

    Args:
        label: of scripts that go together.
    """
    stray = None
    has_latin = False
    for is_latin, run in groupby(label, _is_latin):
        if is_latin:
            has_latin = True
            continue
        characters = set(run)
        letters = filter(str.isalpha, characters - _LOOK_ALIKES)
        # An apostrophe is a letter as well, but of no script.
        if not any(map(_scripts, letters)):
            stray = min(characters & _LOOK_ALIKES, default=stray)
    return stray if has_latin else None


def _is_latin(character: str) -> bool:
    """Whether it is a letter or mark of Latin, or an ASCII digit."""
    if character in _LOOK_ALIKES:
        return False
    return "Latn" in _scripts(character) or (character.isascii() and character.isdecimal())
