import re

import pytest

from maild.desk.courtesy import is_courtesy
from parsers import phrases

BY_LANGUAGE = {
    "en": ("Thank you very much!", "Thanks, but it still fails."),
    "de": ("Vielen Dank!", "Danke, aber es geht immer noch nicht."),
    "fr": ("Merci beaucoup", "Merci, mais ça ne marche toujours pas."),
    "es": ("Muchas gracias.", "Gracias, pero todavía falla."),
    "pt": ("Muito obrigado!", "Obrigada, mas ainda não funciona."),
    "it": ("Grazie mille", "Grazie, ma ancora non va."),
    "nl": ("Dank u wel!", "Bedankt, maar het werkt nog niet."),
    "pl": ("Dziękuję bardzo", "Dziękuję, ale nadal nie działa."),
    "cs": ("Děkuji moc!", "Děkuji, ale stále to nefunguje."),
    "sk": ("Ďakujem veľmi pekne", "Ďakujem, ale stále to nejde."),
    "ru": ("Большое спасибо!", "Спасибо, но всё ещё не работает."),
    "uk": ("Дуже дякую", "Дякую, але досі не працює."),
    "bg": ("Благодаря ви много!", "Благодаря, но още не работи."),
    "sv": ("Tack så mycket!", "Tack, men det fungerar fortfarande inte."),
    "da": ("Mange tak", "Tak, men det virker stadig ikke."),
    "no": ("Tusen takk!", "Takk, men det virker fortsatt ikke."),
    "fi": ("Kiitos paljon", "Kiitos, mutta se ei vielä toimi."),
    "is": ("Takk fyrir hjálpina", "Takk, en það virkar ekki ennþá."),
    "et": ("Suur tänan!", "Aitäh, aga ikka ei tööta."),
    "lv": ("Liels paldies", "Paldies, bet joprojām nedarbojas."),
    "lt": ("Labai ačiū!", "Ačiū, bet vis dar neveikia."),
    "ja": ("ありがとうございます！", "ありがとうございます。 でも まだ 動きません。"),
    "zh": ("谢谢！", "谢谢，但是还是不行。"),
    "ko": ("정말 감사합니다.", "감사합니다. 하지만 아직 안 됩니다."),
    "tr": ("Çok teşekkürler", "Teşekkürler, ama hâlâ çalışmıyor."),
    "el": ("Ευχαριστώ πολύ!", "Ευχαριστώ, αλλά ακόμα δεν δουλεύει."),
    "hu": ("Köszönöm szépen", "Köszönöm, de még mindig nem működik."),
    "ro": ("Mulțumesc mult!", "Mulțumesc, dar încă nu merge."),
    "ar": ("شكرا جزيلا", "شكرا، لكن ما زال لا يعمل."),
    "he": ("תודה רבה!", "תודה, אבל עדיין לא עובד."),
    "vi": ("Cảm ơn rất nhiều", "Cảm ơn, nhưng vẫn không được."),
    "id": ("Terima kasih banyak", "Terima kasih, tapi masih tidak bisa."),
    "hr": ("Puno hvala!", "Hvala, ali još uvijek ne radi."),
    "sl": ("Najlepša hvala", "Hvala, ampak še vedno ne dela."),
    "sr": ("Хвала лепо!", "Хвала, али још не ради."),
    "ca": ("Moltes gràcies", "Gràcies, però encara no va."),
    "th": ("ขอบคุณ มาก ครับ", "ขอบคุณครับ แต่ ยัง ไม่ได้"),
}


def test_every_language_of_the_parsers_is_tried() -> None:
    listed = re.search(r"languages of our customers\. Data, no logic\.\n\n.*?commas\. Languages: ([a-z\s]+)\.",
                       phrases.__doc__ or "", re.DOTALL)  # fmt: skip
    assert listed is not None
    assert set(BY_LANGUAGE) == set(listed.group(1).split())


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_thanks_is_a_courtesy_and_thanks_but_it_still_fails_is_none(language: str) -> None:
    thanks, fails = BY_LANGUAGE[language]
    assert is_courtesy(thanks)
    assert not is_courtesy(fails)


@pytest.mark.parametrize("text", ["Thanks!", "Thank you so much.", "Danke schön, Meier", "ありがとう", "Thanks Bea"])
def test_a_word_of_thanks_is_a_courtesy(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks. When will it come?",
        "Danke, geht es nun;",
        "It broke.",
        "Thank you for the long explanation, which I have read twice; I would now like to add the following facts.",
    ],
)
def test_anything_more_is_not(text: str) -> None:
    assert not is_courtesy(text)
