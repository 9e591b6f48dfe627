"""`ReportURI`: an endpoint for reports, mailto (RFC 6068) or https, as RFC 8460 section 3 asks."""

from __future__ import annotations

from contextlib import suppress
from typing import Self, final

from tlsrpt._abnf import TLSRPT_URI
from tlsrpt._catalogue import words
from tlsrpt._endpoint import (
    PLAIN_URI,
    address_of,
    components,
    equivalence_key,
    is_supported,
    may_be_slip,
    normal,
    normal_host,
    path_of,
    scheme_of,
)
from tlsrpt._pydantic import text_schema
from tlsrpt.errors import InvalidURIError
from tlsrpt.txt import MAX_VALUE, plain


@final
class ReportURI(str):
    """An endpoint for reports, a ``mailto:`` or ``https:`` URI (RFC 8460 section 3, tlsrpt-uri).

    It is a `str`: the text as it is in the record. The constructor is strict and gives the normal
    form: scheme and host in lower case, host and mail domain in A-labels; in a URL, ``,``, ``!``,
    ``;`` and everything beyond ASCII percent-encoded, the rest unchanged. A mailbox is decoded, and
    rejected if it cannot be written without percent-encoding, which senders do not undo. The
    endpoints of a parsed record are kept as they were published, usable or not.

    In a pydantic model, a `ReportURI` is made from text by the constructor.

    Args:
        uri: the endpoint, in ASCII or not.

    Raises:
        InvalidURIError: the endpoint cannot receive reports; the hint says what to write instead.
        TypeError: it is not a `str`.

    >>> ReportURI("MAILTO:tls@Bücher.example")
    ReportURI('mailto:tls@xn--bcher-kva.example')
    >>> uri = ReportURI("https://reports.example.com/v1")
    >>> uri.scheme, uri.host, uri.address, uri.supported
    ('https', 'reports.example.com', None, True)
    """

    __slots__ = ()

    def __new__(cls, uri: str) -> Self:
        if not isinstance(uri, str):
            raise TypeError(f"an endpoint is a str, not {type(uri).__name__}")
        text = plain(uri)
        if len(text) > MAX_VALUE:
            raise InvalidURIError(*words("too-long", length=len(text), limit=MAX_VALUE))
        return super().__new__(cls, text if PLAIN_URI.fullmatch(text) else _publishable(text))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return as_published, (str(self),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    @classmethod
    def from_address(cls, address: str) -> Self:
        """The mailto URI of an e-mail address as people write it (RFC 6068 section 2).

        Nothing in it is decoded: a ``%`` belongs to the address.

        Args:
            address: the address alone, such as ``tls@example.com``, in ASCII or not.

        Raises:
            InvalidURIError: it is not an address at a domain, is a URI, has a name as in a mail
                header, or would have to be percent-encoded (code ``encoded-mailbox``).
            TypeError: it is not a `str`.

        >>> ReportURI.from_address("tls@bücher.example")
        ReportURI('mailto:tls@xn--bcher-kva.example')
        """
        if not isinstance(address, str):
            raise TypeError(f"an address is a str, not {type(address).__name__}")
        text = plain(address)
        if len(text) > MAX_VALUE:
            raise InvalidURIError(*words("too-long", length=len(text), limit=MAX_VALUE))
        return cls(f"mailto:{path_of(text)}")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> object:
        return text_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, str]:
        return {"type": "string"}

    @property
    def scheme(self) -> str:
        """The scheme in lower case (RFC 3986 section 3.1).

        >>> ReportURI("mailto:tls@example.com").scheme
        'mailto'
        """
        return scheme_of(self)

    @property
    def address(self) -> str | None:
        """The mailbox of a mailto URI, decoded (RFC 6068 section 2); otherwise None.

        >>> from tlsrpt import TLSRPTRecord
        >>> TLSRPTRecord.parse("v=TLSRPTv1; rua=mailto:tls%2Bx@example.com").rua[0].address
        'tls+x@example.com'
        """
        return address_of(self)

    @property
    def host(self) -> str | None:
        """The host of a URI with an authority, or the mail domain, in lower case and A-labels.

        An IPv6 address is in brackets (RFC 3986 section 3.2.2).

        >>> ReportURI("mailto:tls@example.com").host
        'example.com'
        """
        host = components(self).host
        if host is None and self.address:
            host = self.address.rpartition("@")[2]
        return normal_host(host) if host else None

    @property
    def supported(self) -> bool:
        """Whether senders can report to it, which is a mailto URI with one mailbox or an https URL.

        The URL needs a host that can exist and a valid port, if it has one.

        >>> ReportURI("mailto:tls@example.com").supported
        True
        """
        return is_supported(self)

    def equivalent(self, other: str) -> bool:
        """Whether another URI is the same endpoint.

        Mailboxes are compared decoded (RFC 6068 section 2); the local part is case-sensitive.
        Everything else is compared as RFC 3986 section 6.2.2 says, but domains by their A-labels.

        Args:
            other: any text; a text that is not a URI is never equivalent.

        Raises:
            TypeError: it is not a `str`.

        >>> ReportURI("https://bücher.example/~tls").equivalent("HTTPS://Bücher.example/%7Etls")
        True
        >>> ReportURI("mailto:tls+x@example.com").equivalent("mailto:tls%2Bx@example.com")
        True
        """
        try:
            return equivalence_key(self) in equivalence_keys(other)
        except InvalidURIError:
            return False


def as_published(uri: str) -> ReportURI:
    """A tlsrpt-uri as it was published, unchanged."""
    return str.__new__(ReportURI, uri)


def equivalence_keys(endpoint: str) -> set[str]:
    """The keys of an endpoint as it is written and as it would be published.

    Raises:
        InvalidURIError: it is neither in the grammar nor an endpoint that can be published.
    """
    if not isinstance(endpoint, str):
        raise TypeError(f"an endpoint is a str, not {type(endpoint).__name__}")
    endpoint = plain(endpoint)
    if len(endpoint) > MAX_VALUE or not TLSRPT_URI.fullmatch(endpoint):
        return {equivalence_key(ReportURI(endpoint))}
    keys = {equivalence_key(endpoint)}
    with suppress(InvalidURIError):
        keys.add(equivalence_key(normal(endpoint)))
    return keys


def _publishable(uri: str) -> str:
    """The endpoint in normal form.

    Raises:
        InvalidURIError: the most helpful explanation, for which the diagnosis is loaded.
    """
    problem = None
    text = ""
    try:
        text = normal(uri)
    except InvalidURIError as error:
        problem = error
    if problem or may_be_slip(uri):
        # Needed for bad and unusual endpoints only
        from tlsrpt._diagnosis import explain_uri  # noqa: PLC0415

        problem = explain_uri(uri, problem)
    if problem:
        raise problem
    return text
