"""The buttons in customers' mails: one word each, only ever about their own case."""

import pytest

from maild.demo.people import Mail
from tests.stories.desk import ANN, BEA, BEN, DESK, EVE, StoryDesk
from tests.stories.links import links, opened, taps

_SIGNATURE = "\nAnn Customer\nCustomers Ltd\nPhone 555 1234"


@pytest.fixture
def acknowledgement(desk: StoryDesk) -> Mail:
    """Ann asked, with Ben in copy."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now, cc=[BEN.address]))
    return desk.newest(ANN)


def _answer(desk: StoryDesk) -> Mail:
    desk.mail(BEA.replies(desk.newest(BEA), "It is on its way.", desk.now))
    desk.answers_leave()
    return desk.newest(ANN)


def test_a_link_in_an_acknowledgement_holds_nothing_of_the_case(acknowledgement: Mail) -> None:
    found = links(acknowledgement)
    assert list(found) == ["How does it stand?", "It is settled"]
    to, subject, body = opened(found["How does it stand?"])
    assert to == acknowledgement.reply_address
    assert subject == "[Case #1] status"
    assert body.split("\r\n")[0] == "status"
    assert "parcel" not in "".join(found.values())
    assert "* status, to hear how it stands\n* close, if it is settled" in acknowledgement.text


@pytest.mark.parametrize("signature", ["", _SIGNATURE], ids=["bare", "signed"])
def test_buttons_tell_how_it_stands_close_the_case_and_open_it_again(
    desk: StoryDesk, acknowledgement: Mail, signature: str
) -> None:
    desk.mail(taps(ANN, acknowledgement, "How does it stand?", desk.now, signature=signature))
    assert desk.newest(ANN).message_id != acknowledgement.message_id
    assert desk.case(1).status == "New"

    answer = _answer(desk)
    desk.mail(taps(ANN, answer, "It is settled", desk.now, signature=signature))
    assert desk.case(1).status == "Closed"
    desk.later(minutes=5)
    ended = desk.newest(ANN)
    desk.mail(taps(ANN, ended, "Open it again", desk.now, signature=signature))
    assert desk.case(1).status == "Open"
    assert not any("Phone" in entry.text for entry in desk.entries(1))


def test_who_was_only_copied_leaves_with_one_tap(desk: StoryDesk, acknowledgement: Mail) -> None:
    _answer(desk)
    desk.mail(taps(BEN, desk.newest(BEN), "Only copied? Leave", desk.now))
    before = len(desk.inbox(BEN))
    desk.mail(ANN.replies(desk.newest(ANN), "And now?", desk.now))
    _answer(desk)

    assert len(desk.inbox(BEN)) == before
    assert "Only copied? Leave" not in links(desk.newest(ANN))


def test_T22_a_link_in_a_strangers_hands_ends_nothing_and_tells_nothing(
    desk: StoryDesk, acknowledgement: Mail
) -> None:
    desk.mail(taps(EVE, acknowledgement, "How does it stand?", desk.now))
    desk.mail(taps(EVE, acknowledgement, "It is settled", desk.now))

    assert desk.case(1).status in ("New", "Open")
    assert "parcel" not in "".join(mail.whole for mail in desk.inbox(EVE))
