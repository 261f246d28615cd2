from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

from scheduler.store import ids

# Later than any other test's clock: what is made in one process never runs back.
NOW = datetime(2090, 3, 2, 14, tzinfo=UTC)


def test_a_speakable_id_has_no_letter_that_is_mistaken_for_another() -> None:
    made = [ids.speakable() for _ in range(500)]

    assert len(set(made)) == 500
    assert {len(each) for each in made} == {7}
    assert not set("".join(made)) & set("0O1IL")
    assert set("".join(made)) <= set(ids.SPEAKABLE)


def test_an_id_of_an_event_is_a_uuid_of_version_7_with_its_millisecond() -> None:
    at = NOW + timedelta(milliseconds=7)

    (made,) = ids.time_ordered(at, 1)

    read = UUID(made)
    assert str(read) == made
    assert (read.version, read.variant) == (7, "specified in RFC 4122")
    assert read.int >> 80 == int(at.timestamp() * 1000)


def test_ids_sort_in_the_order_they_were_made_also_within_a_millisecond() -> None:
    at = NOW + timedelta(seconds=1)
    made = [each for _ in range(3) for each in ids.time_ordered(at, 5000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_sort_in_the_order_they_were_made_also_when_the_clock_is_set_back() -> None:
    before = ids.time_ordered(NOW + timedelta(hours=2), 3)
    after = ids.time_ordered(NOW + timedelta(hours=1), 3)

    assert [*before, *after] == sorted([*before, *after])


def test_threads_never_make_the_same_id() -> None:
    at = NOW + timedelta(hours=3)

    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda _: ids.time_ordered(at, 500), range(20)))

    made = [each for batch in batches for each in batch]
    assert len(set(made)) == len(made) == 10_000
    assert all(batch == sorted(batch) for batch in batches)
