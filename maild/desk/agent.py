"""An agent writes: an answer that goes to the customer, a note, commands, or all of them.

What goes out is only the agent's own new text, never what was quoted below it, and never when a command line of
the same mail could not be understood: a mistyped `/note` must not publish a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maild.desk.addresses import is_meant
from maild.desk.calls import finding, logged
from maild.desk.canaries import without_canaries
from maild.desk.drafts import Draft, asked_for, checked, dropped, held
from maild.desk.effects import (
    AddEntry,
    Assign,
    Classify,
    Effect,
    MarkAway,
    MoveStatus,
    Notify,
    Remind,
    Reply,
    SetCreator,
    TakeBack,
    Unrelate,
)
from maild.desk.entries import written
from maild.desk.guards import Answer, guard
from maild.desk.incidents import for_incidents, offer
from maild.desk.lifecycle import Happening, after
from maild.desk.lines import in_short
from maild.desk.orders.colleagues import questions, with_question
from maild.desk.orders.drafts import ONCE_MORE, SEND_ANEW
from maild.desk.orders.handover import beside_others, with_handover, with_words
from maild.desk.orders.orders import Orders
from maild.desk.orders.participants import with_letter
from maild.desk.orders.reading import commands_in, read
from maild.desk.orders.sections import at_hand, sections_of
from maild.desk.orders.understand import understand, with_strays
from maild.desk.settings import Agent, Vendor
from maild.desk.situation import Arrived, Situation
from maild.desk.tokens import without_tokens
from maild.desk.unsaid import stays_unsaid
from maild.desk.vendors import asked, joins
from maild.desk.waiting import what_follows
from maild.desk.words import files_to_pass_on, is_signature, own_words, says_something
from parsers.message import Attachment, Command, ParsedMessage
from store.records import REQUESTER, Case, Direction, RelationKind, Status

BY_COMMAND = "by command"
"""Why a thing is as an agent said it; in the journal, what is learnt from is known by it."""
_LONGEST_REMINDER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What an agent's mail says, as it is understood."""

    orders: Orders
    commands: tuple[Command, ...]
    text: str
    message: ParsedMessage
    """The mail that the text came in."""
    draft: Draft | None
    """The held answer that goes out with it."""
    stale: int | None
    """The case whose merging made another audience of the one that they answered."""
    raw: str
    """The text before our marks were blotted out."""

    @property
    def answer(self) -> Answer:
        parted = frozenset(deed.source for deed in self.orders.deeds if isinstance(deed, Unrelate))
        return Answer(self.raw, self.text, self.orders.people, parted)


