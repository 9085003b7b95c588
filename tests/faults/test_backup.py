"""A backup taken from a desk at work is whole, and what happened after it comes in again (F43, F33)."""

import json
import re
import time
from pathlib import Path

import pytest

from store import open_store
from tests.faults.mills import Mill, small_corpus
from tests.servers.dovecot import Dovecot
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer

pytestmark = pytest.mark.servers


@pytest.fixture(params=["sqlite", "postgres"])
def mill(request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, sink: SinkServer) -> Mill:
    url = "sqlite:///maild.db" if request.param == "sqlite" else request.getfixturevalue("pg_url")
    extra = '[[agent]]\naddress = "root@desk.example"\nrole = "admin"\n[backup]\nkeep = 3\n'
    return Mill(tmp_path, dovecot, sink, dovecot.new_user(), url, extra=extra)


def _well(mill: Mill, *words: str) -> str:
    run = mill.maild(*words)
    assert run.returncode == 0, run.stderr + run.stdout
    return run.stdout


@pytest.mark.slow
def test_F43_backups_of_a_desk_at_work_are_whole_and_the_time_since_comes_in_again(mill: Mill) -> None:
    mails = small_corpus(24).first
    mill.start()
    for begin in range(0, 24, 6):  # the daemon works on the mails while each backup is taken
        mill.dovecot.append(mill.user, *mails[begin : begin + 6])
        assert "backup.done" in _well(mill, "backup")
        time.sleep(1)  # an archive is named after its second
    wait_for(mill.is_done, 120, "the desk to be done")
    assert mill.stop() == 0
    archives = sorted((mill.folder / "backups").iterdir())
    assert len(archives) == 3  # of four
    for path in archives:
        assert "drill.done" in _well(mill, "drill", "--archive", str(path))
    whole = mill.outcome()
    assert whole.audit["stored"] == whole.audit["entry"] == whole.cases == 24
    _well(mill, "run", "--once")  # the reports on the drills leave
    before = len(mill.sink.messages)

    run = mill.maild("restore", str(archives[0]))
    assert run.returncode == 2
    assert "not empty" in run.stderr
    assert mill.outcome().audit == json.loads(_well(mill, "audit", "--json"))
    assert "aside=" in _well(mill, "restore", "--force", str(archives[0]))
    lost = 24 - json.loads(_well(mill, "audit", "--json"))["stored"]
    assert lost >= 6
    taken = re.search(r"seen=24 known=(\d+) taken=(\d+)", _well(mill, "reconcile"))
    assert taken is not None
    assert int(taken[2]) == lost
    assert "outbox.held" in _well(mill, "run", "--once")
    assert len(mill.sink.messages) == before

    end = mill.outcome()
    assert end.audit["ok"]
    assert end.entries == whole.entries  # each mail in one case, once
    assert end.audit["duplicate"] == 0
    _well(mill, "outbox", "release")
    _well(mill, "run", "--once")
    assert mill.outcome().audit["outbox"]["waiting"] == 0
    url = mill.store_url
    store = open_store(f"sqlite:///{mill.folder}/maild.db" if url.startswith("sqlite") else url)
    assert store.damage() == []
    store.close()


@pytest.mark.slow
def test_the_daemon_backs_up_and_tries_the_backup_by_itself(mill: Mill) -> None:
    text = mill.config.read_text().replace("[backup]\n", '[backup]\nevery = "1d"\n')
    mill.config.write_text(text)
    log = mill.folder / "maild.log"
    mill.start()
    wait_for(lambda: b"drill.done" in log.read_bytes(), 60, "a drill", log.read_text)
    wait_for(lambda: mill.sink.to("root@desk.example"), 20, "the report")
    assert mill.stop() == 0
    assert b"Restore drill: all well" in mill.sink.to("root@desk.example")[0]
    assert log.read_text().count("backup.done") == 1
    mill.start()
    wait_for(lambda: log.read_bytes().count(b"daemon.started") == 2, 60, "the second start")
    assert mill.stop() == 0
    assert log.read_text().count("backup.done") == 1  # the next one is due tomorrow
