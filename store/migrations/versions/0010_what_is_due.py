"""Indexes: what is due, and the same content in another queue, are found without reading a whole table."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_timers_due_at", "timers", ["due_at"])
    op.create_index("ix_letters_digest", "letters", ["digest"])
