"""What is told to whoever watches: everything that is committed, once, in any order of commits."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.clock import SettableClock
from scheduler.domain.events import Event, Kind
from scheduler.news import PAUSE_S, WORKERS_EVERY_S, Item, News
from scheduler.silence import LOOKS_WITHIN
from scheduler.store import journal, workers
from scheduler.store.journal import Moment
from scheduler.store.latest import AT_ONCE, LATE_COMMIT_S
from tests.support.house import OPERATOR, Premises

PATIENCE_S = 10.0


class Notebook:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.doubts = 0
        self.workers: list[bool] = []
        self.is_over = False
        self._changed = threading.Condition()

    def happened(self, items: Sequence[Item]) -> None:
        with self._changed:
            self.items += items
            self._changed.notify_all()

    def sight_may_have_changed(self) -> None:
        with self._changed:
            self.doubts += 1
            self._changed.notify_all()

    def worker(self, *, runs: bool) -> None:
        with self._changed:
            self.workers.append(runs)
            self._changed.notify_all()

    def ended(self) -> None:
        self.is_over = True

    def wait_for_items(self, count: int) -> list[Item]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.items) >= count, PATIENCE_S)
        return self.items

    def wait_for_workers(self, count: int) -> list[bool]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.workers) >= count, PATIENCE_S)
        return self.workers


@pytest.fixture
def real() -> SettableClock:
    """The world's clock, moved by hand: waking is not by it."""
    return SettableClock(datetime(2026, 3, 2, 14, tzinfo=UTC))


@pytest.fixture
def news(premises: Premises, real: SettableClock) -> Iterator[News]:
    made = News(premises.database, premises.clock, real)
    yield made
    made.close()


@pytest.fixture
def notebook(news: News) -> Notebook:
    made = Notebook()
    news.tell(made)
    return made


def test_what_was_there_before_is_no_news(premises: Premises, news: News) -> None:
    premises.register("OLD")
    notebook = Notebook()
    news.tell(notebook)

    new = premises.register("NEW").hold.id
    kinds = premises.kinds(new)

    assert {item.hold_id for item in notebook.wait_for_items(len(kinds))} == {new}


def test_each_event_about_a_hold_is_told_once_and_no_other(
    premises: Premises, news: News, notebook: Notebook
) -> None:
    told = 0
    for number in range(5):
        hold_id = premises.register(f"R-{number}").hold.id
        told += len(premises.kinds(hold_id))
        premises.administration.add_office(OPERATOR, f"O{number}", name="Office")
        notebook.wait_for_items(told)
    news.wake()

    wanted = [event["id"] for event in premises.events() if event["hold_id"] is not None]
    assert [item.event_id for item in notebook.items] == wanted
    assert notebook.doubts >= 1


def test_more_than_is_read_at_once_is_told_whole(
    premises: Premises, news: News, notebook: Notebook
) -> None:
    hold = premises.register("R-1").hold
    now = premises.clock.now()
    count = AT_ONCE + 10
    with premises.database.write() as connection:
        journal.append(
            connection, [(hold, Event(Kind.CALL_LOGGED, now))] * count, Moment(now, "cli:tester")
        )
    news.wake()

    told = len(premises.kinds(hold.id))
    items = notebook.wait_for_items(told)
    assert len({item.event_id for item in items}) == told > count


def test_what_is_committed_after_later_events_is_told_too(
    postgres_premises: Premises, real: SettableClock
) -> None:
    """PostgreSQL commits in any order; an id is made before."""
    premises = postgres_premises
    news = News(premises.database, premises.clock, real)
    notebook = Notebook()
    hold = premises.register("R-1").hold
    news.tell(notebook)
    now = premises.clock.now()
    event = Event(Kind.CALL_LOGGED, now)

    with premises.database.write() as late:
        (late_id,) = journal.append(late, [(hold, event)], Moment(now, "cli:late"))
        with premises.database.write() as soon:
            (soon_id,) = journal.append(soon, [(hold, event)], Moment(now, "cli:soon"))
        news.wake()
        notebook.wait_for_items(1)
    news.wake()
    items = notebook.wait_for_items(2)
    news.close()

    assert late_id < soon_id
    assert [item.event_id for item in items] == [soon_id, late_id]


def test_a_burst_is_not_read_again_for_ever(
    postgres_premises: Premises, real: SettableClock
) -> None:
    premises = postgres_premises
    news = News(premises.database, premises.clock, real)
    notebook = Notebook()
    news.tell(notebook)
    hold_id = premises.register("R-1").hold.id
    told = len(premises.kinds(hold_id))
    notebook.wait_for_items(told)

    real.tick(seconds=LATE_COMMIT_S + 1)
    news.wake()
    later = premises.register("R-2").hold.id
    items = notebook.wait_for_items(told + len(premises.kinds(later)))
    news.close()

    assert len(items) == len({item.event_id for item in items})


def test_it_is_told_when_the_timekeeper_stops_and_looks_again(
    premises: Premises, real: SettableClock, news: News, notebook: Notebook
) -> None:
    clock = premises.clock

    def look() -> None:
        real.tick(seconds=WORKERS_EVERY_S + PAUSE_S)
        news.wake()

    assert notebook.wait_for_workers(1) == [False]
    with premises.database.write() as connection:
        workers.start(connection, "w", host="h", pid=1, now=clock.now())
    look()
    assert notebook.wait_for_workers(2) == [False, True]
    clock.tick(seconds=(LOOKS_WITHIN + timedelta(seconds=1)).total_seconds())
    look()
    assert notebook.wait_for_workers(3) == [False, True, False]


def test_after_the_end_nothing_is_told(premises: Premises, news: News, notebook: Notebook) -> None:
    news.close()
    premises.register("R-1")
    news.wake()

    assert notebook.is_over
    assert notebook.items == []
