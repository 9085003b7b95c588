"""Asking back: a mail is held until the agent in whose name it came says that it is theirs, by a one-time code that
went to their registered address.

Asked is about mail without proof (threats T01, T15), and about orders that reach further than their case, also with
proof (`orders.dangers`). The code is 128 random bits; it is good once, for half an hour, for that very mail, and from
that address. What it lets go is decided afresh, by what is then. A reply that is not plainly yes lets nothing go:
whoever is asked whether a mail is theirs may well answer that it is not.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Sequence
from datetime import timedelta

from maild.desk.effects import Effect, Ignore, Notify, Quarantine
from maild.desk.identity import aligned_verdict
from maild.desk.orders.dangers import dangers
from maild.desk.orders.sections import at_hand, sections_of
from maild.desk.proving import Ask, SettleQuestion
from maild.desk.quarantine import harmless
from maild.desk.settings import Agent
from maild.desk.situation import Arrived, Confirming, Sender, Situation, Speaker
from maild.desk.tokens import without_tokens
from maild.desk.yes_or_no import answer_of
from parsers.message import ParsedMessage
from store.records import Letter, fold_address

CODE_LIFE = timedelta(minutes=30)
CODE_BYTES = 16
_CODE = re.compile(r"(?<![a-z0-9])yes\.([a-z2-7]{26})(?![a-z0-9])", re.IGNORECASE)
_MOST_LINES, _LONGEST_LINE, _MOST_NAMED = 12, 200, 10
CONFIRMED, DENIED, REFUSED = "confirmed", "denied", "refused"


def code_of(random: bytes) -> str:
    """Bytes as they stand in a mail: small letters and digits, which survive whatever changes the case."""
    return b32encode(random).decode().rstrip("=").lower()


def digest_of(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(b"code|" + code.lower().encode()).hexdigest()


def code_in(message: ParsedMessage) -> str | None:
    """The one code that a mail brings back: in an address, in the subject, or in its text. None for several."""
    people = (*message.to, *message.cc, *message.delivered_to)
    places = (*(person.address for person in people), message.subject, message.text)
    found = {code.lower() for place in places if "yes." in place.lower() for code in _CODE.findall(place)}
    return found.pop() if len(found) == 1 else None


def ask_first(situation: Situation, arrived: Arrived, agent: Agent) -> list[Effect]:
    """The mail is held, if it orders what is only done when it was asked back; else nothing."""
    if arrived.confirmed or arrived.released:
        return []
    here, sections = sections_of(arrived.commands, at_hand(situation))
    reasons = dangers(here, sections, arrived.message, situation, agent)
    if not reasons:
        return []
    why = "; ".join(reasons)
    ask = Ask(why=why, event="confirm", to=agent.address, lines=(*reasons, "", *quoted(arrived.message)))
    return [Quarantine(cause="needs-confirmation", why=why), ask]


def not_theirs(situation: Situation, arrived: Arrived, agent: Agent) -> list[Effect]:
    """The mail is held, if it is about a case on which the agent may not act; they learn nothing of it."""
    case = situation.case
    if case is None or arrived.released or agent.may_act_on(case):
        return []
    why = f"{agent.address} does not serve {case.queue}, and the case is not theirs"
    return [Quarantine(cause="not-their-queue", why=why), _told(agent, f"✖ There is no case {case.number}.")]


def unproven_agent(situation: Situation, arrived: Arrived) -> list[Effect]:
    """A mail in an agent's name without proof: kept, nothing leaves, and the registered address is asked."""
    agent = arrived.sender.agent
    if agent is None:
        return [Quarantine(cause="former-agent", why=arrived.sender.why)]
    effects: list[Effect] = [Quarantine(cause="unproven-agent", why=arrived.sender.why)]
    if situation.challenged_last_hour < situation.desk.policy.challenges_per_hour:
        why = "a mail in their name was held"
        lines = (*quoted(arrived.message), *_also_held(situation, situation.held))
        effects.append(Ask(why=why, event="unproven", to=agent.address, lines=lines))
    return effects


def _next(situation: Situation, agent: Agent) -> list[Effect]:
    """One question was answered; so the next is asked at once, if more is held, however many there were this hour:
    each answer is for one mail alone, and there are never more questions than answers."""
    if not situation.held or situation.held_next is None:
        return []
    first, *more = situation.held
    lines = (*quoted(situation.held_next), *_also_held(situation, more))
    why = "another mail in their name is held"
    return [Ask(why=why, event="unproven", to=agent.address, lines=lines, letter=first.id)]


def _once_more(asked: Confirming) -> str:
    late = asked.code.outcome is None and asked.is_quarantined and asked.is_intact
    return " Send it once more, and you are asked again." if late else ""


def _another(situation: Situation) -> str:
    """A second yes to one question is no yes to the next."""
    if not situation.held:
        return ""
    subject = harmless(without_tokens(situation.held[0].subject or ""), _LONGEST_LINE) or "(no subject)"
    return (
        f" Another mail in your name is held, “{subject}”: answer the question about that one. If you got none "
        "(there is one an hour at most), send it anew in a reply to a notice of its case, or ask an admin for it."
    )


