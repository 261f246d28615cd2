"""The times of a form: told back in full, and checked against now, in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from web.typed import Kind, Times
from web.voice import Manner, voice

ZONE = "America/New_York"
NOW = datetime(2026, 11, 27, 8, 12, 8, tzinfo=UTC)
"""Fri 27 Nov 2026 03:12:08 EST."""


def times(language: str = "en", *, now: datetime = NOW) -> Times:
    return Times(ZONE, now, voice(Manner(language)))


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (Kind.FACT, "now", "Fri 27 Nov 2026 03:12 EST, now"),
        (Kind.FACT, "-20m", "Fri 27 Nov 2026 02:52 EST, 20 min ago"),
        (Kind.START, "yesterday 23:12", "Thu 26 Nov 2026 23:12 EST, 4 h ago"),
        (
            Kind.FORECAST,
            "09:00",
            "Fri 27 Nov 2026 09:00 EST, in 5 h 47 min. A forecast: you are asked to confirm it then.",
        ),
        (
            Kind.RELEASE,
            "09:00",
            (
                "Fri 27 Nov 2026 09:00 EST, in 5 h 47 min. That lies ahead, so it is kept as the "
                "expected release."
            ),
        ),
        (
            Kind.FORECAST,
            "today 03:00",
            (
                "Fri 27 Nov 2026 03:00 EST, 12 min ago. That has passed. If it happened, enter it as a "
                "fact."
            ),
        ),
        (Kind.ARRIVAL, "06:30", "Fri 27 Nov 2026 06:30 EST, in 3 h 17 min"),
    ],
)
def test_time_is_told_back_in_full(kind: Kind, text: str, told: str) -> None:
    read = times()

    assert read.read("at", text, kind) is not None
    assert read.echoes["at"].replace("\N{NO-BREAK SPACE}", " ") == told
    assert read.problems == {}


def test_fact_still_to_come_is_refused_at_its_field() -> None:
    read = times()

    read.read("served_at", "17:40", Kind.FACT)

    told = "Fri 27 Nov 2026 17:40 EST lies ahead. A fact cannot lie more than 2 min ahead."
    assert read.problems == {"served_at": told}


@pytest.mark.parametrize(("text", "asks"), [("24 Nov 03:12", True), ("24 Nov 03:13", False)])
def test_fact_far_back_asks_why_once_no_reason_was_given(text: str, asks: bool) -> None:
    read, explained = times(), times()
    for each in (read, explained):
        each.read("at", text, Kind.FACT)

    read.ask_why(" ")
    explained.ask_why("The fax came late.")

    told = {"reason": "More than 72 h back: say why. The reason stays on the record."}
    assert read.problems == (told if asks else {})
    assert explained.problems == {}


def test_forecast_far_ahead_asks_for_no_reason() -> None:
    read = times()

    read.read("expected_release_at", "2027-03-01 09:00", Kind.FORECAST)
    read.ask_why("")

    assert read.problems == {}


def test_start_in_the_autumn_fold_is_told_as_the_first_and_another_fact_is_asked() -> None:
    read = times(now=datetime(2026, 11, 1, 17, tzinfo=UTC))

    read.read("lodged_at", "01:30", Kind.START)
    read.read("served_at", "01:30", Kind.FACT)

    assert "We take the first, 01:30 EDT: the safer reading." in read.echoes["lodged_at"]
    assert read.problems["served_at"].endswith("Choose 01:30 EDT or 01:30 EST.")


def test_refusals_are_said_in_the_readers_language() -> None:
    read = times("es")

    read.read("at", "14 mar 2027 02:30", Kind.FORECAST)

    assert read.problems["at"].startswith("Los relojes pasan de 02:00 a 03:00 el dom 14 mar 2027")


def test_what_is_blank_is_nothing() -> None:
    read = times()

    assert read.text("at", "  ", Kind.FACT) == ""
    assert (read.echoes, read.problems) == ({}, {})
