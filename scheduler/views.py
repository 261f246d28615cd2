"""What is read: holds as outsiders may rely on them, lists, explanations, deliveries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.clock import Clock
from scheduler.domain import explanation
from scheduler.domain import hold as domain
from scheduler.domain.explanation import Explanation
from scheduler.domain.hold import OPEN_STATUSES, Hold
from scheduler.domain.instants import spelled
from scheduler.domain.policy_book import PolicyBook
from scheduler.domain.speech import PLAIN, Speech
from scheduler.errors import HoldNotFoundError, StoreError
from scheduler.hold_view import HoldView, hold_object
from scheduler.store import directory, listing, paper_rows, workers
from scheduler.store.cipher import Cipher
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection, Database
from scheduler.store.events import Filter as EventFilter
from scheduler.store.holidays import HolidayRecord
from scheduler.store.ids import speakable
from scheduler.store.journal import AT_ONCE
from scheduler.store.listing import HoldPlace, HoldWanted, Listed
from scheduler.store.reading import Reading
from scheduler.store.rules import RuleBook
from scheduler.store.sealed import Sealed, unseal

__all__ = [
    "Address",
    "EventFilter",
    "HoldPlace",
    "HoldView",
    "HoldWanted",
    "HolidayRecord",
    "Views",
    "hold_object",
    "speakable",
]


class Address(NamedTuple):
    """Where a channel leads; its repr shows nothing."""

    kind: str
    address: str
    sealed: Sealed

    def __repr__(self) -> str:
        return f"Address(kind={self.kind!r})"


class Views(Reading):
    """Every way to read the record.

    Args:
        database: Where it is kept.
        clock: Asked once a call.
        rule_book: Reads what holds pinned.
        book: The policies on record, to set beside a hold's own.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        rule_book: RuleBook,
        book: PolicyBook,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rule_book = rule_book
        self._book = book

    def _hold_id(self, connection: Connection, name: str) -> str:
        return directory.hold_id(connection, name, self._sight(connection))

    def now(self) -> datetime:
        """Return the instant that readers are told."""
        return self._database.now(self._clock)

    def hold(self, name: str) -> HoldView:
        """Return one hold, by its id or its facility's reference.

        Raises:
            HoldNotFoundError: There is none.
            ConflictError: Several facilities use that reference.
        """
        now = self.now()
        with self._database.read() as connection:
            listed = listing.hold(connection, self._hold_id(connection, name))
            return self._view(connection, listed, now)

    def hold_id(self, name: str, *, facility_code: str | None = None) -> str:
        """Return the id of the hold that somebody names by its id or reference.

        Args:
            name: Id or reference.
            facility_code: Of this facility only.

        Raises:
            HoldNotFoundError: There is none.
            ConflictError: Several facilities use that reference.
        """
        with self._database.read() as connection:
            seen = self._sight(connection)
            if facility_code is not None:
                only = frozenset({facility_code})
                seen = only if seen is None else seen & only
            return directory.hold_id(connection, name, seen)

    def holds(
        self,
        *,
        facility_code: str | None = None,
        statuses: Collection[str] | None = None,
        only_open: bool = False,
        limit: int | None = None,
    ) -> list[HoldView]:
        """Return holds: open ones by the next limit, then the closed, last first.

        Args:
            facility_code: Of one facility only.
            statuses: In these states only.
            only_open: Those without an outcome only.
            limit: At most so many.

        Raises:
            HoldNotFoundError: There is no such facility.
        """
        now = self.now()
        wanted = OPEN_STATUSES if only_open and statuses is None else statuses
        with self._database.read() as connection:
            codes = self._sight(connection)
            if facility_code is not None:
                codes = frozenset({self._facility(connection, facility_code).code})
            listed = listing.holds(connection, HoldWanted(codes, wanted, limit), now)
            known: dict[str, FacilityRecord] = {}
            return [self._view(connection, each, now, known) for each in listed]

    def page(
        self,
        wanted: HoldWanted,
        *,
        after: HoldPlace | None = None,
        limit: int,
        as_of: datetime | None = None,
    ) -> list[HoldView]:
        """Return holds after a place in the list, in the order of `holds`.

        Args:
            wanted: Which; what the reader does not see is left out.
            after: Where the page before ended.
            limit: At most so many.
            as_of: UTC, the instant by which the pages are in one order; now, if not given.
        """
        now = self.now()
        with self._database.read() as connection:
            seen = self._sight(connection)
            if seen is not None:
                codes = wanted.facility_codes
                wanted = wanted._replace(
                    facility_codes=seen if codes is None else seen.intersection(codes)
                )
            listed = listing.page(connection, wanted, after, limit, now=as_of or now)
            known: dict[str, FacilityRecord] = {}
            return [self._view(connection, each, now, known) for each in listed]

    def of(self, hold: Hold, next_due_at: datetime | None) -> HoldView:
        """Return a hold that was written a moment ago, as it was written."""
        now = self.now()
        with self._database.read() as connection:
            return self._view(connection, Listed(hold, next_due_at), now)

    def facility_codes(self) -> frozenset[str] | None:
        """Return the facilities that the reader sees, by their codes; None is all of them."""
        with self._database.read() as connection:
            return self._sight(connection)

    def _view(
        self,
        connection: Connection,
        listed: Listed,
        now: datetime,
        known: dict[str, FacilityRecord] | None = None,
    ) -> HoldView:
        hold, known = listed.hold, {} if known is None else known
        if hold.facility_code not in known:
            known[hold.facility_code] = directory.facility(connection, hold.facility_code)
        rules = self._rule_book.get(connection, [hold.rules_id])[hold.rules_id]
        return HoldView(hold, listed.next_due_at, known[hold.facility_code], rules, now)

    def last_look_at(self) -> datetime | None:
        """Return when any worker's deadline thread last looked, or None if none ever has."""
        with self._database.read() as connection:
            seen = workers.seen(connection)
        return seen[0].looked_at if seen else None

    def facility(self, code: str) -> FacilityRecord:
        """Return a facility.

        Raises:
            HoldNotFoundError: There is none under that code.
        """
        with self._database.read() as connection:
            return self._facility(connection, code)

    def _facility(self, connection: Connection, code: str) -> FacilityRecord:
        seen = self._sight(connection)
        if seen is not None and code not in seen:
            raise HoldNotFoundError(f"facility '{code}': there is no such facility among yours")
        return directory.facility(connection, code)

    def explanation(self, name: str, said: Speech = PLAIN) -> Explanation:
        """Explain the limits of a hold, and what the other policies in use would say of it."""
        view = self.hold(name)
        return explanation.explain(
            domain.anchors(view.hold),
            view.rules.policy,
            view.rules.checked,
            self._book.enabled(),
            calendar=view.rules.calendar,
            said=said,
        )

    def deliveries(
        self,
        *,
        hold: str | None = None,
        facility_code: str | None = None,
        state: str | None = None,
        channel_kind: str | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return alerts on their way or arrived, the last first.

        Args:
            hold: About one hold only, by its id or reference.
            facility_code: About holds of one facility only.
            state: In this state only.
            channel_kind: By channels of this kind only.
            before: The id that the page before ended with.
            limit: At most so many.

        Raises:
            HoldNotFoundError: There is no such hold or facility.
        """
        with self._database.read() as connection:
            codes = self._sight(connection)
            if facility_code is not None:
                codes = frozenset({self._facility(connection, facility_code).code})
            rows = listing.deliveries(
                connection,
                hold_id=None if hold is None else self._hold_id(connection, hold),
                state=state,
                channel_kind=channel_kind,
                before=before,
                limit=limit,
                facility_codes=codes,
            )
            return [_delivery(row) for row in rows]

    def delivery(self, delivery_id: str) -> dict[str, Any]:
        """Return one delivery with each of its tries.

        Raises:
            HoldNotFoundError: There is none.
        """
        with self._database.read() as connection:
            shown = _delivery(listing.delivery(connection, delivery_id, self._sight(connection)))
            tries = listing.attempts(connection, delivery_id)
        return {**shown, "tries": [spelled(row) for row in tries]}

    def tries(self, hold: str) -> Mapping[str, Sequence[Any]]:
        """Return the tries to deliver each alert about a hold, the first first, by the alert's id.

        Raises:
            HoldNotFoundError: There is no such hold.
        """
        with self._database.read() as connection:
            return paper_rows.tries(connection, self._hold_id(connection, hold))

    def address(self, channel_id: str, cipher: Cipher | None) -> Address:
        """Return where a channel leads, its secrets opened.

        Raises:
            HoldNotFoundError: There is no such channel.
            StoreError: Its secrets do not open with this key.
        """
        with self._database.read() as connection:
            row = directory.get(connection, "channel", channel_id)
        if row["secrets"] is None:
            return Address(row["kind"], row["address"], Sealed())
        if cipher is None:
            raise StoreError(
                f"channel {channel_id}: HOLDCLOCK_DATA_KEY is needed to open its secret; set the key"
            )
        content = unseal(cipher, channel_id, row["secrets"])
        return Address(row["kind"], content.url or row["address"], content)


def _delivery(row: Mapping[Any, Any]) -> dict[str, Any]:
    delivered_at = row["ended_at"] if row["state"] == "delivered" else None
    waits_until = row["attempt_at"] if row["state"] == "waiting" else None
    shown = {
        **row,
        # One that was never tried, or lost in a crash, is due on any clock.
        "attempt_at": waits_until if waits_until and waits_until > AT_ONCE else None,
        "delivered_at": delivered_at,
        "delay_s": delivered_at and round((delivered_at - row["due_at"]).total_seconds(), 1),
    }
    return {**spelled(shown), "also": row["also"].split()}
