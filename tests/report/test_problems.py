"""`problems`: how failures are grouped, and how many sessions each problem has."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.documents import text
from tests.report.months import detail, report, sts, tlsa
from tlsrpt.report import Problem, Report, problems, readiness, summarize
from tlsrpt.report._result_types import RESULT_TYPES
from tlsrpt.report.problems import facts, to_do

if TYPE_CHECKING:
    from random import Random

    from tlsrpt.report import DomainSummary, Policy

MX: Final = "mx.example.com"
DAY: Final = date(2025, 3, 1)
NEXT: Final = date(2025, 3, 2)


def whole(
    *policies: tuple[dict[str, Any], int, int, list[dict[str, Any]]], **more: object
) -> Report:
    """A report of policies, each with its sessions that succeeded and failed, and details."""
    listed = [
        {
            "policy": policy,
            "summary": {
                "total-successful-session-count": successful,
                "total-failure-session-count": failed,
            },
            "failure-details": details,
        }
        for policy, successful, failed, details in policies
    ]
    return Report.parse(text({"/policies": listed, **more}))


def domain_of(*reports: Report) -> DomainSummary:
    return summarize(reports).domains["example.com"]


def found(*reports: Report) -> list[tuple[str | None, str | None, int, int]]:
    """Cause, server, sessions and those held back of each problem."""
    return [
        (each.cause, each.receiving_mx_hostname, each.session_count, each.held_back)
        for each in problems(domain_of(*reports))
    ]


EXPIRED: Final = "certificate-expired"
SAID: Final = "X509_V_ERR_CERT_HAS_EXPIRED"


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        # Details of one type at one server are added.
        ([(sts(), 0, 5, [detail(EXPIRED, MX, 2), detail(EXPIRED, MX, 3)])], 5),
        # Mail.ru reports one session as two details.
        ([(sts(), 9, 1, [detail(EXPIRED, MX, 1), detail(EXPIRED, MX, 1)])], 1),
        # Of two types, the larger counts, since a session may have both.
        ([(sts(), 0, 9, [detail(EXPIRED, MX, 2), detail("validation-failure", MX, 3, SAID)])], 3),
        # Policies of one type are added, and those of MTA-STS and DANE are the same sessions.
        (
            [
                (sts(), 0, 2, [detail(EXPIRED, MX, 2)]),
                (sts("enforce"), 0, 3, [detail(EXPIRED, MX, 3)]),
                (tlsa(), 0, 4, [detail(EXPIRED, MX, 4)]),
            ],
            5,
        ),
        (
            [
                (sts(), 0, 2, [detail(EXPIRED, MX, 2)]),
                ({**sts(), "policy-type": "no-policy-found"}, 0, 4, [detail(EXPIRED, MX, 4)]),
            ],
            6,
        ),
        # mox in testing mode
        ([(sts(), 10, 0, [detail(EXPIRED, MX, 3)])], 3),
        ([(sts(), 10, 0, [detail(EXPIRED, MX, None)])], 0),
    ],
)
def test_each_session_counts_once(policies: list[Any], expected: int) -> None:
    one = whole(*policies)
    ((cause, server, count, _),) = found(one)
    assert (cause, server, count) == (EXPIRED, MX, expected)
    # Reports are added.
    other = whole(*policies, **{"/report-id": "2"})
    assert found(one, other)[0][2] == 2 * expected


def test_servers_and_causes_are_problems_of_their_own_the_largest_first() -> None:
    details = [
        detail(EXPIRED, "mx1.example.com", 2),
        detail(EXPIRED, "mx2.example.com", 3),
        detail(EXPIRED, None, 2),
        detail("starttls-not-supported", "mx1.example.com", 4),
    ]
    assert found(whole((sts(), 0, 11, details))) == [
        ("starttls-not-supported", "mx1.example.com", 4, 0),
        (EXPIRED, "mx2.example.com", 3, 0),
        (EXPIRED, None, 2, 0),
        (EXPIRED, "mx1.example.com", 2, 0),
    ]


def test_failures_without_details_are_one_problem_without_a_cause() -> None:
    one = whole((sts(), 5, 2, []), (sts("enforce"), 5, 3, []), (tlsa(), 5, 4, []))
    assert found(one) == [(None, None, 5, 4)]
    (problem,) = problems(domain_of(one))
    assert problem.message == "Sessions failed, and the reports do not say why."
    assert (problem.result_types, problem.evidence) == ((), ())


@pytest.mark.parametrize(
    ("policy", "result_type", "held_back"),
    [
        (tlsa(), "tlsa-invalid", 2),
        (sts("enforce"), EXPIRED, 2),
        (sts("testing"), EXPIRED, 0),
        (sts("none"), EXPIRED, 0),
        # The mode is not quoted.
        ({"policy-type": "sts", "policy-domain": "example.com"}, EXPIRED, 0),
        # Without a policy, mail is delivered.
        (sts("enforce"), "sts-policy-fetch-error", 0),
        (sts("enforce"), "sts-policy-invalid", 0),
        (sts("enforce"), "sts-webpki-invalid", 0),
        ({"policy-type": "no-policy-found", "policy-domain": "example.com"}, EXPIRED, 0),
    ],
)
def test_what_holds_mail_back(policy: dict[str, Any], result_type: str, held_back: int) -> None:
    one = whole((policy, 7, 2, [detail(result_type, MX, 2)]))
    assert found(one)[0][2:] == (2, held_back)


def test_unknown_types_are_one_problem() -> None:
    details = [detail(f"type-{each}", f"mx{each}.example.com", 1) for each in range(30)]
    (problem,) = problems(domain_of(whole((sts(), 0, 30, details))))
    assert (problem.cause, problem.receiving_mx_hostname) == (None, None)
    assert len(problem.result_types) == 30
    # But not if the sender's words say what it was.
    assert found(whole((sts(), 0, 1, [detail("other", MX, 1, SAID)]))) == [(EXPIRED, MX, 1, 0)]
    (missing,) = problems(domain_of(whole((sts(), 0, 1, [detail(None, MX, 1)]))))
    assert missing.message == f"{MX}: The sender did not say what failed."


def test_at_most_a_dozen() -> None:
    details = [detail(EXPIRED, f"mx{each}.example.com", each) for each in range(1, 31)]
    domain = domain_of(whole((sts(), 0, 500, details)))
    assert [each.session_count for each in problems(domain)] == list(range(30, 18, -1))
    assert len(domain.incidents) == 30


def test_all_that_is_known_of_a_problem() -> None:
    summary = summarize(
        [
            report("A", DAY, sts(), 10, detail(EXPIRED, MX, 1)),
            report("B", NEXT, sts(), 10, detail("validation-failure", MX, 2, SAID)),
            report("B", DAY, sts(), 10, detail("validation-failure", MX, 3, SAID)),
        ]
    )
    assert problems(summary.domains["example.com"]) == (
        Problem(
            cause=EXPIRED,
            message=f"The certificate of {MX} had expired.",
            hint="Renew it, and make sure that the server loads the new certificate after each "
            "renewal.",
            evidence=(
                f"The result type says so: {EXPIRED}.",
                f'In a sender\'s words: "{SAID}".',
            ),
            receiving_mx_hostname=MX,
            result_types=(EXPIRED, "validation-failure"),
            senders=("A", "B"),
            days=(DAY, NEXT),
            session_count=6,
            held_back=0,
        ),
    )


def test_of_many_words_the_first_are_kept() -> None:
    details = [detail(EXPIRED, MX, 1, f"{SAID} {each:02}") for each in range(15)]
    halves = [
        whole((sts(), 0, 9, details[:8])),
        whole((sts(), 0, 9, details[8:]), **{"/report-id": "2"}),
    ]
    for reports in (halves, halves[::-1]):
        domain = domain_of(*reports)
        (failure,) = domain.failures
        assert failure.failure_reason_codes == tuple(f"{SAID} {each:02}" for each in range(10))
        (problem,) = problems(domain)
        assert problem.evidence[0].endswith(f'"{SAID} 02" and 7 more.')
    long = whole((sts(), 0, 1, [detail(EXPIRED, MX, 1, "x" * 999)]))
    assert domain_of(long).failures[0].failure_reason_codes == ("x" * 200,)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([], ()),
        (
            [report("B", DAY, sts(), 9)],
            ("Of 2 senders, only A reported failures at this server in that time.",),
        ),
        (
            [report("B", DAY, sts(), 9), report(None, DAY, sts(), 9)],
            ("Of 3 senders, only A reported failures at this server in that time.",),
        ),
        # Another server.
        (
            [report("B", DAY, sts(), 9, detail(EXPIRED, "mx2.example.com", 9))],
            ("Of 2 senders, only A reported failures at this server in that time.",),
        ),
        # The same server, months before; since then, B has sent no report, or one.
        ([report("B", date(2024, 12, 1), sts(), 9, detail(EXPIRED, MX, 9))], ()),
        (
            [
                report("B", date(2024, 12, 1), sts(), 9, detail(EXPIRED, MX, 9)),
                report("B", DAY, sts(), 9),
            ],
            ("Of 2 senders, only A reported failures at this server in that time.",),
        ),
        # Another type at the same server, on that day, or between the first and the last.
        ([report("B", DAY, sts(), 9, detail("certificate-not-trusted", MX, 1))], ()),
        (
            [
                report("B", NEXT, sts(), 9, detail(EXPIRED, MX, 1)),
                report("A", date(2025, 3, 3), sts(), 9, detail("starttls-not-supported", MX, 2)),
            ],
            (),
        ),
    ],
)
def test_only_one_sender(others: list[Report], said: tuple[str, ...]) -> None:
    one = report("A", DAY, sts(), 9, detail("starttls-not-supported", MX, 2))
    found = problems(domain_of(one, *others))
    (problem,) = (each for each in found if each.cause == "starttls-not-supported")
    assert problem.evidence[1:] == said


def test_without_a_server_nothing_is_said_about_one_sender() -> None:
    one = report("A", DAY, sts(), 9, detail("starttls-not-supported", None, 2))
    (problem,) = problems(domain_of(one, report("B", DAY, sts(), 9)))
    assert len(problem.evidence) == 1


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        (
            [report("A", DAY, sts(), 9, detail(EXPIRED, MX, 2))],
            (
                "2 sessions on 2025-03-01, also in the latest reports.",
                f"Reported by A as {EXPIRED}.",
                "In testing mode, that held no mail back.",
            ),
        ),
        (
            [
                report("A", DAY, sts("enforce"), 9, detail(EXPIRED, MX, 1)),
                report("B", NEXT, sts(), 9),
            ],
            (
                "1 session on 2025-03-01, none on the day with reports since.",
                f"Reported by A (1 of 2 senders) as {EXPIRED}.",
                "Senders held this mail back, to try again later.",
            ),
        ),
        (
            [
                report("A", DAY, sts("enforce"), 9, detail(EXPIRED, MX, 1)),
                report("B", NEXT, sts(), 9, detail("validation-failure", MX, 2, SAID)),
                report("C", DAY, sts(), 9),
            ],
            (
                "3 sessions from 2025-03-01 to 2025-03-02, also in the latest reports.",
                f"Reported by A and B (2 of 3 senders) as {EXPIRED} and validation-failure.",
                "In 1 session, senders held the mail back.",
            ),
        ),
        (
            [report(each, DAY, sts(), 9, detail(EXPIRED, MX, None)) for each in "ABCDE"],
            (
                "Not counted on 2025-03-01, also in the latest reports.",
                f"Reported by all 5 senders as {EXPIRED}.",
                "In testing mode, that held no mail back.",
            ),
        ),
        (
            [whole((sts(), 5, 2, []))],
            (
                "2 sessions on 2025-03-01, also in the latest reports.",
                "Reported by Sender Inc.",
                "In testing mode, that held no mail back.",
            ),
        ),
    ],
)
def test_what_is_said_of_a_problem(reports: list[Report], said: tuple[str, str, str]) -> None:
    domain = domain_of(*reports)
    (problem,) = problems(domain)
    assert facts(problem, domain) == said


UNQUOTED: Final = {"policy-type": "sts", "policy-domain": "example.com"}
NO_POLICY: Final = {"policy-type": "no-policy-found", "policy-domain": "example.com"}
TESTING: Final = "In testing mode, that held no mail back."
NONE: Final = "That held no mail back."
NOBODY_KNOWS: Final = "It is not known how much mail that held back."
UNSAID: Final = "The reports do not say whether that held mail back."


@pytest.mark.parametrize(
    ("policies", "effect"),
    [
        ([(sts(), 7, 2, [detail(EXPIRED, MX, 2)])], TESTING),
        ([(sts(), 7, 0, [detail(EXPIRED, MX, None)])], TESTING),
        ([(sts("none"), 7, 2, [detail(EXPIRED, MX, 2)])], NONE),
        ([(NO_POLICY, 7, 2, [detail(EXPIRED, MX, 2)])], NONE),
        (
            [
                (sts("none"), 7, 2, [detail(EXPIRED, MX, 2)]),
                (sts(), 7, 2, [detail(EXPIRED, MX, 2)]),
            ],
            NONE,
        ),
        # Where the policy could not be had, none held it back.
        ([(sts("enforce"), 7, 2, [detail("sts-policy-invalid", None, 2)])], NONE),
        ([(sts("enforce"), 7, 0, [detail("sts-policy-invalid", None, None)])], NONE),
        ([(UNQUOTED, 7, 2, [detail("sts-policy-fetch-error", None, 2)])], NONE),
        # Nobody counted, or said the mode.
        ([(sts("enforce"), 7, 0, [detail(EXPIRED, MX, None)])], NOBODY_KNOWS),
        ([(tlsa(), 7, 0, [detail("tlsa-invalid", MX, None)])], NOBODY_KNOWS),
        ([(UNQUOTED, 7, 2, [detail(EXPIRED, MX, 2)])], UNSAID),
        ([(UNQUOTED, 7, 0, [detail(EXPIRED, MX, None)])], UNSAID),
        ([(UNQUOTED, 7, 2, [detail("other", MX, 2)])], UNSAID),
        # Without details
        ([(UNQUOTED, 7, 2, [])], UNSAID),
        ([(sts(), 7, 2, [])], TESTING),
        ([(sts(), 7, 2, []), (sts("enforce"), 7, 0, [])], TESTING),
        # Elsewhere it is known.
        (
            [
                (sts(), 7, 2, [detail(EXPIRED, MX, 2)]),
                (UNQUOTED, 7, 1, [detail(EXPIRED, "mx2.example.com", 1)]),
                (sts("enforce"), 7, 0, [detail(EXPIRED, "mx3.example.com", None)]),
                (sts("enforce"), 7, 1, [detail("validation-failure", MX, 1)]),
            ],
            TESTING,
        ),
        # In part
        (
            [
                (sts("enforce"), 7, 1, [detail(EXPIRED, MX, 1)]),
                (UNQUOTED, 7, 2, [detail(EXPIRED, MX, 2)]),
            ],
            "In at least 1 session, senders held the mail back.",
        ),
        (
            [
                (sts(), 7, 2, [detail(EXPIRED, MX, 2)]),
                (sts("enforce"), 7, 1, [detail(EXPIRED, MX, 1)]),
            ],
            "In 1 session, senders held the mail back.",
        ),
    ],
)
def test_whether_that_held_mail_back(policies: list[Any], effect: str) -> None:
    domain = domain_of(whole(*policies))
    assert facts(problems(domain)[0], domain)[2] == effect


def test_two_senders_are_both_senders() -> None:
    domain = domain_of(*(report(each, DAY, sts(), 9, detail(EXPIRED, MX, 2)) for each in "AB"))
    (problem,) = problems(domain)
    assert facts(problem, domain)[1] == f"Reported by both senders as {EXPIRED}."


@pytest.mark.parametrize(
    ("clean", "said"), [(0, "To do:"), (6, "To do:"), (7, "To do, if you have not done it yet:")]
)
def test_after_a_week_without_a_failure_it_may_have_been_done(clean: int, said: str) -> None:
    later = [report("A", date(2025, 3, 2 + each), sts(), 9) for each in range(clean)]
    domain = domain_of(report("A", DAY, sts(), 9, detail(EXPIRED, MX, 2)), *later)
    (problem,) = problems(domain)
    assert to_do(problem, domain) == said


def test_where_nothing_shows_a_cause_the_words_of_the_senders_are_shown() -> None:
    def codes(*reports: Report) -> list[str]:
        return [
            sentence
            for each in problems(domain_of(*reports))
            for sentence in each.evidence
            if sentence.startswith("Reason codes: ")
        ]

    def failing(*reasons: str | None, kind: str = "validation-failure", host: str = MX) -> Report:
        return report("A", DAY, sts(), 9, *(detail(kind, host, 1, each) for each in reasons))

    words = [f"words {number}" for number in range(5)]
    assert codes(failing(*words), failing("elsewhere", host="mx2.example.com")) == [
        'Reason codes: "words 0", "words 1", "words 2" and 2 more.',
        'Reason codes: "elsewhere".',
    ]
    assert codes(failing("\x1b[2J", kind="other")) == ['Reason codes: "\\x1b[2J".']
    # The words of another problem: they show its cause.
    assert not codes(failing(None, SAID))
    unlisted = report(
        "A", DAY, sts("testing", "mx9.example.com"), 9, *(detail(EXPIRED, MX, 1, "a") for _ in "b")
    )
    assert not codes(unlisted, report("B", DAY, sts(), 9, detail("validation-failure", MX, 1)))
    assert not codes(failing(None))
    assert not codes(whole((sts(), 5, 2, [])))


def test_each_registered_type_is_explained() -> None:
    for kind in sorted(RESULT_TYPES):
        (problem,) = problems(domain_of(whole((NO_POLICY, 5, 2, [detail(kind, None, 2)]))))
        assert problem.message
        assert problem.hint


# --- Law 11 ---------------------------------------------------------------------------------------

_DETAILS: Final = st.builds(
    detail,
    st.sampled_from([EXPIRED, "validation-failure", "sts-policy-fetch-error", "x", None]),
    st.sampled_from([MX, "mx.example.net", None]),
    st.none() | st.integers(0, 9),
    st.sampled_from([None, SAID, "HTTP status 404", "a", "b"]),
)
_POLICIES: Final = st.tuples(
    st.sampled_from(
        [
            *(sts(mode) for mode in ("testing", "enforce", "none")),
            *(sts(domain="example.net"), sts("enforce", "mx.example.org"), tlsa()),
            {"policy-type": "no-policy-found", "policy-domain": "example.com"},
        ]
    ),
    st.integers(0, 9),
    st.integers(0, 9),
    st.lists(_DETAILS, max_size=3),
)


@st.composite
def _reports(draw: st.DrawFn) -> list[Report]:
    dates = [f"2025-03-{day:02}T00:00:00Z" for day in (1, 2, 20)]
    return [
        whole(
            *draw(st.lists(_POLICIES, max_size=3)),
            **{
                "/organization-name": draw(st.sampled_from(["A", "B", None])),
                "/date-range/start-datetime": draw(st.sampled_from(dates)),
            },
        )
        for _ in range(draw(st.integers(0, 5)))
    ]


@given(_reports(), st.randoms())
def test_law_11_for_problems_and_verdicts(reports: list[Report], random: Random) -> None:
    shuffled = [*reports, *reports]
    random.shuffle(shuffled)
    once, twice = summarize(reports), summarize(shuffled)
    for name, domain in once.domains.items():
        other = twice.domains[name]
        assert repr(domain.to_dict()) == repr(other.to_dict())
        assert problems(domain) == problems(other)
        assert readiness(domain, NEXT) == readiness(other, NEXT)


@given(_reports())
def test_law_11_no_figure_exceeds_what_reports_say(reports: list[Report]) -> None:
    different = set(reports)
    for domain in summarize(reports).domains.values():
        policies = [
            policy
            for each in different
            for policy in each.policies
            if policy.policy_domain == domain.policy_domain
        ]
        failed = domain.total_failure_session_count
        for problem in problems(domain):
            assert 0 <= problem.held_back <= problem.session_count <= failed
        for server, result_types in domain.by_server.items():
            for result_type, count in result_types.items():
                assert count <= sum(
                    each.failed_session_count
                    for policy in policies
                    for each in policy.failure_details
                    if (each.receiving_mx_hostname, each.result_type) == (server, result_type)
                )
        for (kind, _), totals in domain.by_policy.items():
            assert totals.total_session_count <= sum(
                totals_of(policy) for policy in policies if policy.policy_type == kind
            )
        assert failed <= sum(
            totals.total_failure_session_count for totals in domain.by_policy.values()
        )
        assert sum(each.session_count for each in domain.failures) == sum(
            each.failed_session_count for policy in policies for each in policy.failure_details
        )
        verdict = readiness(domain, NEXT)
        assert 0 <= verdict.held_back <= verdict.session_count


def totals_of(policy: Policy) -> int:
    """The sessions of a policy, by the larger one of its total and its largest detail."""
    total = policy.total_successful_session_count + policy.total_failure_session_count
    return max([total, *(each.failed_session_count for each in policy.failure_details)])
