"""Migrated databases of both kinds, copied from one that was migrated once, and houses on them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler import clock as clocks
from tests.support import house, postgres
from tests.support.office import Machine, Office
from tests.support.switchboard import Switchboard


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


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of each kind in turn."""
    wanted = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
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
