"""The value of one member, read as what it should be, with a finding if it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeGuard

from tlsrpt._display import well_formed
from tlsrpt.report._catalogue import fail
from tlsrpt.report._findings import Findings, Place, pointer_to
from tlsrpt.report._values import (
    MAX_COUNT,
    URI,
    host_name,
    is_ip,
    mx_host,
    read_date_time,
    write_date_time,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

# Other names of members: headings in the text of RFC 8460 section 4.4, one of its drafts, and one
# that a sender misspells.
_OTHER_NAMES: Final = {
    "mx-host-pattern": "mx-host",
    "additional-info-uri": "additional-information",
    "failure-error-code": "failure-reason-code",
    "receiving-mx-host-name": "receiving-mx-hostname",
}
_MAX_SHOWN: Final = 10**19
_DIGITS: Final = re.compile("[0-9]{1,16}")
# Longer integers take long to write in decimal, or raise.
_MAX_BITS: Final = 1024
_LINE: Final = re.compile("[^\r\n]+")
# How many strings are remembered, and how long they may be: a hostile one may have megabytes.
_MAX_USUAL: Final = 1024
_MAX_LENGTH: Final = 253


class Usual(dict[str, Any]):
    """What is read from a string if nothing deviates in it; None otherwise.

    The same strings come again and again, in one report and the next. Each is checked once, and
    equal strings become one object, which saves most of the memory of a long report.
    """

    def __init__(self, read: Callable[[str], object]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> object:
        read = self._read(text)
        if read is not None and len(text) <= _MAX_LENGTH:
            if len(self) >= _MAX_USUAL:
                self.clear()
            self[text] = read
        return read


class Reader(NamedTuple):
    """How the value of a member is read.

    Attributes:
        read: reads a JSON value that is not null, and adds what deviates in it to the findings.
        usual: the same for strings in which nothing deviates, and faster.
        nothing: what is read of a member that is absent or null.
    """

    read: Callable[[object, Place, Findings], object]
    usual: Usual = Usual(lambda _: None)
    nothing: object = None


def kept(is_sound: Callable[[str], object]) -> Usual:
    """For strings that are kept as they were sent if they are valid."""
    return Usual(lambda text: text if is_sound(text) else None)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Whether a JSON value is a list."""
    return isinstance(value, list)


def describe(value: object) -> str:
    """What to call a JSON value in a message."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 20 else "a string"
    if isinstance(value, bool | None):
        return json.dumps(value)
    if isinstance(value, int | float):
        return "a huge number" if _MAX_SHOWN < abs(value) < inf else f"the number {value}"
    return "a list" if is_list(value) else "an object"


# --- Strings ------------------------------------------------------------------------------------


def text(value: object, place: Place, findings: Findings) -> str | None:
    """A string."""
    if isinstance(value, str):
        return value if value.isascii() else _well_formed(value, place, findings)
    if type(value) is int and value.bit_length() <= _MAX_BITS:
        findings.add("number-for-string", place, number=value)
        return str(value)
    reject(value, place, findings, "a string")
    return None


def _well_formed(text: str, place: Place, findings: Findings) -> str:
    # RFC 7493 section 2.1. UTF-8 has no code for half a character.
    read = well_formed(text)
    if read != text:
        findings.add("lone-surrogate", place)
    return read


def sender(value: object, place: Place, findings: Findings) -> str | None:
    """The name of a sender; a blank one is None."""
    read = text(value, place, findings)
    if read is not None and not read.strip():
        findings.add("missing-member", place, name="organization-name")
        return None
    return read


def reject(value: object, place: Place, findings: Findings, wanted: str) -> None:
    findings.add("wrong-type", place, kind=describe(value), wanted=wanted)


def own_spelling(name: str) -> str:
    """The name in the standard's spelling, if it is another name or spelling of one."""
    plain = name.strip().lower().replace("_", "-")
    return _OTHER_NAMES.get(plain, plain)


def registered(known: Collection[str], code: str) -> Reader:
    """A type of a registry; a type that is not known is kept."""
    return Reader(partial(_registered, known, code), kept(known.__contains__))


def _registered(
    known: Collection[str], code: str, value: object, place: Place, findings: Findings
) -> str | None:
    name = text(value, place, findings)
    if not name or name in known:
        return name
    plain = own_spelling(name)
    if not plain:
        return plain
    if plain in known:
        findings.add("type-spelling", place, value=name, cure=plain)
        return plain
    findings.add(code, place, value=name)
    return name


def sound(is_sound: Callable[[str], object], code: str) -> Reader:
    """A string that is kept as it was sent, with a finding if it is not valid."""
    return Reader(partial(_sound, is_sound, code), kept(is_sound))


def _sound(
    is_sound: Callable[[str], object], code: str, value: object, place: Place, findings: Findings
) -> str | None:
    read = text(value, place, findings)
    if read and not is_sound(read):
        findings.add(code, place, value=read)
    return read


ip: Final = sound(is_ip, "invalid-ip-address")
uri: Final = sound(URI.fullmatch, "invalid-uri")


def _domain(value: object, place: Place, findings: Findings) -> str | None:
    """A domain in its normal form; invalid names are kept."""
    name = text(value, place, findings)
    return _normal(host_name, name, place, findings) if name else name


domain: Final = Reader(_domain, kept(lambda name: name.isascii() and host_name(name) == name))


