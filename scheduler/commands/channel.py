"""`holdclock channel`: the ways a contact is reached."""

from __future__ import annotations

import sys
import uuid
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import desk, directory, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notifiers.base import Notifier, Receipt
    from scheduler.commands.desk import Desk
    from scheduler.views import Address

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="The channel's id.")]
COLUMNS = ("id", "contact_id", "place", "kind", "address", "disabled_at")
Place = Annotated[
    int | None,
    typer.Option(min=1, help="Among the contact's channels; the last if not given."),
]
Secret = Annotated[
    str | None, typer.Option(help="Of a webhook, whsec_...; made here if not given.")
]
CaFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="PEM: the only authorities that a webhook's certificate may come from.",
    ),
]
ClientPem = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="PEM: the certificate, then its key, that a webhook asks for.",
    ),
]


class Kind(StrEnum):
    """How a channel reaches its contact."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    APPRISE = "apprise"


@app.command()
def add(
    *,
    contact: Annotated[str, typer.Option(metavar="ID", help="Whose channel it is.")],
    kind: Annotated[Kind, typer.Option(help="How it reaches them.")],
    url: Annotated[
        str | None,
        typer.Option(help="Of a webhook or a service; '-' reads it from standard input."),
    ] = None,
    secret: Secret = None,
    address: Annotated[str | None, typer.Option(help="Of an e-mail channel.")] = None,
    place: Place = None,
    ca_file: CaFile = None,
    client_pem: ClientPem = None,
    as_json: AsJson = False,
) -> None:
    """Add a channel. A webhook's secret is shown this once; a service's URL never."""
    _require_fitting(kind, url, address, is_webhook_only=(secret, ca_file, client_pem))
    # Secrets are kept encrypted, and which networks and services may be reached is a setting.
    with desk.opened(with_keys=kind is not Kind.EMAIL) as here:
        desk_of = here.house.administration
        if kind is Kind.EMAIL:
            made = desk_of.add_email(here.actor, contact, address or "", place=place)
        elif kind is Kind.APPRISE:
            made = desk_of.add_apprise(here.actor, contact, _given(url), place=place)
        else:
            made = desk_of.add_webhook(
                here.actor,
                contact,
                _given(url),
                secret,
                place=place,
                ca_pem=_text(ca_file),
                client_pem=_text(client_pem),
            )
    directory.added("channel", made.id, as_json_=as_json, secret=made.secret)
    _tell_secret(made.secret, as_json=as_json)


def _require_fitting(
    kind: Kind, url: str | None, address: str | None, *, is_webhook_only: tuple[object, ...]
) -> None:
    has_more = any(option is not None for option in is_webhook_only)
    if kind is Kind.WEBHOOK and (url is None or address is not None):
        raise typer.BadParameter("a webhook takes --url, and --secret if it has one already")
    if kind is Kind.EMAIL and (address is None or url is not None or has_more):
        raise typer.BadParameter("an e-mail channel takes --address alone")
    if kind is Kind.APPRISE and (url is None or address is not None or has_more):
        raise typer.BadParameter("a service takes --url alone; '-' reads it from standard input")


def _given(url: str | None) -> str:
    """Return a URL; one that gives access need not be an argument, which every account sees."""
    return sys.stdin.readline().strip() if url == "-" else url or ""


def _text(file: Path | None) -> str | None:
    # What is no PEM is refused by what reads it, without being repeated.
    return None if file is None else file.read_text("utf-8", "replace")


def _tell_secret(secret: str | None, *, as_json: bool) -> None:
    if secret is not None and not as_json:
        output.line(f"Its secret, shown this once: {secret}")


@app.command()
def rotate(
    channel: Id,
    *,
    secret: Secret = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="The receiver knows the new one: drop the old.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a webhook a new secret. Both sign until --finish; the new one is shown this once."""
    if finish and secret is not None:
        raise typer.BadParameter("--finish takes no --secret")
    with desk.opened(with_keys=True) as here:
        from scheduler.rotation import Rotation

        rotation = Rotation(here.house.database, here.house.clock, cipher=here.house.webhook_cipher)
        made = None
        if finish:
            rotation.finish(here.actor, channel)
        else:
            made = rotation.begin(here.actor, channel, secret)
    if as_json:
        output.as_json({"id": channel, "secret": made, "finished": finish})
        return
    what = "its new secret signs alone" if finish else "two secrets sign now"
    output.line(f"channel {channel}: {what}.")
    _tell_secret(made, as_json=as_json)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the channels."""
    directory.show_all("channel", COLUMNS, as_json_=as_json)


@app.command()
def show(channel: Id, *, as_json: AsJson = False) -> None:
    """Show one channel, without its secret."""
    directory.show_one("channel", channel, as_json_=as_json)


@app.command()
def edit(channel: Id, *, place: Place = None, as_json: AsJson = False) -> None:
    """Change a channel's place among those of its contact."""
    directory.edit("channel", channel, {"place": place}, as_json_=as_json)


@app.command()
def disable(channel: Id, *, as_json: AsJson = False) -> None:
    """Switch a channel off; it stays on record."""
    directory.disable("channel", channel, as_json_=as_json)


@app.command()
def enable(channel: Id, *, as_json: AsJson = False) -> None:
    """Switch a channel on again."""
    directory.enable("channel", channel, as_json_=as_json)


@app.command("test")
def send_test(channel: Id, *, as_json: AsJson = False) -> None:
    """Send a test message now, and print what the receiver answered."""
    with desk.opened(with_keys=True) as here:
        from scheduler import wiring

        settings = desk.full_settings()
        address = here.views.address(channel, here.house.webhook_cipher)
        ways = wiring.notifiers(settings)
        try:
            receipt = _send(here, channel, address, ways, base_url=settings.base_url)
        finally:
            for way in ways.values():
                way.close()
    answer = {
        "id": channel,
        "delivered": True,
        "status": receipt.status,
        "answer": receipt.answer,
        "duration_ms": receipt.duration_ms,
    }
    if as_json:
        output.as_json(answer)
        return
    status = "" if receipt.status is None else f" with status {receipt.status}"
    output.line(f"Delivered in {receipt.duration_ms} ms{status}.")
    if receipt.answer:
        output.line(f"The receiver said: {receipt.answer}")


def _send(
    here: Desk, channel: str, address: Address, ways: Mapping[str, Notifier], *, base_url: str
) -> Receipt:
    from notifiers.base import Target, channel_test
    from scheduler.errors import PermanentDeliveryError

    way = ways.get(address.kind)
    if way is None:
        raise PermanentDeliveryError(
            f"channel {channel}: no way to send '{address.kind}' is set up; set "
            "HOLDCLOCK_SMTP_HOST and HOLDCLOCK_SMTP_FROM"
        )
    target = Target(
        channel_id=channel,
        kind=address.kind,
        address=address.address,
        secrets=address.sealed.secrets,
        ca_pem=address.sealed.ca_pem,
        client_pem=address.sealed.client_pem,
    )
    now = here.house.clock.now()
    message = channel_test(key=str(uuid.uuid4()), url=base_url, occurred_at=now)
    return way.send(message, target, now=now)
