"""A hold as its readers have it: what is on record, what follows from it, and in which shape."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.domain import hold as domain
from scheduler.domain import window
from scheduler.domain.hold import Hold, Rules, Status
from scheduler.domain.instants import rfc3339
from scheduler.store import listing
from scheduler.store.directory import FacilityRecord
from scheduler.store.listing import HoldPlace


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

    def place(self, as_of: datetime) -> HoldPlace:
        """Return where it stands in a list that is in the order of that instant."""
        return listing.place(self.hold, as_of)

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
