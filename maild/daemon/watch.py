"""Watches that mail still comes, and tells it over a second path when it does not.

A desk that has gone deaf looks just like one that nobody writes to. So whether each mailbox can be read, when it last
brought a letter, and whether a probe comes back are looked at every ten seconds. What is wrong is logged, mailed to
an address outside the desk (`watch.tell`), and, if so configured, ends the process in the end (`watch.exit_after`).
What was said is kept in the store: a restart does not say it again, and of several nodes one says it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from maild.apply import post
from maild.daemon.alarms import (
    Known,
    Patience,
    Say,
    Told,
    Trouble,
    findings,
    is_over,
    over_in_words,
    told_of,
    what_to_say,
)
from maild.daemon.clock import MOST, Jump, SteadyClock, Turn
from maild.daemon.failures import read_failure
from maild.log import Event
from maild.pipeline.office import Clock, Office
from maild.pipeline.rounds import round_of, send_probe
from maild.pipeline.send import longest_lease
from maild.settings.build import Plan
from maild.settings.model import MailboxSettings, WatchSettings
from store import Unit

EVERY = 10.0
"""Seconds between two looks."""
_EVENTS = {
    Trouble.REFUSED: Event.MAILBOX_LOCKED_OUT,
    Trouble.FAILING: Event.MAILBOX_FAILING,
    Trouble.SILENT: Event.MAILBOX_SILENT,
    Trouble.PROBE: Event.MAILBOX_PROBE_LOST,
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something to be said: the log line and the words of the mail."""

    event: Event
    words: str
    mailbox: str | None = None


@dataclass(frozen=True, slots=True)
class _News:
    """Something to be said, and the fact that will remember it."""

    fact: str
    seen: str | None
    told: Told
    spoken: Spoken


