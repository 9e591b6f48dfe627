"""The command line, in process and as a process."""

from __future__ import annotations

import io
import itertools
import json
import multiprocessing
import os
import shlex
import signal
import subprocess
import sys
import threading
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from unittest.mock import Mock

import pytest

from tlsrpt import __version__
from tlsrpt.cli import main
from tlsrpt.cli._processes import map_blocks, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

A = "mailto:tls@example.com"
B = "https://reports.google.com/v1"
GOOD = f"v=TLSRPTv1; rua={A}"

LOCAL = "v=TLSRPTv1; rua=mailto:a@b.local\n"
PYTHON = [sys.executable, "-m", "tlsrpt"]
NEEDS_SHELL = pytest.mark.skipif(sys.platform == "win32", reason="needs /bin/sh")
NEEDS_FULL = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")

Run: TypeAlias = "Callable[..., tuple[int, str, str]]"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line: its exit status and what it wrote to either output."""

    def run_main(*arguments: str, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        try:
            status = main(arguments)
        except SystemExit as stop:
            assert isinstance(stop.code, int)
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return run_main


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"tlsrpt {__version__}\n", "")


# --- generate -------------------------------------------------------------------------------------


def test_generate(run: Run) -> None:
    status, out, err = run("generate", "Example.com", A, B)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "Host:  _smtp._tls.example.com",
        "Type:  TXT",
        "TTL:   3600",
        f"Value: v=TLSRPTv1; rua={A},{B}",
    ]


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        (["--format", "value"], GOOD),
        (["--format", "zone"], f'_smtp._tls.example.com. 3600 IN TXT "{GOOD}"'),
        (["--format", "zone", "--ttl", "60"], f'_smtp._tls.example.com. 60 IN TXT "{GOOD}"'),
    ],
)
def test_generate_formats(run: Run, options: list[str], printed: str) -> None:
    assert run("generate", "example.com", A, *options) == (0, f"{printed}\n", "")


def test_generate_json(run: Run) -> None:
    status, out, err = run("generate", "bücher.example", A, "--format", "json", "--ttl", "60")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "host": "_smtp._tls.xn--bcher-kva.example",
        "type": "TXT",
        "ttl": 60,
        "value": GOOD,
        "strings": [GOOD],
        "domain": "xn--bcher-kva.example",
        "rua": [A],
        "extensions": [],
    }


def test_generate_from_standard_input(run: Run) -> None:
    status, out, _ = run(
        "generate", "example.com", "-", "--format", "value", given=f" {A} \r\n\n{B}\n{A}".encode()
    )
    assert (status, out) == (0, f"v=TLSRPTv1; rua={A},{B}\n")


@pytest.mark.parametrize(
    ("arguments", "given", "status", "said"),
    [
        (["example.com", "Reports <tls@example.com>"], b"", 1, "write mailto:tls@example.com"),
        (["tls@example.com", A], b"", 1, "write example.com"),
        (["example.com", "-"], b"", 1, "add one such as mailto:tls@example.com\n"),
        (["example.com", "-"], b"mailto:\xff@example.com", 1, "the octet 0xFF"),
        (["example.com", "mailto:\x1b[2J"], b"", 1, "U+001B"),
        (["example.com", A, "--ttl", "-1"], b"", 1, "2147483647"),
        (["example.com", A, "--ttl", "x"], b"", 2, "x is not a whole number"),
        (["example.com"], b"", 2, "ENDPOINT"),
        (["example.com", A, "--format", "\x1b"], b"", 2, "invalid choice"),
        (["example.com", A, "--\x1b"], b"", 2, "\\x1b"),
    ],
)
def test_generate_refuses(
    run: Run, arguments: list[str], given: bytes, status: int, said: str
) -> None:
    code, out, err = run("generate", *arguments, given=given)
    assert (code, out) == (status, "")
    assert said in err
    assert err.count("\n") <= 2
    assert err.replace("\n", "").isprintable()


def test_generate_tells_every_problem_of_the_form(run: Run) -> None:
    given = f"\n tls@example.com\x1b\t\n{A}\nhttp://r.example/\n".encode()
    said = (
        "tlsrpt generate: domain: '_' is not allowed in a domain (b_c.example)\n"
        "  use letters, digits, hyphens and dots\n"
        "tlsrpt generate: endpoint 2: tls@example.com\\x1b has no scheme\n"
        "  write mailto: and an address, or an https:// URL\n"
        "tlsrpt generate: endpoint 4: "
        "senders report to https, not to http as in http://r.example/, "
        "and some ignore the whole record\n"
        "  write https:// if the server supports TLS\n"
    )
    assert run("generate", "b_c.example", "-", given=given) == (1, "", said)


def test_generate_takes_a_bare_address(run: Run) -> None:
    done = run("generate", "example.com", "tls@Example.com", "--format", "value")
    assert done == (0, "v=TLSRPTv1; rua=mailto:tls@example.com\n", "")


def test_generate_tells_an_empty_form(run: Run) -> None:
    status, out, err = run("generate", "", "-")
    assert (status, out) == (1, "")
    assert [line for line in err.splitlines() if line.startswith("tlsrpt")] == [
        "tlsrpt generate: domain: the domain is empty",
        "tlsrpt generate: endpoints: the record names no endpoint, so no report will be sent",
    ]


def test_generate_takes_no_whole_record(run: Run) -> None:
    status, _, err = run("generate", "example.com", GOOD)
    assert status == 1
    assert "is a whole record, not an endpoint" in err


@pytest.mark.parametrize("form", ["text", "value", "zone", "json"])
def test_generate_warns_on_standard_error(run: Run, form: str) -> None:
    command = ["generate", "example.com", "mailto:tls@mail.local", "--format", form]
    status, out, err = run(*command)
    assert status == 0
    assert "warning" not in out
    assert err == (
        "tlsrpt generate: warning: senders cannot reach mail.local: "
        "it is a name reserved for special use (RFC 6761)\n"
        "  write a host on the public Internet\n"
    )


def test_generate_warns_about_the_domain(run: Run) -> None:
    """A name for documentation is fine for a domain that is one, too."""
    assert run("generate", "example.net", A)[2] == ""
    assert "senders cannot reach example.com" in run("generate", "a.de", A)[2]


# --- check ----------------------------------------------------------------------------------------


def test_check_a_record_without_mistakes(run: Run) -> None:
    assert run("check", GOOD) == (0, f"ok: {GOOD}\n", "")


def test_check_draws_each_finding_and_the_fixed_record(run: Run) -> None:
    status, out, err = run("check", "v=TLSRPT1; rua=tls@example.com")
    assert (status, err) == (1, "")
    assert out.splitlines() == [
        "not ok: v=TLSRPT1; rua=tls@example.com",
        "  error: v=TLSRPT1 is a misspelled version [misspelled-version]",
        "    v=TLSRPT1; rua=tls@example.com",
        "    ^^^^^^^^^",
        "    write v=TLSRPTv1",
        "  error: tls@example.com is an e-mail address without mailto: [bare-address]",
        "    v=TLSRPT1; rua=tls@example.com",
        "                   ^^^^^^^^^^^^^^^",
        "    write mailto:tls@example.com",
        f"  fixed: {GOOD}",
    ]


def test_check_says_where_it_would_have_to_guess(run: Run) -> None:
    status, out, _ = run("check", "v=TLSRPTv1; rua=http://google.com/")
    assert status == 1
    assert out.endswith("  There is no automatic fix.\n")


@pytest.mark.parametrize(
    ("records", "status", "printed"),
    [
        ([GOOD], 0, f"{GOOD}\n"),
        (["v=TLSRPTv1;rua=mailto:tls@example.com;"], 0, f"{GOOD}\n"),
        (["v=TLSRPT1; rua=tls@example.com"], 1, f"{GOOD}\n"),
        (["v=spf1 -all"], 1, "\n"),
        ([GOOD, "", f" {GOOD}"], 1, f"{GOOD}\n\n{GOOD}\n"),
        ([GOOD, "-"], 0, f"{GOOD}\n{GOOD}\n"),
    ],
)
def test_check_fix(run: Run, records: list[str], status: int, printed: str) -> None:
    """One line a record, and the exit status of `check`."""
    assert run("check", "--fix", *records, given=GOOD.encode()) == (status, printed, "")
    assert run("check", *records, given=GOOD.encode())[0] == status


def test_check_fix_excludes_json(run: Run) -> None:
    status, out, err = run("check", GOOD, "--fix", "--format", "json")
    assert (status, out) == (2, "")
    assert "--format json" in err


def test_check_fix_goes_with_the_format_text() -> None:
    command = [*PYTHON, "check", GOOD, "--fix", "--format", "text"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode()) == (0, f"{GOOD}\n")


@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        ("example.com", "example.com"),
        ("B\u00fccher.example.", "B\u00fccher.example."),
        ("_smtp._tls.example.com", "example.com"),
    ],
)
def test_check_of_a_domain_points_to_lookup(run: Run, domain: str, shown: str) -> None:
    status, out, _ = run("check", domain)
    assert status == 1
    assert f"    did you mean: tlsrpt lookup {shown}\n" in out


@pytest.mark.parametrize("name", ["records.txt", "re\u00e7ords", "-records"])
def test_check_of_a_file_says_how_to_read_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).touch()
    said = (
        f"tlsrpt check: {name} is a file; if it has one record per line, read it with: "
        f"tlsrpt check - < {shlex.quote(name)}\n"
        "  if it is a zone file or what a DNS tool printed: "
        f"tlsrpt check --answer={shlex.quote(name)}\n"
    )
    assert run("check", "--", GOOD, name) == (2, "", said)


def test_check_of_a_file_quotes_its_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "two words"
    path.touch()
    first, second = run("check", str(path))[2].splitlines()
    assert first.endswith(f"tlsrpt check - < '{path}'")
    assert second.endswith(f"tlsrpt check --answer='{path}'")


def test_check_of_a_record_that_the_shell_has_cut_off(run: Run) -> None:
    status, out, err = run("check", "v=TLSRPTv1")
    assert (status, out.splitlines()[0]) == (1, "not ok: v=TLSRPTv1")
    assert err == (
        "tlsrpt check: put the record in quotation marks: the shell ends a command at ;\n"
    )


def test_json_has_no_lone_surrogates(run: Run) -> None:
    _, out, _ = run("check", "--format", "json", 'v=TLSRPTv1; rua=mailto:\udcff@b.de"\\252"')
    assert "\\ud" not in out
    assert "\\ufffd" in out


@pytest.mark.parametrize("text", [5_000 * "x", "a\0b", "/", "a\ud800"])
def test_check_of_what_is_not_a_file(run: Run, text: str) -> None:
    status, out, _ = run("check", text)
    assert status == 1
    assert out.startswith("not ok: ")


def test_check_shows_nothing_that_steers_a_terminal(run: Run) -> None:
    status, out, _ = run(
        "check", "v=TLSRPTv1; rua=mailto:漢\x1b[2J\u202e\u200b\x85\u2028@b.example"
    )
    assert status == 1
    assert out.replace("\n", "").isprintable()
    place = next(line for line in out.splitlines() if line.startswith("    v="))
    assert "\\x1b[2J\\u202e\\u200b\\u0085\\u2028@b.example" in place


def test_check_streams_from_standard_input(run: Run) -> None:
    given = f"{GOOD}\n{GOOD}\r\n\nv=TLSRPTv1; rua=mailto:\xff@b.example".encode("latin-1")
    status, out, _ = run("check", "-", "--format", "json", given=given)
    results = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [result["ok"] for result in results] == [True, True, False, False]
    assert [result["text"] for result in results[:3]] == [GOOD, GOOD, ""]
    assert [finding["code"] for finding in results[2]["findings"]] == ["empty-record"]
    assert "0xFF" in results[3]["findings"][0]["message"]


def test_check_json(run: Run) -> None:
    text = "v=TLSRPTv1; rua=mailto:tls@example.com!10m;x=1"
    status, out, _ = run("check", text, "--format", "json", "--domain", "Example.com")
    document: dict[str, Any] = json.loads(out)
    assert status == 1
    assert list(document) == ["ok", "text", "record", "findings", "fixed"]
    assert document["ok"] is False
    assert document["text"] == text
    assert document["fixed"] == f"{GOOD}; x=1"
    assert document["record"] is None
    assert [finding["code"] for finding in document["findings"]] == [
        "dmarc-size-limit",
        "unknown-extension",
    ]
    assert document["findings"][0] == {
        "code": "dmarc-size-limit",
        "severity": "error",
        "message": "!10m is a size limit of DMARC; TLS-RPT has none",
        "span": [38, 42],
        "hint": "remove !10m",
        "fix": [{"start": 38, "end": 42, "text": ""}],
        "facts": {"limit": "!10m", "cure": "!10m"},
    }


def test_check_of_several_records_ends_with_a_summary(run: Run) -> None:
    status, out, _ = run("check", GOOD, "-", "", given=GOOD.encode())
    assert (status, out.splitlines()[-1]) == (1, "3 records, 1 not ok")
    ok = f"ok: {GOOD}\nok: {GOOD}\n2 records, 0 not ok\n"
    assert run("check", GOOD, "-", given=GOOD.encode()) == (0, ok, "")


def test_check_of_nothing(run: Run) -> None:
    assert run("check", "-") == (1, "", "tlsrpt check: there is no record on standard input\n")


ANSWER: Final = '_smtp._tls.example.com descriptive text "v=TLSRPTv1; " "rua=tls@example.com"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_check_of_an_answer(run: Run, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "answer.txt"
    path.write_text(f"\r\n{ANSWER}\r\n", encoding=encoding)
    status, out, err = run("check", "--answer", str(path))
    assert (status, err) == (1, "")
    first, *_, last = out.splitlines()
    assert first == "not ok: v=TLSRPTv1; rua=tls@example.com"
    assert last == f"  fixed: {GOOD}"
    assert run("check", "--answer", "-", "--fix", given=path.read_bytes()) == (1, f"{GOOD}\n", "")


def test_check_of_an_answer_in_json(run: Run) -> None:
    options = ("--format", "json", "--domain", "Example.com")
    status, out, _ = run("check", "--answer", "-", *options, given=f'"{GOOD}"'.encode())
    assert status == 0
    assert json.loads(out)["text"] == GOOD
    assert json.loads(out)["record"]["domain"] == "example.com"


@pytest.mark.parametrize(
    ("answer", "verdict", "mistake", "hint"),
    [
        (
            "x has no TXT record\n",
            "not ok",
            'no TXT record begins with "v=TLSRPTv1;" (the answer has 0) [record-not-found]',
            "publish a TLS-RPT record at _smtp._tls to get reports",
        ),
        (
            ";; no servers could be reached\n",
            "not ok",
            "the tool got no answer, so this says nothing about the domain [failed-lookup]",
            "ask again, or ask another name server: dig @SERVER TXT _smtp._tls.DOMAIN",
        ),
        # The name has no place in the record.
        (
            f'example.com. TXT "{GOOD}"',
            f"not ok: {GOOD}",
            "senders do not look for the record at example.com. [zone-owner]",
            "publish it at _smtp._tls followed by the Policy Domain",
        ),
    ],
)
def test_check_of_an_answer_with_a_mistake_that_has_no_place(
    run: Run, answer: str, verdict: str, mistake: str, hint: str
) -> None:
    status, out, _ = run("check", "--answer", "-", given=answer.encode())
    shown = [verdict, f"  error: {mistake}", f"    {hint}", "  There is no automatic fix."]
    assert (status, out.splitlines()) == (1, shown)


def test_check_of_an_answer_shows_its_records_if_there_are_several(run: Run) -> None:
    status, out, _ = run(
        "check", "--answer", "-", given=f'"{GOOD}"\n"\\027[31m"\n"{GOOD}"'.encode()
    )
    assert status == 1
    assert out.splitlines()[:4] == [
        "not ok: 3 TXT records",
        f"  TXT: {GOOD}",
        "  TXT: \\x1b[31m",
        f"  TXT: {GOOD}",
    ]
    assert "[multiple-records]" in out.splitlines()[4]


def test_check_of_what_a_tool_printed_names_the_option(run: Run) -> None:
    """Where a person gave it as a record, as by "$(dig ...)"."""
    note = "this is what a DNS tool printed; check it with: dig ... | tlsrpt check --answer -"
    answer = f';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n_smtp._tls.a. TXT "{GOOD}"'
    assert run("check", answer)[2] == f"tlsrpt check: {note}\n"
    assert run("check", f"{GOOD[:11]}\n{GOOD[11:]}")[2] == ""
    assert run("check", "-", given=f'"{GOOD}"\n'.encode())[2] == ""


def test_check_of_an_answer_keeps_what_is_not_utf_8(run: Run) -> None:
    status, out, _ = run("check", "--answer", "-", given=b'"v=TLSRPTv1; \xff"\n')
    assert (status, out.splitlines()[0]) == (1, "not ok: v=TLSRPTv1; \\xff")


@pytest.mark.parametrize("arguments", [(), ("--answer", "-", GOOD)])
def test_check_takes_either_records_or_an_answer(run: Run, arguments: tuple[str, ...]) -> None:
    complaint = "tlsrpt check: give either records or --answer FILE; see tlsrpt check --help\n"
    assert run("check", *arguments) == (2, "", complaint)


def test_check_of_an_answer_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a\x1bb"
    shown = str(path).replace("\x1b", "\\x1b")
    complaint = f"tlsrpt check: {shown}: No such file or directory\n"
    assert run("check", "--answer", str(path)) == (2, "", complaint)


MIXED: Final = [
    *(f"{GOOD}{n}".encode() for n in range(1500)),
    b"",
    b"v=TLSRPTv1 rua=mailto:tls@example.com\r",
    b"v=TLSRPTv1; rua=mailto:\xff\x1b[2J\x85@b.example",
    b"v=TLSRPTv1; rua=mailto:" + 200_000 * b"a" + b"@b.example",
    *(1500 * [b"v=spf1 -all"]),
]


@pytest.mark.parametrize("options", [[], ["--fix"], ["--format", "json", "--domain", "b.example"]])
def test_check_prints_the_same_whatever_the_jobs(run: Run, options: list[str]) -> None:
    command = ["check", GOOD, "-", *options]
    given = b"\xef\xbb\xbf" + b"\n".join(MIXED)
    alone = run(*command, given=given)
    assert run(*command, "--jobs", "2", given=given) == alone
    assert alone[1].count("\n") > len(MIXED)
    assert alone[0] == 1


def test_check_with_jobs_of_records_that_are_ok(run: Run) -> None:
    assert run("check", "--jobs", "1", GOOD) == (0, f"ok: {GOOD}\n", "")
    assert run("check", "--jobs", "2", GOOD) == (0, f"ok: {GOOD}\n", "")
    said = "tlsrpt check: there is no record on standard input\n"
    assert run("check", "--jobs", "2", "-") == (1, "", said)


def test_check_says_that_a_process_was_killed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def texts(_: object) -> Iterator[str]:
        yield from 10_000 * [GOOD]
        multiprocessing.active_children()[0].kill()
        yield from 10_000 * [GOOD]

    monkeypatch.setattr("tlsrpt.cli.check.expanded", texts)
    status, out, err = run("check", "--jobs", "2", "-")
    assert status == 2
    assert out
    assert out.replace(f"ok: {GOOD}\n", "") == ""
    assert err == "tlsrpt check: a process of --jobs was killed; the output is not complete\n"


def test_jobs_read_only_a_little_ahead() -> None:
    """Of an input without end, in blocks that count blank texts, too."""
    taken = itertools.count()
    results = map_blocks(len, ("" for _ in taken), 2, len)
    sizes = [next(results) for _ in range(3)]
    assert sizes == [1024, 1024, 1024]
    assert next(taken) == (2 * 4 + 2) * 1024
    started = multiprocessing.active_children()
    assert len(started) == 2
    results.close()
    for process in started:
        process.join(10)
        assert process.exitcode == -signal.SIGTERM


def test_processes_begin_without_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is just starting would answer Ctrl-C with a traceback."""

    def start(process: SpawnProcess) -> None:
        handlers.append(signal.getsignal(signal.SIGINT))
        begin(process)

    handlers: list[object] = []
    begin = SpawnProcess.start
    monkeypatch.setattr(SpawnProcess, "start", start)
    before = signal.getsignal(signal.SIGINT)
    assert list(map_blocks(len, [GOOD], 2, len)) == [1]
    assert handlers == 2 * [signal.SIG_IGN]
    assert signal.getsignal(signal.SIGINT) is before


