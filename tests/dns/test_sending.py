"""Queries over UDP and TCP: which replies count, and what a stranger could guess."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.opcode
import dns.query
import dns.rcode
import dns.resolver
import pytest

from tests.dns.server import ADDRESS, NameServer, Reply, message_for
from tlsrpt import check_rrset
from tlsrpt.dns import Lookup, lookup, lookup_async, lookup_many

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.dns.conftest import Ask

GOOD: Final = Reply(texts=("v=TLSRPTv1; rua=mailto:tls@example.com",))
OTHER: Final = Reply(texts=("v=TLSRPTv1; rua=mailto:forged@example.com",))
LONG: Final = "v=TLSRPTv1; rua=" + ",".join(f"mailto:tls{i}@example.com" for i in range(400))


def answer(query: bytes, reply: Reply = GOOD) -> dns.message.Message:
    return message_for(dns.message.from_wire(query), reply)


class Peer(asyncio.DatagramProtocol):
    """A name server that sends any datagrams for a query."""

    transport: asyncio.DatagramTransport

    def __init__(self, replies: Callable[[bytes], Iterator[bytes]]) -> None:
        self.replies = replies
        self.seen: list[tuple[bytes, int]] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.seen.append((data, addr[1]))
        for reply in self.replies(data):
            self.transport.sendto(reply, addr)


@contextlib.asynccontextmanager
async def asked(
    replies: Callable[[bytes], Iterator[bytes]], port: int = 0
) -> AsyncIterator[tuple[dns.resolver.Resolver, Peer]]:
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(
        lambda: Peer(replies), local_addr=(ADDRESS, port)
    )
    peer.transport = transport
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [ADDRESS]
    made.port = transport.get_extra_info("sockname")[1]
    try:
        yield made, peer
    finally:
        transport.close()


def answered(replies: Callable[[bytes], Iterator[bytes]]) -> Lookup:
    async def ask() -> Lookup:
        async with asked(replies) as (made, _):
            return await lookup_async("example.com", resolver=made, timeout=1.0)

    return asyncio.run(ask())


def forged(query: bytes) -> Iterator[bytes]:
    """What is no reply to the query, each with another record than the true one."""
    reply = answer(query, OTHER)
    wire = reply.to_wire()
    yield b""
    yield wire[:11]
    yield bytes([wire[0] ^ 1]) + wire[1:]
    yield wire[:1] + bytes([wire[1] ^ 1]) + wire[2:]
    # A query
    yield wire[:2] + bytes([wire[2] & 0x7F]) + wire[3:]
    # Another opcode
    yield wire[:2] + bytes([wire[2] | dns.opcode.NOTIFY << 3]) + wire[3:]
    # Without a question, though it says that it has read one; with two; damaged
    yield wire[:4] + b"\0\0" + wire[6:]
    yield wire[:4] + b"\0\2" + wire[6:]
    yield wire[:-1]
    yield wire + b"x"
    yield wire[:12]
    for name, rdtype in (("_smtp._tls.example.org", "TXT"), ("_smtp._tls.example.com", "A")):
        another = dns.message.make_query(name, rdtype, id=reply.id)
        yield message_for(another, OTHER).to_wire()


def test_only_a_reply_to_the_query_counts() -> None:
    def replies(query: bytes) -> Iterator[bytes]:
        yield from forged(query)
        yield answer(query).to_wire()

    assert answered(replies).texts == GOOD.texts


def test_junk_alone_is_silence() -> None:
    result = answered(forged)
    assert (result.status, result.reason) == ("failed", "timeout")


def test_case_of_the_name_does_not_matter() -> None:
    def replies(query: bytes) -> Iterator[bytes]:
        wire = answer(query).to_wire()
        yield wire.replace(b"\x04_tls\x07example", b"\x04_TLS\x07ExamplE", 1)

    assert answered(replies).status == "found"


@pytest.mark.parametrize(
    ("rcode", "reason"),
    [("FORMERR", "invalid-answer"), ("SERVFAIL", "servfail"), ("REFUSED", "refused")],
)
def test_an_error_may_come_without_a_question(rcode: str, reason: str) -> None:
    def replies(query: bytes) -> Iterator[bytes]:
        header = answer(query, Reply(rcode=dns.rcode.from_text(rcode))).to_wire()[:4]
        yield header + 8 * b"\0"

    assert answered(replies).reason == reason


def test_nobody_can_guess_id_and_port() -> None:
    """RFC 5452 section 9.2: both are drawn anew for each query."""

    async def ask() -> list[tuple[bytes, int]]:
        async with asked(lambda query: iter([answer(query).to_wire()])) as (made, peer):
            domains = 300 * ["example.com"]
            async for result in lookup_many(domains, resolver=made, concurrency=10):
                assert result.status == "found"
        return [(data[:2], port) for data, port in peer.seen]

    seen = asyncio.run(ask())
    # Of 300 drawn from 65,536 or 28,232, fewer than five come twice, but for one run in a million.
    assert len({query_id for query_id, _ in seen}) > 280
    assert len({port for _, port in seen}) > 200


def test_a_port_that_is_closed_is_silence(ask: Ask) -> None:
    """It may be open again for the next try, such as after a restart."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESS, 0))
        made = dns.resolver.Resolver(configure=False)
        made.nameservers = [ADDRESS]
        made.port = probe.getsockname()[1]
    result = ask("example.com", resolver=made, timeout=0.3)
    assert (result.status, result.reason) == ("failed", "timeout")


