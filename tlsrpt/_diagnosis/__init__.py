"""What is wrong with a record, where, and how to correct it: text in, findings and text out.

Passes look at the text one after another. Each sees the text with the fixes of the passes before
it. They look for what was copied along with the record; at its version, fields and endpoints; and
for drawbacks of a record that is in the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from tlsrpt._abnf import tlsrpt_record
from tlsrpt._catalogue import CATALOGUE
from tlsrpt._diagnosis.characters import characters, undecoded
from tlsrpt._diagnosis.drawbacks import (
    drawbacks,
    duplicates,
    has_no_drawback,
    length,
    schemes,
    unlikely_domain,
)
from tlsrpt._diagnosis.edits import Draft, Finding, make_finding
from tlsrpt._diagnosis.endpoints import endpoints, explain_uri, separators, uri_characters
from tlsrpt._diagnosis.fields import delimiters, empty_fields, fields, other_records, version
from tlsrpt._diagnosis.wrappings import surroundings
from tlsrpt._text import Parts, canonical, parts_of
from tlsrpt.errors import ParseError
from tlsrpt.txt import MAX_STRING, MAX_VALUE

__all__ = ["Diagnosis", "diagnose", "explain", "explain_uri"]

# Where the record begins and ends, and its version: without these, the rest cannot be read.
_FRAME: Final = (characters, surroundings, undecoded, characters, version, other_records)
_CONTENT: Final = (delimiters, empty_fields, fields, separators, endpoints, uri_characters)
_PASSES: Final = (*_FRAME, *_CONTENT)
_QUERY: Final = re.compile("[?#]")


class Diagnosis(NamedTuple):
    """What is wrong with a text, and what becomes of it.

    Attributes:
        findings: the mistakes and drawbacks, in order of place.
        fixed: the canonical record after every fix; None if there is none to rely on.
    """

    findings: tuple[Finding, ...]
    fixed: str | None


def diagnose(
    text: str,
    parts: Parts | None,
    domain: str | None,
    *,
    is_alone: bool = True,
    discarded: Sequence[str] = (),
) -> Diagnosis:
    """Find what is wrong with a text.

    Args:
        text: the text.
        parts: what `parts_of` finds in it.
        domain: the Policy Domain, if it is known.
        is_alone: whether there is no other TXT record beside it.
        discarded: those beside it that were meant for TLS-RPT, too.
    """
    if parts and not discarded and has_no_drawback(text, parts, domain):
        is_short = domain is None and len(text) <= MAX_STRING
        findings = () if is_short else (*unlikely_domain(domain), *length(len(text), domain))
        # A record like most has a space after each semicolon, or after none.
        return Diagnosis(findings, text if "; " in text else canonical(*parts))
    if parts is None and (excess := _excess(text)):
        return Diagnosis((excess,), None)
    draft = Draft(text)
    draft.take(make_finding("discarded-record", 0, 0, text=other) for other in discarded)
    if parts or _correct(draft):
        mended = None if parts else parts_of(draft.text)
        if not (mended and has_no_drawback(draft.text, mended, domain)):
            draft.take(schemes(draft.text, is_record=parts is not None))
            draft.take(drawbacks(draft.text, domain, is_alone=is_alone))
            draft.take(duplicates(draft.text))
        draft.take(unlikely_domain(domain))
        draft.take(length(len(draft.text), domain))
    findings = draft.findings()
    return Diagnosis(findings, _fixed(draft, findings))


def explain(text: str) -> ParseError:
    """The first mistake in a text that is not in the grammar."""
    findings = diagnose(text, None, None).findings
    errors = [finding for finding in findings if finding.severity == "error"]
    first = next(error for error in errors if error.code != "no-usable-endpoint")
    return ParseError(first.code, first.message, first.hint, first.facts, text, first.span)


def _excess(text: str) -> Finding | None:
    # With a space after each semicolon, the canonical form may be longer than the text.
    if 2 * len(text) <= MAX_VALUE or (len(text) <= MAX_VALUE and tlsrpt_record(text) is None):
        return None
    least = max(len(text), MAX_VALUE + 1)
    return make_finding("too-long", 0, len(text), length=least, limit=MAX_VALUE)


def _correct(draft: Draft) -> bool:
    """Bring a text into the grammar, as far as its mistakes have a fix.

    Returns:
        Whether it could be read as a TLS-RPT record.
    """
    for look in _PASSES:
        text = draft.text
        findings = look(text)
        if look in _CONTENT and (query := _QUERY.search(text)):
            findings = _spare(findings, query.start())
        if not draft.take(findings):
            return False
        # A text in the grammar has none of these mistakes.
        if draft.text is not text and tlsrpt_record(draft.text):
            break
    return True


def _spare(findings: Iterable[Finding], query: int) -> Iterator[Finding]:
    """The findings, without fixes after a query or fragment: the text there may belong to it."""
    for finding in findings:
        yield finding if finding.span[1] <= query else finding._replace(fix=None)


def _fixed(draft: Draft, findings: tuple[Finding, ...]) -> str | None:
    """The canonical form of what the fixes gave, if they corrected every error.

    The result is None, too, if it is not clear where the record ends: one TXT record may hold the
    text of two.
    """
    if draft.has_more:
        return None
    parts = parts_of(draft.text)
    errors = [finding for finding in findings if finding.severity == "error"]
    unfixed = [finding for finding in findings if finding.fix is None]
    if parts is None or any(one in errors or CATALOGUE[one.code].ends for one in unfixed):
        return None
    # YAML doubles an apostrophe (dig +yaml), and no mailbox has two of them side by side.
    is_doubtful = "''" in draft.text or any(
        CATALOGUE[finding.code].is_doubtful for finding in findings
    )
    if errors and is_doubtful:
        return None
    return canonical(*parts)
