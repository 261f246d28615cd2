"""When to try an alert again, and when to give it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

STEPS_S = (5, 30, 120, 300, 600)
"""Pauses after the first, second, ... failure; the last goes on. Peers' schedules,
with hours between tries, outlive a 48-hour hold."""
JITTER = 0.2
LONGEST = timedelta(seconds=STEPS_S[-1] * (1 + JITTER))
LASTING_FOR = timedelta(hours=75)
"""Expiry, release, over-detention and withdrawal alerts outlast a long weekend."""
OTHERS_FOR = timedelta(hours=24)
LONGEST_ASKED = timedelta(minutes=10)
"""A receiver may ask to be left alone, but not for longer than this."""


def pause(failures: int, chance: Random, asked: timedelta | None = None) -> timedelta:
    """Return how long to wait after so many failures.

    Args:
        failures: 1 after the first.
        chance: Spreads the tries by a fifth either way.
        asked: What the receiver asked for (`Retry-After`).
    """
    if asked is not None:
        return min(max(asked, timedelta(seconds=1)), LONGEST_ASKED)
    step = STEPS_S[min(failures, len(STEPS_S)) - 1]
    return timedelta(seconds=step * chance.uniform(1 - JITTER, 1 + JITTER))


def gives_up_at(first_attempt_at: datetime, *, lasting: bool) -> datetime:
    """Return the instant from which a failed alert is dead."""
    return first_attempt_at + (LASTING_FOR if lasting else OTHERS_FOR)
