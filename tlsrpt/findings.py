"""The catalogue of mistakes: what each is called, how grave it is, what to say and what to advise.

Exceptions and findings both take their words from here, so that a mistake reads the same whichever
door it came to. `docs/findings.md` explains every code; a test holds the two together.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal, NamedTuple

from tlsrpt._display import clipped

Severity = Literal["error", "warning"]


class Finding(NamedTuple):
    """One thing that is wrong with a record, or a catch it has.

    Attributes:
        code: the stable name of the mistake, in kebab-case.
        severity: ``"error"``: the text is no record, or an endpoint is lost by a slip;
            ``"warning"``: a record all the same, with a drawback, which may cost an endpoint.
        message: what is wrong, for the person who wrote it.
        span: where, as a half-open range of characters of the text.
        hint: what to write instead.

    >>> from tlsrpt import check
    >>> finding = check("v=TLSRPTv1; rua=tls@example.com").findings[0]
    >>> finding.code, finding.severity, finding.span
    ('bare-address', 'error', (16, 31))
    >>> finding.hint
    'write mailto:tls@example.com'
    """

    code: str
    severity: Severity
    message: str
    span: tuple[int, int]
    hint: str


class Mistake(NamedTuple):
    """A row of the catalogue; message and hint are templates for `str.format`."""

    severity: Severity
    message: str
    hint: str


def words(code: str, **facts: object) -> tuple[str, str, str]:
    """The code, message and hint of a mistake; text among the facts is made safe to print."""
    _, message, hint = CATALOGUE[code]
    safe = {key: clipped(fact) if isinstance(fact, str) else fact for key, fact in facts.items()}
    return code, message.format_map(safe), hint.format_map(safe)


def find(code: str, start: int, end: int, **facts: object) -> Finding:
    """The finding of a mistake at a place."""
    _, message, hint = words(code, **facts)
    return Finding(code, CATALOGUE[code].severity, message, (start, end), hint)


_error = partial(Mistake, "error")
_warning = partial(Mistake, "warning")


CATALOGUE: Final[dict[str, Mistake]] = {
    # --- Policy Domains and hosts ---------------------------------------------------------------
    "empty-domain": _error(
        "the domain is empty",
        "write the Policy Domain, what follows the @ in its mail addresses: example.com",
    ),
    "domain-is-address": _error("{domain} is an e-mail address, not a domain", "write {cure}"),
    "domain-is-url": _error("{domain} is a URL or has a port, and is no domain", "write {cure}"),
    "domain-is-ip": _error(
        "{domain} is an IP address, or ends in a number as no domain does",
        "write a domain name, such as example.com",
    ),
    "domain-is-wildcard": _error("{domain} is a wildcard, not one domain", "write {cure}"),
    "domain-is-owner-name": _error(
        "{domain} is the name the record stands at, not the Policy Domain",
        "write {cure}; _smtp._tls is put before it for you",
    ),
    "empty-label": _error(
        "{domain} has two dots with nothing between, or begins with a dot",
        "take the extra dot out",
    ),
    "label-too-long": _error(
        "the label {label} takes {length} characters; DNS allows 63",
        "shorten what stands between the dots",
    ),
    "domain-too-long": _error(
        "the domain has {length} characters; there is room for {limit}",
        "shorten the name; DNS allows 253 characters in all",
    ),
    "label-hyphen": _error("the label {label} begins or ends with a hyphen", "take the hyphen out"),
    "domain-character": _error(
        "{character} cannot stand in a domain ({domain})",
        "keep to letters, digits, hyphens and dots",
    ),
    "bad-punycode": _error(
        "{label} looks like an A-label, but its Punycode does not decode",
        "write the label in its own script, or copy the xn-- form again",
    ),
    "not-idna": _error(
        "{label} is no name that IDNA allows: {reason}",
        "check the spelling, or write the registered xn-- form",
    ),
    # --- Endpoints, as a caller gives them and as records have them -----------------------------
    "empty-uri": _error(
        "there is no endpoint here",
        "write mailto: and an address, or an https:// URL, and no comma too many",
    ),
    "uri-list": _error("{uri} is several endpoints in one", "give them one by one: {cure}"),
    "record-for-endpoint": _error(
        "{uri} is a whole record, not an endpoint", "give the URIs after rua= one by one"
    ),
    "separator-at-end": _error('"{uri}" ends in a separator', "write {cure}"),
    "uri-white-space": _error(
        "there is white space ({character}) in {uri}",
        "take it out, or what follows it; in a path, %20 stands for a space",
    ),
    "control-character": _error(
        "{character} cannot be seen and has no place in a record",
        "take it out; copying from a document often brings it along",
    ),
    "bare-address": _error("{uri} is an e-mail address without its scheme", "write {cure}"),
    "missing-scheme": _error("{uri} has no scheme", "write mailto: or https:// before it"),
    "misspelt-scheme": _error("the beginning of {uri} is misspelt", "write {cure}"),
    "http-scheme": _warning(
        "senders deliver to https URLs, not to plain http as in {uri}",
        "write https:// if the server speaks TLS",
    ),
    "unsupported-scheme": _warning(
        "senders deliver to mailto and https only, not to {scheme} as in {uri}",
        "write a mailto: or an https:// endpoint",
    ),
    "mailto-no-mailbox": _warning(
        "{uri} holds no mailbox that a report could be mailed to",
        "write mailto: and one address: mailto:tls@example.com",
    ),
    "bad-mailbox": _warning(
        "{mailbox} is no mailbox: {reason}",
        "write one address, such as mailto:tls@example.com",
    ),
    "mailto-header-fields": _warning(
        "a report has a subject of its own; what follows the ? in {uri} is ignored or worse",
        "write {cure}",
    ),
    "address-literal": _error(
        "{mailbox} is at an IP address; many senders do not mail to those",
        "write a domain after the @",
    ),
    "uri-credentials": _warning(
        "the URL holds credentials, and DNS is public: anyone can read them",
        "leave out what stands before the @, and change the password",
    ),
    "uri-fragment": _warning(
        "the fragment of {uri}, from # on, is never sent to a server", "leave the fragment out"
    ),
    "missing-host": _warning(
        "{uri} has no host to send to", "write https:// and a host: https://reports.example.com/"
    ),
    "bad-host": _error(
        "{host} is neither a domain, nor an IPv4 address, nor an IPv6 address in brackets",
        "write a host as in https://reports.example.com/",
    ),
    "bad-port": _warning(
        "the port of {uri} is not a number from 1 to 65535", "leave the port out, or write :443"
    ),
    "bad-percent-encoding": _error(
        "a percent sign is followed by two hexadecimal digits, and {sequence} is not",
        "write %25 where a percent sign itself is meant",
    ),
    "uri-character": _error(
        "{character} cannot stand in a URI as it is", "write it percent-encoded, as {cure}"
    ),
    "bad-uri": _error(
        "{uri} is no URI: its host, port or path has a character out of place",
        "write a URI such as https://reports.example.com/v1",
    ),
    "non-ascii": _error(
        "{character} is not ASCII, and a record is all ASCII",
        "write {cure}",
    ),
    "unencoded-character": _error(
        "{character} stands for itself in other URIs, but not in this record",
        "write it percent-encoded, as {cure}",
    ),
    "dmarc-size-limit": _error(
        "{limit} is DMARC's size limit; TLS reporting has none", "leave out {limit}"
    ),
    "wrapped-uri": _error("the URI is wrapped in {wrapping}", "take the wrapping off"),
    "space-after-scheme": _error("there is white space after the scheme", "write {cure}"),
    "uris-badly-parted": _error(
        "{separator} does not separate two URIs", "put a comma between them"
    ),
    "uri-within-uri": _warning(
        "within {uri} another begins, with {within}",
        "put a comma between two; if it is one, write the inner colon as %3A",
    ),
    "rua-in-list": _error(
        "rua= is written once, before the first URI, and belongs to none of them",
        "leave out this rua=",
    ),
    # --- Extensions -----------------------------------------------------------------------------
    "bad-extension-name": _error(
        '"{name}" is no field name: that is 1 to 32 letters, digits, _, - and ., '
        "and begins with a letter or digit",
        "check the name, or look for a stray or missing ; before it",
    ),
    "reserved-extension-name": _error(
        "{name} is a name of the record itself, not of an extension",
        "give endpoints as rua; the version is written for you",
    ),
    "bad-extension-value": _error(
        "{character} cannot stand in the value of {name}",
        "keep to printable ASCII without space, ; and =",
    ),
    "empty-extension-value": _error(
        "the field {name} has no value", "write one, or drop the field"
    ),
    # --- The record -----------------------------------------------------------------------------
    "empty-record": _error(
        "there is no record here", "write v=TLSRPTv1; rua=mailto:tls@example.com, with your address"
    ),
    "wrong-record": _error(
        "this is a record of another kind: {kind}",
        "publish at _smtp._tls a record that begins with v=TLSRPTv1;",
    ),
    "too-long": _error(
        "{length} octets are more than one TXT record can hold ({limit})", "drop some endpoints"
    ),
    "missing-version": _error(
        "the record does not begin with its version", "begin with v=TLSRPTv1;"
    ),
    "version-not-first": _error("the version stands here, and not first", "begin with v=TLSRPTv1;"),
    "misspelt-version": _error("{version} is a misspelt version", "write v=TLSRPTv1"),
    "version-case": _error(
        "{version} is in the wrong case; senders compare it letter by letter", "write v=TLSRPTv1"
    ),
    "version-white-space": _error("there is white space within the version", "write v=TLSRPTv1"),
    "unknown-version": _error(
        "{version} is not a version there is; the only one is TLSRPTv1", "write v=TLSRPTv1"
    ),
    "missing-delimiter": _error("there is no ; before the next field", "write ; here"),
    "outer-white-space": _error("there is white space before or after the record", "take it out"),
    "look-alike": _error("{characters} looks like {cure}, and is not the same", "write {cure}"),
    "text-before": _error(
        'before the record stands "{text}", which is no part of it', "begin with v=TLSRPTv1;"
    ),
    "text-after": _error('after the record stands "{text}", which is no part of it', "take it out"),
    "line-end": _error(
        "there is a line end before or after the record", "take it out; a record is one line"
    ),
    "surrounding-quotes": _error(
        "quotation marks around the record are part of its text here",
        "leave them off, except in a zone file",
    ),
    "other-record": _error(
        "this is another TXT record, which senders discard", "give the TLSRPT record alone"
    ),
    "several-records": _error(
        "a second record begins here; senders ignore a domain that has two",
        "publish one record, with all endpoints in it",
    ),
    "zone-line": _error(
        "{prefix} is a zone file's, not the record's", "write what follows it, as the TXT value"
    ),
    "pre-standard-name": _error(
        "{name} was the name in drafts of the standard; no sender looks there now",
        "publish at _smtp._tls and the Policy Domain",
    ),
    "escaped-semicolon": _error(
        "the backslash is a zone file's, and no part of the record", "take it out"
    ),
    "empty-field": _error("nothing stands between two semicolons", "leave one out"),
    "stray-character": _error("{character} has no place beside a field", "take it out"),
    "field-without-equals": _error(
        "{field} is no field: a field is a name, =, and a value",
        "write {cure}, or leave it out",
    ),
    "white-space-around-equals": _error("there is white space beside =", "take it out"),
    "uri-outside-rua": _error(
        "this is an endpoint, and not in the field rua",
        "put it there: rua=URI, or rua=URI,URI if there are several",
    ),
    "missing-rua": _error(
        "there is no rua, so reports have nowhere to go",
        "name an endpoint in rua, such as mailto:tls@example.com, with your address",
    ),
    "empty-rua": _error(
        "rua names no endpoint", "write mailto: and an address, or an https:// URL, after rua="
    ),
    "ruf-for-rua": _error(
        "ruf is DMARC's; TLS reporting has rua alone", "write rua=, if reports should go there"
    ),
    "misspelt-rua": _error("{name} is not rua", "write rua="),
    "rua-case": _error("{name} is not rua: names are in lower case here", "write rua="),
    "no-destination": _error(
        "no sender can deliver to any of these endpoints",
        "give at least one mailto: address or https:// URL",
    ),
    # --- Catches of sound records ---------------------------------------------------------------
    "unreachable-host": _warning(
        "{host} is {reason}, which senders cannot reach", "write a host that is on the Internet"
    ),
    "repeated-destination": _warning("this endpoint stands here a second time", "leave it out"),
    "rua-not-first": _warning(
        "some senders look for rua right after the version, and nowhere else",
        "put rua before the other fields",
    ),
    "repeated-rua": _warning(
        "some senders read the first rua field alone", "put all URIs in one: rua=URI,URI"
    ),
    "comma-white-space": _warning(
        "some senders take white space beside a comma as part of the URI", "write a bare comma"
    ),
    "space-before-semicolon": _warning(
        "beside another TXT record, one that does not begin with v=TLSRPTv1; is discarded",
        "write ; right after the version",
    ),
    "unknown-extension": _warning(
        "{name} is no field that any standard defines; senders ignore it",
        "drop it; within a URL, %3B stands for a semicolon",
    ),
    "foreign-field": _warning("{name} is a field of {kind}; senders ignore it here", "drop it"),
    "other-rua": _warning(
        "senders look for rua, spelt just so, and ignore {name}",
        "move its URIs to rua, or drop it",
    ),
    "repeated-version": _warning("v is said a second time; senders ignore it here", "drop it"),
    "several-strings": _warning(
        "{length} octets need {count} strings of at most 255; some DNS forms take one alone",
        "give the strings one by one where the form asks for it",
    ),
    "udp-512": _warning(
        "the answer takes some {size} octets, over classic UDP's 512: old resolvers turn to TCP",
        "drop endpoints that nobody reads",
    ),
    "udp-1232": _warning(
        "the answer takes some {size} octets, over the 1,232 that pass by UDP: it needs TCP",
        "drop endpoints that nobody reads",
    ),
    # --- Answers from DNS, zone files, publishing -----------------------------------------------
    "record-not-found": _error(
        'no TXT record begins with "v=TLSRPTv1;", of {count} in the answer',
        "take it that the domain does not implement TLSRPT",
    ),
    "multiple-records": _error(
        '{count} TXT records begin with "v=TLSRPTv1;", so senders ignore them all',
        "merge them into one, and remove the rest",
    ),
    "not-utf-8": _error("{character} is no part of any UTF-8 text", "write ASCII"),
    "bad-ttl": _error("the TTL is out of range", "give 0 to 2147483647 seconds"),
    "zone-empty": _error(
        "there is no resource record in the text",
        'write one, as in: _smtp._tls.example.com. 3600 IN TXT "v=TLSRPTv1; ..."',
    ),
    "zone-unquoted": _error(
        "outside of quotation marks, ; begins a comment: all that is published is {value}",
        "put the value in quotation marks",
    ),
    "zone-quote": _error("a quoted string does not end on its line", 'close it with "'),
    "zone-parenthesis": _error("the parentheses do not pair", "close each one, or leave it out"),
    "zone-escape": _error(
        "{escape} is no escape here", "write \\ and a character, or \\ and three digits up to 255"
    ),
    "zone-directive": _error(
        "{directive} is a directive, not a resource record", "give the TXT record alone"
    ),
    "zone-not-txt": _error(
        "the type TXT is missing; in its place stands {word}", "give a TXT record of class IN"
    ),
    "zone-owner": _error(
        "{name} is not where senders look for a record", "publish it at _smtp._tls and the domain"
    ),
    "zone-no-strings": _error(
        "the TXT record holds no string", "put the value in quotes after TXT"
    ),
    "zone-long-string": _error(
        "a string of {length} octets; one TXT string holds 255", "part it into several strings"
    ),
    "zone-long-rdata": _error(
        "the strings take {length} octets; one TXT record holds 65535",
        "put the value in fewer strings",
    ),
    "zone-second-record": _error(
        "a second resource record begins here", "give one TXT record at a time"
    ),
}
