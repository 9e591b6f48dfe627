"""The atheris target: takes the options of libFuzzer, and directories of seeds."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    import atheris

    # Alone the package is instrumented: the oracle's ways are of no interest, and slow enough.
    with atheris.instrument_imports(include=["tlsrpt"]):
        from tests.fuzz.laws import hold_to_the_laws

    atheris.Setup(sys.argv, hold_to_the_laws)
    atheris.Fuzz()
