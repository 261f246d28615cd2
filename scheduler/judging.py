"""Judges registrations, which only reads: chooses a new hold's rules, and lets time act on it.

What it goes by (facility, calendar, rules) is the same for thousands of holds, and is
kept for them all until somebody changes the directory (`store.kept`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from scheduler.domain import facts, outcomes
from scheduler.domain.actors import Actor, require_place, require_sight
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.ladder import LADDER, ladder_from
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.outcomes import Ending
from scheduler.domain.policy import Policy
from scheduler.domain.policy_book import PolicyBook, dates_warning
from scheduler.domain.roster import Roster
from scheduler.domain.routing import chain_length
from scheduler.intake import Registration
from scheduler.recorder import Entry, details
from scheduler.store import directory, ids, rosters, rules
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection
from scheduler.store.journal import Change, Moment
from scheduler.store.kept import Kept
from scheduler.store.rules import Spelling

CalendarFor = Callable[[Connection, FacilityRecord], LegalCalendar]
Hush = Callable[[Hold], bool]
"""Says of a hold that is judged whether anything may ever be sent about it."""
RulesKey = tuple[str, str, int]
"""What the rules of a new hold depend on: facility, policy and the policy's version."""


class Judged(NamedTuple):
    """A registration as it would be written, and its rules as they would be pinned."""

    asked: Registration
    facility: FacilityRecord
    change: Change
    spelling: Spelling
    warnings: tuple[str, ...] = ()


class Grounds:
    """What registrations are judged by, worked out once for as long as the directory stands.

    Args:
        kept: What was read of it.
        book: The policies on record.
        calendar_for: Makes a facility's calendar.
    """

    def __init__(self, kept: Kept, book: PolicyBook, calendar_for: CalendarFor) -> None:
        self.kept = kept
        self.book = book
        self._calendar_for = calendar_for
        self._calendars: dict[str, LegalCalendar] = {}
        self._rules: dict[RulesKey, tuple[Rules, Spelling]] = {}

    def calendar(self, connection: Connection, facility: FacilityRecord) -> LegalCalendar:
        """Return the legal calendar of a facility."""
        calendar = self._calendars.get(facility.code)
        if calendar is None:
            calendar = self._calendar_for(connection, facility)
            self._calendars[facility.code] = calendar
        return calendar

    def rules(
        self, connection: Connection, facility: FacilityRecord, policy: Policy
    ) -> tuple[Rules, Spelling]:
        """Return the rules of a facility's new holds, but for the chain, which is of the moment."""
        key = (facility.code, policy.id, policy.version)
        known = self._rules.get(key)
        if known is None:
            ladder = policy.ladder or (ladder_from(facility.ladder) if facility.ladder else LADDER)
            checked = self.book.checked(policy)
            made = Rules(policy, checked, self.calendar(connection, facility), ladder)
            known = self._rules[key] = made, rules.spelled(made)
        return known


