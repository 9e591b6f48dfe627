"""What importing the package loads, and what it offers, each in a new interpreter."""

from __future__ import annotations

import re
import subprocess
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Final, get_args, get_type_hints

import pytest

import tlsrpt
import tlsrpt.codes
import tlsrpt.dns
import tlsrpt.report
import tlsrpt.report.codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOOD: Final = "v=TLSRPTv1; rua=mailto:a@b.example"
NOT_LOADED: Final = {
    *("tlsrpt.dns", "tlsrpt.report", "tlsrpt.cli", "tlsrpt._check", "tlsrpt._diagnosis"),
    *("dns", "email", "json", "pydantic", "pydantic_core", "importlib.metadata"),
    # The tables of idna; idna itself comes with rfc3986.
    *("idna.uts46data", "tlsrpt._scripts"),
}
LAZY: Final = {
    *("CheckResult", "CheckResultDict", "Edit", "EditDict", "Finding", "FindingDict"),
    *("check", "check_answer", "check_rrset"),
}


def run(code: str) -> str:
    """What the code prints in an interpreter without site, which may load anything."""
    path = f"import sys; sys.path[:0] = {sys.path!r}\n"
    command = [sys.executable, "-S", "-c", path + code]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def loaded(code: str) -> set[str]:
    """The modules that are loaded when the code has run."""
    return set(run(f"{code}\nprint(*sys.modules)").split())


def test_importing_loads_the_record_part_only() -> None:
    modules = loaded("import tlsrpt")
    assert "tlsrpt.record" in modules
    assert not modules & NOT_LOADED


@pytest.mark.parametrize(
    "code",
    [
        f"TLSRPTRecord.parse('{GOOD}', domain='b.example')",
        f"TLSRPTRecord.parse(b'{GOOD} , ftp://x;x=1;', domain='xn--bcher-kva.example').to_dict()",
        f"TLSRPTRecord.from_rrset([['v=spf1 -all'], ['{GOOD}']])",
        f"TLSRPTRecord.from_zone('_smtp._tls.b.example. TXT \"{GOOD}\"').to_zone()",
        "TLSRPTRecord(rua=['MAILTO:a+b@B.example', 'https://r.example/x?y'], domain='B.example.')",
        r"generate('b.example', 'mailto:a@b.example\n\nhttps://[::1]:8443/a,b').to_rdata()",
        f"TLSRPTRecord.from_rdata('\"{GOOD}\"', domain='b.example').host_in('example')",
        "generate('b.example', 'a+b@b.example').to_zone(None)",
        f"TLSRPTRecord.parse('{GOOD},ftp://x').with_rua('https://x/').without_rua('https://X/')",
    ],
)
def test_valid_records_load_no_more(code: str) -> None:
    assert not loaded(f"from tlsrpt import TLSRPTRecord, generate\n{code}") & NOT_LOADED


def test_the_list_of_codes_loads_nothing_of_the_rest() -> None:
    assert not loaded("from tlsrpt.codes import CODES, Code") & NOT_LOADED
    assert "tlsrpt.codes" not in loaded("import tlsrpt")


# Networks, processes and mail, and commands that were not given
NOT_STARTED: Final = {
    *("asyncio", "concurrent.futures", "multiprocessing", "socket", "ssl", "dns"),
    *("email", "tlsrpt.dns", "tlsrpt.report"),
    *("tlsrpt.cli.generate", "tlsrpt.cli.check", "tlsrpt.cli.lookup", "tlsrpt.cli.report"),
}


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        (["generate", "b.example", "a@b.example"], {"tlsrpt.cli.generate"}),
        (["check", GOOD], {"tlsrpt.cli.check"}),
        (["check", "--format", "json", "rua"], {"tlsrpt.cli.check"}),
        (["check", "--answer", "/dev/null"], {"tlsrpt.cli.check"}),
        (["report", "--help"], {"tlsrpt.cli.report"}),
    ],
)
def test_a_command_loads_what_it_needs(command: list[str], needed: set[str]) -> None:
    code = f"from tlsrpt.cli import main\ntry: main({command})\nexcept SystemExit: pass\nprint()"
    assert loaded(code) & NOT_STARTED == needed


@pytest.mark.parametrize("name", sorted(LAZY))
def test_the_diagnosis_comes_when_it_is_asked_for(name: str) -> None:
    code = f"""
import tlsrpt
assert {name!r} in dir(tlsrpt) and {name!r} not in vars(tlsrpt)
assert tlsrpt.{name} is tlsrpt.{name} is vars(tlsrpt)[{name!r}]
from tlsrpt import {name}
assert {name} is tlsrpt.{name}
"""
    assert "tlsrpt._check" in loaded(code)


def test_dir_lists_every_public_name() -> None:
    assert {*tlsrpt.__all__, "__version__"} <= set(dir(tlsrpt))


def test_a_star_import_gives_every_public_name() -> None:
    given = set(run("from tlsrpt import *\nprint(*dir())").split())
    assert given >= set(tlsrpt.__all__)
    assert tlsrpt.__all__ == sorted(tlsrpt.__all__)


def public_callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """The public functions and classes, and the methods and properties of the classes."""
    for module in (tlsrpt, tlsrpt.codes, tlsrpt.dns, tlsrpt.report, tlsrpt.report.codes):
        for name in module.__all__:
            kind = getattr(module, name)
            if not isinstance(kind, (type, FunctionType)):
                assert name in {"About", "CAUSES", "CODES", "Severity", "Status"}
                continue
            yield f"{module.__name__}.{name}", kind
            for member, value in vars(kind).items() if isinstance(kind, type) else ():
                function = value.fget if isinstance(value, property) else value
                function = getattr(function, "__func__", function)
                if isinstance(function, FunctionType) and (
                    not member.startswith("_") or member == "__init__"
                ):
                    yield f"{module.__name__}.{name}.{member}", function


CALLABLES: Final = dict(public_callables())


def test_public_callables_are_found() -> None:
    assert {
        *("tlsrpt.check", "tlsrpt.CheckResult", "tlsrpt.TLSRPTRecord.parse"),
        *("tlsrpt.TLSRPTRecord.__init__", "tlsrpt.TLSRPTRecord.destinations"),
        *("tlsrpt.dns.lookup_many", "tlsrpt.report.Report.to_email", "tlsrpt.codes.Code"),
    } <= set(CALLABLES)


@pytest.mark.parametrize("name", sorted(CALLABLES))
def test_the_types_of_all_arguments_results_and_members_are_found(name: str) -> None:
    get_type_hints(CALLABLES[name])


@pytest.mark.parametrize("name", ["lookup", "Check", "__path"])
def test_an_unknown_name(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'tlsrpt' has no attribute '{name}'"):
        getattr(tlsrpt, name)


def test_severity() -> None:
    assert get_args(tlsrpt.Severity) == ("error", "warning")


def test_version() -> None:
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+(?:[a-z]+[0-9]+)?", tlsrpt.__version__)
