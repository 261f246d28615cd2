"""Whether the pages can serve: looked at seldom, and told without a hold's name."""

from __future__ import annotations

import logging

import pytest

from scheduler import clock as clocks
from scheduler.health import Readiness
from tests.support.house import Premises
from tests.support.postgres import PostgresServer


@pytest.fixture
def real(clock: clocks.SettableClock) -> clocks.SettableClock:
    """The world's clock, moved by hand as well."""
    return clocks.SettableClock(clock.now())


def names(readiness: Readiness) -> list[str]:
    return [check.name for check in readiness.what_is_ill()]


def test_healthy_house_is_ready_and_the_log_stays_silent(
    premises: Premises, real: clocks.SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert names(Readiness(premises.database, premises.clock, real)) == []

    assert caplog.records == []


def test_hold_that_is_overdue_by_more_than_a_minute_is_ill_until_it_is_carried_on(
    sqlite_premises: Premises, real: clocks.SettableClock
) -> None:
    premises = sqlite_premises
    readiness = Readiness(premises.database, premises.clock, real)
    registered = premises.register(would_release_at=premises.clock.now().isoformat())
    assert registered.next_due_at is not None

    until_due = registered.next_due_at - premises.clock.now()
    premises.clock.tick(seconds=until_due.total_seconds() + 60)
    just_in_time = names(readiness)
    real.tick(seconds=1)
    premises.clock.tick(seconds=1)
    overdue = names(readiness)
    real.tick(seconds=1)
    premises.tick()

    assert (just_in_time, overdue, names(readiness)) == ([], ["overdue"], [])


def test_schema_of_another_release_is_ill(premises: Premises, real: clocks.SettableClock) -> None:
    premises.execute("UPDATE alembic_version SET version_num = '9999'")

    assert names(Readiness(premises.database, premises.clock, real)) == ["schema"]


def test_it_is_looked_at_once_a_second_whoever_asks(
    sqlite_premises: Premises, real: clocks.SettableClock
) -> None:
    readiness = Readiness(sqlite_premises.database, sqlite_premises.clock, real)
    readiness.what_is_ill()
    sqlite_premises.execute("UPDATE alembic_version SET version_num = '9999'")

    real.tick(seconds=0.9)
    within = names(readiness)
    real.tick(seconds=0.1)

    assert (within, names(readiness)) == ([], ["schema"])


def test_database_that_does_not_answer_is_ill(
    postgres_premises: Premises, postgres_server: PostgresServer, real: clocks.SettableClock
) -> None:
    readiness = Readiness(postgres_premises.database, postgres_premises.clock, real)
    postgres_server.crash()
    try:
        ill = readiness.what_is_ill()
    finally:
        postgres_server.start()

    assert [check.name for check in ill] == ["database"]
