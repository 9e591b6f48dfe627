"""The MTA-STS policy that a report quotes (RFC 8461 section 3.2, RFC 8460 section 4.5)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from tlsrpt._display import clipped
from tlsrpt.report._values import mx_host
from tlsrpt.report._words import listed

MODES: Final = ("enforce", "testing", "none")
# RFC 8461 section 3.2: in seconds.
_MAX_AGE: Final = 31_557_600
# In characters: how long the policies are that are remembered.
_SHORT: Final = 2000


class StsPolicy(NamedTuple):
    """What a report quotes of an MTA-STS policy.

    Attributes:
        mode: ``"enforce"``, ``"testing"`` or ``"none"``; None if it is not quoted.
        mx: the patterns, in normal form.
        max_age: in seconds; None if it is not quoted, or no such number.
        faults: what is wrong with it, as sentences that are safe to print.
        is_whole: whether every mx line names a host. If not, it is not known what the policy lists.
    """

    mode: str | None
    mx: tuple[str, ...]
    max_age: int | None
    faults: tuple[str, ...]
    is_whole: bool = True


NO_POLICY: Final = StsPolicy(None, (), None, ())


def read_sts_policy(policy_string: tuple[str, ...], patterns: tuple[str, ...]) -> StsPolicy:
    """Read the lines of a policy, and the patterns that the report has beside it (``mx-host``)."""
    if sum(map(len, policy_string)) + sum(map(len, patterns)) > _SHORT:
        return _read(policy_string, patterns)
    return _remembered(policy_string, patterns)


def _read(policy_string: tuple[str, ...], patterns: tuple[str, ...]) -> StsPolicy:
    # Google kept the carriage returns of line ends, and a fork of hMailServer whole policies.
    lines = [line for string in policy_string for line in string.splitlines()]
    fields = [(name.strip().lower(), value.strip()) for name, _, value in _parted(lines)]
    first = dict(reversed(fields))
    mode = first.get("mode", "").lower()
    max_age = first.get("max_age", "")
    seconds = int(max_age) if re.fullmatch("[0-9]{1,9}", max_age) else _MAX_AGE + 1
    quoted = [value for name, value in fields if name == "mx"]
    hosts = dict.fromkeys(filter(None, map(mx_host, (*quoted, *patterns))))
    unread = [value for value in quoted if not mx_host(value)]
    faults: list[str] = []
    if fields:
        if first.get("version") != "STSv1":
            faults.append('There is no line "version: STSv1".')
        if mode not in MODES:
            faults.append('There is no line "mode: enforce", "mode: testing" or "mode: none".')
        if not hosts and mode != "none":
            faults.append("There is no mx line.")
        faults += [f'"mx: {clipped(value)}" does not name a host.' for value in unread[:1]]
        if seconds > _MAX_AGE:
            faults.append("There is no line with a max_age from 0 to 31557600.")
    return StsPolicy(
        mode if mode in MODES else None,
        tuple(hosts),
        seconds if seconds <= _MAX_AGE else None,
        tuple(faults),
        is_whole=not unread and all(map(mx_host, filter(None, patterns))),
    )


def _parted(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines if line.strip()]


_remembered = lru_cache(maxsize=1024)(_read)


class MxList:
    """The patterns that a policy lists, read once for the many failures of a report.

    Attributes:
        text: the patterns, safe to print.

    >>> listing = MxList(("mx.example.com", "*.example.org"))
    >>> listing.text
    'mx.example.com and *.example.org'
    """

    __slots__ = ("_patterns", "text")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._patterns = frozenset(patterns)
        self.text = listed(map(clipped, patterns))

    def covers(self, host: str) -> bool:
        """Whether a pattern covers a host (RFC 8461 section 4.1): ``*`` is exactly one label.

        >>> listing = MxList(("*.example.com",))
        >>> listing.covers("mx.example.com"), listing.covers("mx.eu.example.com")
        (True, False)
        """
        return host in self._patterns or f"*.{host.partition('.')[2]}" in self._patterns
