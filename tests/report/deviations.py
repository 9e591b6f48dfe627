"""What real senders do, as data: each file in `data`, what is read of it, and what is found.

The files have invented values; what deviates in them has been seen in real reports.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tlsrpt.report import Report

if TYPE_CHECKING:
    from tlsrpt.report import FailureDetail, Policy

DATA: Final = Path(__file__).parent / "data"

SOUND: Final = "sound.json"

_LINES: Final = ("version: STSv1", "mode: enforce", "mx: *.example.com", "max_age: 604800")


def policy(report: Report) -> Policy:
    return report.policies[0]


def detail(report: Report) -> FailureDetail:
    return report.policies[0].failure_details[0]


class Deviation(NamedTuple):
    """A file.

    Attributes:
        says: what deviates, in a few words.
        found: code and pointer of each finding.
        attribute: what to look at in the report; None for all of it, which is as in SOUND.
        value: what it has to be.
    """

    says: str
    found: tuple[str, ...] = ()
    attribute: Callable[[Report], object] | None = None
    value: object = None


DEVIATIONS: Final = {
    # --- Documents ------------------------------------------------------------------------------
    "one-line.json": Deviation("all on one line"),
    "no-policy-found-of-2019.json": Deviation(
        "counts of zero, the domain and the details are left out",
        ("missing-member /policies/0/policy", "missing-member /policies/0/summary"),
        lambda report: (
            policy(report).policy_domain,
            policy(report).total_successful_session_count,
            policy(report).total_failure_session_count,
            policy(report).failure_details,
        ),
        (None, 1, 0, ()),
    ),
    "tlsa-encoded-twice.json": Deviation(
        "the TLSA records are a JSON list in a string",
        ("double-encoding /policies/0/policy/policy-string/0",),
        lambda report: policy(report).policy_string,
        ("3 1 1 0A1B2C", "3 1 1 3D4E5F"),
    ),
    "without-mx-host.json": Deviation(
        "neither mx-host nor failure-details",
        ("missing-member /policies/0/policy",),
        lambda report: (policy(report).mx_host, policy(report).failure_details),
        ((), ()),
    ),
    "dates-without-zone.json": Deviation(
        "dates without a time zone",
        (
            "missing-time-zone /date-range/start-datetime",
            "missing-time-zone /date-range/end-datetime",
        ),
    ),
    "local-time-with-z.json": Deviation(
        "local time, written as if it were UTC",
        (),
        lambda report: report.start_datetime,
        datetime(2025, 3, 1, 1, tzinfo=UTC),
    ),
    "sts-and-tlsa.json": Deviation(
        "the same sessions under sts and under tlsa",
        (),
        lambda report: [policy.policy_type for policy in report.policies],
        ["sts", "tlsa"],
    ),
    "fetch-error.json": Deviation(
        "a policy that could not be fetched: no policy-string, no addresses",
        (),
        lambda report: (
            policy(report).policy_string,
            detail(report).result_type,
            detail(report).sending_mta_ip,
            detail(report).failed_session_count,
        ),
        ((), "sts-policy-fetch-error", None, 4),
    ),
    "details-exceed-total.json": Deviation(
        "details that add up to more than the total, and end at the next midnight",
        (),
        lambda report: (
            [detail.failed_session_count for detail in policy(report).failure_details],
            policy(report).total_failure_session_count,
            report.end_datetime,
            detail(report).failure_reason_code,
        ),
        (
            [3, 3],
            3,
            datetime(2025, 3, 2, tzinfo=UTC),
            'certificate has expired: see "https://help.sender.example/tls?lang=en" (depth 0)',
        ),
    ),
    "nulls.json": Deviation(
        "null for what is absent, a type Other, a day that begins at any time",
        (
            "missing-member /contact-info",
            "unknown-result-type /policies/0/failure-details/0/result-type",
            "null-member /policies/0/failure-details/0/receiving-mx-helo",
            "null-member /policies/0/failure-details/0/additional-information",
            "null-member /policies/0/failure-details/0/failure-reason-code",
            "null-member /policies/1/policy/mx-host",
            "null-member /policies/1/failure-details",
        ),
        lambda report: (
            report.contact_info,
            detail(report).result_type,
            detail(report).receiving_mx_helo,
            report.policies[1].mx_host,
            report.policies[1].failure_details,
            report.start_datetime,
        ),
        (None, "Other", None, (), (), datetime(2025, 3, 1, 14, 7, 21, tzinfo=UTC)),
    ),
    "no-policy-domain.json": Deviation(
        "no policy-domain where no policy was found",
        ("missing-member /policies/0/policy",),
        lambda report: policy(report).policy_domain,
        None,
    ),
    "tlsa-of-mx-host.json": Deviation(
        "the MX host as policy-domain",
        (),
        lambda report: policy(report).policy_domain,
        "mx2.example.com",
    ),
    "ehlo-answer.json": Deviation(
        "the whole answer to EHLO as receiving-mx-helo",
        ("multiline-helo /policies/0/failure-details/0/receiving-mx-helo",),
        lambda report: detail(report).receiving_mx_helo,
        "250-mx2.example.com\r\n250-PIPELINING\r\n250 8BITMIME",
    ),
    "underscores.json": Deviation(
        "failure_details with an underscore",
        ("member-spelling /policies/0/failure_details",),
    ),
    "counts-as-strings.json": Deviation(
        "counts as strings",
        (
            "count-format /policies/0/summary/total-successful-session-count",
            "count-format /policies/0/summary/total-failure-session-count",
            "count-format /policies/0/failure-details/0/failed-session-count",
        ),
    ),
    "policy-as-one-string.json": Deviation(
        "the policy as one string",
        ("string-for-list /policies/0/policy/policy-string",),
        lambda report: policy(report).policy_string,
        _LINES,
    ),
    "wrapped.json": Deviation(
        "a tls-report object around it all",
        ("wrapper-object /tls-report", "missing-member /tls-report/policies/0/policy"),
        lambda report: (report.organization_name, policy(report).policy_string),
        ("Sender Inc.", _LINES),
    ),
    "capitals.json": Deviation(
        "types in capitals, domains with a final dot",
        (
            "type-spelling /policies/0/policy/policy-type",
            "domain-format /policies/0/policy/policy-domain",
            "domain-format /policies/0/policy/mx-host/0",
            "type-spelling /policies/0/failure-details/0/result-type",
            "domain-format /policies/0/failure-details/0/receiving-mx-hostname",
        ),
        lambda report: (
            policy(report).policy_type,
            policy(report).policy_domain,
            policy(report).mx_host,
            detail(report).result_type,
            detail(report).receiving_mx_hostname,
        ),
        ("sts", "example.com", ("*.example.com",), "certificate-expired", "mx2.example.com"),
    ),
    "rfc-8460-example.json": Deviation(
        "as the example of RFC 8460: mx-host is a string, and a receiving-ip is missing",
        (
            "string-for-list /policies/0/policy/mx-host",
            "missing-member /policies/0/failure-details/0",
        ),
        lambda report: (policy(report).mx_host, len(policy(report).failure_details)),
        (("*.mail.receiver.example",), 3),
    ),
    "headings-as-names.json": Deviation(
        "headings of RFC 8460 as names: mx-host-pattern, additional-info-uri",
        (
            "member-spelling /policies/0/policy/mx-host-pattern",
            "member-spelling /policies/0/failure-details/0/additional-info-uri",
        ),
        lambda report: (policy(report).mx_host, detail(report).additional_information),
        (("*.example.com",), "https://sender.example/why"),
    ),
    "older-names.json": Deviation(
        "names of a draft, or misspelled: failure-error-code, receiving-mx-host-name",
        (
            "member-spelling /policies/0/failure-details/0/receiving-mx-host-name",
            "member-spelling /policies/0/failure-details/0/failure-error-code",
        ),
        lambda report: (
            detail(report).receiving_mx_hostname,
            detail(report).failure_reason_code,
        ),
        ("mx2.example.com", "X509_V_ERR_CERT_HAS_EXPIRED"),
    ),
    "flat-policy.json": Deviation(
        "policy-type and policy-domain beside summary", ("flat-policy /policies/0",)
    ),
    "carriage-returns.json": Deviation(
        "a carriage return at the end of each line of the policy",
        tuple(f"line-end /policies/0/policy/policy-string/{line}" for line in range(4)),
    ),
    "lines-in-one-element.json": Deviation(
        "several lines of the policy in one element",
        ("line-end /policies/0/policy/policy-string/0",),
    ),
    "lone-objects.json": Deviation(
        "an object for a list of one",
        ("object-for-list /policies", "object-for-list /policies/failure-details"),
    ),
    "blanks.json": Deviation(
        "blanks around a type, and a name of blanks",
        (
            "missing-member /organization-name",
            "type-spelling /policies/0/policy/policy-type",
            "type-spelling /policies/0/failure-details/0/result-type",
        ),
        lambda report: (
            report.organization_name,
            policy(report).policy_type,
            detail(report).result_type,
        ),
        (None, "sts", "certificate-expired"),
    ),
    "failures-in-testing.json": Deviation(
        "a total of 0 failures beside failure details",
        ("failure-total /policies/0/summary/total-failure-session-count",),
        lambda report: (
            policy(report).total_successful_session_count,
            policy(report).total_failure_session_count,
            detail(report).failed_session_count,
        ),
        (5329, 0, 3),
    ),
    "hostile-text.json": Deviation(
        "line ends, terminal escapes and formulas in text",
        (),
        lambda report: (report.organization_name, detail(report).failure_reason_code),
        ("=cmd|' /C calc'!A0\r\n\x1b[2J", "+1\r\n\x1b]0;owned\x07\u202e"),
    ),
    # --- Dates ----------------------------------------------------------------------------------
    "leap-second.json": Deviation(
        "a leap second, and t and z in lower case",
        (),
        lambda report: (report.start_datetime, report.end_datetime),
        (
            datetime(2016, 12, 31, tzinfo=UTC),
            datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC),
        ),
    ),
    "hour-24.json": Deviation(
        "24:00, a space for T, an offset without a colon",
        ("date-format /date-range/start-datetime", "date-format /date-range/end-datetime"),
        lambda report: (report.start_datetime, report.end_datetime),
        (datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 2, tzinfo=UTC)),
    ),
    "week-date.json": Deviation(
        "dates that are ISO 8601, but not RFC 3339", ("invalid-date /date-range/start-datetime",)
    ),
    # --- JSON -----------------------------------------------------------------------------------
    "duplicate-name.json": Deviation("a name that occurs twice", ("duplicate-name /report-id",)),
    **{
        name: Deviation(
            says,
            ("invalid-count /policies/0/summary/total-successful-session-count",),
            lambda report: (
                policy(report).total_successful_session_count,
                policy(report).total_failure_session_count,
            ),
            (0, 3),
        )
        for name, says in {
            "not-a-number.json": "NaN as a count",
            "infinite-count.json": "1e400 as a count",
            "huge-integer.json": "5,000 digits as a count",
            "fraction.json": "0.5 as a count",
            "true-as-count.json": "true as a count",
        }.items()
    },
    "lone-surrogate.json": Deviation(
        "half of a surrogate pair",
        ("lone-surrogate /organization-name",),
        lambda report: report.organization_name,
        "Sender \ufffd",
    ),
    "byte-order-mark.json": Deviation("a byte order mark", ("byte-order-mark ",)),
    "utf-16.json": Deviation("UTF-16", ("utf-16-encoding ",)),
    "invalid-utf-8.json": Deviation(
        "an octet that is not UTF-8",
        ("invalid-utf-8 ",),
        lambda report: report.organization_name,
        "B\ufffdcher",
    ),
    # --- gzip and zip ---------------------------------------------------------------------------
    "sound.json.gz": Deviation("nothing"),
    "octets-after-gzip.json.gz": Deviation("octets after the gzip stream", ("trailing-data ",)),
    "truncated.json.gz": Deviation("gzip without its end", ("truncated-gzip ",)),
    "text-for-gzip.json.gz": Deviation(
        "gzip that a program took for text on its way", ("invalid-gzip ",)
    ),
    "two-members.json.gz": Deviation("gzip in two members"),
    "zip-named-gzip.json.gz": Deviation("zip under the name of gzip"),
    "gzip-named-zip.zip": Deviation("gzip under the name of zip"),
    # --- E-mail ---------------------------------------------------------------------------------
    "sound.eml": Deviation("nothing"),
    "uncompressed.eml": Deviation("JSON without gzip"),
    "quoted-printable.eml": Deviation("JSON in quoted-printable"),
    "subject-with-another-id.eml": Deviation("a subject with another report-id"),
    "subject-without-brackets.eml": Deviation("a subject without < and @"),
    "organization-as-submitter.eml": Deviation("a name, not a domain, as Submitter"),
    "without-closing-boundary.eml": Deviation("no closing MIME boundary"),
    "zip-for-gzip.eml": Deviation("zip under the type of gzip"),
    "gzip-for-zip.eml": Deviation("gzip under the type of zip"),
    "octet-stream.eml": Deviation("the type application/octet-stream"),
    "application-gzip.eml": Deviation("the type application/gzip"),
    "application-tlsrpt.eml": Deviation("the type application/tlsrpt"),
    "base64-without-header.eml": Deviation("base64 without its header field"),
    "base64-header-without-base64.eml": Deviation("a header field for base64 without base64"),
    "split-file-name.eml": Deviation("a file name split by RFC 2231"),
    "forwarded.eml": Deviation("forwarded as message/rfc822"),
    "forwarded-in-base64.eml": Deviation("forwarded in base64"),
    "forwarded-twice.eml": Deviation("forwarded twice"),
    "bare-body.eml": Deviation("the report as the body, without a type"),
    "declared-but-empty.eml": Deviation("an empty attachment", ("empty-document ",)),
    "text-only.eml": Deviation("only text where a report was due", ("no-report ",)),
    "empty.eml": Deviation("an empty mail", ("no-report ",)),
}

# Of these, nothing can be read.
UNREADABLE: Final = frozenset(
    {
        "week-date.json",
        "text-for-gzip.json.gz",
        "declared-but-empty.eml",
        "text-only.eml",
        "empty.eml",
    }
)
