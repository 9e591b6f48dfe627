"""`tlsrpt report`."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import sys
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.report import months
from tests.report.deviations import DATA, SOUND
from tests.report.documents import GONE, document, text
from tests.report.months import MONTHS, month
from tlsrpt.cli import main
from tlsrpt.cli._report_items import End, Item, Unread, Wanted, item_of, read_block, size
from tlsrpt.cli.report import today
from tlsrpt.report import ReceivedReport, Report
from tlsrpt.report._item import read_item

if TYPE_CHECKING:
    from collections.abc import Callable

Run: TypeAlias = "Callable[..., tuple[int, str, str]]"

FILE = str(DATA / SOUND)
TODAY: Final = date(2025, 3, 2)
# What the first lines of the text are, for each of the invented months.
SCREENS: Final = Path(__file__).parent / "screens"

NO_DATES = "there is no usable date-range, so it is not known what time the report covers"
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


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlsrpt.cli.report.today", lambda: TODAY)


def test_a_summary_in_words(run: Run) -> None:
    assert run(FILE) == (
        0,
        """\
1 report on 2025-03-01

example.com: 5,329 sessions, 3 failed (<0.1%)

  The certificate of mx2.example.com had expired.
    3 sessions on 2025-03-01, also in the latest reports. Senders held this mail back, to try again later.
    Reported by Sender Inc. as certificate-expired.
    The result type says so: certificate-expired.
    To do: Renew it, and make sure that the server loads the new certificate after each renewal.

  MTA-STS: enforcing, mail held back
    Mail was held back in 3 of 5,329 sessions on 2025-03-01, at mx2.example.com, last on 2025-03-01.
    Reports cannot show senders that do not report, what your policy and MX records say today, or who really sent them.

  by sender
    Sender Inc.  5,329 sessions, 3 failed (<0.1%)
  by day
    2025-03-01  5,329 sessions, 3 failed (<0.1%)
