from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scheduler.errors import StoreError
from scheduler.store import bulk
from scheduler.store.engine import database_url, open_database


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:////var/lib/holdclock.db", "sqlite"),
        ("postgresql://holdclock@db/holdclock", "postgresql+psycopg"),
        ("postgresql+psycopg2://holdclock@db/holdclock", "postgresql+psycopg"),
    ],
)
def test_an_address_is_read_with_this_product_s_driver(text: str, driver: str) -> None:
    assert database_url(text).drivername == driver


@pytest.mark.parametrize(
    "text", ["sqlite://", "sqlite:///:memory:", "mysql://db/holdclock", "nonsense", ""]
)
def test_another_address_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///FILE or postgresql://"):
        database_url(text)


def test_a_refusal_shows_no_password() -> None:
    with pytest.raises(StoreError) as caught:
        database_url("mysql://holdclock:secret-word@db/holdclock")

    assert "secret-word" not in str(caught.value)


def test_opening_a_database_touches_nothing() -> None:
    database = open_database("sqlite:////nowhere/at/all.db")

    assert database.is_sqlite
    assert str(database.file) == "/nowhere/at/all.db"
    assert open_database("postgresql://nowhere.invalid/x").file is None


def test_an_instant_is_spelled_so_that_texts_sort_as_instants_do() -> None:
    moment = datetime(2026, 3, 2, 14, tzinfo=UTC)
    instants = [moment + timedelta(microseconds=step) for step in (0, 1, 10, 999_999, 1_000_000)]
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=45)))

    spelled = [bulk.instant_text(instant) or "" for instant in instants]

    assert spelled == sorted(spelled)
    assert {len(text) for text in spelled} == {26}
    assert [bulk.instant_from(text) for text in spelled] == instants
    assert bulk.instant_text(elsewhere) == spelled[0]
    assert bulk.instant_text(None) is None
