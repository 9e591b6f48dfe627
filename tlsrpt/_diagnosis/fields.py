"""Mistakes in the version, between fields, and in their names (RFC 8460 section 3).

Each pass here is a function from a text to findings. If a finding of `version` has no fix, this is
not a TLS-RPT record of this version, and no later pass looks at the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt._abnf import NOT_IN_EXT_VALUE, TLSRPT_EXT_NAME, TLSRPT_EXTENSION, TLSRPT_VERSION, WSP
from tlsrpt._diagnosis.edits import Edit, Finding, make_finding, make_stray
from tlsrpt._diagnosis.spelling import ADDRESS, ENDPOINT, LINE_END, NAMES_ENDPOINT
from tlsrpt._display import name_of
from tlsrpt._slips import slips
from tlsrpt._version import version_at

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS: Final = re.compile(r"\s")
_STRAY_MARKS: Final = re.compile(r"[\s,.:]*")
_LATER_VERSION: Final = re.compile(rf"(?<![ \t])[ \t]*;[ \t]*({TLSRPT_VERSION})[ \t]*(?=;|\Z)")
_RUA_FIELD: Final = re.compile(r"(?:\A|;)\s*rua\s*[=:]", re.IGNORECASE)
_BETWEEN_ENDPOINTS: Final = re.compile(r"[\s,]+")
_DOMAIN: Final = re.compile(r"(?!.*\.\.)[\w-]+\.[\w-][\w.-]*")

_BEFORE_NAME: Final = re.compile(r"(?<!\s)\s+(?=(?P<name>[\w.-]+)\s*=)")

_ESCAPED_SEMICOLON: Final = re.compile(r"(?<!\\)\\+(?=;)")
# What follows may belong to the URL.
_ESCAPED_IN_URL: Final = re.compile(r"://[^\s;,]*\\;(?=\S)")
_BARE_SEMICOLON: Final = re.compile(r"(?<!\\);(?!\s*\Z)")
# mailto with a semicolon for its colon, at the beginning of an endpoint, and before what is plainly
# an address and ends there: so nothing else can have begun at the semicolon.
_MAILTO_SEMICOLON: Final = re.compile(
    rf"(?<=[=,])(mailto[ \t]*;[ \t]*)(?={ADDRESS.pattern}[ \t]*(?:[;,]|\Z))", re.IGNORECASE
)
_BEFORE_RUA: Final = re.compile(r"(?<![\s,])[ \t]+(?=rua=)")
_AROUND_SEMICOLON: Final = re.compile(r"(?<!\s)(\s*);([\s,]*)")
# The border of two quoted strings
_BORDER: Final = re.compile(r'"(\s+)"')
_EMPTY_FIELDS: Final = re.compile(r";[; \t]*;")
_RUA: Final = re.compile(r"rua\s*=")
_RUA_WITHOUT_EQUALS: Final = re.compile(r"rua(?:\s*:\s*|\s+)(?=[^\s=])", re.IGNORECASE)
_NAMED_RUA: Final = re.compile(r"ru[af][._-]", re.IGNORECASE)
_ABOUT_RUA: Final = re.compile("rua|ruf", re.IGNORECASE)
_READ_AS_RUA: Final = {"endpoint-outside-rua", "rua-case", "misspelled-rua"}


class Span(NamedTuple):
    """A part of a text, and its place."""

    text: str
    start: int
    end: int


def split(text: str, separator: str, start: int, end: int) -> Iterator[Span]:
    """The parts between separators in a stretch of the text, without WSP around them.

    >>> list(split("a ; b", ";", 0, 5))
    [Span(text='a', start=0, end=1), Span(text='b', start=4, end=5)]
    """
    if start > end:
        return
    for padded in text[start:end].split(separator):
        stop = start + len(padded)
        rest = padded.lstrip(WSP)
        part = rest.rstrip(WSP)
        begin = stop - len(rest)
        yield Span(part, begin, begin + len(part))
        start = stop + 1


def fields_of(text: str) -> Iterator[Span]:
    """The fields after the version; a delimiter at the very end begins none."""
    first = text.find(";") + 1 or len(text) + 1
    last = len(text.rstrip(WSP))
    last -= last > first and text[last - 1] == ";"
    return split(text, ";", first, last)


# --- The version ----------------------------------------------------------------------------------


def version(text: str) -> Iterator[Finding]:
    """The version and what separates it from the first field."""
    is_other = ENDPOINT.match(text) or _DOMAIN.fullmatch(text)
    found = None if is_other else version_at(text)
    alone = text.rstrip("; ")
    if is_other and ";" not in alone and all(map(ENDPOINT.match, _BETWEEN_ENDPOINTS.split(alone))):
        yield make_finding("endpoint-for-record", 0, len(text), uri=text)
        return
    if found is None:
        yield from _missing_version(text)
        return
    end = found.end
    if not found.is_first:
        code = "wrong-record" if found.kind not in {None, "TLS-RPT"} else "unknown-version"
        yield make_finding(code, 0, end, kind=found.kind, version=found.written)
        return
    if found.written != TLSRPT_VERSION:
        compact = _BLANKS.sub("", found.written)
        code = "version-case" if compact.lower() == TLSRPT_VERSION.lower() else "misspelled-version"
        code = "version-whitespace" if compact == TLSRPT_VERSION else code
        yield make_finding(code, 0, end, Edit(0, end, TLSRPT_VERSION), version=found.written)
    gap = _STRAY_MARKS.match(text, end).end() - end  # type: ignore[union-attr]
    rest = text[end + gap :]
    if rest and not _ESCAPED_SEMICOLON.match(rest) and rest[0] != ";":
        place = max(end + gap, end + 1)
        yield make_finding("missing-delimiter", end, place, Edit(end, end + gap, "; "))
    elif text[end : end + gap].strip(WSP):
        odd = text[end : end + gap].strip(WSP)[0]
        yield make_stray("stray-character", end, end + gap, character=name_of(odd))


def _missing_version(text: str) -> Iterator[Finding]:
    later = _LATER_VERSION.search(text)
    insertion = Edit(0, 0, f"{TLSRPT_VERSION}; ")
    if later:
        yield make_finding("version-not-first", *later.span(1), insertion, Edit(*later.span(), ""))
    elif _DOMAIN.fullmatch(text):
        yield make_finding(
            "domain-for-record", 0, len(text), domain=text.removeprefix("_smtp._tls.")
        )
    elif _RUA_FIELD.search(text) and TLSRPT_VERSION[2:] not in text:
        yield make_finding("missing-version", 0, 0, insertion)
    else:
        yield make_finding("missing-version", 0, 0)


def other_records(text: str) -> Iterator[Finding]:
    """Another record after this one, or what may be one on a new line."""
    for border in _BORDER.finditer(text):
        if LINE_END.search(border[1]):
            yield make_finding("several-records", border.end(1), len(text))
            return
    endpoint = NAMES_ENDPOINT.search(text)
    for gap in _BEFORE_NAME.finditer(text):
        name = gap["name"].lower()
        is_new_line = LINE_END.search(gap[0]) is not None
        version = version_at(text, gap.end())
        is_tlsrpt = version is not None and version.kind == "TLS-RPT"
        is_version = name == "v" and (is_new_line or is_tlsrpt)
        is_second = endpoint is not None and endpoint.start() < gap.start()
        is_field = is_new_line and (is_second if name == "rua" else text[gap.start() - 1] == ";")
        if is_version or is_field:
            yield make_finding("several-records", gap.end(), len(text))
            return


# --- Delimiters -----------------------------------------------------------------------------------


def delimiters(text: str) -> Iterator[Finding]:
    """Escaped semicolons, a semicolon for mailto's colon, and stray characters around them."""
    escaped = list(_ESCAPED_SEMICOLON.finditer(text)) if "\\" in text else []
    if escaped:
        # After an escaped semicolon, one that is not escaped may begin a comment of the zone file.
        is_comment = _BARE_SEMICOLON.search(text, escaped[0].end() + 1) is not None
        is_doubtful = is_comment or _ESCAPED_IN_URL.search(text)
        edits = [] if is_doubtful else [Edit(*match.span(), "") for match in escaped]
        yield make_finding("escaped-semicolon", *escaped[0].span(), *edits)
        return
    yield from _string_quotes(text)
    for match in _MAILTO_SEMICOLON.finditer(text):
        address = ADDRESS.match(text, match.end())
        cure = f"mailto:{address[0]}" if address else "mailto:"
        edit = Edit(*match.span(1), "mailto:")
        yield make_finding(
            "misspelled-scheme", *match.span(1), edit, written=match[1].strip(), cure=cure
        )
    for field in fields_of(text):
        first = field.start
        if bare := _RUA_WITHOUT_EQUALS.match(field.text):
            last = first + bare.end()
            cure = f"rua={field.text[bare.end() :]}"
            edit = Edit(first, last, "rua=")
            yield make_finding(
                "field-without-equals", first, last, edit, field=field.text, cure=cure
            )
        elif gap := None if _RUA.match(field.text) else _BEFORE_RUA.search(field.text):
            first, last = first + gap.start(), first + gap.end()
            yield make_finding("missing-delimiter", first, last, Edit(first, last, "; "))
    for match in _AROUND_SEMICOLON.finditer(text):
        for first, last in (match.span(1), match.span(2)):
            around = text[first:last]
            odd = around.strip(WSP)
            if odd:
                # An endpoint on another line may be another row of a form, or of a signature.
                is_apart = LINE_END.search(around) and ENDPOINT.match(text, last)
                edits = [] if is_apart else [Edit(first, last, "")]
                yield make_finding(
                    "stray-character", first, last, *edits, character=name_of(odd[0])
                )


