"""Texts of a class of their own, such as an Enum: their value is taken, whatever they print as."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.deviations import DATA, SOUND
from tests.report.strategies import SOUND_REPORTS
from tlsrpt.report import FailureDetail, Policy, Report, ReportError, check_report, read_reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def lie(*_: object) -> str:
    return "lie"


# A text whose methods say something else.
Liar: Final[Any] = type(
    "Liar",
    (str,),
    {
        **dict.fromkeys(("__str__", "__repr__", "__format__", "lower", "strip", "encode"), lie),
        **dict.fromkeys(("__eq__", "isascii"), lambda *_: True),
        **dict.fromkeys(("__ne__", "startswith", "endswith"), lambda *_: False),
        **dict.fromkeys(("__hash__", "__len__"), lambda _: 0),
        "rpartition": lambda *_: ("lie", "@", "example.org"),
    },
)


def member(text: str) -> str:
    """The text as the member of an Enum."""

    class E(str, Enum):  # noqa: UP042 - it prints as E.A
        A = text

    return E.A


WRAPS: Final[list[Callable[[str], str]]] = [Liar, member]
A_WRAP: Final = pytest.mark.parametrize("wrap", WRAPS)


def wrapped(value: object, wrap: Callable[[str], str]) -> object:
    """The value, with each text in it of another class, and each part constructed anew."""
    if isinstance(value, str):
        return wrap(value)
    if isinstance(value, tuple):
        return [wrapped(item, wrap) for item in value]
    if isinstance(value, Report | Policy | FailureDetail):
        values: dict[str, Any] = {name: wrapped(each, wrap) for name, each in vars(value).items()}
        return type(value)(**values)
    return value


def texts(value: object) -> Iterator[str]:
    """All texts that a part holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, Report | Policy | FailureDetail):
        yield from texts(tuple(vars(value).values()))


@A_WRAP
def test_they_print_as_something_else(wrap: Callable[[str], str]) -> None:
    assert f"{wrap('a')!s}" in {"lie", "E.A"}


@given(SOUND_REPORTS, st.sampled_from(WRAPS))
def test_constructors_take_the_value(report: Report, wrap: Callable[[str], str]) -> None:
    again = wrapped(report, wrap)
    assert isinstance(again, Report)
    assert {type(each) for each in texts(again)} == {str}
    assert again == report
    assert again.to_json() == report.to_json()


@A_WRAP
def test_constructors_refuse_the_value(wrap: Callable[[str], str]) -> None:
    sound = Report.parse((DATA / SOUND).read_bytes())
    with pytest.raises(ReportError, match="report-id: a b does not fit into"):
        Report(**{**vars(sound), "report_id": wrap("a b")})


@A_WRAP
def test_documents(wrap: Callable[[str], str]) -> None:
    document = (DATA / SOUND).read_text("utf-8")
    report = Report.parse(document)
    # The value as it is, and a value that is read only in part.
    for data in (document, f"\ufeff {document}"):
        assert Report.parse(wrap(data)) == report
        assert check_report(wrap(data)) == check_report(data)
    for data in ('"a"', ""):
        with pytest.raises(ReportError):
            Report.parse(wrap(data))
        assert check_report(wrap(data)) == check_report(data)


@A_WRAP
def test_mail_and_names_of_files(wrap: Callable[[str], str]) -> None:
    report = Report.parse((DATA / SOUND).read_bytes())
    message = report.to_email(wrap("a@example.com"), wrap("b@example.com"))
    assert (message["To"], message["From"]) == ("a@example.com", "b@example.com")
    assert report.filename(unique_id=wrap("a1")) == report.filename(unique_id="a1")
    with pytest.raises(ReportError, match=r"^a@b@c\.example cannot be"):
        report.to_email(wrap("a@b@c.example"))
    with pytest.raises(ReportError, match=r"^a b "):
        report.filename(unique_id=wrap("a b"))


@A_WRAP
def test_paths(wrap: Callable[[str], str]) -> None:
    class Place:
        def __fspath__(self) -> str:
            return wrap(str(DATA / SOUND))

    for path in (wrap(str(DATA / SOUND)), Place()):
        (received,) = read_reports(path)
        assert type(received.source) is str
        assert Path(received.source) == DATA / SOUND
