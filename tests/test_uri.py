"""`ReportURI`: constructing one, what is read from a published one, and equivalence."""

from __future__ import annotations

import pickle

import pytest

from tlsrpt import InvalidURIError, ReportURI, TLSRPTRecord
from tlsrpt._abnf import TLSRPT_URI
from tlsrpt._endpoint import components, equivalence_key
from tlsrpt.uri import as_published


@pytest.mark.parametrize(
    ("endpoint", "normal"),
    [
        ("mailto:tls@example.com", "mailto:tls@example.com"),
        ("MAILTO:Tls@Example.COM.", "mailto:Tls@example.com"),
        ("mailto:tls@bücher.example", "mailto:tls@xn--bcher-kva.example"),
        ("mailto:tls@b%C3%BCcher.example", "mailto:tls@xn--bcher-kva.example"),
        ("mailto:tls%2breports@example.com", "mailto:tls+reports@example.com"),
        ("mailto:%74%6C%73@example.com", "mailto:tls@example.com"),
        ("mailto:tls+x@example.com", "mailto:tls+x@example.com"),
        ("mailto:0@example", "mailto:0@example"),
        ("mailto:$*'@example.com", "mailto:$*'@example.com"),
        (f"mailto:{64 * 'a'}@example.com", f"mailto:{64 * 'a'}@example.com"),
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.COM./", "https://example.com/"),
        ("https://bücher.example/ü?ü=漢", "https://xn--bcher-kva.example/%C3%BC?%C3%BC=%E6%BC%A2"),
        ("https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/"),
        ("https://r.example/a,b!c;d?e,f", "https://r.example/a%2Cb%21c%3Bd?e%2Cf"),
        ("https://r.example/%7eA/../b/", "https://r.example/%7eA/../b/"),
        ("https://r.example:8443/v1", "https://r.example:8443/v1"),
        ("https://r.example:0443/", "https://r.example:0443/"),
        ("https://r.example:65535?q", "https://r.example:65535?q"),
        ("https://192.0.2.1/", "https://192.0.2.1/"),
        ("https://[2001:DB8::1]:443/", "https://[2001:db8::1]:443/"),
        ("https://[::FFFF:192.0.2.1]/", "https://[::ffff:192.0.2.1]/"),
        ("https://r.example/;0@?", "https://r.example/%3B0@?"),
        (
            "https://r.example/?u=a,https://s.example/",
            "https://r.example/?u=a%2Chttps://s.example/",
        ),
        ("https://r.example/?u=a,b@s.example", "https://r.example/?u=a%2Cb@s.example"),
        ("https://r.example/go!1/", "https://r.example/go%211/"),
        ("https://https.example/", "https://https.example/"),
        ("mailto:mailto@example.com", "mailto:mailto@example.com"),
        ("https://r.example/@:?/?$&'()*+=-._~", "https://r.example/@:?/?$&'()*+=-._~"),
    ],
)
def test_normal_form(endpoint: str, normal: str) -> None:
    uri = ReportURI(endpoint)
    assert uri == normal
    assert TLSRPT_URI.fullmatch(uri)
    assert uri.supported