def test_processes_end_even_if_nobody_ends_them() -> None:
    """As after a second Ctrl-C, in the middle of the cleanup after the first."""
    program = (
        "from tlsrpt.cli._processes import map_blocks\n"
        "results = map_blocks(len, 10_000 * ['v=TLSRPTv1'], 2, len)\n"
        "next(results)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_jobs_pass_an_error_of_the_input_on() -> None:
    def texts() -> Iterator[str]:
        yield GOOD
        raise OSError

    with pytest.raises(OSError, match=r"^$") as caught:
        list(map_blocks(len, texts(), 1, len))
    assert caught.type is OSError


def test_a_process_ends_with_its_parent() -> None:
    ours, theirs = multiprocessing.Pipe()
    answers: list[int] = []

    def parent() -> None:
        for texts in (["a", "b"], []):
            ours.send(texts)
            answers.append(ours.recv())
        ours.close()

    thread = threading.Thread(target=parent)
    before = signal.getsignal(signal.SIGINT)
    try:
        thread.start()
        serve(len, theirs)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
        thread.join()
    assert answers == [2, 0]


@pytest.mark.usefixtures("_interrupts")
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups and SIGKILL")
@pytest.mark.parametrize(("sent", "status"), [("SIGINT", 130), ("SIGKILL", -9)])
def test_jobs_end_with_the_command(tmp_path: Path, sent: str, status: int) -> None:
    """As with Ctrl-C, which the whole process group gets, or where memory runs out."""
    records = tmp_path / "records"
    records.write_text(500_000 * f"{GOOD}\n")
    with (
        records.open() as given,
        subprocess.Popen(
            [*PYTHON, "check", "--jobs", "2", "-"],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout
        assert process.stdout.readline() == f"ok: {GOOD}\n".encode()
        if sent == "SIGINT":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.kill()
        # Both pipes are closed only when all processes have ended.
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (status, b"")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["check", GOOD, "--domain", "a@b"],
        ["check", GOOD, "--format", "xml"],
        ["check", GOOD, "--jobs", "0"],
    ],
)
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert 1 <= err.count("\n") <= 2


HELP = {
    (): "usage: tlsrpt [-h] [--version] COMMAND ... "
    "SMTP TLS Reporting (RFC 8460): write, check and look up records, and read reports. "
    "positional arguments: COMMAND generate write the record for a domain "
    "check say what is wrong with records lookup say what domains publish "
    "report summarize TLS reports "
    "options: -h, --help show this help message and exit "
    "--version show program's version number and exit",
    ("generate",): "usage: tlsrpt generate [-h] [--format {text,value,zone,json}] [--ttl TTL] "
    "DOMAIN ENDPOINT [ENDPOINT ...] "
    "Print the host, the type and the value of the record to publish. "
    "positional arguments: DOMAIN the Policy Domain, such as example.com "
    "ENDPOINT such as mailto:tls@example.com or https://reports.example.com/v1; "
    "- reads them from standard input, one per line "
    "options: -h, --help show this help message and exit "
    "--format {text,value,zone,json} "
    "the record for people (default), only its value, a line for a zone file, or JSON "
    "--ttl TTL the time to live in seconds (default: 3600)",
    ("check",): "usage: tlsrpt check [-h] [--answer FILE] [--format {text,json}] [--fix] "
    "[--domain DOMAIN] [--jobs NUMBER] [RECORD ...] "
    "Say what is wrong with records, where, and how to correct it. "
    "Exit status: 0 if every record is ok, 1 if one is not, 2 for wrong usage or if a process of "
    "--jobs was killed. "
    "positional arguments: RECORD the TXT value; "
    "- reads records from standard input, one per line "
    "options: -h, --help show this help message and exit "
    "--answer FILE check what dig, kdig, host or nslookup printed about a name, or the lines of "
    "a zone file; - is standard input "
    "--format {text,json} findings for people (default), or one JSON object per record "
    "--fix print only the fixed values, one per line, or an empty line if there is none "
    "--domain DOMAIN the Policy Domain that the records are for "
    "--jobs NUMBER how many processes check the records, for long input (default: 1)",
    ("lookup",): "usage: tlsrpt lookup [-h] [--format {text,json}] [--nameserver SERVER[:PORT]] "
    "[--timeout SECONDS] [--concurrency NUMBER] [--rate NUMBER] [--require URI] [--no-progress] "
    "DOMAIN [DOMAIN ...] "
    "Look up the records of domains, and say whether they work. "
    "Exit status: 0 if every domain has a record that is ok, 1 otherwise, 2 for wrong usage. "
    "positional arguments: DOMAIN such as example.com; "
    "- reads domains from standard input, one per line "
    "options: -h, --help show this help message and exit "
    "--format {text,json} results for people (default), "
    "or one JSON object per domain, in any order "
    "--nameserver SERVER[:PORT] the resolver to ask instead of the system's, "
    "such as 192.0.2.1, [2001:db8::1]:53 or ns1.example.com "
    "--timeout SECONDS how long a lookup may take (default: 5) "
    "--concurrency NUMBER how many lookups run at once (default: 100) "
    "--rate NUMBER how many lookups start in a second (default: no limit) "
    "--require URI an endpoint that each record must report to; a record that does not is not ok "
    "--no-progress show no status line",
    ("report",): "usage: tlsrpt report [-h] [--since DATE] [--until DATE] [--domain DOMAIN] "
    "[--format {text,html,json,csv,summary}] [--fail-over PERCENT] [--jobs NUMBER] "
    "PATH [PATH ...] "
    "Read TLS reports from files, folders, mailboxes, e-mails and archives, and say what failed, "
    "why, what to do about it, and whether MTA-STS can be switched to enforce. "
    "Exit status: 0 if all reports could be read, even if sessions failed; 1 if one could not, "
    "if there is none at a PATH, or if none is left; 2 for wrong usage; "
    "3 if more sessions failed than --fail-over allows. "
    "positional arguments: PATH a report, e-mail, mbox, Maildir or folder, or gzip or zip; - is "
    "standard input "
    "options: -h, --help show this help message and exit "
    "--since DATE the first day in UTC, such as 2025-03-01, or 14d for 14 days ago "
    "--until DATE the last day in UTC (default: today) "
    "--domain DOMAIN the Policy Domain that reports must be about "
    "--format {text,html,json,csv,summary} text: what failed, and why (default); "
    "html: a page that also has charts and policies; json: one report per line; csv: one row "
    "per policy and failure detail; summary: one JSON object with all figures, problems and "
    "verdicts "
    "--fail-over PERCENT exit with status 3 if more than this share of a domain's sessions failed "
    "--jobs NUMBER how many processes read large mailboxes (default: 1)",
}


@pytest.mark.parametrize("command", HELP)
def test_help(run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    assert " ".join(out.split()) == HELP[command]


@pytest.mark.parametrize(
    ("arguments", "given", "status", "said"),
    [
        ((), b"", 2, "tlsrpt: the following arguments are required: COMMAND; see tlsrpt --help\n"),
        (
            ("generate", "example.com", "TLS <tls@example.com>"),
            b"",
            1,
            (
                "tlsrpt generate: endpoint 1: "
                "TLS <tls@example.com> is an address with a name, as in a mail header\n"
                "  write mailto:tls@example.com\n"
            ),
        ),
        (
            ("check", GOOD, "--domain", "a@b"),
            b"",
            2,
            "tlsrpt check: a@b is an e-mail address, not a domain\n  write b\n",
        ),
        (
            ("check", GOOD, "--domain=a.example", "--domain=b.example"),
            b"",
            2,
            "tlsrpt check: give --domain only once; see tlsrpt check --help\n",
        ),
        (
            ("check", "--answer=-", "--answer=-"),
            b"",
            2,
            "tlsrpt check: give --answer only once; see tlsrpt check --help\n",
        ),
    ],
)
def test_errors_in_full(
    run: Run, arguments: tuple[str, ...], given: bytes, status: int, said: str
) -> None:
    assert run(*arguments, given=given) == (status, "", said)


def test_an_interrupt_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tlsrpt.cli.check.check", interrupt)
    assert run("check", GOOD) == (130, "", "")


def test_outputs_that_cannot_be_reconfigured_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", output := io.StringIO())
    assert main(["check", GOOD]) == 0
    assert output.getvalue() == f"ok: {GOOD}\n"


def test_the_module_runs() -> None:
    command = [*PYTHON, "generate", "example.com", A, "--format", "value"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.decode() == f"{GOOD}\n"


# A locale that knows ASCII only, whatever Python would make of it.
ASCII_LOCALE = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("arguments", "status", "printed"),
    [
        (
            ["generate", "bücher.example", "mailto:tls@bücher.example", "--format", "value"],
            0,
            "v=TLSRPTv1; rua=mailto:tls@xn--bcher-kva.example\n",
        ),
        (["check", GOOD, "--domain", "bücher.example"], 0, f"ok: {GOOD}\n"),
        (
            ["check", "--fix", "v=TLSRPTv1; rua=https://google.com/ü"],
            1,
            "v=TLSRPTv1; rua=https://google.com/%C3%BC\n",
        ),
    ],
)
def test_arguments_are_utf_8_whatever_the_locale(
    arguments: list[str], status: int, printed: str
) -> None:
    done = subprocess.run(
        [*PYTHON, *(argument.encode() for argument in arguments)],
        capture_output=True,
        check=False,
        env=ASCII_LOCALE,
    )
    assert (done.returncode, done.stdout.decode(), done.stderr) == (status, printed, b"")


def test_an_output_of_ascii_gets_escapes() -> None:
    done = subprocess.run(
        [*PYTHON, "check", "-"],
        input="v=TLSRPTv1; rua=mailto:ü@b.de".encode(),
        capture_output=True,
        check=False,
        env=ASCII_LOCALE,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(b"not ok: v=TLSRPTv1; rua=mailto:\\xfc@b.de\n")
    assert done.stdout.isascii()
    assert not done.stderr


def test_a_byte_order_mark_is_the_files(run: Run) -> None:
    given = f"\ufeff{A}\n{B}".encode()
    _, out, _ = run("generate", "example.com", "-", "--format", "value", given=given)
    assert out == f"v=TLSRPTv1; rua={A},{B}\n"
    status, out, _ = run("check", "-", given=f"\ufeff{GOOD}\n\ufeff{GOOD}\n".encode())
    assert status == 1
    assert out.splitlines()[:2] == [f"ok: {GOOD}", f"not ok: \\ufeff{GOOD}"]


@NEEDS_SHELL
@pytest.mark.parametrize(
    ("closed", "arguments", "outcome"),
    [
        ("<&-", "check -", (1, "", "tlsrpt check: there is no record on standard input\n")),
        ("<&-", "check --answer - --fix", (1, "\n", "")),
        (">&-", f"check '{GOOD}'", (0, "", "")),
        (
            ">&-",
            "generate example.com mailto:a@example.com",
            (1, "", "tlsrpt generate: standard output is closed\n"),
        ),
        ("2>&-", "generate example.com", (2, "", "")),
        ("2>&-", "generate example.com http://r.example/", (1, "", "")),
        ("2>&-", "generate b.local mailto:a@b.local --format value", (0, LOCAL, "")),
    ],
)
def test_streams_may_be_closed(closed: str, arguments: str, outcome: tuple[int, str, str]) -> None:
    command = f"'{sys.executable}' -m tlsrpt {arguments} {closed}"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout, done.stderr) == outcome


@NEEDS_FULL
def test_a_full_disk_is_told_in_one_line() -> None:
    command = [*PYTHON, "check", GOOD]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == b"tlsrpt: No space left on device\n"


@NEEDS_FULL
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["genrate"], 2),
        (["generate"], 2),
        (["check", "--fix", "--format=json", GOOD], 2),
        (["check", GOOD, "--domain=a@b"], 2),
        (["generate", "example.com", "http://r.example/"], 1),
        (["generate", "b.local", "mailto:a@b.local"], 0),
    ],
)
def test_exit_status_with_a_full_disk_behind_standard_error(
    arguments: list[str], status: int
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PYTHON, *arguments], check=False, stdout=full, stderr=full)
        if status == 0:
            done = subprocess.run([*PYTHON, *arguments], check=False, stderr=full)
    assert done.returncode == status


