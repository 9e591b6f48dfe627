"""What people write instead of a record, and what they meant by it.

Each function names the mistakes in a piece of text, by appending to `findings`, and gives what the
piece was meant to be, where that is plain; None where it would be a guess.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from urllib.parse import quote

from tlsrpt._abnf import (
    BAD_PCT_ENCODED,
    NOT_IN_EXT_VALUE,
    NOT_IN_URI,
    SCHEME,
    TLSRPT_EXT_NAME,
    TLSRPT_URI,
    TLSRPT_VERSION,
    WSP,
)
from tlsrpt._display import name_of
from tlsrpt._spelling import slips
from tlsrpt.domain import DRAFT_PREFIX, OWNER_PREFIX
from tlsrpt.errors import InvalidURIError
from tlsrpt.findings import find
from tlsrpt.uri import BARE_ADDRESS, ReportURI

if TYPE_CHECKING:
    from tlsrpt.findings import Finding

Places = list[tuple[str, int]]

_OPENING: Final = "'`\u2018\u201c\u00ab"
_CLOSING: Final = "'`\u2019\u201d\u00bb\""
_ZONE_PREFIX: Final = re.compile(
    r"(?:(?P<owner>[^\s=;]++)[ \t]++)??(?:(?:IN|[0-9]++|(?:[0-9]++[wdhms])++)[ \t]++){0,2}"
    r"TXT[ \t]++",
    re.IGNORECASE,
)
_STRING_GAP: Final = re.compile(r'"\s++"')
_DECIMAL_ESCAPE: Final = re.compile("[0-9]{3}")

_VERSION: Final = re.compile(
    r"(?:(?:v|version)\s*+[=:]++\s*+|(?:v\s++)?(?=tls[ _-]?rpt))"
    r"(?P<word>tls[ _-]?rpt[ _-]?v?[ _-]?[0-9.]*(?=rua)|tls[ _-]?rpt[ _-]v?[0-9.]+|[a-z0-9._-]*)",
    re.IGNORECASE,
)
_OTHER_RECORD: Final = re.compile(r"(spf|dmarc|sts|bimi|dkim)v?[0-9.]*")
_KINDS: Final = {"spf": "SPF", "dmarc": "DMARC", "sts": "MTA-STS", "bimi": "BIMI", "dkim": "DKIM"}

_JOINT: Final = re.compile(r"(?<![\s,])[\s,]++(?=rua\s*+=)", re.IGNORECASE)
_RUA_WITHOUT_EQUALS: Final = re.compile(r"rua(?:\s*+:|\s)\s*+(?=[^\s=])", re.IGNORECASE)
_ENDPOINT: Final = re.compile(
    r"(?:mailto|https?):|[^\s@=:/,]++@[^\s@=:/,]++(?=[\s,]|\Z)", re.IGNORECASE
)

_REPEATED_RUA: Final = re.compile(r"(?:rua\s*+=\s*+)++", re.IGNORECASE)
_OPENERS: Final = "<\"'`\u2018\u201c\u00ab"
_CLOSERS: Final = ">\"'`\u2019\u201d\u00bb"
_SIZE_LIMIT: Final = re.compile("![0-9]+[kmgt]?", re.IGNORECASE)
_SPACED_SCHEME: Final = re.compile(r"(mailto:|https:)\s++(?!mailto:|https:)(?=\S)", re.IGNORECASE)
_TOKEN: Final = re.compile(r"\S+")
_MAILTO: Final = re.compile("mailto:", re.IGNORECASE)
_FIELD: Final = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]*=")
_GAP: Final = re.compile(r"\s+")


# --- The whole ------------------------------------------------------------------------------------


def trim(text: str, findings: list[Finding]) -> tuple[int, int]:
    """Where the record itself begins and ends, amid what was copied along with it."""
    start, end = _trim_edges(text, 0, len(text), findings)
    prefix = _ZONE_PREFIX.match(text, start, end)
    if prefix:
        owner = prefix["owner"] or OWNER_PREFIX
        if not f"{owner.lower()}.".startswith((f"{OWNER_PREFIX}.", "@.")):
            draft = owner.lower().startswith(DRAFT_PREFIX)
            code = "pre-standard-name" if draft else "zone-owner"
            findings.append(find(code, *prefix.span("owner"), name=owner))
        findings.append(find("zone-line", *prefix.span(), prefix=prefix[0].rstrip()))
        start = prefix.end()
    quotes = start
    while start < end and text[start] in _OPENING:
        start += 1
    if start > quotes:
        findings.append(find("surrounding-quotes", quotes, start))
        while end > start and text[end - 1] in _CLOSING:
            end -= 1
    return _trim_edges(text, start, end, findings) if start > quotes else (start, end)


def _trim_edges(text: str, start: int, end: int, findings: list[Finding]) -> tuple[int, int]:
    first, last = start, end
    while first < end and _is_blank(text[first]):
        first += 1
    while last > first and _is_blank(text[last - 1]):
        last -= 1
    if first > start:
        findings.append(_edge(text, start, first))
    if last < end and not (text[last - 1 : last] == ";" and not text[last:end].strip(WSP)):
        findings.append(_edge(text, last, end))
    return first, last


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}


def _edge(text: str, start: int, end: int) -> Finding:
    edge = text[start:end]
    if "\n" in edge or "\r" in edge:
        return find("line-end", start, end)
    if edge.isspace():
        return find("outer-white-space", start, end)
    return find("control-character", start, end, character=name_of(edge.strip()[0]))


def second_record(text: str, start: int, end: int) -> int | None:
    """Where, among quoted strings, those of a second record begin: on a line, or with a version."""
    for gap in _STRING_GAP.finditer(text, start, end):
        if "\n" in gap[0] or text.startswith(TLSRPT_VERSION, gap.end()):
            return gap.end() - 1
    return None


def unquote(text: str, start: int, end: int) -> tuple[str, list[tuple[int, int]]]:
    """What zone-file strings hold, joined; and the place of each of its characters and its end."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    inside = False
    position = start
    while position < end:
        place, character = position, text[position]
        position += 1
        if character == '"':
            inside = not inside
            continue
        if character == "\\" and position < end:
            escape = _DECIMAL_ESCAPE.match(text, position, end)
            character = chr(int(escape[0])) if escape else text[position]
            position += len(escape[0]) if escape else 1
        elif not inside and character.isspace():
            continue
        characters.append(character)
        places.append((place, position))
    return "".join(characters), [*places, (end, end)]


