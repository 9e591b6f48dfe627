"""`lookup_many`: results as they complete, bounded, paced, and nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
import tracemalloc
from collections import Counter
from typing import TYPE_CHECKING, Final
from unittest import mock

import pytest

from tests.dns.server import NXDOMAIN, SILENCE, NameServer, Reply
from tlsrpt.dns import lookup_many
from tlsrpt.dns._concurrency import Pace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import dns.resolver

    from tlsrpt.dns import Lookup

GOOD: Final = Reply(texts=("v=TLSRPTv1; rua=mailto:tls@example.com",))


def domains(count: int) -> Iterator[str]:
    return (f"d{number}.example" for number in range(count))


async def drawn(items: Iterator[str]) -> AsyncIterator[str]:
    for item in items:
        await asyncio.sleep(0)
        yield item


# --- Results --------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 2, 7, 100])
@pytest.mark.parametrize("is_async", [False, True])
def test_each_domain_has_one_result(concurrency: int, *, is_async: bool) -> None:
    async def run(resolver: dns.resolver.Resolver) -> Counter[str]:
        given = drawn(domains(50)) if is_async else domains(50)
        results = lookup_many(given, concurrency=concurrency, resolver=resolver)
        return Counter([result.domain async for result in results])

    with NameServer({}, default=GOOD) as server:
        assert asyncio.run(run(server.resolver)) == Counter(domains(50))


def test_results_come_as_they_complete() -> None:
    async def run(resolver: dns.resolver.Resolver) -> list[str]:
        given = ["slow.example", "bad,example", "d1.example", "d2.example"]
        results = lookup_many(given, concurrency=2, resolver=resolver)
        return [result.domain async for result in results]

    with NameServer({"slow.example": Reply(delay=1)}, default=GOOD) as server:
        order = asyncio.run(run(server.resolver))
    assert order == ["bad,example", "d1.example", "d2.example", "slow.example"]


def test_results_do_not_wait_for_the_next_domain() -> None:
    async def one_and_no_more() -> AsyncIterator[str]:
        yield "d0.example"
        await asyncio.Event().wait()

    async def run(resolver: dns.resolver.Resolver) -> None:
        async with contextlib.aclosing(
            lookup_many(one_and_no_more(), resolver=resolver)
        ) as results:
            assert (await asyncio.wait_for(anext(results), 20)).domain == "d0.example"

    with NameServer({}, default=GOOD) as server:
        asyncio.run(run(server.resolver))


def test_one_domain_never_stops_the_others() -> None:
    replies = {"d1.example": SILENCE, "d2.example": Reply(wire=b"x"), "d3.example": NXDOMAIN}

    async def run(resolver: dns.resolver.Resolver) -> dict[str, str]:
        given = [*domains(5), "", "a@b.example"]
        results = lookup_many(given, concurrency=2, resolver=resolver, timeout=1)
        return {result.domain: result.status async for result in results}

    with NameServer(replies, default=GOOD) as server:
        assert asyncio.run(run(server.resolver)) == {
            "d0.example": "found",
            "d1.example": "failed",
            "d2.example": "failed",
            "d3.example": "none",
            "d4.example": "found",
            "": "bad-domain",
            "a@b.example": "bad-domain",
        }


def test_bad_domain_is_given_back_as_it_is() -> None:
    async def run() -> list[Lookup]:
        return [result async for result in lookup_many([" Example.com "])]

    (result,) = asyncio.run(run())
    assert (result.domain, result.host, result.status) == (" Example.com ", None, "bad-domain")
    assert result.reason == "domain-character"
    assert result.check is None


def test_blocked_event_loop_is_no_timeout() -> None:
    """From CPython 3.12 on, a timeout that is noticed late discards the reply that has arrived."""

    async def run(resolver: dns.resolver.Resolver) -> Counter[str]:
        statuses: Counter[str] = Counter()
        results = lookup_many(domains(40), concurrency=10, resolver=resolver, timeout=0.8)
        async for result in results:
            statuses[result.status] += 1
            if statuses.total() % 20 == 1:
                time.sleep(1.2)  # noqa: ASYNC251
        return statuses

    with NameServer({}, default=Reply(texts=GOOD.texts, delay=0.02)) as server:
        assert asyncio.run(run(server.resolver)) == {"found": 40}


def test_blocked_event_loop_does_not_hide_silence() -> None:
    async def run(resolver: dns.resolver.Resolver) -> dict[str, str | None]:
        reasons = {}
        given = ["silent.example", *domains(3)]
        async for result in lookup_many(given, resolver=resolver, timeout=0.8):
            reasons[result.domain] = result.reason
            time.sleep(1.2)  # noqa: ASYNC251
        return reasons

    with NameServer({"silent.example": SILENCE}, default=GOOD) as server:
        assert asyncio.run(run(server.resolver)) == {
            "silent.example": "timeout",
            **dict.fromkeys(domains(3)),
        }


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="new in Python 3.12")
@pytest.mark.parametrize("is_async", [False, True])
def test_eager_tasks(*, is_async: bool) -> None:  # pragma: no cover
    async def run(resolver: dns.resolver.Resolver) -> Counter[str]:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        given = itertools.chain(["bad,one"], domains(20))
        results = lookup_many(drawn(given) if is_async else given, concurrency=3, resolver=resolver)
        return Counter([result.status async for result in results])

    with NameServer({}, default=GOOD) as server:
        assert asyncio.run(run(server.resolver)) == {"bad-domain": 1, "found": 20}


def test_no_domains() -> None:
    async def run() -> list[Lookup]:
        return [result async for result in lookup_many([])]

    assert asyncio.run(run()) == []


# --- Mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["example.com", b"example.com"])
def test_one_bare_text(given: str) -> None:
    with pytest.raises(TypeError, match=r"^domains is an iterable of .*; use lookup for one$"):
        lookup_many(given)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("concurrency", 0), ("concurrency", -1), ("rate", 0), ("rate", -0.5), ("timeout", 0)],
)
def test_bad_arguments(argument: str, value: float) -> None:
    with pytest.raises(ValueError, match=argument):
        lookup_many([], **{argument: value})  # type: ignore[arg-type]


def test_concurrency_is_a_whole_number() -> None:
    with pytest.raises(TypeError, match="float"):
        lookup_many([], concurrency=2.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_async", [False, True])
def test_error_of_the_iterable(*, is_async: bool) -> None:
    def broken() -> Iterator[str]:
        yield from domains(3)
        raise LookupError("no more")

    async def run(resolver: dns.resolver.Resolver) -> None:
        results = lookup_many(drawn(broken()) if is_async else broken(), resolver=resolver)
        async for result in results:
            seen.append(result.domain)  # noqa: PERF401

    seen: list[str] = []
    with NameServer({}, default=GOOD) as server, pytest.raises(LookupError, match="no more"):
        asyncio.run(run(server.resolver))
    assert sorted(seen) == list(domains(3))


def test_domain_of_a_wrong_type() -> None:
    async def run(resolver: dns.resolver.Resolver) -> None:
        given = ["slow.example", 5]
        await anext(lookup_many(given, resolver=resolver))  # type: ignore[arg-type]

    with NameServer({}, default=Reply(delay=1)) as server, pytest.raises(TypeError, match="int"):
        asyncio.run(run(server.resolver))


# --- Bounds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 5])
def test_endless_iterable_is_taken_as_there_is_room(concurrency: int) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield f"d{taken}.example"

    async def run(resolver: dns.resolver.Resolver) -> None:
        results = lookup_many(endless(), concurrency=concurrency, resolver=resolver)
        async with contextlib.aclosing(results):
            for seen in range(1, 30):
                await anext(results)
                # Long enough for all that may run to be done.
                await asyncio.sleep(0.005)
                assert taken <= seen + concurrency

    with NameServer({}, default=GOOD) as server:
        asyncio.run(run(server.resolver))


class Gathering(NameServer):
    """A server that replies to no query until a number of them wait.

    Attributes:
        most: how many waited at most.
    """

    def __init__(self, number: int) -> None:
        super().__init__({}, default=GOOD)
        self.most = 0
        self._waiting = 0
        self._barrier = asyncio.Barrier(number)

    async def reply(self, wire: bytes, *, tcp: bool) -> bytes | None:
        self._waiting += 1
        self.most = max(self.most, self._waiting)
        await self._barrier.wait()
        # Long enough for one more query, if there is one.
        await asyncio.sleep(0.05)
        self._waiting -= 1
        return await super().reply(wire, tcp=tcp)


@pytest.mark.parametrize("concurrency", [1, 10])
def test_concurrency_is_used_and_kept(concurrency: int) -> None:
    async def run(resolver: dns.resolver.Resolver) -> list[str]:
        given = domains(2 * concurrency)
        results = lookup_many(given, concurrency=concurrency, resolver=resolver, timeout=30)
        return [result.status async for result in results]

    with Gathering(concurrency) as server:
        made = server.resolver
        made.timeout = 30
        assert asyncio.run(run(made)) == 2 * concurrency * ["found"]
    assert server.most == concurrency


def test_memory_does_not_grow_with_the_number_of_domains() -> None:
    async def peak(count: int) -> int:
        given = (f"d{number},example" for number in range(count))
        tracemalloc.start()
        async for _ in lookup_many(given, concurrency=10):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    asyncio.run(peak(100))
    assert asyncio.run(peak(3000)) < 2 * asyncio.run(peak(300))


# --- Rate -----------------------------------------------------------------------------------------


def test_rate() -> None:
    async def run(resolver: dns.resolver.Resolver) -> None:
        async for result in lookup_many(domains(12), rate=50, resolver=resolver):
            if result.domain == "d3.example":
                # What is missed here must not be made up for.
                time.sleep(0.2)  # noqa: ASYNC251

    with NameServer({}, default=GOOD) as server:
        start = time.monotonic()
        asyncio.run(run(server.resolver))
        took = time.monotonic() - start
    assert len(server.queries) == 12
    # One of the eleven intervals passes meanwhile.
    assert took > 0.2 + 10 * 0.02 - 0.01


def test_rate_is_even() -> None:
    async def run() -> None:
        pace = Pace(100)
        await pace.wait()
        start = previous = clock.return_value
        for _ in range(100):
            await pace.wait()
            assert 0.008 < clock.return_value - previous < 0.012
            previous = clock.return_value
        # Late timers do not lower the rate.
        assert previous - start == pytest.approx(1, abs=0.005)
        clock.return_value += 0.2
        await pace.wait()
        previous = clock.return_value
        await pace.wait()
        assert clock.return_value - previous > 0.008

    async def late(delay: float) -> None:
        clock.return_value += max(0, delay) + 0.001

    with (
        mock.patch("time.monotonic", return_value=1000.0) as clock,
        mock.patch("asyncio.sleep", late),
    ):
        asyncio.run(run())


def test_bad_domains_do_not_count_for_the_rate() -> None:
    async def run(resolver: dns.resolver.Resolver) -> int:
        given = ["a,b"] * 200 + ["example.com"]
        results = lookup_many(given, rate=1, resolver=resolver)
        return len([result async for result in results])

    with NameServer({}, default=GOOD) as server:
        start = time.monotonic()
        assert asyncio.run(run(server.resolver)) == 201
        # They would take 200 seconds.
        assert time.monotonic() - start < 100
