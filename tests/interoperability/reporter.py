"""tlsrpt-reporter as a real sender, from the datagrams of Postfix to what we read.

Its three programs run as they are installed, with a configuration file:

- `tlsrpt-collectd` gets datagrams as Postfix sends them with libtlsrpt, one a session. Its signal
  for developers, SIGUSR2, turns today into yesterday, so that nobody waits for midnight.
- `tlsrpt-reportd` finds that the day is complete, fetches it with `tlsrpt-fetcher`, and sends the
  reports at once. Mail goes to a file in place of sendmail. HTTPS goes by its own curl command,
  with a certificate added, to the receiver of our how-to.

It asks no DNS: the TLS-RPT record of a domain is in the datagrams. What we read has to be what was
fed. At midnight in UTC this fails, since the collector then changes the day itself.
See `nox -s interoperability`.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias
from wsgiref.simple_server import make_server

import pytest

from tests.dns.real import program
from tlsrpt import TLSRPTRecord, generate
from tlsrpt.report import Report, read_reports, summarize

if TYPE_CHECKING:
    from collections.abc import Iterator

HOW_TO: Final = Path("docs/howto/read-reports.md").resolve()
CODE: Final = r"```python\n((?:(?!```).)*def receive\(.*?)```"
PROGRAMS: Final = Path(sys.executable).parent

# What libtlsrpt calls the result types of RFC 8460 section 4.3, and what it calls policies
CODES: Final = {
    "starttls-not-supported": 201,
    "certificate-host-mismatch": 202,
    "certificate-not-trusted": 203,
    "certificate-expired": 204,
    "validation-failure": 205,
    "sts-policy-fetch-error": 301,
    "sts-policy-invalid": 302,
    "sts-webpki-invalid": 303,
    "tlsa-invalid": 304,
    "dnssec-invalid": 305,
    "dane-required": 306,
}
TYPES: Final = {"tlsa": 1, "sts": 2, "no-policy-found": 9}
# The members of a failure detail, as it calls them
LETTERS: Final = {
    "sending_mta_ip": "s",
    "receiving_mx_hostname": "n",
    "receiving_mx_helo": "h",
    "receiving_ip": "r",
    "additional_information": "a",
    "failure_reason_code": "f",
}
EMPTY: Final[Mapping[str, str]] = {}


class Sessions(NamedTuple):
    """Some sessions with a domain, of which each ended alike."""

    times: int
    domain: str
    policy_type: str
    policy_domain: str | None
    policy_string: tuple[str, ...] = ()
    mx_host: tuple[str, ...] = ()
    result_type: str | None = None
    detail: Mapping[str, str] = EMPTY
    is_failure: bool = True

    def datagram(self, record: str) -> bytes:
        policy: dict[str, object] = {"policy-type": TYPES[self.policy_type]}
        if self.policy_domain is not None:
            policy["policy-domain"] = self.policy_domain
        if self.policy_string:
            policy["policy-string"] = self.policy_string
        if self.mx_host:
            policy["mx-host"] = self.mx_host
        if self.result_type:
            detail = {LETTERS[name]: value for name, value in self.detail.items()}
            policy["failure-details"] = [{"c": CODES[self.result_type], **detail}]
        policy["t"] = int(bool(self.result_type))
        policy["f"] = int(bool(self.result_type) and self.is_failure)
        whole = {"dpv": "1", "d": self.domain, "pr": record, "policies": [policy]}
        return json.dumps(whole, ensure_ascii=False).encode()


def server(number: int) -> dict[str, str]:
    return {
        "sending_mta_ip": "192.0.2.25",
        "receiving_mx_hostname": f"mx{number}.example.com",
        # Postfix writes the whole answer to EHLO.
        "receiving_mx_helo": f"mail{number}.example.com\nPIPELINING\nSIZE 10240000\nSTARTTLS",
        "receiving_ip": f"198.51.100.{number}",
    }


STS: Final = ("version: STSv1", "mode: testing", "mx: *.example.com", "max_age: 86400")
TLSA: Final = ("3 1 1 " + 32 * "0A", "2 0 1 " + 32 * "b1")
URI: Final = "https://example.com/?a=1"
IDN: Final = "xn--bcher-kva.example"
ODD: Final = 'a "b" \\ c\t{d} é漢\n<e>'

MAILED: Final = ("mailed.example", "sts", "mailed.example", STS, ("*.example.com",))
FED: Final = [
    # By mail: everything that can fail, and sessions without a policy
    Sessions(157, *MAILED),
    *(
        Sessions(times, *MAILED, result_type, server(1 + times % 2))
        for times, result_type in enumerate(CODES, start=1)
    ),
    Sessions(12, *MAILED, "sts-webpki-invalid"),
    Sessions(13, *MAILED, "validation-failure", {**server(3), "failure_reason_code": ODD}),
    Sessions(14, *MAILED, "certificate-expired", {**server(3), "additional_information": URI}),
    Sessions(5, "mailed.example", "no-policy-found", "mailed.example"),
    # By mail: TLSA records, each for a server, and one that libtlsrpt calls delivered in the end
    Sessions(3, "dane.example", "tlsa", "mx9.example.com", TLSA),
    Sessions(2, "dane.example", "tlsa", "mx9.example.com", TLSA, (), "tlsa-invalid", server(9)),
    Sessions(
        *(4, "dane.example", "tlsa", "mx8.example.com", TLSA[:1], (), "dane-required", server(8)),
        is_failure=False,
    ),
    # By HTTPS: as little as there can be
    Sessions(7, IDN, "no-policy-found", None),
    Sessions(6, IDN, "no-policy-found", None, result_type="starttls-not-supported"),
    # By both
    Sessions(10, "both.example", "sts", "both.example", STS[:2], ("a.example", "*.b.example")),
]
SESSIONS: Final = sum(sessions.times for sessions in FED)

# (policy type, domain, string, mx-host): (successful, failed, {detail: sessions})
Figures: TypeAlias = dict[tuple[object, ...], tuple[int, int, Counter[tuple[object, ...]]]]


def fed(domain: str) -> Figures:
    """What the reports on a domain have to say."""
    result: Figures = {}
    for sessions in FED:
        if sessions.domain != domain:
            continue
        good, bad, details = result.get(sessions[2:6], (0, 0, Counter()))
        if sessions.result_type:
            detail = tuple(sessions.detail.get(name) for name in LETTERS)
            details[(sessions.result_type, *detail)] += sessions.times
        failed = sessions.times * bool(sessions.result_type and sessions.is_failure)
        result[sessions[2:6]] = (good + sessions.times - failed, bad + failed, details)
    return result


def figures(report: Report) -> Figures:
    result: Figures = {}
    for policy in report.policies:
        key = (policy.policy_type, policy.policy_domain, policy.policy_string, policy.mx_host)
        details: Counter[tuple[object, ...]] = Counter()
        for detail in policy.failure_details:
            values = tuple(getattr(detail, name) for name in LETTERS)
            details[(detail.result_type, *values)] += detail.failed_session_count
        assert key not in result
        counts = (policy.total_successful_session_count, policy.total_failure_session_count)
        result[key] = (*counts, details)
    return result


# --- Running it -----------------------------------------------------------------------------------

SETTINGS: Final = """
[tlsrpt_collectd]
storage = sqlite://{folder}/collectd
socketname = {folder}/socket
dump_path_for_invalid_datagram = {folder}/invalid
max_uncommited_datagrams = 100
sockettimeout = 1

