"""A real daemon whose mailbox locks it out, or goes away: it is told elsewhere, and nobody's account is locked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maild.demo.people import Mail
from tests.faults.mills import DESK, Mill, small_corpus
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer

pytestmark = [pytest.mark.servers, pytest.mark.slow]
ADMIN = "ada@elsewhere.test"


class Watched:
    """A daemon that reads its password from a file."""

    def __init__(self, mill: Mill) -> None:
        self.mill = mill
        self.password = mill.folder / "password"
        self.password.write_text(PASSWORD)
        text = mill.config.read_text()
        assert f'password = "{PASSWORD}"' in text
        mill.config.write_text(text.replace(f'password = "{PASSWORD}"', f'password_file = "{self.password}"'))

    def told(self) -> list[str]:
        return [Mail(raw).subject for raw in self.mill.sink.to(ADMIN)]

    def status(self) -> dict[str, object]:
        row: dict[str, object] = json.loads(self.mill.maild("status", "--json").stdout)["mailboxes"][0]
        return row


def _watched(tmp_path: Path, dovecot: Dovecot, sink: SinkServer, watch: str = "", mailbox: str = "") -> Watched:
    mill = Mill(tmp_path, dovecot, sink, dovecot.new_user(), extra=f'[watch]\ntell = "{ADMIN}"\n{watch}')
    made = Watched(mill)
    text = mill.config.read_text()
    mill.config.write_text(text.replace('poll_every = "1s"\n', f'poll_every = "1s"\n{mailbox}'))
    return made


@pytest.fixture
def desks() -> Iterator[list[Watched]]:
    made: list[Watched] = []
    yield made
    for one in made:
        one.mill.kill()


def test_F19_changed_password_is_told_at_once_tried_seldom_and_found_again(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer, desks: list[Watched]
) -> None:
    desk = _watched(tmp_path, dovecot, sink)
    desks.append(desk)
    before, after = small_corpus(2).first
    desk.mill.start()
    dovecot.append(desk.mill.user, before)
    desk.mill.sees("letter.routed")

    desk.password.write_text("of yesterday")
    dovecot.restart()
    began = time.monotonic()
    desk.mill.sees("mailbox.locked-out")
    wait_for(lambda: len(desk.told()) == 1, 30, "the alarm")
    assert "does not let us in" in desk.told()[0]
    assert desk.status()["failing_since"] is not None
    assert "login" in str(desk.status()["failure"])
    time.sleep(max(0.0, 15 - (time.monotonic() - began)))
    assert len(desk.mill.said("mailbox.refused")) <= 4  # at 0, 1, 5 and 21 seconds
    assert len(desk.told()) == 1

    dovecot.append(desk.mill.user, after)
    desk.password.write_text(PASSWORD)
    desk.mill.sees("letter.routed", 2)
    wait_for(lambda: len(desk.told()) == 2, 30, "that it is over")
    assert "is read again" in desk.told()[1]
    assert desk.status()["failing_since"] is None
    assert desk.mill.stop() == 0


def test_F06_daemon_with_exit_after_ends_with_75_when_its_server_stays_away(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer, desks: list[Watched]
) -> None:
    desk = _watched(tmp_path, dovecot, sink, 'failing_after = "1s"\nexit_after = "5s"\n')
    desks.append(desk)
    desk.mill.config.write_text(desk.mill.config.read_text().replace(f"port = {dovecot.imaps_port}", "port = 1"))
    desk.mill.start()
    assert desk.mill.ends() == 75
    for event in ("mailbox.failing", "mailbox.gave-up", "daemon.stopped"):
        assert len(desk.mill.said(event)) == 1
    assert "cannot be read since" in desk.told()[0]


def test_probe_goes_out_by_the_relay_and_comes_back_by_the_mailbox(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer, desks: list[Watched]
) -> None:
    desk = _watched(tmp_path, dovecot, sink, mailbox='probe_every = "1h"\n')
    desks.append(desk)
    desk.mill.start()
    wait_for(lambda: len(sink.to(DESK)) == 1, 60, "the probe")
    dovecot.append(desk.mill.user, sink.to(DESK)[0])
    desk.mill.sees("letter.ignored")

    probe = desk.status()["probe"]
    assert isinstance(probe, dict)
    assert probe["waiting_since"] is None
    assert 0 <= probe["seconds"] < 60
    assert "probe" in desk.mill.maild("status").stdout
    assert desk.mill.export() == []
    assert len(sink.messages) == 1
