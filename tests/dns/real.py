"""Against real servers: knot, which signs, behind unbound, which validates; see `nox -s dns`.

Both are started here, on loopback and at free ports, and need no privileges.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import dns.dnssec
import dns.message
import dns.nameserver
import dns.query
import dns.resolver
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import RECORDS
from tlsrpt import TLSRPTRecord, check, check_answer, check_rrset
from tlsrpt.dns import lookup

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tests.dns.conftest import Ask

ADDRESS: Final = "127.0.0.1"
PATH: Final = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
GOOD: Final = "v=TLSRPTv1; rua=mailto:tls@example.com"

# Zones by name. `signed` and `vendor` are signed; of `bogus`, the resolver expects another key.
SOA: Final = "@ 300 IN SOA @ hostmaster 1 3600 600 86400 60\n@ 300 IN NS @\n@ 300 IN A 127.0.0.1\n"
ZONES: Final = {
    "signed.example": f"""{SOA}
_smtp._tls 300 IN TXT "{GOOD}"
_smtp._tls.foreign 300 IN TXT "v=spf1 -all"
_smtp._tls.two 300 IN TXT "{GOOD}"
_smtp._tls.two 300 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.net"
_smtp._tls.broken 300 IN TXT "v=TLSRPTv1 rua=mailto:tls@example.com"
_smtp._tls.alias 200 IN CNAME tls.vendor.example.
_smtp._tls.away 300 IN CNAME tls.unsigned.example.
_smtp._tls.outside 300 IN CNAME tls.vendor.test.
_smtp._tls.gone 300 IN CNAME absent.vendor.example.
_smtp._tls.loop 300 IN CNAME _smtp._tls.loop
*.wildcard 300 IN TXT "v=spf1 -all"
below._smtp._tls.empty 300 IN TXT "so that there is a name, but nothing else, above"
""",
    "vendor.example": f'{SOA}tls 300 IN TXT "{GOOD}"\n',
    "unsigned.example": f'{SOA}tls 300 IN TXT "{GOOD}"\n_smtp._tls 300 IN TXT "{GOOD}"\n',
    "bogus.example": f'{SOA}_smtp._tls 300 IN TXT "{GOOD}"\n',
}
UNSIGNED: Final = {"unsigned.example"}
# Its zone file is missing.
BROKEN: Final = "servfail.example"

# What an owner publishes who copies `to_zone`'s lines into a zone file.
WRITTEN: Final = [
    TLSRPTRecord(rua=["mailto:tls@example.com"], domain="written.example"),
    TLSRPTRecord(rua=["mailto:tls@bücher.example"], domain="bücher.written.example"),
    TLSRPTRecord(
        rua=["mailto:tls@example.com"],
        extensions=[("note", r'a\b"c')],
        domain="odd.written.example",
    ),
    TLSRPTRecord(
        rua=[f"https://reports{number}.example.com/v1" for number in range(300)],
        domain="long.written.example",
    ),
]
ALL_ZONES: Final = {
    **ZONES,
    "written.example": SOA + "".join(f"{record.to_zone()}\n" for record in WRITTEN),
}


def program(name: str) -> str:
    path = shutil.which(name, path=PATH)
    assert path, f"{name} is not installed"
    return path


def free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def running(configuration: str, path: Path, *command: str) -> Iterator[int]:
    """The port of a server whose configuration, with `{port}` in it, is in a file.

    Another program can take the port first. Then the server ends, and gets another port.
    """
    for _ in range(5):
        port = free_port()
        path.write_text(configuration.replace("{port}", str(port)), encoding="ascii")
        process = subprocess.Popen([*command, str(path)])
        while process.poll() is None and not is_up(port):
            time.sleep(0.05)
        if process.poll() is None:
            break
    else:
        pytest.fail(f"{command[0]} does not start")
    try:
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def is_up(port: int) -> bool:
    """Whether a server gives any answer."""
    with contextlib.suppress(OSError, dns.exception.DNSException):
        dns.query.udp(dns.message.make_query("localhost", "A"), ADDRESS, port=port, timeout=0.2)
        return True
    return False


def ask_for(name: str, rdtype: str, port: int) -> dns.message.Message:
    """An answer with records, as soon as the server gives one."""
    query = dns.message.make_query(name, rdtype, want_dnssec=True)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError, dns.exception.DNSException):
            answer = dns.query.udp(query, ADDRESS, port=port, timeout=0.2)
            if len(answer.answer) > 1:
                return answer
        time.sleep(0.05)
    pytest.fail(f"no answer for {name} {rdtype}")


def key_of(zone: str, port: int) -> str:
    """The key that signs a zone's keys, as text."""
    answer = ask_for(zone, "DNSKEY", port)
    (key,) = [key for key in answer.answer[0] if key.flags & dns.rdtypes.dnskeybase.Flag.SEP]
    return str(key)


