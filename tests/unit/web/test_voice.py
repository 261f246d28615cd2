"""Times and sentences as a reader is told them: language, hours, own zone, edges of a countdown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler import sentences
from web import languages
from web.voice import FORMS, Manner, Voice

ZONE = "America/New_York"
EVENING = datetime(2026, 11, 27, 23, 0, 59, tzinfo=UTC)
"""Friday 18:00:59 in New York."""
MIDNIGHT = datetime(2026, 12, 2, 5, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def voice(language: str = "en", *, twelve_hour: bool = False) -> Voice:
    return Voice(Manner(language, twelve_hour))


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("manner", "told"),
    [
        pytest.param(Manner(), "Fri 27 Nov 18:00 EST", id="English"),
        pytest.param(Manner("es"), "vie 27 nov 18:00 EST", id="Spanish"),
        pytest.param(Manner(twelve_hour=True), "Fri 27 Nov 6:00 PM EST", id="12 hours"),
        pytest.param(Manner("es", twelve_hour=True), "vie 27 nov 6:00 p. m. EST", id="both"),
        pytest.param(
            Manner(timezone="America/Chicago"),
            "Fri 27 Nov 18:00 EST (17:00 CST)",
            id="a reader elsewhere",
        ),
        pytest.param(
            Manner(timezone="Asia/Tokyo"),
            "Fri 27 Nov 18:00 EST (Sat 28 Nov 08:00 JST)",
            id="another day there",
        ),
        pytest.param(
            Manner(timezone="America/Toronto"), "Fri 27 Nov 18:00 EST", id="the same time there"
        ),
    ],
)
def test_instant_is_told_in_the_jails_time_in_the_readers_manner(manner: Manner, told: str) -> None:
    assert Voice(manner).when(EVENING, ZONE) == told


@pytest.mark.parametrize(
    ("manner", "told"),
    [
        (Manner(), "Wed 2 Dec 00:00 EST (the midnight between Tue 1 Dec and Wed 2 Dec)"),
        (Manner("es"), "mié 2 dic 00:00 EST (la medianoche entre el mar 1 dic y el mié 2 dic)"),
        (
            Manner(twelve_hour=True),
            "Wed 2 Dec 12:00 AM EST (the midnight between Tue 1 Dec and Wed 2 Dec)",
        ),
    ],
)
def test_midnight_says_which(manner: Manner, told: str) -> None:
    assert Voice(manner).when(MIDNIGHT, ZONE) == told


@pytest.mark.parametrize(
    ("hour", "told"), [(0, "12:00 AM"), (1, "1:00 AM"), (12, "12:00 PM"), (13, "1:00 PM")]
)
def test_twelve_hours_begin_at_twelve(hour: int, told: str) -> None:
    local = datetime(2026, 1, 5, hour, tzinfo=UTC)

    assert voice(twelve_hour=True).time_of_day(local) == f"{told} UTC"


@pytest.mark.parametrize(
    ("left", "english", "spanish"),
    [
        pytest.param(72 * HOUR, "3 d left", "quedan 3 d", id="72 h are days"),
        pytest.param(
            72 * HOUR - MINUTE / 60, "71 h 59 min left", "quedan 71 h 59 min", id="just below"
        ),
        pytest.param(86 * HOUR, "3 d 14 h left", "quedan 3 d 14 h", id="days and hours"),
        pytest.param(
            4 * HOUR + 12.9 * MINUTE, "4 h 12 min left", "quedan 4 h 12 min", id="rounded down"
        ),
        pytest.param(38 * MINUTE, "38 min left", "quedan 38 min", id="minutes alone"),
        pytest.param(MINUTE, "1 min left", "quedan 1 min", id="one minute"),
        pytest.param(
            MINUTE - MINUTE / 60, "under 1 min left", "quedan menos de 1 min", id="below it"
        ),
        pytest.param(0 * MINUTE, "EXPIRED 0 h 00 min ago", "VENCIDA hace 0 h 00 min", id="over"),
        pytest.param(
            -7.9 * MINUTE, "EXPIRED 0 h 07 min ago", "VENCIDA hace 0 h 07 min", id="past it"
        ),
    ],
)
def test_countdown_is_in_whole_minutes_rounded_down(
    left: timedelta, english: str, spanish: str
) -> None:
    told = [plain(voice(code).counted("left", EVENING + left, EVENING)) for code in ("en", "es")]

    assert told == [english, spanish]


@pytest.mark.parametrize("code", languages.NAMES)
@pytest.mark.parametrize("form", FORMS.values())
def test_countdown_is_a_whole_sentence_with_one_slot(code: str, form: str) -> None:
    said = voice(code).say(form)

    assert said.count("{t}") == 1
    assert said.count("{") == 1


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "en"),
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("fr, es;q=0.5", "es"),
        ("en;q=0.1, ES;q=0.2", "es"),
        ("es;q=0", "en"),
        ("es;q=much", "en"),
        ("xx" * 5000, "en"),
    ],
)
def test_language_is_the_one_that_the_browser_asks_for_most(header: str | None, code: str) -> None:
    assert languages.wanted(header) == code


def test_number_has_its_form() -> None:
    one, many = "{n} hold is past the limit. The first: {ref}, {left}.", "{n} holds are past"

    told = [voice("es").say_counted(one, many, n, ref="A-1", left="x") for n in (1, 2)]

    assert told == [
        "1 retención superó el límite. La primera: A-1, x.",
        "2 retenciones superaron el límite. La primera: A-1, x.",
    ]


def test_what_is_put_into_a_sentence_for_a_page_is_escaped() -> None:
    said = voice().say_html("Hold {id}, ref {ref}", id="<b>", ref="A&B")

    assert said == "Hold &lt;b&gt;, ref A&amp;B"


def test_event_is_told_in_the_readers_language_hours_and_zone() -> None:
    said = voice("es", twelve_hour=True)
    event = {
        "kind": "clock_corrected",
        "data": {"field": "would_release_at", "old": "", "new": "2026-11-27T23:00:00Z"},
    }

    told = sentences.sentence(
        event, ZONE, say=said.say, tell=lambda instant: said.when(instant, ZONE)
    )

    assert told == (
        "Corrección que movió el reloj: habría salido en libertad, de nada a "
        "vie 27 nov 6:00 p. m. EST."
    )


def test_language_that_is_not_known_is_english() -> None:
    assert languages.language("xx").code == "en"
