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
    # Of few texts the shares vary.
    assert min(counts[True], counts[False]) >= texts / 8


@settings(deadline=None, max_examples=50)
@given(TLSRPT_RECORDS)
def test_the_strategies_keep_to_the_grammar(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        "v=TLSRPTv1;rua=mailto:tls@example.com",
        "v=TLSRPTv1 \t; rua=a:\t , b:;",
        "v=TLSRPTv1;x=y;rua=a:;rua=b:;RUA=foo \t;\t",
        "v=TLSRPTv1;rua=https://u:p@[::192.0.2.1]:/%2C?/#?",
        "v=TLSRPTv1;rua=https://1.2.3.4.5/,https://256.1.1.1,https://[vF.:],https://",
        'v=TLSRPTv1;rua=a:;v=TLSRPTv1;x="\\,!',
        f"v=TLSRPTv1;rua=a:;{'x' * 32}=y",
    ],
)
def test_the_oracle_accepts(text: str) -> None:
    assert accepts(text)
    assert _parses(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=TLSRPTv1",
        "v=TLSRPTv1;",
        "v=TLSRPTv1;x=y",
        "V=TLSRPTv1;rua=a:",
        "v=tlsrptv1;rua=a:",
        " v=TLSRPTv1;rua=a:",
        "v=TLSRPTv1;rua=a: ",
        "v=TLSRPTv1;rua=a:\n",
        "v=TLSRPTv1;;rua=a:",
        "v=TLSRPTv1;rua=a:;;",
        "v=TLSRPTv1;rua= a:",
        "v=TLSRPTv1;rua=a:,",
        "v=TLSRPTv1;rua=a: b:",
        "v=TLSRPTv1;rua=a:!",
        "v=TLSRPTv1;rua=a:%2",
        "v=TLSRPTv1;rua=https://[fe80::1%25en0]",
        "v=TLSRPTv1;rua=https://[::256.1.1.1]",
        "v=TLSRPTv1;rua=a:;rua=foo",
        "v=TLSRPTv1;rua=a:;x=",
        "v=TLSRPTv1;rua=a:;x=y=z",
        "v=TLSRPTv1;rua=a:;_x=y",
        f"v=TLSRPTv1;rua=a:;{'x' * 33}=y",
        "RUA=a:",
        "v=TLSRPTv1;RUA=a:",
    ],
)
def test_the_oracle_refuses(text: str) -> None:
    assert not accepts(text)
    assert not _parses(text)
