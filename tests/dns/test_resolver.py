"""How the servers of a resolver are asked: which, in what order, how, and for how long."""

from __future__ import annotations

import asyncio
import errno
import inspect
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final
from unittest import mock

import dns.asyncresolver
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.query
import dns.rcode
import dns.resolver
import dns.tsig
import pytest
from dns.rdataclass import IN
from dns.rdatatype import TXT

from tests.dns.server import ADDRESS, NXDOMAIN, SILENCE, NameServer, Reply
from tlsrpt import InvalidDomainError
from tlsrpt.dns import lookup, lookup_async, lookup_many
from tlsrpt.dns._question import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.dns.conftest import Ask

GOOD: Final = Reply(texts=("v=TLSRPTv1; rua=mailto:tls@example.com",))
SERVFAIL: Final = Reply(rcode=dns.rcode.SERVFAIL)
REFUSED: Final = Reply(rcode=dns.rcode.REFUSED)


class Failing(dns.nameserver.Do53Nameserver):
    """A server that no reply comes from.

    Attributes:
        timeouts: how long each query would have waited for a reply.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__("192.0.2.1")
        self.timeouts: list[float] = []
        self._error = error

    def query(self, _: object, timeout: float, *__: object) -> dns.message.Message:
        self.timeouts.append(timeout)
        raise self._error

    async def async_query(self, _: object, timeout: float, *__: object) -> dns.message.Message:  # noqa: ASYNC109
        return self.query(_, timeout)


class Silent(Failing):
    """A server that never replies. While it is waited for, a clock goes on, and no time is lost."""

    def __init__(self, clock: mock.Mock) -> None:
        super().__init__(TIMEOUT)
        self._clock = clock

    def query(self, _: object, timeout: float, *__: object) -> dns.message.Message:
        self._clock.return_value += timeout
        return super().query(_, timeout)


TIMEOUT: Final = dns.exception.Timeout()  # type: ignore[no-untyped-call]


def unreachable() -> Failing:
    """A server that no way leads to; that dnspython 2.7 tells blocking callers only."""
    return Failing(OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH)))


@pytest.fixture
def clock() -> Iterator[mock.Mock]:
    """The clock that lookups see; no time passes on it unless a test lets it pass."""
    with mock.patch("tlsrpt.dns._question.time") as time:
        time.monotonic.return_value = 100.0
        yield time.monotonic


def question(made: dns.resolver.BaseResolver) -> Question:
    return Question("_smtp._tls.example.com", made, 5)


def resolver_at(address: str) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [address]
    return made


def resolver_of(*servers: dns.nameserver.Nameserver) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = list(servers)
    return made


def server_at(server: NameServer) -> dns.nameserver.Nameserver:
    return dns.nameserver.Do53Nameserver(ADDRESS, server.port)


# --- Time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [0.2, 5.0])
def test_timeout_holds(ask: Ask, clock: mock.Mock, timeout: float) -> None:
    silent = Silent(clock)
    result = ask("example.com", resolver=resolver_of(silent), timeout=timeout)
    assert (result.status, result.reason) == ("failed", "timeout")
    assert result.server == silent.address
    assert clock.return_value - 100 == pytest.approx(timeout)
    assert sum(silent.timeouts) == pytest.approx(timeout)


def test_a_server_is_waited_for(ask: Ask) -> None:
    with NameServer({}, default=SILENCE) as server:
        start = time.monotonic()
        result = ask("example.com", resolver=server.resolver, timeout=0.2)
        # The upper bound is for a wait that never ends.
        assert 0.2 <= time.monotonic() - start < 60
    assert (result.status, result.reason, result.server) == ("failed", "timeout", ADDRESS)


def test_timeout_holds_although_servers_drop_out(ask: Ask, clock: mock.Mock) -> None:
    """Of dnspython, each round is shorter then, and each pause between rounds longer."""
    with NameServer({}, default=REFUSED) as server:
        refusing, silent = server_at(server), Silent(clock)
        made = resolver_of(refusing, refusing, silent, silent)
        made.timeout = 2
        result = ask("example.com", resolver=made, timeout=15)
        assert len(server.queries) == 2
    assert (result.status, result.reason) == ("failed", "refused")
    assert clock.return_value - 100 == pytest.approx(15)


@pytest.mark.parametrize("timeout", [5.0, 50.0])
def test_silent_first_server_is_passed_over(ask: Ask, clock: mock.Mock, timeout: float) -> None:
    with NameServer({"example.com": GOOD}) as second:
        made = resolver_of(Silent(clock), server_at(second))
        result = ask("example.com", resolver=made, timeout=timeout)
    assert result.status == "found"
    assert clock.return_value - 100 < timeout


def test_lost_queries_are_repeated(ask: Ask) -> None:
    lossy = Reply(texts=GOOD.texts, lost=2)
    with NameServer({"example.com": lossy}) as server:
        made = server.resolver
        made.timeout = 0.5
        assert ask("example.com", resolver=made, timeout=20).status == "found"
        ids = {query.message.id for query in server.queries}
    assert len(server.queries) == 3
    assert len(ids) > 1


def test_time_while_the_process_did_something_else_does_not_count() -> None:
    with mock.patch("time.monotonic", return_value=0.0) as clock:
        asked = question(resolver_at("192.0.2.1"))
        for late in (4.0, 30.0):
            query = asked.next_query()
            assert query is not None
            assert query.timeout == 2.0
            clock.return_value += query.timeout + late
            asked.take(TIMEOUT)
        for timeout in (2.0, 2.0, 1.0):
            query = asked.next_query()
            assert query is not None
            assert query.timeout == timeout
            clock.return_value += query.timeout
            asked.take(TIMEOUT)
        assert asked.next_query() is None
    assert asked.failure == ("timeout", "192.0.2.1", ())


def test_tcp_is_repeated_over_tcp() -> None:
    asked = question(resolver_at("192.0.2.1"))
    tcp = []
    for reply in (dns.message.Truncated(), TIMEOUT, TIMEOUT):  # type: ignore[no-untyped-call]
        query = asked.next_query()
        assert query is not None
        tcp.append(query.tcp)
        asked.take(reply)
    assert tcp == [False, True, True]


def test_only_server_has_all_the_time() -> None:
    query = Question("_smtp._tls.example.com", resolver_at("192.0.2.1"), 1.5).next_query()
    assert query is not None
    assert query.timeout == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_timeout_must_be_positive(ask: Ask, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout"):
        ask("example.com", timeout=timeout)


# --- Several servers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ((SERVFAIL, GOOD), ("found", None)),
        ((REFUSED, NXDOMAIN), ("none", "nxdomain")),
        ((Reply(cnames=2 * ("_smtp._tls.example.com.",)), GOOD), ("found", None)),
        ((SERVFAIL, REFUSED), ("failed", "refused")),
        ((REFUSED, SERVFAIL), ("failed", "servfail")),
        ((SERVFAIL, SILENCE), ("failed", "servfail")),
        ((SILENCE, REFUSED), ("failed", "refused")),
    ],
)
def test_last_answer_decides(
    ask: Ask, clock: mock.Mock, replies: tuple[Reply, Reply], expected: tuple[str, str | None]
) -> None:
    with NameServer({}, default=replies[0]) as one, NameServer({}, default=replies[1]) as two:
        servers = [
            Silent(clock) if server.default is SILENCE else server_at(server)
            for server in (one, two)
        ]
        result = ask("example.com", resolver=resolver_of(*servers))
    assert (result.status, result.reason) == expected


def test_network(ask: Ask) -> None:
    server = unreachable()
    result = ask("example.com", resolver=resolver_of(server))
    assert (result.status, result.reason) == ("failed", "network")
    assert result.server == server.address
    assert len(server.timeouts) == 1


def test_network_and_others(ask: Ask, clock: mock.Mock) -> None:
    with NameServer({}, default=SERVFAIL) as server:
        made = resolver_of(unreachable(), server_at(server))
        assert ask("example.com", resolver=made).reason == "servfail"
        made = resolver_of(server_at(server), unreachable())
        assert ask("example.com", resolver=made).reason == "servfail"
    assert (
        ask("example.com", resolver=resolver_of(unreachable(), Silent(clock))).reason == "timeout"
    )


def raising(server: dns.nameserver.Nameserver, error: Exception) -> dns.resolver.Resolver:
    """A resolver whose only server is this one, which something goes wrong with."""
    vars(server)["query"] = mock.Mock(side_effect=error)
    vars(server)["async_query"] = mock.AsyncMock(side_effect=error)
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [server]
    return made


DO53: Final = dns.nameserver.Do53Nameserver("192.0.2.1")
DOH: Final = dns.nameserver.DoHNameserver("https://192.0.2.1/dns-query")


@pytest.mark.parametrize(
    ("server", "error", "reason"),
    [
        (DO53, ConnectionResetError(), "network"),
        (DO53, EOFError(), "network"),
        (DO53, dns.tsig.PeerBadKey(), "invalid-answer"),  # type: ignore[no-untyped-call]
        # As dnspython does it, which does not translate the errors of its HTTP library either.
        (DOH, ValueError("responded with status code 500"), "network"),
    ],
)
def test_errors_that_are_results(
    ask: Ask, server: dns.nameserver.Nameserver, error: Exception, reason: str
) -> None:
    result = ask("example.com", resolver=raising(server, error))
    assert (result.status, result.reason) == ("failed", reason)


@pytest.mark.parametrize(
    ("server", "error"),
    [
        (DO53, TypeError()),
        (DO53, KeyError()),
        (DOH, TypeError()),
        (DOH, dns.query.NoDOH()),  # type: ignore[no-untyped-call]
    ],
)
def test_mistakes_are_not_results(
    ask: Ask, server: dns.nameserver.Nameserver, error: Exception
) -> None:
    with pytest.raises(type(error)):
        ask("example.com", resolver=raising(server, error))


def test_no_server(ask: Ask) -> None:
    made = dns.resolver.Resolver(configure=False)
    result = ask("example.com", resolver=made)
    assert (result.status, result.reason, result.server) == ("failed", "network", None)


# --- As the resolver is configured ----------------------------------------------------------------


@pytest.mark.parametrize("kind", [dns.resolver.Resolver, dns.asyncresolver.Resolver])
def test_resolver_is_not_changed(ask: Ask, kind: type[dns.resolver.BaseResolver]) -> None:
    made = kind(configure=False)
    with NameServer({"example.com": GOOD}) as server:
        made.nameservers = [ADDRESS]
        made.port = server.port
        made.search = [dns.name.from_text("example.org")]
        made.use_search_by_default = True
        before = dict(vars(made))
        assert ask("example.com", resolver=made).status == "found"
    assert vars(made) == before
    assert [query.message.question[0].name for query in server.queries] == [
        dns.name.from_text("_smtp._tls.example.com")
    ]


def test_edns_and_ad(ask: Ask) -> None:
    with NameServer({}) as server:
        ask("example.com", resolver=server.resolver)
    (query,) = server.queries
    assert (query.message.edns, query.message.payload) == (0, 1232)
    assert query.message.ednsflags == 0
    assert query.message.flags == dns.flags.RD | dns.flags.AD
    assert not query.tcp


def test_own_edns_and_flags(ask: Ask) -> None:
    with NameServer({}) as server:
        made = server.resolver
        cookie = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"12345678")
        made.use_edns(0, dns.flags.DO, 1400, [cookie])
        made.flags = dns.flags.RD | dns.flags.CD
        ask("example.com", resolver=made)
    (query,) = server.queries
    assert (query.message.payload, query.message.ednsflags) == (1400, dns.flags.DO)
    assert [option.otype for option in query.message.options] == [dns.edns.OptionType.COOKIE]
    assert query.message.flags == dns.flags.RD | dns.flags.CD | dns.flags.AD


def test_tsig() -> None:
    made = resolver_at("192.0.2.1")
    first, second = (dns.name.from_text(f"key{number}.example") for number in (1, 2))
    made.use_tsig({first: b"one", second: b"two"}, second, dns.tsig.HMAC_SHA512)
    query = question(made).next_query()
    assert query is not None
    key = dns.tsig.Key(second, b"two", dns.tsig.HMAC_SHA512)
    assert query.message.keyring == key
    assert dns.message.from_wire(query.message.to_wire(), keyring=key).had_tsig


def test_signed_query_is_sent(ask: Ask) -> None:
    key = dns.name.from_text("key.example")
    with NameServer({"example.com": GOOD}) as server:
        server.keyring = {key: dns.tsig.Key(key, b"one")}
        made = server.resolver
        made.use_tsig({key: b"one"}, key)
        assert ask("example.com", resolver=made).status == "found"
    (query,) = server.queries
    assert query.message.had_tsig


def test_forms_of_name_servers() -> None:
    made = dns.resolver.Resolver(configure=False)
    tls = dns.nameserver.DoTNameserver("192.0.2.4")
    made.nameservers = ["192.0.2.1", "2001:db8::1", "https://192.0.2.3/dns-query", tls]
    made.port = 53
    made.nameserver_ports = {"2001:db8::1": 5353}
    asked = question(made)
    seen = []
    for _ in made.nameservers:
        query = asked.next_query()
        assert query is not None
        seen.append((str(query.server), query.tcp))
        asked.take(OSError())
    assert asked.next_query() is None
    assert seen == [
        ("Do53:192.0.2.1@53", False),
        ("Do53:2001:db8::1@5353", False),
        ("https://192.0.2.3/dns-query", True),
        ("DoT:192.0.2.4@853", False),
    ]


def test_rotate() -> None:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [f"192.0.2.{number}" for number in range(100)]
    made.rotate = True
    queries = [question(made).next_query() for _ in range(10)]
    assert len({query.server.answer_nameserver() for query in queries if query}) > 1


# --- The cache ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cache", [dns.resolver.Cache, dns.resolver.LRUCache])
def test_cache(ask: Ask, cache: type[dns.resolver.CacheBase]) -> None:
    with NameServer({"example.com": GOOD, "example.org": Reply()}) as server:
        made = server.resolver
        made.cache = cache()
        for domain in ("example.com", "example.org", "example.net"):
            first = ask(domain, resolver=made)
            assert ask(domain, resolver=made) == first
            assert first.status == ("found" if domain == "example.com" else "none")
    assert len(server.queries) == 3


def test_cache_gives_the_ttl_that_is_left() -> None:
    with NameServer({"example.com": GOOD}) as server:
        made = server.resolver
        made.cache = dns.resolver.Cache()
        assert lookup("example.com", resolver=made).ttl == 300
        later = time.time() + 100
        with mock.patch("time.time", return_value=later):
            assert lookup("example.com", resolver=made).ttl == 200


def test_cache_is_shared_with_dnspython() -> None:
    names = [f"_smtp._tls.example.{end}" for end in ("com", "org", "net")]
    with NameServer({"example.com": GOOD, "example.org": Reply()}) as server:
        made = server.resolver
        made.cache = dns.resolver.Cache()
        made.resolve(names[0], "TXT")
        made.resolve(names[1], "TXT", raise_on_no_answer=False)
        with pytest.raises(dns.resolver.NXDOMAIN):
            made.resolve(names[2], "TXT")
        results = [lookup(f"example.{end}", resolver=made) for end in ("com", "org", "net")]
        assert len(server.queries) == 3
        assert [result.reason for result in results] == [None, "nodata", "nxdomain"]
        made.cache.flush()
        for end in ("com", "org", "net"):
            lookup(f"example.{end}", resolver=made)
        answer = made.resolve(names[0], "TXT")
        made.resolve(names[1], "TXT", raise_on_no_answer=False)
        with pytest.raises(dns.resolver.NXDOMAIN):
            made.resolve(names[2], "TXT")
        assert len(server.queries) == 6
    assert (answer.rdtype, answer.rdclass, answer.port) == (TXT, IN, server.port)


@pytest.mark.parametrize("rcode", [dns.rcode.NOERROR, dns.rcode.NXDOMAIN])
def test_answer_without_a_negative_ttl_is_not_cached(ask: Ask, rcode: dns.rcode.Rcode) -> None:
    with NameServer({}, default=Reply(rcode=rcode, negative_ttl=None)) as server:
        made = server.resolver
        made.cache = dns.resolver.Cache()
        ask("example.com", resolver=made)
        # dnspython keeps it.
        with pytest.raises((dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)):
            made.resolve("_smtp._tls.example.com", "TXT")
        assert ask("example.com", resolver=made).status == "none"
        assert len(server.queries) == 3


def test_partial_answer_in_the_cache_is_not_used(ask: Ask) -> None:
    unfollowed = Reply(cnames=("tls.vendor.example.",), negative_ttl=None, is_authority=True)
    with NameServer({"example.com": unfollowed}) as server:
        made = server.resolver
        made.cache = dns.resolver.Cache()
        made.resolve("_smtp._tls.example.com", "TXT", raise_on_no_answer=False)
        server.replies["_smtp._tls.example.com."] = GOOD
        assert ask("example.com", resolver=made).status == "found"


def test_failures_are_not_cached() -> None:
    with NameServer({"example.com": SERVFAIL}) as server:
        made = server.resolver
        made.cache = dns.resolver.Cache()
        assert lookup("example.com", resolver=made).reason == "servfail"
        server.replies["_smtp._tls.example.com."] = GOOD
        assert lookup("example.com", resolver=made).status == "found"


# --- Around it ------------------------------------------------------------------------------------


def test_default_resolver(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with NameServer({"example.com": GOOD}) as server:
        monkeypatch.setattr(dns.resolver, "default_resolver", server.resolver)
        monkeypatch.setattr(dns.asyncresolver, "default_resolver", server.resolver)
        assert ask("example.com").status == "found"
    assert len(server.queries) == 1


@pytest.mark.parametrize("function", [lookup, lookup_async, lookup_many])
def test_defaults(function: Callable[..., object]) -> None:
    parameters = inspect.signature(function).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    assert defaults.items() >= {"resolver": None, "timeout": 5.0}.items()
    assert defaults.get("concurrency", 100) == 100


def test_bad_domain() -> None:
    with pytest.raises(InvalidDomainError):
        lookup("example,com")
    with pytest.raises(InvalidDomainError):
        asyncio.run(lookup_async("tls@example.com"))


def test_idn(ask: Ask) -> None:
    with NameServer({"xn--bcher-kva.example": GOOD}) as server:
        result = ask("Bücher.example", resolver=server.resolver)
    assert (result.status, result.domain) == ("found", "xn--bcher-kva.example")


@pytest.mark.parametrize(
    "change",
    [
        "import sys; sys.modules['dns'] = None",
        "import dns.message as m; del m.Message.extended_errors",
    ],
    ids=["absent", "2.6"],
)
def test_without_dnspython(change: str) -> None:
    program = (
        f"{change}; import tlsrpt\n"
        "try: import tlsrpt.dns\n"
        "except ImportError as error: print(error.name, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode().rstrip() == (
        'dns tlsrpt.dns needs dnspython 2.7 or later: pip install "dnspython>=2.7"'
    )
