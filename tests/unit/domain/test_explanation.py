from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from config import holidays
from config.policies import load_policies
from scheduler.domain import explanation, speech, window
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy import Anchor, Policy
from tests.support import oracle

BOOK = load_policies()
EVERY_HOUR = BOOK["i-247a"]
CFR = BOOK["8-cfr-287.7d"]
THANKSGIVING_EVE = oracle.utc("2026-11-25T18:00-05:00")
HOUR = timedelta(hours=1)


def calendar(zone: str = "America/New_York") -> LegalCalendar:
    return LegalCalendar(zone=zone, federal=holidays.federal_year)


def explain(
    anchors: dict[Anchor, datetime | None],
    policy: Policy,
    *,
    checked: tuple[Policy, ...] = (),
    decided_on: date | None = date(2026, 11, 25),
) -> explanation.Explanation:
    return explanation.explain(
        anchors, policy, checked, BOOK.enabled(), calendar=calendar(), decided_on=decided_on
    )


def test_steps_read_as_a_table_over_a_holiday_and_a_weekend() -> None:
    rows = explanation.steps(THANKSGIVING_EVE, CFR, calendar())

    assert [
        (row.from_text, row.to_text, row.why, row.counted / HOUR, row.total / HOUR) for row in rows
    ] == [
        (
            "Wed 25 Nov 18:00 EST",
            "Thu 26 Nov 00:00 EST",
            "Clock starts: would have been released. Wednesday counts",
            6,
            6,
        ),
        (
            "Thu 26 Nov 00:00 EST",
            "Fri 27 Nov 00:00 EST",
            "Thanksgiving Day, 5 U.S.C. 6103(a)",
            0,
            6,
        ),
        ("Fri 27 Nov 00:00 EST", "Sat 28 Nov 00:00 EST", "Friday counts", 24, 30),
        ("Sat 28 Nov 00:00 EST", "Mon 30 Nov 00:00 EST", "Saturday and Sunday", 0, 30),
        (
            "Mon 30 Nov 00:00 EST",
            "Mon 30 Nov 18:00 EST",
            "Monday counts. Limit reached: deadline",
            18,
            48,
        ),
    ]


def test_excluded_days_in_a_row_share_one_step_with_every_reason() -> None:
    rows = explanation.steps(oracle.utc("2025-08-30T10:00-04:00"), CFR, calendar())

    assert rows[0].why == (
        "Clock starts: would have been released. Saturday, Sunday and Labor Day, 5 U.S.C. 6103(a)"
    )
    assert rows[0].to_at == oracle.utc("2025-09-02T00:00-04:00")
    assert [row.why for row in rows[1:]] == [
        "Tuesday counts",
        "Wednesday counts. Limit reached: deadline",
    ]


@pytest.mark.parametrize(
    ("start", "change"),
    [
        pytest.param("2026-03-07T12:00-05:00", "The clocks go forward 1 h meanwhile", id="spring"),
        pytest.param("2026-10-31T12:00-04:00", "The clocks go back 1 h meanwhile", id="autumn"),
    ],
)
def test_step_over_a_clock_change_says_so(start: str, change: str) -> None:
    [row] = explanation.steps(oracle.utc(start), EVERY_HOUR, calendar())

    assert row.why == (
        f"Clock starts: would have been released. Every hour counts. {change}. "
        "Limit reached: deadline"
    )
    assert row.counted == row.total == 48 * HOUR


@pytest.mark.parametrize("policy", [p for p in BOOK.enabled() if p.has_clock], ids=lambda p: p.id)
@pytest.mark.parametrize(
    "start", ["2025-03-06T00:00-05:00", "2026-12-31T09:00:30.5-05:00", "2026-07-04T20:00-04:00"]
)
def test_steps_follow_on_from_each_other_and_end_at_the_deadline(
    start: str, policy: Policy
) -> None:
    instant = oracle.utc(start)

    rows = explanation.steps(instant, policy, calendar())

    assert rows[0].from_at == instant
    assert all(one.to_at == next_one.from_at for one, next_one in pairwise(rows))
    assert rows[-1].to_at == window.deadline(instant, policy, calendar())
    assert sum((row.counted for row in rows), timedelta()) == rows[-1].total == policy.limit


def test_explanation_gives_deadline_ceiling_and_the_reason_for_each() -> None:
    anchors: dict[Anchor, datetime | None] = {Anchor.WOULD_RELEASE_AT: THANKSGIVING_EVE}

    found = explain(anchors, CFR, checked=(EVERY_HOUR,))

    assert found.policy.sentence == (
        "8 CFR 287.7(d): weekends and holidays do not count: Wed 25 Nov 2026 18:00 EST plus 48 h "
        "counted is Mon 30 Nov 2026 18:00 EST."
    )
    assert (found.policy.source, found.policy.mark) == ("8 CFR 287.7(d)", "Q")
    assert found.ceiling_sentence == (
        "The ceiling is Fri 27 Nov 2026 18:00 EST, by Form I-247A: every hour counts: "
        "it is earlier than the deadline. Plan to it."
    )
    assert [reading.policy_id for reading in found.checked] == ["i-247a"]
    assert len(found.checked[0].steps) == 1
    assert found.warnings == (speech.COUNSEL,)


def test_ceiling_equal_to_the_deadline_says_so() -> None:
    anchors: dict[Anchor, datetime | None] = {
        Anchor.WOULD_RELEASE_AT: oracle.utc("2026-11-23T18:00-05:00")
    }

    alone = explain(anchors, EVERY_HOUR)
    checked = explain(anchors, CFR, checked=(EVERY_HOUR,))

    assert alone.ceiling_sentence == "The ceiling is the deadline: no policy to check."
    assert checked.ceiling_sentence == (
        "The ceiling is the deadline: no checked policy ends earlier."
    )


