"""Pack the Python of the generator page into one archive; Pyodide runs this, in Node.

The archive holds what the page imports, directly or not, as bytecode of this very interpreter. The
same sources give the same octets: the files are sorted and have one date, and the bytecode has no
time stamps (PEP 552).
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import marshal
import pkgutil
import sys
import zipfile
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whole but for what the page has no use for: the command line and lookups
_PACKAGES: Final = ("idna", "rfc3986", "tlsrpt")
_UNUSED: Final = ("__main__", "cli", "dns")
# What the standard library imports only when it meets it, as in A-labels and zip archives
_ENCODINGS: Final = ("ascii", "cp437", "latin_1", "punycode", "utf_16", "utf_16_be", "utf_16_le")
# The first date that a zip archive can have
_DATE: Final = (1980, 1, 1, 0, 0, 0)
# Neither assertions nor docstrings
_OPTIMIZED: Final = 2
# A hash instead of a time stamp, and no source to compare it with
_UNCHECKED_HASH: Final = (1).to_bytes(4, "little")


def pack(*folders: str) -> bytes:
    """The archive with `generator_page` and all that it imports, found in these folders."""
    sys.path[:0] = folders
    packaged = (name for package in _PACKAGES for name in _package(package))
    for name in ("generator_page", *packaged, *(f"encodings.{name}" for name in _ENCODINGS)):
        importlib.import_module(name)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for path, octets in sorted(_compiled()):
            out.writestr(zipfile.ZipInfo(path, _DATE), octets, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _package(name: str) -> Iterator[str]:
    """The modules of a package that the page uses."""
    for module in pkgutil.iter_modules(importlib.import_module(name).__path__):
        if module.name not in _UNUSED:
            yield f"{name}.{module.name}"
            if module.ispkg:
                yield from _package(f"{name}.{module.name}")


def _compiled() -> Iterator[tuple[str, bytes]]:
    """The modules that are loaded and have a source: path in the archive, and bytecode."""
    for name, module in sys.modules.items():
        spec: Any = getattr(module, "__spec__", None)
        if name == "collections.abc":
            # CPython 3.13.0 has a file for it, which puts another module in its place when run.
            spec = cast("Any", PathFinder.find_spec(name, sys.modules["collections"].__path__))
        # Others are built in, or names for the same module, such as os.path.
        if spec and spec.name == name and spec.origin and spec.origin.endswith(".py"):
            source = spec.loader.get_source(name)
            path = name.replace(".", "/") + (
                "/__init__.py" if spec.submodule_search_locations else ".py"
            )
            code = compile(source, path, "exec", dont_inherit=True, optimize=_OPTIMIZED)
            head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH
            yield (
                f"{path}c",
                head + importlib.util.source_hash(source.encode()) + marshal.dumps(code),
            )
