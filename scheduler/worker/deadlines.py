"""Time passes: due holds become events and outbox rows, in one transaction a batch.

No network is used inside, so no lease is needed: a crash rolls the batch back and
the holds are due still.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from scheduler.domain import duties
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.roster import Roster
from scheduler.domain.routing import chain_length
from scheduler.errors import StoreError
from scheduler.store import bulk, holds, journal, rosters
from scheduler.store.bulk import Updated
from scheduler.store.engine import UNAVAILABLE, Connection, Database
from scheduler.store.holds import Stored
from scheduler.store.journal import Change, Moment
from scheduler.store.rules import RuleBook
from scheduler.tally import Tally
from scheduler.worker.timekeeper import Timekeeper

logger = logging.getLogger(__name__)

BATCH = 1000
"""How many holds one transaction takes."""
PART = 250
"""How many are worked out while the server writes those before."""


class Ticked(NamedTuple):
    """What one tick did: holds claimed, events written, holds set aside."""

    holds: int = 0
    events: int = 0
    set_aside: int = 0


class _Part(NamedTuple):
    """What was written of a part of a batch: holds advanced, their events, and the update."""

    holds: int
    events: int
    updated: Updated


class Deadlines:
    """Carries out what is due.

    Args:
        database: Where the holds are.
        timekeeper: Asked once a tick.
        rule_book: Reads pinned rules.
        sends: False records alerts without sending them.
        tally: Counts how late it was.
    """

    def __init__(
        self,
        database: Database,
        timekeeper: Timekeeper,
        *,
        rule_book: RuleBook,
        sends: bool = True,
        tally: Tally | None = None,
    ) -> None:
        self._database = database
        self._timekeeper = timekeeper
        self._rule_book = rule_book
        self._sends = sends
        self._tally = tally or Tally()
        self._late: list[float] = []

    def drain(self) -> Ticked:
        """Tick until nothing is due."""
        total = Ticked()
        while True:
            done = self.tick()
            if not done.holds:
                return total
            total = Ticked(*(a + b for a, b in zip(total, done, strict=True)))

    def tick(self) -> Ticked:
        """Carry out one batch of what is due now."""
        reading = self._timekeeper.read()
        moment = Moment(reading.now, sends=self._sends, is_suspect=reading.is_suspect)
        try:
            with _uncollected(), self._write_counted() as connection:
                claimed = holds.claim_due(connection, moment.now, BATCH)
                return self._carry_out(connection, claimed, moment) if claimed else Ticked()
        except UNAVAILABLE:
            raise
        except Exception:
            # One hold cannot be read, or its events were refused: find it, and
            # let the others go on.
            logger.exception("A batch was refused", extra={"action": "batch_refused"})
            return self._one_by_one(moment)

    def next_due_at(self) -> datetime | None:
        """Return when the worker must look again, or None while nothing is open."""
        with self._database.read() as connection:
            return holds.next_due_at(connection)

    @contextmanager
    def _write_counted(self) -> Iterator[Connection]:
        """Open a transaction; how late its holds were counts once it is committed."""
        self._late.clear()
        with self._database.write() as connection:
            yield connection
        self._tally.late(self._late)

    def _carry_out(self, connection: Connection, claimed: list[Stored], moment: Moment) -> Ticked:
        self._rule_book.get(connection, [stored.hold.rules_id for stored in claimed])
        people = rosters.rosters(connection, {stored.hold.facility_code for stored in claimed})
        # SQLite writes in this process: there is nothing to do meanwhile.
        size = BATCH if self._database.is_sqlite else PART
        parts = [claimed[at : at + size] for at in range(0, len(claimed), size)]
        with bulk.unawaited(connection):
            written = [self._write(connection, part, people, moment) for part in parts]
        advanced = sum(part.holds for part in written)
        updated = sum(part.updated.count() for part in written)
        if updated != advanced:
            raise StoreError(
                f"holds: {advanced - updated} of {advanced} changed while they were claimed"
            )
        events = sum(part.events for part in written)
        return Ticked(len(claimed), events, len(claimed) - advanced)

    def _write(
        self,
        connection: Connection,
        claimed: list[Stored],
        people: Mapping[str, Roster],
        moment: Moment,
    ) -> _Part:
        """Advance some of the claimed holds, and write them."""
        changes: list[Change] = []
        for stored in claimed:
            roster = people[stored.hold.facility_code]
            change = self._advance(connection, stored, roster, moment)
            if change is not None:
                changes.append(change)
        rows = [entry.written for entry in journal.record(connection, changes, people, moment)]
        before = [change.before for change in changes if change.before is not None]
        updated = holds.update_worked_out(connection, rows, before)
        return _Part(len(changes), sum(len(change.events) for change in changes), updated)

    def _advance(
        self, connection: Connection, stored: Stored, roster: Roster, moment: Moment
    ) -> Change | None:
        hold = stored.hold
        try:
            rules = self._rules(hold, roster, moment.now)
            done = duties.advance(hold, rules, moment.now)
        except Exception as exc:
            # The place for a broad except: a bad hold must not stop the others.
            logger.exception(
                "Hold set aside", extra={"action": "hold_set_aside", "hold_id": hold.id}
            )
            holds.set_aside(connection, hold.id, _because(exc), moment.now)
            return None
        if done.first_due_at is not None:
            self._late.append((moment.now - done.first_due_at).total_seconds())
        return Change(
            hold,
            done.hold,
            done.next_due_at,
            done.events,
            rules,
            stored.alert_sequence,
            stored.quiet,
        )

    def _rules(self, hold: Hold, roster: Roster, now: datetime) -> Rules:
        """Return what a hold is judged by, with the chain of whoever is on duty."""
        # Most holds of a batch have these in common, unless the hour decides who is told.
        key = ("rules", hold.rules_id)
        known: Rules | None = None if roster.is_scheduled else roster.known.get(key)
        if known is None:
            pinned = self._rule_book.known(hold.rules_id)
            chain = chain_length(roster, pinned.policy, now=now, hold=hold)
            known = roster.known[key] = pinned._replace(chain=chain)
        return known

    def _one_by_one(self, moment: Moment) -> Ticked:
        """Carry out a refused batch hold by hold; set aside what is refused alone."""
        with self._database.read() as connection:
            claimed = holds.peek_due(connection, moment.now, BATCH)
        total = Ticked()
        for hold_id in claimed:
            try:
                done = self._only(hold_id, moment)
            except UNAVAILABLE:
                raise
            except Exception as exc:
                logger.exception(
                    "Hold set aside", extra={"action": "hold_set_aside", "hold_id": hold_id}
                )
                done = self._set_aside(hold_id, exc, moment)
            total = Ticked(*(a + b for a, b in zip(total, done, strict=True)))
        return total

    def _only(self, hold_id: str, moment: Moment) -> Ticked:
        with self._write_counted() as connection:
            stored = holds.lock(connection, hold_id)
            return Ticked() if stored is None else self._carry_out(connection, [stored], moment)

    def _set_aside(self, hold_id: str, exc: Exception, moment: Moment) -> Ticked:
        with self._database.write() as connection:
            holds.set_aside(connection, hold_id, _because(exc), moment.now)
        return Ticked(1, 0, 1)


def _because(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}".splitlines()[0]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from a batch's objects: they all live to its end.

    What it saves was between nothing and a tenth of a tick, as the machine was busy.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
