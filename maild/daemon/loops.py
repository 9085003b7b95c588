"""The daemon: one thread per mailbox, one that routes, a few that send, the LMTP door, and a ticker for the timers.

Each loop is one turn repeated until told to stop. Trouble in one never stops another: a mailbox that cannot be read
is tried again with growing pauses while the others go on.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from maild import __version__
from maild.daemon.doors import LmtpDoor
from maild.daemon.failures import note_failure
from maild.daemon.outage import Outage, settle_last
from maild.daemon.reload import Reload
from maild.daemon.systemd import notify, notify_reloading, watchdog_seconds
from maild.daemon.wiring import post_through
from maild.errors import Permanent, Temporary, UserError
from maild.log import Event
from maild.pipeline.again import Again
from maild.pipeline.due import fire_due
from maild.pipeline.intake import take_in
from maild.pipeline.leases import Elsewhere, Hold, LeaseLost, reading
from maild.pipeline.office import Beat, Clock, NoRoom, Office
from maild.pipeline.route import route_fresh
from maild.pipeline.send import send_due
from maild.settings.build import Lmtp
from maild.transport.bell import Bell, Summons
from maild.transport.imap import ImapAccess, Mailbox
from maild.transport.smtp import Sender, SmtpAccess
from maild.transport.ticker import Ticker
from store import StoreUnavailable

_LOOK_EVERY = 1.0
"""Seconds between two looks at whether anything waits of which nobody said anything: another process may have handed
in, a mail's time come, a lease ended."""
_LOOK_ANYHOW = 30.0
"""Seconds after which the router and the senders look even if nobody woke them: each such look is work."""
_LOOK_AT_ROOM = 5.0
"""Seconds after which a full disk is looked at again."""
_FRESH_AT_ONCE = 500
"""So many letters that come for the first time go before one that was tried before."""
_FINISH = 20.0
"""Seconds in which a daemon that was told to stop finishes what it has in hand."""
_SHORTEST_PAUSE, _LONGEST_PAUSE, _REFUSED_PAUSE = 1.0, 60.0, 900.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A mailbox and how often it is read at least."""

    access: ImapAccess
    poll_every: timedelta


@dataclass(slots=True)
class _Heartbeat:
    """When each loop last finished a turn: the watchdog is fed only while all of them live."""

    beats: dict[str, float] = field(default_factory=dict)

    def beat(self, name: str) -> None:
        self.beats[name] = time.monotonic()

    def oldest(self) -> float:
        return time.monotonic() - min(self.beats.values(), default=time.monotonic())


class Daemon:
    def __init__(
        self,
        office: Office,
        mailboxes: Sequence[Watched],
        relay: SmtpAccess,
        senders: int,
        clock: Clock,
        timers_every: float = 5.0,
        lmtp: Lmtp | None = None,
    ) -> None:
        self._office = office
        self._mailboxes = mailboxes
        self._relay = relay
        self._senders = senders
        self._clock = clock
        self._timers_every = timers_every
        self.stopping = self._stop = threading.Event()
        self.told_to_end = False
        self._letters = threading.Event()
        self._mails = threading.Event()
        # Ends a mailbox's wait: the daemon stops, or another node may have taken over.
        self._over = {one.access.name: Bell() for one in mailboxes}
        self._called = Summons()  # for the thread of `run`
        self._heart = _Heartbeat()
        self._outage = Outage(office.log)
        self._again = Again()
        self._tried_wait = False
        self._duties: list[tuple[float, str, Callable[[], int]]] = []
        self._no_timers: Callable[[], bool] = lambda: False
        self._door = LmtpDoor(office, lmtp, clock, self._letters.set, self._outage) if lmtp else None
        if self._door:
            self.add_duty(self._door.tend_every, "lmtp", self._door.tend)

    def add_duty(self, seconds: float, name: str, work: Callable[[], int]) -> None:
        """One more thing to do every so many seconds, besides mail; before the start."""
        self._duties.append((seconds, name, work))

    def pause_timers(self, while_true: Callable[[], bool]) -> None:
        """No timer acts while this says so; before the start."""
        self._no_timers = while_true

    def run(self, reload: Reload | None = None) -> None:
        """Until SIGTERM or SIGINT, or new settings; then stop taking, finish what is in hand, and return."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._hear_end())
        if reload is not None:
            reload.listen(self._called.ring)
        self.start()
        notify("READY=1")
        with self._called.hearing_signals():
            while not self._stop.is_set():
                self._called.listen()
                if self.told_to_end:
                    self.stop()
                elif reload is not None and reload.is_wanted(self._office, self._end):
                    notify_reloading()
                    self.stop()
        if reload is None or not reload.is_agreed:
            notify("STOPPING=1")
        self.join()

    def _hear_end(self) -> None:
        self.told_to_end = True
        self._called.ring()

    def _end(self) -> None:
        self.told_to_end = True
        self.stop()

    def start(self) -> None:
        names = ",".join(one.access.name for one in self._mailboxes) or None
        self._office.log.emit(Event.DAEMON_STARTED, version=__version__, node=self._office.node, mailboxes=names)
        self._threads = [
            *(self._thread(f"mailbox {one.access.name}", partial(self._watch, one)) for one in self._mailboxes),
            self._thread("look", self._look),
            self._thread("route", self._route),
            *(self._thread(f"send {number}", partial(self._send, number)) for number in range(self._senders)),
        ]
        self._ticker = Ticker(self._tick_failed)
        self._ticker.every(self._timers_every, "timers", self._fire)
        self._ticker.every(_LOOK_AT_ROOM, "room", self._office.room.is_short)
        for often, name, work in self._duties:
            self._ticker.every(often, name, partial(self._guarded, name, work))
        if seconds := watchdog_seconds():
            self._ticker.every(seconds, "watchdog", lambda: self._feed(seconds))
        self._ticker.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._letters.set()
        self._mails.set()
        for over in self._over.values():
            over.set()
        self._called.ring()

    def join(self) -> None:
        """Wait until what is in hand is done, all in all no longer than _FINISH: the rest is what a crash leaves."""
        deadline = time.monotonic() + _FINISH
        self._ticker.stop(wait=False)
        if self._door:
            self._door.close(_FINISH)
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        settle_last(self._office, deadline)
        self._office.log.emit(Event.DAEMON_STOPPED, node=self._office.node)

    def _beat(self, name: str) -> bool:
        """A duty lives; whether it may go on."""
        self._heart.beat(name)
        return not self._stop.is_set()

    def _thread(self, name: str, target: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=target, name=name, daemon=True)

    # one loop per mailbox

    def _watch(self, one: Watched) -> None:
        pause = _SHORTEST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            trouble, facts = self._watch_once(one, pause)
            if time.monotonic() - began > _LONGEST_PAUSE and trouble is not Event.MAILBOX_REFUSED:
                # It worked for a while before.
                pause = _SHORTEST_PAUSE
            if self._stop.is_set():
                return
            if trouble is Event.MAILBOX_ELSEWHERE:
                self._stop.wait(self._office.lease.total_seconds() / 4 * random.uniform(0.8, 1.2))
                continue
            if facts:
                self._rest(one, pause, trouble, facts)
            # A server that has just started may refuse at first; one that goes on refusing is asked more seldom.
            # Six logins in the first ten minutes, then four an hour: that is not what locks an account.
            refused = trouble is Event.MAILBOX_REFUSED
            pause = min(pause * 4, _REFUSED_PAUSE) if refused else min(pause * 2, _LONGEST_PAUSE)

    def _rest(self, one: Watched, pause: float, trouble: Event, facts: dict[str, object]) -> None:
        self._office.log.emit(trouble, mailbox=one.access.name, next=f"{pause:.0f}s", **facts)
        self._stop.wait(pause * random.uniform(0.8, 1.2))

    def _watch_once(self, one: Watched, pause: float) -> tuple[Event, dict[str, object]]:
        """Read a mailbox for as long as it goes well; what went wrong then, with its facts unless they were said."""
        access, over = one.access, self._over[one.access.name]
        over.clear()
        try:
            with reading(self._office, access.name, self._clock, over) as hold:
                try:
                    self._read_on(one, hold, over)
                except Permanent as error:
                    # The mailbox is kept meanwhile: other nodes would be refused as well, and so many logins lock
                    # an account.
                    note_failure(self._office, access.name, error, self._clock(), refused=True)
                    self._rest(one, pause, Event.MAILBOX_REFUSED, {"error": error})
                    return Event.MAILBOX_REFUSED, {}
        except Elsewhere as error:
            if self._office.first_time("elsewhere", access.name, error.holder):
                self._office.log.emit(Event.MAILBOX_ELSEWHERE, mailbox=access.name, holder=error.holder)
            return Event.MAILBOX_ELSEWHERE, {}
        except StoreUnavailable as error:
            self._outage.met(f"mailbox {access.name}", error)
            return Event.MAILBOX_LOST, {"error": f"the store: {error}"}
        except UserError as error:  # ours alone, such as a password file that is not there: others may do better
            note_failure(self._office, access.name, error, self._clock(), refused=True)
            return Event.MAILBOX_REFUSED, {"error": error}
        except LeaseLost as error:  # it can be read, only not by us
            return Event.MAILBOX_LOST, {"error": error}
        except Temporary as error:
            note_failure(self._office, access.name, error, self._clock())
            return Event.MAILBOX_LOST, {"error": error}
        except Exception as bug:  # the one broad catch of this loop: a bug must not silence a mailbox
            note_failure(self._office, access.name, type(bug).__name__, self._clock())
            return Event.TICK_FAILED, {"duty": "mailbox", "error": f"{type(bug).__name__}: {bug}"}
        return Event.MAILBOX_LOST, {"error": "stopped"}

    def _read_on(self, one: Watched, hold: Hold, over: Bell) -> None:
        access = one.access
        with Mailbox(access) as folder:
            said = folder.describe()
            self._office.log.emit(Event.MAILBOX_CONNECTED, mailbox=access.name, server=said, fence=hold.fence)
            while not self._stop.is_set():
                wait = self._read(one, folder, hold)
                self._outage.over(f"mailbox {access.name}")
                folder.wait(wait, over)

    def _read(self, one: Watched, folder: Mailbox, hold: Hold) -> float:
        """Take in what lies there; after how many seconds at the latest to look again."""
        access, name = one.access, one.access.name

        def beat() -> bool:  # some are stored, and need not wait for the others
            self._letters.set()
            return self._goes_on()

        try:
            now = self._clock()
            if take_in(self._office, name, access.folder, folder, access.largest, now, beat, hold):
                self._letters.set()
        except NoRoom:  # said by whoever watches the room
            return min(one.poll_every.total_seconds(), _LOOK_AT_ROOM)
        return one.poll_every.total_seconds()

    def _goes_on(self) -> bool:
        return not self._stop.is_set()

    # routing, sending, timers

    def _look(self) -> None:
        """Wake the others for what nobody told them of: one cheap statement instead of one from each of them."""
        while self._beat("look"):
            self._guarded("look", self._look_once)
            self._stop.wait(_LOOK_EVERY)

    def _look_once(self) -> int:
        wait = self._office.store.look(self._office.node, self._clock())
        self._tried_wait = wait.tried
        if wait.letters or wait.tried:
            self._letters.set()
        if wait.mails:
            self._mails.set()
        return 0

    def _patience(self) -> float:
        """How long to wait for being woken; those who met a store that was away look sooner whether it is back."""
        return _LOOK_EVERY if self._outage.goes_on else _LOOK_ANYHOW

    def _route(self) -> None:
        beat = partial(self._beat, "route")

        def live() -> bool:  # what was routed so far may leave
            self._mails.set()
            return beat()

        while not self._stop.is_set():
            self._letters.wait(self._patience())
            self._letters.clear()
            came = self._guarded("route", lambda: route_fresh(self._office, self._clock, live, _FRESH_AT_ONCE))
            if came:
                self._mails.set()
            if not beat():
                break
            some = came or self._again.waits or self._tried_wait
            if some and self._guarded("route again", lambda: self._again.route_one(self._office, self._clock)):
                self._mails.set()
                self._letters.set()  # there may be another
            beat()

    def _send(self, number: int) -> None:
        name = f"send {number}"
        office = replace(self._office, node=f"{self._office.node}/{number}")
        beat, pause = partial(self._beat, name), _SHORTEST_PAUSE
        with Sender(self._relay) as sender:
            post = post_through(sender)
            while not self._stop.is_set():
                called = self._mails.wait(self._patience())
                self._mails.clear()
                live = beat if called else partial(self._call_the_others, beat)
                try:
                    self._guarded(name, partial(send_due, office, post, self._clock, live), passes=Temporary)
                    pause = _SHORTEST_PAUSE
                except Temporary as error:
                    office.log.emit(Event.RELAY_LOST, error=error, next=f"{pause:.0f}s")
                    self._stop.wait(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
                beat()

    def _call_the_others(self, beat: Beat) -> bool:
        """There were mails of which nobody had said anything: there may be many."""
        self._mails.set()
        return beat()

    def _fire(self) -> None:
        def live() -> bool:  # what was written so far may leave
            self._mails.set()
            return self._beat("timers")

        if not self._no_timers():
            self._guarded("timers", lambda: fire_due(self._office, self._clock, live))
        self._beat("timers")

    def _guarded(self, name: str, work: Callable[[], int], *, passes: type[Exception] | tuple[()] = ()) -> int:
        """The work's count; 0 when it failed, which is said. `passes` goes through to the caller."""
        try:
            done = work()
            self._outage.over(name)
            return done
        except passes:
            raise
        except StoreUnavailable as error:
            self._outage.met(name, error)
        except Temporary:  # said where it happened
            pass
        except Exception as bug:  # the one broad catch of these loops: the daemon outlives its bugs
            self._tick_failed(name, bug)
        self._stop.wait(_SHORTEST_PAUSE)
        return 0

    def _feed(self, seconds: float) -> None:
        # A sender may wait minutes for a relay's last reply; routing and timers may not stand still that long.
        if self._heart.oldest() < max(seconds * 2, 900):
            notify("WATCHDOG=1")

    def _tick_failed(self, name: str, error: BaseException) -> None:
        self._office.log.emit(Event.TICK_FAILED, duty=name, error=f"{type(error).__name__}: {error}")
