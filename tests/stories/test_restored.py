"""Yesterday's store is put to work again (F33): nothing leaves and no timer acts until somebody has looked."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from maild.backup.age import FILE, grow_older
from maild.demo.people import Mail
from maild.log import Log
from store import open_store
from store.facts import Age
from store.records import Status
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, StoryDesk, story_desk


def _look(desk: StoryDesk, folder: Path) -> Age:
    return grow_older(desk.office.store, desk.office.log, folder)


def _forget(desk: StoryDesk, epoch: int) -> None:
    """The store is one whose last look was then."""
    with desk.office.store.write() as unit:
        age = unit.facts.age()
        assert age is not None
        unit.facts.set_age(Age(age.store, epoch))


def test_F33_a_store_only_grows_older_and_nothing_is_held(desk: StoryDesk, tmp_path: Path) -> None:
    assert [_look(desk, tmp_path).epoch for _ in range(3)] == [1, 2, 3]
    assert list(json.loads((tmp_path / FILE).read_text()).values()) == [3]
    assert desk.logged("outbox.held") == []


def test_F33_an_older_store_is_noticed_and_sends_nothing_until_it_is_released(
    desk: StoryDesk, tmp_path: Path
) -> None:
    desk.mail(ANN.writes(DESK, "Parcel", "Where is it?", desk.now))
    for _ in range(3):
        _look(desk, tmp_path)
    _forget(desk, 1)
    assert _look(desk, tmp_path).epoch == 4  # seen was 3
    assert "epoch 1 after 3" in desk.logged("outbox.held")[0]["reason"]

    before = len(desk.sink.messages)
    desk.mail(BEN.writes(DESK, "Invoice", "Which one?", desk.now))
    assert len(desk.cases()) == 2  # taken in and routed
    assert len(desk.sink.messages) == before
    assert _look(desk, tmp_path).epoch == 5
    assert len(desk.logged("outbox.held")) == 1

    with desk.office.store.write() as unit:
        assert unit.facts.release_outbox()
    desk.work()
    assert len(desk.inbox(BEN)) == 1


def test_F33_no_timer_acts_while_the_outbox_is_held(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Parcel", "Where is it?", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "It left today.", desk.now))
    desk.answers_leave()
    with desk.office.store.write() as unit:
        unit.facts.hold_outbox("test")
    desk.later(hours=100)
    assert desk.case(1).status is Status.WAITING_ON_CUSTOMER
    with desk.office.store.write() as unit:
        unit.facts.release_outbox()
    desk.work()
    assert desk.newest(ANN).subject.startswith("[Case #1]")
    assert desk.case(1).status is Status.WAITING_ON_CUSTOMER  # warned, and has a day left


def test_F33_numbers_of_the_lost_time_are_not_given_again(desk: StoryDesk, tmp_path: Path) -> None:
    """Else a reply to a case that was lost would be shown to whoever got its number."""
    desk.mail(ANN.writes(DESK, "Parcel", "Where is it?", desk.now))
    _look(desk, tmp_path)
    _look(desk, tmp_path)
    seen = Mail(desk.sink.to(ANN.address)[-1])
    _forget(desk, 0)
    _look(desk, tmp_path)
    desk.mail(BEN.writes(DESK, "Invoice", "Which one?", desk.now))
    assert [case.number for case in desk.cases()] == [1, 1002]
    desk.mail(ANN.replies(seen, "Still nothing.", desk.now))
    assert [entry.event for entry in desk.entries(1)][-1] > 1000
    assert desk.entries(1)[-1].text == "Still nothing."


def test_F33_a_node_that_was_away_for_long_finds_nothing_amiss(desk: StoryDesk, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    _look(desk, other)
    for _ in range(9):
        _look(desk, one)
    assert _look(desk, other).epoch == 11
    assert _look(desk, one).epoch == 12
    assert desk.logged("outbox.held") == []


def test_F33_another_store_in_the_same_place_is_no_older_one(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink) as desk:
        for _ in range(5):
            _look(desk, tmp_path)
    with story_desk(tmp_path, sink, "sqlite:///another.db") as desk:
        assert _look(desk, tmp_path).epoch == 1
        desk.mail(ANN.writes(DESK, "Parcel", "Where is it?", desk.now))
        assert _look(desk, tmp_path).epoch == 2
        assert desk.logged("outbox.held") == []


def test_F33_a_copy_from_before_stores_knew_their_age_is_an_older_one(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink) as desk:
        desk.mail(ANN.writes(DESK, "Parcel", "Where is it?", desk.now))
        _look(desk, tmp_path)
        with desk.office.store.write() as unit:
            unit.facts.remove("age")
        _look(desk, tmp_path)
        assert len(desk.logged("outbox.held")) == 1


@pytest.mark.parametrize("damage", ["", "[", "[1]"])
def test_F33_a_damaged_memory_holds_nothing(tmp_path: Path, damage: str) -> None:
    (tmp_path / FILE).write_text(damage)
    store = open_store(f"sqlite:///{tmp_path}/maild.db")
    assert grow_older(store, Log(io.StringIO()), tmp_path).epoch == 1
    store.close()


def test_F33_two_nodes_that_start_at_once_agree_on_the_age(tmp_path: Path, pg_url: str) -> None:
    program = (
        "import sys, pathlib; from store import open_store; from maild.log import Log\n"
        "from maild.backup.age import grow_older\n"
        "store = open_store(sys.argv[1])\n"
        "for _ in range(20): grow_older(store, Log(), pathlib.Path(sys.argv[2]))\n"
        "store.close()\n"
    )
    open_store(pg_url).close()
    nodes = [subprocess.Popen([sys.executable, "-c", program, pg_url, str(tmp_path)]) for _ in range(3)]
    assert [node.wait(60) for node in nodes] == [0, 0, 0]
    store = open_store(pg_url)
    with store.read() as unit:
        assert unit.facts.age().epoch == 60  # type: ignore[union-attr]
        assert unit.facts.outbox_held() is None
    store.close()
