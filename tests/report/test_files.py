"""`read_reports`: files, folders, mailboxes, archives and mail of any shape."""

from __future__ import annotations

import base64
import io
import json
import os
import pickle
import shutil
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, Final
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.deviations import DATA, SOUND
from tests.report.documents import gzipped, text
from tlsrpt.report import Report, check_report, read_reports
from tlsrpt.report._mime import Part, leaves, read_header
from tlsrpt.report._octets import part_limit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tlsrpt.report import ReceivedReport

DOCUMENT: Final = (DATA / SOUND).read_bytes()
SENT: Final = Report.parse(DOCUMENT)
LINE: Final = SENT.to_json().encode() + b"\n"
MAIL: Final = (DATA / "sound.eml").read_bytes()
# What a DMARC report is, and other mail.
XML: Final = b"<?xml version='1.0'?><feedback/>"
LUNCH: Final = b"From: alice@example.com\nSubject: Lunch\n\nNote: noon.\n"


def read(path: Path, octets: bytes, **limits: int) -> list[ReceivedReport]:
    """What is read of a file with these octets."""
    file = path / "file"
    file.write_bytes(octets)
    return list(read_reports(file, **limits))


def codes(received: list[ReceivedReport]) -> list[str]:
    """Per item: ``report`` if there is one without findings, or the codes of the findings."""
    return [
        " ".join(finding.code for finding in each.findings) or ("report" if each.report else "")
        for each in received
    ]


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, octets in members:
            archive.writestr(zipfile.ZipInfo(name), octets, method)
    return file.getvalue()


def mbox(*messages: bytes) -> bytes:
    from_line = b"From a@example.com Sun Mar  2 04:05:06 2025\n"
    return b"".join(from_line + message + b"\n\n" for message in messages)


def mail(*parts: bytes, boundary: str = "b") -> bytes:
    """A multipart message."""
    mark = f"\n--{boundary}".encode()
    body = b"".join(mark + b"\n" + part for part in parts)
    return b"Content-Type: multipart/mixed; boundary=%s\n%s%s--\n" % (boundary.encode(), body, mark)


