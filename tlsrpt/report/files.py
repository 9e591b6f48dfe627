"""`read_reports`: reports from files, folders, mailboxes, e-mails and archives.

The first octets of a file show what it is: its name and media type are often wrong.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, BinaryIO, Final, NamedTuple, TypeAlias, TypeVar

from tlsrpt._display import clipped
from tlsrpt.report._catalogue import ReportFinding, make_finding
from tlsrpt.report._findings import MAX_FINDINGS, more_findings
from tlsrpt.report._foreign import foreign
from tlsrpt.report._mime import HEADER, JSON, Header, leaves, message_start, read_header
from tlsrpt.report._octets import (
    GZIP,
    MAX_SIZE,
    Unpacked,
    count_values,
    gunzip,
    part_limit,
    value_limit,
)
from tlsrpt.report.check import ReportCheck, check_document
from tlsrpt.report.model import Report
from tlsrpt.txt import plain

_Found = TypeVar("_Found")
# Octets, where they are from, and max_size.
_Read: TypeAlias = Callable[[bytes, str, int], Iterable[_Found]]

_ZIP: Final = b"PK\x03\x04"
# An entry of the central directory (APPNOTE section 4.3.12). Each takes 500 octets of memory.
_ZIP_ENTRY: Final = b"PK\x01\x02"
# The other methods of zipfile unpack all at once, however much that is.
_ZIP_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

# The line before a message in an mbox (RFC 4155 appendix A): sender, date and time, or, in
# Thunderbird's, nothing. A blank line comes before it, which some programs forget; without one, it
# takes a whole date, since any line of text may begin with "From".
_MBOX: Final = b"From "
_FROM_LINE: Final = re.compile(rb"From (?:[^\n]*[0-9]:[0-9]{2}|\r?\n)")
_DATED_FROM_LINE: Final = re.compile(
    rb"From [^\n]*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
    rb" (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    rb" [ 0-3]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} "
)
_BLANK_LINES: Final = {b"\n", b"\r\n"}

# What `tlsrpt report --format json` prints: a document on the first line, another on the second.
_JSON_LINES: Final = re.compile(rb"\{[^\n]*\}[ \t\r]*\n\{")

# In the octets of a mail that may have a report: media types, a header field, and how the name of a
# file ends (RFC 8460 sections 5.1 and 5.3).
_SIGNS: Final = (b"tlsrpt", b"TLS-Report-Domain")
_FILENAME: Final = re.compile(rb"![0-9]{9,10}(?:![0-9A-Za-z]{1,64})?\.json")

# A document that cannot be read for these reasons and has none of these names is something else,
# such as the JSON attachment of any mail.
_NOT_ALIKE: Final = {"invalid-json", "missing-date-range"}
_XML: Final = re.compile(rb"\s*<")
_NAMES: Final = re.compile(rb"organization.name|date.range|policies|failure.details")

_CHUNK: Final = 2**16
# Base64 makes three octets of four. Whoever packs reports gains more than that costs.
_PACKED: Final = 2
# Each level may hold a copy of the octets. A forwarded mail is two levels deep: the message and its
# attachment.
_MAX_DEPTH: Final = 5

# Findings are kept with their reports: so many octets of max_size for each of them, when all
# reports in one file or e-mail are put into a list.
_OCTETS_PER_FINDING: Final = 128

# What macOS adds to a zip archive about each file in it.
_RESOURCE_FORKS: Final = "__MACOSX/"


class ReceivedReport(NamedTuple):
    """A report, or what should have been one, from `read_reports`.

    Attributes:
        source: where it is from, such as ``reports.mbox: message 3``. Not safe to print.
        report: the report; None if there is none, or it could not be read.
        findings: what deviates, as from `check_report`, or why there is no report.
        headers: the header fields of the e-mail that it came by, unfolded, without a body; None
            if it did not come by e-mail. For a forwarded e-mail, they are those of the outer mail,
            since what is inside may be forged. Nothing in them has been verified. There are at most
            1,000 fields and 256 KiB, and no field with a blank before its colon.

    >>> ReceivedReport("report.json", None, (), None).source
    'report.json'
    """

    source: str
    report: Report | None
    findings: tuple[ReportFinding, ...]
    headers: Message | None


def read_reports(
    path: str | os.PathLike[str] | BinaryIO, *, max_size: int = MAX_SIZE
) -> Iterator[ReceivedReport]:
    """Read all reports in a file, folder or stream, one after the other.

    A file may be a report in JSON, or one report per line, an e-mail with reports, an mbox, or any
    of these in gzip or zip. A folder is read with all folders below it, except for links to
    folders. It may be a Maildir, whose ``tmp`` is skipped. Whatever cannot be read is yielded with
    the error and does not stop the rest. An e-mail or file without a report is yielded with the
    warning ``no-report``, or, if it says that it has one, with the error ``missing-report``.

    Args:
        path: the file or folder, or a stream of octets such as ``io.BytesIO(message)``.
        max_size: how many octets the whole content of one file or e-mail may take, unpacked. A file
            or e-mail itself may take twice as many; an mbox or a file of one report per line may be
            of any length. Reading one file, e-mail or line takes at most 30 times as much memory,
            including all that is yielded for it.

    Raises:
        OSError: there is no such file or folder, or it may not be read.
        TypeError: it is neither a path nor a stream.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "note.txt").write_text("Hello")
    ...     for received in read_reports(folder):
    ...         print(received.report, received.findings[0].code)
    None no-report
    """
    if not isinstance(path, str | os.PathLike):
        if not hasattr(path, "readline"):
            kind = type(path).__name__
            raise TypeError(f"read_reports takes a path or a binary stream, not {kind}")
        return read_stream(path, "stream", max_size)
    return walk(path, max_size, read_item)


def read_stream(stream: BinaryIO, source: str, max_size: int) -> Iterator[ReceivedReport]:
    """As `read_reports`, from an open file."""
    return walk_stream(stream, source, max_size, read_item)


def walk(
    path: str | os.PathLike[str], max_size: int, read: _Read[_Found]
) -> Iterator[ReceivedReport | _Found]:
    """The results of a function for each message and file in a file or folder.

    A file of one report per line is read here, since its lines share a limit.
    """
    path = Path(plain(os.fspath(path)))
    if path.is_dir():
        return _walk_folder(path, max_size, read)
    # Fail at once if it is not there, and not only when the first report is asked for.
    path.stat()
    return _walk_file(path, max_size, read)


def walk_stream(
    stream: BinaryIO, source: str, max_size: int, read: _Read[_Found]
) -> Iterator[ReceivedReport | _Found]:
    """As `walk`, for an open file."""
    limit = _PACKED * max_size + 1
    start = [stream.readline(limit), stream.readline(limit)]
    lines = chain(start, iter(partial(stream.readline, limit), b""))
    if start[0].startswith(_MBOX):
        for number, message in enumerate(_split(lines, limit, _MBOX, _is_message), 1):
            yield from read(message, f"{source}: message {number}", max_size)
    elif _JSON_LINES.match(b"".join(start)):
        documents = _split(lines, limit, b"{", _is_document)
        yield from _limited(_read_documents(documents, source, max_size), source, None)
    else:
        octets = b"".join([*start, *_chunks(stream, limit - sum(map(len, start)))])
        yield from read(octets, source, max_size)


def _chunks(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """The rest of a stream, up to a limit.

    If asked for all of it at once, Python reserves memory for the whole limit, however small the
    file is.
    """
    while limit > 0 and (chunk := stream.read(min(_CHUNK, limit))):
        limit -= len(chunk)
        yield chunk


def _read_documents(
    documents: Iterable[bytes], source: str, max_size: int
) -> Iterator[ReceivedReport]:
    """The reports in a file of one report per line, of any length, but not of tiny documents."""
    size = 0
    for number, document in enumerate(documents, 1):
        size += len(document)
        if number > part_limit(size):
            raise _TooManyPartsError(part_limit(size))
        yield from read_item(document, f"{source}: report {number}", max_size)


def _walk_folder(
    folder: Path, max_size: int, read: _Read[_Found]
) -> Iterator[ReceivedReport | _Found]:
    pending = [(folder, True)]
    while pending:
        path, is_folder = pending.pop()
        try:
            if is_folder:
                pending += reversed(_entries(path))
            else:
                yield from _walk_file(path, max_size, read)
        except OSError as error:
            yield _failed(str(path), None, "unreadable-file", reason=str(error.strerror))


def _entries(folder: Path) -> list[tuple[Path, bool]]:
    """The files and folders in a folder, in order, each with whether it is a folder.

    Links to folders, which may form a loop, and special files are left out. Of a Maildir, there are
    only its folders: its files are the mail server's. Not ``tmp``, where files are not complete.
    """
    with os.scandir(folder) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    folders = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
    if {"cur", "new"} <= folders:
        return [(folder / name, True) for name in sorted(folders - {"tmp"})]
    return [
        (folder / entry.name, entry.name in folders)
        for entry in entries
        if entry.name in folders or _is_file(entry)
    ]


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        # Opening it raises an error that says why.
        return True


def _walk_file(path: Path, max_size: int, read: _Read[_Found]) -> Iterator[ReceivedReport | _Found]:
    with path.open("rb", _CHUNK) as stream:
        yield from walk_stream(stream, str(path), max_size, read)


def _split(
    lines: Iterable[bytes], limit: int, mark: bytes, begins: Callable[[bytes, bytes], object]
) -> Iterator[bytes]:
    """The items in a file, each as far as the line that reaches a limit.

    An item begins at a line with a mark, if that line and the one before it say so.
    """
    item = bytearray()
    before = b""
    for line in lines:
        if line.startswith(mark) and begins(before, line):
            yield bytes(item)
            item.clear()
        if len(item) < limit:
            item += line
        before = line
    yield bytes(item)


def _is_message(before: bytes, line: bytes) -> object:
    if before in _BLANK_LINES:
        return _FROM_LINE.match(line)
    return before.endswith(b"\n") and _DATED_FROM_LINE.match(line)


def _is_document(before: bytes, _line: bytes) -> object:
    return before.endswith(b"\n")


def read_item(octets: bytes, source: str, max_size: int) -> Iterator[ReceivedReport]:
    """Yield the reports in one file or message, or one no-report."""
    is_mail = HEADER.match(octets) or octets.startswith(_MBOX)
    header = read_header(octets, message_start(octets)) if is_mail else None
    headers = _headers(header) if header else None
    if len(octets) > _PACKED * max_size:
        code = "size-limit" if headers is None or _may_report(octets) else "no-report"
        yield _failed(source, headers, code, limit=_PACKED * max_size)
        return
    empty = True
    content = _Content(octets, source, headers, may_report=not header, header=header)
    for received in _limited(_Item(max_size).reports(content), source, headers):
        empty = False
        yield received
    if empty:
        yield _failed(source, headers, "no-report")


def _limited(
    items: Iterable[ReceivedReport], source: str, headers: Message | None
) -> Iterator[ReceivedReport]:
    """The items, but only the first ones without a report, and the limits that were reached."""
    failures = more = errors = parts = 0
    try:
        for received in items:
            failures += received.report is None
            if received.report or failures <= MAX_FINDINGS:
                yield received
            else:
                more += len(received.findings)
                errors += sum(finding.severity == "error" for finding in received.findings)
    except _TooManyPartsError as error:
        parts = error.limit
    if more:
        yield ReceivedReport(source, None, (more_findings(more, errors),), headers)
    if parts:
        yield _failed(source, headers, "part-limit", parts=parts)


def _failed(source: str, headers: Message | None, code: str, /, **facts: object) -> ReceivedReport:
    return ReceivedReport(source, None, (make_finding(code, **facts),), headers)


def _headers(header: Header) -> Message:
    headers = Message()
    for name, value in header.fields:
        # For servers that remove forged fields, and for `email`, this is another name.
        if name == name.rstrip():
            headers[name] = value
    return headers


def _may_report(octets: bytes) -> bool:
    """Whether a mail may have a report, so that what cannot be read in it is an error.

    In other mail, it is a picture or a DMARC report.
    """
    return bool(any(sign in octets for sign in _SIGNS) or _FILENAME.search(octets))


class _Content(NamedTuple):
    """Something that may hold reports.

    Attributes:
        headers: those of the outermost mail; None where there is none.
        may_report: whether what cannot be read may be a report.
        declared: whether its media type says that it is a report.
        is_text: whether it is the text of an e-mail, which is no e-mail itself even if it begins
            like one.
        depth: how many levels may be below.
        header: its own header, if it is an e-mail and the header has been read.
    """

    octets: bytes
    source: str
    headers: Message | None
    may_report: bool
    declared: bool = False
    is_text: bool = False
    depth: int = _MAX_DEPTH
    header: Header | None = None


class _TooManyPartsError(Exception):
    """There are more parts than may be read."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


