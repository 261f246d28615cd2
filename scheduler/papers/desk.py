"""Reads the record and makes papers of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from scheduler.clock import Clock
from scheduler.domain import explanation, instants
from scheduler.domain.actors import Actor, require_sight
from scheduler.domain.hold import anchors
from scheduler.errors import InvalidHoldError
from scheduler.event_log import EventLog
from scheduler.papers import hand_over, packet, roster
from scheduler.papers.document import Document
from scheduler.papers.hand_over import Shift
from scheduler.papers.packet import Evidence
from scheduler.papers.state import Standing, stand
from scheduler.store import directory, listing, paper_rows
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection, Database
from scheduler.store.events import Filter
from scheduler.store.paper_rows import Stretch
from scheduler.store.rules import RuleBook

SHIFT = timedelta(hours=12)
LONGEST_SHIFT = timedelta(hours=72)


class Papers:
    """Makes every paper.

    Args:
        database: Where the record is.
        clock: Asked once a paper, unless `now` is given.
        rule_book: Reads what holds pinned.
        event_log: Reads events with their place in the log.
    """

    def __init__(
        self, database: Database, clock: Clock, *, rule_book: RuleBook, event_log: EventLog
    ) -> None:
        self._database = database
        self._clock = clock
        self._rule_book = rule_book
        self._event_log = event_log

    def roster(
        self, facility_codes: Collection[str] | None = None, *, now: datetime | None = None
    ) -> Document:
        """Make the roster of open holds.

        Args:
            facility_codes: In scope; None is every facility.
            now: UTC; asked of the clock unless given.

        Raises:
            HoldNotFoundError: A code is not on record.
        """
        at = now or self._now()
        with self._database.read() as connection:
            holds = self._standing(connection, facility_codes, at)
        return roster.roster(holds, _stamp(at, [each.facility for each in holds]))

    def hand_over(
        self,
        facility_codes: Collection[str] | None = None,
        *,
        span: timedelta = SHIFT,
        now: datetime | None = None,
    ) -> Document:
        """Make the sheet that one shift hands to the next.

        Args:
            facility_codes: In scope; None is every facility.
            span: How far back and ahead it looks.
            now: UTC; asked of the clock unless given.

        Raises:
            HoldNotFoundError: A code is not on record.
            InvalidHoldError: The span is not one of a shift.
        """
        if not timedelta(0) < span <= LONGEST_SHIFT:
            raise InvalidHoldError(
                f"hours: {instants.duration_text(span)} is refused; use more than 0 h and at most "
                f"{instants.duration_text(LONGEST_SHIFT)}",
                field="hours",
            )
        at = now or self._now()
        stretch = Stretch(at - span, at)
        with self._database.read() as connection:
            holds = self._standing(connection, facility_codes, at)
            events = paper_rows.recorded(connection, stretch, facility_codes, hand_over.KINDS)
            lost = paper_rows.undelivered(connection, stretch, facility_codes)
            codes = {each.facility.code for each in holds}
            codes |= {event["facility_code"] for event in events}
            codes |= {alert.hold_facility for alert in lost}
            facilities = paper_rows.facilities(connection, codes)
        shift = Shift(holds, events, lost, facilities, at, span)
        return hand_over.hand_over(shift, _stamp(at, list(facilities.values())))

    def packet(
        self, name: str, *, made_by: str, actor: Actor | None = None, now: datetime | None = None
    ) -> Document:
        """Make the proof of notice for one hold.

        Args:
            name: The hold's id or reference.
            made_by: Who asks, as the log would name them.
            actor: Whose scope it must lie in; None does not ask.
            now: UTC; asked of the clock unless given.

        Raises:
            HoldNotFoundError: There is no such hold, or not in the actor's scope.
        """
        at = now or self._now()
        with self._database.read() as connection:
            hold = listing.hold(connection, directory.hold_id(connection, name)).hold
            facility = directory.facility(connection, hold.facility_code)
            if actor is not None:
                require_sight(actor, facility.code, facility.office_code)
            rules = self._rule_book.get(connection, [hold.rules_id])[hold.rules_id]
            alerts = paper_rows.alerts(connection, hold.id)
            tries = paper_rows.tries(connection, hold.id)
        evidence = Evidence(
            hold=hold,
            rules=rules,
            facility=facility,
            explanation=explanation.explain(
                anchors(hold), rules.policy, rules.checked, (), calendar=rules.calendar
            ),
            events=list(self._event_log.events(Filter(hold_id=hold.id))),
            alerts=alerts,
            tries=tries,
            now=at,
            made_by=made_by,
        )
        return packet.packet(evidence)

    def _now(self) -> datetime:
        return self._database.now(self._clock)

    def _standing(
        self, connection: Connection, codes: Collection[str] | None, now: datetime
    ) -> list[Standing]:
        paper_rows.require(connection, codes)
        holds = paper_rows.open_holds(connection, codes, now)
        facilities = paper_rows.facilities(connection, {hold.facility_code for hold in holds})
        rules = self._rule_book.get(connection, [hold.rules_id for hold in holds])
        return [
            stand(hold, rules[hold.rules_id], facilities[hold.facility_code], now) for hold in holds
        ]


def _stamp(now: datetime, facilities: list[FacilityRecord]) -> str:
    """Say when the paper was read from the record, in the facilities' time if they share one."""
    zones = {facility.timezone for facility in facilities}
    utc = f"{now:%H:%M:%S} UTC"
    if len(zones) != 1:
        day = instants.day_text(now.date(), year=True)
        return f"Read from the system {day} {utc}."
    local = instants.local_text(now, zones.pop(), year=True, seconds=True)
    return f"Read from the system {local} ({utc})."
