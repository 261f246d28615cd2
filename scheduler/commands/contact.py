"""`holdclock contact`: who receives alerts."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler.commands import desk, directory
from scheduler.commands.options import AsJson

app = typer.Typer(no_args_is_help=True)

Place = Annotated[
    int | None,
    typer.Option(min=0, help="Place in the office's duty list, from 1; 0 is none."),
]
Schedule = Annotated[
    str | None,
    typer.Option(
        metavar="HOURS",
        help="When on duty, as 'mon-fri 08:00-18:00; sat 22:00-06:00'; always if not given.",
    ),
]
Zone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="IANA name of the zone that hours are told in.")
]
Quiet = Annotated[
    str | None,
    typer.Option(metavar="HOURS", help="When early reminders wait, as 22:00-06:00."),
]
Kinds = Annotated[
    str | None,
    typer.Option(metavar="LIST", help="The only alerts wanted, as 'reminder,ceiling_reached'."),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The contact's id.")]
COLUMNS = ("id", "name", "side", "office_code", "facility_code", "place", "disabled_at")


@app.command()
def add(
    *,
    name: Annotated[str, typer.Option(help="A function rather than a person: Duty officer.")],
    office: Annotated[str | None, typer.Option(metavar="CODE", help="Of this office.")] = None,
    facility: Annotated[str | None, typer.Option(metavar="CODE", help="Of this facility.")] = None,
    administrators: Annotated[
        bool, typer.Option("--administrators", help="Of the administrators.")
    ] = False,
    supervisor: Annotated[
        bool, typer.Option("--supervisor", help="The office's supervisor: hears what escalates.")
    ] = False,
    place: Place = None,
    schedule: Schedule = None,
    zone: Zone = None,
    quiet: Quiet = None,
    kinds: Kinds = None,
    as_json: AsJson = False,
) -> None:
    """Add a recipient of alerts; give exactly one of --office, --facility, --administrators."""
    if [office is not None, facility is not None, administrators].count(True) != 1:
        raise typer.BadParameter("give exactly one of --office, --facility, --administrators")
    with desk.opened() as here:
        made = here.house.administration.add_contact(
            here.actor,
            name=name,
            office=office,
            facility=facility,
            administrators=administrators,
            supervisor=supervisor,
            place=place,
            timezone=zone,
            schedule=schedule,
            quiet_hours=quiet,
            kinds=kinds,
        )
    directory.added("contact", made, as_json_=as_json)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the contacts."""
    directory.show_all("contact", COLUMNS, as_json_=as_json)


@app.command()
def show(contact: Id, *, as_json: AsJson = False) -> None:
    """Show one contact."""
    directory.show_one("contact", contact, as_json_=as_json)


@app.command()
def edit(
    contact: Id,
    *,
    name: Annotated[str | None, typer.Option(help="A function rather than a person.")] = None,
    place: Place = None,
    schedule: Schedule = None,
    zone: Zone = None,
    quiet: Quiet = None,
    kinds: Kinds = None,
    as_json: AsJson = False,
) -> None:
    """Change a contact; an empty value takes hours, zone or kinds off."""
    values = {
        "name": name,
        "place": place,
        "timezone": zone,
        "schedule": schedule,
        "quiet_hours": quiet,
        "kinds": kinds,
    }
    directory.edit("contact", contact, values, as_json_=as_json)


@app.command()
def disable(contact: Id, *, as_json: AsJson = False) -> None:
    """Switch a contact off; it stays on record."""
    directory.disable("contact", contact, as_json_=as_json)


@app.command()
def enable(contact: Id, *, as_json: AsJson = False) -> None:
    """Switch a contact on again."""
    directory.enable("contact", contact, as_json_=as_json)
