"""The search for wrong fixes: a small one, and that it finds what was wrong once."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests import search
from tests.search_texts import Sample, sample

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _untimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_SECONDS", math.inf)


def test_no_fix_names_somebody_else() -> None:
    outcomes = [search.outcome(sample(1, number)) for number in range(3_000)]
    assert [one for one in outcomes if one.wrong] == []
    assert sum(one.fixed is not None for one in outcomes) > 500


# What the library once wrote, or could, for each kind of fault.
V = "v=TLSRPTv1; rua="


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        # Strings that were joined into a destination that nobody wrote.
        (
            f'{V}"https://r.example.com" "tls@example.org"',
            f"{V}https://r.example.comtls@example.org",
        ),
        (f'{V}https://r.example.com"\n"MS=ms1', f"{V}https://r.example.comMS=ms1"),
        (f'{V}"mailto:a@example.com" "b.example"', f"{V}mailto:a@example.comb.example"),
        (f'"{V}mailto:a@example."\n"com"', f"{V}mailto:a@example.com"),
        # A dot taken out of another place.
        (f"{V}mailto:a@example.com.", f"{V}mailto:a@examplecom"),
        # Escapes of another program.
        (f"- '{V}mailto:O''Neil@example.com'", f"{V}mailto:O''Neil@example.com"),
        (rf"{V}https://\u0061.example.com/", f"{V}https://u0061.example.com/"),
        (rf"{V}mailto:\117ls@example.com", f"{V}mailto:117ls@example.com"),
        (rf"{V}mailto:a@\256.example.com", rf"{V}mailto:a@256.example.com"),
        # A part of a name.
        (f"{V}mailto:O'Neil@example.com", f"{V}mailto:Neil@example.com"),
        (f"{V}mailto:first.last@example.com", f"{V}mailto:last@example.com"),
        (f"{V}mailto:d=1@example.com", f"{V}mailto:1@example.com"),
        (f"{V}mailto:a/b@example.com", f"{V}mailto:b@example.com"),
        (f"{V}mailto:a@exam'ple.com", f"{V}mailto:a@exam"),
        (f"{V}https://r.example.com/", f"{V}https://example.com/"),
        (f"{V}mailto:a@example.com", f"{V}https://example.com/"),
        (f"value: '{V}https://r.example.com'", f"{V}https://r.example.com'"),
        # What looks like something else.
        (f"{V}mailto:tls@gօogle.com", f"{V}mailto:tls@xn--gogle-lkg.com"),
        (f"{V}mailto:tls@paypɑl.com", f"{V}mailto:tls@xn--paypl-3jc.com"),
        (f"{V}tls@gօogle.com", f"{V}mailto:tls@g%D6%85ogle.com"),
        (f"{V}mailto:\u202emoc.elpmaxe@slt", f"{V}mailto:moc.elpmaxe@slt"),
        (f"{V}mailto:a@-\u0378.example", f"{V}mailto:a@b.example"),
    ],
)
def test_another_destination_is_found(text: str, fixed: str) -> None:
    assert search.fault(Sample(text), fixed) == search.NAMES_ANOTHER


@pytest.mark.parametrize(
    ("one", "fixed", "wrong"),
    [
        (Sample(""), "v=TLSRPTv1", search.NOT_CANONICAL),
        (Sample(""), f"{V}mailto:a@example.com, mailto:b@example.com", search.NOT_CANONICAL),
        # It has an error.
        (Sample(f"{V}https://r.example:0/"), f"{V}https://r.example:0/", search.NOT_CANONICAL),
        (
            Sample(f"{V}mailto:a@example.com\nb@stranger.example"),
            f"{V}mailto:a@example.com,mailto:b@stranger.example",
            search.TAKES_IN,
        ),
        (
            Sample(f'{V}https://r.example.com/v1"\n"MS=ms1', {("//r.example.com", "/v1")}),
            f"{V}https://r.example.com/v1MS=ms1",
            search.OTHER_LIST,
        ),
        (
            Sample(rf'["\"{V}mailto:a@example.com; n=a\\\\b\""]', {("a@example.com", "")}),
            rf"{V}mailto:a@example.com; n=a\\b",
            search.ESCAPED,
        ),
        (
            Sample(f"{V}mailto:a@example.com,mailto:b@example.com; n=x"),
            f"{V}mailto:a@example.com; n=x",
            search.LEAVES_OUT,
        ),
        (
            Sample(f'"{V}mailto:a@example.com,https://example.com/b"'),
            f"{V}mailto:a@example.com",
            search.LEAVES_OUT,
        ),
    ],
)
def test_another_fault_is_found(one: Sample, fixed: str, wrong: str) -> None:
    assert search.fault(one, fixed) == wrong


@pytest.mark.parametrize(
    ("text", "named"),
    [
        # Strings of one record are joined on a line, or in parentheses.
        (f'"{V}mailto:a@exam" "ple.com"', f"{V}mailto:a@example.com"),
        (f'TXT ( "{V}mailto:a@exam"\n "ple.com" )', f"{V}mailto:a@example.com"),
        (rf'["\"{V}mailto:a@exam\" \"ple.com\""]', f"{V}mailto:a@example.com"),
        (f'{V}mailto:a@exam" "ple.com', f"{V}mailto:a@example.com"),
        # What was escaped is undone.
        (rf'"{V}https://b\195\188cher.example/"', f"{V}https://xn--bcher-kva.example/"),
        (rf"{V}mailto:\u0061@example.com", f"{V}mailto:a@example.com"),
        (f"- '{V}mailto:O''Neil@example.com'", f"{V}mailto:O'Neil@example.com"),
        (f"<p>{V}mailto:a&#64;example.com</p>", f"{V}mailto:a@example.com"),
        (f"{V}mailto:a＠example。com", f"{V}mailto:a@example.com"),
        # Endpoints with slips, and what is no host of a URL.
        (
            f"{V}htps:/r.example.com/,a@example.com",
            f"{V}https://r.example.com/,mailto:a@example.com",
        ),
        (f"{V}https:\\\\r.example.com./", f"{V}https://r.example.com./"),
        (
            f"{V}https://r.example'/,email/a@example.com",
            f"{V}https://r.example'/,mailto:a@example.com",
        ),
        (f"{V}mailto:%22a)b%22@example.com", f"{V}mailto:%22a)b%22@example.com"),
        (f"{V}https://u@[2001:db8::1]:8443/", f"{V}https://u@[2001:db8::1]:8443/"),
        (f"{V}mailto:,tel:1,mailto:b@日本語.example", f"{V}mailto:b@xn--wgv71a119e.example"),
        (f"{V}mailto:,tel:1,mailto:b@example.com", f"{V}mailto:,tel:1,mailto:b@example.com"),
    ],
)
def test_what_a_text_plainly_names_is_no_fault(text: str, named: str) -> None:
    assert search.fault(Sample(text), named) is None


def _checked(result: Callable[[str], str | None]) -> Callable[[str], object]:
    """A `check` that has fixes of its own, and no findings."""
    return lambda text: SimpleNamespace(findings=(), fixed=result(text))


def test_a_fault_is_printed_with_its_shortest_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = f"{V}mailto:a@elsewhere.example"
    monkeypatch.setattr(search, "check", _checked(lambda text: wrong if "ua" in text else None))
    assert search.main(["3"]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith(f"3 {search.NAMES_ANOTHER} ()\n    '")
    assert printed.endswith(f"    'ua'\n    -> {wrong}\n3 texts, 3 with a fix, 3 wrong\n")


def test_a_search_without_faults(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(search, "check", _checked(lambda _: None))
    assert search.main(["2", "7"]) == 0
    assert capsys.readouterr().out == "2 texts, 0 with a fix, 0 wrong\n"


def test_other_exceptions_and_slowness_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    text = Sample(f"{V}mailto:a@example.com")
    monkeypatch.setattr(search, "_SECONDS", -1)
    assert search.outcome(text).wrong == "takes too long"
    monkeypatch.setattr(search, "check", _checked(lambda text: text.encode().decode("utf-7")))
    assert search.outcome(Sample("\x80")).wrong == "raises UnicodeDecodeError"
