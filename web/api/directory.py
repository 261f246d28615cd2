"""Facilities, offices, contacts and duty lists: who holds, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from scheduler.administration import Administration
from scheduler.directory_views import directory_object
from scheduler.domain import duty_hours
from scheduler.domain.actors import Actor
from scheduler.duty_list import duty_object
from web.api import cursors, schemas
from web.api import directory_shapes as shapes
from web.api.cursors import AsksPage
from web.api.directory_shapes import (
    Code,
    Contact,
    ContactEdit,
    DutyList,
    Facility,
    FacilityEdit,
    Id,
    NewContact,
    NewFacility,
    NewOffice,
    Office,
    OfficeEdit,
)
from web.api.nouns import Noun, Sent
from web.api.schemas import Body
from web.identity import Asks
from web.parts import Parts
from web.rules import Administers


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as it is sent: hours in the words that are taken, too."""
    told = directory_object(row)
    if row.get("schedule"):
        told["schedule"] = duty_hours.schedule_text(duty_hours.schedule_from(row["schedule"]))
    if row.get("quiet_hours"):
        told["quiet_hours"] = duty_hours.quiet_text(duty_hours.quiet_from(row["quiet_hours"]))
    return told


class Kept:
    """One kind of thing in the directory, as whoever asks may see and change it.

    Args:
        parts: What it is read and changed through.
        noun: As the record calls it.
        key: The field that names one of them.
    """

    def __init__(self, parts: Parts, noun: str, *, key: str = "code") -> None:
        self._directory = parts.directory
        self._desk = parts.administration
        self._noun = noun
        self._key = key

    def page(self, caller: Asks, asked: cursors.Asked) -> dict[str, Any]:
        """Return a page of those that they see, by code or id."""
        after = cursors.read(self._noun, asked.cursor, 1)
        rows = self._directory.seen_by(caller.actor).page(
            self._noun, after=None if after is None else after[0], limit=asked.limit + 1
        )
        found = cursors.page(self._noun, rows, asked.limit, lambda row: (row[self._key],))
        return found.data(shown)

    def one(self, caller: Asks, name: str) -> dict[str, Any]:
        """Return one that they see."""
        return shown(self._directory.seen_by(caller.actor).get(self._noun, name))

    def edit(self, caller: Administers, name: str, body: Body) -> dict[str, Any]:
        """Change one as it was sent: what was left out stays."""
        self._desk.edit(caller.actor, self._noun, name, body.model_dump(exclude_unset=True))
        return self.one(caller, name)

    def disable(self, caller: Administers, name: str) -> dict[str, Any]:
        """Switch one off."""
        self._desk.disable(caller.actor, self._noun, name)
        return self.one(caller, name)

    def enable(self, caller: Administers, name: str) -> dict[str, Any]:
        """Switch one on again."""
        self._desk.enable(caller.actor, self._noun, name)
        return self.one(caller, name)


def made(response: Response, noun: str, name: str) -> None:
    """Say where what was added is."""
    response.headers["Location"] = f"/api/v1/{noun}/{name}"


def new_facility(desk: Administration, actor: Actor, body: NewFacility) -> str:
    """Add a facility as it was sent; returns its code."""
    values = body.model_dump()
    return desk.add_facility(actor, values.pop("code"), office=values.pop("office_code"), **values)


def new_office(desk: Administration, actor: Actor, body: NewOffice) -> str:
    """Add an office as it was sent; returns its code."""
    return desk.add_office(actor, body.code, name=body.name, phone=body.phone)


def new_contact(desk: Administration, actor: Actor, body: NewContact) -> str:
    """Add a contact as it was sent; returns its id."""
    values = body.model_dump()
    return desk.add_contact(
        actor, office=values.pop("office_code"), facility=values.pop("facility_code"), **values
    )


