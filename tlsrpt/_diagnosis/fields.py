"""Mistakes in the version, between fields, and in their names (RFC 8460 section 3).

Each pass here is a function from a text to notes. If a note of `version` has no fix, this is no
TLS-RPT record, or not one of this version, and no later pass looks at the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt._abnf import NOT_IN_EXT_VALUE, TLSRPT_EXT_NAME, TLSRPT_EXTENSION, TLSRPT_VERSION, WSP
from tlsrpt._diagnosis.edits import Edit, Note, note
from tlsrpt._diagnosis.spelling import BARE_ADDRESS, ENDPOINT, slips
from tlsrpt._display import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITTEN_VERSION: Final = re.compile(
    r"(?:v(?:ersion)?\s*[=:]+\s*[\"']?(?P<word>tls-?rptv?[0-9]+(?=rua)|[a-z0-9._-]*)(?<!\.)[\"']?"
    r"|(?:v[\s_-]*|=)?(?P<bare>tls[_-]?rpt[_-]?v?[0-9]*(?![a-z0-9])))",
    re.IGNORECASE,
)
# The word, and at its end the number 1 or what is taken for it.
_WORD_AND_NUMBER: Final = re.compile("([a-uw-z]*)v?[1il]?")
_OTHER_RECORD: Final = re.compile("(spf|dmarc|sts|bimi|dkim)v?[0-9.]*")
_KINDS: Final = {"spf": "SPF", "dmarc": "DMARC", "sts": "MTA-STS", "bimi": "BIMI", "dkim": "DKIM"}
_VERSION: Final = re.compile(r"v\s*[=:]\s*([a-z0-9_-]+)")
_LATER_VERSION: Final = re.compile(rf"[ \t]*;[ \t]*({TLSRPT_VERSION})[ \t]*(?=;|\Z)")
_RUA_FIELD: Final = re.compile(r"(?:\A|;)\s*rua\s*[=:]", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"[\w-]+(?:\.[\w-]+)+\.?")

_OTHER: Final = re.compile(
    r"\s(?=v\s*=\s*tlsrpt)|[\r\n]\s*(?=v\s*=)|;\s*[\r\n]\s*(?!rua\s*=)(?=[\w.-]+\s*=)",
    re.IGNORECASE,
)

_ESCAPED_SEMICOLON: Final = re.compile(r"\\+(?=;)")
_BARE_SEMICOLON: Final = re.compile(r"(?<!\\);(?!\s*\Z)")
_MAILTO_SEMICOLON: Final = re.compile(
    rf"(?<=[=,])(mailto[ \t]*;[ \t]*)(?={BARE_ADDRESS.pattern}[ \t]*(?:[;,]|\Z))", re.IGNORECASE
)
_AFTER_SEMICOLON: Final = re.compile(r";[ \t]*((?:[,\r\n\f\v\x1c-\x1f\x85]|(?![ \t])\s)[\s,]*)")
_BEFORE_SEMICOLON: Final = re.compile(r"(\s+)(?=;)")
_EMPTY_FIELDS: Final = re.compile(r"(?:;[ \t]*)+(?=;)")
_RUA: Final = re.compile(r"rua\s*=|(?i:rua)(?:\s*:|\s+)\s*[^\s=]")
_RUA_WITHOUT_EQUALS: Final = re.compile(r"rua(?:\s*:\s*|\s+)(?=[^\s=])", re.IGNORECASE)
_READ_AS_RUA: Final = {"endpoint-outside-rua", "rua-case", "misspelled-rua"}


class Span(NamedTuple):
    """A part of a text, and its place."""

    text: str
    start: int
    end: int


def split(text: str, separator: str, start: int, end: int) -> Iterator[Span]:
    """The parts between separators in a stretch of the text, without WSP around them."""
    while start <= end:
        stop = text.find(separator, start, end)
        stop = end if stop < 0 else stop
        part = text[start:stop].strip(WSP)
        begin = text.index(part, start) if part else stop
        yield Span(part, begin, begin + len(part))
        start = stop + 1


def fields_of(text: str) -> Iterator[Span]:
    """The fields after the version; a delimiter at the very end begins none."""
    first = text.find(";") + 1 or len(text) + 1
    last = len(text.rstrip(WSP))
    last -= last > first and text[last - 1] == ";"
    return split(text, ";", first, last)


def is_meant(text: str) -> bool:
    """Whether a text was plainly meant to be a TLS-RPT record.

    >>> is_meant("v=TLSRPT1; rua=mailto:tls@example.com"), is_meant("v=spf1 -all")
    (True, False)
    """
    lower = text.lower()
    return (
        "tlsrptv1" in lower
        or lower.startswith("rua=")
        or any(_is_misspelled(match[1]) for match in _VERSION.finditer(lower))
    )


def _is_misspelled(word: str) -> bool:
    """Whether the word is TLSRPTv1 apart from slips; another number is another version."""
    parts = _WORD_AND_NUMBER.fullmatch(re.sub("[_-]", "", word.lower()))
    return parts is not None and slips(parts[1], "tlsrpt") <= 2


# --- The version ----------------------------------------------------------------------------------


def version(text: str) -> Iterator[Note]:
    """The version and what separates it from the first field."""
    written = _WRITTEN_VERSION.match(text)
    if written is None:
        yield from _missing_version(text)
        return
    word = written["word"] if written["bare"] is None else written["bare"]
    end = written.end()
    other = _OTHER_RECORD.fullmatch(word.lower())
    if other:
        yield note("wrong-record", 0, end, kind=_KINDS[other[1]])
        return
    if not _is_misspelled(word):
        yield note("unknown-version", 0, end, version=written[0])
        return
    if written[0] != TLSRPT_VERSION:
        compact = re.sub(r"\s", "", written[0])
        code = "version-case" if compact.lower() == TLSRPT_VERSION.lower() else "misspelled-version"
        code = "version-whitespace" if compact == TLSRPT_VERSION else code
        yield note(code, 0, end, Edit(0, end, TLSRPT_VERSION), version=written[0])
    gap = re.match(r"[\s,.:]*", text[end:]).end()  # type: ignore[union-attr]
    rest = text[end + gap :]
    if rest and not _ESCAPED_SEMICOLON.match(rest) and rest[0] != ";":
        place = max(end + gap, end + 1)
        yield note("missing-delimiter", end, place, Edit(end, end + gap, "; "))
    elif text[end : end + gap].strip(WSP):
        odd = text[end : end + gap].strip(WSP)[0]
        edit = Edit(end, end + gap, "")
        yield note("stray-character", end, end + gap, edit, character=name_of(odd))


def _missing_version(text: str) -> Iterator[Note]:
    later = _LATER_VERSION.search(text)
    insertion = Edit(0, 0, f"{TLSRPT_VERSION}; ")
    if later:
        yield note("version-not-first", *later.span(1), insertion, Edit(*later.span(), ""))
    elif _DOMAIN.fullmatch(text):
        yield note("domain-for-record", 0, len(text), domain=text.removeprefix("_smtp._tls."))
    elif _RUA_FIELD.search(text) or ENDPOINT.match(text):
        yield note("missing-version", 0, 0, insertion)
    else:
        yield note("missing-version", 0, 0)


def other_records(text: str) -> Iterator[Note]:
    """Another record after this one, or what may be one on a new line."""
    other = _OTHER.search(text)
    if other:
        yield note("several-records", other.end(), len(text))


# --- Delimiters -----------------------------------------------------------------------------------


def delimiters(text: str) -> Iterator[Note]:
    """Escaped semicolons, a semicolon for mailto's colon, and stray characters beside one."""
    escaped = list(_ESCAPED_SEMICOLON.finditer(text))
    if escaped:
        # After an escaped semicolon, one that is not escaped may begin a comment of the zone file.
        is_comment = _BARE_SEMICOLON.search(text) is not None
        edits = [] if is_comment else [Edit(*match.span(), "") for match in escaped]
        yield note("escaped-semicolon", *escaped[0].span(), *edits)
        return
    for match in _MAILTO_SEMICOLON.finditer(text):
        address = BARE_ADDRESS.match(text, match.end())
        cure = f"mailto:{address[0]}" if address else "mailto:"
        edit = Edit(*match.span(1), "mailto:")
        yield note("misspelled-scheme", *match.span(1), edit, written=match[1].strip(), cure=cure)
    for match in _AFTER_SEMICOLON.finditer(text):
        edit = Edit(*match.span(1), "")
        yield note("stray-character", *match.span(1), edit, character=name_of(match[1][0]))
    for match in _BEFORE_SEMICOLON.finditer(text):
        odd = match[1].strip(WSP)
        if odd:
            edit = Edit(*match.span(1), "")
            yield note("stray-character", *match.span(1), edit, character=name_of(odd[0]))


