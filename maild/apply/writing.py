"""Entries, and the mails that go out with them: answers to the people of a case, notices to agents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from maild.apply.posting import post, post_hourly
from maild.apply.relating import take_entry as move_entry
from maild.apply.rows import reply_entry, vendor_entry
from maild.apply.work import Work
from maild.desk import effects as e
from maild.desk.addresses import is_meant
from maild.desk.people.digests import can_wait, told
from maild.desk.relations import said
from maild.desk.situation import Arrived
from maild.desk.standing import Tell
from maild.render.glance import LOOK_BACK
from maild.render.notices import About, to_agent
from maild.render.standing import of_case, of_no_case
from maild.render.stationery import Written
from maild.render.templates import WITHOUT_CASE
from maild.render.vendors import to_vendor
from parsers.message import Attachment
from store.records import Case, Direction, Entry, Participant

_WITHHELD = "mail-withheld-told"


def add_entry(work: Work, effect: e.AddEntry) -> None:
    arrived = work.situation.occasion if isinstance(work.situation.occasion, Arrived) else None
    message = arrived.message if arrived and effect.of_letter else None
    number = effect.thread or work.here.number
    record(
        work,
        Entry(
            id=0,
            case=number,
            event=work.next_event(number),
            direction=effect.direction,
            public=effect.public,
            automatic=effect.automatic,
            sender=effect.sender,
            sender_name=effect.sender_name,
            to=tuple(a.address for a in (*message.to, *message.cc)) if message else (),
            message_id=message.message_id if message else None,
            at=work.now,
            text=effect.text,
            letter=work.letter if effect.of_letter else None,
            finding_of=effect.finding_of,
        ),
        effect.why,
    )


def take_entry(work: Work, effect: e.TakeEntry) -> None:
    was, moved = move_entry(work.unit, effect.entry, work.here.number, work.next_event())
    work.add(moved)
    work.note("entry.moved", f"from case {was.case} e{was.event}: {effect.why}")


def reply(work: Work, effect: e.Reply) -> None:
    """To the people of the case, and to those of each case that was merged into it by a mail of their own, under
    their own number: none of them sees the others, and nobody is written twice."""
    reached: set[str] = set()
    for case in (work.here, *work.threads):
        people = [p for p in work.participants if p.case == case.number and is_meant(p, everyone=effect.everyone)]
        people = [p for p in people if p.address not in reached and p.address not in effect.without]
        reached |= {p.address for p in people}
        if people:
            _reply_in(work, case, effect, people)


def _reply_in(work: Work, thread: Case, effect: e.Reply, people: list[Participant]) -> None:
    own = thread.number == work.here.number
    references = _references(work, thread)
    if not own or (work.threads and effect.replies_to not in references):
        effect = replace(effect, replies_to=None, of_letter=effect.of_letter and own)
    event = work.next_event(thread.number)
    case = work.here if own else replace(thread, status=work.here.status, events=event)
    written = work.stationery.reply(effect, case, event, people, references, work.now)
    desk = work.stationery.letterhead.desk
    entry = reply_entry(effect, case, event, written, desk, work.letter, work.now)
    before = work.entry
    record(work, entry, effect.why, effect.draft if own else None)
    _post(work, written, effect.event, effect.automatic, effect.why, effect.hold, case.number)
    if not own:  # what is told of it is told of the case's own
        work.entry = before


def ask_vendor(work: Work, effect: e.AskVendor) -> None:
    event = work.next_event()
    written = to_vendor(work.stationery, effect, work.here, event, work.now)
    record(work, vendor_entry(effect, work.here, event, written, work.letter, work.now), effect.why)
    _post(work, written, "vendor", False, effect.why, effect.hold)


def notify(work: Work, effect: e.Notify) -> None:
    agent = work.situation.desk.agent(effect.to)
    if agent is None:
        return
    if work.case is None or effect.event in WITHOUT_CASE:
        _post(
            work, work.stationery.question(effect, agent, work.letter or 0, work.now), effect.event, True, effect.why
        )
        return
    entry = work.situation.last_public if effect.quote_last else work.entry
    if effect.collected or can_wait(effect, agent, work.here):
        work.told.append(agent.address)
        work.unit.digests.add(agent.address, work.here.number, effect.event, told(effect, entry), work.now)
        work.note("notice.collected", f"{effect.event} for {agent.address}: {effect.why}")
        return
    here = work.here.requester
    others = [p.address for p in work.participants if p.address != here and is_meant(p, everyone=True)]
    files = () if effect.event == "receipt" else _files(work)
    event = work.next_event()
    related = [said(relation, work.here.number) for relation in work.relations]
    about = About(
        case=work.here,
        event=event,
        entry=entry,
        people=work.participants,
        others=tuple(dict.fromkeys(others)),
        related=related,
        threads=work.threads,
        targets=tuple(work.targets.values()),
        reminders=work.reminders,
        waiting=_waiting(work),
        newest=work.newest(LOOK_BACK),
        files=files,
        left=_left(work, agent.address) if effect.event == "receipt" else (),
        held=effect.event == "receipt" and _can_be_undone(work),
    )
    _post(work, to_agent(work.stationery, effect, agent, about, work.now), effect.event, True, effect.why)


def _waiting(work: Work) -> frozenset[int]:
    """Entries whose mails can still be taken back."""
    before = () if work.result.taken_back else work.situation.can_undo
    return frozenset((*(mail.entry for mail in before if mail.entry is not None), *work.waiting))


def _left(work: Work, reader: str) -> tuple[str, ...]:
    """What leaves for people outside, exactly; and until when it is held; and who of us was told of it."""
    zone = work.situation.desk.zone
    found = []
    for event, recipient, at in work.left:
        held = f", leaves at {at.astimezone(zone):%H:%M:%S %Z} (until then /undo)" if at > work.now else ""
        found.append(f"→ {event} to {recipient}{held}")
    for passed in work.result.passed_on:
        mails = (one for one in passed.effects if isinstance(one, e.Reply))
        found += [f"→ {one.event} to the people of case {passed.case}" for one in mails]
    told = [person for person in map(work.situation.desk.agent, work.told) if person and person.address != reader]
    names = [person.name or person.address for person in told]
    if names:
        found.append(f"Told of it: {', '.join(dict.fromkeys(names))}.")
    elif work.entry is not None and work.entry.direction is Direction.NOTE:
        found.append("No colleague was told of it.")
    return tuple(found)


def _can_be_undone(work: Work) -> bool:
    return work.holds or (bool(work.situation.can_undo) and not work.result.taken_back)


def tell(work: Work, effect: Tell) -> None:
    """An answer to whoever asked, under the number that they know."""
    known = {case.number: case for case in (*work.situation.threads, *((work.case,) if work.case else ()))}
    case = known.get(effect.number or 0) or (work.unit.cases.get(effect.number) if effect.number else None)
    if case is None:
        written = of_no_case(work.stationery, effect, work.letter or 0, work.now)
    else:
        event = work.next_event(case.number) if work.case else work.unit.cases.next_event(case.number, work.now)
        written = of_case(work.stationery, effect, case, event, _references(work, case), work.now)
    _post(work, written, effect.event, True, effect.why, number=case.number if case else None)


def withhold(work: Work, effect: e.Withhold) -> None:
    """It is remembered; and once an hour the admins are told that such a thing happens."""
    work.note("mail.withheld", f"{effect.event} to {effect.to}: {effect.why}")
    work.result.withheld.append((effect.event, effect.to, effect.why))
    words = f"{effect.event} to {effect.to}: {effect.why}"
    post_hourly(work.unit, work.stationery, _WITHHELD, "mail-withheld", words, (), work.now)


def warn(work: Work, effect: e.Warn) -> None:
    work.note("warned", f"{effect.about}: {effect.why}")
    about = f"warned {effect.about}"
    post_hourly(work.unit, work.stationery, about, "warning", effect.text, effect.lines, work.now)


def record(work: Work, entry: Entry, why: str, draft: int | None = None) -> None:
    """One more line of the timeline; or one that was a draft so far."""
    entry_id = work.unit.entries.add(entry) if draft is None else draft
    if draft is not None:
        work.unit.entries.become(draft, entry)
    work.add(replace(entry, id=entry_id))
    if entry.letter is not None:
        work.result.entry = entry_id
    work.note("entry.added", f"e{entry.event} {entry.direction.value}: {why}")


def _post(
    work: Work,
    mail: Written,
    event: str,
    automatic: bool,
    why: str,
    hold: timedelta = timedelta(0),
    number: int | None = None,
) -> None:
    if mail.fallback is not None:
        work.result.faults.append(mail.fallback)
    entry = work.entry.id if work.entry and work.case else None
    case = number or (work.case.number if work.case else None)
    work.holds = work.holds or hold > timedelta(0)
    if hold > timedelta(0) and entry is not None:
        work.waiting.append(entry)
    posted = post(work.unit, mail, event, work.now, automatic=automatic, case=case, entry=entry, hold=hold)
    for mail_id, recipient in posted:
        work.result.mails.append((mail_id, event, recipient))
        if work.situation.desk.agent(recipient) is None:
            work.left.append((event, recipient, work.now + hold))
        elif event != "receipt":
            work.told.append(recipient)
        work.note("mail.queued", f"{event} to {recipient}: {why}")


def _references(work: Work, case: Case) -> list[str]:
    root = [case.root_message_id] if case.root_message_id else []
    if root and case.events <= 1:  # there is only the mail that opened it
        return root
    return [*root, *work.public_ids(case)]


def _files(work: Work) -> tuple[Attachment, ...]:
    occasion = work.situation.occasion
    return occasion.message.attachments if isinstance(occasion, Arrived) else ()
