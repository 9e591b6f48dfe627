"""The laws, for reports, documents and octets of every kind."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from tests.report.deviations import DATA
from tests.report.laws import hold_document, hold_report, hold_to_the_laws, resolve
from tests.report.strategies import DOCUMENTS, FILES, OCTETS, REPORTS, SOUND_REPORTS
from tlsrpt.report import check_report

if TYPE_CHECKING:
    from pathlib import Path

    from tlsrpt.report import Report


@given(REPORTS)
def test_law_9_what_is_written_is_read_again(report: Report) -> None:
    hold_report(report)


@given(SOUND_REPORTS)
def test_the_constructors_make_what_nobody_finds_fault_with(report: Report) -> None:
    assert check_report(report.to_json()).findings == ()


@given(DOCUMENTS)
def test_documents_that_deviate(document: str) -> None:
    hold_document(document)


@given(DOCUMENTS)
def test_pointers_lead_to_a_place_in_the_document(document: str) -> None:
    for finding in check_report(document).findings:
        resolve(finding.pointer, document)


@given(OCTETS)
def test_octets_of_any_kind(octets: bytes) -> None:
    hold_to_the_laws(octets)


@given(FILES)
def test_files_of_any_kind(octets: bytes) -> None:
    hold_to_the_laws(octets)


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda path: path.name)
def test_every_fixture(path: Path) -> None:
    hold_to_the_laws(path.read_bytes())


def test_the_record_part_loads_none_of_this() -> None:
    program = "import sys; before = {*sys.modules}; import tlsrpt; print(*{*sys.modules} - before)"
    modules = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout.split()
    assert "tlsrpt" in modules
    assert {"tlsrpt.report", "email", "json"}.isdisjoint(modules)
