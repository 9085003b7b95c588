# ruff: noqa: E501 (sentences are as long as they are)
"""A desk's history for the learning benchmark, made by a seeded generator: nobody's mail is in it.

How it is made, and what is made hard on purpose:

- Three years of cases. Kind, queue, severity and language are drawn from skewed shares; the words follow from them.
- Five languages of phrasing (en de fr es pl). Each kind has its sentences in each; each queue its things. Half of a
  mail is small talk that says nothing, and a fifth of the mails say nothing of their kind or queue at all.
- Typos: one word in thirty has two letters swapped, one left out, or loses its accents.
- Drift: the shares move, products with new names come every few months and old ones go, and a third of the phrasings
  are only used in the second half of the time.
- Severity hangs on the words only now and then: also on whose customer it is, and partly on nothing that can be seen.
- Labels are as a desk leaves them: at first what the rules say. Agents put a wrong one right in seven of ten cases, and
  leave it in the others; in one of twenty-five they choose a neighbouring value by mistake.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2023, 1, 2, 8, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
FIELDS = ("kind", "queue", "severity")

_LANGUAGES = {"en": 45, "de": 25, "fr": 12, "es": 10, "pl": 8}
_KINDS = {  # share at the beginning and at the end
    "question": (34, 26), "incident": (24, 30), "bug": (13, 15), "data request": (10, 7), "change request": (12, 12),
    "feature request": (5, 6), "callback": (2, 4),
}  # fmt: skip
_QUEUES = {"support": (50, 38), "billing": (22, 24), "shop": (18, 16), "integrations": (10, 22)}
_NEXT = {
    "question": "data request", "incident": "bug", "bug": "incident", "data request": "question",
    "change request": "feature request", "feature request": "change request", "callback": "question",
    "support": "shop", "billing": "support", "shop": "support", "integrations": "support",
    "Immediate": "High", "High": "Medium", "Medium": "Low", "Low": "Medium",
}  # fmt: skip
"""What an agent chooses by mistake."""

_SAID = {
    "question": {
        "en": ["How do I set up {t}?|Where can I find {t}?|Question about {t}|Is it possible to share {t} with a team",
               "Wondering whether {t} can be renamed|Could you explain {t}|Which plan has {t}"],
        "de": ["Wie richte ich {t} ein?|Wo finde ich {t}?|Frage zu {t}", "Können Sie mir {t} erklären|Welcher Tarif enthält {t}"],
        "fr": ["Comment configurer {t} ?|Où se trouve {t} ?|Question sur {t}", "Pouvez-vous m'expliquer {t}"],
        "es": ["¿Cómo configuro {t}?|¿Dónde encuentro {t}?|Duda sobre {t}", "¿Me pueden explicar {t}?"],
        "pl": ["Jak ustawić {t}?|Gdzie znajdę {t}?|Pytanie o {t}", "Czy mogą Państwo wyjaśnić {t}"],
    },
    "incident": {
        "en": ["{t} is not working|Cannot open {t}|Problem with {t} since this morning|{t} has stopped for all of us",
               "{t} hangs forever|Nothing happens when we use {t}|{t} times out again"],
        "de": ["{t} funktioniert nicht|{t} lässt sich nicht öffnen|Störung bei {t}", "{t} bleibt seit heute hängen|{t} geht nicht mehr"],
        "fr": ["{t} ne fonctionne plus|Impossible d'ouvrir {t}|Panne de {t}", "{t} reste bloqué depuis ce matin"],
        "es": ["{t} no funciona|No puedo abrir {t}|Fallo en {t}", "{t} se queda colgado desde hoy"],
        "pl": ["{t} nie działa|Nie mogę otworzyć {t}|Awaria {t}", "{t} zawiesza się od rana"],
    },
    "bug": {
        "en": ["Bug: {t} shows the wrong total|{t} crashes when I click save|Exception in {t}|{t} rounds incorrectly",
               "Wrong sort order in {t}|{t} loses my input after the update|Regression in {t}"],
        "de": ["Fehler in {t}: falsche Summe|{t} stürzt beim Speichern ab|Programmfehler in {t}", "{t} sortiert falsch seit dem Update"],
        "fr": ["Bogue : {t} affiche un mauvais total|{t} plante à l'enregistrement", "Mauvais tri dans {t} depuis la mise à jour"],
        "es": ["Error: {t} muestra un total incorrecto|{t} se cierra al guardar", "Orden incorrecto en {t} tras la actualización"],
        "pl": ["Błąd: {t} pokazuje złą sumę|{t} wyłącza się przy zapisie", "Złe sortowanie w {t} po aktualizacji"],
    },
    "data request": {
        "en": ["Please send an export of {t}|We need a list of all {t} of last year|Report request: {t}",
               "Spreadsheet with {t} for the auditor|Extract of {t} per month needed"],
        "de": ["Bitte um einen Export von {t}|Wir brauchen eine Liste zu {t}", "Auswertung zu {t} für die Prüfer"],
        "fr": ["Merci d'envoyer un export de {t}|Besoin d'une liste pour {t}", "Extraction de {t} pour l'audit"],
        "es": ["Necesitamos una exportación de {t}|Solicitud de un listado de {t}", "Extracto de {t} para la auditoría"],
        "pl": ["Proszę o eksport: {t}|Potrzebujemy listy: {t}", "Zestawienie {t} dla audytora"],
    },
    "change request": {
        "en": ["Please add a colleague to {t}|Please change the address in {t}|Please disable {t} for us|Reset {t}",
               "Move {t} to our new company|Swap the contact person of {t}"],
        "de": ["Bitte {t} umstellen|Bitte einen Kollegen zu {t} hinzufügen|Bitte {t} abschalten", "Ansprechpartner für {t} ändern"],
        "fr": ["Merci de modifier {t}|Ajouter un collègue à {t}|Désactiver {t}", "Changer le contact de {t}"],
        "es": ["Por favor cambien {t}|Añadir un compañero a {t}|Desactivar {t}", "Cambiar el contacto de {t}"],
        "pl": ["Proszę zmienić {t}|Proszę dodać kolegę do {t}|Wyłączyć {t}", "Zmiana osoby kontaktowej {t}"],
    },
    "feature request": {
        "en": ["It would be great if {t} had a dark mode|Feature request for {t}|Suggestion: {t} on the phone", "Any plans to let {t} repeat?"],
        "de": ["Es wäre schön, wenn {t} mehr könnte|Vorschlag: {t} auf dem Handy", "Ist geplant, dass {t} das lernt?"],
        "fr": ["Ce serait bien que {t} existe sur mobile|Suggestion pour {t}", "Prévoyez-vous d'améliorer {t} ?"],
        "es": ["Sería estupendo tener {t} en el móvil|Sugerencia para {t}", "¿Tienen previsto mejorar {t}?"],
        "pl": ["Byłoby świetnie mieć {t} w telefonie|Sugestia: {t}", "Czy planują Państwo rozwój {t}?"],
    },
    "callback": {
        "en": ["Please call me back about {t}|Call me: {t}", "Can somebody ring me today regarding {t}"],
        "de": ["Bitte um Rückruf wegen {t}", "Rufen Sie mich heute an: {t}"],
        "fr": ["Merci de me rappeler au sujet de {t}", "Appelez-moi aujourd'hui pour {t}"],
        "es": ["Por favor llámenme por {t}", "¿Pueden telefonearme hoy por {t}?"],
        "pl": ["Proszę o telefon w sprawie {t}", "Proszę oddzwonić dziś: {t}"],
    },
}  # fmt: skip
"""Kind → language → sentences used from the beginning, and those that come into use half way."""

_THINGS = {
    "support": {
        "en": "the login page|my password|two factor sign-in|the dashboard|my profile", "de": "die Anmeldung|mein Passwort|das Dashboard|mein Profil",
        "fr": "la connexion|mon mot de passe|le tableau de bord", "es": "el acceso|mi contraseña|el panel", "pl": "logowanie|moje hasło|panel główny",
    },
    "billing": {
        "en": "the invoice|our payment|the refund|the credit note|VAT on the bill", "de": "die Rechnung|unsere Zahlung|die Gutschrift|die Mahnung",
        "fr": "la facture|notre paiement|le remboursement", "es": "la factura|nuestro pago|el reembolso", "pl": "faktura|nasza płatność|zwrot pieniędzy",
    },
    "shop": {
        "en": "the order|the parcel|the delivery date|the basket|the return label", "de": "die Bestellung|das Paket|der Liefertermin|der Warenkorb",
        "fr": "la commande|le colis|le panier", "es": "el pedido|el paquete|la cesta", "pl": "zamówienie|paczka|koszyk",
    },
    "integrations": {
        "en": "the API token|the webhook|the CRM connector|the nightly sync|the REST endpoint", "de": "der API-Schlüssel|die Schnittstelle|der Abgleich",
        "fr": "la clé d'API|le connecteur|la synchronisation", "es": "la clave de API|el conector|la sincronización", "pl": "klucz API|integracja|synchronizacja",
    },
}  # fmt: skip
_PRODUCTS = {
    "support": "Atlas Aurora Beacon Cobalt Comet Delphi Ember Fjord Garnet", "billing": "Ledgerly Paystream Quartz Tallybook Unibill Vaultpay",
    "shop": "Carteo Dropship Parcelino Shelfmate Storia Trolley", "integrations": "Bridgeport Connexa Hookline Linkara Syncope Weaver Zipline",
}  # fmt: skip
"""New names come one after another; each is in use for a year and a half."""

_TALK = {
    "en": "Hello,|Good morning,|thanks in advance|We have been customers for years.|Our office moved last week.|Kind regards|I am out on Friday.|See the screenshot below.|Let me know.|The weather is fine here.",
    "de": "Guten Tag,|Hallo,|vielen Dank im Voraus|Wir sind seit Jahren Kunde.|Mit freundlichen Grüßen|Freitag bin ich nicht da.|Siehe Bild unten.|Geben Sie Bescheid.",
    "fr": "Bonjour,|merci d'avance|Nous sommes clients depuis des années.|Cordialement|Voir la capture ci-dessous.|Je suis absent vendredi.",
    "es": "Hola,|Buenos días,|gracias de antemano|Somos clientes desde hace años.|Un saludo|Véase la captura.|El viernes no estoy.",
    "pl": "Dzień dobry,|z góry dziękuję|Jesteśmy klientami od lat.|Pozdrawiam|Zrzut ekranu poniżej.|W piątek mnie nie ma.",
}  # fmt: skip
_VAGUE = {
    "en": "Hello again|Help please|Quick one|As discussed|Following up", "de": "Hallo nochmal|Kurze Sache|Wie besprochen",
    "fr": "Encore moi|Petite chose|Comme convenu", "es": "Hola de nuevo|Una cosa|Según lo hablado", "pl": "To znowu ja|Krótka sprawa|Jak ustalono",
}  # fmt: skip
_URGENT = {
    "en": "This is urgent|We need it as soon as possible|Customers are waiting at the till", "de": "Das eilt sehr|Bitte dringend|Die Kunden warten",
    "fr": "C'est urgent|Nos clients attendent", "es": "Es urgente|Los clientes esperan", "pl": "To pilne|Klienci czekają",
}  # fmt: skip
_STOPPED = {
    "en": "Production is down|Nobody can work", "de": "Alles steht still|Niemand kann arbeiten", "fr": "Tout est à l'arrêt",
    "es": "Todo está parado", "pl": "Wszystko stoi",
}  # fmt: skip
_ACCENTS = str.maketrans("äöüéèàçñóíąęłśżźćń", "aoueeacnoiaelszzcn")


@dataclass(frozen=True, slots=True)
class MadeCase:
    """One case: what was written, and what it is in truth."""

    at: datetime
    subject: str
    text: str
    requester: str
    language: str
    truth: dict[str, str]


def made_cases(count: int, seed: int = 1) -> Iterator[MadeCase]:
    """So many cases, in the order in which they came."""
    chance = random.Random(seed)
    customers = [f"customer{n}.example" for n in range(120)]
    for number in range(count):
        share = number / count
        at = BEGIN + SPAN * share
        kind, queue = _drawn(chance, _KINDS, share), _drawn(chance, _QUEUES, share)
        language = chance.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
        customer = chance.choice(customers[: 40 + int(80 * share)])
        severity, remark = _severity(chance, kind, language, customer)
        subject, text = _written(chance, kind, queue, language, share, remark)
        truth = {"kind": kind, "queue": queue, "severity": severity}
        yield MadeCase(at, subject, text, f"person{chance.randrange(9)}@{customer}", language, truth)


def left_by_the_desk(chance: random.Random, truth: str, first: str) -> tuple[str, bool]:
    """The label in the end, and whether an agent's own word gave it: `first` is what rules made of it."""
    if chance.random() < 0.04:
        wrong = _NEXT[truth]
        return wrong, wrong != first
    if first != truth and chance.random() < 0.7:
        return truth, True
    return first, False


