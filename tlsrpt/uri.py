"""`ReportURI`: where reports go, by mail (RFC 6068) or by HTTPS, as a tlsrpt-uri of RFC 8460."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple, Self, final
from urllib.parse import quote, unquote_to_bytes

from tlsrpt._abnf import (
    BAD_PCT_ENCODED,
    DOT_STRING,
    GEN_DELIMS,
    IPV4ADDRESS,
    NOT_IN_PATH,
    PCT_ENCODED,
    QUOTED_STRING,
    SCHEME,
    TLSRPT_URI,
    UNRESERVED,
)
from tlsrpt._display import name_of
from tlsrpt._spelling import (
    BARE_ADDRESS,
    RUA_PREFIX,
    listed,
    respelt,
    size_limit,
    within,
    wrapping,
)
from tlsrpt.domain import is_ipv6, normalize_host
from tlsrpt.errors import InvalidDomainError, InvalidURIError, TLSRPTError
from tlsrpt.findings import words

# RFC 5321 section 4.5.3.1.1, in octets
_MAX_LOCAL_PART: Final = 64

# Without any of these a URI is in normal form: capitals, percent-encoding, dot segments, and a
# host's final dot.
_VARIES: Final = re.compile(r"[A-Z%]|/\.|\.(?:[/:?#]|\Z)")
_UNUSUAL: Final = re.compile("[^!-~]")
# Of what East Asian keyboards type for ASCII, what begins a part of a URI, or another one.
_WIDE_MARKS: Final = re.compile("[\uff03\uff0c\uff0f\uff1a\uff1b\uff1f\uff20\uff3b\uff3d]+")
_ADDRESS_AND_REST: Final = re.compile(r"([^?#]*)([?#]?)(.*)", re.DOTALL)
_AUTHORITY: Final = re.compile(r"//([^/?]*)(.*)")
_HOST_PORT: Final = re.compile(r"(\[[^]]*\]|[^:\[]*)(?::(.*))?")
_MAX_PORT: Final = 65_535
_PORT: Final = re.compile("0*([1-9][0-9]{0,4})")
_PORT_AND_PATH: Final = re.compile("[0-9]+(?:/.*)?")
# RFC 3986 appendix A, less the three that RFC 8460 section 3 has percent-encoded.
_URL_SAFE: Final = "%:/?@$&'()*+="
# Less those that RFC 6068 section 2 has percent-encoded in a mailbox.
_MAILBOX_SAFE: Final = "%:@$'()*+"


@final
class ReportURI(str):
    """One reporting endpoint, a ``mailto:`` or ``https:`` URI (RFC 8460 section 3, tlsrpt-uri).

    It is a `str`: the text as it stands in the record. One that is constructed is strict and
    normal: scheme and host in lower case, host and mail domain in A-labels, ``,``, ``!``, ``;`` and
    all that is not ASCII percent-encoded, everything else untouched. One that was parsed is as it
    was published, be it of use or not.

    Args:
        uri: the endpoint, in ASCII or not.

    Raises:
        InvalidURIError: no sender could report there; the message says what to write instead.
        TypeError: it is not a `str`.

    >>> ReportURI("MAILTO:tls@Bücher.example")
    ReportURI('mailto:tls@xn--bcher-kva.example')
    >>> uri = ReportURI("https://reports.example.com/v1")
    >>> uri.scheme, uri.host, uri.address, uri.supported
    ('https', 'reports.example.com', None, True)
    """

    __slots__ = ()

    def __new__(cls, uri: str) -> Self:
        return super().__new__(cls, _publishable(uri))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return received, (str(self),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    @property
    def scheme(self) -> str:
        """The scheme in lower case (RFC 3986 section 3.1).

        >>> ReportURI("mailto:tls@example.com").scheme
        'mailto'
        """
        return self.partition(":")[0].lower()

    @property
    def address(self) -> str | None:
        """The mailbox of a mailto URI, decoded (RFC 6068 section 2); or None.

        >>> ReportURI("mailto:tls%2Breports@example.com").address
        'tls+reports@example.com'
        """
        parts = components(self)
        if self.scheme != "mailto" or parts.host is not None:
            return None
        try:
            local, domain = mailbox(parts.path)
        except TLSRPTError:
            return None
        return f"{local}@{domain}"

    @property
    def host(self) -> str | None:
        """The host of a URI with an authority, or the mail domain, in lower case and A-labels.

        An IPv6 address is in its brackets (RFC 3986 section 3.2.2).

        >>> ReportURI("mailto:tls@example.com").host
        'example.com'
        """
        host = components(self).host
        if host is None and self.address:
            host = self.address.rpartition("@")[2]
        return normal_host(host) if host else None

    @property
    def supported(self) -> bool:
        """Whether a sender can use it, being a mailto with one mailbox or an https URL with a host.

        >>> ReportURI("mailto:tls@example.com").supported
        True
        """
        if self.scheme == "https":
            return bool(components(self).host)
        return self.address is not None


def received(uri: str) -> ReportURI:
    """A tlsrpt-uri as it was published, let through unaltered."""
    return str.__new__(ReportURI, uri)


class Components(NamedTuple):
    """The components of a URI as they stand in it (RFC 3986 section 3); None where one is not."""

    scheme: str
    userinfo: str | None
    host: str | None
    port: str | None
    path: str
    query: str | None
    fragment: str | None


def components(uri: str) -> Components:
    """Take a tlsrpt-uri apart."""
    return Components(*TLSRPT_URI.fullmatch(uri).groups())  # type: ignore[union-attr]


def is_tlsrpt_uri(text: str) -> bool:
    """Whether the text is in the grammar of RFC 8460 section 3, tlsrpt-uri."""
    return TLSRPT_URI.fullmatch(text) is not None


def equivalence_key(uri: str) -> str:
    """What two tlsrpt-uris have in common just where RFC 3986 section 6.2.2 finds them equivalent.

    A host is also compared by its A-labels.

    >>> equivalence_key("HTTPS://R.example/a/../%7eb") == equivalence_key("https://r.example/~b")
    True
    """
    if not _VARIES.search(uri):
        return uri
    scheme, userinfo, host, port, path, query, fragment = components(uri)
    path = _normal_percent(path)
    if host is not None:
        at = "" if userinfo is None else f"{_normal_percent(userinfo)}@"
        colon = "" if port is None else f":{port}"
        path = f"//{at}{normal_host(host)}{colon}{_without_dot_segments(path)}"
    elif path.startswith("/"):
        path = _without_dot_segments(path)
        # Two slashes that the dots leave are not to be taken for an authority's.
        path = f"/.{path}" if path.startswith("//") else path
    elif scheme.lower() == "mailto":
        local, at, domain = path.rpartition("@")
        path = f"{local}{at}{normal_host(domain)}"
    question = "" if query is None else f"?{_normal_percent(query)}"
    hash_ = "" if fragment is None else f"#{_normal_percent(fragment)}"
    return f"{scheme.lower()}:{path}{question}{hash_}"


def _without_dot_segments(path: str) -> str:
    """A path that begins with a slash, or is empty, without "." and ".." (RFC 3986 section 5.2.4).

    What `rfc3986` offers for it takes "/..//a" for "/a".
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
    """Percent-encoding in upper case, and none where none need be (RFC 3986 section 6.2.2)."""
    return PCT_ENCODED.sub(_normal_triplet, text)


