"""What holds for every answer: the status is the verdict of `from_rrset`, and nothing raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import dns.message
import dns.nameserver
import dns.query
import dns.rcode
import dns.resolver
from hypothesis import example, given
from hypothesis import strategies as st

from tests.dns.server import Reply, message_for
from tests.strategies import OCTETS
from tlsrpt import MultipleRecordsError, ParseError, RecordNotFoundError, TLSRPTRecord, check_rrset
from tlsrpt.dns import Lookup, lookup

if TYPE_CHECKING:
    from collections.abc import Callable

NEAR: Final = b"v=TLSRPT1; rua=mailto:tls@example.com"
SPACED: Final = b"v=TLSRPTv1 ; rua=mailto:tls@example.com"
GOOD: Final = b"v=TLSRPTv1; rua=mailto:tls@example.com"
KNOWN: Final = st.sampled_from([NEAR, SPACED, GOOD, b"v=spf1 -all", b"v=TLSRPTv1;"])
ANSWERS: Final = st.lists(st.one_of(KNOWN, OCTETS), max_size=4, unique=True)


class Canned(dns.nameserver.Nameserver):
    """Answers as it is told, without any network."""

    def __init__(self, answer: Callable[[dns.message.Message], bytes]) -> None:
        self.answer = answer

    def answer_nameserver(self) -> str:
        return "192.0.2.1"

    def answer_port(self) -> int:
        return 53

    def is_always_max_size(self) -> bool:
        return True

    def query(
        self, request: dns.message.QueryMessage, *_: object, **__: object
    ) -> dns.message.Message:
        wire = self.answer(request)
        # As dnspython does it for an answer over TCP
        message = dns.message.from_wire(wire)
        if not request.is_response(message):
            raise dns.query.BadResponse
        return message


def answered(answer: Callable[[dns.message.Message], bytes]) -> Lookup:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [Canned(answer)]
    return lookup("example.com", resolver=resolver)


def published(texts: list[bytes]) -> Lookup:
    return answered(lambda query: message_for(query, Reply(texts=tuple(texts))).to_wire())


@given(ANSWERS)
def test_status_is_the_verdict_of_from_rrset(texts: list[bytes]) -> None:
    result = published(texts)
    record = None
    try:
        record = TLSRPTRecord.from_rrset(texts, domain="example.com")
        expected = {"found"}
    except MultipleRecordsError:
        expected = {"multiple"}
    except ParseError:
        expected = {"broken"}
    except RecordNotFoundError:
        # Among several, `from_rrset` does as senders do, and does not look for near misses.
        expected = {"none", "broken"} if len(texts) > 1 else {"none"}
    assert result.status in expected
    assert result.record == record
    assert list(result.texts) == sorted(text.decode("utf-8", "surrogateescape") for text in texts)
    if result.check is not None:
        assert result.check == check_rrset(result.texts, domain="example.com")


@given(ANSWERS.flatmap(lambda texts: st.tuples(st.just(texts), st.permutations(texts))))
def test_order_of_records_does_not_matter(orders: tuple[list[bytes], list[bytes]]) -> None:
    one, other = (published(texts) for texts in orders)
    assert one == other


SOUND: Final = [
    Reply(texts=(GOOD, b"v=spf1 -all"), cnames=("tls.vendor.example.",)),
    Reply(rcode=dns.rcode.NXDOMAIN, cnames=("gone.example.",), extended_error=6),
    Reply(rcode=dns.rcode.SERVFAIL, extended_error=6),
    Reply(referral=True),
]
DAMAGES: Final = st.lists(st.tuples(st.integers(2, 200), st.integers(0, 255)), max_size=4)


@example(SOUND[0], [(2, 0)], None, b"")  # a query, not a response
@given(st.sampled_from(SOUND), DAMAGES, st.integers(0, 200) | st.none(), st.binary(max_size=40))
def test_damaged_answers_are_results(
    sound: Reply, damages: list[tuple[int, int]], end: int | None, more: bytes
) -> None:
    def answer(query: dns.message.Message) -> bytes:
        wire = bytearray(message_for(query, sound).to_wire())
        for place, octet in damages:
            wire[min(place, len(wire) - 1)] = octet
        return bytes(wire[:end] + more)

    result = answered(answer)
    assert result.status in {"found", "none", "multiple", "broken", "failed"}
    assert result.to_dict()["status"] == result.status
