"""The watch: a desk that has gone deaf says so, once, over a path that does not need its mailbox."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from maild.daemon.clock import SteadyClock
from maild.daemon.failures import note_failure
from maild.daemon.loops import Daemon
from maild.daemon.watch import Watch
from maild.demo.people import Mail, Person
from maild.pipeline.due import fire_due
from maild.pipeline.intake import take_in
from maild.pipeline.rounds import round_of
from maild.pipeline.send import longest_lease
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, DESK, EVE, StoryDesk, story_desk

ADMIN = Person("Ada Admin", "ada@elsewhere.test")
CONFIG = """
[[mailbox]]
host = "imap.desk.test"
user = "support"
password = "secret"
queue = "support"
probe_every = "{probe_every}"
[watch]
tell = "ada@elsewhere.test"
silent_after = "{silent_after}"
exit_after = "{exit_after}"
"""


@dataclass(frozen=True)
class _Mail:
    uid: int
    raw: bytes


class _Server:
    """The folder as an IMAP server would show it."""

    uidvalidity = 1
    refusal = None

    def __init__(self, *mails: bytes, first: int = 1) -> None:
        self._mails = {first + number: mail for number, mail in enumerate(mails)}

    def waiting(self, start: int, limit: int) -> list[int]:
        return sorted(self._mails)[start : start + limit]

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        return {uid: len(self._mails[uid]) for uid in uids}

    def fetch(self, uids: Sequence[int]) -> Iterable[_Mail]:
        return [_Mail(uid, self._mails[uid]) for uid in uids]

    def file_away(self, uids: Sequence[int]) -> list[int]:
        return [uid for uid in uids if self._mails.pop(uid, None)]


class Watched:
    """A desk whose one mailbox is watched."""

    def __init__(self, desk: StoryDesk) -> None:
        self.desk = desk
        self.ended = 0
        self.watch = self.fresh_watch()
        self._uid = 0

    def fresh_watch(self) -> Watch:
        """As after a restart."""
        return Watch(self.desk.plan, self.desk.office, self.desk.clock, self._end)

    def _end(self) -> None:
        self.ended += 1

    def is_read(self, *mails: bytes) -> None:
        """The mailbox is read, with these new mails in it."""
        folder = _Server(*mails, first=self._uid + 1)
        self._uid += len(mails)
        take_in(self.desk.office, "inbox", "INBOX", folder, 1_000_000, self.desk.now)
        self._turn()

    def cannot_be_read(self, error: str = "connection refused", *, refused: bool = False) -> None:
        note_failure(self.desk.office, "inbox", error, self.desk.now, refused=refused)
        self._turn()

    def later(self, **span: float) -> None:
        self.desk.clock.move(timedelta(**span))
        self._turn()

    def _turn(self) -> None:
        self.desk.work()
        self.watch.look()
        self.desk.work()

    def told(self) -> list[str]:
        """The subjects of what the admin got, and forgets it."""
        subjects = [mail.subject for mail in self.desk.inbox(ADMIN)]
        self.desk.sink.messages[:] = [one for one in self.desk.sink.messages if one.recipient != ADMIN.address]
        return subjects

    def probes(self) -> list[bytes]:
        return [raw for raw in self.desk.sink.to(DESK) if b"Subject: probe inbox" in raw]


@pytest.fixture(params=[{}])
def watched(request: pytest.FixtureRequest, tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[Watched]:
    said = {"probe_every": "0s", "silent_after": "0s", "exit_after": "0s"} | request.param
    with story_desk(tmp_path, sink, store_url, CONFIG.format(**said)) as desk:
        yield Watched(desk)


def configured(**settings: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("watched", [settings], indirect=True)


# a mailbox that cannot be read


def test_mailbox_out_of_reach_is_told_after_a_quarter_of_an_hour_once_and_when_it_is_over(watched: Watched) -> None:
    watched.is_read()
    watched.later(minutes=1)
    watched.cannot_be_read()
    watched.later(minutes=14)
    watched.cannot_be_read()
    assert watched.told() == []
    watched.later(minutes=1)
    (subject,) = watched.told()
    assert "mailbox inbox cannot be read since" in subject
    assert "connection refused" in subject
    watched.later(hours=3)
    watched.cannot_be_read()
    assert watched.told() == []

    watched.is_read()

    assert watched.told() == ["[Example Support] mailbox inbox is read again"]
    assert len(watched.desk.logged("mailbox.failing")) == len(watched.desk.logged("mailbox.recovered")) == 1
    watched.later(days=2)
    assert watched.told() == []


def test_F19_refused_login_is_told_at_once_and_once_and_again_the_next_day(watched: Watched) -> None:
    watched.is_read()
    watched.cannot_be_read("login was refused", refused=True)
    (subject,) = watched.told()
    assert "does not let us in: login was refused" in subject
    for _ in range(23):
        watched.later(hours=1)
        watched.cannot_be_read("login was refused", refused=True)
    assert watched.told() == []
    watched.later(hours=1)
    assert len(watched.told()) == 1


def test_short_trouble_is_told_to_nobody(watched: Watched) -> None:
    watched.is_read()
    for _ in range(5):
        watched.cannot_be_read()
        watched.later(minutes=10)
        watched.is_read()
    assert watched.told() == []


def test_trouble_that_changes_its_face_is_not_over(watched: Watched) -> None:
    watched.cannot_be_read("login was refused", refused=True)
    watched.told()
    watched.later(minutes=20)
    watched.cannot_be_read("connection refused")
    assert not any("is read again" in subject for subject in watched.told())
    watched.is_read()
    assert watched.told() == ["[Example Support] mailbox inbox is read again"]


def test_mailbox_that_comes_and_goes_is_told_once_an_hour_at_most(watched: Watched) -> None:
    told = 0
    for _ in range(60):  # five hours
        watched.cannot_be_read("login was refused", refused=True)
        watched.later(minutes=3)
        watched.is_read()
        watched.later(minutes=2)
        told += len(watched.told())
    assert 8 <= told <= 10  # each time the trouble and its end


def test_restart_does_not_tell_it_again(watched: Watched) -> None:
    watched.cannot_be_read("login was refused", refused=True)
    assert len(watched.told()) == 1
    watched.watch = watched.fresh_watch()
    watched.later(minutes=1)
    assert watched.told() == []


def test_of_two_nodes_one_tells_it(watched: Watched) -> None:
    other = watched.fresh_watch()
    note_failure(watched.desk.office, "inbox", "refused", watched.desk.now, refused=True)
    assert watched.watch.look() + other.look() == 1
    watched.desk.work()
    assert len(watched.told()) == 1


def test_alarm_is_an_automatic_mail_about_no_case_and_answers_to_it_are_an_ordinary_matter(watched: Watched) -> None:
    watched.cannot_be_read("login was refused\r\nBcc: eve@elsewhere.test", refused=True)
    (raw,) = watched.desk.sink.to(ADMIN.address)
    head = raw.split(b"\r\n\r\n")[0]
    assert b"Auto-Submitted: auto-generated" in head
    assert b"\r\nBcc:" not in head
    assert b"[Case #" not in raw
    assert watched.desk.cases() == []
    assert "maild status" in Mail(raw).text


def test_what_cannot_leave_now_is_told_later(watched: Watched) -> None:
    watched.desk.sink.refuse(ADMIN.address, "450 4.2.1 later")
    watched.cannot_be_read("login was refused", refused=True)
    assert watched.told() == []
    watched.desk.sink.refuse(ADMIN.address, None)
    watched.later(minutes=2)
    assert len(watched.told()) == 1


@configured(exit_after="1h")
def test_daemon_gives_up_when_a_mailbox_is_away_for_too_long_counted_from_its_start(watched: Watched) -> None:
    watched.cannot_be_read()
    watched.later(minutes=59)
    assert watched.ended == 0
    watched.later(minutes=1)
    assert watched.ended == 1
    assert watched.desk.logged("mailbox.gave-up")[0]["error"] == "connection refused"

    watched.watch = watched.fresh_watch()
    watched.later(minutes=59)
    assert watched.ended == 1
    watched.later(minutes=1)
    assert watched.ended == 2


# a mailbox that brings nothing


@configured(silent_after="12h")
def test_silent_mailbox_is_told_and_so_is_the_next_mail(watched: Watched) -> None:
    watched.is_read(ANN.writes(DESK, "Hello", "Where is it?", watched.desk.now))
    for _ in range(11):
        watched.later(hours=1)
        watched.is_read()
    assert watched.told() == []
    watched.later(hours=1)
    watched.is_read()
    (subject,) = watched.told()
    assert "no mail has come into it since" in subject

    watched.later(hours=1)
    watched.is_read(ANN.writes(DESK, "Hello again", "Still waiting.", watched.desk.now))

    (subject,) = watched.told()
    assert "mail has come again" in subject


@configured(silent_after="12h")
def test_mailbox_that_was_not_read_meanwhile_is_not_called_silent(watched: Watched) -> None:
    watched.is_read(ANN.writes(DESK, "Hello", "Where is it?", watched.desk.now))
    watched.later(days=3)  # the daemon was down
    watched.watch = watched.fresh_watch()
    watched.later(seconds=1)
    watched.is_read(ANN.writes(DESK, "Hello again", "Still waiting.", watched.desk.now))
    assert watched.told() == []


def test_silence_is_told_only_where_it_is_asked_for(watched: Watched) -> None:
    watched.is_read()
    watched.later(days=30)
    watched.is_read()
    assert watched.told() == []


# probes


@configured(probe_every="1h")
def test_probe_that_comes_back_is_no_case_and_no_answer_and_its_time_is_known(watched: Watched) -> None:
    watched.is_read()
    (probe,) = watched.probes()
    watched.later(seconds=40)
    watched.is_read(probe)

    assert watched.desk.cases() == []
    assert watched.desk.logged("letter.ignored")[-1]["rule"] == "probe"
    assert watched.probes() == [probe]  # nothing answers it
    with watched.desk.office.store.read() as unit:
        turn = round_of(unit, "inbox")
    assert turn is not None
    assert turn.took == pytest.approx(40, abs=1)
    assert turn.waiting_since is None
    watched.later(hours=1)
    assert len(watched.probes()) == 2
    assert watched.told() == []


@configured(probe_every="1h")
def test_lost_probe_is_told_and_so_is_the_next_that_comes_back(watched: Watched) -> None:
    watched.is_read()
    for _ in range(3):
        watched.later(minutes=5)
        watched.is_read()
    (subject,) = watched.told()
    assert "the probe of mailbox inbox, sent" in subject
    watched.later(minutes=50)
    watched.is_read()
    assert len(watched.probes()) == 2
    watched.later(minutes=1)

    watched.is_read(watched.probes()[1])

    assert watched.told() == ["[Example Support] mailbox inbox: its probe came back"]


@configured(probe_every="1h")
def test_probe_that_comes_late_and_twice_is_known_all_the_same(watched: Watched) -> None:
    watched.is_read()
    (probe,) = watched.probes()
    for _ in range(3):
        watched.later(hours=1)
        watched.is_read()
    watched.told()
    watched.is_read(probe, probe)
    assert watched.desk.letters() == {"ignored": 2}
    assert watched.desk.cases() == []
    assert watched.told() == ["[Example Support] mailbox inbox: its probe came back"]


@configured(probe_every="1h")
def test_daemon_that_was_down_does_not_take_its_probe_for_lost(watched: Watched) -> None:
    watched.is_read()
    (probe,) = watched.probes()
    watched.desk.clock.move(timedelta(days=1))
    watched.watch = watched.fresh_watch()
    watched.watch.look()
    watched.is_read(probe)
    assert watched.told() == []


@configured(probe_every="1h")
def test_probe_that_waits_to_be_routed_is_not_lost(watched: Watched) -> None:
    watched.is_read()
    (probe,) = watched.probes()
    desk = watched.desk
    desk.clock.move(timedelta(hours=5))
    take_in(desk.office, "inbox", "INBOX", _Server(probe), 1_000_000, desk.now)
    watched.watch.look()
    assert desk.logged("mailbox.probe-lost") == []


@configured(probe_every="1h")
def test_mailbox_that_cannot_be_read_is_one_trouble_not_two(watched: Watched) -> None:
    watched.is_read()
    for _ in range(6):
        watched.cannot_be_read()
        watched.later(minutes=5)
    (subject,) = watched.told()
    assert "cannot be read" in subject


@configured(probe_every="1h")
def test_forged_probe_is_an_ordinary_mail(watched: Watched) -> None:
    watched.is_read()
    (probe,) = watched.probes()
    subject = Mail(probe).subject
    wrong = subject[:-1] + ("a" if subject[-1] != "a" else "b")
    now = watched.desk.now
    watched.is_read(EVE.writes(DESK, wrong, "Let me in.", now), EVE.writes(DESK, subject, "A copied one.", now))
    assert len(watched.desk.cases()) == 2  # nobody but we may write what is left aside
    watched.is_read(Person("Support", DESK).writes(DESK, wrong, "In your own name.", now))
    assert watched.desk.logged("letter.ignored")[-1]["rule"] == "loop"
    with watched.desk.office.store.read() as unit:
        turn = round_of(unit, "inbox")
    assert turn is not None
    assert turn.waiting_since is not None


@configured(probe_every="1h")
def test_F33_desk_with_a_held_outbox_sends_no_probe(watched: Watched) -> None:
    with watched.desk.office.store.write() as unit:
        unit.facts.hold_outbox("a copy")
    watched.is_read()
    watched.later(hours=5)
    watched.is_read()
    assert watched.desk.inbox(ADMIN) == []
    with watched.desk.office.store.read() as unit:
        assert unit.outbox.counts() == {}


# the clock


class _Machine:
    """A wall clock beside the desk's own, and the seconds that have really passed."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._began = watched.desk.now
        self._set = timedelta(0)
        self.clock = watched.watch.clock = SteadyClock(lambda: watched.desk.now + self._set, self._passed)

    def _passed(self) -> float:
        return (self._watched.desk.now - self._began).total_seconds()

    def is_set(self, **span: float) -> None:
        self._set += timedelta(**span)

    def look(self) -> None:
        self._watched.watch.look_at_clock(self.clock)
        self._watched.desk.work()


