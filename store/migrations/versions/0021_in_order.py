"""What waits to be sent is found in the order in which it leaves: PostgreSQL sorted all of it for each twenty."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    waits = sa.text("state in ('waiting', 'leased')")
    op.drop_index("ix_outbox_open", "outbox")
    op.create_index("ix_outbox_open", "outbox", ["next_at", "id"], sqlite_where=waits, postgresql_where=waits)
