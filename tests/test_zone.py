"""Master-file form both ways (RFC 1035 section 5.1), with dnspython as the oracle."""

from __future__ import annotations

import dns.rdata
import dns.zone
import pytest
from dns.rdtypes.ANY.TXT import TXT
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import RECORDS
from tlsrpt import InvalidDomainError, ParseError, TLSRPTError, TLSRPTRecord
from tlsrpt._zone import read_rr

VALUE = "v=TLSRPTv1; rua=mailto:a@b.example"
HOST = "_smtp._tls.example.com."
MAILTO = "rua=mailto:a@b.example"


def read_by_dnspython(text: str) -> list[bytes]:
    """The strings of the one TXT record in a zone file."""
    zone = dns.zone.from_text(text, origin=".", relativize=False, check_origin=False)
    ((_, _, rdata),) = zone.iterate_rdatas("TXT")
    assert isinstance(rdata, TXT)
    return list(rdata.strings)


@given(RECORDS)
def test_dnspython_reads_what_to_zone_writes(record: TLSRPTRecord) -> None:
    assert tuple(read_by_dnspython(record.to_zone())) == record.strings


@given(st.lists(st.binary(max_size=255), min_size=1, max_size=4))
def test_we_read_what_dnspython_writes(strings: list[bytes]) -> None:
    rdata = dns.rdata.from_wire(
        "IN", "TXT", wire := b"".join(bytes([len(s)]) + s for s in strings), 0, len(wire)
    )
    assert read_rr(f"{HOST} 3600 IN TXT {rdata.to_text()}").strings == strings


RDATA = st.lists(
    st.sampled_from(
        [
            *' \t\n();"\\',
            *("v=TLSRPTv1", "rua", "=", "a b", '"v=TLSRPTv1; "', '"rua=mailto:a@b.example"'),
            *("\\059", "\\;", '\\"', "\\256", "\\\\", "; comment\n", "( ", ") ", "ü", "\r\n"),
        ]
    ),
    max_size=8,
).map("".join)


