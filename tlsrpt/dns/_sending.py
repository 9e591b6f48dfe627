"""Sending queries in asyncio, with as little work as possible for each.

dnspython builds a message for a query, renders it, and opens a transport for it, which takes as
long as reading the reply. Over UDP without TSIG, all queries of a resolver are alike but for ID and
name, so they are rendered once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING, Final, TypeGuard

import dns.asyncbackend
import dns.exception
import dns.inet
import dns.message
import dns.name
import dns.nameserver
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
_MAX_DATAGRAM: Final = 65_535
# How often to cancel a task that may lose a cancellation, in seconds.
_AGAIN: Final = 0.05


class Sender:
    """Sends the queries for a resolver."""

    def __init__(self, resolver: dns.resolver.BaseResolver) -> None:
        """Render what the queries have in common.

        Args:
            resolver: how to ask, as it is now.
        """
        self._is_signed = resolver.keyname is not None
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
        if _is_plain(query.server) and not query.tcp and not self._is_signed:
            return await self._exchange(query, query.server)
        return await _by_dnspython(query)

    async def _exchange(
        self, query: Query, server: dns.nameserver.Do53Nameserver
    ) -> dns.message.Message:
        """A query and its reply over UDP.

        A forged reply has to come from the server's address and guess ID and port, which the
        operating system draws anew for each query (RFC 5452 section 9.2).
        """
        question = query.name.to_digestable() + self._type_and_class
        query_id = os.urandom(2)
        wire = query_id + self._flags_and_counts + question + self._edns
        loop = asyncio.get_running_loop()
        with socket.socket(dns.inet.af_for_address(server.address), socket.SOCK_DGRAM) as peer:
            peer.setblocking(False)  # noqa: FBT003
            peer.connect(dns.inet.low_level_address_tuple((server.address, server.port)))
            await loop.sock_sendall(peer, wire)
            try:
                async with asyncio.timeout(query.timeout):
                    while True:
                        # What is not there now may still come up.
                        with contextlib.suppress(ConnectionError):
                            wire = await loop.sock_recv(peer, _MAX_DATAGRAM)
                            if reply := _read(wire, query_id, question):
                                return reply
                        # However fast junk comes in, neither the time nor others wait for its end.
                        await asyncio.sleep(0)
            except TimeoutError:
                raise dns.exception.Timeout from None


def _is_plain(server: dns.nameserver.Nameserver) -> TypeGuard[dns.nameserver.Do53Nameserver]:
    """Whether dnspython itself would ask it over UDP or TCP, not a class that somebody derived."""
    ask = getattr(server.async_query, "__func__", None)
    return ask is dns.nameserver.Do53Nameserver.async_query


def _read(wire: bytes, query_id: bytes, question: bytes) -> dns.message.Message | None:
    """The reply to a query; None if it is for another one, or damaged (RFC 5452 section 9.1)."""
    if len(wire) < _HEADER or wire[:2] != query_id or wire[2] & _QR_OPCODE != _RESPONSE:
        return None
    questions = int.from_bytes(wire[4:6])
    if questions == 0:
        is_reply = wire[3] & _RCODE in _WITHOUT_QUESTION
    else:
        # Some servers change the case of letters, which these octets have nowhere else.
        asked = wire[_HEADER : _HEADER + len(question)]
        is_reply = questions == 1 and asked.lower() == question
    if not is_reply:
        return None
    if wire[2] & _TC:
        raise dns.message.Truncated
    try:
        return dns.message.from_wire(wire)
    except Exception:  # noqa: BLE001 - as dnspython does it
        return None


async def _by_dnspython(query: Query) -> dns.message.Message:
    """As dnspython does it: over TCP, TLS, HTTPS or QUIC, or with a signature."""
    backend = dns.asyncbackend.get_backend("asyncio")
    task = asyncio.ensure_future(
        query.server.async_query(query.message, query.timeout, None, 0, query.tcp, backend)
    )
    # Errors that nobody retrieves after a cancellation, asyncio would log.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        await asyncio.wait([task])
    finally:
        # CPython 3.11's wait_for, which dnspython uses, swallows a cancellation that arrives
        # together with octets (gh-86296).
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=_AGAIN)
        # asyncio closes a socket a turn later. Until then, it takes the place of the next one.
        await asyncio.sleep(0)
    return task.result()
