"""One effect after the other becomes rows and a line in the journal, in the order in which they were decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from maild.apply import casework, holding, proving, writing
from maild.apply.applied import Applied
from maild.apply.quarantine import block, handle_letter
from maild.apply.staffing import change_agent
from maild.apply.work import Work
from maild.desk import effects as e
from maild.desk import proving as p
from maild.desk.plans import reminder_timer
from maild.desk.quarantine import Block, HandleLetter
from maild.desk.situation import Situation
from maild.desk.standing import Tell
from maild.render.stationery import Stationery
from store import Conflict, Unit
from store.records import LetterState


def apply(
    effects: Sequence[e.Effect],
    situation: Situation,
    unit: Unit,
    stationery: Stationery,
    now: datetime,
    letter: int | None = None,
) -> Applied:
    """Carry out all effects, in order."""
    work = Work(situation, unit, stationery, now, letter)
    tracked = [effect.tracked for effect in effects if isinstance(effect, e.Track)]
    work.targets |= {(one.goal, one.round): one for one in tracked}
    for effect in effects:
        _carry_out(work, effect)
    return work.finish()


def _carry_out(work: Work, effect: e.Effect) -> None:  # one line per kind of effect
    match effect:
        case e.OpenCase():
            casework.open_case(work, effect)
        case e.AddEntry():
            writing.add_entry(work, effect)
        case e.Reply():
            writing.reply(work, effect)
        case e.Notify():
            writing.notify(work, effect)
        case Tell():
            writing.tell(work, effect)
        case e.Withhold() | e.HoldMail() | e.MarkFlood() | e.Warn():
            _limit(work, effect)
        case e.MoveStatus():
            casework.move(work, effect)
        case e.Assign():
            casework.assign(work, effect.owner, effect.why)
        case e.Classify():
            casework.classify(work, effect)
        case e.Tag():
            casework.tag(work, effect)
        case e.SetCreator():
            casework.set_creator(work, effect)
        case e.StartTimer():
            work.start_timer(effect.name, effect.due_at)
            work.note("timer.started", f"{effect.name}, due {effect.due_at:%Y-%m-%d %H:%M:%S}Z: {effect.why}")
        case e.StopTimer():
            work.reminders = [one for one in work.reminders if reminder_timer(one.id) != effect.name]
            if work.timers.stop(work.here.number, effect.name):
                work.note("timer.stopped", f"{effect.name}: {effect.why}")
        case e.Track():
            work.track(effect.tracked)
            work.note("target.set", effect.why)
        case e.TakeBack() | e.HoldAnswer() | e.DropDraft():
            holding.hold(work, effect)
        case e.MarkUndeliverable():
            casework.mark(work, effect)
        case e.Remind() | e.NoteTime() | e.SetDue():
            casework.plan(work, effect)
        case e.MarkAway() | e.SetDigest():
            work.note(*change_agent(work.unit, effect, work.result, work.now))
        case p.VoidToken() | p.Ask() | p.SettleQuestion():
            proving.prove(work, effect)
        case e.Remember():
            work.note(effect.event, effect.why)
        case e.Ruled():
            casework.ruled(work, effect)
        case e.Ignore():
            work.result.state, work.result.cause = LetterState.IGNORED, effect.rule
            work.note("letter.ignored", f"{effect.rule}: {effect.why}")
        case e.Quarantine():
            work.result.state, work.result.cause = LetterState.QUARANTINED, effect.cause
            work.note("letter.quarantined", f"{effect.cause}: {effect.why}")
        case _:
            _join_or_part(work, effect)


def _handle(work: Work, effect: HandleLetter | Block) -> None:
    """What an admin says of the quarantine. A letter that somebody else has dealt with meanwhile: look again."""
    by = work.actor
    if isinstance(effect, Block):
        block(work.unit, effect, by, work.now)
        work.result.handled.append((f"block {effect.address}", None))
    elif handle_letter(work.unit, effect, by, work.now):
        work.result.handled.append((effect.deed.value, effect.letter))
    else:
        raise Conflict(f"letter {effect.letter} is not held any more")


def _limit(work: Work, effect: e.Limiting) -> None:
    """The same, for what the limiter says."""
    match effect:
        case e.Withhold():
            writing.withhold(work, effect)
        case e.HoldMail():
            casework.hold_mail(work, effect)
        case e.MarkFlood():
            casework.mark_flood(work, effect)
        case e.Warn():
            writing.warn(work, effect)
        case _:
            assert_never(effect)


def _join_or_part(work: Work, effect: e.Joining) -> None:
    """The same, for who and what belongs together."""
    match effect:
        case e.AddParticipant():
            casework.add_participant(work, effect)
        case e.RemoveParticipant():
            casework.remove_participant(work, effect)
        case e.TakeEntry():
            writing.take_entry(work, effect)
        case e.Relate():
            casework.relate(work, effect)
        case e.Unrelate():
            casework.unrelate(work, effect)
        case e.AskVendor():
            writing.ask_vendor(work, effect)
        case e.PassOn():
            work.result.passed_on.append(effect)
        case HandleLetter() | Block():
            _handle(work, effect)
        case _:
            assert_never(effect)
