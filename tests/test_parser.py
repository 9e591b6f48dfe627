"""What `parse` accepts and refuses, rule by rule (RFC 8460 section 3): R2 to R12."""

from __future__ import annotations

import pytest

from tlsrpt import Extension, ParseError, TLSRPTRecord
from tlsrpt._parser import read
from tlsrpt.txt import MAX_VALUE

V = "v=TLSRPTv1"
A = "mailto:a@b.example"
B = "https://r.example/v1"


def accepted(text: str, *uris: str, extensions: tuple[tuple[str, str], ...] = ()) -> None:
    record = TLSRPTRecord.parse(text)
    assert record.rua == uris
    assert record.extensions == extensions


def refused(text: str, code: str, place: str) -> None:
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.parse(text)
    error = caught.value
    assert error.code == code
    assert error.text == text
    start, end = error.span
    assert isinstance(start, int)
    assert text[start:end] == place


@pytest.mark.parametrize(
    "text",
    [
        f"{V};rua={A}",
        f"{V}; rua={A}",
        f"{V};rua={A};",
        f"{V};rua={A} ; ",
        f"{V};rua={A};\t",
        f"{V} \t;\t rua={A}",
    ],
)
def test_r2_and_r3_a_record_and_its_delimiters(text: str) -> None:
    accepted(text, A)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "empty-record", ""),
        (" \t\n", "empty-record", " \t\n"),
        (V, "missing-rua", ""),
        (f"{V};", "missing-rua", ""),
        (f"{V} ", "missing-rua", ""),
        (f" {V};rua={A}", "outer-white-space", " "),
        (f"{V};rua={A} ", "outer-white-space", " "),
        (f"{V};rua={A}; \u00a0", "outer-white-space", " \u00a0"),
        (f"{V};rua={A}\n", "line-end", "\n"),
        (f"{V};rua={A}\r\n", "line-end", "\r\n"),
        (f"\ufeff{V};rua={A}", "control-character", "\ufeff"),
        (f"{V};;rua={A}", "empty-field", ";;"),
        (f"{V}; ;rua={A}", "empty-field", " ;"),
        (f"{V};rua={A};;", "empty-field", ";;"),
        (f"{V}\n;rua={A}", "stray-character", "\n"),
        (f"{V};\nrua={A}", "stray-character", "\n"),
        (f"{V};\u00a0rua={A}", "stray-character", "\u00a0"),
        (f"{V},rua={A}", "missing-delimiter", ","),
        (f"{V} rua={A}", "missing-delimiter", " "),
    ],
)
def test_r2_and_r3_refusals(text: str, code: str, place: str) -> None:
    refused(text, code, place)


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("V=TLSRPTv1", "version-case"),
        ("v=tlsrptv1", "version-case"),
        ("v=TLSRPTV1", "version-case"),
        ("v =TLSRPTv1", "version-white-space"),
        ("v= TLSRPTv1", "version-white-space"),
        ("v=TLSRPT v1", "version-white-space"),
        ("v:TLSRPTv1", "misspelt-version"),
        ("v=TSLRPTv1", "misspelt-version"),
        ("v=TLSRPT1", "misspelt-version"),
        ("v=TLSRPT", "misspelt-version"),
        ("v=TLS-RPTv1", "misspelt-version"),
        ("version=TLSRPTv1", "misspelt-version"),
        ("v=TLSRPTv2", "unknown-version"),
        ("v=TLSRPTv11", "unknown-version"),
        ("v=TLSRPTv1.0", "unknown-version"),
        ("v=", "unknown-version"),
        ("v=foo", "unknown-version"),
        ("v=spf1", "wrong-record"),
        ("v=DMARC1", "wrong-record"),
        ("v=STSv1", "wrong-record"),
        ("v=BIMI1", "wrong-record"),
        ("version: STSv1", "wrong-record"),
    ],
)
def test_r4_the_version(version: str, code: str) -> None:
    refused(f"{version};rua={A}", code, version)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (f"rua={A}", "missing-version", ""),
        (f"rua={A}; {V}", "version-not-first", V),
        (f"{V}x;rua={A}", "unknown-version", f"{V}x"),
        (f"{V}rua={A}", "missing-delimiter", "r"),
        (f'"{V};rua={A}"', "surrounding-quotes", '"'),
        (f"`{V};rua={A}`", "surrounding-quotes", "`"),
        (f"{V}\\;rua={A}", "escaped-semicolon", "\\"),
        (
            f'_smtp._tls.b.example. 60 IN TXT "{V};rua={A}"',
            "zone-line",
            "_smtp._tls.b.example. 60 IN TXT ",
        ),
        (
            f"_smtp-tlsrpt.b.example. TXT {V};rua={A}",
            "pre-standard-name",
            "_smtp-tlsrpt.b.example.",
        ),
    ],
)
def test_r4_what_stands_before_the_version(text: str, code: str, place: str) -> None:
    refused(text, code, place)


