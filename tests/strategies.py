"""Hypothesis strategies: endpoints, domains, records, and text that nearly is a record."""

from __future__ import annotations

import re
import string
from itertools import cycle
from typing import Final, NamedTuple
from urllib.parse import quote

from hypothesis import assume
from hypothesis import strategies as st

from tlsrpt import Extension, TLSRPTRecord, generate

_LETTERS: Final = string.ascii_letters + string.digits
_LABELS: Final = st.sampled_from(["example", "Mail", "r", "xn--bcher-kva", "bücher", "a-b", "com"])
DOMAINS: Final = st.lists(_LABELS, min_size=1, max_size=4).map(".".join)

_LOCAL_PARTS: Final = st.one_of(
    st.text(_LETTERS + "+-_'", min_size=1, max_size=20),
    st.sampled_from(["a.b", "tls%2Breports", "%74ls", "a$b*c", "%41.%7e"]),
)
_MAILTOS: Final = st.builds(
    "{}:{}@{}".format, st.sampled_from(["mailto", "MAILTO"]), _LOCAL_PARTS, DOMAINS
)

_PLAIN_LOCAL_PARTS: Final = st.lists(
    st.text(_LETTERS + "+-_'$*~", min_size=1, max_size=9), min_size=1, max_size=3
).map(".".join)
ADDRESSES: Final = st.builds("{}@{}".format, _PLAIN_LOCAL_PARTS, DOMAINS)


class Spelled(NamedTuple):
    """A mailbox at example.com, and two mailto URIs of it that the grammar accepts."""

    local: str
    uri: str
    twin: str


def _spelled(local: str, choices: list[int], capitals: bool) -> Spelled:
    # RFC 3986 section 3.3, without what no local part holds and what RFC 8460 has encoded
    plain = quote(local, safe="$&'*+/=")
    octets = [
        (quote(bytes([octet]), safe="$&'*+/="), f"%{octet:02x}", f"%{octet:02X}")[choice]
        for octet, choice in zip(local.encode(), cycle(choices), strict=False)
    ]
    scheme, domain = ("MAILTO", "Example.COM.") if capitals else ("mailto", "example.com")
    return Spelled(local, f"mailto:{plain}@example.com", f"{scheme}:{''.join(octets)}@{domain}")


# Few letters, so that two of them are often the same. `mailto://` is a misspelled scheme.
MAILBOXES: Final = st.builds(
    _spelled,
    st.text("aA+&/=%?#{ü'", min_size=1, max_size=3).filter(lambda text: text[:2] != "//"),
    st.lists(st.integers(0, 2), min_size=1, max_size=3),
    st.booleans(),
)

_HOSTS: Final = st.one_of(DOMAINS, st.sampled_from(["192.0.2.1", "[2001:DB8::1]", "[::]"]))
_PORTS: Final = st.one_of(st.just(""), st.integers(1, 65535).map(":{}".format))
_PATHS: Final = st.text(_LETTERS + "/-._~,!;:&=+$'()*ü漢", max_size=20).map("/{}".format)
_QUERIES: Final = st.one_of(
    st.just(""), st.text(_LETTERS + "=&/?,!", max_size=10).map("?{}".format)
)
# Rejected, since it is mostly a slip: an end that is a separator or DMARC's size limit, and a URI
# within the first.
_IS_ODD: Final = re.compile(r"(?:[,;]|![0-9]+(?:[kmgt]b?)?)\Z|.(?:mailto:|https?:/)", re.IGNORECASE)
_URLS: Final = st.builds(
    "{}://{}{}{}{}".format, st.sampled_from(["https", "HttpS"]), _HOSTS, _PORTS, _PATHS, _QUERIES
).filter(lambda url: not _IS_ODD.search(url))

ENDPOINTS: Final = st.one_of(_MAILTOS, _URLS)

