"""What is known of customers, and what it changes."""

from pathlib import Path

from store.people import Contact
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, StoryDesk, story_desk


def _say(desk: StoryDesk, address: str, **said: object) -> None:
    with desk.office.store.write() as unit:
        unit.contacts.put(address, desk.now, **said)


def test_contacts_are_known_from_their_cases(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "One", "Hello", desk.now, cc=[BEN.address]))
    desk.mail(ANN.writes(DESK, "Two", "Hello again", desk.now))
    with desk.office.store.read() as unit:
        ann, ben = unit.contacts.known()

    assert (ann.address, ann.name, ann.cases, ann.open_cases) == (ANN.address, ANN.name, 2, 2)
    assert (ben.address, ben.cases, ben.undeliverable) == (BEN.address, 1, False)
    assert ben.language == ""  # he has written nothing


def test_a_contacts_language_goes_before_that_of_their_mail(desk: StoryDesk) -> None:
    _say(desk, ANN.address, language="pl", name="Anna")
    desk.mail(ANN.writes(DESK, "One", "Hello, where is my parcel?", desk.now))

    assert desk.case(1).language == "pl"
    assert desk.case(1).requester_name == ANN.name  # her own mail says how she writes it


def test_a_case_for_somebody_who_called_has_their_name_and_language(desk: StoryDesk) -> None:
    _say(desk, BEN.address, language="de", name="Ben Example")
    desk.mail(ANN.writes(DESK, "One", "Hello", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/new for ben@customer.test\n\nHelp.", desk.now))

    assert (desk.case(2).requester_name, desk.case(2).language) == ("Ben Example", "de")


def test_somebody_deactivated_is_not_acknowledged_and_gets_no_copies(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "One", "Hello", desk.now, cc=[BEN.address]))
    _say(desk, BEN.address, active=False)
    with desk.office.store.write() as unit:
        assert unit.contacts.no_more_copies(BEN.address) == 1
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
    desk.answers_leave()
    desk.mail(ANN.writes(DESK, "Two", "Hello", desk.now, cc=[BEN.address]))
    desk.mail(BEN.writes(DESK, "Three", "Hello", desk.now))

    assert not desk.inbox(BEN)
    with desk.office.store.read() as unit:
        assert [p.address for p in unit.cases.participants([2])[2]] == [ANN.address]
    assert desk.case(3).requester == BEN.address
    assert "not-acknowledged" in desk.journal(3)


def test_a_rule_may_ask_for_the_plan_of_the_sender(tmp_path: Path, sink: SinkServer) -> None:
    rule = '[[rule]]\nname = "gold"\nwhen = \'sender.plan == "gold"\'\nset = { severity = "High" }\n'
    with story_desk(tmp_path, sink, more=rule) as desk:
        _say(desk, ANN.address, plan="gold")
        desk.mail(ANN.writes(DESK, "One", "Hello", desk.now))
        desk.mail(BEN.writes(DESK, "Two", "Hello", desk.now))
        assert (desk.case(1).severity, desk.case(2).severity) == ("High", "Medium")


def test_what_was_not_said_of_somebody_is_not_known(desk: StoryDesk) -> None:
    _say(desk, ANN.address, plan="gold")
    _say(desk, "Ann@Customer.test", organisation="Example Ltd")
    with desk.office.store.read() as unit:
        assert unit.contacts.get_many([ANN.address, BEN.address]) == {
            ANN.address: Contact(address=ANN.address, plan="gold", organisation="Example Ltd")
        }
