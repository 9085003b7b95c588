"""What could not be written because the store was away just then, and must be before anything new is begun.

The mail server has taken a mail, and the store is gone: if that answer were dropped, the mail would leave a second
time (promise 3). A letter was in hand when the store went: it is to be given back, so that it is not blamed. Such
things are kept in memory, a few for each thread, and written in their order as soon as the store is there again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from store import StoreUnavailable

T = TypeVar("T")


class Owed:
    """Debts to the store; each is a transaction that may be run twice. Safe to use from several threads."""

    def __init__(self) -> None:
        self._debts: deque[Callable[[], object]] = deque()
        self._turn = threading.Lock()

    def __len__(self) -> int:
        return len(self._debts)

    def pay(self, debt: Callable[[], T]) -> T:
        """Write it now. When the store is away: keep it, and raise StoreUnavailable."""
        try:
            return debt()
        except StoreUnavailable:
            self._debts.append(debt)
            raise

    def settle(self) -> None:
        """Write all that is owed, whoever owes it. Raises StoreUnavailable while the store is away."""
        with self._turn:
            while self._debts:
                try:
                    self._debts[0]()
                except StoreUnavailable:
                    raise
                except BaseException:  # a bug is said once, and not again and again in front of all others
                    self._debts.popleft()
                    raise
                self._debts.popleft()
