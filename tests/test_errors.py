"""The exceptions, their words, and text made safe to print."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tlsrpt
from tests.strategies import TEXTS
from tlsrpt import (
    FormError,
    FormProblem,
    InvalidDomainError,
    ParseError,
    TLSRPTError,
    TLSRPTRecord,
    generate,
)
from tlsrpt._catalogue import CATALOGUE, words
from tlsrpt._display import clipped, draw, name_of, visible


def test_one_root() -> None:
    kinds = [getattr(tlsrpt, name) for name in tlsrpt.__all__ if name.endswith("Error")]
    assert len(kinds) == 8
    assert all(issubclass(kind, TLSRPTError) and issubclass(kind, ValueError) for kind in kinds)


def test_an_error_tells_what_is_wrong_and_what_to_write() -> None:
    error = InvalidDomainError(*words("domain-is-address", domain="a@b", cure="b"))
    assert error.code == "domain-is-address"
    assert (
        str(error)
        == f"{error.message}; {error.hint}"
        == "a@b is an e-mail address, not a domain; write b"
    )


def test_a_parse_error_draws_the_place() -> None:
    with pytest.raises(ParseError) as caught:
        TLSRPTRecord.parse("v=TLSRPTv1; rua=tls@example.com")
    error = caught.value
    assert (error.code, error.span) == ("bare-address", (16, 31))
    assert str(error).splitlines() == [
        "tls@example.com is an e-mail address without mailto:; write mailto:tls@example.com",
        "    v=TLSRPTv1; rua=tls@example.com",
        "                    ^^^^^^^^^^^^^^^",
    ]
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(twin), twin.code, twin.span, twin.text) == (
        str(error),
        error.code,
        error.span,
        error.text,
    )


def test_a_form_error_lists_every_problem() -> None:
    with pytest.raises(FormError) as caught:
        generate("a@b.example", "\nTLS <c@b.example>\r\nhttp://r.example/")
    error = caught.value
    first = error.problems[0].error
    assert isinstance(first, InvalidDomainError)
    assert (error.code, error.message, error.hint) == (first.code, first.message, first.hint)
    assert str(error) == (
        "domain: a@b.example is an e-mail address, not a domain; write b.example\n"
        "endpoints, line 2: TLS <c@b.example> is an address with a name, as in a mail header; "
        "write mailto:c@b.example\n"
        "endpoints, line 3: senders report to https, not to http as in http://r.example/, "
        "and some ignore the whole record; "
        "write https:// if the server supports TLS"
    )


def test_a_form_error_pickles() -> None:
    with pytest.raises(FormError) as caught:
        generate("", ["x\x1b"])
    for error in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):  # noqa: S301
        assert type(error) is FormError
        assert str(error) == str(caught.value)
        assert error.code == caught.value.code
        assert [p[:3] for p in error.problems] == [p[:3] for p in caught.value.problems]
        assert [type(p.error) for p in error.problems] == [
            type(p.error) for p in caught.value.problems
        ]
        assert all(isinstance(problem, FormProblem) for problem in error.problems)


def test_a_printed_form_error_steers_no_terminal() -> None:
    with pytest.raises(FormError) as caught:
        generate("b\x1b[2J.example", "mailto:\u202e@b.example\n\x9b2J")
    assert str(caught.value).replace("\n", "").isprintable()


def test_every_mistake_has_words_and_a_hint() -> None:
    for code, mistake in CATALOGUE.items():
        assert code == code.lower().replace("_", "-")
        assert mistake.message
        assert mistake.hint
        assert not mistake.message.endswith(".")
        assert not mistake.hint.endswith(".")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ~", "plain ~"),
        ("ü漢", "ü漢"),
        ("\x00\x1b[31m\x7f", "\\x00\\x1b[31m\\x7f"),
        ("\x85\x9b\xa0\xad", "\\u0085\\u009b\\u00a0\\u00ad"),
        ("\u200b\u200d\u202e\u2028\u2066\ufeff", "\\u200b\\u200d\\u202e\\u2028\\u2066\\ufeff"),
        ("\u034f\u3164\ufe0f\U000e0100", "\\u034f\\u3164\\ufe0f\\U000e0100"),
        ("\ud800\udcff", "\\ud800\\xff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "character",
    [
        *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\ufe00\ufe0f\uffa0",
        *"\U000e0100\U000e01ef",
    ],
)
def test_what_is_drawn_as_nothing_is_made_visible(character: str) -> None:
    assert visible(character) == ascii(character).strip("'")


@given(st.text())
def test_nothing_visible_steers_a_terminal(text: str) -> None:
    assert visible(text).isprintable()


def test_clipped() -> None:
    assert clipped(80 * "x") == 80 * "x"
    assert clipped(81 * "x") == 80 * "x" + "..."


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("!", "'!'"),
        (" ", "U+0020 SPACE"),
        ("\n", "U+000A LINE FEED"),
        ("\x1b", "U+001B ESCAPE"),
        ("\x01", "U+0001"),
        ("ü", "U+00FC LATIN SMALL LETTER U WITH DIAERESIS"),
        ("\udc80", "the octet 0x80"),
        ("\udc7f", "U+DC7F"),
        ("\U0010ffff", "U+10FFFF"),
    ],
)
def test_name_of(character: str, name: str) -> None:
    assert name_of(character) == name


@pytest.mark.parametrize(
    ("text", "span", "drawn"),
    [
        ("xe\u0301a", (2, 3), "xe\u0301a\n ^"),
        ("xe\u0301a", (1, 3), "xe\u0301a\n ^"),
        ("xe\u0301a", (2, 4), "xe\u0301a\n ^^"),
        ("abc", (1, 2), "abc\n ^"),
        ("abc", (3, 3), "abc\n   ^"),
        ("", (0, 0), "\n^"),
        ("漢b", (1, 2), "漢b\n  ^"),
        ("a漢", (1, 2), "a漢\n ^^"),
        ("e\u0301b", (2, 3), "e\u0301b\n ^"),
        ("e\u20ddb", (2, 3), "e\u20ddb\n ^"),
        ("\uff21b", (1, 2), "\uff21b\n  ^"),
        ("üb", (1, 2), "üb\n ^"),
        ("\x1bb", (0, 1), "\\x1bb\n^^^^"),
        ("\x1bb", (1, 2), "\\x1bb\n    ^"),
        (100 * "x", (99, 100), 100 * "x" + "\n" + 99 * " " + "^"),
        (101 * "x", (0, 101), 65 * "x" + "...\n" + 65 * "^"),
        (101 * "x", (31, 32), "..." + 95 * "x" + "...\n" + 33 * " " + "^"),
        (101 * "x", (101, 101), "..." + 30 * "x" + "\n" + 33 * " " + "^"),
    ],
)
def test_draw(text: str, span: tuple[int, int], drawn: str) -> None:
    assert draw(text, span) == drawn


@given(TEXTS, st.data())
def test_a_drawing_is_two_short_lines(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    line, carets = draw(text, (start, end)).split("\n")
    assert line.isprintable()
    assert carets.strip(" ") == carets.count("^") * "^" != ""
