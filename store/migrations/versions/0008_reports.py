"""Indices for what reports ask."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_cases_status_updated_at", "cases", ["status", "updated_at"])
    op.create_index("ix_cases_created_at_level", "cases", ["created_at", "level"])
    op.create_index("ix_cases_closed_at_level", "cases", ["closed_at", "level"])
    op.create_index("ix_targets_due_at_goal", "targets", ["due_at", "goal"])
