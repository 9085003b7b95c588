"""Two addresses of one person: only an admin says so, and what follows from it."""

from tests.stories.desk import ANN, BEA, DESK, EVE, Person, StoryDesk

PRIVATE = Person("Ann Customer", "ann@home.test")


def _asked(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(PRIVATE.writes(DESK, "An invoice", "Which is it?", desk.now))


def _joined(desk: StoryDesk) -> None:
    with desk.office.store.write() as unit:
        unit.contacts.join(ANN.address, PRIVATE.address, desk.now)


def test_T32_another_address_takes_no_part_until_an_admin_says_whose_it_is(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(PRIVATE.writes(DESK, "Re: [Case #1] parcel", "Any news?", desk.now))
    assert len(desk.cases()) == 3
    _joined(desk)
    desk.mail(PRIVATE.writes(DESK, "Re: [Case #1] parcel", "Still no news?", desk.now))

    assert len(desk.cases()) == 3
    entry = desk.entries(1)[-1]
    assert (entry.sender, entry.text, entry.public) == (PRIVATE.address, "Still no news?", True)
    notice = desk.newest(BEA)
    assert f"{PRIVATE.address} is another address of somebody who takes part" in " ".join(notice.text.split())
    desk.mail(BEA.replies(notice, "It left today.", desk.now))
    desk.answers_leave()
    assert "It left today." in desk.newest(ANN).text
    assert not any("It left today." in mail.text for mail in desk.inbox(PRIVATE))


def test_it_goes_both_ways_each_case_keeps_its_own_address_and_strangers_stay_outside(desk: StoryDesk) -> None:
    _asked(desk)
    _joined(desk)
    desk.mail(ANN.writes(DESK, "Re: [Case #2] invoice", "Number 17.", desk.now))
    desk.mail(EVE.writes(DESK, "Re: [Case #2] invoice", "Mine, too.", desk.now))

    assert desk.entries(2)[-1].text == "Number 17."
    assert [case.requester for case in desk.cases()] == [ANN.address, PRIVATE.address, EVE.address]
    with desk.office.store.read() as unit:
        people = unit.cases.participants([1, 2])
    assert [[p.address for p in people[number]] for number in (1, 2)] == [[ANN.address], [PRIVATE.address]]


def test_a_proof_is_still_that_of_an_address(desk: StoryDesk) -> None:
    _asked(desk)
    _joined(desk)
    desk.mail(PRIVATE.writes(DESK, "Re: [Case #1] parcel", "leave", desk.now))
    desk.mail(PRIVATE.replies(desk.newest(ANN), "leave", desk.now))

    with desk.office.store.read() as unit:
        assert [p.address for p in unit.cases.participants([1])[1]] == [ANN.address]
    assert [entry.text for entry in desk.entries(1) if entry.sender == PRIVATE.address] == ["leave", "leave"]


def test_parted_again_they_are_two_people(desk: StoryDesk) -> None:
    _asked(desk)
    _joined(desk)
    with desk.office.store.write() as unit:
        unit.contacts.put(PRIVATE.address, desk.now, same_as=None)
    desk.mail(PRIVATE.writes(DESK, "Re: [Case #1] parcel", "Any news?", desk.now))

    assert desk.case(3).linked_to == 1
    assert "tag-from-stranger" in desk.journal(3)
