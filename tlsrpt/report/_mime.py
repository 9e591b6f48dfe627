"""Taking an e-mail apart: header fields and parts (RFC 5322, RFC 2045 and RFC 2046).

Python's `email` is not used for that. It takes quadratic time for some messages and raises
exceptions of many kinds for others, and what arrives here may be hostile. This reader needs two
fields of a part, looks at each octet a limited number of times, and raises nothing.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first octets of a message. RFC 5322 section 2.2 would admit "{" and quotation marks in the
# name of a field, too, so that a JSON document on one line would begin with one.
# A byte order mark or blank lines may have come before it.
HEADER: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*[A-Za-z][!-9;-~]*[ \t]*:")
_FRONT: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*")

_FIELD: Final = re.compile(rb"[A-Za-z][!-9;-~]*[ \t]*:")
# A line end that no folded line follows (RFC 5322 section 2.2.3). A pattern for the folded lines
# themselves would repeat a group, and take a hundred octets of memory for each.
_FIELD_END: Final = re.compile(rb"\n(?![ \t])")
# A line that belongs to an mbox, and not to the message.
_ENVELOPE: Final = re.compile(rb">?From [^\n]*(?:\n|\Z)")
_BLANK_LINE: Final = re.compile(rb"\r?\n")
_HEADER_END: Final = re.compile(rb"\n\r?\n")
# Where a multipart does not say its boundary: the first line that looks like one.
_ANY_BOUNDARY: Final = re.compile(rb"\n--([!-~][^\r\n]{0,69})\r?\n")
# What is after the name of a boundary; two hyphens at the last one.
_BOUNDARY_END: Final = re.compile(rb"(--)?[ \t]*\r?(?:\n|\Z)")
_BOUNDARY: Final = re.compile(r'boundary[ \t]*=[ \t]*(?:"([^"]+)"|([^; \t"]+))', re.IGNORECASE)

# Nobody needs more, and a hostile message may have a million fields, or one of many megabytes.
_MAX_FIELDS: Final = 1000
_MAX_HEADER: Final = 2**18
_MAX_DEPTH: Final = 10

_NOT_BASE64: Final = bytes(range(256)).translate(
    None, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)
# What gzip, zip and JSON begin with, in base64.
_BASE64: Final = re.compile(rb"\s*(?:H4sI|UEsDB|ey[AJ]|ew[o0])")
# A byte order mark may come twice. In UTF-16, the other octet of whitespace is zero.
JSON: Final = re.compile(
    rb"(?:\xef\xbb\xbf){0,2}\s*\{|(?:\xff\xfe){1,2}[\s\0]*\{\0|(?:\xfe\xff){1,2}[\s\0]*\0\{"
)


class Header(NamedTuple):
    """The header of a message, or of a part of one.

    Attributes:
        fields: each name with its value, unfolded; of more than anybody needs, the first ones.
        body: where the body begins.
    """

    fields: list[tuple[str, str]]
    body: int


class Part(NamedTuple):
    """A part of a message that has no parts itself.

    Attributes:
        media_type: its type in lower case; ``""`` if it has none.
        octets: its content, decoded.
    """

    media_type: str
    octets: bytes


def message_start(octets: bytes) -> int:
    """Where a message begins, after a byte order mark and blank lines."""
    front = _FRONT.match(octets)
    return front.end() if front else 0


def read_header(octets: bytes, start: int = 0, end: int | None = None) -> Header:
    """The header that begins at a place."""
    end = len(octets) if end is None else end
    # Lines that belong to an mbox come first. Later, they would end the header for other readers.
    while envelope := _ENVELOPE.match(octets, start, end):
        start = envelope.end()
    if blank := _BLANK_LINE.match(octets, start, end):
        return Header([], blank.end())
    blank = _HEADER_END.search(octets, start, end)
    header_end, body = blank.span() if blank else (end, end)
    header = octets[start : min(header_end, start + _MAX_HEADER)]
    fields: list[tuple[str, str]] = []
    for line in _FIELD_END.split(header, _MAX_FIELDS)[:_MAX_FIELDS]:
        if _FIELD.match(line):
            name, _, folded = line.partition(b":")
            value = folded.decode("utf-8", "replace").replace("\r", "").replace("\n", "").strip()
            fields.append((name.decode("ascii"), value))
        elif line:
            # What is no field ends the header, too.
            return Header(fields, start)
        start += len(line) + len(b"\n")
    return Header(fields, body)


def leaves(
    octets: bytes, header: Header, end: int | None = None, depth: int = _MAX_DEPTH
) -> Iterator[Part]:
    """The parts of a message that have no parts themselves, in order."""
    end = len(octets) if end is None else end
    # Of fields with the same name, the first one counts.
    fields = {name.rstrip().lower(): value for name, value in reversed(header.fields)}
    content_type = fields.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    is_leaf = True
    if media_type.startswith("multipart/") and depth:
        boundary = _boundary(content_type, octets, header.body, end)
        for start, stop in _sections(octets, header.body, end, boundary):
            is_leaf = False
            yield from leaves(octets, read_header(octets, start, stop), stop, depth - 1)
    if is_leaf:
        encoding = fields.get("content-transfer-encoding", "").lower()
        yield Part(media_type, _decoded(octets[header.body : end], encoding))


def _boundary(content_type: str, octets: bytes, start: int, end: int) -> bytes | None:
    """What separates the parts of a multipart body; None if nothing does."""
    if said := _BOUNDARY.search(content_type):
        name = (said[1] or said[2]).strip().encode()
        if octets.find(b"\n--" + name, start - 1, end) >= 0:
            return name
    line = _ANY_BOUNDARY.search(octets, start - 1, end)
    return line[1].rstrip() if line else None


def _sections(
    octets: bytes, start: int, end: int, boundary: bytes | None
) -> Iterator[tuple[int, int]]:
    """Where each part of a multipart body begins and ends (RFC 2046 section 5.1.1).

    The last boundary may be missing, as from Mail.ru.
    """
    if boundary is None:
        return
    mark = b"\n--" + boundary
    begin = -1
    # The line end before the first boundary may be that of the header.
    place = octets.find(mark, start - 1, end)
    while place >= 0:
        line = _BOUNDARY_END.match(octets, place + len(mark), end)
        if not line:
            place = octets.find(mark, place + 1, end)
            continue
        if begin >= 0:
            yield begin, max(begin, place)
        if line[1]:
            return
        begin = line.end()
        place = octets.find(mark, begin - 1, end)
    if begin >= 0:
        yield begin, end


def _decoded(octets: bytes, encoding: str) -> bytes:
    """The content of a part without its transfer encoding (RFC 2045 section 6).

    Some senders say base64 where there is none, and some do not say it.
    """
    if encoding == "quoted-printable":
        return binascii.a2b_qp(octets)
    if (encoding == "base64" and not JSON.match(octets)) or _BASE64.match(octets):
        # Mailing lists append text after the padding.
        digits = octets.partition(b"=")[0].translate(None, _NOT_BASE64)
        # A single digit at the end is not even one octet.
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    return octets
