"""Holds as rows: claimed when due, found by reference, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import is_not
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain import hold as domain
from scheduler.domain.hold import Accusation, Hold, Outcome, Reporter
from scheduler.store import bulk
from scheduler.store.at_once import Insertion
from scheduler.store.bulk import Bulk, Updated
from scheduler.store.tables import HoldRow, Person

TABLE = HoldRow.__table__
PERSON = Person.__table__

HOLD_FIELDS = Hold._fields
STORED_BESIDE = ("alert_sequence", "quiet")
READ = (*HOLD_FIELDS, *STORED_BESIDE)
READ_COLUMNS = [TABLE.c[name] for name in READ]

FACTS = HOLD_FIELDS[HOLD_FIELDS.index("lodged_at") : HOLD_FIELDS.index("assumed")]
IDENTITY = HOLD_FIELDS[: HOLD_FIELDS.index("lodged_at")]
WORKED_OUT = range(HOLD_FIELDS.index("assumed"), len(HOLD_FIELDS))
"""Places of the fields that the engine may change; facts are written only by the registry."""
BESIDE = ("status", "next_due_at", "alert_sequence")

_INSERT = Bulk(TABLE, (*HOLD_FIELDS, *BESIDE, "quiet", "registered_as", "registered_at"))
KEY = ("id", "revision")
NOT_SET_ASIDE = {"retry_at": "NULL", "set_aside_because": "NULL"}
"""A hold that can be written needs no more setting aside."""
_UPDATE_ALL = Bulk(TABLE, (*HOLD_FIELDS[1:], *BESIDE), KEY, fixed=NOT_SET_ASIDE)

_READERS: dict[str, bulk.Reader] = {
    "outcome": Outcome,
    "outcome_by": Reporter,
    "accused": Accusation,
}

RETRY_SET_ASIDE = timedelta(minutes=1)
LOOKED_UP_AT_ONCE = 1000
"""Pairs in one statement: SQLite takes some 32,000 values."""


class Stored(NamedTuple):
    """A hold as read, with what the store keeps beside it."""

    hold: Hold
    alert_sequence: int
    quiet: bool


class Written(NamedTuple):
    """A hold as it is to be written.

    Attributes:
        hold: The new state; its `revision` is the one that was read.
        next_due_at: From the same functions that act on it.
        alert_sequence: How many alerts it has had.
    """

    hold: Hold
    next_due_at: datetime | None
    alert_sequence: int


class New(NamedTuple):
    """A new hold as it is to be written.

    Attributes:
        hold: Its first state.
        next_due_at: When anything is due first.
        quiet: Nothing is ever sent about it.
        digest: Of its registration, which tells the same one from another.
    """

    hold: Hold
    next_due_at: datetime | None
    quiet: bool
    digest: str


class OnRecord(NamedTuple):
    """A hold as read, with the digest of its registration."""

    stored: Stored
    digest: str


def _load(connection: Connection, rows: Sequence[Sequence[Any]]) -> list[Stored]:
    columns = _loader(is_sqlite=connection.dialect.name == "sqlite")(rows)
    width = len(HOLD_FIELDS)
    each = map(Hold._make, zip(*columns[:width], strict=True))
    return list(map(Stored, each, *columns[width:]))


@cache
def _loader(*, is_sqlite: bool) -> Callable[[Sequence[bulk.Row]], list[bulk.Values]]:
    return bulk.loader(READ_COLUMNS, _READERS, is_sqlite=is_sqlite)


def claim_due(connection: Connection, now: datetime, limit: int) -> list[Stored]:
    """Take up to `limit` due holds, the earliest first, for this transaction alone."""
    return _load(connection, connection.execute(_CLAIM, {"now": now, "most": limit}).all())


# Statements are made once: SQLAlchemy then keeps what it knows of them. Of text, or
# of a statement made anew, it learns its fifty columns each time, which takes as
# long as all the rest of a tick for one hold.
_BARE_COLUMNS: list[sa.ColumnElement[Any]] = [sa.column(name) for name in READ]
_BARE = sa.select(*_BARE_COLUMNS).select_from(TABLE)
"""Every field as the driver gives it, for the loader."""
_CLAIM = (
    _BARE.where(
        TABLE.c.next_due_at <= sa.bindparam("now"),
        sa.or_(TABLE.c.retry_at.is_(None), TABLE.c.retry_at <= sa.bindparam("now")),
    )
    .order_by(TABLE.c.next_due_at)
    .limit(sa.bindparam("most"))
    # No key changes: what refers to a hold need not wait.
    .with_for_update(skip_locked=True, key_share=True)
)


def peek_due(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Return the ids of up to `limit` due holds without claiming them."""
    rows = connection.execute(
        sa.select(TABLE.c.id)
        .where(
            TABLE.c.next_due_at <= now, sa.or_(TABLE.c.retry_at.is_(None), TABLE.c.retry_at <= now)
        )
        .order_by(TABLE.c.next_due_at)
        .limit(limit)
    )
    return list(rows.scalars())


def next_due_at(connection: Connection) -> datetime | None:
    """Return the earliest instant at which the worker must look again, or None."""
    due = connection.execute(_NEXT_DUE).scalar()
    retry = connection.execute(_NEXT_RETRY).scalar()
    instants = [instant.astimezone(UTC) for instant in (due, retry) if instant is not None]
    return min(instants, default=None)


_NEXT_DUE = (
    sa.select(TABLE.c.next_due_at)
    .where(TABLE.c.next_due_at.is_not(None), TABLE.c.retry_at.is_(None))
    .order_by(TABLE.c.next_due_at)
    .limit(1)
)
_NEXT_RETRY = (
    sa.select(TABLE.c.retry_at)
    .where(TABLE.c.retry_at.is_not(None))
    .order_by(TABLE.c.retry_at)
    .limit(1)
)


