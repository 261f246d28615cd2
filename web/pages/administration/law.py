"""Holidays and policies, as an administrator changes them: what each moves is shown first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Final

from scheduler.amendments import Agreement
from scheduler.domain.instants import day_text
from scheduler.domain.policy import Excluded, Policy, policy_data
from scheduler.domain.speech import ANCHOR_WORDS, COUNSEL
from scheduler.errors import HoldNotFoundError
from scheduler.kept_holidays import FIELDS, holiday_object
from web.api import holidays as shapes
from web.api import policies as api
from web.api.moves import Agreed
from web.api.schemas import Shown
from web.identity import Person
from web.pages.administration import year
from web.pages.administration.fields import Choices
from web.pages.administration.nouns import Act, Asked, Done, Noun, Row, is_on, require_as_it_was
from web.parts import Parts

Choose = Callable[[Person], Choices]

SHOW: Final = "Show what it moves"
"""On the button of a form whose change is shown before it is made."""
MARKS: Final = {
    "V": "V: read word for word in the source itself",
    "Q": "Q: quoted by another source",
    "S": "S: known from a paraphrase",
    "R": "R: general knowledge, not looked up",
}
"""How well a source was checked, as `docs/law.md` has it."""
ALL: Final = {"": "all"}
"""What an empty scope reaches."""


class PolicyFacts(api.Policy):
    """A policy with all that its page tells."""

    anchor: Annotated[str, Shown("Clock starts at")]
    excludes: Annotated[list[str], Shown("Does not count")]
    reaches_open: Annotated[bool, Shown("Reaches open holds")]
    in_force: str
    applies_by: Annotated[str, Shown("In force by the date of")]
    family: Annotated[str | None, Shown("One of the family")]
    checks: Annotated[list[str], Shown("Ceiling from")]
    papers: Annotated[list[str], Shown("Papers it needs")]
    ladder: Annotated[list[str] | None, Shown("Reminders")]
    notice_overdue_after: Annotated[str, Shown("Notice is overdue after")]
    notice_reminder_before: Annotated[str | None, Shown("Reminded of notice before")]
    observed: Annotated[bool, Shown("Leaves out days in lieu")]
    duties: list[str]
    note: str


def holidays(parts: Parts) -> Noun:
    """Return what the dates that were added are on pages."""
    kept = parts.holidays

    def add(asked: Asked) -> Done:
        told = asked.body.model_dump(include=set(FIELDS))
        record, _ = kept.add(asked.actor, told, _agreement(asked))
        return Done(record.id)

    def edit(asked: Asked) -> Done:
        require_as_it_was(holiday_object(kept.get(asked.name)), asked.was)
        told = asked.body.model_dump(include=set(FIELDS), exclude_unset=True)
        # Left out, a scope stays; emptied on a form, it reaches everything again.
        values = {name: [] if value is None else value for name, value in told.items()}
        kept.edit(asked.actor, asked.name, values, _agreement(asked))
        return Done(asked.name)

    def disable(asked: Asked) -> Done:
        kept.disable(asked.actor, asked.name, _agreement(asked))
        return Done(asked.name)

    scopes = {"policies": _policies(parts), "facilities": _facilities(parts)}
    return Noun(
        path="holidays",
        title="Holidays",
        one="holiday",
        told="Dates added to the federal holidays: they do not count where holidays do not.",
        key="id",
        shape=shapes.Holiday,
        columns=("source", "policies", "states", "facilities"),
        rows=lambda person: [holiday_object(each) for each in kept.seen_by(person.actor).all()],
        get=lambda person, name: holiday_object(kept.seen_by(person.actor).get(name)),
        called=_called,
        order=lambda row: row["day"],
        words=dict.fromkeys(("policies", "states", "facilities"), ALL),
        links=[(year.PATH, "All days of a year at a facility")],
        adds=[
            Act(
                name="holiday",
                title="Add a holiday",
                told="The open holds that it moves are shown before it is added.",
                body=shapes.NewHoliday,
                without=("confirm",),
                last=("reason",),
                choices=scopes,
                button=SHOW,
                do=add,
            )
        ],
        acts=[
            Act(
                name="edit",
                title="Change the holiday",
                told="The open holds that it moves are shown before it is changed.",
                body=shapes.HolidayEdit,
                without=("confirm",),
                last=("reason",),
                choices=scopes,
                is_edit=True,
                is_offered=is_on,
                button=SHOW,
                do=edit,
            ),
            Act(
                name="disable",
                title="Withdraw the holiday",
                told="It stays on record, and the day counts again. The open holds that this "
                "moves are shown first.",
                body=Agreed,
                without=("confirm",),
                is_offered=is_on,
                button=SHOW,
                do=disable,
            ),
        ],
    )


def policies(parts: Parts) -> Noun:
    """Return what policies are on pages."""
    book = parts.book

    def get(_: Person, name: str) -> Row:
        if name not in book:
            raise HoldNotFoundError(f"policy '{name}': there is none on record")
        return _policy(book[name])

    def apply(asked: Asked) -> Done:
        parts.amendments.apply_policy(asked.actor, asked.name, _agreement(asked))
        return Done(asked.name)

    return Noun(
        path="policies",
        title="Policies",
        one="policy",
        told=f"The rules on record, each with its source. {COUNSEL}",
        key="id",
        shape=PolicyFacts,
        columns=("id", "anchor", "limit", "excludes", "notice", "mark", "enabled"),
        rows=lambda _: [_policy(each) for each in book.values()],
        get=get,
        called=lambda row: str(row["title"]),
        # As the file has them: the forms of the agency first.
        order=lambda row: not row["enabled"],
        words=_policy_words(parts),
        template="administration/policy.html",
        more=lambda _person, _row: {"counsel": COUNSEL},
        acts=[
            Act(
                name="apply",
                title="Apply to open holds",
                told="This law says that it reaches holds that were open when it came: those of "
                "facilities that follow it. They are shown before they are changed.",
                body=Agreed,
                without=("confirm",),
                is_offered=lambda row: bool(row["reaches_open"]),
                button=SHOW,
                do=apply,
            )
        ],
    )


def _agreement(asked: Asked) -> Agreement:
    return Agreement(asked.body.reason, is_given=True, to=asked.seen)


def _called(row: Row) -> str:
    return f"{day_text(date.fromisoformat(row['day']), year=True)}: {row['name']}"


def _policies(parts: Parts) -> Choose:
    def choices(_: Person) -> Choices:
        # Where holidays count as any day, a further one changes nothing.
        heed = (each for each in parts.book.enabled() if Excluded.HOLIDAY in each.excludes)
        return [(each.id, each.title) for each in heed]

    return choices


def _facilities(parts: Parts) -> Choose:
    def choices(person: Person) -> Choices:
        rows = parts.directory.seen_by(person.actor).all_of("facility")
        return [(row["code"], f"{row['name']} ({row['code']})") for row in rows if is_on(row)]

    return choices


def _policy(policy: Policy) -> Row:
    told = policy_data(policy)
    if policy.has_clock and not policy.excludes:
        told["excludes"] = ["nothing: every hour counts"]
    return {**told, "in_force": policy.dates_text()}


def _policy_words(parts: Parts) -> dict[str, Mapping[str, str]]:
    marks = {each.mark for each in parts.book.values()}
    return {
        "anchor": {str(anchor): words for anchor, words in ANCHOR_WORDS.items()},
        "mark": {mark: "; ".join(MARKS[each] for each in mark.split("/")) for mark in marks},
        "excludes": {"saturday": "Saturdays", "sunday": "Sundays", "holiday": "holidays"},
        "ladder": {"": "the usual ones"},
        "papers": {"served": "copy served", "judicial_order": "judicial order"},
    }
