"""A record as text: its parts, its canonical form, and which text of an answer it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from tlsrpt._abnf import TLSRPT_VERSION, tlsrpt_record
from tlsrpt.txt import MAX_VALUE, read_txt

# The parts of a record as it was published: the URIs of rua, and the extensions. Making an instance
# of a class would take longer than any other step of reading a record.
Parts: TypeAlias = tuple[list[str], list[str]]


def parts_of(text: str) -> Parts | None:
    """The parts of a record (RFC 8460 section 3, tlsrpt-record).

    None if the text is not in the grammar, has no rua field, or if its canonical form, with a space
    after each semicolon, does not fit in one TXT record.

    >>> parts_of("v=TLSRPTv1;rua=mailto:tls@example.com")
    (['mailto:tls@example.com'], [])
    """
    parts = None if len(text) > MAX_VALUE else tlsrpt_record(text)
    if parts is None:
        return None
    is_long = len(text) + len(parts[1]) >= MAX_VALUE
    return None if is_long and len(canonical(*parts)) > MAX_VALUE else parts


def canonical(uris: Iterable[str], extensions: Iterable[str]) -> str:
    """The canonical form: one rua field after the version, a space after each semicolon.

    >>> canonical(["mailto:tls@example.com"], ["note=x"])
    'v=TLSRPTv1; rua=mailto:tls@example.com; note=x'
    """
    return "; ".join([f"{TLSRPT_VERSION}; rua={','.join(uris)}", *extensions])


class Answer(NamedTuple):
    """The TXT records of a DNS answer, and which of them is the record (RFC 8460 section 3).

    Attributes:
        texts: the TXT records, each as one text.
        candidates: those that senders do not discard: of several, the ones that begin with
            ``v=TLSRPTv1;``.
        record: the text to judge: the one candidate or, if there is none, the first text in sort
            order that was plainly meant to be one, since name servers rotate their answers; None if
            there is no such text or several candidates.
    """

    texts: list[str]
    candidates: list[str]
    record: str | None


def read_answer(rrset: Iterable[str | bytes | Iterable[str | bytes]]) -> Answer:
    """Find the record among the TXT records of an answer.

    >>> read_answer(["v=spf1 -all", "v=TLSRPTv1; rua=mailto:tls@example.com"]).record
    'v=TLSRPTv1; rua=mailto:tls@example.com'
    """
    if isinstance(rrset, str | bytes):
        raise TypeError("an answer is an iterable of TXT records; use parse or check for one")
    texts = [read_txt(rr) for rr in rrset]
    candidates = [text for text in texts if text.startswith(f"{TLSRPT_VERSION};")]
    if len(texts) == 1:
        candidates = texts
    if len(candidates) > 1:
        return Answer(texts, candidates, None)
    if candidates and candidates[0].startswith(TLSRPT_VERSION):
        return Answer(texts, candidates, candidates[0])
    # Needed for bad answers only
    from tlsrpt._version import is_meant  # noqa: PLC0415

    return Answer(texts, candidates, min(filter(is_meant, texts), default=None))