@pytest.mark.parametrize(
    ("endpoint", "code", "said"),
    [
        ("", "empty-uri", "mailto:"),
        ("tls@example.com", "bare-address", "write mailto:tls@example.com"),
        ("tls@bücher.example", "bare-address", "write mailto:tls@xn--bcher-kva.example"),
        ("example.com", "missing-scheme", "https://"),
        ("reports.example.com/v1", "missing-scheme", "https://"),
        ("reports.example.com:443/v1", "missing-scheme", "https://"),
        ("//reports.example.com/v1", "missing-scheme", "https://"),
        ("user@reports.example.com/v1", "missing-scheme", "https://"),
        (":x", "missing-scheme", "https://"),
        ("http://r.example/", "http-scheme", "write https://"),
        ("ftp://r.example/", "unsupported-scheme", "not to ftp"),
        ("httpd://r.example/", "unsupported-scheme", "not to httpd"),
        ("mailt:tls@example.com", "misspelled-scheme", "write mailto:"),
        ("amilto:tls@example.com", "misspelled-scheme", "write mailto:"),
        ("htps://r.example/", "misspelled-scheme", "write https:"),
        ("mailto:a@x.example,b@y.example", "uri-list", "mailto:a@x.example and mailto:b@y.example"),
        ("mailto:a@x.example, mailto:b@y.example", "uri-list", "mailto:b@y.example"),
        ("mailto:a@x.example;b@y.example", "uri-list", "mailto:b@y.example"),
        ("mailto:a@x.example b@y.example c@z", "uri-list", "mailto:b@y.example"),
        ("a@x.example,b@y.example", "uri-list", "mailto:a@x.example and mailto:b@y.example"),
        ("https://x.example/,tls@y.example", "uri-list", "and mailto:tls@y.example"),
        ("https://x.example/,https://y.example/", "uri-list", "and https://y.example/"),
        (" mailto:tls@example.com", "uri-whitespace", "U+0020 SPACE"),
        ("mailto:tls@example.com\n", "uri-whitespace", "U+000A"),
        ("mailto:tls\u00a0@example.com", "uri-whitespace", "NO-BREAK SPACE"),
        ("mailto:tls@example.com?subject=TLS report", "uri-whitespace", "remove it"),
        ("https://r.example/a b", "uri-whitespace", "remove it"),
        ("mailto:tls\x00@example.com", "control-character", "U+0000"),
        ("https://r.example/\u200b", "control-character", "ZERO WIDTH SPACE"),
        ("https://r.example/\u202e", "bidi-control", "RIGHT-TO-LEFT OVERRIDE"),
        ("https://r.example/\ud800", "not-utf-8", "U+D800"),
        ("https://r.example/\udcff", "not-utf-8", "octet 0xFF"),
        ("mailto: a@b.example", "whitespace-after-scheme", "write mailto:a@b.example"),
        ("mailto=a@b.example", "misspelled-scheme", "write mailto:a@b.example"),
        ("a@", "missing-scheme", "mailto:"),
        ("mailto:", "mailto-no-mailbox", "mailto:tls@example.com"),
        ("mailto:example.com", "mailto-no-mailbox", "mailto:tls@example.com"),
        ("mailto:@example.com", "mailto-no-mailbox", "mailto:tls@example.com"),
        ("mailto:tls@", "mailto-no-mailbox", "mailto:tls@example.com"),
        ("mailto:tls%40example.com", "mailto-no-mailbox", "mailto:tls@example.com"),
        ("mailto://tls@example.com", "misspelled-scheme", "write mailto:tls@example.com"),
        ("mailto:/tls@example.com", "misspelled-scheme", "write mailto:tls@example.com"),
        ("mail to:tls@example.com", "misspelled-scheme", "write mailto:tls@example.com"),
        ("E-Mail: tls@example.com", "misspelled-scheme", "write mailto:tls@example.com"),
        ("mailto;tls@example.com", "misspelled-scheme", "write mailto:tls@example.com"),
        ("mailto:mailto:tls@example.com", "misspelled-scheme", "write mailto:tls@example.com"),
        ("https://mailto:tls@example.com", "misspelled-scheme", "write mailto:tls@example.com"),
        ("mailto:https://r.example/", "uri-within-uri", "mailto:https://"),
        ("https//r.example/v1", "misspelled-scheme", "write https://r.example/v1"),
        ("https://https://r.example/", "misspelled-scheme", "write https://r.example/"),
        ("https://http://r.example/", "uri-within-uri", "https://http://"),
        ("httsp://r.example/", "unsupported-scheme", "not to httsp"),
        ("http//r.example/", "missing-scheme", "https://"),
        ("sip:5555@example.com", "unsupported-scheme", "not to sip"),
        ("localhost:443/v1", "unsupported-scheme", "not to localhost"),
        (
            "mailto:tls@example.com?subject=x",
            "mailto-header-fields",
            "write mailto:tls@example.com",
        ),
        ("mailto:tls%2Bx@example.com?subject=x", "mailto-header-fields", "write mailto:tls+x@"),
        ("mailto:üser@example.com", "encoded-mailbox", "mail to %C3%BCser@example.com"),
        ("mailto:%C3%BCser@example.com", "encoded-mailbox", "mail to %C3%BCser@example.com"),
        ("mailto:a!b@example.com", "encoded-mailbox", "mail to a%21b@example.com"),
        ("mailto:a%21b@example.com", "encoded-mailbox", "mail to a%21b@example.com"),
        ("mailto:a%25b@example.com", "encoded-mailbox", "mail to a%25b@example.com"),
        ("mailto:a/b&c=d@example.com", "encoded-mailbox", "mail to a%2Fb%26c%3Dd@example.com"),
        ("mailto:{a|b}^~`@example.com", "encoded-mailbox", "mail to %7Ba%7Cb%7D%5E~%60@"),
        ('mailto:"a,b;c"@example.com', "encoded-mailbox", "mail to %22a%2Cb%3Bc%22@example.com"),
        ('mailto:"a@b"@example.com', "encoded-mailbox", "mail to %22a%40b%22@example.com"),
        ("mailto:%22a%20b%22@example.com", "encoded-mailbox", "write a mailbox of ASCII letters"),
        ('mailto:"a\\"b"@example.com', "encoded-mailbox", "mail to %22a%5C%22b%22@example.com"),
        ("mailto:%22ab%22@example.com", "encoded-mailbox", "mail to %22ab%22@example.com"),
        ("mailto:a%C2%9B31m@example.com", "bad-mailbox", "invisible characters"),
        ("mailto:a%E2%80%A8b@example.com", "bad-mailbox", "invisible characters"),
        ("mailto:a%E2%80%AEb@example.com", "bad-mailbox", "invisible characters"),
        ("mailto:a%0Ab@example.com", "bad-mailbox", "invisible characters"),
        ("mailto:a@b%C2%ADc.example", "bad-mailbox", "invisible characters"),
        (f"https://r.example/{65_279 * 'a'}", "too-long", "65,297 octets"),
        ("mailto:tls@example.com#x", "uri-fragment", "remove that part"),
        ("mailto:tls@[192.0.2.1]", "address-literal", "domain after the @"),
        ("mailto:tls@192.0.2.1", "domain-is-ip", "such as example.com"),
        ("mailto:tls@10.1", "domain-is-ip", "such as example.com"),
        ("mailto:a..b@example.com", "bad-mailbox", "before the @ is malformed"),
        ("mailto:.a@example.com", "bad-mailbox", "before the @ is malformed"),
        ("mailto:a(b)@example.com", "bad-mailbox", "before the @ is malformed"),
        ("mailto:a%2Cb@example.com", "bad-mailbox", "before the @ is malformed"),
        ('mailto:"a"b"@example.com', "bad-mailbox", "before the @ is malformed"),
        ('mailto:"\\é"@example.com', "bad-mailbox", "before the @ is malformed"),
        ("mailto:%FF@example.com", "bad-mailbox", "UTF-8"),
        ("mailto:tls@%FF", "bad-mailbox", "UTF-8"),
        (f"mailto:{65 * 'a'}@example.com", "bad-mailbox", "64 octets"),
        (f"mailto:{33 * 'ü'}@example.com", "bad-mailbox", "64 octets"),
        ("mailto:tls@-x.example", "label-hyphen", "-x"),
        ("https://a.x-/", "label-hyphen", "x-"),
        ("mailto:tls@my_host.example", "domain-character", "'_'"),
        ("mailto:tls@example..com", "empty-label", "remove the dot"),
        ("mailto:tls@*.example", "domain-is-wildcard", "wildcard"),
        ("mailto:100%@example.com", "bad-percent-encoding", "write a mailbox of ASCII"),
        ("https://r.example/%zz", "bad-percent-encoding", "%zz"),
        ("https://r.example/%a", "bad-percent-encoding", "%25"),
        ("https://user:secret@r.example/", "uri-credentials", "DNS is public"),
        (
            "https://user@r.example/",
            "uri-credentials",
            "if this is an address, write mailto:user@r",
        ),
        ("https://user@r.example/v1", "uri-credentials", "and change the password"),
        ("m\u0430ilto:tls@example.com", "look-alike", "write a"),
        ("(tls@example.com)", "wrapped-uri", "remove ()"),
        ("https://r.example/#top", "uri-fragment", "never sent"),
        ("https:", "missing-host", "https://reports.example.com/"),
        ("https:/r.example/", "misspelled-scheme", "write https://r.example/"),
        ("https:///r.example/", "misspelled-scheme", "write https://r.example/"),
        ("https:/v1", "missing-host", "https://reports.example.com/"),
        ("https://r.example/v1,", "trailing-separator", "write https://r.example/v1"),
        ("mailto:a@x.example,https://y.example/;", "trailing-separator", "https://y.example/"),
        ("rua=mailto:tls@example.com", "rua-in-list", "remove it"),
        ("v=TLSRPTv1; rua=mailto:tls@example.com", "record-for-endpoint", "one by one"),
        ('"mailto:tls@example.com"', "wrapped-uri", 'remove "'),
        ("<mailto:tls@example.com>", "wrapped-uri", "remove <"),
        ("mailto\uff1atls@example.com", "look-alike", "write :"),
        ("mailto:tls\uff20example.com", "look-alike", "\uff20 looks like @ but is not ASCII"),
        ("https\uff1a\uff0f\uff0fr.example/", "look-alike", "write ://"),
        ("mailto:<tls@example.com>", "display-name", "write mailto:tls@example.com"),
        ("TLS team <tls@example.com>", "display-name", "write mailto:tls@example.com"),
        ("\u201ctls@example.com\u201d", "wrapped-uri", "remove \u201c"),
        ("https://r.example/v1!10m", "dmarc-size-limit", "remove !10m"),
        ("https://r.example/v1!5000", "dmarc-size-limit", "write %215000 if it belongs to the URL"),
        ("mailto:tls@example.com!10485760", "dmarc-size-limit", "remove !10485760"),
        ("https://r.example/v1https://s.example/", "uri-within-uri", "https://"),
        ("mailto:a@x.examplemailto:b@x.example", "uri-within-uri", "mailto:b@"),
        ("mailto:a b@x.example", "uri-whitespace", "U+0020"),
        ("mailto:a@x.example|mailto:b@x.example", "uri-list", "a@x.example and mailto:b"),
        ("https://[::1/", "bad-host", "brackets"),
        ("mailto:?to=a@b.example", "mailto-no-mailbox", "mailto:tls@example.com"),
        ("https://:443/", "missing-host", "https://reports.example.com/"),
        ("https://r.example:/", "bad-port", "65535"),
        ("https://r.example:0/", "bad-port", "65535"),
        ("https://r.example:65536/", "bad-port", "65535"),
        ("https://r.example:٤٤٣/", "bad-port", "65535"),
        ("https://r.example:x/", "bad-port", "65535"),
        (f"https://r.example:{5000 * '9'}/", "bad-port", "65535"),
        ("https://2001:db8::1/", "bad-host", "brackets"),
        ("https://[2001:db8::1%25en0]/", "bad-host", "brackets"),
        ("https://[v1.x]/", "bad-host", "brackets"),
        ("https://[/", "bad-host", "brackets"),
        ("https://256.1.1.1/", "domain-is-ip", "such as example.com"),
        ("https://1.2.3/", "domain-is-ip", "such as example.com"),
        ("https://%FF/", "bad-host", "brackets"),
        ("https://my_host.example/", "domain-character", "'_'"),
        ("https://r.example]/", "bad-host", "brackets"),
        ("https://x%2Fr.example/", "bad-host", "brackets"),
        ("https://r.example%3A443/", "bad-host", "brackets"),
        ("https://r.example\\@evil.example/", "uri-credentials", "anyone can read it"),
        ('https://r.example/"a', "uri-character", "%22"),
        ('https://r.example/"', "wrapped-uri", 'remove "'),
        ("mailto:tls@example.com>", "wrapped-uri", "remove >"),
        ("<tls@example.com", "wrapped-uri", "remove <"),
        ("\u2039tls@example.com\u203a", "wrapped-uri", "remove \u2039"),
        ("mailto:a#b@example.com", "uri-fragment", "from # on"),
        ("mailto:a?cc=b@example.com", "mailto-no-mailbox", "mailto:tls@example.com"),
        ("mailto:a@x.example?cc=b@y.example,c@y.example", "mailto-header-fields", "a@x.example"),
        ("mailto:a@x.example c@y.example", "uri-list", "and mailto:c@y.example"),
        ("https://r.example/a\\b", "uri-character", "%5C"),
        ("https://r.example/[1]", "uri-character", "%5B"),
        ("https://r.example/<x>", "placeholder", "write the address"),
        ("https://r.example/a<", "wrapped-uri", "remove <"),
        ("https://r.example/a<b", "uri-character", "%3C"),
    ],
)
def test_refusals(endpoint: str, code: str, said: str) -> None:
    with pytest.raises(InvalidURIError) as caught:
        ReportURI(endpoint)
    assert caught.value.code == code
    assert said in str(caught.value)


