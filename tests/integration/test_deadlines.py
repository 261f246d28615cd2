from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from scheduler.domain.hold import Status, status
from scheduler.store import holds
from scheduler.worker.deadlines import BATCH
from tests.support.house import Premises
from tests.support.together import at_once

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
STARTED = "2026-03-02T13:00:00Z"
DEADLINE = datetime(2026, 3, 4, 13, tzinfo=UTC)


def expired(premises: Premises) -> Counter[str]:
    return Counter(event["hold_id"] for event in premises.events(kind="hold_expired"))


def set_aside(premises: Premises) -> dict[str, str]:
    with premises.database.read() as connection:
        return dict(holds.set_aside_holds(connection))


# Batches.


def test_more_than_a_batch_that_falls_due_at_once_is_written_once_each(
    premises: Premises,
) -> None:
    count = 2 * BATCH + 3
    ids = premises.register_many(count, would_release_at=STARTED)

    done = premises.tick(hours=47)
    again = premises.tick()

    assert done.holds == count
    assert again.holds == 0
    assert expired(premises) == Counter(ids)
    assert {event["occurred_at"] for event in premises.events(kind="hold_expired")} == {
        "2026-03-04T13:00:00Z"
    }


def test_one_tick_takes_the_earliest_batch_and_leaves_the_rest_due(premises: Premises) -> None:
    premises.register_many(BATCH + 20, would_release_at=STARTED)
    early = premises.register("EARLY", would_release_at="2026-03-02T12:00:00Z").hold.id
    premises.clock.tick(hours=47)

    done = premises.deadlines.tick()

    assert done.holds == BATCH
    assert early in expired(premises)
    assert premises.deadlines.next_due_at() is not None


def test_nothing_is_due_one_microsecond_before_the_instant(premises: Premises) -> None:
    name = premises.register(would_release_at=STARTED).hold.id
    premises.tick(hours=47, microseconds=-1)
    early = expired(premises)

    premises.tick(microseconds=1)

    assert early == Counter()
    assert expired(premises) == Counter([name])


def test_what_was_missed_in_days_of_downtime_is_written_with_its_true_instant(
    premises: Premises,
) -> None:
    name = premises.register(would_release_at=STARTED).hold.id

    premises.tick(hours=47 + 72)

    event = premises.events(kind="hold_expired")[0]
    assert event["occurred_at"] == "2026-03-04T13:00:00Z"
    assert event["data"]["late_by_s"] == 72 * 3600
    kinds = premises.kinds(name)
    assert kinds.count("over_detention_alarm") == 1
    assert kinds.count("reminder_due") == 0


def test_the_next_due_instant_is_the_earliest_of_all_open_holds(premises: Premises) -> None:
    nothing = premises.deadlines.next_due_at()
    premises.register("LATE", would_release_at="2026-03-02T13:30:00Z")
    premises.register("EARLY", would_release_at=STARTED)

    first = premises.deadlines.next_due_at()

    assert nothing is None
    assert first == DEADLINE - timedelta(hours=24)


def test_a_worker_that_starts_anew_goes_on_where_the_other_stopped(premises: Premises) -> None:
    name = premises.register(would_release_at=STARTED).hold.id
    premises.tick(hours=30)
    premises.deadlines = premises.new_deadlines()

    premises.tick(hours=17)
    premises.deadlines = premises.new_deadlines()
    again = premises.tick()

    steps = [event["data"].get("lead") for event in premises.events(name, "reminder_due")]
    # 24 h before; then one for all the rungs missed, but none once the limit has come.
    assert steps == ["24 h"]
    assert expired(premises) == Counter([name])
    assert again.holds == 0


# One bad hold.


