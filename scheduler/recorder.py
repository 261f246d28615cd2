"""How everything about a hold is written: locked, judged, journaled, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, require_may, require_sight
from scheduler.domain.events import Value
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.routing import chain_length
from scheduler.errors import HoldNotFoundError, StaleVersionError
from scheduler.intake import LONGEST_REASON, check_entry, plain_text
from scheduler.store import directory, holds, journal, rosters
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection, Database
from scheduler.store.holds import Stored
from scheduler.store.journal import Change, Moment
from scheduler.store.rules import RuleBook, spelled


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Who records a fact, when it happened, and why it is recorded.

    Attributes:
        actor: Who writes.
        at: UTC; None is now.
        reason: Needed for what lies far back and for corrections.
        note: Free text without a person's data.
        is_history: An import or replay: the rules for entries of today do not bind.
        version: The hold's version that the actor saw; None does not ask.
    """

    actor: Actor
    at: datetime | None = None
    reason: str | None = None
    note: str | None = None
    is_history: bool = False
    version: int | None = None


class Settled(NamedTuple):
    """A hold as it stands after a fact, and the ids of the events written."""

    hold: Hold
    next_due_at: datetime | None
    event_ids: tuple[str, ...]


Step = Callable[[Hold, Rules, Fact], Recorded]
"""A fact or a correction: what it makes of the hold."""

Also = Callable[[Connection, datetime], None]
"""What else is written in the transaction of a fact, at its `now`; may refuse it all."""


class Recorder:
    """Writes what somebody records about a hold, and what time has brought by then.

    Args:
        database: Where it is kept.
        clock: Asked once a call.
        rule_book: Pins rules and reads them back.
        sends: False records alerts without sending them.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        rule_book: RuleBook,
        sends: bool = True,
    ) -> None:
        self.database = database
        self.rule_book = rule_book
        self._clock = clock
        self.on_commit: Callable[[], None] = lambda: None
        """Called after a commit that may make something due: a worker in this process."""
        self._sends = sends

    def now(self, by_server: datetime | None = None) -> datetime:
        """Return the instant that entries are recorded at.

        Args:
            by_server: What the database server's clock said just now; None asks it.
        """
        if by_server is not None and self._clock.is_real:
            return by_server
        return self.database.now(self._clock)

    def moment(self, actor: Actor, now: datetime) -> Moment:
        """Say when and by whom something is written."""
        return Moment(now, actor.name, self._sends)

    def rehearsal(self) -> Recorder:
        """Return one that judges as this one does, and writes nothing."""
        return Rehearsal(self.database, self._clock, rule_book=self.rule_book, sends=False)

    def pin(self, connection: Connection, rules: Rules) -> str:
        """Store rules, unless they are stored already, and return their id."""
        return self.rule_book.pin(connection, rules)

    def committed(self) -> None:
        """Let the worker look: something may be due."""
        self.on_commit()

    def record(
        self,
        name: str,
        entry: Entry,
        deed: Deed,
        step: Step,
        *,
        undated: bool = False,
        also: Also | None = None,
    ) -> Settled:
        """Record one fact or correction.

        Args:
            name: Of the hold.
            entry: Who and when.
            deed: What the actor must be allowed to do.
            step: The fact.
            undated: Only a history may know no date.
            also: Called under the hold's lock, before the fact.

        Raises:
            HoldNotFoundError: No such hold, or not the actor's.
            NotAllowedError: The actor may not write this.
            InvalidHoldError: The instant is in the future, or far back without a reason.
        """
        with self.database.write() as connection:
            stored, _ = self.lock(connection, name, entry, deed)
            # Asked for under the lock: nothing the worker wrote can be later than this.
            now = self.database.now(self._clock, connection)
            at = entry.at or now
            if not entry.is_history:
                check_entry(at, now, entry.reason, "at")
            if also is not None:
                also(connection, now)
            fact = Fact(None if undated else at, now, details(entry))
            rules = self.rules(connection, stored.hold, now)
            recorded = step(stored.hold, rules, fact)
            done = self.write(
                connection, stored, recorded, rules=rules, moment=self.moment(entry.actor, now)
            )
        self.committed()
        return done

    def lock(
        self, connection: Connection, name: str, entry: Entry, deed: Deed
    ) -> tuple[Stored, FacilityRecord]:
        """Take a hold for this transaction, if the actor may write this about it."""
        sight = directory.sight(connection, entry.actor)
        stored = holds.lock(connection, directory.hold_id(connection, name, sight))
        if stored is None:
            raise HoldNotFoundError(f"hold '{name}': there is no such hold")
        facility = directory.facility(connection, stored.hold.facility_code)
        require_sight(entry.actor, facility.code, facility.office_code)
        require_may(entry.actor, deed)
        _require_version(stored.hold, entry)
        return stored, facility

    def rules(self, connection: Connection, hold: Hold, now: datetime | None = None) -> Rules:
        """Return what the hold pinned, with the length of the chain as it is now.

        Args:
            connection: Any.
            hold: Whose rules.
            now: UTC, who is on duty then; None asks the clock.
        """
        now = now or self.database.now(self._clock, connection)
        self.rule_book.get(connection, [hold.rules_id])
        rules = self.rule_book.known(hold.rules_id)
        roster = rosters.rosters(connection, [hold.facility_code])[hold.facility_code]
        return rules._replace(chain=chain_length(roster, rules.policy, now=now, hold=hold))

    def write(
        self,
        connection: Connection,
        stored: Stored,
        recorded: Recorded,
        *,
        rules: Rules,
        moment: Moment,
    ) -> Settled:
        """Write a hold that was read, and what happened to it."""
        if not recorded.events and recorded.hold == stored.hold:
            return Settled(stored.hold, recorded.next_due_at, ())
        change = Change(
            stored.hold,
            recorded.hold,
            recorded.next_due_at,
            recorded.events,
            rules,
            stored.alert_sequence,
            stored.quiet,
        )
        roster = rosters.rosters(connection, [stored.hold.facility_code])
        written = journal.record(connection, [change], roster, moment)
        holds.update_all(connection, [entry.written for entry in written])
        self.database.notify(connection)
        return Settled(recorded.hold, recorded.next_due_at, tuple(written[0].event_ids))


class Rehearsal(Recorder):
    """Says what would come of an entry: judged under the hold's lock, and never written."""

    def pin(self, connection: Connection, rules: Rules) -> str:
        """Return the id that rules would have."""
        return spelled(rules).id

    def write(
        self,
        connection: Connection,
        stored: Stored,
        recorded: Recorded,
        *,
        rules: Rules,
        moment: Moment,
    ) -> Settled:
        """Return the hold as it would be written."""
        return Settled(recorded.hold, recorded.next_due_at, ())

    def committed(self) -> None:
        """Nothing was committed."""


def _require_version(hold: Hold, entry: Entry) -> None:
    if entry.version is not None and entry.version != hold.version:
        raise StaleVersionError(
            f"hold {hold.id}: version {entry.version} is stale, it is at {hold.version}; "
            "read it again before you correct it",
            hold_id=hold.id,
        )


def details(entry: Entry) -> Mapping[str, Value]:
    """Return what belongs to an entry beside its instant.

    Raises:
        InvalidHoldError: A text is too long, or has characters that deceive.
    """
    told = (("reason", entry.reason), ("note", entry.note))
    read = ((name, plain_text(text, name, LONGEST_REASON)) for name, text in told)
    return {name: text for name, text in read if text}
