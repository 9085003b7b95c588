"""The connection that a thread keeps at hand from one single statement to the next."""

from __future__ import annotations

import threading
import time

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import QueuePool

LEFT = "left"
"""Under which name a connection's `info` has when it was last used, by the monotonic clock."""
FRESH = 1.0
"""Seconds for which a connection to PostgreSQL is taken to be alive. One that lay there for longer is asked first."""


def _has_room(engine: Engine) -> bool:
    """Whether most of its pool's connections are not in use."""
    pool = engine.pool
    return isinstance(pool, QueuePool) and pool.checkedout() <= pool.size() // 2


class Hand(threading.local):
    """The connection that this thread keeps for its next single statement, if it does."""

    keeps = False
    _kept: Connection | None = None
    _left = 0.0
    """When it was put there, by the monotonic clock."""

    def taken(self) -> Connection | None:
        """It, unless it lies there for so long that the pool had better ask it whether it lives."""
        if time.monotonic() - self._left > FRESH:
            self.let_go()
        kept, self._kept = self._kept, None
        return kept

    def take(self, connection: Connection) -> None:
        """Keep it, while the pool has enough for others: a sender may wait for its relay for minutes."""
        if self.keeps and self._kept is None and _has_room(connection.engine):
            self._kept, self._left = connection, time.monotonic()
        else:
            connection.close()

    def let_go(self) -> None:
        """Give it back: no thread has two."""
        kept, self._kept = self._kept, None
        if kept is not None:
            info = kept.info
            kept.close()
            info[LEFT] = self._left  # the pool takes it that it was used until now
