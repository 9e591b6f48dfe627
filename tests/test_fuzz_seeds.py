"""The laws over the fuzzer's seeds, which need no fuzzer; what it found is kept among them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.fuzz.laws import hold_to_the_laws

_SEEDS: Final = sorted((Path(__file__).parent / "fuzz" / "corpus").iterdir())


@pytest.mark.parametrize("seed", _SEEDS, ids=lambda seed: seed.name)
def test_the_laws_hold_for_a_seed(seed: Path) -> None:
    hold_to_the_laws(seed.read_bytes())
