"""The done folder is the second log: what an older store lacks is taken in again from there, once (F28, F33)."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import open_store
from tests.faults.mills import DESK, Mill, small_corpus
from tests.servers.dovecot import Dovecot
from tests.servers.sink import SinkServer

pytestmark = pytest.mark.servers

BOUNCE = (
    b"From: mailer-daemon@elsewhere.test\r\nTo: %b\r\nSubject: Undelivered\r\nReturn-Path: <>\r\n"
    b"Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    b"--b\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    b"Final-Recipient: rfc822; a@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
) % DESK.encode()
"""Of no mail of ours, without a Message-ID: an ignored letter whose content is on no record but as bytes."""


@pytest.fixture
def mill(tmp_path: Path, dovecot: Dovecot, sink: SinkServer) -> Mill:
    return Mill(tmp_path, dovecot, sink, dovecot.new_user())


def _once(mill: Mill) -> str:
    run = mill.maild("run", "--once")
    assert run.returncode == 0, run.stderr
    return run.stdout


def _reconcile(mill: Mill, *words: str) -> str:
    run = mill.maild("reconcile", *words)
    assert run.returncode == 0, run.stderr
    (line,) = (line for line in run.stdout.splitlines() if "mailbox.reconciled" in line)
    return line.partition("mailbox=inbox ")[2]


def test_F33_what_yesterdays_store_lacks_comes_in_again_and_nothing_twice(mill: Mill) -> None:
    corpus = small_corpus(6)
    mill.dovecot.append(mill.user, *corpus.first[:4], BOUNCE)
    _once(mill)
    shutil.copy(mill.folder / "maild.db", mill.folder / "yesterday.db")
    mill.dovecot.append(mill.user, *corpus.first[4:], *corpus.second(mill.numbers() | _later(mill, corpus)))
    _once(mill)
    assert _reconcile(mill) == "seen=10 known=10 taken=0"
    before = len(mill.sink.messages)

    shutil.copy(mill.folder / "yesterday.db", mill.folder / "maild.db")
    for left in ("maild.db-wal", "maild.db-shm"):
        (mill.folder / left).unlink(missing_ok=True)
    assert "outbox.held" in _once(mill)
    assert _reconcile(mill) == "seen=10 known=5 taken=5"
    assert _reconcile(mill, "--mailbox", "inbox", "--since", "2") == "seen=10 known=10 taken=0"
    _once(mill)
    _once(mill)
    end = mill.outcome()
    assert len(mill.sink.messages) == before
    assert (end.audit["stored"], end.audit["ignored"], end.audit["duplicate"]) == (10, 1, 0)
    assert end.audit["entry"] == 9
    assert json.loads(mill.maild("status", "--json").stdout)["outbox_held"]

    assert mill.maild("outbox", "release").returncode == 0
    assert mill.maild("outbox", "release").returncode == 2
    _once(mill)
    end = mill.outcome()
    assert end.audit["outbox"]["waiting"] == 0
    assert sorted(ids for ids in end.entries if len(end.entries[ids]) == 2)
    assert sum(map(len, end.entries.values())) == 9


def _later(mill: Mill, corpus: object) -> dict[str, int]:
    """The numbers that the cases not opened yet will get."""
    return {f"<new{number}@customer.example>": number + 1 for number in range(6)}


def test_F33_old_mail_may_be_left_out(mill: Mill) -> None:
    old, new = small_corpus(2).first
    mill.dovecot.append(mill.user, new, folder="Processed")
    with mill.dovecot.client(mill.user) as client:
        client.append("Processed", "", '"01-Jun-2020 08:00:00 +0000"', old)
    assert _reconcile(mill, "--since", "30") == "seen=1 known=0 taken=1"
    assert _reconcile(mill) == "seen=2 known=1 taken=1"
    store = open_store(f"sqlite:///{mill.folder}/maild.db")
    with store.read() as unit:
        letter = unit.letters.get(2)
    store.close()
    assert letter is not None
    assert letter.received_at == datetime(2020, 6, 1, 8, tzinfo=UTC)


def test_F33_a_mailbox_without_a_done_folder_or_out_of_reach_is_said(mill: Mill) -> None:
    run = mill.maild("reconcile")
    assert run.returncode == 1
    assert "has no folder Processed" in run.stderr
    run = mill.maild("reconcile", "--mailbox", "other")
    assert run.returncode == 2
