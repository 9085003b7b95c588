"""Whether a text repeats what was said elsewhere, and the mark by which internal text is found again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.desk.canaries import canary, holds_canary, lines_with_canary, without_canaries
from maild.desk.echoes import RUN, echoes

NOTE = "She has threatened her lawyer twice already, so be careful what you promise her about the refund."


def test_eight_words_in_a_row_are_found_as_they_stand_in_the_text() -> None:
    text = "Dear Ann,\n\nshe HAS threatened her\nlawyer twice, already. So be kind.\n\nBea"

    assert echoes(text, NOTE) == ("she HAS threatened her\nlawyer twice, already. So be",)


def test_seven_words_in_a_row_are_a_coincidence() -> None:
    assert echoes("She has threatened her lawyer twice already.", NOTE) == ()


def test_what_the_customer_has_read_already_is_harmless() -> None:
    assert echoes(f"As you wrote: {NOTE}", NOTE, [f"You said: {NOTE}"]) == ()


def test_each_of_several_runs_is_found() -> None:
    said = " ".join(f"w{n}" for n in range(40))
    text = f"{' '.join(f'w{n}' for n in range(10))} and {' '.join(f'w{n}' for n in range(20, 30))}"

    assert [len(run.split()) for run in echoes(text, said)] == [10, 10]


@given(
    st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=60), st.lists(st.sampled_from(["a", "b"]), max_size=60)
)
def test_found_is_what_stands_in_both(ours: list[str], theirs: list[str]) -> None:
    text, said = " ".join(ours), " ".join(theirs)
    found = echoes(text, said)

    assert all(run in text and len(run.split()) >= RUN for run in found)
    common = any(" ".join(theirs[at : at + RUN]) in text for at in range(len(theirs) - RUN + 1))
    assert bool(found) == common


def test_a_long_text_takes_no_time() -> None:
    assert echoes("a " * 200_000, "b " * 200_000) == ()


def test_a_mark_is_found_whatever_a_client_does_to_its_case_and_blotted_out() -> None:
    mark = canary(b"key", 7)

    assert mark != canary(b"key", 8)
    assert mark != canary(b"other", 7)
    text = f"Hello\n> Carl, note ({mark.upper()}): x\nBye"
    assert lines_with_canary(text) == (f"> Carl, note ({mark.upper()}): x",)
    assert holds_canary(text.encode())
    assert not holds_canary(without_canaries(text))


@pytest.mark.parametrize("text", ["inside-out", "inside-information", "the inside", "inside-abcdefghi"])
def test_words_of_people_are_no_marks(text: str) -> None:
    assert not holds_canary(text)
