"""Is this a TLS-RPT version, ``v=TLSRPTv1`` or what was meant to be it?

Loaded for broken texts and for foreign ones only.
"""

from __future__ import annotations

import re
from typing import Final

from tlsrpt._slips import slips

_VERSION: Final = re.compile(r"v\s*[=:]\s*([a-z0-9_-]+)")


def is_meant(text: str) -> bool:
    """Whether a text was plainly meant to be a TLS-RPT record.

    >>> is_meant("v=TLSRPT1; rua=mailto:tls@example.com"), is_meant("v=spf1 -all")
    (True, False)
    """
    lower = text.lower()
    return (
        "tlsrptv1" in lower
        or lower.startswith("rua=")
        or any(slips(match[1], "tlsrptv1") <= 2 for match in _VERSION.finditer(lower))
    )
