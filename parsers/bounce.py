"""Delivery reports: whom they speak of, what happened, and which mail came back.

RFC 3464 first, with the ill forms it is sent in (no report type, machine part as text, fields in the wrong group);
then, for systems that only write words, `parsers.bounce_text`. A report of success or of relaying is none: nothing
failed. A delay is one (action `delayed`), so that a desk can tell it from a failure.
"""

from __future__ import annotations

from parsers import bounce_text, charset, mime, report_words
from parsers.fields import Fields, Limits, plain, split_head
from parsers.message import Address, Bounce, BounceRecipient
from parsers.mime import Part

_BAD_ACTIONS = frozenset({"failed", "delayed"})
_MAX = 200


def read(fields: Fields, root: Part, sender: Address, subject: str, text: str) -> Bounce | None:
    """The report that a mail is, or None."""
    recipients = _machine_parts(root) or _rejection(fields, root, text)
    if not recipients and root.parameters.get("report-type", "").lower() == "delivery-status":
        for part in root.walk():
            for inner in part.children if part.content_type == "message/rfc822" else ():
                recipients = recipients or _machine_parts(inner)
    if not recipients and "inal-recipient:" in text:
        recipients = _as_text(fields, root, sender, text)
    if recipients and all(r.action is not None and r.action not in _BAD_ACTIONS for r in recipients):
        return None
    bad = [r for r in recipients if r.action in _BAD_ACTIONS or r.action is None]
    if bad:
        return Bounce(tuple(_unique(bad))[:_MAX], original_id(root, text))
    found = bounce_text.read(fields, root, sender, subject, text)
    if found is not None:
        return Bounce(tuple(_unique(found))[:_MAX], original_id(root, text))
    return None


def _machine_parts(root: Part) -> list[BounceRecipient]:
    return [one for part in root.walk() if _is_status(part) for one in _status_part(mime.decoded(part))]


def _as_text(fields: Fields, root: Part, sender: Address, text: str) -> list[BounceRecipient]:
    """A machine part that came as words, in a mail of a mail system: gateways flatten reports so."""
    if bounce_text.machine(fields, root, sender) < bounce_text.SURE:
        return []
    begin = min(
        (i for i in (text.casefold().find(name) for name in ("reporting-mta:", "final-recipient:")) if i >= 0),
        default=0,
    )
    return _status_part(text[begin : begin + 20000].encode("utf-8", "replace"))


def _rejection(fields: Fields, root: Part, text: str) -> list[BounceRecipient]:
    """A refusal by the recipient's own filter (RFC 5429 section 2.1) comes as a disposition notification."""
    if "reject" not in fields.text("auto-submitted").lower() and "rejected" not in text[:2000].casefold():
        return []
    for part in root.walk():
        if part.content_type == "message/disposition-notification":
            found = split_head(mime.decoded(part).lstrip(b"\r\n"), Limits(), [], part=True)[0]
            disposition = found.text("disposition").lower()
            address = _typed(found, "final-recipient") or _typed(found, "original-recipient")
            if address and "deleted" in disposition:
                return [
                    BounceRecipient(
                        address, "failed", report_words.status_of(text), charset.one_line(text[:500]) or None
                    )
                ]
    return []


def _is_status(part: Part) -> bool:
    return part.content_type in (
        "message/delivery-status",
        "message/global-delivery-status",
        "message/delivery_status",
    )


def _status_part(data: bytes) -> list[BounceRecipient]:
    """The groups of fields of a machine part (RFC 3464 section 2): one for the message, one for each recipient."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found: list[BounceRecipient] = []
    for group in data.split(b"\n\n")[:_MAX]:
        group = group.strip(b"\n")
        if not group:
            continue
        fields, _ = split_head(group + b"\n\n", Limits(), [], part=True)
        one = _recipient(fields)
        if one is not None:
            found.append(one)
    return found


def _recipient(fields: Fields) -> BounceRecipient | None:
    """One recipient. Final-Recipient may be rewritten by aliases: what we wrote to is the original one."""
    final, original = _typed(fields, "final-recipient"), _typed(fields, "original-recipient")
    address = original if "@" in original else final
    if not address:
        address = _typed(fields, "x-actual-recipient") or _typed(fields, "x-failed-recipients")
    if not address:
        return None
    action = fields.text("action").lower().split("(")[0].strip().split(" ")[0] or None
    diagnostic = fields.text("diagnostic-code") or None
    status = report_words.status_of(fields.text("status")) or report_words.status_of(diagnostic or "")
    if action not in ("failed", "delayed", "delivered", "relayed", "expanded"):
        action = "failed" if status is None or status[0] == "5" else "delayed" if status[0] == "4" else "delivered"
    return BounceRecipient(address, action, status, diagnostic[:1000] if diagnostic else None)


def _typed(fields: Fields, name: str) -> str:
    """`rfc822; ann@example.org` → the address; also without the type, in brackets, or encoded (RFC 3461 xtext)."""
    value = plain(fields.raw(name))
    kind, semicolon, rest = value.partition(";")
    value = charset.one_line(rest if semicolon else kind).strip()
    return report_words.address_of(value)


def _unique(recipients: list[BounceRecipient]) -> list[BounceRecipient]:
    seen: dict[str, BounceRecipient] = {}
    for one in recipients:
        seen.setdefault(one.address.casefold(), one)
    return list(seen.values())


def original_id(root: Part, text: str) -> str | None:
    """The Message-ID of the mail that came back: from its copy, its header, or the words of the report."""
    for part in root.walk():
        if part.content_type == "message/rfc822" and part.children:
            found = _message_id(part.children[0].fields)
        elif part.content_type in ("text/rfc822-headers", "message/global-headers"):
            found = _message_id(split_head(mime.decoded(part).lstrip(b"\r\n"), Limits(), [])[0])
        else:
            continue
        if found:
            return found
    for line in text.split("\n"):
        name, colon, value = line.strip("> \t").partition(":")
        if colon and name.strip().lower() == "message-id" and "<" in value and ">" in value:
            return value[value.find("<") : value.find(">") + 1].strip() or None
    return None


def _message_id(fields: Fields) -> str | None:
    value = plain(fields.raw("message-id")).strip()
    return f"<{value.strip('<>').strip()}>" if value.strip("<> ") else None