@pytest.mark.parametrize("endpoint", [None, b"mailto:tls@example.com", 1])
def test_another_type_is_a_type_error(endpoint: str) -> None:
    with pytest.raises(TypeError, match="an endpoint is a str, not"):
        ReportURI(endpoint)


@pytest.mark.parametrize(
    ("text", "scheme", "address", "host", "supported"),
    [
        ("mailto:tls@example.com", "mailto", "tls@example.com", "example.com", True),
        ("MailTo:Tls@Example.com", "mailto", "Tls@Example.com", "example.com", True),
        (
            "mailto:a%2Bb@b%C3%BCcher.example",
            "mailto",
            "a+b@bücher.example",
            "xn--bcher-kva.example",
            True,
        ),
        ("mailto:tls@example.com?subject=x", "mailto", "tls@example.com", "example.com", True),
        ("mailto:tls@example.com#x", "mailto", "tls@example.com", "example.com", True),
        ("mailto:%22a@b%22@example.com", "mailto", '"a@b"@example.com', "example.com", True),
        ("mailto://x/a@b.example", "mailto", None, "x", False),
        ("mailto:example.com", "mailto", None, None, False),
        ("mailto:", "mailto", None, None, False),
        ("mailto:?to=tls@example.com", "mailto", None, None, False),
        ("mailto:a%2Cb@example.com", "mailto", None, None, False),
        ("mailto:a@x.example%2Cb@y.example", "mailto", None, None, False),
        ("mailto:a@%5B192.0.2.1%5D", "mailto", None, None, False),
        ("mailto:%FF@example.com", "mailto", None, None, False),
        ("mailto:a@-x", "mailto", None, None, False),
        ("mailto:a%C2%9B31m@example.com", "mailto", None, None, False),
        ("mailto:a%E2%80%AEb@example.com", "mailto", None, None, False),
        ("mailto:a@b%C2%ADc.example", "mailto", None, None, False),
        ("mailto://tls@example.com", "mailto", None, "example.com", False),
        ("https://R.Example/v1", "https", None, "r.example", True),
        ("HTTPS://u:p@r.example:8443/#x", "https", None, "r.example", True),
        ("https://[2001:DB8::1]/", "https", None, "[2001:db8::1]", True),
        ("https://[v1.X]/", "https", None, "[v1.x]", False),
        ("https://192.0.2.1/", "https", None, "192.0.2.1", True),
        ("https://256.0.2.1/", "https", None, "256.0.2.1", False),
        ("https://A_b/", "https", None, "a_b", True),
        ("https://r..example/", "https", None, "r..example", False),
        ("https://-r.example/", "https", None, "-r.example", False),
        ("https://r.example./", "https", None, "r.example", True),
        ("https://r.example:/", "https", None, "r.example", True),
        ("https://r.example:0/", "https", None, "r.example", False),
        ("https://r.example:65536/", "https", None, "r.example", False),
        ("https://https://r.example/", "https", None, "https", False),
        ("https://http://r.example/", "https", None, "http", False),
        ("https://mailto:tls@r.example", "https", None, "r.example", False),
        ("https://b%C3%BCcher.example/", "https", None, "xn--bcher-kva.example", True),
        ("https://%FF/", "https", None, "%ff", False),
        ("https:///x", "https", None, None, False),
        ("https:x", "https", None, None, False),
        ("http://r.example/", "http", None, "r.example", False),
        ("urn:x", "urn", None, None, False),
    ],
)
def test_what_a_received_uri_holds(
    text: str, scheme: str, address: str | None, host: str | None, supported: bool
) -> None:
    (uri,) = TLSRPTRecord.parse(f"v=TLSRPTv1; rua={text}").rua
    assert uri == text
    assert (uri.scheme, uri.address, uri.host, uri.supported) == (scheme, address, host, supported)


