"""What happened, in plain sentences: one catalogue for the command line, paper and pages.

A sentence says what is on record and never where the person is. It takes an event
in the shape of the log; instants in it are shown in the facility's own time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from scheduler.domain import instants
from scheduler.domain.events import Kind

SENTENCES: Final[Mapping[str, str]] = {
    Kind.HOLD_REGISTERED: (
        "Detainer {detainer_type} registered, under policy {policy} version {policy_version}."
    ),
    Kind.DETAINER_SERVED: "A copy of the detainer was served on the person.",
    Kind.WARRANT_SERVED: "The warrant was served on the person.",
    Kind.PAPER_RECEIVED: "Paper received: {paper}.",
    Kind.CLOCK_STARTED: "The clock started.",
    Kind.AUTHORITY_MISSING: "No authority on record when the clock started; missing: {papers}.",
    Kind.REMINDER_DUE: "Reminder: {lead} to {counts_to}.",
    Kind.NOTICE_RECORDED: "Notice of release was given to: {to}.",
    Kind.NOTICE_OVERDUE: "Notice of release to the agency was overdue; none was on record.",
    Kind.CEILING_REACHED: "The ceiling passed.",
    Kind.HOLD_EXPIRED: "The limit passed with no transfer or release on record.",
    Kind.RELEASE_WITHOUT_NOTIFICATION: (
        "No transfer or notice on record at the deadline; whereabouts unconfirmed."
    ),
    Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN: (
        "Withdrawn: by the record as it stands now, no release went without notification then."
    ),
    Kind.HOLD_EXPIRY_WITHDRAWN: (
        "Withdrawn: by the record as it stands now, the limit had not passed."
    ),
    Kind.AUTHORITY_LAPSED: "Authority under the detainer ended; local custody went on.",
    Kind.RELEASE_CONFIRMATION_DUE: "The expected release had come: confirm or correct.",
    Kind.OVER_DETENTION_ALARM: "Over-detention alarm: {minutes} min past the limit, no outcome.",
    Kind.TRANSFER_RECORDED: "Transferred: the agency took custody.",
    Kind.RELEASE_RECORDED: "Released.",
    Kind.DETAINER_CANCELLED: "The agency cancelled the detainer.",
    Kind.DETAINER_DECLINED: "The facility declined to hold under the detainer.",
    Kind.DETAINER_SUPERSEDED: "A newer form took the place of this detainer.",
    Kind.CUSTODY_MOVED: "Moved to other custody.",
    Kind.SUBJECT_DIED: "The person died.",
    Kind.SUBJECT_ESCAPED: "The person escaped.",
    Kind.CITIZENSHIP_CLAIMED: "The person claimed U.S. citizenship.",
    Kind.CLOCK_CORRECTED: "Corrected, which moved the clock: {field} from {old} to {new}.",
    Kind.ENTRY_CORRECTED: "Corrected: {field} from {old} to {new}.",
    Kind.POLICY_CHANGED: "The rules of this hold were changed: {field} from {old} to {new}.",
    Kind.ALERT_SENT: "Alert delivered by {channel}: {type}, attempt {attempt}.",
    Kind.ALERT_FAILED: "Alert not delivered by {channel}: {type}, attempt {attempt}.",
    Kind.ALERT_ACKNOWLEDGED: "The alert was acknowledged.",
    Kind.ALERT_ESCALATED: "Not acknowledged: passed on to place {place} in the chain.",
    Kind.CALL_LOGGED: "A call was made.",
    Kind.SETTING_CHANGED: "Setting of {noun} {name} changed: {field} from {old} to {new}.",
    Kind.CHANNEL_TESTED: "A test message was ordered for channel {channel_id}.",
    Kind.LOG_EXPORTED: "The event log was exported as {format}: {count} events.",
    Kind.SUBJECT_SHOWN: "It was shown who is held.",
    Kind.USER_SIGNED_IN: "Signed in from {source}, by {how}.",
    Kind.USER_SIGNED_OUT: "Signed out from {source}.",
    Kind.SIGN_IN_FAILED: "A sign-in from {source} failed: {because}.",
    Kind.SIGN_IN_LOCKED: "Password sign-in locked after too many failures, the last from {source}.",
    Kind.ACCESS_REFUSED: "Refused to {source}: {what}.",
}
"""One sentence for each kind of event; the slots are filled from its data."""

CLAUSES: Final[Mapping[str, str]] = {
    "basis": "Basis: {basis}.",
    "expected_release_at": "Release expected {expected_release_at}.",
    "would_release_at": "Would have been released {would_release_at}.",
    "release_stated": "The release was given as {release_stated}.",
    "how": "How: {how}.",
    "arrival_at": "Arrival expected {arrival_at}.",
    "old_at": "It was dated {old_at}.",
    "new_at": "It is dated {new_at}.",
    "old_deadline_at": "Deadline before: {old_deadline_at}.",
    "new_deadline_at": "Deadline now: {new_deadline_at}.",
    "over_detention_minutes": "{over_detention_minutes} min after the limit.",
    "status": "The answer was {status}.",
    "missed": "It stands for {missed} earlier, due meanwhile.",
    "note": "Note: {note}.",
    "reason": "Reason: {reason}.",
}
"""What else an event may say, in this order, where its data has it."""

FLAGS: Final[Mapping[str, str]] = {
    "assumed": "The clock runs from the expected time, which nobody has confirmed.",
    "was_assumed": "It had run from the expected time, unconfirmed.",
    "undated": "The date is not known.",
    "late_entry": "Entered after the fact.",
    "contradicts": "This contradicts what the other side reported.",
    "given_up": "It was given up.",
    "possible_duplicate": "It may have been sent twice.",
    "clock_suspect": "The machine's clock had jumped.",
}
"""What an event says by a mark alone."""

CONFIRMED = "Released without notification: no notice to the agency came at or before the release."
CANNOT_COME = "The recipient of the alert cannot come."
BY_THE_AGENCY = "Reported by the agency."

WORDS: Final[Mapping[str, str]] = {
    "lodged_at": "detainer received",
    "served_at": "copy served",
    "warrant_served_at": "warrant served",
    "warrant_received_at": "warrant received",
    "judicial_order_at": "judicial order received",
    "would_release_at": "would have been released",
    "expected_release_at": "expected release",
    "notice_given_at": "notice to the agency",
    "served": "copy served",
    "judicial_order": "judicial official's order",
    "other_custody": "other custody",
    "expected_release": "the expected release",
    "notice": "the notice of release",
    "ceiling": "the ceiling",
    "deadline": "the deadline",
}
"""Names in the data, as the field says them; others stand as they are."""

SAYS_FIELD = frozenset({"field", "old", "new", "paper", "papers", "counts_to", "to"})
"""Data whose values are names of ours."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

