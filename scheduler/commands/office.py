"""`holdclock office`: the agency's offices that receive alerts."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler.commands import desk, directory
from scheduler.commands.options import AsJson

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE", help="The office's code.")]
Phone = Annotated[str | None, typer.Option(help="Its telephone number.")]


@app.command()
def add(
    *,
    code: Annotated[str, typer.Option(help="A short code.")],
    name: Annotated[str, typer.Option(help="Its name in full.")],
    phone: Phone = None,
    as_json: AsJson = False,
) -> None:
    """Add an office."""
    with desk.opened() as here:
        made = here.house.administration.add_office(here.actor, code, name=name, phone=phone)
    directory.added("office", made, as_json_=as_json, code=made)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the offices."""
    directory.show_all("office", ("code", "name", "phone", "disabled_at"), as_json_=as_json)


@app.command()
def show(code: Code, *, as_json: AsJson = False) -> None:
    """Show one office."""
    directory.show_one("office", code, as_json_=as_json)


@app.command()
def edit(
    code: Code,
    *,
    name: Annotated[str | None, typer.Option(help="Its name in full.")] = None,
    phone: Phone = None,
    as_json: AsJson = False,
) -> None:
    """Change an office."""
    directory.edit("office", code, {"name": name, "phone": phone}, as_json_=as_json)


@app.command()
def disable(code: Code, *, as_json: AsJson = False) -> None:
    """Switch an office off; it stays on record."""
    directory.disable("office", code, as_json_=as_json)


@app.command()
def enable(code: Code, *, as_json: AsJson = False) -> None:
    """Switch an office on again."""
    directory.enable("office", code, as_json_=as_json)
