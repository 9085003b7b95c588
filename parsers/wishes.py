"""A mail that is one word: what somebody outside wants of the desk, in the languages of our customers. No rights.

The word must be all of their own new text; or the subject, behind the tag, of a mail that has no text at all. A
sentence with such a word in it is a message, and so is a word that may be an answer to a question (“done”, “ok”).
"""

from __future__ import annotations

from enum import StrEnum

from parsers.message import ParsedMessage
from parsers.phrases import entries, fold


class Wish(StrEnum):
    """What one word can ask for."""

    STATUS = "status"
    LIST = "list"
    CLOSE = "close"
    REOPEN = "reopen"
    LEAVE = "leave"
    JOIN = "join"


_WORDS = {
    Wish.STATUS: """
        status, status please, my status, stand, statut, état, estado, stan, stato, stand van zaken,
        bearbeitungsstand, estado del caso, status sprawy
        """,
    Wish.LIST: """
        list, my cases, cases, liste, meine fälle, fälle, mes demandes, mes dossiers, lista, mis casos, lijst,
        mijn zaken, elenco, i miei casi, moje sprawy, lista spraw, moje zgłoszenia
        """,
    Wish.CLOSE: """
        close, close case, close it, schließen, schliessen, fall schließen, fall schliessen, fermer, clore, clôturer,
        cerrar, cerrar caso, zamknij, zamknąć, zamknij sprawę, zamknij zgłoszenie, sluiten, zaak sluiten, chiudi,
        chiudere
        """,
    Wish.REOPEN: """
        reopen, re-open, reopen case, reopen it, wieder öffnen, wiederöffnen, wieder oeffnen, rouvrir, réouvrir,
        reabrir, reabrir caso, otwórz ponownie, otworzyć ponownie, wznów, heropenen, zaak heropenen, riapri, riaprire
        """,
    Wish.LEAVE: """
        leave, unsubscribe, verlassen, abmelden, austragen, quitter, me désabonner, se désabonner, désabonner,
        désinscrire, salir, baja, darme de baja, opuść, opuścić, wypisz, wypisz mnie, verlaten, afmelden,
        uitschrijven, esci, abbandona, disiscrivimi
        """,
    Wish.JOIN: """
        join, join case, take part, beitreten, teilnehmen, mitlesen, rejoindre, participer, unirse, participar,
        dołącz, dołączyć, dołącz do sprawy, deelnemen, meelezen, unisciti, partecipa, partecipare
        """,
}
_WISHES = {word: wish for wish, block in _WORDS.items() for word in entries(block)}
_LONGEST = 60
_AROUND = " \t.!?*_\"'“”„«»"


def wish_of(message: ParsedMessage) -> Wish | None:
    """What a mail asks for in one word; None: it is a message like any other."""
    if message.attachments:
        return None
    own = message.reply_text.strip()
    # Where there is a quotation, an empty answer is an empty answer: its subject is that of what it quotes.
    said = own or ("" if message.text.strip() else message.base_subject)
    return in_one_word(said)


def in_one_word(said: str) -> Wish | None:
    """The wish that is all of a text."""
    if len(said) > _LONGEST:
        return None
    return _WISHES.get(fold(" ".join(said.split())).strip(_AROUND))
