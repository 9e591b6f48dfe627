"""What the values of a report must be: dates, domains, addresses (RFC 8460 section 4.4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Final, TypeVar

from tlsrpt._abnf import IPV4ADDRESS, IPV6ADDRESS
from tlsrpt.domain import normalize_host
from tlsrpt.errors import TLSRPTError

if TYPE_CHECKING:
    from collections.abc import Callable

_Value = TypeVar("_Value")

# RFC 7493 section 2.2: integers beyond are not the same for every reader.
MAX_COUNT: Final = 2**53 - 1

POLICY_TYPES: Final = frozenset({"sts", "tlsa", "no-policy-found"})

# RFC 3339 section 5.6, also with a leap second; and, though the standard does not admit it, 24:00,
# a space between date and time, an offset without a colon, and no zone.
_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})([Tt ])([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?"
    "([Zz]|[+-][0-9]{2}:?[0-5][0-9])?"
)

# `email` decodes an encoded word (RFC 2047) wherever a header field has one, line ends included, so
# nothing that goes into a header field may begin one; in a quoted string it drops the backslash.
_NO_ENCODED_WORD: Final = r"(?!.*=\\?\?)"

# RFC 5321 section 4.1.2: Local-part, in ASCII.
_ATOM: Final = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART: Final = re.compile(
    rf'{_NO_ENCODED_WORD}(?:{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*")',
)
_MAX_LOCAL_PART: Final = 64

# A host name that is its own normal form; labels may have underscores, as in some names of hosts.
_MX_HOST: Final = re.compile(r"(?:\*\.)?(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_MAX_NAME: Final = 253

# RFC 3986 section 3.2.2. `ipaddress` takes several times as long.
_IP_ADDRESS: Final = re.compile(f"{IPV4ADDRESS.pattern}|{IPV6ADDRESS}")

# RFC 3986 section 3, roughly: a scheme, and what a URI may be made of.
URI: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")

# RFC 8460 section 5.3 puts it into a Message-ID: ASCII without what ends one.
REPORT_ID: Final = re.compile(rf"{_NO_ENCODED_WORD}[!-;=?-~]+")


def read_date_time(text: str) -> tuple[datetime, str | None] | None:
    """Read a date and time of RFC 3339 in UTC; None where it is none.

    With it comes the code of what deviates in how it is written, or None.

    `datetime.fromisoformat` alone reads other forms, such as week dates, and not all of RFC 3339.
    """
    try:
        match = _DATE_TIME.fullmatch(text)
        return _read_date_time(*match.groups()) if match else None
    except (ValueError, OverflowError):
        return None


def _read_date_time(
    date: str, between: str, time: str, fraction: str | None, zone: str | None
) -> tuple[datetime, str | None]:
    # Neither 24:00 nor a leap second can be in a datetime: take the moment that follows.
    midnight, leap = time == "24:00:00", time.endswith(":60")
    if midnight:
        time = "00:00:00"
    if leap:
        time = time.removesuffix(":60") + ":59"
    text = f"{date}T{time}{fraction or ''}{(zone or 'Z').upper()}"
    moment = datetime.fromisoformat(text) + timedelta(days=midnight, seconds=leap)
    if not zone:
        code: str | None = "missing-time-zone"
    elif midnight or between == " " or (zone not in "Zz" and ":" not in zone):
        code = "date-format"
    else:
        code = None
    return moment.astimezone(UTC), code


def write_date_time(moment: datetime) -> str:
    """Write a moment in UTC as RFC 3339 has it."""
    return moment.isoformat().replace("+00:00", "Z")


def _remembered(read: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """The function, with what it gave for short texts: the same ones occur again and again."""
    remembered = lru_cache(maxsize=1024)(read)

    @wraps(read)
    def reader(text: str) -> _Value:
        return remembered(text) if len(text) <= _MAX_NAME else read(text)

    return reader


def is_ip(text: str) -> bool:
    """Whether it is an IP address, of version 4 or 6, without a zone identifier."""
    return bool(_IP_ADDRESS.fullmatch(text))


@_remembered
def host_name(text: str) -> str | None:
    """The normal form of a domain: A-labels in lower case, no final dot; None if it is none."""
    if len(text) > _MAX_NAME + len("."):
        return None
    try:
        return normalize_host(text)
    except TLSRPTError:
        return None


@_remembered
def mx_host(text: str) -> str | None:
    """The normal form of an mx pattern of MTA-STS (RFC 8461 section 4.1); None if it is none.

    It may have a wildcard as its first label. Underscores are kept.
    """
    plain = text.lower().removesuffix(".") if text.isascii() else ""
    if len(plain) <= _MAX_NAME and _MX_HOST.fullmatch(plain):
        return plain
    wildcard = "*." if text.startswith("*.") else ""
    host = host_name(text.removeprefix("*."))
    return None if host is None else wildcard + host


@_remembered
def split_address(text: str) -> tuple[str, str] | None:
    """Local part and domain, the domain in normal form, of a mailbox; None if it is none."""
    local, _, domain = text.rpartition("@")
    host = host_name(domain)
    if host is None or len(local) > _MAX_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        return None
    return local, host
