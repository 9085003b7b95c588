"""Delivery reports that are only words: of Exchange, qmail, Exim, Postfix, Gmail, Yahoo, Lotus and many others.

No single phrase decides, for customers write about bounces too and paste them. Signs are counted: a sender that is a
mail system, a subject of a report, a phrase of one, a refusal beside an address, the returned mail. Signs of a person
(a greeting, a first person, an answer's subject) need a sender that is surely a machine to be outweighed.

The words of the systems are in `parsers.bounce_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers import bounce_words as words
from parsers import report_words
from parsers.fields import Fields, plain
from parsers.message import Address, BounceRecipient
from parsers.mime import Part

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,200}[A-Za-z0-9]")
_REPLY = re.compile(r"(?<![0-9.-])[45][0-9]{2}(?![0-9.])")
_LINES, _LINE = 300, 1000
_ENOUGH = 4
SURE = 2


def read(fields: Fields, root: Part, sender: Address, subject: str, text: str) -> list[BounceRecipient] | None:
    """The recipients of a report in words (maybe none could be read), or None when it is no report."""
    sure = machine(fields, root, sender)
    low_subject = subject.casefold()
    titled = any(phrase in low_subject for phrase in words.SUBJECTS)
    if not sure and not titled:
        return None
    head = report_text(text)
    low = " ".join(head.casefold().replace("’", "'").split())
    phrased = any(phrase in low for phrase in words.PHRASES)
    returned = len(head.strip()) < len(text.strip()) or any(p.content_type in words.RETURNED for p in root.walk())
    refused = _REPLY.search(head) is not None or report_words.status_of(head) is not None
    named = "@" in head
    failed = plain(fields.raw("x-failed-recipients"))
    points = sure + 2 * titled + 2 * phrased + (refused and named) + returned
    if points < _ENOUGH or not (failed or phrased or (titled and (refused or returned or named))):
        return None
    if sure < SURE and (not phrased or _by_person(fields, head, low_subject, sure)):
        return None
    found = _recipients(fields, sender, head, low_subject + " " + low, failed)
    return found or _from_returned(root, "delayed" if _is_delay(low_subject + " " + low) else "failed")


def machine(fields: Fields, root: Part, sender: Address) -> int:
    """How surely a mail system sent it: 0 no sign, 1 some, 2 and more surely."""
    local = sender.address.rpartition("@")[0].casefold().strip('"\\')
    points = 0
    if local.split("+")[0] in words.DAEMONS or sender.name.casefold().strip("<> ") in words.DAEMONS:
        points = 2
    elif any(word in local for word in words.SENDER_PARTS) or any(
        w in sender.name.casefold() for w in words.SENDER_NAMES
    ):
        points = 1
    paths = [value.strip().lower() for value in fields.all("return-path")]
    if any(path in (b"<>", b"<mailer-daemon>") or path.startswith(b"<mailer-daemon@") for path in paths):
        points += 2
    if "x-failed-recipients" in fields or "x-ms-embedded-report" in fields:
        points += 2
    if root.content_type == "multipart/report" or root.parameters.get("report-type", "").lower() == "delivery-status":
        points += 2
    if "auto-submitted" in fields and points:
        points += 1
    return min(points, 4)


def report_text(text: str) -> str:
    """The report's own words, up to the mail that came back."""
    lines: list[str] = []
    for line in text.split("\n", _LINES)[:_LINES]:
        line = line[:_LINE]
        low = line.strip("> \t*").casefold()
        if lines and _returns(low, line):
            break
        lines.append(line)
    return "\n".join(lines)


def _returns(low: str, line: str) -> bool:
    """Does the returned mail, or its header, begin here?"""
    if low.startswith(words.RETURNED_FIELDS):
        return line[:1] not in " \t"
    if any(phrase in low for phrase in words.LIST_FOLLOWS):
        return False
    ruled = line.lstrip()[:2] in ("--", "==", "__", "**", "++") or low.endswith(":") or low.endswith("-")
    return ruled and any(sign in low for sign in words.RETURNS)


def _by_person(fields: Fields, head: str, low_subject: str, sure: int) -> bool:
    """Does somebody speak who is no mail system: a passed-on or answering mail, a greeting, a first person?"""
    if low_subject.startswith(words.PASSED_ON):
        return True
    if low_subject.startswith(words.ANSWERS) and ("in-reply-to" in fields or "references" in fields):
        return True
    personal = words.PERSONAL if sure else words.PERSONAL | words.PLURAL
    said = [line for line in head.split("\n") if line.strip()][:12]
    for line in said:
        spoken = line.casefold().replace(",", " ").replace("!", " ").replace(".", " ").split()
        if any(word in personal for word in spoken[:8]):
            return True
    return False


