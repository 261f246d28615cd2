"""Events: what was observed, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Kind(StrEnum):
    """What was observed. The names are the ones readers of the log rely on."""

    HOLD_REGISTERED = "hold_registered"
    DETAINER_SERVED = "detainer_served"
    WARRANT_SERVED = "warrant_served"
    PAPER_RECEIVED = "paper_received"
    CLOCK_STARTED = "clock_started"
    AUTHORITY_MISSING = "authority_missing"
    REMINDER_DUE = "reminder_due"
    NOTICE_RECORDED = "notice_recorded"
    NOTICE_OVERDUE = "notice_overdue"
    CEILING_REACHED = "ceiling_reached"
    HOLD_EXPIRED = "hold_expired"
    RELEASE_WITHOUT_NOTIFICATION = "release_without_notification"
    RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN = "release_without_notification_withdrawn"
    HOLD_EXPIRY_WITHDRAWN = "hold_expiry_withdrawn"
    AUTHORITY_LAPSED = "authority_lapsed"
    RELEASE_CONFIRMATION_DUE = "release_confirmation_due"
    OVER_DETENTION_ALARM = "over_detention_alarm"
    TRANSFER_RECORDED = "transfer_recorded"
    RELEASE_RECORDED = "release_recorded"
    DETAINER_CANCELLED = "detainer_cancelled"
    DETAINER_DECLINED = "detainer_declined"
    DETAINER_SUPERSEDED = "detainer_superseded"
    CUSTODY_MOVED = "custody_moved"
    SUBJECT_DIED = "subject_died"
    SUBJECT_ESCAPED = "subject_escaped"
    CITIZENSHIP_CLAIMED = "citizenship_claimed"
    CLOCK_CORRECTED = "clock_corrected"
    ENTRY_CORRECTED = "entry_corrected"
    POLICY_CHANGED = "policy_changed"
    ALERT_SENT = "alert_sent"
    ALERT_FAILED = "alert_failed"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_ESCALATED = "alert_escalated"
    CALL_LOGGED = "call_logged"
    SETTING_CHANGED = "setting_changed"
    CHANNEL_TESTED = "channel_tested"
    LOG_EXPORTED = "log_exported"
    SUBJECT_SHOWN = "subject_shown"
    USER_SIGNED_IN = "user_signed_in"
    USER_SIGNED_OUT = "user_signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_LOCKED = "sign_in_locked"
    ACCESS_REFUSED = "access_refused"


Value = str | int | bool
"""What an event's data may hold: canonical bytes must not depend on a float's spelling."""

NO_DATA: Mapping[str, Value] = MappingProxyType({})


class Event(NamedTuple):
    """One observation about a hold.

    Attributes:
        kind: What was observed.
        occurred_at: UTC, when it happened (not when it was written).
        data: What belongs to it; never a person's data.
        step: Unique within the hold where given: the database refuses a
            second one, so an event that time brings cannot be written twice.
        names: Earlier events that this one answers, as (key, step): the
            store puts the event's id under that key into the data.
        place: For an escalation, the place in the chain that is told.
        by_time: Time brought it, not a person.
    """

    kind: Kind
    occurred_at: datetime
    data: Mapping[str, Value] = NO_DATA
    step: str | None = None
    names: tuple[tuple[str, str], ...] = ()
    place: int = 0
    by_time: bool = False
