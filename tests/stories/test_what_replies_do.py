"""What becomes of a reply to each kind of notice: the notice says so on its first line, and nobody believes that he
answered the customer who did not."""

from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, DESK, StoryDesk, story_desk
from tests.stories.links import html_of, links, opened

VIC = Person("Vic Vendor", "help@vendor.test")
_VENDOR = """
[[vendor]]
name = "acme"
address = "help@vendor.test"
"""
_INSIDE = "Your reply is an internal note: the customer does not see it."


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked, and Bea took the case; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/take", desk.now))
    return desk.inbox(BEA)[0]


def _first_line(mail: Mail) -> str:
    """Below the line that says where to write."""
    return [line for line in mail.text.split("\n") if line][1]


def _from(mail: Mail) -> str:
    return (mail.header("From") or "").partition("<")[0].strip().strip('"')


def _reminder(desk: StoryDesk, notice: Mail) -> Mail:
    desk.mail(BEA.replies(notice, "/remind 2h ask again", desk.now))
    desk.later(hours=2, minutes=1)
    return desk.newest(BEA)


def test_a_reminder_comes_from_the_desk_and_says_at_once_that_a_reply_is_a_note(
    desk: StoryDesk, notice: Mail
) -> None:
    reminder = _reminder(desk, notice)

    assert _first_line(reminder) == f"A reminder of case 1. {_INSIDE}"
    assert "To write to the customer, put /public above your text, or send a new mail to support+c1." in reminder.text
    assert _from(reminder) == "Reminder (Example Support)"
    assert "| It is two weeks late." in reminder.text


def test_a_text_in_reply_to_a_reminder_is_a_note_and_a_short_receipt_says_so(desk: StoryDesk, notice: Mail) -> None:
    before = len(desk.inbox(BEA))
    desk.mail(BEA.replies(_reminder(desk, notice), "Dear Ann, did it come?", desk.now))

    receipt = desk.newest(BEA)
    assert len(desk.inbox(BEA)) == before + 3  # the receipt of /remind, the reminder, and this
    assert receipt.header("X-Maild-Event") == "receipt"
    assert _first_line(receipt).startswith(
        "What became of your mail on case 1: Your text is kept as a note; nothing of it leaves for the customer."
    )
    assert "To write to the customer, put /public above your text, or send a new mail to support+c1." in receipt.text
    assert "Status:" not in receipt.text
    assert "kept as a note" in html_of(receipt)
    assert "Status" not in html_of(receipt)
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1


def test_what_was_kept_by_mistake_goes_out_by_public_or_by_a_tap_on_the_receipt(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(_reminder(desk, notice), "Dear Ann, did it come?", desk.now))
    receipt = desk.newest(BEA)
    desk.mail(BEA.replies(receipt, "/public\n\nDear Ann, did it come?", desk.now))
    desk.answers_leave()
    assert "Dear Ann, did it come?" in desk.newest(ANN).text

    address = receipt.text.partition("send a new mail to ")[2].split()[0].rstrip(".")
    desk.mail(BEA.writes(address, "Parcel", "Dear Ann, once more.", desk.now))
    desk.answers_leave()
    assert "Dear Ann, once more." in desk.newest(ANN).text
    assert len(desk.inbox(ANN)) == 3


@pytest.mark.parametrize("order", ["/resolve", "/close", "/wait customer"])
def test_a_text_beside_a_word_to_the_customer_in_reply_to_a_reminder_is_asked_about(
    desk: StoryDesk, notice: Mail, order: str
) -> None:
    reminder = _reminder(desk, notice)
    desk.mail(BEA.replies(reminder, f"{order}\n\nDear Ann, it is settled.", desk.now))
    desk.answers_leave()
    receipt = " ".join(desk.newest(BEA).text.split())
    assert "✖ Is your text for the customer, or for us? A reply to this notice is for us, “" in receipt
    assert f"– {order}: not done" in receipt
    assert (desk.case(1).status, len(desk.inbox(ANN))) == ("Open", 1)
    desk.mail(BEA.replies(reminder, f"/note\n{order}\n\nShe called.", desk.now))
    assert desk.case(1).status != "Open"
    desk.mail(BEA.replies(reminder, f"/public\n{order}\n\nDear Ann, it is settled.", desk.now))
    desk.answers_leave()
    assert "it is settled." in desk.newest(ANN).text


