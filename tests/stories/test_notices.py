"""Notices from which an agent works: what stands in them, and what their links do, through the whole road."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from maild.demo.people import Mail
from parsers.html import to_text
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, CONFIG, DESK, MONDAY, StoryDesk
from tests.stories.links import html_of, links, opened, taps

_SIGNATURE = "\nBea Agent\nExample Support\nPhone 555 1234\n\nThis is for its reader only. " + "Indeed it is. " * 30


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked, with Ben in copy; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now, cc=[BEN.address]))
    return desk.newest(BEA)


def _outside(desk: StoryDesk) -> list[Mail]:
    """What Ann got beside the acknowledgement."""
    return desk.inbox(ANN)[1:]


def test_a_notice_says_first_what_it_is_who_reads_a_reply_and_who_is_in_the_case(notice: Mail) -> None:
    lines = [line for line in notice.text.split("\n") if line]

    assert lines[1:3] == [
        "A new case for support, from Ann Customer. "
        "Your reply goes to ann@customer.test, ben@customer.test. (/note keeps it internal.)",
        "In the case: Ann Customer <ann@customer.test> (customer); ben@customer.test (in copy).",
    ]
    assert "Status:    New, Medium" in lines
    assert "Promised:  address (a word to the customer) within 8 working hours: due 02 Mar 2026 17:00 UTC" in lines
    assert "Queue:     support, L1, question" in lines


def test_a_notice_tells_the_last_three_entries_but_not_what_it_shows_anyway(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n\nIt is on its way.", desk.now))
    desk.later(minutes=5)
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/note\n\nLook at the label.\n" + "It is wrong. " * 20, desk.now))
    desk.later(minutes=5)
    desk.mail(ANN.replies(desk.newest(ANN), "Since when?", desk.now))

    told = re.sub(r" \(inside-\w+\)", "", desk.newest(BEA).text.partition("Said before")[2]).split("\n")
    assert [line.partition(":")[2].partition(":")[0] for line in told if line.startswith("- ")] == [
        "05, Carl, note",
        "00, Bea, answer",
        "00, Example Support, automatic mail",
    ]
    assert "Since when?" not in "\n".join(told)
    assert all(len(line) < 140 for line in told)
    assert "Bea (owner)" in desk.newest(BEA).text


def test_a_note_that_begins_with_a_tick_is_told_and_what_became_of_commands_is_not(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/take", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/note\n\n✔ Done: the label is printed anew.", desk.now))
    assert "✔ Done: the label is printed anew." in desk.newest(BEA).text
    desk.later(minutes=5)
    desk.mail(ANN.replies(desk.newest(ANN), "Since when?", desk.now))

    told = desk.newest(BEA).text.partition("Said before")[2]
    assert "✔ Done: the label is printed anew." in told
    assert "/take" not in told
    desk.mail(BEA.replies(desk.newest(BEA), "/summary", desk.now))
    summary = desk.newest(BEA).text
    assert "✔ Done: the label is printed anew." in summary
    assert "the case is yours" not in summary


def test_a_notice_has_headers_for_filters(desk: StoryDesk, notice: Mail) -> None:
    names = ("Case", "Event", "Status", "Severity", "Kind", "Level", "Owner", "Queue")
    said = [notice.header(f"X-Maild-{name}") for name in names]
    assert said == ["1", "new-case", "New", "Medium", "question", "L1", "nobody", "support"]
    assert notice.header("List-Id") == "<support.desk.test>"

    desk.mail(BEA.replies(notice, "/take", desk.now))
    assert desk.newest(BEA).header("X-Maild-Owner") == BEA.address
    assert not desk.inbox(ANN)[0].header("X-Maild-Owner")


def test_the_text_part_has_every_word_of_the_html_part(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n\nIt is on its way.", desk.now))
    receipt = desk.newest(BEA)
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/note\n\nLook at the label.", desk.now))
    for mail in (notice, receipt, desk.newest(BEA)):
        html = re.sub(r"<a .*?</a>|<title>.*?</title>", "", html_of(mail), flags=re.DOTALL)
        shown = set(re.findall(r"[\w@.+-]*\w", to_text(html)))
        assert shown <= set(re.findall(r"[\w@.+-]*\w", mail.text))


def test_every_link_is_a_whole_mail_and_stands_in_the_text_as_a_command(desk: StoryDesk, notice: Mail) -> None:
    found = links(notice)
    assert list(found) == [
        "Reply to the customer", "Write a note", "Take it", "Wait: us", "Wait: customer", "Wait: vendor", "Resolve",
        "Close", "Escalate", "Assign to Carl", "Assign to …",
        "Ask a colleague …",
    ]  # fmt: skip
    for button, link in found.items():
        to, subject, body = opened(link)
        assert re.fullmatch(r"support\+c1\.e[0-9]+\.[a-z2-7]{16}@desk\.test", to)
        assert subject.startswith("[Case #1] ")
        assert len(link) < 500, button
        command = body.split("\r\n", 1)[0].strip()
        assert command in notice.text
        assert re.search(r"^[/#!]", notice.text, re.MULTILINE) is None  # an unmarked quotation must not command
    assert desk.case(1).owner is None


@pytest.mark.parametrize("signature", ["", _SIGNATURE], ids=["bare", "signed"])
def test_a_link_does_what_it_says_and_nothing_leaves(desk: StoryDesk, notice: Mail, signature: str) -> None:
    def tap(button: str, mail: Mail) -> Mail:
        desk.mail(taps(BEA, mail, button, desk.now, signature=signature))
        desk.later(minutes=5)
        return desk.newest(BEA)

    receipt = tap("Take it", notice)
    assert desk.case(1).owner == BEA.address
    assert "✔ /take: the case is yours" in receipt.text
    assert "Take it" not in links(receipt)

    tap("Wait: vendor", receipt)
    assert desk.case(1).status == "Waiting on Vendor"
    tap("Wait: us", receipt)
    tap("Wait: customer", receipt)
    assert desk.case(1).status == "Waiting on Customer"
    tap("Escalate", receipt)
    assert desk.case(1).level == "L2"
    tap("Resolve", receipt)
    assert desk.case(1).status == "Resolved"
    closed = tap("Close", receipt)
    assert desk.case(1).status == "Closed"
    assert "Resolve" not in links(closed)
    assert not _outside(desk)

    tap("Reopen", closed)
    assert desk.case(1).status == "Open"
    tap("Assign to Carl", notice)
    assert desk.case(1).owner == CARL.address
    assert not _outside(desk)
    assert "✖" not in "".join(mail.text for mail in desk.inbox(BEA))
    if signature:
        assert not any("Phone" in entry.text for entry in desk.entries(1))


def test_what_is_written_beside_a_command_from_a_link_stays_inside(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(taps(BEA, notice, "Resolve", desk.now, typed="He is a liar.\n\n"))
    desk.later(hours=1)

    assert not _outside(desk)
    assert desk.case(1).status == "Resolved"


def test_the_links_reply_and_note_open_mails_to_write_in(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(taps(BEA, notice, "Reply to the customer", desk.now, typed="It comes tomorrow."))
    to, subject, body = opened(links(notice)["Write a note"])
    desk.mail(BEA.writes(to, subject, body + "He is always late.", desk.now))
    desk.answers_leave()

    (answer,) = _outside(desk)
    assert "It comes tomorrow." in answer.text
    assert answer.subject == "[Case #1] Re: Where is my parcel?"
    assert [entry.text for entry in desk.entries(1) if entry.direction == "note"] == ["He is always late."]
    assert "always late" not in answer.whole


def test_a_receipt_of_an_answer_has_a_link_that_takes_it_back(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n\nYou are an idiot.", desk.now))
    receipt = desk.newest(BEA)
    desk.mail(taps(BEA, receipt, "Undo", desk.now))
    desk.later(hours=1)

    assert not _outside(desk)
    assert "✔ /undo" in desk.newest(BEA).text
    assert "Undo" not in links(desk.newest(BEA))


def test_a_link_joins_a_case_to_the_one_that_it_may_be(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel", "Still nothing!", desk.now))
    second = desk.newest(BEA)
    assert "Merge into 1" not in links(notice)
    desk.mail(taps(BEA, second, "Merge into 1", desk.now))

    assert desk.case(2).status == "Merged"
    assert "✔ /merge 1" in desk.newest(BEA).text


def test_T05_a_link_is_good_for_nothing_in_other_hands(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(taps(CARL, notice, "Close", desk.now))
    desk.mail(taps(ANN, notice, "Close", desk.now))
    desk.later(hours=1)

    assert desk.case(1).status in ("New", "Open")
    assert desk.case(1).owner is None


def test_T12_no_line_of_a_notice_goes_out_where_a_client_quotes_its_html_without_marks(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/take\n/note\n\nHe is a liar.", desk.now))
    desk.mail(ANN.replies(desk.newest(ANN), "Since when?", desk.now))
    quoted = to_text(html_of(desk.newest(BEA)))
    desk.mail(BEA.replies(desk.newest(BEA), f"Since Monday.\n\n{quoted}", desk.now, quote=False))
    desk.answers_leave()

    (answer,) = _outside(desk)
    assert "Since Monday." in answer.text
    assert "liar" not in answer.whole
    assert desk.case(1).status == "Waiting on Customer"


@pytest.fixture
def plain_desk(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    """A desk whose mail server knows no plus-addresses."""
    text = CONFIG.format(store=store_url, port=sink.port).replace("[desk]", "[desk]\nplus_addresses = false")
    with ExitStack() as stack:
        yield StoryDesk(tmp_path, sink, text, stack, MONDAY)


def test_links_work_without_plus_addresses(plain_desk: StoryDesk) -> None:
    desk = plain_desk
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    notice = desk.newest(BEA)
    to, _, body = opened(links(notice)["Take it"])
    assert to == DESK
    assert body.startswith("/take\r\n")
    assert re.search(r"\r\nRef: c1\.[a-z2-7]{16}$", body)
    assert all(len(link) < 500 for link in links(notice).values())

    desk.mail(taps(BEA, notice, "Take it", desk.now, signature=_SIGNATURE))
    assert desk.case(1).owner == BEA.address
    desk.mail(taps(BEA, notice, "Write a note", desk.now, typed="A liar."))
    desk.mail(taps(BEA, notice, "Reply to the customer", desk.now, typed="It comes tomorrow."))
    desk.answers_leave()
    (answer,) = _outside(desk)
    assert "It comes tomorrow." in answer.text
    assert "liar" not in answer.whole
    assert "Ref" not in answer.text.partition("-- \n")[0]


def test_an_answer_begun_from_an_old_notice_is_held_when_the_customer_has_written_since(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(ANN.replies(desk.newest(ANN), "Forget it, it just came!", desk.now))
    desk.mail(taps(BEA, notice, "Reply to the customer", desk.now, typed="It comes tomorrow."))
    desk.answers_leave()

    assert not _outside(desk)
    assert "Forget it, it just came!" in desk.newest(BEA).text
    desk.mail(taps(BEA, desk.inbox(BEA)[1], "Reply to the customer", desk.now, typed="Very well."))
    desk.answers_leave()
    (answer,) = _outside(desk)
    assert "Very well." in answer.text
