"""Leases: what one of several nodes has in hand, and until when it may rely on that.

A lease is a row: who, until when by the database's clock, and a fence that grows when the holder changes. While the
holder works, a thread renews it. The holder stops by itself before its lease ends, counted from the start of its last
renewal on a clock that goes on while the machine sleeps; and whatever it writes tests the fence. So a node that stood
still for an hour writes nothing once another has taken over. SQLite has one node, and no leases.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from maild.errors import Temporary
from maild.pipeline.beating import beating
from maild.pipeline.office import Clock, Office
from store import StoreUnavailable, Unit

_TRUST = 0.75
"""The part of a lease that its holder relies on."""
_RENEWALS = 4
"""How often a lease is renewed in its length."""


class LeaseLost(Temporary):
    """This node stood still, or was cut off, for so long that another may have taken over."""


class Elsewhere(Temporary):
    """Another node reads this mailbox."""

    def __init__(self, mailbox: str, holder: str) -> None:
        super().__init__(f"{holder} reads mailbox {mailbox}")
        self.holder = holder


def boottime() -> float:
    """Seconds that have really passed, those in which the machine slept or this process was stopped as well."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Hold:
    """The right to read one mailbox. Without a fence (SQLite) it never ends."""

    def __init__(self, name: str, owner: str = "", fence: int | None = None) -> None:
        self.fence = fence
        self._name = name
        self._owner = owner
        self._sure_until = float("inf")
        self._lost = LeaseLost(f"mailbox {name}: its lease was not renewed in time; another node may read it")

    def check(self) -> None:
        """Before each step that others see. Raises LeaseLost."""
        if not self.is_sure():
            raise self._lost

    def confirm(self, unit: Unit) -> None:
        """Before what this transaction writes: it is ours until the commit. Raises LeaseLost."""
        self.check()
        if self.fence is not None and not unit.mailboxes.confirm(self._name, self._owner, self.fence):
            raise self._lost

    def is_sure(self) -> bool:
        return boottime() < self._sure_until

    def trust_until(self, moment: float) -> None:
        self._sure_until = moment


@contextmanager
def reading(office: Office, name: str, clock: Clock, over: threading.Event | None = None) -> Iterator[Hold]:
    """The right to read a mailbox, renewed until the body ends; `over` is set when it is lost before.

    Raises Elsewhere when another node has it.
    """
    if not office.store.is_shared:
        yield Hold(name)
        return
    began, trust = boottime(), _TRUST * office.lease.total_seconds()
    with office.store.write() as unit:
        at = unit.clock(clock())
        fence = unit.mailboxes.lease(name, office.node, at, at + office.lease)
        holder = unit.mailboxes.leases().get(name) if fence is None else None
    if fence is None:
        raise Elsewhere(name, holder.holder if holder else "another node")
    hold = Hold(name, office.node, fence)
    hold.trust_until(began + trust)

    def renew(unit: Unit, asked_at: float) -> bool:
        ours = unit.mailboxes.renew(name, office.node, fence, unit.clock(clock()) + office.lease)
        hold.trust_until(asked_at + trust if ours else 0.0)
        return ours

    try:
        with _renewed(office, f"lease {name}", renew, hold.is_sure, over or threading.Event()):
            yield hold
    finally:
        with suppress(StoreUnavailable), office.store.write() as unit:
            unit.mailboxes.give_up(name, office.node, fence)


@contextmanager
def keeping(office: Office, renew: Callable[[Unit], None]) -> Iterator[None]:
    """Renew what a stage has in hand while the body runs. Whether it is still there is tested when it is written."""
    if not office.store.is_shared:
        yield
        return

    def again(unit: Unit, _asked_at: float) -> bool:
        renew(unit)
        return True

    with _renewed(office, "lease", again, lambda: True, threading.Event()):
        yield


@contextmanager
def _renewed(
    office: Office,
    name: str,
    renew: Callable[[Unit, float], bool],
    is_sure: Callable[[], bool],
    over: threading.Event,
) -> Iterator[None]:
    def beat() -> bool:
        ours, asked_at = True, boottime()  # before asking: however long the answer takes is not ours
        # The store may come back before the lease ends.
        with suppress(StoreUnavailable), office.store.write() as unit:
            ours = renew(unit, asked_at)
        return ours and is_sure()

    with beating(name, office.lease.total_seconds() / _RENEWALS, beat, over):
        yield
