"""Who is signed in: an opaque token in a cookie, and a row here that says whose it is.

A token is 256 bits of chance and says nothing by itself; the row can be ended at any
time, which a signed token could not (decision 0011).
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from scheduler.accounts.users import Account, account_from
from scheduler.clock import Clock
from scheduler.domain.actors import Actor
from scheduler.errors import NotSignedInError
from scheduler.store import accounts, sessions
from scheduler.store.engine import Connection, Database, RowMapping

IDLE = timedelta(minutes=30)
"""Without a page asked for: the device counts as left."""
AT_MOST = timedelta(hours=12)
ON_THE_WAY = timedelta(minutes=10)
"""For the second factor, after the password."""
NOTED_EVERY = timedelta(minutes=1)
"""A session may end so much earlier than its half hour; fewer writes for each page."""
REMEMBERED = timedelta(days=7)
"""Ended ones are kept so long: what was typed in one can be given back to whoever typed it."""
ENDED = "session: it has ended; sign in again"


class Stage(StrEnum):
    """How far somebody has come."""

    CODE = "code"
    ENROLMENT = "enrolment"
    SIGNED_IN = "signed_in"


class Session(NamedTuple):
    """Somebody's session; its repr shows nothing to use it by.

    Attributes:
        account: Whose.
        actor: What they are to the record.
        stage: Only `SIGNED_IN` is good for pages.
        ends_at: If no page is asked for until then.
        last_ends_at: Whatever is asked for.
        token_hash: Its name in the database.
        csrf: What its forms carry: another site's page cannot know it.
        left: Until `ends_at`, by the clock that sessions run by.
    """

    account: Account
    actor: Actor
    stage: Stage
    ends_at: datetime
    last_ends_at: datetime
    token_hash: str
    csrf: str
    left: timedelta

    def __repr__(self) -> str:
        return f"Session(user:{self.account.id}, {self.stage})"


class Open(NamedTuple):
    """A session that goes on, as its owner sees it; nothing to use it by.

    Attributes:
        is_this: It is the one that asks.
    """

    began_at: datetime
    seen_at: datetime
    is_this: bool


class Sessions:
    """Begins, finds and ends sessions.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(
        self,
        connection: Connection,
        account_id: str,
        now: datetime,
        stage: Stage = Stage.SIGNED_IN,
    ) -> str:
        """Begin a session in the transaction that lets somebody in; return its token.

        A token is never taken from outside, so nobody can fix it beforehand.
        """
        token = secrets.token_urlsafe(32)
        sessions.forget(connection, now - REMEMBERED)
        values = {
            "token_hash": digest(token),
            "account_id": account_id,
            "stage": stage.value,
            "began_at": now,
            "seen_at": now,
        }
        sessions.add(connection, values)
        return token

    def who(
        self, token: str, *, stage: Stage = Stage.SIGNED_IN, is_activity: bool = True
    ) -> Session:
        """Return whose session it is.

        Args:
            token: As the cookie has it.
            stage: How far they must have come, and no further.
            is_activity: A person asked, not a page that refreshes itself.

        Raises:
            NotSignedInError: It is none of ours, ended, or at another stage.
        """
        # This machine's time will do for half an hour; a server's would cost a question more.
        now = self._clock.now()
        with self._database.read() as connection:
            row = sessions.find(connection, digest(token))
            account = None if row is None else accounts.account(connection, row["account_id"])
        if row is None or account is None or not _is_good(row, account, now):
            raise NotSignedInError(ENDED)
        found: dict[str, Any] = dict(row)
        if found["stage"] != stage:
            raise NotSignedInError("session: it is not signed in yet; finish signing in")
        if is_activity and now - found["seen_at"] >= NOTED_EVERY:
            with self._database.write() as connection:
                sessions.touch(connection, found["token_hash"], now)
            found["seen_at"] = now
        return _session(found, account, form_token(token), now)

    def of(self, session: Session) -> list[Open]:
        """Return the sessions of somebody that are good for pages, the last begun first."""
        now = self._clock.now()
        with self._database.read() as connection:
            rows = sessions.open_of(connection, session.account.id)
        return [
            Open(row["began_at"], row["seen_at"], row["token_hash"] == session.token_hash)
            for row in rows
            if row["stage"] == Stage.SIGNED_IN and is_in_time(row, now)
        ]

    def whose(self, token: str) -> str | None:
        """Return the account that a token belongs or belonged to, ended or not."""
        with self._database.read() as connection:
            found = sessions.find(connection, digest(token))
        return None if found is None else str(found["account_id"])


def digest(token: str) -> str:
    """Return what is kept of a token: 256 bits of chance need no slow hash."""
    return sha256(token.encode()).hexdigest()


def form_token(token: str) -> str:
    """Return what forms carry for a cookie's token, which it does not give away."""
    return hmac.new(token.encode(), b"form", sha256).hexdigest()


def _is_good(found: RowMapping, account: RowMapping, now: datetime) -> bool:
    is_open = found["ended_at"] is None and account["disabled_at"] is None
    return is_open and is_in_time(found, now)


def is_in_time(found: RowMapping, now: datetime) -> bool:
    """Say whether a session that nobody ended goes on."""
    idle, at_most = _spans(found["stage"])
    is_in: bool = now < found["seen_at"] + idle and now < found["began_at"] + at_most
    return is_in


def _spans(stage: str) -> tuple[timedelta, timedelta]:
    return (IDLE, AT_MOST) if stage == Stage.SIGNED_IN else (ON_THE_WAY, ON_THE_WAY)


def _session(found: dict[str, Any], account: RowMapping, csrf: str, now: datetime) -> Session:
    idle, at_most = _spans(found["stage"])
    last_ends_at = found["began_at"] + at_most
    ends_at = min(found["seen_at"] + idle, last_ends_at)
    return Session(
        account=account_from(account),
        actor=accounts.actor(account, accounts.USER_PREFIX),
        stage=Stage(found["stage"]),
        ends_at=ends_at,
        last_ends_at=last_ends_at,
        token_hash=found["token_hash"],
        csrf=csrf,
        left=ends_at - now,
    )
