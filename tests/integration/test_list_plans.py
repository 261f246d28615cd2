"""How the databases read a page of a list: from an index, never by sorting everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any, Final

import pytest
import sqlalchemy as sa

from scheduler import wiring
from scheduler.event_log import Filter, Span
from scheduler.store.listing import HoldPlace, HoldWanted, Stretch
from tests.support.house import FACILITY, Premises

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
SEVERAL = frozenset({FACILITY, "ELM"})

Asked = tuple[str, Any]


@contextmanager
def asked(premises: Premises) -> Iterator[list[Asked]]:
    """Gather what a database is asked meanwhile."""
    gathered: list[Asked] = []

    def gather(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "FROM event" in statement or "ORDER BY" in statement:
            gathered.append((statement, parameters))

    sa.event.listen(premises.database.engine, "before_cursor_execute", gather)
    try:
        yield gathered
    finally:
        sa.event.remove(premises.database.engine, "before_cursor_execute", gather)


def plan(premises: Premises, question: Asked) -> str:
    """Return how the database answers, where the tables are too large to read through."""
    statement, parameters = question
    with premises.database.read() as connection:
        if premises.database.is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "\n".join(row[3] for row in rows)
        for way in ("seqscan", "sort", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in rows)


def is_read_through(told: str) -> bool:
    """Say whether a table is read from end to end, in an order or in none."""
    return any(way in told for way in ("SCAN event", "SCAN delivery", "Seq Scan on"))


def is_sorted_anew(told: str) -> bool:
    return "TEMP B-TREE" in told or "Sort" in told


def read_holds(premises: Premises) -> None:
    after = HoldPlace(Stretch.NEXT_LIMIT, NOW, "AAAAAAA")
    wiring.build_views(premises.house).page(HoldWanted(is_open=True), after=after, limit=51)


def read_events(**wanted: Any) -> Callable[[Premises], None]:
    def read(premises: Premises) -> None:
        premises.house.event_log.page(Filter(**wanted), Span(after="0", limit=51))
        newest = Span(before="f", limit=51, is_newest_first=True)
        premises.house.event_log.page(Filter(**wanted), newest)

    return read


ASKED_FOR: Final[Mapping[str, Any]] = {
    "kind": "hold_registered",
    "facility_codes": SEVERAL,
    "hold_id": "AAAAAAA",
    "since": NOW - timedelta(hours=1),
    "until": NOW + timedelta(hours=1),
}
COMBINED: Final = [
    names for count in range(len(ASKED_FOR) + 1) for names in combinations(ASKED_FOR, count)
]


def test_open_holds_by_their_next_limit_come_from_an_index(premises: Premises) -> None:
    with asked(premises) as questions:
        read_holds(premises)

    by_limit = next(each for each in questions if "ceiling_at >" in each[0])
    told = plan(premises, by_limit)
    assert "hold_open_limit" in told, told
    assert not is_sorted_anew(told), told


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        pytest.param({}, None, id="all"),
        pytest.param({"facility_codes": {FACILITY}}, "event_facility", id="of one jail"),
        pytest.param({"facility_codes": SEVERAL}, "event_facility", id="of several jails"),
        pytest.param({"kind": "hold_expired"}, "event_kind", id="of a kind"),
    ],
)
def test_events_come_from_an_index_in_either_order(
    premises: Premises, wanted: dict[str, Any], index: str | None
) -> None:
    with asked(premises) as questions:
        read_events(**wanted)(premises)

    assert len(questions) >= 2
    for question in questions:
        told = plan(premises, question)
        assert index is None or index in told, told
        assert not is_sorted_anew(told), told


@pytest.mark.parametrize("names", COMBINED, ids="+".join)
def test_every_filter_of_the_log_is_answered_from_an_index(
    premises: Premises, names: tuple[str, ...]
) -> None:
    premises.register("OK-1")

    with asked(premises) as questions:
        read_events(**{name: ASKED_FOR[name] for name in names})(premises)

    plans = [plan(premises, question) for question in questions]
    assert plans
    assert [told for told in plans if is_read_through(told)] == []
    if "hold_id" in names:
        # A hold's events are few: they may be sorted, but nothing else may be looked at.
        assert all("hold_id=?" in told or "event_step" in told for told in plans), plans
    else:
        assert not any(map(is_sorted_anew, plans)), plans
    is_of_a_time = {"since", "until"} & set(names) and "hold_id" not in names
    assert any("event_occurred" in told for told in plans) is bool(is_of_a_time), plans


@pytest.mark.parametrize("state", ["dead", "waiting", "sending"])
def test_few_alerts_of_a_state_are_looked_up_in_its_index(
    sqlite_premises: Premises, state: str
) -> None:
    with asked(sqlite_premises) as questions:
        wiring.build_views(sqlite_premises.house).deliveries(state=state, before="f", limit=51)

    (told,) = [plan(sqlite_premises, question) for question in questions]
    index = {"dead": "delivery_dead", "waiting": "delivery_waiting", "sending": "delivery_leased"}
    assert f"USING INDEX {index[state]}" in told or f"COVERING INDEX {index[state]}" in told, told
    assert "SEARCH delivery USING INDEX sqlite_autoindex_delivery_1 (id=?)" in told, told
    assert not is_sorted_anew(told), told