def tar(name: str, octets: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(octets)
        archive.addfile(entry, io.BytesIO(octets))
    return file.getvalue()


def _unclosed(octets: bytes) -> bytes:
    """A multipart message with one part and no last boundary."""
    return mail(b"\n" + octets).removesuffix(b"\n--b--\n")


# As Outlook and Apple Mail save a mail.
COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + 100 * b"\0"
MSG: Final = COMPOUND_FILE + "__properties_version1.0".encode("utf-16-le") + 100 * b"\0"
EMLX: Final = b"%d      \n%s<?xml version='1.0'?>\n<plist/>\n" % (len(LUNCH), LUNCH)

# What cannot be read, with the error that it is where a report was due.
LOST: Final = {
    b"\x1f\x8bnonsense": "invalid-gzip",
    b"\x1f\xef\xbf\xbdnonsense": "invalid-gzip",
    b"PK\x03\x04nonsense": "invalid-zip",
    MSG: "unsupported-format",
    EMLX: "unsupported-format",
    tar("a", b"")[:600]: "unsupported-format",
    gzipped(tar("a", b"")[:600]): "unsupported-format",
    zipped(("a", b"x"), method=zipfile.ZIP_LZMA): "invalid-zip",
    zipped(("a", 9000 * b"x")): "size-limit",
    gzipped(9000 * b"x"): "size-limit",
    b"[" + 4500 * b"x": "size-limit",
    b'{"a": ' + 1000 * b"[": "value-limit",
}


# --- Files and folders --------------------------------------------------------------------------


def test_a_missing_file_is_an_os_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_reports(tmp_path / "nothing")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes and symbolic links")
def test_folders_are_read_in_order_with_what_is_below(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("b/c/2.json", "b/1.json", "a.json", "b/c/10.json"):
        (tmp_path / name).write_bytes(DOCUMENT)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.json").symlink_to(tmp_path / "a.json")
    (tmp_path / "broken").symlink_to(tmp_path / "nothing")
    (tmp_path / "itself").symlink_to("itself")
    os.mkfifo(tmp_path / "pipe")
    received = list(read_reports(str(tmp_path)))
    assert [os.path.relpath(each.source, tmp_path) for each in received] == [
        *("a.json", "b/1.json", "b/c/10.json", "b/c/2.json", "itself", "link.json")
    ]
    assert codes(received) == [*(4 * ["report"]), "unreadable-file", "report"]


def test_one_bad_file_does_not_stop_the_rest(tmp_path: Path) -> None:
    for name, octets in {"1": b'{"policies', "2": b"", "3": DOCUMENT, "4": XML}.items():
        (tmp_path / name).write_bytes(octets)
    assert codes(list(read_reports(tmp_path))) == [
        *("invalid-json", "no-report", "report", "no-report")
    ]


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(DOCUMENT)
    (tmp_path / "2").write_bytes(DOCUMENT)
    refused = PermissionError(13, "Permission denied")
    streams = [refused, io.BytesIO(DOCUMENT)]
    with mock.patch("pathlib.Path.open", side_effect=streams):
        first, second = read_reports(tmp_path)
    assert first.findings[0].message == "the file cannot be read: Permission denied"
    assert second.report == SENT


def test_maildir(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new", ".Sent/tmp"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / ".Old" / "cur").mkdir(parents=True)
    (tmp_path / ".Old" / "new").mkdir()
    (tmp_path / ".Old" / "dovecot-uidlist").write_bytes(b"3 V1")
    (tmp_path / "cur" / "1:2,S").write_bytes(MAIL)
    (tmp_path / "new" / "2").write_bytes(LUNCH)
    (tmp_path / "tmp" / "3").write_bytes(MAIL[:2000])
    (tmp_path / ".Sent" / "cur" / "4").write_bytes(MAIL)
    (tmp_path / "dovecot.index").write_bytes(b"\x00")
    received = list(read_reports(tmp_path))
    assert [(os.path.relpath(each.source, tmp_path), bool(each.report)) for each in received] == [
        (".Sent/cur/4", True),
        ("cur/1:2,S", True),
        ("new/2", False),
    ]


# --- mbox ---------------------------------------------------------------------------------------


def test_mbox() -> None:
    first, second, third = read_reports(DATA / "relayed-twice.mbox")
    assert first.source.endswith("relayed-twice.mbox: message 1")
    assert first.report == second.report == SENT
    assert first.headers
    assert first.headers["message-id"] == "<1@sender.example>"
    assert third.headers
    assert (third.source[-9:], third.report, third.headers["Subject"]) == (
        "message 3",
        None,
        "Lunch",
    )
    assert codes([third]) == ["no-report"]


def test_a_large_message_in_an_mbox_is_passed_over(tmp_path: Path) -> None:
    large = b"TLS-Report-Domain: example.com\n\n" + 9000 * b"x"
    octets = mbox(LUNCH, large, b"A: b\n\n" + DOCUMENT)
    received = read(tmp_path, octets, max_size=3000)
    assert codes(received) == ["no-report", "size-limit", "report"]
    assert received[-1].source.endswith("file: message 3")


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        # Thunderbird's; RFC 4155's; and without a zone.
        (b"\nFrom \n", 2),
        (b"\r\nFrom \r\n", 2),
        (b"\nFrom - Tue Mar 04 10:11:12 2025\n", 2),
        (b"\nFrom a@example.com Tue Mar  4 10:11:12 2025 +0100\r\n", 2),
        # Without a blank line.
        (b"From a@example.com Tue Mar  4 10:11:12 2025\n", 2),
        (b"From - Tue Mar 04 10:11:12 CET 2025\r\n", 2),
        # In the middle of a paragraph.
        (b"From Tue Mar  4 10:11 to noon\n", 1),
        (b"From the log at 10:30 we took this:\n", 1),
        (b"From \n", 1),
        (b"\nFrom now on, there are none.\n", 1),
        (b"\n>From a@example.com Tue Mar  4 10:11:12 2025\n", 1),
    ],
)
def test_where_a_message_begins(tmp_path: Path, line: bytes, messages: int) -> None:
    received = read(tmp_path, b"From \r\n" + LUNCH + line + MAIL)
    assert len(received) == messages
    assert (received[-1].report == SENT) == (messages == 2)
    # The same in an archive, where only what has a report is shown.
    received = read(tmp_path, gzipped(b"From \r\n" + LUNCH + line + MAIL))
    assert (codes(received) == ["report"]) == (messages == 2)


def test_from_within_a_line_that_was_cut_is_no_new_message(tmp_path: Path) -> None:
    for line in (b"From b 1:00\n", b"From b Tue Mar  4 10:11:12 2025\n"):
        octets = b"From a 1:00\n\n" + 2001 * b"x" + line
        assert len(read(tmp_path, octets, max_size=1000)) == 1
        assert len(read(tmp_path, octets.replace(b"xF", b"x\n\nF"), max_size=1000)) == 2


# --- One report per line ------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [bytes, gzipped, lambda octets: zipped(("a", octets))])
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (LINE, "report"),
        (3 * LINE, "report report report"),
        (LINE + b"\n\r\n" + LINE, "second-document"),
        (LINE + LINE + b"\n \n" + LINE + b"\n", "report report report"),
        (LINE.replace(b"\n", b" \r\n") + LINE, "report report"),
        (LINE + b'{"policies": [\n' + LINE, "report invalid-json report"),
        (LINE + b"{}\n" + LINE, "report report"),
        (LINE + b"-- \nThe list", "trailing-data"),
    ],
)
def test_reports_one_per_line(
    tmp_path: Path, pack: Callable[[bytes], bytes], octets: bytes, code: str
) -> None:
    found = codes(read(tmp_path, pack(octets)))
    assert [each for each in found if each != "no-report"] == code.split()


