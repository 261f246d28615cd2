"""How instants, numbers and telephones look on a page, and where a hold is said to stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.hold import Outcome
from scheduler.store.directory import FacilityRecord
from scheduler.views import HoldView
from tests.unit.domain.builders import Life, at
from web import rendering, voice, words

NBSP = "\N{NO-BREAK SPACE}"
LOOKS = rendering.Looks(voice.ENGLISH)


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def view(life: Life, now: datetime) -> HoldView:
    facility = FacilityRecord(
        "TEST-1", "Oak <jail>", "NC", "America/New_York", life.hold.policy, None, None, ()
    )
    life.wait(now)
    return HoldView(life.hold, life.next_due_at, facility, life.rules, now)


def running(**papers: Any) -> Life:
    return Life(would_release_at=at(0), **papers)


@pytest.mark.parametrize(
    ("now", "look", "big"),
    [
        pytest.param(at(1), "run", "47 h left", id="more than a day"),
        pytest.param(at(24) - timedelta(seconds=1), "run", "24 h left", id="just before 24 h"),
        pytest.param(at(24), "day", "24 h left", id="24 h"),
        pytest.param(at(44), "near", "4 h left", id="4 h"),
        pytest.param(at(47, 59.5), "near", "under 1 min left", id="the last minute"),
        pytest.param(at(48), "stop", "EXPIRED 0 h 00 min ago", id="at the deadline"),
        pytest.param(at(48, 7), "stop", "EXPIRED 0 h 07 min ago", id="past it"),
    ],
)
def test_time_left_decides_the_look(now: datetime, look: str, big: str) -> None:
    said = words.lead(view(running(), now))

    assert (said.look, plain(said.big)) == (look, big)


def test_earlier_ceiling_comes_first_and_once_passed_is_never_worded_as_expiry() -> None:
    life = Life("8-cfr-287.7d", lodged_at=at(72), would_release_at=at(72), now=at(72))

    before = words.lead(view(life, at(100)))
    after = words.lead(view(life, at(121)))
    last = words.lead(view(life, at(164)))

    assert plain(before.big) == "20 h to ceiling"
    assert [limit.name for limit in before.limits] == ["Ceiling: plan to this", "Deadline"]
    assert (after.look, plain(after.big)) == ("ceil", "46 h to deadline")
    assert after.limits[1] == words.Limit("CEILING PASSED", at(120))
    assert (last.look, plain(last.big)) == ("near", "3 h to deadline")


def test_clock_that_has_not_started_shows_no_limit_and_a_forecast_as_one() -> None:
    bare = words.lead(view(Life(), at(1)))
    forecast = words.lead(view(Life(expected_release_at=at(9)), at(1)))
    no_clock = words.lead(view(Life("no-hold"), at(1)))

    assert (bare.look, bare.big, bare.limits) == ("lodged", "Clock not started", ())
    assert forecast.limits == (words.Limit("Release expected", at(9)),)
    assert forecast.also == ("A forecast, not a deadline: it is confirmed when it comes.",)
    assert no_clock.big == "No clock"


def test_lapsed_is_no_alarm() -> None:
    life = Life("nc-162-62-2024")

    said = words.lead(view(life, at(60)))

    assert (said.look, said.big, said.also) == ("lapsed", "LAPSED", ("Local custody goes on.",))


def test_closed_hold_says_how_it_ended_and_how_late() -> None:
    in_time, late = running(), running()
    in_time.end(Outcome.TRANSFERRED, at(3))
    late.wait(at(48))
    late.end(Outcome.RELEASED, at(50, 26))

    said = words.lead(view(in_time, at(60)))
    said_late = words.lead(view(late, at(60)))

    assert (said.look, said.big, said.also) == ("done", "Transferred", ())
    assert said_late.big == "Released"
    assert [plain(each) for each in said_late.also] == ["2 h 26 min after the deadline."]


def test_running_clock_says_what_it_lacks() -> None:
    bare = running()
    served = running(served_at=at(0), warrant_received_at=at(0))

    assert [lack.text for lack in words.missing(view(bare, at(1)))] == [
        "NO AUTHORITY ON RECORD: NOT SERVED, NO WARRANT"
    ]
    assert list(words.missing(view(served, at(1)))) == []
    assert list(words.missing(view(Life(), at(1)))) == []


def test_clock_from_an_unconfirmed_forecast_says_so() -> None:
    life = Life(expected_release_at=at(2), served_at=at(0), warrant_received_at=at(0))

    assert [lack.text for lack in words.missing(view(life, at(3)))] == [words.ASSUMED]


def test_every_outcome_has_its_words() -> None:
    assert {status.value for status in words.OUTCOMES} == set(Outcome)


def test_instant_is_told_in_jail_time_for_people_and_with_its_offset_for_machines() -> None:
    told = LOOKS.told(at(0), view(Life(), at(0)))

    assert told == '<time datetime="2026-03-02T09:00:00-05:00">Mon 2 Mar 09:00 EST</time>'


def test_midnight_says_which_and_may_wrap_there() -> None:
    told = LOOKS.told(at(15), view(Life(), at(0)))

    assert told.endswith(
        "Tue 3 Mar 00:00 EST</time> (the midnight between Mon 2 Mar and Tue 3 Mar)"
    )


def test_number_never_parts_from_its_unit() -> None:
    assert voice.kept_together("3 h 11 min left") == f"3{NBSP}h{NBSP}11{NBSP}min left"
    assert voice.kept_together("3 d 14 h left") == f"3{NBSP}d{NBSP}14{NBSP}h left"
    assert voice.kept_together("LAPSED") == "LAPSED"


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        ("+1 919 555 0142", "+19195550142"),
        ("(919) 555-0142", "9195550142"),
        ("555-0142 ext. 3", "5550142,3"),
        ("javascript:alert(1)", "1"),
    ],
)
def test_telephone_link_holds_what_a_telephone_takes(phone: str, dialled: str) -> None:
    assert rendering.dialled(phone) == dialled


def test_whatever_is_put_into_a_page_is_escaped() -> None:
    said = words.lead(view(Life(), at(1)))

    page = rendering.Pages().page(
        "closed.html",
        {"view": view(Life(), at(1)), "lead": said, "lacks": [], "refused": "<script>x</script>"},
    )

    assert b"<script>" not in page.body
    assert b"Oak &lt;jail&gt;" in page.body


def test_own_time_follows_in_brackets_and_is_left_out_on_paper() -> None:
    looks = rendering.Looks(voice.Voice(voice.Manner(timezone="America/Chicago")))
    instant = datetime.fromisoformat("2026-11-27T23:00:00+00:00")

    told, alone = (looks.told(instant, "America/New_York", own=own) for own in (True, False))

    assert told == (
        '<time datetime="2026-11-27T18:00:00-05:00">Fri 27 Nov 18:00 EST</time>'
        ' <span class="own noprint">(17:00 CST)</span>'
    )
    assert alone == '<time datetime="2026-11-27T18:00:00-05:00">Fri 27 Nov 18:00 EST</time>'
