"""How pages tell what is on the log and in the outbox: events in sentences, alerts by their fate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from scheduler import sentences
from scheduler.open_holds import FacilityRecord
from web.voice import Voice, marked

ELSEWHERE: Final = "UTC"
"""The zone of what concerns no facility that the reader sees."""
STATES: Final[Mapping[str, str]] = {
    "dead": marked("Not delivered"),
    "sending": marked("On its way"),
    "waiting": marked("Waiting"),
    "delivered": marked("Delivered"),
    "superseded": marked("Overtaken by a later one"),
    "recorded": marked("Recorded, not sent"),
}
"""What became of an alert, in words; what needs somebody comes first."""
ENDED_UNSENT: Final = frozenset({"dead", "superseded"})


class Zones(dict[str | None, str]):
    """The zones of facilities by their codes.

    Args:
        facilities: As the reader sees them.
    """

    def __init__(self, facilities: Iterable[FacilityRecord]) -> None:
        super().__init__({each.code: each.timezone for each in facilities})

    def __missing__(self, code: str | None) -> str:
        """Return the zone of what concerns none of them."""
        return ELSEWHERE


class Told(NamedTuple):
    """An event as it is read.

    Attributes:
        at: When it happened.
        late: How much later it was recorded, in words; empty within a minute.
    """

    at: datetime
    zone: str
    text: str
    late: str


class Sent(NamedTuple):
    """One alert on its way to one channel, as it is read.

    Attributes:
        delay: From the instant it was due to its arrival, in words; empty before that.
        is_doubtful: It may have arrived twice.
        may_resend: It ended without arriving.
    """

    id: str
    hold_id: str
    title: str
    to: str
    due_at: datetime
    zone: str
    state: str
    tries: int
    delay: str
    is_doubtful: bool
    may_resend: bool


def told(event: Mapping[str, Any], zone: str, said: Voice) -> Told:
    """Return an event as the log has it, in the reader's words and the facility's time."""
    text = sentences.sentence(
        event, zone, say=said.say, tell=lambda instant: said.when(instant, zone)
    )
    late = sentences.lateness(event)
    return Told(
        at=sentences.instant_of(event["occurred_at"]),
        zone=zone,
        text=text,
        late=said.gone(late) if late.total_seconds() >= 60 else "",
    )


def sent(row: Mapping[str, Any], zones: Mapping[str | None, str], said: Voice) -> Sent:
    """Return a delivery as `Views` has it, in the reader's words."""
    state, title = STATES[row["state"]], sentences.alert_title(row["type"])
    due_at, arrived = sentences.instant_of(row["due_at"]), row["delivered_at"]
    return Sent(
        id=row["id"],
        hold_id=row["hold_id"] or "",
        title=said.say(title),
        to=f"{row['contact_name']}, {row['channel_kind']}",
        due_at=due_at,
        zone=zones[row["facility_code"]],
        state=said.say(state),
        tries=row["attempts"],
        delay="" if arrived is None else said.gone(sentences.instant_of(arrived) - due_at),
        is_doubtful=bool(row["possible_duplicate"]),
        may_resend=row["state"] in ENDED_UNSENT,
    )
