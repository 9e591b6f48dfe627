"""Slips of the pen: how far a word is from the one that was meant."""

from __future__ import annotations

from functools import lru_cache


def slips(word: str, meant: str) -> int:
    """The fewest slips between two words: a letter too many, missing, wrong, or swapped.

    If their lengths differ by more than two, it is the longer length.

    >>> slips("TSLRPTv1", "TLSRPTv1"), slips("htps", "https"), slips("ftp", "mailto")
    (1, 1, 6)
    """
    if abs(len(word) - len(meant)) > 2:
        return max(len(word), len(meant))
    return 0 if word == meant else _distance(word, meant)


# The same few words are compared again and again, and none is longer than what was meant by three.
@lru_cache(maxsize=1024)
def _distance(word: str, meant: str) -> int:
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(word, 1):
        two_before, before, row = before, row, [i]
        for j, other in enumerate(meant, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and word[i - 2] == other:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]
