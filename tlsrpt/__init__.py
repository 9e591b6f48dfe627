"""SMTP TLS Reporting records (RFC 8460): build, read, check, mend and publish them."""

from tlsrpt.check import CheckResult, check
from tlsrpt.domain import normalize_domain
from tlsrpt.errors import (
    InvalidDomainError,
    InvalidExtensionError,
    InvalidURIError,
    MultipleRecordsError,
    ParseError,
    RecordNotFoundError,
    TLSRPTError,
)
from tlsrpt.findings import Finding
from tlsrpt.record import Extension, TLSRPTRecord, generate
from tlsrpt.txt import join_txt, split_txt
from tlsrpt.uri import ReportURI

__all__ = [
    "CheckResult",
    "Extension",
    "Finding",
    "InvalidDomainError",
    "InvalidExtensionError",
    "InvalidURIError",
    "MultipleRecordsError",
    "ParseError",
    "RecordNotFoundError",
    "ReportURI",
    "TLSRPTError",
    "TLSRPTRecord",
    "check",
    "generate",
    "join_txt",
    "normalize_domain",
    "split_txt",
]
