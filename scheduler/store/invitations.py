"""Invitations as rows: one link each, good once, and what became of its mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.store import account_tables

INVITATION = account_tables.Invitation.__table__


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Put an invitation on record."""
    connection.execute(sa.insert(INVITATION).values(values))


def find(connection: Connection, invitation_id: str) -> RowMapping | None:
    """Return an invitation, used or not."""
    query = sa.select(INVITATION).where(INVITATION.c.id == invitation_id)
    return connection.execute(query).mappings().first()


def use(connection: Connection, invitation_id: str, now: datetime) -> bool:
    """Mark an invitation used; False where somebody was first, or it ended meanwhile."""
    query = sa.update(INVITATION).where(
        INVITATION.c.id == invitation_id,
        INVITATION.c.used_at.is_(None),
        INVITATION.c.expires_at > now,
    )
    return connection.execute(query.values(used_at=now, attempt_at=None)).rowcount == 1


def end_all(connection: Connection, account_id: str, now: datetime) -> None:
    """End every invitation of an account that is still open, its mail too."""
    query = sa.update(INVITATION).where(
        INVITATION.c.account_id == account_id,
        INVITATION.c.used_at.is_(None),
        INVITATION.c.expires_at > now,
    )
    connection.execute(query.values(expires_at=now, attempt_at=None))
