"""How long this package takes, beside others that read the same records and reports.

Run by pyperf, each in processes of its own; takes its options, such as `--fast`. A figure is the
least of the values, and one in brackets is its ratio to the first of its row.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import parsedmarc
import pyperf
from checkdmarc.smtp_tls_reporting import SMTPTLSReportingError, parse_smtp_tls_reporting_record
from cryptoparser.common.exception import InvalidDataLength, InvalidType
from cryptoparser.common.parse import InvalidValue
from cryptoparser.dnsrec.txt import DnsRecordTxtValueTlsRpt
from spf_dkim_dmarc_audit.cli import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    analyse_extras,
)
from tlsrpt_reporter.utility import MalformedTlsrptRecordException, parse_tlsrpt_record

from tlsrpt import ParseError, TLSRPTRecord, check
from tlsrpt.report import Report, check_report

ROOT: Final = Path(__file__).parents[2]
# The package is installed, the tests are not.
sys.path.append(str(ROOT))

from tests.report.documents import document  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

STARTS: Final = 20

RECORDS: Final = {
    "one mailto": "v=TLSRPTv1; rua=mailto:tlsrpt@example.com",
    "mailto and https": (
        "v=TLSRPTv1; rua=mailto:tlsrpt@example.com,https://reports.example.com/v1/tlsrpt"
    ),
    "ten endpoints": "v=TLSRPTv1; rua="
    + ",".join(
        f"mailto:tls{i}@example.com,https://reports{i}.example.com/v1/tlsrpt" for i in range(5)
    ),
    "broken": "v=TLSRPTv1 rua=mailto:tlsrpt@example.com",
}
# In a URL, example.com draws a warning. These draw none, but for the length of ten endpoints.
REAL: Final = {
    name: text.replace("example.com", "google.com")
    for name, text in RECORDS.items()
    if name != "broken"
}


def audit(text: str) -> object:
    """Reading is part of an audit, which is here given a resolver that knows one record."""
    answer = SimpleNamespace(rcode=0, answers=[], txt_strings=lambda: [text])
    return analyse_extras("example.com", SimpleNamespace(txt=lambda _: answer), {})


READERS: Final[dict[str, Callable[[str], object]]] = {
    f"tlsrpt {version('tlsrpt')}": TLSRPTRecord.parse,
    "check": check,
    f"checkdmarc {version('checkdmarc')}": parse_smtp_tls_reporting_record,
    f"tlsrpt-reporter {version('tlsrpt-reporter')}": parse_tlsrpt_record,
    f"cryptoparser {version('cryptoparser')}": lambda text: (
        DnsRecordTxtValueTlsRpt.parse_exact_size(text.encode())
    ),
    f"spf-dkim-dmarc-audit {version('spf-dkim-dmarc-audit')}": audit,
}
REPORT_READERS: Final[dict[str, Callable[[bytes], object]]] = {
    "json.loads": json.loads,
    "Report.parse": Report.parse,
    "check_report": check_report,
    f"parsedmarc {parsedmarc.__version__}": parsedmarc.parse_smtp_tls_report_json,
}
REFUSALS: Final = (
    InvalidDataLength,
    InvalidType,
    InvalidValue,
    MalformedTlsrptRecordException,
    ParseError,
    SMTPTLSReportingError,
)
MODULES: Final = (
    "tlsrpt",
    "checkdmarc.smtp_tls_reporting",
    "tlsrpt_reporter.utility",
    "cryptoparser.dnsrec.txt",
)


def attempt(read: Callable[[str], object], text: str) -> object:
    """Read a record, whether or not it is refused."""
    try:
        return read(text)
    except REFUSALS as error:
        return error


def time_all(
    runner: pyperf.Runner, label: str, calls: Mapping[str, Callable[[], object]]
) -> list[float]:
    """How long one run of each takes, in microseconds: the least of all values."""
    benches = [runner.bench_func(f"{label}: {name}", call) for name, call in calls.items()]
    if runner.args.worker:
        return []
    return [min(bench.get_values()) * 1e6 for bench in benches if bench is not None]


def time_readers(runner: pyperf.Runner, label: str, text: str) -> list[float]:
    calls = {name: partial(attempt, read, text) for name, read in READERS.items()}
    return time_all(runner, label, calls)


def time_own(runner: pyperf.Runner, label: str, text: str) -> list[float]:
    record = TLSRPTRecord.parse(text)
    endpoints = [str(uri) for uri in record.rua]
    answer = [[b"v=spf1 -all"], record.strings]
    calls: dict[str, Callable[[], object]] = {
        "parse": partial(TLSRPTRecord.parse, text),
        "check": partial(check, text),
        "str": partial(str, record),
        "TLSRPTRecord(rua=)": partial(TLSRPTRecord, rua=endpoints),
        "from_rrset": partial(TLSRPTRecord.from_rrset, answer),
    }
    return time_all(runner, f"{label} at google.com", calls)


def time_reports(runner: pyperf.Runner, count: int) -> list[float]:
    detail = document({})["policies"][0]["failure-details"][0]
    data = json.dumps(document({"/policies/0/failure-details": count * [detail]})).encode()
    calls = {name: partial(read, data) for name, read in REPORT_READERS.items()}
    return time_all(runner, f"{count} failure details", calls)


def time_import(module: str) -> float:
    """How long the import takes in a fresh interpreter, in milliseconds."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(run.stdout) * 1e3


def print_table(heads: Iterable[str], rows: Mapping[str, list[float]]) -> None:
    table = [list(heads)]
    for name, (first, *others) in rows.items():
        table += [[name, f"{first:.2f}", *(f"{time:.2f} ({time / first:.2f})" for time in others)]]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for name, *cells in table:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        print("  ".join([name.ljust(widths[0]), *padded]))
    print()


def main() -> None:
    runner = pyperf.Runner(values=5)
    reading = {name: time_readers(runner, name, text) for name, text in RECORDS.items()}
    own = {name: time_own(runner, name, text) for name, text in REAL.items()}
    reports = {f"{count} failure details": time_reports(runner, count) for count in (1, 100)}
    if runner.args.worker:
        return
    print(f"\nPython {platform.python_version()}; the least of all values\n")
    print_table(["reading, µs", *READERS], reading)
    print_table(
        ["at google.com, µs", "parse", "check", "str", "TLSRPTRecord(rua=)", "from_rrset"], own
    )
    print_table(["reading a report, µs", *REPORT_READERS], reports)
    rounds = [[time_import(module) for module in MODULES] for _ in range(STARTS)]
    imports = [min(times) for times in zip(*rounds, strict=True)]
    print_table(["", *MODULES], {"import, ms": imports})


if __name__ == "__main__":
    main()
