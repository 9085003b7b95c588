"""What a desk promises (docs/architecture.md), looked at from outside after whatever happened, in whatever order.

`Watch.look()` reads the whole store and what left for people, and fails where a promise was broken. It asks the
decisions nothing: what must hold is written here again, in other words.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from maild.demo.people import Mail
from maild.pipeline import explain
from store import Unit, audit
from store.records import (
    Case,
    Change,
    Direction,
    Entry,
    JournalLine,
    Letter,
    LetterState,
    MailState,
    Outgoing,
    Participant,
    Status,
    Timer,
)
from tests.stories.any_order import AGENTS, CUSTOMERS, MARKS, OUTSIDERS, ROBOT, VIC, WORDS, World

_STAFF = {agent.address for agent in AGENTS}
_OUTSIDE = {person.address for person in OUTSIDERS}
_VENDORS = {VIC.address}
_TOLD_IN_JOURNAL = {"status": "case.moved", "owner": "case.assigned", "severity": "case.classified"}
_SILENCE = {"silence-warning", "silence-close"}
_WAITS = {Status.WAITING_ON_CUSTOMER, Status.RESOLVED}
_REMINDED = {Status.NEW, Status.OPEN}
_THEIR_OWN = {"status", "cases"}
"""Mails to a customer about the cases that are theirs."""
_TAKEN_BACK = {"answer", "vendor"}


@dataclass(frozen=True, slots=True)
class State:
    """All that the store holds, as far as promises are about it."""

    cases: dict[int, Case]
    people: dict[int, tuple[Participant, ...]]
    threads: dict[int, list[int]]
    """Case → those that were merged into it."""
    entries: dict[int, list[Entry]]
    timers: dict[int, list[Timer]]
    changes: dict[int, list[Change]]
    journal: dict[int, list[JournalLine]]
    mails: dict[int, Outgoing]


def state_of(unit: Unit) -> State:
    cases = {case.number: case for case in unit.cases.listed()}
    return State(
        cases=cases,
        people=unit.cases.participants(list(cases)),
        threads={number: unit.relations.threads([number]).get(number, []) for number in cases},
        entries={number: unit.entries.of_case(number) for number in cases},
        timers={number: unit.timers.of_case(number) for number in cases},
        changes={number: unit.changes.of_case(number) for number in cases},
        journal={number: unit.journal.of_case(number) for number in cases},
        mails={mail.id: mail for mail in unit.outbox.listed()},
    )


class Watch:
    """Looks again and again, and remembers what must not change."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._settled: dict[int, Letter] = {}
        self._bytes: dict[int, str] = {}
        """Mail → a digest of its bytes, when it was first seen."""
        self._seen: dict[int, Outgoing] = {}
        self._took_part: dict[int, set[str]] = defaultdict(set)
        self._agents_tokens: set[str] = set()
        self._read: Counter[int] = Counter()
        """How many lines of each journal were looked at."""

    def look(self) -> State:
        with self._world.desk.office.store.read() as unit:
            state = state_of(unit)
            for number, people in state.people.items():
                self._took_part[number] |= {person.address for person in people}
            self._once(unit)
            fresh = self._kept(unit, state)
        self._sent(state)
        for mail, content in fresh:
            self._closed_doors(state, mail, content)
        self._quiet(state)
        for case in state.cases.values():
            self._clocks(state, case)
            self._people(state, case)
            self._on_record(state, case)
            self._together(state, case)
        self._seen = state.mails
        return state

    # --- 1, 2, 9: every letter is kept, has one place, and is explained

    def _once(self, unit: Unit) -> None:
        found = audit.count(unit)
        assert found["ok"], found
        assert found["stored"] == len(self._world.letters), found
        for letter_id in [one for one in self._world.letters if one not in self._settled]:
            letter = unit.letters.get(letter_id)
            assert letter is not None, f"letter {letter_id} is gone"
            assert unit.letters.raw(letter_id) == self._world.letters[letter_id], (
                f"letter {letter_id} has other bytes"
            )
            assert letter.cause != "cannot-be-routed", f"a bug kept a letter from being routed: {letter.error}"
            if letter.state is LetterState.STORED:
                continue
            self._settled[letter_id] = letter
            if letter.state is LetterState.ROUTED:
                assert letter.entry is not None
                others = [one.id for one in self._settled.values() if one.entry == letter.entry]
                originals = [i for i in others if self._settled[i].state is LetterState.ROUTED]
                assert originals == [letter_id], f"entry {letter.entry} is what several letters became: {originals}"
            effects = explain.of_letter(letter)["effects"]
            assert isinstance(effects, list)
            assert effects, f"letter {letter_id} is not explained"
            assert all(one["why"] for one in effects), f"letter {letter_id}: {effects}"
        said = self._world.desk.output.getvalue()
        assert "tick.failed" not in said, self._world.desk.logged("tick.failed")

    # --- 3: every mail is in a legal state, keeps its bytes, and left once

    def _kept(self, unit: Unit, state: State) -> list[tuple[Outgoing, bytes]]:
        """The mails that were not there before, with their bytes."""
        gone = [mail for number, mail in self._seen.items() if number not in state.mails]
        for mail in gone:
            held = mail.state is MailState.WAITING and mail.attempts == 0 and mail.event in _TAKEN_BACK
            assert held, f"a mail vanished: {mail}"
        fresh = []
        for number, mail in state.mails.items():
            if number not in self._bytes:
                content = unit.outbox.content(number) or b""
                self._bytes[number] = _digest(content)
                fresh.append((mail, content))
        by_id: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for number, mail in state.mails.items():
            by_id[mail.message_id].add((mail.recipient, self._bytes[number]))
            assert mail.state is not MailState.LEASED, f"left in a sender's hand: {mail}"
            if mail.state is MailState.FAILED:
                assert mail.error, f"failed, and nobody knows why: {mail}"
        for message_id, copies in by_id.items():
            assert len({digest for _, digest in copies}) == 1, f"one Message-ID, several mails: {message_id}"
        return fresh

    def _sent(self, state: State) -> None:
        left: Counter[tuple[str, str]] = Counter()
        for received in self._world.desk.sink.messages:
            left[(received.recipient, _digest(received.raw))] += 1
        rows = {(mail.recipient, self._bytes[number]): mail for number, mail in state.mails.items()}
        for key, times in left.items():
            assert key in rows, f"a mail left for {key[0]} that the outbox does not hold"
            assert times == 1 or self._world.twice, f"left {times} times: {rows[key]}"
        for key, mail in rows.items():
            if mail.state is MailState.SENT:
                assert left[key], f"said to be sent, and is not: {mail}"
            elif not self._world.twice:
                assert not left[key], f"left, and nobody wrote it down: {mail}"

    # --- 4, 5: clocks where they make sense, and where they must be

    def _clocks(self, state: State, case: Case) -> None:
        names = [timer.name for timer in state.timers[case.number]]
        armed = set(names)
        assert len(names) == len(armed), f"case {case.number} has a timer twice: {names}"
        if case.status is Status.MERGED:
            assert not armed, f"case {case.number} is Merged, and has {armed}"
        assert not armed & _SILENCE or case.status in _WAITS, f"case {case.number} is {case.status}, and has {armed}"
        assert len(armed & _SILENCE) <= 1, f"case {case.number} is about to be warned and closed: {armed}"
        reminded = case.status in _REMINDED
        assert ("stale" in armed) == reminded, f"case {case.number} is {case.status}, and has {armed}"
        waits = case.status is Status.WAITING_ON_VENDOR
        assert ("no-response" in armed) == waits, f"case {case.number} is {case.status}, and has {armed}"
        if case.status is Status.WAITING_ON_CUSTOMER and not armed & _SILENCE:
            why = self._why_no_silence(state, case)
            assert why, f"case {case.number} waits for its customer for ever: {_told(state, case)}"

    def _why_no_silence(self, state: State, case: Case) -> str:
        """What may keep the silence clock from running; nothing: it must run."""
        number = case.number
        answers = [mail for mail in state.mails.values() if mail.case == number and mail.event == "answer"]
        theirs = [mail for mail in answers if mail.recipient == case.requester]
        if any(mail.state is MailState.WAITING for mail in theirs):
            return "the answer has not left yet"
        if theirs and theirs[-1].state is MailState.FAILED:
            return "the answer did not arrive"
        asked = [p for one in (number, *state.threads[number]) for p in state.people[one] if p.role == "requester"]
        if any(person.undeliverable for person in asked):
            return "nothing arrives there"
        began = [change.at for change in state.changes[number] if change.value == case.status.value]
        since = max([*began, *(mail.sent_at for mail in theirs if mail.sent_at)], default=case.created_at)
        after = [e for e in state.entries[number] if e.direction is Direction.IN and e.at >= since]
        everybody = {p.address for one in (number, *state.threads[number]) for p in state.people[one]}
        others = everybody - {person.address for person in asked}
        if any(entry.automatic and not _is_of(others, entry) for entry in after):
            return "their machine wrote"
        return ""

    def _together(self, state: State, case: Case) -> None:
        """Whoever must hear of what happened was written to in the same breath, and nobody twice."""
        lines = state.journal[case.number][self._read[case.number] :]
        self._read[case.number] = len(state.journal[case.number])
        for _, group in groupby(lines, key=lambda line: (line.at, line.letter, line.actor)):
            one = list(group)
            self._one_event(state, case, one)

    def _one_event(self, state: State, case: Case, lines: list[JournalLine]) -> None:
        actor, where = lines[0].actor, [f"{line.event}: {line.why}" for line in lines]
        told = [line.why for line in lines if line.event in ("mail.queued", "notice.collected")]
        written = [(_word(why, 0), _word(why, 2).rstrip(":")) for why in told]
        for event, person in {("closed", "silence-close"), ("no-response", "no-response")}:
            if actor == f"timer {person}" and any(line.event == "case.moved" for line in lines):
                assert (event, case.requester) in written, f"nobody told {case.requester}: {where}"
        notices = Counter(to for event, to in written if to in _STAFF and event not in ("receipt", "closing-note"))
        doubled = [to for to, times in notices.items() if times > 1]
        assert not doubled or actor == "mail server", f"{doubled} got two mails for one thing: {where}"
        came = any(
            line.event == "entry.added" and _word(line.why, 1) == "in:" and "a machine wrote it" not in line.why
            for line in lines
        )
        came = came and not any(event in _THEIR_OWN for event, _ in written)  # the desk answered them itself
        if came and actor in (person.address for person in CUSTOMERS) and not self._rages(state, case, lines[0].at):
            assert notices, f"no agent heard of a customer's mail: {where}"
        moved = any(line.event in ("case.moved", "case.classified") for line in lines)
        if moved and actor in _STAFF:
            for who in {case.owner, case.creator} & _STAFF - {actor}:
                assert notices[who], f"{who} was told nothing: {where}"

    def _rages(self, state: State, case: Case, at: datetime) -> bool:
        """So many mails came that they are told together."""
        came = [e for e in state.entries[case.number] if e.direction is Direction.IN]
        return sum(at - timedelta(minutes=10) < entry.at <= at for entry in came) > 5

    # --- 7: quiet

    def _quiet(self, state: State) -> None:
        asked: dict[str, list[datetime]] = defaultdict(list)
        for mail in state.mails.values():
            if mail.event == "acknowledgement":
                assert mail.recipient != ROBOT.address, f"a machine was answered: {mail}"
                asked[mail.recipient].append(_made(mail))
        for address, times in asked.items():
            assert _most_within(times, timedelta(hours=1)) <= 5, f"{address}: too many acknowledgements"
            assert _most_within(times, timedelta(days=1)) <= 20, f"{address}: too many acknowledgements"

    # --- 8: closed doors

    def _closed_doors(self, state: State, mail: Outgoing, content: bytes) -> None:
        shown = Mail(content)
        if mail.recipient in _STAFF:
            given = " ".join((shown.message_id, shown.reply_address, mail.envelope_from))
            self._agents_tokens |= _tokens(given)
            return
        leaked = _tokens(shown.whole) & self._agents_tokens
        assert not leaked, f"a token of an agent's went outside: {leaked} in {mail}"
        if mail.event in _THEIR_OWN:
            theirs = [case for number, case in state.cases.items() if mail.recipient in self._took_part[number]]
            subjects = " ".join(case.subject for case in theirs)
            others = {word for word in WORDS.findall(shown.whole) if word not in subjects}
            assert not others, f"somebody reads of cases that are not theirs: {others} in {mail}"
            return
        assert mail.case is not None, f"a mail about no case left for somebody outside: {mail}"
        mine = self._took_part[mail.case]
        assert mail.recipient in mine, f"{mail.recipient} takes no part in case {mail.case}: {mail}"
        for address in (_STAFF | _OUTSIDE) - {mail.recipient}:
            if re.search(rf"(?<![\w.+-]){re.escape(address)}", shown.whole):  # and no token that happens to end so
                assert address in mine - _STAFF - _VENDORS, f"{address} is shown in {mail}"
        subject = state.cases[mail.case].subject
        for word in set(WORDS.findall(shown.whole)):
            self._may_read(word, mail, subject)

    def _may_read(self, word: str, mail: Outgoing, subject: str) -> None:
        said = self._world.said[word]
        where = f"{word}, said by {said.by}, in {mail}"
        if mail.event == "vendor":
            assert said.to_vendor, f"a vendor reads what was not for them: {where}"
            return
        if word in subject:
            return
        assert not said.inside, f"somebody outside reads what is internal: {where}"
        assert said.by in _STAFF or said.by == mail.recipient, f"somebody reads another's words: {where}"

    def _people(self, state: State, case: Case) -> None:
        """Nobody takes part but the requester, whom their first mail copied, whom an agent let in, and vendors."""
        copied = self._world.invited.get(case.root_message_id or "", set())
        for person in state.people[case.number]:
            if person.role == "requester":
                assert person.address == case.requester
            elif person.role == "vendor":
                assert person.address in _VENDORS
            else:
                allowed = copied | self._world.added
                assert person.address in allowed, f"{person.address} takes part in case {case.number} uninvited"

    # --- 9: explained

    def _on_record(self, state: State, case: Case) -> None:
        """The changes on record lead from one to the next, and to what the case is now; each has its reason."""
        changes = state.changes[case.number]
        for field in ("status", "owner", "severity", "queue", "kind", "level"):
            value: str | None = None
            for change in (one for one in changes if one.field == field):
                assert change.why, f"nobody knows why: {change}"
                assert change.actor, f"nobody knows who: {change}"
                assert value is None or change.was == value, f"a change is missing before {change}"
                value = change.value
            now = str(getattr(case, field) or "")
            assert value is None or value == now, f"case {case.number}: {field} is {now!r}, on record is {value!r}"
        lines = state.journal[case.number]
        assert all(line.why and line.actor for line in lines), f"case {case.number}: a line without a reason"
        for change in changes:
            event = _TOLD_IN_JOURNAL.get(change.field)
            told = any(line.event == event and line.at == change.at for line in lines)
            assert told or event is None, f"the journal of case {case.number} says nothing of {change}"
            if change.actor in _OUTSIDE and change.field == "status":
                theirs = change.actor in {person.address for person in state.people[case.number]}
                assert change.value == "Open" or (theirs and change.value == "Closed"), f"from outside: {change}"


