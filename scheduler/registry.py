"""Puts holds and facts on record: one use case, one function, one transaction.

Whoever calls (command line, interface, import, replay) gets the hold back as it
then stands. What time has brought by now is written in the same transaction, and
so are the alerts; sending them is the worker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from scheduler import registration
from scheduler.correcting import Corrections
from scheduler.domain import facts, outcomes
from scheduler.domain.actors import OUTCOME_DEEDS, Actor, Deed
from scheduler.domain.hold import Outcome
from scheduler.domain.outcomes import Ending
from scheduler.domain.policy import Paper
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import HoldError
from scheduler.intake import MAY_BE_AHEAD, Registration, check_entry
from scheduler.judging import CalendarFor, Hush
from scheduler.recorder import Entry, Recorder, Settled
from scheduler.registration import Registered, Registrar
from scheduler.store.cipher import Cipher
from scheduler.store.engine import IntegrityError

__all__ = ["CalendarFor", "Registered", "Registry"]


class Registry(Corrections):
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
        super().__init__(recorder, book=book, calendar_for=calendar_for)
        self.registrar = Registrar(recorder, book=book, calendar_for=calendar_for, cipher=cipher)

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
        hush: Hush = (lambda _: True) if quiet else registration.is_closed
        answer = self.register_holds([asked], actor, hush=hush)[0]
        if isinstance(answer, HoldError):
            raise answer
        return answer

    def register_holds(
        self,
        batch: Sequence[Registration],
        actor: Actor,
        *,
        hush: Hush = registration.is_closed,
        all_or_none: bool = False,
    ) -> list[Registered | HoldError]:
        """Register many detainers in one transaction; each is judged on its own.

        Args:
            batch: At most a few thousand: while it is written, others wait.
            actor: Who registers them.
            hush: Says of which holds nothing may ever be sent.
            all_or_none: One that is refused refuses all.

        Returns:
            For each, in order, the hold or what it was refused for.

        Raises:
            HoldError: With `all_or_none`, the first refusal.
        """
        register = partial(self._register_all, batch, actor, hush=hush, all_or_none=all_or_none)
        try:
            answers = register()
        except IntegrityError:
            # Somebody registered one of them at the same moment, or chance gave an id
            # twice: by now the one is on record, and the other gets a new id.
            self._recorder.rule_book.doubt()
            answers = register()
        if any(isinstance(answer, Registered) and answer.is_new for answer in answers):
            self._recorder.committed()
        return answers

    def _register_all(
        self,
        batch: Sequence[Registration],
        actor: Actor,
        *,
        hush: Hush,
        all_or_none: bool,
    ) -> list[Registered | HoldError]:
        with self._recorder.database.write() as connection:
            answers = self.registrar.register(connection, batch, actor, hush=hush)
            for answer in answers:
                if all_or_none and isinstance(answer, HoldError):
                    raise answer
        return answers

    def rehearse(self, asked: Registration, actor: Actor) -> Registered:
        """Return the hold as it would be registered now; nothing is written.

        Raises:
            HoldError: What the registration would be refused for.
        """
        with self._recorder.database.read() as connection:
            return self.registrar.rehearse(connection, asked, actor)

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

    def _fact(self, name: str, entry: Entry, apply: facts.Apply) -> Settled:
        return self._recorder.record(name, entry, Deed.FACT, partial(facts.record, apply=apply))
