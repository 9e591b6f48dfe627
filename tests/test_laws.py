"""The laws of the design, each a property. Law 9 is about reports, and not here."""

from __future__ import annotations

import contextlib
import copy
import pickle
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.laws import edited, edits
from tests.oracle import accepts
from tests.strategies import (
    ADDRESSES,
    BUILT_RECORDS,
    DOMAINS,
    ENDPOINTS,
    MAILBOXES,
    NEAR_TEXTS,
    OCTETS,
    RECEIVED_URIS,
    RECORDS,
    TEXTS,
    Spelled,
    fixable_texts,
    received_texts,
)
from tlsrpt import (
    InvalidURIError,
    MultipleRecordsError,
    ParseError,
    RecordNotFoundError,
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    check,
    check_rrset,
    generate,
    join_txt,
    normalize_domain,
    split_txt,
)
from tlsrpt._abnf import _USUAL_URI, TLSRPT_URI, tlsrpt_record
from tlsrpt._diagnosis.endpoints import published
from tlsrpt._endpoint import equivalence_key

if TYPE_CHECKING:
    from collections.abc import Callable


# --- Law 1: a record survives its value -----------------------------------------------------------


@given(RECORDS)
def test_law_1_a_record_survives_its_value(record: TLSRPTRecord) -> None:
    assert TLSRPTRecord.parse(record.value, domain=record.domain) == record


@given(ADDRESSES, DOMAINS)
def test_law_1_a_record_of_an_address_survives_its_value(address: str, domain: str) -> None:
    uri = ReportURI.from_address(address)
    record = generate(domain, address)
    assert record == TLSRPTRecord(rua=[uri], domain=domain)
    assert TLSRPTRecord.parse(record.value, domain=domain) == record
    local, _, host = address.rpartition("@")
    assert uri.address == f"{local}@{normalize_domain(host)}"
    assert ReportURI.from_address(uri.address) == uri == ReportURI(f"mailto:{address}")


@given(st.one_of(ADDRESSES, st.text(max_size=20).map("{}@example.com".format)))
def test_law_1_what_from_address_takes_a_form_takes(address: str) -> None:
    try:
        uri = ReportURI.from_address(address)
    except InvalidURIError:
        return
    assert generate("example.com", [address]).rua == (uri,)
    assert ReportURI(uri) == uri


# --- Law 2: the value is canonical ----------------------------------------------------------------


@given(received_texts())
def test_law_2_the_value_of_what_was_parsed_is_canonical(text: str) -> None:
    value = TLSRPTRecord.parse(text).value
    assert TLSRPTRecord.parse(value).value == value


@given(received_texts())
def test_law_2_the_value_of_what_rdata_holds_is_canonical(text: str) -> None:
    record = TLSRPTRecord.from_rdata(text)
    assert record == TLSRPTRecord.parse(text)
    assert TLSRPTRecord.from_rdata(record.to_rdata()).value == record.value


# --- Law 3: `parse` accepts exactly the grammar (more in test_oracle.py) --------------------------


@given(TEXTS.filter(lambda text: len(text) <= 200))
def test_law_3_a_text_is_parsed_or_rejected_as_the_grammar_says(text: str) -> None:
    with contextlib.ExitStack() as stack:
        if not accepts(text):
            stack.enter_context(pytest.raises(ParseError))
        TLSRPTRecord.parse(text)


USUAL: Final = st.from_regex(_USUAL_URI, fullmatch=True)


@example("mailto:tls@example.com,https://r.example/v1/tls")
@example("https://r.example/%41,https://r.example/%4")
@given(st.lists(USUAL, min_size=1).map(",".join) | st.text("mailto:hps/aA0.+-_~%@,; x="))
def test_law_3_the_short_way_for_usual_records_gives_the_same(rua: str) -> None:
    """With whitespace before the semicolon, it is not taken."""
    record = tlsrpt_record(f"v=TLSRPTv1 ;rua={rua}")
    assert tlsrpt_record(f"v=TLSRPTv1;rua={rua}") == record
    assert tlsrpt_record(f"v=TLSRPTv1; rua={rua}") == record


@given(USUAL)
def test_law_3_usual_uris_are_in_the_grammar(uri: str) -> None:
    assert TLSRPT_URI.fullmatch(uri)


# --- Law 4: strings and zone files ----------------------------------------------------------------


@given(RECORDS)
def test_law_4_strings_join_to_the_value(record: TLSRPTRecord) -> None:
    assert join_txt(record.strings) == record.value
    assert all(1 <= len(string) <= 255 for string in record.strings)
    assert all(len(string) == 255 for string in record.strings[:-1])
    assert TLSRPTRecord.parse(record.strings, domain=record.domain) == record


