"""What the daemon does now and then besides mail: it watches the store's age and version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maild.daemon.age import grow_older
from maild.daemon.loops import Daemon
from maild.log import Event
from maild.pipeline.office import Office
from maild.settings.build import Plan

_LOOK_AT_STORE = 300.0
"""Seconds: how much an older copy of the store may be younger than that and go unnoticed."""


def begin(plan: Plan, office: Office) -> None:
    """At each start: the store grows older by one, and what holds its outbox is said."""
    with office.store.read() as unit:
        held = unit.facts.outbox_held()
    if held is not None:
        office.log.emit(Event.OUTBOX_HELD, reason=held)
    grow_older(office.store, office.log, plan.state_dir)


@dataclass(slots=True)
class Duties:
    plan: Plan
    office: Office
    stop: Callable[[], None]
    outdated: bool = False
    """Whether a newer maild has migrated the store under our feet."""

    def look_at_store(self) -> int:
        """Stop in order when the store is newer than this program; notice when it is older than it was."""
        if self.office.store.is_too_new():
            self.office.log.emit(Event.STORE_TOO_NEW)
            self.outdated = True
            self.stop()
            return 0
        return grow_older(self.office.store, self.office.log, self.plan.state_dir).epoch


def add_duties(daemon: Daemon, plan: Plan, office: Office) -> Duties:
    duties = Duties(plan, office, daemon.stop)
    daemon.add_duty(_LOOK_AT_STORE, "store", duties.look_at_store)
    return duties
