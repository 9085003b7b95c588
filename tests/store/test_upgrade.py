"""Stores that earlier releases made, opened by this one (F39)."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maild.desk.tokens import TokenKind, make_token
from store import StoreTooNew, open_store
from store.audit import count
from store.records import Direction, Status
from store.schema import HEAD
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, StoryDesk, story_desk

STORES = Path(__file__).parent / "stores"
RELEASES = ["0.1.0"]


def load_release(url: str, release: str) -> None:
    """The store as that release left it."""
    engine = "sqlite" if url.startswith("sqlite") else "postgresql"
    _run(url, (STORES / f"{release}.{engine}.sql").read_text("utf-8"))


def _run(url: str, script: str) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.executescript(script)
        connection.close()
        return
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(script.encode())


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/maild.db" if request.param == "sqlite" else str(request.getfixturevalue("pg_url"))


@pytest.fixture(params=RELEASES)
def desk(request: pytest.FixtureRequest, url: str, tmp_path: Path, sink: SinkServer) -> Iterator[StoryDesk]:
    """A desk of that release, which today's program has just opened, a minute after its last mail."""
    load_release(url, request.param)
    shutil.copy(STORES / f"{request.param}.key", tmp_path / "maild.key")
    (tmp_path / "maild.key").chmod(0o600)
    with story_desk(tmp_path, sink, url) as made:
        with made.office.store.read() as unit:
            last = max(line.at for case in (1, 2) for line in unit.journal.of_case(case))
        made.clock.move(last + timedelta(seconds=1) - made.now)
        yield made


def test_F39_all_that_the_last_release_knew_is_there(desk: StoryDesk) -> None:
    assert desk.office.store.migrated
    with desk.office.store.read() as unit:
        audit = count(unit)
        assert [len(unit.letters.raw(letter)) > 100 for letter in range(1, 10)] == [True] * 9
        assert unit.facts.age() is None
        assert unit.facts.outbox_held() is None
    assert audit["ok"]
    assert [audit[key] for key in ("stored", "unrouted", "entry", "duplicate", "ignored", "quarantined")] == [
        9, 1, 5, 1, 1, 1,
    ]  # fmt: skip
    assert [case.status for case in desk.cases()] == [Status.WAITING_ON_CUSTOMER] * 2
    with desk.office.store.read() as unit:
        changes = unit.changes.of_case(1)
        moved = [line for line in unit.journal.of_case(1) if line.event == "case.moved"]
    assert [f"{one.was} → {one.value}: {one.why}" for one in changes if one.field == "status"] == [
        line.why for line in moved
    ]
    assert [one.at for one in changes] == [line.at for line in moved]
    assert changes
    texts = [entry.text for entry in desk.entries(1)]
    assert (texts[0], texts[-1]) == ("Two weeks late.", "It left today.")
    assert "silence-warning" in desk.timers(1)


def test_F39_what_the_last_release_left_undone_is_done_by_this_one(desk: StoryDesk) -> None:
    desk.work()
    assert desk.letters() == {"routed": 6, "duplicate": 1, "ignored": 1, "quarantined": 1}
    desk.answers_leave()
    assert "The one of May." in desk.newest(BEN).text
    desk.later(hours=24)
    assert desk.newest(ANN).subject.startswith("[Case #1]")
    assert list(desk.timers(1)) == ["silence-close"]


def test_F39_a_reply_to_a_mail_of_the_last_release_finds_its_case(desk: StoryDesk) -> None:
    token = make_token(desk.office.keys.current, TokenKind.THREAD, 1, "")
    mark = f"support+c1.{token}@desk.test"
    desk.mail(ANN.writes(mark, "Re: something else", "It is here, and broken.", desk.now))
    assert desk.case(1).status is Status.OPEN
    assert desk.entries(1)[-1].text == "It is here, and broken."
    desk.mail(ANN.writes(DESK, "A new matter", "Hello.", desk.now))
    assert len(desk.cases()) == 4  # the one that was not routed yet, and this one


def test_F39_an_agent_can_still_answer_a_notice_of_the_last_release(desk: StoryDesk) -> None:
    token = make_token(desk.office.keys.current, TokenKind.AGENT, 1, BEA.address)
    desk.mail(BEA.writes(f"support+c1.{token}@desk.test", "Re: whatever", "/close", desk.now))
    assert desk.case(1).status is Status.CLOSED


def test_F39_a_mail_that_the_last_release_had_is_a_duplicate(desk: StoryDesk) -> None:
    with desk.office.store.read() as unit:
        raw = unit.letters.raw(1)
    desk.mail(raw)
    assert desk.letters()["duplicate"] == 2


@pytest.mark.parametrize("release", RELEASES)
def test_F39_old_mails_of_nothing_but_commands_are_told_from_notes(url: str, release: str) -> None:
    load_release(url, release)
    _run(url, "update entries set direction = 'note', text = '✔ Done. Ask me if he calls.' where id = 7")
    store = open_store(url)
    with store.read() as unit:
        found = {entry.text: entry.direction for entry in unit.entries.of_case(2)[-2:]}
    store.close()
    assert found == {"✔ /take: the case is yours": Direction.ORDERS, "✔ Done. Ask me if he calls.": Direction.NOTE}


# --- killed half-way


def _open(url: str, fail_point: str = "") -> int:
    program = "import sys; from store import open_store; open_store(sys.argv[1]).close()"
    environment = {**os.environ, "MAILD_FP": fail_point}
    return subprocess.run([sys.executable, "-c", program, url], env=environment, check=False).returncode


@pytest.mark.parametrize("step", range(1, int(HEAD) + 1))
def test_F39_a_first_start_killed_in_a_migration_begins_anew(url: str, step: int) -> None:
    assert _open(url, f"migrate.step:kill@{step}") == -signal.SIGKILL
    store = open_store(url)
    assert store.migrated
    with store.write() as unit:
        unit.letters.store("m", None, b"x", datetime(2026, 1, 1, tzinfo=UTC), None)
        assert count(unit)["stored"] == 1
    store.close()


@pytest.mark.parametrize("release", RELEASES)
def test_F39_an_upgrade_killed_in_a_migration_begins_anew(url: str, release: str) -> None:
    load_release(url, release)
    assert _open(url, "migrate.step:kill") == -signal.SIGKILL
    store = open_store(url)
    assert store.migrated
    with store.read() as unit:
        assert count(unit)["ok"]
        assert count(unit)["stored"] == 9
    store.close()
    assert _open(url) == 0


def test_F39_an_old_program_refuses_a_newer_store_and_a_running_one_notices(url: str) -> None:
    store = open_store(url)
    assert not store.is_too_new()
    with store._database.write() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    assert store.is_too_new()
    store.close()
    with pytest.raises(StoreTooNew, match=f"9999, this maild knows up to {HEAD}"):
        open_store(url)
