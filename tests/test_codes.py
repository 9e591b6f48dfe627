"""The public lists of codes. That each code occurs is in `test_findings.py` and `report`."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from hypothesis import given

from tests.fuzz.laws import hold_facts
from tests.report.documents import text
from tests.strategies import TEXTS
from tests.test_data import CASES, INVALID, MESSAGES, Check, cases, raised
from tlsrpt import (
    Finding,
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    check,
    check_answer,
    check_rrset,
    codes,
    generate,
)
from tlsrpt.report import check_report
from tlsrpt.report import codes as report_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def test_a_code_has_the_texts_of_its_findings() -> None:
    (finding,) = check("v=TLSRPTv1; rua=tls@example.com").findings
    assert finding.facts == {"uri": "tls@example.com", "cure": "mailto:tls@example.com"}
    assert codes.CODES[finding.code] == (
        *("bare-address", "error", False, "endpoint"),
        *("{uri} is an e-mail address without mailto:", "write {cure}"),
    )
    hold_facts(finding)


# What is said of each case of the data: findings and exceptions.
TOLD: Final[list[Finding | TLSRPTError]] = [
    *(finding for case in CASES for finding in Check.of(case.given).result().findings),
    *(finding for text in INVALID for finding in check(text).findings),
    *(raised(case.given) for case in cases(MESSAGES)),
]
# Each takes any text.
ENTRIES: Final[list[Callable[[str], object]]] = [
    TLSRPTRecord.parse,
    TLSRPTRecord.from_rdata,
    TLSRPTRecord.from_zone,
    lambda text: TLSRPTRecord.from_rrset([text, "v=spf1 -all"]),
    lambda text: TLSRPTRecord(rua=["mailto:tls@example.com"], extensions=[(text, text)]),
    lambda text: generate(text, text),
    ReportURI,
    ReportURI.from_address,
]


def test_facts_fill_in_the_texts_of_each_code() -> None:
    for told in TOLD:
        hold_facts(told)


@given(TEXTS)
def test_facts_fill_in_the_texts_about_any_text(text: str) -> None:
    for result in (check(text), check_rrset([text, "v=TLSRPTv1; rua="]), check_answer(text)):
        for finding in result.findings:
            hold_facts(finding)
    for entry in ENTRIES:
        try:
            entry(text)
        except TLSRPTError as error:
            hold_facts(error)


def test_facts_are_read_only_and_go_where_their_finding_goes() -> None:
    (finding,) = check("v=TLSRPTv1; rua=tls@example.com").findings
    with pytest.raises(TypeError, match="does not support item assignment"):
        cast("Any", finding.facts)["uri"] = ""
    twins = copy.copy(finding), copy.deepcopy(finding), pickle.loads(pickle.dumps(finding))  # noqa: S301
    assert {finding, *twins} == {finding}
    assert (len(finding.facts), repr(finding.facts)) == (2, repr(dict(finding.facts)))
    assert finding != finding._replace(facts={})


def test_an_exception_keeps_its_facts() -> None:
    errors = [told for told in TOLD if isinstance(told, TLSRPTError)]
    for error in errors:
        for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
            hold_facts(twin)
            assert (type(twin), twin.facts, str(twin)) == (type(error), error.facts, str(error))


def test_a_code_of_reports_has_the_texts_of_its_findings() -> None:
    (finding,) = check_report(text({"/a": 1})).findings
    code = report_codes.CODES[finding.code]
    assert (code.code, code.severity, code.varies) == ("unknown-member", "error", False)
    assert code.message.format_map(finding.facts) == finding.message
    assert code.hint.format_map(finding.facts) == finding.hint
    assert finding.facts == {"name": "a"}


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
