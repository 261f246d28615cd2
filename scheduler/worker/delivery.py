"""Sends what the outbox holds: claim, commit, send, record.

One thread claims and records; a pool sends. Each turn of the loop is one short
transaction that records what came back, renews the leases of what is under way
and claims what is due, so a slow receiver never holds the database, and a crash
between a send and its record is seen by the next claim and says so.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from notifiers.base import Notifier, Receipt, first_kilobyte
from scheduler.clock import Clock
from scheduler.domain.events import Event, Kind, Value
from scheduler.errors import DeliveryError, PermanentDeliveryError
from scheduler.store import journal, outbox
from scheduler.store.cipher import Cipher
from scheduler.store.engine import Connection, Database
from scheduler.store.journal import Moment
from scheduler.store.outbox import Claimed, Result
from scheduler.store.rules import RuleBook
from scheduler.worker import alerts, backoff

logger = logging.getLogger(__name__)

AT_MOST = 50
"""Sends under way at once."""
RENEW_EVERY_S = 4.0
LONGEST_WAIT_S = 1.0


class Outcome(NamedTuple):
    """What one send came to, before anything is decided about it."""

    claimed: Claimed
    started_at: datetime
    duration_ms: int
    status: int | None
    answer: str
    error: DeliveryError | None


class Clocks(NamedTuple):
    """The two clocks of delivery.

    Attributes:
        pace: Leases and pauses between tries go by it.
        real: Signatures and mail dates go by it, also where `pace` is faster.
    """

    pace: Clock
    real: Clock


class Delivery:
    """Delivers the outbox of one database.

    Args:
        database: Where the outbox is.
        notifiers: By kind of channel.
        clocks: See `Clocks`.
        pool: Runs the sends.
        rule_book: Reads pinned rules.
        cipher: Opens the channels' secrets.
        base_url: Of the holds' pages.
        worker_id: Whose leases these are.
        chance: Spreads the retries.
    """

    def __init__(
        self,
        database: Database,
        notifiers: Mapping[str, Notifier],
        *,
        clocks: Clocks,
        pool: Executor,
        rule_book: RuleBook,
        cipher: Cipher,
        base_url: str,
        worker_id: str,
        chance: Random | None = None,
    ) -> None:
        self._database = database
        self._notifiers = notifiers
        self._clocks = clocks
        self._pool = pool
        self._rule_book = rule_book
        self._cipher = cipher
        self._base_url = base_url
        self._worker_id = worker_id
        self._chance = chance or Random()  # noqa: S311 -- spreads retries, guards nothing
        self._under_way: dict[tuple[str, int], Claimed] = {}
        """By id and fence: one alert may be claimed anew while an old send still hangs."""
        self._finished: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._renewed_at = clocks.pace.monotonic()
        self.wake = threading.Event()

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is being sent and nothing waits to be recorded."""
        return not self._under_way and self._finished.empty()

    def turn(self, *, claims: bool = True) -> int:
        """Record what came back, and claim and hand out what is due.

        Returns:
            How many sends were handed out.
        """
        finished = self._take_finished()
        try:
            with self._database.write() as connection:
                now = self._database.now(self._clocks.pace, connection)
                self._record(connection, finished, now)
                self._renew(connection, now)
                free = AT_MOST - len(self._under_way) + len(finished)
                claimed = self._claim(connection, now, free) if claims else []
        except BaseException:
            # What was sent is recorded at the next turn, or it would be under way for ever.
            for outcome in finished:
                self._finished.put(outcome)
            raise
        for outcome in finished:
            self._under_way.pop(_key(outcome.claimed), None)
        for each in claimed:
            self._hand_out(each)
        return len(claimed)

    def run(self, stop: threading.Event) -> None:
        """Turn until told to stop, whatever the database or a receiver does."""
        while not stop.is_set():
            self.wake.clear()
            try:
                self.turn()
            except Exception:
                # The loop outlives any error of the database; leases lapse by themselves.
                logger.exception("Deliveries are held up", extra={"action": "delivery_failed"})
            self.wake.wait(LONGEST_WAIT_S)

    def finish(self, grace_s: float) -> None:
        """Claim nothing more; give sends `grace_s` seconds, then hand the rest back."""
        ends = self._clocks.real.monotonic() + grace_s
        while self._under_way and self._clocks.real.monotonic() < ends:
            self.wake.clear()
            self.turn(claims=False)
            if self._under_way:
                self.wake.wait(min(0.1, grace_s))
        with self._database.write() as connection:
            now = self._database.now(self._clocks.pace, connection)
            outbox.release(connection, list(self._under_way.values()), now)

    def _take_finished(self) -> list[Outcome]:
        finished: list[Outcome] = []
        while True:
            try:
                finished.append(self._finished.get_nowait())
            except queue.Empty:
                return finished

    def _claim(self, connection: Connection, now: datetime, free: int) -> list[Claimed]:
        under_way = [delivery_id for delivery_id, _ in self._under_way]
        outbox.reclaim(connection, now, longest_pause=backoff.LONGEST, under_way=under_way)
        claimed = outbox.claim(connection, self._worker_id, now, free)
        self._rule_book.get(connection, [each.facts.rules_id for each in claimed])
        return claimed

    def _renew(self, connection: Connection, now: datetime) -> None:
        monotonic = self._clocks.pace.monotonic()
        if monotonic - self._renewed_at < RENEW_EVERY_S:
            return
        self._renewed_at = monotonic
        outbox.renew(connection, list(self._under_way.values()), now)

    def _hand_out(self, claimed: Claimed) -> None:
        self._under_way[_key(claimed)] = claimed
        future = self._pool.submit(self._send, claimed)
        future.add_done_callback(self._collect)

    def _collect(self, future: Future[Outcome]) -> None:
        if future.cancelled():
            return
        self._finished.put(future.result())
        self.wake.set()

    def _send(self, claimed: Claimed) -> Outcome:
        started_at, began = self._clocks.pace.now(), self._clocks.real.monotonic()
        status, answer, error = None, "", None
        try:
            receipt = self._attempt(claimed)
            status, answer = receipt.status, receipt.answer
        except DeliveryError as exc:
            status, answer, error = exc.status, exc.answer or str(exc), exc
        except Exception as exc:
            # A notifier's own fault must not lose the alert: it is tried again.
            logger.exception(
                "A notifier failed", extra={"action": "notifier_failed", "delivery_id": claimed.id}
            )
            answer, error = type(exc).__name__, DeliveryError(type(exc).__name__)
        took_ms = int((self._clocks.real.monotonic() - began) * 1000)
        # Whatever a receiver says must not be what the database refuses.
        told = first_kilobyte(answer.encode("utf-8", "replace"))
        return Outcome(claimed, started_at, took_ms, status, told, error)

    def _attempt(self, claimed: Claimed) -> Receipt:
        notifier = self._notifiers.get(claimed.channel_kind)
        if notifier is None:
            raise PermanentDeliveryError(
                f"channel {claimed.channel_id}: no way to send '{claimed.channel_kind}' is set up"
            )
        policy = self._rule_book.known(claimed.facts.rules_id).policy
        alert = alerts.compose(claimed, policy, self._base_url)
        target = alerts.target(claimed, self._cipher)
        return notifier.send(alert, target, now=self._clocks.real.now())

    def _record(self, connection: Connection, finished: list[Outcome], now: datetime) -> None:
        if not finished:
            return
        results = [self._judge(each, now) for each in finished]
        standing = outbox.record(connection, results, now)
        told = [
            (_Subject(result.claimed), event)
            for result in standing
            if (event := _event(result)) is not None
        ]
        journal.append(connection, told, Moment(now))

    def _judge(self, finished: Outcome, now: datetime) -> Result:
        """Decide what becomes of a delivery after this attempt."""
        claimed, error = finished.claimed, finished.error
        state, attempt_at = "delivered", now
        if error is not None:
            failures = claimed.attempts + 1
            attempt_at = now + backoff.pause(failures, self._chance, error.retry_after)
            first = claimed.first_attempt_at or now
            given_up = attempt_at >= backoff.gives_up_at(first, lasting=claimed.lasting)
            is_dead = given_up or isinstance(error, PermanentDeliveryError)
            state = "dead" if is_dead else "waiting"
        return Result(
            claimed,
            finished.started_at,
            finished.duration_ms,
            state,
            attempt_at,
            "delivered" if error is None else "failed",
            finished.status,
            finished.answer,
        )


