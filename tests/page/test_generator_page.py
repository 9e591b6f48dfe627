"""The Python behind the generator page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator_page import answer, check_record, generate_record, show_sample, summarize_files
from tests.page.answers import write_answers
from tests.report.deviations import DATA
from tests.report.documents import text as document
from tests.report.pages import Page
from tests.test_data import INVALID, VALID
from tlsrpt import TLSRPTRecord, check, normalize_domain

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = "_smtp._tls.example.com. 300 IN TXT"
HEADER = """
; <<>> DiG <<>> TXT _smtp._tls.example.com
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: {}, id: 1
;; QUESTION SECTION:
;_smtp._tls.example.com. IN TXT
"""
VALUE = "v=TLSRPTv1; rua=mailto:tls@example.com"


def problems(domain: str, endpoints: str) -> list[dict[str, Any]]:
    found: Any = generate_record(domain, endpoints)["problems"]
    return found  # type: ignore[no-any-return]


def report(folder: Path, name: str, day: str, good: int, bad: int) -> Path:
    """A report of one day in a file."""
    path = folder / name
    changes = {
        "/date-range/start-datetime": f"{day}T00:00:00Z",
        "/date-range/end-datetime": f"{day}T23:59:59Z",
        "/policies/0/summary/total-successful-session-count": good,
        "/policies/0/summary/total-failure-session-count": bad,
        "/policies/0/failure-details/0/failed-session-count": bad,
    }
    path.write_text(document(changes), encoding="utf-8")
    return path


def test_questions_and_answers_are_json() -> None:
    assert json.loads(answer("check_record", f'["{VALUE}"]'))["verdict"] == "good"
    assert json.loads(answer("check_record", '["\\ud800"]'))["verdict"] == "broken"
    with pytest.raises(ValueError, match="not enough values"):
        answer("exec", '["1"]')


# --- The form -----------------------------------------------------------------------------------


def test_a_record() -> None:
    record = generate_record("Bücher.example", "mailto:tls@example.com\n\nhttps://r.example/v1\n")
    value = "v=TLSRPTv1; rua=mailto:tls@example.com,https://r.example/v1"
    assert record == {
        "host": "_smtp._tls.xn--bcher-kva.example",
        "value": value,
        "zone": f'_smtp._tls.xn--bcher-kva.example. 3600 IN TXT "{value}"',
        "rdata": f'"{value}"',
        "findings": [],
    }


def test_a_record_comes_with_its_drawbacks() -> None:
    record: Any = generate_record("example.org", "mailto:tls@b.local")
    assert [finding["code"] for finding in record["findings"]] == ["unreachable-host"]


def test_all_problems_name_their_lines() -> None:
    found = problems(
        "tls@example.com", "mailto:tls@example.com\nTLS <tls@example.com>\nhttp://r.example"
    )
    assert [(each["field"], each["line"], each["code"]) for each in found] == [
        ("domain", None, "domain-is-address"),
        ("endpoints", 2, "display-name"),
        ("endpoints", 3, "http-scheme"),
    ]
    assert found[1] == {
        "field": "endpoints",
        "line": 2,
        "typed": "TLS <tls@example.com>",
        "code": "display-name",
        "message": "TLS <tls@example.com> is an address with a name, as in a mail header",
        "hint": "write mailto:tls@example.com",
        "write": "mailto:tls@example.com",
    }


@pytest.mark.parametrize(
    ("domain", "endpoint", "write"),
    [
        ("tls@example.com", "mailto:tls@example.com", "example.com"),
        ("_smtp._tls.example.com", "mailto:tls@example.com", "example.com"),
        ("192.0.2.1", "mailto:tls@example.com", None),
        ("", "mailto:tls@example.com", None),
        ("example.com", "maito:tls@example.com", "mailto:tls@example.com"),
        ("example.com", "Joe <joe@example.com>", "mailto:joe@example.com"),
        ("example.com", "mailto:tls@example.com;", "mailto:tls@example.com"),
        ("example.com", "http://r.example/", None),
        ("example.com", "www.example.com", None),
        ("example.com", "", None),
        (
            "example.com",
            " mailto:a@example.com, https://r.example/;mailto:b@example.com",
            "mailto:a@example.com\nhttps://r.example/\nmailto:b@example.com",
        ),
        (
            "example.com",
            "tls@example.com, reports@example.com",
            "tls@example.com\nreports@example.com",
        ),
        (
            "example.com",
            "mailto:a@example.com,b@example.com",
            "mailto:a@example.com\nb@example.com",
        ),
        ("example.com", "a@example.com, http://r.example/", None),
        # The hint is cut.
        ("example.com", f"https://r.example/{'a' * 80},", None),
    ],
)
def test_a_hint_can_be_written_if_it_is_a_text(
    domain: str, endpoint: str, write: str | None
) -> None:
    (problem,) = problems(domain, endpoint)
    assert problem["write"] == write
    if write is not None:
        domain, endpoint = (write, endpoint) if problem["field"] == "domain" else (domain, write)
        assert "value" in generate_record(domain, endpoint)


@example("tls@example.com", "\ud800")
@given(st.text(), st.text())
def test_any_form_has_an_answer(domain: str, endpoints: str) -> None:
    written = json.loads(answer("generate_record", json.dumps([domain, endpoints])))
    assert written.keys() in ({"problems"}, {"host", "value", "zone", "rdata", "findings"})
    for problem in written.get("problems", ()):
        if problem["field"] == "domain" and problem["write"] is not None:
            normalize_domain(problem["write"])


# --- The checker --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*VALID, *INVALID])
def test_the_verdict_is_that_of_check(text: str) -> None:
    result, checked = check(text.strip("\r\n")), check_record(text)
    assert (checked["verdict"] in ("good", "drawbacks")) is bool(result)
    assert checked["fixed"] in (result.fixed, None)


def test_findings_have_their_place_and_words() -> None:
    checked: Any = check_record("v=TSLRPTv1; rua=tls@example.com")
    assert checked["verdict"] == "broken"
    assert checked["value"] is None
    assert (checked["fixed"], checked["correction"]) == (VALUE, "Corrected record")
    assert checked["findings"][1] == {
        "code": "bare-address",
        "severity": "error",
        "message": "tls@example.com is an e-mail address without mailto:",
        "hint": "write mailto:tls@example.com",
        "before": "v=TSLRPTv1; rua=",
        "marked": "tls@example.com",
        "after": "",
    }


def test_what_is_sound_has_at_most_another_form() -> None:
    assert check_record(VALUE)["fixed"] is None
    checked = check_record(VALUE.replace(" ", ""))
    assert (checked["verdict"], checked["fixed"]) == ("good", VALUE)
    assert checked["correction"] == "The same record in canonical form"
    assert check_record("v=TLSRPTv1; rua=mailto:a@b.local")["verdict"] == "drawbacks"


def test_places_are_counted_in_characters_and_hostile_text_is_escaped() -> None:
    checked: Any = check_record("v=TLSRPTv1; rua=mailto:\U0001f600@example.com\x1b[2J")
    marks = [(each["before"], each["marked"]) for each in checked["findings"]]
    assert ("v=TLSRPTv1; rua=mailto:", "\U0001f600") in marks
    assert all("\x1b" not in text for each in checked["findings"] for text in each.values())


def test_long_records_are_cut_around_the_place() -> None:
    checked: Any = check_record(f"v=TLSRPTv1; rua=https://r.example/{'a' * 100},x@{'b' * 300}.c")
    (finding,) = (each for each in checked["findings"] if each["marked"].startswith("x@"))
    assert finding["before"] == f"...{'a' * 59},"
    assert len(finding["marked"]) == 200
    assert finding["after"] == f"{'b' * 60}..."


@pytest.mark.parametrize(
    "text",
    [
        f'{ANSWER} "{VALUE}"',
        f'_smtp._tls TXT ( "{VALUE[:20]}"\n    "{VALUE[20:]}" ) ; a comment',
        f'; <<>> DiG <<>> TXT "x"\n;; ANSWER SECTION:\n{ANSWER} "{VALUE}"\n\n;; SERVER: ::1#53\n',
        f'_smtp._tls.example.com descriptive text "{VALUE}"',
        f'_smtp._tls.example.com\ttext =\r\n\r\n\t"{VALUE}"\r\n',
        f'{ANSWER} "{VALUE.replace(" ", chr(92) + "032").replace(";", chr(92) + ";")}"',
        f'{ANSWER} "v=spf1 -all"\n{ANSWER} "{VALUE}"',
        f'"v=spf1 -all"\n"{VALUE}"\n',
        f'\n"{VALUE}"',
        f'tls.example.net.\n"{VALUE}"',
    ],
)
def test_answers_of_dns_tools_are_unpacked(text: str) -> None:
    checked = check_record(text)
    assert (checked["verdict"], checked["value"]) == ("good", VALUE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (2 * f'{ANSWER} "{VALUE}"\n', "multiple-records"),
        (2 * f'"{VALUE}"\n', "multiple-records"),
        (f'{ANSWER} "\\"{VALUE}\\""', "surrounding-quotes"),
        (f'{ANSWER} "v=spf1 -all"', "wrong-record"),
        (f'{ANSWER} "{VALUE}\\255"', "not-utf-8"),
        (f'x"{VALUE}"', "text-before"),
        (f'{VALUE[:16]}\n"v=x"', "equals-whitespace"),
    ],
)
def test_what_is_wrong_with_answers_is_told(text: str, code: str) -> None:
    checked: Any = check_record(text)
    assert checked["findings"][0]["code"] == code


@pytest.mark.parametrize(
    ("text", "verdict", "code"),
    [
        ('""', "none", "empty-record"),
        (HEADER.format("NXDOMAIN"), "none", "record-not-found"),
        (HEADER.format("NOERROR"), "none", "record-not-found"),
        # Nobody has looked it up.
        ("example.com", "other", "domain-for-record"),
        ("_smtp._tls.example.com", "other", "domain-for-record"),
        ("mailto:tls@example.com", "other", "endpoint-for-record"),
        ("v=spf1 -all", "other", "wrong-record"),
        (f'{ANSWER} "v=spf1 -all"', "other", "wrong-record"),
    ],
)
def test_where_there_is_no_record_the_verdict_says_so(text: str, verdict: str, code: str) -> None:
    checked: Any = check_record(text)
    assert checked["verdict"] == verdict
    assert [finding["code"] for finding in checked["findings"]] == [code]


@pytest.mark.parametrize("text", ["", " ", "\r\n\t\n"])
def test_there_is_no_verdict_on_nothing(text: str) -> None:
    checked = check_record(text)
    assert (checked["verdict"], checked["findings"], checked["fixed"]) == ("empty", [], None)


def test_a_failed_query_says_nothing_about_the_domain() -> None:
    assert check_record(HEADER.format("SERVFAIL"))["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("example.com", "paste its TXT record"),
        ("tls@example.com", "enter it under Generate a record"),
    ],
)
def test_the_page_does_not_send_its_reader_to_the_command_line(text: str, hint: str) -> None:
    checked: Any = check_record(text)
    assert checked["findings"][0]["hint"].startswith(hint)
    assert "tlsrpt" not in checked["findings"][0]["hint"]


def test_lines_are_shown_as_lines() -> None:
    checked: Any = check_record(f"Type: TXT\r\nValue:\x1b\r\n{VALUE}\n\nmailto:a")
    shown = checked["findings"][0]
    assert (shown["before"], shown["marked"]) == ("", "Type: TXT\nValue:\\x1b\n")
    assert shown["after"] == f"{VALUE}\n\nmailto:a"


def test_an_end_of_line_in_the_wrong_place_is_visible() -> None:
    checked: Any = check_record(f"v=TLSRPTv1; x=a\nb; {VALUE.partition(' ')[2]}")
    assert "\\x0a" in [finding["marked"] for finding in checked["findings"]]


@example(VALUE.replace(" ", ""))
@given(st.text() | st.text(alphabet='TX "\\\n();').map("TXT ".__add__))
def test_any_text_can_be_checked(text: str) -> None:
    checked = json.loads(answer("check_record", json.dumps([text])))
    if checked["fixed"] is not None:
        assert TLSRPTRecord.parse(checked["fixed"]).value == checked["fixed"]


# --- The report reader --------------------------------------------------------------------------


def test_reports_are_shown(tmp_path: Path) -> None:
    one = report(tmp_path, "1.json", "2025-03-01", 3000, 0)
    two = report(tmp_path, "2.json", "2025-03-03", 990, 10)
    shown = summarize_files([(path.name, str(path)) for path in (one, two, one)])
    assert shown["title"] == "2 reports, 1 duplicate left out"
    page = Page(str(shown["html"]))
    assert page.table("Figures of the chart") == [
        ["2025-03-01", "3,000", "0", ""],
        ["2025-03-03", "1,000", "10", "1.0%"],
    ]
    assert not page.texts(".//h2[@id='unread']")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("Hello", encoding="utf-8")
    broken = tmp_path / "broken.json"
    broken.write_text(document()[:-2], encoding="utf-8")
    paths = (DATA / "declared-but-empty.eml", note, DATA / "relayed-twice.mbox", broken)
    shown = summarize_files([(path.name, str(path)) for path in paths])
    assert shown["title"] == "1 report, 1 duplicate left out"
    rows = Page(str(shown["html"])).table("What could not be read")
    assert [row[0] for row in rows] == ["declared-but-empty.eml", "note.txt", "broken.json"]
    assert rows[1][1] == "there is no TLS report in it [no-report]"
    assert shown["notes"] == []


def test_what_was_read_in_spite_of_an_error_is_not_called_unread(tmp_path: Path) -> None:
    member = tmp_path / "\x1b.json"
    member.write_text(document({"/version": "1.0"}), encoding="utf-8")
    future = report(tmp_path, "1.json", "9999-12-30", -1, 0)
    paths = (DATA / "truncated.json.gz", member, future)
    shown = summarize_files([(path.name, str(path)) for path in paths])
    assert shown["title"] == "1 report, 1 duplicate left out, 1 report dated in the future left out"
    assert shown["notes"] == [
        "truncated.json.gz: read, but the gzip stream ends early [truncated-gzip]",
        (
            "\\x1b.json: read, but "
            "/version: version is not defined by RFC 8460, and is ignored [unknown-member]"
        ),
    ]
    page = Page(str(shown["html"]))
    assert "5,329" in page.text()
    assert not page.texts(".//h2[@id='unread']")


def test_only_the_first_notes_are_shown() -> None:
    path = DATA / "truncated.json.gz"
    notes: Any = summarize_files(22 * [(path.name, str(path))])["notes"]
    assert len(notes) == 21
    assert notes[-1] == "2 more reports read, but with errors"


def test_other_mails_in_a_mailbox_are_not_named(tmp_path: Path) -> None:
    mailbox = tmp_path / "box.mbox"
    mail = "From a@b.example Mon Mar  3 00:00:00 2025\nSubject: Hello\n\nHello\n\n"
    mailbox.write_bytes(mail.encode() + (DATA / "relayed-twice.mbox").read_bytes())
    shown = summarize_files([("box.mbox", str(mailbox))])
    assert not Page(str(shown["html"])).texts(".//h2[@id='unread']")
    mailbox.write_text(2 * mail, encoding="utf-8")
    shown = summarize_files([("box.mbox", str(mailbox))])
    rows = Page(str(shown["html"])).table("What could not be read")
    assert [row[0] for row in rows] == ["box.mbox: message 2"]


def test_the_claim_of_a_mail_counts(tmp_path: Path) -> None:
    fields = b"TLS-Report-Domain: claimed.example\nContent-Type: application/tlsrpt+json\n\n"
    mail = tmp_path / "1.eml"
    mail.write_bytes(fields + (DATA / "no-policy-domain.json").read_bytes())
    shown = summarize_files([("1.eml", str(mail))])
    assert Page(str(shown["html"])).texts(".//h2") == ["claimed.example"]


def test_reports_that_are_dated_in_the_future_are_left_out(tmp_path: Path) -> None:
    path = report(tmp_path, "1.json", "9999-12-30", 5, 0)
    shown = summarize_files([("1.json", str(path))])
    assert shown["title"] == "0 reports, 1 report dated in the future left out"
    page = Page(str(shown["html"]))
    assert not page.texts(".//h2")


def test_a_sample_is_shown() -> None:
    shown = show_sample()
    page = Page(str(shown["html"]))
    assert page.texts(".//h1") == [shown["title"]] == ["A sample: 90 invented reports"]
    assert page.texts(".//h3/span") == ["not ready for enforce"]
    assert "The MTA-STS policy of example.com does not list mx3.eu.example.com." in page.text()


# --- Elsewhere ----------------------------------------------------------------------------------


def test_answers_are_written_to_a_file(tmp_path: Path) -> None:
    questions, answers = tmp_path / "questions.json", tmp_path / "answers.json"
    questions.write_text(json.dumps([["check_record", [VALUE]]]), encoding="ascii")
    write_answers(questions, answers)
    assert [json.loads(each) for each in json.loads(answers.read_bytes())] == [check_record(VALUE)]