def test_ipv6() -> None:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = ["2001:db8::1"]
    result = asyncio.run(lookup_async("example.com", resolver=made, timeout=0.1))
    assert (result.status, result.server) == ("failed", "2001:db8::1")


# --- Cancellation ---------------------------------------------------------------------------------


@pytest.fixture
def flood() -> Iterator[dns.resolver.Resolver]:
    """Asks a server that sends junk for a query, as fast as it can, from a thread of its own."""
    stop = threading.Event()

    def send(server: socket.socket) -> None:
        _, peer = server.recvfrom(1000)
        server.settimeout(None)
        while not stop.is_set():
            server.sendto(b"junk", peer)

    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind((ADDRESS, 0))
        server.settimeout(20)
        thread = threading.Thread(target=send, args=(server,))
        thread.start()
        made = dns.resolver.Resolver(configure=False)
        made.nameservers = [ADDRESS]
        made.port = server.getsockname()[1]
        # Whoever waits for the end of a try waits long.
        made.timeout = 20
        yield made
        stop.set()
        thread.join()


def test_junk_does_not_delay_a_cancellation(flood: dns.resolver.Resolver) -> None:
    """Neither that, nor the time of a lookup: CPython 3.11's wait_for would swallow it."""

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(lookup_async("example.com", resolver=flood, timeout=20))
        await asyncio.sleep(0.1)
        start = loop.time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # It takes some milliseconds, and more only if the machine is busy. One that waited for the
        # end of a try would take 20 s.
        assert loop.time() - start < 5

    asyncio.run(ask())


