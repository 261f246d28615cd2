"""Proof of notice: everything on record about one hold, and when it was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler import sentences
from scheduler.domain import instants
from scheduler.domain.events import Kind
from scheduler.domain.explanation import Explanation, Reading
from scheduler.domain.hold import Hold, Outcome, Rules, over_detention_minutes, status
from scheduler.domain.instants import duration_text
from scheduler.domain.speech import ANCHOR_WORDS
from scheduler.papers.document import Cell, Document, Line, Section, Table
from scheduler.store.directory import FacilityRecord

MINUTE = timedelta(minutes=1)
LEAD = (
    "This packet says what is on record and when it was recorded. It does not say where the "
    "person is or was. No name or A-number appears."
)
MARKS = {
    "V": "read word for word",
    "Q": "quoted by another source",
    "S": "from a paraphrase or digest",
    "R": "general knowledge, not checked",
}
CORRECTIONS = frozenset({Kind.CLOCK_CORRECTED, Kind.ENTRY_CORRECTED, Kind.POLICY_CHANGED})
STATES = {
    "waiting": "waiting to be sent",
    "sending": "being sent",
    "superseded": "superseded before it was delivered",
    "dead": "not delivered, and given up",
    "recorded": "recorded only: a simulation sends nothing",
}
SIDES = {
    "office": "the agency's office",
    "facility": "the facility",
    "supervisor": "the office's supervisor",
    "administrators": "the administrators",
}
HOW_TO_CHECK = (
    "`holdclock events proof {hold_id}` writes these events, with what proves them part of the "
    "sealed log, into one file; `holdclock events verify-proof` checks that file. It needs the "
    "public key and no network, and shows nothing of other holds."
)
WHERE_EVENTS_ARE = (
    "Each event stands above under its id, and under its place in the log once it is sealed."
)
SIGNATURES = ("Name and title", "Signature", "Date and time, with zone")


class Evidence(NamedTuple):
    """What a packet is made of.

    Attributes:
        events: Every event about the hold, in the order of recording.
        alerts: Every alert, without addresses.
        tries: The tries of each alert, by its id.
        now: UTC.
        made_by: Who asks for it, as the log would name them.
    """

    hold: Hold
    rules: Rules
    facility: FacilityRecord
    explanation: Explanation
    events: Sequence[Mapping[str, Any]]
    alerts: Sequence[Any]
    tries: Mapping[str, Sequence[Any]]
    now: datetime
    made_by: str

    def tell(self, at: datetime | None) -> str:
        """Return an instant in the facility's time with seconds, and in UTC."""
        if at is None:
            return "not on record"
        local = instants.local_text(at, self.facility.timezone, year=True, seconds=True)
        return f"{local} ({instants.rfc3339(at)})"

    def told(self, event: Mapping[str, Any]) -> str:
        """Return an event in plain sentences."""
        return sentences.sentence(event, self.facility.timezone, seconds=True)


def packet(evidence: Evidence) -> Document:
    """Make the packet."""
    hold, facility = evidence.hold, evidence.facility
    return Document(
        title=f"Proof of notice: hold {hold.hold_ref}",
        stamp=f"Made {evidence.tell(evidence.now)} by {evidence.made_by}",
        lead=(f"Hold {hold.id} at {facility.name} ({facility.code}), {facility.state}.", LEAD),
        sections=(
            Section(heading="1. What is on record", pairs=tuple(_facts(evidence))),
            _limit(evidence),
            Section(
                heading="3. Notice to the agency, and alerts",
                tables=(_notices(evidence), _alerts(evidence)),
            ),
            Section(heading="4. Events, in the order of recording", tables=(_events(evidence),)),
            Section(heading="5. Corrections", tables=(_corrections(evidence),)),
            _check(evidence),
        ),
        signatures=SIGNATURES,
    )


