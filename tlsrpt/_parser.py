"""Text to fields, in one pass that recovers from mistakes: RFC 8460 section 3.

What is in the grammar is read here. What is not is shown to `_diagnosis`, which names the mistake
and tells what was meant; the pass then goes on, so as to find all there is to find.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from tlsrpt import _copied, _diagnosis
from tlsrpt._abnf import TLSRPT_EXT_NAME, TLSRPT_EXT_VALUE, TLSRPT_URI, TLSRPT_VERSION, WSP
from tlsrpt.findings import find
from tlsrpt.txt import MAX_VALUE

if TYPE_CHECKING:
    from tlsrpt.findings import Finding


_LINE_END: Final = re.compile(r"\s*[\r\n]")
# Quotation within quotation, as a program's within a zone file's within a shell's; deeper than that
# nobody copies.
_MOST_LEVELS: Final = 4


class Reading:
    """What a text holds, with places as offsets in characters.

    Attributes:
        uris: the URIs of every rua field, in order: the text, where it starts and ends, and whether
            it stands there in the grammar, or is what a mistake was mended into.
        extensions: the other fields: name, value, and where it starts and ends.
        rua_values: where the values of the rua fields stand.
        findings: the mistakes, in order of place.
        mendable: whether each of them could be mended without guessing.
        length: how many characters the record has, less what was copied along with it.
        usable: whether this is a record of RFC 8460 at all, be it a misspelt one.
    """

    __slots__ = ("extensions", "findings", "length", "mendable", "rua_values", "uris", "usable")

    def __init__(self) -> None:
        self.uris: list[tuple[str, int, int, bool]] = []
        self.extensions: list[tuple[str, str, int, int]] = []
        self.rua_values: list[tuple[int, int]] = []
        self.findings: list[Finding] = []
        self.mendable = True
        self.length = 0
        self.usable = True


def read(text: str) -> Reading:
    """Read a record. Every text gives a reading; one without findings is in the grammar."""
    if len(text) > MAX_VALUE:
        too_long = find("too-long", 0, len(text), length=len(text), limit=MAX_VALUE)
        return _refused(Reading(), too_long)
    if text.startswith(TLSRPT_VERSION) and "!" <= text[-1] <= "~" and text.isascii():
        return _read_record(Reading(), text, 0, len(text))
    reading = Reading()
    return _read_copy(reading, _copied.narrowed(text, reading.findings))


def _read_copy(reading: Reading, text: str, level: int = 0) -> Reading:
    """Read a record amid what was copied along with it."""
    findings = reading.findings
    start, end, plain = _copied.trim(text, findings)
    if start == end:
        findings.clear()
        return _refused(reading, find("empty-record", 0, len(text)))
    if not plain:
        return _refused(reading)
    quoted = text[start] == '"'
    if not (quoted or _copied.INVISIBLE.search(text, start, end)):
        return _read_record(reading, text, start, end)
    if quoted:
        findings.append(find("surrounding-quotes", start, start + 1))
        start, end = _copied.one_of_several(text, start, end, findings)
        if start == end or level >= _MOST_LEVELS:
            return _refused(reading)
    inner, places, plain = _copied.undone(text, start, end, findings)
    reading = _put_back(_read_copy(Reading(), inner, level + 1), places, findings)
    reading.mendable = reading.mendable and plain
    return reading


def _put_back(reading: Reading, places: list[tuple[int, int]], findings: list[Finding]) -> Reading:
    """The reading of what was copied, with the places in the text around and its findings."""

    def around(start: int, end: int) -> tuple[int, int]:
        first = places[start][0]
        return first, places[end - 1][1] if end > start else first

    findings += [f._replace(span=around(*f.span)) for f in reading.findings]
    findings.sort(key=attrgetter("span"))
    reading.findings = findings
    reading.uris = [(uri, *around(*span), stood) for uri, *span, stood in reading.uris]
    reading.extensions = [
        (name, value, *around(*span)) for name, value, *span in reading.extensions
    ]
    reading.rua_values = [around(*span) for span in reading.rua_values]
    return reading


def _read_record(reading: Reading, text: str, start: int, end: int) -> Reading:
    """Read the record between two places (RFC 8460 section 3, tlsrpt-record)."""
    reading.length = end - start
    head, *pieces = text[start:end].split(";")
    at = start + len(head) + 1
    kind = "sound"
    if head.rstrip(WSP) != TLSRPT_VERSION:
        kind, rest = _diagnosis.version(head, start, reading.findings)
        if kind == "foreign":
            return _refused(reading)
        if rest is not None:
            pieces.insert(0, head[rest:])
            at = start + rest
        if head.endswith("\\") and pieces:
            # As the first semicolon is escaped, so are the others: one finding tells of all.
            pieces, reading.mendable = _unescaped(pieces)
    if pieces and not pieces[-1].strip(WSP):
        pieces.pop()
    _read_fields(reading, pieces, at)
    if kind != "sound":
        _settle_version(reading, kind, start)
    if not reading.rua_values:
        _settle_rua(reading, end)
    if len(text) + len(reading.extensions) >= MAX_VALUE:
        _refuse_long_canonical(reading, end)
    if reading.findings:
        reading.findings.sort(key=attrgetter("span"))
    return reading


def _unescaped(pieces: list[str]) -> tuple[list[str], bool]:
    """The pieces without the backslashes before semicolons, and whether each of these has one.

    Where one has none, a comment of the zone file may begin.
    """
    *before, last = pieces
    parting = before if last.strip(WSP) else before[:-1]
    is_plain = all(piece.endswith("\\") for piece in parting)
    return [*(f"{p[:-1]} " if p.endswith("\\") else p for p in before), last], is_plain


def _read_fields(reading: Reading, pieces: list[str], at: int) -> None:
    """Read what stands between the semicolons (RFC 8460 section 3, tlsrpt-field)."""
    for piece in pieces:
        field = piece.strip(WSP)
        place = at if field == piece else at + len(piece) - len(piece.lstrip(WSP))
        if field.startswith("rua="):
            _read_uris(reading, field[4:], place + 4)
        else:
            name, _, value = field.partition("=")
            if TLSRPT_EXT_NAME.fullmatch(name) and TLSRPT_EXT_VALUE.fullmatch(value):
                reading.extensions.append((name, value, place, place + len(field)))
            else:
                _read_odd_field(reading, field, place)
        at += len(piece) + 1


def _refuse_long_canonical(reading: Reading, end: int) -> None:
    """The canonical form has a space after each semicolon, and may so be longer than the text."""
    length = len(f"{TLSRPT_VERSION}; rua=") + sum(len(uri) + 1 for uri, *_ in reading.uris) - 1
    length += sum(len(f"; {name}={value}") for name, value, *_ in reading.extensions)
    if length > MAX_VALUE:
        _refused(reading, find("too-long", 0, end, length=length, limit=MAX_VALUE))


def _refused(reading: Reading, *findings: Finding) -> Reading:
    """The reading of a text that is no record, and cannot be made one."""
    reading.findings += findings
    reading.findings.sort(key=attrgetter("span"))
    reading.mendable = reading.usable = False
    return reading


def _read_uris(reading: Reading, value: str, at: int) -> None:
    """Read the value of a rua field: URIs parted by commas (RFC 8460 section 3, tlsrpt-rua)."""
    reading.rua_values.append((at, at + len(value)))
    if not value:
        reading.findings.append(find("empty-rua", at, at))
        return
    if not value[0].isalnum():
        value, at = _diagnosis.beside_list(value, at, reading.findings)
    for part in value.split(","):
        end = at + len(part)
        if TLSRPT_URI.fullmatch(part):
            reading.uris.append((part, at, end, True))
        else:
            _read_odd_uri(reading, part.strip(WSP), at + len(part) - len(part.lstrip(WSP)))
        at = end + 1


def _read_odd_uri(reading: Reading, text: str, at: int) -> None:
    """Read what stood between commas, less its white space, where that is no bare URI."""
    if TLSRPT_URI.fullmatch(text):
        reading.uris.append((text, at, at + len(text), True))
        return
    meant, mended = _diagnosis.uris(text, at, reading.findings)
    for uri, start, end in meant:
        reading.uris.append((uri, start, end, text[start - at : end - at] == uri))
    if not mended:
        reading.mendable = False


def _read_odd_field(reading: Reading, text: str, at: int) -> None:
    on_new_line = _LINE_END.match(text) is not None
    for part, place in _diagnosis.parts_of_field(text, at, reading.findings):
        field = _diagnosis.field(part, place, reading.findings)
        if field is None:
            continue
        name, value, start, end = field
        if name == "rua":
            _read_uris(reading, value, start)
        elif name is None:
            reading.mendable = False
        else:
            reading.extensions.append((name, value, start, end))
            if on_new_line:
                # A field of this record, or another record.
                code = "several-records" if name == "v" else "other-record"
                reading.findings.append(find(code, start, end))
                reading.mendable = False


def _settle_version(reading: Reading, kind: str, start: int) -> None:
    """Where the version does not stand first, or is misspelt: see whether one stands later."""
    if kind == "unknown":
        reading.mendable = reading.usable = False
        return
    if kind == "known":
        # Either of two may be meant.
        if any(name.lower() in {"v", "version"} for name, *_ in reading.extensions):
            reading.mendable = False
        return
    for extension in reading.extensions:
        name, value, at, _ = extension
        if f"{name}={value}" == TLSRPT_VERSION:
            reading.findings.append(find("version-not-first", at, at + len(TLSRPT_VERSION)))
            reading.extensions.remove(extension)
            return
    reading.findings.append(find("missing-version", start, start))
    if reading.extensions:
        reading.mendable = reading.usable = False


def _settle_rua(reading: Reading, end: int) -> None:
    """Where no field is called rua: see whether one was meant to be."""
    extensions, reading.extensions = reading.extensions, []
    for name, value, at, last in extensions:
        if _diagnosis.is_rua(name, value, at, reading.findings):
            _read_uris(reading, value, last - len(value))
            continue
        reading.extensions.append((name, value, at, last))
        if name.lower() == "ruf":
            reading.findings.append(find("ruf-for-rua", at, at + len(name)))
            reading.mendable = False
    if not reading.rua_values:
        reading.findings.append(find("missing-rua", end, end))
        reading.mendable = False
