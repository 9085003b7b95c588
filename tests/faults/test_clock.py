"""The clock of a running daemon is set: nothing is warned, closed, sent or stored as if weeks had passed (F30).

libfaketime moves the wall clock, and leaves CLOCK_MONOTONIC and CLOCK_BOOTTIME alone, as date(1) would.
"""

from __future__ import annotations

import os
import signal
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
    """A desk whose daemon's wall clock is what a file says: "+0", "+30d", "-1h"."""

    def __init__(self, mill: Mill, environment: dict[str, str], clock: Path) -> None:
        self.mill = mill
        mill.environment = environment
        self._clock = clock
        self.set("+0")

    def set(self, clock: str) -> None:
        beside = self._clock.with_suffix(".new")
        beside.write_text(clock + "\n")
        beside.replace(self._clock)

    def inbox(self, address: str) -> list[Mail]:
        return [Mail(raw) for raw in self.mill.sink.to(address)]

    def arrives(self, raw: bytes) -> None:
        """A mail comes, and is routed."""
        before = len(self.mill.said("letter.routed"))
        self.mill.dovecot.append(self.mill.user, raw)
        self.mill.sees("letter.routed", before + 1)

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
    made.mill.kill()
    _sweep()


def _sweep() -> None:
    """What the library leaves in memory for a process that is no more."""
    for left in Path("/dev/shm").glob("*faketime_*_*"):
        if not Path("/proc", left.name.rpartition("_")[2]).exists():
            left.unlink(missing_ok=True)


def _answered(faked: FakedMill) -> None:
    """Ann asked, Bea answered: the silence clock runs."""
    now = datetime.now(UTC)
    faked.arrives(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", now))
    wait_for(lambda: len(faked.inbox(BEA.address)) == 1, 30, "the notice")
    faked.arrives(BEA.replies(faked.inbox(BEA.address)[0], "It is on its way.", now))
    wait_for(lambda: len(faked.inbox(ANN.address)) == 2, 30, "the answer")


def test_F30_thirty_days_ahead_and_an_hour_behind_warn_nobody_and_stop_nothing(faked: FakedMill) -> None:
    faked.mill.start_and_wait()
    _answered(faked)

    for number, clock in enumerate(("+30d", "-1h"), 1):
        faked.set(clock)
        faked.mill.sees("clock.jumped", number)
        faked.arrives(ANN.writes(DESK, f"Question {number}", "Meanwhile.", datetime.now(UTC)))
        wait_for(lambda count=2 + number: len(faked.inbox(ANN.address)) == count, 30, "its acknowledgement")
        faked.set("+0")
        faked.mill.sees("clock.back", number)  # the ticker goes on, also when the clock was put back

    assert faked.mill.stop() == 0
    assert faked.warnings() == 0
    assert len(faked.mill.said("timer.fired")) == 0
    stored = [datetime.fromisoformat(case["created_at"]) for case in faked.mill.export()]
    assert len(stored) == 3
    assert all(abs(at - datetime.now(UTC)) < timedelta(minutes=5) for at in stored)
    assert len(faked.inbox(ADMIN)) == 2  # one who comes and goes is told once an hour: the jump, and its end
    assert "the clock was set by +30 days" in faked.inbox(ADMIN)[0].subject
    assert faked.mill.audit()["ok"]


def test_F30_F35_nothing_is_reloaded_while_the_clock_is_doubted(faked: FakedMill) -> None:
    faked.mill.start_and_wait()
    faked.set("+30d")
    faked.mill.sees("clock.jumped")
    faked.mill.signal(signal.SIGHUP)
    faked.mill.sees("settings.refused", 1)
    faked.set("+0")
    faked.mill.sees("clock.back", 1)
    faked.mill.signal(signal.SIGHUP)
    faked.mill.sees("daemon.started", 2)
    assert len(faked.mill.said("settings.changed")) == 1
    assert faked.mill.stop() == 0


def test_F30_restart_believes_the_clock_and_one_put_back_warns_nobody_twice(faked: FakedMill) -> None:
    faked.mill.start_and_wait()
    _answered(faked)
    assert faked.mill.stop() == 0

    faked.set("+25h")
    faked.mill.start_and_wait()
    wait_for(lambda: faked.warnings() == 1, 60, "the warning")
    faked.arrives(ANN.writes(DESK, "Another question", "Written when the clock was wrong.", datetime.now(UTC)))
    assert faked.mill.stop() == 0
    faked.set("+0")
    faked.mill.start_and_wait()
    faked.arrives(ANN.writes(DESK, "One more", "Written when it was right again.", datetime.now(UTC)))
    assert faked.mill.stop() == 0
    faked.set("+25h")
    faked.mill.start_and_wait()
    faked.arrives(ANN.writes(DESK, "And one more", "", datetime.now(UTC)))

    assert faked.mill.stop() == 0
    assert faked.warnings() == 1
    assert faked.mill.logfile.read_text().count(" timer.fired ") == 1
