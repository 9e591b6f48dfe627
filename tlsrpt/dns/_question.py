"""One TXT question to the name servers of a resolver, without any waiting of its own.

`Question` says what to send and judges what comes back, so that the same code serves blocking and
async callers. dnspython's own loop is not used because it does not keep to its lifetime: it pauses
between rounds for up to two seconds before it looks at the clock.
"""

from __future__ import annotations

import random
import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import dns.exception
import dns.flags
import dns.inet
import dns.message
import dns.name
import dns.nameserver
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rdtypes.ANY.CNAME
import dns.resolver
from dns.rdataclass import IN
from dns.rdatatype import ANY, CNAME, TXT

from tlsrpt.dns._concurrency import is_out_of_descriptors

if TYPE_CHECKING:
    from collections.abc import Iterable

if not hasattr(dns.message.Message, "extended_errors"):
    # Otherwise, only a SERVFAIL would tell.
    raise ImportError("dnspython is older than 2.7")

# What passes unfragmented nearly everywhere (DNS Flag Day 2020).
_PAYLOAD: Final = 1232
# Extended errors about DNSSEC, from "indeterminate" to "NSEC missing" (RFC 8914 section 4).
_DNSSEC_ERRORS: Final = range(5, 13)

# What an answer may hold. dnspython imports a type when it first reads one, which fails while file
# descriptors have run out; the answer would pass for damaged, and the server for silent.
for _type in ("TXT", "CNAME", "DNAME", "SOA", "NS", "A", "AAAA", "OPT", "RRSIG", "NSEC", "NSEC3"):
    dns.rdata.get_rdata_class(IN, dns.rdatatype.from_text(_type))  # type: ignore[no-untyped-call]

# How late the end of a try may be noticed, in seconds, unless the process did something else.
_LATE: Final = 0.1

# Reasons of a failure without any reply.
_SILENCE: Final = {"timeout", "network"}


class Query(NamedTuple):
    """What to send next, and to whom.

    Attributes:
        server: the name server.
        name: the name to ask for.
        timeout: how long to wait for the reply, in seconds.
        tcp: whether to send it over TCP.
        resolver: how the query is made.
    """

    server: dns.nameserver.Nameserver
    name: dns.name.Name
    timeout: float
    tcp: bool
    resolver: dns.resolver.BaseResolver

    @property
    def message(self) -> dns.message.QueryMessage:
        """The query, with an ID of its own each time."""
        return make_query(self.name, self.resolver)


class Failure(NamedTuple):
    """Why there is no answer.

    Attributes:
        reason: ``timeout``, ``network``, ``servfail``, ``bogus``, ``refused`` or
            ``invalid-answer``.
        server: the address of the server that this is about; None if there is no server at all.
        cnames: the targets of the aliases, if they led nowhere and that is why.
    """

    reason: str
    server: str | None
    cnames: tuple[dns.name.Name, ...] = ()