""",  # noqa: E501 - as it is printed
        "",
    )


def test_all_that_is_counted_is_said(run: Run) -> None:
    status, out, err = run(str(DATA / "relayed-twice.mbox"), str(DATA / "fetch-error.json"))
    assert (status, err) == (0, "")
    assert (
        out.splitlines()[0]
        == "2 reports on 2025-03-01; 1 duplicate left out; 1 item without a report"
    )
    assert "https://mta-sts.example.com/.well-known/mta-sts.txt" in out


def test_a_sender_that_fell_silent_is_named(run: Run) -> None:
    reports = [
        months.report(sender, date(2025, 2, day), months.sts("enforce"), 9)
        for sender, day in (("A", 3), ("B", 3), ("B", 1))
    ]
    _, out, _ = run("-", given="\n".join(each.to_json() for each in reports[1:]).encode())
    assert "    B  18 sessions, 0 failed\n" in out
    reports[0] = months.report("A", date(2025, 2, 5), months.sts("enforce"), 9)
    _, out, _ = run("-", given="\n".join(each.to_json() for each in reports).encode())
    assert (
        "    B  18 sessions, 0 failed; last report on 2025-02-03\n    A  9 sessions, 0 failed\n"
    ) in out


def test_problems_that_may_be_over_are_told_last(run: Run) -> None:
    def failing(day: int, host: str, count: int) -> str:
        detail = months.detail("certificate-expired", host, count)
        return months.report("A", date(2025, 2, day), months.sts(), 9, detail).to_json()

    old = failing(1, "mx1.example.com", 9)
    given = "\n".join([old, *(failing(day, "mx2.example.com", 1) for day in range(2, 9))])
    _, out, _ = run("-", given=given.encode())
    assert out.index("mx2.example.com had expired") < out.index("mx1.example.com had expired")
    # In JSON, the largest is first.
    _, out, _ = run("--format", "summary", "-", given=given.encode())
    first, _ = json.loads(out)["domains"][0]["problems"]
    assert first["receiving-mx-hostname"] == "mx1.example.com"


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
    assert "(not named): 3 sessions, 3 failed (100%)" in out
    assert "  The sender uses a result type that RFC 8460 does not define.\n    3 sessions" in out
    assert "Reported by Sender Inc. as \\x1b[2J." in out
    assert "  The sender did not say what failed.\n    1 session" in out
    assert "Reported by Sender Inc. as (not named)." in out
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
    assert "  Not counted on 2025-03-01, also in the latest reports." in out


def test_a_missing_count_is_an_empty_cell(run: Run) -> None:
    pointer = "/policies/0/failure-details/0/failed-session-count"
    for changes, cell in ({pointer: GONE}, ""), ({pointer: 1}, "1"):
        _, out, _ = run("--format", "csv", "-", given=text(changes).encode())
        *_, row = csv.DictReader(io.StringIO(out))
        assert row["failed-session-count"] == cell


def test_the_csv_does_not_grow_out_of_proportion(run: Run) -> None:
    name, hosts = 100_000 * "x", [f"mx{number}.example.com" for number in range(2000)]
    details = 300 * [{"result-type": "certificate-expired", "failed-session-count": 1}]
    changes = {
        "/organization-name": name,
        "/policies/0/policy/mx-host": hosts,
        "/policies/0/failure-details": details,
    }
    _, out, _ = run("--format", "csv", "-", given=text(changes).encode())
    policy, *rows = csv.DictReader(io.StringIO(out))
    assert policy["organization-name"] == f"{name[:500]}..."
    assert policy["mx-host"].startswith("*.example.com mx0.example.com")
    assert {row["mx-host"] for row in rows} == {""}
    assert len(out) < 300_000


def test_unknown_types_have_one_advice(run: Run) -> None:
    names = [f"unknown-{number:03}" for number in range(300)]
    details = [{"result-type": name, "failed-session-count": 1} for name in names]
    _, out, _ = run("-", given=text({"/policies/0/failure-details": details}).encode())
    assert out.count("The sender uses a result type that RFC 8460 does not define.") == 1


def test_what_a_type_means_to_those_who_send_it(run: Run) -> None:
    pointer = "/policies/0/failure-details/0/result-type"
    _, out, _ = run("-", given=text({pointer: "validation-failure"}).encode())
    assert "for a reason that no other type covers, or that the sender does not give." in out
    assert "cipher" not in out
    _, out, _ = run("-", given=text({pointer: "tlsa-invalid"}).encode())
    assert (
        "None of the TLSA records of mx2.example.com matches its certificate, or none is valid."
        in out
    )


def test_a_file_of_another_program_beside_good_mail(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(gzip.compress(257 * b"a" + b"ustar"))
    status, out, err = run(FILE, str(tmp_path))
    assert (status, out.splitlines()[0]) == (1, "1 report on 2025-03-01")
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
1 report on 2025-03-01

example.com: 3 sessions, 0 failed
  1 report names no domain; the mail's TLS-Report-Domain header does. That is the sender's claim.

  MTA-STS: no policy in force
""")
    _, out, _ = run(str(tmp_path))
    assert "6 sessions, 0 failed\n  2 reports name no domain; the mail's" in out
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
    # Both are the same report, and it came by two mails.
    assert [json.loads(line) for line in out.splitlines()] == [document({})]


def test_csv_has_each_policy_and_each_failure(run: Run) -> None:
    status, out, _ = run("--format", "csv", FILE, str(DATA / "details-exceed-total.json"), FILE)
    assert status == 0
    head, *rows = list(csv.reader(io.StringIO(out)))
    policy = {
        "organization-name": "Sender Inc.",
        "start-datetime": "2025-03-01T00:00:00Z",
        "end-datetime": "2025-03-01T23:59:59Z",
        "contact-info": "postmaster@sender.example",
        "report-id": "2025-03-01-example.com",
        "policy-type": "sts",
        "policy-domain": "example.com",
        "policy-mode": "enforce",
        "mx-host": "*.example.com",
    }
    totals = {
        "total-successful-session-count": "5326",
        "total-failure-session-count": "3",
    }
    detail = {
        "result-type": "certificate-expired",
        "sending-mta-ip": "192.0.2.25",
        "receiving-mx-hostname": "mx2.example.com",
        "receiving-mx-helo": "",
        "receiving-ip": "198.51.100.7",
        "failed-session-count": "3",
        "additional-information": "",
        "failure-reason-code": "",
    }
    assert head == [*policy, *totals, *detail]
    first, second, *others = (dict(zip(head, row, strict=True)) for row in rows)
    assert first == policy | totals | dict.fromkeys(detail, "")
    assert second == policy | {"mx-host": ""} | dict.fromkeys(totals, "") | detail
    # The totals of the other report, and its two details.
    assert len(others) == 3
    assert others[1]["failure-reason-code"].endswith(
        'see "https://help.sender.example/tls?lang=en" (depth 0)'
    )
    assert [each["total-failure-session-count"] for each in others] == ["3", "", ""]


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
    assert list(csv.reader(io.StringIO(out)))[-1][-1] == cell


