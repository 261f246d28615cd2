"""Brings the schema up to date, and refuses a database this release cannot serve."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from scheduler.errors import StoreError
from scheduler.store import tables
from scheduler.store.engine import Database

MIGRATION_LOCK = 748_248
"""Any number does, as long as every process of every release takes the same one."""
SIMULATION = "simulation"
NOT_CONTENT = frozenset({"alembic_version", "directory_stamp"})
"""Tables that have their row from the start."""

_INSTALLATION = tables.Installation.__table__
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


def migrate(database: Database) -> None:
    """Create the database if need be, and run every migration it lacks, under a lock.

    Raises:
        StoreError: The schema is newer than this release.
    """
    if database.file is not None:
        database.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        _refuse_newer(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require(database: Database, *, simulation: bool = False) -> None:
    """Refuse a database that is missing, behind, newer, or of the other kind.

    Raises:
        StoreError: With what to do about it.
    """
    if database.file is not None and not database.file.exists():
        raise StoreError(
            f"database: there is no file {database.file}; `holdclock migrate` creates one"
        )
    try:
        with database.read() as connection:
            _refuse_newer(connection)
            if _revision(connection) != _head():
                raise StoreError(
                    "database: its schema is not that of this release; run `holdclock migrate`"
                )
            if is_simulation(connection) and not simulation:
                raise StoreError(
                    "database: it holds a simulation (a replay), not a facility's record; "
                    "use another database"
                )
    except sa.exc.OperationalError as exc:
        raise StoreError(
            "database: it does not answer; check the address, and that the server runs"
        ) from exc
    except sa.exc.DatabaseError as exc:
        raise StoreError(
            "database: the file is damaged or no database; bring a copy back with "
            "`holdclock restore FILE`"
        ) from exc


def is_current(connection: Connection) -> bool:
    """Say whether the schema is still that of this release, once `require` has let it pass.

    For whoever asks again and again: `require` reads the migrations and logs that it did.
    """
    return revision(connection) == _head()


def revision(connection: Connection) -> str | None:
    """Return which migration the database is at."""
    found: str | None = connection.execute(sa.select(_VERSION.c.version_num)).scalar()
    return found


def is_simulation(connection: Connection) -> bool:
    """Say whether this database was filled by a replay."""
    found = connection.execute(
        sa.select(_INSTALLATION.c.value).where(_INSTALLATION.c.key == SIMULATION)
    )
    return found.scalar() is not None


def mark_simulation(connection: Connection) -> None:
    """Mark a new database as a simulation, for good."""
    connection.execute(sa.insert(_INSTALLATION).values(key=SIMULATION, value="replay"))


def holds_anything(connection: Connection) -> bool:
    """Say whether any table of the product has a row."""
    for table in SQLModel.metadata.sorted_tables:
        if table.name in NOT_CONTENT:
            continue
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            return True
    return False


def _refuse_newer(connection: Connection) -> None:
    found = _revision(connection)
    if found is None or found in {script.revision for script in _scripts().walk_revisions()}:
        return
    raise StoreError(
        f"database: its schema '{found}' is newer than this release; start the newer release"
    )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _head() -> str | None:
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
