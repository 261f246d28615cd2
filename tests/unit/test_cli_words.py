"""A hold in words: instants first, what is left beside them, what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.policies import load_policies
from scheduler.commands import hold_words
from scheduler.domain.hold import Hold, Outcome, Rules
from scheduler.domain.ladder import LADDER
from scheduler.domain.legal_calendar import FederalYear, LegalCalendar
from scheduler.store.directory import FacilityRecord
from scheduler.views import HoldView

ZONE = "America/New_York"
JAIL = FacilityRecord("OAK", "Oakmont", "NC", ZONE, "i-247a", None, None, ())
NOON = datetime(2026, 11, 25, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOOK = load_policies()


def view(now: datetime = NOON, *, policy: str = "287g-wso", **facts: Any) -> HoldView:
    chosen = BOOK[policy]
    calendar = LegalCalendar(zone=ZONE, federal=lambda _: FederalYear({}, {}))
    rules = Rules(chosen, BOOK.checked(chosen), calendar, LADDER)
    hold = Hold(
        id="7Q3KM4T",
        hold_ref="R-1",
        facility_code="OAK",
        detainer_type="I-247A",
        rules_id="rules",
        policy=policy,
        policy_version=1,
        lodged_at=NOON - 50 * HOUR,
    )
    return HoldView(hold._replace(**facts), None, JAIL, rules, now)


def running(**facts: Any) -> HoldView:
    started: dict[str, Any] = {
        "starts_at": NOON - HOUR,
        "started_at": NOON - HOUR,
        "served_at": NOON - HOUR,
    }
    limits: dict[str, Any] = {"deadline_at": NOON + 47 * HOUR, "ceiling_at": NOON + 47 * HOUR}
    return view(**{**started, **limits, **facts})


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=4, minutes=12, seconds=59), "4 h 12 min left"),
        (timedelta(minutes=38), "38 min left"),
        (timedelta(seconds=59), "under 1 min left"),
        (timedelta(hours=71, minutes=59), "71 h 59 min left"),
        (timedelta(days=3, hours=14), "3 d 14 h left"),
        (timedelta(0), "EXPIRED 0 h 00 min ago"),
        (-timedelta(minutes=7, seconds=59), "EXPIRED 0 h 07 min ago"),
        (-timedelta(hours=19), "EXPIRED 19 h 00 min ago"),
    ],
)
def test_time_left_is_rounded_down_and_at_the_limit_it_is_over(left: timedelta, words: str) -> None:
    assert hold_words.relative(NOON + left, NOON) == words


def test_list_counts_to_the_ceiling_until_it_has_passed_and_then_to_the_deadline() -> None:
    limits = {"ceiling_at": NOON + 14 * HOUR, "deadline_at": NOON + 62 * HOUR}

    before = hold_words.next_limit(running(**limits))
    after = hold_words.next_limit(running(**limits, now=NOON + 14 * HOUR))

    assert before == (NOON + 14 * HOUR, "14 h to ceiling")
    assert after == (NOON + 62 * HOUR, "48 h to deadline")


def test_passed_ceiling_is_never_worded_as_expiry() -> None:
    limits = {"ceiling_at": NOON - HOUR, "deadline_at": NOON + 24 * HOUR}

    said = list(hold_words.sentences(running(**limits, ceiling_reached_at=NOON - HOUR)))

    assert said[0] == "CEILING PASSED. The earliest limit passed Wed 25 Nov 2026 11:00 EST."
    assert not any("EXPIRED" in each for each in said)


def test_lapsed_hold_is_no_expired_one() -> None:
    lapsed = running(deadline_at=NOON - HOUR, ceiling_at=NOON - HOUR, lapsed_at=NOON - HOUR)

    said = " ".join(hold_words.sentences(lapsed))

    assert said.startswith("LAPSED since Wed 25 Nov 2026 11:00 EST.")
    assert "Local custody goes on." in said
    assert "EXPIRED" not in said
    assert hold_words.next_limit(lapsed)[1] == "lapsed 1 h 00 min ago"


def test_hold_that_the_worker_has_not_seen_expire_reads_as_expired_all_the_same() -> None:
    overdue = running(deadline_at=NOON - HOUR, ceiling_at=NOON - HOUR)

    said = " ".join(hold_words.sentences(overdue))

    assert said.startswith("EXPIRED 1 h 00 min ago. Authority to hold ended Wed 25 Nov 2026 11:00")


def test_unconfirmed_start_is_on_every_view() -> None:
    assumed = running(assumed=True)

    assert hold_words.list_row(assumed)[-1].endswith("start not confirmed")
    assert any(
        "not confirmed. Confirm or correct." in each for each in hold_words.sentences(assumed)
    )


def test_limit_at_midnight_says_which_midnight() -> None:
    midnight = datetime(2026, 11, 28, 5, tzinfo=UTC)

    said = next(iter(hold_words.sentences(running(deadline_at=midnight, ceiling_at=midnight))))

    assert "(the midnight between Fri 27 Nov and Sat 28 Nov)" in said


def test_each_missing_paper_is_named_while_the_clock_runs() -> None:
    missing = running(policy="i-247a", served_at=None, warrant_served_at=None)

    said = list(hold_words.sentences(missing))

    assert "NO AUTHORITY ON RECORD: NOT SERVED" in said
    assert "NO AUTHORITY ON RECORD: NO WARRANT" in said


def test_missing_paper_is_no_alarm_before_the_clock_runs() -> None:
    said = " ".join(hold_words.sentences(view(policy="i-247a")))

    assert "NO AUTHORITY" not in said
    assert "Not served yet." in said


@pytest.mark.parametrize(
    ("looked_at", "is_empty", "said"),
    [
        (NOON - timedelta(seconds=30), False, ""),
        (NOON - timedelta(seconds=4), True, "The timekeeper ran 4 s ago, so this is a true zero"),
        (NOON - timedelta(seconds=31), False, "Reminders have stopped. The timekeeper last ran"),
        (NOON - timedelta(hours=2), True, "2 h 00 min ago"),
        (None, False, "No worker has run yet"),
    ],
    ids=["watched", "true zero", "stopped", "stopped and empty", "never"],
)
def test_list_says_whether_somebody_watches_the_clock(
    looked_at: datetime | None, is_empty: bool, said: str
) -> None:
    told = hold_words.watch(looked_at, NOON, is_empty=is_empty)

    assert said in told
    assert bool(told) == bool(said)


def test_closed_hold_says_how_and_when_and_whose_word_stands() -> None:
    closed = running(
        outcome=Outcome.OTHER_CUSTODY, outcome_at=NOON, contradicted=True, served_at=None
    )

    said = list(hold_words.sentences(closed))

    assert said == [
        "Other custody Wed 25 Nov 2026 12:00 EST.",
        "Facility and agency reported it differently; the facility's entry stands.",
    ]


def test_outcome_without_a_date_says_that_it_has_none() -> None:
    undated = view(outcome=Outcome.RELEASED)

    assert list(hold_words.sentences(undated)) == ["Released; the date is not on record."]
