"""An import into a live database: what goes in, what is listed, and what is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scheduler import history_file, import_mapping, importing, wiring
from scheduler.domain.hold import Hold, Outcome, Status, status
from scheduler.import_report import Options, Report
from scheduler.store import holds
from tests.support.house import OPERATOR, Premises

HEADING = (
    "hold_ref,facility_code,facility_name,state,timezone,detainer_type,lodged_at,served_at,"
    "would_release_at,outcome,outcome_at,notice_given_at,warrant_served_at,expected_release_at,reason"
)
# The clock of the tests stands at Monday 2026-03-02 09:00 in New York.
LODGED = "2026-02-20T09:00"
RUNNING_SINCE = "2026-03-01T20:00"
PAST_SINCE = "2026-02-27T09:00"


def row(ref: str, lodged: str = LODGED, *, facility: str = "OAK", **cells: str) -> str:
    names = HEADING.split(",")[7:]
    place = f"{facility},Oakmont jail,NC,America/New_York,I-247A"
    return ",".join([ref, place, lodged, *(cells.get(name, "") for name in names)])


class Desk:
    """Imports rows into the premises as the command does."""

    def __init__(self, premises: Premises, folder: Path) -> None:
        self.premises = premises
        self._file = folder / "holds.csv"
        self.told: list[str] = []

    def bring(self, *rows: str, **options: bool) -> Report:
        self._file.write_text("\n".join([HEADING, *rows]) + "\n", encoding="utf-8")
        mapped = import_mapping.apply(history_file.read_table(self._file), None)
        house = wiring.open_house(
            self.premises.settings,
            clock=self.premises.clock,
            durable=False,
            sends=options.get("alerts", False),
        )
        try:
            importer = importing.Importer(
                house, actor=OPERATOR, options=Options(**options), tell_alerts=self.told.extend
            )
            return importer.run(mapped)
        finally:
            house.close()

    def hold(self, ref: str) -> Hold:
        found = self.found(ref)
        assert found is not None
        return found

    def found(self, ref: str) -> Hold | None:
        with self.premises.database.read() as connection:
            known = holds.by_references(connection, [("OAK", ref)])
        return known["OAK", ref].stored.hold if known else None

    def kinds(self, ref: str) -> list[str]:
        return self.premises.kinds(self.hold(ref).id)

    def states(self, ref: str) -> set[str]:
        return {each.state for each in self.premises.deliveries(hold_id=self.hold(ref).id)}


@pytest.fixture
def desk(premises: Premises, tmp_path: Path) -> Desk:
    """On each kind of database; the office has a webhook."""
    premises.add_webhook()
    return Desk(premises, tmp_path)


@pytest.fixture
def sqlite_desk(sqlite_premises: Premises, tmp_path: Path) -> Desk:
    """The same on SQLite alone."""
    sqlite_premises.add_webhook()
    return Desk(sqlite_premises, tmp_path)


# --- What goes in -----------------------------------------------------------------


def test_good_rows_go_in_and_bad_ones_are_listed(desk: Desk) -> None:
    report = desk.bring(row("A"), row("B", "yesterday"), row("C"))

    assert (report.rows, report.added) == (3, 2)
    assert [(bad.line, bad.column, bad.value) for bad in report.bad] == [
        (3, "lodged_at", "yesterday")
    ]
    assert desk.found("B") is None


def test_second_run_adds_nothing(desk: Desk) -> None:
    rows = (
        row("A", served_at="2026-02-21T09:00", would_release_at=RUNNING_SINCE),
        row("B", outcome="transferred", outcome_at="2026-02-25T09:00"),
        row("C", outcome="cancelled"),
        row("D", would_release_at="2026-03-09T09:00"),
    )
    desk.bring(*rows)
    events = len(desk.premises.events())

    report = desk.bring(*rows)

    assert (report.added, report.facts, report.unchanged) == (0, 0, 4)
    assert (report.bad, report.conflicts) == ([], [])
    assert len(desk.premises.events()) == events


def test_closed_row_gets_what_the_clock_brought_with_its_true_instants(desk: Desk) -> None:
    desk.bring(
        row("A", would_release_at=PAST_SINCE, outcome="released", outcome_at="2026-03-01T21:00")
    )

    expired = desk.premises.events(desk.hold("A").id, "hold_expired")
    assert [each["occurred_at"] for each in expired] == ["2026-03-01T14:00:00Z"]
    assert status(desk.hold("A")) is Status.RELEASED


def test_outcome_without_a_date_closes_and_accuses_nobody(desk: Desk) -> None:
    desk.bring(row("A", would_release_at=PAST_SINCE, outcome="released"))

    hold = desk.hold("A")
    assert (hold.outcome, hold.outcome_at, hold.expired_at) == (Outcome.RELEASED, None, None)
    assert desk.kinds("A") == [
        "hold_registered",
        "clock_started",
        "authority_missing",
        "notice_overdue",
        "release_recorded",
    ]


def test_reason_is_kept_with_the_registration_and_the_outcome(sqlite_desk: Desk) -> None:
    sqlite_desk.bring(row("A", outcome="cancelled", reason="Case Closed"))

    told = [
        event["data"].get("reason")
        for event in sqlite_desk.premises.events(sqlite_desk.hold("A").id)
    ]
    assert told == ["Case Closed", "Case Closed"]


def test_more_rows_than_one_transaction_takes_go_in(sqlite_desk: Desk) -> None:
    count = 2 * importing.BATCH + 1

    report = sqlite_desk.bring(*(row(f"R-{number}") for number in range(count)))

    assert report.added == count
    assert sqlite_desk.bring(*(row(f"R-{number}") for number in range(count))).unchanged == count


def test_reference_taken_meanwhile_is_refused_without_harm_to_the_rest(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sort = importing.Importer._sort

    def overtaken(self: importing.Importer, rows: Any) -> Any:
        sorted_ = sort(self, rows)
        sqlite_desk.premises.register("A", lodged_at="2026-03-01T09:00")
        return sorted_

    monkeypatch.setattr(importing.Importer, "_sort", overtaken)

    report = sqlite_desk.bring(row("A"), row("B"))

    assert [(bad.line, bad.column) for bad in report.bad] == [(2, "hold_ref")]
    assert report.added == 1


def test_dry_run_says_what_would_be_done_and_writes_nothing(desk: Desk) -> None:
    desk.bring(row("A"))
    events = len(desk.premises.events())
    rows = (
        row("A", served_at="2026-02-21T09:00"),
        row("B"),
        row("C", facility="ELM"),
        row("D", "yesterday"),
    )

    report = desk.bring(*rows, dry_run=True, create_facilities=True)

    assert (report.added, report.facts, report.facilities) == (2, 1, ["ELM"])
    assert len(report.bad) == 1
    assert len(desk.premises.events()) == events


@pytest.mark.parametrize("bad", [row("B", "yesterday"), row("B", facility="ELM")])
def test_all_or_nothing_writes_nothing_where_one_row_is_bad(desk: Desk, bad: str) -> None:
    report = desk.bring(row("A"), bad, all_or_nothing=True)

    assert (len(report.bad), report.added, report.is_applied) == (1, 0, False)
    assert desk.found("A") is None


def test_all_or_nothing_writes_everything_where_all_is_well(desk: Desk) -> None:
    report = desk.bring(row("A"), row("B"), all_or_nothing=True)

    assert (report.added, report.is_applied) == (2, True)


def test_facility_is_created_when_asked_and_under_the_usual_policy(desk: Desk) -> None:
    report = desk.bring(row("A", facility="ELM"), create_facilities=True)

    assert report.facilities == ["ELM"]
    assert desk.premises.house.directory.get("facility", "ELM")["policy"] == "i-247a"


# --- What is on record already ----------------------------------------------------


def test_newly_filled_fields_are_recorded_as_facts(desk: Desk) -> None:
    desk.bring(row("A"))

    report = desk.bring(
        row(
            "A",
            served_at="2026-02-21T09:00",
            warrant_served_at="2026-02-21T09:00",
            would_release_at=RUNNING_SINCE,
            notice_given_at=RUNNING_SINCE,
            outcome="transferred",
            outcome_at="2026-03-02T08:00",
        )
    )

    assert (report.facts, report.bad, report.conflicts) == (5, [], [])
    assert desk.kinds("A")[0] == "hold_registered"
    assert {
        "detainer_served",
        "warrant_served",
        "clock_started",
        "notice_recorded",
        "transfer_recorded",
    } <= set(desk.kinds("A"))


def test_field_of_a_closed_hold_is_filled_in_by_a_correction(desk: Desk) -> None:
    closed = {"outcome": "transferred", "outcome_at": "2026-02-25T09:00"}
    desk.bring(row("A", **closed))

    report = desk.bring(row("A", served_at="2026-02-21T09:00", **closed))

    assert (report.facts, report.bad) == (1, [])
    assert desk.hold("A").served_at is not None
    assert desk.bring(row("A", served_at="2026-02-21T09:00", **closed)).unchanged == 1


def test_date_of_an_outcome_that_had_none_is_filled_in(desk: Desk) -> None:
    desk.bring(row("A", outcome="cancelled"))

    report = desk.bring(row("A", outcome="cancelled", outcome_at="2026-02-25T09:00"))

    assert report.facts == 1
    assert desk.hold("A").outcome_at is not None


def test_conflicting_value_is_listed_and_left(desk: Desk) -> None:
    desk.bring(row("A", served_at="2026-02-21T09:00"))

    report = desk.bring(row("A", served_at="2026-02-22T09:00"))

    assert [(each.line, each.column, each.value) for each in report.conflicts] == [
        (2, "served_at", "2026-02-22T09:00")
    ]
    assert "on record is 2026-02-21T14:00:00Z" in report.conflicts[0].reason
    assert report.bad == []
    assert desk.bring(row("A", served_at="2026-02-21T09:00")).unchanged == 1


def test_conflicting_values_are_applied_with_correct_and_then_agree(desk: Desk) -> None:
    desk.bring(row("A", outcome="cancelled", outcome_at="2026-02-25T09:00"))
    other = row("A", "2026-02-19T09:00", outcome="transferred", outcome_at="2026-02-25T10:00")

    report = desk.bring(other, correct=True)

    assert (report.corrected, report.bad, report.conflicts) == (2, [], [])
    assert desk.hold("A").outcome is Outcome.TRANSFERRED
    assert desk.bring(other).unchanged == 1


def test_form_of_a_hold_is_never_corrected(sqlite_desk: Desk) -> None:
    sqlite_desk.bring(row("A"))

    report = sqlite_desk.bring(row("A").replace("I-247A", "I-247D"), correct=True)

    assert [each.column for each in report.conflicts] == ["detainer_type"]


# --- What is sent -----------------------------------------------------------------


def test_closed_row_sends_nothing_even_with_alerts(desk: Desk) -> None:
    desk.bring(row("A", outcome="released", outcome_at="2026-03-02T08:00"), alerts=True)

    assert desk.states("A") == set()
    assert desk.told == []


def test_open_row_past_its_deadline_sends_nothing_at_once_nor_later(desk: Desk) -> None:
    desk.bring(row("A", would_release_at=PAST_SINCE))
    desk.premises.tick(hours=3)

    assert "over_detention_alarm" in desk.kinds("A")
    assert desk.states("A") == set()


def test_running_row_sends_nothing_at_once_and_its_later_reminders_as_usual(desk: Desk) -> None:
    desk.bring(row("A", would_release_at=RUNNING_SINCE))

    assert desk.states("A") == {"recorded"}
    desk.premises.tick(hours=12)
    later = desk.premises.deliveries(hold_id=desk.hold("A").id, state="waiting")
    assert [each.type for each in later] == ["hold.reminder"]


def test_with_alerts_what_goes_out_at_once_is_listed_and_sent(desk: Desk) -> None:
    desk.bring(
        row("A", would_release_at=RUNNING_SINCE), row("B", would_release_at=PAST_SINCE), alerts=True
    )

    assert [line.split(" to ")[0] for line in desk.told] == [
        "OAK A: hold.authority_missing",
        "OAK B: hold.release_without_notification",
    ]
    assert desk.states("A") == desk.states("B") == {"waiting"}
    assert desk.premises.deliver() == 2


def test_hold_found_past_its_deadline_by_a_later_import_falls_silent(desk: Desk) -> None:
    desk.bring(row("A"))

    desk.bring(row("A", would_release_at=PAST_SINCE))

    desk.premises.tick(hours=3)
    assert "hold_expired" in desk.kinds("A")
    assert "waiting" not in desk.states("A")


def test_alarm_of_a_hold_that_had_run_out_before_is_not_silenced(desk: Desk) -> None:
    desk.premises.register("A", lodged_at=LODGED, would_release_at=PAST_SINCE, reason="late")

    desk.bring(
        row("A", would_release_at=PAST_SINCE, served_at="2026-02-21T09:00"),
    )

    desk.premises.tick(hours=1)
    alarms = desk.premises.deliveries(hold_id=desk.hold("A").id, type="hold.over_detention")
    assert {each.state for each in alarms} == {"waiting"}
