"""The event log: read, filtered, exported. What is written there is never changed."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import islice
from typing import Any

import orjson

from scheduler.clock import Clock
from scheduler.domain.actors import Actor
from scheduler.domain.events import Event, Kind, Value
from scheduler.domain.instants import rfc3339
from scheduler.store import events as store
from scheduler.store import ids, journal, schema
from scheduler.store.engine import Connection, Database
from scheduler.store.events import PAGE, Filter, Span
from scheduler.store.journal import Moment, Nothing
from scheduler.store.reading import Reading

__all__ = ["EventLog", "Filter", "Form", "Span", "safe_cell"]

CSV_COLUMNS = (
    "seq",
    "id",
    "kind",
    "hold_id",
    "hold_ref",
    "facility_code",
    "window_no",
    "occurred_at",
    "recorded_at",
    "actor",
    "data",
)
RISKY_FIRST = frozenset("=+-@|%")
"""A spreadsheet takes a cell that begins like this for a formula."""


class Form(StrEnum):
    """How events are exported."""

    JSONL = "jsonl"
    """Exact."""
    CSV = "csv"
    """For spreadsheets, which must not take a cell for a formula."""


class EventLog(Reading):
    """Reads the events of one database.

    Args:
        database: Where they are kept.
        clock: Says when an export was made.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(self, wanted: Filter, span: Span) -> list[dict[str, Any]]:
        """Return a piece of the wanted events, as the contract shapes them."""
        with self._database.read() as connection:
            rows = store.page(connection, self._seen(connection, wanted), span)
        return [{"seq": None, **orjson.loads(row.body)} for row in rows]

    def events(
        self, wanted: Filter | None = None, *, after: str = "", before: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield events as the contract shapes them, in the order of recording.

        Args:
            wanted: Which; all of them if not given.
            after: The id of an event: only later ones, for a reader that goes on.
            before: The same: only earlier ones.
        """
        while True:
            piece = self.page(wanted or Filter(), Span(after, before))
            yield from piece
            if len(piece) < PAGE:
                return
            after = piece[-1]["id"]

    def export(self, actor: Actor, form: Form, wanted: Filter | None = None) -> Iterator[bytes]:
        """Write to the log that somebody takes a copy of it, then yield the copy piece by piece.

        What is written comes first: a copy whose taking is not on record must not leave.
        It is in the next export, not in this one. A simulation is nobody's record, and
        stays as it was made.

        Args:
            actor: Who takes it; what they see is decided by the log's reader.
            form: Of the copy.
            wanted: Which events.
        """
        wanted = wanted or Filter()
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            if schema.is_simulation(connection):
                return self._written(form, wanted, None)
            seen = self._seen(connection, wanted)
            upto = ids.time_ordered(now, 1)[0]
            told: dict[str, Value] = {
                "format": form.value,
                "count": store.count(connection, seen, upto),
                **_told(wanted),
            }
            event = Event(Kind.LOG_EXPORTED, now, told)
            journal.append(connection, [(Nothing(), event)], Moment(now, actor.name))
        return self._written(form, wanted, upto)

    def _written(self, form: Form, wanted: Filter, upto: str | None) -> Iterator[bytes]:
        events = self.events(wanted, before=upto)
        lines = _csv_lines(events) if form is Form.CSV else _json_lines(events)
        while piece := b"".join(islice(lines, PAGE)):
            yield piece

    def _seen(self, connection: Connection, wanted: Filter) -> Filter:
        if self._reader is None:
            return wanted
        return replace(wanted, facility_codes=self._sight(connection))


def _told(wanted: Filter) -> dict[str, str]:
    """Return what an export was narrowed to, as its event tells it."""
    asked = {
        "of_kind": wanted.kind,
        "of_facility": wanted.facility_code,
        "of_hold": wanted.hold_id,
        "since": None if wanted.since is None else rfc3339(wanted.since),
        "until": None if wanted.until is None else rfc3339(wanted.until),
    }
    return {name: value for name, value in asked.items() if value is not None}


def _json_lines(events: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for event in events:
        yield orjson.dumps(event, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _csv_lines(events: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    yield _csv_line(CSV_COLUMNS).encode()
    for event in events:
        data = orjson.dumps(event["data"], option=orjson.OPT_SORT_KEYS).decode()
        yield _csv_line([*(event[name] for name in CSV_COLUMNS[:-1]), data]).encode()


def _csv_line(values: Any) -> str:
    line = io.StringIO()
    writer = csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([safe_cell(value) for value in values])
    return line.getvalue()


def safe_cell(value: object) -> str:
    """Spell a value so that a spreadsheet shows it and runs nothing."""
    text = "" if value is None else str(value)
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cc")
    visible = unicodedata.normalize("NFKC", text).lstrip()
    return f"'{text}" if visible[:1] in RISKY_FIRST and visible else text
