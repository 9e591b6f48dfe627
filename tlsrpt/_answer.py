"""`check_answer`: what a DNS tool printed, or a zone file holds, about one name.

The tools show the records of an answer in five forms, one record a line:

- a line of a zone file (RFC 1035 section 5.1), which dig, kdig and `host -v` print, too;
- such a line as an item of YAML (`dig +yaml`);
- the strings alone, after the names that aliases led to (`dig +short`, `kdig +short`);
- a sentence (host, nslookup);
- a sentence, and each string on a line below it (nslookup of Windows).

Lines around the records, such as a shell's prompt, are skipped. If only the strings are shown, no
line but a prompt is skipped, since any other line may be part of the record.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tlsrpt import _zone
from tlsrpt._check import CheckResult, Finding, check, check_rrset, rejected
from tlsrpt._diagnosis.edits import make_finding
from tlsrpt._diagnosis.quotation import OF_RECORD
from tlsrpt.domain import DRAFT_PREFIXES, OWNER_PREFIX, normalize_domain
from tlsrpt.errors import InvalidDomainError, ParseError
from tlsrpt.txt import plain, read_txt

if TYPE_CHECKING:
    from collections.abc import Iterator

# An item of `dig +yaml`
_YAML_ITEM: Final = re.compile(r"^[ \t]*+- '(.*)'\r?$", re.MULTILINE)
_TTL_AND_CLASS: Final = rf"(?:(?:IN|{_zone.TTL})[ \t]++){{0,2}}"
# What is before the strings of a TXT record. In a zone file: [owner] [TTL] [class] TXT, the TTL and
# the class in either order, and maybe a parenthesis.
_FRONTS: Final = (
    re.compile(
        rf"[ \t]*+(?:(?P<owner>[^\s\"()]++)[ \t]++)??{_TTL_AND_CLASS}TXT[ \t]++(?=[\"(])",
        re.IGNORECASE,
    ),
    re.compile(r"[ \t]*+(?P<owner>\S++)[ \t]++(?:descriptive text|text =)[ \t]++(?=\")"),
)
_WINDOWS_FRONT: Final = re.compile(r"[ \t]*+(?P<owner>\S++)[ \t]++text =[ \t\r]*+\n\s*+(?=\")")
_WINDOWS_STRING: Final = re.compile(r"[ \t]*+(\".*)\n?")
# What else only an answer has: an alias (zone file, host, nslookup),
_ALIAS: Final = re.compile(
    r"[ \t]*+(?P<source>\S++)"
    rf"(?:[ \t]++{_TTL_AND_CLASS}CNAME[ \t]++| is an alias for |[ \t]++canonical name = )"
    r"(?P<target>\S++)\s*\Z",
    re.IGNORECASE,
)
# or that there is no TXT record
_OF_ANSWER: Final = (
    # dig, kdig, `host -v` and `dig +yaml`; another status says nothing about the name.
    r";; ->>HEADER<<-.* status: (?:NOERROR|NXDOMAIN)[,;]",
    r"status: (?:NOERROR|NXDOMAIN)\s*\Z",
    # host
    r"\S++ has no TXT record\s*\Z",
    r"Host \S++ not found: 3\(NXDOMAIN\)",
    # nslookup
    r"\*\*\* Can't find \S++ No answer",
    r"\*\* server can't find \S++ NXDOMAIN",
    # nslookup of Windows: the reason is in English in every language. For a name without TXT
    # records, it prints the SOA record.
    r"\*\*\* .*: Non-existent domain",
    r"primary name server = ",
)
# What a tool says if it got no answer
_OF_FAILURE: Final = (
    # dig, kdig, `host -v` and `dig +yaml`: the status, which is not one of those above
    r";; ->>HEADER<<-.* status: ",
    r"status: [A-Z0-9]+\s*\Z",
    # dig and host, and nslookup but for that of Windows; others may be asked after the first line
    r";; (?:communications error to|Connection to|Got \S+ reply from) ",
    r"(?:;; )?(?:connection timed out; )?no servers could be reached",
    r"(?:dig|host|nslookup): couldn't get address for ",
    # kdig
    r";; (?:WARNING: (?:response timeout for|no servers to query)|ERROR: )",
    # host, nslookup
    r"Host \S++ not found: [0-9]",
    r"\*\* server can't find ",
    # nslookup of Windows
    r"DNS request timed out",
    r"\*\*\* .*(?:: (?:Server failed|Query refused|No response from server)|timed-out)",
)
# What relative names of a zone file are relative to, from there on (RFC 1035 section 5.1)
_ORIGIN: Final = re.compile(r"[ \t]*+\$ORIGIN[ \t]++([^\s;]++)", re.IGNORECASE)
_LINE_OF_ANSWER: Final = re.compile(rf"[ \t]*+(?:{'|'.join(_OF_ANSWER)})")
_LINE_OF_FAILURE: Final = re.compile(rf"[ \t]*+(?:{'|'.join(_OF_FAILURE)})")
_COMMENT: Final = re.compile(r"[ \t]*+;")
# What belongs to a record is not merely a line around one: a string that continues it, too.
_OF_RECORD: Final = re.compile(rf'[ \t]*+"|.*?(?:{OF_RECORD.pattern})', re.IGNORECASE)
# A name that an alias led to, as `dig +short` prints it
_TARGET: Final = re.compile(r"[^\s;\"=@]+\.")
# A line with a shell's prompt, and dig after it or nothing
_PROMPT: Final = re.compile(
    r"^(?:[^\"\n]*?[$#%>] *k?dig[ \t].*|[ \t]*+[$#%>][ \t\r]*+)$", re.MULTILINE
)
_OF_EMPTY: Final = "; dig +short prints nothing if there is no record or on errors: ask without it"


def check_answer(text: str, domain: str | None = None) -> CheckResult:
    """Find what is wrong with the TXT records that a DNS tool printed or a zone file holds.

    The text is what dig, kdig, host or nslookup printed, or the lines of a zone file, about one
    name. Aliases (CNAME) may come before the TXT records. A single record is checked as by `check`,
    and `CheckResult.text` is its value; several records, or none, are checked as by `check_rrset`.
    The error ``zone-owner`` means that the record is at a name where senders do not look, or at the
    name of another domain; ``failed-lookup``, that the tool got no answer. Any other text is
    checked as it is, as by `check`: records at several names, lines that cannot be read, or a bare
    value.

    Args:
        text: what the tool printed.
        domain: the Policy Domain that was looked up, as `normalize_domain` takes it.

    Raises:
        InvalidDomainError: the domain is not a valid Policy Domain.
        TypeError: the text is not a `str`.

    >>> answer = '_smtp._tls.example.com descriptive text "v=TLSRPTv1; " "rua=tls@example.com"'
    >>> result = check_answer(answer, domain="example.com")
    >>> result.text, result.fixed
    ('v=TLSRPTv1; rua=tls@example.com', 'v=TLSRPTv1; rua=mailto:tls@example.com')
    """
    if not isinstance(text, str):
        raise TypeError(f"an answer is a str, not {type(text).__name__}")
    name = None if domain is None else normalize_domain(domain)
    return read_and_check(text, name)[0]


def read_and_check(text: str, domain: str | None) -> tuple[CheckResult, list[str]]:
    """The result of `check_answer` for a normalized domain, and the records of an answer."""
    text = plain(text)
    # The first lines of an answer in short form may be those of the shell.
    answer = _PROMPT.sub(lambda line: line[0] if OF_RECORD.search(line[0]) else "", text)
    if not answer.strip():
        return rejected(make_finding("record-not-found", 0, 0, count=0, unless=_OF_EMPTY)), []
    owner = ""
    try:
        records = _read_short(answer)
        if records is None:
            # dig +yaml doubles apostrophes.
            answer = _YAML_ITEM.sub(lambda item: item[1].replace("''", "'"), answer)
            records, owner = _read(answer)
    except ParseError:
        records = None
    if not records and _is_failure(answer):
        return rejected(make_finding("failed-lookup", 0, 0)), []
    if records is None:
        return check(text, domain=domain), []
    one = len(records) == 1
    result = check(records[0], domain=domain) if one else check_rrset(records, domain=domain)
    if misplaced := _misplaced(owner, domain):
        findings = (misplaced, *result.findings)
        result = replace(result, ok=False, findings=findings, fixed=None)
    return result, records


def _is_failure(text: str) -> bool:
    """Whether a tool's last message is that it got no answer."""
    is_failure = False
    for start, end in _lines(text):
        if _LINE_OF_ANSWER.match(text, start, end):
            is_failure = False
        elif _LINE_OF_FAILURE.match(text, start, end):
            is_failure = True
        elif _COMMENT.match(text, start, end):
            pass
        elif _OF_RECORD.match(text, start, end):
            return False
    return is_failure


