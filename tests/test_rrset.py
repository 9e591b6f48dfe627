"""Answers from DNS as a whole: `check_rrset`, and that `from_rrset` has the same verdict."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from tlsrpt import (
    CheckResult,
    InvalidDomainError,
    MultipleRecordsError,
    ParseError,
    RecordNotFoundError,
    TLSRPTError,
    TLSRPTRecord,
    check,
    check_rrset,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

GOOD = "v=TLSRPTv1; rua=mailto:tls@example.com"
NEAR = "v=TLSRPT1; rua=mailto:tls@example.com"
SPACED = "v=TLSRPTv1 ; rua=mailto:tls@example.com"
SPF = "v=spf1 -all"
OTHER = "google-site-verification=abc"


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


@pytest.mark.parametrize("answer", [[GOOD], [SPF, GOOD], [GOOD, OTHER, SPF], [NEAR, GOOD]])
def test_the_one_record_of_an_answer(answer: list[str]) -> None:
    result = check_rrset(answer, domain="example.com")
    assert result.ok
    assert (result.text, result.fixed) == (GOOD, GOOD)
    assert result.record == TLSRPTRecord.from_rrset(answer, domain="example.com")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ([], "record-not-found"),
        ([SPF], "record-not-found"),
        ([OTHER], "record-not-found"),
        ([""], "record-not-found"),
        ([SPF, OTHER], "record-not-found"),
        ([GOOD, GOOD], "multiple-records"),
        ([GOOD, SPF, "v=TLSRPTv1;"], "multiple-records"),
    ],
)
def test_no_record_or_several_have_no_text(answer: list[str], code: str) -> None:
    result = check_rrset(answer)
    (finding,) = result.findings
    assert (finding.code, finding.severity, finding.span) == (code, "error", (0, 0))
    assert (result.ok, result.text, result.record, result.fixed) == (False, "", None, None)
    with pytest.raises((RecordNotFoundError, MultipleRecordsError)) as caught:
        TLSRPTRecord.from_rrset(answer)
    error = caught.value
    assert (error.code, error.message) == (finding.code, finding.message)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (NEAR, "misspelled-version"),
        ("v=TSLPRTv1; rua=mailto:tls@example.com", "misspelled-version"),
        ("v=TSLPRTV; rua=mailto:tls@example.com", "misspelled-version"),
        ("rua=mailto:tls@example.com", "missing-version"),
        ("RUA=mailto:tls@example.com", "missing-version"),
        ('"v=TLSRPTv1; rua=mailto:tls@example.com"', "surrounding-quotes"),
        ("Value: v=TLSRPTv1; rua=mailto:tls@example.com", "text-before"),
        ("v=\u0422LSRPTv1; rua=mailto:tls@example.com", "look-alike"),
        ("v=TLSRPTv1;", "missing-rua"),
        ("v=TLSRPTv2; rua=mailto:tls@example.com", "unknown-version"),
    ],
)
def test_what_was_plainly_meant_is_explained(text: str, code: str) -> None:
    """Alone it is a broken record; beside others it is none, and still explained."""
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.from_rrset([text])
    assert caught.value.code == code
    assert check_rrset([text]) == check(text)
    result = check_rrset([SPF, text])
    assert (result.text, result.ok) == (text, False)
    assert code in codes(result)


@pytest.mark.parametrize(
    "text",
    [
        "v=TRLPSTv1; rua=mailto:tls@example.com",
        "v=DMARC1; p=none; rua=mailto:tls@example.com",
        "a rua=b",
    ],
)
def test_what_was_meant_otherwise_is_no_record(text: str) -> None:
    assert codes(check_rrset([text])) == ["record-not-found"]
    with pytest.raises(RecordNotFoundError):
        TLSRPTRecord.from_rrset([text])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'"{GOOD}"', "the quotation marks are not part of the record; remove them"),
        (NEAR, "v=TLSRPT1 is a misspelled version; write v=TLSRPTv1"),
        ("rua=mailto:tls@example.com", "the record does not begin with its version; begin with"),
        (OTHER, None),
        # It is in the grammar, and the message says already what is wrong.
        (SPACED, None),
    ],
)
def test_the_error_of_an_answer_explains_what_was_plainly_meant(
    text: str, told: str | None
) -> None:
    """RFC 8460 section 3: among several, a record that does not begin so is discarded."""
    with pytest.raises(RecordNotFoundError) as caught:
        TLSRPTRecord.from_rrset([SPF, text])
    error = caught.value
    assert error.code == "record-not-found"
    begun = 'no TXT record begins with "v=TLSRPTv1;" (the answer has 2)'
    assert str(error).startswith(f"{begun}; publish" if told is None else f"{begun}: {told}")
    if told is not None:
        assert error.mistake
        assert error.mistake.hint == check_rrset([SPF, text]).errors[0].hint


def test_whitespace_before_the_semicolon_matters_beside_another_record() -> None:
    """RFC 8460 section 3: records that do not begin with v=TLSRPTv1; are discarded."""
    alone = check_rrset([SPACED])
    assert (alone.ok, codes(alone)) == (True, ["whitespace-before-semicolon"])
    result = check_rrset([SPACED, SPF])
    assert (result.ok, result.text) == (False, SPACED)
    assert [error.code for error in result.errors] == ["whitespace-before-semicolon"]
    assert result.fixed == GOOD
    with pytest.raises(RecordNotFoundError):
        TLSRPTRecord.from_rrset([SPACED, SPF])


@pytest.mark.parametrize("near", [NEAR, SPACED, f'"{GOOD}"', "rua=mailto:b@example.com"])
def test_a_near_miss_beside_the_record_is_told(near: str) -> None:
    finding, *rest = check_rrset([near, GOOD, SPF]).findings
    assert (finding.code, finding.severity, finding.span) == ("discarded-record", "warning", (0, 0))
    assert (rest, finding.fix) == ([], None)
    assert near in finding.message
    assert codes(check_rrset([near, near, GOOD])) == 2 * ["discarded-record"]
    assert codes(check_rrset([GOOD, SPF])) == []


@pytest.mark.parametrize("answer", [*permutations([SPF, NEAR, SPACED])])
def test_of_several_near_misses_one_is_explained_and_the_others_are_told(
    answer: tuple[str, ...],
) -> None:
    """Name servers rotate their answers, so the order must not matter."""
    result = check_rrset(answer)
    assert (result.text, result.fixed) == (NEAR, GOOD)
    assert codes(result) == ["discarded-record", "misspelled-version"]
    assert SPACED in result.findings[0].message
    with pytest.raises(RecordNotFoundError, match="TLSRPT1 is a misspelled version"):
        TLSRPTRecord.from_rrset(answer)


def test_a_near_miss_that_is_there_twice_is_told_once() -> None:
    assert codes(check_rrset([NEAR, NEAR])) == ["discarded-record", "misspelled-version"]


@pytest.mark.parametrize(
    "answer",
    [
        [[b"v=TLSRPTv1; rua=", b"mailto:tls@example.com"]],
        [GOOD.encode(), SPF],
    ],
)
def test_records_in_every_form(answer: Iterable[str | bytes | list[bytes]]) -> None:
    assert check_rrset(answer).text == GOOD
    assert check_rrset(iter(answer)).text == GOOD


@pytest.mark.parametrize("answer", [GOOD, GOOD.encode(), None, [None], [1]])
def test_answers_of_the_wrong_type(answer: list[str]) -> None:
    with pytest.raises(TypeError):
        check_rrset(answer)
    with pytest.raises(TypeError):
        TLSRPTRecord.from_rrset(answer)


@pytest.mark.parametrize("answer", [[GOOD], [], [NEAR]])
def test_a_domain_that_is_invalid(answer: list[str]) -> None:
    with pytest.raises(InvalidDomainError):
        check_rrset(answer, domain="tls@example.com")
    with pytest.raises(TLSRPTError):
        TLSRPTRecord.from_rrset(answer, domain="tls@example.com")
