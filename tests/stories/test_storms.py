"""Many mails in minutes, and one mail to many queues: kept once each, told together."""

from pathlib import Path

from maild.demo.people import Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, StoryDesk, story_desk

TWO_QUEUES = """
[[queue]]
name = "support"
[[queue]]
name = "sales"
address = "sales@desk.test"
"""


def test_T43_a_storm_of_answers_to_all_is_told_in_one_notice(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now, cc=[BEN.address]))
    desk.mail(BEA.replies(desk.newest(BEA), "Soon.", desk.now))
    desk.answers_leave()
    before, mails = len(desk.inbox(BEA)), len(desk.inbox(ANN))
    for number in range(20):
        person = (ANN, BEN)[number % 2]
        desk.mail(person.replies(desk.newest(person), f"Me too, number {number}.", desk.now))
        desk.later(seconds=5)

    notices = desk.inbox(BEA)[before:]
    assert len(notices) == 4  # the mail that opened the case is the fifth
    assert len(desk.inbox(ANN)) == mails
    assert sum("Me too" in entry.text for entry in desk.entries(1)) == 20
    desk.later(minutes=11)
    (told,) = desk.inbox(BEA)[before + 4 :]
    assert "16 mails came at once:" in told.text
    for number in range(4, 20):
        assert f"number {number}." in told.text
    desk.mail(ANN.replies(desk.newest(ANN), "And now?", desk.now))
    assert "And now?" in desk.newest(BEA).text
    desk.later(hours=1)
    assert len(desk.inbox(BEA)) == before + 6


def test_a_new_mail_to_two_queues_is_a_case_in_each_and_they_are_linked(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, TWO_QUEUES) as desk:
        desk.mail(ANN.writes(f"{DESK}, sales@desk.test", "A new lamp", "Have you any?", desk.now))

        assert [(case.queue, case.linked_to) for case in desk.cases()] == [("support", None), ("sales", 1)]
        with desk.office.store.read() as unit:
            assert [(r.source, r.kind.value, r.target) for r in unit.relations.of_case(1)] == [(2, "linked", 1)]


def test_a_reply_to_two_queues_is_one_entry_of_its_case_and_one_answer(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, TWO_QUEUES) as desk:
        desk.mail(ANN.writes(DESK, "A new lamp", "Have you any?", desk.now))
        both = b"Cc: sales@desk.test\r\nSubject:"
        desk.mail(ANN.replies(desk.newest(ANN), "Hello?", desk.now).replace(b"Subject:", both, 1))
        assert [entry.text for entry in desk.entries(1)].count("Hello?") == 1
        assert len(desk.cases()) == 1
        assert desk.letters() == {"routed": 2, "duplicate": 1}

        desk.mail(BEA.replies(desk.newest(BEA), "Two.", desk.now).replace(b"Subject:", both, 1))
        desk.answers_leave()
        assert sum("Two." in mail.text for mail in desk.inbox(ANN)) == 1


def test_T30_a_number_of_another_queue_is_worth_no_more_there(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    eve = Person("Eve", "eve@elsewhere.test")
    with story_desk(tmp_path, sink, store_url, TWO_QUEUES) as desk:
        desk.mail(ANN.writes(DESK, "A new lamp", "Ann's secret.", desk.now))
        desk.mail(eve.writes("sales@desk.test", "Re: [Case #1] A new lamp", "Tell me.", desk.now))

        assert [case.queue for case in desk.cases()] == ["support", "sales"]
        assert "secret" not in desk.newest(eve).whole
        assert "lamp" not in desk.newest(eve).whole
