"""A name server on loopback, in a thread of its own, that misbehaves on demand."""

from __future__ import annotations

import asyncio
import errno
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdtypes.ANY.TXT
import dns.resolver
import dns.rrset
import dns.tsig
from dns.rdataclass import IN
from dns.rdatatype import TXT

from tlsrpt import split_txt

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a server answers, and how: sound by default, but without records."""

    texts: tuple[str | bytes, ...] = ()
    ttl: int = 300
    cnames: tuple[str, ...] = ()
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    flags: int = 0
    extended_error: int | None = None
    negative_ttl: int | None = 60
    soa: str = "."
    """The owner of the SOA record in a negative answer."""
    referral: bool = False
    is_authority: bool = False
    """Whether the server offers no recursion."""
    delay: float = 0
    lost: int = 0
    """How many queries get no reply at all, before others do."""
    wire: bytes | None = None
    """Sent after the ID instead of a message."""
    wrong_id: bool = False
    tcp: Reply | None = None
    """The reply over TCP, where that differs; without it, TCP just gives the same."""


SILENCE = Reply(lost=10**9)
NXDOMAIN = Reply(rcode=dns.rcode.NXDOMAIN)


class Query(NamedTuple):
    """A query that the server has got."""

    message: dns.message.Message
    tcp: bool
    time: float


class NameServer:
    """The server; `replies` are by Policy Domain, and other domains do not exist."""

    def __init__(self, replies: Mapping[str, Reply], default: Reply = NXDOMAIN) -> None:
        self.replies = {f"_smtp._tls.{domain}.": reply for domain, reply in replies.items()}
        self.default = default
        self.queries: list[Query] = []
        # The keys that it knows; False to pass over signatures.
        self.keyring: dict[dns.name.Name, dns.tsig.Key] | bool = False
        self.port = 0
        self._counts: Counter[dns.name.Name] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def resolver(self) -> dns.resolver.Resolver:
        """A resolver that asks this server."""
        return resolver(self)

    async def _start(self) -> None:
        """Listen on a port that is free for both TCP and UDP, which have ports of their own."""
        while not self.port:
            self._server = await asyncio.start_server(self._serve, ADDRESS, 0)
            local = self._server.sockets[0].getsockname()
            try:
                self.udp, _ = await self._loop.create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=local
                )
            except OSError as error:
                self._server.close()
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                self.port = local[1]

    async def _stop(self) -> None:
        self._server.close()
        self.udp.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            wire = await self.reply(await reader.readexactly(length), tcp=True)
            if wire is not None:
                writer.write(struct.pack("!H", len(wire)) + wire)
                await writer.drain()
        finally:
            writer.close()

    async def reply(self, wire: bytes, *, tcp: bool) -> bytes | None:
        """The octets to send back, or None for silence."""
        query = dns.message.from_wire(wire, keyring=self.keyring)
        self.queries.append(Query(query, tcp, time.monotonic()))
        name = query.question[0].name
        reply = self.replies.get(name.to_text(), self.default)
        reply = reply.tcp if tcp and reply.tcp else reply
        await asyncio.sleep(reply.delay)
        self._counts[name] += 1
        if self._counts[name] <= reply.lost:
            return None
        if reply.wire is not None:
            return wire[:2] + reply.wire
        message = message_for(query, reply)
        if reply.wrong_id:
            message.id ^= 1
        try:
            return message.to_wire(max_size=65535 if tcp else query.payload or 512)
        except dns.exception.TooBig:
            message.answer.clear()
            message.flags |= dns.flags.TC
            return message.to_wire()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, addr: tuple[str, int]) -> None:
        wire = await self._server.reply(data, tcp=False)
        if wire is not None:
            self._server.udp.sendto(wire, addr)


def message_for(query: dns.message.Message, reply: Reply) -> dns.message.Message:
    """The reply as a message."""
    message = dns.message.make_response(query, recursion_available=not reply.is_authority)
    message.set_rcode(reply.rcode)
    message.flags |= reply.flags
    if reply.extended_error is not None:
        code = dns.edns.EDECode.make(reply.extended_error)
        message.use_edns(0, options=[dns.edns.EDEOption(code)])
    owner = query.question[0].name
    for alias in reply.cnames:
        message.answer.append(dns.rrset.from_text(owner, reply.ttl, IN, "CNAME", alias))
        owner = dns.name.from_text(alias)
    if reply.texts:
        rdatas = [dns.rdtypes.ANY.TXT.TXT(IN, TXT, split_txt(text)) for text in reply.texts]
        message.answer.append(dns.rrset.from_rdata(owner, reply.ttl, *rdatas))
    elif reply.negative_ttl is not None:
        soa = f". . 1 1 1 1 {reply.negative_ttl}"
        message.authority.append(dns.rrset.from_text(reply.soa, 86400, IN, "SOA", soa))
    if reply.referral:
        message.authority.append(dns.rrset.from_text("example.", 86400, IN, "NS", "ns.example."))
    return message


def resolver(*servers: NameServer) -> dns.resolver.Resolver:
    """A resolver that asks these servers, in this order."""
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [dns.nameserver.Do53Nameserver(ADDRESS, server.port) for server in servers]
    return made
