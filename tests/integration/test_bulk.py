"""Batches: however the rows reach the database, what is read back is what was given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from scheduler.store.bulk import MANY, Bulk, unawaited
from scheduler.store.engine import IntegrityError
from scheduler.store.holds import PERSON, TABLE
from tests.support.house import Premises

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
COLUMNS = (
    "outcome_basis",
    "notice_given_at",
    "assumed",
    "escalated",
    "arrival_at",
    "outcome_step",
    "quiet",
)
SHARED = ('"O\'Brien" \\ ö 100 %', NOW, True, 3, None, "", False)


@pytest.fixture
def ids(premises: Premises) -> list[str]:
    return premises.register_many(MANY, lodged_at="2026-03-02T14:00:00Z")


def varied(place: int) -> tuple[Any, ...]:
    """Return other values for each row, in every column."""
    at = NOW + timedelta(microseconds=place)
    text = "no" if place % 2 else None
    return (f"{place} ' ö", at, place % 2 == 0, place, at if place % 3 else None, text, True)


@pytest.mark.parametrize("different", range(len(COLUMNS) + 1))
def test_an_update_says_of_each_row_what_it_was_given_however_much_they_share(
    premises: Premises, ids: list[str], different: int
) -> None:
    rows = [varied(place)[:different] + SHARED[different:] for place in range(len(ids))]
    write = Bulk(TABLE, COLUMNS, ("id", "revision"))
    revision = premises.scalar("SELECT min(revision) FROM hold")
    keyed = [(*row, hold_id, revision) for row, hold_id in zip(rows, ids, strict=True)]
    keyed[-1] = (*keyed[-1][:-1], revision + 1)

    with premises.database.write() as connection, unawaited(connection):
        updated = write.update(connection, keyed)

    assert updated.count() == len(ids) - 1
    with premises.database.read() as connection:
        read = connection.execute(sa.select(TABLE.c.id, *(TABLE.c[name] for name in COLUMNS))).all()
    found = {row[0]: tuple(row[1:]) for row in read}
    assert [found[each] for each in ids[:-1]] == rows[:-1]
    assert found[ids[-1]] != rows[-1]


@pytest.mark.parametrize("name", [None, b"\x00sealed"])
def test_a_batch_of_encrypted_names_is_inserted_as_it_is(
    premises: Premises, ids: list[str], name: bytes | None
) -> None:
    premises.execute("DELETE FROM person")
    rows = [(each, name, bytes([place])) for place, each in enumerate(ids)]

    with premises.database.write() as connection:
        Bulk(PERSON, ("hold_id", "name", "a_number")).insert(connection, rows)

    with premises.database.read() as connection:
        read = connection.execute(sa.select(PERSON.c.hold_id, PERSON.c.name, PERSON.c.a_number))
        assert sorted(map(tuple, read)) == sorted(rows)


@pytest.mark.parametrize("refused", [0, 1])
def test_what_a_server_refuses_while_nobody_waits_is_raised_as_what_it_is(
    premises: Premises, ids: list[str], refused: int
) -> None:
    premises.execute("DELETE FROM person")
    good = [(each, b"x", None) for each in ids]
    batches = [good, [("nobody", b"x", None)] * MANY][:: -1 if refused == 0 else 1]
    people = Bulk(PERSON, ("hold_id", "name", "a_number"))

    def insert() -> None:
        with premises.database.write() as connection, unawaited(connection):
            for batch in batches:
                people.insert(connection, batch)

    with pytest.raises(IntegrityError):
        insert()

    assert premises.scalar("SELECT count(*) FROM person") == 0