# --- recipients --------------------------------------------------------------------------------------


def _recipients(fields: Fields, sender: Address, head: str, low: str, failed: str) -> list[BounceRecipient]:
    action = "delayed" if _is_delay(low) and not failed else "failed"
    if failed:
        found = [report_words.address_of(piece) for piece in failed.replace(";", ",").split(",")]
    else:
        found = _addresses(head, _own(fields, sender))
    general = report_words.status_of(head)
    return [
        BounceRecipient(one, action, report_words.status_of(_near(head, one)) or general, _said(head, one))
        for one in dict.fromkeys(address for address in found if address)
    ]


def _is_delay(low: str) -> bool:
    return any(word in low for word in words.DELAYED)


def _from_returned(root: Part, action: str) -> list[BounceRecipient]:
    """No address in the report's words: then the one to whom the returned mail was sent, if it was one."""
    for part in root.walk():
        if part.content_type == "message/rfc822" and part.children:
            found = _ADDRESS.findall(plain(part.children[0].fields.raw("to")))
            if len(set(found)) == 1:
                return [BounceRecipient(report_words.address_of(found[0]), action, None, None)]
    return []


def _own(fields: Fields, sender: Address) -> frozenset[str]:
    """Addresses that are ours or the reporter's: a report names them too."""
    own = {sender.address.casefold()}
    for name in ("to", "cc", "delivered-to", "sender", "errors-to"):
        for value in fields.all(name):
            own.update(match.group().casefold() for match in _ADDRESS.finditer(plain(value)))
    return frozenset(own)


def _addresses(head: str, own: frozenset[str]) -> list[str]:
    """The addresses that stand where a failed recipient stands, else the likeliest one."""
    scores: dict[str, int] = {}
    for address, score in _candidates(head):
        local, _, host = address.rpartition("@")
        if address.casefold() in own or local.casefold() in words.NOT_RECIPIENTS or "." not in host:
            continue
        key = f"{local}@{host.lower()}"
        key = next((known for known in scores if known.casefold() == key.casefold()), key)
        scores[key] = max(scores.get(key, -9), score)
    sure = [address for address, score in scores.items() if score >= 3]
    if sure:
        return sure
    best = max(scores, key=lambda address: scores[address], default=None)
    return [best] if best is not None and scores[best] >= 0 else []


def _candidates(head: str) -> Iterator[tuple[str, int]]:
    """Every address with a score for the place it stands in."""
    above = 0
    for line in head.split("\n"):
        low = line.casefold()
        if any(phrase in low for phrase in words.LIST_FOLLOWS):
            above = 8
        for match in _ADDRESS.finditer(line):
            address = match.group().split("..", 1)[0].strip("'.`*-=/")
            local = address.partition("@")[0]
            if "=" in local and local.partition("=")[0].casefold() in ("smtp", "rfc822", "rfc-822", "mailto"):
                address = address.partition("=")[2]
            before = low[: match.start()].strip(" \t<\"'*•[(>-=")
            yield address, _place(before, low[match.end() :], low) + (2 if above else 0)
        above = max(above - (1 if line.strip() else 0), 0)


def _place(before: str, after: str, low: str) -> int:
    """What the words around an address say about it: a failed recipient, or somebody else."""
    if before.endswith(words.ONCE_NAMED):
        return 4
    if before.endswith(words.BEFORE_OTHERS) or before.startswith(words.OTHERS_FIELD):
        return -4
    if before in ("to:", "to"):
        return 0 if before == "to:" else 1
    score = 1 if before else 2
    if not before and (not after.strip(_CLOSING) or after.lstrip(" \t>\"'*)]")[:1] in ":;,(-" or " on " in after[:6]):
        score = 3
    if before.rstrip(":;,= \"'<[(").endswith(words.BEFORE_RECIPIENT):
        score += 3
    if _REPLY.search(low) or any(phrase in low for phrase in words.REFUSALS):
        score += 2
    return score


_CLOSING = " \t>\"'*:;.,)]<"


def _near(head: str, address: str) -> str:
    at = head.casefold().find(address.casefold())
    return head[at : at + 600] if at >= 0 else ""


def _said(head: str, address: str) -> str | None:
    """What stands beside or below the address: the words of the server that refused."""
    lines = [line.strip() for line in _near(head, address).split("\n")[:5]]
    said = " ".join(line for line in lines if line)[len(address) :].strip(" :<>-\"'*)]\n")
    return said[:500] or None
