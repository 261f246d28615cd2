"""The board: open holds by the limit that comes next, kept live; the wall; the same on paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler.domain.actors import Actor
from scheduler.domain.board import Group, Look, look_of
from scheduler.errors import ConflictError, HoldNotFoundError
from scheduler.open_holds import FacilityRecord, OpenHold, OpenHolds
from web import words
from web.frame import Frame, reader_from
from web.identity import Person, SignedIn
from web.parts import Parts
from web.voice import Voice, voice

A_PAGE: Final = 100
ON_EVERY_PAGE: Final = frozenset({Look.PAST, Look.LAST_HOURS})
LONGEST_TEXT: Final = 64


class Wanted(NamedTuple):
    """What the reader asked to see, as the address has it; empty asks for all.

    Attributes:
        q: Part of a reference or id.
        facility: Code.
        state: Of the facility.
        office: Code.
        page: From 1.
    """

    q: str = ""
    facility: str = ""
    state: str = ""
    office: str = ""
    page: int = 1

    def query(self, **changed: Any) -> str:
        """Return the address's query, without what asks for nothing."""
        told = self._replace(**changed)._asdict()
        return urlencode({name: text for name, text in told.items() if text not in ("", 1)})

    @property
    def narrows(self) -> bool:
        """Say whether anything is left out."""
        return bool(self.q or self.facility or self.state or self.office)


class Row(NamedTuple):
    """One hold on the board."""

    open_hold: OpenHold
    tags: tuple[words.Tag, ...]


class Section(NamedTuple):
    """A group of the board: its title, how many it has in all, and those on this page."""

    title: str
    holds: int
    rows: tuple[Row, ...]


class Shown(NamedTuple):
    """One page of the board.

    Attributes:
        counts: Over all rows in the reader's scope, by shape.
        pages: How many there are.
        left_out: Rows that the filter leaves out.
    """

    sections: tuple[Section, ...]
    counts: Mapping[str, int]
    total: int
    pages: int
    page: int
    left_out: int


class Asked(BaseModel):
    """The address's query as it came; what cannot be read asks for nothing."""

    q: str = ""
    facility: str = ""
    state: str = ""
    office: str = ""
    page: str = ""

    def read(self) -> Wanted:
        """Return what is asked for."""
        page = int(self.page) if self.page.isdecimal() and len(self.page) < 6 else 1
        return Wanted(
            self.q.strip()[:LONGEST_TEXT], self.facility, self.state, self.office, max(page, 1)
        )


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the board."""
    router = APIRouter()
    board = Board(parts)

    @router.get("/", response_class=HTMLResponse)
    def show(asks: SignedIn, wanted: Annotated[Asked, Query()]) -> Response:
        told = wanted.read()
        found = board.exactly(asks, told.q)
        if found is not None:
            return RedirectResponse(f"/holds/{found}", 303)
        return frame.page(asks, "board.html", board.values(asks, told), here="board")

    @router.get("/board/rows", response_class=HTMLResponse)
    def rows(asks: SignedIn, wanted: Annotated[Asked, Query()]) -> Response:
        return frame.page(asks, "board_rows.html", board.values(asks, wanted.read()), here="board")

    return router


class Board:
    """Gathers what the board shows."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def exactly(self, asks: Person, q: str) -> str | None:
        """Return the id of the one hold that a text names, closed ones too."""
        if not q:
            return None
        try:
            return self._parts.views.seen_by(asks.actor).hold(q).hold.id
        except HoldNotFoundError:
            # References are kept as they were typed; whoever looks for one types it anyhow.
            wanted = q.casefold()
            holds = [each.view.hold for each in self._theirs(asks).by_next_limit()]
            found = [hold.id for hold in holds if hold.hold_ref.casefold() == wanted]
            return found[0] if len(found) == 1 else None
        except ConflictError:
            return None

    def values(self, asks: Person, wanted: Wanted) -> dict[str, Any]:
        """Return what the templates need."""
        return self.seen_by(asks.actor, wanted, voice(reader_from(asks).manner))

    def seen_by(self, actor: Actor, wanted: Wanted, said: Voice) -> dict[str, Any]:
        """Return the same for whoever watches, signed in or not."""
        theirs = self._parts.open_holds.seen_by(actor)
        facilities, offices = theirs.facilities(), theirs.office_names()
        return {
            "wanted": wanted,
            "shown": arrange(theirs.by_next_limit(), wanted, said),
            "offices": offices,
            "choices": choices(facilities, offices),
        }

    def _theirs(self, asks: Person) -> OpenHolds:
        return self._parts.open_holds.seen_by(asks.actor)


def choices(
    facilities: Sequence[FacilityRecord], offices: Mapping[str, str]
) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen in the filter, as pairs of value and words."""
    codes = {each.office_code for each in facilities}
    return {
        "facility": [(each.code, each.name) for each in facilities],
        "state": [(state, state) for state in sorted({each.state for each in facilities})],
        "office": [(code, name) for code, name in sorted(offices.items()) if code in codes],
    }


def arrange(holds: Sequence[OpenHold], wanted: Wanted, said: Voice) -> Shown:
    """Choose what stands on a page, and count everything.

    What is past its limit is on every page and is never filtered away; what has 4 h or
    less is on every page of what is wanted.

    Args:
        holds: In the order of the board.
        wanted: The filter and the page.
        said: The reader's voice.
    """
    kept = [each for each in holds if each.place.look is Look.PAST or _is_wanted(each, wanted)]
    rest = [each for each in kept if each.place.look not in ON_EVERY_PAGE]
    pages = max(1, -(-len(rest) // A_PAGE))
    page = min(wanted.page, pages)
    here = {id(each) for each in rest[(page - 1) * A_PAGE : page * A_PAGE]}
    shown = [each for each in kept if each.place.look in ON_EVERY_PAGE or id(each) in here]
    return Shown(
        sections=tuple(_sections(shown, kept, said)),
        counts=Counter(_counted_as(each) for each in holds),
        total=len(holds),
        pages=pages,
        page=page,
        left_out=len(holds) - len(kept),
    )


def _is_wanted(each: OpenHold, wanted: Wanted) -> bool:
    hold, facility, text = each.view.hold, each.view.facility, wanted.q.casefold()
    return (
        (not text or text in hold.hold_ref.casefold() or text in hold.id.casefold())
        and wanted.facility in ("", facility.code)
        and wanted.state in ("", facility.state)
        and wanted.office in ("", facility.office_code)
    )


def _counted_as(each: OpenHold) -> str:
    group, look = each.place.group, each.place.look
    if group is not Group.RUNNING:
        return group.name.lower()
    # The ceiling has passed: what is counted is the time to the deadline.
    if look is Look.CEILING_PASSED and each.place.at is not None:
        look = look_of(each.place.at - each.view.now)
    return look.name.lower()


def _sections(
    shown: Sequence[OpenHold], kept: Sequence[OpenHold], said: Voice
) -> Iterator[Section]:
    counts = Counter(each.place.group for each in kept)
    for group, members in groupby(shown, key=lambda each: each.place.group):
        rows = tuple(Row(each, tuple(words.tags(each, said))) for each in members)
        yield Section(said.say(words.GROUPS[group]), counts[group], rows)
