"""How a file with columns of its own is read: names, date formats, words, constants.

A mapping is a TOML file; docs/import.md describes it. It says nothing that it
does not mean: an unknown key is refused, and a word without a meaning makes its
row a bad one.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from scheduler.domain.hold import Outcome
from scheduler.errors import InvalidHoldError
from scheduler.history_file import FIELDS, BadRow, Line, Table, require_columns
from scheduler.intake import INSTANTS

FROM_HASH = "hash"
HASH_DIGITS = 16
CODE_DIGITS = 6
CODE_WORDS = 25
"""Of a facility's code: with the digits and a hyphen it has 32 letters at most."""

_KEYS = ("hold_ref", "facility_code", "date_formats", "columns", "constants", "outcomes", "aliases")
_WORD = re.compile(r"[A-Z0-9]+")

Words = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """What the columns of a file mean.

    Attributes:
        columns: The file's column, by field.
        constants: A field's text where the file has no column for it, or a blank.
        formats: Of dates and times, as `strptime` takes them; none leaves RFC 3339.
        words: By field, what a text of the file means there; in small letters.
        code_parts: Fields or columns that a facility's code is built from.
        hashed_ref: The reference is a hash of the row and its occurrence number.
    """

    columns: Words = field(default_factory=dict)
    constants: Words = field(default_factory=dict)
    formats: tuple[str, ...] = ()
    words: Mapping[str, Words] = field(default_factory=dict)
    code_parts: tuple[str, ...] = ()
    hashed_ref: bool = False

    def column(self, name: str) -> str:
        """Return what the file calls a field."""
        return self.columns.get(name, name)


class _UnreadableCellError(Exception):
    """A cell that the mapping gives no meaning."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.reason = reason


class Mapped(NamedTuple):
    """A file by field, and its rows as they stood.

    Attributes:
        lines: By field.
        bad: Rows that could not be read.
        sources: The same rows by the file's columns, by line.
        unused: Columns that nothing is read from.
        mapping: What was applied.
    """

    lines: list[Line]
    bad: list[BadRow]
    sources: dict[int, Words]
    unused: list[str]
    mapping: ColumnMapping

    def told(self, row: BadRow) -> BadRow:
        """Return the row in the words of the file: its own column, and what stands there."""
        column = self.mapping.column(row.column)
        source = self.sources.get(row.line, {})
        return row._replace(column=column, value=source.get(column, row.value))


# Reading a mapping.


def read_mapping(path: Path) -> ColumnMapping:
    """Read a mapping.

    Raises:
        InvalidHoldError: It cannot be read, or says something unknown.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise InvalidHoldError(f"mapping: {path} cannot be read ({exc.strerror})") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise InvalidHoldError(f"mapping: {path} is no TOML ({exc})") from exc
    _require_known("mapping", data, _KEYS)
    words = {name: _words(f"aliases.{name}", told) for name, told in _part(data, "aliases").items()}
    words["outcome"] = {**words.get("outcome", {}), **_outcomes(data)}
    mapping = ColumnMapping(
        columns=_texts("columns", _part(data, "columns")),
        constants=_texts("constants", _part(data, "constants")),
        formats=tuple(_list(data, "date_formats")),
        words=words,
        code_parts=tuple(_list(data, "facility_code")),
        hashed_ref=_hashed(data),
    )
    for name, told in (("columns", mapping.columns), ("constants", mapping.constants)):
        _require_known(name, told, FIELDS)
    _require_known("aliases", words, FIELDS)
    return mapping


def _require_known(place: str, told: Mapping[str, Any], allowed: Iterable[str]) -> None:
    unknown = sorted(set(told) - set(allowed))
    if unknown:
        raise InvalidHoldError(f"{place}: '{unknown[0]}' is unknown; use {', '.join(allowed)}")


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name, {})
    if not isinstance(part, dict):
        raise InvalidHoldError(f"{name}: it must be a table of TOML, as [{name}]")
    return part


def _texts(place: str, told: object) -> dict[str, str]:
    if not isinstance(told, dict) or not all(isinstance(text, str) for text in told.values()):
        raise InvalidHoldError(f"{place}: it must be a table of texts")
    return dict(told)


def _words(place: str, told: object) -> dict[str, str]:
    return {text.strip().casefold(): means for text, means in _texts(place, told).items()}


def _list(data: Mapping[str, Any], name: str) -> list[str]:
    told = data.get(name, [])
    if not isinstance(told, list) or not all(isinstance(text, str) for text in told):
        raise InvalidHoldError(f"{name}: it must be a list of texts")
    return told


