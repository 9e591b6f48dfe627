"""What the commands share: reading arguments and standard input, and reporting errors."""

from __future__ import annotations

import codecs
import sys
from typing import TYPE_CHECKING, Protocol

from tlsrpt._display import visible
from tlsrpt.txt import octets, read_txt

if TYPE_CHECKING:
    import argparse
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


def input_lines() -> Iterator[str]:
    """The lines of standard input without their ends; what is not UTF-8 is kept (PEP 383)."""
    mark = codecs.BOM_UTF8
    # Standard input may be closed.
    for line in sys.stdin.buffer if sys.stdin else ():
        yield read_txt(line.removeprefix(mark).removesuffix(b"\n").removesuffix(b"\r"))
        # The mark can only be at the very beginning.
        mark = b""


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


def complain(command: str, error: TLSRPTError) -> None:
    """Print an error on standard error, its hint on a line of its own."""
    print(f"tlsrpt {command}: {error.message}\n  {error.hint}", file=sys.stderr)


def complain_briefly(command: str, message: str) -> None:
    """Print a message on standard error, safe for a terminal."""
    print(f"tlsrpt {command}: {visible(message)}", file=sys.stderr)
