"""What the limiter asks: who has had how many automatic mails, and to whom no more of them go."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("participants", sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.drop_index("ix_outbox_person_created_at", "outbox")
    counted = ["person", "created_at", "event", "case_number", "automatic"]
    op.create_index("ix_outbox_person_counted", "outbox", counted)
    op.create_index("ix_outbox_event_created_at", "outbox", ["event", "created_at"])
