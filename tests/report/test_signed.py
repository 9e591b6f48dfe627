"""`is_signed` of the how-to: whatever a stranger writes, only our server's word counts.

The code is the page's own. A stranger writes the mail, and what our server quotes of it in its
field: in comments, which nest, in quoted strings, and the domain and user of a signature.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.deviations import DATA
from tests.report.documents import GONE, text
from tlsrpt.report import ReceivedReport, Report, read_reports

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = Path("docs/howto/read-reports.md")
MAIL: Final = (DATA / "sound.eml").read_bytes()
SENDER: Final = "sender.example"
GOOD: Final = f"dkim=pass header.d={SENDER}"
OURS: Final = "mx.example.com"


def recipe() -> dict[str, Any]:
    """The names that the code on the page defines."""
    (code,) = re.findall(
        r"```python\n((?:(?!```).)*def is_signed.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    return names


RECIPE: Final = recipe()
is_signed: Final[Callable[[ReceivedReport], bool]] = RECIPE["is_signed"]


def received(*fields: str, mail: bytes = MAIL) -> ReceivedReport:
    """The report of a mail with such fields of Authentication-Results, the first at the top."""
    head = "".join(f"Authentication-Results: {field}\r\n" for field in fields)
    (one,) = read_reports(io.BytesIO(head.encode() + mail))
    return one


@pytest.mark.parametrize(
    "fields",
    [
        [f"{OURS}; {GOOD}"],
        [f"{OURS} 1; {GOOD}"],
        [f"{OURS}\t(a b) 1 (c); {GOOD}"],
        [f"{OURS}; dkim=pass header.d=Sender.EXAMPLE"],
        [f"{OURS}; DKIM/1=Pass Header.D={SENDER}"],
        [f"{OURS}; dkim=pass header.i=@{SENDER}"],
        [f"{OURS}; dkim=pass header.i=tls-reports@{SENDER}"],
        [f'{OURS}; dkim=pass header.i="a@b.example c"@{SENDER}'],
        [f"{OURS}; dkim=pass (2048-bit key; unprotected) header.i=@Sender.Example"],
        [f'{OURS}; dkim=pass header.b="a/b" header.a=rsa-sha256 header.d={SENDER}'],
        [f"{OURS}; spf=pass (a \\) (b) c) smtp.mailfrom=a@b.example; dmarc=pass; {GOOD}"],
        [f"{OURS}; dkim=fail header.d=evil.example; {GOOD}; x-new=pass x-new.y=z"],
        [f"{OURS};\r\n\tdkim=pass (2048-bit\r\n\t  key)\r\n header.d={SENDER};\r\n\tspf=pass"],
        # Another program of our server wrote the first, and what follows is not ours.
        [f"{OURS}; dmarc=pass header.from={SENDER}", f"{OURS}; {GOOD}", "evil.example; dkim=fail"],
        [f"{OURS}; dkim=pass header.d=(", f"{OURS}; {GOOD}"],
    ],
)
def test_what_our_server_verified(fields: list[str]) -> None:
    assert is_signed(received(*fields))


NESTED: Final = f"; {GOOD}; x=pass policy.y="


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [""],
        [f"{OURS}; none"],
        [f"{OURS}; dkim=fail header.d={SENDER}"],
        [f"{OURS}; dkim=none; spf=pass header.d={SENDER}"],
        [f"{OURS}; dkim=fail header.d={SENDER}; dkim=pass header.d=evil.example"],
        [f"{OURS}; dkim=pass smtp.mailfrom=a@{SENDER} header.from={SENDER}"],
        # Another domain
        *(
            [f"{OURS}; dkim=pass header.d={domain}"]
            for domain in (
                f"mail.{SENDER}",
                f"{SENDER}.evil.example",
                f"evil{SENDER}",
                f"evil-{SENDER}",
                "example",
                f"@{SENDER}",
                f"a@{SENDER}",
                f"{SENDER}.",
                '""',
                "",
            )
        ),
        *(
            [f"{OURS}; dkim=pass header.i={user}"]
            for user in (
                f"@mail.{SENDER}",
                f"@{SENDER}@evil.example",
                f'"@{SENDER}"@evil.example',
                f'"a\\"@{SENDER}"@evil.example',
                f'@{SENDER}"x"@evil.example',
                f'"x header.d={SENDER} "@evil.example',
                f"x\u00a0header.d={SENDER}\u00a0@evil.example",
            )
        ),
        # Another server, or one that is not written as ours is
        [f"evil.example; {GOOD}"],
        [f"{OURS}.evil.example; {GOOD}"],
        [f"evil.{OURS}; {GOOD}"],
        [f"mx-example.com; {GOOD}"],
        [f"{OURS} evil.example; {GOOD}"],
        [f"(a) {OURS}; {GOOD}"],
        [f'"{OURS}"; {GOOD}'],
        [f"{OURS}; spf=pass", f"evil.example; {GOOD}"],
        # In a comment, in a quoted string, or after what only looks like the end of one
        [f"{OURS}; dkim=fail ({GOOD}); spf=pass"],
        [f"{OURS}; dkim=fail (; {GOOD})"],
        [f'{OURS}; dkim=fail ("(") ; {GOOD} (")")'],
        [f"{OURS}; dkim=fail (a (b) ; {GOOD} ) header.d=evil.example"],
        [f"{OURS}; dkim=fail (a\\) ; {GOOD} \\(b) header.d=evil.example"],
        [f'{OURS}; dkim=fail reason="; {GOOD} "'],
        [f'{OURS}; dkim=fail reason="a\\"; {GOOD} "'],
        [f'{OURS}; dkim=fail reason="("; spf=pass smtp.mailfrom=") ; {GOOD} "@evil.example'],
        [f'{OURS}; dkim=fail header.i="\\\\\\"; {GOOD} "@evil.example'],
        [f"{OURS}; dkim=fail\r\n (\r\n ; {GOOD}\r\n )"],
        [f'{OURS}; spf=fail smtp.mailfrom="a \r\n \r\n ; {GOOD}"@evil.example'],
        # What cannot be parsed
        [f"{OURS} 2; {GOOD}"],
        [f"{OURS}; dkim=fail (; {GOOD}"],
        [f'{OURS}; dkim=fail reason="; {GOOD}'],
        [f"{OURS}; dkim; {GOOD}"],
        [f"{OURS}; {GOOD} /"],
        [f"{OURS}; dkim=fail (\x00); {GOOD}"],
        [f"{OURS}; spf=fail (ü); {GOOD}"],
        [f"{OURS}; dkim=pass header.d=\u017fender.example"],
        # What is too long
        [f"{OURS}; {GOOD} ({4000 * 'a'})"],
        # Where the nesting is too deep for it, the parser goes on in the middle of a comment.
        *(
            [f'{OURS}; spf=fail (a) {depth * "("}{NESTED}"{depth * ")"}"']
            for depth in range(40, 1000, 10)
        ),
    ],
)
def test_what_strangers_wrote(fields: list[str]) -> None:
    assert not is_signed(received(*fields))


@pytest.mark.parametrize("contact_info", [GONE, None, "", "@", "none", "none@", f"{SENDER}@"])
def test_reports_without_a_sender(contact_info: object) -> None:
    mail = received(f"{OURS}; dkim=pass header.d= header.i=@; {GOOD}")
    report = Report.parse(text({"/contact-info": contact_info}))
    assert not is_signed(mail._replace(report=report))


def test_what_came_without_a_mail_or_a_report() -> None:
    assert not is_signed(next(read_reports(DATA / "sound.json")))
    assert not is_signed(received(f"{OURS}; {GOOD}")._replace(report=None))


@pytest.mark.parametrize("server", [OURS, "evil.example"])
@pytest.mark.parametrize("part", ['"', '\\"', "(", "()", "\\(", ";", "; a=b", " ", "\t(a)", "a"])
def test_huge_fields_are_not_parsed(
    server: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPE, "authres", None)
    repeated = 2**16 // len(part) * part
    for start in (server, f"{server}; dkim=pass reason=", f'{server}; dkim=pass reason="'):
        assert not is_signed(received(f"{start}{repeated}x"))


# --- Fields as our server writes them, with hostile text wherever strangers have a say -----------


HOSTILE: Final = st.sampled_from(
    [
        *'a;=@. "',
        "\\(",
        "\\)",
        '\\"',
        "\\\\",
        f"; {GOOD}",
        f";{GOOD} ",
        f"header.d={SENDER}",
        "; none",
    ]
)
COMMENTS: Final = st.recursive(
    HOSTILE, lambda inner: st.lists(inner).map(lambda parts: f"({''.join(parts)})"), max_leaves=20
).map(lambda content: f" ({content})")
NO_COMMENTS: Final = st.just("")
BLANKS: Final = st.one_of(NO_COMMENTS, NO_COMMENTS, st.just(" "), COMMENTS)
QUOTED: Final = st.lists(
    st.one_of(HOSTILE.filter(lambda text: text != '"'), st.sampled_from("()"))
).map(lambda parts: f'"{"".join(parts)}"')
SIGNERS: Final = st.sampled_from([SENDER, "evil.example", f"{SENDER}.evil.example", f"a.{SENDER}"])


@st.composite
def results(draw: st.DrawFn) -> tuple[str, bool]:
    """A result, and whether it says that the signature of the sender was verified."""
    method, verdict = (
        draw(st.sampled_from(["dkim", "spf"])),
        draw(st.sampled_from(["pass", "fail"])),
    )
    written = f"; {method}={verdict}{draw(BLANKS)}"
    if draw(st.booleans()):
        written += f" reason={draw(QUOTED)}{draw(BLANKS)}"
    is_by_sender = False
    for name in draw(st.permutations(["header.d", "header.i", "header.b", "smtp.mailfrom"])):
        signer = draw(SIGNERS)
        local = draw(st.one_of(QUOTED, st.sampled_from(["", "a", f"{SENDER}"])))
        value = {"header.d": signer, "header.i": f"{local}@{signer}"}.get(name, draw(QUOTED))
        if draw(st.booleans()):
            written += f" {name}={value}{draw(BLANKS)}"
            is_by_sender |= name in {"header.d", "header.i"} and signer == SENDER
    return written, (method, verdict) == ("dkim", "pass") and is_by_sender


@given(st.lists(results(), min_size=1, max_size=4))
def test_nothing_in_a_field_can_be_forged(parts: list[tuple[str, bool]]) -> None:
    field = OURS + "".join(written for written, _ in parts)
    assert not is_signed(received(field)) or any(is_signed_so for _, is_signed_so in parts)