def test_F30_jump_is_told_and_so_is_its_end(watched: Watched) -> None:
    machine = _Machine(watched)
    machine.is_set(days=30)
    machine.look()
    (subject,) = watched.told()
    assert "the clock was set by +30 days; timers wait" in subject
    machine.look()
    assert watched.told() == []
    machine.is_set(days=-30)
    machine.look()
    assert watched.told() == ["[Example Support] the clock shows again what it should; timers go on"]
    assert [len(watched.desk.logged(f"clock.{word}")) for word in ("jumped", "back", "accepted")] == [1, 1, 0]


def test_F30_new_time_is_taken_after_an_hour_and_what_is_in_hand_stays_there(
    watched: Watched,
) -> None:
    desk, machine = watched.desk, _Machine(watched)
    desk.sink.refuse(ANN.address, "450 4.2.1 later")
    desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
    machine.is_set(days=30)
    machine.look()
    desk.clock.move(timedelta(minutes=61))
    with desk.office.store.write() as unit:  # a sender has it in hand
        (mail,) = unit.outbox.lease("node/0", desk.now, longest_lease(desk.office), 10)

    watched.watch.look_at_clock(machine.clock)

    assert len(desk.logged("clock.accepted")) == 1
    with desk.office.store.write() as unit:
        others = unit.outbox.lease("node/1", machine.clock(), longest_lease(desk.office), 10)
        assert mail.id not in [one.id for one in others]
        assert unit.outbox.sent(mail, "node/0", machine.clock())


