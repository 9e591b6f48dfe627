"""The members of one JSON object, each read as what it should be, with a finding if it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard, TypeVar

from tlsrpt._display import well_formed
from tlsrpt.report._catalogue import fail
from tlsrpt.report._findings import Findings, Place, pointer_to
from tlsrpt.report._octets import OddObject
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

Object: TypeAlias = "dict[str, object]"
# What is read of an object, by the names of attributes.
Values: TypeAlias = "dict[str, Any]"
# Reads a JSON value that is not null, and adds what deviates in it to the findings.
Reader: TypeAlias = Callable[[object, Place, Findings], object]
# Says which attributes may not be empty, given all of them.
Needs: TypeAlias = Callable[[Values], tuple[str, ...]]

_Part = TypeVar("_Part")

# Headings in the text of RFC 8460 section 4.4 that some senders take for names of members.
_HEADINGS: Final = {
    "mx-host-pattern": "mx-host",
    "additional-info-uri": "additional-information",
}
_MAX_SHOWN: Final = 10**19
_DIGITS: Final = re.compile("[0-9]{1,16}")
# Longer integers take long to write in decimal, or raise.
_MAX_BITS: Final = 1024
_LINE: Final = re.compile("[^\r\n]+")


def is_object(value: object) -> TypeGuard[Object]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


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
    _reject(value, place, findings, "a string")
    return None


def _well_formed(text: str, place: Place, findings: Findings) -> str:
    # RFC 7493 section 2.1. UTF-8 has no code for half a character.
    read = well_formed(text)
    if read != text:
        findings.add("lone-surrogate", place)
    return read


def _reject(value: object, place: Place, findings: Findings, wanted: str) -> None:
    findings.add("wrong-type", place, kind=describe(value), wanted=wanted)


def registered(
    known: Collection[str], code: str, value: object, place: Place, findings: Findings
) -> str | None:
    """A type of a registry; a type that is not known is kept."""
    if isinstance(value, str) and value in known:
        return value
    name = text(value, place, findings)
    if not name or name in known:
        return name
    plain = own_spelling(name)
    if plain in known:
        findings.add("type-spelling", place, value=name, cure=plain)
        return plain
    findings.add(code, place, value=name)
    return name


def sound(
    is_sound: Callable[[str], object], code: str, value: object, place: Place, findings: Findings
) -> str | None:
    """A string that is kept as it was sent, with a finding if it is not sound."""
    if isinstance(value, str) and is_sound(value):
        return value
    read = text(value, place, findings)
    if read and not is_sound(read):
        findings.add(code, place, value=read)
    return read


ip: Final = partial(sound, is_ip, "invalid-ip-address")
uri: Final = partial(sound, URI.fullmatch, "invalid-uri")


def domain(value: object, place: Place, findings: Findings) -> str | None:
    """A domain in its normal form; invalid names are kept."""
    if isinstance(value, str) and value.isascii() and host_name(value) == value:
        return value
    name = text(value, place, findings)
    return _normal(host_name, name, place, findings) if name else name


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


def moment(value: object, place: Place, findings: Findings) -> datetime:
    """A date and time in UTC; raises if it cannot be read."""
    written = text(value, place, findings) or ""
    read = read_date_time(written)
    if not read:
        raise fail("invalid-date", pointer_to(place), value=written)
    moment, code = read
    if code:
        findings.add(code, place, value=written, cure=write_date_time(moment))
    return moment


# --- Counts -------------------------------------------------------------------------------------


def count(value: object, place: Place, findings: Findings) -> int:
    """A count of sessions; an invalid one is 0."""
    if type(value) is int and 0 <= value <= MAX_COUNT:
        return value
    count = _count_in(value)
    if 0 <= count <= MAX_COUNT:
        findings.add("count-format", place, value=describe(value), count=count)
        return count
    findings.add("invalid-count", place, value=describe(value))
    return 0


def _count_in(value: object) -> int:
    """The integer that a string of digits or a float is; -1 if it is none."""
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else -1
    return int(value) if isinstance(value, float) and value.is_integer() else -1


# --- Lists of strings ---------------------------------------------------------------------------


def _strings(value: object, place: Place, findings: Findings) -> Iterator[tuple[str, Place]]:
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
        _reject(value, place, findings, "a list")


def strings(value: object, place: Place, findings: Findings) -> tuple[str, ...]:
    """A list of strings; a JSON list within a string is taken for what it holds."""
    read: list[str] = []
    for string, where in _strings(value, place, findings):
        if string[:1] == "[":
            read += _decoded(string, where, findings)
        else:
            read.append(string)
    return tuple(read)


def _decoded(text: str, place: Place, findings: Findings) -> Iterator[str]:
    """The strings of a JSON list in a string; the string itself if that is not what it is.

    What is decoded may have been encoded more than once. It nests no deeper than a few dozen
    times, since each encoding doubles the backslashes before a quotation mark.
    """
    listed = _list_within(text)
    if listed is None:
        yield text
        return
    findings.add("double-encoding", place)
    for item in listed:
        yield from _decoded(_well_formed(item, place, findings), place, findings)


def _list_within(text: str) -> list[str] | None:
    """The strings of a JSON list in a string; None if that is not what it is.

    Microsoft encodes TLSA records so.
    """
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        listed: list[object] = json.loads(text)
    except (ValueError, RecursionError):
        return None
    strings = [item for item in listed if isinstance(item, str)]
    return strings if len(strings) == len(listed) else None


def mx_hosts(value: object, place: Place, findings: Findings) -> tuple[str, ...]:
    """A list of mx patterns in their normal form; invalid ones are kept."""
    return tuple(
        [
            name
            if name.isascii() and name == mx_host(name)
            else _normal(mx_host, name, where, findings)
            for name, where in _strings(value, place, findings)
        ]
    )


# --- Objects ------------------------------------------------------------------------------------


def own_spelling(name: str) -> str:
    """The name in the standard's spelling, if it is one in capitals or with underscores."""
    plain = name.lower().replace("_", "-")
    return _HEADINGS.get(plain, plain)


