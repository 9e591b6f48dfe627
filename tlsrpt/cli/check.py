"""`tlsrpt check`: say what is wrong with records."""

from __future__ import annotations

import json
import shlex
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt import CheckResult, TLSRPTError, check, normalize_domain
from tlsrpt._display import draw, visible
from tlsrpt.cli._io import (
    Once,
    complain,
    complain_briefly,
    complain_of_file,
    count,
    decoded,
    expanded,
    is_file,
    whole_text,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from tlsrpt.cli._io import Commands

# These findings have no place in the text.
_NOT_OF_THE_TEXT: Final = {
    *("discarded-record", "unlikely-domain"),
    *("failed-lookup", "multiple-records", "record-not-found"),
}
_OF_OWNER_NAME: Final = {"pre-standard-name", "zone-owner"}


def add_parser(commands: Commands) -> None:
    """Add the command and its arguments."""
    command = commands.add_parser(
        "check",
        help="say what is wrong with records",
        description="Say what is wrong with records, where, and how to correct it. "
        "Exit status: 0 if every record is ok, 1 if one is not, 2 for wrong usage or if a process "
        "of --jobs was killed.",
    )
    command.add_argument(
        "records",
        metavar="RECORD",
        nargs="*",
        help="the TXT value; - reads records from standard input, one per line",
    )
    command.add_argument(
        "--answer",
        metavar="FILE",
        action=Once,
        help="check what dig, kdig, host or nslookup printed about a name, or the lines of a zone "
        "file; - is standard input",
    )
    command.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="findings for people (default), or one JSON object per record",
    )
    command.add_argument(
        "--fix",
        action="store_true",
        help="print only the fixed values, one per line, or an empty line if there is none",
    )
    command.add_argument("--domain", action=Once, help="the Policy Domain that the records are for")
    command.add_argument(
        "--jobs",
        metavar="NUMBER",
        type=count,
        default=1,
        help="how many processes check the records, for long input (default: 1)",
    )
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.fix and arguments.format == "json":
        complain_briefly("check", "--fix prints only values; with --format json, look at fixed")
        return 2
    if bool(arguments.records) == (arguments.answer is not None):
        complain_briefly("check", "give either records or --answer FILE; see tlsrpt check --help")
        return 2
    domain = arguments.domain
    if domain is not None:
        try:
            domain = normalize_domain(decoded(domain))
        except TLSRPTError as error:
            complain("check", error)
            return 2
    output = "fix" if arguments.fix else arguments.format
    if arguments.answer is not None:
        return _check_answer(arguments.answer, domain, output)
    return _check_records(arguments.records, domain, output, arguments.jobs)


def _check_records(records: list[str], domain: str | None, output: str, jobs: int) -> int:
    for argument in records:
        if is_file(argument):
            option = f"--answer={shlex.quote(argument)}"
            answer = f"if it is a zone file or what a DNS tool printed: tlsrpt check {option}"
            complain_of_file("check", argument, "record", answer)
            return 2
        if "\n" in argument and _is_answer(argument, domain):
            note = (
                "this is what a DNS tool printed; check it with: dig ... | tlsrpt check --answer -"
            )
            complain_briefly("check", note)
    if "v=TLSRPTv1" in records:
        complain_briefly(
            "check", "put the record in quotation marks: the shell ends a command at ;"
        )
    checked = failed = 0
    try:
        for block in _checked(expanded(records), domain, output, jobs):
            print(block.output)
            checked += block.checked
            failed += block.failed
    except ChildProcessError:
        complain_briefly("check", "a process of --jobs was killed; the output is not complete")
        return 2
    if not checked:
        complain_briefly("check", "there is no record on standard input")
        return 1
    if checked > 1 and output == "text":
        print(f"{checked} records, {failed} not ok")
    return 1 if failed else 0


def _is_answer(text: str, domain: str | None) -> bool:
    from tlsrpt._answer import read_and_check  # noqa: PLC0415 - rarely needed

    return read_and_check(text, domain)[0] != check(text, domain=domain)


def _check_answer(path: str, domain: str | None, output: str) -> int:
    from tlsrpt._answer import read_and_check  # noqa: PLC0415 - needed here only

    try:
        text = whole_text(path)
    except OSError as error:
        complain_briefly("check", f"{path}: {error.strerror}")
        return 2
    result, records = read_and_check(text, domain)
    print("\n".join(_lines(result, output, records)))
    return 0 if result else 1


class _Block(NamedTuple):
    """What is to be printed about some records."""

    output: str
    checked: int
    failed: int


def _checked(texts: Iterable[str], domain: str | None, output: str, jobs: int) -> Iterator[_Block]:
    work = partial(_check_block, domain=domain, output=output)
    if jobs == 1:
        # Each result is printed before the next text is read.
        return (work([text]) for text in texts)
    # It loads multiprocessing.
    from tlsrpt.cli._processes import map_blocks  # noqa: PLC0415

    return map_blocks(work, texts, jobs, len)


def _check_block(texts: list[str], *, domain: str | None, output: str) -> _Block:
    lines: list[str] = []
    failed = 0
    for text in texts:
        result = check(text, domain=domain)
        lines += _lines(result, output)
        failed += not result
    return _Block("\n".join(lines), len(texts), failed)


def _lines(result: CheckResult, output: str, records: Sequence[str] = ()) -> list[str]:
    if output == "fix":
        return [result.fixed or ""]
    return [json.dumps(result.to_dict())] if output == "json" else for_people(result, records)


def for_people(result: CheckResult, records: Sequence[str] = ()) -> list[str]:
    """The lines for people: the record, each finding with its place, and the fix.

    Args:
        result: the result.
        records: the records of the answer, to be shown if the result is about none of them.
    """
    what = visible(result.text)
    others = records if not what else ()
    if others:
        what = f"{len(others)} TXT records"
    verdict = "ok" if result else "not ok"
    lines = [f"{verdict}: {what}" if what else verdict]
    lines += [f"  TXT: {visible(text)}" for text in others]
    for finding in result.findings:
        lines += [f"  {finding.severity}: {finding.message} [{finding.code}]"]
        # An owner name has a place only if it is in the text.
        is_elsewhere = finding.code in _OF_OWNER_NAME and finding.span == (0, 0)
        if not is_elsewhere and finding.code not in _NOT_OF_THE_TEXT:
            lines += [f"    {line}" for line in draw(result.text, finding.span).split("\n")]
        lines += [f"    {finding.hint}"]
    if result.fixed is None:
        lines += ["  There is no automatic fix."]
    elif result.fixed != result.text:
        is_fixed = any(finding.fix for finding in result.findings)
        lines += [f"  {'fixed' if is_fixed else 'canonical'}: {result.fixed}"]
    return lines