@pytest.mark.parametrize("output", ["text", "html", "json", "csv", "summary"])
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
    assert out.startswith("1 report on 2025-03-01\n")
    first, second = err.splitlines()
    assert first == f"tlsrpt report: {tmp_path}/missing: No such file or directory"
    assert second.startswith(f"tlsrpt report: {tmp_path}/\\x1b[2J: this is not JSON")


def test_a_path_without_a_report_is_named(run: Run, tmp_path: Path) -> None:
    for name in ("lunch", "dinner"):
        (tmp_path / name).write_bytes(b"Subject: Lunch\n\nNoon?")
    status, out, err = run(str(tmp_path), FILE)
    assert status == 1
    assert out.startswith("1 report on 2025-03-01; 2 items without a report\n")
    assert err == f"tlsrpt report: {tmp_path}: there is no TLS report in it\n"


def test_standard_input_may_be_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["report", "-"]) == 1
    assert capsys.readouterr().out == "0 reports; 1 item without a report\n"


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
    assert out.startswith("1 report on 2025-03-01\n")
    assert "another document follows the report, and is not read [second-document]" in err


# --- What counts ----------------------------------------------------------------------------------


def days(*numbers: int) -> bytes:
    """A report for each of some days in March, as JSON lines."""
    lines = [
        text(
            {
                "/date-range/start-datetime": f"2025-03-{number:02}T00:00:00Z",
                "/date-range/end-datetime": f"2025-03-{number:02}T23:59:59Z",
            }
        )
        for number in numbers
    ]
    return "\n".join(lines).encode()


def dates(out: str) -> list[int]:
    """The days in March of the reports that were printed as JSON."""
    return [
        int(json.loads(line)["date-range"]["start-datetime"][8:10]) for line in out.splitlines()
    ]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ([], [1, 2, 3, 4, 5]),
        (["--since", "2025-03-03"], [3, 4, 5]),
        (["--until", "2025-03-03"], [1, 2, 3]),
        (["--since", "2025-03-02", "--until", "2025-03-04"], [2, 3, 4]),
        # Today is the 6th.
        (["--since", "3d"], [3, 4, 5]),
        (["--since", "1d"], [5]),
        (["--since", "99999d"], [1, 2, 3, 4, 5]),
    ],
)
def test_the_days_that_count(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str], kept: list[int]
) -> None:
    monkeypatch.setattr("tlsrpt.cli.report.today", lambda: date(2025, 3, 6))
    given = days(1, 2, 3, 4, 5)
    status, out, err = run("--format", "json", *options, "-", given=given)
    assert (status, dates(out), err) == (0, kept, "")
    status, out, _ = run("--format", "summary", *options, "-", given=given)
    assert json.loads(out)["reports"] == len(kept)


def test_a_report_that_begins_later_than_today_is_left_out(run: Run) -> None:
    status, out, err = run("--format", "json", "-", given=days(1, 2, 3))
    assert (status, dates(out)) == (0, [1, 2])
    assert err == "tlsrpt report: 1 report is dated in the future and left out\n"
    status, out, err = run("-", given=days(3, 4))
    assert status == 1
    assert out == "0 reports\n"
    assert err == (
        "tlsrpt report: 2 reports are dated in the future and left out\n"
        "tlsrpt report: no report is left\n"
    )


