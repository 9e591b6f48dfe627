"""SMTP TLS Reporting records (RFC 8460): build, read, check, fix and publish them."""

from importlib import import_module
from typing import TYPE_CHECKING

from tlsrpt._catalogue import Severity
from tlsrpt.domain import normalize_domain
from tlsrpt.errors import (
    FormError,
    FormProblem,
    InvalidDomainError,
    InvalidExtensionError,
    InvalidURIError,
    MultipleRecordsError,
    ParseError,
    RecordNotFoundError,
    TLSRPTError,
)
from tlsrpt.record import Extension, ExtensionDict, RecordDict, TLSRPTRecord, generate
from tlsrpt.txt import join_txt, split_txt
from tlsrpt.uri import ReportURI

__version__ = "0.2.0"

__all__ = [
    "CheckResult",
    "CheckResultDict",
    "Edit",
    "EditDict",
    "Extension",
    "ExtensionDict",
    "Finding",
    "FindingDict",
    "FormError",
    "FormProblem",
    "InvalidDomainError",
    "InvalidExtensionError",
    "InvalidURIError",
    "MultipleRecordsError",
    "ParseError",
    "RecordDict",
    "RecordNotFoundError",
    "ReportURI",
    "Severity",
    "TLSRPTError",
    "TLSRPTRecord",
    "check",
    "check_answer",
    "check_rrset",
    "generate",
    "join_txt",
    "normalize_domain",
    "split_txt",
]

if TYPE_CHECKING:
    from tlsrpt._answer import check_answer
    from tlsrpt._check import (
        CheckResult,
        CheckResultDict,
        Edit,
        EditDict,
        Finding,
        FindingDict,
        check,
        check_rrset,
    )
else:
    # The diagnosis takes a good part of the time to import, and reading records does not need it.
    _LAZY = frozenset(
        {"CheckResult", "CheckResultDict", "Edit", "EditDict", "Finding", "FindingDict"}
        | {"check", "check_answer", "check_rrset"}
    )

    def __getattr__(name: str) -> object:
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module("tlsrpt._answer" if name == "check_answer" else "tlsrpt._check")
        return globals().setdefault(name, getattr(module, name))

    def __dir__() -> list[str]:
        return sorted(globals().keys() | _LAZY)
