"""Sending queries over UDP and TCP, blocking and in asyncio, with as little work as possible.

dnspython builds a message for a query, renders it, and opens a transport for it, which takes as
long as reading the reply. Without TSIG, the queries of a resolver differ only in ID and name, so
they are rendered once. dnspython also reads a reply before it judges it, however many records there
are, and while damaged ones come in fast, it never looks at the clock.

`_Plain` makes a query and judges what comes back; blocking and async callers only differ in how
they wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

import dns.asyncbackend
import dns.exception
import dns.inet
import dns.message
import dns.name
import dns.nameserver
import dns.query
import dns.rcode
import dns.resolver

from tlsrpt.dns._question import make_query

if TYPE_CHECKING:
    from tlsrpt.dns._question import Query

# RFC 1035 section 4.1.1: the ID, the flags, and how many records each section has.
_HEADER: Final = 12
_QR_OPCODE: Final = 0xF8
_RESPONSE: Final = 0x80
_TC: Final = 0x02
_RCODE: Final = 0x0F
# What a server may say about a query that it has not read (RFC 1035 section 4.1.1).
_WITHOUT_QUESTION: Final = {
    dns.rcode.FORMERR,
    dns.rcode.SERVFAIL,
    dns.rcode.NOTIMP,
    dns.rcode.REFUSED,
}
_MAX_MESSAGE: Final = 65_535
# An honest reply has the TXT records of one name. Beside them: 16 CNAMEs at most, as dnspython
# follows them; a delegation with up to 13 name servers, two addresses each, and a DS set; a SOA
# record; three NSEC3 records (RFC 5155 section 7.2.2); EDNS; and, if the resolver asks for them,
# some 50 signatures. These are about 120, which leaves as many for TXT records. dnspython takes
# time for each record, and keeps an entry for good for each new type and class.
_MAX_RECORDS: Final = 250
# In octets and in records: longer replies are read in a thread. An honest server sends more octets
# over UDP only if the resolver is configured so (RFC 6891 section 6.2.3), and a signed answer that
# there is no such name has 9 records. dnspython takes up to 2 ms for a record whose names have as
# many labels as possible.
_LONG: Final = 1232
_MANY: Final = 12
# What a class of one's own has in place of these is not bypassed.
_PLAIN: Final = (
    dns.nameserver.Do53Nameserver.query,
    dns.nameserver.Do53Nameserver.async_query,
)
# How often to cancel a task that may lose a cancellation, in seconds.
_AGAIN: Final = 0.05


class _Plain(NamedTuple):
    """A query over UDP or TCP without a signature, and what counts as its reply.

    Attributes:
        wire: the query.
        question: the question in it, in lower case.
    """

    wire: bytes
    question: bytes

    def is_answered_by(self, wire: bytes) -> bool:
        """Whether what came over UDP is the reply; if not, another may come.

        Raises:
            dns.message.Truncated: it has to be repeated over TCP.
            dns.query.BadResponse: it has too many records.
        """
        if not self._is_reply(wire):
            return False
        if wire[2] & _TC:
            raise dns.message.Truncated
        _refuse_many(wire)
        return True

    def refuse_other(self, wire: bytes) -> None:
        """Raise a `dns.query.BadResponse` if what came over TCP is not the reply."""
        if not self._is_reply(wire):
            raise dns.query.BadResponse
        _refuse_many(wire)

    def _is_reply(self, wire: bytes) -> bool:
        """Whether a message is for the query, by ID and question (RFC 5452 section 9.1)."""
        if len(wire) < _HEADER or wire[:2] != self.wire[:2] or wire[2] & _QR_OPCODE != _RESPONSE:
            return False
        questions = int.from_bytes(wire[4:6])
        if questions == 0:
            return wire[3] & _RCODE in _WITHOUT_QUESTION
        # Some servers change the case of letters, which these octets have nowhere else.
        asked = wire[_HEADER : _HEADER + len(self.question)]
        return questions == 1 and asked.lower() == self.question


def _count(wire: bytes) -> int:
    """How many records the three sections of a message have together."""
    return sum(int.from_bytes(wire[at : at + 2]) for at in (6, 8, 10))


def _refuse_many(wire: bytes) -> None:
    """Raise a `dns.query.BadResponse` if a message has too many records."""
    if _count(wire) > _MAX_RECORDS:
        raise dns.query.BadResponse


class Sender:
    """Sends the queries for a resolver."""

    def __init__(self, resolver: dns.resolver.BaseResolver) -> None:
        """Render what the queries have in common.

        Args:
            resolver: how to ask; its settings at this moment are used for all queries.
        """
        self._is_signed = resolver.keyname is not None
        self._reading = asyncio.Lock()
        if not self._is_signed:
            wire = make_query(dns.name.root, resolver).to_wire()
            # Name, type and class of the question; the name of the root is one octet.
            end = _HEADER + 1 + 4
            self._flags_and_counts = wire[2:_HEADER]
            self._type_and_class = wire[_HEADER + 1 : end]
            self._edns = wire[end:]

    def send(self, query: Query) -> dns.message.Message:
        """Send a query, and block until the reply is there.

        Raises:
            dns.exception.Timeout: there was none.
            dns.message.Truncated: it has to be repeated over TCP.
            Exception: whatever the library of a transport raises.
        """
        server = query.server
        if self._is_signed or not _is_plain(server, "query"):
            return server.query(query.message, query.timeout, None, 0, query.tcp)
        exchange = _over_tcp if query.tcp else _over_udp
        try:
            return exchange(self._plain(query), server, time.monotonic() + query.timeout)
        except TimeoutError:
            raise dns.exception.Timeout from None

    async def send_async(self, query: Query) -> dns.message.Message:
        """As `send`, for asyncio."""
        server = query.server
        if self._is_signed or not _is_plain(server, "async_query"):
            return await _by_dnspython(query)
        exchange = _over_tcp_async if query.tcp else _over_udp_async
        end = asyncio.get_running_loop().time() + query.timeout
        try:
            return await exchange(self._plain(query), server, end, self._reading)
        except TimeoutError:
            raise dns.exception.Timeout from None

    def _plain(self, query: Query) -> _Plain:
        question = query.name.to_digestable() + self._type_and_class
        # The operating system draws it, and the port, anew for each query (RFC 5452 section 9.2).
        query_id = os.urandom(2)
        return _Plain(query_id + self._flags_and_counts + question + self._edns, question)


def _over_udp(
    plain: _Plain, server: dns.nameserver.Do53Nameserver, end: float
) -> dns.message.Message:
    with _connected(server, socket.SOCK_DGRAM, end) as peer:
        # PySocks has no sendall for datagrams.
        peer.send(plain.wire)
        while True:
            _set_timeout(peer, end)
            # A server that is not there now may still come up.
            with contextlib.suppress(ConnectionError):
                wire = peer.recv(_MAX_MESSAGE)
                if plain.is_answered_by(wire):
                    # As in dnspython: a damaged reply may be forged, so wait for another one.
                    with contextlib.suppress(Exception):
                        return dns.message.from_wire(wire)


def _over_tcp(
    plain: _Plain, server: dns.nameserver.Do53Nameserver, end: float
) -> dns.message.Message:
    with _connected(server, socket.SOCK_STREAM, end) as peer:
        # RFC 1035 section 4.2.2
        peer.sendall(len(plain.wire).to_bytes(2) + plain.wire)
        wire = _receive(peer, int.from_bytes(_receive(peer, 2, end)), end)
    plain.refuse_other(wire)
    return dns.message.from_wire(wire)


def _connected(
    server: dns.nameserver.Do53Nameserver, kind: socket.SocketKind, end: float
) -> socket.socket:
    """A socket that only receives what comes from the address and port of the server."""
    # People set dnspython's factory to ask through a proxy.
    peer: socket.socket = dns.query.socket_factory(dns.inet.af_for_address(server.address), kind, 0)
    try:
        _set_timeout(peer, end)
        peer.connect(dns.inet.low_level_address_tuple((server.address, server.port)))
    except BaseException:
        peer.close()
        raise
    return peer


def _receive(peer: socket.socket, length: int, end: float) -> bytes:
    wire = bytearray()
    while len(wire) < length:
        _set_timeout(peer, end)
        part = peer.recv(length - len(wire))
        if not part:
            raise EOFError
        wire += part
    return bytes(wire)


def _set_timeout(peer: socket.socket, end: float) -> None:
    """Raise a `TimeoutError` if the time is up, and have the next call do so when it is."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    peer.settimeout(left)


