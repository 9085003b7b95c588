"""Rules beside the road of a mail: on a change that an agent or a clock has made to a case, and at a time.

A change: for each field that was changed, the rules with `on = "change"` are looked at once. What they do in turn is
no change that rules are looked at for: so they cannot set each other off, whatever they say.

A time: a clock of the case runs for each rule with `on = "timer"` (features/rule_clocks.py). When it is due, the rule
is looked at once, as everything stands then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.changes import changes, left_by
from maild.desk.effects import Effect, MoveStatus, Notify, Remember, Reply, Ruled
from maild.desk.rules import consequences
from maild.desk.rules.facts import QuietFacts
from maild.desk.rules.rules import TIMER_PREFIX, Rule, Ruling, judge
from maild.desk.situation import Situation
from store.records import ENDED, Case, Timer


def is_rules(timer: Timer) -> bool:
    """Whether this is the clock of a rule."""
    return timer.name.startswith(TIMER_PREFIX)


def after_changes(
    situation: Situation, deeds: Sequence[Effect], plan: Sequence[Effect], by: str, who: str, now: datetime
) -> list[Effect]:
    """What rules add to a plan because of these deeds of an agent's or a clock's, which are part of it."""
    rules, before = situation.desk.rules, situation.case
    if before is None or not rules.on_change:
        return []
    added: list[Effect] = []
    for change in changes(before, deeds, by, who):
        case = left_by(before, (*plan, *added))
        facts = QuietFacts(situation, case, now, rules.zone, change)
        ruling = judge(rules.on_change, rules.version, facts)
        added += _carried_out(ruling, situation, case, (*plan, *added), by)
    return added


def at_its_time(situation: Situation, timer: Timer, now: datetime) -> list[Effect]:
    """The clock of a rule is due: what the rule says of the case as it stands now."""
    rules, case = situation.desk.rules, situation.case
    rule = next((one for one in rules.on_timer if one.timer == timer.name), None)
    name = timer.name.removeprefix(TIMER_PREFIX)
    if rule is None:
        return [Remember(event="rule-gone", why=f"there is no rule “{name}” any more; its clock ends")]
    if case is None:
        return []
    if case.status in ENDED:
        return [Ruled(why=f"rule “{name}”: the case is {case.status.value}", rule=name, applied=False)]
    return _looked_at(rule, situation, case, now)


def _looked_at(rule: Rule, situation: Situation, case: Case, now: datetime) -> list[Effect]:
    rules = situation.desk.rules
    ruling = judge([rule], rules.version, QuietFacts(situation, case, now, rules.zone))
    for _, because in ruling.others:
        why = "; ".join(f"{clause} does not hold" for clause in because)
        return [Ruled(why=f"rule “{rule.name}”: {why}", rule=rule.name, applied=False)]
    return _carried_out(ruling, situation, case, (), "")


def _carried_out(ruling: Ruling, situation: Situation, case: Case, plan: Sequence[Effect], by: str) -> list[Effect]:
    """All that the rules do to a case that stands like this."""
    added: list[Effect] = [Ruled(why=one.why, rule=one.rule.name) for one in ruling.applied]
    added += consequences.failures(ruling)
    answering = consequences.replying(ruling)
    silent = _why_no_reply(situation, plan) if answering else None
    added += consequences.classified(ruling, case)
    added += consequences.owned(ruling, situation.desk, case)
    status = consequences.status_of(ruling, None if silent else answering)
    if status is not None and status[0] is not case.status:
        added.append(MoveStatus(status=status[0], why=status[1].why))
    added += consequences.tags(ruling, case)
    added += consequences.participants(ruling, situation, (*plan, *added))
    added += _notices(ruling, situation, plan, by)
    already = [effect.to for effect in (*plan, *added) if isinstance(effect, Notify)]
    added += consequences.escalated(ruling, situation.desk, left_by(case, added), [*already, by], quote_last=True)
    return [*added, consequences.reply(answering, silent, None)] if answering else added


def _why_no_reply(situation: Situation, plan: Sequence[Effect]) -> str | None:
    if any(isinstance(effect, Reply) and effect.automatic for effect in plan):
        return "the requester gets an automatic mail about this anyway"
    return consequences.why_no_reply(situation, None)


def _notices(ruling: Ruling, situation: Situation, plan: Sequence[Effect], by: str) -> list[Effect]:
    already = {effect.to for effect in plan if isinstance(effect, Notify) and effect.event != "receipt"}
    return [
        Notify(
            why=one.why,
            event="changed",
            to=to,
            note=situation.last_public is None,
            quote_last=True,
            lines=(f"You are told because of the rule “{one.rule.name}”: {one.clauses or 'always'}.",),
        )
        for to, one in consequences.told(ruling, but=by)
        if to not in already
    ]
