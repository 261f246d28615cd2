"""Channels: the ways a contact is reached, tried, and signed for. No request sends anything."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from scheduler.administration import Administration, NewChannel
from scheduler.directory_values import webhook_secret
from scheduler.domain.actors import Actor
from scheduler.errors import InvalidHoldError
from web.api import schemas
from web.api.cursors import AsksPage
from web.api.directory import Kept, made
from web.api.directory_shapes import Id
from web.api.nouns import Noun, Sent
from web.api.schemas import At, Body, Shown, Text, checked, links
from web.identity import Asks
from web.parts import Parts
from web.rules import Administers

Secret = Annotated[
    str,
    Field(max_length=200, description="`whsec_` and 24 to 64 bytes in base64."),
    checked(lambda text, _: webhook_secret(text)),
    Shown(hint="Left empty, it is made here. Else whsec_ and 24 to 64 random bytes in base64."),
]
Pem = Annotated[str, Field(max_length=20_000)]
Place = Annotated[
    int,
    Field(ge=1, le=1000, description="Among the contact's channels, from 1."),
    Shown(hint="Among the contact's channels: 1 is tried first. Left empty, it is the last."),
]


class Channel(BaseModel):
    """One way to reach a contact; its secrets are never shown."""

    id: str
    contact_id: str
    kind: Literal["webhook", "email", "apprise"]
    address: str
    place: int
    failed_rounds: Annotated[int, Shown("Failures running")]
    failing_since: At | None
    probe_at: Annotated[At | None, Shown("Tried again at")]
    created_at: At
    disabled_at: At | None


class ChannelMade(BaseModel):
    """A channel as it was made."""

    id: str
    secret: Annotated[str | None, Field(description="Of a webhook: shown this once.")]


class Asked(BaseModel):
    """A test message that the worker sends."""

    channel_id: str
    delivery_id: Annotated[str, Field(description="Shows what became of it.")]


class Rotated(BaseModel):
    """A webhook's secrets while one takes the place of the other."""

    id: str
    secret: Annotated[str | None, Field(description="The new one, shown this once.")]
    finished: Annotated[bool, Field(description="One signs alone.")]


class NewChannelBody(Body):
    """A channel as it is added."""

    contact_id: Annotated[Text, Field(max_length=32)]
    kind: Literal["webhook", "email", "apprise"]
    url: (
        Annotated[str, Field(max_length=2000), Shown("URL", hint="As the receiver gives it.")]
        | None
    ) = None
    address: Annotated[str, Field(max_length=320), Shown(hint="As desk@example.gov.")] | None = None
    secret: Secret | None = None
    place: Place | None = None
    ca_pem: (
        Annotated[
            Pem,
            Field(description="The only authorities to trust there."),
            Shown("Certificate authorities, as PEM", is_long=True),
        ]
        | None
    ) = None
    client_pem: (
        Annotated[
            Pem,
            Field(description="Certificate and key that it asks for."),
            Shown("Client certificate and key, as PEM", is_long=True),
        ]
        | None
    ) = None


class ChannelEdit(Body):
    """What is to be changed."""

    place: Place = Field(default_factory=int)


class NewSecret(Body):
    """A webhook's next secret; made here unless one is given."""

    secret: Secret | None = None


CHANNEL = {
    "id": "9T5MP6",
    "contact_id": "7Q3KM4",
    "kind": "webhook",
    "address": "https://hooks.example.gov/holds",
    "place": 1,
    "failed_rounds": 0,
    "failing_since": None,
    "probe_at": None,
    "created_at": "2026-01-05T14:00:00Z",
    "disabled_at": None,
}
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 -- the one of the standard's examples


