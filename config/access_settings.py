"""Settings of who gets in: a provider of identities, and how often anybody may ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainValidator

from config import fields, values


class AccessSettings(BaseModel):
    """A part of `config.settings.Settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    oidc_issuer: Annotated[
        str | None,
        PlainValidator(values.issuer),
        fields.described(
            "The OpenID Connect provider through which people sign in; `docs/sign-in.md`.",
            allowed="use its issuer, `https://...`; plain http only for 127.0.0.1 or ::1",
        ),
    ] = None
    oidc_client_id: Annotated[
        str | None,
        PlainValidator(str),
        fields.described(
            "What the provider calls this installation. Needed with `HOLDCLOCK_OIDC_ISSUER`.",
            allowed="use any text",
        ),
    ] = None
    oidc_client_secret: Annotated[
        str | None,
        PlainValidator(str),
        fields.described(
            "Its secret there. Not given: the provider goes by PKCE alone.",
            allowed="use any text",
            secret=True,
        ),
    ] = None
    oidc_roles: Annotated[
        Path | None,
        PlainValidator(values.readable_file),
        fields.described(
            "Which of the provider's claims give which role. Needed with `HOLDCLOCK_OIDC_ISSUER`.",
            allowed="use the path of a readable TOML file",
        ),
    ] = None
    api_requests_per_minute: Annotated[
        int,
        PlainValidator(values.count),
        fields.described(
            "How many requests one API key may make in a minute, in one burst or spread.",
            allowed="use a whole number from 1 to 1000000",
        ),
    ] = 600
    trusted_proxies: Annotated[
        tuple[values.Network, ...],
        PlainValidator(values.networks),
        fields.described(
            "Proxies whose `X-Forwarded-For` tells where a request comes from; sign-ins are "
            "counted and recorded by that. Not given: nobody's, and a proxy counts as one source.",
            allowed="use networks with commas between, such as `10.20.0.7/32`",
            shown="none",
        ),
    ] = ()
