"""The codes of findings in reports, and of causes, so that a program can have texts for them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt.report import _causes
from tlsrpt.report._catalogue import CATALOGUE, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CAUSES", "CODES", "Cause", "ReportCode"]


class ReportCode(NamedTuple):
    """What the code of a finding in a report stands for.

    Attributes:
        code: what ``ReportFinding.code`` and ``ReportError.code`` hold.
        severity: how serious a finding with this code is.
        varies: whether a finding may have the other severity. Each finding has its own.
        message: the English text that says what deviates, a template that the ``facts`` of a
            finding fill. An exception may say only the beginning.
        hint: the English text that says what the sender should write instead, likewise.
    """

    code: str
    severity: Severity
    varies: bool
    message: str
    hint: str


class Cause(NamedTuple):
    """What the cause of a problem stands for.

    Attributes:
        cause: what ``Problem.cause`` holds.
        message: the English text that says what is wrong, a template for ``str.format`` with
            ``server`` and ``domain``.
        hint: the English text that says what to do about it, likewise.
    """

    cause: str
    message: str
    hint: str


#: Each code of a finding in a report, and of a ``ReportError``, with what it stands for.
CODES: Final[Mapping[str, ReportCode]] = MappingProxyType(
    {
        code: ReportCode(code, row.severity, row.varies, row.message + row.consequence, row.hint)
        for code, row in CATALOGUE.items()
    }
)
#: Each cause of a problem, with what it stands for.
CAUSES: Final[Mapping[str, Cause]] = MappingProxyType(
    {cause: Cause(cause, row.message, row.hint) for cause, row in _causes.CAUSES.items()}
)
