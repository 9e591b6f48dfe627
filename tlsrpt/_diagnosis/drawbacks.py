"""Drawbacks of valid records: endpoints that senders cannot use, and what else costs reports.

Each pass here is a function from a text to findings. It looks at the parts that are in the grammar.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from tlsrpt._abnf import (
    TLSRPT_EXTENSION,
    TLSRPT_URI,
    TLSRPT_VERSION,
    tlsrpt_record,
)
from tlsrpt._catalogue import words
from tlsrpt._diagnosis.edits import Edit, Finding, make_finding, make_stray
from tlsrpt._diagnosis.endpoints import (
    endpoints_in,
    endpoints_of,
    misspelled_scheme,
    placeholder_in,
    published,
    unfilled,
    values_of,
)
from tlsrpt._diagnosis.fields import Span, fields_of, split
from tlsrpt._diagnosis.spelling import ADDRESS, SCHEMES, respelled, within
from tlsrpt._endpoint import (
    HTML_ENTITY,
    PLAIN_MAILBOX,
    PLAIN_URI,
    components,
    credentials_cure,
    entity_facts,
    equivalence_key,
    is_address,
    is_port,
    is_supported,
    mailbox,
    normal_host,
)
from tlsrpt._text import canonical
from tlsrpt._version import versions_in
from tlsrpt.domain import normalize_host, owner_name
from tlsrpt.errors import InvalidDomainError, InvalidURIError
from tlsrpt.txt import MAX_STRING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlsrpt._catalogue import Severity
    from tlsrpt._text import Parts
    from tlsrpt._version import Version

# RFC 7489 section 6.3, RFC 9091 section 4.2 and its successor; RFC 8461 sections 3.1 and 3.2
_FOREIGN: Final[dict[str, str]] = {
    **dict.fromkeys(
        ["p", "sp", "np", "pct", "adkim", "aspf", "fo", "rf", "ri", "ruf", "psd", "t"], "DMARC"
    ),
    **dict.fromkeys(["id", "mode", "mx", "max_age"], "MTA-STS"),
}

# RFC 6761, and what IANA has registered with it since
_SPECIAL_USE: Final = (
    ".test",
    ".localhost",
    ".invalid",
    ".local",
    ".onion",
    ".alt",
    ".internal",
    ".home.arpa",
)
# RFC 2606 and RFC 6761: names for documentation
_DOCUMENTATION: Final = (".example", ".example.com", ".example.net", ".example.org")

# Most endpoints: of the plain form, and at a host that has a dot and is not special.
_LAST_LABELS: Final = "|".join({name.rpartition(".")[2] for name in _SPECIAL_USE})
# A plain URI. Before it is matched, a look ahead finds the last dot of its host, and after that no
# label of special use.
_UNREMARKABLE: Final = re.compile(
    rf"(?=(?:https://|[^@/]*@)[^/]*\.(?!(?:{_LAST_LABELS})(?:/|\Z))[^./]+(?:/|\Z)){PLAIN_URI.pattern}"
)

_HTML_ENTITY: Final = re.compile(rf"{HTML_ENTITY}\Z", re.IGNORECASE)
_QUERY: Final = re.compile("[?#]")
_COMMA_SPACE: Final = re.compile(r"(?<![ \t])(?:[ \t]+,[ \t]*|,[ \t]+)")
_VERSION_SPACE: Final = re.compile(rf"{TLSRPT_VERSION}([ \t]+);")

# RFC 1035 section 4.1: the header, the question's type and class, and of the answer a compressed
# owner name, type, class, TTL and length.
_ANSWER_OVERHEAD: Final = 12 + 4 + 12
# RFC 1035 section 4.2.1; what passes unfragmented nearly everywhere, EDNS's own 11 octets included.
_UDP_CLASSIC: Final = 512
_UDP_EDNS: Final = 1232
_EDNS_OVERHEAD: Final = 11


def has_no_drawback(text: str, parts: Parts, domain: str | None) -> bool:
    """Whether a record, like most, plainly has no drawback but its length."""
    uris, extensions = parts
    value = canonical(uris, extensions)
    if extensions or not (text == value or text == value.replace("; ", ";")):
        return False
    may_be_special = domain is not None and "example" in value
    are_unique = len(set(uris)) == len(uris)
    return are_unique and not may_be_special and all(map(_UNREMARKABLE.fullmatch, uris))


def schemes(text: str, *, is_record: bool) -> Iterator[Finding]:
    """Schemes that the grammar admits and that are plainly misspelled.

    Args:
        text: the text, after the fixes so far.
        is_record: whether it was in the grammar before them, so that this slip alone may keep it
            from working.
    """
    uris = [uri for uri in endpoints_of(text) if _is_uri(uri)]
    usable = any(is_supported(uri.text) for uri in uris)
    is_after_query = False
    for uri in uris:
        meant = respelled(uri.text)
        if meant:
            finding = misspelled_scheme(uri, meant)
            # After a query, it may be a part of that. And /tls@example.com is a valid mailbox.
            is_unclear = is_after_query or is_supported(uri.text)
            fix = None if is_unclear else finding.fix
            severity: Severity = "error" if is_record and not usable else "warning"
            yield finding._replace(severity=severity, fix=fix)
        is_after_query = is_after_query or _QUERY.search(uri.text) is not None


def drawbacks(text: str, domain: str | None, *, is_alone: bool) -> Iterator[Finding]:
    """The drawbacks of a text.

    Args:
        text: the text, after the fixes so far.
        domain: the Policy Domain, if it is known.
        is_alone: whether there is no other TXT record beside it.
    """
    values = list(values_of(text))
    uris = [uri for uri in endpoints_in(text, values) if _is_uri(uri)]
    extensions = [field for field in fields_of(text) if TLSRPT_EXTENSION.fullmatch(field.text)]
    special = _special_names(domain)
    for uri in uris:
        if placeholder := placeholder_in(uri.text):
            yield unfilled(uri, placeholder)._replace(severity="warning")
        elif version := _version_after(uri, text):
            finding = make_finding("several-records", uri.start + version.start, uri.end)
            yield finding._replace(severity="warning")
        else:
            yield from _of_uri(uri, special)
    usable = any(is_supported(uri.text) for uri in uris)
    if uris and not usable and tlsrpt_record(text):
        yield make_finding("no-usable-endpoint", values[0].start, values[-1].end)
    yield from _of_form(text, values, extensions, is_alone=is_alone)
    yield from _of_extensions(text, extensions, has_rua=bool(values))


def duplicates(text: str) -> Iterator[Finding]:
    """Endpoints that are equivalent to an earlier one (RFC 3986 section 6.2.2)."""
    seen: set[str | None] = set()
    before = 0
    for field in fields_of(text):
        if field.text.startswith("rua="):
            uris = list(split(text, ",", field.start + 4, field.end))
            keys = [equivalence_key(uri.text) if _is_uri(uri) else None for uri in uris]
            are_new: list[bool] = []
            for key in keys:
                are_new.append(key is None or key not in seen)
                seen.add(key)
            first = are_new.index(True) if True in are_new else None
            for i, uri in enumerate(uris):
                if are_new[i]:
                    continue
                if first is None:
                    edit = Edit(before, field.end, "")
                elif i < first:
                    edit = Edit(uris[0].start, uris[first].start, "")
                else:
                    edit = Edit(uris[i - 1].end, uri.end, "")
                yield make_finding("duplicate-endpoint", uri.start, uri.end, edit)
        before = field.end


def _is_uri(span: Span) -> bool:
    return TLSRPT_URI.fullmatch(span.text) is not None


def _special_names(domain: str | None) -> tuple[str, ...]:
    """The names that senders cannot reach; in an example, names for documentation are fine."""
    if domain is None or f".{domain}".endswith(_SPECIAL_USE + _DOCUMENTATION):
        return _SPECIAL_USE
    return _SPECIAL_USE + _DOCUMENTATION


def _of_uri(uri: Span, special: tuple[str, ...]) -> Iterator[Finding]:
    text, start, end = uri
    written, _, host, _, path, query, fragment = components(text)
    scheme = written.lower()
    if respelled(text):
        # `schemes` reports it
        return
    if scheme != written and scheme in {"mailto", "https"}:
        last = start + len(scheme)
        edit = Edit(start, last, scheme)
        yield make_finding("scheme-case", start, last, edit, written=written, cure=f"{scheme}:")
    other = within(text)
    if other:
        yield make_finding("uri-within-uri", start + other.start(), end, uri=text)
        if text[: other.start()].endswith("//"):
            # The second URI is where the host should be, so there is no more to say.
            return
    # What follows the ? of a mailto URI is pointed out below.
    last = len("mailto:") + len(path) if scheme == "mailto" else len(text)
    equals_sign = text.find("=", 0, last)
    if equals_sign >= 0 and scheme in {"mailto", "https"}:
        yield make_finding("uri-equals-sign", start + equals_sign, start + equals_sign + 1)
    if fragment is not None:
        yield make_finding("uri-fragment", end - len(fragment) - 1, end, uri=text)
    if scheme == "mailto" and host is not None:
        yield make_finding("mailto-no-mailbox", start, end, uri=text)
    elif scheme == "mailto":
        if query is not None and "@" in path:
            cure = published(f"mailto:{path}") or PLAIN_MAILBOX
            yield make_finding("mailto-header-fields", start, end, cure=cure)
        yield from _of_mailbox(uri, path, special)
    elif scheme != "https":
        code = "http-scheme" if scheme == "http" else "unsupported-scheme"
        last = end if scheme == "http" else start + len(scheme)
        yield make_finding(code, start, last, scheme=scheme, uri=text)
    elif host:
        yield from _of_url(uri, special)
    else:
        yield make_finding("missing-host", start, end, uri=text)


def _version_after(uri: Span, text: str) -> Version | None:
    """The version of another record at the end of a URI: the strings of both were joined.

    A query may end like this, but not where a semicolon follows.

    >>> text = "v=TLSRPTv1; rua=mailto:a@example.comv=TLSRPTv1; rua=mailto:b@example.com"
    >>> _version_after(Span(text[16:46], 16, 46), text).written
    'v=TLSRPTv1'
    """
    for version in versions_in(uri.text):
        if version.end == len(uri.text):
            is_query = uri.text[version.start - 1] in "?&"
            return None if is_query and not text.startswith(";", uri.end) else version
    return None


def _of_url(uri: Span, special: tuple[str, ...]) -> Iterator[Finding]:
    text, start, _ = uri
    _, userinfo, written, port, *_ = components(text)
    host = written or ""
    place = start + len("https://")
    if userinfo is not None:
        cure = credentials_cure(text[len("https://") :])
        yield make_finding("uri-credentials", place, place + len(userinfo), cure=cure)
        place += len(userinfo) + 1
    name = normal_host(host)
    if "%" in host and "%" not in name:
        # RFC 3986 section 3.2.2 allows it, but not every HTTP client decodes it.
        end = place + len(host)
        edits = [Edit(place, end, name)] if published(text) else []
        yield make_finding("bad-host", place, end, *edits, host=host)
    yield from _of_host(host, port, place, special)


def _of_mailbox(uri: Span, path: str, special: tuple[str, ...]) -> Iterator[Finding]:
    _, start, end = uri
    try:
        domain = mailbox(path)[1]
    except InvalidURIError as error:
        code, message, hint, facts = error.code, error.message, error.hint, error.facts
        if code not in {"mailto-no-mailbox", "bad-mailbox", "address-literal"}:
            # The mistake is in the domain.
            end = start + len("mailto:") + len(path)
            start = end - len(path.rpartition("@")[2])
            about = {"mailbox": path, "reason": message, "cure": "mailto:tls@example.com"}
            code, message, hint, facts = words("bad-mailbox", **about)
        yield Finding(code, "warning", message, (start, end), hint, None, facts)
        return
    first = start + len("mailto:")
    last = first + len(path)
    if "%" in path:
        plain = published(f"mailto:{path}")
        edits = [Edit(first, last, plain.removeprefix("mailto:"))] if plain else []
        cure = plain or PLAIN_MAILBOX
        yield make_finding("encoded-mailbox", first, last, *edits, mailbox=path, cure=cure)
    elif domain.endswith("."):
        yield make_stray("final-dot", last - 1, last)
    place = last - len(path.rpartition("@")[2])
    yield from _of_name(normalize_host(domain), place, last, special)


def _of_host(
    host: str, port: str | None, start: int, special: tuple[str, ...]
) -> Iterator[Finding]:
    end = start + len(host)
    if is_address(host):
        address = ip_address(host.strip("[]"))
        if not address.is_global or address.is_multicast:
            yield make_finding(
                "unreachable-host", start, end, host=host, reason="not a public address"
            )
    else:
        yield from _of_name(normal_host(host), start, end, special)
    if port is not None and not is_port(port):
        yield make_finding("bad-port", end, end + 1 + len(port), uri=f"https://{host}:{port}")


def _of_name(name: str, start: int, end: int, special: tuple[str, ...]) -> Iterator[Finding]:
    """What keeps senders from the host of that name."""
    try:
        normalize_host(name)
    except InvalidDomainError:
        yield make_finding("bad-host", start, end, host=name)
        return
    reason = "" if "." in name else "a name without a dot"
    if f".{name}".endswith(special):
        reason = "a name reserved for special use (RFC 6761)"
    if reason:
        yield make_finding("unreachable-host", start, end, host=name, reason=reason)


def _of_form(
    text: str, values: list[Span], extensions: list[Span], *, is_alone: bool
) -> Iterator[Finding]:
    """Drawbacks of the order and the whitespace, with some readers."""
    space = _VERSION_SPACE.match(text)
    if space:
        finding = make_stray("whitespace-before-semicolon", *space.span(1))
        yield finding if is_alone else finding._replace(severity="error")
    for value in values:
        for gap in _COMMA_SPACE.finditer(text, value.start, value.end):
            yield make_finding("comma-whitespace", *gap.span(), Edit(*gap.span(), ","))
        entity = _HTML_ENTITY.search(value.text)
        if entity and text.startswith(";", value.end):
            place = value.start + entity.start()
            yield make_finding("html-entity", place, value.end, **entity_facts(f"{entity[0]};"))
    for value in values[1:]:
        yield make_finding("duplicate-rua", value.start, value.end)
    if values and extensions and extensions[0].start < values[0].start:
        yield make_finding("rua-not-first", values[0].start, values[0].end)


def _of_extensions(text: str, extensions: list[Span], *, has_rua: bool) -> Iterator[Finding]:
    for field in extensions:
        name, _, value = field.text.partition("=")
        span = (field.start, field.end)
        kind = _FOREIGN.get(name.lower())
        semicolon = text.rindex(";", 0, field.start)
        is_cut_off = _HTML_ENTITY.search(text[max(0, semicolon - 6) : semicolon])
        if name == "v":
            yield make_finding("duplicate-version", *span)
        elif name.lower() == "ruf" and not has_rua:
            # It is reported as the mistake that it is.
            continue
        elif kind:
            yield make_finding("foreign-field", *span, name=name, kind=kind)
        elif name.lower() == "rua" or SCHEMES.match(value) or ADDRESS.fullmatch(value):
            yield make_finding("other-rua", *span, name=name)
        elif not is_cut_off:
            yield make_finding("unknown-extension", *span, name=name)


def unlikely_domain(domain: str | None) -> Iterator[Finding]:
    """A Policy Domain that hardly anybody has addresses at: a web host, or a single label."""
    if domain and (domain.startswith("www.") or "." not in domain):
        yield make_finding("unlikely-domain", 0, 0, domain=domain)


def length(octets: int, domain: str | None) -> Iterator[Finding]:
    """Drawbacks of several strings (RFC 1035 section 3.3), or of a record too long for UDP."""
    if octets <= MAX_STRING:
        return
    count = -(-octets // MAX_STRING)
    yield make_finding("several-strings", 0, octets, length=octets, count=count)
    size = _ANSWER_OVERHEAD + len(owner_name(domain)) + 2 + octets + count
    if size + _EDNS_OVERHEAD > _UDP_EDNS:
        yield make_finding("udp-1232", 0, octets, size=size + _EDNS_OVERHEAD)
    elif size > _UDP_CLASSIC:
        yield make_finding("udp-512", 0, octets, size=size)