# --- The version ----------------------------------------------------------------------------------


class Version(NamedTuple):
    """What stands in the version's place, and where in it the next field begins, if it does."""

    kind: Literal["known", "unknown", "absent", "foreign"]
    rest: int | None


def version(head: str, at: int, findings: list[Finding]) -> Version:
    """Tell what a head that is not the version was meant to be."""
    match = _VERSION.match(head)
    if match is None:
        return Version("absent", 0)
    word = match["word"]
    end = at + match.end()
    other = _OTHER_RECORD.fullmatch(word.lower())
    if other:
        findings.append(find("wrong-record", at, end, kind=_KINDS[other[1]]))
        return Version("foreign", None)
    numbers = re.findall("[0-9]+", word)
    spelling = re.sub("[ _-]", "", word.lower())
    if slips(spelling, "tlsrptv1") > 2 or numbers not in ([], ["1"]):
        findings.append(find("unknown-version", at, end, version=match[0]))
        return Version("unknown", _rest(head, match.end(), at, findings))
    if re.search(r"\s", match[0]):
        findings.append(find("version-white-space", at, end))
    compact = re.sub(r"\s", "", match[0])
    if compact.lower() != TLSRPT_VERSION.lower():
        findings.append(find("misspelt-version", at, end, version=match[0]))
    elif compact != TLSRPT_VERSION:
        findings.append(find("version-case", at, end, version=match[0]))
    return Version("known", _rest(head, match.end(), at, findings))


def _rest(head: str, start: int, at: int, findings: list[Finding]) -> int | None:
    """Where, after the version, a field begins that no semicolon parts from it."""
    after = head[start:]
    if not after.strip(WSP):
        return None
    if after.strip(WSP) == "\\":
        backslash = at + head.index("\\", start)
        findings.append(find("escaped-semicolon", backslash, backslash + 1))
        return None
    field = start
    while field < len(head) and (head[field] in ",.:" or _is_blank(head[field])):
        field += 1
    if field == len(head):
        odd = after.strip(WSP)[0]
        findings.append(find("stray-character", at + start, at + field, character=name_of(odd)))
        return None
    findings.append(find("missing-delimiter", at + start, at + max(field, start + 1)))
    return field


