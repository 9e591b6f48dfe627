"""`summarize`: what is added up, and what is not counted twice."""

from __future__ import annotations

import io
import json
import pickle
from collections import Counter
from dataclasses import replace
from datetime import date
from email.message import Message
from itertools import permutations
from typing import TYPE_CHECKING, Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory import growth, linux_only
from tests.report import months
from tests.report.deviations import DATA, SOUND
from tests.report.documents import document, text
from tests.report.strategies import REPORTS
from tlsrpt.report import (
    Failure,
    ReceivedReport,
    Report,
    SeenPolicy,
    Totals,
    read_reports,
    summarize,
)
from tlsrpt.report._summary import mail_servers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random


# Type, domain, how many sessions succeeded and failed, and how many each failure detail has;
# without any, there is one with all that failed.
_Policy: TypeAlias = tuple[str | None, str | None, int, int, *tuple[int | None, ...]]


def report(*policies: _Policy, **changes: object) -> Report:
    """A report with some policies."""
    whole = [
        {
            "policy": {"policy-type": policy_type, "policy-domain": domain},
            "summary": {
                "total-successful-session-count": successful,
                "total-failure-session-count": failed,
            },
            "failure-details": [
                {"result-type": "tlsa-invalid", "failed-session-count": count}
                for count in details or [failed]
            ],
        }
        for policy_type, domain, successful, failed, *details in policies
    ]
    return Report.parse(text({"/policies": whole, **changes}))


def figures(totals: Totals) -> tuple[int, int, Mapping[str | None, int]]:
    return (
        totals.total_successful_session_count,
        totals.total_failure_session_count,
        totals.result_types,
    )


def test_the_sound_report() -> None:
    summary = summarize([Report.parse((DATA / SOUND).read_bytes())])
    (domain,) = summary.domains.values()
    expected = (5326, 3, {"certificate-expired": 3})
    assert figures(domain) == expected
    assert {name: figures(each) for name, each in domain.by_sender.items()} == {
        "Sender Inc.": expected
    }
    assert {day: figures(each) for day, each in domain.by_day.items()} == {
        date(2025, 3, 1): expected
    }
    assert (summary.reports, summary.duplicates) == (1, 0)


def test_sts_and_tlsa_are_the_same_sessions() -> None:
    summary = summarize([Report.parse((DATA / "sts-and-tlsa.json").read_bytes())])
    assert figures(summary.domains["example.com"]) == (
        *(11, 2),
        {"certificate-expired": 2, "tlsa-invalid": 1},
    )


def test_details_of_one_type_are_added() -> None:
    detail = document({})["policies"][0]["failure-details"][0]
    details = [detail, detail, {**detail, "result-type": "tlsa-invalid"}]
    summary = summarize([Report.parse(text({"/policies/0/failure-details": details}))])
    assert list(summary.domains["example.com"].result_types.items()) == [
        ("certificate-expired", 6),
        ("tlsa-invalid", 3),
    ]


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([("sts", "a", 1, 2), ("sts", "a", 3, 4)], {"a": (4, 6)}),
        # Senders that do DANE count there what fails by it, and not under MTA-STS.
        ([("sts", "a", 10, 0), ("tlsa", "a", 0, 10)], {"a": (0, 10)}),
        ([("tlsa", "a", 0, 10), ("sts", "a", 10, 0)], {"a": (0, 10)}),
        # Microsoft
        ([("sts", "a", 5, 0), ("tlsa", "a", 7, 0)], {"a": (7, 0)}),
        ([("sts", "a", 1, 2), ("tlsa", "a", 3, 1)], {"a": (2, 2)}),
        ([("sts", "a", 1, 1), ("sts", "a", 1, 1), ("tlsa", "a", 3, 1)], {"a": (2, 2)}),
        ([("tlsa", "a", 3, 1), ("no-policy-found", "a", 5, 0)], {"a": (8, 1)}),
        ([("sts", "a", 1, 0), ("other", "a", 2, 0), (None, "a", 3, 0)], {"a": (6, 0)}),
        ([("sts", "b", 1, 0), ("tlsa", "a", 2, 0)], {"a": (2, 0), "b": (1, 0)}),
        ([("sts", None, 1, 0), ("sts", "", 2, 0), ("sts", "b", 0, 0)], {"b": (0, 0), None: (3, 0)}),
        ([], {}),
    ],
)
def test_policies_of_one_report(
    policies: list[tuple[str | None, str | None, int, int]],
    expected: dict[str | None, tuple[int, int]],
) -> None:
    summary = summarize([report(*policies)])
    assert {name: figures(each)[:2] for name, each in summary.domains.items()} == expected
    # Sorted, and what has no name comes last.
    assert list(summary.domains) == list(expected)