def _outcomes(data: Mapping[str, Any]) -> dict[str, str]:
    words = _words("outcomes", _part(data, "outcomes"))
    wrong = [means for means in words.values() if means and means not in set(Outcome)]
    if wrong:
        allowed = ", ".join(Outcome)
        raise InvalidHoldError(
            f"outcomes: '{wrong[0]}' is unknown; use one of {allowed}, or '' for a hold still open"
        )
    return words


def _hashed(data: Mapping[str, Any]) -> bool:
    told = data.get("hold_ref")
    if told not in (None, FROM_HASH):
        raise InvalidHoldError(
            f"hold_ref: '{told}' is unknown; use '{FROM_HASH}', or name its column in [columns]"
        )
    return told == FROM_HASH


# Applying it.


def apply(table: Table, mapping: ColumnMapping | None) -> Mapped:
    """Read a file's rows by field.

    Raises:
        InvalidHoldError: The file lacks a column that the mapping, or any import, needs.
    """
    sources = {line.number: line.texts for line in table.lines}
    if mapping is None:
        require_columns(table.columns)
        unused = [name for name in table.columns if name not in FIELDS]
        return Mapped(table.lines, list(table.bad), sources, unused, ColumnMapping())
    _require_mapped(table, mapping)
    lines: list[Line] = []
    bad = list(table.bad)
    seen: Counter[str] = Counter()
    for line in table.lines:
        try:
            lines.append(_mapped(line, mapping, seen))
        except _UnreadableCellError as exc:
            bad.append(BadRow(line.number, exc.name, line.texts.get(exc.name, ""), exc.reason))
    used = {*mapping.columns.values(), *mapping.code_parts}
    unused = [name for name in table.columns if name not in used]
    return Mapped(lines, bad, sources, unused, mapping)


def _require_mapped(table: Table, mapping: ColumnMapping) -> None:
    wanted = [*mapping.columns.values()]
    wanted += [part for part in mapping.code_parts if part not in FIELDS]
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        raise InvalidHoldError(
            f"file: it has no column '{missing[0]}', which the mapping names; "
            f"it has {', '.join(table.columns)}"
        )
    given = {*mapping.columns, *mapping.constants}
    given |= {"hold_ref"} if mapping.hashed_ref else set()
    given |= {"facility_code"} if mapping.code_parts else set()
    require_columns(given)


def _mapped(line: Line, mapping: ColumnMapping, seen: Counter[str]) -> Line:
    # Counted before anything can be refused: mending one row must not rename others.
    reference = _hashed_reference(line, seen) if mapping.hashed_ref else None
    texts: dict[str, str] = {}
    for name in FIELDS:
        cell = line.texts.get(mapping.columns.get(name, ""), "")
        text = _meaning(mapping, name, cell) if cell else mapping.constants.get(name, "")
        if text:
            texts[name] = text
    if mapping.code_parts:
        parts = [texts.get(part) or line.texts.get(part, "") for part in mapping.code_parts]
        texts["facility_code"] = facility_code(parts)
    if reference is not None:
        texts["hold_ref"] = reference
    return Line(line.number, texts)


def _meaning(mapping: ColumnMapping, name: str, cell: str) -> str:
    words = mapping.words.get(name, {})
    known = words.get(cell.casefold())
    if known is not None:
        return known
    if name == "outcome" and words and cell not in set(Outcome):
        allowed = ", ".join(sorted(words))
        reason = f"the mapping gives this word no outcome; it knows {allowed}"
        raise _UnreadableCellError(mapping.column(name), reason)
    return _instant(mapping, name, cell) if name in INSTANTS and mapping.formats else cell


def _instant(mapping: ColumnMapping, name: str, cell: str) -> str:
    for form in mapping.formats:
        try:
            # Local as the file has it, unless it gives an offset: the zone comes later.
            return datetime.strptime(cell, form).isoformat()  # noqa: DTZ007 - see above
        except ValueError:
            continue
    reason = f"it fits no date format of the mapping; they are {', '.join(mapping.formats)}"
    raise _UnreadableCellError(mapping.column(name), reason)


def _hashed_reference(line: Line, seen: Counter[str]) -> str:
    """Return a reference that the same row gets again; equal rows are numbered."""
    whole = "\x1f".join(f"{name}={text}" for name, text in sorted(line.texts.items()))
    digest = sha256(whole.encode()).hexdigest()[:HASH_DIGITS]
    seen[digest] += 1
    return f"{digest}-{seen[digest]}"


def facility_code(parts: Iterable[str]) -> str:
    """Build a code from what tells a facility from others: words to read, digits to be sure."""
    plain = [" ".join(part.upper().split()) for part in parts]
    digest = sha256("\x1f".join(plain).encode()).hexdigest()[:CODE_DIGITS].upper()
    words = "-".join(_WORD.findall(plain[0]))[:CODE_WORDS].strip("-")
    return f"{words}-{digest}" if words else digest
