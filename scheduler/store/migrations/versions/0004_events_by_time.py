"""An index that finds the events of some days of a log of years."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.create_index("event_occurred", "event", ["occurred_at", "id"])
