"""One word is a wish; a sentence never is."""

import pytest

from parsers import parse
from parsers.wishes import Wish, in_one_word, wish_of


def _mail(text: str, subject: str = "x") -> bytes:
    head = f"From: ann@customer.test\r\nTo: support@desk.test\r\nSubject: {subject}\r\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("status", Wish.STATUS),
        (" STATUT ? ", Wish.STATUS),
        ("Meine  Fälle.", Wish.LIST),
        ("lista", Wish.LIST),
        ("*Schließen*", Wish.CLOSE),
        ("SCHLIESSEN", Wish.CLOSE),
        ("zamknij", Wish.CLOSE),
        ("“reopen”", Wish.REOPEN),
        ("Heropenen", Wish.REOPEN),
        ("Disiscrivimi", Wish.LEAVE),
        ("darme de baja", Wish.LEAVE),
    ],
)
def test_a_word_is_a_wish_in_any_of_our_languages(said: str, wish: Wish) -> None:
    assert in_one_word(said) is wish


@pytest.mark.parametrize(
    "said", ["", "close the window", "done", "ok", "yes", "/close", "status\nclose", "s" * 10**6]
)
def test_anything_else_is_none(said: str) -> None:
    assert in_one_word(said) is None


@pytest.mark.parametrize(
    ("text", "subject", "wish"),
    [
        ("status\n\n-- \nAnn\nCustomer Ltd", "x", Wish.STATUS),
        ("close\n\nSent from my iPhone", "x", Wish.CLOSE),
        ("close\n\nOn Monday, Support wrote:\n> Is it solved?", "x", Wish.CLOSE),
        ("", "Re: [Case #1042] close", Wish.CLOSE),
        ("", "list", Wish.LIST),
        ("> Is it solved?", "[Case #1042] close", None),
        ("Hello", "close", None),
        ("close, but first tell me why", "x", None),
    ],
)
def test_the_word_is_all_of_ones_own_text_or_the_subject_of_an_empty_mail(
    text: str, subject: str, wish: Wish | None
) -> None:
    assert wish_of(parse(_mail(text, subject))) is wish


def test_a_mail_with_a_file_is_a_message() -> None:
    part = "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=x.png\r\n\r\nPNG\r\n--b--\r\n"
    body = f"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nclose\r\n{part}"
    assert wish_of(parse(f"From: a@b.test\r\nSubject: x\r\n{body}".encode())) is None
