"""Search for fixes that name somebody whom the author did not name.

    python -m tests.search [COUNT [SEED]]

A wrong fix is the worst bug of this library: reports about a domain go to a stranger. So what
people write, break, wrap and copy is made up by the hundred thousand (`tests.search_texts`), and
every `fixed` is held against what its text plainly names (`tests.plain`). What is wrong is printed
by kind and by the codes of its findings, the most frequent first, each with the shortest text and
with what is left of that when all characters are deleted that the fault does not need.
"""

from __future__ import annotations

import re
import sys
import time
from collections import defaultdict
from typing import Final, NamedTuple

from tests.plain import destinations, endpoints, named
from tests.search_texts import Sample, sample
from tlsrpt import TLSRPTError, TLSRPTRecord, check

_COUNT: Final = 300_000
_SECONDS: Final = 1.0
# The list of a rua field, which the next string does not continue, and the endpoints in it that
# nobody could misread.
_LIST: Final = re.compile(r"rua=([^;\"'`\\\n]*)(?=[;\n]|$|[\"'`](?!\s*\"))")
_PLAIN: Final = re.compile(
    r"(?:mailto:[\w.+-]+@|https://)[\w-]+(?:\.[\w-]+)+(?=\s*(?:,|$)|(?<!@)/)"
)

NAMES_ANOTHER: Final = "names somebody whom the text does not name"
TAKES_IN: Final = "takes in somebody named outside the record"
OTHER_LIST: Final = "has another list than the record before it was wrapped"
ESCAPED: Final = "keeps an escape of the wrapping"
LEAVES_OUT: Final = "leaves out a destination of the list"
NOT_CANONICAL: Final = "is not canonical"
_SLOW: Final = "takes too long"


class Outcome(NamedTuple):
    """What `check` made of a sample, and what is wrong with its fix."""

    sample: Sample
    codes: frozenset[str]
    fixed: str | None
    wrong: str | None


def outcome(one: Sample) -> Outcome:
    """Check the text, and hold the fix against it."""
    started = time.process_time()
    try:
        result = check(one.text)
    except Exception as error:  # noqa: BLE001
        return Outcome(one, frozenset(), None, f"raises {type(error).__name__}")
    slow = time.process_time() - started > _SECONDS
    codes = frozenset(finding.code for finding in result.findings)
    wrong = _SLOW if slow else result.fixed and fault(one, result.fixed)
    return Outcome(one, codes, result.fixed, wrong)


def fault(one: Sample, fixed: str) -> str | None:
    """What is wrong with the fix of a text, if anything is."""
    try:
        if TLSRPTRecord.parse(fixed).value != fixed:
            return NOT_CANONICAL
    except TLSRPTError:
        return NOT_CANONICAL
    found = destinations(fixed)
    if not found <= named(one.text):
        return NAMES_ANOTHER
    if check(fixed).fixed != fixed:
        return NOT_CANONICAL
    if not one.mutated and any("stranger" in name for name in found):
        return TAKES_IN
    if one.meant is not None:
        if endpoints(fixed) != one.meant:
            return OTHER_LIST
        # No record is made up with these.
        if re.search(r'\\[\\"]', fixed):
            return ESCAPED
    for field in _LIST.finditer(one.text):
        for uri in _PLAIN.findall(field[1]):
            if uri not in fixed and not named(uri) & found:
                return LEAVES_OUT
    return None


def shortest(found: Outcome) -> Outcome:
    """The outcome for the text without the characters that the fault does not need."""
    size = len(found.sample.text)
    while size := size // 2:
        start = 0
        while start < len(text := found.sample.text):
            shorter = outcome(Sample(text[:start] + text[start + size :], mutated=True))
            if shorter.wrong == found.wrong and shorter.codes <= found.codes:
                found = shorter
            else:
                start += size
    return found


def main(arguments: list[str]) -> int:
    """Search, and print what is wrong; the exit status is 1 if anything is."""
    count, seed = [*map(int, arguments), *(_COUNT, 1)[len(arguments) :]]
    fixes = 0
    kinds: defaultdict[str, list[tuple[Outcome, Outcome]]] = defaultdict(list)
    for number in range(count):
        found = outcome(sample(seed, number))
        fixes += found.fixed is not None
        if found.wrong:
            short = shortest(found)
            kinds[f"{found.wrong} ({', '.join(sorted(short.codes))})"].append((found, short))
    for kind, group in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"{len(group)} {kind}")
        example = min(group, key=lambda pair: len(pair[0].sample.text))
        for one in dict.fromkeys((one.sample.text, one.fixed) for one in example):
            print(f"    {one[0]!r}\n    -> {one[1]}")
    print(f"{count:,} texts, {fixes:,} with a fix, {sum(map(len, kinds.values())):,} wrong")
    return bool(kinds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
