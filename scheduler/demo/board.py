"""Holds as rows of a board: the next limit first, a word and a shape for each state."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from notifiers.wording import countdown
from scheduler.domain import board
from scheduler.domain.board import CountsTo, Group, Look, Place
from scheduler.domain.hold import Status
from scheduler.domain.instants import local_text
from scheduler.domain.policy import Notice, Paper
from scheduler.views import HoldView

MINUTE = timedelta(minutes=1)


class Sign(StrEnum):
    """A shape for each state, told apart without colour."""

    PAST = "⬣"
    LAST_HOURS = "▲"
    LAST_DAY = "◐"
    CEILING = "⇥"
    RUNNING = "◷"
    NOT_STARTED = "◌"
    LAPSED = "⊘"
    CLOSED = "✓"


class Row(NamedTuple):
    """One hold as the board shows it; every time is the jail's own.

    Attributes:
        order: Sorts the rows: groups as on the board, the next limit first.
        limit: The instant that comes next.
        left: How far it is.
        sign: Its state's shape.
        state: Its state in words.
        notes: What is missing, and what is done.
    """

    order: tuple[int, bool, float, str]
    limit: str
    left: str
    sign: Sign
    state: str
    ref: str
    jail: str
    policy: str
    notes: str


def rows(views: list[HoldView]) -> list[Row]:
    """Return the rows, in the order in which they are read."""
    return sorted((_row(view) for view in views), key=lambda row: row.order)


_SIGNS = {
    Look.PAST: Sign.PAST,
    Look.LAST_HOURS: Sign.LAST_HOURS,
    Look.LAST_DAY: Sign.LAST_DAY,
    Look.CEILING_PASSED: Sign.CEILING,
    Look.RUNNING: Sign.RUNNING,
    Look.LAPSED: Sign.LAPSED,
    Look.NOT_STARTED: Sign.NOT_STARTED,
    Look.CONFIRM: Sign.NOT_STARTED,
    Look.CLOSED: Sign.CLOSED,
}
_STATES = {
    Look.PAST: "EXPIRED",
    Look.LAST_HOURS: "4 h or less",
    Look.LAST_DAY: "24 h or less",
    Look.CEILING_PASSED: "CEILING PASSED",
    Look.RUNNING: "running",
    Look.LAPSED: "lapsed",
    Look.NOT_STARTED: "clock not started",
    Look.CONFIRM: "due?",
}
_TARGETS = {CountsTo.BOTH: "left", CountsTo.CEILING: "to ceiling", CountsTo.DEADLINE: "to deadline"}


def _row(view: HoldView) -> Row:
    hold, place = view.hold, board.place(view.hold, view.now)
    return Row(
        order=board.order(hold, place),
        limit=_local(place.at, view) if place.at else "no release on record",
        left=_left(view, place),
        sign=_SIGNS[place.look],
        state=str(hold.outcome).replace("_", " ") if hold.outcome else _STATES[place.look],
        ref=hold.hold_ref,
        jail=hold.facility_code,
        policy=hold.policy,
        notes=" · ".join(_notes(view)),
    )


def _left(view: HoldView, place: Place) -> str:
    now, at = view.now, place.at
    if place.group is Group.CLOSED:
        late = view.over_detention_minutes
        return f"{_elapsed(late * MINUTE)} late" if late else ""
    if at is None or place.group is Group.LAPSED:
        return ""
    if place.group is Group.PAST:
        return f"{_elapsed(now - at)} ago"
    if place.look is Look.CONFIRM:
        return "confirm or correct"
    if place.group is Group.NOT_STARTED:
        return f"expected in {countdown(at - now)}"
    return f"{countdown(at - now)} {_TARGETS[place.counts_to]}"


_PAPERS = {
    Paper.SERVED: "NOT SERVED",
    Paper.WARRANT: "NO WARRANT",
    Paper.JUDICIAL_ORDER: "NO JUDICIAL ORDER",
}


def _notes(view: HoldView) -> list[str]:
    hold = view.hold
    if hold.outcome is not None:
        return ["no notice on record"] if hold.accused is not None else []
    notes = []
    missing = ", ".join(_PAPERS[Paper(paper)] for paper in view.papers_missing)
    if missing:
        notes.append(f"NO AUTHORITY ON RECORD: {missing}" if hold.started_at else missing.lower())
    if view.status is Status.LAPSED:
        notes.append("local custody goes on")
    if hold.assumed:
        notes.append("start not confirmed")
    if hold.notice_given_at is not None:
        notes.append("✓ noticed")
    elif hold.notice_overdue_at is not None:
        notes.append("notice overdue")
    elif view.rules.policy.notice is not Notice.PROHIBITED and hold.started_at is not None:
        notes.append("no notice")
    if hold.acknowledged_at is not None:
        notes.append("✓ acknowledged")
    return notes


def _elapsed(gone: timedelta) -> str:
    minutes = max(gone, timedelta(0)) // MINUTE
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _local(instant: datetime, view: HoldView) -> str:
    return local_text(instant, view.facility.timezone, midnight=False)
