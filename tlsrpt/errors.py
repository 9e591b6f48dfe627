"""The exceptions. `TLSRPTError` is the root: nothing else comes of bad text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlsrpt._display import draw

if TYPE_CHECKING:
    from tlsrpt.findings import Finding


class TLSRPTError(ValueError):
    """Something is wrong with a record or a part of it; the root of this package's errors.

    Attributes:
        code: the stable name of the mistake, in kebab-case; the page of findings explains each.
        message: what is wrong.
        hint: what to write instead.

    >>> from tlsrpt import generate
    >>> try:
    ...     generate("example.com", [])
    ... except TLSRPTError as error:
    ...     print(error.code)
    missing-rua
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


class ParseError(TLSRPTError):
    """A text that is not in the grammar (RFC 8460 section 3, or RFC 1035 section 5.1 for zones).

    Printed, it shows the place with carets.

    Attributes:
        text: the text as it was read; an octet that is no UTF-8 is a lone surrogate (PEP 383).
        span: the place, as a half-open range of characters of the text.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord.parse("v=TLSRPTv1; rua=tls@example.com")
    ... except ParseError as error:
    ...     print(error)
    tls@example.com is an e-mail address without its scheme; write mailto:tls@example.com
        v=TLSRPTv1; rua=tls@example.com
                        ^^^^^^^^^^^^^^^
    """

    def __init__(self, finding: Finding, text: str) -> None:
        super().__init__(finding.code, finding.message, finding.hint)
        self.args = (finding, text)
        self.text = text
        self.span = finding.span

    def __str__(self) -> str:
        place = draw(self.text, self.span).replace("\n", "\n    ")
        return f"{super().__str__()}\n    {place}"


class InvalidDomainError(TLSRPTError):
    """A domain that is no Policy Domain, or no host: RFC 1035, RFC 1123 and RFC 5891.

    >>> from tlsrpt import normalize_domain
    >>> try:
    ...     normalize_domain("tls@example.com")
    ... except InvalidDomainError as error:
    ...     print(error)
    tls@example.com is an e-mail address, not a domain; write example.com
    """


class InvalidURIError(TLSRPTError):
    """An endpoint that no sender could report to: RFC 8460 section 3, RFC 3986 and RFC 6068.

    >>> from tlsrpt import ReportURI
    >>> try:
    ...     ReportURI("http://reports.example.com/")
    ... except InvalidURIError as error:
    ...     print(error.hint)
    write https:// if the server speaks TLS
    """


class InvalidExtensionError(TLSRPTError):
    """An extension whose name or value is not in the grammar: RFC 8460 section 3.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord(rua=["mailto:tls@example.com"], extensions=[("note", "two words")])
    ... except InvalidExtensionError as error:
    ...     print(error.message)
    U+0020 SPACE cannot stand in the value of note
    """


class RecordNotFoundError(TLSRPTError):
    """No TXT record of an answer is a TLSRPT record: RFC 8460 section 3.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord.from_rrset([])
    ... except RecordNotFoundError as error:
    ...     print(error.code)
    record-not-found
    """


class MultipleRecordsError(TLSRPTError):
    """Several TXT records of an answer are TLSRPT records: RFC 8460 section 3.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord.from_rrset(2 * ["v=TLSRPTv1; rua=mailto:tls@example.com"])
    ... except MultipleRecordsError as error:
    ...     print(error.code)
    multiple-records
    """
