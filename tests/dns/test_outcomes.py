"""Every outcome of a lookup, told apart from all others, in each way to ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, get_type_hints

import dns.flags
import dns.rcode
import pytest

from tests.dns.server import ADDRESS, NXDOMAIN, SILENCE, NameServer, Reply
from tlsrpt import TLSRPTRecord
from tlsrpt.dns import Lookup

if TYPE_CHECKING:
    from tests.dns.conftest import Ask

GOOD: Final = "v=TLSRPTv1; rua=mailto:tls@example.com"
OTHER: Final = "v=TLSRPTv1; rua=https://reports.example.net/v1"
SPACED: Final = "v=TLSRPTv1 ; rua=mailto:tls@example.com"
NEAR: Final = "v=TLSRPT1; rua=mailto:tls@example.com"
SPF: Final = "v=spf1 -all"
LONG: Final = "v=TLSRPTv1; rua=" + ",".join(f"mailto:tls{i}@example.com" for i in range(400))
FOUND: Final[dict[str, object]] = {"status": "found", "reason": None, "server": ADDRESS}
SERVFAIL: Final = Reply(rcode=dns.rcode.SERVFAIL)
VENDOR: Final = ("tls.vendor.example.", "r.vendor.example.")
# A chain that comes back to where it began.
LOOP: Final = ("a.example.", "_smtp._tls.example.com.")


def failed(reason: str) -> dict[str, object]:
    return {"status": "failed", "reason": reason, "check": None, "texts": ()}


def none(reason: str) -> dict[str, object]:
    return {"status": "none", "reason": reason, "check": None, "record": None}


def broken(reason: str) -> dict[str, object]:
    return {"status": "broken", "reason": reason, "record": None}


OUTCOMES: Final[dict[str, tuple[Reply, dict[str, object]]]] = {
    "found": (Reply(texts=(GOOD,)), {**FOUND, "texts": (GOOD,), "ttl": 300, "cnames": ()}),
    "found with whitespace": (Reply(texts=(SPACED,)), FOUND),
    "found beside others": (
        Reply(texts=(SPF, GOOD, "a=b")),
        {**FOUND, "texts": ("a=b", GOOD, SPF)},
    ),
    "found beside near misses": (Reply(texts=(NEAR, SPACED, GOOD)), FOUND),
    "found without use": (Reply(texts=("v=TLSRPTv1; rua=ftp://example.com",)), FOUND),
    "found by a CNAME": (
        Reply(texts=(GOOD,), cnames=VENDOR),
        {**FOUND, "cnames": ("tls.vendor.example", "r.vendor.example")},
    ),
    "found, 10 kB": (Reply(texts=(LONG,)), {**FOUND, "texts": (LONG,)}),
    "found with AD": (Reply(texts=(GOOD,), flags=dns.flags.AD), {**FOUND, "authenticated": True}),
    "found after a loss": (Reply(texts=(GOOD,), lost=1), FOUND),
    "found after a delay": (Reply(texts=(GOOD,), delay=0.1), FOUND),
    "nxdomain": (NXDOMAIN, {**none("nxdomain"), "ttl": 60, "server": None, "texts": ()}),
    "nxdomain after a CNAME": (
        Reply(rcode=dns.rcode.NXDOMAIN, cnames=("gone.example.",)),
        {**none("nxdomain"), "cnames": ("gone.example",)},
    ),
    "nxdomain without SOA": (
        Reply(rcode=dns.rcode.NXDOMAIN, negative_ttl=None),
        {**none("nxdomain"), "ttl": None},
    ),
    "nodata": (Reply(), {**none("nodata"), "ttl": 60, "server": ADDRESS}),
    "nodata with AD": (Reply(flags=dns.flags.AD), {**none("nodata"), "authenticated": True}),
    "nodata without SOA": (Reply(negative_ttl=None), {**none("nodata"), "ttl": None}),
    "nodata, SOA of another zone": (
        Reply(soa="vendor.example."),
        {**none("nodata"), "ttl": None},
    ),
    "nodata with SOA and NS": (Reply(referral=True), {**none("nodata"), "ttl": 60}),
    "nodata after a CNAME": (
        Reply(cnames=VENDOR, is_authority=True),
        {**none("nodata"), "cnames": ("tls.vendor.example", "r.vendor.example"), "ttl": 60},
    ),
    "nodata after a CNAME without SOA": (
        Reply(cnames=VENDOR, negative_ttl=None),
        {**none("nodata"), "ttl": None},
    ),
    "foreign": (Reply(texts=(SPF,)), {**none("foreign"), "texts": (SPF,), "ttl": 300}),
    "foreign, several": (Reply(texts=(SPF, "x")), {**none("foreign"), "texts": (SPF, "x")}),
    "foreign, empty": (Reply(texts=("",)), {**none("foreign"), "texts": ("",)}),
    "multiple": (
        Reply(texts=(OTHER, GOOD)),
        {"status": "multiple", "reason": None, "record": None, "texts": (OTHER, GOOD)},
    ),
    "multiple, broken": (
        Reply(texts=("v=TLSRPTv1;", "v=TLSRPTv1;x", SPF)),
        {"status": "multiple", "reason": None, "record": None},
    ),
    "broken": (Reply(texts=(NEAR,)), {**broken("misspelled-version"), "texts": (NEAR,)}),
    "broken beside others": (Reply(texts=(SPF, NEAR)), broken("misspelled-version")),
    "broken, discarded": (Reply(texts=(SPF, SPACED)), broken("whitespace-before-semicolon")),
    "broken, several": (
        Reply(texts=("v=TLSRPTv1, rua=mailto:a@example.com", NEAR)),
        broken("misspelled-version"),
    ),
    "broken, not UTF-8": (
        Reply(texts=(b"v=TLSRPTv1; rua=mailto:\xff@example.com",)),
        {"status": "broken", "texts": ("v=TLSRPTv1; rua=mailto:\udcff@example.com",)},
    ),
    "timeout": (SILENCE, {**failed("timeout"), "server": ADDRESS}),
    "wrong ID": (Reply(texts=(GOOD,), wrong_id=True), failed("timeout")),
    "garbage": (Reply(wire=b"\x81\x80garbage"), failed("timeout")),
    "servfail": (SERVFAIL, {**failed("servfail"), "server": ADDRESS}),
    "refused": (Reply(rcode=dns.rcode.REFUSED), failed("refused")),
    "bogus": (Reply(rcode=dns.rcode.SERVFAIL, extended_error=6), failed("bogus")),
    "bogus, indeterminate": (Reply(rcode=dns.rcode.SERVFAIL, extended_error=5), failed("bogus")),
    "bogus, NSEC missing": (Reply(rcode=dns.rcode.SERVFAIL, extended_error=12), failed("bogus")),
    "servfail, stale": (Reply(rcode=dns.rcode.SERVFAIL, extended_error=3), failed("servfail")),
    "servfail, cached": (Reply(rcode=dns.rcode.SERVFAIL, extended_error=13), failed("servfail")),
    "formerr": (Reply(rcode=dns.rcode.FORMERR), failed("invalid-answer")),
    "notimp": (Reply(rcode=dns.rcode.NOTIMP), failed("invalid-answer")),
    "CNAME loop": (
        Reply(cnames=10 * LOOP),
        {**failed("invalid-answer"), "cnames": ("a.example", "_smtp._tls.example.com")},
    ),
    "CNAME loop elsewhere": (
        Reply(cnames=("a.example.", "b.example.", "a.example."), rcode=dns.rcode.NXDOMAIN),
        {**failed("invalid-answer"), "cnames": ("a.example", "b.example", "a.example")},
    ),
    "CNAMEs that are too many": (
        Reply(texts=(GOOD,), cnames=tuple(f"{number}.example." for number in range(20))),
        {**failed("invalid-answer"), "cnames": ()},
    ),
    "CNAME that is not followed": (
        Reply(cnames=VENDOR, negative_ttl=None, is_authority=True),
        {**failed("invalid-answer"), "cnames": ("tls.vendor.example", "r.vendor.example")},
    ),
    "CNAME that is not followed, with the SOA of its own zone": (
        Reply(cnames=VENDOR, soa="example.com.", is_authority=True),
        {**failed("invalid-answer"), "cnames": ("tls.vendor.example", "r.vendor.example")},
    ),
    "referral": (
        Reply(negative_ttl=None, referral=True),
        {**failed("invalid-answer"), "cnames": ()},
    ),
    "answer for NXDOMAIN": (
        Reply(texts=(GOOD,), rcode=dns.rcode.NXDOMAIN),
        failed("invalid-answer"),
    ),
    "TCP, silent": (Reply(texts=(LONG,), tcp=SILENCE), failed("network")),
    "TCP, slow": (Reply(texts=(LONG,), tcp=Reply(delay=2)), failed("timeout")),
    "TCP, garbage": (Reply(texts=(LONG,), tcp=Reply(wire=b"x")), failed("invalid-answer")),
    "TCP, wrong ID": (
        Reply(texts=(LONG,), tcp=Reply(texts=(LONG,), wrong_id=True)),
        failed("invalid-answer"),
    ),
    "TCP, truncated": (
        Reply(texts=(LONG,), tcp=Reply(flags=dns.flags.TC)),
        failed("invalid-answer"),
    ),
}


@pytest.mark.parametrize(("reply", "expected"), OUTCOMES.values(), ids=OUTCOMES)
def test_outcome(ask: Ask, reply: Reply, expected: dict[str, object]) -> None:
    with NameServer({"example.com": reply}) as server:
        # This is long enough on loopback, and for two tries.
        asked = server.resolver
        asked.timeout = 0.5
        result = ask("Example.com.", resolver=asked, timeout=1)
    assert (result.domain, result.host) == ("example.com", "_smtp._tls.example.com")
    assert {key: getattr(result, key) for key in expected} == expected
    assert (result.record is not None) == (result.status == "found")
    assert (result.check is not None) == (result.status in {"found", "broken", "multiple"})
    assert json.loads(json.dumps(result.to_dict()))["status"] == result.status


def test_the_types_of_all_members_are_found() -> None:
    assert get_type_hints(Lookup)["record"] == TLSRPTRecord | None