def _facts(evidence: Evidence) -> Iterator[tuple[str, str]]:
    hold, tell = evidence.hold, evidence.tell
    yield "State", status(hold).replace("_", " ")
    yield "Form", hold.detainer_type
    yield "Detainer received", tell(hold.lodged_at)
    yield "Copy served on the person", tell(hold.served_at)
    yield "Warrant received", tell(hold.warrant_received_at)
    yield "Warrant served", tell(hold.warrant_served_at)
    yield "Judicial official's order", tell(hold.judicial_order_at)
    yield "Would have been released", tell(hold.would_release_at)
    if hold.would_release_at is None:
        assumed = ", not confirmed: the clock runs from it" if hold.assumed else ", a forecast"
        at = hold.expected_release_at
        yield "Expected release", tell(at) + (assumed if at is not None else "")
    yield "Clock started", tell(hold.started_at)
    yield "Deadline", tell(hold.deadline_at)
    yield "Ceiling", tell(hold.ceiling_at)
    yield "Notice to the agency", tell(hold.notice_given_at)
    yield "Outcome", _outcome(evidence)
    if hold.contradicted:
        yield "Contradiction", "the facility and the agency reported the outcome differently"


def _outcome(evidence: Evidence) -> str:
    hold = evidence.hold
    if hold.outcome is None:
        over = over_detention_minutes(hold, evidence.now)
        past = (
            f", {_past(over)} past the limit when this was made"
            if hold.expired_at is not None
            else ""
        )
        return f"none on record{past}"
    said = hold.outcome.replace("_", " ")
    if hold.outcome_at is None:
        return f"{said}, the date is not known"
    said = f"{said} {evidence.tell(hold.outcome_at)}"
    if hold.expired_at is not None:
        said += f", {_past(over_detention_minutes(hold, evidence.now))} after the limit"
    elif hold.deadline_at is not None and hold.outcome_at < hold.deadline_at:
        said += f", {_past((hold.deadline_at - hold.outcome_at) // MINUTE)} before the deadline"
    return said + _after_notice(hold)


def _after_notice(hold: Hold) -> str:
    if hold.outcome is not Outcome.RELEASED or hold.outcome_at is None:
        return ""
    if hold.notice_given_at is not None and hold.notice_given_at <= hold.outcome_at:
        return ", after notice"
    return ", no notice on record before it"


def _past(minutes: int) -> str:
    return duration_text(timedelta(minutes=minutes))


# How the limit was worked out.


def _limit(evidence: Evidence) -> Section:
    explained = evidence.explanation
    policy = evidence.rules.policy
    pairs = [
        ("Policy", f"{policy.id}, version {policy.version}: {policy.title}"),
        ("Clock starts at", ANCHOR_WORDS[policy.anchor]),
        ("Notice to the agency", policy.notice.value),
        ("Source", policy.source),
        ("Mark", _mark(policy.mark)),
    ]
    readings = (explained.policy, *explained.checked)
    return Section(
        heading="2. The limit, and how it was worked out",
        paragraphs=(
            explained.policy.sentence,
            explained.ceiling_sentence,
            *(f"Note: {warning}" for warning in explained.warnings),
        ),
        pairs=tuple(pairs),
        tables=tuple(_steps(reading) for reading in readings if reading.steps),
    )


def _mark(mark: str) -> str:
    meanings = [f"{letter}: {MARKS[letter]}" for letter in mark.split("/") if letter in MARKS]
    return f"{mark} ({'; '.join(meanings)})"


def _steps(reading: Reading) -> Table:
    lines = tuple(
        Line(
            (
                Cell(step.from_text),
                Cell(step.to_text),
                Cell(step.why),
                Cell(duration_text(step.counted)),
                Cell(duration_text(step.total)),
            )
        )
        for step in reading.steps
    )
    caption = (
        f"{reading.policy_id}, version {reading.version}. Source: {reading.source}; "
        f"mark {_mark(reading.mark)}. {reading.sentence}"
    )
    return Table(headings=("From", "To", "Why", "Counts", "Total"), lines=lines, caption=caption)


# Notice and alerts.


def _notices(evidence: Evidence) -> Table:
    lines = tuple(
        Line(
            (
                Cell(evidence.tell(sentences.instant_of(event["occurred_at"]))),
                Cell(evidence.told(event)),
                Cell(evidence.tell(sentences.instant_of(event["recorded_at"]))),
                Cell(event["actor"]),
            )
        )
        for event in evidence.events
        if event["kind"] == Kind.NOTICE_RECORDED
    )
    return Table(
        headings=("Given", "What", "Recorded", "By"),
        lines=lines,
        caption="Notices given by the facility:",
    )


