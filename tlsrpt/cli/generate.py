"""`tlsrpt generate`: write the record for a domain."""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import TYPE_CHECKING

from tlsrpt import FormError, TLSRPTError, check, generate
from tlsrpt.cli._io import complain, complain_briefly, decoded, expanded, say

if TYPE_CHECKING:
    from tlsrpt.cli._io import Commands


def add_parser(commands: Commands) -> None:
    """Add the command and its arguments."""
    command = commands.add_parser(
        "generate",
        help="write the record for a domain",
        description="Print the host, the type and the value of the record to publish.",
    )
    command.add_argument("domain", metavar="DOMAIN", help="the Policy Domain, such as example.com")
    command.add_argument(
        "endpoints",
        metavar="ENDPOINT",
        nargs="+",
        help="such as mailto:tls@example.com or https://reports.example.com/v1; "
        "- reads them from standard input, one per line",
    )
    command.add_argument(
        "--format",
        choices=("text", "value", "zone", "json"),
        default="text",
        help="the record for people (default), only its value, a line for a zone file, or JSON",
    )
    command.add_argument(
        "--ttl", type=_seconds, default=3600, help="the time to live in seconds (default: 3600)"
    )
    command.set_defaults(run=_run)


def _seconds(text: str) -> int:
    # `int` also takes digits of all scripts, underscores and spaces.
    if re.fullmatch("-?[0-9]{1,20}", text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a whole number")


def _run(arguments: argparse.Namespace) -> int:
    if not sys.stdout:
        complain_briefly("generate", "standard output is closed")
        return 1
    try:
        record = generate(decoded(arguments.domain), expanded(arguments.endpoints))
        zone = record.to_zone(arguments.ttl)
    except FormError as error:
        for problem in error.problems:
            place = problem.field if problem.line is None else f"endpoint {problem.line}"
            complain(f"generate: {place}", problem.error)
        return 1
    except TLSRPTError as error:
        complain("generate", error)
        return 1
    if arguments.format == "zone":
        print(zone)
    elif arguments.format == "value":
        print(record.value)
    elif arguments.format == "json":
        print(json.dumps({**record.to_dict(), "ttl": arguments.ttl}))
    else:
        print(f"Host:  {record.host}\nType:  TXT\nTTL:   {arguments.ttl}\nValue: {record.value}")
    for finding in check(record.value, domain=record.domain).findings:
        say(f"tlsrpt generate: warning: {finding.message}\n  {finding.hint}")
    return 0
