"""The nightly job of the how-to, as the page has it, against domains that strangers wrote."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dns.rcode
import pytest

from tests.dns.server import ADDRESS, NameServer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM: Final = "/opt/tlsrpt/bin/tlsrpt"
PAGE: Final = Path("docs/howto/watch.md").read_text(encoding="utf-8")
ENDPOINT: Final = "https://reports.example.net/v1"
OURS: Final = f"v=TLSRPTv1; rua={ENDPOINT}"
THEIRS: Final = "v=TLSRPTv1; rua=mailto:tls@example.com"
ZONE: Final = {
    "ok.example": Reply(texts=(OURS,)),
    "other.example": Reply(texts=(THEIRS,)),
    "dead.example": Reply(texts=("v=TLSRPTv1; rua=ftp://r.example/",)),
    "two.example": Reply(texts=(OURS, THEIRS)),
    "lines.example": Reply(texts=('v=TLSRPTv1\n{"ok": true, "domain": "ok.example"}\x1b[2J',)),
    "down.example": Reply(rcode=dns.rcode.SERVFAIL),
}
DOMAINS: Final = (
    b"""\xef\xbb\xbfok.example
other.example\r

\t
dead.example
two.example
lines.example
down.example
gone.example
-
--help
--nameserver=192.0.2.1
@192.0.2.1
$(touch hacked).example
a".example
'; touch hacked; '
\x1b[2J.example
\xff.example
{"ok": true}
domains.txt
"""
    + 300 * b"a"
    + b".example\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the job runs, with a name server and a `tlsrpt` of our own."""
    with NameServer(ZONE) as server:
        command = f"'{sys.executable}' -m tlsrpt"
        (tmp_path / "tlsrpt").write_text(
            f"#!/bin/sh\ncommand=$1\nshift\n"
            f'exec {command} "$command" --nameserver={ADDRESS}:{server.port} "$@"\n'
        )
        (tmp_path / "tlsrpt").chmod(0o755)
        (script,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
        (tmp_path / "job").write_text(script.replace(PROGRAM, f"{tmp_path}/tlsrpt"))
        (tmp_path / "domains.txt").write_bytes(DOMAINS)
        yield tmp_path


def run(folder: Path) -> int:
    command = ["/bin/sh", str(folder / "job"), str(folder)]
    return subprocess.run(command, check=False, env={"PATH": "/usr/bin:/bin"}).returncode


def read(lines: Iterator[str]) -> tuple[dict[str, tuple[str, str | None]], list[str]]:
    (block,) = re.findall(r"```python\n(>>> import json\n.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    code = "".join(line[4:] for line in block.splitlines(keepends=True) if line.strip())
    exec(code, names)  # noqa: S102
    result: tuple[dict[str, tuple[str, str | None]], list[str]] = names["read"](lines)
    return result


def test_each_domain_has_its_result(folder: Path) -> None:
    assert run(folder) == 0
    assert not (folder / "hacked").exists()
    with (folder / "results.jsonl").open(encoding="ascii") as lines:
        wrong, unknown = read(lines)
    assert unknown == ["down.example"]
    assert wrong.pop("other.example") == ("other-endpoint", f"{THEIRS},{ENDPOINT}")
    assert wrong.pop("dead.example")[0] == "no-endpoint"
    assert wrong.pop("two.example") == ("multiple", None)
    assert wrong.pop("lines.example")[1] is None
    for domain in ("gone.example", "domains.txt"):
        assert wrong.pop(domain) == ("nxdomain", OURS)
    # The others are no domains, and one was ok.
    assert len(wrong) == 11
    assert all(publish is None for _, publish in wrong.values())


@pytest.mark.parametrize(
    "fault", ["exit 2", 'echo "{}"; exit 1', "exec > /dev/full; echo a", "kill -9 $$"]
)
def test_results_of_a_job_that_failed_are_not_kept(folder: Path, fault: str) -> None:
    (folder / "results.jsonl").write_text("the last night's")
    (folder / "tlsrpt").write_text(f"#!/bin/sh\n{fault}\n")
    assert run(folder) == 2
    assert (folder / "results.jsonl").read_text() == "the last night's"


@pytest.mark.parametrize("domains", [b"", b"\n \r\n", None])
def test_results_stay_if_there_is_no_domain(folder: Path, domains: bytes | None) -> None:
    """As if the list came from a database, and its export has failed."""
    (folder / "results.jsonl").write_text("the last night's")
    (folder / "domains.txt").unlink()
    if domains is not None:
        (folder / "domains.txt").write_bytes(domains)
    assert run(folder) == 2
    assert (folder / "results.jsonl").read_text() == "the last night's"
