"""Who of several people reads an answer, and whom it is meant for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maild.desk.merged import greeted, is_one_house, of_several_houses, who_reads
from maild.desk.settings import Customer, Desk
from store.records import Case, Status

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANNS = Case(
    number=1, queue="support", subject="s", status=Status.NEW, severity="Medium", kind="question", level="L1",
    owner=None, requester="ann@one.test", requester_name="Ann Lee", creator=None, language="en",
    created_at=NOW, updated_at=NOW, events=0, root_message_id=None,
)  # fmt: skip
BENS = replace(ANNS, number=2, requester="ben@two.test", requester_name="Ben Łuk-Lee")
DESK = Desk(name="d", address="s@desk.test", instance="i")
HOUSE = Customer(name="House")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ann@one.test", "ben@one.test", True),
        ("ann@mail.one.co.uk", "ben@one.co.uk", True),
        ("ann@one.test", "ben@two.test", False),
        ("ann@gmail.com", "ben@gmail.com", False),
        ("ann@gmail.com", "Ann@GMAIL.com", True),
        ("ann@here.test", "ben@there.test", True),
        ("ann@here.test", "ben@one.test", False),
    ],
)
def test_a_house_is_a_customer_of_the_desk_or_a_domain_that_is_not_everybodys(
    one: str, other: str, same: bool
) -> None:
    desk = replace(DESK, customers={"@here.test": HOUSE, "@there.test": HOUSE})
    assert is_one_house(one, other, desk) is same


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Dear Ben,\n\nhello.", ["ben@two.test"]),
        ("\n\nHi ann!", ["ann@one.test"]),
        ("BEN@two.test: see below", ["ben@two.test"]),
        ("Dear Mr łuk,", ["ben@two.test"]),
        ("Dear Ms Lee,", []),  # both are called that
        ("Dear Ann, dear Ben,", []),
        ("Dear both,\n\nBen knows.", []),
        ("", []),
        ("x" * 100 + " Ben", []),
        ("Dear Benjamin,", []),
    ],
)
def test_an_answer_names_one_of_several_in_its_first_line_or_it_is_for_all(text: str, named: list[str]) -> None:
    assert greeted(text, [ANNS, BENS])[0] == named
    assert greeted(text, [ANNS]) == ([], [])


def test_who_reads_is_said_once_for_each_person_with_the_number_that_they_know() -> None:
    once = who_reads([ANNS, replace(ANNS, number=7)], "Case")
    assert once == "ann@one.test is answered once, as [Case #1]; who was in copy of either case reads along"
    assert "to ann@one.test as [Case #1] and to ben@two.test as [Case #2], to each" in who_reads([ANNS, BENS], "Case")


def test_people_of_one_house_are_not_asked_about() -> None:
    assert of_several_houses([ANNS, replace(BENS, requester="ben@one.test")], 1, DESK) is None
    assert "to ann@one.test and to ben@two.test" in (of_several_houses([ANNS, BENS], 1, DESK) or "")
