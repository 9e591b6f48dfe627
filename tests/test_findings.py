"""The catalogue, its page in the documentation and the tests: each code is in all three.

`python -m tests.test_findings` writes what the page takes from the catalogue: the table of codes,
and the severity of each.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

import pytest

from tests.test_answer import COMMANDS
from tests.test_check import SIZES, sized
from tests.test_data import CASES, MESSAGES, Check, cases
from tlsrpt import (
    FormError,
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
    check_answer,
    check_rrset,
    generate,
    join_txt,
    normalize_domain,
)
from tlsrpt._catalogue import CATALOGUE, Severity
from tlsrpt.codes import CODES, About

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = Path(__file__).parent.parent / "docs" / "findings.md"


# --- Every code is drawn by a case ----------------------------------------------------------------

FINDINGS: Final = [finding for case in CASES for finding in Check.of(case.given).result().findings]
_MANY: Final = "".join(f",ftp://{number}.example.net" for number in range(1_200))
# Those of results that are no case of the diagnosis: long texts, several records, tools.
OTHERS: Final = [
    finding
    for result in (
        *(check(sized(octets), domain=domain) for octets, domain, _ in SIZES),
        check(f"v=TLSRPTv1; rua=mailto:tls@example.com{_MANY}"),
        check(f"v=TLSRPTv1; rua={_MANY.replace(',', ',,')}"),
        check_rrset(["v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPT1; rua=mailto:a@b.example"]),
        check_rrset(["v=TLSRPTv1 ; rua=mailto:a@b.example", "v=spf1 -all"]),
        *(check_answer(output) for *_, output in COMMANDS),
    )
    for finding in result.findings
]
# Messages of forms have the place instead of the code.
RAISED: Final = {
    case.said[0].partition(":")[0]
    for case in cases(MESSAGES)
    if not case.given.startswith("generate ")
}


def test_each_code_occurs_and_no_other() -> None:
    with pytest.raises(FormError) as form:
        generate("example.com", 1_001 * "example.com\n")
    with pytest.raises(ParseError) as zone:
        TLSRPTRecord.from_zone("@ TXT" + 32_768 * ' "x"')
    long = {form.value.problems[-1].error.code, zone.value.code}
    assert {finding.code for finding in (*FINDINGS, *OTHERS)} | RAISED | long == set(CODES)


def test_findings_are_as_serious_as_the_catalogue_says() -> None:
    found: dict[str, set[str]] = {}
    for finding in (*FINDINGS, *OTHERS):
        found.setdefault(finding.code, set()).add(finding.severity)
    for code, severities in found.items():
        row = CODES[code]
        assert severities == ({*get_args(Severity)} if row.varies else {row.severity}), code


def test_no_code_is_for_imagined_mistakes() -> None:
    """Each was seen, is a plain slip of the pen, or is there since a law needs it."""
    earned = {
        finding.code
        for case in CASES
        if case.seen != "neighbor"
        for finding in Check.of(case.given).result().findings
    }
    assert earned >= {finding.code for finding in FINDINGS}


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


# The sections of the page, and what the codes in each are about.
SUBJECTS: Final[dict[str, About]] = {
    "The version": "version",
    "The record as a whole": "record",
    "Fields": "field",
    "The rua field": "rua",
    "Endpoints": "endpoint",
    "Addresses": "endpoint",
    "URLs": "endpoint",
    "Policy Domains": "domain",
    "Answers from DNS": "answer",
    "Zone files": "zone",
}


def test_each_code_is_in_the_section_of_its_subject() -> None:
    _, *sections = re.split("^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [section.partition("\n")[0] for section in sections] == list(SUBJECTS)
    for section, about in zip(sections, SUBJECTS.values(), strict=True):
        codes = re.findall("^### (.*)$", section, re.MULTILINE)
        assert {CODES[code].about for code in codes} == {about}


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
