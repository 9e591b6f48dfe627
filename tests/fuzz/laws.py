"""The laws of the library for any octets: what the fuzzer runs, and what needs no fuzzer."""

from __future__ import annotations

import pickle
from itertools import pairwise
from string import Formatter
from typing import TYPE_CHECKING, Final, TypeVar

from tests.oracle import accepts
from tlsrpt import (
    CheckResult,
    Edit,
    Finding,
    FormError,
    MultipleRecordsError,
    RecordNotFoundError,
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    check,
    check_answer,
    check_rrset,
    generate,
    join_txt,
    normalize_domain,
    split_txt,
)
from tlsrpt.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")

# The oracle takes milliseconds for a text, and more for a long one.
_ORACLE_READS: Final = 200


def hold_to_the_laws(data: bytes) -> None:
    """Pass the octets to every public entry that takes text, and hold the outcome to the laws."""
    text = _text(data)
    lines = text.split("\n")
    if len(text) <= _ORACLE_READS:
        # Law 3.
        assert accepts(text) == (_outcome(lambda: TLSRPTRecord.parse(text)) is not None)
    for value in (text, f"v=TLSRPTv1; rua={text}", f"v=TLSRPTv1; rua=mailto:a@example.com;{text}"):
        hold_check(value)
        _hold_outcome(lambda: TLSRPTRecord.parse(value))  # noqa: B023
    _hold_octets(data)
    _hold_outcome(lambda: TLSRPTRecord.from_zone(text))
    _hold_outcome(lambda: TLSRPTRecord.from_zone(f"_smtp._tls.example.com. IN TXT {text}"))
    _hold_outcome(lambda: TLSRPTRecord.from_zone(text, origin="example.com"))
    _hold_outcome(lambda: TLSRPTRecord.from_rdata(text))
    _hold_outcome(lambda: TLSRPTRecord.from_rdata(f'"{text}'))
    hold_rrset(lines)
    hold_rrset([text, "v=spf1 -all"])
    for answer in (text, f'"{text}"', f"_smtp._tls TXT {text}", f"_smtp._tls\ttext =\n\t{text}"):
        hold_result(check_answer(answer))
    _hold_domain(lines[0])
    for line in lines:
        hold_uri(line)
    for domain, endpoints in (("example.com", text), (lines[0], "\n".join(lines[1:]))):
        record = _outcome(lambda: generate(domain, endpoints))  # noqa: B023
        if record is not None:
            hold_record(record)
            assert check(record.value, domain=record.domain).errors == ()


