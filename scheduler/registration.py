"""Puts new holds on record: one, or a file's worth in one transaction, by the same code.

A hold is judged first, which only reads: its rules are chosen, and what time has
brought since the lodging is worked out. Then all that was judged is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import orjson

from scheduler.domain import duties, refusals
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import ConflictError, HoldError
from scheduler.hold_view import HoldView
from scheduler.intake import Registration
from scheduler.judging import CalendarFor, Grounds, Hush, Judge, Judged
from scheduler.recorder import Recorder
from scheduler.store import at_once, holds, journal, kept, people
from scheduler.store.cipher import Cipher
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection
from scheduler.store.holds import OnRecord
from scheduler.store.kept import Kept
from scheduler.store.people import PersonRecord


class Registered(NamedTuple):
    """A hold, whether this call put it on record, and what the reader should know.

    Attributes:
        facility: Where it is.
        rules: Its rules.
        now: UTC, the instant it was registered or found at.
        warnings: For whoever registers it.
    """

    hold: Hold
    next_due_at: datetime | None
    is_new: bool
    facility: FacilityRecord
    rules: Rules
    now: datetime
    warnings: tuple[str, ...] = ()

    @property
    def view(self) -> HoldView:
        """The hold as its readers have it."""
        return HoldView(self.hold, self.next_due_at, self.facility, self.rules, self.now)


YOUNGER = ("warrant_received_at", "judicial_order_at", "citizenship_claimed_at")
"""Fields that registrations did not always have."""
Reference = tuple[str, str]
"""What a hold is known by outside: its facility's code and that facility's reference."""


def is_closed(hold: Hold) -> bool:
    """Say whether the hold ended: a closed row is history, and sends nothing."""
    return hold.outcome is not None


class Registrar:
    """Judges and writes registrations.

    Args:
        recorder: Writes.
        book: The policies on record.
        calendar_for: Makes a facility's calendar.
        cipher: Encrypts a person's data; None where none can come.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        book: PolicyBook,
        calendar_for: CalendarFor,
        cipher: Cipher | None,
    ) -> None:
        self._recorder = recorder
        self._book = book
        self._calendar_for = calendar_for
        self._cipher = cipher
        self._grounds: Grounds | None = None

    def register(
        self,
        connection: Connection,
        batch: Sequence[Registration],
        actor: Actor,
        *,
        hush: Hush = is_closed,
    ) -> list[Registered | HoldError]:
        """Register a batch in the caller's transaction.

        Returns:
            For each, in order, the hold or what it was refused for; nothing of
            a refused one is written.
        """
        require_may(actor, Deed.FACT)
        if not batch:
            return []
        keys = [_key(asked) for asked in batch]
        look = kept.look(connection, *keys[0])
        may_be_known = look.is_taken or len(batch) > 1
        known = holds.by_references(connection, keys) if may_be_known else {}
        judge = Judge(
            connection,
            self._grounds_of(look.kept),
            actor=actor,
            moment=self._recorder.moment(actor, self._recorder.now(look.now)),
            codes={asked.facility_code for asked in batch},
            hush=hush,
        )
        judged: dict[Reference, Judged] = {}
        answers: dict[int, Registered | HoldError] = {}
        again: set[int] = set()
        for place, asked in enumerate(batch):
            key = _key(asked)
            try:
                judge.require_sight(asked.facility_code)
                if key in judged:
                    _require_same(asked, judged[key].change.hold, digest(judged[key].asked))
                    again.add(place)
                elif key in known:
                    answers[place] = self._earlier(connection, asked, known[key], judge)
                else:
                    judged[key] = judge.judge(asked)
            except HoldError as exc:
                answers[place] = exc
        written = self._write(connection, judged, judge)
        return [
            answers.get(place) or written[_key(each)]._replace(is_new=place not in again)
            for place, each in enumerate(batch)
        ]

    def judge(
        self,
        connection: Connection,
        actor: Actor,
        codes: Collection[str],
        *,
        hush: Hush = is_closed,
        facilities: Mapping[str, FacilityRecord] | None = None,
    ) -> Judge:
        """Return what judges registrations of these facilities now, without writing.

        Args:
            connection: Read from.
            actor: Who registers.
            codes: Of the facilities.
            hush: Says of which holds nothing may be sent.
            facilities: Taken as being on record, for a rehearsal.
        """
        recorder = self._recorder
        # What is only supposed to be on record is nobody else's to go by.
        standing = Kept() if facilities else kept.of(connection)
        return Judge(
            connection,
            self._grounds_of(standing),
            actor=actor,
            moment=recorder.moment(actor, recorder.now()),
            codes=codes,
            hush=hush,
            facilities=facilities,
        )

    def rehearse(self, connection: Connection, asked: Registration, actor: Actor) -> Registered:
        """Return the hold as it would be registered now; nothing is written.

        Raises:
            HoldError: What the registration would be refused for.
        """
        require_may(actor, Deed.FACT)
        judge = self.judge(connection, actor, {asked.facility_code})
        return _registered(judge.judge(asked), judge.moment.now)

    def _grounds_of(self, standing: Kept) -> Grounds:
        """Return what is known of the directory as it stands."""
        if standing.stamp is None:
            return self._new_grounds(standing)
        grounds = self._grounds
        if grounds is None or grounds.kept is not standing:
            grounds = self._grounds = self._new_grounds(standing)
        return grounds

    def _new_grounds(self, standing: Kept) -> Grounds:
        return Grounds(standing, self._book, self._calendar_for)

    def _earlier(
        self, connection: Connection, asked: Registration, known: OnRecord, judge: Judge
    ) -> Registered:
        """Return the hold that has this reference already.

        Raises:
            ConflictError: It was registered with other fields.
        """
        hold = known.stored.hold
        _require_same(asked, hold, known.digest)
        now, facility = judge.moment.now, judge.require_sight(asked.facility_code)
        rules = self._recorder.rules(connection, hold, now)
        return Registered(
            hold=hold,
            next_due_at=duties.next_due(hold, rules),
            is_new=False,
            facility=facility,
            rules=rules,
            now=now,
        )

    def _write(
        self, connection: Connection, judged: Mapping[Reference, Judged], judge: Judge
    ) -> dict[Reference, Registered]:
        if not judged:
            return {}
        everything = judged.values()
        changes = [each.change for each in everything]
        book = self._recorder.rule_book
        for spelling in {each.spelling.id: each.spelling for each in everything}.values():
            book.store(connection, spelling)
        entered = {
            each.change.hold.id: PersonRecord(each.asked.subject_name, each.asked.a_number)
            for each in everything
        }
        _, journaled = journal.prepare(connection, changes, judge.rosters, judge.moment)
        new = holds.insertion([_new(each) for each in everything], judge.moment.now)
        rows = (new, *journaled, people.insertion(self._cipher, entered))
        at_once.insert(connection, rows, wakes=True)
        now = judge.moment.now
        return {key: _registered(each, now) for key, each in judged.items()}


