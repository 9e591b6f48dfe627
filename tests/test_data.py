r"""The cases in `tests/data`: what is in the grammar, what `tlsrpt check` prints, and messages.

To add a case, write its comment and its `$` line, run `python -m tests.test_data`, which writes
what the code says under every `$` line, and review the diff.

In the files of the diagnosis, `# seen:` says where the cases under it were seen. Otherwise it is
one of these words: `slip`, a plain slip of the pen; `neighbor`, what must not be fixed, or not be
found; `sound`, a record without a finding; `law`, what is drawn because a text that is not in the
grammar has an error (law 8).

In all files a line that begins with `#` is a comment, and `\n`, `\r`, `\t`, `\\`, `\xNN` (an octet)
and `\uNNNN` (a character) are escapes.
"""

from __future__ import annotations

import contextlib
import io
import re
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tlsrpt import (
    CheckResult,
    Edit,
    FormError,
    ParseError,
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    check,
    generate,
    normalize_domain,
    split_txt,
)
from tlsrpt._display import visible
from tlsrpt.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA: Final = Path(__file__).parent / "data"
DIAGNOSIS: Final = sorted((DATA / "diagnosis").glob("*.txt"))
MESSAGES: Final = DATA / "messages.txt"

_IDNA: Final = re.compile(r"(?<=internationalized )name: .+; check")
_ESCAPE: Final = re.compile(r"((?:\\x[0-9a-f]{2})+)|\\u([0-9a-f]{4})|\\(.)")
_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def unescaped(line: str) -> str:
    """The text that a line of a data file stands for; a stray octet as in PEP 383."""
    return _ESCAPE.sub(_meant, line)


def _meant(escape: re.Match[str]) -> str:
    octets, character, letter = escape.groups()
    if octets:
        return bytes.fromhex(octets.replace("\\x", "")).decode("utf-8", "surrogateescape")
    return chr(int(character, 16)) if character else _LETTERS[letter]


def texts(path: Path) -> list[str]:
    """The texts of a file with one a line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [unescaped(line) for line in lines if line and not line.startswith("#")]


VALID: Final = texts(DATA / "valid.txt")
INVALID: Final = ["", *texts(DATA / "invalid.txt")]


@pytest.mark.parametrize("text", VALID)
def test_valid_texts_are_parsed(text: str) -> None:
    record = TLSRPTRecord.parse(text)
    assert record.rua
    assert TLSRPTRecord.parse(record.value) == record


@pytest.mark.parametrize("text", INVALID)
def test_invalid_texts_are_rejected(text: str) -> None:
    with pytest.raises(ParseError):
        TLSRPTRecord.parse(text)


# --- Files of `$` lines, each with what the code says under it ------------------------------------


class Case(NamedTuple):
    """A `$` line, and what stands under it."""

    place: str
    given: str
    said: list[str]
    seen: str


def cases(path: Path) -> Iterator[Case]:
    """The cases of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    seen = ""
    for number, line in enumerate(lines):
        if line.startswith("#"):
            seen = line.removeprefix("# seen: ") if line.startswith("# seen: ") else ""
        if line.startswith("$"):
            said = list(takewhile(_is_said, lines[number + 1 :]))
            yield Case(f"{path.name}:{number + 1}", line[2:], said, seen)


def _is_said(line: str) -> bool:
    return line != "" and line[0] not in "#$"


class Check(NamedTuple):
    """The arguments of `check` that a `$` line stands for."""

    text: str
    domain: str | None

    @classmethod
    def of(cls, given: str) -> Check:
        """Read a line such as `--domain example.com v=TLSRPTv1; rua=...`."""
        domain = re.match("--domain ([^ ]+) ", given)
        text = given[domain.end() :] if domain else given
        return cls(unescaped(text), domain and domain[1])

    def result(self) -> CheckResult:
        return check(self.text, domain=self.domain)


def diagnosis(given: str) -> list[str]:
    """What `tlsrpt check` prints, and the edits of its findings where they are not evident."""
    one = Check.of(given)
    output = io.StringIO()
    domain = [] if one.domain is None else ["--domain", one.domain]
    with contextlib.redirect_stdout(output):
        main(["check", *domain, "--", one.text])
    result = one.result()
    lines = [line.rstrip() or line for line in output.getvalue().splitlines()]
    if any(finding.fix for finding in result.findings) and (
        len(result.findings) > 1 or result.fixed is None
    ):
        fixes = [f"{finding.code} {_shown(finding.fix)}" for finding in result.findings]
        lines.append(f"  edits: {', '.join(fixes)}")
    return lines


