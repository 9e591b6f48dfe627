"""How the time of every public entry grows with the length of hostile text: it has to be linear.

Prints the slowest shape for each entry and place in the text, and marks each shape that takes far
more than four times as long for four times the length. Exit status 1 where one does.
"""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from time import process_time
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt import (
    ReportURI,
    TLSRPTError,
    TLSRPTRecord,
    check,
    check_answer,
    check_rrset,
    generate,
    join_txt,
    normalize_domain,
    split_txt,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# Records fill half the RDATA of TXT: what does not fit is rejected by its length alone. All else
# goes beyond it.
_RECORD: Final = 32_000
_BEYOND: Final = 100_000
# Linear is 4; the rest is for noise, and what takes no longer than this is all noise.
_SUSPECT_RATIO: Final = 6.0
_NOISE: Final = 0.001
_CHANCES: Final = 4
_OF_RECORDS: Final = ("parse", "check", "use", "from_rrset", "without_rua", "equivalent in")
_RUA: Final = "v=TLSRPTv1; rua=mailto:a@example.com"

_PATTERNS: Final = (
    *(" ", "\t", "\n", "\r\n", ";", ",", "%", "%41", "%2", "/", ":", "@", "!", "=", ".", "?"),
    *("#", '"', "\\", "\\0", "\\065", "(", ")", "()", "[", "]", "<", "<>", "'", "-", "_", "$"),
    *("*", "&", "a", "A", "0", "1", "0.", "a.", "1.", "xn--", "xn--a.", "a-", "é", "漢", "\u0301"),
    *("e\u0301", "\x00", "\x1b", "\x7f", "\u200b", "\u202e", "\ufeff", "\ufdfa", "\xa0"),
    *("\ud800", "\udcff", " ,", ", ", " \t", " ;", "; ", ";,", " \n", ",;", " a", "a ", "a,"),
    *("a:", "a:,", "a;", "a=b;", "v=TLSRPTv1", "v=TLSRPTv1;", "v", "v ", "v=", "version ", "tls"),
    *("tlsrpt", "0.9.", "TXT ", "IN ", "rua", "rua=", "rua =", "rua ", "rua:", " rua=", ",rua"),
    *("; rua=a:", "rua=a:;", "RUA=a;", "ruf=a;", "mailto:", "mailto: ", "mailto", "https:"),
    *("https://", "https://a ", "a@b ", "a@b,", "a@b;a@b ", "mailto:a@b,", "mailto:a@b "),
    *("https://[", "https://[::1]/,", "http://a ", "@a", "a@", "!1", "!1m", "1:", "::", "[:"),
    *(":]", "/.", "/..", "/../", "./", "a/../", "//", "/a", "?a", "x=y;", "x=y", "==", "\u201c"),
    *("\u201d", "<<>>", '" ', '"a" ', '"\n', "a\n", "( ", "\\;", '\\"', "; a\n", "1w", "1 "),
    *("x=1;RUA=a;", "|", "a@b|", " and ", "mail to ", "https//", "[a](", "\uff1a", "\u2011", '""'),
    *('"v=1" ', "\\n", "\\300", "a=b=", "\u0430a", "${", '"a"b', "\\034", "?,", " mailto:", "a ,"),
    *("mailto;a", ",mailto;", "x y=", "&amp;", "&amp", "a <", "<a@b>,", "v=TLS", "v=spf1\n"),
    *(
        "\\195",
        "\\;rua=",
        "rua=;",
        "?;",
        "=mailto",
        "https:/a.",
        "a.b|",
        '" "',
        "TXT ( ",
        "mailto:a",
    ),
    *("mailto:a@b?", "rua=a:,a:;", "a@b\n\n", "_smtp._tls ", "TXT: ", "a=b v=", ";v=TLSRPTv1;"),
)

# What is around the text in a record, in a zone line, in a domain, and in a URI.
_RECORDS: Final = (
    *("{}", "v=TLSRPTv1{}", "v=TLSRPTv1;{}", "v={}", "x{}v=TLSRPTv1; rua=mailto:a@example.com"),
    *("v=TLSRPTv1; rua={}", "v=TLSRPTv1; rua={}x", "v=TLSRPTv1; rua=mailto:a@example.com{}x"),
    *("v=TLSRPTv1; rua=mailto:{}@example.com", "v=TLSRPTv1; rua=mailto:a@{}"),
    *("v=TLSRPTv1; rua=https:{}", "v=TLSRPTv1; rua=https://{}", "v=TLSRPTv1; rua=https://[{}]/"),
    *("v=TLSRPTv1; rua=https://{}@a/", "v=TLSRPTv1; rua=https://a:{}/"),
    *("v=TLSRPTv1; rua=https://example.com/{}", "v=TLSRPTv1; rua={}:a"),
    *("v=TLSRPTv1; rua=mailto:a@example.com?{}", "v=TLSRPTv1; rua=mailto:a@example.com#{}"),
    *("v=TLSRPTv1; rua=https://example.com/?{}x", "v=TLSRPTv1; rua=a@example.com{}?{}x"),
    *("v=TLSRPTv1; rua=mailto:a@example.com; x={}", "v=TLSRPTv1; rua=mailto:a@example.com; {}=x"),
    *("v=TLSRPTv1; rua=mailto:a@example.com;{}", '"{}"', '"v=TLSRPTv1; rua={}"'),
    *('"v=TLSRPTv1" {}', "TXT {}", "{} TXT v=TLSRPTv1; rua=a:", "\u201c{}\u201d"),
)
# Where `check` does the work, and its own frames are all of them.
_FEW: Final = ("{}", "v=TLSRPTv1; rua={}")
_ZONES: Final = (
    *("{}", "_smtp._tls.example.com. IN TXT {}", '_smtp._tls.example.com. IN TXT "{}"'),
    *('_smtp._tls.example.com. IN TXT "{}', '_smtp._tls.{} IN TXT "x"', '_smtp._tls {} TXT "x"'),
    *('_smtp._tls TXT ( {} "x" )', '_smtp._tls TXT "x" ; {}', '_smtp._tls TXT "x"\n{}', "${}"),
)
_ANSWERS: Final = (
    *("{}", '"{}"', '"{}"\n', '"v=TLSRPTv1; rua={}"', '_smtp._tls TXT "{}"', '{} TXT "x"'),
    *('_smtp._tls TXT ( {} "x" )', '_smtp._tls TXT "x"\n{}', '_smtp._tls {} TXT "x"', "- '{}'"),
    *('x text = "{}"', "x\ttext =\n\t{}", 'x text =\n{}"x"', "{} text =", "x CNAME {}", "*** {}"),
)
_DOMAINS: Final = (
    *("{}", "{}.example.com", "a.{}.com", "xn--{}", "_smtp._tls.{}", "https://{}", "[{}]"),
)
_URIS: Final = (
    *("{}", "mailto:{}", "mailto:{}@example.com", "mailto:a@{}", "mailto:a@example.com{}"),
    *('mailto:"{}"@b', "https://{}", "https://{}/", "https://[{}]", "https://a:{}"),
    *("https://{}@example.com/", "{}:a@b", "https://example.com/{}", "https://example.com/?{}"),
    *("https://example.com/x#{}", "{}https://a/"),
)


def _generate_for(endpoints: str) -> TLSRPTRecord:
    return generate("example.com", endpoints)


def _generate_at(domain: str) -> TLSRPTRecord:
    return generate(domain, "mailto:a@example.com")


def _show_error(text: str) -> str | None:
    try:
        TLSRPTRecord.parse(text)
    except TLSRPTError as error:
        return str(error)
    return None


def _use(text: str) -> TLSRPTRecord:
    """All that a record has to tell, once it is one."""
    record = TLSRPTRecord.parse(text)
    assert len(record.destinations) <= len(record.rua)
    assert [uri.host for uri in record.rua]
    assert not record.reports_to("mailto:nobody@nowhere.example")
    assert join_txt(record.strings) == record.value
    assert record.to_dict()["value"] == record.value
    assert record.with_domain("example.com").domain == "example.com"
    return TLSRPTRecord.from_zone(record.to_zone())


def _without_each(text: str) -> TLSRPTRecord:
    """The record without its first endpoint, and without the last one that is left."""
    record = TLSRPTRecord.parse(text)
    return record.without_rua(record.rua[0]).without_rua(record.rua[-1])


def _edit(text: str) -> TLSRPTRecord:
    """A record with an endpoint more, and without it."""
    return TLSRPTRecord.parse(_RUA).with_rua(text).without_rua(text)


def _equivalent(text: str) -> bool:
    return ReportURI("mailto:a@example.com").equivalent(text)


def _equivalent_in_record(text: str) -> bool:
    """A URI of a record, which the constructor may reject, and the same in capitals."""
    uri = TLSRPTRecord.parse(f"v=TLSRPTv1; rua={text}").rua[0]
    return uri.equivalent(uri.upper())


_ENTRIES: Final[tuple[tuple[str, Callable[[str], object], tuple[str, ...]], ...]] = (
    ("parse", _show_error, _FEW),
    ("parse bytes", lambda text: TLSRPTRecord.parse(_octets(text)), ("{}",)),
    ("parse list", lambda text: TLSRPTRecord.parse(list(text)), ("{}",)),
    ("check", check, _RECORDS),
    ("check bytes", lambda text: check(_octets(text)), ("{}",)),
    ("check list", lambda text: check(list(text)), ("{}",)),
    ("use", _use, _FEW),
    ("from_rrset", lambda text: TLSRPTRecord.from_rrset([text, text]), ("{}",)),
    ("from_rrset lines", lambda text: TLSRPTRecord.from_rrset(text.split("\n")), ("{}",)),
    ("check_rrset", lambda text: check_rrset([text]), ("{}",)),
    ("check_rrset of two", lambda text: check_rrset([text, "v=spf1 -all"]), ("{}",)),
    ("check_rrset lines", lambda text: check_rrset(text.split("\n")), ("{}", "v=TLSRPT1;{}")),
    ("answer", check_answer, _ANSWERS),
    ("answer lines", lambda text: check_answer(text.replace(",", '\nx TXT "x"\n')), ("{}",)),
    ("check domain", lambda text: check(_RUA, domain=text), _DOMAINS),
    ("without_rua", _without_each, _FEW),
    ("with_rua", _edit, _URIS),
    ("equivalent", _equivalent, _URIS),
    ("equivalent in record", _equivalent_in_record, _URIS),
    ("from_zone", TLSRPTRecord.from_zone, _ZONES),
    ("from_rdata", TLSRPTRecord.from_rdata, ('"{}',)),
    ("from_address", ReportURI.from_address, ("{}", "{}@example.com")),
    ("generate endpoints", _generate_for, _URIS),
    ("generate lines", lambda text: _generate_for(text.replace(",", "\n")), _URIS),
    ("generate domain", _generate_at, _DOMAINS),
    ("normalize_domain", normalize_domain, _DOMAINS),
    ("ReportURI", ReportURI, _URIS),
    ("split_txt", split_txt, ("{}",)),
    ("join_txt", lambda text: join_txt([text]), ("{}",)),
)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _seconds(entry: Callable[[str], object], text: str) -> float:
    """Processor time, since other programs may be in the way."""
    start = process_time()
    with suppress(TLSRPTError):
        entry(text)
    return process_time() - start


class Growth(NamedTuple):
    """What an entry takes for a shape of full length, and how many times that of a quarter."""

    seconds: float
    ratio: float
    shape: str

    @property
    def suspect(self) -> bool:
        """Whether the time grows faster than the length, as far as noise lets us see."""
        return self.seconds > _NOISE and self.ratio > _SUSPECT_RATIO


def _growth(entry: Callable[[str], object], frame: str, pattern: str, length: int) -> Growth:
    """Measure; what is suspect has more chances, since clocks are not exact."""
    pieces = length // len(pattern) // frame.count("{}")
    short, long = (frame.replace("{}", pattern * count) for count in (pieces // 4, pieces))
    shape = ascii(frame.replace("{}", f"{pattern}..."))
    times = [(_seconds(entry, short), _seconds(entry, long))]
    while True:
        shortest, longest = map(min, zip(*times, strict=True))
        growth = Growth(longest, longest / shortest, shape)
        if not growth.suspect or len(times) == _CHANCES:
            return growth
        times.append((_seconds(entry, short), _seconds(entry, long)))


def main() -> int:
    """Measure each entry with each frame; print the slowest shape, and every suspect one."""
    # With many errors alive, the collector's rounds would be counted, as in `timeit`.
    gc.disable()
    suspects = 0
    for label, entry, frames in _ENTRIES:
        length = _RECORD if label.startswith(_OF_RECORDS) else _BEYOND
        for frame in frames:
            # Else the errors of all shapes would fill the memory.
            gc.collect()
            growths = sorted(_growth(entry, frame, pattern, length) for pattern in _PATTERNS)
            for growth in growths:
                if growth.suspect or growth is growths[-1]:
                    mark = "  <-- not linear" if growth.suspect else ""
                    milliseconds = f"{growth.seconds * 1000:8.1f} ms"
                    print(f"{label:19}{growth.shape:66}{milliseconds}{growth.ratio:6.1f}{mark}")
                suspects += growth.suspect
    print(f"{suspects} shapes grow faster than their length")
    return 1 if suspects else 0


if __name__ == "__main__":
    sys.exit(main())
