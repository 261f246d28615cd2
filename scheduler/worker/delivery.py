"""Sends what the outbox holds: claim, commit, send, record.

One thread claims and records; a pool sends. Each turn of the loop is one short
transaction that records what came back, renews the leases of what is under way
and claims what is due, so a slow receiver never holds the database, and a crash
between a send and its record is seen by the next claim and says so.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from random import Random, SystemRandom

from notifiers.base import Notifier
from scheduler.clock import Clock
from scheduler.links import AcknowledgeLinks
from scheduler.store import endpoints, fallback, outbox
from scheduler.store.cipher import Cipher
from scheduler.store.claims import Claimed
from scheduler.store.endpoints import Health
from scheduler.store.engine import Connection, Database
from scheduler.store.fallback import LongAgo
from scheduler.store.journal import Moment
from scheduler.store.rules import RuleBook
from scheduler.tally import Tally
from scheduler.worker import backoff
from scheduler.worker.aftermath import Aftermath
from scheduler.worker.breaker import FALLS_BACK_AFTER
from scheduler.worker.lanes import AT_MOST, Lanes
from scheduler.worker.sending import Clocks, Outcome, Sender
from scheduler.worker.timekeeper import Timekeeper

__all__ = ["AT_MOST", "Clocks", "Delivery"]

logger = logging.getLogger(__name__)

RENEW_EVERY_S = 4.0
LOOK_BACK_EVERY_S = 0.5
LONGEST_WAIT_S = 0.5
"""The two add up, to a lease of 12 s that must be taken over within 15 s."""
GATHER_S = 0.02
"""Between two turns, while results are to come. A turn costs much the same for one as for
fifty: turns for every single one cost a tenth of the rate."""
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
        tally: Counts what came of attempts.
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
        tally: Tally | None = None,
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
        # Its own: a doubt belongs to the thread that has it.
        self._timekeeper = Timekeeper(database, clocks.pace)
        self._pool = pool
        self._rule_book = rule_book
        self._worker_id = worker_id
        self._aftermath = Aftermath(chance or SystemRandom())
        self._tally = tally or Tally()
        self._lanes = Lanes()
        self._finished: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._renewed = _Every(clocks.pace, RENEW_EVERY_S)
        self._looked_back = _Every(clocks.pace, LOOK_BACK_EVERY_S)
        self._expected = 0
        self._all_back = threading.Event()
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
        given_back: list[Claimed] = []
        try:
            with self._database.write() as connection:
                now, is_suspect = self._timekeeper.read(connection)
                unwell = endpoints.unwell(connection)
                if finished:
                    recorded_at = self._record_now(connection, now)
                    moment = Moment(recorded_at, is_suspect=is_suspect)
                    unwell = self._aftermath.record(
                        connection, finished, unwell, now=now, moment=moment
                    )
                for outcome in finished:
                    is_failing = outcome.claimed.channel_id in unwell
                    given_back += self._lanes.finish(outcome.claimed, is_failing=is_failing)
                outbox.release(connection, given_back, now, maybe_sent=False)
                if self._renewed.is_due():
                    outbox.renew(connection, self._lanes.claims, now)
                claimed = self._claim(connection, unwell, now) if claims else []
        except BaseException:
            # What was sent is recorded at the next turn, or it would be under way for ever.
            for outcome in finished:
                self._lanes.resume(outcome.claimed)
                self._finished.put(outcome)
            for each in given_back:
                self._lanes.add(each)
            raise
        self._tally.attempted(
            (each.claimed.channel_kind, "delivered" if each.error is None else "failed")
            for each in finished
        )
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
            self._gather()
            self.wake.wait(LONGEST_WAIT_S)

    def _gather(self) -> None:
        """Let results come together for a moment, unless none is to come any more."""
        self._all_back.clear()
        self._expected = len(self._lanes.sent)
        if not self._expected or self._finished.qsize() < self._expected:
            self._all_back.wait(GATHER_S)

    def finish(self, grace_s: float) -> None:
        """Claim nothing more; give sends `grace_s` seconds, then hand the rest back."""
        ends = self._clocks.real.monotonic() + grace_s
        while self._lanes.sent and self._clocks.real.monotonic() < ends:
            self.wake.clear()
            self.turn(claims=False)
            if self._lanes.sent:
                self.wake.wait(min(0.1, grace_s))
        with self._database.write() as connection:
            now = self._timekeeper.read(connection).now
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
        if self._finished.qsize() >= self._expected:
            self._all_back.set()
        self.wake.set()

    def _claim(
        self, connection: Connection, unwell: Mapping[str, Health], now: datetime
    ) -> list[Claimed]:
        if self._looked_back.is_due():
            self._look_back(connection, unwell, now)
        claimed = self._claim_due(connection, unwell, now)
        self._rule_book.get(connection, [id_ for each in claimed if (id_ := each.facts.rules_id)])
        return claimed

    def _claim_due(
        self, connection: Connection, unwell: Mapping[str, Health], now: datetime
    ) -> list[Claimed]:
        """Claim for each endpoint what its lane takes.

        One endpoint's backlog may fill a look from end to end; then the next look
        leaves it out, so that it hides nobody else's alerts.
        """
        room = self._lanes.room(unwell)
        resting = [name for name, health in unwell.items() if health.rests(now)]
        claimed: list[Claimed] = []
        while True:
            found = outbox.due(connection, now, without=room.without, resting=resting)
            take = [each.id for each in found if room.take(each.channel_id)]
            claimed += outbox.claim(connection, self._worker_id, now, take)
            if len(found) < outbox.LOOKED_AT or len(take) == len(found):
                return claimed

    def _look_back(
        self, connection: Connection, unwell: Mapping[str, Health], now: datetime
    ) -> None:
        """See to what no send of this process brings about.

        A dead process's alerts are taken over, a failing endpoint gets its probe, and
        what waits there, or has waited too long, goes another way.
        """
        under_way = [each.id for each in self._lanes.claims]
        outbox.reclaim(connection, now, longest_pause=backoff.LONGEST, under_way=under_way)
        probes = [name for name, each in unwell.items() if each.is_open and not each.rests(now)]
        outbox.probe(connection, probes, now)
        recorded_at = self._record_now(connection, now)
        failing = [
            name for name, health in unwell.items() if health.failed_rounds >= FALLS_BACK_AFTER
        ]
        # Sixty seconds of the world: a clock that runs fast by design passes them at once.
        by_record = timedelta(seconds=TOO_LONG_S / self._clocks.record.real_seconds(1))
        long_ago = LongAgo(now - timedelta(seconds=TOO_LONG_S), recorded_at - by_record)
        waiting = fallback.waiting(connection, failing, now, long_ago=long_ago)
        fallback.make(connection, waiting, recorded_at)

    def _record_now(self, connection: Connection, now: datetime) -> datetime:
        # In production the clocks are one, and the server need not be asked twice.
        is_one = self._clocks.record.is_real and self._clocks.pace.is_real
        return now if is_one else self._database.now(self._clocks.record, connection)


class _Every:
    """Says at once, and every so often from then on, that it is time again."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._last = -math.inf

    def is_due(self) -> bool:
        now = self._clock.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
