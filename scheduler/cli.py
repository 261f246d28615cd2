"""The command line: every command by its name. What each does is in scheduler/commands/.

Command modules import the database, the mail and the web libraries inside their
functions: those take over half a second, which `--help`, `--version` and the
pure calculations must not pay.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from scheduler.commands import (
    api_key,
    channel,
    contact,
    database,
    deadline,
    delivery,
    demo,
    doctor,
    duty,
    events,
    facility,
    hold,
    holiday,
    importing,
    office,
    papers,
    policy,
    replay,
    report,
    user,
    wall,
    worker,
)
from scheduler.commands.refusals import GuardedGroup

app = typer.Typer(
    name="holdclock",
    cls=GuardedGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"holdclock {version('holdclock')}")
        raise typer.Exit


@app.callback()
def holdclock(
    *,
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Watch the 48-hour clock of immigration detainers."""


RUN, RECORD, WHO, ACCESS, LAW = "Run", "The record", "Who is told", "Who gets in", "The law"

demo.register(app)
app.command(rich_help_panel=RUN)(worker.serve)
app.command(rich_help_panel=RUN)(worker.web)
app.command(rich_help_panel=RUN)(worker.worker)
app.command(rich_help_panel=RUN)(database.migrate)
app.command(rich_help_panel=RUN)(doctor.doctor)

app.add_typer(
    hold.app, name="hold", help="Holds, and the facts about them.", rich_help_panel=RECORD
)
app.add_typer(events.app, name="events", help="The event log.", rich_help_panel=RECORD)

app.add_typer(facility.app, name="facility", help="The jails.", rich_help_panel=WHO)
app.add_typer(office.app, name="office", help="The agency's offices.", rich_help_panel=WHO)
app.add_typer(contact.app, name="contact", help="Who receives alerts.", rich_help_panel=WHO)
app.add_typer(channel.app, name="channel", help="How they are reached.", rich_help_panel=WHO)
app.add_typer(duty.app, name="duty", help="Who is on duty.", rich_help_panel=WHO)
app.add_typer(delivery.app, name="delivery", help="What was sent.", rich_help_panel=WHO)

app.add_typer(user.app, name="user", help="Accounts of people.", rich_help_panel=ACCESS)
app.add_typer(api_key.app, name="api-key", help="Keys of systems.", rich_help_panel=ACCESS)
app.add_typer(wall.app, name="wall", help="Screens on walls.", rich_help_panel=ACCESS)

app.add_typer(policy.app, name="policy", help="The rules on record.", rich_help_panel=LAW)
app.add_typer(holiday.app, name="holiday", help="Dates that were added.", rich_help_panel=LAW)
app.command(rich_help_panel=LAW)(deadline.deadline)
importing.register(app)
replay.register(app)
report.register(app)
papers.register(app)


def main() -> None:
    """Run the command that was named, and exit."""
    app()
