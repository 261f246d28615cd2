"""The roster and the hand-over, from a real database, and both ways to write a paper."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from scheduler.domain.hold import Outcome
from scheduler.errors import (
    HoldNotFoundError,
    InvalidHoldError,
    PermanentDeliveryError,
)
from scheduler.papers import document
from tests.support.house import OPERATOR, Premises
from tests.support.printed import START, papers, rows, run_for, section

# --- Roster -----------------------------------------------------------------------


def test_roster_goes_by_the_next_limit_with_what_is_past_between_double_rules(
    premises: Premises,
) -> None:
    premises.register("OVER", would_release_at=START)
    premises.tick(hours=49)
    premises.register("EXPECTED", expected_release_at="2026-03-08T09:00")
    premises.register("UNKNOWN")
    premises.register("LATER", would_release_at="2026-03-04T09:30")
    premises.register("SOONER", would_release_at="2026-03-03T09:00")
    closed = premises.register("CLOSED").hold
    premises.registry.record_outcome(closed.id, premises.entry(), Outcome.CANCELLED)

    made = papers(premises).roster()

    (table,) = made.sections[0].tables
    assert [line.cells[1].text for line in table.lines] == [
        "OVER",
        "SOONER",
        "LATER",
        "EXPECTED",
        "UNKNOWN",
    ]
    assert [line.is_past for line in table.lines] == [True, False, False, False, False]
    assert [line.cells[0].text for line in table.lines] == [
        "EXPIRED Wed 4 Mar 09:00 EST",
        "Thu 5 Mar 09:00 EST",
        "Fri 6 Mar 09:30 EST",
        "Release expected Sun 8 Mar 09:00 EDT",
        "No release time known",
    ]
    assert "5 holds: 1 past the limit, 2 running, 0 lapsed, 2 not started." in made.lead[0]
    assert table.boxes == ("What happened", "Time, initials")


def test_roster_counts_to_the_ceiling_and_once_it_passed_to_the_deadline(
    premises: Premises,
) -> None:
    # Thursday: the form's 48 h end on Saturday, those of the regulation on Monday.
    premises.clock.move_to(datetime(2026, 3, 5, 22, tzinfo=UTC))
    premises.register(policy="8-cfr-287.7d", would_release_at="2026-03-05T17:00")
    before = rows(papers(premises).roster().sections[0].tables[0])
    premises.tick(hours=48)

    after = rows(papers(premises).roster().sections[0].tables[0])

    assert before[0][0] == "Sat 7 Mar 17:00 EST ceiling deadline Mon 9 Mar 17:00 EDT"
    assert after[0][0] == "Mon 9 Mar 17:00 EDT deadline ceiling passed Sat 7 Mar 17:00 EST"


def test_roster_says_what_is_missing(premises: Premises) -> None:
    premises.register("NEW")
    premises.register("RUN", would_release_at=START, served_at=START, notice_given_at=START)
    premises.tick(hours=47)

    found = {
        row[1].split()[0]: row[3] for row in rows(papers(premises).roster().sections[0].tables[0])
    }

    assert found["NEW"] == "Clock not started. Not served, No warrant. No notice."
    assert found["RUN"] == (
        "Running. NO AUTHORITY ON RECORD: NO WARRANT. "
        "Not acknowledged: alert of Wed 4 Mar 08:00 EST."
    )


def test_roster_shows_a_limit_as_past_even_while_the_worker_stands_still(
    premises: Premises,
) -> None:
    held = premises.register(would_release_at=START).hold
    premises.clock.tick(hours=48)

    (table,) = papers(premises).roster().sections[0].tables

    assert [line.is_past for line in table.lines] == [True]
    assert premises.hold(held.id).expired_at is None


def test_lapsed_hold_stands_in_a_quiet_group_after_the_running_ones(premises: Premises) -> None:
    premises.register("LAPSED", policy="nc-162-62-2024")
    premises.tick(hours=48)
    premises.register("RUNNING", would_release_at="2026-03-04T09:00")

    found = rows(papers(premises).roster().sections[0].tables[0])

    assert [row[0] for row in found] == [
        "Fri 6 Mar 09:00 EST deadline",
        "LAPSED Wed 4 Mar 09:00 EST local custody goes on",
    ]


def test_roster_of_one_facility_leaves_the_others_out(premises: Premises) -> None:
    premises.add_facility(state="CA", timezone="America/Los_Angeles")
    premises.register()
    premises.register("E-1", facility_code="ELM", would_release_at=START)

    made = papers(premises).roster(["ELM"])
    both = papers(premises).roster()

    assert [row[0] for row in rows(made.sections[0].tables[0])] == ["Wed 4 Mar 06:00 PST deadline"]
    assert made.stamp == "Read from the system Mon 2 Mar 2026 06:00:00 PST (14:00:00 UTC)."
    # Two zones share no local time.
    assert both.stamp == "Read from the system Mon 2 Mar 2026 14:00:00 UTC."
    with pytest.raises(HoldNotFoundError, match="'NOPE'"):
        papers(premises).roster(["NOPE"])


def test_empty_roster_says_so(premises: Premises) -> None:
    made = papers(premises).roster()

    assert "None." in document.text(made)
    assert "<p>None.</p>" in document.html(made)
    assert "0 holds" in made.lead[0]


# --- Hand-over --------------------------------------------------------------------


def test_hand_over_tells_past_limits_first_then_what_comes_and_what_was(
    premises: Premises,
) -> None:
    premises.register("OLD", served_at=START)
    premises.register("OVER", would_release_at=START, notice_given_at=START)
    run_for(premises, 40)
    premises.register("NEXT", would_release_at="2026-03-02T13:00", notice_given_at=START)
    premises.register("FORECAST", expected_release_at="2026-03-04T12:00")
    run_for(premises, 9)

    made = papers(premises).hand_over()

    assert [each.heading for each in made.sections] == [
        "Past the limit",
        "What comes next, in 12 h",
        "Missing papers and notices",
        "Alerts that nobody acknowledged, or that did not arrive",
        "What was recorded in the last 12 h",
    ]
    assert [row[1].split()[0] for row in rows(made.sections[0].tables[0])] == ["OVER"]
    assert [[row[0], row[1].split()[0], row[3]] for row in rows(made.sections[1].tables[0])] == [
        [
            "Wed 4 Mar 12:00 EST",
            "FORECAST",
            "Release expected: a forecast, confirm or correct when it comes.",
        ],
        ["Wed 4 Mar 13:00 EST", "NEXT", "Deadline: authority to hold ends."],
    ]
    assert {row[0].split()[0] for row in rows(made.sections[2].tables[0])} == {
        "OLD",
        "OVER",
        "NEXT",
        "FORECAST",
    }
    told = rows(made.sections[4].tables[0])
    assert {row[1].split()[0] for row in told} == {"OVER", "NEXT", "FORECAST"}
    assert told[-1][2] == "The limit passed with no transfer or release on record."
    assert made.signatures == ("Handed over by, time", "Taken over by, time")


def test_hand_over_lists_alerts_without_an_answer_and_those_that_never_arrived(
    premises: Premises,
) -> None:
    premises.add_webhook()
    premises.notifier.fail_next(*(PermanentDeliveryError("gone", status=410) for _ in range(50)))
    answered = premises.register("ANSWERED", would_release_at=START).hold
    premises.register("SILENT", would_release_at=START)
    run_for(premises, 24)
    premises.registry.acknowledge(answered.id, premises.entry())

    unanswered, lost = section(
        papers(premises).hand_over(span=timedelta(hours=24)), "Alerts"
    ).tables

    assert [row[0].split()[0] for row in rows(unanswered)] == ["SILENT"]
    assert len(lost.lines) == len(premises.deliveries(state="dead")) > 0
    assert all(row[3] == "1" for row in rows(lost))


@pytest.mark.parametrize("hours", [0, 73])
def test_hand_over_of_no_shift_is_refused(premises: Premises, hours: int) -> None:
    with pytest.raises(InvalidHoldError, match="at most 72 h"):
        papers(premises).hand_over(span=timedelta(hours=hours))


# --- Both ways to write it --------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_page_is_whole_needs_nothing_else_and_prints_in_black_with_page_numbers(
    premises: Premises,
) -> None:
    premises.administration.edit(OPERATOR, "facility", "OAK", {"name": "<b>Oak & Co</b>"})
    premises.register(would_release_at=START)
    premises.tick(hours=49)

    page = document.html(papers(premises).roster())

    parsed = _Page()
    parsed.feed(page)
    assert parsed.open == []
    assert "<b>Oak & Co</b>" in parsed.text
    assert 'counter(page) " of " counter(pages)' in page
    assert '<tr class="past">' in page
    assert "double #000" in page
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", page)) <= {"#000", "#fff"}
    assert not re.search(r"<script|<link|\bsrc=|url\(|@import", page)


def test_text_keeps_within_its_columns_and_rules_off_what_is_past(premises: Premises) -> None:
    premises.register(would_release_at=START)
    premises.tick(hours=49)

    lines = document.text(papers(premises).roster()).splitlines()

    assert max(map(len, lines)) <= document.WIDTH
    assert lines.count("=" * document.WIDTH) == 2
