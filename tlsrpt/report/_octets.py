"""From octets to JSON values: gzip, character encodings and JSON, each with its limits.

RFC 8460 sections 4.4 and 5.2, RFC 7493 (I-JSON) and RFC 1952 (gzip).
"""

from __future__ import annotations

import json
import re
import zlib
from bisect import bisect
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt.report._catalogue import fail
from tlsrpt.report._findings import LEAST_NAMES

if TYPE_CHECKING:
    from tlsrpt.report._findings import Findings

# RFC 8460 section 5.2 names 10 MB as a common limit of receivers.
MAX_SIZE: Final = 10 * 2**20
# Parsed and read, each value takes up to 400 octets, so that fewer than max_size are let in.
# Reports have one value to 25 octets or more.
_OCTETS_PER_VALUE: Final = 20

_GZIP_MEMBER: Final = b"\x1f\x8b"
# The second is what is left of it where a program took it for text, in which 8b is no character.
GZIP: Final = (_GZIP_MEMBER, b"\x1f\xef\xbf\xbd")
# zlib's number for "gzip with its header and trailer".
_GZIP_WINDOW: Final = 31
# How much is unpacked at once: at the end of a member, zlib copies what follows it.
_CHUNK: Final = 2**16
# Each part takes time, however short it is. Reports have 300 octets or more.
_OCTETS_PER_PART: Final = 256
_LEAST_PARTS: Final = 1000
_OCTETS_PER_NAME: Final = 10 * 2**10

# Each value but the first comes after one of these. A string that stands for a list has a value on
# each line; other escapes of line ends are so long that they need no limit.
_BEFORE_VALUES: Final = (",", "[", "{")
_ESCAPED_LINE_ENDS: Final = (r"\n", r"\r")

_UTF_8_MARK: Final = b"\xef\xbb\xbf"
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_MAX_DIGITS: Final = 19
# What is not whitespace (RFC 8259 section 2: ws).
_INK: Final = re.compile("[^ \t\n\r]")


def part_limit(max_size: int) -> int:
    """How many parts a file or an e-mail may have: attachments, members, or reports on lines."""
    return _LEAST_PARTS + max_size // _OCTETS_PER_PART


def name_limit(max_size: int) -> int:
    """How many names outside ASCII a report may hold, or all reports in one file or e-mail."""
    return LEAST_NAMES + max_size // _OCTETS_PER_NAME


def value_limit(max_size: int) -> int:
    """How many JSON values a document may hold, or all documents in one file or e-mail."""
    return max_size // _OCTETS_PER_VALUE


def count_values(data: bytes | str) -> int:
    """About how many JSON values a document holds."""
    # Without its zero octets, UTF-16 is near enough to ASCII for that.
    text = data if isinstance(data, str) else data.replace(b"\0", b"").decode("latin-1")
    count = sum(map(text.count, _BEFORE_VALUES))
    # Most documents have no escape at all, which is seen at once.
    return count + sum(map(text.count, _ESCAPED_LINE_ENDS)) if "\\" in text else count


class Unpacked(NamedTuple):
    """What a gzip stream holds.

    Attributes:
        octets: as much of it as could be unpacked; over the limit, one octet more than that.
        flaw: the code of what is wrong with the stream, or None.
        rest: how many octets follow the stream.
    """

    octets: bytes
    flaw: str | None
    rest: int


def gunzip(data: bytes, max_size: int) -> Unpacked:
    """Unpack a gzip file (RFC 1952) of one or more members, up to one octet over the limit."""
    view = memoryview(data)
    pieces: list[bytes] = []
    left = max_size + 1
    end = 0
    for _ in range(part_limit(max_size)):
        start, whole = end, len(pieces)
        stream = zlib.decompressobj(_GZIP_WINDOW)
        try:
            while left and end < len(data) and not stream.eof:
                chunk = view[end : end + _CHUNK]
                pieces.append(stream.decompress(chunk, left))
                left -= len(pieces[-1])
                end += len(chunk) - len(stream.unused_data)
        except zlib.error:
            pieces[whole:] = [_before_damage(view[start:])]
            return Unpacked(b"".join(pieces), "invalid-gzip", 0)
        if not left:
            return Unpacked(b"".join(pieces), "size-limit", 0)
        if not stream.eof:
            return Unpacked(b"".join(pieces), "truncated-gzip", 0)
        if not data.startswith(_GZIP_MEMBER, end):
            # Some senders end the file with a line end (RFC 1952 section 2.2 has no padding).
            return Unpacked(b"".join(pieces), None, len(data) - end)
    return Unpacked(b"".join(pieces), "part-limit", 0)


