"""Writes whole mails: a public reply, a report, a question to a registered address (a notice: `notices`).

Takes a decision's words and the case; gives bytes. A template that fails on real data is replaced by a plain text,
so that no mail is ever lost to one; `fallback` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

import jinja2

from maild.desk.canaries import holds_canary, without_canaries
from maild.desk.effects import Notify, Reply
from maild.desk.lines import cut, one_line
from maild.desk.probes import Probe, probe_subject
from maild.desk.proving import Ask
from maild.desk.reports.reports import Report, Section
from maild.desk.settings import Agent, Desk
from maild.desk.tokens import TokenKind, holds_token, without_tokens
from maild.render.actions import for_customer
from maild.render.compose import compose
from maild.render.letterhead import Addressed, Issue, Letterhead, digits_of
from maild.render.tables import csv_file
from maild.render.templates import Page, Templates, Words
from parsers.message import Attachment
from parsers.quotes import MARKER
from store.records import Case, Participant, StateType, fold_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A finished mail."""

    message_id: str
    envelope_from: str
    content: bytes
    text: str
    recipients: tuple[str, ...]
    returns: tuple[str, ...] = ()
    """Where each one's bounces go, in the order of recipients; without it, to envelope_from."""
    fallback: str | None = None
    """What was wrong with the template, when a plain text had to do."""


