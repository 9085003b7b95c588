"""All tables. The unique keys here, not code above, make a letter, an entry or a mail exist only once.

HEAD names the newest migration; `migrate.py` brings any older store up to it.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.columns import Id as Id
from store.columns import UtcTime as UtcTime
from store.columns import metadata as metadata
from store.schema_people import agents as agents
from store.schema_people import contacts as contacts
from store.schema_proving import codes as codes
from store.schema_proving import guesses as guesses
from store.schema_proving import passes as passes

HEAD = "0022"

raws = Table(
    "raws",
    metadata,
    Column("id", Id, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("raw_id", Id, ForeignKey("raws.id"), nullable=False),
    Column("mailbox", String, nullable=False),
    Column("queue", String),
    Column("folder", String),
    Column("uidvalidity", BigInteger),
    Column("uid", BigInteger),
    Column("received_at", UtcTime, nullable=False),
    # Until when its mailbox had been read when it was stored: it came later, however much earlier than `received_at`.
    Column("came_after", UtcTime),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("taken_by", String),
    Column("taken_until", UtcTime),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("digest", String),
    Column("message_id", Text),
    Column("sender", Text),
    Column("subject", Text),
    Column("case_number", Id, ForeignKey("cases.number")),
    Column("entry_id", Id, ForeignKey("entries.id")),
    Column("cause", String),
    Column("error", Text),
    Column("decision", JSON),
    # By a glance: from whom it seems to come, how many of theirs waited when it came, and when its turn is.
    Column("origin", Text),
    Column("domain", Text),
    Column("behind", Integer, nullable=False, server_default="0"),
    Column("turn", Integer, nullable=False, server_default="0"),
    # The same mail fetched again is the same letter; the same content in one queue is a duplicate.
    UniqueConstraint("mailbox", "folder", "uidvalidity", "uid"),
    UniqueConstraint("queue", "digest"),
    sqlite_autoincrement=True,
)
_stored = text("state = 'stored'")
for _name, _columns in {
    "waiting": (letters.c.id,),
    "turn": (letters.c.turn, letters.c.id),
    "behind": (letters.c.behind, letters.c.id),
    "origin": (letters.c.origin, letters.c.behind),
    "domain": (letters.c.domain,),
}.items():
    Index(f"ix_letters_{_name}", *_columns, sqlite_where=_stored, postgresql_where=_stored)
_held = text("state = 'quarantined'")
Index("ix_letters_quarantined", letters.c.id, sqlite_where=_held, postgresql_where=_held)
Index("ix_letters_message_id", letters.c.message_id)
Index("ix_letters_digest", letters.c.digest)
Index("ix_letters_sender_received_at", letters.c.sender, letters.c.received_at)

cases = Table(
    "cases",
    metadata,
    Column("number", Id, primary_key=True),
    Column("queue", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("level", String, nullable=False),
    Column("owner", String),
    # When it was given to its owner.
    Column("assigned_at", UtcTime),
    Column("requester", Text, nullable=False),
    Column("requester_name", Text, nullable=False),
    Column("creator", String),
    Column("language", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    # When an agent said that it is to be done.
    Column("due_at", UtcTime),
    Column("events", Integer, nullable=False),
    Column("root_message_id", Text),
    Column("continuation_of", Id, ForeignKey("cases.number")),
    Column("linked_to", Id, ForeignKey("cases.number")),
    # Words without blanks, one blank between two.
    Column("tags", Text, nullable=False, server_default=""),
    # Of the mail that opened it, where it is counted for floods.
    Column("domain", Text),
    sqlite_autoincrement=True,  # a number is never given twice
)
# What reports ask: the open ones, what came and went in a week.
Index("ix_cases_status", cases.c.status)
Index("ix_cases_created_at_level", cases.c.created_at, cases.c.level)
Index("ix_cases_closed_at_level", cases.c.closed_at, cases.c.level)
Index("ix_cases_owner_work", cases.c.owner, cases.c.status, cases.c.kind, cases.c.queue, cases.c.closed_at)
Index("ix_cases_owner_assigned_at_number", cases.c.owner, cases.c.assigned_at, cases.c.number)

Index("ix_cases_domain_created_at", cases.c.domain, cases.c.created_at)
Index("ix_cases_created_at_domain", cases.c.created_at, cases.c.domain)
# For a new mail that may belong to a case that its sender has already.
Index("ix_cases_requester_created_at", cases.c.requester, cases.c.created_at)

# What two cases are to each other, such as: this one was merged into that one.
relations = Table(
    "relations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("from_case", Id, ForeignKey("cases.number"), nullable=False),
    Column("kind", String, nullable=False),
    Column("to_case", Id, ForeignKey("cases.number"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    UniqueConstraint("from_case", "kind", "to_case"),
)
Index("ix_relations_to_case", relations.c.to_case, relations.c.kind)

participants = Table(
    "participants",
    metadata,
    Column("case_number", Id, ForeignKey("cases.number"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("undeliverable", Boolean, nullable=False, server_default=text("false")),
    Column("held", Boolean, nullable=False, server_default=text("false")),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_number", Id, ForeignKey("cases.number"), nullable=False),
    Column("event", Integer, nullable=False),
    Column("direction", String, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("sender", Text, nullable=False),
    Column("sender_name", Text, nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("message_id", Text),
    Column("at", UtcTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("letter_id", Id),
    # The level that found this cause.
    Column("rca", String),
    UniqueConstraint("case_number", "event"),
)
Index("ix_entries_message_id", entries.c.message_id)

timers = Table(
    "timers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_number", Id, ForeignKey("cases.number"), nullable=False),
    Column("name", String, nullable=False),
    Column("queue", String, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("armed_at", UtcTime, nullable=False),
    UniqueConstraint("case_number", "name"),
)
Index("ix_timers_queue_due_at", timers.c.queue, timers.c.due_at)
Index("ix_timers_due_at", timers.c.due_at)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_number", Id, ForeignKey("cases.number")),
    Column("entry_id", Id, ForeignKey("entries.id")),
    Column("event", String, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("envelope_from", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime),
    Column("lease_by", String),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    UniqueConstraint("message_id", "recipient"),
    sqlite_autoincrement=True,  # also when a mail was taken back
)
_open = text("state in ('waiting', 'leased')")
Index("ix_outbox_open", outbox.c.next_at, outbox.c.id, sqlite_where=_open, postgresql_where=_open)
Index("ix_outbox_case", outbox.c.case_number)
# Few, among many that wait: whether an older mail of a case is just leaving.
_leaving = text("state = 'leased'")
Index("ix_outbox_leaving", outbox.c.case_number, sqlite_where=_leaving, postgresql_where=_leaving)
# What the limiter counts, without reading a row.
_counted = (outbox.c.created_at, outbox.c.event, outbox.c.case_number, outbox.c.automatic)
Index("ix_outbox_person_counted", outbox.c.person, *_counted)
Index("ix_outbox_event_created_at", outbox.c.event, outbox.c.created_at)

journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("case_number", Id, ForeignKey("cases.number")),
    Column("letter_id", Id, ForeignKey("letters.id")),
    Column("event", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("actor", Text, nullable=False),
)
Index("ix_journal_case_number", journal.c.case_number)

# Which field of a case took another value when: what clocks and reports are computed from.
changes = Table(
    "changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_number", Id, ForeignKey("cases.number"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("field", String, nullable=False),
    Column("was", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("actor", Text, nullable=False),
)
Index("ix_changes_case_number", changes.c.case_number)

# How each case stands to what was promised for it, one row for each goal (and each round of one that recurs).
targets = Table(
    "targets",
    metadata,
    Column("case_number", Id, ForeignKey("cases.number"), primary_key=True),
    Column("goal", String, primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("due_at", UtcTime),
    Column("met_at", UtcTime),
    Column("warned_at", UtcTime),
    Column("violated_at", UtcTime),
    Column("escalated_at", UtcTime),
)
Index("ix_targets_due_at_goal", targets.c.due_at, targets.c.goal)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("name", String, primary_key=True),
    Column("read_at", UtcTime),
    Column("uidvalidity", BigInteger),
    # Which node reads it, until when; the fence grows with every change of hands.
    Column("holder", String),
    Column("held_until", UtcTime),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    # When it last had a new letter, and since when and why it cannot be read.
    Column("mail_at", UtcTime),
    Column("failing_since", UtcTime),
    Column("failure", Text),
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

# Notices that wait to be told in a person's one mail a day.
digests = Table(
    "digests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person", Text, nullable=False),
    Column("case_number", Id, ForeignKey("cases.number"), nullable=False),
    Column("event", String, nullable=False),
    Column("said", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
Index("ix_digests_person", digests.c.person)

# What agents want to be reminded of; the timer says when. An id is never given twice, since timers are named by it.
reminders = Table(
    "reminders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_number", Id, ForeignKey("cases.number"), nullable=False),
    Column("agent", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

# How long agents worked on a case.
worked = Table(
    "worked",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_number", Id, ForeignKey("cases.number"), nullable=False),
    Column("agent", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
Index("ix_worked_case_number", worked.c.case_number)

# What was learnt from former cases, version by version; the newest is in use.
models = Table(
    "models",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", String, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("lessons", Integer, nullable=False),
    Column("report", JSON, nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("version"),
    sqlite_autoincrement=True,
)

# What is true of the whole store, one line each, such as its epoch.
facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
