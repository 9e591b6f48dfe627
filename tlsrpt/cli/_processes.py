"""Work on many items in several processes: in order, and in bounded memory."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# In characters of text: a block keeps a process busy for tens of milliseconds, so that sending it
# costs little. Each item counts as so many more, since a blank one is work as well.
_BLOCK: Final = 2**16
_EXTRA: Final = 64
# How many blocks for each process may be under way, or done and not yet taken.
_AHEAD: Final = 4


def map_blocks(
    work: Callable[[list[_Item]], _Result],
    items: Iterable[_Item],
    jobs: int,
    size: Callable[[_Item], int],
) -> Generator[_Result]:
    """Yield, in order, the results of work on blocks of the items, done in several processes.

    The items are read just far enough ahead to keep the processes busy, however slowly the results
    are taken. (`ProcessPoolExecutor` would outlive a parent that is killed, and hang if it cannot
    start all its processes.)

    Raises:
        ChildProcessError: a process was killed.
    """
    # Forked, a process would have the pipes of the others, and outlive a parent that is killed.
    context = get_context("spawn")
    _leave_deleted_directory()
    processes: list[SpawnProcess] = []
    idle: SimpleQueue[Connection[Any, Any]] = SimpleQueue()
    # Each thread waits for a process.
    threads = ThreadPoolExecutor(jobs)

    def ask(block: list[_Item]) -> _Result:
        connection = idle.get()
        try:
            connection.send(block)
            result: _Result = connection.recv()
        except (EOFError, OSError) as error:
            raise ChildProcessError from error
        finally:
            idle.put(connection)
        return result

    asked: deque[Future[_Result]] = deque()
    try:
        with _no_interrupts():
            for _ in range(jobs):
                ours, theirs = context.Pipe()
                process = context.Process(target=serve, args=(work, theirs), daemon=True)
                process.start()
                processes.append(process)
                theirs.close()
                idle.put(ours)
        for block in _blocks(items, size):
            asked.append(threads.submit(ask, block))
            if len(asked) == _AHEAD * jobs:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()
    finally:
        for process in processes:
            process.terminate()
        threads.shutdown(cancel_futures=True)


def serve(work: Callable[[Any], object], connection: Connection[Any, Any]) -> None:
    """Work on what comes from the parent process, until that has ended."""
    # Ctrl-C is for the parent. On Windows, this is not inherited.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send(work(connection.recv()))


def _leave_deleted_directory() -> None:
    """Change to another directory if the current one is gone: no process could start there."""
    try:
        Path.cwd()
    except FileNotFoundError:
        os.chdir("/")


@contextlib.contextmanager
def _no_interrupts() -> Generator[None]:
    """Ignore Ctrl-C, which a process that is just starting would answer with a traceback."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _blocks(items: Iterable[_Item], size: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    block: list[_Item] = []
    total = 0
    for item in items:
        block.append(item)
        total += size(item) + _EXTRA
        if total >= _BLOCK:
            yield block
            block, total = [], 0
    if block:
        yield block
