"""A desk that learns from what its agents made of former cases."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from maild import cli
from maild.daemon.duties import Duties
from maild.daemon.watch import Watch
from maild.desk.learning.form import model_of, written
from maild.desk.learning.lessons import histories
from maild.desk.learning.training import train
from maild.pipeline.teach import TRIED, Taught, read_past, teach
from store.learnt import KeptModel
from store.records import Direction, Entry, JournalLine, LetterState
from tests.benchmarks.made_cases import left_by_the_desk, made_cases
from tests.desk.test_learning import sure
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, StoryDesk, story_desk

ON = "[learning]\non = true\n"
QUEUES = "".join(f'[[queue]]\nname = "{name}"\n' for name in ("support", "billing", "shop", "integrations"))
YEARS = timedelta(days=5000)


def _knows(desk: StoryDesk, **fields: tuple[str, str, float]) -> str:
    """Put a model to use that says these values of every mail; its version."""
    model = model_of({name: sure(*said) for name, said in fields.items()})
    kept = KeptModel(version=model.version, made_at=desk.now, until=desk.now, lessons=1, report={})
    with desk.office.store.write() as unit:
        unit.models.put_to_use(kept, written(model))
    return model.version


def _lived(desk: StoryDesk, count: int) -> None:
    """So many closed cases of former years, as agents left them."""
    chance = random.Random(3)
    default = {"kind": "question", "queue": "support", "severity": "Medium"}
    with desk.office.store.write() as unit:
        for made in made_cases(count):
            left = {name: left_by_the_desk(chance, truth, default[name]) for name, truth in made.truth.items()}
            letter = unit.letters.store("inject", "support", b"x", made.at, None)
            number = unit.cases.open(
                subject=made.subject, status="Closed", level="L1", requester=made.requester, requester_name="",
                language=made.language, created_at=made.at, updated_at=made.at, events=1,
                **{name: value for name, (value, _) in left.items()},
            )  # fmt: skip
            entry = unit.entries.add(
                Entry(
                    id=0, case=number, event=1, direction=Direction.IN, public=True, automatic=False,
                    sender=made.requester, sender_name="", to=(), message_id=None, at=made.at, text=made.text,
                    letter=letter,
                )
            )  # fmt: skip
            unit.letters.settle(letter, LetterState.ROUTED, case_number=number, entry_id=entry)
            unit.journal.add_all(
                [
                    JournalLine(
                        at=made.at, event="case.classified", why=f"{name}={value}: by command", actor="x", case=number
                    )
                    for name, (value, by_agent) in left.items()
                    if by_agent
                ]
            )


def _train(desk: StoryDesk) -> Taught:
    return teach(desk.office.store, desk.plan.desk, 0.9, YEARS, 20_000, desk.now)


def test_it_acts_where_it_is_sure_and_says_by_what(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with story_desk(tmp_path, sink, store_url, ON + QUEUES) as desk:
        version = _knows(desk, queue=("billing", "support", 0.97), severity=("High", "Medium", 0.6))
        desk.mail(ANN.writes(DESK, "Hello", "About the total.", desk.now))

        assert (desk.case(1).queue, desk.case(1).severity) == ("billing", "Medium")
        notice = desk.inbox(BEA)[0]
        assert notice.header("X-Maild-Queue") == "billing"
        assert "The queue is billing by what former cases taught; /queue changes it." in notice.text
        assert "By former cases it may be: /severity High (60 %)." in notice.text
        with desk.office.store.read() as unit:
            lines = [f"{line.event} {line.why}" for line in unit.journal.of_case(1)]
        assert f"case.classified queue=billing: learnt, version {version}: 97 %" in lines
        assert f"learning.suggested severity=High: learnt, version {version}: 60 %" in lines


def test_agents_word_stands_whatever_was_learnt(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with story_desk(tmp_path, sink, store_url, ON) as desk:
        _knows(desk, kind=("bug", "question", 0.97))
        desk.mail(ANN.writes(DESK, "Hello", "About the total.", desk.now))
        assert desk.case(1).kind == "bug"
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/kind callback\n\nWe will call you.", desk.now))
        desk.answers_leave()
        desk.mail(ANN.replies(desk.newest(ANN), "The total is still wrong.", desk.now))
        assert desk.case(1).kind == "callback"


def test_new_version_is_used_from_the_next_case_on_and_a_broken_one_not_at_all(
    tmp_path: Path, sink: SinkServer
) -> None:
    with story_desk(tmp_path, sink, more=ON) as desk:
        for kind in ("bug", "callback"):
            _knows(desk, kind=(kind, "question", 0.97))
            desk.mail(ANN.writes(DESK, f"Hello {kind}", "About the total.", desk.now))
        assert [case.kind for case in desk.cases()] == ["bug", "callback"]
        kept = KeptModel(version="broken", made_at=desk.now, until=desk.now, lessons=1, report={})
        with desk.office.store.write() as unit:
            unit.models.put_to_use(kept, '{"form": "maild-learning-1"}')
        for who in (ANN, BEN):
            desk.mail(who.writes(DESK, "Hello again", "About the total.", desk.now))
        assert [case.kind for case in desk.cases()] == ["bug", "callback", "question", "question"]
        assert len(desk.logged("learning.unreadable")) == 1


def test_it_is_off_unless_it_is_switched_on(desk: StoryDesk) -> None:
    _knows(desk, kind=("bug", "question", 0.97))
    desk.mail(ANN.writes(DESK, "Hello", "About the total.", desk.now))
    assert desk.case(1).kind == "question"
    assert "former cases" not in desk.inbox(BEA)[0].text


def test_explain_shows_what_it_would_do(tmp_path: Path, sink: SinkServer, capsys: pytest.CaptureFixture[str]) -> None:
    with story_desk(tmp_path, sink, more=ON) as desk:
        version = _knows(desk, kind=("bug", "question", 0.97))
        (tmp_path / "mail.eml").write_bytes(ANN.writes(DESK, "Hello", "About the total.", desk.now))
        assert cli.main(["explain", str(tmp_path / "mail.eml"), "-c", str(desk.path)]) == 0
    assert f"learnt, version {version}: 97 %" in capsys.readouterr().out


def test_it_learns_from_history_and_a_worse_one_does_not_replace_it(
    tmp_path: Path, sink: SinkServer, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with story_desk(tmp_path, sink, store_url, ON + QUEUES) as desk:
        first = _train(desk)
        assert (first.version, first.why) == (None, "0 cases are too few to learn from; it takes 200")
        _lived(desk, 700)
        second = _train(desk)
        assert second.version is not None
        trial = second.trials["queue"]
        assert trial.new.right > trial.new.commonest
        assert trial.new.cases == 100

        desk.mail(ANN.writes(DESK, "The invoice", "Hello, unsere Zahlung und die Rechnung.", desk.now))
        (told,) = [line for line in desk.inbox(BEA)[0].text.splitlines() if "queue" in line and "former" in line]
        assert "billing" in told

        live = ["learn", "status", "--json", "-c", str(desk.path)]
        assert cli.main(live) == 0
        status = json.loads(capsys.readouterr().out)
        assert status["version"] == second.version
        assert cli.main(["learn", "evaluate", "-c", str(desk.path)]) == 0
        assert "queue, on cases that came since it learnt: right in" in capsys.readouterr().out

        knows_all = _learnt_by_heart(desk)
        third = _train(desk)
        assert (third.version, third.why) == (None, "what was learnt is no better than what is in use")
        assert cli.main(live) == 0
        assert json.loads(capsys.readouterr().out)["version"] == knows_all


def _learnt_by_heart(desk: StoryDesk) -> str:
    """Put one to use that has seen the very cases that others are tried on; its version."""
    past = read_past(desk.office.store, desk.now - YEARS, 20_000)
    learnt = {}
    for name, history in histories(past, desk.plan.desk).items():
        lessons = history.split(desk.now)[0]
        learnt[name] = train(lessons[-250:] + lessons[:-250], 0.9)  # the last ones of these it only tries itself on
    model = model_of({name: field for name, field in learnt.items() if field is not None})
    with desk.office.store.write() as unit:
        live = unit.models.live()
        assert live is not None
        unit.models.put_to_use(replace(live, version=model.version), written(model))
    return model.version


def test_daemon_learns_anew_when_it_is_due_and_only_then(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink, more=ON) as desk:
        watch = Watch(desk.plan, desk.office, desk.clock)
        duties = Duties(desk.plan, desk.office, desk.clock, lambda: None, threading.Event(), watch)
        assert [duties.learn(), duties.learn()] == [1, 0]
        with desk.office.store.read() as unit:
            assert "too few to learn from" in (unit.facts.get(TRIED) or "")
        desk.clock.move(timedelta(days=8))
        assert duties.learn() == 1
        assert desk.logged("learning.failed") == []
