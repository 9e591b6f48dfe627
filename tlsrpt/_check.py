"""The verdict on a record, or on the answer that it came in: `check` and `check_rrset`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from tlsrpt._diagnosis import diagnose
from tlsrpt._diagnosis.edits import Edit, EditDict, Finding, FindingDict, make_finding
from tlsrpt._display import well_formed
from tlsrpt._text import parts_of, read_answer
from tlsrpt._version import is_meant
from tlsrpt.domain import normalize_domain
from tlsrpt.record import RecordDict, TLSRPTRecord, record_of
from tlsrpt.txt import read_txt

__all__ = [
    "CheckResult",
    "CheckResultDict",
    "Edit",
    "EditDict",
    "Finding",
    "FindingDict",
    "check",
    "check_rrset",
]


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
            doubtful, or if there are more than 1,000 findings (the last finding says how many).

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

    Every text gives a result; no text raises an exception.

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

    The verdict is that of `TLSRPTRecord.from_rrset`, without exceptions. If senders find no record
    among several TXT records, one that was plainly meant for TLS-RPT is checked, whatever their
    order. If there is none, or if there are several records, the result has no text. Other TXT
    records that were meant for TLS-RPT get the warning ``discarded-record``.

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
    answer = read_answer(rrset)
    name = None if domain is None else normalize_domain(domain)
    if len(answer.candidates) > 1:
        return rejected(make_finding("multiple-records", 0, 0, count=len(answer.candidates)))
    if answer.record is None:
        return rejected(make_finding("record-not-found", 0, 0, count=len(answer.texts), unless=""))
    beside = sorted(answer.texts)
    beside.remove(answer.record)
    discarded = [text for text in beside if is_meant(text)]
    return _check(answer.record, name, is_alone=len(answer.texts) == 1, discarded=discarded)


def rejected(finding: Finding) -> CheckResult:
    """The result if there is no one record to check."""
    return CheckResult(text="", ok=False, record=None, findings=(finding,), fixed=None)


def _check(
    text: str, domain: str | None, *, is_alone: bool = True, discarded: Sequence[str] = ()
) -> CheckResult:
    parts = parts_of(text)
    findings, fixed = diagnose(text, parts, domain, is_alone=is_alone, discarded=discarded)
    return CheckResult(
        text=text,
        ok="error" not in [finding.severity for finding in findings],
        record=None if parts is None else record_of(TLSRPTRecord, parts, domain),
        findings=findings,
        fixed=fixed,
    )
