from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from scheduler.amendments import Agreement, NotAgreedError, fingerprint
from scheduler.domain.actors import Actor, Role
from scheduler.errors import ConflictError, HoldNotFoundError, HoldStateError, InvalidHoldError
from tests.support.house import FACILITY, OFFICE, OPERATOR, Premises

AGREED = Agreement("proclaimed", is_given=True)
ASKING = Agreement("proclaimed", is_given=False)


def day(**told: Any) -> dict[str, Any]:
    return {"day": "2026-03-04", "name": "Day of mourning", "source": "Order 1", **told}


@pytest.fixture
def running(premises: Premises) -> str:
    """A hold from Tuesday 3 March 2026, noon, that leaves out weekends and holidays; its id."""
    premises.administration.edit(OPERATOR, "facility", FACILITY, {"policy": "8-cfr-287.7d"})
    premises.clock.move_to(datetime.fromisoformat("2026-03-03T12:30-05:00"))
    return premises.register(
        lodged_at="2026-03-03T08:00", would_release_at="2026-03-03T12:00"
    ).hold.id


def deadline(premises: Premises, hold_id: str) -> str:
    limit = premises.hold(hold_id).deadline_at
    assert limit is not None
    return limit.isoformat()


WEDNESDAY_COUNTS = "2026-03-05T17:00:00+00:00"
WITHOUT_WEDNESDAY = "2026-03-06T17:00:00+00:00"


def test_withdrawn_holiday_counts_again_for_the_holds_it_moved(
    premises: Premises, running: str
) -> None:
    kept = premises.house.holidays
    added, moved = kept.add(OPERATOR, day(), AGREED)
    between = deadline(premises, running)

    listed = kept.moves_of_disabling(added.id)
    kept.disable(OPERATOR, added.id, AGREED)

    assert [move.hold.id for move in moved] == [move.hold.id for move in listed] == [running]
    assert between == WITHOUT_WEDNESDAY
    assert deadline(premises, running) == WEDNESDAY_COUNTS
    changes = [e["data"] for e in premises.events(running, "policy_changed")]
    assert [(each["old"], each["new"]) for each in changes] == [
        ("", "2026-03-04 Day of mourning"),
        ("2026-03-04 Day of mourning", ""),
    ]
    (record,) = kept.all()
    assert record.disabled_at == premises.clock.now()
    with pytest.raises(ConflictError, match="it was withdrawn"):
        kept.disable(OPERATOR, added.id, AGREED)


def test_new_hold_takes_no_withdrawn_holiday(premises: Premises, running: str) -> None:
    kept = premises.house.holidays
    added, _ = kept.add(OPERATOR, day(), AGREED)
    kept.disable(OPERATOR, added.id, AGREED)

    again = premises.register(
        "R-2", lodged_at="2026-03-03T08:00", would_release_at="2026-03-03T12:00"
    )

    assert deadline(premises, again.hold.id) == WEDNESDAY_COUNTS


def test_another_date_moves_what_both_dates_reach(premises: Premises, running: str) -> None:
    kept = premises.house.holidays
    added, _ = kept.add(OPERATOR, day(), AGREED)

    edited, moves = kept.edit(OPERATOR, added.id, {"day": "2026-03-06"}, AGREED)

    assert edited.id == added.id
    assert [move.moves for move in moves] == [True]
    assert deadline(premises, running) == WEDNESDAY_COUNTS
    change = [e["data"] for e in premises.events(kind="setting_changed")][-1]
    assert (change["field"], change["old"], change["new"]) == ("day", "2026-03-04", "2026-03-06")


def test_scope_decides_which_holds_a_change_reaches(premises: Premises, running: str) -> None:
    kept = premises.house.holidays
    added, none = kept.add(OPERATOR, day(states=["nh"]), AGREED)

    _, reached = kept.edit(OPERATOR, added.id, {"states": []}, AGREED)
    _, left = kept.edit(OPERATOR, added.id, {"policies": ["nh-30-b-1"]}, AGREED)

    assert (none, len(reached), len(left)) == ([], 1, 1)
    assert deadline(premises, running) == WEDNESDAY_COUNTS


