"""What is known of an endpoint: whether its last tries failed, and when to try next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store.directory import CHANNEL


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


def remember(connection: Connection, known: Sequence[tuple[str, Health]]) -> None:
    """Write what was learned of endpoints."""
    for channel_id, health in known:
        connection.execute(
            sa.update(CHANNEL).where(CHANNEL.c.id == channel_id).values(health._asdict())
        )


def failing(connection: Connection, rounds: int) -> list[str]:
    """Return the endpoints that failed at least so many rounds running."""
    rows = connection.execute(
        sa.select(CHANNEL.c.id).where(
            CHANNEL.c.failed_rounds >= rounds, CHANNEL.c.disabled_at.is_(None)
        )
    )
    return list(rows.scalars())