@pytest.mark.parametrize(
    ("successful", "failed", "details", "expected"),
    [
        # mox in testing mode
        (10, 0, [3], (7, 3)),
        (10, 1, [3], (8, 3)),
        # More than all sessions.
        (1, 1, [3], (0, 3)),
        # Mail.ru: one session, two details. The sum of details never counts.
        (0, 1, [1, 1], (0, 1)),
        (10, 0, [2, 3, 1], (7, 3)),
        (10, 4, [3, 3], (10, 4)),
        (10, 0, [None], (10, 0)),
    ],
)
def test_details_above_the_total(
    successful: int, failed: int, details: list[int | None], expected: tuple[int, int]
) -> None:
    summary = summarize([report(("sts", "a", successful, failed, *details))])
    assert figures(summary.domains["a"])[:2] == expected


def test_policies_are_added_after_their_details_are_counted() -> None:
    # Under MTA-STS, 3 of 10 and 2 of 5 failed; under DANE, 1 of 20.
    parsed = report(("sts", "a", 10, 0, 3), ("sts", "a", 5, 0, 2), ("tlsa", "a", 20, 0, 1))
    assert figures(summarize([parsed]).domains["a"]) == (15, 5, {"tlsa-invalid": 5})


def test_shares() -> None:
    summary = summarize([report(("sts", "a", 6, 2), ("tlsa", "b", 0, 0))])
    assert (summary.domains["a"].total_session_count, summary.domains["a"].failure_share) == (
        *(8, 0.25),
    )
    assert (summary.domains["b"].total_session_count, summary.domains["b"].failure_share) == (0, 0)


def test_by_policy_by_server_and_by_failure() -> None:
    host, day, later = "mx.example.com", date(2025, 3, 1), date(2025, 3, 2)
    expired, failed = "certificate-expired", "validation-failure"
    summary = summarize(
        [
            months.report("A", day, months.sts(), 10, months.detail(expired, host, 2, "why")),
            months.report("A", later, months.sts(), 10, months.detail(expired, host, 1, "why")),
            months.report(
                *("A", later, months.sts("enforce"), 10),
                *(months.detail(expired, host, 1), months.detail(failed, None, 1)),
            ),
            months.report(
                "B", day, months.tlsa(), 10, months.detail(failed, host, None, "because")
            ),
        ]
    )
    domain = summary.domains["example.com"]
    assert {key: figures(each) for key, each in domain.by_policy.items()} == {
        ("sts", "enforce"): (8, 2, {expired: 1, failed: 1}),
        ("sts", "testing"): (17, 3, {expired: 3}),
        ("tlsa", None): (10, 0, {failed: 0}),
    }
    assert list(domain.by_policy) == [("sts", "enforce"), ("sts", "testing"), ("tlsa", None)]
    # The server with a name first, and its most frequent failure.
    assert [(name, list(types.items())) for name, types in domain.by_server.items()] == [
        (host, [(expired, 4), (failed, 0)]),
        (None, [(failed, 1)]),
    ]
    first, *others = domain.failures
    assert first == Failure(
        result_type=expired,
        receiving_mx_hostname=host,
        sender="A",
        policy_type="sts",
        mode="testing",
        failure_reason_codes=("why",),
        session_count=3,
        by_day={day: 2, later: 1},
        first_day=day,
        last_day=later,
    )
    assert [(each.sender, each.mode, each.session_count) for each in others] == [
        *(("A", "enforce", 1), ("A", "enforce", 1), ("B", None, 0))
    ]
    assert (domain.first_day, domain.last_day, domain.reports) == (day, later, 4)


