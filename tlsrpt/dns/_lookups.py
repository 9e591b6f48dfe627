"""Lookups that share a resolver, a timeout and a rate, and their results."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypedDict, TypeVar

import dns.asyncresolver
import dns.flags
import dns.name
import dns.rcode
import dns.resolver

from tlsrpt._check import CheckResult, CheckResultDict, check_rrset
from tlsrpt._display import well_formed
from tlsrpt._text import read_answer
from tlsrpt.dns._concurrency import Descriptors, Pace, as_completed
from tlsrpt.dns._question import Question, targets, time_to_live
from tlsrpt.dns._sending import Sender
from tlsrpt.domain import DRAFT_PREFIXES, MAX_NAME, normalize_domain, owner_name
from tlsrpt.errors import InvalidDomainError
from tlsrpt.record import RecordDict, TLSRPTRecord
from tlsrpt.txt import read_txt

# In octets: checking as much text as this takes at most some 20 ms, if it is hostile.
_LONG: Final = 1000

_Result = TypeVar("_Result")

Status = Literal["found", "none", "multiple", "broken", "failed", "bad-domain"]


class LookupDict(TypedDict):
    """What `Lookup.to_dict` returns."""

    domain: str
    host: str | None
    status: Status
    reason: str | None
    record: RecordDict | None
    check: CheckResultDict | None
    texts: list[str]
    ttl: int | None
    authenticated: bool
    cnames: list[str]
    server: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What a domain publishes, or why that is not known.

    The `status` is one of these words:

    - ``found``: there is one record that follows the grammar.
    - ``none``: the domain does not use TLS-RPT. The `reason` is ``nxdomain``, ``nodata``, or
      ``foreign`` if there are only other TXT records.
    - ``multiple``: there are several records, and senders ignore them all.
    - ``broken``: a record was meant for TLS-RPT, but does not follow the grammar. The `reason` is
      the code of its first error.
    - ``failed``: the lookup failed, so ask again later. The `reason` is ``timeout``, ``network``,
      ``servfail``, ``bogus`` (DNSSEC), ``refused`` or ``invalid-answer``.
    - ``bad-domain``: the domain is not a valid Policy Domain. The `reason` is the code of the
      error.

    Attributes:
        domain: the Policy Domain as ``normalize_domain`` returns it; as given for ``bad-domain``.
        host: the name that was looked up (RFC 8460 section 3); None for ``bad-domain``.
        status: the outcome.
        reason: the reason for that status; None for ``found`` and ``multiple``.
        record: the record, for ``found``; it may still have no usable endpoint.
        check: what ``check_rrset`` says about the answer, for ``found``, ``broken`` and
            ``multiple``.
        texts: the TXT records, each with its strings joined, sorted.
        ttl: how many seconds the answer may be cached, including its CNAMEs; for ``nxdomain`` and
            ``nodata`` the negative TTL (RFC 2308 section 5). None if there is none.
        authenticated: whether the resolver says that DNSSEC protects the answer (RFC 4035
            section 3.2.3, the AD bit). Trust it only if you trust the path to the resolver.
        cnames: the targets of the CNAMEs at the host, in order. For ``failed``, the names in a
            loop, or those outside the server's own zones, which it does not follow.
        server: the address of the name server that the result is about; None for ``nxdomain``.

    >>> from tlsrpt.dns import lookup
    >>> lookup("example.com").status
    'found'
    """

    domain: str
    host: str | None
    status: Status
    reason: str | None = None
    record: TLSRPTRecord | None = None
    check: CheckResult | None = None
    texts: tuple[str, ...] = ()
    ttl: int | None = None
    authenticated: bool = False
    cnames: tuple[str, ...] = ()
    server: str | None = None

    def to_dict(self) -> LookupDict:
        """The result as a `dict` for JSON.

        >>> from tlsrpt.dns import lookup
        >>> lookup("example.net").to_dict()["reason"]
        'nxdomain'
        """
        return {
            "domain": well_formed(self.domain),
            "host": self.host,
            "status": self.status,
            "reason": self.reason,
            "record": None if self.record is None else self.record.to_dict(),
            "check": None if self.check is None else self.check.to_dict(),
            "texts": [well_formed(text) for text in self.texts],
            "ttl": self.ttl,
            "authenticated": self.authenticated,
            "cnames": list(self.cnames),
            "server": self.server,
        }


