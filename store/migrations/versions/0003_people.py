"""People: agents and contacts as they were changed, when a case was given to its owner, findings of causes."""

import sqlalchemy as sa
from alembic import op

from store.schema import UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("added", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("queues", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("skills", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("away_until", UtcTime(), nullable=True),
        sa.Column("away_why", sa.Text(), nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_agents")),
    )
    op.create_table(
        "contacts",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_contacts")),
    )
    op.add_column("cases", sa.Column("assigned_at", UtcTime(), nullable=True))
    op.add_column("entries", sa.Column("rca", sa.String(), nullable=True))
    op.create_index("ix_cases_owner_work", "cases", ["owner", "status", "kind", "queue", "closed_at"], unique=False)
    op.create_index("ix_cases_owner_assigned_at_number", "cases", ["owner", "assigned_at", "number"], unique=False)
