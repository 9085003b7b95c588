"""Tokens of agents that came into other hands: they are good for nothing from now on, and those concerned are told.

Two ways lead there: somebody else's mail bears one (threats T07), or an agent sends their own answer to people
outside as well, who then have the address they answered to (T13). Machines are no people: a bounce brings back
what it got.
"""

from __future__ import annotations

from maild.desk.effects import Effect, Notify, Warn
from maild.desk.identity import read_otherwise
from maild.desk.proving import VoidToken
from maild.desk.quarantine import harmless
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Situation, Speaker
from maild.desk.tokens import STANDING, TokenKind
from parsers.message import ParsedMessage


def leaks(situation: Situation, arrived: Arrived) -> list[Effect]:
    """What follows for the tokens that a mail has brought to light, before anything else."""
    if arrived.sender.speaker in (Speaker.MACHINE, Speaker.OURSELVES) or arrived.released or arrived.confirmed:
        return []
    effects: list[Effect] = []
    for one in arrived.marks.leaked:
        why = f"a mail from {arrived.message.sender.address or 'nobody'} bore {one.address}'s token"
        effects += _void(one.address, one.case, why, situation.desk)
    agent, outside = arrived.sender.agent, exposed_to(arrived.message, situation.desk)
    if arrived.sender.speaker is Speaker.AGENT and agent is not None and outside:
        cases = {proof.case for proof in arrived.marks.proofs if proof.kind in (TokenKind.AGENT, TokenKind.NOTE)}
        why = f"{agent.address} sent their mail to {', '.join(outside)} as well"
        for case in sorted(cases):
            effects += _void(agent.address, case, why, situation.desk)
    return effects


def tripwire(arrived: Arrived, desk: Desk) -> list[Effect]:
    """Two readings of From: somebody may be trying to be read as one by a server, and as another by us (T92)."""
    message = arrived.message
    read = read_otherwise(message, desk) if arrived.sender.speaker is not Speaker.OURSELVES else None
    if read is None:
        return []
    ours = harmless(message.sender.address)
    lines = (
        f"Your server read {harmless(read)} in From, and the desk {ours}. So its verdict counted for nothing.",
        "It may be an attempt to pass for somebody else. `maild explain` of its Message-ID says what became of it.",
    )
    why = f"a trusted server read {harmless(read)} in From, and we {ours}"
    return [Warn(why=why, about="from", text="A mail whose sender can be read in two ways", lines=lines)]


def exposed_to(message: ParsedMessage, desk: Desk) -> tuple[str, ...]:
    """To whom outside a mail went beside us. Colleagues are not outside."""
    people = dict.fromkeys(person.address for person in (*message.to, *message.cc) if person.address)
    return tuple(one for one in people if not desk.is_own(one) and desk.agent(one) is None)


def _void(address: str, case: int, why: str, desk: Desk) -> list[Effect]:
    where = f"[{desk.tag} #{case}]" if case != STANDING else "new cases"
    lines = (f"{where}: {why}.",)
    told = dict.fromkeys([address, *(admin.address for admin in desk.admins())])
    void = VoidToken(why=why, address=address, case=case)
    return [void, *(Notify(why=why, event="token-void", to=one, note=True, lines=lines) for one in told)]
