"""Relations between cases, those from their own rows included; a requester's cases are found quickly."""

import sqlalchemy as sa
from alembic import op

from store.schema import Id, UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "relations",
        sa.Column("id", Id, nullable=False),
        sa.Column("from_case", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("to_case", Id, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["from_case"], ["cases.number"], name=op.f("fk_relations_from_case")),
        sa.ForeignKeyConstraint(["to_case"], ["cases.number"], name=op.f("fk_relations_to_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relations")),
        sa.UniqueConstraint("from_case", "kind", "to_case", name=op.f("uq_relations_from_case_kind_to_case")),
    )
    op.create_index("ix_relations_to_case", "relations", ["to_case", "kind"])
    op.create_index("ix_cases_requester_created_at", "cases", ["requester", "created_at"])
    for kind, column in (("continues", "continuation_of"), ("linked", "linked_to")):
        op.execute(
            sa.text(
                "insert into relations (from_case, kind, to_case, at, by) "
                f"select number, '{kind}', {column}, created_at, 'maild' from cases where {column} is not null"
            )
        )
