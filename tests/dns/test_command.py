"""`tlsrpt lookup`, in process and as a process."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, TypeAlias
from unittest import mock

import dns.flags
import dns.rcode
import dns.resolver
import pytest

from tests.dns.server import ADDRESS, SILENCE, NameServer, Reply
from tlsrpt import TLSRPTError
from tlsrpt.cli import main
from tlsrpt.cli._awaited import awaited_input_lines
from tlsrpt.cli.lookup import _Progress, _server
from tlsrpt.dns import Lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run: TypeAlias = Callable[..., tuple[int, str, str]]

GOOD: Final = "v=TLSRPTv1; rua=mailto:tls@example.com"
OTHER: Final = "v=TLSRPTv1; rua=https://reports.example.net/v1"
ZONE: Final = {
    "good.example": Reply(texts=(GOOD,), ttl=3600),
    "alias.example": Reply(
        texts=(GOOD,), ttl=3600, cnames=("a.vendor.example.",), flags=dns.flags.AD
    ),
    "useless.example": Reply(texts=("v=TLSRPTv1; rua=ftp://example.com/",)),
    "mixed.example": Reply(texts=("v=TLSRPTv1; rua=mailto:tls@example.com,http://r.example.com/",)),
    "broken.example": Reply(texts=("v=TLSRPTv1 rua=mailto:tls@example.com", "v=spf1 -all")),
    "full.example": Reply(
        texts=("v=TLSRPTv1; rua=" + ",".join(f"mailto:{i:04}@example.com" for i in range(2713)),)
    ),
    "foreign.example": Reply(texts=("v=spf1 -all", "\x1b[2J")),
    "two.example": Reply(texts=(GOOD, OTHER)),
    "empty.example": Reply(negative_ttl=None),
    "gone.example": Reply(
        rcode=dns.rcode.NXDOMAIN, cnames=("a.example.", "b.example.", "c.vendor.example.")
    ),
    "silent.example": SILENCE,
    "servfail.example": Reply(rcode=dns.rcode.SERVFAIL),
    "refused.example": Reply(rcode=dns.rcode.REFUSED),
    "bogus.example": Reply(rcode=dns.rcode.SERVFAIL, extended_error=6),
    "invalid.example": Reply(rcode=dns.rcode.FORMERR),
    "unfollowed.example": Reply(
        cnames=("a.vendor.example.",), negative_ttl=None, is_authority=True
    ),
    "loop.example": Reply(cnames=5 * ("a.example.", "_smtp._tls.loop.example.")),
    "dead.example": Reply(texts=("v=TLSRPTv1; rua=http://r.example/",)),
    "capitals.example": Reply(texts=("v=TLSRPTv1; rua=MAILTO:tls@example.com",)),
    "twice.example": Reply(
        texts=("v=TLSRPTv1; rua=mailto:tls@example.com,mailto:%74ls@example.com",)
    ),
    "doubtful.example": Reply(texts=("v=TLSRPTv1; rua=",)),
    "joined.example": Reply(texts=(2 * GOOD,)),
}
# Names where no sender looks.
MISPLACED: Final = {
    "apex.example.": Reply(texts=("v=spf1 -all", GOOD)),
    "_smtp-tlsrpt.old.example.": Reply(texts=("v=TLSRPTv1 rua=mailto:tls@example.com\x1b",)),
    "_smtp-tlsrpt.draft.example.": Reply(texts=("v=TLSRPTv1 rua=mailto:tls@example.com",)),
    "spoilt.example.": Reply(texts=("v=TLSRPTv1; rua=http://r.example/",)),
    "both.example.": Reply(texts=(GOOD, OTHER, "v=spf1 -all")),
    "_smtp-tlsrpt.both.example.": Reply(texts=(OTHER,)),
    "foreign.example.": Reply(texts=("v=spf1 -all",)),
    "_smtp-tlsrpt.foreign.example.": Reply(rcode=dns.rcode.SERVFAIL),
}
TEXTS: Final = {
    "good.example": """\
