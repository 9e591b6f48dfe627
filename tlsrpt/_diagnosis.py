"""What people write instead of a record, and what they meant by it.

Each function names the mistakes in a piece of text, by appending to `findings`, and gives what the
piece was meant to be, where that is plain; None where it would be a guess.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import filterfalse, pairwise
from typing import Final, Literal, NamedTuple
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
from tlsrpt._copied import is_blank
from tlsrpt._display import name_of
from tlsrpt._spelling import (
    ADDRESS_BEGINNING,
    BARE_ADDRESS,
    BEGINS_ANEW,
    BRACKETED,
    CLOSERS,
    OPENERS,
    RUA_PREFIX,
    listed,
    misspelt_length,
    respelt,
    size_limit,
    slips,
)
from tlsrpt.errors import InvalidURIError
from tlsrpt.findings import Finding, find
from tlsrpt.uri import ReportURI

# Pieces of a text, each with the place where it starts.
Pieces = list[tuple[str, int]]

_VERSION: Final = re.compile(
    r"(?:(?:(?:v|ver|version)\s*+[=:]++\s*+)++[\"']?|(?:v[\s_-]*+|=)?(?=tls[ _-]?rpt))"
    r"(?P<word>tls[ _-]?rpt[ _-]?v?[ _-]?[0-9.]*(?=rua)|tls[ _-]?rpt[ _-]v?[0-9.]+"
    r"|[a-z0-9._-]*(?<!\.))"
    r"[\"']?",
    re.IGNORECASE,
)
# The word, and at its end the number 1 or what is taken for it.
_WORD_AND_NUMBER: Final = re.compile("([a-uw-z]*)v?[1il]?")
_OTHER_RECORD: Final = re.compile(r"(spf|dmarc|sts|bimi|dkim)v?[0-9.]*")
_KINDS: Final = {"spf": "SPF", "dmarc": "DMARC", "sts": "MTA-STS", "bimi": "BIMI", "dkim": "DKIM"}

_JOINT: Final = re.compile(r"(?<![\s,])[\s,]++(?=rua\s*+=)", re.IGNORECASE)
_RUA_WITHOUT_EQUALS: Final = re.compile(r"rua(?:\s*+:|\s)\s*+(?=[^\s=])", re.IGNORECASE)
_ENDPOINT: Final = re.compile(
    rf"(?:mailto|https?):|{ADDRESS_BEGINNING}(?=[\s,|]|\Z)", re.IGNORECASE
)

_SECOND_VERSION: Final = re.compile(rf"\s({TLSRPT_VERSION})|[\r\n][ \t]*+(v\s*+=)", re.IGNORECASE)
_SPACED_SCHEME: Final = re.compile(r"(?:mailto|https):(\s++)", re.IGNORECASE)
_MAILTO: Final = re.compile("mailto:", re.IGNORECASE)
_SURE_CLOSERS: Final = CLOSERS.replace("'", "")
# As Markdown has links, and as mail programs turn them into text.
_LINK: Final = re.compile(
    r"(?:mailto:)?\[(?:mailto:)?(?P<shown>[^]\s]++)\]\((?P<target>(?:mailto:)?(?P=shown))\)",
    re.IGNORECASE,
)
_TEXT_LINK: Final = re.compile(
    r"(?:mailto:)?(?P<shown>[^<>\s]++)<(?P<target>(?:mailto:)?(?P=shown))>", re.IGNORECASE
)
# Marks about a list, of which none is within it.
_WRAPPED_LIST: Final = re.compile(
    r"(?:'(?=[^']*+'\Z)|\((?=[^()]*+\)\Z)|\[(?=[^][]*+\]\Z))(?P<list>.*[,\s].*).", re.DOTALL
)
_FIELD: Final = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]*=")
_GAP: Final = re.compile(r"\s+")
_ENCODABLE: Final = {"non-ascii", "unencoded-character"}
# Unicode's general categories, of letters, marks and numbers
_LETTERS: Final = "LMN"


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
    if not _is_misspelt(re.sub("[ _-]", "", word.lower())):
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


def _is_misspelt(word: str) -> bool:
    """Whether the word is TLSRPTv1, but for slips; with another number it is another version."""
    parts = _WORD_AND_NUMBER.fullmatch(word)
    return parts is not None and slips(parts[1], "tlsrpt") <= 2


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
    while field < len(head) and (head[field] in ",.:" or is_blank(head[field])):
        field += 1
    if field == len(head):
        odd = after.strip(WSP)[0]
        findings.append(find("stray-character", at + start, at + field, character=name_of(odd)))
        return None
    findings.append(find("missing-delimiter", at + start, at + max(field, start + 1)))
    return field


# --- Fields ---------------------------------------------------------------------------------------


def parts_of_field(text: str, at: int, findings: list[Finding]) -> Pieces:
    """The field itself, or the fields that lack a semicolon between; none where nothing is left."""
    begin, end = 0, len(text)
    while end and is_blank(text[end - 1]):
        end -= 1
    while begin < end and (text[begin] == "," or is_blank(text[begin])):
        begin += 1
    for first, last in ((0, begin), (end, len(text))):
        if first < last:
            odd = text[first:last].strip(WSP)[0]
            findings.append(find("stray-character", at + first, at + last, character=name_of(odd)))
    parts: Pieces = []
    for joint in _JOINT.finditer(text, begin, end):
        findings.append(find("missing-delimiter", at + joint.start(), at + joint.end()))
        parts.append((text[begin : joint.start()], at + begin))
        begin = joint.end()
    return [*parts, (text[begin:end], at + begin)] if begin < end or not text else parts


class Field(NamedTuple):
    """What a field was meant to be: ``"rua"``, an extension, or, with the name None, neither.

    Where it stands is told of the whole field, but of rua's value alone.
    """

    name: str | None
    value: str
    start: int
    end: int


def field(text: str, at: int, findings: list[Finding]) -> Field | None:
    """Tell what a field out of the grammar was meant to be; None where it is to be left out."""
    end = at + len(text)
    if not text:
        findings.append(find("empty-field", max(at - 1, 0), at + 1))
        return None
    if _ENDPOINT.match(text):
        findings.append(find("uri-outside-rua", at, end))
        return Field("rua", text, at, end)
    bare = _RUA_WITHOUT_EQUALS.match(text)
    if bare:
        cure = f"rua={text[bare.end() :]}"
        findings.append(find("field-without-equals", at, at + bare.end(), field=text, cure=cure))
        return Field("rua", text[bare.end() :], at + bare.end(), end)
    left, equals, right = text.partition("=")
    if not equals:
        is_name = TLSRPT_EXT_NAME.fullmatch(text)
        cure = f"{text}= and its value" if is_name else "a name and = before it"
        findings.append(find("field-without-equals", at, end, field=text, cure=cure))
        return Field(None, text, at, end)
    name, value = left.rstrip(), right.lstrip()
    place = end - len(value)
    if len(name) < len(left) or len(value) < len(right):
        findings.append(find("white-space-around-equals", at + len(name), place))
    if is_rua(name, value, at, findings):
        return Field("rua", value, place, end)
    if not TLSRPT_EXT_NAME.fullmatch(name):
        findings.append(find("bad-extension-name", at, at + max(len(name), 1), name=name))
        return Field(None, value, at, end)
    if not value:
        findings.append(find("empty-extension-value", at, end, name=name))
        return None
    odd = list(NOT_IN_EXT_VALUE.finditer(value))
    for match in odd:
        first, last = place + match.start(), place + match.end()
        facts = {"character": name_of(match[0]), "name": name}
        findings.append(find("bad-extension-value", first, last, **facts))
    return Field(None if odd else name, value, at, end)


def is_rua(name: str, value: str, at: int, findings: list[Finding]) -> bool:
    """Whether the name is rua, or was meant to be."""
    if name == "rua":
        return True
    if name.lower() == "rua":
        findings.append(find("rua-case", at, at + 3, name=name))
        return True
    off = slips(name.lower(), "rua")
    # What is as near to DMARC's ruf may be meant for that.
    if off == 1 and slips(name.lower(), "ruf") > off and _ENDPOINT.match(value):
        findings.append(find("misspelt-rua", at, at + len(name), name=name))
        return True
    return False


# --- URIs -----------------------------------------------------------------------------------------


class Place(NamedTuple):
    """The URI, or the lack of one, that was meant by the text between two places."""

    uri: str
    start: int
    end: int


def beside_list(value: str, at: int, findings: list[Finding]) -> tuple[str, int]:
    """The value of a rua field, and its place, less what stands about the list as a whole."""
    text = value.lstrip(WSP)
    blank = len(value) - len(text)
    if blank:
        findings.append(find("white-space-around-equals", at, at + blank))
    wrapped = _WRAPPED_LIST.fullmatch(text)
    if wrapped is None:
        return value, at
    place = at + blank
    findings.append(find("wrapped-uri", place, place + len(text), wrapping=text[0]))
    return wrapped["list"], place + 1


def uris(text: str, at: int, findings: list[Finding]) -> tuple[list[Place], bool]:
    """Tell what text that is no tlsrpt-uri was meant to be, and whether that is all it held."""
    second = _SECOND_VERSION.search(text)
    if second:
        findings.append(
            find("several-records", at + second.start(second.lastindex or 0), at + len(text))
        )
        return [], False
    text, at = _stripped(text, at, findings)
    parts, is_list = _parts(text, at, findings)
    if len(parts) == 1 and not respelt(text):
        blank = _GAP.search(text)
        if blank:
            code = "missing-delimiter" if _FIELD.match(text, blank.end()) else "uri-white-space"
            facts = {"character": name_of(blank[0][0]), "uri": text}
            findings.append(find(code, at + blank.start(), at + blank.end(), **facts))
            return [], False
    meant = [_uri(part, place, findings) for part, place in parts]
    plain = [place for place in meant if place is not None]
    return [place for place in plain if place.uri], is_list and len(plain) == len(meant)


def _stripped(text: str, at: int, findings: list[Finding]) -> tuple[str, int]:
    """The text without white space around it that the grammar does not know."""
    begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
    for first, last in ((0, begin), (end, len(text))):
        if begin < end and first < last:
            facts = {"character": name_of(text[first]), "uri": text}
            findings.append(find("uri-white-space", at + first, at + last, **facts))
    return text[begin:end], at + begin


def _parts(text: str, at: int, findings: list[Finding]) -> tuple[Pieces, bool]:
    """The text, or what it lists, if that is endpoints parted by something else than commas.

    Also whether it is plain that the parts are endpoints of one list. What follows a blank line may
    be another text, and what follows a URL may be more of it, if nothing begins it.
    """
    spans = listed(text)
    is_list = True
    for (first, end), (begin, _) in pairwise(spans):
        gap = text[end:begin]
        facts = {"separator": gap.strip() or "white space"}
        findings.append(find("uris-badly-parted", at + end, at + begin, **facts))
        begins_anew = text[begin] in OPENERS or BEGINS_ANEW.match(text, begin)
        if gap.count("\n") > 1 or ("://" in text[first:end] and not begins_anew):
            is_list = False
    return [(text[begin:end], at + begin) for begin, end in spans], is_list


def _uri(text: str, at: int, findings: list[Finding]) -> Place | None:
    """Strip what was put about a URI; then it is one, or was meant to be one, or is none."""
    if text.endswith("\\"):
        # In a URL, what it stands before may have been meant to go on with it.
        findings.append(find("escaped-semicolon", at + len(text) - 1, at + len(text)))
        return None
    text, at = _unwrapped(text, at, findings)
    meant: str | None = text
    if not text:
        findings.append(find("empty-uri", at, at))
    elif not TLSRPT_URI.fullmatch(text):
        meant = _odd_uri(text, at, findings)
    return None if meant is None else Place(meant, at, at + len(text))


def _unwrapped(text: str, at: int, findings: list[Finding]) -> tuple[str, int]:
    repeated = RUA_PREFIX.match(text)
    if repeated:
        findings.append(find("rua-in-list", at, at + repeated.end()))
        text, at = text[repeated.end() :], at + repeated.end()
    limit = size_limit(text)
    if limit:
        end = at + len(text)
        findings.append(find("dmarc-size-limit", end - len(limit), end, limit=limit))
        text = text.removesuffix(limit)
    if TLSRPT_URI.fullmatch(text):
        return text, at
    for pattern, wrapping in ((_LINK, "[]()"), (_TEXT_LINK, "<>"), (BRACKETED, text[:1])):
        wrapped = pattern.fullmatch(text)
        if wrapped:
            findings.append(find("wrapped-uri", at, at + len(text), wrapping=wrapping))
            return wrapped["target"], at + wrapped.start("target")
    scheme = _MAILTO.match(text)
    begin = scheme.end() if scheme else 0
    inner = text[begin:].lstrip(OPENERS if scheme else f"{OPENERS}=")
    opening = text[begin : len(text) - len(inner)]
    # Of what closes, as much as opens; where nothing does, an apostrophe may be a URL's own.
    closing = inner[len(inner.rstrip(CLOSERS)) :]
    marks = len(opening.strip("="))
    closing = closing[-marks:] if marks else closing[len(closing.rstrip(_SURE_CLOSERS)) :]
    if opening == "'" and not closing:
        return text, at
    bare = inner.removesuffix(closing)
    if opening:
        findings.append(find("wrapped-uri", at, at + len(text), wrapping=opening))
    elif closing:
        end = at + len(text)
        findings.append(find("wrapped-uri", end - len(closing), end, wrapping=closing))
    return text[:begin] + bare, at + len(opening)


def _odd_uri(text: str, at: int, findings: list[Finding]) -> str | None:
    end = at + len(text)
    meant = respelt(text)
    if meant:
        findings.append(_misspelt(text, at, meant))
        return _strict(meant, (at, end), findings)
    scheme, colon, _ = text.partition(":")
    if not (colon and SCHEME.fullmatch(scheme)):
        # With the scheme run into it, what was meant is a guess.
        if BARE_ADDRESS.fullmatch(text) and not text.lower().startswith(("mailto", "http")):
            more: list[Finding] = []
            meant = _strict(f"mailto:{text}", (at, end), more)
            facts = {"uri": text, "cure": meant or f"mailto:{text}"}
            findings += [find("bare-address", at, end, **facts), *more]
            return meant
        findings.append(find("missing-scheme", at, end, uri=text))
        if not text.isascii():
            _name_characters(text, at, findings)
        return None
    codes = _name_characters(text, at, findings)
    if not codes:
        findings.append(find("bad-uri", at, end, uri=text))
    return _strict(text, (at, end), findings) if codes and codes <= _ENCODABLE else None


def _name_characters(text: str, at: int, findings: list[Finding]) -> set[str]:
    """The codes of all characters and percent signs that cannot stand in a tlsrpt-uri."""
    codes: set[str] = set()
    for odd in NOT_IN_URI.finditer(text):
        code = _code_of_character(odd[0])
        facts = {"character": name_of(odd[0]), "cure": _cure_of_character(odd[0])}
        findings.append(find(code, at + odd.start(), at + odd.end(), **facts))
        codes.add(code)
    for bad in BAD_PCT_ENCODED.finditer(text):
        sequence = text[bad.start() : bad.start() + 3]
        facts = {"sequence": sequence}
        place = at + bad.start()
        findings.append(find("bad-percent-encoding", place, place + len(sequence), **facts))
        codes.add("bad-percent-encoding")
    return codes


def _misspelt(text: str, at: int, meant: str) -> Finding:
    """The finding of a scheme or of marks that `respelt` saw through."""
    spaced = _SPACED_SCHEME.match(text)
    if spaced:
        return find("space-after-scheme", at + spaced.start(1), at + spaced.end(1), cure=meant)
    return find("misspelt-scheme", at, at + misspelt_length(text, meant), uri=text, cure=meant)


def _code_of_character(character: str) -> str:
    if character == "!":
        return "unencoded-character"
    if character.isascii() and character.isprintable():
        return "uri-character"
    if "\ud800" <= character <= "\udfff":
        return "not-utf-8"
    return "non-ascii" if character.isprintable() else "control-character"


def _cure_of_character(character: str) -> str:
    if character.isascii():
        return quote(character)
    if unicodedata.category(character)[0] in _LETTERS:
        return "A-labels (xn--) in domains and percent-encoding elsewhere"
    return "the ASCII character that was meant"


def _strict(text: str, span: tuple[int, int], findings: list[Finding]) -> str | None:
    """The URI, if the strict door lets it through, and it holds no character taken for another."""
    words = re.split(r"[\W\d_]+", text)
    if not all(map(_is_plain_letter, filterfalse(str.isascii, text))) or any(map(_is_mixed, words)):
        return None
    try:
        return ReportURI(text)
    except InvalidURIError as error:
        findings.append(Finding("bad-uri", "error", error.message, span, error.hint))
        return None


def _is_plain_letter(character: str) -> bool:
    """Whether it is a letter, a mark or a digit, and no other form of one."""
    plain = unicodedata.is_normalized("NFKC", character)
    return plain and unicodedata.category(character)[0] in _LETTERS


def _is_mixed(word: str) -> bool:
    """Whether letters of ASCII stand beside those that look like them."""
    kinds = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
    return "LATIN" in kinds and bool(kinds & {"CYRILLIC", "GREEK"})
