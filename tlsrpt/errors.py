"""The exceptions. `TLSRPTError` is the root: invalid text raises nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tlsrpt._display import draw


class TLSRPTError(ValueError):
    """Something is wrong with a record or a part of it; the root of this package's errors.

    Attributes:
        code: the stable name of the mistake, in kebab-case; see the list of findings in the docs.
        message: what is wrong.
        hint: what to write instead.
        facts: what is in the two texts instead of the names in braces that `tlsrpt.codes.CODES`
            has; read-only, and safe to print.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord(rua=[])
    ... except TLSRPTError as error:
    ...     print(error.code)
    missing-rua
    """

    def __init__(self, code: str, message: str, hint: str, facts: Mapping[str, str | int]) -> None:
        super().__init__(code, message, hint, facts)
        self.code = code
        self.message = message
        self.hint = hint
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


class ParseError(TLSRPTError):
    """A text that is not in the grammar (RFC 8460 section 3, or RFC 1035 section 5.1 for zones).

    When printed, it marks the place with carets.

    Attributes:
        text: the text as it was read; an octet that is not UTF-8 is a lone surrogate (PEP 383).
        span: the place, as a half-open range of characters of the text.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord.parse("v=TLSRPTv1; rua=tls@example.com")
    ... except ParseError as error:
    ...     print(error)
    tls@example.com is an e-mail address without mailto:; write mailto:tls@example.com
        v=TLSRPTv1; rua=tls@example.com
                        ^^^^^^^^^^^^^^^
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what any error has, and the place
        self,
        code: str,
        message: str,
        hint: str,
        facts: Mapping[str, str | int],
        text: str,
        span: tuple[int, int],
    ) -> None:
        super().__init__(code, message, hint, facts)
        self.args = (code, message, hint, facts, text, span)
        self.text = text
        self.span = span

    def __str__(self) -> str:
        place = draw(self.text, self.span).replace("\n", "\n    ")
        return f"{super().__str__()}\n    {place}"


class InvalidDomainError(TLSRPTError):
    """A text that is not a valid Policy Domain or host: RFC 1035, RFC 1123 and RFC 5891.

    >>> from tlsrpt import normalize_domain
    >>> try:
    ...     normalize_domain("tls@example.com")
    ... except InvalidDomainError as error:
    ...     print(error)
    tls@example.com is an e-mail address, not a domain; write example.com
    """


class InvalidURIError(TLSRPTError):
    """An endpoint that cannot receive reports: RFC 8460 section 3, RFC 3986 and RFC 6068.

    >>> from tlsrpt import ReportURI
    >>> try:
    ...     ReportURI("http://reports.example.com/")
    ... except InvalidURIError as error:
    ...     print(error.hint)
    write https:// if the server supports TLS
    """


class InvalidExtensionError(TLSRPTError):
    """An extension whose name or value is not in the grammar: RFC 8460 section 3.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord(rua=["mailto:tls@example.com"], extensions=[("note", "two words")])
    ... except InvalidExtensionError as error:
    ...     print(error.message)
    U+0020 SPACE is not allowed in the value of note
    """


class RecordNotFoundError(TLSRPTError):
    """No TXT record of an answer is a TLS-RPT record: RFC 8460 section 3.

    Attributes:
        mistake: what is wrong with a TXT record that was plainly meant to be one; None if there is
            no such record. When printed, the error has its message and its hint.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord.from_rrset([])
    ... except RecordNotFoundError as error:
    ...     print(error.code)
    record-not-found
    """

    mistake: ParseError | None = None

    def __str__(self) -> str:
        if self.mistake is None:
            return super().__str__()
        return f"{self.message}: {self.mistake.message}; {self.mistake.hint}"


class MultipleRecordsError(TLSRPTError):
    """Several TXT records of an answer are TLS-RPT records: RFC 8460 section 3.

    >>> from tlsrpt import TLSRPTRecord
    >>> try:
    ...     TLSRPTRecord.from_rrset(2 * ["v=TLSRPTv1; rua=mailto:tls@example.com"])
    ... except MultipleRecordsError as error:
    ...     print(error.code)
    multiple-records
    """


class FormProblem(NamedTuple):
    """One mistake in what was typed into a form.

    Attributes:
        field: ``"domain"`` or ``"endpoints"``.
        line: the number of the line, from 1, or of the item if the endpoints are an iterable; None
            for the domain, or if the problem is the list as a whole.
        text: what was typed there.
        error: the mistake.
    """

    field: str
    line: int | None
    text: str
    error: TLSRPTError

    def __str__(self) -> str:
        place = self.field if self.line is None else f"{self.field}, line {self.line}"
        return f"{place}: {self.error}"


class FormError(TLSRPTError):
    r"""Everything that is wrong with a filled-in form; see `generate`.

    Attributes:
        problems: the mistakes, each a `FormProblem`; at least one. `code`, `message`, `hint`
            and ``facts`` are the first one's.

    >>> from tlsrpt import generate
    >>> try:
    ...     generate("example,com", "mailto:tls@example.com\n\nhttp://reports.example.com/")
    ... except FormError as error:
    ...     print(error)
    domain: ',' is not allowed in a domain (example,com); use letters, digits, hyphens and dots
    endpoints, line 3: senders report to https, not to http as in http://reports.example.com/, and some ignore the whole record; write https:// if the server supports TLS
    """  # noqa: E501 - the output of an example

    def __init__(self, problems: tuple[FormProblem, ...]) -> None:
        first = problems[0].error
        super().__init__(first.code, first.message, first.hint, first.facts)
        self.args = (problems,)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))
