"""What a domain publishes: `lookup`, `lookup_async` and `lookup_many`.

This part needs dnspython: ``pip install "dnspython>=2.7"``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable

try:
    import dns.resolver

    from tlsrpt.dns._lookups import (
        Lookup,
        LookupDict,
        Lookups,
        Status,
        refuse_bad_timeout,
        result_of,
    )
    from tlsrpt.dns._question import Question
    from tlsrpt.dns._sending import Sender
except ImportError as error:
    raise ImportError(
        'tlsrpt.dns needs dnspython 2.7 or later: pip install "dnspython>=2.7"', name="dns"
    ) from error

from tlsrpt.domain import normalize_domain, owner_name

__all__ = ["Lookup", "LookupDict", "Status", "lookup", "lookup_async", "lookup_many"]


def lookup(
    domain: str, *, resolver: dns.resolver.BaseResolver | None = None, timeout: float = 5.0
) -> Lookup:
    """Look up the record of a domain: the TXT records at ``_smtp._tls`` (RFC 8460 section 3).

    Whatever DNS says or fails to say is a result, not an exception.

    Args:
        domain: the Policy Domain, as ``normalize_domain`` takes it.
        resolver: a resolver of dnspython, sync or async, whose servers and settings are used; None
            for the system's. Only its cache is written.
        timeout: how many seconds the lookup may take, all servers together.

    Raises:
        InvalidDomainError: the domain is not a valid Policy Domain.
        ValueError: the timeout is not positive.
        OSError: no file descriptor was free.
        dns.resolver.NoResolverConfiguration: the system has no resolver configured.

    >>> result = lookup("example.com")
    >>> result.status, result.ttl
    ('found', 3600)
    >>> print(result.record)
    v=TLSRPTv1; rua=mailto:tls@example.com
    """
    name = normalize_domain(domain)
    refuse_bad_timeout(timeout)
    resolver = resolver or dns.resolver.get_default_resolver()
    question = Question(owner_name(name), resolver, timeout)
    sender = Sender(resolver)
    while query := question.next_query():
        try:
            reply = sender.send(query)
        except Exception as error:  # noqa: BLE001 - judged by the question
            question.take(error)
        else:
            question.take(reply)
    return result_of(name, owner_name(name), question)


async def lookup_async(
    domain: str,
    *,
    resolver: dns.resolver.BaseResolver | None = None,
    timeout: float = 5.0,  # noqa: ASYNC109 - not that of the caller's task
) -> Lookup:
    """As `lookup`, for asyncio.

    >>> import asyncio
    >>> asyncio.run(lookup_async("example.org")).reason
    'missing-delimiter'
    """
    name = normalize_domain(domain)
    return await Lookups(resolver, timeout).at(name, owner_name(name))


def lookup_many(
    domains: Iterable[str] | AsyncIterable[str],
    *,
    concurrency: int = 100,
    rate: float | None = None,
    resolver: dns.resolver.BaseResolver | None = None,
    timeout: float = 5.0,
) -> AsyncGenerator[Lookup, None]:
    """Look up the records of many domains, and yield each result as it completes.

    The domains are taken one by one as lookups can start, so the iterable may be endless; at most
    ``concurrency`` domains are in memory. If file descriptors run out, fewer lookups run at once
    until some are free again. ``break`` stops the lookups that are still running; to wait until
    they have stopped, use ``contextlib.aclosing``.

    If you block the event loop between results, lookups have to repeat their queries.

    Args:
        domains: the Policy Domains, as ``normalize_domain`` takes them. An invalid domain gives the
            result ``bad-domain``.
        concurrency: how many lookups run at once.
        rate: how many lookups start in a second, evenly spaced; None for no limit.
        resolver: as for `lookup`.
        timeout: how many seconds each lookup may take.

    Raises:
        TypeError: ``domains`` is a bare `str`, a domain is not a `str`, or the concurrency is not
            an `int`.
        ValueError: the concurrency, rate or timeout is not positive.
        OSError: no file descriptor was free for 30 seconds.
        dns.resolver.NoResolverConfiguration: the system has no resolver configured.
        Exception: whatever iterating over ``domains`` raises, after the results of the domains
            before.

    >>> import asyncio
    >>> async def statuses():
    ...     domains = ["example.com", "example.org", "example,com"]
    ...     return sorted([result.status async for result in lookup_many(domains)])
    >>> asyncio.run(statuses())
    ['bad-domain', 'broken', 'found']
    """
    lookups = Lookups(resolver, timeout, rate)
    return lookups.of_many(lookups.of, domains, concurrency)