def test_components() -> None:
    uri = "https://u:p@r.example:8443/a/b?c#d"
    assert components(uri) == ("https", "u:p", "r.example", "8443", "/a/b", "c", "d")


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("tls@example.com", "mailto:tls@example.com"),
        ("TLS@Example.COM.", "mailto:TLS@example.com"),
        ("tls@bücher.example", "mailto:tls@xn--bcher-kva.example"),
        ("o'neil+$*~tls@example.com", "mailto:o'neil+$*~tls@example.com"),
        ("tls@उदाहरण.example", "mailto:tls@xn--p1b6ci4b4b3a.example"),
    ],
)
def test_an_address(address: str, uri: str) -> None:
    assert ReportURI.from_address(address) == uri
    assert type(ReportURI.from_address(address)) is ReportURI


@pytest.mark.parametrize(
    ("address", "code", "cure"),
    [
        ("mailto:tls@example.com", "address-is-uri", "write tls@example.com"),
        ("MAILTO:tls", "address-is-uri", "write an e-mail address, such as tls@example.com"),
        ("https://u@r.example/", "address-is-uri", "write an e-mail address, such as"),
        ("Reports <tls@example.com>", "display-name", "write tls@example.com"),
        ("<tls@example.com> Reports", "display-name", "write tls@example.com"),
        ("<tls@example.com>", "wrapped-uri", "remove <>"),
        ("tls@[192.0.2.1]", "address-literal", "write a domain after the @"),
        ("tls@[IPv6:2001:db8::1]", "address-literal", "write a domain after the @"),
        ("tls@192.0.2.1", "domain-is-ip", "write a domain, such as example.com"),
        ("", "bad-mailbox", "write one address, such as tls@example.com"),
        ("tls", "bad-mailbox", "write one address, such as tls@example.com"),
        ("tls@", "bad-mailbox", "write one address, such as tls@example.com"),
        ("@example.com", "bad-mailbox", "write one address, such as tls@example.com"),
        ("a@example.com,b@example.com", "bad-mailbox", "write one address, such as tls@"),
        ("a..b@example.com", "bad-mailbox", "write one address, such as tls@example.com"),
        (f"{65 * 'a'}@example.com", "bad-mailbox", "write one address, such as tls@example.com"),
        ("tls@example.com/", "bad-mailbox", "write one address, such as tls@example.com"),
        ("tls@example.com?subject=x", "domain-character", "use letters, digits"),
        ("tls@exam%70le.com", "domain-character", "use letters, digits"),
        ("a b@example.com", "uri-whitespace", "remove it"),
        ("tls@example.com\n", "uri-whitespace", "remove it"),
        ("tls@exa\u200bmple.com", "control-character", "remove it"),
        ("\udcfftls@example.com", "not-utf-8", "write ASCII"),
        # A percent sign belongs to the address.
        ("tls%2Bx@example.com", "encoded-mailbox", "a mailbox of ASCII letters"),
        ("a/b@example.com", "encoded-mailbox", "a mailbox of ASCII letters"),
        ("üser@example.com", "encoded-mailbox", "a mailbox of ASCII letters"),
        ('"a"@example.com', "encoded-mailbox", "a mailbox of ASCII letters"),
        ("tls@gօogle.com", "homograph", "write the character that was meant"),
        ("tls@\uff45xample.com", "look-alike", "write e"),
        (f"tls@{65_280 * 'a'}", "too-long", "remove endpoints"),
    ],
)
def test_refusals_of_addresses(address: str, code: str, cure: str) -> None:
    with pytest.raises(InvalidURIError) as caught:
        ReportURI.from_address(address)
    assert caught.value.code == code
    assert cure in caught.value.hint
    if code != "address-is-uri":
        assert "mailto:" not in str(caught.value)


