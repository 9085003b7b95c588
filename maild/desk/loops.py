"""Mails that answer ours without end, and do not say that a machine wrote them (threats T43).

Where each opens a case of its own, because neither a tag nor a reference survives the way, only the words tell: who
writes nearly the same again and again, each time after a mail of ours. From the third acknowledgement within an hour
on, such a mail opens no case: it joins the last one, which is held. A machine with ever new words stops at the
limits of acknowledgements.
"""

from __future__ import annotations

from collections.abc import Sequence

from maild.desk.effects import Effect, HoldMail, Notify, Remember, StopTimer
from maild.desk.entries import came_in
from maild.desk.situation import Arrived, Joined, Situation
from store.records import Entry, fold_address

_SHORTEST = 40
"""Letters. What is shorter many a person writes twice, such as “Hello?”."""
_LONGEST = 20_000
_ALIKE = 0.8
"""Of all words of two mails, this share is in both."""
_SILENCE = ("silence-warning", "silence-close")


def repeated(text: str, earlier: Sequence[Entry], most: int) -> Entry | None:
    """The newest of these mails, newest first, where this one repeats what most of them said."""
    found = [entry for entry in earlier if alike(text, entry.text)]
    return found[0] if len(found) >= max(1, most - 1) else None


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same, numbers, addresses and ids aside."""
    mine, theirs = _words(one), _words(other)
    if min(sum(map(len, mine)), sum(map(len, theirs))) < _SHORTEST:
        return False
    return len(mine & theirs) >= _ALIKE * len(mine | theirs)


def _words(text: str) -> frozenset[str]:
    """The words that are nothing but letters: a number or an id makes no mail a new one."""
    words = (word.strip(".,;:!?()[]<>\"'") for word in text[:_LONGEST].casefold().split())
    return frozenset(word for word in words if word.isalpha())


def joins(situation: Situation, arrived: Arrived, joined: Joined) -> list[Effect]:
    """The mail is kept in the case of the last one like it; nothing leaves."""
    kept = came_in(arrived, arrived.message.reply_text or arrived.message.text, joined.why, automatic=True)
    return [kept, Remember(event="loop", why=joined.why), *hold(situation, arrived.sender.address, joined.why)]


def hold(situation: Situation, address: str, why: str) -> list[Effect]:
    """No automatic mail about the case goes to them until an agent has written, who is told of it once."""
    key = fold_address(address)
    if any(person.held for person in situation.participants if person.address == key):
        return []
    said = (
        f"{why[0].upper()}{why[1:]}.",
        "A machine may answer our mails. No automatic mail about this case goes to them until you answer or give a "
        "command, such as /close.",
    )
    clocks = [StopTimer(why="a person must look", name=name) for name in _SILENCE if situation.has_timer(name)]
    told = [Notify(why=why, event="changed", to=to, note=True, lines=said) for to in situation.audience()]
    return [HoldMail(why=why, address=address), *clocks, *told]
