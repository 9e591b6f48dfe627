"""Is this a TLS-RPT version, ``v=TLSRPTv1`` or what was meant to be it?

It is loaded only for texts that are not valid records.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt._abnf import TLSRPT_VERSION
from tlsrpt._slips import slips

if TYPE_CHECKING:
    from collections.abc import Iterator

# v= or version=, doubled as v=v= or v==, or with a colon for =, and the word after it, which may be
# in quotation marks. A blank may be in front of its number, and no more than a number in front of
# the next field's rua. Or the word alone, with v in front or not: then it has to be spelled right.
_WRITTEN: Final = re.compile(
    r"v(?:ersion)?\s*[=:]+\s*(?:v=)?\"?"
    r"(?P<word>tls-?rpt(?:v?[0-9]+(?=rua)|\s+v1\b)|[a-z0-9._-]*)(?<!\.)\"?"
    r"|(?:v\s+)?(?P<bare>tls[_-]?rpt[_-]?v?[0-9]*\b)",
    re.IGNORECASE,
)
# Where a version may begin inside a text: the word alone only as a word of its own, in front of a
# semicolon.
_BEGINNING: Final = re.compile(
    r"v(?:ersion)?\s*[=:]"
    r"|(?<![^\s\"'`\u201c\u201e])(?:v\s+)?tls[_-]?rpt[_-]?v?1\s*;",
    re.IGNORECASE,
)
_BLANKS: Final = re.compile(r"[\s_-]")
# The word, and at its end a number, or what is taken for 1.
_WORD_AND_NUMBER: Final = re.compile("([a-uw-z]*)(v?[0-9il]?)")
_OTHER_RECORD: Final = re.compile("(spf|dmarc|sts|bimi|dkim)v?[0-9.]*")
_KINDS: Final = {"spf": "SPF", "dmarc": "DMARC", "sts": "MTA-STS", "bimi": "BIMI", "dkim": "DKIM"}
# With blanks in it
_LONGEST_WORD: Final = 32
_FIRST: Final = {"", "v", "1", "v1", "i", "vi", "l", "vl"}
# Cyrillic letters that look like those of a record's words: somebody forgot to switch the keyboard.
CYRILLIC: Final = str.maketrans("ТЅРМАІОНаіоһрѕ", "TSPMAIOHaiohps")  # noqa: RUF001
_BEFORE_RECORD: Final = "\"'\\\u201c\u201e \t\r\n"


class Version(NamedTuple):
    """The text that is, or is meant as, the version of a record.

    Attributes:
        start: where it begins.
        end: where it ends.
        written: its text.
        is_bare: whether ``v=`` is missing.
        kind: the kind of record, such as SPF. It is TLS-RPT even if the word has slips; None if it
            is unknown.
        is_first: whether it is TLSRPTv1, perhaps with slips; another number is another version.
    """

    start: int
    end: int
    written: str
    is_bare: bool
    kind: str | None
    is_first: bool


def version_at(text: str, start: int = 0, end: int | None = None) -> Version | None:
    """The version of some record at a place.

    >>> version_at("v=TSLRPTv1; rua=mailto:tls@example.com").kind
    'TLS-RPT'
    >>> version_at("v=spf1 -all").kind, version_at("rua=mailto:tls@example.com")
    ('SPF', None)
    """
    match = _WRITTEN.match(text, start, len(text) if end is None else end)
    if match is None:
        return None
    start, end = match.span()
    if match[0] == TLSRPT_VERSION:
        return Version(start, end, match[0], is_bare=False, kind="TLS-RPT", is_first=True)
    word = (match["bare"] or match["word"]).lower()
    kind, is_first = (None, False) if len(word) > _LONGEST_WORD else _kind_of(word)
    return Version(start, end, match[0], match["bare"] is not None, kind, is_first)


# The same few words come again and again.
@lru_cache(maxsize=1024)
def _kind_of(word: str) -> tuple[str | None, bool]:
    """The kind of the record that a word is the version of, and whether it is TLSRPTv1."""
    if other := _OTHER_RECORD.fullmatch(word):
        return _KINDS[other[1]], False
    parts = _WORD_AND_NUMBER.fullmatch(_BLANKS.sub("", word))
    if parts and slips(parts[1], "tlsrpt") <= 2:
        return "TLS-RPT", parts[2] in _FIRST
    return None, False


def versions_in(text: str, start: int = 0, end: int | None = None) -> Iterator[Version]:
    """The versions of known records in a stretch of a text."""
    for beginning in _BEGINNING.finditer(text, start, len(text) if end is None else end):
        version = version_at(text, beginning.start(), end)
        if version and version.kind:
            yield version


def find_version(text: str, start: int = 0, end: int | None = None) -> Version | None:
    """The first version of a TLS-RPT record in a stretch of a text.

    >>> find_version("Value: v=TLSRPT; rua=mailto:tls@example.com").start
    7
    """
    return next((one for one in versions_in(text, start, end) if one.kind == "TLS-RPT"), None)


def is_meant(text: str) -> bool:
    """Whether a text was plainly meant to be a TLS-RPT record.

    >>> is_meant("v=TLSRPT1; rua=mailto:tls@example.com"), is_meant("v=spf1 -all")
    (True, False)
    """
    lower = (text if text.isascii() else text.translate(CYRILLIC)).lower()
    return "tlsrptv1" in lower or lower.startswith("rua=") or find_version(lower) is not None


def is_record(text: str) -> bool:
    """Whether a text given for something else is a whole record, of this kind or another.

    >>> is_record("v=spf1 -all"), is_record("mailto:tls@example.com"), is_record("tlsrpt.example")
    (True, False, False)
    """
    version = version_at(text.lstrip(_BEFORE_RECORD))
    if version and version.kind and not version.is_bare:
        return True
    # A query may hold the word, but hardly a record's semicolon after it.
    within = (one for one in versions_in(text) if one.kind == "TLS-RPT")
    return any(text[one.end :].lstrip().startswith(";") for one in within)
