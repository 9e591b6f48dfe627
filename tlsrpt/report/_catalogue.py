"""The catalogue of findings about reports: one row a code, with severity, message and hint.

Exceptions and findings both take their words from here. `docs/report-findings.md` explains every
code; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final, Literal, NamedTuple

from tlsrpt._display import filled_in, visible
from tlsrpt.errors import TLSRPTError

Severity = Literal["error", "warning"]


class ReportFinding(NamedTuple):
    """One thing in a report that deviates from RFC 8460.

    Attributes:
        code: the stable name of the deviation, in kebab-case.
        severity: ``"error"`` if something is lost or may have been misread; ``"warning"`` if the
            sender left something out or wrote it in another way, but nothing is lost.
        message: what deviates; safe to print.
        hint: what the sender should write instead; safe to print.
        pointer: where, as a JSON Pointer (RFC 6901) into the document as it was sent; a member
            that is missing is shown at its parent; ``""`` is the whole document. Names of more
            than 200 characters are cut.
        facts: what is in the message and the hint instead of the names in braces that
            `tlsrpt.report.codes.CODES` has; read-only, and safe to print.

    >>> from tlsrpt.report import check_report
    >>> finding = check_report("[]").findings[0]
    >>> finding.code, finding.severity, finding.pointer
    ('missing-object', 'error', '')
    """

    code: str
    severity: Severity
    message: str
    hint: str
    pointer: str
    facts: Mapping[str, str | int]


class ReportError(TLSRPTError):
    """A report that cannot be read at all, or one that may not be sent (RFC 8460 section 4.4).

    Attributes:
        pointer: where in the document, as a JSON Pointer (RFC 6901).

    >>> from tlsrpt.report import Report
    >>> try:
    ...     Report.parse("{}")
    ... except ReportError as error:
    ...     print(error.code)
    missing-date-range
    """

    pointer: str = ""

    def __str__(self) -> str:
        text = super().__str__()
        return f"{visible(self.pointer)}: {text}" if self.pointer else text

    @classmethod
    def of(cls, finding: ReportFinding) -> ReportError:
        """The exception for a finding."""
        error = cls(finding.code, finding.message, finding.hint, finding.facts)
        error.pointer = finding.pointer
        return error


class Row(NamedTuple):
    """A row of the catalogue; its texts are templates for `str.format`.

    The consequence follows the message in a finding, but not in an exception, after which nothing
    is read. If `varies` is set, a finding may also be an error.
    """

    severity: Severity
    message: str
    hint: str
    consequence: str = ""
    varies: bool = False


def make_finding(code: str, pointer: str = "", /, **facts: object) -> ReportFinding:
    """The finding for a deviation at a place; text among the facts is made safe to print."""
    row = CATALOGUE[code]
    return _filled_in(row.message + row.consequence, code, pointer, facts)


def fail(code: str, pointer: str = "", /, **facts: object) -> ReportError:
    """The exception for what cannot be read, or may not be sent."""
    return ReportError.of(_filled_in(CATALOGUE[code].message, code, pointer, facts))


def _filled_in(message: str, code: str, pointer: str, facts: dict[str, object]) -> ReportFinding:
    severity, hint = CATALOGUE[code].severity, CATALOGUE[code].hint
    named, (message, hint) = filled_in(facts, message, hint)
    return ReportFinding(code, severity, message, hint, pointer, named)


_error = partial(Row, "error")
_warning = partial(Row, "warning")

CATALOGUE: Final[dict[str, Row]] = {
    # --- Octets and JSON ------------------------------------------------------------------------
    "size-limit": _error(
        "the content is larger than {limit:,} octets",
        "split it, or read it in Python with a larger max_size",
    ),
    "value-limit": _error(
        "the document holds more than {limit:,} JSON values",
        "split it, or read it in Python with a larger max_size",
    ),
    "name-limit": _error(
        "more than {limit:,} domain names are not in ASCII", "write domain names in A-labels"
    ),
    "nesting-limit": _error(
        "the document is nested too deeply", "nest no deeper than RFC 8460 section 4.4 does"
    ),
    "empty-document": _error("the document is empty", "write a JSON object"),
    "invalid-gzip": _error(
        "the gzip stream is damaged", "send it again, as binary data or in base64"
    ),
    "truncated-gzip": _error("the gzip stream ends early", "send the whole file"),
    "trailing-data": _warning("{count:,} {unit} follow the report", "end after the report"),
    "second-document": _error(
        "another document follows the report",
        "write one report per file, or one per line",
        ", and is not read",
    ),
    "byte-order-mark": _warning(
        "the document begins with a byte order mark", "begin with {{ (RFC 8259 section 8.1)"
    ),
    "utf-16-encoding": _warning("the document is in UTF-16", "write UTF-8 (RFC 7493 section 2.1)"),
    "invalid-utf-8": _error(
        "octet {offset:,} is not valid {encoding}",
        "write UTF-8 (RFC 7493 section 2.1)",
        "; such octets are read as U+FFFD",
    ),
    "lone-surrogate": _error(
        "the string holds half of a surrogate pair",
        "write the whole character (RFC 7493 section 2.1)",
        ", which is read as U+FFFD",
    ),
    "invalid-json": _error("this is not JSON: {reason}", "write JSON (RFC 8259)"),
    "missing-object": _error("the document is {kind}, not a report", "write a JSON object"),
    # --- Shape ----------------------------------------------------------------------------------
    "wrapper-object": _warning(
        "the report is inside another object", "write its members at the top level"
    ),
    "missing-date-range": _error(
        "there is no usable {name}, so it is not known what time the report covers",
        "write date-range with start-datetime and end-datetime",
    ),
    "missing-policies": _error("there is no list of policies", "write policies as a list"),
    "missing-member": _warning("{name} is missing or empty", "write {name}"),
    "null-member": _warning("{name} is null", "leave {name} out"),
    "unknown-member": _error(
        "{name} is not defined by RFC 8460",
        "leave it out, since readers ignore it",
        ", and is ignored",
    ),
    "duplicate-name": _error(
        "{name} occurs more than once, and only one of them is read",
        "write {name} once (RFC 7493 section 2.3)",
    ),
    "member-spelling": _warning("{name} is another name for {own}", "write {own}"),
    "wrong-type": _error("this is {kind}, not {wanted}", "write {wanted}", ", and is ignored"),
    "flat-policy": _warning(
        "the members of policy are beside summary", "put them into an object named policy"
    ),
    "object-for-list": _warning("this is one object, not a list of objects", "write a list"),
    "string-for-list": _warning("this is one string, not a list of strings", "write a list"),
    "number-for-string": _warning("this is a number, not a string", 'write "{number}"'),
    "double-encoding": _warning(
        "this string holds a JSON list of strings", "write the strings themselves"
    ),
    "line-end": _warning(
        "this string has line ends", "write one string per line, without its line end"
    ),
    # --- Values ---------------------------------------------------------------------------------
    "invalid-count": _error(
        "{value} is not a count", "write an integer from 0 to 2^53-1", ", and is read as 0"
    ),
    "count-format": _warning("the count is written as {value}", "write {count}"),
    "failure-total": _warning(
        "the total of failures is {total:,}, but one failure detail counts at least {least:,}",
        "count all failed sessions, even in testing mode",
    ),
    "invalid-date": _error(
        "{value} is not a date and time", "write it as in 2024-09-03T00:00:00Z (RFC 3339)"
    ),
    "missing-time-zone": _error(
        "{value} has no time zone", "write {cure} if it is UTC", ", and is read as UTC"
    ),
    "date-format": _warning("{value} is not in RFC 3339 format", "write {cure}"),
    "date-order": _error(
        "the date range does not end after its start",
        "write the earlier date as start-datetime",
    ),
    "unknown-policy-type": _warning(
        "{value} is not a policy type", "write tlsa, sts or no-policy-found"
    ),
    "unknown-result-type": _warning(
        "unknown result type {value}",
        "write one of RFC 8460 section 4.3, such as validation-failure",
    ),
    "type-spelling": _warning("{value} is {cure} in another spelling", "write {cure}"),
    "invalid-domain": _warning("{value} is not a domain name", "write a domain name in A-labels"),
    "domain-format": _warning("{value} is not in its normal form", "write {cure}"),
    "invalid-ip-address": _warning("{value} is not an IP address", "write an IP address"),
    "invalid-contact-info": _warning(
        "{value} is not an e-mail address", "write an e-mail address, as in tls@example.com"
    ),
    "invalid-report-id": _warning(
        "{value} does not fit into a Message-ID (RFC 8460 section 5.3)",
        "write ASCII without spaces, <, > and =?",
    ),
    "invalid-uri": _warning("{value} is not a URI", "write a URI, as in https://example.com/"),
    "multiline-helo": _warning(
        "the name from HELO or EHLO has several lines", "write the host name alone"
    ),
    "more-findings": _warning(
        "more findings: {count:,}, errors among them: {errors:,}",
        "correct those above first",
        varies=True,
    ),
    # --- Files and mail -------------------------------------------------------------------------
    "no-report": _warning("there is no TLS report in it", "if you expected one, ask the sender"),
    "missing-report": _error(
        "the e-mail says that it is a TLS report, but there is none in it", "ask the sender"
    ),
    "invalid-zip": _error("the zip archive cannot be read: {reason}", "create the archive again"),
    "unsupported-format": _error("this is {kind}, which cannot be read", "{cure}", "; {cure}"),
    "part-limit": _error(
        "there are more than {parts:,} parts in it",
        "split it, or read it in Python with a larger max_size",
        ", and the rest is not read",
    ),
    "unreadable-file": _error(
        "the file cannot be read: {reason}", "check its permissions, and what it links to"
    ),
    # --- Sending --------------------------------------------------------------------------------
    "invalid-address": _error(
        "{value} cannot be the address of a sender or recipient",
        "write an e-mail address, as in tls@example.com",
    ),
    "missing-policy-domain": _error(
        "the first policy has no domain name as its policy-domain", "write the policy domain"
    ),
    "invalid-unique-id": _error(
        "{value} cannot be part of a file name", "write ASCII letters and digits"
    ),
}
