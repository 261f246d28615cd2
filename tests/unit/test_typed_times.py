"""Times as a desk types them: each is read in one way, or refused with what is allowed."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain import instants
from scheduler.domain.speech import Speech, spoken
from scheduler.typed_times import Reader, TypedTimeError
from tests.support import oracle

ZONE = "America/New_York"
NOW = datetime(2026, 11, 27, 8, 12, 8, tzinfo=UTC)
"""Fri 27 Nov 2026 03:12:08 EST."""


def read(text: str, *, now: datetime = NOW, ahead: bool = False, fold: str = "refuse") -> datetime:
    assert fold in {"earlier", "refuse"}
    which: instants.Fold = "earlier" if fold == "earlier" else "refuse"
    return Reader(ZONE, now).read(text, "at", fold=which, ahead=ahead).at


def est(text: str) -> datetime:
    return oracle.utc(f"{text}-05:00")


def edt(text: str) -> datetime:
    return oracle.utc(f"{text}-04:00")


# What has happened.


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("now", NOW, id="now"),
        pytest.param("Ahora", NOW, id="now in Spanish"),
        pytest.param("-20m", NOW - timedelta(minutes=20), id="minutes ago"),
        pytest.param("- 20 min", NOW - timedelta(minutes=20), id="with blanks"),
        pytest.param("\N{MINUS SIGN}20m", NOW - timedelta(minutes=20), id="minus sign"),
        pytest.param("-2h", NOW - timedelta(hours=2), id="hours ago"),
        pytest.param("-1h 30m", NOW - timedelta(minutes=90), id="hours and minutes"),
        pytest.param("01:40", est("2026-11-27T01:40"), id="today"),
        pytest.param("0140", est("2026-11-27T01:40"), id="without a colon"),
        pytest.param("1:40 am", est("2026-11-27T01:40"), id="AM"),
        pytest.param("today 00:05", est("2026-11-27T00:05"), id="today by its name"),
        pytest.param("17:40", est("2026-11-27T17:40"), id="later today, and not of yesterday"),
        pytest.param("yesterday 17:40", est("2026-11-26T17:40"), id="yesterday"),
        pytest.param("ayer 5:40 p.m.", est("2026-11-26T17:40"), id="yesterday in Spanish"),
        pytest.param("Fri 01:00", est("2026-11-27T01:00"), id="today by its weekday"),
        pytest.param("Thursday 17:40", est("2026-11-26T17:40"), id="weekday in full"),
        pytest.param("Sat 17:40", est("2026-11-21T17:40"), id="the last Saturday"),
        pytest.param("sáb 17:40", est("2026-11-21T17:40"), id="weekday in Spanish"),
        pytest.param("26 Nov 17:40", est("2026-11-26T17:40"), id="date"),
        pytest.param("Nov 26, 17:40", est("2026-11-26T17:40"), id="month first"),
        pytest.param("26 de noviembre 17:40", est("2026-11-26T17:40"), id="date in Spanish"),
        pytest.param("31 Dec 23:50", est("2026-12-31T23:50"), id="nearest: this year"),
        pytest.param("2 Jul 09:00", edt("2026-07-02T09:00"), id="summer time"),
        pytest.param("29 Feb 12:00", est("2028-02-29T12:00"), id="leap day, the nearest"),
        pytest.param("2026-11-26 17:40", est("2026-11-26T17:40"), id="figures"),
        pytest.param("2026-11-26T17:40:30", est("2026-11-26T17:40:30"), id="as machines write"),
        pytest.param("2026-11-26T22:40:00Z", est("2026-11-26T17:40"), id="with an offset"),
        pytest.param("17:40 EST", est("2026-11-27T17:40"), id="with the zone's letters"),
        pytest.param("Fri 27 Nov 2026 01:00 EST", est("2026-11-27T01:00"), id="as it is shown"),
        pytest.param("vie 27 nov 2026 01:00 EST", est("2026-11-27T01:00"), id="as shown in Spanish"),
    ],
)  # fmt: skip
def test_time_of_a_fact_is_read(text: str, meant: datetime) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    ("now", "text", "meant"),
    [
        ("2027-01-01T00:10", "31 Dec 23:50", "2026-12-31T23:50"),
        ("2026-12-31T23:50", "1 Jan 00:10", "2027-01-01T00:10"),
        ("2027-01-01T00:10", "yesterday 23:50", "2026-12-31T23:50"),
        ("2027-01-01T00:10", "Thu 23:50", "2026-12-31T23:50"),
        ("2027-01-01T00:10", "-20m", "2026-12-31T23:50"),
    ],
)
def test_date_without_its_year_is_the_nearest_across_a_new_year(
    now: str, text: str, meant: str
) -> None:
    assert read(text, now=est(now)) == est(meant)


# What is still to come.


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("09:00", est("2026-11-27T09:00"), id="today"),
        pytest.param("01:00", est("2026-11-28T01:00"), id="the next one to come"),
        pytest.param("today 01:00", est("2026-11-27T01:00"), id="today's, though it has passed"),
        pytest.param("tomorrow 09:00", est("2026-11-28T09:00"), id="tomorrow"),
        pytest.param("mañana 09:00", est("2026-11-28T09:00"), id="tomorrow in Spanish"),
        pytest.param("+90m", NOW + timedelta(minutes=90), id="from now"),
        pytest.param("Sat 06:30", est("2026-11-28T06:30"), id="weekday to come"),
        pytest.param("Fri 01:00", est("2026-12-04T01:00"), id="today's name, the time gone"),
        pytest.param("2 Jan 09:00", est("2027-01-02T09:00"), id="date of next year"),
        pytest.param("15 Aug 09:00", edt("2027-08-15T09:00"), id="date that is nearer in the past"),
        pytest.param("27 Nov 01:00", est("2026-11-27T01:00"), id="date of today stays today"),
    ],
)
def test_time_to_come_is_the_next(text: str, meant: datetime) -> None:
    assert read(text, ahead=True) == meant


# Clock changes.

SPRING_EVE = datetime(2027, 3, 14, 15, tzinfo=UTC)
AUTUMN_DAY = datetime(2026, 11, 1, 17, tzinfo=UTC)
GAP = (
    "Clocks go from 02:00 to 03:00 on Sun 14 Mar 2027, so 02:30 does not exist. "
    "Enter a time before 02:00 or from 03:00."
)


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize(
    "text", ["14 Mar 2027 02:30", "2027-03-14 02:30", "today 02:30", "14 Mar 2:30 am"]
)
def test_time_in_the_spring_gap_is_refused_and_the_gap_named(text: str, ahead: bool) -> None:
    with pytest.raises(TypedTimeError) as refused:
        read(text, now=SPRING_EVE, ahead=ahead)

    assert str(refused.value) == GAP


@pytest.mark.parametrize(
    ("text", "meant"),
    [("today 01:59", est("2027-03-14T01:59")), ("today 03:00", edt("2027-03-14T03:00"))],
)
def test_time_beside_the_spring_gap_is_read(text: str, meant: datetime) -> None:
    assert read(text, now=SPRING_EVE) == meant


@pytest.mark.parametrize("text", ["01:30", "Sun 01:30", "1 Nov 01:30", "2026-11-01 01:30"])
def test_fact_in_the_autumn_fold_is_refused_with_both_readings(text: str) -> None:
    with pytest.raises(TypedTimeError) as refused:
        read(text, now=AUTUMN_DAY)

    told = "01:30 comes twice on Sun 1 Nov 2026. Choose 01:30 EDT or 01:30 EST."
    assert str(refused.value) == told


@pytest.mark.parametrize("text", ["01:30", "1 Nov 1:30 am", "2026-11-01T01:30"])
def test_start_in_the_autumn_fold_is_the_first_and_says_so(text: str) -> None:
    typed = Reader(ZONE, AUTUMN_DAY).read(text, "at", fold="earlier")

    assert typed.at == edt("2026-11-01T01:30")
    assert typed.note is not None
    assert spoken(typed.note) == (
        "01:30 comes twice on Sun 1 Nov 2026. We take the first, 01:30 EDT: the safer reading."
    )


@pytest.mark.parametrize("fold", ["earlier", "refuse"])
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("01:30 EDT", edt("2026-11-01T01:30")),
        ("01:30 est", est("2026-11-01T01:30")),
        ("00:59", edt("2026-11-01T00:59")),
        ("02:00", est("2026-11-01T02:00")),
    ],
)
def test_letters_say_which_of_two_is_meant_and_beside_the_fold_none_are_needed(
    text: str, meant: datetime, fold: str
) -> None:
    assert read(text, now=AUTUMN_DAY, fold=fold) == meant


def test_of_a_facts_two_readings_one_that_has_not_come_is_not_meant() -> None:
    between = edt("2026-11-01T01:45")

    assert read("01:30", now=between) == edt("2026-11-01T01:30")
    assert read("01:30", now=between, ahead=True) == est("2026-11-01T01:30")


# What is no time.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "yesterday 25:40",
            "25:40 is not a time of day. Hours go from 00 to 23, minutes from 00 to 59.",
            id="hour",
        ),
        pytest.param("17:75", "17:75 is not a time of day. Hours go", id="minute"),
        pytest.param("24:00", "24:00 is not a time of day. Hours go", id="24"),
        pytest.param("13:30 pm", "13:30 pm is not a time of day. With AM or PM", id="13 pm"),
        pytest.param("soon", "soon is not a time of day: write it as", id="word"),
        pytest.param("17", "17 is not a time of day: write it as", id="bare hour"),
        pytest.param("27 Nov", "27 Nov is not a time of day: write it as", id="no time"),
        pytest.param("27 Foo 17:40", "is not a time of day: write it as", id="no month"),
        pytest.param("30 Feb 17:40", "30 Feb 17:40 is not a date", id="no such day"),
        pytest.param("2026-13-01 17:40", "is not a date", id="no such month"),
        pytest.param("27 Nov 1926 17:40", "use a year from 1990 to 2100", id="year"),
        pytest.param("Xyz 17:40", "names no day of the week", id="no weekday"),
        pytest.param("Thu 27 Nov 17:40", "Fri 27 Nov 2026 is the date, but thu", id="other day"),
        pytest.param("17:40 PST", "the jail's clock shows EST then", id="zone"),
        pytest.param("11/27 17:40", "is not a time of day: write it as", id="numeric date"),
        pytest.param("٠٦:٣٠", "is not a time of day", id="other figures"),
        pytest.param("2026-11-27T25:00:00Z", "is not a time of day", id="exact, but none"),
        pytest.param("-20", "is not a time of day", id="relative without a unit"),
        pytest.param("x" * 500, "x…", id="cut"),
    ],
)
def test_what_is_no_time_is_refused_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(TypedTimeError) as refused:
        read(text)

    assert said in str(refused.value)
    assert refused.value.field == "at"
    assert len(str(refused.value)) < 200


def test_refusal_is_said_in_another_manner() -> None:
    with pytest.raises(TypedTimeError) as refused:
        read("02:30", now=SPRING_EVE)

    assert refused.value.phrase is not None
    said = spoken(refused.value.phrase, Speech(tell_day=lambda day: f"<{day}>"))
    assert said.startswith("Clocks go from 02:00 to 03:00 on <2027-03-14>")


@given(
    st.datetimes(
        min_value=datetime(2000, 1, 2),  # noqa: DTZ001 - hypothesis takes naive bounds
        max_value=datetime(2090, 12, 30),  # noqa: DTZ001 - the same
        timezones=st.just(UTC),
    ),
    st.sampled_from(oracle.US_ZONES),
)
def test_reading_as_it_is_shown_back_is_read_as_itself(at: datetime, zone: str) -> None:
    minute = at.replace(second=0, microsecond=0)
    shown = instants.local_text(minute, zone, year=True, midnight=False)

    assert Reader(zone, NOW).read(shown, "at", fold="refuse").at == minute


@given(st.text(max_size=30), st.booleans())
def test_whatever_is_typed_is_read_or_refused(text: str, ahead: bool) -> None:
    with contextlib.suppress(TypedTimeError):
        assert read(text, ahead=ahead).tzinfo is UTC
