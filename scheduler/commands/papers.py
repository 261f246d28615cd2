"""`holdclock roster`, `hand-over` and `packet`: what is printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson, HoldName

if TYPE_CHECKING:
    from scheduler.commands.desk import Desk
    from scheduler.papers.desk import Papers
    from scheduler.papers.document import Document

PANEL = "On paper"


class Format(StrEnum):
    """How a paper is written."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


FormatOption = Annotated[
    Format, typer.Option("--format", help="Plain text, a page made to be printed, or JSON.")
]
FacilityOption = Annotated[
    list[str] | None,
    typer.Option("--facility", metavar="CODE", help="Of this facility; may be repeated."),
]
Hours = Annotated[
    int, typer.Option(min=1, max=72, help="How many hours a hand-over looks back and ahead.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("roster", rich_help_panel=PANEL)(roster)
    app.command("hand-over", rich_help_panel=PANEL)(hand_over)
    app.command("packet", rich_help_panel=PANEL)(packet)


def roster(
    *,
    format_: FormatOption = Format.TEXT,
    facility: FacilityOption = None,
    for_hand_over: Annotated[
        bool, typer.Option("--hand-over", help="Make the shift's hand-over sheet instead.")
    ] = False,
    hours: Hours = 12,
    as_json: AsJson = False,
) -> None:
    """List open holds by their next limit, to print before an outage."""
    if for_hand_over:
        hand_over(format_=format_, facility=facility, hours=hours, as_json=as_json)
        return
    with _papers() as (_, papers):
        _write(papers.roster(facility or None), format_, as_json=as_json)


def hand_over(
    *,
    format_: FormatOption = Format.TEXT,
    facility: FacilityOption = None,
    hours: Hours = 12,
    as_json: AsJson = False,
) -> None:
    """Say what one shift hands to the next: past limits, what comes, what is missing, what was."""
    from datetime import timedelta

    with _papers() as (_, papers):
        _write(
            papers.hand_over(facility or None, span=timedelta(hours=hours)),
            format_,
            as_json=as_json,
        )


def packet(*, hold: HoldName, format_: FormatOption = Format.TEXT, as_json: AsJson = False) -> None:
    """Write the proof of notice for one hold: every fact, alert and correction, and the limit."""
    with _papers() as (here, papers):
        _write(papers.packet(hold, made_by=here.actor.name), format_, as_json=as_json)


@contextmanager
def _papers() -> Iterator[tuple[Desk, Papers]]:
    from scheduler.wiring import build_papers

    with desk.opened(to_read=True) as here:
        yield here, build_papers(here.house)


def _write(document: Document, how: Format, *, as_json: bool) -> None:
    from scheduler.papers import document as writing

    if as_json or how is Format.JSON:
        output.as_json(writing.data(document))
        return
    typer.echo(writing.html(document) if how is Format.HTML else writing.text(document), nl=False)
