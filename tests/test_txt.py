"""Character-strings: splitting, joining, and every form of a TXT record (RFC 1035 section 3.3)."""

from __future__ import annotations

from enum import Enum

import pytest

from tlsrpt import TLSRPTError, join_txt, split_txt
from tlsrpt.txt import MAX_VALUE, plain, read_txt


@pytest.mark.parametrize(
    ("value", "lengths"),
    [
        ("", [0]),
        (b"", [0]),
        ("x", [1]),
        (254 * "x", [254]),
        (255 * "x", [255]),
        (256 * "x", [255, 1]),
        (510 * b"x", [255, 255]),
        (511 * b"x", [255, 255, 1]),
        (128 * "ü", [255, 1]),
    ],
)
def test_split(value: str | bytes, lengths: list[int]) -> None:
    assert [len(string) for string in split_txt(value)] == lengths


def test_the_longest_value_fills_the_rdata() -> None:
    strings = split_txt(MAX_VALUE * "x")
    assert sum(len(string) + 1 for string in strings) == 65_535
    with pytest.raises(TLSRPTError, match="65,280 octets") as caught:
        split_txt((MAX_VALUE + 1) * "x")
    assert caught.value.code == "too-long"


def test_join() -> None:
    assert join_txt([b"v=TLSRPTv1;", " rua=", b"mailto:tls@example.com"]) == (
        "v=TLSRPTv1; rua=mailto:tls@example.com"
    )
    assert join_txt([]) == ""
    assert join_txt([300 * b"x"]) == 300 * "x"
    assert join_txt(["ü".encode()[:1], "ü".encode()[1:]]) == "ü"


@pytest.mark.parametrize(
    ("strings", "said"),
    [
        ([b"\xff"], "octet 0xFF"),
        ([b"\xc3", b"x"], "octet 0xC3"),
        (["\ud800"], "octet 0xED"),
        ([b"a\xff\x80"], "octet 0xFF"),
    ],
)
def test_join_takes_only_utf_8(strings: list[bytes], said: str) -> None:
    with pytest.raises(TLSRPTError, match=said) as caught:
        join_txt(strings)
    assert caught.value.code == "not-utf-8"


def test_split_refuses_a_lone_surrogate() -> None:
    with pytest.raises(TLSRPTError, match="D800") as caught:
        split_txt("a\ud800")
    assert caught.value.code == "not-utf-8"


@pytest.mark.parametrize("value", [None, 1, ["x"], bytearray(b"x")])
def test_split_takes_str_and_bytes(value: str) -> None:
    with pytest.raises(TypeError, match="str or bytes"):
        split_txt(value)


@pytest.mark.parametrize("strings", ["one", b"one"])
def test_join_takes_no_bare_string(strings: str) -> None:
    with pytest.raises(TypeError, match="iterable of strings"):
        join_txt(strings)


@pytest.mark.parametrize("strings", [[1], [None], [["x"]]])
def test_a_character_string_is_str_or_bytes(strings: list[str]) -> None:
    with pytest.raises(TypeError, match="a character-string is str or bytes"):
        join_txt(strings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("abc", "abc"),
        (b"abc", "abc"),
        (["a", "bc"], "abc"),
        ((b"a", "bc"), "abc"),
        (dict.fromkeys([b"ab", b"c"]), "abc"),
        ("ü".encode(), "ü"),
        (["ü".encode()[:1], "ü".encode()[1:]], "ü"),
        (b"a\xffb", "a\udcffb"),
        ([b"a\xff", b"b"], "a\udcffb"),
    ],
)
def test_every_form_of_a_txt_record(text: str, value: str) -> None:
    assert read_txt(text) == value


def test_plain_text_of_a_subclass_is_its_value() -> None:
    class Domain(str, Enum):  # noqa: UP042 - what people write, and it prints as Domain.A
        A = "example.com"

    text = plain(Domain.A)
    assert type(text) is str
    assert text == "example.com"
    assert plain(text) is text
