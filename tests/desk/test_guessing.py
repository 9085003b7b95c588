"""T84b at the verifier. More tries: MAILD_TRIES, or `python -m tests.desk.guessing --tries 1000000`."""

import os

from tests.desk.guessing import attempts, folded

_TRIES = int(os.environ.get("MAILD_TRIES", "20000"))


def test_T84b_of_all_tries_only_the_true_token_in_either_case_is_accepted() -> None:
    found = attempts(_TRIES, 1)
    assert found.pop("all") >= _TRIES
    assert set(found.values()) == {0}, found
    assert len(found) == 11
    assert folded(200, 1) == 200