def _alerts(evidence: Evidence) -> Table:
    by_id = {event["id"]: event for event in evidence.events}
    lines = tuple(_alert(alert, by_id, evidence) for alert in evidence.alerts)
    return Table(
        headings=("Alert", "To, and how", "Due", "Tries", "What became of it"),
        lines=lines,
        caption="Alerts sent by the system; they are no notice by the facility:",
    )


def _alert(alert: Any, by_id: Mapping[str, Mapping[str, Any]], evidence: Evidence) -> Line:
    event = by_id.get(alert.event_id)
    about = () if event is None else (evidence.told(event),)
    also = [sentences.alert_title(each) for each in alert.also.split()]
    stands_for = (f"It stands also for: {', '.join(also)}.",) if also else ()
    whose = alert.office_code or alert.facility_code
    to = f"{SIDES[alert.side]} {whose}" if whose else SIDES[alert.side]
    return Line(
        (
            Cell(sentences.alert_title(alert.type), (*about, *stands_for)),
            Cell(to, (f"by {alert.channel_kind}",)),
            Cell(evidence.tell(alert.due_at), (f"written {evidence.tell(alert.written_at)}",)),
            _tries(evidence.tries.get(alert.id, ()), evidence),
            Cell(_fate(alert, evidence)),
        )
    )


def _tries(tries: Sequence[Any], evidence: Evidence) -> Cell:
    said = tuple(
        f"{each.number}: {evidence.tell(each.started_at)}, {each.result}"
        + (f", answer {each.status}" if each.status is not None else "")
        + f", {each.duration_ms} ms"
        for each in tries
    )
    return Cell(str(len(said)), said)


def _fate(alert: Any, evidence: Evidence) -> str:
    twice = ". It may have been sent twice" if alert.possible_duplicate else ""
    if alert.state == "delivered":
        return f"delivered {evidence.tell(alert.ended_at)}{twice}"
    ended = "" if alert.ended_at is None else f" {evidence.tell(alert.ended_at)}"
    return f"{STATES[alert.state]}{ended}{twice}"


# Events.


def _events(evidence: Evidence) -> Table:
    lines = tuple(
        _event(number, event, evidence) for number, event in enumerate(evidence.events, 1)
    )
    return Table(headings=("No.", "Happened", "Recorded", "What", "By"), lines=lines)


def _event(number: int, event: Mapping[str, Any], evidence: Evidence) -> Line:
    place = event["seq"]
    late = sentences.lateness(event)
    return Line(
        (
            Cell(str(number), (f"log {place}" if place is not None else "not sealed yet",)),
            Cell(evidence.tell(sentences.instant_of(event["occurred_at"]))),
            Cell(
                evidence.tell(sentences.instant_of(event["recorded_at"])),
                (f"{duration_text(late)} later",) if late >= timedelta(seconds=1) else (),
            ),
            Cell(evidence.told(event), (event["id"],)),
            Cell(event["actor"]),
        )
    )


def _corrections(evidence: Evidence) -> Table:
    lines = tuple(
        _correction(event, evidence) for event in evidence.events if event["kind"] in CORRECTIONS
    )
    headings = ("Corrected", "What", "Old value", "New value", "Reason", "By")
    return Table(headings=headings, lines=lines)


def _correction(event: Mapping[str, Any], evidence: Evidence) -> Line:
    data = event["data"]
    field = data["field"]
    return Line(
        (
            Cell(evidence.tell(sentences.instant_of(event["recorded_at"]))),
            Cell(sentences.WORDS.get(field, field)),
            Cell(_value(data.get("old"), data.get("old_at"), evidence)),
            Cell(_value(data.get("new"), data.get("new_at"), evidence)),
            Cell(data.get("reason", "none given")),
            Cell(event["actor"]),
        )
    )


def _value(value: str | None, at: str | None, evidence: Evidence) -> str:
    if not value:
        return "nothing"
    if sentences.is_instant(value):
        return evidence.tell(sentences.instant_of(value))
    return f"{value}, {evidence.tell(sentences.instant_of(at))}" if at else value


def _check(evidence: Evidence) -> Section:
    return Section(
        heading="6. How to check this paper",
        paragraphs=(HOW_TO_CHECK.format(hold_id=evidence.hold.id), WHERE_EVENTS_ARE),
    )
