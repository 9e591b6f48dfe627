"""How much memory something takes at its peak, measured in a process of its own.

`tracemalloc` sees only what Python allocates, and regular expressions keep what they may have to
come back to elsewhere. The kernel counts all of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

_STATUS: Final = Path("/proc/self/status")

linux_only: Final = pytest.mark.skipif(
    not (_STATUS.exists() and "VmHWM:" in _STATUS.read_text(encoding="ascii")),
    reason="only Linux says in /proc/self/status how much memory a process took at its peak",
)

# The 5 makes the peak start anew at what is taken now (proc_pid_clear_refs(5)). Where that is not
# allowed, the peak of the setup counts, too: it is too high then, never too low.
_PROGRAM: Final = """\
import sys

def taken(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) * 1024

setup, statement = (compile(code, "<memory>", "exec") for code in sys.argv[1:])
names = {}
exec(setup, names)
try:
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
except OSError:
    pass
before = taken("VmRSS:")
exec(statement, names)
print(taken("VmHWM:") - before)
"""


def growth(setup: str, statement: str) -> int:
    """How many octets of memory a statement takes at its peak, after the setup.

    Import in the setup what the statement needs, and build there what it reads, of one piece if
    possible: memory that the setup took and gave back is used again, and does not count.
    """
    # Coverage would measure the process, too, and take memory itself.
    environment = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, setup, statement],
        capture_output=True,
        check=True,
        env=environment,
        text=True,
    )
    return int(done.stdout)
