"""A stamp on the directory, so that what was read of it can be kept until it changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STAMPED = {
    "facility": "UPDATE",
    "contact": "UPDATE",
    # How its deliveries fare is written there too, at every turn of the worker.
    "channel": "UPDATE OF contact_id, kind, place, disabled_at",
    "extra_holiday": "UPDATE",
}
"""Tables that are read at every registration and tick, and what changes them."""


def upgrade() -> None:
    """Create the stamp, and what changes it: triggers, so that no way of writing is forgotten."""
    op.create_table(
        "directory_stamp",
        sa.Column("only", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("only"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _stamp_sqlite()
    else:
        _stamp_postgresql()


def _stamp_sqlite() -> None:
    """Stamp the directory by chance: a count would come back after a change rolled back."""
    by_chance = "lower(hex(randomblob(16)))"
    op.execute(f"INSERT INTO directory_stamp VALUES (1, {by_chance})")
    for table, update in STAMPED.items():
        for change in ("INSERT", "DELETE", update):
            op.execute(
                f"CREATE TRIGGER {table}_stamp_{change.split()[0].lower()} AFTER {change} "
                f"ON {table} BEGIN UPDATE directory_stamp SET stamp = {by_chance}; END"
            )


def _stamp_postgresql() -> None:
    op.execute("INSERT INTO directory_stamp VALUES (1, gen_random_uuid()::text)")
    op.execute(
        "CREATE FUNCTION stamp_directory() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN UPDATE directory_stamp SET stamp = gen_random_uuid()::text; RETURN NULL; END $$"
    )
    for table, update in STAMPED.items():
        op.execute(
            f"CREATE TRIGGER {table}_stamp AFTER INSERT OR DELETE OR TRUNCATE OR {update} "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION stamp_directory()"
        )
