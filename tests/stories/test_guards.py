"""Answers of agents that are held until they have looked once more, and what becomes of them."""

from pathlib import Path

import pytest

from maild.demo.people import Mail
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, StoryDesk, story_desk
from tests.stories.links import taps


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    return desk.newest(BEA)


def _anns(desk: StoryDesk) -> list[str]:
    """What Ann got beside the acknowledgement, once all has left."""
    desk.answers_leave()
    return [mail.text for mail in desk.inbox(ANN)[1:]]


def _ann_writes(desk: StoryDesk, text: str) -> None:
    desk.mail(ANN.replies(desk.inbox(ANN)[0], text, desk.now))


def _directions(desk: StoryDesk) -> list[str]:
    return [entry.direction.value for entry in desk.entries(1)]


def test_answer_to_an_older_notice_is_held_and_shows_what_came_since(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "It came this morning! But it is broken.")
    told = len(desk.inbox(CARL))
    desk.mail(BEA.replies(notice, "It must have been lost.", desk.now))

    assert _anns(desk) == []
    held = desk.newest(BEA)
    assert "Your answer to case 1 is held." in held.text
    assert "Ann Customer wrote, 02 Mar 2026 09:00: “It came this morning! But it is broken.”" in held.text
    assert "It must have been lost." in held.text
    assert desk.case(1).status == "New"
    assert desk.case(1).owner is None
    assert _directions(desk) == ["in", "out", "in", "draft"]
    assert len(desk.inbox(CARL)) == told
    assert desk.letters() == {"routed": 3}
    (line,) = desk.logged("answer.held")
    assert line["cause"] == "stale"


def test_send_lets_the_held_answer_go_as_it_was_written_with_all_that_was_meant_with_it(
    desk: StoryDesk, notice: Mail
) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "/close\n\nIt is on its way.", desk.now))
    assert desk.case(1).status == "New"
    assert "With it waits: /close." in desk.newest(BEA).text

    desk.mail(BEA.replies(desk.newest(BEA), "/send", desk.now))
    (answer,) = _anns(desk)
    assert "It is on its way." in answer
    assert "/close" not in answer
    assert desk.case(1).status == "Closed"
    assert desk.case(1).owner == BEA.address
    assert "✔ /send" in desk.newest(BEA).text
    assert "→ answer to ann@customer.test" in desk.newest(BEA).text
    assert _directions(desk) == ["in", "out", "in", "orders", "out"]
    assert desk.entries(1)[-1].text == "It is on its way."
    assert desk.letters() == {"routed": 4}


