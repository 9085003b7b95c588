"""What would come later of what rules make of a stored mail: the clocks that they start, the promises that would be
broken. As far as is known: if nothing else happens than has happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.changes import left_by, newly_opened
from maild.desk.effects import Effect, OpenCase, StartTimer
from maild.desk.foresight import clocks as running
from maild.desk.foresight import foreseen
from maild.desk.rules.facts import QuietFacts
from maild.desk.rules.rules import Rule, in_words, judge
from maild.desk.situation import Situation
from maild.pipeline.casefile import history_of
from store import Unit
from store.records import ENDED, Case, Direction, Entry, Letter

_OURS = frozenset({Direction.OUT, Direction.CALL, Direction.CHAT})


def clocks(unit: Unit, letter: Letter, situation: Situation, effects: Sequence[Effect]) -> set[str]:
    """A line for each clock of a rule that starts: whether the rule would apply when it is due."""
    rules = {rule.timer: rule for rule in situation.desk.rules.on_timer}
    began = letter.received_at
    case = situation.case or next((newly_opened(e, began) for e in effects if isinstance(e, OpenCase)), None)
    starts = [effect for effect in effects if isinstance(effect, StartTimer) and effect.name in rules]
    if case is None or not starts:
        return set()
    entries = unit.entries.of_case(letter.case) if letter.case else []
    after = left_by(case, effects)
    return {
        f"on time, {start.due_at:%Y-%m-%d %H:%M}Z: rule “{rules[start.name].name}” "
        f"{_said(rules[start.name], situation, after, entries, began, start.due_at)}"
        for start in starts
    }


def violations(
    unit: Unit, letter: Letter, situation: Situation, effects: Sequence[Effect], now: datetime
) -> set[str]:
    """A line for each promise for the case which the mail opened that would be broken by now, had the case begun with
    these fields and everybody done what they did. A field that somebody set later stands as they set it."""
    found = foreseen(situation, effects, letter.received_at) if situation.case is None else None
    case = unit.cases.get(letter.case) if letter.case else None
    if found is None or case is None:
        return set()
    planned, history = found[0], history_of(unit, case.number, now)
    moved = {change.field for change in history.changes if change.at > case.created_at}
    fields = {name: getattr(planned, name) for name in ("severity", "kind", "queue") if name not in moved}
    return {
        f"late: {clock.goal}, promised within {clock.term}"
        for clock in running(replace(case, **fields), history, situation.desk, now)
        if clock.is_violated(now)
    }


def _said(
    rule: Rule, situation: Situation, case: Case, entries: Sequence[Entry], began: datetime, due: datetime
) -> str:
    meanwhile = [entry for entry in entries if began < entry.at <= due and not entry.automatic]
    if rule.since == "customer wrote" and any(entry.direction in _OURS for entry in meanwhile):
        return "does not come to act: an agent answered before"
    if rule.since == "customer wrote" and any(entry.direction is Direction.IN for entry in meanwhile):
        return "begins anew before: the customer wrote again"
    if situation.case is not None and situation.case.status in ENDED and (situation.case.closed_at or due) < due:
        return "does not come to act: the case ended before"
    ruling = judge([rule], "", QuietFacts(situation, case, due, situation.desk.rules.zone))
    if ruling.applied:
        return "applies"
    said = [in_words(because) for _, because in ruling.others] + [f"{one.error}" for one in ruling.failed]
    return f"does not apply: {said[0]}"
