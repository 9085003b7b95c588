"""Vendors: outside, like customers, but on our side of the case. What is written to them and what they answer is
internal; it reaches a customer only in an agent's own words."""

from __future__ import annotations

from maild.desk.effects import AddParticipant, AskVendor, Effect, MarkUndeliverable, MoveStatus
from maild.desk.entries import came_in
from maild.desk.lifecycle import Happening, after
from maild.desk.settings import Agent, Vendor
from maild.desk.situation import Arrived, Situation
from parsers.message import Attachment
from store.records import VENDOR, Case, fold_address


def vendor_writes(case: Case, situation: Situation, arrived: Arrived) -> list[Effect]:
    """Their mail becomes an internal entry, and the case waits for them no more."""
    message, sender = arrived.message, arrived.sender
    effects: list[Effect] = [
        came_in(arrived, message.reply_text or message.text, f"{arrived.match.why}; {sender.why}")
    ]
    if any(p.undeliverable and p.address == fold_address(sender.address) for p in situation.participants):
        why = "they wrote from that address again"
        effects.append(MarkUndeliverable(why=why, address=sender.address, undeliverable=False))
    status = after(case, Happening.VENDOR_WROTE)
    if status is not case.status:
        effects.append(MoveStatus(status=status, why=Happening.VENDOR_WROTE.value))
    return effects


def joins(situation: Situation, vendor: Vendor, agent: Agent) -> list[Effect]:
    """They take part from now on, if they do not yet."""
    if situation.is_participant(vendor.address):
        return []
    why = f"{agent.address} asked them"
    return [AddParticipant(why=why, address=vendor.address, name=vendor.name, role=VENDOR)]


def asked(vendor: Vendor, situation: Situation, agent: Agent, text: str, files: tuple[Attachment, ...]) -> AskVendor:
    return AskVendor(
        why=f"{agent.address} wrote to {vendor.name}",
        vendor=vendor.name,
        to=vendor.address,
        text=text,
        author=agent.address,
        author_name=agent.name,
        files=files,
        hold=situation.desk.policy.undo_window,
    )
