"""`html_page`: a summary as one HTML document, for people who look rather than code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from tlsrpt.report._domain_page import domain_section, mark
from tlsrpt.report._findings import first_error
from tlsrpt.report._item import ReceivedReport
from tlsrpt.report._style import STYLE
from tlsrpt.report._summary import DomainSummary, Summary, described, mail_servers, worst_first
from tlsrpt.report._table import FIGURES, cut, figures, isolated, row, span, table, theirs
from tlsrpt.report._tree import document, element, prose
from tlsrpt.report._words import listed, name, number
from tlsrpt.report.readiness import readiness

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_SECTIONS: Final = 50
_MAX_DOMAINS: Final = 1000


def html_page(
    summary: Summary,
    title: str = "TLS reports",
    unread: Iterable[ReceivedReport] = (),
    today: date | None = None,
) -> str:
    """Show a summary as one HTML document: what failed, why, and whether it is safe to enforce.

    The document has no script and loads nothing. It can be sent to somebody, served as it is, or
    printed. Whatever strangers wrote is escaped and can only be text. Long lists are cut, and a
    note says how much is missing.

    Args:
        summary: what ``summarize`` returned.
        title: the title of the document.
        unread: those items from ``read_reports`` that could not be read.
        today: the day of the verdict, as for ``readiness``; None is today in UTC. Later reports are
            not drawn.

    >>> from tlsrpt.report import read_reports, summarize
    >>> page = html_page(summarize(read_reports("tests/report/data/sound.json")))
    >>> "The certificate of mx2.example.com had expired." in page
    True
    """
    today = today or datetime.now(UTC).date()
    main = element("main", *_parts(summary, title, list(unread), today))
    return document(title, STYLE, [main])


def _parts(
    summary: Summary, title: str, unread: Sequence[ReceivedReport], today: date
) -> Iterator[Element]:
    domains = worst_first(summary.domains.values())
    yield element("h1", *prose(title))
    yield element("p", *prose(_about(summary, today)), class_="quiet")
    if unread:
        text = f"{number(len(unread), 'item')} could not be read"
        yield element("p", element("a", text, href="#unread"))
    sections = described(domains)[:_MAX_SECTIONS]
    served = mail_servers(domains)
    if len(domains) > 1:
        yield element("h2", number(len(domains), "domain"))
        yield _overview(domains, len(sections), today, served)
    for place, domain in enumerate(sections, 1):
        yield domain_section(domain, today, place, served.get(domain.policy_domain or "", []))
    if unread:
        yield element("h2", "What could not be read", id="unread")
        yield _unread(unread)


def _about(summary: Summary, today: date) -> str:
    """What was added up, and when."""
    domains = summary.domains.values()
    senders = {sender for domain in domains for sender in domain.by_sender}
    parts = [f"{number(summary.reports, 'report')} from {number(len(senders), 'sender')}"]
    if domains:
        first = min(domain.first_day for domain in domains)
        parts.append(span(first, max(domain.last_day for domain in domains)))
    if summary.duplicates:
        parts.append(f"{number(summary.duplicates, 'duplicate')} left out")
    return f"{', '.join(parts)}. Judged on {today}; days are in UTC."


def _overview(
    domains: Sequence[DomainSummary],
    sections: int,
    today: date,
    served: Mapping[str, Sequence[str]],
) -> Element:
    """All domains, the worst first, with links to those that have a section."""
    rows = [
        row(
            element("a", theirs(domain.policy_domain), href=f"#domain-{place}")
            if place <= sections
            else theirs(domain.policy_domain),
            *figures(domain),
            _mta_sts(domain, today, served.get(domain.policy_domain or "", [])),
        )
        for place, domain in enumerate(domains[:_MAX_DOMAINS], 1)
    ]
    rest = domains[_MAX_DOMAINS:]
    if rest:
        rows.append(row(f"{len(rest):,} more domains", *figures(*rest), element("td")))
    failed = sum(len(domain.incidents) > 0 for domain in domains)
    note = "No failures were reported."
    if failed:
        note = f"Failures were reported for {failed:,} of them, which come first."
    if failed > sections:
        note += f" Only {sections} of these are shown below."
    return table(note, ["Domain", *FIGURES, "MTA-STS"], rows, "stack")


def _mta_sts(domain: DomainSummary, today: date, served: Sequence[str]) -> Element:
    """The verdict on a domain, or whose mail server it is: a server has no MTA-STS policy."""
    if served:
        return element("td", isolated(f"mail server of {listed(map(name, served))}"))
    return element("td", mark(readiness(domain, today)))


def _unread(unread: Sequence[ReceivedReport]) -> Element:
    shown, more = cut(unread)
    rows = [
        row(
            name(received.source),
            element("td", first_error(received.findings)),
            element("td", theirs(_field(received, "From"))),
            element("td", theirs(_field(received, "Subject"))),
        )
        for received in shown
    ]
    note = f"None of this is in the figures above.{more}"
    return table(note, ["File", "Problem", "Mail from", "Subject"], rows, "stack")


def _field(received: ReceivedReport, field: str) -> str:
    """A header field of the mail that it came by, if it did."""
    return received.headers.get(field, "") if received.headers else ""