def agent_writes(
    case: Case, situation: Situation, arrived: Arrived, agent: Agent, refused: bool | None = None
) -> list[Effect]:
    """The effects of a proven agent's mail on their case, without what the features add. `refused`: whether what it
    says of other cases cannot all be done; None where it says nothing of any."""
    said = _read(case, situation, arrived, agent, refused)
    orders, text, stale = said.orders, said.text, said.stale
    files, withheld = files_to_pass_on(said.message, has_text=bool(text))
    is_note = arrived.sender.note or stale is not None if orders.note is None else orders.note
    leaves = bool(text or files) and not (orders.failed or orders.undo or orders.drop or orders.channel)
    answers = leaves and (said.draft is not None or not is_note) and orders.vendor is None
    if answers and said.draft is None and (found := guard(situation, arrived, agent, said.answer)) is not None:
        return [*dropped(situation, agent, "a newer answer is held"), *held(agent, found, text, said.commands)]
    # What goes to a vendor is internal anyhow: only the word /note itself keeps it back.
    asks = orders.vendor if leaves and orders.note is None and stale is None else None
    has_answered = answers or (orders.channel is not None and not orders.failed)
    together = not (orders.failed and (text or said.draft))  # what was meant together happens together
    orders = orders if together else orders.kept_back()
    moves = status_after(case, orders, has_answered, asks) if together else []
    parted = [deed for deed in orders.deeds if isinstance(deed, Unrelate)]  # before anybody is written to
    effects: list[Effect] = [*orders.people, *parted] if together else []
    if orders.undo:
        effects.append(_take_back(situation, agent))
    if orders.drop and together:
        effects += dropped(situation, agent, f"{agent.address} dropped it")
    if text or orders.channel:
        effects += [finding(agent, one) for one in orders.findings]
    if answers:
        effects += _answer(case, situation, agent, text, files, said.draft, moves)
    elif asks is not None:
        effects += [*joins(situation, asks, agent), asked(asks, situation, agent, text, files)]
    elif orders.channel is not None and has_answered:
        effects.append(logged(agent, orders.channel, text, voicemail=orders.voicemail))
    else:
        effects.append(_note(arrived, agent, text, orders))
    effects += absence_of(orders, agent)
    effects += ownership(case, orders, agent, has_answered or asks is not None)
    if together and asks is None and not has_answered:
        effects += questions(orders, agent)  # they tell whose the case is by then
    effects += [Classify(why=BY_COMMAND, field=f, value=v) for f, v in orders.fields if getattr(case, f) != v]
    if together:
        effects += [*moves, *(shown(deed, text, answers=answers) for deed in orders.deeds if deed not in parted)]
        if orders.template and not has_answered:
            effects.append(Reply(why=BY_COMMAND, event=orders.template))
    if together and not (is_note and text) and orders.channel is None:
        hold = situation.desk.policy.undo_window
        effects += for_incidents(situation, orders, agent, text if answers else "", files if answers else (), hold)
    unsaid = is_note and asks is None and orders.note is None and stays_unsaid(situation, agent, text)
    if orders.lines or withheld or arrived.confirmed or unsaid or not (text or files):
        kept_back = tuple(f"✖ {name} was not passed on: it may hold internal mail" for name in withheld if answers)
        lines = (*orders.lines, *kept_back, *offer(situation, orders))
        follows = () if answers or not moves else _waits(case, moves[-1].status, situation, spoken=has_answered)
        left = (_what_left(answers, asks, text, orders, situation), *follows)
        why = "commands are answered"
        effects.append(Notify(why=why, event="receipt", to=agent.address, note=True, lines=lines, left=left))
    return effects


def _read(case: Case, situation: Situation, arrived: Arrived, agent: Agent, refused: bool | None) -> _Said:
    """The mail understood; or, where it says `/send`, what was held, with this one's commands behind its own."""
    # Where several requesters are answered, what one of them wrote must not be quoted to the others.
    context = not arrived.sender.note and not situation.threads
    commands, text = read(own_words(arrived.message.reply_text, context=context), situation.desk)
    text = text if says_something(text) and not is_signature(text) else ""
    raw, draft = text, asked_for(situation, agent, commands, _for_customers(text, situation, agent))
    text = "" if draft else text
    if draft is not None:
        meant = commands_in(draft.message, situation.desk)
        # What it said of other cases was done at once.
        commands = (*sections_of(meant, at_hand(situation))[0], *commands)
    orders = with_strays(understand(commands, situation, agent, _led(case, arrived, commands)), text)
    orders = with_question(checked(orders, text), text)
    says = bool(text or orders.text or draft or arrived.message.attachments)
    files = files_to_pass_on(arrived.message, has_text=bool(text))[0]
    is_open = bool(text or orders.text or files) and draft is None
    replies = bool(arrived.message.in_reply_to or arrived.message.references)
    orders = with_words(orders, says_something=says)
    orders = with_handover(orders, says_something=is_open, is_note=arrived.sender.note, is_reply=replies)
    orders = with_letter(orders, says_something=says)
    if refused is not None and (is_open or draft is not None):
        orders = beside_others(orders, case.number, refused=refused, is_note=arrived.sender.note)
    if draft is not None and orders.failed:  # then nothing is done of what was meant with it
        orders = Orders(failed=True, send=True, lines=orders.lines)
    elif draft is not None:
        text = draft.entry.text
    else:
        text = "\n".join(part for part in (orders.text, _for_customers(text, situation, agent)) if part)
    stale = _merged_since(case, situation, arrived) if orders.note is None and text and not draft else None
    if stale is not None:
        orders = replace(orders, lines=(*orders.lines, _merged_meanwhile(stale, case, situation, arrived)))
    if orders.channel is not None and orders.note is False:
        line = f"✖ /public does not go with a {orders.channel.value}: what you write down of it is internal"
        orders = replace(orders, failed=True, lines=(*orders.lines, line))
    message = draft.message if draft else arrived.message
    return _Said(orders=orders, commands=commands, text=text, message=message, draft=draft, stale=stale, raw=raw)


