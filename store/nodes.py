"""Nodes: the daemons that work on this store, and when each was heard of last. Nobody's right hangs on it: leases say
who may do what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from store.records import Node
from store.schema import nodes


class Nodes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen(self, name: str, version: str, started_at: datetime, now: datetime) -> None:
        """This node lives."""
        known = update(nodes).where(nodes.c.name == name).values(seen_at=now)
        if self._connection.execute(known).rowcount == 0:
            values = {"name": name, "version": version, "started_at": started_at, "seen_at": now}
            self._connection.execute(insert(nodes).values(**values))

    def left(self, names: list[str]) -> None:
        """These nodes are no more."""
        self._connection.execute(delete(nodes).where(nodes.c.name.in_(names)))

    def sweep(self, before: datetime) -> None:
        """Forget nodes that were not heard of since then."""
        self._connection.execute(delete(nodes).where(nodes.c.seen_at < before))

    def listed(self) -> list[Node]:
        rows = self._connection.execute(select(nodes).order_by(nodes.c.started_at, nodes.c.name))
        return [
            Node(name=row.name, version=row.version, started_at=row.started_at, seen_at=row.seen_at) for row in rows
        ]
