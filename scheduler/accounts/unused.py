"""Accounts that nobody uses are switched off, whenever anybody signs in: nobody can before."""

from __future__ import annotations

from datetime import datetime

from scheduler.accounts.users import NOUN, UNUSED
from scheduler.domain.actors import Actor, Role
from scheduler.domain.instants import rfc3339
from scheduler.setting_changes import Changed, tell
from scheduler.store import accounts, sessions
from scheduler.store.engine import Connection
from scheduler.store.journal import TIMEKEEPER

_TIME = Actor(TIMEKEEPER, Role.OPERATOR)


def switch_off_unused(connection: Connection, now: datetime) -> None:
    """Switch off what was not used for 90 days; each is an event of the timekeeper's.

    Source:
        CJIS Security Policy 5.9.5, AC-2 (3): disable accounts that have been inactive
        for 90 calendar days.
    """
    for account_id in accounts.unused(connection, now - UNUSED):
        accounts.change_account(connection, account_id, {"disabled_at": now})
        sessions.end_all(connection, account_id, now)
        changed = Changed(NOUN, account_id, "disabled_at", "", rfc3339(now))
        tell(connection, _TIME, now, changed)
