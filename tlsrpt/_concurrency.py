"""Many coroutines at once, but never more than asked for, nor faster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# How late the timers of an operating system may be, in seconds; only that is made up for.
_SLACK: Final = 0.002
# How long to wait for a file descriptor that something else has to close, in seconds.
_PATIENCE: Final = 0.05


async def as_completed(
    items: Iterable[_Item] | AsyncIterable[_Item],
    work: Callable[[_Item], Coroutine[None, None, _Result]],
    concurrency: int,
) -> AsyncGenerator[_Result, None]:
    """Yield the results of work on each item, as soon as they are there.

    An item is taken when there is room for it: results that the caller has not taken yet count, or
    they would pile up. An error from the iterable is raised after the results of the items before.
    """
    room = asyncio.Semaphore(concurrency)
    running: set[asyncio.Task[_Result]] = set()
    finished: asyncio.Queue[asyncio.Task[_Result] | None] = asyncio.Queue()

    async def take_all() -> None:
        await room.acquire()
        if isinstance(items, AsyncIterable):
            async for item in items:
                await take(item)
        else:
            for item in items:
                await take(item)

    async def take(item: _Item) -> None:
        # CPython 3.11's wait_for, in the iterable, may have swallowed a cancellation (gh-86296).
        if taker.cancelling():
            raise asyncio.CancelledError
        task = asyncio.create_task(work(item))
        running.add(task)
        task.add_done_callback(finished.put_nowait)
        await room.acquire()

    taker = asyncio.create_task(take_all())
    taker.add_done_callback(lambda _: finished.put_nowait(None))
    try:
        while running or not taker.done():
            task = await finished.get()
            if task:
                running.remove(task)
                room.release()
                yield task.result()
        taker.result()
    finally:
        # Once only: a second time, the cleanup of the iterable would be cancelled.
        for task in (taker, *running):
            task.cancel()
        # Errors that nobody retrieves, asyncio would log.
        await asyncio.gather(taker, *running, return_exceptions=True)


class Pace:
    """Lets callers pass one by one, evenly spaced; time that went unused is not made up for."""

    def __init__(self, rate: float | None) -> None:
        self._interval = 0 if rate is None else 1 / rate
        self._next = 0.0
        self._lock = asyncio.Lock()

    async def wait(self) -> None:
        """Wait for one's turn."""
        if self._interval:
            async with self._lock:
                await asyncio.sleep(self._next - time.monotonic())
                self._next = max(self._next, time.monotonic() - _SLACK) + self._interval


class Descriptors:
    """As many file descriptors as there seem to be: fewer and fewer, as they run out.

    Waiting a while and trying again does not help as long as many others do the same. So whoever
    finds none gives its place up for good, and waits for another one.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = asyncio.Semaphore(count)

    async def use(self, work: Callable[[_Item], Awaitable[_Result]], item: _Item) -> _Result:
        """Do work that raises OSError if, and only if, no file descriptor is free."""
        await self._free.acquire()
        while True:
            try:
                result = await work(item)
            except OSError:
                if self._count > 1:
                    self._count -= 1
                    await self._free.acquire()
                else:
                    await asyncio.sleep(_PATIENCE)
            else:
                self._free.release()
                return result
