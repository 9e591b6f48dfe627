"""The text of `tlsrpt lookup` about a domain, and the record to publish."""

from __future__ import annotations

import contextlib
import shlex
from typing import TYPE_CHECKING, Final

from tlsrpt import TLSRPTError, TLSRPTRecord, check, generate, normalize_domain
from tlsrpt._display import visible, well_formed
from tlsrpt.cli.check import for_people

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlsrpt.dns import Lookup

# What happened, and what to do about it, by the reason of a failure.
_FAILURES: Final = {
    "timeout": ("{server} did not answer in time", "ask again later"),
    "network": (
        "{server} cannot be reached",
        "check the network, or ask another one: --nameserver SERVER",
    ),
    "refused": ("{server} refused to answer", "ask another one: --nameserver SERVER"),
    "servfail": (
        "{server} could not get an answer",
        "ask again later; if that does not help, the domain's own name servers are at fault",
    ),
    "bogus": (
        "{server} says the domain's DNSSEC signatures are invalid",
        "whoever runs the domain has to correct them; until then, many senders see no record",
    ),
    "invalid-answer": ("{server} sent an invalid answer", "ask another one: --nameserver SERVER"),
}
_LOOP: Final = (
    "the CNAMEs form a loop: {path}",
    "whoever runs the domain has to correct them",
)
_UNFOLLOWED: Final = (
    "{server} does not follow the CNAME to {target}, which is not in its zones",
    "ask a resolver; leave out --nameserver to ask the system's",
)
# Some senders ignore a whole record with such an endpoint, and no fix corrects it.
_SPOILING: Final = {"http-scheme", "unsupported-scheme"}
_NONE: Final = {
    "nxdomain": "does not exist",
    "nodata": "has no TXT record",
    "foreign": "has only other TXT records",
}


def value_with(required: str, result: Lookup, misplaced: tuple[Lookup, ...]) -> str | None:
    """What to publish so that the record reports to an endpoint; None if a person has to decide."""
    # There may be no room for another endpoint.
    with contextlib.suppress(TLSRPTError):
        if result.status == "none":
            record = _record(misplaced)
            if record is None:
                return generate(result.domain, required).value
        else:
            record = _record([result])
        return None if record is None else _unspoilt(record.with_rua(required))
    return None


def _unspoilt(record: TLSRPTRecord) -> str | None:
    """The value of a record, unless some senders would ignore it."""
    codes = {finding.code for finding in check(record.value).findings}
    return None if codes & _SPOILING else record.value


def _record(results: Iterable[Lookup]) -> TLSRPTRecord | None:
    """The first record that is there, its mistakes fixed; None where a person has to fix them."""
    for result in results:
        if result.check is not None and result.check.fixed is not None:
            return TLSRPTRecord.parse(result.check.fixed, domain=result.domain)
    return None


def meant(result: Lookup) -> list[str]:
    """Of the TXT records, those for TLS-RPT."""
    if result.check is not None and result.check.text:
        return [well_formed(result.check.text)]
    return [well_formed(text) for text in result.texts if text.startswith("v=TLSRPTv1;")]


def text_of(
    result: Lookup, misplaced: tuple[Lookup, ...], verdict: str, required: str | None
) -> list[str]:
    """The lines for people: the verdict, what is there, and what to do."""
    lines = _explanation(result, misplaced, required)
    if result.check is not None and result.check.text:
        lines += for_people(result.check)
    else:
        lines += [f"TXT: {visible(text)}" for text in result.texts]
    record = result.record
    has_record = result.status in {"found", "broken", "multiple"}
    if has_record and required is not None and not (record and record.reports_to(required)):
        must = "does not" if record else "has to"
        lines.append(f"it {must} report to {required}")
        value = value_with(required, result, misplaced)
        lines += [f"publish instead: {value}"] if value is not None else []
    return [f"{verdict}: {visible(result.domain)}", *(f"  {line}" for line in lines)]


def _explanation(result: Lookup, misplaced: tuple[Lookup, ...], required: str | None) -> list[str]:
    domain, host = result.domain, result.host
    if result.status == "bad-domain":
        try:
            normalize_domain(domain)
        except TLSRPTError as error:
            return [f"{error.message} [{error.code}]", error.hint]
    if result.status == "failed":
        return _failure(result)
    if result.status == "none":
        name = result.cnames[-1] if result.cnames else host
        fact = f"{name} {_NONE[str(result.reason)]} [{result.reason}]"
        places = [
            f"senders do not look at {each.host}, which has: {visible(text)}"
            for each in misplaced
            for text in meant(each)
        ]
        return [
            f"the domain does not use TLS-RPT: {fact}{_details(result)}",
            *places,
            f"to get reports: {_cure(result, misplaced, required)}",
        ]
    if result.status == "multiple" and result.check is not None:
        (finding,) = result.check.findings
        return [f"{host}: {finding.message} [{finding.code}]{_details(result)}", finding.hint]
    kind = "broken TLS-RPT record" if result.status == "broken" else "TLS-RPT record"
    return [f"{host} has a {kind}{_details(result)}"]


def _failure(result: Lookup) -> list[str]:
    """What happened, and what to do about it."""
    path = [str(result.host), *result.cnames]
    if not result.cnames:
        problem, cure = _FAILURES[str(result.reason)]
    else:
        problem, cure = _LOOP if path[-1] in path[:-1] else _UNFOLLOWED
    server = f"the name server {visible(result.server)}" if result.server else "the name server"
    words = problem.format(server=server, path=" to ".join(path), target=path[-1])
    return [f"the lookup failed: {words} [{result.reason}]", cure]


def _cure(result: Lookup, misplaced: tuple[Lookup, ...], required: str | None) -> str:
    """What to do where there is no record."""
    domain, found = result.domain, _record(misplaced)
    if required is not None:
        value = value_with(required, result, misplaced)
    else:
        value = None if found is None else _unspoilt(found)
    if result.cnames:
        # There must be no other record beside a CNAME (RFC 1034 section 3.6.2).
        what = "the record" if value is None else value
        return f"publish {what} at {result.cnames[-1]}, or in place of the CNAME"
    if found is not None and value is not None:
        return f"publish {value} at {result.host}"
    endpoint = f"mailto:tls-reports@{domain}" if required is None else required
    if required is None and not _is_reachable(domain):
        return f"tlsrpt generate {domain} ENDPOINT, with an address at a domain that gets mail"
    return f"tlsrpt generate {domain} {shlex.quote(endpoint)}"


def _is_reachable(domain: str) -> bool:
    """Whether a mailbox at the domain can be an endpoint; at a top-level domain, it cannot."""
    try:
        value = generate(domain, f"mailto:postmaster@{domain}").value
    except TLSRPTError:
        return False
    return all(finding.code != "unreachable-host" for finding in check(value).findings)


def _details(result: Lookup) -> str:
    details = [f"TTL {result.ttl}"] if result.ttl is not None else []
    details += [f"CNAME to {result.cnames[-1]}"] if result.cnames else []
    details += ["authenticated by DNSSEC"] if result.authenticated else []
    return f" ({', '.join(details)})" if details else ""
