"""Whether an older mail of a case is just leaving is found among those that leave, not among all that wait.
PostgreSQL compresses mails and texts the fast way, where it can: the other took longer than all else."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_LONG = (("raws", "content"), ("outbox", "content"), ("entries", "text"), ("entries", "words"), ("cases", "words"))
_CAN_BE_FAST = "select 'lz4' = any(enumvals) from pg_settings where name = 'default_toast_compression'"


def upgrade() -> None:
    leaving = sa.text("state = 'leased'")
    op.create_index("ix_outbox_leaving", "outbox", ["case_number"], sqlite_where=leaving, postgresql_where=leaving)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql" and connection.execute(sa.text(_CAN_BE_FAST)).scalar():
        for table, column in _LONG:
            op.execute(f"alter table {table} alter column {column} set compression lz4")
