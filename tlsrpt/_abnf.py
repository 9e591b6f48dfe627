r"""The grammar: RFC 8460 section 3 on top of RFC 3986 appendix A, and what the two refer to.

Each pattern has the name of its rule and is meant for `fullmatch`. Strings are parts of other
patterns. Everything is ASCII: no `\d`, `\s` or `\w`, which go by Unicode. Loops over one character
class are possessive, which halves the time. No group is repeated without a limit: a regular
expression keeps memory for each repetition, and a possessive one matches too much on CPython before
3.11.5 (gh-106052). So `tlsrpt_record` splits a record into its fields and URIs.
"""

from __future__ import annotations

import re
from typing import Final

from rfc3986 import abnf_regexp as _rfc3986

# RFC 5234 appendix B.1
WSP: Final = " \t"

# --- RFC 3986 appendix A, narrowed by RFC 8460 section 3, tlsrpt-uri ------------------------------

_UNRESERVED: Final = str(_rfc3986.UNRESERVED_RE)
# tlsrpt-uri: "commas, exclamation points and semicolons" are percent-encoded, so these three are
# not among the sub-delims here.
_SUB_DELIMS: Final = re.escape("".join(c for c in _rfc3986.SUB_DELIMITERS if c not in ",!;"))
_PCT_ENCODED: Final = str(_rfc3986.PERCENT_ENCODED)
_PCHAR: Final = f"{_UNRESERVED}{_SUB_DELIMS}:@"


def _any_of(characters: str) -> str:
    """*( characters / pct-encoded ); any % is accepted here, and `TLSRPT_URI` rejects bad ones."""
    return f"[{characters}%]*+"


_SCHEME: Final = "[A-Za-z][A-Za-z0-9+.-]*+"
_USERINFO: Final = _any_of(_UNRESERVED + _SUB_DELIMS + ":")
# `rfc3986` lets an octet be any three digits; the ABNF stops at 255.
_DEC_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4ADDRESS: Final = rf"(?:{_DEC_OCTET}\.){{3}}{_DEC_OCTET}"
IPV6ADDRESS: Final = re.sub(
    r"\((?!\?)", "(?:", str(_rfc3986.IPv6_RE).replace(_rfc3986.IPv4_RE, _IPV4ADDRESS)
)
_IPVFUTURE: Final = rf"[vV][0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB_DELIMS}:]+"
# `rfc3986` admits zone identifiers (RFC 6874) here; RFC 8460 refers to RFC 3986 as it is.
_IP_LITERAL: Final = rf"\[(?:{IPV6ADDRESS}|{_IPVFUTURE})\]"
# An IPv4address is a reg-name, too.
_REG_NAME: Final = _any_of(_UNRESERVED + _SUB_DELIMS)
_PATH_ABEMPTY: Final = f"(?:/{_any_of(_PCHAR + '/')})?"
# path-absolute, path-rootless and path-empty together
_OTHER_PATH: Final = f"(?!//){_any_of(_PCHAR + '/')}"
_QUERY: Final = _any_of(_PCHAR + "/?")

# URI = scheme ":" ( "//" [ userinfo "@" ] host [ ":" port ] path-abempty / path-absolute /
#                     path-rootless / path-empty ) [ "?" query ] [ "#" fragment ]
_TLSRPT_URI: Final = (
    rf"{_SCHEME}:(?://(?:{_USERINFO}@)?(?:{_IP_LITERAL}|{_REG_NAME})(?::[0-9]*)?{_PATH_ABEMPTY}"
    rf"|{_OTHER_PATH})(?:\?{_QUERY})?(?:#{_QUERY})?"
)
TLSRPT_URI: Final = re.compile(f"(?!.*%(?![0-9A-Fa-f]{{2}})){_TLSRPT_URI}")
# The form of most endpoints, which takes half the time: no query, and only letters, digits and a
# few marks. Whatever it matches, `TLSRPT_URI` matches, too.
_USUAL_URI: Final = re.compile(
    r"mailto:[A-Za-z0-9._+-]++@[A-Za-z0-9.-]++|https://[A-Za-z0-9.-]++(?:/[A-Za-z0-9._/-]*+)?"
)
# RFC 3986 appendix B, for a URI that is in the grammar
URI_COMPONENTS: Final = re.compile(
    r"([^:]+):(?://(?:([^@/?#]*)@)?(\[[^]]*\]|[^:/?#]*)(?::([0-9]*))?)?([^?#]*)"
    r"(?:\?([^#]*))?(?:#(.*))?"
)

