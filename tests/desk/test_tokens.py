"""What a token is good for, in whose mail, and how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from maild.desk.tokens import Keys, Marks, TokenKind, make_token, read_marks, verify, without_tokens
from parsers.message import Mark
from store.proving import Pass

KEY = b"k" * 32
KEYS = Keys(KEY)
BEA = "bea@desk.test"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SINCE = NOW - timedelta(days=14)
PASS = Pass(address=BEA, case=7, generation=3, issued_at=NOW)
CARLS = replace(PASS, address="carl@desk.test", generation=1)


def _mark(token: str, case: int = 7) -> Mark:
    return Mark(case, None, token, "address")


def _bea(generation: int = 3, kind: TokenKind = TokenKind.AGENT) -> str:
    return make_token(KEY, kind, 7, BEA, generation)


def _read(token: str, who: str | None = BEA, *, keys: Keys = KEYS, own: Pass = PASS, case: int = 7) -> Marks:
    return read_marks([_mark(token, case)], keys, [own, CARLS], who, (), SINCE)


def test_a_thread_token_proves_a_thread_and_nothing_more() -> None:
    (proof,) = _read(make_token(KEY, TokenKind.THREAD, 7)).proofs

    assert proof.kind is TokenKind.THREAD


def test_an_agents_token_proves_the_agent_only_in_their_own_mail() -> None:
    assert _read(_bea(), "Bea@desk.test").proofs[0].kind is TokenKind.AGENT
    assert _read(_bea(kind=TokenKind.NOTE)).proofs[0].kind is TokenKind.NOTE


def test_T07_an_agents_token_in_another_mail_proves_nothing_and_is_known_to_have_leaked() -> None:
    for who in ("carl@desk.test", None, "eve@elsewhere.test"):
        assert _read(_bea(), who) == Marks(leaked=(PASS,))


def test_a_token_is_for_one_case_and_one_key() -> None:
    assert _read(_bea(), case=8) == Marks(wrong=1)
    assert _read(_bea(), keys=Keys(b"x" * 32)) == Marks(wrong=1)


def test_a_token_signed_by_the_key_before_is_good_until_there_is_a_third() -> None:
    assert _read(_bea(), keys=Keys(b"n" * 32, KEY)).proofs
    assert not _read(_bea(), keys=Keys(b"m" * 32, b"n" * 32)).proofs


def test_an_agents_token_ends_with_its_pass() -> None:
    old = replace(PASS, issued_at=SINCE - timedelta(seconds=1))
    assert _read(_bea(), own=replace(PASS, issued_at=SINCE)).proofs
    assert [proof.kind for proof in _read(_bea(), own=old).stale] == [TokenKind.AGENT]
    assert not _read(_bea(), own=old).proofs


def test_a_token_of_a_former_generation_is_the_agents_own_and_good_no_more() -> None:
    for generation in (0, 1, 2):
        found = _read(_bea(generation))
        assert not found.proofs
        assert found.stale
        assert not _read(_bea(generation), None).leaked
    assert _read(_bea(4)) == Marks(wrong=1)


def test_tokens_of_customers_neither_run_out_nor_have_a_generation() -> None:
    # What 0.3.0 signed, by the key above: replies to its mails must find their case for years.
    assert make_token(KEY, TokenKind.THREAD, 1042) == "3gzpywfk4zipc3du"
    assert make_token(KEY, TokenKind.AGENT, 1042, BEA) == make_token(KEY, TokenKind.AGENT, 1042, BEA, 0)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16))
def test_no_guess_is_accepted(guess: str) -> None:
    real = {make_token(KEY, TokenKind.THREAD, 7), _bea(), _bea(kind=TokenKind.NOTE)}
    assert (verify(KEYS, _mark(guess), BEA, [PASS], SINCE) is None) == (guess not in real)


def test_T12_tokens_are_blotted_out_of_text() -> None:
    token = _bea()
    text = f"see support+c7.{token}@desk.test, <c7.e3.{token.upper()}@desk.test> and Ref: c7.{token}."

    assert token not in without_tokens(text).lower()
    assert without_tokens("version c7.12 is out") == "version c7.12 is out"
