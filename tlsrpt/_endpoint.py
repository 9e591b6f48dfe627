"""The rules for an endpoint, on plain text: its normal form, its mailbox, and equivalence.

Both `ReportURI` and the diagnosis use these rules, so neither has to ask the other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from tlsrpt._abnf import (
    DOT_STRING,
    GEN_DELIMS,
    IPV4ADDRESS,
    NOT_PCT_ENCODED,
    PCT_ENCODED,
    QUOTED_STRING,
    SCHEME,
    UNRESERVED,
    URI_COMPONENTS,
)
from tlsrpt._catalogue import words
from tlsrpt._display import name_of
from tlsrpt.domain import PLAIN_DOMAIN, host_to_publish, is_ipv6, normalize_host
from tlsrpt.errors import InvalidDomainError, InvalidURIError, TLSRPTError

if TYPE_CHECKING:
    from collections.abc import Callable

# RFC 5321 section 4.5.3.1.1, in octets
_MAX_LOCAL_PART: Final = 64
_MAX_PORT: Final = 65_535
_PORT: Final = re.compile("0*([1-9][0-9]{0,4})")

# The form of most endpoints: normal, with nothing to decode. The group is the domain.
PLAIN_URI: Final = re.compile(
    r"(?:https://|mailto:(?=[^@]{1,64}@[^/]*\Z)[A-Za-z0-9_-]++(?:[.+][A-Za-z0-9_-]++)*@)"
    rf"({PLAIN_DOMAIN})(?:/[A-Za-z0-9_/-]*)?"
)
# A URI without any of these is in normal form: capitals, percent-encoding, dot segments, and the
# final dot of a host.
_VARIES: Final = re.compile(r"[A-Z%]|/\.|\.(?:[/:?#]|\Z)")

# What to write for a bad mailbox in a URI, and for a bad address.
_URI_CURE: Final = "mailto:tls@example.com"
_ADDRESS_CURE: Final = "tls@example.com"
# What to write for a mailbox that needs percent-encoding, and for a percent sign elsewhere.
PLAIN_MAILBOX: Final = "a mailbox of ASCII letters, digits and $'*+-._~, such as tls@example.com"
PERCENT_SIGN: Final = "%25 for a literal percent sign"
# What a URL holds that was copied from the source of a web page.
_ENTITIES: Final = {
    "amp": "&",
    "lt": "<",
    "gt": ">",
    "quot": '"',
    "apos": "'",
    "#39": "'",
}
HTML_ENTITY: Final = f"&(?:{'|'.join(_ENTITIES)})"
_HTML_ENTITY: Final = re.compile(f"{HTML_ENTITY};", re.IGNORECASE)
_PORT_AND_PATH: Final = re.compile("[0-9]+(?:/.*)?")
_AUTHORITY: Final = re.compile(r"//([^/?]*)(.*)")
_HOST_PORT: Final = re.compile(r"(\[[^]]*\]|[^:\[]*)(?::(.*))?")
# Printable ASCII that a path or query cannot hold; `,`, `!` and `;` get encoded.
_NOT_IN_PATH: Final = re.compile(r'["<>\\^`{|}\[\]]')
# RFC 3986 appendix A, without the three that RFC 8460 section 3 has percent-encoded.
_URL_SAFE: Final = "%:/?@$&'()*+="
# Besides letters, digits and "-._~": the characters of a local part that need no percent-encoding
# by RFC 6068 section 2. RFC 8460 section 3 requires it for `!`.
_MAILBOX_SAFE: Final = "$'*+"
# The same for a mailto URI that was published, by the grammar alone
_MAILBOX_IN_GRAMMAR: Final = f"{_MAILBOX_SAFE}&/="
# An address that people type for an endpoint. Any other character, such as a comma, a colon or a
# mark, belongs to a URI, a list or a mail header, or would have to be percent-encoded. After the @,
# it may be any letter, digit, hyphen or underscore, or not ASCII; a negated class compiles fast.
BARE_ADDRESS: Final = re.compile(rf"[\w{re.escape(_MAILBOX_SAFE)}.~-]+@[^\x00-,/:-@\[-^`{{-\x7f]+")
# RFC 5322 section 3.4, angle-addr, which may have a name before it
_ANGLE_ADDRESS: Final = re.compile(r"<([^<>@\s]+@[^<>@\s]+)>")

# Valid or easily made valid, and yet almost certainly slips: wide marks of East Asian keyboards,
# slashes after mailto:, and a separator at the end; before the query, DMARC's size limit, and
# another endpoint.
_STRAY_MARK: Final = re.compile(
    "[\uff03\uff0c\uff0f\uff1a\uff1b\uff1f\uff20\uff3b\uff3d]|\\Amailto:[/=]|[,;]\\Z", re.IGNORECASE
)
# RFC 7489 section 6.2, dmarc-uri: "!" 1*DIGIT [ "k" / "m" / "g" / "t" ]. Some write a B after it.
SIZE_LIMIT: Final = "![0-9]+(?P<unit>[kmgt]b?)?"
# The URL's scheme, before another that was copied along: what follows it is no host or user.
_DOUBLED_SCHEME: Final = re.compile("https://(?:https?://|mailto:)", re.IGNORECASE)
# In this order: a size limit of DMARC, the scheme of another endpoint, and the address of one after
# a separator.
_SECOND_ENDPOINT: Final = re.compile(
    rf"{SIZE_LIMIT}\Z|mailto:|https?://|[,;|][^,;|/#\"]*@", re.IGNORECASE
)


class Components(NamedTuple):
    """The components of a URI as written (RFC 3986 section 3); None where one is absent."""

    scheme: str
    userinfo: str | None
    host: str | None
    port: str | None
    path: str
    query: str | None
    fragment: str | None


def components(uri: str) -> Components:
    """The components of a tlsrpt-uri."""
    return Components(*URI_COMPONENTS.fullmatch(uri).groups())  # type: ignore[union-attr]


def scheme_of(uri: str) -> str:
    """The scheme in lower case (RFC 3986 section 3.1)."""
    return uri.partition(":")[0].lower()


def address_of(uri: str) -> str | None:
    """The mailbox of a mailto URI, decoded (RFC 6068 section 2); otherwise None."""
    parts = components(uri)
    if scheme_of(uri) != "mailto" or parts.host is not None:
        return None
    try:
        local, domain = mailbox(parts.path)
    except TLSRPTError:
        return None
    return f"{local}@{domain}"


def is_supported(uri: str) -> bool:
    """Whether senders can report there: to a mailto URI with one mailbox, or an https URL.

    The URL needs a host that can exist and a port that can be connected to; RFC 3986 section 3.2.3
    allows an empty one.

    >>> is_supported("https://r.example:/v1"), is_supported("https://r..example/v1")
    (True, False)
    """
    if scheme_of(uri) != "https":
        return address_of(uri) is not None
    if PLAIN_URI.fullmatch(uri):
        return True
    _, _, host, port, *_ = components(uri)
    if not host or _DOUBLED_SCHEME.match(uri):
        return False
    return _can_exist(host) and (not port or is_port(port))


def _can_exist(host: str) -> bool:
    """Whether a host is an IP address or a domain; one with underscores resolves, too."""
    if is_address(host):
        return True
    try:
        normalize_host(_decoded(host).replace("_", "x"))
    except ValueError:
        return False
    return True


def equivalence_key(uri: str) -> str:
    """A text that two tlsrpt-uris share if, and only if, they are the same endpoint.

    Mailboxes are compared decoded (RFC 6068 section 2), domains by their A-labels, and everything
    else as RFC 3986 section 6.2.2 says.

    >>> equivalence_key("HTTPS://R.example/a/../%7eb") == equivalence_key("https://r.example/~b")
    True
    """
    if not _VARIES.search(uri):
        return uri
    scheme, userinfo, host, port, path, query, fragment = components(uri)
    written, path = path, _normal_percent(path)
    is_mailto = scheme.lower() == "mailto"
    if host is not None:
        at = "" if userinfo is None else f"{_normal_percent(userinfo)}@"
        colon = "" if port is None else f":{port}"
        path = f"//{at}{normal_host(host)}{colon}{_without_dot_segments(path)}"
    elif is_mailto and (address := _normal_mailbox(written)):
        path = address
    elif path.startswith("/"):
        path = _without_dot_segments(path)
        # Two slashes left at the front must not read as an authority.
        path = f"/.{path}" if path.startswith("//") else path
    elif is_mailto:
        local, at, domain = path.rpartition("@")
        path = f"{local}{at}{normal_host(domain)}"
    question = "" if query is None else f"?{_normal_percent(query)}"
    hash_ = "" if fragment is None else f"#{_normal_percent(fragment)}"
    return f"{scheme.lower()}:{path}{question}{hash_}"


def _normal_mailbox(path: str) -> str | None:
    """The mailbox of a mailto URI, encoded anew; None if it has none."""
    try:
        local, domain = mailbox(path)
    except InvalidURIError:
        return None
    return f"{quote(local, safe=_MAILBOX_IN_GRAMMAR)}@{normalize_host(domain)}"


def _without_dot_segments(path: str) -> str:
    """A path that is empty or begins with a slash, without "." and ".." (RFC 3986 section 5.2.4).

    `rfc3986` turns "/..//a" into "/a".
    """
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "".join(f"/{segment}" for segment in kept)


def _normal_percent(text: str) -> str:
    """Percent-encoding in upper case, and none where it is not needed (RFC 3986 section 6.2.2)."""
    return PCT_ENCODED.sub(_normal_triplet, text)


def _normal_triplet(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if UNRESERVED.fullmatch(character) else match[0].upper()


def normal_host(host: str) -> str:
    """A host for comparison: in A-labels if it is a domain, otherwise in lower case."""
    try:
        return normalize_host(_decoded(host))
    except ValueError:
        return host.lower()


def _decoded(text: str) -> str:
    """The text with its percent-encoding decoded; `UnicodeDecodeError` if that is not UTF-8."""
    return unquote_to_bytes(text).decode() if "%" in text else text


# --- What may be published ------------------------------------------------------------------------


def path_of(address: str) -> str:
    """The path of a mailto URI, with everything encoded that is ASCII and not safe in one.

    Characters beyond ASCII are left for the constructor to explain.
    """
    scheme, colon, rest = address.partition(":")
    if colon and SCHEME.fullmatch(scheme):
        is_mailto = scheme.lower() == "mailto" and "@" in rest
        cure = rest if is_mailto else f"an e-mail address, such as {_ADDRESS_CURE}"
        raise InvalidURIError(*words("address-is-uri", uri=address, cure=cure))
    if angle := _ANGLE_ADDRESS.search(address):
        if angle[0] == address:
            raise InvalidURIError(*words("wrapped-uri", marks="<>"))
        raise InvalidURIError(*words("display-name", uri=address, cure=angle[1]))
    for character in address:
        _refuse_invisible(character, address)
    local, _, domain = address.rpartition("@")
    if not (local and domain):
        reason = "it needs a part before and a part after an @"
        raise _bad_mailbox(address or "an empty text", reason, _ADDRESS_CURE)
    _refuse_bad_mailbox(local, domain, _ADDRESS_CURE)
    encoded = re.sub("[ -~]+", lambda run: quote(run[0], safe=_MAILBOX_SAFE), local)
    return f"{encoded}@{domain}"


def may_be_slip(uri: str) -> bool:
    """Whether an endpoint in normal form may still be a slip, so that it is worth a look."""
    is_odd = _STRAY_MARK.search(uri) or _SECOND_ENDPOINT.search(uri.partition("?")[0], 1)
    return bool(is_odd) or not uri.isascii()


def normal(uri: str) -> str:
    """The normal form of an endpoint, as it is published.

    Raises:
        InvalidURIError: it cannot receive reports, or not from every known sender.
    """
    if not uri:
        raise InvalidURIError(*words("empty-uri"))
    for character in () if uri.isascii() and uri.isprintable() and " " not in uri else uri:
        _refuse_invisible(character, uri)
    scheme, colon, rest = uri.partition(":")
    scheme = scheme.lower()
    is_host_and_port = "." in scheme and _PORT_AND_PATH.fullmatch(rest)
    if is_host_and_port or not (colon and SCHEME.fullmatch(scheme)):
        cure = "mailto: and an address, or an https:// URL"
        raise InvalidURIError(*words("missing-scheme", uri=uri, cure=cure))
    if scheme not in {"mailto", "https"}:
        code = "http-scheme" if scheme == "http" else "unsupported-scheme"
        raise InvalidURIError(*words(code, scheme=scheme, uri=uri))
    bad = NOT_PCT_ENCODED.search(rest)
    if bad:
        sequence = rest[bad.start() : bad.start() + 3]
        cure = PLAIN_MAILBOX if scheme == "mailto" else PERCENT_SIGN
        raise InvalidURIError(*words("bad-percent-encoding", sequence=sequence, cure=cure))
    if entity := _HTML_ENTITY.search(rest):
        raise InvalidURIError(*words("html-entity", **entity_facts(entity[0])))
    if "#" in rest:
        raise InvalidURIError(*words("uri-fragment", uri=uri))
    return _mailto(uri, rest) if scheme == "mailto" else _https(uri, rest)


def entity_facts(entity: str) -> dict[str, str]:
    """The HTML entity, and the text that a URL has instead."""
    character = _ENTITIES[entity[1:-1].lower()]
    return {"entity": entity, "character": character, "cure": quote(character, safe="&'")}


def _refuse_invisible(character: str, uri: str) -> None:
    if character.isspace():
        facts = {"character": name_of(character), "uri": uri, "cure": "remove it"}
        raise InvalidURIError(*words("uri-whitespace", **facts))
    if not character.isprintable():
        code = "not-utf-8" if "\ud800" <= character <= "\udfff" else "control-character"
        raise InvalidURIError(*words(code, character=name_of(character)))


def _mailto(uri: str, rest: str) -> str:
    address, mark, _ = rest.partition("?")
    local, domain = mailbox(address)
    written = f"{quote(local, safe=_MAILBOX_SAFE)}@{_domain(domain)}"
    if "%" in written:
        raise InvalidURIError(*words("encoded-mailbox", mailbox=written, cure=PLAIN_MAILBOX))
    if mark:
        raise InvalidURIError(*words("mailto-header-fields", uri=uri, cure=f"mailto:{written}"))
    return f"mailto:{written}"


def mailbox(address: str) -> tuple[str, str]:
    """The local part and the domain of a percent-encoded mailbox, both decoded.

    RFC 5321 section 4.1.2 with RFC 6531 section 3.3; percent-encoding, RFC 6068 section 2.

    Raises:
        InvalidURIError: it is not a mailbox, or not at a domain.
    """
    try:
        raw_local, _, raw_domain = address.rpartition("@")
        local, domain = _decoded(raw_local), _decoded(raw_domain)
    except UnicodeDecodeError as error:
        raise _bad_mailbox(address, "its percent-encoding is not UTF-8", _URI_CURE) from error
    if not (local and domain):
        raise InvalidURIError(*words("mailto-no-mailbox", uri=f"mailto:{address}"))
    if not (local.isprintable() and domain.isprintable()):
        raise _bad_mailbox(address, "it holds invisible characters", _URI_CURE)
    _refuse_bad_mailbox(local, domain, _URI_CURE)
    return local, domain


def _refuse_bad_mailbox(local: str, domain: str, cure: str) -> None:
    whole = f"{local}@{domain}"
    if domain[0] == "[":
        raise InvalidURIError(*words("address-literal", mailbox=whole))
    if len(local.encode()) > _MAX_LOCAL_PART:
        raise _bad_mailbox(whole, "the part before the @ has more than 64 octets", cure)
    if not (DOT_STRING.fullmatch(local) or QUOTED_STRING.fullmatch(local)):
        raise _bad_mailbox(whole, "the part before the @ is malformed", cure)
    try:
        _domain(domain, normalize_host)
    except InvalidURIError as error:
        if error.code != "domain-is-url":
            raise
        # Its hint is for a form's domain.
        raise _bad_mailbox(whole, "the part after the @ is not a domain", cure) from error


def _bad_mailbox(mailbox: str, reason: str, cure: str) -> InvalidURIError:
    return InvalidURIError(*words("bad-mailbox", mailbox=mailbox, reason=reason, cure=cure))


def _https(uri: str, rest: str) -> str:
    match = _AUTHORITY.fullmatch(rest)
    if match is None or not match[1]:
        raise InvalidURIError(*words("missing-host", uri=uri))
    authority, path = match.groups()
    if "@" in authority:
        raise InvalidURIError(*words("uri-credentials", cure=credentials_cure(authority + path)))
    odd = _NOT_IN_PATH.search(path)
    if odd:
        facts = {"character": name_of(odd[0]), "cure": quote(odd[0], safe="")}
        raise InvalidURIError(*words("uri-character", **facts))
    parts = None if is_ipv6(authority) else _HOST_PORT.fullmatch(authority)
    if parts is None:
        raise InvalidURIError(*words("bad-host", host=authority))
    host, port = parts.groups()
    if not host:
        raise InvalidURIError(*words("missing-host", uri=uri))
    if port is not None and not is_port(port):
        raise InvalidURIError(*words("bad-port", uri=uri))
    colon = "" if port is None else f":{port}"
    return f"https://{_host(host)}{colon}{quote(path, safe=_URL_SAFE)}"


def credentials_cure(rest: str) -> str:
    """What to write for a URL with a user name, by what follows its slashes.

    With neither a password nor a path, it may be an address.
    """
    address = rest.removesuffix("/")
    if BARE_ADDRESS.fullmatch(address):
        return f"or, if this is an address, write mailto:{address}"
    return "and change the password"


def is_port(port: str) -> bool:
    """Whether it is a number from 1 to 65535."""
    match = _PORT.fullmatch(port)
    return match is not None and int(match[1]) <= _MAX_PORT


def is_address(host: str) -> bool:
    """Whether the host of a URL is an IPv4 address, or an IPv6 address in brackets."""
    return bool(IPV4ADDRESS.fullmatch(host)) or (host[:1] == "[" and is_ipv6(host[1:-1]))


def _host(host: str) -> str:
    """The host of a URL: an IPv4 address, an IPv6 address in brackets, or a domain in A-labels."""
    if is_address(host):
        return host.lower()
    try:
        domain = _decoded(host)
    except UnicodeDecodeError as error:
        raise InvalidURIError(*words("bad-host", host=host)) from error
    if GEN_DELIMS.search(domain):
        raise InvalidURIError(*words("bad-host", host=host))
    return _domain(domain)


def _domain(domain: str, normalize: Callable[[str], str] = host_to_publish) -> str:
    """A domain in a URI, in A-labels; a mistake in it is a mistake in the URI."""
    try:
        return normalize(domain)
    except InvalidDomainError as error:
        raise InvalidURIError(error.code, error.message, error.hint, error.facts) from error
