"""Reminders, due dates, time worked, levels; commands as `Key: value`."""

import json
from datetime import timedelta

import pytest

from maild import cli
from maild.demo.people import Mail
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, StoryDesk


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    return desk.newest(BEA)


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def _events(desk: StoryDesk, event: str) -> list[Mail]:
    return [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == event]


def test_reminders_come_at_their_time_to_who_asked_and_to_nobody_else(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/remind tomorrow 9:30 check the logs\n/remind 4h", desk.now))
    assert "you are reminded Tuesday 2026-03-03 09:30" in _flat(desk.newest(BEA))
    assert {"remind-1", "remind-2"} <= set(desk.timers(1))

    desk.later(hours=4)
    (first,) = _events(desk, "reminder")
    assert "You wanted to be reminded of it." in _flat(first)
    assert "It is two weeks late." in first.text
    desk.later(hours=20, minutes=29)
    assert len(_events(desk, "reminder")) == 1
    desk.later(minutes=1)
    assert "You wanted to be reminded: check the logs" in _flat(_events(desk, "reminder")[1])
    desk.later(days=3)
    assert len(_events(desk, "reminder")) == 2
    assert "reminder" not in [mail.header("X-Maild-Event") for mail in desk.inbox(CARL)]
    assert len(desk.inbox(ANN)) == 1

    desk.mail(BEA.replies(_events(desk, "reminder")[0], "She was right.", desk.now))
    assert desk.entries(1)[-1].direction == "note"


def test_a_reminder_is_told_after_the_case_was_closed_but_not_of_spam(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEN.writes(DESK, "Buy now", "Cheap.", desk.now))
    spam = desk.newest(BEA)
    desk.mail(BEA.replies(notice, "/remind 2d is she happy?\n/close", desk.now))
    desk.mail(BEA.replies(spam, "/remind 2d\n/status spam", desk.now))
    desk.later(days=2)

    (told,) = _events(desk, "reminder")
    assert "is she happy?" in told.text
    assert "Status: Closed" in _flat(told)
    assert "not-reminded" in desk.journal(2)


def test_remind_off_takes_away_ones_own_reminders_only(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/remind 2d mine", desk.now))
    desk.mail(BEA.replies(notice, "/remind 2d\n/remind 3d", desk.now))
    desk.mail(BEA.replies(notice, "/remind off", desk.now))
    assert [name for name in desk.timers(1) if name.startswith("remind")] == ["remind-1"]
    desk.mail(BEA.replies(notice, "/remind off\n", desk.now))
    assert "✖ /remind off: you have no reminder on this case" in desk.newest(BEA).text
    desk.later(days=4)
    assert "You wanted to be reminded: mine" in "".join(mail.text for mail in desk.inbox(CARL))
    assert not _events(desk, "reminder")


def test_a_reminder_goes_with_a_case_that_is_merged(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEN.writes(DESK, "Parcel", "Mine, too.", desk.now))
    desk.mail(BEA.replies(notice, "/remind 2d ask the carrier\n/merge 2", desk.now))
    desk.later(days=2)
    (told,) = _events(desk, "reminder")
    assert told.header("X-Maild-Case") == "2"
    assert "ask the carrier" in told.text


@pytest.mark.parametrize("order", ["/remind", "/remind check the logs", "/remind 2020-01-01", "/remind 99 years"])
def test_a_reminder_without_a_time_to_come_is_refused(desk: StoryDesk, notice: Mail, order: str) -> None:
    desk.mail(BEA.replies(notice, order, desk.now))
    assert f"✖ {order}: when?" in desk.newest(BEA).text
    assert not [name for name in desk.timers(1) if name.startswith("remind")]


def test_a_due_date_is_shown_warned_of_a_day_before_and_told_when_it_is_past(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/due friday 15:00\n/status on hold", desk.now))
    assert "to be done by Friday 2026-03-06 15:00" in _flat(desk.newest(BEA))
    assert "Due: Fri 06 Mar 2026 15:00" in _flat(desk.newest(BEA))
    desk.mail(ANN.writes(DESK, "[Case #1] Where", "Well?", desk.now))
    assert "Due: Fri 06 Mar 2026 15:00" in _flat(desk.newest(BEA))
    desk.mail(BEA.replies(notice, "/status on hold", desk.now))

    desk.later(days=3, hours=5, minutes=59)
    assert not _events(desk, "due")
    desk.later(minutes=1)
    assert "It is due Fri 06 Mar 2026 15:00." in _flat(_events(desk, "due")[0])
    desk.later(days=1)
    assert "It was due Fri 06 Mar 2026 15:00, and is not done." in _flat(_events(desk, "due")[1])
    desk.later(days=3)
    assert len(_events(desk, "due")) == 2


def test_a_due_date_of_a_case_that_is_done_or_taken_away_says_nothing(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/due 3d", desk.now))
    desk.mail(BEA.replies(notice, "/close", desk.now))
    assert "due" not in desk.timers(1)
    desk.mail(BEA.replies(notice, "/reopen", desk.now))
    assert "due" in desk.timers(1)
    desk.mail(BEA.replies(notice, "/due off", desk.now))
    assert "due" not in desk.timers(1)
    assert desk.case(1).due_at is None
    desk.later(days=5)
    assert not _events(desk, "due")


def test_a_due_date_that_is_put_off_is_warned_of_anew(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/due 25h\n/status on hold", desk.now))
    desk.later(hours=2)
    assert len(_events(desk, "due")) == 1
    desk.mail(BEA.replies(_events(desk, "due")[0], "/due 5d", desk.now))
    desk.later(days=3)
    assert len(_events(desk, "due")) == 1
    desk.later(days=1)
    assert len(_events(desk, "due")) == 2


def test_time_worked_is_kept_and_summed(desk: StoryDesk, notice: Mail, capsys: pytest.CaptureFixture[str]) -> None:
    desk.mail(BEA.replies(notice, "/spend 15m on the phone\n/spend 1h30m", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/spend 10", desk.now))
    desk.mail(BEA.replies(notice, "/spend -5m", desk.now))
    for wrong in ("/spend", "/spend long", "/spend 25h", "/spend 0m"):
        desk.mail(BEA.replies(notice, wrong, desk.now))
        assert f"✖ {wrong}: how long?" in desk.newest(BEA).text

    cli.main(["case", "show", "1", "--json", "-c", str(desk.path)])
    row = json.loads(capsys.readouterr().out)
    assert row["worked_minutes"] == 110
    assert [(one["agent"], one["minutes"]) for one in row["worked"]] == [
        (BEA.address, 15), (BEA.address, 90), (CARL.address, 10), (BEA.address, -5),
    ]  # fmt: skip
    assert row["worked"][0]["text"] == "on the phone"
    cli.main(["case", "show", "1", "-c", str(desk.path)])
    assert "time worked: 1 h 50 min" in capsys.readouterr().out


def test_a_level_is_set_without_a_word_to_anybody_but_the_owner(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/level 2", desk.now))
    assert desk.case(1).level == "L2"
    assert "✔ /level 2: the level is L2 now" in desk.newest(BEA).text


def test_head_block_of_keys_does_what_it_says_and_the_text_leaves_without_it(desk: StoryDesk, notice: Mail) -> None:
    keys = "Status: on hold\nOwner: carl\nPriority: urgent\n/public"
    desk.mail(BEA.replies(notice, f"{keys}\n\nWe look into it.", desk.now))
    desk.answers_leave()

    case = desk.case(1)
    assert (case.status, case.owner, case.severity) == ("On Hold", CARL.address, "Immediate")
    assert "We look into it." in desk.newest(ANN).text
    for word in ("Owner", "carl", "urgent"):
        assert word not in desk.newest(ANN).whole


def test_an_answer_that_begins_like_a_key_is_prose(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "Status: it still fails on our side, too.\n\nWe look into it.", desk.now))
    desk.answers_leave()
    assert "Status: it still fails on our side, too." in desk.newest(ANN).text


@pytest.mark.parametrize("head", ["Status: opne", "Owner: nobody-we-know", "Status: closed\nDear Ann, it is done."])
def test_a_doubtful_key_holds_the_text_back(desk: StoryDesk, notice: Mail, head: str) -> None:
    desk.mail(BEA.replies(notice, f"{head}\n\nShe is difficult.", desk.now))
    desk.later(minutes=5)
    assert len(desk.inbox(ANN)) == 1
    assert f"✖ {head.splitlines()[0]}: " in _flat(desk.newest(BEA))
    assert "kept as a note" in _flat(desk.newest(BEA))
    assert desk.case(1).status == "New"
    assert "She is difficult." in desk.entries(1)[-1].text


def test_other_desks_words_do_the_same(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/owner carl\n/priority normal\n/type defect\n/solved", desk.now))
    case = desk.case(1)
    assert (case.owner, case.severity, case.kind, case.status) == (CARL.address, "Medium", "bug", "Resolved")


def test_a_reminder_set_before_days_of_downtime_comes_once(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/remind 1h", desk.now))
    desk.clock.move(timedelta(days=9))
    desk.work()
    desk.work()
    assert len(_events(desk, "reminder")) == 1