def member(document: Object, place: Place, name: str) -> tuple[object, Place]:
    """The value and place of a member, however its name is spelled.

    If there is none, it is None, and the place that of the object.
    """
    if document.get(name) is not None:
        return document[name], (place, name)
    sent = [each for each in document if own_spelling(each) == name]
    sent.sort(key=lambda each: document[each] is None)
    return (document[sent[0]], (place, sent[0])) if sent else (None, place)


def miss(
    values: Values, attribute: str, document: Object, place: Place, findings: Findings
) -> None:
    """Add the finding that a member is needed, if it is missing, null or empty."""
    name = attribute.replace("_", "-")
    value, place = member(document, place, name)
    # What is of another type has been found, and read as None or 0.
    if value is None or (not value and values[attribute] in ("", ())):
        findings.add("missing-member", place, name=name)


# What is read of a member that is absent or null, if it is not None.
_NOTHING: Final[dict[Reader, object]] = {count: 0, strings: (), mx_hosts: ()}


class Shape:
    """What an object may hold by the standard: each member with what reads it.

    Attributes:
        nothing: what is read of an object without members.
    """

    def __init__(self, needs: Needs, **readers: Reader) -> None:
        self._needs = needs
        self.nothing: Values = {name: _NOTHING.get(readers[name]) for name in readers}
        # Each member by its name, with that of the attribute.
        self._members = {name.replace("_", "-"): (name, readers[name]) for name in readers}

    def read(self, document: Object, place: Place, findings: Findings) -> Values:
        """Read all members of an object."""
        members = self._members
        values = self.nothing.copy()
        nulls: list[tuple[str, str]] = []
        for name, value in document.items():
            if name in members:
                attribute, reader = members[name]
            elif respelled := self._respelled(name, document, values, place, findings):
                attribute, reader = respelled
            else:
                continue
            if value is None:
                nulls.append((attribute, name))
            else:
                values[attribute] = reader(value, (place, name), findings)
        if type(document) is OddObject:
            for name in document.repeated:
                findings.add("duplicate-name", (place, name), name=name)
        needed = self._needs(values)
        for attribute in needed:
            if not values[attribute]:
                miss(values, attribute, document, place, findings)
        for attribute, name in nulls:
            if attribute not in needed:
                findings.add("null-member", (place, name), name=name)
        return values

    def read_value(self, value: object, place: Place, findings: Findings) -> Values | None:
        """Read what should be an object."""
        if is_object(value):
            return self.read(value, place, findings)
        _reject(value, place, findings, "an object")
        return None

    def _respelled(
        self, name: str, document: Object, values: Values, place: Place, findings: Findings
    ) -> tuple[str, Reader] | None:
        """What a name that is not the standard's means; None if nothing, or nothing new."""
        own = own_spelling(name)
        member = self._members.get(own)
        if not member:
            findings.add("unknown-member", (place, name), name=name)
        elif document.get(own) is not None or values[member[0]] != self.nothing[member[0]]:
            findings.add("duplicate-name", (place, name), name=own)
            return None
        else:
            findings.add("member-spelling", (place, name), name=name, own=own)
        return member


def objects(
    read: Callable[[Object, Place, Findings], _Part],
    value: object,
    place: Place,
    findings: Findings,
) -> tuple[_Part, ...] | None:
    """A list of objects, each read by a function."""
    if not is_list(value):
        _reject(value, place, findings, "a list")
        return None
    parts: list[_Part] = []
    for index, item in enumerate(value):
        if is_object(item):
            parts.append(read(item, (place, index), findings))
        else:
            _reject(item, (place, index), findings, "an object")
    return tuple(parts)
