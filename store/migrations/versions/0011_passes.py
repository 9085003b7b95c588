"""Passes of agents. Those whose tokens the last release gave out get one of generation 0, so that they go on for as
long as they would have, had they been given out by this one."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from store.schema import Id, UtcTime

revision = "0011"
down_revision = "0010"

_LIFE = timedelta(days=15)


def upgrade() -> None:
    passes = op.create_table(
        "passes",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("case_number", Id, autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_number", "address", name=op.f("pk_passes")),
    )
    outbox = sa.table(
        "outbox",
        sa.column("case_number", Id),
        sa.column("event", sa.String()),
        sa.column("automatic", sa.Boolean()),
        sa.column("recipient", sa.Text()),
        sa.column("created_at", UtcTime()),
    )
    newest = op.get_bind().execute(sa.select(sa.func.max(outbox.c.created_at))).scalar()
    if newest is None:
        return
    fresh = outbox.c.automatic.is_(True) & (outbox.c.created_at > newest - _LIFE)
    # Some of them go to customers, who are no agents: theirs lead to nothing.
    number, none, last = outbox.c.case_number, sa.literal(0), sa.func.max(outbox.c.created_at)
    of_case = sa.select(outbox.c.recipient, number, none, last).where(fresh, number.is_not(None))
    alone = sa.select(outbox.c.recipient, none, none, last).where(fresh, outbox.c.event.in_(["receipt", "orders"]))
    columns = ["address", "case_number", "generation", "issued_at"]
    op.execute(sa.insert(passes).from_select(columns, of_case.group_by(outbox.c.recipient, number)))
    op.execute(sa.insert(passes).from_select(columns, alone.group_by(outbox.c.recipient)))
