"""The outbox: alerts claimed under a lease, sent outside any transaction, then recorded.

A claim raises the row's fence; a result is written only under the fence it was
claimed with, so a sender that lost its lease cannot undo what another one did.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.outcomes import OUTCOME_KINDS
from scheduler.store import bulk, tables
from scheduler.store.bulk import Bulk
from scheduler.store.claims import HOLD, Claimed, read
from scheduler.store.journal import AT_ONCE, DELIVERY, EVENT, OVERTAKEN, OVERTAKES

ATTEMPT = tables.Attempt.__table__

LOOKED_AT = 100
"""How many due alerts are looked at at once."""
LEASE = timedelta(seconds=12)
"""How long a claim holds without being renewed."""
BEFORE_ALL = AT_ONCE - timedelta(seconds=1)
"""When to try what a lapsed lease held up: before all that is new."""


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
        .where(
            DELIVERY.c.state == "waiting",
            # A first try may wait longer: for the end of a quiet hour.
            DELIVERY.c.attempts > 0,
            DELIVERY.c.attempt_at > now + longest_pause,
        )
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
        _give_back(connection, DELIVERY.c.id.in_(taken), maybe_sent=True)
        _drop_overtaken(connection, taken, now)
    return len(taken)


def _give_back(connection: Connection, which: sa.ColumnElement[bool], *, maybe_sent: bool) -> None:
    """Let what was claimed be tried again; it may have arrived.

    It has waited for as long as a lease: it goes before whatever is new.
    """
    doubt = {"possible_duplicate": True, "attempt_at": BEFORE_ALL} if maybe_sent else {}
    connection.execute(
        sa.update(DELIVERY)
        .where(which, DELIVERY.c.state == "sending")
        .values(state="waiting", leased_by=None, leased_until=None, **doubt)
    )


_LATER = sa.select(sa.literal(1)).where(
    EVENT.c.hold_id == DELIVERY.c.hold_id, EVENT.c.recorded_at > DELIVERY.c.written_at
)
IS_OVERTAKEN = sa.or_(
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
        .where(DELIVERY.c.id.in_(delivery_ids), DELIVERY.c.state == "waiting", IS_OVERTAKEN)
        .values(state="superseded", ended_at=now)
    )


class Due(NamedTuple):
    """A waiting alert whose time has come."""

    id: str
    channel_id: str


def due(
    connection: Connection,
    now: datetime,
    *,
    without: Collection[str] = (),
    resting: Collection[str] = (),
) -> list[Due]:
    """Return alerts that are due: new ones first, the most urgent first.

    Args:
        connection: Of a transaction that writes; the rows are locked for it.
        now: UTC.
        without: Endpoints that take no more for the moment.
        resting: Endpoints whose next probe is still to come. What must not wait
            (expiry, release, over-detention) is tried there too.

    Returns:
        `LOOKED_AT` at most; where it is so many, there may be more.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    told = {
        "now": now,
        "without": bulk.as_one(list(without), is_sqlite=is_sqlite),
        "resting": bulk.as_one(list(resting), is_sqlite=is_sqlite),
    }
    rows = connection.execute(_statements(is_sqlite=is_sqlite).due, told).all()
    return [Due(*row) for row in rows]


class _Statements(NamedTuple):
    """What every turn executes, made once: with lists in them they would be made each time."""

    due: sa.Select[Any]
    claim: sa.Update
    standing: sa.Select[Any]


@cache
def _statements(*, is_sqlite: bool) -> _Statements:
    its_channel = DELIVERY.c.channel_id
    due_now = (
        sa.select(DELIVERY.c.id, its_channel)
        .where(
            DELIVERY.c.state == "waiting",
            DELIVERY.c.attempt_at <= sa.bindparam("now"),
            bulk.not_among(its_channel, "without", is_sqlite=is_sqlite),
            sa.or_(
                DELIVERY.c.lasting.is_(sa.true()),
                bulk.not_among(its_channel, "resting", is_sqlite=is_sqlite),
            ),
        )
        .order_by(DELIVERY.c.attempt_at, DELIVERY.c.urgency, DELIVERY.c.id)
        .limit(LOOKED_AT)
        .with_for_update(skip_locked=True)
    )
    taking = (
        sa.update(DELIVERY)
        .where(bulk.among(DELIVERY.c.id, "taken", is_sqlite=is_sqlite))
        .values(
            state="sending",
            fence=DELIVERY.c.fence + 1,
            leased_by=sa.bindparam("worker_id"),
            leased_until=sa.bindparam("until"),
            first_attempt_at=sa.func.coalesce(DELIVERY.c.first_attempt_at, sa.bindparam("now")),
        )
    )
    standing = (
        sa.select(DELIVERY.c.id, DELIVERY.c.fence)
        .where(
            bulk.among(DELIVERY.c.id, "sent", is_sqlite=is_sqlite), DELIVERY.c.state == "sending"
        )
        .with_for_update()
    )
    return _Statements(due_now, taking, standing)


