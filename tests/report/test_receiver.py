"""The receiver of the how-to: what it accepts can be read again, and nothing hangs or breaks it.

The code is the page's own; here, strangers post.
"""

from __future__ import annotations

import gzip
import io
import re
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import make_server

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.report.deviations import DATA, SOUND
from tests.report.documents import text
from tlsrpt.report import Report, read_reports

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path("docs/howto/read-reports.md").resolve()
DOCUMENT: Final = (DATA / SOUND).read_bytes()
MAIL: Final = (DATA / "sound.eml").read_bytes()
LIMIT: Final = 10 * 2**20


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The names that the code on the page defines, and a folder of its own to run in."""
    (code,) = re.findall(
        r"```python\n((?:(?!```).)*def receive\(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("receiver"))
        names: dict[str, Any] = {}
        exec(code, names)  # noqa: S102
        yield names


@pytest.fixture(autouse=True)
def _empty(recipe: dict[str, Any]) -> Iterator[None]:
    yield
    assert list(recipe["unfinished"].iterdir()) == []
    for path in recipe["inbox"].iterdir():
        path.unlink()


def kept(recipe: dict[str, Any]) -> list[Report | None]:
    return [each.report for each in read_reports(recipe["inbox"])]


def post(recipe: dict[str, Any], body: bytes, **environ: object) -> str:
    """The status code that the application answers."""
    answers: list[str] = []
    given = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **environ,
    }
    text = b"".join(recipe["receive"](given, lambda status, headers: answers.append(status)))
    (status,) = answers
    assert status.startswith("204") is (not text)
    return status[:3]


@pytest.mark.parametrize("body", [DOCUMENT, b"\xef\xbb\xbf" + DOCUMENT, gzip.compress(DOCUMENT)])
def test_a_report_is_kept_once(recipe: dict[str, Any], body: bytes) -> None:
    assert [post(recipe, body) for _ in range(3)] == 3 * ["204"]
    assert kept(recipe) == [Report.parse(DOCUMENT)]


def test_chunks_where_the_server_says_where_they_end(recipe: dict[str, Any]) -> None:
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert post(recipe, DOCUMENT, **chunked) == "204"
    assert kept(recipe) == [Report.parse(DOCUMENT)]
    assert post(recipe, DOCUMENT + LIMIT * b" ", **chunked) == "413"
    assert post(recipe, b"", **chunked) == "400"


# A body that must not be read: that could take forever.
CLOSED: Final = None


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (None, "411"),
        ("", "411"),
        ("-1", "411"),
        ("+5", "411"),
        ("1_0", "411"),
        (" 5", "411"),
        ("0x5", "411"),
        ("5, 5", "411"),
        ("\u0665", "411"),
        ("\u00b2", "411"),
        (str(LIMIT + 1), "413"),
        (5000 * "9", "413"),
    ],
)
@pytest.mark.parametrize("is_terminated", [False, True])
def test_lengths_that_nobody_should_believe(
    recipe: dict[str, Any], length: str | None, status: str, *, is_terminated: bool
) -> None:
    environ: dict[str, object] = {"CONTENT_LENGTH": length, "wsgi.input": CLOSED}
    if length and is_terminated:
        environ["wsgi.input_terminated"] = True
    assert post(recipe, b"", **environ) == status


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "post"])
def test_other_methods(recipe: dict[str, Any], method: str) -> None:
    environ = {"REQUEST_METHOD": method, "wsgi.input": CLOSED}
    assert post(recipe, DOCUMENT, **environ) == "405"
    # RFC 9110 section 15.5.6
    answers: list[tuple[str, str]] = []
    recipe["receive"](environ, lambda _, headers: answers.extend(headers))
    assert ("Allow", "POST") in answers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        DOCUMENT + DOCUMENT,
        Report.parse(DOCUMENT).to_json().encode() + b"\n" + DOCUMENT,
        MAIL,
        b"From a@b Sat Mar  1 00:00:00 2025\n" + MAIL,
        gzip.compress(MAIL),
        gzip.compress(DOCUMENT)[:-20],
        # What unpacks to too much
        gzip.compress(DOCUMENT + LIMIT * b" "),
        gzip.compress(gzip.compress(DOCUMENT)),
        b"PK\x03\x04",
        1000 * b"[",
        b'{"\xff": 1}',
        b'{"organization-name": "\\ud800\x1b[2J"}',
        text({"/date-range/start-datetime": "\ud800"}).encode(),
    ],
)
def test_what_is_not_one_report_is_not_kept(recipe: dict[str, Any], body: bytes) -> None:
    assert post(recipe, body) == "400"
    assert kept(recipe) == []


def test_a_body_that_ends_early_is_not_kept(recipe: dict[str, Any]) -> None:
    for end in (0, 1, len(DOCUMENT) - 1):
        environ = {"wsgi.input": io.BytesIO(DOCUMENT[:end])}
        assert post(recipe, DOCUMENT, **environ) == "400"
    # A length that is too small cuts the report.
    assert post(recipe, DOCUMENT, CONTENT_LENGTH=str(len(DOCUMENT) - 5)) == "400"
    assert kept(recipe) == []


def test_a_full_disk_is_no_success(recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, data: bytes) -> None:
        path.touch()
        raise OSError

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match=r"^$"):
        post(recipe, DOCUMENT)
    assert kept(recipe) == []


PIECES: Final = st.sampled_from(
    [
        b"\xef\xbb\xbf",
        b"\xff",
        b"\xed\xa0\x80",
        b"\n",
        b"\r",
        b" ",
        b"\0",
        b"{}",
        b"From a b\n",
        b"a: b\n",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=3), st.lists(PIECES, max_size=3), st.booleans())
@example([b"\xef\xbb\xbf", b"\xef\xbb\xbf"], [], False)
def test_what_is_kept_can_be_read_again(
    recipe: dict[str, Any], before: list[bytes], after: list[bytes], is_packed: bool
) -> None:
    body = b"".join([*before, DOCUMENT, *after])
    status = post(recipe, gzip.compress(body) if is_packed else body)
    assert status in {"204", "400"}
    assert kept(recipe) == ([Report.parse(DOCUMENT)] if status == "204" else [])
    for path in recipe["inbox"].iterdir():
        path.unlink()


# --- Behind a server ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        (f"Content-Length: {len(DOCUMENT)}", DOCUMENT, b"204"),
        (f"Content-Length: {len(DOCUMENT) + 1}", DOCUMENT, b"400"),
        ("Content-Length: -1", DOCUMENT, b"411"),
        ("X-Nothing: 1", DOCUMENT, b"411"),
        ("Transfer-Encoding: chunked", b"5\r\n" + DOCUMENT[:5] + b"\r\n0\r\n\r\n", b"411"),
    ],
)
def test_over_a_socket(recipe: dict[str, Any], head: str, body: bytes, status: bytes) -> None:
    """By a server that knows nothing of chunks, and says nothing of where a body ends."""
    with make_server("127.0.0.1", 0, recipe["receive"]) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as peer:
            peer.sendall(f"POST / HTTP/1.0\r\n{head}\r\n\r\n".encode() + body)
            peer.shutdown(socket.SHUT_WR)
            assert peer.makefile("rb").readline().split()[1] == status
        thread.join()