ok: good.example
  _smtp._tls.good.example has a TLS-RPT record (TTL 3600)
  ok: v=TLSRPTv1; rua=mailto:tls@example.com
""",
    "alias.example": """\
ok: alias.example
  _smtp._tls.alias.example has a TLS-RPT record \
(TTL 3600, CNAME to a.vendor.example, authenticated by DNSSEC)
  ok: v=TLSRPTv1; rua=mailto:tls@example.com
""",
    "useless.example": """\
not ok: useless.example
  _smtp._tls.useless.example has a TLS-RPT record (TTL 300)
  not ok: v=TLSRPTv1; rua=ftp://example.com/
""",
    "broken.example": """\
not ok: broken.example
  _smtp._tls.broken.example has a broken TLS-RPT record (TTL 300)
  not ok: v=TLSRPTv1 rua=mailto:tls@example.com
""",
    "foreign.example": """\
not ok: foreign.example
  the domain does not use TLS-RPT: _smtp._tls.foreign.example has only other TXT records \
[foreign] (TTL 300)
  to get reports: tlsrpt generate foreign.example mailto:tls-reports@foreign.example
  TXT: \\x1b[2J
  TXT: v=spf1 -all
""",
    "two.example": """\
not ok: two.example
  _smtp._tls.two.example: 2 TXT records begin with "v=TLSRPTv1;", so senders ignore them all \
[multiple-records] (TTL 300)
  merge them into one, and delete the others
  TXT: v=TLSRPTv1; rua=https://reports.example.net/v1
  TXT: v=TLSRPTv1; rua=mailto:tls@example.com
""",
    "empty.example": """\
not ok: empty.example
  the domain does not use TLS-RPT: _smtp._tls.empty.example has no TXT record [nodata]
  to get reports: tlsrpt generate empty.example mailto:tls-reports@empty.example
""",
    "absent.example": """\
not ok: absent.example
  the domain does not use TLS-RPT: _smtp._tls.absent.example does not exist [nxdomain] (TTL 60)
""",
    "gone.example": """\
not ok: gone.example
  the domain does not use TLS-RPT: c.vendor.example does not exist [nxdomain] \
(TTL 60, CNAME to c.vendor.example)
  to get reports: publish the record at c.vendor.example, or in place of the CNAME
""",
    "com": """\
not ok: com
  the domain does not use TLS-RPT: _smtp._tls.com does not exist [nxdomain] (TTL 60)
  to get reports: tlsrpt generate com ENDPOINT, with an address at a domain that gets mail
""",
    "apex.example": f"""\
not ok: apex.example
  the domain does not use TLS-RPT: _smtp._tls.apex.example does not exist [nxdomain] (TTL 60)
  senders do not look at apex.example, which has: {GOOD}
  to get reports: publish {GOOD} at _smtp._tls.apex.example
""",
    "draft.example": f"""\
not ok: draft.example
  the domain does not use TLS-RPT: _smtp._tls.draft.example does not exist [nxdomain] (TTL 60)
  senders do not look at _smtp-tlsrpt.draft.example, which has: \
v=TLSRPTv1 rua=mailto:tls@example.com
  to get reports: publish {GOOD} at _smtp._tls.draft.example
""",
    "spoilt.example": """\
not ok: spoilt.example
  the domain does not use TLS-RPT: _smtp._tls.spoilt.example does not exist [nxdomain] (TTL 60)
  senders do not look at spoilt.example, which has: v=TLSRPTv1; rua=http://r.example/
  to get reports: tlsrpt generate spoilt.example mailto:tls-reports@spoilt.example
""",
    "old.example": """\
not ok: old.example
  the domain does not use TLS-RPT: _smtp._tls.old.example does not exist [nxdomain] (TTL 60)
  senders do not look at _smtp-tlsrpt.old.example, which has: \
v=TLSRPTv1 rua=mailto:tls@example.com\\x1b
""",
    "both.example": f"""\
not ok: both.example
  the domain does not use TLS-RPT: _smtp._tls.both.example does not exist [nxdomain] (TTL 60)
  senders do not look at both.example, which has: {OTHER}
  senders do not look at both.example, which has: {GOOD}
  senders do not look at _smtp-tlsrpt.both.example, which has: {OTHER}
  to get reports: publish {OTHER} at _smtp._tls.both.example
""",
    "bad,\x1bdomain": """\
not ok: bad,\\x1bdomain
  ',' is not allowed in a domain (bad,\\x1bdomain) [domain-character]
  use letters, digits, hyphens and dots
""",
    "silent.example": """\
unknown: silent.example
  the lookup failed: the name server 127.0.0.1 did not answer in time [timeout]
  ask again later
""",
    "servfail.example": "unknown: servfail.example\n  the lookup failed: the name server 127.0.0.1",
    "refused.example": "unknown: refused.example\n  the lookup failed: the name server 127.0.0.1",
    "bogus.example": "unknown: bogus.example\n  the lookup failed: the name server 127.0.0.1",
    "invalid.example": "unknown: invalid.example\n  the lookup failed: the name server 127.0.0.1",
    "unfollowed.example": """\
unknown: unfollowed.example
  the lookup failed: the name server 127.0.0.1 does not follow the CNAME to a.vendor.example, \
which is not in its zones [invalid-answer]
  ask a resolver; leave out --nameserver to ask the system's
""",
    "loop.example": """\
unknown: loop.example
  the lookup failed: the CNAMEs form a loop: _smtp._tls.loop.example to a.example to \
_smtp._tls.loop.example [invalid-answer]
  whoever runs the domain has to correct them
""",
}


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer(ZONE) as one:
        one.replies.update(MISPLACED)
        yield one


@pytest.fixture
def run(
    server: NameServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run the command: its exit status and what it wrote to either output."""

    def run_main(*arguments: str, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        is_given = any(argument.startswith("--nameserver") for argument in arguments)
        ours = [] if is_given else [f"--nameserver={ADDRESS}:{server.port}"]
        try:
            status = main(["lookup", *ours, *arguments])
        except SystemExit as stop:
            assert isinstance(stop.code, int)
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return run_main


# --- Results --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("domain", "text"), TEXTS.items())
def test_text(run: Run, domain: str, text: str) -> None:
    status, out, err = run("--timeout=1", domain)
    assert out.startswith(text)
    assert (status, err) == (0 if text.startswith("ok") else 1, "")


def test_broken_record_is_shown_as_check_shows_it(run: Run) -> None:
    _, out, _ = run("broken.example")
    assert out.splitlines()[3:] == [
        "    error: there is no semicolon before the next field [missing-delimiter]",
        "      v=TLSRPTv1 rua=mailto:tls@example.com",
        "                ^",
        "      write ; here",
        "    fixed: v=TLSRPTv1; rua=mailto:tls@example.com",
    ]


def test_no_name_server_to_name(run: Run) -> None:
    _, out, _ = run("--timeout=1e-9", "good.example")
    assert "the lookup failed: the name server did not answer in time [timeout]" in out


def test_several_domains(run: Run) -> None:
    status, out, err = run("good.example", "alias.example")
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == "2 domains, 0 not ok, 0 unknown"
    given = ("good.example", "silent.example", "empty.example", "two.example")
    status, out, err = run(*given, "--timeout=1")
    assert (status, err) == (1, "")
    assert out.splitlines()[-1] == "4 domains, 2 not ok, 1 unknown"


def test_rate(run: Run) -> None:
    start = time.monotonic()
    assert run("--rate=10", "good.example", "alias.example", "good.example")[0] == 0
    assert time.monotonic() - start >= 0.2


def test_settings_of_the_system_do_not_matter_to_another_name_server(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns.resolver.BaseResolver, "read_resolv_conf", None)
    assert run("good.example")[0] == 0


def test_json(run: Run) -> None:
    status, out, err = run("--format=json", "good.example", "absent.example", "bad,one")
    results = {result["domain"]: result for result in map(json.loads, out.splitlines())}
    assert (status, err) == (1, "")
    assert {domain: result["ok"] for domain, result in results.items()} == {
        "good.example": True,
        "absent.example": False,
        "bad,one": False,
    }
    assert results["good.example"]["record"]["rua"] == ["mailto:tls@example.com"]
    assert results["good.example"]["check"]["ok"] is True
    assert results["absent.example"] == {
        "ok": False,
        "domain": "absent.example",
        "host": "_smtp._tls.absent.example",
        "status": "none",
        "reason": "nxdomain",
        "record": None,
        "check": None,
        "texts": [],
        "ttl": 60,
        "authenticated": False,
        "cnames": [],
        "server": None,
        "misplaced": [],
    }


def test_json_of_misplaced_records(run: Run) -> None:
    _, out, _ = run("--format=json", "both.example")
    assert json.loads(out)["misplaced"] == [
        {"host": "both.example", "status": "multiple", "texts": [OTHER, GOOD]},
        {"host": "_smtp-tlsrpt.both.example", "status": "found", "texts": [OTHER]},
    ]


def test_a_long_domain_has_no_name_for_a_draft(run: Run, server: NameServer) -> None:
    domain = ".".join([*3 * [63 * "a"], 50 * "b"])
    assert len(domain) == 242
    before = len(server.queries)
    run(domain)
    assert len(server.queries) == before + 2


OURS: Final = "https://reports.example.net/v1?a&b"


@pytest.mark.parametrize(
    ("domain", "required", "publish"),
    [
        ("good.example", False, f"{GOOD},{OURS}"),
        ("broken.example", False, f"{GOOD},{OURS}"),
        ("doubtful.example", False, None),
        ("joined.example", False, None),
        ("capitals.example", False, f"{GOOD},{OURS}"),
        ("twice.example", False, f"{GOOD},{OURS}"),
        # Some senders would ignore the whole record.
        ("dead.example", False, None),
        ("useless.example", False, None),
        ("mixed.example", False, None),
        ("two.example", False, None),
        ("absent.example", False, f"v=TLSRPTv1; rua={OURS}"),
        ("foreign.example", False, f"v=TLSRPTv1; rua={OURS}"),
        ("gone.example", False, f"v=TLSRPTv1; rua={OURS}"),
        ("apex.example", False, f"{GOOD},{OURS}"),
        ("draft.example", False, f"{GOOD},{OURS}"),
        ("full.example", False, None),
        ("servfail.example", None, None),
        ("bad,one", False, None),
    ],
)
def test_what_to_publish(
    run: Run, domain: str, *, required: bool | None, publish: str | None
) -> None:
    long = f"&c={200 * 'x'}" if domain == "full.example" else ""
    status, out, _ = run("--require", OURS + long, "--format=json", domain)
    result = json.loads(out)
    assert (status, result["ok"]) == (1, False)
    assert (result["required"], result["publish"]) == (required, publish)
    _, out, _ = run("--require", OURS + long, domain)
    # What people read says the same.
    if publish is not None and domain not in {"absent.example", "foreign.example"}:
        assert f"publish instead: {publish}\n" in out or f"publish {publish} at " in out
    assert (OURS in out) is (domain not in {"servfail.example", "bad,one"})


def test_json_where_the_record_reports_to_what_is_required(run: Run) -> None:
    status, out, _ = run("--require=MAILTO:tls@EXAMPLE.com", "--format=json", "good.example")
    result = json.loads(out)
    assert (status, result["required"], result["publish"]) == (0, True, GOOD)


@pytest.mark.parametrize(
    ("domain", "lines"),
    [
        ("absent.example", [f"to get reports: tlsrpt generate absent.example '{OURS}'"]),
        ("com", [f"to get reports: tlsrpt generate com '{OURS}'"]),
        ("two.example", [f"it has to report to {OURS}"]),
        (
            "broken.example",
            [f"it has to report to {OURS}", f"publish instead: {GOOD},{OURS}"],
        ),
    ],
)
def test_hints_name_what_is_required(run: Run, domain: str, lines: list[str]) -> None:
    _, out, _ = run("--require", OURS, domain)
    assert [line.strip() for line in out.splitlines()][-len(lines) :] == lines


def test_a_domain_whose_mailboxes_cannot_be_endpoints(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise TLSRPTError("code", "message", "hint", {})

    monkeypatch.setattr("tlsrpt.cli._lookup_text.generate", refuse)
    _, out, _ = run("absent.example")
    assert "to get reports: tlsrpt generate absent.example ENDPOINT, with" in out


def test_require(run: Run) -> None:
    status, out, _ = run("--require", "MAILTO:tls@EXAMPLE.com", "good.example")
    assert (status, out) == (0, TEXTS["good.example"])
    status, out, _ = run("--require=https://reports.example.net/v1", "good.example")
    assert status == 1
    assert out == (
        f"not {TEXTS['good.example']}"
        "  it does not report to https://reports.example.net/v1\n"
        f"  publish instead: {GOOD},https://reports.example.net/v1\n"
    )
    status, out, _ = run("--require=https://reports.example.net/v1", "empty.example")
    required = TEXTS["empty.example"].replace(
        "mailto:tls-reports@empty.example", "https://reports.example.net/v1"
    )
    assert (status, out) == (1, required)


def test_require_where_there_is_no_room(run: Run) -> None:
    status, out, _ = run("--require", f"https://reports.example.net/{200 * 'x'}", "full.example")
    assert status == 1
    assert "  it does not report to https://reports.example.net/" in out
    assert "publish instead" not in out


# --- Standard input -------------------------------------------------------------------------------


def test_standard_input(run: Run) -> None:
    given = b"\xef\xbb\xbfgood.example\r\n\n  \n alias.example \nB\xc3\xbccher.example"
    status, out, err = run("--format=json", "-", "absent.example", given=given)
    assert (status, err) == (1, "")
    assert sorted(json.loads(line)["domain"] for line in out.splitlines()) == [
        "absent.example",
        "alias.example",
        "good.example",
        "xn--bcher-kva.example",
    ]


def test_no_domain(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "tlsrpt lookup: there is no domain on standard input\n"
    assert run("-", given=b"\n\n") == (1, "", message)


def test_closed_standard_output(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert run("good.example") == (0, "", "")


def test_closed_standard_input(
    server: NameServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["lookup", "-"]) == 1
    assert "no domain" in capsys.readouterr().err


class Lines(io.BytesIO):
    """Counts the lines that are read."""

    taken = 0

    def __next__(self) -> bytes:
        self.taken += 1
        if self.taken > 7:
            self.is_far.set()
        return super().__next__()

    is_far = threading.Event()


def test_only_some_lines_are_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be more of them than memory."""

    async def read() -> None:
        lines = awaited_input_lines()
        assert await anext(lines) == "0"
        # Five that wait, and one for which there is no room yet.
        assert not given.is_far.wait(0.2)
        assert [line async for line in lines] == [str(number) for number in range(1, 100)]

    given = Lines(b"".join(b"%d\n" % number for number in range(100)))
    monkeypatch.setattr("tlsrpt.cli._awaited._READ_AHEAD", 5)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(given))
    asyncio.run(read())
    assert given.taken == 101


def process(server: NameServer, *arguments: str, **streams: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tlsrpt", "lookup", f"--nameserver={ADDRESS}:{server.port}"]
    # An empty text is as good as none.
    env = {**os.environ, "PYTHONUNBUFFERED": ""}
    done: subprocess.Popen[bytes] = subprocess.Popen([*command, *arguments], env=env, **streams)  # type: ignore[call-overload]
    # What waits for its output shall not wait forever.
    timer = threading.Timer(20, done.kill)
    timer.daemon = True
    timer.start()
    return done


def test_standard_input_that_cannot_be_read(server: NameServer) -> None:
    with open(os.devnull, "wb") as unreadable:  # noqa: PTH123
        done = process(server, "-", stdin=unreadable, stderr=subprocess.PIPE)
        _, err = done.communicate(timeout=20)
    assert (done.returncode, err) == (1, b"tlsrpt: Bad file descriptor\n")


@pytest.mark.usefixtures("_interrupts")
def test_interrupt_while_waiting_for_a_line(server: NameServer) -> None:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    # Nobody waits for the reply that does not come.
    done = process(server, "--timeout=60", "-", **pipes)
    with done:
        assert done.stdin is not None
        assert done.stdout is not None
        done.stdin.write(b"good.example\nsilent.example\n")
        done.stdin.flush()
        # The first result comes although standard input goes on.
        assert done.stdout.readline() == b"ok: good.example\n"
        done.send_signal(signal.SIGINT)
        assert done.wait(timeout=20) == 130
        assert done.stderr is not None
        assert done.stderr.read() == b""


def test_reader_goes_away(server: NameServer) -> None:
    done = process(server, "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with done:
        assert done.stdin is not None
        assert done.stdout is not None
        done.stdin.write(b"good.example\n")
        done.stdin.flush()
        done.stdout.readline()
        done.stdout.close()
        done.stdin.write(b"good.example\n")
        done.stdin.flush()
        assert done.wait(timeout=20) == 1


# --- Wrong usage ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--timeout=0"],
        ["--timeout=nan"],
        ["--timeout=soon"],
        ["--timeout=1e999"],
        ["--timeout=1e-"],
        ["--concurrency=0"],
        ["--timeout=1_0"],
        ["--timeout=\u0665"],
        ["--concurrency=1.5"],
        ["--concurrency=\u0665"],
        ["--concurrency=9999999999"],
        ["--rate=-1"],
        ["--rate=inf"],
        ["--nameserver=dns,example"],
        ["--nameserver=192.0.2"],
        ["--nameserver=[dns.example]:53"],
        ["--nameserver="],
        ["--nameserver=192.0.2.1:0"],
        ["--nameserver=192.0.2.1:65536"],
        ["--nameserver=192.0.2.1:dns"],
        ["--nameserver=192.0.2.1:\u0665\u0663"],
        ["--nameserver=192.0.2.1: 53"],
        ["--nameserver=[192.0.2.1"],
        ["--nameserver=2001:db8::1]"],
        ["--nameserver=fe80::1%a]"],
        ["--nameserver=[[2001:db8::1]]:53"],
        ["--nameserver=fe80::1%\x1b"],
        ["--nameserver=192.0.2.1:"],
        ["--require=http://reports.example.net/"],
        ["--require=tls@example.com"],
        ["--format=xml"],
    ],
)
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    status, out, err = run(*arguments, "good.example")
    assert (status, out) == (2, "")
    assert 1 <= len(err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--nameserver", ["192.0.2.1", "192.0.2.2"]),
        ("--require", ["https://reports.example.net/v1", "mailto:tls@example.com"]),
    ],
)
def test_a_second_option_does_not_replace_the_first(
    run: Run, option: str, values: list[str]
) -> None:
    said = f"tlsrpt lookup: give {option} only once; see tlsrpt lookup --help\n"
    assert run(*(f"{option}={value}" for value in values), "good.example") == (2, "", said)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (
            "--nameserver=dns,example",
            "dns,example is not a server; write ADDRESS, NAME or SERVER:PORT",
        ),
        ("--nameserver=a:0", "a:0 is not a server; write ADDRESS, NAME or SERVER:PORT"),
        ("--timeout=1e-", "1e- is not a positive number"),
        ("--concurrency=0", "0 is not a whole number above 0"),
    ],
)
def test_wrong_usage_is_explained(run: Run, argument: str, message: str) -> None:
    _, _, err = run(argument, "good.example")
    option = argument.partition("=")[0]
    assert err == (f"tlsrpt lookup: argument {option}: {message}; see tlsrpt lookup --help\n")


FILE: Final = "domains.txt is a file; if it has one domain per line, read it with: "
AS_DOMAIN: Final = "  for the domain of that name: tlsrpt lookup "


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("@192.0.2.1", "to ask the server @192.0.2.1, write: --nameserver 192.0.2.1"),
        ("+short", "tlsrpt has no options of dig, such as +short; see tlsrpt lookup --help"),
        ("txt", "leave out txt: lookup asks for TXT records anyway"),
        ("TXT", "leave out TXT: lookup asks for TXT records anyway"),
        ("@a;\x1b", "to ask the server @a;\\x1b, write: --nameserver 'a;\\x1b'"),
        (
            "domains.txt",
            f"{FILE}tlsrpt lookup - < domains.txt\n{AS_DOMAIN}domains.txt.",
        ),
        ("./domains.txt", f"./{FILE}tlsrpt lookup - < ./domains.txt"),
    ],
)
def test_what_is_no_domain(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "domains.txt").touch()
    for arguments in (["good.example", argument], [argument, "good.example"]):
        assert run(*arguments) == (2, "", f"tlsrpt lookup: {said}\n")


def test_a_domain_of_a_files_name_has_a_final_dot(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.example").touch()
    (tmp_path / "Bücher.example").touch()
    cure = run("good.example")[2].rpartition("tlsrpt lookup ")[2]
    assert run(cure.strip()) == (0, TEXTS["good.example"], "")
    assert run("Bücher.example")[2].endswith("tlsrpt lookup xn--bcher-kva.example.\n")


def test_name_servers_by_name(
    run: Run, server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All addresses are asked, so one that cannot be reached does not matter."""

    def addresses(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append((host, port))
        found = [("2001:db8::1", port, 0, 0), (ADDRESS, port)]
        return [(0, 0, 0, "", address) for address in found]

    asked: list[tuple[str, int]] = []
    monkeypatch.setattr("socket.getaddrinfo", addresses)
    name = f"--nameserver=NS1.Bücher.example:{server.port}"
    status, out, err = run(name, "--timeout=1", "good.example")
    assert (status, out, err) == (0, TEXTS["good.example"], "")
    assert asked == [("ns1.xn--bcher-kva.example", server.port)]


def test_name_server_whose_name_is_not_known(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", fail)
    message = "the address of ns1.example is not known: Name or service not known"
    assert run("--nameserver=ns1.example", "good.example") == (
        2,
        "",
        f"tlsrpt lookup: {message}\n",
    )


def test_required_endpoint_is_explained(run: Run) -> None:
    message = "tlsrpt lookup: a@example.com is an e-mail address without mailto:\n"
    hint = "  write mailto:a@example.com\n"
    assert run("--require=a@example.com", "good.example") == (2, "", message + hint)


def test_no_resolver_configured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unconfigured() -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr("dns.asyncresolver.get_default_resolver", unconfigured)
    assert main(["lookup", "good.example"]) == 2
    assert capsys.readouterr().err == (
        "tlsrpt lookup: no resolver is configured; give one: --nameserver SERVER\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:1", ("192.0.2.1", 1)),
        ("192.0.2.1:65535", ("192.0.2.1", 65535)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
        ("fe80::1%eth0", ("fe80::1%eth0", 53)),
        ("ns1.example.com", ("ns1.example.com", 53)),
        ("localhost:5353", ("localhost", 5353)),
    ],
)
def test_forms_of_name_servers(text: str, expected: tuple[str, int]) -> None:
    assert _server(text) == expected


def test_without_dnspython() -> None:
    program = (
        "import sys; sys.modules['dns'] = None\n"
        "from tlsrpt.cli import main\n"
        "assert main(['check', 'v=TLSRPTv1; rua=mailto:tls@example.com']) == 0\n"
        "sys.exit(main(['lookup', 'example.com']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        b'tlsrpt lookup: this needs dnspython 2.7 or later: pip install "dnspython>=2.7"\n'
    )


@pytest.mark.parametrize("given", [["@192.0.2.1"], [__file__], ["example.com", "--require", "x"]])
def test_what_is_wrong_with_arguments_is_told_without_dnspython(given: list[str]) -> None:
    program = (
        "import sys; sys.modules['dns'] = None\n"
        "from tlsrpt.cli import main\n"
        "sys.exit(main(['lookup', *sys.argv[1:]]))\n"
    )
    command = [sys.executable, "-c", program, *given]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"dnspython" not in done.stderr


# --- Progress -------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    shown = ""

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.shown = self.getvalue()


def shown(
    monkeypatch: pytest.MonkeyPatch, server: NameServer, *arguments: str, given: bytes = b""
) -> str:
    """What a terminal gets on standard error, if every work counts as long."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    monkeypatch.setattr("tlsrpt.cli.lookup._SHORT", 0.0)
    monkeypatch.setattr("tlsrpt.cli.lookup._UPDATE", 0.0)
    main(["lookup", f"--nameserver={ADDRESS}:{server.port}", "--concurrency=1", *arguments])
    return terminal.shown


def test_progress(monkeypatch: pytest.MonkeyPatch, server: NameServer) -> None:
    domains = ("good.example", "servfail.example", "absent.example", "alias.example")
    text = shown(monkeypatch, server, *domains)
    lines = [line for line in text.split("\r") if line.strip()]
    assert [line.split(", ")[:3] for line in lines] == [
        ["1 done", "1 found", "0 failed"],
        ["2 done", "1 found", "1 failed"],
        ["3 done", "1 found", "1 failed"],
        ["4 done", "2 found", "1 failed"],
    ]
    # It stays where it is, as standard output is no terminal.
    assert text.count("\r") == 2 * len(lines) + 2
    assert all(line.split(", ")[3].endswith("/s") for line in lines)
    assert lines[-1].endswith(", 0:00 left")
    # At the end, the line is gone.
    assert text.endswith(f"\r{' ' * len(lines[-1])}\r")


def test_status_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    result = Lookup(domain="good.example", host="_smtp._tls.good.example", status="found")
    lines = []
    with mock.patch("time.monotonic", return_value=100.0) as clock:
        progress = _Progress(7220, is_wanted=True)
        for clock.return_value in (100.9, 101.0, 101.1, 101.3):
            progress.add(result)
            lines.append(terminal.shown.rpartition("\r")[2])
    assert lines == [
        "",
        "2 done, 2 found, 0 failed, 2/s, 60:09 left",
        "2 done, 2 found, 0 failed, 2/s, 60:09 left",
        "4 done, 4 found, 0 failed, 3/s, 39:06 left",
    ]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers that send a signal")
@pytest.mark.usefixtures("_interrupts")
def test_interrupt_removes_the_status_line(
    monkeypatch: pytest.MonkeyPatch, server: NameServer
) -> None:
    class Impatient(Terminal):
        def write(self, text: str) -> int:
            if "1 done" in text:
                signal.setitimer(signal.ITIMER_REAL, 0.1)
            return super().write(text)

    monkeypatch.setattr(sys.modules[__name__], "Terminal", Impatient)
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        text = shown(monkeypatch, server, "good.example", "silent.example")
    finally:
        signal.signal(signal.SIGALRM, before)
    line = next(line for line in text.split("\r") if line.strip())
    assert text.endswith(f"\r{' ' * len(line)}\r")


def test_progress_without_a_known_end(monkeypatch: pytest.MonkeyPatch, server: NameServer) -> None:
    text = shown(monkeypatch, server, "-", given=b"good.example\n")
    assert "1 done, 1 found, 0 failed" in text
    assert "left" not in text


def test_progress_makes_room_on_one_terminal(
    monkeypatch: pytest.MonkeyPatch, server: NameServer
) -> None:
    both = Terminal()
    monkeypatch.setattr(sys, "stdout", both)
    errors = shown(monkeypatch, server, "good.example", "good.example")
    assert both.getvalue().count("ok: good.example\n") == 2
    # Shown, hidden for the second result, shown again, removed.
    assert errors.count("done") == 2
    assert errors.count("\r") == 8


def test_no_progress(monkeypatch: pytest.MonkeyPatch, server: NameServer) -> None:
    assert shown(monkeypatch, server, "--no-progress", "good.example") == ""


def test_no_progress_of_short_work(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    run("good.example", "alias.example")
    assert terminal.getvalue() == ""
