"""Reminders, time worked, and when a case is to be done."""

import sqlalchemy as sa
from alembic import op

from store.schema import Id, UtcTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("cases", sa.Column("due_at", UtcTime()))
    op.create_table(
        "reminders",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_number", Id, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_reminders_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "worked",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_number", Id, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_worked_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worked")),
    )
    op.create_index("ix_worked_case_number", "worked", ["case_number"])
