"""What the commands share: reading arguments and standard input, and reporting errors."""

from __future__ import annotations

import argparse
import codecs
import contextlib
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tlsrpt._display import visible
from tlsrpt.txt import read_txt, to_octets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


class Once(argparse.Action):
    """Takes an option that one would expect to add up, and refuses a second."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"give {option_string} only once")
        setattr(namespace, self.dest, values)


def input_lines() -> Iterator[str]:
    """The lines of standard input, as `lines_of` gives them."""
    # Standard input may be closed.
    return lines_of(sys.stdin.buffer if sys.stdin else ())


def lines_of(stream: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream without their ends; what is not UTF-8 is kept (PEP 383)."""
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
    return read_txt(to_octets(argument))


def count(argument: str) -> int:
    """An argument that says how many."""
    if re.fullmatch("[0-9]{1,9}", argument) and int(argument) > 0:
        return int(argument)
    raise argparse.ArgumentTypeError(f"{argument} is not a whole number above 0")


def is_file(argument: str) -> bool:
    """Whether an argument is the name of a file, and not a record, which has a =."""
    try:
        return argument != "-" and "=" not in argument and Path(argument).is_file()
    except (OSError, ValueError):
        return False


def complain_of_file(command: str, path: str, content: str, alternative: str | None) -> None:
    """Say on standard error how to read a file, which has such content on each line.

    Args:
        command: the name of the command.
        path: the file.
        content: what the command takes.
        alternative: what else the argument may mean, and what to write for that.
    """
    message = f"{path} is a file; if it has one {content} per line, read it with: "
    complain_briefly(command, f"{message}tlsrpt {command} - < {shlex.quote(path)}")
    if alternative is not None:
        say(f"  {visible(alternative)}")


def complain(command: str, error: TLSRPTError) -> None:
    """Print an error on standard error, its hint on a line of its own."""
    say(f"tlsrpt {command}: {error.message}\n  {error.hint}")


def complain_briefly(command: str, message: str) -> None:
    """Print a message on standard error, safe for a terminal."""
    say(f"tlsrpt {command}: {visible(message)}")


def say(message: str, *, end: str = "\n") -> None:
    """Print on standard error; if that fails, there is still the exit status."""
    with contextlib.suppress(OSError):
        print(message, end=end, file=sys.stderr, flush=True)
