"""The members of one JSON object, each read as what it should be, with a finding if it is not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard

from tlsrpt.report._catalogue import fail
from tlsrpt.report._findings import Unwanted, pointer_to
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
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from tlsrpt.report._findings import Findings, Place

Object: TypeAlias = "dict[str, object]"

# Headings in the text of RFC 8460 section 4.4 that some senders take for names of members.
_HEADINGS: Final = {
    "mx-host-pattern": "mx-host",
    "additional-info-uri": "additional-information",
}
_MAX_SHOWN: Final = 10**19
_DIGITS: Final = re.compile("[0-9]{1,16}")
# Longer integers take long to write in decimal, or raise.
_MAX_BITS: Final = 1024
_AS_IN_THE_STANDARD: Final[dict[str, str]] = {}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LINE: Final = re.compile("[^\r\n]+")


def is_object(value: object) -> TypeGuard[Object]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Whether a JSON value is a list."""
    return isinstance(value, list)


def own_spelling(name: str) -> str:
    """The name in the standard's spelling, if it is one in capitals or with underscores."""
    plain = name.lower().replace("_", "-")
    return _HEADINGS.get(plain, plain)


class Members:
    """The members of one JSON object.

    Every method takes the member's name in the standard, even if the document spells it otherwise.
    What is absent or null is None, 0 or empty; if it is needed, that is a finding.
    """

    __slots__ = ("_members", "_place", "_spelled", "findings")

    def __init__(
        self, document: Object, place: Place, findings: Findings, known: AbstractSet[str]
    ) -> None:
        self._members = document
        self._place = place
        self._spelled = _AS_IN_THE_STANDARD
        self.findings = findings
        if type(document) is not dict or not document.keys() <= known:
            self._sort_out(known)

    def _sort_out(self, known: AbstractSet[str]) -> None:
        """Find out what members under other names are, and name what is left over."""
        document = self._members
        self._members = {name: value for name, value in document.items() if name in known}
        self._spelled = dict[str, str]()
        for name in document:
            own = own_spelling(name)
            if name in known:
                continue
            if own not in known:
                self.findings.add("unknown-member", (self._place, name), name=name)
            elif self._members.get(own) is not None:
                self.findings.add("duplicate-name", (self._place, name), name=own)
            else:
                self.findings.add("member-spelling", (self._place, name), name=name, own=own)
                self._members[own] = document[name]
                self._spelled[own] = name
        if isinstance(document, OddObject):
            for name in document.repeated:
                self.findings.add("duplicate-name", (self._place, name), name=name)

    def at(self, name: str) -> Place:
        """The place of a member; of the object itself if there is no such member."""
        if name not in self._members:
            return self._place
        return self._place, self._spelled.get(name, name)

    def holds(self, name: str, kind: type) -> bool:
        """Whether there is a member of a type."""
        return isinstance(self._members.get(name), kind)

    def add(self, code: str, name: str, /, **facts: object) -> None:
        """Add a finding about a member."""
        self.findings.add(code, self.at(name), **facts)

    def miss(self, name: str) -> None:
        """Add the finding that a member is missing, null or empty."""
        self.add("missing-member", name, name=name)

    # --- Strings --------------------------------------------------------------------------------

    def text(self, name: str, *, needed: bool = False) -> str | None:
        """A string."""
        value = self._members.get(name)
        if type(value) is str and value and value.isascii():
            return value
        if value is None:
            if needed:
                self.miss(name)
            elif name in self._members:
                self.add("null-member", name, name=name)
            return None
        if needed and value == "":
            self.miss(name)
        return self._text(value, self.at(name))

    def _text(self, value: object, place: Place) -> str | None:
        """The string that a value is."""
        if isinstance(value, str):
            return self._well_formed(value, place)
        if type(value) is int and value.bit_length() <= _MAX_BITS:
            self.findings.add("number-for-string", place, number=value)
            return str(value)
        self._reject(value, place, "a string")
        return None

    def _well_formed(self, text: str, place: Place) -> str:
        # RFC 7493 section 2.1. UTF-8 has no code for half a character.
        text, count = _SURROGATE.subn("\ufffd", text)
        if count:
            self.findings.add("lone-surrogate", place)
        return text

    def _reject(self, value: object, place: Place, wanted: str) -> None:
        self.findings.add("wrong-type", place, kind=describe(value), wanted=wanted)

    def registered(self, name: str, known: Collection[str], code: str) -> str | None:
        """A type of a registry; a type that is not known is kept."""
        text = self.text(name, needed=True)
        if text in known or not text:
            return text
        plain = own_spelling(text)
        if plain in known:
            self.add("type-spelling", name, value=text, cure=plain)
            return plain
        self.add(code, name, value=text)
        return text

    def domain(self, name: str, *, needed: bool = False) -> str | None:
        """A domain in its normal form; invalid names are kept."""
        text = self.text(name, needed=needed)
        if not text:
            return text
        normal = host_name(text)
        return text if text == normal else self._normal(text, normal, self.at(name))

    def _normal(self, text: str, normal: str | None, place: Place) -> str:
        if normal is None:
            self.findings.add("invalid-domain", place, value=text)
            # A host name with an underscore is the same in capitals or with a final dot.
            return mx_host(text) or text
        if normal != text.lower():
            self.findings.add("domain-format", place, value=text, cure=normal)
        return normal

    def ip(self, name: str, *, needed: bool = False) -> str | None:
        """An IP address, as it was sent."""
        text = self.text(name, needed=needed)
        if text and not is_ip(text):
            self.add("invalid-ip-address", name, value=text)
        return text

    def uri(self, name: str) -> str | None:
        """A URI, as it was sent."""
        text = self.text(name)
        if text and not URI.fullmatch(text):
            self.add("invalid-uri", name, value=text)
        return text

    def moment(self, name: str) -> datetime:
        """A date and time in UTC; raises if it cannot be read."""
        text = self.text(name)
        if not text:
            raise fail("missing-date-range", pointer_to(self.at(name)), name=name)
        read = read_date_time(text)
        if not read:
            raise fail("invalid-date", pointer_to(self.at(name)), value=text)
        moment, code = read
        if code:
            self.add(code, name, value=text, cure=write_date_time(moment))
        return moment

    # --- Counts ---------------------------------------------------------------------------------

    def count(self, name: str) -> int:
        """A count of sessions; an invalid one is 0."""
        value = self._members.get(name)
        if type(value) is int and 0 <= value <= MAX_COUNT:
            return value
        if value is None:
            self.miss(name)
            return 0
        count = _count_in(value)
        if 0 <= count <= MAX_COUNT:
            self.add("count-format", name, value=describe(value), count=count)
            return count
        self.add("invalid-count", name, value=describe(value))
        return 0

    # --- Lists and objects ----------------------------------------------------------------------

    def _items(self, name: str) -> Iterator[tuple[object, Place]]:
        """The values of a list, each with its place."""
        value = self._members.get(name)
        if is_list(value):
            place = self.at(name)
            for index, item in enumerate(value):
                yield item, (place, index)
        elif value is not None:
            self._reject(value, self.at(name), "a list")
        elif name in self._members:
            self.add("null-member", name, name=name)

    def _strings(self, name: str) -> Iterator[tuple[str, Place]]:
        """The strings of a list, each with its place."""
        value = self._members.get(name)
        if isinstance(value, str):
            # The RFC's own example has a string for mx-host (erratum 6241).
            self.add("string-for-list", name)
            for line in _LINE.finditer(value):
                yield self._well_formed(line[0], self.at(name)), self.at(name)
            return
        for item, place in self._items(name):
            text = self._text(item, place)
            if text is not None:
                yield text, place

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of strings; a JSON list within a string is taken for what it holds."""
        value = self._members.get(name)
        if is_list(value):
            plain = [item for item in value if _is_plain(item)]
            if len(plain) == len(value):
                return tuple(plain)
        return tuple(
            [text for outer, place in self._strings(name) for text in self._decoded(outer, place)]
        )

    def _decoded(self, text: str, place: Place) -> Iterator[str]:
        """The strings of a JSON list in a string; the string itself if that is not what it is.

        What is decoded may have been encoded more than once. It nests no deeper than a few dozen
        times, since each encoding doubles the backslashes before a quotation mark.
        """
        listed = _list_within(text)
        if listed is None:
            yield text
            return
        self.findings.add("double-encoding", place)
        for item in listed:
            yield from self._decoded(self._well_formed(item, place), place)

    def mx_hosts(self, name: str) -> tuple[str, ...]:
        """A list of mx patterns in their normal form; invalid ones are kept."""
        return tuple(
            [self._normal(text, mx_host(text), place) for text, place in self._strings(name)]
        )

    def object(self, name: str, known: AbstractSet[str]) -> Members:
        """The members of an object; if it is missing, that is the only finding."""
        value = self._members.get(name)
        if is_object(value):
            return Members(value, self.at(name), self.findings, known)
        if value is None:
            self.miss(name)
        else:
            self._reject(value, self.at(name), "an object")
        return Members({}, self._place, Unwanted(), known)

    def objects(self, name: str, known: AbstractSet[str]) -> Iterator[Members]:
        """The members of each object of a list."""
        findings = self.findings
        for item, place in self._items(name):
            if is_object(item):
                yield Members(item, place, findings, known)
            else:
                self._reject(item, place, "an object")


def _count_in(value: object) -> int:
    """The integer that a string of digits or a float is; -1 if it is none."""
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else -1
    return int(value) if isinstance(value, float) and value.is_integer() else -1


def _is_plain(value: object) -> TypeGuard[str]:
    """Whether a string is what it is: this is about speed alone."""
    return type(value) is str and value.isascii() and not value.startswith("[")


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


def describe(value: object) -> str:
    """What to call a JSON value in a message."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 20 else "a string"
    if isinstance(value, bool | None):
        return json.dumps(value)
    if isinstance(value, int | float):
        return f"the number {value}" if abs(value) <= _MAX_SHOWN else "a number"
    return "a list" if is_list(value) else "an object"
