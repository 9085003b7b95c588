import pytest

from maild.desk.courtesy import is_courtesy


@pytest.mark.parametrize(
    "text", ["Thanks!", "Thank you so much.", "Vielen Dank!", "Dziękuję", "ありがとう", "Merci beaucoup"]
)
def test_a_word_of_thanks_is_a_courtesy(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks, but it still fails.",
        "Thanks. When will it come?",
        "Danke, aber es geht nicht.",
        "It broke.",
        "Thank you for the long explanation, which I have read twice; I would now like to add the following facts.",
    ],
)
def test_anything_more_is_not(text: str) -> None:
    assert not is_courtesy(text)