# URIs that the grammar accepts and the constructor rejects.
_ODD_URIS: Final = st.sampled_from(
    [
        "ftp://example.com/",
        "mailto:example.com",
        "mailto:a@example.com?subject=x",
        "mailto://a@example.com",
        "mailto://tls@example.com/b@example.org.",
        "mailto:%C3%BCser@example.com",
        "mailto:%22a%20b%22@example.com",
        "mailto:a%21b@example.com",
        "mailto:a%2Fb&c=d@example.com",
        "mailto:a%C2%9Bb@example.com",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https:///nowhere",
        "https://example.com:/",
        "https://example.com:99999/",
        "https://[v1.fe80::a+en1]/",
        "https://256.1.1.1/",
        "https:relative",
        "X-1:",
        "urn:a%20b",
    ]
)
RECEIVED_URIS: Final = st.one_of(
    _ODD_URIS, ENDPOINTS.filter(lambda uri: uri.isascii() and not set(uri) & set('",!;'))
)

_EXT_NAMES: Final = st.from_regex("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", fullmatch=True)
_EXT_VALUES: Final = st.from_regex("[!-:<>-~]{1,20}", fullmatch=True)
EXTENSIONS: Final = st.builds(
    Extension,
    _EXT_NAMES.filter(lambda name: name.lower() not in {"rua", "v"}),
    _EXT_VALUES,
)
_RECEIVED_EXTENSIONS: Final = st.builds(
    Extension,
    st.one_of(st.sampled_from(["v", "V", "RUA", "Rua"]), _EXT_NAMES.filter("rua".__ne__)),
    _EXT_VALUES,
)

_WSP: Final = st.text(" \t", max_size=2)
_DELIMITERS: Final = st.builds("{};{}".format, _WSP, _WSP)
_COMMAS: Final = st.builds("{},{}".format, _WSP, _WSP)


@st.composite
def received_texts(draw: st.DrawFn) -> str:
    """Records in the grammar of RFC 8460 section 3, with its freedom of order and whitespace."""
    fields = draw(st.lists(_RECEIVED_EXTENSIONS.map("=".join), max_size=3))
    for _ in range(draw(st.integers(1, 2))):
        uris = draw(st.lists(RECEIVED_URIS, min_size=1, max_size=4))
        rua = "rua=" + uris[0] + "".join(draw(_COMMAS) + uri for uri in uris[1:])
        fields.insert(draw(st.integers(0, len(fields))), rua)
    text = "v=TLSRPTv1" + "".join(draw(_DELIMITERS) + field for field in fields)
    return text + draw(st.one_of(st.just(""), _DELIMITERS))


BUILT_RECORDS: Final = st.builds(
    TLSRPTRecord,
    rua=st.lists(ENDPOINTS, min_size=1, max_size=5),
    domain=st.one_of(st.none(), DOMAINS),
    extensions=st.lists(EXTENSIONS, max_size=3),
)

_RECEIVED_RECORDS: Final = st.builds(
    lambda text, domain: TLSRPTRecord.parse(text, domain=domain),
    received_texts(),
    st.one_of(st.none(), DOMAINS),
)

_GENERATED_RECORDS: Final = st.builds(
    generate, DOMAINS, st.lists(ENDPOINTS, min_size=1, max_size=4).map("\n".join)
)
_MERGED_RECORDS: Final = st.builds(TLSRPTRecord.with_rua, _RECEIVED_RECORDS, ENDPOINTS)
_ANSWERED_RECORDS: Final = st.builds(
    lambda text: TLSRPTRecord.from_rrset([b"v=spf1 -all", [text.encode()]]),
    received_texts().filter(lambda text: text.startswith("v=TLSRPTv1;")),
)

RECORDS: Final = st.one_of(
    *(BUILT_RECORDS, _RECEIVED_RECORDS, _GENERATED_RECORDS, _MERGED_RECORDS, _ANSWERED_RECORDS)
)

