"""`readiness`: which verdict the reports of the last days give."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.report.documents import text
from tests.report.months import detail, report, sts, tlsa
from tlsrpt.report import Report, readiness, summarize
from tlsrpt.report.readiness import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlsrpt.report import Readiness

TODAY: Final = date(2026, 10, 31)
EXPIRED: Final = detail("certificate-expired", "mx.example.com", 3)
UNQUOTED: Final[dict[str, Any]] = {**sts(), "policy-string": []}
NO_POLICY: Final = {"policy-type": "no-policy-found", "policy-domain": "example.com"}


def days(
    first: int, last: int, policy: dict[str, Any] | None = None, *details: dict[str, Any]
) -> list[Report]:
    """Reports of two senders on each day, from so many days ago to so many, testing if not told."""
    return [
        report(sender, TODAY - timedelta(days=ago), policy or sts(), 50, *details)
        for ago in range(last, first + 1)
        for sender in ("A", "B")
    ]


def one(sender: str, ago: int, policy: dict[str, Any], *details: dict[str, Any]) -> list[Report]:
    """A report of a sender, so many days ago."""
    return [report(sender, TODAY - timedelta(days=ago), policy, 50, *details)]


def unexplained(sender: str, ago: int, policy: dict[str, Any]) -> list[Report]:
    """The same, with 3 failures and no details."""
    whole = json.loads(one(sender, ago, policy, EXPIRED)[0].to_json())
    del whole["policies"][0]["failure-details"]
    return [Report.parse(json.dumps(whole))]


def unfetched(
    senders: str, first: int, last: int, policy: dict[str, Any] = UNQUOTED
) -> list[Report]:
    """Reports of some senders that could not fetch the policy in any session."""
    failed = detail("sts-policy-fetch-error", None, 50)
    return [
        each
        for ago in range(last, first + 1)
        for sender in senders
        for each in one(sender, ago, policy, failed)
    ]


def judged(reports: Iterable[Report], **options: int) -> Readiness:
    return readiness(summarize(reports).domains["example.com"], TODAY, **options)


MONTH: Final = days(30, 1)
MONTH_OF_A: Final = MONTH[::2]


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        (MONTH, "ready"),
        (days(30, 1, sts("enforce")), "enforcing"),
        (days(30, 1, sts("enforce"), EXPIRED), "enforcing"),
        (days(30, 1, sts("none")), "no-policy"),
        (days(30, 1, NO_POLICY), "no-policy"),
        (days(30, 1, tlsa()), "no-policy"),
        # The window is from 14 days ago to today, both included.
        (days(40, 15), "too-little-data"),
        (days(40, 15) + one("A", 14, NO_POLICY), "no-policy"),
        (MONTH + one("A", 14, sts(), EXPIRED), "not-ready"),
        (MONTH + one("A", 0, sts(), EXPIRED), "not-ready"),
        # It would have held something back, even if nobody counted it.
        (MONTH + one("A", 3, sts(), detail("certificate-expired", None, None)), "not-ready"),
        (MONTH + one("A", 3, sts(), detail("sts-policy-invalid", None, None)), "ready"),
        (MONTH + one("A", 15, sts(), EXPIRED), "ready"),
        # Reports dated in the future do not count.
        (days(-1, -20), "too-little-data"),
        (MONTH + one("A", -1, sts(), EXPIRED), "ready"),
        (MONTH + one("A", -1, sts("enforce")) + one("B", -1, sts("enforce")), "ready"),
        # Nor does what enforce does not hold back, or what is under another policy.
        (MONTH + one("A", 3, sts(), detail("sts-policy-fetch-error", None, 9)), "ready"),
        (MONTH + one("A", 3, tlsa(), EXPIRED), "ready"),
        (MONTH + one("A", 3, NO_POLICY, EXPIRED), "ready"),
        (MONTH + one("A", 3, sts("none"), EXPIRED), "ready"),
        # Something failed under a policy that the report does not quote.
        (MONTH + one("A", 3, UNQUOTED, EXPIRED), "not-ready"),
        # Testing was first seen 13, or 14 days ago.
        (days(13, 0), "too-little-data"),
        (days(14, 0), "ready"),
        # By two senders that still report, or by all that quote the mode.
        (one("Stranger", 100, sts()) + days(13, 0), "too-little-data"),
        (one("A", 100, sts()) + days(13, 0), "too-little-data"),
        (one("A", 100, sts()) + one("B", 14, sts()) + days(13, 0), "ready"),
        (MONTH + one("C", 1, sts()) + one("D", 1, sts()) + one("E", 1, sts()), "ready"),
        (MONTH_OF_A + one("B", 1, UNQUOTED), "ready"),
        (days(30, 14, sts("enforce")) + days(13, 0), "too-little-data"),
        # 6 and 7 days with reports.
        (days(20, 20) + days(6, 1), "too-little-data"),
        (days(20, 20) + days(7, 1), "ready"),
        # The latest report of each sender counts, and most senders decide.
        (days(30, 5, sts("enforce")) + days(4, 1), "too-little-data"),
        (days(30, 5) + days(4, 1, sts("enforce")), "enforcing"),
        (MONTH + one("Stranger", 1, sts("enforce")), "ready"),
        (MONTH + one("Stranger", 1, sts("none")), "ready"),
        (days(30, 1, sts("enforce")) + one("Stranger", 0, sts()), "enforcing"),
        # A tie is testing.
        (MONTH + one("A", 0, sts("enforce")), "ready"),
        (MONTH + one("A", 0, sts("none")), "ready"),
        # On one day, a sender saw both.
        (days(30, 1, sts("enforce")) + one("A", 1, sts()) + one("B", 1, sts()), "too-little-data"),
        # A report that does not quote the mode says nothing about it.
        (days(30, 1, sts("enforce")) + one("A", 0, UNQUOTED), "enforcing"),
        (days(30, 1, UNQUOTED), "too-little-data"),
        # Senders that could not fetch the policy had none, however they report that.
        (days(30, 11) + unfetched("AB", 10, 1), "no-policy"),
        (days(30, 11) + unfetched("AB", 10, 1, NO_POLICY), "no-policy"),
        (days(30, 21) + unfetched("AB", 20, 1), "no-policy"),
        (days(30, 21, sts("enforce")) + unfetched("AB", 20, 1), "no-policy"),
        (MONTH_OF_A + unfetched("B", 30, 1), "too-little-data"),
        (MONTH_OF_A + unfetched("B", 30, 1, NO_POLICY), "too-little-data"),
        # Their latest reports count, and not half of them decide, but most.
        (MONTH + unfetched("A", 0, 0), "ready"),
        (MONTH + unfetched("AB", 0, 0), "no-policy"),
        (MONTH + unfetched("AB", 1, 1), "ready"),
        (MONTH + unfetched("CD", 5, 3), "ready"),
        (MONTH + unfetched("CDE", 5, 3), "too-little-data"),
        (days(30, 1, sts("enforce")) + unfetched("CDE", 5, 1), "enforcing"),
        # The reports of today may still come.
        (days(30, 1, sts("enforce")) + unfetched("CDE", 5, 0), "enforcing"),
        (days(30, 2, sts("enforce")) + unfetched("CDE", 5, 0), "no-policy"),
        (days(30, 1, UNQUOTED) + unfetched("C", 1, 1), "too-little-data"),
        (days(30, 5, sts("enforce")) + unfetched("A", 4, 1), "enforcing"),
        # The mode that a sender saw before it could not fetch the policy does not count.
        (
            MONTH[6:]
            + one("A", 2, sts("enforce"))
            + one("C", 2, sts("enforce"))
            + unfetched("A", 1, 1),
            "ready",
        ),
        # A failure that nobody counted may still have held mail back.
        (
            MONTH
            + one(
                *("A", 0, UNQUOTED, detail("certificate-expired", None, None)),
                detail("sts-policy-fetch-error", None, 50),
            ),
            "not-ready",
        ),
    ],
)
def test_the_status(reports: list[Report], status: str) -> None:
    verdict = judged(reports)
    assert verdict.status == status
    # Always with what reports cannot show.
    assert len(verdict.reasons) > 1
    assert verdict.reasons[-1] == LIMITS


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"min_report_days": 14, "min_senders": 2, "min_sessions": 1400}, "ready"),
        ({"min_report_days": 15}, "too-little-data"),
        ({"min_senders": 3}, "too-little-data"),
        ({"min_sessions": 1401}, "too-little-data"),
        ({"days": 30}, "ready"),
        ({"days": 31}, "too-little-data"),
        ({"days": 3, "min_report_days": 3}, "ready"),
        ({"days": 3}, "too-little-data"),
    ],
)
def test_the_limits_can_be_changed(options: dict[str, int], status: str) -> None:
    assert judged(MONTH, **options).status == status


@pytest.mark.parametrize(
    ("senders", "status"), [(0, "ready"), (1, "ready"), (2, "too-little-data")]
)
def test_how_many_senders_have_to_see_testing_can_be_changed(senders: int, status: str) -> None:
    reports = MONTH_OF_A + one("B", 3, sts())
    assert judged(reports, min_senders=senders).status == status


def test_without_a_clock_it_is_today() -> None:
    now = datetime.now(UTC).date()
    (domain,) = summarize([report("A", now, sts("enforce"), 5)]).domains.values()
    assert readiness(domain).status == "enforcing"


def test_all_figures_are_of_the_window() -> None:
    verdict = judged(days(30, 3) + one("C", 4, sts(), EXPIRED))
    assert (verdict.senders, verdict.report_days, verdict.session_count) == (3, 12, 1250)
    assert verdict.held_back == 3
    assert (verdict.first_day, verdict.last_day) == (date(2026, 10, 17), date(2026, 10, 28))
    nothing = judged(days(30, 20))
    assert (nothing.senders, nothing.report_days, nothing.session_count) == (0, 0, 0)
    assert (nothing.first_day, nothing.last_day) == (None, None)


SPAN: Final = "from 2026-10-17 to 2026-10-30"
WOULD: Final = "With enforce, mail would have been held back in"
HELD: Final = (
    f"Mail was held back in 84 of 1,450 sessions {SPAN}, at mx.example.com, last on 2026-10-30."
)
UNFETCHED: Final = "could not fetch a valid MTA-STS policy"
UNKNOWN: Final = "; what enforce would do there is not known"
NOTHING: Final = "With enforce, no mail would have been held back in"


@pytest.mark.parametrize(
    ("reports", "reasons"),
    [
        (MONTH, [f"{NOTHING} 1,400 sessions {SPAN}."]),
        (
            MONTH + one("A", 20, sts(), EXPIRED) + one("A", 18, sts(), EXPIRED),
            [
                (
                    f"{NOTHING} 1,400 sessions {SPAN}"
                    "; before that, mail would last have been held back on 2026-10-13."
                ),
            ],
        ),
        (
            MONTH + one("A", 3, sts(), EXPIRED) + one("A", 5, sts(), EXPIRED),
            [f"{WOULD} 6 of 1,500 sessions {SPAN}, at mx.example.com, last on 2026-10-28."],
        ),
        (
            MONTH + one("A", 3, sts(), detail("validation-failure", None, 2)),
            [f"{WOULD} 2 of 1,450 sessions {SPAN}, last on 2026-10-28."],
        ),
        (
            days(30, 1, sts("enforce"), EXPIRED) + one("C", 2, sts()),
            [
                HELD,
                "C saw a different mode.",
            ],
        ),
        (days(30, 1, sts("enforce")), [f"No mail was held back in 1,400 sessions {SPAN}."]),
        # What a sender saw in mode testing was not held back, though most enforce.
        (
            days(30, 1, sts("enforce")) + one("C", 3, sts(), EXPIRED),
            [f"No mail was held back in 1,450 sessions {SPAN}.", "C saw a different mode."],
        ),
        (
            days(30, 1, sts("enforce"))
            + one("A", 4, sts("enforce"), detail("certificate-expired", "mx1.example.com", 2))
            + one("C", 3, sts(), EXPIRED),
            [
                (
                    f"Mail was held back in 2 of 1,500 sessions {SPAN}, at mx1.example.com, "
                    "last on 2026-10-27."
                ),
                "C saw a different mode.",
            ],
        ),
        (
            days(30, 1, sts("enforce"))
            + one("A", 20, sts("enforce"), EXPIRED)
            + one("A", 18, sts(), EXPIRED),
            [
                (
                    f"No mail was held back in 1,400 sessions {SPAN}"
                    "; before that, mail was last held back on 2026-10-11."
                ),
            ],
        ),
        # A server under a policy in mode none is none of those where mail would have been.
        (
            MONTH
            + one("A", 3, sts(), EXPIRED)
            + one("A", 4, sts("none"), detail("certificate-expired", "mx9.example.com", 3)),
            [f"{WOULD} 3 of 1,450 sessions {SPAN}, at mx.example.com, last on 2026-10-28."],
        ),
        # Today
        (
            MONTH + one("A", 0, sts(), EXPIRED),
            [
                (
                    f"{WOULD} 3 of 1,450 sessions from 2026-10-17 to 2026-10-31, "
                    "at mx.example.com, last on 2026-10-31."
                ),
            ],
        ),
        # One sender of many.
        (
            one("A", 3, sts("enforce")) + one("B", 3, NO_POLICY) + one("C", 3, NO_POLICY),
            [
                "No mail was held back in 50 sessions on 2026-10-28.",
                (
                    "Of the 3 senders in these reports, only 1 reported an MTA-STS policy since "
                    "2026-10-17."
                ),
            ],
        ),
        # What nobody counted, or nobody says the mode of.
        (
            MONTH + one("A", 3, sts(), detail("certificate-expired", "mx.example.com", None)),
            ["Failures at mx.example.com were reported without a count."],
        ),
        (
            MONTH + one("A", 3, sts(), detail("certificate-expired", None, None)),
            ["Failures were reported without a count."],
        ),
        (
            MONTH + one("A", 30, sts(), detail("certificate-expired", None, None)),
            [f"{NOTHING} 1,400 sessions {SPAN}."],
        ),
        (
            days(30, 1, sts("enforce")) + one("A", 3, UNQUOTED, EXPIRED),
            [
                (
                    "Failures at mx.example.com were reported without the mode of the policy; "
                    "whether that held mail back is not known."
                ),
            ],
        ),
        (
            days(30, 1, sts("enforce")) + unexplained("A", 3, UNQUOTED),
            [
                (
                    "Failures were reported without the mode of the policy; "
                    "whether that held mail back is not known."
                ),
            ],
        ),
        (
            days(30, 1, sts("enforce"))
            + one("A", 4, sts("enforce"), EXPIRED)
            + unexplained("A", 3, UNQUOTED),
            [
                (
                    f"Mail was held back in 3 of 1,500 sessions {SPAN}, at mx.example.com, "
                    "last on 2026-10-27."
                ),
                (
                    "Failures were reported without the mode of the policy; "
                    "whether that held mail back is not known."
                ),
            ],
        ),
        # Without the policy, nothing was held back.
        (
            days(30, 1, sts("enforce"))
            + one("A", 3, UNQUOTED, detail("sts-policy-fetch-error", None, 2)),
            [
                f"No mail was held back in 1,448 sessions {SPAN}.",
                "A could not fetch a valid MTA-STS policy in 2 sessions on 2026-10-28.",
            ],
        ),
        # Nothing is known of enforce where there was no policy.
        (
            MONTH + one("A", 3, sts(), detail("sts-policy-invalid", None, 9)),
            [
                f"{NOTHING} 1,441 sessions {SPAN}.",
                f"A {UNFETCHED} in 9 sessions on 2026-10-28{UNKNOWN}.",
            ],
        ),
        (
            days(30, 21) + unfetched("AB", 20, 1),
            [f"A and B {UNFETCHED} in 1,400 sessions {SPAN}."],
        ),
        (
            days(30, 21, sts("enforce")) + unfetched("AB", 20, 1, NO_POLICY),
            [f"A and B {UNFETCHED} in 1,400 sessions {SPAN}."],
        ),
        (
            MONTH_OF_A + one("B", 21, sts()) + unfetched("B", 20, 1),
            [
                "There is 1 sender that reported, not 2.",
                f"{NOTHING} 700 sessions {SPAN}.",
                f"B {UNFETCHED} in 700 sessions {SPAN}{UNKNOWN}.",
            ],
        ),
        (
            MONTH + one("A", 4, sts(), EXPIRED) + unfetched("C", 2, 2),
            [
                f"{WOULD} 3 of 1,450 sessions {SPAN}, at mx.example.com, last on 2026-10-27.",
                f"C {UNFETCHED} in 50 sessions on 2026-10-29{UNKNOWN}.",
            ],
        ),
        (
            days(30, 4) + unfetched("AB", 3, 1) + one("C", 1, sts()),
            [
                "In their latest reports about MTA-STS, most senders could not fetch the policy.",
                f"{NOTHING} 1,150 sessions {SPAN}.",
                f"A and B {UNFETCHED} in 300 sessions from 2026-10-28 to 2026-10-30{UNKNOWN}.",
            ],
        ),
        (
            days(30, 4) + unfetched("AB", 3, 1) + one("C", 3, sts()),
            [
                "A and B had an MTA-STS policy before, and none in the latest reports.",
                f"A and B {UNFETCHED} in 300 sessions from 2026-10-28 to 2026-10-30.",
            ],
        ),
        (
            days(30, 1, sts("enforce")) + unfetched("C", 1, 1, sts("enforce")),
            [
                f"No mail was held back in 1,400 sessions {SPAN}.",
                f"C {UNFETCHED} in 50 sessions on 2026-10-30.",
            ],
        ),
        # Not even one session was under it.
        (
            unfetched("AB", 30, 1, sts()),
            [
                "There are 0 sessions under the policy, not 100.",
                f"A and B {UNFETCHED} in 1,400 sessions {SPAN}{UNKNOWN}.",
            ],
        ),
        # They are not counted.
        (
            [report("A", TODAY, UNQUOTED, 0, detail("sts-policy-fetch-error", None, None))],
            [f"A {UNFETCHED} on 2026-10-31."],
        ),
        # The mode changed in the window.
        (
            days(30, 5) + days(4, 1, sts("enforce")),
            [
                f"No mail was held back in 1,400 sessions {SPAN}.",
                "2 senders have seen mode enforce only since 2026-10-27.",
            ],
        ),
        (days(30, 15), ["There is no report from 2026-10-17 to 2026-10-31."]),
        (
            days(30, 1, NO_POLICY),
            ["No sender reported an MTA-STS policy from 2026-10-17 to 2026-10-31."],
        ),
        (days(30, 1, sts("none")), ["Most senders saw an MTA-STS policy with mode none."]),
        (
            days(30, 5, sts("enforce")) + unfetched("AB", 4, 0) + one("C", 0, sts("none")),
            [
                "Most senders that could fetch a policy saw an MTA-STS policy with mode none.",
                "In their latest reports about MTA-STS, most senders could not fetch the policy.",
                f"A and B {UNFETCHED} in 500 sessions from 2026-10-27 to 2026-10-31.",
            ],
        ),
        # Another sender that began to report is no change of the mode.
        (
            [
                *(each for ago in range(1, 31) for each in one("A", ago, sts("enforce"))),
                *(each for ago in range(1, 6) for each in one("B", ago, sts("enforce"))),
            ],
            [f"No mail was held back in 950 sessions {SPAN}."],
        ),
        (
            one("A", 1, sts()),
            [
                "There is 1 day with reports, not 7.",
                "There is 1 sender that reported, not 2.",
                "There are 50 sessions under the policy, not 100.",
                "1 sender has seen mode testing only since 2026-10-30, less than 14 days ago.",
                f"{NOTHING} 50 sessions on 2026-10-30.",
            ],
        ),
        # Testing was never seen, nor is it seen by a report of the future.
        (
            days(30, 1, UNQUOTED) + one("A", -5, sts()),
            [
                "No sender that reported since 2026-10-17 has quoted the policy in mode testing.",
                f"{NOTHING} 1,400 sessions {SPAN}.",
            ],
        ),
        # One sender saw it before.
        (
            one("Stranger", 100, sts()) + one("A", 100, sts()) + days(13, 1),
            [
                "2 senders have seen mode testing only since 2026-10-18, less than 14 days ago.",
                f"{NOTHING} 1,300 sessions from 2026-10-18 to 2026-10-30.",
            ],
        ),
    ],
)
def test_the_reasons(reports: list[Report], reasons: list[str]) -> None:
    assert judged(reports).reasons == (*reasons, LIMITS)


@pytest.mark.parametrize(
    ("details", "failed", "held_back"),
    [
        ([], 5, 5),
        ([("certificate-expired", 5)], 5, 5),
        ([("sts-policy-fetch-error", 5)], 5, 0),
        ([("sts-policy-fetch-error", 5)], 9, 0),
        ([("sts-policy-fetch-error", 4), ("certificate-expired", 1)], 6, 2),
        ([("sts-webpki-invalid", 1), ("sts-policy-invalid", 1), ("dnssec-invalid", 1)], 3, 1),
        # Mail.ru: one session, two details.
        ([("sts-policy-fetch-error", 1), ("certificate-expired", 1)], 1, 1),
        ([("certificate-expired", 1), ("certificate-expired", 1)], 1, 1),
        # mox in testing mode
        ([("certificate-expired", 3)], 0, 3),
        # Not counted.
        ([("certificate-expired", None)], 5, 5),
        ([("certificate-expired", None)], 0, 0),
        ([("sts-policy-fetch-error", None)], 5, 0),
        ([("sts-policy-fetch-error", 2), ("certificate-expired", None)], 5, 3),
    ],
)
def test_how_much_would_be_held_back(
    details: list[tuple[str, int | None]], failed: int, held_back: int
) -> None:
    listed = [detail(kind, "mx.example.com", count) for kind, count in details]
    policy = {
        "policy": sts(),
        "summary": {"total-successful-session-count": 10, "total-failure-session-count": failed},
        "failure-details": listed,
    }
    dates = {f"/date-range/{each}-datetime": f"{TODAY}T00:00:00Z" for each in ("start", "end")}
    whole = Report.parse(text({"/policies": [policy], **dates}))
    assert judged([whole]).held_back == held_back