def _text(data: bytes) -> str:
    """The octets as text; lone surrogates, encoded or from stray octets, are kept."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


def _outcome(entry: Callable[[], _Result]) -> _Result | None:
    """The result; None for a `TLSRPTError`, which must be fit to print and to pickle."""
    try:
        return entry()
    except TLSRPTError as error:
        shown = str(error)
        assert error.code
        assert shown.replace("\n", "").isprintable(), shown
        assert str(pickle.loads(pickle.dumps(error))) == shown  # noqa: S301
        hold_facts(error)
        return None


def hold_facts(told: Finding | TLSRPTError) -> None:
    """The texts of a finding or an exception are those of its code, filled in with its facts."""
    code = CODES[told.code]
    assert code.message.format_map(told.facts) == told.message
    assert code.hint.format_map(told.facts) == told.hint
    names = {name for _, name, _, _ in Formatter().parse(code.message + code.hint) if name}
    assert set(told.facts) == names, told.code
    assert all(isinstance(fact, int) or fact.isprintable() for fact in told.facts.values())
    if isinstance(told, RecordNotFoundError) and told.mistake:
        hold_facts(told.mistake)
    for problem in told.problems if isinstance(told, FormError) else ():
        hold_facts(problem.error)


def _hold_outcome(entry: Callable[[], TLSRPTRecord]) -> None:
    record = _outcome(entry)
    if record is not None:
        hold_record(record)


def hold_record(record: TLSRPTRecord) -> None:
    """Laws 1, 2 and 4, and what holds for the methods of every record."""
    value = record.value
    assert TLSRPTRecord.parse(value, domain=record.domain) == record
    assert join_txt(record.strings) == value
    assert TLSRPTRecord.parse(record.strings, domain=record.domain) == record
    zone = record.to_zone()
    assert zone.endswith(f" TXT {record.to_rdata()}")
    assert TLSRPTRecord.from_zone(zone) == record
    assert TLSRPTRecord.from_zone(record.to_zone(ttl=None)) == record
    assert TLSRPTRecord.from_rdata(record.to_rdata(), domain=record.domain) == record
    assert TLSRPTRecord.from_rdata(value, domain=record.domain) == record
    if record.domain is not None:
        assert record.host_in(record.domain) == "_smtp._tls"
        assert record.host_in(record.host) == "@"
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301
    assert record.to_dict()["value"] == value
    assert record.destinations == tuple(uri for uri in record.rua if uri.supported)
    assert record.with_domain(None).with_domain(record.domain) == record
    for uri in record.rua[:3]:
        assert record.reports_to(uri)
        assert uri.equivalent(uri)
        assert uri.host is None or uri.host.isascii()
        assert uri.supported or uri.address is None
        left = _outcome(lambda: record.without_rua(uri))  # noqa: B023
        assert left is None or not left.reports_to(uri)
    grown = record.with_rua("mailto:another@example.net")
    assert TLSRPTRecord.parse(grown.value, domain=record.domain) == grown
    assert grown is record or grown.without_rua("MAILTO:another@example.NET") == record


def edits(result: CheckResult) -> list[Edit]:
    """The edits of all findings, each once, in order of place."""
    return sorted({edit for finding in result.findings for edit in finding.fix or ()})


def edited(result: CheckResult) -> str:
    """The text after all edits of all findings."""
    text = result.text
    for start, end, new in reversed(edits(result)):
        text = text[:start] + new + text[end:]
    return text


def hold_check(text: str) -> None:
    """Laws 6, 7 and 8, and that findings and their edits are in order."""
    result = check(text)
    hold_result(result)
    assert result.text == text
    assert result.ok == bool(result.record and result.record.destinations)
    try:
        record = TLSRPTRecord.parse(text)
    except TLSRPTError as error:
        assert result.record is None
        first = next(one for one in result.errors if one.code != "no-usable-endpoint")
        raised = (error.code, error.message, error.hint, error.span)  # type: ignore[attr-defined]
        assert raised == (first.code, first.message, first.hint, first.span)
    else:
        assert result.record == record
        assert all(error.code in _IN_GRAMMAR for error in result.errors)
        if result.ok and text == record.value and not edits(result):
            codes = {one.code for one in result.findings}
            assert result.fixed == (None if "several-records" in codes else text)


# A record in the grammar may have these errors: it has no endpoint that senders can use.
_IN_GRAMMAR: Final = {"no-usable-endpoint", "misspelled-scheme"}


def hold_result(result: CheckResult) -> None:
    """Law 7, and that findings are in order, inside the text and fit to print."""
    text, findings = result.text, result.findings
    assert result.ok == (not result.errors)
    assert result.errors + result.warnings == tuple(sorted(findings, key=lambda one: one.severity))
    starts = [finding.span[0] for finding in findings]
    assert starts == sorted(starts), findings
    for finding in findings:
        hold_facts(finding)
        code, _, message, (start, end), hint, fix, _ = finding
        assert 0 <= start <= end <= len(text), code
        assert (message + hint).isprintable(), code
        assert fix is None or (fix and list(fix) == sorted(fix)), code
    changes = edits(result)
    assert all(0 <= start <= end <= len(text) for start, end, _ in changes), findings
    for before, after in pairwise(changes):
        assert before.end <= after.start, findings
        assert before[:2] != after[:2], findings
    fixed = result.fixed
    if fixed is not None:
        assert TLSRPTRecord.parse(edited(result)).value == fixed
        again = check(fixed)
        assert again.errors == ()
        assert again.fixed == fixed


def hold_rrset(texts: list[str]) -> None:
    """`from_rrset` and `check_rrset` agree with each other, and with `parse`."""
    result = check_rrset(texts)
    hold_result(result)
    try:
        record = TLSRPTRecord.from_rrset(texts)
    except (RecordNotFoundError, MultipleRecordsError) as error:
        assert not result.ok
        assert result.record is None or not result.text.startswith("v=TLSRPTv1;")
        if not result.text:
            assert [one.code for one in result.findings] == [error.code]
    except TLSRPTError as error:
        assert result.record is None
        assert error.code in {one.code for one in result.errors}
    else:
        assert result.record == record
        assert record == TLSRPTRecord.parse(result.text)
        hold_record(record)


def _hold_octets(data: bytes) -> None:
    """However the octets are cut into character-strings, they are one text; law 4 for any text."""
    whole = _outcome(lambda: TLSRPTRecord.parse(data))
    cut = [data[:7], data[7:20], data[20:]]
    assert _outcome(lambda: TLSRPTRecord.parse(cut)) == whole
    assert check(cut) == check(data)
    joined = _outcome(lambda: join_txt(cut))
    if joined is not None:
        assert joined.encode() == data
    strings = split_txt(data)
    assert b"".join(strings) == data
    assert {len(string) for string in strings[:-1]} <= {255}


def _hold_domain(text: str) -> None:
    domain = _outcome(lambda: normalize_domain(text))
    if domain is not None:
        assert normalize_domain(domain) == domain
        assert len(domain) <= 242
        record = TLSRPTRecord(rua=["mailto:a@example.com"], domain=text)
        assert record.domain == domain
        hold_record(record)


def hold_uri(text: str) -> None:
    """What the constructor accepts is in normal form, can receive reports, and draws no error."""
    of_address = _outcome(lambda: ReportURI.from_address(text))
    if of_address is not None:
        assert ReportURI(of_address) == of_address
        assert ReportURI.from_address(str(of_address.address)) == of_address
        assert generate("example.com", [text]).rua == (of_address,)
    uri = _outcome(lambda: ReportURI(text))
    if uri is not None:
        assert ReportURI(uri) == uri
        assert uri.supported
        assert uri.equivalent(text)
        record = TLSRPTRecord(rua=[text, uri])
        assert record.rua == (uri,)
        assert record.reports_to(text)
        assert check(record.value).errors == ()
        hold_record(record)
