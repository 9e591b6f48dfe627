"""How other implementations read some telling records: prints the tables of docs/conformance.md.

What RFC 8460 says of each record is written down here by hand, and asked of no implementation.
"""

from __future__ import annotations

import email
import email.policy
import logging
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, NamedTuple

from checkdmarc.smtp_tls_reporting import SMTPTLSReportingError, parse_smtp_tls_reporting_record
from cryptoparser.common.exception import InvalidDataLength, InvalidType
from cryptoparser.common.parse import InvalidValue
from cryptoparser.dnsrec.txt import DnsRecordTxtValueTlsRpt
from spf_dkim_dmarc_audit.cli import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    analyse_extras,
)
from tlsrpt_reporter.mapping import DestinationMap, InvalidDestinationScheme
from tlsrpt_reporter.tlsrpt import TLSRPTReportd
from tlsrpt_reporter.utility import MalformedTlsrptRecordException, parse_tlsrpt_record

from tlsrpt import ParseError, TLSRPTRecord

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSALS: Final = (
    InvalidDataLength,
    InvalidType,
    InvalidValue,
    MalformedTlsrptRecordException,
    ParseError,
    SMTPTLSReportingError,
)


class Case(NamedTuple):
    """A record, what is telling about it, and its URIs by RFC 8460: none, and it is no record."""

    note: str
    text: str
    uris: list[str]


MAIL: Final = "mailto:a@example.com"
WEB: Final = "https://example.com/"

CASES: Final = (
    Case("canonical", f"v=TLSRPTv1; rua={MAIL},{WEB}", [MAIL, WEB]),
    Case("no space after `;`", f"v=TLSRPTv1;rua={MAIL}", [MAIL]),
    Case("`;` at the end", f"v=TLSRPTv1; rua={MAIL};", [MAIL]),
    Case("space before the first `;`", f"v=TLSRPTv1 ; rua={MAIL}", [MAIL]),
    Case("spaces beside a comma", f"v=TLSRPTv1; rua={MAIL} , {WEB}", [MAIL, WEB]),
    Case("extension before rua", f"v=TLSRPTv1; x=1; rua={MAIL}", [MAIL]),
    Case("extension after rua", f"v=TLSRPTv1; rua={MAIL}; x=1", [MAIL]),
    Case("two rua fields", f"v=TLSRPTv1; rua={MAIL}; rua={WEB}", [MAIL, WEB]),
    Case("scheme in capitals", "v=TLSRPTv1; rua=MAILTO:a@example.com", ["MAILTO:a@example.com"]),
    Case(
        "another scheme beside",
        f"v=TLSRPTv1; rua=ftp://example.com/,{MAIL}",
        ["ftp://example.com/", MAIL],
    ),
    Case("no mailbox", "v=TLSRPTv1; rua=mailto:", ["mailto:"]),
    Case("header fields", f"v=TLSRPTv1; rua={MAIL}?subject=x", [f"{MAIL}?subject=x"]),
    Case("IPv6 host", "v=TLSRPTv1; rua=https://[2001:db8::1]/", ["https://[2001:db8::1]/"]),
    Case("name in capitals", f"v=TLSRPTv1; RUA={MAIL}", []),
    Case("version in lower case", f"v=tlsrptv1; rua={MAIL}", []),
    Case("bare e-mail address", "v=TLSRPTv1; rua=a@example.com", []),
    Case("one URI of two unsound", f"v=TLSRPTv1; rua={MAIL},a@example.com", []),
    Case("comma at the end", f"v=TLSRPTv1; rua={MAIL},", []),
    Case("space for a comma", f"v=TLSRPTv1; rua={MAIL} {WEB}", []),
    Case("space after `rua=`", f"v=TLSRPTv1; rua= {MAIL}", []),
    Case("size limit of DMARC", f"v=TLSRPTv1; rua={MAIL}!10m", []),
    Case("lone percent sign", "v=TLSRPTv1; rua=https://example.com/100%", []),
    Case("empty field", f"v=TLSRPTv1;; rua={MAIL}", []),
    Case("`=` in an extension", f"v=TLSRPTv1; rua={MAIL}; x=a=b", []),
    Case("space at the end", f"v=TLSRPTv1; rua={MAIL} ", []),
    Case("in quotation marks", f'"v=TLSRPTv1; rua={MAIL}"', []),
    Case("no rua", "v=TLSRPTv1; x=1", []),
)


def read_with_tlsrpt(text: str) -> list[str]:
    return list(TLSRPTRecord.parse(text).rua)


def read_with_checkdmarc(text: str) -> list[str]:
    uris: list[str] = parse_smtp_tls_reporting_record(text)["tags"]["rua"]["value"]
    return uris


