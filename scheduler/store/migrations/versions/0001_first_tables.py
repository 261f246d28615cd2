"""First tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, and let no event be changed."""
    op.create_table(
        "extra_holiday",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("policies", sa.String(), nullable=False),
        sa.Column("states", sa.String(), nullable=False),
        sa.Column("facilities", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "installation",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "office",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "pinned_rules",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("stopped_at", UTCDateTime(), nullable=True),
        sa.Column("overdue_s", sa.Integer(), nullable=False),
        sa.Column("clock_suspect", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "facility",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("office_code", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("ladder", sa.String(), nullable=True),
        sa.Column("aliases", sa.String(), nullable=True),
        sa.Column("small_counts_hidden", sa.Boolean(), nullable=False),
        sa.Column("alerts_despite_prohibition", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["office_code"],
            ["office.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("office_code", sa.String(), nullable=True),
        sa.Column("facility_code", sa.String(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("schedule", sa.String(), nullable=True),
        sa.Column("quiet_hours", sa.String(), nullable=True),
        sa.Column("kinds", sa.String(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "side IN ('office', 'facility', 'supervisor', 'administrators')", name="contact_side"
        ),
        sa.ForeignKeyConstraint(
            ["facility_code"],
            ["facility.code"],
        ),
        sa.ForeignKeyConstraint(
            ["office_code"],
            ["office.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_contact_facility_code"), "contact", ["facility_code"], unique=False)
    op.create_index(op.f("ix_contact_office_code"), "contact", ["office_code"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hold_ref", sa.String(), nullable=False),
        sa.Column("facility_code", sa.String(), nullable=False),
        sa.Column("detainer_type", sa.String(), nullable=False),
        sa.Column("rules_id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("lodged_at", UTCDateTime(), nullable=False),
        sa.Column("served_at", UTCDateTime(), nullable=True),
        sa.Column("warrant_served_at", UTCDateTime(), nullable=True),
        sa.Column("warrant_received_at", UTCDateTime(), nullable=True),
        sa.Column("judicial_order_at", UTCDateTime(), nullable=True),
        sa.Column("would_release_at", UTCDateTime(), nullable=True),
        sa.Column("expected_release_at", UTCDateTime(), nullable=True),
        sa.Column("notice_given_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_at", UTCDateTime(), nullable=True),
        sa.Column("outcome_by", sa.String(), nullable=True),
        sa.Column("outcome_basis", sa.String(), nullable=True),
        sa.Column("contradicted", sa.Boolean(), nullable=False),
        sa.Column("superseded_by", sa.String(), nullable=True),
        sa.Column("acknowledged_at", UTCDateTime(), nullable=True),
        sa.Column("arrival_at", UTCDateTime(), nullable=True),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=True),
        sa.Column("deadline_at", UTCDateTime(), nullable=True),
        sa.Column("ceiling_at", UTCDateTime(), nullable=True),
        sa.Column("window_no", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("ceiling_reached_at", UTCDateTime(), nullable=True),
        sa.Column("lapsed_at", UTCDateTime(), nullable=True),
        sa.Column("expired_at", UTCDateTime(), nullable=True),
        sa.Column("expired_step", sa.String(), nullable=True),
        sa.Column("accused", sa.String(), nullable=True),
        sa.Column("accused_at", UTCDateTime(), nullable=True),
        sa.Column("accused_step", sa.String(), nullable=True),
        sa.Column("outcome_step", sa.String(), nullable=True),
        sa.Column("confirmation_asked_at", UTCDateTime(), nullable=True),
        sa.Column("release_reminded_at", UTCDateTime(), nullable=True),
        sa.Column("notice_reminded_at", UTCDateTime(), nullable=True),
        sa.Column("notice_overdue_at", UTCDateTime(), nullable=True),
        sa.Column("reminded_to", UTCDateTime(), nullable=True),
        sa.Column("deadline_reminded_to", UTCDateTime(), nullable=True),
        sa.Column("alarmed_to", UTCDateTime(), nullable=True),
        sa.Column("escalate_at", UTCDateTime(), nullable=True),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("next_due_at", UTCDateTime(), nullable=True),
        sa.Column("alert_sequence", sa.Integer(), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("registered_as", sa.String(), nullable=False),
        sa.Column("registered_at", UTCDateTime(), nullable=False),
        sa.Column("retry_at", UTCDateTime(), nullable=True),
        sa.Column("set_aside_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["facility_code"],
            ["facility.code"],
        ),
        sa.ForeignKeyConstraint(
            ["rules_id"],
            ["pinned_rules.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("facility_code", "hold_ref", name="hold_reference"),
    )
    op.create_index(
        "hold_due",
        "hold",
        ["next_due_at"],
        unique=False,
        sqlite_where=sa.text("next_due_at IS NOT NULL"),
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
    )
    op.create_index(
        "hold_open",
        "hold",
        ["facility_code"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "hold_open_limit",
        "hold",
        ["ceiling_at", "id"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL AND ceiling_at IS NOT NULL"),
        postgresql_where=sa.text("outcome IS NULL AND ceiling_at IS NOT NULL"),
    )
    op.create_index(
        "hold_set_aside",
        "hold",
        ["retry_at"],
        unique=False,
        sqlite_where=sa.text("retry_at IS NOT NULL"),
        postgresql_where=sa.text("retry_at IS NOT NULL"),
    )
    op.create_table(
        "channel",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("failed_rounds", sa.Integer(), nullable=False),
        sa.Column("failing_since", UTCDateTime(), nullable=True),
        sa.Column("probe_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('webhook', 'email', 'apprise')", name="channel_kind"),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("id", "contact_id", name="channel_contact"),
    )
    op.create_index(op.f("ix_channel_contact_id"), "channel", ["contact_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hold_id", sa.String(), nullable=True),
        sa.Column("facility_code", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("occurred_at", UTCDateTime(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hold_id"],
            ["hold.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hold_id", "step", name="event_step"),
    )
    op.create_index("event_facility", "event", ["facility_code", "id"], unique=False)
    op.create_index("event_kind", "event", ["kind", "id"], unique=False)
    op.create_table(
        "person",
        sa.Column("hold_id", sa.String(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("a_number", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hold_id"],
            ["hold.id"],
        ),
        sa.PrimaryKeyConstraint("hold_id"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("hold_id", sa.String(), nullable=True),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("also", sa.String(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.Column("window_no", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt_at", UTCDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("leased_until", UTCDateTime(), nullable=True),
        sa.Column("first_attempt_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("acknowledged_at", UTCDateTime(), nullable=True),
        sa.Column("fallback_of", sa.String(), nullable=True),
        sa.Column("possible_duplicate", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state = 'waiting' OR state = 'sending' OR state = 'delivered' "
            "OR state = 'superseded' OR state = 'dead' OR state = 'recorded'",
            name="delivery_state",
        ),
        sa.ForeignKeyConstraint(
            ["channel_id", "contact_id"],
            ["channel.id", "channel.contact_id"],
            name="delivery_channel",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["event.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "channel_id", name="delivery_key"),
    )
    op.create_index("delivery_hold", "delivery", ["hold_id", "state"], unique=False)
    op.create_index(
        "delivery_dead",
        "delivery",
        ["ended_at"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "delivery_leased",
        "delivery",
        ["leased_until"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "delivery_waiting",
        "delivery",
        ["attempt_at", "urgency", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    """Refuse changes to events; `INSERT OR REPLACE` fires no delete trigger, so refuse it too."""
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{change.lower()} BEFORE {change} ON event "
            "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"
        )
    op.execute(
        "CREATE TRIGGER event_no_replace BEFORE INSERT ON event "
        # By either key a replacement would delete what is there.
        "WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id) "
        "OR EXISTS (SELECT 1 FROM event WHERE hold_id = NEW.hold_id AND step = NEW.step) "
        "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are never changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_event_change()"
    )
    op.execute(
        "CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()"
    )
    for trigger in ("event_no_change", "event_no_truncate"):
        op.execute(f"ALTER TABLE event ENABLE ALWAYS TRIGGER {trigger}")
    # The head of the due index is rewritten all day long.
    op.execute("ALTER TABLE hold SET (autovacuum_vacuum_scale_factor = 0.02)")
    op.execute("ALTER TABLE delivery SET (autovacuum_vacuum_scale_factor = 0.02)")