class Question:
    """A question for the TXT records of a host, until a server answers or the time is up.

    The servers are asked in turn, each for its share of the time. A server that does not reply is
    asked again; a server that replies with an error is not. If all fail, the last one that replied
    decides. Time that the process spent on something else does not count.

    Attributes:
        answer: the answer, once there is one.
        failure: why there is none.
    """

    answer: dns.resolver.Answer | None
    failure: Failure

    def __init__(self, host: str, resolver: dns.resolver.BaseResolver, timeout: float) -> None:
        """Prepare the question, or find the answer in the cache; nothing is sent.

        Args:
            host: the name, in A-labels.
            resolver: how to ask: its servers, ports, rotation, timeout for a try, TSIG key, EDNS,
                flags and cache. Only the cache is written to.
            timeout: how long all of it may take, in seconds.
        """
        self._name = dns.name.from_text(host)
        self._resolver = resolver
        servers = _servers(resolver)
        self._waiting = deque((server, server.is_always_max_size()) for server in servers)
        self._share = min(resolver.timeout, timeout / max(1, len(servers)))
        self._asked = time.monotonic()
        self._end = self._asked + timeout
        self.answer = _cached(resolver, self._name)
        self.failure = Failure("timeout" if servers else "network", None)

    def next_query(self) -> Query | None:
        """What to send next; None if the outcome is settled."""
        self._asked = time.monotonic()
        left = self._end - self._asked
        if self.answer is not None or not self._waiting or left <= 0:
            return None
        server, tcp = self._waiting[0]
        return Query(server, self._name, min(left, self._share), tcp, self._resolver)

    def take(self, reply: dns.message.Message | Exception) -> None:
        """Judge what came back for the last query.

        Raises:
            OSError: no file descriptor was free, which says nothing about the host.
            Exception: the error is a mistake in a program or its installation.
        """
        server, tcp = self._waiting[0]
        if isinstance(reply, Exception) and not _is_outcome(reply, server):
            raise reply
        self._waiting.popleft()
        if isinstance(reply, dns.message.Truncated):
            # RFC 7766 section 5
            self._waiting.appendleft((server, True))
            return
        verdict = _judge(reply, self._name, server)
        if isinstance(verdict, dns.resolver.Answer):
            self.answer = verdict
            _keep(self._resolver, verdict)
            return
        if verdict.reason == "timeout":
            self._waiting.append((server, tcp))
            now = time.monotonic()
            if now > min(self._end, self._asked + self._share) + _LATE:
                # The event loop was blocked, and nobody read the reply. Such a try does not count.
                self._end += now - self._asked
        if verdict.reason not in _SILENCE or self.failure.reason in _SILENCE:
            self.failure = verdict


def make_query(
    name: dns.name.Name, resolver: dns.resolver.BaseResolver
) -> dns.message.QueryMessage:
    """The query, as the resolver is configured, but with EDNS and AD."""
    flags = dns.flags.RD if resolver.flags is None else resolver.flags
    message = dns.message.make_query(
        name,
        TXT,
        want_dnssec=bool(resolver.ednsflags & dns.flags.DO),
        # It turns EDNS on, without which there are no extended errors (RFC 8914 section 2).
        payload=_PAYLOAD if resolver.edns < 0 else resolver.payload,
        options=resolver.ednsoptions,
        # A resolver that validates says so only to those who ask (RFC 6840 section 5.7).
        flags=flags | dns.flags.AD,
    )
    if resolver.keyname is not None:
        message.use_tsig(resolver.keyring, resolver.keyname, algorithm=resolver.keyalgorithm)
    return message


def _servers(resolver: dns.resolver.BaseResolver) -> list[dns.nameserver.Nameserver]:
    servers = [_server(server, resolver) for server in resolver.nameservers]
    if resolver.rotate:
        random.shuffle(servers)
    return servers


def _server(
    server: str | dns.nameserver.Nameserver, resolver: dns.resolver.BaseResolver
) -> dns.nameserver.Nameserver:
    """A name server in any form that a resolver takes it: as an object, URL or address."""
    if isinstance(server, dns.nameserver.Nameserver):
        return server
    if dns.inet.is_address(server):
        port = resolver.nameserver_ports.get(server, resolver.port)
        return dns.nameserver.Do53Nameserver(server, port)
    return dns.nameserver.DoHNameserver(server)


def _is_outcome(error: Exception, server: dns.nameserver.Nameserver) -> bool:
    """Whether an error is due to the network or a name server."""
    if isinstance(error, dns.query.NoDOH | dns.query.NoDOQ | TypeError):
        return False
    if isinstance(error, OSError):
        return not is_out_of_descriptors(error)
    # The errors of the libraries for HTTP and QUIC have no base class in common.
    is_foreign = isinstance(server, dns.nameserver.DoHNameserver | dns.nameserver.DoQNameserver)
    return is_foreign or isinstance(error, dns.exception.DNSException | EOFError)


