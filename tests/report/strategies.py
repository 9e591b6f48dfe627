"""Hypothesis strategies: sound reports, documents that deviate, and octets that may be anything."""

from __future__ import annotations

import copy
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeGuard

from hypothesis import strategies as st

from tests.report.deviations import DATA
from tlsrpt.report import FailureDetail, Policy, Report, ReportError
from tlsrpt.report._result_types import FETCH_TYPES, RESULT_TYPES

_TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_COUNTS: Final = st.one_of(st.integers(0, 9), st.integers(0, 2**53 - 1))
_DOMAINS: Final = st.sampled_from(
    ["example.com", "example.net", "MX.example.org.", "bücher.example", "xn--bcher-kva.example"]
)
_IPS: Final = st.ip_addresses().map(str)

_DETAILS: Final = st.one_of(
    st.builds(
        FailureDetail,
        result_type=st.sampled_from(sorted(RESULT_TYPES)),
        sending_mta_ip=_IPS,
        receiving_mx_hostname=_DOMAINS,
        receiving_mx_helo=st.none() | st.just("mx.example.com"),
        receiving_ip=_IPS,
        failed_session_count=_COUNTS,
        additional_information=st.none() | st.just("https://example.com/"),
        failure_reason_code=st.none() | _TEXTS,
    ),
    st.builds(
        FailureDetail,
        result_type=st.sampled_from(sorted(FETCH_TYPES)),
        failed_session_count=_COUNTS,
    ),
)


def _failures(details: list[FailureDetail], more: int) -> dict[str, Any]:
    """Failure details, and a total that is not less than any of them."""
    least = max((each.failed_session_count or 1 for each in details), default=0)
    total = min(least + more, 2**53 - 1)
    return {"failure_details": details, "total_failure_session_count": total}


_POLICIES: Final = st.builds(
    lambda failures, **values: Policy(**failures, **values),
    failures=st.builds(_failures, st.lists(_DETAILS, min_size=1, max_size=3), _COUNTS),
    policy_type=st.sampled_from(["sts", "tlsa", "no-policy-found"]),
    policy_string=st.lists(
        st.sampled_from(["version: STSv1", "mode: testing", "3 1 1 AB", "é", ""]), min_size=1
    ),
    policy_domain=_DOMAINS,
    mx_host=st.lists(
        st.one_of(_DOMAINS, _DOMAINS.map("*.{}".format), st.just("_a.example.com")), min_size=1
    ),
    total_successful_session_count=_COUNTS,
)

_MOMENTS: Final = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001

_REPORT_IDS: Final = st.text("abc019-_.:@+=?q", min_size=1, max_size=20).filter(
    lambda text: "=?" not in text
)


@st.composite
def _sound_reports(draw: st.DrawFn) -> Report:
    start = draw(_MOMENTS)
    return Report(
        organization_name=draw(_TEXTS.filter(str.strip)),
        start_datetime=start,
        end_datetime=start + draw(st.timedeltas(timedelta(microseconds=1), timedelta(days=2))),
        contact_info=draw(
            st.sampled_from(["tls@example.com", '"a b"@example.net', "a+b=c?d@c.example"])
        ),
        report_id=draw(_REPORT_IDS),
        policies=draw(st.lists(_POLICIES, min_size=1, max_size=3)),
    )


SOUND_REPORTS: Final = _sound_reports()

_FIXTURES: Final[list[dict[str, Any]]] = [
    json.loads((DATA / name).read_bytes())
    for name in (
        *("sound.json", "nulls.json", "tlsa-encoded-twice.json", "wrapped.json", "capitals.json"),
        *("counts-as-strings.json", "sts-and-tlsa.json", "headings-as-names.json"),
        *("flat-policy.json", "lone-objects.json", "older-names.json", "blanks.json"),
        *("carriage-returns.json", "failures-in-testing.json"),
    )
]

