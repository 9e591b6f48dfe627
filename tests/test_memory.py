"""The measure of memory itself: it has to see what it is there for."""

from __future__ import annotations

from tests.memory import growth, linux_only

pytestmark = linux_only

MEBIBYTE = 2**20


def test_what_is_taken_counts_even_if_it_is_given_back() -> None:
    assert 8 * MEBIBYTE <= growth("", "b'x' * 2**23") < 10 * MEBIBYTE
    assert growth("", "2 + 2") < MEBIBYTE


def test_what_the_setup_takes_does_not_count() -> None:
    assert growth("octets = b'x' * 2**23; del octets", "2 + 2") < MEBIBYTE


def test_the_stack_of_regular_expressions_counts() -> None:
    """Here, `tracemalloc` sees next to nothing."""
    setup = "import re; text = 2**20 * 'a,'; pattern = re.compile('(?:a,)*')"
    assert growth(setup, "pattern.match(text)") > 20 * MEBIBYTE
