"""The catalogue: each code with its severity, its message and its hint.

Exceptions and findings both take their words from here, so a mistake reads the same wherever it
surfaces. `docs/findings.md` explains every code; a test keeps the two together.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal, NamedTuple

from tlsrpt._display import Facts, filled_in

Severity = Literal["error", "warning"]
About = Literal["version", "record", "field", "rua", "endpoint", "domain", "answer", "zone"]


class Mistake(NamedTuple):
    """A row of the catalogue.

    Attributes:
        severity: how serious it is.
        about: what it is about; `docs/findings.md` has these as its sections.
        message: what is wrong, a template for `str.format`.
        hint: what to write instead, likewise.
        ends: whether the diagnosis ends here if this has no fix, since it is not clear where the
            record begins or ends, or what it is.
        is_doubtful: whether a guess was wrong if the fixed record still has this finding.
        varies: whether a finding may have the other severity, depending on the rest of the record.
    """

    severity: Severity
    about: About
    message: str
    hint: str
    ends: bool = False
    is_doubtful: bool = False
    varies: bool = False


def words(code: str, **facts: object) -> tuple[str, str, str, Facts]:
    """The code, message and hint of a mistake, and the facts in them, made safe to print."""
    row = CATALOGUE[code]
    named, (message, hint) = filled_in(facts, row.message, row.hint)
    return code, message, hint, named


_error = partial(Mistake, "error")
_warning = partial(Mistake, "warning")


CATALOGUE: Final[dict[str, Mistake]] = {
    # --- Policy Domains and hosts ---------------------------------------------------------------
    "empty-domain": _error(
        "domain",
        "the domain is empty",
        "write the part after the @ of your addresses, such as example.com",
    ),
    "domain-is-address": _error(
        "domain", "{domain} is an e-mail address, not a domain", "write {cure}"
    ),
    "domain-is-url": _error("domain", "{domain} has a scheme, a port or a path", "write {cure}"),
    "domain-is-ip": _error(
        "domain",
        "{domain} is an IP address or ends in a number, so it is not a domain",
        "write a domain, such as example.com",
    ),
    "domain-is-wildcard": _error("domain", "{domain} is a wildcard, not a domain", "write {cure}"),
    "record-for-domain": _error(
        "domain", "{domain} is a whole record, not a domain", "write a domain, such as example.com"
    ),
    "domain-is-owner-name": _error(
        "domain",
        "{domain} is the name of the TXT record, not the Policy Domain",
        "write {cure}; _smtp._tls is added for you",
    ),
    "empty-label": _error(
        "domain", "{domain} begins with a dot or has two dots in a row", "remove the dot"
    ),
    "label-too-long": _error(
        "domain", "the label {label} has {length} characters; DNS allows 63", "shorten the label"
    ),
    "domain-too-long": _error(
        "domain",
        "the domain has {length} characters; the limit is {limit}",
        "shorten the domain; with _smtp._tls, DNS allows 253 characters",
    ),
    "label-hyphen": _error(
        "domain",
        "the label {label} begins or ends with a hyphen",
        "remove the hyphen, or correct the name",
    ),
    "domain-character": _error(
        "domain",
        "{character} is not allowed in a domain ({domain})",
        "use letters, digits, hyphens and dots",
    ),
    "bad-punycode": _error(
        "domain",
        "{label} begins like an A-label, but its Punycode is invalid",
        "write the label in its own script, or copy the xn-- form again",
    ),
    "homograph": _error(
        "domain",
        "{label} is easily taken for another name: {reason}",
        "write the character that was meant, or {cure} if the name is spelled that way",
    ),
    "not-idna": _error(
        "domain",
        "{label} is not a valid internationalized name: {reason}",
        "check the spelling, or write the registered xn-- form",
    ),
    "final-dot": _warning(
        "endpoint",
        "the domain ends with a dot, which mail addresses do not allow",
        "remove the dot",
    ),
    # --- Endpoints ------------------------------------------------------------------------------
    "empty-uri": _error(
        "rua",
        "an endpoint is missing",
        "write mailto: and an address or an https:// URL, or remove the extra comma",
    ),
    "uri-list": _error(
        "endpoint", "{uri} contains several endpoints", "give them one by one: {cure}"
    ),
    "record-for-endpoint": _error(
        "endpoint",
        "{uri} is a whole record, not an endpoint",
        "give only the endpoints in it, one by one",
    ),
    "trailing-separator": _error("endpoint", '"{uri}" ends with a separator', "write {cure}"),
    "uri-whitespace": _error(
        "endpoint",
        "there is whitespace ({character}) in {uri}",
        "{cure}; if these are two endpoints, separate them",
    ),
    "control-character": _error(
        "record",
        "{character} is invisible and not allowed in a record",
        "remove it; it often comes along when you copy from a document",
    ),
    "bidi-control": _error(
        "record",
        "{character} reorders the text, so what you see is not what is there",
        "type the text again without it",
        ends=True,
    ),
    "bare-address": _error(
        "endpoint", "{uri} is an e-mail address without mailto:", "write {cure}"
    ),
    "address-is-uri": _error("endpoint", "{uri} is a URI, not an e-mail address", "write {cure}"),
    "display-name": _error(
        "endpoint", "{uri} is an address with a name, as in a mail header", "write {cure}"
    ),
    "missing-scheme": _error("endpoint", "{uri} has no scheme", "write {cure}"),
    "misspelled-scheme": _error(
        "endpoint", '"{written}" is a misspelled scheme', "write {cure}", varies=True
    ),
    "scheme-case": _warning(
        "endpoint",
        "the scheme {written} is in capitals, and some senders then ignore the whole record",
        "write {cure}",
    ),
    "whitespace-after-scheme": _error(
        "endpoint", "there is whitespace after mailto:", "write {cure}"
    ),
    "http-scheme": _warning(
        "endpoint",
        "senders report to https, not to http as in {uri}, and some ignore the whole record",
        "write https:// if the server supports TLS",
    ),
    "unsupported-scheme": _warning(
        "endpoint",
        "senders report to mailto and https only, not to {scheme}, "
        "and some ignore the whole record",
        "write a mailto: or https:// endpoint, or remove it",
    ),
    "mailto-no-mailbox": _warning(
        "endpoint",
        "{uri} has no e-mail address",
        "write one after mailto:, as in mailto:tls@example.com",
        is_doubtful=True,
    ),
    "bad-mailbox": _warning(
        "endpoint",
        "{mailbox} is not a valid e-mail address: {reason}",
        "write one address, such as {cure}",
        is_doubtful=True,
    ),
    "mailto-header-fields": _warning(
        "endpoint",
        "senders write the header of a report themselves and ignore what follows the ?, or fail",
        "write {cure}",
    ),
    "encoded-mailbox": _warning(
        "endpoint", "senders do not decode a mailbox: they would mail to {mailbox}", "write {cure}"
    ),
    "address-literal": _error(
        "endpoint",
        "{mailbox} is at an IP address, and many senders do not mail to IP addresses",
        "write a domain after the @",
        is_doubtful=True,
        varies=True,
    ),
    "uri-equals-sign": _warning(
        "endpoint",
        "some senders take = for an escape, and report to another address",
        "use an endpoint without = if you have one",
    ),
    "uri-credentials": _warning(
        "endpoint",
        "the URL has a user name or password, and DNS is public: anyone can read it",
        "remove the part before the @, {cure}",
        is_doubtful=True,
    ),
    "uri-fragment": _warning(
        "endpoint", "the part of {uri} from # on is never sent to a server", "remove that part"
    ),
    "missing-host": _warning(
        "endpoint",
        "{uri} has no host",
        "write a host after https://, as in https://reports.example.com/",
        is_doubtful=True,
    ),
    "bad-host": _warning(
        "endpoint",
        "{host} is not a domain, an IPv4 address or an IPv6 address in brackets",
        "write a host as in https://reports.example.com/",
        is_doubtful=True,
    ),
    "bad-port": _warning(
        "endpoint",
        "the port of {uri} is not a number from 1 to 65535",
        "remove the port, or write :443",
    ),
    "bad-percent-encoding": _error(
        "endpoint",
        "{sequence} is not a percent-encoding: % needs two hexadecimal digits",
        "write {cure}",
    ),
    "uri-character": _error(
        "endpoint", "{character} is not allowed in a URI", "remove it, or write {cure}"
    ),
    "placeholder": _error(
        "endpoint",
        "{placeholder} is a placeholder that nobody has filled in",
        "write the address or domain that belongs there",
        is_doubtful=True,
        varies=True,
    ),
    "bad-uri": _error(
        "endpoint",
        "{uri} is not a valid URI: check its host, port and path",
        "write a URI such as https://reports.example.com/v1",
    ),
    "non-ascii": _error(
        "endpoint", "{character} is not ASCII, and a record is ASCII only", "write {cure}"
    ),
    "unencoded-character": _error(
        "endpoint", "{character} must be percent-encoded in this record", "write {cure}"
    ),
    "html-entity": _warning(
        "endpoint",
        "{entity} is HTML for {character}, and in a record its semicolon ends the field",
        "write {cure}",
        is_doubtful=True,
    ),
    "dmarc-size-limit": _error(
        "endpoint", "{limit} is a size limit of DMARC; TLS-RPT has none", "remove {cure}"
    ),
    "wrapped-uri": _error(
        "endpoint", "the marks {marks} are not part of the endpoint", "remove {marks}"
    ),
    "string-quotes": _error(
        "record",
        "these quotation marks separate the strings of a split TXT record",
        "join the strings without them",
    ),
    "uri-separator": _error("rua", "{separator} does not separate two endpoints", "write a comma"),
    "uri-within-uri": _warning(
        "endpoint",
        "a second URI begins inside {uri}",
        "write one URI; if these are two, separate them",
        is_doubtful=True,
    ),
    "rua-in-list": _error("rua", "rua= is not part of an endpoint", "remove it"),
    # --- Extensions -----------------------------------------------------------------------------
    "bad-extension-name": _error(
        "field",
        '"{name}" is not a valid field name: 1 to 32 letters, digits, "_", "-" or ".", '
        "beginning with a letter or digit",
        "correct the name, or look for an extra or missing semicolon before it",
    ),
    "reserved-extension-name": _error(
        "field",
        "{name} is the record's own field, not an extension",
        "pass endpoints as rua; the version is written for you",
    ),
    "bad-extension-value": _error(
        "field",
        "{character} is not allowed in the value of {name}",
        "use printable ASCII without spaces, semicolons and equals signs",
    ),
    "empty-extension-value": _error(
        "field", "the field {name} has no value", "write a value, or remove the field"
    ),
    # --- The record -----------------------------------------------------------------------------
    "empty-record": _error(
        "record",
        "the record is empty",
        "write v=TLSRPTv1; rua=mailto:tls@example.com with your address",
        ends=True,
    ),
    "domain-for-record": _error(
        "record",
        "{domain} is a domain, not a record",
        "did you mean: tlsrpt lookup {domain}",
        ends=True,
    ),
    "endpoint-for-record": _error(
        "version",
        "{uri} is an endpoint, not a record",
        "make the record with: tlsrpt generate DOMAIN ENDPOINT",
        ends=True,
    ),
    "wrong-record": _error(
        "version",
        "this is a record of another kind: {kind}",
        "publish a record that begins with v=TLSRPTv1; at _smtp._tls",
        ends=True,
    ),
    "too-long": _error(
        "record",
        "{length:,} octets do not fit in one TXT record, which holds {limit:,}",
        "remove endpoints, or shorten them",
    ),
    "missing-version": _error(
        "version", "the record does not begin with its version", "begin with v=TLSRPTv1;", ends=True
    ),
    "version-not-first": _error("version", "the version must come first", "begin with v=TLSRPTv1;"),
    "misspelled-version": _error(
        "version", "{version} is a misspelled version", "write v=TLSRPTv1"
    ),
    "version-case": _error("version", "the version is case-sensitive", "write v=TLSRPTv1"),
    "version-whitespace": _error(
        "version", "there is whitespace in the version", "write v=TLSRPTv1"
    ),
    "unknown-version": _error(
        "version",
        "{version} is an unknown version; the only one is TLSRPTv1",
        "write v=TLSRPTv1",
        ends=True,
    ),
    "missing-delimiter": _error(
        "field", "there is no semicolon before the next field", "write ; here"
    ),
    "outer-whitespace": _error("record", "there is whitespace around the record", "remove it"),
    "look-alike": _error(
        "record", "{characters} looks like {cure} but is not ASCII", "write {cure}"
    ),
    "text-before": _error(
        "record",
        '"{text}" does not belong to the record',
        "remove it; begin with v=TLSRPTv1;",
        ends=True,
    ),
    "text-after": _error(
        "record", '"{text}" does not belong to the record', "remove it", ends=True
    ),
    "line-end": _error("record", "there is a line end before or after the record", "remove it"),
    "surrounding-quotes": _error(
        "record",
        "the quotation marks are not part of the record",
        "remove them, except in a zone file; dig adds them to what it shows",
        ends=True,
    ),
    "several-records": _error(
        "record",
        "another record begins here",
        "check one record at a time; senders ignore a domain with two TLS-RPT records",
        ends=True,
        varies=True,
    ),
    "other-record": _error(
        "record",
        "a record of another kind comes first: {kind}",
        "check the TLS-RPT record alone",
        ends=True,
    ),
    "zone-line": _error(
        "record",
        "{prefix} belongs to the zone file, not to the record",
        "use the text after it as the value",
    ),
    "pre-standard-name": _error(
        "record",
        "{name} is the name from drafts of the standard; senders do not look there",
        "publish the record at _smtp._tls",
    ),
    "escaped-semicolon": _error(
        "field", "the backslash is a zone file escape, not part of the record", "remove it"
    ),
    "empty-field": _error(
        "field", "there is nothing between two semicolons", "remove the extra semicolon"
    ),
    "stray-character": _error("field", "{character} is not allowed between fields", "remove it"),
    "field-without-equals": _error(
        "field",
        "{field} is not a field: a field is a name, = and a value",
        "write {cure}, or remove it",
    ),
    "equals-whitespace": _error("field", "there is whitespace around =", "remove the whitespace"),
    "endpoint-outside-rua": _error(
        "rua",
        "the endpoint is not in the rua field",
        "write it after rua=, and separate several by commas",
    ),
    "missing-rua": _error(
        "rua",
        "the record names no endpoint, so no report will be sent",
        "add one such as mailto:tls@example.com{where}",
    ),
    "empty-rua": _error(
        "rua",
        "the rua field has no endpoint",
        "write mailto: and an address or an https:// URL after rua=",
    ),
    "ruf-for-rua": _error(
        "rua", "ruf is a field of DMARC; TLS-RPT does not have it", "write {cure}, or remove it"
    ),
    "misspelled-rua": _error("rua", "{name} is a misspelled rua", "write rua="),
    "rua-case": _error(
        "rua", "field names are case-sensitive, and {name} is not rua", "write rua="
    ),
    "no-usable-endpoint": _error(
        "rua",
        "senders cannot report to any of these endpoints",
        "correct one, or add a mailto: address or an https:// URL",
    ),
    "last-endpoint": _error(
        "rua",
        "without {uri} the record would have no endpoint left",
        "add another endpoint first, or delete the TXT record to stop reports",
    ),
    "more-findings": _warning(
        "record",
        "more findings: at least {count:,}, errors among them: {errors:,}",
        "correct those above first",
        varies=True,
    ),
    "unread-lines": _error(
        "rua",
        "there are too many mistakes; lines that were not read: {count:,}",
        "correct those above first",
    ),
    # --- Drawbacks of valid records -------------------------------------------------------------
    "unreachable-host": _warning(
        "endpoint",
        "senders cannot reach {host}: it is {reason}",
        "write a host on the public Internet",
    ),
    "duplicate-endpoint": _warning("rua", "duplicate endpoint", "remove it"),
    "rua-not-first": _warning(
        "rua", "some senders expect rua right after the version", "move rua before the other fields"
    ),
    "duplicate-rua": _warning(
        "rua", "some senders read only the first rua field", "put all endpoints in one: rua=URI,URI"
    ),
    "comma-whitespace": _warning(
        "rua",
        "some senders take the whitespace around a comma as part of the URI",
        "remove the whitespace",
    ),
    "whitespace-before-semicolon": _warning(
        "field",
        "if there are other TXT records, senders discard this one: it must begin with v=TLSRPTv1;",
        "remove the whitespace before the semicolon",
        varies=True,
    ),
    "unknown-extension": _warning(
        "field",
        "{name} is not a field of any standard; senders ignore it",
        "remove it; inside a URL, write a semicolon as %3B",
    ),
    "foreign-field": _warning(
        "field", "{name} is a field of {kind}; senders ignore it here", "remove it"
    ),
    "other-rua": _warning(
        "rua",
        "senders ignore {name}; the endpoints belong in rua",
        "move its endpoints to rua, or remove it",
    ),
    "duplicate-version": _warning(
        "version", "duplicate version; senders ignore it", "remove it", is_doubtful=True
    ),
    "unlikely-domain": _warning(
        "domain",
        "senders look only at the domain of your addresses, and {domain} is unlikely to be one",
        "give the part after the @",
    ),
    "several-strings": _warning(
        "record",
        "{length} octets need {count} strings of at most 255; some DNS forms accept only one",
        "enter the strings one by one if the form asks for it",
    ),
    "udp-512": _warning(
        "record",
        (
            "the answer takes about {size} octets, more than the 512 that UDP allows without EDNS, "
            "so old resolvers need TCP"
        ),
        "remove endpoints that nobody reads",
    ),
    "udp-1232": _warning(
        "record",
        (
            "the answer takes about {size} octets, more than the 1,232 that are usual for UDP, so "
            "resolvers need TCP"
        ),
        "remove endpoints that nobody reads",
    ),
    # --- Answers from DNS, zone files, publishing -----------------------------------------------
    "record-not-found": _error(
        "answer",
        'no TXT record begins with "v=TLSRPTv1;" (the answer has {count})',
        "publish a TLS-RPT record at _smtp._tls to get reports{unless}",
    ),
    "failed-lookup": _error(
        "answer",
        "the tool got no answer, so this says nothing about the domain",
        "ask again, or ask another name server: dig @SERVER TXT _smtp._tls.DOMAIN",
    ),
    "multiple-records": _error(
        "answer",
        '{count} TXT records begin with "v=TLSRPTv1;", so senders ignore them all',
        "merge them into one, and delete the others",
    ),
    "discarded-record": _warning(
        "answer",
        'senders discard {text} beside the record: it does not begin with "v=TLSRPTv1;"',
        "add its endpoints to the record, if they are missing there, and delete it",
    ),
    "not-utf-8": _error("record", "{character} is not valid UTF-8", "write ASCII"),
    "bad-ttl": _error("zone", "the TTL is out of range", "give 0 to 2147483647 seconds"),
    "zone-empty": _error(
        "zone",
        "there is no resource record in the text",
        'write one, such as _smtp._tls.example.com. 3600 IN TXT "v=TLSRPTv1; ..."',
    ),
    "zone-unquoted": _error(
        "zone",
        "a semicolon outside quotation marks begins a comment, so only {value} is published",
        "put the value in quotation marks",
    ),
    "zone-quote": _error("zone", "the quoted string does not end on its line", 'close it with "'),
    "zone-parenthesis": _error(
        "zone", "the parentheses do not match", "close each one, or remove it"
    ),
    "zone-escape": _error(
        "zone",
        "{escape} is not a valid escape",
        "write \\ and a character, or \\ and three digits up to 255",
    ),
    "zone-directive": _error(
        "zone", "{directive} is a directive, not a resource record", "give the TXT record only"
    ),
    "zone-not-txt": _error(
        "zone",
        "the type must be TXT, not {word}",
        'write the owner name and TXT first, as in _smtp._tls IN TXT "v=TLSRPTv1; ..."',
    ),
    "zone-owner": _error(
        "zone",
        "senders do not look for the record at {name}",
        "publish it at _smtp._tls followed by the Policy Domain",
    ),
    "zone-no-strings": _error(
        "zone", "the TXT record has no string", "put the value in quotation marks after TXT"
    ),
    "zone-long-string": _error(
        "zone", "the string has {length} octets; the limit is 255", "split it into several strings"
    ),
    "zone-long-rdata": _error(
        "zone",
        "the strings take more than the 65,535 octets that one TXT record holds",
        "put the value in fewer strings",
    ),
    "zone-second-record": _error(
        "zone", "a second resource record begins here", "give one TXT record at a time"
    ),
    "zone-line-end": _error(
        "zone",
        "a resource record ends at the end of its line, unless it is in parentheses",
        "write it on one line, or write ( before its first string and ) after its last",
    ),
    "rdata-character": _error(
        "zone",
        "{character} is not allowed around or between quoted strings",
        "put each string in quotation marks, and all of them on one line",
    ),
    "unknown-domain": _error(
        "zone",
        "the domain of the record is not known",
        "pass domain when you build it, or use with_domain",
    ),
    "not-in-zone": _error(
        "zone", "{host} is not in the zone {zone}", "give the zone that holds {domain}"
    ),
}
