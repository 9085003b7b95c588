"""In which language is it written? By script, and for Latin letters by the commonest small words.

Good enough to choose the language of an acknowledgement: two sentences are told; a word or two are not guessed at
(None).
"""

from __future__ import annotations

import re

_SAMPLE = 800
_WORD = re.compile(r"[^\W\d_]+")
_COMMON = {
    "en": "the and is to of you for not have that this with it on are please i my we can be in was your",
    "de": "der die das und ist nicht ich wir sie mit für ein eine zu auf bitte den von es haben im auch werden dem",
    "fr": "le la les et est pas je vous nous pour une des dans que sur avec du un ce merci bonjour au ne votre",
    "es": "el la los que y es no en para por con una su se del las un lo gracias hola mi pero ha está",
    "pt": "o a os que e não para com uma um do da em por se obrigado olá mas as no na você meu está foi",
    "it": "il la che è non di per con una un del della sono mi ho grazie buongiorno ma le si al nel questo ed",
    "nl": "de het een en is niet ik u wij van voor met op te dat zijn aan graag maar hebben er bij naar mijn",
    "pl": "nie się i w z na jest że do proszę to mam ale czy po jak od dzień dobry o za za dziękuję mi są",
    "cs": "je se na a v že do prosím to mám ale dobrý den s z k nebo jsem jak děkuji od ve po bych za",
    "sk": "je sa na a v že do prosím to mám ale dobrý deň s z k alebo som ako ďakujem od vo po by za",
    "sv": "och är att det inte jag på en som för med har till av den vi kan ni ett hej tack men om när",
    "da": "og er at det ikke jeg på en som for med har til af den vi kan i et hej tak men om når",
    "no": "og er at det ikke jeg på en som for med har til av den vi kan dere et hei takk men om når",
    "fi": "ja on ei se että en mutta olen kun tai hei kiitos voi nyt ole jos minun niin myös mikä kanssa",
    "tr": "ve bir bu için değil ile çok ama daha merhaba teşekkürler var yok ben mi de da olarak lütfen ne gibi",
    "hu": "a az és nem hogy is egy van de meg kérem köszönöm mert ha csak már vagy ezt el fel be kell volt",
    "ro": "și si nu în la de cu pe este să un o din pentru bună mulțumesc am că ce mai vă rog dar sunt",
    "hr": "je i u se na da ne za sam su s što od ali ili molim hvala nije kako to bi li mi već",
    "et": "ja on ei see et ma kui aga tere aitäh mis või oli ning kas ka mul palun selle",
    "vi": "và của là không có tôi cho được này trong với một các bạn đã để xin cảm ơn chào",
}
_INDEX: dict[str, list[str]] = {}
for _name, _words in _COMMON.items():
    for _word in _words.split():
        _INDEX.setdefault(_word, []).append(_name)
_LETTERS = {
    "de": "äöüß", "fr": "éèêàçùœ", "es": "ñ¿¡áíó", "pt": "ãõçáêâ", "it": "èàùòì", "pl": "ąęłśżźćń", "cs": "ěřůčšž",
    "sk": "ľĺŕôčšž", "sv": "åäö", "da": "æøå", "no": "æøå", "fi": "äö", "tr": "ğışçöü", "hu": "őűáéö", "ro": "ăâîșț",
    "hr": "đčćšž", "et": "õäöü", "vi": "ơưđạảấếộ",
}  # fmt: skip


def detect(text: str) -> str | None:
    """An ISO 639-1 code, or None."""
    sample = text[:_SAMPLE].casefold()
    if sample.isascii():
        return _latin(sample)
    letters = [c for c in sample if c.isalpha()]
    if len(letters) < 4:
        return None
    return _script(letters) or _latin(sample)


def _script(letters: list[str]) -> str | None:
    """The languages that their letters give away."""
    total = len(letters)
    if max(letters) < "\u0370":
        return None
    count = {"kana": 0, "han": 0, "hangul": 0, "cyrillic": 0, "greek": 0, "hebrew": 0, "arabic": 0, "thai": 0}
    for c in letters:
        for name, first, last in _RANGES:
            if first <= c <= last:
                count[name] += 1
                break
    if count["kana"] * 10 > total:
        return "ja"
    for name, code in (("hangul", "ko"), ("han", "zh"), ("greek", "el"), ("hebrew", "he"), ("thai", "th")):
        if count[name] * 3 > total:
            return code
    if count["arabic"] * 3 > total:
        return "fa" if any(c in "پچژگ" for c in letters) else "ar"
    if count["cyrillic"] * 3 > total:
        return _cyrillic(letters)
    return None


_RANGES = (
    ("cyrillic", "\u0400", "\u04ff"),
    ("greek", "\u0370", "\u03ff"),
    ("hebrew", "\u0590", "\u05ff"),
    ("arabic", "\u0600", "\u06ff"),
    ("thai", "\u0e00", "\u0e7f"),
    ("kana", "\u3040", "\u30ff"),
    ("han", "\u4e00", "\u9fff"),
    ("hangul", "\uac00", "\ud7a3"),
)


def _cyrillic(letters: list[str]) -> str:
    if any(c in "іїєґ" for c in letters):
        return "uk"
    if any(c in "ыэё" for c in letters):
        return "ru"
    if any(c in "ђћџљњј" for c in letters):
        return "sr"
    return "bg" if letters.count("ъ") * 60 > len(letters) else "ru"


def _latin(sample: str) -> str | None:
    words = _WORD.findall(sample)
    if len(words) < 3:
        return None
    scores = dict.fromkeys(_COMMON, 0.0)
    for word in words:
        for name in _INDEX.get(word, ()):
            scores[name] += 1
    if not sample.isascii():
        for name, letters in _LETTERS.items():
            scores[name] += sum([c in sample for c in letters])
    best, second = sorted(scores, key=lambda name: -scores[name])[:2]
    sure = scores[best] >= max(2, len(words) * 0.12) and scores[best] > scores[second]
    return best if sure else None
