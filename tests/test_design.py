"""docs/design.md is true: its floors are those that are checked."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_floors_are_those_that_are_checked() -> None:
    checked = {
        contract["name"]: {
            (str(floor), module)
            for floor, layer in enumerate(reversed(contract["layers"]))
            for module in layer.split(" | ")
        }
        for contract in PROJECT["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    }
    tables = re.findall(r"^\| floor \| `([\w.]+)` \|.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    shown = {
        package: set(re.findall(r"^\| ([0-9]+) \| `(\w+)` \|", rows, re.MULTILINE))
        for package, rows in tables
    }
    assert shown == checked