def test_an_encoded_mailbox_is_named_as_it_would_be_read() -> None:
    with pytest.raises(InvalidURIError, match=r"would mail to 50%25off@example\.com"):
        ReportURI.from_address("50%off@example.com")


@pytest.mark.parametrize("address", [None, b"tls@example.com", ["tls@example.com"]])
def test_an_address_is_a_str(address: str) -> None:
    with pytest.raises(TypeError, match="an address is a str"):
        ReportURI.from_address(address)


EQUIVALENT = [
    ("mailto:tls@example.com", "MAILTO:tls@EXAMPLE.com"),
    ("mailto:tls@example.com", "mailto:tls@example.com."),
    ("mailto:tls@example.com", "mailto:t%6Cs@example.com"),
    ("mailto:tls%2breports@example.com", "mailto:tls%2Breports@example.com"),
    ("mailto:tls@b%C3%BCcher.example", "mailto:tls@xn--bcher-kva.example"),
    ("mailto:tls+x@example.com", "mailto:tls%2Bx@example.com"),
    ("mailto:tls%2Bx@EXAMPLE.com.", "mailto:tls%2bx@example.com"),
    ("mailto:tls%2Bx@example.com?a", "MAILTO:tls+x@example.com?%61"),
    ("mailto:a%26%2Fb%3D@example.com", "mailto:a&/b=@example.com"),
    ("mailto:%22a%42%22@example.com", "mailto:%22aB%22@example.com"),
    ("mailto:%C3%BC@example.com", "mailto:%c3%bc@Example.com"),
    ("mailto:/a/../b", "mailto:/b"),
    ("https://r.example/~a", "https://R.EXAMPLE/%7Ea"),
    ("https://r.example/%2Fa", "https://r.example/%2fa"),
    ("https://r.example/b", "https://r.example/a/../b"),
    ("https://r.example/b", "https://r.example/./b"),
    ("https://r.example/a/", "https://r.example/a/."),
    ("https://r.example/b", "https://r.example/a/%2E%2e/b"),
    ("https://r.example/", "https://r.example./"),
    ("https://r.example?q", "https://r.example.?q"),
    ("https://r.example:443/", "https://r.example.:443/"),
    ("https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/"),
    ("https://[2001:db8::1]/?a%7e#%7E", "https://[2001:DB8::1]/?a~#~"),
    ("https://u%7e@r.example/", "https://u~@r.example/"),
    ("https://r.example", "https://r.example."),
    ("https://r.example//a", "https://r.example/..//a"),
    ("https://r.example/a/", "https://r.example/a/b/.."),
    ("https://r.example/", "https://r.example/../.."),
    ("x:/b", "x:/a/../b"),
]

