"""`TLSRPTRecord` and `generate`: constructing, DNS answers, changes, the form, and types."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, fields, replace
from typing import TYPE_CHECKING, Any

import dns.rdata
import dns.rrset
import pytest
from dns.rdtypes.ANY.TXT import TXT
from hypothesis import given

from tests.strategies import RECORDS
from tlsrpt import (
    CheckResultDict,
    EditDict,
    Extension,
    ExtensionDict,
    FindingDict,
    FormError,
    InvalidDomainError,
    InvalidExtensionError,
    InvalidURIError,
    MultipleRecordsError,
    ParseError,
    RecordDict,
    RecordNotFoundError,
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    check,
    generate,
    join_txt,
    split_txt,
)

if TYPE_CHECKING:
    from collections.abc import Callable

A = "mailto:a@b.example"
B = "https://r.example/v1"
TEXT = f"v=TLSRPTv1; rua={A}"
# Valid, but nothing that the constructor would accept.
LOOSE = "http://r.example/,mailto:a@b.example?subject=x,MAILTO:a@B.example.,mailto:nobody"


class Published(TLSRPTRecord):
    """A subclass."""


# --- Constructing ---------------------------------------------------------------------------------


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


def test_duplicate_endpoints_are_dropped() -> None:
    record = TLSRPTRecord(rua=[A, B, A, "MAILTO:a@B.example.", "https://r.example/x/../v1"])
    assert record.rua == (A, B)


def test_final_dots_are_dropped() -> None:
    record = TLSRPTRecord(
        rua=["mailto:a@b.example.", "https://r.example.:443/v1"], domain="b.example."
    )
    assert record.rua == (A, "https://r.example:443/v1")
    assert record.domain == "b.example"


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
        *(
            ({"rua": [A], "extensions": [extension]}, InvalidExtensionError, code)
            for extension, code in [
                (("rua", "x"), "reserved-extension-name"),
                (("RUA", "x"), "reserved-extension-name"),
                (("v", "x"), "reserved-extension-name"),
                (("", "x"), "bad-extension-name"),
                (("_x", "x"), "bad-extension-name"),
                ((33 * "x", "x"), "bad-extension-name"),
                (("x\n", "x"), "bad-extension-name"),
                (("x", ""), "empty-extension-value"),
                (("x", "a;b"), "bad-extension-value"),
                (("x", "a=b"), "bad-extension-value"),
                (("x", "a\n"), "bad-extension-value"),
            ]
        ),
        ({"rua": [A], "extensions": [("x", 65_279 * "a")]}, TLSRPTError, "too-long"),
    ],
)
def test_refusals(arguments: dict[str, Any], kind: type[TLSRPTError], code: str) -> None:
    with pytest.raises(kind) as caught:
        TLSRPTRecord(**arguments)
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
def test_wrong_types(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        TLSRPTRecord(**arguments)


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
            "an answer is an iterable of TXT records; use parse or check for one",
        ),
        (
            lambda: TLSRPTRecord.parse(1),  # type: ignore[arg-type]
            "a TXT record is str, bytes, or an iterable of its character-strings, not int",
        ),
        (lambda: generate(1, A), "a domain is a str, not int"),  # type: ignore[arg-type]
        (lambda: split_txt(1), "a TXT value is str or bytes, not int"),  # type: ignore[arg-type]
        (lambda: join_txt("x"), "pass an iterable of strings; a single value needs no joining"),
        (lambda: join_txt([1]), "a character-string is str or bytes, not int"),  # type: ignore[list-item]
        (lambda: TLSRPTRecord(rua=[A]).to_zone("1"), "a TTL is an int, not str"),  # type: ignore[arg-type]
        (lambda: TLSRPTRecord.from_zone(b"x"), "a resource record is a str, not bytes"),  # type: ignore[arg-type]
    ],
)
def test_type_errors_in_full(call: Callable[[], object], said: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == said


# --- Reading --------------------------------------------------------------------------------------


def test_parse_takes_a_domain() -> None:
    assert TLSRPTRecord.parse(TEXT, domain="Example.COM.").host == "_smtp._tls.example.com"
    with pytest.raises(InvalidDomainError):
        TLSRPTRecord.parse(TEXT, domain="http://example.com")


@pytest.mark.parametrize("text", [None, 1, [1], [[TEXT]], object()])
def test_parse_takes_text(text: str) -> None:
    with pytest.raises(TypeError):
        TLSRPTRecord.parse(text)


def test_parse_reads_up_to_the_length_of_a_txt_record() -> None:
    text = f"{TEXT}; x={(65_279 - len(TEXT) - 4) * 'x'}"
    assert TLSRPTRecord.parse(text).value == text
    # The canonical form has one space more than this text.
    for long in (f"{text}x", text.replace("; ", ";") + "x"):
        with pytest.raises(ParseError) as caught:
            TLSRPTRecord.parse(long)
        assert caught.value.code == "too-long"


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
        (["v=TLSRPTv1;", "x"], ParseError, "missing-rua"),
    ],
)
def test_r13_refusals(rrset: list[str], kind: type[TLSRPTError], code: str) -> None:
    with pytest.raises(kind) as caught:
        TLSRPTRecord.from_rrset(rrset)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        b"\xff",
        "v=spf1 -all",
        "v=DMARC1; p=none; rua=mailto:a@b.example",
        "v=STSv1; id=20240101",
        "google-site-verification=rXOxyZounnZasA8Z7oaD3c14JdjS9aKSWvsR1EbUSIQ",
        "TLSA reports go to a@b.example",
    ],
)
def test_a_single_record_of_another_kind_is_not_found(text: str) -> None:
    with pytest.raises(RecordNotFoundError, match="the answer has 1"):
        TLSRPTRecord.from_rrset([text])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("v=TLSRPTv1", "missing-rua"),
        (f'"{TEXT}"', "surrounding-quotes"),
        (f"tlsrpt: {TEXT}", "text-before"),
        (f"TLSRPTv1; rua={A}", "misspelled-version"),
        (f"v=tlsrptv1; rua={A}", "version-case"),
        (f"v=TLSRPT1; rua={A}", "misspelled-version"),
        (f"v=TSLPRTv1; rua={A}", "misspelled-version"),
        (f"v=TLSRPTv2; rua={A}", "unknown-version"),
        (f"v=TLSRPTv12; rua={A}", "unknown-version"),
        (f"rua={A}", "missing-version"),
        (f"RUA={A}", "missing-version"),
    ],
)
def test_a_single_record_that_was_meant_is_explained(text: str, code: str) -> None:
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.from_rrset([text])
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


# --- Changing -------------------------------------------------------------------------------------


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
    record = TLSRPTRecord.parse(f"v=TLSRPTv1; v=x; rua={LOOSE}", domain="b.example")
    assert record.with_rua(A) is record
    longer = record.with_rua("https://R.example/v1")
    assert longer.value == f"v=TLSRPTv1; rua={LOOSE},{B}; v=x"
    assert longer.domain == "b.example"
    with pytest.raises(InvalidURIError):
        record.with_rua("http://other.example/")
    with pytest.raises(TypeError):
        record.with_rua([A])  # type: ignore[arg-type]


def test_with_rua_refuses_what_no_txt_record_holds() -> None:
    record = TLSRPTRecord(rua=[A], extensions=[("x", 65_230 * "x")])
    with pytest.raises(TLSRPTError) as caught:
        record.with_rua(B)
    assert caught.value.code == "too-long"


@pytest.mark.parametrize(
    ("rua", "endpoint", "left"),
    [
        (f"{A},{B}", A, B),
        (f"{A},{B}", "https://R.example/x/../%761", A),
        (f"{A},{B},MAILTO:a@B.example,mailto:a@b.example.", A, f"{B}"),
        (f"mailto:t@xn--bcher-kva.example,{B}", "mailto:t@bücher.example", B),
        (LOOSE, A, "http://r.example/,mailto:a@b.example?subject=x,mailto:nobody"),
        (LOOSE, "HTTP://R.example/", LOOSE.removeprefix("http://r.example/,")),
        (f"{A},mailto:nobody", "mailto:nobody", A),
    ],
)
def test_without_rua(rua: str, endpoint: str, left: str) -> None:
    record = TLSRPTRecord.parse(f"v=TLSRPTv1; rua={rua}; x=1", domain="b.example")
    shorter = record.without_rua(endpoint)
    assert shorter.value == f"v=TLSRPTv1; rua={left}; x=1"
    assert shorter.domain == "b.example"


def test_without_an_endpoint_that_is_not_there() -> None:
    record = TLSRPTRecord.parse(f"v=TLSRPTv1; rua={LOOSE}")
    assert record.without_rua(B) is record
    assert record.without_rua("ftp://r.example/") is record


@pytest.mark.parametrize("rua", [A, f"{A},MAILTO:a@b.example."])
def test_the_last_endpoint_stays(rua: str) -> None:
    with pytest.raises(TLSRPTError, match=r"without mailto:a@b\.example") as caught:
        TLSRPTRecord.parse(f"v=TLSRPTv1; rua={rua}").without_rua(A)
    assert caught.value.code == "last-endpoint"


@pytest.mark.parametrize("endpoint", ["", "a@b.example", "https://r.example/%zz", "mailto:a b"])
def test_without_rua_takes_an_endpoint(endpoint: str) -> None:
    with pytest.raises(InvalidURIError):
        TLSRPTRecord(rua=[A, B]).without_rua(endpoint)


def test_with_domain() -> None:
    record = TLSRPTRecord.parse(f"v=TLSRPTv1; rua={LOOSE}; x=1", domain="b.example")
    moved = record.with_domain("Bücher.example.")
    assert moved.host == "_smtp._tls.xn--bcher-kva.example"
    assert moved.value == record.value
    assert record.with_domain(None).domain is None
    assert record.domain == "b.example"
    with pytest.raises(InvalidDomainError):
        record.with_domain("a@b.example")


@pytest.mark.parametrize("call", ["without_rua", "with_domain"])
def test_changes_take_a_str(call: str) -> None:
    with pytest.raises(TypeError, match="is a str, not int"):
        getattr(TLSRPTRecord(rua=[A]), call)(1)


@pytest.mark.parametrize(
    "record",
    [
        Published(rua=[A, B]),
        Published.parse(f"{TEXT},{B}"),
        Published.from_rrset([f"{TEXT},{B}"]),
        Published.from_zone(f'@ TXT "{TEXT},{B}"'),
    ],
)
def test_a_subclass_stays_one(record: Published) -> None:
    assert type(record) is Published
    assert type(record.with_rua("mailto:c@b.example")) is Published
    assert type(record.without_rua(B)) is Published
    assert type(record.with_domain("b.example")) is Published
    assert type(copy.copy(record)) is type(replace(record, domain="b.example")) is Published


# --- Writing --------------------------------------------------------------------------------------


def test_to_rdata() -> None:
    record = TLSRPTRecord(rua=[A], domain="b.example", extensions=[("x", '"\\')])
    assert record.to_rdata() == f'"{TEXT}; x=\\"\\\\"'
    assert record.to_zone() == f"_smtp._tls.b.example. 3600 IN TXT {record.to_rdata()}"


@given(RECORDS)
def test_dnspython_reads_what_to_rdata_writes(record: TLSRPTRecord) -> None:
    rdata = dns.rdata.from_text("IN", "TXT", record.to_rdata())
    assert isinstance(rdata, TXT)
    assert rdata.strings == record.strings


def test_to_dict() -> None:
    record = TLSRPTRecord(rua=[A, B], domain="b.example", extensions=[("x", 250 * "1")])
    document = record.to_dict()
    assert json.loads(json.dumps(document)) == document
    assert document == {
        "host": "_smtp._tls.b.example",
        "type": "TXT",
        "value": record.value,
        "strings": [record.value[:255], record.value[255:]],
        "domain": "b.example",
        "rua": [A, B],
        "extensions": [{"name": "x", "value": 250 * "1"}],
    }
    assert {type(uri) for uri in document["rua"]} == {str}
    assert TLSRPTRecord(rua=[A]).to_dict()["domain"] is None


def test_a_type_checker_knows_the_keys() -> None:
    """Without their types, the comments that ignore wrong keys would be errors of mypy."""
    document: RecordDict = TLSRPTRecord(rua=[A], extensions=[("x", "y")]).to_dict()
    extension: ExtensionDict = document["extensions"][0]
    assert (document.keys(), extension.keys()) == (
        RecordDict.__annotations__.keys(),
        ExtensionDict.__annotations__.keys(),
    )
    with pytest.raises(KeyError):
        document["hosts"]  # type: ignore[typeddict-item]
    result: CheckResultDict = check("v=TLSRPTv1; rua=a@b.example").to_dict()
    finding: FindingDict = result["findings"][0]
    assert finding["fix"] is not None
    edit: EditDict = finding["fix"][0]
    assert (result.keys(), finding.keys(), edit.keys()) == (
        CheckResultDict.__annotations__.keys(),
        FindingDict.__annotations__.keys(),
        EditDict.__annotations__.keys(),
    )
    with pytest.raises(KeyError):
        finding["spans"]  # type: ignore[typeddict-item]


# --- The name in a zone ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "zone", "host"),
    [
        ("example.com", "example.com", "_smtp._tls"),
        ("mail.example.com", "example.com", "_smtp._tls.mail"),
        ("mail.example.com", "Example.COM.", "_smtp._tls.mail"),
        ("example.com", "com", "_smtp._tls.example"),
        ("bücher.example", "BÜCHER.example", "_smtp._tls"),
        ("example.com", "_tls.example.com", "_smtp"),
        ("example.com", "_TLS.example.com", "_smtp"),
        ("example.com", "_smtp._tls.example.com", "@"),
        ("example.com.example.com", "example.com", "_smtp._tls.example.com"),
    ],
)
def test_host_in_a_zone(domain: str, zone: str, host: str) -> None:
    record = TLSRPTRecord(rua=[A], domain=domain)
    assert record.host_in(zone) == host
    assert TLSRPTRecord.from_zone(f"{host} TXT {record.to_rdata()}", origin=zone) == record


@pytest.mark.parametrize("zone", ["example.net", "ample.com", "mail.example.com", "_tls.com"])
def test_host_in_another_zone(zone: str) -> None:
    with pytest.raises(TLSRPTError) as caught:
        TLSRPTRecord(rua=[A], domain="example.com").host_in(zone)
    assert caught.value.code == "not-in-zone"


def test_host_in_without_a_domain() -> None:
    with pytest.raises(TLSRPTError) as caught:
        TLSRPTRecord(rua=[A]).host_in("example.com")
    assert caught.value.code == "unknown-domain"


@pytest.mark.parametrize("zone", ["", ".", "a..b", "example.com..", "_tls.", "a@example.com"])
def test_a_zone_has_the_name_of_a_domain(zone: str) -> None:
    for record in (TLSRPTRecord(rua=[A]), TLSRPTRecord(rua=[A], domain="example.com")):
        with pytest.raises(InvalidDomainError):
            record.host_in(zone)


@pytest.mark.parametrize("zone", [None, b"example.com"])
def test_a_zone_is_a_str(zone: str) -> None:
    with pytest.raises(TypeError, match="a zone is a str"):
        TLSRPTRecord(rua=[A], domain="example.com").host_in(zone)


# --- One mailbox in two spellings -----------------------------------------------------------------


def test_one_mailbox_is_one_endpoint() -> None:
    """RFC 6068 section 2."""
    record = TLSRPTRecord(
        rua=["mailto:x%2By@b.example", "mailto:x+y@B.example", "mailto:X+y@b.example"]
    )
    assert record.rua == ("mailto:x+y@b.example", "mailto:X+y@b.example")
    published = TLSRPTRecord.parse("v=TLSRPTv1; rua=mailto:x%2By@b.example,mailto:c@b.example")
    assert published.reports_to("mailto:x+y@b.example")
    assert not published.reports_to("mailto:X+y@b.example")
    assert published.with_rua("mailto:x+y@b.example") is published
    assert published.without_rua("mailto:x+y@b.example").rua == ("mailto:c@b.example",)


def test_pickle_and_copy() -> None:
    record = TLSRPTRecord.parse(f"v=TLSRPTv1; rua={LOOSE}; x=1", domain="b.example")
    twin = pickle.loads(pickle.dumps(record))  # noqa: S301
    assert twin == copy.deepcopy(record) == record
    assert {type(uri) for uri in twin.rua} == {ReportURI}


@pytest.mark.parametrize(
    ("field", "content", "code"),
    [
        ("domain", "b.example. 1 IN A 192.0.2.1\n", "domain-character"),
        ("domain", "", "empty-domain"),
        ("rua", (), "empty-rua"),
        ("rua", (f'{A}"\n_smtp._tls 1 TXT "x',), "uri-whitespace"),
        ("extensions", (("x", 'y"\nz TXT "'),), "bad-extension-value"),
        ("extensions", (("x", 65_279 * "x"),), "too-long"),
    ],
)
def test_what_was_set_past_the_constructor_is_not_written(
    field: str, content: object, code: str
) -> None:
    record = TLSRPTRecord(rua=[A], domain="b.example")
    object.__setattr__(record, field, content)
    twin = pickle.loads(pickle.dumps(record))  # noqa: S301
    for write in (twin.to_zone, twin.to_rdata):
        with pytest.raises(TLSRPTError) as caught:
            write()
        assert caught.value.code == code


def test_only_to_zone_and_to_rdata_verify() -> None:
    record = TLSRPTRecord(rua=[A])
    object.__setattr__(record, "domain", "x\n")
    object.__setattr__(record, "extensions", (("x", "\u00fc\n"),))
    assert record.host == "_smtp._tls.x\n"
    assert record.value == f"{TEXT}; x=\u00fc\n"
    assert record.strings == (record.value.encode(),)
    assert json.dumps(record.to_dict())


# --- The form -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoints",
    [
        [A, B],
        (A, B),
        dict.fromkeys([A, B]),
        [f" {A}\t", "", "  ", f"{B}\n"],
        f"{A}\n{B}",
        f"{A}\r{B}",
        f"\r\n\t{A} \r\n\n{B}\r\n",
        [A, B, A, "MAILTO:a@B.example.", "https://r.example/x/../v1"],
    ],
)
def test_generate(endpoints: list[str]) -> None:
    record = generate(" b.example.\n", endpoints)
    assert record == TLSRPTRecord(rua=[A, B], domain="b.example")


@pytest.mark.parametrize("given", ["tls@Bücher.example", "  tls@bücher.example\t\n"])
def test_generate_takes_a_bare_address(given: str) -> None:
    record = generate("b.example", f"{A}\n{given}")
    assert record.rua == (A, "mailto:tls@xn--bcher-kva.example")
    assert generate("b.example", [given, "mailto:tls@xn--bcher-kva.example"]).rua == record.rua[1:]


def test_an_empty_form_reads_of_no_rua() -> None:
    with pytest.raises(FormError) as caught:
        generate("b.example", "")
    assert "rua" not in str(caught.value)


@pytest.mark.parametrize(
    ("domain", "endpoints", "problems"),
    [
        ("", A, [("domain", None, "", "empty-domain")]),
        (" a@b.example ", A, [("domain", None, " a@b.example ", "domain-is-address")]),
        ("b.example", "", [("endpoints", None, "", "missing-rua")]),
        ("b.example", ["", " \n"], [("endpoints", None, "", "missing-rua")]),
        ("", [], [("domain", None, "", "empty-domain"), ("endpoints", None, "", "missing-rua")]),
        ("b.example", f"{A}, {B}", [("endpoints", 1, f"{A}, {B}", "uri-list")]),
        ("b.example", [f"{A}\n{B}"], [("endpoints", 1, f"{A}\n{B}", "uri-list")]),
        ("b.example", ["", A, "<a@b.example>"], [("endpoints", 3, "<a@b.example>", "wrapped-uri")]),
        ("b.example", "a@b_c.example", [("endpoints", 1, "a@b_c.example", "domain-character")]),
        ("b.example", "a@b.example,", [("endpoints", 1, "a@b.example,", "trailing-separator")]),
        ("b.example", "a&b@b.example", [("endpoints", 1, "a&b@b.example", "missing-scheme")]),
        (
            "b_c.example",
            f"\r\n <a@b.example>\t\r\r\n{A}\nhttp://r.example/",
            [
                ("domain", None, "b_c.example", "domain-character"),
                ("endpoints", 2, " <a@b.example>\t", "wrapped-uri"),
                ("endpoints", 5, "http://r.example/", "http-scheme"),
            ],
        ),
        (
            "",
            [f"https://r{i}.example/{250 * 'x'}" for i in range(300)],
            [("domain", None, "", "empty-domain"), ("endpoints", None, "", "too-long")],
        ),
        ("b.example", TEXT, [("endpoints", 1, TEXT, "record-for-endpoint")]),
        ("b.example", [f'"{TEXT}"'], [("endpoints", 1, f'"{TEXT}"', "record-for-endpoint")]),
        ("b.example", f"rua={A}", [("endpoints", 1, f"rua={A}", "rua-in-list")]),
    ],
)
def test_generate_tells_every_problem(
    domain: str, endpoints: str, problems: list[tuple[str, int | None, str, str]]
) -> None:
    with pytest.raises(FormError) as caught:
        generate(domain, endpoints)
    found = caught.value.problems
    assert [(p.field, p.line, p.text, p.error.code) for p in found] == problems


@pytest.mark.parametrize("end", "\v\f\x1c\x1d\x1e\x85\u2028\u2029")
def test_a_text_area_has_no_other_line_ends(end: str) -> None:
    with pytest.raises(FormError) as caught:
        generate("b.example", f"{A}{end}{B}")
    (problem,) = caught.value.problems
    assert (problem.line, problem.text) == (1, f"{A}{end}{B}")


@pytest.mark.parametrize(
    ("domain", "endpoints"),
    [
        (None, A),
        (b"b.example", A),
        ("b.example", [None]),
        ("", [b"x"]),
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


def test_a_form_with_too_many_mistakes_is_not_read_to_its_end() -> None:
    lines = 1_000 * "example.com\n" + "mailto:tls@example.com\n\n" + 2 * "example.com\n"
    with pytest.raises(FormError) as caught:
        generate("example.com", lines)
    *problems, last = caught.value.problems
    assert [problem.line for problem in problems] == list(range(1, 1_001))
    assert (last.field, last.line, last.text) == ("endpoints", None, "")
    assert last.error.code == "unread-lines"
    assert last.error.message.endswith("lines that were not read: 3")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_the_line_ends_of_a_form(end: str) -> None:
    with pytest.raises(FormError) as caught:
        generate("example.com", f"mailto:a@b.example{end}{end}\x0bx\u2028y{end}z")
    problems = caught.value.problems
    assert [(problem.line, problem.text) for problem in problems] == [(3, "\x0bx\u2028y"), (4, "z")]
