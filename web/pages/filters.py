"""What the filters of lists have in common: each is read, or refused at its own field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from scheduler.errors import ConflictError, HoldNotFoundError, InvalidHoldError
from scheduler.intake import LONGEST_TEXT
from scheduler.open_holds import FacilityRecord
from web.api import cursors
from web.identity import Person
from web.parts import Parts
from web.voice import Voice, marked

ALL: Final = marked("All")
NO_SUCH_FACILITY: Final = marked(
    "There is no facility {typed} among yours. Choose one of the list."
)
NO_SUCH_HOLD: Final = marked("There is no hold {typed} among your facilities.")
SEVERAL_HOLDS: Final = marked(
    "Several facilities have a hold {typed}. Choose the facility as well, or type the id of the hold."
)

Result = TypeVar("Result")
Choices = list[tuple[str, str]]


class Filters:
    """Reads what a reader asks for, and gathers what cannot be asked for.

    Args:
        parts: What is read.
        asks: Who asks; what is not theirs is not there.
        facilities: As they see them.
        said: Their voice.

    Attributes:
        problems: By field, a sentence each.
        is_astray: The address names no place of the list.
    """

    def __init__(
        self, parts: Parts, asks: Person, facilities: Sequence[FacilityRecord], said: Voice
    ) -> None:
        self._views = parts.views.seen_by(asks.actor)
        self._codes = {each.code for each in facilities}
        self.said = said
        self.problems: dict[str, str] = {}
        self.is_astray = False

    def refuse(self, field: str, sentence: str, **slots: str) -> None:
        """Say at a field what is wrong with it; a value is shown as far as one can be read."""
        shown = {name: text[:LONGEST_TEXT] for name, text in slots.items()}
        self.problems[field] = self.said.say(sentence, **shown)

    def keep(self, field: str, read: Callable[[], Result]) -> Result | None:
        """Return what is read, or note at the field why it is refused."""
        try:
            return read()
        except InvalidHoldError as exc:
            self.problems[field] = str(exc)
            return None

    def before(self, name: str, cursor: str) -> str | None:
        """Return the id that the page before ended with, or note that its address is not whole."""
        try:
            place = cursors.read(name, cursor or None, 1)
        except InvalidHoldError:
            self.is_astray = True
            return None
        return None if place is None else place[0]

    @property
    def are_good(self) -> bool:
        """Say whether everything can be asked for."""
        return not self.problems and not self.is_astray

    def facility(self, field: str, code: str) -> str | None:
        """Return the facility asked for; None asks for all."""
        if code and code not in self._codes:
            self.refuse(field, NO_SUCH_FACILITY, typed=code)
            return None
        return code or None

    def hold(self, field: str, name: str, facility_code: str | None = None) -> str | None:
        """Return the id of the hold asked for by its id or reference; None asks for all."""
        text = name.strip()
        if not text:
            return None
        try:
            return self._views.hold_id(text, facility_code=facility_code)
        except HoldNotFoundError:
            self.refuse(field, NO_SUCH_HOLD, typed=text)
        except ConflictError:
            self.refuse(field, SEVERAL_HOLDS, typed=text)
        return None


def choices(pairs: Iterable[tuple[str, str]], said: Voice) -> Choices:
    """Return what can be chosen, as pairs of value and words; nothing chosen is all of it."""
    return [("", said.say(ALL)), *pairs]
