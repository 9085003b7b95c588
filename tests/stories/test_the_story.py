"""The story of `maild demo`, told on real servers: customer → Postfix → Dovecot → maild → Postfix → mailboxes."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from maild.daemon.loops import Daemon, Watched
from maild.daemon.wiring import opened_office
from maild.demo.servers import DemoServers
from maild.demo.stage import USERS, DemoStage, HandClock, plan_in
from maild.demo.story import Story
from maild.log import Log
from maild.pipeline.office import Office
from maild.settings.build import Plan, build
from maild.settings.load import parse
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.process import wait_for

_PATIENCE = 120.0


class FastClock:
    """The real clock, and a way to leap ahead."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def leap(self, span: timedelta) -> None:
        self._ahead += span


class RealStage:
    """Dovecot, Postfix and a whole daemon. `restart_after`: Dovecot is restarted in the middle of the story."""

    def __init__(self, dovecot: Dovecot, postfix: Postfix, office: Office, clock: FastClock, restart_at: int) -> None:
        self._dovecot = dovecot
        self._postfix = postfix
        self._office = office
        self._clock = clock
        self._posts = 0
        self._restart_at = restart_at

    def now(self) -> datetime:
        return self._clock()

    def post(self, raw: bytes, sender: str, to: str) -> None:
        self._posts += 1
        self._postfix.send(raw, to, sender)
        if self._posts == self._restart_at:
            self._dovecot.restart()
        wait_for(lambda: self._taken_in() == self._posts, _PATIENCE, f"letter {self._posts}")

    def _taken_in(self) -> int:
        with self._office.store.read() as unit:
            return unit.letters.count()

    def inbox(self, address: str, at_least: int) -> list[bytes]:
        mails = self._dovecot.wait_for_mail(address, at_least, within=_PATIENCE)
        self._quiet()
        return self._dovecot.mailbox(address) or mails

    def later(self, span: timedelta) -> None:
        self._quiet()
        self._clock.leap(span)
        time.sleep(3)  # the mailbox is read with the new time, then timers are looked at, then mails leave
        self._quiet()

    def facts(self, case: int) -> dict[str, str]:
        self._quiet()
        with self._office.store.read() as unit:
            found = unit.cases.get(case)
        assert found is not None
        return {"status": found.status.value, "owner": found.owner or ""}

    def _quiet(self) -> None:
        """Wait until the desk has nothing in hand: no letter unrouted, no mail due."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with self._office.store.read() as unit:
                waiting = unit.letters.fresh(1, "nobody", self._clock())
                due = unit.outbox.is_due(self._clock()) or unit.outbox.counts().get("leased")
            if not waiting and not due:
                return
            time.sleep(0.1)
        raise AssertionError("the desk does not come to rest")


def _configuration(dovecot: Dovecot, postfix: Postfix, store_url: str, idle: bool) -> str:
    return f"""
[desk]
address = "support@desk.test"
name = "Example Support"
[store]
url = "{store_url}"
[[mailbox]]
host = "127.0.0.1"
port = {dovecot.imaps_port}
tls = "implicit"
ca_file = "{dovecot.certs.ca}"
user = "support@desk.test"
password = "{PASSWORD}"
poll_every = "1s"
idle = {str(idle).lower()}
[smtp]
host = "127.0.0.1"
port = {postfix.port}
tls = "starttls"
ca_file = "{dovecot.certs.ca}"
[[agent]]
address = "bea@desk.test"
name = "Bea"
[[agent]]
address = "carl@desk.test"
name = "Carl"
"""


@contextmanager
def _running(plan: Plan, clock: FastClock) -> Iterator[Office]:
    with ExitStack() as stack:
        office = stack.enter_context(opened_office(plan, Log(_Nowhere(), clock=clock)))
        watched = [Watched(one, plan.settings.mailbox[0].poll_every) for one in plan.mailboxes()]
        daemon = Daemon(office, watched, plan.relay(), 2, clock, timers_every=0.5)
        daemon.start()
        stack.callback(daemon.join)
        stack.callback(daemon.stop)
        yield office


class _Nowhere:
    def write(self, _text: str) -> None: ...
    def flush(self) -> None: ...


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize(
    ("idle", "store", "restart_at"),
    [(True, "sqlite", 0), (False, "sqlite", 0), (True, "postgres", 0), (True, "sqlite", 3)],
)
def test_the_story_happens_with_dovecot_and_postfix_over_tls(
    tmp_path: Path, request: pytest.FixtureRequest, fresh_people: Any, idle: bool, store: str, restart_at: int
) -> None:
    dovecot, postfix = fresh_people
    store_url = "sqlite:///maild.db" if store == "sqlite" else request.getfixturevalue("pg_url")
    path = tmp_path / "maild.toml"
    text = _configuration(dovecot, postfix, store_url, idle)
    path.write_text(text)
    plan, clock = build(parse(text, str(path)), path), FastClock()
    with _running(plan, clock) as office:
        Story(RealStage(dovecot, postfix, office, clock, restart_at), print).tell()
    assert not dovecot.mailbox("support@desk.test")


@pytest.fixture
def fresh_people(dovecot: Dovecot, postfix: Postfix) -> Iterator[tuple[Dovecot, Postfix]]:
    """Dovecot and Postfix with empty mailboxes for the people of the story."""
    dovecot.empty(*USERS)
    yield dovecot, postfix
    dovecot.empty(*USERS)


def test_the_story_happens_with_the_poorer_embedded_server(tmp_path: Path) -> None:
    with DemoServers(USERS) as servers:
        plan, clock = plan_in(tmp_path, servers), HandClock()
        with opened_office(plan, Log(_Nowhere(), clock=clock)) as office:
            Story(DemoStage(servers, office, plan, clock), print).tell()


def test_the_story_fails_when_a_step_does_not_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from maild.demo.story import StoryBroken
    from maild.features import acknowledge

    monkeypatch.setattr("maild.pipeline.staffing.FEATURES", (acknowledge,))  # nobody tells the agents any more
    with DemoServers(USERS) as servers:
        plan, clock = plan_in(tmp_path, servers), HandClock()
        with (
            opened_office(plan, Log(_Nowhere(), clock=clock)) as office,
            pytest.raises(StoryBroken, match="Bea Agent has 1 mails"),
        ):
            Story(DemoStage(servers, office, plan, clock), print).tell()
