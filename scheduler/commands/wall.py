"""`holdclock wall`: screens that show a board where nobody is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from scheduler.accounts.walls import Walls
    from scheduler.domain.actors import Actor

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("id", "name", "facility_codes", "created_at", "disabled_at")
NONE = "There is no screen on record; `holdclock wall add` makes one."


class At(NamedTuple):
    """Who works here, and on what."""

    walls: Walls
    actor: Actor


@contextmanager
def _opened(*, to_read: bool = False) -> Iterator[At]:
    from scheduler.accounts.walls import Walls

    base_url = desk.full_settings().base_url
    with desk.opened(with_keys=True, to_read=to_read) as here:
        house = here.house
        yield At(Walls(house.database, house.clock, base_url=base_url), here.actor)


@app.command()
def add(
    *,
    name: Annotated[str, typer.Option(help="Where it hangs: Booking desk.")],
    facility: Annotated[
        list[str],
        typer.Option("--facility", metavar="CODE", help="Whose board it shows; repeatable."),
    ],
    as_json: AsJson = False,
) -> None:
    """Make a screen; its address is shown this once, and opened once in the screen's browser."""
    with _opened() as at:
        made = at.walls.add(at.actor, name=name, facilities=facility)
    if as_json:
        output.as_json(made._asdict())
        return
    output.line(made.url)
    output.aside(f"Screen {made.id}. Open this once in its browser; it is not shown again.")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the screens, without what opens them."""
    from scheduler.domain.instants import spelled

    with _opened(to_read=True) as at:
        rows = [spelled(row) for row in at.walls.all()]
    output.listed(rows, COLUMNS, as_json_=as_json, none=NONE)


@app.command()
def end(
    wall: Annotated[str, typer.Argument(metavar="ID", help="As `wall list` shows it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """End a screen now: within a minute it shows nothing; it stays on record."""
    with _opened() as at:
        at.walls.end(at.actor, wall)
    if as_json:
        output.as_json({"id": wall, "ended": True})
        return
    output.line(f"Screen {wall} has ended; it stays on record.")
