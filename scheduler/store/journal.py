"""Writes what happened: events, the alerts they call for, and holds, in one transaction.

The registry and the worker both write through here, so a fact and what time
brought are recorded, routed and put in the outbox in one and the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, Protocol

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain import routing
from scheduler.domain.events import Event, Kind, Value
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.instants import rfc3339
from scheduler.domain.outcomes import OUTCOME_KINDS
from scheduler.domain.roster import Roster
from scheduler.domain.routing import Draft
from scheduler.store import at_once, bulk, ids, tables
from scheduler.store.at_once import Insertion
from scheduler.store.bulk import Bulk
from scheduler.store.holds import Written

EVENT = tables.EventRow.__table__
DELIVERY = tables.Delivery.__table__

TIMEKEEPER = "timekeeper"
"""Who wrote what time brought."""
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""A new delivery is due on any clock."""

_EVENTS = Bulk(
    EVENT,
    ("id", "hold_id", "facility_code", "kind", "step", "occurred_at", "recorded_at", "body"),
)
_DELIVERIES = Bulk(
    DELIVERY,
    (
        "id",
        "event_id",
        "hold_id",
        "contact_id",
        "channel_id",
        "type",
        "also",
        "urgency",
        "lasting",
        "window_no",
        "sequence",
        "due_at",
        "written_at",
        "state",
        "attempt_at",
    ),
    fixed={"attempts": "0", "fence": "0", "possible_duplicate": "FALSE"},
)

OVERTAKES = frozenset(
    {
        Kind.REMINDER_DUE,
        Kind.CEILING_REACHED,
        Kind.HOLD_EXPIRED,
        Kind.AUTHORITY_LAPSED,
    }
)
"""Kinds after which an earlier reminder or escalation, still waiting, says nothing new."""
OVERTAKEN = ("hold.reminder", "hold.escalated")


class Change(NamedTuple):
    """One hold as it is to be written, and what happened to it.

    Attributes:
        before: As read, or None for a new hold.
        hold: The new state.
        next_due_at: When anything is due next.
        events: In the order in which they are recorded.
        rules: Its rules.
        quiet: Send nothing about it.
        alert_sequence: How many alerts it has had.
    """

    before: Hold | None
    hold: Hold
    next_due_at: datetime | None
    events: Sequence[Event]
    rules: Rules
    alert_sequence: int = 0
    quiet: bool = False


class Moment(NamedTuple):
    """When, by whom, and how things are written.

    Attributes:
        now: UTC.
        actor: Who recorded the facts; what time brought is the timekeeper's.
        sends: False records alerts without sending them: a replay.
        is_suspect: The clock jumped; what time brought says so.
    """

    now: datetime
    actor: str = TIMEKEEPER
    sends: bool = True
    is_suspect: bool = False


class Journaled(NamedTuple):
    """What was written for one hold: the row still to write, and the ids of its events."""

    written: Written
    event_ids: list[str]


def record(
    connection: Connection,
    changes: Sequence[Change],
    rosters: Mapping[str, Roster],
    moment: Moment,
) -> list[Journaled]:
    """Write the events and outbox rows of these changes.

    Returns:
        For each change the hold row to write, with its alerts counted.
    """
    written, insertions = prepare(connection, changes, rosters, moment)
    _supersede(connection, changes, moment.now)
    at_once.insert(connection, insertions)
    return written


