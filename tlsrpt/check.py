"""`check`: all that is wrong with a record, the catches it has, and what it was meant to be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from tlsrpt._abnf import IPV4ADDRESS, TLSRPT_VERSION
from tlsrpt._parser import Reading, read
from tlsrpt._spelling import BARE_ADDRESS, BEGINS_ANEW, misspelt_length, respelt, within
from tlsrpt.domain import PLAIN_DOMAIN, is_ipv6, normalize_domain, normalize_host, owner_name
from tlsrpt.errors import InvalidDomainError, InvalidURIError
from tlsrpt.findings import Finding, find
from tlsrpt.record import Extension, TLSRPTRecord, assemble
from tlsrpt.txt import MAX_STRING, read_txt
from tlsrpt.uri import (
    ReportURI,
    components,
    equivalence_key,
    is_port,
    mailbox,
    normal_host,
    received,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

# RFC 7489 section 6.3, RFC 9091 section 4.2 and its successor; RFC 8461 sections 3.1 and 3.2
_FOREIGN: Final[dict[str, str]] = {
    **dict.fromkeys(
        ["p", "sp", "np", "pct", "adkim", "aspf", "fo", "rf", "ri", "ruf", "psd", "t"], "DMARC"
    ),
    **dict.fromkeys(["id", "mode", "mx", "max_age"], "MTA-STS"),
}

# RFC 2606, RFC 6761, and what IANA has registered with them since
_SPECIAL_USE: Final = (
    ".example",
    ".example.com",
    ".example.net",
    ".example.org",
    ".test",
    ".localhost",
    ".invalid",
    ".local",
    ".onion",
    ".alt",
    ".internal",
    ".home.arpa",
)

_COMMA_SPACE: Final = re.compile(r"(?<![ \t])[ \t]++,[ \t]*+|,[ \t]++")
# Most destinations: in normal form, with nothing to decode; a mailto draws nothing.
_PLAIN_MAILTO: Final = re.compile(
    rf"mailto:(?=[^@]{{1,64}}@)[A-Za-z0-9_-]++(?:[.+][A-Za-z0-9_-]++)*+@(?:{PLAIN_DOMAIN})"
)
_PLAIN_URL: Final = re.compile(r"https://([a-z0-9.-]++)(?<!\.)(?:/[A-Za-z0-9_-]*+)*+")
# A record that was glued to another ends in the other's version.
_RECORD_WITHIN: Final = re.compile(rf"(?<![/?&]){TLSRPT_VERSION}\Z")
_VERSION_SPACE: Final = re.compile(rf"{TLSRPT_VERSION}([ \t]++);")

# RFC 1035 section 4.1: the header, the question's type and class, and of the answer a compressed
# owner name, type, class, TTL and length.
_ANSWER_OVERHEAD: Final = 12 + 4 + 12
# RFC 1035 section 4.2.1; what passes unfragmented nearly everywhere, EDNS's own 11 octets included.
_UDP_CLASSIC: Final = 512
_UDP_EDNS: Final = 1232
_EDNS_OVERHEAD: Final = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What `check` found.

    Attributes:
        ok: whether a sender that follows RFC 8460 has somewhere to send reports: the text is in the
            grammar, and a destination is of use.
        record: what a forgiving reader would take from the text; None where nothing is usable.
        findings: the mistakes and the catches, in order of place.
        fixed: the canonical record that the text was meant to be, where everything wrong with it
            can be mended without guessing; else None.

    >>> result = check("v=TSLRPTv1; rua=tls@example.com")
    >>> result.ok, result.record, result.fixed
    (False, None, 'v=TLSRPTv1; rua=mailto:tls@example.com')
    >>> [finding.code for finding in result.findings]
    ['misspelt-version', 'bare-address']
    """

    ok: bool
    record: TLSRPTRecord | None
    findings: tuple[Finding, ...]
    fixed: str | None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that cost reports, in order of place.

        >>> check("v=TLSRPTv1; rua=mailto:tls@example.com").errors
        ()
        """
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that tell of a catch, in order of place.

        >>> [w.code for w in check("v=TLSRPTv1 ; rua=mailto:tls@example.com").warnings]
        ['space-before-semicolon']
        """
        return tuple(finding for finding in self.findings if finding.severity == "warning")


def check(text: str | bytes | Iterable[str | bytes], *, domain: str | None = None) -> CheckResult:
    """Say what is wrong with a record, where, and what it was meant to be.

    No text makes it fail: it has a result for each.

    Args:
        text: the record in any form that `TLSRPTRecord.parse` takes.
        domain: the Policy Domain it was published for, as `normalize_domain` takes it.

    Raises:
        InvalidDomainError: the domain is no Policy Domain.
        TypeError: the text is none of these forms.

    >>> check("v=TLSRPTv1; rua=mailto:tls@example.com").ok
    True
    >>> print(check("v=TLSRPTv1; rua=http://r.example/").warnings[0].hint)
    write https:// if the server speaks TLS
    """
    value = read_txt(text)
    if domain is not None:
        domain = normalize_domain(domain)
    reading = read(value)
    sound = not reading.findings
    findings, useful = _findings(value, reading, domain)
    record = _record(reading, domain)
    if sound and useful and not any(finding.severity == "error" for finding in findings):
        fixed = None if record is None else record.value
    else:
        fixed = _mended(reading)
    return CheckResult(ok=sound and useful, record=record, findings=tuple(findings), fixed=fixed)


