"""The command line: `tlsrpt generate` and `tlsrpt check`."""

from __future__ import annotations

import argparse
import codecs
import io
import json
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from tlsrpt._display import draw, visible
from tlsrpt.check import check
from tlsrpt.cli import report
from tlsrpt.domain import normalize_domain
from tlsrpt.errors import TLSRPTError
from tlsrpt.record import generate
from tlsrpt.txt import read_txt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tlsrpt.check import CheckResult
    from tlsrpt.record import TLSRPTRecord

_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors take one line and cannot steer a terminal."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {visible(message)}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, on `sys.argv` where no arguments are given; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        if sys.stdout:
            sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            print(f"tlsrpt: {error.strerror}", file=sys.stderr)
        # Nothing more may be written at exit either, to a reader that has gone or a full disk.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tlsrpt", description="Write and check SMTP TLS Reporting records (RFC 8460)."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser(
        "generate",
        help="write the record for a domain",
        description="Print the host, the type and the value of the record to publish.",
    )
    command.add_argument("domain", metavar="DOMAIN", help="the Policy Domain: example.com")
    command.add_argument(
        "endpoints",
        metavar="ENDPOINT",
        nargs="+",
        help="mailto:tls@example.com or https://reports.example.com/v1; "
        "- takes them from standard input, one a line",
    )
    command.add_argument("--format", choices=("text", "value", "zone", "json"), default="text")
    command.add_argument("--ttl", type=int, default=3600, help="in seconds (default: 3600)")
    command.set_defaults(run=_generate)

    command = commands.add_parser(
        "check",
        help="say what is wrong with records",
        description="Say what is wrong with records, where, and what they were meant to be. "
        "Exit status: 0 where every record is ok, 1 where one is not, 2 for wrong usage.",
    )
    command.add_argument(
        "records",
        metavar="RECORD",
        nargs="+",
        help="the TXT value; - takes records from standard input, one a line",
    )
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.add_argument("--domain", help="the Policy Domain that the records are for")
    command.set_defaults(run=_check)

    report.add_parser(commands)
    return parser


def _input_lines() -> Iterator[str]:
    """The lines of standard input without their ends; what is no UTF-8 is kept (PEP 383)."""
    mark = codecs.BOM_UTF8
    # Standard input may be closed.
    for line in sys.stdin.buffer if sys.stdin else ():
        yield read_txt(line.removeprefix(mark).removesuffix(b"\n").removesuffix(b"\r"))
        # The mark is the file's, at its very beginning.
        mark = b""


def _expanded(values: list[str]) -> Iterator[str]:
    """The values, with the lines of standard input in the place of ``-``."""
    for value in values:
        if value == "-":
            yield from _input_lines()
        else:
            yield value


def _generate(arguments: argparse.Namespace) -> int:
    try:
        record = generate(arguments.domain, _expanded(arguments.endpoints))
        zone = record.to_zone(arguments.ttl)
    except TLSRPTError as error:
        return _complain("generate", error, 1)
    if arguments.format == "zone":
        print(zone)
    elif arguments.format == "value":
        print(record.value)
    elif arguments.format == "json":
        print(json.dumps(_as_json(record, arguments.ttl)))
    else:
        print(f"Host:  {record.host}\nType:  TXT\nTTL:   {arguments.ttl}\nValue: {record.value}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    domain = arguments.domain
    if domain is not None:
        try:
            domain = normalize_domain(domain)
        except TLSRPTError as error:
            return _complain("check", error, 2)
    write = _print_json if arguments.format == "json" else _print_text
    status = None
    for text in _expanded(arguments.records):
        result = check(text, domain=domain)
        write(text, result)
        status = (status or 0) if result.ok else 1
    if status is None:
        print("tlsrpt check: there is no record on standard input", file=sys.stderr)
        return 1
    return status


def _complain(command: str, error: TLSRPTError, status: int) -> int:
    print(f"tlsrpt {command}: {error.message}\n  {error.hint}", file=sys.stderr)
    return status


def _print_text(text: str, result: CheckResult) -> None:
    lines = [f"{'ok' if result.ok else 'not ok'}: {visible(text)}"]
    for finding in result.findings:
        lines += [f"  {finding.severity}: {finding.message} [{finding.code}]"]
        lines += [f"    {line}" for line in draw(text, finding.span).split("\n")]
        lines += [f"    {finding.hint}"]
    if result.fixed is None:
        lines += ["  This cannot be mended without guessing."]
    elif result.fixed != text:
        lines += [f"  mended: {result.fixed}"]
    print("\n".join(lines))


def _print_json(text: str, result: CheckResult) -> None:
    document = {
        "ok": result.ok,
        "text": text,
        "record": None if result.record is None else _as_json(result.record, None),
        "findings": [finding._asdict() for finding in result.findings],
        "fixed": result.fixed,
    }
    print(json.dumps(document))


def _as_json(record: TLSRPTRecord, ttl: int | None) -> dict[str, object]:
    return {
        "host": record.host,
        "type": "TXT",
        "ttl": ttl,
        "value": record.value,
        "strings": [string.decode("ascii") for string in record.strings],
        "domain": record.domain,
        "rua": record.rua,
        "extensions": [extension._asdict() for extension in record.extensions],
    }


if __name__ == "__main__":
    sys.exit(main())
