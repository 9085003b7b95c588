"""Who gets a case that needs an owner: a choice among the agents of its queue, and why it is not the others.

The same agents with the same work always give the same choice. Who can have it at all: serves the queue, works at
the case's level, is not away, is no manager. Where some of these are at work now, one of them; where some of those
have a skill that the case asks for, one of these. Of those:

    least-loaded   who has the fewest open cases
    round-robin    who was given a case the longest ago
    expertise      who had the most cases of this kind in this queue closed in the last 90 days, then the fewest open

Equal ones: who was given a case the longest ago, then by address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from maild.desk.effects import Assign, Classify, Effect, MoveStatus, OpenCase, Tag
from maild.desk.settings import Agent, Desk
from maild.desk.situation import HandedOn, Situation
from store.people import Load
from store.records import Case, StateType

LOOK_BACK = timedelta(days=90)
"""What was closed in this time counts as experience."""
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a case that needs an owner is about."""

    queue: str
    level: str
    kind: str
    language: str
    tags: tuple[str, ...] = ()
    way: str = "least-loaded"
    not_to: str = ""
    """Who is not asked: they hand it on."""

    @property
    def words(self) -> frozenset[str]:
        """What a skill may be named after."""
        return frozenset(word.casefold() for word in (self.queue, self.kind, self.language, *self.tags))


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets it (None: nobody can), and why; `passed` says of each other agent of the queue why not they."""

    owner: str | None
    why: str
    passed: tuple[tuple[str, str], ...] = ()


def choose(matter: Matter, agents: Sequence[Agent], loads: Mapping[str, Load], now: datetime) -> Choice:
    """The one agent."""
    passed: list[tuple[str, str]] = []
    able: list[Agent] = []
    people = sorted((agent for agent in agents if agent.serves(matter.queue)), key=lambda agent: agent.address)
    level = _level(matter.level, people)
    for agent in people:
        reason = _unable(agent, matter, level, now)
        if reason is None:
            able.append(agent)
        else:
            passed.append((agent.address, reason))
    present = [agent for agent in able if _at_work(agent, now)]
    if present and len(present) < len(able):
        passed += [(agent.address, "not at work now") for agent in able if agent not in present]
        able = present
    skilled = [agent for agent in able if _has_skill(agent, matter)]
    if skilled and len(skilled) < len(able):
        passed += [(agent.address, "lacks the skill") for agent in able if agent not in skilled]
        able = skilled
    if not able:
        return Choice(None, _said(f"nobody of {matter.queue} can have it", passed), tuple(passed))
    rank = _RANKS[matter.way]
    best, *others = sorted(able, key=lambda agent: rank(agent, loads.get(agent.address, Load())))
    passed += [(agent.address, _work(agent, matter, loads)) for agent in others]
    why = _said(f"{matter.way} of {matter.queue}: {_work(best, matter, loads)}", passed)
    return Choice(best.address, why, tuple(passed))


def wants(situation: Situation, plan: Sequence[Effect]) -> Matter | None:
    """What the plan leaves without an owner, where its queue has a way to find one."""
    if all(queue.assign == "none" for queue in situation.desk.queues):
        return None
    matter = _unowned(situation, plan)
    if matter is None or matter.way == "none":
        return None
    ends = [effect.status for effect in plan if isinstance(effect, MoveStatus)][-1:]
    return None if ends and ends[0].state is StateType.DONE else matter


def _unowned(situation: Situation, plan: Sequence[Effect]) -> Matter | None:
    is_handed_on = isinstance(situation.occasion, HandedOn)
    if any(isinstance(effect, Assign) and (effect.owner or not is_handed_on) for effect in plan):
        return None  # a rule or a person said who
    desk, case = situation.desk, situation.case
    opened = next((effect for effect in plan if isinstance(effect, OpenCase)), None)
    if opened is not None:
        return _matter(opened, plan, desk)
    if case is None or case.status.state is StateType.DONE:
        return None
    matter = _matter(case, plan, desk)
    if isinstance(situation.occasion, HandedOn):
        return replace(matter, not_to=situation.occasion.leaver)
    if (matter.queue, matter.level) == (case.queue, case.level) or matter.level == "vendor":
        return None
    owner = desk.agent(case.owner) if case.owner else None
    people = desk.team(matter.queue)
    stays_at = matter.level == case.level or (owner is not None and owner.level == _level(matter.level, people))
    return None if owner is not None and owner.serves(matter.queue) and stays_at else matter


def _matter(of: OpenCase | Case, plan: Sequence[Effect], desk: Desk) -> Matter:
    """As the plan leaves it."""
    said = {name: getattr(of, name) for name in ("queue", "level", "kind")}
    said |= {one.field: one.value for one in plan if isinstance(one, Classify) and one.field in said}
    tags = list(of.tags) if isinstance(of, Case) else []
    for effect in plan:
        if isinstance(effect, Tag):
            tags = [tag for tag in (*tags, *effect.add) if tag not in effect.remove]
    return Matter(**said, language=of.language, tags=tuple(tags), way=desk.queue(said["queue"]).assign)


def _level(wanted: str, people: Sequence[Agent]) -> str:
    """The level that is to do it: where nobody of the queue works at the case's, the next one below, or above."""
    there = {agent.level for agent in people if agent.role != "manager"}
    below = [level for level in there if level <= wanted]  # L1 < L2 < L3 < vendor, also as words
    return max(below) if below else min(there, default=wanted)


def _unable(agent: Agent, matter: Matter, level: str, now: datetime) -> str | None:
    """Why they cannot have it."""
    if agent.address == matter.not_to:
        return "hands it on"
    if agent.role == "manager":
        return "a manager"
    if agent.level != level:
        return f"works at {agent.level}, not {level}"
    if agent.is_away(now):
        return f"away until {agent.away_until:%Y-%m-%d %H:%M}Z"
    return None


def _at_work(agent: Agent, now: datetime) -> bool:
    return agent.calendar is None or agent.calendar.is_working(now)


def _has_skill(agent: Agent, matter: Matter) -> bool:
    return any(skill.casefold() in matter.words for skill in agent.skills)


def _turn(agent: Agent, load: Load) -> tuple[datetime, int, str]:
    return load.given_at or _NEVER, load.given, agent.address


_RANKS: dict[str, Callable[[Agent, Load], tuple[object, ...]]] = {
    "least-loaded": lambda agent, load: (load.open, *_turn(agent, load)),
    "round-robin": _turn,
    "expertise": lambda agent, load: (-load.closed_alike, load.open, *_turn(agent, load)),
}


def _work(agent: Agent, matter: Matter, loads: Mapping[str, Load]) -> str:
    load = loads.get(agent.address, Load())
    given = f"given a case {load.given_at:%Y-%m-%d %H:%M}Z" if load.given_at else "never given a case"
    is_open = f"{load.open} open"
    if matter.way == "round-robin":
        return given
    if matter.way == "expertise":
        return f"{load.closed_alike} such cases closed, {is_open}, {given}"
    return f"{is_open}, {given}"


def _said(head: str, passed: Sequence[tuple[str, str]]) -> str:
    others = "; ".join(f"{address}: {reason}" for address, reason in passed)
    return f"{head}. Passed over: {others}" if others else head
