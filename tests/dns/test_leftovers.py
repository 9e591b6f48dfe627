"""What is scarce: file descriptors run out, and no task and no socket is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import dns.message
import dns.nameserver
import dns.resolver
import pytest

from tests.dns.server import SILENCE, NameServer, Reply
from tlsrpt.dns import lookup, lookup_async, lookup_many
from tlsrpt.dns._concurrency import Descriptors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# Only on Linux can descriptors be counted.
resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")

OPEN: Final = Path("/proc/self/fd")
GOOD: Final = Reply(texts=("v=TLSRPTv1; rua=mailto:tls@example.com",))
LONG: Final = Reply(
    texts=("v=TLSRPTv1; rua=" + ",".join(f"mailto:tls{i}@example.com" for i in range(99)),)
)


def domains(count: int) -> Iterator[str]:
    return (f"d{number}.example" for number in range(count))


# --- Running out of file descriptors --------------------------------------------------------------


@contextlib.contextmanager
def spare(count: int) -> Iterator[None]:
    """Let the process open only so many more files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(path.name) for path in OPEN.iterdir())
    with contextlib.ExitStack() as stack:
        # A new descriptor gets the lowest number that is free: leave none free among those in use.
        number = 0
        while number < highest:
            number = stack.enter_context(Path(os.devnull).open()).fileno()
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (number + 1 + count, hard))
        yield


@pytest.mark.parametrize("count", [1, 2, 3, 20])
def test_descriptors_run_out(count: int) -> None:
    async def run(resolver: dns.resolver.Resolver) -> list[str]:
        results = lookup_many(domains(60), concurrency=40, resolver=resolver)
        with spare(count):
            return [result.status async for result in results]

    with NameServer({}, default=GOOD) as server:
        assert asyncio.run(run(server.resolver)) == 60 * ["found"]


PROGRAM: Final = """
import asyncio, collections, os, resource, sys
import dns.asyncresolver
from tlsrpt.dns import lookup_many

port, spare = map(int, sys.argv[1:])

async def main():
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = port
    # How long it takes is not the question here.
    resolver.timeout = 60
    domains = (f"d{number}.example" for number in range(200))
    results = lookup_many(domains, concurrency=150, resolver=resolver, timeout=60)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + spare, free + spare))
    print(collections.Counter([result.status async for result in results]))

asyncio.run(main())
"""


@pytest.mark.parametrize("reply", [GOOD, LONG], ids=["UDP", "TCP"])
@pytest.mark.parametrize("count", [1, 50])
def test_process_with_few_descriptors(count: int, reply: Reply) -> None:
    """Nothing is left to import by then, and a lookup closes a socket before the next."""
    with NameServer({}, default=reply) as server:
        command = [sys.executable, "-c", PROGRAM, str(server.port), str(count)]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.stdout == b"Counter({'found': 200})\n"


def test_no_descriptor_for_a_while() -> None:
    async def run(resolver: dns.resolver.Resolver) -> list[str]:
        results = lookup_many(domains(20), concurrency=10, resolver=resolver, timeout=1)
        with contextlib.ExitStack() as stack:
            stack.enter_context(spare(0))
            # Longer than the timeout: what has not begun cannot be late.
            asyncio.get_running_loop().call_later(1.3, stack.pop_all().close)
            return [result.status async for result in results]

    with NameServer({}, default=GOOD) as server:
        assert asyncio.run(run(server.resolver)) == 20 * ["found"]


def test_never_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(resolver: dns.resolver.Resolver) -> None:
        results = lookup_many(domains(20), concurrency=10, resolver=resolver)
        with spare(0), pytest.raises(OSError, match="Too many open files"):
            await anext(results)

    monkeypatch.setattr("tlsrpt.dns._concurrency._PATIENCE", 0.3)
    with NameServer({}, default=GOOD) as server:
        start = time.monotonic()
        asyncio.run(run(server.resolver))
        # Not before, and not only after half a minute, which is what it is set to otherwise.
        assert 0.3 <= time.monotonic() - start < 20


