"""For whom an agent's text is that stands beside a command for a colleague, or for themselves: it stays inside."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from maild.demo.people import Mail, Person
from tests.stories.desk import ANN, BEA, CARL, DESK, StoryDesk


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    return desk.inbox(BEA)[0]


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def _receipt(desk: StoryDesk) -> str:
    return _flat([mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == "receipt"][-1])


def _answered(desk: StoryDesk, person: Person = ANN) -> list[str]:
    desk.answers_leave()
    return [_flat(mail) for mail in desk.inbox(person)[1:]]


@pytest.mark.parametrize("order", ["/assign carl", "Owner: carl", "/escalate", "/assign none", "/escalate L3\n/take"])
def test_a_text_beside_a_command_that_hands_the_case_on_stays_inside(
    desk: StoryDesk, notice: Mail, order: str
) -> None:
    desk.mail(BEA.replies(notice, f"{order}\n\nPlease take over, I cannot stand her.", desk.now))
    assert _answered(desk) == []
    assert (desk.entries(1)[-1].direction, desk.entries(1)[-1].public) == ("note", False)
    assert "Nothing goes to the customer: beside /" in _receipt(desk)
    assert "To send it to the customer, reply to a notice of theirs with it, and /public above it." in _receipt(desk)
    if "carl" in order:
        assert desk.case(1).owner == CARL.address
        assert "I cannot stand her." in desk.newest(CARL).text


@pytest.mark.parametrize("order", ["/assign me", "/take", "/severity low", "/due friday"])
def test_a_text_beside_another_command_is_an_answer_as_ever(desk: StoryDesk, notice: Mail, order: str) -> None:
    desk.mail(BEA.replies(notice, f"{order}\n\nIt is on its way.", desk.now))
    (answer,) = _answered(desk)
    assert "It is on its way." in answer


def test_public_sends_the_text_all_the_same(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/public\n/assign carl\n\nCarl will look after it.", desk.now))
    (answer,) = _answered(desk)
    assert "Carl will look after it." in answer
    assert desk.case(1).owner == CARL.address


def test_a_reminder_without_words_is_of_the_text_below_it(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/remind 2d\n\nAsk the carrier again.", desk.now))
    assert "beside /remind your text is meant for us, and kept as a note, of which you are reminded" in _receipt(desk)
    assert _answered(desk) == []
    desk.later(days=2)
    (reminder,) = [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == "reminder"]
    assert "You wanted to be reminded: Ask the carrier again." in _flat(reminder)


def test_beside_a_reminder_with_words_of_its_own_the_text_stays_inside_as_well(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/remind 2d ask again\n\nThe carrier did not pick up.", desk.now))
    assert "beside /remind your text is meant for us, and kept as a note. To send it" in _receipt(desk)
    assert _answered(desk) == []
    desk.later(days=2)
    (reminder,) = [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == "reminder"]
    assert "You wanted to be reminded: ask again" in _flat(reminder)
    desk.mail(BEA.replies(notice, "/public\n/remind 2d ask again\n\nWe asked the carrier.", desk.now))
    assert "We asked the carrier." in desk.entries(1)[-1].text
    assert len(_answered(desk)) == 1


@pytest.mark.parametrize("order", ["/resolve", "/close", "/wait us", "/wait customer"])
def test_a_text_that_may_be_for_either_is_sent_to_nobody_and_asked_about(
    desk: StoryDesk, notice: Mail, order: str
) -> None:
    desk.mail(BEA.replies(notice, f"/assign carl\n{order}\n\nIt was lost.", desk.now))
    assert _answered(desk) == []
    assert "✖ Is your text for the customer, or for us? /assign is for us" in _receipt(desk)
    assert f"– {order}: not done" in _receipt(desk)
    assert (desk.case(1).status, desk.entries(1)[-1].direction) == ("New", "note")


def test_a_file_beside_such_a_command_stays_inside_too(desk: StoryDesk, notice: Mail) -> None:
    mail = message_from_bytes(BEA.replies(notice, "/assign carl", desk.now), policy=policy.SMTP)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(b"what she said", maintype="text", subtype="plain", filename="log.txt")
    desk.mail(mail.as_bytes())
    assert _answered(desk) == []


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("/note", "✖ /note: there was nothing to note. Write your text below it"),
        ("/public", "✖ /public: there was nothing to send. Write your text below it"),
        ("/rca", "✖ /rca: there was nothing to keep. Write your text below it"),
    ],
)
def test_a_command_for_a_text_without_one_is_not_said_to_be_done(
    desk: StoryDesk, notice: Mail, order: str, said: str
) -> None:
    desk.mail(BEA.replies(notice, f"/take\n{order}", desk.now))
    assert said in _receipt(desk)
    assert desk.case(1).owner == BEA.address
    desk.mail(BEA.replies(notice, f"{order}\n\nThe label was wrong.", desk.now))
    assert f"✔ {order}: " in _receipt(desk)


def test_to_pass_a_case_up_to_where_nobody_stands_says_what_that_means(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/escalate", desk.now))
    said = "✔ /escalate: the level is L2 now; but nobody was told, because nobody of the queue support works on L2"
    assert said in _receipt(desk)
    assert "/assign WHO gives it to somebody" in _receipt(desk)


@pytest.mark.parametrize("order", ["/vendor acme", "/assign crl", "/ask crl", "/severity hgh", "/notee"])
def test_a_refused_command_for_a_colleague_or_a_vendor_is_to_be_put_right_not_made_public(
    desk: StoryDesk, notice: Mail, order: str
) -> None:
    desk.mail(BEA.replies(notice, f"{order}\n\nShe is a liar.", desk.now))
    assert _answered(desk) == []
    receipt = _receipt(desk)
    assert "a line above was not done, so your text is kept as a note of case 1, of ann@customer.test." in receipt
    assert "Put that line right, and send both once more, in a reply to the same notice." in receipt
    assert "/public above your text" not in receipt
    assert "not understood" not in receipt


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/ take\n\nHello.", "✖ / take: this was not obeyed; write /take, with nothing before or behind it"),
        ("/take.\n\nHello.", "✖ /take.: this was not obeyed; write /take, with nothing"),
        ("/assign: carl\n\nHello.", "✖ /assign: carl: this was not obeyed; write /assign carl, with nothing"),
        (
            "Hello.\n/resolve\nBea of the parcels, Berlin",
            "✖ /resolve: this was not obeyed; text stands above it and below.",
        ),
    ],
)
def test_of_a_line_that_was_not_obeyed_the_true_cause_is_named(
    desk: StoryDesk, notice: Mail, text: str, said: str
) -> None:
    desk.mail(BEA.replies(notice, text, desk.now))
    assert _answered(desk) == []
    assert said in _receipt(desk)
