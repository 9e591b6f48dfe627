"""Law 5: the memory that hostile texts take at its peak, each in a process of its own."""

from __future__ import annotations

from typing import Final

import pytest

from tests.memory import growth, linux_only

pytestmark = linux_only

_MEBIBYTE: Final = 2**20
_SETUP: Final = """\
from contextlib import suppress
from tlsrpt import *
check("x")
with suppress(TLSRPTError):
    generate("x", "x")
"""

# What is longer than a TXT record, and what reads it: of one MiB each, at most 20 times the length.
_LONG: Final = {
    "list": ("2**19 * 'a,'", "check(text)"),
    "extensions": ("'v=TLSRPTv1' + 2**18 * ';a=b'", "TLSRPTRecord.parse(text)"),
    "percent": ("'v=TLSRPTv1; rua=mailto:' + 2**18 * '%41%'", "TLSRPTRecord.parse(text)"),
    "octets": ("2**20 * b'\\xff'", "TLSRPTRecord.parse(text)"),
    "strings": ("2**20 * (b'a',)", "TLSRPTRecord.parse(text)"),
    "answer": ("(2**16 * 'v=TLSRPTv1; rua=',)", "check_rrset(text)"),
    "escapes in quotes": ("'@ TXT \"' + 2**19 * '\\\\a' + '\"'", "TLSRPTRecord.from_zone(text)"),
    "escapes": ("'@ TXT ' + 2**19 * '\\\\a'", "TLSRPTRecord.from_zone(text)"),
    "strings in quotes": ("'@ TXT ' + 2**18 * '\"\" '", "TLSRPTRecord.from_zone(text)"),
    "words": ("'@ TXT ' + 2**19 * 'a '", "TLSRPTRecord.from_zone(text)"),
    "TTL": ("'@ ' + 2**19 * '1D'", "TLSRPTRecord.from_zone(text)"),
    "parentheses": ("2**20 * '('", "TLSRPTRecord.from_zone(text)"),
    "quoted strings": ("2**19 * '\"\"'", "TLSRPTRecord.from_rdata(text)"),
    "escapes in a string": ("'\"' + 2**19 * '\\\\a' + '\"'", "TLSRPTRecord.from_rdata(text)"),
    "blanks": ("'\"\"' + 2**20 * '\\n'", "TLSRPTRecord.from_rdata(text)"),
    "short answer": ("2**18 * '\"a\"\\n'", "check_answer(text)"),
    "lines of an answer": ("2**17 * 'TXT \"a\"\\n'", "check_answer(text)"),
    "lines of Windows": ("'x text =\\n' + 2**18 * '\"a\"\\n'", "check_answer(text)"),
    "items": ("2**17 * '- \\'ab\\'\\n'", "check_answer(text)"),
    "no answer": ("2**20 * '\\n'", "check_answer(text)"),
    "address": ("2**20 * 'a' + '@example.com'", "ReportURI.from_address(text)"),
    "zone": ("2**19 * 'a.'", "TLSRPTRecord.from_zone('@ TXT \"\"', origin=text)"),
    "lines": ("2**19 * 'x\\n'", "generate('example.com', text)"),
    "endpoints": ("2**16 * 'mailto:a@b.c\\n'", "generate('example.com', text)"),
    "line": ("'mailto:' + 2**19 * 'a.' + '@example.com'", "generate('example.com', text)"),
    "mailbox": ("'mailto:' + 2**18 * '%41' + '@example.com'", "ReportURI(text)"),
    "path": ("'https://example.com/' + 2**18 * 'ü'", "ReportURI(text)"),
    "equivalent": ("'https://example.com/' + 2**18 * '%41'", "ENDPOINT.equivalent(text)"),
    "domain": ("2**19 * 'a.'", "normalize_domain(text)"),
    "value": ("2**20 * 'a'", "split_txt(text)"),
}


@pytest.mark.parametrize("name", _LONG)
def test_what_no_txt_record_can_hold(name: str) -> None:
    text, call = _LONG[name]
    setup = f"{_SETUP}ENDPOINT = ReportURI('https://example.com/')\ntext = {text}"
    assert growth(setup, f"with suppress(TLSRPTError): {call}") <= 20 * _MEBIBYTE


# What just fits in a TXT record takes at most 32 MiB.
_FITTING: Final = {
    "commas": "'v=TLSRPTv1; rua=' + 21_700 * 'a:,'",
    "addresses": "'v=TLSRPTv1; rua=' + 16_300 * 'a@b,'",
    "URIs": "'v=TLSRPTv1; rua=mailto:a@example.com' + 21_700 * ',a:'",
    "duplicates": "'v=TLSRPTv1; rua=mailto:a@b.c' + 5_000 * ',mailto:a@b.c'",
    "schemes": "'v=TLSRPTv1; rua=mailto:a@b.c' + 5_000 * ',MAILTO:a@b.c'",
    "mailboxes": "'v=TLSRPTv1; rua=mailto:a@b.c' + 4_300 * ',mailto:%61@b.c'",
    "no mailboxes": "'v=TLSRPTv1; rua=mailto:a@b.c' + 8_000 * ',mailto:'",
    "percent": "'v=TLSRPTv1; rua=mailto:a@b.c,https://r.example/' + 21_700 * '%41'",
    "semicolons": "'v=TLSRPTv1; rua=mailto:a@example.com' + 65_200 * ';'",
    "extensions": "'v=TLSRPTv1; rua=mailto:a@example.com' + 16_000 * ';a=b'",
    "fields": "'v=TLSRPTv1; rua=mailto:a@example.com' + 32_000 * ';a'",
    "rua": "'v=TLSRPTv1' + 9_300 * ';rua=a:'",
    "invisible": "'v=TLSRPTv1; rua=' + 32_000 * '\\u200ba'",
    "look-alikes": "'v=TLSRPTv1; rua=' + 32_000 * '\\uff1aa'",
    "octets": "b'v=TLSRPTv1; rua=' + 32_000 * b'\\xffa'",
    "strings": "'\"v=TLSRPTv1; rua=' + 16_000 * 'a\" \"' + '\"'",
    "escapes": "'\"v=TLSRPTv1; rua=' + 32_000 * '\\\\.' + '\"'",
    "brackets": "'v=TLSRPTv1; rua=' + 8_000 * '<a@b.c>,'",
    "marks": "32_000 * '\"\\\\'",
    "domain": "32_000 * 'a.'",
}


@pytest.mark.parametrize("name", _FITTING)
def test_what_a_txt_record_can_hold(name: str) -> None:
    setup = f"{_SETUP}text = {_FITTING[name]}\nassert len(text) <= 65_279"
    assert growth(setup, "check(text)") <= 32 * _MEBIBYTE
