from __future__ import annotations

from datetime import timedelta

import pytest

from notifiers import wording
from notifiers.base import Alert
from scheduler import sentences
from tests.support.alerts import DEADLINE, REMINDER, alert, reminder

EARLIER_CEILING = DEADLINE - timedelta(hours=48)


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(seconds=59), "under 1 min"),
        (timedelta(0), "under 1 min"),
        (timedelta(seconds=-5), "under 1 min"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=38, seconds=59), "38 min"),
        (timedelta(hours=4), "4 h"),
        (timedelta(hours=4, minutes=12, seconds=59), "4 h 12 min"),
        (timedelta(hours=71, minutes=59), "71 h 59 min"),
        (timedelta(hours=72), "3 d"),
        (timedelta(hours=86, minutes=59), "3 d 14 h"),
    ],
)
def test_time_left_is_in_whole_minutes_rounded_down(left: timedelta, text: str) -> None:
    assert wording.countdown(left) == text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        pytest.param(
            REMINDER, "4 h left: authority ends Mon 9 Mar 17:00 EDT", id="equal limits, ceiling"
        ),
        pytest.param(
            reminder(counts_to="deadline", ceiling_at=None),
            "4 h left: authority ends Mon 9 Mar 17:00 EDT",
            id="deadline alone",
        ),
        pytest.param(
            reminder(ceiling_at=EARLIER_CEILING, occurred_at=EARLIER_CEILING - timedelta(hours=4)),
            "4 h to ceiling Sat 7 Mar 16:00 EST",
            id="ceiling first",
        ),
        pytest.param(
            reminder(ceiling_at=EARLIER_CEILING, counts_to="deadline"),
            "4 h to deadline: authority ends Mon 9 Mar 17:00 EDT",
            id="deadline after the ceiling",
        ),
        pytest.param(
            reminder(late_by_s=20 * 60 + 1),
            "3 h 39 min left: authority ends Mon 9 Mar 17:00 EDT",
            id="noticed late: what is left then",
        ),
        pytest.param(
            reminder(lead=timedelta(hours=48), counts_to="expected_release"),
            "48 h to expected release Wed 11 Mar 13:00 EDT",
            id="expected release",
        ),
        pytest.param(
            reminder(lead=timedelta(hours=1), counts_to="notice"),
            "1 h to give notice of release: due Mon 9 Mar 14:00 EDT",
            id="notice duty",
        ),
        pytest.param(
            alert("hold.expired", "hold_expired", occurred_at=DEADLINE),
            "EXPIRED: authority to hold ended Mon 9 Mar 17:00 EDT",
            id="expired",
        ),
        pytest.param(
            alert("hold.release_without_notification", "r", confirmed=False),
            "No transfer or notice on record at the deadline; whereabouts unconfirmed",
            id="release not confirmed",
        ),
        pytest.param(
            alert("hold.release_without_notification", "r", confirmed=True),
            "Released without notification Mon 9 Mar 13:00 EDT",
            id="release on record",
        ),
        pytest.param(
            alert("hold.over_detention", "over_detention_alarm", occurred_at=DEADLINE),
            "OVER-DETENTION: authority ended Mon 9 Mar 17:00 EDT, no outcome on record",
            id="over-detention",
        ),
        pytest.param(
            alert("hold.authority_missing", "a", note="NO AUTHORITY ON RECORD: NOT SERVED"),
            "NO AUTHORITY ON RECORD: NOT SERVED",
            id="paper missing",
        ),
        pytest.param(
            alert("hold.closed", "custody_moved", status="other_custody"),
            "Closed: other custody Mon 9 Mar 13:00 EDT",
            id="closed",
        ),
        pytest.param(
            alert("hold.escalated", "alert_escalated", occurred_at=DEADLINE - timedelta(hours=3)),
            "Not acknowledged: 3 h left, authority ends Mon 9 Mar 17:00 EDT",
            id="escalated",
        ),
        pytest.param(alert("hold.newer_kind", "newer_kind"), "Newer kind", id="unknown type"),
    ],
)
def test_headline_says_what_and_when(said: Alert, text: str) -> None:
    assert wording.headline(said) == text


@pytest.mark.parametrize("type_", sorted(sentences.TITLES))
def test_every_type_has_words_for_a_hold_with_and_without_a_clock(type_: str) -> None:
    running = alert(type_, "k")
    lodged = alert(type_, "k", starts_at=None, deadline_at=None, ceiling_at=None, status="lodged")

    for said in (running, lodged):
        assert wording.headline(said)
        assert "None" not in " ".join((wording.headline(said), *wording.sentences(said)))


@pytest.mark.parametrize("type_", sorted(sentences.TITLES))
def test_assumed_start_is_told_on_every_alert(type_: str) -> None:
    assert wording.ASSUMED in wording.sentences(alert(type_, "k", assumed=True))


def test_lateness_and_what_it_stands_for_are_told() -> None:
    said = reminder(late_by_s=7512, missed=2, also=("hold.notice_overdue", "hold.clock_started"))

    told = wording.sentences(said)

    assert "Noticed 2 h 5 min late; due Mon 9 Mar 13:00 EDT." in told
    assert "It stands for 2 earlier ones that fell due meanwhile." in told
    assert "This alert also stands for: Notice overdue, Clock started." in told


def test_alert_in_time_says_nothing_of_lateness() -> None:
    assert wording.sentences(reminder(late_by_s=3)) == ()


def test_note_is_said_once() -> None:
    note = "NO AUTHORITY ON RECORD: NOT SERVED"

    assert note in wording.sentences(reminder(note=note))
    assert note not in wording.sentences(alert("hold.authority_missing", "a", note=note))


def test_red_is_kept_for_a_limit_passed_with_nothing_on_record() -> None:
    red = {
        type_
        for type_ in sentences.TITLES
        if wording.is_past_limit(alert(type_, "k", confirmed=True))
    }

    assert red == {"hold.expired", "hold.over_detention"}
    assert wording.is_past_limit(alert("hold.release_without_notification", "r", confirmed=False))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(reminder(), ("4 h left", "authority ends Mon 9 Mar 17:00 EDT"), id="reminder"),
        pytest.param(
            reminder(
                ceiling_at=DEADLINE - timedelta(hours=20),
                occurred_at=DEADLINE - timedelta(hours=24),
            ),
            ("4 h to ceiling", "Sun 8 Mar 21:00 EDT"),
            id="to the ceiling",
        ),
        pytest.param(
            alert("hold.authority_lapsed", "k", occurred_at=DEADLINE),
            ("LAPSED since", "Mon 9 Mar 17:00 EDT"),
            id="ends in an instant",
        ),
        pytest.param(alert("hold.registered", "k"), ("Detainer registered", ""), id="one part"),
    ],
)
def test_headline_is_read_at_a_glance_by_its_first_part(
    said: Alert, expected: tuple[str, str]
) -> None:
    assert wording.headline_parts(said) == expected


@pytest.mark.parametrize("type_", sorted(sentences.TITLES))
def test_two_parts_of_a_headline_leave_nothing_out(type_: str) -> None:
    said = alert(type_, "k")
    first, rest = wording.headline_parts(said)

    assert wording.headline(said) in (first, f"{first} {rest}", f"{first}: {rest}")