def test_send_in_reply_to_any_notice_of_the_case_does(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    desk.mail(BEA.replies(notice, "/send", desk.now))

    assert len(_anns(desk)) == 1


def test_answer_begun_from_a_link_in_an_older_notice_is_held_and_another_sends_it(
    desk: StoryDesk, notice: Mail
) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(taps(BEA, notice, "Reply to the customer", desk.now, typed="On its way."))
    assert _anns(desk) == []
    desk.mail(taps(BEA, desk.newest(BEA), "Send it", desk.now, signature="Bea Agent\nExample Inc."))

    assert ["On its way." in text for text in _anns(desk)] == [True]


def test_send_after_a_signature_that_is_below_everything_sends_it_all_the_same(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "On its way.\n\nBest regards\nBea Agent\n+48 12 345", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/send\n\nBest regards\nBea Agent\n+48 12 345", desk.now))

    (answer,) = _anns(desk)
    assert "On its way." in answer


def test_files_of_a_held_answer_go_out_with_it(desk: StoryDesk, notice: Mail) -> None:
    from email import message_from_bytes, policy

    _ann_writes(desk, "And the invoice?")
    mail = message_from_bytes(BEA.replies(notice, "Here it is.", desk.now), policy=policy.SMTP)
    mail.add_attachment(b"%PDF-1.4 invoice", maintype="application", subtype="pdf", filename="invoice.pdf")
    desk.mail(mail.as_bytes())
    desk.mail(BEA.replies(desk.newest(BEA), "/send", desk.now))

    desk.answers_leave()
    assert b'filename="invoice.pdf"' in desk.newest(ANN).raw


def test_colleagues_answer_that_has_not_left_yet_holds_another(desk: StoryDesk, notice: Mail) -> None:
    carls = desk.newest(CARL)
    desk.mail(BEA.replies(notice, "It is in Berlin.", desk.now))
    desk.mail(CARL.replies(carls, "It is in Paris.", desk.now))

    assert "Bea answered, 02 Mar 2026 09:00: “It is in Berlin.”" in desk.newest(CARL).text
    (answer,) = _anns(desk)
    assert "Berlin" in answer


def test_only_who_wrote_it_can_send_it(desk: StoryDesk, notice: Mail) -> None:
    carls = desk.newest(CARL)
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    desk.mail(CARL.replies(carls, "/send", desk.now))

    assert "✖ /send: only bea@desk.test can send what is held here" in desk.newest(CARL).text
    assert _anns(desk) == []
    desk.mail(BEA.replies(notice, "/send", desk.now))
    assert len(_anns(desk)) == 1
    desk.later(hours=1)
    desk.mail(BEA.replies(notice, "/send\n", desk.now))
    assert "✖ /send: no answer of yours is held here" in desk.newest(BEA).text
    assert len(_anns(desk)) == 1


def test_undo_drops_a_held_answer_and_leaves_a_colleagues_alone(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(CARL.replies(desk.newest(CARL), "It is in Paris.", desk.now))
    desk.mail(BEA.replies(notice, "It is in Berlin.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/undo", desk.now))

    assert "your held answer will not be sent; it is kept as a note" in desk.newest(BEA).text
    (answer,) = _anns(desk)
    assert "Paris" in answer
    assert _directions(desk) == ["in", "out", "out", "note", "orders"]
    desk.mail(BEA.replies(notice, "/send", desk.now))
    assert "✖ /send" in desk.newest(BEA).text


def test_a_sent_draft_can_be_taken_back_while_it_has_not_left(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    desk.mail(BEA.replies(notice, "/send", desk.now))
    desk.mail(BEA.replies(notice, "/undo", desk.now))

    assert _anns(desk) == []
    assert desk.case(1).status == "Open"
    assert "draft" not in _directions(desk)


def test_new_answer_takes_the_place_of_the_one_that_is_held(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "It came, broken.")
    desk.mail(BEA.replies(notice, "It must have been lost.", desk.now))
    held = desk.newest(BEA)
    assert "Your reply goes to ann@customer.test" in held.text
    desk.mail(BEA.replies(held, "We send you another.", desk.now))

    (answer,) = _anns(desk)
    assert "We send you another." in answer
    assert "lost" not in answer
    assert _directions(desk) == ["in", "out", "in", "note", "out"]


def test_the_newer_of_two_held_answers_is_the_one_that_is_sent(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "First thought.", desk.now))
    desk.mail(BEA.replies(notice, "Second thought.", desk.now))
    desk.mail(BEA.replies(notice, "/send", desk.now))

    (answer,) = _anns(desk)
    assert "Second thought." in answer
    assert _directions(desk).count("draft") == 0


def test_two_agents_hold_one_each(desk: StoryDesk, notice: Mail) -> None:
    carls = desk.newest(CARL)
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "Berlin.", desk.now))
    desk.mail(CARL.replies(carls, "Paris.", desk.now))
    assert _directions(desk).count("draft") == 2
    desk.mail(CARL.replies(carls, "/send", desk.now))

    (answer,) = _anns(desk)
    assert "Paris." in answer
    assert _directions(desk).count("draft") == 1


def test_send_with_a_new_text_sends_neither(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/send\n\nBy the way, we are sorry.", desk.now))

    assert _anns(desk) == []
    assert "✖ /send: it sends the held answer as it is" in desk.newest(BEA).text
    assert _directions(desk)[-2:] == ["draft", "note"]


def test_send_beside_a_line_that_fails_sends_nothing_and_does_nothing(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "/close\n\nOn its way.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/send\n/asign carl", desk.now))

    assert _anns(desk) == []
    assert "your answer is still held" in desk.newest(BEA).text
    assert desk.case(1).status == "New"
    desk.mail(BEA.replies(notice, "/send\n/wait us", desk.now))
    assert len(_anns(desk)) == 1
    assert desk.case(1).status == "Open"


def test_thanks_machines_own_answers_and_notes_hold_nothing(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Thanks a lot!")
    machine = ANN.replies(desk.inbox(ANN)[0], "I am away.", desk.now)
    desk.mail(machine.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/note\n\nThe carrier says Tuesday.", desk.now))
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    desk.mail(BEA.replies(notice, "On Tuesday, that is.", desk.now))

    assert len(_anns(desk)) == 2


def test_who_has_answered_the_newest_notice_may_answer_an_older_one_too(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "And is it insured?")
    desk.mail(BEA.replies(desk.newest(BEA), "It is.", desk.now))
    desk.mail(BEA.replies(notice, "And it is on its way.", desk.now))

    assert len(_anns(desk)) == 2


def test_note_to_an_older_notice_is_not_held(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "/note\n\nShe is impatient.", desk.now))

    assert _directions(desk)[-1] == "note"


def test_held_answer_to_a_case_that_was_merged_meanwhile_can_still_be_sent(desk: StoryDesk, notice: Mail) -> None:
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    held = desk.newest(BEA)
    desk.mail(ANN.writes(DESK, "The same again", "Where?", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/merge 2", desk.now))
    assert desk.case(1).status == "Merged"
    desk.mail(BEA.replies(held, "/send", desk.now))

    (answer,) = _anns(desk)[1:]
    assert "On its way." in answer


def test_guard_can_be_switched_off(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with story_desk(tmp_path, sink, store_url, more="[guards]\nstale = false\n") as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
        notice = desk.newest(BEA)
        _ann_writes(desk, "Anything new?")
        desk.mail(BEA.replies(notice, "On its way.", desk.now))

        assert len(_anns(desk)) == 1


def test_held_answer_is_no_first_comment_and_starts_no_clock(desk: StoryDesk, notice: Mail) -> None:
    before = desk.timers(1, every=True)
    _ann_writes(desk, "Anything new?")
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    desk.answers_leave()

    assert desk.timers(1, every=True) == before


@pytest.mark.parametrize("text", ["Thanks Carl, well done. She is difficult.", "Carl, what do we do here?"])
def test_an_answer_that_greets_a_colleague_is_held(desk: StoryDesk, notice: Mail, text: str) -> None:
    desk.mail(BEA.replies(notice, text, desk.now))
    assert _anns(desk) == []
    held = " ".join(desk.newest(BEA).text.split())
    assert "It was not sent: it begins as if it were for Carl, who would not get it; the customer would." in held
    assert desk.logged("answer.held")[-1]["cause"] == "colleague"
    desk.mail(BEA.replies(desk.newest(BEA), "/send", desk.now))
    assert [text in mail for mail in _anns(desk)] == [True]


def test_a_customer_who_is_called_as_a_colleague_is_may_be_greeted(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Parcel", "Where is it?\n\nBest regards\nCarl", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "Hello Carl, it is on its way.", desk.now))
    assert len(_anns(desk)) == 1


@pytest.mark.parametrize(("text", "verb"), [("take it", "take"), ("Resolved.", "resolve"), ("status", "status")])
def test_an_answer_that_is_a_command_but_for_its_slash_is_held(
    desk: StoryDesk, notice: Mail, text: str, verb: str
) -> None:
    desk.mail(BEA.replies(notice, text, desk.now))
    assert _anns(desk) == []
    held = " ".join(desk.newest(BEA).text.split())
    assert f"It was not sent: all of it is “{text}”, which may be meant as the command /{verb}." in held
    assert desk.logged("answer.held")[-1]["cause"] == "command"
    assert desk.case(1).status == "New"


def test_the_command_that_was_meant_is_given_by_a_reply_that_drops_the_text(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "take it", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/take\n/undo", desk.now))
    assert (desk.case(1).owner, desk.case(1).status) == (BEA.address, "Open")
    assert _anns(desk) == []
    desk.mail(BEA.replies(notice, "/send", desk.now))
    assert _anns(desk) == []


def test_an_answer_in_which_a_line_ends_in_a_command_is_held(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "Hello Ann, here I am. /resolve", desk.now))
    assert _anns(desk) == []
    held = " ".join(desk.newest(BEA).text.split())
    assert "“Hello Ann, here I am. /resolve” ends in what may be the command /resolve." in held
    desk.mail(BEA.replies(desk.newest(BEA), "/send", desk.now))
    assert len(_anns(desk)) == 1


@pytest.mark.parametrize("text", ["Yes.", "no", "Thanks", "Hello Ann, Carl will call you."])
def test_a_short_answer_is_no_command(desk: StoryDesk, notice: Mail, text: str) -> None:
    desk.mail(BEA.replies(notice, text, desk.now))
    assert len(_anns(desk)) == 1


def test_send_says_when_an_answer_that_nobody_stopped_leaves(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    desk.mail(BEA.replies(notice, "/send", desk.now))
    said = " ".join(desk.newest(BEA).text.split())
    assert "✖ /send: nothing need be done: your answer leaves at 09:01:00 UTC by itself, unless you /undo it" in said


def test_undo_of_a_held_answer_leaves_the_colleagues_answer_for_which_it_was_held(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(CARL.replies(desk.newest(CARL), "It is in Berlin.", desk.now))
    desk.mail(BEA.replies(notice, "On its way.", desk.now))
    desk.mail(BEA.replies(notice, "/undo", desk.now))
    said = " ".join(desk.newest(BEA).text.split())
    assert "your held answer will not be sent; it is kept as a note; what else leaves within the minute" in said
    assert [text for text in _anns(desk) if "Berlin" in text]
