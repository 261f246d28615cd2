"""The sheet that one shift hands to the next: past limits first, then what comes, then what was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler import sentences
from scheduler.domain import instants
from scheduler.domain.board import Group
from scheduler.domain.events import Kind
from scheduler.papers import roster
from scheduler.papers.document import Cell, Document, Line, Section, Table
from scheduler.papers.state import Standing
from scheduler.store.directory import FacilityRecord

UNTOLD = frozenset(
    {
        Kind.ALERT_SENT,
        Kind.ALERT_FAILED,
        Kind.ALERT_ESCALATED,
        Kind.REMINDER_DUE,
        Kind.OVER_DETENTION_ALARM,
    }
)
"""Kinds that would bury the rest: what is not acknowledged or delivered has its own part."""
KINDS = frozenset(Kind) - UNTOLD
SIGNATURES = ("Handed over by, time", "Taken over by, time")


class Shift(NamedTuple):
    """What a shift hands over.

    Attributes:
        holds: Every open hold in scope.
        events: Recorded in the last hours, in the order of recording.
        undelivered: Alerts that were given up in that time.
        facilities: Every facility named, by its code.
        now: UTC.
        span: How far back and ahead.
    """

    holds: Sequence[Standing]
    events: Sequence[Mapping[str, Any]]
    undelivered: Sequence[Any]
    facilities: Mapping[str, FacilityRecord]
    now: datetime
    span: timedelta


def hand_over(shift: Shift, stamp: str) -> Document:
    """Make the sheet."""
    hours = instants.duration_text(shift.span)
    ordered = sorted(shift.holds, key=lambda each: each.order)
    past = [each for each in ordered if each.group is Group.PAST]
    return Document(
        title="Shift hand-over",
        stamp=stamp,
        lead=(f"{roster.LATER} {roster.counted(ordered)}", roster.MAXIMUMS),
        sections=(
            _section("Past the limit", _past(past)),
            _section(f"What comes next, in {hours}", _coming(ordered, shift)),
            _section("Missing papers and notices", _missing(ordered)),
            _section(
                "Alerts that nobody acknowledged, or that did not arrive",
                _unanswered(ordered),
                _undelivered(shift),
            ),
            _section(f"What was recorded in the last {hours}", _told(shift)),
        ),
        signatures=SIGNATURES,
    )


def _section(heading: str, *tables: Table) -> Section:
    return Section(heading=heading, tables=tables)


def _past(past: Sequence[Standing]) -> Table:
    lines = tuple(map(roster.line, past))
    return Table(headings=roster.HEADINGS, lines=lines, boxes=roster.BOXES)


def _names(standing: Standing) -> tuple[Cell, Cell]:
    hold, facility = standing.hold, standing.facility
    return Cell(hold.hold_ref, (hold.id,)), Cell(facility.name, (facility.code,))


def _coming(holds: Sequence[Standing], shift: Shift) -> Table:
    until = shift.now + shift.span
    coming = [
        (each.at, standing, each)
        for standing in holds
        for each in standing.coming()
        if shift.now < each.at <= until
    ]
    coming.sort(key=lambda entry: (entry[0], entry[1].hold.id))
    lines = tuple(
        Line((Cell(standing.tell(at)), *_names(standing), Cell(each.what)))
        for at, standing, each in coming
    )
    return Table(headings=("When", "Hold", "Facility", "What"), lines=lines)


def _missing(holds: Sequence[Standing]) -> Table:
    lines = []
    for standing in holds:
        first, *rest = (*standing.missing(), "")
        if first:
            below = tuple(each for each in rest if each)
            lines.append(Line((*_names(standing), Cell(first, below))))
    return Table(headings=("Hold", "Facility", "Missing"), lines=tuple(lines))


def _unanswered(holds: Sequence[Standing]) -> Table:
    lines = tuple(
        Line((*_names(standing), Cell(standing.tell(since))))
        for standing in holds
        if (since := standing.unanswered_since) is not None
    )
    return Table(
        headings=("Hold", "Facility", "Alert of"), lines=lines, caption="Not acknowledged:"
    )


def _undelivered(shift: Shift) -> Table:
    lines = tuple(_lost(alert, shift) for alert in shift.undelivered)
    headings = ("Hold", "Alert", "Due", "Tries")
    return Table(headings=headings, lines=lines, caption="Not delivered, and given up:")


def _lost(alert: Any, shift: Shift) -> Line:
    zone = shift.facilities[alert.hold_facility].timezone
    told = sentences.alert_title(alert.type)
    return Line(
        (
            Cell(alert.hold_id),
            Cell(told, (f"by {alert.channel_kind}",)),
            Cell(instants.local_text(alert.due_at, zone)),
            Cell(str(alert.attempts)),
        )
    )


def _told(shift: Shift) -> Table:
    lines = tuple(_rows(shift))
    return Table(headings=("Happened", "Hold", "What", "By"), lines=lines)


def _rows(shift: Shift) -> Iterator[Line]:
    for event in shift.events:
        zone = shift.facilities[event["facility_code"]].timezone
        happened = instants.local_text(sentences.instant_of(event["occurred_at"]), zone)
        recorded = instants.local_text(sentences.instant_of(event["recorded_at"]), zone)
        late = () if recorded == happened else (f"recorded {recorded}",)
        yield Line(
            (
                Cell(happened, late),
                Cell(event["hold_ref"], (event["hold_id"], event["facility_code"])),
                Cell(sentences.sentence(event, zone)),
                Cell(event["actor"]),
            )
        )
