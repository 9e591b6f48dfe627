"""A `str` of another class is taken by its value, whatever it prints as."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import pytest

from tests.report.test_subclasses import Liar
from tlsrpt import (
    FormError,
    ParseError,
    ReportURI,
    TLSRPTRecord,
    check,
    check_answer,
    check_rrset,
    generate,
    join_txt,
    normalize_domain,
    split_txt,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Setting(str, Enum):  # noqa: UP042 - a StrEnum prints as its value, and this does not
    DOMAIN = "example.com"
    IDN = "bücher.example"
    MAIL = "mailto:tls@example.com"
    CAPITALS = "MAILTO:tls@example.com"
    NAME = "note"
    VALUE = "testing"
    RECORD = "v=TLSRPTv1; rua=mailto:tls@example.com"
    BAD = "v=TLSRPTv1; rua=tls@example.com"
    ADDRESS = "tls@example.com"
    RDATA = '"v=TLSRPTv1; rua=mailto:tls@example.com"'
    RELATIVE = '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'
    ZONE = '_smtp._tls.example.com. 300 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'


RECORD: Final = TLSRPTRecord(
    rua=["mailto:tls@example.com"], domain="example.com", extensions=[("note", "testing")]
)


@pytest.mark.parametrize("kind", [Setting, Liar])
def test_a_record_is_made_of_values(kind: Callable[[str], str]) -> None:
    record = TLSRPTRecord(
        rua=[kind("MAILTO:tls@example.com"), kind("mailto:tls@example.com")],
        domain=kind("example.com"),
        extensions=[(kind("note"), kind("testing"))],
    )
    assert record == RECORD
    assert (record.host, record.value, record.strings) == (
        RECORD.host,
        RECORD.value,
        RECORD.strings,
    )
    assert record.to_zone() == RECORD.to_zone()
    assert record.to_dict() == RECORD.to_dict()
    assert type(record.domain) is str
    assert {type(part) for extension in record.extensions for part in extension} == {str}


@pytest.mark.parametrize("kind", [Setting, Liar])
def test_what_is_read_is_the_value(kind: Callable[[str], str]) -> None:
    text = "v=TLSRPTv1; rua=mailto:tls@example.com"
    record = TLSRPTRecord.parse(text, domain="example.com")
    assert TLSRPTRecord.parse(kind(text), domain=kind("example.com")) == record
    assert TLSRPTRecord.parse([kind(text)], domain="example.com") == record
    assert TLSRPTRecord.from_rrset([kind(text), "x"], domain="example.com") == record
    zone = '_smtp._tls.example.com. 300 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'
    assert TLSRPTRecord.from_zone(kind(zone)) == record
    assert check(kind(text)) == check(text)
    assert check_rrset([kind(text)]) == check_rrset([text])
    assert check_answer(kind(zone)) == check(text)
    assert normalize_domain(kind("bücher.example")) == "xn--bcher-kva.example"
    assert split_txt(kind(text)) == (text.encode(),)
    assert join_txt([kind(text)]) == text
    assert type(join_txt([kind(text)])) is str
    assert type(check(kind(text)).text) is str


@pytest.mark.parametrize("kind", [Setting, Liar])
def test_endpoints_are_compared_by_their_values(kind: Callable[[str], str]) -> None:
    capitals = kind("MAILTO:tls@example.com")
    assert ReportURI(capitals) == "mailto:tls@example.com"
    assert ReportURI("mailto:tls@example.com").equivalent(capitals)
    assert RECORD.reports_to(capitals)
    assert RECORD.with_rua(capitals) is RECORD
    assert RECORD.with_domain(kind("bücher.example")).domain == "xn--bcher-kva.example"


@pytest.mark.parametrize("kind", [Setting, Liar])
def test_a_form_is_filled_in_with_values(kind: Callable[[str], str]) -> None:
    record = generate(kind("example.com"), kind("mailto:tls@example.com"))
    assert (record.domain, record.rua) == (RECORD.domain, RECORD.rua)
    assert generate("example.com", [kind("mailto:tls@example.com")]) == record
    with pytest.raises(FormError) as caught:
        generate(kind("MAILTO:tls@example.com"), [kind("example.com")])
    assert [problem.text for problem in caught.value.problems] == [
        "MAILTO:tls@example.com",
        "example.com",
    ]
    assert {type(problem.text) for problem in caught.value.problems} == {str}


@pytest.mark.parametrize("kind", [Setting, Liar])
def test_errors_hold_values(kind: Callable[[str], str]) -> None:
    for read in (TLSRPTRecord.parse, TLSRPTRecord.from_zone):
        with pytest.raises(ParseError) as caught:
            read(kind("v=TLSRPTv1; rua=tls@example.com"))
        assert type(caught.value.text) is str
        assert caught.value.text == "v=TLSRPTv1; rua=tls@example.com"
        assert "lie" not in str(caught.value)


@pytest.mark.parametrize("kind", [Setting, Liar])
def test_addresses_zones_and_rdata_are_taken_by_their_values(kind: Callable[[str], str]) -> None:
    address, domain = kind("tls@example.com"), kind("example.com")
    record = TLSRPTRecord(rua=["mailto:tls@example.com"], domain="example.com")
    assert ReportURI.from_address(address) == "mailto:tls@example.com"
    assert generate(domain, address) == generate(domain, [address]) == record
    assert TLSRPTRecord.from_rdata(kind(record.to_rdata()), domain=domain) == record
    relative = kind('_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@example.com"')
    assert TLSRPTRecord.from_zone(relative, origin=domain) == record
    assert record.host_in(domain) == "_smtp._tls"
