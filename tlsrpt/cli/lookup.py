"""`tlsrpt lookup`: say what domains publish."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import re
import shlex
import socket
import sys
import time
from collections import Counter
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from tlsrpt import ReportURI, TLSRPTError, normalize_domain
from tlsrpt.cli._io import (
    Once,
    complain,
    complain_briefly,
    complain_of_file,
    count,
    decoded,
    is_file,
    say,
)
from tlsrpt.cli._lookup_text import meant, text_of, value_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import dns.resolver

    from tlsrpt.cli._io import Commands
    from tlsrpt.dns import Lookup

# In seconds: until there is a status line, and between its updates.
_SHORT: Final = 1.0
_UPDATE: Final = 0.2


def add_parser(commands: Commands) -> None:
    """Add the command and its arguments."""
    command = commands.add_parser(
        "lookup",
        help="say what domains publish",
        description="Look up the records of domains, and say whether they work. "
        "Exit status: 0 if every domain has a record that is ok, 1 otherwise, 2 for wrong usage.",
    )
    command.add_argument(
        "domains",
        metavar="DOMAIN",
        nargs="+",
        help="such as example.com; - reads domains from standard input, one per line",
    )
    command.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="results for people (default), or one JSON object per domain, in any order",
    )
    command.add_argument(
        "--nameserver",
        metavar="SERVER[:PORT]",
        action=Once,
        type=_server,
        help="the resolver to ask instead of the system's, such as 192.0.2.1, [2001:db8::1]:53 or "
        "ns1.example.com",
    )
    command.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_positive,
        default=5.0,
        help="how long a lookup may take (default: %(default)g)",
    )
    command.add_argument(
        "--concurrency",
        metavar="NUMBER",
        type=count,
        default=100,
        help="how many lookups run at once (default: %(default)d)",
    )
    command.add_argument(
        "--rate",
        metavar="NUMBER",
        type=_positive,
        help="how many lookups start in a second (default: no limit)",
    )
    command.add_argument(
        "--require",
        metavar="URI",
        action=Once,
        help="an endpoint that each record must report to; a record that does not is not ok",
    )
    command.add_argument("--no-progress", action="store_true", help="show no status line")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    for argument in arguments.domains:
        if _is_no_domain(argument):
            return 2
    required = None
    if arguments.require is not None:
        try:
            required = ReportURI(decoded(arguments.require))
        except TLSRPTError as error:
            complain("lookup", error)
            return 2
    import asyncio  # noqa: PLC0415 - the other commands do without

    try:
        from tlsrpt.dns._lookups import Lookups  # noqa: PLC0415 - others do without it
    except ImportError:
        complain_briefly(
            "lookup", 'this needs dnspython 2.7 or later: pip install "dnspython>=2.7"'
        )
        return 2
    import dns.resolver  # noqa: PLC0415

    resolver = None
    if arguments.nameserver is not None:
        host, port = arguments.nameserver
        try:
            resolver = _resolver(host, port)
        except socket.gaierror as error:
            complain_briefly("lookup", f"the address of {host} is not known: {error.strerror}")
            return 2
    try:
        lookups = Lookups(resolver, arguments.timeout, arguments.rate)
    except dns.resolver.NoResolverConfiguration:
        complain_briefly("lookup", "no resolver is configured; give one: --nameserver SERVER")
        return 2
    domains = _domains(arguments.domains)
    results = lookups.of_many(lookups.with_misplaced, domains, arguments.concurrency)
    return asyncio.run(_print_all(results, arguments, required))


def _is_no_domain(argument: str) -> bool:
    """Whether an argument is a file, or something for dig; if so, say what to write."""
    if is_file(argument):
        complain_of_file("lookup", argument, "domain", _as_domain(argument))
        return True
    if argument.startswith("@"):
        server = shlex.quote(argument[1:])
        message = f"to ask the server {argument}, write: --nameserver {server}"
    elif argument.startswith("+"):
        message = f"tlsrpt has no options of dig, such as {argument}; see tlsrpt lookup --help"
    elif argument.upper() == "TXT":
        message = f"leave out {argument}: lookup asks for TXT records anyway"
    else:
        return False
    complain_briefly("lookup", message)
    return True


def _as_domain(argument: str) -> str | None:
    """How to look up the domain of a file's name, if it can be one."""
    try:
        domain = normalize_domain(decoded(argument))
    except TLSRPTError:
        return None
    return f"for the domain of that name: tlsrpt lookup {domain}."


def _resolver(host: str, port: int) -> dns.resolver.Resolver:
    """A resolver that asks a server, at any of its addresses if it is given by name."""
    import dns.nameserver  # noqa: PLC0415
    import dns.resolver  # noqa: PLC0415

    addresses = [host]
    if not _is_address(host):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        addresses = [str(address[0]) for *_, address in found]
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(each, port) for each in addresses]
    return resolver


