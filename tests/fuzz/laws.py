"""The laws, held against whatever octets come along: what is fuzzed, without the fuzzer."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Final, TypeVar

from tests.oracle import accepts
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

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")

# The oracle takes milliseconds, and longer texts teach it nothing new.
_ORACLE_READS: Final = 200


def hold_to_the_laws(data: bytes) -> None:
    """Put the octets in at every public entry that takes text, and hold what comes of it to law."""
    text = _text(data)
    lines = text.split("\n")
    _hold_to_the_grammar(text)
    for value in (text, f"v=TLSRPTv1; rua={text}", f"v=TLSRPTv1; rua=mailto:a@example.com;{text}"):
        _hold_parse(value)
        _hold_check(value)
    _hold_octets(data)
    _hold_zone(text)
    _hold_zone(f"_smtp._tls.example.com. IN TXT {text}")
    _hold_rrset(lines)
    _hold_strings(text)
    _hold_domain(lines[0])
    for line in lines:
        _hold_uri(line)
    for domain, endpoints in (("example.com", text), (lines[0], "\n".join(lines[1:]))):
        record = _outcome(lambda: generate(domain, endpoints))  # noqa: B023
        if record is not None:
            _hold_record(record)
            assert check(record.value, domain=record.domain).errors == ()


def _text(data: bytes) -> str:
    """The octets as text; lone surrogates, be they encoded or stray octets, are kept."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


def _outcome(door: Callable[[], _Result]) -> _Result | None:
    """What comes of it; None for an error of ours, which has to be fit to be shown and sent on."""
    try:
        return door()
    except TLSRPTError as error:
        shown = str(error)
        assert error.code
        assert shown.replace("\n", "").isprintable(), shown
        assert str(pickle.loads(pickle.dumps(error))) == shown  # noqa: S301
        return None


def _hold_record(record: TLSRPTRecord) -> None:
    """Laws 1, 2 and 4."""
    value = record.value
    assert TLSRPTRecord.parse(value, domain=record.domain) == record
    assert join_txt(record.strings) == value
    assert TLSRPTRecord.parse(record.strings, domain=record.domain) == record
    assert TLSRPTRecord.from_zone(record.to_zone()) == record
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301
    assert all(record.reports_to(uri) for uri in record.rua[:3])
    assert record.destinations == tuple(uri for uri in record.rua if uri.supported)
    for uri in record.rua:
        assert uri.host is None or uri.host.isascii()
        assert uri.supported or uri.address is None
    grown = record.with_rua("mailto:another@example.net")
    assert TLSRPTRecord.parse(grown.value, domain=record.domain) == grown


def _hold_to_the_grammar(text: str) -> None:
    """Law 3."""
    if len(text) <= _ORACLE_READS:
        assert accepts(text) == (_outcome(lambda: TLSRPTRecord.parse(text)) is not None)


def _hold_parse(text: str) -> None:
    record = _outcome(lambda: TLSRPTRecord.parse(text))
    if record is not None:
        _hold_record(record)


def _hold_check(text: str) -> None:
    """Laws 6 and 7, and that `parse` and `check` tell the same story."""
    result = check(text)
    try:
        record = TLSRPTRecord.parse(text)
    except TLSRPTError as error:
        assert not result.ok
        assert error.code in {finding.code for finding in result.errors}
    else:
        assert result.record == record
        assert result.ok == bool(record.destinations)
        if not result.errors and text == record.value:
            assert result.fixed == text
    places = [finding.span for finding in result.findings]
    assert places == sorted(places), result.findings
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert all((f.message + f.hint).isprintable() for f in result.findings)
    assert result.ok or result.errors
    if result.fixed is not None:
        assert TLSRPTRecord.parse(result.fixed).value == result.fixed
        again = check(result.fixed)
        assert again.errors == ()
        assert again.fixed == result.fixed


def _hold_octets(data: bytes) -> None:
    """However the octets are cut into character-strings, they are one text."""
    whole = _outcome(lambda: TLSRPTRecord.parse(data))
    cut = [data[:7], data[7:20], data[20:]]
    assert _outcome(lambda: TLSRPTRecord.parse(cut)) == whole
    assert check(cut) == check(data)
    joined = _outcome(lambda: join_txt(cut))
    if joined is not None:
        assert joined.encode() == data
    strings = _outcome(lambda: split_txt(data))
    assert strings is None or b"".join(strings) == data


def _hold_strings(text: str) -> None:
    """Law 4, for any text."""
    strings = _outcome(lambda: split_txt(text))
    if strings is not None:
        assert join_txt(strings) == text
        assert {len(string) for string in strings[:-1]} <= {255}


def _hold_zone(text: str) -> None:
    record = _outcome(lambda: TLSRPTRecord.from_zone(text))
    if record is not None:
        _hold_record(record)


def _hold_rrset(texts: list[str]) -> None:
    """The one record that `from_rrset` picks out is the one that `parse` reads."""
    record = _outcome(lambda: TLSRPTRecord.from_rrset(texts))
    if record is not None:
        begun = [text for text in texts if text.startswith("v=TLSRPTv1;")] or texts
        assert [record] == [TLSRPTRecord.parse(text) for text in begun]


def _hold_domain(text: str) -> None:
    domain = _outcome(lambda: normalize_domain(text))
    if domain is not None:
        assert normalize_domain(domain) == domain
        assert len(domain) <= 242
        record = TLSRPTRecord(rua=["mailto:a@example.com"], domain=text)
        assert record.domain == domain
        _hold_record(record)


def _hold_uri(text: str) -> None:
    """What the strict door lets through is normal, of use, and draws no error."""
    uri = _outcome(lambda: ReportURI(text))
    if uri is not None:
        assert ReportURI(uri) == uri
        assert uri.supported
        record = TLSRPTRecord(rua=[text])
        assert record.rua == (uri,)
        assert record.reports_to(text)
        assert check(record.value).errors == ()
        _hold_record(record)