@given(RDATA)
@example("\\\r\n")
def test_we_and_dnspython_read_the_same_rdata(rdata: str) -> None:
    """Wherever both read a text, they read the same; and we read no text that dnspython rejects."""
    text = f"{HOST} 3600 IN TXT {rdata}"
    try:
        strings = read_rr(text).strings
    except ParseError:
        return
    # dnspython 2.7 knows no Windows line ends.
    assert read_by_dnspython(text.replace("\r\n", "\n")) == strings


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        (f'{HOST} 3600 IN TXT "{VALUE}"', "example.com"),
        (f'{HOST} IN 3600 TXT "{VALUE}"', "example.com"),
        (f'{HOST} 3600 TXT "{VALUE}"', "example.com"),
        (f'{HOST} IN TXT "{VALUE}"', "example.com"),
        (f'{HOST} TXT "{VALUE}"', "example.com"),
        (f'{HOST} 1w2d3h4m5s in txt "{VALUE}"', "example.com"),
        (f'{HOST}\t300\tIN\tTXT\t"{VALUE}"', "example.com"),
        (f'{HOST.upper()} TXT "{VALUE}"', "example.com"),
        (f'_smtp._tls.xn--bcher-kva.example. TXT "{VALUE}"', "xn--bcher-kva.example"),
        (f'_smtp._tls TXT "{VALUE}"', None),
        (f'_smtp._tls.mail TXT "{VALUE}"', None),
        (f'_smtp._tls.example.com TXT "{VALUE}"', None),
        (f'@ TXT "{VALUE}"', None),
        (f'  TXT "{VALUE}"', None),
        (f'\n\n ; a comment\n{HOST} TXT "{VALUE}" ; another\n\n;; and one more', "example.com"),
        (
            f'; <<>> DiG <<>>\r\n\r\n;; ANSWER SECTION:\r\n{HOST} 5 IN TXT "{VALUE}"\r\n',
            "example.com",
        ),
        (
            f'{HOST} TXT ( "v=TLSRPTv1;" ; version\n  " rua="\n "mailto:a@b.example" )',
            "example.com",
        ),
        (f'{HOST} (\n IN ) TXT "{VALUE}"', "example.com"),
        (f"{HOST} TXT v=TLSRPTv1\\;\\032rua=mailto:a@b.example", "example.com"),
        (f"{HOST} TXT v=TLSRPTv1\\059 rua=mailto:a@b.example", "example.com"),
        (f'{HOST} TXT "v=TLSRPTv1;" rua=mailto:a@b.example', "example.com"),
        (f'{HOST} TXT "v=\\TLSRPTv1; \\114ua=mailto:a@b.example"', "example.com"),
        (f'{HOST} TXT "" "{VALUE}"', "example.com"),
        # RFC 1035 section 5.1: an escape of a character that needs none
        (f'\\_smtp.\\_tls.example.com. IN TXT "{VALUE}"', "example.com"),
        (f'\\_SMTP._tls.example.com. IN TXT "{VALUE}"', "example.com"),
        (f'\\_smtp.\\_tls IN TXT "{VALUE}"', None),
    ],
)
def test_forms_of_a_record(text: str, domain: str | None) -> None:
    record = TLSRPTRecord.from_zone(text)
    assert record.domain == domain
    assert record.rua == ("mailto:a@b.example",)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "zone-empty", ""),
        (" \n; only a comment\n", "zone-empty", " \n; only a comment\n"),
        (f'{HOST} TXT "{VALUE}', "zone-quote", '"'),
        (f'{HOST} TXT "v=TLSRPTv1;\n rua=mailto:a@b.example"', "zone-quote", '"'),
        (f'{HOST} TXT "\\', "zone-quote", '"'),
        (f"{HOST} TXT v=TLSRPTv1\\", "zone-escape", "\\"),
        (f"{HOST} TXT v=TLSRPTv1\\\nx", "zone-escape", "\\"),
        (f"{HOST} TXT v=TLSRPTv1\\\r\nx", "zone-escape", "\\"),
        (f'{HOST} TXT "v=TLSRPTv1\\\r\n"', "zone-quote", '"'),
        (f'{HOST} TXT "a\\256"', "zone-escape", "\\256"),
        (f'{HOST} TXT "a\\12"', "zone-escape", "\\"),
        (f'{HOST} TXT ( "{VALUE}"', "zone-parenthesis", f'( "{VALUE}"'),
        (f'{HOST} ( TXT ) ( "{VALUE}"', "zone-parenthesis", f'( "{VALUE}"'),
        (f'{HOST} ( ( TXT ) "{VALUE}"', "zone-parenthesis", f'( TXT ) "{VALUE}"'),
        (f'{HOST} TXT "{VALUE}" )', "zone-parenthesis", ")"),
        ("$ORIGIN example.com.", "zone-directive", "$ORIGIN"),
        (f'{HOST} MX 10 "{VALUE}"', "zone-not-txt", "MX"),
        (f'{HOST} CH TXT "{VALUE}"', "zone-not-txt", "CH"),
        (f'{HOST} IN IN TXT "{VALUE}"', "zone-not-txt", "IN"),
        (f'{HOST} 1 2 TXT "{VALUE}"', "zone-not-txt", "2"),
        (f'{HOST} "TXT" "{VALUE}"', "zone-not-txt", "TXT"),
        (f'{HOST} \u0131N TXT "{VALUE}"', "zone-not-txt", "\u0131N"),
        (f'{HOST} 1\u017f TXT "{VALUE}"', "zone-not-txt", "1\u017f"),
        (f"{HOST} IN", "zone-not-txt", f"{HOST} IN"),
        (f"{HOST} TXT ; nothing", "zone-no-strings", f"{HOST} TXT ; nothing"),
        (f"{HOST} TXT {256 * 'x'}", "zone-long-string", 256 * "x"),
        (f"; a comment\n{HOST} TXT {VALUE};x=1", "zone-unquoted", ";"),
        (f'{HOST} TXT "{VALUE}"\n{HOST} TXT "{VALUE}"', "zone-second-record", HOST),
        (f'{HOST} TXT "{VALUE}"\n{HOST}', "zone-second-record", HOST),
        (f'{HOST} TXT "v=TLSRPTv1;"\n  rua=mailto:a@b.example', "zone-second-record", MAILTO),
        (f'{HOST} IN TXT\n"{VALUE}"', "zone-line-end", VALUE),
        (f"{HOST} IN TXT\n  {VALUE}", "zone-line-end", "v=TLSRPTv1"),
        (f'{HOST} IN\r\n  TXT "{VALUE}"', "zone-line-end", "TXT"),
        (f'{HOST}\n\n{HOST} TXT "{VALUE}"', "zone-line-end", HOST),
        (f'{HOST} TXT "v=TLSRPTv1;"\n\t"rua=mailto:a@b.example"', "zone-line-end", MAILTO),
        (f'{HOST} TXT ( "v=TLSRPTv1;" )\n"rua=mailto:a@b.example"', "zone-line-end", MAILTO),
        (f"{HOST} TXT \n(\n)x", "zone-line-end", "x"),
        (f"{HOST} TXT {40_000 * 'x '}", "zone-long-rdata", "x"),
        (f'example.com. TXT "{VALUE}"', "zone-owner", "example.com."),
        (f'x_smtp._tls.example.com. TXT "{VALUE}"', "zone-owner", "x_smtp._tls.example.com."),
        (f'_smtp._tlsx. TXT "{VALUE}"', "zone-owner", "_smtp._tlsx."),
        (f'_smtp\\._tls.example.com. TXT "{VALUE}"', "zone-owner", "_smtp\\._tls.example.com."),
        (f'\\\\_smtp._tls.example.com. TXT "{VALUE}"', "zone-owner", "\\\\_smtp._tls.example.com."),
        (f'_smtp\\_tls.example.com. TXT "{VALUE}"', "zone-owner", "_smtp\\_tls.example.com."),
        (f'\\_smtp-tlsrpt.example. TXT "{VALUE}"', "pre-standard-name", "\\_smtp-tlsrpt.example."),
        (
            f'_smtp-tlsrpt.example.com. TXT "{VALUE}"',
            "pre-standard-name",
            "_smtp-tlsrpt.example.com.",
        ),
    ],
)
def test_refusals(text: str, code: str, place: str) -> None:
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.from_zone(text)
    error = caught.value
    assert error.code == code
    assert error.text == text
    start, end = error.span
    assert isinstance(start, int)
    assert text[start:end] == place


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f'_smtp._tls. TXT "{VALUE}"', "empty-domain"),
        (f'_smtp._tls.my_zone.example. TXT "{VALUE}"', "domain-character"),
        (f'_smtp._tls.exa\\mple. TXT "{VALUE}"', "domain-character"),
        (f'{HOST} TXT "v=TLSRPTv1; rua=a@b.example"', "bare-address"),
        (f'{HOST} TXT "v=TLSRPTv1;\\010rua=mailto:a@b.example"', "stray-character"),
        (f'{HOST} TXT "v=TLSRPTv1; rua=mailto:\\255@b.example"', "not-utf-8"),
        (f'{HOST} TXT "v=TLSRPTv1; rua=mailto:\ud800@b.example"', "not-utf-8"),
    ],
)
def test_refusals_of_what_the_record_holds(text: str, code: str) -> None:
    with pytest.raises(TLSRPTError) as caught:
        TLSRPTRecord.from_zone(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("owner", "origin", "domain"),
    [
        ("_smtp._tls", "example.com", "example.com"),
        ("_smtp._tls", "Bücher.Example.", "xn--bcher-kva.example"),
        ("_SMTP._TLS.Mail", "example.com", "mail.example.com"),
        ("\\_smtp.\\_tls.mail", "example.com", "mail.example.com"),
        ("_smtp._tls.example.com", "example.com", "example.com.example.com"),
        ("_smtp._tls.example.com.", "example.net", "example.com"),
        ("_smtp", "_tls.example.com", "example.com"),
        ("@", "_smtp._TLS.example.com.", "example.com"),
        ("", "example.com", None),
    ],
)
def test_an_owner_name_is_relative_to_the_origin(
    owner: str, origin: str, domain: str | None
) -> None:
    line = f'{owner} 300 IN TXT "{VALUE}"'
    assert TLSRPTRecord.from_zone(line, origin=origin).domain == domain