def bring_forward(connection: Connection, channel_ids: Collection[str], now: datetime) -> None:
    """Let what waits for a next try go at once: its endpoint works again.

    What waits for its first try waits for the end of a quiet hour, and goes on waiting.
    """
    if not channel_ids:
        return
    connection.execute(
        sa.update(DELIVERY)
        .where(
            DELIVERY.c.state == "waiting",
            DELIVERY.c.channel_id.in_(channel_ids),
            DELIVERY.c.attempt_at > now,
            DELIVERY.c.attempts > 0,
        )
        .values(attempt_at=now)
    )


def probe(connection: Connection, channel_ids: Collection[str], now: datetime) -> None:
    """Let the next of several that wait at each of these endpoints go at once, as its probe.

    The pauses between an alert's tries are longer than those between probes: all
    would wait for the first of them to be over. One alone keeps to its own pauses.
    """
    if not channel_ids:
        return
    again = sa.and_(DELIVERY.c.state == "waiting", DELIVERY.c.attempts > 0)
    soonest = connection.execute(
        sa.select(DELIVERY.c.channel_id, sa.func.min(DELIVERY.c.attempt_at))
        .where(again, DELIVERY.c.channel_id.in_(channel_ids))
        .group_by(DELIVERY.c.channel_id)
        .having(sa.func.count() > 1)
    )
    for channel_id, attempt_at in soonest.all():
        if attempt_at > now:
            connection.execute(
                sa.update(DELIVERY)
                .where(
                    again, DELIVERY.c.channel_id == channel_id, DELIVERY.c.attempt_at == attempt_at
                )
                .values(attempt_at=now)
            )


def claim(
    connection: Connection, worker_id: str, now: datetime, delivery_ids: Sequence[str]
) -> list[Claimed]:
    """Take these alerts, that `due` returned in the same transaction, under a lease."""
    if not delivery_ids:
        return []
    is_sqlite = connection.dialect.name == "sqlite"
    told = {
        "taken": bulk.as_one(delivery_ids, is_sqlite=is_sqlite),
        "worker_id": worker_id,
        "until": now + LEASE,
        "now": now,
    }
    connection.execute(_statements(is_sqlite=is_sqlite).claim, told)
    return read(connection, delivery_ids)


def renew(connection: Connection, claims: Collection[Claimed], now: datetime) -> None:
    """Prolong the leases of what is being sent."""
    until = now + LEASE
    _RENEW.update(connection, [(until, claimed.id, claimed.fence, "sending") for claimed in claims])


_RENEW = Bulk(DELIVERY, ("leased_until",), ("id", "fence", "state"))
_SETTLE = Bulk(
    DELIVERY,
    ("state", "attempts", "attempt_at", "leased_by", "leased_until", "ended_at"),
    ("id", "fence", "state"),
)
_ATTEMPTS = Bulk(
    ATTEMPT,
    ("delivery_id", "number", "started_at", "duration_ms", "result", "status", "answer"),
)


def record(connection: Connection, results: Sequence[Result], now: datetime) -> list[Result]:
    """Write attempts and what became of their deliveries.

    Args:
        connection: Of a transaction that writes.
        results: One for each attempt.
        now: By the record's clock.

    Returns:
        Those whose lease still stood; the others were taken over meanwhile.
    """
    standing = _standing(connection, results)
    _SETTLE.update(connection, [_settled(result, now) for result in standing])
    _ATTEMPTS.insert(connection, [_attempt(result) for result in standing])
    waiting = [result.claimed.id for result in standing if result.state == "waiting"]
    if waiting:
        _drop_overtaken(connection, waiting, now)
    return standing


def _standing(connection: Connection, results: Sequence[Result]) -> list[Result]:
    """Return the results under whose fence the delivery is being sent still."""
    is_sqlite = connection.dialect.name == "sqlite"
    sent = bulk.as_one([result.claimed.id for result in results], is_sqlite=is_sqlite)
    rows = connection.execute(_statements(is_sqlite=is_sqlite).standing, {"sent": sent}).all()
    fences = {row.id: row.fence for row in rows}
    return [r for r in results if fences.get(r.claimed.id) == r.claimed.fence]


def _settled(result: Result, now: datetime) -> tuple[Any, ...]:
    claimed = result.claimed
    ended = None if result.state == "waiting" else now
    row = (result.state, claimed.attempts + 1, result.attempt_at, None, None, ended)
    return (*row, claimed.id, claimed.fence, "sending")


def _attempt(result: Result) -> tuple[Any, ...]:
    return (
        result.claimed.id,
        result.claimed.attempts + 1,
        result.started_at,
        result.duration_ms,
        result.result,
        result.status,
        result.answer,
    )


def release(
    connection: Connection, claims: Collection[Claimed], now: datetime, *, maybe_sent: bool
) -> None:
    """Give back what could not be finished before a stop."""
    for claimed in claims:
        mine = sa.and_(DELIVERY.c.id == claimed.id, DELIVERY.c.fence == claimed.fence)
        _give_back(connection, mine, maybe_sent=maybe_sent)
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
