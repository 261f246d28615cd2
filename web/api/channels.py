"""Channels: the ways a contact is reached, tried, and signed for. No request sends anything."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from scheduler.administration import Administration, NewChannel
from scheduler.directory_values import webhook_secret
from scheduler.domain.actors import Actor
from scheduler.errors import InvalidHoldError
from web.api import schemas, writing
from web.api.cursors import AsksPage, Page
from web.api.directory import listed, made, shown
from web.api.directory_shapes import Id
from web.api.schemas import MADE, At, Body, Shown, Text, checked, links
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
    router = writing.router(prefix="/channels", tags=["channels"])
    directory, desk = parts.directory, parts.administration

    def read(caller: Asks, channel_id: str) -> dict[str, Any]:
        return shown(directory.seen_by(caller.actor).get("channel", channel_id))

    @router.get(
        "",
        response_model=Page[Channel],
        responses=schemas.reading() | schemas.listing("Channels, by id.", CHANNEL),
    )
    def list_channels(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the channels: all of them, or those of your own contacts."""
        return listed(directory.seen_by(caller.actor), "channel", asked, key="id")

    @router.get(
        "/{channel_id}",
        response_model=Channel,
        responses=schemas.reading(404) | schemas.answer(200, "It.", example=CHANNEL),
    )
    def show_channel(channel_id: Id, caller: Asks) -> dict[str, Any]:
        """Show a channel, without its secrets."""
        return read(caller, channel_id)

    @router.post(
        "",
        status_code=201,
        response_model=ChannelMade,
        responses=schemas.writing(404)
        | schemas.answer(
            201,
            "It was added.",
            example={"id": "9T5MP6", "secret": _SECRET},
            headers=MADE,
            links=links(
                "channel_id",
                "showChannel",
                "testChannel",
                "beginRotation",
                "editChannel",
                "disableChannel",
                "enableChannel",
            ),
        ),
        openapi_extra=schemas.body_example(
            {"contact_id": "7Q3KM4X", "kind": "webhook", "url": "https://hooks.example.gov/holds"}
        ),
    )
    def add_channel(
        body: NewChannelBody, caller: Administers, response: Response
    ) -> dict[str, Any]:
        """Add a channel. A webhook's secret is shown this once; a service's URL never."""
        new = new_channel(desk, caller.actor, body)
        made(response, "channels", new.id)
        return {"id": new.id, "secret": new.secret}

    @router.patch(
        "/{channel_id}",
        response_model=Channel,
        responses=schemas.writing(404) | schemas.answer(200, "As it is now.", example=CHANNEL),
        openapi_extra=schemas.body_example({"place": 2}),
    )
    def edit_channel(channel_id: Id, body: ChannelEdit, caller: Administers) -> dict[str, Any]:
        """Change a channel's place among those of its contact."""
        desk.edit(caller.actor, "channel", channel_id, body.model_dump(exclude_unset=True))
        return read(caller, channel_id)

    @router.post(
        "/{channel_id}/disable",
        response_model=Channel,
        responses=schemas.writing(404) | schemas.answer(200, "It is off.", example=CHANNEL),
    )
    def disable_channel(channel_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch a channel off; it stays on record."""
        desk.disable(caller.actor, "channel", channel_id)
        return read(caller, channel_id)

    @router.post(
        "/{channel_id}/enable",
        response_model=Channel,
        responses=schemas.writing(404) | schemas.answer(200, "It is on again.", example=CHANNEL),
    )
    def enable_channel(channel_id: Id, caller: Administers) -> dict[str, Any]:
        """Switch a channel on again."""
        desk.enable(caller.actor, "channel", channel_id)
        return read(caller, channel_id)

    router.include_router(_trying(parts))
    return router


def _trying(parts: Parts) -> APIRouter:
    """Return the routes that try a channel, and change what it is signed with."""
    router = writing.router()

    @router.post(
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

    @router.post(
        "/{channel_id}/secret",
        response_model=Rotated,
        responses=schemas.writing(404)
        | schemas.answer(
            200, "Two sign now.", example={"id": "9T5MP6", "secret": _SECRET, "finished": False}
        ),
    )
    def begin_rotation(
        channel_id: Id, caller: Administers, body: NewSecret | None = None
    ) -> dict[str, Any]:
        """Give a webhook a new secret: old and new both sign until the rotation is finished."""
        given = None if body is None else body.secret
        secret = parts.rotation.begin(caller.actor, channel_id, given)
        return {"id": channel_id, "secret": secret, "finished": False}

    @router.post(
        "/{channel_id}/secret/finish",
        response_model=Rotated,
        responses=schemas.writing(404)
        | schemas.answer(
            200,
            "The new one signs alone.",
            example={"id": "9T5MP6", "secret": None, "finished": True},
        ),
    )
    def finish_rotation(channel_id: Id, caller: Administers) -> dict[str, Any]:
        """Drop the old secret: the receiver knows the new one."""
        parts.rotation.finish(caller.actor, channel_id)
        return {"id": channel_id, "secret": None, "finished": True}

    return router


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
