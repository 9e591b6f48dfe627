"""The page of a summary: what is on it, in which order, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.report.documents import text as document
from tests.report.months import MONTHS, TODAY, detail, month, report, sts, tlsa
from tests.report.pages import Page
from tests.report.strategies import REPORTS
from tlsrpt.report import ReceivedReport, Report, read_reports, summarize
from tlsrpt.report._style import STYLE
from tlsrpt.report.html import html_page

_DAY: Final = date(2026, 10, 30)
_MAIL: Final = b"From: Sender <tls@sender.example>\nSubject: Report Domain: <example.com>\n"


def page(
    *reports: Report | ReceivedReport,
    title: str = "TLS reports",
    unread: Iterable[ReceivedReport] = (),
    today: date | None = TODAY,
) -> Page:
    return Page(html_page(summarize(reports), title, unread, today))


def one(
    sessions: int, *details: dict[str, Any], day: date = _DAY, policy: dict[str, Any] | None = None
) -> Report:
    """A report of one sender about one day; the policy is changed as it says."""
    return report("Sender Inc.", day, {**sts(), **(policy or {})}, sessions, *details)


def expired(count: int | None, host: str = "mx1.example.com") -> dict[str, Any]:
    return detail("certificate-expired", host, count)


def days(count: int, *details: dict[str, Any]) -> list[Report]:
    """A report for each of so many days, up to the last one."""
    return [one(10, *details, day=_DAY - timedelta(days=back)) for back in range(count)]


def broken(count: int, mail: bytes = _MAIL) -> list[ReceivedReport]:
    """What is yielded for so many mails whose report cannot be read."""
    mail += b"Content-Type: application/tlsrpt+json\n\n{"
    return [each for _ in range(count) for each in read_reports(io.BytesIO(mail))]


# --- Law 12 -------------------------------------------------------------------------------------

_TEXTS: Final = (
    st.text(st.sampled_from("<>&\"'/=-! #;ab\n\r\t\0\x1b\u202e\u05d0\ud800")) | st.text()
)
_NAMES: Final = st.none() | _TEXTS | st.sampled_from(["</style>", "<script>", "]]>", "-->", "<a b"])


@st.composite
def _hostile_reports(draw: st.DrawFn) -> Report:
    """A report with any text in every place."""
    policy = {
        "policy-type": draw(_NAMES | st.sampled_from(["sts", "tlsa"])),
        "policy-domain": draw(_NAMES),
        "policy-string": draw(st.lists(_TEXTS | _TEXTS.map("mx: {}".format), max_size=2)),
        "mx-host": draw(st.lists(_TEXTS, max_size=2)),
    }
    details = [detail(draw(_NAMES), draw(_NAMES), draw(st.integers(0, 3)), draw(_NAMES))]
    # A lone surrogate arrives as an escape.
    changes = {
        "/organization-name": draw(_NAMES),
        "/policies/0/policy": policy,
        "/policies/0/failure-details": details,
    }
    return Report.parse(document(changes))


def octets(text: str) -> bytes:
    return text.replace("\n", "").encode("utf-8", "surrogatepass")


@example([*month("hostile_text")], "<script>", "\r\n<b>")
@given(st.lists(_hostile_reports() | REPORTS, max_size=4), _TEXTS, _TEXTS)
def test_a_page_has_no_element_attribute_or_address_beyond_a_list(
    reports: list[Report], title: str, source: str
) -> None:
    mail = b"From: %s\nSubject: %s\n" % (octets(title), octets(source))
    items = [each._replace(source=source) for each in broken(1, mail)]
    shown = page(*reports, title=title, unread=items)
    targets = {element.get("id") for element in shown.root.iter() if element.get("id")}
    links = [element.get("href", "") for element in shown.root.iter("a")]
    assert {link.removeprefix("#") for link in links} <= targets


@pytest.mark.parametrize(
    "html",
    [
        *("<script></script>", "<img src=x>", "<p onclick=x></p>", "<a href='https://a.b'>x</a>"),
        *("<!-- x -->", "<?x?>", "<p>\x1b</p>", "<p dir='\u202e'></p>", "<p>"),
        *("<p style=x></p>", "<meta http-equiv=refresh content='0; url=x'>", "<!DOCTYPE x>"),
    ],
)
def test_anything_else_would_be_found(html: str) -> None:
    with pytest.raises(AssertionError):
        Page(html)


def test_the_policy_admits_the_style_of_the_page_alone() -> None:
    shown = page(*month("healthy"))
    (style,) = shown.texts("html/head/style")
    assert style == STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = (
        each.get("content", "")
        for each in shown.root.iter("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert not re.search(r"url\(|@import|</|&", style)


# --- What is on it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("healthy", "enforcing", "No mail was held back"),
        ("expired_certificate", "ready for enforce", "The certificate of mx2.example.com had"),
        ("new_server_not_in_policy", "not ready for enforce", "does not list mx3.eu.example.com"),
        ("odd_sender", "not ready for enforce", "only small.example reported failures"),
        ("dane_rollover", "enforcing", "None of the TLSA records of mx1.example.com"),
        ("stripped_starttls", "enforcing, mail held back", "mx1.example.com did not offer"),
        (
            "testing_for_three_days",
            "too little data to judge",
            "2 senders have seen mode testing only since 2026-10-28",
        ),
        ("thirty_clean_days", "ready for enforce", "no mail would have been held back"),
        ("enforcing_with_failures", "enforcing, mail held back", "mx2.example.com"),
    ],
)
def test_the_page_of_a_month_answers_what_people_ask(name: str, status: str, words: str) -> None:
    shown = page(*month(name))
    assert shown.texts(".//h3/span") == [status]
    assert words in shown.text()


def test_all_months_are_pages() -> None:
    for name in MONTHS:
        shown = page(*month(name), unread=broken(1))
        assert shown.texts(".//h1") == ["TLS reports"]
        headings = [element.tag for element in shown.root.iter() if element.tag in _HEADINGS]
        assert all(int(next_[1]) - int(each[1]) <= 1 for each, next_ in pairwise(headings))


_HEADINGS: Final = {"h1", "h2", "h3", "h4"}


def test_the_parts_are_in_order() -> None:
    shown = page(*month("expired_certificate"), unread=broken(1))
    titles = [
        "".join(each.itertext()) for each in shown.root.iter() if each.tag in {*_HEADINGS, "dl"}
    ]
    assert titles == [
        "TLS reports",
        "example.com",
        "sessions23,990failed15share that failed<0.1%senders4days with reports30 of 30",
        "MTA-STS: ready for enforce",
        "What failed, and what to do",
        "The certificate of mx2.example.com had expired.",
        "Failures by server",
        "Senders",
        "Policies as senders saw them",
        "Days with failures",
        "What could not be read",
    ]


_EXPIRED: Final = """\
The certificate of mx2.example.com had expired.
last on 2026-10-14 15 sessions from 2026-10-12 to 2026-10-14, none on the 16 days \
with reports since. In testing mode, that held no mail back.
Reported by Big Mail Inc. and Office Mail Corporation (2 of 4 senders) \
as certificate-expired and validation-failure.
The result type says so: certificate-expired. In a sender's words: "X509_V_ERR_CERT_HAS_EXPIRED".
To do, if you have not done it yet: Renew it, and make sure that the server loads the new \
certificate after each renewal.\
"""


def test_a_problem_says_how_many_when_by_whom_and_what_to_do() -> None:
    shown = page(*month("expired_certificate"))
    (problem,) = shown.root.iterfind(".//section[@class='problem over']")
    assert "\n".join("".join(each.itertext()) for each in problem) == _EXPIRED
    # One in the latest reports stands out.
    latest = page(one(9, expired(1))).root
    assert latest.findtext(".//section[@class='problem']/p/span") == "in the latest reports"


def test_problems_that_may_be_over_come_last() -> None:
    old = [one(9, expired(9), day=_DAY - timedelta(days=back)) for back in (7, 8)]
    others = days(7, expired(1, "mx2.example.com"))
    shown = page(*old, *others).texts(".//h4")
    assert [title.split()[3] for title in shown] == ["mx2.example.com", "mx1.example.com"]
    shown = page(*old, *others[:6]).texts(".//h4")
    assert [title.split()[3] for title in shown] == ["mx1.example.com", "mx2.example.com"]


@pytest.mark.parametrize(("names", "label"), [("A", "sender"), ("AB", "senders")])
def test_senders_are_counted(names: str, label: str) -> None:
    shown = page(*(report(name, _DAY, sts(), 5) for name in names))
    assert label in [each.text for each in shown.root.iter("dt")]


def test_a_sender_that_fell_silent_can_be_seen() -> None:
    reports = [
        report(sender, _DAY - timedelta(days=back), sts(), 5)
        for sender, back in (("A", 0), ("B", 3), ("B", 2), ("B", 4))
    ]
    assert page(*reports).table("Senders") == [
        ["B", "2026-10-28", "15", "0", ""],
        ["A", "2026-10-30", "5", "0", ""],
    ]


def test_what_nobody_counted_is_not_said_to_have_held_nothing_back() -> None:
    shown = page(report("A", _DAY, sts("enforce"), 9, expired(None)))
    assert "Not counted on 2026-10-30" in shown.text()
    assert "held no mail back" not in shown.text()
    assert shown.table("Failures by server")[0][-1] == "not counted"
    assert "held no mail back" in page(report("A", _DAY, sts(), 9, expired(1))).text()


def test_where_nothing_shows_a_cause_the_words_of_the_senders_are_shown() -> None:
    words = detail("validation-failure", "mx1.example.com", 1, "words")
    assert 'Reason codes: "words".' in page(one(9, words)).text()
    assert "Reason codes" not in page(*month("expired_certificate")).text()


def test_servers_have_their_failures_by_type() -> None:
    shown = page(
        one(10, expired(3)),
        one(10, expired(1), expired(4, "mx2.example.com"), day=_DAY - timedelta(days=3)),
    )
    assert shown.table("Failures by server") == [
        ["mx1.example.com", "certificate-expired", "2026-10-27 to 2026-10-30", "4"],
        ["mx2.example.com", "certificate-expired", "2026-10-27", "4"],
    ]


def test_policies_are_shown_with_what_is_wrong_with_them() -> None:
    shown = page(one(9), one(9, policy={"policy-string": ["mode: enforce"], "mx-host": []}))
    rows = shown.table("Policies as senders saw them")
    texts = sorted(row[0] for row in rows)
    assert texts[0].startswith("sts; mode enforceThere is no line")
    assert texts[1] == "sts; mode testing; mx *.example.com; max_age 604800"


def test_how_a_domain_got_its_name_is_told() -> None:
    mail = Message()
    mail["TLS-Report-Domain"] = "example.com"
    policy = {"policy-type": "no-policy-found", "policy-domain": None}
    claimed = ReceivedReport("1.eml", report("A", _DAY, policy, 5), (), mail)
    assert (
        "1 report names no domain; the mail's TLS-Report-Domain header does. That is the sender's "
        "claim."
    ) in page(claimed).text()
    note = "This is a mail server of example.com."
    dane = report("B", _DAY, tlsa("mx1.example.com"), 5)
    assert note in page(one(5), dane).text()
    assert (
        note in page(one(5, expired(1), policy={"mx-host": [], "policy-string": []}), dane).text()
    )
    assert note not in page(one(5), report("B", _DAY, tlsa("mx1.example.org"), 5)).text()
    assert note not in page(one(5), report("B", _DAY, sts(domain="mx1.example.com"), 5)).text()


def test_without_reports_the_page_says_so() -> None:
    shown = page()
    assert "0 reports from 0 senders. Judged on 2026-10-31" in shown.text()
    assert not list(shown.root.iter("table"))
    assert "1 duplicate left out" in page(one(5), one(5)).text()


def test_the_day_of_the_verdict_is_today_in_utc() -> None:
    before = datetime.now(UTC).date()
    shown = page(today=None)
    assert any(f"Judged on {day}" in shown.text() for day in (before, datetime.now(UTC).date()))


# --- The chart ----------------------------------------------------------------------------------


def bars(shown: Page, kind: str) -> list[tuple[str, float]]:
    """What the bars of a drawing say, and their heights."""
    return [
        (str(each.findtext("title")), float(each.get("height", "")))
        for each in shown.root.iter("rect")
        if each.get("class") == kind
    ]


def test_few_failures_among_many_sessions_can_be_seen() -> None:
    shown = page(one(1266, expired(3)), one(633, day=_DAY - timedelta(days=1)))
    assert bars(shown, "bar") == [("2026-10-29: 633", 50), ("2026-10-30: 1,266", 100)]
    # A scale of at least 5
    assert bars(shown, "bar failed") == [("2026-10-30: 3", 60)]
    assert bars(page(one(1266)), "bar failed") == []
    many = page(one(2000, expired(2000)), one(2000, expired(1), day=_DAY - timedelta(days=1)))
    assert bars(many, "bar failed")[0] == ("2026-10-29: 1", 2)


@pytest.mark.parametrize(
    ("count", "unit", "drawn", "first"),
    [
        (1, "day", 1, "2026-10-30"),
        (120, "day", 120, "2026-07-03"),
        (121, "week", 18, "2026-06-27 to 2026-07-03"),
        (840, "week", 120, "2024-07-13 to 2024-07-19"),
        (841, "four weeks", 31, "2024-06-15 to 2024-07-12"),
    ],
)
def test_bars_are_of_days_then_weeks_then_four_weeks(
    count: int, unit: str, drawn: int, first: str
) -> None:
    shown = page(*days(count))
    found = bars(shown, "bar")
    assert f"Sessions per {unit}" in shown.text()
    assert (len(found), found[0][0].partition(":")[0]) == (drawn, first)
    assert sum(int(text.rpartition(" ")[2].replace(",", "")) for text, _ in found) == 10 * count


def test_all_figures_of_the_chart_are_in_a_table() -> None:
    for name in ("enforcing_with_failures", "two_years"):
        shown = page(*month(name))
        rows = shown.table("Figures of the chart")
        assert [f"{row[0]}: {row[1]}" for row in rows] == [text for text, _ in bars(shown, "bar")]
        failed = [f"{row[0]}: {row[2]}" for row in rows if row[2] != "0"]
        assert failed == [text for text, _ in bars(shown, "bar failed")]


def test_a_day_without_sessions_is_no_bar_and_one_without_reports_no_row() -> None:
    shown = page(one(0, day=_DAY - timedelta(days=2)), one(5))
    assert bars(shown, "bar") == [("2026-10-30: 5", 100)]
    assert shown.table("Figures of the chart") == [
        ["2026-10-28", "0", "0", ""],
        ["2026-10-30", "5", "0", ""],
    ]
    assert bars(page(one(0)), "bar") == []


def test_reports_of_any_date_are_drawn_or_said_not_to_be() -> None:
    shown = page(one(1, day=date.min), one(2), one(4, day=date.max), one(8, day=TODAY))
    text = shown.text()
    assert "The chart does not show 1 session before that." in text
    assert "The chart does not show 4 sessions in reports that are dated after" in text
    assert sum(int(words.rpartition(" ")[2]) for words, _ in bars(shown, "bar")) == 10
    assert not list(page(one(4, day=date.max)).root.iter("svg"))
    assert bars(page(one(1, day=date.min)), "bar") == [("0001-01-01: 1", 100)]


def test_this_week_is_compared_with_the_last() -> None:
    week = days(7, expired(1)) + [one(30, day=_DAY - timedelta(days=back)) for back in (7, 13)]
    text = (
        "In the 7 days up to 2026-10-30, 7 of 70 sessions failed (10.0%). In the 7 days before, it "
        "was 0 of 60 (0%)."
    )
    for each in (week, [*week, one(9, day=_DAY - timedelta(days=14))]):
        assert text in "".join(page(*each).root.itertext())
    assert "7 days before" not in page(*days(7)).text()


# --- Many -----------------------------------------------------------------------------------------


def domains(count: int, failed: int) -> list[Report]:
    """A report for each domain, of which so many have failures, the last one most."""
    return [
        one(
            count + 10,
            *([expired(number + 1)] if number < failed else []),
            policy={"policy-domain": f"d{number}.example"},
        )
        for number in range(count)
    ]


def test_many_domains_are_a_table_with_the_worst_on_top() -> None:
    shown = page(*domains(8, 3))
    rows = shown.table("8 domains")
    assert [row[0] for row in rows[:4]] == ["d2.example", "d1.example", "d0.example", "d3.example"]
    assert rows[0] == ["d2.example", "18", "3", "16.7%", "not ready for enforce"]
    assert [link.get("href") for link in shown.root.iter("a")] == [
        f"#domain-{place}" for place in (1, 2, 3)
    ]
    sections = ["8 domains", "d2.example", "d1.example", "d0.example"]
    assert shown.texts(".//h2") == sections
    assert "Failures were reported for 3 of them, which come first." in shown.text()


def test_a_mail_server_has_no_verdict() -> None:
    shown = page(one(5), report("B", _DAY, tlsa("mx1.example.com"), 3))
    assert [row[-1] for row in shown.table("2 domains")] == [
        "too little data to judge",
        "mail server of example.com",
    ]
    # Of a host that serves none of them, nobody knows.
    alone = page(one(5), report("B", _DAY, tlsa("mx.example.net"), 3))
    assert alone.table("2 domains")[-1][-1] == "no policy in force"


def test_few_domains_have_a_section_each() -> None:
    shown = page(*domains(3, 0))
    assert len(shown.texts(".//h2")) == 4
    assert "No failures were reported." in shown.text()
    assert page(*domains(1, 0)).texts(".//h2") == ["d0.example"]
    assert len(page(*domains(4, 0)).texts(".//h2")) == 1


def test_a_failure_that_nobody_counted_is_shown() -> None:
    uncounted = one(5, expired(None), policy={"policy-domain": "small.example"})
    shown = page(*domains(8, 1), uncounted)
    assert [row[0] for row in shown.table("9 domains")[:3]] == [
        *("d0.example", "small.example", "d1.example")
    ]
    assert shown.texts(".//h2") == ["9 domains", "d0.example", "small.example"]
    assert "Failures were reported for 2 of them, which come first." in shown.text()


def test_of_a_thousand_domains_the_page_says_what_is_not_shown() -> None:
    shown = page(*domains(1003, 60))
    rows = shown.table("1,003 domains")
    assert rows[-1] == ["3 more domains", "3,039", "0", "", ""]
    assert len(rows) == 1001
    assert "Only 50 of these are shown below." in shown.text()
    assert len(shown.texts(".//h2")) == 51


def test_long_lists_are_cut_and_say_so() -> None:
    policy = sts("enforce")
    shown = page(
        *(report(f"sender {number:02}", _DAY, policy, 5, expired(1)) for number in range(35)),
        *(one(9, expired(1), day=_DAY - timedelta(days=back)) for back in range(40)),
        one(4000, *(expired(1, f"mx{number}.example.com") for number in range(3000))),
        *(one(9, policy={"mx-host": [f"mx{number}.example.com"]}) for number in range(35)),
        unread=broken(32),
    )
    assert shown.table("Senders")[-1] == ["6 more senders", "", "30", "6", "20.0%"]
    assert shown.table("Days with failures")[-1] == ["10 earlier days", "90", "10", "11.1%"]
    text = shown.text()
    assert "2,988 more problems are not shown." in text
    assert "in two rows. 2,970 more are not shown." in text
    assert "leave lines out. 7 more are not shown." in text
    assert "None of this is in the figures above. 2 more are not shown." in text
    assert len(list(shown.root.iter())) < 3000


def test_long_texts_are_cut() -> None:
    long = "x" * 5000
    policy = {**sts(), "policy-domain": long, "mx-host": [long], "policy-type": long}
    shown = html_page(summarize([report(long, _DAY, policy, 9, detail(long, long, 1, long))]))
    assert len(shown) < 15_000
    assert "x" * 81 not in shown


def test_what_could_not_be_read_is_named() -> None:
    mail, file = *broken(1), *read_reports(io.BytesIO(b"{"))
    shown = page(one(5), unread=[mail, file._replace(source="a\x1b.json")])
    assert "2 items could not be read" in shown.text()
    mailed, filed = shown.table("What could not be read")
    assert mailed[0] == "stream"
    assert mailed[1].startswith("this is not JSON")
    assert mailed[2:] == ["Sender <tls@sender.example>", "Report Domain: <example.com>"]
    assert filed[0] == "a\\x1b.json"
    assert filed[2:] == ["", ""]
    bare = ReceivedReport("bare.json", None, (), None)
    assert page(unread=[bare]).table("What could not be read") == [["bare.json", "", "", ""]]
    assert "could not be read" not in page(one(5)).text()


def test_of_a_report_that_was_read_in_part_the_first_error_is_shown() -> None:
    counts = "/policies/0/summary/total-{}-session-count"
    changes = {counts.format(kind): -1 for kind in ("failure", "successful")}
    text = document({**changes, "/contact-info": None}).encode()
    (row,) = page(unread=read_reports(io.BytesIO(text))).table("What could not be read")
    assert row[1].startswith(counts.format("successful"))
    assert row[1].endswith(" [invalid-count] and 1 more error")


# --- How it looks -------------------------------------------------------------------------------


def test_every_text_can_be_told_from_its_background() -> None:
    colours = dict(re.findall(r"--([a-z]+): light-dark\((#[0-9a-f]+, #[0-9a-f]+)\)", STYLE))
    assert len(colours) == 10
    for place in (0, 1):
        shades = {name: _luminance(pair.split(", ")[place]) for name, pair in colours.items()}
        for text in ("text", "quiet", "link", "bad", "good", "fair"):
            for back in ("back", "panel"):
                low, high = sorted((shades[text], shades[back]))
                assert (high + 0.05) / (low + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """The relative luminance (WCAG 2.2)."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_all_classes_have_a_style() -> None:
    shown = [page(*month(name)) for name in ("hostile_text", "forty_domains", "healthy")]
    classes = {
        name
        for each in shown
        for element in each.root.iter()
        for name in element.get("class", "").split()
    }
    assert not {name for name in classes if f".{name}" not in STYLE}


def test_on_paper_what_is_said_of_the_chart_stays_with_it() -> None:
    printed = STYLE.partition("@media print")[2]
    assert re.search(r"figure ~ p \{ break-before: avoid; \}", printed)
    (section,) = page(*month("healthy")).root.iterfind(".//figure/..")
    tags = [each.tag for each in section]
    after = section[tags.index("figure") + 1 :]
    text = next("".join(each.itertext()) for each in after if each.tag == "p")
    assert text.startswith("In the 7 days up to 2026-10-30")


def test_the_page_is_in_ascii_whatever_its_texts_are() -> None:
    html = html_page(summarize([]), title=json.loads('"\\u00fc\\ud83d\\ude00"'))
    assert html.isascii()
    assert Page(html).texts(".//h1") == ["ü😀"]
