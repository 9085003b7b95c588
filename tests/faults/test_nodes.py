"""Several daemons on one PostgreSQL: they share the work, and pausing or killing one loses and doubles nothing."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.crew import LEASE, Crew, letter
from tests.servers.dovecot import Dovecot
from tests.servers.pgbouncer import PgBouncer
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer

pytestmark = [pytest.mark.servers, pytest.mark.slow]
NewCrew = Callable[..., Crew]


@pytest.fixture
def new_crew(tmp_path: Path, dovecot: Dovecot, sink: SinkServer, pg_url: str) -> Iterator[NewCrew]:
    made: list[Crew] = []

    def make(**options: Any) -> Crew:
        made.append(Crew(tmp_path, dovecot, sink, pg_url, **options))
        return made[-1]

    yield make
    for crew in made:
        crew.end()


def _once_each(crew: Crew, mails: int) -> None:
    """Every mail is one entry, was acknowledged once, and lies in the done folder."""
    assert crew.entries() == {f"<m{number}@customer.test>": 1 for number in range(mails)}
    assert set(crew.copies().values()) == {1}
    assert len(crew.copies()) == mails
    assert crew.filed() == (0, mails)
    assert crew.maild("audit")["ok"]


def test_three_nodes_share_two_mailboxes_and_each_mail_is_one_entry(new_crew: NewCrew) -> None:
    crew = new_crew(boxes=2)
    nodes = [crew.node(name) for name in "abc"]
    for node in nodes:
        node.start_and_wait()
    crew.put(*map(letter, range(60)))
    crew.wait_until_done(60)

    status = crew.maild("status")
    assert [node["alive"] for node in status["nodes"]] == [True] * 3
    holders = {box["holder"] for box in status["mailboxes"]}
    assert holders <= {node["name"] for node in status["nodes"]}
    assert [node.stop() for node in nodes] == [0, 0, 0]
    assert crew.maild("status")["nodes"] == []
    _once_each(crew, 60)
    assert not any(node.said("tick.failed") or node.said("store.unavailable") for node in nodes)


def test_a_second_node_waits_and_reads_within_the_lease_once_the_first_is_killed(new_crew: NewCrew) -> None:
    crew = new_crew()
    first, second = crew.node("first"), crew.node("second")
    first.start_and_wait()
    wait_for(lambda: first.said("mailbox.connected"), what="the first node to read")
    second.start_and_wait()
    wait_for(lambda: second.said("mailbox.elsewhere"), what="the second node to wait")
    assert not second.said("mailbox.connected")
    first.kill()
    killed_at = time.monotonic()
    crew.put(letter(0))
    wait_for(lambda: second.said("mailbox.connected"), what="the second node to take over")

    assert time.monotonic() - killed_at < LEASE * 1.5 + 1
    crew.wait_until_done(1)
    _once_each(crew, 1)


def test_a_node_that_stops_in_order_hands_over_at_once(new_crew: NewCrew) -> None:
    crew = new_crew(lease=20)
    first, second = crew.node("first"), crew.node("second")
    first.start_and_wait()
    wait_for(lambda: first.said("mailbox.connected"), what="the first node to read")
    second.start_and_wait()
    wait_for(lambda: second.said("mailbox.elsewhere"), what="the second node to wait")
    assert first.stop() == 0
    stopped_at = time.monotonic()
    wait_for(lambda: second.said("mailbox.connected"), what="the second node to take over")
    assert time.monotonic() - stopped_at < 9


_POINTS = [
    "fetch.body", "ingest.pre_commit", "ingest.post_commit", "move.sent", "move.ok", "read.pre_commit",
    "route.taken", "route.pre_commit", "route.post_commit", "outbox.claimed", "smtp.mail", "smtp.rcpt",
    "outbox.pre_commit",
]  # fmt: skip


@pytest.mark.parametrize("point", _POINTS)
def test_F34_a_node_that_stands_still_is_replaced_and_writes_nothing_stale_afterwards(
    new_crew: NewCrew, point: str
) -> None:
    crew = new_crew()
    paused = crew.node("paused", MAILD_FP=f"{point}:stop")
    other = crew.node("other")
    paused.start_and_wait()
    crew.put(*map(letter, range(5)))
    wait_for(paused.is_paused, 30, f"the node to stop at {point}", paused.last_words)
    other.start_and_wait()
    crew.wait_until_done(5)
    fence = crew.maild("status")["mailboxes"][0]["fence"]
    time.sleep(LEASE)
    paused.go_on()
    crew.put(letter(5))
    crew.wait_until_done(6)
    time.sleep(LEASE)

    assert crew.entries() == {f"<m{number}@customer.test>": 1 for number in range(6)}
    if point == "outbox.pre_commit":  # the relay had taken it, and nobody else could know: promise 3 says so
        assert sorted(crew.copies().values())[:-1] == [1] * 5
        assert len({mail.raw for mail in crew.sink.messages}) == 6
    else:
        assert list(crew.copies().values()) == [1] * 6
    assert crew.filed() == (0, 6)
    assert crew.maild("audit")["ok"]
    assert crew.maild("status")["mailboxes"][0]["fence"] >= fence
    assert [paused.stop(), other.stop()] == [0, 0]


def test_F34_a_node_that_was_stopped_for_long_gives_way_and_waits_its_turn(new_crew: NewCrew) -> None:
    crew = new_crew()
    first, second = crew.node("first"), crew.node("second")
    first.start_and_wait()
    wait_for(lambda: first.said("mailbox.connected"), what="the first node to read")
    second.start_and_wait()
    first.pause()
    wait_for(lambda: second.said("mailbox.connected"), what="the second node to take over")
    first.go_on()
    wait_for(lambda: first.said("mailbox.elsewhere"), what="the first node to give way")
    crew.put(*map(letter, range(3)))
    crew.wait_until_done(3)

    _once_each(crew, 3)
    assert [line for line in first.said("mailbox.lost") if "lease" in line]


@pytest.mark.parametrize("shared", [True, False], ids=["one state directory", "apart"])
def test_letters_and_mails_of_a_killed_neighbour_need_not_wait_for_the_end_of_their_leases(
    new_crew: NewCrew, shared: bool
) -> None:
    crew = new_crew(lease=60)
    victim = crew.node("victim", "state" if shared else "", MAILD_FP="route.taken:kill")
    victim.start_and_wait()
    crew.put(*map(letter, range(3)))
    assert victim.process.wait(30) == -9
    heir = crew.node("heir", "state" if shared else "")
    heir.start_and_wait()
    if shared:
        crew.wait_until_done(3, within=20)
        assert heir.said("node.gone")
        _once_each(crew, 3)
    else:
        time.sleep(5)
        assert crew.maild("audit")["unrouted"] == 3


def test_nodes_that_die_and_join_at_any_time_lose_and_double_nothing(new_crew: NewCrew) -> None:
    crew = new_crew(boxes=2)
    nodes = [crew.node(name) for name in "abc"]
    for node in nodes:
        node.start()
    mails = list(map(letter, range(80)))
    for at in range(8):
        crew.put(*mails[at * 10 : at * 10 + 10])
        time.sleep(0.7)
        victim = nodes[at % 3]
        victim.kill()
        victim.start()
    crew.wait_until_done(80, within=120)

    assert crew.entries() == {f"<m{number}@customer.test>": 1 for number in range(80)}
    assert len({mail.raw for mail in crew.sink.messages}) == 80
    assert crew.filed() == (0, 80)
    assert crew.maild("audit")["ok"]


def test_F29_two_nodes_behind_pgbouncer_in_transaction_mode(
    new_crew: NewCrew, bouncer: PgBouncer, pg_url: str
) -> None:
    crew = new_crew(boxes=2)
    nodes = [crew.node(name, url=bouncer.url(pg_url.rsplit("/", 1)[1])) for name in "ab"]
    for node in nodes:
        node.start_and_wait()
    crew.put(*map(letter, range(40)))
    wait_for(lambda: len(crew.sink.messages) > 5, 60, "work to begin")
    nodes[0].kill()
    nodes[0].start_and_wait()
    crew.wait_until_done(40)
    assert [node.stop() for node in nodes] == [0, 0]

    assert crew.entries() == {f"<m{number}@customer.test>": 1 for number in range(40)}
    assert len({mail.raw for mail in crew.sink.messages}) == 40
    assert crew.filed() == (0, 40)
    assert not any(node.said("tick.failed") or node.said("store.unavailable") for node in nodes)


def test_F19_two_nodes_that_are_refused_log_in_no_more_often_than_one(new_crew: NewCrew) -> None:
    crew = new_crew(password="wrong")
    nodes = [crew.node(name) for name in "ab"]
    for node in nodes:
        node.start_and_wait()
    time.sleep(8)
    refused = [len(node.said("mailbox.refused")) for node in nodes]
    assert sorted(map(bool, refused)) == [False, True]
    assert [node.stop() for node in nodes] == [0, 0]


def test_run_once_leaves_a_mailbox_to_the_node_that_reads_it(new_crew: NewCrew) -> None:
    crew = new_crew()
    daemon, cron = crew.node("daemon"), crew.node("cron")
    daemon.start_and_wait()
    wait_for(lambda: daemon.said("mailbox.connected"), what="the daemon to read")
    command = [sys.executable, "-m", "maild", "run", "--once", "-c", str(cron.config)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, "mailbox.elsewhere" in run.stdout) == (75, True)
    assert crew.maild("status")["nodes"][0]["alive"]
