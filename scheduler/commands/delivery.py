"""`holdclock delivery`: the alerts that went out, are on their way, or were given up."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson, Limit

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="The delivery's id.")]
COLUMNS = (
    "due_at",
    "state",
    "delay_s",
    "acknowledged_at",
    "type",
    "hold_id",
    "contact_name",
    "channel_kind",
    "attempts",
    "id",
)
TRIES = ("number", "started_at", "duration_ms", "result", "status", "answer")


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    SUPERSEDED = "superseded"
    DEAD = "dead"
    RECORDED = "recorded"


@app.command("list")
def list_(
    *,
    hold: Annotated[str | None, typer.Option(metavar="HOLD", help="About one hold.")] = None,
    facility: Annotated[
        str | None, typer.Option(metavar="CODE", help="About holds of one facility.")
    ] = None,
    state: Annotated[State | None, typer.Option(help="In this state only.")] = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the last first."""
    with desk.opened(to_read=True) as here:
        rows = here.views.deliveries(hold=hold, facility_code=facility, state=state, limit=limit)
    output.listed(rows, COLUMNS, as_json_=as_json, none="No alert on record here.")


@app.command()
def show(delivery: Id, *, as_json: AsJson = False) -> None:
    """Show one delivery with each of its tries."""
    with desk.opened(to_read=True) as here:
        _show(here.views.delivery(delivery), as_json_=as_json)


@app.command()
def resend(delivery: Id, *, as_json: AsJson = False) -> None:
    """Send again what was given up or superseded; the worker takes it up at once."""
    with desk.opened() as here:
        from scheduler.resending import resend as send_again

        send_again(here.house.database, here.house.clock, here.actor, delivery)
        _show(here.views.delivery(delivery), as_json_=as_json)


def _show(row: dict[str, Any], *, as_json_: bool) -> None:
    if as_json_:
        output.as_json(row)
        return
    told = {name: value for name, value in row.items() if name != "tries"}
    output.fields((name.replace("_", " "), value) for name, value in told.items())
    if row["tries"]:
        output.table(TRIES, ([each[name] for name in TRIES] for each in row["tries"]))