def test_the_verdict_is_as_of_the_last_day(run: Run) -> None:
    def last(*options: str) -> str:
        _, out, _ = run("--format", "summary", *options, "-", given=days(1))
        return str(json.loads(out)["domains"][0]["readiness"]["status"])

    assert last() == "enforcing"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlsrpt.cli.report.today", lambda: date(2025, 6, 1))
        assert last() == "too-little-data"
        assert last("--until", "2025-03-09") == "enforcing"


@pytest.mark.parametrize(
    ("options", "is_said"),
    [
        ([], False),
        # Today is the 2nd of March, and 14 days before it the 16th of February.
        (["--since", "2025-02-17"], True),
        (["--since", "2025-02-16"], False),
        (["--since", "2025-02-16", "--until", "2025-03-01"], True),
        (["--since", "2025-02-15", "--until", "2025-03-01"], False),
        (["--since", "2025-02-15", "--until", "2025-03-09"], False),
        (["--since", "2025-02-17", "--format", "summary"], False),
    ],
)
def test_too_few_days_for_a_verdict(run: Run, options: list[str], *, is_said: bool) -> None:
    status, out, err = run(*options, FILE)
    since = options[1] if options else None
    line = f"You asked only for reports since {since}; a verdict needs reports of at least 14 days."
    assert (status, err) == (0, "")
    assert out.startswith(f"1 report on 2025-03-01\n{line}\n\nexample.com: ") == is_said
    assert ("You asked only" in out) == is_said


def test_without_a_report_there_is_no_word_about_a_verdict(run: Run) -> None:
    assert run("--since", "2025-03-02", FILE)[1] == "0 reports\n"


@pytest.mark.parametrize(
    ("options", "conditions"),
    [
        (["--since", "2025-03-02"], "since 2025-03-02"),
        (["--until", "2025-02-01"], "until 2025-02-01"),
        (["--domain", "Example.ORG."], "about example.org"),
        (
            ["--since", "2025-01-01", "--until", "2025-02-01", "--domain", "example.com"],
            "since 2025-01-01 until 2025-02-01 about example.com",
        ),
    ],
)
@pytest.mark.parametrize("output", ["text", "html", "json", "csv", "summary"])
def test_nothing_left_is_an_error(
    run: Run, output: str, options: list[str], conditions: str
) -> None:
    status, out, err = run("--format", output, *options, FILE)
    assert (status, err) == (1, f"tlsrpt report: no report is left {conditions}\n")
    assert "Sender Inc." not in out


def test_a_domain_is_normalized(run: Run) -> None:
    other = text({"/policies/0/policy/policy-domain": "b\xfccher.example", "/report-id": "2"})
    given = f"{text()}\n{other}".encode()
    status, out, err = run("--domain", "B\xdcCHER.example.", "-", given=given)
    assert (status, err) == (0, "")
    assert out.startswith("1 report on 2025-03-01\n\nxn--bcher-kva.example: ")
    assert "\nexample.com: " not in out
    _, out, _ = run("--format", "json", "--domain", "b\xfccher.example", "-", given=given)
    assert [json.loads(line)["report-id"] for line in out.splitlines()] == ["2"]
    assert run("--domain", "-", FILE)[0] == 2


def test_of_a_report_about_several_domains_the_csv_has_the_policies_of_one(run: Run) -> None:
    policies = document({})["policies"]
    other = document({"/policies/0/policy/policy-domain": "b.example"})["policies"]
    given = text({"/policies": [*policies, *other]}).encode()
    _, out, _ = run("--format", "csv", "--domain", "b.example", "-", given=given)
    assert {row["policy-domain"] for row in csv.DictReader(io.StringIO(out))} == {"b.example"}
    assert len(out.splitlines()) == 3


