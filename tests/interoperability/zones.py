"""Lines of `to_zone` in the zone files of knot and bind; see `nox -s interoperability`.

We read the answers of both servers: by a lookup, and from what dig prints.
"""

from __future__ import annotations

import string
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dns.real import ADDRESS, SOA, WRITTEN, authority, program, resolver, running
from tests.strategies import RECORDS
from tests.test_data import VALID
from tlsrpt import TLSRPTRecord, check, check_answer, generate
from tlsrpt.dns import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONE: Final = "written.example"
PLAIN: Final = "v=TLSRPTv1; rua=mailto:tls@example.com"
QUOTE: Final = '"'
BACKSLASH: Final = "\\"
# RFC 8460 section 3, tlsrpt-ext-value
PRINTABLE: Final = "".join(sorted(set(map(chr, range(0x21, 0x7F))) - set(";=")))
PARTS: Final = (
    *("", f"; a={PRINTABLE}", f"; a={255 * QUOTE}; b={255 * BACKSLASH}"),
    *(f"; {name}=1" for name in ("TXT", "IN", "0.0", "a_b-c.d")),
    *(f"; a={value}" for value in ("$TTL", "(", ")", "@", r"\#", r"\032", '\\"', "'", "{}", "%")),
    # A TXT string ends within, before and behind what is escaped.
    *(f"; a={length * 'x'}{QUOTE}{BACKSLASH}y" for length in range(205, 215)),
)
TEXTS: Final = [
    *VALID,
    *(PLAIN + part for part in PARTS),
    # All in one UDP message, in TCP, and nearly as much as a DNS message holds
    *(f"{PLAIN},https://r.example/{length * 'x'}" for length in (300, 1000, 5000, 64_000)),
]
LABELS: Final = ("bücher", "xn--bcher-kva", "MX1", "a-b", "例え", "ελ", 63 * "a")
WRITTEN_HERE: Final = [
    *WRITTEN,
    *(TLSRPTRecord.parse(text, domain=f"v{n}.{ZONE}") for n, text in enumerate(TEXTS)),
    *(generate(f"{label}.idn.{ZONE}", "tls@bücher.example") for label in LABELS),
    # Postfix and mox report on MX hosts, too: a name of many labels.
    generate(".".join([*string.ascii_lowercase, ZONE]), "https://bücher.example/v1"),
]
RECORDS_HERE: Final = list({record.domain: record for record in WRITTEN_HERE}.values())
# Every other line without a TTL
LINES: Final = [record.to_zone(ttl=(300, None)[n % 2]) for n, record in enumerate(RECORDS_HERE)]
CONTENT: Final = f"$TTL 600\n{SOA}" + "".join(f"{line}\n" for line in LINES)

BIND: Final = f"""
options {{
    directory "FOLDER";
    listen-on port {{port}} {{ {ADDRESS}; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    recursion no;
}};
controls {{ }};
zone "{ZONE}" {{ type primary; file "{ZONE}.zone"; }};
"""


def served(port: int) -> int:
    """The port of a server, once it has loaded the zone."""
    end = time.monotonic() + 20
    while lookup(ZONE, resolver=resolver(port)).status != "found":
        assert time.monotonic() < end, "the zone is not loaded"
        time.sleep(0.05)
    return port


@pytest.fixture(scope="module")
def knot() -> Iterator[int]:
    with authority({ZONE: CONTENT}, unsigned={ZONE}) as port:
        yield served(port)


@pytest.fixture(scope="module")
def bind() -> Iterator[int]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"{ZONE}.zone").write_text(f"$ORIGIN {ZONE}.\n{CONTENT}", encoding="ascii")
        text = BIND.replace("FOLDER", name)
        with running(text, folder / "named.conf", program("named"), "-f", "-c") as port:
            yield served(port)


@pytest.fixture(params=["knot", "bind"])
def port(request: pytest.FixtureRequest) -> int:
    server: int = request.getfixturevalue(request.param)
    return server


@pytest.mark.parametrize("record", RECORDS_HERE, ids=lambda record: record.domain)
def test_what_is_published_is_read_back(port: int, record: TLSRPTRecord) -> None:
    assert record.domain is not None
    result = lookup(record.domain, resolver=resolver(port))
    assert (result.texts, result.record) == ((record.value,), record)

    command = [program("dig"), "-p", str(port), f"@{ADDRESS}", "TXT", record.host]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert check_answer(done.stdout) == check(record.value)


@settings(max_examples=50, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=20))
def test_bind_writes_what_it_read(records: list[TLSRPTRecord]) -> None:
    """As `named` would load it, and as it writes zones to disk."""
    records = [record.with_domain(f"d{i}.example") for i, record in enumerate(records)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.zone"
        lines = "".join(f"{record.to_zone()}\n" for record in records)
        path.write_text(f"$ORIGIN example.\n{SOA}{lines}", encoding="ascii")
        command = [program("named-compilezone"), "-q", "-o", "-", "example", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    written = [line for line in done.stdout.splitlines() if line.startswith("_smtp")]
    read = [TLSRPTRecord.from_zone(line) for line in written]
    assert sorted(read, key=lambda record: str(record.domain)) == sorted(
        records, key=lambda record: str(record.domain)
    )
