"""`parse` accepts what RFC 8460's grammar accepts: law 3, held against an independent oracle.

`TLSRPT_EXAMPLES` sets how many texts are tried; `pytest -s` shows how many were in the grammar.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle import accepts
from tests.oracle_strategies import TEXTS, TLSRPT_RECORDS
from tests.test_data import INVALID, VALID
from tlsrpt import ParseError, TLSRPTRecord

_EXAMPLES: Final = int(os.environ.get("TLSRPT_EXAMPLES", "300"))


def _parses(text: str) -> bool:
    try:
        TLSRPTRecord.parse(text)
    except ParseError:
        return False
    return True


def test_parse_accepts_what_the_grammar_accepts() -> None:
    counts: Counter[bool] = Counter()
    distinct: set[int] = set()

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(TEXTS)
    def hold(text: str) -> None:
        valid = accepts(text)
        counts[valid] += 1
        distinct.add(hash(text))
        assert _parses(text) == valid

    hold()
    texts = counts.total()
    print(f"{texts} texts, {len(distinct)} distinct, {counts[True] / texts:.1%} in the grammar")
    # With few texts the shares vary.
    assert min(counts[True], counts[False]) >= texts / 8


@settings(deadline=None, max_examples=50)
@given(TLSRPT_RECORDS)
def test_the_strategies_keep_to_the_grammar(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize("text", VALID)
def test_the_oracle_accepts(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize("text", INVALID)
def test_the_oracle_refuses(text: str) -> None:
    assert not accepts(text)
