"""The catalogue of causes: why sessions failed, as far as a report shows it.

`docs/failures.md` explains every cause; a test keeps the two together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt.report._result_types import FETCH_TYPES
from tlsrpt.report._values import host_name

if TYPE_CHECKING:
    from tlsrpt.report._parts import DetailValues
    from tlsrpt.report._sts import MxList

# In characters: what is kept of a sender's words.
MAX_REASON: Final = 200


class Cause(NamedTuple):
    """A row of the catalogue; message and hint are templates for `str.format`.

    Attributes:
        message: what is wrong with ``{server}`` or with ``{domain}``.
        hint: what to do about it.
        words: a regular expression for the ``failure-reason-code`` that senders write for this
            cause: the codes of OpenSSL, Microsoft and mox, and the texts of OpenSSL, Go, Stalwart,
            and rustls, which Stalwart quotes, always as ``certificate-not-trusted``.
        result_types: the result types that show this cause by themselves.
    """

    message: str
    hint: str
    words: str | None = None
    result_types: tuple[str, ...] = ()


class Shown(NamedTuple):
    """A cause with one thing in the report that shows it.

    Attributes:
        cause: its code.
        by: ``"type"``, ``"words"``, ``"policy"`` if the policy does not list the server, or
            ``"listed"`` if it does, so that the type can mean only this.
        text: the result type, the sender's words, or patterns of the policy, made safe to
            print.
    """

    cause: str
    by: str
    text: str


_HTTP_TYPES: Final = {"sts-policy-fetch-error", "sts-webpki-invalid"}
# What senders call it if the policy does not list the server.
_MISMATCH_TYPES: Final = {"validation-failure", "certificate-host-mismatch"}

CAUSES: Final = {
    # --- The MTA-STS policy, as fetched ---------------------------------------------------------
    "policy-http-status": Cause(
        "The web server with the MTA-STS policy of {domain} does not answer with status 200.",
        "Open https://mta-sts.{domain}/.well-known/mta-sts.txt. It must answer with the policy "
        "itself: senders do not follow redirects.",
        # "HTTP" or "status", up to three words such as "code" or "response", a blank or sign, and a
        # status from 300 to 599; or the status line of HTTP. A bare number may be anything, such as
        # a reply of SMTP.
        r"(?i)\b(?:http|status)(?: (?:status|code|error|response|client error|server error)){0,3}"
        r"[ :=(]{1,3}[345][0-9]{2}\b|\bhttp/[0-9.]{1,3} [345][0-9]{2}\b",
    ),
    "policy-timeout": Cause(
        "The web server with the MTA-STS policy of {domain} does not answer in time.",
        "Check that mta-sts.{domain} has the address of that server, and that port 443 is open to "
        "everybody, by IPv6 as well if it has such an address.",
        r"(?i)\btimed?[ -]?out\b|\bdeadline (?:exceeded|has elapsed)",
    ),
    "policy-fetch": Cause(
        "The MTA-STS policy of {domain} could not be fetched.",
        "Open https://mta-sts.{domain}/.well-known/mta-sts.txt from outside your network.",
        result_types=("sts-policy-fetch-error",),
    ),
    "policy-certificate": Cause(
        "The certificate of the web server with the MTA-STS policy of {domain} is not valid.",
        "Get a certificate for mta-sts.{domain} from a public certification authority, and send "
        "the intermediate certificates along with it.",
        result_types=("sts-webpki-invalid",),
    ),
    "policy-invalid": Cause(
        "The MTA-STS policy of {domain} is not valid.",
        "Check its version, mode, mx and max_age lines against RFC 8461 section 3.2.",
        result_types=("sts-policy-invalid",),
    ),
    # --- The mail server ------------------------------------------------------------------------
    "mx-not-in-policy": Cause(
        "The MTA-STS policy of {domain} does not list {server}.",
        "Add an mx line for it to the policy and change the id of the _mta-sts record, or remove "
        "the server from the MX records.",
        "MX_HOSTS_MISMATCH|mtasts-policy-mx-mismatch|MX not authorized by policy",
    ),
    "tlsa-mismatch": Cause(
        "None of the TLSA records of {server} matches its certificate, or none is valid.",
        "Publish a TLSA record for the key in use. Before you change the key, publish one for the "
        "new key as well, and wait until the old records have expired from caches.",
        "dane-no-match|No matching certificates found|all-unusable-records|Invalid TLSA record",
        ("tlsa-invalid",),
    ),
    "dnssec-invalid": Cause(
        "The DNSSEC signatures for {server} could not be validated.",
        "Check your zone with a DNSSEC analyzer: expired signatures and a wrong DS record are the "
        "usual causes.",
        result_types=("dnssec-invalid",),
    ),
    "dane-required": Cause(
        "A sender insists on DANE, and {server} has no usable TLSA records.",
        "Publish signed TLSA records for every host in your MX records, or ask the sender why it "
        "insists.",
        result_types=("dane-required",),
    ),
    "starttls-not-supported": Cause(
        "{server} did not offer STARTTLS.",
        "Connect to it from outside your network. If STARTTLS is enabled there, look for a "
        "firewall, proxy or provider that removes it from the answer to EHLO.",
        result_types=("starttls-not-supported",),
    ),
    "certificate-expired": Cause(
        "The certificate of {server} had expired.",
        "Renew it, and make sure that the server loads the new certificate after each renewal.",
        # OpenSSL's code or text, or Go's. Go has one text for both "has expired" and "is not yet
        # valid", and then says which by comparing times. The last line is of rustls: its own names
        # before version 0.23.24, of which another is ExpiredRevocationList, and sentences since.
        "CERT_HAS_EXPIRED|(?i:certificate has expired)(?! or is not yet valid)"
        "|current time .* is after "
        r"|invalid peer certificate: (?:Expired\b|certificate expired:)",
        ("certificate-expired",),
    ),
    "certificate-not-yet-valid": Cause(
        "The certificate of {server} was not valid yet.",
        "Wait, or use the old certificate until then. If the date is wrong, check the clocks of "
        "your servers.",
        "CERT_NOT_YET_VALID|(?i:certificate is not yet valid)|current time .* is before "
        "|invalid peer certificate: (?:NotValidYet|certificate not valid yet:)",
    ),
    "self-signed-certificate": Cause(
        "The certificate of {server} is self-signed, or its chain ends at one that is.",
        "Use a certificate of a public certification authority. With DANE alone, a certificate of "
        "your own will do, but not with MTA-STS.",
        "SELF_SIGNED_CERT|(?i:self.signed certificate)",
    ),
    "certificate-chain": Cause(
        "The certificate of {server} does not lead to an authority that the sender trusts.",
        "Send the intermediate certificates along with it: most often, one is missing. "
        "The certificate must be of a public certification authority.",
        "UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE"
        "|(?i:unable to get (?:local )?issuer certificate|signed by unknown authority)"
        "|invalid peer certificate: UnknownIssuer",
    ),
    "no-common-tls": Cause(
        "{server} and the sender have no TLS version or cipher in common.",
        "Offer TLS 1.2 and 1.3, with the ciphers that are the default of your software.",
        # The last line is of rustls: the server refuses its versions, or answers with an older one.
        # HandshakeFailure, alert 40, can have other reasons.
        "(?i)no.shared.cipher|unsupported.protocol|protocol.version.not.supported"
        "|fatal alert: ProtocolVersion|ServerDoesNotSupportTls12Or13",
    ),
    "certificate-name": Cause(
        "The certificate of {server} is for another name.",
        "Get a certificate for the name in your MX record.",
        "HOSTNAME_MISMATCH|(?i:hostname mismatch|subject does not match host)"
        "|certificate is valid for .*, not "
        "|invalid peer certificate: (?:NotValidForName|certificate not valid for name )",
    ),
}

_WORDS: Final = {
    code: re.compile(cause.words) for code, cause in CAUSES.items() if cause.words is not None
}
_BY_TYPE: Final = {name: code for code, cause in CAUSES.items() for name in cause.result_types}


def cause_of(detail: DetailValues, policy_type: str | None, listing: MxList | None) -> Shown | None:
    """What caused a failure, if the detail and the policy quoted in the same report show it.

    The sender's words say more than the type. If they only say that names differ, or say nothing,
    the policy shows whether it lists the server at all.

    Args:
        detail: the failure.
        policy_type: the type of the policy.
        listing: what an MTA-STS policy lists; None if the report does not show all of that.
    """
    kind, reason = detail["result_type"], (detail["failure_reason_code"] or "")[:MAX_REASON]
    said = _said(kind, reason)
    if said is None or said.cause == "certificate-name":
        host = host_name(detail["receiving_mx_hostname"] or "")
        if policy_type == "sts" and kind in _MISMATCH_TYPES and host and listing:
            if not listing.covers(host):
                return Shown("mx-not-in-policy", "policy", listing.text)
            if said is None and kind == "certificate-host-mismatch":
                return Shown("certificate-name", "listed", kind)
    if said is None and kind == "certificate-host-mismatch" and policy_type == "tlsa":
        return Shown("certificate-name", "type", kind)
    if said is None and kind in _BY_TYPE:
        return Shown(_BY_TYPE[kind], "type", kind)
    return said


def _said(kind: str | None, reason: str) -> Shown | None:
    """What the sender's words say."""
    if not reason:
        return None
    for code, words in _WORDS.items():
        # A fetch error is about a web server, everything else about a mail server.
        about_web = code.startswith("policy-")
        if (kind in _HTTP_TYPES if about_web else kind not in FETCH_TYPES) and words.search(reason):
            return Shown(code, "words", reason)
    return None