SCHEME: Final = re.compile(_SCHEME)
IPV4ADDRESS: Final = re.compile(_IPV4ADDRESS)
UNRESERVED: Final = re.compile(f"[{_UNRESERVED}]")
GEN_DELIMS: Final = re.compile(f"[{re.escape(_rfc3986.GENERIC_DELIMITERS)}]")
PCT_ENCODED: Final = re.compile(_PCT_ENCODED)
NOT_PCT_ENCODED: Final = re.compile("%(?![0-9A-Fa-f]{2})")
NOT_IN_URI: Final = re.compile(rf"[^{_PCHAR}/?#\[\]%]")

# --- RFC 8460 section 3 ---------------------------------------------------------------------------

TLSRPT_VERSION: Final = "v=TLSRPTv1"
_USUAL_BEGINNINGS: Final = {f"{TLSRPT_VERSION}; ", f"{TLSRPT_VERSION};"}
_EXT_NAME: Final = "[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"
_EXT_VALUE: Final = "!-:<>-~"

TLSRPT_EXT_NAME: Final = re.compile(_EXT_NAME)
NOT_IN_EXT_VALUE: Final = re.compile(f"[^{_EXT_VALUE}]")
# A field named rua is never an extension, though the rule would allow it.
TLSRPT_EXTENSION: Final = re.compile(f"(?!rua=){_EXT_NAME}=[{_EXT_VALUE}]+")


def tlsrpt_record(text: str) -> tuple[list[str], list[str]] | None:
    """The URIs of the rua fields and the extensions; None if the text is not a tlsrpt-record.

    At least one field must be rua: the text of the RFC requires it, though its ABNF does not.

    >>> tlsrpt_record("v=TLSRPTv1;rua=mailto:a@example.com , https://r.example; n=x;")
    (['mailto:a@example.com', 'https://r.example'], ['n=x'])
    >>> tlsrpt_record("v=TLSRPTv1; n=x")
    """
    # Most records have one field, and no whitespace in it.
    beginning, _, rua = text.partition("rua=")
    if beginning in _USUAL_BEGINNINGS and all(map(_USUAL_URI.fullmatch, usual := rua.split(","))):
        return usual, []
    # No URI and no extension can hold a semicolon, and no URI a comma.
    version, *fields = text.split(";")
    if version.rstrip(WSP) != TLSRPT_VERSION or not fields:
        return None
    if not fields[-1].strip(WSP):
        # field-delim at the end, with whitespace on either side
        fields.pop()
    elif text[-1] in WSP:
        return None
    uris: list[str] = []
    extensions: list[str] = []
    for padded in fields:
        field = padded.strip(WSP)
        if field.startswith("rua="):
            # There is whitespace around a comma only, not before the first URI.
            if field[4:5] in {" ", "\t"}:
                return None
            uris += [uri.strip(WSP) for uri in field[4:].split(",")]
        elif TLSRPT_EXTENSION.fullmatch(field):
            extensions.append(field)
        else:
            return None
    return (uris, extensions) if uris and all(map(TLSRPT_URI.fullmatch, uris)) else None


# --- RFC 5321 section 4.1.2, with RFC 6531 section 3.3: UTF-8 as well as ASCII --------------------

# atext is everything but these; a negated class compiles fast beyond ASCII.
_ATEXT: Final = r'[^\x00-\x20"(),.:;<>@\[\\\]\x7f]'
DOT_STRING: Final = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
QUOTED_STRING: Final = re.compile(r'"[^\x00-\x1f"\\\x7f]*(?:\\[ -~][^\x00-\x1f"\\\x7f]*)*"')

# --- RFC 1123 section 2.1: letters, digits and inner hyphens --------------------------------------

LDH_LABEL: Final = re.compile("[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
