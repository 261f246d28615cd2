"""Counts in the database: exact for people, settled once a second for machines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from scheduler.accounts.counters import Counters, SettledCounters
from scheduler.clock import SettableClock
from scheduler.store.engine import open_database
from tests.support.house import Premises

MINUTE = 60


@pytest.fixture
def real(clock: SettableClock) -> SettableClock:
    """The world's clock, moved by hand as well."""
    return SettableClock(clock.now())


def settled(premises: Premises, real: SettableClock) -> SettledCounters:
    return SettledCounters(premises.database, premises.clock, real)


def on_record(premises: Premises) -> list[int]:
    with premises.database.read() as connection:
        return list(connection.execute(sa.text("SELECT asked FROM rate_counter")).scalars())


def test_count_belongs_to_its_key_and_ends_with_its_window(premises: Premises) -> None:
    counters = Counters(premises.database, premises.clock)

    first = [counters.incr("a", MINUTE), counters.incr("a", MINUTE, 3), counters.incr("b", MINUTE)]
    premises.clock.tick(seconds=59)
    last = counters.incr("a", MINUTE)
    ends_at = counters.get_expiry("a")
    premises.clock.tick(seconds=1)

    assert first == [1, 4, 1]
    assert last == 5
    assert ends_at == premises.clock.now().timestamp()
    assert (counters.get("a"), counters.incr("a", MINUTE)) == (0, 1)


def test_two_processes_count_together(premises: Premises) -> None:
    ours, theirs = (Counters(premises.database, premises.clock) for _ in range(2))

    ours.incr("a", MINUTE)
    theirs.incr("a", MINUTE)

    assert (ours.get("a"), theirs.get("a")) == (2, 2)


def test_counts_made_at_once_are_all_counted(premises: Premises) -> None:
    counters = Counters(premises.database, premises.clock)

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: counters.incr("a", MINUTE), range(40)))

    assert sorted(seen) == list(range(1, 41))


def test_count_is_forgotten_when_told(premises: Premises) -> None:
    counters = Counters(premises.database, premises.clock)
    counters.incr("a", MINUTE)
    counters.incr("b", MINUTE)

    counters.clear("a")
    kept = counters.get("b")

    assert (counters.get("a"), kept, counters.reset()) == (0, 1, 1)
    assert counters.check()


def test_key_is_on_record_as_a_digest_only(premises: Premises) -> None:
    Counters(premises.database, premises.clock).incr("deputy@oak.example.gov", MINUTE)

    assert len(premises.scalar("SELECT key FROM rate_counter")) == 64


def test_machine_pays_for_a_commit_once_a_second_at_most(
    premises: Premises, real: SettableClock
) -> None:
    counters, commits = settled(premises, real), []
    sa.event.listen(
        premises.database.engine,
        "before_cursor_execute",
        lambda *about: commits.append(about[2]) if about[2].startswith("INSERT") else None,
    )

    seen = [counters.incr("a", MINUTE) for _ in range(100)]
    real.tick(seconds=1)
    seen += [counters.incr("a", MINUTE) for _ in range(100)]

    assert seen == list(range(1, 201))
    assert len(commits) == 2
    assert on_record(premises) == [101]


def test_process_learns_of_another_ones_counts_within_a_second(
    premises: Premises, real: SettableClock
) -> None:
    ours, theirs = settled(premises, real), settled(premises, real)
    ours.incr("a", MINUTE)
    theirs.incr("a", MINUTE, 50)

    before = ours.incr("a", MINUTE)
    real.tick(seconds=1)

    assert before == 2
    assert ours.incr("a", MINUTE) == 53


def test_window_of_a_machine_ends_for_every_process_at_once(
    premises: Premises, real: SettableClock
) -> None:
    ours, theirs = settled(premises, real), settled(premises, real)
    ours.incr("a", MINUTE)
    premises.clock.tick(seconds=30)

    theirs.incr("a", MINUTE)
    premises.clock.tick(seconds=30)

    assert (ours.get("a"), theirs.get("a")) == (0, 0)
    assert theirs.incr("a", MINUTE) == 1


def test_counts_that_cannot_be_settled_still_limit_and_are_told(
    real: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    database = open_database("postgresql://nobody@127.0.0.1:1/gone")
    counters = SettledCounters(database, real, real)

    seen = [counters.incr("a", MINUTE) for _ in range(3)]

    assert seen == [1, 2, 3]
    assert [about(record) for record in caplog.records] == ["counts_unsettled"]


def about(record: Any) -> str:
    return str(record.action)
