"""The zone that a reader of pages is in, where it is not the jail's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it to the accounts."""
    op.add_column("account", sa.Column("timezone", sa.String(), nullable=True))
