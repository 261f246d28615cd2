from __future__ import annotations

import csv
import io
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from scheduler.domain.hold import Outcome
from scheduler.event_log import Form, safe_cell
from scheduler.store.events import PAGE, Filter
from scheduler.store.journal import EVENT
from tests.support.house import FACILITY, OPERATOR, Premises

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


def exported(premises: Premises, form: Form) -> str:
    return b"".join(premises.house.event_log.export(OPERATOR, form)).decode()


def told(premises: Premises) -> str:
    """Put a hold with some events on record; return its id."""
    registered = premises.register(lodged_at=(NOW - timedelta(hours=50)).isoformat())
    name = registered.hold.id
    premises.registry.start_clock(name, premises.entry(NOW - timedelta(hours=47)))
    premises.tick(hours=2, minutes=5)
    premises.registry.record_outcome(name, premises.entry(), Outcome.TRANSFERRED)
    return name


# Never changed.


ATTACKS = [
    pytest.param("UPDATE event SET body = '{}'", id="update"),
    pytest.param("UPDATE event SET id = id", id="update-to-the-same"),
    pytest.param("DELETE FROM event", id="delete"),
    pytest.param("DELETE FROM event WHERE kind = 'hold_expired'", id="delete-one"),
    pytest.param(
        "INSERT INTO event (id, hold_id, facility_code, kind, step, occurred_at, recorded_at,"
        " body) SELECT id, hold_id, facility_code, kind, step, occurred_at, recorded_at, '{}'"
        " FROM event",
        id="insert-again",
    ),
]
SQLITE_ATTACKS = [
    pytest.param(
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE kind = 'hold_expired'",
        id="insert-or-replace",
    ),
    pytest.param(
        "REPLACE INTO event SELECT * FROM event WHERE kind = 'hold_expired'", id="replace"
    ),
    pytest.param(
        "INSERT OR REPLACE INTO event (id, hold_id, facility_code, kind, step, occurred_at,"
        " recorded_at, body) SELECT 'another', hold_id, facility_code, kind, step, occurred_at,"
        " recorded_at, '{}' FROM event WHERE kind = 'hold_expired'",
        id="replace-by-step",
    ),
    pytest.param(
        "INSERT INTO event SELECT * FROM event WHERE true ON CONFLICT (id)"
        " DO UPDATE SET body = '{}'",
        id="upsert",
    ),
    pytest.param(
        "UPDATE OR REPLACE event SET id = (SELECT min(id) FROM event)", id="update-or-replace"
    ),
]
POSTGRESQL_ATTACKS = [
    pytest.param("TRUNCATE event CASCADE", id="truncate"),
    pytest.param(
        "INSERT INTO event SELECT * FROM event ON CONFLICT (id) DO UPDATE SET body = '{}'",
        id="upsert",
    ),
    pytest.param(
        "MERGE INTO event USING (SELECT id AS known FROM event) AS seen ON event.id = seen.known"
        " WHEN MATCHED THEN DELETE",
        id="merge",
    ),
    pytest.param(
        "SET LOCAL session_replication_role = replica; DELETE FROM event", id="as-a-replica"
    ),
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_event_cannot_be_changed_on_either_database(premises: Premises, attack: str) -> None:
    told(premises)
    written = premises.events()

    with pytest.raises(sa.exc.DBAPIError, match=r"never changed|duplicate key"):
        premises.execute(attack)

    assert premises.events() == written


@pytest.mark.parametrize("attack", SQLITE_ATTACKS)
def test_an_event_cannot_be_replaced_on_sqlite(sqlite_premises: Premises, attack: str) -> None:
    told(sqlite_premises)
    written = sqlite_premises.events()

    with pytest.raises(sa.exc.DBAPIError, match=r"never changed|UNIQUE"):
        sqlite_premises.execute(attack)

    assert sqlite_premises.events() == written


@pytest.mark.parametrize("attack", POSTGRESQL_ATTACKS)
def test_events_cannot_be_truncated_or_changed_past_the_triggers_on_postgresql(
    postgres_premises: Premises, attack: str
) -> None:
    told(postgres_premises)
    written = postgres_premises.events()

    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
        postgres_premises.execute(attack)

    assert postgres_premises.events() == written


# Read.


def test_an_event_has_the_shape_that_outsiders_rely_on(premises: Premises) -> None:
    name = told(premises)

    for event in premises.events(name):
        assert next(iter(event)) == "seq"
        assert set(event) == {
            *("seq", "id", "kind", "hold_id", "hold_ref", "facility_code", "window_no"),
            *("occurred_at", "recorded_at", "actor", "data"),
        }
        assert event["seq"] is None
        assert (event["hold_ref"], event["facility_code"]) == ("R-1", FACILITY)
        assert datetime.fromisoformat(event["recorded_at"]).utcoffset() == timedelta(0)
        assert event["recorded_at"].endswith("Z")


def test_events_come_in_the_order_of_recording_page_by_page(premises: Premises) -> None:
    name = premises.register(lodged_at=(NOW - timedelta(hours=5)).isoformat()).hold.id
    # Later than every real one; handed over in the opposite order.
    ids = [f"ffff{number:06d}" for number in range(PAGE + 7)]
    common = {"hold_id": name, "kind": "call_logged", "occurred_at": NOW, "recorded_at": NOW}
    rows = [{"id": each, "body": json.dumps({"id": each}), **common} for each in reversed(ids)]
    with premises.database.write() as connection:
        connection.execute(sa.insert(EVENT), rows)

    seen = [event["id"] for event in premises.house.event_log.events()]

    assert seen[-len(ids) :] == ids
    assert len(seen) == len(set(seen)) > len(ids)


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        pytest.param(Filter(kind="hold_expired"), {"hold_expired"}, id="kind"),
        pytest.param(Filter(facility_code="ELM"), set(), id="other-facility"),
        pytest.param(Filter(hold_id="NOBODY1"), set(), id="other-hold"),
        pytest.param(
            Filter(facility_code=FACILITY, since=NOW + timedelta(hours=2, minutes=1)),
            {"transfer_recorded"},
            id="since",
        ),
    ],
)
def test_events_are_found_by_kind_place_hold_and_time(
    premises: Premises, wanted: Filter, kinds: set[str]
) -> None:
    told(premises)

    assert {event["kind"] for event in premises.house.event_log.events(wanted)} == kinds


