"""What follows from the marks and facts of a hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from scheduler.domain import hold as holds
from scheduler.domain.hold import OPEN_STATUSES, Outcome, Status
from scheduler.domain.policy import Anchor, Paper
from tests.unit.domain.builders import BOOK, at, hold

FORM = BOOK["i-247a"]
NEEDS_ORDER = BOOK["nc-162-62-2025"]


@pytest.mark.parametrize(
    ("marks", "status"),
    [
        pytest.param({}, Status.LODGED, id="received, no clock"),
        pytest.param({"starts_at": at(9)}, Status.LODGED, id="start known, not come"),
        pytest.param({"started_at": at(1)}, Status.RUNNING, id="started"),
        pytest.param({"started_at": at(1), "ceiling_reached_at": at(9)}, Status.RUNNING, id="ceil"),
        pytest.param({"started_at": at(1), "lapsed_at": at(49)}, Status.LAPSED, id="lapsed"),
        pytest.param({"started_at": at(1), "expired_at": at(49)}, Status.EXPIRED, id="expired"),
        pytest.param(
            {"started_at": at(1), "lapsed_at": at(49), "expired_at": at(60)},
            Status.EXPIRED,
            id="lapsed, then expired",
        ),
    ],
)
def test_status_follows_from_the_marks(marks: dict[str, Any], status: Status) -> None:
    assert holds.status(hold(**marks)) is status
    assert status in OPEN_STATUSES


@pytest.mark.parametrize("outcome", list(Outcome))
def test_outcome_is_the_status_whatever_the_marks(outcome: Outcome) -> None:
    closed = hold(started_at=at(1), expired_at=at(49), outcome=outcome)

    assert str(holds.status(closed)) == str(outcome)
    assert holds.status(closed) not in OPEN_STATUSES


def test_every_status_is_open_or_an_outcome() -> None:
    assert {str(status) for status in Status} == {str(each) for each in OPEN_STATUSES} | {
        str(outcome) for outcome in Outcome
    }


@pytest.mark.parametrize(
    ("facts", "release"),
    [
        pytest.param({}, None, id="nothing known"),
        pytest.param({"expected_release_at": at(5)}, None, id="a forecast is no release"),
        pytest.param({"expected_release_at": at(5), "assumed": True}, at(5), id="taken as come"),
        pytest.param({"expected_release_at": at(5), "would_release_at": at(6)}, at(6), id="a fact"),
    ],
)
def test_local_release_is_a_fact_or_an_assumed_forecast(
    facts: dict[str, Any], release: datetime | None
) -> None:
    known = hold(**facts)

    assert holds.local_release(known) == release
    assert holds.anchors(known)[Anchor.WOULD_RELEASE_AT] == release


@pytest.mark.parametrize(
    ("facts", "limit"),
    [
        pytest.param({"would_release_at": at(1)}, None, id="no deadline"),
        pytest.param({"deadline_at": at(48)}, None, id="local custody goes on"),
        pytest.param({"deadline_at": at(48), "would_release_at": at(1)}, at(48), id="deadline"),
        pytest.param({"deadline_at": at(48), "would_release_at": at(60)}, at(60), id="release"),
    ],
)
def test_limit_is_the_later_of_deadline_and_release(
    facts: dict[str, Any], limit: datetime | None
) -> None:
    assert holds.limit_at(hold(**facts)) == limit


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        pytest.param({}, (Paper.SERVED, Paper.WARRANT), id="none"),
        pytest.param({"served_at": at(1)}, (Paper.WARRANT,), id="served at the very instant"),
        pytest.param({"served_at": at(1, 1)}, (Paper.SERVED, Paper.WARRANT), id="served after"),
        pytest.param({"served_at": at(0), "warrant_received_at": at(1)}, (), id="warrant received"),
        pytest.param({"served_at": at(0), "warrant_served_at": at(1)}, (), id="warrant served"),
        pytest.param(
            {"served_at": at(0), "warrant_served_at": at(1), "warrant_received_at": at(2)},
            (),
            id="a warrant that was served was there, though received later on paper",
        ),
    ],
)
def test_papers_missing_are_those_not_there_at_that_instant(
    facts: dict[str, Any], missing: tuple[Paper, ...]
) -> None:
    assert holds.papers_missing(hold(**facts), FORM, at(1)) == missing


def test_papers_missing_now_asks_for_no_instant() -> None:
    late = hold(served_at=at(90), warrant_received_at=at(90))

    assert holds.papers_missing(late, FORM) == ()
    assert holds.papers_missing(late, NEEDS_ORDER) == (Paper.JUDICIAL_ORDER,)
    assert holds.papers_missing(hold(judicial_order_at=at(90)), NEEDS_ORDER) == ()


@pytest.mark.parametrize(
    ("given", "is_in_time"),
    [(None, False), (at(1, -1), True), (at(1), True), (at(1, 1), False)],
    ids=["never", "before", "at that instant", "after"],
)
def test_notice_counts_at_or_before_the_release(given: datetime | None, is_in_time: bool) -> None:
    assert holds.was_notified(hold(notice_given_at=given), at(1)) is is_in_time


@pytest.mark.parametrize(
    ("marks", "minutes"),
    [
        pytest.param({}, 0, id="not expired"),
        pytest.param({"expired_at": at(48)}, 120, id="open: so far"),
        pytest.param(
            {"expired_at": at(48), "outcome": Outcome.TRANSFERRED, "outcome_at": at(48, 59.9)},
            59,
            id="closed: whole minutes to the outcome",
        ),
        pytest.param(
            {"expired_at": at(48), "outcome": Outcome.TRANSFERRED},
            0,
            id="closed without a date: unknown, so none",
        ),
    ],
)
def test_over_detention_counts_whole_minutes(marks: dict[str, Any], minutes: int) -> None:
    assert holds.over_detention_minutes(hold(**marks), at(50)) == minutes


@pytest.mark.parametrize(
    ("facts", "confirms"),
    [
        pytest.param({"outcome_at": at(48)}, True, id="released at the deadline"),
        pytest.param({"outcome_at": at(47, 59)}, False, id="released before"),
        pytest.param({"outcome_at": None}, False, id="no date"),
        pytest.param({"outcome_at": at(50), "notice_given_at": at(49)}, False, id="told between"),
        pytest.param({"outcome_at": at(50), "notice_given_at": at(51)}, True, id="told after"),
        pytest.param({"outcome_at": at(50), "outcome": Outcome.DIED}, False, id="no release"),
        pytest.param({"outcome_at": at(50), "expired_at": None}, False, id="never expired"),
    ],
)
def test_release_after_the_deadline_without_notice_confirms_the_charge(
    facts: dict[str, Any], confirms: bool
) -> None:
    known = {"expired_at": at(48), "outcome": Outcome.RELEASED, **facts}

    assert holds.release_confirms(hold(**known)) is confirms
