"""The completions of the command line, in the shells themselves; see `nox -s completion`."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The command prints its arguments. What a shell reads first sets that up, and loads the completion.
RAN: Final = """tlsrpt() { printf 'ran[%s]\\n' "$*"; }\n"""
STARTS: Final = {
    "bash": (".bashrc", f"{RAN}source ./tlsrpt\n", ["bash", "--rcfile", ".bashrc", "-i"]),
    "zsh": (
        ".zshrc",
        f"{RAN}fpath=($PWD $fpath)\nautoload -Uz compinit && compinit -u -D\n",
        ["zsh", "-d", "-i"],
    ),
}

LINES: Final = {
    "gen": "generate",
    "lookup --name": "lookup --nameserver",
    "lookup --format j": "lookup --format json",
    "lookup --nameserver x": "lookup --nameserver x",
    "report --format su": "report --format summary",
    "generate --t": "generate --ttl",
    "generate example.com --t": "generate example.com --ttl",
    "check --fi": "check --fix",
    "report --fail": "report --fail-over",
    "report rep": "report reports.mbox",
    "report --since 14d rep": "report --since 14d reports.mbox",
    "check --answer rep": "check --answer reports.mbox",
    "generate rep": "generate rep",
    "check rep": "check rep",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shells run: with the files, and one to complete."""
    made = tmp_path_factory.mktemp("completion")
    subprocess.run([sys.executable, "docs/completion.py", str(made)], check=True)
    (made / "reports.mbox").touch()
    for name, text, _ in STARTS.values():
        (made / name).write_text(text, encoding="utf-8")
    return made


def typed(command: list[str], folder: Path, keys: str) -> str:
    """What a shell prints on a terminal while somebody types."""
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(folder)}
    terminal, of_shell = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=of_shell,
        stdout=of_shell,
        stderr=of_shell,
        cwd=folder,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(of_shell)
        os.write(terminal, keys.encode())
        printed = b"".join(read(terminal))
        process.wait(timeout=20)
    os.close(terminal)
    return printed.decode()


def read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            some = os.read(terminal, 4096)
        except OSError:  # Linux says so at the end of the other side.
            return
        if not some:
            return
        yield some


@pytest.mark.parametrize(("line", "completed"), LINES.items(), ids=LINES)
@pytest.mark.parametrize("shell", STARTS)
def test_a_tab_completes(folder: Path, shell: str, line: str, completed: str) -> None:
    printed = typed(STARTS[shell][2], folder, f"tlsrpt {line}\t\nexit\n")
    assert re.findall(r"^ran\[(.*?) ?\]", printed, re.MULTILINE) == [completed], printed
    assert "not found" not in printed


@pytest.mark.parametrize(("line", "completed"), LINES.items(), ids=LINES)
def test_fish_completes(folder: Path, line: str, completed: str) -> None:
    fish = shutil.which("fish")
    assert fish
    script = f"source tlsrpt.fish; complete --do-complete 'tlsrpt {line}'"
    run = subprocess.run(
        [fish, "--no-config", "-c", script], cwd=folder, text=True, capture_output=True, check=True
    )
    # Each candidate for the last word, with a description after a tab
    candidates = [each.partition("\t")[0] for each in run.stdout.splitlines()]
    *_, word = completed.split()
    assert (candidates, run.stderr) == ([word] if completed != line else [], "")
