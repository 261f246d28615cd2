"""Rows of the demo's board: words and a shape for each state, the next limit first."""

from __future__ import annotations

from datetime import datetime

import pytest

from scheduler.demo import board
from scheduler.demo.board import Row, Sign
from scheduler.domain.hold import Outcome
from scheduler.domain.policy import Paper
from scheduler.store.directory import FacilityRecord
from scheduler.views import HoldView
from tests.unit.domain.builders import Life, at

JAIL = FacilityRecord("TEST-1", "Test jail", "NC", "America/New_York", "i-247a", None, None, ())


def view(life: Life, now: datetime) -> HoldView:
    life.wait(now)
    return HoldView(life.hold, life.next_due_at, JAIL, life.rules, now)


def row(life: Life, now: datetime) -> Row:
    return board.rows([view(life, now)])[0]


def running() -> Life:
    life = Life()
    life.paper(Paper.SERVED, at(0.5))
    life.paper(Paper.WARRANT, at(0.5))
    life.start(at(1))
    return life


@pytest.mark.parametrize(
    ("hours", "left", "sign", "state"),
    [
        pytest.param(2, "47 h left", Sign.RUNNING, "running", id="just started"),
        pytest.param(24, "25 h left", Sign.RUNNING, "running", id="more than a day"),
        pytest.param(25, "24 h left", Sign.LAST_DAY, "24 h or less", id="a day to the minute"),
        pytest.param(44.5, "4 h 30 min left", Sign.LAST_DAY, "24 h or less", id="over four hours"),
        pytest.param(45, "4 h left", Sign.LAST_HOURS, "4 h or less", id="four hours to the minute"),
        pytest.param(49, "0 h 00 min ago", Sign.PAST, "EXPIRED", id="at the deadline"),
        pytest.param(50.1, "1 h 06 min ago", Sign.PAST, "EXPIRED", id="after it"),
    ],
)
def test_running_hold_shows_its_limit_and_the_time_left(
    hours: float, left: str, sign: Sign, state: str
) -> None:
    shown = row(running(), at(hours))

    assert shown.limit == "Wed 4 Mar 10:00 EST"
    assert (shown.left, shown.sign, shown.state) == (left, sign, state)


def test_earlier_ceiling_is_counted_to_and_after_it_the_deadline() -> None:
    life = Life("8-cfr-287.7d")
    life.start(at(96))  # Friday 09:00: the weekend does not count under this policy

    before, after = row(life, at(97)), row(life, at(145))

    assert (before.limit, before.left) == ("Sun 8 Mar 10:00 EDT", "47 h to ceiling")
    assert (after.limit, after.left) == ("Tue 10 Mar 09:00 EDT", "46 h to deadline")
    assert (after.sign, after.state) == (Sign.CEILING, "CEILING PASSED")


def test_hold_without_release_on_record_stays_quiet() -> None:
    shown = row(Life(), at(2))

    assert (shown.limit, shown.left) == ("no release on record", "")
    assert (shown.sign, shown.state) == (Sign.NOT_STARTED, "clock not started")
    assert shown.notes == "not served, no warrant"


def test_forecast_reads_as_a_forecast() -> None:
    life = Life()
    life.expect(at(10), at(0))

    shown = row(life, at(2))

    assert (shown.left, shown.sign) == ("expected in 8 h", Sign.NOT_STARTED)


def test_running_clock_without_its_papers_says_so_in_capitals() -> None:
    life = Life()
    life.start(at(1))

    assert row(life, at(2)).notes.startswith("NO AUTHORITY ON RECORD: NOT SERVED, NO WARRANT")


def test_lapsed_hold_is_not_shown_as_past_the_limit() -> None:
    life = Life("287g-wso")
    life.serve_warrant(at(1))

    shown = row(life, at(50))

    assert (shown.sign, shown.state) == (Sign.LAPSED, "lapsed")
    assert shown.notes.startswith("local custody goes on")


def test_late_outcome_keeps_its_minutes() -> None:
    life = running()
    life.end(Outcome.RELEASED, at(51.5))

    shown = row(life, at(52))

    assert (shown.sign, shown.state) == (Sign.CLOSED, "released")
    assert shown.left == "2 h 30 min late"


def test_rows_stand_past_the_limit_first_then_running_by_next_limit_then_the_quiet_ones() -> None:
    expired, later, closed = running(), Life(), running()
    later.start(at(20))
    closed.end(Outcome.TRANSFERRED, at(10))
    now = at(50)

    shown = board.rows([view(life, now) for life in (closed, Life(), later, expired)])

    assert [each.state for each in shown] == [
        "EXPIRED",
        "24 h or less",
        "clock not started",
        "transferred",
    ]
