"""A machine writes: bounces, auto-replies, receipts, lists, loops: kept, and never answered (promise 7)."""

from __future__ import annotations

from dataclasses import replace

from maild.desk.customer import open_case
from maild.desk.effects import AddEntry, Effect, Ignore, MarkUndeliverable, Remember, StopTimer, Warn
from maild.desk.entries import came_in
from maild.desk.identity import aligned_verdict
from maild.desk.lifecycle import SILENCE_CLOSE, SILENCE_WARNING
from maild.desk.quarantine import harmless
from maild.desk.site import is_trial
from maild.desk.situation import Arrived, Sender, Situation, Speaker
from parsers.message import Automatic, Bounce, ParsedMessage
from store.records import fold_address

_NEEDS_CASE = {
    Automatic.AUTO_REPLY: "auto-reply-without-case",
    Automatic.RECEIPT: "receipt-without-case",
    Automatic.BOUNCE: "bounce-of-no-mail-of-ours",
}


def machine_writes(situation: Situation, arrived: Arrived) -> list[Effect]:
    """The effects of automatic mail. It moves no status; what it says of our own mails is believed only when it
    names one (threats T46)."""
    kind = arrived.message.automatic
    if arrived.probe is not None:
        sent = f"{arrived.probe.sent_at:%Y-%m-%d %H:%M:%S}Z"
        return [Ignore(rule="probe", why=f"the probe of mailbox {arrived.probe.mailbox}, sent {sent}, came back")]
    if arrived.sender.speaker is Speaker.OURSELVES:
        return _loop(situation, arrived)
    if kind is Automatic.BOUNCE:
        return _bounce(situation, arrived)
    if situation.case is not None:
        return [_kept(arrived, arrived.message.reply_text or arrived.message.text)]
    if arrived.sender.agent is not None:
        return [Ignore(rule="agent-machine-mail", why="an agent's machine wrote, and no case is meant")]
    if kind in _NEEDS_CASE:
        return [Ignore(rule=_NEEDS_CASE[kind], why=f"{arrived.sender.why}; {arrived.match.why}")]
    return open_case(situation, arrived)


def _loop(situation: Situation, arrived: Arrived) -> list[Effect]:
    """Nothing but the trial of a site is meant to come back to us."""
    why = arrived.sender.why
    effects: list[Effect] = [Ignore(rule="loop", why=why)]
    if is_trial(arrived.message) or aligned_verdict(arrived.message, situation.desk) == "fail":
        return effects  # spam that uses our address is no loop
    lines = (
        f"From: {harmless(arrived.message.sender.address or 'nobody')}; subject: "
        f"{harmless(arrived.message.subject)}. It is kept, and nothing followed from it.",
        "Either mail to a customer or an agent is forwarded to the desk itself: end that, or they get nothing. Or "
        "somebody uses the desk's address in From, as spam does. Nobody can write to the desk in its own name.",
    )
    return [*effects, Warn(why=why, about="loop", text="Mail of the desk itself came back to it", lines=lines)]


def opens_no_case(message: ParsedMessage, sender: Sender) -> bool:
    """Whether a machine's mail that belongs to no case has no effect."""
    return message.automatic in _NEEDS_CASE or sender.agent is not None


def failed_recipients(bounce: Bounce) -> list[str]:
    """The addresses that a report says cannot be reached, for good (RFC 3464 2.3.3)."""
    return [r.address for r in bounce.recipients if r.action in (None, "failed")]


def _bounce(situation: Situation, arrived: Arrived) -> list[Effect]:
    bounce, mail = arrived.message.bounce, arrived.bounced
    if mail is None or situation.case is None:
        return [Ignore(rule=_NEEDS_CASE[Automatic.BOUNCE], why="the report names no mail that we sent")]
    said = "; ".join(
        " ".join(part for part in (r.address, r.action, r.status, r.diagnostic) if part)
        for r in (bounce.recipients if bounce else ())
    )
    kept = _kept(arrived, f"Mail to {mail.recipient} came back. {said}".strip())
    permanent = bounce is None or not bounce.recipients or bool(failed_recipients(bounce))
    if not permanent or not situation.is_participant(mail.recipient):
        return [kept]
    if arrived.is_shown or _is_alone(situation, mail.recipient):
        return [kept, MarkUndeliverable(why=f"a bounce of {mail.message_id}", address=mail.recipient)]
    why = f"a report that anybody in the case could have written says that mail to {mail.recipient} did not arrive"
    doubted = replace(kept, text=f"{kept.text}\n({why[0].upper()}{why[1:]}: mail still goes there.)")
    clocks = [name for name in (SILENCE_WARNING, SILENCE_CLOSE) if situation.has_timer(name)]
    # Where no return path is marked, every true report is such a one: in doubt nothing is closed.
    stops = [] if situation.desk.marks_returns else [StopTimer(why=why, name=name) for name in clocks]
    return [doubted, Remember(event="report-unproven", why=why), *stops]


def _is_alone(situation: Situation, address: str) -> bool:
    """Whether nobody else has got mail of this case by which a report could be made up (threats T46)."""
    key = fold_address(address)
    return all(fold_address(person.address) == key for person in situation.participants)


def _kept(arrived: Arrived, text: str) -> AddEntry:
    return came_in(arrived, text, f"{arrived.match.why}; {arrived.sender.why}", automatic=True)
