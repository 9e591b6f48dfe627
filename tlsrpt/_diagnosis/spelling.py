"""What people write for an endpoint, and the schemes that they misspell."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tlsrpt._slips import slips

# What is plainly an e-mail address, in ASCII or not; RFC 5321 allows more.
ADDRESS: Final = re.compile(r"\w[\w.+'-]*@[\w.-]+")
# What begins an endpoint and cannot be the rest of one.
SCHEMES: Final = re.compile("mailto:|https?://", re.IGNORECASE)
# How an endpoint begins when its scheme is right or missing altogether.
ENDPOINT: Final = re.compile(rf"(?:mailto:)?{ADDRESS.pattern}|https?://[^\s/]", re.IGNORECASE)
# Where another record, or another row or cell of what was copied, may begin
LINE_END: Final = re.compile("[\r\n]")
CELL_END: Final = re.compile("[\t\r\n]")
BLANK_LINE: Final = re.compile(r"\n\r?\n|\r\r")
# What begins or is inside every endpoint that has a scheme or an address
NAMES_ENDPOINT: Final = re.compile("@|//")

# One word or two, then marks that people write for a colon or slashes, then the rest of the
# endpoint, which begins with none of those: so there is one way to split a text.
_SPELLED: Final = re.compile(
    r"(?P<written>(?P<word>[a-z]+(?:[ -][a-z]+)?)[\s:;=|/\\]+)(?P<rest>[^\s:;=|/\\]\S*)",
    re.IGNORECASE,
)
# The scheme of a form's field, and the scheme that was copied into it
_DOUBLED: Final = re.compile(
    r"(?P<written>(?:mailto[:=](?=mailto:)|https://)(?P<meant>mailto:|https://))(?P<rest>.*)",
    re.IGNORECASE,
)
_ESCAPE: Final = re.compile(r"(?<!\\)\\\Z")
_DOTTED_HOST: Final = re.compile(r"[^\s:/?#@.]+\.[^\s:/?#@.]")


class Respelling(NamedTuple):
    """What is written for a scheme, and what is meant: ``mailto:`` or ``https://``."""

    written: str
    meant: str


def respelled(text: str) -> Respelling | None:
    """The scheme that an endpoint was meant to begin with; None if it is right, or not clear.

    >>> respelled("mailt:tls@example.com")
    Respelling(written='mailt:', meant='mailto:')
    >>> respelled("https//r.example/v1")
    Respelling(written='https//', meant='https://')
    >>> respelled("mailto:tls@example.com"), respelled("htp://r.example")
    (None, None)
    >>> respelled("https://mailto:tls@example.com")
    Respelling(written='https://mailto:', meant='mailto:')
    """
    if doubled := _DOUBLED.fullmatch(text):
        meant = doubled["meant"].lower()
        is_endpoint = (ADDRESS.fullmatch if meant == "mailto:" else _DOTTED_HOST.match)(
            doubled["rest"]
        )
        return Respelling(doubled["written"], meant) if is_endpoint else None
    beginning = _SPELLED.fullmatch(text)
    if beginning is None or beginning["written"].lower() in {"mailto:", "https://"}:
        return None
    if _ESCAPE.search(beginning["written"]):
        # The letters after it may belong to the escape.
        return None
    word = re.sub("[ -]", "", beginning["word"].lower())
    rest = beginning["rest"]
    if ADDRESS.fullmatch(rest) and (word in {"mail", "email"} or slips(word, "mailto") <= 1):
        # With the colon one place off, a letter of the scheme would end up in the address.
        is_shifted = word != "mailto" and f"{word}{rest.lower()}".startswith("mailto")
        return None if is_shifted else Respelling(beginning["written"], "mailto:")
    off = slips(word, "https")
    # A word that is just as close to http may be meant as that.
    if _DOTTED_HOST.match(rest) and off <= 1 and off < slips(word, "http"):
        return Respelling(beginning["written"], "https://")
    return None


def within(uri: str) -> re.Match[str] | None:
    """Where another URI begins inside a URI, before its query.

    >>> within("https://r.example/v1mailto:tls@example.com")
    <re.Match object; span=(20, 27), match='mailto:'>
    """
    return SCHEMES.search(uri.partition("?")[0], 1)