def test_many_reports_one_per_line_need_no_larger_limit(tmp_path: Path) -> None:
    received = read(tmp_path, 20 * LINE, max_size=len(LINE))
    assert codes(received) == 20 * ["report"]
    assert received[-1].source.endswith("file: report 20")
    long = LINE + b"{" + 3000 * b" " + b"}\n" + LINE
    assert codes(read(tmp_path, long, max_size=len(LINE))) == ["report", "size-limit", "report"]


# --- Archives -----------------------------------------------------------------------------------


def test_what_is_in_archives_is_seen_from_its_octets(tmp_path: Path) -> None:
    mbox = (DATA / "relayed-twice.mbox").read_bytes()
    octets = zipped(
        ("folder/", b""),
        ("folder/a.txt", gzipped(DOCUMENT)),
        ("__MACOSX/b.gz", b"\x1f\x8b"),
        ("b.gz", zipped(("c", DOCUMENT))),
        ("d", MAIL),
        ("e.mbox.gz", gzipped(mbox)),
        ("f", XML),
        ("\x1b[2J.json", DOCUMENT),
    )
    received = read(tmp_path, octets)
    assert codes(received) == 6 * ["report"]
    assert [each.source.partition("file")[2] for each in received] == [
        *(": folder/a.txt", ": b.gz: c", ": d", ": e.mbox.gz", ": e.mbox.gz"),
        ": \\x1b[2J.json",
    ]


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (gzipped(XML), "no-report"),
        (gzipped(XML)[:-4], "no-report"),
        (gzipped(b"")[:5], "truncated-gzip"),
        (b"\x1f\x8bnonsense", "invalid-gzip"),
        (gzipped(DOCUMENT[:500])[:-8] + bytes(8), "invalid-gzip"),
        (zipped(), "no-report"),
        (zipped(("a", XML)), "no-report"),
        (zipped(("a", DOCUMENT))[:-30], "invalid-zip"),
        (zipped(("", DOCUMENT)), "report"),
        (zipped(("a", DOCUMENT), method=zipfile.ZIP_BZIP2), "invalid-zip"),
        (zipped(("a", DOCUMENT), method=zipfile.ZIP_LZMA), "invalid-zip"),
        (zipped(("a", DOCUMENT), method=zipfile.ZIP_STORED), "report"),
        (zipped(("a", DOCUMENT), method=zipfile.ZIP_STORED).replace(b"Inc", b"Ltd"), "invalid-zip"),
        (b"PK\x03\x04" + 10_001 * b"PK\x01\x02", "invalid-zip"),
        (gzipped(b"\n" + XML)[:-4], "no-report"),
    ],
)
def test_archives(tmp_path: Path, octets: bytes, code: str) -> None:
    assert codes(read(tmp_path, octets)) == [code]


@pytest.mark.parametrize(
    ("name", "octets", "kind", "cure"),
    [
        ("report.msg", MSG, "an Outlook message (.msg)", "or save it as .eml"),
        ("report.emlx", EMLX, "an Apple Mail message (.emlx)", "or save it as raw message source"),
        ("report.tgz", gzipped(tar("a.json", DOCUMENT)), "a tar archive (.", "unpack it"),
        ("report.tar", tar("a.json", DOCUMENT), "a tar archive (.tar, .tgz), which", "unpack it"),
    ],
)
def test_files_of_other_programs_are_named_with_what_to_do(
    tmp_path: Path, name: str, octets: bytes, kind: str, cure: str
) -> None:
    (tmp_path / name).write_bytes(octets)
    (alone,) = read_reports(tmp_path / name)
    (tmp_path / "a.eml").write_bytes(MAIL)
    assert [each.report for each in read_reports(tmp_path)] == [SENT, None]
    *_, beside = read_reports(tmp_path)
    assert alone == beside
    (finding,) = alone.findings
    assert finding.code == "unsupported-format"
    assert finding.message.startswith(f"this is {kind}")
    assert finding.message.endswith(f"; {finding.hint}")
    assert finding.hint.endswith(cure)


@pytest.mark.parametrize(
    "octets",
    [
        # A document of an old Office program, notes, and what is too short for an archive.
        COMPOUND_FILE,
        b"3\n" + LUNCH,
        b"3 o'clock" + EMLX,
        tar("a", b"")[:259],
        b"ustar",
    ],
)
def test_what_is_like_a_file_of_another_program(tmp_path: Path, octets: bytes) -> None:
    assert codes(read(tmp_path, octets)) == ["no-report"]


