"""Puts new holds on record: one, or a file's worth in one transaction, by the same code.

A hold is judged first, which only reads: its rules are chosen, and what time has
brought since the lodging is worked out. Then all that was judged is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import orjson

from scheduler.domain import duties, facts, outcomes
from scheduler.domain.actors import Actor, Deed, require_may, require_sight
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.ladder import LADDER
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.outcomes import Ending
from scheduler.domain.policy import Policy
from scheduler.domain.policy_book import PolicyBook, dates_warning
from scheduler.domain.roster import Roster
from scheduler.domain.routing import chain_length
from scheduler.errors import ConflictError, HoldError
from scheduler.intake import Registration
from scheduler.recorder import Entry, Recorder, details
from scheduler.store import directory, holds, ids, journal, people, rosters
from scheduler.store.cipher import Cipher
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection
from scheduler.store.holds import OnRecord
from scheduler.store.journal import Change, Moment
from scheduler.store.rules import ladder_from

CalendarFor = Callable[[Connection, FacilityRecord], LegalCalendar]
Hush = Callable[[Hold], bool]
"""Says of a hold that is judged whether anything may ever be sent about it."""


class Registered(NamedTuple):
    """A hold, whether this call put it on record, and what the reader should know."""

    hold: Hold
    next_due_at: datetime | None
    is_new: bool
    warnings: tuple[str, ...] = ()


Reference = tuple[str, str]
"""What a hold is known by outside: its facility's code and that facility's reference."""


class Judged(NamedTuple):
    """A registration as it would be written."""

    asked: Registration
    change: Change
    warnings: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return the digest of what was asked for."""
        return digest(self.asked)

    @property
    def rules_key(self) -> tuple[str, str]:
        """Return what its rules depend on within one transaction."""
        return self.change.hold.facility_code, self.change.hold.policy

    def pinned(self, rules_id: str) -> Judged:
        """Return it with the rules that the hold pins."""
        hold = self.change.hold._replace(rules_id=rules_id)
        return self._replace(change=self.change._replace(hold=hold))

    def new(self) -> holds.New:
        """Return the row to insert."""
        change = self.change
        return holds.New(change.hold, change.next_due_at, change.quiet, self.digest)

    def registered(self) -> Registered:
        """Return what the caller is told."""
        change = self.change
        return Registered(change.hold, change.next_due_at, is_new=True, warnings=self.warnings)


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
        known = holds.by_references(connection, [_key(asked) for asked in batch])
        judge = self.judge(connection, actor, _codes(batch), hush=hush)
        judged: dict[Reference, Judged] = {}
        answers: dict[int, Registered | HoldError] = {}
        again: set[int] = set()
        for place, asked in enumerate(batch):
            key = _key(asked)
            try:
                if key in judged:
                    _require_same(asked, judged[key].change.hold, judged[key].digest)
                    again.add(place)
                elif key in known:
                    answers[place] = self._earlier(connection, asked, known[key])
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
        codes: Iterable[str],
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
        return Judge(
            connection,
            book=self._book,
            calendar_for=self._calendar_for,
            actor=actor,
            moment=recorder.moment(actor, recorder.now()),
            rosters=rosters.rosters(connection, set(codes)),
            hush=hush,
            facilities=dict(facilities or {}),
        )

    def _earlier(self, connection: Connection, asked: Registration, known: OnRecord) -> Registered:
        """Return the hold that has this reference already.

        Raises:
            ConflictError: It was registered with other fields.
        """
        hold = known.stored.hold
        _require_same(asked, hold, known.digest)
        rules = self._recorder.rules(connection, hold)
        return Registered(hold, duties.next_due(hold, rules), is_new=False)

    def _write(
        self, connection: Connection, judged: Mapping[Reference, Judged], judge: Judge
    ) -> dict[Reference, Registered]:
        if not judged:
            return {}
        judged = self._pinned(connection, judged)
        everything = judged.values()
        # The holds come first: their events refer to them.
        holds.insert(connection, [each.new() for each in everything], judge.moment.now)
        journal.record(
            connection, [each.change for each in everything], judge.rosters, judge.moment
        )
        for each in everything:
            people.keep(
                connection,
                self._cipher,
                each.change.hold.id,
                name=each.asked.subject_name,
                a_number=each.asked.a_number,
            )
        self._recorder.database.notify(connection)
        return {key: each.registered() for key, each in judged.items()}

    def _pinned(
        self, connection: Connection, judged: Mapping[Reference, Judged]
    ) -> dict[Reference, Judged]:
        """Store the rules of all holds, each set once, and name them in the holds."""
        distinct = {each.rules_key: each.change.rules for each in judged.values()}
        book = self._recorder.rule_book
        rules_ids = {key: book.pin(connection, rules) for key, rules in distinct.items()}
        return {key: each.pinned(rules_ids[each.rules_key]) for key, each in judged.items()}


