"""Character-strings, the parts of a TXT record (RFC 1035 section 3.3): splitting and joining."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tlsrpt._catalogue import words
from tlsrpt._display import name_of
from tlsrpt.errors import TLSRPTError

# RFC 1035 section 3.3: one octet holds the length.
MAX_STRING: Final = 255
# RFC 1035 section 3.2.1: the length of RDATA is 16 bits.
MAX_RDATA: Final = 65_535
# In octets: 256 strings fill the RDATA, each with its length octet.
MAX_VALUE: Final = MAX_RDATA - 256


def split_txt(value: str | bytes) -> tuple[bytes, ...]:
    """The character-strings of a TXT value: all of 255 octets but the last (RFC 1035 section 3.3).

    Args:
        value: the value; a `str` is encoded as UTF-8, and may be cut within a character.

    Returns:
        At least one string, as in every TXT record; an empty value gives one empty string.

    Raises:
        TLSRPTError: the value has more than the 65,279 octets that one TXT record holds, or a
            lone surrogate, which UTF-8 cannot encode.
        TypeError: the value is neither `str` nor `bytes`.

    >>> [len(string) for string in split_txt("v=TLSRPTv1; rua=mailto:" + 300 * "x")]
    [255, 68]
    """
    if not isinstance(value, str | bytes):
        raise TypeError(f"a TXT value is str or bytes, not {type(value).__name__}")
    octets = _utf_8(plain(value)) if isinstance(value, str) else value
    if len(octets) > MAX_VALUE:
        raise TLSRPTError(*words("too-long", length=len(octets), limit=MAX_VALUE))
    return tuple(octets[i : i + MAX_STRING] for i in range(0, len(octets) or 1, MAX_STRING))


def _utf_8(value: str) -> bytes:
    """The value's octets; a lone surrogate has none, even one that stands for a raw octet."""
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        character = name_of(value[error.start])
        raise TLSRPTError(*words("not-utf-8", character=character)) from error


def join_txt(strings: Iterable[str | bytes]) -> str:
    """The value of a TXT record: its character-strings, joined (RFC 8460 section 3).

    Raises:
        TLSRPTError: the joined strings are not UTF-8.
        TypeError: `strings` is one bare `str` or `bytes`, or holds something else.

    >>> join_txt([b"v=TLSRPTv1; rua=mailto:", b"tls@example.com"])
    'v=TLSRPTv1; rua=mailto:tls@example.com'
    """
    if isinstance(strings, str | bytes):
        raise TypeError("pass an iterable of strings; a single value needs no joining")
    joined = read_txt(strings)
    _utf_8(joined)
    return joined


def read_txt(text: str | bytes | Iterable[str | bytes]) -> str:
    """One `str` from any form in which DNS libraries return a TXT record.

    An octet that is not UTF-8 becomes a lone surrogate (PEP 383), so that nothing is lost.
    """
    if isinstance(text, str):
        return plain(text)
    if isinstance(text, bytes):
        return text.decode("utf-8", "surrogateescape")
    if not isinstance(text, Iterable):
        raise TypeError(
            "a TXT record is str, bytes, or an iterable of its character-strings, "
            f"not {type(text).__name__}"
        )
    # `join` would take 80 octets of memory for each string.
    joined = bytearray()
    for string in text:
        joined += _octets(string)
    return joined.decode("utf-8", "surrogateescape")


def plain(text: str) -> str:
    """The text as an exact `str`; a subclass such as an Enum may print as something else."""
    return str.__str__(text)


def to_octets(text: str) -> bytes:
    """The text in UTF-8; a lone surrogate of PEP 383 gives the octet that it stands for."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _octets(string: str | bytes) -> bytes:
    if isinstance(string, str):
        return to_octets(plain(string))
    if isinstance(string, bytes):
        return string
    raise TypeError(f"a character-string is str or bytes, not {type(string).__name__}")
