"""A desk among real servers: Dovecot, Postfix, a whole daemon; and a clock that can leap.

with real_desk(tmp_path, dovecot, postfix, store_url, MORE) as desk:
    desk.post(raw, sender, to)       a mail comes by way of the MTA; returns when the desk has taken it in
    desk.inbox(address)              what lies in a mailbox, when the desk has come to rest
    desk.later(timedelta(hours=24))  time passes
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from maild.daemon.loops import Daemon, Watched
from maild.daemon.wiring import opened_office
from maild.log import Log
from maild.pipeline.digests import send_digests
from maild.pipeline.office import Office
from maild.pipeline.reporting import send_reports
from maild.settings.build import build
from maild.settings.load import parse
from store.records import Case
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.process import wait_for

_PATIENCE = 120.0
_TIMERS_EVERY = 0.5
_CONFIG = """
[desk]
address = "support@desk.test"
name = "Example Support"
[store]
url = "{store}"
[[mailbox]]
host = "127.0.0.1"
port = {imaps}
tls = "implicit"
ca_file = "{ca}"
user = "support@desk.test"
password = "{password}"
poll_every = "1s"
idle = {idle}
[smtp]
host = "127.0.0.1"
port = {smtp}
tls = "starttls"
ca_file = "{ca}"
[[agent]]
address = "bea@desk.test"
name = "Bea"
[[agent]]
address = "carl@desk.test"
name = "Carl"
"""


class FastClock:
    """The real clock, set to another time where one is given, and a way to leap ahead."""

    def __init__(self, began: datetime | None = None) -> None:
        self._ahead = began - datetime.now(UTC) if began is not None else timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def leap(self, span: timedelta) -> None:
        self._ahead += span


class RealDesk:
    """`restart_at`: at that mail Dovecot is restarted."""

    def __init__(
        self, dovecot: Dovecot, postfix: Postfix, office: Office, clock: FastClock, restart_at: int = 0
    ) -> None:
        self.dovecot = dovecot
        self.postfix = postfix
        self.office = office
        self._clock = clock
        self._posts = 0
        self._restart_at = restart_at

    def now(self) -> datetime:
        return self._clock()

    def post(self, raw: bytes, sender: str, to: str) -> None:
        self.postfix.send(raw, to, sender)
        self.came()

    def came(self) -> None:
        """One more mail was sent to the desk, by whomever: wait until it is taken in."""
        self._posts += 1
        if self._posts == self._restart_at:
            self.dovecot.restart()
        wait_for(lambda: self._taken_in() >= self._posts, _PATIENCE, f"letter {self._posts}")

    def _read_at(self) -> datetime:
        with self.office.store.read() as unit:
            return min(unit.mailboxes.read_at(list(self.office.mailbox_queues)).values())

    def _taken_in(self) -> int:
        with self.office.store.read() as unit:
            return unit.letters.count()

    def inbox(self, address: str, at_least: int = 0) -> list[bytes]:
        mails = self.dovecot.wait_for_mail(address, at_least, within=_PATIENCE) if at_least else []
        self.quiet()
        return self.dovecot.mailbox(address) or mails

    def later(self, span: timedelta) -> None:
        self.quiet()
        self._clock.leap(span)
        leapt = self._clock()
        wait_for(lambda: self._read_at() >= leapt, _PATIENCE, "the mailbox to be read with the new time")
        time.sleep(2 * _TIMERS_EVERY)  # timers are looked at, then mails leave
        send_reports(self.office, self._clock)
        send_digests(self.office, self._clock)
        self.quiet()

    def case(self, number: int) -> Case:
        self.quiet()
        with self.office.store.read() as unit:
            found = unit.cases.get(number)
        assert found is not None, f"there is no case {number}"
        return found

    def facts(self, case: int) -> dict[str, str]:
        found = self.case(case)
        return {"status": found.status.value, "owner": found.owner or ""}

    def quiet(self) -> None:
        """Wait until the desk has nothing in hand: no letter unrouted, no mail due."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with self.office.store.read() as unit:
                waiting = unit.letters.counts().get("stored")
                due = unit.outbox.is_due(self._clock()) or unit.outbox.counts().get("leased")
            if not waiting and not due:
                return
            time.sleep(0.1)
        raise AssertionError("the desk does not come to rest")


@contextmanager
def real_desk(
    folder: Path,
    dovecot: Dovecot,
    postfix: Postfix,
    store: str = "sqlite:///maild.db",
    more: str = "",
    *,
    idle: bool = True,
    began: datetime | None = None,
    restart_at: int = 0,
) -> Iterator[RealDesk]:
    """A desk with this and `more` in its configuration, whose daemon runs until the end."""
    text = more + _CONFIG.format(
        store=store,
        imaps=dovecot.imaps_port,
        ca=dovecot.certs.ca,
        password=PASSWORD,
        idle=str(idle).lower(),
        smtp=postfix.port,
    )
    path = folder / "maild.toml"
    path.write_text(text, encoding="utf-8")
    plan, clock = build(parse(text, str(path)), path), FastClock(began)
    with ExitStack() as stack:
        office = stack.enter_context(opened_office(plan, Log(Nowhere(), clock=clock)))
        watched = [Watched(one, plan.settings.mailbox[0].poll_every) for one in plan.mailboxes()]
        daemon = Daemon(office, watched, plan.relay(), 2, clock, timers_every=_TIMERS_EVERY)
        daemon.start()
        stack.callback(daemon.join)
        stack.callback(daemon.stop)
        yield RealDesk(dovecot, postfix, office, clock, restart_at)


class Nowhere:
    def write(self, _text: str) -> None: ...
    def flush(self) -> None: ...
