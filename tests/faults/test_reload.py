"""SIGHUP while a real daemon works: the new configuration is taken whole, or not at all."""

from __future__ import annotations

import ctypes
import os
import pty
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.mills import Mill, question
from tests.servers.dovecot import Dovecot
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer

pytestmark = [pytest.mark.servers, pytest.mark.slow]
_BEA = '[[agent]]\naddress = "bea@desk.example"\nname = "Bea"\n'
_ADA = '[[agent]]\naddress = "ada@desk.example"\nname = "Ada"\n'
_QUEUES = '[[queue]]\nname = "support"\n[[queue]]\nname = "billing"\naddress = "billing@desk.example"\n'


@contextmanager
def _daemon(folder: Path, dovecot: Dovecot, sink: SinkServer, url: str = "sqlite:///maild.db") -> Iterator[Mill]:
    live = Mill(folder, dovecot, sink, dovecot.new_user(), store_url=url, extra=_BEA + _QUEUES)
    live.start()
    try:
        live.sees("daemon.started")
        live.sees("mailbox.connected")
        yield live
    finally:
        live.kill()


@pytest.fixture
def live(tmp_path: Path, dovecot: Dovecot, sink: SinkServer) -> Iterator[Mill]:
    with _daemon(tmp_path, dovecot, sink) as made:
        yield made


def _hang_up(live: Mill) -> None:
    os.kill(live.pid, signal.SIGHUP)


def _acknowledged(live: Mill, number: int) -> bool:
    return bool(live.sink.to(f"c{number}@customer.example"))


def _works(live: Mill, number: int) -> None:
    live.dovecot.append(live.user, question(number))
    wait_for(lambda: _acknowledged(live, number), 60, f"an answer to mail {number}", live.logfile.read_text)


def _second_copies(live: Mill) -> int:
    seen = Counter((mail.recipient, mail.raw) for mail in live.sink.messages)
    return sum(count - 1 for count in seen.values())


def test_F35_a_configuration_with_a_fault_changes_nothing_and_the_log_names_it(live: Mill) -> None:
    good = live.config.read_text()
    folder = live.folder
    (folder / "texts/en").mkdir(parents=True)
    (folder / "texts/en/answer.txt").write_text("Subject: {{ no_such_word }}\n\n{{ text }}\n")
    (folder / "empty").write_text("")
    (folder / "bad.toml").write_text('# rules\n\n[[rule]]\nname = "b"\nreply = "x"\n')
    _works(live, 0)  # a case in queue support
    faults = {
        good + "[[agent]\n": f"{live.config}: not TOML",
        good.replace(
            "[smtp]", "[smtp]\nhots = 1"
        ): f"{live.config}:{_line(good, '[smtp]') + 1}: [smtp] hots: unknown key",
        good.replace('poll_every = "1s"', "poll_every = 1"): f":{_line(good, 'poll_every')}: [[mailbox]] number 1",
        good.replace("[smtp]", '[smtp]\nuser = "desk"\npassword_file = "none"'): "password_file",
        good.replace("[smtp]", '[smtp]\nuser = "desk"\npassword_file = "empty"'): "is empty",
        good + '[templates]\ndir = "texts"\n': "no_such_word",
        good.replace('name = "support"\n', 'name = "sales"\n').replace('queue = "support"', 'queue = "sales"'): (
            "support (1)"
        ),
        good + '[[rule]]\nname = "r"\nwhen = "message.subjct == 3"\nstop = true\n': (
            f"{live.config}:{good.count(chr(10)) + 3}: rule “r”: when: there is no name message.subjct"
        ),
        good + '[rules]\nfiles = ["bad.toml"]\n': f"{folder / 'bad.toml'}:3: rule “b”: reply: there is no template x",
        good.replace("maild.db", "other.db"): "store.url: changes only with a restart",
    }
    for number, (text, said) in enumerate(faults.items(), 1):
        assert text != good, said
        live.config.write_text(text)
        _hang_up(live)
        line = live.sees("settings.refused", number)[-1]
        assert said in line.replace('\\"', '"'), line
    live.config.unlink()
    _hang_up(live)
    assert "there is no such file" in live.sees("settings.refused", len(faults) + 1)[-1]

    assert len(live.said("daemon.started")) == 1
    assert live.said("settings.changed") == []
    assert not (folder / "other.db").exists()
    _works(live, 1)
    live.config.write_text(good)
    assert live.stop() == 0


