r"""The grammar, rule by rule: RFC 8460 section 3 over RFC 3986 appendix A, and its neighbours.

Every pattern bears its rule's name and is meant for `fullmatch`. What `rfc3986` offers for a rule
is taken from there where it says what the ABNF says; where it says more or less, the comment tells.
All is ASCII: no `\d`, `\s` or `\w`, which go by Unicode.
"""

from __future__ import annotations

import re
from typing import Final

from rfc3986 import abnf_regexp as _rfc3986

# RFC 5234 appendix B.1
WSP: Final = " \t"

# --- RFC 3986 appendix A, as narrowed by RFC 8460 section 3, tlsrpt-uri ---------------------------

_UNRESERVED: Final[str] = _rfc3986.UNRESERVED_RE
# tlsrpt-uri: "commas, exclamation points and semicolons" are percent-encoded, so these three are
# no sub-delims here.
_SUB_DELIMS: Final = re.escape("".join(c for c in _rfc3986.SUB_DELIMITERS if c not in ",!;"))
_PCT_ENCODED: Final[str] = _rfc3986.PERCENT_ENCODED


def _any_of(characters: str) -> str:
    """*( characters / pct-encoded ), without backtracking, so in linear time."""
    return f"[{characters}]*+(?:{_PCT_ENCODED}[{characters}]*+)*+"


_PCHAR: Final = f"{_UNRESERVED}{_SUB_DELIMS}:@"

# RFC 3986 section 3.2.2. `rfc3986` lets an octet be any three digits; the ABNF stops at 255.
_DEC_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4ADDRESS: Final = rf"(?:{_DEC_OCTET}\.){{3}}{_DEC_OCTET}"
_IPV6ADDRESS: Final[str] = re.sub(
    r"\((?!\?)", "(?:", _rfc3986.IPv6_RE.replace(_rfc3986.IPv4_RE, _IPV4ADDRESS)
)
_IPVFUTURE: Final = rf"[vV][0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB_DELIMS}:]+"
# `rfc3986` admits zone identifiers (RFC 6874) in an IP-literal; RFC 8460 refers to RFC 3986 alone.
_IP_LITERAL: Final = rf"\[(?:{_IPV6ADDRESS}|{_IPVFUTURE})\]"

IPV4ADDRESS: Final = re.compile(_IPV4ADDRESS)
SCHEME: Final = re.compile(_rfc3986.SCHEME_RE)

# RFC 8460 section 3, tlsrpt-uri. With an authority the path is path-abempty, without one it does
# not begin with "//": both at once, since each path rule is then "any pchar or slash".
TLSRPT_URI: Final = re.compile(
    rf"({_rfc3986.SCHEME_RE}):"
    rf"(?://(?:({_any_of(_UNRESERVED + _SUB_DELIMS + ':')})@)?"
    rf"({_IP_LITERAL}|{_any_of(_UNRESERVED + _SUB_DELIMS)})(?::([0-9]*))?(?=[/?#]|\Z)|(?!//))"
    rf"({_any_of(_PCHAR + '/')})"
    rf"(?:\?({_any_of(_PCHAR + '/?')}))?(?:#({_any_of(_PCHAR + '/?')}))?"
)

NOT_IN_URI: Final = re.compile(rf"[^{_PCHAR}/?#\[\]%]")
# What `,`, `!`, `;` and IRI characters become is a matter of encoding; the others are refused.
NOT_IN_PATH: Final = re.compile(f"(?![^\\x00-\\x7f])[^{_PCHAR}/?%,!;]")
BAD_PCT_ENCODED: Final = re.compile("%(?![0-9A-Fa-f]{2})")
UNRESERVED: Final = re.compile(f"[{_UNRESERVED}]")
GEN_DELIMS: Final = re.compile(f"[{re.escape(_rfc3986.GENERIC_DELIMITERS)}]")
PCT_ENCODED: Final = re.compile(_PCT_ENCODED)

# --- RFC 8460 section 3 ---------------------------------------------------------------------------

TLSRPT_VERSION: Final = "v=TLSRPTv1"
TLSRPT_EXT_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_EXT_VALUE: Final = "!-:<>-~"
TLSRPT_EXT_VALUE: Final = re.compile(f"[{_EXT_VALUE}]+")
NOT_IN_EXT_VALUE: Final = re.compile(f"[^{_EXT_VALUE}]")

# --- RFC 5321 section 4.1.2, with RFC 6531 section 3.3: UTF-8 beside ASCII ------------------------

# atext is all but these. A class told by what it is not compiles fast beyond ASCII.
_ATEXT: Final = r'[^\x00-\x20"(),.:;<>@\[\\\]\x7f]'
DOT_STRING: Final = re.compile(rf"{_ATEXT}++(?:\.{_ATEXT}++)*+")
QUOTED_STRING: Final = re.compile(r'"(?:[^\x00-\x1f"\\\x7f]|\\[ -~])*+"')

# --- RFC 1123 section 2.1: letters, digits and inner hyphens --------------------------------------

LDH_LABEL: Final = re.compile("[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
