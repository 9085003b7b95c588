"""Contacts: two addresses of one person."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("same_as", sa.Text(), nullable=True))
    op.create_index("ix_contacts_same_as", "contacts", ["same_as"])
