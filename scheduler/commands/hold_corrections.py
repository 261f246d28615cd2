"""`holdclock hold correct`: a wrong entry is answered by a new one, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import hold_facts
from scheduler.commands.hold_facts import Given
from scheduler.commands.options import AsJson, At, HoldName, Note

if TYPE_CHECKING:
    from scheduler.commands.desk import Desk
    from scheduler.recorder import Entry, Settled

app = typer.Typer()


@app.command()
def correct(
    name: HoldName,
    *,
    field: Annotated[
        str, typer.Option(help="An instant as `lodged_at`, or `outcome`, or `policy`.")
    ],
    to: Annotated[
        str | None, typer.Option(metavar="VALUE", help="The right time, outcome or policy id.")
    ] = None,
    none: Annotated[
        bool, typer.Option("--none", help="Take the entry off; without an outcome it reopens.")
    ] = False,
    at: At = None,
    reason: Annotated[
        str | None, typer.Option(help="Why; always needed. It stays on the record.")
    ] = None,
    if_version: Annotated[
        int | None, typer.Option(metavar="N", help="Only if the hold is still at this version.")
    ] = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Correct an entry. Old value, new value and reason stay on the record."""
    if (to is None) != none:
        raise typer.BadParameter("give either --to VALUE or --none")
    wanted = field.replace("-", "_")
    if at is not None and wanted != "outcome":
        raise typer.BadParameter("--at belongs to --field outcome; elsewhere --to is the time")

    def act(here: Desk, entry: Entry, zone: str) -> Settled:
        if wanted in _OTHER:
            return _OTHER[wanted](here, name, entry, to)
        return _correct_instant(here, name, entry, wanted, to=to, zone=zone)

    given = Given(at, reason, note, version=if_version)
    hold_facts.carry_out(name, given, "outcome_at", act, as_json_=as_json)


def _correct_instant(
    here: Desk, name: str, entry: Entry, field: str, *, to: str | None, zone: str
) -> Settled:
    from scheduler.domain.corrections import CORRECTABLE
    from scheduler.errors import InvalidHoldError
    from scheduler.intake import read_instant

    if field not in CORRECTABLE:
        allowed = ", ".join((*CORRECTABLE, *_OTHER))
        raise InvalidHoldError(f"field: '{field}' cannot be corrected; allowed: {allowed}")
    read = read_instant(to, zone, field)
    instant = None if read is None else read.instant
    return here.house.registry.correct_instant(name, entry, field, instant)


def _correct_outcome(here: Desk, name: str, entry: Entry, to: str | None) -> Settled:
    from scheduler.errors import InvalidHoldError
    from scheduler.intake import read_outcome

    outcome = read_outcome(to)
    if outcome is not None and entry.at is None:
        raise InvalidHoldError("at: it is missing; say when that outcome was", field="at")
    return here.house.registry.correct_outcome(name, entry, outcome)


def _correct_outcome_at(here: Desk, name: str, entry: Entry, to: str | None) -> Settled:
    """Date the outcome that is on record anew."""
    from dataclasses import replace

    from scheduler.errors import InvalidHoldError
    from scheduler.intake import read_instant

    hold, _, facility, *_ = here.views.hold(name)
    read = read_instant(to, facility.timezone, "outcome_at")
    if hold.outcome is None or read is None:
        raise InvalidHoldError(
            f"outcome_at: hold {hold.id} needs an outcome on record and a time; "
            "to take the outcome off, use the field `outcome` with none",
            field="outcome_at",
        )
    dated = replace(entry, at=read.instant)
    return here.house.registry.correct_outcome(name, dated, hold.outcome, hold.outcome_basis)


def _change_policy(here: Desk, name: str, entry: Entry, to: str | None) -> Settled:
    from scheduler.errors import InvalidHoldError

    if to is None:
        raise InvalidHoldError("policy: a hold always has one; name the right one", field="policy")
    return here.house.registry.change_policy(name, entry, to)


_OTHER = {
    "outcome": _correct_outcome,
    "outcome_at": _correct_outcome_at,
    "policy": _change_policy,
}
