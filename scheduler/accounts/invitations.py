"""Invitations: a link by which somebody sets their own password, once and within three days.

A worker sends the mail; the link is composed there, of the id and the installation's key.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler.accounts import passwords as good
from scheduler.accounts.passwords import Passwords
from scheduler.accounts.sign_in import Entered, SignIn
from scheduler.accounts.users import NOUN, put_password, require_account
from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.instants import rfc3339
from scheduler.errors import HoldNotFoundError
from scheduler.links import InvitationLinks
from scheduler.setting_changes import Changed, tell
from scheduler.store import accounts, ids, invitations
from scheduler.store.engine import Connection, Database, RowMapping

GOOD_FOR = timedelta(days=3)
ID_LENGTH = 16


class Invited(NamedTuple):
    """Whom an open invitation is for."""

    account_id: str
    email: str
    name: str
    expires_at: datetime


class Invitations:
    """Makes invitations, and takes the passwords that answer them.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
        links: Reads links.
        passwords: Hashes.
        sign_in: Takes whoever answered on to their second factor.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        links: InvitationLinks,
        passwords: Passwords,
        sign_in: SignIn,
    ) -> None:
        self._database = database
        self._clock = clock
        self._links = links
        self._passwords = passwords
        self._sign_in = sign_in

    def invite(self, actor: Actor, name: str) -> str:
        """Invite somebody to set a password, by mail; earlier invitations end.

        Args:
            actor: Who invites.
            name: The account's id or address.

        Returns:
            The invitation's id.

        Raises:
            HoldNotFoundError: There is no such account.
        """
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        invitation_id = ids.speakable(ID_LENGTH)
        with self._database.write() as connection:
            row = require_account(connection, name, lock=True)
            invitations.end_all(connection, row["id"], now)
            values: dict[str, Any] = {
                "id": invitation_id,
                "account_id": row["id"],
                "made_at": now,
                "expires_at": now + GOOD_FOR,
                "attempt_at": now,
                "attempts": 0,
            }
            invitations.add(connection, values)
            # Not its id: that alone makes no link, but the log needs none of it.
            changed = Changed(NOUN, row["id"], "invited_at", "", rfc3339(now))
            tell(connection, actor, now, changed)
            self._database.notify(connection)
        return invitation_id

    def read(self, token: str) -> Invited:
        """Return whom a link is for. Reading uses nothing up: mail scanners follow links.

        Raises:
            HoldNotFoundError: It is no link of ours, was used, is too old, or was replaced.
        """
        now = self._database.now(self._clock)
        with self._database.read() as connection:
            invitation, row = self._open(connection, token, now)
        return Invited(row["id"], row["email"], row["name"], invitation["expires_at"])

    def answer(self, token: str, password: str) -> Entered:
        """Set the password, and take its owner on to their second factor.

        Raises:
            HoldNotFoundError: As `read`.
            InvalidHoldError: The password is not good enough; the link stays good.
        """
        invited = self.read(token)
        good.require_good(password, (invited.email, invited.name))
        password_hash = self._passwords.hashed(password)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            invitation, _ = self._open(connection, token, now)
            row = require_account(connection, invited.account_id, lock=True)
            if not invitations.use(connection, invitation["id"], now):
                raise _unknown()
            actor = accounts.actor(row, accounts.USER_PREFIX)
            put_password(connection, actor, now, before=row, password_hash=password_hash)
            return self._sign_in.next_step(connection, row, now)

    def _open(
        self, connection: Connection, token: str, now: datetime
    ) -> tuple[RowMapping, RowMapping]:
        invitation_id = self._links.invitation_id(token)
        found = None if invitation_id is None else invitations.find(connection, invitation_id)
        if found is None or found["used_at"] is not None or found["expires_at"] <= now:
            raise _unknown()
        row = accounts.account(connection, found["account_id"])
        if row is None or row["disabled_at"] is not None:
            raise _unknown()
        return found, row


def _unknown() -> HoldNotFoundError:
    return HoldNotFoundError("invitation: the link is not good, or not any more; ask for a new one")
