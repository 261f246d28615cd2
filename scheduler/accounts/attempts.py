"""Attempts to sign in: counted, recorded, and locked after too many failures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler.domain.events import Event, Kind
from scheduler.store import accounts, failures, journal
from scheduler.store.engine import Connection, RowMapping
from scheduler.store.journal import Moment, Nothing

TOO_MANY = 5
WITHIN = timedelta(minutes=15)
LOCKED_FOR = WITHIN
"""Where the lock ends by itself."""
KEPT = timedelta(days=1)
ANONYMOUS = "anonymous"
"""Who tried an address that is nobody's: what was typed is not kept."""


class Attempt(NamedTuple):
    """One try.

    Attributes:
        email: As it was typed, in small letters.
        now: UTC.
        source: Where the request came from.
    """

    email: str
    now: datetime
    source: str


class Attempts:
    """Counts tries. Works within the caller's transaction.

    Args:
        lock_ends: The lock ends by itself after `LOCKED_FOR`; otherwise an administrator ends it.
    """

    def __init__(self, *, lock_ends: bool) -> None:
        self._lock_ends = lock_ends

    def begin(self, connection: Connection, attempt: Attempt, row: RowMapping | None) -> str | None:
        """Count a try as failed until it proves good: a hundred at once must not each see too few.

        Returns:
            The failure's id; None where password sign-in is locked, for an address that is
            nobody's too.
        """
        if self.stands(row, attempt.now) or _count(connection, attempt) >= TOO_MANY:
            return None
        return failures.add(connection, attempt.email, attempt.now)

    def failed(
        self, connection: Connection, attempt: Attempt, row: RowMapping | None, because: str
    ) -> None:
        """Record a failure, and the lock if it was one too many."""
        actor = ANONYMOUS if row is None else accounts.USER_PREFIX + row["id"]
        tell(connection, Kind.SIGN_IN_FAILED, actor, attempt, because=because)
        if row is None or self.stands(row, attempt.now):
            return
        if _count(connection, attempt) >= TOO_MANY:
            accounts.change_account(connection, row["id"], {"locked_at": attempt.now})
            tell(connection, Kind.SIGN_IN_LOCKED, actor, attempt)

    def stands(self, row: Mapping[str, Any] | RowMapping | None, now: datetime) -> bool:
        """Say whether password sign-in with an account is locked, by its `locked_at`."""
        locked_at = None if row is None else row["locked_at"]
        if locked_at is None:
            return False
        return not self._lock_ends or now < locked_at + LOCKED_FOR


def tell(connection: Connection, kind: Kind, actor: str, attempt: Attempt, **more: str) -> None:
    """Write what became of an attempt to the log."""
    event = Event(kind, attempt.now, {"source": attempt.source, **more})
    journal.append(connection, [(Nothing(), event)], Moment(attempt.now, actor))


def _count(connection: Connection, attempt: Attempt) -> int:
    return failures.count(connection, attempt.email, attempt.now - WITHIN)