# --- Fields ---------------------------------------------------------------------------------------


def parts_of_field(text: str, at: int, findings: list[Finding]) -> Places:
    """The field itself, or the fields that lack a semicolon between; none where nothing is left."""
    begin, end = 0, len(text)
    while end and _is_blank(text[end - 1]):
        end -= 1
    while begin < end and (text[begin] == "," or _is_blank(text[begin])):
        begin += 1
    for first, last in ((0, begin), (end, len(text))):
        if first < last:
            odd = text[first:last].strip(WSP)[0]
            findings.append(find("stray-character", at + first, at + last, character=name_of(odd)))
    parts: Places = []
    for joint in _JOINT.finditer(text, begin, end):
        findings.append(find("missing-delimiter", at + joint.start(), at + joint.end()))
        parts.append((text[begin : joint.start()], at + begin))
        begin = joint.end()
    return [*parts, (text[begin:end], at + begin)] if begin < end or not text else parts


class Field(NamedTuple):
    """What a field was meant to be; `name` is ``"rua"``, that of an extension, or None."""

    name: str | None
    value: str
    at: int


def field(text: str, at: int, findings: list[Finding]) -> Field | None:
    """Tell what a field out of the grammar was meant to be; None where it is to be left out."""
    end = at + len(text)
    if not text:
        findings.append(find("empty-field", max(at - 1, 0), at + 1))
        return None
    if _ENDPOINT.match(text):
        findings.append(find("uri-outside-rua", at, end))
        return Field("rua", text, at)
    bare = _RUA_WITHOUT_EQUALS.match(text)
    if bare:
        cure = f"rua={text[bare.end() :]}"
        findings.append(find("field-without-equals", at, at + bare.end(), field=text, cure=cure))
        return Field("rua", text[bare.end() :], at + bare.end())
    left, equals, right = text.partition("=")
    if not equals:
        cure = f"{text}=, then its value; or leave it out"
        findings.append(find("field-without-equals", at, end, field=text, cure=cure))
        return Field(None, text, at)
    name, value = left.rstrip(), right.lstrip()
    place = end - len(value)
    if len(name) < len(left) or len(value) < len(right):
        findings.append(find("white-space-around-equals", at + len(name), place))
    if is_rua(name, value, at, findings):
        return Field("rua", value, place)
    if not TLSRPT_EXT_NAME.fullmatch(name):
        findings.append(find("bad-extension-name", at, at + max(len(name), 1), name=name))
        return Field(None, value, place)
    if not value:
        findings.append(find("empty-extension-value", at, end, name=name))
        return None
    odd = NOT_IN_EXT_VALUE.search(value)
    if odd:
        facts = {"character": name_of(odd[0]), "name": name}
        findings.append(
            find("bad-extension-value", place + odd.start(), place + odd.end(), **facts)
        )
        return Field(None, value, place)
    return Field(name, value, at)


def is_rua(name: str, value: str, at: int, findings: list[Finding]) -> bool:
    """Whether the name is rua, or was meant to be."""
    if name == "rua":
        return True
    if name.lower() == "rua":
        findings.append(find("rua-case", at, at + 3, name=name))
        return True
    if name.lower() != "ruf" and slips(name.lower(), "rua") == 1 and _ENDPOINT.match(value):
        findings.append(find("misspelt-rua", at, at + len(name), name=name))
        return True
    return False


# --- URIs -----------------------------------------------------------------------------------------