@pytest.mark.parametrize("marks", [0, 1, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("pack", [bytes, gzipped])
def test_byte_order_marks(
    tmp_path: Path, marks: int, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    octets = pack((marks * "\ufeff" + DOCUMENT.decode()).encode(encoding))
    if marks or encoding == "utf-8":
        (received,) = read(tmp_path, octets)
        assert received.report == Report.parse(octets) == SENT
        assert received.findings == check_report(octets).findings
        assert len(received.findings) == marks
    else:
        assert codes(read(tmp_path, octets)) == ["no-report"]


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"PK\x03\x04", "the zip archive cannot be read: File is not a zip file"),
        (
            zipped(("a", DOCUMENT), method=zipfile.ZIP_BZIP2),
            "the zip archive cannot be read: compression method 12 is not supported",
        ),
        (gzipped(bytes(20_000_000)), "the content is larger than 10,485,760 octets"),
        (b"", "the e-mail says that it is a TLS report, but there is none in it"),
    ],
)
def test_messages_say_what_is_wrong_and_where(tmp_path: Path, octets: bytes, message: str) -> None:
    due = b"TLS-Report-Domain: example.com\n" + mail(b"\n" + base64.b64encode(octets))
    (received,) = read(tmp_path, due)
    assert [finding.message for finding in received.findings] == [message]
    assert received.source.startswith(str(tmp_path / "file"))
    assert received.headers
    assert received.headers["TLS-Report-Domain"] == "example.com"


def test_a_damaged_member_does_not_stop_the_rest(tmp_path: Path) -> None:
    octets = zipped(("a", b"{first}"), ("b", DOCUMENT), method=zipfile.ZIP_STORED)
    assert codes(read(tmp_path, octets.replace(b"{first}", b"{other}"))) == [
        *("invalid-zip", "report")
    ]


@pytest.mark.parametrize("rest", [b"", b"\r\n", 100 * b"x"])
def test_a_report_with_a_wrong_checksum_is_read(tmp_path: Path, rest: bytes) -> None:
    packed = gzipped(DOCUMENT)
    octets = packed[:-8] + bytes(4) + packed[-4:] + rest
    (received,) = read(tmp_path, octets)
    assert received.report == SENT
    assert codes([received]) == ["invalid-gzip"]
    # A block as it is, and then a block of a kind that deflate does not have.
    stored = zlib.compressobj(0, wbits=31)
    octets = stored.compress(DOCUMENT.strip()) + stored.flush(zlib.Z_SYNC_FLUSH)
    (received,) = read(tmp_path, octets[:-5] + b"\x07" + rest)
    assert received.report == SENT
    assert codes([received]) == ["invalid-gzip"]
    (received,) = read(tmp_path, packed + b"\x1f\x8b" + rest + b"no gzip")
    assert received.report == SENT
    assert codes([received]) == ["invalid-gzip"]


def test_what_comes_before_the_damage_is_read(tmp_path: Path) -> None:
    for octets in (2 * LINE, mbox(MAIL, MAIL)):
        packed = gzipped(octets)
        assert codes(read(tmp_path, packed[:-8] + bytes(8))) == ["invalid-gzip", "report", "report"]
        assert codes(read(tmp_path, packed[:-8])) == ["truncated-gzip", "report", "report"]


def test_what_fails_counts_towards_the_limit(tmp_path: Path) -> None:
    """Else a few octets, copied, keep a reader busy for hours."""
    damaged = zipped(("a", 3000 * b"x"), ("b", 3000 * b"x"), ("c", DOCUMENT), method=0)
    damaged = damaged.replace(b"xPK", b"yPK")
    assert codes(read(tmp_path, damaged, max_size=8000)) == ["invalid-zip", "invalid-zip", "report"]
    assert codes(read(tmp_path, damaged, max_size=6000)) == [
        *("invalid-zip", "invalid-zip", "size-limit")
    ]
    packed = gzipped(3000 * b"x")[:-8] + bytes(8)
    members = zipped(("a", packed), ("b", packed), ("c", gzipped(DOCUMENT)))
    assert codes(read(tmp_path, members, max_size=8000)) == [
        *("invalid-gzip", "invalid-gzip", "report")
    ]
    assert codes(read(tmp_path, members, max_size=6500))[-1] == "size-limit"


