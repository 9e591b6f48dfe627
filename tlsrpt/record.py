"""`TLSRPTRecord`: built strictly, parsed exactly, written in one canonical form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from typing import ClassVar, Final, NamedTuple, Self, TypedDict, TypeVar

from tlsrpt import _zone
from tlsrpt._abnf import NOT_IN_EXT_VALUE, TLSRPT_EXT_NAME, TLSRPT_VERSION
from tlsrpt._catalogue import words
from tlsrpt._display import name_of
from tlsrpt._endpoint import BARE_ADDRESS, equivalence_key
from tlsrpt._pydantic import text_schema
from tlsrpt._text import Answer, Parts, canonical, parts_of, read_answer
from tlsrpt.domain import (
    DRAFT_PREFIXES,
    OWNER_PREFIX,
    normalize_domain,
    owner_name,
    zone_name,
)
from tlsrpt.errors import (
    FormError,
    FormProblem,
    InvalidDomainError,
    InvalidExtensionError,
    InvalidURIError,
    MultipleRecordsError,
    ParseError,
    RecordNotFoundError,
    TLSRPTError,
)
from tlsrpt.txt import MAX_VALUE, plain, read_txt, split_txt
from tlsrpt.uri import ReportURI, equivalence_keys

# A tlsrpt-uri as it was published, unchanged: `uri.as_published`, without the time of a call.
_new_str = str.__new__
_Record = TypeVar("_Record", bound="TLSRPTRecord")
# A form can have as many bad lines as somebody cares to send.
_MAX_PROBLEMS: Final = 1000


class Extension(NamedTuple):
    """A field other than version and rua (RFC 8460 section 3, tlsrpt-extension).

    Attributes:
        name: 1 to 32 octets: letters, digits, ``_``, ``-`` and ``.``, beginning with a letter or
            digit.
        value: one or more octets of printable ASCII without space, ``;`` and ``=``.

    >>> Extension("note", "testing").value
    'testing'
    """

    name: str
    value: str


class ExtensionDict(TypedDict):
    """An `Extension` in a `RecordDict`."""

    name: str
    value: str


class RecordDict(TypedDict):
    """What `TLSRPTRecord.to_dict` returns.

    Attributes:
        host: the owner name.
        type: ``"TXT"``.
        value: the canonical value.
        strings: its character-strings, each of at most 255 octets.
        domain: the Policy Domain, or None.
        rua: the endpoints.
        extensions: the further fields.
    """

    host: str
    type: str
    value: str
    strings: list[str]
    domain: str | None
    rua: list[str]
    extensions: list[ExtensionDict]


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class TLSRPTRecord:
    """The TXT record with which a Policy Domain asks for reports on TLS (RFC 8460 section 3).

    Construct a record to publish it: the constructor also rejects what known senders get wrong. To
    read a record that somebody else published, use `parse`, which keeps it unaltered.

    In a pydantic model, a `TLSRPTRecord` is parsed from text by `parse`.

    Args:
        rua: the endpoints, at least one, each as `ReportURI` takes it; later equivalent endpoints
            are dropped.
        domain: the Policy Domain, as `normalize_domain` takes it; None if it is not known.
        extensions: name and value of each further field.

    Attributes:
        version: ``"TLSRPTv1"``, the only version.
        rua: the endpoints in order, each a `ReportURI`.
        domain: the Policy Domain in A-labels, or None.
        extensions: the further fields in order, each an `Extension`.

    Raises:
        InvalidURIError: an endpoint cannot receive reports.
        InvalidDomainError: the domain is not a valid Policy Domain.
        InvalidExtensionError: an extension is not in the grammar, or is called ``rua`` or ``v``.
        TLSRPTError: there is no endpoint, or the record is longer than the 65,279 octets that one
            TXT record holds. (A DNS answer holds 65,251 minus the length of the owner name on the
            wire.)
        TypeError: an argument has the wrong type, such as a bare `str` for `rua`.

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
        endpoints: dict[str, ReportURI] = {}
        for uri in map(ReportURI, rua):
            endpoints.setdefault(equivalence_key(uri), uri)
        if not endpoints:
            raise TLSRPTError(*words("missing-rua", where=""))
        if domain is not None:
            domain = normalize_domain(domain)
        _set_rua(self, tuple(endpoints.values()))
        _set_domain(self, domain)
        _set_extensions(self, tuple(map(_publishable_extension, extensions)))
        _refuse_too_long(self)

    @classmethod
    def parse(cls, text: str | bytes | Iterable[str | bytes], *, domain: str | None = None) -> Self:
        """Read a record as it was published: exactly what RFC 8460's grammar accepts.

        Args:
            text: the TXT value, or the character-strings of one TXT record, which are joined with
                nothing between them; `bytes` are read as UTF-8.
            domain: the Policy Domain it was published for, as `normalize_domain` takes it.

        Raises:
            ParseError: the text is not in the grammar or has no rua field; the error marks the
                place.
            InvalidDomainError: the domain is not a valid Policy Domain.
            TypeError: the text is none of these forms.

        >>> record = TLSRPTRecord.parse("v=TLSRPTv1;rua=MAILTO:tls@example.com , ftp://example.com;")
        >>> record.rua
        (ReportURI('MAILTO:tls@example.com'), ReportURI('ftp://example.com'))
        >>> record.value
        'v=TLSRPTv1; rua=MAILTO:tls@example.com,ftp://example.com'
        """
        return _parsed(cls, read_txt(text), domain)

    @classmethod
    def from_rrset(
        cls,
        rrset: Iterable[str | bytes | Iterable[str | bytes]],
        *,
        domain: str | None = None,
    ) -> Self:
        """Read the record among the TXT records of a DNS answer (RFC 8460 section 3).

        Of several TXT records, those that do not begin with ``v=TLSRPTv1;`` are discarded, and
        exactly one must remain. A single TXT record must at least be meant for TLS-RPT.

        Args:
            rrset: the TXT records, each in one of the forms that `parse` takes.
            domain: the Policy Domain that was looked up.

        Raises:
            RecordNotFoundError: no record remains; the domain does not use TLS-RPT. If a TXT record
                was plainly meant to be one, ``mistake`` says what is wrong with it.
            MultipleRecordsError: several remain, and senders ignore them all.
            ParseError: the one record is not in the grammar.
            InvalidDomainError: the domain is not a valid Policy Domain.
            TypeError: `rrset` is a bare `str` or `bytes`, or a member has the wrong type.

        >>> answer = [[b"v=spf1 -all"], [b"v=TLSRPTv1; rua=", b"mailto:tls@example.com"]]
        >>> TLSRPTRecord.from_rrset(answer)
        TLSRPTRecord(rua=(ReportURI('mailto:tls@example.com'),), domain=None, extensions=())
        """
        answer = read_answer(rrset)
        if len(answer.candidates) > 1:
            raise MultipleRecordsError(*words("multiple-records", count=len(answer.candidates)))
        if not (answer.candidates and answer.record):
            raise _not_found(answer)
        return _parsed(cls, answer.record, domain)

    @classmethod
    def from_rdata(cls, text: str, *, domain: str | None = None) -> Self:
        r"""Read the data of one TXT record as DNS APIs return it; the inverse of `to_rdata`.

        A text that begins with ``"`` is in presentation form: quoted strings on one line, with
        blanks between them and escapes inside (RFC 1035 section 5.1). Anything else is the value
        itself, as `parse` reads it.

        Args:
            text: the strings or the value.
            domain: the Policy Domain it was published for, as `normalize_domain` takes it.

        Raises:
            ParseError: the strings are not in that form, or the value is not a TLS-RPT record.
            InvalidDomainError: the domain is not a valid Policy Domain.
            TypeError: the text is not a `str`.

        >>> TLSRPTRecord.from_rdata('"v=TLSRPTv1; " "rua=mailto:tls@example.com"').value
        'v=TLSRPTv1; rua=mailto:tls@example.com'
        """
        if not isinstance(text, str):
            raise TypeError(f"record data is a str, not {type(text).__name__}")
        text = plain(text)
        is_quoted = text.startswith('"')
        return cls.parse(_zone.read_rdata(text) if is_quoted else text, domain=domain)

    @classmethod
    def from_zone(cls, text: str, *, origin: str | None = None) -> Self:
        r"""Read one TXT record in master-file form, as from a zone file (RFC 1035 section 5.1).

        It understands comments, parentheses, escapes, TTL and class in either order, and ``\_`` in
        the owner name. An owner name with a final dot gives the domain. Without a final dot, it is
        relative to the origin, even ``_smtp._tls.example.com``. The domain is None if there is no
        origin, or if the line begins with a blank, which stands for the owner name of the record
        before it.

        Args:
            text: the record, on one line or in parentheses.
            origin: the name of the zone, or what ``$ORIGIN`` says, such as ``example.com``.

        Raises:
            ParseError: the text is not one TXT record at ``_smtp._tls``, or its value is not a
                TLS-RPT record.
            InvalidDomainError: the domain in the owner name is not a valid Policy Domain, or the
                origin is not a valid domain.
            TypeError: an argument is not a `str`.

        >>> record = TLSRPTRecord.from_zone(
        ...     '_smtp._tls.example.com. 300 IN TXT "v=TLSRPTv1;" "rua=mailto:tls@example.com"'
        ... )
        >>> record.domain, record.value
        ('example.com', 'v=TLSRPTv1; rua=mailto:tls@example.com')
        >>> line = '_smtp._tls.mail TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'
        >>> TLSRPTRecord.from_zone(line, origin="example.com").domain
        'mail.example.com'
        """
        zone = None if origin is None else zone_name(origin)
        owner, strings = _zone.read_rr(text)
        text = plain(text)
        semicolon = text.find(";", owner.end)
        if strings == [TLSRPT_VERSION.encode()] and semicolon >= 0:
            _zone.refuse(text, "zone-unquoted", semicolon, semicolon + 1, value=TLSRPT_VERSION)
        shown = owner.text
        name = shown.lower().replace(r"\_", "_")
        if zone and name and not name.endswith("."):
            name = f"{zone}." if name == "@" else f"{name}.{zone}."
            shown = name
        if name not in {"", "@", OWNER_PREFIX} and not name.startswith(f"{OWNER_PREFIX}."):
            code = "pre-standard-name" if name.startswith(DRAFT_PREFIXES) else "zone-owner"
            _zone.refuse(text, code, owner.start, owner.end, name=shown)
        is_absolute = name.endswith(".")
        return cls.parse(strings, domain=name[len(OWNER_PREFIX) + 1 :] if is_absolute else None)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> object:
        return text_schema(cls._read, TLSRPTRecord)

    @classmethod
    def _read(cls, value: str | TLSRPTRecord) -> Self:
        if isinstance(value, TLSRPTRecord):
            return cls.parse(value.value, domain=value.domain)
        return cls.parse(value)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, str]:
        return {"type": "string"}

    @property
    def host(self) -> str:
        """The owner name of the TXT record; relative to its zone if the domain is not known.

        Like `value` and `to_dict`, it uses the fields as they are, even if they bypassed the
        constructor; `to_zone` and `to_rdata` verify them.

        >>> TLSRPTRecord(rua=["mailto:tls@example.com"]).host
        '_smtp._tls'
        """
        return owner_name(self.domain)

    def host_in(self, zone: str) -> str:
        """The owner name relative to a zone, as many DNS APIs take it.

        The result is ``@`` if the owner name is that of the zone itself. Like `host`, it uses the
        domain as it is.

        Args:
            zone: the name of the zone, such as ``example.com`` or ``_tls.example.com``, in ASCII or
                not, with or without a final dot.

        Raises:
            InvalidDomainError: the zone is not a valid domain.
            TLSRPTError: the domain is not known (code ``unknown-domain``), or the owner name is not
                in the zone (code ``not-in-zone``).
            TypeError: the zone is not a `str`.

        >>> record = TLSRPTRecord(rua=["mailto:tls@example.com"], domain="mail.example.com")
        >>> record.host_in("example.com")
        '_smtp._tls.mail'
        """
        name = zone_name(zone)
        if self.domain is None:
            raise TLSRPTError(*words("unknown-domain"))
        if self.host == name:
            return "@"
        if not self.host.endswith(f".{name}"):
            facts = {"host": self.host, "zone": name, "domain": self.domain}
            raise TLSRPTError(*words("not-in-zone", **facts))
        return self.host.removesuffix(f".{name}")

    @property
    def value(self) -> str:
        """The canonical value, with ``;`` and a space between fields, and commas between URIs.

        There is one rua field, right after the version. The value is made from the fields as they
        are, even if they bypassed the constructor; `to_zone` and `to_rdata` verify them.

        >>> TLSRPTRecord.parse("v=TLSRPTv1 ;note=x;rua=mailto:a@example.com;").value
        'v=TLSRPTv1; rua=mailto:a@example.com; note=x'
        """
        return canonical(self.rua, [f"{name}={value}" for name, value in self.extensions])

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
        """The endpoints that senders can use, in order (RFC 8460 section 3).

        >>> TLSRPTRecord.parse("v=TLSRPTv1; rua=ftp://example.com,mailto:a@example.com").destinations
        (ReportURI('mailto:a@example.com'),)
        """
        return tuple(uri for uri in self.rua if uri.supported)

    def reports_to(self, endpoint: str) -> bool:
        """Whether an endpoint is one of the record's, in any equivalent spelling.

        Endpoints are compared as `ReportURI.equivalent` compares them.

        Args:
            endpoint: a URI as `ReportURI` takes it, or any URI that a record can hold.

        Raises:
            InvalidURIError: it is neither.
            TypeError: it is not a `str`.

        >>> record = TLSRPTRecord(rua=["mailto:tls@bücher.example"])
        >>> record.reports_to("MAILTO:tls@BÜCHER.example")
        True
        """
        return not equivalence_keys(endpoint).isdisjoint(map(equivalence_key, self.rua))

    def with_rua(self, endpoint: str) -> Self:
        """The record with one more endpoint; itself if it already reports there.

        The other endpoints are kept as they are, even those that the constructor would reject.

        Args:
            endpoint: the endpoint, as `ReportURI` takes it.

        Raises:
            InvalidURIError: the endpoint cannot receive reports.
            TLSRPTError: the record would be longer than one TXT record can be.
            TypeError: it is not a `str`.

        >>> record = TLSRPTRecord.parse("v=TLSRPTv1; rua=mailto:tls@example.com")
        >>> record.with_rua("https://r.example/v1").value
        'v=TLSRPTv1; rua=mailto:tls@example.com,https://r.example/v1'
        """
        if self.reports_to(endpoint):
            return self
        return self._with(rua=(*self.rua, ReportURI(endpoint)))

    def without_rua(self, endpoint: str) -> Self:
        """The record without an endpoint, in any equivalent spelling; itself if it is not there.

        Args:
            endpoint: the endpoint, as `reports_to` takes it.

        Raises:
            InvalidURIError: it is not an endpoint.
            TLSRPTError: no endpoint would be left (code ``last-endpoint``).
            TypeError: it is not a `str`.

        >>> record = TLSRPTRecord.parse("v=TLSRPTv1; rua=http://r.example/,mailto:tls@example.com")
        >>> record.without_rua("HTTP://R.example/").value
        'v=TLSRPTv1; rua=mailto:tls@example.com'
        """
        unwanted = equivalence_keys(endpoint)
        left = tuple(uri for uri in self.rua if equivalence_key(uri) not in unwanted)
        if not left:
            raise TLSRPTError(*words("last-endpoint", uri=endpoint))
        return self if len(left) == len(self.rua) else self._with(rua=left)

    def with_domain(self, domain: str | None) -> Self:
        """The same record for another Policy Domain.

        Args:
            domain: the Policy Domain, as `normalize_domain` takes it, or None.

        Raises:
            InvalidDomainError: the domain is not a valid Policy Domain.
            TypeError: it is neither `str` nor None.

        >>> TLSRPTRecord(rua=["mailto:tls@example.com"]).with_domain("example.org").host
        '_smtp._tls.example.org'
        """
        name = None if domain is None else normalize_domain(domain)
        return assemble(type(self), self.rua, self.extensions, name)

    def _with(self, *, rua: tuple[ReportURI, ...]) -> Self:
        record = assemble(type(self), rua, self.extensions, self.domain)
        _refuse_too_long(record)
        return record

    def to_zone(self, ttl: int | None = 3600) -> str:
        r"""The record as one line of a zone file (RFC 1035 section 5.1).

        The line is verified: it holds one valid TLS-RPT record, whatever is in the fields.

        Args:
            ttl: the time to live, in seconds: 0 to 2147483647 (RFC 2181 section 8). None leaves it
                out, so that the zone's ``$TTL`` applies (RFC 2308 section 4).

        Raises:
            TLSRPTError: the TTL is out of range, or a field was set past the constructor and is
                invalid.
            TypeError: the TTL is neither an `int` nor None, or such a field has the wrong type.

        >>> TLSRPTRecord(rua=["mailto:tls@example.com"], domain="example.com").to_zone(ttl=300)
        '_smtp._tls.example.com. 300 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'
        >>> TLSRPTRecord(rua=["mailto:tls@example.com"]).to_zone(ttl=None)
        '_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'
        """
        record = self._verified()
        owner = record.host if record.domain is None else f"{record.host}."
        return _zone.write_rr(owner, ttl, record.strings)

    def to_rdata(self) -> str:
        """The quoted strings of the TXT record, as many DNS tools and APIs expect them.

        They are escaped as in a zone file (RFC 1035 section 5.1), and verified as in `to_zone`.

        Raises:
            TLSRPTError: a field was set past the constructor and is invalid.
            TypeError: such a field has the wrong type.

        >>> print(TLSRPTRecord(rua=["mailto:tls@example.com"]).to_rdata())
        "v=TLSRPTv1; rua=mailto:tls@example.com"
        """
        return _zone.write_rdata(self._verified().strings)

    def _verified(self) -> TLSRPTRecord:
        """The record, parsed from its own text: pickle or pydantic can set fields to anything."""
        return TLSRPTRecord.parse(self.value, domain=self.domain)

    def to_dict(self) -> RecordDict:
        """The record as a `dict` for JSON, with host, type, value and strings ready to publish.

        It is made from the fields as they are, even if they bypassed the constructor; `to_zone` and
        `to_rdata` verify them.

        >>> TLSRPTRecord(rua=["mailto:tls@example.com"], domain="example.com").to_dict()["host"]
        '_smtp._tls.example.com'
        """
        return {
            "host": self.host,
            "type": "TXT",
            "value": self.value,
            "strings": [string.decode("ascii", "backslashreplace") for string in self.strings],
            "domain": self.domain,
            "rua": [str(uri) for uri in self.rua],
            "extensions": [{"name": name, "value": value} for name, value in self.extensions],
        }