@dataclass(slots=True)
class Watch:
    plan: Plan
    office: Office
    clock: Clock
    give_up: Callable[[], None] = lambda: None
    """Called when a mailbox could not be read for `watch.exit_after`."""
    gave_up: bool = False
    _began: datetime = field(init=False)
    _jumps: list[Jump] = field(default_factory=list, init=False)
    _clock_told: Told | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def look(self) -> int:
        """One look at everything; how much was said."""
        now = self.clock()
        spoken, probes = [], 0
        with self.office.store.read() as unit:  # mostly there is nothing to say, and then nothing is locked
            held = unit.facts.outbox_held() is not None
            busy = bool(self._news(unit, now)) or (not held and any(self._probes_due(unit, now)))
            known = self._known(unit)
        if busy:
            with self.office.store.write() as unit:
                spoken = self._say(unit, now)
                probes = 0 if held else self._send_probes(unit, now)
        self._log(spoken)
        self._consider_end(known, now)
        return len(spoken) + probes

    # mailboxes

    @property
    def _settings(self) -> WatchSettings:
        return self.plan.settings.watch

    @property
    def _patience(self) -> Patience:
        said = self._settings
        return Patience(
            silent_after=said.silent_after,
            failing_after=said.failing_after,
            probe_within=said.probe_within,
            again_every=said.again_every,
        )

    def _known(self, unit: Unit) -> list[Known]:
        conditions = unit.mailboxes.conditions([one.name for one in self.plan.settings.mailbox])
        routing = bool(unit.letters.none_waits_before())
        known = []
        for one in self.plan.settings.mailbox:
            condition = conditions.get(one.name)
            if condition is None:
                continue
            failure, refused = read_failure(condition.failure)
            turn = round_of(unit, one.name) if one.probe_every else None
            known.append(
                Known(
                    name=one.name,
                    since=self._began,
                    read_at=condition.read_at,
                    mail_at=condition.mail_at,
                    failing_since=condition.failing_since,
                    failure=failure,
                    refused=refused,
                    probe_waiting_since=turn.waiting_since if turn else None,
                    probe_back_at=turn.back_at if turn else None,
                    routing=routing,
                )
            )
        return known

    def _news(self, unit: Unit, now: datetime) -> list[_News]:
        """What is to be said of the mailboxes just now."""
        patience = self._patience
        news: list[_News] = []
        for known in self._known(unit):
            found = {one.trouble: one for one in findings(known, patience, now)}
            for trouble in Trouble:
                fact = unit.facts.get(_fact(known.name, trouble))
                told = told_of(fact)
                say = what_to_say(
                    found=trouble in found,
                    over=told is not None and is_over(trouble, known, told),
                    told=told,
                    again_every=patience.again_every,
                    now=now,
                )
                if say is Say.ALARM:
                    spoken = Spoken(_EVENTS[trouble], found[trouble].words, known.name)
                    news.append(_News(_fact(known.name, trouble), fact, Told(now), spoken))
                elif say is Say.OVER and told is not None:
                    spoken = Spoken(Event.MAILBOX_RECOVERED, over_in_words(trouble, known), known.name)
                    news.append(_News(_fact(known.name, trouble), fact, Told(told.at, over=True), spoken))
        return news

    def _say(self, unit: Unit, now: datetime) -> list[Spoken]:
        """Remember what is said, and mail it, in the caller's transaction; what another node says is left out."""
        news = [one for one in self._news(unit, now) if unit.facts.swap(one.fact, one.seen, one.told.as_fact())]
        spoken = [one.spoken for one in news]
        self._mail(unit, spoken, now)
        return spoken

    def _log(self, spoken: Sequence[Spoken]) -> None:
        for one in spoken:
            self.office.log.emit(one.event, mailbox=one.mailbox, why=one.words)

    def _mail(self, unit: Unit, spoken: Sequence[Spoken], now: datetime) -> None:
        """All that is said at once is one mail."""
        lines = list(dict.fromkeys(one.words for one in spoken))
        if not lines or not self._settings.tell:
            return
        post(unit, self.office.stationery.alarm(lines, self._settings.tell, now), "alarm", now)

    # probes

    def _probes_due(self, unit: Unit, now: datetime) -> list[MailboxSettings]:
        due = []
        for one in self.plan.settings.mailbox:
            last = round_of(unit, one.name) if one.probe_every else None
            # A time to come was written by a clock that was wrong.
            if one.probe_every and (last is None or not timedelta(0) <= now - last.sent_at < one.probe_every):
                due.append(one)
        return due

    def _send_probes(self, unit: Unit, now: datetime) -> int:
        due = self._probes_due(unit, now)
        sent = [send_probe(self.office, unit, one.name, self._address_of(one), now) for one in due]
        return sum(mail is not None for mail in sent)

    def _address_of(self, one: MailboxSettings) -> str:
        desk = self.plan.desk
        return one.probe_address or (desk.queue(one.queue).address if one.queue else desk.address)

    # the end

    def _consider_end(self, known: Sequence[Known], now: datetime) -> None:
        """Counted from the start at the earliest: else each new process would give up at once."""
        patience = self._settings.exit_after
        if not patience or self.gave_up:
            return
        for one in known:
            if one.failing_since is not None and now - max(one.failing_since, self._began) >= patience:
                self.office.log.emit(Event.MAILBOX_GAVE_UP, mailbox=one.name, error=one.failure)
                self.gave_up = True
                self.give_up()
                return

    # the clock

    def accept_clock(self) -> None:
        """At the start: the clock is right; what was written by one that was ahead must not wait for that time."""
        with self.office.store.write() as unit:
            self._come_back_to(unit, self.clock())

    def look_at_clock(self, clock: SteadyClock) -> int:
        """Say it when the wall clock jumped or came back; take the new time in the end."""
        self._jumps += clock.news()
        said = 0
        while self._jumps:
            jump, now = self._jumps[0], self.clock()
            with self.office.store.write() as unit:
                self._tell_jump(unit, jump, now)
            self._jumps.pop(0)  # not before: the store may be away
            said += 1
        if (ripe := clock.new_time()) is not None:
            self._take_new_time(clock, ripe)
            said += 1
        return said

    def _take_new_time(self, clock: SteadyClock, jump: Jump) -> None:
        """In one transaction, so that on SQLite nothing is leased by the old time that ends by the new one."""
        now = jump.kept + jump.by
        with self.office.store.write() as unit:
            if not self.office.store.is_shared:  # else they are counted by the database's clock
                unit.outbox.lease_anew(now + longest_lease(self.office))
            self._come_back_to(unit, now)
            self._tell_jump(unit, jump, now)
            clock.take_new_time()

    def _tell_jump(self, unit: Unit, jump: Jump, now: datetime) -> None:
        event, words = _in_words(jump)
        jumped, told = jump.turn is Turn.JUMPED, self._clock_told
        again = self._settings.again_every
        say = what_to_say(found=jumped, over=not jumped, told=told, again_every=again, now=now)
        if say is not Say.NOTHING:
            self._mail(unit, [Spoken(event, words)], now)
            self._clock_told = Told(now) if told is None or say is Say.ALARM else Told(told.at, over=True)
        self.office.log.emit(event, by=_span(jump.by), kept=f"{jump.kept:%Y-%m-%dT%H:%M:%SZ}")

    def _come_back_to(self, unit: Unit, now: datetime) -> None:
        unit.outbox.wait_no_longer_than(now, self.office.desk.policy.undo_window)
        unit.mailboxes.forget_readings_after(now + MOST)  # another node's clock may be a little ahead


def _in_words(jump: Jump) -> tuple[Event, str]:
    by, kept = _span(jump.by), f"{jump.kept:%Y-%m-%d %H:%M}Z"
    match jump.turn:
        case Turn.BACK:
            return Event.CLOCK_BACK, "the clock shows again what it should; timers go on"
        case Turn.RIPE:
            return Event.CLOCK_ACCEPTED, f"the clock that was set by {by} has been steady for an hour; timers go on"
        case _:
            return Event.CLOCK_JUMPED, f"the clock was set by {by}; timers wait, and time is counted on from {kept}"


def _fact(mailbox: str, trouble: Trouble) -> str:
    return f"told {mailbox} {trouble.value}"


def _span(by: timedelta) -> str:
    """“+30 days”, “-1 h”, as near as a person needs it."""
    minutes = round(abs(by).total_seconds() / 60)
    sign = "-" if by < timedelta(0) else "+"
    days, hours = divmod(minutes, 1440)
    if days:
        return f"{sign}{days} day{'s' * (days != 1)}" + (f" {hours // 60} h" if hours >= 60 else "")
    return f"{sign}{hours // 60} h {hours % 60} min"
