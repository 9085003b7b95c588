"""Senders whose mail has no effect."""

import sqlalchemy as sa
from alembic import op

from store.schema import UtcTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("blocked_at", UtcTime()))
