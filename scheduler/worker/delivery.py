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
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from random import Random

from notifiers.base import Notifier
from scheduler.clock import Clock
from scheduler.domain.events import Event
from scheduler.links import AcknowledgeLinks
from scheduler.store import endpoints, fallback, journal, outbox
from scheduler.store.cipher import Cipher
from scheduler.store.endpoints import Health
from scheduler.store.engine import Connection, Database
from scheduler.store.journal import Moment
from scheduler.store.outbox import Result
from scheduler.store.rules import RuleBook
from scheduler.worker import backoff, verdict
from scheduler.worker.breaker import FALLS_BACK_AFTER, Breaker, Learned, Try
from scheduler.worker.lanes import AT_MOST, Lanes
from scheduler.worker.sending import Clocks, Outcome, Sender

__all__ = ["AT_MOST", "Clocks", "Delivery"]

logger = logging.getLogger(__name__)

RENEW_EVERY_S = 4.0
LOOK_BACK_EVERY_S = 1.0
LONGEST_WAIT_S = 1.0
TOO_LONG_S = 60.0
"""An alert not delivered by then goes another way too."""


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
        links: Makes the links to answer by; None sends alerts without.
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
        links: AcknowledgeLinks | None = None,
        chance: Random | None = None,
    ) -> None:
        self._database = database
        self._sender = Sender(
            notifiers,
            clocks=clocks,
            rule_book=rule_book,
            cipher=cipher,
            base_url=base_url,
            links=links,
        )
        self._clocks = clocks
        self._pool = pool
        self._rule_book = rule_book
        self._worker_id = worker_id
        self._chance = chance or Random()  # noqa: S311 -- spreads retries, guards nothing
        self._lanes = Lanes()
        self._breaker = Breaker()
        self._finished: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._renewed = _Every(clocks.pace, RENEW_EVERY_S)
        self._looked_back = _Every(clocks.pace, LOOK_BACK_EVERY_S)
        self.wake = threading.Event()

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is claimed and nothing waits to be recorded."""
        return not len(self._lanes) and self._finished.empty()

    def turn(self, *, claims: bool = True) -> int:
        """Record what came back, claim what is due, and hand out what may be sent.

        Returns:
            How many sends were handed out.
        """
        finished = self._take_finished()
        try:
            with self._database.write() as connection:
                now = self._database.now(self._clocks.pace, connection)
                self._record(connection, finished, now)
                for outcome in finished:
                    failing = self._breaker.is_failing(outcome.claimed.channel_id)
                    self._lanes.finish(outcome.claimed, is_failing=failing)
                if self._renewed.is_due():
                    outbox.renew(connection, self._lanes.claims, now)
                claimed = self._claim(connection, now) if claims else []
        except BaseException:
            # What was sent is recorded at the next turn, or it would be under way for ever.
            for outcome in finished:
                self._lanes.resume(outcome.claimed)
                self._finished.put(outcome)
            raise
        for each in claimed:
            self._lanes.add(each)
        return self._hand_out() if claims else 0

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
        while self._lanes.sent and self._clocks.real.monotonic() < ends:
            self.wake.clear()
            self.turn(claims=False)
            if self._lanes.sent:
                self.wake.wait(min(0.1, grace_s))
        with self._database.write() as connection:
            now = self._database.now(self._clocks.pace, connection)
            outbox.release(connection, self._lanes.sent, now, maybe_sent=True)
            outbox.release(connection, self._lanes.unsent, now, maybe_sent=False)
        self._lanes.clear()

    def _take_finished(self) -> list[Outcome]:
        finished: list[Outcome] = []
        while True:
            try:
                finished.append(self._finished.get_nowait())
            except queue.Empty:
                return finished

    def _hand_out(self) -> int:
        count = 0
        for claimed in self._lanes.ready():
            self._pool.submit(self._sender.send, claimed).add_done_callback(self._collect)
            count += 1
        return count

    def _collect(self, future: Future[Outcome]) -> None:
        if future.cancelled():
            return
        self._finished.put(future.result())
        self.wake.set()

    # What is claimed.

    def _claim(self, connection: Connection, now: datetime) -> list[outbox.Claimed]:
        lanes = self._lanes
        under_way = [each.id for each in lanes.claims]
        outbox.reclaim(connection, now, longest_pause=backoff.LONGEST, under_way=under_way)
        due = outbox.due(connection, now, without=lanes.full())
        room: dict[str, int] = {}
        take: list[str] = []
        put_off: dict[datetime, list[str]] = {}
        for each in due:
            if each.is_put_off(now):
                put_off.setdefault(each.health.probe_at or now, []).append(each.id)
                continue
            if each.channel_id not in room:
                failing = each.health.is_failing
                room[each.channel_id] = lanes.room(each.channel_id, is_failing=failing)
            if room[each.channel_id] > 0:
                room[each.channel_id] -= 1
                take.append(each.id)
        for probe_at, waiting in put_off.items():
            outbox.put_off(connection, waiting, probe_at)
            fallback.make(connection, waiting, self._record_now(connection))
        if self._looked_back.is_due():
            self._look_back(connection)
        claimed = outbox.claim(connection, self._worker_id, now, take)
        self._rule_book.get(connection, [each.facts.rules_id for each in claimed])
        return claimed

    def _look_back(self, connection: Connection) -> None:
        """Send another way what waits at a failing endpoint, or has waited too long."""
        now = self._record_now(connection)
        failing = endpoints.failing(connection, FALLS_BACK_AFTER)
        # Sixty seconds of the world: a clock that runs fast by design passes them at once.
        long_ago = now - timedelta(seconds=TOO_LONG_S / self._clocks.record.real_seconds(1))
        waiting = fallback.waiting(connection, failing, long_ago)
        fallback.make(connection, waiting, now)

    def _record_now(self, connection: Connection) -> datetime:
        return self._database.now(self._clocks.record, connection)

    # What is recorded.

    def _record(self, connection: Connection, finished: Sequence[Outcome], now: datetime) -> None:
        if not finished:
            return
        recorded_at = self._record_now(connection)
        results = [verdict.judge(each, now, self._chance) for each in finished]
        learned = self._breaker.learn([_try(each) for each in finished], now)
        endpoints.remember(connection, [(each.channel_id, each.health) for each in learned])
        recovered = [each.channel_id for each in learned if not each.health.is_failing]
        outbox.bring_forward(connection, recovered, now)
        standing = outbox.record(connection, results, recorded_at)
        fallback.make(
            connection,
            [result.claimed.id for result in standing if verdict.falls_back(result)],
            recorded_at,
        )
        self._tell(connection, standing, learned, recorded_at)

    def _tell(
        self,
        connection: Connection,
        standing: Sequence[Result],
        learned: Sequence[Learned],
        now: datetime,
    ) -> None:
        """Write what became of deliveries; an administrator hears what went wrong for good."""
        opened = {each.channel_id for each in learned if each.opened}
        told: list[tuple[verdict.Subject, Event]] = []
        grave: list[int] = []
        for result in standing:
            opens = result.claimed.channel_id in opened and result.state != "delivered"
            made = verdict.event(result, opened=opens)
            if made is None:
                continue
            if (opens or result.state == "dead") and result.claimed.type != fallback.FAILED:
                grave.append(len(told))
            opened -= {result.claimed.channel_id} if opens else set()
            told.append((verdict.Subject(result.claimed), made))
        event_ids = journal.append(connection, told, Moment(now))
        fallback.tell_administrators(
            connection,
            [(event_ids[i], told[i][0].id, told[i][1].occurred_at) for i in grave],
            now,
        )


def _try(outcome: Outcome) -> Try:
    claimed = outcome.claimed
    known = Health(claimed.facts.failed_rounds, claimed.facts.failing_since, claimed.facts.probe_at)
    return Try(claimed.channel_id, outcome.paced_at, outcome.error is None, known)


class _Every:
    """Says, every so often, that it is time again."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._last = clock.monotonic()

    def is_due(self) -> bool:
        now = self._clock.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
