"""Policy Domains and host names: IDNA, the limits of DNS, and the owner name of the record."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final

import idna

from tlsrpt._abnf import IPV4ADDRESS, LDH_LABEL
from tlsrpt._catalogue import words
from tlsrpt._display import name_of
from tlsrpt.errors import InvalidDomainError
from tlsrpt.txt import plain

# RFC 8460 section 3: the record of a Policy Domain is published under this name.
OWNER_PREFIX: Final = "_smtp._tls"
# Drafts of the standard had these until 2017.
DRAFT_PREFIXES: Final = ("_smtp-tlsrpt", "_smtp_tlsrpt")

# RFC 1035 section 2.3.4, in characters of the dotted form.
MAX_NAME: Final = 253
MAX_LABEL: Final = 63
_MAX_POLICY_DOMAIN: Final = MAX_NAME - len(f"{OWNER_PREFIX}.")
# Mapping and normalization shorten a name, but never fourfold: what is longer need not be tried.
_MAX_UNMAPPED: Final = 4 * MAX_NAME

# A domain that is its own normal form, up to a slash or the end of the text.
_PLAIN_LABEL: Final = "(?!xn--|-)[a-z0-9-]{1,63}+(?<!-)"
_END: Final = "(?![^/])"
# *( label "." ) label, of at most 253 characters, the last label not a number. Only the length
# looks ahead past a label, so that nothing is tried twice.
PLAIN_DOMAIN: Final = (
    rf"(?=[^/]{{1,253}}{_END})(?:{_PLAIN_LABEL}\.)*(?![0-9]+{_END}){_PLAIN_LABEL}{_END}"
)
_PLAIN: Final = re.compile(PLAIN_DOMAIN)
_NOT_LDH: Final = re.compile("[^a-z0-9-]")
# A text with a scheme, a slash or a port, and the host in it.
_URL_HOST: Final = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:/+|(?=[^/]*/)|(?=[^:]+:[0-9]+\Z))/*(?:[^/?#@]*@)?([^][/?#:@]*)"
)
_WWW: Final = re.compile(r"\Awww\.(?=.*\.)", re.IGNORECASE)
# Where _smtp._tls or _tls is a zone of its own
_OWNER_LABELS: Final = re.compile(r"(?:(?:_smtp\.)?_tls\.)?", re.IGNORECASE)
_FULL_STOPS: Final = (".", "\u3002", "\uff0e", "\uff61")


def normalize_domain(domain: str) -> str:
    """The Policy Domain in the form that DNS holds: A-labels in lower case, no final dot.

    ASCII labels are letters, digits and inner hyphens (RFC 1123 section 2.1). An ``xn--`` label is
    kept if its Punycode decodes, even if IDNA 2008 does not allow it, since emoji domains receive
    mail. Other labels are mapped by UTS #46 and encoded by IDNA 2008 (RFC 5891), unless they are
    easily taken for another name (UTS #39).

    Args:
        domain: the domain, in ASCII or its own script, with or without a final dot.

    Returns:
        At most 242 characters, so that the owner name stays within 253 (RFC 1035 section 2.3.4).

    Raises:
        InvalidDomainError: it is not a valid Policy Domain; the hint says what to write.
        TypeError: it is not a `str`.

    >>> normalize_domain("Bücher.example.")
    'xn--bcher-kva.example'
    """
    name = _without_root(domain)
    for prefix in (OWNER_PREFIX, *DRAFT_PREFIXES):
        if name[: len(prefix) + 1].lower() in {prefix, f"{prefix}."}:
            cure = name[len(prefix) + 1 :] or "the Policy Domain"
            raise InvalidDomainError(*words("domain-is-owner-name", domain=domain, cure=cure))
    return _refuse_homograph(name, _to_ascii(name, _MAX_POLICY_DOMAIN))


def normalize_host(host: str) -> str:
    """As `normalize_domain`, for a host that others have written, with at most 253 characters."""
    return _to_ascii(_without_root(host), MAX_NAME)


def host_to_publish(host: str) -> str:
    """As `normalize_host`, but refuses what is easily taken for another name (UTS #39)."""
    return _refuse_homograph(host, normalize_host(host))


def owner_name(domain: str | None) -> str:
    """The name of the TXT record (RFC 8460 section 3); relative if the domain is not known.

    >>> owner_name("example.com"), owner_name(None)
    ('_smtp._tls.example.com', '_smtp._tls')
    """
    return OWNER_PREFIX if domain is None else f"{OWNER_PREFIX}.{domain}"


def zone_name(zone: str) -> str:
    """The normal form of a zone's name; its first labels may be those of an owner name.

    >>> zone_name("Example.com."), zone_name("_tls.example.com")
    ('example.com', '_tls.example.com')
    """
    if not isinstance(zone, str):
        raise TypeError(f"a zone is a str, not {type(zone).__name__}")
    name = plain(zone)
    first = _OWNER_LABELS.match(name).end()  # type: ignore[union-attr]
    return name[:first].lower() + normalize_domain(name[first:])


def is_ipv6(text: str) -> bool:
    """Whether it is an IPv6 address (RFC 4291 section 2.2), without a zone identifier."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _without_root(domain: str) -> str:
    if not isinstance(domain, str):
        raise TypeError(f"a domain is a str, not {type(domain).__name__}")
    domain = plain(domain)
    return domain[:-1] if domain.endswith(_FULL_STOPS) else domain


def _to_ascii(name: str, limit: int) -> str:
    lowered = name.lower() if name.isascii() else name
    if not _PLAIN.fullmatch(lowered):
        lowered = _labels_to_ascii(name, limit)
    if len(lowered) > limit:
        raise InvalidDomainError(*words("domain-too-long", length=len(lowered), limit=limit))
    return lowered


def _refuse_homograph(name: str, normal: str) -> str:
    """The normal form of a name, if no label that is not ASCII is easily taken for another."""
    if not name.isascii():
        # The table is needed for these names only.
        from tlsrpt._homographs import why_confusable  # noqa: PLC0415

        for label, cure in zip(
            _map(_without_root(name)).split("."), normal.split("."), strict=True
        ):
            reason = None if label.isascii() else why_confusable(label)
            if reason:
                facts = {"label": label, "reason": reason, "cure": cure}
                raise InvalidDomainError(*words("homograph", **facts))
    return normal


def _labels_to_ascii(name: str, limit: int) -> str:
    """Encode a name that is not plain, or say what is wrong with it."""
    if not name:
        raise InvalidDomainError(*words("empty-domain"))
    _refuse_other_things(name)
    if not name.isascii() and len(name) <= _MAX_UNMAPPED:
        name = _map(name)
        if not name:
            raise InvalidDomainError(*words("empty-domain"))
    # Encoding takes long, and makes no name shorter.
    if len(name) > limit:
        raise InvalidDomainError(*words("domain-too-long", length=len(name), limit=limit))
    labels = name.split(".")
    if labels[-1].isascii() and labels[-1].isdigit():
        raise InvalidDomainError(*words("domain-is-ip", domain=name))
    return ".".join(_label_to_ascii(label, name) for label in labels)


def _refuse_other_things(name: str) -> None:
    """Refuse a text that is not a domain but a URL, an address, a wildcard or the like."""
    head = name[: 2 * _MAX_UNMAPPED]
    # Needed for these texts only
    from tlsrpt._version import is_record  # noqa: PLC0415

    if is_record(head):
        raise InvalidDomainError(*words("record-for-domain", domain=name))
    url = _URL_HOST.match(head)
    if url:
        # The host of a web site is hardly ever a mail domain.
        cure = _WWW.sub("", url[1]) or "the domain alone"
        raise InvalidDomainError(*words("domain-is-url", domain=name, cure=cure))
    address = head.strip("[]").partition("%")[0]
    if IPV4ADDRESS.fullmatch(address) or is_ipv6(address):
        raise InvalidDomainError(*words("domain-is-ip", domain=name))
    if "@" in head:
        cure = head.rpartition("@")[2] or "the domain alone"
        raise InvalidDomainError(*words("domain-is-address", domain=name, cure=cure))
    if "*" in head:
        rest = head.removeprefix("*.")
        cure = "the domain alone" if not rest or "*" in rest else rest
        raise InvalidDomainError(*words("domain-is-wildcard", domain=name, cure=cure))


def _map(name: str) -> str:
    """UTS #46 mapping: width, case, composition, and the other full stops."""
    try:
        return idna.uts46_remap(name, std3_rules=False)
    except ValueError as error:
        raise _not_idna(name, error) from error


def _label_to_ascii(label: str, name: str) -> str:
    if not label:
        raise InvalidDomainError(*words("empty-label", domain=name))
    if len(label) > MAX_LABEL:
        raise InvalidDomainError(*words("label-too-long", label=label, length=len(label)))
    if not label.isascii():
        return _encode(label)
    label = label.lower()
    _refuse_bad_ldh(label, name)
    if label.startswith("xn--"):
        _refuse_bad_punycode(label)
    return label


def _refuse_bad_ldh(label: str, name: str) -> None:
    if LDH_LABEL.fullmatch(label):
        return
    odd = _NOT_LDH.search(label)
    if odd:
        facts = {"character": name_of(odd[0]), "domain": name}
        raise InvalidDomainError(*words("domain-character", **facts))
    raise InvalidDomainError(*words("label-hyphen", label=label))


def _encode(label: str) -> str:
    try:
        return idna.alabel(label).decode("ascii")
    except ValueError as error:
        length = len("xn--") + len(label.encode("punycode"))
        if length > MAX_LABEL:
            raise InvalidDomainError(
                *words("label-too-long", label=label, length=length)
            ) from error
        raise _not_idna(label, error) from error


def _not_idna(label: str, error: ValueError) -> InvalidDomainError:
    # idna repeats the label in its reason, and it may be long.
    reason = re.sub(r" (?:of|in)(?: label)? '.*'", "", str(error))
    return InvalidDomainError(*words("not-idna", label=label, reason=reason))


def _refuse_bad_punycode(label: str) -> None:
    try:
        label[4:].encode("ascii").decode("punycode").encode("utf-8")
    except UnicodeError as error:
        raise InvalidDomainError(*words("bad-punycode", label=label)) from error
