"""What a refusal is said with on pages: sentences for people, put into their language there.

The message of an error names fields and spells instants for machines and logs. These are
what stands beside it for whoever typed: whole sentences, with what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scheduler.domain.hold import Outcome

OUTCOMES: Final = {
    Outcome.TRANSFERRED: "transferred",
    Outcome.RELEASED: "released",
    Outcome.CANCELLED: "cancelled by the agency",
    Outcome.DECLINED: "declined by the jail",
    Outcome.SUPERSEDED: "superseded by a newer detainer",
    Outcome.OTHER_CUSTODY: "moved to other custody",
    Outcome.DIED: "closed, since the person died",
    Outcome.ESCAPED: "closed, since the person escaped",
}

# About a hold as it stands.
CLOSED: Final = "This hold is closed: {outcome}, {at}. Correct the outcome first if that is wrong."
CLOSED_UNDATED: Final = (
    "This hold is closed: {outcome}. Correct the outcome first if that is wrong."
)
ON_RECORD: Final = (
    "That is on record already, at {at}. Correct that entry, with a reason, to change it."
)
RELEASE_ON_RECORD: Final = (
    "The release is on record already, at {at}. Correct that entry to change it."
)
NO_CLOCK: Final = "This hold's policy gives no authority to hold, so there is no clock to start."
OTHER_FIELDS: Final = (
    "{ref} is on record at this facility with other entries. A second detainer takes {ref}/2."
)
NOT_SENT_AGAIN: Final = "Only an alert that was given up or superseded is sent again."

# About what was typed.
AHEAD: Final = "{at} lies ahead. A fact cannot lie more than 2 min ahead."
FAR_AHEAD: Final = "{at} is more than 2 years ahead."
FAR_BACK: Final = "More than 72 h back: say why. The reason stays on the record."
MISSING: Final = "This is missing."
TOO_LONG: Final = "{n} characters are too many. At most {most} are taken."
UNSAFE: Final = "It has control or direction-override characters. Leave them out."
NOT_AHEAD: Final = "{at} is not ahead. An arrival is told at most 7 days ahead."
NO_YEAR: Final = "There is no report of that year. Years go from {first} to {last}."
BEFORE_LODGING: Final = "{at} is before the detainer was received, {lodged_at}."
OUTCOME_MISSING: Final = "There is a time of the outcome, but no outcome."
OUTCOME_TIME_MISSING: Final = "There is an outcome, but not when."


def phrases() -> Iterator[str]:
    """Yield everything that a refusal may ask to have translated."""
    yield from OUTCOMES.values()
    yield from (CLOSED, CLOSED_UNDATED, ON_RECORD, RELEASE_ON_RECORD, NO_CLOCK, OTHER_FIELDS)
    yield from (NOT_SENT_AGAIN, AHEAD, FAR_AHEAD, FAR_BACK, MISSING, TOO_LONG, UNSAFE)
    yield from (NOT_AHEAD, NO_YEAR, BEFORE_LODGING, OUTCOME_MISSING, OUTCOME_TIME_MISSING)
