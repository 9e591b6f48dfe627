"""What `parse` makes of a record (RFC 8460 section 3); the numbers are of docs/conformance.md.

What it accepts and rejects is in tests/data/valid.txt and invalid.txt, and what it says of a text
that it rejects in tests/data/diagnosis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlsrpt import Extension, ParseError, TLSRPTRecord
from tlsrpt.txt import MAX_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable

V = "v=TLSRPTv1"
A = "mailto:a@b.example"
B = "https://r.example/v1"


def parsed(text: str | bytes | Iterable[str | bytes]) -> tuple[list[str], list[tuple[str, str]]]:
    record = TLSRPTRecord.parse(text)
    return [str(uri) for uri in record.rua], [(name, value) for name, value in record.extensions]


@pytest.mark.parametrize("end", ["", ";", " ; ", ";\t"])
def test_r3_whitespace_around_delimiters_is_dropped(end: str) -> None:
    assert parsed(f"{V} \t;\t rua={A}{end}") == ([A], [])


@pytest.mark.parametrize(
    ("fields", "uris"),
    [
        (f"rua={A},{B}", [A, B]),
        (f"rua={A} , \t{B}", [A, B]),
        (f"rua={A};rua={B}", [A, B]),
        (f"rua={B};x=1;rua={A},{B}", [B, A, B]),
    ],
)
def test_r5_all_uris_of_all_rua_fields_count_in_order(fields: str, uris: list[str]) -> None:
    assert parsed(f"{V};{fields}")[0] == uris


@pytest.mark.parametrize(
    "uri", ["MAILTO:A@B?x", "https://U:p@R.example:/%2c", "https:///", "x:/-._~$&'()*+=:@%2C"]
)
def test_r6_uris_are_kept_unaltered(uri: str) -> None:
    assert parsed(f"{V};rua={uri}") == ([uri], [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("0", "!"),
        (32 * "a", "x"),
        ("RUA", "anything"),
        ("v", "TLSRPTv2"),
        ("x", "".join(map(chr, [*range(0x21, 0x3B), 0x3C, *range(0x3E, 0x7F)]))),
    ],
)
def test_r8_to_r10_extensions(name: str, value: str) -> None:
    assert parsed(f"{V};{name}={value};rua={A}") == ([A], [(name, value)])


def test_r11_a_name_may_recur() -> None:
    record = TLSRPTRecord.parse(f"{V};x=1;rua={A};x=1;x=2")
    assert record.extensions == (Extension("x", "1"), Extension("x", "1"), Extension("x", "2"))


@pytest.mark.parametrize(
    "strings",
    [
        ["v=TLSRPTv1;", f"rua={A}"],
        (b"v=TLS", b"", b"RPTv1;rua=mailto:a", b"@b.example"),
        dict.fromkeys([f"{V};rua={A}".encode()]),
        f"{V};rua={A}".encode(),
    ],
)
def test_r12_several_strings_are_joined_with_nothing_between(
    strings: bytes | Iterable[str | bytes],
) -> None:
    assert parsed(strings) == ([A], [])


def test_an_error_marks_the_place() -> None:
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.parse(f"{V}; rua={A},c@d.example")
    error = caught.value
    assert error.code == "bare-address"
    assert error.text[slice(*error.span)] == "c@d.example"
    assert str(error).endswith(f"\n    {error.text}\n    {35 * ' '}^^^^^^^^^^^")


def test_an_octet_that_is_not_utf_8_is_kept() -> None:
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.parse(b"v=TLSRPTv1; rua=mailto:a\xff@b.example")
    assert caught.value.text == "v=TLSRPTv1; rua=mailto:a\udcff@b.example"


def test_the_longest_record() -> None:
    text = f"{V}; rua={A}; x="
    longest = text + (MAX_VALUE - len(text)) * "x"
    record = TLSRPTRecord.parse(longest)
    assert record.value == longest
    assert sum(len(string) + 1 for string in record.strings) == 65_535
    with pytest.raises(ParseError, match=f"{MAX_VALUE + 1:,} octets"):
        TLSRPTRecord.parse(longest + "x")


def test_a_record_whose_canonical_form_is_too_long_is_rejected() -> None:
    """The deviation from the grammar: its value could not be published."""
    fields = 13_000 * ";x=1"
    room = MAX_VALUE - len(f"{V}; rua={A},{B}; y=") - 13_000 * len("; x=1")
    longest = f"{V};rua={A},{B}{fields};y=" + room * "1"
    assert len(longest) < MAX_VALUE - 13_000
    assert len(TLSRPTRecord.parse(longest).value) == MAX_VALUE
    with pytest.raises(ParseError, match=f"{MAX_VALUE + 1:,} octets"):
        TLSRPTRecord.parse(longest + "1")
