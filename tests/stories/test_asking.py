"""What agents look up by mail: lists, whole cases, searches, summaries; never of a queue that is not theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maild.demo.people import Mail
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, MONDAY, StoryDesk, story_desk

TWO_QUEUES = """
[[queue]]
name = "support"
address = "support@desk.test"
[[queue]]
name = "billing"
address = "billing@desk.test"
[[agent]]
address = "dora@desk.test"
name = "Dora"
queues = ["billing"]
"""


@pytest.fixture
def two(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    """Ann and Ben wrote to support, Eve to billing, which is Dora's only queue."""
    with story_desk(tmp_path, sink, store_url, TWO_QUEUES, MONDAY) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late, 100% lost.", desk.now))
        desk.mail(BEN.writes(DESK, "Invoice twice", "I paid it twice.", desk.now))
        desk.mail(EVE.writes("billing@desk.test", "Secret matter", "A parcel of money.", desk.now))
        yield desk


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def _standing(desk: StoryDesk) -> str:
    """The address that is Bea's alone."""
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/help", desk.now))
    return next(word for word in desk.newest(BEA).text.split() if "+c0." in word)


def test_bare_words_to_the_standing_address_are_answered_and_open_no_case(two: StoryDesk) -> None:
    to = _standing(two)
    two.mail(BEA.replies(two.inbox(BEA)[0], "/take\n/due 3d", two.now))
    two.mail(BEA.writes(to, "whatever", "list mine\nlist unowned\n\nBea", two.now))
    answer = two.newest(BEA)
    text = _flat(answer)
    assert answer.subject == "[Example Support] What became of your mail"
    line = "[Case #1] Open, Medium, bea, opened less than a minute ago, due 05 Mar 2026 09:00, ann@customer.test: W"
    assert f"my open cases: 1 {line}" in text
    assert "open cases that nobody owns: 2 [Case #2]" in text
    assert len(two.cases()) == 3
    assert two.quarantined() == []

    two.mail(BEA.writes(to, "x", "show 2", two.now))
    assert "| I paid it twice." in two.newest(BEA).text
    two.mail(BEA.writes(to, "x", "/summary #1", two.now))
    assert "takes part: ann@customer.test (requester)" in _flat(two.newest(BEA))
    assert not any("list" in mail.text for mail in two.inbox(ANN))


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("search parcel", {1, 3}),
        ("search PARCEL late", {1}),
        ("search ann@customer.test", {1}),
        ('search "paid it"', {2}),
        ('search "it paid"', set()),
        ("search 100%", {1}),
        ("search 1%0%", set()),
        ("search i_voice", set()),
        ("search '; drop table cases; --", set()),
        ("search \\\\", set()),
        ("search nothing-of-the-kind", set()),
    ],
)
def test_T86_search_finds_words_and_takes_no_wildcards_or_quotes(two: StoryDesk, order: str, found: set[int]) -> None:
    two.mail(BEA.writes(_standing(two), "x", order, two.now))
    answer = two.newest(BEA).text
    assert {number for number in (1, 2, 3) if f"[Case #{number}]" in answer} == found
    assert len(two.cases()) == 3


@pytest.mark.parametrize(
    "order", ["/show {}", "/summary {}", "/merge {}", "/link {}", "/parent {}", "/dup {}", "/problem {}"]
)
def test_T31_a_case_of_a_queue_that_is_not_served_is_a_case_that_is_not_there(two: StoryDesk, order: str) -> None:
    dora = type(BEA)("Dora", "dora@desk.test")
    notice = two.newest(dora)
    answers = []
    for number in (1, 99):
        two.mail(dora.replies(notice, order.format(number), two.now))
        answers.append(_flat(two.newest(dora)).replace(str(number), "N"))
        assert "✖" in answers[-1]
    lines = [text[text.index("✖") : text.index("How the case stands")] for text in answers]
    assert lines[0] == lines[1]
    assert "no case N" in lines[0]
    assert "parcel?" not in "".join(lines)


def test_T31_lists_and_searches_show_cases_of_served_queues_only(two: StoryDesk) -> None:
    dora = type(BEA)("Dora", "dora@desk.test")
    notice = two.newest(dora)
    for order in ("/list open", "/list queue support", "/search parcel", "/search ann@customer.test", "/search 1"):
        two.mail(dora.replies(notice, order, two.now))
        text = two.newest(dora).text
        assert "[Case #1]" not in text
        assert "[Case #2]" not in text
    two.mail(dora.replies(notice, "/case 1\n/close", two.now))
    assert two.case(1).status == "New"
    assert "there is no case 1" in two.newest(dora).text


def test_looking_at_a_case_tells_its_owner_nothing(two: StoryDesk) -> None:
    two.mail(CARL.replies(two.inbox(CARL)[0], "/take", two.now))
    before = len(two.inbox(CARL))
    two.mail(BEA.replies(two.inbox(BEA)[0], "/show\n/summary\n/list waiting", two.now))
    assert len(two.inbox(CARL)) == before
    assert "two weeks late" in two.newest(BEA).text


@pytest.mark.parametrize("order", ["/list everything", "/search", "/search x", "/show parcel", "/list queue nowhere"])
def test_what_cannot_be_shown_is_refused_with_the_next_step(two: StoryDesk, order: str) -> None:
    two.mail(BEA.replies(two.inbox(BEA)[0], order, two.now))
    assert f"✖ {order}: " in _flat(two.newest(BEA))
    assert "Say /" in _flat(two.newest(BEA))


def test_a_letter_to_the_standing_address_is_held_and_nothing_of_it_is_done(two: StoryDesk) -> None:
    two.mail(BEA.writes(_standing(two), "x", "/case 1\n/close\n\nDear Ann, it is done.", two.now))
    assert two.case(1).status == "New"
    assert two.quarantined() == ["agent-without-case"]
    assert "✖ /close: not done" in two.newest(BEA).text


def test_bare_words_in_a_reply_to_a_notice_are_text(two: StoryDesk) -> None:
    two.mail(BEA.replies(two.inbox(BEA)[0], "show 2 and search it, please", two.now))
    two.answers_leave()
    assert "show 2 and search it, please" in two.newest(ANN).text


def test_the_receipt_ticks_nothing_that_was_kept_back_with_the_text(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Hello", "It burns.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/ntoe\n/resolve\n/take\n\nIt is put out.", desk.now))
    receipt = desk.newest(BEA).text
    assert "– /resolve: not done, because your text was kept back; send it again with the text" in receipt
    assert "✔ /take" in receipt
    assert "✔ /resolve" not in receipt
    assert desk.case(1).status == "New"


def test_what_became_of_commands_stands_in_the_way_of_nobody_who_reads_on(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Hello", "It burns.", desk.now))
    opened = desk.newest(BEA)
    for order in ("/take", "/severity high", "/summary", "/kind bug"):
        desk.mail(BEA.replies(opened, order, desk.now))
    assert "It burns" in desk.newest(BEA).text.partition("Said before")[2]
    assert "✔ /severity" not in desk.newest(CARL).text
