"""The zones that readers choose from for the time in brackets."""

from __future__ import annotations

from typing import Final

UNITED_STATES: Final = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/St_Thomas",
    "Pacific/Guam",
    "Pacific/Pago_Pago",
    "UTC",
)
"""From east to west. Another one is set through the interface, and stays."""


def choices(own: str | None) -> list[tuple[str, str]]:
    """Return what can be chosen, as pairs of a zone's name and how it is shown."""
    names = UNITED_STATES if own is None or own in UNITED_STATES else (*UNITED_STATES, own)
    return [(name, name.replace("_", " ")) for name in names]
