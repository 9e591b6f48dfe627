"""The laws of the design, each a property (`check`'s own, 6 and 7, are in test_check.py)."""

from __future__ import annotations

import contextlib
import copy
import pickle
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import (
    BUILT_RECORDS,
    DOMAINS,
    ENDPOINTS,
    NEAR_TEXTS,
    OCTETS,
    RECORDS,
    TEXTS,
    received_texts,
)
from tlsrpt import (
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    check,
    generate,
    join_txt,
    normalize_domain,
    split_txt,
)


@given(RECORDS)
def test_law_1_a_record_survives_its_value(record: TLSRPTRecord) -> None:
    assert TLSRPTRecord.parse(record.value, domain=record.domain) == record


@given(received_texts())
def test_law_2_the_value_of_what_was_parsed_is_canonical(text: str) -> None:
    value = TLSRPTRecord.parse(text).value
    assert TLSRPTRecord.parse(value).value == value


@given(RECORDS)
def test_law_4_strings_join_to_the_value(record: TLSRPTRecord) -> None:
    assert join_txt(record.strings) == record.value
    assert all(1 <= len(string) <= 255 for string in record.strings)
    assert all(len(string) == 255 for string in record.strings[:-1])
    assert TLSRPTRecord.parse(record.strings, domain=record.domain) == record


@given(RECORDS, st.integers(0, 2**31 - 1))
def test_law_4_a_record_survives_a_zone_file(record: TLSRPTRecord, ttl: int) -> None:
    line = record.to_zone(ttl)
    assert line.isascii()
    assert line.isprintable()
    assert TLSRPTRecord.from_zone(line) == record


@given(st.one_of(TEXTS, OCTETS, st.lists(TEXTS), st.lists(OCTETS)))
def test_law_5_a_text_gives_a_record_or_an_error_of_ours(text: str | bytes | list[str]) -> None:
    try:
        record = TLSRPTRecord.parse(text)
    except TLSRPTError as error:
        assert str(error).replace("\n", "").isprintable()
        assert error.code
    else:
        assert record.rua


@given(st.one_of(TEXTS, NEAR_TEXTS))
def test_law_5_holds_for_every_door(text: str) -> None:
    for door in (
        TLSRPTRecord.from_zone,
        ReportURI,
        normalize_domain,
        split_txt,
        lambda text: TLSRPTRecord.from_zone(f"_smtp._tls.example.com. IN TXT {text}"),
        lambda text: TLSRPTRecord.from_rrset([text]),
        lambda text: TLSRPTRecord.from_rrset([text, "v=spf1 -all"]),
        lambda text: generate("example.com", text),
        lambda text: generate(text, "mailto:tls@example.com"),
        lambda text: join_txt([text]),
        lambda text: TLSRPTRecord(rua=["mailto:a@example.com"], extensions=[("x", text)]),
        lambda text: TLSRPTRecord(rua=["mailto:a@example.com"], extensions=[(text, "x")]),
        lambda text: TLSRPTRecord(rua=["mailto:a@example.com"]).reports_to(text),
        lambda text: TLSRPTRecord(rua=["mailto:a@example.com"]).with_rua(text),
    ):
        try:
            door(text)
        except TLSRPTError as error:
            assert pickle.loads(pickle.dumps(error)).args == error.args  # noqa: S301
            assert "\x1b" not in str(error)


def test_law_5_holds_for_quotes_within_quotes() -> None:
    text = value = "v=TLSRPTv1; rua=mailto:a@b.example"
    fixed = []
    for _ in range(12):
        text = '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
        fixed.append(check(text).fixed)
    assert fixed == [value] * 4 + [None] * 8


@given(OCTETS)
def test_law_5_holds_for_octets(octets: bytes) -> None:
    for door in (join_txt, TLSRPTRecord.parse, TLSRPTRecord.from_rrset):
        with contextlib.suppress(TLSRPTError):
            door([octets])
    assert b"".join(split_txt(octets)) == octets


@given(st.one_of(st.text(), st.binary()))
def test_splitting_and_joining_are_inverse(value: str | bytes) -> None:
    strings = split_txt(value)
    assert b"".join(strings) == (value.encode() if isinstance(value, str) else value)
    assert all(len(string) == 255 for string in strings[:-1])


@given(RECORDS)
def test_records_are_values(record: TLSRPTRecord) -> None:
    for twin in (
        pickle.loads(pickle.dumps(record)),  # noqa: S301
        copy.copy(record),
        copy.deepcopy(record),
    ):
        assert twin == record
        assert hash(twin) == hash(record)
        assert [type(uri) for uri in twin.rua] == [ReportURI] * len(record.rua)
    assert str(record) == record.value


@given(ENDPOINTS)
def test_constructing_a_uri_twice_changes_nothing(endpoint: str) -> None:
    uri = ReportURI(endpoint)
    assert ReportURI(uri) == uri
    assert uri.supported
    assert uri.isascii()
    assert not set(uri) & set(',!;"\\')


@given(ENDPOINTS)
def test_what_is_built_draws_no_error(endpoint: str) -> None:
    assert check(TLSRPTRecord(rua=[endpoint]).value).errors == ()


@given(DOMAINS)
def test_normalizing_a_domain_twice_changes_nothing(domain: str) -> None:
    name = normalize_domain(domain)
    assert normalize_domain(name) == name
    assert normalize_domain(f"{domain}.") == name
    assert name == name.lower()
    assert name.isascii()


@given(RECORDS, ENDPOINTS)
def test_with_rua_adds_what_is_not_there(record: TLSRPTRecord, endpoint: str) -> None:
    merged = record.with_rua(endpoint)
    assert merged.reports_to(endpoint)
    assert merged.with_rua(endpoint) is merged
    assert merged.rua[: len(record.rua)] == record.rua
    assert (merged.domain, merged.extensions) == (record.domain, record.extensions)
    assert (merged is record) == record.reports_to(endpoint)


@given(RECORDS)
def test_a_record_reports_to_each_of_its_endpoints(record: TLSRPTRecord) -> None:
    assert all(record.reports_to(uri) for uri in record.rua)


@given(BUILT_RECORDS, DOMAINS)
def test_replacing_goes_by_the_strict_door(record: TLSRPTRecord, domain: str) -> None:
    replaced = replace(record, domain=domain)
    assert replaced.domain == normalize_domain(domain)
    assert (replaced.rua, replaced.extensions) == (record.rua, record.extensions)
