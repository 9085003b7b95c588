"""Signs that a quotation begins: what one line, or a few, say about the lines that follow.

Used by `parsers.reply` and `parsers.forward`. Each question looks at a bounded number of bounded lines, so reading a
mail stays linear in its size (T70). In doubt the answer is no: a quotation left costs a reader a glance, a word of
the customer's lost costs the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers import phrases

MARKER = "reply above this line"
"""Our own line in every notice, between dashes; whatever stands below it is ours (case does not count)."""

_LONG = 400
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']{1,64}@[^\s<>()\[\]:;,\"']{2,}")
CLOCK = re.compile(r"(?<![0-9])[0-2]?[0-9](?:[:.][0-5][0-9]|\s?[hH時时點点시]\s?(?:[0-5][0-9])?)(?![0-9])")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_NUMBERS = re.compile(r"(?<![0-9])[0-9]{1,4}\s?[-/.年]\s?[0-9]{1,2}\s?[-/.月]\s?[0-9]{1,4}(?![0-9])")
_DIGIT = re.compile("[0-9]")
_DASHES = re.compile(r"^[\s>*]{0,4}[-_=*~—–─━]{2,}")


@dataclass(frozen=True, slots=True)
class Intro:
    """Lines [first, end) introduce a quotation; `marked`: which has `>` before its lines."""

    first: int
    end: int
    marked: bool


def may_begin_other(line: str) -> bool:
    """Quickly: most lines are neither a mark, nor a rule, nor a header line, nor a forward's."""
    return ":" in line or "：" in line or "above this line" in line.casefold() or line.lstrip(" \t*>")[:1] in _SIGNS


_SIGNS = frozenset("-_=~—–─━#+")


def is_marker(line: str) -> bool:
    """Our own line, however it was quoted or wrapped in other signs."""
    return MARKER in line[:_LONG].casefold()


def bare(line: str) -> str:
    """A line without dashes, stars and blanks around its words."""
    return line.strip(" \t\u00a0*_-=~—–─━>#|")


def dashed(line: str) -> str | None:
    """The words of a line like `----- words -----`, in case-folded form."""
    if len(line) > 200 or not _DASHES.match(line):
        return None
    return phrases.fold(bare(line)).rstrip(":： ")


def is_original(line: str) -> bool:
    """`-----Original Message-----` in any language."""
    words = dashed(line)
    return words is not None and any(words.startswith(phrase) for phrase in phrases.ORIGINAL)


def is_forward(line: str) -> bool:
    """`---------- Forwarded message ----------`, `Begin forwarded message:` in any language."""
    if len(line) > 200:
        return False
    words = dashed(line)
    if words:
        return any(words.startswith(phrase) or phrase in words for phrase in _FORWARDED)
    plain = line.strip(" \t\u00a0>*")
    if not plain.endswith((":", "：")):
        return False
    return phrases.fold(plain.rstrip(":： ")) in _FORWARDED


_FORWARDED = frozenset(phrases.FORWARDED)


def is_rule(line: str) -> bool:
    """A line of underscores or dashes only, as Outlook draws above a header block."""
    stripped = line.strip()
    return len(stripped) >= 10 and not stripped.strip("_-─━—=")


def has_date(text: str) -> bool:
    """Is there a date: numbers as one, or a month's name beside a number?"""
    if _NUMBERS.search(text) or (_YEAR.search(text) and CLOCK.search(text)):
        return True
    if not _DIGIT.search(text):
        return False
    words = text.casefold().replace(",", " ").replace(".", " ").replace("-", " ").replace("/", " ").split()
    return any(word in phrases.MONTHS for word in words) or ("月" in text or "월" in text or "tháng" in text)


# --- "On … somebody wrote:" --------------------------------------------------------------------------

_NOT_NAMES = frozenset(
    """i we you they he she it who ich wir er sie ihr je tu il elle nous vous on yo tú él ella nosotros eu ele ela nós
    io lui lei noi ik wij hij zij ja ty ona my wy já vy я ты он она мы вы они jag du han hon vi jeg hun minä sinä hän
    me""".split()
)


def intro(lines: list[str], at: int) -> Intro | None:
    """Do the lines from `at` on introduce a quotation: `On <date> <name> wrote:` and its kin, on up to four lines?"""
    first = lines[at].strip(_BLANK)
    if not _may_begin(first):
        return None
    text, taken = "", 0
    for end in range(at + 1, min(at + 9, len(lines) + 1)):
        line = lines[end - 1].strip(_BLANK)
        if not line:
            if not _goes_on(lines, end):
                return None
            continue
        taken += 1
        if len(line) > _LONG or len(text) > _LONG or taken > 4 or (line[0] == ">" and not _wrote_only(line[1:])):
            return None
        text = f"{text} {line}" if text else line
        if _may_end(line):
            quoted = next_is_quoted(lines, end)
            if _introduces(text, quoted) and not _begins_later(lines, at, end):
                return Intro(at, end, quoted)
        if taken == 1 and not _may_go_on(first):
            return None
    return None


_BLANK = " \t\u00a0\u202f"


def _may_begin(line: str) -> bool:
    """Quickly: most lines of a mail are no introduction."""
    return (
        0 < len(line) <= _LONG
        and line[0] != ">"
        and ("<" in line or _may_end(line) or _DIGIT.search(line) is not None)
    )