def _key(claimed: Claimed) -> tuple[str, int]:
    return claimed.id, claimed.fence


class _Subject:
    """The hold that a delivery is about, as an event's body names it."""

    def __init__(self, claimed: Claimed) -> None:
        self.id: str = claimed.event["hold_id"]
        self.hold_ref: str = claimed.event["hold_ref"]
        self.facility_code: str = claimed.event["facility_code"]
        self.window_no: int = claimed.event["window_no"]


def _event(result: Result) -> Event | None:
    """Tell of a delivery made, first in trouble, or given up; the tries between are attempts."""
    attempt = result.claimed.attempts + 1
    if result.state == "waiting" and attempt > 1:
        return None
    kind = Kind.ALERT_SENT if result.state == "delivered" else Kind.ALERT_FAILED
    data: dict[str, Value] = {
        "alert": result.claimed.id,
        "type": result.claimed.type,
        "channel": result.claimed.channel_kind,
        "channel_id": result.claimed.channel_id,
        "attempt": attempt,
    }
    if result.status is not None:
        data["status"] = result.status
    if result.state == "dead":
        data["given_up"] = True
    if result.claimed.possible_duplicate:
        data["possible_duplicate"] = True
    occurred_at = result.started_at + timedelta(milliseconds=result.duration_ms)
    return Event(kind, occurred_at, data, by_time=True)
