"""The tables of who is believed: passes, one-time codes, and who tries tokens. The others stand in `schema`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from store.columns import Id, UtcTime, metadata

# By what generation an agent's tokens for a case are good, and when the last one was given out. Case 0: for none.
passes = Table(
    "passes",
    metadata,
    Column("case_number", Id, primary_key=True, autoincrement=False),
    Column("address", Text, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
)

# What was asked of an agent about a letter that is held. Of the code itself only a digest is kept.
codes = Table(
    "codes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String, nullable=False),
    Column("agent", Text, nullable=False),
    Column("letter_id", Id, ForeignKey("letters.id"), nullable=False),
    # A digest of the letter's bytes.
    Column("bound", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("outcome", String),
    UniqueConstraint("digest"),
)

# Who shows tokens that are nobody's: how many since when, and until when theirs are not looked at.
guesses = Table(
    "guesses",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("ignored_until", UtcTime),
)
