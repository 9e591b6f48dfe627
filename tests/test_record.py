"""`TLSRPTRecord` and `generate`: the strict door, the answer of DNS, merging and types."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from typing import TYPE_CHECKING

import dns.rrset
import pytest

from tlsrpt import (
    Extension,
    InvalidDomainError,
    InvalidExtensionError,
    InvalidURIError,
    MultipleRecordsError,
    ParseError,
    RecordNotFoundError,
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    generate,
    join_txt,
    split_txt,
)

if TYPE_CHECKING:
    from collections.abc import Callable

A = "mailto:a@b.example"
B = "https://r.example/v1"
TEXT = f"v=TLSRPTv1; rua={A}"


def test_a_built_record() -> None:
    record = TLSRPTRecord(
        rua=["mailto:tls@bücher.example", B],
        domain="Bücher.example.",
        extensions=[("x", "1"), Extension("y", "2")],
    )
    assert record.version == TLSRPTRecord.version == "TLSRPTv1"
    assert record.domain == "xn--bcher-kva.example"
    assert record.host == "_smtp._tls.xn--bcher-kva.example"
    assert record.rua == (ReportURI("mailto:tls@xn--bcher-kva.example"), ReportURI(B))
    assert record.extensions == (Extension("x", "1"), Extension("y", "2"))
    assert record.value == str(record)
    assert record.value == f"v=TLSRPTv1; rua=mailto:tls@xn--bcher-kva.example,{B}; x=1; y=2"
    assert record.strings == (record.value.encode(),)
    assert record.destinations == record.rua
    assert record.to_zone() == f'{record.host}. 3600 IN TXT "{record.value}"'


def test_r1_the_owner_name_is_relative_where_the_domain_is_not_known() -> None:
    record = TLSRPTRecord(rua=[A])
    assert record.domain is None
    assert record.host == "_smtp._tls"
    assert record.to_zone(300) == f'_smtp._tls 300 IN TXT "{TEXT}"'


def test_r1_the_owner_name_has_at_most_253_characters() -> None:
    record = TLSRPTRecord(rua=[A], domain="a." * 120 + "aa")
    assert len(record.host) == 253


def test_a_record_is_a_frozen_slotted_keyword_only_value() -> None:
    record = TLSRPTRecord(rua=[A])
    with pytest.raises(FrozenInstanceError):
        record.domain = "example.com"  # type: ignore[misc]
    with pytest.raises((AttributeError, TypeError)):
        record.note = "x"  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        TLSRPTRecord([A])  # type: ignore[call-arg]
    assert not hasattr(record, "__dict__")
    assert [field.name for field in fields(record)] == ["rua", "domain", "extensions"]
    assert {record, TLSRPTRecord.parse(TEXT)} == {record}
    assert record != TLSRPTRecord(rua=[A], domain="example.com")
    assert replace(record, domain="Example.com").domain == "example.com"
    assert repr(record) == (
        "TLSRPTRecord(rua=(ReportURI('mailto:a@b.example'),), domain=None, extensions=())"
    )


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        ({"rua": []}, TLSRPTError, "missing-rua"),
        ({"rua": ["http://r.example/"]}, InvalidURIError, "http-scheme"),
        ({"rua": [A, ""]}, InvalidURIError, "empty-uri"),
        ({"rua": [A], "domain": ""}, InvalidDomainError, "empty-domain"),
        (
            {"rua": [A], "extensions": [("rua", "x")]},
            InvalidExtensionError,
            "reserved-extension-name",
        ),
        (
            {"rua": [A], "extensions": [("RUA", "x")]},
            InvalidExtensionError,
            "reserved-extension-name",
        ),
        (
            {"rua": [A], "extensions": [("v", "x")]},
            InvalidExtensionError,
            "reserved-extension-name",
        ),
        ({"rua": [A], "extensions": [("", "x")]}, InvalidExtensionError, "bad-extension-name"),
        ({"rua": [A], "extensions": [("_x", "x")]}, InvalidExtensionError, "bad-extension-name"),
        (
            {"rua": [A], "extensions": [(33 * "x", "x")]},
            InvalidExtensionError,
            "bad-extension-name",
        ),
        ({"rua": [A], "extensions": [("x\n", "x")]}, InvalidExtensionError, "bad-extension-name"),
        ({"rua": [A], "extensions": [("x", "")]}, InvalidExtensionError, "empty-extension-value"),
        ({"rua": [A], "extensions": [("x", "a;b")]}, InvalidExtensionError, "bad-extension-value"),
        ({"rua": [A], "extensions": [("x", "a=b")]}, InvalidExtensionError, "bad-extension-value"),
        ({"rua": [A], "extensions": [("x", "a\n")]}, InvalidExtensionError, "bad-extension-value"),
        ({"rua": [A], "extensions": [("x", 65_279 * "a")]}, TLSRPTError, "too-long"),
    ],
)
def test_refusals(arguments: dict[str, list[str]], kind: type[TLSRPTError], code: str) -> None:
    with pytest.raises(kind) as caught:
        TLSRPTRecord(**arguments)  # type: ignore[arg-type]
    assert caught.value.code == code


@pytest.mark.parametrize(
    "arguments",
    [
        {"rua": A},
        {"rua": A.encode()},
        {"rua": None},
        {"rua": [1]},
        {"rua": [A], "domain": 1},
        {"rua": [A], "extensions": [("x", 1)]},
        {"rua": [A], "extensions": [(1, "x")]},
        {"rua": [A], "extensions": ["xy"]},
        {"rua": [A], "extensions": {"xy": "z"}},
        {"rua": [A], "extensions": None},
    ],
)
def test_wrong_types(arguments: dict[str, list[str]]) -> None:
    with pytest.raises(TypeError):
        TLSRPTRecord(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: TLSRPTRecord(rua="x"), "rua is an iterable of endpoints, such as a list, not str"),
        (lambda: TLSRPTRecord(rua=[b"x"]), "an endpoint is a str, not bytes"),  # type: ignore[list-item]
        (lambda: TLSRPTRecord(rua=[A], domain=b"x"), "a domain is a str, not bytes"),  # type: ignore[arg-type]
        (
            lambda: TLSRPTRecord(rua=[A], extensions=["xy"]),  # type: ignore[list-item]
            "an extension is a pair of str, its name and its value",
        ),
        (
            lambda: TLSRPTRecord.from_rrset(TEXT),
            "an answer is an iterable of TXT records; use parse for one record",
        ),
        (lambda: generate(1, A), "a domain is a str, not int"),  # type: ignore[arg-type]
        (lambda: split_txt(1), "a TXT value is str or bytes, not int"),  # type: ignore[arg-type]
        (lambda: join_txt("x"), "give an iterable of strings; one value alone needs no joining"),
        (lambda: join_txt([1]), "a character-string is str or bytes, not int"),  # type: ignore[list-item]
        (lambda: TLSRPTRecord(rua=[A]).to_zone("1"), "a TTL is an int, not str"),  # type: ignore[arg-type]
        (lambda: TLSRPTRecord.from_zone(b"x"), "a resource record is a str, not bytes"),  # type: ignore[arg-type]
    ],
)
def test_type_errors_in_full(call: Callable[[], object], said: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == said


def test_parse_takes_a_domain() -> None:
    assert TLSRPTRecord.parse(TEXT, domain="Example.COM.").host == "_smtp._tls.example.com"
    with pytest.raises(InvalidDomainError):
        TLSRPTRecord.parse(TEXT, domain="http://example.com")


@pytest.mark.parametrize("text", [None, 1, [1], [[TEXT]], object()])
def test_parse_takes_text(text: str) -> None:
    with pytest.raises(TypeError):
        TLSRPTRecord.parse(text)


@pytest.mark.parametrize(
    "rrset",
    [
        [TEXT],
        [TEXT.encode()],
        [[TEXT.encode()]],
        [[b"v=TLSRPTv1; rua=", b"mailto:a@b.example"]],
        ["v=spf1 -all", TEXT],
        [
            TEXT,
            "v=TLSRPTv1",
            "v=TLSRPTv1 ;rua=mailto:x@y",
            b"\xff",
            "",
            "v=TLSRPTv2; rua=mailto:x@y",
        ],
        [TEXT.replace("; ", " ; ")],
        dict.fromkeys([TEXT]),
    ],
)
def test_r13_the_one_record_of_an_answer(rrset: list[str]) -> None:
    record = TLSRPTRecord.from_rrset(rrset, domain="example.com")
    assert record == TLSRPTRecord(rua=[A], domain="example.com")


@pytest.mark.parametrize(
    ("rrset", "kind", "code"),
    [
        ([], RecordNotFoundError, "record-not-found"),
        (["v=spf1 -all", "x"], RecordNotFoundError, "record-not-found"),
        ([TEXT.replace(";", " ;"), "x"], RecordNotFoundError, "record-not-found"),
        ([TEXT, TEXT], MultipleRecordsError, "multiple-records"),
        ([TEXT, "v=TLSRPTv1;"], MultipleRecordsError, "multiple-records"),
        (["v=spf1 -all"], ParseError, "wrong-record"),
        (["v=TLSRPTv1;", "x"], ParseError, "missing-rua"),
    ],
)
def test_r13_refusals(rrset: list[str], kind: type[TLSRPTError], code: str) -> None:
    with pytest.raises(kind) as caught:
        TLSRPTRecord.from_rrset(rrset)
    assert caught.value.code == code


@pytest.mark.parametrize("rrset", [TEXT, TEXT.encode(), None, [1]])
def test_r13_wrong_types(rrset: list[str]) -> None:
    with pytest.raises(TypeError):
        TLSRPTRecord.from_rrset(rrset)


def test_an_answer_of_dnspython() -> None:
    answer = dns.rrset.from_text(
        "_smtp._tls.example.com.", 300, "IN", "TXT", '"v=spf1 -all"', f'"{TEXT}"'
    )
    assert TLSRPTRecord.from_rrset(rdata.strings for rdata in answer).rua == (A,)


def test_r14_destinations_are_those_that_a_sender_can_use() -> None:
    record = TLSRPTRecord.parse(f"v=TLSRPTv1; rua=ftp://x/,{A},mailto:nobody,{B}")
    assert record.destinations == (A, B)


def test_reports_to() -> None:
    record = TLSRPTRecord(rua=["mailto:tls@bücher.example", B])
    assert record.reports_to("MAILTO:tls@BÜCHER.example")
    assert record.reports_to("https://R.example/x/../%761")
    assert not record.reports_to("mailto:TLS@bücher.example")
    assert not record.reports_to("ftp://r.example/v1")
    assert TLSRPTRecord.parse("v=TLSRPTv1; rua=ftp://x/").reports_to("FTP://X/")
    with pytest.raises(InvalidURIError, match=r"write mailto:tls@example\.com"):
        record.reports_to("tls@example.com")
    with pytest.raises(TypeError):
        record.reports_to(None)  # type: ignore[arg-type]


def test_with_rua() -> None:
    record = TLSRPTRecord.parse(
        "v=TLSRPTv1; v=x; rua=ftp://x/,MAILTO:a@b.example", domain="b.example"
    )
    assert record.with_rua(A) is record
    merged = record.with_rua("https://R.example/v1")
    assert merged.value == f"v=TLSRPTv1; rua=ftp://x/,MAILTO:a@b.example,{B}; v=x"
    assert merged.domain == "b.example"
    with pytest.raises(InvalidURIError):
        record.with_rua("http://r.example/")
    with pytest.raises(TypeError):
        record.with_rua([A])  # type: ignore[arg-type]


def test_a_subclass_stays_one() -> None:
    class Published(TLSRPTRecord):
        pass

    record = Published.parse(TEXT)
    assert type(record) is Published
    assert type(record.with_rua(B)) is Published
    assert type(Published.from_rrset([TEXT])) is Published
    assert type(Published.from_zone(f'@ TXT "{TEXT}"')) is Published


def test_with_rua_refuses_what_no_txt_record_holds() -> None:
    record = TLSRPTRecord(rua=[A], extensions=[("x", 65_230 * "x")])
    with pytest.raises(TLSRPTError) as caught:
        record.with_rua(B)
    assert caught.value.code == "too-long"


@pytest.mark.parametrize(
    "endpoints",
    [
        [A, B],
        (A, B),
        dict.fromkeys([A, B]),
        [f" {A}\t", "", "  ", f"{B}\n"],
        f"{A}\n{B}",
        f"\r\n\t{A} \r\n\n{B}\r\n",
        [A, B, A, "MAILTO:a@B.example", "https://r.example/x/../v1"],
    ],
)
def test_generate(endpoints: list[str]) -> None:
    record = generate(" b.example ", endpoints)
    assert record == TLSRPTRecord(rua=[A, B], domain="b.example")


@pytest.mark.parametrize(
    ("domain", "endpoints", "kind", "code"),
    [
        ("", A, InvalidDomainError, "empty-domain"),
        ("b.example", "", TLSRPTError, "missing-rua"),
        ("b.example", ["", " \n"], TLSRPTError, "missing-rua"),
        ("b.example", "a@b.example", InvalidURIError, "bare-address"),
        ("b.example", f"{A}, {B}", InvalidURIError, "uri-list"),
        ("b.example", [f"{A}\n{B}"], InvalidURIError, "uri-list"),
    ],
)
def test_generate_refuses(domain: str, endpoints: str, kind: type[TLSRPTError], code: str) -> None:
    with pytest.raises(kind) as caught:
        generate(domain, endpoints)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("domain", "endpoints"),
    [
        (None, A),
        (b"b.example", A),
        ("b.example", [None]),
        ("b.example", None),
        ("b.example", A.encode()),
    ],
)
def test_generate_wrong_types(domain: str, endpoints: str) -> None:
    with pytest.raises(TypeError):
        generate(domain, endpoints)


def test_a_large_record() -> None:
    record = generate(
        "b.example", (f"https://r{number}.example/v1/tlsrpt" for number in range(600))
    )
    assert len(record.value) > 16_000
    assert TLSRPTRecord.parse(record.strings, domain="b.example") == record