# What a value may be instead.
_VALUES: Final[st.SearchStrategy[object]] = st.one_of(
    st.sampled_from(
        [
            *(None, True, "", [], {}, "a", "5", -1, 5, 5.0, 0.5, 2**53, 10**30, float("nan")),
            *(1e400, "STS", "Other", "[]", '["a"]', '["[\\"a\\", \\"b\\"]"]', "\ud800", "é\u202e"),
            *("Example.COM.", "bücher.example", "*.a_b.example", "a..b", "a\r\nb", "x" * 300),
            *("2025-03-01T00:00:00", "2025-03-01 24:00:00+0100", "2016-12-31T23:59:60Z"),
            *("=?utf-8?q?=0d=0aBcc:x?=", "=?utf-8?q?x?=@a.example"),
            *(" sts ", " ", "\r", "a\n[]", ["a\r\n", 'b\n["c\\r"]'], '["a\\r", "[]"]\n'),
            *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", [[]], [{}], [None], ["a", "b"]),
        ]
    ),
    st.text(max_size=5),
    st.integers(),
).map(copy.deepcopy)
_NAMES: Final = st.sampled_from(
    [
        *("x", "policy_type", "Mx-Host", "tls-report", "a/b~c", "\ud800", "policy-domain"),
        *(" policy-string", "failure-error-code", "policy", "summary"),
    ]
)


def _places(value: object) -> list[tuple[Any, Any]]:
    """Each container in a JSON value, with each of its keys."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    container: Any = value
    inner = [place for key in keys for place in _places(container[key])]
    return [(container, key) for key in keys] + inner


@st.composite
def _documents(draw: st.DrawFn) -> str:
    """A document in which some values are changed, removed, added, renamed or given twice."""
    document = copy.deepcopy(draw(st.sampled_from(_FIXTURES)))
    for _ in range(draw(st.integers(0, 4))):
        places = _places(document)
        if not places:
            break
        container, key = draw(st.sampled_from(places))
        change = draw(st.sampled_from(["value", "remove", "add", "rename"]))
        if change == "remove":
            del container[key]
        elif change == "add" and isinstance(container, dict):
            container[draw(_NAMES)] = draw(_VALUES)
        elif change == "rename" and isinstance(container, dict):
            container[draw(st.sampled_from([key.upper(), key.replace("-", "_")]))] = container.pop(
                key
            )
        else:
            container[key] = draw(_VALUES)
    text = json.dumps(document, ensure_ascii=draw(st.booleans()))
    if draw(st.booleans()):
        name = draw(st.sampled_from(["report-id", "policies", "policy-type", "result-type", "x"]))
        text = text.replace(
            "{", f'{{"{name}": {json.dumps(draw(_VALUES))}, ', draw(st.integers(1, 6))
        )
        text = text.replace(", }", "}")
    return text


DOCUMENTS: Final = _documents()


def _parsed(text: str) -> Report | None:
    try:
        return Report.parse(text)
    except ReportError:
        return None


def _is_report(report: Report | None) -> TypeGuard[Report]:
    return report is not None


REPORTS: Final = st.one_of(SOUND_REPORTS, DOCUMENTS.map(_parsed).filter(_is_report))


@st.composite
def _octets(draw: st.DrawFn) -> bytes:
    """A document as octets, in an encoding, packed or not, and with some of them changed."""
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "latin-1"]))
    octets = draw(DOCUMENTS).encode(encoding, "replace")
    if draw(st.booleans()):
        octets = gzip.compress(octets) + draw(st.sampled_from([b"", b"\r\n", b"\x1f\x8b"]))
    place = draw(st.integers(0, len(octets)))
    return octets[:place] + draw(st.binary(max_size=3)) + octets[place + draw(st.integers(0, 3)) :]


OCTETS: Final = st.one_of(_octets(), st.binary(max_size=80))

_FILES: Final = [path.read_bytes() for path in sorted(DATA.iterdir())]


@st.composite
def _changed_files(draw: st.DrawFn) -> bytes:
    """A fixture, or two, with some octets changed."""
    octets = b"".join(draw(st.lists(st.sampled_from(_FILES), min_size=1, max_size=2)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(octets)))
        end = place + draw(st.integers(0, 30))
        octets = octets[:place] + draw(st.binary(max_size=4)) + octets[end:]
    return octets


FILES: Final = _changed_files()
