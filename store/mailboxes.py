"""Mailboxes: until when each was fully read, and which node reads it. No timer acts before its mailbox was read again
(promise 5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, case, insert, or_, select, update

from store.engine import Conflict, Database, translated
from store.records import Lease
from store.schema import mailboxes


class Mailboxes:
    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection = connection
        self._database = database

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

    # leases: one node reads one mailbox at a time

    def lease(self, name: str, owner: str, now: datetime, until: datetime) -> int | None:
        """Take a mailbox that is free, whose lease ran out, or that is ours already; its fence, which grows when the
        holder changes. None when another has it."""
        free = or_(mailboxes.c.holder.is_(None), mailboxes.c.holder == owner, mailboxes.c.held_until <= now)
        fence = case((mailboxes.c.holder == owner, mailboxes.c.fence), else_=mailboxes.c.fence + 1)
        # Its holder may stand still in the middle of a transaction: nobody waits for that here.
        ours = self._database.skip_locked(select(mailboxes.c.name).where(mailboxes.c.name == name, free))
        taken = update(mailboxes).where(mailboxes.c.name.in_(ours))
        row = self._connection.execute(
            taken.values(holder=owner, held_until=until, fence=fence).returning(mailboxes.c.fence)
        ).first()
        if row is None and self._is_new(name):
            return self._first_lease(name, owner, until)
        return int(row.fence) if row else None

    def _is_new(self, name: str) -> bool:
        return self._connection.execute(select(mailboxes.c.name).where(mailboxes.c.name == name)).first() is None

    def _first_lease(self, name: str, owner: str, until: datetime) -> int | None:
        try:
            with translated(), self._connection.begin_nested():
                self._connection.execute(insert(mailboxes).values(name=name, holder=owner, held_until=until, fence=1))
        except Conflict:  # another node was quicker
            return None
        return 1

    def renew(self, name: str, owner: str, fence: int, until: datetime) -> bool:
        """Go on holding it. False when it has passed on; nobody else had it in between when it has not."""
        mine = (mailboxes.c.name == name, mailboxes.c.holder == owner, mailboxes.c.fence == fence)
        return self._connection.execute(update(mailboxes).where(*mine).values(held_until=until)).rowcount == 1

    def give_up(self, name: str, owner: str, fence: int) -> bool:
        """Leave it to whoever comes."""
        mine = (mailboxes.c.name == name, mailboxes.c.holder == owner, mailboxes.c.fence == fence)
        gone = update(mailboxes).where(*mine).values(holder=None, held_until=None)
        return self._connection.execute(gone).rowcount == 1

    def confirm(self, name: str, owner: str, fence: int) -> bool:
        """Whether it is still in this very hand; if so, it is until the end of the transaction."""
        query = select(mailboxes.c.name).where(
            mailboxes.c.name == name, mailboxes.c.holder == owner, mailboxes.c.fence == fence
        )
        return self._connection.execute(self._database.locked(query)).first() is not None

    def leases(self) -> dict[str, Lease]:
        """Mailbox → who reads it; those that nobody reads are missing."""
        query = select(mailboxes).where(mailboxes.c.holder.is_not(None), mailboxes.c.held_until.is_not(None))
        return {
            row.name: Lease(mailbox=row.name, holder=row.holder, until=row.held_until, fence=row.fence)
            for row in self._connection.execute(query)
        }

    def reclaim(self, holders: Collection[str]) -> None:
        """Free the mailboxes of holders that are gone."""
        gone = update(mailboxes).where(mailboxes.c.holder.in_(holders))
        self._connection.execute(gone.values(holder=None, held_until=None))
