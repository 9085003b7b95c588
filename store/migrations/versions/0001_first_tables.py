"""The first tables: letters, cases, entries, timers, outbox, journal, mailboxes."""

import sqlalchemy as sa
from alembic import op

from store.schema import Id, UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("number", Id, nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("creator", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("root_message_id", sa.Text(), nullable=True),
        sa.Column("continuation_of", Id, nullable=True),
        sa.Column("linked_to", Id, nullable=True),
        sa.ForeignKeyConstraint(["continuation_of"], ["cases.number"], name=op.f("fk_cases_continuation_of")),
        sa.ForeignKeyConstraint(["linked_to"], ["cases.number"], name=op.f("fk_cases_linked_to")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_cases")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mailboxes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("read_at", UtcTime(), nullable=True),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailboxes")),
    )
    op.create_table(
        "raws",
        sa.Column("id", Id, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raws")),
    )
    op.create_table(
        "entries",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_number", Id, nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("letter_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_entries_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("case_number", "event", name=op.f("uq_entries_case_number_event")),
    )
    op.create_index("ix_entries_message_id", "entries", ["message_id"], unique=False)
    op.create_table(
        "participants",
        sa.Column("case_number", Id, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("undeliverable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_participants_case_number")),
        sa.PrimaryKeyConstraint("case_number", "address", name=op.f("pk_participants")),
    )
    op.create_table(
        "timers",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_number", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("armed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_timers_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sa.UniqueConstraint("case_number", "name", name=op.f("uq_timers_case_number_name")),
    )
    op.create_index("ix_timers_queue_due_at", "timers", ["queue", "due_at"], unique=False)
    op.create_table(
        "letters",
        sa.Column("id", Id, nullable=False),
        sa.Column("raw_id", Id, nullable=False),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=True),
        sa.Column("folder", sa.String(), nullable=True),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("uid", sa.BigInteger(), nullable=True),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("taken_until", UtcTime(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("case_number", Id, nullable=True),
        sa.Column("entry_id", Id, nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_letters_case_number")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_letters_entry_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raws.id"], name=op.f("fk_letters_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint(
            "mailbox", "folder", "uidvalidity", "uid", name=op.f("uq_letters_mailbox_folder_uidvalidity_uid")
        ),
        sa.UniqueConstraint("queue", "digest", name=op.f("uq_letters_queue_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_letters_message_id", "letters", ["message_id"], unique=False)
    op.create_index(
        "ix_letters_quarantined",
        "letters",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.create_index(
        "ix_letters_waiting",
        "letters",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'stored'"),
        postgresql_where=sa.text("state = 'stored'"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_number", Id, nullable=True),
        sa.Column("entry_id", Id, nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_outbox_case_number")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_outbox_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", "recipient", name=op.f("uq_outbox_message_id_recipient")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_case", "outbox", ["case_number"], unique=False)
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state in ('waiting', 'leased')"),
        postgresql_where=sa.text("state in ('waiting', 'leased')"),
    )
    op.create_index("ix_outbox_person_created_at", "outbox", ["person", "created_at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("case_number", Id, nullable=True),
        sa.Column("letter_id", Id, nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_journal_case_number")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_journal_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_case_number", "journal", ["case_number"], unique=False)
