"""What was learnt: when it acts, when it only suggests, and what is no model."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maild.desk.decide import decide
from maild.desk.effects import Classify, Effect, OpenCase, Remember
from maild.desk.learning.form import model_of, read_back, written
from maild.desk.learning.grading import Examined, grade, is_no_worse
from maild.desk.learning.learning import FieldModel, Learning, Model
from maild.desk.learning.lessons import histories
from maild.desk.learning.taught import SUGGESTED, hints, is_matter, taught
from maild.desk.learning.training import Lesson, train
from maild.desk.rules.rules import Rule, Ruling, Tried
from maild.desk.settings import Desk, Queue
from maild.desk.situation import Arrived, Match, Sender, Signal, Situation, Speaker
from parsers import parse
from store.learnt import PastCase
from store.records import Status
from tests.benchmarks.learning import desk_with_rules, measure

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DESK = Desk(
    name="Example", address="s@d.test", instance="i",
    queues=(Queue(name="support", address="s@d.test"), Queue(name="billing", address="b@d.test", level="L2")),
    learning=Learning(act_above=0.9, suggest_above=0.5),
)  # fmt: skip
MAIL = parse(b"From: Ann <ann@customer.test>\r\nSubject: The total\r\n\r\nIt is wrong.\r\n")


def sure(value: str, other: str, probability: float, acts_from: float = 0.0) -> FieldModel:
    """Says this value of every mail, with this probability."""
    bias = math.log(probability / (1 - probability))
    return FieldModel((value, other), (bias, 0.0), {"total": (0.0, 0.0)}, acts_from=acts_from)


def situation(model: Model, desk: Desk = DESK, speaker: Speaker = Speaker.STRANGER) -> Situation:
    arrived = Arrived(
        message=MAIL,
        sender=Sender(speaker=speaker, address="ann@customer.test", name="Ann", why="x"),
        match=Match(case=None, signal=Signal.NONE, why="nothing else fits"),
        queue="support",
    )
    return taught(Situation(desk=desk, occasion=arrived), model)


def opened(effects: list[Effect]) -> OpenCase:
    return next(effect for effect in effects if isinstance(effect, OpenCase))


@pytest.mark.parametrize("percent", range(51, 100))
def test_wrong_proposal_never_acts_below_the_threshold(percent: int) -> None:
    fields = {
        "kind": sure("bug", "question", percent / 100),
        "queue": sure("billing", "support", percent / 100),
        "severity": sure("Immediate", "Medium", percent / 100),
    }
    plan = decide(situation(Model("v1", fields)), (), NOW)

    made, acted = opened(plan), [effect for effect in plan if isinstance(effect, Classify)]
    suggested = [effect for effect in plan if isinstance(effect, Remember) and effect.event == SUGGESTED]
    if percent < 90:
        assert (made.kind, made.queue, made.level, made.severity) == ("question", "support", "L1", "Medium")
        assert (len(acted), len(suggested)) == (0, 3)
    else:
        assert (made.kind, made.queue, made.level, made.severity) == ("bug", "billing", "L2", "Immediate")
        assert (len(acted), len(suggested)) == (3, 0)
        assert all(effect.why.startswith(f"learnt, version v1: {percent} %") for effect in acted)


def test_model_that_was_not_right_often_enough_never_acts_however_sure_it_is() -> None:
    plan = decide(situation(Model("v1", {"kind": sure("bug", "question", 0.999, acts_from=2.0)})), (), NOW)
    assert opened(plan).kind == "question"
    (line,) = hints(situation(Model("v1", {"kind": sure("bug", "question", 0.999, acts_from=2.0)})), plan)
    assert line == "By former cases it may be: /kind bug (99 %)."


def test_field_that_a_rule_has_set_is_left_to_the_rule() -> None:
    rule = Rule(name="r", where="f:1", text="", condition=None, sets=(("kind", "incident"),))  # type: ignore[arg-type]
    tried = Tried(rule)
    ruling = Ruling(version="r1", applied=(tried,), fields={"kind": ("incident", tried)})
    where = replace(situation(Model("v1", {"kind": sure("bug", "question", 0.999)})), ruling=ruling)
    plan = decide(where, (), NOW)

    assert opened(plan).kind == "incident"
    assert any(isinstance(effect, Remember) and effect.event == SUGGESTED for effect in plan)


def test_field_that_it_may_not_set_and_value_that_is_gone_are_not_set() -> None:
    careful = replace(DESK, learning=Learning(act_above=0.9, suggest_above=0.5, fields=("kind",)))
    model = Model("v1", {"severity": sure("High", "Medium", 0.99), "queue": sure("sales", "support", 0.99)})
    plan = decide(situation(model, careful), (), NOW)
    assert (opened(plan).severity, opened(plan).queue) == ("Medium", "support")
    said = [effect.why.partition(":")[0] for effect in plan if isinstance(effect, Remember)]
    assert said == ["severity=High"], "a queue that is gone is not even suggested"


@pytest.mark.parametrize("speaker", [Speaker.AGENT, Speaker.CLAIMS_AGENT, Speaker.MACHINE, Speaker.OURSELVES])
def test_only_mail_of_people_outside_is_a_matter_for_it(speaker: Speaker) -> None:
    model = Model("v1", {})
    assert is_matter(situation(model))
    assert not is_matter(situation(model, speaker=speaker))


def test_without_learning_nothing_changes() -> None:
    plan = decide(
        situation(Model("v1", {"kind": sure("bug", "question", 0.99)}), replace(DESK, learning=None)), (), NOW
    )
    assert opened(plan).kind == "question"


# what is written down


def test_model_comes_back_as_it_was_written() -> None:
    model = model_of({"kind": sure("bug", "question", 0.7), "queue": sure("billing", "support", 0.6)})
    assert read_back(written(model)) == model


def _spoilt(change: object, *path: str) -> str:
    found = json.loads(written(model_of({"kind": sure("bug", "question", 0.7)})))
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = change
    return json.dumps(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "cos\nsystem\n(S'true'\ntR.",  # a pickle
        _spoilt("other-9", "form"),
        _spoilt("0" * 12, "version"),
        _spoilt([1.0], "fields", "kind", "bias"),
        _spoilt([float("nan"), 1.0], "fields", "kind", "bias"),
        _spoilt([True, 1.0], "fields", "kind", "bias"),
        _spoilt({"x": ["1", 2.0]}, "fields", "kind", "weights"),
        _spoilt([7, 8], "fields", "kind", "values"),
        _spoilt(0.0, "fields", "kind", "temperature"),
        _spoilt([0.1, 0.2], "fields", "kind", "bias"),  # of the right form, but not what was learnt
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_back(text)


# what is learnt


def _lessons(count: int) -> list[Lesson]:
    words = {"bug": ("crash", "save"), "question": ("how", "where")}
    return [
        Lesson((*words[value], f"case{n}", "hello"), value)
        for n in range(count)
        for value in [("bug", "question")[n % 2]]
    ]


def test_same_history_gives_the_same_model() -> None:
    one, two = train(_lessons(100), 0.9), train(_lessons(100), 0.9)
    assert one is not None
    assert one == two
    assert one.best(("crash", "hello"))[0] == "bug"
    assert one.acts_from <= 1


def test_one_value_alone_teaches_nothing() -> None:
    assert train([Lesson(("a",), "bug")] * 50, 0.9) is None


def test_model_that_knows_less_does_not_replace_the_other() -> None:
    later = [Examined(lesson, "question") for lesson in _lessons(100)]
    good, dull = train(_lessons(100), 0.9), sure("bug", "question", 0.8)
    good_grade, dull_grade = grade(good, later, 0.9), grade(dull, later, 0.9)
    assert (good_grade.right, dull_grade.right) == (100, 50)
    assert is_no_worse(good_grade, dull_grade)
    assert not is_no_worse(dull_grade, good_grade)
    assert not is_no_worse(dull_grade, None), "no better than always saying the commonest"
    reckless = grade(sure("bug", "question", 0.99), later, 0.9)
    assert not is_no_worse(reckless, dull_grade), "right as often, but wrong where it acts"


def _past(status: Status, *said: str, kind: str = "bug") -> PastCase:
    return PastCase(
        number=1, at=NOW, status=status, subject="The total", text="It is wrong.", requester="a@c.test",
        language="en", came_to="support",
        fields={"kind": kind, "queue": "support", "severity": "Medium"}, said={"kind": list(said)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("case", "weight"),
    [
        (_past(Status.OPEN, "kind=bug: by command"), 1.5),
        (_past(Status.CLOSED), 1.0),
        (_past(Status.CLOSED, "kind=bug: rule “r”: always"), 1.0),
        (_past(Status.CLOSED, "kind=bug: learnt, version v1: 95 %"), 0.5),
        (_past(Status.CLOSED, "kind=question: learnt, version v1: 95 %", "kind=bug: by command"), 1.5),
        (_past(Status.OPEN, "kind=bug: rule “r”: always"), None),
        (_past(Status.SPAM, "kind=bug: by command"), None),
        (_past(Status.MERGED, "kind=bug: by command"), None),
    ],
)
def test_an_agents_word_counts_most_and_its_own_least(case: PastCase, weight: float | None) -> None:
    (*found,) = histories([case], DESK)["kind"].cases
    assert [one.lesson.weight for one in found] == ([] if weight is None else [weight])


# is it any good


def test_learning_is_better_than_the_rules_alone_and_than_the_commonest(tmp_path: Path) -> None:
    """A small run of tests.benchmarks.learning, whose figures stand in docs/learning.md."""
    found = measure(1500, 1, desk_with_rules(tmp_path), 0.9)
    for name in ("kind", "queue"):
        one = found[name]
        assert one.model > one.rules > one.commonest
        assert one.together >= one.rules
        assert one.acted_right >= 0.9
    assert found["severity"].together >= found["severity"].rules