def test_day_that_another_record_keeps_goes_on_not_counting(
    premises: Premises, running: str
) -> None:
    kept = premises.house.holidays
    everywhere, _ = kept.add(OPERATOR, day(), AGREED)
    kept.add(OPERATOR, day(name="County day", facilities=[FACILITY]), AGREED)

    kept.disable(OPERATOR, everywhere.id, AGREED)

    assert deadline(premises, running) == WITHOUT_WEDNESDAY


def test_nothing_is_changed_before_somebody_agreed(premises: Premises, running: str) -> None:
    kept = premises.house.holidays

    with pytest.raises(HoldStateError, match="reaches 1 open holds, and nothing was changed"):
        kept.add(OPERATOR, day(), ASKING)

    assert kept.all() == []
    assert deadline(premises, running) == WEDNESDAY_COUNTS
    # Saturday does not count anyway: nobody need agree.
    kept.add(OPERATOR, day(day="2026-03-07"), ASKING)


def test_agreement_to_certain_moves_is_good_for_those_alone(
    premises: Premises, running: str
) -> None:
    kept = premises.house.holidays
    seen = fingerprint(kept.moves_of_adding(day()))
    premises.register("OAK-2", lodged_at="2026-03-03T08:00", would_release_at="2026-03-03T12:10")

    with pytest.raises(NotAgreedError, match="reaches 2 open holds") as refused:
        kept.add(OPERATOR, day(), Agreement("proclaimed", is_given=True, to=seen))
    none_seen = Agreement("proclaimed", is_given=True, to=fingerprint([]))
    with pytest.raises(NotAgreedError):
        kept.add(OPERATOR, day(), none_seen)

    assert kept.all() == []
    now_seen = fingerprint(refused.value.moves)
    kept.add(OPERATOR, day(), Agreement("proclaimed", is_given=True, to=now_seen))
    assert deadline(premises, running) == WITHOUT_WEDNESDAY


@pytest.mark.parametrize(
    ("told", "error", "said"),
    [
        ({"day": "2026-02-30"}, InvalidHoldError, "day: '2026-02-30' is refused"),
        ({"day": "20260304"}, InvalidHoldError, "day: '20260304' is refused"),
        ({"day": "1800-03-04"}, InvalidHoldError, "day: '1800-03-04' is refused"),
        ({"name": " "}, InvalidHoldError, "name: it is empty"),
        ({"states": ["Ohio"]}, InvalidHoldError, "state: 'Ohio' is refused"),
        ({"policies": ["48h"]}, InvalidHoldError, "policies: '48h' is unknown"),
        ({"facilities": ["ELM"]}, HoldNotFoundError, "facility 'ELM'"),
    ],
)
def test_holiday_that_cannot_be_kept_is_refused(
    sqlite_premises: Premises, told: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        sqlite_premises.house.holidays.add(OPERATOR, day(**told), AGREED)


def test_reason_is_needed(sqlite_premises: Premises) -> None:
    with pytest.raises(InvalidHoldError, match="reason: it is empty"):
        sqlite_premises.house.holidays.add(OPERATOR, day(), Agreement(" ", is_given=True))


def test_holiday_of_another_facility_is_not_there_for_staff(sqlite_premises: Premises) -> None:
    kept = sqlite_premises.house.holidays
    sqlite_premises.add_facility(office=OFFICE)
    foreign, _ = kept.add(OPERATOR, day(facilities=["ELM"]), AGREED)
    both, _ = kept.add(OPERATOR, day(facilities=["ELM", FACILITY]), AGREED)
    staff = Actor("key:K", Role.FACILITY, facility_codes=frozenset({FACILITY}))

    seen = kept.seen_by(staff).all()

    assert [(each.id, each.facilities) for each in seen] == [(both.id, frozenset({FACILITY}))]
    with pytest.raises(HoldNotFoundError):
        kept.seen_by(staff).get(foreign.id)
