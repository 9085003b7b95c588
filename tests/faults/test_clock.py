"""The clock of a running daemon is set: nothing is warned, closed, sent or stored as if weeks had passed (F30).

libfaketime moves the wall clock, and leaves CLOCK_MONOTONIC and CLOCK_BOOTTIME alone, as date(1) would.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.faults.mills import DESK, Mill
from tests.servers.dovecot import Dovecot
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer

pytestmark = [pytest.mark.servers, pytest.mark.slow]
LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
ANN = Person("Ann Customer", "ann@customer.test")
BEA = Person("Bea Agent", "bea@desk.test")
ADMIN = "ada@elsewhere.test"
EXTRA = f'[[agent]]\naddress = "{BEA.address}"\nname = "Bea"\n[watch]\ntell = "{ADMIN}"\n'


class FakedMill:
    """A daemon whose wall clock is what a file says: "+0", "+30d", "-1h"."""

    def __init__(self, mill: Mill, environment: dict[str, str], said: Path) -> None:
        self.mill = mill
        self._environment = os.environ | environment
        self._said = said
        self._log = mill.folder / "maild.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.set("+0")

    def set(self, clock: str) -> None:
        beside = self._said.with_suffix(".new")
        beside.write_text(clock + "\n")
        beside.replace(self._said)

    def start(self) -> None:
        before = self.said("daemon.started")
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "maild", "run", "-c", str(self.mill.config)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)
        self.wait_for("daemon.started", before + 1)

    def hang_up(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            assert self._process.wait(60) == 0
            self._process = None

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def said(self, event: str) -> int:
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return sum(f" {event}" in line for line in lines)

    def wait_for(self, event: str, times: int) -> None:
        wait_for(lambda: self.said(event) >= times, 60, event, self._log.read_text)

    def inbox(self, address: str) -> list[Mail]:
        return [Mail(raw) for raw in self.mill.sink.to(address)]

    def arrives(self, raw: bytes) -> None:
        """A mail comes, and is routed."""
        before = self.said("letter.routed")
        self.mill.dovecot.append(self.mill.user, raw)
        self.wait_for("letter.routed", before + 1)

    def warnings(self) -> int:
        return sum("we will close" in mail.text for mail in self.inbox(ANN.address))


@pytest.fixture
def faked(tmp_path: Path, dovecot: Dovecot, sink: SinkServer) -> Iterator[FakedMill]:
    if not LIBRARY.exists():
        if os.environ.get("MAILD_REQUIRE_SERVERS"):
            pytest.fail("libfaketime is not installed")
        pytest.skip("libfaketime is not installed")
    said = tmp_path / "clock"
    environment = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(said),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "TZ": "Europe/Warsaw",
    }
    made = FakedMill(Mill(tmp_path, dovecot, sink, dovecot.new_user(), extra=EXTRA), environment, said)
    yield made
    made.end()


def _answered(faked: FakedMill) -> None:
    """Ann asked, Bea answered: the silence clock runs."""
    now = datetime.now(UTC)
    faked.arrives(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", now))
    wait_for(lambda: len(faked.inbox(BEA.address)) == 1, 30, "the notice")
    faked.arrives(BEA.replies(faked.inbox(BEA.address)[0], "It is on its way.", now))
    wait_for(lambda: len(faked.inbox(ANN.address)) == 2, 30, "the answer")


def test_F30_thirty_days_ahead_and_an_hour_behind_warn_nobody_and_stop_nothing(faked: FakedMill) -> None:
    faked.start()
    _answered(faked)

    for number, clock in enumerate(("+30d", "-1h"), 1):
        faked.set(clock)
        faked.wait_for("clock.jumped", number)
        faked.arrives(ANN.writes(DESK, f"Question {number}", "Meanwhile.", datetime.now(UTC)))
        wait_for(lambda count=2 + number: len(faked.inbox(ANN.address)) == count, 30, "its acknowledgement")
        faked.set("+0")
        faked.wait_for("clock.back", number)  # the ticker goes on, also when the clock was put back

    faked.stop()
    assert faked.warnings() == 0
    assert faked.said("timer.fired") == 0
    stored = [datetime.fromisoformat(case["created_at"]) for case in faked.mill.export()]
    assert len(stored) == 3
    assert all(abs(at - datetime.now(UTC)) < timedelta(minutes=5) for at in stored)
    assert len(faked.inbox(ADMIN)) == 2  # one who comes and goes is told once an hour: the jump, and its end
    assert "the clock was set by +30 d 0 h" in faked.inbox(ADMIN)[0].subject
    assert json.loads(faked.mill.maild("audit", "--json").stdout)["ok"]


def test_F30_F35_nothing_is_reloaded_while_the_clock_is_doubted(faked: FakedMill) -> None:
    faked.start()
    faked.set("+30d")
    faked.wait_for("clock.jumped", 1)
    faked.hang_up()
    faked.wait_for("settings.refused", 1)
    faked.set("+0")
    faked.wait_for("clock.back", 1)
    faked.hang_up()
    faked.wait_for("daemon.started", 2)
    assert faked.said("settings.changed") == 1
    faked.stop()


def test_F30_restart_believes_the_clock_and_one_put_back_warns_nobody_twice(faked: FakedMill) -> None:
    faked.start()
    _answered(faked)
    faked.stop()

    faked.set("+25h")
    faked.start()
    wait_for(lambda: faked.warnings() == 1, 60, "the warning")
    faked.arrives(ANN.writes(DESK, "Another question", "Written when the clock was wrong.", datetime.now(UTC)))
    faked.stop()
    faked.set("+0")
    faked.start()
    faked.arrives(ANN.writes(DESK, "One more", "Written when it was right again.", datetime.now(UTC)))
    faked.stop()
    faked.set("+25h")
    faked.start()
    faked.arrives(ANN.writes(DESK, "And one more", "", datetime.now(UTC)))

    faked.stop()
    assert faked.warnings() == 1
    assert faked.said("timer.fired") == 1
