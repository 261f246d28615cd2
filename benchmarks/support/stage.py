"""A furnished database to measure on: one facility, its people, and any number of open holds.

Nothing waits for the disk here, on either side of a comparison: what is compared
is work, and a virtual disk can be slowed a thousandfold from one hour to the next.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from config import settings as config_settings
from scheduler import intake, wiring
from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Role
from scheduler.domain.hold import Hold
from scheduler.domain.instants import rfc3339
from scheduler.store import schema
from scheduler.store.engine import Database, open_database
from scheduler.store.holds import TABLE
from scheduler.store.ids import LENGTH, SPEAKABLE
from tests.support import postgres, processes

SEED = 20260302
FACILITY = "OAK"
POLICY = "i-247a"
OPERATOR = Actor("bench", Role.OPERATOR)
LEAD = timedelta(hours=24)
"""The first rung: a hold of 48 h is due this long after its start."""
COLUMNS = tuple(column.name for column in TABLE.columns)


@dataclass(frozen=True)
class Place:
    """Where databases of one kind are made."""

    name: str
    folder: Path
    server: postgres.PostgresServer | None = None

    def new(self) -> str:
        """Make a database with the product's tables and return its address."""
        if self.server is None:
            url = f"sqlite:///{self.folder / _file_name(self.folder)}"
        else:
            url = self.server.url(self.server.create_database())
        database = open_database(url, durable=False)
        schema.migrate(database)
        database.close()
        return url

    def bare(self) -> str:
        """Return the address of an empty database."""
        if self.server is None:
            return f"sqlite:///{self.folder / _file_name(self.folder)}"
        return self.server.url(self.server.create_database())

    def copy(self, url: str) -> str:
        """Return the address of a copy; nobody may be connected to the original."""
        if self.server is None:
            target = self.folder / _file_name(self.folder)
            shutil.copyfile(url.removeprefix("sqlite:///"), target)
            return f"sqlite:///{target}"
        template = url.partition("@/")[2].partition("?")[0]
        return self.server.url(self.server.create_database(template=template))


def _file_name(folder: Path) -> str:
    return f"bench-{len(list(folder.glob('bench-*.db')))}.db"


@contextlib.contextmanager
def places() -> Iterator[tuple[Place, ...]]:
    """Lend one place for each kind of database; all of it is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="holdclock-bench-") as folder,
        postgres.running_server(fsync=False) as server,
    ):
        yield Place("SQLite", Path(folder)), Place("PostgreSQL", Path(folder), server)


def open_house(url: str, clock: Clock) -> wiring.House:
    """Open a database that `Place.new` made, without waiting for the disk."""
    return wiring.open_house(read_settings(url), clock=clock, durable=False)


def read_settings(url: str) -> config_settings.Settings:
    """Return settings with throw-away keys."""
    told = {
        "HOLDCLOCK_DATABASE_URL": url,
        # No limit is what is measured.
        "HOLDCLOCK_API_REQUESTS_PER_MINUTE": "1000000",
    }
    environ = processes.clean_environ(Path("/"), settings=told)
    return config_settings.load_settings(environ)


def furnish(house: wiring.House) -> None:
    """Add a facility with a duty officer on two channels, and a supervisor to escalate to."""
    desk = house.administration
    desk.add_office(OPERATOR, "EAST", name="East office")
    desk.add_facility(
        OPERATOR,
        FACILITY,
        name="Oakmont",
        state="NC",
        timezone="America/New_York",
        policy=POLICY,
        office="EAST",
    )
    duty = desk.add_contact(OPERATOR, name="Duty", office="EAST", place=1)
    desk.add_email(OPERATOR, duty, "duty@example.org")
    desk.add_email(OPERATOR, duty, "desk@example.org", place=1)
    supervisor = desk.add_contact(OPERATOR, name="Supervisor", office="EAST", supervisor=True)
    desk.add_email(OPERATOR, supervisor, "supervisor@example.org")


def register(house: wiring.House, hold_ref: str, *, first_rung_at: datetime) -> Hold:
    """Register a hold whose first reminder is due at an instant, and return it."""
    starts = rfc3339(first_rung_at - LEAD)
    asked = intake.read_registration(
        {
            "facility_code": FACILITY,
            "hold_ref": hold_ref,
            "lodged_at": starts,
            "served_at": starts,
            "would_release_at": starts,
        },
        "America/New_York",
        house.clock.now(),
        is_history=True,
    )
    return house.registry.register_hold(asked, OPERATOR, is_history=True).hold


def multiply(
    database: Database, hold_id: str, count: int, *, spread_from: datetime | None = None
) -> None:
    """Add copies of a hold under random ids of the usual form, as a desk would have them.

    Args:
        database: Where the hold is.
        hold_id: The original.
        count: How many copies.
        spread_from: Their next due instants lie a second apart from here on;
            None leaves them as the original's.
    """
    original = _row(database, hold_id)
    rows: list[Sequence[Any]] = []
    for number, copy_id in enumerate(_ids(count)):
        changes: dict[str, Any] = {"id": copy_id, "hold_ref": f"COPY-{number}"}
        if spread_from is not None:
            changes["next_due_at"] = _stored(database, spread_from + timedelta(seconds=number))
        copy = original | changes
        rows.append([copy[name] for name in COLUMNS])
    insert_rows(database, "hold", COLUMNS, rows)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def insert_rows(
    database: Database, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows as the driver gave them, the fastest way there is."""
    names = ", ".join(columns)
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        if database.is_sqlite:
            marks = ", ".join("?" for _ in columns)
            driver.execute("BEGIN IMMEDIATE")
            driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            driver.execute("COMMIT")
            return
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        driver.commit()


def rows_of(  # noqa: PLR0917 - the parts of a SELECT, in their order there
    database: Database, table: str, columns: Sequence[str], order: str, where: str = "1 = 1"
) -> list[Any]:
    """Return a table's rows as the driver gives them."""
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql(
            f"SELECT {', '.join(columns)} FROM {table} WHERE {where} ORDER BY {order}"
        )
        return [tuple(row) for row in found.fetchall()]


def count(database: Database, table: str, where: str = "1 = 1") -> int:
    """Return how many rows there are."""
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE {where}")
        return int(found.scalar_one())


def _row(database: Database, hold_id: str) -> dict[str, Any]:
    found = [row for row in rows_of(database, "hold", COLUMNS, "id") if row[0] == hold_id]
    return dict(zip(COLUMNS, found[0], strict=True))


def _stored(database: Database, instant: datetime) -> Any:
    if not database.is_sqlite:
        return instant
    return instant.replace(tzinfo=None).isoformat(" ", "microseconds")


def _ids(count: int) -> list[str]:
    chance = random.Random(SEED)
    made: dict[str, None] = {}
    while len(made) < count:
        made["".join(chance.choices(SPEAKABLE, k=LENGTH))] = None
    return list(made)
