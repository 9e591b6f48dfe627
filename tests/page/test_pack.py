"""The archive of the generator page, here packed by CPython; `nox -s docs` packs it by Pyodide."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import idna
import rfc3986

GENERATOR: Final = Path("docs/generator").resolve()
MODULES: Final = [
    GENERATOR,
    Path.cwd(),
    *(Path(str(each.__file__)).parents[1] for each in (idna, rfc3986)),
]
PROGRAM: Final = """
import sys
from pathlib import Path
from pack import pack
Path(sys.argv[1]).write_bytes(pack(*sys.argv[2:]))
"""


def packed(path: Path) -> bytes:
    command = [sys.executable, "-c", PROGRAM, str(path), *map(str, MODULES)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(GENERATOR)}
    subprocess.run(command, check=True, env=environment)
    return path.read_bytes()


def test_the_archive_has_what_the_page_imports_and_is_reproducible(tmp_path: Path) -> None:
    first = packed(tmp_path / "1.zip")
    assert packed(tmp_path / "2.zip") == first
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {
        "generator_page.pyc",
        "encodings/punycode.pyc",
        "idna/__init__.pyc",
        "json/decoder.pyc",
        "tlsrpt/_diagnosis/__init__.pyc",
        "sample.pyc",
        "tlsrpt/report/html.pyc",
        "xml/etree/ElementTree.pyc",
    } <= set(names)
    assert not [name for name in names if name.startswith(("tlsrpt/cli", "tlsrpt/dns", "dns/"))]


def test_the_archive_can_be_imported(tmp_path: Path) -> None:
    packed(tmp_path / "python.zip")
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]; import generator_page, tlsrpt; "
        "print(tlsrpt.__file__, generator_page.generate_record.__doc__)"
    )
    command = [sys.executable, "-I", "-c", program, str(tmp_path / "python.zip")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(tmp_path / "python.zip" / "tlsrpt" / "__init__.pyc"), "None"]
