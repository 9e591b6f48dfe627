"""MTA-STS policies as reports quote them."""

from __future__ import annotations

import pytest

from tlsrpt.report._sts import NO_POLICY, MxList, StsPolicy, read_sts_policy

NO_VERSION = 'There is no line "version: STSv1".'
NO_MODE = 'There is no line "mode: enforce", "mode: testing" or "mode: none".'
AGES = ("max_age: 1", "max_age: 2")
NO_MX = "There is no mx line."
NO_MAX_AGE = "There is no line with a max_age from 0 to 31557600."


@pytest.mark.parametrize(
    ("lines", "patterns", "policy"),
    [
        ([], [], NO_POLICY),
        # Google's, of 2022
        (
            ["version: STSv1\r", "mode: testing\r", "mx: *.example.com\r", "max_age: 86400\r"],
            ["*.example.com"],
            StsPolicy("testing", ("*.example.com",), 86400, ()),
        ),
        # A fork of hMailServer
        (
            ["version: STSv1\r\nmode: enforce\r\nmx: a.example\r\nmx: b.example\r\nmax_age: 1\r\n"],
            [],
            StsPolicy("enforce", ("a.example", "b.example"), 1, ()),
        ),
        (
            ["Version : STSv1", " MODE:None ", "", "max_age:\t31557600"],
            [],
            StsPolicy("none", (), 31_557_600, ()),
        ),
        # Google's, of 2020
        (["version: STSv1"], [], StsPolicy(None, (), None, (NO_MODE, NO_MX, NO_MAX_AGE))),
        # Only patterns are quoted.
        ([], ["MX.Example.com."], StsPolicy(None, ("mx.example.com",), None, ())),
        (
            ["mode: enforce", "mx: MX.example.com", "mx: mx.example.com", "max_age: 1"],
            ["*.example.com"],
            StsPolicy("enforce", ("mx.example.com", "*.example.com"), 1, (NO_VERSION,)),
        ),
        # The first of several lines counts (RFC 8461 section 3.2), except for mx.
        (
            [
                "version: STSv1",
                "mode: enforce",
                "mode: none",
                "mx: a.b",
                "max_age: 1",
                "max_age: 2",
            ],
            [],
            StsPolicy("enforce", ("a.b",), 1, ()),
        ),
        (
            ["version: STSv2", "mode: strict", "mx: no host", "mx: \x1b[2J", "max_age: 31557601"],
            ["also no host"],
            StsPolicy(
                None,
                (),
                None,
                (NO_VERSION, NO_MODE, NO_MX, '"mx: no host" does not name a host.', NO_MAX_AGE),
                is_whole=False,
            ),
        ),
        (
            ["version: STSv1", "mode: none", "mx: \x1b[2J", "max_age: \u0661"],
            [],
            StsPolicy(
                "none",
                (),
                None,
                ('"mx: \\x1b[2J" does not name a host.', NO_MAX_AGE),
                is_whole=False,
            ),
        ),
        (
            ["version: STSv1", "mode: none", f"max_age: {'9' * 5000}"],
            [],
            StsPolicy("none", (), None, (NO_MAX_AGE,)),
        ),
    ],
)
def test_what_a_policy_says(lines: list[str], patterns: list[str], policy: StsPolicy) -> None:
    assert read_sts_policy(tuple(lines), tuple(patterns)) == policy


def test_a_long_policy_is_read_as_a_short_one() -> None:
    lines = ["version: STSv1", "mode: enforce", *(f"mx: mx{each}.example" for each in range(200))]
    policy = read_sts_policy(tuple(lines), ())
    assert (policy.mode, len(policy.mx)) == ("enforce", 200)


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("mx.example.com", "mx.example.com", True),
        ("mx.example.com", "mx2.example.com", False),
        ("*.example.com", "mx.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", ".example.com", True),
        ("*.example.com", "mx.eu.example.com", False),
        ("*.example.com", "mx.notexample.com", False),
        ("*.com", "example.com", True),
    ],
)
def test_which_hosts_a_pattern_covers(pattern: str, host: str, *, covered: bool) -> None:
    assert MxList((pattern, "other.example")).covers(host) == covered