def _line(text: str, start: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_F35_a_good_configuration_is_taken_by_the_same_process_and_no_mail_is_lost(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer, store: str, request: pytest.FixtureRequest
) -> None:
    url = "sqlite:///maild.db" if store == "sqlite" else str(request.getfixturevalue("pg_url"))
    with _daemon(tmp_path, dovecot, sink, url) as live:
        pid = live.pid
        dovecot.append(live.user, *(question(number) for number in range(40)))
        live.sees("letter.routed")
        live.config.write_text(live.config.read_text().replace(_BEA, _ADA).replace('"Desk"', '"New Desk"'))
        _hang_up(live)
        live.sees("daemon.started", 2)
        assert (live.pid, live.is_alive()) == (pid, True)
        assert len(live.said("settings.changed")) == len(live.said("daemon.stopped")) == 1
        if store == "sqlite":
            assert live.maild("run", "--once").returncode == 75, "it holds the lock again"
        wait_for(lambda: all(_acknowledged(live, n) for n in range(40)), 120, "40 answers", live.logfile.read_text)
        _works(live, 40)

        last = live.sink.to("c40@customer.example")[-1]
        assert b"New Desk" in last
        subjects = [raw for raw in live.sink.to("ada@desk.example") if b"Question 40" in raw]
        assert len(subjects) == 1
        assert not any(b"Question 40" in raw for raw in live.sink.to("bea@desk.example"))
        audit = live.audit()
        assert (audit["stored"], audit["entry"], audit["duplicate"]) == (41, 41, 0)
        assert _second_copies(live) == 0
        # Each mail was written with one configuration: the old agent under the old name, the new one under the new.
        assert all(b"New Desk" not in raw for raw in live.sink.to("bea@desk.example"))
        assert all(b"New Desk" in raw for raw in live.sink.to("ada@desk.example"))
        assert live.stop() == 0


def test_F35_told_to_end_while_it_begins_anew_it_ends(live: Mill) -> None:
    for _ in range(3):
        _hang_up(live)
    live.sees("settings.changed")
    os.kill(live.pid, signal.SIGTERM)
    code = live.ends(30)
    assert code in (0, -signal.SIGTERM), "in order, or before it had begun again"


def test_F35_asked_again_while_it_begins_anew_it_reads_once_more(live: Mill) -> None:
    _hang_up(live)
    live.sees("daemon.stopped")
    live.config.write_text(live.config.read_text().replace('"Desk"', '"Third Desk"'))
    _hang_up(live)
    live.sees("daemon.started", 2)
    _works(live, 1)
    wait_for(lambda: b"Third Desk" in _answer_to_new(live), 60, "the third configuration", live.logfile.read_text)
    assert live.stop() == 0


def _answer_to_new(live: Mill) -> bytes:
    number = random.randrange(1000, 10**9)
    _works(live, number)
    return live.sink.to(f"c{number}@customer.example")[-1]


def test_F35_broken_while_the_daemon_stops_for_it_the_old_configuration_goes_on(live: Mill) -> None:
    good = live.config.read_text()
    live.sink.delay = 3.0
    live.dovecot.append(live.user, question(1))
    live.sees("mail.queued")
    time.sleep(1.5)  # it is being sent
    _hang_up(live)
    live.sees("settings.changed")
    live.config.write_text("[desk\n")
    live.sees("settings.refused")
    live.sees("daemon.started", 2)
    live.sink.delay = 0.0
    _works(live, 2)
    assert _second_copies(live) == 0
    live.config.write_text(good)
    assert live.stop() == 0


def test_F35_killed_at_any_moment_of_a_reload_nothing_is_lost_or_doubled(live: Mill) -> None:
    chance = random.Random(35)
    for turn in range(8):
        live.dovecot.append(live.user, *(question(turn * 5 + number) for number in range(5)))
        _hang_up(live)
        time.sleep(chance.uniform(0.0, 3.0))
        live.kill()
        live.start()
        live.sees("daemon.started")
    wait_for(lambda: all(_acknowledged(live, n) for n in range(40)), 120, "40 answers", live.logfile.read_text)
    assert live.stop() == 0
    audit = live.audit()
    assert (audit["entry"], audit["unrouted"], audit["quarantined"], audit["ok"]) == (40, 0, 0, True)
    acknowledgements = {n: len(set(live.sink.to(f"c{n}@customer.example"))) for n in range(40)}
    assert set(acknowledgements.values()) == {1}


def test_a_daemon_whose_terminal_is_gone_stops_in_order(tmp_path: Path, dovecot: Dovecot, sink: SinkServer) -> None:
    live = Mill(tmp_path, dovecot, sink, dovecot.new_user(), extra=_BEA)
    ours, theirs = pty.openpty()
    log = live.logfile.open("ab")
    daemon = subprocess.Popen(
        [sys.executable, "-m", "maild", "run", "-c", str(live.config)], stdin=theirs, stdout=log, stderr=log
    )
    try:
        os.close(theirs)
        wait_for(lambda: b"mailbox.connected" in live.logfile.read_bytes(), 60, "the daemon")
        daemon.send_signal(signal.SIGHUP)  # asked for while somebody is there
        wait_for(lambda: live.logfile.read_bytes().count(b"daemon.started") == 2, 60, "a reload")
        wait_for(lambda: live.logfile.read_bytes().count(b"mailbox.connected") == 2, 60, "the daemon")
        os.close(ours)
        daemon.send_signal(signal.SIGHUP)
        assert daemon.wait(60) == 0
        assert live.logfile.read_bytes().count(b"settings.changed") == 1
    finally:
        daemon.kill()
        daemon.wait()
        log.close()


def test_F35_F40_a_signal_that_another_thread_is_handed_is_heard(live: Mill) -> None:
    def hand_to_another(number: int) -> None:
        other = max(int(task.name) for task in Path(f"/proc/{live.pid}/task").iterdir())
        assert other != live.pid
        assert ctypes.CDLL(None).tgkill(live.pid, other, number) == 0

    live.sees("mailbox.connected")
    hand_to_another(signal.SIGHUP)
    live.sees("daemon.started", 2, within=20)
    live.sees("mailbox.connected", 2)
    hand_to_another(signal.SIGTERM)
    assert live.ends(within=20) == 0


def test_F35_systemd_is_told_that_it_reloads_and_then_that_it_is_ready(tmp_path: Path, live: Mill) -> None:
    live.stop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "notify"))
        server.settimeout(60)
        live.start(NOTIFY_SOCKET=str(tmp_path / "notify"))
        assert server.recv(100) == b"READY=1"
        _hang_up(live)
        assert server.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert server.recv(100) == b"READY=1"
        live.stop()
        assert server.recv(100) == b"STOPPING=1"