[tlsrpt_fetcher]
storage = sqlite://{folder}/collectd

[tlsrpt_reportd]
organization_name = Sender Inc.
contact_info = postmaster@sender.example
sender_address = tls@sender.example
dbname = {folder}/reportd
fetchers = {fetcher} --config_file {folder}/tlsrpt.cfg
sendmail_script = cat >$(mktemp {folder}/mail/XXXXXXXX)
http_script = {curl} --fail --cacert {folder}/certificate
spread_out_delivery = 1
interval_main_loop = 1
"""
# As tlsrpt-reporter has it, when nothing else is set
CURL: Final = "curl --silent --header 'Content-Type: application/tlsrpt+gzip' --data-binary @-"


class Delivered(NamedTuple):
    """Where the mail is, and what was posted."""

    mail: Path
    inbox: Path


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    folder = tmp_path_factory.mktemp("tlsrpt")
    (folder / "mail").mkdir()
    fetcher = PROGRAMS / "tlsrpt-fetcher"
    (folder / "tlsrpt.cfg").write_text(SETTINGS.format(folder=folder, fetcher=fetcher, curl=CURL))
    with receiver(folder) as port, started("tlsrpt-collectd", folder) as collector:
        records = {
            "mailed.example": generate("mailed.example", "tls@mailed.example"),
            "dane.example": generate("dane.example", "tls@dane.example"),
            IDN: generate(IDN, f"https://localhost:{port}/v1"),
            "both.example": generate(
                "both.example", f"https://localhost:{port}/v1\nmailto:tls@both.example"
            ),
        }
        feed(folder / "socket", records)
        wait_for(folder / "collectd", "SELECT sum(cntrtotal) FROM finalresults", SESSIONS)
        collector.send_signal(signal.SIGUSR2)
        wait_for(folder / "collectd.yesterday", "SELECT sum(cntrtotal) FROM finalresults", SESSIONS)
        with started("tlsrpt-reportd", folder):
            wait_for(folder / "reportd", "SELECT count(*) FROM destinations WHERE status='sent'", 5)
    assert not (folder / "invalid").exists()
    return Delivered(folder / "mail", folder / "inbox")


@contextlib.contextmanager
def started(name: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([PROGRAMS / name, "--config_file", folder / "tlsrpt.cfg"])
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


@contextlib.contextmanager
def receiver(folder: Path) -> Iterator[int]:
    """The port of the how-to's receiver behind HTTPS, which keeps reports in `inbox`."""
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key")
    command = [program("openssl"), "req", "-x509", *key, "-out", "certificate", *subject]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (code,) = re.findall(CODE, HOW_TO.read_text("utf-8"), re.DOTALL)
        exec(code, names)  # noqa: S102
        with make_server("localhost", 0, names["receive"]) as server:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield server.server_port
            finally:
                server.shutdown()
                thread.join()


