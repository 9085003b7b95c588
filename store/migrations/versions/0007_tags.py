"""Tags of cases; and a look-up of what a sender wrote lately."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("cases", sa.Column("tags", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_letters_sender_received_at", "letters", ["sender", "received_at"])