async def _over_udp_async(
    plain: _Plain, server: dns.nameserver.Do53Nameserver, end: float, reading: asyncio.Lock
) -> dns.message.Message:
    loop = asyncio.get_running_loop()
    with socket.socket(dns.inet.af_for_address(server.address), socket.SOCK_DGRAM) as peer:
        peer.setblocking(False)  # noqa: FBT003
        # From now on, only what comes from that address and port is received.
        peer.connect(dns.inet.low_level_address_tuple((server.address, server.port)))
        await loop.sock_sendall(peer, plain.wire)
        while True:
            # A server that is not there now may still come up.
            with contextlib.suppress(ConnectionError):
                async with asyncio.timeout_at(end):
                    wire = await loop.sock_recv(peer, _MAX_MESSAGE)
                if plain.is_answered_by(wire):
                    # As in dnspython: a damaged reply may be forged, so wait for another one.
                    with contextlib.suppress(Exception):
                        return await _read(wire, reading)
            # However fast junk comes in, the timeout and other tasks do not wait for its end.
            await asyncio.sleep(0)
            if loop.time() >= end:
                raise TimeoutError


async def _over_tcp_async(
    plain: _Plain, server: dns.nameserver.Do53Nameserver, end: float, reading: asyncio.Lock
) -> dns.message.Message:
    async with asyncio.timeout_at(end):
        reader, writer = await asyncio.open_connection(server.address, server.port)
        try:
            # RFC 1035 section 4.2.2
            writer.write(len(plain.wire).to_bytes(2) + plain.wire)
            wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        finally:
            writer.close()
            # asyncio closes it a turn later. Until then, it holds a file descriptor that the next
            # query may need.
            await asyncio.sleep(0)
    plain.refuse_other(wire)
    return await _read(wire, reading)


