"""`holdclock replay`: history through the real code, under a simulated clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import desk, options, output

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.settings import StoreSettings
    from scheduler.replay import Tally

DATABASE_URL = "HOLDCLOCK_DATABASE_URL"
SHOWN_NOTES = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The holds, one a row.")],
    database_url: Annotated[
        str,
        typer.Option(metavar="URL", help="A new database; it is marked as a simulation for good."),
    ],
    policy: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Hold everybody under this policy instead of i-247a."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="Stop then (with an offset, or Z). Otherwise at the later of the file's last "
            "instant and an hour after the last deadline.",
        ),
    ] = None,
    json: options.AsJson = False,
) -> None:
    """Run history through the real registry and worker code under a simulated clock.

    The database must be new. Alerts are recorded, not sent.
    """
    from scheduler import replay as replaying
    from scheduler import replay_history, wiring
    from scheduler.clock import SettableClock
    from scheduler.domain.instants import parse_instant

    ends_at = None if until is None else parse_instant(until, None, fold="refuse", field="until")
    settings = _settings(database_url)
    if policy is not None:
        wiring.read_law(settings).book.named(policy)
    history = replay_history.read_history(file)
    _tell(history.notes)
    replaying.prepare(settings.database_url)
    clock = SettableClock(history.happenings[0].at)
    house = wiring.open_house(settings, clock=clock, sends=False, durable=False, simulation=True)
    try:
        run = replaying.Replay(house, clock, actor=desk.operator(), policy=policy)
        with _progress(len(history.happenings)) as progress:
            tally = run.run(
                history, until=None if ends_at is None else ends_at.instant, progress=progress
            )
    finally:
        house.close()
    _tell([f"{text} ({count} x)" for text, count in tally.warnings.items()])
    if json:
        output.as_json(tally.as_json())
    else:
        _print(tally)


def _settings(database_url: str) -> StoreSettings:
    """Read the settings; the database named on the command line is the one that counts."""
    from config.settings import load_store_settings

    environ = {name: text for name, text in os.environ.items() if name != f"{DATABASE_URL}_FILE"}
    return load_store_settings({**environ, DATABASE_URL: database_url})


def _tell(notes: list[str]) -> None:
    for note in notes[:SHOWN_NOTES]:
        output.aside(note)
    if len(notes) > SHOWN_NOTES:
        output.aside(f"... and {len(notes) - SHOWN_NOTES} more like these")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Replaying", total=total)
        yield lambda done: bar.update(task, completed=done)


def _print(tally: Tally) -> None:
    output.fields(
        (
            ("holds", tally.holds),
            ("clock started", tally.clock_started),
            ("over-detention, minutes", tally.over_detention_minutes),
            ("simulated until", tally.until.isoformat()),
        )
    )
    output.table(("outcome", "holds"), tally.outcomes.items())
    output.table(("event", "times"), tally.events.items())
