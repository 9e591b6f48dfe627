"""`TLSRPTRecord`, the meeting point: built strictly, parsed faithfully, written canonically."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self, TypeVar

from tlsrpt import _zone
from tlsrpt._abnf import NOT_IN_EXT_VALUE, TLSRPT_EXT_NAME, TLSRPT_VERSION
from tlsrpt._display import name_of
from tlsrpt._parser import read
from tlsrpt.domain import DRAFT_PREFIX, OWNER_PREFIX, normalize_domain, owner_name
from tlsrpt.errors import (
    InvalidExtensionError,
    InvalidURIError,
    MultipleRecordsError,
    ParseError,
    RecordNotFoundError,
    TLSRPTError,
)
from tlsrpt.findings import words
from tlsrpt.txt import MAX_VALUE, read_txt, split_txt
from tlsrpt.uri import ReportURI, equivalence_key, is_tlsrpt_uri, received

if TYPE_CHECKING:
    from collections.abc import Iterable


# How the parts get into a frozen record.
_put = object.__setattr__
_Record = TypeVar("_Record", bound="TLSRPTRecord")


class Extension(NamedTuple):
    """A field other than version and rua (RFC 8460 section 3, tlsrpt-extension).

    Attributes:
        name: 1 to 32 octets, letters, digits, ``_``, ``-`` and ``.``, the first a letter or digit.
        value: one or more octets of printable ASCII without space, ``;`` and ``=``.

    >>> Extension("note", "testing").value
    'testing'
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class TLSRPTRecord:
    """The TXT record by which a Policy Domain asks for reports on TLS (RFC 8460 section 3).

    Constructing is publishing: what comes of it, every sender we know of understands. To read a
    record that somebody published, use `parse`, which keeps it as it was.

    Args:
        rua: the reporting endpoints, one at least, each as `ReportURI` takes it.
        domain: the Policy Domain, as `normalize_domain` takes it; None where it is not known.
        extensions: name and value of each further field.

    Attributes:
        version: ``"TLSRPTv1"``, the only version there is.
        rua: the endpoints in order, each a `ReportURI`.
        domain: the Policy Domain in A-labels, or None.
        extensions: the further fields in order, each an `Extension`.

    Raises:
        InvalidURIError: an endpoint is none that a sender could report to.
        InvalidDomainError: the domain is no Policy Domain.
        InvalidExtensionError: an extension is not in the grammar, or called ``rua`` or ``v``.
        TLSRPTError: there is no endpoint, or more than the 65,279 octets that one TXT record holds.
        TypeError: an argument is of the wrong type, a bare `str` for `rua` among them.

    >>> record = TLSRPTRecord(rua=["mailto:tls@bücher.example"], domain="Bücher.example.")
    >>> record.host
    '_smtp._tls.xn--bcher-kva.example'
    >>> record.value
    'v=TLSRPTv1; rua=mailto:tls@xn--bcher-kva.example'
    """

    version: ClassVar[str] = "TLSRPTv1"

    rua: tuple[ReportURI, ...]
    domain: str | None
    extensions: tuple[Extension, ...]

    def __init__(
        self,
        *,
        rua: Iterable[str],
        domain: str | None = None,
        extensions: Iterable[tuple[str, str]] = (),
    ) -> None:
        if isinstance(rua, str | bytes):
            raise TypeError(
                f"rua is an iterable of endpoints, such as a list, not {type(rua).__name__}"
            )
        endpoints = tuple(map(ReportURI, rua))
        if not endpoints:
            raise TLSRPTError(*words("missing-rua"))
        if domain is not None:
            domain = normalize_domain(domain)
        fields = tuple(map(_publishable_extension, extensions))
        _put(self, "rua", endpoints)
        _put(self, "domain", domain)
        _put(self, "extensions", fields)
        _refuse_too_long(self)

    @classmethod
    def parse(cls, text: str | bytes | Iterable[str | bytes], *, domain: str | None = None) -> Self:
        """Read a record as it was published: what RFC 8460's grammar accepts, no more, no less.

        Args:
            text: the TXT value, or the character-strings of one TXT record, to be joined with
                nothing between; `bytes` are read as UTF-8.
            domain: the Policy Domain it was published for, as `normalize_domain` takes it.

        Raises:
            ParseError: the text is not in the grammar, or has no rua field; shows the place.
            InvalidDomainError: the domain is no Policy Domain.
            TypeError: the text is none of these forms.

        >>> record = TLSRPTRecord.parse("v=TLSRPTv1;rua=MAILTO:tls@example.com , ftp://example.com;")
        >>> record.rua
        (ReportURI('MAILTO:tls@example.com'), ReportURI('ftp://example.com'))
        >>> record.value
        'v=TLSRPTv1; rua=MAILTO:tls@example.com,ftp://example.com'
        """
        value = read_txt(text)
        reading = read(value)
        if reading.findings:
            raise ParseError(reading.findings[0], value)
        if domain is not None:
            domain = normalize_domain(domain)
        return assemble(
            cls,
            tuple([received(uri) for uri, _, _, _ in reading.uris]),
            domain,
            tuple([Extension(name, value) for name, value, _, _ in reading.extensions]),
        )

    @classmethod
    def from_rrset(
        cls,
        rrset: Iterable[str | bytes | Iterable[str | bytes]],
        *,
        domain: str | None = None,
    ) -> Self:
        """Read the record among the TXT records of a DNS answer (RFC 8460 section 3).

        Where there are several, those that do not begin with ``v=TLSRPTv1;`` are discarded, and
        just one has to be left.

        Args:
            rrset: the TXT records, each in one of the forms that `parse` takes.
            domain: the Policy Domain that was asked for.

        Raises:
            RecordNotFoundError: no record is left; the domain does not implement TLSRPT.
            MultipleRecordsError: several are left, which means the same to a sender.
            ParseError: the one record is not in the grammar.
            InvalidDomainError: the domain is no Policy Domain.
            TypeError: `rrset` is one bare `str` or `bytes`, or a member is of the wrong type.

        >>> answer = [[b"v=spf1 -all"], [b"v=TLSRPTv1; rua=", b"mailto:tls@example.com"]]
        >>> TLSRPTRecord.from_rrset(answer)
        TLSRPTRecord(rua=(ReportURI('mailto:tls@example.com'),), domain=None, extensions=())
        """
        if isinstance(rrset, str | bytes):
            raise TypeError("an answer is an iterable of TXT records; use parse for one record")
        texts = [read_txt(rr) for rr in rrset]
        if len(texts) > 1:
            begun = [text for text in texts if text.startswith(f"{TLSRPT_VERSION};")]
        else:
            begun = texts
        if not begun:
            raise RecordNotFoundError(*words("record-not-found", count=len(texts)))
        if len(begun) > 1:
            raise MultipleRecordsError(*words("multiple-records", count=len(begun)))
        return cls.parse(begun[0], domain=domain)

    @classmethod
    def from_zone(cls, text: str) -> Self:
        """Read one TXT record in master-file form, as of zone files and dig (RFC 1035 section 5.1).

        Comments, parentheses, escapes, and TTL and class in either order are understood. An owner
        name with a final dot gives the domain; one relative to an origin leaves it None.

        Raises:
            ParseError: the text is not one TXT record at ``_smtp._tls``, or its value is no
                TLSRPT record.
            InvalidDomainError: the owner name's domain is no Policy Domain.
            TypeError: the text is not a `str`.

        >>> record = TLSRPTRecord.from_zone(
        ...     '_smtp._tls.example.com. 300 IN TXT "v=TLSRPTv1;" "rua=mailto:tls@example.com"'
        ... )
        >>> record.domain, record.value
        ('example.com', 'v=TLSRPTv1; rua=mailto:tls@example.com')
        """
        owner, strings = _zone.read_rr(text)
        if strings == [TLSRPT_VERSION.encode()] and ";" in text:
            semicolon = text.index(";", owner.end)
            _zone.refuse(text, "zone-unquoted", semicolon, semicolon + 1, value=TLSRPT_VERSION)
        name = owner.text.lower()
        if name not in {"", "@", OWNER_PREFIX} and not name.startswith(f"{OWNER_PREFIX}."):
            code = "pre-standard-name" if name.startswith(DRAFT_PREFIX) else "zone-owner"
            _zone.refuse(text, code, owner.start, owner.end, name=owner.text)
        absolute = name.endswith(".")
        return cls.parse(strings, domain=name[len(OWNER_PREFIX) + 1 :] if absolute else None)

    @property
    def host(self) -> str:
        """The owner name of the TXT record; relative to the domain's zone where that is not known.

        >>> TLSRPTRecord(rua=["mailto:tls@example.com"]).host
        '_smtp._tls'
        """
        return owner_name(self.domain)

    @property
    def value(self) -> str:
        """The canonical value, with ``;`` and a space between fields, a bare comma between URIs.

        The rua field stands first, and there is one.

        >>> TLSRPTRecord.parse("v=TLSRPTv1 ;note=x;rua=mailto:a@example.com;").value
        'v=TLSRPTv1; rua=mailto:a@example.com; note=x'
        """
        extensions = "".join([f"; {name}={value}" for name, value in self.extensions])
        return f"{TLSRPT_VERSION}; rua={','.join(self.rua)}{extensions}"

    def __str__(self) -> str:
        return self.value

    @property
    def strings(self) -> tuple[bytes, ...]:
        """The character-strings of the TXT record, each of 1 to 255 octets (RFC 1035 section 3.3).

        >>> TLSRPTRecord(rua=["mailto:tls@example.com"]).strings
        (b'v=TLSRPTv1; rua=mailto:tls@example.com',)
        """
        return split_txt(self.value)

    @property
    def destinations(self) -> tuple[ReportURI, ...]:
        """The endpoints that a sender can use, in order (RFC 8460 section 3).

        >>> TLSRPTRecord.parse("v=TLSRPTv1; rua=ftp://example.com,mailto:a@example.com").destinations
        (ReportURI('mailto:a@example.com'),)
        """
        return tuple(uri for uri in self.rua if uri.supported)

    def reports_to(self, endpoint: str) -> bool:
        """Whether an endpoint is among the record's, however it is spelt.

        Two URIs are the same where RFC 3986 section 6.2.2 finds them equivalent, or their hosts
        have the same A-labels.

        Args:
            endpoint: a URI as `ReportURI` takes it, or any that a record may hold.

        Raises:
            InvalidURIError: it is neither.
            TypeError: it is not a `str`.

        >>> record = TLSRPTRecord(rua=["mailto:tls@bücher.example"])
        >>> record.reports_to("MAILTO:tls@BÜCHER.example")
        True
        """
        asked: set[str] = set()
        if isinstance(endpoint, str) and is_tlsrpt_uri(endpoint):
            asked.add(equivalence_key(endpoint))
        try:
            asked.add(equivalence_key(ReportURI(endpoint)))
        except InvalidURIError:
            if not asked:
                raise
        return not asked.isdisjoint(map(equivalence_key, self.rua))

    def with_rua(self, endpoint: str) -> Self:
        """The record with one more endpoint; itself where it already reports there.

        What it holds so far is kept as it is, whether or not the strict door would let it through.

        Args:
            endpoint: the endpoint, as `ReportURI` takes it.

        Raises:
            InvalidURIError: no sender could report there.
            TLSRPTError: the record would have more octets than one TXT record holds.
            TypeError: it is not a `str`.

        >>> record = TLSRPTRecord.parse("v=TLSRPTv1; rua=mailto:tls@example.com")
        >>> record.with_rua("https://r.example/v1").value
        'v=TLSRPTv1; rua=mailto:tls@example.com,https://r.example/v1'
        """
        if self.reports_to(endpoint):
            return self
        record = assemble(
            type(self), (*self.rua, ReportURI(endpoint)), self.domain, self.extensions
        )
        _refuse_too_long(record)
        return record

    def to_zone(self, ttl: int = 3600) -> str:
        r"""The record as one line of a zone file (RFC 1035 section 5.1).

        Args:
            ttl: the time to live, in seconds: 0 to 2147483647 (RFC 2181 section 8).

        Raises:
            TLSRPTError: the TTL is out of range.
            TypeError: the TTL is no `int`.

        >>> TLSRPTRecord(rua=["mailto:tls@example.com"], domain="example.com").to_zone(ttl=300)
        '_smtp._tls.example.com. 300 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'
        """
        owner = self.host if self.domain is None else f"{self.host}."
        return _zone.write_rr(owner, ttl, self.strings)


