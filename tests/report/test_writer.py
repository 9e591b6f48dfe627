"""What is written: JSON, gzip, file names and e-mails."""

from __future__ import annotations

import base64
import copy
import email
import email.generator
import email.policy
import gzip
import io
import json
import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.report.deviations import DATA, SOUND
from tests.report.documents import GONE, document, text
from tests.report.test_model import REPORT
from tlsrpt.report import Report, ReportError, read_reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SENT: Final = Report(**REPORT)
NAME: Final = "sender.example!example.com!1740787200!1740873599"


def test_json_has_the_members_of_the_standard() -> None:
    assert json.loads(SENT.to_json()) == document({})
    assert "\n" not in SENT.to_json()
    assert SENT.to_json().isascii()


def test_what_is_missing_stays_missing() -> None:
    report = Report.parse(
        text({"/organization-name": GONE, "/contact-info": None, "/policies/0": {}})
    )
    assert json.loads(report.to_json()) == {
        "date-range": {
            "start-datetime": "2025-03-01T00:00:00Z",
            "end-datetime": "2025-03-01T23:59:59Z",
        },
        "report-id": "2025-03-01-example.com",
        "policies": [
            {
                "policy": {},
                "summary": {
                    "total-successful-session-count": 0,
                    "total-failure-session-count": 0,
                },
                "failure-details": [],
            }
        ],
    }
    assert Report.parse(report.to_json()) == report


def test_gzip_is_the_same_for_equal_reports() -> None:
    assert gzip.decompress(SENT.to_gzip()).decode() == SENT.to_json()
    # Octets 4 to 7 are the time (RFC 1952 section 2.3.1).
    assert SENT.to_gzip()[4:8] == bytes(4)
    assert SENT.to_gzip() == Report.parse((DATA / SOUND).read_bytes()).to_gzip()


def test_filename() -> None:
    assert SENT.filename() == f"{NAME}.json.gz"
    assert SENT.filename(compressed=False) == f"{NAME}.json"
    assert SENT.filename(unique_id="A1b2") == f"{NAME}!A1b2.json.gz"


@pytest.mark.parametrize("unique_id", ["", "a-b", "../x", "é", "a\n"])
def test_unique_ids(unique_id: str) -> None:
    with pytest.raises(ReportError) as caught:
        SENT.filename(unique_id=unique_id)
    assert caught.value.code == "invalid-unique-id"
    assert str(caught.value).endswith(
        " cannot be part of a file name; write ASCII letters and digits"
    )


def _changed(pointer: str, value: object) -> Report:
    return Report.parse(text({pointer: value}))


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda: SENT.filename(unique_id="a-b"), "a-b cannot be part of a file name; "),
        (lambda: SENT.to_email(recipient="tls"), "tls cannot be the address of a sender or "),
        (_changed("/contact-info", None).filename, "/contact-info: None cannot be the address "),
        (_changed("/contact-info", "x").filename, "/contact-info: x cannot be the address of "),
        (_changed("/policies", []).filename, "/policies: the first policy has no domain "),
        (
            lambda: _changed("/report-id", "a b").to_email("tls@example.com"),
            "/report-id: a b does not fit into a Message-ID (RFC 8460 section 5.3); ",
        ),
    ],
)
def test_messages_of_exceptions(write: Callable[[], object], message: str) -> None:
    with pytest.raises(ReportError) as caught:
        write()
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"/contact-info": None}, "invalid-address"),
        ({"/contact-info": "a@../../etc"}, "invalid-address"),
        ({"/policies": []}, "missing-policy-domain"),
        ({"/policies/0/policy/policy-domain": None}, "missing-policy-domain"),
        ({"/policies/0/policy/policy-domain": "../../etc"}, "missing-policy-domain"),
    ],
)
def test_reports_without_the_parts_of_a_name(changes: dict[str, object], code: str) -> None:
    report = Report.parse(text(changes))
    with pytest.raises(ReportError) as caught:
        report.filename()
    assert caught.value.code == code
    with pytest.raises(ReportError) as caught:
        report.to_email(recipient="tls@example.com")
    assert caught.value.code == code