def test_command_without_a_descriptor() -> None:
    program = (
        "import os, resource, sys, tlsrpt.cli, tlsrpt.dns._concurrency\n"
        "tlsrpt.dns._concurrency._PATIENCE = 0.1\n"
        "free = os.dup(0); os.close(free)\n"
        # As many as the event loop needs
        "resource.setrlimit(resource.RLIMIT_NOFILE, (free + 3, free + 3))\n"
        "sys.exit(tlsrpt.cli.main(['lookup', '--nameserver=127.0.0.1', 'example.com']))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, b"tlsrpt: Too many open files\n")


def test_other_errors_are_not_for_want_of_descriptors() -> None:
    """Such as those of a cache that a program brings along."""

    class Broken(dns.resolver.Cache):
        def get(self, key: object) -> None:
            raise ConnectionRefusedError

    async def run() -> None:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.cache = Broken()
        with pytest.raises(ConnectionRefusedError):
            await anext(lookup_many(["example.com"], resolver=resolver))

    asyncio.run(run())


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE])
def test_concurrency_recovers(monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    running = most = 0
    failures = 5

    async def work(_: int) -> None:
        nonlocal running, most, failures
        if failures:
            failures -= 1
            raise OSError(error, os.strerror(error))
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    async def run() -> list[int]:
        nonlocal most
        descriptors = Descriptors(6)
        highest = []
        for count in (9, 10, 100):
            most = 0
            await asyncio.gather(*(descriptors.use(work, item) for item in range(count)))
            highest.append(most)
        return highest

    monkeypatch.setattr("tlsrpt.dns._concurrency._STREAK", 10)
    # The limit is reached again, but never exceeded.
    assert asyncio.run(run()) == [1, 2, 6]


def test_waiting_for_a_descriptor_is_no_busy_loop() -> None:
    tries = 0

    async def work(end: float) -> None:
        nonlocal tries
        tries += 1
        if time.monotonic() < end:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    asyncio.run(Descriptors(1).use(work, time.monotonic() + 0.2))
    assert 2 <= tries <= 6


def test_no_descriptor_for_one_lookup() -> None:
    """What a full process cannot find out must not read as a failure of DNS."""

    async def run(resolver: dns.resolver.Resolver) -> None:
        with spare(0), pytest.raises(OSError, match="Too many open files"):
            await lookup_async("example.com", resolver=resolver)

    with NameServer({}, default=GOOD) as server:
        asyncio.run(run(server.resolver))
        with spare(0), pytest.raises(OSError, match="Too many open files"):
            lookup("example.com", resolver=server.resolver)


# --- Nothing is left behind -----------------------------------------------------------------------


def sockets() -> int:
    """How many sockets the process has open."""
    gc.collect()
    return sum("socket:" in str(path.readlink()) for path in OPEN.iterdir() if path.is_symlink())


async def is_clean(before: int) -> bool:
    """Whether only this task is left and no more sockets than before, as soon as it can be."""
    loop = asyncio.get_running_loop()
    end = loop.time() + 20
    while is_unclean := len(asyncio.all_tasks()) > 1 or sockets() != before:
        if loop.time() > end:  # pragma: no cover
            break
        await asyncio.sleep(0.005)
    return not is_unclean


async def endless() -> AsyncIterator[str]:
    while True:
        yield "d0.example"
        await asyncio.sleep(0)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("reply", [GOOD, LONG, SILENCE], ids=["UDP", "TCP", "silent"])
def test_break_leaves_nothing_behind(reply: Reply, *, is_async: bool) -> None:
    async def run(resolver: dns.resolver.Resolver) -> None:
        before = sockets()
        given = endless() if is_async else domains(50)
        async for _ in lookup_many(
            ["bad,one", *domains(9)], resolver=resolver
        ):  # pragma: no branch
            break
        assert await is_clean(before)
        many = lookup_many(given, concurrency=20, resolver=resolver, timeout=0.2)
        async with contextlib.aclosing(many):
            await anext(many)
        assert await is_clean(before)

    with NameServer({}, default=reply) as server:
        asyncio.run(run(server.resolver))


@pytest.mark.parametrize("reply", [GOOD, LONG, SILENCE], ids=["UDP", "TCP", "silent"])
def test_cancellation_leaves_nothing_behind(reply: Reply) -> None:
    async def consume(resolver: dns.resolver.Resolver) -> None:
        async for _ in lookup_many(domains(10_000), concurrency=30, resolver=resolver):
            pass

    async def run(resolver: dns.resolver.Resolver) -> None:
        before = sockets()
        for delay in (0, 0.001, 0.01, 0.2):
            task = asyncio.create_task(consume(resolver))
            await asyncio.sleep(delay)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await is_clean(before)

    with NameServer({}, default=reply) as server:
        asyncio.run(run(server.resolver))


class Prompt(dns.nameserver.Nameserver):
    """Answers at the very moment of a cancellation, which CPython 3.11's wait_for then loses."""

    def __init__(self, tasks: list[asyncio.Task[object]]) -> None:
        self.tasks = tasks

    def answer_nameserver(self) -> str:
        return "192.0.2.1"

    def answer_port(self) -> int:
        return 53

    def is_always_max_size(self) -> bool:
        return True

    async def async_query(
        self, request: dns.message.QueryMessage, *_: object, **__: object
    ) -> dns.message.Message:
        self.tasks[0].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        return dns.message.make_response(request)


def test_lost_cancellation_is_made_up_for() -> None:
    async def run() -> None:
        tasks: list[asyncio.Task[object]] = []
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = [Prompt(tasks)]
        tasks.append(asyncio.create_task(lookup_async("example.com", resolver=resolver)))
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]

    asyncio.run(run())


