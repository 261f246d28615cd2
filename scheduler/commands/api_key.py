"""`holdclock api-key`: keys by which other systems ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from scheduler.accounts.api_keys import ApiKeys
    from scheduler.domain.actors import Actor

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("id", "name", "role", "expires_at", "disabled_at")
NONE = "There is no key on record; `holdclock api-key add` makes one."

Id = Annotated[str, typer.Argument(metavar="ID", help="The eight characters after hc_live_.")]
Expires = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="When it ends, with an offset, as 2027-01-31T00:00:00Z; within two years. "
        "A new key ends in a year if not given.",
    ),
]


class At(NamedTuple):
    """Who works here, and on what."""

    api_keys: ApiKeys
    actor: Actor


@contextmanager
def _opened(*, to_read: bool = False) -> Iterator[At]:
    from scheduler.accounts.api_keys import ApiKeys

    with desk.opened(to_read=to_read) as here:
        yield At(ApiKeys(here.house.database, here.house.clock), here.actor)


@app.command()
def add(
    *,
    name: Annotated[str, typer.Option(help="What it is for: Jail management system.")],
    role: Annotated[
        str, typer.Option(metavar="ROLE", help="administrator, facility, agent or auditor.")
    ],
    facility: Annotated[
        list[str] | None,
        typer.Option("--facility", metavar="CODE", help="Of facility staff; repeatable."),
    ] = None,
    office: Annotated[
        list[str] | None, typer.Option("--office", metavar="CODE", help="Of agents; repeatable.")
    ] = None,
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """Make a key; it is shown this once."""
    from scheduler.domain.instants import rfc3339

    with _opened() as at:
        made = at.api_keys.add(
            at.actor,
            name=name,
            role=role,
            facilities=facility or (),
            offices=office or (),
            expires_at=_instant(expires),
        )
    if as_json:
        told = {"id": made.id, "key": made.key, "expires_at": rfc3339(made.expires_at)}
        output.as_json(told)
        return
    output.line(made.key)
    output.aside(f"Key {made.id}, good until {rfc3339(made.expires_at)}. It is not shown again.")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the keys, without what would let anybody use them."""
    with _opened(to_read=True) as at:
        rows = [_plain(row) for row in at.api_keys.all()]
    output.listed(rows, COLUMNS, as_json_=as_json, none=NONE)


@app.command()
def show(key: Id, *, as_json: AsJson = False) -> None:
    """Show one key, without what would let anybody use it."""
    with _opened(to_read=True) as at:
        row = _plain(at.api_keys.get(key))
    output.shown(row, as_json_=as_json)


@app.command()
def edit(
    key: Id,
    *,
    name: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """Give a key another name, or another end; what it may do stays."""
    if name is None and expires is None:
        raise typer.BadParameter("nothing to change was given")
    with _opened() as at:
        at.api_keys.edit(at.actor, key, name=name, expires_at=_instant(expires))
    show(key, as_json=as_json)


@app.command()
def disable(key: Id, *, as_json: AsJson = False) -> None:
    """End a key now; it stays on record."""
    with _opened() as at:
        at.api_keys.disable(at.actor, key)
    if as_json:
        output.as_json({"id": key, "disabled": True})
        return
    output.line(f"Key {key} is switched off; it stays on record.")


def _instant(text: str | None) -> datetime | None:
    from scheduler.domain.instants import parse_instant

    if text is None:
        return None
    return parse_instant(text, None, fold="refuse", field="expires").instant


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    import orjson

    from scheduler.domain.instants import spelled

    shown = spelled(row)
    for field in ("facility_codes", "office_codes"):
        if isinstance(shown[field], str):
            shown[field] = orjson.loads(shown[field])
    return shown
