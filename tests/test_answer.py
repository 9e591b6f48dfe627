"""What DNS tools print and zone files hold: `check_answer`.

The files in `tests/data/answers` have commands and what they printed. The name in a command says
what there is to find.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.laws import hold_result
from tests.strategies import RECORDS
from tests.test_data import INVALID, VALID
from tlsrpt import CheckResult, InvalidDomainError, TLSRPTRecord, check, check_answer, check_rrset

ANSWERS: Final = sorted((Path(__file__).parent / "data" / "answers").glob("*.txt"))
SPF: Final = "v=spf1 -all"
GOOD: Final = "v=TLSRPTv1; rua=mailto:tls@example.com"
# The TXT records at `_smtp._tls.NAME.example.com`
PUBLISHED: Final[dict[str, list[str] | None]] = {
    "one": [GOOD],
    "strings": [GOOD],
    "broken": ["v=TLSRPTv1 rua=mailto:tls@example.com"],
    "escapes": ["v=TLSRPTv1; rua=mailto:üO'Neil@example.com; n=a\"b\\c\udcff"],
    "foreign": [SPF],
    "several": [SPF, GOOD],
    "two": [GOOD, "v=TLSRPTv1; rua=mailto:tls@example.net"],
    "alias": [GOOD],
    "away": [],
    "nodata": [],
    "absent": [],
    # The name server failed, which says nothing about the name.
    "failed": None,
}
RELATIVE: Final = f'_smtp._tls TXT "{GOOD}"'
RECORD: Final = f'_smtp._tls.example.com. 300 IN TXT "{GOOD}"'


def commands() -> list[tuple[str, str, str]]:
    """Each command of the files, its name among those above, and what it printed."""
    found = []
    for path in ANSWERS:
        _, *parts = re.split("^\\$ ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for part in parts:
            command, _, output = part.partition("\n")
            found.append((command, command.partition("_smtp._tls.")[2].split(".")[0], output))
    return found


COMMANDS: Final = commands()


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


def expected(text: str, records: list[str] | None) -> CheckResult:
    """The result for a text that holds these records; None if it is no answer."""
    if records is None:
        return check(text)
    return check(records[0]) if len(records) == 1 else check_rrset(records)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(
    ("name", "output"), [rest for _, *rest in COMMANDS], ids=[command for command, *_ in COMMANDS]
)
def test_what_tools_print(name: str, output: str, end: str) -> None:
    text = output.replace("\n", end)
    result = check_answer(text)
    records = PUBLISHED[name]
    if records is None:
        # dig +short may print nothing then.
        assert codes(result) == ["failed-lookup" if text else "record-not-found"]
    elif text:
        assert result == expected(text, records)
    else:
        # It prints nothing where there are no records, too.
        assert codes(result) == ["record-not-found"]
        assert "dig +short prints nothing if there is no record" in result.findings[0].hint
    # In a block of code, or in a mail
    assert check_answer(f"    {text.replace(end, f'{end}    ')}") == result


def test_an_answer_without_a_record() -> None:
    (result,) = {
        check_answer(output) for _, name, output in COMMANDS if name == "nodata" and output
    }
    assert codes(result) == ["record-not-found"]
    assert "(the answer has 0)" in result.findings[0].message


@pytest.mark.parametrize(
    ("text", "records"),
    [
        # Zone files (RFC 1035 section 5.1)
        (RECORD, [GOOD]),
        (f"; the zone\n\n{RECORD} ; a comment\n", [GOOD]),
        (f'$ORIGIN example.com.\n$TTL 1h\n_smtp._tls TXT "{GOOD}"\n', [GOOD]),
        (f'\\_smtp.\\_tls IN 1h30m TXT "{GOOD}"', [GOOD]),
        (f'_smtp._tls 1W in txt"{GOOD}"', None),
        (f'_smtp._tls 1w in txt\t"{GOOD}"', [GOOD]),
        (f'\t300 IN TXT "{GOOD}"', [GOOD]),
        (f'IN TXT "{GOOD}"', [GOOD]),
        (f'TXT "{GOOD}"', [GOOD]),
        ('_smtp._tls TXT ( "v=TLSRPTv1; " ; a comment\n  "rua=mailto:tls@example.com"\n)', [GOOD]),
        ('_smtp._tls TXT (\n"v=TLSRPTv1\\; "\n"rua=mailto:tls\\@example.com" )\n', [GOOD]),
        (f'_smtp._tls TXT "{SPF}"\n   TXT "{GOOD}"', [SPF, GOOD]),
        (f'   TXT "{SPF}"\n_smtp._tls TXT "{GOOD}"', [SPF, GOOD]),
        (f'$ORIGIN example.com.\n{RELATIVE}\n$ORIGIN _tls\n_smtp TXT "{SPF}"', [GOOD, SPF]),
        (f"{RECORD}\n$origin example.com. ; a comment\n{RELATIVE}", [GOOD, GOOD]),
        # Two records as the strings of one
        (f'_smtp._tls TXT "{GOOD}" "{GOOD}"', [2 * GOOD]),
        (f'_SMTP._TLS.a. TXT "{SPF}"\n\\_smtp._tls.a TXT "{GOOD}"', [SPF, GOOD]),
        ("_smtp._tls.example.com. 300 IN CNAME tls.example.net.", []),
        ("_smtp._tls\tCNAME\ttls.example.net.\n", []),
        (f"; {RECORD}\n_smtp._tls CNAME tls.example.net.", []),
        # A shell's prompt
        (f"$ dig TXT _smtp._tls.example.com\n{RECORD}\n$ ", [GOOD]),
        (f'C:\\>host -t txt x\n_smtp._tls descriptive text "{GOOD}"\n\nC:\\>', [GOOD]),
        (f'$ dig +short TXT _smtp._tls.example.com\n"{GOOD}"\n$ \n', [GOOD]),
        (f'[me@host ~]# kdig +short TXT x\na.example.\n"{SPF}"\n"{GOOD}"', [SPF, GOOD]),
        (f'"{GOOD}"\n,<mailto:b@example.com>', None),
        (f'"{GOOD}"\n> dig rua', None),
        # dig +short
        (f'"{GOOD}"', [GOOD]),
        (f' "{GOOD[:20]}" "{GOOD[20:]}"\t\n\n', [GOOD]),
        (f'"{SPF}"\n"{GOOD}"\n', [SPF, GOOD]),
        (f';; Truncated, retrying in TCP mode.\n"{GOOD}"', [GOOD]),
        (f'a.example.\ntls.example.\n"{GOOD}"', [GOOD]),
        ('"v=TLSRPTv1;"\n"rua=mailto:tls@example.com"', ["v=TLSRPTv1;", GOOD[12:]]),
        ('""', [""]),
        ("tls.example.net.\n", []),
        # dig +yaml
        (
            f"- '{RECORD.replace('tls@', 'O' + 2 * chr(39) + 'Neil@')}'",
            [GOOD.replace("tls@", "O'Neil@")],
        ),
        # Not one record a line, or another one beside it
        (f'Add a TXT "{GOOD}"', None),
        (f"{RECORD} from server ::1", None),
        (f"{RECORD} — TLS-RPT", None),
        (f'"{GOOD}" from server ::1 in 0 ms.', None),
        (f"{RECORD}\nv=TLSRPTv1; rua=mailto:tls@example.net", None),
        (f"{RECORD}\n_smtp._tls.example.com. TXT v=TLSRPTv1; rua=mailto:tls@example.net", None),
        (f'_smtp._tls IN TXT\n"{GOOD}"', None),
        (f"_smtp._tls IN TXT {GOOD}", None),
        (f'_smtp._tls IN IN IN TXT "{GOOD}"', None),
        ('_smtp._tls IN TXT ( "v=TLSRPTv1;" rua=mailto:a@example.com )', None),
        # A line below may be a part of the record.
        (f'{RECORD}\n ",https://r.example/x"', None),
        (f'{RECORD[:-1]},"\n "mailto:b@example.com"', None),
        (f'_smtp._tls descriptive text "{GOOD}"\n,mailto:b@example.com', None),
        # At several names
        (f'{RECORD}\n_dmarc.example.com. TXT "v=DMARC1"', None),
        (f'{RECORD}\n_smtp._tls.example.net. TXT "{GOOD}"', None),
        (f"$ORIGIN a.example.\n{RELATIVE}\n$ORIGIN b.example.\n{RELATIVE}", None),
        (f"$ORIGIN example.\n$ORIGIN a\n{RELATIVE}\n$ORIGIN b\n{RELATIVE}", None),
        # What no zone file can hold
        ('_smtp._tls TXT "v=TLSRPTv1;\nrua=mailto:tls@example.com"', None),
        (f'_smtp._tls TXT ( "{GOOD}"', None),
        ("_smtp._tls TXT ( )", None),
        (f'_smtp._tls TXT "{GOOD}\\256"', None),
        (f'_smtp._tls TXT "{256 * "x"}"', None),
        (f'x text =\n"{GOOD}" x', None),
        # No answer at all
        ("; a comment\n", None),
        ("example.com", None),
        ("tls@example.com.", None),
        (f"{GOOD}\n", None),
        ("a CNAME tls.example.net. b", None),
    ],
)
def test_what_else_holds_records(text: str, records: list[str] | None) -> None:
    assert check_answer(text) == expected(text, records)


@pytest.mark.parametrize("text", ["", " \r\n", "$ dig +short TXT _smtp._tls.example.com\n$ "])
def test_an_empty_answer_is_none(text: str) -> None:
    result = check_answer(text)
    assert (result.text, codes(result)) == ("", ["record-not-found"])
    assert "dig +short prints nothing" in result.findings[0].hint


REFUSED: Final = ";; communications error to 192.0.2.1#53: connection refused\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (REFUSED, "failed-lookup"),
        # What is said last counts: another server was asked, or an alias followed.
        (f"{REFUSED};; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n", "record-not-found"),
        (f"_smtp._tls 1h in cname a.example.\n{REFUSED}", "failed-lookup"),
        (f"{REFUSED}_smtp._tls.example.com has no TXT record\n", "record-not-found"),
        ("a is an alias for b.\nHost b not found: 2(SERVFAIL)\n", "failed-lookup"),
        (f"a.example.\n{REFUSED}", "failed-lookup"),
        # As dig of BIND 9.16 and before prints it
        (";; connection timed out; no servers could be reached\n", "failed-lookup"),
        (f";\n{REFUSED}{GOOD[:-1]}", "missing-version"),
        (f"{REFUSED}{RECORD} x", "text-before"),
    ],
)
def test_a_tool_that_got_no_answer(text: str, code: str) -> None:
    result = check_answer(text)
    assert codes(result)[:1] == [code]
    assert not result.ok


def test_records_count_whatever_else_a_tool_says() -> None:
    assert check_answer(f'{REFUSED}"{GOOD}"') == check(GOOD)
    assert check_answer(f"{REFUSED}{RECORD}") == check(GOOD)


ALIASES: Final = (
    "_smtp._tls.example.com. 300 IN CNAME a.example.net.\n"
    f'a.example.net. CNAME b.example.net.\nb.example.net. TXT "{GOOD}"'
)


@pytest.mark.parametrize(
    ("text", "domain", "code"),
    [
        (f'example.com. IN TXT "{GOOD}"', None, "zone-owner"),
        (f'example.com. TXT "{GOOD}"\nexample.com. TXT "{SPF}"', None, "zone-owner"),
        (f'example.com descriptive text "{GOOD}"', "example.com", "zone-owner"),
        (f'_SMTP-TLSRPT.example.com. TXT "{GOOD}"', None, "pre-standard-name"),
        (ALIASES, None, None),
        (ALIASES, "example.com", None),
        (ALIASES, "example.net", "zone-owner"),
        (ALIASES.partition("\n")[2], None, "zone-owner"),
        (f'a CNAME b\nb CNAME a\na TXT "{GOOD}"', None, "zone-owner"),
        (RECORD, "Example.COM.", None),
        (RECORD, "mail.example.com", "zone-owner"),
        (RECORD.replace(".com.", ".com"), "example.com.example.net", None),
        (f'_smtp._tls.bücher.example. TXT "{GOOD}"', "bücher.example", None),
        (f'_smtp._tls.a_b.example. TXT "{GOOD}"', "example.com", None),
        (f'_smtp._tls TXT "{GOOD}"', "example.com", None),
        (f'@ TXT "{GOOD}"', "example.com", None),
        # What the origin makes of a name
        (f'$ORIGIN example.com.\n@ TXT "{GOOD}"', None, "zone-owner"),
        (f'$ORIGIN _smtp._tls.example.com.\n@ TXT "{GOOD}"', "example.com", None),
        (f'$ORIGIN .\n_smtp._tls.example.com TXT "{GOOD}"', "example.com", None),
        (f'$ORIGIN _tls.example.com.\n_smtp TXT "{GOOD}"', "example.com", None),
        (f"$ORIGIN example.net.\n{RELATIVE}", "example.com", "zone-owner"),
        (f"$ORIGIN example.com\n{RELATIVE}", "example.com", None),
        (f'$ORIGIN example.com.\n_smtp._tls CNAME b\nb TXT "{GOOD}"', "example.com", None),
        (
            f'$ORIGIN example.com.\n_smtp._tls CNAME b\nb.example.net. TXT "{GOOD}"',
            None,
            "zone-owner",
        ),
        (f'TXT "{GOOD}"', "example.com", None),
    ],
)
def test_a_record_where_senders_do_not_look(
    text: str, domain: str | None, code: str | None
) -> None:
    result = check_answer(text, domain)
    if code is None:
        assert result == check(GOOD, domain=domain)
    else:
        assert codes(result)[0] == code
        assert (result.ok, result.fixed, result.findings[0].span) == (False, None, (0, 0))


@pytest.mark.parametrize("text", [*VALID, *INVALID])
def test_a_record_alone_is_checked_as_it_is(text: str) -> None:
    if text.strip():
        assert check_answer(text) in (check(text), expected(text, [text[1:-1]]))


@given(RECORDS)
def test_a_record_is_found_in_its_zone_line(record: TLSRPTRecord) -> None:
    result = check(record.value)
    assert check_answer(record.to_zone()) == result
    assert check_answer(record.to_rdata()) == result


@example("_smtp._tls TXT (\n")
@example('x text =\n"')
@given(st.text(alphabet='TX "\\\n\r();.t=') | st.text())
def test_any_text_has_a_result(text: str) -> None:
    for answer in (text, f"x TXT {text}", f"x TXT ({text}", f"x\ttext ={text}", f'"{text}'):
        hold_result(check_answer(answer))


def test_the_domain_is_that_of_the_record() -> None:
    for text in (RECORD, f"{RECORD}\n{RECORD}", GOOD, "", REFUSED):
        with pytest.raises(InvalidDomainError):
            check_answer(text, "tls@example.com")
    record = check_answer(RECORD, domain="Example.com").record
    assert record is not None
    assert record.domain == "example.com"


@pytest.mark.parametrize("text", [None, RECORD.encode(), [RECORD]])
def test_an_answer_is_a_str(text: str) -> None:
    with pytest.raises(TypeError, match="an answer is a str"):
        check_answer(text)
