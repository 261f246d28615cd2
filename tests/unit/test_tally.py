from __future__ import annotations

from scheduler.tally import BOUNDS_S, Tally


def test_lateness_counts_under_the_first_bound_that_holds_it() -> None:
    tally = Tally()

    tally.late([0.0, BOUNDS_S[0], BOUNDS_S[0] + 0.001, BOUNDS_S[-1] + 1])
    counted = tally.read()

    assert counted.lateness[:2] == (2, 1)
    assert counted.lateness[-1] == 1
    assert sum(counted.lateness) == 4
    assert counted.lateness_sum_s == 2 * BOUNDS_S[0] + 0.001 + BOUNDS_S[-1] + 1


def test_attempts_count_by_channel_and_result() -> None:
    tally = Tally()

    tally.attempted([("webhook", "failed"), ("email", "delivered")])
    tally.attempted([("webhook", "failed")])

    assert tally.read().attempts == {("webhook", "failed"): 2, ("email", "delivered"): 1}
