"""What somebody changes of their own account, with their password at hand."""

from __future__ import annotations

from scheduler.accounts import passwords as good
from scheduler.accounts.attempts import Attempt, Attempts
from scheduler.accounts.passwords import Passwords
from scheduler.accounts.sessions import Session, Sessions, Stage
from scheduler.accounts.sign_in import Entered
from scheduler.accounts.users import put_password, require_account
from scheduler.clock import Clock
from scheduler.errors import InvalidHoldError
from scheduler.store.engine import Database


class OwnAccount:
    """Changes of one's own account.

    Args:
        database: Where accounts and sessions are kept.
        clock: Asked once a call.
        passwords: Hashes and compares.
        sessions: Begins the session that goes on.
        attempts: Counts wrong passwords, as at sign-in.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        passwords: Passwords,
        sessions: Sessions,
        attempts: Attempts,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._sessions = sessions
        self._attempts = attempts

    def change_password(self, session: Session, current: str, new: str, *, source: str) -> Entered:
        """Change a password; every session ends, and a new one goes on in this browser.

        Args:
            session: Of whoever changes it.
            current: As it was typed; a desk may be left unlocked.
            new: As it was typed.
            source: Where the request came from.

        Returns:
            The new session.

        Raises:
            InvalidHoldError: With field `current` if that is wrong, or too many were; with
                `password` if the new one is not good enough.
        """
        account = session.account
        good.require_good(new, (account.email, account.name))
        attempt = Attempt(account.email, self._database.now(self._clock), source)
        with self._database.write() as connection:
            row = require_account(connection, account.id, lock=True)
            failure = self._attempts.begin(connection, attempt, row)
        if failure is None or not self._passwords.matches(row["password_hash"], current):
            raise self._refused(attempt, account.id, is_locked=failure is None)
        again = self._passwords.hashed(new)
        with self._database.write() as connection:
            row = require_account(connection, account.id, lock=True)
            put_password(connection, session.actor, attempt.now, before=row, password_hash=again)
            token = self._sessions.begin(connection, account.id, attempt.now)
        return Entered(token, Stage.SIGNED_IN)

    def _refused(self, attempt: Attempt, account_id: str, *, is_locked: bool) -> InvalidHoldError:
        with self._database.write() as connection:
            row = require_account(connection, account_id, lock=True)
            because = "locked" if is_locked else "password"
            self._attempts.failed(connection, attempt, row, because)
        return InvalidHoldError(
            "current: the password is wrong. After 5 tries in 15 minutes, it locks.",
            field="current",
        )
