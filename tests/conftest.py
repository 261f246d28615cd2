"""What every test may ask for: a clock set by hand, settings, a house of its own, chance."""

from __future__ import annotations

import gc
import logging
import os
import random
import shutil
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import log_setup
from config import settings as config_settings
from scheduler import clock as clocks
from tests.support import house, postgres, processes
from tests.support.office import Machine, Office
from tests.support.switchboard import Switchboard


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this project's tests."""
    group = parser.getgroup("holdclock")
    group.addoption(
        "--postgres-fsync",
        action="store_true",
        help="let the PostgreSQL of the tests wait for the disk at every commit",
    )
    group.addoption(
        "--seed", type=int, default=None, help="seed of `chance`; otherwise each test has its own"
    )


def pytest_xdist_auto_num_workers() -> int:
    """Run three processes for two cores: many a test waits for another process."""
    return (3 * len(os.sched_getaffinity(0)) + 1) // 2


def pytest_collection_finish() -> None:
    """Look for cycles rarely: among all that a run holds, each look took a fifth of its time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """Undo what a test sets up: logging belongs to the whole process."""
    known = [logging.getLogger(name) for name in ("", *log_setup.CONFIGURED_LOGGERS)]
    levels = [each.level for each in known]
    handlers = logging.getLogger().handlers[:]
    yield
    logging.captureWarnings(capture=False)
    # pytest takes its own handlers off itself; one that it adds later must stay.
    for handler in logging.getLogger().handlers[:]:
        if handler not in handlers:
            logging.getLogger().removeHandler(handler)
    for each, level in zip(known, levels, strict=True):
        each.setLevel(level)


@pytest.fixture
def clock() -> clocks.SettableClock:
    """A clock that stands at Monday 2026-03-02 09:00 in New York until it is moved."""
    return clocks.SettableClock(datetime(2026, 3, 2, 14, tzinfo=UTC))


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Chance that repeats: the same for a test at every run, or as ``--seed`` says."""
    seed = request.config.getoption("--seed")
    if seed is None:
        seed = zlib.crc32(request.node.nodeid.encode())
    # Shown by pytest if the test fails.
    print(f"chance: repeat with --seed={seed}")  # noqa: T201 - meant for the failure report
    return random.Random(seed)


@pytest.fixture
def settings(tmp_path: Path) -> config_settings.Settings:
    """Settings with throw-away keys and an SQLite file that does not exist yet."""
    environ = processes.clean_environ(
        tmp_path, settings={"HOLDCLOCK_DATABASE_URL": f"sqlite:///{tmp_path / 'holdclock.db'}"}
    )
    return config_settings.load_settings(environ)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[postgres.PostgresServer]:
    """The PostgreSQL of this run, started for the first test that asks."""
    with postgres.running_server(fsync=request.config.getoption("--postgres-fsync")) as server:
        yield server


@pytest.fixture
def plain_postgres_url(postgres_server: postgres.PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database, as the setting takes it: ``postgresql://...``."""
    if not postgres_server.is_running:
        postgres_server.start()  # a test before this one crashed it
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    if not postgres_server.is_running:
        postgres_server.start()
    postgres_server.drop_database(name)


@pytest.fixture
def postgres_url(plain_postgres_url: str) -> str:
    """The same as SQLAlchemy takes it: ``postgresql+psycopg://...``."""
    return plain_postgres_url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    told: str = request.param
    return told


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> str:
    """An empty database of each kind in turn, as the setting takes it."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'holdclock.db'}"
    url: str = request.getfixturevalue("plain_postgres_url")
    return url


# Databases copied from one that was migrated once, and houses on them. ------------------


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and nothing in it, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "template.db"
    house.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_template(postgres_server: postgres.PostgresServer) -> str:
    """The name of a PostgreSQL database with the schema and nothing in it, to be copied."""
    name = postgres_server.create_database()
    house.migrate(postgres_server.url(name))
    return name


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A migrated SQLite database."""
    file = tmp_path / "holdclock.db"
    shutil.copyfile(migrated_file, file)
    return f"sqlite:///{file}"


@pytest.fixture
def migrated_postgres_url(
    postgres_server: postgres.PostgresServer, migrated_template: str
) -> Iterator[str]:
    """A migrated PostgreSQL database."""
    name = postgres_server.create_database(template=migrated_template)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def migrated_url(request: pytest.FixtureRequest, database_kind: str) -> str:
    """A migrated database of each kind in turn."""
    wanted = "sqlite_url" if database_kind == "sqlite" else "migrated_postgres_url"
    url: str = request.getfixturevalue(wanted)
    return url


@pytest.fixture
def premises(
    migrated_url: str, clock: clocks.SettableClock, tmp_path: Path
) -> Iterator[house.Premises]:
    """A facility with its office on each kind of database; nobody is told yet."""
    with house.premises(migrated_url, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def office(premises: house.Premises) -> Office:
    """The web application of those premises."""
    return Office(premises)


@pytest.fixture
def jail(office: Office) -> Machine:
    """A machine of the facility."""
    return office.machine("facility", [house.FACILITY])


@pytest.fixture
def other_jail(office: Office) -> Machine:
    """A machine of the second facility, which the test has added."""
    return office.machine("facility", [house.ELSEWHERE])


@pytest.fixture
def sqlite_premises(
    sqlite_url: str, clock: clocks.SettableClock, tmp_path: Path
) -> Iterator[house.Premises]:
    """The same on SQLite alone."""
    with house.premises(sqlite_url, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def postgres_premises(
    migrated_postgres_url: str, clock: clocks.SettableClock, tmp_path: Path
) -> Iterator[house.Premises]:
    """The same on PostgreSQL alone."""
    with house.premises(migrated_postgres_url, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def hooks(premises: house.Premises) -> Switchboard:
    """Ways out whose endpoints fail when told to, instead of the recording ones."""
    board = Switchboard()
    premises.delivery = premises.new_delivery(ways={"webhook": board})
    return board