def test_r5_uris_and_rua_fields_count_in_order() -> None:
    accepted(f"{V};rua={A},{B}", A, B)
    accepted(f"{V};rua={A} , \t{B}", A, B)
    accepted(f"{V};rua={A};rua={B}", A, B)
    accepted(f"{V};x=1;rua={A};y=2;rua={B};", A, B, extensions=(("x", "1"), ("y", "2")))


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (f"{V};rua=", "empty-rua", ""),
        (f"{V};rua=;rua={A}", "empty-rua", ""),
        (f"{V};rua={A},", "empty-uri", ""),
        (f"{V};rua=,{A}", "empty-uri", ""),
        (f"{V};rua={A},,{B}", "empty-uri", ""),
        (f"{V};rua= {A}", "white-space-around-equals", " "),
        (f"{V};rua ={A}", "white-space-around-equals", " ="),
        (f"{V};RUA={A}", "rua-case", "RUA"),
        (f"{V};ruf={A}", "ruf-for-rua", "ruf"),
        (f"{V};rau={A}", "misspelt-rua", "rau"),
        (f"{V};x=1", "missing-rua", ""),
        (f"{V};rua", "field-without-equals", "rua"),
        (f"{V};rua:{A}", "field-without-equals", "rua:"),
        (f"{V};rua {A}", "field-without-equals", "rua "),
        (f"{V};{A}", "uri-outside-rua", A),
        (f"{V};rua={A};{B}", "uri-outside-rua", B),
        (f"{V};rua={A} {B}", "uris-badly-parted", " "),
        (f"{V};rua={A},rua={B}", "rua-in-list", "rua="),
        (f"{V};x=1 rua={A}", "missing-delimiter", " "),
    ],
)
def test_r5_refusals(text: str, code: str, place: str) -> None:
    refused(text, code, place)


@pytest.mark.parametrize(
    "uri",
    [
        "mailto:",
        "mailto:a@b.example?subject=x&body=%20",
        "MAILTO:A@B",
        "https://r.example",
        "https://u:p@r.example:/",
        "https://r.example:99999/?a?b/c#d?e/f",
        "https://[::1]/",
        "https://[2001:db8::192.0.2.1]/",
        "https://[1:2:3:4:5:6:7:8]/",
        "https://[v1.a:b$&'()*+=]/",
        "https://[VF.x]/",
        "https://256.1.1.1/",
        "https://%41.example/",
        "https:///",
        "https:/a",
        "https:a//b",
        "a:",
        "A+-.9:b@c:d",
        "urn:%00%ff",
        "x:/-._~$&'()*+=:@%2C",
    ],
)
def test_r6_and_r7_uris_in_the_grammar(uri: str) -> None:
    accepted(f"{V};rua={uri}", uri)


@pytest.mark.parametrize(
    ("uri", "code", "place"),
    [
        ("a@b.example", "bare-address", "a@b.example"),
        ("r.example/v1", "missing-scheme", "r.example/v1"),
        ("//r.example/", "missing-scheme", "//r.example/"),
        ("1a:b", "missing-scheme", "1a:b"),
        (":", "missing-scheme", ":"),
        ("mailto:a!b@c", "unencoded-character", "!"),
        ("mailto:a@b!10m", "dmarc-size-limit", "!10m"),
        ("mailto: a@b.example", "space-after-scheme", " "),
        ("mailto:ü@b.example", "non-ascii", "ü"),
        ("mailto:a@b\x00", "control-character", "\x00"),
        ("mailto:a@b\udcff", "not-utf-8", "\udcff"),
        ("mailto:a@b\nx", "uri-white-space", "\n"),
        ("https://r.example/a b", "uri-white-space", " "),
        ("<mailto:a@b.example>", "wrapped-uri", "<mailto:a@b.example>"),
        ('"mailto:a@b.example"', "wrapped-uri", '"mailto:a@b.example"'),
        ("https://r.example/\\x", "uri-character", "\\"),
        ("https://r.example/\\", "escaped-semicolon", "\\"),
        ("https://r.example/^", "uri-character", "^"),
        ("https://r.example/%zz", "bad-percent-encoding", "%zz"),
        ("https://r.example/%a", "bad-percent-encoding", "%a"),
        ("https://r.example/%", "bad-percent-encoding", "%"),
        ("https://[::1%25en0]/", "bad-uri", "https://[::1%25en0]/"),
        ("https://[::256.0.0.1]/", "bad-uri", "https://[::256.0.0.1]/"),
        ("https://[1:2:3:4:5:6:7]/", "bad-uri", "https://[1:2:3:4:5:6:7]/"),
        ("https://[::01.2.3.4]/", "bad-uri", "https://[::01.2.3.4]/"),
        ("https://[v.x]/", "bad-uri", "https://[v.x]/"),
        ("https://[::1/", "bad-uri", "https://[::1/"),
        ("https://r.example/[", "bad-uri", "https://r.example/["),
        ("https://r.example:x/", "bad-uri", "https://r.example:x/"),
        ("https://r.example/#a#b", "bad-uri", "https://r.example/#a#b"),
        ("https://a@b@r.example/", "bad-uri", "https://a@b@r.example/"),
    ],
)
def test_r6_uris_out_of_the_grammar(uri: str, code: str, place: str) -> None:
    refused(f"{V};rua={uri}", code, place)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a", "b"),
        ("0", "!"),
        ("a_-.9", "x"),
        (32 * "a", "x"),
        ("RUA", "anything"),
        ("ruax", "x"),
        ("v", "TLSRPTv2"),
        ("x", "\"\\,:<>@[]^`{|}~'"),
        ("x", "".join(map(chr, [*range(0x21, 0x3B), 0x3C, *range(0x3E, 0x7F)]))),
    ],
)
def test_r8_to_r11_extensions(name: str, value: str) -> None:
    accepted(f"{V};{name}={value};rua={A}", A, extensions=((name, value),))