def test_every_other_enabled_policy_stands_beside_it() -> None:
    anchors: dict[Anchor, datetime | None] = {
        Anchor.WOULD_RELEASE_AT: THANKSGIVING_EVE,
        Anchor.LODGED_AT: oracle.utc("2026-11-20T08:00-05:00"),
    }

    found = explain(anchors, CFR, checked=(EVERY_HOUR,))

    beside = {reading.policy_id: reading for reading in found.others}
    assert set(beside) == {policy.id for policy in BOOK.enabled()} - {"8-cfr-287.7d", "i-247a"}
    assert beside["no-hold"].sentence == "Never a hold; notice is allowed: no clock."
    assert "start unknown (warrant served on the person" in beside["287g-wso"].sentence
    assert beside["nc-162-62-2024"].deadline_at == oracle.utc("2026-11-22T08:00-05:00")
    assert all(not reading.steps for reading in found.others)


def test_left_out_check_is_named_in_the_warnings() -> None:
    anchors: dict[Anchor, datetime | None] = {Anchor.WOULD_RELEASE_AT: THANKSGIVING_EVE}

    found = explain(anchors, EVERY_HOUR, checked=(BOOK["287g-wso"],))

    assert found.limits.left_out == ("287g-wso",)
    assert found.warnings[0] == (
        "287g-wso is to be checked but was left out: the start of its own clock is not known"
    )


@pytest.mark.parametrize(
    ("anchors", "decided_on", "shown"),
    [
        pytest.param({}, date(2010, 1, 4), "Mon 4 Jan 2010", id="the date that is handed in"),
        pytest.param(
            {Anchor.LODGED_AT: oracle.utc("2010-01-06T03:00Z")},
            None,
            "Tue 5 Jan 2010",
            id="the local date of lodging",
        ),
        pytest.param(
            {Anchor.WOULD_RELEASE_AT: oracle.utc("2010-01-06T12:00Z")},
            None,
            "Wed 6 Jan 2010",
            id="the local date of the start",
        ),
    ],
)
def test_policy_outside_its_dates_gets_a_warning(
    anchors: dict[Anchor, datetime | None], decided_on: date | None, shown: str
) -> None:
    found = explain(anchors, EVERY_HOUR, decided_on=decided_on)

    assert found.warnings[0] == (
        f"i-247a was not in force on {shown}; its dates are from Sun 2 Apr 2017"
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(
            "2026-11-01T01:30-04:00", "the earlier, EDT, was counted from, not EST", id="earlier"
        ),
        pytest.param(
            "2026-11-01T01:30-05:00", "the later, EST, was counted from, not EDT", id="later"
        ),
    ],
)
def test_start_whose_local_time_comes_twice_gets_a_warning(start: str, expected: str) -> None:
    found = explain({Anchor.WOULD_RELEASE_AT: oracle.utc(start)}, EVERY_HOUR)

    assert found.warnings[0] == (
        f"01:30 on Sun 1 Nov 2026 comes twice, since the clocks go back; {expected}"
    )


def test_start_in_the_hour_of_the_spring_gap_gets_no_warning() -> None:
    # 07:30Z is 03:30 EDT; a naive look at 02:30 would call it doubtful.
    assert explanation.twice_warning(oracle.utc("2026-03-08T07:30Z"), "America/New_York") is None


def test_hold_without_a_clock_is_explained_without_limits() -> None:
    found = explain({Anchor.LODGED_AT: THANKSGIVING_EVE}, BOOK["no-hold"])

    assert found.limits == window.NO_LIMITS
    assert found.ceiling_sentence == "There is no deadline, so there is no ceiling."
    assert found.warnings[0].startswith("no-hold has no clock")


def test_explanation_is_written_as_json() -> None:
    anchors: dict[Anchor, datetime | None] = {Anchor.WOULD_RELEASE_AT: THANKSGIVING_EVE}

    data = json.loads(
        json.dumps(explanation.explanation_data(explain(anchors, CFR, checked=(EVERY_HOUR,))))
    )

    assert data["deadline_at"] == "2026-11-30T23:00:00Z"
    assert data["ceiling_at"] == "2026-11-27T23:00:00Z"
    assert data["ceiling_policy"] == "i-247a"
    assert data["policy"]["steps"][3] == {
        "from": "2026-11-28T05:00:00Z",
        "to": "2026-11-30T05:00:00Z",
        "from_local": "Sat 28 Nov 00:00 EST",
        "to_local": "Mon 30 Nov 00:00 EST",
        "why": "Saturday and Sunday",
        "counted": "0 min",
        "total": "30 h",
    }


def test_explanation_is_told_in_another_manner_and_stays_the_same_arithmetic() -> None:
    anchors: dict[Anchor, datetime | None] = {Anchor.WOULD_RELEASE_AT: THANKSGIVING_EVE}
    briefly = speech.Speech(tell=lambda at, _: f"day {at:%d}")

    plain = explain(anchors, CFR, checked=(EVERY_HOUR,))
    told = explanation.explain(anchors, CFR, (EVERY_HOUR,), (), calendar=calendar(), said=briefly)

    assert [step[:2] for step in told.policy.steps] == [step[:2] for step in plain.policy.steps]
    assert told.policy.sentence.endswith("plus 48 h counted is day 30.")
    assert told.limits == plain.limits
