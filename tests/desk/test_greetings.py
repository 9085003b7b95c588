"""Whom a text greets, and what of a text may be meant as a command."""

import pytest

from maild.desk.greetings import greets, names, names_one_of, signers
from maild.desk.orders.slips import bare_command, command_at_an_end


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("Thanks Carl, well done. She is difficult.", True),
        ("Carl, what do we do here?", True),
        ("\nHello Carl\n\nplease look.", True),
        ("Thanks Carl.", True),
        ("Dear Carl Smith:", True),
        ("> Carl,\nHello Ann,", False),
        ("Hello Ann, Carl will call you.", False),
        ("Carl will call you.", False),
        ("I asked my colleague Carl, he knows.", False),
        ("Please ask Carl.", False),
        ("Hello,\nCarl", False),
        ("Carla, hello", False),
        ("", False),
    ],
)
def test_a_text_greets_whose_name_ends_its_first_words(text: str, does: bool) -> None:
    assert greets(text, "Carl Smith") is does


def test_who_has_no_name_is_greeted_by_their_address() -> None:
    assert greets("Hi carl, yes", "", "carl@desk.test")
    assert not greets("Hi carl, yes", "Eve", "carl@desk.test")


def test_others_in_the_greeting_are_found_and_those_who_sign() -> None:
    assert names_one_of("Hello Ann and Carl, it is", names("Ann Lee"))
    assert not names_one_of("Hello Carl, Ann is", names("Ann Lee"))
    assert signers("It broke, Bob said.\n\nRegards\nCarl Low\n> Eve") == {"regards", "carl", "low"}


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("take", "take"),
        ("Take it.", "take"),
        ("resolved", "resolve"),
        ("status", "status"),
        ("assign carl@desk.test", "assign"),
        ("close\n\nBest regards\nBea", "close"),
        ("take\n> where is it?", "take"),
        ("yes", None),
        ("No.", None),
        ("Thanks", None),
        ("Why?", None),
        ("Close case 3", "close"),
        ("note call her", "note"),
        ("Solved by phone.", None),
        ("Take the red cable out", None),
        ("Take care, Ann", None),
        ("Close the window.\nThen open it.", None),
        ("", None),
    ],
)
def test_a_text_that_is_a_command_but_for_its_slash(text: str, verb: str | None) -> None:
    assert bare_command(text) == verb


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Hello Ben, here I am. /resolve", "resolve"),
        ("Hello.\nWhat do we do here? /note\nBea", "note"),
        ("It is his. /assign carl", "assign"),
        ("Look into /etc/close", None),
        ("It is in /home", None),
        ("Either / or", None),
        ("and/close", None),
        ("The file /close was lost", None),
        ("> so /close", None),
        ("/close", None),
    ],
)
def test_a_line_that_ends_in_a_command(text: str, verb: str | None) -> None:
    found = command_at_an_end(text)
    assert (found[1] if found else None) == verb