def _also_held(situation: Situation, letters: Sequence[Letter]) -> tuple[str, ...]:
    """What else is held in the name of an agent, for whom nobody has asked or answered yet."""
    if not letters:
        return ()
    zone = situation.desk.zone
    named = []
    for one in letters[:_MOST_NAMED]:
        subject = harmless(without_tokens(one.subject or ""), _LONGEST_LINE)
        named.append(f"- {one.received_at.astimezone(zone):%d %b %H:%M}, {subject or '(no subject)'}")
    more = ["- and more"] if len(letters) > _MOST_NAMED else []
    head = "Also held in your name, to be asked about one by one when this one is answered:"
    return ("", head, *named, *more)


def quoted(message: ParsedMessage) -> tuple[str, ...]:
    """What the mail says, in short, for whom it is to be shown to; without marks and links: anybody may have written
    it."""
    lines = [line.strip() for line in message.reply_text.split("\n") if line.strip()]
    shown = [f"Subject: {message.subject}", *lines[:_MOST_LINES], *(["…"] if len(lines) > _MOST_LINES else [])]
    return tuple(harmless(without_tokens(line), _LONGEST_LINE) for line in shown)


def answered(situation: Situation, arrived: Arrived, asked: Confirming) -> list[Effect]:
    """A mail that brings a code back."""
    desk, code = situation.desk, asked.code
    agent = desk.agent(code.agent)
    theirs = arrived.message.sender_is_strict and fold_address(arrived.message.sender.address) == code.agent
    if agent is None or not theirs or aligned_verdict(arrived.message, desk) == "fail":
        return _refused(arrived, asked, agent)
    if (said := _too_late(asked)) is not None:
        anew = any(letter.id == code.letter for letter in situation.held)
        again = _next(situation, agent) if anew else []
        said += " You are asked about it anew." if anew else f"{_once_more(asked)}{_another(situation)}"
        return [_done("it could not be used any more"), *again, _told(agent, f"✖ {said}")]
    word = answer_of(arrived.message.reply_text, agent.name)
    if word:
        why = f"{agent.address} said that it is theirs, by a one-time code"
        settle = SettleQuestion(why=why, code=code.id, letter=code.letter, outcome=CONFIRMED)
        # What became of the mail is told when it was.
        return [settle, _done(why), *_next(situation, agent)]
    if word is False:
        return [*_denied(situation, asked, agent), *_next(situation, agent)]
    line = (
        "✖ Your mail was neither a plain yes nor a plain no, on its first line. What was held is still held: answer "
        "the question once more, with the one word yes or no."
    )
    return [_done("it said neither yes nor no"), _told(agent, line)]


def confirmed(sender: Sender) -> Sender:
    """The verdict on a mail that its agent said to be theirs."""
    if sender.speaker is not Speaker.CLAIMS_AGENT or sender.agent is None:
        return sender
    return Sender(
        speaker=Speaker.AGENT,
        address=sender.address,
        name=sender.name,
        why="they said that it is theirs, by a one-time code to their registered address",
        agent=sender.agent,
        note=sender.note,
    )


def _too_late(asked: Confirming) -> str | None:
    if asked.code.outcome is not None:
        return "That question was answered already; nothing is done twice."
    if not asked.is_quarantined or not asked.is_intact:
        return "The mail that you were asked about is not held any more."
    if asked.has_expired:
        return "Your answer came too late; the mail is still held."
    return None


def _refused(arrived: Arrived, asked: Confirming, agent: Agent | None) -> list[Effect]:
    """Somebody else has the code: it is good for nobody any more."""
    who = arrived.message.sender.address or "nobody"
    why = f"a code that went to {asked.code.agent} came back from {who}"
    effects: list[Effect] = [Quarantine(cause="confirmation-refused", why=why)]
    if asked.code.outcome is None:
        effects.insert(0, SettleQuestion(why=why, code=asked.code.id, letter=asked.code.letter, outcome=REFUSED))
        if agent is not None:
            line = f"✖ The answer to our question came from {who}, and was refused. The mail is still held."
            effects.append(_told(agent, line))
    return effects


def _denied(situation: Situation, asked: Confirming, agent: Agent) -> list[Effect]:
    why = f"{agent.address} said that it is not theirs"
    settle = SettleQuestion(why=why, code=asked.code.id, letter=asked.code.letter, outcome=DENIED)
    admins = [one for one in situation.desk.admins() if one.address != agent.address]
    told = [_told(one, f"A mail in {agent.address}'s name was not theirs; it was dropped.") for one in admins]
    return [settle, _done(why), _told(agent, "✔ The mail was dropped, and the admins were told."), *told]


def _done(why: str) -> Ignore:
    return Ignore(rule="confirmation", why=why)


def _told(agent: Agent, line: str) -> Notify:
    return Notify(why="a question was answered", event="orders", to=agent.address, note=True, lines=(line,))
