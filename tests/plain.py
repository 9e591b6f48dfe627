r"""The destinations that a text plainly names: what the fixes of `check` are held against.

It shares nothing with the diagnosis. A text is undone in every way that is certain: escapes of zone
files and of JSON, HTML entities, doubled apostrophes, full-width forms, and the borders of
character-strings. Each step may or may not apply, so all readings count. In each, a mailbox is what
stands around an `@`, and a host what follows a scheme or `//`, as far as a person would read.

A destination is written `local@domain` or `//host`, decoded, with the domain in lower case, as
A-labels and without a final dot.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import idna

from tlsrpt import TLSRPTError, TLSRPTRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

# JSON's \uXXXX; RFC 1035 section 5.1: octets by number, and any character but a digit. Before a
# letter, a backslash may be the author's own.
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|((?:\\[0-9]{3})+)|\\([^0-9A-Za-z\s])")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_GROUP: Final = re.compile(r"\([^()]*\)")
_BORDER: Final = re.compile(r'"[ \t]*"')
_RECORD_BEGUN: Final = re.compile("rua|mailto|http", re.IGNORECASE)
_DIRECTIONS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")

_ENDS: Final = r"\s,;<>\[\]{}|\"`“”„‘’«»‹›"
_ADDRESS: Final = re.compile(rf"([^@{_ENDS}]+)(?=@([^@{_ENDS}\\/?#:]+))")
_AUTHORITY: Final = rf"(?:[\w.:-]+@)?\[[^\]\s]+\]|[^{_ENDS}\\/?#]+"
# A scheme like https, however misspelled, with what may part it from the host, or two slashes. A
# backslash before a letter or digit may begin an escape.
_APART: Final = r"(?:[\s:;/|=]|\\(?:\\|(?!\w)))*"
_URL: Final = re.compile(
    rf"(?=(?<!\w)[ht][\w -]{{2,6}}\s*[:;/|\\]{_APART}({_AUTHORITY}[/?#]?)|//({_AUTHORITY}[/?#]?))",
    re.IGNORECASE,
)
# Where a local part may begin: after a scheme or the name of a field, with or without the marks.
_BEFORE_LOCAL: Final = re.compile(
    r"(?:^|[:(]|^[^:=]*=|r\W?u\W?a=|\b[emailto]{4,7}[./=]|TLSRPTv1)((?:[:/'=.]|\\\\)*)",
    re.IGNORECASE,
)
_AFTER_HOST: Final = re.compile(r"(?:[!(].*|\W+)$", re.DOTALL)
_PORT: Final = re.compile(r":\d*$")
# Latin letters of their own that no font shows as ASCII ones.
_OWN_LATIN: Final = set("ßıæøłđəœþð")


def named(text: str) -> set[str]:
    """The destinations that the text plainly names."""
    if _DIRECTIONS.search(text):
        # What the author saw is not what is there.
        return set()
    names = {name for reading in _readings(text) for name in _names(reading)}
    try:
        return names | destinations(text)
    except TLSRPTError:
        return names


def destinations(value: str) -> set[str]:
    """The destinations of a record in the grammar."""
    return {name for name, _ in endpoints(value)}


def endpoints(value: str) -> set[tuple[str, str]]:
    """The destinations of a record in the grammar, each with what follows it in its URI."""
    found: set[tuple[str, str]] = set()
    for uri in TLSRPTRecord.parse(value).rua:
        scheme, _, rest = str(uri).partition(":")
        if scheme.lower() == "mailto":
            path, tail = _cut(rest, "[?#]")
            local, at, domain = path.rpartition("@")
            found |= {(f"{unquote(local)}@{host}", tail) for host in _written(domain) if at}
        elif rest.startswith("//"):
            authority, tail = _cut(rest[2:], "[/?#]")
            found |= {(f"//{host}", tail) for host in _written(authority)}
    return found


def _cut(text: str, where: str) -> tuple[str, str]:
    """The text before the first match, and the rest, decoded."""
    before = re.split(where, text)[0]
    return before, unquote(text[len(before) :])


def _written(authority: str) -> set[str]:
    """The host of a URI; as it stands if a person could take it for another."""
    return _normal(authority) or ({authority} if authority else set())


def _readings(text: str) -> set[str]:
    """The text, and what is left of it when what was done to it is undone."""
    undo = (_unescaped, _joined, html.unescape, _seen, _undoubled, _content)
    found: set[str] = set()
    new = {text}
    for _ in range(4):
        found |= new
        new = {undone(one) for one in new for undone in undo} - found
    return found


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_meant, text)


def _meant(escape: re.Match[str]) -> str:
    unit, octets, character = escape.groups()
    if unit:
        return chr(int(unit, 16))
    if octets:
        values = [int(octet) for octet in octets.split("\\")[1:]]
        return bytes(values).decode("utf-8", "replace") if max(values) < 256 else escape[0]
    return character


def _joined(text: str) -> str:
    """The text without the borders of its character-strings (RFC 8460 section 3).

    Only on one line, or in parentheses. A mark right after `=`, `,` or `:` inside a record is the
    author's own, around an endpoint or a list: the next mark closes it and is no border.
    """
    text = _GROUP.sub(lambda group: re.sub(r'"\s+"', '" "', group[0]), text)
    parts, end = [], 0
    for border in _BORDER.finditer(text):
        opened = text.rfind('"', end, border.start())
        if opened > 0 and text[opened - 1] in "=,:" and _RECORD_BEGUN.search(text, 0, opened):
            continue
        parts.append(text[end : border.start()])
        end = border.end()
    return "".join([*parts, text[end:]])


def _seen(text: str) -> str:
    """The text as it looks: without width and control characters, and with ASCII for ASCII."""
    text = unicodedata.normalize("NFKC", text.translate(_DASHES).replace("\u3002", "."))
    return "".join(c for c in text if c in "\t\r\n" or unicodedata.category(c)[0] != "C")


def _undoubled(text: str) -> str:
    return text.replace("''", "'")


def _content(text: str) -> str:
    """What the longest string literal of the text holds."""
    return max(map(_unescaped, _QUOTED.findall(text)), key=len, default="")


def _names(text: str) -> Iterator[str]:
    for match in _ADDRESS.finditer(text):
        run, domain = match.groups()
        starts = {at for before in _BEFORE_LOCAL.finditer(run) for at in before.span(1)}
        locals_ = {unquote(run[start:]) for start in starts if run[start:]}
        # Two apostrophes are one that YAML has doubled.
        yield from (
            f"{one}@{host}" for one in locals_ if "''" not in one for host in _hosts(domain)
        )
    for match in _URL.finditer(text):
        yield from (f"//{host}" for host in _hosts(match[1] or match[2]))


def _hosts(authority: str) -> set[str]:
    """The normal forms of a host in a text, with and without the marks at its end."""
    host = authority.rstrip("'").rstrip("/?#")
    return _normal(host) | _normal(_AFTER_HOST.sub("", _PORT.sub("", host)))


def _normal(authority: str) -> set[str]:
    """The host as A-labels; nothing if there is none, or a person could take it for another."""
    host = unquote(_PORT.sub("", authority.rpartition("@")[2])).rstrip(".").lower()
    labels = host.split(".")
    try:
        encoded = [one if one.isascii() else idna.alabel(one).decode() for one in labels]
    except idna.IDNAError:
        return set()
    return {".".join(encoded)} if host and all(map(_is_honest, labels)) else set()


def _is_honest(label: str) -> bool:
    """Whether the letters of a label are of one script, and none looks like one of ASCII."""
    letters = [c for c in label if c.isalpha()]
    scripts = {unicodedata.name(c).split()[0] for c in letters}
    if scripts == {"LATIN"}:
        return all(unicodedata.normalize("NFD", c)[0].isascii() or c in _OWN_LATIN for c in letters)
    return len(scripts) <= 1 or scripts <= {"CJK", "HIRAGANA", "KATAKANA", "LATIN"}
