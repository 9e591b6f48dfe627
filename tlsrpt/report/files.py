"""`read_reports`: the files in a folder, and the messages in a mailbox, one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias, TypeVar

from tlsrpt.report._item import (
    JSON_LINES,
    MBOX,
    PACKED,
    ReceivedReport,
    TooManyPartsError,
    begins_document,
    begins_message,
    failed,
    limited,
    read_item,
    split,
)
from tlsrpt.report._octets import MAX_SIZE, part_limit
from tlsrpt.txt import plain

_Found = TypeVar("_Found")
# Octets, where they are from, and max_size.
_Read: TypeAlias = Callable[[bytes, str, int], Iterable[_Found]]

_CHUNK: Final = 2**16


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
    limit = PACKED * max_size + 1
    start = [stream.readline(limit), stream.readline(limit)]
    lines = chain(start, iter(partial(stream.readline, limit), b""))
    if start[0].startswith(MBOX):
        for number, message in enumerate(split(lines, limit, MBOX, begins_message), 1):
            yield from read(message, f"{source}: message {number}", max_size)
    elif JSON_LINES.match(b"".join(start)):
        documents = split(lines, limit, b"{", begins_document)
        yield from limited(_read_documents(documents, source, max_size), source, None)
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
            raise TooManyPartsError(part_limit(size))
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
            yield failed(str(path), None, "unreadable-file", reason=str(error.strerror))


def _entries(folder: Path) -> list[tuple[Path, bool]]:
    """The files and folders in a folder, in order, each with whether it is a folder.

    Links to folders, which may form a loop, and special files are left out. In a Maildir, only its
    folders are returned, except ``tmp``, whose files are incomplete. Other files there belong to
    the mail server.
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