def test_junk_that_is_there_at_once_does_not_delay_a_cancellation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asyncio does not wait for what has already come, so nobody else would have a turn."""

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        # If they run out, that is an error.
        received = iter(range(10))

        async def junk(*_: object) -> bytes:
            next(received)
            loop.call_soon(task.cancel)
            return b"junk"

        monkeypatch.setattr(loop, "sock_recv", junk)
        async with asked(lambda _: iter(())) as (made, _):
            task = asyncio.create_task(lookup_async("example.com", resolver=made))
            with pytest.raises(asyncio.CancelledError):
                await task
        assert next(received) == 1

    asyncio.run(ask())


def test_octets_over_tcp_do_not_delay_a_cancellation() -> None:
    """As above, of a server that sends its reply for ever."""

    def truncated(query: bytes) -> Iterator[bytes]:
        yield query[:2] + bytes([query[2] | 0x82]) + query[3:]

    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asking.set()
        with contextlib.suppress(ConnectionError):
            writer.write(b"\xff\xff")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0)

    async def ask() -> None:
        server = await asyncio.start_server(reply, ADDRESS, 0)
        # Few ports are taken for UDP.
        async with asked(truncated, server.sockets[0].getsockname()[1]) as (made, _):
            made.timeout = 20
            task = asyncio.create_task(lookup_async("example.com", resolver=made, timeout=20))
            await asking.wait()
            task.cancel()
            start = asyncio.get_running_loop().time()
            with pytest.raises(asyncio.CancelledError):
                await task
            # As above
            assert asyncio.get_running_loop().time() - start < 5
            server.close()

    asking = asyncio.Event()
    asyncio.run(ask())


def test_time_is_up_in_spite_of_junk(flood: dns.resolver.Resolver) -> None:
    result = asyncio.run(lookup_async("example.com", resolver=flood, timeout=0.2))
    assert (result.status, result.reason) == ("failed", "timeout")


# In a process of its own, it sends faster than a lookup reads: a reply whose ID and question are
# right, which has many records and lacks one.
DAMAGED: Final = """
import socket, struct
server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
query, peer = server.recvfrom(1000)
header = query[:2] + struct.pack("!5H", 0x8180, 1, 100, 0, 0)
question = query[12 : query.index(b"\\0", 12) + 5]
records = 99 * (b"\\0" + struct.pack("!HHIH", 16, 1, 300, 2) + b"\\1x")
while True:
    server.sendto(header + question + records, peer)
"""


def test_time_is_up_in_spite_of_replies_that_are_costly_to_read(ask: Ask) -> None:
    with subprocess.Popen([sys.executable, "-c", DAMAGED], stdout=subprocess.PIPE) as server:
        assert server.stdout
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = [ADDRESS], int(server.stdout.readline())
        # Should the lookup wait for the server, it ends, but late.
        timer = threading.Timer(15, server.kill)
        timer.start()
        start = time.monotonic()
        result = ask("example.com", resolver=made, timeout=0.3)
        took = time.monotonic() - start
        timer.cancel()
        server.kill()
    assert (result.status, result.reason) == ("failed", "timeout")
    assert took < 10


class Stubborn(dns.nameserver.Do53Nameserver):
    """Loses some cancellations, as CPython 3.11's wait_for does."""

    lost = 0

    async def async_query(self, *_: object, **__: object) -> dns.message.Message:
        while self.lost < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.lost += 1
        raise EOFError


def test_cancellations_that_get_lost_are_repeated() -> None:
    async def ask() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: logged.append(context))
        task = asyncio.create_task(lookup_async("example.com", resolver=made))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    logged: list[dict[str, object]] = []
    server = Stubborn("192.0.2.1")
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [server]
    asyncio.run(ask())
    assert (server.lost, logged) == (3, [])


# --- Long answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "is_here"), [(GOOD.texts[0], True), (LONG, False)])
def test_nothing_waits_for_the_check_of_a_long_answer(
    monkeypatch: pytest.MonkeyPatch, text: str, *, is_here: bool
) -> None:
    """It takes up to a second if it is hostile, so it has a thread, and only one at a time."""
    running = 0

    def checked(*arguments: object, **named: object) -> object:
        nonlocal running
        running += 1
        assert running == 1
        threads.add(threading.current_thread())
        result = check_rrset(*arguments, **named)  # type: ignore[arg-type]
        running -= 1
        return result

    async def ask(made: dns.resolver.Resolver) -> list[str]:
        domains = (f"d{number}.example" for number in range(8))
        return [result.status async for result in lookup_many(domains, resolver=made)]

    threads: set[threading.Thread] = set()
    monkeypatch.setattr("tlsrpt.dns._lookups.check_rrset", checked)
    with NameServer({}, default=Reply(texts=(text,))) as server:
        assert asyncio.run(ask(server.resolver)) == 8 * ["found"]
    assert (threading.current_thread() in threads) is is_here


