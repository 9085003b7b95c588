"""A mail of nothing but commands is an entry of its own direction, no longer a note known by how its text begins."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    entries = sa.table(
        "entries",
        *(sa.column(name) for name in ("direction", "automatic", "letter_id", "rca", "text")),
    )
    # Of old rows only the text tells: a receipt's line is a sign, the command, a colon, and what became of it.
    receipts = sa.or_(*(entries.c.text.like(f"{sign} %: %") for sign in "✔✖–"))
    op.execute(
        sa.update(entries)
        .where(
            entries.c.direction == "note",
            entries.c.automatic.is_(sa.false()),
            entries.c.letter_id.is_not(None),
            entries.c.rca.is_(None),
            receipts,
        )
        .values(direction="orders")
    )
