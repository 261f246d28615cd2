"""`holdclock doctor`: looks at everything, and says how to mend what is not well."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.health import Check
    from scheduler.views import Views
    from scheduler.wiring import House

MAIL_ANSWERS_WITHIN_S = 5.0


def doctor(
    *,
    live: Annotated[
        bool,
        typer.Option("--live", help="Only whether a worker of this host has looked within 30 s."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check settings, database, clock, workers, outbox, mail and webhooks; exit 1 if one is ill."""
    checks = _liveness() if live else _everything()
    if as_json:
        output.as_json([{**check._asdict(), "well": check.is_well} for check in checks])
    else:
        _show(checks)
    if not all(check.is_well for check in checks):
        raise typer.Exit(1)


def _show(checks: Iterable[Check]) -> None:
    for check in checks:
        output.line(f"{'ok ' if check.is_well else 'ILL'}  {check.name}: {check.found}")
        if not check.is_well:
            output.line(f"     mend: {check.mend}")


def _liveness() -> list[Check]:
    from scheduler import health

    host = socket.gethostname()
    with desk.opened() as here:
        is_live = health.is_live(here.house.database, here.house.clock, host)
    found = f"a worker of {host} has {'' if is_live else 'not '}looked within 30 s"
    return [health.Check("live", found, "" if is_live else "restart the worker of this host")]


def _everything() -> list[Check]:
    """Look at one thing after the other, as far as one needs the other."""
    from scheduler import wiring
    from scheduler.errors import ConfigError, StoreError
    from scheduler.health import Check
    from scheduler.views import Views

    try:
        settings = desk.full_settings()
    except ConfigError as exc:
        return [Check("settings", problem, "mend this setting") for problem in exc.problems]
    checks = [Check("settings", "all are well formed, and both keys are there")]
    try:
        law = wiring.read_law(settings)
    except ConfigError as exc:
        mend = "mend the file; `holdclock policy check` looks again"
        return [*checks, *(Check("policies", problem, mend) for problem in exc.problems)]
    checks.append(Check("policies", f"{len(law.book.enabled())} in use, {len(law.book)} on record"))
    try:
        house = wiring.open_house(settings)
    except StoreError as exc:
        return [*checks, Check("database", str(exc), "see the line above")]
    try:
        views = Views(house.database, house.clock, rule_book=house.rule_book, book=law.book)
        return [*checks, *_of_house(house, views, settings)]
    finally:
        house.close()


def _of_house(house: House, views: Views, settings: Settings) -> list[Check]:
    from scheduler import health

    checks = health.examine(house.database, house.clock)
    check_webhook = _webhook_check(house, views, settings)
    has_mail = settings.smtp_host is not None
    checks += health.channels(house.database, has_mail=has_mail, check=check_webhook)
    if settings.smtp_host is not None:
        checks.append(_mail_server(settings.smtp_host, settings.smtp_port))
    return checks


def _webhook_check(house: House, views: Views, settings: Settings) -> Callable[[str, str], None]:
    """Return what tries a webhook's address and secret against the settings; nothing is sent."""
    from notifiers.guard import Guard

    guard = Guard(
        allowed_networks=settings.webhook_allowed_networks,
        allowed_ports=settings.webhook_allowed_ports,
    )

    def check(channel_id: str, url: str) -> None:
        guard.check_url(url)
        views.address(channel_id, house.webhook_cipher)

    return check


def _mail_server(host: str, port: int) -> Check:
    from scheduler.health import Check

    try:
        socket.create_connection((host, port), MAIL_ANSWERS_WITHIN_S).close()
    except OSError as exc:
        mend = "check HOLDCLOCK_SMTP_HOST and HOLDCLOCK_SMTP_PORT, and that the server runs"
        return Check("mail server", f"{host}:{port} does not answer: {exc}", mend)
    return Check("mail server", f"{host}:{port} takes connections")
