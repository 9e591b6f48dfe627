"""The catalogue, its page in the documentation and the tests: each code is in all three."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.test_check import CASES, GOOD, A, Case, V
from tlsrpt import (
    InvalidDomainError,
    InvalidExtensionError,
    InvalidURIError,
    MultipleRecordsError,
    ParseError,
    RecordNotFoundError,
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    check,
    join_txt,
    normalize_domain,
    split_txt,
)
from tlsrpt.findings import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = Path(__file__).parent.parent / "docs" / "findings.md"

from_zone: Final = TLSRPTRecord.from_zone

# Codes that `check` does not give.
RAISED: Final[dict[str, tuple[type[TLSRPTError], Callable[[], object]]]] = {
    "empty-domain": (InvalidDomainError, lambda: normalize_domain("")),
    "domain-is-address": (InvalidDomainError, lambda: normalize_domain("a@b.example")),
    "domain-is-url": (InvalidDomainError, lambda: normalize_domain("https://b.example/")),
    "domain-is-ip": (InvalidDomainError, lambda: normalize_domain("192.0.2.1")),
    "domain-is-wildcard": (InvalidDomainError, lambda: normalize_domain("*.b.example")),
    "domain-is-owner-name": (InvalidDomainError, lambda: normalize_domain("_smtp._tls.b.example")),
    "empty-label": (InvalidDomainError, lambda: normalize_domain("b..example")),
    "label-too-long": (InvalidDomainError, lambda: normalize_domain(64 * "b" + ".example")),
    "domain-too-long": (InvalidDomainError, lambda: normalize_domain(122 * "b." + "example")),
    "label-hyphen": (InvalidDomainError, lambda: normalize_domain("b-.example")),
    "domain-character": (InvalidDomainError, lambda: normalize_domain("b_c.example")),
    "bad-punycode": (InvalidDomainError, lambda: normalize_domain("xn--0.example")),
    "not-idna": (InvalidDomainError, lambda: normalize_domain("\u2665.example")),
    "uri-list": (InvalidURIError, lambda: ReportURI(f"{A},c@d.example")),
    "record-for-endpoint": (InvalidURIError, lambda: ReportURI(GOOD)),
    "separator-at-end": (InvalidURIError, lambda: ReportURI("https://b.example/v1,")),
    "address-literal": (InvalidURIError, lambda: ReportURI("mailto:a@[192.0.2.1]")),
    "bad-host": (InvalidURIError, lambda: ReportURI("https://[b]/")),
    "reserved-extension-name": (
        InvalidExtensionError,
        lambda: TLSRPTRecord(rua=[A], extensions=[("RUA", "x")]),
    ),
    "record-not-found": (RecordNotFoundError, lambda: TLSRPTRecord.from_rrset(["x", "y"])),
    "multiple-records": (MultipleRecordsError, lambda: TLSRPTRecord.from_rrset([GOOD, GOOD])),
    "bad-ttl": (TLSRPTError, lambda: TLSRPTRecord(rua=[A]).to_zone(2**31)),
    "zone-empty": (ParseError, lambda: from_zone(" ; a comment\n")),
    "zone-unquoted": (ParseError, lambda: from_zone(f"@ TXT {GOOD}")),
    "zone-quote": (ParseError, lambda: from_zone(f'@ TXT "{V}')),
    "zone-parenthesis": (ParseError, lambda: from_zone(f'@ TXT "{GOOD}" )')),
    "zone-escape": (ParseError, lambda: from_zone(f'@ TXT "{GOOD}\\256"')),
    "zone-directive": (ParseError, lambda: from_zone("$ORIGIN b.example.")),
    "zone-not-txt": (ParseError, lambda: from_zone("@ 300 IN A 192.0.2.1")),
    "zone-no-strings": (ParseError, lambda: from_zone("@ TXT")),
    "zone-long-string": (ParseError, lambda: from_zone(f'@ TXT "{GOOD:x<256}"')),
    "zone-long-rdata": (ParseError, lambda: from_zone("@ TXT" + 32_768 * ' "x"')),
    "zone-second-record": (ParseError, lambda: from_zone(f'@ TXT "{GOOD}"\n@ TXT "x"')),
}

# Codes that `check` gives, and exceptions of the strict door have too.
RAISED_TOO: Final[list[tuple[str, Callable[[], object]]]] = [
    ("too-long", lambda: split_txt(65_280 * "x")),
    ("not-utf-8", lambda: join_txt([b"\xff"])),
    ("zone-owner", lambda: from_zone(f'b.example. TXT "{GOOD}"')),
    ("missing-rua", lambda: TLSRPTRecord(rua=[])),
    ("bad-extension-name", lambda: TLSRPTRecord(rua=[A], extensions=[("_", "x")])),
    ("bad-extension-value", lambda: TLSRPTRecord(rua=[A], extensions=[("x", " ")])),
    ("empty-extension-value", lambda: TLSRPTRecord(rua=[A], extensions=[("x", "")])),
    ("pre-standard-name", lambda: from_zone(f'_smtp-tlsrpt TXT "{GOOD}"')),
    ("empty-uri", lambda: ReportURI("")),
    ("bare-address", lambda: ReportURI("a@b.example")),
    ("missing-scheme", lambda: ReportURI("b.example/v1")),
    ("misspelt-scheme", lambda: ReportURI("mailt:a@b.example")),
    ("http-scheme", lambda: ReportURI("http://b.example/")),
    ("unsupported-scheme", lambda: ReportURI("ftp://b.example/")),
    ("uri-white-space", lambda: ReportURI("https://b.example/a b")),
    ("control-character", lambda: ReportURI("mailto:a\x00@b.example")),
    ("bad-percent-encoding", lambda: ReportURI("https://b.example/%")),
    ("uri-character", lambda: ReportURI("https://b.example/\\")),
    ("rua-in-list", lambda: ReportURI(f"rua={A}")),
    ("wrapped-uri", lambda: ReportURI(f"<{A}>")),
    ("dmarc-size-limit", lambda: ReportURI(f"{A}!10m")),
    ("uri-within-uri", lambda: ReportURI(f"{A}{A}")),
    ("mailto-no-mailbox", lambda: ReportURI("mailto:")),
    ("mailto-header-fields", lambda: ReportURI(f"{A}?subject=x")),
    ("bad-mailbox", lambda: ReportURI("mailto:a..b@b.example")),
    ("missing-host", lambda: ReportURI("https:///v1")),
    ("bad-port", lambda: ReportURI("https://b.example:0/")),
    ("uri-credentials", lambda: ReportURI("https://u:p@b.example/")),
    ("uri-fragment", lambda: ReportURI("https://b.example/#x")),
]


class Entry(NamedTuple):
    """What the page says of a code."""

    severity: str
    section: str
    example: str
    cure: str


# An entry, in the form that they all have.
_ENTRY: Final = re.compile(
    r"\n\n\*(?P<severity>Error|Warning)\.\* (?P<section>RFC [0-9]+[^\n]*)\.\n\n"
    r"(?:(?!```)[^\n]+\n)+\n"
    r"```python\n(?P<example>>>> [^`]*)\n```\n\n"
    r"\*To mend it:\* (?P<cure>[^\n]*(?:\n[^\n#]+)*)\n+(?:## [^\n]*\n\n)?"
)


def read_page() -> list[tuple[str, Entry]]:
    """Each code on the page, with its entry."""
    _, *sections = re.split("^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    pairs = []
    for section in sections:
        code = section.partition("\n")[0]
        match = _ENTRY.fullmatch(section, len(code))
        assert match, f"{code} is not in the form of the others"
        pairs.append((code, Entry(**match.groupdict())))
    return pairs


def test_the_page_has_each_code_once_and_no_other() -> None:
    assert sorted(code for code, _ in read_page()) == sorted(CATALOGUE)


def test_the_table_of_the_page_has_each_code_where_it_belongs() -> None:
    rows = re.findall(
        r"^\| [A-Z][^|]* \|(.*)\|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    for column, severity in enumerate(["error", "warning"]):
        codes = [code for row in rows for code in re.findall(r"\(#([^)]*)\)", row[column])]
        assert sorted(codes) == sorted(
            code for code, mistake in CATALOGUE.items() if mistake.severity == severity
        )


@pytest.mark.parametrize(("code", "entry"), read_page(), ids=[code for code, _ in read_page()])
def test_an_entry_says_what_is_so(code: str, entry: Entry) -> None:
    assert entry.severity.lower() == CATALOGUE[code].severity
    # The page's examples are run: what they print is so.
    assert {code, f"'{code}'"} & set(entry.example.splitlines())
    assert entry.cure.endswith(".")


def test_each_code_is_drawn_by_a_test() -> None:
    checked = {code for case in CASES.values() for code, _ in case.findings}
    assert checked | set(RAISED) == set(CATALOGUE)
    assert checked & set(RAISED) == set()


@pytest.mark.parametrize(("code", "kind", "door"), [(code, *row) for code, row in RAISED.items()])
def test_codes_that_only_exceptions_have(
    code: str, kind: type[TLSRPTError], door: Callable[[], object]
) -> None:
    with pytest.raises(TLSRPTError) as caught:
        door()
    assert type(caught.value) is kind
    assert caught.value.code == code


@pytest.mark.parametrize(("code", "door"), RAISED_TOO, ids=[code for code, _ in RAISED_TOO])
def test_codes_that_exceptions_have_too(code: str, door: Callable[[], object]) -> None:
    with pytest.raises(TLSRPTError) as caught:
        door()
    assert caught.value.code == code
    assert caught.value.message
    assert "{" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_findings_are_as_grave_as_the_catalogue_says(case: Case) -> None:
    for finding in check(case.text).findings:
        assert finding.severity == CATALOGUE[finding.code].severity
        assert "{" not in finding.message + finding.hint or "{" in str(case.text)
