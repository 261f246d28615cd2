"""Rungs before a limit, and what happens when nobody answers one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.domain import ladder
from scheduler.domain.events import Event, Kind
from scheduler.domain.hold import Outcome
from tests.unit.domain.builders import CHECKED, Life, at, of

RUNGS = [24, 12, 8, 4, 2, 1, 0.5]
"""Hours before the ceiling."""
LATEST = timedelta(minutes=1)


def reminders(events: list[Event], counts_to: str = "ceiling") -> list[Event]:
    return [each for each in of(events, Kind.REMINDER_DUE) if each.data["counts_to"] == counts_to]


def leads(events: list[Event], counts_to: str = "ceiling") -> list[object]:
    return [each.data["lead"] for each in reminders(events, counts_to)]


def test_every_rung_is_climbed_at_its_instant_and_names_its_lead() -> None:
    life = Life(would_release_at=at(0))

    for minute in range(0, 48 * 60, 10):
        life.wait(at(0, minute))

    told = reminders(life.events)
    assert [each.data["lead"] for each in told] == [
        "24 h",
        "12 h",
        "8 h",
        "4 h",
        "2 h",
        "1 h",
        "30 min",
    ]
    assert [each.occurred_at for each in told] == [at(48 - lead) for lead in RUNGS]
    assert {each.data["missed"] for each in told} == {0}


@pytest.mark.parametrize("lead", RUNGS)
def test_rung_comes_at_its_instant_and_not_before(lead: float) -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48 - lead) - LATEST)

    assert life.next_due_at == at(48 - lead)
    assert life.wait(at(48 - lead) - timedelta(seconds=1)) == []
    assert len(reminders(life.wait(at(48 - lead)))) == 1
    assert life.wait(at(48 - lead)) == []


def test_rungs_missed_become_one_reminder_that_counts_them() -> None:
    life = Life(would_release_at=at(0))

    told = reminders(life.wait(at(45)))

    assert [(each.data["lead"], each.data["missed"]) for each in told] == [("4 h", 3)]
    assert told[0].occurred_at == at(44)
    assert told[0].data["late_by_s"] == 3600


def test_late_registration_gets_one_reminder_for_the_rungs_missed() -> None:
    life = Life(would_release_at=at(0), now=at(40))

    assert [(e.data["lead"], e.data["missed"]) for e in reminders(life.events)] == [("8 h", 2)]


@pytest.mark.parametrize(("now", "count"), [(at(47, 59), 1), (at(48), 0), (at(48, 1), 0)])
def test_no_reminder_goes_out_from_the_limit_on(now: datetime, count: int) -> None:
    life = Life(would_release_at=at(0), now=now)

    assert len(reminders(life.events)) == count


def test_facility_may_set_other_rungs() -> None:
    life = Life(would_release_at=at(0), ladder=(timedelta(hours=36), timedelta(minutes=10)))

    life.wait(at(12))
    life.wait(at(47, 50))

    assert leads(life.events) == ["36 h", "10 min"]


def test_rung_longer_than_the_window_is_never_due() -> None:
    life = Life(would_release_at=at(0), ladder=(timedelta(hours=60), timedelta(hours=1)))

    assert life.next_due_at == at(47)


def test_rung_says_that_the_clock_runs_from_a_forecast() -> None:
    life = Life(expected_release_at=at(1))
    life.wait(at(1))
    life.wait(at(1, 30))

    assert reminders(life.wait(at(25)))[0].data["assumed"] is True


# A deadline later than the ceiling: Thursday 09:00, without the weekend until Monday 09:00.

THURSDAY = at(72)
CEILING, DEADLINE = at(72 + 48), at(72 + 95)  # the clocks go forward on that Sunday


def test_later_deadline_gets_its_own_three_rungs() -> None:
    life = Life("8-cfr-287.7d", would_release_at=THURSDAY, lodged_at=THURSDAY)
    assert (life.hold.ceiling_at, life.hold.deadline_at) == (CEILING, DEADLINE)

    for lead in (4, 1, 0.5):
        life.wait(DEADLINE - timedelta(hours=lead))

    assert leads(life.events, "deadline") == ["4 h", "1 h", "30 min"]
    assert leads(life.events) == []


def test_deadline_equal_to_the_ceiling_gets_no_rungs_of_its_own() -> None:
    life = Life(would_release_at=at(0))

    life.wait(at(47, 45))

    assert leads(life.events, "deadline") == []


def test_deadline_rungs_missed_become_one() -> None:
    life = Life("8-cfr-287.7d", would_release_at=THURSDAY, lodged_at=THURSDAY)

    told = reminders(life.wait(DEADLINE - timedelta(minutes=20)), "deadline")

    assert [(each.data["lead"], each.data["missed"]) for each in told] == [("30 min", 2)]


# A new window.


def test_new_window_climbs_the_rungs_again() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(24))
    life.wait(at(36))

    life.correct("would_release_at", at(20), at(37))
    life.wait(at(44))
    life.wait(at(56))

    assert leads(life.events) == ["24 h", "12 h", "24 h", "12 h"]
    assert len({each.step for each in reminders(life.events)}) == 4


def test_rungs_of_a_new_window_that_have_passed_become_one() -> None:
    life = Life(would_release_at=at(20))
    life.wait(at(44))

    told = reminders(life.correct("would_release_at", at(0), at(45)))

    assert [(each.data["lead"], each.data["missed"]) for each in told] == [("4 h", 3)]


def test_closed_hold_is_reminded_of_nothing() -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.TRANSFERRED, at(20))

    assert life.next_due_at is None
    assert life.wait(at(500)) == []


# Escalation.


@pytest.mark.parametrize(
    ("left", "minutes"),
    [
        pytest.param(timedelta(hours=24), 30, id="never longer than half an hour"),
        pytest.param(timedelta(hours=2), 30, id="two hours: exactly half an hour"),
        pytest.param(timedelta(hours=1), 15, id="a quarter of the time left"),
        pytest.param(timedelta(minutes=30), 7.5, id="half an hour left"),
        pytest.param(timedelta(minutes=8), 2, id="eight minutes left"),
        pytest.param(timedelta(minutes=1), 2, id="never shorter than two minutes"),
    ],
)
def test_patience_is_a_quarter_of_the_time_left_within_bounds(
    left: timedelta, minutes: float
) -> None:
    assert ladder.patience(left) == timedelta(minutes=minutes)


def escalations(life: Life) -> list[tuple[datetime, int]]:
    return [(each.occurred_at, each.place) for each in life.all(Kind.ALERT_ESCALATED)]


def wait_to(life: Life, until: datetime) -> None:
    while life.next_due_at is not None and life.next_due_at <= until:
        life.wait(life.next_due_at)


def test_unanswered_reminder_goes_down_the_chain_and_then_repeats() -> None:
    life = Life(would_release_at=at(0), chain=3)

    wait_to(life, at(27))

    assert escalations(life) == [
        (at(24, 30), 1),
        (at(25), 2),
        (at(25, 30), 3),
        (at(26), 3),
        (at(26, 30), 3),
        (at(27), 3),
    ]


def test_less_time_to_the_ceiling_makes_less_patience() -> None:
    life = Life(would_release_at=at(0), chain=9)
    wait_to(life, at(46))
    life.acknowledge(at(46))
    earlier = len(escalations(life))

    wait_to(life, at(47, 29))

    # 15 min after the rung of 1 h; then a quarter of the 45 min left.
    assert escalations(life)[earlier:] == [(at(47, 15), 1), (at(47, 26.25), 2)]


def test_next_rung_starts_the_chain_anew() -> None:
    life = Life(would_release_at=at(0), chain=2)

    wait_to(life, at(36, 30))

    assert escalations(life)[-1] == (at(36, 30), 1)
    assert (at(36), 2) not in escalations(life)


def test_acknowledgement_ends_escalation_of_the_rungs_so_far_only() -> None:
    life = Life(would_release_at=at(0), chain=2)
    life.wait(at(24))
    life.acknowledge(at(24, 10))
    assert life.next_due_at == at(36)

    wait_to(life, at(36, 30))

    assert escalations(life) == [(at(36, 30), 1)]


def test_nothing_is_escalated_from_the_limit_on() -> None:
    life = Life(would_release_at=at(0), chain=5)
    wait_to(life, at(60))

    assert escalations(life)[-1][0] < at(48)
    assert life.hold.escalate_at is None


def test_without_anybody_to_pass_on_to_nothing_is_escalated() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(24))

    assert life.next_due_at == at(36)


def test_escalations_missed_become_one_that_counts_them() -> None:
    life = Life(would_release_at=at(0), chain=3)
    life.wait(at(24))

    life.wait(at(26, 10))

    told = life.all(Kind.ALERT_ESCALATED)
    assert [(each.occurred_at, each.place) for each in told] == [(at(26), 3)]
    assert told[0].data["missed"] == 3
    assert life.next_due_at == at(26, 30)


def test_rung_found_late_overtakes_what_the_one_before_it_escalated() -> None:
    """The two series share instants: both written, one step would be there twice."""
    life = Life(would_release_at=at(0), chain=1)
    life.wait(at(24))

    life.wait(at(36, 31))

    steps = [each.step for each in life.events if each.step is not None]
    assert escalations(life) == [(at(36, 30), 1)]
    assert len(steps) == len(set(steps))


def test_ceiling_ends_what_its_rungs_escalated() -> None:
    life = Life("8-cfr-287.7d", would_release_at=THURSDAY, lodged_at=THURSDAY, chain=4)

    wait_to(life, DEADLINE - timedelta(hours=5))

    assert escalations(life)[-1][0] < CEILING


def test_deadline_rung_is_escalated_up_to_the_deadline() -> None:
    life = Life("8-cfr-287.7d", would_release_at=THURSDAY, lodged_at=THURSDAY, chain=1)
    wait_to(life, DEADLINE)

    after = [when for when, _ in escalations(life) if when > CEILING]
    assert after[0] == DEADLINE - timedelta(hours=3.5)
    assert after[-1] < DEADLINE


def test_deadline_rung_found_after_the_ceiling_is_escalated_all_the_same() -> None:
    """Both found in one look: the ceiling overtakes earlier rungs, not a later one."""
    near = Life(CHECKED, would_release_at=at(22), chain=2)
    assert near.hold.ceiling_at == at(70)
    assert near.hold.deadline_at == at(72)
    near.wait(at(66))
    near.acknowledge(at(66))

    near.wait(at(71, 6))

    assert leads(near.events, "deadline") == ["1 h"]
    assert escalations(near) == []
    assert near.next_due_at == at(71, 15)


def test_patience_of_a_deadline_rung_looks_to_the_ceiling_while_that_is_ahead() -> None:
    near = Life(CHECKED, would_release_at=at(23, 20), chain=2)
    assert near.hold.ceiling_at == at(71, 20)
    near.wait(at(70, 59))
    near.acknowledge(at(70, 59))

    near.wait(at(71))

    assert near.hold.escalate_at == at(71, 5)
