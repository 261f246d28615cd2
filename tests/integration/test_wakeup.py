from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from tests.support.live import QUIET, Live, live
from tests.support.receiver import Receiver

HOLDS = 100
SPACING_S = 0.04
LIMIT_S = {"sqlite": 1.0, "postgresql": 0.1}
"""SQLite tells nobody of a commit; its counter of changes is looked at four times a second."""


def lateness_s(place: Live, committed: dict[str, datetime]) -> list[float]:
    """Return for each hold how long after it could have expired first it did, in order."""
    late = []
    for event in place.events("hold_expired"):
        due = datetime.fromisoformat(event["occurred_at"])
        recorded = datetime.fromisoformat(event["recorded_at"])
        late.append((recorded - max(due, committed[event["hold_id"]])).total_seconds())
    return sorted(late)


def test_a_hold_that_another_process_registers_wakes_a_sleeping_or_busy_worker(
    migrated_url: str, tmp_path: Path, chance: Random
) -> None:
    """A hundred of a hundred, each due sooner than anything the worker waits for."""
    committed: dict[str, datetime] = {}
    never = threading.Event()
    with Receiver() as receiver, live(migrated_url, tmp_path, receiver.url) as place:
        with place.worker():
            begun = place.clock.now()
            # What keeps the worker ticking in the second half, and a burst in its middle.
            half = timedelta(seconds=HOLDS * SPACING_S / 2)
            busy = [begun + half + half * chance.random() for _ in range(200)]
            place.register_all([begun + half * 1.5] * 200 + busy, QUIET)
            for number in range(HOLDS):
                due = place.clock.now() + timedelta(seconds=0.4 * chance.random())
                hold = place.register(f"R-{number}", due)
                committed[hold.id] = place.clock.now()
                place.clock.wait(never, SPACING_S)
            receiver.wait_for(HOLDS, timeout_s=20.0)
        late = lateness_s(place, committed)

    database = migrated_url.partition(":")[0]
    shown = f"p50 {late[HOLDS // 2] * 1000:.1f} ms, max {late[-1] * 1000:.1f} ms"
    print(f"{database}: late by {shown}")  # noqa: T201 -- a figure for the report
    assert len(late) == HOLDS
    assert late[-1] <= LIMIT_S[database], shown