DIFFERENT = [
    ("mailto:tls@example.com", "mailto:TLS@example.com"),
    ("mailto:tls@example.com", "mailto:tls@example.org"),
    ("mailto:tls@example.com", "mailto:tls@example.com?"),
    ("mailto:a%2B@example.com", "mailto:a%2B@example.com?subject=x"),
    ("mailto:a%25%32%42b@example.com", "mailto:a%2Bb@example.com"),
    # Neither has a mailbox.
    ("mailto:a%250Ab@example.com", "mailto:a%0Ab@example.com"),
    ("mailto:.%2Bx@example.com", "mailto:.+x@example.com"),
    ("mailto:/a/../B@example.com", "mailto:/b@example.com"),
    ("mailto:/a/./b%40@example.com", "mailto:/a/./B%40@example.com"),
    # It has an authority (RFC 3986 section 3.2).
    ("mailto://tls%2Bx@example.com", "mailto://tls+x@example.com"),
    ("https://r.example/a", "https://r.example/A"),
    ("https://r.example/a", "https://r.example/a/"),
    ("https://r.example/", "https://r.example:443/"),
    ("https://r.example/", "https://r.example:/"),
    ("https://r.example/", "https://@r.example/"),
    ("https://r.example/a", "https://r.example/a?"),
    ("https://r.example/a", "https://r.example/a#"),
    ("https://R.example/#a", "https://r.example/#b"),
    ("mailto:%22a@B%22@example.com", "mailto:%22a@b%22@example.com"),
    ("https://r.example/a%2Fb", "https://r.example/a/b"),
    ("https://r.example/", "http://r.example/"),
    ("https://r.example/a", "https://r.example/..//a"),
    ("x://a", "x:/..//a"),
    ("x:a/../b", "x:b"),
]


