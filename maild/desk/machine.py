"""A machine writes: bounces, auto-replies, receipts, lists, loops: kept, and never answered (promise 7)."""

from __future__ import annotations

from maild.desk.customer import open_case
from maild.desk.effects import AddEntry, Effect, Ignore, MarkUndeliverable
from maild.desk.situation import Arrived, Sender, Situation, Speaker
from parsers.message import Automatic, Bounce, ParsedMessage
from store.records import Direction

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
        return [Ignore(rule="loop", why=arrived.sender.why)]
    if kind is Automatic.BOUNCE:
        return _bounce(situation, arrived)
    if situation.case is not None:
        return [_kept(arrived, arrived.message.reply_text or arrived.message.text)]
    if arrived.sender.agent is not None:
        return [Ignore(rule="agent-machine-mail", why="an agent's machine wrote, and no case is meant")]
    if kind in _NEEDS_CASE:
        return [Ignore(rule=_NEEDS_CASE[kind], why=f"{arrived.sender.why}; {arrived.match.why}")]
    return open_case(situation, arrived)


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
    if permanent and situation.is_participant(mail.recipient):
        return [kept, MarkUndeliverable(why=f"a bounce of {mail.message_id}", address=mail.recipient)]
    return [kept]


def _kept(arrived: Arrived, text: str) -> AddEntry:
    return AddEntry(
        why=f"{arrived.match.why}; {arrived.sender.why}",
        direction=Direction.IN,
        public=False,
        automatic=True,
        sender=arrived.sender.address,
        sender_name=arrived.sender.name,
        text=text,
    )
