"""What comes again and again, or pretends to come from a mail server, changes nothing and tells nobody."""

from __future__ import annotations

from tests.stories.desk import ANN, BEA, DESK, EVE, StoryDesk


def _closed(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/close\n\nIt is on its way.", desk.now))
    desk.answers_leave()


def test_T50_many_words_of_thanks_open_a_closed_case_never_and_are_told_once(desk: StoryDesk) -> None:
    _closed(desk)
    answer, before, mails = desk.newest(ANN), len(desk.inbox(BEA)), len(desk.inbox(ANN))
    for number in range(12):
        desk.mail(ANN.replies(answer, "Thanks!" + "!" * number, desk.now))
        desk.later(minutes=30)

    assert desk.case(1).status.value == "Closed"
    assert sum("Thanks!" in entry.text for entry in desk.entries(1)) == 12
    assert len(desk.inbox(BEA)) == before + 1
    assert len(desk.inbox(ANN)) == mails
    desk.mail(ANN.replies(answer, "Thanks, but it has not come.", desk.now))
    assert desk.case(1).status.value == "Open"
    assert len(desk.inbox(BEA)) == before + 2


def _report(named: str, failed: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.test\r\nTo: {DESK}\r\nSubject: Undelivered\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nfailed\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
        f"Content-Type: message/rfc822-headers\r\n\r\nMessage-ID: {named}\r\n\r\n--b--\r\n"
    ).encode()


def test_T46_a_report_on_a_mail_whose_id_is_guessed_has_no_effect(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
    desk.answers_leave()
    timers, mails = desk.timers(1), len(desk.sink.messages)
    for named in ("<c1.e4.aaaaaaaaaaaaaaaa@desk.test>", "<c1.e5.aaaaaaaaaaaaaaaa@desk.test>", "<x@desk.test>"):
        desk.mail(_report(named, ANN.address))

    assert desk.letters()["ignored"] == 3
    assert (desk.timers(1), len(desk.sink.messages)) == (timers, mails)


def test_T47b_what_is_refused_or_held_is_never_answered_by_a_mail_to_its_sender(desk: StoryDesk) -> None:
    desk.mail(EVE.writes(DESK, "x", "Mine.", desk.now).replace(b"eve@elsewhere.test", b"not an address"))
    desk.mail(BEA.writes(DESK, "Re: [Case #1] x", "/close", desk.now))
    desk.mail(_report("<x@desk.test>", EVE.address))
    assert {message.recipient for message in desk.sink.messages} <= {BEA.address, "carl@desk.test"}
