"""Sending queries over UDP and TCP, blocking and in asyncio, with as little work as possible.

dnspython builds a message for a query, renders it, and opens a transport for it, which takes as
long as reading the reply. Without TSIG, all queries of a resolver are alike but for ID and name, so
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
# In octets: reading a reply of this length takes some 5 ms at most, if it is hostile.
_LONG: Final = 1232
# How often to cancel a task that may lose a cancellation, in seconds.
_AGAIN: Final = 0.05


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

    async def send(self, query: Query) -> dns.message.Message:
        """Send a query, and wait for the reply.

        Raises:
            dns.exception.Timeout: there was none.
            dns.message.Truncated: it has to be repeated over TCP.
            Exception: whatever the library of a transport raises.
        """
        if self._is_signed or not _is_plain(query.server):
            return await _by_dnspython(query)
        question = query.name.to_digestable() + self._type_and_class
        # The operating system draws it, and the port, anew for each query (RFC 5452 section 9.2).
        query_id = os.urandom(2)
        wire = query_id + self._flags_and_counts + question + self._edns
        exchange = _over_tcp if query.tcp else _over_udp
        try:
            async with asyncio.timeout(query.timeout):
                return await exchange(wire, question, query.server, self._reading)
        except TimeoutError:
            raise dns.exception.Timeout from None


async def _over_udp(
    query: bytes, question: bytes, server: dns.nameserver.Do53Nameserver, reading: asyncio.Lock
) -> dns.message.Message:
    loop = asyncio.get_running_loop()
    with socket.socket(dns.inet.af_for_address(server.address), socket.SOCK_DGRAM) as peer:
        peer.setblocking(False)  # noqa: FBT003
        # From now on, only what comes from that address and port is received.
        peer.connect(dns.inet.low_level_address_tuple((server.address, server.port)))
        await loop.sock_sendall(peer, query)
        while True:
            # What is not there now may still come up.
            with contextlib.suppress(ConnectionError):
                wire = await loop.sock_recv(peer, _MAX_MESSAGE)
                if _is_reply(wire, query, question):
                    if wire[2] & _TC:
                        raise dns.message.Truncated
                    # As dnspython does: a damaged one may be forged, so wait for another one.
                    with contextlib.suppress(Exception):
                        return await _read(wire, reading)
            # However fast junk comes in, neither the time nor others wait for its end.
            await asyncio.sleep(0)


async def _over_tcp(
    query: bytes, question: bytes, server: dns.nameserver.Do53Nameserver, reading: asyncio.Lock
) -> dns.message.Message:
    reader, writer = await asyncio.open_connection(server.address, server.port)
    try:
        # RFC 1035 section 4.2.2
        writer.write(len(query).to_bytes(2) + query)
        wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
    finally:
        writer.close()
        # asyncio closes it a turn later. Until then, it takes the place of the next one.
        await asyncio.sleep(0)
    if not _is_reply(wire, query, question):
        raise dns.query.BadResponse
    return await _read(wire, reading)


async def _read(wire: bytes, reading: asyncio.Lock) -> dns.message.Message:
    """The message; a long one is read in a thread, one at a time, so that no other task waits."""
    if len(wire) <= _LONG:
        return dns.message.from_wire(wire)
    async with reading:
        return await asyncio.to_thread(dns.message.from_wire, wire)


def _is_plain(server: dns.nameserver.Nameserver) -> TypeGuard[dns.nameserver.Do53Nameserver]:
    """Whether dnspython itself would ask it over UDP or TCP, not a class that somebody derived."""
    ask = getattr(server.async_query, "__func__", None)
    return ask is dns.nameserver.Do53Nameserver.async_query


def _is_reply(wire: bytes, query: bytes, question: bytes) -> bool:
    """Whether a message is for a query, by ID and question (RFC 5452 section 9.1)."""
    if len(wire) < _HEADER or wire[:2] != query[:2] or wire[2] & _QR_OPCODE != _RESPONSE:
        return False
    questions = int.from_bytes(wire[4:6])
    if questions == 0:
        return wire[3] & _RCODE in _WITHOUT_QUESTION
    # Some servers change the case of letters, which these octets have nowhere else.
    asked = wire[_HEADER : _HEADER + len(question)]
    return questions == 1 and asked.lower() == question


async def _by_dnspython(query: Query) -> dns.message.Message:
    """As dnspython does it: over TLS, HTTPS or QUIC, or with a signature.

    A cancellation waits for the end of the try if a server keeps sending octets: CPython 3.11's
    wait_for, which dnspython uses, swallows one that arrives together with some (gh-86296).
    """
    backend = dns.asyncbackend.get_backend("asyncio")
    task = asyncio.ensure_future(
        query.server.async_query(query.message, query.timeout, None, 0, query.tcp, backend)
    )
    # Errors that nobody retrieves after a cancellation, asyncio would log.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        await asyncio.wait([task])
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=_AGAIN)
        await asyncio.sleep(0)  # as above
    return task.result()
