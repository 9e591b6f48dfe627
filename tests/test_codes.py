"""The public lists of codes. That each code occurs is in `test_findings.py` and `report`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.report.documents import text
from tlsrpt import check, codes
from tlsrpt.report import check_report
from tlsrpt.report import codes as report_codes

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_a_code_has_the_texts_of_its_findings() -> None:
    (finding,) = check("v=TLSRPTv1; rua=tls@example.com").findings
    uri = "tls@example.com"
    assert codes.CODES[finding.code] == (
        *("bare-address", "error", False, "endpoint"),
        *("{uri} is an e-mail address without mailto:", "write {cure}"),
    )
    assert codes.CODES[finding.code].message.format(uri=uri) == finding.message


def test_a_code_of_reports_has_the_texts_of_its_findings() -> None:
    (finding,) = check_report(text({"/a": 1})).findings
    code = report_codes.CODES[finding.code]
    assert (code.code, code.severity, code.varies) == ("unknown-member", "error", False)
    assert code.message.format(name="a") == finding.message
    assert code.hint.format(name="a") == finding.hint


@pytest.mark.parametrize(
    "given",
    [codes.CODES, report_codes.CODES, report_codes.CAUSES],
    ids=["record", "report", "cause"],
)
def test_a_list_has_each_code_under_itself_and_cannot_be_changed(
    given: Mapping[str, tuple[str, ...]],
) -> None:
    assert [row[0] for row in given.values()] == list(given)
    with pytest.raises(TypeError, match="does not support item assignment"):
        cast("Any", given)["bare-address"] = None
