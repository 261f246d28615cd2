"""What comes next for a hold if nobody records anything: worked out by what will bring it about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from scheduler import sentences
from scheduler.domain import duties
from scheduler.domain.events import Event, Kind
from scheduler.views import HoldView
from web.voice import Voice, marked

TOLD: Final[Mapping[Kind, str]] = {
    Kind.REMINDER_DUE: sentences.SENTENCES[Kind.REMINDER_DUE],
    Kind.RELEASE_CONFIRMATION_DUE: marked("You are asked to confirm the expected release."),
    Kind.CLOCK_STARTED: marked("The clock starts."),
    Kind.NOTICE_OVERDUE: marked("Notice of release to the agency is due."),
    Kind.CEILING_REACHED: marked("The ceiling: the earliest limit."),
    Kind.AUTHORITY_LAPSED: marked("Authority under the detainer ends; local custody goes on."),
    Kind.HOLD_EXPIRED: marked(
        "The deadline: authority to hold ends. With no outcome on record the over-detention alarm "
        "starts: at once, every 15 min for an hour, then hourly."
    ),
}
"""What is told; the rest follows from it, or happens only if nobody answers."""
LAST: Final = frozenset({Kind.HOLD_EXPIRED, Kind.AUTHORITY_LAPSED})
MOST_STEPS: Final = 400
"""An alert that nobody answers goes on every half hour; a window may be long."""


class Coming(NamedTuple):
    """Something that comes at a known instant."""

    at: datetime
    text: str


def coming(view: HoldView, said: Voice) -> list[Coming]:
    """Return what time will bring about a hold up to the end of its authority, in order.

    Args:
        view: As it was read.
        said: The reader's voice.
    """
    found: list[Coming] = []
    # By the duties themselves, on a copy: a list of our own could differ from what they do.
    hold = duties.advance(view.hold, view.rules, view.now).hold
    for _ in range(MOST_STEPS):
        due = duties.next_due(hold, view.rules)
        if due is None:
            break
        done = duties.advance(hold, view.rules, due)
        hold = done.hold
        found += [
            # Not when it will have happened: a clock that is taken as started starts earlier.
            Coming(due, _text(each, said))
            for each in done.events
            if each.kind in TOLD
        ]
        if LAST.intersection(each.kind for each in done.events):
            break
    return found


def _text(event: Event, said: Voice) -> str:
    told = {name: _word(value, said) for name, value in event.data.items()}
    return said.say(TOLD[event.kind], **told)


def _word(value: object, said: Voice) -> object:
    known = sentences.WORDS.get(str(value))
    return value if known is None else said.say(known)
