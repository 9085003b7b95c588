"""A real Postfix delivers straight to a real `maild run` by LMTP, and neither loses nor doubles a mail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.certs import Certs
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.process import free_ports, greets, wait_for
from tests.servers.sink import SinkServer

pytestmark = [pytest.mark.servers, pytest.mark.slow]

CONFIG = """
[desk]
address = "support@desk.test"
[lmtp]
listen = "127.0.0.1:{lmtp}"
[smtp]
host = "127.0.0.1"
port = {sink}
[[queue]]
name = "support"
[[queue]]
name = "billing"
address = "billing@desk.test"
"""
SUPPORT, BILLING = "support@desk.test", "billing@desk.test"


class Desk:
    """`maild run` behind Postfix, killed and started again as the test likes."""

    def __init__(self, folder: Path, postfix: Postfix, port: int, sink: SinkServer) -> None:
        self.folder, self.postfix, self.port = folder, postfix, port
        (folder / "maild.toml").write_text(CONFIG.format(lmtp=port, sink=sink.port))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        with (self.folder / "maild.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._maild("run"), stdout=log, stderr=log, env=os.environ | environment, cwd=self.folder
            )
        wait_for(lambda: greets(self.port), 30, "maild to listen", lambda: self.log)

    def ended(self) -> int | None:
        return self.process.poll() if self.process else 0

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process:
            self.process.send_signal(how)
            self.process.wait(40)
            self.process = None

    @property
    def log(self) -> str:
        return (self.folder / "maild.log").read_text()

    def audit(self) -> dict[str, Any]:
        run = subprocess.run(self._maild("audit", "--json"), capture_output=True, check=False)
        audit: dict[str, Any] = json.loads(run.stdout)
        return audit

    def cases(self) -> list[dict[str, Any]]:
        run = subprocess.run(self._maild("export", "--json"), capture_output=True, check=True)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def wait_until(self, **counts: int) -> None:
        wait_for(
            lambda: counts.items() <= self.audit().items(),
            40,
            f"{counts}",
            lambda: self.log + self.postfix.log[-3000:],
        )

    def _maild(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "maild", *words, "-c", str(self.folder / "maild.toml")]


@pytest.fixture(scope="module")
def mta(certs: Certs, dovecot: Dovecot) -> Iterator[tuple[Postfix, int]]:
    (port,) = free_ports(1)
    server = Postfix(certs, dovecot, lmtp=f"inet:127.0.0.1:{port}")
    server.start()
    yield server, port
    server.kill()


@pytest.fixture
def desk(tmp_path: Path, mta: tuple[Postfix, int], sink: SinkServer) -> Iterator[Desk]:
    one = Desk(tmp_path, *mta, sink)
    yield one
    one.stop(signal.SIGKILL)


def _mail(subject: str, body: bytes = b"Hello.\r\n") -> bytes:
    head = f"From: Ann <ann@customer.test>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@customer.test>\r\n"
    return head.encode() + b"To: desk\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\n" + body


def test_F03_one_mail_to_two_queues_and_a_plus_address_is_one_entry_in_each(desk: Desk) -> None:
    desk.start()
    desk.postfix.send(_mail("two"), ["support+c7.token@desk.test", BILLING, "SUPPORT@desk.test"])
    desk.wait_until(stored=2, entry=2, unrouted=0)
    desk.stop()

    assert sorted(case["queue"] for case in desk.cases()) == ["billing", "support"]
    assert desk.log.count("mailbox=lmtp") == 2
    sent = [line for line in desk.postfix.log.splitlines() if "status=sent" in line and "kept as letter" in line]
    assert len(sent) >= 3
    assert "daemon.stopped" in desk.log


def test_F04_long_lines_and_a_dot_at_their_start_pass_through(desk: Desk) -> None:
    desk.start()
    line = b"." + b"x" * 3_000
    desk.postfix.send(_mail("long", line + b"\r\n.\r\nend\r\n"), SUPPORT)
    desk.wait_until(entry=1)
    (case,) = desk.cases()
    assert "." + "x" * 3_000 + "\n.\nend" in case["entries"][0]["text"]


@pytest.mark.parametrize(("point", "duplicates"), [("lmtp.pre_commit", 0), ("lmtp.pre_250", 1)])
def test_F02_killed_before_the_250_the_next_try_makes_no_second_entry(
    desk: Desk, point: str, duplicates: int
) -> None:
    desk.start(MAILD_FP=f"{point}:kill")
    desk.postfix.send(_mail(f"killed-{point}"), SUPPORT)
    wait_for(lambda: desk.ended() is not None, 20, "the kill")
    assert desk.audit()["stored"] == duplicates
    desk.start()
    desk.wait_until(entry=1, duplicate=duplicates, unrouted=0)
    assert desk.audit()["ok"]
    assert len(desk.cases()) == 1


@pytest.mark.parametrize("fault", ["bug", "store away"])
def test_F05_what_cannot_be_stored_stays_with_the_server_and_comes_later(desk: Desk, fault: str) -> None:
    lock, before = desk.folder / "maild.db.lock", len(desk.postfix.log)
    desk.start(MAILD_FP="lmtp.pre_commit:raise" if fault == "bug" else "")
    if fault == "store away":
        lock.unlink()
        lock.mkdir()  # no writer can take it
    desk.postfix.send(_mail(f"later-{fault.split()[0]}"), SUPPORT)
    said = "cannot be stored just now" if fault == "bug" else "the store is not there just now"
    wait_for(lambda: f"451 4.3.0 {said}" in desk.postfix.log[before:], 20, "451", lambda: desk.log)
    if fault == "store away":
        assert "letter.stored" not in desk.log
        lock.rmdir()
    desk.wait_until(stored=1, entry=1)
    assert "status=bounced" not in desk.postfix.log[before:]


def test_F05_maild_is_away_and_the_mail_waits_for_it(desk: Desk) -> None:
    before = len(desk.postfix.log)
    desk.postfix.send(_mail("away"), SUPPORT)
    wait_for(lambda: "Connection refused" in desk.postfix.log[before:], 20)
    desk.start()
    desk.wait_until(entry=1)


def test_F40_stopped_in_the_middle_of_fifty_mails_all_become_one_entry_each(desk: Desk) -> None:
    desk.start()
    for number in range(50):
        desk.postfix.send(_mail(f"many-{number}"), [SUPPORT, BILLING])
        if number == 25:
            desk.stop()
    assert "daemon.stopped" in desk.log
    desk.start()
    desk.wait_until(entry=100, unrouted=0)
    opened = Counter((case["queue"], case["subject"]) for case in desk.cases())
    assert len(opened) == 100
    assert set(opened.values()) == {1}


def test_T47b_a_recipient_unknown_here_is_refused_in_the_session_and_nothing_is_stored(desk: Desk) -> None:
    desk.start()
    desk.postfix.send(_mail("unknown"), "nobody@desk.test", sender="<>")
    wait_for(lambda: "no queue has this address" in desk.postfix.log, 20)
    wait_for(lambda: "lmtp.refused" in desk.log)
    assert desk.audit()["stored"] == 0
    assert "recipient=nobody@desk.test" in desk.log


def test_check_tells_a_free_address_from_one_on_which_maild_listens(desk: Desk) -> None:
    def check() -> str:
        return subprocess.run(desk._maild("check"), capture_output=True, check=False).stdout.decode()

    assert f"lmtp: 127.0.0.1:{desk.port}: free to listen on" in check()
    desk.start()
    assert f"lmtp: 127.0.0.1:{desk.port}: maild listens there" in check()
