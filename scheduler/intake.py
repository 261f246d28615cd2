"""Turns what people and machines send into facts the registry can take.

Times without an offset are local to the facility. Every field that is wrong is
named at once, with its value and what is allowed; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from scheduler.domain import instants, refusals
from scheduler.domain.hold import Outcome
from scheduler.errors import InvalidHoldError, Phrase

Result = TypeVar("Result")

MAY_BE_AHEAD = timedelta(minutes=2)
"""A desk's clock may be a little fast."""
NEEDS_REASON_AFTER = timedelta(hours=72)
FORECAST_REACH = timedelta(days=730)
LONGEST_TEXT = 120
LONGEST_REASON = 2000

STARTS = frozenset({"lodged_at", "would_release_at", "warrant_served_at", "expected_release_at"})
"""Instants that may start a clock: of two readings the earlier is the safer."""
INSTANTS = (
    "lodged_at",
    "served_at",
    "warrant_received_at",
    "warrant_served_at",
    "judicial_order_at",
    "would_release_at",
    "expected_release_at",
    "notice_given_at",
    "citizenship_claimed_at",
    "outcome_at",
)


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A hold as it is to be registered; every instant UTC.

    Attributes:
        notes: What the reader must be told of how an instant was read.
        is_lodged_now: No lodging was given, so now was taken.
        subject_name: Encrypted at once; kept out of every event, log and alert.
    """

    facility_code: str
    hold_ref: str
    detainer_type: str
    lodged_at: datetime
    served_at: datetime | None = None
    warrant_received_at: datetime | None = None
    warrant_served_at: datetime | None = None
    judicial_order_at: datetime | None = None
    would_release_at: datetime | None = None
    expected_release_at: datetime | None = None
    notice_given_at: datetime | None = None
    citizenship_claimed_at: datetime | None = None
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    reason: str | None = None
    policy: str | None = None
    subject_name: str | None = field(default=None, repr=False)
    a_number: str | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    is_lodged_now: bool = False


def read_registration(
    fields: Mapping[str, Any], zone: str, now: datetime, *, is_history: bool = False
) -> Registration:
    """Read a registration as it was typed or sent.

    Args:
        fields: Texts by the names of `Registration`; blank and absent are the same.
        zone: The facility's IANA zone.
        now: UTC; the lodging, where none is given.
        is_history: An import or replay: the rules for entries of today do not bind.

    Raises:
        InvalidHoldError: With every problem found.
    """
    problems = Problems()
    read: dict[str, Any] = {}
    notes: list[str] = []
    for name in INSTANTS:
        parsed = problems.keep(read_instant, fields.get(name), zone, name)
        if parsed is not None:
            read[name] = parsed.instant
            notes += [parsed.note] if parsed.note else []
    read["is_lodged_now"] = "lodged_at" not in read
    read.setdefault("lodged_at", now)
    for name in ("hold_ref", "facility_code", "detainer_type", "policy"):
        read[name] = problems.keep(plain_text, fields.get(name), name)
    for name in ("subject_name", "a_number"):
        read[name] = problems.keep(plain_text, fields.get(name), name)
    read["reason"] = problems.keep(plain_text, fields.get("reason"), "reason", LONGEST_REASON)
    read["outcome"] = problems.keep(read_outcome, fields.get("outcome"))
    read["detainer_type"] = read["detainer_type"] or "I-247A"
    for name in ("hold_ref", "facility_code"):
        if read[name] is None:
            problems.add(name, f"{name}: it is missing; give one", Phrase(refusals.MISSING, {}))
    _check_entries(read, now, problems, is_history=is_history)
    problems.raise_any()
    return Registration(**read, notes=tuple(notes))


def _check_entries(
    read: dict[str, Any], now: datetime, problems: Problems, *, is_history: bool
) -> None:
    if read.get("outcome_at") is not None and read["outcome"] is None:
        told = "outcome: it is missing although outcome_at is given"
        problems.add("outcome", told, Phrase(refusals.OUTCOME_MISSING, {}))
    if read["outcome"] is not None and read.get("outcome_at") is None and not is_history:
        told = "outcome_at: it is missing although an outcome is given"
        problems.add("outcome_at", told, Phrase(refusals.OUTCOME_TIME_MISSING, {}))
    if not is_history:
        _take_future_release_as_expected(read, now)
        for name in INSTANTS:
            problems.keep(check_entry, read.get(name), now, read["reason"], name)
    ended = read.get("outcome_at")
    if ended is not None and ended < read["lodged_at"]:
        problems.add(
            "outcome_at",
            f"outcome_at: {instants.rfc3339(ended)} is before the lodging at "
            f"{instants.rfc3339(read['lodged_at'])}",
            Phrase(refusals.BEFORE_LODGING, {"at": ended, "lodged_at": read["lodged_at"]}),
        )


def _take_future_release_as_expected(read: dict[str, Any], now: datetime) -> None:
    """A release still to come is a forecast, and starts no clock."""
    release = read.get("would_release_at")
    if release is not None and release > now + MAY_BE_AHEAD:
        read["expected_release_at"] = read.pop("would_release_at")


def check_entry(at: datetime | None, now: datetime, reason: str | None, name: str) -> None:
    """Refuse a fact from the future, or far back without a reason.

    Raises:
        InvalidHoldError: Saying what is allowed.
    """
    if at is None:
        return
    shown = f"{name}: {instants.rfc3339(at)}"
    if name == "expected_release_at":
        if at > now + FORECAST_REACH:
            raise InvalidHoldError(f"{shown} is more than 2 years ahead", field=name).saying(
                refusals.FAR_AHEAD, at=at
            )
        return
    if at > now + MAY_BE_AHEAD:
        raise InvalidHoldError(
            f"{shown} is in the future; a fact may be at most 2 min ahead of "
            f"{instants.rfc3339(now)}",
            field=name,
        ).saying(refusals.AHEAD, at=at)
    if at < now - NEEDS_REASON_AFTER and not reason:
        raise InvalidHoldError(
            f"{shown} is more than 72 h back: say why (reason); it stays on the record", field=name
        ).saying(refusals.FAR_BACK)


def read_instant(text: object, zone: str | None, name: str) -> instants.Parsed | None:
    """Read an instant; blank is none. A start that comes twice is taken as the earlier."""
    if text is None or text == "":
        return None
    fold: instants.Fold = "earlier" if name in STARTS else "refuse"
    return instants.parse_instant(text, zone, fold=fold, field=name)


def read_outcome(text: object) -> Outcome | None:
    """Read an outcome's name; blank is none.

    Raises:
        InvalidHoldError: Listing the outcomes there are.
    """
    if text is None or text == "":
        return None
    try:
        return Outcome(str(text))
    except ValueError as exc:
        allowed = ", ".join(Outcome)
        raise InvalidHoldError(
            f"outcome: '{text}' is unknown; use one of {allowed}", field="outcome"
        ) from exc


_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain_text(text: object, name: str, longest: int = LONGEST_TEXT) -> str | None:
    """Read a text: trimmed, composed, without control or direction-override characters.

    Raises:
        InvalidHoldError: It is no text, too long, or has such characters.
    """
    if text is None:
        return None
    if not isinstance(text, str):
        raise InvalidHoldError(f"{name}: it must be a text", field=name)
    trimmed = unicodedata.normalize("NFC", text).strip()
    if len(trimmed) > longest:
        raise InvalidHoldError(
            f"{name}: {len(trimmed)} characters are too many; at most {longest}", field=name
        ).saying(refusals.TOO_LONG, n=len(trimmed), most=longest)
    if _UNSAFE.search(trimmed):
        raise InvalidHoldError(
            f"{name}: it has control or direction-override characters; leave them out", field=name
        ).saying(refusals.UNSAFE)
    return trimmed or None


def full_note(note: str | None, *, by: str | None = None, to: str | None = None) -> str | None:
    """Return a note with who did it and to whom, as the record keeps them together."""
    told = (f"by {by}" if by else "", f"to {to}" if to else "", note or "")
    return "; ".join(part for part in told if part) or None


class Problems:
    """Gathers what is wrong with a request, so that all of it is said at once."""

    def __init__(self) -> None:
        self.by_field: dict[str, str] = {}
        self.phrases: dict[str, Phrase] = {}

    def add(self, name: str, message: str, phrase: Phrase | None = None) -> None:
        """Note one problem, and what pages say of it; the first of a field stands."""
        if name not in self.by_field and phrase is not None:
            self.phrases[name] = phrase
        self.by_field.setdefault(name, message)

    def keep(self, read: Callable[..., Result], *values: Any) -> Result | None:
        """Return what `read` returns, or note its refusal and return None."""
        try:
            return read(*values)
        except InvalidHoldError as exc:
            self.add(exc.field or "request", str(exc), exc.phrase)
            return None

    def raise_any(self) -> None:
        """Raise what was gathered.

        Raises:
            InvalidHoldError: With `by_field`, if anything was gathered.
        """
        if self.by_field:
            refused = InvalidHoldError("; ".join(self.by_field.values()), by_field=self.by_field)
            refused.phrases = self.phrases
            raise refused
