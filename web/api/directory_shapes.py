"""Facilities, offices, contacts and duty lists in shapes: what is sent and answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from scheduler import directory_values as values_of
from scheduler.domain import instants
from web.api.schemas import At, Body, Shown, Text, checked

Code = Annotated[
    str,
    Path(
        min_length=1, max_length=32, pattern=r"^[^\u0000-\u001f\u007f/]*$", description="Its code."
    ),
]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,32}$", description="Its id.")]
NewCode = Annotated[
    str,
    Field(max_length=32, pattern=r"^[A-Za-z0-9._-]+$", description="Short, as outsiders use it."),
    Shown(allowed="use letters, digits, '-', '_' and '.'"),
]
OfCode = Annotated[NewCode, Shown(hint="")]
"""The code of something else that is on record."""
State = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$"), Shown(allowed="use two letters, as NC")]
Phone = Annotated[Text, Field(max_length=40, description="Given on every alert.")]
Zone = Annotated[
    Text,
    Field(description="IANA name of its time zone."),
    checked(lambda text, _: instants.known_zone(text)),
    Shown("Time zone", hint="As America/New_York or America/Chicago."),
]
Hours = Annotated[
    str,
    Field(
        max_length=500,
        description="Weekly hours on duty, in words or as JSON; none is always.",
        examples=["mon-fri 08:00-18:00; sat 22:00-06:00"],
    ),
    checked(lambda text, _: values_of.schedule(text)),
    Shown("Hours on duty", hint="As mon-fri 08:00-18:00; sat 22:00-06:00. Left empty, always."),
]
Quiet = Annotated[
    str,
    Field(max_length=100, description="Daily hours in which early reminders wait.",
          examples=["22:00-06:00"]),
    checked(lambda text, _: values_of.quiet_hours(text)),
]  # fmt: skip
Ladder = Annotated[
    list[Annotated[str, Field(max_length=20)]],
    Field(max_length=20, description="Leads of its own reminders.", examples=[["4 h", "1 h"]]),
    checked(lambda leads, _: values_of.ladder(leads)),
    Shown("Own reminders", hint="How long before a limit, one a line, as 4 h or 30 min."),
]
Place = Annotated[
    int,
    Field(ge=0, le=1000, description="In a list, from 1; 0 is none."),
    Shown("Place in the duty list", hint="From 1, of an office's contact. Left empty, not on it."),
]
Kinds = Annotated[
    list[Annotated[str, Field(max_length=60)]],
    Field(
        max_length=40,
        description="The only alerts wanted, as webhook types.",
        examples=[["hold.reminder", "hold.ceiling_reached"]],
    ),
    checked(lambda told, _: values_of.kinds(told)),
    Shown("Only these alerts", hint="With none ticked, all that reach it."),
]


class Facility(BaseModel):
    """A jail, with its zone and the policy that its new holds take."""

    code: str
    name: str
    state: str
    timezone: str
    policy: str
    office_code: str | None
    phone: str | None
    ladder: list[str] | None
    small_counts_hidden: bool
    alerts_despite_prohibition: bool
    created_at: At
    disabled_at: At | None


class Office(BaseModel):
    """An office of the agency."""

    code: str
    name: str
    phone: str | None
    created_at: At
    disabled_at: At | None


class Contact(BaseModel):
    """A recipient of alerts: a function rather than a person."""

    id: str
    name: str
    side: Annotated[str, Shown("Whose")]
    office_code: str | None
    facility_code: str | None
    place: int | None
    timezone: str | None
    schedule: str | None
    quiet_hours: str | None
    kinds: list[str] | None
    created_at: At
    disabled_at: At | None


class NewFacility(Body):
    """A facility as it is added."""

    code: NewCode
    name: Text
    state: Annotated[State, Field(description="Two letters.")]
    timezone: Zone
    policy: Annotated[Text, Field(description="Of its new holds: a policy, or a family.")] = (
        "i-247a"
    )
    office_code: OfCode | None = None
    phone: Phone | None = None
    ladder: Ladder | None = None
    alerts_despite_prohibition: Annotated[
        bool,
        Field(description="Alert the agency too about holds whose policy prohibits notice to it."),
    ] = False


class FacilityEdit(Body):
    """What is to be changed; null takes a value off, and what is left out stays."""

    name: Text = Field(default_factory=str)
    state: State = Field(default_factory=str)
    timezone: Zone = Field(default_factory=str)
    policy: Text = Field(default_factory=str)
    office_code: OfCode | None = None
    phone: Phone | None = None
    ladder: Ladder | None = None
    alerts_despite_prohibition: bool = Field(default_factory=bool)
    small_counts_hidden: Annotated[
        bool, Field(description="Hide small counts of it in public reports.")
    ] = Field(default_factory=bool)


class NewOffice(Body):
    """An office as it is added."""

    code: NewCode
    name: Text
    phone: Phone | None = None


class OfficeEdit(Body):
    """What is to be changed; null takes a value off, and what is left out stays."""

    name: Text = Field(default_factory=str)
    phone: Phone | None = None


class NewContact(Body):
    """A contact as it is added: exactly one of the first three says whose it is."""

    office_code: OfCode | None = None
    facility_code: OfCode | None = None
    administrators: Annotated[bool, Shown("It is the administrators' own")] = False
    supervisor: Annotated[bool, Field(description="The office's: hears what escalates.")] = False
    name: Annotated[Text, Field(description="A function rather than a person.")]
    place: Place | None = None
    timezone: Zone | None = None
    schedule: Hours | None = None
    quiet_hours: Quiet | None = None
    kinds: Kinds | None = None


class ContactEdit(Body):
    """What is to be changed; null takes a value off, and what is left out stays."""

    name: Text = Field(default_factory=str)
    place: Place | None = None
    timezone: Zone | None = None
    schedule: Hours | None = None
    quiet_hours: Quiet | None = None
    kinds: Kinds | None = None


class Listed(BaseModel):
    """A contact in a duty list."""

    id: str
    name: str
    place: int | None
    on_duty: bool
    hours: str
    channels: list[str]


class Named(BaseModel):
    """A contact by its name."""

    id: str
    name: str


class DutyList(BaseModel):
    """Who is on duty at an office, and whom an unanswered reminder goes on to, place by place."""

    office: str
    at: At
    first: str | None
    nobody_on_duty: bool
    contacts: Annotated[Sequence[Listed], Field(alias="list")]
    chain: Sequence[Sequence[Named]]


FACILITY = {
    "code": "OAK",
    "name": "Oakmont jail",
    "state": "NC",
    "timezone": "America/New_York",
    "policy": "i-247a",
    "office_code": "EAST",
    "phone": "+1 919 555 0142",
    "ladder": None,
    "small_counts_hidden": False,
    "alerts_despite_prohibition": False,
    "created_at": "2026-01-05T14:00:00Z",
    "disabled_at": None,
}
OFFICE = {
    "code": "EAST",
    "name": "East office",
    "phone": "+1 919 555 0100",
    "created_at": "2026-01-05T14:00:00Z",
    "disabled_at": None,
}
CONTACT = {
    "id": "7Q3KM4",
    "name": "Duty officer",
    "side": "office",
    "office_code": "EAST",
    "facility_code": None,
    "place": 1,
    "timezone": "America/New_York",
    "schedule": "mon-fri 08:00-18:00",
    "quiet_hours": None,
    "kinds": None,
    "created_at": "2026-01-05T14:00:00Z",
    "disabled_at": None,
}
DUTY = {
    "office": "EAST",
    "at": "2026-03-02T14:00:00Z",
    "first": "7Q3KM4",
    "nobody_on_duty": False,
    "list": [
        {
            "id": "7Q3KM4",
            "name": "Duty officer",
            "place": 1,
            "on_duty": True,
            "hours": "mon-fri 08:00-18:00 (America/New_York)",
            "channels": ["webhook"],
        }
    ],
    "chain": [[{"id": "8R4LN5", "name": "Night desk"}]],
}