NOT_ON_RECORD, NOTHING, YES, NO = "not on record", "nothing", "yes", "no"

Tell = Callable[[datetime], str]
"""Shows an instant to a reader."""
Say = Callable[[str], str]
"""Puts a phrase of this catalogue, its slots still open, into a reader's language."""
TITLES: Final[Mapping[str, str]] = {
    "hold.registered": "Detainer registered",
    "hold.clock_started": "Clock started",
    "hold.authority_missing": "No authority on record",
    "hold.reminder": "Reminder",
    "hold.notice_overdue": "Notice overdue",
    "hold.ceiling_reached": "Ceiling passed",
    "hold.expired": "Expired",
    "hold.release_without_notification": "Release without notification",
    "hold.over_detention": "Over-detention alarm",
    "hold.authority_lapsed": "Authority lapsed",
    "hold.confirm_release": "Release expected now",
    "hold.deadline_changed": "Deadline changed",
    "hold.withdrawn": "Earlier alert withdrawn",
    "hold.citizenship_claimed": "Claim of U.S. citizenship",
    "hold.closed": "Hold closed",
    "hold.escalated": "Not acknowledged",
    "delivery.failed": "Alerts do not arrive",
    "channel.test": "Test message",
}
"""What each type of alert is called where it is only listed."""


def sentence(
    event: Mapping[str, Any],
    zone: str,
    *,
    seconds: bool = False,
    say: Say = str,
    tell: Tell | None = None,
) -> str:
    """Return what an event says, in one or more plain sentences.

    Args:
        event: As the log shapes it: `kind` and `data` are looked at.
        zone: The facility's, in which instants are shown.
        seconds: Show them, as evidence does.
        say: Translates; English stays as it is.
        tell: Shows instants in a manner of its own.
    """
    data: Mapping[str, Any] = event["data"]

    def tell_plainly(instant: datetime) -> str:
        return instants.local_text(instant, zone, year=seconds, seconds=seconds)

    told = {key: _told(key, value, tell or tell_plainly, say) for key, value in data.items()}
    said = [_main(event["kind"], data, told, say)]
    said += [say(text).format_map(told) for key, text in CLAUSES.items() if data.get(key)]
    said += [say(text) for key, text in FLAGS.items() if data.get(key)]
    if data.get("reported_by") == "agency":
        said.append(say(BY_THE_AGENCY))
    return " ".join(said)


def phrases() -> Iterator[str]:
    """Yield everything that `sentence` may ask to have translated."""
    for catalogue in (SENTENCES, CLAUSES, FLAGS, WORDS, TITLES):
        yield from catalogue.values()
    yield from (CONFIRMED, CANNOT_COME, BY_THE_AGENCY, NOT_ON_RECORD, NOTHING, YES, NO)


def lateness(event: Mapping[str, Any]) -> timedelta:
    """Return how long after it happened an event was recorded."""
    return instant_of(event["recorded_at"]) - instant_of(event["occurred_at"])


def instant_of(text: str) -> datetime:
    """Read an instant as the log writes it."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _main(kind: str, data: Mapping[str, Any], told: Mapping[str, str], say: Say) -> str:
    if kind == Kind.RELEASE_WITHOUT_NOTIFICATION and data.get("confirmed"):
        return say(CONFIRMED)
    if kind == Kind.ALERT_ACKNOWLEDGED and data.get("answer"):
        # An answer, but nobody has the alert by it.
        return say(CANNOT_COME)
    pattern = SENTENCES.get(kind)
    if pattern is None:
        # A kind younger than this catalogue is said by its name.
        return kind.replace("_", " ").capitalize() + "."
    # What the data lacks is said to be missing.
    missing = say(NOT_ON_RECORD)
    return say(pattern).format_map(defaultdict(lambda: missing, told))


def _told(key: str, value: Any, tell: Tell, say: Say) -> str:
    if isinstance(value, bool):
        return say(YES) if value else say(NO)
    text = str(value)
    if is_instant(text):
        return tell(instant_of(text))
    if key in {"old", "new", "old_deadline_at", "new_deadline_at"} and not text:
        return say(NOTHING)
    if key == "type":
        return say(alert_title(text))
    if key in SAYS_FIELD:
        return ", ".join(say(WORDS[part]) if part in WORDS else part for part in text.split(", "))
    # Free text ends where its writer ended it.
    return text.rstrip(".") if key in {"note", "reason", "how"} else text


def alert_title(type_: str) -> str:
    """Return what a type is called; one that came later than the table by its own name."""
    return TITLES.get(type_) or type_.rpartition(".")[2].replace("_", " ").capitalize()


def is_instant(text: str) -> bool:
    """Say whether a value of the log is an instant."""
    return _INSTANT.fullmatch(text) is not None