def _drawn(chance: random.Random, shares: dict[str, tuple[int, int]], at: float) -> str:
    return chance.choices(list(shares), [a + (b - a) * at for a, b in shares.values()])[0]


def _severity(chance: random.Random, kind: str, language: str, customer: str) -> tuple[str, str]:
    """How urgent it is, and what the customer says of it, if anything."""
    important = hash_of(customer) % 8 == 0
    if kind == "incident" and chance.random() < 0.12:
        return "Immediate", chance.choice(_STOPPED[language].split("|"))
    if chance.random() < 0.14:
        return ("High" if chance.random() < 0.8 else "Medium"), chance.choice(_URGENT[language].split("|"))
    if kind == "feature request" and chance.random() < 0.85:
        return "Low", ""
    if important and chance.random() < 0.7:
        return "High", ""
    return chance.choices(["Medium", "High", "Low"], [88, 6, 6])[0], ""


def _written(chance: random.Random, kind: str, queue: str, language: str, at: float, remark: str) -> tuple[str, str]:
    parts = _SAID[kind][language]
    sentences = "|".join(parts if at > 0.5 else parts[:1]).split("|")
    said = [chance.choice(sentences).format(t=_thing(chance, queue, language, at)) for _ in range(2)]
    if chance.random() < 0.2:  # a mail that says nothing
        said = [chance.choice(_VAGUE[language].split("|"))]
    talk = chance.sample(_TALK[language].split("|"), 3)
    body = [talk[0], *said[1:], *([remark] if remark else []), *talk[1:]]
    return _typed(chance, said[0]), _typed(chance, "\n".join(body))


def _thing(chance: random.Random, queue: str, language: str, at: float) -> str:
    products = _PRODUCTS[queue].split()
    live = [name for n, name in enumerate(products) if n / len(products) - 0.25 <= at < n / len(products) + 0.25]
    if chance.random() < 0.4:
        return chance.choice(live)
    return chance.choice(_THINGS[queue][language].split("|"))


def _typed(chance: random.Random, text: str) -> str:
    return " ".join(_mistyped(chance, word) if chance.random() < 1 / 30 else word for word in text.split(" "))


def _mistyped(chance: random.Random, word: str) -> str:
    if len(word) < 4:
        return word
    at = chance.randrange(1, len(word) - 1)
    slips = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :], word.translate(_ACCENTS),
    )  # fmt: skip
    return chance.choice(slips)


def hash_of(text: str) -> int:
    """The same in every process."""
    return sum((n + 1) * ord(c) for n, c in enumerate(text))