def _before_damage(data: memoryview) -> bytes:
    """The content of a damaged gzip stream up to the damage: all if only the checksum is wrong.

    It needs no limit, since the damage came before the limit.
    """

    def is_damaged(length: int) -> bool:
        try:
            zlib.decompressobj(_GZIP_WINDOW).decompress(data[:length])
        except zlib.error:
            return True
        return False

    # zlib does not return what it unpacked before the damage.
    length = bisect(range(len(data)), 0, key=is_damaged) - 1
    return zlib.decompressobj(_GZIP_WINDOW).decompress(data[:length])


def unpacked(data: bytes | Unpacked, findings: Findings, max_size: int) -> tuple[bytes, str | None]:
    """The octets of a document, unpacked if need be, and the code of what is wrong with the stream.

    It raises an exception if nothing can be unpacked.
    """
    if not isinstance(data, Unpacked):
        if not data.startswith(GZIP):
            return data, None
        data = gunzip(data, max_size)
    if data.flaw == "size-limit" or (data.flaw == "invalid-gzip" and not data.octets):
        raise fail(data.flaw, limit=max_size)
    if data.rest:
        findings.add("trailing-data", count=data.rest, unit="octets")
    return data.octets, data.flaw


def decode(data: bytes, findings: Findings) -> str:
    """Text from octets: UTF-8 (RFC 8259 section 8.1), or UTF-16 if it begins with its mark."""
    if data.startswith(_UTF_16_MARKS):
        findings.add("utf-16-encoding")
        return _decode(data, "UTF-16", findings)
    if data.startswith(_UTF_8_MARK):
        findings.add("byte-order-mark")
        data = data[len(_UTF_8_MARK) :]
    return _decode(data, "UTF-8", findings)


def _decode(data: bytes, encoding: str, findings: Findings) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        findings.add("invalid-utf-8", offset=error.start, encoding=encoding)
        return data.decode(encoding, "replace")


class OddObject(dict[str, object]):
    """A JSON object with members under names that are not theirs, or that occur again.

    Attributes:
        repeated: the names that occur more than once.
    """

    def __init__(self, members: dict[str, object], repeated: tuple[str, ...] = ()) -> None:
        super().__init__(members)
        self.repeated = repeated


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; of members with the same name, the last one counts, as for most readers."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for name, _ in pairs:
        if name in seen:
            repeated[name] = None
        seen.add(name)
    return OddObject(members, tuple(repeated))


def _integer(digits: str) -> int | float:
    """An integer; a float, mostly an infinite one, if it has more digits than any count."""
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


# NaN and Infinity, which are not JSON, become floats: wherever they matter, a float is wrong.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object)
# Where nobody asks which names occur again; the value is the same.
_FAST_DECODER: Final = json.JSONDecoder()
# For documents with an integer of more than 4,300 digits, for which int() raises a ValueError.
_PATIENT_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer)


def load(data: bytes | str, findings: Findings, max_size: int) -> object:
    """The JSON value that a document holds."""
    if len(data) > max_size:
        raise fail("size-limit", limit=max_size)
    text = data if isinstance(data, str) else decode(data, findings)
    if text.startswith("\ufeff"):
        findings.add("byte-order-mark")
        text = text[1:]
    start = _INK.search(text)
    if not start:
        raise fail("empty-document")
    # A short text need not be counted.
    limit = value_limit(max_size)
    if len(text) > limit and count_values(text) > limit:
        raise fail("value-limit", limit=limit)
    value, end = _parse(text, start.start(), _DECODER if findings.wanted else _FAST_DECODER)
    if end < len(text) and (rest := _INK.search(text, end)):
        code = "second-document" if rest[0] == "{" else "trailing-data"
        findings.add(code, count=len(text) - end, unit="characters")
    return value


def _parse(text: str, start: int, decoder: json.JSONDecoder) -> tuple[object, int]:
    """The JSON value that begins at a place, and where it ends."""
    try:
        return decoder.raw_decode(text, start)
    except RecursionError:
        raise fail("nesting-limit") from None
    except json.JSONDecodeError as error:
        raise fail("invalid-json", reason=str(error)) from None
    except ValueError:
        return _parse(text, start, _PATIENT_DECODER)
