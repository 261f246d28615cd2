"""`holdclock migrate`: the one everyday command that creates or changes the schema."""

from __future__ import annotations

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson


def migrate(*, as_json: AsJson = False) -> None:
    """Create the database if need be, and bring its schema up to date."""
    from scheduler import wiring

    settings = desk.store_settings()
    wiring.prepare_database(settings)
    # What came of it must be what every other command will ask for.
    wiring.open_house(settings).close()
    if as_json:
        output.as_json({"migrated": True})
        return
    output.line("The database is up to date.")
