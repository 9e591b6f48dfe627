"""What the tests of lookups share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

import pytest

from tlsrpt.dns import Lookup, lookup, lookup_async, lookup_many

if TYPE_CHECKING:
    from collections.abc import Callable

    import dns.resolver

    Ask: TypeAlias = Callable[..., Lookup]


def _async(
    domain: str, *, resolver: dns.resolver.BaseResolver | None = None, timeout: float = 5.0
) -> Lookup:
    return asyncio.run(lookup_async(domain, resolver=resolver, timeout=timeout))


def _many(
    domain: str, *, resolver: dns.resolver.BaseResolver | None = None, timeout: float = 5.0
) -> Lookup:
    async def only() -> Lookup:
        results = lookup_many([domain], resolver=resolver, timeout=timeout)
        (result,) = [result async for result in results]
        return result

    return asyncio.run(only())


@pytest.fixture(params=[lookup, _async, _many], ids=["sync", "async", "many"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Each way to look up one domain."""
    way: Ask = request.param
    return way
