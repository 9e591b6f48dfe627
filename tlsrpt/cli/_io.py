"""What the commands share: reading arguments and standard input, and reporting errors."""

from __future__ import annotations

import argparse
import asyncio
import codecs
import contextlib
import io
import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from tlsrpt._display import visible
from tlsrpt.txt import octets, read_txt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from tlsrpt.errors import TLSRPTError

    class Commands(Protocol):
        """What `ArgumentParser.add_subparsers` returns."""

        def add_parser(
            self,
            name: str,
            *,
            help: str,  # noqa: A002
            description: str,
        ) -> argparse.ArgumentParser:
            """Add a command."""
            ...


# How many lines of standard input to keep ready.
_READ_AHEAD: Final = 1000


def input_lines() -> Iterator[str]:
    """The lines of standard input without their ends; what is not UTF-8 is kept (PEP 383)."""
    # Standard input may be closed.
    return _lines(sys.stdin.buffer if sys.stdin else ())


async def awaited_input_lines() -> AsyncIterator[str]:
    """As `input_lines`, but neither the event loop nor the end of the process waits for a line.

    Of the ways to have that, only a daemon thread with a file object of its own works: asyncio
    waits for its threads at the end, and a daemon thread that holds the lock of ``sys.stdin``
    aborts the interpreter.
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
                    for line in _lines(stream):
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


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    mark = codecs.BOM_UTF8
    for line in stream:
        yield read_txt(line.removeprefix(mark).removesuffix(b"\n").removesuffix(b"\r"))
        # The mark can only be at the very beginning.
        mark = b""


def whole_text(path: str) -> str:
    """The text of a file, or of standard input for ``-``, without line ends around it.

    What is not UTF-8 is kept (PEP 383). PowerShell writes UTF-16.
    """
    if path != "-":
        content = Path(path).read_bytes()
    else:
        content = sys.stdin.buffer.read() if sys.stdin else b""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
    else:
        text = read_txt(content.removeprefix(codecs.BOM_UTF8))
    return text.strip("\r\n")


def expanded(values: Iterable[str]) -> Iterator[str]:
    """The values of an argument, with the lines of standard input instead of ``-``."""
    for value in values:
        if value == "-":
            yield from input_lines()
        else:
            yield decoded(value)


def decoded(argument: str) -> str:
    """An argument as UTF-8, even if the locale could not decode it (PEP 383)."""
    return read_txt(octets(argument))


def count(argument: str) -> int:
    """An argument that says how many."""
    if re.fullmatch("[0-9]{1,9}", argument) and int(argument) > 0:
        return int(argument)
    raise argparse.ArgumentTypeError(f"{argument} is not a whole number above 0")


def complain(command: str, error: TLSRPTError) -> None:
    """Print an error on standard error, its hint on a line of its own."""
    print(f"tlsrpt {command}: {error.message}\n  {error.hint}", file=sys.stderr)


def complain_briefly(command: str, message: str) -> None:
    """Print a message on standard error, safe for a terminal."""
    print(f"tlsrpt {command}: {visible(message)}", file=sys.stderr)