def test_by_server_counts_a_session_once() -> None:
    details = [months.detail("certificate-expired", "mx.example.com", count) for count in (2, 3)]
    policies = [
        {"policy": policy, "summary": {}, "failure-details": details}
        for policy in (months.sts(), months.sts("enforce"), months.tlsa())
    ]
    domain = summarize([Report.parse(text({"/policies": policies}))]).domains["example.com"]
    assert domain.by_server == {"mx.example.com": {"certificate-expired": 10}}


def test_policies_as_senders_saw_them() -> None:
    first, last = date(2025, 3, 1), date(2025, 3, 9)
    broken = {**months.sts(), "policy-string": ["version: STSv1"], "mx-host": []}
    domain = summarize(
        [
            months.report("B", last, months.sts(), 1),
            months.report("A", first, months.sts(), 1),
            months.report("A", last, months.sts(), 1),
            months.report("A", first, broken, 1),
            months.report(None, first, months.tlsa(), 1),
        ]
    ).domains["example.com"]
    testing, abridged, dane = domain.policies
    assert testing == SeenPolicy(
        policy_type="sts",
        mode="testing",
        mx=("*.example.com",),
        max_age=604_800,
        faults=(),
        senders=("A", "B"),
        first_day=first,
        last_day=last,
    )
    assert (abridged.mode, abridged.mx, abridged.max_age, abridged.senders) == (
        *(None, (), None, ("A",)),
    )
    assert len(abridged.faults) == 3
    assert (dane.policy_type, dane.mode, dane.mx, dane.faults, dane.senders) == (
        *("tlsa", None, (), (), (None,)),
    )


