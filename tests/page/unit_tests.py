"""Run the tests in Pyodide: `python unit_tests.py LIBRARIES ARGUMENT...`; see `nox -s pyodide`."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Name servers need sockets and threads, pydantic and ICU are compiled, authres has no wheel, and
# the rest has other sessions.
# What asks for a process skips itself, below.
IGNORED = (
    *("tests/dns", "tlsrpt/dns", "tests/test_pydantic.py"),
    *("tests/report/test_signed.py", "tests/report/test_receiver.py", "tests/completion.py"),
    *("tests/benchmarks", "tests/interoperability", "tests/unicode"),
    *("tests/page/accessible.py", "tests/page/real.py", "tests/page/unit_tests.py"),
)
# Where CPython raises, WebAssembly runs out of the stack of JavaScript, and ends (nesting-limit).
# `check --jobs` turns the error of a missing process into one of its own.
DESELECTED = "not nesting-limit and not jobs and not process"


sys.path[:0] = [str(Path.cwd()), sys.argv[1]]
import pytest  # noqa: E402 - it is in the folder that was named


class Plugin:
    """Skips what WebAssembly does not have, and asks Hypothesis for fewer examples."""

    def pytest_configure(self) -> None:
        from hypothesis import settings

        settings.register_profile(
            "pyodide", deadline=None, max_examples=15, derandomize=True, database=None
        )
        settings.load_profile("pyodide")

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Iterator[None]:
        try:
            return (yield)
        except OSError as error:
            if error.errno == errno.ENOTSUP:
                pytest.skip("there are no processes")
            raise
        except AttributeError as error:
            if error.name == "mkfifo":
                pytest.skip("there are no pipes")
            raise


if __name__ == "__main__":
    # The fixture of the root's conftest.py starts a name server.
    options = ["--noconftest", "-p", "no:cacheprovider", "-k", DESELECTED]
    ignored = [f"--ignore={path}" for path in IGNORED]
    where = ["tests", "tlsrpt", "docs/generator"]
    sys.exit(pytest.main([*options, *ignored, *where, *sys.argv[2:]], plugins=[Plugin()]))