@NEEDS_FULL
def test_reports_with_a_full_disk_behind_standard_error() -> None:
    """Neither the output nor the alarm is lost."""
    folder = Path("tests/report/data")
    reports = [str(folder / "week-date.json"), str(folder / "sound.json")]
    command = [*PYTHON, "report", "--fail-over=0.01", "--until=2025-03-02", *reports]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=full)
    whole = subprocess.run(command, check=False, capture_output=True)
    assert whole.stderr.count(b"\n") == 2
    assert (done.returncode, done.stdout) == (3, whole.stdout)
    assert done.stdout.count(b"\n") > 10


@pytest.mark.parametrize(
    ("word", "cure"),
    [
        ("genrate", "did you mean: tlsrpt generate"),
        ("reports", "did you mean: tlsrpt report"),
        ("GENERATE", "did you mean: tlsrpt generate"),
        ("help", "did you mean: tlsrpt --help"),
        ("example.com", "see tlsrpt --help"),
        ("", "see tlsrpt --help"),
        ("\x1b", "see tlsrpt --help"),
    ],
)
def test_unknown_commands(run: Run, word: str, cure: str) -> None:
    shown = word.replace("\x1b", "\\x1b")
    said = f"tlsrpt: there is no command {shown}; {cure}\n"
    assert run(word, "example.com") == (2, "", said)


