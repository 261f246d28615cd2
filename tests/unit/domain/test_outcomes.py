"""How a hold ends, whose word decides, and records kept on paper."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.domain import outcomes
from scheduler.domain.events import Kind
from scheduler.domain.facts import Fact
from scheduler.domain.hold import Outcome, Reporter, Status, status
from scheduler.domain.outcomes import OUTCOME_KINDS, Ending
from scheduler.errors import HoldStateError
from tests.unit.domain.builders import (
    Life,
    at,
    backfill,
    hold,
    kinds,
    of,
    rules,
    standing,
)

SECOND = timedelta(seconds=1)
CHARGE = Kind.RELEASE_WITHOUT_NOTIFICATION
RELEASED = Ending(Outcome.RELEASED, Reporter.FACILITY)
TRANSFERRED = Ending(Outcome.TRANSFERRED, Reporter.FACILITY)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_outcome_ends_the_hold_with_an_event_of_its_own(outcome: Outcome) -> None:
    life = Life(would_release_at=at(0), notice_given_at=at(0))

    written = life.end(outcome, at(5))

    assert written[-1].kind is OUTCOME_KINDS[outcome]
    assert written[-1].occurred_at == at(5)
    assert str(status(life.hold)) == str(outcome)
    assert life.next_due_at is None
    assert life.wait(at(900)) == []


def test_every_outcome_has_a_kind_of_its_own() -> None:
    assert len(set(OUTCOME_KINDS.values())) == len(Outcome)


def test_basis_and_successor_are_kept() -> None:
    judged_by = rules()
    ending = Ending(Outcome.SUPERSEDED, Reporter.FACILITY, "newer form", "M4TX8P")

    act = outcomes.close(hold(judged_by), judged_by, Fact(at(1), at(1)), ending)

    assert act.changes["superseded_by"] == "M4TX8P"
    assert act.changes["outcome_basis"] == "newer form"
    assert act.events[0].data == {
        "basis": "newer form",
        "successor": "M4TX8P",
        "reported_by": "facility",
    }


@pytest.mark.parametrize(
    ("now", "is_late"),
    [(at(5, 2), False), (at(5, 2) + SECOND, True), (at(9), True)],
    ids=["two minutes", "just more", "hours"],
)
def test_entry_after_the_fact_says_that_it_is_late(now: datetime, is_late: bool) -> None:
    life = Life(notice_given_at=at(0))

    written = life.end(Outcome.RELEASED, at(5), now=now)

    assert ("late_entry" in written[-1].data) is is_late


@pytest.mark.parametrize(
    ("ended", "expired"),
    [(at(48) - SECOND, 0), (at(48), 1), (at(48) + SECOND, 1)],
    ids=["just before the deadline", "at the deadline", "just after"],
)
def test_transfer_is_in_time_only_before_the_deadline(ended: datetime, expired: int) -> None:
    life = Life(would_release_at=at(0))

    life.end(Outcome.TRANSFERRED, ended)

    assert len(life.all(Kind.HOLD_EXPIRED)) == expired


def test_outcome_after_the_deadline_says_by_how_many_minutes() -> None:
    life = Life(would_release_at=at(0))

    written = life.end(Outcome.TRANSFERRED, at(50, 26))

    assert of(written, Kind.TRANSFER_RECORDED)[0].data["over_detention_minutes"] == 146


def test_second_outcome_is_refused_and_the_same_one_changes_nothing() -> None:
    life = Life()
    life.end(Outcome.TRANSFERRED, at(5))

    assert life.end(Outcome.TRANSFERRED, at(5), now=at(6)) == []
    with pytest.raises(HoldStateError, match="closed as 'transferred' at 2026-03-02T19:00:00Z"):
        life.end(Outcome.RELEASED, at(6))
    with pytest.raises(HoldStateError):
        life.end(Outcome.TRANSFERRED, at(6))


# A release without notification.


@pytest.mark.parametrize("known", [None, at(1)], ids=["lodged", "running"])
def test_release_without_notice_is_charged_at_once_and_confirmed(known: datetime | None) -> None:
    life = Life(would_release_at=known)

    written = life.end(Outcome.RELEASED, at(5))

    (charge,) = of(written, CHARGE)
    assert charge.occurred_at == at(5)
    assert charge.data == {"confirmed": True}


@pytest.mark.parametrize(
    ("given", "count"),
    [(at(1), 0), (at(5), 0), (at(5) + SECOND, 1)],
    ids=["before", "at the release", "after"],
)
def test_notice_by_the_release_keeps_the_charge_away(given: datetime, count: int) -> None:
    life = Life(would_release_at=at(1), notice_given_at=given, now=at(6))

    life.end(Outcome.RELEASED, at(5), now=at(6))

    assert len(standing(life.events, CHARGE)) == count


def test_notice_to_somebody_else_does_not_keep_it_away() -> None:
    life = Life()
    life.notice(at(1), recipient="judge")

    assert len(of(life.end(Outcome.RELEASED, at(5)), CHARGE)) == 1


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.RELEASED}))
def test_no_other_outcome_is_charged(outcome: Outcome) -> None:
    life = Life(would_release_at=at(1))

    assert of(life.end(outcome, at(5)), CHARGE) == []


@pytest.mark.parametrize("policy", ["no-hold", "no-hold-no-notice"])
def test_where_notice_is_optional_or_prohibited_nothing_is_charged(policy: str) -> None:
    life = Life(policy)

    assert of(life.end(Outcome.RELEASED, at(5)), CHARGE) == []


@pytest.mark.parametrize("ended", [at(48), at(50)], ids=["at the deadline", "after it"])
def test_release_from_the_deadline_on_confirms_the_charge_made_there(ended: datetime) -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))
    (charge,) = life.all(CHARGE)

    (released,) = of(life.end(Outcome.RELEASED, ended, now=at(50)), Kind.RELEASE_RECORDED)

    assert dict(released.names)["confirms"] == charge.step
    assert life.all(CHARGE) == [charge]


def test_release_after_the_deadline_with_notice_in_between_confirms_nothing() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))
    life.notice(at(49))

    (released,) = of(life.end(Outcome.RELEASED, at(50)), Kind.RELEASE_RECORDED)

    assert released.names == ()
    assert len(standing(life.events, CHARGE)) == 1


# A late entry: the outcome came before the deadline, and is recorded after it.


def test_release_in_time_entered_late_withdraws_expiry_and_charge_and_is_charged_itself() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))
    first_charge, first_expiry = life.all(CHARGE)[0], life.all(Kind.HOLD_EXPIRED)[0]

    written = life.end(Outcome.RELEASED, at(40), now=at(49))

    (unexpired,) = of(written, Kind.HOLD_EXPIRY_WITHDRAWN)
    (uncharged,) = of(written, Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN)
    assert dict(unexpired.names)["answers"] == first_expiry.step
    assert dict(uncharged.names)["answers"] == first_charge.step
    (charge,) = standing(life.events, CHARGE)
    assert (charge.occurred_at, charge.data["confirmed"]) == (at(40), True)
    assert life.hold.expired_at is None
    assert "over_detention_minutes" not in of(written, Kind.RELEASE_RECORDED)[0].data


def test_transfer_in_time_entered_late_withdraws_both_and_charges_nobody() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))

    life.end(Outcome.TRANSFERRED, at(47), now=at(49))

    assert standing(life.events, Kind.HOLD_EXPIRED) == []
    assert standing(life.events, CHARGE) == []


def test_outcome_dated_before_the_start_leaves_the_clock_never_started() -> None:
    life = Life(would_release_at=at(10))
    life.wait(at(60))

    life.end(Outcome.TRANSFERRED, at(5), now=at(61))

    assert (life.hold.starts_at, life.hold.deadline_at, life.hold.ceiling_at) == (None,) * 3
    assert life.hold.started_at is None
    assert standing(life.events, Kind.HOLD_EXPIRED) == []


# Whose word decides.


def test_agencys_transfer_closes_the_hold_as_reported_by_the_agency() -> None:
    life = Life(would_release_at=at(0))

    written = life.end(Outcome.TRANSFERRED, at(5), by=Reporter.AGENCY)

    assert written[-1].data["reported_by"] == "agency"
    assert life.hold.outcome_by is Reporter.AGENCY
    assert status(life.hold) is Status.TRANSFERRED


@pytest.mark.parametrize(
    ("outcome", "ended", "differs"),
    [
        pytest.param(Outcome.TRANSFERRED, at(5), False, id="the same"),
        pytest.param(Outcome.TRANSFERRED, at(6), True, id="another time"),
        pytest.param(Outcome.RELEASED, at(5), True, id="another outcome"),
    ],
)
def test_facilitys_entry_beside_the_agencys_decides_and_shows_what_differs(
    outcome: Outcome, ended: datetime, differs: bool
) -> None:
    life = Life(would_release_at=at(0), notice_given_at=at(0))
    (first,) = of(life.end(Outcome.TRANSFERRED, at(5), by=Reporter.AGENCY), Kind.TRANSFER_RECORDED)

    written = life.end(outcome, ended, now=at(7))

    assert dict(written[0].names)["beside"] == first.step
    assert written[0].data["contradicts"] is differs
    assert (life.hold.outcome, life.hold.outcome_at) == (outcome, ended)
    assert life.hold.outcome_by is Reporter.FACILITY
    assert life.hold.contradicted is differs


@pytest.mark.parametrize(("ended", "differs"), [(at(5), False), (at(6), True)])
def test_agencys_word_after_the_facilitys_stands_beside_it(ended: datetime, differs: bool) -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.TRANSFERRED, at(5))

    (beside,) = life.end(Outcome.TRANSFERRED, ended, now=at(7), by=Reporter.AGENCY)

    assert beside.data["reported_by"] == "agency"
    assert beside.data["contradicts"] is differs
    assert life.hold.contradicted is differs
    assert (life.hold.outcome_at, life.hold.outcome_by) == (at(5), Reporter.FACILITY)


def test_facilitys_later_entry_writes_what_came_before_it_and_counts_over_detention() -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.TRANSFERRED, at(5), by=Reporter.AGENCY)

    written = life.end(Outcome.RELEASED, at(50))

    assert kinds(written) == [Kind.HOLD_EXPIRED, CHARGE, Kind.RELEASE_RECORDED]
    assert [each.occurred_at for each in written] == [at(48), at(48), at(50)]
    assert written[2].data["over_detention_minutes"] == 120
    assert dict(written[2].names)["confirms"] == written[1].step


def test_facilitys_entry_starts_the_clock_that_the_agencys_had_kept_from_starting() -> None:
    life = Life()
    life.start(at(10), now=at(10))
    life.end(Outcome.TRANSFERRED, at(9), now=at(11), by=Reporter.AGENCY)
    without_clock = life.hold

    life.end(Outcome.TRANSFERRED, at(12))

    assert (without_clock.starts_at, without_clock.started_at) == (None, None)
    assert (life.hold.starts_at, life.hold.started_at) == (at(10), at(10))


# Without a date, as an import may bring it.


def test_outcome_without_a_date_sets_no_instant_and_charges_nobody() -> None:
    life = Life(would_release_at=at(0))

    written = life.end(Outcome.RELEASED, None, now=at(40))

    assert (life.hold.outcome, life.hold.outcome_at) == (Outcome.RELEASED, None)
    assert of(written, Kind.RELEASE_RECORDED)[0].data["undated"] is True
    assert life.all(CHARGE) == []
    assert life.next_due_at is None


def test_outcome_without_a_date_leaves_standing_what_was_written_before() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))

    written = life.end(Outcome.RELEASED, None, now=at(60))

    assert len(standing(life.events, Kind.HOLD_EXPIRED)) == 1
    assert len(standing(life.events, CHARGE)) == 1
    assert "over_detention_minutes" not in of(written, Kind.RELEASE_RECORDED)[0].data


# A record kept on paper, brought back as one entry.


def test_paper_record_that_ended_in_time_has_nothing_false_in_between() -> None:
    recorded = backfill(
        TRANSFERRED,
        at(40),
        now=at(300),
        would_release_at=at(1),
        served_at=at(0),
        warrant_received_at=at(0),
        notice_given_at=at(0),
    )

    assert kinds(recorded.events) == [
        Kind.HOLD_REGISTERED,
        Kind.DETAINER_SERVED,
        Kind.PAPER_RECEIVED,
        Kind.NOTICE_RECORDED,
        Kind.CLOCK_STARTED,
        Kind.TRANSFER_RECORDED,
    ]
    assert (recorded.next_due_at, recorded.hold.version) == (None, 1)
    assert recorded.events[-1].data["late_entry"] is True


def test_paper_record_that_ended_too_late_has_its_limits_and_no_reminder_or_alarm() -> None:
    recorded = backfill(RELEASED, at(50), now=at(300), would_release_at=at(1))

    assert kinds(recorded.events) == [
        Kind.HOLD_REGISTERED,
        Kind.CLOCK_STARTED,
        Kind.AUTHORITY_MISSING,
        Kind.NOTICE_OVERDUE,
        Kind.HOLD_EXPIRED,
        CHARGE,
        Kind.RELEASE_RECORDED,
    ]
    assert dict(recorded.events[-1].names)["confirms"] == recorded.events[-2].step
    assert recorded.events[-1].data["over_detention_minutes"] == 60


def test_paper_record_that_ended_before_the_release_never_started_its_clock() -> None:
    recorded = backfill(TRANSFERRED, at(5), now=at(300), would_release_at=at(10))

    assert kinds(recorded.events) == [Kind.HOLD_REGISTERED, Kind.TRANSFER_RECORDED]
    assert (recorded.hold.starts_at, recorded.hold.window_no) == (None, 1)


def test_paper_record_of_an_unnotified_release_is_charged() -> None:
    recorded = backfill(RELEASED, at(5), now=at(300))

    (charge,) = of(recorded.events, CHARGE)
    assert (charge.occurred_at, charge.data["confirmed"]) == (at(5), True)


def test_paper_record_without_a_date_starts_its_clock_and_says_no_more() -> None:
    recorded = backfill(
        RELEASED, None, now=at(300), would_release_at=at(1), notice_given_at=at(1), served_at=at(0)
    )

    assert kinds(recorded.events) == [
        Kind.HOLD_REGISTERED,
        Kind.DETAINER_SERVED,
        Kind.NOTICE_RECORDED,
        Kind.CLOCK_STARTED,
        Kind.AUTHORITY_MISSING,
        Kind.RELEASE_RECORDED,
    ]
    assert (recorded.hold.outcome_at, recorded.hold.started_at) == (None, at(1))
