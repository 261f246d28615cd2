"""`holdclock facility`: the jails, each with its zone and policy."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler.commands import desk, directory
from scheduler.commands.options import AsJson

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE", help="The facility's code.")]
Office = Annotated[str | None, typer.Option(metavar="CODE", help="The office that is told.")]
Phone = Annotated[str | None, typer.Option(help="Given on every alert.")]
Ladder = Annotated[
    list[str] | None,
    typer.Option(
        "--ladder", metavar="LEAD", help="A reminder's lead, as '4 h'; several make its own ladder."
    ),
]
Despite = Annotated[
    bool | None,
    typer.Option(
        "--alerts-despite-prohibition/--no-alerts-despite-prohibition",
        help="Alert the agency about holds whose policy prohibits notice to it, too.",
    ),
]
HideCounts = Annotated[
    bool | None,
    typer.Option(
        "--hide-small-counts/--no-hide-small-counts",
        help="Hide small counts of it in public reports.",
    ),
]
COLUMNS = ("code", "name", "state", "timezone", "policy", "office_code", "phone", "disabled_at")


@app.command()
def add(
    *,
    code: Annotated[str, typer.Option(help="A short code.")],
    name: Annotated[str, typer.Option(help="Its name in full.")],
    state: Annotated[str, typer.Option(help="Two letters.")],
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="IANA name of its time zone.")],
    policy: Annotated[
        str, typer.Option(metavar="ID", help="Policy of its new holds, or a family of them.")
    ] = "i-247a",
    office: Office = None,
    phone: Phone = None,
    ladder: Ladder = None,
    alerts_despite_prohibition: Despite = None,
    as_json: AsJson = False,
) -> None:
    """Add a facility."""
    with desk.opened() as here:
        made = here.house.administration.add_facility(
            here.actor,
            code,
            name=name,
            state=state,
            timezone=timezone,
            policy=policy,
            office=office,
            phone=phone,
            ladder=ladder,
            alerts_despite_prohibition=bool(alerts_despite_prohibition),
        )
    directory.added("facility", made, as_json_=as_json, code=made)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the facilities."""
    directory.show_all("facility", COLUMNS, as_json_=as_json)


@app.command()
def show(code: Code, *, as_json: AsJson = False) -> None:
    """Show one facility."""
    directory.show_one("facility", code, as_json_=as_json)


@app.command()
def edit(
    code: Code,
    *,
    name: Annotated[str | None, typer.Option(help="Its name in full.")] = None,
    state: Annotated[str | None, typer.Option(help="Two letters.")] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="For holds registered from now on.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="ID", help="For holds registered from now on.")
    ] = None,
    office: Office = None,
    phone: Phone = None,
    ladder: Ladder = None,
    alerts_despite_prohibition: Despite = None,
    hide_small_counts: HideCounts = None,
    as_json: AsJson = False,
) -> None:
    """Change a facility. Holds on record keep the policy and calendar they pinned."""
    values = {
        "name": name,
        "state": state,
        "timezone": timezone,
        "policy": policy,
        "office_code": office,
        "phone": phone,
        "ladder": ladder,
        "alerts_despite_prohibition": alerts_despite_prohibition,
        "small_counts_hidden": hide_small_counts,
    }
    directory.edit("facility", code, values, as_json_=as_json)


@app.command()
def disable(code: Code, *, as_json: AsJson = False) -> None:
    """Switch a facility off; it stays on record."""
    directory.disable("facility", code, as_json_=as_json)


@app.command()
def enable(code: Code, *, as_json: AsJson = False) -> None:
    """Switch a facility on again."""
    directory.enable("facility", code, as_json_=as_json)