async def _domains(values: list[str]) -> AsyncIterator[str]:
    from tlsrpt.cli._awaited import awaited_input_lines  # noqa: PLC0415 - it loads asyncio

    for value in values:
        if value != "-":
            yield decoded(value)
            continue
        async for line in awaited_input_lines():
            if line.strip():
                yield line.strip()


async def _print_all(
    results: AsyncIterator[tuple[Lookup, tuple[Lookup, ...]]],
    arguments: argparse.Namespace,
    required: str | None,
) -> int:
    given = None if "-" in arguments.domains else len(arguments.domains)
    progress = _Progress(given, is_wanted=not arguments.no_progress)
    verdicts: Counter[str] = Counter()
    try:
        async for result, misplaced in results:
            verdict = _verdict(result, required)
            verdicts[verdict] += 1
            progress.hide()
            if arguments.format == "json":
                text = json.dumps(_members(result, misplaced, verdict, required))
            else:
                text = "\n".join(text_of(result, misplaced, verdict, required))
            print(text, flush=True)
            progress.add(result)
    finally:
        # At an interrupt, too
        progress.end()
    total = verdicts.total()
    if not total:
        complain_briefly("lookup", "there is no domain on standard input")
        return 1
    if total > 1 and arguments.format == "text":
        print(f"{total} domains, {verdicts['not ok']} not ok, {verdicts['unknown']} unknown")
    return 0 if verdicts["ok"] == total else 1


def _verdict(result: Lookup, required: str | None) -> str:
    if result.status == "failed":
        return "unknown"
    if result.record is None or not result.check:
        return "not ok"
    return "ok" if required is None or result.record.reports_to(required) else "not ok"


def _members(
    result: Lookup, misplaced: tuple[Lookup, ...], verdict: str, required: str | None
) -> dict[str, object]:
    """The members of the JSON object."""
    more: dict[str, object] = {}
    if required is not None:
        reports = result.record is not None and result.record.reports_to(required)
        more["required"] = None if verdict == "unknown" else reports
        more["publish"] = value_with(required, result, misplaced)
    places = [
        {"host": each.host, "status": each.status, "texts": meant(each)} for each in misplaced
    ]
    return {"ok": verdict == "ok", **more, **result.to_dict(), "misplaced": places}


class _Progress:
    """A status line on standard error, if that is a terminal and the work takes long."""

    def __init__(self, total: int | None, *, is_wanted: bool) -> None:
        self._total = total
        self._is_wanted = is_wanted and sys.stderr is not None and sys.stderr.isatty()
        self._start = time.monotonic()
        self._next = self._start + _SHORT
        self._statuses: Counter[str] = Counter()
        self._line = self._shown = ""

    def hide(self) -> None:
        """Make room for a line on standard output, if that is a terminal, too."""
        if sys.stdout is not None and sys.stdout.isatty():
            self._show("")

    def add(self, result: Lookup) -> None:
        """Count a result."""
        self._statuses[result.status] += 1
        now = time.monotonic()
        if self._is_wanted and now >= self._next:
            self._next = now + _UPDATE
            self._line = self._status(now - self._start)
        self._show(self._line)

    def end(self) -> None:
        """Remove the line."""
        self._show("")

    def _status(self, seconds: float) -> str:
        done = self._statuses.total()
        words = [f"{done} done", f"{self._statuses['found']} found"]
        words += [f"{self._statuses['failed']} failed", f"{done / seconds:.0f}/s"]
        if self._total is not None:
            left = math.ceil((self._total - done) * seconds / done)
            words.append(f"{left // 60}:{left % 60:02} left")
        return ", ".join(words)

    def _show(self, line: str) -> None:
        if line != self._shown:
            blank = " " * len(self._shown)
            say(f"\r{blank}\r{line}", end="")
            self._shown = line


def _server(text: str) -> tuple[str, int]:
    """A server and a port, such as 192.0.2.1, [2001:db8::1]:53 or ns1.example.com:5353."""
    if _is_address(text):
        return text, 53
    match = re.fullmatch(r"(\[[^][]+\]|[^][:]+)(?::([0-9]{1,5}))?", text)
    if match and 0 < (port := int(match[2] or 53)) < 2**16:
        host = match[1].strip("[]")
        if _is_address(host):
            return host, port
        if host == match[1]:
            with contextlib.suppress(TLSRPTError):
                return normalize_domain(decoded(host)), port
    raise argparse.ArgumentTypeError(f"{text} is not a server; write ADDRESS, NAME or SERVER:PORT")


def _is_address(text: str) -> bool:
    with contextlib.suppress(ValueError):
        # A zone identifier may be anything for `ip_address`; here, it is ASCII without brackets.
        return bool(re.fullmatch("[!-Z^-~]+", text) and ip_address(text))
    return False


def _positive(text: str) -> float:
    # `float` also takes digits of all scripts, underscores and spaces.
    with contextlib.suppress(ValueError):
        if re.fullmatch("[0-9.e+-]+", text) and 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text} is not a positive number")
