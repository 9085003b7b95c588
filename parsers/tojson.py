"""A parsed mail as one JSON object: the contract of `maild parse --json`. The caller adds `file`."""

from __future__ import annotations

from typing import Any

from parsers.message import Address, ParsedMessage


def to_json(message: ParsedMessage) -> dict[str, Any]:
    """Plain dicts, lists, strings and numbers; no bytes of attachments."""
    return {
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "subject": message.subject,
        "base_subject": message.base_subject,
        "case_number": message.case_number,
        "from": {"name": message.sender.name, "address": message.sender.address},
        "from_is_strict": message.sender_is_strict,
        "to": _list(message.to),
        "cc": _list(message.cc),
        "reply_to": _list(message.reply_to),
        "delivered_to": _list(message.delivered_to),
        "date": message.date.isoformat().replace("+00:00", "Z") if message.date else None,
        "text": message.text,
        "reply_text": message.reply_text,
        "html": message.html,
        "attachments": [
            {
                "filename": one.filename,
                "content_type": one.content_type,
                "size": one.size,
                "sha256": one.sha256,
                "inline": one.inline,
                "content_id": one.content_id,
            }
            for one in message.attachments
        ],
        "automatic": message.automatic.value if message.automatic else None,
        "automatic_sign": message.automatic_sign,
        "absent_until": message.absent_until.isoformat() if message.absent_until else None,
        "bounce": _bounce(message),
        "forwarded": (
            {
                "from": message.forwarded.from_address,
                "name": message.forwarded.from_name,
                "subject": message.forwarded.subject,
            }
            if message.forwarded
            else None
        ),
        "importance": message.importance,
        "language": message.language,
        "defects": list(message.defects),
        "digest": message.digest,
    }


def _list(found: tuple[Address, ...]) -> list[dict[str, str]]:
    return [{"name": one.name, "address": one.address} for one in found]


def _bounce(message: ParsedMessage) -> dict[str, Any] | None:
    if message.bounce is None:
        return None
    return {
        "recipients": [
            {"address": one.address, "action": one.action, "status": one.status, "diagnostic": one.diagnostic}
            for one in message.bounce.recipients
        ],
        "original_message_id": message.bounce.original_message_id,
    }