APART = "put the options before or after all the other arguments"


@pytest.mark.parametrize(
    ("program", "arguments", "said"),
    [
        (
            "tlsrpt lookup",
            "--namserver 9.9.9.9 example.com",
            "there is no option --namserver (did you mean --nameserver?)",
        ),
        (
            "tlsrpt lookup",
            "example.com --server=9.9.9.9",
            "there is no option --server (did you mean --nameserver?)",
        ),
        ("tlsrpt lookup", "example.com -p 53", "there is no option -p"),
        (
            "tlsrpt report",
            "x --domains=a.example",
            "there is no option --domains (did you mean --domain?)",
        ),
        ("tlsrpt report", "x -o out.html", "there is no option -o"),
        ("tlsrpt check", "--\x1b x", "there is no option --\\x1b"),
        (
            "tlsrpt lookup",
            "a.example --format text b.example",
            "unexpected argument b.example: " + APART,
        ),
        (
            "tlsrpt check",
            "a --fix -",
            "unexpected argument -: " + APART,
        ),
        ("tlsrpt", "--quiet check x", "there is no option --quiet"),
        ("tlsrpt", "--foo", "there is no option --foo"),
        ("tlsrpt", "", "the following arguments are required: COMMAND"),
    ],
)
def test_unknown_options(run: Run, program: str, arguments: str, said: str) -> None:
    words = f"{program} {arguments}".split()[1:]
    assert run(*words) == (2, "", f"{program}: {said}; see {program} --help\n")


