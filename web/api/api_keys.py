"""Keys by which machines ask: made, named, ended. A key is shown once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from scheduler.accounts.api_keys import ApiKeys, NewKey
from scheduler.domain.actors import Actor
from scheduler.domain.instants import rfc3339
from web.api import cursors
from web.api.cursors import AsksPage
from web.api.directory import made
from web.api.nouns import Noun, Sent
from web.api.schemas import At, Body, Instant, Text, read_instant
from web.parts import Parts
from web.rules import Administers, Oversees

Id = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9]{1,32}$", description="The part of it that names it.")
]
Role = Literal["administrator", "facility", "agent", "auditor"]
Codes = Annotated[list[Annotated[Text, Field(max_length=32)]], Field(max_length=500)]


class ApiKey(BaseModel):
    """A machine that may ask, as what, and until when; never what it asks with."""

    id: str
    name: str
    role: Role
    facility_codes: list[str]
    office_codes: list[str]
    created_at: At
    expires_at: At | None
    disabled_at: At | None


class KeyMade(BaseModel):
    """A key as it was made."""

    id: str
    key: Annotated[str, Field(description="Shown this once.")]
    expires_at: At


class NewApiKey(Body):
    """A key as it is asked for."""

    name: Annotated[Text, Field(description="What it is for.")]
    role: Role
    facility_codes: Annotated[Codes, Field(description="Of facility staff's systems.")] = Field(
        default_factory=list
    )
    office_codes: Annotated[Codes, Field(description="Of agents' systems.")] = Field(
        default_factory=list
    )
    expires_at: Annotated[
        Instant | None, Field(description="Within two years; a year from now if not given.")
    ] = None


class ApiKeyEdit(Body):
    """What is to be changed; what is left out stays."""

    name: Text | None = None
    expires_at: Instant | None = None


API_KEY = {
    "id": "7Q3KM4XY",
    "name": "Jail management system",
    "role": "facility",
    "facility_codes": ["OAK"],
    "office_codes": [],
    "created_at": "2026-01-05T14:00:00Z",
    "expires_at": "2027-01-05T14:00:00Z",
    "disabled_at": None,
}
_MADE = {
    "id": "7Q3KM4XY",
    "key": "hc_live_7Q3KM4XY_wzW8X2c0Q5v1nqk7mFh3r9TtYb4dJpLs6uAeGxZoBiE",
    "expires_at": "2027-01-05T14:00:00Z",
}


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a key as it is sent."""
    told = dict(row)
    for field in ("facility_codes", "office_codes"):
        told[field] = orjson.loads(row[field])
    for field in ("created_at", "expires_at", "disabled_at"):
        told[field] = None if row[field] is None else rfc3339(row[field])
    return told


def new_key(keys: ApiKeys, actor: Actor, body: NewApiKey) -> NewKey:
    """Make a key as it was asked for."""
    return keys.add(
        actor,
        name=body.name,
        role=body.role,
        facilities=body.facility_codes,
        offices=body.office_codes,
        expires_at=read_instant(body.expires_at, "expires_at"),
    )


def change_key(keys: ApiKeys, actor: Actor, key_id: str, body: ApiKeyEdit) -> None:
    """Change a key as it was sent: what was left out stays."""
    ends = read_instant(body.expires_at, "expires_at")
    keys.edit(actor, key_id, name=body.name, expires_at=ends)


def routes(parts: Parts) -> APIRouter:
    """Return the routes of API keys."""
    noun = Noun("api-keys", "key_id", Sent(ApiKey, API_KEY), is_overseen=True)
    keys = parts.api_keys

    @noun.lists("Keys, by id.")
    def list_api_keys(caller: Oversees, asked: AsksPage) -> dict[str, Any]:
        """List every key, without what would let anybody use it."""
        return cursors.cut("api-key", keys.all(), asked, lambda row: str(row["id"])).data(shown)

    @noun.shows()
    def show_api_key(key_id: Id, caller: Oversees) -> dict[str, Any]:
        """Show a key, without what would let anybody use it."""
        return shown(keys.get(key_id))

    @noun.adds(
        "It was made.",
        {"name": "Jail management system", "role": "facility", "facility_codes": ["OAK"]},
        then=("showApiKey", "editApiKey", "disableApiKey"),
        sent=Sent(KeyMade, _MADE),
    )
    def add_api_key(body: NewApiKey, caller: Administers, response: Response) -> dict[str, Any]:
        """Make a key. It is shown this once, and kept as a hash."""
        new = new_key(keys, caller.actor, body)
        made(response, "api-keys", new.id)
        return {"id": new.id, "key": new.key, "expires_at": rfc3339(new.expires_at)}

    @noun.edits({"expires_at": "2027-01-05T09:00:00-05:00"})
    def edit_api_key(key_id: Id, body: ApiKeyEdit, caller: Administers) -> dict[str, Any]:
        """Give a key another name, or another end. What it may do is not changed: make another."""
        change_key(keys, caller.actor, key_id, body)
        return shown(keys.get(key_id))

    @noun.does("disable", "It is off.")
    def disable_api_key(key_id: Id, caller: Administers) -> dict[str, Any]:
        """End a key now; it stays on record."""
        keys.disable(caller.actor, key_id)
        return shown(keys.get(key_id))

    return noun.router