class Lookups:
    """Lookups that share a resolver, a timeout and a rate."""

    def __init__(
        self, resolver: dns.resolver.BaseResolver | None, timeout: float, rate: float | None = None
    ) -> None:
        refuse_bad_timeout(timeout)
        if rate is not None and not rate > 0:
            raise ValueError(f"rate is a positive number of lookups per second, not {rate}")
        self._resolver = resolver or dns.asyncresolver.get_default_resolver()
        self._timeout = timeout
        self._pace = Pace(rate)
        self._sender = Sender(self._resolver)
        self._checking = asyncio.Lock()

    def of_many(
        self,
        look_up: Callable[[str], Coroutine[None, None, _Result]],
        domains: Iterable[str] | AsyncIterable[str],
        concurrency: int,
    ) -> AsyncGenerator[_Result, None]:
        """The results of looking up each domain, as they complete."""
        if isinstance(domains, str | bytes):
            raise TypeError("domains is an iterable of domains, such as a list; use lookup for one")
        concurrency = operator.index(concurrency)
        if concurrency < 1:
            raise ValueError(f"concurrency is at least 1, not {concurrency}")
        descriptors = Descriptors(concurrency)
        return as_completed(domains, lambda domain: descriptors.use(look_up, domain), concurrency)

    async def of(self, domain: str) -> Lookup:
        """What a domain publishes, as `lookup_many` yields it."""
        try:
            name = normalize_domain(domain)
        except InvalidDomainError as error:
            return Lookup(domain=domain, host=None, status="bad-domain", reason=error.code)
        return await self.at(name, owner_name(name))

    async def with_misplaced(self, domain: str) -> tuple[Lookup, tuple[Lookup, ...]]:
        """The same, and if there is no record, those at names where people put one by mistake.

        For the command: these take two more queries for such a domain.
        """
        result = await self.of(domain)
        if result.status != "none":
            return result, ()
        hosts = (result.domain, f"{DRAFT_PREFIXES[0]}.{result.domain}")
        others = [await self.at(result.domain, host) for host in hosts if len(host) <= MAX_NAME]
        return result, tuple(each for each in others if each.check is not None)

    async def at(self, domain: str, host: str) -> Lookup:
        """What is published for a domain at a host."""
        await self._pace.wait()
        question = Question(host, self._resolver, self._timeout)
        while query := question.next_query():
            try:
                reply = await self._sender.send_async(query)
            except Exception as error:  # noqa: BLE001 - judged by the question
                question.take(error)
            else:
                question.take(reply)
        if question.answer is None or _size(question.answer) < _LONG:
            return result_of(domain, host, question)
        # Meanwhile the event loop gets every second turn, and would get fewer beside many threads.
        async with self._checking:
            return await asyncio.to_thread(result_of, domain, host, question)


def refuse_bad_timeout(timeout: float) -> None:
    """Raise a `ValueError` for a timeout that is not positive."""
    if not timeout > 0:
        raise ValueError(f"timeout is a positive number of seconds, not {timeout}")


def _size(answer: dns.resolver.Answer) -> int:
    """How many octets of text an answer has."""
    return sum(len(string) for rr in answer for string in rr.strings)


def result_of(domain: str, host: str, question: Question) -> Lookup:
    """The result for a domain whose question about a host is settled."""
    answer = question.answer
    if answer is None:
        why, server, cnames = question.failure
        return Lookup(
            domain=domain,
            host=host,
            status="failed",
            reason=why,
            cnames=_names(cnames),
            server=server,
        )
    texts = tuple(sorted(read_txt(rr.strings) for rr in answer))
    is_nxdomain = answer.response.rcode() == dns.rcode.NXDOMAIN
    status, reason, check = _status(domain, texts, is_nxdomain=is_nxdomain)
    return Lookup(
        domain=domain,
        host=host,
        status=status,
        reason=reason,
        record=check.record if check is not None and status == "found" else None,
        check=check,
        texts=texts,
        ttl=time_to_live(answer),
        authenticated=bool(answer.response.flags & dns.flags.AD),
        cnames=_names(targets(answer)),
        # dnspython's cache does not keep the server of an NXDOMAIN, so it is never named.
        server=None if is_nxdomain else answer.nameserver,
    )


def _names(targets: Iterable[dns.name.Name]) -> tuple[str, ...]:
    return tuple(target.to_text(omit_final_dot=True) for target in targets)


def _status(
    domain: str, texts: tuple[str, ...], *, is_nxdomain: bool
) -> tuple[Status, str | None, CheckResult | None]:
    """Status, reason and check of an answer."""
    if not texts:
        return "none", "nxdomain" if is_nxdomain else "nodata", None
    check = check_rrset(texts, domain=domain)
    found = read_answer(texts)
    if len(found.candidates) > 1:
        return "multiple", None, check
    if found.record is None:
        return "none", "foreign", None
    if found.candidates and check.record:
        return "found", None, check
    return "broken", check.errors[0].code, check
