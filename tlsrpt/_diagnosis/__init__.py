"""What is wrong with a record, where, and how to correct it: `check` and `check_rrset`.

Passes look at the text one after another, each at what the fixes of the passes before have made of
it: what was copied along with the record; its version, fields and endpoints; and the drawbacks of
what is in the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from tlsrpt._abnf import tlsrpt_record
from tlsrpt._diagnosis.copied import characters, octets, surroundings
from tlsrpt._diagnosis.drawbacks import (
    drawbacks,
    duplicates,
    has_no_drawback,
    length,
    schemes,
    unlikely_domain,
)
from tlsrpt._diagnosis.edits import Draft, Edit, EditDict, Finding, FindingDict, find
from tlsrpt._diagnosis.endpoints import endpoints, explain_letters, explain_uri, letters, lists
from tlsrpt._diagnosis.fields import (
    delimiters,
    empty_fields,
    fields,
    is_meant,
    other_records,
    version,
)
from tlsrpt._display import well_formed
from tlsrpt.domain import normalize_domain
from tlsrpt.errors import ParseError
from tlsrpt.record import (
    RecordDict,
    TLSRPTRecord,
    assemble,
    of_tlsrpt,
    read_fields,
    read_rrset,
)
from tlsrpt.txt import MAX_VALUE, read_txt

__all__ = [
    "CheckResult",
    "CheckResultDict",
    "Edit",
    "EditDict",
    "Finding",
    "FindingDict",
    "check",
    "check_rrset",
    "explain",
    "explain_letters",
    "explain_uri",
    "is_meant",
]

# Where the record begins and ends, and its version: without these, the rest cannot be read.
_FRAME: Final = (characters, surroundings, octets, characters, version, other_records)
_CONTENT: Final = (delimiters, empty_fields, fields, lists, endpoints, letters)
_QUERY: Final = re.compile("[?#]")
# Where a mended record has one of these, a guess has gone wrong.
_DOUBTFUL: Final = {
    "address-literal",
    "bad-host",
    "bad-mailbox",
    "duplicate-version",
    "html-entity",
    "mailto-no-mailbox",
    "missing-host",
    "uri-credentials",
    "uri-within-uri",
}


class CheckResultDict(TypedDict):
    """What `CheckResult.to_dict` returns."""

    ok: bool
    text: str
    record: RecordDict | None
    findings: list[FindingDict]
    fixed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What `check` found. It is true if the record is ok.

    Attributes:
        text: the text that was checked, which spans and edits refer to.
        ok: whether a sender that follows RFC 8460 has somewhere to send reports: there is no error.
        record: the record, as `TLSRPTRecord.parse` reads it; None if it is not in the grammar.
        findings: the mistakes and drawbacks, in order of place.
        fixed: the canonical record after every fix; None if an error has no fix, if the result is
            doubtful, or if there are more than 1,000 findings, of which the last one says how many.

    >>> result = check("v=TSLRPTv1; rua=tls@example.com")
    >>> result.ok, result.record, result.fixed
    (False, None, 'v=TLSRPTv1; rua=mailto:tls@example.com')
    >>> [finding.code for finding in result.findings]
    ['misspelled-version', 'bare-address']
    """

    text: str
    ok: bool
    record: TLSRPTRecord | None
    findings: tuple[Finding, ...]
    fixed: str | None

    def __bool__(self) -> bool:
        return self.ok

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that cost reports, in order of place.

        >>> check("v=TLSRPTv1; rua=mailto:tls@example.com").errors
        ()
        """
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The drawbacks, in order of place.

        >>> [w.code for w in check("v=TLSRPTv1 ; rua=mailto:tls@example.com").warnings]
        ['whitespace-before-semicolon']
        """
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    def to_dict(self) -> CheckResultDict:
        """The result as a `dict` for JSON.

        >>> check("v=TLSRPTv1; rua=mailto:tls@example.com").to_dict()["ok"]
        True
        """
        return {
            "ok": self.ok,
            "text": well_formed(self.text),
            "record": None if self.record is None else self.record.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
            "fixed": self.fixed,
        }


def check(text: str | bytes | Iterable[str | bytes], *, domain: str | None = None) -> CheckResult:
    """Find what is wrong with a record, where, and how to correct it.

    Every text has a result; none raises.

    Args:
        text: the record in any form that `TLSRPTRecord.parse` takes.
        domain: the Policy Domain it was published for, as `normalize_domain` takes it.

    Raises:
        InvalidDomainError: the domain is not a valid Policy Domain.
        TypeError: the text is none of these forms.

    >>> check("v=TLSRPTv1; rua=mailto:tls@example.com").ok
    True
    >>> print(check("v=TLSRPTv1; rua=http://r.example/").warnings[0].hint)
    write https:// if the server supports TLS
    """
    value = read_txt(text)
    return _check(value, None if domain is None else normalize_domain(domain))