def shown(deed: Effect, text: str, *, answers: bool) -> Effect:
    """Whoever a case is passed up to reads what was written with it; if nothing was, what the customer wrote last.
    A reminder without words is of the note beside it."""
    if isinstance(deed, Remind) and not deed.text and not answers:
        return replace(deed, text=in_short(text, _LONGEST_REMINDER))
    return replace(deed, quote_last=not text) if isinstance(deed, Notify) else deed


def _answer(
    case: Case,
    situation: Situation,
    agent: Agent,
    text: str,
    files: tuple[Attachment, ...],
    draft: Draft | None,
    moves: Sequence[MoveStatus],
) -> list[Effect]:
    """It goes out. One that was held is an entry already, and the mail that says so holds nothing but commands."""
    effects: list[Effect] = [*dropped(situation, agent, "they sent another answer", draft)]
    if draft is not None:
        effects.append(_only_commands(agent, "/send"))
    answer = Reply(
        why=f"{agent.address} answered",
        event="answer",
        text=text,
        automatic=False,
        everyone=True,
        author=agent.address,
        author_name=agent.name,
        files=files,
        of_letter=draft is None,
        hold=situation.desk.policy.undo_window,
        replies_to=situation.last_public.message_id if situation.last_public else case.root_message_id,
        draft=draft.entry.id if draft else None,
        then=moves[0].status if moves else case.status,
    )
    return [*effects, answer]


def _only_commands(agent: Agent, text: str) -> AddEntry:
    return written(agent, text, "commands only", Direction.ORDERS)


def _note(arrived: Arrived, agent: Agent, text: str, orders: Orders) -> AddEntry:
    if (text and orders.text_is_finding) or (orders.findings and not text):
        return finding(agent, text or "\n".join(orders.findings), of_letter=True)
    if text:
        return written(agent, text, "a note")
    return _only_commands(agent, "\n".join(orders.lines) or arrived.message.reply_text)


def _merged_since(case: Case, situation: Situation, arrived: Arrived) -> int | None:
    """A case of somebody else that was merged into this one after the notice that is answered was written."""
    if arrived.match.thread is not None:
        return arrived.match.thread if _new_readers(arrived.match.thread, situation) else None
    others = {thread.number for thread in situation.threads if thread.requester != case.requester}
    since = situation.noticed_at
    found = (r for r in situation.relations if r.kind is RelationKind.MERGED and r.source in others)
    return next((relation.source for relation in found if since is not None and relation.at > since), None)


def _led(case: Case, arrived: Arrived, commands: Sequence[Command]) -> Orders:
    """What is done to another case than the one whose notice they answered does not happen without a word."""
    thread = arrived.match.thread
    if thread is None or not commands or any(command.verb == "unmerge" for command in commands):
        return Orders()
    line = f"Case {thread} was merged into case {case.number}: this was done there. /unmerge {thread} parts them."
    return Orders(lines=(line,))


def _merged_meanwhile(number: int, case: Case, situation: Situation, arrived: Arrived) -> str:
    """They answered a notice that named fewer readers than an answer has now."""
    new = _new_readers(arrived.match.thread or case.number, situation)
    return (
        f"✖ case {number} was merged into case {case.number} since that notice: an answer goes to {', '.join(new)} "
        "as well now. Put /public above it to send it to all of them"
    )


def _new_readers(thread: int, situation: Situation) -> list[str]:
    """Who gets an answer now, and would not if that case stood for itself."""
    people = [person for person in situation.participants if is_meant(person, everyone=True)]
    own = {person.address for person in people if person.case == thread}
    return list(dict.fromkeys(person.address for person in people if person.address not in own))


def _take_back(situation: Situation, agent: Agent) -> TakeBack:
    return TakeBack(
        why=f"{agent.address} took it back",
        mails=tuple(mail.id for mail in situation.can_undo),
        entries=tuple(dict.fromkeys(mail.entry for mail in situation.can_undo if mail.entry is not None)),
    )


def absence_of(orders: Orders, agent: Agent) -> list[Effect]:
    if orders.away_until is None and not (orders.back and agent.away_until is not None):
        return []
    return [MarkAway(address=agent.address, until=orders.away_until, why="they said so")]