def _string_quotes(text: str) -> Iterator[Finding]:
    """The marks between the strings of a split TXT record (RFC 8460 section 3).

    If a mark before them is still open, such as one around an endpoint, the first of them closes
    it.
    """
    is_open = False
    last = 0
    for border in _BORDER.finditer(text):
        is_open ^= text.count('"', last, border.start()) % 2 == 1
        if not is_open:
            yield make_stray("string-quotes", *border.span())
        last = border.end()


def empty_fields(text: str) -> Iterator[Finding]:
    """Semicolons with nothing between them."""
    for run in _EMPTY_FIELDS.finditer(text):
        yield make_finding("empty-field", *run.span(), Edit(run.start(), run.end() - 1, ""))


# --- Fields ---------------------------------------------------------------------------------------


def fields(text: str) -> Iterator[Finding]:
    """Names and equals signs, and endpoints outside rua."""
    spans = [span for span in fields_of(text) if span.text]
    has_rua = any(_RUA.match(span.text) for span in spans)
    before = len(text.partition(";")[0].rstrip(WSP))
    after_rua = is_told = False
    for span in spans:
        findings = list(_field(span, before, has_rua=has_rua, after_rua=after_rua))
        yield from findings
        codes = {finding.code for finding in findings}
        after_rua = bool(_RUA.match(span.text) or codes & _READ_AS_RUA)
        before = span.end
        # Whether rua is there or was meant by a field with a mistake
        is_told = is_told or after_rua or bool(codes and _ABOUT_RUA.search(span.text))
    if not is_told:
        yield make_finding("missing-rua", len(text), len(text), where=", in a rua field")


