"""`holdclock holiday`: dated holidays added to the federal ones, each with its source."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from scheduler.commands import desk, moves, output
from scheduler.commands.options import AsJson

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("day", "name", "source", "policies", "states", "facilities", "disabled_at", "id")

Id = Annotated[str, typer.Argument(metavar="ID", help="The holiday's id.")]
Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="ID", help="For this policy only; repeatable."),
]
States = Annotated[
    list[str] | None, typer.Option("--state", help="In this state only; repeatable.")
]
Facilities = Annotated[
    list[str] | None,
    typer.Option("--facility", metavar="CODE", help="At this facility only; repeatable."),
]
Reason = Annotated[str, typer.Option(help="Why; it stays on the record of every hold.")]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the dates that were added here; those of the holidays file are not among them."""
    with desk.opened(to_read=True) as here:
        from scheduler.kept_holidays import holiday_object

        rows = [holiday_object(day) for day in here.house.holidays.all()]
    output.listed(rows, COLUMNS, as_json_=as_json, none="No date was added.")


@app.command()
def show(holiday: Id, *, as_json: AsJson = False) -> None:
    """Show one date that was added."""
    with desk.opened(to_read=True) as here:
        from scheduler.kept_holidays import holiday_object

        row = holiday_object(here.house.holidays.get(holiday))
    output.shown(row, as_json_=as_json)


@app.command()
def add(
    *,
    date_: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day.")],
    name: Annotated[str, typer.Option(help="What is kept.")],
    source: Annotated[str, typer.Option(help="The statute or order that says so.")],
    policy: Policies = None,
    state: States = None,
    facility: Facilities = None,
    reason: Reason,
    yes: moves.Yes = False,
    as_json: AsJson = False,
) -> None:
    """Add a date that does not count where holidays do not; the holds it moves are listed first."""
    told = _told(date_, name, source, policy, state, facility)
    with desk.opened() as here:
        kept = here.house.holidays
        found = moves.data(kept.moves_of_adding(told))
        if moves.is_agreed(found, yes=yes, as_json_=as_json):
            day, _ = kept.add(here.actor, told, moves.agreement(reason))
        moves.show_applied(found, as_json_=as_json, id=day.id)


@app.command()
def edit(
    holiday: Id,
    *,
    date_: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Another day.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What is kept.")] = None,
    source: Annotated[str | None, typer.Option(help="The statute or order that says so.")] = None,
    policy: Policies = None,
    state: States = None,
    facility: Facilities = None,
    reason: Reason,
    yes: moves.Yes = False,
    as_json: AsJson = False,
) -> None:
    """Change a date; an empty --policy, --state or --facility lets it reach all of them again."""
    told = _told(date_, name, source, policy, state, facility)
    if all(value is None for value in told.values()):
        raise typer.BadParameter("nothing to change was given")
    with desk.opened() as here:
        kept = here.house.holidays
        found = moves.data(kept.moves_of_editing(holiday, told))
        if moves.is_agreed(found, yes=yes, as_json_=as_json):
            kept.edit(here.actor, holiday, told, moves.agreement(reason))
        moves.show_applied(found, as_json_=as_json, id=holiday)


@app.command()
def disable(
    holiday: Id, *, reason: Reason, yes: moves.Yes = False, as_json: AsJson = False
) -> None:
    """Withdraw a date: it stays on record, and counts for no hold any more."""
    with desk.opened() as here:
        kept = here.house.holidays
        found = moves.data(kept.moves_of_disabling(holiday))
        if moves.is_agreed(found, yes=yes, as_json_=as_json):
            kept.disable(here.actor, holiday, moves.agreement(reason))
        moves.show_applied(found, as_json_=as_json, id=holiday)


def _told(*values: Any) -> dict[str, Any]:
    return dict(
        zip(("day", "name", "source", "policies", "states", "facilities"), values, strict=True)
    )
