"""`holdclock hold`: how a hold ended, one command for each common way and one for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import hold_facts
from scheduler.commands.hold_facts import By, Given, To
from scheduler.commands.options import AsJson, At, HoldName, Note, Reason

if TYPE_CHECKING:
    from scheduler.commands.desk import Desk
    from scheduler.domain.hold import Outcome
    from scheduler.recorder import Entry, Settled

app = typer.Typer()


@app.command()
def transfer(
    name: HoldName,
    *,
    at: At = None,
    by: By = None,
    to: To = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that the agency took custody."""
    _close(name, Given(at, reason, note, by, to), "transferred", as_json_=as_json)


@app.command()
def release(
    name: HoldName,
    *,
    at: At = None,
    basis: Annotated[
        str | None,
        typer.Option(help="Bond, dismissed, acquitted, time served, diversion, other."),
    ] = None,
    by: By = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that the person was released."""
    _close(name, Given(at, reason, note, by), "released", basis=basis, as_json_=as_json)


@app.command()
def cancel(
    name: HoldName,
    *,
    at: At = None,
    by: By = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that the agency cancelled the detainer."""
    _close(name, Given(at, reason, note, by), "cancelled", as_json_=as_json)


@app.command()
def decline(
    name: HoldName,
    *,
    at: At = None,
    by: By = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that the facility will not hold."""
    _close(name, Given(at, reason, note, by), "declined", as_json_=as_json)


@app.command()
def close(
    name: HoldName,
    *,
    as_: Annotated[str, typer.Option("--as", help="superseded, other_custody, died or escaped.")],
    at: At = None,
    by: Annotated[
        str | None, typer.Option(help="Of a superseded hold: the newer hold's id or reference.")
    ] = None,
    to: To = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record another end of the hold."""
    is_superseded = as_ == "superseded"
    given = Given(at, reason, note, None if is_superseded else by, to)
    _close(name, given, as_, successor=by if is_superseded else None, as_json_=as_json)


def _close(
    name: str,
    given: Given,
    outcome: str,
    *,
    basis: str | None = None,
    successor: str | None = None,
    as_json_: bool,
) -> None:
    def act(here: Desk, entry: Entry, _: str) -> Settled:
        from scheduler import intake

        return here.house.registry.record_outcome(
            name,
            entry,
            _outcome(outcome),
            basis=intake.plain_text(basis, "basis"),
            successor=None if successor is None else here.views.hold(successor).hold.id,
        )

    hold_facts.carry_out(name, given, "outcome_at", act, as_json_=as_json_)


def _outcome(name: str) -> Outcome:
    from scheduler.errors import InvalidHoldError
    from scheduler.intake import read_outcome

    outcome = read_outcome(name.replace("-", "_"))
    if outcome is None:
        raise InvalidHoldError("outcome: it is missing; give one", field="outcome")
    return outcome
