"""Signing in: password and second factor. One answer for every failure, and each on the log.

An attempt is counted as failed before the password is looked at, and taken back if it
was good: a hundred guesses at once are no more than one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.accounts import attempts as tries
from scheduler.accounts.attempts import Attempt, Attempts
from scheduler.accounts.passwords import Passwords
from scheduler.accounts.second_factor import SecondFactors
from scheduler.accounts.sessions import Session, Sessions, Stage, digest, is_in_time
from scheduler.accounts.unused import switch_off_unused
from scheduler.accounts.users import NOUN
from scheduler.clock import Clock
from scheduler.domain.events import Kind
from scheduler.errors import NotSignedInError
from scheduler.setting_changes import Changed, tell
from scheduler.store import accounts, failures
from scheduler.store import sessions as session_rows
from scheduler.store.engine import Connection, Database, RowMapping

REFUSED = (
    "The e-mail, password or code is wrong. After 5 tries in 15 minutes, password sign-in locks."
)
LONGEST_EMAIL = 254


class Entered(NamedTuple):
    """How far somebody came, and their token from here on; its repr does not show that."""

    token: str
    stage: Stage

    def __repr__(self) -> str:
        return f"Entered({self.stage})"


class Enrolling(NamedTuple):
    """What an authenticator takes to be set up; its repr shows nothing of it.

    Attributes:
        session: Of whoever sets it up.
        key: To be typed.
        uri: To be scanned.
    """

    session: Session
    key: str
    uri: str

    def __repr__(self) -> str:
        return f"Enrolling({self.session})"


class Enrolled(NamedTuple):
    """Somebody with a new second factor, and their recovery codes, shown this once."""

    entered: Entered
    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return "Enrolled()"


class SignIn:
    """Lets people in, and out.

    Args:
        database: Where accounts and sessions are kept.
        clock: Asked once a call.
        passwords: Compares them.
        second_factors: Takes codes.
        sessions: Begins and finds sessions.
        attempts: Counts them.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        passwords: Passwords,
        second_factors: SecondFactors,
        sessions: Sessions,
        attempts: Attempts,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._second_factors = second_factors
        self._sessions = sessions
        self._attempts = attempts

    def with_password(self, email: str, password: str, code: str, *, source: str) -> Entered:
        """Let somebody in by password and code, or on to the next step.

        Args:
            email: As it was typed.
            password: As it was typed.
            code: Of the second factor; empty to be asked for it after this.
            source: Where the request came from.

        Returns:
            Signed in; or at `CODE` where none was given, or at `ENROLMENT` where there
            is no second factor yet.

        Raises:
            NotSignedInError: With `REFUSED`, whatever was wrong.
        """
        attempt = self._attempt(email, source)
        with self._database.write() as connection:
            switch_off_unused(connection, attempt.now)
            # Locked, or of many tries at once each would see too few of the others.
            row = accounts.account_of(connection, attempt.email, lock=True)
            failure = self._attempts.begin(connection, attempt, row)
        # Compared in any case: how long an answer takes tells nothing.
        is_right = self._passwords.matches(row["password_hash"] if row else None, password)
        because = _because(row, is_locked=failure is None, is_right=is_right)
        if row is None or failure is None or because:
            raise self._failed(attempt, because)
        entered = self._second_step(attempt, row, code, failure)
        if entered is None:
            raise self._failed(attempt, "code")
        self._keep_anew(row, password)
        return entered

    def with_code(self, token: str, code: str, *, source: str) -> Entered:
        """Let somebody in by the code that was asked for after their password.

        Raises:
            NotSignedInError: With `REFUSED`, or because that step took too long.
        """
        pending = self._sessions.who(token, stage=Stage.CODE)
        attempt = self._attempt(pending.account.email, source)
        with self._database.write() as connection:
            row = _current(connection, pending)
            failure = self._attempts.begin(connection, attempt, row)
            if failure is not None:
                how = self._second_factors.take(connection, row, code, attempt.now)
                if how is not None and session_rows.end(
                    connection, pending.token_hash, attempt.now
                ):
                    return self._enter(connection, row, attempt, how=f"password and {how}")
        raise self._failed(attempt, "locked" if failure is None else "code")

    def enrolling(self, token: str) -> Enrolling:
        """Return what sets a second factor up.

        Raises:
            NotSignedInError: Nobody sets one up, or not any more.
        """
        pending = self._sessions.who(token, stage=Stage.ENROLMENT)
        with self._database.read() as connection:
            row = _current(connection, pending, lock=False)
        return Enrolling(pending, self._second_factors.secret(row), self._second_factors.uri(row))

    def enrol(self, token: str, code: str, *, source: str) -> Enrolled | None:
        """Confirm a second factor by its first code, and let its owner in.

        Returns:
            None if the code is wrong.

        Raises:
            NotSignedInError: Nobody sets one up, or not any more.
        """
        pending = self._sessions.who(token, stage=Stage.ENROLMENT)
        attempt = self._attempt(pending.account.email, source)
        with self._database.write() as connection:
            row = _current(connection, pending)
            codes = self._second_factors.confirm(connection, row, code, attempt.now)
            if codes is None or not session_rows.end(connection, pending.token_hash, attempt.now):
                return None
            _tell_set_up(connection, row, attempt)
            entered = self._enter(connection, row, attempt, how="password and first code")
        return Enrolled(entered, tuple(codes))

    def through_provider(self, account_id: str, *, source: str) -> Entered:
        """Let somebody in whom a provider vouches for; the second factor is its business.

        Raises:
            NotSignedInError: There is no such account, or it is switched off.
        """
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            switch_off_unused(connection, now)
            row = accounts.account(connection, account_id, lock=True)
            attempt = Attempt(row["email"] if row else "", now, source)
            if row is not None and row["disabled_at"] is None:
                return self._enter(connection, row, attempt, how="provider")
            actor = tries.ANONYMOUS if row is None else accounts.USER_PREFIX + row["id"]
            tries.tell(connection, Kind.SIGN_IN_FAILED, actor, attempt, because="switched off")
        raise NotSignedInError(REFUSED)

    def is_locked(self, account: Mapping[str, Any]) -> bool:
        """Say whether password sign-in with an account, as `Users` tells it, is locked now."""
        return self._attempts.stands(account, self._clock.now())

    def is_at(self, token: str, stage: Stage) -> bool:
        """Say whether somebody has come that far, and no further."""
        try:
            self._sessions.who(token, stage=stage, is_activity=False)
        except NotSignedInError:
            return False
        return True

    def sign_out(self, token: str, *, source: str) -> None:
        """End a session, whatever its stage; a second time nothing happens."""
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            found = session_rows.find(connection, digest(token))
            if found is None or not session_rows.end(connection, found["token_hash"], now):
                return
            if found["stage"] == Stage.SIGNED_IN:
                actor = accounts.USER_PREFIX + found["account_id"]
                tries.tell(connection, Kind.USER_SIGNED_OUT, actor, Attempt("", now, source))

    def sign_out_others(self, session: Session, *, source: str) -> int:
        """End every other session of whoever asks; return how many were signed in."""
        now, ended = self._database.now(self._clock), 0
        with self._database.write() as connection:
            for row in session_rows.open_of(connection, session.account.id):
                if row["token_hash"] == session.token_hash:
                    continue
                session_rows.end(connection, row["token_hash"], now)
                if row["stage"] == Stage.SIGNED_IN and is_in_time(row, now):
                    told = Attempt("", now, source)
                    tries.tell(connection, Kind.USER_SIGNED_OUT, session.actor.name, told)
                    ended += 1
        return ended

    def next_step(self, connection: Connection, row: RowMapping, now: datetime) -> Entered:
        """Take somebody whose password is known to be right on to their second factor."""
        stage = Stage.CODE
        if row["second_factor_at"] is None:
            stage = Stage.ENROLMENT
            # Anew each time: whoever began it and left has seen the last one.
            self._second_factors.prepare(connection, row["id"])
        return Entered(self._sessions.begin(connection, row["id"], now, stage), stage)

    def _attempt(self, email: str, source: str) -> Attempt:
        address = email.strip().casefold()[:LONGEST_EMAIL]
        return Attempt(address, self._database.now(self._clock), source)

    def _second_step(
        self, attempt: Attempt, known: RowMapping, code: str, failure: str
    ) -> Entered | None:
        """Go on after the password; None if the code is wrong, which stays counted."""
        with self._database.write() as connection:
            row = accounts.account(connection, known["id"], lock=True)
            # Compared a moment ago with what was on record then.
            if row is None or row["password_hash"] != known["password_hash"] or row["disabled_at"]:
                return None
            if row["second_factor_at"] is None or not code.strip():
                failures.drop(connection, failure)
                return self.next_step(connection, row, attempt.now)
            how = self._second_factors.take(connection, row, code, attempt.now)
            if how is None:
                return None
            return self._enter(connection, row, attempt, how=f"password and {how}")

    def _enter(
        self, connection: Connection, row: RowMapping, attempt: Attempt, *, how: str
    ) -> Entered:
        values: dict[str, Any] = {"last_signed_in_at": attempt.now, "used_at": attempt.now}
        if how != "provider":
            # A provider's word does not unlock passwords.
            values["locked_at"] = None
            failures.forget(connection, row["email"])
        failures.forget_before(connection, attempt.now - tries.KEPT)
        accounts.change_account(connection, row["id"], values)
        actor = accounts.USER_PREFIX + row["id"]
        tries.tell(connection, Kind.USER_SIGNED_IN, actor, attempt, how=how)
        token = self._sessions.begin(connection, row["id"], attempt.now)
        return Entered(token, Stage.SIGNED_IN)

    def _keep_anew(self, row: RowMapping, password: str) -> None:
        """Hash a password as new ones are, where it was kept otherwise; it is the same one."""
        kept = row["password_hash"]
        if not self._passwords.is_outdated(kept):
            return
        again = self._passwords.hashed(password)
        with self._database.write() as connection:
            current = accounts.account(connection, row["id"], lock=True)
            if current is not None and current["password_hash"] == kept:
                accounts.change_account(connection, row["id"], {"password_hash": again})

    def _failed(self, attempt: Attempt, because: str) -> NotSignedInError:
        """Record a failure; return what is said of it, always the same."""
        with self._database.write() as connection:
            row = accounts.account_of(connection, attempt.email, lock=True)
            self._attempts.failed(connection, attempt, row, because)
        return NotSignedInError(REFUSED)


def _because(row: RowMapping | None, *, is_locked: bool, is_right: bool) -> str:
    """Say for the log why nobody is let in; nothing if the password does."""
    if row is None:
        return "unknown address"
    if is_locked:
        return "locked"
    if not is_right:
        return "password"
    return "switched off" if row["disabled_at"] is not None else ""


def _current(connection: Connection, pending: Session, *, lock: bool = True) -> RowMapping:
    row = accounts.account(connection, pending.account.id, lock=lock)
    if row is None or row["disabled_at"] is not None:
        raise NotSignedInError(REFUSED)
    return row


def _tell_set_up(connection: Connection, row: RowMapping, attempt: Attempt) -> None:
    actor = accounts.actor(row, accounts.USER_PREFIX)
    tell(connection, actor, attempt.now, Changed(NOUN, row["id"], "second_factor", "none", "set"))
