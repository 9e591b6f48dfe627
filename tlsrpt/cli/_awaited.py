"""Standard input for an event loop: loaded by `lookup` alone, since asyncio takes long to load."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, Final

from tlsrpt.cli._io import lines_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# How many lines of standard input to keep ready.
_READ_AHEAD: Final = 1000


async def awaited_input_lines() -> AsyncIterator[str]:
    """As `input_lines`, but neither the event loop nor the end of the process waits for a line.

    Only a daemon thread with a file object of its own can do that: asyncio waits for its threads at
    the end, and a daemon thread that holds the lock of ``sys.stdin`` aborts the interpreter.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | OSError | None] = asyncio.Queue()
    room = threading.Semaphore(_READ_AHEAD)

    def hand_over(line: str | OSError | None) -> None:
        room.acquire()
        loop.call_soon_threadsafe(lines.put_nowait, line)

    def read() -> None:
        # The loop may be closed by the time a line comes.
        with contextlib.suppress(RuntimeError):
            try:
                with _standard_input() as stream:
                    for line in lines_of(stream):
                        hand_over(line)
                hand_over(None)
            except OSError as error:
                hand_over(error)

    threading.Thread(target=read, daemon=True).start()
    while (line := await lines.get()) is not None:
        room.release()
        if isinstance(line, OSError):
            raise line
        yield line


def _standard_input() -> BinaryIO:
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except (AttributeError, io.UnsupportedOperation):
        # Closed, or not a file.
        return sys.stdin.buffer if sys.stdin else io.BytesIO()