def uris(text: str, at: int, findings: list[Finding]) -> tuple[Places, bool]:
    """Tell what text that is no tlsrpt-uri was meant to be, and whether that is all it held."""
    if not text:
        findings.append(find("empty-uri", at, at))
        return [], True
    spaced = _SPACED_SCHEME.match(text)
    if spaced:
        colon = at + spaced.end(1)
        findings.append(find("space-after-scheme", colon, at + spaced.end(), scheme=spaced[1]))
        text, at = spaced[1] + text[spaced.end() :], at + spaced.end() - len(spaced[1])
    tokens = [(token[0], at + token.start()) for token in _TOKEN.finditer(text)]
    parted = len(tokens) > 1 and all(_is_endpoint(token) for token, _ in tokens)
    for gap in _GAP.finditer(text):
        inner = gap.start() > 0 and gap.end() < len(text)
        code = "uri-white-space"
        if inner and parted:
            code = "uris-parted-by-spaces"
        elif inner and _FIELD.match(text, gap.end()):
            code = "missing-delimiter"
        facts = {"character": name_of(gap[0][0]), "uri": text}
        findings.append(find(code, at + gap.start(), at + gap.end(), **facts))
        if len(tokens) > 1 and not parted:
            return [token for token in tokens if TLSRPT_URI.fullmatch(token[0])], False
    meant = [_uri(token, place, findings) for token, place in tokens]
    plain = [place for place in meant if place is not None]
    return [place for place in plain if place[0]], len(plain) == len(meant)


def _is_endpoint(token: str) -> bool:
    return _ENDPOINT.match(_REPEATED_RUA.sub("", token, count=1)) is not None


def _uri(text: str, at: int, findings: list[Finding]) -> tuple[str, int] | None:
    """Strip what was put about a URI; then it is one, or was meant to be one, or is none."""
    text, at = _unwrapped(text, at, findings)
    if TLSRPT_URI.fullmatch(text):
        return text, at
    if not text:
        findings.append(find("empty-uri", at, at))
        return text, at
    meant = _odd_uri(text, at, findings)
    return None if meant is None else (meant, at)


def _unwrapped(text: str, at: int, findings: list[Finding]) -> tuple[str, int]:
    repeated = _REPEATED_RUA.match(text)
    if repeated:
        findings.append(find("rua-in-list", at, at + repeated.end()))
        text, at = text[repeated.end() :], at + repeated.end()
    if text.endswith("\\"):
        findings.append(find("escaped-semicolon", at + len(text) - 1, at + len(text)))
        text = text[:-1]
    mark = text.rfind("!")
    if mark >= 0 and _SIZE_LIMIT.fullmatch(text, mark):
        findings.append(find("dmarc-size-limit", at + mark, at + len(text), limit=text[mark:]))
        text = text[:mark]
    if TLSRPT_URI.fullmatch(text):
        return text, at
    scheme = _MAILTO.match(text)
    begin = scheme.end() if scheme else 0
    inner = text[begin:].lstrip(_OPENERS)
    bare = inner.rstrip(_CLOSERS)
    if begin + len(bare) < len(text):
        opener = len(text) - len(inner)
        wrapping = text[begin:opener] or inner[len(bare) :]
        findings.append(find("wrapped-uri", at, at + len(text), wrapping=wrapping))
        text, at = text[:begin] + bare, at + opener - begin
    return text, at


def _odd_uri(text: str, at: int, findings: list[Finding]) -> str | None:
    end = at + len(text)
    scheme, colon, _ = text.partition(":")
    if not (colon and SCHEME.fullmatch(scheme)):
        if BARE_ADDRESS.fullmatch(text):
            findings.append(find("bare-address", at, end, uri=text))
            return _strict(f"mailto:{text}")
        findings.append(find("missing-scheme", at, end, uri=text))
        return None
    odd = NOT_IN_URI.search(text)
    if odd:
        code = _code_of_character(odd[0])
        facts = {"character": name_of(odd[0]), "cure": quote(odd[0], errors="replace")}
        findings.append(find(code, at + odd.start(), at + odd.end(), **facts))
        return _strict(text) if code in {"non-ascii", "unencoded-character"} else None
    bad = BAD_PCT_ENCODED.search(text)
    if bad:
        sequence = text[bad.start() : bad.start() + 3]
        place = at + bad.start()
        findings.append(
            find("bad-percent-encoding", place, place + len(sequence), sequence=sequence)
        )
        return None
    findings.append(find("bad-uri", at, end, uri=text))
    return None


def _code_of_character(character: str) -> str:
    if character == "!":
        return "unencoded-character"
    if character.isascii() and character.isprintable():
        return "uri-character"
    if "\ud800" <= character <= "\udfff":
        return "not-utf-8"
    return "non-ascii" if character.isprintable() else "control-character"


def _strict(text: str) -> str | None:
    try:
        return ReportURI(text)
    except InvalidURIError:
        return None