def test_email_is_as_section_5_3_asks() -> None:
    message = SENT.to_email(recipient="tls@example.com")
    assert message["From"] == "postmaster@sender.example"
    assert message["To"] == "tls@example.com"
    assert message["Subject"] == (
        "Report Domain: example.com Submitter: sender.example "
        "Report-ID: <2025-03-01-example.com@sender.example>"
    )
    assert message["TLS-Report-Domain"] == "example.com"
    assert message["TLS-Report-Submitter"] == "sender.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["TLS-Required"] == "No"
    assert message["Message-ID"].endswith("@sender.example>")
    assert message["Date"].datetime.tzinfo
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "tlsrpt"
    people, machines = message.iter_parts()
    assert people.get_content_type() == "text/plain"
    assert "3 of 5,329 sessions" in people.get_content()
    assert machines.get_content_type() == "application/tlsrpt+gzip"
    assert machines.get_filename() == f"{NAME}.json.gz"
    assert machines.get_content() == SENT.to_gzip()


def test_the_text_counts_as_summarize_does() -> None:
    details = [{"result-type": "certificate-expired", "failed-session-count": 8}]
    people, _ = (
        _changed("/policies/0/failure-details", details).to_email("a@b.example").iter_parts()
    )
    assert "Failed:  8 of 5,329 sessions" in people.get_content()


def test_the_whole_message() -> None:
    octets = SENT.to_email(recipient="tls@example.com").as_bytes().decode("ascii")
    # These, and the boundary, are other ones each time.
    octets = re.sub("(Date|Message-ID): [^\r]+", r"\1: ...", octets)
    octets = re.sub("===============[0-9]+==", "boundary", octets)
    attachment = base64.encodebytes(SENT.to_gzip()).decode("ascii")
    assert (
        octets.split("\r\n")
        == f"""\
From: postmaster@sender.example
To: tls@example.com
Date: ...
Subject: Report Domain: example.com Submitter: sender.example Report-ID: \
<2025-03-01-example.com@sender.example>
Message-ID: ...
TLS-Report-Domain: example.com
TLS-Report-Submitter: sender.example
Auto-Submitted: auto-generated
TLS-Required: No
MIME-Version: 1.0
Content-Type: multipart/report; report-type="tlsrpt"; boundary="boundary"

--boundary
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 7bit

This is a TLS report (RFC 8460) about mail to example.com.

Sender:  Sender Inc.
From:    2025-03-01T00:00:00Z
To:      2025-03-01T23:59:59Z
Failed:  3 of 5,329 sessions

The report itself is attached, as JSON in gzip.

--boundary
Content-Type: application/tlsrpt+gzip
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="{NAME}.json.gz"

{attachment}
--boundary--
""".split("\n")
    )


def test_a_sender_without_a_name() -> None:
    people, _ = _changed("/organization-name", None).to_email("tls@example.com").iter_parts()
    assert "Sender:  \n" in people.get_content()


def test_the_longest_subject() -> None:
    most = 998 - len("Subject: Report Domain: example.com Submitter: sender.example Report-ID: <@>")
    report_id = (most - len("sender.example")) * "a"
    message = _changed("/report-id", report_id).to_email("tls@example.com")
    assert max(map(len, message.as_bytes().splitlines())) == 998
    with pytest.raises(ReportError):
        _changed("/report-id", f"{report_id}a").to_email("tls@example.com")


def _long() -> Report:
    domain = ".".join([63 * "a", 63 * "b", 63 * "c", 50 * "d"])
    return Report.parse(
        text({"/policies/0/policy/policy-domain": domain, "/contact-info": f"tls@{domain}"})
    )


@pytest.mark.parametrize("report", [SENT, _long()])
def test_serialized_lines_are_neither_folded_nor_encoded(report: Report) -> None:
    message = report.to_email(recipient="tls@example.com")
    octets = message.as_bytes()
    header, _, body = octets.partition(b"\r\n\r\n")
    domain, submitter = message["TLS-Report-Domain"], message["TLS-Report-Submitter"]
    subject = (
        f"Subject: Report Domain: {domain} Submitter: {submitter} "
        f"Report-ID: <2025-03-01-example.com@{submitter}>"
    )
    assert subject.encode() in header.split(b"\r\n")
    assert f'filename="{report.filename()}"'.encode() in body
    assert b"=?" not in octets
    assert b"filename*" not in octets
    assert octets.isascii()
    base64 = body.partition(b"base64\r\n")[2].partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert max(map(len, base64)) == 76


