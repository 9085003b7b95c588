"""For whom a case is to be opened: an address, with or without a name, and nothing else."""

import pytest

from maild.desk.calls import read_new
from maild.desk.orders.orders import Refusal
from maild.desk.settings import Agent, Desk

DESK = Desk(
    name="d", address="support@desk.test", instance="i", agents=(Agent(address="bea@desk.test", name="Bea"),),
    own_addresses=frozenset({"support@desk.test"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("argument", "address", "name", "quietly"),
    [
        ("for ann@one.test", "ann@one.test", "", False),
        ("ann@one.test", "ann@one.test", "", False),
        ("for <Ann@One.test>,", "ann@one.test", "", False),
        ("for Ann Example <ann@one.test>", "ann@one.test", "Ann Example", False),
        ('for "Example, Ann" <ann@one.test> quietly', "ann@one.test", "Example, Ann", True),
        ("for  Ann   Example ann@one.test quietly", "ann@one.test", "Ann Example", True),
    ],
)
def test_a_person_is_an_address_and_perhaps_a_name(argument: str, address: str, name: str, quietly: bool) -> None:
    found = read_new(argument, DESK)
    assert (found.address, found.name, found.quietly) == (address, name, quietly)


@pytest.mark.parametrize(
    "argument",
    [
        "", "for", "for Ann Example", "for ann@one.test ben@one.test", "for bea@desk.test",
        "for Us <support@desk.test>",
        "for ann@one.test@two.test", "for " + "x" * 390 + " ann@one.test",
        "case please",
        "for Ben@one.test <ann@one.test>", "quietly",
    ],
)  # fmt: skip
def test_for_nobody_for_several_or_for_one_of_us_is_refused(argument: str) -> None:
    with pytest.raises(Refusal):
        read_new(argument, DESK)
