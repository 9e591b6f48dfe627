"""How fast lookups are beside loops on dnspython and on sockets, and what they cost; needs knot.

Run it as `python -m tests.benchmarks.lookups`. Each measurement has a process of its own.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import dns.asyncresolver
import dns.message
import dns.nameserver
import dns.resolver

from tests.dns.real import ADDRESS, SOA, authority
from tests.dns.server import SILENCE, NameServer
from tlsrpt import TLSRPTRecord
from tlsrpt.dns import lookup, lookup_many

if TYPE_CHECKING:
    from collections.abc import Iterator

# Unlike names for documentation, this one takes no closer look, just as most that are published.
RECORD = "v=TLSRPTv1; rua=mailto:tls@mail-for-benchmarks.net"
ZONE = {"example": f'{SOA}*.example. 300 IN TXT "{RECORD}"\n'}


def resolver(port: int) -> dns.asyncresolver.Resolver:
    made = dns.asyncresolver.Resolver(configure=False)
    made.nameservers = [dns.nameserver.Do53Nameserver(ADDRESS, port)]
    return made


def domains(count: int) -> Iterator[str]:
    return (f"d{number}.example" for number in range(count))


async def by_hand(port: int, concurrency: int, count: int) -> int:
    """What one would write without this package: workers that share an iterator."""
    asked, given, found = resolver(port), domains(count), 0

    async def work() -> None:
        nonlocal found
        for domain in given:
            answer = await asked.resolve(f"_smtp._tls.{domain}", "TXT")
            TLSRPTRecord.from_rrset((rr.strings for rr in answer), domain=domain)
            found += 1

    await asyncio.gather(*(work() for _ in range(concurrency)))
    return found


async def by_sockets(port: int, concurrency: int, count: int) -> int:
    """What no loop can do without: a query and its reply, on a port of its own, not even read."""
    loop, given, found = asyncio.get_running_loop(), domains(count), 0
    root = dns.message.make_query(".", "TXT", use_edns=0).to_wire()
    head, tail = root[2:12], root[13:]

    async def work() -> None:
        nonlocal found
        for domain in given:
            labels = f"_smtp._tls.{domain}".encode().split(b".")
            name = b"".join(bytes([len(label)]) + label for label in labels)
            query_id = os.urandom(2)
            with socket.socket(type=socket.SOCK_DGRAM) as peer:
                peer.setblocking(False)
                peer.connect((ADDRESS, port))
                await loop.sock_sendall(peer, query_id + head + name + b"\0" + tail)
                wire = await loop.sock_recv(peer, 65_535)
            # By its ID, it is the reply, and it has one answer.
            found += wire[:2] == query_id and wire[6:8] == b"\0\1"

    await asyncio.gather(*(work() for _ in range(concurrency)))
    return found


async def by_package(port: int, concurrency: int, count: int) -> int:
    """The same by `lookup_many`."""
    found = 0
    results = lookup_many(domains(count), concurrency=concurrency, resolver=resolver(port))
    async for result in results:
        found += result.status == "found"
    return found


def measure(way: str, port: int, concurrency: int, count: int, descriptors: int) -> None:
    """Print how many were found, lookups per second, CPU a lookup and the most memory used."""
    if descriptors:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    start, cpu = time.perf_counter(), time.process_time()
    ways = {"sockets": by_sockets, "hand": by_hand, "package": by_package}
    found = asyncio.run(ways[way](port, concurrency, count))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{way:8} {concurrency:5} at once: {found} of {count} found, {count / seconds:5.0f}/s, "
        f"{cpu / count * 1e6:4.0f} us of CPU each, {memory / 1024:4.0f} MB at most"
    )


def main() -> None:
    """Run every measurement against a knot of our own."""
    with authority(ZONE, unsigned=ZONE) as port:
        time.sleep(1)
        for concurrency in (10, 100, 500):
            for way in ("sockets", "hand", "package") * 2:
                run(way, port, concurrency, 5000, 0)
        run("package", port, 300, 1000, 128)
        run("package", port, 100, 100_000, 0)
    with NameServer({}, default=SILENCE) as server:
        for timeout in (1.0, 5.0):
            start = time.perf_counter()
            result = lookup("example.com", resolver=server.resolver, timeout=timeout)
            took = time.perf_counter() - start
            print(f"silence, timeout={timeout}: {result.reason} after {took:.3f} s")


def run(*arguments: object) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.lookups", *map(str, arguments)], check=True
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], *map(int, sys.argv[2:]))
    else:
        main()
