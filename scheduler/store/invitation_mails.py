"""Invitations as mails on their way: claimed under a lease, sent, then recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store.accounts import ACCOUNT
from scheduler.store.invitations import INVITATION

LEASE = timedelta(minutes=1)
"""Longer than any try may take; a process that died with one in hand is not waited for longer."""
AT_ONCE = 20


class Due(NamedTuple):
    """An invitation whose mail is to be sent now.

    Attributes:
        attempts: This one included; a result counts only while it is the last.
    """

    id: str
    email: str
    expires_at: datetime
    attempts: int


def claim(connection: Connection, now: datetime) -> list[Due]:
    """Take the mails that are due, the longest waiting first, for as long as a lease.

    Args:
        connection: Of a transaction that writes.
        now: UTC.
    """
    query = (
        sa.select(
            INVITATION.c.id, ACCOUNT.c.email, INVITATION.c.expires_at, INVITATION.c.attempts + 1
        )
        .join_from(INVITATION, ACCOUNT, ACCOUNT.c.id == INVITATION.c.account_id)
        .where(
            INVITATION.c.attempt_at <= now,
            INVITATION.c.used_at.is_(None),
            INVITATION.c.expires_at > now,
            ACCOUNT.c.disabled_at.is_(None),
        )
        .order_by(INVITATION.c.attempt_at)
        .limit(AT_ONCE)
        .with_for_update(of=INVITATION, skip_locked=True)
    )
    due = [Due(*row) for row in connection.execute(query)]
    connection.execute(
        sa.update(INVITATION)
        .where(INVITATION.c.id.in_([each.id for each in due]))
        .values(attempts=INVITATION.c.attempts + 1, attempt_at=now + LEASE)
    )
    return due


def sent(connection: Connection, due: Due, now: datetime) -> None:
    """Record that a mail server took the mail."""
    connection.execute(
        sa.update(INVITATION)
        .where(INVITATION.c.id == due.id)
        .values(sent_at=now, attempt_at=None, failed_because=None)
    )


def failed(connection: Connection, due: Due, because: str, try_again_at: datetime | None) -> None:
    """Record that the mail was not sent, and when it is tried again, if ever."""
    connection.execute(
        sa.update(INVITATION)
        .where(
            INVITATION.c.id == due.id,
            INVITATION.c.attempts == due.attempts,
            # It was answered or replaced meanwhile: nothing is to be sent any more.
            INVITATION.c.attempt_at.is_not(None),
        )
        .values(attempt_at=try_again_at, failed_because=because)
    )


LAST = (
    INVITATION.c.made_at.label("invited_at"),
    INVITATION.c.expires_at.label("invitation_ends_at"),
    INVITATION.c.used_at.label("invitation_used_at"),
    INVITATION.c.sent_at.label("invitation_sent_at"),
    INVITATION.c.attempt_at.label("invitation_attempt_at"),
    INVITATION.c.attempts.label("invitation_attempts"),
    INVITATION.c.failed_because.label("invitation_failed_because"),
)
"""When an account was last invited, and what became of it and of its mail."""


def latest(connection: Connection, account_id: str) -> dict[str, Any]:
    """Return `LAST` of an account; nothing where it was never invited."""
    of_account = sa.select(*LAST).where(INVITATION.c.account_id == account_id)
    rows = connection.execute(of_account.order_by(INVITATION.c.made_at.desc()).limit(1))
    return {str(name): value for row in rows.mappings() for name, value in row.items()}


def latest_of_all(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return `LAST` of every account that was ever invited, by its id."""
    query = sa.select(INVITATION.c.account_id, *LAST).order_by(INVITATION.c.made_at)
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(query).mappings():
        told = {str(name): value for name, value in row.items()}
        found[told.pop("account_id")] = told
    return found
