"""What counts as a plain yes or no: a mail goes its way by it, or is dropped (threats T01, T84)."""

import pytest

from maild.desk.yes_or_no import answer_of


@pytest.mark.parametrize(
    "text",
    [
        "yes", "Yes.", "YES!", "/yes", "/confirm", "yes\n\nBea Agent\nExample Inc.", "\n  yes ,\n",
        "Yes, it was me. Thanks", "Yes - it was me", "yes: I wrote it", "Yes, thank you!", "Yes. Bea",
        "Yes, that’s me, Bea",
        "yes, I sent this mail, thanks", "Yes, that mail is mine.", "Yes, I did.",
        "Yes, I meant that", "Yes, go ahead.", "yes, do it",
    ],
)  # fmt: skip
def test_T01_a_plain_yes(text: str) -> None:
    assert answer_of(text, "Bea") is True


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "No!",
        "/no",
        "No, that was not me.",
        "no, it wasn't me",
        "No - please delete it",
        "No, thanks",
        "No, I didn’t",
    ],
)
def test_T01_a_plain_no(text: str) -> None:
    assert answer_of(text, "Bea") is False


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "> yes", "yes, eve", "Yes? I did not write that", "Yes, it was not me",
        "yes, but it was not mine", "Yes it was me",
        "Yes, and somebody forges my name!", "Yes, it wasn't me", "Yes, no", "No, that was not me, yes I am sure",
        "No, it was me", "no problem, it was me", "No problem", "No, wait", "I said yes",
        "yes please hold it", "nope",
        "Yes, was that me?", "No, who was it?", "oui", "Yes, drop it", "No, go ahead",
        "Yes, http://x.test", "Yes, it was me + eve", "Hello,\nyes",
    ],
)  # fmt: skip
def test_T01_what_is_neither(text: str) -> None:
    assert answer_of(text, "Bea") is None
