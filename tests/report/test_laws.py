"""The laws, for reports, documents and octets of every kind."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.deviations import DATA
from tests.report.laws import hold_document, hold_report, hold_to_the_laws, resolve
from tests.report.strategies import DOCUMENTS, FILES, OCTETS, REPORTS, SOUND_REPORTS
from tlsrpt.report import check_report
from tlsrpt.report._findings import Findings
from tlsrpt.report._members import mx_hosts, strings
from tlsrpt.report._reader import _DATE_RANGE, _DETAIL, _POLICY, _REPORT

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


_STRINGS = st.one_of(
    st.text(max_size=9),
    st.text('[]"\\\n\r*.-a1Z:/@<= \u00fc', max_size=9),
    st.sampled_from(
        [
            *(
                "sts",
                "STS",
                "certificate-expired",
                "certificate_expired",
                "192.0.2.1",
                "::1",
                "::g",
            ),
            *("example.com", "Example.com.", "*.example.com", "a_b.example", "b\u00fccher.example"),
            *("2025-03-01T00:00:00Z", "2025-03-01T00:00:00.5z", "2025-03-01 24:00:00+00:00"),
            *(
                "0001-01-01T00:00:00+01:00",
                "2016-12-31T23:59:60Z",
                "https://a.example/",
                "a@b.example",
            ),
        ]
    ),
)


@given(_STRINGS)
def test_usual_strings_are_read_like_all_others(string: str) -> None:
    for shape in (_DATE_RANGE, _DETAIL, _POLICY, _REPORT):
        for _, read, usual in shape._members.values():
            if (as_usual := usual[string]) is not None:
                findings = Findings()
                assert read(string, None, findings) == as_usual
                assert not findings.close()
    for reader in (mx_hosts, strings):
        alone, beside = Findings(), Findings()
        # A list with something else in it is never usual.
        assert reader.read([string], None, alone) == reader.read([string, []], None, beside)
        assert len(beside.close()) == len(alone.close()) + 1


@given(DOCUMENTS)
def test_pointers_lead_to_a_place_in_the_document(document: str) -> None:
    for finding in check_report(document).findings:
        # Without a pointer, it is about the whole document, which need not be JSON.
        if finding.pointer:
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