class Judge:
    """Judges registrations in one transaction, looking every facility up once."""

    def __init__(
        self,
        connection: Connection,
        *,
        book: PolicyBook,
        calendar_for: CalendarFor,
        actor: Actor,
        moment: Moment,
        rosters: Mapping[str, Roster],
        hush: Hush,
        facilities: dict[str, FacilityRecord],
    ) -> None:
        self._connection = connection
        self._book = book
        self._calendar_for = calendar_for
        self._actor = actor
        self.moment = moment
        self.rosters = rosters
        self._hush = hush
        self._facilities = facilities
        self._calendars: dict[str, LegalCalendar] = {}
        self._rules: dict[tuple[str, str], Rules] = {}

    def judge(self, asked: Registration) -> Judged:
        """Return the registration as it would be written; its rules are not pinned yet.

        Raises:
            HoldNotFoundError: No such facility, or not the actor's.
            InvalidHoldError: No such policy.
            PolicyError: The rules cannot answer.
        """
        facility = self._facility(asked.facility_code)
        policy, warnings = self._policy(facility, asked)
        rules = self._rules_of(facility, policy)
        entry = Entry(actor=self._actor, reason=asked.reason)
        lodging = Fact(asked.lodged_at, self.moment.now, details(entry))
        recorded = _enter(_new_hold(asked, policy), rules, lodging, asked=asked, actor=self._actor)
        change = Change(
            None,
            recorded.hold,
            recorded.next_due_at,
            recorded.events,
            rules,
            quiet=self._hush(recorded.hold),
        )
        return Judged(asked, change, warnings)

    def _facility(self, code: str) -> FacilityRecord:
        known = self._facilities.get(code)
        if known is None:
            known = self._facilities[code] = directory.facility(self._connection, code)
        require_sight(self._actor, known.code, known.office_code)
        return known

    def _policy(
        self, facility: FacilityRecord, asked: Registration
    ) -> tuple[Policy, tuple[str, ...]]:
        """Choose the policy that the new hold pins, by the facility and the dates in force."""
        lodged_on = self._calendar(facility).local_day(asked.lodged_at)
        if asked.policy is None:
            choice = self._book.policy_for(facility.policy, lodged_on=lodged_on)
            return choice.policy, choice.warnings
        # Asked for by name, a policy is obeyed even outside its dates.
        policy = self._book.named(asked.policy)
        warning = dates_warning(policy, lodged_on)
        return policy, (warning,) if warning else ()

    def _rules_of(self, facility: FacilityRecord, policy: Policy) -> Rules:
        key = (facility.code, policy.id)
        rules = self._rules.get(key)
        if rules is None:
            ladder = policy.ladder or (ladder_from(facility.ladder) if facility.ladder else LADDER)
            roster = self.rosters.get(facility.code, Roster())
            chain = chain_length(roster, policy, now=self.moment.now)
            checked = self._book.checked(policy)
            rules = Rules(policy, checked, self._calendar(facility), ladder, chain)
            self._rules[key] = rules
        return rules

    def _calendar(self, facility: FacilityRecord) -> LegalCalendar:
        calendar = self._calendars.get(facility.code)
        if calendar is None:
            calendar = self._calendar_for(self._connection, facility)
            self._calendars[facility.code] = calendar
        return calendar


def _key(asked: Registration) -> Reference:
    return asked.facility_code, asked.hold_ref


def _codes(batch: Sequence[Registration]) -> set[str]:
    return {asked.facility_code for asked in batch}


def _require_same(asked: Registration, hold: Hold, known_digest: str) -> None:
    if known_digest != digest(asked):
        raise ConflictError(
            f"hold {asked.hold_ref} is on record at {hold.facility_code} with other fields, as "
            f"{hold.id}; a second detainer takes {asked.hold_ref}/2",
            hold_id=hold.id,
        )


def _new_hold(asked: Registration, policy: Policy) -> Hold:
    return Hold(
        id=ids.speakable(),
        hold_ref=asked.hold_ref,
        facility_code=asked.facility_code,
        detainer_type=asked.detainer_type,
        rules_id="",
        policy=policy.id,
        policy_version=policy.version,
        lodged_at=asked.lodged_at,
        served_at=asked.served_at,
        warrant_served_at=asked.warrant_served_at,
        would_release_at=asked.would_release_at,
        expected_release_at=asked.expected_release_at,
        notice_given_at=asked.notice_given_at,
    )


def _enter(
    hold: Hold, rules: Rules, lodging: Fact, *, asked: Registration, actor: Actor
) -> Recorded:
    if asked.outcome is None:
        return facts.register(hold, rules, lodging)
    ending = Ending(asked.outcome, actor.reporter)
    # Without a date nothing says that the person was held beyond the last that is
    # known: up to then the clock is followed, and nothing later is held against anybody.
    now = lodging.now if asked.outcome_at is not None else _last_known(hold, lodging.now)
    last = Fact(asked.outcome_at, now, lodging.details)
    return outcomes.register_closed(hold, rules, lodging, last=last, ending=ending)


def _last_known(hold: Hold, now: datetime) -> datetime:
    known = (
        hold.lodged_at,
        hold.served_at,
        hold.warrant_served_at,
        hold.would_release_at,
        hold.notice_given_at,
    )
    return min(now, max(instant for instant in known if instant is not None))


def digest(asked: Registration) -> str:
    """Digest what was asked for: the same registration again is the same hold."""
    # Not `asdict`, which copies every value: a quarter of the time of an import.
    told = dict(vars(asked))
    # A digest of a name could be guessed back from a list of names.
    for name in ("notes", "reason", "subject_name", "a_number", "is_lodged_now"):
        told.pop(name)
    if asked.is_lodged_now:
        told.pop("lodged_at")
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
