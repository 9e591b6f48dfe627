"""The atheris target for reports: takes the options of libFuzzer, and directories of seeds.

`tests/report/data` has the seeds.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    import atheris

    with atheris.instrument_imports(include=["tlsrpt.report"]):
        from tests.report.laws import hold_to_the_laws

    atheris.Setup(sys.argv, hold_to_the_laws)
    atheris.Fuzz()
