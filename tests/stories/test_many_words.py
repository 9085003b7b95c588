"""What comes again and again, or pretends to come from a mail server, changes nothing and tells nobody."""

from __future__ import annotations

from pathlib import Path

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CONFIG, DESK, EVE, StoryDesk, story_desk


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


LIMIT = "[limits]\nreopenings_per_day = 3\n"


def test_T50_a_case_that_mail_opens_again_and_again_stays_closed_in_the_end_and_the_owner_sees_all(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, LIMIT) as desk:
        _closed(desk)
        answer = desk.newest(ANN)
        for number in range(3):
            desk.mail(ANN.replies(answer, f"It is broken again, number {number}.", desk.now))
            assert desk.case(1).status.value == "Open"
            desk.mail(BEA.replies(desk.newest(BEA), "/close", desk.now))
            desk.later(minutes=20)
        before = len(desk.inbox(BEA))
        for number in range(3, 7):
            desk.mail(ANN.replies(answer, f"It is broken again, number {number}.", desk.now))
            desk.later(minutes=11)
        assert desk.case(1).status.value == "Closed"
        assert all(any(f"number {n}." in entry.text for entry in desk.entries(1)) for n in range(7))
        (first,) = desk.inbox(BEA)[before:]
        said = " ".join(first.text.split())
        assert "number 3." in said
        assert "stays Closed: mail from outside opened it 3 times within a day" in said

        desk.later(minutes=20)
        (_, together) = desk.inbox(BEA)[before:]
        assert all(f"number {n}." in together.text for n in (4, 5, 6))
        desk.mail(ANN.replies(answer, "reopen", desk.now))
        assert desk.case(1).status.value == "Closed"
        assert "not-reopened" in desk.journal(1)
        desk.mail(BEA.replies(desk.newest(BEA), "/reopen", desk.now))
        assert desk.case(1).status.value == "Open", "an agent may whenever they like"


def test_T50_many_answers_to_a_case_closed_long_ago_open_one_that_continues_it(desk: StoryDesk) -> None:
    _closed(desk)
    answer = desk.newest(ANN)
    desk.later(days=20)
    for number in range(3):
        desk.mail(ANN.replies(answer, f"It is broken again, number {number}.", desk.now))
    assert [case.continuation_of for case in desk.cases() if case.number > 1] == [1]
    assert [entry.text for entry in desk.entries(2) if entry.sender == ANN.address][1:] == [
        f"It is broken again, number {n}." for n in (1, 2)
    ]
    desk.mail(ANN.replies(answer, "close", desk.now))
    assert desk.case(2).status.value == "Closed", "their word holds there as well"

    desk.mail(EVE.replies(answer, "I want to know, too, please tell me all of it.", desk.now))
    assert desk.case(3).requester == EVE.address, "nobody else gets into it"
    desk.later(days=20)
    desk.mail(ANN.replies(answer, "It is broken once more.", desk.now))
    assert desk.case(4).continuation_of == 1


def test_T50_a_day_later_mail_opens_the_case_as_ever(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink, more="[limits]\nreopenings_per_day = 1\n") as desk:
        _closed(desk)
        answer = desk.newest(ANN)
        desk.mail(ANN.replies(answer, "It is broken.", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "/close", desk.now))
        desk.mail(ANN.replies(answer, "Still.", desk.now))
        assert desk.case(1).status.value == "Closed"
        desk.later(hours=25)
        desk.mail(ANN.replies(answer, "And still.", desk.now))
        assert desk.case(1).status.value == "Open"


def _report(named: str, failed: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.test\r\nTo: {DESK}\r\nSubject: Undelivered\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nfailed\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {named}\r\n\r\n--b--\r\n"
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


BOSS = Person("Bo Boss", "boss@customer.test")


def _two_take_part(desk: StoryDesk) -> Mail:
    """Ann asked, with her boss in copy; both got the answer, and the silence clock runs."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now, cc=[BOSS.address]))
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
    desk.answers_leave()
    return desk.newest(BOSS)


def _lost(desk: StoryDesk) -> set[str]:
    with desk.office.store.read() as unit:
        return {person.address for person in unit.cases.participants([1])[1] if person.undeliverable}


def test_T46_a_report_that_one_participant_makes_up_about_another_silences_and_accuses_nobody(
    desk: StoryDesk,
) -> None:
    bosss = _two_take_part(desk)
    timers, mails = desk.timers(1), len(desk.inbox(BEA))
    roots = desk.inbox(ANN)[0].message_id
    for named in (bosss.message_id, roots):
        desk.mail(_report(named, ANN.address))
        desk.mail(_report(named, ANN.address).replace(DESK.encode(), bosss.reply_address.encode()))
        marked = bosss.reply_address.replace("c1.", "c1.e2.")
        desk.mail(_report(named, ANN.address).replace(DESK.encode(), marked.encode()))
        desk.later(minutes=11)
        guessed = marked.replace("@", ".aaaaaaaaaa@")
        desk.mail(_report(named, ANN.address).replace(DESK.encode(), guessed.encode()))
        desk.later(minutes=11)

    assert _lost(desk) == set()
    assert desk.timers(1) == timers
    assert len(desk.inbox(BEA)) == mails
    assert "report-unproven" in desk.journal(1)
    desk.mail(BEA.replies(desk.newest(BEA), "/public\n\nIt has arrived.", desk.now))
    desk.answers_leave()
    assert "It has arrived." in desk.newest(ANN).text


def test_T46_a_report_that_comes_to_the_return_path_of_one_copy_counts_for_that_one(desk: StoryDesk) -> None:
    _two_take_part(desk)
    sent = next(m for m in desk.sink.messages if m.recipient == BOSS.address)
    desk.mail(_report(Mail(sent.raw).message_id, BOSS.address).replace(DESK.encode(), sent.envelope_from.encode()))

    assert _lost(desk) == {BOSS.address}


def test_T46_where_no_return_path_is_marked_a_report_stops_the_clock_and_loses_nobody(
    tmp_path: Path, sink: SinkServer
) -> None:
    text = CONFIG.replace("[store]", "plus_addresses = false\n[store]")
    with story_desk(tmp_path, sink, text=text) as desk:
        bosss = _two_take_part(desk)
        desk.mail(_report(bosss.message_id, ANN.address))

        assert _lost(desk) == set()
        assert desk.timers(1) == {}
        assert "anybody in the case could have written" in " ".join(desk.newest(BEA).text.split())


def test_T46_an_absence_note_that_comes_to_the_return_path_finds_its_case(desk: StoryDesk) -> None:
    _two_take_part(desk)
    path = next(m for m in desk.sink.messages if m.recipient == ANN.address and m.envelope_from).envelope_from
    raw = ANN.writes(path, "Out of office", "I am away.", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:", 1))

    assert desk.letters() == {"routed": 3}
    assert not desk.logged("token.wrong")


def test_T47b_what_is_refused_or_held_is_never_answered_by_a_mail_to_its_sender(desk: StoryDesk) -> None:
    desk.mail(EVE.writes(DESK, "x", "Mine.", desk.now).replace(b"eve@elsewhere.test", b"not an address"))
    desk.mail(BEA.writes(DESK, "Re: [Case #1] x", "/close", desk.now))
    desk.mail(_report("<x@desk.test>", EVE.address))
    assert {message.recipient for message in desk.sink.messages} <= {BEA.address, "carl@desk.test"}
