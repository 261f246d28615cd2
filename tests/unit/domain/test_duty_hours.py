"""Weekly hours and quiet hours: midnights, weekends and both clock changes in New York."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain import duty_hours
from scheduler.domain.duty_hours import Hours
from scheduler.domain.instants import parse_instant
from scheduler.errors import InvalidHoldError

ZONE = "America/New_York"


def local(text: str, zone: str = ZONE) -> datetime:
    """Return an instant of 2026 as New York tells it: ``03-02 08:00``."""
    return parse_instant(f"2026-{text}", zone, fold="refuse").instant


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+00:00")


def on(words: str, now: datetime, zone: str = ZONE) -> bool:
    return duty_hours.is_on(Hours(zone, duty_hours.schedule_from(words)), now)


def quiet(words: str, now: datetime) -> datetime | None:
    return duty_hours.quiet_until(Hours(ZONE, duty_hours.quiet_from(words)), now)


# On duty.


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("03-02 07:59", False, id="Monday, a minute early"),
        pytest.param("03-02 08:00", True, id="exactly at the beginning"),
        pytest.param("03-06 17:59", True, id="Friday, the last minute"),
        pytest.param("03-06 18:00", False, id="exactly at the end"),
        pytest.param("03-07 12:00", False, id="Saturday"),
    ],
)
def test_hours_are_half_open_on_their_days(now: str, expected: bool) -> None:
    assert on("mon-fri 08:00-18:00", local(now)) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("03-06 21:59", False, id="Friday before"),
        pytest.param("03-06 22:00", True, id="Friday night"),
        pytest.param("03-07 00:00", True, id="midnight"),
        pytest.param("03-07 05:59", True, id="Saturday early: Friday's night"),
        pytest.param("03-07 06:00", False, id="Saturday, over"),
        pytest.param("03-07 23:00", False, id="Saturday night is not Friday's"),
        pytest.param("03-06 05:00", False, id="Friday early is Thursday's night"),
    ],
)
def test_night_belongs_to_the_day_it_began_on(now: str, expected: bool) -> None:
    assert on("fri 22:00-06:00", local(now)) is expected


def test_sunday_night_runs_into_monday() -> None:
    assert on("sun 20:00-04:00", local("03-02 03:59"))
    assert not on("sun 20:00-04:00", local("03-02 04:00"))


def test_spans_that_meet_leave_no_gap_and_a_whole_day_is_one() -> None:
    assert on("mon 00:00-24:00; tue 00:00-08:00", local("03-03 00:00"))
    assert on("daily 00:00-24:00", local("03-04 00:00"))


def test_hours_are_the_contacts_own_wherever_the_facility_is() -> None:
    assert on("mon 08:00-09:00", local("03-02 10:30"), zone="America/Denver") is True
    assert on("mon 08:00-09:00", local("03-02 08:30"), zone="America/Denver") is False


def minutes_on(words: str, first: datetime, last: datetime) -> int:
    step = timedelta(minutes=1)
    count = (last - first) // step
    return sum(on(words, first + number * step) for number in range(count))


def test_spring_night_is_an_hour_shorter_and_the_autumn_one_longer() -> None:
    # 2026: 8 March at 07:00 UTC, 1 November at 06:00 UTC.
    night = "sat 22:00-06:00"

    assert minutes_on(night, utc("03-08T02:00"), utc("03-08T13:00")) == 7 * 60
    assert minutes_on(night, utc("11-01T01:00"), utc("11-01T13:00")) == 9 * 60


def test_hour_that_comes_twice_is_on_both_times_without_a_break() -> None:
    handing_over, taking_over = "sat 18:00-01:30", "sun 01:30-09:00"

    for now in ("05:00", "05:29", "05:31", "05:59", "06:00", "06:29"):
        assert on(handing_over, utc(f"11-01T{now}")), now
    assert not on(handing_over, utc("11-01T06:30"))
    # From the first 01:30 on both are: nobody can tell which one was meant.
    assert on(taking_over, utc("11-01T05:30"))
    assert not on(taking_over, utc("11-01T05:29"))


def test_time_that_the_clocks_leave_out_is_the_change_itself() -> None:
    handing_over, taking_over = "sat 18:00-02:30", "sun 02:30-09:00"
    before, change = utc("03-08T06:59"), utc("03-08T07:00")

    assert on(handing_over, before)
    assert not on(handing_over, change)
    assert on(taking_over, change)
    assert not on(taking_over, before)


def test_midnight_that_does_not_exist_begins_the_day_at_the_change() -> None:
    # Chile goes forward from 24:00 on Saturday 5 September 2026 to 01:00.
    change = datetime(2026, 9, 6, 4, tzinfo=UTC)
    sunday = "sun 00:00-08:00"

    assert on(sunday, change, zone="America/Santiago")
    assert not on(sunday, change - timedelta(minutes=1), zone="America/Santiago")


# Quiet.


@pytest.mark.parametrize(
    ("now", "until"),
    [
        pytest.param("03-03 21:59", None, id="before"),
        pytest.param("03-03 22:00", "03-04 06:00", id="at the beginning"),
        pytest.param("03-04 00:00", "03-04 06:00", id="midnight"),
        pytest.param("03-04 05:59", "03-04 06:00", id="the last minute"),
        pytest.param("03-04 06:00", None, id="over"),
    ],
)
def test_quiet_ends_in_the_morning(now: str, until: str | None) -> None:
    assert quiet("22:00-06:00", local(now)) == (None if until is None else local(until))


def test_quiet_at_noon_needs_no_midnight() -> None:
    assert quiet("12:00-13:00", local("03-03 12:30")) == local("03-03 13:00")


def test_quiet_night_with_a_clock_change_ends_by_the_wall_clock() -> None:
    assert quiet("22:00-06:00", utc("03-08T06:00")) == utc("03-08T10:00")
    assert quiet("22:00-06:00", utc("11-01T05:00")) == utc("11-01T11:00")


def test_quiet_that_ends_at_a_time_that_comes_twice_ends_at_the_first() -> None:
    assert quiet("22:00-01:30", utc("11-01T05:00")) == utc("11-01T05:30")
    assert quiet("22:00-01:30", utc("11-01T06:00")) is None


def test_quiet_that_begins_at_a_time_that_comes_twice_begins_at_the_second() -> None:
    assert quiet("01:30-08:00", utc("11-01T05:45")) is None
    assert quiet("01:30-08:00", utc("11-01T06:30")) == utc("11-01T13:00")


def test_quiet_that_ends_at_a_time_left_out_ends_at_the_change() -> None:
    assert quiet("22:00-02:30", utc("03-08T06:59")) == utc("03-08T07:00")


# As written and as kept.


@pytest.mark.parametrize(
    ("words", "again"),
    [
        ("mon-fri 08:00-18:00", "mon-fri 08:00-18:00"),
        ("MON,wed 08:00 - 18:00; Sat 22:00-06:00", "mon,wed 08:00-18:00; sat 22:00-06:00"),
        ("fri-mon 20:00-00:00", "mon,fri,sat,sun 20:00-24:00"),
        ("daily 00:00-24:00", "daily 00:00-24:00"),
        ("mon-sun 06:00-05:00", "daily 06:00-05:00"),
        ('[{"days": ["sat", "sun"], "from": "08:00", "to": "18:00"}]', "sat,sun 08:00-18:00"),
    ],
)
def test_schedule_reads_what_it_writes(words: str, again: str) -> None:
    spans = duty_hours.schedule_from(words)

    assert duty_hours.schedule_text(spans) == again
    assert duty_hours.schedule_from(again) == spans
    assert duty_hours.schedule_from(duty_hours.schedule_json(spans)) == spans


def test_quiet_hours_read_what_they_write() -> None:
    spans = duty_hours.quiet_from("22:00-06:00")

    assert duty_hours.quiet_json(spans) == '{"from": "22:00", "to": "06:00"}'
    assert duty_hours.quiet_from(duty_hours.quiet_json(spans)) == spans
    assert duty_hours.quiet_text(spans) == "22:00-06:00"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "write days and times"),
        ("mon-fri", "write days and times"),
        ("mon 8-18", "write a time of day"),
        ("mon 08:00-25:00", "write a time of day"),
        ("mon 24:00-08:00", "begin at 00:00 of the next day"),
        ("mon 08:00-08:00", "write a whole day as 00:00-24:00"),
        ("montag 08:00-18:00", "use mon, tue"),
        ("mon-xyz 08:00-18:00", "use mon, tue"),
        ("[]", "write 1 to 50 spans"),
        ("; ".join(["mon 08:00-18:00"] * 51), "write 1 to 50 spans"),
        ("[1]", "give days, from and to"),
        ('[{"days": [], "from": "08:00", "to": "18:00"}]', "list days of mon"),
        ('[{"days": "mon", "from": "08:00", "to": "18:00"}]', "list days of mon"),
        ('[{"days": [["mon"]], "from": "08:00", "to": "18:00"}]', "list days of mon"),
        ('[{"days": ["mon"], "from": 8, "to": "18:00"}]', "write a time of day"),
        ('[{"days": ["mon"], "to": "18:00"}]', "give days, from and to"),
        ("[", "write JSON that can be read"),
        ("[" * 100_000, "write JSON that can be read"),
    ],
)
def test_schedule_that_cannot_be_meant_is_refused_by_its_field(words: str, said: str) -> None:
    with pytest.raises(InvalidHoldError, match=said) as refused:
        duty_hours.schedule_from(words)

    assert refused.value.field == "schedule"
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "write a time of day"),
        ("22:00", "write a time of day"),
        ("00:00-24:00", "leave some hours"),
        ("22:00-22:00", "write a whole day"),
        ('{"from": "22:00"}', "give from and to"),
        ("{", "write JSON that can be read"),
    ],
)
def test_quiet_hours_that_cannot_be_meant_are_refused(words: str, said: str) -> None:
    with pytest.raises(InvalidHoldError, match=said) as refused:
        duty_hours.quiet_from(words)

    assert refused.value.field == "quiet_hours"


def changes(words: str, since: datetime, until: datetime) -> list[datetime]:
    hours = Hours(ZONE, duty_hours.schedule_from(words))
    return sorted(duty_hours.changes(hours, since, until))


def test_changes_are_the_instants_at_which_duty_may_change_across_a_clock_change() -> None:
    """The night in which the clocks go forward is an hour shorter."""
    since = local("03-07 12:00")

    found = changes("sat 18:00-06:00", since, since + timedelta(days=7))

    assert found == [utc("03-07 23:00"), utc("03-08 10:00")]


def test_changes_at_the_bounds_are_left_out() -> None:
    assert changes("mon 08:00-18:00", local("03-02 08:00"), local("03-02 18:00")) == []
