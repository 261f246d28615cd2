"""`holdclock policy`: the rules on record, their sources, and whether a file of them is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.commands import deadline, desk, moves, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from scheduler.domain.policy import Policy

app = typer.Typer(no_args_is_help=True)

HEADINGS = ("policy", "clock starts at", "limit", "does not count", "notice", "in force", "mark")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List every policy on record, those that are switched off included."""
    book = deadline.read_law().book
    if as_json:
        output.as_json([_data(policy) for policy in book.values()])
        return
    output.table(HEADINGS, map(_row, book.values()))
    _counsel()


@app.command()
def show(
    policy: Annotated[str, typer.Argument(metavar="ID", help="The policy.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show one policy with its source, and how well that was checked."""
    from scheduler.errors import HoldNotFoundError

    book = deadline.read_law().book
    found = book.get(policy)
    if found is None:
        known = ", ".join(book)
        raise HoldNotFoundError(f"policy '{policy}': there is none on record; use one of {known}")
    if as_json:
        output.as_json(_data(found))
        return
    output.fields((name.replace("_", " "), value) for name, value in _data(found).items())
    _counsel()


@app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE.toml]", help="A policies file; that of the settings if not given."
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check a policies file: every problem is listed with policy and field."""
    if file is None:
        book = deadline.read_law().book
    else:
        from config.policies import load_policies

        book = load_policies(file)
    if as_json:
        output.as_json({"policies": len(book), "enabled": len(book.enabled()), "problems": []})
        return
    output.line(
        f"{len(book)} policies on record, {len(book.enabled())} of them in use; all are right."
    )


@app.command()
def apply(
    policy: Annotated[str, typer.Argument(metavar="ID", help="A law that reaches open holds.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stays on the record of every hold.")],
    yes: moves.Yes = False,
    as_json: AsJson = False,
) -> None:
    """Bring a new law to the open holds that it reaches; they are listed first."""
    with desk.opened() as here:
        amendments = here.house.amendments
        found = moves.data(amendments.policy_moves(policy))
        if moves.is_agreed(found, yes=yes, as_json_=as_json):
            amendments.apply_policy(here.actor, policy, moves.agreement(reason))
        moves.show_applied(found, as_json_=as_json)


def _data(policy: Policy) -> dict[str, Any]:
    from scheduler.domain.policy import policy_data

    return policy_data(policy)


def _row(policy: Policy) -> tuple[str, ...]:
    from scheduler.domain.instants import duration_text
    from scheduler.domain.speech import ANCHOR_WORDS

    return (
        policy.id if policy.enabled else f"{policy.id} (off)",
        ANCHOR_WORDS[policy.anchor],
        "" if policy.limit is None else duration_text(policy.limit),
        ", ".join(sorted(policy.excludes)),
        policy.notice,
        policy.dates_text(),
        policy.mark,
    )


def _counsel() -> None:
    from scheduler.domain.speech import COUNSEL

    output.line(COUNSEL)