def test_all_of_it_as_json() -> None:
    summary = summarize([Report.parse((DATA / SOUND).read_bytes())])
    totals = {
        "total-session-count": 5329,
        "total-successful-session-count": 5326,
        "total-failure-session-count": 3,
        "failure-share": 3 / 5329,
        "result-types": [{"result-type": "certificate-expired", "session-count": 3}],
    }
    days = {"first-day": "2025-03-01", "last-day": "2025-03-01"}
    assert json.loads(json.dumps(summary.to_dict())) == {
        "reports": 1,
        "duplicates": 0,
        "domains": [
            {
                "policy-domain": "example.com",
                **totals,
                **days,
                "reports": 1,
                "claimed-reports": 0,
                "by-sender": [{"sender": "Sender Inc.", "last-day": "2025-03-01", **totals}],
                "by-day": {"2025-03-01": totals},
                "by-policy": [{"policy-type": "sts", "mode": "enforce", **totals}],
                "by-server": [
                    {
                        "receiving-mx-hostname": "mx2.example.com",
                        "result-types": totals["result-types"],
                    }
                ],
                "failures": [
                    {
                        "result-type": "certificate-expired",
                        "receiving-mx-hostname": "mx2.example.com",
                        "sender": "Sender Inc.",
                        "policy-type": "sts",
                        "mode": "enforce",
                        "failure-reason-codes": [],
                        "session-count": 3,
                        "by-day": {"2025-03-01": 3},
                        **days,
                    }
                ],
                "policies": [
                    {
                        "policy-type": "sts",
                        "mode": "enforce",
                        "mx": ["*.example.com"],
                        "max-age": 604800,
                        "faults": [],
                        "senders": ["Sender Inc."],
                        **days,
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("host", "policies", "served"),
    [
        ("mx.a.example", [("sts", "a.example", 1, 0)], []),
        ("mx.a.example", [("tlsa", "b.example", 1, 0)], []),
        ("mx.a.example", [("tlsa", "a.example", 0, 1)], ["a.example"]),
    ],
)
def test_a_mail_server_of_another_domain(
    host: str, policies: list[_Policy], served: list[str]
) -> None:
    given = report(("tlsa", host, 1, 0), *policies)
    named = months.detail("tlsa-invalid", host, 1)
    reports = [given]
    if served:
        day = date(2025, 3, 1)
        reports.append(months.report("A", day, months.tlsa("a.example"), 1, named))
    assert mail_servers(summarize(reports).domains.values())[host] == served


def test_a_mail_server_that_a_policy_lists() -> None:
    day = date(2025, 3, 1)
    summary = summarize(
        [
            months.report("A", day, months.sts("enforce", "*.a.example"), 1),
            months.report("A", day, months.sts("enforce", "b.example", domain="b.example"), 1),
            months.report("A", day, months.tlsa("mx.a.example"), 1),
        ]
    )
    assert mail_servers(summary.domains.values()) == {"mx.a.example": ["example.com"]}
    unnamed = summarize([report(("tlsa", None, 1, 0))]).domains
    assert mail_servers(unnamed.values()) == {}


# Postfix, for no-policy-found.
UNNAMED: Final = ("no-policy-found", None, 8, 0)


def by_mail(report: Report | None, *claims: str) -> ReceivedReport:
    """A report that came by a mail with some header fields TLS-Report-Domain."""
    headers = Message()
    for claim in claims:
        headers["TLS-Report-Domain"] = claim
    return ReceivedReport("mail", report, (), headers)


def sums(*reports: Report | ReceivedReport) -> dict[str | None, tuple[int, int, int]]:
    """Sessions that succeeded and failed, and reports with a claim, by domain."""
    return {
        name: (*figures(domain)[:2], domain.claimed_reports)
        for name, domain in summarize(reports).domains.items()
    }


@pytest.mark.parametrize(
    ("claims", "domain"),
    [
        (["example.com"], "example.com"),
        (["B\u00dcCHER.example."], "xn--bcher-kva.example"),
        (["b.example", "a.example", "c.example"], "a.example"),
        (['"no domain"', "", "192.0.2.1", "b.example"], "b.example"),
        (["no domain"], None),
        ([], None),
    ],
)
def test_a_policy_without_a_domain_is_of_the_domain_that_the_mail_claims(
    claims: list[str], domain: str | None
) -> None:
    claimed = int(domain is not None)
    assert sums(by_mail(report(UNNAMED), *claims)) == {domain: (8, 0, claimed)}


def test_without_a_mail_there_is_no_claim() -> None:
    bare = ReceivedReport("report.json", report(UNNAMED), (), None)
    assert sums(report(UNNAMED), bare) == {None: (8, 0, 0)}


def test_a_policy_with_a_domain_needs_no_claim() -> None:
    named = report(("sts", "a", 10, 0))
    assert sums(by_mail(named, "other.example")) == {"a": (10, 0, 0)}
    # Nor does the claim of one mail pass to the next.
    unnamed = report(UNNAMED)
    assert sums(by_mail(named, "a"), by_mail(unnamed)) == {"a": (10, 0, 0), None: (8, 0, 0)}


def test_the_claimed_domain_is_that_of_the_other_policies() -> None:
    # sts: 3 + 4 sessions; tlsa: 5; the same sessions. And 8 without a policy.
    whole = report(
        *(("sts", "a", 3, 0), ("sts", None, 4, 0), ("tlsa", "a", 0, 5), UNNAMED),
        *(("sts", "b", 2, 0),),
    )
    assert sums(by_mail(whole, "a")) == {"a": (10, 5, 1), "b": (2, 0, 0)}
    assert sums(whole) == {"a": (0, 5, 0), "b": (2, 0, 0), None: (12, 0, 0)}


def test_a_claim_wins_over_none_and_the_first_in_order_over_others() -> None:
    unnamed, other = report(UNNAMED), report(UNNAMED, **{"/report-id": "2"})
    copies: list[Report | ReceivedReport]
    copies = [unnamed, by_mail(unnamed), by_mail(unnamed, "b"), by_mail(unnamed, "a", "c")]
    for order in permutations(copies):
        assert sums(*order, by_mail(other, "b")) == {"a": (8, 0, 1), "b": (8, 0, 1)}
        assert summarize(order).duplicates == 3


def test_what_read_reports_yields_is_added_up() -> None:
    received = list(read_reports(DATA / "relayed-twice.mbox"))
    assert [each.report is None for each in received] == [False, False, True]
    summary = summarize(received)
    assert (summary.reports, summary.duplicates) == (1, 1)
    assert summary == summarize(each.report for each in received if each.report)


def test_the_mail_of_a_report_counts_as_summarize_does() -> None:
    sent = report(("sts", "a.example", 3, 0), ("tlsa", None, 0, 5), UNNAMED)
    mail = sent.to_email("tls@a.example")
    assert "Failed:  5 of 13 sessions" in mail.as_string()
    received = read_reports(io.BytesIO(mail.as_bytes()))
    assert figures(summarize(received).domains["a.example"])[:2] == (8, 5)


def test_reports_are_added_by_sender_and_day() -> None:
    one = ("sts", "a", 10, 1)
    later = {
        "/date-range/start-datetime": "2025-03-02T00:00:00Z",
        "/date-range/end-datetime": "2025-03-02T23:59:59Z",
    }
    summary = summarize(
        [
            report(one),
            report(one, **later),
            report(one, **{"/organization-name": "Other"}),
            report(one, **{"/organization-name": None}),
        ]
    )
    domain = summary.domains["a"]
    assert figures(domain) == (40, 4, {"tlsa-invalid": 4})
    assert [(name, figures(each)[0]) for name, each in domain.by_sender.items()] == [
        *(("Other", 10), ("Sender Inc.", 20), (None, 10))
    ]
    assert [(str(day), figures(each)[0]) for day, each in domain.by_day.items()] == [
        *(("2025-03-01", 30), ("2025-03-02", 10))
    ]


def test_result_types_are_sorted_by_how_often_they_occur() -> None:
    details = [
        {"result-type": kind, "failed-session-count": count}
        for kind, count in (("b", 1), ("c", 5), ("a", 1), ("d", 0), (None, 1))
    ]
    parsed = Report.parse(text({"/policies/0/failure-details": details}))
    (domain,) = summarize([parsed]).domains.values()
    assert list(domain.result_types.items()) == [
        *(("c", 5), (None, 1), ("a", 1), ("b", 1), ("d", 0))
    ]


def test_a_report_id_alone_makes_no_duplicate() -> None:
    other = document({"/policies/0/summary/total-successful-session-count": 1})
    reports = [Report.parse(text()), Report.parse(text({"/policies": other["policies"]}))]
    assert summarize(reports).duplicates == 0
    assert summarize(reports).domains["example.com"].total_successful_session_count == 5327


@given(REPORTS, REPORTS)
def test_equal_reports_are_duplicates_and_others_are_not(one: Report, other: Report) -> None:
    again = pickle.loads(pickle.dumps(one))  # noqa: S301
    assert summarize([one, again, other]).duplicates == 1 + (one == other)


ANY: Final = "/policies/0/failure-details/0/"


@pytest.mark.parametrize(
    "changes",
    [
        {"/organization-name": None},
        {"/organization-name": "None"},
        {"/contact-info": "Sender Inc."},
        {"/date-range/start-datetime": "2025-03-01T00:00:01Z"},
        {"/date-range/end-datetime": "2025-03-01T23:59:59.5Z"},
        {"/report-id": "\ud800"},
        {"/policies/0/policy/policy-type": "tlsa"},
        {"/policies/0/policy/policy-string": []},
        {"/policies/0/policy/policy-domain": "example.net"},
        {"/policies/0/policy/mx-host": ["*.example.com", "mx.example.com"]},
        {"/policies/0/policy/mx-host": ["*.example.com', 'mx.example.com"]},
        {"/policies/0/summary/total-successful-session-count": 5327},
        {"/policies/0/summary/total-failure-session-count": 4},
        {"/policies/0/failure-details": []},
        {f"{ANY}result-type": "certificate-not-trusted"},
        {f"{ANY}sending-mta-ip": "198.51.100.7", f"{ANY}receiving-ip": "192.0.2.25"},
        {f"{ANY}receiving-mx-hostname": None, f"{ANY}receiving-mx-helo": "mx2.example.com"},
        {f"{ANY}failed-session-count": 2},
        {f"{ANY}additional-information": "example.com"},
        {f"{ANY}failure-reason-code": "example.com"},
    ],
)
def test_every_value_makes_a_report_another_one(changes: dict[str, object]) -> None:
    reports = [Report.parse(text()), Report.parse(text(changes))]
    assert summarize([*reports, *reports]).duplicates == 2


@linux_only
def test_a_report_of_many_policies_takes_no_memory_to_be_recognized() -> None:
    setup = """
from tlsrpt.report import Report, summarize
moments = '"start-datetime": "2025-03-01T00:00:00Z", "end-datetime": "2025-03-02T00:00:00Z"'
report = Report.parse('{"date-range": {%s}, "policies": [%s{}]}' % (moments, 100_000 * "{},"))
"""
    # As JSON, it takes 75 MB.
    assert growth(setup, "assert summarize([report, report]).duplicates == 1") < 5_000_000


def test_a_report_that_came_twice_counts_once() -> None:
    received = read_reports(DATA / "relayed-twice.mbox")
    summary = summarize(each.report for each in received if each.report)
    assert (summary.reports, summary.duplicates) == (1, 1)
    assert summary.domains["example.com"].total_failure_session_count == 3


# Few different reports, so that one often comes by several mails.
_TALLIES: Final = st.lists(
    st.builds(
        lambda kind, domain, counts, details: (kind, domain, *counts, *details),
        st.sampled_from(["sts", "tlsa", "no-policy-found", None]),
        st.sampled_from(["a", "b", None]),
        st.tuples(st.integers(0, 9), st.integers(0, 9)),
        st.lists(st.none() | st.integers(0, 20), max_size=3),
    ),
    max_size=5,
).map(lambda policies: report(*policies))
_CLAIMS: Final = st.lists(st.sampled_from(["a", "b", "C.", "no domain"]), max_size=2)


@st.composite
def _received(draw: st.DrawFn) -> list[Report | ReceivedReport]:
    """Some reports, each as it is, from a file, or by mail."""
    reports = st.sampled_from(draw(st.lists(_TALLIES | REPORTS, min_size=1, max_size=3)))
    return draw(
        st.lists(
            st.one_of(
                reports,
                st.builds(lambda each: ReceivedReport("file", each, (), None), reports),
                st.builds(
                    lambda each, claims: by_mail(each, *claims), reports | st.none(), _CLAIMS
                ),
            ),
            max_size=6,
        )
    )


@given(_received(), st.randoms())
def test_law_11_neither_order_nor_repetition_matters(
    reports: list[Report | ReceivedReport], random: Random
) -> None:
    shuffled = [*reports, *reports]
    random.shuffle(shuffled)
    once, twice = summarize(reports), summarize(shuffled)
    assert replace(twice, duplicates=once.duplicates) == once
    assert repr(twice.domains) == repr(once.domains)
    assert twice.duplicates == once.duplicates + len(list(filter(None, map(content, reports))))


def content(received: Report | ReceivedReport) -> Report | None:
    return received.report if isinstance(received, ReceivedReport) else received


@given(_received())
def test_law_11_sums_never_exceed_what_the_reports_say(
    reports: list[Report | ReceivedReport],
) -> None:
    said: Counter[str | None] = Counter()
    failures: Counter[str | None] = Counter()
    for each in {each for each in map(content, reports) if each}:
        for policy in each.policies:
            name = policy.policy_domain or None
            total = policy.total_failure_session_count
            failed = max([total, *(each.failed_session_count for each in policy.failure_details)])
            said[name] += max(policy.total_successful_session_count + total, failed)
            failures[name] += failed
    summary = summarize(reports)
    for name, domain in summary.domains.items():
        # Policies without a domain are where a mail claims them to be.
        claimed = domain.claimed_reports > 0
        assert figures_sum(domain) <= said[name] + claimed * said[None]
        assert domain.total_failure_session_count <= failures[name] + claimed * failures[None]
        assert domain.total_successful_session_count >= 0
    assert sum(map(figures_sum, summary.domains.values())) <= said.total()


@given(_received())
def test_the_parts_add_up(reports: list[Report | ReceivedReport]) -> None:
    for domain in summarize(reports).domains.values():
        for groups in (domain.by_sender.values(), domain.by_day.values()):
            assert sum(map(figures_sum, groups)) == figures_sum(domain)


def figures_sum(totals: Totals) -> int:
    return totals.total_successful_session_count + totals.total_failure_session_count


def test_a_long_name_of_a_sender_is_cut() -> None:
    report = Report.parse(text({"/organization-name": 300 * "x"}))
    assert list(summarize([report]).domains["example.com"].by_sender) == [255 * "x"]
