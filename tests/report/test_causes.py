"""The catalogue of causes, its page in the documentation, and what shows each cause."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.report.documents import text
from tlsrpt.report import Problem, Report, _causes, problems, summarize
from tlsrpt.report._result_types import FETCH_TYPES
from tlsrpt.report.codes import CAUSES

PAGE: Final = (Path(__file__).parents[2] / "docs" / "failures.md").read_text("utf-8")

# An entry, in the form that they all have. The examples are run with the documentation. The words
# by which the search finds the next one follow.
ENTRY: Final = re.compile(
    r"\n\n\*(?P<effect>Holds (?:nothing|mail) back(?: in mode enforce)?)\.\* RFC [0-9]+ "
    r"§[0-9.]+\.\n\n"
    r"(?:(?!```|\*)[^\n]+\n)+\n"
    r"\*How it shows:\* (?P<shows>(?:(?!```)[^\n]+\n)+)\n"
    r"```python\n>>> cause\([^\n]*\n'(?P<printed>[^\n]*)'\n```\n\n"
    r"\*What to do:\* [^\n]*(?:\n[^\n#]+)*\n+"
    r"(?:## [^\n]*\n\n)?(?:```\{index\} [^\n]*\n```\n\n)?"
)
SECTIONS: Final = {
    section.partition("\n")[0]: section.partition("\n## Without")[0]
    for section in re.split("^### ", PAGE, flags=re.MULTILINE)[1:]
}


def test_the_page_has_each_cause_and_no_other() -> None:
    assert sorted(SECTIONS) == sorted(CAUSES)
    table = re.findall(r"^\| (?:The|DANE|Its)[^|]* \|(.*)\|$", PAGE, re.MULTILINE)
    assert sorted(re.findall(r"\(#([^)]*)\)", "".join(table))) == sorted(CAUSES)


@pytest.mark.parametrize("code", CAUSES)
def test_an_entry_says_what_is_so(code: str) -> None:
    entry = ENTRY.fullmatch(SECTIONS[code], len(code))
    assert entry, f"{code} is not in the form of the others"
    assert entry["printed"] == code
    assert set(_causes.CAUSES[code].result_types) <= set(re.findall("`([^`]*)`", entry["shows"]))
    about_policy = bool(FETCH_TYPES & set(_causes.CAUSES[code].result_types)) or code in {
        "policy-http-status",
        "policy-timeout",
    }
    assert (entry["effect"] == "Holds nothing back") == about_policy


class Case(NamedTuple):
    """A failure detail, and the cause that it shows."""

    result_type: str | None
    reason: str | None
    cause: str | None
    policy_type: str = "sts"
    patterns: tuple[str, ...] = ("*.example.com",)
    host: str | None = "mx.example.com"

    def problem(self) -> Problem:
        """What is said about it."""
        policy = {
            "policy-type": self.policy_type,
            "policy-string": ["version: STSv1", *(f"mx: {each}\r" for each in self.patterns)],
            "policy-domain": "example.com",
        }
        detail = {
            "result-type": self.result_type,
            "receiving-mx-hostname": self.host,
            "failed-session-count": 1,
            "failure-reason-code": self.reason,
        }
        changes = {"/policies/0/policy": policy, "/policies/0/failure-details": [detail]}
        summary = summarize([Report.parse(text(changes))])
        (problem,) = problems(summary.domains["example.com"])
        return problem


CHAIN = "certificate-chain"
EXPIRED = "certificate-expired"
NOT_YET = "certificate-not-yet-valid"
NAME = "certificate-name"
SELF = "self-signed-certificate"
MISMATCH = "certificate-host-mismatch"
NOT_TRUSTED = "certificate-not-trusted"
FAILURE = "validation-failure"
FETCH = "sts-policy-fetch-error"
WEB = "sts-webpki-invalid"
NOT_LISTED = "mx-not-in-policy"
RUSTLS = "invalid peer certificate"
GO = "x509: certificate has expired or is not yet valid"


@pytest.mark.parametrize(
    "case",
    [
        # The type says it.
        *(Case(kind, None, kind) for kind in ("starttls-not-supported", "dnssec-invalid")),
        Case(EXPIRED, None, EXPIRED),
        Case("tlsa-invalid", None, "tlsa-mismatch", "tlsa"),
        Case("dane-required", "whatever", "dane-required", "tlsa"),
        Case(FETCH, None, "policy-fetch"),
        Case(WEB, "", "policy-certificate"),
        Case("sts-policy-invalid", None, "policy-invalid"),
        # It does not.
        Case(NOT_TRUSTED, None, None),
        Case(FAILURE, None, None),
        Case(FAILURE, "lost connection after STARTTLS", None),
        Case("Other", GO, None),
        Case(None, None, None),
        # The sender's words say it.
        Case(FAILURE, "X509_V_ERR_CERT_HAS_EXPIRED", EXPIRED),
        Case(FAILURE, "Certificate has expired", EXPIRED),
        Case("Other", "certificate has expired", EXPIRED),
        Case(NOT_TRUSTED, f"{GO}: current time 2026-01-02T is after 2026-01-01T", EXPIRED),
        Case(EXPIRED, f"{GO}: current time 2026-01-01T is before 2026-01-02T", NOT_YET),
        Case(NOT_TRUSTED, GO, None),
        Case(EXPIRED, GO, EXPIRED),
        Case(FAILURE, "X509_V_ERR_CERT_NOT_YET_VALID", NOT_YET),
        Case(NOT_TRUSTED, "certificate is not yet valid", NOT_YET),
        # Stalwart quotes rustls: its names before version 0.23.24, and its sentences.
        Case(NOT_TRUSTED, f"{RUSTLS}: Expired", EXPIRED),
        Case(
            NOT_TRUSTED,
            f"{RUSTLS}: certificate expired: verification time 1759172489 (UNIX), but certificate "
            "is not valid after 1428883199 (330289290 seconds ago)",
            EXPIRED,
        ),
        Case(NOT_TRUSTED, f"{RUSTLS}: ExpiredRevocationList", None),
        Case(NOT_TRUSTED, f"{RUSTLS}: certificate revocation list expired: verification", None),
        Case(NOT_TRUSTED, f"{RUSTLS}: NotValidYet", NOT_YET),
        Case(
            NOT_TRUSTED,
            f"{RUSTLS}: certificate not valid yet: verification time 1428883199 (UNIX), but "
            "certificate is not valid before 1759172489 (330289290 seconds in future)",
            NOT_YET,
        ),
        Case(NOT_TRUSTED, f"{RUSTLS}: UnknownIssuer", CHAIN),
        Case(NOT_TRUSTED, f"{RUSTLS}: NotValidForName", NAME),
        Case(
            NOT_TRUSTED,
            f'{RUSTLS}: certificate not valid for name "mx.example.com"; certificate is only '
            'valid for DnsName("www.example.com")',
            NAME,
        ),
        Case(NOT_TRUSTED, f"{RUSTLS}: Other(OtherError(CaUsedAsEndEntity))", None),
        Case(NOT_TRUSTED, "received fatal alert: ProtocolVersion", "no-common-tls"),
        Case(NOT_TRUSTED, "received fatal alert: HandshakeFailure", None),
        Case(NOT_TRUSTED, "peer is incompatible: ServerDoesNotSupportTls12Or13", "no-common-tls"),
        Case(NOT_TRUSTED, "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", SELF),
        Case(NOT_TRUSTED, "self signed certificate in certificate chain", SELF),
        Case(FAILURE, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY", CHAIN),
        Case(FAILURE, "X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE", CHAIN),
        Case(NOT_TRUSTED, "unable to get local issuer certificate", CHAIN),
        Case(NOT_TRUSTED, "x509: certificate signed by unknown authority", CHAIN),
        Case(FAILURE, "no shared cipher", "no-common-tls"),
        Case(FAILURE, "SSL routines::unsupported protocol", "no-common-tls"),
        Case(FAILURE, "tls-remote-alert-70-protocol-version-not-supported", "no-common-tls"),
        Case(FAILURE, "tls-remote-alert-40-handshake-failure", None),
        Case(FAILURE, "dane-no-match", "tlsa-mismatch", "tlsa"),
        Case(FAILURE, "No matching certificates found.", "tlsa-mismatch", "tlsa"),
        Case("tlsa-invalid", "all-unusable-records+ignored", "tlsa-mismatch", "tlsa"),
        Case(FAILURE, "MX_HOSTS_MISMATCH", NOT_LISTED),
        Case(FAILURE, "mtasts-policy-mx-mismatch", NOT_LISTED, host=None),
        Case(FAILURE, "MX not authorized by policy.", NOT_LISTED, patterns=()),
        # The policy that the report quotes shows it.
        Case(FAILURE, None, NOT_LISTED, host="mx.eu.example.com"),
        Case(FAILURE, "VALIDATION_FAILURE", NOT_LISTED, host="mx.example.net"),
        Case(MISMATCH, None, NOT_LISTED, host="example.com"),
        Case(MISMATCH, None, NOT_LISTED, patterns=("mx1.example.com", "mx.exmaple.com")),
        Case(MISMATCH, "X509_V_ERR_HOSTNAME_MISMATCH", NOT_LISTED, host="mx.example.net"),
        Case(FAILURE, "X509_V_ERR_CERT_HAS_EXPIRED", EXPIRED, host="mx.example.net"),
        # Another type says something else, and so does another policy.
        Case(NOT_TRUSTED, None, None, host="mx.example.net"),
        Case(FAILURE, None, None, "tlsa", host="mx.example.net"),
        # The policy is abridged, or the server is not named.
        Case(FAILURE, None, None, patterns=(), host="mx.example.net"),
        Case(MISMATCH, None, None, patterns=("no host",)),
        Case(MISMATCH, None, None, patterns=("a.example", "...")),
        Case(FAILURE, None, None, patterns=("a.example", "mx.example.com # new")),
        Case(FAILURE, None, None, host=None),
        Case(FAILURE, None, None, host="192.0.2.1"),
        # The certificate is for another name.
        Case(MISMATCH, None, NAME),
        Case(MISMATCH, None, NAME, patterns=("MX.Example.COM",)),
        Case(MISMATCH, None, NAME, "tlsa", patterns=()),
        Case(MISMATCH, None, None, patterns=()),
        Case(MISMATCH, None, None, "no-policy-found", patterns=()),
        Case(FAILURE, "X509_V_ERR_HOSTNAME_MISMATCH", NAME),
        Case(FAILURE, "4.7.5 SSL certificate subject does not match host", NAME),
        Case(NOT_TRUSTED, "x509: certificate is valid for a.example, not mx.example.com", NAME),
        # Words about a web server are not about a mail server, nor the other way around.
        Case(FETCH, "HTTP status 404", "policy-http-status"),
        Case(FETCH, "HTTP status client error (404 Not Found) for url", "policy-http-status"),
        Case(FETCH, "unexpected response: HTTP/1.1 301 Moved Permanently", "policy-http-status"),
        Case(WEB, "status code: 503", "policy-http-status"),
        Case(FETCH, "connect to http://192.0.2.1:443 failed", "policy-fetch"),
        Case(FETCH, "HTTP status 200", "policy-fetch"),
        Case(FETCH, "connect status 111", "policy-fetch"),
        Case(FETCH, "operation timed out", "policy-timeout"),
        Case(FETCH, "Timeout", "policy-timeout"),
        Case(FETCH, "connection time-out", "policy-timeout"),
        Case(FETCH, "context deadline exceeded", "policy-timeout"),
        Case(FETCH, "certificate has expired", "policy-fetch"),
        Case(WEB, "certificate has expired", "policy-certificate"),
        Case("sts-policy-invalid", "HTTP status 404", "policy-invalid"),
        Case(FAILURE, "connection timed out", None),
        Case(FAILURE, "HTTP status 404", None),
    ],
)
def test_what_shows_a_cause(case: Case) -> None:
    problem = case.problem()
    assert problem.cause == case.cause
    assert "{" not in problem.message + problem.hint
    # A cause has evidence; without one, the words are shown for what they are.
    assert problem.evidence or problem.cause is None
    without = (f'Reason codes: "{case.reason}".',) if case.reason else ()
    assert problem.cause or problem.evidence == without
    if problem.cause:
        cause = CAUSES[problem.cause]
        facts = {
            "server": problem.receiving_mx_hostname or "a mail server",
            "domain": "example.com",
        }
        assert cause.cause == problem.cause == case.cause
        assert cause.message.format(**facts) == problem.message
        assert cause.hint.format(**facts) == problem.hint


@pytest.mark.parametrize(
    ("case", "evidence"),
    [
        (Case(EXPIRED, None, None), "The result type says so: certificate-expired."),
        (
            Case(EXPIRED, 'CERT_HAS_EXPIRED\x1b "now"', None),
            'In a sender\'s words: "CERT_HAS_EXPIRED\\x1b "now"".',
        ),
        (
            Case(FAILURE, None, None, host="mx.eu.example.com"),
            (
                "The policy quoted in the report has mx: *.example.com, where * stands for "
                "exactly one label (RFC 8461 section 4.1)."
            ),
        ),
        (
            Case(FAILURE, None, None, patterns=("a.example", "b.example")),
            "The policy quoted in the report has mx: a.example and b.example.",
        ),
        (
            Case(FAILURE, None, None, patterns=tuple(f"{each}.example" for each in "abcdefg")),
            (
                "The policy quoted in the report has mx: a.example, b.example, c.example, "
                "d.example, e.example and 2 more."
            ),
        ),
        (
            Case(MISMATCH, None, None),
            (
                "The result type is certificate-host-mismatch, and the policy quoted in the report "
                "lists the server."
            ),
        ),
    ],
)
def test_the_evidence(case: Case, evidence: str) -> None:
    assert case.problem().evidence == (evidence,)


def test_a_server_without_a_name() -> None:
    assert Case(EXPIRED, None, None, host=None).problem().message == (
        "The certificate of a mail server had expired."
    )
    stripped = Case("starttls-not-supported", None, None, host=None).problem()
    assert stripped.message == "A mail server did not offer STARTTLS."
    unnamed = Case(NOT_TRUSTED, None, None, host=None).problem()
    assert unnamed.message == "The sender does not trust the certificate of your mail server."
    named = Case(NOT_TRUSTED, None, None, host="MX.example.com").problem()
    assert named.message.startswith("mx.example.com: The sender does not trust")


def test_stalwart_has_one_type_for_all_tls_errors() -> None:
    problem = Case(NOT_TRUSTED, "received fatal alert: HandshakeFailure", None).problem()
    assert problem.message == (
        "mx.example.com: The sender does not trust the certificate of your mail server, or TLS "
        "failed for another reason."
    )
    assert problem.evidence == ('Reason codes: "received fatal alert: HandshakeFailure".',)
    assert problem.hint.startswith("Stalwart uses this type for every TLS error: look at the")
