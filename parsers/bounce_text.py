"""Delivery reports that are only words: of Exchange, qmail, Exim, Postfix, Gmail, Yahoo, Lotus and many others.

Three signs are asked for, so that mail about bounces is not taken for one: a sender that is a mail system (a daemon's
name or a null return path), a subject or a phrase of a report, and an address beside the failure.
"""

from __future__ import annotations

import re

from parsers import bounce
from parsers.fields import Fields
from parsers.message import Address, BounceRecipient
from parsers.mime import Part

_SENDERS = frozenset(
    """
        mailer-daemon mailerdaemon mail-daemon maildaemon postmaster mdaemon majordomo
        mail-delivery-subsystem mailadmin mail-administrator bounce-mailer bounces delivery
        """.split()
)
_SUBJECTS = (
    "undeliver",
    "delivery status notification",
    "delivery failure",
    "delivery has failed",
    "delivery failed",
    "mail delivery",
    "failure notice",
    "returned mail",
    "mail system error",
    "delivery notification",
    "non remis",
    "unzustellbar",
    "message you sent",
    "nondeliverable",
    "non-deliverable",
    "returned to sender",
    "delivery report",
    "could not be delivered",
    "mail failure",
    "delivery problem",
    "message status",
    "delayed",
    "return to sender",
    "notification de",
    "mailer-daemon",
    "nicht zustellbar",
    "no se puede entregar",
    "message delivery",
    "delivery error",
    "mail error",
    "undelivered",
    "warning: message",
    "user unknown",
    "mail could not",
    "cannot be delivered",
    "not delivered",
    "failed delivery",
    "delivery unsuccessful",
)
_PHRASES = (
    "could not be delivered",
    "couldn't be delivered",
    "was not delivered",
    "wasn't able to deliver",
    "delivery failed",
    "delivery has failed",
    "unable to deliver",
    "not able to deliver",
    "permanent error",
    "permanent fatal errors",
    "undeliverable",
    "user unknown",
    "no such user",
    "unknown user",
    "mailbox unavailable",
    "does not exist",
    "mailbox is full",
    "over quota",
    "returned to sender",
    "address rejected",
    "delivery to the following",
    "recipient rejected",
    "had permanent fatal errors",
    "following address",
    "following recipient",
    "could not deliver",
    "didn't reach",
    "did not reach",
    "still trying",
    "has not yet been delivered",
    "delayed",
    "delivery attempt",
    "giving up",
    "message was not delivered",
    "cannot be delivered",
    "host unknown",
    "unrouteable",
    "not delivered to",
    "no mailbox",
    "not listed in",
    "failed to deliver",
    "konnte nicht zugestellt",
    "n'a pas pu être",
    "no se pudo entregar",
    "invalid recipient",
    "non è stato possibile",
    "nie można dostarczyć",
    "nebylo možné doručit",
    "не удалось доставить",
    "not found",
    "was undeliverable",
    "mailbox not found",
    "account is disabled",
    "unknown recipient",
    "user not found",
    "delivery failure",
    "non-deliverable",
)
_DELAYED = (
    "delayed",
    "still trying",
    "will be retried",
    "has not yet been delivered",
    "do not need to resend",
    "warning message only",
    "will continue to",
    "temporarily",
    "not yet delivered",
    "no action is required",
    "warning only",
    "delivery attempts will continue",
    "will keep trying",
)
_QUOTED = (
    "--- the header of",
    "--- original message",
    "--- below this line",
    "original message follows",
    "message header",
    "--- this is a copy",
    "------ this is",
    "message headers follow",
    "your message reads",
    "received:",
    "--- undelivered message",
    "unsent message",
    "original message:",
    "return-path:",
    "---- header",
    "copy of your message",
    "text of your message",
    "original mail header",
    "original headers",
    "reporting-mta:",
    "message-id:",
)
_ADDRESS = re.compile(r"<?([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,200}[A-Za-z0-9])>?")


def read(fields: Fields, root: Part, sender: Address, subject: str, text: str) -> list[BounceRecipient] | None:
    """The recipients of a report in words (maybe none could be read), or None when it is no report."""
    local = sender.address.rpartition("@")[0].lower().split("+")[0]
    failed = fields.text("x-failed-recipients")
    daemon = local in _SENDERS or any(value.strip() == b"<>" for value in fields.all("return-path"))
    low_subject = subject.casefold()
    said = any(phrase in low_subject for phrase in _SUBJECTS)
    head = _report_text(text)
    low = head.casefold()
    phrased = any(phrase in low for phrase in _PHRASES)
    reported = root.content_type == "multipart/report" and root.parameters.get("report-type", "") in (
        "",
        "delivery-status",
    )
    if not failed and not reported and not (daemon and (said or phrased)):
        return None
    if not failed and not phrased and not said:
        return None
    action = "delayed" if any(word in low or word in low_subject for word in _DELAYED) else "failed"
    if failed:
        found = [bounce.address_of(piece) for piece in failed.split(",")]
        action = "failed"
    else:
        found = _addresses(head, sender)
    return [
        BounceRecipient(
            address, action, bounce.status_of(_near(head, address)) or bounce.status_of(head), _line(head, address)
        )
        for address in dict.fromkeys(a for a in found if a)
    ]


def _report_text(text: str) -> str:
    """The report's own words, up to the mail that came back."""
    lines: list[str] = []
    for line in text.split("\n")[:300]:
        low = line.strip("> \t").casefold()
        if lines and any(low.startswith(sign) or (low.startswith("-") and sign in low) for sign in _QUOTED):
            break
        lines.append(line)
    return "\n".join(lines)


def _addresses(head: str, sender: Address) -> list[str]:
    """Addresses the report speaks of: those alone on their line or in brackets before others."""
    strong: list[str] = []
    weak: list[str] = []
    own = sender.address.casefold()
    domain = own.rpartition("@")[2]
    for line in head.split("\n"):
        for match in _ADDRESS.finditer(line[:1000]):
            address = match.group(1).strip(".")
            local, _, host = address.rpartition("@")
            if address.casefold() == own or local.casefold() in (
                "postmaster",
                "abuse",
                "support",
                "helpdesk",
                "mailer-daemon",
            ):
                continue
            address = f"{local}@{host.lower()}"
            start = line[: match.start()].strip(" \t<*-\"'•:>")
            if not start or start.casefold().rstrip(":") in (
                "to",
                "recipient",
                "user",
                "address",
                "failed recipient",
                "rcpt to",
                "550",
            ):
                strong.append(address)
            elif host.lower() != domain or True:
                weak.append(address)
    return strong or weak[:1]


def _near(head: str, address: str) -> str:
    at = head.casefold().find(address.casefold())
    return head[at : at + 600] if at >= 0 else ""


def _line(head: str, address: str) -> str | None:
    """What stands beside or below the address: the words of the server that refused."""
    lines = _near(head, address).split("\n")[:4]
    said = " ".join(line.strip() for line in lines).removeprefix(address).strip(" :<>-\n")
    return said[:500] or None
