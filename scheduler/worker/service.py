"""A worker process: the deadline loop, the delivery loop, and what wakes them."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from scheduler.clock import Clock
from scheduler.store import wakeup, workers
from scheduler.store.engine import UNAVAILABLE, Database
from scheduler.worker.deadlines import Deadlines
from scheduler.worker.delivery import Delivery
from scheduler.worker.heartbeat import Heartbeat
from scheduler.worker.invitations import InvitationMails
from scheduler.worker.ticker import Chore, Ticker
from scheduler.worker.timekeeper import Timekeeper

logger = logging.getLogger(__name__)

LONGEST_SLEEP_S = 30.0
SWEEP_S = 5.0
DELIVER_S = 1.0
INVITE_S = 2.0
REPORT_S = 5.0
AFTER_ERROR_S = 1.0
SEND_GRACE_S = 4.0
TURN_GRACE_S = 0.5
"""For the turn that a loop is in when it is told to stop."""
BLOCKED_S = 0.002
"""Before another look at what is due by now, or what another worker has in hand."""
STALE_S = 30.0


class Service:
    """Runs until told to stop. `start` returns at once; `stop` within six seconds.

    Args:
        database: Shared with whoever registers holds.
        clock: The holds'.
        real: The world's, for chores and liveness.
        deadlines: Carries out what is due.
        delivery: Sends what that put in the outbox.
        timekeeper: Tells whether the clock is suspect.
        pool: The senders.
        worker_id: On record as.
        heartbeat: Tells somebody outside, if anybody listens.
        invitations: Sends the mails of new accounts.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        real: Clock,
        deadlines: Deadlines,
        delivery: Delivery,
        timekeeper: Timekeeper,
        pool: ThreadPoolExecutor,
        worker_id: str,
        heartbeat: Heartbeat | None = None,
        invitations: InvitationMails | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._real = real
        self._deadlines = deadlines
        self._delivery = delivery
        self._timekeeper = timekeeper
        self._pool = pool
        self._worker_id = worker_id
        self._heartbeat = heartbeat
        self._stop = threading.Event()
        self._due = threading.Event()
        self._looked_at = real.monotonic()
        self._reported_at = real.monotonic() - REPORT_S
        invites = () if invitations is None else (Chore("invite", INVITE_S, invitations.look),)
        chores = (
            Chore("sweep", SWEEP_S, self._due.set),
            Chore("deliver", DELIVER_S, delivery.wake.set),
            Chore("watchdog", STALE_S, self._watch_loop),
            *invites,
        )
        self._ticker = Ticker(real, self._due.set, chores)
        self._threads = [
            threading.Thread(target=self._run, name="deadlines", daemon=True),
            threading.Thread(target=delivery.run, args=(self._stop,), name="delivery", daemon=True),
            threading.Thread(
                target=wakeup.watch,
                args=(database, self.wake, self._stop),
                name="watch",
                daemon=True,
            ),
        ]

    @property
    def idle_s(self) -> float:
        """Return how long ago the deadline thread last looked, in real seconds."""
        return self._real.monotonic() - self._looked_at

    def wake(self) -> None:
        """Look now: something may be due sooner than thought."""
        self._due.set()
        self._delivery.wake.set()

    def start(self) -> None:
        """Start every thread."""
        with self._database.write() as connection:
            now = self._database.now(self._clock, connection)
            workers.start(
                connection, self._worker_id, host=socket.gethostname(), pid=os.getpid(), now=now
            )
        for thread in self._threads:
            thread.start()
        self._ticker.start()
        logger.info("The worker runs", extra={"action": "worker_started"})

    def stop(self) -> None:
        """Claim nothing more, let sends end within their grace, and stop."""
        self._stop.set()
        self.wake()
        self._ticker.stop()
        for thread in self._threads[:2]:
            thread.join(timeout=TURN_GRACE_S)
        try:
            self._delivery.finish(SEND_GRACE_S)
            with self._database.write() as connection:
                now = self._database.now(self._clock, connection)
                workers.stopped(connection, self._worker_id, now)
        except UNAVAILABLE:
            # Nothing is lost: the leases lapse, and another worker takes over.
            logger.exception("The stop could not be recorded", extra={"action": "stop_unrecorded"})
        self._pool.shutdown(wait=False, cancel_futures=True)
        # Its connection must not outlive the database's owner.
        self._threads[-1].join(timeout=TURN_GRACE_S)
        logger.info("The worker stopped", extra={"action": "worker_stopped"})

    def _run(self) -> None:
        """Wait until something is due, carry it out, and report having looked."""
        while not self._stop.is_set():
            self._due.clear()
            sleep_s = self._guarded(self._look_and_report)
            if sleep_s > 0:
                self._clock.wait(self._due, sleep_s)

    def _look_and_report(self) -> float:
        sleep_s = self._look()
        self._report()
        return sleep_s

    def _look(self) -> float:
        """Carry out one batch; return for how many seconds nothing more is due."""
        done = self._deadlines.tick()
        self._looked_at = self._real.monotonic()
        if done.events:
            self._delivery.wake.set()
        if done.holds:
            return 0.0
        due_at = self._deadlines.next_due_at()
        sleep_s = LONGEST_SLEEP_S if due_at is None else self._seconds_to(due_at)
        self._ticker.wake_in(self._clock.real_seconds(sleep_s))
        return sleep_s

    def _seconds_to(self, due_at: datetime) -> float:
        left = (due_at - self._timekeeper.read().now).total_seconds()
        return min(max(left, BLOCKED_S), LONGEST_SLEEP_S)

    def _guarded(self, act: Callable[[], float | None]) -> float:
        """Outlive whatever the database does: a restart of it must not end the schedule."""
        try:
            return act() or 0.0
        except Exception:
            logger.exception("The deadline loop is held up", extra={"action": "loop_failed"})
            self._stop.wait(AFTER_ERROR_S)
            return 0.0

    def _report(self) -> None:
        if self._real.monotonic() - self._reported_at < REPORT_S:
            return
        self._reported_at = self._real.monotonic()
        with self._database.write() as connection:
            now = self._database.now(self._clock, connection)
            workers.looked(connection, self._worker_id, now, is_suspect=self._timekeeper.is_suspect)
        # Here a look has ended well and was written down: more cannot be said from inside.
        if self._heartbeat is not None:
            self._heartbeat.beat()

    def _watch_loop(self) -> None:
        """Say so when the deadline thread has stopped looking."""
        if self.idle_s > STALE_S:
            logger.critical(
                "The deadline thread has not looked for %d s",
                int(self.idle_s),
                extra={"action": "loop_stale"},
            )
