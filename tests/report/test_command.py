"""`tlsrpt report`."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Final, TypeAlias
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.report.deviations import DATA, SOUND
from tests.report.documents import GONE, document, text
from tlsrpt.cli import main
from tlsrpt.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Run: TypeAlias = "Callable[..., tuple[int, str, str]]"

FILE = str(DATA / SOUND)

NO_DATES = "there is no usable date-range, so the report covers no known time"
NO_TEXT = "this is a list, not a string, and is ignored [wrong-type]"
NO_UTF_8 = "is not valid UTF-8; such octets are read as U+FFFD [invalid-utf-8]"
POINTER = "/policies/0/summary/total-failure-session-count"
NO_COUNT = "the number -3 is not a count, and is read as 0 [invalid-count]"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command: its exit status and what it wrote to either output."""

    def run_main(*arguments: str, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        status = main(["report", *arguments])
        return status, *capsys.readouterr()

    return run_main


def test_a_summary_in_words(run: Run) -> None:
    assert run(FILE) == (
        0,
        """\
1 report

example.com: 5,329 sessions, 3 failed

  by sender
    Sender Inc.  5,329 sessions, 3 failed
  by day
    2025-03-01  5,329 sessions, 3 failed

  certificate-expired: 3 sessions
    The certificate of your mail server had expired.
    Renew it, and make sure that the server loads the new certificate after each renewal.

For the server and sender of each failure, run: tlsrpt report --format csv PATH
""",
        "",
    )


def test_all_that_is_counted_is_said(run: Run) -> None:
    status, out, err = run(str(DATA / "relayed-twice.mbox"), str(DATA / "fetch-error.json"))
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == "2 reports; 1 duplicate left out; 1 without a report"
    assert "https://mta-sts.example.com/.well-known/mta-sts.txt" in out


def test_one_session_is_in_the_singular(run: Run) -> None:
    _, out, _ = run("-", given=(DATA / "no-policy-found-of-2019.json").read_bytes())
    assert "(not named): 1 session, 0 failed" in out


def test_what_has_no_name_or_no_meaning_here(run: Run) -> None:
    details = [
        {"result-type": None, "failed-session-count": 1},
        {"result-type": "sts-policy-invalid", "failed-session-count": 2},
        {"result-type": "\x1b[2J", "failed-session-count": 3},
    ]
    policy = {"policy": {}, "summary": {}, "failure-details": details}
    _, out, _ = run("-", given=text({"/policies/0": policy}).encode())
    assert "(not named): 3 sessions, 3 failed" in out
    assert "\\x1b[2J: 3 sessions\n    The sender uses a result type that RFC 8460" in out
    assert "mta-sts.txt" not in out
    assert "(not named): 1 session\n    The sender did not say what failed." in out
    assert "example.com" not in out


def test_the_advice_for_a_policy_without_a_domain(run: Run) -> None:
    detail = {"result-type": "sts-policy-fetch-error", "failed-session-count": 2}
    policy = {"policy": {}, "summary": {}, "failure-details": [detail]}
    _, out, _ = run("-", given=text({"/policies/0": policy}).encode())
    assert "https://mta-sts.YOUR-DOMAIN/.well-known/" in out
    assert "example.com" not in out


def test_a_result_type_without_a_count_is_shown(run: Run) -> None:
    changes = {"/policies/0/failure-details/0/failed-session-count": None}
    _, out, _ = run("-", given=text(changes).encode())
    assert "certificate-expired: not counted\n" in out


def test_a_missing_count_is_an_empty_cell(run: Run) -> None:
    pointer = "/policies/0/failure-details/0/failed-session-count"
    for changes, cell in ({pointer: GONE}, ""), ({pointer: 1}, "1"):
        _, out, _ = run("--format", "csv", "-", given=text(changes).encode())
        (row,) = csv.DictReader(io.StringIO(out))
        assert row["failed-session-count"] == cell


def test_unknown_types_have_one_advice(run: Run) -> None:
    names = [f"unknown-{number:03}" for number in range(300)]
    details = [{"result-type": name, "failed-session-count": 1} for name in names]
    _, out, _ = run("-", given=text({"/policies/0/failure-details": details}).encode())
    shown = "".join(f"  {name}: 1 session\n" for name in names)
    assert f"\n\n{shown}    The sender uses a result type that RFC 8460 does not define.\n" in out
    assert out.count("The sender uses") == 1


def test_what_a_type_means_to_those_who_send_it(run: Run) -> None:
    pointer = "/policies/0/failure-details/0/result-type"
    _, out, _ = run("-", given=text({pointer: "validation-failure"}).encode())
    assert "for a reason that no other type covers, or that the sender does not tell." in out
    assert "cipher" not in out
    _, out, _ = run("-", given=text({pointer: "tlsa-invalid"}).encode())
    assert "None of the TLSA records of your mail server is valid, or none matches its" in out


def test_a_file_of_another_program_beside_good_mail(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(gzip.compress(257 * b"a" + b"ustar"))
    status, out, err = run(FILE, str(tmp_path))
    assert (status, out.splitlines()[0]) == (1, "1 report")
    assert err == (
        f"tlsrpt report: {tmp_path}/a.tgz: this is a tar archive (.tar, .tgz), "
        "which cannot be read; unpack it [unsupported-format]\n"
    )


def test_a_domain_that_only_the_mail_names_is_called_a_claim(run: Run, tmp_path: Path) -> None:
    document = (DATA / "no-policy-domain.json").read_bytes()
    field = b"TLS-Report-Domain: example.com\nContent-Type: application/tlsrpt+json\n\n"
    (tmp_path / "1.eml").write_bytes(field + document)
    (tmp_path / "2.eml").write_bytes(field + document.replace(b"2025-03-01-", b"2-"))
    _, out, _ = run(str(tmp_path / "1.eml"))
    assert out.startswith("""\
1 report

example.com: 3 sessions, 0 failed
  For 1 report, this domain is the sender's claim: only TLS-Report-Domain of the mail names it.

  by sender
""")
    _, out, _ = run(str(tmp_path))
    assert "6 sessions, 0 failed\n  For 2 reports, this domain is" in out
    assert "claim" not in run(FILE)[1]


def test_an_empty_path_is_not_the_current_folder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["report", ""])
    assert caught.value.code == 2
    assert capsys.readouterr().err == (
        "tlsrpt report: argument PATH: it is empty; see tlsrpt report --help\n"
    )


def test_json_has_a_report_a_line(run: Run) -> None:
    status, out, _ = run("--format", "json", FILE, str(DATA / "relayed-twice.mbox"))
    assert status == 0
    assert [json.loads(line) for line in out.splitlines()] == 3 * [document({})]


def test_csv_has_a_failure_detail_a_row(run: Run) -> None:
    status, out, _ = run("--format", "csv", FILE, str(DATA / "details-exceed-total.json"))
    assert status == 0
    head, *rows = list(csv.reader(io.StringIO(out)))
    assert len(rows) == 3
    assert dict(zip(head, rows[0], strict=True)) == {
        "organization-name": "Sender Inc.",
        "start-datetime": "2025-03-01T00:00:00Z",
        "end-datetime": "2025-03-01T23:59:59Z",
        "contact-info": "postmaster@sender.example",
        "report-id": "2025-03-01-example.com",
        "policy-type": "sts",
        "policy-domain": "example.com",
        "result-type": "certificate-expired",
        "sending-mta-ip": "192.0.2.25",
        "receiving-mx-hostname": "mx2.example.com",
        "receiving-mx-helo": "",
        "receiving-ip": "198.51.100.7",
        "failed-session-count": "3",
        "additional-information": "",
        "failure-reason-code": "",
    }
    assert rows[1][-1].endswith('see "https://help.sender.example/tls?lang=en" (depth 0)')


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_is_a_formula(run: Run, start: str) -> None:
    hostile = {
        "/organization-name": f"{start}1+1",
        "/report-id": f"{start}cmd",
        "/policies/0/failure-details/0/failure-reason-code": f"{start}HYPERLINK()",
    }
    _, out, _ = run("--format", "csv", "-", given=text(hostile).encode())
    for cell in next(csv.reader(io.StringIO(out.partition("\n")[2]))):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))
        assert cell.isprintable()


