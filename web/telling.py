"""How pages tell what is on the log and in the outbox: events in sentences, alerts by their fate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from scheduler import sentences
from scheduler.domain.events import Kind
from scheduler.domain.speech import Speech
from scheduler.open_holds import FacilityRecord
from web.voice import Voice, marked

ELSEWHERE: Final = "UTC"
"""The zone of what concerns no facility that the reader sees."""
STATES: Final[Mapping[str, str]] = {
    "dead": marked("Not delivered"),
    "sending": marked("On its way"),
    "waiting": marked("Waiting"),
    "delivered": marked("Delivered"),
    "superseded": marked("Overtaken by a later one"),
    "recorded": marked("Recorded, not sent"),
}
"""What became of an alert, in words; what needs somebody comes first."""
CHANNELS: Final[Mapping[str, str]] = {
    "email": marked("e-mail"),
    "webhook": marked("webhook"),
    "apprise": marked("another service"),
}
"""What each kind of channel is called."""
KINDS: Final[Mapping[Kind, str]] = {
    Kind.HOLD_REGISTERED: marked("Hold registered"),
    Kind.DETAINER_SERVED: marked("Detainer served"),
    Kind.WARRANT_SERVED: marked("Warrant served"),
    Kind.PAPER_RECEIVED: marked("Paper received"),
    Kind.CLOCK_STARTED: marked("Clock started"),
    Kind.AUTHORITY_MISSING: marked("No authority on record"),
    Kind.REMINDER_DUE: marked("Reminder"),
    Kind.NOTICE_RECORDED: marked("Notice given"),
    Kind.NOTICE_OVERDUE: marked("Notice overdue"),
    Kind.CEILING_REACHED: marked("Ceiling passed"),
    Kind.HOLD_EXPIRED: marked("Expired"),
    Kind.RELEASE_WITHOUT_NOTIFICATION: marked("Release without notification"),
    Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN: marked("Release without notification withdrawn"),
    Kind.HOLD_EXPIRY_WITHDRAWN: marked("Expiry withdrawn"),
    Kind.AUTHORITY_LAPSED: marked("Authority lapsed"),
    Kind.RELEASE_CONFIRMATION_DUE: marked("Release expected now"),
    Kind.OVER_DETENTION_ALARM: marked("Over-detention alarm"),
    Kind.TRANSFER_RECORDED: marked("Transfer"),
    Kind.RELEASE_RECORDED: marked("Release"),
    Kind.DETAINER_CANCELLED: marked("Detainer cancelled"),
    Kind.DETAINER_DECLINED: marked("Detainer declined"),
    Kind.DETAINER_SUPERSEDED: marked("Detainer superseded"),
    Kind.CUSTODY_MOVED: marked("Other custody"),
    Kind.SUBJECT_DIED: marked("Death"),
    Kind.SUBJECT_ESCAPED: marked("Escape"),
    Kind.CITIZENSHIP_CLAIMED: marked("Claim of U.S. citizenship"),
    Kind.CLOCK_CORRECTED: marked("Correction that moved the clock"),
    Kind.ENTRY_CORRECTED: marked("Correction"),
    Kind.POLICY_CHANGED: marked("Rules of a hold changed"),
    Kind.ALERT_SENT: marked("Alert delivered"),
    Kind.ALERT_FAILED: marked("Alert not delivered"),
    Kind.ALERT_ACKNOWLEDGED: marked("Alert acknowledged"),
    Kind.ALERT_ESCALATED: marked("Alert passed on"),
    Kind.CALL_LOGGED: marked("Call"),
    Kind.SETTING_CHANGED: marked("Setting changed"),
    Kind.CHANNEL_TESTED: marked("Channel tested"),
    Kind.LOG_EXPORTED: marked("Copy of the log taken"),
    Kind.SUBJECT_SHOWN: marked("Person shown"),
    Kind.USER_SIGNED_IN: marked("Sign-in"),
    Kind.USER_SIGNED_OUT: marked("Sign-out"),
    Kind.SIGN_IN_FAILED: marked("Sign-in failed"),
    Kind.SIGN_IN_LOCKED: marked("Sign-in locked"),
    Kind.ACCESS_REFUSED: marked("Access refused"),
}
"""What each kind of event is called where it is chosen."""
ENDED_UNSENT: Final = frozenset({"dead", "superseded"})


class Zones(dict[str | None, str]):
    """The zones of facilities by their codes.

    Args:
        facilities: As the reader sees them.
    """

    def __init__(self, facilities: Iterable[FacilityRecord]) -> None:
        super().__init__({each.code: each.timezone for each in facilities})

    def __missing__(self, code: str | None) -> str:
        """Return the zone of what concerns none of them."""
        return ELSEWHERE


class Told(NamedTuple):
    """An event as it is read.

    Attributes:
        at: When it happened.
        late: How much later it was recorded, in words; empty within a minute.
    """

    at: datetime
    zone: str
    text: str
    late: str


class Sent(NamedTuple):
    """One alert on its way to one channel, as it is read.

    Attributes:
        delay: From the instant it was due to its arrival, in words; empty before that.
        is_doubtful: It may have arrived twice.
        may_resend: It ended without arriving.
        tried: When it was tried, and what each try was answered; empty where not asked for.
    """

    id: str
    hold_id: str
    title: str
    to: str
    due_at: datetime
    zone: str
    state: str
    tries: int
    delay: str
    is_doubtful: bool
    may_resend: bool
    tried: tuple[str, ...] = ()


def kinds(said: Voice) -> dict[str, str]:
    """Return what each kind of event is called, by its name in the log."""
    return {str(kind): said.say(KINDS[kind]) for kind in Kind}


def told(event: Mapping[str, Any], zone: str, said: Voice) -> Told:
    """Return an event as the log has it, in the reader's words and the facility's time."""
    text = sentences.sentence(
        event, zone, say=said.say, tell=lambda instant: said.when(instant, zone)
    )
    late = sentences.lateness(event)
    return Told(
        at=sentences.instant_of(event["occurred_at"]),
        zone=zone,
        text=text,
        late=said.gone(late) if late.total_seconds() >= 60 else "",
    )


def sent(
    row: Mapping[str, Any], zones: Mapping[str | None, str], said: Voice, tries: Iterable[Any] = ()
) -> Sent:
    """Return a delivery as `Views` has it, in the reader's words.

    Args:
        row: The delivery.
        zones: Of the facilities that the reader sees.
        said: Theirs.
        tries: To deliver it, as `Views.tries` has them.
    """
    state, title = STATES[row["state"]], sentences.alert_title(row["type"])
    due_at, arrived = sentences.instant_of(row["due_at"]), row["delivered_at"]
    return Sent(
        id=row["id"],
        hold_id=row["hold_id"] or "",
        title=said.say(title),
        to=f"{row['contact_name']}, {said.say(CHANNELS[row['channel_kind']])}",
        due_at=due_at,
        zone=zones[row["facility_code"]],
        state=said.say(state),
        tries=row["attempts"],
        delay="" if arrived is None else said.gone(sentences.instant_of(arrived) - due_at),
        is_doubtful=bool(row["possible_duplicate"]),
        may_resend=row["state"] in ENDED_UNSENT,
        tried=tuple(_try(each, zones[row["facility_code"]], said) for each in tries),
    )


def _try(tried: Any, zone: str, said: Voice) -> str:
    at = said.when(tried.started_at, zone, seconds=True, midnight=False)
    word = said.say("Delivered") if tried.result == "delivered" else said.say("Not delivered")
    if tried.status is None:
        return said.say("{at}: {result}", at=at, result=word.lower())
    return said.say("{at}: answered {status}", at=at, status=tried.status)


def speech(said: Voice) -> Speech:
    """Return how an explanation speaks to a reader."""
    return Speech(
        translate=said.say,
        tell=lambda at, zone: said.when(at, zone, year=True),
        tell_step=lambda at, zone: said.when(at, zone, midnight=False),
        tell_day=lambda day: said.day(day, year=True),
    )
