"""Puts right entries on record for wrong ones, or rehearses it: what would come of it, unwritten."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from scheduler.domain import corrections
from scheduler.domain.actors import Deed
from scheduler.domain.facts import Fact
from scheduler.domain.hold import Outcome, Rules
from scheduler.domain.outcomes import Ending
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import InvalidHoldError
from scheduler.intake import check_entry
from scheduler.judging import CalendarFor
from scheduler.recorder import Entry, Recorder, Settled, details


class Corrections:
    """Every way to correct an entry; each needs a reason, which stays on the record.

    Args:
        recorder: Writes.
        book: The policies on record.
        calendar_for: Makes a facility's calendar.
    """

    def __init__(self, recorder: Recorder, *, book: PolicyBook, calendar_for: CalendarFor) -> None:
        self._recorder = recorder
        self._book = book
        self._calendar_for = calendar_for

    def rehearsal(self) -> Corrections:
        """Return what answers as corrections do, and writes nothing."""
        recorder = self._recorder.rehearsal()
        return Corrections(recorder, book=self._book, calendar_for=self._calendar_for)

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
            fact = Fact(now, now, details(entry))
            rules_id = recorder.pin(connection, rules)
            recorded = corrections.change_policy(stored.hold, rules, fact, rules_id)
            moment = recorder.moment(entry.actor, now)
            done = recorder.write(connection, stored, recorded, rules=rules, moment=moment)
        recorder.committed()
        return done


def _require_reason(entry: Entry) -> None:
    if not entry.reason:
        raise InvalidHoldError(
            "reason: it is missing; a correction says why, and that stays on the record",
            field="reason",
        )
