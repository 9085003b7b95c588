"""An admin's commands on the quarantine. They are about letters, not a case, so any mail of theirs may have them."""

from __future__ import annotations

import re
from dataclasses import replace

from maild.desk.addresses import can_be_written_to
from maild.desk.limiter import is_machines
from maild.desk.orders.orders import Orders, Refusal, Verb
from maild.desk.quarantine import Block, Deed, HandleLetter, harmless, in_words
from maild.desk.settings import Agent
from maild.desk.situation import Situation
from store.records import Letter, fold_address

_MOST = 50
"""Letters of one list: somebody may have held thousands by writing in an agent's name."""
_ONE = re.compile(r"#?([0-9]{1,12})")
_TWO = re.compile(r"#?([0-9]{1,12})\s+(?:to\s+)?(?:case\s*)?#?([0-9]{1,12})", re.IGNORECASE)


def _release(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    letter = _letter("/release", _ONE, argument, orders, situation, agent)
    return _worked(orders, letter, Deed.RELEASE, agent), f"letter {letter.id} goes its way now, and is let pass"


def _spam(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    letter = _letter("/spam", _ONE, argument, orders, situation, agent)
    return _worked(orders, letter, Deed.SPAM, agent), f"letter {letter.id} is spam, and has no effect"


def _block(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    letter = _letter("/block", _ONE, argument, orders, situation, agent)
    address, desk = fold_address(letter.sender or ""), situation.desk
    if not can_be_written_to(address):
        raise Refusal(f"letter {letter.id} names no sender who could be blocked; /spam {letter.id} drops it")
    if desk.agent(address) is not None or desk.is_own(address):
        raise Refusal(f"{address} is one of us")
    if is_machines(address):
        raise Refusal(f"reports on mail that did not arrive come from {address}")
    orders = _worked(orders, letter, Deed.SPAM, agent)
    block = Block(why=f"{agent.address} blocked them, for letter {letter.id}", address=address)
    said = f"letter {letter.id} is dropped, and what comes from {address} is ignored from now on; "
    return replace(orders, deeds=(*orders.deeds, block)), f"{said}maild contact unblock {address} ends it"


def _attach(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    letter = _letter("/attach", _TWO, argument, orders, situation, agent)
    number = int(_TWO.fullmatch(argument)[2])  # type: ignore[index]
    case = situation.quarantined.cases.get(number) if situation.quarantined else None
    if case is None or not agent.serves(case.queue):
        raise Refusal(f"there is no case {number}")
    said = f"letter {letter.id} becomes an entry of case {case.number}, and nobody is let in by it"
    return _worked(orders, letter, Deed.ATTACH, agent, case.number), said


def _quarantine(orders: Orders, argument: str, situation: Situation, agent: Agent) -> tuple[Orders, str]:
    if argument:
        raise Refusal("/quarantine takes nothing behind it; /release 17, /spam 17, /block 17 and /attach 17 1042 do")
    letters = _of_admin(situation, agent)
    lines = [
        f"letter {one.id}: {in_words(one.cause)}; from {harmless(one.sender or 'nobody', 80)}: "
        f"{harmless(one.subject or '', 80)}"
        for one in list(letters.values())[:_MOST]
    ]
    more = [f"… and {len(letters) - _MOST} more"] if len(letters) > _MOST else []
    return orders, "\n".join([f"{len(letters) or 'nothing'} held", *lines, *more])


def _of_admin(situation: Situation, agent: Agent) -> dict[int, Letter]:
    if agent.role != "admin":
        raise Refusal("only an admin can do that")
    return dict(situation.quarantined.letters) if situation.quarantined else {}


def _letter(
    verb: str, form: re.Pattern[str], argument: str, orders: Orders, situation: Situation, agent: Agent
) -> Letter:
    letters = _of_admin(situation, agent)
    found = form.fullmatch(argument)
    if found is None:
        raise Refusal(f"which? Say {verb} 17{' 1042, the letter and the case' if form is _TWO else ''}")
    number = int(found[1])
    if number not in letters or any(
        isinstance(deed, HandleLetter) and deed.letter == number for deed in orders.deeds
    ):
        raise Refusal(f"no letter {number} is held; /quarantine shows what is")
    return letters[number]


def _worked(orders: Orders, letter: Letter, deed: Deed, agent: Agent, case: int | None = None) -> Orders:
    worked = HandleLetter(why=f"{agent.address} said so by mail", letter=letter.id, deed=deed, case=case)
    return replace(orders, deeds=(*orders.deeds, worked))


VERBS_QUARANTINE: dict[str, Verb] = {
    "quarantine": _quarantine,
    "release": _release,
    "spam": _spam,
    "block": _block,
    "attach": _attach,
}
OF_QUARANTINE = frozenset(VERBS_QUARANTINE)

HELP_QUARANTINE = {
    "quarantine": "admins: which letters are held, and why",
    "release NUMBER": "admins: that letter goes its way",
    "spam NUMBER": "admins: it is dropped",
    "block NUMBER": "admins: it is dropped, and what its sender writes later is ignored",
    "attach NUMBER CASE": "admins: it becomes an entry of that case, for us alone",
}