@pytest.mark.parametrize("ttl", ["\u0663", "1_0", " 1", "1.5", "", 30 * "1"])
def test_ttl_is_written_in_ascii_digits(run: Run, ttl: str) -> None:
    status, out, err = run("generate", "example.com", A, f"--ttl={ttl}")
    assert (status, out) == (2, "")
    assert f"argument --ttl: {ttl} is not a whole number; see" in err


@NEEDS_SHELL
def test_jobs_in_a_directory_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    command = f"cd {folder} && rmdir {folder} && {shlex.join(PYTHON)} check --jobs 2 '{GOOD}'"
    # Coverage does not know there which files it has to leave out.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, check=False, text=True, env=env
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"ok: {GOOD}\n", "")


def test_processes_of_a_directory_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As above; there, nothing can be measured."""
    before = Path.cwd()
    monkeypatch.setattr(Path, "cwd", Mock(side_effect=FileNotFoundError))
    try:
        assert list(map_blocks(len, [GOOD], 1, len)) == [1]
        assert os.getcwd() == "/"  # noqa: PTH109
    finally:
        os.chdir(before)


def test_a_frozen_program_lets_the_processes_of_jobs_begin(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They never return from there, and their arguments are not those of the command."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr("multiprocessing.freeze_support", Mock(side_effect=SystemExit(7)))
    assert run("--multiprocessing-fork", "tracker_fd=5", "pipe_handle=7") == (7, "", "")
    monkeypatch.setattr("multiprocessing.freeze_support", Mock())
    assert run("check", GOOD)[0] == 0


def test_each_result_comes_before_the_next_record_is_read() -> None:
    command = [sys.executable, "-u", "-m", "tlsrpt", "check", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for _ in range(2):
            process.stdin.write(f"{GOOD}\n".encode())
            process.stdin.flush()
            assert process.stdout.readline().decode() == f"ok: {GOOD}\n"
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_closed_pipe_is_quiet(tmp_path: Path, jobs: str) -> None:
    records = tmp_path / "records"
    records.write_text(20_000 * f"{GOOD}\n")
    command = [*PYTHON, "check", "--jobs", jobs, "-"]
    with (
        records.open() as given,
        subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
    ):
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1
