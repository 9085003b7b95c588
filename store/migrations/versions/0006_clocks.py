"""What clocks are computed from: changes of a case's fields (those of status come from the journal), and targets."""

import sqlalchemy as sa
from alembic import op

from store.records import Status
from store.schema import Id, UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_number", Id, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_changes_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_case_number"), "changes", ["case_number"])
    op.create_table(
        "targets",
        sa.Column("case_number", Id, nullable=False),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("met_at", UtcTime(), nullable=True),
        sa.Column("warned_at", UtcTime(), nullable=True),
        sa.Column("violated_at", UtcTime(), nullable=True),
        sa.Column("escalated_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_targets_case_number")),
        sa.PrimaryKeyConstraint("case_number", "goal", "round", name=op.f("pk_targets")),
    )
    _fill()


def _fill() -> None:
    """Until now a change of status stood in the journal only, as “New → Open: why”."""
    connection = op.get_bind()
    journal = sa.table("journal", *map(sa.column, ("id", "at", "case_number", "event", "why", "actor")))
    journal.c.at.type = UtcTime()
    changes = sa.table("changes", *map(sa.column, ("case_number", "at", "field", "was", "value", "why", "actor")))
    changes.c.at.type = UtcTime()
    names = {status.value for status in Status}
    moved = sa.select(journal).where(journal.c.event == "case.moved").order_by(journal.c.id)
    for row in connection.execute(moved).all():
        was, _, rest = row.why.partition(" → ")
        value, _, why = rest.partition(": ")
        if was in names and value in names:
            values = {"at": row.at, "field": "status", "was": was, "value": value, "why": why, "actor": row.actor}
            connection.execute(sa.insert(changes).values(case_number=row.case_number, **values))
