"""The silence clock: warned after 24 hours, closed after 48, never when somebody would be wronged."""

from datetime import timedelta

import pytest

from maild.pipeline.due import fire_due
from tests.stories.desk import ANN, BEA, BEN, DESK, StoryDesk


def _answered(desk: StoryDesk, text: str = "It is on its way.") -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), text, desk.now))
    desk.answers_leave()


def _texts(desk: StoryDesk) -> list[str]:
    return [mail.text for mail in desk.inbox(ANN)][2:]


def test_silence_is_warned_after_24_hours_and_closed_after_48(desk: StoryDesk) -> None:
    _answered(desk)
    desk.later(hours=23, minutes=59)
    assert _texts(desk) == []
    desk.later(minutes=1)
    assert "we will close" in _texts(desk)[0]
    desk.later(hours=23, minutes=59)
    assert len(_texts(desk)) == 1
    desk.later(minutes=1)
    assert "we have closed" in _texts(desk)[1]
    assert desk.case(1).status == "Closed"
    desk.later(days=30)
    assert len(_texts(desk)) == 2


def test_clock_starts_only_when_the_server_took_our_answer(desk: StoryDesk) -> None:
    desk.sink.refuse(ANN.address, "450 4.2.1 later")
    _answered(desk)
    assert desk.timers(1) == {}
    desk.later(hours=30)
    desk.sink.refuse(ANN.address, None)
    desk.later(hours=1)

    assert desk.timers(1) == {"silence-warning": desk.now + timedelta(hours=24)}


def test_F21_a_refused_answer_starts_no_clock_and_the_owner_is_told(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.sink.refuse(ANN.address, "550 5.1.1 no such user")
    desk.mail(BEA.replies(desk.newest(BEA), "It is on its way.", desk.now))
    desk.answers_leave()

    assert desk.timers(1) == {}
    assert "did not arrive" in desk.newest(BEA).text
    assert "550" in desk.newest(BEA).text
    desk.later(days=5)
    assert desk.case(1).status == "Waiting on Customer"


def test_T44_a_reply_stops_the_clock(desk: StoryDesk) -> None:
    _answered(desk)
    desk.later(hours=25)
    assert "silence-close" in desk.timers(1)
    desk.mail(ANN.replies(desk.newest(ANN), "Wait!", desk.now))

    assert desk.timers(1) == {}
    desk.later(days=5)
    assert desk.case(1).status == "Open"


def test_T45_a_bounce_of_our_answer_stops_the_clock_and_tells_the_owner(desk: StoryDesk) -> None:
    _answered(desk)
    answer = desk.newest(ANN)
    desk.mail(
        b"From: MAILER-DAEMON@mx.test\r\nTo: support@desk.test\r\nSubject: Undelivered Mail\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nfailed\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        b"Final-Recipient: rfc822; ann@customer.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: "
        + answer.message_id.encode()
        + b"\r\n\r\n--b--\r\n"
    )

    assert desk.timers(1) == {}
    assert "did not arrive" in desk.newest(BEA).text
    assert desk.entries(1)[-1].automatic


def test_an_out_of_office_stops_the_clock(desk: StoryDesk) -> None:
    _answered(desk)
    raw = ANN.replies(desk.newest(ANN), "I am away.", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"))

    assert desk.timers(1) == {}
    assert desk.case(1).status == "Waiting on Customer"


def _answered_to_two(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Our order", "Where is it?", desk.now, cc=[BEN.address]))
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))


def test_F21_a_copy_that_does_not_arrive_leaves_the_clock_of_the_requester_alone(desk: StoryDesk) -> None:
    desk.sink.refuse(BEN.address, "550 5.1.1 no such user")
    _answered_to_two(desk)
    desk.answers_leave()

    assert BEN.address in desk.newest(BEA).text
    assert desk.timers(1) == {"silence-warning": desk.now + timedelta(hours=24)}
    desk.later(hours=24)
    desk.later(hours=24)
    assert desk.case(1).status == "Closed"


def test_T44_an_absence_note_of_somebody_copied_leaves_the_clock_of_the_requester_alone(desk: StoryDesk) -> None:
    _answered_to_two(desk)
    desk.answers_leave()
    armed = desk.timers(1)
    raw = BEN.replies(desk.newest(BEN), "I am away.", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"))

    assert desk.timers(1) == armed


def test_after_downtime_the_warning_goes_first_and_the_close_follows_a_day_later(desk: StoryDesk) -> None:
    _answered(desk)
    desk.later(days=4)
    assert len(_texts(desk)) == 1
    assert desk.case(1).status == "Waiting on Customer"
    desk.later(hours=23)
    assert desk.case(1).status == "Waiting on Customer"
    desk.later(hours=1)
    assert desk.case(1).status == "Closed"


def test_never_while_waiting_on_a_vendor(desk: StoryDesk) -> None:
    _answered(desk, "/wait vendor\n\nWe asked the carrier.")
    desk.later(days=9)

    assert desk.case(1).status == "Waiting on Vendor"
    assert _texts(desk) == []


def test_F31_no_timer_acts_while_its_mailbox_was_not_read_since_it_was_due(desk: StoryDesk) -> None:
    _answered(desk)
    desk.office.mailbox_queues["inbox"] = None  # from now on there is a mailbox, and nobody has read it
    desk.later(days=3)
    assert _texts(desk) == []

    with desk.office.store.write() as unit:
        unit.mailboxes.mark_read("inbox", desk.now - timedelta(days=2, hours=1), 1)
    desk.work()
    assert _texts(desk) == []
    with desk.office.store.write() as unit:
        unit.mailboxes.mark_read("inbox", desk.now, 1)
    desk.work()
    assert len(_texts(desk)) == 1


def test_F31_no_timer_acts_while_an_older_letter_is_not_routed(desk: StoryDesk) -> None:
    from maild.pipeline.intake import hand_in

    _answered(desk)
    desk.clock.move(timedelta(hours=23))
    hand_in(desk.office, "inject", ANN.replies(desk.newest(ANN), "I am still here.", desk.now), desk.now)
    desk.clock.move(timedelta(hours=10))

    assert fire_due(desk.office, desk.clock) == 0
    desk.work()
    assert desk.case(1).status == "Open"
    assert _texts(desk) == []


def test_F31_no_timer_acts_while_a_letter_that_may_have_come_before_it_was_due_is_not_routed(desk: StoryDesk) -> None:
    from maild.pipeline.intake import hand_in

    _answered(desk)
    reply = ANN.replies(desk.newest(ANN), "I am still here.", desk.now)
    desk.office.mailbox_queues["inbox"] = None
    desk.clock.move(timedelta(hours=20))
    with desk.office.store.write() as unit:
        unit.mailboxes.mark_read("inbox", desk.now, 1)
    # She wrote in time, and then nobody read the mailbox until long after.
    desk.clock.move(timedelta(hours=40))
    hand_in(desk.office, "inbox", reply, desk.now)
    with desk.office.store.write() as unit:
        unit.mailboxes.mark_read("inbox", desk.now, 1)

    assert fire_due(desk.office, desk.clock) == 0
    desk.work()
    assert desk.case(1).status == "Open"
    assert _texts(desk) == []


def test_a_timer_fires_once_even_if_two_look_at_the_same_moment(desk: StoryDesk) -> None:
    _answered(desk)
    desk.clock.move(timedelta(hours=24))
    with desk.office.store.read() as unit:
        timer = next(timer for timer in unit.timers.of_case(1) if timer.name == "silence-warning")
    with desk.office.store.write() as unit:
        assert unit.timers.take(timer)
        assert not unit.timers.take(timer)
    assert fire_due(desk.office, desk.clock) == 0


NOT_ANSWERED = "You have not answered them yet: they do not know that you wait for them."
CLOSES = "Without a word from the customer they are warned in 24 hours, and the case is closed in 48 hours."


@pytest.mark.parametrize("order", ["/wait", "/wait customer", "/status waiting on customer", "/resolve"])
def test_a_case_that_is_made_to_wait_without_an_answer_says_what_follows(desk: StoryDesk, order: str) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), order, desk.now))
    text = " ".join(desk.newest(BEA).text.split())
    assert f"{CLOSES} /wait us keeps it open. {NOT_ANSWERED}" in text
    if order != "/resolve":  # its clock stands still, and says so
        assert "within 8 working hours: stands still while the case is Waiting on Customer" in text


