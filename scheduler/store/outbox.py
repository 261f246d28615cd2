"""The outbox: alerts claimed under a lease, sent outside any transaction, then recorded.

A claim raises the row's fence; a result is written only under the fence it was
claimed with, so a sender that lost its lease cannot undo what another one did.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from scheduler.domain.outcomes import OUTCOME_KINDS
from scheduler.store import tables
from scheduler.store.journal import DELIVERY, EVENT, OVERTAKEN, OVERTAKES

HOLD: sa.Table = tables.HoldRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it
FACILITY: sa.Table = tables.Facility.__table__  # type: ignore[attr-defined]  # the same
CHANNEL: sa.Table = tables.Channel.__table__  # type: ignore[attr-defined]  # the same
ATTEMPT: sa.Table = tables.Attempt.__table__  # type: ignore[attr-defined]  # the same

LEASE = timedelta(seconds=12)
"""How long a claim holds without being renewed."""


class Claimed(NamedTuple):
    """A delivery that this process may send, with all that its alert says.

    Attributes:
        fence: Under which its result is to be recorded.
        attempts: Made before this one.
        event: The event's body.
        facts: Of the hold and its facility, by column.
    """

    id: str
    fence: int
    attempts: int
    type: str
    also: tuple[str, ...]
    lasting: bool
    sequence: int
    written_at: datetime
    first_attempt_at: datetime | None
    possible_duplicate: bool
    channel_id: str
    channel_kind: str
    address: str
    secrets: bytes | None
    event: dict[str, Any]
    facts: Row[Any]


class Result(NamedTuple):
    """What came of one attempt.

    Attributes:
        state: `delivered`, `waiting` or `dead`.
        attempt_at: When to try again, if waiting.
        result: In a word: `delivered`, `failed`.
    """

    claimed: Claimed
    started_at: datetime
    duration_ms: int
    state: str
    attempt_at: datetime
    result: str
    status: int | None
    answer: str


def reclaim(
    connection: Connection,
    now: datetime,
    *,
    longest_pause: timedelta,
    under_way: Collection[str] = (),
) -> int:
    """Take back what a dead process was sending: it may have been sent already.

    Args:
        connection: Of a transaction that writes.
        now: UTC.
        longest_pause: Between two tries. What waits longer was planned by a clock
            that has been set back since, and so was a lease of more than its length.
        under_way: What this process itself is sending, however late its leases are.

    Returns:
        How many were taken back.
    """
    connection.execute(
        sa.update(DELIVERY)
        .where(DELIVERY.c.state == "waiting", DELIVERY.c.attempt_at > now + longest_pause)
        .values(attempt_at=now)
    )
    lapsed = connection.execute(
        sa.select(DELIVERY.c.id)
        .where(
            DELIVERY.c.state == "sending",
            sa.or_(DELIVERY.c.leased_until < now, DELIVERY.c.leased_until > now + 2 * LEASE),
            DELIVERY.c.id.not_in(under_way),
        )
        .with_for_update(skip_locked=True)
    )
    taken = lapsed.scalars().all()
    if taken:
        _give_back(connection, DELIVERY.c.id.in_(taken), now)
        _drop_overtaken(connection, taken, now)
    return len(taken)


def _give_back(connection: Connection, which: sa.ColumnElement[bool], now: datetime) -> None:
    """Let what was being sent be tried again; it may have arrived."""
    connection.execute(
        sa.update(DELIVERY)
        .where(which, DELIVERY.c.state == "sending")
        .values(
            state="waiting",
            attempt_at=now,
            leased_by=None,
            leased_until=None,
            possible_duplicate=True,
        )
    )


_LATER = sa.select(sa.literal(1)).where(
    EVENT.c.hold_id == DELIVERY.c.hold_id, EVENT.c.recorded_at > DELIVERY.c.written_at
)
_OVERTAKEN = sa.or_(
    sa.and_(
        DELIVERY.c.type.in_(OVERTAKEN),
        _LATER.where(EVENT.c.kind.in_(sorted(OVERTAKES))).exists(),
    ),
    sa.and_(
        DELIVERY.c.lasting.is_(sa.false()),
        sa.or_(
            _LATER.where(EVENT.c.kind.in_(sorted(OUTCOME_KINDS.values()))).exists(),
            sa.select(sa.literal(1))
            .where(HOLD.c.id == DELIVERY.c.hold_id, HOLD.c.window_no > DELIVERY.c.window_no)
            .exists(),
        ),
    ),
)


def _drop_overtaken(connection: Connection, delivery_ids: Sequence[str], now: datetime) -> None:
    """End what was overtaken while it was being sent: only what waited was ended then."""
    connection.execute(
        sa.update(DELIVERY)
        .where(DELIVERY.c.id.in_(delivery_ids), DELIVERY.c.state == "waiting", _OVERTAKEN)
        .values(state="superseded", ended_at=now)
    )


def claim(connection: Connection, worker_id: str, now: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` alerts that are due: new ones first, the most urgent first."""
    if limit <= 0:
        return []
    due = (
        sa.select(DELIVERY.c.id)
        .where(DELIVERY.c.state == "waiting", DELIVERY.c.attempt_at <= now)
        .order_by(DELIVERY.c.attempt_at, DELIVERY.c.urgency, DELIVERY.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = connection.execute(due).scalars().all()
    if not claimed:
        return []
    connection.execute(
        sa.update(DELIVERY)
        .where(DELIVERY.c.id.in_(claimed))
        .values(
            state="sending",
            fence=DELIVERY.c.fence + 1,
            leased_by=worker_id,
            leased_until=now + LEASE,
            first_attempt_at=sa.func.coalesce(DELIVERY.c.first_attempt_at, now),
        )
    )
    return _read(connection, claimed)


_CLAIMED = (
    sa.select(
        DELIVERY,
        EVENT.c.body,
        CHANNEL.c.kind.label("channel_kind"),
        CHANNEL.c.address,
        CHANNEL.c.secrets,
        HOLD.c.hold_ref,
        HOLD.c.status,
        HOLD.c.assumed,
        HOLD.c.starts_at,
        HOLD.c.deadline_at,
        HOLD.c.ceiling_at,
        HOLD.c.served_at,
        HOLD.c.warrant_received_at,
        HOLD.c.warrant_served_at,
        HOLD.c.judicial_order_at,
        HOLD.c.started_at,
        HOLD.c.rules_id,
        HOLD.c.outcome,
        FACILITY.c.code.label("facility_code"),
        FACILITY.c.name.label("facility_name"),
        FACILITY.c.phone.label("facility_phone"),
        FACILITY.c.timezone,
    )
    .join_from(DELIVERY, EVENT, EVENT.c.id == DELIVERY.c.event_id)
    .join(CHANNEL, CHANNEL.c.id == DELIVERY.c.channel_id)
    .join(HOLD, HOLD.c.id == DELIVERY.c.hold_id)
    .join(FACILITY, FACILITY.c.code == HOLD.c.facility_code)
    .order_by(DELIVERY.c.urgency, DELIVERY.c.id)
)


def _read(connection: Connection, delivery_ids: Sequence[str]) -> list[Claimed]:
    rows = connection.execute(_CLAIMED.where(DELIVERY.c.id.in_(delivery_ids)))
    return [
        Claimed(
            id=row.id,
            fence=row.fence,
            attempts=row.attempts,
            type=row.type,
            also=tuple(row.also.split()),
            lasting=row.lasting,
            sequence=row.sequence,
            written_at=row.written_at,
            first_attempt_at=row.first_attempt_at,
            possible_duplicate=row.possible_duplicate,
            channel_id=row.channel_id,
            channel_kind=row.channel_kind,
            address=row.address,
            secrets=row.secrets,
            event=orjson.loads(row.body),
            facts=row,
        )
        for row in rows
    ]


def renew(connection: Connection, claims: Collection[Claimed], now: datetime) -> None:
    """Prolong the leases of what is being sent."""
    if not claims:
        return
    connection.execute(
        sa.update(DELIVERY)
        .where(DELIVERY.c.id == sa.bindparam("its_id"), DELIVERY.c.fence == sa.bindparam("its"))
        .values(leased_until=now + LEASE),
        [{"its_id": claimed.id, "its": claimed.fence} for claimed in claims],
    )


def record(connection: Connection, results: Sequence[Result], now: datetime) -> list[Result]:
    """Write attempts and what became of their deliveries.

    Returns:
        Those whose lease still stood; the others were taken over meanwhile.
    """
    standing = [result for result in results if _settle(connection, result, now)]
    if standing:
        connection.execute(sa.insert(ATTEMPT), [_attempt(result) for result in standing])
    waiting = [result.claimed.id for result in standing if result.state == "waiting"]
    if waiting:
        _drop_overtaken(connection, waiting, now)
    return standing


def _settle(connection: Connection, result: Result, now: datetime) -> bool:
    claimed = result.claimed
    ended = None if result.state == "waiting" else now
    done = connection.execute(
        sa.update(DELIVERY)
        .where(
            DELIVERY.c.id == claimed.id,
            DELIVERY.c.fence == claimed.fence,
            DELIVERY.c.state == "sending",
        )
        .values(
            state=result.state,
            attempts=claimed.attempts + 1,
            attempt_at=result.attempt_at,
            leased_by=None,
            leased_until=None,
            ended_at=ended,
        )
    )
    return done.rowcount == 1


def _attempt(result: Result) -> dict[str, Any]:
    return {
        "delivery_id": result.claimed.id,
        "number": result.claimed.attempts + 1,
        "started_at": result.started_at,
        "duration_ms": result.duration_ms,
        "result": result.result,
        "status": result.status,
        "answer": result.answer,
    }


def release(connection: Connection, claims: Collection[Claimed], now: datetime) -> None:
    """Give back what could not be finished before a stop: it may have arrived."""
    for claimed in claims:
        mine = sa.and_(DELIVERY.c.id == claimed.id, DELIVERY.c.fence == claimed.fence)
        _give_back(connection, mine, now)
    if claims:
        _drop_overtaken(connection, [claimed.id for claimed in claims], now)


def next_attempt_at(connection: Connection) -> datetime | None:
    """Return when an alert is next due to be tried."""
    found: datetime | None = connection.execute(
        sa.select(DELIVERY.c.attempt_at)
        .where(DELIVERY.c.state == "waiting")
        .order_by(DELIVERY.c.attempt_at)
        .limit(1)
    ).scalar()
    return found


def counts(connection: Connection) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    rows = connection.execute(
        sa.select(DELIVERY.c.state, sa.func.count()).group_by(DELIVERY.c.state)
    )
    return {row[0]: row[1] for row in rows}
