"""docs/conformance.md is true: its rules, its tests, its places and its table."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from pkgutil import resolve_name
from typing import Final

import pytest

from tlsrpt import ParseError, TLSRPTRecord

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
RULES: Final = dict(re.findall(r"^\| ([RS][0-9]+) (\|.*)$", PAGE, re.MULTILINE))
READINGS: Final = re.findall(r"^\| .+? \| `([^`]+)` \| (no record|[0-9]+ URI)", PAGE, re.MULTILINE)


def test_every_rule_is_on_the_page() -> None:
    records = [f"R{number}" for number in range(1, 15)]
    reports = [f"S{number}" for number in range(1, 10)]
    assert list(RULES) == records + reports


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_has_a_place_and_a_test(rule: str) -> None:
    places = re.findall(r"`(tlsrpt\.[\w.]+)`", rule)
    assert places
    assert all(map(resolve_name, places))
    assert "`tests/" in rule


@pytest.mark.parametrize(("path", "name"), sorted(set(re.findall(r"`(tests/[^`]*)::(\w+)`", PAGE))))
def test_every_test_on_the_page_exists(path: str, name: str) -> None:
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("text", "verdict"), READINGS)
def test_we_read_as_the_table_says(text: str, verdict: str) -> None:
    try:
        outcome = f"{len(TLSRPTRecord.parse(text).rua)} URI"
    except ParseError:
        outcome = "no record"
    assert outcome == verdict
