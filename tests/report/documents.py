"""A sound document, and ways to change it."""

from __future__ import annotations

import copy
import gzip
import json
from typing import TYPE_CHECKING, Any, Final

from tests.report.deviations import DATA, SOUND

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOUND: Final = json.loads((DATA / SOUND).read_bytes())
# Removes a member.
GONE: Final = object()


def document(changes: Mapping[str, object]) -> dict[str, Any]:
    """The sound document with some values changed, each given by a JSON Pointer."""
    whole: dict[str, Any] = copy.deepcopy(_SOUND)
    for pointer, value in changes.items():
        *names, last = [_key(name) for name in pointer.split("/")[1:]]
        place: Any = whole
        for name in names:
            place = place[name]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return whole


def _key(name: str) -> str | int:
    return int(name) if name.isdecimal() else name.replace("~1", "/").replace("~0", "~")


def text(changes: Mapping[str, object] | None = None) -> str:
    """The same as JSON."""
    return json.dumps(document(changes or {}))


def gzipped(octets: bytes) -> bytes:
    """The same octets at any time, so that a test that has them for its name keeps it."""
    return gzip.compress(octets, mtime=0)
