"""`holdclock channel`: the ways a contact is reached."""

from __future__ import annotations

import uuid
from enum import StrEnum
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
COLUMNS = ("id", "contact_id", "kind", "address", "disabled_at")


class Kind(StrEnum):
    """How a channel reaches its contact."""

    WEBHOOK = "webhook"
    EMAIL = "email"


@app.command()
def add(
    *,
    contact: Annotated[str, typer.Option(metavar="ID", help="Whose channel it is.")],
    kind: Annotated[Kind, typer.Option(help="How it reaches them.")],
    url: Annotated[str | None, typer.Option(help="Of a webhook.")] = None,
    secret: Annotated[
        str | None, typer.Option(help="Of a webhook, whsec_...; made here if not given.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Of an e-mail channel.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a channel. A webhook's secret is shown this once."""
    is_webhook = kind is Kind.WEBHOOK
    if is_webhook and (url is None or address is not None):
        raise typer.BadParameter("a webhook takes --url, and --secret if it has one already")
    if not is_webhook and (address is None or url is not None or secret is not None):
        raise typer.BadParameter("an e-mail channel takes --address alone")
    # A webhook's secret is kept encrypted, and which networks it may reach is a setting.
    with desk.opened(with_keys=is_webhook) as here:
        administration = here.house.administration
        if is_webhook:
            made = administration.add_webhook(here.actor, contact, url or "", secret)
        else:
            made = administration.add_email(here.actor, contact, address or "")
    directory.added("channel", made.id, as_json_=as_json, secret=made.secret)
    if made.secret is not None and not as_json:
        output.line(f"Its secret, shown this once: {made.secret}")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the channels."""
    directory.show_all("channel", COLUMNS, as_json_=as_json)


@app.command()
def show(channel: Id, *, as_json: AsJson = False) -> None:
    """Show one channel, without its secret."""
    directory.show_one("channel", channel, as_json_=as_json)


@app.command()
def disable(channel: Id, *, as_json: AsJson = False) -> None:
    """Switch a channel off; it stays on record."""
    directory.disable("channel", channel, as_json_=as_json)


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
        channel_id=channel, kind=address.kind, address=address.address, secrets=address.secrets
    )
    now = here.house.clock.now()
    message = channel_test(key=str(uuid.uuid4()), url=base_url, occurred_at=now)
    return way.send(message, target, now=now)