def _shown(fix: tuple[Edit, ...] | None) -> str:
    edits = [f'{start}-{end} "{visible(text)}"' for start, end, text in fix or ()]
    return " ".join(edits) or "none"


def _extension(pair: str) -> TLSRPTRecord:
    name, _, value = pair.partition("=")
    return TLSRPTRecord(rua=["mailto:tls@example.com"], extensions=[(name, value)])


_RECORD: Final = TLSRPTRecord(rua=["mailto:tls@example.com"])
_ENTRIES: Final[dict[str, Callable[[str], object]]] = {
    "normalize_domain": normalize_domain,
    "ReportURI": ReportURI,
    "extension": _extension,
    "from_address": ReportURI.from_address,
    "from_rdata": TLSRPTRecord.from_rdata,
    "from_zone": TLSRPTRecord.from_zone,
    "from_zone_at": lambda text: TLSRPTRecord.from_zone(
        text.partition("\n")[2], origin=text.partition("\n")[0]
    ),
    "host_in": _RECORD.host_in,
    "host_of_example_com_in": _RECORD.with_domain("example.com").host_in,
    "from_rrset": lambda text: TLSRPTRecord.from_rrset(text.splitlines()),
    "to_zone": lambda text: _RECORD.to_zone(int(text)),
    "without_rua": _RECORD.without_rua,
    "split_txt": split_txt,
    "generate": lambda text: generate(text.partition("\n")[0], text.partition("\n")[2]),
}


def raised(given: str) -> TLSRPTError:
    """The error that a call raises."""
    name, _, argument = given.partition(" ")
    with pytest.raises(TLSRPTError) as caught:
        _ENTRIES[name](unescaped(argument))
    return caught.value


def message(given: str) -> list[str]:
    """The code, the message and the hint of the error that a call raises."""
    error = raised(given)
    if isinstance(error, FormError):
        return str(error).splitlines()
    # The second line of a parse error and the third draw the place.
    text = f"{error.code}: {error}".partition("\n")[0]
    return [_IDNA.sub("name: ...; check", text)]


CASES: Final = [case for path in DIAGNOSIS for case in cases(path)]
_MESSAGES: Final = list(cases(MESSAGES))


@pytest.mark.parametrize("case", CASES, ids=[case.place for case in CASES])
def test_the_diagnosis_is_as_the_file_says(case: Case) -> None:
    assert diagnosis(case.given) == case.said


@pytest.mark.parametrize("case", _MESSAGES, ids=[case.place for case in _MESSAGES])
def test_the_message_is_as_the_file_says(case: Case) -> None:
    assert message(case.given) == case.said


def test_each_case_says_where_it_was_seen() -> None:
    assert [case.place for case in CASES if not case.seen] == []


def test_forms_do_not_speak_of_rua() -> None:
    """Unless somebody has typed it: people at a form have no field of that name."""
    for case in _MESSAGES:
        if case.given.startswith(("ReportURI", "from_address", "generate")):
            assert "rua" in case.given or not any(
                "rua" in line.removeprefix("ruf-for-rua") for line in case.said
            )


@pytest.mark.parametrize("path", [*DIAGNOSIS, MESSAGES], ids=lambda path: path.name)
def test_a_file_is_in_its_form(path: Path) -> None:
    """Each `$` line is there once, and no message has lost a fact."""
    said = {case.given: case.said for case in cases(path)}
    assert len(said) == len(list(cases(path)))
    text = path.read_text(encoding="utf-8")
    assert written(path, said.__getitem__) == text
    assert "None " not in text


def written(path: Path, say: Callable[[str], list[str]]) -> str:
    """The file with what `say` says under each `$` line."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not _is_said(line):
            lines.append(line)
        if line.startswith("$"):
            lines += say(line[2:])
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for file in DIAGNOSIS:
        file.write_text(written(file, diagnosis), encoding="utf-8")
    MESSAGES.write_text(written(MESSAGES, message), encoding="utf-8")
