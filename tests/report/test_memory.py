"""Reading takes at most 30 times max_size of memory, whatever a stranger sends.

Each bomb is read in a process of its own, since regular expressions take memory that Python does
not count, and all that is read is kept.
"""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Final

import pytest

from tests.memory import growth, linux_only
from tests.report.deviations import DATA, SOUND
from tests.report.documents import document, text
from tlsrpt.report import Report, read_reports

if TYPE_CHECKING:
    from collections.abc import Callable

# With the default, the factor is the same. (SETUP has it, too.)
MAX_SIZE: Final = 2**20
FACTOR: Final = 30

# What the bombs are built with: `fill` repeats octets up to twice max_size, which is how long an
# e-mail may be, or up to another size; `report` does so within a report.
SETUP: Final = """
import base64, gzip, io, zipfile
from tlsrpt.report import Report, ReportError, check_report, read_reports

SIZE = 2**20
DATES = b'"start-datetime": "2025-03-01T00:00:00Z", "end-datetime": "2025-03-01T23:59:59Z"'
DATES = b'"date-range": {' + DATES + b"},"
DUE = b"TLS-Report-Domain: example.com\\n"
MIXED = DUE + b"Content-Type: multipart/mixed; boundary=b\\n\\n"
BASE64 = DUE + b"Content-Transfer-Encoding: base64\\n\\n"
WIDE = "\\U0001f600".encode()

def fill(octets, front=b"", back=b"", size=2 * SIZE):
    return front + (size - len(front) - len(back)) // len(octets) * octets + back

def report(octets, front, back):
    return fill(octets, b"{" + DATES + front, back + b"}", SIZE)

def zipped(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, octets in members:
            archive.writestr(name, octets)
    return file.getvalue()

def parts(part):
    return fill(b"--b\\n\\n" + part + b"\\n", MIXED)

# As many values as are admitted, each as large as possible.
nested = b",".join(
    "".join('{"\\u0101%x":' % n for n in range(first, first + 900)).encode() + b"0" + 900 * b"}"
    for first in range(0, SIZE // 20 - 2000, 900)
)
nested = b"{" + DATES + b'"policies": [], "' + WIDE + b'": [' + nested + b"]}"
details = report(
    b'{"result-type": "' + WIDE + b'b"},' + 18 * b" ",
    b'"policies": [{"failure-details": [',
    b"{}]}]",
)
small = b"{" + DATES + b'"policies": []}'
odd = b"{" + DATES + b'"policies": [], ' + b",".join(b'"%x": 0' % n for n in range(500)) + b"}"
fat = b"{" + DATES + b'"policies": [' + 150 * b"{}," + b"{}]}"
"""