def _new(judged: Judged) -> holds.New:
    """Return the row to insert."""
    change = judged.change
    return holds.New(change.hold, change.next_due_at, change.quiet, digest(judged.asked))


def _registered(judged: Judged, now: datetime) -> Registered:
    """Return what the caller is told."""
    change = judged.change
    return Registered(
        hold=change.hold,
        next_due_at=change.next_due_at,
        is_new=True,
        facility=judged.facility,
        rules=change.rules,
        now=now,
        warnings=judged.warnings,
    )


def _key(asked: Registration) -> Reference:
    return asked.facility_code, asked.hold_ref


def _require_same(asked: Registration, hold: Hold, known_digest: str) -> None:
    if known_digest != digest(asked):
        raise ConflictError(
            f"hold {asked.hold_ref} is on record at {hold.facility_code} with other fields, as "
            f"{hold.id}; a second detainer takes {asked.hold_ref}/2",
            hold_id=hold.id,
        ).saying(refusals.OTHER_FIELDS, ref=asked.hold_ref)


def digest(asked: Registration) -> str:
    """Digest what was asked for: the same registration again is the same hold."""
    # Not `asdict`, which copies every value: a quarter of the time of an import.
    told = dict(vars(asked))
    # A digest of a name could be guessed back from a list of names.
    for name in ("notes", "reason", "subject_name", "a_number", "is_lodged_now"):
        told.pop(name)
    if asked.is_lodged_now:
        told.pop("lodged_at")
    for name in YOUNGER:
        # What was registered before there were these is still the same.
        if told[name] is None:
            told.pop(name)
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