@given(RECORDS, st.one_of(st.none(), st.integers(0, 2**31 - 1)))
def test_law_4_a_record_survives_a_zone_file(record: TLSRPTRecord, ttl: int | None) -> None:
    line = record.to_zone(ttl)
    assert line.isascii()
    assert line.isprintable()
    shown = "" if ttl is None else f" {ttl}"
    assert line == f"{line.split()[0]}{shown} IN TXT {record.to_rdata()}"
    assert TLSRPTRecord.from_zone(line) == record
    assert TLSRPTRecord.from_zone(line.replace("_", r"\_", 2)) == record


@given(RECORDS, DOMAINS)
def test_law_4_a_relative_name_gets_its_domain(record: TLSRPTRecord, origin: str) -> None:
    zone = normalize_domain(origin)
    line = record.to_zone()
    if record.domain is None:
        assert TLSRPTRecord.from_zone(line, origin=origin) == record.with_domain(zone)
        return
    assert TLSRPTRecord.from_zone(line, origin=origin) == record
    relative = line.replace(". ", " ", 1)
    longer = TLSRPTRecord.from_zone(relative, origin=origin)
    assert longer == record.with_domain(f"{record.domain}.{zone}")
    assert longer.host_in(origin) == record.host


@given(RECORDS, DOMAINS, st.sampled_from(["", "_tls.", "_smtp._tls."]), st.integers(0, 4))
def test_law_4_a_name_in_a_zone_gives_the_domain(
    record: TLSRPTRecord, domain: str, first: str, start: int
) -> None:
    named = record.with_domain(domain)
    labels = domain.split(".")
    # The domain itself is the zone for a prefix, since only it is below that.
    zone = first + ".".join(labels[0 if first else min(start, len(labels) - 1) :])
    host = named.host_in(zone)
    rdata = named.to_rdata()
    assert TLSRPTRecord.from_zone(f"{host} TXT {rdata}", origin=zone) == named
    assert (host == "@") == (first == "_smtp._tls.")


@given(RECORDS)
def test_law_4_a_record_survives_its_rdata(record: TLSRPTRecord) -> None:
    rdata = record.to_rdata()
    assert TLSRPTRecord.from_rdata(rdata, domain=record.domain) == record
    assert TLSRPTRecord.from_rdata(record.value, domain=record.domain) == record


@given(st.one_of(st.text(), st.binary()))
def test_law_4_splitting_and_joining_are_inverse(value: str | bytes) -> None:
    strings = split_txt(value)
    assert b"".join(strings) == (value.encode() if isinstance(value, str) else value)
    assert all(len(string) == 255 for string in strings[:-1])


# --- Law 5: a record or a TLSRPTError -------------------------------------------------------------


@given(st.one_of(TEXTS, OCTETS, st.lists(TEXTS), st.lists(OCTETS)))
def test_law_5_a_text_gives_a_record_or_a_tlsrpt_error(text: str | bytes | list[str]) -> None:
    try:
        record = TLSRPTRecord.parse(text)
    except TLSRPTError as error:
        assert str(error).replace("\n", "").isprintable()
        assert error.code
    else:
        assert record.rua


_A: Final = "mailto:a@example.com"
_RECORD: Final = TLSRPTRecord(rua=[_A])
_ENTRIES: Final[dict[str, Callable[[str], object]]] = {
    "check": check,
    "check domain": lambda text: check(_RECORD.value, domain=text),
    "check_rrset": lambda text: check_rrset([text]),
    "check_rrset of two": lambda text: check_rrset([text, "v=spf1 -all"]),
    "from_rrset": lambda text: TLSRPTRecord.from_rrset([text]),
    "from_rrset of two": lambda text: TLSRPTRecord.from_rrset([text, "v=spf1 -all"]),
    "from_zone": TLSRPTRecord.from_zone,
    "from_zone origin": lambda text: TLSRPTRecord.from_zone('@ TXT "x"', origin=text),
    "from_zone relative": lambda text: TLSRPTRecord.from_zone(text, origin="b.example"),
    "from_rdata": TLSRPTRecord.from_rdata,
    "from_rdata quoted": lambda text: TLSRPTRecord.from_rdata(f'"{text}'),
    "from_address": ReportURI.from_address,
    "host_in": _RECORD.with_domain("b.example").host_in,
    "from_zone rdata": lambda text: TLSRPTRecord.from_zone(f"_smtp._tls.b.example. TXT {text}"),
    "generate endpoints": lambda text: generate("example.com", text),
    "generate domain": lambda text: generate(text, _A),
    "ReportURI": ReportURI,
    "equivalent": ReportURI(_A).equivalent,
    "normalize_domain": normalize_domain,
    "split_txt": split_txt,
    "join_txt": lambda text: join_txt([text]),
    "extension value": lambda text: TLSRPTRecord(rua=[_A], extensions=[("x", text)]),
    "extension name": lambda text: TLSRPTRecord(rua=[_A], extensions=[(text, "x")]),
    "reports_to": _RECORD.reports_to,
    "with_rua": _RECORD.with_rua,
    "without_rua": _RECORD.without_rua,
    "with_domain": _RECORD.with_domain,
}