def generate(domain: str, endpoints: str | Iterable[str]) -> TLSRPTRecord:
    r"""The record for a domain and its endpoints, as people type them into a form.

    White space around the domain and around an endpoint, blank lines, and endpoints that repeat an
    earlier one are dropped.

    Args:
        domain: the Policy Domain, in ASCII or its own script.
        endpoints: one endpoint an item; or one `str` with an endpoint a line.

    Raises:
        InvalidDomainError: the domain is no Policy Domain.
        InvalidURIError: an endpoint is none that a sender could report to.
        TLSRPTError: there is no endpoint, or more than one TXT record holds.
        TypeError: an argument is of the wrong type.

    >>> record = generate("example.com", "mailto:tls@example.com\nhttps://reports.example.com/v1\n")
    >>> print(record.host, "TXT", record)
    _smtp._tls.example.com TXT v=TLSRPTv1; rua=mailto:tls@example.com,https://reports.example.com/v1
    """
    if not isinstance(domain, str):
        raise TypeError(f"a domain is a str, not {type(domain).__name__}")
    lines = endpoints.splitlines() if isinstance(endpoints, str) else endpoints
    unique: dict[str, ReportURI] = {}
    for line in lines:
        endpoint = line.strip() if isinstance(line, str) else line
        if endpoint != "":
            uri = ReportURI(endpoint)
            unique.setdefault(equivalence_key(uri), uri)
    return TLSRPTRecord(rua=unique.values(), domain=domain.strip())


