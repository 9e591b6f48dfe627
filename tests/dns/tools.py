"""The recipes for DNS tools, run against a knot that takes updates; see `nox -s tools`.

Each publishes the worst that a record can hold, and a lookup reads it back.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.dns.real import ADDRESS, SOA, program, resolver, running
from tlsrpt import TLSRPTRecord, generate
from tlsrpt.dns import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path("docs/howto/dns-apis.md").read_text(encoding="utf-8")
KEY: Final = "c2VjcmV0IGZvciB0ZXN0cyBhbG9uZQ=="
KNOT: Final = f"""
server:
    rundir: {{folder}}
    listen: {ADDRESS}@{{{{port}}}}
database:
    storage: {{folder}}
key:
  - id: update
    algorithm: hmac-sha256
    secret: {KEY}
acl:
  - id: update
    key: update
    action: [update, transfer]
zone:
  - domain: example.com
    storage: {{folder}}
    file: example.com.zone
    zonefile-sync: -1
    acl: update
"""
QUOTE: Final = '"'
BACKSLASH: Final = "\\"
RECORDS: Final = [
    generate("example.com", "tls@example.com"),
    *(
        TLSRPTRecord.parse(
            f"v=TLSRPTv1; rua=mailto:tls@example.com,https://r.example/{more}", domain="example.com"
        )
        for more in (
            '; a="b"',
            r"; a=b\c\\d; e=\;f=\"",
            f"{300 * 'x'},https://r.example/{600 * 'y'}; a={255 * QUOTE}; b={255 * BACKSLASH}",
            "; a='b'; c=$(d)`e`!f; g=${h}%{i}{{j}}{%k%}{#l#}; m=!unsafe; n=@o; p=#q",
        )
    ),
]


@pytest.fixture(scope="module")
def knot() -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "example.com.zone").write_text(f"$ORIGIN example.com.\n{SOA}")
        path = Path(folder) / "knot.conf"
        with running(KNOT.format(folder=folder), path, program("knotd"), "--config") as port:
            yield port


@pytest.fixture
def port(knot: int) -> Iterator[int]:
    yield knot
    nsupdate("update delete _smtp._tls.example.com. TXT\nsend", knot)


def nsupdate(commands: str, port: int) -> None:
    head = f"server {ADDRESS} {port}\nkey hmac-sha256:update {KEY}\n"
    subprocess.run([program("nsupdate")], input=f"{head}{commands}\n", text=True, check=True)


def example(record: TLSRPTRecord, start: str) -> Any:  # noqa: ANN401 - of any type
    """What the first example on the page that begins so defines, or prints."""
    text = re.search(rf"^>>> {re.escape(start)}.*\n(?:(?:\.\.\.|>>>) .*\n)*", PAGE, re.MULTILINE)
    assert text
    printed: list[str] = []
    names: dict[str, Any] = {
        "record": record,
        "json": json,
        "shlex": shlex,
        "print": printed.append,
    }
    exec(re.sub(r"^(?:>>>|\.\.\.) ", "", text[0], flags=re.MULTILINE), names)  # noqa: S102
    return names | {"printed": printed}


def is_published(record: TLSRPTRecord, port: int) -> bool:
    return lookup("example.com", resolver=resolver(port)).record == record


@pytest.mark.parametrize("record", RECORDS)
def test_nsupdate(record: TLSRPTRecord, port: int) -> None:
    (commands,) = example(record, 'print(f"update delete')["printed"]
    nsupdate(commands, port)
    assert is_published(record, port)


@pytest.mark.parametrize("record", RECORDS)
def test_lexicon(record: TLSRPTRecord, port: int) -> None:
    names = example(record, 'command = ["lexicon"')
    # It knows port 53 only, and asks the resolvers of the system for the zone.
    script = Path(sys.executable).with_name("lexicon")
    code = f"""
import functools, runpy, dns.name, dns.query, dns.resolver
dns.query.tcp = functools.partial(dns.query.tcp, port={port})
dns.resolver.zone_for_name = lambda *_, **__: dns.name.from_text("example.com")
runpy.run_path("{script}", run_name="__main__")
"""
    options = [f"--auth-token=hmac-sha256:update:{KEY}", f"--ddns-server={ADDRESS}"]
    command = [sys.executable, "-c", code, *names["command"][1:], *options]
    subprocess.run(command, check=True)
    assert is_published(record, port)


@pytest.mark.parametrize("record", RECORDS)
def test_ansible(record: TLSRPTRecord, port: int, tmp_path: Path) -> None:
    task = example(record, "task =")["task"]
    task = task.replace("server: 192.0.2.53", f"server: {ADDRESS}\n        port: {port}")
    (tmp_path / "task.yaml").write_text(task, encoding="ascii")
    command = [str(Path(sys.executable).with_name("ansible-playbook"))]
    command += [
        "-i",
        "localhost,",
        "-c",
        "local",
        "-e",
        f"ansible_python_interpreter={sys.executable}",
    ]
    command += ["-e", json.dumps({"key_name": "update", "key_secret": KEY})]
    subprocess.run([*command, str(tmp_path / "task.yaml")], check=True)
    assert is_published(record, port)
