"""`holdclock hold`: register, list, show, explain, correct."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.commands import desk, hold_corrections, hold_facts, hold_outcomes, output
from scheduler.commands.options import AsJson, HoldName, Limit

if TYPE_CHECKING:
    from scheduler.intake import Registration
    from scheduler.registry import Registered

app = typer.Typer(no_args_is_help=True)


@app.command()
def register(
    *,
    facility: Annotated[str, typer.Option(metavar="CODE", help="Where the person is held.")],
    ref: Annotated[str, typer.Option(metavar="REF", help="The facility's own reference.")],
    type_: Annotated[str, typer.Option("--type", help="The form.")] = "I-247A",
    policy: Annotated[
        str | None, typer.Option(metavar="ID", help="Another policy than the facility's.")
    ] = None,
    lodged_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the detainer came; now if not given.")
    ] = None,
    served_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When a copy was served on the person.")
    ] = None,
    would_release_at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When the person would otherwise have been released; one to come is a forecast.",
        ),
    ] = None,
    warrant_served_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the warrant was served.")
    ] = None,
    expected_release_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the release is expected: a forecast.")
    ] = None,
    notice_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the agency was told of the release.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(help="How it ended: a record kept on paper comes in as one entry."),
    ] = None,
    outcome_at: Annotated[str | None, typer.Option(metavar="TIME", help="When it ended.")] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why; needed for what lies more than 72 h back.")
    ] = None,
    subject_stdin: Annotated[
        bool,
        typer.Option(
            "--subject-stdin",
            help='Read {"subject_name": ..., "a_number": ...} from standard input.',
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register a detainer. The same again returns the hold that is there.

    Times without an offset are local to the facility.
    """
    fields = {
        "facility_code": facility,
        "hold_ref": ref,
        "detainer_type": type_,
        "policy": policy,
        "lodged_at": lodged_at,
        "served_at": served_at,
        "would_release_at": would_release_at,
        "warrant_served_at": warrant_served_at,
        "expected_release_at": expected_release_at,
        "notice_given_at": notice_at,
        "outcome": outcome,
        "outcome_at": outcome_at,
        "reason": reason,
    }
    if subject_stdin:
        fields |= _subject(sys.stdin.buffer.read())
    with desk.opened(with_keys=subject_stdin) as here:
        from scheduler import intake

        zone = here.views.facility(facility).timezone
        asked = intake.read_registration(fields, zone, here.views.now())
        done = here.house.registry.register_hold(asked, here.actor)
        told = hold_facts.Told(done.hold.id, (*asked.notes, *done.warnings))
        if not as_json:
            output.line(_headline(done, asked))
        hold_facts.show(here, told, as_json_=as_json)


def _headline(done: Registered, asked: Registration) -> str:
    if done.is_new:
        return f"Registered {asked.hold_ref} as hold {done.hold.id}."
    return f"{asked.hold_ref} is on record already, as hold {done.hold.id}; nothing was added."


def _subject(raw: bytes) -> dict[str, Any]:
    """Read who is held. What was typed is never quoted back."""
    import orjson

    from scheduler.errors import InvalidHoldError

    allowed = 'write one JSON object with "subject_name" and "a_number", both texts'
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise InvalidHoldError(f"standard input: it is not JSON; {allowed}") from None
    if not isinstance(given, dict) or not set(given) <= {"subject_name", "a_number"}:
        raise InvalidHoldError(f"standard input: it has another shape; {allowed}")
    return given


@app.command("list")
def list_(
    *,
    facility: Annotated[str | None, typer.Option(metavar="CODE", help="Of one facility.")] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="In this state; may be given several times.")
    ] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are open.")] = False,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List holds: open ones by the next limit, then the closed, the last first."""
    with desk.opened(to_read=True) as here:
        from scheduler.views import hold_object

        views = here.views.holds(
            facility_code=facility,
            statuses=_statuses(status),
            only_open=only_open,
            limit=limit,
        )
        if as_json:
            output.as_json([hold_object(view) for view in views])
            return
        from scheduler.commands import hold_words

        watch = hold_words.watch(here.views.last_look_at(), here.views.now(), is_empty=not views)
        if watch:
            output.line(watch)
        if not views:
            return
        output.table(hold_words.LIST_HEADINGS, map(hold_words.list_row, views))


def _statuses(names: list[str] | None) -> list[str] | None:
    from scheduler.domain.hold import Status
    from scheduler.errors import InvalidHoldError

    for name in names or ():
        if name not in tuple(Status):
            raise InvalidHoldError(
                f"status: '{name}' is unknown; use one of {', '.join(Status)}", field="status"
            )
    return names or None


@app.command()
def show(
    name: HoldName,
    *,
    person: Annotated[
        bool, typer.Option("--person", help="Also show who is held, if that was entered.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one hold: where it stands, every fact on record, what is missing."""
    with desk.opened(with_keys=person, to_read=True) as here:
        hold_facts.show(here, hold_facts.Told(name), as_json_=as_json, person=person)


@app.command()
def explain(name: HoldName, *, as_json: AsJson = False) -> None:
    """Print how a hold's limits were worked out, and what other policies would say."""
    with desk.opened(to_read=True) as here:
        from scheduler.domain.explanation import explanation_data

        found = here.views.explanation(name)
        if as_json:
            output.as_json(explanation_data(found))
            return
        from scheduler.commands import explanation_words

        explanation_words.show(found)


app.add_typer(hold_facts.app)
app.add_typer(hold_outcomes.app)
app.add_typer(hold_corrections.app)
