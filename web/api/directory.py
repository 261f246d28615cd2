"""Facilities, offices, contacts and duty lists: who holds, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from scheduler.administration import Administration
from scheduler.directory_views import DirectoryViews, directory_object
from scheduler.domain import duty_hours
from scheduler.domain.actors import Actor
from scheduler.duty_list import duty_object
from web.api import cursors, schemas, writing
from web.api import directory_shapes as shapes
from web.api.cursors import AsksPage, Page
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


def listed(
    seen: DirectoryViews, noun: str, asked: cursors.Asked, *, key: str = "code"
) -> dict[str, Any]:
    """Return a page of a noun, by code or id."""
    after = cursors.read(noun, asked.cursor, 1)
    rows = seen.page(noun, after=None if after is None else after[0], limit=asked.limit + 1)
    return cursors.page(noun, rows, asked.limit, lambda row: (row[key],)).data(shown)


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
    router = writing.router(prefix="/facilities", tags=["facilities"])
    directory, desk = parts.directory, parts.administration

    def read(caller: Asks, code: str) -> dict[str, Any]:
        return shown(directory.seen_by(caller.actor).get("facility", code))

    @router.get(
        "",
        response_model=Page[Facility],
        responses=schemas.reading() | schemas.listing("Facilities, by code.", shapes.FACILITY),
    )
    def listfacilities(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the facilities: all of them, or those that are yours."""
        return listed(directory.seen_by(caller.actor), "facility", asked)

    @router.get(
        "/{code}",
        response_model=Facility,
        responses=schemas.reading(404) | schemas.answer(200, "It.", example=shapes.FACILITY),
    )
    def show_facility(code: Code, caller: Asks) -> dict[str, Any]:
        """Show a facility."""
        return read(caller, code)

    @router.post(
        "",
        status_code=201,
        response_model=Facility,
        responses=schemas.writing(404)
        | schemas.answer(
            201,
            "It was added.",
            example=shapes.FACILITY,
            headers=schemas.MADE,
            links=schemas.links(
                "code",
                "showFacility",
                "editFacility",
                "disableFacility",
                "enableFacility",
                found="code",
            ),
        ),
        openapi_extra=schemas.body_example(
            {
                "code": "OAK",
                "name": "Oakmont jail",
                "state": "NC",
                "timezone": "America/New_York",
                "office_code": "EAST",
                "phone": "+1 919 555 0142",
            }
        ),
    )
    def add_facility(body: NewFacility, caller: Administers, response: Response) -> dict[str, Any]:
        """Add a facility."""
        code = new_facility(desk, caller.actor, body)
        made(response, "facilities", code)
        return read(caller, code)

    @router.patch(
        "/{code}",
        response_model=Facility,
        responses=schemas.writing(404)
        | schemas.answer(200, "As it is now.", example=shapes.FACILITY),
        openapi_extra=schemas.body_example({"phone": "+1 919 555 0143", "ladder": ["4 h", "1 h"]}),
    )
    def edit_facility(code: Code, body: FacilityEdit, caller: Administers) -> dict[str, Any]:
        """Change a facility. Holds on record keep the policy and calendar they pinned."""
        desk.edit(caller.actor, "facility", code, body.model_dump(exclude_unset=True))
        return read(caller, code)

    @router.post(
        "/{code}/disable",
        response_model=Facility,
        responses=schemas.writing(404) | schemas.answer(200, "It is off.", example=shapes.FACILITY),
    )
    def disable_facility(code: Code, caller: Administers) -> dict[str, Any]:
        """Switch a facility off; it stays on record."""
        desk.disable(caller.actor, "facility", code)
        return read(caller, code)

    @router.post(
        "/{code}/enable",
        response_model=Facility,
        responses=schemas.writing(404)
        | schemas.answer(200, "It is on again.", example=shapes.FACILITY),
    )
    def enable_facility(code: Code, caller: Administers) -> dict[str, Any]:
        """Switch a facility on again."""
        desk.enable(caller.actor, "facility", code)
        return read(caller, code)

    return router


