"""The record in a few numbers, each from an index: read at every scrape, however old the record."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.events import Kind
from scheduler.store import soundness
from scheduler.store.directory import CHANNEL
from scheduler.store.holds import TABLE as HOLD
from scheduler.store.journal import DELIVERY, EVENT
from scheduler.store.workers import TABLE as WORKER

COUNTED_KINDS = (
    Kind.RELEASE_WITHOUT_NOTIFICATION,
    Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN,
)


class Figures(NamedTuple):
    """The record at an instant.

    Attributes:
        open_holds: Without an outcome.
        next_deadline_at: The next one that is still ahead; None without one.
        earliest_due_at: Of what is due and not carried out; None where nothing is.
        set_aside: Holds that could not be carried on.
        outbox: Alerts waiting or being sent, by kind of channel.
        dead_letters: Alerts that were given up, and not sent again since.
        events: How many of each of `COUNTED_KINDS`.
        last_look_at: When any worker last looked; None if none ever has.
    """

    open_holds: int
    next_deadline_at: datetime | None
    earliest_due_at: datetime | None
    set_aside: int
    outbox: dict[str, int]
    dead_letters: int
    events: dict[str, int]
    last_look_at: datetime | None


def read(connection: Connection, now: datetime) -> Figures:
    """Read them all.

    Args:
        connection: Any.
        now: UTC.
    """
    open_holds, next_deadline_at = connection.execute(_OPEN, {"now": now}).one()
    _, earliest_due_at = soundness.overdue(connection, now)
    return Figures(
        open_holds,
        next_deadline_at,
        earliest_due_at,
        connection.execute(_SET_ASIDE).scalar_one(),
        dict(connection.execute(_OUTBOX).all()),
        connection.execute(_DEAD).scalar_one(),
        {
            str(kind): connection.execute(_EVENTS, {"kind": kind}).scalar_one()
            for kind in COUNTED_KINDS
        },
        connection.execute(_LAST_LOOK).scalar_one(),
    )


def _in_state(state: str) -> sa.Select[tuple[str]]:
    # Spelled out: with a bound value neither database takes the index of that state.
    return sa.select(DELIVERY.c.channel_id).where(
        DELIVERY.c.state == sa.literal_column(f"'{state}'")
    )


_AHEAD = sa.case((HOLD.c.deadline_at > sa.bindparam("now"), HOLD.c.deadline_at))
_OPEN = sa.select(sa.func.count(), sa.func.min(_AHEAD)).where(HOLD.c.outcome.is_(None))
_SET_ASIDE = sa.select(sa.func.count()).where(HOLD.c.retry_at.is_not(None))
_UNDER_WAY = sa.union_all(_in_state("waiting"), _in_state("sending")).subquery()
_OUTBOX = (
    sa.select(CHANNEL.c.kind, sa.func.count())
    .join_from(_UNDER_WAY, CHANNEL, CHANNEL.c.id == _UNDER_WAY.c.channel_id)
    .group_by(CHANNEL.c.kind)
)
_DEAD = sa.select(sa.func.count()).where(DELIVERY.c.state == sa.literal_column("'dead'"))
_EVENTS = sa.select(sa.func.count()).where(EVENT.c.kind == sa.bindparam("kind"))
_LAST_LOOK = sa.select(sa.func.max(WORKER.c.looked_at))