DAMAGES = [
    pytest.param(
        "UPDATE hold SET expired_at = '2026-03-03 00:00:00+00:00',"
        " alarmed_to = '9999-12-31 23:59:59+00:00' WHERE id = :id",
        "UPDATE hold SET expired_at = NULL, alarmed_to = NULL WHERE id = :id",
        id="an-instant-at-the-end-of-time",
    ),
    pytest.param(
        "UPDATE hold SET outcome_by = 'nobody' WHERE id = :id",
        "UPDATE hold SET outcome_by = NULL WHERE id = :id",
        id="a-word-that-is-unknown",
    ),
    pytest.param(
        "UPDATE hold SET rules_id = 'broken' WHERE id = :id",
        "UPDATE hold SET rules_id = (SELECT min(id) FROM pinned_rules WHERE id <> 'broken')"
        " WHERE id = :id",
        id="rules-that-cannot-be-read",
    ),
]


@pytest.fixture
def broken_rules(premises: Premises) -> None:
    premises.execute("INSERT INTO pinned_rules (id, body) VALUES ('broken', '{\"policy\": 7}')")


@pytest.mark.parametrize(("damage", "mend"), DAMAGES)
def test_one_bad_hold_is_set_aside_alone_and_tried_again_every_minute(
    premises: Premises,
    broken_rules: None,
    damage: str,
    mend: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ids = premises.register_many(5, would_release_at=STARTED)
    bad, good = ids[2], [*ids[:2], *ids[3:]]
    premises.execute(
        damage.replace("+00:00", "" if premises.database.is_sqlite else "+00:00"), id=bad
    )

    with caplog.at_level(logging.ERROR):
        first = premises.tick(hours=47)

    assert first.set_aside == 1
    assert expired(premises) == Counter(good)
    assert set(set_aside(premises)) == {bad}
    assert any(getattr(record, "hold_id", None) == bad for record in caplog.records)
    # Not at once again, but a minute later, and a minute after that.
    assert premises.tick(seconds=59) == (0, 0, 0)
    assert premises.deadlines.next_due_at() == premises.clock.now() + timedelta(seconds=1)
    assert premises.tick(seconds=1).set_aside == 1
    assert premises.tick(seconds=60).set_aside == 1
    # And it is written with its true instant once it is mended.
    premises.execute(mend, id=bad)
    premises.tick(seconds=60)
    assert expired(premises) == Counter(ids)
    assert {event["occurred_at"] for event in premises.events(kind="hold_expired")} == {
        "2026-03-04T13:00:00Z"
    }
    assert set_aside(premises) == {}


def test_a_step_that_the_database_refuses_sets_its_hold_aside_alone(premises: Premises) -> None:
    ids = premises.register_many(BATCH + 4, would_release_at=STARTED)
    bad = ids[7]
    premises.execute(
        "INSERT INTO event (id, hold_id, facility_code, kind, step, occurred_at, recorded_at, body)"
        " SELECT 'forged', :id, facility_code, kind, :step, occurred_at, recorded_at,"
        """ '{"kind": "forged", "hold_id": "nobody"}'"""
        " FROM event WHERE kind = 'hold_registered'",
        id=bad,
        step="hold_expired/1.0",
    )

    done = premises.tick(hours=47)

    assert done.set_aside == 1
    assert expired(premises) == Counter([each for each in ids if each != bad])
    assert set(set_aside(premises)) == {bad}


def test_a_bad_hold_does_not_keep_a_fact_about_another_from_being_recorded(
    premises: Premises, broken_rules: None
) -> None:
    ids = premises.register_many(2, would_release_at=STARTED)
    premises.execute("UPDATE hold SET rules_id = 'broken' WHERE id = :id", id=ids[0])

    settled = premises.registry.give_notice(ids[1], premises.entry())

    assert settled.hold.notice_given_at == NOW


# Several workers.


def test_two_deadline_loops_on_one_server_write_every_event_once(
    postgres_premises: Premises,
) -> None:
    premises = postgres_premises
    ids = premises.register_many(3 * BATCH, would_release_at=STARTED)
    premises.clock.tick(hours=47)
    loops = [premises.new_deadlines() for _ in range(4)]

    done = at_once(*[loop.drain for loop in loops])

    assert expired(premises) == Counter(ids)
    assert sum(each.holds for each in done) == len(ids)
    assert sum(each.set_aside for each in done) == 0
    assert premises.scalar("SELECT count(*) FROM hold WHERE status = 'expired'") == len(ids)


def test_a_hold_that_another_worker_has_in_hand_is_passed_over_not_waited_for(
    postgres_premises: Premises,
) -> None:
    premises = postgres_premises
    ids = premises.register_many(3, would_release_at=STARTED)
    premises.clock.tick(hours=47)

    with premises.database.write() as connection:
        assert holds.lock(connection, ids[1]) is not None
        done = premises.deadlines.drain()

    assert done.holds == 2
    assert expired(premises) == Counter([ids[0], ids[2]])
    assert premises.tick().holds == 1


def test_recording_a_delivery_does_not_hide_a_due_hold_from_the_worker(
    postgres_premises: Premises,
) -> None:
    """An event refers to its hold: the key is locked, but the hold can still be written."""
    premises = postgres_premises
    name = premises.register(would_release_at=STARTED).hold.id
    premises.clock.tick(hours=47)

    with premises.database.write() as connection:
        connection.execute(sa.text("SELECT 1 FROM hold WHERE id = :id FOR KEY SHARE"), {"id": name})
        done = premises.deadlines.drain()

    assert done.holds == 1


# What the database reads.


@pytest.fixture
def crowded(premises: Premises) -> Premises:
    """Twenty thousand open holds, two of them due."""
    ids = premises.register_many(2, would_release_at=STARTED)
    columns = [column.name for column in holds.TABLE.columns]
    copied = ", ".join(
        {"id": "'X' || n.i", "hold_ref": "'X' || n.i"}.get(name, f"hold.{name}") for name in columns
    )
    later = "'2027-01-01 00:00:00.000000'"
    copied = copied.replace(
        "hold.next_due_at", later if premises.database.is_sqlite else f"timestamptz {later}"
    )
    premises.execute(
        f"INSERT INTO hold ({', '.join(columns)}) "  # noqa: S608 -- column names of our own
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        f"SELECT {copied} FROM hold CROSS JOIN n WHERE hold.id = :id",
        id=ids[0],
    )
    premises.execute("ANALYZE")
    premises.clock.tick(hours=47)
    return premises


def plans(premises: Premises, act: str) -> list[str]:
    """Return how the database carries out each question that `act` puts to it."""
    asked: list[tuple[str, Any]] = []
    explain = "EXPLAIN QUERY PLAN " if premises.database.is_sqlite else "EXPLAIN "

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.startswith("SELECT") and " hold" in statement:
            asked.append((statement, parameters))

    sa.event.listen(premises.database.engine, "before_cursor_execute", note)
    with premises.database.write() as connection:
        if act == "claim":
            holds.claim_due(connection, premises.clock.now(), BATCH)
        else:
            holds.next_due_at(connection)
        sa.event.remove(premises.database.engine, "before_cursor_execute", note)
        return [
            " / ".join(str(row) for row in connection.exec_driver_sql(explain + statement, values))
            for statement, values in asked
        ]


@pytest.mark.parametrize("act", ["claim", "next"])
def test_the_questions_of_the_deadline_loop_read_the_due_index_and_nothing_else(
    crowded: Premises, act: str
) -> None:
    read = plans(crowded, act)

    assert len(read) == {"claim": 1, "next": 2}[act]
    assert "hold_due" in read[0]
    if act == "next":
        assert "hold_set_aside" in read[1]
    for plan in read:
        assert "Seq Scan" not in plan
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan


def test_a_hold_that_expired_reads_so(premises: Premises) -> None:
    name = premises.register(would_release_at=STARTED).hold.id

    premises.tick(hours=47)

    assert status(premises.hold(name)) is Status.EXPIRED
    assert premises.scalar("SELECT status FROM hold WHERE id = :id", id=name) == "expired"
