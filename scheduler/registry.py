"""Puts holds and facts on record: one use case, one function, one transaction.

Whoever calls (command line, interface, import, replay) gets the hold back as it
then stands. What time has brought by now is written in the same transaction, and
so are the alerts; sending them is the worker's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import NamedTuple

import orjson

from scheduler.domain import corrections, duties, facts, outcomes
from scheduler.domain.actors import OUTCOME_DEEDS, Actor, Deed, require_may, require_sight
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import Hold, Outcome, Rules
from scheduler.domain.ladder import LADDER
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.outcomes import Ending
from scheduler.domain.policy import Paper
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import ConflictError, InvalidHoldError
from scheduler.intake import MAY_BE_AHEAD, Registration, check_entry
from scheduler.recorder import Entry, Recorder, Settled, details
from scheduler.store import directory, holds, ids, journal, people, rosters
from scheduler.store.cipher import Cipher
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection, IntegrityError
from scheduler.store.holds import Stored
from scheduler.store.journal import Change, Moment
from scheduler.store.rules import ladder_from

CalendarFor = Callable[[Connection, FacilityRecord], LegalCalendar]


class Registered(NamedTuple):
    """A hold, whether this call put it on record, and what the reader should know."""

    hold: Hold
    next_due_at: datetime | None
    is_new: bool
    warnings: tuple[str, ...] = ()


class Registry:
    """Every way to put something about a hold on record.

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
        cipher: Cipher | None = None,
    ) -> None:
        self._recorder = recorder
        self._book = book
        self._calendar_for = calendar_for
        self._cipher = cipher

    # Registration.

    def register_hold(
        self, asked: Registration, actor: Actor, *, is_history: bool = False, quiet: bool = False
    ) -> Registered:
        """Register a detainer; the same again returns the hold that is there.

        Args:
            asked: As `intake.read_registration` returns it.
            actor: Who registers it.
            is_history: An import or replay.
            quiet: Send nothing about what lies in the past.

        Raises:
            HoldNotFoundError: No such facility, or not the actor's.
            ConflictError: The reference is taken by a hold with other fields.
        """
        require_may(actor, Deed.FACT)
        try:
            return self._register(asked, actor, is_history=is_history, quiet=quiet)
        except IntegrityError:
            # Somebody registered that reference at the same moment: by now it is there.
            return self._register(asked, actor, is_history=is_history, quiet=quiet)

    def _register(
        self, asked: Registration, actor: Actor, *, is_history: bool, quiet: bool
    ) -> Registered:
        recorder = self._recorder
        now = recorder.now()
        with recorder.database.write() as connection:
            facility = directory.facility(connection, asked.facility_code)
            require_sight(actor, facility.code, facility.office_code)
            known = holds.by_reference(connection, facility.code, asked.hold_ref)
            if known is not None:
                return self._known(connection, known, asked)
            rules, rules_id, warnings = self._rules_for(connection, facility, asked)
            hold = _new_hold(asked, rules, rules_id)
            entry = Entry(actor=actor, reason=asked.reason)
            lodging = Fact(asked.lodged_at, now, details(entry))
            recorded = _enter(hold, rules, lodging, asked=asked, actor=actor)
            change = Change(
                None,
                recorded.hold,
                recorded.next_due_at,
                recorded.events,
                rules,
                # A closed row is history, and sends nothing.
                quiet=quiet or asked.outcome is not None,
            )
            moment = recorder.moment(actor, now)
            self._insert(connection, change, moment, digest=_digest(asked))
            people.keep(
                connection,
                self._cipher,
                recorded.hold.id,
                name=asked.subject_name,
                a_number=asked.a_number,
            )
        recorder.committed()
        return Registered(recorded.hold, recorded.next_due_at, is_new=True, warnings=warnings)

    def _known(self, connection: Connection, known: Stored, asked: Registration) -> Registered:
        hold = known.hold
        if holds.digest_of(connection, hold.id) == _digest(asked):
            rules = self._recorder.rules(connection, hold)
            return Registered(hold, duties.next_due(hold, rules), is_new=False)
        raise ConflictError(
            f"hold {asked.hold_ref} is on record at {hold.facility_code} with other fields, as "
            f"{hold.id}; a second detainer takes {asked.hold_ref}/2",
            hold_id=hold.id,
        )

    def _rules_for(
        self, connection: Connection, facility: FacilityRecord, asked: Registration
    ) -> tuple[Rules, str, tuple[str, ...]]:
        """Choose the rules that the new hold pins, by the facility and the dates in force."""
        calendar = self._calendar_for(connection, facility)
        choice = self._book.policy_for(
            asked.policy or facility.policy, lodged_on=calendar.local_day(asked.lodged_at)
        )
        policy = choice.policy if asked.policy is None else self._book.named(asked.policy)
        ladder = policy.ladder or (ladder_from(facility.ladder) if facility.ladder else LADDER)
        rules = Rules(policy, self._book.checked(policy), calendar, ladder)
        rules_id = self._recorder.rule_book.pin(connection, rules)
        roster = rosters.rosters(connection, [facility.code])[facility.code]
        return rules._replace(chain=len(roster.chain())), rules_id, choice.warnings

    def _insert(
        self, connection: Connection, change: Change, moment: Moment, *, digest: str
    ) -> None:
        roster = rosters.rosters(connection, [change.hold.facility_code])
        # The hold comes first: its events refer to it.
        first = holds.Written(change.hold, change.next_due_at, 1)
        holds.insert(connection, first, quiet=change.quiet, digest=digest, now=moment.now)
        journal.record(connection, [change], roster, moment)
        self._recorder.database.notify(connection)

    # Facts.

    def serve_detainer(self, name: str, entry: Entry) -> Settled:
        """Record that a copy was served on the person: the detainer takes effect."""
        return self.receive_paper(name, entry, Paper.SERVED)

    def receive_paper(self, name: str, entry: Entry, paper: Paper) -> Settled:
        """Record that a paper is there."""
        apply = partial(facts.receive_paper, paper=paper)
        return self._recorder.record(name, entry, Deed.FACT, partial(facts.record, apply=apply))

    def serve_warrant(self, name: str, entry: Entry) -> Settled:
        """Record the service of the warrant."""
        return self._fact(name, entry, facts.serve_warrant)

    def start_clock(self, name: str, entry: Entry) -> Settled:
        """Record that the person would have been released; a time to come is a forecast."""
        now = self._recorder.now()
        at = entry.at or now
        if at <= now + MAY_BE_AHEAD or entry.is_history:
            return self._fact(name, entry, facts.start_clock)
        return self.expect_release(name, entry, at)

    def expect_release(self, name: str, entry: Entry, expected_at: datetime) -> Settled:
        """Record when the release is expected."""
        check_entry(expected_at, self._recorder.now(), entry.reason, "expected_release_at")
        told = Entry(actor=entry.actor, reason=entry.reason, note=entry.note)
        return self._fact(name, told, partial(facts.expect_release, expected_at=expected_at))

    def give_notice(
        self,
        name: str,
        entry: Entry,
        *,
        recipient: str = facts.AGENCY,
        release_at: datetime | None = None,
        manner: str | None = None,
    ) -> Settled:
        """Record a notice of release, to the agency or to somebody else."""
        apply = partial(
            facts.give_notice, recipient=recipient, release_at=release_at, manner=manner
        )
        return self._fact(name, entry, apply)

    def record_outcome(
        self,
        name: str,
        entry: Entry,
        outcome: Outcome,
        *,
        basis: str | None = None,
        successor: str | None = None,
        undated: bool = False,
    ) -> Settled:
        """Record how the hold ended.

        Args:
            name: Of the hold.
            entry: Who and when.
            outcome: How.
            basis: Of a release (bond, dismissed, time served, ...).
            successor: The id of the hold that supersedes this one.
            undated: Only a history may know no date.
        """
        deed = OUTCOME_DEEDS.get(outcome, Deed.FACT)
        ending = Ending(outcome, entry.actor.reporter, basis, successor)
        apply = partial(outcomes.close, ending=ending)
        step = partial(facts.record, apply=apply)
        return self._recorder.record(name, entry, deed, step, undated=undated)

    def acknowledge(self, name: str, entry: Entry, arrival_at: datetime | None = None) -> Settled:
        """Record that somebody has the alert, and when they expect to arrive."""
        apply = partial(facts.acknowledge, arrival_at=arrival_at)
        step = partial(facts.record, apply=apply)
        return self._recorder.record(name, entry, Deed.ACKNOWLEDGE, step)

    def claim_citizenship(self, name: str, entry: Entry) -> Settled:
        """Record that the person claims citizenship."""
        return self._fact(name, entry, facts.claim_citizenship)

    def log_call(self, name: str, entry: Entry) -> Settled:
        """Record a call made by hand."""
        step = partial(facts.record, apply=facts.log_call)
        return self._recorder.record(name, entry, Deed.LOG_CALL, step)

    # Corrections.

    def correct_instant(
        self, name: str, entry: Entry, field: str, instant: datetime | None
    ) -> Settled:
        """Put another instant, or none, in place of a recorded one."""
        _require_reason(entry)
        if field != "expected_release_at":
            check_entry(instant, self._recorder.now(), entry.reason, field)
        step = partial(corrections.correct_instant, field=field, instant=instant)
        return self._recorder.record(name, entry, Deed.FACT, step)

    def correct_outcome(
        self, name: str, entry: Entry, outcome: Outcome | None, basis: str | None = None
    ) -> Settled:
        """Put another outcome in place of a recorded one, or none: the hold reopens."""
        _require_reason(entry)
        ending = None if outcome is None else Ending(outcome, entry.actor.reporter, basis)
        step = partial(corrections.correct_outcome, ending=ending)
        return self._recorder.record(name, entry, Deed.FACT, step)

    def change_policy(self, name: str, entry: Entry, policy_id: str) -> Settled:
        """Put the hold under another policy, as it is on record now."""
        _require_reason(entry)
        policy = self._book.named(policy_id)
        recorder = self._recorder
        now = recorder.now()
        with recorder.database.write() as connection:
            stored, facility = recorder.lock(connection, name, entry, Deed.FACT)
            known = recorder.rules(connection, stored.hold)
            rules = Rules(
                policy,
                self._book.checked(policy),
                self._calendar_for(connection, facility),
                policy.ladder or known.ladder,
                known.chain,
            )
            rules_id = recorder.rule_book.pin(connection, rules)
            fact = Fact(now, now, details(entry))
            recorded = corrections.change_policy(stored.hold, rules, fact, rules_id)
            moment = recorder.moment(entry.actor, now)
            done = recorder.write(connection, stored, recorded, rules=rules, moment=moment)
        recorder.committed()
        return done

    def _fact(self, name: str, entry: Entry, apply: facts.Apply) -> Settled:
        return self._recorder.record(name, entry, Deed.FACT, partial(facts.record, apply=apply))


def _new_hold(asked: Registration, rules: Rules, rules_id: str) -> Hold:
    return Hold(
        id=ids.speakable(),
        hold_ref=asked.hold_ref,
        facility_code=asked.facility_code,
        detainer_type=asked.detainer_type,
        rules_id=rules_id,
        policy=rules.policy.id,
        policy_version=rules.policy.version,
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
    last = Fact(asked.outcome_at, lodging.now)
    ending = Ending(asked.outcome, actor.reporter)
    return outcomes.register_closed(hold, rules, lodging, last=last, ending=ending)


def _require_reason(entry: Entry) -> None:
    if not entry.reason:
        raise InvalidHoldError(
            "reason: it is missing; a correction says why, and that stays on the record",
            field="reason",
        )


def _digest(asked: Registration) -> str:
    """Digest what was asked for: the same registration again is the same hold."""
    told = asdict(asked)
    # A digest of a name could be guessed back from a list of names.
    for name in ("notes", "reason", "subject_name", "a_number", "is_lodged_now"):
        told.pop(name)
    if asked.is_lodged_now:
        told.pop("lodged_at")
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
