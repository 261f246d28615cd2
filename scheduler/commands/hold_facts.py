"""`holdclock hold`: the facts that people put on record, one command each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson, At, HoldName, Note, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from scheduler.commands.desk import Desk
    from scheduler.recorder import Entry, Settled
    from scheduler.registry import Registry
    from scheduler.subjects import PersonRecord

app = typer.Typer()

By = Annotated[str | None, typer.Option(help="Who did it: an office or a function.")]
To = Annotated[str | None, typer.Option(help="To whom.")]


class Told(NamedTuple):
    """A hold to show, and what the reader must be told beside it."""

    name: str
    warnings: tuple[str, ...] = ()


class Given(NamedTuple):
    """What every fact may come with, as it was typed."""

    at: str | None
    reason: str | None
    note: str | None = None
    by: str | None = None
    to: str | None = None
    version: int | None = None


Act = Callable[["Registry", "Entry"], "Settled"]


@app.command("serve-copy")
def serve_copy(
    name: HoldName,
    *,
    at: At = None,
    by: By = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that a copy was served on the person: the detainer takes effect."""
    _record(
        name,
        Given(at, reason, note, by),
        "served_at",
        lambda registry, entry: registry.serve_detainer(name, entry),
        as_json_=as_json,
    )


@app.command("serve-warrant")
def serve_warrant(
    name: HoldName,
    *,
    at: At = None,
    by: By = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that the warrant was served; under some policies that starts the clock."""
    _record(
        name,
        Given(at, reason, note, by),
        "warrant_served_at",
        lambda registry, entry: registry.serve_warrant(name, entry),
        as_json_=as_json,
    )


@app.command()
def paper(
    name: HoldName,
    which: Annotated[
        str | None, typer.Argument(metavar="PAPER", help="served, warrant or judicial_order.")
    ] = None,
    *,
    paper_: Annotated[
        str | None, typer.Option("--paper", "--kind", help="The same as an option.")
    ] = None,
    at: At = None,
    by: By = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that a paper is there. It never starts, stops or moves the clock."""
    if (which is None) == (paper_ is None):
        raise typer.BadParameter("name the paper once: served, warrant or judicial_order")
    from scheduler.domain.policy import Paper
    from scheduler.errors import InvalidHoldError

    asked = (which or paper_ or "").replace("-", "_")
    if asked not in tuple(Paper):
        raise InvalidHoldError(
            f"paper: '{asked}' is unknown; use one of {', '.join(Paper)}", field="paper"
        )
    _record(
        name,
        Given(at, reason, note, by),
        "paper_at",
        lambda registry, entry: registry.receive_paper(name, entry, Paper(asked)),
        as_json_=as_json,
    )


@app.command("start-clock")
def start_clock(
    name: HoldName,
    *,
    at: At = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record when the person would otherwise have been released: the clock starts there.

    A time still to come is a forecast, and starts nothing before it is confirmed.
    """
    _record(
        name,
        Given(at, reason, note),
        "would_release_at",
        lambda registry, entry: registry.start_clock(name, entry),
        as_json_=as_json,
    )


@app.command()
def notice(
    name: HoldName,
    *,
    at: At = None,
    to: Annotated[str, typer.Option(help="Whom; only the agency's notice answers the duty.")] = (
        "agency"
    ),
    by: By = None,
    how: Annotated[str | None, typer.Option(help="By telephone, by fax, ...")] = None,
    release_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="The release as it was stated.")
    ] = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record a notice of release."""

    def act(here: Desk, entry: Entry, zone: str) -> Settled:
        from scheduler import intake

        stated = intake.read_instant(release_at, zone, "expected_release_at")
        return here.house.registry.give_notice(
            name,
            entry,
            recipient=intake.plain_text(to, "to") or "agency",
            release_at=None if stated is None else stated.instant,
            manner=intake.plain_text(how, "how"),
        )

    carry_out(name, Given(at, reason, note, by), "notice_given_at", act, as_json_=as_json)


@app.command("claim-citizenship")
def claim_citizenship(
    name: HoldName,
    *,
    at: At = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that the person claims U.S. citizenship; agent and supervisor hear at once."""
    _record(
        name,
        Given(at, reason, note),
        "at",
        lambda registry, entry: registry.claim_citizenship(name, entry),
        as_json_=as_json,
    )


@app.command()
def acknowledge(
    name: HoldName,
    *,
    at: At = None,
    arrival: Annotated[
        str | None,
        typer.Option("--arrival", "--arrival-at", metavar="TIME", help="When they come."),
    ] = None,
    by: By = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that somebody has the alert: repeats end until the next one falls due."""

    def act(here: Desk, entry: Entry, zone: str) -> Settled:
        from scheduler import intake

        read = intake.read_instant(arrival, zone, "arrival_at")
        instant = None if read is None else read.instant
        return here.house.registry.acknowledge(name, entry, instant)

    carry_out(name, Given(at, reason, note, by), "at", act, as_json_=as_json)


@app.command()
def call(
    name: HoldName,
    *,
    at: At = None,
    to: To = None,
    by: By = None,
    reason: Reason = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record a call that was made by hand."""
    _record(
        name,
        Given(at, reason, note, by, to),
        "at",
        lambda registry, entry: registry.log_call(name, entry),
        as_json_=as_json,
    )


def _record(name: str, given: Given, field: str, act: Act, *, as_json_: bool) -> None:
    carry_out(
        name,
        given,
        field,
        lambda here, entry, _: act(here.house.registry, entry),
        as_json_=as_json_,
    )


def carry_out(
    name: str,
    given: Given,
    field: str,
    act: Callable[[Desk, Entry, str], Settled],
    *,
    as_json_: bool,
) -> None:
    """Read the instant in the facility's zone, record the fact, and show the hold."""
    with desk.opened() as here:
        zone = here.views.hold(name).facility.timezone
        entry, notes = entry_of(here, given, zone, field)
        settled = act(here, entry, zone)
        show(here, Told(settled.hold.id, notes), as_json_=as_json_)


def entry_of(here: Desk, given: Given, zone: str, field: str) -> tuple[Entry, tuple[str, ...]]:
    """Read what a fact came with.

    Returns:
        The entry, and how its instant was read where that must be said.

    Raises:
        InvalidHoldError: With every value that cannot be read.
    """
    from scheduler import intake
    from scheduler.recorder import Entry

    problems = intake.Problems()
    read = problems.keep(intake.read_instant, given.at, zone, field)
    reason = problems.keep(intake.plain_text, given.reason, "reason", intake.LONGEST_REASON)
    told = intake.full_note(given.note, by=given.by, to=given.to)
    note = problems.keep(intake.plain_text, told, "note", intake.LONGEST_REASON)
    problems.raise_any()
    at: datetime | None = None if read is None else read.instant
    notes = (read.note,) if read is not None and read.note else ()
    entry = Entry(actor=here.actor, at=at, reason=reason, note=note, version=given.version)
    return entry, notes


def _subject(here: Desk, name: str) -> PersonRecord | None:
    from scheduler.subjects import Subjects

    house = here.house
    return Subjects(house.database, house.clock, house.person_cipher).show(here.actor, name)


def show(here: Desk, told: Told, *, as_json_: bool, person: bool = False) -> None:
    """Print a hold as it now stands."""
    from scheduler.views import hold_object

    view = here.views.hold(told.name)
    subject = _subject(here, told.name) if person else None
    if as_json_:
        shown: dict[str, Any] = hold_object(view, told.warnings)
        if person:
            shown["subject_name"] = None if subject is None else subject.name
            shown["a_number"] = None if subject is None else subject.a_number
        output.as_json(shown)
        return
    from scheduler.commands import hold_words

    for sentence in hold_words.sentences(view):
        output.line(sentence)
    for warning in dict.fromkeys((*told.warnings, *hold_words.reading_notes(view))):
        output.line(f"Note: {warning}")
    facts = list(hold_words.facts(view))
    if person:
        entered = subject is not None
        facts.append(("Name", subject.name or "-" if entered and subject else "not entered"))
        facts.append(
            ("A-number", subject.a_number or "-" if entered and subject else "not entered")
        )
    output.line()
    output.fields(facts)
    if hold_words.is_running(view):
        output.line()
        output.line(hold_words.MAXIMUMS)
