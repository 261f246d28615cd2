from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from scheduler import wiring
from scheduler.errors import StoreError
from scheduler.store import schema, tables
from scheduler.store.engine import Database, open_database
from tests.support import house


@pytest.fixture
def database(migrated_url: str) -> Database:
    return open_database(migrated_url, durable=False)


def test_the_migrations_make_exactly_the_schema_of_the_tables(database: Database) -> None:
    with database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, SQLModel.metadata)
    database.close()

    assert differences == []


def test_every_instant_is_stored_by_the_type_that_keeps_it_aware() -> None:
    """A plain DateTime column drops the offset on SQLite: five hours were lost in a trial."""
    naive = [
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.DateTime)
        or (column.name.endswith("_at") and not isinstance(column.type, UTCDateTime))
    ]

    assert naive == []
    assert isinstance(tables.HoldRow.__table__.c.lodged_at.type, UTCDateTime)


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    house.migrate(database_url)
    house.migrate(database_url)

    database = open_database(database_url)
    schema.require(database)
    database.close()


def test_processes_that_migrate_at_once_make_one_schema(database_url: str) -> None:
    together = threading.Barrier(4)

    def migrate() -> None:
        together.wait(10)
        house.migrate(database_url)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(migrate) for _ in range(4)]:
            done.result(30)

    database = open_database(database_url)
    schema.require(database)
    with database.read() as connection:
        revisions = connection.execute(sa.text("SELECT version_num FROM alembic_version")).all()
    database.close()
    assert len(revisions) == 1


def test_a_newer_schema_is_refused_by_name(migrated_url: str) -> None:
    database = open_database(migrated_url)
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999_later'"))

    with pytest.raises(StoreError, match="'9999_later' is newer"):
        schema.require(database)
    with pytest.raises(StoreError, match="'9999_later' is newer"):
        schema.migrate(database)
    database.close()


def test_a_database_without_a_schema_is_refused_with_what_to_do(plain_postgres_url: str) -> None:
    database = open_database(plain_postgres_url)

    with pytest.raises(StoreError, match="holdclock migrate"):
        schema.require(database)
    database.close()


def test_a_missing_file_is_refused_and_not_created(tmp_path: Path) -> None:
    file = tmp_path / "nowhere.db"
    settings = house.read_settings(f"sqlite:///{file}", tmp_path)

    with pytest.raises(StoreError, match="holdclock migrate"):
        wiring.open_house(settings)

    assert not file.exists()


@pytest.mark.parametrize("damage", ["noise", "overwritten head", "cut short"])
def test_a_damaged_file_is_refused_with_the_way_back(
    sqlite_url: str, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "holdclock.db"
    raw = file.read_bytes()
    broken = {
        "noise": b"this is no database at all, but it is long enough" * 100,
        "overwritten head": b"\x00" * 4096 + raw[4096:],
        "cut short": raw[:5000],
    }[damage]
    file.write_bytes(broken)
    settings = house.read_settings(sqlite_url, tmp_path)

    with pytest.raises(StoreError, match="holdclock restore"):
        wiring.open_house(settings)

    assert file.read_bytes() == broken


def test_a_server_that_is_not_there_is_refused_with_what_to_check(tmp_path: Path) -> None:
    folder = str(tmp_path).replace("/", "%2F")
    database = open_database(f"postgresql://holdclock@/nothing?host={folder}")

    with pytest.raises(StoreError, match="does not answer"):
        schema.require(database)
    database.close()


def test_a_simulation_is_refused_where_a_record_is_wanted(database: Database) -> None:
    with database.write() as connection:
        schema.mark_simulation(connection)

    with pytest.raises(StoreError, match="simulation"):
        schema.require(database)
    schema.require(database, simulation=True)
    database.close()


def test_an_empty_schema_holds_nothing_and_an_office_is_something(database: Database) -> None:
    with database.write() as connection:
        before = schema.holds_anything(connection)
        connection.execute(
            sa.text("INSERT INTO office (code, name, created_at) VALUES ('E', 'East', :at)"),
            {"at": datetime(2026, 3, 2, tzinfo=UTC)},
        )
        after = schema.holds_anything(connection)
    database.close()

    assert (before, after) == (False, True)


INSTANTS = [
    pytest.param(datetime(2026, 3, 2, 14, 5, 6, 123456, tzinfo=UTC), id="microseconds"),
    pytest.param(datetime(2026, 3, 2, 14, 5, 6, tzinfo=UTC), id="whole-second"),
    pytest.param(datetime(1990, 1, 1, tzinfo=UTC), id="earliest"),
    pytest.param(datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), id="latest"),
    pytest.param(
        datetime(2026, 11, 1, 1, 30, 0, 1, tzinfo=timezone(timedelta(hours=-5))), id="an-offset"
    ),
]


@pytest.mark.parametrize("instant", INSTANTS)
def test_every_stored_instant_comes_back_aware_in_utc_to_the_microsecond(
    database: Database, instant: datetime
) -> None:
    """Every column of every table that holds one."""
    columns = [
        (table, column)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, UTCDateTime)
    ]
    assert len(columns) > 40
    returned = []
    with database.engine.connect() as connection:
        for _, column in columns:
            typed = sa.select(sa.literal(instant, column.type).label("kept"))
            spelled = column.type.compile(database.engine.dialect)
            connection.execute(sa.text(f"CREATE TEMPORARY TABLE kept (kept {spelled})"))
            kept = sa.table("kept", sa.column("kept", column.type))
            connection.execute(sa.insert(kept).from_select(["kept"], typed))
            returned.append(connection.execute(sa.select(kept.c.kept)).scalar_one())
            connection.execute(sa.text("DROP TABLE kept"))
    database.close()

    assert set(returned) == {instant}
    assert {value.utcoffset() for value in returned} == {timedelta(0)}


def test_a_naive_instant_is_refused_by_the_column(database: Database) -> None:
    naive = datetime(2026, 3, 2, 14)  # noqa: DTZ001 -- what must be refused

    with pytest.raises(sa.exc.StatementError), database.write() as connection:
        connection.execute(
            sa.insert(tables.Office.__table__).values(code="E", name="East", created_at=naive)
        )
    database.close()