@pytest.mark.parametrize(
    ("owner", "origin", "code", "name"),
    [
        ("@", "example.com", "zone-owner", "example.com."),
        ("mail", "Example.com", "zone-owner", "mail.example.com."),
        ("_smtp", "example.com", "zone-owner", "_smtp.example.com."),
        ("_tls", "_smtp._tls.example.com", "zone-owner", "_tls._smtp._tls.example.com."),
        ("MAIL.example.", "example.com", "zone-owner", "MAIL.example."),
        ("_smtp-tlsrpt", "example.com", "pre-standard-name", "_smtp-tlsrpt.example.com."),
    ],
)
def test_names_that_no_sender_asks_for(owner: str, origin: str, code: str, name: str) -> None:
    text = f'{owner} TXT "{VALUE}"'
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.from_zone(text, origin=origin)
    assert (caught.value.code, caught.value.span) == (code, (0, len(owner)))
    assert name in caught.value.message.split()


@pytest.mark.parametrize("origin", ["", ".", "_smtp._tls", "_tls.", "tls@example.com", "a..b"])
def test_an_origin_is_a_domain(origin: str) -> None:
    """It is looked at first, even if the owner name does not need it."""
    for text in (f'{HOST} TXT "{VALUE}"', "nothing"):
        with pytest.raises(InvalidDomainError):
            TLSRPTRecord.from_zone(text, origin=origin)


