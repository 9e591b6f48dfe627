"""`check` and its result; what it says of each mistake is in tests/data/diagnosis."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Final
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_data import VALID
from tlsrpt import (
    CheckResult,
    Edit,
    InvalidDomainError,
    ParseError,
    TLSRPTRecord,
    check,
    check_rrset,
)
from tlsrpt._diagnosis.wrappings import WRAPPINGS, Wrapping

if TYPE_CHECKING:
    from collections.abc import Iterable

V: Final = "v=TLSRPTv1"
A: Final = "mailto:a@b.example"
B: Final = "https://reports.google.com/v1"
C: Final = "mailto:c@d.example"
GOOD: Final = f"{V}; rua={A}"


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


def sized(octets: int) -> str:
    """A canonical record of so many octets."""
    return f"{V}; rua={B}?".ljust(octets, "x")


# --- The result -----------------------------------------------------------------------------------


def test_a_result_is_a_frozen_value() -> None:
    result = check(GOOD)
    with pytest.raises(FrozenInstanceError):
        result.ok = False  # type: ignore[misc]
    assert hash(result) == hash(check(GOOD))


def test_a_result_is_true_if_it_is_ok() -> None:
    assert check(GOOD)
    assert not check("v=spf1 -all")


def test_errors_and_warnings_are_the_findings() -> None:
    result = check(f"{V} ; rua={A},ftp://example.com/,c@d.example")
    assert codes(result) == ["whitespace-before-semicolon", "unsupported-scheme", "bare-address"]
    assert result.errors == result.findings[2:]
    assert result.warnings == result.findings[:2]


def test_a_result_is_ready_for_json() -> None:
    result = check("v=TLSRPTv1; rua=tls@example.com")
    assert result.to_dict() == {
        "ok": False,
        "text": "v=TLSRPTv1; rua=tls@example.com",
        "record": None,
        "findings": [
            {
                "code": "bare-address",
                "severity": "error",
                "message": "tls@example.com is an e-mail address without mailto:",
                "span": [16, 31],
                "hint": "write mailto:tls@example.com",
                "fix": [{"start": 16, "end": 16, "text": "mailto:"}],
                "facts": {"uri": "tls@example.com", "cure": "mailto:tls@example.com"},
            }
        ],
        "fixed": "v=TLSRPTv1; rua=mailto:tls@example.com",
    }
    assert check(GOOD).to_dict()["record"] == TLSRPTRecord.parse(GOOD).to_dict()
    assert check(f"{GOOD}; x=1").to_dict()["findings"][0]["fix"] is None


def test_findings_share_an_edit_where_they_meet() -> None:
    address, duplicate = check(f"{GOOD},a@b.example").findings
    assert address.fix == duplicate.fix == (Edit(34, 46, ""),)


def test_the_domain_goes_into_the_record() -> None:
    record = check(GOOD, domain="B\u00fccher.example.").record
    assert record is not None
    assert record.host == "_smtp._tls.xn--bcher-kva.example"


@pytest.mark.parametrize("text", VALID)
def test_what_is_in_the_grammar_keeps_its_record(text: str) -> None:
    result = check(text)
    assert result.record == TLSRPTRecord.parse(text)
    assert result.text == text


# --- Arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strings", "found"),
    [
        (["v=TLSRPTv1; rua=mailto:a@", "b.example"], []),
        ((b"v=TLSRPTv1; rua=mailto:a@", "b.example"), []),
        (dict.fromkeys([b"", GOOD.encode()]), []),
        ([], ["empty-record"]),
        ([b"v=TLSRPTv1; rua=mailto:\xc3", b"\xbc@b.example"], ["non-ascii"]),
        ([b"v=TLSRPTv1; rua=mailto:\xc3", b"@b.example"], ["not-utf-8"]),
    ],
)
def test_character_strings_are_joined(strings: Iterable[str | bytes], found: list[str]) -> None:
    assert codes(check(strings)) == found


@pytest.mark.parametrize("domain", ["", "a@b.example", "_smtp._tls.b.example", "192.0.2.1"])
def test_a_domain_that_is_invalid(domain: str) -> None:
    with pytest.raises(InvalidDomainError):
        check("no record", domain=domain)


@pytest.mark.parametrize("text", [None, 1, [None], [[GOOD]]])
def test_text_of_the_wrong_type(text: str) -> None:
    with pytest.raises(TypeError):
        check(text)


def test_a_domain_of_the_wrong_type() -> None:
    with pytest.raises(TypeError):
        check(GOOD, domain=b"b.example")  # type: ignore[arg-type]


# --- Tables that go by the standards --------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("localhost.", "special use"),
        ("R%2ETest", "special use"),
        ("reports", "without a dot"),
        ("127.0.0.1", "public"),
        ("169.254.0.1", "public"),
        ("10.0.0.1", "public"),
        ("192.168.0.1", "public"),
        ("100.64.0.1", "public"),
        ("224.0.0.1", "public"),
        ("[::1]", "public"),
        ("[fe80::1]", "public"),
        ("[fd00::1]", "public"),
    ],
)
def test_hosts_that_senders_cannot_reach(host: str, reason: str) -> None:
    text = f"{V}; rua=https://u@{host}:443/"
    warning = check(text).findings[-1]
    assert (warning.code, warning.severity) == ("unreachable-host", "warning")
    assert text[slice(*warning.span)] == host
    assert reason in warning.message


@pytest.mark.parametrize(
    "host", ["256.1.1.1", "01.2.3.4", "a_b.google.com", "%FF.google.com", "[v1.a]"]
)
def test_hosts_that_are_none(host: str) -> None:
    text = f"{V}; rua=https://u@{host}:443/"
    warning = check(text).findings[-1]
    assert (warning.code, warning.severity) == ("bad-host", "warning")
    assert text[slice(*warning.span)] == host


@pytest.mark.parametrize(
    "host", ["google.com", "r.google.com.", "notexample.com", "8.8.8.8", "[2606:4700::1111]"]
)
def test_hosts_that_senders_can_reach(host: str) -> None:
    assert check(f"{V}; rua=https://{host}/", domain="google.com").findings == ()


@pytest.mark.parametrize(
    "suffix", ["test", "localhost", "invalid", "local", "onion", "alt", "internal", "home.arpa"]
)
def test_names_of_special_use(suffix: str) -> None:
    for host in (f"r.{suffix}", suffix):
        for uri in (f"https://{host}/", f"mailto:tls@{host}"):
            assert codes(check(f"{V}; rua={uri}")) == ["unreachable-host"]


@pytest.mark.parametrize("host", ["b.example", "example.com", "r.example.net", "example.org"])
def test_names_for_documentation_are_fine_in_examples_only(host: str) -> None:
    text = f"{V}; rua=mailto:tls@{host}"
    assert check(text).findings == ()
    assert check(text, domain="example.com").findings == ()
    assert codes(check(text, domain="google.com")) == ["unreachable-host"]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("DMARC", "p sp np pct adkim aspf fo rf ri ruf psd t"),
        ("MTA-STS", "id mode mx max_age"),
    ],
)
def test_fields_of_other_records(kind: str, names: str) -> None:
    for name in [*names.split(), *names.upper().split()]:
        (finding,) = check(f"{GOOD}; {name}=x").findings
        assert finding.code == "foreign-field"
        assert f"{name} is a field of {kind};" in finding.message


@pytest.mark.parametrize(
    ("longest", "longer"),
    [
        (f"{64 * 'a'}@b.example", f"{65 * 'a'}@b.example"),
        (f"a@{126 * 'b.'}c", f"a@{126 * 'b.'}cc"),
    ],
)
def test_a_mailbox_that_is_too_long_cannot_receive_reports(longest: str, longer: str) -> None:
    """RFC 5321 section 4.5.3.1.1, RFC 1035 section 2.3.4."""
    assert check(f"{V}; rua=mailto:{longest}").ok
    result = check(f"{V}; rua=mailto:{longer}")
    assert not result.ok
    assert {"bad-mailbox", "no-usable-endpoint"} <= set(codes(result))


# Octets of the value, the Policy Domain, and the last code.
SIZES: Final = [
    (256, None, "several-strings"),
    (470, None, "several-strings"),
    (471, None, "udp-512"),
    (460, "b.example", "several-strings"),
    (461, "b.example", "udp-512"),
    (1176, None, "udp-512"),
    (1177, None, "udp-1232"),
    (1166, "b.example", "udp-512"),
    (1167, "b.example", "udp-1232"),
    (65_279, None, "udp-1232"),
    (65_280, None, "too-long"),
]


@pytest.mark.parametrize(("octets", "domain", "code"), SIZES)
def test_the_size_of_the_answer(octets: int, domain: str | None, code: str) -> None:
    """The question holds the owner name: with the domain, the answer is longer."""
    assert codes(check(sized(255))) == []
    assert codes(check(sized(octets), domain=domain))[-1] == code


@pytest.mark.parametrize("unit", ["", *"kmgtKMGT", "kB", "MB"])
def test_units_of_the_size_limit_of_dmarc(unit: str) -> None:
    assert check(f"{GOOD}!1{unit}").fixed == GOOD


@pytest.mark.parametrize(
    "marks",
    ["<>", '""', "``", "\u201c\u201d", "\u201e\u201c", "\u00ab\u00bb", "\u2018\u2019"],
)
def test_marks_around_a_record_or_an_endpoint(marks: str) -> None:
    opening, closing = tuple(marks)
    result = check(f"{V}; rua={opening}{A}{closing}")
    assert (codes(result), result.fixed) == (["wrapped-uri"], GOOD)
    if marks != "<>":
        result = check(f"{opening}{GOOD}{closing}")
        assert (codes(result), result.fixed) == (["surrounding-quotes"], GOOD)


# --- When in doubt, nothing is fixed --------------------------------------------------------------

# What looks like a part of a record may be one, and what looks foreign may be too.
DOUBTFUL: Final = [
    # strings on lines of their own, and several records
    f'"{GOOD},{C[:8]}"\n"{C[8:]}"',
    f'"{GOOD[:-4]}"\n "{GOOD[-4:]}"',
    f'"{GOOD}"\n"rua={C}"',
    f'"{GOOD};"\n"x=1"',
    f'"{GOOD}" "v=TLSRPTv1 ; rua={C}"',
    f'"{V}; rua={B}?" "{V}; rua={B}"',
    f'"{V}; rua="\n"v=spf1 -all"',
    f'"{V}; rua={B}?k=YWJj=="\n"google-site-verification=abc"',
    f'"v=spf1 -all" "{V}; rua={B}" "MS=ms1"',
    f'"MS=ms1" "{V}; rua={B}" "MS=ms2"',
    f"{GOOD};\r\n{V}; rua={C}",
    f"{GOOD}\nv=STSv1; id=1",
    # what follows the quotation marks
    f'"{GOOD}." com',
    f'"{GOOD}" .com',
    f'"{GOOD}"3600',
    f'"{V}; rua={B}":',
    f'"{V}; rua={B}"=',
    f'"{V}; rua={B}" /more',
    f'"{V}; rua={B}"c@d.example',
    f'"{V}; rua={B}"b.c "{C}"',
    f'"{GOOD}" ;{C}',
    f'"{GOOD}" ; "{B}"',
    f'"{GOOD}"\n{B}',
    f'("{GOOD}," ; "{C},"\n"{B}")',
    f"x = '{V}; rua={B}'+path",
    f"'{V}; rua={B}'$RUA",
    f"'{V}; rua={B}',{A}",
    f"the '{V}; rua={B}'-record",
    f"'{V}; rua={B}/it's",
    # what may close something that was opened before the record
    f"({V}; rua={B});",
    f"**{V}; rua={B}**;",
    f"Use {V}; rua={B}!",
    f"Is it {V}; rua={B}?",
    f"local-data: '_smtp._tls TXT {V}; rua={B}'",
    # programs' escapes
    f'"{V}; rua={B}?a=1\\u0026b=2"',
    f'"{V}; rua={B}\\x41"',
    f"{V}\\; rua={B}\\",
    # comments of a zone line without quotation marks
    f"_smtp._tls 3600 IN TXT {V}\\; rua={A} ; {B}",
    f"_smtp._tls 3600 IN TXT {V}\\; rua={A} ; x=1",
    # queries and fragments
    f"{V}; rua={A}?cc=a@b.example,c@d.example",
    f"{V}; rua={B}?u={B}|{B}/2",
    f"{V}; rua={B}?u={B} c@d.example",
    f"{V}; rua={B}?u=1, mailto: c@d.example",
    f"{V}; rua={B}#a!10m",
    f"{V}; rua={B}?to=a;{C}",
    f"{V}; rua={B}?to=;{B}",
    # paths and mailboxes that may hold a separator
    f"{V}; rua={B}/john|c@d.example",
    f"{V}; rua={B}/john and c@d.example",
    f"{V}; rua={A} {B}/john c@d.example",
    f"{V}; rua={A},&b@y.example",
    f"{V}; rua={A},+b@y.example",
    f"{V}; rua={A},!10mb@y.example",
    f"{V}; rua='tls'@b.example",
    # a broken endpoint would be left
    f"{V}; rua={A}'|{C}",
    f"{V}; rua=a@b.example,mailto:c",
    f"{V}; rua=a@b.example,https:///",
    f"{V}; rua='{A}',{C}'",
    f"{V}; rua=[{A}],{C}]",
]


@pytest.mark.parametrize("text", DOUBTFUL)
def test_nothing_is_fixed_in_doubt(text: str) -> None:
    assert check(text).fixed is None


_HOSTS = st.sampled_from(
    ["google.com", "a.b.google.com", "localhost", "reports", "r.internal", "x.example"]
)
_MAILBOXES = st.builds(
    "mailto:{}@{}".format, st.sampled_from(["tls", "first.last", "a+b", "a.b+c-d_e"]), _HOSTS
)
_URLS = st.builds(
    "https://{}{}".format, _HOSTS, st.sampled_from(["", "/", "/v1/tls", "/v1.2", "/a?b"])
)


@given(
    st.lists(st.one_of(_MAILBOXES, _URLS), min_size=1, max_size=3), st.sampled_from(["", "; x=1"])
)
def test_the_short_way_finds_what_the_long_way_finds(uris: list[str], rest: str) -> None:
    text = f"{V}; rua={','.join(uris)}{rest}"
    with mock.patch("tlsrpt._diagnosis.has_no_drawback", return_value=False):
        expected = check(text)
    assert check(text) == expected


# --- The limit of findings ------------------------------------------------------------------------

_MANY: Final = "".join(f",ftp://{number}.example.net" for number in range(1_200))


def test_findings_beyond_a_thousand_are_counted() -> None:
    result = check(f"{GOOD}{_MANY}")
    *listed, last = result.findings
    assert (len(listed), last.code, last.severity) == (1_000, "more-findings", "warning")
    # Those of the schemes, and two about the length
    assert last.message == "more findings: at least 202, errors among them: 0"
    assert last.span == 2 * (len(result.text),)
    assert (result.ok, result.fixed) == (True, None)


def test_errors_beyond_a_thousand_are_an_error() -> None:
    result = check(f"{V}; rua={_MANY.replace(',', ',,')[1:]}")
    assert not result.ok
    assert result.findings[-1].code == "more-findings"
    assert result.findings[-1].severity == "error"
    # The 1,199 of this pass; no later one looks at what is not corrected.
    assert {finding.code for finding in result.findings[:-1]} == {"empty-uri"}
    assert result.findings[-1].message == "more findings: at least 200, errors among them: 200"
    assert result.fixed is None
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.parse(result.text)
    assert caught.value.code == "empty-uri"


def test_a_record_that_works_stays_ok_however_much_is_wrong() -> None:
    result = check(f"{V}; rua={_MANY[1:]},{A}")
    assert result.ok
    assert not check(f"{V}; rua={_MANY[1:]}").ok


def test_invisible_characters_beyond_a_thousand() -> None:
    result = check(f"{V}; rua={1_100 * (chr(0x200B) + 'a')}")
    assert [finding.code for finding in result.findings[:-1]] == 1_000 * ["control-character"]
    assert result.findings[-1].message == "more findings: at least 100, errors among them: 100"


def test_discarded_records_beyond_a_thousand() -> None:
    result = check_rrset([GOOD, *(f"v=TLSRPT1; rua=mailto:{n}@b.example" for n in range(1_002))])
    *listed, last = result.findings
    assert [finding.code for finding in listed] == 1_000 * ["discarded-record"]
    assert last.message == "more findings: at least 2, errors among them: 0"
    assert (result.ok, result.text, result.fixed) == (True, GOOD, None)


# --- Versions and wrappings -----------------------------------------------------------------------

_SPELLINGS: Final = (
    *("v=TLSRPTv1", "v=TSLRPTv1", "v=TLSRPT1", "v=TLSRPT", "v=TLS-RPTv1", "v=TLS_RPTv1"),
    *("v=TLSRPTvl", "v=TSLPRTv1", "v:TLSRPTv1", "v==TLSRPTv1", "version=TLSRPTv1"),
    *("TLSRPTv1", "v TLSRPTv1", "V=tlsrptv1", "v = TLSRPT v1"),
)
_AROUND: Final = (
    *('"{}"', "Value: {}", '_smtp._tls.example.com. 3600 IN TXT "{}"', "_smtp._tls TXT {}"),
    '{{"data": "{}"}}',
)


@pytest.mark.parametrize("around", _AROUND)
@pytest.mark.parametrize("version", _SPELLINGS)
def test_a_version_is_recognized_in_every_wrapping(version: str, around: str) -> None:
    text = f"{version}; rua=mailto:tls@example.com"
    result = check(around.format(text))
    assert result.fixed == check(text).fixed == "v=TLSRPTv1; rua=mailto:tls@example.com"
    assert ("misspelled-version" in codes(result)) == ("misspelled-version" in codes(check(text)))


@pytest.mark.parametrize("wrapping", WRAPPINGS, ids=[one.name for one in WRAPPINGS])
def test_a_wrapping_is_taken_off(wrapping: Wrapping) -> None:
    """Its case is read by its own row, and by none before it."""
    result = check(wrapping.case)
    assert (codes(result)[0], result.fixed) == (
        "text-before",
        "v=TLSRPTv1; rua=mailto:tls@example.com",
    )
    before = wrapping.case[slice(*result.findings[0].span)]
    assert next(one for one in WRAPPINGS if one.front.fullmatch(before)) is wrapping
