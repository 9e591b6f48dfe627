"""Files of other programs that may hold a report, and are not read.

People save mail with its report in these, so they are told what to do instead.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tlsrpt.report._mime import HEADER

# A compound file, as of old Office programs, and, in UTF-16, the name of a stream that each message
# in one has ([MS-CFB] section 2.2, [MS-OXMSG] section 2.4).
_COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MESSAGE_STREAM: Final = "__properties_version1.0".encode("utf-16-le")

# The size of the message on a line of its own, then the message, then a property list in XML.
_EMLX: Final = re.compile(rb"[0-9]{1,12}[ \t]*\r?\n" + HEADER.pattern)
_EMLX_END: Final = b"<plist"

# The field "magic" of POSIX.1-1988, in the first header block.
_TAR: Final = b"ustar"
_TAR_PLACE: Final = 257


class Foreign(NamedTuple):
    """A format of another program.

    Attributes:
        kind: what it is.
        cure: what to do about it.
    """

    kind: str
    cure: str


_OUTLOOK_MESSAGE: Final = Foreign(
    "an Outlook message (.msg)", "save the report that is attached to it, or save it as .eml"
)
_APPLE_MESSAGE: Final = Foreign(
    "an Apple Mail message (.emlx)",
    "save the report that is attached to it, or save it as raw message source",
)
_ARCHIVE: Final = Foreign("a tar archive (.tar, .tgz)", "unpack it")


def foreign(octets: bytes) -> Foreign | None:
    """The format of another program that octets are in; None if it is none of these."""
    if octets.startswith(_COMPOUND_FILE):
        return _OUTLOOK_MESSAGE if _MESSAGE_STREAM in octets else None
    if _EMLX.match(octets):
        return _APPLE_MESSAGE if _EMLX_END in octets else None
    return _ARCHIVE if octets.startswith(_TAR, _TAR_PLACE) else None