def test_a_domain_may_be_that_of_the_mail(run: Run, tmp_path: Path) -> None:
    document = (DATA / "no-policy-domain.json").read_bytes()
    field = b"Content-Type: application/tlsrpt+json\n\n"
    (tmp_path / "1.eml").write_bytes(b"TLS-Report-Domain: a.example\n" + field + document)
    (tmp_path / "2.eml").write_bytes(field + document.replace(b"2025-03-01-", b"2-"))
    folder = str(tmp_path)
    for output, lines in (("json", 1), ("csv", 2)):
        _, out, _ = run("--format", output, "--domain", "a.example", folder)
        assert len(out.splitlines()) == lines
    status, out, _ = run("--domain", "a.example", folder)
    assert (status, out.splitlines()[0]) == (0, "1 report on 2025-03-01")
    assert "a.example: 3 sessions" in out


@pytest.mark.parametrize(
    "option",
    [
        *("--since=2025-3-1", "--since=20250301", "--since=2025-W01-1", "--since=2025-02-30"),
        *("--since=14", "--since=d", "--since=-1d", "--since=\u0661d", "--until=14d", "--until="),
        *("--fail-over=", "--fail-over=-1", "--fail-over=101", "--fail-over=nan"),
        *("--fail-over=1%%", "--fail-over=%", "--fail-over=1e1", "--fail-over=100.1"),
    ],
)
def test_options_that_cannot_be_read(capsys: pytest.CaptureFixture[str], option: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["report", option, FILE])
    assert caught.value.code == 2
    assert " is not a " in capsys.readouterr().err


