from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config import holidays
from config.policies import load_policies
from scheduler import deadline_query
from scheduler.domain import speech
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy import policy_data, policy_from
from scheduler.domain.policy_book import PolicyBook
from tests.support import oracle

BOOK = load_policies()
GOOD = {
    "policy": "8-cfr-287.7d",
    "from": "2026-11-25T18:00:00-05:00",
    "timezone": "America/New_York",
}


def ask(**changes: object) -> dict[str, Any]:
    return deadline_query.deadline_answer({**GOOD, **changes}, BOOK, holidays.federal_year)


def batch(*lines: str | bytes) -> list[dict[str, Any]]:
    answers = deadline_query.batch_answers(lines, BOOK, holidays.federal_year)
    return [json.loads(answer) for answer in answers]


def test_answer_gives_deadline_ceiling_steps_and_warnings() -> None:
    answer = ask()

    assert answer["policy"] == "8-cfr-287.7d"
    assert answer["starts_at"] == "2026-11-25T23:00:00Z"
    assert answer["deadline_at"] == "2026-11-30T23:00:00Z"
    assert answer["ceiling_at"] == "2026-11-27T23:00:00Z"
    assert [step["total"] for step in answer["steps"]] == ["6 h", "6 h", "30 h", "30 h", "48 h"]
    assert answer["warnings"] == [speech.COUNSEL]


def test_policy_without_a_clock_is_answered_with_nulls() -> None:
    answer = ask(policy="no-hold")

    assert (answer["starts_at"], answer["deadline_at"], answer["ceiling_at"]) == (None, None, None)
    assert answer["steps"] == []
    assert answer["warnings"][0].startswith("no-hold has no clock")


def test_policy_outside_its_dates_is_answered_with_a_warning() -> None:
    answer = ask(policy="nh-30-b-1")
    outside = ask(policy="nh-30-b-1", **{"from": "2025-12-31T18:00:00-05:00"})

    assert answer["warnings"] == [speech.COUNSEL]
    assert "nh-30-b-1 was not in force on Wed 31 Dec 2025" in outside["warnings"][0]


def test_checked_policy_with_another_start_is_left_out_and_named() -> None:
    checking = policy_from({**policy_data(BOOK["287g-wso"]), "checks": ["i-247a"]})
    book = PolicyBook({**BOOK, "287g-wso": checking})

    answer: dict[str, Any] = deadline_query.deadline_answer(
        {**GOOD, "policy": "287g-wso"}, book, holidays.federal_year
    )

    assert answer["ceiling_at"] == answer["deadline_at"]
    assert answer["warnings"][0].startswith("i-247a is to be checked but was left out")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"policy": "nowhere"}, "policy: 'nowhere' is unknown", id="unknown policy"),
        pytest.param(
            {"policy": "ct-54-192h"}, "policy: 'ct-54-192h' is switched off", id="switched off"
        ),
        pytest.param(
            {"policy": ["i-247a"]}, "policy: ['i-247a'] is unknown", id="policy as a list"
        ),
        pytest.param(
            {"timezone": "Mars/Phobos"}, "timezone: 'Mars/Phobos' is refused", id="unknown zone"
        ),
        pytest.param({"timezone": None}, "timezone: None is refused", id="no zone"),
        pytest.param({"from": 1_795_000_000}, "from: 1795000000 is refused", id="number"),
        pytest.param({"from": "2026-11-25T18:00:00"}, "add the offset", id="naive"),
        pytest.param(
            {"from": "9999-12-31T23:59:59Z"}, "use a year from 1990 to 2100", id="year 9999"
        ),
        pytest.param({"from": "2026-02-30T18:00:00Z"}, "that exist", id="no such date"),
    ],
)
def test_bad_question_is_answered_with_an_error(changes: dict[str, object], expected: str) -> None:
    answer = ask(**changes)

    assert list(answer) == ["error"]
    assert expected in answer["error"]


@pytest.mark.parametrize("missing", ["policy", "from", "timezone"])
def test_question_without_a_field_is_answered_with_its_name(missing: str) -> None:
    query = {name: value for name, value in GOOD.items() if name != missing}

    answer = deadline_query.deadline_answer(query, BOOK, holidays.federal_year)

    assert answer == {"error": f"{missing}: missing; give policy, from, timezone"}


def test_single_question_may_take_a_local_time() -> None:
    query = {**GOOD, "from": "2026-11-01T01:30"}

    answer: dict[str, Any] = deadline_query.deadline_answer(
        query, BOOK, holidays.federal_year, local_time=True
    )

    assert answer["starts_at"] == "2026-11-01T05:30:00Z"
    assert "01:30 on Sun 1 Nov 2026 comes twice" in answer["warnings"][0]


def test_single_question_refuses_a_local_time_that_does_not_exist() -> None:
    query = {**GOOD, "from": "2026-03-08T02:30"}

    answer = deadline_query.deadline_answer(query, BOOK, holidays.federal_year, local_time=True)

    assert "the clocks in America/New_York go forward" in str(answer["error"])


def test_further_holidays_count_where_a_calendar_is_given() -> None:
    def calendar_for(zone: str) -> LegalCalendar:
        extra = {date(2026, 11, 27): "Day, order 1"}
        return LegalCalendar(zone=zone, federal=holidays.federal_year, extra=extra)

    answer = deadline_query.deadline_answer(
        GOOD, BOOK, holidays.federal_year, calendar_for=calendar_for
    )

    assert answer["deadline_at"] == "2026-12-01T23:00:00Z"


def test_batch_answers_every_line_in_order_whatever_it_holds() -> None:
    good = json.dumps(GOOD)
    bad: list[str | bytes] = [
        "",
        "garbage",
        "5",
        "null",
        "[]",
        "{}",
        "NaN",
        b"\xff",
        "[" * 9999,
        "\ud800",
        '"x"',
        '{"a":1',
        "\x00",
    ]

    answers = batch(good, *bad, good)

    assert answers[0] == answers[-1]
    assert answers[0]["deadline_at"] == "2026-11-30T23:00:00Z"
    assert [list(answer) for answer in answers[1:-1]] == [["error"]] * len(bad)


def test_batch_agrees_with_the_oracle() -> None:
    chance = random.Random(5)
    cases = [
        (
            chance.choice([BOOK["i-247a"], BOOK["8-cfr-287.7d"]]),
            datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(58_000_000)),
            chance.choice(oracle.US_ZONES),
        )
        for _ in range(100)
    ]
    lines = [
        json.dumps({"policy": policy.id, "from": start.isoformat(), "timezone": zone})
        for policy, start, zone in cases
    ]

    answers = batch(*lines)

    for (policy, start, zone), answer in zip(cases, answers, strict=True):
        excluded = oracle.weekend_or_holiday if policy.excludes else oracle.nothing
        expected = oracle.deadline_by_hours(start, 48 * 60, zone, excluded)
        assert oracle.utc(answer["deadline_at"]) == expected
