from hypothesis import given
from hypothesis import strategies as st

from maild.desk.tokens import TokenKind, make_token, verify, without_tokens
from parsers.message import Mark

KEY = b"k" * 32
BEA = "bea@desk.test"


def _mark(token: str, case: int = 7) -> Mark:
    return Mark(case, None, token, "address")


def test_a_thread_token_proves_a_thread_and_nothing_more() -> None:
    proof = verify(KEY, _mark(make_token(KEY, TokenKind.THREAD, 7)), BEA)

    assert proof is not None
    assert proof.kind is TokenKind.THREAD


def test_an_agents_token_proves_the_agent_only_in_their_own_mail() -> None:
    mark = _mark(make_token(KEY, TokenKind.AGENT, 7, BEA))

    assert verify(KEY, mark, "Bea@desk.test").kind is TokenKind.AGENT  # type: ignore[union-attr]
    assert verify(KEY, mark, "carl@desk.test") is None
    assert verify(KEY, mark, None) is None


def test_a_token_is_for_one_case_and_one_key() -> None:
    token = make_token(KEY, TokenKind.AGENT, 7, BEA)

    assert verify(KEY, _mark(token, case=8), BEA) is None
    assert verify(b"x" * 32, _mark(token), BEA) is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16))
def test_no_guess_is_accepted(guess: str) -> None:
    real = {make_token(KEY, kind, 7, BEA if kind is not TokenKind.THREAD else "") for kind in TokenKind}
    assert (verify(KEY, _mark(guess), BEA) is None) == (guess not in real)


def test_T12_tokens_are_blotted_out_of_text() -> None:
    token = make_token(KEY, TokenKind.AGENT, 7, BEA)
    text = f"see support+c7.{token}@desk.test, <c7.e3.{token.upper()}@desk.test> and Ref: c7.{token}."

    assert token not in without_tokens(text).lower()
    assert without_tokens("version c7.12 is out") == "version c7.12 is out"