def _field(span: Span, before: int, *, has_rua: bool, after_rua: bool) -> Iterator[Finding]:
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
        # rua-tls@example.com may be a mailbox, or rua= and one.
        edits = [] if _NAMED_RUA.match(text) else [edit]
        yield make_finding("endpoint-outside-rua", start, end, *edits)
        return
    left, equals, right = text.partition("=")
    if not equals:
        is_name = TLSRPT_EXT_NAME.fullmatch(text)
        cure = f"{text}= and its value" if is_name else "a name and = before it"
        yield make_finding("field-without-equals", start, end, field=text, cure=cure)
        return
    name, value = left.rstrip(), right.lstrip()
    place = end - len(value)
    blanks = [(start + len(name), start + len(left)), (end - len(right), place)]
    edits = [Edit(first, last, "") for first, last in blanks if first < last]
    if edits:
        yield make_finding("equals-whitespace", edits[0].start, edits[-1].end, *edits)
    if name == "rua":
        return
    name_span = (start, start + len(name))
    code = None if has_rua else _code_of_rua(name, value)
    if code == "ruf-for-rua":
        yield make_finding(code, *name_span, cure="its endpoint in rua")
    elif code:
        yield make_finding(code, *name_span, Edit(*name_span, "rua"), name=name)
        return
    if not TLSRPT_EXTENSION.fullmatch(f"{name}={value}"):
        yield from _extension(Span(name, *name_span), Span(value, place, end), before)


def _code_of_rua(name: str, value: str) -> str | None:
    """The mistake in a name that was meant to be rua, if it was."""
    lower = name.lower()
    if lower in {"rua", "ruf"}:
        return "rua-case" if lower == "rua" else "ruf-for-rua"
    # A name that is just as close to DMARC's ruf may be meant as that.
    is_near = slips(lower, "rua") == 1 and slips(lower, "ruf") > 1
    return "misspelled-rua" if is_near and ENDPOINT.match(value) else None


def _extension(name: Span, value: Span, before: int) -> Iterator[Finding]:
    if not TLSRPT_EXT_NAME.fullmatch(name.text):
        yield make_finding(
            "bad-extension-name", name.start, max(name.end, name.start + 1), name=name.text
        )
    elif not value.text:
        edit = Edit(before, value.end, "")
        yield make_finding("empty-extension-value", name.start, value.end, edit, name=name.text)
    else:
        for odd in NOT_IN_EXT_VALUE.finditer(value.text):
            place = value.start + odd.start()
            character = name_of(odd[0])
            yield make_finding(
                "bad-extension-value", place, place + 1, character=character, name=name.text
            )
