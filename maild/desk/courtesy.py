"""Is this reply only a courtesy ("thanks!")? Such a reply to a resolved case does not open it again.

Deterministic: short, no question, no contradiction, and a word of thanks, in the languages of `parsers.phrases`. In
doubt it is not: a case that opens needlessly costs a look, one that stays closed costs a customer.
"""

from __future__ import annotations

_MOST_WORDS = 12


def _words(text: str) -> list[str]:
    bare = ("".join(c for c in word if c.isalnum() or c == "'").lower() for word in text.replace("’", "'").split())
    return [word for word in bare if word]


_THANKS = frozenset(
    _words(
        """thanks thank thx cheers merci danke dankeschön dank dankjewel bedankt gracias obrigado obrigada grazie
        dziękuję dziękujemy dzięki děkuji děkujeme díky ďakujem ďakujeme спасибо дякую дякуємо благодаря благодарим
        tack takk tak kiitos kiitoksia aitäh tänan täname paldies pateicos ačiū dėkoju dėkojame hvala хвала gràcies
        ありがとう ありがとうございます ありがとうございました 谢谢 謝謝 谢谢您 謝謝您 多谢 多謝 感谢 감사합니다
        고맙습니다 감사드립니다 teşekkürler teşekkür sağolun ευχαριστώ ευχαριστούμε köszönöm köszönjük köszi
        mulțumesc mulţumesc multumesc mulțumim شكرا شكراً תודה cảm kasih ขอบคุณ ขอบคุณครับ ขอบคุณค่ะ ขอบคุณมาก"""
    )
)
_OBJECTIONS = frozenset(
    _words(
        """but still not no however unfortunately doesn't doesnt isn't isnt can't cant won't wont error problem
        except fails failing broken aber noch nicht kein leider wieder fehler trotzdem mais encore pas toujours
        malheureusement pero todavía aún mas ainda não ma ancora non però maar nog niet helaas ale nadal nie jeszcze
        wciąż ještě stále ne nejde nefunguje nefunguje но ещё еще все всё не нет снова але ще досі още men fortfarande
        inte igen ikke igjen stadig enn mutta vielä edelleen ei ekki ennþá aga ikka endiselt bet joprojām nē nav vis
        dar ne vẫn nhưng không tapi masih tidak belum ali još nije ampak vedno још није али però encara แต่ ยัง ไม่ได้
        でも まだ しかし 但是 还是 還是 但 하지만 아직 그런데 여전히 ama hala hâlâ hâlen değil αλλά αλλα ακόμα ακόμη
        δεν még mindig nem sajnos dar încă inca nu لكن لا زال زالت יש אבל עדיין לא"""
    )
)
_POLITE = frozenset(
    _words(
        """you very so much a lot many again all for the your help quick reply answer support great perfect super good
        ok okay everything works now fine best regards kind cheers bye have nice day
        ihnen dir euch vielen schön sehr für die den das hilfe schnelle antwort alles gut klappt jetzt viele liebe
        grüße mit freundlichen grüßen vous toi beaucoup pour votre aide réponse bien cordialement muchas por su ayuda
        saludos muito pela ajuda mille tante per l'aiuto u je wel voor de hulp bardzo za pomoc pozdrawiam moc
        большое вам за помощь щиро дуже за допомогу много ви за помощта så mycket för hjälpen mange tusen fyrir
        hjálpina paljon avusta suur suured abi eest liels par palīdzību labai už pagalbą çok yardımınız için πολύ για
        τη βοήθεια szépen segítséget a mult pentru ajutor جزيلا على المساعدة רבה על העזרה rất nhiều ơn terima banyak
        atas bantuannya puno lepa na pomoći najlepša лепо на помоћи moltes per l'ajuda veľmi pekne velmi pěkně très
        どうも 本当に 대단히 정말 มาก ครับ ค่ะ 非常"""
    )
)


def is_courtesy(text: str, sender_name: str = "") -> bool:
    """True for a short word of thanks and nothing else, the sender's own name below it aside."""
    if "?" in text or "？" in text or "؟" in text or ";" in text:  # the last one asks in Greek
        return False
    names = set(_words(sender_name))
    words = [word for word in _words(text) if word not in names]
    if not words or len(words) > _MOST_WORDS:
        return False
    # One word may be anything: the name of whom they thank.
    unknown = [word for word in words if word not in _THANKS and word not in _POLITE]
    return any(word in _THANKS for word in words) and len(unknown) <= 1 and not _OBJECTIONS & set(words)