def _misplaced(owner: str, domain: str | None) -> Finding | None:
    """The finding of an owner name at which senders do not look; None without one.

    Args:
        owner: the owner name; one without a final dot may be relative.
        domain: the Policy Domain, if it is known.
    """
    name = _name(owner)
    if name.startswith(DRAFT_PREFIXES):
        return make_finding("pre-standard-name", 0, 0, name=owner)
    is_right = name in {"", "@"} or f"{name}.".startswith(f"{OWNER_PREFIX}.")
    if is_right and domain is not None and (rest := name[len(OWNER_PREFIX) + 1 :]):
        # A name that is not a domain is left alone.
        with contextlib.suppress(InvalidDomainError):
            other = normalize_domain(rest)
            is_relative = not owner.endswith(".") and domain.startswith(f"{other}.")
            is_right = other == domain or is_relative
    return None if is_right else make_finding("zone-owner", 0, 0, name=owner)


def _read_short(text: str) -> list[str] | None:
    """The TXT records, each its strings alone on a line; None if there are other lines."""
    records: list[str] = []
    is_answer = False
    for start, end in _lines(text):
        line = text[start:end].strip()
        if line.startswith('"'):
            records.append(read_txt(_zone.read_rdata(line)))
        elif line and not _COMMENT.match(line) and not _TARGET.fullmatch(line):
            return None
        is_answer = is_answer or line[-1:] in {'"', "."}
    return records if is_answer else None


