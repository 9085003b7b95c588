"""The day until which somebody is away, as absence notes state it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from parsers import parse
from parsers.absence import until

SENT = datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office until Monday 11 May.", date(2026, 5, 11)),
        ("I will be back on May 11, 2026.", date(2026, 5, 11)),
        ("Away 2026-05-05 to 2026-05-11.", date(2026, 5, 11)),
        ("Ich bin bis einschließlich 11.05. nicht im Büro.", date(2026, 5, 11)),
        ("Vom 05.05. bis 11.05.2026 im Urlaub.", date(2026, 5, 11)),
        ("Je suis absent jusqu'au 11 mai inclus.", date(2026, 5, 11)),
        ("Estaré fuera hasta el 11 de mayo de 2026.", date(2026, 5, 11)),
        ("jestem na urlopie do 11 maja", date(2026, 5, 11)),
        ("Jsem na dovolené do 11. 5.", date(2026, 5, 11)),
        ("Я в отпуске до 11 мая", date(2026, 5, 11)),
        ("Olen lomalla 11.5. saakka", date(2026, 5, 11)),
        ("5月11日まで不在にしております", date(2026, 5, 11)),
        ("5월 11일까지 휴가입니다", date(2026, 5, 11)),
        ("Május 11-ig szabadságon vagyok", date(2026, 5, 11)),
        ("11 Mayıs tarihine kadar izindeyim", date(2026, 5, 11)),
        ("Back on 7 January.", date(2027, 1, 7)),
        ("Call +44 20 7946 0000 or 555-1234.", None),
        ("I am away.", None),
        ("Since 1.1.2020 nobody is here.", None),
        ("on 31.02. and 45.13.", None),
    ],
)
def test_latest_day_of_an_absence_note(text: str, day: date | None) -> None:
    assert until(text, SENT) == day


def test_only_automatic_answers_have_one() -> None:
    head = "From: a@b.example\nDate: Mon, 4 May 2026 10:00:00 +0000\nSubject: {}\n\nI am out of office until 11 May."
    assert parse(head.format("Automatic reply: x").encode()).absent_until == date(2026, 5, 11)
    assert parse((head.format("Re: x") + " Can you come before?").encode()).absent_until is None
