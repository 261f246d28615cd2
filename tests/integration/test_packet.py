"""The proof of notice for one hold, from a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.actors import Actor, Role
from scheduler.domain.hold import Outcome
from scheduler.errors import HoldNotFoundError, TransientDeliveryError
from scheduler.papers import document
from scheduler.papers.document import Document
from tests.support.house import URL, Premises
from tests.support.printed import START, papers, rows, run_for, section

NAME, A_NUMBER = "Ramona Quill", "A098765432"


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