def rights(state: State) -> object:
    """All that a mail without any right must leave as it is."""
    outside = {number for number, mail in state.mails.items() if mail.recipient not in _STAFF}
    entries = {number: [entry.id for entry in found] for number, found in state.entries.items()}
    # That a notice was written about it is numbered.
    cases = [replace(case, events=0, updated_at=case.created_at) for case in state.cases.values()]
    return cases, state.people, entries, state.timers, outside


def _is_of(people: set[str], entry: Entry) -> bool:
    """Whether their machine wrote it, or one about a mail to them."""
    return entry.sender in people or any(entry.text.startswith(f"Mail to {person} ") for person in people)


def _word(text: str, number: int) -> str:
    words = text.split()
    return words[number] if len(words) > number else ""


def _tokens(text: str) -> set[str]:
    return {token.lower() for token in MARKS.findall(text)}


def _digest(content: bytes) -> str:
    lines = content.replace(b"\r\n", b"\n").rstrip(b"\n")
    return hashlib.sha256(lines).hexdigest()


def _made(mail: Outgoing) -> datetime:
    assert mail.created_at is not None
    return mail.created_at


def _most_within(times: Iterable[datetime], span: timedelta) -> int:
    """The most of these that lie in one such span."""
    known = sorted(times)
    return max((sum(at <= other < at + span for other in known) for at in known), default=0)


def _told(state: State, case: Case) -> list[str]:
    return [f"{line.at:%d %H:%M} {line.event}: {line.why}" for line in state.journal[case.number]]
