"""JSON objects, with the members that they may hold by the standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar

from tlsrpt.report._members import is_list, own_spelling, reject
from tlsrpt.report._octets import OddObject

if TYPE_CHECKING:
    from tlsrpt.report._findings import Findings, Place
    from tlsrpt.report._members import Reader, Usual

Object: TypeAlias = "dict[str, object]"
# What is read of an object, by the names of attributes.
Values: TypeAlias = "dict[str, Any]"
# Says which attributes may not be empty, given all of them.
Needs: TypeAlias = Callable[[Values], tuple[str, ...]]
# A member: the name of its attribute, and the two ways of its reader.
_Member: TypeAlias = "tuple[str, Callable[[object, Place, Findings], object], Usual]"

_Part = TypeVar("_Part")


def is_object(value: object) -> TypeGuard[Object]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def member(document: Object, place: Place, name: str) -> tuple[object, Place]:
    """The value and place of a member, however its name is spelled.

    If there is none, it is None, and the place that of the object.
    """
    value = document.get(name)
    if value is not None:
        return value, (place, name)
    sent = [each for each in document if own_spelling(each) == name]
    sent.sort(key=lambda each: document[each] is None)
    return (document[sent[0]], (place, sent[0])) if sent else (None, place)


def miss(
    values: Values, attribute: str, document: Object, place: Place, findings: Findings
) -> None:
    """Add the finding that a member is needed, if it is missing, null or empty."""
    name = attribute.replace("_", "-")
    value, place = member(document, place, name)
    is_empty = not value.strip() if isinstance(value, str) else not value
    # What is of another type has been found, and read as None or 0.
    if value is None or (is_empty and values[attribute] in ("", (), [])):
        findings.add("missing-member", place, name=name)


class Shape:
    """What an object may hold by the standard: each member with what reads it.

    Attributes:
        nothing: what is read of an object without members.
    """

    def __init__(self, needs: Needs, **readers: Reader) -> None:
        self._needs = needs
        self.nothing: Values = {name: reader.nothing for name, reader in readers.items()}
        self._members: dict[str, _Member] = {
            name.replace("_", "-"): (name, reader.read, reader.usual)
            for name, reader in readers.items()
        }

    def read(self, document: Object, place: Place, findings: Findings) -> Values:
        """Read all members of an object."""
        members = self._members
        values = self.nothing.copy()
        nulls: list[tuple[str, str]] = []
        for name, value in document.items():
            known = members.get(name) or self._respelled(name, document, values, place, findings)
            if not known:
                continue
            attribute, read, usual = known
            if type(value) is str and (as_usual := usual[value]) is not None:
                values[attribute] = as_usual
            elif value is None:
                nulls.append((attribute, name))
            else:
                values[attribute] = read(value, (place, name), findings)
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
        reject(value, place, findings, "an object")
        return None

    def _respelled(
        self, name: str, document: Object, values: Values, place: Place, findings: Findings
    ) -> _Member | None:
        """What a name that is not the standard's means; None if nothing, or nothing new."""
        own = own_spelling(name)
        member = self._members.get(own)
        if not member:
            code = "null-member" if document[name] is None else "unknown-member"
            findings.add(code, (place, name), name=name)
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
) -> list[_Part] | None:
    """A list of objects, each read by a function; an object alone is a list of one."""
    if is_object(value):
        findings.add("object-for-list", place)
        return [read(value, place, findings)] if value else []
    if not is_list(value):
        reject(value, place, findings, "a list")
        return None
    parts: list[_Part] = []
    for index, item in enumerate(value):
        if is_object(item):
            parts.append(read(item, (place, index), findings))
        else:
            reject(item, (place, index), findings, "an object")
    return parts
