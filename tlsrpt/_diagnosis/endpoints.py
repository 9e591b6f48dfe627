"""Mistakes in the list of endpoints and in each of them (RFC 8460 section 3, tlsrpt-rua).

Each pass here is a function from a text to findings; it looks at the rua fields of a text whose
fields have been corrected as far as possible.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tlsrpt._abnf import NOT_IN_URI, NOT_PCT_ENCODED, SCHEME, TLSRPT_URI, TLSRPT_VERSION, WSP
from tlsrpt._catalogue import words
from tlsrpt._diagnosis.characters import characters
from tlsrpt._diagnosis.edits import Edit, Finding, make_finding, make_stray
from tlsrpt._diagnosis.fields import Span, fields_of, split
from tlsrpt._diagnosis.spelling import (
    ADDRESS,
    BLANK_LINE,
    CELL_END,
    ENDPOINT,
    SCHEMES,
    Respelling,
    respelled,
    within,
)
from tlsrpt._display import name_of
from tlsrpt._endpoint import (
    PERCENT_SIGN,
    PLAIN_MAILBOX,
    PLAIN_URI,
    SIZE_LIMIT,
    may_be_slip,
    normal,
)
from tlsrpt._version import is_record
from tlsrpt.errors import InvalidURIError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

_EMPTY: Final = re.compile(r"\A[ \t,]*,[ \t,]*|(?<![ \t])[ \t]*,[ \t,]*\Z|,[ \t]*,[ \t,]*")
# What people write between two endpoints instead of a comma.
_SEPARATOR: Final = re.compile(r"\s*[,;|]\s*|\s+(?:(?:and|&|\+)\s+)?", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s,;|]")
_BEGINNING: Final = re.compile(rf"[<\"]?(?:rua=)?(?:{ENDPOINT.pattern})", re.IGNORECASE)
_BLANK: Final = re.compile(r"\s+")
# name-addr of RFC 5322 section 3.4, roughly: a name, which ends in no blank, and an address in
# angle brackets, with mailto: or without.
_DISPLAY_NAME: Final = re.compile(
    r"[^<>@,]*[^<>@,\s]\s*<(?:mailto:)?(?P<address>[^<>\s@]+@[^<>\s@]+)>"
)

# What a template has for the text that belongs there: %domain% where that is no percent-encoding;
# {domain} with one or two braces, and $ in front or not; <your-id> after a mark or before the @,
# since elsewhere it may be a tag of HTML; and for a whole endpoint, mailbox or domain, $DOMAIN,
# [EMAIL] or <YOUR DOMAIN>. A URI in the grammar can hold $DOMAIN only.
_PLACEHOLDER: Final = re.compile(
    r"%(?![0-9A-F]{2})[A-Z_][A-Z0-9_]*%"
    r"|\$?\{{1,2}[A-Z0-9_ .-]*\}{1,2}"
    r"|(?<=[/?&=.+_-])<[A-Z][A-Z0-9_ -]*>|<[A-Z][A-Z0-9_ -]*>(?=@)"
    r"|(?:(?<=@)|(?<=://)|(?<=\Amailto:)|\A)"
    r"(?:\$[A-Z_][A-Z0-9_]*(?=[/?#:]|\Z)|(?<!://)\[[^]\[@:.]*[A-Z][^]\[@:.]*\]|<[A-Z_ -]+>)",
    re.IGNORECASE,
)
_PLACEHOLDER_SIGNS: Final = frozenset("%{$[<")
_RUA_PREFIX: Final = re.compile(r"(?:rua=){1,9}", re.IGNORECASE)
# A pair of marks around what begins like an endpoint. They may belong to a URI, so none of them is
# inside.
_IN_PAIR: Final = re.compile(
    r"(?:'(?=[^']*'\Z)|\((?=[^()]*\)\Z)|\[(?=[^][]*\]\Z)|\{(?=[^{}]*\}\Z))"
    rf"((?:{ENDPOINT.pattern}).*).",
    re.IGNORECASE,
)
# Marks that are no part of a URI, and an equals sign too many.
_AROUND_URI: Final = '<>"`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a'
_WRAPPED: Final = re.compile(f"[={_AROUND_URI}]*+([^{_AROUND_URI}]+)[{_AROUND_URI}]*")
_SIZE_LIMIT: Final = re.compile(rf"{SIZE_LIMIT}\Z", re.IGNORECASE)
_ADDRESS_LITERAL: Final = re.compile(r"(?:mailto:)?(?P<mailbox>[^@]+@\[.*)", re.IGNORECASE)
_RUF: Final = re.compile(r"ruf\s*=", re.IGNORECASE)
_SCHEME_WITHIN: Final = re.compile("mailto|https", re.IGNORECASE)
_NOT_IN_URI_RUN: Final = re.compile(f"{NOT_IN_URI.pattern}+")
_NON_ASCII: Final = re.compile(r"[^\x00-\x7f]")
# A label, or a word of another part of a URI: small letters, digits, hyphens, and beyond ASCII. A
# negated class compiles fast.
_LABEL: Final = re.compile(r"[^\x00-,./:-`{-\x7f]+")
# What domains can hold besides: the dot of Catalan, and marks of Greek, Hebrew, Sindhi, Tibetan and
# Japanese (RFC 5892 section 2.6)
_MARKS_IN_LABELS: Final = "\u00b7\u0375\u05f3\u05f4\u06fd\u06fe\u0f0b\u30fb"
_LIKELY_SLIP: Final = "the ASCII character that was meant"
_ENCODED: Final = {"non-ascii", "unencoded-character"}


def values_of(text: str) -> Iterator[Span]:
    """The values of the rua fields."""
    for field, start, end in fields_of(text):
        if field.startswith("rua="):
            yield Span(field[4:], start + 4, end)


def endpoints_of(text: str) -> Iterator[Span]:
    """What is between the commas of the rua fields, without WSP around it."""
    return endpoints_in(text, values_of(text))


def endpoints_in(text: str, values: Iterable[Span]) -> Iterator[Span]:
    """What is between the commas of some rua fields, without WSP around it."""
    for value in values:
        if _has_endpoint(value):
            yield from split(text, ",", value.start, value.end)


def _has_endpoint(value: Span) -> bool:
    return bool(value.text.strip(f"{WSP},\"'"))


# --- The list -------------------------------------------------------------------------------------


def separators(text: str) -> Iterator[Finding]:
    """Missing endpoints, and whitespace and separators between endpoints."""
    values = list(values_of(text))
    before = len(TLSRPT_VERSION)
    for field in fields_of(text):
        value = Span(field.text[4:], field.start + 4, field.end)
        before, last = field.end, before
        if not field.text.startswith("rua="):
            continue
        if not _has_endpoint(value):
            # Beside another rua field, it can go with the semicolon before it.
            edits = [Edit(last, field.end, "")] if len(values) > 1 else []
            yield make_finding("empty-rua", value.start, value.end, *edits)
            continue
        for run in _EMPTY.finditer(value.text):
            start, end = value.start + run.start(), value.start + run.end()
            is_inside = value.start < start and end < value.end
            yield make_finding("empty-uri", start, end, Edit(start, end, "," if is_inside else ""))
    for part in endpoints_in(text, values):
        if not part.text or TLSRPT_URI.fullmatch(part.text):
            continue
        if placeholder := placeholder_in(part.text):
            yield unfilled(part, placeholder)
        elif _BETWEEN.search(part.text):
            yield from _whitespace(part)


def placeholder_in(text: str) -> re.Match[str] | None:
    """The first placeholder in an endpoint.

    >>> placeholder_in("mailto:tls@%domain%")
    <re.Match object; span=(11, 19), match='%domain%'>
    """
    return None if _PLACEHOLDER_SIGNS.isdisjoint(text) else _PLACEHOLDER.search(text)


def unfilled(part: Span, placeholder: re.Match[str]) -> Finding:
    """The finding of a placeholder in an endpoint."""
    start, end = part.start + placeholder.start(), part.start + placeholder.end()
    return make_finding("placeholder", start, end, placeholder=placeholder[0])


def _whitespace(part: Span) -> Iterator[Finding]:
    """Whitespace around and inside what should be one endpoint."""
    text = part.text.strip()
    start = part.start + part.text.find(text)
    end = start + len(text)
    for first, last in ((part.start, start), (end, part.end)):
        gap = part.text[first - part.start : last - part.start]
        if gap:
            # After a blank line, something else may begin.
            edits = [] if BLANK_LINE.search(gap) else [Edit(first, last, "")]
            facts = {"character": name_of(gap[0]), "uri": text, "cure": "remove it"}
            yield make_finding("uri-whitespace", first, last, *edits, **facts)
    blank = _BLANK.search(text)
    if listed := separated(text):
        yield from _between(text, start, listed)
    elif blank is None or _is_one_word(text):
        # The next pass looks at it.
        return
    elif named := _DISPLAY_NAME.fullmatch(text):
        yield make_finding("display-name", start, end, uri=text, cure=f"mailto:{named['address']}")
    else:
        first, last = start + blank.start(), start + blank.end()
        is_begun = ENDPOINT.match(text, 0, blank.start())
        cure = "remove it, or what follows it" if is_begun else "remove it"
        facts = {"character": name_of(blank[0][0]), "uri": text, "cure": cure}
        yield make_finding("uri-whitespace", first, last, **facts)


def _is_one_word(text: str) -> bool:
    """Whether there is no whitespace, except in the scheme."""
    return bool(text and (not _BLANK.search(text) or respelled(text)))


def separated(text: str) -> list[tuple[int, int]]:
    """Where the endpoints are in a text that lists several; empty if it does not.

    Before a query only: a query can hold almost anything.

    >>> separated("a@example.com | b@example.com")
    [(0, 13), (16, 29)]
    >>> separated("https://r.example/?to=a@example.com b@example.com")
    []
    """
    spans: list[tuple[int, int]] = []
    begin = 0
    for gap in _SEPARATOR.finditer(text):
        spans.append((begin, gap.start()))
        begin = gap.end()
    spans.append((begin, len(text)))
    is_list = len(spans) > 1 and all(_BEGINNING.match(text, *span) for span in spans)
    return spans if is_list and "?" not in text[: spans[-1][0]] else []


def _between(text: str, at: int, spans: list[tuple[int, int]]) -> Iterator[Finding]:
    for (first, end), (begin, _) in pairwise(spans):
        gap = text[end:begin]
        # After a URL, what no scheme begins may be something else, and so may another line or cell.
        is_endpoint = SCHEMES.match(text, begin) or "://" not in text[first:end]
        is_clear = is_endpoint and not (CELL_END.search(gap) or _is_named(text, first, begin))
        edits = [Edit(at + end, at + begin, ",")] if is_clear else []
        separator = f'"{gap.strip()}"' if gap.strip() else name_of(gap[0])
        yield make_finding("uri-separator", at + end, at + begin, *edits, separator=separator)


def _is_named(text: str, first: int, begin: int) -> bool:
    """Whether an address in angle brackets follows another address, which is used as its name."""
    if text[begin] != "<" or text[first] == "<":
        return False
    name, address = ADDRESS.search(text, first), ADDRESS.search(text, begin)
    return name is None or address is None or name[0] != address[0]


# --- One endpoint ---------------------------------------------------------------------------------


def endpoints(text: str) -> Iterator[Finding]:
    """What is wrapped around an endpoint that is not in the grammar, and its scheme."""
    is_after_url = False
    for part in endpoints_of(text):
        if _may_be_endpoint(part.text) and _is_one_word(part.text):
            inner = yield from _around(part)
            if inner.text and (inner == part or not TLSRPT_URI.fullmatch(inner.text)):
                yield from _scheme(inner, is_after_url=is_after_url)
        is_after_url = "://" in part.text


def _may_be_endpoint(text: str) -> bool:
    """Whether a text may have been meant for an endpoint but is not one."""
    return bool(text) and not (TLSRPT_URI.fullmatch(text) or placeholder_in(text))


def _around(part: Span) -> Generator[Finding, None, Span]:
    """What is wrapped around one endpoint; the endpoint without it is returned."""
    text, start, end = part
    if _RUF.match(text):
        yield make_finding("ruf-for-rua", start, start + 3, cure="the endpoint without ruf=")
        return Span("", start, start)
    prefix = _RUA_PREFIX.match(text)
    if prefix:
        yield make_stray("rua-in-list", start, start + prefix.end())
        start += prefix.end()
    inner = text[start - part.start :]
    if wrapped := _IN_PAIR.fullmatch(inner) or _WRAPPED.fullmatch(inner):
        first, last = start + wrapped.start(1), start + wrapped.end(1)
        places = [(start, first), (last, end)]
        edits = [Edit(*place, "") for place in places if place[0] < place[1]]
        if edits:
            marks = inner[: wrapped.start(1)] + inner[wrapped.end(1) :]
            yield make_finding("wrapped-uri", edits[0].start, end, *edits, marks=marks)
        inner, start, end = wrapped[1], first, last
    limit = _SIZE_LIMIT.search(inner)
    if limit:
        place = start + limit.start()
        inner = inner[: limit.start()]
        # Without a unit, it may be the end of a path.
        is_clear = limit["unit"] or "/" not in inner
        cure = limit[0] if is_clear else f"it, or write %21{limit[0][1:]} if it belongs to the URL"
        edits = [Edit(place, end, "")] if is_clear else []
        yield make_finding("dmarc-size-limit", place, end, *edits, limit=limit[0], cure=cure)
    return Span(inner, start, start + len(inner))


def _scheme(part: Span, *, is_after_url: bool = False) -> Iterator[Finding]:
    text, start, end = part
    if ADDRESS.fullmatch(text) and not _SCHEME_WITHIN.search(text):
        edit = Edit(start, start, "mailto:")
        written = f"mailto:{text}"
        cure = published(written) or "mailto: before a valid address"
        # The fix keeps the capitals of the domain.
        cure = written if cure.lower() == written.lower() else cure
        yield make_finding("bare-address", start, end, edit, uri=text, cure=cure)
    elif literal := _ADDRESS_LITERAL.fullmatch(text):
        yield make_finding("address-literal", start, end, mailbox=literal["mailbox"])
    elif meant := respelled(text):
        yield misspelled_scheme(part, meant)
    elif not SCHEME.fullmatch(text.partition(":")[0]) or ":" not in text:
        if _SCHEME_WITHIN.search(text):
            cure = "the endpoint as mailto:ADDRESS or https://HOST"
            yield make_finding("missing-scheme", start, end, uri=text, cure=cure)
        else:
            cure = "mailto: and an address, or an https:// URL"
            if is_after_url:
                cure = "mailto: and an address, an https:// URL, or %2C for a comma of the URL"
            yield make_finding("missing-scheme", start, end, uri=text, cure=cure)


def misspelled_scheme(part: Span, meant: Respelling) -> Finding:
    """The finding of a misspelled scheme; its fix has to give a valid endpoint."""
    written, scheme = meant
    cure = published(scheme + part.text[len(written) :])
    last = part.start + len(written)
    edits = [Edit(part.start, last, scheme)] if cure else []
    is_spaced = written.rstrip().lower() == scheme
    code = "whitespace-after-scheme" if is_spaced else "misspelled-scheme"
    return make_finding(
        code, part.start, last, *edits, written=written.strip(), cure=cure or scheme
    )


def uri_characters(text: str) -> Iterator[Finding]:
    """Characters and percent signs that are not allowed in an endpoint."""
    for part in endpoints_of(text):
        is_told = _BLANK.search(part.text) or _ADDRESS_LITERAL.fullmatch(part.text)
        if _may_be_endpoint(part.text) and not is_told:
            yield from _characters_of(part)


def _characters_of(part: Span) -> Iterator[Finding]:
    # The pass before has reported a size limit that may belong to the URL.
    text = _SIZE_LIMIT.sub("", part.text)
    start, end = part.start, part.start + len(text)
    has_scheme = SCHEME.fullmatch(text.partition(":")[0]) and ":" in text
    codes = {_code_of(match[0]) for match in NOT_IN_URI.finditer(text)}
    bad = list(NOT_PCT_ENCODED.finditer(text))
    is_plain = _has_plain_letters(text)
    is_clear = has_scheme and not bad and codes <= _ENCODED and is_plain
    uri = published(text) if is_clear else None
    edits = [] if uri is None else [Edit(start, end, uri)]
    homograph = None if is_plain else _homograph(text)
    if homograph:
        code, hint, facts = homograph.code, homograph.hint, homograph.facts
        yield Finding(code, "error", homograph.message, (start, end), hint, None, facts)
    is_mailto = text[:7].lower() == "mailto:"
    at = start + text.rfind("@")
    for run in _NOT_IN_URI_RUN.finditer(text):
        place = start + run.start()
        for code, group in groupby(run[0], _code_of):
            same = "".join(group)
            first, place = place, place + len(same)
            if not is_plain:
                cure = _LIKELY_SLIP
            elif is_mailto and (same[0].isascii() or first < at):
                cure = PLAIN_MAILBOX
            else:
                cure = _cure_of(same[0])
            # If the result is not a valid endpoint, encoding does not help.
            is_lost = same[0] == "!" and uri is None and not is_mailto
            facts = {"character": name_of(same[0]), "cure": cure}
            is_told = code == "not-utf-8" or (homograph and code == "non-ascii")
            if not is_told and (has_scheme or code == "non-ascii"):
                yield make_finding(
                    "uri-character" if is_lost else code, first, place, *edits, **facts
                )
    for match in bad if has_scheme else ():
        sequence = text[match.start() : match.start() + 3]
        place = start + match.start()
        cure = PLAIN_MAILBOX if is_mailto else PERCENT_SIGN
        facts = {"sequence": sequence, "cure": cure}
        yield make_finding("bad-percent-encoding", place, place + len(sequence), **facts)
    if has_scheme and text == part.text and not (codes or bad):
        yield make_finding("bad-uri", start, end, uri=text)


def _code_of(character: str) -> str:
    if character == "!":
        return "unencoded-character"
    if character.isascii() and character.isprintable():
        return "uri-character"
    if "\ud800" <= character <= "\udfff":
        return "not-utf-8"
    return "non-ascii" if character.isprintable() else "control-character"


def _cure_of(character: str) -> str:
    if character.isascii():
        return quote(character)
    return "A-labels (xn--) in domains and percent-encoding elsewhere"


def _has_plain_letters(text: str) -> bool:
    """Whether all characters beyond ASCII are letters, marks and digits, without a homograph."""
    if text.isascii():
        return True
    # The table is needed for these texts only.
    from tlsrpt._homographs import why_confusable  # noqa: PLC0415

    is_homograph = any(why_confusable(word[0]) for word in _LABEL.finditer(text.lower()))
    return not is_homograph and all(map(_is_plain_letter, set(text)))


def _is_plain_letter(character: str) -> bool:
    """Whether it is ASCII, or a letter, mark or digit other than a ligature or variant of ASCII."""
    if character.isascii():
        return True
    is_letter = unicodedata.category(character)[0] in "LMN" or character in _MARKS_IN_LABELS
    return is_letter and not unicodedata.normalize("NFKC", character).isascii()


def _homograph(uri: str) -> InvalidURIError | None:
    """Why the host of an endpoint is easily taken for another; None if it is not."""
    try:
        normal(uri)
    except InvalidURIError as error:
        return error if error.code == "homograph" else None
    return None


# --- What the constructor refuses -----------------------------------------------------------------


def published(uri: str) -> str | None:
    """The endpoint as it would be published; None if the constructor would refuse it."""
    if PLAIN_URI.fullmatch(uri):
        return uri
    try:
        text = normal(uri)
    except InvalidURIError:
        return None
    is_slip = may_be_slip(uri) and (_explained(uri) or _second_uri(uri) or _odd_letter(uri))
    return None if is_slip else text


def explain_uri(uri: str, problem: InvalidURIError | None) -> InvalidURIError | None:
    """The most helpful reason why an endpoint should not be published; None if there is none.

    Args:
        uri: the endpoint, of which `normal` gives a normal form or the problem.
        problem: the problem.
    """
    explained = _explained(uri) or _bad_scheme(uri) or _second_uri(uri) or problem
    # A letter that looks like another is more likely a slip than a mailbox that needs encoding.
    if explained is None or explained.code == "encoded-mailbox":
        return _odd_letter(uri) or explained
    return explained


def _explained(uri: str) -> InvalidURIError | None:
    """The mistake in what is given for an endpoint, such as a record or a list, but its scheme."""
    cure = uri.rstrip(",; \t")
    if placeholder := placeholder_in(uri):
        return _invalid("placeholder", placeholder=placeholder[0])
    if is_record(uri):
        return _invalid("record-for-endpoint", uri=uri)
    if spans := separated(uri):
        parts = [uri[start:end] for start, end in spans]
        cures = [part if ":" in part else f"mailto:{part}" for part in parts]
        return _invalid("uri-list", uri=uri, cure=" and ".join(cures))
    if cure and uri[-1] in ",;":
        cure = f"mailto:{cure}" if ADDRESS.fullmatch(cure) else cure
        return _invalid("trailing-separator", uri=uri, cure=cure)
    if named := _DISPLAY_NAME.fullmatch(uri):
        return _invalid("display-name", uri=uri, cure=f"mailto:{named['address']}")
    around = () if TLSRPT_URI.fullmatch(uri) or not _is_one_word(uri) else _around(_whole(uri))
    return _first((*characters(uri), *around))


def _bad_scheme(uri: str) -> InvalidURIError | None:
    meant = respelled(uri)
    if not TLSRPT_URI.fullmatch(uri) and _is_one_word(uri):
        return _first(_scheme(_whole(uri)))
    return _first([misspelled_scheme(_whole(uri), meant)]) if meant else None


def _second_uri(uri: str) -> InvalidURIError | None:
    is_two = within(uri) and not _BLANK.search(uri)
    return _invalid("uri-within-uri", uri=uri) if is_two else None


def _odd_letter(uri: str) -> InvalidURIError | None:
    """The slip in a valid endpoint that is not ASCII: a letter that looks like another, or a dash.

    A path may hold any character (RFC 3987 section 3.1).
    """
    scheme, separator, rest = uri.partition("://")
    before_path = scheme + separator + rest.partition("/")[0]
    odd = _NON_ASCII.search(before_path)
    if odd is None or _has_plain_letters(before_path):
        return None
    return _invalid("non-ascii", character=name_of(odd[0]), cure=_LIKELY_SLIP)


def _whole(uri: str) -> Span:
    return Span(uri, 0, len(uri))


def _first(findings: Iterable[Finding]) -> InvalidURIError | None:
    finding = next(iter(findings), None)
    return finding and InvalidURIError(finding.code, finding.message, finding.hint, finding.facts)


def _invalid(code: str, **facts: str) -> InvalidURIError:
    return InvalidURIError(*words(code, **facts))