def empty_fields(text: str) -> Iterator[Note]:
    """Semicolons with nothing between them."""
    for run in _EMPTY_FIELDS.finditer(text):
        yield note("empty-field", run.start(), run.end() + 1, Edit(*run.span(), ""))


# --- Fields ---------------------------------------------------------------------------------------


def fields(text: str) -> Iterator[Note]:
    """Names and equals signs, and endpoints outside rua."""
    spans = [span for span in fields_of(text) if span.text]
    has_rua = any(_RUA.match(span.text) for span in spans)
    before = len(text.partition(";")[0].rstrip(WSP))
    codes: set[str] = set()
    after_rua = False
    for span in spans:
        notes = list(_field(span, before, has_rua=has_rua, after_rua=after_rua))
        yield from notes
        codes |= (found := {one.words[0] for one in notes})
        after_rua = bool(_RUA.match(span.text) or found & _READ_AS_RUA)
        before = span.end
    if not (has_rua or codes & {"ruf-for-rua", *_READ_AS_RUA}):
        yield note("missing-rua", len(text), len(text))


def _field(span: Span, before: int, *, has_rua: bool, after_rua: bool) -> Iterator[Note]:
    """The mistakes in one field.

    Args:
        span: the field.
        before: where the field before it ends.
        has_rua: whether any field is rua, spelled correctly.
        after_rua: whether the field before is rua, so that an endpoint belongs to its list.
    """
    text, start, end = span
    if ENDPOINT.match(text):
        edit = Edit(before, start, ",") if after_rua else Edit(start, start, "rua=")
        yield note("endpoint-outside-rua", start, end, edit)
        return
    bare = _RUA_WITHOUT_EQUALS.match(text)
    if bare:
        last = start + bare.end()
        cure = f"rua={text[bare.end() :]}"
        yield note(
            "field-without-equals", start, last, Edit(start, last, "rua="), field=text, cure=cure
        )
        return
    left, equals, right = text.partition("=")
    if not equals:
        is_name = TLSRPT_EXT_NAME.fullmatch(text)
        cure = f"{text}= and its value" if is_name else "a name and = before it"
        yield note("field-without-equals", start, end, field=text, cure=cure)
        return
    name, value = left.rstrip(), right.lstrip()
    place = end - len(value)
    blanks = [(start + len(name), start + len(left)), (end - len(right), place)]
    edits = [Edit(first, last, "") for first, last in blanks if first < last]
    if edits:
        yield note("equals-whitespace", edits[0].start, edits[-1].end, *edits)
    if name == "rua":
        return
    name_span = (start, start + len(name))
    code = None if has_rua else _code_of_rua(name, value)
    if code == "ruf-for-rua":
        yield note(code, *name_span)
    elif code:
        yield note(code, *name_span, Edit(*name_span, "rua"), name=name)
        return
    if not TLSRPT_EXTENSION.fullmatch(f"{name}={value}"):
        yield from _extension(Span(name, *name_span), Span(value, place, end), before)


def _code_of_rua(name: str, value: str) -> str | None:
    """The mistake in a name that was meant to be rua, if it was."""
    lower = name.lower()
    if lower in {"rua", "ruf"}:
        return "rua-case" if lower == "rua" else "ruf-for-rua"
    # What is as near to DMARC's ruf may be meant for that.
    is_near = slips(lower, "rua") == 1 and slips(lower, "ruf") > 1
    return "misspelled-rua" if is_near and ENDPOINT.match(value) else None


def _extension(name: Span, value: Span, before: int) -> Iterator[Note]:
    if not TLSRPT_EXT_NAME.fullmatch(name.text):
        yield note("bad-extension-name", name.start, max(name.end, name.start + 1), name=name.text)
    elif not value.text:
        edit = Edit(before, value.end, "")
        yield note("empty-extension-value", name.start, value.end, edit, name=name.text)
    else:
        for odd in NOT_IN_EXT_VALUE.finditer(value.text):
            place = value.start + odd.start()
            character = name_of(odd[0])
            yield note("bad-extension-value", place, place + 1, character=character, name=name.text)
