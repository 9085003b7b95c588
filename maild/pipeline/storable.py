"""Leaves out of a message the ids and addresses that no store could hold. Pure."""

from __future__ import annotations

from dataclasses import replace

from parsers.message import Address, ParsedMessage


def storable(message: ParsedMessage) -> ParsedMessage:
    """The message without ids and addresses that no index could hold, and without controls in ids.

    Nobody is answered at an address beyond RFC 5321's 320 characters, and no honest Message-ID is that long.
    """
    people = (message.sender, *message.to, *message.cc, *message.delivered_to)
    returned = message.bounce.original_message_id if message.bounce else None
    ids = (message.message_id, message.in_reply_to, *message.references, returned)
    if all(map(_fits, people)) and all(one is None or _id(one) for one in ids):
        return message
    return replace(
        message,
        message_id=_id(message.message_id),
        in_reply_to=_id(message.in_reply_to),
        references=tuple(one for one in message.references if _id(one)),
        sender=message.sender if _fits(message.sender) else replace(message.sender, address=""),
        sender_is_strict=message.sender_is_strict and _fits(message.sender),
        to=tuple(filter(_fits, message.to)),
        cc=tuple(filter(_fits, message.cc)),
        delivered_to=tuple(filter(_fits, message.delivered_to)),
        bounce=message.bounce and replace(message.bounce, original_message_id=_id(returned)),
    )


def _id(message_id: str | None) -> str | None:
    good = message_id is not None and message_id.isprintable() and len(message_id.encode("utf-8", "replace")) <= 998
    return message_id if good else None


def _fits(person: Address) -> bool:
    return person.address.isprintable() and len(person.address.encode("utf-8", "replace")) <= 320
