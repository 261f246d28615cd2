"""A hold's limits as entries of a calendar, in a mail or in a feed: the only home of `icalendar`.

An entry has a start and no end: authority ends at an instant, it is not an appointment.

Source:
    RFC 5545 (entries), RFC 5546 (publishing, changing, cancelling), RFC 7986 (names and
    refreshing of feeds).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//Holdclock//Alerts//EN"


class Entry(NamedTuple):
    """One limit of one hold.

    Attributes:
        uid: The same for as long as the limit is on record.
        sequence: Grows as the hold changes: an older entry cannot take a newer one's place.
        at: Aware; the limit.
        location: The jail's name and code.
        url: The hold's page.
        organizer: A mail address; in mails only.
        stands: False cancels what was published under this `uid`.
    """

    uid: str
    sequence: int
    at: datetime
    summary: str
    description: str
    location: str
    url: str
    organizer: str | None = None
    stands: bool = True


class Feed(NamedTuple):
    """What a calendar program is told of a whole feed."""

    name: str
    refresh: timedelta


def calendar(
    entries: Sequence[Entry], *, now: datetime, method: str | None = None, feed: Feed | None = None
) -> bytes:
    """Return a calendar file; its lines end in CRLF.

    Args:
        entries: In the order they are written.
        now: Aware, real time.
        method: Of a file in a mail, as ``PUBLISH``.
        feed: Of a file that is asked for again and again.
    """
    # Here, since it takes half a second to load, and most commands make no calendar.
    import icalendar

    made = icalendar.Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    if method is not None:
        made.add("method", method)
    if feed is not None:
        made.add("name", feed.name)
        # What programs read that are older than RFC 7986.
        made.add("x-wr-calname", feed.name)
        made.add("refresh-interval", feed.refresh, parameters={"value": "DURATION"})
        made.add("x-published-ttl", f"PT{feed.refresh // timedelta(minutes=1)}M")
    for entry in entries:
        made.add_component(_event(entry, now))
    written: bytes = made.to_ical()
    return written


def _event(entry: Entry, now: datetime) -> icalendar.Event:
    import icalendar

    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", entry.at.astimezone(UTC))
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    event.add("location", entry.location)
    event.add("url", entry.url)
    if entry.organizer is not None:
        event.add("organizer", icalendar.vCalAddress(f"mailto:{entry.organizer}"))
    event.add("status", "CONFIRMED" if entry.stands else "CANCELLED")
    # It must not make its reader look busy, nor show on a calendar shared with others.
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event