def test_the_end_of_a_time_range_is_left_out(premises: Premises) -> None:
    told(premises)
    transfer = premises.events(kind="transfer_recorded")[0]
    at = datetime.fromisoformat(transfer["occurred_at"])

    until = [e["kind"] for e in premises.house.event_log.events(Filter(until=at))]
    since = [e["kind"] for e in premises.house.event_log.events(Filter(since=at))]

    assert "transfer_recorded" not in until
    assert since == ["transfer_recorded"]


def test_the_export_in_lines_is_exact_and_the_one_in_columns_runs_nothing(
    premises: Premises,
) -> None:
    name = premises.register("=SUM(A1)").hold.id
    premises.registry.log_call(name, premises.entry(note="=cmd|'/C calc'!A0"))

    listed = premises.events()

    lines = [json.loads(line) for line in exported(premises, Form.JSONL).splitlines()]
    rows = list(csv.DictReader(io.StringIO(exported(premises, Form.CSV))))

    assert lines == listed
    # The first export is an event of its own by the time of the second.
    assert [row["id"] for row in rows[:-1]] == [event["id"] for event in lines]
    call = next(row for row in rows if row["kind"] == "call_logged")
    assert call["hold_ref"] == "'=SUM(A1)"
    assert json.loads(call["data"])["note"] == "=cmd|'/C calc'!A0"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("-1", "'-1"),
        ("\uff1d1", "'\uff1d1"),
        ("\t=1", "'=1"),
        ("\r\n@x", "'@x"),
        ("  |x", "'  |x"),
        ("%x", "'%x"),
        (None, ""),
        (7, "7"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_shown_as_text(value: object, shown: str) -> None:
    assert safe_cell(value) == shown


# People's data.


def test_no_trace_of_a_person_is_left_in_clear_anywhere(
    premises: Premises, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In no table, file, event, alert or log line."""
    caplog.set_level(logging.DEBUG)
    premises.add_webhook()
    premises.add_webhook("https://hooks.example.gov/jail", facility=FACILITY)
    name = premises.register(
        subject_name="Zebulon Quarterman",
        a_number="A987654321",
        would_release_at=(NOW - timedelta(hours=1)).isoformat(),
    ).hold.id
    premises.deliver()
    premises.tick(hours=50)
    premises.deliver()
    premises.registry.record_outcome(name, premises.entry(), Outcome.RELEASED)
    premises.deliver()

    traces = [*_everything(premises), *_files(tmp_path), caplog.text]
    traces += [repr(kept) for kept in premises.notifier.attempts]

    assert len(premises.notifier.attempts) >= 6
    assert len(traces) > 20
    for trace in traces:
        for secret in ("Zebulon", "Quarterman", "987654321"):
            assert secret not in trace


def _everything(premises: Premises) -> list[str]:
    """Return every row of every table as text."""
    with premises.database.read() as connection:
        names = sa.inspect(connection).get_table_names()
        return [
            repr(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row))
            for name in names
            for row in connection.execute(sa.text(f"SELECT * FROM {name}"))  # noqa: S608
        ]


def _files(folder: Path) -> list[str]:
    """Return the files of an SQLite database as they lie on the disk, its log included."""
    return [file.read_bytes().decode("latin-1") for file in folder.glob("holdclock.db*")]


def test_where_alerts_go_and_their_secrets_are_not_on_the_log(premises: Premises) -> None:
    contact = premises.administration.add_contact(OPERATOR, name="Duty", facility=FACILITY)
    channel = premises.administration.add_webhook(
        OPERATOR, contact, "https://hooks.example.gov/secret-path"
    )
    premises.administration.edit(
        OPERATOR, "channel", channel.id, {"address": "https://hooks.example.gov/other-path"}
    )

    log = json.dumps(premises.events())
    stored = " ".join(_everything(premises))

    assert "secret-path" not in log
    assert "other-path" not in log
    assert channel.secret is not None
    assert channel.secret not in stored
    assert channel.secret.removeprefix("whsec_") not in stored
