"""Where a hold stands on a board, at the edges of each shape, and what it lacks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.domain import board
from scheduler.domain.board import CountsTo, Group, Lack, Look, Place
from scheduler.domain.hold import Outcome
from tests.unit.domain.builders import Life, at

SECOND = timedelta(seconds=1)
PAPERS: dict[str, Any] = {"served_at": at(0), "warrant_received_at": at(0)}


def place(life: Life, now: datetime) -> Place:
    life.wait(now)
    return board.place(life.hold, now)


def lacks(life: Life, now: datetime) -> list[Lack]:
    life.wait(now)
    return list(board.lacks(life.hold, life.rules.policy))


def running(**more: Any) -> Life:
    return Life(would_release_at=at(0), **(PAPERS | more))


@pytest.mark.parametrize(
    ("now", "group", "look"),
    [
        pytest.param(at(24) - SECOND, Group.RUNNING, Look.RUNNING, id="just over 24 h"),
        pytest.param(at(24), Group.RUNNING, Look.LAST_DAY, id="24 h"),
        pytest.param(at(44) - SECOND, Group.RUNNING, Look.LAST_DAY, id="just over 4 h"),
        pytest.param(at(44), Group.RUNNING, Look.LAST_HOURS, id="4 h"),
        pytest.param(at(48) - SECOND, Group.RUNNING, Look.LAST_HOURS, id="just before the limit"),
        pytest.param(at(48), Group.PAST, Look.PAST, id="at the limit"),
    ],
)
def test_time_left_decides_the_shape(now: datetime, group: Group, look: Look) -> None:
    stands = place(running(), now)

    assert (stands.group, stands.look, stands.at) == (group, look, at(48))
    assert stands.counts_to is CountsTo.BOTH


def test_ceiling_is_counted_to_first_and_after_it_the_deadline() -> None:
    life = Life("8-cfr-287.7d", lodged_at=at(72), would_release_at=at(72), now=at(72), **PAPERS)

    before, at_it, near = place(life, at(119)), place(life, at(120)), place(life, at(164))

    assert (before.counts_to, before.at, before.look) == (
        CountsTo.CEILING,
        at(120),
        Look.LAST_HOURS,
    )
    assert (at_it.counts_to, at_it.look) == (CountsTo.DEADLINE, Look.CEILING_PASSED)
    assert (near.counts_to, near.look) == (CountsTo.DEADLINE, Look.LAST_HOURS)


def test_lapse_is_foretold_and_is_a_quiet_group_of_its_own() -> None:
    life = Life("287g-wso", warrant_served_at=at(0))

    before, after = place(life, at(47)), place(life, at(48))

    assert before.lapses
    assert (after.group, after.look) == (Group.LAPSED, Look.LAPSED)
    assert not place(running(), at(1)).lapses


def test_forecast_that_has_come_asks_to_be_confirmed() -> None:
    life = Life(expected_release_at=at(9))

    before, after = place(life, at(8)), place(life, at(9))

    assert (before.group, before.look, before.at) == (Group.NOT_STARTED, Look.NOT_STARTED, at(9))
    assert after.look is Look.CONFIRM


def test_order_is_by_group_then_next_limit_then_what_has_none() -> None:
    lives = {
        "none": Life(),
        "forecast": Life(expected_release_at=at(90)),
        "later": Life(would_release_at=at(10)),
        "sooner": Life(would_release_at=at(5)),
        "past": running(),
    }
    now = at(50)
    for life in lives.values():
        life.wait(now)

    ordered = sorted(lives, key=lambda each: board.order(lives[each].hold, place(lives[each], now)))

    assert ordered == ["past", "sooner", "later", "forecast", "none"]


def test_closed_holds_come_last_and_the_last_closed_first() -> None:
    early, late = running(), running()
    early.end(Outcome.TRANSFERRED, at(3))
    late.end(Outcome.RELEASED, at(5))

    places = [place(early, at(60)), place(late, at(60))]

    assert {each.group for each in places} == {Group.CLOSED}
    assert board.order(late.hold, places[1]) < board.order(early.hold, places[0])


def test_missing_papers_are_no_authority_once_the_clock_runs() -> None:
    lodged, started = Life(), Life(would_release_at=at(0))

    assert lacks(lodged, at(1))[0] is Lack.PAPERS
    assert lacks(started, at(1))[0] is Lack.NO_AUTHORITY
    assert not {Lack.PAPERS, Lack.NO_AUTHORITY} & set(lacks(running(), at(1)))


def test_alert_is_unanswered_until_an_answer_comes_after_it() -> None:
    life = running()

    assert Lack.ANSWER in lacks(life, at(44))
    answered = life.hold._replace(acknowledged_at=at(44))
    assert board.unanswered_since(answered) is None
    assert board.unanswered_since(answered._replace(reminded_to=at(47))) == at(47)


def test_unconfirmed_start_is_told() -> None:
    assert Lack.CONFIRMATION in lacks(Life(expected_release_at=at(2), **PAPERS), at(3))