@pytest.mark.parametrize(
    ("texts", "is_here"),
    [
        (GOOD.texts, True),
        ((*GOOD.texts, *map(str, range(10))), True),
        ((*GOOD.texts, *map(str, range(12))), False),
        ((LONG,), False),
    ],
)
def test_nothing_waits_for_the_reading_of_a_long_reply(
    monkeypatch: pytest.MonkeyPatch, texts: tuple[str, ...], *, is_here: bool
) -> None:
    """It takes a fifth of a second if the names have many labels, so as above."""
    from_wire = dns.message.from_wire
    running = 0

    def read(wire: bytes, **named: object) -> dns.message.Message:
        nonlocal running
        # The server reads queries, too.
        if not wire[2] & 0x80:
            return from_wire(wire, **named)  # type: ignore[arg-type]
        running += 1
        threads.append((threading.current_thread(), running))
        # Others could begin now.
        time.sleep(0.01)
        running -= 1
        return from_wire(wire, **named)  # type: ignore[arg-type]

    async def ask(made: dns.resolver.Resolver) -> list[str]:
        domains = (f"d{number}.example" for number in range(8))
        return [result.status async for result in lookup_many(domains, resolver=made)]

    threads: list[tuple[threading.Thread, int]] = []
    monkeypatch.setattr("dns.message.from_wire", read)
    with NameServer({}, default=Reply(texts=texts)) as server:
        assert asyncio.run(ask(server.resolver)) == 8 * ["found"]
    here = threading.current_thread()
    assert [(thread is here, count) for thread, count in threads] == 8 * [(is_here, 1)]


def test_waiting_for_other_replies_to_be_read_is_not_in_the_time_of_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from_wire = dns.message.from_wire

    def read(wire: bytes, **named: object) -> dns.message.Message:
        # The server reads queries, too.
        if wire[2] & 0x80 and len(wire) > 1232:
            time.sleep(0.1)
        return from_wire(wire, **named)  # type: ignore[arg-type]

    async def statuses(made: dns.resolver.Resolver) -> list[str]:
        domains = (f"d{number}.example" for number in range(15))
        return [each.status async for each in lookup_many(domains, resolver=made, timeout=1.0)]

    monkeypatch.setattr("dns.message.from_wire", read)
    with NameServer({}, default=Reply(texts=(LONG,))) as server:
        assert asyncio.run(statuses(server.resolver)) == 15 * ["found"]


# --- What is left to dnspython --------------------------------------------------------------------


class Derived(dns.nameserver.Do53Nameserver):
    """A server that is asked in a way of its own."""

    def query(
        self, request: dns.message.QueryMessage, *_: object, **__: object
    ) -> dns.message.Message:
        return dns.message.from_wire(message_for(request, GOOD).to_wire())

    async def async_query(
        self, request: dns.message.QueryMessage, *_: object, **__: object
    ) -> dns.message.Message:
        return dns.message.from_wire(message_for(request, GOOD).to_wire())


def test_a_class_of_ones_own(ask: Ask) -> None:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [Derived("192.0.2.1")]
    assert ask("example.com", resolver=made).status == "found"


def test_a_method_in_place_of_that_of_dnspython(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for method in ("query", "async_query"):
        monkeypatch.setattr(dns.nameserver.Do53Nameserver, method, vars(Derived)[method])
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = ["192.0.2.1"]
    assert ask("example.com", resolver=made).status == "found"


class Proxied(socket.socket):
    """As those of PySocks, which wrap datagrams in `send` alone."""

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
        assert self.type == socket.SOCK_STREAM
        super().sendall(data, flags)


def test_the_socket_factory_of_dnspython(monkeypatch: pytest.MonkeyPatch) -> None:
    def made_here(*arguments: int) -> socket.socket:
        made.append(arguments[1])
        return Proxied(*arguments)

    made: list[int] = []
    monkeypatch.setattr(dns.query, "socket_factory", made_here)
    with NameServer({}, default=Reply(texts=(LONG,))) as server:
        assert lookup("example.com", resolver=server.resolver).status == "found"
    assert made == [socket.SOCK_DGRAM, socket.SOCK_STREAM]
