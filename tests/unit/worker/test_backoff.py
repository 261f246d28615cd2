from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from scheduler.worker import backoff

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "step_s"),
    [(1, 5), (2, 30), (3, 120), (4, 300), (5, 600), (6, 600), (500, 600)],
)
def test_a_pause_is_its_step_give_or_take_a_fifth(
    failures: int, step_s: int, chance: Random
) -> None:
    pauses = [backoff.pause(failures, chance).total_seconds() for _ in range(300)]

    assert 0.8 * step_s <= min(pauses) < 0.85 * step_s
    assert 1.15 * step_s < max(pauses) <= 1.2 * step_s


def test_no_pause_is_longer_than_the_longest(chance: Random) -> None:
    pauses = [backoff.pause(9, chance) for _ in range(300)]

    assert max(pauses) <= backoff.LONGEST


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (timedelta(0), timedelta(seconds=1)),
        (timedelta(seconds=45), timedelta(seconds=45)),
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(days=1), timedelta(minutes=10)),
    ],
)
def test_what_the_receiver_asks_for_goes_within_limits(
    asked: timedelta, given: timedelta, chance: Random
) -> None:
    assert backoff.pause(1, chance, asked) == given


@pytest.mark.parametrize(("lasting", "hours"), [(False, 24), (True, 75)])
def test_alerts_of_an_expiry_outlast_a_long_weekend(lasting: bool, hours: int) -> None:
    assert backoff.gives_up_at(NOW, lasting=lasting) == NOW + timedelta(hours=hours)
