"""Mailboxes: until when each was fully read. No timer acts before its mailbox was read again (promise 5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from store.schema import mailboxes


class Mailboxes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark_read(self, name: str, read_at: datetime, uidvalidity: int | None) -> int | None:
        """All that lay in the mailbox at `read_at` is stored. Returns the UIDVALIDITY known before."""
        values = {"read_at": read_at, "uidvalidity": uidvalidity}
        before = self._connection.execute(select(mailboxes.c.uidvalidity).where(mailboxes.c.name == name)).first()
        if before is None:
            self._connection.execute(insert(mailboxes).values(name=name, **values))
            return None
        self._connection.execute(update(mailboxes).where(mailboxes.c.name == name).values(**values))
        known: int | None = before.uidvalidity
        return known

    def read_at(self, names: Collection[str]) -> dict[str, datetime]:
        """Name → until when it was read; a mailbox never read is missing."""
        query = select(mailboxes.c.name, mailboxes.c.read_at).where(mailboxes.c.name.in_(names))
        return {name: at for name, at in self._connection.execute(query) if at is not None}
