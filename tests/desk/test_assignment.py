"""Who gets a case: always the same answer to the same question, fair in turn, and never somebody who cannot."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.desk.clocks.calendar import Calendar
from maild.desk.people.assignment import Choice, Matter, choose
from maild.desk.settings import Agent
from store.people import Load

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WAYS = ("least-loaded", "round-robin", "expertise")
MATTER = Matter(queue="support", level="L1", kind="bug", language="de")


def _agent(name: str, **more: object) -> Agent:
    return Agent(address=f"{name}@desk.test", name=name, **more)  # type: ignore[arg-type]


def _given(agents: list[Agent], loads: dict[str, Load], **more: object) -> Choice:
    from dataclasses import replace

    return choose(replace(MATTER, **more), agents, loads, NOW)  # type: ignore[arg-type]


ANY_AGENT = st.builds(
    Agent,
    address=st.sampled_from([f"{letter}@desk.test" for letter in "abcdefgh"]),
    name=st.just(""),
    level=st.sampled_from(("L1", "L2")),
    role=st.sampled_from(("agent", "manager", "admin")),
    queues=st.sampled_from(((), ("support",), ("billing",))),
    skills=st.sampled_from(((), ("BUG",), ("de",), ("plumbing",))),
    away_until=st.sampled_from((None, NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1))),
)
ANY_LOAD = st.builds(
    Load,
    open=st.integers(0, 3),
    closed_alike=st.integers(0, 3),
    given_at=st.sampled_from((None, NOW, NOW - timedelta(days=1))),
    given=st.integers(0, 3),
)
AGENTS = st.lists(ANY_AGENT, unique_by=lambda agent: agent.address)
LOADS = st.dictionaries(st.sampled_from([f"{letter}@desk.test" for letter in "abcdefgh"]), ANY_LOAD)


@given(AGENTS, LOADS, st.sampled_from(WAYS), st.randoms())
def test_the_same_people_with_the_same_work_give_the_same_choice_in_whatever_order(agents, loads, way, dice) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(agents)
    dice.shuffle(shuffled)
    assert _given(agents, loads, way=way) == _given(shuffled, loads, way=way)


@given(AGENTS, LOADS, st.sampled_from(WAYS))
def test_nobody_gets_it_who_is_away_at_another_level_of_another_queue_or_a_manager(agents, loads, way) -> None:  # type: ignore[no-untyped-def]
    choice = _given(agents, loads, way=way)
    # At L1, or, where nobody of the queue works there, at the next level.
    level = min((a.level for a in agents if a.serves("support") and a.role != "manager"), default="L1")
    able = [
        a
        for a in agents
        if a.serves("support")
        and a.level == level
        and a.role != "manager"
        and (a.away_until is None or a.away_until <= NOW)
    ]
    assert (choice.owner is None) == (not able)
    assert choice.owner in {None, *(a.address for a in able)}
    # Everybody else of the queue is told why not.
    assert {who for who, _ in choice.passed} == {a.address for a in agents if a.serves("support")} - {choice.owner}
    assert all(f"{who}: {reason}" in choice.why for who, reason in choice.passed)


@given(AGENTS, LOADS, st.sampled_from(WAYS))
def test_a_skill_that_the_case_asks_for_goes_before_all_else(agents, loads, way) -> None:  # type: ignore[no-untyped-def]
    choice = _given(agents, loads, way=way)
    skilled = {a.address for a in agents if {"BUG", "de"} & set(a.skills)}
    passed = {who for who, reason in choice.passed if reason == "lacks the skill"}
    assert not passed or choice.owner in skilled


def test_who_is_at_work_now_goes_before_who_is_not_and_at_night_anybody_can_have_it() -> None:
    weekdays = Calendar("day", UTC, (*[((8 * 3600, 16 * 3600),)] * 5, (), ()))
    nights = Calendar("night", UTC, ((((0, 6 * 3600)),),) * 7)
    agents = [_agent("a", calendar=nights), _agent("b", calendar=weekdays)]

    assert _given(agents, {"b@desk.test": Load(open=9)}).owner == "b@desk.test"  # a Monday, 9 in the morning
    assert "a@desk.test: not at work now" in _given(agents, {}).why
    evening = NOW + timedelta(hours=9)
    assert choose(MATTER, agents, {}, evening).owner == "a@desk.test"


@given(st.integers(1, 6), st.integers(1, 40), st.booleans())
def test_round_robin_is_fair_also_when_all_come_at_one_instant(people: int, cases: int, at_once: bool) -> None:
    agents = [_agent(letter) for letter in "abcdef"[:people]]
    loads: dict[str, Load] = {}
    order = []
    for number in range(1, cases + 1):
        owner = _given(agents, loads, way="round-robin").owner
        assert owner is not None
        order.append(owner)
        at = NOW if at_once else NOW + timedelta(minutes=number)
        loads[owner] = Load(open=loads.get(owner, Load()).open + 1, given_at=at, given=number)
    counts = [order.count(agent.address) for agent in agents]
    assert max(counts) - min(counts) <= 1
    assert people == 1 or all(one != two for one, two in pairwise(order))


def test_least_loaded_takes_who_has_the_fewest_open_and_then_who_waited_longest() -> None:
    agents = [_agent("a"), _agent("b"), _agent("c")]
    loads = {
        "a@desk.test": Load(open=2),
        "b@desk.test": Load(open=1, given_at=NOW, given=7),
        "c@desk.test": Load(open=1, given_at=NOW - timedelta(hours=1), given=6),
    }
    choice = _given(agents, loads)
    assert choice.owner == "c@desk.test"
    assert choice.why == (
        "least-loaded of support: 1 open, given a case 2026-03-02 08:00Z. Passed over: "
        "b@desk.test: 1 open, given a case 2026-03-02 09:00Z; a@desk.test: 2 open, never given a case"
    )


def test_expertise_takes_who_closed_most_of_the_kind_and_then_who_has_least_to_do() -> None:
    agents = [_agent("a"), _agent("b"), _agent("c")]
    loads = {
        "a@desk.test": Load(open=0, closed_alike=1),
        "b@desk.test": Load(open=5, closed_alike=3),
        "c@desk.test": Load(open=4, closed_alike=3),
    }
    assert _given(agents, loads, way="expertise").owner == "c@desk.test"


@pytest.mark.parametrize(
    ("levels", "at", "gets"),
    [
        (("L1", "L2", "L3"), "L2", "b"),
        (("L1", "L1"), "L3", "a"),
        (("L1", "L2"), "L3", "b"),
        (("L2", "L3"), "L1", "a"),
        (("L1", "L3"), "vendor", "b"),
    ],
)
def test_where_nobody_works_at_its_level_the_next_one_below_has_it_or_above(
    levels: tuple[str, ...], at: str, gets: str
) -> None:
    agents = [_agent(letter, level=level) for letter, level in zip("abc", levels, strict=False)]
    assert _given(agents, {}, level=at).owner == f"{gets}@desk.test"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"role": "manager"}, "a manager"),
        ({"away_until": NOW + timedelta(days=1)}, "away until 2026-03-03 09:00Z"),
    ],
)
def test_where_nobody_can_have_it_it_is_said_why(more: dict[str, object], reason: str) -> None:
    choice = _given([_agent("a", **more), _agent("z", queues=("billing",))], {})
    assert choice == Choice(
        None, f"nobody of support can have it. Passed over: a@desk.test: {reason}", (("a@desk.test", reason),)
    )