def read_with_tlsrpt_reporter(text: str) -> list[str]:
    uris: list[str] = parse_tlsrpt_record(text)
    return uris


def read_with_cryptoparser(text: str) -> list[str]:
    """It has one URL, whose text urllib3 writes with slashes even where it is a mailto."""
    field = DnsRecordTxtValueTlsRpt.parse_exact_size(text.encode()).reporting_url_aggregated
    return [] if field is None else [str(field.value).replace("mailto:///", "mailto:")]


def read_with_audit(text: str) -> list[str]:
    """Its reading is part of an audit, which is here given a resolver that knows one record."""
    answer = SimpleNamespace(rcode=0, answers=[], txt_strings=lambda: [text])
    found, _ = analyse_extras("example.com", SimpleNamespace(txt=lambda _: answer), {})
    rua = found["tls_rpt"].get("tags", {}).get("rua")
    return [rua] if rua else []


READERS: Final = {
    "tlsrpt": read_with_tlsrpt,
    "checkdmarc": read_with_checkdmarc,
    "tlsrpt-reporter": read_with_tlsrpt_reporter,
    "cryptoparser": read_with_cryptoparser,
    "spf-dkim-dmarc-audit": read_with_audit,
}


def outcome(case: Case, read: Callable[[str], list[str]]) -> str:
    """What comes of reading the record, beside what RFC 8460 says."""
    try:
        uris = read(case.text)
    except REFUSALS:
        return "refuses"
    if not case.uris:
        return "accepts" if uris else "reads none"
    strange = [uri for uri in uris if uri not in case.uris]
    if strange:
        return f"differs: `{strange[0]}`"
    return "accepts" if uris == case.uris else f"reads {len(uris)} of {len(case.uris)}"


# --- Where tlsrpt-reporter delivers ---------------------------------------------------------------

DELIVERIES: Final = (
    f"{MAIL},{WEB}",
    "mailto:%C3%BCser@example.com",
    "mailto:tls%2Bx@example.com",
    f"{MAIL}?subject=x",
    f"{MAIL},MAILTO:b@example.com",
    f"{MAIL},http://example.com/",
    f"{MAIL},ftp://example.com/",
    f"{WEB}?id=xc",
)


def deliveries(rua: str) -> str:
    """What tlsrpt-reporter does for a record with these endpoints."""
    uris = parse_tlsrpt_record(f"v=TLSRPTv1; rua={rua}")
    maps = SimpleNamespace(
        httpmap=[], mailmap=[], ruamap=[], pre_flight_check=DestinationMap.pre_flight_check
    )
    try:
        uris = DestinationMap.map_destination(maps, "example.com", uris, logging.getLogger())
    except InvalidDestinationScheme:
        return "reports to none"
    done = [
        f"mails to `{recipient(uri)}`" if uri.startswith("mailto:") else f"posts to `{uri}`"
        for uri in uris
    ]
    return ", ".join(done)


def recipient(uri: str) -> str:
    """The recipient of the mail with which tlsrpt-reporter reports to an endpoint."""
    with tempfile.TemporaryDirectory() as folder:
        mail = Path(folder, "mail")
        settings = SimpleNamespace(
            debug_send_file_dest="",
            debug_send_mail_dest="",
            organization_name="Sender Inc.",
            sender_address="tls@sender.example",
            sendmail_script=f"cat >'{mail}'",
            sendmail_timeout=10,
        )
        reporter = SimpleNamespace(
            cfg=settings,
            create_email_subject=lambda *_: "Report Domain: example.com",
            create_report_filename=lambda *_: "report.json.gz",
            report_id=lambda *_: "1",
            sender_domain=lambda: "sender.example",
        )
        TLSRPTReportd.send_out_report_to_mail(reporter, "", "example.com", 1, 1, uri, b"")
        return str(email.message_from_bytes(mail.read_bytes(), policy=email.policy.SMTP)["To"])


def main() -> None:
    peers = [f"{name} {version(name)}" for name in READERS if name != "tlsrpt"]
    heads = ["what", "record", "RFC 8460", "tlsrpt", *peers]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for case in CASES:
        verdict = f"{len(case.uris)} URI{'s' * (len(case.uris) > 1)}" if case.uris else "no record"
        outcomes = [outcome(case, read) for read in READERS.values()]
        print(f"| {' | '.join([case.note, f'`{case.text}`', verdict, *outcomes])} |")
    print(f"\n| rua | tlsrpt-reporter {version('tlsrpt-reporter')} |\n|---|---|")
    for rua in DELIVERIES:
        print(f"| `{rua}` | {deliveries(rua)} |")


if __name__ == "__main__":
    main()