async def _read(wire: bytes, reading: asyncio.Lock) -> dns.message.Message:
    """The message; a long one is read in a thread, one at a time, so that no other task waits.

    That others are read first is not the fault of the server, so this is not in its time.
    """
    if len(wire) <= _LONG and _count(wire) <= _MANY:
        return dns.message.from_wire(wire)
    async with reading:
        return await asyncio.to_thread(dns.message.from_wire, wire)


def _is_plain(
    server: dns.nameserver.Nameserver, method: str
) -> TypeGuard[dns.nameserver.Do53Nameserver]:
    """Whether it is dnspython's own method for UDP or TCP, not one that somebody else wrote."""
    return getattr(getattr(server, method), "__func__", None) in _PLAIN


async def _by_dnspython(query: Query) -> dns.message.Message:
    """As dnspython does it: over TLS, HTTPS or QUIC, or with a signature.

    A cancellation waits for the end of the try if a server keeps sending octets: CPython 3.11's
    wait_for, which dnspython uses, swallows one that arrives together with some (gh-86296).
    """
    backend = dns.asyncbackend.get_backend("asyncio")
    task = asyncio.ensure_future(
        query.server.async_query(query.message, query.timeout, None, 0, query.tcp, backend)
    )
    # asyncio would log errors that nobody retrieves after a cancellation.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        await asyncio.wait([task])
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=_AGAIN)
    return task.result()