def check_rrset(
    rrset: Iterable[str | bytes | Iterable[str | bytes]], *, domain: str | None = None
) -> CheckResult:
    """Find what is wrong with a DNS answer.

    The verdict is that of `TLSRPTRecord.from_rrset`, without exceptions. Where senders find no
    record among several TXT records, the first that was plainly meant to be one is checked. If
    there is none, or if there are several records, the result has no text. Beside the one record,
    those that were meant to be one draw the warning ``discarded-record``.

    Args:
        rrset: the TXT records, each in one of the forms that `TLSRPTRecord.parse` takes.
        domain: the Policy Domain that was looked up.

    Raises:
        InvalidDomainError: the domain is not a valid Policy Domain.
        TypeError: `rrset` is a bare `str` or `bytes`, or a member has the wrong type.

    >>> result = check_rrset(["v=spf1 -all", "v=TLSRPT1; rua=mailto:tls@example.com"])
    >>> [finding.code for finding in result.findings], result.text
    (['misspelled-version'], 'v=TLSRPT1; rua=mailto:tls@example.com')
    """
    texts = read_rrset(rrset)
    name = None if domain is None else normalize_domain(domain)
    begun = of_tlsrpt(texts)
    if len(begun) > 1:
        return _rejected("", find("multiple-records", 0, 0, count=len(begun)))
    meant = begun if len(texts) > 1 and begun else [text for text in texts if is_meant(text)]
    if not meant:
        return _rejected("", find("record-not-found", 0, 0, count=len(texts)))
    discarded = [text for text in texts if text not in begun and is_meant(text)] if begun else []
    return _check(meant[0], name, is_alone=len(texts) == 1, discarded=discarded)


def explain(text: str) -> ParseError:
    """The first mistake in a text that `TLSRPTRecord.parse` has rejected."""
    errors = [error for error in _check(text, None).errors if error.code != "no-usable-endpoint"]
    code, _, message, span, hint, _ = errors[0]
    return ParseError(code, message, hint, text, span)


def _rejected(text: str, finding: Finding) -> CheckResult:
    return CheckResult(text=text, ok=False, record=None, findings=(finding,), fixed=None)


def _check(
    text: str, domain: str | None, *, is_alone: bool = True, discarded: Sequence[str] = ()
) -> CheckResult:
    parts = read_fields(text)
    record = assemble(TLSRPTRecord, *parts, domain) if parts else None
    if record and not discarded and has_no_drawback(text, record):
        findings = (*unlikely_domain(domain), *length(len(text), domain))
        return CheckResult(text=text, ok=True, record=record, findings=findings, fixed=record.value)
    if record is None and (excess := _excess(text)):
        return _rejected(text, excess)
    draft = Draft(text)
    draft.take(find("discarded-record", 0, 0, text=other) for other in discarded)
    if record or _correct(draft):
        draft.take(schemes(draft.text, is_record=record is not None))
        draft.take(drawbacks(draft.text, domain, is_alone=is_alone))
        draft.take(duplicates(draft.text))
        draft.take(unlikely_domain(domain))
        draft.take(length(len(draft.text), domain))
    findings = draft.findings()
    return CheckResult(
        text=text,
        ok=all(finding.severity != "error" for finding in findings),
        record=record,
        findings=findings,
        fixed=_fixed(draft, findings),
    )


def _excess(text: str) -> Finding | None:
    # With a space after each semicolon, the canonical form may be longer than the text.
    if len(text) <= MAX_VALUE and tlsrpt_record(text) is None:
        return None
    least = max(len(text), MAX_VALUE + 1)
    return find("too-long", 0, len(text), length=least, limit=MAX_VALUE)


def _correct(draft: Draft) -> bool:
    """Bring a text into the grammar, as far as its mistakes have a fix.

    Returns:
        Whether it could be read as a TLS-RPT record.
    """
    for look in _FRAME:
        all_fixed = draft.take(look(draft.text))
        # Octets that are not UTF-8 have no fix either, but what is around them can be read.
        if draft.has_more or not (all_fixed or look is octets):
            return False
    for look in _CONTENT:
        if not draft.has_more:
            draft.take(_spare_query(look(draft.text), draft.text))
    return not draft.has_more


def _spare_query(findings: Iterable[Finding], text: str) -> Iterator[Finding]:
    """The findings, without fixes after a query or fragment: what is there may belong to it."""
    query = _QUERY.search(text)
    for finding in findings:
        is_clear = query is None or finding.span[1] <= query.start()
        yield finding if is_clear else finding._replace(fix=None)


def _fixed(draft: Draft, findings: tuple[Finding, ...]) -> str | None:
    """The canonical form of what the fixes gave, if they corrected every error."""
    if draft.has_more:
        return None
    parts = read_fields(draft.text)
    errors = [finding for finding in findings if finding.severity == "error"]
    if parts is None or any(error.fix is None for error in errors):
        return None
    # YAML doubles an apostrophe (dig +yaml), and no mailbox has two of them side by side.
    is_doubtful = "''" in draft.text or any(finding.code in _DOUBTFUL for finding in findings)
    if errors and is_doubtful:
        return None
    return assemble(TLSRPTRecord, *parts).value
