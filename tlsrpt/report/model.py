"""The model of a report: `Report`, `Policy` and `FailureDetail` (RFC 8460 section 4.4).

Names are those of the standard's JSON, in snake case. The constructors are strict, for those who
send reports; `Report.parse` reads whatever arrives. Both give the same objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tlsrpt.report import _reader, _writer
from tlsrpt.report._catalogue import fail
from tlsrpt.report._findings import RaiseFirst, Unwanted
from tlsrpt.report._octets import MAX_SIZE
from tlsrpt.txt import plain

if TYPE_CHECKING:
    from tlsrpt.report._parts import DetailValues, PolicyValues, ReportValues

_Part = TypeVar("_Part", "FailureDetail", "Policy", "Report")

# How values get into a frozen object.
_new = object.__new__
_put = object.__setattr__


@dataclass(frozen=True, kw_only=True)
class FailureDetail:
    """Sessions that failed in the same way between the same servers (RFC 8460 section 4.4).

    The attributes are as the sender wrote them, and None where the sender left them out.

    Attributes:
        result_type: what failed, such as ``"certificate-expired"`` (section 4.3).
        sending_mta_ip: the IP address of the sender's server.
        receiving_mx_hostname: the host name of your server, from its MX record, in A-labels.
        receiving_mx_helo: the name with which your server greeted.
        receiving_ip: the IP address of your server.
        failed_session_count: the number of sessions. One session can fail in several ways, so the
            details need not add up to the total of the policy.
        additional_information: a URI with more information about the failure.
        failure_reason_code: an error in the sender's own words.

    Raises:
        ReportError: a value is not as the standard requires. The two addresses and the host name
            are required, unless there may have been no connection: ``sts-policy-fetch-error``,
            ``sts-policy-invalid``, ``sts-webpki-invalid``, ``dane-required``, ``dnssec-invalid``.

    >>> detail = FailureDetail(
    ...     result_type="certificate-expired",
    ...     sending_mta_ip="192.0.2.25",
    ...     receiving_mx_hostname="mx.example.com",
    ...     receiving_ip="198.51.100.7",
    ...     failed_session_count=3,
    ... )
    >>> detail.failed_session_count
    3
    """

    result_type: str | None
    sending_mta_ip: str | None = None
    receiving_mx_hostname: str | None = None
    receiving_mx_helo: str | None = None
    receiving_ip: str | None = None
    failed_session_count: int
    additional_information: str | None = None
    failure_reason_code: str | None = None

    def __post_init__(self) -> None:
        given = {name: _plain(value) for name, value in vars(self).items()}
        values = _reader.read_detail(_writer.detail(given), None, RaiseFirst())
        _put(self, "__dict__", values)


@dataclass(frozen=True, kw_only=True, init=False)
class Policy:
    """One policy of your domain as the sender applied it, with its sessions (RFC 8460 section 4.4).

    Attributes:
        policy_type: ``"sts"``, ``"tlsa"`` or ``"no-policy-found"``.
        policy_string: the lines of the MTA-STS policy, or the TLSA records (section 4.5).
        policy_domain: the domain that the policy is for, in A-labels; for ``"tlsa"`` some senders
            write the MX host.
        mx_host: the mx patterns of the MTA-STS policy, in A-labels, with or without ``*.``.
        total_successful_session_count: the number of sessions with TLS as the policy asks.
        total_failure_session_count: the number of sessions where that failed. In a report that you
            send, it must not be less than the count of any failure detail.
        failure_details: what failed; empty if nothing did.

    Raises:
        ReportError: a value is not as the standard asks.
        TypeError: a failure detail is not a `FailureDetail`.

    >>> policy = Policy(
    ...     policy_type="no-policy-found",
    ...     policy_domain="Example.com.",
    ...     total_successful_session_count=12,
    ...     total_failure_session_count=0,
    ... )
    >>> policy.policy_domain
    'example.com'
    """

    policy_type: str | None
    policy_string: tuple[str, ...]
    policy_domain: str | None
    mx_host: tuple[str, ...]
    total_successful_session_count: int
    total_failure_session_count: int
    failure_details: tuple[FailureDetail, ...]

    def __init__(  # noqa: PLR0913 - as many as the standard has
        self,
        *,
        policy_type: str,
        policy_string: Iterable[str] = (),
        policy_domain: str,
        mx_host: Iterable[str] = (),
        total_successful_session_count: int,
        total_failure_session_count: int,
        failure_details: Iterable[FailureDetail] = (),
    ) -> None:
        given: PolicyValues = {
            "policy_type": _plain(policy_type),
            "policy_string": _strings("policy_string", policy_string),
            "policy_domain": _plain(policy_domain),
            "mx_host": _strings("mx_host", mx_host),
            "total_successful_session_count": total_successful_session_count,
            "total_failure_session_count": total_failure_session_count,
            "failure_details": [
                cast("DetailValues", vars(_instance(each, FailureDetail)))
                for each in failure_details
            ],
        }
        values = _reader.read_policy(_writer.policy(given), None, RaiseFirst())
        _put(self, "__dict__", vars(_policy_of(cast("dict[str, Any]", values))))


@dataclass(frozen=True, kw_only=True, init=False)
class Report:
    """A TLS report: what one sender saw during one time span (RFC 8460 section 4).

    Construct a report to send it: the constructor accepts only what the standard allows, and
    rejects whatever `check_report` reports, except for the form of a domain, which it normalizes.
    To read a report, use `parse`.

    Attributes:
        organization_name: the name of the sender; None if it was left out or is blank.
        start_datetime: the start of the time span, in UTC.
        end_datetime: its end, in UTC; many senders write the last second, some the next midnight.
        contact_info: the e-mail address of the sender; None if it was left out.
        report_id: the sender's name for the report; None if it was left out. Senders reuse it.
        policies: the policies, each with its sessions.

    Raises:
        ReportError: a value is not as the standard asks.
        TypeError: a date is not a `datetime`, or a policy not a `Policy`.

    >>> from datetime import UTC, datetime
    >>> report = Report(
    ...     organization_name="Sender Inc.",
    ...     start_datetime=datetime(2025, 3, 1, tzinfo=UTC),
    ...     end_datetime=datetime(2025, 3, 1, 23, 59, 59, tzinfo=UTC),
    ...     contact_info="postmaster@sender.example",
    ...     report_id="2025-03-01-example.com",
    ...     policies=[
    ...         Policy(
    ...             policy_type="no-policy-found",
    ...             policy_domain="example.com",
    ...             total_successful_session_count=12,
    ...             total_failure_session_count=0,
    ...         )
    ...     ],
    ... )
    >>> Report.parse(report.to_json()) == report
    True
    """

    organization_name: str | None
    start_datetime: datetime
    end_datetime: datetime
    contact_info: str | None
    report_id: str | None
    policies: tuple[Policy, ...]

    def __init__(  # noqa: PLR0913 - as many as the standard has
        self,
        *,
        organization_name: str,
        start_datetime: datetime,
        end_datetime: datetime,
        contact_info: str,
        report_id: str,
        policies: Iterable[Policy],
    ) -> None:
        given: ReportValues = {
            "organization_name": _plain(organization_name),
            "start_datetime": _utc("start_datetime", start_datetime),
            "end_datetime": _utc("end_datetime", end_datetime),
            "contact_info": _plain(contact_info),
            "report_id": _plain(report_id),
            "policies": [policy_values(_instance(each, Policy)) for each in policies],
        }
        values = _reader.read_report(_writer.report(given), RaiseFirst())
        _put(self, "__dict__", vars(report_of(values)))

    @staticmethod
    def parse(data: bytes | str, *, max_size: int = MAX_SIZE) -> Report:
        """Read a report as it was sent, however much it deviates from the standard.

        Missing or unusable values are None, 0 or ``()``; `check_report` says what deviates.

        Args:
            data: the JSON document, as text, octets or a gzip stream.
            max_size: how many octets the document may take, unpacked; characters if it is text.
                Reading takes at most 30 times as much memory.

        Raises:
            ReportError: there is no JSON object, no list of policies, or no date range with two
                dates that can be read.
            TypeError: the data is neither `bytes` nor `str`.

        >>> report = Report.parse(
        ...     '{"date-range": {"start-datetime": "2025-03-01T00:00:00Z",'
        ...     ' "end-datetime": "2025-03-01T23:59:59Z"}, "policies": []}'
        ... )
        >>> report.end_datetime - report.start_datetime
        datetime.timedelta(seconds=86399)
        """
        return report_of(_reader.read(data, Unwanted(), max_size))

    def to_json(self) -> str:
        """The report as JSON: ASCII, on one line (RFC 8460 section 4.4).

        Values that are None are left out. `parse` reads the same report again, up to its max_size.

        >>> from tlsrpt.report import Report
        >>> text = (
        ...     '{"date-range": {"start-datetime": "2025-03-01T00:00:00Z", '
        ...     '"end-datetime": "2025-03-02T00:00:00Z"}, "policies": []}'
        ... )
        >>> Report.parse(text).to_json() == text
        True
        """
        return _writer.to_json(_report_values(self))

    def to_gzip(self) -> bytes:
        """The report as JSON in gzip (RFC 8460 section 5.2), the same octets for equal reports.

        >>> import gzip
        >>> from tlsrpt.report import Report
        >>> text = (
        ...     '{"date-range": {"start-datetime": "2025-03-01T00:00:00Z", '
        ...     '"end-datetime": "2025-03-02T00:00:00Z"}, "policies": []}'
        ... )
        >>> gzip.decompress(Report.parse(text).to_gzip()).decode() == text
        True
        """
        return _writer.to_gzip(_report_values(self))

    def filename(self, *, compressed: bool = True, unique_id: str | None = None) -> str:
        """The name of the report as a file (RFC 8460 section 5.1).

        Args:
            compressed: whether the file is in gzip.
            unique_id: ASCII letters and digits that distinguish the file from others with the same
                domains and dates.

        Raises:
            ReportError: `contact_info` is not an e-mail address, the first policy has no valid
                ``policy_domain``, or the unique_id is not letters and digits.

        >>> report = Report.parse(
        ...     '''{
        ...     "date-range": {
        ...         "start-datetime": "2025-03-01T00:00:00Z",
        ...         "end-datetime": "2025-03-01T23:59:59Z"
        ...     },
        ...     "contact-info": "postmaster@sender.example",
        ...     "policies": [{"policy": {"policy-domain": "example.com"}}]
        ...     }'''
        ... )
        >>> report.filename()
        'sender.example!example.com!1740787200!1740873599.json.gz'
        """
        ending = ".json.gz" if compressed else ".json"
        return _writer.filename(_report_values(self), ending, unique_id)

    def to_email(self, recipient: str, sender: str | None = None) -> EmailMessage:
        """The report as an e-mail that is ready to be sent (RFC 8460 section 5.3).

        The mail must be signed with DKIM by the domain of `contact_info`, without ``l=``; your mail
        server does that. The mail asks to be delivered even if TLS fails (``TLS-Required: No``, RFC
        8689). That does not stop a loop of reports about reports. Serialize the message with its
        own policy, as ``smtplib`` does: then no field is folded or encoded in a way that confuses
        receivers.

        Args:
            recipient: the e-mail address from the domain's TLS-RPT record, without ``mailto:``.
            sender: the e-mail address for From; `contact_info` if it is None.

        Raises:
            ReportError: an address is not an e-mail address in ASCII (its domain may be in any
                script), the first policy has no valid ``policy_domain``, or `report_id` does not
                fit into a Message-ID.

        >>> report = Report.parse(
        ...     '''{
        ...     "date-range": {
        ...         "start-datetime": "2025-03-01T00:00:00Z",
        ...         "end-datetime": "2025-03-01T23:59:59Z"
        ...     },
        ...     "contact-info": "postmaster@sender.example",
        ...     "report-id": "2025-03-01-example.com",
        ...     "policies": [{"policy": {"policy-domain": "example.com"}}]
        ...     }'''
        ... )
        >>> message = report.to_email(recipient="tls@example.com")
        >>> print(message["Subject"])
        Report Domain: example.com Submitter: sender.example Report-ID: <2025-03-01-example.com@sender.example>
        """  # noqa: E501 - the subject is one line
        from tlsrpt.report import _mail  # noqa: PLC0415 - email takes long to import

        return _mail.to_email(_report_values(self), recipient, sender)


# --- From plain values and back -----------------------------------------------------------------


def _made(kind: type[_Part], values: dict[str, object]) -> _Part:
    part = _new(kind)
    _put(part, "__dict__", values)
    return part


# The values that were read are not copied: they become those of the objects.
def _policy_of(values: dict[str, Any]) -> Policy:
    details = [_made(FailureDetail, each) for each in values["failure_details"]]
    values["failure_details"] = tuple(details)
    return _made(Policy, values)


def report_of(values: ReportValues) -> Report:
    """The report of values that were just read, which its constructor might reject."""
    own = cast("dict[str, Any]", values)
    own["policies"] = tuple([_policy_of(each) for each in own["policies"]])
    return _made(Report, own)


def policy_values(policy: Policy) -> PolicyValues:
    """The values of a policy."""
    details = [each.__dict__ for each in policy.failure_details]
    return cast("PolicyValues", {**vars(policy), "failure_details": details})


def _report_values(report: Report) -> ReportValues:
    policies = [policy_values(each) for each in report.policies]
    return cast("ReportValues", {**vars(report), "policies": policies})


# --- What constructors are given ----------------------------------------------------------------


def _instance(value: _Part, kind: type[_Part]) -> _Part:
    if not isinstance(value, kind):
        raise TypeError(f"a {kind.__name__} is needed, not {type(value).__name__}")
    return value


def _plain(value: str) -> str:
    """The value, with a text as an exact `str`; the reader finds values of a wrong type."""
    return plain(value) if isinstance(value, str) else value


def _strings(name: str, value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise TypeError(f"{name} is an iterable of strings, such as a list, not str")
    return tuple(map(_plain, value))


def _utc(name: str, moment: datetime) -> datetime:
    """The moment in UTC; unaltered if it would be outside the years 1 to 9999 in UTC."""
    if not isinstance(moment, datetime):
        raise TypeError(f"a datetime is needed, not {type(moment).__name__}")
    if moment.utcoffset() is None:
        raise fail("missing-time-zone", value=name, cure="tzinfo=UTC")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment
