"""The result types of RFC 8460 section 4.3.

IANA keeps the list ("STARTTLS Validation Result Types"); these are all there were in 2025.
"""

from __future__ import annotations

from typing import Final

# What fails before there is a policy (section 4.3.2.2): no connection is made under it, and mail is
# delivered as if there were none (RFC 8461 section 3.3).
FETCH_TYPES: Final = frozenset(
    {"sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"}
)
RESULT_TYPES: Final = FETCH_TYPES | {
    # Section 4.3.1: negotiation
    "starttls-not-supported",
    "certificate-host-mismatch",
    "certificate-expired",
    "certificate-not-trusted",
    "validation-failure",
    # Section 4.3.2.1: DANE
    "tlsa-invalid",
    "dnssec-invalid",
    "dane-required",
}