KNOT: Final = """
server:
    rundir: {folder}
    listen: {address}@{{port}}
database:
    storage: {folder}
log:
  - target: stderr
    any: error
template:
  - id: default
    storage: {folder}
    file: %s.zone
    zonefile-sync: -1
zone:
"""

UNBOUND: Final = """
server:
    directory: "{folder}"
    pidfile: "{folder}/unbound.pid"
    chroot: ""
    username: ""
    interface: {address}
    port: {{port}}
    do-ip6: no
    do-not-query-localhost: no
    use-syslog: no
    ede: yes
    module-config: "validator iterator"
remote-control:
    control-enable: no
"""


@contextlib.contextmanager
def authority(zones: Mapping[str, str], unsigned: Collection[str]) -> Iterator[int]:
    """The port of a knot with authority for zones; it may still be signing them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = KNOT.format(folder=folder, address=ADDRESS)
        for zone, content in zones.items():
            (folder / f"{zone}.zone").write_text(f"$ORIGIN {zone}.\n{content}", encoding="ascii")
            signing = "off" if zone in unsigned else "on"
            text += f"  - domain: {zone}\n    dnssec-signing: {signing}\n"
        text += f"  - domain: {BROKEN}\n"
        with running(text, folder / "knot.conf", program("knotd"), "--config") as port:
            yield port


@pytest.fixture(scope="module")
def knot() -> Iterator[int]:
    """The port of a server with authority for the zones, once it has signed them."""
    with authority(ALL_ZONES, UNSIGNED) as port:
        ask_for("_smtp._tls.signed.example", "TXT", port)
        yield port


@pytest.fixture(scope="module")
def unbound(knot: int) -> Iterator[int]:
    """The port of a resolver that validates."""
    with tempfile.TemporaryDirectory() as folder:
        text = UNBOUND.format(folder=folder, address=ADDRESS)
        anchors = {zone: key_of(zone, knot) for zone in ALL_ZONES if zone not in UNSIGNED}
        anchors["bogus.example"] = anchors["signed.example"]
        for zone, key in anchors.items():
            text += f'server:\n    trust-anchor: "{zone}. DNSKEY {key}"\n'
        for zone in [*ALL_ZONES, BROKEN]:
            text += f"stub-zone:\n    name: {zone}\n    stub-addr: {ADDRESS}@{knot}\n"
        path = Path(folder) / "unbound.conf"
        with running(text, path, program("unbound"), "-d", "-c") as port:
            ask_for("_smtp._tls.signed.example", "TXT", port)
            yield port


def resolver(port: int) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [ADDRESS]
    made.port = port
    return made


FOUND: Final[dict[str, object]] = {"status": "found", "authenticated": True, "server": ADDRESS}


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("signed.example", FOUND),
        ("unsigned.example", {"status": "found", "authenticated": False, "texts": (GOOD,)}),
        ("foreign.signed.example", {"status": "none", "reason": "foreign", "authenticated": True}),
        ("x.wildcard.signed.example", {"status": "none", "reason": "foreign"}),
        ("empty.signed.example", {"status": "none", "reason": "nodata", "authenticated": True}),
        (
            "absent.signed.example",
            {"status": "none", "reason": "nxdomain", "authenticated": True, "server": None},
        ),
        ("two.signed.example", {"status": "multiple", "reason": None}),
        ("broken.signed.example", {"status": "broken", "reason": "missing-delimiter"}),
        ("alias.signed.example", {**FOUND, "cnames": ("tls.vendor.example",)}),
        (
            "away.signed.example",
            {"status": "found", "authenticated": False, "cnames": ("tls.unsigned.example",)},
        ),
        (
            "gone.signed.example",
            {"status": "none", "reason": "nxdomain", "cnames": ("absent.vendor.example",)},
        ),
        ("loop.signed.example", {"status": "failed"}),
        ("bogus.example", {"status": "failed", "reason": "bogus", "texts": ()}),
        (BROKEN, {"status": "failed", "reason": "servfail"}),
        ("long.written.example", FOUND),
        ("bücher.written.example", FOUND),
    ],
)
def test_behind_a_resolver(
    ask: Ask, unbound: int, domain: str, expected: dict[str, object]
) -> None:
    result = ask(domain, resolver=resolver(unbound))
    assert {key: getattr(result, key) for key in expected} == expected


def test_ttl(unbound: int) -> None:
    """A cache says what is left; of an alias and its target, the shorter TTL counts."""
    ttl = lookup("alias.signed.example", resolver=resolver(unbound)).ttl
    assert ttl is not None
    assert 150 < ttl <= 200
    ttl = lookup("absent.signed.example", resolver=resolver(unbound)).ttl
    assert ttl is not None
    assert 30 < ttl <= 60


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("signed.example", {"status": "found", "authenticated": False}),
        ("long.written.example", {"status": "found"}),
        ("absent.signed.example", {"status": "none", "reason": "nxdomain"}),
        ("empty.signed.example", {"status": "none", "reason": "nodata"}),
        (BROKEN, {"status": "failed", "reason": "servfail"}),
        ("outside.signed.example", {"status": "failed", "reason": "invalid-answer"}),
        ("foreign.test", {"status": "failed", "reason": "refused"}),
    ],
)
def test_with_authority(ask: Ask, knot: int, domain: str, expected: dict[str, object]) -> None:
    result = ask(domain, resolver=resolver(knot))
    assert {key: getattr(result, key) for key in expected} == expected


@pytest.mark.parametrize("record", WRITTEN, ids=lambda record: record.domain)
def test_zone_lines_are_published_as_they_are_meant(knot: int, record: TLSRPTRecord) -> None:
    assert record.domain is not None
    assert lookup(record.domain, resolver=resolver(knot)).record == record


@settings(max_examples=50)
@given(st.lists(RECORDS, min_size=1, max_size=20))
def test_zone_lines_are_accepted(records: list[TLSRPTRecord]) -> None:
    lines = [record.with_domain(f"d{i}.example").to_zone() for i, record in enumerate(records)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.zone"
        path.write_text(f"$ORIGIN example.\n{SOA}" + "\n".join(lines) + "\n", encoding="ascii")
        command = [program("kzonecheck"), "--origin", "example.", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# `host -v` has no room to print a record of several kilobytes.
TOOLS: Final = (
    *("dig -p PORT @SERVER TXT NAME", "dig -p PORT @SERVER +yaml TXT NAME"),
    *("dig -p PORT @SERVER +multiline TXT NAME", "kdig -p PORT @SERVER TXT NAME"),
    *("host -p PORT -t TXT NAME SERVER", "nslookup -port=PORT -type=TXT NAME SERVER"),
)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "domain",
    [
        *(f"{name}.signed.example" for name in ("two", "foreign", "alias", "empty", "absent")),
        *(f"{name}written.example" for name in ("", "odd.", "long.", "xn--bcher-kva.")),
    ],
)
def test_what_tools_print_is_read_as_it_was_published(unbound: int, domain: str, tool: str) -> None:
    texts = lookup(domain, resolver=resolver(unbound)).texts
    values = {"PORT": str(unbound), "SERVER": ADDRESS, "NAME": f"_smtp._tls.{domain}"}
    name, *rest = re.sub("PORT|SERVER|NAME", lambda word: values[word[0]], tool).split()
    # host and nslookup have another exit status for a name that does not exist.
    done = subprocess.run([program(name), *rest], capture_output=True, text=True, check=False)
    assert check_answer(done.stdout) == (check(texts[0]) if len(texts) == 1 else check_rrset(texts))