def ownership(case: Case, orders: Orders, agent: Agent, answers: bool) -> list[Effect]:
    if orders.disown:
        return [Assign(owner=None, why=f"{agent.address} gave it back")] if case.owner else []
    owner = orders.owner or (agent.address if answers and case.owner is None else None)
    if owner is None or owner == case.owner:
        return []
    why = f"{agent.address} assigned it" if orders.owner else f"{agent.address} was the first to answer"
    effects: list[Effect] = [Assign(owner=owner, why=why)]
    if case.creator is None:
        effects.append(SetCreator(creator=owner, why="the first owner stands for the case"))
    return effects


def status_after(case: Case, orders: Orders, answers: bool, asks: Vendor | None) -> list[MoveStatus]:
    if orders.status is not None:
        status, why = orders.status, BY_COMMAND
    elif answers:
        happening = Happening.SPOKEN if orders.channel is not None else Happening.ANSWERED
        happening = Happening.ANSWERED_STILL_OWING if orders.still_owing else happening
        status, why = after(case, happening), happening.value
    elif asks is not None:
        status, why = after(case, Happening.ASKED_VENDOR), Happening.ASKED_VENDOR.value
    elif orders.undo:
        status, why = Status.OPEN, "the answer was taken back"
    elif orders.still_owing and case.status is Status.WAITING_ON_CUSTOMER:
        status, why = Status.OPEN, "we still owe something"
    elif orders.owner:
        status, why = after(case, Happening.TAKEN), Happening.TAKEN.value
    else:
        return []
    return [] if status is case.status else [MoveStatus(status=status, why=why)]


def _for_customers(text: str, situation: Situation, agent: Agent) -> str:
    """The agent's text without our marks and without their own address, which is nobody's business outside."""
    desk = situation.desk
    queue = desk.queue(situation.case.queue).address if situation.case else desk.address
    clean = without_canaries(without_tokens(text))
    at = clean.lower().find(agent.address.lower())
    while at >= 0:
        clean = clean[:at] + queue + clean[at + len(agent.address) :]
        at = clean.lower().find(agent.address.lower(), at + len(queue))
    return clean.strip()


def _kept_inside(orders: Orders) -> str:
    reminds = any(isinstance(deed, Remind) and not deed.text for deed in orders.deeds)
    what = "a note, of which you are reminded" if reminds else "a note"
    return (
        f"Nothing goes to the customer: beside {orders.inside} your text is meant for us, and kept as {what}. "
        "To send it to the customer, reply to a notice of theirs with it, and /public above it."
    )


def _of_whom(situation: Situation) -> str:
    """Where it lies: it may have been meant for another matter, as that of a `/new` is."""
    return f" of case {situation.case.number}, of {situation.case.requester}" if situation.case else ""


def _waits(case: Case, then: Status, situation: Situation, *, spoken: bool) -> tuple[str, ...]:
    return what_follows(case, then, situation.desk.policy_of(case.queue), situation.history, spoken=spoken)


def _when(situation: Situation) -> str:
    hold = situation.desk.policy.undo_window.total_seconds()
    return f" in {hold:g} seconds; a reply with /undo takes it back until then" if hold else ""


def _what_left(answers: bool, asks: Vendor | None, text: str, orders: Orders, situation: Situation) -> str:
    if asks is not None:
        return f"Your text goes to {asks.name} <{asks.address}>{_when(situation)}. No customer gets it."
    if answers:
        lost = [p.address for p in situation.participants if p.role == REQUESTER and p.undeliverable]
        warning = f" Mail to {lost[0]} did not arrive before." if lost else ""
        return f"Your text leaves{_when(situation)}.{warning}"  # for whom stands below, of each mail
    if orders.channel is not None and not orders.failed:
        return "Nothing was sent; what you wrote is kept inside, and counts as an answer."
    if orders.failed and orders.send and not text:
        return "Nothing was sent, and nothing else was done: your answer is still held."
    if orders.failed and text:
        kept = f"your text is kept as a note{_of_whom(situation)}"
        return f"Nothing was sent: a line above was not done, so {kept}. {ONCE_MORE}"
    if text and orders.inside:
        return _kept_inside(orders)
    if text and orders.note is None:
        return "Your text is kept as a note; nothing of it leaves for the customer."
    if text:
        return "Nothing goes to the customer; your text is kept as a note."
    if not orders.lines:
        return "Nothing was sent: there was no text of yours above the quotation. Write above it. " + SEND_ANEW
    return "Nothing was sent to anybody outside."
