"""A recipient who cannot come: the alert goes on to the next at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.domain import facts
from scheduler.domain.events import Event, Kind
from scheduler.domain.facts import Fact
from scheduler.domain.hold import Outcome
from scheduler.errors import HoldStateError
from tests.unit.domain.builders import Life, at, kinds, of


def running(chain: int = 2, until: datetime | None = None) -> Life:
    """A hold whose worker has looked at the 24 h rung, or later."""
    life = Life(chain=chain, would_release_at=at(0), served_at=at(0), warrant_received_at=at(0))
    life.wait(until or at(24))
    return life


def pass_on(life: Life, when: datetime) -> list[Event]:
    return life._keep(facts.pass_on(life.hold, life.rules, Fact(when, when, {"alert": "dlv-1"})))


def test_next_in_the_chain_is_told_at_once() -> None:
    life = running()

    written = pass_on(life, at(24, 1))

    assert kinds(written) == [Kind.ALERT_ACKNOWLEDGED, Kind.ALERT_ESCALATED]
    answer, escalation = written
    assert answer.data == {"answer": "cannot come", "passes_on": True, "alert": "dlv-1"}
    assert (escalation.occurred_at, escalation.place) == (at(24, 1), 1)
    assert not escalation.by_time


def test_whoever_passes_on_has_not_acknowledged_the_hold() -> None:
    life = running()

    pass_on(life, at(24, 1))

    assert life.hold.acknowledged_at is None
    assert life.hold.version == 2


def test_next_one_gets_their_own_time_to_answer() -> None:
    life = running()

    pass_on(life, at(24, 1))

    assert life.hold.escalated == 1
    assert life.hold.escalate_at == at(24, 31)
    assert kinds(life.wait(at(24, 30))) == []
    assert [each.place for each in of(life.wait(at(24, 31)), Kind.ALERT_ESCALATED)] == [2]


def test_two_who_pass_on_within_one_second_reach_two_places() -> None:
    life = running()

    first = pass_on(life, at(24, 1))
    second = pass_on(life, at(24, 1))

    assert [each.place for each in of(first + second, Kind.ALERT_ESCALATED)] == [1, 2]
    assert {each.step for each in of(first + second, Kind.ALERT_ESCALATED)} == {None}


def test_rung_that_is_due_comes_first_and_is_passed_on_itself() -> None:
    life = running()

    written = pass_on(life, at(36))

    told = [each for each in kinds(written) if each is not Kind.ALERT_ACKNOWLEDGED]
    assert told[-2:] == [Kind.REMINDER_DUE, Kind.ALERT_ESCALATED]
    assert life.hold.escalated == 1


def test_without_a_chain_the_answer_is_recorded_and_nobody_is_told() -> None:
    life = running(chain=0)

    written = pass_on(life, at(24, 1))

    assert kinds(written) == [Kind.ALERT_ACKNOWLEDGED]
    assert written[0].data["passes_on"] is False
    assert life.hold.escalate_at is None


@pytest.mark.parametrize(
    ("when", "goes_on"),
    [
        pytest.param(at(48) - timedelta(seconds=1), True, id="just before the deadline"),
        pytest.param(at(48), False, id="at the deadline"),
        pytest.param(at(49), False, id="after the deadline"),
    ],
)
def test_nothing_is_passed_on_from_the_deadline_on(when: datetime, goes_on: bool) -> None:
    life = running(until=at(47, 30))

    assert facts.can_pass_on(life.hold, life.rules, when) is goes_on
    written = pass_on(life, when)

    assert bool(of(written, Kind.ALERT_ESCALATED)) is goes_on
    assert len(of(written, Kind.ALERT_ACKNOWLEDGED)) == 1


def test_between_ceiling_and_deadline_the_alert_still_goes_on() -> None:
    life = Life(
        "8-cfr-287.7d",
        chain=1,
        would_release_at=at(72),  # Thursday: the weekend lies between the two limits
        now=at(72),
    )
    life.wait(at(121))

    written = pass_on(life, at(121))

    assert life.hold.ceiling_reached_at == at(120)
    assert len(of(written, Kind.ALERT_ESCALATED)) == 1


def test_before_the_clock_starts_nothing_goes_on() -> None:
    life = Life(chain=2)

    written = pass_on(life, at(1))

    assert kinds(written) == [Kind.ALERT_ACKNOWLEDGED]


def test_closed_hold_takes_no_answer() -> None:
    life = running()
    life.end(Outcome.TRANSFERRED, at(25))

    with pytest.raises(HoldStateError, match="closed as 'transferred'"):
        pass_on(life, at(26))