BOMBS: Final = {
    # Header fields.
    "folded blanks": r'fill(b" \n", b"S: x\n")',
    "header fields": r'fill(b"A:\n")',
    "a wide header field": 'fill(b"x", b"S: " + WIDE)',
    "wide header fields": r'fill(b"A: " + WIDE + SIZE // 500 * b"x" + b"\n")',
    "octets that are not UTF-8": r'fill(b"\xff", b"S: " + WIDE)',
    "boundaries": r'fill(b"boundary =", b"Content-Type: multipart/mixed;", b"\n\n--b\n")',
    # Parts.
    "bad zip parts": r'parts(b"PK\3\4")',
    "bad gzip parts": r'parts(b"\x1f\x8b\x08")',
    "empty objects": 'parts(b"{}")',
    "bad reports": 'parts(b"{policies")',
    "boundary lines": r'fill(b"--b\n", MIXED)',
    "boundary lines, almost": r'fill(b"\n--bc", MIXED)',
    "attached messages": r'parts(b"S: x\n\n{}")',
    "messages within messages": r'fill(b"Content-Type: message/rfc822\n\n", DUE)',
    "a deep message": r'20 * b"Content-Type: message/rfc822\n\n" + b"\n" + bytes(SIZE)',
    "multiparts within multiparts": r'fill(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n")',
    "small reports": "parts(small)",
    "reports with many findings": "parts(odd)",
    "reports with many policies": "parts(fat)",
    # Transfer encodings.
    "blanks for base64": 'fill(b" ", BASE64)',
    "blanks between base64": 'fill(b"ab ", BASE64)',
    "soft line breaks": r'fill(b"=\n", DUE + b"Content-Transfer-Encoding: quoted-printable\n\n")',
    # Character encodings.
    "UTF-16 blanks": r'fill(b" \0", b"\xff\xfe")',
    "UTF-16 blanks within the limit": r'fill(b" \0", b"\xff\xfe", b"", SIZE)',
    "UTF-16 blanks by mail": r'fill(b" \0", DUE + b"\n\xff\xfe")',
    "halves of surrogate pairs": r'fill(b"\0\xd8", "\ufeff{\"".encode("utf-16-le"), b"", SIZE)',
    # Archives.
    "members of zip": r'zipped(*((f"{n}", b"PK\3\4") for n in range(9999)))',
    "zip within zip": 'zipped(*((f"{n}", zipped(*40 * [("a", b"{policies")])) for n in range(99)))',
    "members of gzip": 'fill(gzip.compress(b"x"))',
    "much in gzip": "gzip.compress(bytes(40 * SIZE))",
    "much in damaged gzip": "gzip.compress(bytes(40 * SIZE))[:-8] + bytes(8)",
    "damaged gzip": "gzip.compress(bytes(SIZE - 10), 0)[:-8] + bytes(8)",
    "many reports in gzip": r'gzip.compress(fill(fat + b"\n", size=SIZE))',
    # Files of any length.
    "one long message": r'b"From a 1:00\n\n" + bytes(40 * SIZE)',
    "empty lines": r'b"{}\n{}\n" + SIZE * b"\n"',
    "empty objects on lines": r'b"{}\n" * SIZE',
    # Documents.
    "policies": r"""report(b"{}," + 37 * b" ", b'"policies": [', b"{}]")""",
    "failure details": "details",
    "failure details in an mbox": r'b"From a 1:00\n" + BASE64 + base64.encodebytes(details)',
    "failure details, deep": r'3 * b"Content-Type: message/rfc822\n\n" + b"A: b\n\n" + details',
    "objects within objects": "nested",
    "objects within objects in an mbox": r'b"From a 1:00\n" + BASE64 + base64.encodebytes(nested)',
    "lines for a list": r"""report(
        "\u0101\\n".encode(), b'"policies": [{"policy": {"mx-host": "', b'"}}]'
    )""",
    "a long unknown name": r"""report(b"////", b'"policies": [], "' + WIDE, b'": 0')""",
    "a long string": r"""report(b"a", b'"policies": [], "report-id": "' + WIDE, b'"')""",
    "escapes": r"""report(rb"\ud800", b'"policies": [], "report-id": "' + WIDE, b'"')""",
    "a huge integer": r"""report(b"1", b'"policies": [], "report-id": ', b"")""",
}


@linux_only
@pytest.mark.parametrize("octets", BOMBS.values(), ids=BOMBS)
def test_a_file_or_email_takes_no_more_memory_than_documented(octets: str) -> None:
    read = "received = list(read_reports(io.BytesIO(octets), max_size=SIZE))"
    assert growth(f"{SETUP}\noctets = {octets}", read) < FACTOR * MAX_SIZE


@linux_only
@pytest.mark.parametrize("reader", ["Report.parse", "check_report"])
@pytest.mark.parametrize("document", ["details", "nested", "gzip.compress(nested)"])
def test_a_report_takes_no_more_memory_than_documented(reader: str, document: str) -> None:
    read = f"report = {reader}(document, max_size=SIZE)"
    assert growth(f"{SETUP}\ndocument = {document}", read) < FACTOR * MAX_SIZE


def taken(read: Callable[[], object]) -> tuple[int, int]:
    """How many octets of memory what was read takes, and how many reading took at its peak."""
    tracemalloc.start()
    try:
        kept = read()
        sizes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept
    return sizes


@pytest.mark.parametrize("addresses", [1, 250])
def test_a_report_takes_less_memory_than_its_json(addresses: int) -> None:
    detail = document({})["policies"][0]["failure-details"][0]
    details = [{**detail, "sending-mta-ip": f"192.0.2.{n % addresses}"} for n in range(10_000)]
    sent = text({"/policies/0/failure-details": details})
    assert taken(lambda: Report.parse(sent))[0] < taken(lambda: json.loads(sent))[0]


def test_no_room_is_made_for_more_than_the_file() -> None:
    assert taken(lambda: list(read_reports(DATA / SOUND)))[1] < 2**20
