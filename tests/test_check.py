"""`check`: each mistake at its place, what was read, what was mended, and laws 6 and 7."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import TEXTS, mendable_texts, mutated_texts, received_texts
from tlsrpt import (
    CheckResult,
    Finding,
    InvalidDomainError,
    ParseError,
    TLSRPTRecord,
    check,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

V: Final = "v=TLSRPTv1"
A: Final = "mailto:a@b.example"
B: Final = "https://reports.google.com/v1"
C: Final = "mailto:c@d.example"
GOOD: Final = f"{V}; rua={A}"
BOTH: Final = f"{GOOD},{B}"
PAIR: Final = f"{GOOD},{C}"


def sized(octets: int) -> str:
    """A canonical record of so many octets."""
    return f"{V}; rua={B}?".ljust(octets, "x")


class Case(NamedTuple):
    """A text, and what `check` makes of it."""

    text: str | bytes
    findings: list[tuple[str, tuple[int, int]]]
    ok: bool
    fixed: str | None


# Each case is called by the first code that it is about.
CASES: Final[dict[str, Case]] = {
    # The version.
    "missing-version": Case(f"rua={A}", [("missing-version", (0, 0))], ok=False, fixed=GOOD),
    "missing-version-of-a-bare-uri": Case(
        A, [("missing-version", (0, 0)), ("uri-outside-rua", (0, 18))], ok=False, fixed=GOOD
    ),
    "version-not-first": Case(
        f"rua={A}; {V}", [("version-not-first", (24, 34))], ok=False, fixed=GOOD
    ),
    "misspelt-version-swapped": Case(
        f"v=TSLRPTv1; rua={A}", [("misspelt-version", (0, 10))], ok=False, fixed=GOOD
    ),
    "misspelt-version-without-v": Case(
        f"v=TLSRPT1; rua={A}", [("misspelt-version", (0, 9))], ok=False, fixed=GOOD
    ),
    "misspelt-version-without-number": Case(
        f"v=TLSRPT; rua={A}", [("misspelt-version", (0, 8))], ok=False, fixed=GOOD
    ),
    "misspelt-version-with-hyphen": Case(
        f"v=TLS-RPTv1; rua={A}", [("misspelt-version", (0, 11))], ok=False, fixed=GOOD
    ),
    "misspelt-version-with-colon": Case(
        f"v:TLSRPTv1; rua={A}", [("misspelt-version", (0, 10))], ok=False, fixed=GOOD
    ),
    "misspelt-version-name": Case(
        f"version=TLSRPTv1; rua={A}", [("misspelt-version", (0, 16))], ok=False, fixed=GOOD
    ),
    "version-case-of-v": Case(
        f"V=TLSRPTv1; rua={A}", [("version-case", (0, 10))], ok=False, fixed=GOOD
    ),
    "version-case-of-word": Case(
        f"v=tlsrptv1; rua={A}", [("version-case", (0, 10))], ok=False, fixed=GOOD
    ),
    "version-white-space": Case(
        f"v = TLSRPTv1; rua={A}", [("version-white-space", (0, 12))], ok=False, fixed=GOOD
    ),
    "unknown-version-2": Case(
        f"v=TLSRPTv2; rua={A}", [("unknown-version", (0, 10))], ok=False, fixed=None
    ),
    "unknown-version-0": Case(
        f"v=TLSRPTv0; rua={A}", [("unknown-version", (0, 10))], ok=False, fixed=None
    ),
    "unknown-version-decimal": Case(
        f"v=TLSRPTv1.0; rua={A}", [("unknown-version", (0, 12))], ok=False, fixed=None
    ),
    "unknown-version-none": Case(
        f"v=; rua={A}", [("unknown-version", (0, 2))], ok=False, fixed=None
    ),
    "unknown-version-other-word": Case(
        f"v=SMTPTLSv1; rua={A}", [("unknown-version", (0, 11))], ok=False, fixed=None
    ),
    "missing-delimiter-space": Case(
        f"{V} rua={A}", [("missing-delimiter", (10, 11))], ok=False, fixed=GOOD
    ),
    "missing-delimiter-comma": Case(
        f"{V}, rua={A}", [("missing-delimiter", (10, 12))], ok=False, fixed=GOOD
    ),
    "missing-delimiter-nothing": Case(
        f"{V}rua={A}", [("missing-delimiter", (10, 11))], ok=False, fixed=GOOD
    ),
    "missing-delimiter-between-fields": Case(
        f"{V}; x=1 rua={A}",
        [
            ("unknown-extension", (12, 15)),
            ("missing-delimiter", (15, 16)),
            ("rua-not-first", (20, 38)),
        ],
        ok=False,
        fixed=f"{GOOD}; x=1",
    ),
    "escaped-semicolon": Case(
        f"{V}\\; rua={A}", [("escaped-semicolon", (10, 11))], ok=False, fixed=GOOD
    ),
    # Records of another kind.
    "wrong-record-spf": Case(
        "v=spf1 include:example.com -all", [("wrong-record", (0, 6))], ok=False, fixed=None
    ),
    "wrong-record-dmarc": Case(
        f"v=DMARC1; p=none; rua={A}", [("wrong-record", (0, 8))], ok=False, fixed=None
    ),
    "wrong-record-mta-sts": Case(
        "v=STSv1; id=20240101000000Z", [("wrong-record", (0, 7))], ok=False, fixed=None
    ),
    "wrong-record-mta-sts-policy": Case(
        "version: STSv1\nmode: enforce", [("wrong-record", (0, 14))], ok=False, fixed=None
    ),
    "wrong-record-bimi": Case(
        "v=BIMI1; l=https://example.com/logo.svg", [("wrong-record", (0, 7))], ok=False, fixed=None
    ),
    "wrong-record-dkim": Case(
        "v=DKIM1; k=rsa; p=MIGf", [("wrong-record", (0, 7))], ok=False, fixed=None
    ),
    # What was copied along.
    "empty-record": Case("", [("empty-record", (0, 0))], ok=False, fixed=None),
    "empty-record-blank": Case(" \t\n", [("empty-record", (0, 3))], ok=False, fixed=None),
    "outer-white-space-before": Case(
        f" {GOOD}", [("outer-white-space", (0, 1))], ok=False, fixed=GOOD
    ),
    "outer-white-space-after": Case(
        f"{GOOD} ", [("outer-white-space", (34, 35))], ok=False, fixed=GOOD
    ),
    "outer-white-space-no-break": Case(
        f"{GOOD}\u00a0", [("outer-white-space", (34, 35))], ok=False, fixed=GOOD
    ),
    "line-end-unix": Case(f"{GOOD}\n", [("line-end", (34, 35))], ok=False, fixed=GOOD),
    "line-end-windows": Case(f"{GOOD}\r\n", [("line-end", (34, 36))], ok=False, fixed=GOOD),
    "line-end-before": Case(f"\n{GOOD}", [("line-end", (0, 1))], ok=False, fixed=GOOD),
    "control-character-before": Case(
        f"\ufeff{GOOD}", [("control-character", (0, 1))], ok=False, fixed=GOOD
    ),
    "control-character-after": Case(
        f"{GOOD}\x00", [("control-character", (34, 35))], ok=False, fixed=GOOD
    ),
    "surrounding-quotes": Case(f'"{GOOD}"', [("surrounding-quotes", (0, 1))], ok=False, fixed=GOOD),
    "surrounding-quotes-single": Case(
        f"'{GOOD}'", [("surrounding-quotes", (0, 1))], ok=False, fixed=GOOD
    ),
    "surrounding-quotes-typographic": Case(
        f"\u201c{GOOD}\u201d", [("surrounding-quotes", (0, 1))], ok=False, fixed=GOOD
    ),
    "surrounding-quotes-not-closed": Case(
        f'"{GOOD}', [("surrounding-quotes", (0, 1))], ok=False, fixed=GOOD
    ),
    "surrounding-quotes-of-several-strings": Case(
        f'"{V}; rua=mailto:a@" "b.example"', [("surrounding-quotes", (0, 1))], ok=False, fixed=GOOD
    ),
    "surrounding-quotes-with-escapes": Case(
        f'"{V}\\; rua=\\109ailto:a@b.example"',
        [("surrounding-quotes", (0, 1))],
        ok=False,
        fixed=GOOD,
    ),
    "zone-line": Case(
        f'_smtp._tls.b.example. 3600 IN TXT "{GOOD}"',
        [("zone-line", (0, 34)), ("surrounding-quotes", (34, 35))],
        ok=False,
        fixed=GOOD,
    ),
    "zone-line-relative": Case(
        f'_smtp._tls TXT "{V}; rua=mail" "to:a@b.example"',
        [("zone-line", (0, 15)), ("surrounding-quotes", (15, 16))],
        ok=False,
        fixed=GOOD,
    ),
    "zone-line-class-before-ttl": Case(
        f"_smtp._tls.b.example. IN 1h30m TXT {GOOD}", [("zone-line", (0, 35))], ok=False, fixed=GOOD
    ),
    "zone-owner": Case(
        f"b.example. TXT {GOOD}",
        [("zone-owner", (0, 10)), ("zone-line", (0, 15))],
        ok=False,
        fixed=GOOD,
    ),
    "escapes-in-quotes": Case(
        '"v=TLSRPTv1\\; rua=a\\@\\098.example;x=1"',
        [
            ("surrounding-quotes", (0, 1)),
            ("bare-address", (18, 33)),
            ("unknown-extension", (34, 37)),
        ],
        ok=False,
        fixed=f"{V}; rua={A}; x=1",
    ),
    "a-backslash-at-the-end-of-quotes": Case(
        '"v=TLSRPTv1; rua=mailto:a@b.example\\',
        [("surrounding-quotes", (0, 1)), ("escaped-semicolon", (35, 36))],
        ok=False,
        fixed=None,
    ),
    "several-records-a-line-each": Case(
        f'"{GOOD}"\n"{V}; rua=mailto:c@d.example"\n',
        [("surrounding-quotes", (0, 1)), ("several-records", (37, 73)), ("line-end", (73, 74))],
        ok=False,
        fixed=None,
    ),
    "several-records-on-one-line": Case(
        f'"{GOOD}" "{GOOD}"',
        [("surrounding-quotes", (0, 1)), ("several-records", (37, 73))],
        ok=False,
        fixed=None,
    ),
    "zone-line-without-owner": Case(f"TXT {GOOD}", [("zone-line", (0, 4))], ok=False, fixed=GOOD),
    "pre-standard-name": Case(
        f'_smtp-tlsrpt.b.example. IN TXT "{GOOD}"',
        [("pre-standard-name", (0, 23)), ("zone-line", (0, 31)), ("surrounding-quotes", (31, 32))],
        ok=False,
        fixed=GOOD,
    ),
    # Fields.
    "empty-field": Case(f"{V};; rua={A}", [("empty-field", (10, 12))], ok=False, fixed=GOOD),
    "empty-field-parted-by-space": Case(
        f"{V}; ; rua={A}", [("empty-field", (11, 13))], ok=False, fixed=GOOD
    ),
    "empty-field-at-the-end": Case(f"{GOOD};;", [("empty-field", (34, 36))], ok=False, fixed=GOOD),
    "empty-field-first": Case(
        f";{V}; rua={A}",
        [("empty-field", (0, 1)), ("version-not-first", (1, 11))],
        ok=False,
        fixed=GOOD,
    ),
    "stray-character-line-end": Case(
        f"{V};\nrua={A}", [("stray-character", (11, 12))], ok=False, fixed=GOOD
    ),
    "stray-character-no-break-space": Case(
        f"{V};\u00a0rua={A}", [("stray-character", (11, 12))], ok=False, fixed=GOOD
    ),
    "stray-character-comma": Case(
        f"{V};,rua={A}", [("stray-character", (11, 12))], ok=False, fixed=GOOD
    ),
    "field-without-equals": Case(
        f"{GOOD}; note", [("field-without-equals", (36, 40))], ok=False, fixed=None
    ),
    "field-without-equals-rua-colon": Case(
        f"{V}; rua:{A}", [("field-without-equals", (12, 16))], ok=False, fixed=GOOD
    ),
    "field-without-equals-rua-space": Case(
        f"{V}; rua {A}", [("field-without-equals", (12, 16))], ok=False, fixed=GOOD
    ),
    "field-without-equals-rua-alone": Case(
        f"{V}; rua",
        [("field-without-equals", (12, 15)), ("missing-rua", (15, 15))],
        ok=False,
        fixed=None,
    ),
    "white-space-around-equals-of-rua": Case(
        f"{V}; rua = {A}", [("white-space-around-equals", (15, 18))], ok=False, fixed=GOOD
    ),
    "white-space-around-equals-after": Case(
        f"{V}; rua= {A}", [("white-space-around-equals", (16, 17))], ok=False, fixed=GOOD
    ),
    "white-space-around-equals-of-extension": Case(
        f"{GOOD}; note = x",
        [("unknown-extension", (36, 44)), ("white-space-around-equals", (40, 43))],
        ok=False,
        fixed=f"{GOOD}; note=x",
    ),
    "bad-extension-name-underscore": Case(
        f"{GOOD}; _x=1", [("bad-extension-name", (36, 38))], ok=False, fixed=None
    ),
    "bad-extension-name-space": Case(
        f"{GOOD}; x y=1", [("bad-extension-name", (36, 39))], ok=False, fixed=None
    ),
    "bad-extension-name-missing": Case(
        f"{GOOD}; =1", [("bad-extension-name", (36, 37))], ok=False, fixed=None
    ),
    "bad-extension-name-too-long": Case(
        f"{GOOD}; {33 * 'x'}=1", [("bad-extension-name", (36, 69))], ok=False, fixed=None
    ),
    "bad-extension-name-non-ascii": Case(
        f"{GOOD}; n\u00f6te=1", [("bad-extension-name", (36, 40))], ok=False, fixed=None
    ),
    "bad-extension-value-space": Case(
        f"{GOOD}; x=two words", [("bad-extension-value", (41, 42))], ok=False, fixed=None
    ),
    "bad-extension-value-equals": Case(
        f"{GOOD}; x=a=b", [("bad-extension-value", (39, 40))], ok=False, fixed=None
    ),
    "bad-extension-value-non-ascii": Case(
        f"{GOOD}; x=\u00fc", [("bad-extension-value", (38, 39))], ok=False, fixed=None
    ),
    "bad-extension-value-invisible": Case(
        f"{GOOD}; x=\u200b1",
        [("unknown-extension", (36, 40)), ("control-character", (38, 39))],
        ok=False,
        fixed=f"{GOOD}; x=1",
    ),
    "empty-extension-value": Case(
        f"{GOOD}; x=", [("empty-extension-value", (36, 38))], ok=False, fixed=GOOD
    ),
    # The rua field.
    "missing-rua": Case(V, [("missing-rua", (10, 10))], ok=False, fixed=None),
    "missing-rua-beside-others": Case(
        f"{V}; note=x",
        [("unknown-extension", (12, 18)), ("missing-rua", (18, 18))],
        ok=False,
        fixed=None,
    ),
    "empty-rua": Case(f"{V}; rua=", [("empty-rua", (16, 16))], ok=False, fixed=None),
    "empty-rua-beside-a-good-one": Case(
        f"{GOOD}; rua=", [("empty-rua", (40, 40)), ("repeated-rua", (40, 40))], ok=False, fixed=GOOD
    ),
    "rua-case": Case(f"{V}; RUA={A}", [("rua-case", (12, 15))], ok=False, fixed=GOOD),
    "misspelt-rua-swapped": Case(
        f"{V}; rau={A}", [("misspelt-rua", (12, 15))], ok=False, fixed=GOOD
    ),
    "misspelt-rua-doubled": Case(
        f"{V}; ruaa={A}", [("misspelt-rua", (12, 16))], ok=False, fixed=GOOD
    ),
    "ruf-for-rua": Case(
        f"{V}; ruf={A}",
        [("ruf-for-rua", (12, 15)), ("missing-rua", (34, 34))],
        ok=False,
        fixed=None,
    ),
    "ruf-for-rua-in-capitals": Case(
        f"{V}; RUF={A}",
        [("ruf-for-rua", (12, 15)), ("missing-rua", (34, 34))],
        ok=False,
        fixed=None,
    ),
    "uri-outside-rua-without-rua": Case(
        f"{V}; {A}", [("uri-outside-rua", (12, 30))], ok=False, fixed=GOOD
    ),
    "uri-outside-rua-after-semicolon": Case(
        f"{GOOD}; {B}",
        [("uri-outside-rua", (36, 65))],
        ok=False,
        fixed=BOTH,
    ),
    "rua-in-list": Case(f"{GOOD},rua={B}", [("rua-in-list", (35, 39))], ok=False, fixed=BOTH),
    "rua-in-list-twice": Case(
        f"{V}; rua=rua={A}", [("rua-in-list", (16, 20))], ok=False, fixed=GOOD
    ),
    "empty-uri-at-the-end": Case(f"{GOOD},", [("empty-uri", (35, 35))], ok=False, fixed=GOOD),
    "empty-uri-at-the-start": Case(
        f"{V}; rua=,{A}", [("empty-uri", (16, 16))], ok=False, fixed=GOOD
    ),
    "empty-uri-between": Case(f"{GOOD},,{B}", [("empty-uri", (35, 35))], ok=False, fixed=BOTH),
    "empty-uri-alone": Case(
        f"{V}; rua=,", [("empty-uri", (16, 16)), ("empty-uri", (17, 17))], ok=False, fixed=None
    ),
    "uris-badly-parted": Case(
        f"{GOOD} {B}", [("uris-badly-parted", (34, 35))], ok=False, fixed=BOTH
    ),
    "uris-badly-parted-and-rua": Case(
        f"{GOOD} rua={B}",
        [("uris-badly-parted", (34, 35)), ("rua-in-list", (35, 39))],
        ok=False,
        fixed=BOTH,
    ),
    # URIs.
    "bare-address": Case(
        f"{V}; rua=a@b.example", [("bare-address", (16, 27))], ok=False, fixed=GOOD
    ),
    "bare-address-beside-a-good-one": Case(
        f"{GOOD},c@d.example", [("bare-address", (35, 46))], ok=False, fixed=PAIR
    ),
    "missing-scheme": Case(
        f"{V}; rua=reports.google.com/v1", [("missing-scheme", (16, 37))], ok=False, fixed=None
    ),
    "missing-scheme-slashes": Case(
        f"{V}; rua=//reports.google.com/v1", [("missing-scheme", (16, 39))], ok=False, fixed=None
    ),
    "misspelt-scheme-mailt": Case(
        f"{V}; rua=mailt:a@b.example",
        [("misspelt-scheme", (16, 22)), ("no-destination", (16, 33))],
        ok=False,
        fixed=GOOD,
    ),
    "misspelt-scheme-htps": Case(
        f"{V}; rua=htps://reports.google.com/v1",
        [("misspelt-scheme", (16, 23)), ("no-destination", (16, 44))],
        ok=False,
        fixed=f"{V}; rua={B}",
    ),
    "misspelt-scheme-beside-a-good-one": Case(
        f"{GOOD},mailot:c@d.example", [("misspelt-scheme", (35, 42))], ok=True, fixed=PAIR
    ),
    "space-after-scheme": Case(
        f"{V}; rua=mailto: a@b.example", [("space-after-scheme", (23, 24))], ok=False, fixed=GOOD
    ),
    "uri-white-space": Case(
        f"{V}; rua=https://reports.google.com/a b",
        [("uri-white-space", (44, 45))],
        ok=False,
        fixed=None,
    ),
    "uri-white-space-line-end": Case(
        f"{GOOD},\n{B}", [("uri-white-space", (35, 36))], ok=False, fixed=BOTH
    ),
    "control-character-in-uri": Case(
        f"{V}; rua=mailto:a\u200b@b.example",
        [("control-character", (24, 25))],
        ok=False,
        fixed=GOOD,
    ),
    "not-utf-8": Case(
        b"v=TLSRPTv1; rua=mailto:a\xff@b.example",
        [("not-utf-8", (24, 25))],
        ok=False,
        fixed=None,
    ),
    "not-utf-8-surrogate": Case(
        f"{V}; rua=mailto:a\ud800@b.example",
        [("not-utf-8", (24, 25))],
        ok=False,
        fixed=None,
    ),
    "non-ascii-local-part": Case(
        f"{V}; rua=mailto:\u00fc@b.example",
        [("non-ascii", (23, 24))],
        ok=False,
        fixed=f"{V}; rua=mailto:%C3%BC@b.example",
    ),
    "non-ascii-domain": Case(
        f"{V}; rua=mailto:a@b\u00fccher.example",
        [("non-ascii", (26, 27))],
        ok=False,
        fixed=f"{V}; rua=mailto:a@xn--bcher-kva.example",
    ),
    "non-ascii-path": Case(
        f"{V}; rua={B}/\u00fc", [("non-ascii", (46, 47))], ok=False, fixed=f"{V}; rua={B}/%C3%BC"
    ),
    "dmarc-size-limit": Case(f"{GOOD}!10m", [("dmarc-size-limit", (34, 38))], ok=False, fixed=GOOD),
    "dmarc-size-limit-each": Case(
        f"{GOOD}!10,{B}!5m",
        [("dmarc-size-limit", (34, 37)), ("dmarc-size-limit", (67, 70))],
        ok=False,
        fixed=BOTH,
    ),
    "unencoded-character-exclamation": Case(
        f"{V}; rua=mailto:a!b@b.example",
        [("unencoded-character", (24, 25))],
        ok=False,
        fixed=f"{V}; rua=mailto:a%21b@b.example",
    ),
    "unencoded-comma": Case(
        f"{V}; rua={B}/a,b", [("missing-scheme", (48, 49))], ok=False, fixed=None
    ),
    "unencoded-semicolon": Case(
        f"{V}; rua={B}/a;b", [("field-without-equals", (48, 49))], ok=False, fixed=None
    ),
    "bad-percent-encoding": Case(
        f"{V}; rua={B}/%zz", [("bad-percent-encoding", (46, 49))], ok=False, fixed=None
    ),
    "bad-percent-encoding-cut-short": Case(
        f"{V}; rua={B}/%", [("bad-percent-encoding", (46, 47))], ok=False, fixed=None
    ),
    "uri-character": Case(f"{V}; rua={B}/a|b", [("uri-character", (47, 48))], ok=False, fixed=None),
    "bad-uri-bracket": Case(
        f"{V}; rua=https://[::1", [("bad-uri", (16, 28))], ok=False, fixed=None
    ),
    "bad-uri-port": Case(
        f"{V}; rua=https://reports.google.com:x/", [("bad-uri", (16, 45))], ok=False, fixed=None
    ),
    "wrapped-uri-angle": Case(f"{V}; rua=<{A}>", [("wrapped-uri", (16, 36))], ok=False, fixed=GOOD),
    "wrapped-uri-quotes": Case(
        f'{V}; rua="{A}"', [("wrapped-uri", (16, 36))], ok=False, fixed=GOOD
    ),
    "wrapped-uri-typographic": Case(
        f"{V}; rua=\u201c{A}\u201d", [("wrapped-uri", (16, 36))], ok=False, fixed=GOOD
    ),
    "wrapped-uri-closed-only": Case(f'{GOOD}"', [("wrapped-uri", (34, 35))], ok=False, fixed=GOOD),
    "no-destination-empty-mailto": Case(
        f"{V}; rua=mailto:",
        [("mailto-no-mailbox", (16, 23)), ("no-destination", (16, 23))],
        ok=False,
        fixed=None,
    ),
    "no-destination-http-and-ftp": Case(
        f"{V}; rua=http://reports.google.com/,ftp://example.com/",
        [("http-scheme", (16, 42)), ("no-destination", (16, 61)), ("unsupported-scheme", (43, 46))],
        ok=False,
        fixed=None,
    ),
    # Catches: destinations.
    "http-scheme-alone": Case(
        f"{V}; rua=http://reports.google.com/v1",
        [("http-scheme", (16, 44)), ("no-destination", (16, 44))],
        ok=False,
        fixed=None,
    ),
    "http-scheme-beside-a-good-one": Case(
        f"{GOOD},http://reports.google.com/v1",
        [("http-scheme", (35, 63))],
        ok=True,
        fixed=f"{GOOD},http://reports.google.com/v1",
    ),
    "unsupported-scheme-alone": Case(
        f"{V}; rua=ftp://example.com/",
        [("unsupported-scheme", (16, 19)), ("no-destination", (16, 34))],
        ok=False,
        fixed=None,
    ),
    "unsupported-scheme-beside-a-good-one": Case(
        f"{GOOD},ftp://example.com/",
        [("unsupported-scheme", (35, 38))],
        ok=True,
        fixed=f"{GOOD},ftp://example.com/",
    ),
    "mailto-no-mailbox-alone": Case(
        f"{V}; rua=mailto:b.example",
        [("mailto-no-mailbox", (16, 32)), ("no-destination", (16, 32))],
        ok=False,
        fixed=None,
    ),
    "mailto-no-mailbox-beside-a-good-one": Case(
        f"{GOOD},mailto:b.example",
        [("mailto-no-mailbox", (35, 51))],
        ok=True,
        fixed=f"{GOOD},mailto:b.example",
    ),
    "misspelt-scheme-slashes": Case(
        f"{V}; rua=mailto://a@b.example",
        [("misspelt-scheme", (16, 25)), ("no-destination", (16, 36))],
        ok=False,
        fixed=GOOD,
    ),
    "bad-mailbox-dots": Case(
        f"{GOOD},mailto:c..c@d.example",
        [("bad-mailbox", (35, 56))],
        ok=True,
        fixed=f"{GOOD},mailto:c..c@d.example",
    ),
    "bad-mailbox-address-literal": Case(
        f"{GOOD},mailto:c@192.0.2.1",
        [("bad-mailbox", (44, 53))],
        ok=True,
        fixed=f"{GOOD},mailto:c@192.0.2.1",
    ),
    "bad-mailbox-alone": Case(
        f"{V}; rua=mailto:a@b_c.example",
        [("no-destination", (16, 36)), ("bad-mailbox", (25, 36))],
        ok=False,
        fixed=None,
    ),
    "mailto-header-fields": Case(
        f"{GOOD}?subject=x",
        [("mailto-header-fields", (16, 44))],
        ok=True,
        fixed=f"{GOOD}?subject=x",
    ),
    "uri-credentials": Case(
        f"{V}; rua=https://user:secret@reports.google.com/v1",
        [("uri-credentials", (24, 35))],
        ok=True,
        fixed=f"{V}; rua=https://user:secret@reports.google.com/v1",
    ),
    "uri-fragment": Case(
        f"{V}; rua={B}#part", [("uri-fragment", (45, 50))], ok=True, fixed=f"{V}; rua={B}#part"
    ),
    "missing-host-alone": Case(
        f"{V}; rua=https:///v1",
        [("missing-host", (16, 27)), ("no-destination", (16, 27))],
        ok=False,
        fixed=None,
    ),
    "missing-host-beside-a-good-one": Case(
        f"{GOOD},https:/v1", [("missing-host", (35, 44))], ok=True, fixed=f"{GOOD},https:/v1"
    ),
    "bad-port-too-high": Case(
        f"{V}; rua=https://reports.google.com:65536/",
        [("bad-port", (42, 48))],
        ok=True,
        fixed=f"{V}; rua=https://reports.google.com:65536/",
    ),
    "bad-port-empty": Case(
        f"{V}; rua=https://reports.google.com:/",
        [("bad-port", (42, 43))],
        ok=True,
        fixed=f"{V}; rua=https://reports.google.com:/",
    ),
    "bad-port-zero": Case(
        f"{V}; rua=https://reports.google.com:0/",
        [("bad-port", (42, 44))],
        ok=True,
        fixed=f"{V}; rua=https://reports.google.com:0/",
    ),
    "unreachable-host": Case(
        f"{V}; rua=https://localhost/",
        [("unreachable-host", (24, 33))],
        ok=True,
        fixed=f"{V}; rua=https://localhost/",
    ),
    "repeated-destination": Case(
        f"{GOOD},{A}",
        [("repeated-destination", (35, 53))],
        ok=True,
        fixed=f"{GOOD},mailto:a@b.example",
    ),
    "repeated-destination-spelt-otherwise": Case(
        f"{GOOD},MAILTO:a@B.EXAMPLE",
        [("repeated-destination", (35, 53))],
        ok=True,
        fixed=f"{GOOD},MAILTO:a@B.EXAMPLE",
    ),
    # Catches: the form.
    "rua-not-first": Case(
        f"{V}; note=x; rua={A}",
        [("unknown-extension", (12, 18)), ("rua-not-first", (24, 42))],
        ok=True,
        fixed=f"{GOOD}; note=x",
    ),
    "repeated-rua": Case(f"{GOOD}; rua={B}", [("repeated-rua", (40, 69))], ok=True, fixed=BOTH),
    "comma-white-space": Case(
        f"{GOOD}, {B}", [("comma-white-space", (34, 36))], ok=True, fixed=BOTH
    ),
    "comma-white-space-before": Case(
        f"{GOOD} \t,{B}", [("comma-white-space", (34, 37))], ok=True, fixed=BOTH
    ),
    "space-before-semicolon": Case(
        f"{V} ; rua={A}", [("space-before-semicolon", (10, 11))], ok=True, fixed=GOOD
    ),
    "unknown-extension": Case(
        f"{GOOD}; note=x", [("unknown-extension", (36, 42))], ok=True, fixed=f"{GOOD}; note=x"
    ),
    "foreign-field-dmarc": Case(
        f"{GOOD}; p=none; pct=100",
        [("foreign-field", (36, 42)), ("foreign-field", (44, 51))],
        ok=True,
        fixed=f"{GOOD}; p=none; pct=100",
    ),
    "foreign-field-mta-sts": Case(
        f"{GOOD}; mode=enforce; max_age=86400",
        [("foreign-field", (36, 48)), ("foreign-field", (50, 63))],
        ok=True,
        fixed=f"{GOOD}; mode=enforce; max_age=86400",
    ),
    "foreign-field-ruf-beside-rua": Case(
        f"{GOOD}; ruf={B}", [("foreign-field", (36, 69))], ok=True, fixed=f"{GOOD}; ruf={B}"
    ),
    "other-rua": Case(
        f"{GOOD}; RUA={B}", [("other-rua", (36, 69))], ok=True, fixed=f"{GOOD}; RUA={B}"
    ),
    "repeated-version": Case(
        f"{GOOD}; {V}", [("repeated-version", (36, 46))], ok=True, fixed=f"{GOOD}; v=TLSRPTv1"
    ),
    # Catches: the size.
    "several-strings": Case(sized(256), [("several-strings", (0, 256))], ok=True, fixed=sized(256)),
    "udp-512": Case(
        sized(474),
        [("several-strings", (0, 474)), ("udp-512", (0, 474))],
        ok=True,
        fixed=sized(474),
    ),
    "udp-1232": Case(
        sized(1180),
        [("several-strings", (0, 1180)), ("udp-1232", (0, 1180))],
        ok=True,
        fixed=sized(1180),
    ),
    "as-long-as-can-be": Case(
        sized(65_279),
        [("several-strings", (0, 65279)), ("udp-1232", (0, 65279))],
        ok=True,
        fixed=sized(65279),
    ),
    "too-long": Case(sized(65_280), [("too-long", (0, 65280))], ok=False, fixed=None),
    # Several mistakes at once.
    "dmarc-tags-in-another-order": Case(
        f"{V}; p=none; rua={A}; fo=1",
        [("foreign-field", (12, 18)), ("rua-not-first", (24, 42)), ("foreign-field", (44, 48))],
        ok=True,
        fixed=f"{GOOD}; p=none; fo=1",
    ),
    "addresses-parted-by-semicolon": Case(
        f"{V}; rua={A};{C}; note=x",
        [
            ("uri-outside-rua", (35, 53)),
            ("unknown-extension", (55, 61)),
        ],
        ok=False,
        fixed=f"{GOOD},{C}; note=x",
    ),
    "addresses-parted-by-spaces": Case(
        f"{V}; rua=a@b.example  c@d.example",
        [
            ("bare-address", (16, 27)),
            ("uris-badly-parted", (27, 29)),
            ("bare-address", (29, 40)),
        ],
        ok=False,
        fixed=PAIR,
    ),
    "http-is-kept-beside-a-mended-one": Case(
        f"{V}; rua=http://reports.google.com/v1,a@b.example",
        [("http-scheme", (16, 44)), ("bare-address", (45, 56))],
        ok=False,
        fixed=f"{V}; rua=http://reports.google.com/v1,{A}",
    ),
    "a-list-of-slips": Case(
        f"V=TSLRPTv1 RUA = a@b.example!10m, {C}!5m;;",
        [
            ("misspelt-version", (0, 10)),
            ("missing-delimiter", (10, 11)),
            ("rua-case", (11, 14)),
            ("white-space-around-equals", (14, 17)),
            ("bare-address", (17, 28)),
            ("dmarc-size-limit", (28, 32)),
            ("comma-white-space", (32, 34)),
            ("dmarc-size-limit", (52, 55)),
            ("empty-field", (55, 57)),
        ],
        ok=False,
        fixed=PAIR,
    ),
    "a-line-and-its-end": Case(
        f"  _smtp._tls IN TXT {GOOD}\r\n",
        [("outer-white-space", (0, 2)), ("zone-line", (2, 20)), ("line-end", (54, 56))],
        ok=False,
        fixed=GOOD,
    ),
    "look-alike-wide": Case(
        f"{V}\uff1b rua\uff1d{A}",
        [("look-alike", (10, 11)), ("look-alike", (15, 16))],
        ok=False,
        fixed=GOOD,
    ),
    "look-alike-hyphen": Case(
        f"{V}; rua=mailto:a\u2011z@b.example",
        [("look-alike", (24, 25))],
        ok=False,
        fixed="v=TLSRPTv1; rua=mailto:a-z@b.example",
    ),
    "look-alike-throughout": Case(
        "\uff56\uff1d\uff34\uff2c\uff33\uff32\uff30\uff34\uff56\uff11; rua=a\uff20b.example",
        [("look-alike", (0, 10)), ("bare-address", (16, 27)), ("look-alike", (17, 18))],
        ok=False,
        fixed=GOOD,
    ),
    "text-before-label": Case(
        f"Value: {GOOD}",
        [("text-before", (0, 7))],
        ok=False,
        fixed=GOOD,
    ),
    "text-before-owner": Case(
        f"_smtp._tls.b.example {GOOD}",
        [("text-before", (0, 21))],
        ok=False,
        fixed=GOOD,
    ),
    "text-before-code": Case(
        f'record = "{GOOD}"',
        [("text-before", (0, 9)), ("surrounding-quotes", (9, 10))],
        ok=False,
        fixed=GOOD,
    ),
    "text-before-misspelt": Case(
        f"TXT: v=TSLRPTv1; rua={A}",
        [("text-before", (0, 5)), ("misspelt-version", (5, 15))],
        ok=False,
        fixed=GOOD,
    ),
    "text-before-with-equals": Case(
        f"value={GOOD}",
        [("text-before", (0, 6))],
        ok=False,
        fixed=GOOD,
    ),
    "text-before-and-after-json": Case(
        f'{{"value": "{GOOD}"}}',
        [("text-before", (0, 10)), ("surrounding-quotes", (10, 11)), ("text-after", (46, 47))],
        ok=False,
        fixed=GOOD,
    ),
    "text-before-and-after-parentheses": Case(
        f'_smtp._tls IN TXT ( "{V};"\n "rua={A}" )',
        [
            ("zone-line", (0, 18)),
            ("text-before", (18, 20)),
            ("surrounding-quotes", (20, 21)),
            ("text-after", (59, 61)),
        ],
        ok=False,
        fixed=GOOD,
    ),
    "not-text-before-without-quotes": Case(
        f"note=x {GOOD}",
        [
            ("missing-version", (0, 0)),
            ("bad-extension-value", (6, 7)),
            ("bad-extension-value", (8, 9)),
        ],
        ok=False,
        fixed=None,
    ),
    "text-after-ttl": Case(
        f'"{GOOD}" 3600',
        [("surrounding-quotes", (0, 1)), ("text-after", (36, 41))],
        ok=False,
        fixed=GOOD,
    ),
    "text-after-comment": Case(
        f'"{GOOD}" ; proxied=no',
        [("surrounding-quotes", (0, 1)), ("text-after", (36, 49))],
        ok=False,
        fixed=GOOD,
    ),
    "text-after-without-white-space-is-kept": Case(
        f'"{V}; rua={B}"//d.example',
        [("surrounding-quotes", (0, 1)), ("uri-character", (46, 47))],
        ok=False,
        fixed=None,
    ),
    "an-endpoint-after-quotes-is-kept": Case(
        f'"{GOOD}" {C}',
        [("surrounding-quotes", (0, 1)), ("uris-badly-parted", (36, 37))],
        ok=False,
        fixed=PAIR,
    ),
    "a-list-after-quotes-is-kept": Case(
        f'"{GOOD}",{C}',
        [("surrounding-quotes", (0, 1))],
        ok=False,
        fixed=PAIR,
    ),
    "other-record-after": Case(
        f'"{GOOD}"\n"v=spf1 -all"',
        [("surrounding-quotes", (0, 1)), ("other-record", (37, 50))],
        ok=False,
        fixed=GOOD,
    ),
    "other-record-before": Case(
        f'"v=spf1 -all" "{V}; rua={A}"',
        [("surrounding-quotes", (0, 1)), ("other-record", (0, 14))],
        ok=False,
        fixed=GOOD,
    ),
    "strings-of-one-record-a-line-each": Case(
        f'"{V};"\n"rua={A}"',
        [("surrounding-quotes", (0, 1))],
        ok=False,
        fixed=GOOD,
    ),
    "several-records-without-quotes": Case(
        f"{GOOD}\n{GOOD}",
        [("several-records", (35, 45)), ("repeated-rua", (51, 69))],
        ok=False,
        fixed=None,
    ),
    "several-records-parted-by-space": Case(
        f"{GOOD} {V}; rua={C}",
        [("several-records", (35, 45)), ("repeated-rua", (51, 69))],
        ok=False,
        fixed=None,
    ),
    "several-records-in-adjacent-quotes": Case(
        f'"{GOOD}""{GOOD}"',
        [("surrounding-quotes", (0, 1)), ("several-records", (36, 72))],
        ok=False,
        fixed=None,
    ),
    "several-records-of-other-kinds": Case(
        '"v=spf1 -all"\n"v=DMARC1; p=none"',
        [("surrounding-quotes", (0, 1)), ("several-records", (14, 32))],
        ok=False,
        fixed=None,
    ),
    "surrounding-quotes-escaped": Case(
        f'\\"{GOOD}\\"',
        [("surrounding-quotes", (0, 2))],
        ok=False,
        fixed=GOOD,
    ),
    "surrounding-quotes-twice-escaped": Case(
        f'"\\"{GOOD}\\""',
        [("surrounding-quotes", (0, 1)), ("surrounding-quotes", (1, 3))],
        ok=False,
        fixed=GOOD,
    ),
    "surrounding-quotes-german": Case(
        f"\u201e{GOOD}\u201c",
        [("surrounding-quotes", (0, 1))],
        ok=False,
        fixed=GOOD,
    ),
    "line-end-escaped": Case(
        f'"{GOOD}\\n"',
        [("surrounding-quotes", (0, 1)), ("line-end", (35, 37))],
        ok=False,
        fixed=GOOD,
    ),
    "escape-of-an-octet": Case(
        f'"{V}; rua=mailto:\\195\\188@b.example"',
        [("surrounding-quotes", (0, 1)), ("not-utf-8", (24, 28)), ("not-utf-8", (28, 32))],
        ok=False,
        fixed=None,
    ),
    "escape-that-is-none": Case(
        f'"{GOOD}\\300"',
        [("surrounding-quotes", (0, 1)), ("uri-character", (35, 36))],
        ok=False,
        fixed=None,
    ),
    "control-character-in-version": Case(
        f"v=TLS\u200bRPTv1; rua={A}",
        [("control-character", (5, 6))],
        ok=False,
        fixed=GOOD,
    ),
    "control-character-in-quotes": Case(
        f'"{GOOD}\u200b"',
        [("surrounding-quotes", (0, 1)), ("control-character", (35, 36))],
        ok=False,
        fixed=GOOD,
    ),
    "control-character-of-ascii": Case(
        f"{V}; rua=mailto:a\x00@b.example",
        [("control-character", (24, 25))],
        ok=False,
        fixed=None,
    ),
    "misspelt-version-quoted": Case(
        f'v="TLSRPTv1"; rua="{A}"',
        [("misspelt-version", (0, 12)), ("wrapped-uri", (18, 38))],
        ok=False,
        fixed=GOOD,
    ),
    "misspelt-version-twice": Case(
        f"v={V}; rua={A}",
        [("misspelt-version", (0, 12))],
        ok=False,
        fixed=GOOD,
    ),
    "misspelt-version-letter-for-number": Case(
        f"v=TLSRPTvl; rua={A}",
        [("misspelt-version", (0, 10))],
        ok=False,
        fixed=GOOD,
    ),
    "unknown-version-roman": Case(
        f"v=TLSRPTvII; rua={A}",
        [("unknown-version", (0, 11))],
        ok=False,
        fixed=None,
    ),
    "unknown-version-with-a-letter-more": Case(
        f"{V}a; rua={A}",
        [("unknown-version", (0, 11))],
        ok=False,
        fixed=None,
    ),
    "misspelt-rua-as-near-to-ruf": Case(
        f"{V}; rufa={A}",
        [("other-rua", (12, 35)), ("missing-rua", (35, 35))],
        ok=False,
        fixed=None,
    ),
    "unknown-version-before-a-backslash": Case(
        f"{V}tt1\x1a\\",
        [
            ("unknown-version", (0, 13)),
            ("missing-delimiter", (13, 14)),
            ("field-without-equals", (14, 15)),
            ("missing-rua", (15, 15)),
        ],
        ok=False,
        fixed=None,
    ),
    "other-rua-misspelt": Case(
        f"{GOOD}; rau={C}",
        [("other-rua", (36, 58))],
        ok=True,
        fixed=f"{GOOD}; rau={C}",
    ),
    "other-rua-bare": Case(
        f"{GOOD}; to=c@d.example",
        [("other-rua", (36, 50))],
        ok=True,
        fixed=f"{GOOD}; to=c@d.example",
    ),
    "misspelt-version-without-equals": Case(
        f"v-TLSRPTv1; rua={A}",
        [("misspelt-version", (0, 10))],
        ok=False,
        fixed=GOOD,
    ),
    "missing-delimiter-full-stop": Case(
        f"{V}. rua={A}",
        [("missing-delimiter", (10, 12))],
        ok=False,
        fixed=GOOD,
    ),
    "missing-scheme-cyrillic": Case(
        f"{V}; rua=m\u0430ilto:tls@b.example",
        [("missing-scheme", (16, 36)), ("non-ascii", (17, 18))],
        ok=False,
        fixed=None,
    ),
    "field-without-equals-that-is-no-name": Case(
        f"{GOOD}; # note",
        [("field-without-equals", (36, 42))],
        ok=False,
        fixed=None,
    ),
    "bad-extension-value-each": Case(
        f"{GOOD}; x=a b=c",
        [("bad-extension-value", (39, 40)), ("bad-extension-value", (41, 42))],
        ok=False,
        fixed=None,
    ),
    "uri-outside-rua-address": Case(
        f"{V}; a@b.example",
        [("uri-outside-rua", (12, 23)), ("bare-address", (12, 23))],
        ok=False,
        fixed=GOOD,
    ),
    "uris-badly-parted-by-a-bar": Case(
        f"{GOOD}|{C}",
        [("uris-badly-parted", (34, 35))],
        ok=False,
        fixed=PAIR,
    ),
    "uris-badly-parted-by-a-word": Case(
        f"{GOOD} and {C}",
        [("uris-badly-parted", (34, 39))],
        ok=False,
        fixed=PAIR,
    ),
    "a-mailbox-torn-in-two-is-not-mended": Case(
        f"{V}; rua=mailto:tls reports@b.example",
        [("uri-white-space", (26, 27))],
        ok=False,
        fixed=None,
    ),
    "an-empty-mailto-is-no-part-of-a-list": Case(
        f"{GOOD} mailto:",
        [("uri-white-space", (34, 35))],
        ok=False,
        fixed=None,
    ),
    "uri-white-space-around": Case(
        f"{V}; rua=\n{A}",
        [("uri-white-space", (16, 17))],
        ok=False,
        fixed=GOOD,
    ),
    "bare-address-non-ascii": Case(
        f"{V}; rua=b\u00fcro@b.example",
        [("bare-address", (16, 30))],
        ok=False,
        fixed="v=TLSRPTv1; rua=mailto:b%C3%BCro@b.example",
    ),
    "bare-address-that-is-still-bad": Case(
        f"{V}; rua=a@192.0.2.1",
        [("bare-address", (16, 27)), ("bad-uri", (16, 27))],
        ok=False,
        fixed=None,
    ),
    "missing-scheme-run-together": Case(
        f"{V}; rua=mailtoa@b.example",
        [("missing-scheme", (16, 33))],
        ok=False,
        fixed=None,
    ),
    "misspelt-scheme-equals": Case(
        f"{V}; rua=mailto=a@b.example",
        [("misspelt-scheme", (16, 23))],
        ok=False,
        fixed=GOOD,
    ),
    "misspelt-scheme-space": Case(
        f"{V}; rua=mailto a@b.example",
        [("misspelt-scheme", (16, 23))],
        ok=False,
        fixed=GOOD,
    ),
    "misspelt-scheme-mail-to": Case(
        f"{V}; rua=mail to: a@b.example",
        [("misspelt-scheme", (16, 25))],
        ok=False,
        fixed=GOOD,
    ),
    "misspelt-scheme-email": Case(
        f"{V}; rua=email:a@b.example",
        [("misspelt-scheme", (16, 22)), ("no-destination", (16, 33))],
        ok=False,
        fixed=GOOD,
    ),
    "misspelt-scheme-doubled": Case(
        f"{V}; rua=mailto:mailto:a@b.example",
        [("misspelt-scheme", (16, 30)), ("no-destination", (16, 41))],
        ok=False,
        fixed=GOOD,
    ),
    "misspelt-scheme-doubled-of-a-url": Case(
        f"{V}; rua=https://{B}",
        [("misspelt-scheme", (16, 32))],
        ok=True,
        fixed=f"{V}; rua={B}",
    ),
    "misspelt-scheme-without-colon": Case(
        f"{V}; rua=https//reports.google.com/v1",
        [("misspelt-scheme", (16, 23))],
        ok=False,
        fixed=f"{V}; rua={B}",
    ),
    "misspelt-scheme-one-slash": Case(
        f"{V}; rua=https:/reports.google.com/v1",
        [("misspelt-scheme", (16, 23)), ("no-destination", (16, 44))],
        ok=False,
        fixed=f"{V}; rua={B}",
    ),
    "misspelt-scheme-one-slash-and-a-bad-host": Case(
        f"{V}; rua=https:/a_b.google.com/",
        [("misspelt-scheme", (16, 23)), ("no-destination", (16, 38))],
        ok=False,
        fixed=None,
    ),
    "misspelt-scheme-backslashes": Case(
        f"{V}; rua=https:\\\\reports.google.com/v1",
        [("misspelt-scheme", (16, 24))],
        ok=False,
        fixed=f"{V}; rua={B}",
    ),
    "misspelt-scheme-that-is-still-bad": Case(
        f"{V}; rua=https//a_b.google.com/",
        [("misspelt-scheme", (16, 23)), ("bad-uri", (16, 38))],
        ok=False,
        fixed=None,
    ),
    "missing-scheme-http-or-https": Case(
        f"{V}; rua=http//reports.google.com/v1",
        [("missing-scheme", (16, 43))],
        ok=False,
        fixed=None,
    ),
    "non-ascii-dash": Case(
        f"{V}; rua=mailto:a\u2013z@b.example",
        [("non-ascii", (24, 25))],
        ok=False,
        fixed=None,
    ),
    "non-ascii-look-alike": Case(
        f"{V}; rua=mailto:a@\u0430bc.example",
        [("non-ascii", (25, 26))],
        ok=False,
        fixed=None,
    ),
    "non-ascii-ligature": Case(
        f"{V}; rua=mailto:\ufb01@b.example",
        [("non-ascii", (23, 24))],
        ok=False,
        fixed=None,
    ),
    "non-ascii-other-script": Case(
        f"{V}; rua=mailto:a@\u0431\u0430.example",
        [("non-ascii", (25, 26)), ("non-ascii", (26, 27))],
        ok=False,
        fixed="v=TLSRPTv1; rua=mailto:a@xn--80ab.example",
    ),
    "several-characters": Case(
        f"{V}; rua={B}/\u00fc|%zz",
        [("non-ascii", (46, 47)), ("uri-character", (47, 48)), ("bad-percent-encoding", (48, 51))],
        ok=False,
        fixed=None,
    ),
    "dmarc-size-limit-of-a-url": Case(
        f"{V}; rua={B}!10M",
        [("dmarc-size-limit", (45, 49))],
        ok=False,
        fixed=f"{V}; rua={B}",
    ),
    "an-exclamation-mark-in-a-url": Case(
        f"{V}; rua={B}/go!1",
        [("unencoded-character", (48, 49))],
        ok=False,
        fixed="v=TLSRPTv1; rua=https://reports.google.com/v1/go%211",
    ),
    "wrapped-uri-link": Case(
        f"{V}; rua=[a@b.example]({A})",
        [("wrapped-uri", (16, 49))],
        ok=False,
        fixed=GOOD,
    ),
    "wrapped-uri-of-a-mail-program": Case(
        f"{V}; rua={A}<{A}>,c@d.example<{C}>,{B}<{B}>",
        [("wrapped-uri", (16, 54)), ("wrapped-uri", (55, 86)), ("wrapped-uri", (87, 147))],
        ok=False,
        fixed=f"{GOOD},{C},{B}",
    ),
    "wrapped-list": Case(
        f"{V}; rua= ['{A}', \"{C}\"]",
        [
            ("white-space-around-equals", (16, 17)),
            ("wrapped-uri", (17, 61)),
            ("wrapped-uri", (18, 38)),
            ("comma-white-space", (38, 40)),
            ("wrapped-uri", (40, 60)),
        ],
        ok=False,
        fixed=PAIR,
    ),
    "several-records-beside-another": Case(
        f'"v=spf1 -all" "{V}; rua=" "{B}" "MS=ms1"',
        [("surrounding-quotes", (0, 1)), ("several-records", (65, 73))],
        ok=False,
        fixed=None,
    ),
    "second-version-by-its-long-name": Case(
        f"v=TLSRPT; Version=2; rua={A}",
        [
            ("misspelt-version", (0, 8)),
            ("unknown-extension", (10, 19)),
            ("rua-not-first", (25, 43)),
        ],
        ok=False,
        fixed=None,
    ),
    "second-version-beside-a-misspelt-one": Case(
        f"v=TLSRPT; v=2; rua={A}",
        [("misspelt-version", (0, 8)), ("repeated-version", (10, 13)), ("rua-not-first", (19, 37))],
        ok=False,
        fixed=None,
    ),
    "uri-within-uri-for-a-host": Case(
        f"{V}; rua=<https://http://r.google.com/>",
        [("wrapped-uri", (16, 46)), ("uri-within-uri", (25, 45))],
        ok=False,
        fixed=None,
    ),
    "uri-within-uri-for-a-sound-host": Case(
        f"{GOOD},https://mailto:c@d.example",
        [("uri-within-uri", (43, 61))],
        ok=True,
        fixed=f"{GOOD},https://mailto:c@d.example",
    ),
    "wrapped-uri-equals": Case(
        f"{V}; rua=={A}",
        [("wrapped-uri", (16, 35))],
        ok=False,
        fixed=GOOD,
    ),
    "escaped-semicolons-throughout": Case(
        f"{V}\\; x=1\\; rua={A}",
        [
            ("escaped-semicolon", (10, 11)),
            ("unknown-extension", (13, 16)),
            ("rua-not-first", (23, 41)),
        ],
        ok=False,
        fixed=f"{GOOD}; x=1",
    ),
    "misspelt-rua-each": Case(
        f"{V}; rau={A}; ruaa={C}",
        [("misspelt-rua", (12, 15)), ("misspelt-rua", (36, 40)), ("repeated-rua", (41, 59))],
        ok=False,
        fixed=PAIR,
    ),
    "non-ascii-greek-look-alike": Case(
        f"{V}; rua=mailto:a@\u03b1bc.example", [("non-ascii", (25, 26))], ok=False, fixed=None
    ),
    "escaped-comma": Case(
        f"{GOOD}\\,{C}",
        [("escaped-semicolon", (34, 35))],
        ok=False,
        fixed=None,
    ),
    "uri-within-uri-run-together": Case(
        f"{GOOD}{C}",
        [("bad-mailbox", (16, 52)), ("no-destination", (16, 52)), ("uri-within-uri", (34, 52))],
        ok=False,
        fixed=None,
    ),
    "several-records-unquoted-a-line-each": Case(
        f"{GOOD};\nv=STSv1; id=1",
        [
            ("stray-character", (35, 36)),
            ("several-records", (36, 43)),
            ("repeated-version", (36, 43)),
            ("foreign-field", (45, 49)),
        ],
        ok=False,
        fixed=None,
    ),
    "other-record-unquoted": Case(
        f"{GOOD};\ngoogle-verification=abc",
        [
            ("stray-character", (35, 36)),
            ("other-record", (36, 59)),
            ("unknown-extension", (36, 59)),
        ],
        ok=False,
        fixed=None,
    ),
    "several-records-or-strings": Case(
        f'"{GOOD}"\n"rua={C}"',
        [("surrounding-quotes", (0, 1)), ("several-records", (37, 61))],
        ok=False,
        fixed=None,
    ),
    "text-after-single-quotes": Case(
        f"'{GOOD}' );",
        [("surrounding-quotes", (0, 1)), ("text-after", (36, 39))],
        ok=False,
        fixed=GOOD,
    ),
    "bad-mailbox-address-literal-encoded": Case(
        f"{GOOD},mailto:c@%5B192.0.2.1%5D",
        [("bad-mailbox", (35, 59))],
        ok=True,
        fixed=f"{GOOD},mailto:c@%5B192.0.2.1%5D",
    ),
    "several-records-glued": Case(
        f"{GOOD}{V}; rua={C}",
        [("bad-mailbox", (25, 44)), ("several-records", (34, 44)), ("repeated-rua", (50, 68))],
        ok=True,
        fixed=None,
    ),
    "uri-within-uri-in-a-query": Case(
        f"{V}; rua={B}?to={B}",
        [],
        ok=True,
        fixed="v=TLSRPTv1; rua=https://reports.google.com/v1?to=https://reports.google.com/v1",
    ),
    "repeated-destination-mended": Case(
        f"{GOOD},a@b.example",
        [("bare-address", (35, 46)), ("repeated-destination", (35, 46))],
        ok=False,
        fixed=f"{GOOD},mailto:a@b.example",
    ),
    "repeated-version-of-another-kind": Case(
        f"{GOOD}; v=DMARC1",
        [("repeated-version", (36, 44))],
        ok=True,
        fixed=f"{GOOD}; v=DMARC1",
    ),
    "an-exchange-of-everything": Case(
        "\u201cv=TLSRPT1, rua= a@b.example;\u201d",
        [
            ("surrounding-quotes", (0, 1)),
            ("misspelt-version", (1, 10)),
            ("missing-delimiter", (10, 12)),
            ("white-space-around-equals", (16, 17)),
            ("bare-address", (17, 28)),
        ],
        ok=False,
        fixed=GOOD,
    ),
}


def places(result: CheckResult) -> list[tuple[str, tuple[int, int]]]:
    return [(finding.code, finding.span) for finding in result.findings]


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_found_and_what_was_meant(case: Case) -> None:
    result = check(case.text)
    assert places(result) == case.findings
    assert (result.ok, result.fixed) == (case.ok, case.fixed)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        BOTH,
        f"{V};rua={A}",
        f"{V};\trua={A};",
        f"{GOOD} ; ",
        GOOD.encode(),
        "v=TLSRPTv1;rua=mailto:sts-reports@google.com",
        "v=TLSRPTv1; rua=MAILTO:Tls-Reports@Example.COM",
        "v=TLSRPTv1; rua=mailto:tls%2Breports@xn--bcher-kva.example",
        "v=TLSRPTv1; rua=https://192.0.0.9:8443/v1?a=b",
        "v=TLSRPTv1; rua=https://[2606:4700::1111]/v1",
        sized(255),
    ],
)
def test_a_plain_good_record_draws_nothing(text: str | bytes) -> None:
    result = check(text)
    assert result == CheckResult(
        ok=True,
        record=TLSRPTRecord.parse(text),
        findings=(),
        fixed=TLSRPTRecord.parse(text).value,
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            '"V = TSLRPTv1 ; RUA = tls@example.com, " ',
            [
                "surrounding-quotes",
                "version-white-space",
                "misspelt-version",
                "rua-case",
                "white-space-around-equals",
                "bare-address",
                "empty-uri",
                "outer-white-space",
                "outer-white-space",
            ],
        ),
        (
            '_smtp._tls.example.com. TXT "v=tlsrptv1" "\\059RUA=" "<tls@example.com>" ";;"\n',
            [
                "zone-line",
                "surrounding-quotes",
                "version-case",
                "rua-case",
                "wrapped-uri",
                "bare-address",
                "empty-field",
                "line-end",
            ],
        ),
    ],
)
def test_all_that_needs_no_guessing_is_mended_together(text: str, found: list[str]) -> None:
    result = check(text)
    assert codes(result) == found
    assert result.fixed == "v=TLSRPTv1; rua=mailto:tls@example.com"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("v=spf1 -all", "SPF"),
        ("V=DMARC1;p=none", "DMARC"),
        ("v=STSv1; id=1;", "MTA-STS"),
        ("v=BIMI1;", "BIMI"),
        ("v=DKIM1; p=", "DKIM"),
        ('"v=spf1 -all"', "SPF"),
    ],
)
def test_a_record_of_another_kind_is_called_by_its_name(text: str, kind: str) -> None:
    result = check(text)
    assert [error.message for error in result.errors][-1].endswith(f" {kind}")
    assert (result.record, result.fixed) == (None, None)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("localhost", "special use"),
        ("localhost.", "special use"),
        ("r.localhost", "special use"),
        ("r.test", "special use"),
        ("r.invalid", "special use"),
        ("r.example", "special use"),
        ("example.com", "special use"),
        ("r.example.net", "special use"),
        ("printer.local", "special use"),
        ("r.onion", "special use"),
        ("r.internal", "special use"),
        ("router.home.arpa", "special use"),
        ("R%2EExample", "special use"),
        ("reports", "single label"),
        ("127.0.0.1", "loopback"),
        ("[::1]", "loopback"),
        ("169.254.0.1", "link-local"),
        ("[fe80::1]", "link-local"),
        ("10.0.0.1", "private"),
        ("192.168.0.1", "private"),
        ("[fd00::1]", "private"),
        ("100.64.0.1", "no public"),
        ("224.0.0.1", "no public"),
        ("256.1.1.1", "no host name"),
        ("01.2.3.4", "no host name"),
        ("a_b.google.com", "no host name"),
        ("%FF.google.com", "no host name"),
        ("[v1.a]", "no host name"),
    ],
)
def test_hosts_that_senders_cannot_reach(host: str, reason: str) -> None:
    text = f"{V}; rua=https://u@{host}:443/"
    warning = check(text).findings[-1]
    assert (warning.code, warning.severity) == ("unreachable-host", "warning")
    assert text[slice(*warning.span)] == host
    assert reason in warning.message


@pytest.mark.parametrize(
    "suffix",
    [
        *(".example", ".example.com", ".example.net", ".example.org", ".test", ".localhost"),
        *(".invalid", ".local", ".onion", ".alt", ".internal", ".home.arpa"),
    ],
)
def test_names_of_special_use(suffix: str) -> None:
    for host in (f"r{suffix}", suffix.removeprefix(".")):
        assert [f.code for f in check(f"{V}; rua=https://{host}/").findings] == ["unreachable-host"]


@pytest.mark.parametrize(
    "host",
    [
        "google.com",
        "r.google.com.",
        "notexample.com",
        "8.8.8.8",
        "[2606:4700::1111]",
        "xn--ls8h.la",
    ],
)
def test_hosts_that_senders_can_reach(host: str) -> None:
    assert check(f"{V}; rua=https://{host}/").findings == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"{V}; rua={A},c@d.example", GOOD),
        (f"{V}; rua=c@d.example", None),
        (f"{V}; rua={A},{B}/%zz,{C}", PAIR),
        (f"{V}; rua={A}; note; x=1", f"{GOOD}; x=1"),
        (f"v=TSLRPTv1; rua={A}", GOOD),
        (f"{V} RUA = {A}!10m", GOOD),
        (f"rua={A}", GOOD),
        (f"{V}; rua=ftp://example.com/", f"{V}; rua=ftp://example.com/"),
        (f"v=TLSRPTv2; rua={A}", None),
        (f"v=DMARC1; rua={A}", None),
        (f"{V}; ruf={A}", None),
        (f"p=none; rua={A}", None),
        (V, None),
        ("", None),
        (sized(65_280), None),
    ],
)
def test_what_a_forgiving_reader_takes(text: str, value: str | None) -> None:
    record = check(text).record
    assert (None if record is None else record.value) == value


@pytest.mark.parametrize(
    ("longest", "longer"),
    [
        (f"{64 * 'a'}@b.example", f"{65 * 'a'}@b.example"),
        (f"a@{126 * 'b.'}c", f"a@{126 * 'b.'}cc"),
    ],
)
def test_a_mailbox_that_is_too_long_is_no_destination(longest: str, longer: str) -> None:
    """RFC 5321 section 4.5.3.1.1, RFC 1035 section 2.3.4."""
    assert check(f"{V}; rua=mailto:{longest}").ok
    result = check(f"{V}; rua=mailto:{longer}")
    assert not result.ok
    assert {"bad-mailbox", "no-destination"} <= set(codes(result))


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("DMARC", "p sp np pct adkim aspf fo rf ri ruf psd t"),
        ("MTA-STS", "id mode mx max_age"),
    ],
)
def test_fields_of_other_records(kind: str, names: str) -> None:
    for name in [*names.split(), *names.upper().split()]:
        (finding,) = check(f"{GOOD}; {name}=x").findings
        assert (finding.code, finding.message.split()[5]) == ("foreign-field", f"{kind};")


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (256, "256 octets need 2 strings"),
        (471, "some 513 octets, over classic UDP's 512"),
        (1177, "some 1233 octets, over the 1,232"),
        (65_280, "65280 octets are more than one TXT record can hold (65279)"),
    ],
)
def test_lengths_are_told_in_octets(octets: int, said: str) -> None:
    assert said in check(sized(octets)).findings[-1].message


def test_a_version_of_two_slips() -> None:
    assert check(f"v=TSLPRTv1; rua={A}").fixed == GOOD
    assert check(f"v=TRLPSTv1; rua={A}").fixed is None


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (f'"{GOOD},"\n"{C}"', PAIR),
        (f'"{GOOD},{C[:8]}"\n"{C[8:]}"', None),
        (f'"{V}; rua={B}?" "v=2"', f"{V}; rua={B}?v=2"),
        (f'"{V}; rua={B}" "x', f"{V}; rua={B}x"),
        (f'"{V}; rua=mailto:\\tls@b.example"', f"{V}; rua=mailto:tls@b.example"),
        (f'"{V};"rua={A}', GOOD),
        (f'"{V}"; "rua={A}"', GOOD),
        (f'""{GOOD}""', GOOD),
        (f'"{GOOD}" ) ; by hand', GOOD),
        (f'"{GOOD}." com', None),
        (f'"{GOOD}" .com', None),
        (f'"{GOOD}"3600', None),
        (f'"{V}; rua={B}":', None),
        (f'"{V}; rua={B}"=', None),
        (f'"{V}; rua={B}" /more', None),
        (f'"{V}; rua={B}"c@d.example', None),
        (f'"{V}; rua={B}"//d.example', None),
        (f'"{V}; rua={B}"b.c "{C}"', None),
        (f'"{V}; rua={B}" b"{C}"', None),
        (f'"{GOOD}" ;{C}', None),
        (f'"{GOOD}" # by hand', GOOD),
        (f'"{GOOD}" // by hand', GOOD),
        (f'"{GOOD}",3600', GOOD),
        (f'"{V}; rua={B}" "https://r.example.net/"', f"{V}; rua={B},https://r.example.net/"),
        (f'"{GOOD}" "{C}"', PAIR),
        (f'"{GOOD}""{C}"', None),
        (f'"{GOOD}; x=a"b', None),
        (f'"{GOOD}"\n"rua={C}"', None),
        (f'"{GOOD};"\n"x=1"', None),
        (f'"{GOOD}; "\n"MS=ms1"', None),
        (f'"{V}; rua="\n"{A}"', GOOD),
        (f'"{V}; "\n"rua={A}"', GOOD),
        (f'"{GOOD}"\n",{C}"', PAIR),
        (f'"{GOOD}" "v=TLSRPTv1 ; rua={C}"', None),
        (f'"{GOOD},"\n"v=spf1@b.example"', None),
        (f'"{V}; rua={B}?a=1\\u0026b=2"', None),
        (f'"{V}; rua={B}\\x41"', None),
        (f'"{GOOD}" ;mailto:d.example', None),
        (f'"{GOOD}" ; changed in February', GOOD),
        (f'February: "{GOOD}"', GOOD),
        (f'"{V};  "\n"rua={A}"', GOOD),
        (f'"{GOOD}"\n{B}', None),
        (f'"{GOOD}"\n<{B}>', None),
        (f'"{GOOD}"\n{C}', None),
        (f'"{GOOD}"\n,{C}', PAIR),
        (f'"{GOOD},"\n{C}', PAIR),
        (f'"{V}; rua={B}?" "{V}; rua={B}"', None),
        (f'"{V}; rua={B}/" "{V}; rua={B}"', None),
        (f'"{V}; rua={B}/" "v=spf1 -all"', f"{V}; rua={B}/"),
        (f'"{V}; rua={B}?k=" "v=spf1"', f"{V}; rua={B}?k=v=spf1"),
        (f'"{V}; rua={B}/?" "v=sts1;a=b"', f"{V}; rua={B}/?v=sts1; a=b"),
        (f'"{V}; rua="\n"v=spf1 -all"', None),
        (f'"{GOOD}"\n;"rua={C}"', None),
        (f'"{GOOD}"\n; "rua={C}"', None),
        (f'("{GOOD}," ; "{C},"\n"{B}")', None),
        (f'("{GOOD}"\n;",{C}"\n)', None),
        (f'"{GOOD}" ; "{B}"', None),
        (f'( "{V};" ; x=1\n "rua={A}" )', None),
        (f'"v=spf1 -all" "{V}; rua={B}" "MS=ms1"', None),
        (f'"v=spf1 -all" "{V}; rua={B}/" "MS=ms1"', None),
        (f'"v=spf1 -all" "{GOOD};" "MS=ms1"', None),
        (f'"MS=ms1" "{V}; rua={B}" "MS=ms2"', None),
        (f'"MS=ms1" "{V}; rua={B}"', f"{V}; rua={B}"),
        (f'"v=spf1 -all" "{V}; rua=" "{A}"', GOOD),
        (f'"v=spf1 -all"\n"{GOOD[:-4]}" "{GOOD[-4:]}"', GOOD),
        (f'IN TXT ( "{GOOD[:-4]}"\n "{GOOD[-4:]}" )', GOOD),
        (f'"{GOOD[:-4]}"\n "{GOOD[-4:]}"', None),
        (f'"""{GOOD}"""', GOOD),
        (f'"{V}; rua={B}?k=YWJj=="\n"google-site-verification=abc"', None),
        (f'"{V}; rua={B}?"\n"v=spf1 -all"', f"{V}; rua={B}?"),
        (f'"{V}; rua={B}/" "v=STSv1; id=1"', f"{V}; rua={B}/"),
        (f'<input value="{GOOD}">', GOOD),
        (f'"{GOOD}" 1h', GOOD),
        (f'Value: "{GOOD}"\nTTL: 3600', GOOD),
        (f"local-data: '_smtp._tls IN TXT \"{GOOD}\"'", GOOD),
    ],
)
def test_quoted_strings_are_joined_or_left_alone(text: str, fixed: str | None) -> None:
    """Nothing that may belong to an endpoint is dropped, and nothing is glued on (R12)."""
    assert check(text).fixed == fixed


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (f"{GOOD};\nv=DMARC1; p=none; rua={C}", None),
        (f"{GOOD};\r\n{V}; rua={C}", None),
        (f"{GOOD};\ngoogle-site-verification=abc", None),
        (f"{GOOD}\nv=STSv1; id=1", None),
        (f"{V};\nrua={A}", GOOD),
        (f"'{V}; rua={B}';", f"{V}; rua={B}"),
        (f"'{V}; rua={B}')", f"{V}; rua={B}"),
        (f"({V}; rua={B})", None),
        (f"**{V}; rua={B}**", None),
        (f"Use {V}; rua={B}.", None),
        (f"Use {V}; rua={B}", f"{V}; rua={B}"),
        (f"({V}; rua={B});", None),
        (f"({V}; rua={B}),", None),
        (f"**{V}; rua={B}**;", None),
        (f"~{V}; rua={B}~;", None),
        (f"Use ({V}; rua={B}); a=b", None),
        (f"Use {V}; rua={B}!", None),
        (f"Is it {V}; rua={B}?", None),
        (f"'{V}; rua={B}'; echo=1", f"{V}; rua={B}"),
        (f"'{V}; rua={B}', 300", f"{V}; rua={B}"),
        (f"'{V}; rua={B}'  # by hand", f"{V}; rua={B}"),
        (f"| _smtp._tls | TXT | `{V}; rua={B}` |", f"{V}; rua={B}"),
        (f"'{V}; rua={B}'.strip()", None),
        (f"x = '{V}; rua={B}'+path", None),
        (f"local-data: '_smtp._tls TXT {V}; rua={B}'", None),
        (f"'_smtp._tls 300 IN TXT {V}; rua={B}'", None),
        (f"*'{V}; rua={B}'*", f"{V}; rua={B}"),
        (f"rua={B}\\", None),
        (f"{V}\\; rua={B}\\", None),
        (f"'{V}; rua={B}'$RUA", None),
        (f"value '{V}; rua={B}''", None),
        (f"' {V}; rua={B} '", f"{V}; rua={B}"),
        (f"{V}\\; rua={A}; rua={C};", None),
        (f"the '{V}; rua={B}'-record", None),
        (f"'{V}; rua={B}'#ours", None),
        (f"'{V}; rua={B}',{A}", None),
        (f"'{V}; rua={B}''{A}'", None),
        (f"'{V}; rua={B}/it's", None),
        (f"`{V}; rua={B}'`", None),
        (f"content: '\"{V}; rua={B}\"'", f"{V}; rua={B}"),
        (f"export TXT='{V}; rua={B}'; a=b", f"{V}; rua={B}"),
        (f"set_txt('{V}; rua={B}' ); ttl=300", f"{V}; rua={B}"),
        (f"{V}\\; rua={A}", GOOD),
        (f"{V}\\; rua={A}\\;", GOOD),
        (f"{V}\\; rua={A};", GOOD),
        (f"{V}\\; rua={A}\\; x=1", f"{GOOD}; x=1"),
        (f"_smtp._tls 3600 IN TXT {V}\\; rua={A} ; c@d.example", None),
        (f"_smtp._tls 3600 IN TXT {V}\\; rua={A} ; {B}", None),
        (f"_smtp._tls 3600 IN TXT {V}\\; rua={A} ; x=1", None),
        (f"{GOOD}\n{B}", BOTH),
        (f"{GOOD}\n\n{B}", None),
        (f"{V}; rua={B}\\;b=c", None),
        (f"{V}; rua={B}\u00e9'", f"{V}; rua={B}%C3%A9'"),
        (f"{V}; rua=<{B}'>", f"{V}; rua={B}'"),
        (f"{V}; rua='tls'@b.example", None),
    ],
)
def test_what_stands_beside_is_told_from_the_record(text: str, fixed: str | None) -> None:
    """Other records, marks that close what was opened before, a backslash: taken off or left."""
    assert check(text).fixed == fixed


@pytest.mark.parametrize(
    ("value", "fixed"),
    [
        (f"{B}?to=a@b.example,c@d.example", None),
        (f"{A}?cc=a@b.example,c@d.example", None),
        (f"{B}?u={B}|{B}/2", None),
        (f"{B}?u={B} c@d.example", None),
        (f"{B}?u=1 {C}", f"{B}?u=1,{C}"),
        (f"{B}?u=1,{C}", f"{B}?u=1,{C}"),
        (f"{B}?u=1, mailto: c@d.example", None),
        (f"{B}?u=1;c@d.example", None),
        (f"{B}#u,c@d.example", None),
        (f"{A}?cc=b@b.example;c@d.example", None),
        (f"{B}?u=1,", f"{B}?u=1"),
        (f"{B}?u=ab!5k", f"{B}?u=ab%215k"),
        (f"{B}?to=1,email:c@d.example", None),
        (f"{B}?to=1;y=", None),
        (f"{B};y=", B),
        (f"{B}#a!10m", None),
        (f"{B}?to=a;{C}", None),
        (f"{B}?to=;{B}", None),
        (f"{B}#to;{C}", None),
        (f"{B}?to=a;rua={C}", f"{B}?to=a,{C}"),
        (f"{B};{C}", f"{B},{C}"),
    ],
)
def test_what_may_belong_to_a_query_stays_there(value: str, fixed: str | None) -> None:
    assert check(f"{V}; rua={value}").fixed == (fixed and f"{V}; rua={fixed}")


@pytest.mark.parametrize(
    "value",
    [
        f"'{A},{C}'",
        f"'{A} {C}'",
        f"({A}, {C})",
        f"[{A}, {C}]",
        f'["{A}","{C}"]',
        f"{A} AND {C}",
        f"{A} || {C}",
    ],
)
def test_marks_about_a_list_and_words_within_it(value: str) -> None:
    assert check(f"{V}; rua={value}").fixed == PAIR


def test_marks_about_a_list_are_named() -> None:
    assert "wrapped in [" in check(f"{V}; rua=[{A},{C}]").findings[0].message


@pytest.mark.parametrize("value", [f"'{A}',{C}'", f"[{A}],{C}]", f"({A},{B}(1))", f"[{A}, {C})"])
def test_marks_that_are_not_about_the_list(value: str) -> None:
    assert check(f"{V}; rua={value}").fixed is None


@pytest.mark.parametrize(
    ("value", "fixed"),
    [
        (f"{B}/john c@d.example", None),
        (f"{B}/john|c@d.example", None),
        (f"{B}/john and c@d.example", None),
        (f"{A} {B}/john c@d.example", None),
        (f"{B} {C}", f"{B},{C}"),
        (f"{B} <c@d.example>", f"{B},{C}"),
        (f"{B}|{C}", f"{B},{C}"),
        (f"{B}, c@d.example", f"{B},{C}"),
        (f"{A} c@d.example", f"{A},{C}"),
        (f"c@d.example {B}", f"{C},{B}"),
    ],
)
def test_what_may_belong_to_a_path_is_no_endpoint(value: str, fixed: str | None) -> None:
    result = check(f"{V}; rua={value}")
    assert result.fixed == (fixed and f"{V}; rua={fixed}")
    assert ("bare-address" in codes(result)) == ("mailto:c" not in value)


@pytest.mark.parametrize(
    "value", ["c|b@y.example", "&b@y.example", "+b@y.example", "!10mb@y.example"]
)
def test_a_separator_is_not_taken_for_a_part_of_a_mailbox(value: str) -> None:
    result = check(f"{GOOD},{value}")
    assert ("missing-scheme" in codes(result), result.fixed) == (True, None)


@pytest.mark.parametrize(
    "value", [f"{A}'|{C}", f"{A}&amp;c@d.example", "a@b.example,mailto:c", "a@b.example,https:///"]
)
def test_a_mended_list_has_no_broken_endpoint_left(value: str) -> None:
    assert check(f"{V}; rua={value}").fixed is None


@pytest.mark.parametrize("text", [f"({GOOD})", f"**{GOOD}**", f"Please publish {GOOD}."])
def test_text_before_is_told_where_nothing_is_mended(text: str) -> None:
    result = check(text)
    assert (codes(result), result.record, result.fixed) == (["text-before"], None, None)


def test_strings_with_nothing_in_them_are_no_other_records() -> None:
    assert set(codes(check(f'"""{GOOD}"""'))) == {"surrounding-quotes"}


def test_text_after_quotes_is_told() -> None:
    assert '");"' in check(f"'{GOOD}' );").findings[-1].message


def test_an_address_is_no_owner_of_a_zone_line() -> None:
    assert "zone-line" not in codes(check(f"ops@b.example TXT {GOOD}"))


@pytest.mark.parametrize("unit", ["", *"kmgtKMGT"])
def test_units_of_the_size_limit_of_dmarc(unit: str) -> None:
    assert check(f"{GOOD}!1{unit}").fixed == GOOD


@pytest.mark.parametrize(
    "wrapping",
    [
        "<>",
        "()",
        "[]",
        "{}",
        '""',
        "''",
        "``",
        "\u201c\u201d",
        "\u201e\u201c",
        "\u00ab\u00bb",
        "\u2018\u2019",
    ],
)
def test_wrappings_of_a_uri(wrapping: str) -> None:
    opener, closer = tuple(wrapping)
    result = check(f"{V}; rua={opener}{A}{closer}")
    assert (codes(result), result.fixed) == (["wrapped-uri"], GOOD)


def test_an_http_url_outside_of_rua() -> None:
    assert codes(check(f"{GOOD}; http://r.google.com/")) == ["uri-outside-rua", "http-scheme"]


def test_a_result_is_a_frozen_value() -> None:
    result = check(GOOD)
    with pytest.raises(FrozenInstanceError):
        result.ok = False  # type: ignore[misc]
    assert hash(result) == hash(check(GOOD))


def test_errors_and_warnings_are_the_findings() -> None:
    result = check(f"{V} ; rua={A},ftp://example.com/,c@d.example")
    assert codes(result) == ["space-before-semicolon", "unsupported-scheme", "bare-address"]
    assert result.errors == result.findings[2:]
    assert result.warnings == result.findings[:2]


@pytest.mark.parametrize(
    ("strings", "found"),
    [
        (["v=TLSRPTv1; rua=mailto:a@", "b.example"], []),
        ((b"v=TLSRPTv1; rua=mailto:a@", "b.example"), []),
        (dict.fromkeys([b"", GOOD.encode()]), []),
        ([], ["empty-record"]),
        ([b"v=TLSRPTv1; rua=mailto:\xc3", b"\xbc@b.example"], ["non-ascii"]),
        ([b"v=TLSRPTv1; rua=mailto:\xc3", b"@b.example"], ["not-utf-8"]),
    ],
)
def test_character_strings_are_joined(strings: Iterable[str | bytes], found: list[str]) -> None:
    assert codes(check(strings)) == found


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"v=TLSRPTv1; rua=mailto:a\xff@b.example", "the octet 0xFF"),
        (f"{GOOD}\x00", "U+0000"),
        (f"\u202e{GOOD}", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        (f"{V}; rua=mailto:a\x1b[2J@b.example", "U+001B"),
        (f"{GOOD}; x=\u200b1", "U+200B ZERO WIDTH SPACE"),
        (f"{V}; rua=mailto:\u00fc@b.example", "U+00FC LATIN SMALL LETTER U WITH DIAERESIS"),
    ],
)
def test_characters_are_named(text: str | bytes, named: str) -> None:
    (error,) = check(text).errors
    assert error.message.startswith(f"{named} ")


@pytest.mark.parametrize(
    ("octets", "domain", "code"),
    [
        (470, None, "several-strings"),
        (471, None, "udp-512"),
        (460, "b.example", "several-strings"),
        (461, "b.example", "udp-512"),
        (1176, None, "udp-512"),
        (1177, None, "udp-1232"),
        (1166, "b.example", "udp-512"),
        (1167, "b.example", "udp-1232"),
    ],
)
def test_the_size_of_the_answer(octets: int, domain: str | None, code: str) -> None:
    """The owner name stands in the question: with the domain, the answer is longer."""
    assert codes(check(sized(octets), domain=domain))[-1] == code


def test_the_domain_goes_into_the_record() -> None:
    record = check(f"v=TLSRPT1; rua={A}", domain="B\u00fccher.example.").record
    assert record is not None
    assert record.host == "_smtp._tls.xn--bcher-kva.example"


@pytest.mark.parametrize("domain", ["", "a@b.example", "_smtp._tls.b.example", "192.0.2.1"])
def test_a_domain_that_is_none(domain: str) -> None:
    with pytest.raises(InvalidDomainError):
        check("no record", domain=domain)


@pytest.mark.parametrize("text", [None, 1, [None], [[GOOD]]])
def test_text_of_the_wrong_type(text: str) -> None:
    with pytest.raises(TypeError):
        check(text)


def test_a_domain_of_the_wrong_type() -> None:
    with pytest.raises(TypeError):
        check(GOOD, domain=b"b.example")  # type: ignore[arg-type]


# --- Laws -----------------------------------------------------------------------------------------

# What makes a difference to a reader of records, sound and not.
FRAGMENTS: Final = st.sampled_from(
    [
        # versions, right, misspelt, and others'
        *(V, f"{V};", f"{V}; ", "v=TSLRPTv1;", "V = tlsrptv1 ;", "v=TLSRPT1", "v=TLSRPTv2;"),
        *("TLSRPTv1", "v=DMARC1;", "v=spf1 ", "v=STSv1", "version: ", "v", "v="),
        # names of fields
        *(
            "rua=",
            "rua =",
            "RUA=",
            "rau=",
            "ruf=",
            "rua:",
            "rua ",
            "note=x",
            "p=none",
            "note",
            "x=",
        ),
        # URIs and their parts, good and bad
        *(A, B, "mailto:", "mailto: ", "MAILTO:", "mailt:", "mailto://", "https://", "http://"),
        *(
            "htps://",
            "a@b.example",
            "c@d.example",
            "r.example/v1",
            "localhost",
            "[::1]",
            "127.0.0.1",
        ),
        *("u:p@", ":0", "?q", "#f", "%zz", "%2C", "!10m", "\u00fc", "@", "/", "%", "!"),
        # separators
        *(";", "; ", ",", ", ", " ", "\t", "\n", "\r\n", "\u00a0", "=", ":"),
        # quotes, escapes and zone files
        *('"', "'", "`", "\u201c", "\u201d", "<", ">", "\\", "\\;", "\\059", "\\034", '" "'),
        *("_smtp._tls.b.example. 300 IN TXT ", "_smtp-tlsrpt.b.example TXT ", "TXT "),
        # what cannot be seen
        *("\x00", "\x1b", "\u200b", "\u202e", "\ufeff", "\ud800", "\udcff"),
    ]
)
PIECED: Final = st.lists(FRAGMENTS, max_size=14).map("".join)
HEADED: Final = st.builds("{}; rua={}".format, st.sampled_from([V, "v=TLSRPT1", f'"{V}']), PIECED)
ANYTHING: Final = st.one_of(st.text(), PIECED, HEADED, TEXTS, mutated_texts(), st.binary())


def refusal(text: str | bytes) -> ParseError | None:
    """What `parse` has against a text."""
    try:
        TLSRPTRecord.parse(text)
    except ParseError as error:
        return error
    return None


def as_str(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")


@given(ANYTHING)
def test_law_6_ok_is_having_somewhere_to_send_reports(text: str | bytes) -> None:
    parsed = refusal(text) is None
    assert check(text).ok == (parsed and TLSRPTRecord.parse(text).destinations != ())


@given(received_texts())
def test_law_6_holds_for_what_is_in_the_grammar(text: str) -> None:
    result = check(text)
    assert result.record == TLSRPTRecord.parse(text)
    assert result.ok == (TLSRPTRecord.parse(text).destinations != ())


@given(ANYTHING)
def test_law_7_what_is_mended_is_sound_and_canonical(text: str | bytes) -> None:
    result = check(text)
    if result.fixed is not None:
        again = check(result.fixed)
        assert TLSRPTRecord.parse(result.fixed).value == result.fixed
        assert (again.ok, again.errors, again.fixed) == (True, (), result.fixed)


@given(mendable_texts())
def test_slips_that_take_no_guessing_are_mended_however_many(pair: tuple[str, str]) -> None:
    text, value = pair
    result = check(text)
    assert result.fixed == value
    assert result.ok == (result.errors == ())


@given(received_texts())
def test_what_is_sound_draws_no_error_however_it_is_spaced(text: str) -> None:
    """But where an endpoint is lost by a slip, or all are."""
    result = check(text)
    assert {error.code for error in result.errors} <= {"no-destination", "misspelt-scheme"}
    assert not (result.ok and any(error.code == "no-destination" for error in result.errors))


@given(ANYTHING)
def test_mending_drops_no_endpoint_that_works(text: str | bytes) -> None:
    result = check(text)
    if result.record is not None and result.fixed is not None:
        mended = TLSRPTRecord.parse(result.fixed).destinations
        assert set(result.record.destinations) <= set(mended)


@given(ANYTHING)
def test_findings_are_within_the_text(text: str | bytes) -> None:
    spans = [finding.span for finding in check(text).findings]
    assert all(0 <= start <= end <= len(as_str(text)) for start, end in spans)


@given(ANYTHING)
def test_findings_are_in_order_of_place(text: str | bytes) -> None:
    spans = [finding.span for finding in check(text).findings]
    assert spans == sorted(spans)


@given(ANYTHING)
def test_findings_are_fit_to_print(text: str | bytes) -> None:
    findings = check(text).findings
    assert all(finding.message.isprintable() for finding in findings)
    assert all(finding.hint.isprintable() for finding in findings)
    assert len(set(findings)) == len(findings)


@given(ANYTHING)
def test_parse_raises_the_first_mistake_that_check_finds(text: str | bytes) -> None:
    """Of the errors; what comes before it is a catch, or the loss of an endpoint in the grammar."""
    error = refusal(text)
    result = check(text)
    if error is None:
        assert result.record == TLSRPTRecord.parse(text)
    else:
        raised = Finding(error.code, "error", error.message, error.span, error.hint)
        before = result.findings[: result.findings.index(raised)]
        assert {early.code for early in before} <= IN_GRAMMAR
        assert (result.ok, error.text) == (False, as_str(text))


# What is found in records that are in the grammar.
IN_GRAMMAR: Final = {
    code for case in CASES.values() if refusal(case.text) is None for code, _ in case.findings
}


@given(TEXTS.filter(lambda text: not re.search("[\ud800-\udfff]", text)))
@example(f'"{GOOD}"')
def test_text_and_its_octets_are_the_same(text: str) -> None:
    assert check(text.encode()) == check(text) == check([text[:5].encode(), text[5:]])


@pytest.mark.parametrize(
    "pile",
    [
        lambda size: V + ";" * size,
        lambda size: f"{V};rua=" + "," * size,
        lambda size: f"{V};rua=" + " ," * (size // 2),
        lambda size: f"{V};rua=" + "a@b " * (size // 4),
        lambda size: V + ";RUA=a@b.c" * (size // 10),
        lambda size: V + "; x rua=a" * (size // 9),
        lambda size: '"' + "\\" * size,
        lambda size: '" ' * (size // 2),
        lambda size: "'" * size,
        lambda size: "a " * (size // 2),
        lambda size: "v" + " " * size,
        lambda size: f"{V};rua=" + "mailto:" * (size // 7),
    ],
)
def test_law_5_piles_of_mistakes_are_read_to_the_end(pile: Callable[[int], str]) -> None:
    text = pile(60_000)
    assert not check(text).ok