def test_what_answers_a_colleague_brings_no_receipt(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/ask carl\n\nDid the carrier lose it?", desk.now))
    question = desk.newest(CARL)
    assert _first_line(question) == (
        "Bea asks you something about case 1. Your reply goes to Bea, as an internal note; the customer does not see "
        "it. The case stays with Bea."
    )
    assert _from(question) == "Question: Bea (Example Support)"
    carls = len(desk.inbox(CARL))
    desk.mail(CARL.replies(question, "Yes, it did.", desk.now))
    assert len(desk.inbox(CARL)) == carls
    answer = desk.newest(BEA)
    assert _from(answer) == "Note: Carl (Example Support)"
    beas = len(desk.inbox(BEA))
    desk.mail(BEA.replies(answer, "Thank you.", desk.now))
    assert len(desk.inbox(BEA)) == beas
    desk.mail(BEA.replies(answer, "Hello Ann, the carrier lost it.", desk.now))
    receipt = desk.newest(BEA)
    assert len(desk.inbox(BEA)) == beas + 1
    assert "Your text is kept as a note; nothing of it leaves for the customer." in receipt.text
    assert "To write to the customer, put /public above your text" in receipt.text


def test_T43_a_machine_that_answers_its_receipts_with_the_same_words_is_not_answered_again(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(_reminder(desk, notice), "Thank you for your message.", desk.now))
    receipts = len(desk.inbox(BEA))
    desk.mail(BEA.replies(desk.newest(BEA), "Thank you for your message.", desk.now))
    assert len(desk.inbox(BEA)) == receipts


def test_a_receipt_is_from_the_desk_and_says_first_that_a_reply_to_it_is_a_note(
    desk: StoryDesk, notice: Mail
) -> None:
    receipt = desk.newest(BEA)
    assert _from(receipt) == "Receipt (Example Support)"
    assert _first_line(receipt) == (
        "What became of your mail on case 1. A reply to this receipt is an internal note; the customer does not see "
        "it."
    )
    desk.mail(BEA.replies(receipt, "Dear Ann, it comes on Monday.", desk.now))
    assert "Your text is kept as a note; nothing of it leaves" in desk.newest(BEA).text


def test_a_list_of_mails_tells_a_new_case_from_a_reply_and_all_of_them_are_one_thread(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(ANN.replies(desk.newest(ANN), "Any news?", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/note\n\nIt is in Lyon.", desk.now))
    mails = [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") in ("new-case", "reply", "note")]

    assert [_from(mail) for mail in mails] == [
        "New case: Ann Customer (Example Support)",
        "Ann Customer (Example Support)",
        "Note: Carl (Example Support)",
    ]
    assert {mail.subject for mail in mails} == {"[Case #1] Where is my parcel?"}
    assert _first_line(mails[1]) == (
        "Ann Customer wrote in case 1. Your reply goes to ann@customer.test. (/note keeps it internal.)"
    )


def test_no_name_of_the_desk_stands_twice_in_from(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "It comes on Monday.", desk.now))
    desk.later(hours=24, minutes=5)
    desk.later(hours=24, minutes=5)
    desk.later(hours=24, minutes=5)

    closed = [mail for mail in desk.inbox(BEA) if "Closed" in mail.text]
    assert closed
    assert all((mail.header("From") or "").count("Example Support") == 1 for mail in desk.inbox(BEA))


def test_a_vendors_answer_says_whose_it_is_whom_a_reply_reaches_and_that_the_case_goes_on(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, more=_VENDOR) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "/vendor acme\n\nWhere is it?", desk.now))
        assert "acme <help@vendor.test> (vendor; gets only what /vendor sends)" in desk.newest(BEA).text
        desk.answers_leave()
        desk.mail(VIC.replies(desk.newest(VIC), "We found it.", desk.now))

        told = desk.newest(BEA)
        assert told.header("X-Maild-Event") == "vendor-reply"
        assert _from(told) == "Vendor: Vic Vendor (Example Support)"
        assert _first_line(told) == (
            "Vic Vendor, a vendor, wrote in case 1. Your reply is an internal note: neither the vendor nor the "
            "customer gets it."
        )
        assert "The status is Open now: the vendor wrote." in told.text
        assert "To write to the vendor, put /vendor acme above your text." in told.text

        desk.mail(BEA.replies(told, "Thank you!", desk.now))
        assert "Your text is kept as a note; nothing of it leaves for the customer." in desk.newest(BEA).text
        vics = len(desk.inbox(VIC))
        to, subject, begun = opened(links(told)["Answer the vendor"])
        desk.mail(BEA.writes(to, subject, f"{begun}Send it on, please.", desk.now))
        desk.answers_leave()
        assert len(desk.inbox(VIC)) == vics + 1
        assert "Send it on, please." in desk.newest(VIC).text
        assert len(desk.inbox(ANN)) == 1
        desk.mail(BEA.replies(told, "/vendor acme", desk.now))
        receipt = desk.newest(BEA).text
        assert "✖ /vendor: what? Write your text below it" in receipt
        assert "✔" not in receipt


def test_a_digest_and_an_answer_about_no_case_say_that_a_reply_goes_to_no_customer(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/digest daily", desk.now))
    own = next(word for word in desk.newest(BEA).text.split() if word.startswith("support+c0."))
    desk.mail(ANN.replies(desk.newest(ANN), "Any news?", desk.now))
    desk.later(hours=24)
    digest = desk.newest(BEA)
    assert digest.text.startswith("Your day: 1 notice on 1 case. A reply to this mail goes to no customer.")
    desk.mail(BEA.writes(own, "", "list mine", desk.now))
    listed = " ".join(desk.newest(BEA).text.split())
    assert f"This address is yours alone; a reply to this mail goes to it, and to no customer: {own}" in listed


def test_an_answer_that_could_be_a_customers_question_is_offered_in_whole_sentences(
    desk: StoryDesk, notice: Mail
) -> None:
    acknowledgement = desk.newest(ANN).text
    assert (
        "You can also reply with just one word:\n* status, to hear how it stands\n* close, if it is settled\n"
        in acknowledgement
    )
