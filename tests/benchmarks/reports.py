"""How fast reports are read, and what parsedmarc reads of the same files.

Prints four tables: what either reads of each deviation; microseconds for one document beside
`json.loads` and parsedmarc; microseconds for one e-mail beside parsedmarc, and beside zlib and json
alone; reports a second and peak memory for 10,000 e-mails in an mbox, and for a gzip bomb of
300 MB. Microseconds are CPU time, and those of the fastest run.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING, Any, Final

import parsedmarc

ROOT: Final = Path(__file__).parents[2]
# The package is installed, the tests are not.
sys.path.append(str(ROOT))

from tests.report.deviations import DATA, DEVIATIONS, SOUND  # noqa: E402
from tests.report.documents import document  # noqa: E402
from tlsrpt.report import Report, check_report, read_reports  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ROUNDS: Final = 100
_FEW_MAILS: Final = 50
_MAILS: Final = 10_000
_FROM_LINE: Final = b"From postmaster@sender.example Sun Mar  2 04:05:06 2025\n"
_BOMB: Final = 300 * 10**6

# Run as a process of its own, whose peak it is. (Linux; ru_maxrss would count the parent's, too.)
_PROGRAM: Final = """
import sys, time
from tlsrpt.report import read_reports
def peak():
    lines = open("/proc/self/status").readlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
before, start = peak(), time.perf_counter()
count = sum(received.report is not None for received in read_reports(sys.argv[1]))
seconds = time.perf_counter() - start
print(f"{count:6,} reports in {seconds:.2f} s; {peak():.0f} MB, {before:.0f} before reading")
"""


def _leaves(value: object) -> Iterator[str]:
    """All values in a nested structure, as text."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield str(value)


def _ours(path: Path) -> list[str] | None:
    (received,) = read_reports(path)
    if not received.report:
        return None
    read: dict[str, Any] = json.loads(received.report.to_json())
    # Dates are kept as they were sent by parsedmarc.
    del read["date-range"]
    return list(_leaves(read))


def _theirs(path: Path) -> list[str] | str:
    try:
        parsed: Any = parsedmarc.parse_report_file(path, offline=True)
    except parsedmarc.ParserError as error:
        return f"rejected: {str(error).partition(' (')[0]}"
    return list(_leaves(parsed["report"]))


def _side_by_side() -> None:
    print(f"| file | what deviates | tlsrpt | parsedmarc {parsedmarc.__version__} |")
    print("|---|---|---|---|")
    for name, deviation in DEVIATIONS.items():
        ours, theirs = _ours(DATA / name), _theirs(DATA / name)
        if isinstance(theirs, list):
            lost = [value for value in ours or [] if value not in theirs]
            theirs = f"lost: {', '.join(dict.fromkeys(lost))}"[:120] if lost else "read"
        codes = ", ".join(dict.fromkeys(code.partition(" ")[0] for code in deviation.found))
        verdict = "none" if ours is None else "read"
        print(f"| {name} | {deviation.says} | {verdict}{codes and f' ({codes})'} | {theirs!r} |")


def _fastest(runs: Mapping[str, Callable[[], object]], repeat: int) -> dict[str, float]:
    """The seconds of the fastest run of each, in turn."""
    times = dict.fromkeys(runs, 1e9)
    for _ in range(_ROUNDS):
        for name, run in runs.items():
            start = process_time()
            for _ in range(repeat):
                run()
            times[name] = min(times[name], (process_time() - start) / repeat)
    return times


def _print_times(label: str, times: dict[str, float]) -> None:
    base = next(iter(times.values()))
    cells = [f"{each * 1e6:13,.1f} us x {each / base:4.1f}" for each in times.values()]
    print(f"{label:>16}" + "".join(f"{cell:>22}" for cell in cells))


def _documents() -> None:
    detail = document({})["policies"][0]["failure-details"][0]
    readers: dict[str, Callable[[bytes], object]] = {
        "json.loads": json.loads,
        "Report.parse": Report.parse,
        "check_report": check_report,
        "parsedmarc": parsedmarc.parse_smtp_tls_report_json,
    }
    print(f"\n{'failure details':>16}" + "".join(f"{name:>22}" for name in readers))
    for count in (0, 1, 10, 100, 1000, 10_000):
        changes = {"/policies/0/failure-details": count * [detail]}
        failed = {} if count else {"/policies/0/summary/total-failure-session-count": 0}
        data = json.dumps(document({**changes, **failed})).encode()
        runs = {name: partial(reader, data) for name, reader in readers.items()}
        _print_times(f"{count:,}", _fastest(runs, max(1, 100 // max(1, count))))


def _mails() -> None:
    mail = (DATA / "sound.eml").read_bytes().replace(b"\r\n", b"\n")
    packed = gzip.compress((DATA / SOUND).read_bytes())
    with TemporaryDirectory() as folder:
        mbox, maildir = Path(folder) / "mbox", Path(folder) / "Maildir"
        mbox.write_bytes(_FEW_MAILS * (_FROM_LINE + mail + b"\n"))
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True)
        for number in range(_FEW_MAILS):
            (maildir / "cur" / f"{number}:2,S").write_bytes(mail)
        runs: dict[str, Callable[[], object]] = {
            "zlib and json": lambda: [
                json.loads(zlib.decompress(packed, 31)) for _ in range(_FEW_MAILS)
            ],
            "an mbox": lambda: list(read_reports(mbox)),
            "a Maildir": lambda: list(read_reports(maildir)),
            "parsedmarc": lambda: [
                parsedmarc.parse_report_email(mail, offline=True) for _ in range(_FEW_MAILS)
            ],
        }
        print(f"\n{'':16}" + "".join(f"{name:>22}" for name in runs))
        times = {name: each / _FEW_MAILS for name, each in _fastest(runs, 1).items()}
        _print_times("one e-mail", times)


def _memory() -> None:
    mail = (DATA / "sound.eml").read_bytes().replace(b"\r\n", b"\n")
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    with TemporaryDirectory() as folder:
        for size in (100, _MAILS):
            path = Path(folder) / f"{size}.mbox"
            path.write_bytes(size * (_FROM_LINE + mail + b"\n"))
            _run(f"{size:,} e-mails in an mbox", path)
        path = Path(folder) / "bomb.json.gz"
        octets = bomb.compress(b'{"a": "') + bomb.compress(_BOMB * b" ") + bomb.flush()
        path.write_bytes(octets)
        _run(f"a gzip bomb of {_BOMB // 10**6} MB", path)
        path = Path(folder) / SOUND
        path.write_bytes((DATA / SOUND).read_bytes())
        _run("one report", path)


def _run(label: str, path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(path)], check=True, capture_output=True, text=True
    )
    print(f"{label:28}{result.stdout.strip()}")


if __name__ == "__main__":
    _side_by_side()
    _documents()
    _mails()
    print()
    _memory()