def test_r11_a_name_may_recur() -> None:
    record = TLSRPTRecord.parse(f"{V};x=1;rua={A};x=1;x=2")
    assert record.extensions == (Extension("x", "1"), Extension("x", "1"), Extension("x", "2"))


@pytest.mark.parametrize(
    ("field", "code", "place"),
    [
        ("x", "field-without-equals", "x"),
        ("=x", "bad-extension-name", "="),
        ("_x=1", "bad-extension-name", "_x"),
        ("-x=1", "bad-extension-name", "-x"),
        ("x y=1", "bad-extension-name", "x y"),
        ("x,=1", "bad-extension-name", "x,"),
        ("ü=1", "bad-extension-name", "ü"),
        (33 * "a" + "=1", "bad-extension-name", 33 * "a"),
        ("x=", "empty-extension-value", "x="),
        ("x= 1", "white-space-around-equals", "= "),
        ("x =1", "white-space-around-equals", " ="),
        ("x=1=2", "bad-extension-value", "="),
        ("x==", "bad-extension-value", "="),
        ("x=1 2", "bad-extension-value", " "),
        ("x=ü", "bad-extension-value", "ü"),
        ("x=\x7fy", "bad-extension-value", "\x7f"),
        ("x=y\x7f", "stray-character", "\x7f"),
    ],
)
def test_r8_to_r10_refusals(field: str, code: str, place: str) -> None:
    refused(f"{V};{field};rua={A}", code, place)


@pytest.mark.parametrize(
    "strings",
    [
        ["v=TLSRPTv1;", f"rua={A}"],
        (b"v=TLS", b"", b"RPTv1;rua=mailto:a", b"@b.example"),
        dict.fromkeys([f"{V};rua={A}".encode()]),
        f"{V};rua={A}".encode(),
    ],
)
def test_r12_several_strings_are_joined_with_nothing_between(strings: str) -> None:
    accepted(strings, A)


def test_the_longest_record() -> None:
    text = f"{V}; rua={A}; x="
    longest = text + (MAX_VALUE - len(text)) * "x"
    record = TLSRPTRecord.parse(longest)
    assert record.value == longest
    assert sum(len(string) + 1 for string in record.strings) == 65_535
    refused(longest + "x", "too-long", longest + "x")


def test_a_record_whose_canonical_form_is_too_long_is_refused() -> None:
    """The deviation from the grammar: its value could not be published."""
    fields = 13_000 * ";x=1"
    room = MAX_VALUE - len(f"{V}; rua={A},{B}; y=") - 13_000 * len("; x=1")
    longest = f"{V};rua={A},{B}{fields};y=" + room * "1"
    assert len(longest) < MAX_VALUE - 13_000
    assert len(TLSRPTRecord.parse(longest).value) == MAX_VALUE
    refused(longest + "1", "too-long", longest + "1")
    (finding,) = read(longest + "1").findings
    assert finding.message.startswith(f"{MAX_VALUE + 1} octets")
    assert finding.message.endswith(f"({MAX_VALUE})")


def test_places_of_all_that_was_read() -> None:
    text = f" {V}; x=1 ;rua={A} , {B};"
    reading = read(text)
    assert [(text[start:end], sound) for _, start, end, sound in reading.uris] == [
        (A, True),
        (B, True),
    ]
    assert [text[start:end] for _, _, start, end in reading.extensions] == ["x=1"]
    assert [text[slice(*span)] for span in reading.rua_values] == [f"{A} , {B}"]
