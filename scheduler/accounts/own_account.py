"""What somebody changes of their own account, with their password at hand."""

from __future__ import annotations

from scheduler.accounts import passwords as good
from scheduler.accounts.attempts import Attempt, Attempts
from scheduler.accounts.passwords import Passwords
from scheduler.accounts.second_factor import SecondFactors
from scheduler.accounts.sessions import Session, Sessions, Stage
from scheduler.accounts.sign_in import Entered
from scheduler.accounts.users import NOUN, put_password, require_account
from scheduler.clock import Clock
from scheduler.errors import InvalidHoldError
from scheduler.setting_changes import Changed, tell
from scheduler.store import failures, sessions
from scheduler.store.engine import Database


class OwnAccount:
    """Changes of one's own account.

    Args:
        database: Where accounts and sessions are kept.
        clock: Asked once a call.
        passwords: Hashes and compares.
        sessions: Begins the session that goes on.
        attempts: Counts wrong passwords and codes, as at sign-in.
        second_factors: Takes codes, and sets second factors up.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        passwords: Passwords,
        sessions: Sessions,
        attempts: Attempts,
        second_factors: SecondFactors,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._sessions = sessions
        self._attempts = attempts
        self._second_factors = second_factors

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
        attempt, _ = self._proven(session, current, source)
        again = self._passwords.hashed(new)
        with self._database.write() as connection:
            row = require_account(connection, account.id, lock=True)
            put_password(connection, session.actor, attempt.now, before=row, password_hash=again)
            token = self._sessions.begin(connection, account.id, attempt.now)
        return Entered(token, Stage.SIGNED_IN)

    def renew_second_factor(
        self, session: Session, current: str, code: str, *, source: str
    ) -> Entered:
        """Set a second factor up anew, as at the first sign-in: with new recovery codes.

        The old one is good for nothing from here on, and every session ends.

        Args:
            session: Of whoever has a new telephone, or no recovery codes left.
            current: Their password, as it was typed.
            code: A fresh one of the old authenticator, or a recovery code.
            source: Where the request came from.

        Returns:
            A session at `ENROLMENT`.

        Raises:
            InvalidHoldError: With field `current` or `code` if that is wrong.
        """
        attempt, failure = self._proven(session, current, source)
        account_id = session.account.id
        with self._database.write() as connection:
            row = require_account(connection, account_id, lock=True)
            if self._second_factors.take(connection, row, code, attempt.now) is not None:
                failures.drop(connection, failure)
                self._second_factors.prepare(connection, account_id)
                sessions.end_all(connection, account_id, attempt.now)
                changed = Changed(NOUN, account_id, "second_factor", "set", "none")
                tell(connection, session.actor, attempt.now, changed)
                token = self._sessions.begin(connection, account_id, attempt.now, Stage.ENROLMENT)
                return Entered(token, Stage.ENROLMENT)
        raise self._refused(attempt, account_id, "code", field="code")

    def _proven(self, session: Session, current: str, source: str) -> tuple[Attempt, str]:
        """Return an attempt whose password is right, and the id of its failure, counted so far."""
        account = session.account
        attempt = Attempt(account.email, self._database.now(self._clock), source)
        with self._database.write() as connection:
            row = require_account(connection, account.id, lock=True)
            failure = self._attempts.begin(connection, attempt, row)
        if failure is None or not self._passwords.matches(row["password_hash"], current):
            because = "locked" if failure is None else "password"
            raise self._refused(attempt, account.id, because, field="current")
        return attempt, failure

    def _refused(
        self, attempt: Attempt, account_id: str, because: str, *, field: str
    ) -> InvalidHoldError:
        with self._database.write() as connection:
            row = require_account(connection, account_id, lock=True)
            self._attempts.failed(connection, attempt, row, because)
        what = "code" if field == "code" else "password"
        return InvalidHoldError(
            f"{field}: the {what} is wrong. After 5 tries in 15 minutes, it locks.", field=field
        )
