"""The language of a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers.language import detect


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The printer is not working and I have to print the invoice today."),
        ("de", "Der Drucker geht nicht mehr, und ich muss heute die Rechnung drucken."),
        ("fr", "L'imprimante ne marche plus et je dois imprimer la facture aujourd'hui."),
        ("es", "La impresora no funciona y tengo que imprimir la factura hoy."),
        ("pt", "A impressora não funciona e preciso de imprimir a fatura hoje."),
        ("it", "La stampante non funziona e devo stampare la fattura oggi."),
        ("nl", "De printer doet het niet meer en ik moet vandaag de factuur printen."),
        ("pl", "Drukarka nie działa, a muszę dzisiaj wydrukować fakturę."),
        ("cs", "Tiskárna nefunguje a musím dnes vytisknout fakturu, děkuji."),
        ("ru", "Принтер не работает, а мне нужно распечатать счёт."),
        ("uk", "Принтер не працює, а мені потрібно надрукувати рахунок."),
        ("sv", "Skrivaren fungerar inte och jag måste skriva ut fakturan i dag."),
        ("fi", "Tulostin ei toimi, mutta minun pitää tulostaa lasku. Kiitos."),
        ("ja", "プリンターが動きません。"),
        ("zh", "打印机坏了，请帮忙。"),
        ("ko", "프린터가 작동하지 않습니다."),
        ("tr", "Yazıcı çalışmıyor ve bugün bir fatura yazdırmam gerekiyor, teşekkürler."),
        ("el", "Ο εκτυπωτής δεν λειτουργεί."),
        ("hu", "A nyomtató nem működik, és ma ki kell nyomtatnom egy számlát."),
        ("ro", "Imprimanta nu funcționează și trebuie să tipăresc factura azi."),
        ("ar", "الطابعة لا تعمل."),
        ("he", "המדפסת לא עובדת."),
        (None, "OK"),
        (None, "12345 67890"),
        (None, ""),
    ],
)
def test_language_is_told_or_left_open(language: str | None, text: str) -> None:
    assert detect(text) == language


def test_most_golden_mails_are_told_right() -> None:
    blocks = (Path(__file__).parent / "golden" / "automatic.txt").read_text(encoding="utf-8").split("\n=== ")[1:]
    told = [detect(block.partition("\n")[2]) == block[:2] for block in blocks]
    assert sum(told) >= len(told) * 0.9