# Pieces that records, and mistakes in records, are made of.
_PIECES: Final = st.sampled_from(
    [
        # versions, right, misspelled, and those of other records
        *("v=TLSRPTv1", "v=TLSRPTv1;", "v=TLSRPTv1; ", "v=TSLRPTv1;", "V = tlsrptv1 ;"),
        *("v=TLSRPT1", "v=TLSRPTv2;", "TLSRPTv1", "v=DMARC1;", "v=spf1 ", "v=STSv1", "version: "),
        # names of fields
        *("rua=", "rua =", "RUA=", "rau=", "ruf=", "rua:", "rua ", "rua :", "; rua=", "x rua="),
        *("note=x", "p=none", "note", "x=", "!10m"),
        # URIs and their parts, good and bad
        *("mailto:tls@example.com", "mailto:a@b.example", "https://reports.google.com/v1"),
        *("mailto:", "mailto: ", "MAILTO:", "mailt:", "mailto://", "mailto;", "https://"),
        *("http://", "https:/", "htps://", "tls@example.com", "a@b.example", "r.example/v1"),
        *("example.com", "localhost", "[::1]", "127.0.0.1", "u:p@", ":0", "?q", "#f", "%zz"),
        *("%2C", "&amp"),
        # separators
        *(";", "; ", ";;", ",", ", ", ",,", " ", "  ", "\t", "\n", "\r\n", "\xa0", "|", " and "),
        # quotation marks, escapes and zone files
        *"\"'`\u201c\u201d<>\\",
        *("\\;", "\\059", "\\034", '" "', '"\n"'),
        *("_smtp._tls.b.example. 300 IN TXT ", "_smtp-tlsrpt.b.example TXT ", "TXT ", "IN ", "( "),
        *("_smtp._tls.", "Value: ", " 3600"),
        # single characters
        *"vV=!%:@/?#[]().&\x00\x1b\x7f\u200b\u202e\ufeff\xfc\uff1b\uff20\ud800\udcff",
    ]
)
NEAR_TEXTS: Final = st.lists(_PIECES, max_size=14).map("".join)
# Behind a version, more of a text is looked at.
_HEADED_TEXTS: Final = st.builds(
    "{}; rua={}".format, st.sampled_from(["v=TLSRPTv1", "v=TLSRPT1", '"v=TLSRPTv1']), NEAR_TEXTS
)


@st.composite
def mutated_texts(draw: st.DrawFn) -> str:
    """A record with a few pieces put in, taken out or doubled."""
    text = draw(received_texts())
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 4, len(text))))
        text = text[:start] + draw(st.one_of(_PIECES, st.just(text[start:end] * 2))) + text[end:]
    return text


TEXTS: Final = st.one_of(
    *(NEAR_TEXTS, _HEADED_TEXTS, mutated_texts(), received_texts(), st.text(max_size=80))
)


@st.composite
def _spliced_octets(draw: st.DrawFn) -> bytes:
    """A text in UTF-8, with a few octets of any kind put in."""
    octets = draw(TEXTS).encode("utf-8", "surrogatepass")
    place = draw(st.integers(0, len(octets)))
    return octets[:place] + draw(st.binary(max_size=3)) + octets[place:]


OCTETS: Final = st.one_of(_spliced_octets(), st.binary(max_size=80))


# Slips that take no guessing to fix, however many come together: one of each kind.
_SLIPS: Final = (
    ("v=TLSRPTv1", ["v=TLSRPTv1", "v=TSLRPTv1", "V = tlsrptv1", "v=TLS\u200bRPT1"]),
    ("; ", ["; ", ";; ", "\uff1b", " ", "; ;"]),
    ("rua=", ["rua=", "RUA = ", "rau=", "rua= "]),
    (",", [",", ",,", "|", ", ", ",\n"]),
    ("mailto:", ["mailto:", ""]),
    ("@", ["@", "\u00ad@", "\uff20"]),
)
_AROUND: Final = st.sampled_from(
    ["{}", '"{}"', "\u201c{}\u201d", "Value: {}", "_smtp._tls TXT {}", '["{}"]', "{};;"]
)
_EDGES: Final = st.sampled_from(["{}", " {}", "{}\r\n", "\ufeff{}"])


@st.composite
def fixable_texts(draw: st.DrawFn) -> tuple[str, str]:
    """A canonical record with a few slips, and the record."""
    users = st.sampled_from(["tls", "a.b", "reports+x"])
    mailtos = st.builds("mailto:{}@{}.example".format, users, st.sampled_from(["a", "b", "c"]))
    urls = st.builds("https://{}.example/v1".format, st.sampled_from(["r", "s", "t"]))
    uris = draw(st.lists(st.one_of(mailtos, urls), min_size=1, max_size=4, unique=True))
    text = value = f"v=TLSRPTv1; rua={','.join(uris)}"
    for right, slips in _SLIPS:
        text = text.replace(right, draw(st.sampled_from(slips)), 1)
    # A URL may go on after a bar, unless a scheme follows.
    assume(not re.search(r"https:[^,|]*\|(?!mailto:|https:)", text))
    return draw(_EDGES).format(draw(_AROUND).format(text)), value