def facilities(parts: Parts) -> APIRouter:
    """Return the routes of facilities."""
    noun = Noun("facilities", "code", Sent(Facility, shapes.FACILITY))
    kept = Kept(parts, "facility")

    @noun.lists("Facilities, by code.")
    def list_facilities(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the facilities: all of them, or those that are yours."""
        return kept.page(caller, asked)

    @noun.shows()
    def show_facility(code: Code, caller: Asks) -> dict[str, Any]:
        """Show a facility."""
        return kept.one(caller, code)

    @noun.adds(
        "It was added.",
        {
            "code": "OAK",
            "name": "Oakmont jail",
            "state": "NC",
            "timezone": "America/New_York",
            "office_code": "EAST",
            "phone": "+1 919 555 0142",
        },
        then=("showFacility", "editFacility", "disableFacility", "enableFacility"),
    )
    def add_facility(body: NewFacility, caller: Administers, response: Response) -> dict[str, Any]:
        """Add a facility."""
        code = new_facility(parts.administration, caller.actor, body)
        made(response, "facilities", code)
        return kept.one(caller, code)

    @noun.edits({"phone": "+1 919 555 0143", "ladder": ["4 h", "1 h"]})
    def edit_facility(code: Code, body: FacilityEdit, caller: Administers) -> dict[str, Any]:
        """Change a facility. Holds on record keep the policy and calendar they pinned."""
        return kept.edit(caller, code, body)

    @noun.does("disable", "It is off.")
    def disable_facility(code: Code, caller: Administers) -> dict[str, Any]:
        """Switch a facility off; it stays on record."""
        return kept.disable(caller, code)

    @noun.does("enable", "It is on again.")
    def enable_facility(code: Code, caller: Administers) -> dict[str, Any]:
        """Switch a facility on again."""
        return kept.enable(caller, code)

    return noun.router


def offices(parts: Parts) -> APIRouter:
    """Return the routes of offices and their duty lists."""
    noun = Noun("offices", "code", Sent(Office, shapes.OFFICE))
    kept = Kept(parts, "office")

    @noun.lists("Offices, by code.")
    def list_offices(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the offices: all of them, yours, or those of your facilities."""
        return kept.page(caller, asked)

    @noun.shows()
    def show_office(code: Code, caller: Asks) -> dict[str, Any]:
        """Show an office."""
        return kept.one(caller, code)

    @noun.router.get(
        "/{code}/duty-list",
        response_model=DutyList,
        responses=schemas.reading(404) | schemas.answer(200, "As it is now.", example=shapes.DUTY),
    )
    def show_duty_list(code: Code, caller: Asks) -> dict[str, Any]:
        """Show who is on duty at an office now, and whom an unanswered reminder goes on to."""
        return duty_object(code, parts.directory.seen_by(caller.actor).duty(code))

    @noun.adds(
        "It was added.",
        {"code": "EAST", "name": "East office", "phone": "+1 919 555 0100"},
        then=("showOffice", "showDutyList", "editOffice", "disableOffice", "enableOffice"),
        refuses=(),
    )
    def add_office(body: NewOffice, caller: Administers, response: Response) -> dict[str, Any]:
        """Add an office of the agency."""
        code = new_office(parts.administration, caller.actor, body)
        made(response, "offices", code)
        return kept.one(caller, code)

    @noun.edits({"phone": "+1 919 555 0101"})
    def edit_office(code: Code, body: OfficeEdit, caller: Administers) -> dict[str, Any]:
        """Change an office."""
        return kept.edit(caller, code, body)

    @noun.does("disable", "It is off.")
    def disable_office(code: Code, caller: Administers) -> dict[str, Any]:
        """Switch an office off; it stays on record."""
        return kept.disable(caller, code)

    @noun.does("enable", "It is on again.")
    def enable_office(code: Code, caller: Administers) -> dict[str, Any]:
        """Switch an office on again."""
        return kept.enable(caller, code)

    return noun.router


def contacts(parts: Parts) -> APIRouter:
    """Return the routes of contacts."""
    noun = Noun("contacts", "contact_id", Sent(Contact, shapes.CONTACT))
    kept = Kept(parts, "contact", key="id")

    @noun.lists("Contacts, by id.")
    def list_contacts(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the contacts: all of them, or those of your facilities and offices."""
        return kept.page(caller, asked)

    @noun.shows()
    def show_contact(contact_id: Id, caller: Asks) -> dict[str, Any]:
        """Show a contact."""
        return kept.one(caller, contact_id)

    @noun.adds(
        "It was added.",
        {
            "office_code": "EAST",
            "name": "Duty officer",
            "place": 1,
            "timezone": "America/New_York",
            "schedule": "mon-fri 08:00-18:00",
        },
        then=("showContact", "editContact", "disableContact", "enableContact"),
    )
    def add_contact(body: NewContact, caller: Administers, response: Response) -> dict[str, Any]:
        """Add a recipient of alerts."""
        contact_id = new_contact(parts.administration, caller.actor, body)
        made(response, "contacts", contact_id)
        return kept.one(caller, contact_id)

    @noun.edits({"schedule": None})
    def edit_contact(contact_id: Id, body: ContactEdit, caller: Administers) -> dict[str, Any]:
        """Change a contact."""
        return kept.edit(caller, contact_id, body)

    @noun.does("disable", "It is off.")
    def disable_contact(contact_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch a contact off; it stays on record."""
        return kept.disable(caller, contact_id)

    @noun.does("enable", "It is on again.")
    def enable_contact(contact_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch a contact on again."""
        return kept.enable(caller, contact_id)

    return noun.router