def assemble(
    cls: type[_Record],
    rua: tuple[ReportURI, ...],
    domain: str | None,
    extensions: tuple[Extension, ...],
) -> _Record:
    """A record of parts that were published, let through unaltered."""
    record = object.__new__(cls)
    _put(record, "rua", rua)
    _put(record, "domain", domain)
    _put(record, "extensions", extensions)
    return record


def _refuse_too_long(record: TLSRPTRecord) -> None:
    length = len(record.value)
    if length > MAX_VALUE:
        raise TLSRPTError(*words("too-long", length=length, limit=MAX_VALUE))


def _publishable_extension(extension: tuple[str, str]) -> Extension:
    """An extension that no reader takes for a field of the record itself."""
    is_pair = isinstance(extension, tuple | list) and len(extension) == 2
    if not (is_pair and all(isinstance(part, str) for part in extension)):
        raise TypeError("an extension is a pair of str, its name and its value")
    name, value = extension
    if name.lower() in {"rua", "v"}:
        raise InvalidExtensionError(*words("reserved-extension-name", name=name))
    if not TLSRPT_EXT_NAME.fullmatch(name):
        raise InvalidExtensionError(*words("bad-extension-name", name=name))
    if not value:
        raise InvalidExtensionError(*words("empty-extension-value", name=name))
    odd = NOT_IN_EXT_VALUE.search(value)
    if odd:
        facts = {"character": name_of(odd[0]), "name": name}
        raise InvalidExtensionError(*words("bad-extension-value", **facts))
    return Extension(name, value)