def test_a_number_of_days_is_an_example_for_since_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for option, examples in (("--since", "2025-03-01 or 14d"), ("--until", "2025-03-01")):
        with pytest.raises(SystemExit):
            main(["report", option, "2w", FILE])
        assert f"2w is not a date such as {examples};" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--domain", ["a.example", "b.example"]),
        ("--since", ["2025-01-01", "14d"]),
        ("--until", ["2025-01-01", "2025-01-01"]),
    ],
)
def test_a_second_condition_does_not_replace_the_first(
    capsys: pytest.CaptureFixture[str], option: str, values: list[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["report", *(f"{option}={value}" for value in values), FILE])
    assert caught.value.code == 2
    assert capsys.readouterr().err == (
        f"tlsrpt report: give {option} only once; see tlsrpt report --help\n"
    )


@pytest.mark.parametrize("output", ["text", "html", "json", "csv", "summary"])
def test_fail_over(run: Run, output: str) -> None:
    # 3 of 5,329 sessions failed.
    changes: dict[str, object] = {
        "/policies/0/summary/total-successful-session-count": 97,
        "/policies/0/summary/total-failure-session-count": 3,
    }
    given = text(changes).encode()
    said = "tlsrpt report: example.com: 3 of 100 sessions failed, more than 2.99%\n"
    assert run("--format", output, "--fail-over", "3", "-", given=given)[::2] == (0, "")
    assert run("--format", output, "--fail-over", "2.99", "-", given=given)[::2] == (3, said)
    # Before 1, for what cannot be read.
    assert run("--format", output, "--fail-over", "3", "-", "missing", given=given)[0] == 1
    assert run("--format", output, "--fail-over", "0", "-", "missing", given=given)[0] == 3


def test_fail_over_is_for_each_domain(run: Run) -> None:
    other: dict[str, object] = {
        "/policies/0/policy/policy-domain": "a.example",
        "/policies/0/summary/total-failure-session-count": 0,
        "/policies/0/failure-details": [],
    }
    given = f"{text()}\n{text(other)}".encode()
    status, _, err = run("--fail-over", "0.05", "-", given=given)
    assert (status, err.count("\n")) == (3, 1)
    assert run("--fail-over", "0", "--domain", "a.example", "-", given=given)[0] == 0


def test_the_summary_is_one_object(run: Run) -> None:
    status, out, err = run("--format", "summary", FILE, FILE)
    assert (status, err, out.count("\n")) == (0, "", 1)
    whole = json.loads(out)
    assert (whole["reports"], whole["duplicates"]) == (1, 1)
    (domain,) = whole["domains"]
    assert (domain["policy-domain"], domain["failure-share"]) == ("example.com", 3 / 5329)
    (problem,) = domain["problems"]
    assert problem["cause"] == "certificate-expired"
    assert problem["days"] == ["2025-03-01"]
    assert domain["readiness"]["status"] == "enforcing"
    assert domain["readiness"]["last-day"] == "2025-03-01"


def test_a_mail_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    content = (
        b"From: TLS <noreply@sender.example>\nSubject: Report Domain:\x1b[2J example.com\n"
        b"Content-Type: application/tlsrpt+gzip\n\nnonsense"
    )
    (tmp_path / "1.eml").write_bytes(content)
    status, _, err = run(str(tmp_path))
    assert status == 1
    assert '1.eml: mail from "TLS <noreply@sender.example>", subject "Report Domain:' in err
    assert "\x1b" not in err


@pytest.mark.parametrize(
    ("sent", "is_old"),
    [
        ("Fri, 28 Feb 2025 23:59:59 +0000", True),
        ("Sat, 01 Mar 2025 00:00:00 +0000", False),
        # In UTC, it is the day before.
        ("Sat, 01 Mar 2025 00:30:00 +0100", True),
        ("Fri, 28 Feb 2025 23:30:00 -0100", False),
        ("Fri, 28 Feb 2025 12:00:00 -0000", True),
        # What says nothing of the day is not left out.
        ("28.2.2025", False),
        ("Fri, 28 Feb 99999999999999999999 12:00:00 +0000", False),
        ("Fri, 31 Dec 9999 23:59:59 -0100", False),
        (f"Fri, 28 Feb 2025 12:00:00 +{4301 * '9'}", False),
        ("B\xfccher", False),
        ("", False),
    ],
)
def test_what_is_older_than_since_is_no_complaint(
    run: Run, tmp_path: Path, sent: str, *, is_old: bool
) -> None:
    (tmp_path / "1.eml").write_bytes(
        f"Date: {sent}\nContent-Type: application/tlsrpt+json\n\n{{".encode("latin-1")
    )
    shutil.copy(FILE, tmp_path)
    status, _, err = run("--since", "2025-03-01", str(tmp_path))
    assert (status, "1.eml" in err) == (not is_old, not is_old)
    _, page, _ = run("--since", "2025-03-01", "--format", "html", str(tmp_path))
    assert ("1 item could not be read" in page) is not is_old
    # Without --since, everything is.
    status, _, err = run(str(tmp_path))
    assert (status, "1.eml" in err) == (1, True)


def test_a_file_that_is_no_mail_has_no_date(run: Run, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_bytes(b'{"policies')
    shutil.copy(FILE, tmp_path)
    status, _, err = run("--since", "2025-03-01", str(tmp_path))
    assert (status, "1.json" in err) == (1, True)
    _, page, _ = run("--since", "2025-03-01", "--format", "html", str(tmp_path))
    assert "1 item could not be read" in page


def test_mistakes_in_a_report_before_since_are_not_told(run: Run, tmp_path: Path) -> None:
    # What follows it is not read.
    given = 2 * text({"/policies/0/summary/total-failure-session-count": -3}).encode()
    later = tmp_path / "later.jsonl"
    later.write_bytes(days(2))
    status, _, err = run("--since", "2025-03-01", "-", str(later), given=given)
    assert (status, err.count("read, but")) == (1, 1)
    assert run("--since", "2025-03-02", "-", str(later), given=given)[::2] == (0, "")


def test_if_all_mails_are_old_no_report_is_left(run: Run, tmp_path: Path) -> None:
    mail = tmp_path / "1.eml"
    mail.write_bytes(
        b"Date: Fri, 28 Feb 2025 12:00:00 +0000\nContent-Type: application/tlsrpt+json\n\n{"
    )
    for path in (tmp_path, mail):
        status, _, err = run("--since", "2025-03-01", str(path))
        assert (status, err) == (1, "tlsrpt report: no report is left since 2025-03-01\n")
    assert run("--since", "2025-03-01", str(mail), FILE)[::2] == (0, "")


def test_the_page(run: Run, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(
        "Subject: B\xfccher\nContent-Type: application/tlsrpt+json\n\n{".encode()
    )
    (tmp_path / "2.eml").write_bytes(
        b"Subject: Lunch\nX-Large: 1\nContent-Type: application/tlsrpt+json\n\n{"
    )
    given = text({"/organization-name": "S\xf6nder \U0001f4e7"}).encode()
    status, out, err = run("--format", "html", "-", str(tmp_path), given=given)
    assert (status, err.count("\n")) == (1, 2)
    assert out.startswith("<!DOCTYPE html>")
    assert out.isascii()
    assert "S&#246;nder &#128231;" in out
    assert "1.eml" in out
    assert "Lunch" in out
    # As of the last day.
    assert "enforcing" in out
    assert "<title>TLS reports for example.com on 2025-03-01</title>" in out


def test_the_page_of_several_domains_names_none_in_its_title(run: Run) -> None:
    given = "\n".join(text({"/policies/0/policy/policy-domain": each}) for each in "ab").encode()
    _, out, _ = run("--format", "html", "-", given=given)
    assert "<title>TLS reports</title>" in out


# --- The text -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MONTHS)
def test_the_first_screen(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("tlsrpt.cli.report.today", lambda: months.TODAY)
    lines = "\n".join(report.to_json() for report in month(name))
    status, out, err = run("-", given=lines.encode())
    assert (status, err) == (0, "")
    screen = SCREENS / f"{name}.txt"
    assert out.splitlines()[:24] == screen.read_text("utf-8").splitlines()


def test_more_problems_than_anybody_reads_are_counted(run: Run) -> None:
    details = [
        months.detail("certificate-expired", f"mx{each}.example.com", 1) for each in range(20)
    ]
    _, out, _ = run("-", given=text({"/policies/0/failure-details": details}).encode())
    assert out.count(" had expired.\n") == 12
    assert "\n\n  8 more problems are not shown.\n\n" in out


def test_a_host_is_a_mail_server_of_a_domain(run: Run) -> None:
    day = date(2025, 3, 1)
    reports = [
        months.report("A", day, months.sts("enforce"), 9),
        months.report("A", day, months.tlsa("mx1.example.com"), 5),
    ]
    given = "\n".join(each.to_json() for each in reports).encode()
    _, out, _ = run("-", given=given)
    assert (
        "\n\nmx1.example.com: 5 sessions, 0 failed\n  This is a mail server of example.com.\n\n  by"
    ) in out
    assert out.count("MTA-STS: ") == 1


def test_the_list_of_domains_says_whether_mail_was_held_back(run: Run) -> None:
    expired = months.detail("certificate-expired", "mx.example.com", 1)
    reports = [
        months.report(
            "A", date(2025, 3, 1), months.sts("enforce", domain=f"d{each}.example"), 9, *details
        )
        for each, details in enumerate([[], [], [expired], []])
    ]
    _, out, _ = run("-", given="\n".join(each.to_json() for each in reports).encode())
    assert "d2.example  9 sessions, 1 failed (11.1%); MTA-STS: enforcing, mail held back\n" in out
    assert "3 domains without failures; MTA-STS: 3 enforcing\n" in out
    assert "  MTA-STS: enforcing, mail held back\n    Mail was held back in 1 of" in out
    assert out.endswith(
        """
Domains without failures:
d0.example  9 sessions, 0 failed; MTA-STS: enforcing
d1.example  9 sessions, 0 failed; MTA-STS: enforcing
d3.example  9 sessions, 0 failed; MTA-STS: enforcing
"""
    )


def test_a_host_in_the_list_of_domains_has_no_verdict(run: Run) -> None:
    reports = [
        months.report("A", date(2025, 3, 1), policy, 9)
        for policy in (
            *(months.sts("enforce", domain=f"d{each}.example") for each in range(3)),
            months.tlsa("mx.d0.example"),
        )
    ]
    _, out, _ = run("-", given="\n".join(each.to_json() for each in reports).encode())
    assert "\nmx.d0.example  9 sessions, 0 failed\n" in out


@pytest.mark.parametrize("count", [50, 53])
def test_of_many_domains_fifty_are_listed(run: Run, count: int) -> None:
    expired = months.detail("certificate-expired", "mx.example.com", 1)
    reports = [
        months.report(
            "A", date(2025, 3, 1), months.sts(domain=f"{kind}{each}.example"), 9, *details
        )
        for kind, details in (("bad", [expired]), ("good", []))
        for each in range(count)
    ]
    _, out, _ = run("-", given="\n".join(each.to_json() for each in reports).encode())
    assert out.count("; MTA-STS: ") == 50 + 1 + 50
    assert out.count(" had expired.\n") == 50
    assert f"\n{count} domains without failures; MTA-STS: {count} too little" in out
    assert out.count("\nand 3 more; --domain shows one\n") == (2 if count > 50 else 0)


def test_of_many_days_those_with_failures_are_listed(run: Run) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlsrpt.cli.report.today", lambda: date(2025, 4, 1))
        clean = [months.report("A", date(2025, 3, each), months.sts(), 9) for each in range(1, 31)]
        expired = months.detail("certificate-expired", "mx.example.com", 1)
        failed = months.report("B", date(2025, 3, 2), months.sts(), 9, expired)
        given = "\n".join(each.to_json() for each in [*clean, failed]).encode()
        _, out, _ = run("-", given=given)
    by_day = out.partition("  by day\n")[2].splitlines()
    assert out.startswith("31 reports from 2025-03-01 to 2025-03-30\n")
    assert [each.split()[0] for each in by_day[:-1]] == [
        *(f"2025-03-{each}" for each in range(30, 17, -1)),
        "2025-03-02",
    ]
    assert by_day[-1] == "    and 16 more days"


def test_long_tables_are_cut(run: Run) -> None:
    _, out, _ = run("-", given=days(*range(1, 3)))
    assert "more day" not in out
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlsrpt.cli.report.today", lambda: date(2025, 4, 1))
        _, out, _ = run("-", given=days(*range(1, 16)))
        assert "    2025-03-02  5,329 sessions, 3 failed (<0.1%)\n    and 1 more day\n" in out
        _, out, _ = run("-", given=days(*range(1, 17)))
        assert "    and 2 more days\n" in out
    assert "    2025-03-16  5,329 sessions" in out
    assert "2025-03-02" not in out


# --- Several processes ----------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["text", "csv"])
def test_the_output_is_the_same_whatever_the_jobs(run: Run, tmp_path: Path, output: str) -> None:
    (tmp_path / "broken.json").write_bytes(b'{"policies": []}')
    (tmp_path / "lines.jsonl").write_bytes(days(1, 2, 1))
    paths = [str(DATA / "relayed-twice.mbox"), "missing", str(tmp_path), "-", FILE]
    once = run("--format", output, *paths, given=text({"/report-id": "2"}).encode())
    assert once[0] == 1
    assert once[2].count("\n") == 2
    given = text({"/report-id": "2"}).encode()
    assert run("--format", output, "--jobs", "2", *paths, given=given) == once


def test_a_process_of_jobs_that_was_killed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def map_blocks(*_: object) -> object:
        raise ChildProcessError

    monkeypatch.setattr("tlsrpt.cli._processes.map_blocks", map_blocks)
    said = "tlsrpt report: a process of --jobs was killed; the output is not complete\n"
    assert run("--jobs", "2", FILE) == (2, "", said)


def test_large_mails_are_sent_one_by_one() -> None:
    received = ReceivedReport("report", None, (), None)
    assert size(Unread(400 * b"x", "mail")) == 100
    assert size(item_of(received, Wanted("text", None))) == 0


def test_what_cannot_be_read_is_kept_for_the_page_alone() -> None:
    """A mailbox may have millions of these."""
    (received,) = read_item(b"TLS-Report-Domain: example.com\n\nHello", "1", 1000)
    assert item_of(received, Wanted("html", None)).unread is not None
    item = item_of(received, Wanted("text", None))
    assert (item.is_failure, item.unread) == (True, None)


def test_what_a_process_is_given_is_read() -> None:
    wanted, end = Wanted("json", None), End("path", "")
    report, last = read_block([Unread(text().encode(), "report"), end], wanted)
    assert isinstance(report, Item)
    assert (report.source, json.loads(report.output)) == ("report", document({}))
    assert last == end


def test_today_is_a_day_in_utc() -> None:
    assert abs((today() - datetime.now(UTC).date()).days) <= 1
