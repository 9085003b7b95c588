"""Letters that are made to hang, starve or kill a real daemon (F36), and a daemon that runs out of what it needs
(F41): a bad letter ends in quarantine with its bytes and its cause, and its neighbours hardly notice."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.faults.mills import Mill, question
from tests.servers.dovecot import Dovecot
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer

# What our parsers may be given is limited so well that no mail hangs them; so these tests take the limits away.
LIMITS = '[limits]\ntext_size = 100_000_000\nparse_time = "2s"\nparse_memory = 130_000_000\n'


def hanging(number: int, rows: int = 60_000) -> bytes:
    """Takes longer to read than `parse_time` allows, and several times as long as a first look may."""
    return question(number, "<div><p>hello <b>x</b></p></div>\r\n" * rows, "Content-Type: text/html\r\n")


def starving(number: int) -> bytes:
    """Needs more memory than `parse_memory` allows."""
    # As Python keeps a text, one such sign makes every letter of it four times as large.
    more = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    return question(number, "\U0001f600" + ("hello world " * 6 + "\r\n") * 400_000, more)


@pytest.fixture
def live(tmp_path: Path, dovecot: Dovecot, sink: SinkServer) -> Iterator[Mill]:
    made = Mill(tmp_path, dovecot, sink, dovecot.new_user(), extra=LIMITS)
    yield made
    made.kill()


@pytest.mark.servers
@pytest.mark.slow
def test_F36_letters_that_hang_starve_and_kill_the_parser_are_quarantined_and_neighbours_go_on(live: Mill) -> None:
    live.start()
    live.sees("mailbox.connected")
    poison = {1: hanging(1, 150_000), 2: starving(2)}
    live.dovecot.append(live.user, question(0), poison[1], poison[2], question(3))
    live.sink.wait_for_mail(2, within=60)
    live.sees("letter.quarantined", 2, within=120)

    listed = [json.loads(line) for line in live.maild("quarantine", "list", "--json").stdout.splitlines()]
    assert [(row["cause"], row["attempts"]) for row in listed] == [("cannot-be-routed", 3)] * 2
    shown = [json.loads(live.maild("quarantine", "show", str(row["id"]), "--json").stdout) for row in listed]
    assert "took longer than 2 s" in shown[0]["error"]
    assert "memory" in shown[1]["error"] or "died" in shown[1]["error"]
    assert [row["raw"].encode() for row in shown] == list(poison.values())
    assert live.audit()["ok"]
    assert live.stop() == 0


@pytest.mark.servers
@pytest.mark.slow
def test_F36_twenty_bad_letters_in_a_row_delay_a_good_one_by_less_than_a_minute(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer
) -> None:
    live = Mill(tmp_path, dovecot, sink, dovecot.new_user(), extra=LIMITS.replace('"2s"', '"10s"'))
    try:
        live.start()
        live.sees("mailbox.connected")
        live.dovecot.append(live.user, *(hanging(number, 80_000) for number in range(20)), question(99))
        live.sees("letter.stored", 21)
        wait_for(lambda: _of(live, "letter.routed", 21), 90, "the good letter", lambda: "\n".join(live.log()[-30:]))
        assert "letter=21" in live.said("letter.routed")[0]
        assert _at(live, "letter.routed", 21) - _at(live, "letter.stored", 1) < 60

        live.dovecot.append(live.user, question(100))  # while all of those are tried again
        wait_for(lambda: _of(live, "letter.routed", 22), 60, "the next", lambda: "\n".join(live.log()[-30:]))
        assert _at(live, "letter.routed", 22) - _at(live, "letter.stored", 22) < 20
    finally:
        live.kill()


def _of(live: Mill, event: str, letter: int) -> list[str]:
    return [line for line in live.said(event) if f"letter={letter} " in line]


def _at(live: Mill, event: str, letter: int) -> float:
    return datetime.fromisoformat(_of(live, event, letter)[0][:19]).timestamp()


@pytest.mark.servers
def test_F36_parser_killed_from_outside_costs_one_try_of_one_letter(live: Mill) -> None:
    live.start()
    live.sees("mailbox.connected")
    live.dovecot.append(live.user, question(0))
    live.sees("mail.sent")
    worker = live.worker()
    assert worker is not None
    assert Path(f"/proc/{worker}/oom_score_adj").read_text().strip() == "1000"
    os.kill(worker, signal.SIGSTOP)  # so that the letter is in its hands
    live.dovecot.append(live.user, question(1), question(2))
    live.sees("letter.stored", 3)
    os.kill(worker, signal.SIGKILL)  # as the kernel does when memory is short
    live.sees("letter.routed", 3)
    assert len(live.said("letter.failed")) <= 1
    assert live.audit()["quarantined"] == 0
    assert live.stop() == 0


@pytest.mark.servers
def test_F36_letter_that_kills_the_whole_desk_is_counted_before_it_is_read(live: Mill) -> None:
    live.dovecot.append(live.user, question(0))
    for _ in range(3):
        live.start(MAILD_FP="route.taken:kill")
        assert live.ends() == -signal.SIGKILL
    live.dovecot.append(live.user, question(1))
    live.start()
    live.sees("letter.quarantined")
    live.sees("letter.routed")
    (row,) = [json.loads(line) for line in live.maild("quarantine", "list", "--json").stdout.splitlines()]
    assert (row["id"], row["cause"], row["attempts"]) == (1, "cannot-be-routed", 3)

    assert live.maild("quarantine", "retry", "1").returncode == 0
    live.sees("letter.routed", 2)
    assert live.audit()["quarantined"] == 0
    assert live.stop() == 0


@pytest.mark.servers
def test_F41_daemon_without_file_descriptors_lives_and_goes_on_when_there_are_some(live: Mill) -> None:
    live.start()
    live.sees("mailbox.connected")
    live.dovecot.append(live.user, question(0))
    live.sees("mail.sent")
    worker = live.worker()
    assert worker is not None
    before = resource.prlimit(live.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(live.pid, resource.RLIMIT_NOFILE, (3, before[1]))  # nothing more can be opened
    os.kill(worker, signal.SIGKILL)
    live.dovecot.append(live.user, question(1))
    time.sleep(8)
    assert live.is_alive()
    resource.prlimit(live.pid, resource.RLIMIT_NOFILE, before)
    wait_for(lambda: live.audit()["entry"] == 2, 90, "the second letter", lambda: "\n".join(live.log()[-30:]))
    assert live.said("tick.failed") == []
    assert live.stop() == 0
    assert live.outcome().sent == 2
