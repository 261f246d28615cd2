"""Writes that are asked twice and done once: by the key their asker chose (decision 0012).

The key is taken in the transaction that writes the fact, so that one is never on
record without the other. The answer is kept right after. Whoever asks again
gets that answer; nothing is written a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

import orjson

from scheduler.clock import Clock
from scheduler.errors import InFlightError, InvalidHoldError
from scheduler.store import replies as rows
from scheduler.store.cipher import Cipher
from scheduler.store.engine import Connection, Database, rides_along
from scheduler.store.replies import Key, Reply

KEPT = timedelta(hours=48)
"""Longer than a hold's window: a desk may find out late whether its entry arrived."""
LOST_AFTER = timedelta(minutes=1)
"""No answer takes so long to be made: whoever made it has died meanwhile."""


class Kept(NamedTuple):
    """An answer as it was given."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Ticket:
    """One request under a key: it rides along in the transaction that the request writes.

    Attributes:
        is_done: It was carried out before, and its answer was lost: show what came of
            it, write nothing.
    """

    def __init__(self, replies: Replies, key: Key, digest: str, *, is_done: bool = False) -> None:
        self.key = key
        self.digest = digest
        self.is_done = is_done
        self._replies = replies

    def board(self, connection: Connection) -> None:
        """Take the key in this transaction.

        Raises:
            InFlightError: Another request took it meanwhile.
        """
        self._replies.take(connection, self)


class Replies:
    """Keeps what writes were answered.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
        cipher: Seals the answers: some tell a secret that is shown once.
    """

    def __init__(self, database: Database, clock: Clock, cipher: Cipher) -> None:
        self._database = database
        self._clock = clock
        self._cipher = cipher

    def begin(self, actor: str, key: str, digest: str) -> Ticket | Kept:
        """Say whether something was answered under this key.

        Args:
            actor: Who asks; keys of two do not meet.
            key: Chosen by them.
            digest: Of all that they ask.

        Returns:
            The answer, or what to write under.

        Raises:
            InvalidHoldError: The key was used for something else.
            InFlightError: The first answer is still being made.
        """
        where = Key(actor, key)
        with self._database.read() as connection:
            found = rows.find(connection, where)
        if found is None:
            return Ticket(self, where, digest)
        if found.digest != digest:
            raise InvalidHoldError(
                f"Idempotency-Key: '{key}' came with another request before; "
                "take a new key for a new request",
                field="Idempotency-Key",
            )
        if found.status is not None:
            return self._opened(where, found, found.status)
        if found.made_at > self._database.now(self._clock) - LOST_AFTER:
            raise _in_flight(key)
        return Ticket(self, where, digest, is_done=True)

    @contextmanager
    def riding(self, ticket: Ticket) -> Iterator[None]:
        """Let the first transaction that commits in here take the key too."""
        if ticket.is_done:
            yield
            return
        token = rides_along.set(ticket)
        try:
            yield
        finally:
            rides_along.reset(token)

    def take(self, connection: Connection, ticket: Ticket) -> None:
        """Take a ticket's key in a transaction.

        Raises:
            InFlightError: Another request took it meanwhile.
        """
        now = self._database.now(self._clock, connection)
        if not rows.take(connection, ticket.key, ticket.digest, now):
            raise _in_flight(ticket.key.key)

    def keep(self, ticket: Ticket, answer: Kept) -> None:
        """Keep an answer, and let go of those that are old."""
        now = self._database.now(self._clock)
        body = self._cipher.seal(answer.body.decode(), context=_context(ticket.key))
        headers = orjson.dumps(dict(answer.headers)).decode()
        reply = Reply(ticket.digest, now, answer.status, headers, body)
        with self._database.write() as connection:
            rows.keep(connection, ticket.key, reply)
            rows.forget(connection, now - KEPT)

    def _opened(self, key: Key, found: Reply, status: int) -> Kept:
        body = self._cipher.open(bytes(found.body or b""), context=_context(key))
        return Kept(status, orjson.loads(found.headers or "{}"), body.encode())


def _context(key: Key) -> str:
    return f"{key.actor}/{key.key}"


def _in_flight(key: str) -> InFlightError:
    return InFlightError(
        f"Idempotency-Key: the first request under '{key}' is still being answered; "
        "ask again in a moment"
    )
