"""Notices that are collected for one mail a day."""

import sqlalchemy as sa
from alembic import op

from store.schema import Id, UtcTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("agents", sa.Column("digest", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "digests",
        sa.Column("id", Id, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("case_number", Id, nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_digests_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
    )
    op.create_index("ix_digests_person", "digests", ["person"])