@pytest.mark.parametrize("origin", [b"example.com", 1])
def test_an_origin_is_a_str(origin: str) -> None:
    with pytest.raises(TypeError, match="a zone is a str"):
        TLSRPTRecord.from_zone(f'{HOST} TXT "{VALUE}"', origin=origin)


# --- The data alone -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f'"{VALUE}"',
        VALUE,
        '"v=TLSRPTv1; " "rua=mailto:a@b.example"',
        '"v=TLSRPTv1; "\t  "rua=mailto:a@b.example" ',
        '"v=TLSRPTv1; ""rua=mailto:a@b.example"',
        f'"" "{VALUE}"',
        f'"{VALUE}"\n',
        f'"{VALUE}" \r\n\n',
        '"v=TLSRPTv1\\; \\114ua=mailto:a@b.example"',
    ],
)
def test_rdata(text: str) -> None:
    record = TLSRPTRecord.from_rdata(text, domain="Example.com")
    assert record == TLSRPTRecord.parse(VALUE, domain="example.com")
    assert TLSRPTRecord.from_rdata(text).domain is None


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('"v=TLSRPTv1;"\n"rua=mailto:a@b.example"', "rdata-character", "\n"),
        ('"v=TLSRPTv1;" \r\n "rua=mailto:a@b.example"', "rdata-character", "\r"),
        (f'"{VALUE}"\n\n"v=spf1 -all"', "rdata-character", "\n"),
        ('"v=TLSRPTv1;" rua=mailto:a@b.example', "rdata-character", "r"),
        (f'"{VALUE}" ; a comment', "rdata-character", ";"),
        ('"v=TLSRPTv1;" ( "rua=mailto:a@b.example" )', "rdata-character", "("),
        (f'"{VALUE}",', "rdata-character", ","),
        (f'"{VALUE}', "zone-quote", '"'),
        ('"v=TLSRPTv1;\n rua=mailto:a@b.example"', "zone-quote", '"'),
        ('"a\\256"', "zone-escape", "\\256"),
        (f'"{256 * "x"}"', "zone-long-string", 256 * "x"),
        (256 * f'"{255 * "x"}"', "zone-long-rdata", 255 * "x"),
        # Not in presentation form: the value itself
        (f' "{VALUE}"', "outer-whitespace", " "),
        (f"{VALUE}\n", "line-end", "\n"),
        (f"'{VALUE}'", "surrounding-quotes", "'"),
        ("", "empty-record", ""),
    ],
)
def test_refusals_of_rdata(text: str, code: str, place: str) -> None:
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.from_rdata(text)
    error = caught.value
    assert (error.code, error.text) == (code, text)
    assert text[slice(*error.span)] == place


