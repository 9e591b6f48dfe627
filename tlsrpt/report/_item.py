"""`read_item`: the reports in one file or message, however they are packed.

The first octets decide what it is: its name and media type are often wrong.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from typing import IO, Final, NamedTuple

from tlsrpt._display import clipped
from tlsrpt.report._catalogue import ReportFinding, make_finding
from tlsrpt.report._findings import MAX_FINDINGS, more_findings
from tlsrpt.report._foreign import foreign
from tlsrpt.report._mime import HEADER, JSON, Header, leaves, message_start, read_header
from tlsrpt.report._octets import GZIP, Unpacked, count_values, gunzip, part_limit, value_limit
from tlsrpt.report.check import ReportCheck, check_document
from tlsrpt.report.model import Report

_ZIP: Final = b"PK\x03\x04"
# An entry of the central directory (APPNOTE section 4.3.12). Each takes 500 octets of memory.
_ZIP_ENTRY: Final = b"PK\x01\x02"
# The other methods of zipfile unpack all at once, however much that is.
_ZIP_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

# The line before a message in an mbox (RFC 4155 appendix A): sender, date and time, or, in
# Thunderbird's, nothing. A blank line comes before it, which some programs forget; without one, it
# takes a whole date, since any line of text may begin with "From".
MBOX: Final = b"From "
_FROM_LINE: Final = re.compile(rb"From (?:[^\n]*[0-9]:[0-9]{2}|\r?\n)")
_DATED_FROM_LINE: Final = re.compile(
    rb"From [^\n]*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
    rb" (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    rb" [ 0-3]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} "
)
_BLANK_LINES: Final = {b"\n", b"\r\n"}

# What `tlsrpt report --format json` prints: a document on the first line, another on the second.
JSON_LINES: Final = re.compile(rb"\{[^\n]*\}[ \t\r]*\n\{")

# In the octets of a mail that may have a report: media types, a header field, and how the name of a
# file ends (RFC 8460 sections 5.1 and 5.3).
_SIGNS: Final = (b"tlsrpt", b"TLS-Report-Domain")
_FILENAME: Final = re.compile(rb"![0-9]{9,10}(?:![0-9A-Za-z]{1,64})?\.json")

# A document that cannot be read for these reasons and has none of these names is something else,
# such as the JSON attachment of any mail.
_NOT_ALIKE: Final = {"invalid-json", "missing-date-range"}
_XML: Final = re.compile(rb"\s*<")
_NAMES: Final = re.compile(rb"organization.name|date.range|policies|failure.details")

# Base64 makes three octets of four. Whoever packs reports gains more than that costs.
PACKED: Final = 2
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


def split(
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


def begins_message(before: bytes, line: bytes) -> object:
    """Whether a line that begins with `MBOX` is the one before a message."""
    if before in _BLANK_LINES:
        return _FROM_LINE.match(line)
    return before.endswith(b"\n") and _DATED_FROM_LINE.match(line)


def begins_document(before: bytes, _line: bytes) -> object:
    """Whether a brace begins another document."""
    return before.endswith(b"\n")


def read_item(octets: bytes, source: str, max_size: int) -> Iterator[ReceivedReport]:
    """Yield the reports in one file or message, or one no-report."""
    is_mail = HEADER.match(octets) or octets.startswith(MBOX)
    header = read_header(octets, message_start(octets)) if is_mail else None
    headers = _headers(header) if header else None
    if len(octets) > PACKED * max_size:
        code = "size-limit" if headers is None or _may_report(octets) else "no-report"
        yield failed(source, headers, code, limit=PACKED * max_size)
        return
    empty = True
    content = _Content(octets, source, headers, may_report=not header, header=header)
    for received in limited(_Item(max_size).reports(content), source, headers):
        empty = False
        yield received
    if empty:
        yield failed(source, headers, "no-report")


def limited(
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
    except TooManyPartsError as error:
        parts = error.limit
    if more:
        yield ReceivedReport(source, None, (more_findings(more, errors),), headers)
    if parts:
        yield failed(source, headers, "part-limit", parts=parts)


def failed(source: str, headers: Message | None, code: str, /, **facts: object) -> ReceivedReport:
    """What has no report, and why."""
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


class TooManyPartsError(Exception):
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
            raise TooManyPartsError(part_limit(self._limit))
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
        elif JSON_LINES.match(octets):
            for document in split(io.BytesIO(octets), len(octets), b"{", begins_document):
                self._count_part()
                yield from self._report(content, document)
        elif content.declared or JSON.match(octets):
            yield from self._report(content, octets)
        elif content.is_text:
            return
        # At the top, it is one message of an mbox.
        elif octets.startswith(MBOX) and content.depth < _MAX_DEPTH:
            for message in split(io.BytesIO(octets), len(octets), MBOX, begins_message):
                self._count_part()
                yield from self._mail(content._replace(octets=message))
        elif HEADER.match(octets) or octets.startswith(MBOX):
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
        is_json = JSON.match(unpacked.octets) and not JSON_LINES.match(unpacked.octets)
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
            raise TooManyPartsError(part_limit(self._limit))
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
            yield failed(content.source, content.headers, code, **facts)

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
            yield failed(content.source, headers, "missing-report")


def _open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    if entry.compress_type not in _ZIP_METHODS:
        raise zipfile.BadZipFile(f"compression method {entry.compress_type} is not supported")
    return archive.open(entry)
