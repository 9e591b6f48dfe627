"""The result types of RFC 8460 section 4.3, and what each means for whoever runs the domain.

IANA keeps the list ("STARTTLS Validation Result Types"); these are all there were in 2025.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class ResultType(NamedTuple):
    """What a result type says, and what to do about it."""

    meaning: str
    advice: str


SEE_REASON_CODES: Final = "Look at the reason codes of the sender, or ask it."
RESULT_TYPES: Final = {
    # --- Section 4.3.1: negotiation -------------------------------------------------------------
    "starttls-not-supported": ResultType(
        "Your mail server did not offer STARTTLS.",
        "Enable STARTTLS on every server in your MX records. If it is enabled, look for a firewall "
        "or proxy that removes it from the answer to EHLO.",
    ),
    "certificate-host-mismatch": ResultType(
        "The certificate of your mail server is for another host name.",
        "Get a certificate for the name in your MX record and, if you use MTA-STS, check the mx "
        "lines of your policy.",
    ),
    "certificate-expired": ResultType(
        "The certificate of your mail server had expired.",
        "Renew it, and make sure that the server loads the new certificate after each renewal.",
    ),
    "certificate-not-trusted": ResultType(
        "The sender does not trust the certificate of your mail server.",
        "Use a certificate of a public certification authority, and send the intermediate "
        "certificates along with it.",
    ),
    "validation-failure": ResultType(
        "TLS failed for a reason that no other type covers, or that the sender does not tell.",
        SEE_REASON_CODES,
    ),
    # --- Section 4.3.2.1: DANE ------------------------------------------------------------------
    "tlsa-invalid": ResultType(
        "None of the TLSA records of your mail server is valid, or none matches its certificate.",
        "Publish a TLSA record for the key in use. Before you change the key, publish one for the "
        "new key as well, and wait until the old records have expired.",
    ),
    "dnssec-invalid": ResultType(
        "The DNSSEC signatures of your zone could not be validated.",
        "Check your zone with a DNSSEC analyzer: expired signatures and a wrong DS record are the "
        "usual causes.",
    ),
    "dane-required": ResultType(
        "The sender insists on DANE, and your mail server has no usable TLSA records.",
        "Publish signed TLSA records for every host in your MX records, or ask the sender why it "
        "insists.",
    ),
    # --- Section 4.3.2.2: MTA-STS ---------------------------------------------------------------
    "sts-policy-fetch-error": ResultType(
        "Your MTA-STS policy could not be fetched.",
        "Check that https://mta-sts.DOMAIN/.well-known/mta-sts.txt answers with status 200, "
        "without a redirect.",
    ),
    "sts-policy-invalid": ResultType(
        "Your MTA-STS policy is not valid.",
        "Check its version, mode, mx and max_age lines against RFC 8461 section 3.2.",
    ),
    "sts-webpki-invalid": ResultType(
        "The certificate of the web server with your MTA-STS policy is not valid.",
        "Get a certificate for mta-sts.DOMAIN from a public certification authority.",
    ),
}

# For what is not in the list.
UNKNOWN: Final = ResultType(
    "The sender uses a result type that RFC 8460 does not define.",
    SEE_REASON_CODES,
)
# For a failure without one.
MISSING: Final = ResultType("The sender did not say what failed.", UNKNOWN.advice)
