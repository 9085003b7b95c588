"""What a mail refers to: message ids, the tag in the subject, and our own signed marks, wherever they come back.

Nothing is verified here: a number or a token found is a stranger's claim until the key has confirmed it.

Forms (see docs/architecture.md): tag `[Case #1042]`; plus-address `support+c1042.<token>@…`; Message-ID
`<c1042.e7.<token>@…>`; a line `Ref: c1042.<token>` at the foot of our mails, which quoting carries back.
A token is 16 characters of base32, in either case (some systems change the case of addresses).
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.fields import Fields, plain
from parsers.message import Mark

_ID = re.compile(r"<([^<>\s]{1,998})>")
_MARK = re.compile(
    r"[cC]([0-9]{1,12})(?:\.[eE]([0-9]{1,12}))?\.([A-Za-z2-7]{16})(?![A-Za-z0-9])(?:\.([A-Za-z2-7]{10}))?"
)
_FOOTER = re.compile(
    r"(?<![A-Za-z0-9.+_-])[cC]([0-9]{1,12})(?:\.[eE]([0-9]{1,12}))?\.([A-Za-z2-7]{16})(?![A-Za-z0-9])"
)
# One plus, with the mark behind it: an address that somebody has put together otherwise is none of ours.
_REPLY_ADDRESS = re.compile(
    r"(?:^|[\s<,;:\"(])[^\s<>,;:\"()+@]{1,64}"
    r"\+([cC][0-9]{1,12}\.(?:[eE][0-9]{1,12}\.)?[A-Za-z2-7]{16}(?:\.[A-Za-z2-7]{10})?)@"
)

ADDRESS_FIELDS = (
    "to",
    "delivered-to",
    "x-delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-forwarded-to",
    "resent-to",
    "apparently-to",
    "cc",
)
DELIVERY_FIELDS = (
    "delivered-to",
    "x-delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-forwarded-to",
)

_MAX_IDS = 200
_MAX_MARKS = 50


def message_id(fields: Fields) -> str | None:
    """The mail's own id, with its brackets; None when there is none (T78). Never put into our own headers."""
    text = plain(fields.raw("message-id")).strip()
    if not text:
        return None
    found = _ID.search(text)
    if found:
        return found.group()
    word = "".join(c for c in text.strip("<>") if c.isprintable() and not c.isspace())[:998]
    return f"<{word}>" if word else None


def ids(fields: Fields, name: str) -> tuple[str, ...]:
    """The ids in a field, in order, each once."""
    found = _ID.findall(" ".join(plain(value) for value in fields.all(name)))
    return tuple(f"<{one}>" for one in dict.fromkeys(found[-_MAX_IDS:]))


def newest_first(in_reply_to: str | None, references: tuple[str, ...]) -> tuple[str, ...]:
    """Which mails this one answers, the likeliest parent first: In-Reply-To, then References from the end."""
    order = [*([in_reply_to] if in_reply_to else []), *reversed(references)]
    return tuple(dict.fromkeys(order))


# --- the tag -----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _tag(word: str) -> re.Pattern[str]:
    letters = re.escape(word.casefold())
    # Brackets and the number sign may have become full-width; blanks are as people leave them.
    return re.compile(
        rf"[\[［【〔]\s{{0,3}}{letters}\s{{0,3}}[#＃:]?\s{{0,3}}([0-9０-９]{{1,12}})\s{{0,3}}[\]］】〕]",
        re.IGNORECASE,
    )


def find_tag(subject: str, word: str = "Case") -> int | None:
    """The case number in a subject's tag: `[Case #1042]`, `[case#1042]`, `[Case 1042]`, full-width brackets too."""
    found = _tag(word).search(subject)
    return int(found.group(1)) if found else None


def strip_tag(subject: str, word: str = "Case") -> str:
    """The subject without any tag of ours."""
    return " ".join(_tag(word).sub(" ", subject).split())


_PREFIXES = frozenset(
    """
        re aw antw antwort sv svar vs vá odp odpo odpověď ynt yn rv ref r res fw fwd wg tr i enc rif vl ilt
        doorst továbbítás továbbítva pd fs videresendt vidarebefordra továbbit yan ilet vb vbs bls trs atb απ
        σχετ πρθ отв ответ на пересл fwd转发 回复 回覆 答复 答覆 转发 轉寄 轉發 返信 転送 답장 회신 전달 رد
        إعادة توجيه השב תשובה הועבר reenvio reenviado encaminhado encaminhada ris inoltra inoltro transfert
        tfd vedr niets uv fyi odpoveď preposl preposlat přeposlat trả chuyển
        """.split()
)
FORWARD_PREFIXES = frozenset(
    """
        fw fwd wg tr rv i enc vl doorst vb pd fs videresendt továbbítás továbbítva ilt vidarebefordra пересл
        转发 轉寄 轉發 転送 전달 توجيه הועבר reenvio reenviado encaminhado encaminhada inoltra inoltro
        transfert tfd πρθ yan ilet trs přeposlat preposlat vbs
        """.split()
)


def _prefix(subject: str) -> tuple[str, str] | None:
    """(prefix in lower case, the rest), when the subject begins with one: `Re:`, `AW[2]:`, `回复：`."""
    for at, c in enumerate(subject[:16]):
        if c in ":：":
            word = subject[:at].rstrip("0123456789[]()^* \u00a0").casefold()
            return (word, subject[at + 1 :].lstrip()) if word in _PREFIXES else None
    return None


def base_subject(subject: str, word: str = "Case") -> str:
    """What it is about: without our tag and without stacked reply and forward prefixes of any language."""
    rest = strip_tag(subject, word)
    for _ in range(50):
        found = _prefix(rest)
        if found is None:
            break
        rest = found[1]
    return rest.strip()


def is_forward_subject(subject: str, word: str = "Case") -> bool:
    """Does the outermost prefix say that the mail passes another one on?"""
    found = _prefix(strip_tag(subject, word))
    return found is not None and found[0] in FORWARD_PREFIXES


def is_reply_subject(subject: str, word: str = "Case") -> bool:
    """Does the outermost prefix say that the mail answers one?"""
    found = _prefix(strip_tag(subject, word))
    return found is not None and found[0] not in FORWARD_PREFIXES


# --- our marks ---------------------------------------------------------------------------------------


def marks(fields: Fields, reply_ids: tuple[str, ...], text: str) -> tuple[Mark, ...]:
    """Every mark of ours in addresses, ids of answered mails and the text, each once, strongest place first."""
    found: dict[Mark, None] = {}
    for name in ADDRESS_FIELDS:
        for value in fields.all(name):
            if b"+" in value:
                for match in _REPLY_ADDRESS.finditer(plain(value)):
                    _add(found, match.group(1), "address", None)
    for one in reply_ids:
        _add(found, one[1:-1].split("@", 1)[0], "message-id", one)
    for match in _FOOTER.finditer(text):
        if len(found) >= _MAX_MARKS:
            break
        found[_mark(match, "footer", None)] = None
    return tuple(found)[:_MAX_MARKS]


def _add(found: dict[Mark, None], text: str, place: str, whole: str | None) -> None:
    match = _MARK.fullmatch(text)
    if match:
        found[_mark(match, place, whole)] = None


def _mark(match: re.Match[str], place: str, whole: str | None) -> Mark:
    event = match.group(2)
    whose = (match.group(4) or "").lower() if match.re is _MARK else ""
    return Mark(int(match.group(1)), int(event) if event else None, match.group(3).lower(), place, whole, whose)
