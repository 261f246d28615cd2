"""Calendar feeds as rows: whose they are, under a hash of their secret address."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.store import account_tables
from scheduler.store.accounts import ACCOUNT

FEED = account_tables.CalendarFeed.__table__


def add(connection: Connection, token_hash: str, account_id: str, now: datetime) -> None:
    """Put a feed on record."""
    values = {"token_hash": token_hash, "account_id": account_id, "created_at": now}
    connection.execute(sa.insert(FEED).values(values))


def end_all(connection: Connection, account_id: str, now: datetime) -> bool:
    """End an account's feed; False if it has none."""
    query = sa.update(FEED).where(FEED.c.account_id == account_id, FEED.c.disabled_at.is_(None))
    return connection.execute(query.values(disabled_at=now)).rowcount > 0


def account(connection: Connection, token_hash: str) -> RowMapping | None:
    """Return the account whose feed this is; None if either was switched off."""
    query = (
        sa.select(ACCOUNT)
        .join(FEED, FEED.c.account_id == ACCOUNT.c.id)
        .where(
            FEED.c.token_hash == token_hash,
            FEED.c.disabled_at.is_(None),
            ACCOUNT.c.disabled_at.is_(None),
        )
    )
    return connection.execute(query).mappings().first()


def made_at(connection: Connection, account_id: str) -> datetime | None:
    """Return when an account's feed was made, or None if it has none."""
    query = sa.select(FEED.c.created_at).where(
        FEED.c.account_id == account_id, FEED.c.disabled_at.is_(None)
    )
    return connection.execute(query).scalar()
