"""What is shared while effects are carried out: the transaction, and the case as it is by now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maild.apply.actors import actor_of
from maild.apply.applied import Applied
from maild.apply.changing import change_of
from maild.apply.passes import Issuing
from maild.desk.plans import reminder_timer
from maild.desk.situation import Situation
from maild.render.stationery import Stationery
from store import Unit
from store.records import Case, Change, Entry, JournalLine, Status, Tracked
from store.timers import Timers

MOST_IDS = 9
"""Message-IDs of what a case holds that a mail about it names, beside that of the mail that opened it."""


class Work:
    """Written to the store as it goes; at the end, by `finish`, the case's own row, new targets, changes, journal."""

    def __init__(
        self, situation: Situation, unit: Unit, stationery: Stationery, now: datetime, letter: int | None
    ) -> None:
        self.situation = situation
        self.unit = unit
        self.passes = Issuing(unit, situation.desk.token_life, now)
        self.stationery = stationery.at(situation.desk, self.passes)
        self.now = now
        self.actor = actor_of(situation)
        self.letter = letter
        self.case = situation.case
        self.entry: Entry | None = None
        """The last one that was added."""
        self.added: list[Entry] = []
        """All that were, to the case itself."""
        self.left: list[tuple[str, str, datetime]] = []
        """(event, recipient, when it may leave) of each mail to somebody outside."""
        self.told: list[str] = []
        """The agents who are told of it, themselves aside."""
        self.waiting: list[int] = []
        """Entries of mails that can be taken back for a while."""
        self.participants = list(situation.participants)
        self.relations = list(situation.relations)
        self.threads = list(situation.threads)
        """What other cases are to this one, and those that were merged into it, as the plan leaves both."""
        self.targets = {(one.goal, one.round): one for one in situation.targets}
        """What is promised, as the plan leaves it."""
        self.reminders = [one for one in situation.reminders if situation.has_timer(reminder_timer(one.id))]
        """What agents want to be reminded of, as the plan leaves it."""
        self.holds = False
        """Whether something was written that waits, so that it can be taken back."""
        self.result = Applied(case=situation.case.number if situation.case else None)
        self._columns: dict[str, object] = {}
        """What is new in the case's row. It is ours alone until the end of the transaction."""
        self._targets: list[Tracked] = []
        """As they are by now."""
        self._timers: dict[str, datetime] = {}
        """When those are due that are to be started."""
        self._journal: list[JournalLine] = []
        self._changes: list[Change] = []
        self._newest: list[Entry] | None = None

    @property
    def here(self) -> Case:
        """The case, where there must be one."""
        if self.case is None:
            raise RuntimeError("an effect on a case was decided, but there is no case")
        return self.case

    def set(self, column: str, value: object, why: str = "") -> None:
        """Change one field of the case."""
        change = change_of(self.here, column, value, why, self.actor, self.now)
        if change is not None:
            self._changes.append(change)
        self._columns[column] = value.value if isinstance(value, Status) else value
        self.case = replace(self.here, **{column: value})  # type: ignore[arg-type]

    def set_unseen(self, column: str, value: object) -> None:
        """Change a column that a case's record does not show."""
        self._columns[column] = value

    def add(self, entry: Entry) -> None:
        """The case has one more entry."""
        self.entry, self._newest = entry, None
        self.added.append(entry)

    def newest(self, limit: int) -> list[Entry]:
        """The last entries of the case, the newest first; the store is asked once for all notices."""
        if self._newest is None and self.result.opened:  # nothing was there before
            self._newest = self.added[::-1]
        elif self._newest is None:
            numbers = [self.here.number, *(thread.number for thread in self.threads)]
            self._newest = self.unit.entries.newest(numbers, limit)
        return self._newest[:limit]

    def next_event(self, number: int | None = None) -> int:
        """The next number of the case's events, or of those of a case that was merged into it."""
        if number not in (None, self.here.number):
            return self.unit.cases.next_event(number, self.now)
        event = self.here.events + 1
        self._columns["events"] = event
        self.case = replace(self.here, events=event)
        return event

    def start_timer(self, name: str, due_at: datetime) -> None:
        self._timers[name] = due_at

    @property
    def timers(self) -> Timers:
        """The store's, where all that were started are in by now."""
        self._start_timers()
        return self.unit.timers

    def _start_timers(self) -> None:
        if self._timers:
            self.unit.timers.start_all(self.here.number, self._timers, self.here.queue, self.now)
            self._timers = {}

    def public_ids(self, case: Case) -> list[str]:
        """Message-IDs of the newest public entries of a case, the oldest of them first."""
        before = () if self.result.opened else self.situation.public_ids  # in a new one nothing was there before
        if before is None or case.number != self.here.number:
            return self.unit.entries.public_ids(case.number, MOST_IDS)
        return [*before, *(one.message_id for one in self.added if one.public and one.message_id)][-MOST_IDS:]

    def track(self, one: Tracked) -> None:
        """Keep how the case stands to a promise; a case that is new had no number when it was decided."""
        here = self.here.number
        self._targets.append(one if one.case == here else replace(one, case=here))

    def note(self, event: str, why: str, change: str | None = None) -> None:
        """A line of the journal; `change` is for the log as well."""
        if change is not None:
            self.result.changes.append(change)
        self._journal.append(
            JournalLine(
                at=self.now,
                event=event,
                why=why,
                actor=self.actor,
                case=self.case.number if self.case else None,
                letter=self.letter,
            )
        )

    def finish(self) -> Applied:
        if self._columns:
            self.unit.cases.set(self.here.number, **{**self._columns, "updated_at": self.now})
        self._start_timers()
        self.unit.targets.put_all(self._targets)
        self.unit.journal.add_all(self._journal)
        self.unit.changes.add_all(self._changes)
        return self.result
