"""Sign-ins that failed, as rows to be counted; under a hash of what was typed."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store import account_tables, ids

FAILURE = account_tables.SignInFailure.__table__


def hash_of(email: str) -> str:
    """Return what failures are counted under: an address that was typed is not kept."""
    return sha256(email.encode()).hexdigest()


def add(connection: Connection, email: str, now: datetime) -> str:
    """Count an attempt as failed until it is known to be good; return its id."""
    failure_id = ids.speakable(16)
    values = {"id": failure_id, "email_hash": hash_of(email), "failed_at": now}
    connection.execute(sa.insert(FAILURE).values(values))
    return failure_id


def drop(connection: Connection, failure_id: str) -> None:
    """Take back an attempt that did not fail."""
    connection.execute(sa.delete(FAILURE).where(FAILURE.c.id == failure_id))


def count(connection: Connection, email: str, since: datetime) -> int:
    """Return how many there were after an instant."""
    query = sa.select(sa.func.count()).where(
        FAILURE.c.email_hash == hash_of(email), FAILURE.c.failed_at > since
    )
    return int(connection.execute(query).scalar_one())


def forget(connection: Connection, email: str) -> None:
    """Drop those under an address."""
    connection.execute(sa.delete(FAILURE).where(FAILURE.c.email_hash == hash_of(email)))


def forget_before(connection: Connection, instant: datetime) -> None:
    """Drop those that count no more."""
    connection.execute(sa.delete(FAILURE).where(FAILURE.c.failed_at < instant))
