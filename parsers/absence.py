"""Until when somebody is away: the latest day that an absence note names, in the languages of `parsers.autowords`.

A day without a year is the next such day after the mail was sent; without a Date field it stays unread. Days long
past or more than two years ahead are not believed. Whether the day is the last one away or the first one back, only
the note knows: it is to be used as "not before".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

_MONTHS = (
    "jan ene genn янв січ sty ledn tammi oca ιαν ian ינו בינו ينا",
    "feb fév fev лют lutego фев únor helmi şub φεβ פבר בפבר فبر",
    "mär mrz mrt maart mar břez берез мар maalis μαρ márc מרץ במרץ مارس",
    "apr avr abr kwie dubn апр квіт huhti nisan απρ ápr אפר באפר أبر",
    "may mai mei maggi maj máj květ мая май трав touko μαΐ μαϊ μάι מאי במאי ماي",
    "jun juin giu czerw červn июн черв kesä hazir ιουν jún iun יונ ביונ يونيو",
    "jul juil lugl lipca lipiec července červenc июл лип heinä temmuz ιουλ júl iul יול ביול يوليو",
    "aug aoû agos sierp srpn авг серп elok ağu αυγ אוג באוג أغس",
    "sep setem sett wrze září сен верес syys eyl σεπ szept ספט בספט سبت",
    "oct okt outub ott paźd říj окт жовт loka ekim οκτ אוק באוק أكت",
    "nov listop ноя листоп marras kasım νοε noi נוב בנוב نوف",
    "dec dez dic déc grud prosin дек груд joulu aralık δεκ דצמ בדצמ ديس",
)
_STEMS = sorted(
    ((stem, number) for number, stems in enumerate(_MONTHS, 1) for stem in stems.split()), key=lambda s: -len(s[0])
)

_ISO = re.compile(r"(?<!\d)(20\d\d)[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<![\d:./-])(\d{1,2})\s?[./-]\s?(\d{1,2})\s?(?:[./-]\s?(20\d\d|\d\d)(?!\d)|\.(?!\d)|(?![\d./:-]))"
)
_CJK = re.compile(r"(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号]")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|°|-?ig|\.)?\s{1,2}(?:de\s|of\s|di\s|-\s)?([^\W\d_]{3,14})\.?,?\s{0,2}(?:de\s)?(20\d\d)?"
)
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,14})\.?\s(\d{1,2})(?:st|nd|rd|th|-\w{1,3}|\.)?(?!\d),?\s{0,2}(20\d\d)?")
_LONG = 3000


def until(text: str, sent: datetime | None) -> date | None:
    """The latest believable day in an absence note."""
    today = sent.date() if sent else None
    days = [day for day in (_day(*found, today) for found in _found(text[:_LONG].casefold())) if day is not None]
    if today is not None:
        days = [day for day in days if today - timedelta(days=2) <= day <= today + timedelta(days=740)]
    return max(days, default=None)


def _found(low: str) -> Iterator[tuple[int | None, int, int]]:
    """(year or None, month, day) of everything that reads as a date."""
    for match in _ISO.finditer(low):
        yield int(match[1]), int(match[2]), int(match[3])
    for match in _CJK.finditer(low):
        yield None, int(match[1]), int(match[2])
    for match in _DAY_FIRST.finditer(low):
        year = int(match[3]) if match[3] else None
        yield year + 2000 if year is not None and year < 100 else year, int(match[2]), int(match[1])
    for match in _NAMED.finditer(low):
        month = _month(match[2])
        if month:
            yield int(match[3]) if match[3] else None, month, int(match[1])
    for match in _MONTH_FIRST.finditer(low):
        month = _month(match[1])
        if month:
            yield int(match[3]) if match[3] else None, month, int(match[2])


def _month(word: str) -> int | None:
    return next((number for stem, number in _STEMS if word.startswith(stem)), None)


def _day(year: int | None, month: int, day: int, today: date | None) -> date | None:
    try:
        if year is not None:
            return date(year, month, day)
        if today is None:
            return None
        near = date(today.year, month, day)
        return near if near >= today - timedelta(days=2) else date(today.year + 1, month, day)
    except ValueError:
        return None