def offices(parts: Parts) -> APIRouter:
    """Return the routes of offices and their duty lists."""
    router = writing.router(prefix="/offices", tags=["offices"])
    directory, desk = parts.directory, parts.administration

    def read(caller: Asks, code: str) -> dict[str, Any]:
        return shown(directory.seen_by(caller.actor).get("office", code))

    @router.get(
        "",
        response_model=Page[Office],
        responses=schemas.reading() | schemas.listing("Offices, by code.", shapes.OFFICE),
    )
    def listoffices(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the offices: all of them, yours, or those of your facilities."""
        return listed(directory.seen_by(caller.actor), "office", asked)

    @router.get(
        "/{code}",
        response_model=Office,
        responses=schemas.reading(404) | schemas.answer(200, "It.", example=shapes.OFFICE),
    )
    def show_office(code: Code, caller: Asks) -> dict[str, Any]:
        """Show an office."""
        return read(caller, code)

    @router.get(
        "/{code}/duty-list",
        response_model=DutyList,
        responses=schemas.reading(404) | schemas.answer(200, "As it is now.", example=shapes.DUTY),
    )
    def show_duty_list(code: Code, caller: Asks) -> dict[str, Any]:
        """Show who is on duty at an office now, and whom an unanswered reminder goes on to."""
        return duty_object(code, directory.seen_by(caller.actor).duty(code))

    @router.post(
        "",
        status_code=201,
        response_model=Office,
        responses=schemas.writing()
        | schemas.answer(
            201,
            "It was added.",
            example=shapes.OFFICE,
            headers=schemas.MADE,
            links=schemas.links(
                "code",
                "showOffice",
                "showDutyList",
                "editOffice",
                "disableOffice",
                "enableOffice",
                found="code",
            ),
        ),
        openapi_extra=schemas.body_example(
            {"code": "EAST", "name": "East office", "phone": "+1 919 555 0100"}
        ),
    )
    def add_office(body: NewOffice, caller: Administers, response: Response) -> dict[str, Any]:
        """Add an office of the agency."""
        code = new_office(desk, caller.actor, body)
        made(response, "offices", code)
        return read(caller, code)

    @router.patch(
        "/{code}",
        response_model=Office,
        responses=schemas.writing(404)
        | schemas.answer(200, "As it is now.", example=shapes.OFFICE),
        openapi_extra=schemas.body_example({"phone": "+1 919 555 0101"}),
    )
    def edit_office(code: Code, body: OfficeEdit, caller: Administers) -> dict[str, Any]:
        """Change an office."""
        desk.edit(caller.actor, "office", code, body.model_dump(exclude_unset=True))
        return read(caller, code)

    @router.post(
        "/{code}/disable",
        response_model=Office,
        responses=schemas.writing(404) | schemas.answer(200, "It is off.", example=shapes.OFFICE),
    )
    def disable_office(code: Code, caller: Administers) -> dict[str, Any]:
        """Switch an office off; it stays on record."""
        desk.disable(caller.actor, "office", code)
        return read(caller, code)

    @router.post(
        "/{code}/enable",
        response_model=Office,
        responses=schemas.writing(404)
        | schemas.answer(200, "It is on again.", example=shapes.OFFICE),
    )
    def enable_office(code: Code, caller: Administers) -> dict[str, Any]:
        """Switch an office on again."""
        desk.enable(caller.actor, "office", code)
        return read(caller, code)

    return router


def contacts(parts: Parts) -> APIRouter:
    """Return the routes of contacts."""
    router = writing.router(prefix="/contacts", tags=["contacts"])
    directory, desk = parts.directory, parts.administration

    def read(caller: Asks, contact_id: str) -> dict[str, Any]:
        return shown(directory.seen_by(caller.actor).get("contact", contact_id))

    @router.get(
        "",
        response_model=Page[Contact],
        responses=schemas.reading() | schemas.listing("Contacts, by id.", shapes.CONTACT),
    )
    def listcontacts(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the contacts: all of them, or those of your facilities and offices."""
        return listed(directory.seen_by(caller.actor), "contact", asked, key="id")

    @router.get(
        "/{contact_id}",
        response_model=Contact,
        responses=schemas.reading(404) | schemas.answer(200, "It.", example=shapes.CONTACT),
    )
    def show_contact(contact_id: Id, caller: Asks) -> dict[str, Any]:
        """Show a contact."""
        return read(caller, contact_id)

    @router.post(
        "",
        status_code=201,
        response_model=Contact,
        responses=schemas.writing(404)
        | schemas.answer(
            201,
            "It was added.",
            example=shapes.CONTACT,
            headers=schemas.MADE,
            links=schemas.links(
                "contact_id", "showContact", "editContact", "disableContact", "enableContact"
            ),
        ),
        openapi_extra=schemas.body_example(
            {
                "office_code": "EAST",
                "name": "Duty officer",
                "place": 1,
                "timezone": "America/New_York",
                "schedule": "mon-fri 08:00-18:00",
            }
        ),
    )
    def add_contact(body: NewContact, caller: Administers, response: Response) -> dict[str, Any]:
        """Add a recipient of alerts."""
        contact_id = new_contact(desk, caller.actor, body)
        made(response, "contacts", contact_id)
        return read(caller, contact_id)

    @router.patch(
        "/{contact_id}",
        response_model=Contact,
        responses=schemas.writing(404)
        | schemas.answer(200, "As it is now.", example=shapes.CONTACT),
        openapi_extra=schemas.body_example({"schedule": None}),
    )
    def edit_contact(contact_id: Id, body: ContactEdit, caller: Administers) -> dict[str, Any]:
        """Change a contact."""
        desk.edit(caller.actor, "contact", contact_id, body.model_dump(exclude_unset=True))
        return read(caller, contact_id)

    @router.post(
        "/{contact_id}/disable",
        response_model=Contact,
        responses=schemas.writing(404) | schemas.answer(200, "It is off.", example=shapes.CONTACT),
    )
    def disable_contact(contact_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch a contact off; it stays on record."""
        desk.disable(caller.actor, "contact", contact_id)
        return read(caller, contact_id)

    @router.post(
        "/{contact_id}/enable",
        response_model=Contact,
        responses=schemas.writing(404)
        | schemas.answer(200, "It is on again.", example=shapes.CONTACT),
    )
    def enable_contact(contact_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch a contact on again."""
        desk.enable(caller.actor, "contact", contact_id)
        return read(caller, contact_id)

    return router
