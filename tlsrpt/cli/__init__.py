"""The command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, on `sys.argv` where no arguments are given; return the exit status."""
    from tlsrpt.__main__ import main  # noqa: PLC0415

    return main(argv)
