"""The event log: read, filtered, exported. What is written there is never changed."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from scheduler.domain.actors import Actor
from scheduler.store import directory
from scheduler.store.engine import Database
from scheduler.store.events import PAGE, Filter, page

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


class EventLog:
    """Reads the events of one database.

    Args:
        database: Where they are kept.
        reader: Sees those of their own facilities; None sees all.
    """

    def __init__(self, database: Database, *, reader: Actor | None = None) -> None:
        self._database = database
        self._reader = reader

    def seen_by(self, reader: Actor) -> EventLog:
        """Return the log as somebody may see it."""
        return EventLog(self._database, reader=reader)

    def events(self, wanted: Filter | None = None, *, after: str = "") -> Iterator[dict[str, Any]]:
        """Yield events as the contract shapes them, in the order of recording.

        Args:
            wanted: Which; all of them if not given.
            after: The id of an event: only later ones, for a reader that goes on.
        """
        wanted = wanted or Filter()
        while True:
            with self._database.read() as connection:
                if self._reader is not None:
                    seen = directory.sight(connection, self._reader)
                    wanted = replace(wanted, facility_codes=seen)
                rows = page(connection, wanted, after)
            for row in rows:
                after = row.id
                yield {"seq": None, **orjson.loads(row.body)}
            if len(rows) < PAGE:
                return

    def export_jsonl(self, wanted: Filter | None = None) -> Iterator[bytes]:
        """Yield each event as one line of JSON, without the line's end."""
        for event in self.events(wanted):
            yield orjson.dumps(event, option=orjson.OPT_SORT_KEYS)

    def export_csv(self, wanted: Filter | None = None) -> Iterator[str]:
        """Yield lines of CSV that no spreadsheet will run; JSON Lines is the exact export."""
        yield _csv_line(CSV_COLUMNS)
        for event in self.events(wanted):
            data = orjson.dumps(event["data"], option=orjson.OPT_SORT_KEYS).decode()
            yield _csv_line([*(event[name] for name in CSV_COLUMNS[:-1]), data])


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
