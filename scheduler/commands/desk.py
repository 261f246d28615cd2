"""Where a command sits down to work: settings read, database opened, actor known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from config.settings import Settings, StoreSettings
    from scheduler.domain.actors import Actor
    from scheduler.views import Views
    from scheduler.wiring import House


class Desk(NamedTuple):
    """An opened house, its views, and who works here."""

    house: House
    views: Views
    actor: Actor


@contextmanager
def opened(*, with_keys: bool = False, to_read: bool = False) -> Iterator[Desk]:
    """Open the database that the settings name; it must be there already.

    Args:
        to_read: Nothing will be written, so a replayed history may be looked at too.
        with_keys: Where people's data or secrets come in or go out; otherwise a
            command runs where the keys are not known.

    Raises:
        ConfigError: With everything that is wrong in the settings.
        StoreError: The database is missing or cannot be used.
    """
    # The wiring brings the database drivers along: half a second that `--help`
    # and the pure commands must not pay.
    from scheduler import wiring

    settings = full_settings() if with_keys else store_settings()
    house = wiring.open_house(settings, simulation=to_read)
    try:
        yield Desk(house, wiring.build_views(house), operator())
    finally:
        house.close()


def store_settings() -> StoreSettings:
    """Read the settings that need no secrets.

    Raises:
        ConfigError: With everything that is wrong in them.
    """
    from config.settings import load_store_settings

    return load_store_settings(os.environ)


def full_settings() -> Settings:
    """Read every setting, the keys included.

    Raises:
        ConfigError: With everything that is wrong in them.
    """
    from config.settings import load_settings

    return load_settings(os.environ)


def operator() -> Actor:
    """Return who runs this command, by the account that the system knows."""
    from scheduler.domain.actors import Actor, Role

    return Actor(f"cli:{_account()}", Role.OPERATOR)


def _account() -> str:
    # Asked of the system: LOGNAME and USER are whatever somebody set them to.
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
