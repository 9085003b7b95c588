"""What of an agent's mail is an answer at all."""

import pytest

from maild.desk.words import is_signature, own_words, says_something


@pytest.mark.parametrize("text", ["", " \n\t", "​‌﻿", "\u00a0\u2060\u00ad", "\u3164\u2800"])
def test_what_shows_nothing_says_nothing(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize("text", ["ok", "?", "👍", "好", "1", "…"])
def test_a_sign_says_something(text: str) -> None:
    assert says_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "Best regards\nBea",
        "Kind regards, Bea\nExample Inc.\n+48 12",
        "MIT FREUNDLICHEN GRÜSSEN\n\nBea",
        "Pozdrawiam,\nBea",
    ],
)
def test_what_people_end_with_is_no_answer(text: str) -> None:
    assert is_signature(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks\nBea",
        "It is on its way.\n\nBest regards\nBea",
        "Best regards from all of us, and the parcel is on its way today.",
        "Regards, but the parcel is on its way.",
        "\n".join(["Best regards", *["a line"] * 12]),
    ],
)
def test_an_answer_is_no_signature(text: str) -> None:
    assert not is_signature(text)


def test_a_signature_below_nothing_is_not_their_words() -> None:
    assert own_words("\n-- \nBea\nExample Inc.", context=True) == ""
    assert own_words("Hello\n-- \nBea", context=True) == "Hello\n-- \nBea"
