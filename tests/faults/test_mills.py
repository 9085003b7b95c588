"""kill -9 at random moments, on both stores: the end is the same as without."""

import random
from pathlib import Path

import pytest

from tests.faults.mills import Mill, Outcome, small_corpus
from tests.servers.dovecot import Dovecot
from tests.servers.sink import SinkServer


def _run(folder: Path, dovecot: Dovecot, sink: SinkServer, store_url: str, kills: int) -> Outcome:
    corpus, dice = small_corpus(), random.Random(20260101)
    mill = Mill(folder, dovecot, sink, dovecot.new_user(), store_url)
    mill.grind(corpus.first, dice, kills)
    mill.grind(corpus.second(mill.numbers()), dice, kills // 2)
    return mill.outcome()


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_a_desk_killed_again_and_again_ends_where_an_unbroken_one_ends(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer, request: pytest.FixtureRequest, store: str
) -> None:
    url = "sqlite:///maild.db" if store == "sqlite" else request.getfixturevalue("pg_url")
    end = _run(tmp_path, dovecot, sink, url, kills=8)

    assert end.kills == 12
    assert end.audit["ok"]
    assert end.comparable() == {
        "stored": 36,
        "entry": 36,
        "duplicate": 0,
        "ignored": 0,
        "quarantined": 0,
        "unsent": 0,
        "sent": 24,
        "inbox": 0,
        "processed": 36,
        "cases": 24,
        "entries": end.entries,
        "acknowledged": {f"<new{number}@customer.example>": 1 for number in range(24)},
        "forged": 0,
    }
    assert sorted(len(ids) for ids in end.entries.values()) == [1] * 12 + [2] * 12


@pytest.mark.servers
def test_all_delivered_again_is_all_duplicates_and_nothing_is_sent(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer
) -> None:
    corpus = small_corpus(6)
    mill = Mill(tmp_path, dovecot, sink, dovecot.new_user())
    dovecot.append(mill.user, *corpus.first)
    assert mill.maild("run", "--once").returncode == 0
    before = len(sink.messages)
    assert before == 6
    assert mill.maild("run", "--once").returncode == 0

    dovecot.append(mill.user, *corpus.first)
    assert mill.maild("run", "--once").returncode == 0
    end = mill.outcome()
    assert (end.audit["stored"], end.audit["duplicate"], end.audit["ok"]) == (12, 6, True)
    assert len(sink.messages) == before


@pytest.mark.servers
def test_F11_a_folder_numbered_anew_doubles_nothing(tmp_path: Path, dovecot: Dovecot, sink: SinkServer) -> None:
    corpus = small_corpus(4)
    mill = Mill(tmp_path, dovecot, sink, dovecot.new_user())
    dovecot.append(mill.user, *corpus.first[:2])
    assert mill.maild("run", "--once").returncode == 0
    dovecot.append(mill.user, *corpus.first)
    dovecot.renumber(mill.user)
    run = mill.maild("run", "--once")

    assert "mailbox.reset" in run.stdout
    end = mill.outcome()
    assert (end.cases, end.audit["duplicate"], end.sent) == (4, 2, 4)


@pytest.mark.servers
def test_one_mailbox_out_of_reach_does_not_stop_another(tmp_path: Path, dovecot: Dovecot, sink: SinkServer) -> None:
    box = '[[mailbox]]\nname = "{}"\nhost = "127.0.0.1"\nport = {}\ntls = "none"\nuser = "u"\npassword = "p"\n'
    away, wrong = box.format("away", 1), box.format("wrong", dovecot.imap_port)
    mill = Mill(tmp_path, dovecot, sink, dovecot.new_user(), extra=away + wrong)
    mill.grind(small_corpus(4).first, random.Random(1), 0)
    log = (tmp_path / "maild.log").read_text()

    assert mill.outcome().cases == 4
    assert "mailbox.lost mailbox=away" in log.replace("WARNING ", "")
    assert "mailbox.refused mailbox=wrong" in log.replace("ERROR ", "")
