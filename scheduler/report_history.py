"""The record as it stood at an earlier instant, folded from the event log.

The columns of a hold say how the record stands now. For a hold that something
was written about since, the events written by then are read in order, and each
changes what its kind changes. With every event read, the fold gives what the
columns say: a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from scheduler.domain import clock_duties, facts, outcomes
from scheduler.domain.events import Kind
from scheduler.domain.hold import Accusation, Outcome, Reporter
from scheduler.domain.policy import Anchor
from scheduler.report_tables import Counted

OUTCOMES: Mapping[Kind, Outcome] = {
    kind: outcome for outcome, kind in outcomes.OUTCOME_KINDS.items()
}
KINDS = frozenset(
    {
        Kind.HOLD_REGISTERED,
        Kind.DETAINER_SERVED,
        Kind.WARRANT_SERVED,
        Kind.CLOCK_STARTED,
        Kind.RELEASE_CONFIRMATION_DUE,
        Kind.NOTICE_RECORDED,
        Kind.HOLD_EXPIRED,
        Kind.HOLD_EXPIRY_WITHDRAWN,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN,
        Kind.CLOCK_CORRECTED,
        Kind.ENTRY_CORRECTED,
        Kind.POLICY_CHANGED,
        *OUTCOMES,
    }
)
"""Kinds that change what a report counts."""

Anchors = Mapping[str, Anchor]
"""From what a policy's clock starts, by `i-247a v2`: every version that a hold has pinned."""


class History:
    """One hold, built up from its events.

    Args:
        facility_code: Where it is.
        anchors: See `Anchors`.
    """

    def __init__(self, facility_code: str, anchors: Anchors) -> None:
        self._facility_code = facility_code
        self._anchors = anchors
        self._policy = ""
        self._at: dict[str, datetime | None] = {}
        self._asked_at: datetime | None = None
        self._is_assumed = False
        self._has_started = False
        self._outcome: Outcome | None = None
        self._outcome_at: datetime | None = None
        self._expired_at: datetime | None = None
        self._accused: Accusation | None = None
        self._accused_at: datetime | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Let one event change what it changes."""
        kind = Kind(event["kind"])
        at, data = _instant(event["occurred_at"]), event["data"]
        was_open = self._outcome is None
        if kind in OUTCOMES:
            self._close(OUTCOMES[kind], at, data)
        elif kind in {Kind.CLOCK_CORRECTED, Kind.ENTRY_CORRECTED, Kind.POLICY_CHANGED}:
            self._correct(data)
        elif kind in _MARKS:
            self._mark(kind, at, data)
        else:
            self._note(kind, at, data)
        if self._outcome is None:
            self._assume(_instant(event["recorded_at"]))
        elif was_open and self._outcome_at is not None:
            self._assume(self._outcome_at)

    def _assume(self, by: datetime) -> None:
        """Take a release that nobody confirmed as come; where it starts no clock, none tells."""
        if self._asked_at is None or self._at.get("would_release_at") is not None:
            return
        if by >= self._asked_at + clock_duties.CONFIRMATION_WAIT:
            self._is_assumed = True

    def _note(self, kind: Kind, at: datetime, data: Mapping[str, Any]) -> None:
        """Take in a fact."""
        if kind is Kind.HOLD_REGISTERED:
            self._policy = f"{data['policy']} v{data['policy_version']}"
            self._at["lodged_at"] = at
            for name in ("would_release_at", "expected_release_at"):
                self._at[name] = _instant_or_none(data.get(name))
        elif kind is Kind.DETAINER_SERVED:
            self._at["served_at"] = at
        elif kind is Kind.WARRANT_SERVED:
            self._at["warrant_served_at"] = at
        elif kind is Kind.NOTICE_RECORDED and data.get("to") == facts.AGENCY:
            earlier = self._at.get("notice_given_at")
            self._at["notice_given_at"] = at if earlier is None else min(earlier, at)
        elif kind is Kind.RELEASE_CONFIRMATION_DUE:
            self._asked_at = at
        elif kind is Kind.CLOCK_STARTED:
            self._start(at, data)

    def _start(self, at: datetime, data: Mapping[str, Any]) -> None:
        self._has_started = True
        if data.get("assumed"):
            self._is_assumed = True
        elif self._anchor is Anchor.WOULD_RELEASE_AT:
            self._at["would_release_at"] = at

    def _mark(self, kind: Kind, at: datetime, data: Mapping[str, Any]) -> None:
        """Take in what time brought, or its withdrawal."""
        if kind is Kind.HOLD_EXPIRED:
            self._expired_at = at
        elif kind is Kind.HOLD_EXPIRY_WITHDRAWN:
            self._expired_at = None
        elif kind is Kind.RELEASE_WITHOUT_NOTIFICATION:
            self._accused = _ground(data)
            self._accused_at = at
        else:
            self._accused = self._accused_at = None

    def _close(self, outcome: Outcome, at: datetime, data: Mapping[str, Any]) -> None:
        beside = data.get("reported_by") == Reporter.AGENCY
        if self._outcome is not None and beside:
            return  # the agency's word beside the facility's changes nothing
        self._outcome = outcome
        self._outcome_at = None if data.get("undated") else at

    def _correct(self, data: Mapping[str, Any]) -> None:
        field = data["field"]
        if field == "policy":
            self._policy = data["new"]
        elif field == "outcome":
            # Another outcome, where there is one, has an event of its own.
            self._outcome = self._outcome_at = None
        elif field != "holidays":
            self._at[field] = _instant_or_none(data.get("new"))
        if field in {"would_release_at", "expected_release_at"}:
            self._is_assumed = False
        if field == "expected_release_at":
            self._asked_at = None

    @property
    def _anchor(self) -> Anchor:
        return self._anchors.get(self._policy, Anchor.WOULD_RELEASE_AT)

    def _started_at(self) -> datetime | None:
        """Return the start by the record, once the clock has been seen to start.

        A correction moves a running clock without an event of its own, so the
        start is worked out from the facts.
        """
        if not self._has_started:
            return None
        start = self._at.get(self._anchor)
        if self._is_assumed and self._anchor is Anchor.WOULD_RELEASE_AT:
            start = self._at.get("expected_release_at")
        if start is None or self._outcome_at is None:
            return start
        return None if self._outcome_at < start else start

    def counted(self) -> Counted | None:
        """Return what a report counts, or None before the registration."""
        lodged_at = self._at.get("lodged_at")
        if lodged_at is None:
            return None
        return Counted(
            self._facility_code,
            lodged_at,
            self._at.get("served_at"),
            self._started_at(),
            self._at.get("notice_given_at"),
            self._outcome,
            self._outcome_at,
            self._expired_at,
            self._accused,
            self._accused_at,
        )


_MARKS = frozenset(
    {
        Kind.HOLD_EXPIRED,
        Kind.HOLD_EXPIRY_WITHDRAWN,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN,
    }
)


def fold(
    facility_code: str, events: Iterable[Mapping[str, Any]], anchors: Anchors
) -> Counted | None:
    """Return a hold as its events, in the order of recording, tell it."""
    history = History(facility_code, anchors)
    for event in events:
        history.take(event)
    return history.counted()


def _ground(data: Mapping[str, Any]) -> Accusation:
    # One made at the deadline may be confirmed by a release that was on record already.
    at_release = data["confirmed"] and "confirmed_by" not in data
    return Accusation.AT_RELEASE if at_release else Accusation.AT_DEADLINE


def _instant_or_none(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _instant(text: str) -> datetime:
    # Written by this product in UTC: no need for the reader of what people type.
    return datetime.fromisoformat(text).astimezone(UTC)
