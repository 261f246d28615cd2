"""Accounts of people: made, changed, unlocked, ended. Nobody's password is read or set here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from scheduler.domain.actors import Actor
from scheduler.domain.instants import rfc3339
from web.api import cursors
from web.api.api_keys import Codes, Role
from web.api.cursors import AsksPage
from web.api.directory import made
from web.api.nouns import Noun, Sent
from web.api.schemas import At, Body, Shown, Text
from web.parts import Parts
from web.rules import Administers, Oversees

# Never their address: what is in an address of ours ends up in logs.
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,32}$", description="The account's id.")]
Email = Annotated[
    str,
    Field(
        max_length=254,
        pattern=r"^[^@\u0000-\u0020\u007f]+@[^@\u0000-\u0020\u007f]+$",
        description="They sign in by it.",
    ),
    Shown(allowed="write an address, as desk@example.gov"),
]


class User(BaseModel):
    """Somebody who signs in; nothing that would let anybody in."""

    id: str
    email: str
    name: str
    role: Role
    facility_codes: list[str]
    office_codes: list[str]
    has_password: bool
    second_factor_at: Annotated[At | None, Field(description="Since when they have one.")]
    language: Literal["en", "es"]
    timezone: Annotated[
        str | None, Field(description="Their own; pages show it beside the jail's.")
    ]
    created_at: At
    last_signed_in_at: At | None
    locked_at: Annotated[At | None, Field(description="Signing in by password failed too often.")]
    disabled_at: At | None


class NewUser(Body):
    """An account as it is asked for; an invitation lets its owner set the password."""

    email: Email
    role: Role
    name: Annotated[Text | None, Field(description="As pages show it.")] = None
    facility_codes: Annotated[Codes, Field(description="Of facility staff.")] = Field(
        default_factory=list
    )
    office_codes: Annotated[Codes, Field(description="Of agents.")] = Field(default_factory=list)
    invite: Annotated[
        bool, Field(description="Send an invitation at once."), Shown("Invite by mail at once", "")
    ] = True


class UserEdit(Body):
    """What is to be changed; another role or other places end their sessions."""

    email: Email = Field(default_factory=str)
    role: Role = Field(default_factory=lambda: "auditor")
    name: Text = Field(default_factory=str)
    facility_codes: Codes = Field(default_factory=list)
    office_codes: Codes = Field(default_factory=list)
    timezone: Annotated[
        Text | None,
        Field(description="Of the IANA database; null shows the jail's alone.", max_length=64),
        Shown("Own time zone", "As America/Denver. Left empty, times are the jail's alone."),
    ] = None


USER = {
    "id": "5N1HK2",
    "email": "booking@oakmont.example.gov",
    "name": "Booking desk",
    "role": "facility",
    "facility_codes": ["OAK"],
    "office_codes": [],
    "has_password": True,
    "second_factor_at": "2026-01-05T14:10:00Z",
    "language": "en",
    "timezone": "America/Chicago",
    "created_at": "2026-01-05T14:00:00Z",
    "last_signed_in_at": "2026-03-02T13:00:00Z",
    "locked_at": None,
    "disabled_at": None,
}
_AS_USE_CASE = {"facility_codes": "facilities", "office_codes": "offices"}


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an account as it is sent."""
    return {
        field: rfc3339(value) if isinstance(value, datetime) else value
        for field, value in row.items()
    }


def new_user(parts: Parts, actor: Actor, body: NewUser) -> str:
    """Make an account as it was sent, and invite its owner if that was; returns its id."""
    user_id = parts.users.add(
        actor,
        email=body.email,
        role=body.role,
        name=body.name,
        facilities=body.facility_codes,
        offices=body.office_codes,
    )
    if body.invite:
        parts.invitations.invite(actor, user_id)
    return user_id


def change_user(parts: Parts, actor: Actor, user_id: str, body: UserEdit) -> None:
    """Change an account as it was sent: what was left out stays."""
    told = body.model_dump(exclude_unset=True)
    values = {_AS_USE_CASE.get(field, field): value for field, value in told.items()}
    parts.users.edit(actor, user_id, values)


def routes(parts: Parts) -> APIRouter:
    """Return the routes of accounts."""
    noun = Noun("users", "user_id", Sent(User, USER), is_overseen=True)
    users = parts.users

    @noun.lists("Accounts, by id.")
    def list_users(caller: Oversees, asked: AsksPage) -> dict[str, Any]:
        """List every account."""
        return cursors.cut("user", users.all(), asked, lambda row: str(row["id"])).data(shown)

    @noun.shows()
    def show_user(user_id: Id, caller: Oversees) -> dict[str, Any]:
        """Show an account."""
        return shown(users.get(user_id))

    @noun.adds(
        "It was made.",
        {
            "email": "booking@oakmont.example.gov",
            "role": "facility",
            "name": "Booking desk",
            "facility_codes": ["OAK"],
        },
        then=(
            "showUser",
            "editUser",
            "disableUser",
            "enableUser",
            "unlockUser",
            "inviteUser",
            "resetSecondFactor",
        ),
    )
    def add_user(body: NewUser, caller: Administers, response: Response) -> dict[str, Any]:
        """Make an account."""
        user_id = new_user(parts, caller.actor, body)
        made(response, "users", user_id)
        return shown(users.get(user_id))

    @noun.edits({"name": "Booking desk"})
    def edit_user(user_id: Id, body: UserEdit, caller: Administers) -> dict[str, Any]:
        """Change an account."""
        change_user(parts, caller.actor, user_id, body)
        return shown(users.get(user_id))

    _add_letting_in(noun, parts)
    return noun.router


def _add_letting_in(noun: Noun, parts: Parts) -> None:
    """Add the routes that let somebody in, or keep them out."""
    users = parts.users

    @noun.does("disable", "It is off.")
    def disable_user(user_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch an account off, and end its sessions; it stays on record."""
        users.disable(caller.actor, user_id)
        return shown(users.get(user_id))

    @noun.does("enable", "It is on again.")
    def enable_user(user_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch an account on again."""
        users.enable(caller.actor, user_id)
        return shown(users.get(user_id))

    @noun.does("unlock", "It is unlocked.")
    def unlock_user(user_id: Id, caller: Administers) -> dict[str, Any]:
        """Let somebody sign in by password again, after too many failures."""
        users.unlock(caller.actor, user_id)
        return shown(users.get(user_id))

    @noun.does("invite", "A mail goes out.")
    def invite_user(user_id: Id, caller: Administers) -> dict[str, Any]:
        """Send somebody a link to set their password by; earlier links end."""
        parts.invitations.invite(caller.actor, user_id)
        return shown(users.get(user_id))

    @noun.does("reset-second-factor", "It is set up anew at the next sign-in.")
    def reset_second_factor(user_id: Id, caller: Administers) -> dict[str, Any]:
        """Take the second factor off, and end every session of the account."""
        users.reset_second_factor(caller.actor, user_id)
        return shown(users.get(user_id))
