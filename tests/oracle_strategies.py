"""Hypothesis strategies: all corners of RFC 8460's grammar, and text just beside it."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

_HEXDIG: Final = st.sampled_from(string.hexdigits)
_ALPHA: Final = string.ascii_letters
_DIGIT: Final = string.digits
_UNRESERVED: Final = f"{_ALPHA}{_DIGIT}-._~"
_SUB_DELIMS: Final = "$&'()*+="
_PCHAR: Final = f"{_UNRESERVED}{_SUB_DELIMS}:@"

_PCT_ENCODED: Final = st.builds("%{}{}".format, _HEXDIG, _HEXDIG)


def _concatenated(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def _optional(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), part)


def _repeated(
    part: st.SearchStrategy[str], least: int = 0, most: int = 2
) -> st.SearchStrategy[str]:
    return st.lists(part, min_size=least, max_size=most).map("".join)


def _encoded(characters: str, least: int = 0) -> st.SearchStrategy[str]:
    """Runs of the characters, and percent-encoded ones."""
    run = st.text(characters, min_size=1, max_size=4)
    return _repeated(st.one_of(run, run, _PCT_ENCODED), least)


# --- RFC 3986 appendix A --------------------------------------------------------------------------

_H16: Final = st.text(string.hexdigits, min_size=1, max_size=4)
_IPV4ADDRESS: Final = st.one_of(
    st.builds("{}.{}.{}.{}".format, *[st.integers(0, 255)] * 4),
    st.sampled_from(["0.0.0.0", "9.10.99.100", "199.200.249.250", "255.255.255.255"]),  # noqa: S104
)


@st.composite
def _ipv6_addresses(draw: st.DrawFn) -> str:
    """Eight pieces, or up to seven of them and a `::`; the last two may be an IPv4 address."""
    elided = draw(st.booleans())
    count = draw(st.integers(0, 7)) if elided else 8
    pieces = draw(st.lists(_H16, min_size=count, max_size=count))
    before = draw(st.integers(0, count)) if elided else 0
    if count - before >= 2 and draw(st.booleans()):
        pieces[-2:] = [draw(_IPV4ADDRESS)]
    if elided:
        return f"{':'.join(pieces[:before])}::{':'.join(pieces[before:])}"
    return ":".join(pieces)


_IPVFUTURE: Final = st.builds(
    "{}{}.{}".format,
    st.sampled_from("vV"),
    st.text(string.hexdigits, min_size=1, max_size=3),
    st.text(f"{_UNRESERVED}{_SUB_DELIMS}:", min_size=1, max_size=8),
)
_IP_LITERAL: Final = st.one_of(_ipv6_addresses(), _IPVFUTURE).map("[{}]".format)
# What nearly is an IPv4 address is a reg-name, as is nothing at all.
_ODD_NAMES: Final = st.sampled_from(["256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4.", ""])
_REG_NAME: Final = st.one_of(_ODD_NAMES, _encoded(f"{_UNRESERVED}{_SUB_DELIMS}"))
_AUTHORITY: Final = _concatenated(
    _optional(_encoded(f"{_UNRESERVED}{_SUB_DELIMS}:").map("{}@".format)),
    st.one_of(_IP_LITERAL, _IPV4ADDRESS, _REG_NAME),
    _optional(st.text(_DIGIT, max_size=6).map(":{}".format)),
)

_SEGMENT: Final = _encoded(_PCHAR)
_SEGMENT_NZ: Final = _encoded(_PCHAR, least=1)
_PATH_ABEMPTY: Final = _repeated(_SEGMENT.map("/{}".format))
_PATH_ROOTLESS: Final = _concatenated(_SEGMENT_NZ, _PATH_ABEMPTY)
_HIER_PART: Final = st.one_of(
    st.builds("//{}{}".format, _AUTHORITY, _PATH_ABEMPTY),
    _optional(_PATH_ROOTLESS).map("/{}".format),
    _PATH_ROOTLESS,
    st.just(""),
)
_SCHEME: Final = st.one_of(
    st.sampled_from(["mailto", "https", "MAILTO", "hTTps", "http", "ftp", "urn", "x", "rua"]),
    st.builds("{}{}".format, st.sampled_from(_ALPHA), st.text(f"{_ALPHA}{_DIGIT}+-.", max_size=6)),
)
_QUERY: Final = _encoded(f"{_PCHAR}/?")
_TLSRPT_URI: Final = st.one_of(
    st.sampled_from(["mailto:tls@example.com", "https://r.example/v1"]),
    st.builds(
        "{}:{}{}{}".format,
        _SCHEME,
        _HIER_PART,
        _optional(_QUERY.map("?{}".format)),
        _optional(_QUERY.map("#{}".format)),
    ),
)

# --- RFC 8460 section 3 ---------------------------------------------------------------------------

_WSP: Final = st.one_of(st.just(""), st.text(" \t", max_size=3))
_FIELD_DELIM: Final = st.builds("{};{}".format, _WSP, _WSP)
_COMMA: Final = st.builds("{},{}".format, _WSP, _WSP)
_TLSRPT_RUA: Final = st.builds(
    "rua={}{}".format, _TLSRPT_URI, _repeated(_concatenated(_COMMA, _TLSRPT_URI), most=1)
)
_TLSRPT_EXT_NAME: Final = st.one_of(
    st.sampled_from(["RUA", "Rua", "ru", "ruaa", "rua-", "v", "V", "0", "x" * 31, "x" * 32]),
    st.builds(
        "{}{}".format,
        st.sampled_from(f"{_ALPHA}{_DIGIT}"),
        st.text(f"{_ALPHA}{_DIGIT}_-.", max_size=31),
    ),
).filter(lambda name: name != "rua")
_EXT_VALUE: Final = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in ";=")
_TLSRPT_EXTENSION: Final = st.builds(
    "{}={}".format, _TLSRPT_EXT_NAME, st.text(_EXT_VALUE, min_size=1, max_size=12)
)
_FURTHER_FIELDS: Final = _repeated(
    _concatenated(_FIELD_DELIM, st.one_of(_TLSRPT_EXTENSION, _TLSRPT_RUA)), most=1
)
TLSRPT_RECORDS: Final = st.builds(
    "v=TLSRPTv1{}{}{}{}{}".format,
    _FURTHER_FIELDS,
    _FIELD_DELIM,
    _TLSRPT_RUA,
    _FURTHER_FIELDS,
    _optional(_FIELD_DELIM),
)

# --- Beside the grammar ---------------------------------------------------------------------------

# Every octet of ASCII; white space, digits and letters that are not the grammar's, though some of
# Python's functions take them for such; characters without a width; a lone surrogate.
_CHARACTERS: Final = st.one_of(
    st.sampled_from(' \t;,=!%:/?#[]@"\\.'),
    st.characters(max_codepoint=0x7F),
    st.sampled_from("\x85\xa0\u2003\u2028\u3000\u0663\uff11\u017f\u212a\u0130\u200b\ufeff\udcff"),
)
_PIECES: Final = st.sampled_from(
    ["rua=", "; rua=", ";;", ",,", " ;", "v=TLSRPTv1", "//", "[::1]", "::", "%2", "x:", "a=b"]
)


def _delete(text: str, start: int, end: int, _new: str) -> str:
    return text[:start] + text[end:]


def _insert(text: str, start: int, _end: int, new: str) -> str:
    return text[:start] + new + text[start:]


def _replace(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _duplicate(text: str, start: int, end: int, _new: str) -> str:
    return text[:end] + text[start:]


def _swap(text: str, start: int, end: int, _new: str) -> str:
    """The slice trades places with the character before it."""
    before = max(start - 1, 0)
    return text[:before] + text[start:end] + text[before:start] + text[end:]


_MUTATIONS: Final[st.SearchStrategy[Callable[[str, int, int, str], str]]] = st.sampled_from(
    [_delete, _insert, _replace, _duplicate, _swap]
)


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    """A record with a few slips of the pen."""
    text = draw(TLSRPT_RECORDS)
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(0, len(text)))
        end = min(start + draw(st.sampled_from([1, 1, 1, 2, 5])), len(text))
        text = draw(_MUTATIONS)(text, start, end, draw(st.one_of(_CHARACTERS, _PIECES)))
    return text


TEXTS: Final = st.one_of(TLSRPT_RECORDS, _mutated(), _mutated(), _mutated())
