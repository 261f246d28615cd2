"""A paper as data, and the two ways to write it: plain text and a page to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jinja2 import Environment

WIDTH = 78
NONE_ON_RECORD = "None."


class Cell(NamedTuple):
    """What stands in one place of a table: a line, and smaller ones under it."""

    text: str
    below: tuple[str, ...] = ()


class Line(NamedTuple):
    """One row.

    Attributes:
        is_past: A limit has passed: the row stands between double rules.
    """

    cells: tuple[Cell, ...]
    is_past: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under headings.

    Attributes:
        boxes: Further headings, with blank boxes under them to write in.
        caption: What the table is.
    """

    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    boxes: tuple[str, ...] = ()
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a paper, under a heading."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """A paper.

    Attributes:
        title: Its name.
        stamp: As of when it was read from the record; stands on every page.
        lead: What the reader must know first.
        signatures: What is written by hand at the end.
    """

    title: str
    stamp: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    signatures: tuple[str, ...] = ()


def data(document: Document) -> dict[str, Any]:
    """Return the paper as a JSON object: rows by their headings, what is past marked."""
    return {
        "title": document.title,
        "stamp": document.stamp,
        "lead": list(document.lead),
        "sections": [
            {
                "heading": section.heading,
                "paragraphs": list(section.paragraphs),
                "facts": dict(section.pairs),
                "tables": [_table_data(table) for table in section.tables],
            }
            for section in document.sections
        ],
    }


def _table_data(table: Table) -> dict[str, Any]:
    rows = [
        {
            **{
                heading: _joined((cell.text, *cell.below))
                for heading, cell in zip(table.headings, line.cells, strict=True)
            },
            "is_past": line.is_past,
        }
        for line in table.lines
    ]
    return {"caption": table.caption, "rows": rows}


def html(document: Document) -> str:
    """Return a whole page that needs nothing else, made to be printed."""
    template = _templates().get_template("paper.html")
    return template.render(document=document, empty=NONE_ON_RECORD)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("scheduler"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def text(document: Document) -> str:
    """Return the paper as plain text, 78 columns wide."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from wrap(document.title.upper(), WIDTH)
    yield document.stamp
    for paragraph in document.lead:
        yield ""
        yield from wrap(paragraph, WIDTH)
    for section in document.sections:
        yield from _section(section)
    for signature in document.signatures:
        yield ""
        yield f"{signature}: {'_' * (WIDTH - len(signature) - 2)}"


def _section(section: Section) -> Iterator[str]:
    yield ""
    yield section.heading
    yield "-" * len(section.heading)
    for paragraph in section.paragraphs:
        yield from wrap(paragraph, WIDTH)
    for name, value in section.pairs:
        yield from wrap(f"{name}: {value}", WIDTH, subsequent_indent="    ")
    for table in section.tables:
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield ""
        yield from wrap(table.caption, WIDTH)
    if not table.lines:
        yield NONE_ON_RECORD
    for line in table.lines:
        yield "=" * WIDTH if line.is_past else ""
        yield from _row(table, line.cells)
        if line.is_past:
            yield "=" * WIDTH


def _row(table: Table, cells: Sequence[Cell]) -> Iterator[str]:
    for number, (heading, cell) in enumerate(zip(table.headings, cells, strict=True)):
        shown = _joined((cell.text, *cell.below)) if cell.text else "-"
        # The first cell is what the row is about: it needs no name.
        said = f"  {heading}: {shown}" if number else shown
        yield from wrap(said, WIDTH, subsequent_indent="    ")
    for heading in table.boxes:
        yield f"  {heading}: [{'_' * (WIDTH - len(heading) - 6)}]"


def _joined(parts: Sequence[str]) -> str:
    """Put what stands under one another in one line; whole sentences need no mark between."""
    said = parts[0]
    for part in parts[1:]:
        said += f" {part}" if said.endswith(".") else f"; {part}"
    return said