@given(st.one_of(TEXTS, NEAR_TEXTS))
def test_law_5_nothing_but_a_tlsrpt_error_escapes(text: str) -> None:
    for entry in _ENTRIES.values():
        try:
            entry(text)
        except TLSRPTError as error:
            assert repr(pickle.loads(pickle.dumps(error))) == repr(error)  # noqa: S301
            assert "\x1b" not in str(error)


@given(OCTETS)
def test_law_5_holds_for_octets(octets: bytes) -> None:
    for entry in (join_txt, TLSRPTRecord.parse, TLSRPTRecord.from_rrset, check, check_rrset):
        with contextlib.suppress(TLSRPTError):
            entry([octets])
    assert b"".join(split_txt(octets)) == octets


@pytest.mark.parametrize(
    "text",
    [
        "v=TLSRPTv1" + 60_000 * ";",
        "v=TLSRPTv1;rua=" + 60_000 * ",",
        "v=TLSRPTv1;rua=" + 15_000 * "a@b ",
        "v=TLSRPTv1;rua=" + 8_000 * "mailto:",
        "v=TLSRPTv1" + 6_000 * ";RUA=a@b.c",
        '"' + 60_000 * "\\",
        20_000 * '" "',
        "v" + 60_000 * " ",
    ],
    ids=lambda text: f"{text[:20]}...",
)
def test_law_5_piles_of_mistakes_are_read_to_the_end(text: str) -> None:
    assert not check(text).ok


# --- Law 6: ok is having somewhere to send reports ------------------------------------------------


@given(TEXTS, st.one_of(st.none(), DOMAINS))
def test_law_6_ok_is_having_somewhere_to_send_reports(text: str, domain: str | None) -> None:
    result = check(text, domain=domain)
    assert result.ok == bool(result.record and result.record.destinations)
    assert result.ok == bool(result) == (result.errors == ())


@given(received_texts())
def test_law_6_holds_for_what_is_in_the_grammar(text: str) -> None:
    result = check(text)
    assert result.record == TLSRPTRecord.parse(text)
    assert result.ok == (result.record.destinations != ())
    codes = {error.code for error in result.errors}
    assert codes <= {"no-usable-endpoint", "misspelled-scheme"}


# --- Classes and diagnosis stand on the same rules ------------------------------------------------


@given(st.one_of(ENDPOINTS, RECEIVED_URIS, TEXTS.map(lambda text: text.partition("rua=")[2])))
@example("mailto:/tls@example.com")
@example("https:///r.example/")
@example("https://r.example/v1,a@example.com")
@example("https://r.example/v1\u200e")
@example("https://r.example/\u034f")
@example("https://r.example/v1!10m")
@example("https://r.example/\u00bb")
@example("https://r.example/mailto:tls@example.com")
@example("https://r\u2010x.example/")
@example("https://r.example/b\u00fccher")
def test_the_diagnosis_knows_what_the_constructor_accepts(uri: str) -> None:
    try:
        expected = str(ReportURI(uri))
    except InvalidURIError:
        expected = None
    assert published(uri) == expected


# --- Law 7: all edits together give `fixed` -------------------------------------------------------


@given(TEXTS)
def test_law_7_the_edits_of_all_findings_give_what_is_fixed(text: str) -> None:
    result = check(text)
    if result.fixed is not None:
        assert TLSRPTRecord.parse(edited(result)).value == result.fixed


@given(TEXTS)
def test_law_7_what_is_fixed_is_canonical_and_has_no_error(text: str) -> None:
    fixed = check(text).fixed
    if fixed is not None:
        assert TLSRPTRecord.parse(fixed).value == fixed
        again = check(fixed)
        assert (again.ok, again.fixed) == (True, fixed)


@given(TEXTS)
def test_law_7_edits_do_not_overlap(text: str) -> None:
    changes = edits(check(text))
    assert all(0 <= start <= end <= len(text) for start, end, _ in changes)
    for before, after in pairwise(changes):
        assert before.end <= after.start
        assert before[:2] != after[:2]


@given(TEXTS)
def test_law_7_findings_are_in_order_inside_the_text_and_printable(text: str) -> None:
    findings = check(text).findings
    places = [finding.span[0] for finding in findings]
    assert places == sorted(places)
    for code, _, message, (start, end), hint, fix, _ in findings:
        assert 0 <= start <= end <= len(text), code
        assert (message + hint).isprintable(), code
        assert fix != (), code