def _findings(text: str, reading: Reading, domain: str | None) -> tuple[list[Finding], bool]:
    """The mistakes and the catches in a text, and whether a destination is of use."""
    findings = reading.findings[:]
    if not reading.usable:
        return findings, False
    useful = _catches_of_uris(reading, findings)
    _catches_of_form(text, reading, findings)
    if reading.length > MAX_STRING:
        _catches_of_size(reading.length, len(text), domain, findings)
    if len(findings) > 1:
        findings.sort(key=attrgetter("span"))
    return findings, useful


def _record(reading: Reading, domain: str | None) -> TLSRPTRecord | None:
    uris = tuple([received(uri) for uri, _, _, stood in reading.uris if stood])
    if not (uris and reading.usable):
        return None
    extensions = tuple([Extension(name, value) for name, value, _, _ in reading.extensions])
    return assemble(TLSRPTRecord, uris, domain, extensions)


def _mended(reading: Reading) -> str | None:
    """The record that was meant, unless something about it is still wrong."""
    if not (reading.mendable and reading.uris):
        return None
    if _is_torn_query(reading):
        return None
    uris = tuple(_mended_uri(received(uri)) for uri, _, _, _ in reading.uris)
    if not all(uri.supported or uri.scheme not in {"mailto", "https"} for uri in uris):
        return None
    if any(map(within, uris)):
        return None
    extensions = tuple(Extension(name, value) for name, value, _, _ in reading.extensions)
    value = assemble(TLSRPTRecord, uris, None, extensions).value
    findings, _ = _findings(value, read(value), None)
    return None if any(finding.severity == "error" for finding in findings) else value


def _is_torn_query(reading: Reading) -> bool:
    """Whether what was mended, or left out, may belong to the query or fragment before it."""
    after_query = False
    outside = {f.span[0] for f in reading.findings if f.code == "uri-outside-rua"}
    for uri, start, _, stood in reading.uris:
        if after_query and (start in outside or not stood or respelt(uri)):
            return True
        after_query = after_query or "?" in uri or "#" in uri
    return after_query and any(f.code == "empty-extension-value" for f in reading.findings)


def _mended_uri(uri: ReportURI) -> ReportURI:
    """What was meant by a URI that is in the grammar, but whose beginning may be misspelt."""
    meant = respelt(uri)
    try:
        return uri if meant is None else ReportURI(meant)
    except InvalidURIError:
        return uri


# --- Catches: what the grammar admits, and what comes of it ---------------------------------------


def _catches_of_uris(reading: Reading, findings: list[Finding]) -> bool:
    """Whether a sender can use any of the URIs; the catches of those that stand in the text."""
    useful = False
    seen: set[str] = set()
    for uri, start, end, stood in reading.uris:
        key = uri
        # Where it was mended, or some of it was escaped or in another string, nothing is shown.
        in_full = stood and end - start == len(uri)
        if _PLAIN_MAILTO.fullmatch(uri):
            useful = True
        elif url := _PLAIN_URL.fullmatch(uri):
            useful = True
            if in_full:
                _catches_of_host(url[1], None, start + url.start(1), findings)
        else:
            useful = received(uri).supported or useful
            if in_full:
                _catches_of_uri(uri, start, findings)
            key = equivalence_key(uri)
        if key in seen:
            findings.append(find("repeated-destination", start, end))
        seen.add(key)
    if reading.uris and not useful:
        values = reading.rua_values
        findings.append(find("no-destination", values[0][0], values[-1][1]))
    return useful


def _catches_of_uri(uri: str, start: int, findings: list[Finding]) -> None:
    scheme, userinfo, host, port, path, query, fragment = components(uri)
    scheme = scheme.lower()
    end = start + len(uri)
    meant = respelt(uri)
    if meant:
        last = start + misspelt_length(uri, meant)
        findings.append(find("misspelt-scheme", start, last, uri=uri, cure=meant))
        return
    other = within(uri)
    if other:
        place = start + other.start()
        findings.append(find("uri-within-uri", place, end, uri=uri, within=other[0]))
        if uri[: place - start].endswith("//"):
            # It is taken for the host: no more can be said of the first.
            return
    second = _RECORD_WITHIN.search(uri)
    if second:
        findings.append(find("several-records", start + second.start(), end))
    if fragment is not None:
        findings.append(find("uri-fragment", end - len(fragment) - 1, end, uri=uri))
    if scheme == "mailto":
        if query is not None and "@" in path:
            cure = uri.partition("?")[0]
            findings.append(find("mailto-header-fields", start, end, uri=uri, cure=cure))
        _catches_of_mailbox(path, start, end, findings)
    elif scheme != "https":
        findings.append(_catch_of_scheme(uri, scheme, start))
    elif not host:
        findings.append(find("missing-host", start, end, uri=uri))
    else:
        place = start + len("https://")
        if userinfo is not None:
            findings.append(find("uri-credentials", place, place + len(userinfo)))
            place += len(userinfo) + 1
        _catches_of_host(host, port, place, findings)