def routes(parts: Parts) -> APIRouter:
    """Return the routes of channels."""
    noun = Noun("channels", "channel_id", Sent(Channel, CHANNEL))
    kept = Kept(parts, "channel", key="id")

    @noun.lists("Channels, by id.")
    def list_channels(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the channels: all of them, or those of your own contacts."""
        return kept.page(caller, asked)

    @noun.shows()
    def show_channel(channel_id: Id, caller: Asks) -> dict[str, Any]:
        """Show a channel, without its secrets."""
        return kept.one(caller, channel_id)

    @noun.adds(
        "It was added.",
        {"contact_id": "7Q3KM4X", "kind": "webhook", "url": "https://hooks.example.gov/holds"},
        then=(
            "showChannel",
            "testChannel",
            "beginRotation",
            "editChannel",
            "disableChannel",
            "enableChannel",
        ),
        sent=Sent(ChannelMade, {"id": "9T5MP6", "secret": _SECRET}),
    )
    def add_channel(
        body: NewChannelBody, caller: Administers, response: Response
    ) -> dict[str, Any]:
        """Add a channel. A webhook's secret is shown this once; a service's URL never."""
        new = new_channel(parts.administration, caller.actor, body)
        made(response, "channels", new.id)
        return {"id": new.id, "secret": new.secret}

    @noun.edits({"place": 2})
    def edit_channel(channel_id: Id, body: ChannelEdit, caller: Administers) -> dict[str, Any]:
        """Change a channel's place among those of its contact."""
        return kept.edit(caller, channel_id, body)

    @noun.does("disable", "It is off.")
    def disable_channel(channel_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch a channel off; it stays on record."""
        return kept.disable(caller, channel_id)

    @noun.does("enable", "It is on again.")
    def enable_channel(channel_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch a channel on again."""
        return kept.enable(caller, channel_id)

    _add_trying(noun, parts)
    return noun.router


def _add_trying(noun: Noun, parts: Parts) -> None:
    """Add the routes that try a channel, and change what it is signed with."""

    @noun.router.post(
        "/{channel_id}/test",
        status_code=202,
        response_model=Asked,
        responses=schemas.writing(404)
        | schemas.answer(
            202,
            "The worker sends it; the delivery shows what became of it.",
            example={"channel_id": "9T5MP6", "delivery_id": "019ca1f2-7d2a-7c11-8a3b-5f0e2b9d4c10"},
            headers={"Location": "The delivery."},
            links=links("delivery_id", "showDelivery", found="delivery_id"),
        ),
    )
    def test_channel(channel_id: Id, caller: Administers, response: Response) -> dict[str, Any]:
        """Let the worker send a test message through a channel."""
        delivery_id = parts.order_test(caller.actor, channel_id)
        made(response, "deliveries", delivery_id)
        return {"channel_id": channel_id, "delivery_id": delivery_id}

    @noun.does(
        "secret",
        "Two sign now.",
        Sent(Rotated, {"id": "9T5MP6", "secret": _SECRET, "finished": False}),
    )
    def begin_rotation(
        channel_id: Id, caller: Administers, body: NewSecret | None = None
    ) -> dict[str, Any]:
        """Give a webhook a new secret: old and new both sign until the rotation is finished."""
        given = None if body is None else body.secret
        secret = parts.rotation.begin(caller.actor, channel_id, given)
        return {"id": channel_id, "secret": secret, "finished": False}

    @noun.does(
        "secret/finish",
        "The new one signs alone.",
        Sent(Rotated, {"id": "9T5MP6", "secret": None, "finished": True}),
    )
    def finish_rotation(channel_id: Id, caller: Administers) -> dict[str, Any]:
        """Drop the old secret: the receiver knows the new one."""
        parts.rotation.finish(caller.actor, channel_id)
        return {"id": channel_id, "secret": None, "finished": True}


FIELDS = {
    "webhook": ("url", "secret", "ca_pem", "client_pem"),
    "email": ("address",),
    "apprise": ("url",),
}
"""What goes with each kind of channel alone; the first it must have."""
OWN_FIELDS = frozenset(field for fields in FIELDS.values() for field in fields)


def new_channel(desk: Administration, actor: Actor, body: NewChannelBody) -> NewChannel:
    """Add a channel as it was sent.

    Raises:
        InvalidHoldError: A field is missing, or does not go with the kind.
    """
    _require_fitting(body)
    if body.kind == "email":
        return desk.add_email(actor, body.contact_id, body.address or "", place=body.place)
    if body.kind == "apprise":
        return desk.add_apprise(actor, body.contact_id, body.url or "", place=body.place)
    return desk.add_webhook(
        actor,
        body.contact_id,
        body.url or "",
        body.secret,
        place=body.place,
        ca_pem=body.ca_pem,
        client_pem=body.client_pem,
    )


def _require_fitting(body: NewChannelBody) -> None:
    """Refuse fields that do not go with the kind.

    Raises:
        InvalidHoldError: One is missing, or does not belong.
    """
    needed = FIELDS[body.kind][0]
    if getattr(body, needed) is None:
        raise InvalidHoldError(
            f"{needed}: it is missing; a channel of kind '{body.kind}' has one", field=needed
        )
    for field in sorted(OWN_FIELDS.difference(FIELDS[body.kind])):
        if getattr(body, field) is not None:
            raise InvalidHoldError(
                f"{field}: it does not go with a channel of kind '{body.kind}'; leave it out",
                field=field,
            )
