"""`holdclock demo`: the whole product on a throw-away database, under a fast clock."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import output

if TYPE_CHECKING:
    from scheduler.demo.promises import Promises
    from scheduler.demo.stage import Options, Stage

SLOWEST, FASTEST = 1.0, 36_000.0
"""Above ten hours a second the deeds of the story would run into one another."""
CAPTURE_SIZE = (120, 28)
"""Columns and lines of a captured screen: docs/demo.txt is `--seconds 52 --capture` of it."""

Speed = Annotated[
    float,
    typer.Option(
        min=SLOWEST,
        max=FASTEST,
        help="Simulated seconds in a real one; 3600 makes an hour of each.",
    ),
]
Port = Annotated[
    int, typer.Option(min=0, max=65535, help="Of the pages; another is taken where it is in use.")
]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the database behind when it ends.")]
Seconds = Annotated[
    float | None, typer.Option(min=0.1, hidden=True, help="End after so many real seconds.")
]
Capture = Annotated[
    Path | None,
    typer.Option(hidden=True, dir_okay=False, help="Write the last screen to this file, as text."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel="Run")(demo)


def demo(
    *,
    speed: Speed = 3600.0,
    port: Port = 8000,
    keep: Keep = False,
    seconds: Seconds = None,
    capture: Capture = None,
) -> None:
    """Show the whole product on a throw-away database, with the clock running fast.

    Worker, database, pages, signed webhooks and encrypted mail are real and stay on this machine.

    On a terminal it goes on until Ctrl-C; otherwise it prints lines for 90 hours of its clock.
    """
    # First, since what follows takes a second or two to load.
    output.line(f"Holdclock demo: real parts, made-up holds, {speed:,.0f} times as fast as time.")
    sys.stdout.flush()

    from scheduler.commands import demo_pages
    from scheduler.demo import stage

    is_watched = sys.stdout.isatty() and capture is None
    lasts_s = seconds if seconds or is_watched else stage.story_seconds(speed)
    port = demo_pages.free_port(port)
    options = stage.Options(speed=speed, port=port, lasts_s=lasts_s, keep=keep)
    with stage.throw_away_folder(keep=keep) as folder:
        serve = demo_pages.serve if capture is None else None
        played = stage.Stage(options, folder, serve)
        if serve is not None:
            output.line(f"In the browser: {demo_pages.address(port)}, a sign-in for each role.")
            sys.stdout.flush()
        with stage.stopped_by_signals(played.stop):
            _perform(played, options, is_watched=is_watched, capture=capture)
    _sum_up(played.promises, folder, options)
    # Whoever watches ends it when they like; a captured screen is one moment.
    if not is_watched and capture is None and not played.promises.all_kept:
        output.aside("The demo did not show all that it promises; see above.")
        raise typer.Exit(1)


def _perform(played: Stage, options: Options, *, is_watched: bool, capture: Path | None) -> None:
    from config.fields import LogFormat, LogLevel
    from config.log_setup import set_up_logging

    if capture is not None:
        _capture(played, options, capture)
    elif is_watched:
        with (played.folder / "demo.log").open("w", encoding="utf-8") as log:
            # A line in the middle of the screen would be lost, and spoil it.
            set_up_logging(LogFormat.TEXT, LogLevel.INFO, stream=log)
            _watch(played, options)
            set_up_logging(LogFormat.TEXT, LogLevel.WARNING)
    else:
        from scheduler.demo.lines import LineShow

        set_up_logging(LogFormat.TEXT, LogLevel.WARNING)
        played.play(LineShow(output.line))


def _watch(played: Stage, options: Options) -> None:
    from rich.live import Live

    from scheduler.commands import demo_pages
    from scheduler.demo.screen import ScreenShow

    console = output.console()
    show = ScreenShow(console, options.speed, demo_pages.address(options.port))
    with Live(console=console, screen=True, auto_refresh=False) as live:
        show.show_on(live)
        played.play(show)


def _capture(played: Stage, options: Options, file: Path) -> None:
    from rich.console import Console

    from scheduler.demo.screen import ScreenShow

    width, height = CAPTURE_SIZE
    drawn = io.StringIO()
    console = Console(file=drawn, width=width, height=height, color_system=None)
    show = ScreenShow(console, options.speed)
    played.play(show)
    console.print(show.picture())
    lines = (line.rstrip() for line in drawn.getvalue().splitlines())
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _sum_up(promises: Promises, folder: Path, options: Options) -> None:
    from scheduler.demo.promises import PROMISED

    output.line()
    output.line("Shown:")
    for title in PROMISED:
        output.line(f"  {'yes' if title in promises.kept else 'not yet':<8}{title}")
    delivered = ", ".join(f"{count} by {way}" for way, count in sorted(promises.delivered.items()))
    output.line(f"{sum(promises.events.values())} events on the log; alerts taken: {delivered}.")
    for fault in promises.faults:
        output.line(f"FAULT  {fault}")
    fate = "it is still there" if options.keep else "it is removed now"
    output.line(f"The evidence was in {folder / 'demo.db'}; {fate}.")
