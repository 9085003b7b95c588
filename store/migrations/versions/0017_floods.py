"""Turns of letters, by whom they seem to come from; and what new cases are counted for, lest they be a flood."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_INDEXES = {
    "ix_letters_turn": ["turn", "id"],
    "ix_letters_behind": ["behind", "id"],
    "ix_letters_origin": ["origin", "behind"],
    "ix_letters_domain": ["domain"],
}


def upgrade() -> None:
    for name in ("origin", "domain"):
        op.add_column("letters", sa.Column(name, sa.Text(), nullable=True))
    for name in ("behind", "turn"):
        op.add_column("letters", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    stored = sa.text("state = 'stored'")
    for index, columns in _INDEXES.items():
        op.create_index(index, "letters", columns, sqlite_where=stored, postgresql_where=stored)
    op.add_column("cases", sa.Column("domain", sa.Text(), nullable=True))
    op.create_index("ix_cases_domain_created_at", "cases", ["domain", "created_at"])
    op.create_index("ix_cases_created_at_domain", "cases", ["created_at", "domain"])
