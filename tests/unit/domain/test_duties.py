"""What time brings about, each at its instant: just before, exactly at, just after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.domain import duties
from scheduler.domain.events import Kind
from scheduler.domain.hold import Outcome, Status, status
from scheduler.domain.policy import Paper
from tests.unit.domain.builders import Life, at, kinds, of, rules

SECOND = timedelta(seconds=1)
PAPERS: dict[str, Any] = {"served_at": at(0), "warrant_received_at": at(0)}
THURSDAY = at(72)
"""From here the form's 48 h end on Saturday, and the regulation's on Monday."""
CEILING, DEADLINE = at(72 + 48), at(72 + 95)


# The clock.


def test_lodged_hold_has_no_clock_however_long_it_lasts() -> None:
    life = Life()

    assert life.wait(at(26 * 24)) == []
    assert status(life.hold) is Status.LODGED
    assert life.next_due_at is None


def test_clock_starts_at_its_instant_and_not_before() -> None:
    life = Life(would_release_at=at(5), **PAPERS)
    assert life.wait(at(5) - SECOND) == []

    started = life.wait(at(5))

    assert kinds(started) == [Kind.CLOCK_STARTED, Kind.NOTICE_OVERDUE]
    assert status(life.hold) is Status.RUNNING
    assert life.wait(at(5) + SECOND) == []


def test_clock_start_found_late_has_its_true_instant_and_says_how_late() -> None:
    life = Life(would_release_at=at(1), now=at(3), **PAPERS)

    (started,) = life.all(Kind.CLOCK_STARTED)
    assert started.occurred_at == at(1)
    assert started.data == {"late_by_s": 7200}
    assert started.by_time


@pytest.mark.parametrize(
    ("policy", "known", "missing"),
    [
        pytest.param("i-247a", {}, "served, warrant", id="form: copy and warrant"),
        pytest.param("i-247a", {"served_at": at(2)}, "served, warrant", id="served too late"),
        pytest.param("i-247a", {"served_at": at(1)}, "warrant", id="served at the start"),
        pytest.param("i-247d-2015", {}, "served", id="form of 2015: the copy"),
        pytest.param("nc-162-62-2025", {}, "judicial_order", id="North Carolina: the order"),
    ],
)
def test_paper_missing_at_clock_start_is_written_once(
    policy: str, known: dict[str, Any], missing: str
) -> None:
    life = Life(policy, would_release_at=at(1), **known)
    life.wait(at(1))
    life.wait(at(30))

    (written,) = life.all(Kind.AUTHORITY_MISSING)
    assert written.data["papers"] == missing
    assert written.occurred_at == at(1)


@pytest.mark.parametrize("policy", ["8-cfr-287.7d", "salt-lake-county"])
def test_policy_without_papers_misses_none(policy: str) -> None:
    life = Life(policy, would_release_at=at(0))

    assert life.all(Kind.AUTHORITY_MISSING) == []


def test_paper_that_comes_late_moves_nothing() -> None:
    life = Life(would_release_at=at(0))
    before = life.hold

    life.paper(Paper.SERVED, at(1))

    assert life.hold.deadline_at == before.deadline_at
    assert life.hold.window_no == 1


# The ceiling.


def test_ceiling_is_reached_at_its_instant_and_the_hold_runs_on() -> None:
    life = Life("8-cfr-287.7d", would_release_at=THURSDAY, lodged_at=THURSDAY)
    assert of(life.wait(CEILING - SECOND), Kind.CEILING_REACHED) == []

    (reached,) = of(life.wait(CEILING), Kind.CEILING_REACHED)

    assert reached.occurred_at == CEILING
    assert of(life.wait(CEILING + SECOND), Kind.CEILING_REACHED) == []
    assert status(life.hold) is Status.RUNNING


def test_ceiling_equal_to_the_deadline_is_not_written_beside_it() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(49))

    assert life.all(Kind.CEILING_REACHED) == []
    assert len(life.all(Kind.HOLD_EXPIRED)) == 1


def test_ceiling_and_deadline_found_late_are_both_written_in_order() -> None:
    life = Life("8-cfr-287.7d", would_release_at=THURSDAY, lodged_at=THURSDAY)
    found = life.wait(DEADLINE + timedelta(hours=7))

    limits = [each for each in found if each.kind in (Kind.CEILING_REACHED, Kind.HOLD_EXPIRED)]
    assert [each.occurred_at for each in limits] == [CEILING, DEADLINE]
    assert [each.data["late_by_s"] for each in limits] == [(47 + 7) * 3600, 7 * 3600]


# The deadline: the window is half-open.


def test_hold_expires_exactly_at_the_deadline() -> None:
    life = Life(would_release_at=at(0))
    assert of(life.wait(at(48) - SECOND), Kind.HOLD_EXPIRED) == []
    assert status(life.hold) is Status.RUNNING

    expired = life.wait(at(48))

    assert kinds(expired) == [
        Kind.HOLD_EXPIRED,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        Kind.OVER_DETENTION_ALARM,
    ]
    assert {each.occurred_at for each in expired} == {at(48)}
    assert status(life.hold) is Status.EXPIRED
    assert life.wait(at(48) + SECOND) == []


def test_charge_at_the_deadline_is_unconfirmed() -> None:
    life = Life(would_release_at=at(0))

    (charge,) = of(life.wait(at(48)), Kind.RELEASE_WITHOUT_NOTIFICATION)

    assert charge.data == {"confirmed": False}


@pytest.mark.parametrize(
    ("given", "count"),
    [(at(1), 0), (at(48) - SECOND, 0), (at(48), 0), (at(48) + SECOND, 1)],
    ids=["early", "just before", "at the deadline", "just after"],
)
def test_notice_by_the_deadline_keeps_the_charge_away(given: datetime, count: int) -> None:
    life = Life(would_release_at=at(0), notice_given_at=given, now=at(49))

    assert len(life.all(Kind.HOLD_EXPIRED)) == 1
    assert len(life.all(Kind.RELEASE_WITHOUT_NOTIFICATION)) == count


# Past the limit.


def test_alarm_sounds_at_once_each_quarter_of_an_hour_and_then_hourly() -> None:
    life = Life(would_release_at=at(0))

    for minute in range(-5, 5 * 60, 5):
        life.wait(at(48, minute))

    alarms = life.all(Kind.OVER_DETENTION_ALARM)
    assert [each.data["minutes"] for each in alarms] == [0, 15, 30, 45, 60, 120, 180, 240]
    assert [each.occurred_at for each in alarms] == [
        at(48, minutes) for minutes in (0, 15, 30, 45, 60, 120, 180, 240)
    ]
    assert {each.data["missed"] for each in alarms} == {0}


@pytest.mark.parametrize("minutes", [0, 15, 30, 45, 60, 120])
def test_alarm_sounds_exactly_at_its_instant(minutes: int) -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48, minutes) - SECOND)

    assert life.next_due_at == at(48, minutes)
    assert len(of(life.wait(at(48, minutes)), Kind.OVER_DETENTION_ALARM)) == 1
    assert life.wait(at(48, minutes) + SECOND) == []


def test_alarms_missed_become_one_that_counts_them() -> None:
    life = Life(would_release_at=at(0))

    (alarm,) = of(life.wait(at(51, 20)), Kind.OVER_DETENTION_ALARM)

    assert alarm.occurred_at == at(51)
    assert (alarm.data["minutes"], alarm.data["missed"]) == (180, 6)


def test_nothing_silences_the_alarm_but_an_outcome() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))
    life.acknowledge(at(48, 1))
    life.notice(at(48, 2))
    assert life.next_due_at == at(48, 15)

    life.end(Outcome.TRANSFERRED, at(48, 3))

    assert life.next_due_at is None


# A window from another anchor.


def test_window_of_another_anchor_lapses_while_local_custody_goes_on() -> None:
    life = Life("nc-162-62-2024", judicial_order_at=at(0))
    assert of(life.wait(at(48) - SECOND), Kind.AUTHORITY_LAPSED) == []

    lapsed = life.wait(at(48))

    assert kinds(lapsed) == [Kind.AUTHORITY_LAPSED]
    assert status(life.hold) is Status.LAPSED
    assert life.next_due_at is None
    assert life.wait(at(500)) == []


def test_lapsed_hold_expires_at_the_release_with_its_charge_and_alarm() -> None:
    life = Life("nc-162-62-2024")
    life.wait(at(48))

    life.start(at(60))

    assert [each.occurred_at for each in life.all(Kind.HOLD_EXPIRED)] == [at(60)]
    assert [e.occurred_at for e in life.all(Kind.RELEASE_WITHOUT_NOTIFICATION)] == [at(60)]
    assert [each.occurred_at for each in life.all(Kind.OVER_DETENTION_ALARM)] == [at(60)]
    assert status(life.hold) is Status.EXPIRED


def test_lapsed_hold_with_notice_of_the_release_expires_without_a_charge() -> None:
    life = Life("nc-162-62-2024", notice_given_at=at(20))
    life.wait(at(48))
    life.start(at(60))

    assert len(life.all(Kind.HOLD_EXPIRED)) == 1
    assert life.all(Kind.RELEASE_WITHOUT_NOTIFICATION) == []


@pytest.mark.parametrize("release", [at(10), at(48)], ids=["before", "at the deadline"])
def test_window_of_another_anchor_expires_where_the_release_has_come(release: datetime) -> None:
    life = Life("nc-162-62-2024", would_release_at=release)
    life.wait(at(48))

    assert life.all(Kind.AUTHORITY_LAPSED) == []
    assert [each.occurred_at for each in life.all(Kind.HOLD_EXPIRED)] == [at(48)]


def test_window_from_service_of_the_warrant_starts_there() -> None:
    life = Life("287g-wso")
    assert life.hold.starts_at is None

    life.serve_warrant(at(7))

    assert life.hold.deadline_at == at(55)
    assert kinds(life.events[-2:]) == [Kind.WARRANT_SERVED, Kind.CLOCK_STARTED]


# The table.


def test_next_due_is_what_advance_returns() -> None:
    life = Life("nc-162-62-2025", would_release_at=at(5), chain=2)

    for hours in range(60):
        life.wait(at(hours))
        assert life.next_due_at == duties.next_due(life.hold, life.rules)


def test_catching_up_reminds_nobody_of_the_past() -> None:
    judged_by = rules(chain=2)
    life = Life(chain=2)
    started = life.hold._replace(would_release_at=at(1), starts_at=at(1), deadline_at=at(49))

    done = duties.catch_up(started._replace(ceiling_at=at(49)), judged_by, at(60), at(60))

    assert kinds(done.events) == [
        Kind.CLOCK_STARTED,
        Kind.AUTHORITY_MISSING,
        Kind.NOTICE_OVERDUE,
        Kind.HOLD_EXPIRED,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
    ]
