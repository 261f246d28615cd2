"""What `list`, `show`, `edit`, `disable` and `enable` do alike for every noun of the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from scheduler.commands import desk, output


def show_all(noun: str, columns: Sequence[str], *, as_json_: bool) -> None:
    """List every row of a noun."""
    with desk.opened(to_read=True) as here:
        from scheduler.directory_views import directory_object

        rows = [directory_object(row) for row in here.house.directory.all_of(noun)]
    none = f"There is no {noun} on record; `holdclock {noun} add` makes one."
    output.listed(rows, columns, as_json_=as_json_, none=none)


def show_one(noun: str, name: str, *, as_json_: bool) -> None:
    """Print one row of a noun."""
    with desk.opened(to_read=True) as here:
        from scheduler.directory_views import directory_object

        row = directory_object(here.house.directory.get(noun, name))
    output.shown(row if as_json_ else _worded(row), as_json_=as_json_)


def edit(noun: str, name: str, values: Mapping[str, Any], *, as_json_: bool) -> None:
    """Change what was given of a row, and print it.

    Args:
        noun: As the directory knows it.
        name: Its code or id.
        values: By field; None leaves it as it is, and an empty text takes it off.
        as_json_: Print the row as JSON.
    """
    given = {
        field: value if isinstance(value, bool) else value or None
        for field, value in values.items()
        if value is not None
    }
    if not given:
        raise typer.BadParameter("nothing to change was given")
    with desk.opened() as here:
        here.house.administration.edit(here.actor, noun, name, given)
    show_one(noun, name, as_json_=as_json_)


def disable(noun: str, name: str, *, as_json_: bool) -> None:
    """Switch a row off; it stays on record."""
    with desk.opened() as here:
        here.house.administration.disable(here.actor, noun, name)
    if as_json_:
        output.as_json({"id": name, "disabled": True})
        return
    output.line(f"{noun} {name} is switched off; it stays on record.")


def enable(noun: str, name: str, *, as_json_: bool) -> None:
    """Switch a row on again."""
    with desk.opened() as here:
        here.house.administration.enable(here.actor, noun, name)
    if as_json_:
        output.as_json({"id": name, "disabled": False})
        return
    output.line(f"{noun} {name} is switched on again.")


def added(noun: str, name: str, *, as_json_: bool, **more: object) -> None:
    """Say what was added."""
    if as_json_:
        output.as_json({"id": name, **more})
        return
    output.line(f"Added {noun} {name}.")


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its hours in words."""
    import json

    from scheduler.domain import duty_hours

    shown = dict(row)
    if shown.get("schedule"):
        spans = duty_hours.schedule_from(json.dumps(shown["schedule"]))
        shown["schedule"] = duty_hours.schedule_text(spans)
    if shown.get("quiet_hours"):
        spans = duty_hours.quiet_from(json.dumps(shown["quiet_hours"]))
        shown["quiet_hours"] = duty_hours.quiet_text(spans)
    return shown