# How the parts get into a frozen record: its slots, which take less time than `object.__setattr__`
_set_rua, _set_domain, _set_extensions = (
    vars(TLSRPTRecord)[name].__set__ for name in ("rua", "domain", "extensions")
)


def generate(domain: str, endpoints: str | Iterable[str]) -> TLSRPTRecord:
    r"""The record for a domain and its endpoints, as people type them into a form.

    Whitespace around the domain and the endpoints, blank lines and duplicate endpoints are dropped.
    An address without ``mailto:`` is read by `ReportURI.from_address`.

    Args:
        domain: the Policy Domain, in ASCII or its own script.
        endpoints: a `str` with one endpoint per line, as in a text area, or an iterable with one
            endpoint per item; each is a URI or a bare address.

    Raises:
        FormError: something is wrong; its `problems` has the first mistake of each line. After
            1,000 mistakes, no more lines are read, and the last problem says how many are left.
        TypeError: an argument has the wrong type.

    >>> record = generate("example.com", "tls@example.com\nhttps://reports.example.com/v1\n")
    >>> print(record.host, "TXT", record)
    _smtp._tls.example.com TXT v=TLSRPTv1; rua=mailto:tls@example.com,https://reports.example.com/v1
    """
    if not isinstance(domain, str):
        raise TypeError(f"a domain is a str, not {type(domain).__name__}")
    problems: list[FormProblem] = []
    domain = plain(domain)
    name = None
    try:
        name = normalize_domain(domain.strip())
    except InvalidDomainError as error:
        problems.append(FormProblem("domain", None, domain, error))
    uris: list[ReportURI] = []
    is_blank = True
    unread = 0
    # A line ends with \r\n, \r or \n, as in a text area; `str.splitlines` knows many more ends.
    lines = StringIO(plain(endpoints), newline=None) if isinstance(endpoints, str) else endpoints
    for number, line in enumerate(lines, 1):
        endpoint = plain(line).strip() if isinstance(line, str) else line
        if endpoint == "":
            continue
        is_blank = False
        if len(problems) >= _MAX_PROBLEMS:
            unread += 1
            continue
        try:
            uris.append(_typed_endpoint(endpoint))
        except InvalidURIError as error:
            text = plain(line).removesuffix("\n")
            problems.append(FormProblem("endpoints", number, text, error))
    if unread:
        left = TLSRPTError(*words("unread-lines", count=unread))
        problems.append(FormProblem("endpoints", None, "", left))
    try:
        record = TLSRPTRecord(rua=uris, domain=name)
    except TLSRPTError as error:
        if uris or is_blank:
            problems.append(FormProblem("endpoints", None, "", error))
        raise FormError(tuple(problems)) from None
    if problems:
        raise FormError(tuple(problems))
    return record


