"""Many coroutines at once, within limits on their number and rate."""

from __future__ import annotations

import asyncio
import errno
import math
import time
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# How late the timers of an operating system may be, in seconds; only that is made up for.
_SLACK: Final = 0.002
# How long to wait for a file descriptor that something else has to close: between two tries, and
# in all, in seconds.
_PAUSE: Final = 0.05
_PATIENCE: Final = 30.0
# After how many successes each to see whether there is one more file descriptor.
_STREAK: Final = 200


async def as_completed(
    items: Iterable[_Item] | AsyncIterable[_Item],
    work: Callable[[_Item], Coroutine[None, None, _Result]],
    concurrency: int,
) -> AsyncGenerator[_Result, None]:
    """Yield the results of work on each item, as they complete.

    An item is taken when there is room for it. Results that the caller has not taken yet take up
    room, too, or they would pile up. An error from the iterable is raised after the results of the
    items before.
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
        current = asyncio.current_task()
        if current and current.cancelling():
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
        # Only once: a second cancellation would hit the cleanup of the iterable.
        tasks: list[asyncio.Task[Any]] = [taker, *running]
        for unfinished in tasks:
            unfinished.cancel()
        # asyncio would log errors that nobody retrieves.
        await asyncio.gather(*tasks, return_exceptions=True)


class Pace:
    """Lets callers pass one by one, evenly spaced; unused time is lost."""

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


def is_out_of_descriptors(error: BaseException) -> bool:
    """Whether the process, or the system, has no file descriptor left."""
    return isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}


class Descriptors:
    """A limit that shrinks when file descriptors run out, and recovers slowly.

    It does not help to wait a while and try again if many others do the same. So work that finds no
    descriptor gives up its place, and waits for another one.
    """

    def __init__(self, limit: int) -> None:
        self._limit = self._count = limit
        self._free = asyncio.Semaphore(limit)
        self._successes = 0

    async def use(self, work: Callable[[_Item], Awaitable[_Result]], item: _Item) -> _Result:
        """Do work, again if no file descriptor was free.

        Raises:
            OSError: no descriptor was free for a long time, even for one task at a time.
        """
        await self._free.acquire()
        end = math.inf
        while True:
            try:
                result = await work(item)
            except OSError as error:
                if not is_out_of_descriptors(error) or time.monotonic() > end:
                    raise
                if self._count > 1:
                    self._count -= 1
                    await self._free.acquire()
                else:
                    end = min(end, time.monotonic() + _PATIENCE)
                    await asyncio.sleep(_PAUSE)
            else:
                self._free.release()
                self._recover()
                return result

    def _recover(self) -> None:
        self._successes += 1
        if self._successes % _STREAK == 0 and self._count < self._limit:
            self._count += 1
            self._free.release()