@pytest.mark.parametrize(("one", "other"), EQUIVALENT)
def test_equivalence(one: str, other: str) -> None:
    """RFC 3986 section 6.2.2: case, percent-encoding and dot segments; RFC 6068: mailboxes."""
    assert equivalence_key(one) == equivalence_key(other)
    assert as_published(one).equivalent(other)
    assert as_published(other).equivalent(one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_difference(one: str, other: str) -> None:
    assert equivalence_key(one) != equivalence_key(other)


@pytest.mark.parametrize(
    ("uri", "other", "is_equivalent"),
    [
        ("mailto:tls@b%C3%BCcher.example", "MAILTO:tls@B\u00dcCHER.example.", True),
        ("https://r.example/%C3%BC", "https://R.example/\u00fc", True),
        # In the grammar as it is, and yet published in another form.
        ("mailto:a+b@example.com", "mailto:a%2Bb@example.com", True),
        ("mailto:a%2Fb@example.com", "mailto:a/b@example.com", True),
        ("mailto:a/b@example.com", "mailto:a/b@example.com", True),
        ("http://r.example/", "HTTP://r.example/", True),
        ("mailto:tls@example.com", "mailto:tls@example.org", False),
        ("mailto:tls@example.com", "tls@example.com", False),
        ("mailto:tls@example.com", "", False),
        ("mailto:tls@example.com", " mailto:tls@example.com", False),
        ("mailto:tls@example.com", "mailto:tls@example.com\udcff", False),
    ],
)
def test_equivalent(uri: str, other: str, is_equivalent: bool) -> None:
    assert as_published(uri).equivalent(other) is is_equivalent


@pytest.mark.parametrize("other", [None, b"mailto:tls@example.com", 1])
def test_equivalent_takes_a_str(other: str) -> None:
    with pytest.raises(TypeError, match="an endpoint is a str"):
        ReportURI("mailto:tls@example.com").equivalent(other)


@pytest.mark.parametrize(
    "endpoint",
    ["mailto:a@-x", "mailto:a@x-", "mailto:a@x-.example", "https://-x/", "https://x.-y/", "x@"],
)
def test_patterns_hold_on_every_python(endpoint: str) -> None:
    """CPython before 3.11.5 matches too much with possessive groups (gh-106052)."""
    with pytest.raises(InvalidURIError):
        ReportURI(endpoint)


def test_repr_and_pickle() -> None:
    assert not hasattr(ReportURI("mailto:tls@example.com"), "__dict__")
    uri = as_published("mailto:tls@example.com?subject=x")
    assert repr(uri) == "ReportURI('mailto:tls@example.com?subject=x')"
    twin = pickle.loads(pickle.dumps(uri))  # noqa: S301
    assert type(twin) is ReportURI
    assert twin == uri
    assert type(str(uri)) is str
