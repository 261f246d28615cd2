"""The schema: every table, its keys and its indexes.

SQLModel defines it; nothing is built from user input here (table models do not
validate). A plain `datetime` field is stored in UTC and comes back aware.
"""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

DELIVERY_STATES = ("waiting", "sending", "delivered", "superseded", "dead", "recorded")


class Row(SQLModel):
    """A row of some table."""

    # SQLAlchemy makes it of each, and SQLModel's types do not tell.
    __table__: ClassVar[Table]


class Installation(Row, table=True):
    """What this database is: facts about the installation itself."""

    __tablename__ = "installation"

    key: str = Field(primary_key=True)
    value: str


class DirectoryStamp(Row, table=True):
    """One row, stamped anew (by triggers) when who holds or who is told changes: see `kept`."""

    __tablename__ = "directory_stamp"

    only: int = Field(primary_key=True)
    stamp: str


class Office(Row, table=True):
    """An office of the agency that receives alerts."""

    __tablename__ = "office"

    code: str = Field(primary_key=True)
    name: str
    phone: str | None = None
    created_at: datetime
    disabled_at: datetime | None = None


class Facility(Row, table=True):
    """A jail, with its zone and the policy its new holds take."""

    __tablename__ = "facility"

    code: str = Field(primary_key=True)
    name: str
    state: str
    timezone: str
    policy: str
    office_code: str | None = Field(default=None, foreign_key="office.code")
    phone: str | None = None
    ladder: str | None = None
    aliases: str | None = None
    small_counts_hidden: bool = False
    alerts_despite_prohibition: bool = False
    """Alert the agency also about holds whose policy prohibits notice to it."""
    created_at: datetime
    disabled_at: datetime | None = None


class Contact(Row, table=True):
    """A recipient of alerts: of an office, of a facility, or an administrator."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint(
            "side IN ('office', 'facility', 'supervisor', 'administrators')", name="contact_side"
        ),
    )

    id: str = Field(primary_key=True)
    name: str
    side: str
    office_code: str | None = Field(default=None, foreign_key="office.code", index=True)
    facility_code: str | None = Field(default=None, foreign_key="facility.code", index=True)
    place: int | None = None
    """In the duty list, from 1; None is told of everything beside the list."""
    timezone: str | None = None
    schedule: str | None = None
    """Weekly hours on duty in that zone, as JSON; None is always on duty."""
    quiet_hours: str | None = None
    """Daily hours in that zone in which early reminders wait, as JSON."""
    kinds: str | None = None
    """Webhook types this contact is narrowed to, as JSON; None hears all that is routed to it."""
    created_at: datetime
    disabled_at: datetime | None = None


class Channel(Row, table=True):
    """One way to reach a contact. Its secrets are encrypted."""

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint("kind IN ('webhook', 'email', 'apprise')", name="channel_kind"),
        # What a delivery names both by.
        UniqueConstraint("id", "contact_id", name="channel_contact"),
    )

    id: str = Field(primary_key=True)
    contact_id: str = Field(foreign_key="contact.id", index=True)
    kind: str
    address: str
    """A URL or mail address; of kind `apprise` it is a secret, and only says so here."""
    secrets: bytes | None = Field(default=None, sa_type=LargeBinary)
    place: int = 1
    """Of a contact's channels: the first is used, the others when it fails or time is short."""
    failed_rounds: int = 0
    """Failures running, one for each round of tries: what the breaker counts."""
    failing_since: datetime | None = None
    probe_at: datetime | None = None
    """While the breaker is open: when to try the endpoint next."""
    created_at: datetime
    disabled_at: datetime | None = None


class ExtraHoliday(Row, table=True):
    """A dated holiday beyond the federal ones; an empty scope reaches everything."""

    __tablename__ = "extra_holiday"

    id: str = Field(primary_key=True)
    day: date
    name: str
    source: str
    policies: str = ""
    states: str = ""
    facilities: str = ""
    created_at: datetime
    disabled_at: datetime | None = None


class PinnedRules(Row, table=True):
    """Policy, checked policies, calendar and ladder as holds pinned them, by their digest."""

    __tablename__ = "pinned_rules"

    id: str = Field(primary_key=True)
    body: str