def test_lookup_in_the_cleanup_after_a_cancellation() -> None:
    """A cancellation from before is not made up for."""

    async def consume(resolver: dns.resolver.Resolver) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            statuses.append((await lookup_async("example.com", resolver=resolver)).status)

    async def run(resolver: dns.resolver.Resolver) -> None:
        task = asyncio.create_task(consume(resolver))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    statuses: list[str] = []
    with NameServer({}, default=GOOD) as server:
        asyncio.run(run(server.resolver))
    assert statuses == ["found"]


def test_iterable_that_loses_a_cancellation() -> None:
    async def stubborn() -> AsyncIterator[str]:
        yield "bad,one"
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        while True:
            yield "bad,two"

    async def run() -> None:
        before = sockets()
        many = lookup_many(stubborn())
        async with asyncio.timeout(5), contextlib.aclosing(many):
            await anext(many)
            await asyncio.sleep(0)
        assert await is_clean(before)

    asyncio.run(run())


def test_iterable_may_clean_up() -> None:
    async def rows() -> AsyncIterator[str]:
        try:
            yield "bad,one"
            await asyncio.Event().wait()
        finally:
            # Such as the end of a transaction
            await asyncio.sleep(0.2)
            ends.append("closed")

    async def run() -> None:
        async with contextlib.aclosing(lookup_many(rows())) as many:
            await anext(many)
            await asyncio.sleep(0)
        assert ends == ["closed"]

    ends: list[str] = []
    asyncio.run(run())


def test_errors_after_the_end_are_not_logged() -> None:
    """Nobody asks for them any more: that of the iterable, and that of a lookup."""

    async def broken() -> AsyncIterator[str | int]:
        yield "bad,one"
        yield 5
        raise LookupError

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: logged.append(context))
        async with contextlib.aclosing(lookup_many(broken())) as many:  # type: ignore[arg-type]
            await anext(many)
            await asyncio.sleep(0.01)
        del many
        gc.collect()

    logged: list[dict[str, object]] = []
    asyncio.run(run())
    assert logged == []


def test_one_resolver_in_many_threads() -> None:
    async def run(resolver: dns.resolver.Resolver) -> None:
        async for result in lookup_many(domains(50), concurrency=10, resolver=resolver):
            found.append(result.status)  # noqa: PERF401

    found: list[str] = []
    with NameServer({}, default=GOOD) as server:
        resolver = server.resolver
        threads = [threading.Thread(target=lambda: asyncio.run(run(resolver))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == 200 * ["found"]
