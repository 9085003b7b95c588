"""A step up the ladder: the right people, once; the creator stays."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.effects import Classify, Notify, SetCreator
from maild.desk.escalation import escalate, next_level
from maild.desk.settings import Agent, Desk, Queue
from tests.desk.test_rules import CASE

AGENTS = (
    Agent(address="bea@desk.test", name="Bea"),
    Agent(address="carl@desk.test", name="Carl", level="L2"),
    Agent(address="dora@desk.test", name="Dora", level="L2", queues=("billing",)),
    Agent(address="max@desk.test", name="Max", level="L3", role="manager"),
)
DESK = Desk(
    name="d",
    address="s@desk.test",
    instance="x",
    agents=AGENTS,
    queues=(Queue(name="support", address="s@desk.test"),),
)
OPEN = replace(CASE, owner="bea@desk.test", creator="bea@desk.test")


def _told(*args: object, **more: object) -> list[str]:
    return [effect.to for effect in escalate(*args, **more) if isinstance(effect, Notify)]  # type: ignore[arg-type]


def test_the_ladder_ends_at_the_vendor() -> None:
    assert [next_level(level) for level in ("L1", "L2", "L3", "vendor")] == ["L2", "L3", "vendor", None]


def test_agents_of_the_next_level_of_the_queue_and_the_owner_are_told_once() -> None:
    effects = escalate(OPEN, DESK, "nobody answered")
    assert [(e.field, e.value) for e in effects if isinstance(e, Classify)] == [("level", "L2")]
    assert _told(OPEN, DESK, "nobody answered") == ["carl@desk.test", "bea@desk.test"]
    assert _told(OPEN, DESK, "by command", actor="Bea@desk.test") == ["carl@desk.test"]


def test_managers_are_told_of_a_violation_and_at_the_top() -> None:
    assert _told(OPEN, DESK, "late", violated=True) == ["carl@desk.test", "max@desk.test", "bea@desk.test"]
    assert _told(replace(OPEN, level="L2"), DESK, "late", violated=True) == ["max@desk.test", "bea@desk.test"]
    top = replace(OPEN, level="vendor")
    assert _told(top, DESK, "still") == ["max@desk.test", "bea@desk.test"]
    assert not any(isinstance(effect, Classify) for effect in escalate(top, DESK, "still"))


def test_a_level_on_which_nobody_stands_is_told_to_the_manager() -> None:
    assert _told(replace(OPEN, level="L3"), DESK, "it is theirs") == ["max@desk.test", "bea@desk.test"]


def test_the_owner_becomes_the_contact_where_there_is_none() -> None:
    effects = escalate(replace(OPEN, creator=None), DESK, "why")
    assert [effect.creator for effect in effects if isinstance(effect, SetCreator)] == ["bea@desk.test"]
