"""Facilities, offices and contacts, as an administrator changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from scheduler import sentences
from scheduler.domain import routing
from scheduler.domain.instants import duration_text
from scheduler.domain.ladder import LADDER
from scheduler.duty_list import duty_object, turns
from web.api import directory as api
from web.api import directory_shapes as shapes
from web.identity import Person
from web.pages.administration.fields import ZONE, Choices
from web.pages.administration.nouns import Act, Asked, Done, Noun, Row, is_off, is_on
from web.parts import Parts

USUAL_LADDER: Final = f"as usual: {', '.join(map(duration_text, LADDER))}"
WEEK: Final = timedelta(days=7)
ALERTS: Final = {kind: sentences.alert_title(kind) for kind in sorted(routing.TYPES)}
SIDES: Final = {
    "office": "The office",
    "supervisor": "The office's supervisor",
    "facility": "The facility",
    "administrators": "The administrators",
}


def facilities(parts: Parts) -> Noun:
    """Return what facilities are on pages."""
    desk = parts.administration
    families = [(name, f"{name}: whichever is in force") for name in parts.book.families]
    named = families + [(each.id, f"{each.id}: {each.title}") for each in parts.book.enabled()]

    def policies(_: Person) -> Choices:
        return named

    return Noun(
        path="facilities",
        title="Facilities",
        one="facility",
        told="The jails: where each is, which policy its new holds take, and which office is told.",
        key="code",
        shape=shapes.Facility,
        columns=("code", "state", "policy", "office_code", "phone"),
        words={"policy": dict(named), "ladder": {"": USUAL_LADDER}},
        rows=rows(parts, "facility"),
        get=getting(parts, "facility"),
        adds=[
            Act(
                name="facility",
                title="New facility",
                body=shapes.NewFacility,
                choices={"policy": policies},
                do=lambda asked: Done(api.new_facility(desk, asked.actor, asked.body)),
            )
        ],
        acts=[
            Act(
                name="edit",
                title="Change",
                told="Holds on record keep the policy and the reminders that they began with.",
                body=shapes.FacilityEdit,
                choices={"policy": policies},
                is_edit=True,
                do=editing(parts, "facility"),
            ),
            *switches(
                parts,
                "facility",
                "It is marked as out of use. Its holds, and alerts about them, go on as before.",
            ),
        ],
    )


def offices(parts: Parts) -> Noun:
    """Return what offices are on pages."""
    desk = parts.administration

    def more(person: Person, row: Row) -> Mapping[str, Any]:
        duty = parts.directory.seen_by(person.actor).duty(row["code"])
        zones = [each.on_duty.zone for each in duty.roster.duty_list if each.on_duty is not None]
        return {
            "duty": duty_object(row["code"], duty),
            "turns": [(each, duty.names[each.first.id]) for each in turns(duty, duty.now + WEEK)],
            # An office has no zone: it is told in that of who stands first on its list.
            "zone": zones[0] if zones else ZONE,
        }

    return Noun(
        path="offices",
        title="Offices",
        one="office",
        told="The agency's offices: who of each is on duty, and whom an alert goes on to.",
        template="administration/office.html",
        more=more,
        key="code",
        shape=shapes.Office,
        columns=("code", "phone"),
        rows=rows(parts, "office"),
        get=getting(parts, "office"),
        adds=[
            Act(
                name="office",
                title="New office",
                body=shapes.NewOffice,
                do=lambda asked: Done(api.new_office(desk, asked.actor, asked.body)),
            )
        ],
        acts=[
            Act(
                name="edit",
                title="Change",
                body=shapes.OfficeEdit,
                is_edit=True,
                do=editing(parts, "office"),
            ),
            *switches(
                parts,
                "office",
                "It is marked as out of use. Its contacts are still told: switch each of them off as well.",
            ),
        ],
    )


def contacts(parts: Parts) -> Noun:
    """Return what contacts are on pages."""
    desk = parts.administration

    def kinds(_: Person) -> Choices:
        return list(ALERTS.items())

    return Noun(
        path="contacts",
        title="Contacts",
        one="contact",
        told="Who hears of alerts: a function rather than a person, with its hours and its places.",
        key="id",
        shape=shapes.Contact,
        columns=("side", "office_code", "facility_code", "place", "schedule"),
        rows=rows(parts, "contact"),
        get=getting(parts, "contact"),
        words={"side": SIDES, "kinds": {**ALERTS, "": "all"}, "schedule": {"": "always"}},
        adds=[
            Act(
                name="contact",
                title="New contact",
                told="Say whose it is: exactly one of an office, a facility, the administrators.",
                body=shapes.NewContact,
                choices={"kinds": kinds},
                do=lambda asked: Done(api.new_contact(desk, asked.actor, asked.body)),
            )
        ],
        acts=[
            Act(
                name="edit",
                title="Change",
                body=shapes.ContactEdit,
                choices={"kinds": kinds},
                is_edit=True,
                do=editing(parts, "contact"),
            ),
            *switches(
                parts,
                "contact",
                "No alert goes to it any more, and the links in alerts that it got end.",
            ),
        ],
    )


def rows(parts: Parts, noun: str) -> Callable[[Person], Sequence[Row]]:
    """Return what lists a noun of the directory."""
    return lambda person: [
        api.shown(row) for row in parts.directory.seen_by(person.actor).all_of(noun)
    ]


def getting(parts: Parts, noun: str) -> Callable[[Person, str], Row]:
    """Return what reads one of a noun of the directory."""
    return lambda person, name: api.shown(parts.directory.seen_by(person.actor).get(noun, name))


def editing(parts: Parts, noun: str) -> Callable[[Asked], Done]:
    """Return what changes one of a noun of the directory."""

    def edit(asked: Asked) -> Done:
        values = asked.body.model_dump(exclude_unset=True)
        parts.administration.edit(asked.actor, noun, asked.name, values, was=asked.was)
        return Done(asked.name)

    return edit


def switches(parts: Parts, noun: str, told: str) -> list[Act]:
    """Return what switches one off, and on again."""

    def disable(asked: Asked) -> Done:
        parts.administration.disable(asked.actor, noun, asked.name)
        return Done(asked.name)

    def enable(asked: Asked) -> Done:
        parts.administration.enable(asked.actor, noun, asked.name)
        return Done(asked.name)

    return [
        Act(
            name="disable",
            title="Switch off",
            told=f"{told} It stays on record, and can be switched on again.",
            do=disable,
            is_offered=is_on,
        ),
        Act(name="enable", title="Switch on again", do=enable, is_offered=is_off),
    ]