def test_of_one_that_was_answered_it_says_only_that(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    notice = desk.newest(BEA)
    desk.mail(BEA.replies(notice, "Which street?\n\n/wait us", desk.now))
    desk.answers_leave()
    assert "Without a word" not in desk.newest(BEA).text
    desk.mail(BEA.replies(notice, "/wait customer", desk.now))
    text = " ".join(desk.newest(BEA).text.split())
    assert CLOSES in text
    assert NOT_ANSWERED not in text


def test_the_same_is_said_of_another_case(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(ANN.writes(DESK, "Something else", "Altogether.", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/case 2\n/wait customer", desk.now))
    assert f"{CLOSES} /wait us keeps it open. {NOT_ANSWERED}" in " ".join(desk.newest(BEA).text.split())


@pytest.mark.parametrize(("due", "said"), [("3d", True), ("1d", False)])
def test_a_due_date_that_silence_would_overtake_is_named(desk: StoryDesk, due: str, said: bool) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    notice = desk.newest(BEA)
    desk.mail(BEA.replies(notice, f"/due {due}", desk.now))
    desk.mail(BEA.replies(notice, "/wait customer", desk.now))
    assert ("That is before it is due" in " ".join(desk.newest(BEA).text.split())) == said


@pytest.mark.parametrize("order", ["/resolve", "/wait customer"])
@pytest.mark.parametrize("before", ["", "It is on its way."])
def test_whom_nobody_answered_is_not_told_that_we_waited_for_a_word(desk: StoryDesk, order: str, before: str) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    if before:  # they wrote since
        desk.mail(BEA.replies(desk.newest(BEA), before, desk.now))
        desk.answers_leave()
        desk.mail(ANN.replies(desk.newest(ANN), "It is not.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), order, desk.now))
    desk.later(hours=25)
    warning = " ".join(desk.newest(ANN).text.split())
    assert "we think that nothing is left for us to do for case 1" in warning
    assert "we will close the case in 24 hours" in warning
    assert "waiting for a word" not in warning
    desk.later(hours=24)
    closed = " ".join(desk.newest(ANN).text.split())
    assert "we have closed case 1, since we think that nothing is left for us to do for it." in closed
    assert "not heard from you" not in closed
