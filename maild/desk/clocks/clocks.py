"""The clocks of a case: what was promised for it, and how much of that is used, computed from what happened and from
nothing else, so that a corrected calendar gives corrected clocks.

    runs while the case is new or active; pauses while its status waits, or is done; each span says why

A clock is a row of spans. All of a clock (when it was used up, when three quarters were) is read off them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from maild.desk.clocks.calendar import Calendar, Term, Unit
from maild.desk.process import clocks_run
from store.records import Case, Change, Deed, Direction, Status

CalendarOf = Callable[[str], Calendar]
"""The calendar of a queue."""


class Goal(StrEnum):
    """What is promised."""

    RESOLVE = "resolve"
    ADDRESS = "address"
    COMMENT = "comment"
    ANSWER = "answer"
    UPDATE = "update"
    CALL_BACK = "call-back"


GOALS = {
    Goal.RESOLVE: "the case is resolved; opened again, its clock goes on",
    Goal.ADDRESS: "the customer hears from a person of ours: an answer, a call, a chat",
    Goal.COMMENT: "the first note or answer on it; commands alone say nothing",
    Goal.ANSWER: "the first answer to the customer",
    Goal.UPDATE: "the next answer, counted anew from each; none is owed while the case waits",
    Goal.CALL_BACK: "an answer to who asked to be called; only cases of the kind callback",
}
"""When each is reached (docs/process.md is made from it)."""
_IN_WORDS = {Goal.ADDRESS: "address (a word to the customer)", Goal.COMMENT: "comment (a note or an answer)"}
"""What agents read where the name alone would not tell them what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One promise, and the cases it is made for: an empty tuple means all."""

    goal: Goal
    within: Term | None
    """None: nothing is promised."""
    severity: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    warn_at: int = 75
    """At which share of it the owner is warned, in percent; 0: never."""
    escalate_at: int = 0
    """At which share the case goes up a level; 0: never."""

    def is_for(self, case: Case) -> bool:
        return (
            (not self.severity or case.severity in self.severity)
            and (not self.kind or case.kind in self.kind)
            and (not self.queue or case.queue in self.queue)
        )


DEFAULTS = (
    Target(goal=Goal.RESOLVE, within=Term(timedelta(hours=2)), severity=("Immediate",), escalate_at=100),
    Target(goal=Goal.RESOLVE, within=Term(timedelta(hours=4)), severity=("High",), escalate_at=100),
    Target(goal=Goal.ADDRESS, within=Term(timedelta(hours=8), Unit.WORKING_TIME), severity=("Medium",)),
    Target(goal=Goal.ADDRESS, within=Term(timedelta(hours=24)), severity=("Low",)),
    Target(goal=Goal.COMMENT, within=Term(timedelta(hours=48))),
    Target(goal=Goal.CALL_BACK, within=Term(timedelta(hours=48)), kind=("callback",)),
)
"""The promises of a desk that makes no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened to a case, as far as clocks look at it, oldest first."""

    changes: tuple[Change, ...] = ()
    deeds: tuple[Deed, ...] = ()
    as_of: datetime
    """When it was read."""

    def last_change(self, case: Case) -> datetime:
        """When a person last did something about it, or it was changed."""
        persons = [deed.at for deed in self.deeds if not deed.automatic]
        return max((case.created_at, *persons, *(change.at for change in self.changes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of a clock, through which nothing changed."""

    begin: datetime
    end: datetime
    status: Status
    runs: bool
    why: str
    """What put the case into this status."""
    counted: timedelta
    calendar: Calendar
    """Of the queue that it was in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How a case stands to one promise."""

    target: Target
    term: Term
    round: int
    """The how-manieth answer it waits for; 0 for all but updates."""
    began_at: datetime
    met_at: datetime | None
    spans: tuple[Span, ...]

    @property
    def goal(self) -> Goal:
        return self.target.goal

    @property
    def used(self) -> timedelta:
        return sum((span.counted for span in self.spans), timedelta(0))

    @property
    def percent(self) -> float:
        return 100 * self.used / self.term.length

    @property
    def runs(self) -> bool:
        return self.met_at is None and bool(self.spans) and self.spans[-1].runs

    @property
    def is_over(self) -> bool:
        """Whether it will never run again, as far as is known."""
        return self.met_at is not None

    def at(self, percent: float) -> datetime | None:
        """When so much of it was used, or will be if it runs on; None while it is paused before that."""
        wanted = self.term.length * percent / 100
        total = timedelta(0)
        for number, span in enumerate(self.spans):
            last = number == len(self.spans) - 1
            open_end = last and self.runs
            if span.runs and (open_end or total + span.counted >= wanted):
                left = Term(max(wanted - total, timedelta(0)), self.term.unit)
                return span.calendar.after(span.begin, left)
            total += span.counted
        return None

    @property
    def due_at(self) -> datetime | None:
        return self.at(100)

    def is_violated(self, now: datetime) -> bool:
        """What is met in the last second is met."""
        due = self.due_at
        return due is not None and (self.met_at > due if self.met_at is not None else now >= due)


def in_words(goal: str) -> str:
    """The goal as agents read it."""
    return _IN_WORDS.get(Goal(goal), goal)


def target_of(case: Case, goal: Goal, targets: Sequence[Target]) -> Target | None:
    """The promise that holds for a case: the first for it. None: nothing is promised."""
    found = next((target for target in targets if target.goal is goal and target.is_for(case)), None)
    return found if found is not None and found.within is not None else None


