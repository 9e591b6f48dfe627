"""Every deviation of real senders is read, and named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.report.deviations import DATA, DEVIATIONS, SOUND, UNREADABLE
from tlsrpt.report import Report, check_report, read_reports

if TYPE_CHECKING:
    from tests.report.deviations import Deviation


def test_each_file_is_among_the_deviations() -> None:
    files = {path.name for path in DATA.iterdir()}
    assert files == {SOUND, "relayed-twice.mbox", *DEVIATIONS}


@pytest.mark.parametrize(("name", "deviation"), DEVIATIONS.items(), ids=DEVIATIONS)
def test_what_is_found(name: str, deviation: Deviation) -> None:
    (received,) = read_reports(DATA / name)
    found = tuple(f"{finding.code} {finding.pointer}" for finding in received.findings)
    assert found == deviation.found


@pytest.mark.parametrize("name", DEVIATIONS)
def test_what_is_read(name: str) -> None:
    (received,) = read_reports(DATA / name)
    if name in UNREADABLE:
        assert received.report is None
        return
    assert received.report
    deviation = DEVIATIONS[name]
    if deviation.attribute:
        assert deviation.attribute(received.report) == deviation.value
    else:
        assert received.report == Report.parse((DATA / SOUND).read_bytes())
    assert Report.parse(received.report.to_json()) == received.report


@pytest.mark.parametrize("name", [name for name in DEVIATIONS if ".json" in name])
def test_documents_are_read_alike_by_every_reader(name: str) -> None:
    data = (DATA / name).read_bytes()
    if data.startswith(b"PK"):
        return
    check = check_report(data)
    (received,) = read_reports(DATA / name)
    assert (check.report, check.findings) == (received.report, received.findings)
    if check.report:
        assert Report.parse(data) == check.report


def test_a_sound_report_has_no_findings() -> None:
    check = check_report((DATA / SOUND).read_bytes())
    assert check.ok
    assert check.findings == ()
