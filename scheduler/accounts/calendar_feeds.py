"""Calendar feeds: a secret address each, at which an account's own deadlines can be read.

A calendar program cannot sign in, so the address is the right to read; it is shown
once, kept as a hash, and ends with the account. One account has one feed.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple

from scheduler.accounts.sessions import digest
from scheduler.accounts.users import NOUN, require_account
from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.instants import rfc3339
from scheduler.errors import HoldNotFoundError
from scheduler.setting_changes import Changed, tell
from scheduler.store import accounts, feeds
from scheduler.store.engine import Database

FIELD = "calendar_feed_at"


class NewFeed(NamedTuple):
    """A feed as it was made; its address is shown this once."""

    account_id: str
    url: str


class CalendarFeeds:
    """Makes, reads and ends feeds.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
        base_url: Where calendar programs reach the application.
    """

    def __init__(self, database: Database, clock: Clock, *, base_url: str) -> None:
        self._database = database
        self._clock = clock
        self._base_url = base_url

    def add(self, actor: Actor, name: str) -> NewFeed:
        """Make an account's feed; the one it had ends.

        Args:
            actor: Its owner, or an administrator.
            name: The account's id or mail address.

        Raises:
            HoldNotFoundError: There is no such account.
            NotAllowedError: It is somebody else's.
        """
        token = secrets.token_urlsafe(32)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            account_id: str = require_account(connection, name, lock=True)["id"]
            _require_own(actor, account_id)
            before = feeds.made_at(connection, account_id)
            feeds.end_all(connection, account_id, now)
            feeds.add(connection, digest(token), account_id, now)
            tell(
                connection, actor, now, Changed(NOUN, account_id, FIELD, _text(before), _text(now))
            )
        return NewFeed(account_id, f"{self._base_url}/calendar/{token}.ics")

    def end(self, actor: Actor, name: str) -> str:
        """End an account's feed.

        Args:
            actor: Its owner, or an administrator.
            name: The account's id or mail address.

        Returns:
            The account's id.

        Raises:
            HoldNotFoundError: There is no such account, or it has no feed.
            NotAllowedError: It is somebody else's.
        """
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            account_id: str = require_account(connection, name, lock=True)["id"]
            _require_own(actor, account_id)
            before = feeds.made_at(connection, account_id)
            if before is None:
                raise HoldNotFoundError(f"account {account_id}: it has no calendar feed")
            feeds.end_all(connection, account_id, now)
            tell(connection, actor, now, Changed(NOUN, account_id, FIELD, _text(before), ""))
        return account_id

    def made_at(self, account_id: str) -> datetime | None:
        """Return when an account's feed was made, or None if it has none."""
        with self._database.read() as connection:
            return feeds.made_at(connection, account_id)

    def who(self, token: str) -> Actor:
        """Return whose feed this is.

        Raises:
            HoldNotFoundError: It is none, or not any more.
        """
        with self._database.read() as connection:
            row = feeds.account(connection, digest(token))
        if row is None:
            raise HoldNotFoundError("calendar: there is no such feed, or not any more")
        return accounts.actor(row, accounts.USER_PREFIX)


def _require_own(actor: Actor, account_id: str) -> None:
    if actor.name != accounts.USER_PREFIX + account_id:
        require_may(actor, Deed.ADMINISTER)


def _text(instant: datetime | None) -> str:
    return "" if instant is None else rfc3339(instant)