def _normal_triplet(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if UNRESERVED.fullmatch(character) else match[0].upper()


def normal_host(host: str) -> str:
    """A host for comparison: A-labels where it is a domain, else just in lower case."""
    try:
        return normalize_host(_decoded(host))
    except ValueError:
        return host.lower()


def _decoded(text: str) -> str:
    """The text with its percent-encoding resolved; a `UnicodeDecodeError` where it is no UTF-8."""
    return unquote_to_bytes(text).decode() if "%" in text else text


# --- The strict door: what a caller may publish ---------------------------------------------------


def _publishable(uri: str) -> str:
    if not isinstance(uri, str):
        raise TypeError(f"an endpoint is a str, not {type(uri).__name__}")
    if not uri:
        raise InvalidURIError(*words("empty-uri"))
    _refuse_wide_marks(uri)
    _refuse_beside(uri)
    _refuse_several(uri)
    meant = respelt(uri)
    if meant:
        raise InvalidURIError(*words("misspelt-scheme", uri=uri, cure=meant))
    _refuse_invisible(uri)
    other = within(uri)
    if other:
        raise InvalidURIError(*words("uri-within-uri", uri=uri, within=other[0]))
    scheme, rest = _split_scheme(uri)
    bad = BAD_PCT_ENCODED.search(rest)
    if bad:
        sequence = rest[bad.start() : bad.start() + 3]
        raise InvalidURIError(*words("bad-percent-encoding", sequence=sequence))
    return _mailto(uri, rest) if scheme == "mailto" else _https(uri, rest)


def _refuse_wide_marks(uri: str) -> None:
    wide = _WIDE_MARKS.search(uri)
    if wide:
        cure = unicodedata.normalize("NFKC", wide[0])
        raise InvalidURIError(*words("look-alike", characters=wide[0], cure=cure))


def _refuse_beside(uri: str) -> None:
    """Name what was copied along with an endpoint, before it is taken for a part of it."""
    if uri.lower().startswith("v="):
        raise InvalidURIError(*words("record-for-endpoint", uri=uri))
    if RUA_PREFIX.match(uri):
        raise InvalidURIError(*words("rua-in-list"))
    marks = wrapping(uri)
    if marks:
        raise InvalidURIError(*words("wrapped-uri", wrapping=marks))
    if uri[-1] in ",;":
        cure = uri.rstrip(",;")
        cure = f"mailto:{cure}" if BARE_ADDRESS.fullmatch(cure) else cure
        code = "separator-at-end" if cure else "empty-uri"
        raise InvalidURIError(*words(code, uri=uri, cure=cure))
    limit = size_limit(uri)
    if limit:
        raise InvalidURIError(*words("dmarc-size-limit", limit=limit))


def _refuse_several(uri: str) -> None:
    parts = [uri[start:end] for start, end in listed(uri)]
    if len(parts) > 1:
        cures = [part if ":" in part else f"mailto:{part}" for part in parts]
        raise InvalidURIError(*words("uri-list", uri=uri, cure=" and ".join(cures)))


def _refuse_invisible(uri: str) -> None:
    for match in _UNUSUAL.finditer(uri):
        character = match[0]
        if character.isspace():
            facts = {"character": name_of(character), "uri": uri}
            raise InvalidURIError(*words("uri-white-space", **facts))
        if not character.isprintable():
            code = "not-utf-8" if "\ud800" <= character <= "\udfff" else "control-character"
            raise InvalidURIError(*words(code, character=name_of(character)))


def _split_scheme(uri: str) -> tuple[str, str]:
    """The scheme, mailto or https, and what follows its colon."""
    scheme, colon, rest = uri.partition(":")
    scheme = scheme.lower()
    if colon and scheme in {"mailto", "https"}:
        return scheme, rest
    is_host = "." in scheme and _PORT_AND_PATH.fullmatch(rest)
    if is_host or not (colon and SCHEME.fullmatch(scheme)):
        code = "bare-address" if BARE_ADDRESS.fullmatch(uri) else "missing-scheme"
        raise InvalidURIError(*words(code, uri=uri, cure=f"mailto:{uri}"))
    if scheme == "http":
        raise InvalidURIError(*words("http-scheme", uri=uri))
    raise InvalidURIError(*words("unsupported-scheme", scheme=scheme, uri=uri))


def _mailto(uri: str, rest: str) -> str:
    address, mark, after = _ADDRESS_AND_REST.fullmatch(rest).groups()  # type: ignore[union-attr]
    if address and "@" not in address and "@" in after and "=" not in after:
        facts = {"character": name_of(mark), "cure": quote(mark)}
        raise InvalidURIError(*words("uri-character", **facts))
    if "#" in rest:
        raise InvalidURIError(*words("uri-fragment", uri=uri))
    domain = mailbox(address)[1]
    if mark:
        raise InvalidURIError(*words("mailto-header-fields", uri=uri, cure=f"mailto:{address}"))
    local = quote(address.rpartition("@")[0], safe=_MAILBOX_SAFE)
    return f"mailto:{local}@{_domain(domain)}"


def mailbox(address: str) -> tuple[str, str]:
    """The local part and the domain of a percent-encoded mailbox, both decoded.

    RFC 5321 section 4.1.2 with RFC 6531 section 3.3; percent-encoding, RFC 6068 section 2.
    """
    try:
        raw_local, _, raw_domain = address.rpartition("@")
        local, domain = _decoded(raw_local), _decoded(raw_domain)
    except UnicodeDecodeError as error:
        raise _bad_mailbox(address, "its percent-encoding is no UTF-8") from error
    if not (local and domain):
        raise InvalidURIError(*words("mailto-no-mailbox", uri=f"mailto:{address}"))
    if domain[0] == "[":
        raise InvalidURIError(*words("address-literal", mailbox=f"{local}@{domain}"))
    if not (DOT_STRING.fullmatch(local) or QUOTED_STRING.fullmatch(local)):
        raise _bad_mailbox(
            f"{local}@{domain}", "before the @ goes a word, or words parted by single dots"
        )
    if len(local.encode()) > _MAX_LOCAL_PART:
        raise _bad_mailbox(f"{local}@{domain}", "before the @ go 64 octets at most")
    _domain(domain)
    return local, domain


def _bad_mailbox(mailbox: str, reason: str) -> InvalidURIError:
    return InvalidURIError(*words("bad-mailbox", mailbox=mailbox, reason=reason))


def _https(uri: str, rest: str) -> str:
    if "#" in rest:
        raise InvalidURIError(*words("uri-fragment", uri=uri))
    match = _AUTHORITY.fullmatch(rest)
    if match is None or not match[1]:
        raise InvalidURIError(*words("missing-host", uri=uri))
    authority, path = match.groups()
    if "@" in authority:
        raise InvalidURIError(*words("uri-credentials"))
    odd = NOT_IN_PATH.search(path)
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


def is_port(port: str) -> bool:
    """Whether it is a number from 1 to 65535."""
    match = _PORT.fullmatch(port)
    return match is not None and int(match[1]) <= _MAX_PORT


def _host(host: str) -> str:
    """The host of a URL: an IPv4 address, an IPv6 address in brackets, or a domain in A-labels."""
    if IPV4ADDRESS.fullmatch(host) or (host[0] == "[" and is_ipv6(host[1:-1])):
        return host.lower()
    try:
        domain = _decoded(host)
    except UnicodeDecodeError as error:
        raise InvalidURIError(*words("bad-host", host=host)) from error
    if GEN_DELIMS.search(domain):
        raise InvalidURIError(*words("bad-host", host=host))
    return _domain(domain)


def _domain(domain: str) -> str:
    """A domain in a URI, in A-labels; what is wrong with it is wrong with the URI."""
    try:
        return normalize_host(domain)
    except InvalidDomainError as error:
        raise InvalidURIError(error.code, error.message, error.hint) from error
