"""Values of the directory as people type them: checked, and as they are kept."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

import orjson

from scheduler.domain import duty_hours, routing
from scheduler.domain.instants import duration_text
from scheduler.domain.ladder import ladder_from
from scheduler.errors import InvalidHoldError, StaleVersionError
from scheduler.intake import plain_text

SECRET_BYTES = 32
CODE_LENGTH = 32


def code(text: str) -> str:
    """Return a short code."""
    told = plain_text(text, "code", CODE_LENGTH)
    if told is None or not all(letter.isalnum() or letter in "-_." for letter in told):
        raise InvalidHoldError(
            f"code: '{text}' is refused; use letters, digits, '-', '_' and '.', at most "
            f"{CODE_LENGTH}",
            field="code",
        )
    return told


def name(text: str) -> str:
    """Return a name in full."""
    told = plain_text(text, "name")
    if told is None:
        raise InvalidHoldError("name: it is missing; give one", field="name")
    return told


def state(text: str) -> str:
    """Return two capitals."""
    told = text.strip().upper()
    if len(told) != 2 or not told.isalpha():
        raise InvalidHoldError(f"state: '{text}' is refused; use two letters, as NC", field="state")
    return told


def phone(text: str | None) -> str | None:
    """Return a telephone number, or None."""
    return plain_text(text, "phone", 40)


def place(number: int | None) -> int | None:
    """Return a place in an order, from 1; 0 and None are none."""
    if number is not None and number < 0:
        raise InvalidHoldError(f"place: {number} is refused; use 1 or more", field="place")
    return number or None


def schedule(text: str | None) -> str | None:
    """Return weekly hours on duty as they are kept."""
    return duty_hours.schedule_json(duty_hours.schedule_from(text)) if text else None


def quiet_hours(text: str | None) -> str | None:
    """Return daily quiet hours as they are kept."""
    return duty_hours.quiet_json(duty_hours.quiet_from(text)) if text else None


def ladder(leads: list[str] | None) -> str | None:
    """Return the leads of a facility's own reminders as they are kept, the longest first."""
    if not leads:
        return None
    return orjson.dumps([duration_text(lead) for lead in ladder_from(leads)]).decode()


def kinds(told: str | list[str] | None) -> str | None:
    """Return the types that a contact is narrowed to, as they are kept.

    Args:
        told: A list, or one with commas; ``reminder`` is short for ``hold.reminder``.
    """
    if not told:
        return None
    parts = told.split(",") if isinstance(told, str) else told
    wanted = {_type(str(part).strip()) for part in parts}
    return json.dumps(sorted(wanted))


def _type(text: str) -> str:
    full = text if text.startswith("hold.") else f"hold.{text}"
    if full not in routing.TYPES:
        raise InvalidHoldError(
            f"kinds: '{text}' is unknown; use {', '.join(sorted(routing.TYPES))}", field="kinds"
        )
    return full


def _require_zone(contact: dict[str, Any]) -> None:
    """Refuse a contact with hours in no zone."""
    if (contact["schedule"] or contact["quiet_hours"]) and not contact["timezone"]:
        raise InvalidHoldError(
            "timezone: it is missing; hours are told in a contact's own zone, as America/New_York",
            field="timezone",
        )


def _require_listed(contact: dict[str, Any]) -> None:
    """Refuse a place in a list that is not there."""
    if contact["place"] is not None and contact["side"] != "office":
        raise InvalidHoldError(
            "place: only an office has a duty list, and its supervisor stands outside of it",
            field="place",
        )


def webhook_secret(given: str | None) -> str:
    """Return a `whsec_` secret of 24 to 64 bytes; a new one unless one is given.

    Source:
        Standard Webhooks 1.0.0, "Symmetric": base64 with that prefix.
    """
    if given is None:
        return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    try:
        size = len(base64.b64decode(given.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if not given.startswith("whsec_") or not 24 <= size <= 64:
        raise InvalidHoldError(
            "secret: it is refused; use whsec_ and 24 to 64 random bytes in base64", field="secret"
        )
    return given


def require_whole(noun: str, values: dict[str, Any]) -> None:
    """Refuse a row whose fields do not go together."""
    if noun == "contact":
        _require_zone(values)
        _require_listed(values)
    if noun in ("facility", "channel"):
        field = "timezone" if noun == "facility" else "place"
        if values[field] is None:
            raise InvalidHoldError(f"{field}: it is missing; a {noun} has one", field=field)


def require_seen(
    which: str, before: Mapping[Any, Any], *, checked: Mapping[str, Any], seen: Mapping[str, Any]
) -> None:
    """Refuse to overwrite what its reader did not see; what would change nothing is let be.

    Args:
        which: Row it is.
        before: What is on record.
        checked: What is to be, by field.
        seen: What the reader saw of that.

    Raises:
        StaleVersionError: Something else is on record by now.
    """
    unseen = [
        field
        for field, value in seen.items()
        if before[field] not in (value, checked.get(field, value))
    ]
    if unseen:
        raise StaleVersionError(
            f"{which}: somebody changed {', '.join(unseen)} since it was read; read it again"
        )
