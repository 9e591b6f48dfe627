"""`tlsrpt lookup`: say what domains publish."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import re
import sys
import time
from collections import Counter
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from tlsrpt import ReportURI, TLSRPTError, normalize_domain
from tlsrpt._display import visible
from tlsrpt.cli._io import complain, complain_briefly, count, decoded
from tlsrpt.cli.check import for_people

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tlsrpt.cli._io import Commands
    from tlsrpt.dns import Lookup

# In seconds: until there is a status line, and between its updates.
_SHORT: Final = 1.0
_UPDATE: Final = 0.2

# What happened, and what to do about it, by the reason of a failure.
_FAILURES: Final = {
    "timeout": ("{server} did not answer in time", "ask again later"),
    "network": ("{server} cannot be reached", "check the network, or ask another: --nameserver"),
    "refused": ("{server} refused to answer", "ask another one: --nameserver ADDRESS"),
    "servfail": (
        "{server} could not get an answer",
        "ask again later; if that does not help, the domain's own name servers are at fault",
    ),
    "bogus": (
        "{server} says the domain's DNSSEC signatures are invalid",
        "whoever runs the domain has to correct them; until then, many senders see no record",
    ),
    "invalid-answer": (
        "{server} sent an invalid answer",
        "ask another one: --nameserver ADDRESS; if all do so, look for a loop of CNAMEs",
    ),
}
_NONE: Final = {
    "nxdomain": "does not exist",
    "nodata": "has no TXT record",
    "foreign": "has other TXT records only",
}


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
        metavar="ADDRESS[:PORT]",
        type=_address,
        help="the resolver to ask instead of the system's, such as 192.0.2.1 or [2001:db8::1]:53",
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
        help="an endpoint that each record has to report to, or it is not ok",
    )
    command.add_argument("--no-progress", action="store_true", help="no status line on a terminal")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415 - the other commands do without

    try:
        import dns.nameserver  # noqa: PLC0415 - as asyncio
        import dns.resolver  # noqa: PLC0415

        from tlsrpt.dns import lookup_many  # noqa: PLC0415
    except ImportError:
        complain_briefly("lookup", 'this needs dnspython 2.7 or later: pip install "tlsrpt[dns]"')
        return 2
    required = None
    if arguments.require is not None:
        try:
            required = ReportURI(decoded(arguments.require))
        except TLSRPTError as error:
            complain("lookup", error)
            return 2
    resolver = None
    if arguments.nameserver is not None:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = [dns.nameserver.Do53Nameserver(*arguments.nameserver)]
    try:
        results = lookup_many(
            _domains(arguments.domains),
            concurrency=arguments.concurrency,
            rate=arguments.rate,
            resolver=resolver,
            timeout=arguments.timeout,
        )
    except dns.resolver.NoResolverConfiguration:
        complain_briefly("lookup", "no resolver is configured; give one: --nameserver ADDRESS")
        return 2
    return asyncio.run(_print_all(results, arguments, required))


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
    results: AsyncIterator[Lookup], arguments: argparse.Namespace, required: str | None
) -> int:
    total = None if "-" in arguments.domains else len(arguments.domains)
    progress = _Progress(total, is_wanted=not arguments.no_progress)
    verdicts: Counter[str] = Counter()
    try:
        async for result in results:
            verdict = _verdict(result, required)
            verdicts[verdict] += 1
            progress.hide()
            if arguments.format == "json":
                text = json.dumps({"ok": verdict == "ok", **result.to_dict()})
            else:
                text = "\n".join(_text(result, verdict, required))
            print(text, flush=True)
            progress.add(result)
    finally:
        # At an interrupt, too
        progress.end()
    count = verdicts.total()
    if not count:
        complain_briefly("lookup", "there is no domain on standard input")
        return 1
    if count > 1 and arguments.format == "text":
        print(f"{count} domains, {verdicts['not ok']} not ok, {verdicts['unknown']} unknown")
    return 0 if verdicts["ok"] == count else 1


def _verdict(result: Lookup, required: str | None) -> str:
    if result.status == "failed":
        return "unknown"
    if result.record is None or not result.check:
        return "not ok"
    return "ok" if required is None or result.record.reports_to(required) else "not ok"


def _text(result: Lookup, verdict: str, required: str | None) -> list[str]:
    """The lines for people: the verdict, what is there, and what to do."""
    lines = _explanation(result)
    if result.check is not None and result.check.text:
        lines += for_people(result.check)
    else:
        lines += [f"TXT: {visible(text)}" for text in result.texts]
    record = result.record
    if record is not None and required is not None and not record.reports_to(required):
        lines.append(f"it does not report to {required}")
        # There may be no room for another endpoint.
        with contextlib.suppress(TLSRPTError):
            lines.append(f"publish instead: {record.with_rua(required)}")
    return [f"{verdict}: {visible(result.domain)}", *(f"  {line}" for line in lines)]


def _explanation(result: Lookup) -> list[str]:
    domain, host, reason = result.domain, result.host, result.reason
    if result.status == "bad-domain":
        try:
            normalize_domain(domain)
        except TLSRPTError as error:
            return [f"{error.message} [{error.code}]", error.hint]
    if result.status == "failed":
        problem, cure = _FAILURES[str(reason)]
        server = f"the name server {visible(result.server)}" if result.server else "the name server"
        return [f"nothing is known: {problem.format(server=server)} [{reason}]", cure]
    if result.status == "none":
        name, cure = host, f"tlsrpt generate {domain} mailto:tls-reports@{domain}"
        if result.cnames:
            # There must be no other record beside a CNAME (RFC 1034 section 3.6.2).
            name = result.cnames[-1]
            cure = f"publish the record at {name}, or in place of the CNAME"
        fact = f"{name} {_NONE[str(reason)]} [{reason}]"
        return [
            f"the domain does not use TLS-RPT: {fact}{_details(result)}",
            f"to get reports: {cure}",
        ]
    if result.status == "multiple" and result.check is not None:
        (finding,) = result.check.findings
        return [f"{host}: {finding.message} [{finding.code}]{_details(result)}", finding.hint]
    kind = "broken TLS-RPT record" if result.status == "broken" else "TLS-RPT record"
    return [f"{host} has a {kind}{_details(result)}"]


def _details(result: Lookup) -> str:
    details = [f"TTL {result.ttl}"] if result.ttl is not None else []
    details += [f"CNAME to {result.cnames[-1]}"] if result.cnames else []
    details += ["authenticated by DNSSEC"] if result.authenticated else []
    return f" ({', '.join(details)})" if details else ""


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
            print(f"\r{blank}\r{line}", end="", file=sys.stderr, flush=True)
            self._shown = line


def _address(text: str) -> tuple[str, int]:
    """An address and a port, such as 192.0.2.1, 192.0.2.1:53, 2001:db8::1 or [2001:db8::1]:53."""
    with contextlib.suppress(ValueError):
        return _ip(text), 53
    address, _, port = text.rpartition(":")
    with contextlib.suppress(ValueError):
        if re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 2**16:
            return _ip(address), int(port)
    raise argparse.ArgumentTypeError(f"{text} is not an address; write ADDRESS or ADDRESS:PORT")


def _ip(text: str) -> str:
    match = re.fullmatch(r"\[([!-Z^-~]+)\]|([!-Z^-~]+)", text)  # ASCII without brackets
    if match is None:
        raise ValueError
    return str(ip_address(match[1] or match[2]))


def _positive(text: str) -> float:
    # `float` also takes digits of all scripts, underscores and spaces.
    with contextlib.suppress(ValueError):
        if re.fullmatch("[0-9.e+-]+", text) and 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text} is not a positive number")
