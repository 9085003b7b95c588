"""Rules on a change and on time: looked at once, as things stand then; what they do sets nothing off in turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maild.desk.changes import changes, left_by
from maild.desk.decide import decide
from maild.desk.effects import (
    AddEntry,
    Assign,
    Classify,
    Effect,
    MoveStatus,
    Notify,
    Remember,
    Reply,
    Ruled,
    StartTimer,
    StopTimer,
    Tag,
)
from maild.desk.rules.conditions import ALWAYS, both
from maild.desk.rules.expressions import read
from maild.desk.rules.later import after_changes
from maild.desk.rules.rules import Rule, RuleSet
from maild.desk.settings import Agent, Desk, Queue
from maild.desk.situation import Due, Situation
from maild.features import FEATURES
from maild.features.rule_clocks import react as clocks
from store.records import Case, Direction, Entry, Participant, Status, Timer

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEA, CARL, MIA = "bea@desk.test", "carl@desk.test", "mia@desk.test"
AGENTS = (
    Agent(address=BEA, name="Bea"),
    Agent(address=CARL, name="Carl", level="L2"),
    Agent(address=MIA, name="Mia", level="L3", role="manager"),
)
CASE = Case(
    number=7, queue="support", subject="s", status=Status.OPEN, severity="Medium", kind="question", level="L1",
    owner=BEA, requester="ann@customer.test", requester_name="", creator=BEA, language="en",
    created_at=NOON - timedelta(hours=1), updated_at=NOON, events=3, root_message_id=None,
)  # fmt: skip
ASKED = Entry(
    id=1, case=7, event=1, direction=Direction.IN, public=True, automatic=False, sender="ann@customer.test",
    sender_name="Ann", to=(), message_id="<1@customer.test>", at=NOON - timedelta(hours=1), text="Where is it?",
)  # fmt: skip


def _rule(name: str, when: str = "", *, on: str = "change", unless: str = "", **does: object) -> Rule:
    sets = tuple((does.pop("set", None) or {}).items())  # type: ignore[attr-defined]
    condition = read(when, on) if when else ALWAYS
    condition = both(condition, read(unless, on)) if unless else condition
    return Rule(name=name, where=f"{name}:1", text=when, condition=condition, on=on, sets=sets, **does)  # type: ignore[arg-type]


def _situation(*rules: Rule, case: Case = CASE, timer: str = "", running: tuple[str, ...] = ()) -> Situation:
    desk = Desk(
        name="d", address="s@desk.test", instance="i", agents=AGENTS,
        queues=(Queue(name="support", address="s@desk.test"),), rules=RuleSet.of(rules, ZoneInfo("UTC")),
    )  # fmt: skip
    return Situation(
        desk=desk,
        occasion=Due(timer=_timer(timer or "silence-close")),
        case=case,
        participants=(Participant(case=7, address="ann@customer.test", name="", role="requester"),),
        timers=tuple(map(_timer, running)),
        last_public=ASKED,
    )


def _timer(name: str) -> Timer:
    return Timer(id=1, case=7, name=name, queue="support", due_at=NOON, armed_at=NOON)


def _fired(rule: Rule, case: Case = CASE, name: str = "") -> list[Effect]:
    return decide(_situation(rule, case=case, timer=name or rule.timer), FEATURES, NOON)


def _moved(status: Status) -> MoveStatus:
    return MoveStatus(why="by command", status=status)


# --- on a change


def test_change_tells_what_was_and_what_is_and_who_did_it() -> None:
    rule = _rule(
        "handed on",
        f'change.field == "owner" and change.from == "{BEA}" and change.to == "{CARL}" and change.who == "agent"',
        add_tags=("handed-on",),
    )
    deeds = [Assign(owner=CARL, why="by command"), _moved(Status.ON_HOLD)]
    effects = after_changes(_situation(rule), deeds, deeds, BEA, "agent", NOON)
    assert [e.rule for e in effects if isinstance(e, Ruled)] == ["handed on"]
    assert [e.add for e in effects if isinstance(e, Tag)] == [("handed-on",)]
    assert effects[0].why.startswith("rule “handed on”: change.field")


def test_what_changed_back_in_the_same_mail_is_no_change() -> None:
    deeds = [_moved(Status.ON_HOLD), Assign(owner=CARL, why="x"), _moved(Status.OPEN)]
    assert [(c.field, c.was, c.to) for c in changes(CASE, deeds, BEA, "agent")] == [("owner", BEA, CARL)]
    assert left_by(CASE, [Classify(why="x", field="queue", value="b")]).queue == "b"


def test_rules_on_change_that_set_each_other_off_are_looked_at_once_each() -> None:
    ping = _rule("ping", 'case.status == "On Hold"', set={"status": "Open"})
    pong = _rule("pong", 'case.status == "Open"', set={"status": "On Hold"})
    deeds = [_moved(Status.ON_HOLD)]
    effects = after_changes(_situation(ping, pong), deeds, deeds, BEA, "agent", NOON)
    assert [e.rule for e in effects if isinstance(e, Ruled)] == ["ping", "pong"]
    assert [e for e in effects if isinstance(e, MoveStatus)] == [], "it stands where the agent put it"


def test_rule_hears_of_what_a_clock_did() -> None:
    waits = replace(CASE, status=Status.WAITING_ON_CUSTOMER)
    rule = _rule("closed", 'change.to == "Closed" and change.by == "silence-close"', add_tags=("silent",))
    effects = decide(_situation(rule, case=waits), FEATURES, NOON)
    assert [e.status for e in effects if isinstance(e, MoveStatus)] == [Status.CLOSED]
    assert [e.add for e in effects if isinstance(e, Tag)] == [("silent",)]


def test_rule_that_opens_what_the_clock_closed_has_the_last_word() -> None:
    waits = replace(CASE, status=Status.WAITING_ON_CUSTOMER)
    rule = _rule("never", 'change.to == "Closed" and case.severity == "Medium"', set={"status": "Resolved"})
    effects = decide(_situation(rule, case=waits), FEATURES, NOON)
    assert left_by(waits, effects).status is Status.RESOLVED
    assert [e.name for e in effects if isinstance(e, StartTimer)] == ["silence-warning"], (
        "it waits, so its clock runs"
    )


class _Breaks:
    def decide(self, facts: object) -> object:  # noqa: ARG002
        raise ZeroDivisionError("a fault")


@pytest.mark.parametrize("on", ["change", "timer"])
def test_F37_rule_that_raises_on_a_change_or_a_time_is_skipped_and_named(on: str) -> None:
    broken = Rule(name="broken", where="x:1", text="?", condition=_Breaks(), on=on, escalate=True)  # type: ignore[arg-type]
    deeds = [_moved(Status.ON_HOLD)]
    if on == "change":
        effects = after_changes(_situation(broken), deeds, deeds, BEA, "agent", NOON)
    else:
        effects = _fired(broken)
    (said,) = [effect for effect in effects if isinstance(effect, Ruled)]
    assert said.error == "ZeroDivisionError: a fault"


# --- at a time


def test_rule_on_time_is_looked_at_as_things_stand_then() -> None:
    rule = _rule("chase", 'case.status == "Open"', on="timer", unless='case.owner == ""', set={"severity": "High"})
    assert [(e.field, e.value) for e in _fired(rule) if isinstance(e, Classify)] == [("severity", "High")]
    for case, why in (
        (replace(CASE, status=Status.ON_HOLD), 'rule “chase”: case.status == "Open" does not hold'),
        (replace(CASE, owner=None), 'rule “chase”: not case.owner == "" does not hold'),
        (replace(CASE, status=Status.CLOSED), "rule “chase”: the case is Closed"),
    ):
        (said,) = [effect for effect in _fired(rule, case) if isinstance(effect, Ruled)]
        assert not said.applied
        assert said.why == why


def test_clock_of_a_rule_that_was_taken_away_dies_with_a_line() -> None:
    said, *_ = _fired(_rule("chase", on="timer"), name="rule:old")
    assert said == Remember(event="rule-gone", why="there is no rule “old” any more; its clock ends")


def test_rule_on_time_may_assign_and_whoever_gets_the_case_is_told() -> None:
    effects = _fired(_rule("pass on", on="timer", set={"owner": CARL}))
    assert [(e.to, e.event) for e in effects if isinstance(e, Notify)] == [(CARL, "assigned")]


def test_rules_on_time_cannot_keep_each_other_going() -> None:
    ping = _rule("ping", on="timer", since="status", after=timedelta(hours=1), set={"status": "On Hold"})
    pong = _rule("pong", on="timer", since="status", after=timedelta(hours=1), set={"status": "Open"})
    effects = decide(_situation(ping, pong, timer="rule:ping"), FEATURES, NOON)
    assert left_by(CASE, effects).status is Status.ON_HOLD
    assert [e for e in effects if isinstance(e, StartTimer)] == []


_WROTE = AddEntry(
    why="x",
    direction=Direction.IN,
    public=True,
    automatic=False,
    sender="ann@customer.test",
    sender_name="",
    text="?",
)
_ANSWER = Reply(why="x", event="answer", automatic=False)


@pytest.mark.parametrize(
    ("since", "plan", "started", "stopped"),
    [
        ("opened", [_WROTE], False, False),
        ("customer wrote", [_WROTE], True, False),
        ("customer wrote", [_ANSWER], False, True),
        ("customer wrote", [_WROTE, Remember(event="courtesy", why="x")], False, False),
        ("customer wrote", [replace(_WROTE, automatic=True)], False, False),
        ("answered", [_WROTE], False, True),
        ("status", [_moved(Status.ON_HOLD)], True, False),
        ("status", [_WROTE], False, False),
        ("status", [_moved(Status.CLOSED)], False, True),
        ("opened", [_moved(Status.CLOSED)], False, True),
    ],
)
def test_clock_of_a_rule_starts_and_stops_as_the_case_moves(
    since: str, plan: list[Effect], started: bool, stopped: bool
) -> None:
    rule = _rule("r", on="timer", since=since, after=timedelta(minutes=30))
    effects = clocks(_situation(rule, running=("rule:r",)), plan, NOON)
    assert [e.due_at for e in effects if isinstance(e, StartTimer)] == [NOON + timedelta(minutes=30)] * started
    assert [e.name for e in effects if isinstance(e, StopTimer)] == ["rule:r"] * stopped


# --- answers, tags, levels


def test_answer_of_a_rule_leaves_last_and_only_within_the_limit() -> None:
    rule = _rule("soon", on="timer", reply="still-working", set={"owner": CARL})
    effects = _fired(rule)
    assert isinstance(effects[-1], Reply)
    assert (effects[-1].event, effects[-1].at_once, effects[-1].show_subject) == ("still-working", False, False)
    full = replace(_situation(rule, timer=rule.timer), acknowledged_last_hour=5)
    (said,) = [e for e in decide(full, FEATURES, NOON) if isinstance(e, Remember)]
    assert (said.event, "the limit of 5" in said.why) == ("not-replied", True)


def test_case_waits_for_the_customer_only_when_they_were_asked() -> None:
    rule = _rule("ask", on="timer", reply="ask-details", asks=True)
    assert left_by(CASE, _fired(rule)).status is Status.WAITING_ON_CUSTOMER
    machine = replace(_situation(rule, timer=rule.timer), last_public=None)
    effects = decide(machine, FEATURES, NOON)
    assert left_by(CASE, effects).status is Status.OPEN
    assert [e for e in effects if isinstance(e, Reply)] == []


def test_tags_are_put_on_and_taken_off_once() -> None:
    rule = _rule("t", on="timer", add_tags=("vip", "new"), remove_tags=("old",))
    case = replace(CASE, tags=("old", "vip"))
    (tag,) = [e for e in _fired(rule, case) if isinstance(e, Tag)]
    assert (tag.add, tag.remove) == (("new",), ("old",))
    assert left_by(case, [tag]).tags == ("new", "vip")


def test_two_rules_that_escalate_are_one_step() -> None:
    rules = [_rule(name, on="change", escalate=True) for name in ("a", "b")]
    deeds = [_moved(Status.ON_HOLD)]
    effects = after_changes(_situation(*rules), deeds, deeds, BEA, "agent", NOON)
    assert [e.value for e in effects if isinstance(e, Classify)] == ["L2"]
    assert [(e.to, e.event) for e in effects if isinstance(e, Notify)] == [(CARL, "escalated")], "not who did it"