def _normal(
    normalize: Callable[[str], str | None], name: str, place: Place, findings: Findings
) -> str:
    if not name.isascii():
        findings.names.add(name)
        if len(findings.names) > findings.max_names:
            raise fail("name-limit", pointer_to(place), limit=findings.max_names)
    normal = normalize(name)
    if normal is None:
        findings.add("invalid-domain", place, value=name)
        # A host name with an underscore is the same in capitals or with a final dot.
        return mx_host(name) or name
    if normal != name.lower():
        findings.add("domain-format", place, value=name, cure=normal)
    return normal


def _moment(value: object, place: Place, findings: Findings) -> datetime:
    """A date and time in UTC; raises if it cannot be read."""
    written = text(value, place, findings) or ""
    read = read_date_time(written)
    if not read:
        raise fail("invalid-date", pointer_to(place), value=written)
    moment, code = read
    if code:
        findings.add(code, place, value=written, cure=write_date_time(moment))
    return moment


def _usual_moment(text: str) -> datetime | None:
    read = read_date_time(text)
    return read[0] if read and not read[1] else None


moment: Final = Reader(_moment, Usual(_usual_moment))


# --- Counts -------------------------------------------------------------------------------------


def _count(value: object, place: Place, findings: Findings) -> int:
    """A count of sessions; an invalid one is 0."""
    if type(value) is int and 0 <= value <= MAX_COUNT:
        return value
    count = count_in(value)
    if count is None:
        findings.add("invalid-count", place, value=describe(value))
        return 0
    findings.add("count-format", place, value=describe(value), count=count)
    return count


def count_in(value: object) -> int | None:
    """The count that an integer, a float or a string of digits is; None if it is none."""
    if isinstance(value, str):
        number = int(value) if _DIGITS.fullmatch(value) else -1
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else -1
    else:
        number = value if type(value) is int else -1
    return number if 0 <= number <= MAX_COUNT else None


count: Final = Reader(_count, nothing=0)


# --- Lists of strings ---------------------------------------------------------------------------


def _usual_strings(value: object, usual: Usual) -> tuple[str, ...] | None:
    """The strings of a list in which nothing deviates; None if something does."""
    if not is_list(value):
        return None
    read: list[Any] = [usual[item] if type(item) is str else None for item in value]
    return None if None in read else tuple(read)


def _sent_strings(value: object, place: Place, findings: Findings) -> Iterator[tuple[str, Place]]:
    """The strings of a list, each with its place."""
    if isinstance(value, str):
        # The RFC's own example has a string for mx-host (erratum 6241).
        findings.add("string-for-list", place)
        for line in _LINE.finditer(value):
            yield _well_formed(line[0], place, findings), place
    elif is_list(value):
        for index, item in enumerate(value):
            where = place, index
            string = text(item, where, findings)
            if string is not None:
                yield string, where
    else:
        reject(value, place, findings, "a list")


def _lines(text: str, place: Place, findings: Findings) -> list[str]:
    """The lines of what should be one line, without their ends and without empty ones."""
    if "\n" not in text and "\r" not in text:
        return [text]
    findings.add("line-end", place)
    return _LINE.findall(text)


def _is_usual_line(line: str) -> bool:
    return line.isascii() and line[:1] != "[" and bool(_LINE.fullmatch(line))


_USUAL_LINES: Final = kept(_is_usual_line)


def _strings(value: object, place: Place, findings: Findings) -> tuple[str, ...]:
    """A list of lines; a JSON list within a string is taken for what it holds."""
    if usual := _usual_strings(value, _USUAL_LINES):
        return usual
    read: list[str] = []
    for string, where in _sent_strings(value, place, findings):
        if string[:1] != "[" and _LINE.fullmatch(string):
            read.append(string)
        else:
            read += _decoded(string, where, findings)
    return tuple(read)


strings: Final = Reader(_strings, nothing=())


def _decoded(text: str, place: Place, findings: Findings) -> Iterator[str]:
    """The strings of a JSON list in a string, or the lines of a string; the string if it is one.

    What is decoded may have been encoded more than once. It nests no deeper than a few dozen
    times, since each encoding doubles the backslashes before a quotation mark.
    """
    listed = _list_within(text)
    if listed is None:
        parts = _lines(text, place, findings)
        if parts == [text]:
            yield text
            return
    else:
        findings.add("double-encoding", place)
        parts = [_well_formed(item, place, findings) for item in listed]
    for part in parts:
        yield from _decoded(part, place, findings)


def _list_within(text: str) -> list[str] | None:
    """The strings of a JSON list in a string; None if that is not what it is.

    Microsoft encodes TLSA records like this.
    """
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        listed: list[object] = json.loads(text)
    except (ValueError, RecursionError):
        return None
    strings = [item for item in listed if isinstance(item, str)]
    return strings if len(strings) == len(listed) else None


_USUAL_MX_HOSTS: Final = kept(lambda name: name.isascii() and mx_host(name) == name)


def _mx_hosts(value: object, place: Place, findings: Findings) -> tuple[str, ...]:
    """A list of mx patterns in their normal form; invalid ones are kept."""
    if usual := _usual_strings(value, _USUAL_MX_HOSTS):
        return usual
    return tuple(
        [
            _normal(mx_host, name, where, findings)
            for string, where in _sent_strings(value, place, findings)
            for name in _lines(string, where, findings)
        ]
    )


mx_hosts: Final = Reader(_mx_hosts, nothing=())
