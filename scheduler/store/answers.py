"""What recipients answer: the delivery that a link stands for, and the answers on record."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.events import Kind
from scheduler.store.directory import CHANNEL, CONTACT
from scheduler.store.journal import DELIVERY, EVENT

CONTACT_PREFIX = "contact:"
"""How the event log names a recipient: never by the name of a person."""


class Asked(NamedTuple):
    """A delivery whose recipient may answer it."""

    delivery_id: str
    hold_id: str
    contact_id: str


class Answered(NamedTuple):
    """An answer on record.

    Attributes:
        by: The contact's name; None where the answer came another way than by a link.
        alert: The delivery it answers; None as well.
        is_coming: False where the recipient said that they cannot come.
        passed_on: Whether that alerted somebody else.
    """

    at: datetime
    by: str | None
    alert: str | None
    arrival_at: datetime | None
    is_coming: bool
    passed_on: bool
    note: str | None


def asked(connection: Connection, delivery_id: str) -> Asked | None:
    """Return a delivery about a hold, unless its contact or channel was switched off since."""
    row = connection.execute(_ASKED, {"id": delivery_id}).first()
    return None if row is None else Asked(*row)


_ASKED = (
    sa.select(DELIVERY.c.id, DELIVERY.c.hold_id, DELIVERY.c.contact_id)
    .join_from(DELIVERY, CONTACT, CONTACT.c.id == DELIVERY.c.contact_id)
    .join(CHANNEL, CHANNEL.c.id == DELIVERY.c.channel_id)
    .where(
        DELIVERY.c.id == sa.bindparam("id"),
        DELIVERY.c.hold_id.is_not(None),
        CONTACT.c.disabled_at.is_(None),
        CHANNEL.c.disabled_at.is_(None),
    )
)


def use(connection: Connection, delivery_id: str, now: datetime) -> bool:
    """Mark a delivery as answered.

    Returns:
        False if it was already: of two answers at once the database lets one through.
    """
    done = connection.execute(_USE, {"its_id": delivery_id, "now": now})
    return done.rowcount == 1


_USE = (
    sa.update(DELIVERY)
    .where(DELIVERY.c.id == sa.bindparam("its_id"), DELIVERY.c.acknowledged_at.is_(None))
    .values(acknowledged_at=sa.bindparam("now"))
)


def of_hold(connection: Connection, hold_id: str) -> list[Answered]:
    """Return every answer about a hold, the first first."""
    bodies = connection.execute(_ANSWERS, {"hold_id": hold_id}).scalars()
    events = [orjson.loads(body) for body in bodies]
    names = _names(connection, {_contact_id(event["actor"]) for event in events})
    return [_answered(event, names) for event in events]


_ANSWERS = (
    sa.select(EVENT.c.body)
    .where(EVENT.c.hold_id == sa.bindparam("hold_id"), EVENT.c.kind == Kind.ALERT_ACKNOWLEDGED)
    .order_by(EVENT.c.id)
)


def _names(connection: Connection, contact_ids: set[str]) -> dict[str, str]:
    query = sa.select(CONTACT.c.id, CONTACT.c.name).where(CONTACT.c.id.in_(sorted(contact_ids)))
    return {row.id: row.name for row in connection.execute(query)}


def _answered(event: dict[str, Any], names: dict[str, str]) -> Answered:
    data = event["data"]
    arrival = data.get("arrival_at")
    return Answered(
        at=datetime.fromisoformat(event["occurred_at"]),
        by=names.get(_contact_id(event["actor"])),
        alert=data.get("alert"),
        arrival_at=None if arrival is None else datetime.fromisoformat(arrival),
        is_coming="answer" not in data,
        passed_on=data.get("passes_on", False),
        note=data.get("note"),
    )


def _contact_id(actor: str) -> str:
    return actor.removeprefix(CONTACT_PREFIX) if actor.startswith(CONTACT_PREFIX) else ""
