"""Real records through replay and import, counted a second time straight from the files.

The records are not part of the project. The environment variable SHARED_DATA names
their folder, or it is `shared/data` beside the checkout; where there is none these
tests are skipped, and the run says so at its end.
"""

from __future__ import annotations

import csv
import os
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
import pytest

from config import settings as config_settings
from scheduler import history_file, import_mapping, importing, replay, replay_history, wiring
from scheduler.clock import SettableClock
from scheduler.domain.actors import Actor, Role
from scheduler.import_report import Options, Report
from scheduler.store import schema
from scheduler.store.engine import open_database

FOLDER_NAME = "SHARED_DATA"
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "pennsylvania.toml"
ACTOR = Actor("cli:acceptance", Role.OPERATOR)
PACIFIC = ZoneInfo("America/Los_Angeles")
EASTERN = ZoneInfo("America/New_York")

# How the lift reasons are to be counted; whatever else is there means: lifted by the agency.
REASONS = {
    "": None,
    "Booked into Detention": "transferred",
    "Detainer Declined by LEA": "declined",
    "Early Release": "released",
    "Transferred": "other_custody",
    "Died": "died",
}


class _Summary:
    """Says at the end of the run that the real records were not there."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(
            f"REAL DATA NOT CHECKED: {FOLDER_NAME} is not set and no folder lies beside the "
            f"checkout; the tests of {Path(__file__).name} were skipped",
            yellow=True,
        )


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    """The folder of real records, or a loud skip."""
    named = os.environ.get(FOLDER_NAME)
    found = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (found / "pierce_holds.csv").is_file():
        assert not named, f"{FOLDER_NAME} names {found}, where the records are not"
        plugins = request.config.pluginmanager
        if not plugins.has_plugin(_Summary.__name__):
            plugins.register(_Summary(), _Summary.__name__)
        pytest.skip(f"the folder of real records is not there; {FOLDER_NAME} names one")
    return found


class Booking(NamedTuple):
    """A row of the Pierce file as this test understands it."""

    ref: str
    release: datetime | None
    ended: datetime | None

    @property
    def starts(self) -> bool:
        return self.release is not None and (self.ended is None or self.release <= self.ended)


def bookings(file: Path) -> list[Booking]:
    def instant(text: str) -> datetime | None:
        if not text:
            return None
        return datetime.fromisoformat(text).replace(tzinfo=PACIFIC).astimezone(UTC)

    with file.open(encoding="utf-8", newline="") as rows:
        return [
            Booking(row["hold_ref"], instant(row["would_release_at"]), instant(row["outcome_at"]))
            for row in csv.DictReader(rows)
        ]


def without_weekends(start: datetime) -> datetime:
    """Return the instant 48 h on, stepping through local minutes of weekdays alone.

    No federal holiday lies in the window of the one booking that this decides.
    """
    left = 48 * 60
    at = start
    while left:
        if at.astimezone(PACIFIC).weekday() < 5:
            left -= 1
        at += timedelta(minutes=1)
    return at


def replayed(url: str, file: Path, policy: str) -> tuple[replay.Tally, list[dict[str, Any]]]:
    history = replay_history.read_history(file)
    settings = config_settings.load_store_settings({"HOLDCLOCK_DATABASE_URL": url})
    replay.prepare(url)
    clock = SettableClock(history.happenings[0].at)
    house = wiring.open_house(settings, clock=clock, sends=False, durable=False, simulation=True)
    try:
        tally = replay.Replay(house, clock, actor=ACTOR, policy=policy).run(history)
        return tally, list(house.event_log.events())
    finally:
        house.close()


def expiries(events: list[dict[str, Any]], kind: str) -> list[tuple[str, str]]:
    return sorted(
        (each["hold_ref"], each["occurred_at"]) for each in events if each["kind"] == kind
    )


def test_replay_expires_each_hold_that_ran_over_once_to_the_second(
    folder: Path, database_url: str
) -> None:
    file = folder / "pierce_holds.csv"
    over = [
        (each.ref, (each.release + timedelta(hours=48)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        for each in bookings(file)
        if each.starts
        and each.release is not None
        and (each.ended is None or each.ended >= each.release + timedelta(hours=48))
    ]

    tally, events = replayed(database_url, file, "i-247a")

    assert over != []
    assert expiries(events, "hold_expired") == sorted(over)
    assert expiries(events, "release_without_notification") == sorted(over)
    assert tally.holds == len(bookings(file))
    assert tally.clock_started == sum(each.starts for each in bookings(file))


def test_weekend_booking_is_decided_rightly_under_both_readings(
    folder: Path, tmp_path: Path
) -> None:
    file = folder / "pierce_holds.csv"
    (ref, _), *others = _over(file)
    booking = next(each for each in bookings(file) if each.ref == ref)
    assert booking.release is not None
    assert booking.ended is not None
    deadline = without_weekends(booking.release)

    strict, _ = replayed(f"sqlite:///{tmp_path / 'every.db'}", file, "i-247a")
    lenient, events = replayed(f"sqlite:///{tmp_path / 'weekdays.db'}", file, "8-cfr-287.7d")

    assert others == []
    assert booking.ended < deadline
    assert expiries(events, "hold_expired") == []
    assert [each for each, _ in expiries(events, "ceiling_reached")] == [ref]
    assert lenient.events.get("hold_expired", 0) < strict.events["hold_expired"]
    over = booking.ended - booking.release - timedelta(hours=48)
    assert strict.over_detention_minutes == over // timedelta(minutes=1)
    assert lenient.over_detention_minutes == 0


def _over(file: Path) -> list[tuple[str, datetime]]:
    return [
        (each.ref, each.release)
        for each in bookings(file)
        if each.starts
        and each.release is not None
        and each.ended is not None
        and each.ended - each.release >= timedelta(hours=48)
    ]


@pytest.mark.parametrize("policy", ["i-247a", "8-cfr-287.7d"])
def test_replay_counts_the_same_on_either_database(
    folder: Path, tmp_path: Path, plain_postgres_url: str, policy: str
) -> None:
    file = folder / "pierce_holds.csv"

    one, _ = replayed(f"sqlite:///{tmp_path / 'replay.db'}", file, policy)
    other, _ = replayed(plain_postgres_url, file, policy)

    assert one.as_json() == other.as_json()


Counted = Counter[tuple[int, str | None, str, str]]
"""By federal fiscal year of the lodging, outcome, facility and lift reason."""


def counted_in(file: Path) -> Counted:
    counted: Counted = Counter()
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            lodged = datetime.fromisoformat(row["date"]).replace(tzinfo=EASTERN)
            outcome = REASONS.get(row["lift_reason"], "cancelled")
            key = (fiscal_year(lodged), outcome, row["det_facility"], row["lift_reason"])
            counted[key] += 1
    return counted


def fiscal_year(local: datetime) -> int:
    return local.year + (local.month >= 10)


def counted_on_record(file: Path) -> Counted:
    query = """
        SELECT hold.lodged_at, hold.outcome, facility.name, event.body
        FROM hold
        JOIN facility ON facility.code = hold.facility_code
        JOIN event ON event.hold_id = hold.id AND event.kind = 'hold_registered'
    """
    counted: Counted = Counter()
    with closing(sqlite3.connect(file)) as connection:
        for lodged, outcome, name, body in connection.execute(query):
            local = datetime.fromisoformat(lodged).replace(tzinfo=UTC).astimezone(EASTERN)
            reason = orjson.loads(body)["data"].get("reason", "")
            counted[fiscal_year(local), outcome, name, reason] += 1
    return counted


@pytest.fixture
def live_file(tmp_path: Path) -> Path:
    """A migrated database as an office has one."""
    file = tmp_path / "live.db"
    database = open_database(f"sqlite:///{file}")
    schema.migrate(database)
    database.close()
    return file


def imported(live_file: Path, file: Path, mapping: Path) -> Report:
    settings = config_settings.load_store_settings(
        {"HOLDCLOCK_DATABASE_URL": f"sqlite:///{live_file}"}
    )
    table = history_file.read_table(file)
    mapped = import_mapping.apply(table, import_mapping.read_mapping(mapping))
    house = wiring.open_house(settings, sends=False)
    try:
        options = Options(create_facilities=True)
        return importing.Importer(house, actor=ACTOR, options=options).run(mapped)
    finally:
        house.close()


def test_import_loses_no_row_and_a_second_run_adds_none(folder: Path, live_file: Path) -> None:
    file = folder / "pennsylvania_detainers_fy2008_2011.csv"

    first = imported(live_file, file, EXAMPLE)
    second = imported(live_file, file, EXAMPLE)

    assert (first.bad, first.conflicts) == ([], [])
    assert first.added == first.rows == counted_in(file).total()
    assert (second.added, second.unchanged) == (0, first.rows)
    assert counted_on_record(live_file) == counted_in(file)
