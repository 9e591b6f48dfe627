"""The codes of findings and exceptions, so that a program can have texts of its own for them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt._catalogue import CATALOGUE, About, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CODES", "About", "Code"]


class Code(NamedTuple):
    """What a code stands for.

    Attributes:
        code: what ``Finding.code`` and ``TLSRPTError.code`` hold.
        severity: how serious a finding with this code is.
        varies: whether a finding may have the other severity. Each finding has its own.
        about: what it is about.
        message: the English text that says what is wrong, a template that the ``facts`` of a
            finding or an exception fill: ``message.format_map(finding.facts)``.
        hint: the English text that says what to write instead, likewise.
    """

    code: str
    severity: Severity
    varies: bool
    about: About
    message: str
    hint: str


#: Each code of a finding about a record, and of each exception but ``ReportError``, with what it
#: stands for.
CODES: Final[Mapping[str, Code]] = MappingProxyType(
    {
        code: Code(code, row.severity, row.varies, row.about, row.message, row.hint)
        for code, row in CATALOGUE.items()
    }
)
