"""The two ends of a stretch of time, as they are typed into a filter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scheduler.errors import InvalidHoldError
from web import spans
from web.voice import ENGLISH, Manner, Voice

ZONE = "America/New_York"


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        pytest.param("2026-03-02", utc(2, 5), utc(3, 5), id="a day"),
        pytest.param("2026-03-02 18:00", utc(2, 23), utc(2, 23, 1), id="a minute"),
        pytest.param(" 2026-03-02T8:05 ", utc(2, 13, 5), utc(2, 13, 6), id="as machines write"),
        pytest.param("2026-03-08", utc(8, 5), utc(9, 4), id="a day of 23 hours"),
        pytest.param(
            "2026-11-01 01:30", utc(1, 5, 30, 11), utc(1, 6, 31, 11), id="a time that comes twice"
        ),
        pytest.param("  ", None, None, id="nothing"),
    ],
)
def test_both_ends_are_inside_and_the_longer_reading_is_taken(
    text: str, begins: datetime | None, ends: datetime | None
) -> None:
    assert spans.begins(text, ZONE, ENGLISH) == begins
    assert spans.ends(text, ZONE, ENGLISH) == ends


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("02.03.2026", "02.03.2026 is not a day, nor a day and a time."),
        ("2026-02-30", "There is no day 2026-02-30."),
        ("2026-03-02 25:40", "25:40 is not a time of day."),
        ("1889-03-02", "1889-03-02 is out of reach. Years go from 1990 to 2100."),
        ("<b>{typed}</b>", "<b>{typed}</b> is not a day"),
    ],
)
def test_what_is_no_day_is_refused_with_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(InvalidHoldError) as refused:
        spans.begins(text, ZONE, ENGLISH)

    assert str(refused.value).startswith(told)


def test_refusal_is_in_the_readers_language() -> None:
    with pytest.raises(InvalidHoldError) as refused:
        spans.ends("ayer", ZONE, Voice(Manner("es")))

    assert str(refused.value).startswith("ayer no es un día")
