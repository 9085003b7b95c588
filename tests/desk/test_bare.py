"""What of a mail that means no case is read as a command, what is pointed out, and what stays a text."""

from dataclasses import replace

import pytest

from maild.desk.orders.bare import mistaken_subject, mistaken_text, spelled_out
from parsers import parse
from parsers.message import ParsedMessage


def _mail(text: str, subject: str = "x", more: str = "") -> ParsedMessage:
    head = f"From: bea@desk.test\r\nTo: s@desk.test\r\n{more}Subject: {subject}\r\n\r\n"
    return parse(f"{head}{text}\r\n".encode())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("list mine\nShow 1", "/list mine\n/Show 1"),
        ("/take\nlist mine", "/take\n/list mine"),
        ("away until friday", "/away until friday"),
        ("away from the office, sorry", "away from the office, sorry"),
        ("digest daily", "/digest daily"),
        ("digest that, my friend", "digest that, my friend"),
        ("new for Ann <ann@one.test>", "/new for Ann <ann@one.test>"),
        ("new shoes for Ann", "new shoes for Ann"),
        ("case 3 /close", "/case 3 /close"),
        ("case 3 is hers", "case 3 is hers"),
        ("Hello\nlist mine", "Hello\nlist mine"),
        ("close 3", "close 3"),
    ],
)
def test_first_lines_are_commands_where_they_have_the_form_of_one(text: str, read: str) -> None:
    assert spelled_out(_mail(text)).reply_text == read


def test_T09_a_subject_is_read_only_where_it_looks_and_the_mail_is_new_and_empty() -> None:
    assert spelled_out(_mail("", "list mine")).reply_text == "/list mine"
    assert spelled_out(_mail("-- \nBea", "/show 7")).reply_text == "/show 7"
    assert spelled_out(_mail("Hello", "list mine")).reply_text == "Hello"
    for subject in ("close", "/away off", "Re: list mine", "[Case #1] list mine", "listen", "release 7"):
        assert not spelled_out(_mail("", subject)).reply_text
    assert not spelled_out(_mail("", "list mine", "In-Reply-To: <a@b.test>\r\n")).reply_text
    assert not spelled_out(replace(_mail("", "list mine"), references=("<a@b.test>",))).reply_text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lst mine", "list mine"),
        ("sumary 4", "summary 4"),
        ("clsoe 3", "/case 3 /close"),
        ("qurantine", "quarantine"),
        ("Please help Ann", None),
        ("Hello desk, what is up?", None),
        ("Dear Ann,\nyour parcel has left.", None),
        ("lst mine or whatever it may be called here", None),
        ("lst\na\nb\nc", None),
        ("", None),
        ("!?", None),
    ],
)
def test_a_slip_of_the_pen_is_pointed_out_and_prose_is_not(text: str, said: str | None) -> None:
    found = mistaken_text(text)
    assert found is None if said is None else f"did you mean {said}?" in (found or "")


@pytest.mark.parametrize(
    ("subject", "is_one"), [("/take", True), ("away until friday", True), ("Hello", False), ("", False)]
)
def test_a_command_in_the_subject_is_pointed_out(subject: str, is_one: bool) -> None:
    assert (mistaken_subject(_mail("x", subject)) is not None) is is_one
