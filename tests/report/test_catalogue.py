"""The catalogue and its page in the documentation: each code is in both, with an example."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tlsrpt.report._catalogue import CATALOGUE, make_finding

PAGE: Final = (Path(__file__).parents[2] / "docs" / "report-findings.md").read_text("utf-8")

# An entry, in the form that they all have. The examples are run with the documentation.
ENTRY: Final = re.compile(
    r"\n\n\*(?P<severity>Error|Warning)\.\* RFC [0-9]+[^\n]*\.\n\n"
    r"(?:(?!```)[^\n]+\n)+\n"
    r"```python\n(?P<example>>>> [^`]*)\n```\n\n"
    r"\*To fix it:\* [^\n]*\.\n+(?:## [^\n]*\n\n|\[RFC [^\n]*\n)?"
)
SECTIONS: Final = {
    section.partition("\n")[0]: section
    for section in re.split("^### ", PAGE, flags=re.MULTILINE)[1:]
}


def test_the_page_has_each_code_and_no_other() -> None:
    assert list(SECTIONS) == list(dict.fromkeys(re.findall("^### (.*)$", PAGE, re.MULTILINE)))
    assert sorted(SECTIONS) == sorted(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
def test_an_entry_says_what_is_so(code: str) -> None:
    entry = ENTRY.fullmatch(SECTIONS[code], len(code))
    assert entry, f"{code} is not in the form of the others"
    assert entry["severity"].lower() == CATALOGUE[code].severity
    # What the example prints.
    assert re.search(rf"^\(?'?{code}\b", entry["example"], re.MULTILINE)


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_the_table_has_each_code_where_it_belongs(severity: str) -> None:
    rows = re.findall(r"^\| [A-Z][^|]* \|(.*)\|(.*)\|$", PAGE, re.MULTILINE)
    column = ["error", "warning"].index(severity)
    codes = [code for row in rows for code in re.findall(r"\(#([^)]*)\)", row[column])]
    assert sorted(codes) == sorted(
        code for code, row in CATALOGUE.items() if row.severity == severity
    )


def test_facts_are_safe_to_print() -> None:
    finding = make_finding("invalid-date", "/date-range", value="\x1b[2J" + 100 * "x")
    assert finding.message.startswith("\\x1b[2J")
    assert len(finding.message) < 130
    assert make_finding("byte-order-mark").hint == "begin with { (RFC 8259 section 8.1)"
