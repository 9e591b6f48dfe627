"""What records are copied out of: the table of wrappings, and the pass that takes them off.

If a finding of the pass has no fix, it is not clear where the record begins and ends, and no later
pass looks at the text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt._abnf import WSP
from tlsrpt._diagnosis.edits import Edit, Finding, make_finding, make_stray
from tlsrpt._diagnosis.quotation import MARKS_BEFORE, OF_RECORD, OPENING, quoted
from tlsrpt._diagnosis.spelling import ENDPOINT, LINE_END
from tlsrpt._display import name_of
from tlsrpt._version import find_version, versions_in
from tlsrpt.domain import DRAFT_PREFIXES, OWNER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tlsrpt._version import Version


# The front of a zone line or of a line from dig, up to the strings (RFC 1035 section 5.1): the
# owner name, TTL and class in either order, the type, and a parenthesis. The owner is matched
# lazily, since it may be missing and look like the rest. A list may have the line as an item.
_OWNER: Final = r"[\w\\][^\s=;@\"'`]*"
_ZONE: Final = (
    rf"(?:(?P<owner>{_OWNER}|@)[ \t]+)??"
    r"(?:(?:IN|[0-9]+|(?:[0-9]+[wdhms]){1,5})[ \t]+){0,2}TXT[ \t]+(?P<open>\([ \t\r\n]*)?"
)
_ZONE_FRONT: Final = re.compile(rf"(?:[-*]\s+)?{_ZONE}", re.IGNORECASE)


class Wrapping(NamedTuple):
    """Something that people copy records out of.

    Attributes:
        name: what it is.
        case: an example as it was seen.
        front: matches all text before the record, or before its quotation marks.
        needs_marks: whether the record has to be in marks, because trailing text could not be told
            from the record.
    """

    name: str
    case: str
    front: re.Pattern[str]
    needs_marks: bool = True


def _front(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


# Tried in order, after a line of a zone file, which has a finding of its own. The text before the
# record is removed if one of these matches all of it. `.*` is for earlier lines and members.
WRAPPINGS: Final = (
    Wrapping(
        "a zone line in YAML, as of dig +yaml, or in markup",
        """- '_smtp._tls.example.com. 300 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'""",
        _front(rf"(?:[-*]\s+)?(?:<[^<>]*>|['`]){{1,3}}{_ZONE}"),
    ),
    Wrapping(
        "a line of host",
        """_smtp._tls.example.com descriptive text "v=TLSRPTv1; rua=mailto:tls@example.com\"""",
        _front(rf"{_OWNER}[ \t]+descriptive text[ \t]+"),
    ),
    Wrapping(
        "an answer of nslookup",
        """_smtp._tls.example.com\ttext = "v=TLSRPTv1; rua=mailto:tls@example.com\"""",
        _front(rf"(?:.*\s)?{_OWNER}\s+text\s*=\s*"),
    ),
    Wrapping(
        "a command of nsupdate",
        """update add _smtp._tls.example.com. 300 TXT "v=TLSRPTv1; rua=mailto:tls@example.com\"""",
        _front(rf"update add {_ZONE}"),
    ),
    Wrapping(
        "a line of dnsmasq's configuration, or of a CSV file",
        """txt-record=_smtp._tls.example.com,"v=TLSRPTv1; rua=mailto:tls@example.com\"""",
        _front(r"(?:[\w.=-]+,){1,5}\s*"),
        needs_marks=False,
    ),
    Wrapping(
        "a member of a JSON object",
        """{"type": 16, "data": "v=TLSRPTv1; rua=mailto:tls@example.com"}""",
        _front(r"""(?:.*[{,\[\s])?"[\w-]+"\s*:\s*(?:\[\s*)?"""),
    ),
    Wrapping(
        "an item of a list in JSON or a program",
        """["v=TLSRPTv1; rua=mailto:tls@example.com"]""",
        _front(r"\[\s*"),
    ),
    Wrapping(
        "an assignment in HCL, a program or a command, or an attribute of HTML",
        """records = [\n  "v=TLSRPTv1; rua=mailto:tls@example.com",\n]""",
        _front(r"(?:.*\s)?[\w.-]+\s*=\s*(?:\[\s*)?"),
        needs_marks=False,
    ),
    Wrapping(
        "an argument of a call in a program",
        """TXT("_smtp._tls", "v=TLSRPTv1; rua=mailto:tls@example.com"),""",
        _front(r"""[\w.]+\(\s*(?:["'][^"']*["'],\s*){0,4}"""),
    ),
    Wrapping(
        "a row of a table in Markdown",
        """| TLS-RPT | TXT | `v=TLSRPTv1; rua=mailto:tls@example.com` |""",
        _front(r"\|(?:[^|\n]*\|){1,9}\s*"),
    ),
    Wrapping(
        "an item of a list in Markdown",
        """- `v=TLSRPTv1; rua=mailto:tls@example.com`""",
        _front(r"(?:[-*>]|[0-9]{1,2}\.)\s+"),
    ),
    Wrapping(
        "a label of a form, or a key of YAML",
        """Type: TXT  Name: _smtp._tls  Value: v=TLSRPTv1; rua=mailto:tls@example.com""",
        _front(r".*:\s*"),
        needs_marks=False,
    ),
    Wrapping(
        "the owner name alone",
        """_smtp._tls.example.com   v=TLSRPTv1; rua=mailto:tls@example.com""",
        _front(r"(?:.*\s)?_smtp\._tls\S*\s+"),
        needs_marks=False,
    ),
)

