"""Policy Domains: normal form (RFC 5891, UTS #46), limits (RFC 1035) and refusals."""

from __future__ import annotations

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsrpt import InvalidDomainError, TLSRPTError, normalize_domain
from tlsrpt._display import visible
from tlsrpt.domain import normalize_host


@pytest.mark.parametrize(
    ("domain", "normal"),
    [
        ("example.com", "example.com"),
        ("Example.COM.", "example.com"),
        ("com", "com"),
        ("Bücher.example.", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("ｅｘａｍｐｌｅ．com", "example.com"),
        ("例え。テスト。", "xn--r8jz45g.xn--zckzah"),
        ("例え｡テスト", "xn--r8jz45g.xn--zckzah"),
        ("example．", "example"),
        ("example｡", "example"),
        ("soft\u00adhyphen.example", "softhyphen.example"),
        ("क्\u200dष.example", "xn--11b2ezcw70k.example"),
        ("xn--ls8h.la", "xn--ls8h.la"),
        ("xn--ls8h.bücher.example", "xn--ls8h.xn--bcher-kva.example"),
        ("ab--cd.example", "ab--cd.example"),
        ("3com.com", "3com.com"),
        ("123.example", "123.example"),
        ("1and1", "1and1"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("a." * 120 + "aa", "a." * 120 + "aa"),
    ],
)
def test_normal_form(domain: str, normal: str) -> None:
    assert normalize_domain(domain) == normal


@pytest.mark.parametrize(
    ("domain", "code", "said"),
    [
        ("", "empty-domain", "example.com"),
        (".", "empty-domain", "example.com"),
        ("\u3002", "empty-domain", "example.com"),
        ("tls@example.com", "domain-is-address", "write example.com"),
        ("tls@", "domain-is-address", "write the domain alone"),
        ("https://example.com/path", "domain-is-url", "write example.com"),
        ("https://WWW.example.com/", "domain-is-url", "write example.com"),
        ("https://www.com/", "domain-is-url", "write www.com"),
        ("https://user@example.com:443/path", "domain-is-url", "write example.com"),
        ("example.com/", "domain-is-url", "write example.com"),
        ("//", "domain-is-url", "write the domain alone"),
        ("192.0.2.1", "domain-is-ip", "such as example.com"),
        ("2001:db8::1", "domain-is-ip", "such as example.com"),
        ("[2001:db8::1]", "domain-is-ip", "such as example.com"),
        ("example.1", "domain-is-ip", "such as example.com"),
        ("１９２．0．2．1", "domain-is-ip", "such as example.com"),
        ("*.example.com", "domain-is-wildcard", "write example.com"),
        ("*", "domain-is-wildcard", "write the domain alone"),
        ("_smtp._tls.example.com", "domain-is-owner-name", "write example.com"),
        ("_SMTP._TLS.example.com", "domain-is-owner-name", "write example.com"),
        ("_smtp._tls", "domain-is-owner-name", "write the Policy Domain"),
        ("_smtp-tlsrpt.example.com", "domain-is-owner-name", "write example.com"),
        ("a..example", "empty-label", "remove the dot"),
        (".example", "empty-label", "remove the dot"),
        ("example..", "empty-label", "remove the dot"),
        ("\u00ad", "empty-domain", "example.com"),
        ("a" * 64 + ".example", "label-too-long", "63"),
        ("ü" * 64 + ".example", "label-too-long", "63"),
        ("ü" * 60 + ".example", "label-too-long", "66 characters"),
        ("www.*.example", "domain-is-wildcard", "the domain alone"),
        ("[192.0.2.1]", "domain-is-ip", "such as example.com"),
        ("fe80::1%en0", "domain-is-ip", "such as example.com"),
        ("https://[2001:db8::1]/", "domain-is-url", "the domain alone"),
        ("example.com:25x", "domain-character", "':'"),
        ("a." * 121 + "a", "domain-too-long", "242"),
        # Not encoded, which would take long.
        ("ü." * 121 + "a", "domain-too-long", "the domain has 243 characters; the limit is 242"),
        ("ü." * 200 + "a..", "domain-too-long", "402 characters"),
        ("\ufdfa" * 20, "domain-too-long", "360 characters"),
        ("-a.example", "label-hyphen", "-a"),
        ("a-.example", "label-hyphen", "a-"),
        ("ü-.example", "not-idna", "hyphen"),
        ("my_host.example", "domain-character", "'_'"),
        ("ex ample.com", "domain-character", "U+0020 SPACE"),
        (" example.com", "domain-character", "U+0020 SPACE"),
        ("example.com\n", "domain-character", "U+000A"),
        ("example.com:25", "domain-is-url", "write example.com"),
        ("_dmarc.example.com", "domain-character", "'_'"),
        ("a＠example.com", "domain-character", "'@'"),
        ("xn--a-.example", "label-hyphen", "xn--a-"),
        ("xn--ascii-9.example", "bad-punycode", "xn--ascii-9"),
        ("xn--99999999.example", "bad-punycode", "xn--99999999"),
        ("a\u200db.example", "not-idna", "\\u200d"),
        ("\u200c.example", "not-idna", "\\u200c"),
        ("💩.example", "not-idna", "xn--"),
        ("א1a.example", "not-idna", "right-to-left"),
        ("1א.example", "not-idna", "First codepoint must be"),
        ("\u0301a.example", "not-idna", "combining"),
        ("\ud800.example", "not-idna", "\\ud800"),
        ("\x00.example", "domain-character", "U+0000"),
        ("a" * 100_000, "domain-too-long", "100000"),
        ("ü" * 100_000, "domain-too-long", "100000"),
    ],
)
def test_refusals(domain: str, code: str, said: str) -> None:
    with pytest.raises(InvalidDomainError) as caught:
        normalize_domain(domain)
    assert caught.value.code == code
    assert said in str(caught.value)


@pytest.mark.parametrize("label", ["ü-", "a\u200db", "💩", "א1a", "\u0301a", "\ud800"])
def test_what_idna_says_does_not_repeat_the_label(label: str) -> None:
    with pytest.raises(InvalidDomainError) as caught:
        normalize_domain(f"{label}.example")
    assert caught.value.message.count(visible(label)) == 1


@pytest.mark.parametrize("label", ["-x", "x-", "-", "xn--"])
def test_patterns_hold_on_every_python(label: str) -> None:
    """CPython before 3.11.5 matches too much with possessive groups (gh-106052)."""
    for domain in (label, f"{label}.example", f"b.{label}"):
        with pytest.raises(InvalidDomainError):
            normalize_domain(domain)


def test_a_host_is_any_domain_of_253_characters() -> None:
    name = "a." * 126 + "a"
    assert normalize_host(name) == name
    with pytest.raises(InvalidDomainError, match="253"):
        normalize_host(f"a{name}")


@pytest.mark.parametrize("domain", [None, 1, b"example.com", ["example.com"]])
def test_another_type_is_a_type_error(domain: str) -> None:
    with pytest.raises(TypeError, match="a domain is a str, not"):
        normalize_domain(domain)


@given(st.text(min_size=1, max_size=20))
def test_idna_is_the_oracle_for_labels_that_are_not_ascii(label: str) -> None:
    """Where `idna` encodes a label that is not ASCII, so do we, and to the same."""
    try:
        expected = idna.encode(label, uts46=True, std3_rules=True).decode("ascii")
    except ValueError:
        return
    try:
        normal = normalize_host(label)
    except TLSRPTError as error:
        assert error.code == "domain-is-ip"
    else:
        assert normal == expected.removesuffix(".")