@dataclass(frozen=True, slots=True)
class Stationery:
    letterhead: Letterhead
    templates: Templates
    timezone: tzinfo
    most_attached: int = 10 * 1024 * 1024
    """Bytes of files that go along with a notice; more are only named."""

    def at(self, desk: Desk, issue: Issue) -> Stationery:
        """The same, of the desk with the people that it has now, where it is noted what `issue` gives."""
        return replace(self, letterhead=replace(self.letterhead, desk=desk, issue=issue))

    def reply(
        self,
        effect: Reply,
        case: Case,
        event: int,
        people: Sequence[Participant],
        references: Sequence[str],
        now: datetime,
    ) -> Written:
        """A public mail: To the requester, Cc the other participants, all copies the same bytes."""
        desk = self.letterhead.desk
        case = replace(case, status=effect.then) if effect.then is not None else case
        mail = Addressed(case=case, queue=desk.queue(case.queue), event=event, kind=TokenKind.THREAD)
        # Whoever writes their name below needs none put there.
        signed = effect.text.rstrip().endswith(effect.author_name)
        others = tuple(person.address for person in people[1:])
        shows = effect.show_subject
        words = self.words(
            mail,
            text=effect.text,
            author="" if signed else effect.author_name,
            # What they wrote themselves may look like a mark of ours: it must not keep us from answering.
            subject=_unmarked(case.subject) if shows else "",
            requester=_unmarked(case.requester_name or case.requester) if shows else "",
            requester_address=case.requester if shows else "",
            others=others,
            spoken=effect.spoken.direction.value if effect.spoken else "",
            unanswered=effect.unanswered,
            at=effect.spoken.at.astimezone(self.timezone) if effect.spoken else None,
            actions=for_customer(self.letterhead, mail, effect.event, copied=bool(others)),
        )
        page, fault = self.filled(effect.event, case.language, words)
        if not effect.automatic:
            _refuse_marks(page, self.letterhead.token(mail))
        shown = [(person.name if shows else "", person.address) for person in people]
        headers = self.letterhead.headers(
            mail,
            subject=page.subject,
            sender_name=desk.name,
            to=shown[:1],
            cc=shown[1:],
            answers=effect.replies_to or (references[-1] if references else None),
            references=references,
            automatic=_auto_submitted(effect),
            event=effect.event,
            now=now,
        )
        # RFC 3834 section 4: an automatic answer must not itself be answered by a bounce.
        stranger = effect.automatic and (effect.at_once or effect.event == "logged")
        return Written(
            message_id=self.letterhead.message_id(mail),
            envelope_from="",
            returns=() if stranger else tuple(self.letterhead.return_path(mail, p.address) for p in people),
            content=compose(headers, page.text, page.html, effect.files),
            text=_body_of(page.text, words),
            recipients=tuple(person.address for person in people),
            fallback=fault,
        )

    def question(self, effect: Notify, agent: Agent, letter: int, now: datetime) -> Written:
        """A mail about no case: somebody wrote in this agent's name, or they themselves."""
        desk = self.letterhead.desk
        words = Words(desk=desk.name, desk_address=desk.address, recipient=agent.name, lines=effect.lines)
        if effect.event == "orders":
            words = replace(words, own_address=self._own_address(agent))
        return self._about_no_case(effect.event, agent, words, f"l{letter}", now)

    def asking(self, effect: Ask, agent: Agent, letter: int, code: str, now: datetime) -> Written:
        """Is that mail yours, do you mean it? With the code by which a plain yes is known; it stands nowhere else."""
        desk, mark = self.letterhead.desk, f"yes.{code}"
        address = self.letterhead.plus(desk.address, mark)
        words = Words(
            desk=desk.name,
            desk_address=desk.address,
            recipient=agent.name,
            lines=effect.lines,
            own_address=address if address != desk.address else "",
            footer=f"Code: {mark}",
        )
        page, fault = self.filled(effect.event, desk.language, words)
        return self._to_one(agent, f"l{letter}.{effect.event}", page, fault, now, reply_to=address)

    def report(self, event: str, agent: Agent, verdict: str, lines: Sequence[str], now: datetime) -> Written:
        """A mail about the desk itself, to one of its admins."""
        words = Words(
            desk=self.letterhead.desk.name,
            desk_address=self.letterhead.desk.address,
            recipient=agent.name,
            text=verdict,
            lines=lines,
        )
        return self.alone(event, agent, words, now)

    def table(self, report: Report, agent: Agent, mark: str, now: datetime) -> Written:
        """A report: what a person needs of it in the mail, all of it in a table beside it. Two that leave in the same
        second differ by their `mark`."""
        desk = self.letterhead.desk
        words = Words(
            desk=desk.name,
            desk_address=desk.address,
            recipient=agent.name,
            text=report.title,
            lines=(report.remark,) if report.remark else (),
            columns=report.shown,
            sections=tuple(_shown(section) for section in report.short()),
        )
        whom = digits_of(mark, report.title, fold_address(agent.address))
        page, fault = self.filled("report", desk.language, words)
        file = csv_file(f"{report.name}-{now.astimezone(self.timezone):%Y-%m-%d}", report)
        return self._to_one(agent, f"t{whom}.report", page, fault, now, (file,))

    def digest(self, sections: Sequence[Section], agent: Agent, now: datetime) -> Written:
        """What was collected for an agent: one section for each case, with the address that lets just them answer."""
        desk = self.letterhead.desk
        count = sum(len(section.rows) for section in sections)
        words = Words(
            desk=desk.name,
            desk_address=desk.address,
            recipient=agent.name,
            text=f"Your day: {count} notice{'s' * (count != 1)} on {len(sections)} case{'s' * (len(sections) != 1)}",
            sections=tuple(_shown(section) for section in sections),
            own_address=self._own_address(agent),
        )
        return self.alone("digest", agent, words, now)

    def alone(self, event: str, agent: Agent, words: Words, now: datetime) -> Written:
        """A mail of this event to one agent, about no case."""
        return self._about_no_case(event, agent, words, f"q{digits_of(fold_address(agent.address))}", now)

    def answer_address(self, case: Case, agent: Agent) -> str:
        """Where this agent can write to say something on the case, to its customer."""
        queue = self.letterhead.desk.queue(case.queue)
        return self.letterhead.reply_to(
            Addressed(case=case, queue=queue, event=0, kind=TokenKind.AGENT, agent=agent.address)
        )

    def alarm(self, lines: Sequence[str], address: str, now: datetime) -> Written:
        """A mail to somebody outside the desk about what is wrong with it."""
        desk, told = self.letterhead.desk, tuple(one_line(line) for line in lines)
        subject = told[0] if len(told) == 1 else f"{told[0]}, and {len(told) - 1} more"
        words = Words(desk=desk.name, desk_address=desk.address, subject=cut(subject, _LONGEST_SUBJECT), lines=told)
        # Two in one second say different things.
        return self._about_no_case("alarm", Agent(address=address, name=""), words, f"a{digits_of(*told)}", now)

    def probe(self, probe: Probe, address: str, now: datetime) -> Written:
        """A mail to a mailbox of our own, which knows it again when it comes."""
        text = "The desk wrote this to itself, to see whether mail gets here. It files it away by itself.\n"
        page = Page(subject=probe_subject(self.letterhead.keys.current, probe), text=text, html=None)
        return self._to_one(Agent(address=address, name=""), f"{probe.mailbox}.probe", page, None, now)

    def _about_no_case(self, event: str, agent: Agent, words: Words, name: str, now: datetime) -> Written:
        page, fault = self.filled(event, self.letterhead.desk.language, words)
        return self._to_one(agent, f"{name}.{event}", page, fault, now, reply_to=words.own_address)

    def _own_address(self, agent: Agent) -> str:
        """Where this agent can answer a mail that is about no case; empty for whoever is none."""
        is_one = self.letterhead.desk.agent(agent.address) is not None
        return self.letterhead.standing_address(agent.address) if is_one else ""

    def _to_one(
        self,
        agent: Agent,
        name: str,
        page: Page,
        fault: str | None,
        now: datetime,
        files: Sequence[Attachment] = (),
        reply_to: str = "",
    ) -> Written:
        """An automatic mail that stands for itself."""
        desk = self.letterhead.desk
        message_id = self.letterhead.name_alone(name, now)
        headers = self.letterhead.headers_alone(
            message_id,
            sender=self.letterhead.sender or desk.address,
            to=(agent.name, agent.address),
            subject=page.subject,
            now=now,
            reply_to=reply_to,
        )
        return Written(
            message_id=message_id,
            envelope_from="",
            content=compose(headers, page.text, page.html, files),
            text=page.text,
            recipients=(fold_address(agent.address),),
            fallback=fault,
        )

    def words(self, mail: Addressed, **said: Any) -> Words:
        """What a template may say of a case, whoever reads it; and what this mail has `said` besides or instead."""
        case, desk = mail.case, self.letterhead.desk
        owner = desk.agent(case.owner) if case.owner else None
        due = case.due_at if case.status.state is not StateType.DONE else None
        of_case: dict[str, Any] = {
            "tag": self.letterhead.tag(case.number),
            "number": case.number,
            "subject": case.subject,
            "desk": desk.name,
            "desk_address": mail.queue.address,
            "recipient": case.requester_name,
            "requester": case.requester_name or case.requester,
            "requester_address": case.requester,
            "owner": (owner.name or owner.address) if owner else (case.owner or ""),
            "queue": case.queue,
            "status": case.status.value,
            "severity": case.severity,
            "kind": case.kind,
            "level": case.level,
            "due": due.astimezone(self.timezone) if due else None,
            "linked_to": case.linked_to or 0,
            "continuation_of": case.continuation_of or 0,
            "marker": f"-- Please {MARKER} --",
            "footer": self.letterhead.footer(mail),
            "warn_hours": _hours(desk.policy_of(case.queue).warn_after),
            "close_hours": _hours(desk.policy_of(case.queue).close_after),
        }
        return Words(**(of_case | said))

    def filled(self, event: str, language: str, words: Words) -> tuple[Page, str | None]:
        try:
            return self.templates.render(event, language, words), None
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            text = "\n".join(part for part in (words.marker, "", words.text, *words.lines, "", words.footer) if part)
            subject = f"{words.tag} {words.subject}".strip()
            return Page(subject=subject, text=text + "\n", html=f"<pre>{_escaped(text)}</pre>"), f"{event}: {error}"