def prepare(
    connection: Connection,
    changes: Sequence[Change],
    rosters: Mapping[str, Roster],
    moment: Moment,
) -> tuple[list[Journaled], tuple[Insertion, Insertion]]:
    """Work out the events and outbox rows of these changes; reads, and writes nothing."""
    told = [event for change in changes for event in change.events]
    new_ids = ids.time_ordered(moment.now, len(told))
    event_ids = {id(event): new_id for event, new_id in zip(told, new_ids, strict=True)}
    events: list[tuple[Any, ...]] = []
    alerts: list[_Alert] = []
    alerted = _alerted(connection, changes, rosters)
    written: list[Journaled] = []
    for change in changes:
        events += _event_rows(connection, change, event_ids, moment)
        its_alerts = _alerts(change, rosters, moment.now, alerted.get(change.hold.id, ()))
        alerts += its_alerts
        sequence = change.alert_sequence + (1 if its_alerts else 0)
        row = Written(change.hold, change.next_due_at, sequence)
        written.append(Journaled(row, [event_ids[id(event)] for event in change.events]))
    deliveries = _delivery_rows(alerts, event_ids, moment)
    return written, (Insertion(_EVENTS, events), Insertion(_DELIVERIES, deliveries))


def _event_rows(
    connection: Connection, change: Change, event_ids: Mapping[int, str], moment: Moment
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    steps: dict[str, str] = {}
    hold = change.hold
    for event in change.events:
        event_id = event_ids[id(event)]
        if event.step is not None:
            steps[event.step] = event_id
        data = dict(event.data)
        for key, step in event.names:
            data[key] = steps.get(step) or _id_of(connection, hold.id, step)
        rows.append(_event_row(hold, event, data, moment=moment, event_id=event_id))
    return rows


def _event_row(
    hold: Subject, event: Event, data: dict[str, Value], *, moment: Moment, event_id: str
) -> tuple[Any, ...]:
    kind = str(event.kind)
    if moment.is_suspect and event.by_time:
        data["clock_suspect"] = True
    body = {
        "id": event_id,
        "kind": kind,
        "hold_id": hold.id,
        "hold_ref": hold.hold_ref,
        "facility_code": hold.facility_code,
        "window_no": hold.window_no,
        "occurred_at": rfc3339(event.occurred_at),
        "recorded_at": rfc3339(moment.now),
        "actor": TIMEKEEPER if event.by_time else moment.actor,
        "data": data,
    }
    return (
        event_id,
        hold.id,
        hold.facility_code,
        kind,
        event.step,
        event.occurred_at,
        moment.now,
        # Sorted keys, and data that holds text, whole numbers and booleans only:
        # these are the canonical bytes of RFC 8785.
        orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode(),
    )


class Subject(Protocol):
    """What an event is about, as far as its body names it."""

    @property
    def id(self) -> str | None: ...
    @property
    def hold_ref(self) -> str | None: ...
    @property
    def facility_code(self) -> str | None: ...
    @property
    def window_no(self) -> int | None: ...


class Nothing(NamedTuple):
    """Stands for the hold in an event that is about none."""

    id: str | None = None
    hold_ref: str | None = None
    facility_code: str | None = None
    window_no: int | None = None


def append(
    connection: Connection, told: Sequence[tuple[Subject, Event]], moment: Moment
) -> list[str]:
    """Write events that change no hold: what became of a delivery, a setting.

    Returns:
        Their ids.
    """
    new_ids = ids.time_ordered(moment.now, len(told))
    _EVENTS.insert(
        connection,
        [
            _event_row(subject, event, dict(event.data), moment=moment, event_id=new_id)
            for (subject, event), new_id in zip(told, new_ids, strict=True)
        ],
    )
    return new_ids


def _id_of(connection: Connection, hold_id: str, step: str) -> str:
    found: str | None = connection.execute(
        sa.select(EVENT.c.id).where(EVENT.c.hold_id == hold_id, EVENT.c.step == step)
    ).scalar()
    return found or ""


class _Alert(NamedTuple):
    """One alert to one channel of a recipient."""

    change: Change
    draft: Draft
    channel_id: str


def _alerts(
    change: Change, rosters: Mapping[str, Roster], now: datetime, heard: Collection[str]
) -> list[_Alert]:
    roster = rosters.get(change.hold.facility_code)
    if roster is None or change.quiet:
        return []
    return [
        _Alert(change, draft, channel.id)
        for draft in routing.drafts(
            change.events, roster, hold=change.hold, rules=change.rules, now=now, heard=heard
        )
        for channel in draft.channels
    ]


_TOLD_AGAIN = frozenset({*OUTCOME_KINDS.values(), Kind.CLOCK_CORRECTED, Kind.POLICY_CHANGED})
"""Kinds that whoever was alerted about the hold hears of: entries by people, and rare."""
_ALERTED = (
    sa.select(DELIVERY.c.hold_id, DELIVERY.c.contact_id)
    .where(
        DELIVERY.c.hold_id.in_(sa.bindparam("about", expanding=True)),
        # An administrator who heard of a failing endpoint heard nothing about a hold.
        DELIVERY.c.type.like("hold.%"),
    )
    .distinct()
)


def _alerted(
    connection: Connection, changes: Sequence[Change], rosters: Mapping[str, Roster]
) -> Mapping[str, Collection[str]]:
    """Return the contacts alerted so far, by hold, where that decides who hears now."""
    about = [
        change.hold.id
        for change in changes
        if change.before is not None
        and not change.quiet
        and any(event.kind in _TOLD_AGAIN for event in change.events)
        and rosters.get(change.hold.facility_code, Roster()).contacts
    ]
    alerted: dict[str, set[str]] = defaultdict(set)
    if about:
        for hold_id, contact_id in connection.execute(_ALERTED, {"about": about}):
            alerted[hold_id].add(contact_id)
    return alerted


def _delivery_rows(
    alerts: Sequence[_Alert], event_ids: Mapping[int, str], moment: Moment
) -> list[tuple[Any, ...]]:
    new_ids = ids.time_ordered(moment.now, len(alerts))
    state = "waiting" if moment.sends else "recorded"
    return [
        (
            new_id,
            event_ids[id(draft.event)],
            change.hold.id,
            draft.contact.id,
            channel_id,
            draft.type,
            " ".join(draft.also),
            draft.urgency,
            draft.lasting,
            change.hold.window_no,
            change.alert_sequence + 1,
            draft.event.occurred_at,
            moment.now,
            state,
            draft.not_before or AT_ONCE,
        )
        for new_id, (change, draft, channel_id) in zip(new_ids, alerts, strict=True)
    ]


def _supersede(connection: Connection, changes: Sequence[Change], now: datetime) -> None:
    """End waiting alerts that these changes overtake; a new hold has none."""
    known = [change for change in changes if change.before is not None]
    reminders = [c.hold.id for c in known if any(e.kind in OVERTAKES for e in c.events)]
    everything = [change.hold.id for change in known if _ends_alerts(change)]
    is_sqlite = connection.dialect.name == "sqlite"
    for statement, hold_ids in zip(
        _superseding(is_sqlite=is_sqlite), (reminders, everything), strict=True
    ):
        if hold_ids:
            about = bulk.as_one(hold_ids, is_sqlite=is_sqlite)
            connection.execute(statement, {"about": about, "now": now})


@cache
def _superseding(*, is_sqlite: bool) -> tuple[sa.Update, sa.Update]:
    """Return the statements that end the reminders, and everything, about some holds."""
    waiting = (
        sa.update(DELIVERY)
        .where(
            DELIVERY.c.state == "waiting",
            bulk.among(DELIVERY.c.hold_id, "about", is_sqlite=is_sqlite),
        )
        .values(state="superseded", ended_at=sa.bindparam("now"))
    )
    return (
        # Not `in_`, whose list is spelled out anew at every execution.
        waiting.where(sa.or_(*(DELIVERY.c.type == each for each in OVERTAKEN))),
        waiting.where(DELIVERY.c.lasting.is_(sa.false())),
    )


def _ends_alerts(change: Change) -> bool:
    """Say whether the hold closed, or its clock got a new window."""
    before = change.before
    if before is None:
        return False
    closed = change.hold.outcome is not None and before.outcome is None
    return closed or change.hold.window_no != before.window_no