class HoldRow(Row, table=True):
    """A hold: `scheduler.domain.hold.Hold` field by field, and what the store adds."""

    __tablename__ = "hold"
    __table_args__ = (
        UniqueConstraint("facility_code", "hold_ref", name="hold_reference"),
        # The head of this index is all the deadline loop ever looks at.
        Index(
            "hold_due",
            "next_due_at",
            sqlite_where=text("next_due_at IS NOT NULL"),
            postgresql_where=text("next_due_at IS NOT NULL"),
        ),
        # Open holds are few beside those of years.
        Index(
            "hold_open",
            "facility_code",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
        # The first page of the open holds by their next limit, without sorting all of them.
        # Lodged ones, whose clock has not started, are not in it and cost nothing.
        Index(
            "hold_open_limit",
            "ceiling_at",
            "id",
            sqlite_where=text("outcome IS NULL AND ceiling_at IS NOT NULL"),
            postgresql_where=text("outcome IS NULL AND ceiling_at IS NOT NULL"),
        ),
        Index(
            "hold_set_aside",
            "retry_at",
            sqlite_where=text("retry_at IS NOT NULL"),
            postgresql_where=text("retry_at IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    hold_ref: str
    facility_code: str = Field(foreign_key="facility.code")
    detainer_type: str
    rules_id: str = Field(foreign_key="pinned_rules.id")
    policy: str
    policy_version: int

    lodged_at: datetime
    served_at: datetime | None = None
    warrant_served_at: datetime | None = None
    warrant_received_at: datetime | None = None
    judicial_order_at: datetime | None = None
    would_release_at: datetime | None = None
    expected_release_at: datetime | None = None
    notice_given_at: datetime | None = None
    outcome: str | None = None
    outcome_at: datetime | None = None
    outcome_by: str | None = None
    outcome_basis: str | None = None
    contradicted: bool = False
    superseded_by: str | None = None
    acknowledged_at: datetime | None = None
    arrival_at: datetime | None = None

    assumed: bool = False
    starts_at: datetime | None = None
    deadline_at: datetime | None = None
    ceiling_at: datetime | None = None
    window_no: int = 1

    edition: int = 0
    started_at: datetime | None = None
    ceiling_reached_at: datetime | None = None
    lapsed_at: datetime | None = None
    expired_at: datetime | None = None
    expired_step: str | None = None
    accused: str | None = None
    accused_at: datetime | None = None
    accused_step: str | None = None
    outcome_step: str | None = None
    confirmation_asked_at: datetime | None = None
    release_reminded_at: datetime | None = None
    notice_reminded_at: datetime | None = None
    notice_overdue_at: datetime | None = None
    reminded_to: datetime | None = None
    deadline_reminded_to: datetime | None = None
    alarmed_to: datetime | None = None
    escalate_at: datetime | None = None
    escalated: int = 0

    version: int = 1
    revision: int = 0

    status: str
    next_due_at: datetime | None = None
    alert_sequence: int = 0
    quiet: bool = False
    """Brought in by an import that was told to send nothing about the past."""
    registered_as: str
    """Digest of the registration as it was asked for: the same again is the same hold."""
    registered_at: datetime
    retry_at: datetime | None = None
    set_aside_because: str | None = None


class Person(Row, table=True):
    """Who is held, encrypted; apart from the hold, so that it can be erased alone."""

    __tablename__ = "person"

    hold_id: str = Field(primary_key=True, foreign_key="hold.id")
    name: bytes | None = Field(default=None, sa_type=LargeBinary)
    a_number: bytes | None = Field(default=None, sa_type=LargeBinary)


class EventRow(Row, table=True):
    """An event: canonical bytes, never updated (triggers refuse it), and columns to find it by."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("hold_id", "step", name="event_step"),
        # A page of the log, for whoever may see some facilities only, or asks for one kind.
        Index("event_facility", "facility_code", "id"),
        Index("event_kind", "kind", "id"),
        # Between which ids the events of some days lie, without reading the events of years.
        Index("event_occurred", "occurred_at", "id"),
    )

    id: str = Field(primary_key=True)
    hold_id: str | None = Field(default=None, foreign_key="hold.id")
    facility_code: str | None = None
    kind: str
    step: str | None = None
    occurred_at: datetime
    recorded_at: datetime
    body: str


class Delivery(Row, table=True):
    """One alert on its way to one channel: a row of the outbox."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "channel_id", name="delivery_key"),
        # That the contact is the channel's, in one look: each key costs a look a row.
        ForeignKeyConstraint(
            ["channel_id", "contact_id"],
            ["channel.id", "channel.contact_id"],
            name="delivery_channel",
        ),
        CheckConstraint(
            # Not `IN`: SQLite makes a table of its list anew for every row.
            " OR ".join(f"state = '{state}'" for state in DELIVERY_STATES),
            name="delivery_state",
        ),
        Index(
            "delivery_waiting",
            "attempt_at",
            "urgency",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "delivery_leased",
            "leased_until",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index(
            "delivery_dead",
            "ended_at",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
        Index("delivery_hold", "hold_id", "state"),
    )

    id: str = Field(primary_key=True)
    event_id: str = Field(foreign_key="event.id")
    hold_id: str | None = None
    """The event's, to search by; that it is there is what the event's own key says."""
    contact_id: str
    channel_id: str
    type: str
    also: str = ""
    urgency: int
    lasting: bool
    window_no: int
    sequence: int
    due_at: datetime
    written_at: datetime
    state: str = "waiting"
    attempt_at: datetime
    attempts: int = 0
    fence: int = 0
    leased_by: str | None = None
    leased_until: datetime | None = None
    first_attempt_at: datetime | None = None
    ended_at: datetime | None = None
    acknowledged_at: datetime | None = None
    fallback_of: str | None = None
    """The delivery that failed or took too long, which this one stands in for."""
    possible_duplicate: bool = False


class Attempt(Row, table=True):
    """One try to deliver, and what came of it."""

    __tablename__ = "attempt"

    delivery_id: str = Field(primary_key=True, foreign_key="delivery.id")
    number: int = Field(primary_key=True)
    started_at: datetime
    duration_ms: int
    result: str
    status: int | None = None
    answer: str = ""


class WorkerRow(Row, table=True):
    """A worker process and when its deadline thread last looked."""

    __tablename__ = "worker"

    id: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: datetime
    looked_at: datetime
    stopped_at: datetime | None = None
    overdue_s: int = 0
    clock_suspect: bool = False
