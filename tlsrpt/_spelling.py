"""What people write for an endpoint, beside it and between two; and what they meant.

Both doors ask: the strict one to name the mistake, `_diagnosis` to mend it too.
"""

from __future__ import annotations

import re
from typing import Final

# What is plainly an e-mail address, in ASCII or not. With the rarer signs that RFC 5321 admits it
# may be that, or have taken up a separator.
BARE_ADDRESS: Final = re.compile(r"\w[\w.+'-]*+@[\w.-]+")

# How an e-mail address begins, plain or not.
ADDRESS_BEGINNING: Final = r"[^\s@=:/,]++@[^\s@=:/,|?#]++"

# What begins an endpoint, and goes on from nothing before it.
BEGINS_ANEW: Final = re.compile(r"rua\s*+=|mailto:|https?://", re.IGNORECASE)

# What people put beside an endpoint, and between two.
OPENERS: Final = "<\"'`\u201c\u201e\u2018\u201a\u00ab\u00bb\u2039\u203a"
CLOSERS: Final = ">\"'`\u201d\u201c\u2019\u2018\u00bb\u00ab\u203a\u2039"
RUA_PREFIX: Final = re.compile(r"(?:rua\s*+=\s*+)++", re.IGNORECASE)
_SIZE_LIMIT: Final = re.compile("![0-9]++([kmgt]?)", re.IGNORECASE)
BRACKETED: Final = re.compile(r"[(\[{](?P<target>[^()\[\]{}\s]++)[)\]}]")
_OPENED: Final = re.compile(rf"(?:mailto:)?([{OPENERS}]++)", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"\s*+[,;|]++\s*+|\s++(?:(?:&|\+|and)\s++)?", re.IGNORECASE)
_SPACE_BEFORE_SCHEME: Final = re.compile(r"(?<!\s)\s++(?=mailto:|https?://)", re.IGNORECASE)
_ENDPOINT_BEGINNING: Final = re.compile(
    rf"(?:{RUA_PREFIX.pattern})?[{OPENERS}]*+(?:(?:mailto:)?{ADDRESS_BEGINNING}|https?://\S)",
    re.IGNORECASE,
)
_URI_WITHIN: Final = re.compile(r"mailto:[^\s@/:]++@|https?://", re.IGNORECASE)
# What people write for "mailto:" and "https://": a word, marks, and perhaps both once more.
_BEGINNING: Final = re.compile(
    r"(?!mailto:(?!mailto[:/])[^\s:=|/\\]|https://(?!https[:/])[^\s:=|/\\])"
    r"(?P<word>[a-z]++(?:[ -][a-z]++)?)[\s:;=|/\\]++(?:(?P=word)[:/]++)?(?P<rest>\S++)",
    re.IGNORECASE,
)
_DOTTED_HOST: Final = re.compile(r"[^\s:/?#@.]++(?:\.[^\s:/?#@.]++)++")


def slips(word: str, meant: str) -> int:
    """The fewest slips of the pen between two words: a letter too many, too few, wrong, or swapped.

    Where their lengths are more than two apart it is not counted, and the longer length is given.

    >>> slips("TSLRPTv1", "TLSRPTv1"), slips("htps", "https"), slips("ftp", "mailto")
    (1, 1, 6)
    """
    if abs(len(word) - len(meant)) > 2:
        return max(len(word), len(meant))
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(word, 1):
        two_before, before, row = before, row, [i]
        for j, other in enumerate(meant, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and word[i - 2] == other:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]


def respelt(text: str) -> str | None:
    """The endpoint with the ``mailto:`` or ``https://`` that was meant; None where it is not plain.

    >>> respelt("mailt:tls@example.com"), respelt("https//r.example/v1"), respelt("htp://r.example")
    ('mailto:tls@example.com', 'https://r.example/v1', None)
    """
    beginning = _BEGINNING.fullmatch(text)
    if beginning is None:
        return None
    word, rest = re.sub("[ -]", "", beginning["word"].lower()), beginning["rest"]
    if BARE_ADDRESS.fullmatch(rest) and (word in {"mail", "email"} or slips(word, "mailto") <= 1):
        return f"mailto:{rest}"
    off = slips(word, "https")
    # What is as near to http may be meant for that.
    if _DOTTED_HOST.match(rest) and off <= 1 and off < slips(word, "http"):
        return f"https://{rest}"
    return None


def misspelt_length(text: str, meant: str) -> int:
    """How much of a text, from its beginning, `respelt` wrote anew."""
    beginning = "mailto:" if meant.startswith("mailto:") else "https://"
    return len(text) - (len(meant) - len(beginning))


def within(uri: str) -> re.Match[str] | None:
    """Where, before its query, another URI begins within a URI.

    >>> within("https://r.example/v1mailto:tls@example.com")
    <re.Match object; span=(20, 31), match='mailto:tls@'>
    """
    return _URI_WITHIN.search(uri.partition("?")[0], 1)


def wrapping(text: str) -> str:
    """The marks that wrap an endpoint: those before it, or else those after it; may be none.

    >>> wrapping("<tls@example.com>"), wrapping("mailto:tls@example.com>")
    ('<', '>')
    """
    if BRACKETED.fullmatch(text):
        return text[0]
    opened = _OPENED.match(text)
    inner = text.rstrip(CLOSERS)
    closing = text[len(inner) :]
    # Within mailto, a quotation mark alone begins a mailbox; in a URL, an apostrophe may end it.
    if opened and (closing or opened.start(1) == 0):
        return opened[1]
    return "" if not closing.strip("'") or set(OPENERS) & set(inner) else closing


def listed(text: str) -> list[tuple[int, int]]:
    """Where the endpoints are that the text lists, if it lists several; else where the text is.

    In a query, what looks like an endpoint is none, unless white space and a scheme begin it.

    >>> listed("a@example.com, b@example.com")
    [(0, 13), (15, 28)]
    >>> listed("https://r.example/?to=a@example.com,b@example.com")
    [(0, 49)]
    """
    first = _SEPARATOR.search(text)
    in_query = first is not None and "?" in text[: first.start()]
    spans: list[tuple[int, int]] = []
    begin = 0
    for gap in (_SPACE_BEFORE_SCHEME if in_query else _SEPARATOR).finditer(text):
        if not _ENDPOINT_BEGINNING.match(text, begin, gap.start()):
            return [(0, len(text))]
        spans.append((begin, gap.start()))
        begin = gap.end()
    is_list = _ENDPOINT_BEGINNING.match(text, begin) is not None
    return [*spans, (begin, len(text))] if is_list else [(0, len(text))]


def size_limit(uri: str) -> str | None:
    """The size limit that a DMARC URI may end in (RFC 7489 section 6.2); in a URL, with its unit.

    In a query or a fragment it may be anything else.

    >>> size_limit("mailto:tls@example.com!10"), size_limit("https://r.example/go!1")
    ('!10', None)
    """
    mark = -1 if "?" in uri or "#" in uri else uri.rfind("!")
    limit = _SIZE_LIMIT.fullmatch(uri, mark) if mark >= 0 else None
    return limit[0] if limit and (limit[1] or "://" not in uri) else None
