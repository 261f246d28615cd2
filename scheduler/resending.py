"""Sends again, when somebody says so, what was given up or overtaken."""

from __future__ import annotations

from scheduler.clock import Clock
from scheduler.domain import refusals
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.events import Event, Kind
from scheduler.errors import HoldStateError
from scheduler.store import journal, listing
from scheduler.store.engine import Database
from scheduler.store.journal import Moment, Nothing


def resend(database: Database, clock: Clock, actor: Actor, delivery_id: str) -> None:
    """Put a delivery back among those that wait to be sent.

    Raises:
        HoldNotFoundError: There is none of that id.
        HoldStateError: It is on its way already, or has arrived.
    """
    require_may(actor, Deed.ADMINISTER)
    now = database.now(clock)
    with database.write() as connection:
        state = listing.delivery(connection, delivery_id)["state"]
        if not listing.send_again(connection, delivery_id, now):
            raise HoldStateError(
                f"delivery {delivery_id}: it is {state}; only one that is dead or superseded "
                "is sent again"
            ).saying(refusals.NOT_SENT_AGAIN)
        told = {"noun": "delivery", "name": delivery_id, "field": "state", "old": state}
        event = Event(Kind.SETTING_CHANGED, now, {**told, "new": "waiting"})
        journal.append(connection, [(Nothing(), event)], Moment(now, actor.name))
        database.notify(connection)