def test_F30_what_waits_for_a_time_that_was_wrong_waits_no_longer(watched: Watched) -> None:
    desk = watched.desk
    desk.clock.move(timedelta(days=30))  # the clock is wrong, and a restart believed it
    desk.sink.refuse(ANN.address, "450 4.2.1 later")
    desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
    watched.is_read()
    desk.clock.move(timedelta(days=-30))
    desk.sink.refuse(ANN.address, None)
    watched.watch = watched.fresh_watch()

    watched.watch.accept_clock()

    desk.later(minutes=2)
    assert len(desk.inbox(ANN)) == 1
    with desk.office.store.read() as unit:  # a reading in the time to come is none
        assert unit.mailboxes.read_at(["inbox"]) == {}


def test_F30_lease_that_would_last_for_a_month_is_over(watched: Watched) -> None:
    desk = watched.desk
    desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
    with desk.office.store.write() as unit:
        at = unit.clock(desk.now)
        letter = unit.letters.store("inbox", "support", b"Subject: x\r\n\r\n", desk.now, None)
        unit.waiting.take([letter], "dead/1", at, at + timedelta(days=30))
        assert unit.waiting.take([letter], "node/2", at, at + timedelta(seconds=30)) != []
        assert unit.mailboxes.lease("inbox", "dead/1", at, at + timedelta(days=30)) is not None
        assert unit.mailboxes.lease("inbox", "node/2", at, at + timedelta(seconds=30)) is not None


