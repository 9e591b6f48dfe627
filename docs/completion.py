"""Write the completions of the command line for bash, zsh and fish: `completion.py FOLDER`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import shtab

from tlsrpt.cli import make_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

# Each file has the name by which its shell finds it.
_FILES: Final = {"bash": "tlsrpt", "zsh": "_tlsrpt", "fish": "tlsrpt.fish"}
# Arguments that are names of files
_PATHS: Final = {"paths", "answer"}


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser, and those of its commands."""
    yield parser
    for action in parser._actions:  # noqa: SLF001 - shtab reads them, too
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                yield from _parsers(command)


def _prepare(parser: argparse.ArgumentParser) -> None:
    """Tell shtab what is a file, and zsh nothing that it would misread."""
    # The first sentence, since the description of a command is shown in one line.
    parser.description = (parser.description or "").partition(". ")[0].removesuffix(".")
    for action in parser._actions:  # noqa: SLF001
        if action.dest in _PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif not action.option_strings and not action.choices:
            # Where zsh has a message for an argument, it does not insert the one option that fits.
            action.complete = {"zsh": "()"}  # type: ignore[attr-defined]
        if isinstance(action.metavar, str):
            # For zsh, a colon ends the name of a value.
            action.metavar = action.metavar.replace(":", r"\:")


def main(folder: Path) -> None:
    """Write a file for each shell."""
    parser = make_parser()
    for each in _parsers(parser):
        _prepare(each)
    folder.mkdir(parents=True, exist_ok=True)
    for shell, name in _FILES.items():
        (folder / name).write_text(shtab.complete(parser, shell) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
