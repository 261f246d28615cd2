"""What a recipient types about their arrival."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.errors import InvalidHoldError
from web import arrival
from web.arrival import Said, Typed

ZONE = "America/New_York"
NOW = datetime(2026, 11, 27, 8, 12, 8, tzinfo=UTC)
"""Friday 03:12:08 EST."""


def utc(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("06:30", utc(27, 11, 30), id="later today"),
        pytest.param("6:30", utc(27, 11, 30), id="without the zero"),
        pytest.param("0630", utc(27, 11, 30), id="without the colon"),
        pytest.param("630", utc(27, 11, 30), id="three figures"),
        pytest.param(" 06:30 ", utc(27, 11, 30), id="blanks around"),
        pytest.param("6:30 am", utc(27, 11, 30), id="am"),
        pytest.param("6:30PM", utc(27, 23, 30), id="pm, written together"),
        pytest.param("6 p.m.", utc(27, 23), id="pm with dots, no minutes"),
        pytest.param("12:15 am", utc(28, 5, 15), id="quarter past midnight"),
        pytest.param("12 pm", utc(27, 17), id="noon"),
        pytest.param("03:12", utc(27, 8, 12), id="this very minute"),
        pytest.param("03:11", utc(28, 8, 11), id="a minute ago is tomorrow"),
        pytest.param("00:00", utc(28, 5), id="the coming midnight"),
        pytest.param("06:30 est", utc(27, 11, 30), id="with the zone's letters"),
        pytest.param("Sat 06:30", utc(28, 11, 30), id="another day"),
        pytest.param("sunday, 6:30 pm", utc(29, 23, 30), id="a day in full"),
        pytest.param("Fri 06:30", utc(27, 11, 30), id="today by its name"),
        pytest.param("Fri 03:00", utc(4, 8, month=12), id="today's name, the time gone: next week"),
    ],
)
def test_time_of_day_is_the_next_one_to_come_at_the_jail(text: str, meant: datetime) -> None:
    assert arrival.read_time(text, ZONE, NOW) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "25:40",
            "25:40 is not a time of day. Hours go from 00 to 23, minutes from 00 to 59.",
            id="hour",
        ),
        pytest.param("06:75", "Hours go from 00 to 23, minutes from 00 to 59.", id="minute"),
        pytest.param("13:30 pm", "With AM or PM, hours go to 12.", id="13 pm"),
        pytest.param("0:30 am", "With AM or PM, hours go to 12.", id="0 am"),
        pytest.param("soon", "soon is not a time of day: write it as 06:30 or 6:30 PM", id="word"),
        pytest.param("6", "6 is not a time of day: write it as 06:30", id="bare hour"),
        pytest.param("Xyz 06:30", "names no day of the week", id="no weekday"),
        pytest.param("06:30 PST", "the jail's clock shows EST then. Type jail time.", id="zone"),
        pytest.param("٠٦:٣٠", "is not a time of day", id="other figures"),
        pytest.param("x" * 500, "x…", id="cut"),
    ],
)
def test_what_is_no_time_is_refused_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(InvalidHoldError) as refused:
        arrival.read_time(text, ZONE, NOW)

    assert said in str(refused.value)
    assert refused.value.field == "at"
    assert len(str(refused.value)) < 200


def test_time_in_the_spring_gap_is_refused() -> None:
    eve = datetime(2027, 3, 14, 4, tzinfo=UTC)

    with pytest.raises(InvalidHoldError) as refused:
        arrival.read_time("02:30", ZONE, eve)

    assert str(refused.value) == (
        "Clocks go from 02:00 to 03:00 on Sun 14 Mar 2027, so 02:30 does not exist. "
        "Enter a time before 02:00 or from 03:00."
    )


def test_time_that_comes_twice_is_refused_with_both_readings_and_taken_with_letters() -> None:
    eve = datetime(2026, 11, 1, 3, tzinfo=UTC)

    with pytest.raises(InvalidHoldError) as refused:
        arrival.read_time("01:30", ZONE, eve)

    told = "01:30 comes twice on Sun 1 Nov 2026. Choose 01:30 EDT or 01:30 EST."
    assert str(refused.value) == told
    assert arrival.read_time("01:30 EDT", ZONE, eve) == utc(1, 5, 30)
    assert arrival.read_time("01:30 EST", ZONE, eve) == utc(1, 6, 30)


def test_of_a_time_that_comes_twice_the_reading_still_ahead_is_meant() -> None:
    between = utc(1, 5, 45)  # 01:45 EDT

    assert arrival.read_time("01:30", ZONE, between) == utc(1, 6, 30)


# The whole form.


def test_nothing_chosen_is_an_answer_without_a_time() -> None:
    assert arrival.read(Typed(), ZONE, NOW) == Said(None, is_coming=True, note=None)


def test_choice_promises_the_minute_that_was_shown_not_one_from_the_press() -> None:
    typed = Typed("1h", as_of="2026-11-27T08:12:08Z", note="  two agents ")

    said = arrival.read(typed, ZONE, NOW + timedelta(minutes=20))

    assert said == Said(utc(27, 9, 12), is_coming=True, note="two agents")


def test_choice_that_has_passed_meanwhile_is_refused() -> None:
    typed = Typed("1h", as_of="2026-11-27T08:12:08Z")

    with pytest.raises(InvalidHoldError) as refused:
        arrival.read(typed, ZONE, NOW + timedelta(minutes=61))

    told = "04:12 EST has passed; it is 04:13 EST now. Choose again."
    assert (str(refused.value), refused.value.field) == (told, "choice")


@pytest.mark.parametrize(
    "as_of",
    ["", "yesterday", "2026-11-27T09:00:00Z", "2026-11-20T08:12:08Z", "0001-01-01T00:00:00+23:59"],
)
def test_choice_counts_from_now_where_the_form_does_not_say_or_cannot_be_right(as_of: str) -> None:
    assert arrival.read(Typed("2h", as_of=as_of), ZONE, NOW).arrival_at == utc(27, 10, 12)


def test_time_typed_without_a_choice_is_meant() -> None:
    assert arrival.read(Typed(at="06:30"), ZONE, NOW).arrival_at == utc(27, 11, 30)


def test_other_time_that_was_not_typed_is_asked_for() -> None:
    with pytest.raises(InvalidHoldError, match="No time was typed") as refused:
        arrival.read(Typed(arrival.OTHER, at="  "), ZONE, NOW)

    assert refused.value.field == "at"


@pytest.mark.parametrize("choice", ["1h", "2h", "cannot"])
def test_choice_and_another_time_contradict_each_other(choice: str) -> None:
    with pytest.raises(InvalidHoldError, match="typed as well"):
        arrival.read(Typed(choice, at="06:30"), ZONE, NOW)


def test_whoever_cannot_come_says_so_and_no_time() -> None:
    said = arrival.read(Typed(arrival.CANNOT, note="in court"), ZONE, NOW)

    assert said == Said(None, is_coming=False, note="in court")


def test_choice_that_was_not_offered_is_refused() -> None:
    with pytest.raises(InvalidHoldError, match="is not one of the answers"):
        arrival.read(Typed("9h"), ZONE, NOW)


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        pytest.param(utc(27, 9, 12), "04:12 EST", id="today"),
        pytest.param(utc(28, 5, 12), "Sat 28 Nov 00:12 EST", id="tomorrow"),
    ],
)
def test_instant_is_told_with_its_day_where_that_is_not_todays(
    instant: datetime, told: str
) -> None:
    assert arrival.told(instant, ZONE, NOW) == told
