"""Whether an agent's answer leaves at once, or is held until they have looked once more.

    stale     since the notice that they answer a customer has written, or a colleague has answered
    copies    their mail went to people outside as well who take no part in the case
    internal  it holds a mark of what is internal in our notices, or eight words in a row that others said inside
    several   it greets one of the people whose cases were merged, and others of them would read it
    colleague it greets one of us, who would not get it
    command   it may be meant as a command: it is one but for the slash, or a line of it ends in one

What an agent wrote themselves, what machines wrote, notes, and a mere word of thanks are no news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maild.desk.canaries import lines_with_canary
from maild.desk.courtesy import is_courtesy
from maild.desk.drafts import Held
from maild.desk.echoes import echoes
from maild.desk.effects import AddParticipant, RemoveParticipant
from maild.desk.greetings import greets, names, names_one_of, signers
from maild.desk.leaks import exposed_to
from maild.desk.lines import in_short
from maild.desk.merged import greeted
from maild.desk.orders.slips import bare_command, command_at_an_end
from maild.desk.settings import Agent
from maild.desk.situation import Arrived, Situation
from store.records import Direction, Entry, fold_address, without_plus

_LONGEST = 300
_MOST = 10
"""So many things of a kind are shown."""
_SPOKEN = {Direction.CALL: "spoke with the customer", Direction.CHAT: "chatted with the customer"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What would leave."""

    raw: str
    """The agent's own words, before our marks were blotted out."""
    text: str
    people: tuple[AddParticipant | RemoveParticipant, ...]
    """Who is to take part by commands beside it, or no more."""
    parted: frozenset[int] = frozenset()
    """The merged cases that stand for themselves again, by a command beside it."""


def guard(situation: Situation, arrived: Arrived, agent: Agent, said: Answer) -> Held | None:
    """Why this agent's answer is to be held, if it is: all that there is to say, under the name of the first."""
    guards = situation.desk.guards
    found = [
        *(_stale(situation, agent) if guards.stale else ()),
        *(_copied(situation, arrived, said) if guards.copies else ()),
        *(_internal(situation, agent, said) if guards.internal else ()),
        *(_for_one(situation, said) if guards.copies else ()),
        *(_for_a_colleague(situation, arrived, agent, said) if guards.internal else ()),
        *(_command(said.text) if guards.internal else ()),
    ]
    if not found:
        return None
    return Held(found[0].cause, found[0].why, tuple(line for one in found for line in one.lines))


def _stale(situation: Situation, agent: Agent) -> list[Held]:
    news = unread(situation, agent)
    if not news:
        return []
    head = "It was not sent: since the notice that you answered, this came."
    lines = (head, *(_line(entry, situation) for entry in news[-_MOST:]))
    return [Held("stale", "more has come since the notice that they answered", lines)]


def _copied(situation: Situation, arrived: Arrived, said: Answer) -> list[Held]:
    """Whoever is in To or Cc of an agent's mail has got that, and gets nothing from the desk."""
    added = {fold_address(one.address) for one in said.people if isinstance(one, AddParticipant)}
    # Where the last server delivered it is another name of our own mailbox.
    ours = {without_plus(fold_address(person.address)) for person in arrived.message.delivered_to}
    others = [
        address
        for address in exposed_to(arrived.message, situation.desk)
        if fold_address(address) not in added
        and without_plus(fold_address(address)) not in ours
        and not situation.is_participant(address)
    ]
    if not others:
        return []
    lines = (
        f"It was not sent: your mail went to {', '.join(others)} as well, who take no part in the case.",
        f"/send alone sends it without them. They are to get it, too: {_with_cc(others)} beside /send.",
    )
    return [Held("copies", f"it was also sent to {', '.join(others)}", lines)]


def _for_one(situation: Situation, said: Answer) -> list[Held]:
    """Cases that were merged have several requesters, and each gets every answer."""
    if situation.case is None or not situation.threads:
        return []
    threads = [thread for thread in situation.threads if thread.number not in said.parted]
    named, others = greeted(said.text, [situation.case, *threads])
    if not named:
        return []
    merged = " and ".join(f"/unmerge {thread.number}" for thread in threads)
    lines = (
        f"It was not sent: it begins as if it were for {', '.join(named)} alone, but their cases were merged, and "
        f"{', '.join(others)} would read it as well.",
        f"/send sends it to all of them. To write to one alone, part the cases ({merged}), and answer there.",
    )
    return [Held("several", f"it greets {', '.join(named)}, and {', '.join(others)} would read it", lines)]