def test_smtplib_sends_the_same_lines() -> None:
    message = _long().to_email("tls@example.com")
    octets = message.as_bytes()
    file = io.BytesIO()
    # As `smtplib.SMTP.send_message` does it.
    email.generator.BytesGenerator(file).flatten(copy.copy(message), linesep="\r\n")
    assert file.getvalue() == octets


def test_others_read_the_same(tmp_path: Path) -> None:
    octets = SENT.to_email(recipient="tls@example.com").as_bytes()
    message = email.message_from_bytes(octets, policy=email.policy.default)
    (attachment,) = message.iter_attachments()
    assert gzip.decompress(attachment.get_content()).decode() == SENT.to_json()
    assert attachment.get_filename() == SENT.filename()
    path = tmp_path / "sent.eml"
    path.write_bytes(octets)
    (received,) = read_reports(path)
    assert (received.report, received.findings) == (SENT, ())
    assert received.headers
    assert received.headers["subject"] == message["Subject"]


@pytest.mark.parametrize(
    ("name", "encoding"), [("Sender", "7bit"), ("Bücher 株式会社", "quoted-printable")]
)
def test_text_for_people_is_text_for_every_server(name: str, encoding: str) -> None:
    message = Report(**{**REPORT, "organization_name": name}).to_email("tls@example.com")
    people, _ = message.iter_parts()
    assert people["Content-Transfer-Encoding"] == encoding
    assert f"Sender:  {name}\n" in people.get_content()
    assert message.as_bytes().isascii()


def test_a_report_id_with_an_at_sign_is_a_message_id() -> None:
    report = Report(**{**REPORT, "report_id": "1@sender.example"})
    assert "<1@sender.example>" in report.to_email(recipient="tls@example.com")["Subject"]


def test_addresses_are_in_ascii() -> None:
    message = SENT.to_email(recipient='"a b"@Bücher.example', sender="tls@münchen.example")
    assert message["To"] == '"a b"@xn--bcher-kva.example'
    assert message["From"] == "tls@xn--mnchen-3ya.example"
    assert b"=?" not in message.as_bytes()


@pytest.mark.parametrize(
    "address",
    [
        *("", "tls", "@example.com", "tls@", "tls@a..b", "mailto:tls@example.com", "a b@c.example"),
        *("tls@example.com\r\nBcc: a@example.com", "tls@example.com, a@example.com"),
        *("a\nb@example.com", '"a\r\nb"@example.com', "<tls@example.com>", "tüv@example.com"),
        *("=?utf-8?q?x?=@example.com", '"=?utf-8?q?=0d=0aBcc:x?="@example.com'),
        r'"=\?utf-8?q?=0d=0aBcc:x?="@example.com',
        65 * "a" + "@example.com",
    ],
)
def test_what_is_no_address_is_rejected(address: str) -> None:
    for addresses in ({"recipient": address}, {"recipient": "a@example.com", "sender": address}):
        with pytest.raises(ReportError) as caught:
            SENT.to_email(**addresses)
        assert caught.value.code == "invalid-address"
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "report_id",
    [
        *(None, "", "two words", "a>b", "\r\nBcc: x", 1000 * "a", "é"),
        *("=?utf-8?q?x=0d=0aBcc:_y?=", "a=?us-ascii?b?eA==?=@sender.example"),
    ],
)
def test_report_ids_that_do_not_fit(report_id: str | None) -> None:
    report = Report.parse(text({"/report-id": report_id}))
    with pytest.raises(ReportError) as caught:
        report.to_email(recipient="tls@example.com")
    assert caught.value.code == "invalid-report-id"


def test_text_for_people_cannot_steer_a_terminal() -> None:
    report = Report.parse((DATA / "hostile-text.json").read_bytes())
    people, _ = report.to_email(recipient="tls@example.com").iter_parts()
    assert "Sender:  =cmd|' /C calc'!A0\\x0d\\x0a\\x1b[2J\n" in people.get_content()
