"""Several nodes on one store, and a store that knows its own age: nodes, leases on mailboxes, fences, facts."""

import sqlalchemy as sa
from alembic import op

from store.schema import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nodes")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    for column in (
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("held_until", UtcTime(), nullable=True),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mail_at", UtcTime(), nullable=True),
        sa.Column("failing_since", UtcTime(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
    ):
        op.add_column("mailboxes", column)
    op.add_column("letters", sa.Column("came_after", UtcTime(), nullable=True))
    op.add_column("letters", sa.Column("fence", sa.Integer(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("fence", sa.Integer(), server_default="0", nullable=False))