def _for_a_colleague(situation: Situation, arrived: Arrived, agent: Agent, said: Answer) -> list[Held]:
    """A word for one of us. A customer may have the same name: so may whoever signed what they wrote last."""
    case = situation.case
    if case is None or names_one_of(said.text, _outside(situation) | names(agent.name)):
        return []
    to = {fold_address(one.address) for one in (*arrived.message.to, *arrived.message.cc)}
    to |= {fold_address(one.address) for one in (*situation.participants, *said.people)}
    found = (one for one in situation.desk.agents if one.key not in to and one.may_act_on(case))
    greeted_one = next((one for one in found if greets(said.text, one.name, one.address)), None)
    if greeted_one is None:
        return []
    name = greeted_one.name or greeted_one.address
    lines = (
        f"It was not sent: it begins as if it were for {name}, who would not get it; the customer would.",
        f"If it is for {name}, write /undo, and send it anew below /ask {greeted_one.key.partition('@')[0]}, or "
        "below /note. As it is, /send sends it to the customer.",
    )
    return [Held("colleague", f"it greets {name}, who would not get it", lines)]


def _outside(situation: Situation) -> frozenset[str]:
    """What the people outside are called."""
    written = [one.text for one in (*situation.since, *situation.recent) if one.direction is Direction.IN]
    if situation.last_public is not None:
        written.append(situation.last_public.text)
    called = [names(one.name) | names("", one.address) for one in situation.participants]
    if situation.case is not None:
        called.append(names(situation.case.requester_name, situation.case.requester))
    return frozenset().union(*called, *(signers(text) for text in written))


def _command(text: str) -> list[Held]:
    bare, at_an_end = bare_command(text), command_at_an_end(text)
    if bare is not None:
        lines = (
            f"It was not sent: all of it is “{in_short(text, _LONGEST)}”, which may be meant as the command /{bare}.",
            f"If it is, reply with /{bare}, with its slash, and /undo below it, which drops this text. If it is "
            "meant for the customer, /send sends it.",
        )
        return [Held("command", f"it may be meant as /{bare}", lines)]
    if at_an_end is None:
        return []
    line, verb = at_an_end
    lines = (
        f"It was not sent: “{in_short(line, _LONGEST)}” ends in what may be the command /{verb}.",
        "A command stands on a line of its own: if it is one, send your text anew so. As it is, /send sends it.",
    )
    return [Held("command", f"/{verb} stands at the end of a line", lines)]


def _with_cc(others: Sequence[str]) -> str:
    return " and ".join(f"/cc {address}" for address in others)


def _internal(situation: Situation, agent: Agent, said: Answer) -> list[Held]:
    """A mark of our notices' internal parts, or a run of words of what others said inside."""
    mine = fold_address(agent.address)
    marked = lines_with_canary(said.raw)
    public = [one.text for one in situation.recent if one.public]
    lines = [
        f"It holds a mark that stands beside what is internal: “{in_short(line, _LONGEST)}”"
        for line in marked[:_MOST]
    ]
    for entry in situation.recent:
        if entry.public or fold_address(entry.sender) == mine or entry.direction is Direction.DRAFT:
            continue
        for run in echoes(said.text, entry.text, public)[:_MOST]:
            at = f"{entry.at.astimezone(situation.desk.zone):%d %b %Y}"
            who = entry.sender_name or entry.sender
            lines.append(f"It repeats what {who} wrote inside, {at}: “{in_short(run, _LONGEST)}”")
    if not lines:
        return []
    head = "It was not sent: there is something in it that may be internal."
    cause = "a mark of internal text is in it" if marked else "it repeats what was said inside"
    return [Held("internal", cause, (head, *lines))]


def unread(situation: Situation, agent: Agent) -> list[Entry]:
    """What people said in public since the notice that an agent answers, or since they last answered themselves: that
    answer went out in the knowledge of what stood before it."""
    mine = fold_address(agent.address)
    own = [at for at, one in enumerate(situation.since) if _is_answer(one) and fold_address(one.sender) == mine]
    newer = situation.since[own[-1] + 1 :] if own else situation.since
    return [one for one in newer if _is_news(one) and fold_address(one.sender) != mine]


def _is_answer(entry: Entry) -> bool:
    return entry.direction is Direction.OUT and entry.public and not entry.automatic


def _is_news(entry: Entry) -> bool:
    if entry.automatic:
        return False
    if entry.direction is Direction.IN:
        return entry.public and not is_courtesy(entry.text, entry.sender_name)
    return _is_answer(entry) or entry.direction in _SPOKEN


def _line(entry: Entry, situation: Situation) -> str:
    did = _SPOKEN.get(entry.direction, "answered" if entry.direction is Direction.OUT else "wrote")
    who = entry.sender_name or entry.sender
    at = f"{entry.at.astimezone(situation.desk.zone):%d %b %Y %H:%M}"
    return f"{who} {did}, {at}: “{in_short(entry.text, _LONGEST)}”"
