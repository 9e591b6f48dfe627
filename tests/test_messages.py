"""The words of every mistake, as the person who made it reads them: `messages.txt`.

After a change of wording, `python -m tests.test_messages` writes the file anew, to be read through.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tlsrpt import ReportURI, TLSRPTError, TLSRPTRecord, check, normalize_domain, split_txt
from tlsrpt._parser import read

if TYPE_CHECKING:
    from collections.abc import Callable

FILE: Final = Path(__file__).with_name("messages.txt")

_DOORS: Final[dict[str, Callable[[str], object]]] = {
    "domain": normalize_domain,
    "uri": ReportURI,
    "zone": TLSRPTRecord.from_zone,
    "extension": lambda text: TLSRPTRecord(
        rua=["mailto:tls@example.com"],
        extensions=[(text.partition("=")[0], text.partition("=")[2])],
    ),
    "rrset": lambda text: TLSRPTRecord.from_rrset(text.splitlines()),
    "split": split_txt,
    "ttl": lambda text: TLSRPTRecord(rua=["mailto:tls@example.com"]).to_zone(int(text)),
}


def answers(door: str, text: str) -> list[str]:
    """What the door says of the text, a line for each mistake, and what `check` mends it into."""
    if door == "check":
        result = check(text)
        said = [
            f"{finding.severity} {finding.code} {finding.span}: {finding.message}; {finding.hint}"
            for finding in result.findings
        ]
        assert len(said) >= len(read(text).findings)
        return [*said, f"ok={result.ok} fixed={result.fixed}"]
    with pytest.raises(TLSRPTError) as caught:
        _DOORS[door](text)
    error = caught.value
    return [f"{error.code}: {error.message}; {error.hint}"]


def rendered(headings: list[str]) -> str:
    """The file: a door and a text, and what was said, indented."""
    lines: list[str] = []
    for heading in headings:
        door, _, literal = heading.partition(" ")
        lines += [
            heading,
            *(f"    {answer}" for answer in answers(door, ast.literal_eval(literal))),
        ]
    return "\n".join(lines) + "\n"


def headings() -> list[str]:
    return [
        line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith(" ")
    ]


def test_every_message_reads_as_it_was_approved() -> None:
    assert rendered(headings()) == FILE.read_text(encoding="utf-8")


def test_no_fact_is_missing_from_a_message() -> None:
    assert "None " not in FILE.read_text(encoding="utf-8")


if __name__ == "__main__":
    FILE.write_text(rendered(headings()), encoding="utf-8")
