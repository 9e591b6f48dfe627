"""Against ICU: the table is what its data gives, and the rule is that of `USpoofChecker`."""

from __future__ import annotations

from itertools import product
from typing import Final

import icu
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_homographs import ACCEPTED, REFUSED, words
from tests.unicode.generate import MAPPED, TABLE, codes, look_alikes, scripts, table, unusual
from tlsrpt._homographs import why_confusable

# ICU's name for it is USPOOF_HIDDEN_OVERLAY; PyICU has none.
HIDDEN_OVERLAY: Final = 0x100
UNUSUAL: Final = set(map(chr, unusual()))
LOOK_ALIKES: Final = set(map(chr, look_alikes()))
# As `why_confusable` sees them in labels, without digits that are newer than this Python
NEWER: Final = {code for code in codes("[:Nd:]") if not chr(code).isdecimal()}
CHARACTERS: Final = [chr(code) for code in codes(MAPPED) if code not in NEWER]
# One for each set of scripts, and what is in every script
SAMPLES: Final = ["1", "-", *{tuple(scripts(ord(one))): one for one in CHARACTERS}.values()]


def spoof_checker(checks: int) -> icu.SpoofChecker:
    """ICU's checks of texts for which all characters are allowed."""
    checker = icu.SpoofChecker()
    checker.setChecks(checks)
    checker.setRestrictionLevel(icu.URestrictionLevel.HIGHLY_RESTRICTIVE)
    checker.setAllowedUnicodeSet(icu.UnicodeSet("[:Any:]"))
    return checker


SCRIPTS_AND_DIGITS: Final = icu.USpoofChecks.RESTRICTION_LEVEL | icu.USpoofChecks.MIXED_NUMBERS
LEAST: Final = spoof_checker(SCRIPTS_AND_DIGITS)
# It refuses a dot above not only on i and j, but on l and what looks like it, as 1 does, too.
MOST: Final = spoof_checker(SCRIPTS_AND_DIGITS | HIDDEN_OVERLAY)


def agree(label: str) -> None:
    is_unusual = bool(UNUSUAL & set(label))
    refused = why_confusable(label) is not None
    assert refused >= (is_unusual or bool(LEAST.check(label))), ascii(label)
    may_be = is_unusual or bool(LOOK_ALIKES & set(label)) or bool(MOST.check(label))
    assert refused <= may_be, ascii(label)


def test_the_table_is_generated() -> None:
    assert TABLE.read_text(encoding="utf-8") == table()


def test_every_character_agrees_with_icu() -> None:
    """After a Latin letter, a Cyrillic one, an ideograph, and digits of two kinds."""
    for before, one in product("a\u0430\u6f221\u0967", CHARACTERS):
        agree(before + one)


def test_every_pair_of_sets_of_scripts_agrees_with_icu() -> None:
    for pair in product(SAMPLES, repeat=2):
        agree("".join(pair))


def test_a_look_alike_needs_a_letter_beside_it() -> None:
    """One of its own scripts, which ICU would not refuse to find there."""
    for one, latin in product(LOOK_ALIKES, "a1\u00e9"):
        for label in (f"{latin}{one}", f"{one}{latin}", f"{latin}{one}{latin}\u6f22"):
            assert why_confusable(label), ascii(label)
        for letter in "\u6f22\u3042\u30a2\ud55c":
            for label in (f"{latin}{letter}{one}", f"{one}{letter}{latin}"):
                expected = one in UNUSUAL or bool(LEAST.check(label))
                assert bool(why_confusable(label)) == expected, ascii(label)


def test_the_data_files_agree_with_icu() -> None:
    for label in (*ACCEPTED, *REFUSED, *words()):
        agree(label)


@settings(max_examples=10_000, deadline=None)
@given(st.text(st.sampled_from(SAMPLES) | st.sampled_from(CHARACTERS), min_size=3, max_size=6))
def test_longer_labels_agree_with_icu(label: str) -> None:
    agree(label)