class _Item:
    """One file or message, with all that is in it."""

    def __init__(self, max_size: int) -> None:
        self._limit = max_size
        # How many octets may still be unpacked, so that bombs stop there, however they nest; how
        # many parts and JSON values may still be read; and how many findings still be kept.
        self._left = max_size
        self._parts = part_limit(max_size)
        self._values = value_limit(max_size)
        self._findings = MAX_FINDINGS + max_size // _OCTETS_PER_FINDING
        # The names outside ASCII, which have a limit of their own.
        self._names: set[str] = set()

    def _count_part(self) -> None:
        if not self._parts:
            raise _TooManyPartsError(part_limit(self._limit))
        self._parts -= 1

    def reports(self, content: _Content) -> Iterator[ReceivedReport]:
        """The reports in something; nothing if there are none."""
        self._count_part()
        octets = content.octets
        if not content.depth:
            return
        if octets.startswith(GZIP):
            yield from self._gzip(content)
        elif octets.startswith(_ZIP):
            yield from self._zip(content)
        elif _JSON_LINES.match(octets):
            for document in _split(io.BytesIO(octets), len(octets), b"{", _is_document):
                self._count_part()
                yield from self._report(content, document)
        elif content.declared or JSON.match(octets):
            yield from self._report(content, octets)
        elif content.is_text:
            return
        # At the top, it is one message of an mbox.
        elif octets.startswith(_MBOX) and content.depth < _MAX_DEPTH:
            for message in _split(io.BytesIO(octets), len(octets), _MBOX, _is_message):
                self._count_part()
                yield from self._mail(content._replace(octets=message))
        elif HEADER.match(octets) or octets.startswith(_MBOX):
            yield from self._mail(content)
        elif program := foreign(octets):
            yield from self._lost(content, "unsupported-format", **program._asdict())

    def _report(self, content: _Content, document: bytes | Unpacked) -> Iterator[ReceivedReport]:
        octets = document.octets if isinstance(document, Unpacked) else document
        check = self._check(document, octets)
        alike = content.may_report and not any(f.code in _NOT_ALIKE for f in check.errors)
        if check.report or content.declared or alike or _NAMES.search(octets):
            yield ReceivedReport(content.source, check.report, check.findings, content.headers)

    def _check(self, document: bytes | Unpacked, octets: bytes) -> ReportCheck:
        values = count_values(octets)
        if values > self._values:
            return ReportCheck(None, (make_finding("value-limit", limit=value_limit(self._limit)),))
        self._values -= values
        # Even if no more findings can be kept, each report has one.
        kept = max(1, min(MAX_FINDINGS, self._findings))
        check = check_document(document, self._limit, kept, self._names)
        self._findings -= len(check.findings)
        return check

    def _gzip(self, content: _Content) -> Iterator[ReceivedReport]:
        unpacked = gunzip(content.octets, self._left)
        self._left -= min(len(unpacked.octets), self._left)
        is_json = JSON.match(unpacked.octets) and not _JSON_LINES.match(unpacked.octets)
        if content.declared or is_json:
            yield from self._report(content, unpacked)
            return
        # DMARC reports are XML in gzip, and nobody looks for reports in them.
        if unpacked.flaw and not _XML.match(unpacked.octets):
            facts = {"limit": self._limit, "parts": part_limit(self._limit)}
            yield from self._lost(content, unpacked.flaw, **facts)
        yield from self.reports(content._replace(octets=unpacked.octets, depth=content.depth - 1))

    def _zip(self, content: _Content) -> Iterator[ReceivedReport]:
        if content.octets.count(_ZIP_ENTRY) > part_limit(self._limit):
            raise _TooManyPartsError(part_limit(self._limit))
        try:
            archive = zipfile.ZipFile(io.BytesIO(content.octets))
        except Exception as error:  # noqa: BLE001 - zipfile raises many kinds for a damaged file
            yield from self._lost(content, "invalid-zip", reason=str(error))
            return
        for entry in archive.infolist():
            if entry.filename.startswith(_RESOURCE_FORKS):
                continue
            source = f"{content.source}: {clipped(entry.filename)}"
            member = content._replace(source=source, is_text=False)
            cost = 0
            try:
                with _open_entry(archive, entry) as stream:
                    cost = entry.file_size
                    octets = stream.read(self._left + 1)
            except Exception as error:  # noqa: BLE001 - as above
                # What was unpacked before it failed counts.
                self._left -= min(cost, self._left)
                yield from self._lost(member, "invalid-zip", reason=str(error))
                continue
            if len(octets) > self._left:
                yield from self._lost(member, "size-limit", limit=self._limit)
                return
            self._left -= len(octets)
            yield from self.reports(member._replace(octets=octets, depth=content.depth - 1))

    def _lost(self, content: _Content, code: str, /, **facts: object) -> Iterator[ReceivedReport]:
        """The item for something that cannot be read, if it may be a report."""
        if content.may_report:
            yield _failed(content.source, content.headers, code, **facts)

    def _mail(self, content: _Content) -> Iterator[ReceivedReport]:
        octets = content.octets
        header = content.header or read_header(octets, message_start(octets))
        is_outermost = content.headers is None
        headers = _headers(header) if is_outermost else content.headers
        may_report = _may_report(octets) or (content.may_report and not is_outermost)
        empty = True
        for part in leaves(octets, header):
            for received in self.reports(
                _Content(
                    part.octets,
                    content.source,
                    headers,
                    may_report,
                    declared=part.media_type.startswith("application/tlsrpt"),
                    is_text=part.media_type.startswith("text/") or not part.media_type,
                    depth=content.depth - 1,
                )
            ):
                empty = False
                yield received
        if empty and any(name.lower() == "tls-report-domain" for name, _ in header.fields):
            yield _failed(content.source, headers, "missing-report")


def _open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    if entry.compress_type not in _ZIP_METHODS:
        raise zipfile.BadZipFile(f"compression method {entry.compress_type} is not supported")
    return archive.open(entry)
