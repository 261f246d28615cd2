"""The roster, the hand-over and the proof of notice, from a real database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from scheduler.domain.actors import Actor, Role
from scheduler.domain.hold import Outcome
from scheduler.errors import (
    HoldNotFoundError,
    InvalidHoldError,
    PermanentDeliveryError,
    TransientDeliveryError,
)
from scheduler.papers import document
from scheduler.papers.desk import Papers
from scheduler.papers.document import Document, Section, Table
from tests.support.house import OPERATOR, URL, Premises

START = "2026-03-02T09:00"
"""In New York: the instant at which the clock of the tests stands."""
NAME, A_NUMBER = "Ramona Quill", "A098765432"


def papers(premises: Premises) -> Papers:
    house = premises.house
    return Papers(house.database, house.clock, rule_book=house.rule_book, event_log=house.event_log)


def section(made: Document, heading: str) -> Section:
    (found,) = (each for each in made.sections if each.heading.startswith(heading))
    return found


def rows(table: Table) -> list[list[str]]:
    """Every row as the texts of its cells, smaller lines included."""
    return [[" ".join((cell.text, *cell.below)) for cell in line.cells] for line in table.lines]


def run_for(premises: Premises, hours: int) -> None:
    for _ in range(hours):
        premises.tick(hours=1)
        premises.deliver()


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
    premises.administration.add_facility(
        OPERATOR, "ELM", name="Elm", state="CA", timezone="America/Los_Angeles"
    )
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


# --- Packet -----------------------------------------------------------------------


@pytest.fixture
def packet(premises: Premises) -> Document:
    """The proof of a release after notice, with a correction and alerts on the way."""
    premises.add_webhook()
    premises.notifier.fail_next(TransientDeliveryError("busy", status=503))
    held = premises.register(
        "R-1",
        policy="8-cfr-287.7d",
        would_release_at=START,
        served_at=START,
        subject_name=NAME,
        a_number=A_NUMBER,
    ).hold
    run_for(premises, 25)
    entry = premises.entry(reason="the bond slip says 09:20")
    release = datetime(2026, 3, 2, 14, 20, tzinfo=UTC)
    premises.registry.correct_instant(held.id, entry, "would_release_at", release)
    premises.registry.give_notice(
        held.id, premises.entry(premises.clock.now() - timedelta(minutes=4)), manner="by phone"
    )
    run_for(premises, 2)
    premises.registry.record_outcome(held.id, premises.entry(), Outcome.RELEASED, basis="bond")
    premises.deliver()
    return papers(premises).packet(held.id, made_by="cli:tester")


def test_packet_says_what_is_on_record_in_both_times(packet: Document) -> None:
    found = dict(section(packet, "1.").pairs)

    assert found["Clock started"] == "Mon 2 Mar 2026 09:20:00 EST (2026-03-02T14:20:00Z)"
    assert found["Deadline"] == "Wed 4 Mar 2026 09:20:00 EST (2026-03-04T14:20:00Z)"
    assert found["Warrant received"] == "not on record"
    assert found["Outcome"] == (
        "released Tue 3 Mar 2026 12:00:00 EST (2026-03-03T17:00:00Z), 21 h 20 min before the "
        "deadline, after notice"
    )


def test_packet_works_the_limit_out_with_source_and_mark(packet: Document) -> None:
    limit = section(packet, "2.")

    assert dict(limit.pairs)["Source"] == "8 CFR 287.7(d)"
    assert dict(limit.pairs)["Mark"].startswith("Q")
    assert any("counsel must confirm" in paragraph for paragraph in limit.paragraphs)
    # Its own policy and the one it checks, to the whole 48 h each.
    assert [rows(table)[-1][4] for table in limit.tables] == ["48 h", "48 h"]


def test_packet_tells_notices_apart_from_alerts_and_shows_no_address(packet: Document) -> None:
    notices, alerts = section(packet, "3.").tables

    (notice,) = rows(notices)
    assert notice[0] == "Tue 3 Mar 2026 09:56:00 EST (2026-03-03T14:56:00Z)"
    assert notice[1] == "Notice of release was given to: agency. How: by phone."
    assert notice[2] == "Tue 3 Mar 2026 10:00:00 EST (2026-03-03T15:00:00Z)"
    first = rows(alerts)[0]
    assert first[1] == "the agency's office EAST by webhook"
    assert first[3].startswith("2 1: Mon 2 Mar 2026 10:00:00 EST (2026-03-02T15:00:00Z), failed")
    assert "failed, answer 503" in first[3]
    assert first[4].startswith("delivered Mon 2 Mar 2026 11:00:00 EST")
    assert URL not in document.text(packet)


def test_packet_lists_every_event_with_who_recorded_it_and_how_late(
    premises: Premises, packet: Document
) -> None:
    (table,) = section(packet, "4.").tables

    listed = rows(table)

    events = [event for event in premises.events() if event["hold_id"] is not None]
    assert len(listed) == len(events)
    for row, event in zip(listed, events, strict=True):
        assert event["id"] in row[3]
        assert row[4] == event["actor"]
    late = next(row for row in listed if "Notice of release was given" in row[3])
    assert late[2].endswith("4 min later")


def test_packet_shows_corrections_with_both_values_and_the_reason(packet: Document) -> None:
    (table,) = section(packet, "5.").tables

    (correction,) = rows(table)

    assert correction[1:5] == [
        "would have been released",
        "Mon 2 Mar 2026 09:00:00 EST (2026-03-02T14:00:00Z)",
        "Mon 2 Mar 2026 09:20:00 EST (2026-03-02T14:20:00Z)",
        "the bond slip says 09:20",
    ]


def test_packet_names_nobody_who_is_held(packet: Document) -> None:
    for written in (document.text(packet), document.html(packet)):
        assert NAME not in written
        assert A_NUMBER not in written


def test_same_record_and_same_instant_give_the_same_packet(premises: Premises) -> None:
    held = premises.register(would_release_at=START).hold
    premises.tick(hours=50)
    now = premises.clock.now()

    first = papers(premises).packet(held.id, made_by="cli:tester", now=now)
    premises.clock.tick(hours=1)
    again = papers(premises).packet(held.hold_ref, made_by="cli:tester", now=now)

    assert document.html(first) == document.html(again)
    assert dict(section(first, "1.").pairs)["Outcome"] == (
        "none on record, 2 h past the limit when this was made"
    )


def test_packet_of_another_facility_reads_as_if_it_were_not_there(premises: Premises) -> None:
    held = premises.register().hold
    stranger = Actor("elm-desk", Role.FACILITY, facility_codes=frozenset({"ELM"}))

    with pytest.raises(HoldNotFoundError):
        papers(premises).packet(held.id, made_by="elm-desk", actor=stranger)


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
