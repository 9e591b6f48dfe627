"""The catalogue, its page in the documentation and the tests: each code is in all three.

`python -m tests.test_findings` writes what the page takes from the catalogue: the table of codes,
and the severity of each.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

import pytest

from tests.test_check import SIZES
from tests.test_data import CASES, MESSAGES, Check, cases
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
    join_txt,
    normalize_domain,
)
from tlsrpt._catalogue import CATALOGUE, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = Path(__file__).parent.parent / "docs" / "findings.md"


# --- Every code is drawn by a case ----------------------------------------------------------------

FINDINGS: Final = [finding for case in CASES for finding in Check.of(case.given).result().findings]
# Messages of forms have the place instead of the code.
RAISED: Final = {case.said[0].partition(":")[0] for case in cases(MESSAGES)}
# Codes whose texts are too long for a data file, or that octets draw.
LONG: Final = {code for _, _, code in SIZES}


def test_each_code_is_drawn_by_a_case() -> None:
    found = {finding.code for finding in FINDINGS}
    elsewhere = {
        "discarded-record",
        "failed-lookup",
        "more-findings",
        "unread-lines",
        "zone-long-rdata",
    }
    assert found | LONG | RAISED | elsewhere >= set(CATALOGUE)


def test_no_code_is_for_imagined_mistakes() -> None:
    """Each was seen, is a plain slip of the pen, or is there since a law needs it."""
    earned = {
        finding.code
        for case in CASES
        if case.seen != "neighbor"
        for finding in Check.of(case.given).result().findings
    }
    assert earned >= {finding.code for finding in FINDINGS}


def test_findings_are_as_grave_as_the_catalogue_says() -> None:
    """But a misspelled scheme costs nothing if another endpoint works."""
    for finding in FINDINGS:
        warns = finding.code == "misspelled-scheme" and finding.severity == "warning"
        may_be_in_grammar = finding.code in {"address-literal", "bad-host", "placeholder"}
        in_grammar = may_be_in_grammar and finding.severity == "warning"
        assert warns or in_grammar or finding.severity == CATALOGUE[finding.code].severity


@pytest.mark.parametrize(
    ("kind", "code", "call"),
    [
        (InvalidDomainError, "empty-domain", lambda: normalize_domain("")),
        (InvalidURIError, "empty-uri", lambda: ReportURI("")),
        (
            InvalidExtensionError,
            "reserved-extension-name",
            lambda: TLSRPTRecord(rua=["mailto:a@b.example"], extensions=[("RUA", "x")]),
        ),
        (TLSRPTError, "missing-rua", lambda: TLSRPTRecord(rua=[])),
        (TLSRPTError, "not-utf-8", lambda: join_txt([b"\xff"])),
        (ParseError, "missing-version", lambda: TLSRPTRecord.parse("rua=mailto:a@b.example")),
        (ParseError, "zone-empty", lambda: TLSRPTRecord.from_zone("")),
        (
            ParseError,
            "zone-long-rdata",
            lambda: TLSRPTRecord.from_zone("@ TXT" + 32_768 * ' "x"'),
        ),
        (RecordNotFoundError, "record-not-found", lambda: TLSRPTRecord.from_rrset(["x", "y"])),
        (
            MultipleRecordsError,
            "multiple-records",
            lambda: TLSRPTRecord.from_rrset(2 * ["v=TLSRPTv1; rua=mailto:a@b.example"]),
        ),
    ],
)
def test_each_exception_has_its_code(
    kind: type[TLSRPTError], code: str, call: Callable[[], object]
) -> None:
    with pytest.raises(TLSRPTError) as caught:
        call()
    assert type(caught.value) is kind
    assert caught.value.code == code


# --- The page in the documentation ----------------------------------------------------------------


class Entry(NamedTuple):
    """What the page says of a code."""

    severity: str
    section: str
    example: str
    cure: str


# An entry, in the form that they all have. The words by which the search finds the next one follow.
_ENTRY: Final = re.compile(
    r"\n\n\*(?P<severity>Error|Warning)\.\* (?P<section>RFC [0-9]+[^\n]*)\.\n\n"
    r"(?:(?!```)[^\n]+\n)+\n"
    r"```python\n(?P<example>>>> [^`]*)\n```\n\n"
    r"\*How to fix it:\* (?P<cure>[^\n]*(?:\n[^\n#]+)*)\n+"
    r"(?:## [^\n]*\n\n)?(?:```\{index\} [^\n]*\n```\n\n)?"
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


def written(page: str) -> str:
    """The page with the table of its codes, and the severity of each, as the catalogue has it."""
    rows: list[str] = []
    for section in re.split("^## ", page, flags=re.MULTILINE)[1:]:
        listed: dict[str, list[str]] = {severity: [] for severity in get_args(Severity)}
        for code in re.findall("^### (.*)$", section, re.MULTILINE):
            listed[CATALOGUE[code].severity].append(f"[{code}](#{code})")
        title = section.partition("\n")[0]
        rows.append(f"| {title} | {' | '.join(map(', '.join, listed.values()))} |\n")
    page = re.sub(r"(?<=\|---\|---\|---\|\n)(?:\|.*\n)+", lambda _: "".join(rows), page, count=1)
    return re.sub(
        r"(^### (.*)\n\n\*)\w+\.\*",
        lambda match: f"{match[1]}{CATALOGUE[match[2]].severity.capitalize()}.*",
        page,
        flags=re.MULTILINE,
    )


def test_the_page_has_what_the_catalogue_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page


@pytest.mark.parametrize(("code", "entry"), read_page(), ids=[code for code, _ in read_page()])
def test_an_entry_says_what_is_so(code: str, entry: Entry) -> None:
    # The page's examples are run: what they print is so.
    assert {code, f"'{code}'"} & set(entry.example.splitlines())
    assert entry.cure.endswith(".")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
