"""What is read: holds as outsiders may rely on them, lists, explanations, deliveries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.clock import Clock
from scheduler.domain import explanation, window
from scheduler.domain import hold as domain
from scheduler.domain.actors import Actor
from scheduler.domain.explanation import Explanation
from scheduler.domain.hold import OPEN_STATUSES, Hold, Rules, Status
from scheduler.domain.instants import rfc3339
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import HoldNotFoundError, StoreError
from scheduler.store import directory, listing, people, workers
from scheduler.store.cipher import Cipher
from scheduler.store.directory import FacilityRecord, Sight
from scheduler.store.engine import Connection, Database
from scheduler.store.events import Filter as EventFilter
from scheduler.store.ids import speakable
from scheduler.store.journal import AT_ONCE
from scheduler.store.listing import HoldWanted, Listed
from scheduler.store.people import PersonRecord
from scheduler.store.rules import RuleBook
from scheduler.store.sealed import Sealed, unseal

__all__ = [
    "Address",
    "EventFilter",
    "HoldView",
    "Views",
    "hold_object",
    "speakable",
]


class HoldView(NamedTuple):
    """A hold with all that a reader of it needs.

    Attributes:
        now: UTC, the instant it was read at.
    """

    hold: Hold
    next_due_at: datetime | None
    facility: FacilityRecord
    rules: Rules
    now: datetime

    @property
    def status(self) -> Status:
        """Where the hold stands."""
        return domain.status(self.hold)

    @property
    def papers_missing(self) -> tuple[str, ...]:
        """The papers its policy needs that are not on record."""
        return tuple(domain.papers_missing(self.hold, self.rules.policy))

    @property
    def over_detention_minutes(self) -> int:
        """Whole minutes past the limit, so far or in the end."""
        return domain.over_detention_minutes(self.hold, self.now)

    @property
    def ceiling_policy(self) -> str | None:
        """The policy whose limit is the ceiling."""
        if self.hold.ceiling_at is None:
            return None
        rules, anchors = self.rules, domain.anchors(self.hold)
        return window.limits(anchors, rules.policy, rules.checked, rules.calendar).ceiling_policy

    @property
    def overlays(self) -> tuple[str, ...]:
        """What else is true of it beside its state, in words for machines."""
        hold = self.hold
        is_open = hold.outcome is None
        claims = {
            "no_authority_on_record": is_open
            and hold.started_at is not None
            and bool(self.papers_missing),
            "notice_given": hold.notice_given_at is not None,
            "notice_overdue": hold.notice_overdue_at is not None,
            "acknowledged": hold.acknowledged_at is not None,
            "ceiling_passed": is_open and hold.ceiling_reached_at is not None,
            "over_detention": self.over_detention_minutes > 0,
            "start_assumed": hold.assumed,
            "contradicted": hold.contradicted,
        }
        return tuple(name for name, is_true in claims.items() if is_true)


class Address(NamedTuple):
    """Where a channel leads; its repr shows nothing."""

    kind: str
    address: str
    sealed: Sealed

    def __repr__(self) -> str:
        return f"Address(kind={self.kind!r})"


class Views:
    """Every way to read the record.

    Args:
        database: Where it is kept.
        clock: Asked once a call.
        rule_book: Reads what holds pinned.
        book: The policies on record, to set beside a hold's own.
        reader: Sees what is theirs; None sees all.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        rule_book: RuleBook,
        book: PolicyBook,
        reader: Actor | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rule_book = rule_book
        self._book = book
        self._reader = reader

    def seen_by(self, reader: Actor) -> Views:
        """Return the record as somebody may see it: what is not theirs is not there."""
        return Views(
            self._database,
            self._clock,
            rule_book=self._rule_book,
            book=self._book,
            reader=reader,
        )

    def _sight(self, connection: Connection) -> Sight:
        return None if self._reader is None else directory.sight(connection, self._reader)

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

    def explanation(self, name: str) -> Explanation:
        """Explain the limits of a hold, and what the other policies in use would say of it."""
        view = self.hold(name)
        return explanation.explain(
            domain.anchors(view.hold),
            view.rules.policy,
            view.rules.checked,
            self._book.enabled(),
            calendar=view.rules.calendar,
        )

    def person(self, name: str, cipher: Cipher | None) -> PersonRecord | None:
        """Return who is held, for somebody who may see it; None where nothing was entered.

        Raises:
            StoreError: There is no key, or another one.
        """
        if cipher is None:
            raise StoreError("person's data: HOLDCLOCK_DATA_KEY is needed to read it; set the key")
        with self._database.read() as connection:
            return people.read(connection, cipher, self._hold_id(connection, name))

    def deliveries(
        self, *, hold: str | None = None, state: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return alerts on their way or arrived, the last first.

        Raises:
            HoldNotFoundError: There is no such hold.
        """
        with self._database.read() as connection:
            hold_id = None if hold is None else self._hold_id(connection, hold)
            rows = listing.deliveries(
                connection,
                hold_id=hold_id,
                state=state,
                limit=limit,
                facility_codes=self._sight(connection),
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
        return {**shown, "tries": [_plain(row) for row in tries]}

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


def hold_object(view: HoldView, warnings: Collection[str] = ()) -> dict[str, Any]:
    """Return a hold as outsiders may rely on it; instants in UTC with `Z`."""
    hold = view.hold
    return {
        "id": hold.id,
        "hold_ref": hold.hold_ref,
        "facility_code": hold.facility_code,
        "detainer_type": hold.detainer_type,
        "status": view.status,
        "policy": hold.policy,
        "policy_version": hold.policy_version,
        **{name: _text(getattr(hold, name)) for name in _INSTANTS},
        "assumed": hold.assumed,
        "next_due_at": _text(view.next_due_at),
        "ceiling_policy": view.ceiling_policy,
        "papers_missing": list(view.papers_missing),
        "outcome": hold.outcome,
        "outcome_by": hold.outcome_by,
        "outcome_basis": hold.outcome_basis,
        "over_detention_minutes": view.over_detention_minutes,
        "contradicted": hold.contradicted,
        "superseded_by": hold.superseded_by,
        "overlays": list(view.overlays),
        "warnings": list(warnings),
        "window_no": hold.window_no,
        "version": hold.version,
    }


_INSTANTS = (
    "lodged_at",
    "served_at",
    "warrant_served_at",
    "warrant_received_at",
    "judicial_order_at",
    "would_release_at",
    "expected_release_at",
    "starts_at",
    "deadline_at",
    "ceiling_at",
    "notice_given_at",
    "acknowledged_at",
    "arrival_at",
    "outcome_at",
)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)


def _delivery(row: Mapping[Any, Any]) -> dict[str, Any]:
    delivered_at = row["ended_at"] if row["state"] == "delivered" else None
    waits_until = row["attempt_at"] if row["state"] == "waiting" else None
    shown = {
        **row,
        # One that was never tried is due on any clock.
        "attempt_at": None if waits_until == AT_ONCE else waits_until,
        "delivered_at": delivered_at,
        "delay_s": delivered_at and round((delivered_at - row["due_at"]).total_seconds(), 1),
    }
    return {**_plain(shown), "also": row["also"].split()}


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(name): rfc3339(value) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
