"""What people record, in time and late."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from scheduler.domain import facts
from scheduler.domain.events import Kind
from scheduler.domain.facts import Fact
from scheduler.domain.hold import Outcome, Reporter, Status, status
from scheduler.domain.policy import Paper
from scheduler.errors import ConflictError, HoldStateError
from tests.unit.domain.builders import (
    CHECKED,
    Life,
    at,
    hold,
    kinds,
    of,
    rules,
    standing,
)

SECOND = timedelta(seconds=1)


# Registration.


def test_registration_is_written_with_every_fact_that_came_along() -> None:
    life = Life(
        now=at(4),
        served_at=at(1),
        warrant_received_at=at(1),
        warrant_served_at=at(2),
        judicial_order_at=at(2),
        notice_given_at=at(3),
        expected_release_at=at(90),
    )

    assert kinds(life.events) == [
        Kind.HOLD_REGISTERED,
        Kind.DETAINER_SERVED,
        Kind.PAPER_RECEIVED,
        Kind.WARRANT_SERVED,
        Kind.PAPER_RECEIVED,
        Kind.NOTICE_RECORDED,
    ]
    happened = [at(0), at(1), at(1), at(2), at(2), at(3)]
    assert [each.occurred_at for each in life.events] == happened
    assert life.events[0].data == {
        "detainer_type": "I-247A",
        "policy": "i-247a",
        "policy_version": 1,
        "expected_release_at": "2026-03-06T08:00:00Z",
        "late_by_s": 4 * 3600,
    }
    assert [each.data.get("paper") for each in life.events[2:5:2]] == ["warrant", "judicial_order"]
    assert life.events[5].data["to"] == "agency"
    assert not any(each.by_time for each in life.events)


def test_registration_long_past_its_limits_writes_each_with_its_instant() -> None:
    life = Life("8-cfr-287.7d", lodged_at=at(72), would_release_at=at(72), now=at(400))

    instants = {each.kind: each.occurred_at for each in life.events}
    assert instants[Kind.CLOCK_STARTED] == at(72)
    assert instants[Kind.NOTICE_OVERDUE] == at(72)
    assert instants[Kind.CEILING_REACHED] == at(120)
    assert instants[Kind.HOLD_EXPIRED] == at(167)
    assert instants[Kind.RELEASE_WITHOUT_NOTIFICATION] == at(167)
    assert life.all(Kind.REMINDER_DUE) == []
    assert len(life.all(Kind.OVER_DETENTION_ALARM)) == 1


def test_entering_leaves_what_time_brought_to_the_caller() -> None:
    judged_by = rules()
    new = hold(judged_by, would_release_at=at(1))

    entered = facts.enter(new, judged_by, Fact(at(0), at(90)))

    assert kinds(entered.events) == [Kind.HOLD_REGISTERED]
    assert entered.next_due_at == at(1)


# A fact belongs where it happened.


def test_worker_comes_first_at_one_instant() -> None:
    life = Life(would_release_at=at(0))

    written = kinds(life.end(Outcome.TRANSFERRED, at(48)))

    assert written.index(Kind.HOLD_EXPIRED) < written.index(Kind.TRANSFER_RECORDED)


def test_late_fact_comes_after_what_time_brought_before_it_and_before_the_rest() -> None:
    life = Life(would_release_at=at(0), served_at=at(0), warrant_received_at=at(0))

    written = life.notice(at(47), now=at(50))

    order = [Kind.NOTICE_RECORDED, Kind.HOLD_EXPIRED, Kind.OVER_DETENTION_ALARM]
    assert [kind for kind in kinds(written) if kind in order] == order
    assert of(written, Kind.RELEASE_WITHOUT_NOTIFICATION) == []
    assert of(written, Kind.NOTICE_RECORDED)[0].data["late_by_s"] == 3 * 3600


def test_every_fact_counts_one_version_and_time_none() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(30))
    assert life.hold.version == 1

    life.notice(at(31))
    life.acknowledge(at(32))

    assert life.hold.version == 3


# Papers.


@pytest.mark.parametrize(
    ("paper", "field", "kind"),
    [
        (Paper.SERVED, "served_at", Kind.DETAINER_SERVED),
        (Paper.WARRANT, "warrant_received_at", Kind.PAPER_RECEIVED),
        (Paper.JUDICIAL_ORDER, "judicial_order_at", Kind.PAPER_RECEIVED),
    ],
)
def test_paper_is_recorded_once(paper: Paper, field: str, kind: Kind) -> None:
    life = Life()

    (written,) = life.paper(paper, at(1))

    assert (written.kind, written.occurred_at) == (kind, at(1))
    assert getattr(life.hold, field) == at(1)
    assert life.paper(paper, at(1), now=at(2)) == []
    with pytest.raises(ConflictError, match=f"{field} is already on record as 2026-03-02T15:00"):
        life.paper(paper, at(3))


def test_warrant_is_served_once() -> None:
    life = Life()
    life.serve_warrant(at(1))

    assert life.serve_warrant(at(1), now=at(2)) == []
    with pytest.raises(ConflictError):
        life.serve_warrant(at(3))


# The release.


def test_recorded_release_starts_the_clock() -> None:
    life = Life()

    written = life.start(at(5))

    assert of(written, Kind.CLOCK_STARTED)[0].occurred_at == at(5)
    assert not of(written, Kind.CLOCK_STARTED)[0].by_time
    assert (life.hold.starts_at, life.hold.deadline_at) == (at(5), at(53))
    assert life.hold.window_no == 1


def test_details_of_an_entry_go_into_its_event() -> None:
    judged_by = rules()
    reason = Fact(at(1), at(80), {"reason": "found in the ledger"})

    recorded = facts.record(hold(judged_by), judged_by, reason, facts.start_clock)

    (started,) = of(recorded.events, Kind.CLOCK_STARTED)
    assert started.data == {"reason": "found in the ledger", "late_by_s": 79 * 3600}


def test_same_release_again_changes_nothing_and_another_is_refused() -> None:
    life = Life()
    life.start(at(5))

    assert life.start(at(5), now=at(6)) == []
    with pytest.raises(ConflictError, match="correct that entry, with a reason"):
        life.start(at(7))


@pytest.mark.parametrize("policy", ["i-247n-2015", "i-247g-2025", "no-hold", "no-hold-no-notice"])
def test_policy_without_a_clock_refuses_to_start_one_and_says_why(policy: str) -> None:
    life = Life(policy)

    with pytest.raises(HoldStateError, match=f"policy '{policy}' gives no authority to hold"):
        life.start(at(1))


def test_release_of_a_hold_with_another_anchor_is_noted_and_starts_nothing() -> None:
    life = Life("nc-162-62-2024")

    (noted,) = of(life.start(at(5)), Kind.ENTRY_CORRECTED)

    assert noted.data["field"] == "would_release_at"
    assert life.hold.starts_at == at(0)
    assert len(life.all(Kind.CLOCK_STARTED)) == 1


def test_release_that_lowers_the_ceiling_opens_a_window_and_says_so() -> None:
    life = Life(CHECKED)

    (noted,) = of(life.start(at(5)), Kind.CLOCK_CORRECTED)

    assert noted.data["moved"] is True
    assert (life.hold.ceiling_at, life.hold.deadline_at) == (at(53), at(72))
    assert life.hold.window_no == 2


def test_release_a_minute_ahead_starts_the_clock_when_it_has_come() -> None:
    life = Life()
    life.start(at(1, 1), now=at(1))
    assert status(life.hold) is Status.LODGED

    life.wait(at(1, 1))

    assert life.all(Kind.CLOCK_STARTED)[0].occurred_at == at(1, 1)


# Notice.


@pytest.mark.parametrize("recipient", ["judge", "prosecutor", "person", "attorney"])
def test_notice_to_others_is_recorded_and_does_not_count(recipient: str) -> None:
    life = Life()

    (told,) = life.notice(at(1), recipient=recipient)

    assert told.data["to"] == recipient
    assert life.hold.notice_given_at is None


def test_notice_says_how_and_of_which_release() -> None:
    judged_by = rules()
    apply = partial(facts.give_notice, recipient="agency", release_at=at(9), manner="fax")

    (told,) = facts.record(hold(judged_by), judged_by, Fact(at(1), at(1)), apply).events

    assert told.data == {"to": "agency", "how": "fax", "release_stated": "2026-03-02T23:00:00Z"}


def test_earliest_notice_counts_in_whatever_order_they_are_entered() -> None:
    life = Life()
    life.notice(at(5))
    life.notice(at(7))
    life.notice(at(3), now=at(8))

    assert life.hold.notice_given_at == at(3)
    assert life.notice(at(3), now=at(9)) == []
    assert len(life.all(Kind.NOTICE_RECORDED)) == 3


# What else people say.


def test_acknowledgement_and_arrival_are_kept() -> None:
    judged_by = rules()
    apply = partial(facts.acknowledge, arrival_at=at(4))

    recorded = facts.record(hold(judged_by), judged_by, Fact(at(1), at(1)), apply)

    assert (recorded.hold.acknowledged_at, recorded.hold.arrival_at) == (at(1), at(4))
    assert recorded.events[0].data == {"arrival_at": "2026-03-02T18:00:00Z"}


@pytest.mark.parametrize(
    ("apply", "kind"),
    [
        pytest.param(facts.claim_citizenship, Kind.CITIZENSHIP_CLAIMED, id="citizenship"),
        pytest.param(facts.log_call, Kind.CALL_LOGGED, id="call"),
    ],
)
def test_said_things_are_written_and_change_no_instant(apply: Any, kind: Kind) -> None:
    judged_by = rules()
    before = hold(judged_by)

    recorded = facts.record(before, judged_by, Fact(at(1), at(1)), apply)

    assert kinds(recorded.events) == [kind]
    assert recorded.hold == before._replace(version=2)


# A closed hold.


def closed_at_10() -> Life:
    life = Life(would_release_at=at(1))
    life.end(Outcome.TRANSFERRED, at(10))
    return life


@pytest.mark.parametrize(
    "say",
    [
        pytest.param(lambda life: life.paper(Paper.SERVED, at(11)), id="paper"),
        pytest.param(lambda life: life.serve_warrant(at(11)), id="warrant"),
        pytest.param(lambda life: life.start(at(11)), id="clock"),
        pytest.param(lambda life: life.expect(at(30), now=at(11)), id="forecast"),
        pytest.param(lambda life: life.acknowledge(at(11)), id="acknowledgement"),
    ],
)
def test_closed_hold_takes_no_fact_from_after_its_outcome(say: Any) -> None:
    life = closed_at_10()
    before = life.hold

    with pytest.raises(HoldStateError, match="closed as 'transferred' at 2026-03-03T00:00:00Z"):
        say(life)

    assert life.hold == before


@pytest.mark.parametrize("when", [at(9), at(10)], ids=["before", "at the outcome"])
def test_closed_hold_takes_a_fact_entered_late(when: datetime) -> None:
    life = closed_at_10()

    life.paper(Paper.SERVED, when, now=at(20))
    life.serve_warrant(when, now=at(20))
    life.notice(when, now=at(20))

    assert life.hold.served_at == life.hold.warrant_served_at == life.hold.notice_given_at == when
    assert life.hold.outcome is Outcome.TRANSFERRED
    assert life.next_due_at is None


def test_release_entered_after_the_outcome_it_came_before_starts_the_clock() -> None:
    life = Life()
    life.end(Outcome.TRANSFERRED, at(60))

    life.start(at(5), now=at(61))

    assert (life.hold.starts_at, life.hold.deadline_at) == (at(5), at(53))
    assert [each.occurred_at for each in life.all(Kind.HOLD_EXPIRED)] == [at(53)]
    assert life.all(Kind.OVER_DETENTION_ALARM) == []


def test_notice_after_the_release_is_a_fact_that_does_not_answer_the_duty() -> None:
    life = Life(would_release_at=at(1))
    life.end(Outcome.RELEASED, at(10), by=Reporter.FACILITY)

    life.notice(at(12))

    assert len(life.all(Kind.NOTICE_RECORDED)) == 1
    assert len(standing(life.events, Kind.RELEASE_WITHOUT_NOTIFICATION)) == 1


def test_description_names_hold_reference_and_state() -> None:
    assert facts.describe(hold(started_at=at(1))) == "hold 7Q3KM4 (REF-1, running)"