def clocks_of(
    case: Case, history: History, targets: Sequence[Target], calendar_of: CalendarOf, now: datetime
) -> list[Clock]:
    """Every clock of a case, as it stands now; an update's are one for each answer."""
    found, phases = [], list(_phases(case, history, now))
    for goal in Goal:
        target = target_of(case, goal, targets)
        if target is None or target.within is None:
            continue
        for number, (begin, met) in enumerate(_rounds(goal, case, history, phases)):
            spans = tuple(_spans(phases, begin, met, target.within, calendar_of))
            found.append(
                Clock(target=target, term=target.within, round=number, began_at=begin, met_at=met, spans=spans)
            )
    return found


def most_used(clocks: Sequence[Clock]) -> float:
    """The share of the clock that is used most, of those not met: 100 and more is a violation."""
    return max((clock.percent for clock in clocks if clock.met_at is None), default=0.0)


@dataclass(frozen=True, slots=True)
class _Phase:
    begin: datetime
    end: datetime
    status: Status
    queue: str
    why: str


def _phases(case: Case, history: History, now: datetime) -> Iterator[_Phase]:
    """From its opening until now: which status in which queue, and why."""
    moves = [change for change in history.changes if change.field in ("status", "queue")]
    values = {"status": case.status.value, "queue": case.queue}
    for change in reversed(moves):
        values[change.field] = change.was
    since, why = case.created_at, "opened"
    for change in moves:
        if change.at > since:
            yield _Phase(since, change.at, Status(values["status"]), values["queue"], why)
        since = max(since, change.at)
        if values[change.field] != change.value and change.field == "status":
            why = change.why
        values[change.field] = change.value
    yield _Phase(since, max(now, since), Status(values["status"]), values["queue"], why)


def _rounds(
    goal: Goal, case: Case, history: History, phases: Sequence[_Phase]
) -> list[tuple[datetime, datetime | None]]:
    """(begin, when it was reached) of every clock of this goal."""
    begin = case.created_at
    answers = [deed.at for deed in history.deeds if _is_answer(deed)]
    match goal:
        case Goal.RESOLVE:
            return [(begin, _resolved_at(phases))]
        case Goal.COMMENT:
            return [(begin, next((deed.at for deed in history.deeds if _is_comment(deed)), None))]
        case Goal.ADDRESS | Goal.ANSWER | Goal.CALL_BACK:
            return [(begin, next(iter(answers), None))]
        case Goal.UPDATE:
            return list(zip((begin, *answers), (*answers, None), strict=True))


def _is_ours(deed: Deed) -> bool:
    """Whether one of our people did it."""
    return deed.direction is not Direction.IN and not deed.automatic


def _is_comment(deed: Deed) -> bool:
    return _is_ours(deed) and deed.direction is not Direction.ORDERS


def _is_answer(deed: Deed) -> bool:
    spoken = deed.direction in (Direction.CALL, Direction.CHAT)
    return _is_ours(deed) and (spoken or (deed.direction is Direction.OUT and deed.public))


def _is_theirs(deed: Deed) -> bool:
    return deed.direction is Direction.IN and deed.public and not deed.automatic


def was_answered(history: History) -> bool:
    """Whether the customer ever heard from a person of ours."""
    return any(_is_answer(deed) for deed in history.deeds)


def is_unanswered(history: History) -> bool:
    """Whether the customer heard from no person of ours since they last wrote: they cannot know what we wait for."""
    words = (deed for deed in reversed(history.deeds) if _is_answer(deed) or _is_theirs(deed))
    last = next(words, None)
    return last is None or not _is_answer(last)


def last_call(history: History) -> Deed | None:
    """The call or chat that was our last answer, if it was one."""
    last = next((deed for deed in reversed(history.deeds) if _is_answer(deed)), None)
    return last if last is not None and last.direction is not Direction.OUT else None


def _resolved_at(phases: Sequence[_Phase]) -> datetime | None:
    """Since when it is resolved or closed; a case that was opened again is not."""
    since = None
    for phase in phases:
        if phase.status not in (Status.RESOLVED, Status.CLOSED):
            since = None
        elif since is None:
            since = phase.begin
    return since


def _spans(
    phases: Sequence[_Phase],
    begin: datetime,
    met: datetime | None,
    term: Term,
    calendar_of: Callable[[str], Calendar],
) -> Iterator[Span]:
    for phase in phases:
        first, last = max(phase.begin, begin), min(phase.end, met) if met is not None else phase.end
        is_present = met is None and phase is phases[-1]  # it counts though it may have begun this very moment
        if first < last or is_present:
            runs, calendar = clocks_run(phase.status), calendar_of(phase.queue)
            counted = _counted(first, last, term, calendar) if runs else timedelta(0)
            yield Span(
                begin=first,
                end=last,
                status=phase.status,
                runs=runs,
                why=phase.why,
                counted=counted,
                calendar=calendar,
            )


def _counted(begin: datetime, end: datetime, term: Term, calendar: Calendar) -> timedelta:
    return calendar.between(begin, end) if term.unit is Unit.WORKING_TIME else end - begin


def goals_table() -> str:
    rows = "".join(f"| `{goal}` | {doc} |\n" for goal, doc in GOALS.items())
    return "| goal | is reached when |\n|---|---|\n" + rows


def defaults_table() -> str:
    """docs/process.md: what is promised where nothing else is."""
    rows = "".join(
        f"| `{one.goal}` | {one.within} | {', '.join((*one.severity, *one.kind)) or 'all cases'} | {one.warn_at} % "
        f"| {f'{one.escalate_at} %' if one.escalate_at else 'never'} |\n"
        for one in DEFAULTS
    )
    return "| goal | within | for | warned at | goes up a level at |\n|---|---|---|---|---|\n" + rows