_LONGEST_SUBJECT = 120
"""Short enough for a list of mails; the whole stands in the text."""
_MOST_ROWS = 200
"""Rows of a section that a mail shows; the table beside it has all."""


class Leak(Exception):
    """A mail to somebody outside would have held a mark of the agents' mails; its letter is held instead."""


def _unmarked(text: str) -> str:
    return without_canaries(without_tokens(text))


def _refuse_marks(page: Page, token: str) -> None:
    """The last line of defence (threats T12): decisions keep such marks back, and this looks at what would leave. An
    automatic mail has no agent's words in it."""
    whole = f"{page.text}\n{page.html or ''}".replace(token, "")
    if holds_canary(whole) or holds_token(whole.encode()):
        raise Leak("a mark of the agents' mails stood in a mail to somebody outside")


def _auto_submitted(effect: Reply) -> str | None:
    """RFC 3834 section 5: an acknowledgement answers a mail, other automatic mail does not; a person's has none."""
    if not effect.automatic:
        return None
    return "auto-replied" if effect.at_once else "auto-generated"


def _body_of(text: str, words: Words) -> str:
    """What a public mail says, for the timeline: without the line above and the token below."""
    kept = [line for line in text.split("\n") if line.strip() not in (words.marker, words.footer)]
    return "\n".join(kept).strip().removesuffix(f"-- \n{words.desk}").strip()


def _shown(section: Section) -> Section:
    """What a mail shows of it, in lines of one line each."""
    rows = tuple(tuple(one_line(cell) for cell in row) for row in section.rows[:_MOST_ROWS])
    more = len(section.rows) - len(rows)
    heading = one_line(section.heading)
    return Section(f"{heading}, the first {_MOST_ROWS}" if more else heading, rows, section.link)


def _hours(span: timedelta) -> float:
    return span.total_seconds() / 3600


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
