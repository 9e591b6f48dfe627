"""Writing a report as an e-mail (RFC 8460 section 5.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from typing import TYPE_CHECKING, Final

from tlsrpt._display import clipped
from tlsrpt.report._catalogue import fail
from tlsrpt.report._figures import by_domain, figures_of, sessions_of
from tlsrpt.report._values import REPORT_ID, split_address, write_date_time
from tlsrpt.report._writer import filename, subject_domain, submitter, to_gzip
from tlsrpt.txt import plain

if TYPE_CHECKING:
    from tlsrpt.report._parts import ReportValues

# RFC 5322 section 2.1.1. Receivers look for the parts of the subject and for the file name where
# RFC 8460 puts them, so the lines must not be folded, nor encoded by RFC 2047 or RFC 2231.
_MAX_LINE: Final = 998

_TEXT: Final = """\
This is a TLS report (RFC 8460) about mail to {domain}.

Sender:  {organization}
From:    {start}
To:      {end}
Failed:  {failed:,} of {total:,} sessions

The report itself is attached, as JSON in gzip.
"""


def to_email(report: ReportValues, recipient: str, sender: str | None) -> EmailMessage:
    """A report as a message that is ready to be sent."""
    domain, organization = subject_domain(report), submitter(report)
    report_id = report["report_id"] or ""
    name = f"<{report_id if '@' in report_id else f'{report_id}@{organization}'}>"
    subject = f"Report Domain: {domain} Submitter: {organization} Report-ID: {name}"
    if not REPORT_ID.fullmatch(report_id) or len(f"Subject: {subject}") > _MAX_LINE:
        raise fail("invalid-report-id", "/report-id", value=report_id)

    text = EmailMessage()
    words = _text_for_people(report, domain)
    # Not base64, in which nobody can search; nor 8bit, which not every server takes.
    text.set_content(words, cte=None if words.isascii() else "quoted-printable")
    del text["MIME-Version"]
    document = EmailMessage()
    document.set_content(
        to_gzip(report),
        "application",
        "tlsrpt+gzip",
        filename=filename(report, ".json.gz", None),
    )
    del document["MIME-Version"]

    message = EmailMessage()
    message["From"] = _address((report["contact_info"] or "") if sender is None else sender)
    message["To"] = _address(recipient)
    message["Date"] = datetime.now(UTC)
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain=organization)
    message["TLS-Report-Domain"] = domain
    message["TLS-Report-Submitter"] = organization
    # RFC 3834: nobody's vacation message should answer.
    message["Auto-Submitted"] = "auto-generated"
    # RFC 8689 section 3: deliver it even where TLS fails, which is what it reports.
    message["TLS-Required"] = "No"
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = 'multipart/report; report-type="tlsrpt"'
    message.attach(text)
    message.attach(document)
    # Only now: while the parts are made, it would be the length of lines in base64, too.
    message.policy = SMTP.clone(max_line_length=_MAX_LINE)
    return message


def _address(text: str) -> str:
    """An address for a header field, its domain in A-labels."""
    text = plain(text)
    parts = split_address(text)
    if not parts:
        raise fail("invalid-address", value=text)
    return "@".join(parts)


def _text_for_people(report: ReportValues, domain: str) -> str:
    # As `summarize` will count it, by the header field of this mail.
    policies = by_domain(figures_of(report["policies"]), domain)
    counts = [sessions_of(each) for each in policies.values()]
    return _TEXT.format(
        domain=domain,
        organization=clipped(report["organization_name"] or ""),
        start=write_date_time(report["start_datetime"]),
        end=write_date_time(report["end_datetime"]),
        failed=sum(failed for _, failed in counts),
        total=sum(sessions for sessions, _ in counts),
    )
