"""`holdclock duty`: who is on duty, and whom an alert goes on to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from scheduler.duty_list import Duty

app = typer.Typer(no_args_is_help=True)


# A group though it has one command, so that others can join it.
@app.callback()
def duty() -> None:
    """Look at the duty lists."""


@app.command("list")
def list_(
    *,
    office: Annotated[str, typer.Option(metavar="CODE", help="Whose list.")],
    as_json: AsJson = False,
) -> None:
    """Show an office's duty list: who is on duty now, and whom an unanswered reminder goes on to."""
    with desk.opened(to_read=True) as here:
        from scheduler.duty_list import duty_object

        found = here.house.directory.duty(office)
    if as_json:
        output.as_json(duty_object(office, found))
        return
    _print(office, found)


def _print(office: str, found: Duty) -> None:
    from scheduler.duty_list import entry_object

    entries = [entry_object(found, contact) for contact in found.roster.duty_list]
    if not entries:
        output.line(f"Office {office} has no duty list: every contact is told of everything.")
    else:
        headings = ("place", "name", "id", "on duty", "hours", "channels")
        rows = [
            (e["place"], e["name"], e["id"], "yes" if e["on_duty"] else "no", *_rest(e))
            for e in entries
        ]
        output.table(headings, rows)
    if found.is_nobody_on_duty:
        output.line("Nobody is on duty: the first of the list is told.")
    places = ["+".join(found.names[contact.id] for contact in place) for place in found.chain]
    output.line("An unanswered reminder goes on to: " + (", then ".join(places) or "nobody"))


def _rest(entry: dict[str, Any]) -> tuple[object, ...]:
    return entry["hours"], entry["channels"]
