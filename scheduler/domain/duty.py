"""The shape of a duty, shared by all of them.

Each duty is a pair of pure functions: `due(hold, rules)` gives the instant at
which it must be carried out, or None; `act(hold, rules, due, now)` gives the
changed fields and the events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler.domain.events import Event, Kind, Value
from scheduler.domain.hold import Hold, Rules

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

Changes = dict[str, Any]


class Act(NamedTuple):
    """What carrying out a duty, or recording a fact, changes and writes."""

    changes: Changes
    events: tuple[Event, ...] = ()


DueFunction = Callable[[Hold, Rules], datetime | None]
ActFunction = Callable[[Hold, Rules, datetime, datetime], Act]
Duties = tuple[tuple[DueFunction, ActFunction], ...]


def event(  # noqa: PLR0917 -- (hold, kind, at, now) is the order in which every duty thinks
    hold: Hold,
    kind: Kind,
    at: datetime,
    now: datetime,
    name: str = "",
    data: Mapping[str, Value] | None = None,
) -> Event:
    """Make an event that time brought, with its step and how late it was written."""
    known: dict[str, Value] = dict(data) if data else {}
    if hold.assumed and kind in SHOWS_ASSUMED:
        known["assumed"] = True
    late_by = now - at
    if late_by >= SECOND:
        known["late_by_s"] = late_by // SECOND
    middle = f"/{name}/" if name else "/"
    # Added, not spelled: spelling one of an enumeration goes through its class.
    step = kind + f"{middle}{hold.window_no}.{hold.edition}"
    return Event(kind, at, known, step, by_time=True)


SHOWS_ASSUMED = frozenset(
    {
        Kind.CLOCK_STARTED,
        Kind.HOLD_EXPIRED,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        Kind.OVER_DETENTION_ALARM,
        Kind.REMINDER_DUE,
        Kind.CEILING_REACHED,
        Kind.NOTICE_OVERDUE,
    }
)
"""Kinds that say so when the clock runs from a forecast nobody confirmed."""


def instant_name(at: datetime) -> str:
    """Name one of a series of steps by its instant."""
    return f"{at:%Y%m%dT%H%M%S}"