def _catches_of_mailbox(path: str, start: int, end: int, findings: list[Finding]) -> None:
    try:
        mailbox(path)
    except InvalidURIError as error:
        if error.code not in {"mailto-no-mailbox", "bad-mailbox", "address-literal"}:
            # It is the domain that is wrong.
            end = start + len("mailto:") + len(path)
            start = end - len(path.rpartition("@")[2])
        code = error.code if error.code == "mailto-no-mailbox" else "bad-mailbox"
        findings.append(Finding(code, "warning", error.message, (start, end), error.hint))


def _catches_of_host(host: str, port: str | None, start: int, findings: list[Finding]) -> None:
    end = start + len(host)
    reason = _why_unreachable(host)
    if reason:
        findings.append(find("unreachable-host", start, end, host=host, reason=reason))
    if port is not None and not is_port(port):
        findings.append(find("bad-port", end, end + 1 + len(port), uri=f"https://{host}:{port}"))


def _catch_of_scheme(uri: str, scheme: str, start: int) -> Finding:
    if scheme == "http":
        return find("http-scheme", start, start + len(uri), uri=uri)
    return find("unsupported-scheme", start, start + len(scheme), scheme=scheme, uri=uri)


def _why_unreachable(host: str) -> str | None:
    """What keeps senders from the host of a URL; None where nothing is known to."""
    if IPV4ADDRESS.fullmatch(host) or (host[0] == "[" and is_ipv6(host[1:-1])):
        return _why_address_unreachable(host.strip("[]"))
    try:
        name = normalize_host(normal_host(host) if "%" in host else host)
    except InvalidDomainError:
        return "no host name (RFC 1123)"
    if f".{name}".endswith(_SPECIAL_USE):
        return "a name reserved for special use (RFC 6761)"
    return None if "." in name else "a name of a single label"


def _why_address_unreachable(literal: str) -> str | None:
    address = ip_address(literal)
    if address.is_loopback:
        return "a loopback address"
    if address.is_link_local:
        return "a link-local address"
    if address.is_private:
        return "a private or reserved address"
    return None if address.is_global and not address.is_multicast else "no public address"


def _catches_of_form(text: str, reading: Reading, findings: list[Finding]) -> None:
    """What the order and the spacing of the fields cost with some readers."""
    space = _VERSION_SPACE.match(text)
    if space:
        findings.append(find("space-before-semicolon", *space.span(1)))
    for start, end in reading.rua_values:
        value = text[start:end]
        if " " in value or "\t" in value:
            blanks = _COMMA_SPACE.finditer(text, start, end)
            findings += [find("comma-white-space", *blank.span()) for blank in blanks]
    # A URI outside of rua is no rua field, though it is read as one.
    outside = {finding.span for finding in findings if finding.code == "uri-outside-rua"}
    findings += [
        find("repeated-rua", *span) for span in reading.rua_values[1:] if span not in outside
    ]
    extensions = reading.extensions
    if extensions and reading.rua_values and extensions[0][2] < reading.rua_values[0][0]:
        findings.append(find("rua-not-first", *reading.rua_values[0]))
    findings += [
        _catch_of_extension(name, value, start, end)
        for name, value, start, end in extensions
        if reading.rua_values or name.lower() != "ruf"
    ]


def _catch_of_extension(name: str, value: str, start: int, end: int) -> Finding:
    if name == "v":
        return find("repeated-version", start, end)
    if name.lower() == "rua":
        return find("other-rua", start, end, name=name)
    kind = _FOREIGN.get(name.lower())
    if kind:
        return find("foreign-field", start, end, name=name, kind=kind)
    if BEGINS_ANEW.match(value) or BARE_ADDRESS.fullmatch(value):
        return find("other-rua", start, end, name=name)
    return find("unknown-extension", start, end, name=name)


def _catches_of_size(octets: int, end: int, domain: str | None, findings: list[Finding]) -> None:
    """What the length costs: several strings (RFC 1035 section 3.3), and more than UDP carries."""
    count = -(-octets // MAX_STRING)
    findings.append(find("several-strings", 0, end, length=octets, count=count))
    size = _ANSWER_OVERHEAD + len(owner_name(domain)) + 2 + octets + count
    if size + _EDNS_OVERHEAD > _UDP_EDNS:
        findings.append(find("udp-1232", 0, end, size=size + _EDNS_OVERHEAD))
    elif size > _UDP_CLASSIC:
        findings.append(find("udp-512", 0, end, size=size))
