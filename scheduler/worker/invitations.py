"""Sends the mails of invitations: claim, commit, send, record. A web request never sends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from random import Random, SystemRandom

from notifiers import invitation_mail
from notifiers.base import first_kilobyte
from notifiers.mail_message import Letter
from scheduler.clock import Clock
from scheduler.errors import DeliveryError, PermanentDeliveryError
from scheduler.links import InvitationLinks
from scheduler.store import invitation_mails
from scheduler.store.engine import Database
from scheduler.store.invitation_mails import Due
from scheduler.worker import backoff

logger = logging.getLogger(__name__)

NO_SERVER = "no mail server is set up: HOLDCLOCK_SMTP_HOST is missing"

Post = Callable[[Letter, str, datetime], object]
"""Sends a letter to an address at an instant of real time; raises DeliveryError."""


class InvitationMails:
    """Sends what invitations wait for, tried again until they end.

    Args:
        database: Where they are.
        clock: By which they end; the holds'.
        real: The world's, for the mails' dates.
        post: Sends one; None where no mail server is set up.
        links: Makes the links.
        base_url: Where the pages are.
        pool: Runs the sends: a slow mail server must hold up nothing else.
        chance: Spreads the tries.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        real: Clock,
        post: Post | None,
        links: InvitationLinks,
        base_url: str,
        pool: Executor,
        chance: Random | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._real = real
        self._post = post
        self._links = links
        self._base_url = base_url
        self._pool = pool
        self._chance = chance or SystemRandom()
        self._busy = threading.Lock()

    def look(self) -> None:
        """Have what is due sent, unless that is under way."""
        if self._busy.acquire(blocking=False):
            try:
                self._pool.submit(self._turn)
            except RuntimeError:
                # The pool was shut down a moment ago: another worker sends it.
                self._busy.release()

    def _turn(self) -> None:
        try:
            for due in self._claimed():
                self._send(due)
        except Exception:
            # Nothing is lost: the lease lapses, and it is tried again.
            logger.exception("Invitations are held up", extra={"action": "invitations_failed"})
        finally:
            self._busy.release()

    def _claimed(self) -> list[Due]:
        with self._database.write() as connection:
            now = self._database.now(self._clock, connection)
            return invitation_mails.claim(connection, now)

    def _send(self, due: Due) -> None:
        url = self._links.url(due.id)
        letter = invitation_mail.letter(
            due.id, url, expires_at=due.expires_at, base_url=self._base_url
        )
        error: DeliveryError | None = None
        try:
            if self._post is None:
                raise DeliveryError(NO_SERVER)
            self._post(letter, due.email, self._real.now())
        except DeliveryError as exc:
            error = exc
        with self._database.write() as connection:
            now = self._database.now(self._clock, connection)
            if error is None:
                invitation_mails.sent(connection, due, now)
                return
            # The address stays out of the log; the account shows what was wrong.
            logger.warning("An invitation was not sent", extra={"action": "invitation_failed"})
            because = first_kilobyte(str(error).encode("utf-8", "replace"))
            invitation_mails.failed(connection, due, because, self._next(due, error, now))

    def _next(self, due: Due, error: DeliveryError, now: datetime) -> datetime | None:
        """Return when to try again; None if only an edit mends it, or the link ends before."""
        if isinstance(error, PermanentDeliveryError):
            return None
        at = now + backoff.pause(due.attempts, self._chance, error.retry_after)
        return at if at < due.expires_at else None