# \n or \r\n as a program writes a line end, in rua before any query or after the last semicolon. In
# an extension, it may belong to the value.
_ESCAPED_LINE_END: Final = re.compile(
    r";\s*(?:rua\s*=[^;?#\\]*)?((?:\\[rn]){1,4})\Z", re.IGNORECASE
)
_COMMENT: Final = re.compile(rf";\s*({ENDPOINT.pattern})", re.IGNORECASE)
# Without marks, these may also be part of a record.
_OF_UNQUOTED_RECORD: Final = re.compile(rf"[;@]|//|{OF_RECORD.pattern}", re.IGNORECASE)
# After a bracket or a sentence, what closes it would be taken for a part of the record.
_PLAIN_END: Final = re.compile(r"[A-Za-z0-9/=](?:[ \t]*;)?\Z")


def surroundings(text: str) -> Iterator[Finding]:
    """Whitespace, text and quotation marks around the record, and the escapes inside the marks."""
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    if start == end:
        yield make_finding("empty-record", 0, end)
        return
    while _is_blank(text[end - 1]):
        end -= 1
    if start:
        yield _edge(text, 0, start)
    # Whitespace after the last semicolon is in the grammar (RFC 8460 section 3, field-delim).
    if text[end:].strip(WSP) or (text[end:] and text[end - 1] != ";"):
        yield _edge(text, end, len(text))
    if escape := _ESCAPED_LINE_END.search(text, start, end):
        yield make_stray("line-end", *escape.span(1))
        end = escape.start(1)
    version = find_version(text, start, end)
    begin = start
    if version:
        marks = MARKS_BEFORE.search(text, start, version.start)
        begin = version.start if marks is None else marks.start()
        zone = _ZONE_FRONT.fullmatch(text, start, begin)
    else:
        zone = _ZONE_FRONT.match(text, start, end)
    is_wrapped = zone is not None
    if zone:
        yield from _zone_front(zone, is_tlsrpt=version is not None)
        start = zone.end()
    elif version and begin > start:
        is_wrapped = yield from _before(text, start, begin, end, version)
        start = begin if is_wrapped else start
    opening = OPENING.match(text, start, end)
    # Without a mark that closes it, nobody knows where the record ends.
    is_open = opening and opening["marks"][-1] == '"' and '"' not in text[opening.end() : end]
    if is_wrapped and (is_open or not opening) and (comment := _COMMENT.search(text, start, end)):
        # In a zone file, it is not a part of the record, and a zone line may have other text in it.
        yield make_finding("text-after", comment.start(1), end, text=text[comment.start(1) : end])
    elif opening:
        yield from quoted(text, opening, end, is_grouped=bool(zone and zone["open"]))


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}


def _edge(text: str, start: int, end: int) -> Finding:
    edge = text[start:end]
    code = "outer-whitespace" if edge.isspace() else "control-character"
    code = "line-end" if "\n" in edge or "\r" in edge else code
    character = name_of((edge.strip() or edge)[0])
    return make_stray(code, start, end, character=character)


def _zone_front(front: re.Match[str], *, is_tlsrpt: bool) -> Iterator[Finding]:
    edit = Edit(*front.span(), "")
    # RFC 1035 section 5.1: an escape of a character that needs none
    owner = (front["owner"] or "@").replace(r"\_", "_")
    if is_tlsrpt and not f"{owner.lower()}.".startswith((f"{OWNER_PREFIX}.", "@.")):
        is_draft = owner.lower().startswith(DRAFT_PREFIXES)
        code = "pre-standard-name" if is_draft else "zone-owner"
        yield make_finding(code, *front.span("owner"), edit, name=owner)
    yield make_finding("zone-line", *front.span(), edit, prefix=" ".join(front[0].split()))


def _before(
    text: str, start: int, begin: int, end: int, version: Version
) -> Generator[Finding, None, bool]:
    """Text before the record, and whether it is text; else it may belong to the record.

    Args:
        text: the text.
        start: where the text begins, without whitespace.
        begin: where the record begins, with its quotation marks.
        end: where the text ends, without whitespace.
        version: the version of the record.
    """
    other = next(versions_in(text, start, begin), None)
    if other and other.kind == "TLS-RPT":
        yield make_finding("several-records", version.start, end)
        return True
    if other:
        yield make_finding("other-record", other.start, begin, kind=other.kind)
        return True
    before = text[start:begin]
    is_quoted = begin < version.start
    if (OF_RECORD if is_quoted else _OF_UNQUOTED_RECORD).search(before):
        return False
    later = find_version(text, version.end, end)
    if later and LINE_END.search(text, version.end, later.start):
        yield make_finding("several-records", later.start, end)
    is_known = any(
        one.front.fullmatch(before) and (is_quoted or not one.needs_marks) for one in WRAPPINGS
    )
    is_clear = is_known and (is_quoted or _PLAIN_END.search(text, begin, end))
    edits = [Edit(start, begin, "")] if is_clear else []
    yield make_finding("text-before", start, begin, *edits, text=before.strip())
    return True
