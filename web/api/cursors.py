"""Cursor pages: every list of the interface is read in pieces, by where the last one ended.

A cursor tells its own place and carries no right: whoever makes one up sees
what they may see anyway. It is checked all the same, so that one that was cut
short, or belongs to another list, is refused instead of misread.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel, Field

from scheduler.errors import InvalidHoldError
from web.api.schemas import Body

USUAL, MOST = 50, 200
"""Items on a page, unless asked for otherwise, and at most."""
LONGEST = 1000
"""Characters of a cursor."""
_CHECKED_BY = 6
"""Bytes of the checksum that stands before the place."""

Item = TypeVar("Item")
Row = TypeVar("Row")
Place = tuple[str, ...]
"""Where a page ended: the key of its last row, in the order of its list."""


class Page(BaseModel, Generic[Item]):
    """A piece of a list."""

    items: list[Item]
    next_cursor: Annotated[
        str | None,
        Field(description="Ask with `cursor` set to this for what follows; null at the end."),
    ]


class Asked(NamedTuple):
    """Which page somebody asks for."""

    limit: int
    cursor: str | None


def _asked(
    limit: Annotated[
        int, Query(ge=1, le=MOST, description="Items on the page.", examples=[USUAL])
    ] = USUAL,
    cursor: Annotated[
        str | None,
        Query(max_length=LONGEST, description="The `next_cursor` of the page before."),
    ] = None,
) -> Asked:
    return Asked(limit, cursor)


AsksPage = Annotated[Asked, Depends(_asked)]
"""The parameter of a route that answers with a list and has no filters."""


class Paged(Body):
    """The query of a list that has filters beside: derive from it, and take it by `Query()`.

    A filter whose name is mistyped is refused, or it would show everything.
    """

    limit: Annotated[int, Field(ge=1, le=MOST, description="Items on the page.")] = USUAL
    cursor: Annotated[
        str | None,
        Field(max_length=LONGEST, description="The `next_cursor` of the page before."),
    ] = None


def write(name: str, place: Iterable[str]) -> str:
    """Return the cursor of a place in the list of that name."""
    told = orjson.dumps(list(place))
    return base64.urlsafe_b64encode(_checksum(name, told) + told).decode().rstrip("=")


def read(name: str, cursor: str | None, length: int) -> Place | None:
    """Return the place that a cursor tells, or None where there is no cursor.

    Args:
        name: Of the list; a cursor of another one is refused.
        cursor: As it was sent.
        length: How many texts tell a place in this list.

    Raises:
        InvalidHoldError: It is none of this list's cursors.
    """
    if cursor is None:
        return None
    try:
        told = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        checksum, told = told[:_CHECKED_BY], told[_CHECKED_BY:]
        place = orjson.loads(told) if checksum == _checksum(name, told) else None
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or not _is_place(place, length):
        raise InvalidHoldError(
            "cursor: it is none of this list; send the `next_cursor` of the page before, unchanged",
            field="cursor",
        )
    return tuple(place)


def page(name: str, rows: Iterable[Row], limit: int, place: Callable[[Row], Place]) -> PageOf[Row]:
    """Return the first `limit` rows and the cursor of what follows.

    Args:
        name: Of the list.
        rows: In order, after the cursor; one more than `limit` where there is more.
        limit: Rows on the page.
        place: Tells where a row stands.
    """
    read_rows = list(rows)
    shown = read_rows[:limit]
    more = len(read_rows) > limit
    return PageOf(shown, write(name, place(shown[-1])) if more else None)


class PageOf(NamedTuple, Generic[Row]):
    """Rows of a page, and the cursor of what follows."""

    rows: list[Row]
    next_cursor: str | None

    def data(self, show: Callable[[Row], Any]) -> dict[str, Any]:
        """Return the page as it is sent."""
        return {"items": [show(row) for row in self.rows], "next_cursor": self.next_cursor}


def cut(name: str, rows: Iterable[Row], asked: Asked, key: Callable[[Row], str]) -> PageOf[Row]:
    """Return a page of a list that is short enough to be read whole.

    Args:
        name: Of the list.
        rows: All of them, in any order.
        asked: Which page.
        key: Tells rows apart, and orders them.

    Raises:
        InvalidHoldError: The cursor is none of this list.
    """
    after = read(name, asked.cursor, 1)
    ordered = sorted(rows, key=key)
    left = [row for row in ordered if after is None or key(row) > after[0]]
    return page(name, left, asked.limit, lambda row: (key(row),))


def _checksum(name: str, told: bytes) -> bytes:
    return sha256(f"{name} ".encode() + told).digest()[:_CHECKED_BY]


def _is_place(place: Sequence[Any], length: int) -> bool:
    # The one character that PostgreSQL does not take must not come back to it.
    texts = all(isinstance(part, str) and "\x00" not in part for part in place)
    return texts and len(place) == length