HOSTILE_PLACES: Final = (
    *("/organization-name", "/contact-info", "/report-id", "/policies/0/policy/policy-domain"),
    *(f"/policies/0/failure-details/0/{name}" for name in ("result-type", "receiving-mx-helo")),
    "/policies/0/failure-details/0/failure-reason-code",
)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
PIECES: Final = st.sampled_from([*FORMULA, ",", ";", "|", "\n", '"', "'", " ", "\xa0", "\\", "a"])
HOSTILE: Final = st.lists(PIECES, max_size=8).map("".join)


@given(st.lists(HOSTILE, min_size=7, max_size=7))
@example(["a;=cmd|' /C calc'!A0;", 'a;"=1', ",; |+1", ' "" @A1', ";-1;-1", "a;", '"'])
def test_no_separator_makes_a_formula(texts: list[str]) -> None:
    report = Report.parse(text(dict(zip(HOSTILE_PLACES, texts, strict=True))))
    written = io.StringIO()
    given = io.TextIOWrapper(io.BytesIO(report.to_json().encode()))
    with redirect_stdout(written), mock.patch("sys.stdin", given):
        assert main(["report", "--format", "csv", "-"]) == 0
    for delimiter in ",;\t|":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            lines = written.getvalue().splitlines(keepends=True)
            for row in csv.reader(lines, delimiter=delimiter, quoting=quoting):
                for cell in row:
                    assert not cell.strip(' "').startswith(FORMULA), (delimiter, cell)


@pytest.mark.parametrize(
    ("given", "cell"),
    [
        ("a;=cmd|' /C calc'!A0;", "a;'=cmd|' /C calc'!A0;"),
        ('x; "=1', "x; \"'=1"),
        ("-5", "'-5"),
        ("TLS 1.2, -DES; a|@b", "TLS 1.2, '-DES; a|'@b"),
        ("lost connection - see a@b.example; +", "lost connection - see a@b.example; '+"),
        ("a=b; c-d, e+f | g@h", "a=b; c-d, e+f | g@h"),
        ("'=1", "'=1"),
    ],
)
def test_only_a_formula_is_altered(run: Run, given: str, cell: str) -> None:
    code = {"/policies/0/failure-details/0/failure-reason-code": given}
    _, out, _ = run("--format", "csv", "-", given=text(code).encode())
    assert list(csv.reader(io.StringIO(out)))[1][-1] == cell


