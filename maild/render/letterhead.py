"""What every mail of the desk carries: addresses, ids, tokens, headers (docs/architecture.md)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from maild.desk.settings import Desk, Queue
from maild.desk.tokens import STANDING, Keys, TokenKind, make_token, whose
from maild.render.compose import Header, address_header, ids_header, text_header
from store.records import Case

_OUR_GRAMMAR = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,200}@[A-Za-z0-9.\[\]:_-]{1,200}>")
_MOST_REFERENCES = 10
_LONGEST_LOCAL = 64

_date = lru_cache(maxsize=16)(format_datetime)
"""Mails that are decided together are of one moment."""

Issue = Callable[[str, int], int]
"""(agent, case) → the generation to sign their token with; notes that one is given out."""


def _nobody_notes(_agent: str, _case: int) -> int:
    raise RuntimeError("a token of an agent can only be given out where that is noted: see Stationery.at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """One mail's outside: who writes to whom about which case, and under which signed marks."""

    case: Case
    queue: Queue
    event: int
    kind: TokenKind
    agent: str = ""
    """The agent an agent's token is made for; empty towards customers."""
    vendor: str = ""
    """The vendor a vendor's token is made for."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Makes marks and headers; holds the keys that sign them."""

    desk: Desk
    keys: Keys
    plus_addresses: bool = True
    envelope_from: str | None = None
    sender: str = ""
    """From of mail that belongs to no case."""
    issue: Issue = _nobody_notes

    def tag(self, number: int) -> str:
        return f"[{self.desk.tag} #{number}]"

    def token(self, mail: Addressed) -> str:
        if mail.agent:
            return self._of_agent(mail.kind, mail.case.number, mail.agent)
        return make_token(self.keys.current, mail.kind, mail.case.number, mail.vendor)

    def _of_agent(self, kind: TokenKind, case: int, agent: str) -> str:
        return make_token(self.keys.current, kind, case, agent, self.issue(agent, case))

    def message_id(self, mail: Addressed) -> str:
        """Stable: the same event and the same reader always give the same id."""
        domain = mail.queue.address.rpartition("@")[2]
        return f"<c{mail.case.number}.e{mail.event}.{self.token(mail)}@{domain}>"

    def footer(self, mail: Addressed) -> str:
        return f"Ref: c{mail.case.number}.{self.token(mail)}"

    def reply_to(self, mail: Addressed) -> str:
        """Where answers go: a plus-address that carries the token, where plus-addresses work."""
        return self.plus(mail.queue.address, f"c{mail.case.number}.{self.token(mail)}")

    def named_reply_to(self, mail: Addressed) -> str:
        """The same; it names this very mail, so that it is known what somebody had read who begins one from it."""
        return self.plus(mail.queue.address, f"c{mail.case.number}.e{mail.event}.{self.token(mail)}")

    def thread_mark(self, number: int) -> str:
        """The mark of a case for those outside who take part in it."""
        return f"c{number}.{make_token(self.keys.current, TokenKind.THREAD, number)}"

    def thread_address(self, number: int, queue: Queue) -> str:
        """Where they write about it."""
        return self.plus(queue.address, self.thread_mark(number))

    def standing_address(self, agent: str) -> str:
        """Where this agent writes about no case; empty where plus-addresses do not work."""
        if not self.plus_addresses:
            return ""
        return self.plus(self.desk.address, f"c{STANDING}.{self._of_agent(TokenKind.AGENT, STANDING, agent)}")

    def return_path(self, mail: Addressed, recipient: str) -> str:
        """Where bounces go: it names the very mail that came back, and proves whose copy it was."""
        if self.envelope_from is not None:
            return self.envelope_from
        mark = f"c{mail.case.number}.e{mail.event}.{self.token(mail)}"
        marked = self.plus(mail.queue.address, f"{mark}.{whose(self.keys.current, mail.case.number, recipient)}")
        # RFC 5321 4.5.3.1.1; without it a report counts only where nobody else could have written it.
        return marked if len(marked.rpartition("@")[0]) <= _LONGEST_LOCAL else self.named_reply_to(mail)

    def plus(self, address: str, part: str) -> str:
        """The address with something behind a plus; the plain one where that does not work."""
        local, _, domain = address.rpartition("@")
        return f"{local}+{part}@{domain}" if self.plus_addresses else address

    def headers(
        self,
        mail: Addressed,
        *,
        subject: str,
        sender_name: str,
        to: Sequence[tuple[str, str]],
        cc: Sequence[tuple[str, str]],
        answers: str | None,
        references: Sequence[str],
        automatic: str | None,
        event: str,
        now: datetime,
    ) -> list[Header]:
        """The fields of one mail. `automatic` is the value of Auto-Submitted; None for a person's words."""
        headers = [
            address_header("From", [(sender_name, mail.queue.address)]),
            address_header("To", to),
            *([address_header("Cc", cc)] if cc else []),
            text_header("Subject", subject),
            Header("Date", _date(now)),
            Header("Message-ID", self.message_id(mail)),
        ]
        if answers is not None and is_safe_id(answers):
            headers.append(Header("In-Reply-To", answers))
        if chain := reference_chain(references, answers):
            headers.append(ids_header("References", chain))
        headers.append(address_header("Reply-To", [("", self.reply_to(mail))]))
        headers += self.machine_headers(automatic)
        if mail.agent:
            headers += self._filter_headers(mail, event)
        return headers

    def name_alone(self, name: str, now: datetime) -> str:
        """The Message-ID of a mail that stands for itself."""
        # To the microsecond: two drills, say, may well end within the same second.
        domain = self.desk.address.rpartition("@")[2]
        return f"<{name}.{int(now.timestamp() * 1e6)}.{self.desk.instance}@{domain}>"

    def headers_alone(
        self,
        message_id: str,
        *,
        sender: str,
        to: tuple[str, str],
        subject: str,
        now: datetime,
        answers: str | None = None,
        reply_to: str = "",
        automatic: str = "auto-generated",
    ) -> list[Header]:
        """The fields of such a mail."""
        return [
            address_header("From", [(self.desk.name, sender)]),
            address_header("To", [to]),
            text_header("Subject", subject),
            Header("Date", _date(now)),
            Header("Message-ID", message_id),
            *([Header("In-Reply-To", answers)] if answers and is_safe_id(answers) else []),
            *([address_header("Reply-To", [("", reply_to)])] if reply_to else []),
            *self.machine_headers(automatic),
        ]

    def machine_headers(self, automatic: str | None) -> list[Header]:
        """What tells other machines not to answer (RFC 3834); a person's words carry only the loop mark."""
        loop = Header("X-Maild-Loop", self.desk.instance)
        if automatic is None:
            return [loop]
        return [Header("Auto-Submitted", automatic), Header("X-Auto-Response-Suppress", "All"), loop]

    def _filter_headers(self, mail: Addressed, event: str) -> list[Header]:
        """For the filters of an agent's mail client."""
        case = mail.case
        domain = mail.queue.address.rpartition("@")[2]
        facts = {
            "X-Maild-Case": str(case.number),
            "X-Maild-Event": event,
            "X-Maild-Status": case.status.value,
            "X-Maild-Severity": case.severity,
            "X-Maild-Kind": case.kind,
            "X-Maild-Level": case.level,
            "X-Maild-Owner": case.owner or "nobody",
            "X-Maild-Queue": mail.queue.name,
            "List-Id": f"<{mail.queue.name}.{domain}>",
        }
        return [text_header(name, value) for name, value in facts.items()]


def digits_of(*words: str) -> str:
    """A few digits that tell a mail from others of its moment, and give no address away."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]


def is_safe_id(message_id: str) -> bool:
    """Whether a Message-ID from outside may stand in a header of ours (threats T78)."""
    return _OUR_GRAMMAR.fullmatch(message_id) is not None


def reference_chain(references: Sequence[str], answers: str | None) -> list[str]:
    """The constant root, then the newest, ten in all, each once, the answered mail last (RFC 5322 3.6.4)."""
    chain = [one for one in dict.fromkeys(references) if is_safe_id(one)]
    if answers is not None and is_safe_id(answers) and answers not in chain[:1]:
        chain = [*(one for one in chain if one != answers), answers]
    return chain if len(chain) <= _MOST_REFERENCES else [chain[0], *chain[-(_MOST_REFERENCES - 1) :]]
