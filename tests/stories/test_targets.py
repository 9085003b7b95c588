"""What was promised for a case: warned before it is late, told when it is, once; computed from what happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from maild import cli
from maild.demo.people import Person
from maild.pipeline.recompute import recompute
from store.records import Tracked
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, MONDAY, StoryDesk, story_desk

MAX = Person("Max Manager", "max@desk.test")
LEO = Person("Leo Second", "leo@desk.test")
TEAM = """
[[agent]]
address = "max@desk.test"
name = "Max"
role = "manager"
level = "L3"
[[agent]]
address = "leo@desk.test"
name = "Leo"
level = "L2"
[[rule]]
name = "High"
when = 'case.new and message.subject =~~ "cannot"'
set = { severity = "High" }
"""


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    with _desk(tmp_path, sink, store_url) as made:
        yield made


def _desk(
    folder: Path, sink: SinkServer, store_url: str = "sqlite:///maild.db", more: str = ""
) -> AbstractContextManager[StoryDesk]:
    return story_desk(folder, sink, store_url, TEAM + more)


def _begin(desk: StoryDesk, subject: str, at: datetime = MONDAY) -> None:
    desk.clock.move(at - desk.now)
    desk.mail(ANN.writes(DESK, subject, "Please help.", desk.now))


def _told(desk: StoryDesk, person: Person) -> list[str]:
    """The events of the notices about time that somebody got."""
    events = [mail.header("X-Maild-Event") for mail in desk.inbox(person)]
    return [event for event in events if event in ("target-warning", "target-violated", "escalated", "stale")]


def test_medium_is_addressed_within_8_working_hours_warned_after_6_and_managers_are_told_when_it_is_not(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with _desk(tmp_path, sink, store_url, '[[target]]\ngoal = "comment"\nwithin = "never"\n') as desk:
        _friday_evening(desk)


def _friday_evening(desk: StoryDesk) -> None:
    _begin(desk, "A question", datetime(2026, 3, 6, 16, 0, tzinfo=UTC))  # an hour before everybody leaves
    desk.later(days=2)
    assert _told(desk, BEA) == []
    desk.clock.move(datetime(2026, 3, 9, 13, 59, tzinfo=UTC) - desk.now)
    desk.work()
    assert _told(desk, BEA) == []
    desk.later(minutes=1)
    assert _told(desk, BEA) == _told(desk, CARL) == ["target-warning"]
    assert "address (a word to the customer): 6 hours of 8 working hours are used" in desk.newest(BEA).text
    desk.later(hours=2)
    assert desk.newest(MAX).header("X-Maild-Event") == "target-violated"
    assert "promised 8 working hours" in desk.newest(MAX).text
    desk.later(days=3)
    for person in (BEA, CARL, MAX):
        assert _told(desk, person) == ["target-warning", "target-violated"], "each thing is told once"
    assert desk.journal(1).count("target.violated") == 1


def test_the_first_comment_is_due_after_48_hours_on_a_weekend_too_and_nobody_is_warned_of_what_is_late_anyway(
    desk: StoryDesk,
) -> None:
    _begin(desk, "A question")
    desk.later(hours=8)
    assert _told(desk, MAX) == ["target-violated"]
    desk.later(hours=39)
    assert _told(desk, MAX) == ["target-violated"]
    desk.later(hours=1)
    assert _told(desk, MAX) == ["target-violated"] * 2
    assert "comment (a note or an answer): it was due" in desk.newest(MAX).text


def test_an_answer_in_time_is_the_end_of_it(desk: StoryDesk) -> None:
    _begin(desk, "A question")
    desk.later(hours=5)
    desk.mail(BEA.replies(desk.newest(BEA), "Here is how.", desk.now))
    desk.answers_leave()
    desk.later(hours=20)

    assert _told(desk, BEA) == _told(desk, MAX) == []
    assert "targets" not in desk.timers(1, every=True)
    with desk.office.store.read() as unit:
        assert [(one.goal, one.met_at is not None) for one in unit.targets.of_case(1)] == [
            ("address", True),
            ("comment", True),
        ]


def _promised(desk: StoryDesk) -> list[str]:
    """What the newest mail to Bea says of what was promised."""
    return [
        line.split(":", 1)[1].strip() for line in desk.newest(BEA).text.splitlines() if line.startswith("Promised")
    ]


ADDRESS = "address (a word to the customer) within 8 working hours"
COMMENT = "comment (a note or an answer) within 48 hours"


@pytest.mark.parametrize(
    "order", ["/take", "/severity medium", "/away until 2026-03-20", "/remind 2d look", "/wait us"]
)
def test_a_mail_of_commands_alone_keeps_no_promise(desk: StoryDesk, order: str) -> None:
    _begin(desk, "A question")
    desk.later(hours=1)
    desk.mail(BEA.replies(desk.inbox(BEA)[0], order, desk.now))
    due = [f"{ADDRESS}: due 02 Mar 2026 17:00 UTC", f"{COMMENT}: due 04 Mar 2026 09:00 UTC"]
    assert _promised(desk) == due
    desk.later(hours=7)
    assert _told(desk, MAX) == ["target-violated"]
    assert "address (a word to the customer): it was due" in desk.newest(MAX).text


def test_a_note_is_the_first_comment_and_no_word_to_the_customer(desk: StoryDesk) -> None:
    _begin(desk, "A question")
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/note\n\nThe carrier lost it.", desk.now))
    assert _promised(desk) == [f"{ADDRESS}: due 02 Mar 2026 17:00 UTC"]
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/take\n\nIt was lost; a new one comes.", desk.now))
    assert _promised(desk) == []


def test_an_answer_that_was_taken_back_has_kept_no_promise(desk: StoryDesk) -> None:
    _begin(desk, "A question")
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "You are a fool.", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/undo", desk.now))
    assert _promised(desk) == [f"{ADDRESS}: due 02 Mar 2026 17:00 UTC"]
    desk.later(hours=8)
    assert _told(desk, MAX) == ["target-violated"]


def test_what_is_promised_stands_still_while_the_case_waits_and_is_not_shown_of_one_that_is_done(
    desk: StoryDesk,
) -> None:
    _begin(desk, "A question")
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/wait hold", desk.now))
    still = "stands still while the case is On Hold"
    assert sorted(_promised(desk)) == [f"{ADDRESS}: {still}", f"{COMMENT}: {still}"]
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/close", desk.now))
    assert _promised(desk) == []


def test_immediate_is_resolved_within_2_hours_or_goes_up_a_level(desk: StoryDesk) -> None:
    _begin(desk, "Production is down")
    assert desk.case(1).severity == "Immediate"
    desk.mail(BEA.replies(desk.newest(BEA), "/take\n/note\nI look into it.", desk.now))
    desk.later(hours=1, minutes=30)
    assert (_told(desk, BEA), _told(desk, CARL), _told(desk, MAX)) == (["target-warning"], [], [])
    desk.later(minutes=30)

    assert _told(desk, BEA) == ["target-warning", "target-violated"]
    assert _told(desk, MAX) == ["target-violated"], "one mail for one fact"
    assert _told(desk, LEO) == ["escalated"]
    assert _told(desk, CARL) == []
    assert (desk.case(1).level, desk.case(1).owner, desk.case(1).creator) == ("L2", BEA.address, BEA.address)
    desk.later(hours=9)
    assert desk.case(1).level == "L2"


def test_a_clock_pauses_while_the_case_waits_and_a_warning_goes_out_once(desk: StoryDesk) -> None:
    _begin(desk, "I cannot save a contact")
    assert desk.case(1).severity == "High"
    desk.later(hours=1)
    desk.mail(BEA.replies(desk.newest(BEA), "Which browser?", desk.now))
    desk.answers_leave()
    assert "targets" not in desk.timers(1, every=True)
    desk.later(hours=20)
    desk.mail(ANN.replies(desk.newest(ANN), "This one.", desk.now))
    due = desk.timers(1, every=True)["targets"]
    assert due == desk.now + timedelta(hours=2), "three of four hours"
    desk.later(hours=2)
    assert _told(desk, BEA) == ["target-warning"]
    desk.later(minutes=59)
    desk.mail(BEA.replies(desk.newest(BEA), "/resolve\nIt works now.", desk.now))
    desk.answers_leave()
    desk.later(hours=30)
    assert _told(desk, BEA) == ["target-warning"]
    assert _told(desk, MAX) == []


def test_a_warning_of_silence_leaves_each_promise_as_it_is_and_the_close_behind_it_keeps_one(desk: StoryDesk) -> None:
    def resolve() -> Tracked:
        with desk.office.store.read() as unit:
            return next(one for one in unit.targets.of_case(1) if one.goal == "resolve")

    _begin(desk, "I cannot save a contact")
    desk.later(hours=1)
    desk.mail(BEA.replies(desk.newest(BEA), "Which browser?", desk.now))
    desk.answers_leave()
    before = resolve()
    desk.later(hours=25)
    assert "closing-soon" in " ".join(_reasons(desk))
    assert resolve() == before
    assert list(recompute(desk.office, desk.now, write=False)) == [], "no clock looks at what the desk itself writes"
    desk.later(hours=24)
    assert desk.case(1).status == "Closed"
    assert resolve().met_at == desk.now


def test_a_rules_clock_that_raises_the_severity_makes_another_promise(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    rule = '[[rule]]\nname = "Old"\non = "timer"\nafter = "1h"\nset = { severity = "Immediate" }\n'
    with _desk(tmp_path, sink, store_url, rule) as desk:
        _begin(desk, "A question")
        desk.later(hours=1)
        assert desk.case(1).severity == "Immediate"
        assert desk.timers(1, every=True)["targets"] == MONDAY + timedelta(hours=1, minutes=30)


def test_an_answer_that_came_late_is_told_as_a_violation_also_after_downtime(desk: StoryDesk) -> None:
    from maild.pipeline.intake import hand_in

    _begin(desk, "Production is down")
    notice = desk.newest(BEA)
    desk.clock.move(timedelta(hours=3))  # nobody ran
    hand_in(desk.office, "inject", BEA.replies(notice, "/resolve\nUp again.", desk.now), desk.now)
    desk.work()
    assert desk.case(1).status == "Resolved"
    assert "met" in " ".join(_reasons(desk))
    desk.work()
    assert _told(desk, MAX) == ["target-violated"]
    assert _told(desk, LEO) == [], "what is solved goes nowhere"


def _reasons(desk: StoryDesk) -> list[str]:
    with desk.office.store.read() as unit:
        return [line.why for line in unit.journal.of_case(1)]


@pytest.mark.parametrize("hours", [3, 4, 30])
def test_of_spam_nothing_is_said_even_if_it_was_due_when_somebody_saw_that_it_is(desk: StoryDesk, hours: int) -> None:
    _begin(desk, "I cannot find my prize")
    desk.clock.move(timedelta(hours=hours))  # nothing was done meanwhile
    desk.mail(BEA.replies(desk.newest(BEA), "/status spam", desk.now))
    desk.later(days=3)
    assert desk.case(1).status == "Spam"
    assert desk.timers(1, every=True) == {}
    assert _told(desk, BEA) == _told(desk, MAX) == []


def test_a_raised_severity_is_counted_from_the_opening(desk: StoryDesk) -> None:
    _begin(desk, "A question")
    desk.later(hours=1)
    desk.mail(BEA.replies(desk.newest(BEA), "/severity Immediate\n/note\nIt is all of them.", desk.now))
    assert desk.timers(1, every=True)["targets"] == MONDAY + timedelta(hours=1, minutes=30)
    desk.later(hours=1)
    assert desk.newest(MAX).header("X-Maild-Event") == "target-violated"


def test_sla_by_mail_and_on_the_command_line_print_the_same_clock(
    desk: StoryDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    _begin(desk, "I cannot save a contact")
    desk.later(hours=1)
    desk.mail(BEA.replies(desk.newest(BEA), "Which browser?", desk.now))
    desk.answers_leave()
    desk.later(hours=2)
    desk.mail(ANN.replies(desk.newest(ANN), "This one.", desk.now))
    desk.later(hours=1)
    desk.mail(BEA.replies(desk.newest(BEA), "/sla", desk.now))
    receipt = desk.newest(BEA).text
    assert "resolve within 4 hours: runs, 2 hours used (50 %), is due 02 Mar 2026 15:02 UTC" in receipt
    assert "Waiting on Customer   paused  we answered" in receipt

    assert cli.main(["sla", "1", "-c", str(desk.path), "--now", desk.now.isoformat()]) == 0
    assert "resolve within 4 hours: runs, 2 hours used (50 %)" in capsys.readouterr().out
    assert cli.main(["sla", "1", "--json", "-c", str(desk.path), "--now", desk.now.isoformat()]) == 0
    row = json.loads(capsys.readouterr().out)
    resolve = next(one for one in row["targets"] if one["goal"] == "resolve")
    assert (resolve["used_seconds"], resolve["percent"], resolve["state"]) == (7200, 50.0, "runs")
    assert [(span["status"], span["runs"]) for span in resolve["spans"]] == [
        ("New", True),
        ("Waiting on Customer", False),
        ("Open", True),
    ]
    assert cli.main(["sla", "99", "-c", str(desk.path)]) == 1


def test_a_corrected_calendar_gives_corrected_clocks_with_before_and_after(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with _desk(tmp_path, sink, store_url) as desk:
        _begin(desk, "A question")
        desk.later(hours=8)
        assert _told(desk, MAX) == ["target-violated"]
    free = '[[queue]]\nname = "support"\ncalendar = "pl"\n[[calendar]]\nname = "pl"\nholiday_file = "free.ics"\n'
    (tmp_path / "free.ics").write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260302\r\nSUMMARY:Forgotten\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    with _desk(tmp_path, sink, store_url, free) as desk:
        now = MONDAY + timedelta(hours=8, minutes=1)
        desk.clock.move(now - desk.now)
        (one,) = recompute(desk.office, desk.now, write=False)
        assert one.before is not None
        assert (one.before.due_at, one.before.violated_at) == (MONDAY + timedelta(hours=8),) * 2
        assert (one.after.due_at, one.after.violated_at) == (MONDAY + timedelta(hours=32), None)
        assert len(list(recompute(desk.office, desk.now, write=True))) == 1
        assert list(recompute(desk.office, desk.now, write=True)) == []
        assert desk.timers(1, every=True)["targets"] == MONDAY + timedelta(hours=30)
        desk.later(hours=24)
        assert _told(desk, MAX) == ["target-violated"] * 2, "that it is late on Tuesday is another fact"


def test_targets_of_ones_own_go_before_those_of_maild(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    own = (
        '[[target]]\ngoal = "answer"\nwithin = "30m"\nwarn_at = 50\nescalate_at = 100\n'
        '[[target]]\ngoal = "address"\nwithin = "never"\n[[target]]\ngoal = "comment"\nwithin = "never"\n'
    )
    with _desk(tmp_path, sink, store_url, own) as desk:
        _begin(desk, "A question")
        desk.later(minutes=15)
        assert _told(desk, BEA) == ["target-warning"]
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/take\n/note\nI know this one.", desk.now))
        desk.later(minutes=15)
        assert (_told(desk, BEA)[1:], _told(desk, MAX), _told(desk, LEO)) == (
            ["target-violated"],
            ["target-warning", "target-violated"],
            ["target-warning", "escalated"],
        )
        assert desk.case(1).level == "L2"


def test_F31_no_target_is_missed_while_the_answer_may_lie_in_a_mailbox_that_nobody_read(desk: StoryDesk) -> None:
    _begin(desk, "Production is down")
    desk.office.mailbox_queues["inbox"] = None
    desk.later(hours=3)
    assert _told(desk, MAX) == []
    with desk.office.store.write() as unit:
        unit.mailboxes.mark_read("inbox", desk.now, 1)
    desk.work()
    assert _told(desk, MAX) == ["target-violated"]


def test_a_rule_may_ask_how_much_of_a_target_is_used_and_whether_it_is_working_time(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    rules = (
        '[[rule]]\nname = "at night"\nwhen = "case.new and not now.working"\nset = { severity = "Low" }\n'
        '[[rule]]\nname = "asked while late"\nwhen = "case.target_used >= 50"\nset = { owner = "carl@desk.test" }\n'
    )
    with _desk(tmp_path, sink, store_url, rules) as desk:
        _begin(desk, "A question", MONDAY + timedelta(hours=-3))
        assert desk.case(1).severity == "Low"
        desk.later(hours=11)
        desk.mail(ANN.replies(desk.newest(ANN), "Hello?", desk.now))
        assert desk.case(1).owner is None
        desk.later(hours=1)
        desk.mail(ANN.replies(desk.newest(ANN), "Hello again?", desk.now))
        assert desk.case(1).owner == CARL.address


def test_who_wants_to_be_called_is_within_48_hours_and_the_notice_brings_the_appointment(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    when = 'when = "case.new and message.subject =~~ \\"call me\\""'
    rule = f'[[rule]]\nname = "calls"\n{when}\nset = {{ kind = "callback" }}\n'
    with _desk(tmp_path, sink, store_url, rule) as desk:
        _begin(desk, "Please call me", MONDAY)
        assert desk.case(1).kind == "callback"
        notice = desk.newest(BEA)
        assert "They want to be called, by 04 Mar 2026 09:00 UTC at the latest" in notice.text
        (file,) = [
            part for part in message_from_bytes(notice.raw).walk() if part.get_content_type() == "text/calendar"
        ]
        event = file.get_payload(decode=True).decode()
        assert "DTEND:20260304T090000Z" in event
        assert "SUMMARY:[Case #1] Call Ann Customer" in event
        desk.mail(BEA.replies(notice, "/assign carl\n/note\nYou know her.", desk.now))
        assert "text/calendar" in [
            part.get_content_type() for part in message_from_bytes(desk.newest(CARL).raw).walk()
        ]
        desk.later(hours=48)
        assert "call-back: it was due" in desk.newest(MAX).text


def test_the_creator_is_told_of_what_others_do_on_a_case_that_was_handed_over(desk: StoryDesk) -> None:
    _begin(desk, "A question")
    desk.mail(BEA.replies(desk.newest(BEA), "/take", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/assign carl\n/note\nPlease.", desk.now))
    before = len(desk.inbox(BEA))
    desk.mail(CARL.replies(desk.newest(CARL), "/public\nIt is like this.", desk.now))
    desk.answers_leave()
    assert [mail.header("X-Maild-Event") for mail in desk.inbox(BEA)[before:]] == ["answered"]
    desk.mail(ANN.replies(desk.newest(ANN), "Is it?", desk.now))
    assert [desk.newest(who).header("X-Maild-Event") for who in (BEA, CARL)] == ["reply", "reply"]
    assert len(desk.inbox(BEA)) == before + 2


def test_while_the_owner_is_away_the_queue_is_warned_as_well(desk: StoryDesk) -> None:
    _begin(desk, "I cannot save a contact")
    desk.mail(BEA.replies(desk.newest(BEA), "/take\n/away until 2026-03-20", desk.now))
    desk.later(hours=3)
    assert _told(desk, BEA) == _told(desk, CARL) == ["target-warning"]


def test_an_agent_passes_a_case_up_by_command_and_the_people_there_are_told_once_with_the_note(
    desk: StoryDesk,
) -> None:
    _begin(desk, "A question")
    desk.mail(BEA.replies(desk.newest(BEA), "/take", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/escalate\n/note\nThe log is attached, it is a setting.", desk.now))

    assert (desk.case(1).level, desk.case(1).owner, desk.case(1).creator) == ("L2", BEA.address, BEA.address)
    assert _told(desk, LEO) == ["escalated"]
    assert "it is a setting" in desk.newest(LEO).text
    assert "the level is L2 now; told: leo@desk.test" in desk.newest(BEA).text
    assert _told(desk, BEA) == _told(desk, MAX) == []

    desk.mail(LEO.replies(desk.newest(LEO), "/escalate vendor", desk.now))
    assert desk.case(1).level == "vendor"
    assert _told(desk, MAX) == _told(desk, BEA) == ["escalated"], "nobody of ours stands there: the manager is told"
    desk.mail(LEO.replies(desk.newest(LEO), "/escalate L2", desk.now))
    assert "above it is nothing: it is at the top" in desk.newest(LEO).text
    assert desk.journal(1).count("case.escalated") == 2