@pytest.mark.parametrize("output", ["text", "json", "csv"])
def test_nothing_can_steer_the_terminal(run: Run, output: str) -> None:
    hostile = (DATA / "hostile-text.json").read_bytes()
    status, out, err = run("--format", output, "-", given=hostile)
    assert (status, err) == (0, "")
    assert out.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("given", "status", "complaint"),
    [
        (b"", 1, "standard input: there is no TLS report in it"),
        (b"Subject: Lunch\n\nNoon?", 1, "standard input: there is no TLS report in it"),
        (b"[1]", 1, "standard input: there is no TLS report in it"),
        (b"{}", 1, "standard input: there is no TLS report in it"),
        (b'{"policies": []}', 1, f"standard input: {NO_DATES} [missing-date-range]"),
        (
            text().encode() + b"\xff",
            0,
            f"standard input: read, but octet {len(text()):,} {NO_UTF_8}",
        ),
        (
            text({"/policies/0/summary/total-failure-session-count": -3}).encode(),
            0,
            f"standard input: read, but {POINTER}: {NO_COUNT}",
        ),
        (
            text({"/policies/0/summary": [], "/organization-name": []}).encode(),
            0,
            f"standard input: read, but /organization-name: {NO_TEXT} and 1 more error",
        ),
    ],
)
def test_complaints(run: Run, given: bytes, status: int, complaint: str) -> None:
    found, _, err = run("-", given=given)
    assert (found, err) == (status, f"tlsrpt report: {complaint}\n")


def test_what_cannot_be_read_does_not_stop_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "\x1b[2J").write_bytes(b'{"policies')
    status, out, err = run(str(tmp_path / "missing"), str(tmp_path), FILE)
    assert status == 1
    assert out.startswith("1 report\n")
    first, second = err.splitlines()
    assert first == f"tlsrpt report: {tmp_path}/missing: No such file or directory"
    assert second.startswith(f"tlsrpt report: {tmp_path}/\\x1b[2J: this is not JSON")


def test_a_path_without_a_report_is_named(run: Run, tmp_path: Path) -> None:
    for name in ("lunch", "dinner"):
        (tmp_path / name).write_bytes(b"Subject: Lunch\n\nNoon?")
    status, out, err = run(str(tmp_path), FILE)
    assert status == 1
    assert out.startswith("1 report; 2 without a report\n")
    assert err == f"tlsrpt report: {tmp_path}: there is no TLS report in it\n"


def test_standard_input_may_be_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["report", "-"]) == 1
    assert capsys.readouterr().out == "0 reports; 1 without a report\n"


class Terminal(io.StringIO):
    """What looks like a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("options", "shown", "progress"),
    [
        ([], True, "\r100 read"),
        (["--format=json"], True, None),
        (["--format=json"], False, "\r100 read"),
    ],
)
def test_progress_for_whoever_watches(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    options: list[str],
    *,
    shown: bool,
    progress: str | None,
) -> None:
    cleared = f"\r{20 * ' '}\r"
    for number in range(100):
        (tmp_path / str(number)).write_bytes(text().encode())
        if number < 98:
            continue
        errors = Terminal()
        monkeypatch.setattr(sys, "stderr", errors)
        monkeypatch.setattr(sys, "stdout", Terminal() if shown else io.StringIO())
        assert main(["report", *options, str(tmp_path)]) == 0
        after = "" if number == 98 else progress
        assert errors.getvalue() == ("" if progress is None else f"{after}{cleared}")


def test_a_complaint_is_not_forgotten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b'{"policies')
    (tmp_path / "two").write_bytes(2 * text().encode())
    assert run(str(tmp_path / "bad"), FILE)[0] == 1
    assert run(str(tmp_path / "bad"), str(tmp_path / "two"))[0] == 1
    assert run(str(tmp_path / "two"), FILE)[0] == 1


def test_the_formats_are_text_json_and_csv(run: Run) -> None:
    with pytest.raises(SystemExit) as caught:
        run("--format", "xml", FILE)
    assert caught.value.code == 2


def test_reports_printed_as_json_are_read_again(run: Run) -> None:
    _, out, _ = run("--format", "json", FILE)
    assert Report.parse(out) == Report.parse((DATA / SOUND).read_bytes())
    _, out, _ = run("--format", "json", FILE, str(DATA / "nulls.json"), FILE)
    assert run("--format", "json", "-", given=out.encode()) == (0, out, "")


def test_a_report_that_follows_another_without_a_line_end_is_not_read(run: Run) -> None:
    status, out, err = run("-", given=2 * text().encode())
    assert status == 1
    assert out.startswith("1 report\n")
    assert "another document follows the report, and is not read [second-document]" in err
