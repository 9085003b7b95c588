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
    """but still not no however unfortunately again doesn't doesnt isn't isnt can't cant won't wont error problem
    except aber noch nicht kein leider wieder fehler trotzdem mais encore pas toujours malheureusement pero todavía
    aún mas ainda não ma ancora non però maar nog niet helaas ale nadal nie jeszcze wciąż ještě stále ne но ещё все
    всё не нет снова але ще men fortfarande inte igen mutta vielä ei でも まだ 但是 还是 還是 하지만 아직""".split()
)


def is_courtesy(text: str) -> bool:
    """True for a short word of thanks and nothing else."""
    if "?" in text or "？" in text or "؟" in text:
        return False
    words = ["".join(c for c in word if c.isalnum() or c == "'").lower() for word in text.replace("’", "'").split()]
    words = [word for word in words if word]
    if not words or len(words) > _MOST_WORDS:
        return False
    return any(word in _THANKS for word in words) and not any(word in _OBJECTIONS for word in words)
