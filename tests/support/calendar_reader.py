"""A calendar file as a calendar program reads it, by an independent library."""

from __future__ import annotations

from typing import Any, NamedTuple

from icalendar import Calendar, Event


class Entry(NamedTuple):
    """The one entry of a calendar file.

    Attributes:
        method: What the file asks for, as ``PUBLISH``.
        starts_at: Aware.
        fields: By their names in small letters, as the library reads them.
    """

    method: str
    starts_at: Any
    fields: dict[str, Any]


def read(text: str) -> Entry:
    """Return the entry.

    Raises:
        AssertionError: There is more or less than one, or something in the file is amiss.
    """
    calendar = Calendar.from_ical(text)
    assert calendar.errors == []
    assert str(calendar["version"]) == "2.0"
    [entry] = calendar.walk("VEVENT")
    assert isinstance(entry, Event)
    assert entry.errors == []
    fields = {name.lower(): entry[name] for name in entry}
    return Entry(str(calendar["method"]), entry.start, fields)
