"""Is this reply only a courtesy ("thanks!")? Such a reply to a resolved case does not open it again.

Deterministic: short, no question, no contradiction, and a word of thanks. In doubt it is not.
"""

from __future__ import annotations

_MOST_WORDS = 12
_THANKS = frozenset(
    """thanks thank thx cheers merci danke dankeschön dank gracias obrigado obrigada grazie bedankt dziękuję dzięki
    děkuji díky спасибо дякую tack takk tak kiitos ありがとう ありがとうございます 谢谢 謝謝 감사합니다 teşekkürler
    ευχαριστώ köszönöm mulțumesc شكرا תודה""".split()
)
_OBJECTIONS = frozenset(
    """but still not no however unfortunately doesn't doesnt isn't isnt can't cant won't wont error problem
    except aber noch nicht kein leider wieder fehler trotzdem mais encore pas toujours malheureusement pero todavía
    aún mas ainda não ma ancora non però maar nog niet helaas ale nadal nie jeszcze wciąż ještě stále ne но ещё все
    всё не нет снова але ще men fortfarande inte igen mutta vielä ei でも まだ 但是 还是 還是 하지만 아직""".split()
)


_POLITE = frozenset(
    """you very so much a lot many again all for the your help quick reply answer support great perfect super good ok
    okay everything works now fine best regards kind cheers bye have nice day
    ihnen dir euch vielen schön sehr für die den das hilfe schnelle antwort alles gut klappt jetzt viele liebe grüße
    mit freundlichen grüßen vous toi beaucoup pour votre aide réponse bien cordialement muchas por su ayuda saludos
    muito pela ajuda mille tante per l'aiuto dank u je wel voor de hulp bardzo za pomoc pozdrawiam moc děkujeme
    большое вам за помощь så mycket för hjälpen mange tusen paljon çok""".split()
)


def is_courtesy(text: str, sender_name: str = "") -> bool:
    """True for a short word of thanks and nothing else, the sender's own name below it aside."""
    if "?" in text or "？" in text or "؟" in text:
        return False
    names = set(_words(sender_name))
    words = [word for word in _words(text) if word not in names]
    if not words or len(words) > _MOST_WORDS:
        return False
    # One word may be anything: the name of whom they thank.
    unknown = [word for word in words if word not in _THANKS and word not in _POLITE]
    return any(word in _THANKS for word in words) and len(unknown) <= 1 and not _OBJECTIONS & set(words)


def _words(text: str) -> list[str]:
    bare = ("".join(c for c in word if c.isalnum() or c == "'").lower() for word in text.replace("’", "'").split())
    return [word for word in bare if word]