class Judge:
    """Judges registrations in one transaction, looking every facility up once.

    Args:
        connection: Of the transaction.
        grounds: What is known already; grows with what is looked up.
        actor: Who registers.
        moment: When.
        codes: Of the facilities that will be asked for.
        hush: Says of which holds nothing may be sent.
        facilities: Taken as being on record, for a rehearsal.
    """

    def __init__(
        self,
        connection: Connection,
        grounds: Grounds,
        *,
        actor: Actor,
        moment: Moment,
        codes: Collection[str],
        hush: Hush,
        facilities: Mapping[str, FacilityRecord] | None = None,
    ) -> None:
        self._connection = connection
        self._grounds = grounds
        self._actor = actor
        self.moment = moment
        self.rosters = rosters.rosters(connection, codes, grounds.kept)
        self._hush = hush
        self._facilities = facilities or {}
        self._rules: dict[RulesKey, tuple[Rules, Spelling]] = {}

    def judge(self, asked: Registration) -> Judged:
        """Return the registration as it would be written; its rules are not pinned yet.

        Raises:
            HoldNotFoundError: No such facility, or not the actor's.
            InvalidHoldError: No such policy.
            PolicyError: The rules cannot answer.
        """
        facility = self.require_sight(asked.facility_code)
        policy, warnings = self._policy(facility, asked)
        rules, spelling = self._rules_of(facility, policy)
        entry = Entry(actor=self._actor, reason=asked.reason)
        lodging = Fact(asked.lodged_at, self.moment.now, details(entry))
        hold = _new_hold(asked, policy, spelling.id)
        recorded = _enter(hold, rules, lodging, asked=asked, actor=self._actor)
        change = Change(
            None,
            recorded.hold,
            recorded.next_due_at,
            recorded.events,
            rules,
            quiet=self._hush(recorded.hold),
        )
        return Judged(asked, facility, change, spelling, warnings)

    def require_sight(self, code: str) -> FacilityRecord:
        """Return a facility that the actor sees.

        Raises:
            HoldNotFoundError: There is none, or it is not theirs.
        """
        require_place(self._actor, code)
        known = self._facilities.get(code)
        if known is None:
            known = directory.facility(self._connection, code, self._grounds.kept)
        require_sight(self._actor, known.code, known.office_code)
        return known

    def _policy(
        self, facility: FacilityRecord, asked: Registration
    ) -> tuple[Policy, tuple[str, ...]]:
        """Choose the policy that the new hold pins, by the facility and the dates in force."""
        calendar = self._grounds.calendar(self._connection, facility)
        lodged_on = calendar.local_day(asked.lodged_at)
        book = self._grounds.book
        if asked.policy is None:
            choice = book.policy_for(facility.policy, lodged_on=lodged_on)
            return choice.policy, choice.warnings
        # Asked for by name, a policy is obeyed even outside its dates.
        policy = book.named(asked.policy)
        warning = dates_warning(policy, lodged_on)
        return policy, (warning,) if warning else ()

    def _rules_of(self, facility: FacilityRecord, policy: Policy) -> tuple[Rules, Spelling]:
        key = (facility.code, policy.id, policy.version)
        known = self._rules.get(key)
        if known is None:
            rules, spelling = self._grounds.rules(self._connection, facility, policy)
            roster = self.rosters.get(facility.code, Roster())
            chain = chain_length(roster, policy, now=self.moment.now)
            known = self._rules[key] = rules._replace(chain=chain), spelling
        return known


def _new_hold(asked: Registration, policy: Policy, rules_id: str) -> Hold:
    return Hold(
        id=ids.speakable(),
        hold_ref=asked.hold_ref,
        facility_code=asked.facility_code,
        detainer_type=asked.detainer_type,
        rules_id=rules_id,
        policy=policy.id,
        policy_version=policy.version,
        lodged_at=asked.lodged_at,
        served_at=asked.served_at,
        warrant_received_at=asked.warrant_received_at,
        warrant_served_at=asked.warrant_served_at,
        judicial_order_at=asked.judicial_order_at,
        would_release_at=asked.would_release_at,
        expected_release_at=asked.expected_release_at,
        notice_given_at=asked.notice_given_at,
    )


def _enter(
    hold: Hold, rules: Rules, lodging: Fact, *, asked: Registration, actor: Actor
) -> Recorded:
    if asked.outcome is None:
        return facts.register(hold, rules, lodging, claimed_at=asked.citizenship_claimed_at)
    ending = Ending(asked.outcome, actor.reporter)
    # Without a date nothing says that the person was held beyond the last that is
    # known: up to then the clock is followed, and nothing later is held against anybody.
    now = lodging.now if asked.outcome_at is not None else _last_known(hold, lodging.now)
    last = Fact(asked.outcome_at, now, lodging.details)
    return outcomes.register_closed(
        hold, rules, lodging, last=last, ending=ending, claimed_at=asked.citizenship_claimed_at
    )


def _last_known(hold: Hold, now: datetime) -> datetime:
    known = (
        hold.lodged_at,
        hold.served_at,
        hold.warrant_received_at,
        hold.warrant_served_at,
        hold.judicial_order_at,
        hold.would_release_at,
        hold.notice_given_at,
    )
    return min(now, max(instant for instant in known if instant is not None))