def _may_go_on(first: str) -> bool:
    """May an introduction that begins so be longer than its line? Only one that begins with its date, or a name
    whose address was wrapped; else the line before an introduction would be taken with it."""
    low = first.strip("-_—–─* ").casefold()
    named = low.find("<", 0, 60)
    return (has_date(low) and _leads(low)) or (named > 0 and low[:named].count(" ") < 6)


def _goes_on(lines: list[str], at: int) -> bool:
    """A blank line inside an introduction: what follows is its address or its verb."""
    for line in lines[at : at + 2]:
        line = line.strip(_BLANK)
        if line:
            return line[0] == "<" or line.startswith("mailto:") or _wrote_only(line.lstrip("> "))
    return False


def _wrote_only(line: str) -> bool:
    return line.strip(" :：").casefold() in phrases.WROTE


def _begins_later(lines: list[str], at: int, end: int) -> bool:
    """Is a later line the introduction's true begin, and this one the writer's?"""
    for later in range(at + 1, end):
        rest = " ".join(line.strip(_BLANK) for line in lines[later:end]).strip()
        if rest and has_date(rest) and _leads(rest.casefold()) and _introduces(rest, False):
            return True
    return False


def _may_end(line: str) -> bool:
    tail = line[-30:].casefold().rstrip("-_—–─ *")
    return tail.endswith((":", "：", ">", "wrote", "schrieb", "écrit", "escribió", "skrev", "napisał", "написал"))


def next_is_quoted(lines: list[str], at: int) -> bool:
    for line in lines[at : at + 3]:
        if line.strip():
            return line.lstrip().startswith(">")
    return False


def _introduces(text: str, quoted: bool) -> bool:
    """Is the whole text an introduction? `quoted`: marked lines follow, so less is asked of it."""
    text = text.strip(" \t\u00a0-_—–─*").replace("\u202f", " ").replace("\u00a0", " ")
    low = text.casefold()
    wrote = _wrote_at(low)
    date, address = has_date(text), _ADDRESS.search(text) is not None
    ends = low.endswith((":", "："))
    if ends and _is_plain_stamp(text, low):
        return True
    if wrote is None:
        if any(low.startswith(word + " ") for word in phrases.QUOTING):
            return (ends or quoted) and (address or quoted)
        # A date, a name and an address, no verb: `2014-10-17 11:28 GMT+03:00 Ann <ann@x>:`
        return date and address and _leads(low) and (text[:1].isdigit() or ends) and (ends or quoted)
    if quoted:
        return (ends or wrote > len(low) // 2) and (date or address or len(low) < 80)
    if not ends and not (date and wrote > len(low) - 25):
        return False
    if _by_pronoun(low, wrote):
        return False
    return (date and (address or CLOCK.search(text) is not None) and _leads(low)) or (address and _early(low, wrote))


def _is_plain_stamp(text: str, low: str) -> bool:
    """A date with its time, an address in brackets and hardly a word more: no language needed."""
    found = _ADDRESS.search(text)
    if found is None or "<" not in text[: found.start()] or not has_date(low) or not CLOCK.search(text):
        return False
    words = low.split()
    if len(words) > 20 or any(word.strip(",") in _NOT_NAMES for word in words):
        return False
    return _leads(low) or text[: found.start()].count(" ") < 6


def _wrote_at(low: str) -> int | None:
    """Where the verb stands: a word by itself, or the end of the line in scripts without blanks."""
    best: int | None = None
    for word in phrases.WROTE:
        at = low.rfind(word)
        if at < 0:
            continue
        if word[0].isascii() or (word[0].isalpha() and not _ideographic(word[0])):
            before, after = low[at - 1 : at], low[at + len(word) : at + len(word) + 1]
            if (before and before.isalnum()) or (after and after.isalnum()):
                continue
        best = at if best is None else max(best, at)
    return best


def _ideographic(c: str) -> bool:
    return "\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3"


def _by_pronoun(low: str, wrote: int) -> bool:
    """`On 3 May at 10:00 I wrote:` is the customer's own sentence."""
    before = low[:wrote].split()
    after = low[wrote:].split()
    return (bool(before) and before[-1].strip(",") in _NOT_NAMES) or (
        len(after) > 1 and after[1].strip(":,") in _NOT_NAMES
    )


def _leads(low: str) -> bool:
    """Does it begin as an introduction does: with a date, a day, or the word before one?"""
    first = low.split()[0].strip(",.(") if low.split() else ""
    if first[:1].isdigit() or first in _LEADS:
        return True
    return any(low.startswith(lead) for lead in _LEADS_CJK) or has_date(low[:30])


_LEADS = frozenset(lead for lead in phrases.LEADS if " " not in lead)
_LEADS_CJK = ("在", "于", "於")


def _early(low: str, wrote: int) -> bool:
    """`Ann <ann@x> wrote:`: the address right before the verb, or the verb right before the name."""
    found = next(reversed(list(_ADDRESS.finditer(low))), None)
    if found is None:
        return False
    return -1 <= wrote - found.end() <= 12 or (0 < found.start() - wrote < 80 and len(low) < 200)
