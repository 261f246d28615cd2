"""`holdclock import`: a file of holds into the live database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import desk, output, refusals
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from scheduler.history_file import BadRow
    from scheduler.import_report import Report

SHOWN_OF_A_KIND = 20
"""Close names and warnings; bad rows, conflicts and alerts are all shown."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)


def import_(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The holds, one a row.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")
    ] = False,
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="M.toml", help="What the file's own columns and words mean."),
    ] = None,
    create_facilities: Annotated[
        bool,
        typer.Option("--create-facilities", help="Add facilities that are not on record (i-247a)."),
    ] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="With one bad row, write nothing.")
    ] = False,
    alerts: Annotated[
        bool,
        typer.Option("--alerts", help="List what would be sent at once, and send it."),
    ] = False,
    correct: Annotated[
        bool, typer.Option("--correct", help="Apply values that differ from those on record.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Bring holds into the database. What is there already is never doubled.

    Closed holds are recorded as history and send nothing. Bad rows are listed by
    line, column, value and reason; the others go in.
    """
    from scheduler import import_mapping, importing, wiring
    from scheduler.history_file import read_table
    from scheduler.import_report import Options

    told = None if mapping is None else import_mapping.read_mapping(mapping)
    mapped = import_mapping.apply(read_table(file), told)
    house = wiring.open_house(desk.store_settings(), sends=alerts)
    options = Options(
        dry_run=dry_run,
        create_facilities=create_facilities,
        all_or_nothing=all_or_nothing,
        alerts=alerts,
        correct=correct,
    )
    try:
        with _progress(2 * len(mapped.sources)) as progress:
            run = importing.Importer(
                house,
                actor=desk.operator(),
                options=options,
                tell_alerts=lambda lines: _tell("would be sent at once", lines),
                progress=progress,
            )
            report = run.run(mapped)
    finally:
        house.close()
    _explain(report, dry_run=dry_run)
    if json:
        output.as_json(report.as_json())
    else:
        _print(report, dry_run=dry_run)
    if report.bad:
        raise typer.Exit(refusals.REFUSED)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Importing", total=total)
        yield lambda done: bar.update(task, completed=done)


def _explain(report: Report, *, dry_run: bool) -> None:
    """Tell, on standard error, everything that somebody should look at."""
    if dry_run:
        _tell("would be sent at once", report.alerts)
    _tell("bad rows", [_located(row) for row in report.bad])
    applied = "on record differently; --correct applies what the file has"
    _tell(applied, [_located(row) for row in report.conflicts])
    _tell("close spellings", report.close, at_most=SHOWN_OF_A_KIND)
    warnings = [f"{text} ({count} x)" for text, count in report.warnings.most_common()]
    _tell("note", warnings, at_most=SHOWN_OF_A_KIND)


def _located(row: BadRow) -> str:
    return str(row)


def _tell(heading: str, lines: list[str], *, at_most: int | None = None) -> None:
    if not lines:
        return
    output.aside(f"{heading} ({len(lines)}):")
    for line in lines[:at_most]:
        output.aside(f"  {line}")
    if at_most is not None and len(lines) > at_most:
        output.aside(f"  ... and {len(lines) - at_most} more (all of them with --json)")


def _print(report: Report, *, dry_run: bool) -> None:
    output.fields(
        (
            ("rows", report.rows),
            ("holds added", report.added),
            ("rows that say nothing new", report.unchanged),
            ("newly filled fields recorded", report.facts),
            ("fields corrected", report.corrected),
            ("left as on record", len(report.conflicts)),
            ("bad cells", len(report.bad)),
            ("facilities created", len(report.facilities)),
        )
    )
    if dry_run:
        output.line("This was a dry run: nothing was written.")
    elif not report.is_applied:
        output.line("Nothing was written: there are bad rows.")
