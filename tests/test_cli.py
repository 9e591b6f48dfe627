"""The command line, in process and as a process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from tlsrpt.__main__ import _parser, main

if TYPE_CHECKING:
    from collections.abc import Callable

A = "mailto:tls@example.com"
B = "https://reports.google.com/v1"
GOOD = f"v=TLSRPTv1; rua={A}"

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
        (["example.com", "tls@example.com"], b"", 1, "write mailto:tls@example.com"),
        (["tls@example.com", A], b"", 1, "write example.com"),
        (["example.com", "-"], b"", 1, "rua"),
        (["example.com", "-"], b"mailto:\xff@example.com", 1, "the octet 0xFF"),
        (["example.com", "mailto:\x1b[2J"], b"", 1, "U+001B"),
        (["example.com", A, "--ttl", "-1"], b"", 1, "2147483647"),
        (["example.com", A, "--ttl", "x"], b"", 2, "invalid int value: 'x'"),
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


def test_check_what_is_sound(run: Run) -> None:
    assert run("check", GOOD) == (0, f"ok: {GOOD}\n", "")


def test_check_draws_each_finding_and_the_mended_record(run: Run) -> None:
    status, out, err = run("check", "v=TLSRPT1; rua=tls@example.com")
    assert (status, err) == (1, "")
    assert out.splitlines() == [
        "not ok: v=TLSRPT1; rua=tls@example.com",
        "  error: v=TLSRPT1 is a misspelt version [misspelt-version]",
        "    v=TLSRPT1; rua=tls@example.com",
        "    ^^^^^^^^^",
        "    write v=TLSRPTv1",
        "  error: tls@example.com is an e-mail address without its scheme [bare-address]",
        "    v=TLSRPT1; rua=tls@example.com",
        "                   ^^^^^^^^^^^^^^^",
        "    write mailto:tls@example.com",
        f"  mended: {GOOD}",
    ]


def test_check_says_where_it_would_have_to_guess(run: Run) -> None:
    status, out, _ = run("check", "v=TLSRPTv1; rua=http://google.com/")
    assert status == 1
    assert out.endswith("  This cannot be mended without guessing.\n")


def test_check_shows_nothing_that_steers_a_terminal(run: Run) -> None:
    status, out, _ = run(
        "check", "v=TLSRPTv1; rua=mailto:漢\x1b[2J\u202e\u200b\x85\u2028@b.example"
    )
    assert status == 1
    assert out.replace("\n", "").isprintable()
    lines = out.splitlines()
    place = next(line for line in lines if line.startswith("    v="))
    assert "\\x1b[2J\\u202e\\u200b\\u0085\\u2028@b.example" in place
    assert lines[lines.index(place) + 1] == 36 * " " + 12 * "^"


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
    assert document["record"] == {
        "host": "_smtp._tls.example.com",
        "type": "TXT",
        "ttl": None,
        "value": f"{GOOD}; x=1",
        "strings": [f"{GOOD}; x=1"],
        "domain": "example.com",
        "rua": [A],
        "extensions": [{"name": "x", "value": "1"}],
    }
    assert [finding["code"] for finding in document["findings"]] == [
        "dmarc-size-limit",
        "unknown-extension",
    ]
    assert list(document["findings"][0]) == ["code", "severity", "message", "span", "hint"]
    assert document["findings"][0]["span"] == [38, 42]


def test_check_of_several_records(run: Run) -> None:
    assert run("check", GOOD, "-", "", given=GOOD.encode())[0] == 1
    assert run("check", GOOD, "-", given=GOOD.encode())[:2] == (0, f"ok: {GOOD}\nok: {GOOD}\n")


def test_check_of_nothing(run: Run) -> None:
    assert run("check", "-") == (1, "", "tlsrpt check: there is no record on standard input\n")


@pytest.mark.parametrize(
    "arguments",
    [[], ["check"], ["check", GOOD, "--domain", "a@b"], ["check", GOOD, "--format", "xml"]],
)
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert 1 <= err.count("\n") <= 2


HELP = {
    (): "usage: tlsrpt [-h] COMMAND ... Write and check SMTP TLS Reporting records (RFC 8460). "
    "positional arguments: COMMAND generate write the record for a domain "
    "check say what is wrong with records report say what TLS reports say "
    "options: -h, --help show this help message and exit",
    ("generate",): "usage: tlsrpt generate [-h] [--format {text,value,zone,json}] [--ttl TTL] "
    "DOMAIN ENDPOINT [ENDPOINT ...] "
    "Print the host, the type and the value of the record to publish. "
    "positional arguments: DOMAIN the Policy Domain: example.com "
    "ENDPOINT mailto:tls@example.com or https://reports.example.com/v1; "
    "- takes them from standard input, one a line "
    "options: -h, --help show this help message and exit "
    "--format {text,value,zone,json} --ttl TTL in seconds (default: 3600)",
    ("check",): "usage: tlsrpt check [-h] [--format {text,json}] [--domain DOMAIN] "
    "RECORD [RECORD ...] "
    "Say what is wrong with records, where, and what they were meant to be. "
    "Exit status: 0 where every record is ok, 1 where one is not, 2 for wrong usage. "
    "positional arguments: RECORD the TXT value; "
    "- takes records from standard input, one a line "
    "options: -h, --help show this help message and exit --format {text,json} "
    "--domain DOMAIN the Policy Domain that the records are for",
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
            ("generate", "example.com", "tls@example.com"),
            b"",
            1,
            (
                "tlsrpt generate: tls@example.com is an e-mail address without its scheme\n"
                "  write mailto:tls@example.com\n"
            ),
        ),
        (
            ("check", GOOD, "--domain", "a@b"),
            b"",
            2,
            "tlsrpt check: a@b is an e-mail address, not a domain\n  write b\n",
        ),
    ],
)
def test_errors_in_full(
    run: Run, arguments: tuple[str, ...], given: bytes, status: int, said: str
) -> None:
    assert run(*arguments, given=given) == (status, "", said)


@pytest.mark.parametrize("command", ["generate", "check"])
def test_text_is_the_default_format(command: str) -> None:
    arguments = _parser().parse_args([command, "x", "y"])
    assert arguments.format == "text"


def test_an_interrupt_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tlsrpt.__main__.check", interrupt)
    assert run("check", GOOD) == (130, "", "")


def test_outputs_that_cannot_be_reconfigured_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", output := io.StringIO())
    assert main(["check", GOOD]) == 0
    assert output.getvalue() == f"ok: {GOOD}\n"


def test_the_module_runs() -> None:
    command = [sys.executable, "-m", "tlsrpt", "generate", "example.com", A, "--format", "value"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.decode() == f"{GOOD}\n"


def test_an_output_of_ascii_gets_escapes() -> None:
    command = [sys.executable, "-X", "utf8=0", "-m", "tlsrpt", "check", "-"]
    done = subprocess.run(
        command,
        input="v=TLSRPTv1; rua=mailto:ü@b.de".encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert not done.stderr


def test_a_byte_order_mark_is_the_files(run: Run) -> None:
    given = f"\ufeff{A}\n{B}".encode()
    _, out, _ = run("generate", "example.com", "-", "--format", "value", given=given)
    assert out == f"v=TLSRPTv1; rua={A},{B}\n"
    status, out, _ = run("check", "-", given=f"\ufeff{GOOD}\n\ufeff{GOOD}\n".encode())
    assert status == 1
    assert out.splitlines()[:2] == [f"ok: {GOOD}", f"not ok: \\ufeff{GOOD}"]


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_closed_streams_are_no_reason_to_fail(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    monkeypatch.setattr(sys, stream, None)
    status = main(["check", "-"] if stream == "stdin" else ["check", GOOD])
    assert status == (1 if stream == "stdin" else 0)
    assert "Traceback" not in capsys.readouterr().err


def test_a_full_disk_is_told_in_one_line() -> None:
    command = [sys.executable, "-m", "tlsrpt", "check", GOOD]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == b"tlsrpt: No space left on device\n"


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


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.write_text(20_000 * f"{GOOD}\n")
    command = [sys.executable, "-m", "tlsrpt", "check", "-"]
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
