from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.store.endpoints import LONGEST_REST, Health
from scheduler.worker.breaker import OPENS_AFTER, PROBE_EVERY, Learned, Try, learn

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=9)


def failed(known_rounds: int, asked: timedelta | None = None) -> Try:
    return Try("E", False, known_rounds, asked)


def only(learned: list[Learned]) -> Learned:
    (one,) = learned
    return one


def test_a_success_at_an_endpoint_that_works_teaches_nothing() -> None:
    assert learn([Try("E", True, 0)], {}, NOW) == []


def test_the_first_failure_counts_one_and_says_since_when() -> None:
    learned = only(learn([failed(0)], {}, NOW))

    assert learned.health == Health(1, NOW, None)
    assert not learned.opened


def test_failures_that_come_back_together_are_one_round() -> None:
    assert only(learn([failed(0), failed(0)], {}, NOW)).health.failed_rounds == 1


def test_a_failure_that_was_under_way_when_the_last_was_counted_counts_no_more() -> None:
    assert learn([failed(2)], {"E": Health(3, SINCE, None)}, NOW) == []


@pytest.mark.parametrize(("before", "opens"), [(3, False), (4, True), (5, False), (9, False)])
def test_the_fifth_round_opens_the_breaker_and_no_other(before: int, opens: bool) -> None:
    learned = only(learn([failed(before)], {"E": Health(before, SINCE, None)}, NOW))

    assert learned.opened is opens
    assert learned.health.failing_since == SINCE
    assert (learned.health.probe_at is not None) is (before + 1 >= OPENS_AFTER)


@pytest.mark.parametrize(
    ("asked", "rest"),
    [
        pytest.param(None, PROBE_EVERY, id="a minute"),
        pytest.param(timedelta(seconds=5), PROBE_EVERY, id="no less"),
        pytest.param(timedelta(minutes=3), timedelta(minutes=3), id="as asked"),
        pytest.param(timedelta(days=1), LONGEST_REST, id="ten minutes at most"),
    ],
)
def test_the_next_probe_comes_after_a_minute_or_as_long_as_was_asked(
    asked: timedelta | None, rest: timedelta
) -> None:
    learned = only(learn([failed(7, asked)], {"E": Health(7, SINCE, NOW)}, NOW))

    assert learned.health.probe_at == NOW + rest


def test_a_success_closes_it_though_another_failed_beside_it() -> None:
    tries = [failed(6), Try("E", True, 6)]

    assert only(learn(tries, {"E": Health(6, SINCE, NOW)}, NOW)).health == Health()


def test_endpoints_are_judged_apart() -> None:
    tries = [Try("A", False, 0), Try("B", True, 0), Try("C", True, 2)]

    learned = learn(tries, {"C": Health(2, SINCE, None)}, NOW)

    assert {each.channel_id: each.health.failed_rounds for each in learned} == {"A": 1, "C": 0}


@pytest.mark.parametrize(
    ("probe_in", "rests"),
    [
        pytest.param(timedelta(microseconds=1), True, id="just before"),
        pytest.param(timedelta(0), False, id="at the probe"),
        pytest.param(-timedelta(seconds=1), False, id="after"),
        pytest.param(LONGEST_REST, True, id="as far as any"),
        pytest.param(timedelta(days=1), False, id="planned by a clock since set back"),
    ],
)
def test_an_endpoint_rests_until_its_probe(probe_in: timedelta, rests: bool) -> None:
    assert Health(5, SINCE, NOW + probe_in).rests(NOW) is rests


def test_an_endpoint_whose_breaker_is_closed_never_rests() -> None:
    assert not Health(4, SINCE, None).rests(NOW)
