"""Reads a file of holds, row by row: what replay and import take in.

Nothing is guessed and nothing is dropped: a row that cannot be read is named by
its line, the column, the value and the reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from scheduler import intake
from scheduler.domain import instants
from scheduler.errors import InvalidHoldError

FACTS = (
    "hold_ref",
    "detainer_type",
    "lodged_at",
    "served_at",
    "would_release_at",
    "outcome",
    "outcome_at",
    "notice_given_at",
    "warrant_served_at",
    "expected_release_at",
    "reason",
)
FACILITY = ("facility_code", "facility_name", "state", "timezone")
FIELDS = FACILITY + FACTS
NEEDED = ("hold_ref", "facility_code", "lodged_at")
LONGEST_SHOWN = 80
LONGEST_CODE = 32


class BadRow(NamedTuple):
    """What is wrong with one cell of the file.

    Attributes:
        line: Where the row begins; the heading is line 1.
        column: As the file calls it; empty where the whole row is meant.
        value: What stands there.
        reason: What was wrong and what is allowed.
    """

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        """Return the row as one line for people."""
        where = f"line {self.line}"
        if self.column:
            where += f", {self.column} {shown(self.value)}"
        return f"{where}: {self.reason}"


class BadRowsError(InvalidHoldError):
    """Rows of a file cannot be read; every one of them is listed."""

    def __init__(self, rows: Sequence[BadRow]) -> None:
        self.rows = tuple(rows)
        told = {f"{row.line}/{row.column}": str(row) for row in rows}
        super().__init__("\n".join(told.values()), by_field=told)


class Line(NamedTuple):
    """One row of the file: its line, and its texts by field; blank ones are left out."""

    number: int
    texts: Mapping[str, str]


class FacilityAsked(NamedTuple):
    """A facility as a row of the file describes it."""

    code: str
    name: str
    state: str
    timezone: str


class Table(NamedTuple):
    """A file as it was read.

    Attributes:
        columns: The heading.
        lines: The rows that have the shape of the heading.
        bad: The others.
    """

    columns: tuple[str, ...]
    lines: list[Line]
    bad: list[BadRow]


def shown(value: str) -> str:
    """Spell a value for a message: quoted, without control characters, not too long."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def read_table(path: Path) -> Table:
    """Read a CSV file in UTF-8 with a heading.

    Raises:
        InvalidHoldError: It cannot be opened, is empty, or its heading cannot be used.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return _read(csv.reader(file, strict=True), path)
    except OSError as exc:
        raise InvalidHoldError(f"file: {path} cannot be read ({exc.strerror})") from exc


def _read(reader: _Reader, path: Path) -> Table:
    lines: list[Line] = []
    bad: list[BadRow] = []
    heading: list[str] | None = None
    for number, cells in _records(reader):
        if isinstance(cells, csv.Error):
            bad.append(BadRow(number, "", "", f"the row cannot be read as CSV: {cells}"))
        elif heading is None:
            heading = _heading(cells, path)
        elif any(cells):
            problem = _shape_problem(number, cells, heading)
            if problem is None:
                texts = {name: cell.strip() for name, cell in zip(heading, cells, strict=True)}
                lines.append(Line(number, {name: text for name, text in texts.items() if text}))
            else:
                bad.append(problem)
    if heading is None:
        raise InvalidHoldError(f"file: {path} is empty; its first line names the columns")
    return Table(tuple(heading), lines, bad)


class _Reader(Protocol):
    """What `csv.reader` returns, which has no public type."""

    @property
    def line_num(self) -> int: ...
    def __next__(self) -> list[str]: ...


def _records(reader: _Reader) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield each record with the line it begins on, or what kept it from being read."""
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield number, exc


def _heading(cells: Sequence[str], path: Path) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidHoldError(f"file: {path} names the column {shown(twice[0])} twice")
    return names


def _shape_problem(number: int, cells: Sequence[str], heading: Sequence[str]) -> BadRow | None:
    if len(cells) != len(heading):
        reason = f"the row has {len(cells)} cells, the heading {len(heading)}"
        return BadRow(number, "", "", reason)
    for name, cell in zip(heading, cells, strict=True):
        if not _is_text(cell):
            return BadRow(number, name, cell, "it is not UTF-8; save the file as UTF-8")
    return None


def _is_text(cell: str) -> bool:
    """Say whether every byte of the cell was UTF-8."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def require_columns(columns: Iterable[str]) -> None:
    """Refuse a file that lacks a column without which no row can be read.

    Raises:
        InvalidHoldError: Naming the columns.
    """
    missing = [name for name in NEEDED if name not in set(columns)]
    if missing:
        raise InvalidHoldError(
            f"file: it has no column {', '.join(missing)}; the columns are {', '.join(FIELDS)} "
            "(import reads a file with other columns through --mapping)"
        )


def unknown_columns(columns: Iterable[str]) -> list[str]:
    """Return the columns that nothing is read from; the reader is told."""
    return [name for name in columns if name not in FIELDS]


def read_facility(line: Line) -> FacilityAsked:
    """Read the facility that a row names, as it would be created.

    Raises:
        InvalidHoldError: With every problem found.
    """
    problems = intake.Problems()
    texts = line.texts
    code = problems.keep(_code, texts.get("facility_code", ""))
    name = problems.keep(intake.plain_text, texts.get("facility_name"), "facility_name")
    state = problems.keep(_state, texts.get("state", ""))
    zone = problems.keep(instants.known_zone, texts.get("timezone", ""))
    problems.raise_any()
    return FacilityAsked(code or "", name or code or "", state or "", zone or "")


def _code(text: str) -> str:
    if text and len(text) <= LONGEST_CODE and all(c.isalnum() or c in "-_." for c in text):
        return text
    raise InvalidHoldError(
        f"facility_code: {shown(text)} is refused; use letters, digits, '-', '_' and '.', at "
        f"most {LONGEST_CODE}",
        field="facility_code",
    )


def _state(text: str) -> str:
    if len(text) == 2 and text.isalpha():
        return text.upper()
    raise InvalidHoldError(
        f"state: {shown(text)} is refused; use two letters, as NC", field="state"
    )


def read_hold(line: Line, zone: str, now: datetime) -> intake.Registration:
    """Read the hold of a row; a time without an offset is local to `zone`.

    Raises:
        InvalidHoldError: With every problem found.
    """
    texts = {name: line.texts[name] for name in FACTS if name in line.texts}
    texts["facility_code"] = line.texts.get("facility_code", "")
    try:
        asked = intake.read_registration(texts, zone, now, is_history=True)
    except InvalidHoldError as exc:
        raise _with_lodging(line, exc) from exc
    if "lodged_at" not in texts:
        raise _with_lodging(line, None)
    return asked


def _with_lodging(line: Line, exc: InvalidHoldError | None) -> InvalidHoldError:
    """Add that the lodging is missing: in a history nothing may stand in for it."""
    told = dict(exc.by_field) if exc is not None else {}
    if "lodged_at" not in line.texts:
        told["lodged_at"] = "lodged_at: it is missing; say when the detainer was lodged"
    return InvalidHoldError("; ".join(told.values()), by_field=told)


def bad_rows(line: Line, exc: InvalidHoldError) -> list[BadRow]:
    """Spell what is wrong with a row, cell by cell."""
    if not exc.by_field:
        return [BadRow(line.number, "", "", str(exc))]
    return [
        BadRow(line.number, name, line.texts.get(name, ""), _reason(name, message))
        for name, message in exc.by_field.items()
    ]


def _reason(name: str, message: str) -> str:
    """Leave out the field's name, which stands before it."""
    return message.removeprefix(f"{name}: ")
