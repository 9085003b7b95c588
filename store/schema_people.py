"""The tables of people: what was said of agents and of customers. The others stand in `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, String, Table, Text, text

from store.columns import UtcTime, metadata

# What was said of agents since the configuration was written: it goes before the file, column by column.
agents = Table(
    "agents",
    metadata,
    Column("address", Text, primary_key=True),
    # Whether it stands for itself; else it only changes an agent of the configuration.
    Column("added", Boolean, nullable=False, server_default=text("false")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("name", Text),
    Column("level", String),
    Column("role", String),
    Column("queues", JSON(none_as_null=True)),
    Column("skills", JSON(none_as_null=True)),
    Column("away_until", UtcTime),
    Column("away_why", Text),
    # Whether they want one mail a day instead of single notices.
    Column("digest", Boolean, nullable=False, server_default=text("false")),
    Column("changed_at", UtcTime, nullable=False),
)

# What was said of customers, beside what their mails say.
contacts = Table(
    "contacts",
    metadata,
    Column("address", Text, primary_key=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("name", Text),
    Column("language", String),
    Column("organisation", Text),
    Column("plan", String),
    Column("changed_at", UtcTime, nullable=False),
    # The address under which this person is known, where that is another one: never one that has such a line itself.
    Column("same_as", Text),
    Column("blocked_at", UtcTime),
)
Index("ix_contacts_same_as", contacts.c.same_as)
