"""What commands print: JSON for machines, plain tables for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 200
"""Columns where there is no terminal: a pipe has no edge to fold lines at."""


def as_json(value: object) -> None:
    """Print one JSON value on one line."""
    import orjson

    typer.echo(orjson.dumps(value).decode())


def line(text: str = "") -> None:
    """Print a line for people."""
    typer.echo(text)


def aside(text: str) -> None:
    """Print a line that is not part of the answer, on standard error."""
    typer.echo(text, err=True)


def console() -> Console:
    """Return a console that reads no markup into what people wrote."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings; a missing value is a dash."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in headings:
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(*map(_cell, row))
    console().print(shown)


def fields(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values under one another."""
    from rich.table import Table

    shown = Table.grid(padding=(0, 2))
    shown.add_column()
    shown.add_column(overflow="fold")
    for name, value in pairs:
        shown.add_row(name, _cell(value))
    console().print(shown)


def shown(row: Mapping[str, Any], *, as_json_: bool) -> None:
    """Print one thing, a field under another."""
    if as_json_:
        as_json(row)
        return
    fields((name.replace("_", " "), value) for name, value in row.items())


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None or value == "" else str(value)


def listed(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json_: bool, none: str
) -> None:
    """Print rows of one noun: all of each as JSON, the named columns for people."""
    if as_json_:
        as_json(list(rows))
    elif not rows:
        line(none)
    else:
        headings = [column.removesuffix("_code").replace("_", " ") for column in columns]
        table(headings, ([row[column] for column in columns] for row in rows))
