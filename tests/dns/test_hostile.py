"""What a hostile or broken name server may send: each has its outcome, and none is late."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
import threading
import time
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

import dns.message
import dns.resolver
import pytest

from tests.dns.server import ADDRESS
from tlsrpt.dns import lookup, lookup_async

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tlsrpt.dns import Lookup

    Sent: TypeAlias = Callable[[bytes], Iterable[bytes]]

GOOD: Final = b"v=TLSRPTv1; rua=mailto:tls@example.com"
TXT, CNAME, DNAME, A, OPT = 16, 5, 39, 1, 41
QR, TC, RESPONSE = 0x8000, 0x0200, 0x8180
OWNER: Final = b"\xc0\x0c"
"""A pointer to the name in the question (RFC 1035 section 4.1.4)."""
# What a connection does after the octets
KEEPS_OPEN: Final = b"keeps open"
RESETS: Final = b"resets"


class Behaviour(NamedTuple):
    """What a server does, and what a lookup makes of it."""

    status: str
    reason: str | None
    udp: Sent
    tcp: Sent | None = None
    port: str = "its own"
    """Where replies over UDP come from."""


def found(udp: Sent, tcp: Sent | None = None) -> Behaviour:
    return Behaviour("found", None, udp, tcp)


def none(reason: str, udp: Sent, tcp: Sent | None = None) -> Behaviour:
    return Behaviour("none", reason, udp, tcp)


def failed(reason: str, udp: Sent, tcp: Sent | None = None) -> Behaviour:
    return Behaviour("failed", reason, udp, tcp)


def ignored(udp: Sent) -> Behaviour:
    """As if nothing had come, since what came may be forged."""
    return failed("timeout", udp)


# --- Messages -------------------------------------------------------------------------------------


def question_of(query: bytes) -> bytes:
    return query[12 : query.index(b"\0", 12) + 5]


def rr(  # noqa: PLR0913 - the fields of a record
    rdata: bytes,
    rdtype: int = TXT,
    *,
    owner: bytes = OWNER,
    rdclass: int = 1,
    ttl: int = 300,
    length: int | None = None,
) -> bytes:
    size = len(rdata) if length is None else length
    return owner + struct.pack("!HHIH", rdtype, rdclass, ttl, size) + rdata


def strings(*texts: bytes) -> bytes:
    return b"".join(bytes([len(text)]) + text for text in texts)


RECORD: Final = rr(strings(GOOD))
EDNS: Final = rr(b"", OPT, owner=b"\0", rdclass=1232, ttl=0)


def message(
    answers: bytes = b"",
    counts: tuple[int, int, int, int] = (1, 1, 0, 0),
    *,
    flags: int = RESPONSE,
    question: Callable[[bytes], bytes] = question_of,
) -> Sent:
    """One message, its answers as octets, whatever the counts of its sections say."""

    def send(query: bytes) -> Iterable[bytes]:
        yield query[:2] + struct.pack("!5H", flags, *counts) + question(query) + answers

    return send


def changed(change: Callable[[bytes], bytes], sent: Sent | None = None) -> Sent:
    return lambda query: [change(each) for each in (sent or SOUND)(query)]


def raw(*datagrams: bytes) -> Sent:
    return lambda _: datagrams


def after(*sent: Sent) -> Sent:
    return lambda query: itertools.chain.from_iterable(each(query) for each in sent)


def late(query: bytes) -> Iterable[bytes]:
    time.sleep(0.2)
    return SOUND(query)


SOUND: Final = message(RECORD)
NODATA: Final = message(b"", (1, 0, 0, 0))
TRUNCATED: Final = message(b"", (1, 0, 0, 0), flags=RESPONSE | TC)


def rcode(number: int) -> Sent:
    """An RCODE, those beyond 15 by EDNS (RFC 6891 section 6.1.3)."""
    opt = rr(b"", OPT, owner=b"\0", rdclass=1232, ttl=number >> 4 << 24)
    return message(opt, (1, 0, 0, 1), flags=RESPONSE | number & 15)


def framed(sent: Sent) -> Sent:
    """Messages for TCP (RFC 1035 section 4.2.2)."""
    return lambda query: (struct.pack("!H", len(each)) + each for each in sent(query))


def name(*labels: bytes) -> bytes:
    return strings(*labels) + b"\0"


def alias(owner: bytes, target: bytes) -> bytes:
    return rr(target, CNAME, owner=owner)


def opt(options: bytes, *, length: int | None = None, version: int = 0) -> bytes:
    ttl = version << 16
    return rr(options, OPT, owner=b"\0", rdclass=1232, ttl=ttl, length=length)


X, Y = name(b"x", b"example"), name(b"y", b"example")

BEHAVIOURS: Final[dict[str, Behaviour]] = {
    # --- Which message is the reply (RFC 5452 section 9.1)
    "another ID": ignored(changed(lambda wire: bytes([wire[0] ^ 1]) + wire[1:])),
    "a query": ignored(message(RECORD, flags=0x0100)),
    "another opcode": ignored(message(RECORD, flags=RESPONSE | 4 << 11)),
    "the query itself": ignored(lambda query: [query]),
    "the query, marked as a reply": none("nodata", changed(lambda wire: wire, NODATA)),
    "no question": ignored(message(RECORD, (0, 1, 0, 0), question=lambda _: b"")),
    "no question, though it is there": ignored(message(RECORD, (0, 1, 0, 0))),
    "two questions": ignored(
        message(RECORD, (2, 1, 0, 0), question=lambda query: question_of(query) + X + b"\0\x10\0\1")
    ),
    "two questions, of which one is there": ignored(message(RECORD, (2, 1, 0, 0))),
    "another name": ignored(
        message(RECORD, question=lambda query: question_of(query).replace(b"com", b"org"))
    ),
    "another type": ignored(
        message(RECORD, question=lambda query: question_of(query)[:-4] + b"\0\1\0\1")
    ),
    "another class": ignored(
        message(RECORD, question=lambda query: question_of(query)[:-2] + b"\0\3")
    ),
    "the name in capitals": found(
        message(RECORD, question=lambda query: question_of(query)[:-4].upper() + b"\0\x10\0\1")
    ),
    # --- Octets that are no message
    "empty": ignored(raw(b"")),
    "one octet": ignored(raw(b"\0")),
    "half a header": ignored(changed(lambda wire: wire[:6])),
    "a header alone": ignored(message(b"", (0, 0, 0, 0), question=lambda _: b"")),
    "a header that has more": ignored(changed(lambda wire: wire[:12])),
    "half a question": ignored(changed(lambda wire: wire[:20])),
    "zeros": ignored(raw(bytes(512))),
    "ones": ignored(raw(512 * b"\xff")),
    "HTTP": ignored(raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    # --- Names (RFC 1035 sections 3.1 and 4.1.4)
    "a pointer to itself": ignored(
        lambda query: message(
            rr(strings(GOOD), owner=struct.pack("!H", 0xC000 | 12 + len(question_of(query))))
        )(query)
    ),
    "pointers in a circle": ignored(
        lambda query: message(
            rr(
                strings(GOOD),
                owner=b"\1x" + struct.pack("!H", 0xC000 | 12 + len(question_of(query))),
            )
        )(query)
    ),
    "a pointer forwards": ignored(message(rr(strings(GOOD), owner=b"\xc0\xff") + bytes(300))),
    "a pointer beyond the end": ignored(message(rr(strings(GOOD), owner=b"\xff\xff"))),
    "half a pointer": ignored(message(b"\xc0")),
    "a label beyond the end": ignored(message(b"\x3fx")),
    "a label of a reserved type": ignored(message(rr(strings(GOOD), owner=b"\x41x\0"))),
    "a name of 300 octets": ignored(message(rr(strings(GOOD), owner=name(*5 * [59 * b"x"])))),
    # --- Counts and lengths
    "an answer that is missing": ignored(message(RECORD, (1, 2, 0, 0))),
    "100 records in each section": failed(
        "invalid-answer", message(RECORD + 299 * rr(b"x", 65280, owner=b"\0"), (1, 100, 100, 100))
    ),
    "65,535 answers that are missing": failed("invalid-answer", message(RECORD, (1, 65535, 0, 0))),
    "too many answers, of which none is there": failed(
        "invalid-answer", message(b"", (1, 0, 0, 251))
    ),
    "249 answers that are missing": ignored(message(RECORD, (1, 250, 0, 0))),
    "250 records": none(
        "foreign",
        TRUNCATED,
        framed(message(b"".join(rr(strings(b"%d" % each)) for each in range(250)), (1, 250, 0, 0))),
    ),
    "TC with too many records": found(
        message(b"", (1, 65535, 0, 0), flags=RESPONSE | TC), framed(SOUND)
    ),
    "octets after the end": ignored(message(RECORD + b"x")),
    "half an answer": ignored(changed(lambda wire: wire[:-20])),
    "an RDATA beyond the end": ignored(message(rr(strings(GOOD), length=999))),
    "an RDATA that is too short": ignored(message(rr(strings(GOOD), length=5))),
    "TXT without strings": ignored(message(rr(b""))),
    "TXT with an empty string": none("foreign", message(rr(strings(b"")))),
    "a string beyond the RDATA": ignored(message(rr(b"\xff" + GOOD))),
    "60,000 empty strings": none("foreign", TRUNCATED, framed(message(rr(60_000 * b"\0")))),
    "64 kB in UDP": none("foreign", message(rr(strings(*250 * [255 * b"x"])))),
    "64 kB in TCP": none("foreign", TRUNCATED, framed(message(rr(strings(*255 * [255 * b"x"]))))),
    "2,000 records": failed(
        "invalid-answer",
        TRUNCATED,
        framed(
            message(
                b"".join(rr(strings(b"%d" % number)) for number in range(2000)), (1, 2000, 0, 0)
            )
        ),
    ),
    # --- Records that do not belong there
    "the record as authority": none("nodata", message(RECORD, (1, 0, 1, 0))),
    "the record as additional": none("nodata", message(RECORD, (1, 0, 0, 1))),
    "the record of another name": none("nodata", message(rr(strings(GOOD), owner=X))),
    "the record in another class": none("nodata", message(rr(strings(GOOD), rdclass=3))),
    "an address": none("nodata", message(rr(b"\x7f\0\0\1", A))),
    "a damaged address": ignored(message(rr(b"\x7f\0\0", A))),
    "a record of no known type": none("nodata", message(rr(b"x", 65280))),
    "a signature that nobody has asked for": found(
        message(RECORD + rr(bytes(18) + X + b"x", 46), (1, 2, 0, 0))
    ),
    "a TTL that is negative": found(message(rr(strings(GOOD), ttl=2**31))),
    "the greatest TTL": found(message(rr(strings(GOOD), ttl=2**32 - 1))),
    "TSIG that nobody has asked for": ignored(
        message(RECORD + rr(X + bytes(16), 250, owner=X, rdclass=255, ttl=0), (1, 1, 0, 1))
    ),
    # --- Aliases
    "an alias of itself": failed("invalid-answer", message(alias(OWNER, OWNER))),
    "two aliases of each other": failed(
        "invalid-answer", message(alias(OWNER, X) + alias(X, OWNER), (1, 2, 0, 0))
    ),
    "aliases that go on": failed(
        "invalid-answer",
        message(
            alias(OWNER, name(b"n0"))
            + b"".join(alias(name(b"n%d" % i), name(b"n%d" % (i + 1))) for i in range(99)),
            (1, 100, 0, 0),
        ),
    ),
    "an alias after its target": found(
        message(rr(strings(GOOD), owner=X) + alias(OWNER, X), (1, 2, 0, 0))
    ),
    "an alias beside a record": found(message(alias(OWNER, X) + RECORD, (1, 2, 0, 0))),
    # dnspython takes the last one.
    "two aliases of one name": none(
        "nodata",
        message(alias(OWNER, X) + alias(OWNER, Y) + rr(strings(GOOD), owner=X), (1, 3, 0, 0)),
    ),
    "an alias of the root": none("nodata", message(alias(OWNER, b"\0"))),
    "a DNAME alone": none("nodata", message(rr(X, DNAME, owner=name(b"example", b"com")))),
    "a DNAME with its alias": found(
        message(
            rr(name(b"net"), DNAME, owner=name(b"com"))
            + alias(OWNER, X)
            + rr(strings(GOOD), owner=X),
            (1, 3, 0, 0),
        )
    ),
    # --- EDNS (RFC 6891)
    "EDNS of another version": none("nodata", message(opt(b"", version=1), (1, 0, 0, 1))),
    "EDNS twice": ignored(message(RECORD + EDNS + EDNS, (1, 1, 0, 2))),
    "EDNS as an answer": ignored(message(EDNS)),
    "EDNS of a name": ignored(message(rr(b"", OPT), (1, 0, 0, 1))),
    "EDNS that is not long enough": ignored(message(RECORD + opt(b"\0\x0f"), (1, 1, 0, 1))),
    "an option beyond the end": ignored(message(RECORD + opt(b"\0\x0f\0\x09\0"), (1, 1, 0, 1))),
    "an extended error of one octet": ignored(
        message(RECORD + opt(b"\0\x0f\0\x01\0"), (1, 1, 0, 1))
    ),
    # --- RCODEs
    **{f"RCODE {number}": failed("invalid-answer", rcode(number)) for number in (1, 4, 6, 9, 15)},
    "RCODE 2": failed("servfail", rcode(2)),
    "RCODE 3 with a record": failed("invalid-answer", message(RECORD, flags=RESPONSE | 3)),
    "RCODE 5": failed("refused", rcode(5)),
    **{f"RCODE {number}": failed("invalid-answer", rcode(number)) for number in (16, 23, 4095)},
    # --- More than one message
    "two replies": found(after(SOUND, NODATA)),
    "junk after the reply": found(after(SOUND, raw(b"junk"))),
    "junk before the reply": found(after(raw(*100 * [b"junk"]), SOUND)),
    "junk for ever": ignored(lambda _: itertools.repeat(b"junk")),
    "damaged replies before the reply": found(
        after(*20 * [changed(lambda wire: wire[:-1])], SOUND)
    ),
    # --- Where it comes from, and when
    "a late reply": ignored(late),
    "another port": ignored(SOUND)._replace(port="another"),
    "another address": ignored(SOUND)._replace(port="another address"),
    "a port that is closed": ignored(SOUND)._replace(port="closed"),
    "nothing": ignored(raw()),
    # --- TCP
    "TCP refused": failed("network", TRUNCATED),
    "TCP closed at once": failed("network", TRUNCATED, raw()),
    "TCP reset": failed("network", TRUNCATED, raw(RESETS)),
    "TCP closed after one octet": failed("network", TRUNCATED, raw(b"\0")),
    "TCP closed after the length": failed("network", TRUNCATED, raw(b"\0\x64")),
    "TCP closed within the message": failed(
        "network", TRUNCATED, changed(lambda wire: wire[:-9], framed(SOUND))
    ),
    "TCP silent": failed("timeout", TRUNCATED, raw(KEEPS_OPEN)),
    "TCP silent after the length": failed("timeout", TRUNCATED, raw(b"\0\x64", KEEPS_OPEN)),
    "TCP of length 0": failed("invalid-answer", TRUNCATED, raw(b"\0\0")),
    "TCP of length 1": failed("invalid-answer", TRUNCATED, raw(b"\0\1x")),
    "TCP garbage": failed("invalid-answer", TRUNCATED, framed(raw(512 * b"x"))),
    "TCP another ID": failed(
        "invalid-answer", TRUNCATED, framed(changed(lambda wire: b"xx" + wire[2:]))
    ),
    "TCP another name": failed(
        "invalid-answer",
        TRUNCATED,
        framed(message(RECORD, question=lambda query: question_of(query).replace(b"com", b"org"))),
    ),
    "TCP truncated": failed("invalid-answer", TRUNCATED, framed(TRUNCATED)),
    "TCP damaged": failed("invalid-answer", TRUNCATED, framed(message(RECORD, (1, 2, 0, 0)))),
    "TCP SERVFAIL": failed("servfail", TRUNCATED, framed(rcode(2))),
    "TCP two replies": found(TRUNCATED, framed(after(SOUND, NODATA))),
    "TCP reply, kept open": found(TRUNCATED, after(framed(SOUND), raw(KEEPS_OPEN))),
    "TCP in single octets": found(
        TRUNCATED, lambda query: (bytes([each]) for wire in framed(SOUND)(query) for each in wire)
    ),
    "TCP that sends for ever": failed(
        "invalid-answer", TRUNCATED, lambda _: itertools.repeat(b"\xff\xff" + 2000 * b"x")
    ),
    "TCP junk after the reply for ever": found(
        TRUNCATED, after(framed(SOUND), lambda _: itertools.repeat(2000 * b"x"))
    ),
    "TC with garbage": found(changed(lambda wire: wire + b"garbage", TRUNCATED), framed(SOUND)),
    "TC with a record": found(message(RECORD, flags=RESPONSE | TC), framed(SOUND)),
}


# --- The server -----------------------------------------------------------------------------------


class Server:
    """A server in threads of its own, which behaves as it is told."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.stopped = threading.Event()
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.other = socket.socket(type=socket.SOCK_DGRAM)
        self.tcp = socket.socket()
        self.threads = [threading.Thread(target=self.datagrams)]

    def __enter__(self) -> Self:
        local = self.bind()
        self.resolver = dns.resolver.Resolver(configure=False)
        self.resolver.nameservers, self.resolver.port = [ADDRESS], local[1]
        self.other.bind(("127.0.0.2" if self.behaviour.port == "another address" else ADDRESS, 0))
        if self.behaviour.tcp:
            self.tcp.listen()
            self.threads.append(threading.Thread(target=self.connections))
        for each in (self.udp, self.other, self.tcp):
            each.settimeout(0.02)
        if self.behaviour.port == "closed":
            self.udp.close()
        for thread in self.threads:
            thread.start()
        return self

    def bind(self) -> tuple[str, int]:
        """Take a port that is free for both UDP and TCP, which have ports of their own."""
        local: tuple[str, int] | None = None
        while local is None:
            self.udp.close()
            self.tcp.close()
            self.udp, self.tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
            self.udp.bind((ADDRESS, 0))
            with contextlib.suppress(OSError):
                self.tcp.bind(self.udp.getsockname())
                local = self.udp.getsockname()
        return local

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        for each in (self.udp, self.other, self.tcp):
            each.close()

    def datagrams(self) -> None:
        source = self.other if self.behaviour.port.startswith("another") else self.udp
        while not self.stopped.is_set():
            with contextlib.suppress(OSError):
                query, peer = self.udp.recvfrom(1000)
                for datagram in self.behaviour.udp(query):
                    if self.stopped.is_set():
                        break
                    source.sendto(datagram, peer)
            if self.behaviour.port == "closed":
                break

    def connections(self) -> None:
        while not self.stopped.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self.tcp.accept()
                with connection:
                    self.serve(connection)

    def serve(self, connection: socket.socket) -> None:
        connection.settimeout(1)
        query = connection.recv(1000)[2:]
        assert self.behaviour.tcp
        for octets in takewhile(lambda _: not self.stopped.is_set(), self.behaviour.tcp(query)):
            if octets is KEEPS_OPEN:
                self.stopped.wait()
            elif octets is RESETS:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                connection.sendall(octets)


def asynchronously(*arguments: str, **named: object) -> Lookup:
    return asyncio.run(lookup_async(*arguments, **named))  # type: ignore[arg-type]


@pytest.mark.parametrize("ask", [lookup, asynchronously], ids=["sync", "async"])
@pytest.mark.parametrize("behaviour", BEHAVIOURS.values(), ids=BEHAVIOURS)
def test_a_hostile_server(behaviour: Behaviour, ask: Callable[..., Lookup]) -> None:
    # What is expected in time has time, on a busy machine, too.
    timeout = 0.1 if behaviour.reason == "timeout" else 10
    with Server(behaviour) as server:
        start = time.monotonic()
        result = ask("example.com", resolver=server.resolver, timeout=timeout)
        took = time.monotonic() - start
    assert (result.status, result.reason) == (behaviour.status, behaviour.reason)
    assert took < timeout + 5
