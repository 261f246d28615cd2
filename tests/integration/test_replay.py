"""A replay on both databases: the same history, the same counts, at the true instants."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config import settings as config_settings
from scheduler import replay, replay_history, wiring
from scheduler.clock import SettableClock
from scheduler.domain.actors import Actor, Role
from scheduler.errors import StoreError
from scheduler.store import outbox, schema
from scheduler.store.engine import open_database
from tests.unit.test_replay import row, written

ACTOR = Actor("cli:test", Role.OPERATOR)

RUNNING_LATE = row(
    "LATE",
    "2025-03-01T12:00",
    served_at="2025-03-01T13:00",
    would_release_at="2025-03-07T17:00",  # Friday; 48 h on is Sunday, after the clock change
    outcome="released",
    outcome_at="2025-03-09T20:30",
)
IN_TIME = row(
    "TIME",
    "2025-03-01T12:00",
    would_release_at="2025-03-03T17:00",
    notice_given_at="2025-03-02T17:00",
    outcome="transferred",
    outcome_at="2025-03-05T16:59",
)
AT_THE_DEADLINE = row(
    "EDGE",
    "2025-03-01T12:00",
    would_release_at="2025-03-03T17:00",
    outcome="transferred",
    outcome_at="2025-03-05T17:00",
)
NEVER_STARTED = row(
    "NEVER",
    outcome="transferred",
    outcome_at="2025-03-04T09:00",
    would_release_at="2025-03-08T09:00",
)
UNDATED = row("UNDATED", would_release_at="2025-03-04T09:00", outcome="cancelled")
OPEN = row("OPEN", would_release_at="2025-03-04T09:00")


class Replayed:
    """What one replay printed and left on the event log."""

    def __init__(
        self,
        url: str,
        path: Path,
        *,
        policy: str | None = None,
        until: datetime | None = None,
        with_contact: bool = False,
    ) -> None:
        history = replay_history.read_history(path)
        settings = config_settings.load_store_settings({"HOLDCLOCK_DATABASE_URL": url})
        replay.prepare(url)
        clock = SettableClock(history.happenings[0].at)
        house = wiring.open_house(
            settings, clock=clock, sends=False, durable=False, simulation=True
        )
        try:
            if with_contact:
                administrators = house.administration.add_contact(
                    ACTOR, name="Duty", administrators=True
                )
                house.administration.add_email(ACTOR, administrators, "duty@example.org")
            run = replay.Replay(house, clock, actor=ACTOR, policy=policy)
            self.tally = run.run(history, until=until)
            self.events = list(house.event_log.events())
            with house.database.read() as connection:
                self.alerts = outbox.counts(connection)
        finally:
            house.close()

    def of(self, ref: str, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.events if (each["hold_ref"], each["kind"]) == (ref, kind)]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return written(tmp_path, RUNNING_LATE, IN_TIME, AT_THE_DEADLINE, NEVER_STARTED, UNDATED, OPEN)


# From 2025-03-06 14:00 to the file's last instant: at once, four quarters, then every hour.
ALARMS_OF_THE_OPEN_HOLD = 5 + 81


def test_counts_are_those_of_the_history_on_either_database(
    database_url: str, history: Path
) -> None:
    tally = Replayed(database_url, history, policy="i-247a").tally

    assert tally.as_json() == {
        "holds": 6,
        "clock_started": 5,
        "events": {
            "authority_missing": 5,
            "clock_started": 5,
            "detainer_cancelled": 1,
            "detainer_served": 1,
            "hold_expired": 3,
            "hold_registered": 6,
            "notice_overdue": 4,
            "notice_recorded": 1,
            "over_detention_alarm": 6 + 1 + ALARMS_OF_THE_OPEN_HOLD,
            "release_recorded": 1,
            "release_without_notification": 3,
            "reminder_due": 4 * 7,
            "setting_changed": 1,
            "transfer_recorded": 3,
        },
        "outcomes": {"cancelled": 1, "released": 1, "transferred": 3},
        "over_detention_minutes": 150 + 0 + 4950,
    }


def test_every_event_is_recorded_at_its_own_simulated_instant(
    database_url: str, history: Path
) -> None:
    replayed = Replayed(database_url, history, policy="i-247a")

    # A row's facts are recorded when they happened, and so is what time brought.
    assert {each["recorded_at"] == each["occurred_at"] for each in replayed.events} == {True}
    instants = [each["recorded_at"] for each in replayed.events]
    assert instants == sorted(instants)


def test_hold_across_the_spring_clock_change_expires_48_elapsed_hours_on(
    database_url: str, history: Path
) -> None:
    replayed = Replayed(database_url, history, policy="i-247a")

    # Friday 17:00 EST and 48 h: Sunday 18:00 EDT.
    for kind in ("hold_expired", "release_without_notification"):
        assert [each["occurred_at"] for each in replayed.of("LATE", kind)] == [
            "2025-03-09T22:00:00Z"
        ]


def test_transfer_exactly_at_the_deadline_is_late(database_url: str, history: Path) -> None:
    replayed = Replayed(database_url, history, policy="i-247a")

    kinds = [each["kind"] for each in replayed.events if each["hold_ref"] == "EDGE"]
    assert kinds[-4:] == [
        "hold_expired",
        "release_without_notification",
        "over_detention_alarm",
        "transfer_recorded",
    ]
    assert replayed.of("TIME", "hold_expired") == []


def test_outcome_without_a_date_accuses_nobody(database_url: str, history: Path) -> None:
    replayed = Replayed(database_url, history, policy="i-247a")

    assert replayed.of("UNDATED", "clock_started") != []
    assert replayed.of("UNDATED", "release_without_notification") == []
    assert replayed.of("UNDATED", "detainer_cancelled")[0]["data"]["undated"] is True


def test_weekend_that_does_not_count_moves_the_deadline(tmp_path: Path, history: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"

    replayed = Replayed(url, history, policy="8-cfr-287.7d")

    assert replayed.of("LATE", "ceiling_reached")[0]["occurred_at"] == "2025-03-09T22:00:00Z"
    assert replayed.of("LATE", "hold_expired") == []


def test_nothing_after_until_happens(tmp_path: Path, history: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    until = datetime(2025, 3, 5, 21, 59, tzinfo=UTC)

    tally = Replayed(url, history, policy="i-247a", until=until).tally

    assert tally.outcomes == {"cancelled": 1, "transferred": 2}
    assert "hold_expired" not in tally.events


def test_open_hold_is_followed_to_an_hour_after_the_last_deadline(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"

    tally = Replayed(url, written(tmp_path, OPEN)).tally

    assert tally.until == datetime(2025, 3, 6, 15, tzinfo=UTC)
    assert tally.events["over_detention_alarm"] == 5
    assert tally.over_detention_minutes == 60


def test_policy_without_a_clock_refuses_to_start_one_and_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"

    tally = Replayed(url, written(tmp_path, OPEN), policy="no-hold").tally

    assert tally.clock_started == 0
    assert any("would_release_at was refused" in text for text in tally.warnings)


def test_alerts_are_recorded_and_not_sent(tmp_path: Path, history: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"

    replayed = Replayed(url, history, policy="i-247a", with_contact=True)

    assert replayed.alerts.keys() == {"recorded"}
    assert replayed.alerts["recorded"] > 0


def test_database_that_holds_anything_is_refused(database_url: str, history: Path) -> None:
    replay.prepare(database_url)

    with pytest.raises(StoreError, match="holds something already"):
        replay.prepare(database_url)


def test_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam, " * 100, encoding="utf-8")

    with pytest.raises(StoreError, match="no database"):
        replay.prepare(f"sqlite:///{letter}")

    assert letter.read_text(encoding="utf-8").startswith("Dear Sir")


def test_replayed_database_is_refused_as_a_facility_s_record(
    database_url: str, history: Path
) -> None:
    Replayed(database_url, history)
    database = open_database(database_url)

    with pytest.raises(StoreError, match="simulation"):
        schema.require(database)

    database.close()


def test_sqlite_file_is_whole_by_itself_at_the_end(tmp_path: Path, history: Path) -> None:
    file = tmp_path / "other.db"

    Replayed(f"sqlite:///{file}", history)

    assert sorted(path.name for path in tmp_path.glob("other.db*")) == ["other.db"]