def test_F30_timer_never_fires_twice_when_the_clock_goes_back(watched: Watched) -> None:
    desk = watched.desk
    desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
    desk.answers_leave()
    watched.later(hours=24)
    watched.is_read()
    fire_due(desk.office, desk.clock)
    desk.work()
    assert sum("we will close" in mail.text for mail in desk.inbox(ANN)) == 1
    for hours in (-1, 1, -3, 2, 1):
        watched.later(hours=hours)
        watched.is_read()
    assert sum("we will close" in mail.text for mail in desk.inbox(ANN)) == 1
    assert len(desk.logged("timer.fired")) == 1


def test_F30_no_timer_acts_while_the_clock_is_doubted(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
    desk.answers_leave()
    desk.clock.move(timedelta(hours=24))  # due, whichever clock is right
    doubted = [True]
    daemon = Daemon(desk.office, [], desk.plan.relay(), 1, desk.clock, timers_every=0.1)
    daemon.pause_timers(lambda: doubted[0])
    daemon.start()
    try:
        time.sleep(1)
        assert desk.logged("timer.fired") == []
        doubted[0] = False
        wait_for(lambda: len(desk.logged("timer.fired")) == 1, 20, "the timer")
    finally:
        daemon.stop()
        daemon.join()


@pytest.mark.parametrize(
    "begin", [datetime.fromisoformat("2026-03-28T20:00+00:00"), datetime.fromisoformat("2026-10-24T20:00+00:00")]
)
def test_F30_night_in_which_summer_time_changes_is_as_long_as_any(
    desk: StoryDesk, begin: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Warsaw")
    time.tzset()
    try:
        desk.clock.move(begin - desk.now)
        desk.mail(ANN.writes(DESK, "Hello", "Where is it?", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
        desk.answers_leave()
        assert desk.timers(1) == {"silence-warning": desk.now + timedelta(hours=24)}
        desk.later(hours=23, minutes=59)
        assert desk.logged("timer.fired") == []
        desk.later(minutes=1)
        assert len(desk.logged("timer.fired")) == 1
    finally:
        monkeypatch.undo()
        time.tzset()