def test_what_is_not_unpacked_does_not_count(tmp_path: Path) -> None:
    file = io.BytesIO(zipped(("a", 3000 * b"x"), method=zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("b", DOCUMENT)
    assert codes(read(tmp_path, file.getvalue(), max_size=3000)) == ["invalid-zip", "report"]


def test_all_in_one_file_shares_the_limit(tmp_path: Path) -> None:
    size = len(DOCUMENT)
    packed = gzipped(DOCUMENT)
    members = [(str(number), packed) for number in range(3)]
    limits = {"max_size": 2 * size + 2 * len(packed) + 1}
    assert codes(read(tmp_path, zipped(*members), **limits)) == [
        *("report", "report", "size-limit")
    ]
    attachments = b"TLS-Report-Domain: example.com\n" + mail(
        *3 * [b"\n" + base64.b64encode(packed)]
    )
    assert codes(read(tmp_path, attachments, max_size=2 * size)) == [
        *("report", "report", "size-limit")
    ]


@pytest.mark.parametrize("kind", ["{", " ", "<", "From "])
def test_bombs(tmp_path: Path, kind: str) -> None:
    inner = (kind + 30_000 * " ").encode()
    expected = "no-report" if kind == "<" else "size-limit"
    assert codes(read(tmp_path, gzipped(inner), max_size=20_000)) == [expected]
    assert codes(read(tmp_path, zipped(("a", inner)), max_size=20_000)) == ["size-limit"]


@pytest.mark.parametrize("pack", [gzipped, lambda octets: zipped(("a", octets))])
def test_archives_within_archives(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    octets = DOCUMENT
    for _ in range(3):
        octets = pack(octets)
    assert codes(read(tmp_path, octets)) == ["report"]
    for _ in range(9):
        octets = pack(octets)
    assert codes(read(tmp_path, octets)) == ["no-report"]


def test_what_fits_exactly(tmp_path: Path) -> None:
    octets = zipped(("a", DOCUMENT))
    assert codes(read(tmp_path, octets, max_size=len(DOCUMENT))) == ["report"]
    assert codes(read(tmp_path, octets, max_size=len(DOCUMENT) - 1)) == ["size-limit"]


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    assert codes(read(tmp_path, DOCUMENT + 5000 * b" ", max_size=2000)) == ["size-limit"]
    assert codes(read(tmp_path, LUNCH + 5000 * b" ", max_size=2000)) == ["no-report"]
    due = b"TLS-Report-Domain: example.com\n" + LUNCH + 5000 * b" "
    assert codes(read(tmp_path, due, max_size=2000)) == ["size-limit"]


def test_all_in_one_file_shares_the_limit_of_names(tmp_path: Path) -> None:
    lines = [
        text({"/policies/0/policy/mx-host": [f"é{n}.example" for n in range(start, start + 1100)]})
        for start in (0, 0, 1100)
    ]
    octets = "\n".join(lines).encode()
    over = [
        ["name-limit" in {error.code for error in each.findings} for each in read(tmp_path, data)]
        for data in (octets, gzipped(octets))
    ]
    assert over == [[False, False, False], [False, False, True]]


# --- E-mail -------------------------------------------------------------------------------------


def test_the_headers_are_those_of_the_mail() -> None:
    (received,) = read_reports(DATA / "sound.eml")
    assert received.headers
    assert received.headers["from"] == "postmaster@sender.example"
    assert received.headers["Subject"] == (
        "Report Domain: example.com Submitter: sender.example"
        " Report-ID: <2025-03-01-example.com@sender.example>"
    )
    assert received.headers.get_payload() is None
    assert pickle.loads(pickle.dumps(received)).report == SENT  # noqa: S301


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (LUNCH, "no-report"),
        (b"\n" + DOCUMENT, "report"),
        (b"From: a\n" + DOCUMENT, "report"),
        (b"From: a\r\n\r\n" + DOCUMENT.replace(b"\n", b"\r\n"), "report"),
        (b"From: \xff\xfe\n\n" + DOCUMENT, "report"),
        (b"From a 1:00\n>From b\nFrom: a\n\n" + DOCUMENT, "report"),
        (b"From: a\n\n" + base64.b64encode(DOCUMENT), "report"),
        (b"From: a\n\n" + base64.b64encode(text().encode()) + b"\n_____\nA footer\n", "report"),
        (b"From: a\n\n" + base64.b64encode(zipped(("a", DOCUMENT))), "report"),
        (b"From: a\nContent-Transfer-Encoding: Base64\n\nx", "no-report"),
        (mail(b"\n" + DOCUMENT, b"\n" + DOCUMENT), "report report"),
        (mail(b"\n" + DOCUMENT, boundary='"b c"').replace(b'--"b c"', b"--b c"), "report"),
        (mail(b"\n" + DOCUMENT).replace(b"boundary=b", b"boundary"), "report"),
        (mail(b"\n" + DOCUMENT).replace(b"boundary=b", b"boundary=c"), "report"),
        (mail(b"\n" + DOCUMENT).replace(b"boundary=b\n\n", b"boundary=\n\nHi\n-- \nA\n"), "report"),
        (b"Content-Type: multipart/mixed\n\nHello\n-- \nAlice\n", "no-report"),
        (b"\xef\xbb\xbf\r\n\r\n" + MAIL, "report"),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--bc\n\n" + DOCUMENT, "no-report"),
        (b"\n\n\n" + LUNCH, "no-report"),
        (b"TLS-Report-Domain: example.com\n" + LUNCH, "missing-report"),
        (
            b"TLS-Report-Domain: a.example\n" + mail(b"Content-Type: text/html\n\nx"),
            "missing-report",
        ),
        (b"TLS-Report-Domain: a.example\n" + mail(b"\n{}"), "missing-report"),
        (zipped(("a", b"TLS-Report-Domain: a.example\n\n"), ("b", MAIL)), "missing-report report"),
        (mail(b"Content-Type: text/plain\n\nFrom a 1:00\n\n" + MAIL), "no-report"),
        (mail(b"\n" + DOCUMENT).replace(b"--b\n", b"--b \t\r\n"), "report"),
        (mail(b"\n--bc\n", b"", b"--b", b"\n" + DOCUMENT), "report"),
        (mail(b"") + b"\n--b\n\n" + DOCUMENT, "no-report"),
        # Before the first boundary and after the last, there is nothing for programs.
        (mail(b"\nx").replace(b"\n--b", DOCUMENT + b"\n--b", 1), "no-report"),
        (mail(b"\nx") + b"\n" + DOCUMENT, "no-report"),
        # Two parts with parts of their own, and the same boundary.
        (mail(mail(b"\n" + DOCUMENT), mail(b"\n" + DOCUMENT), boundary="c"), "report report"),
        (mail(*2 * [_unclosed(DOCUMENT)], boundary="c"), "report report"),
        (mail(b"Content-Type: message/rfc822\n\n" + MAIL), "report"),
        (mail(b"Content-Type: text/plain\n\n" + MAIL), "no-report"),
        (mail(b"Content-Type: application/octet-stream\n\n" + MAIL), "report"),
        (mail(b"Content-Type: application/octet-stream\n\n\x00" + MAIL), "no-report"),
        (mail(b"Content-Type: application/tlsrpt+json\n\nlost"), "invalid-json"),
        (mail(b"Content-Type: application/tlsrpt+gzip\n\n" + gzipped(b"x")), "invalid-json"),
        (mail(b"Content-Type: application/gzip\n\n" + gzipped(XML)), "no-report"),
        (mail(b"Content-Type: application/json\n\n{}"), "no-report"),
        (mail(b"Content-Type: application/json\n\n" + gzipped(b"{}")), "no-report"),
        (mail(b"Content-Type: text/plain\n\n{{ name }}"), "no-report"),
        (mail(b"Content-Type: text/plain\n\n" + DOCUMENT[:-9]), "invalid-json"),
        (mail(b"Content-Type: application/tlsrpt+json\n\n{}"), "missing-date-range"),
        (900 * b"X-Field: value\n" + MAIL, "report"),
    ],
)
def test_mail(tmp_path: Path, octets: bytes, code: str) -> None:
    assert " ".join(codes(read(tmp_path, octets))) == code


FORGED: Final = b"Authentication-Results: mx.example.com; dkim=pass header.d=sender.example\n"


@pytest.mark.parametrize(
    "forward",
    [
        mail(b"Content-Type: message/rfc822\n\n" + FORGED + MAIL),
        mail(b"Content-Type: application/octet-stream\n\n" + FORGED + MAIL),
        mail(b"Content-Type: application/octet-stream\n\n" + gzipped(mbox(FORGED + MAIL))),
        mail(b"\n" + base64.b64encode(zipped(("a", FORGED + MAIL)))),
    ],
)
def test_what_is_inside_a_mail_cannot_forge_its_headers(tmp_path: Path, forward: bytes) -> None:
    outer = b"From: mallory@example.net\n" + forward
    for octets in (outer, mbox(outer), zipped(("a", outer)), gzipped(mbox(outer))):
        (received,) = read(tmp_path, octets)
        assert received.report == SENT
        assert received.headers
        assert received.headers["From"] == "mallory@example.net"
        assert "Authentication-Results" not in received.headers


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize(
    ("sign", "code"),
    [
        (b"", "no-report"),
        (b"TLS-Report-Domain: example.com\n", None),
        (b'X: report-type="tlsrpt"\n', None),
        (b"X: name=a.example!b.example!1740787200!1740873599!1.json.gz\n", None),
        (b"X: name=a.example!b.example!1740787200!1740873599.xml.gz\n", "no-report"),
    ],
)
def test_in_other_mail_what_cannot_be_read_is_no_error(
    tmp_path: Path, lost: bytes, sign: bytes, code: str | None
) -> None:
    message = sign + mail(b"Content-Type: application/x-other\n\n" + lost)
    expected = code or LOST[lost]
    assert codes(read(tmp_path, message, max_size=2000)) == [expected]
    forward = b"From: a\n" + mail(b"Content-Type: message/rfc822\n\n" + message, boundary="c")
    assert codes(read(tmp_path, forward, max_size=2000)) == [expected]
    if len(message) <= 4000:
        assert codes(read(tmp_path, zipped(("a", message)), max_size=6000)) == [expected]


@pytest.mark.parametrize(("levels", "code"), [(8, "report"), (2000, "no-report")])
def test_multiparts_within_multiparts(tmp_path: Path, levels: int, code: str) -> None:
    octets = b"\n" + DOCUMENT
    for level in range(levels):
        octets = mail(octets, boundary=f"level{level}-")
    assert codes(read(tmp_path, octets)) == [code]


@pytest.mark.parametrize(("levels", "code"), [(3, "report"), (2000, "no-report")])
def test_forwards_of_forwards(tmp_path: Path, levels: int, code: str) -> None:
    octets = MAIL
    for _ in range(levels):
        octets = b"Content-Type: message/rfc822\n\n" + octets
    assert codes(read(tmp_path, octets)) == [code]


def test_the_parts_of_a_mail_are_limited(tmp_path: Path) -> None:
    """Else millions of them keep a reader busy for minutes."""
    tiny = mail(*999 * [b""], b"\n" + DOCUMENT)
    assert codes(read(tmp_path, tiny)) == ["report"]
    (received,) = read(tmp_path, mail(*1020 * [b""], b"\n" + DOCUMENT), max_size=4000)
    (finding,) = received.findings
    assert (finding.code, finding.severity) == ("part-limit", "error")
    assert finding.message == "there are more than 1,015 parts in it, and the rest is not read"
    assert received.source == str(tmp_path / "file")
    # The mail itself is a part, too.
    assert codes(read(tmp_path, mail(*1014 * [b""]), max_size=4000)) == ["no-report"]
    assert codes(read(tmp_path, mail(*1015 * [b""]), max_size=4000)) == ["part-limit"]


@pytest.mark.parametrize(
    ("octets", "parts"),
    # A message and its body are two.
    [(b"{}\n", 1), (b"From \r\nA: b\n\n", 2)],
)
def test_lines_and_messages_in_an_archive_are_parts(
    tmp_path: Path, octets: bytes, parts: int
) -> None:
    few, many = (gzipped(number // parts * octets) for number in (1000, 1300))
    assert codes(read(tmp_path, few, max_size=50_000)) == ["no-report"]
    assert codes(read(tmp_path, many, max_size=50_000)) == ["part-limit"]


def test_members_of_all_archives_in_a_mail_are_parts(tmp_path: Path) -> None:
    archive = b"\n" + base64.b64encode(zipped(*((str(n), b"") for n in range(40))))
    assert codes(read(tmp_path, mail(*20 * [archive]), max_size=80_000)) == ["no-report"]
    assert codes(read(tmp_path, mail(*35 * [archive]), max_size=80_000)) == ["part-limit"]


def test_tiny_lines_are_limited_and_long_ones_are_not(tmp_path: Path) -> None:
    named = 1000 * ["no-report"]
    few, many = (number * b"{}\n" + LINE for number in (1002, 1200))
    assert codes(read(tmp_path, few)) == [*named, "report", "more-findings"]
    assert codes(read(tmp_path, many)) == [*named, "more-findings", "part-limit"]
    assert codes(read(tmp_path, 1200 * LINE, max_size=len(LINE))) == 1200 * ["report"]


def test_what_cannot_be_read_is_named_up_to_a_limit(tmp_path: Path) -> None:
    bad = b"Content-Type: application/tlsrpt+json\n\nlost"
    parts = [*1000 * [bad], b"\n" + DOCUMENT]
    assert codes(read(tmp_path, mail(*parts))) == [*(1000 * ["invalid-json"]), "report"]
    received = read(tmp_path, b"Subject: a\n" + mail(*3 * [bad], *parts))
    assert codes(received) == [*(1000 * ["invalid-json"]), "report", "more-findings"]
    (finding,) = received[-1].findings
    assert finding.severity == "error"
    assert finding.message == "more findings: 3, errors among them: 3"
    assert received[-1].source == str(tmp_path / "file")
    assert received[-1].headers
    assert received[-1].headers["Subject"] == "a"


def test_the_findings_of_all_reports_in_one_file_are_limited(tmp_path: Path) -> None:
    """Each has one all the same, and the one that says how many more there are."""
    odd = text({f"/extra{number}": None for number in range(900)}).encode() + b"\n"
    received = read(tmp_path, gzipped(4 * odd), max_size=100_000)
    assert [len(each.findings) for each in received] == [900, 882, 2, 2]
    assert [each.findings[-1].message for each in received[1:]] == [
        "more findings: 19, errors among them: 0",
        "more findings: 899, errors among them: 0",
        "more findings: 899, errors among them: 0",
    ]


def test_the_values_of_all_reports_in_one_file_are_limited(tmp_path: Path) -> None:
    dense = text({"/extra": 900 * [0]}).encode() + b"\n"
    for octets in (b"\n" + dense, b"\n\xff\xfe" + dense.decode().encode("utf-16-le")):
        parts = b"TLS-Report-Domain: example.com\n" + mail(*3 * [octets])
        received = read(tmp_path, parts, max_size=40_000)
        assert [each.findings[-1].code for each in received] == [
            *("unknown-member", "unknown-member", "value-limit")
        ]


def test_header_fields_are_unfolded_and_limited() -> None:
    octets = b"Subject: one\r\n two\r\n\tthree\r\nB : c\r\n\r\nbody"
    assert read_header(octets) == ([("Subject", "one two\tthree"), ("B ", "c")], len(octets) - 4)
    assert len(read_header(2000 * b"A: b\n")[0]) == 1000
    assert read_header(2000 * b"A: b\n\n\n")[1] == 6
    octets = 2000 * b"A: b\r\n" + b"\r\nbody"
    assert read_header(octets)[1] == len(octets) - 4
    assert read_header(2000 * b"A: b\n")[1] == 2000 * 5
    octets = b"A: b\nC: " + 300_000 * b"d" + b"\nE: f\n\nbody"
    fields, body = read_header(octets)
    assert [(name, len(value)) for name, value in fields] == [("A", 1), ("C", 2**18 - 8)]
    assert body == len(octets) - 4
    # A name that is cut off is no field.
    octets = b"A: b\n" + 300_000 * b"c" + b": d\n\nbody"
    assert read_header(octets) == ([("A", "b")], 5)
    assert read_header(b'{"a": 1}') == ([], 0)


def test_lines_of_an_mbox_come_before_the_header_and_end_it_later() -> None:
    octets = b"From a\n>From b\nReceived: c\n\nbody"
    assert read_header(octets) == ([("Received", "c")], len(octets) - 4)
    forged = b"Received: c\n>From b\nAuthentication-Results: d\n\nbody"
    assert read_header(forged) == ([("Received", "c")], forged.index(b">"))


def test_a_name_with_a_blank_counts_for_the_structure_alone(tmp_path: Path) -> None:
    mail = (DATA / "sound.eml").read_bytes()
    mail = mail.replace(b"Content-Type: multipart", b"Content-Type : multipart", 1)
    (received,) = read(tmp_path, b"Authentication-Results : mx.example.com; x\n" + mail)
    assert received.report == SENT
    assert received.headers is not None
    assert not [name for name in received.headers if name.startswith("Authentication")]


def test_the_entries_of_a_zip_archive_are_limited(tmp_path: Path) -> None:
    limit = part_limit(2**20)
    octets = b"PK\x03\x04" + (limit + 1) * b"PK\x01\x02"
    path = tmp_path / "reports.zip"
    path.write_bytes(octets)
    (received,) = read_reports(path, max_size=2**20)
    assert [finding.code for finding in received.findings] == ["part-limit"]
    assert f"{limit:,} parts" in received.findings[0].message


def test_what_comes_before_the_header_is_not_part_of_it(tmp_path: Path) -> None:
    (received,) = read(tmp_path, b"\xef\xbb\xbf\r\n\n" + LUNCH)
    assert received.headers
    assert received.headers["From"] == "alice@example.com"


def parts_of(message: bytes) -> list[Part]:
    return list(leaves(message, read_header(message)))


def test_the_media_type_is_without_parameters() -> None:
    assert parts_of(b"Content-Type: Text/Plain ; charset=utf-8\n\nx") == [("text/plain", b"x")]


_PIECES = st.sampled_from(
    [
        *(b"Content-Type: multipart/mixed; boundary=b\n\n", b"Content-Type: multipart/mixed\n\n"),
        *(b"Content-Type: multipart/mixed; boundary=c\n\n", b"\n", b"\r\n", b"text", b"A: b\n"),
        *(b"\n--b", b"\n--b\n", b"\n--b \r\n", b"\n--b--\n", b"--c\n", b"\n--c\n", b"From a\n"),
    ]
)


@given(st.lists(_PIECES, max_size=8), st.lists(_PIECES, max_size=4), st.lists(_PIECES, max_size=4))
def test_a_part_is_read_as_if_it_stood_alone(
    inside: list[bytes], before: list[bytes], after: list[bytes]
) -> None:
    part = b"".join(inside)
    start = len(b"".join(before))
    whole = b"".join([*before, part, *after])
    end = start + len(part)
    header = read_header(whole, start, end)
    assert list(leaves(whole, header, end)) == parts_of(part)
    assert (header.fields, header.body - start) == read_header(part)


@pytest.mark.parametrize("boundary", ["", "; boundary=", '; boundary=""', "; boundary=x"])
def test_the_boundary_is_found_where_it_is_not_told(boundary: str) -> None:
    head = f"Content-Type: multipart/mixed{boundary}\n".encode()
    parts = parts_of(head + b"\n--b  \n\n1\n--b\n\n2\n--b--\n3")
    assert [part.octets for part in parts] == [b"1", b"2"]


def test_a_lone_digit_of_base64_is_dropped() -> None:
    (part,) = parts_of(b"Content-Transfer-Encoding: base64\n\nQUJDR\n")
    assert part == ("", b"ABC")


def test_a_report_without_a_name_has_a_source() -> None:
    (received,) = read_reports(DATA / SOUND)
    assert received.source == str(DATA / SOUND)
    assert received.headers is None
    assert received.report
    assert json.loads(received.report.to_json()) == json.loads(DOCUMENT)


def test_a_stream_is_read() -> None:
    mailbox = io.BytesIO((DATA / "relayed-twice.mbox").read_bytes())
    received = [(each.source, each.report) for each in read_reports(mailbox)]
    sources = [f"stream: message {number}" for number in (1, 2, 3)]
    assert received == list(zip(sources, [SENT, SENT, None], strict=True))


@pytest.mark.parametrize("given", [MAIL, None, 5])
def test_what_is_neither_a_path_nor_a_stream(given: str) -> None:
    kind = type(given).__name__
    with pytest.raises(TypeError, match=f"takes a path or a binary stream, not {kind}"):
        read_reports(given)


def test_paths_may_be_names(tmp_path: Path) -> None:
    shutil.copy(DATA / SOUND, tmp_path / "1.json")
    assert [each.report for each in read_reports(os.fspath(tmp_path))] == [SENT]
