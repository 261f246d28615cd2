"""A change of the law's data on open holds: listed first, applied when somebody says so.

A hold keeps the policy and the holidays it pinned at registration. Two things
may reach it later: a law that says it reaches open holds, and a holiday added
afterwards. Both are shown as moves, old limits beside new ones, and are written
as changes with a reason, each opening a new window where a limit moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from scheduler.domain import corrections, window
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.events import Event, Kind
from scheduler.domain.facts import Fact
from scheduler.domain.hold import Hold, Rules, anchors
from scheduler.domain.instants import day_text
from scheduler.domain.policy import Excluded, Policy
from scheduler.domain.policy_book import PolicyBook
from scheduler.domain.window import Limits
from scheduler.errors import ConflictError, InvalidHoldError
from scheduler.recorder import Recorder
from scheduler.store import directory, holds, holidays, journal
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection
from scheduler.store.holds import Stored
from scheduler.store.holidays import HolidayRecord
from scheduler.store.journal import Nothing

Amend = Callable[[Hold, Rules, FacilityRecord], Rules | None]
"""Gives a hold's amended rules, or None where the change does not reach it."""


class Move(NamedTuple):
    """An open hold that a change reaches, with its limits before and after."""

    stored: Stored
    facility: FacilityRecord
    rules: Rules
    limits: Limits

    @property
    def hold(self) -> Hold:
        """The hold as it stands."""
        return self.stored.hold

    @property
    def moves(self) -> bool:
        """Say whether a limit changes; a clock that has not started has none to change."""
        hold, limits = self.stored.hold, self.limits
        return (hold.deadline_at, hold.ceiling_at) != (limits.deadline_at, limits.ceiling_at)


class Amendments:
    """Adds holidays and brings laws to the open holds they reach."""

    def __init__(self, recorder: Recorder, book: PolicyBook) -> None:
        self._recorder = recorder
        self._book = book

    def holidays(self) -> list[HolidayRecord]:
        """Return the holidays that were added."""
        with self._recorder.database.read() as connection:
            return holidays.all_of(connection)

    def holiday_moves(self, day: HolidayRecord) -> list[Move]:
        """Return the open holds that the day would reach."""
        with self._recorder.database.read() as connection:
            return list(self._moves(connection, _with_day(day)))

    def add_holiday(self, actor: Actor, day: HolidayRecord, reason: str) -> list[Move]:
        """Add a holiday and let it count for the open holds it reaches.

        Raises:
            ConflictError: It is on record already.
        """
        require_may(actor, Deed.ADMINISTER)
        now = self._recorder.now()
        shown = f"{day.day.isoformat()} {day.name}"
        with self._recorder.database.write() as connection:
            _refuse_known(connection, day)
            holidays.add(connection, day, now)
            told = {"noun": "holiday", "name": day.id, "field": "day", "old": "", "new": shown}
            event = Event(Kind.SETTING_CHANGED, now, told)
            moment = self._recorder.moment(actor, now)
            journal.append(connection, [(Nothing(), event)], moment)
            moves = list(self._moves(connection, _with_day(day)))
            for move in moves:
                self._apply(connection, move, actor, reason, day=shown)
        self._recorder.on_commit()
        return moves

    def policy_moves(self, policy_id: str) -> list[Move]:
        """Return the open holds that a law reaches.

        Raises:
            InvalidHoldError: The policy does not reach open holds.
        """
        amend = self._under(self._reaching(policy_id))
        with self._recorder.database.read() as connection:
            return list(self._moves(connection, amend))

    def apply_policy(self, actor: Actor, policy_id: str, reason: str) -> list[Move]:
        """Bring a law to the open holds it reaches."""
        require_may(actor, Deed.ADMINISTER)
        amend = self._under(self._reaching(policy_id))
        with self._recorder.database.write() as connection:
            moves = list(self._moves(connection, amend))
            for move in moves:
                self._apply(connection, move, actor, reason)
        self._recorder.on_commit()
        return moves

    def _reaching(self, policy_id: str) -> Policy:
        policy = self._book.named(policy_id)
        if not policy.reaches_open:
            raise InvalidHoldError(
                f"policy '{policy_id}': it does not reach holds that were open when it came; "
                "correct a hold's policy by itself, with a reason",
                field="policy",
            )
        return policy

    def _under(self, policy: Policy) -> Amend:
        checked = self._book.checked(policy)

        def amend(hold: Hold, rules: Rules, facility: FacilityRecord) -> Rules | None:
            known = (hold.policy, hold.policy_version)
            if known == (policy.id, policy.version):
                return None
            if facility.policy not in {policy.id, policy.family}:
                return None
            return rules._replace(
                policy=policy, checked=checked, ladder=policy.ladder or rules.ladder
            )

        return amend

    def _moves(self, connection: Connection, amend: Amend) -> Iterator[Move]:
        facilities: dict[str, FacilityRecord] = {}
        for stored in holds.open_holds(connection):
            hold = stored.hold
            code = hold.facility_code
            if code not in facilities:
                facilities[code] = directory.facility(connection, code)
            rules = self._recorder.rule_book.get(connection, [hold.rules_id])[hold.rules_id]
            amended = amend(hold, rules, facilities[code])
            if amended is None:
                continue
            limits = window.limits(anchors(hold), amended.policy, amended.checked, amended.calendar)
            yield Move(stored, facilities[code], amended, limits)

    def _apply(
        self,
        connection: Connection,
        move: Move,
        actor: Actor,
        reason: str,
        *,
        day: str | None = None,
    ) -> None:
        stored = holds.lock(connection, move.hold.id) or move.stored
        now = self._recorder.now()
        rules = move.rules._replace(chain=self._recorder.rules(connection, stored.hold).chain)
        rules_id = self._recorder.rule_book.pin(connection, rules)
        fact = Fact(now, now, {"reason": reason})
        if day is None:
            recorded = corrections.change_policy(stored.hold, rules, fact, rules_id)
        else:
            recorded = corrections.add_holiday(stored.hold, rules, fact, rules_id, day=day)
        self._recorder.write(
            connection, stored, recorded, rules=rules, moment=self._recorder.moment(actor, now)
        )


def _with_day(day: HolidayRecord) -> Amend:
    """Add the day to the calendar of every hold in its scope that leaves out holidays."""

    def amend(_: Hold, rules: Rules, facility: FacilityRecord) -> Rules | None:
        if day.states and facility.state not in day.states:
            return None
        if day.facilities and facility.code not in day.facilities:
            return None
        judged_by = (rules.policy, *rules.checked)
        reached = [p for p in judged_by if Excluded.HOLIDAY in p.excludes]
        if day.policies:
            reached = [p for p in reached if p.id in day.policies]
        if not reached:
            return None
        text = f"{day.name}, {day.source}"
        calendar = rules.calendar
        if not day.policies:
            return rules._replace(
                calendar=replace(calendar, extra={**calendar.extra, day.day: text})
            )
        by_policy = dict(calendar.extra_by_policy)
        for policy_id in day.policies:
            by_policy[policy_id] = {**by_policy.get(policy_id, {}), day.day: text}
        return rules._replace(calendar=replace(calendar, extra_by_policy=by_policy))

    return amend


def _refuse_known(connection: Connection, day: HolidayRecord) -> None:
    for known in holidays.all_of(connection):
        if known._replace(id="", name="", source="") == day._replace(id="", name="", source=""):
            raise ConflictError(
                f"holiday {day_text(day.day, year=True)}: it is on record already as '{known.name}'"
            )