@given(TEXTS)
def test_law_7_a_fix_drops_no_endpoint_that_works(text: str) -> None:
    result = check(text)
    if result.record is not None and result.fixed is not None:
        fixed = TLSRPTRecord.parse(result.fixed)
        for uri in result.record.destinations:
            # A final dot is dropped from a mail domain only.
            assert fixed.reports_to(uri.rstrip(".") if uri.scheme == "mailto" else uri)


@given(fixable_texts())
def test_law_7_slips_are_fixed_however_many(pair: tuple[str, str]) -> None:
    text, value = pair
    result = check(text)
    assert result.fixed == value
    assert TLSRPTRecord.parse(edited(result)).value == value


# --- Law 8: `parse` raises the first error against the grammar that `check` finds -----------------


@given(TEXTS)
def test_law_8_parse_raises_the_first_error_that_check_finds(text: str) -> None:
    result = check(text)
    if result.record is not None:
        assert result.record == TLSRPTRecord.parse(text)
        return
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.parse(text)
    error = caught.value
    first = next(one for one in result.errors if one.code != "no-usable-endpoint")
    assert error.text == text
    assert (error.code, error.span) == (first.code, first.span)
    assert (error.message, error.hint) == (first.message, first.hint)


@given(st.lists(TEXTS, max_size=3))
def test_law_8_check_rrset_agrees_with_from_rrset(texts: list[str]) -> None:
    result = check_rrset(texts)
    try:
        record = TLSRPTRecord.from_rrset(texts)
    except (RecordNotFoundError, MultipleRecordsError) as error:
        assert not result.ok
        # A near miss is shown, though senders see no record at all.
        assert result.text or [one.code for one in result.findings] == [error.code]
    except ParseError as error:
        assert (result.record, result.text) == (None, error.text)
        assert error.code in {one.code for one in result.errors}
    else:
        assert (result.record, result.text) == (record, result.text)
        assert record == TLSRPTRecord.parse(result.text)


@given(TEXTS)
def test_text_and_its_octets_are_the_same(text: str) -> None:
    octets = text.encode("utf-8", "surrogatepass")
    assert check(octets) == check([octets[:5], octets[5:]])
    with contextlib.suppress(UnicodeEncodeError):
        assert check(text) == check(text.encode())


# --- Further properties ---------------------------------------------------------------------------


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
    assert uri.equivalent(endpoint)


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


@given(RECORDS, st.one_of(ENDPOINTS, RECEIVED_URIS))
def test_without_rua_removes_what_is_there(record: TLSRPTRecord, endpoint: str) -> None:
    grown = record.with_rua("https://left.example.net/")
    for unwanted in (endpoint, record.rua[0]):
        left = grown.without_rua(unwanted)
        assert not left.reports_to(unwanted)
        assert left.without_rua(unwanted) is left
        assert set(left.rua) <= set(grown.rua)
        assert (left is grown) == (not grown.reports_to(unwanted))


@given(RECORDS, st.one_of(st.none(), DOMAINS))
def test_with_domain_changes_the_domain_alone(record: TLSRPTRecord, domain: str | None) -> None:
    moved = record.with_domain(domain)
    assert moved.domain == (domain and normalize_domain(domain))
    assert moved.value == record.value
    assert moved.with_domain(record.domain) == record


@given(MAILBOXES, MAILBOXES)
def test_one_mailbox_is_one_endpoint_in_any_spelling(one: Spelled, other: Spelled) -> None:
    """RFC 6068 section 2; the local part is case-sensitive."""
    assert equivalence_key(one.uri) == equivalence_key(one.twin)
    assert (equivalence_key(one.uri) == equivalence_key(other.twin)) == (one.local == other.local)
    record = TLSRPTRecord.parse(f"v=TLSRPTv1; rua={one.uri},https://r.example.net/")
    assert record.reports_to(one.twin)
    assert record.with_rua(one.twin) is record
    assert record.without_rua(one.twin).rua == ("https://r.example.net/",)
    codes = [finding.code for finding in check(f"{record.value},{one.twin}").findings]
    assert codes.count("duplicate-endpoint") == 1
    assert record.reports_to(other.uri) == (one.local == other.local)


@given(RECORDS)
def test_a_record_reports_to_each_of_its_endpoints(record: TLSRPTRecord) -> None:
    assert all(record.reports_to(uri) for uri in record.rua)
    assert all(uri.equivalent(uri) for uri in record.rua)


@given(BUILT_RECORDS, DOMAINS)
def test_replacing_uses_the_constructor(record: TLSRPTRecord, domain: str) -> None:
    replaced = replace(record, domain=domain)
    assert replaced.domain == normalize_domain(domain)
    assert (replaced.rua, replaced.extensions) == (record.rua, record.extensions)
