"""Texts for `tests.search`: records as people write, break, wrap and copy them.

Whoever is named outside the record, or in a second one, is at `stranger.example`.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.plain import endpoints as endpoints_of
from tests.test_data import DATA, DIAGNOSIS, Check, cases, texts

if TYPE_CHECKING:
    from collections.abc import Callable


class Sample(NamedTuple):
    """A text, and what is known of it."""

    text: str
    # What is in the list of the record; None if it was written with slips.
    meant: set[tuple[str, str]] | None = None
    # The text was changed after strangers had been put into it.
    mutated: bool = False


def sample(seed: int, number: int) -> Sample:
    """The sample of a number, always the same one."""
    random = Random(f"{seed} {number}")  # noqa: S311
    if random.random() < 0.4:
        return Sample(_mutated(random), mutated=True)
    record, meant = _record(random)
    return Sample(_wrapped(random, record), meant)


# --- Records --------------------------------------------------------------------------------------

_ADDRESSES: Final = (
    "tls@example.com", "tls-reports@mail.example.org", "a@example.net", "O'Neil@example.com",
    "tls+rpt@example.com", "first.last@example.co.uk", "x@a.example", "b@example.org.",
    "tls%2Brpt@example.com", "TLS@Example.COM", "d=1@example.com", "%74ls@example.com",
    "tls@bücher.example", "tls@xn--bcher-kva.example", "abc_def@r.example.com",
    "tls@пример.example", "/tls@example.com",
)  # fmt: skip
_A_LABELS: Final = {"bücher": "xn--bcher-kva", "пример": "xn--e1afmkfd"}
# What has been mended to somebody else.
_ODD: Final = (
    "tls@gօogle.com", "tls@paypɑl.com", "tls@раypal.com", "//tls@example.com/b@example.org.",
    "\u202emoc.elpmaxe@slt", "%C3%BCser@example.org",
)  # fmt: skip
_URLS: Final = (
    "https://r.example.com", "https://reports.example.com/v1/tlsrpt", "https://r.example.com/",
    "https://r.example.org:8443/tls", "https://r.example.com./x", "https://r.example.net/a?b=c&d=e",
    "https://R.Example.com/%7Ex", "https://bücher.example/", "https://192.0.2.1/x",
    "https://[2001:db8::1]/x", "https://r.example.com/tls@example.org", "https://r.example.com/#a",
    "https://u@r.example.com/",
)  # fmt: skip

# One match of the pattern, at random, is replaced by one of the texts.
_SLIPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (r"v=TLSRPTv1", (
        "v=TSLRPTv1", "V=tlsrptv1", "v = TLSRPTv1", "v=TLSRPTv2", "v=TLSRPT1", "v=TLS-RPTv1",
        "v:TLSRPTv1", "TLSRPTv1", "v=TLSRPT", "", "v=TLSRPTv1 v=TLSRPTv1", "=TLSRPTv1",
        "v==TLSRPTv1", "v=TLSRPTV1", "v=TLSRPTv 1", "\ufeffv=TLSRPTv1", '"v=TLSRPTv1"',
        "v='TLSRPTv1'", "v=v=TLSRPTv1", "v=\u0422LSRPTv1",
    )),
    (r"; ?", (
        " ", "", ";;", ";", "; ; ", r"\; ", ", ", ":", " ; ", ";\n", ".", "；", ";, ", r"\;", "|",
        ";\t",
    )),
    (r"rua=", (
        "rua: ", "rua = ", "RUA=", "rau=", "ruf=", "rua=rua=", "rua==", "rua= ", "rua", "", "Rua=",
        "rua=\n", "rua:", "uri=", "ru=", "rua=URI:", "rua='", 'rua="', "rua=<", r"rua\=", "rua=,",
        "report=", "rua-", "ru\u0430=",
    )),
    (r"mailto:", (
        "", "mailt:", "mailto//", "mailto: ", "mailto://", "MAILTO:", "mail:", "mail to:",
        "mailto;", "mailto=", "mailto", "mailto::", "mialto:", "mailto:/", "email:", "<",
        "<mailto:", "TLS reports <", "mailto:mailto:", "mailto&colon;", "mailto%3A", "smtp:",
        "mailto :", r"mailto\:", "https://", "mailto.", 'mailto:"', "mailto:'", "mailto:<",
        "https://mailto:", "mailto=mailto:", "m\u0430ilto:", "mailto:<id>-",
    )),
    (r"https://", (
        "http://", "htps://", "https:/", "https//", "https:", "https: //", "", "HTTPS://",
        "https:///", "https;//", "//", "ftp://", "https://https://", r"https:\\",
        "mailto:https://", "mailto:", "https://www.", "hxxps://", "https :// ",
        "htt\u0440s://",
    )),
    (r"(?<=\w)@(?=\w)", (
        "%40", " @ ", "@@", " at ", "[at]", "", "@.", "&#64;", r"\@", "＠", "@\u200b", "@[", "@ ",
        " @", "(at)", '"@', "@www.", "\u202e@",
    )),
    (r"(?<=\w)\.(?=\w)", (
        "..", ",", "", " . ", "。", ". ", r"\.", "\u200b.", "/", "-.", "．", "\n.", '."', '" ".',
        "._", "\u00ad.", ".\u2011", "%2E",
    )),
    (r",", (
        " ", ";", ", ", " , ", ",,", "", "; ", " and ", "|", "\n", ";mailto:", "&", "/", r"\,",
        '","', "', '", "; rua=", ";rua=", ",rua=", " rua=", "\n  ", '", "', '" ", "', '," "', "%2C",
        ", \n", "，", "、", " / ", " or ", "+", '" "', '"\n"', "><",
    )),
    (r"(?<=\w)(?=,|;?$)", (
        ",", ";", ".", "!10m", "?subject=TLS", ">", "/", " ", "'", '"', ".,", "\\", ")", "]",
        "\u200b", "\n", ":", "%", "*", "#", "!", "&", "(tls)", " (reports)", ";note=x", "; p=none",
        "; a=b=c", "/v1", "?a&amp;b", "!5000", "!10MB", r"\n", r"\r\n", "<br>", "/<id>",
    )),
    (r"\w", (
        "\u200b", "", "\\", '"', "'", " ", "\n", "\u00ad", r"\117", r"\u0061", "&#97;", "%61",
    )),
)  # fmt: skip


def _record(random: Random) -> tuple[str, set[tuple[str, str]] | None]:
    """A record, and what is in its list if that is sound."""
    endpoints = [_endpoint(random) for _ in range(random.choice((1, 1, 2, 2, 3)))]
    if random.random() < 0.1:
        endpoints.append(random.choice(endpoints))
    begin = f"v=TLSRPTv1;{random.choice((' ', ' ', ''))}rua="
    end = random.choice(("", "", "", ";", "; ", "; n=x", '; n=a"b', "; n=a\\b"))
    if random.random() < 0.5:
        rua = random.choice((",", ",", ", ")).join(endpoints)
        return begin + rua + end, _meant(begin + rua)
    if random.random() < 0.2:
        before, after = random.choice(('""', '""', "''", "()", "[]", "{}"))
        endpoints = [f"{before}{one}{after}" for one in endpoints]
    rua = random.choice((",", ",", ",", ", ", " ", '" "')).join(endpoints)
    if random.random() < 0.1:
        quote = random.choice("\"'`")
        rua = f"{quote}{rua}{quote}"
    text = begin + rua + end
    for _ in range(random.choice((0, 1, 1, 2))):
        text = _slip(random, text)
    return text, None


def _endpoint(random: Random) -> str:
    if random.random() < 0.3:
        return random.choice(_URLS)
    return "mailto:" + random.choice(_ADDRESSES if random.random() < 0.98 else _ODD)


def _meant(record: str) -> set[tuple[str, str]] | None:
    """What is in the list; None if a person could take it for another."""
    for word, label in _A_LABELS.items():
        record = record.replace(word, label)
    return endpoints_of(record) if record.isascii() else None


def _slip(random: Random, text: str) -> str:
    pattern, wrong = random.choice(_SLIPS)
    places = list(re.finditer(pattern, text))
    if not places:
        return text
    place = random.choice(places)
    return text[: place.start()] + random.choice(wrong) + text[place.end() :]


# --- Wrappings ------------------------------------------------------------------------------------

_OTHERS: Final = (
    "MS=ms12345678", "v=spf1 include:stranger.example -all", "google-site-verification=abc_DEF-123",
    "v=DMARC1; p=none; rua=mailto:dmarc@stranger.example", "v=STSv1; id=20240101",
    "v=TLSRPTv1; rua=mailto:second@stranger.example", "v=TLSRPTv1; rua=https://stranger.example/v1",
    "stranger@stranger.example", "rua=mailto:second@stranger.example", "stranger.example",
)  # fmt: skip


def _as_it_is(_: Random, text: str) -> str:
    return text


def _with_second(random: Random, text: str) -> str:
    """Another TXT record on the next line, or on the one before; the list is not left open."""
    text = text.rstrip(", ")
    mark = random.choice(("", '"'))
    records = [f"{mark}{one}{mark}" for one in (text, random.choice(_OTHERS))]
    if random.random() < 0.2:
        records.reverse()
    return random.choice(("\n", "\n", "\r\n", "\n\n")).join(records)


def _as_strings(random: Random, text: str) -> str:
    """Character-strings, cut anywhere; now and then somebody forgets to escape."""
    places = sorted(random.randrange(len(text) + 1) for _ in range(random.choice((0, 0, 1, 1, 2))))
    parts = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
    if random.random() < 0.8:
        parts = [_escaped(random, part) for part in parts]
    between = random.choice((" ", " ", " ", "", "\t", "\n", "\n  ", "  ", ","))
    return between.join(f'"{part}"' for part in parts)


def _escaped(_: Random, text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _as_json(random: Random, text: str) -> str:
    return json.dumps(text, ensure_ascii=random.random() < 0.5)


def _as_literal(_: Random, text: str) -> str:
    return repr(text)


def _in_apostrophes(_: Random, text: str) -> str:
    """A scalar of YAML."""
    return "'" + text.replace("'", "''") + "'"


def _as_html(random: Random, text: str) -> str:
    return html.escape(text, quote=random.random() < 0.5)


def _linked(_: Random, text: str) -> str:
    return re.sub(r"mailto:([^,;\s]+)", r'<a href="mailto:\1">mailto:\1</a>', text)


# How the text is written, and what is put around it.
_WRAPPINGS: Final[tuple[tuple[Callable[[Random, str], str], tuple[str, ...]], ...]] = (
    (_as_strings, (
        "{}",
        "_smtp._tls IN TXT {}",
        "_smtp._tls.example.com. 3600 IN TXT {}",
        "_smtp._tls.example.com\tTXT\t{}",
        "_smtp-tlsrpt.example.com. TXT {}",
        "@ IN 1h TXT ( {} )",
        '_smtp._tls.example.com. TXT {}\n_smtp._tls.example.com. TXT "MS=ms12345678"',
        '_smtp._tls TXT {}\n_smtp._tls TXT "v=TLSRPTv1; rua=mailto:second@stranger.example"',
        "_smtp._tls.example.com descriptive text {}",
        "Server:\t\t127.0.0.53\nAddress:\t127.0.0.53#53\n\n_smtp._tls.example.com\ttext = {}\n",
        ";; ANSWER SECTION:\n_smtp._tls.example.com. 300 IN TXT {}\n\n;; Query time: 1 msec\n",
    )),
    (_with_second, ("{}",)),
    (_in_apostrophes, ("- {}", "value: {}")),
    (_as_json, ('{"type": 16, "rdataTXT": {}}', "[{}]", "{}", '{"content": {}, "ttl": 1}',
                'TXT("_smtp._tls", {}),')),
    (_as_literal, ("value = {}", "{}", "[{}]", "records = [{}],")),
    (_escaped, ('resource "x" "y" {\n  content = "{}"\n}', '- "{}"')),
    (_as_html, ("<code>{}</code>", "<td>{}</td>", "<p>{}</p>", "<pre>{}</pre>")),
    (_linked, ("{}",)),
    (_as_it_is, (
        "| _smtp._tls | TXT | {} |", "| TXT | `{}` |", "- `{}`", "```\n{}\n```", "**{}**", "> {}",
        "1. {}",
    )),
    (_as_it_is, (
        "“{}”", "„{}“", "‘{}’", "«{}»", "'{}'", "`{}`", '"{}', '{}"', '""{}""', "({})",
    )),
    (_as_it_is, (
        "Value: {}", "Type: TXT\nName: _smtp._tls\nValue: {}", "Value: {}\nTTL: Auto",
        "Type: TXT  Name: _smtp._tls  Value: {}", "Add TXT _smtp._tls: {}", "_smtp._tls TXT {}",
        "_smtp._tls.example.com: {}", "TXT={}", "export RECORD='{}'", "value: {}",
        "Please publish {} at _smtp._tls, or mail to stranger@stranger.example",
        "Contact: stranger@stranger.example\nValue: {}", "stranger@stranger.example wrote: {}",
        "{}\n\nRegards, stranger@stranger.example", "{};\n\nhttps://stranger.example/x",
        "{}\nhttps://stranger.example/x", "{};\nmailto:stranger@stranger.example",
        "_smtp._tls IN TXT {} ; stranger@stranger.example",
        "_smtp._tls\tTXT\t{}\tstranger@stranger.example",
    )),
    (_as_it_is, (
        '"{}" ; a comment', '"{}" ; ask stranger@stranger.example',
        '"{}" // stranger@stranger.example', '"{}" # https://stranger.example/',
        "{} # mailto:stranger@stranger.example", "{} (see https://stranger.example/)",
    )),
)  # fmt: skip


def _wrapped(random: Random, text: str) -> str:
    for _ in range(random.choice((0, 1, 1, 1, 2, 2))):
        write, around = random.choice(_WRAPPINGS)
        text = random.choice(around).replace("{}", write(random, text), 1)
    return text


# --- Mutations ------------------------------------------------------------------------------------

_CORPUS: Final = Path(__file__).parent / "fuzz" / "corpus"
_KNOWN: Final = [
    *(Check.of(case.given).text for path in DIAGNOSIS for case in cases(path)),
    *texts(DATA / "valid.txt"),
    *texts(DATA / "invalid.txt"),
    *(path.read_bytes().decode("utf-8", "surrogateescape") for path in sorted(_CORPUS.iterdir())),
]
_INSERTED: Final = "\"'\\ ;,:=@./\n\t<>()[]{}|%"


def _mutated(random: Random) -> str:
    text = random.choice(_KNOWN) if random.random() < 0.6 else _wrapped(random, _record(random)[0])
    if random.random() < 0.1:
        other = random.choice(_KNOWN)
        return text[: random.randrange(len(text) + 1)] + other[random.randrange(len(other) + 1) :]
    for _ in range(random.choice((1, 1, 2, 3))):
        place = random.randrange(len(text) + 1)
        before, after = text[:place], text[place:]
        text = random.choice(
            (
                before + after[1:],
                before + after[:1] + after,
                before + after[1:2] + after[:1] + after[2:],
                before + random.choice(_INSERTED) + after,
                before + random.choice(_INSERTED) + after,
            )
        )
    return text
