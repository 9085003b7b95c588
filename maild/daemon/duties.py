"""What the daemon does now and then besides mail: it watches the mailboxes, the clock, the store's age
and version, takes backups, tries them, and learns.

A backup, a drill and learning are commands of their own, run as child processes: they may take long, and the
daemon's memory and its stop are none of theirs. Of several nodes on one store, one has each turn.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from maild.backup.age import grow_older
from maild.daemon.clock import MOST, SteadyClock
from maild.daemon.loops import Daemon
from maild.daemon.watch import EVERY, Watch
from maild.log import Event
from maild.pipeline.digests import send_digests
from maild.pipeline.office import Clock, Office
from maild.pipeline.quarantine import send_quarantine
from maild.pipeline.reporting import send_reports
from maild.settings.build import Plan

_LOOK_AT_CLOCK = 5.0
_LOOK_AT_STORE = 300.0
"""Seconds: how much an older copy of the store may be younger than that and go unnoticed."""
_LOOK_AT_DUE = 60.0
_LEARN = "learn train"
_AGAIN = timedelta(hours=1)
"""After a failure."""


def begin(plan: Plan, office: Office) -> None:
    """At each start: the store grows older by one, and what holds its outbox or its timers is said."""
    with office.store.read() as unit:
        held, timers_held = unit.facts.outbox_held(), unit.facts.timers_held()
    if held is not None:
        office.log.emit(Event.OUTBOX_HELD, reason=held)
    if timers_held is not None:
        office.log.emit(Event.TIMERS_HELD, reason=timers_held)
    grow_older(office.store, office.log, plan.state_dir)


@dataclass(slots=True)
class Duties:
    plan: Plan
    office: Office
    clock: Clock
    stop: Callable[[], None]
    stopping: threading.Event
    watch: Watch
    in_doubt: Callable[[], bool] = lambda: False
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

    def back_up(self) -> int:
        """A backup when one is due, then a drill when one is."""
        said = self.plan.settings.backup
        return self._in_turn("backup", said.every) + self._in_turn("drill", said.drill_every)

    def report(self) -> int:
        """Mail the reports and digests that are due; none while it is doubted what the time is."""
        if self.in_doubt():
            return 0
        sent = send_reports(self.office, self.clock) + send_digests(self.office, self.clock)
        return sent + send_quarantine(self.office, self.clock)

    def learn(self) -> int:
        """Learn anew when it is due."""
        return self._in_turn(_LEARN, self.plan.settings.learning.every)

    def _in_turn(self, duty: str, every: timedelta) -> int:
        now = self.clock()
        if not every or not self._has_turn(duty, every, now):
            return 0
        command = [sys.executable, "-m", "maild", *duty.split(), "-c", str(self.plan.config)]
        # Its lines go where ours go; what it complains of becomes our event.
        child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            complaint = self._waited_for(child)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        done = child.returncode == 0 or (duty == "drill" and child.returncode == 1)
        if not done:
            with self.office.store.write() as unit:
                unit.facts.put(_fact(duty), (now - every + min(_AGAIN, every)).isoformat())
        if not done and not self.stopping.is_set():
            failed = Event.LEARNING_FAILED if duty == _LEARN else Event.BACKUP_FAILED
            self.office.log.emit(failed, duty=duty, error=complaint or f"exit code {child.returncode}")
        return 1

    def _has_turn(self, duty: str, every: timedelta, now: datetime) -> bool:
        with self.office.store.read() as unit:
            last = unit.facts.get(_fact(duty))
        # One that is to come was written by a clock that was wrong.
        if last is not None and now - every < datetime.fromisoformat(last) < now + MOST:
            return False
        with self.office.store.write() as unit:  # whoever is the first to write it down has the turn
            return unit.facts.swap(_fact(duty), last, now.isoformat())

    def _waited_for(self, child: subprocess.Popen[str]) -> str:
        """The last line of its complaint. It is ended when the daemon is to stop."""
        while True:
            try:
                said = child.communicate(timeout=0.5)[1]
            except subprocess.TimeoutExpired:
                if self.stopping.is_set():
                    child.terminate()
                continue
            lines = said.strip().splitlines()
            return lines[-1].removeprefix("maild: ") if lines else ""


def _fact(duty: str) -> str:
    return f"{duty}-begun"


def add_duties(daemon: Daemon, plan: Plan, office: Office, clock: SteadyClock) -> Duties:
    watch = Watch(plan, office, clock, daemon.stop)
    duties = Duties(plan, office, clock, daemon.stop, daemon.stopping, watch, clock.in_doubt)
    daemon.add_duty(_LOOK_AT_STORE, "store", duties.look_at_store)
    if plan.settings.backup.every:
        daemon.add_duty(_LOOK_AT_DUE, "backup", duties.back_up)
    if plan.settings.learning.on:
        daemon.add_duty(_LOOK_AT_DUE, "learn", duties.learn)
    daemon.add_duty(_LOOK_AT_DUE, "reports", duties.report)
    daemon.add_duty(EVERY, "watch", watch.look)
    daemon.add_duty(_LOOK_AT_CLOCK, "clock", partial(watch.look_at_clock, clock))
    daemon.pause_timers(clock.in_doubt)
    watch.accept_clock()
    return duties
