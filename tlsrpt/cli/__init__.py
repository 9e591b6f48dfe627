"""The command line, `tlsrpt`: one module a command."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn

from tlsrpt import __version__
from tlsrpt._display import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS: Final = ("generate", "check", "lookup", "report")
_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors take one line and cannot steer a terminal."""

    def parse_known_args(self, *args: Any, **named: Any) -> tuple[Any, list[str]]:  # noqa: ANN401
        """Refuse what is left over here, where the command and its options are known."""
        found, rest = super().parse_known_args(*args, **named)
        if options := [word for word in rest if word.startswith("-") and word.strip("-")]:
            self.error(self._no_option(options[0].partition("=")[0]))
        if rest:
            self.error(
                f"unexpected argument {rest[0]}: "
                "put the options before or after all the other arguments"
            )
        return found, rest

    def _no_option(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 - not needed otherwise

        close = get_close_matches(name, self._option_string_actions, 1)
        cure = f" (did you mean {close[0]}?)" if close else ""
        return f"there is no option {name}{cure}"

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        if message:
            # The disk behind standard error may be full, which early releases of 3.11 mind.
            with contextlib.suppress(OSError):
                self._print_message(message, sys.stderr)
        sys.exit(status)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {visible(message)}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    Args:
        argv: the arguments; those of the process if it is None.
    """
    if getattr(sys, "frozen", False):
        # In a program made by PyInstaller, say, the processes of --jobs begin here, too.
        from multiprocessing import freeze_support  # noqa: PLC0415

        freeze_support()
    if not sys.stderr:
        # It is closed, and `print` would write to standard output instead.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if argv is None else argv
    if given and not given[0].startswith("-"):
        _refuse_unknown_command(given[0])
    parser = make_parser(given)
    arguments = parser.parse_args(given)
    if "run" not in arguments:
        parser.error("the following arguments are required: COMMAND")
    try:
        status: int = arguments.run(arguments)
        if sys.stdout:
            sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            print(f"tlsrpt: {error.strerror}", file=sys.stderr)
        # The interpreter flushes at exit, which must not fail again on a full disk or closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _refuse_unknown_command(word: str) -> None:
    if word in _COMMANDS:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - not needed otherwise

    close = ["--help"] if word == "help" else get_close_matches(word.lower(), _COMMANDS, 1)
    cure = f"did you mean: tlsrpt {close[0]}" if close else "see tlsrpt --help"
    make_parser().exit(2, f"tlsrpt: there is no command {visible(word)}; {cure}\n")


def make_parser(given: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of some arguments; it has loaded no more than the command that they begin with."""
    parser = _Parser(
        prog="tlsrpt",
        description="SMTP TLS Reporting (RFC 8460): write, check and look up records, "
        "and read reports.",
    )
    parser.add_argument("--version", action="version", version=f"tlsrpt {__version__}")
    # If it were required, its absence would be reported instead of an unknown option.
    commands = parser.add_subparsers(metavar="COMMAND")
    for name in _COMMANDS if not given or given[0] not in _COMMANDS else given[:1]:
        import_module(f"tlsrpt.cli.{name}").add_parser(commands)
    return parser
