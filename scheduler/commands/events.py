"""`holdclock events`: the event log, listed for people and exported as it is."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson, Limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scheduler.commands.desk import Desk
    from scheduler.views import EventFilter

app = typer.Typer(no_args_is_help=True)


class Format(StrEnum):
    """How events are written."""

    JSONL = "jsonl"
    CSV = "csv"


KindOption = Annotated[str | None, typer.Option(metavar="KIND", help="Of this kind.")]
FacilityOption = Annotated[str | None, typer.Option(metavar="CODE", help="Of one facility.")]
HoldOption = Annotated[str | None, typer.Option(metavar="HOLD", help="Of one hold.")]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="That happened then or later, with an offset.")
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="That happened before, with an offset.")
]


@app.command("list")
def list_(
    *,
    kind: KindOption = None,
    facility: FacilityOption = None,
    hold: HoldOption = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List events in the order of recording."""
    with desk.opened(to_read=True) as here:
        wanted = _filter(here, kind, facility, hold, since=since, until=until)
        events = list(_first(here.house.event_log.events(wanted), limit))
        if as_json:
            output.as_json(events)
            return
        headings = ("recorded", "happened", "kind", "hold", "reference", "facility", "actor")
        output.table(headings, map(_row, events))


@app.command()
def export(
    *,
    format_: Annotated[
        Format, typer.Option("--format", help="JSON Lines are exact; CSV is for spreadsheets.")
    ] = Format.JSONL,
    kind: KindOption = None,
    facility: FacilityOption = None,
    hold: HoldOption = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Write all events to standard output, sealed or not, in the order of recording.

    That it was done is an event too: it is in the next export.
    """
    from scheduler.event_log import Form

    with desk.opened(to_read=True) as here:
        wanted = _filter(here, kind, facility, hold, since=since, until=until)
        out = sys.stdout.buffer
        for piece in here.house.event_log.export(here.actor, Form(format_), wanted):
            out.write(piece)
        out.flush()


def _first(events: Iterator[dict[str, Any]], limit: int | None) -> Iterator[dict[str, Any]]:
    from itertools import islice

    return islice(events, limit)


def _filter(
    here: Desk,
    kind: str | None,
    facility: str | None,
    hold: str | None,
    *,
    since: str | None,
    until: str | None,
) -> EventFilter:
    from scheduler import intake
    from scheduler.domain.events import Kind
    from scheduler.errors import InvalidHoldError
    from scheduler.views import EventFilter

    if kind is not None and kind not in tuple(Kind):
        raise InvalidHoldError(f"kind: '{kind}' is unknown; use one of {', '.join(Kind)}")
    zone = None if facility is None else here.views.facility(facility).timezone
    first = intake.read_instant(since, zone, "since")
    last = intake.read_instant(until, zone, "until")
    return EventFilter(
        kind=kind,
        facility_code=facility,
        hold_id=None if hold is None else here.views.hold(hold).hold.id,
        since=None if first is None else first.instant,
        until=None if last is None else last.instant,
    )


def _row(event: dict[str, Any]) -> tuple[object, ...]:
    names = ("recorded_at", "occurred_at", "kind", "hold_id", "hold_ref", "facility_code", "actor")
    return tuple(event[name] for name in names)