def feed(path: Path, records: Mapping[str, TLSRPTRecord]) -> None:
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end, "the collector does not start"
        time.sleep(0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.connect(str(path))
        for sessions in FED:
            for _ in range(sessions.times):
                client.send(sessions.datagram(records[sessions.domain].value))


def wait_for(database: Path, query: str, result: int) -> None:
    found = None
    end = time.monotonic() + 60
    while found != result:
        assert time.monotonic() < end, f"{query}: {found}"
        time.sleep(0.1)
        with (
            contextlib.suppress(sqlite3.OperationalError),
            contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection,
        ):
            ((found,),) = connection.execute(query)


def test_the_mails(delivered: Delivered) -> None:
    """Found in a folder, each with the header fields of section 5.3."""
    reports = {}
    for received in read_reports(delivered.mail):
        assert received.report
        assert received.headers
        assert received.headers["TLS-Report-Submitter"] == "sender.example"
        reports[str(received.headers["TLS-Report-Domain"])] = received.report
    assert {domain: figures(report) for domain, report in reports.items()} == {
        domain: fed(domain) for domain in ("mailed.example", "dane.example", "both.example")
    }


def test_what_was_posted(delivered: Delivered) -> None:
    """Accepted by the receiver of the how-to, and gzip as it came."""
    reports = {}
    for path in delivered.inbox.iterdir():
        report = Report.parse(path.read_bytes())
        reports[str(report.report_id).rpartition("_")[2]] = report
    assert {domain: figures(report) for domain, report in reports.items()} == {
        domain: fed(domain) for domain in (IDN, "both.example")
    }


def test_what_deviates(delivered: Delivered) -> None:
    """Postfix's answers to EHLO, what was left out above, and a failure that ended well."""
    findings = [
        finding
        for folder in delivered
        for received in read_reports(folder)
        for finding in received.findings
    ]
    assert {finding.severity for finding in findings} == {"warning"}
    assert Counter((finding.code, finding.pointer.rpartition("/")[2]) for finding in findings) == {
        ("multiline-helo", "receiving-mx-helo"): 15,
        ("missing-member", "policy"): 1,
        ("missing-member", "0"): 3,
        ("failure-total", "total-failure-session-count"): 1,
    }


def test_the_sum(delivered: Delivered) -> None:
    """The reports of both folders add up; one that came by mail and by HTTPS counts once.

    A policy of TLSA records is under the server that they are for, one without a domain under None.
    """
    summary = summarize(each for folder in delivered for each in read_reports(folder))
    assert summary.duplicates == 1
    total: Counter[str | None] = Counter()
    types: dict[str | None, Counter[str]] = defaultdict(Counter)
    for sessions in FED:
        total[sessions.policy_domain] += sessions.times
        types[sessions.policy_domain] += Counter({sessions.result_type or "": sessions.times})
        del types[sessions.policy_domain][""]
    found = summary.domains.items()
    assert {name: domain.total_session_count for name, domain in found} == total
    assert {name: domain.result_types for name, domain in found} == types
    assert sum(total.values()) == SESSIONS