def insertion(rows: Sequence[New], now: datetime) -> Insertion:
    """Return the rows of new holds, recorded now."""
    return Insertion(
        _INSERT,
        [
            (*new.hold, *_beside(Written(new.hold, new.next_due_at, 1)), new.quiet, new.digest, now)
            for new in rows
        ],
    )


def update_worked_out(
    connection: Connection, rows: Sequence[Written], before: Sequence[Hold]
) -> Updated:
    """Write what the engine changed, of the holds that are still at the revision read.

    Args:
        connection: Of the transaction.
        rows: The holds.
        before: The same holds as they were read. A tick moves two or three of the
            engine's twenty-eight fields; writing all of them takes twice as long.
    """
    after = list(zip(*(written.hold for written in rows), strict=True))
    # What the engine did not touch is the same object: no comparing of instants.
    changed = [
        place
        for place, was in enumerate(zip(*before, strict=True))
        if place in WORKED_OUT and any(map(is_not, after[place], was))
    ]
    columns = (
        *(after[place] for place in changed),
        *zip(*map(_beside, rows), strict=True),
        [written.hold.revision + 1 for written in rows],
        *zip(*map(_key, rows), strict=True),
    )
    fresh = list(zip(*columns, strict=True))
    return _update_of(tuple(HOLD_FIELDS[place] for place in changed)).update(connection, fresh)


@cache
def _update_of(fields: tuple[str, ...]) -> Bulk:
    return Bulk(TABLE, (*fields, *BESIDE, "revision"), KEY, fixed=NOT_SET_ASIDE)


def update_all(connection: Connection, rows: Sequence[Written]) -> Updated:
    """Write facts and everything else, of the holds that are still at the revision read."""
    return _UPDATE_ALL.update(
        connection,
        [
            (*_next_revision(written.hold)[1:], *_beside(written), *_key(written))
            for written in rows
        ],
    )


def _next_revision(hold: Hold) -> Hold:
    return hold._replace(revision=hold.revision + 1)


def _key(written: Written) -> tuple[str, int]:
    return written.hold.id, written.hold.revision


def _beside(written: Written) -> tuple[str, datetime | None, int]:
    return str(domain.status(written.hold)), written.next_due_at, written.alert_sequence


def set_aside(connection: Connection, hold_id: str, because: str, now: datetime) -> None:
    """Put a hold that could not be advanced out of the way for a minute; it stays due."""
    connection.execute(
        sa.update(TABLE)
        .where(TABLE.c.id == hold_id)
        .values(retry_at=now + RETRY_SET_ASIDE, set_aside_because=because[:500])
    )


def hush(connection: Connection, hold_id: str) -> None:
    """Send nothing about a hold from now on."""
    connection.execute(sa.update(TABLE).where(TABLE.c.id == hold_id).values(quiet=True))


def set_aside_holds(connection: Connection) -> list[tuple[str, str]]:
    """Return the holds set aside, with the reason."""
    rows = connection.execute(
        sa.select(TABLE.c.id, TABLE.c.set_aside_because).where(TABLE.c.retry_at.is_not(None))
    )
    return [(row.id, row.set_aside_because or "") for row in rows]


def lock(connection: Connection, hold_id: str) -> Stored | None:
    """Read one hold to write it in this transaction."""
    return _one(connection, _BY_ID_LOCKED, hold_id)


def find(connection: Connection, name: str) -> Stored | None:
    """Read one hold by its id."""
    return _one(connection, _BY_ID, name)


_BY_ID = _BARE.where(TABLE.c.id == sa.bindparam("id"))
_BY_ID_LOCKED = _BY_ID.with_for_update(key_share=True)


def by_references(
    connection: Connection, references: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], OnRecord]:
    """Read the holds that are on record under these pairs of facility code and reference."""
    found: dict[tuple[str, str], OnRecord] = {}
    for start in range(0, len(references), LOOKED_UP_AT_ONCE):
        some = references[start : start + LOOKED_UP_AT_ONCE]
        rows = connection.execute(_BY_REFERENCES, {"some": some}).all()
        read = _load(connection, [row[:-1] for row in rows])
        for stored, row in zip(read, rows, strict=True):
            found[stored.hold.facility_code, stored.hold.hold_ref] = OnRecord(stored, row[-1])
    return found


_BY_REFERENCES = _BARE.add_columns(sa.column("registered_as")).where(
    sa.tuple_(TABLE.c.facility_code, TABLE.c.hold_ref).in_(sa.bindparam("some", expanding=True))
)


def open_holds(connection: Connection) -> Iterator[Stored]:
    """Return every open hold."""
    rows = connection.execute(_BARE.where(TABLE.c.outcome.is_(None)).order_by(TABLE.c.id))
    yield from _load(connection, rows.all())


def ids_by_reference(
    connection: Connection, hold_ref: str, facility_codes: Collection[str] | None = None
) -> list[str]:
    """Return the ids of all holds that any facility, or one of these, calls by this reference."""
    query = sa.select(TABLE.c.id).where(TABLE.c.hold_ref == hold_ref)
    if facility_codes is not None:
        query = query.where(TABLE.c.facility_code.in_(sorted(facility_codes)))
    rows = connection.execute(query)
    return [row.id for row in rows]


def _one(
    connection: Connection, statement: sa.Select[*tuple[Any, ...]], hold_id: str
) -> Stored | None:
    found = _load(connection, connection.execute(statement, {"id": hold_id}).all())
    return found[0] if found else None
