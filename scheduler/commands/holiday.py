"""`holdclock holiday`: dated holidays added to the federal ones, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import desk, moves, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from datetime import date

    from scheduler.views import HolidayRecord

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("day", "name", "source", "policies", "states", "facilities", "id")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the dates that were added here; those of the holidays file are not among them."""
    with desk.opened(to_read=True) as here:
        rows = [_data(day) for day in here.house.amendments.holidays()]
    output.listed(rows, COLUMNS, as_json_=as_json, none="No date was added.")


@app.command()
def add(
    *,
    date_: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day.")],
    name: Annotated[str, typer.Option(help="What is kept.")],
    source: Annotated[str, typer.Option(help="The statute or order that says so.")],
    policy: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="For this policy only; repeatable.")
    ] = None,
    state: Annotated[list[str] | None, typer.Option(help="In this state only; repeatable.")] = None,
    facility: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="At this facility only; repeatable.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it stays on the record of every hold.")],
    yes: moves.Yes = False,
    as_json: AsJson = False,
) -> None:
    """Add a date that does not count where holidays do not; the holds it moves are listed first."""
    with desk.opened() as here:
        from scheduler import intake
        from scheduler.views import HolidayRecord, speakable

        for each in policy or ():
            here.house.law.book.named(each)
        for each in facility or ():
            here.views.facility(each)
        day = HolidayRecord(
            speakable(),
            _day(date_),
            intake.plain_text(name, "name") or "",
            intake.plain_text(source, "source") or "",
            frozenset(policy or ()),
            frozenset(each.upper() for each in state or ()),
            frozenset(facility or ()),
        )
        _require_words(day)
        amendments = here.house.amendments
        found = moves.data(amendments.holiday_moves(day))
        if moves.is_agreed(found, yes=yes, as_json_=as_json):
            amendments.add_holiday(here.actor, day, moves.reason(reason))
        moves.show_applied(found, as_json_=as_json)


def _day(text: str) -> date:
    from datetime import date

    from scheduler.errors import InvalidHoldError

    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise InvalidHoldError(
            f"date: '{text}' is refused; write a date that exists, as 2026-06-19", field="date"
        ) from exc


def _require_words(day: HolidayRecord) -> None:
    from scheduler.errors import InvalidHoldError

    for field in ("name", "source"):
        if not getattr(day, field):
            raise InvalidHoldError(f"{field}: it is empty; write a text", field=field)


def _data(day: HolidayRecord) -> dict[str, object]:
    return {
        "id": day.id,
        "day": day.day.isoformat(),
        "name": day.name,
        "source": day.source,
        "policies": sorted(day.policies),
        "states": sorted(day.states),
        "facilities": sorted(day.facilities),
    }
