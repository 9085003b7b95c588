"""One thing that cannot be done never keeps the others from being done."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maild.desk.situation import Accepted, Arrived, Due
from maild.pipeline import staffing
from maild.pipeline.intake import hand_in
from maild.pipeline.office import Unreadable
from maild.render.templates import our_folder
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, StoryDesk, story_desk


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer) -> Any:
    with story_desk(tmp_path, sink) as made:
        yield made


class _Choking:
    """A parser that dies of one mail."""

    def __init__(self, desk: StoryDesk) -> None:
        self._parser = desk.office.read

    def ready(self) -> None:
        self._parser.ready()

    def __call__(self, raw: bytes, seconds: float | None = None) -> Any:
        if b"POISON" in raw:
            raise Unreadable("took longer than 10 s")
        return self._parser(raw, seconds)


def test_F36_a_poison_letter_is_tried_three_times_then_kept_with_its_bytes_and_cause(desk: StoryDesk) -> None:
    object.__setattr__(desk.office, "read", _Choking(desk))
    poison = ANN.writes(DESK, "POISON", "x", desk.now)
    hand_in(desk.office, "inject", poison, desk.now)
    desk.mail(BEN.writes(DESK, "Hello", "Question", desk.now))

    assert [case.requester for case in desk.cases()] == [BEN.address]  # the neighbour went through at once
    assert desk.letters() == {"routed": 1, "stored": 1}
    desk.work()
    desk.work()
    assert desk.quarantined() == ["cannot-be-routed"]
    with desk.office.store.read() as unit:
        (held,) = unit.letters.quarantined()
        assert held.error == "parser: took longer than 10 s"
        assert unit.letters.raw(held.id) == poison


def _decide_badly(monkeypatch: pytest.MonkeyPatch, is_bad: Callable[[Any], bool]) -> None:
    """A bug in the decision on these situations."""
    real = staffing.decide

    def buggy(situation: Any, features: Any, now: Any) -> Any:
        if is_bad(situation):
            raise ZeroDivisionError
        return real(situation, features, now)

    monkeypatch.setattr(staffing, "decide", buggy)


def test_F37_a_bug_in_a_decision_holds_one_letter_and_not_its_neighbours(
    desk: StoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _decide_badly(
        monkeypatch,
        lambda situation: isinstance(situation.occasion, Arrived) and situation.occasion.message.subject == "BUG",
    )
    for subject in ("one", "BUG", "two"):
        hand_in(desk.office, "inject", ANN.writes(DESK, subject, "x", desk.now), desk.now)
    for _ in range(3):
        desk.work()

    assert [case.subject for case in desk.cases()] == ["one", "two"]
    assert desk.quarantined() == ["cannot-be-routed"]


def test_letters_of_a_batch_that_was_killed_do_not_accuse_each_other(desk: StoryDesk) -> None:
    for number in range(5):
        hand_in(desk.office, "inject", ANN.writes(DESK, str(number), "x", desk.now), desk.now)
    with desk.office.store.write() as unit:  # the process died twice, with all of them in hand
        for _ in range(2):
            unit.waiting.take([1, 2, 3, 4, 5], desk.office.node, desk.now, desk.now)
    desk.work()

    assert desk.letters() == {"routed": 5}


def test_a_bug_after_a_mail_was_sent_does_not_send_it_again(desk: StoryDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    _decide_badly(monkeypatch, lambda situation: isinstance(situation.occasion, Accepted))
    desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
    desk.answers_leave()
    desk.later(days=1)

    assert len([mail for mail in desk.inbox(ANN) if "Answer" in mail.text]) == 1
    assert len(desk.logged("tick.failed")) == 1


def test_a_timer_that_cannot_fire_does_not_stand_before_the_others(
    desk: StoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (ANN, BEN):
        desk.mail(person.writes(DESK, "Hello", "Question", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
    desk.answers_leave()
    with monkeypatch.context() as patch:
        _decide_badly(patch, lambda situation: isinstance(situation.occasion, Due) and situation.case.number == 1)
        desk.later(hours=25)
    assert [len(desk.inbox(person)) for person in (ANN, BEN)] == [2, 3]
    desk.later(hours=1)
    assert len(desk.inbox(ANN)) == 3


def test_F20_a_relay_that_is_away_costs_no_attempt_and_nothing_is_lost(desk: StoryDesk) -> None:
    desk.sink.stop()
    desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))
    with desk.office.store.read() as unit:
        assert {mail.attempts for mail in unit.outbox.listed()} == {0}
    desk.sink.start()
    desk.work()

    assert len(desk.inbox(ANN)) == 1


def test_F20_a_mail_deferred_for_five_days_fails_and_the_owner_is_told(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))
    desk.sink.refuse(ANN.address, "450 4.2.1 later")
    desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
    for _ in range(60):
        desk.later(hours=2, minutes=30)

    assert "did not arrive" in desk.newest(BEA).text
    with desk.office.store.read() as unit:
        failed = [mail for mail in unit.outbox.of_case(1) if mail.state == "failed"]
    assert [(mail.event, "450" in (mail.error or "")) for mail in failed] == [("answer", True)]


def test_F22_a_lost_last_reply_repeats_the_same_bytes(desk: StoryDesk) -> None:
    desk.sink.hang_up = "data"
    desk.mail(ANN.writes(DESK, "Hello", "Question", desk.now))
    desk.sink.hang_up = ""
    desk.later(minutes=30)

    copies = [message.raw for message in desk.sink.messages if message.recipient == ANN.address]
    assert len(copies) == 2
    assert copies[0] == copies[1]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"\0" * 100,
        bytes(range(256)),
        b"From: a@b.test\r\nSubject: \0nul\r\n\r\nbody \0 nul",
        b"From: a@b.test\r\nSubject: \xff\xfe\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe\xed\xa0\x80",
        b"From: a@b.test\r\nMessage-ID: <" + b"x" * 10_000 + b"@y>\r\nSubject: " + b"y" * 100_000 + b"\r\n\r\nx",
        b"From: a@b.test\r\nSubject: [Case #999999999999]\r\nReferences: " + b"<a@b> " * 5000 + b"\r\n\r\nx",
        b"From: a@b.test\r\nSubject: [Case #99999999999999999999]\r\n\r\nx",
        b"From: =?utf-8?q?=00=0D=0A?= <a@b.test>\r\nTo: " + b"c@d.test, " * 3000 + b"e@f.test\r\n\r\nx",
        b"From: a@b.test\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n\x00\xd8\x00\xd8",
    ],
)
@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_T75_odd_bytes_are_kept_and_settled_on_both_stores(
    tmp_path: Path, sink: SinkServer, request: pytest.FixtureRequest, store: str, raw: bytes
) -> None:
    url = "sqlite:///maild.db" if store == "sqlite" else request.getfixturevalue("pg_url")
    with story_desk(tmp_path, sink, url) as desk:
        for _ in range(3):
            desk.mail(raw)
        counts = desk.letters()
        assert sum(counts.values()) == 3
        assert "stored" not in counts
        with desk.office.store.read() as unit:
            assert unit.letters.raw(1) == raw
            assert all(letter.cause != "cannot-be-routed" for letter in unit.letters.quarantined())


def test_F16_mails_of_one_batch_with_the_same_message_id_are_all_handled(desk: StoryDesk) -> None:
    first = ANN.writes(DESK, "One", "The first.", desk.now)
    message_id = next(line for line in first.split(b"\r\n") if line.lower().startswith(b"message-id:"))
    for subject in ("Two", "Three", "Four"):
        raw = BEN.writes(DESK, subject, "Another.", desk.now)
        its_own = next(line for line in raw.split(b"\r\n") if line.lower().startswith(b"message-id:"))
        hand_in(desk.office, "inject", raw.replace(its_own, message_id), desk.now)
    hand_in(desk.office, "inject", first, desk.now)
    desk.work()

    assert desk.letters() == {"routed": 4}
    assert [case.subject for case in desk.cases()] == ["Two", "Three", "Four", "One"]
    assert (len(desk.inbox(BEN)), len(desk.inbox(ANN))) == (3, 1)


def test_F24_a_template_that_fails_on_one_mail_costs_its_looks_and_no_other_mail(
    tmp_path: Path, sink: SinkServer
) -> None:
    (tmp_path / "texts/en").mkdir(parents=True)
    failing = "{% if 'BOOM' in subject %}{{ 1 // (number - number) }}{% endif %}"
    ours = (our_folder() / "en/new-case.txt").read_text()
    (tmp_path / "texts/en/new-case.txt").write_text(ours.replace("A new case", failing + "A new case"))
    with story_desk(tmp_path, sink, more='[templates]\ndir = "texts"\n') as desk:
        for subject in ("one", "BOOM", "two"):
            hand_in(desk.office, "inject", ANN.writes(DESK, subject, f"About {subject}.", desk.now), desk.now)
        desk.work()

        notices = {mail.subject.partition("] ")[2]: mail.text for mail in desk.inbox(BEA)}
        assert notices.keys() == {"one", "BOOM", "two"}
        assert "About BOOM." in notices["BOOM"]
        assert "A new case" not in notices["BOOM"]
        assert "A new case" in notices["two"]
        assert len(desk.inbox(ANN)) == 3
        assert "division" in desk.logged("template.fallback")[0]["error"]
        desk.mail(BEA.replies(next(m for m in desk.inbox(BEA) if "BOOM" in m.subject), "It works.", desk.now))
        desk.answers_leave()
        assert "It works." in desk.newest(ANN).text


@pytest.mark.parametrize(("seconds", "at_once"), [(4, True), (20, False)])
def test_F25_a_writer_elsewhere_is_waited_for_and_nothing_is_done_by_half(
    desk: StoryDesk, tmp_path: Path, seconds: int, at_once: bool
) -> None:
    """Somebody else's program, which knows nothing of our lock file."""
    held = f"c.execute('begin immediate'); print('held', flush=True); time.sleep({seconds}); c.rollback()"
    program = (
        f"import sqlite3, time; c = sqlite3.connect({str(tmp_path / 'maild.db')!r}, isolation_level=None); {held}"
    )
    hand_in(desk.office, "inject", ANN.writes(DESK, "Hello", "Question", desk.now), desk.now)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert desk.work() == at_once
        assert (desk.letters(), len(desk.cases())) == (({"routed": 1}, 1) if at_once else ({"stored": 1}, 0))
    desk.work()

    assert (desk.letters(), len(desk.cases()), len(desk.inbox(ANN))) == ({"routed": 1}, 1, 1)
