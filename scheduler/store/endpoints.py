"""What is known of an endpoint: whether its last tries failed, and when to try next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store.directory import CHANNEL

LONGEST_REST = timedelta(minutes=10)
"""No probe is further off than this, however long an endpoint asks to be left alone."""


class Health(NamedTuple):
    """How an endpoint does.

    Attributes:
        failed_rounds: Failures running, one for each round of tries.
        failing_since: UTC; None while it works.
        probe_at: UTC; while the breaker is open, when to try next.
    """

    failed_rounds: int = 0
    failing_since: datetime | None = None
    probe_at: datetime | None = None

    @property
    def is_failing(self) -> bool:
        """Say whether its last try failed."""
        return self.failed_rounds > 0

    @property
    def is_open(self) -> bool:
        """Say whether its breaker is open."""
        return self.probe_at is not None

    def rests(self, now: datetime) -> bool:
        """Say whether its next probe is still to come.

        One further off than any is set was planned by a clock since set back.
        """
        return self.probe_at is not None and now < self.probe_at <= now + LONGEST_REST


_UNWELL = sa.select(
    CHANNEL.c.id, CHANNEL.c.failed_rounds, CHANNEL.c.failing_since, CHANNEL.c.probe_at
).where(CHANNEL.c.failed_rounds > 0)


def unwell(connection: Connection) -> dict[str, Health]:
    """Return the endpoints whose last try failed."""
    return {row.id: Health(*row[1:]) for row in connection.execute(_UNWELL)}


def remember(connection: Connection, channel_id: str, health: Health, *, before: Health) -> bool:
    """Write what was learned of an endpoint.

    Returns:
        False where another process counted a failure first: both saw the same one.
    """
    change = sa.update(CHANNEL).where(CHANNEL.c.id == channel_id).values(health._asdict())
    if health.failed_rounds:
        change = change.where(CHANNEL.c.failed_rounds == before.failed_rounds)
    return connection.execute(change).rowcount == 1
