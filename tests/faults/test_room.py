"""Disks that are too small for a real daemon (F26, F27): intake stops in time, what is in hand is finished, all goes
on by itself; and a log that cannot be written."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maild.daemon.room import DiskRoom
from maild.log import Event, Log
from tests.faults.disk import empty, fill, leave, small_disk
from tests.faults.mills import Mill, question
from tests.servers.dovecot import Dovecot
from tests.servers.process import binary, wait_for, workdir
from tests.servers.sink import SinkServer

MIB = 1024 * 1024
MakeLive = Callable[..., Mill]


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(64) as folder:
        yield folder


@pytest.fixture
def make_live(dovecot: Dovecot, sink: SinkServer) -> Iterator[MakeLive]:
    made: list[Mill] = []

    def make(folder: Path, limits: str = "") -> Mill:
        made.append(Mill(folder, dovecot, sink, dovecot.new_user(), extra=f"[limits]\n{limits}\n"))
        return made[-1]

    yield make
    for live in made:
        live.kill()


# the room alone


def _room(folder: Path, least: int, reserve: int = MIB) -> tuple[DiskRoom, io.StringIO]:
    said = io.StringIO()
    return DiskRoom([folder], least, Log(said), reserve), said


def test_F26_reserve_is_really_on_the_disk_and_made_anew_when_there_is_room() -> None:
    with small_disk(4) as folder:
        room, said = _room(folder, MIB)
        before = room.measure().free
        assert not room.is_short()
        assert before - room.measure().free >= MIB

        ballast = folder / "ballast"
        ballast.write_bytes(b"x" * room.measure().free)
        assert room.is_short()
        room.spend()
        assert room.measure().reserve == 0
        assert room.measure().free >= MIB  # enough by the mark, but the reserve is gone
        assert room.is_short()
        ballast.unlink()
        assert not room.is_short()
        assert room.measure().reserve == MIB
    assert [line.split()[-4] for line in said.getvalue().splitlines()] == ["intake.stopped", "intake.resumed"]


def test_F26_intake_does_not_flutter_at_the_mark() -> None:
    with small_disk(4) as folder:
        room, said = _room(folder, 2 * MIB, 4096)
        ballast = folder / "ballast"
        for megabytes in (1.9, 2.1, 1.9, 2.1):
            ballast.write_bytes(b"x" * int(megabytes * MIB))
            assert room.is_short() == (said.getvalue() != "")
        assert said.getvalue().count("\n") == 1
        ballast.unlink()
        assert not room.is_short()


def test_F26_disk_too_small_for_the_reserve_is_short_from_the_start() -> None:
    with small_disk(4) as folder:
        room, _ = _room(folder, 1024, 16 * MIB)
        assert room.is_short()
        assert list(folder.iterdir()) == []


# the daemon


@pytest.mark.servers
def test_F26_intake_stops_in_time_and_mail_stays_on_the_server_until_there_is_room(
    disk: Path, make_live: MakeLive
) -> None:
    live: Mill = make_live(disk, f"free_space = {20 * MIB}")
    live.start()
    live.sees("mailbox.connected")
    live.dovecot.append(live.user, question(1))
    live.sees("mail.sent")
    wait_for(lambda: (disk / "maild.reserve").stat().st_size == 16 * MIB, 20, "the reserve")

    leave(live.folder, 10 * MIB)
    live.sees("intake.stopped")
    live.dovecot.append(live.user, question(2))
    assert live.maild("status").stdout.count("NO MAIL IS TAKEN IN") == 1
    assert live.maild("check", "--offline").returncode == 75
    (disk / "handed").write_bytes(question(3))
    assert live.maild("inject", str(disk / "handed")).returncode == 75
    live.sees("intake.stopped", within=1)
    assert len(live.dovecot.mailbox(live.user)) == 1
    assert len(live.said("letter.stored")) == 1

    empty(live.folder)
    live.sees("intake.resumed")
    live.sees("mail.sent", 2)
    assert live.dovecot.mailbox(live.user) == []
    assert (len(live.said("intake.stopped")), len(live.said("intake.resumed"))) == (1, 1)
    assert live.maild("check", "--offline").returncode == 0
    assert live.stop() == 0


@pytest.mark.servers
def test_F26_disk_that_is_full_all_the_same_costs_the_reserve_and_no_mail_leaves_twice(
    disk: Path, make_live: MakeLive
) -> None:
    live: Mill = make_live(disk, "free_space = 1000000")
    live.sink.stop()
    live.start()
    live.sees("mailbox.connected")
    live.dovecot.append(live.user, *map(question, range(5)))
    live.sees("mail.queued", 5)
    wait_for(lambda: (disk / "maild.reserve").exists(), 20, "the reserve")
    fill(live.folder)
    live.sink.start()  # the five acknowledgements leave now, and each 250 has to be written
    live.sink.wait_for_mail(5, within=90)
    wait_for(lambda: live.audit()["outbox"]["sent"] == 5, 30, "five mails recorded as sent")
    assert not (disk / "maild.reserve").exists()
    (disk.parent / f"{disk.name}.eml").write_bytes(question(9))
    assert live.maild("inject", f"{disk}.eml").returncode == 75
    Path(f"{disk}.eml").unlink()
    live.dovecot.append(live.user, question(6))

    empty(live.folder)
    live.sees("intake.resumed")
    live.sink.wait_for_mail(6)
    wait_for(lambda: (disk / "maild.reserve").exists(), 20, "the reserve")
    assert live.stop() == 0
    end = live.outcome()
    assert (end.copies, end.forged, end.cases, end.inbox) == (0, 0, 6, 0)
    assert end.audit["ok"]


@pytest.mark.servers
def test_F27_daemon_whose_files_cannot_be_written_ends_at_once_and_goes_on_after_a_start(
    tmp_path: Path, make_live: MakeLive
) -> None:
    live: Mill = make_live(tmp_path)
    live.start()
    live.sees("mailbox.connected")
    resource.prlimit(live.pid, resource.RLIMIT_FSIZE, (200_000, 200_000))
    live.dovecot.append(live.user, question(1, "x" * 800_000))
    assert live.ends() == 75
    assert len(live.said("store.broken")) == 1

    live.start()
    live.sees("mail.sent")
    assert live.stop() == 0
    end = live.outcome()
    assert (end.cases, end.sent, end.inbox, end.processed) == (1, 1, 0, 1)


_FAILING_SYNC = r"""
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static int fails(void) { const char *flag = getenv("SYNC_FAILS"); return flag && access(flag, F_OK) == 0; }
int fsync(int fd) { if (fails()) { errno = EIO; return -1; } return syscall(SYS_fsync, fd); }
int fdatasync(int fd) { if (fails()) { errno = EIO; return -1; } return syscall(SYS_fdatasync, fd); }
"""


@pytest.mark.servers
def test_F27_sync_that_failed_is_never_tried_again_on_the_same_file(tmp_path: Path, make_live: MakeLive) -> None:
    shim, flag = workdir("sync") / "sync.so", tmp_path / "flag"
    compiler = [binary("gcc"), "-shared", "-fPIC", "-x", "c", "-", "-o", str(shim)]
    subprocess.run(compiler, input=_FAILING_SYNC, text=True, check=True)
    live: Mill = make_live(tmp_path)
    live.start(LD_PRELOAD=str(shim), SYNC_FAILS=str(flag))
    live.sees("mailbox.connected")
    flag.touch()
    live.dovecot.append(live.user, question(1))
    assert live.ends() == 75
    assert len(live.said("store.broken")) == 1
    assert live.said("letter.stored") == []
    assert len(live.dovecot.mailbox(live.user)) == 1  # it was never moved

    flag.unlink()
    live.start(LD_PRELOAD=str(shim), SYNC_FAILS=str(flag))
    live.sees("mail.sent")
    assert live.stop() == 0
    assert live.audit()["entry"] == 1


# the log


@pytest.mark.servers
def test_F27_daemon_goes_on_when_its_log_cannot_be_written(tmp_path: Path, make_live: MakeLive) -> None:
    live: Mill = make_live(tmp_path)
    live.dovecot.append(live.user, question(1))
    with open("/dev/full", "wb") as full:
        live.start(stdout=full.fileno())
        live.sink.wait_for_mail(1, within=60)
        wait_for(lambda: live.audit()["outbox"]["sent"] == 1, 30, "the mail to be recorded as sent")
    assert live.is_alive()
    live.kill()

    reading, writing = os.pipe()
    live.start(stdout=writing)
    os.close(writing)
    os.close(reading)  # whoever read the log is gone
    live.dovecot.append(live.user, question(2))
    live.sink.wait_for_mail(2, within=60)
    assert live.is_alive()
    live.kill()


def test_F27_lost_lines_are_counted_and_said_when_the_log_can_be_written_again(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from maild.log import Event, Log\n"
        "log, kept = Log(), os.dup(1)\n"
        "os.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n"
        "for number in range(3):\n"
        "    log.emit(Event.TIMER_FIRED, case=number)\n"
        "os.dup2(kept, 1)\n"
        "for number in range(3, 5):\n"
        "    log.emit(Event.TIMER_FIRED, case=number)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert [line.split()[-2:] for line in run.stdout.splitlines()] == [
        ["log.lost", "lines=3"],
        ["timer.fired", "case=3"],
        ["timer.fired", "case=4"],
    ]


def test_F27_line_that_broke_off_is_ended_before_the_next(tmp_path: Path) -> None:
    with small_disk(1) as folder, (folder / "log").open("w") as out:
        log = Log(out)
        (folder / "ballast").write_bytes(b"x" * (MIB - 2 * 4096 - 100))
        for _ in range(200):
            log.emit(Event.TIMER_FIRED, case=1, due="x" * 100)
        (folder / "ballast").unlink()
        log.emit(Event.TIMER_FIRED, case=2)
        lines = (folder / "log").read_text().splitlines()
    assert lines[-1].endswith("case=2")
    assert "log.lost" in lines[-2]
    assert not lines[-3].endswith("x" * 100)  # it broke off here