def _read(text: str) -> tuple[list[str] | None, str]:
    """The TXT records in all other forms, and the name that was asked for, before aliases.

    The records are None if this is not an answer, or if they are at several names; the name is None
    if there is none.
    """
    records: list[str] = []
    owner = shown = origin = ""
    is_answer = False
    end_of_record = 0
    aliases: dict[str, str] = {}
    for start, end in _lines(text):
        if start < end_of_record:
            continue
        if alias := _ALIAS.match(text, start, end):
            is_answer = True
            source = _absolute(alias["source"], origin)
            aliases[_name(_absolute(alias["target"], origin))] = source
        elif _LINE_OF_ANSWER.match(text, start, end):
            is_answer = True
        elif directive := _ORIGIN.match(text, start, end):
            origin = _absolute(directive[1], origin)
        elif _COMMENT.match(text, start, end):
            pass
        elif front := _front(text, start):
            strings, end_of_record = _strings(text, front)
            records.append(read_txt(strings))
            # In a zone file, a record without a name has that of the record before it.
            shown = _absolute(front["owner"], origin) if front["owner"] else shown
            name = _name(shown)
            if owner not in {"", name}:
                return None, ""
            owner = name
        elif _OF_RECORD.match(text, start, end):
            return None, ""
    # Follow each alias only once: they may form a loop.
    while source := aliases.pop(_name(shown), ""):
        shown = source
    return (records if records or is_answer else None), shown


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _front(text: str, start: int) -> re.Match[str] | None:
    """What is before the strings of the TXT record that begins on a line, if one does."""
    matches = (front.match(text, start) for front in (*_FRONTS, _WINDOWS_FRONT))
    return next(filter(None, matches), None)


def _strings(text: str, front: re.Match[str]) -> tuple[list[bytes], int]:
    """The strings of a TXT record, and where the last of them ends."""
    end = front.end()
    if front.re is not _WINDOWS_FRONT:
        return _zone.read_strings(text, end)
    strings: list[bytes] = []
    while line := _WINDOWS_STRING.match(text, end):
        strings += _zone.read_rdata(line[1])
        end = line.end()
    return strings, end


def _absolute(name: str, origin: str) -> str:
    """A name in full, if the origin is known.

    >>> _absolute("_smtp._tls", "example.com."), _absolute("@", "example.com.")
    ('_smtp._tls.example.com.', 'example.com.')
    >>> _absolute("_smtp._tls.example.com", "."), _absolute("_smtp._tls", "")
    ('_smtp._tls.example.com.', '_smtp._tls')
    """
    if not origin or name.endswith("."):
        return name
    return origin if name == "@" else f"{name}.{origin.removeprefix('.')}"


def _name(owner: str) -> str:
    """An owner name for comparison (RFC 1035 sections 2.3.3 and 5.1)."""
    return owner.lower().replace(r"\_", "_").removesuffix(".")
