"""The timers of the procedures: reminders of stale cases, third parties that never answer, a confirmed solution."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maild.demo.people import Person
from maild.errors import UserError
from maild.settings.load import parse
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, MONDAY, StoryDesk, story_desk

VAL = Person("Val Vendor", "val@vendor.test")
QUIET = """
[[target]]
goal = "address"
within = "never"
[[target]]
goal = "comment"
within = "never"
"""


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, store_url, QUIET) as made:
        yield made


def _asked(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "A question", "Please help.", desk.now))


def _events(desk: StoryDesk, person: Person) -> list[str]:
    return [mail.header("X-Maild-Event") for mail in desk.inbox(person)]


def _on(desk: StoryDesk, text: str) -> None:
    desk.clock.move(datetime.fromisoformat(text).replace(tzinfo=UTC) - desk.now)
    desk.work()


def test_the_owner_is_asked_for_a_word_after_7_working_days_and_again_after_as_many(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(BEA.replies(desk.newest(BEA), "/take\n/note\nI look into it.", desk.now))
    _on(desk, "2026-03-11 08:59")
    assert "stale" not in _events(desk, BEA)
    _on(desk, "2026-03-11 09:00")  # Monday, and seven working days
    assert _events(desk, BEA).count("stale") == 1
    assert "Nothing has happened on it since 02 Mar 2026" in desk.newest(BEA).text
    assert "stale" not in _events(desk, CARL)
    _on(desk, "2026-03-20 08:59")
    assert _events(desk, BEA).count("stale") == 1
    _on(desk, "2026-03-20 09:00")
    assert _events(desk, BEA).count("stale") == 2


def test_what_happens_meanwhile_puts_the_reminder_off(desk: StoryDesk) -> None:
    _asked(desk)
    _on(desk, "2026-03-06 09:00")
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/take\n/note\nNot forgotten.", desk.now))
    _on(desk, "2026-03-17 08:59")
    assert "stale" not in _events(desk, BEA)
    _on(desk, "2026-03-17 09:00")
    assert _events(desk, BEA).count("stale") == 1


def test_never_while_it_waits_and_anew_when_it_is_ours_again(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(BEA.replies(desk.newest(BEA), "/take\n/wait hold", desk.now))
    assert "stale" not in desk.timers(1, every=True)
    _on(desk, "2026-04-20 09:00")
    assert "stale" not in _events(desk, BEA)
    desk.mail(ANN.replies(desk.newest(ANN), "And now?", desk.now))
    assert _events(desk, BEA)[-1] == "reply", "who asks is heard at once"
    _on(desk, "2026-04-29 09:00")
    assert _events(desk, BEA)[-1] == "stale"


def _waits_for_the_vendor(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(BEA.replies(desk.newest(BEA), "/wait vendor\nWe have asked the carrier.", desk.now))
    desk.answers_leave()
    assert desk.case(1).status == "Waiting on Vendor"


def test_a_vendor_asked_twice_who_says_nothing_for_21_days_is_given_up_and_the_customer_learns_it(
    desk: StoryDesk,
) -> None:
    _waits_for_the_vendor(desk)
    desk.later(days=10)
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/note\nAsked them again by phone.", desk.now))
    due_at = desk.timers(1, every=True)["no-response"]
    assert due_at == MONDAY + timedelta(days=21)
    _on(desk, "2026-03-23 08:59")
    assert desk.case(1).status == "Waiting on Vendor"
    _on(desk, "2026-03-23 09:00")

    assert desk.case(1).status == "No Response"
    assert "we need an answer of somebody else" in desk.newest(ANN).text
    assert "was asked 2 times and said nothing for 21 days" in desk.newest(BEA).text
    assert desk.timers(1, every=True) == {}
    desk.mail(ANN.replies(desk.newest(ANN), "I still need it.", desk.now))
    assert desk.case(1).status == "Open"


def test_a_vendor_asked_only_once_is_to_be_asked_again(desk: StoryDesk) -> None:
    _waits_for_the_vendor(desk)
    desk.later(days=21)
    assert desk.case(1).status == "Waiting on Vendor"
    assert "was asked once only. Ask once more" in desk.newest(BEA).text
    desk.mail(BEA.replies(desk.newest(BEA), "Asked again.", desk.now))
    desk.later(days=7)
    assert desk.case(1).status == "No Response"


def test_a_vendor_who_writes_gets_the_whole_time_again_and_the_customer_who_asks_does_not_give_it(
    desk: StoryDesk,
) -> None:
    _waits_for_the_vendor(desk)
    desk.later(days=5)
    desk.mail(ANN.replies(desk.newest(ANN), "Any news?", desk.now))
    assert desk.timers(1, every=True)["no-response"] == MONDAY + timedelta(days=21)
    desk.mail(VAL.replies(desk.newest(ANN), "We are on it.", desk.now))
    assert desk.case(1).status == "Waiting on Vendor"
    assert desk.timers(1, every=True)["no-response"] == desk.now + timedelta(days=21)
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/reopen", desk.now))
    assert "no-response" not in desk.timers(1, every=True)


def test_a_solution_that_the_requester_confirms_is_closed_within_24_hours_else_after_48(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(BEA.replies(desk.newest(BEA), "/resolve\nRestart it.", desk.now))
    desk.answers_leave()
    desk.later(hours=2)
    desk.mail(ANN.replies(desk.newest(ANN), "Thanks!", desk.now))
    assert desk.timers(1) == {"silence-close": desk.now + timedelta(hours=24)}
    desk.later(hours=24)
    assert desk.case(1).status == "Closed"

    desk.mail(ANN.writes(DESK, "Another question", "Please help again.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/resolve\nRestart that, too.", desk.now))
    desk.answers_leave()
    desk.later(hours=24)
    assert desk.case(2).status == "Resolved"
    desk.later(hours=24)
    assert desk.case(2).status == "Closed"


def test_F32_after_downtime_each_timer_acts_once(desk: StoryDesk) -> None:
    _waits_for_the_vendor(desk)
    desk.mail(ANN.writes(DESK, "Another question", "Please help again.", desk.now))
    desk.later(days=60)
    assert (
        _events(desk, BEA).count("stale") == 2
    )  # the vendor to ask again, and the other case, on which nothing happened
    desk.work()
    desk.later(hours=1)
    assert _events(desk, BEA).count("stale") == 2


def test_a_queue_may_have_spans_of_its_own(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    own = (
        '[[queue]]\nname = "support"\n[[queue]]\nname = "billing"\naddress = "billing@desk.test"\n'
        '[queue.timers]\nwarn_after = "72h"\nauto_close_after = "96h"\nstale_after = "2 working days"\n'
    )
    with story_desk(tmp_path, sink, store_url, QUIET + own) as desk:
        desk.mail(ANN.writes("billing@desk.test", "An invoice", "Which is it?", desk.now))
        assert desk.timers(1, every=True)["stale"] == MONDAY + timedelta(days=2)
        desk.mail(BEA.replies(desk.newest(BEA), "This one.", desk.now))
        desk.answers_leave()
        desk.later(hours=71)
        assert "we will close" not in desk.newest(ANN).text
        desk.later(hours=1)
        assert "waiting for a word from you for 3 days" in desk.newest(ANN).text
        desk.later(hours=24)
        assert desk.case(1).status == "Closed"


def test_a_call_starts_the_clock_of_its_queue(tmp_path: Path, sink: SinkServer) -> None:
    own = (
        '[[queue]]\nname = "support"\n[[queue]]\nname = "billing"\naddress = "billing@desk.test"\n'
        '[queue.timers]\nwarn_after = "72h"\nauto_close_after = "96h"\n'
    )
    with story_desk(tmp_path, sink, more=QUIET + own) as desk:
        desk.mail(ANN.writes("billing@desk.test", "An invoice", "Which is it?", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "/called voicemail\nThis one.", desk.now))
        assert desk.timers(1) == {"silence-warning": desk.now + timedelta(hours=72)}


def test_spans_of_a_queue_that_close_before_they_warn_are_refused(tmp_path: Path) -> None:
    own = '[desk]\naddress = "s@desk.test"\n[[queue]]\nname = "support"\n[queue.timers]\nwarn_after = "72h"\n'
    with pytest.raises(UserError, match="must be longer than warn_after"):
        parse(own, "maild.toml")


def test_F32_a_mass_of_vendors_who_never_answered_is_held_and_the_admins_are_asked(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    few = "[timers]\nmost_closes = 1\nmost_closes_percent = 0\nno_response_attempts = 1\n"
    with story_desk(tmp_path, sink, store_url, QUIET + few) as desk:
        for number in (1, 2):
            desk.mail(ANN.writes(DESK, f"Question {number}", "Please help.", desk.now))
            desk.mail(BEA.replies(desk.newest(BEA), "/wait vendor\nWe have asked the carrier.", desk.now))
        desk.answers_leave()
        desk.later(days=21)
        assert [case.status.value for case in desk.cases()] == ["Waiting on Vendor"] * 2
        assert len(desk.logged("timers.held")) == 1
