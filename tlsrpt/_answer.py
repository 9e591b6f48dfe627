"""`check_answer`: what a DNS tool printed, or a zone file holds, about one name.

The tools show the records of an answer in five forms, one record a line:

- a line of a zone file (RFC 1035 section 5.1), which dig, kdig and `host -v` print, too;
- such a line as an item of YAML (`dig +yaml`);
- the strings alone, after the names that aliases led to (`dig +short`, `kdig +short`);
- a sentence (host, nslookup);
- a sentence, and each string on a line below it (nslookup of Windows).

Lines around the records, such as a shell's prompt, are passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tlsrpt import _zone
from tlsrpt._check import CheckResult, check, check_rrset
from tlsrpt._diagnosis.quotation import OF_RECORD
from tlsrpt.errors import ParseError
from tlsrpt.txt import plain, read_txt

if TYPE_CHECKING:
    from collections.abc import Iterator

# An item of `dig +yaml`, which doubles apostrophes
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
# What else only an answer has: an alias, or that there is no TXT record
_OF_ANSWER: Final = (
    # dig, kdig, `host -v` and `dig +yaml`; another status says nothing about the name.
    r";; ->>HEADER<<-.* status: (?:NOERROR|NXDOMAIN)[,;]",
    r"status: (?:NOERROR|NXDOMAIN)\s*\Z",
    rf"\S++[ \t]++{_TTL_AND_CLASS}CNAME[ \t]++\S++\s*\Z",
    # host
    r"\S++ is an alias for \S++\s*\Z",
    r"\S++ has no TXT record\s*\Z",
    r"Host \S++ not found: 3\(NXDOMAIN\)",
    # nslookup
    r"\S++[ \t]++canonical name = \S++\s*\Z",
    r"\*\*\* Can't find \S++ No answer",
    r"\*\* server can't find \S++ NXDOMAIN",
    # nslookup of Windows: the reason is in English in every language. For a name without TXT
    # records, it prints the SOA record.
    r"\*\*\* .*: Non-existent domain",
    r"primary name server = ",
)
_LINE_OF_ANSWER: Final = re.compile(rf"[ \t]*+(?:{'|'.join(_OF_ANSWER)})")
_COMMENT: Final = re.compile(r"[ \t]*+;")
# What belongs to a record is not merely a line around one: a string that continues it, too.
_OF_RECORD: Final = re.compile(rf'[ \t]*+"|.*?(?:{OF_RECORD.pattern})', re.IGNORECASE)
# A name that an alias led to, as `dig +short` prints it
_TARGET: Final = re.compile(r"[^\s;\"=@]+\.")


def check_answer(text: str, domain: str | None = None) -> CheckResult:
    """Find what is wrong with the TXT records that a DNS tool printed or a zone file holds.

    The text is what dig, kdig, host or nslookup printed, or the lines of a zone file, about one
    name. Aliases (CNAME) may be before the TXT records. One record is checked as `check` does, and
    `CheckResult.text` is its value; several, or none, as `check_rrset` does. Any other text is
    checked as it is, as `check` does: records at several names, lines that cannot be read, or the
    value alone.

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
    text = plain(text)
    try:
        records = _read_short(text)
        if records is None:
            records = _read(_YAML_ITEM.sub(_yaml_text, text))
    except ParseError:
        records = None
    if records is None:
        return check(text, domain=domain)
    if len(records) == 1:
        return check(records[0], domain=domain)
    return check_rrset(records, domain=domain)


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


def _read(text: str) -> list[str] | None:
    """The TXT records in all other forms; None if this is no answer, or at several names."""
    records: list[str] = []
    owner = ""
    is_answer = False
    end_of_record = 0
    for start, end in _lines(text):
        if start < end_of_record:
            continue
        if _LINE_OF_ANSWER.match(text, start, end):
            is_answer = True
        elif _COMMENT.match(text, start, end):
            pass
        elif front := _front(text, start):
            strings, end_of_record = _strings(text, front)
            records.append(read_txt(strings))
            # In a zone file, a record without a name has that of the record before it.
            name = _name(front["owner"] or owner)
            if owner not in {"", name}:
                return None
            owner = name
        elif _OF_RECORD.match(text, start, end):
            return None
    return records if records or is_answer else None


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


def _name(owner: str) -> str:
    """An owner name for comparison (RFC 1035 sections 2.3.3 and 5.1)."""
    return owner.lower().replace(r"\_", "_").removesuffix(".")


def _yaml_text(item: re.Match[str]) -> str:
    return item[1].replace("''", "'")
