"""The examples of README and docs are tests: Python ones and command lines.

Where they look something up, `ZONE` is what is published.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import signal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import dns.asyncresolver
import dns.rcode
import dns.resolver
import pytest
from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from tests.dns.server import NameServer, Reply
from tlsrpt.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Example

# Speed is a matter of benchmarks. The long profile is for a night, the brief one for each mutant.
# In continuous integration each run tries the same examples; elsewhere, new ones.
settings.register_profile("default", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.register_profile("brief", deadline=None, max_examples=15, derandomize=True, database=None)
settings.register_profile("long", deadline=None, max_examples=20_000)
settings.load_profile("default")

# They need Sphinx and Playwright, and have no examples.
collect_ignore = ["docs/conf.py", "docs/picture.py"]

ZONE = {
    "example.com": Reply(texts=("v=TLSRPTv1; rua=mailto:tls@example.com",), ttl=3600),
    "example.org": Reply(texts=("v=TLSRPTv1 rua=mailto:tls@example.org",), ttl=3600),
    "customer.example": Reply(texts=("v=TLSRPTv1; rua=https://reports.example.net/v1",), ttl=3600),
    "leaving.example": Reply(
        texts=("v=TLSRPTv1; rua=mailto:tls@leaving.example,mailto:tls-reports@panel.example",)
    ),
    "two.example": Reply(
        texts=("v=TLSRPTv1; rua=mailto:tls@two.example,https://reports.example.net/v1",), ttl=3600
    ),
    "slow.example": Reply(rcode=dns.rcode.SERVFAIL),
}


@pytest.fixture(scope="session", autouse=True)
def _example_resolver() -> Iterator[None]:
    """No test and no example asks a real name server."""
    with NameServer(ZONE) as server, pytest.MonkeyPatch.context() as patch:
        for module in (dns.resolver, dns.asyncresolver):
            patch.setattr(module, "default_resolver", server.resolver)
        yield


@pytest.fixture
def _interrupts() -> Iterator[None]:
    """A shell starts what runs in the background with interrupts ignored, children included."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def run_console(example: Example) -> None:
    """Run the `$ tlsrpt ...` lines of a console block, and compare what they print.

    A last line of three dots stands for the rest.
    """
    lines = example.parsed.splitlines()
    while lines:
        command = lines.pop(0)
        assert command.startswith("$ "), f"not a command: {command}"
        expected = []
        while lines and not lines[0].startswith("$ "):
            expected.append(lines.pop(0))
        printed = run_command(command.removeprefix("$ ")).splitlines()
        if expected[-1:] == ["..."]:
            expected.pop()
            assert len(printed) > len(expected), command
            printed = printed[: len(expected)]
        assert printed == expected, command


def run_command(command: str) -> str:
    """What a terminal shows of a command line; with `printf ... |`, `< FILE` or `> FILE`."""
    words = shlex.split(command)
    given = ""
    errors = output = io.StringIO()
    target = None
    if words[-2] == ">":
        *words, _, target = words
        errors = io.StringIO()
    if words[-2] == "<":
        *words, _, path = words
        given = Path(path).read_text(encoding="utf-8")
    if words[0] == "printf":
        given = words[1].replace("\\n", "\n")
        words = words[words.index("|") + 1 :]
    if words[:2] == ["python", "-m"]:
        words = words[2:]
    assert words[0] == "tlsrpt", f"not a command of ours: {command}"
    stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    with (
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
        contextlib.suppress(SystemExit),
        mock.patch("sys.stdin", stdin),
    ):
        main(words[1:])
    if target is not None:
        Path(target).write_text(output.getvalue(), encoding="utf-8")
    return errors.getvalue()


def offer_lacks(namespace: dict[str, Any]) -> None:
    """Let pages skip examples that lack a package: a session of noxfile.py runs them."""
    namespace["lacks"] = lambda package: find_spec(package) is None


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(),
        CodeBlockParser(language="console", evaluator=run_console),
        SkipParser(),
    ],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    fixtures=["_example_resolver"],
    setup=offer_lacks,
).pytest()