def test_errors_in_the_value_of_rdata() -> None:
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.from_rdata('"v=TLSRPTv1; " "rua=a@b.example"')
    assert (caught.value.code, caught.value.text) == ("bare-address", "v=TLSRPTv1; rua=a@b.example")
    with pytest.raises(InvalidDomainError):
        TLSRPTRecord.from_rdata(f'"{VALUE}"', domain="a@b.example")


@pytest.mark.parametrize("text", [None, VALUE.encode(), [VALUE]])
def test_rdata_is_a_str(text: str) -> None:
    with pytest.raises(TypeError, match="record data is a str"):
        TLSRPTRecord.from_rdata(text)


def test_quotes_and_backslashes_survive() -> None:
    record = TLSRPTRecord(
        rua=["mailto:a@b.example"], domain="example.com", extensions=[("x", '"\\"\\\\')]
    )
    line = record.to_zone(ttl=0)
    assert line == f'{HOST} 0 IN TXT "{VALUE}; x=\\"\\\\\\"\\\\\\\\"'
    assert TLSRPTRecord.from_zone(line) == record


def test_a_large_record_goes_out_and_comes_back() -> None:
    record = TLSRPTRecord(
        rua=[f"https://r{number}.example/v1/tlsrpt" for number in range(300)], domain="example.com"
    )
    assert len(record.value) > 9_000
    assert TLSRPTRecord.from_zone(record.to_zone()) == record
    assert tuple(read_by_dnspython(record.to_zone())) == record.strings


@pytest.mark.parametrize("ttl", [-1, 2**31, pytest.param(10**5000, id="huge")])
def test_a_ttl_out_of_range(ttl: int) -> None:
    with pytest.raises(TLSRPTError) as caught:
        TLSRPTRecord(rua=["mailto:a@b.example"]).to_zone(ttl)
    assert caught.value.code == "bad-ttl"


def test_the_strings_fill_the_rdata_and_no_more() -> None:
    full = 255 * f'"{255 * "x"}" '
    assert len(read_rr(f'{HOST} TXT {full} "{254 * "x"}"').strings) == 256
    with pytest.raises(ParseError) as caught:
        read_rr(f'{HOST} TXT {full} "{255 * "x"}"')
    assert caught.value.code == "zone-long-rdata"


@pytest.mark.parametrize("ttl", [0, 2**31 - 1])
def test_the_bounds_of_a_ttl(ttl: int) -> None:
    assert f" {ttl} IN TXT " in TLSRPTRecord(rua=["mailto:a@b.example"]).to_zone(ttl)


def test_a_line_without_a_ttl() -> None:
    record = TLSRPTRecord(rua=["mailto:a@b.example"], domain="example.com")
    line = record.to_zone(ttl=None)
    assert line == f'{HOST} IN TXT "{VALUE}"'
    assert TLSRPTRecord.from_zone(line) == record
    assert record.to_zone() == f'{HOST} 3600 IN TXT "{VALUE}"'


@pytest.mark.parametrize("ttl", ["3600", 3600.0, True])
def test_a_ttl_is_an_int(ttl: int) -> None:
    with pytest.raises(TypeError, match="a TTL is an int"):
        TLSRPTRecord(rua=["mailto:a@b.example"]).to_zone(ttl)


@pytest.mark.parametrize("text", [None, b"x", ["x"]])
def test_a_resource_record_is_a_str(text: str) -> None:
    with pytest.raises(TypeError, match="a resource record is a str"):
        TLSRPTRecord.from_zone(text)
