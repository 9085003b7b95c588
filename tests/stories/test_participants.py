"""Who takes part in a case: let in by agents only, and free to leave."""

from tests.stories.desk import ANN, BEA, BEN, DESK, EVE, StoryDesk


def _asked(desk: StoryDesk, *copied: str) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is late.", desk.now, cc=copied))


def _answered(desk: StoryDesk, text: str = "Soon.") -> None:
    desk.mail(BEA.replies(desk.newest(BEA), text, desk.now))
    desk.answers_leave()


def test_T23_a_later_copy_is_only_suggested_and_cc_lets_them_take_part(desk: StoryDesk) -> None:
    _asked(desk)
    raw = ANN.replies(desk.newest(ANN), "My colleague Ben is in copy.", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Cc: ben@customer.test\r\nSubject:", 1))
    assert (
        "ben@customer.test was in copy, and takes no part. /cc ben@customer.test lets them." in desk.newest(BEA).text
    )
    _answered(desk, "Not for Ben.")
    assert not desk.inbox(BEN)

    desk.mail(BEA.replies(desk.newest(BEA), "/cc ben@customer.test\n\nFor Ben, too.", desk.now))
    for address in (ANN.address, BEN.address):
        assert desk.newest(BEA).text.count(f"→ answer to {address}") == 1
    desk.answers_leave()
    (mail,) = desk.inbox(BEN)
    assert "For Ben, too." in mail.text
    assert "Not for Ben." not in mail.whole
    assert "reply with the one word: leave" in mail.text


def test_uncc_ends_it(desk: StoryDesk) -> None:
    _asked(desk, BEN.address)
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/uncc ben@customer.test\n\nOnly for Ann.", desk.now))
    desk.answers_leave()

    assert not desk.inbox(BEN)
    assert "Only for Ann." in desk.newest(ANN).text
    assert "leave" not in desk.newest(ANN).text


def test_orders_on_people_that_cannot_be_are_refused(desk: StoryDesk) -> None:
    _asked(desk)
    orders = {
        "/cc": "who? Say /cc and one address",
        "/cc nobody": "who? Say /cc and one address",
        "/cc carl@desk.test": "that is one of us",
        "/cc support@desk.test": "that is one of us",
        "/cc ann@customer.test": "ann@customer.test takes part already",
        "/uncc ann@customer.test": "ann@customer.test is the requester",
        "/uncc eve@elsewhere.test": "eve@elsewhere.test takes no part",
    }
    desk.mail(BEA.replies(desk.newest(BEA), "\n".join(orders), desk.now))

    for order, refusal in orders.items():
        assert f"✖ {order}: {refusal}" in desk.newest(BEA).text


def test_one_who_was_copied_leaves_by_one_word_and_the_clock_runs_on(desk: StoryDesk) -> None:
    _asked(desk, BEN.address)
    _answered(desk)
    clock = desk.timers(1)
    desk.mail(BEN.replies(desk.newest(BEN), "Leave.", desk.now))

    assert "ben@customer.test does not want to take part any more." in desk.newest(BEA).text
    assert desk.case(1).status == "Waiting on Customer"
    assert desk.timers(1) == clock
    before = len(desk.inbox(BEN))
    _answered(desk, "/public\n\nWithout Ben.")
    assert "Without Ben." in desk.newest(ANN).text
    assert len(desk.inbox(BEN)) == before


def test_nobody_leaves_for_somebody_else_and_a_requester_stays(desk: StoryDesk) -> None:
    _asked(desk, BEN.address)
    _answered(desk)
    desk.mail(BEN.writes(DESK, "[Case #1]", "leave", desk.now))  # anybody could write this in his name
    desk.mail(EVE.replies(desk.newest(BEN), "leave", desk.now))
    desk.mail(ANN.replies(desk.newest(ANN), "leave", desk.now))
    _answered(desk, "Still for both.")

    for person in (ANN, BEN):
        assert "Still for both." in desk.newest(person).text