def _typed_endpoint(text: str) -> ReportURI:
    """The endpoint that somebody typed into a form: a URI, or an address without ``mailto:``."""
    is_address = isinstance(text, str) and BARE_ADDRESS.fullmatch(text)
    return ReportURI.from_address(text) if is_address else ReportURI(text)


def _parsed(cls: type[_Record], text: str, domain: str | None) -> _Record:
    """The record of a text, as `TLSRPTRecord.parse` reads it."""
    parts = parts_of(text)
    if parts is None:
        raise _explained(text)
    return record_of(cls, parts, None if domain is None else normalize_domain(domain))


def record_of(cls: type[_Record], parts: Parts, domain: str | None) -> _Record:
    """The record of parts as they were published, unchanged."""
    uris, fields = parts
    extensions = tuple([Extension(*field.split("=")) for field in fields]) if fields else ()
    return assemble(cls, tuple([_new_str(ReportURI, uri) for uri in uris]), extensions, domain)


def _explained(text: str) -> ParseError:
    """The first mistake in a text that is not in the grammar."""
    # Needed for bad records only
    from tlsrpt._diagnosis import explain  # noqa: PLC0415

    return explain(text)


def _not_found(answer: Answer) -> RecordNotFoundError:
    """The error for an answer without a record; it explains one that was meant to be there."""
    error = RecordNotFoundError(*words("record-not-found", count=len(answer.texts), unless=""))
    if answer.record is not None and parts_of(answer.record) is None:
        error.mistake = _explained(answer.record)
    return error


def assemble(
    cls: type[_Record],
    rua: tuple[ReportURI, ...],
    extensions: tuple[Extension, ...],
    domain: str | None = None,
) -> _Record:
    """A record of parts that are used as they are."""
    record = object.__new__(cls)
    _set_rua(record, rua)
    _set_domain(record, domain)
    _set_extensions(record, extensions)
    return record


def _refuse_too_long(record: TLSRPTRecord) -> None:
    length = len(record.value)
    if length > MAX_VALUE:
        raise TLSRPTError(*words("too-long", length=length, limit=MAX_VALUE))


def _publishable_extension(extension: tuple[str, str]) -> Extension:
    """An extension that no reader mistakes for a field of the record itself."""
    is_pair = isinstance(extension, tuple | list) and len(extension) == 2
    if not (is_pair and all(isinstance(part, str) for part in extension)):
        raise TypeError("an extension is a pair of str, its name and its value")
    name, value = map(plain, extension)
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