def _judge(
    reply: dns.message.Message | Exception,
    name: dns.name.Name,
    server: dns.nameserver.Nameserver,
) -> dns.resolver.Answer | Failure:
    """The answer that a reply gives, or why it gives none."""
    address = server.answer_nameserver()
    if isinstance(reply, dns.exception.Timeout):
        return Failure("timeout", address)
    if isinstance(reply, dns.exception.DNSException):
        return Failure("invalid-answer", address)
    if isinstance(reply, Exception):
        return Failure("network", address)
    rcode = reply.rcode()
    # Over TCP, truncation raises nothing.
    if rcode in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN} and not reply.flags & dns.flags.TC:
        response = cast(dns.message.QueryMessage, reply)
        try:
            answer = dns.resolver.Answer(name, TXT, IN, response, address, server.answer_port())
        except dns.exception.DNSException:
            return Failure("invalid-answer", address, _loop(response, name))
        if not _is_partial(answer):
            return answer
        return Failure("invalid-answer", address, tuple(targets(answer)))
    if rcode == dns.rcode.SERVFAIL:
        is_bogus = any(error.code in _DNSSEC_ERRORS for error in reply.extended_errors())
        return Failure("bogus" if is_bogus else "servfail", address)
    return Failure("refused" if rcode == dns.rcode.REFUSED else "invalid-answer", address)


def targets(answer: dns.resolver.Answer) -> list[dns.name.Name]:
    """Where the aliases of an answer lead to, one after the other."""
    # Of each CNAME the owner, and where the last one leads to.
    names = [*(rrset.name for rrset in answer.chaining_result.cnames), answer.canonical_name]
    return names[1:]


def _loop(response: dns.message.Message, name: dns.name.Name) -> tuple[dns.name.Name, ...]:
    """Where the aliases of a name lead to, up to the first that was there before; else nothing."""
    names = [name]
    while len(names) <= dns.message.MAX_CHAIN:
        alias = response.get_rrset(response.answer, names[-1], IN, CNAME)
        if alias is None:
            break
        (cname, *_) = cast("Iterable[dns.rdtypes.ANY.CNAME.CNAME]", alias)
        names.append(cname.target)
        if names[-1] in names[:-1]:
            return tuple(names[1:])
    return ()


def time_to_live(answer: dns.resolver.Answer) -> int | None:
    """For how long an answer, fresh or from the cache, may still be used, in seconds."""
    return round(answer.expiration - time.time()) if _may_be_reused(answer) else None


def _may_be_reused(answer: dns.resolver.Answer) -> bool:
    """Whether it may be cached; without records, the SOA record says how long (RFC 2308)."""
    return answer.rrset is not None or any(
        rrset.rdtype == dns.rdatatype.SOA and answer.canonical_name.is_subdomain(rrset.name)
        for rrset in answer.response.authority
    )


def _is_partial(answer: dns.resolver.Answer) -> bool:
    """Whether it is a referral, or ends at an alias that an authoritative server cannot follow.

    Neither says that there is no record (RFC 2308 section 2.2).
    """
    response = answer.response
    if response.rcode() != dns.rcode.NOERROR or _may_be_reused(answer):
        return False
    # Some resolvers leave out the SOA record, but they do follow aliases.
    is_alias = bool(answer.chaining_result.cnames) and not response.flags & dns.flags.RA
    return is_alias or any(rrset.rdtype == dns.rdatatype.NS for rrset in response.authority)


# dnspython's own resolvers use the same keys, so that both can share the cache. They also keep what
# must not be reused, up to 2.8 forever.


def _cached(resolver: dns.resolver.BaseResolver, name: dns.name.Name) -> dns.resolver.Answer | None:
    cache = cast("dns.resolver.Cache | None", resolver.cache)
    if cache is None:
        return None
    answer = cache.get((name, TXT, IN))
    if answer is None:  # An answer without records is false.
        answer = cache.get((name, ANY, IN))
    return answer if answer is not None and _may_be_reused(answer) else None


def _keep(resolver: dns.resolver.BaseResolver, answer: dns.resolver.Answer) -> None:
    cache = cast("dns.resolver.Cache | None", resolver.cache)
    if cache is not None and _may_be_reused(answer):
        is_nxdomain = answer.response.rcode() == dns.rcode.NXDOMAIN
        cache.put((answer.qname, ANY if is_nxdomain else TXT, IN), answer)
