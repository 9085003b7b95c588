"""Tokens that are made void; questions to agents with their one-time codes: how they are kept, asked and settled."""

from __future__ import annotations

import hashlib
import secrets
from typing import assert_never

from maild.apply.posting import post
from maild.apply.work import Work
from maild.desk.confirm import CODE_BYTES, CODE_LIFE, CONFIRMED, DENIED, code_of, digest_of
from maild.desk.proving import Ask, Proving, SettleQuestion, VoidToken
from store import Conflict
from store.letters import CONFIRMED as LET_GO


def prove(work: Work, effect: Proving) -> None:
    match effect:
        case VoidToken():
            if work.passes.void(effect.address, effect.case):
                work.result.voided.append((effect.address, effect.case))
                work.note("token-void", f"{effect.address}, case {effect.case}: {effect.why}")
        case Ask():
            _ask(work, effect)
        case SettleQuestion():
            _settle(work, effect)
        case _:
            assert_never(effect)


def bound_to(raw: bytes) -> str:
    """What tells a letter's bytes."""
    return hashlib.sha256(raw).hexdigest()


def _ask(work: Work, effect: Ask) -> None:
    agent, letter = work.situation.desk.agent(effect.to), effect.letter or work.letter
    if agent is None or letter is None:
        return
    code = code_of(secrets.token_bytes(CODE_BYTES))
    bound = bound_to(work.unit.letters.raw(letter))
    work.unit.codes.add(digest_of(code), agent.address, letter, bound, work.now, work.now + CODE_LIFE)
    written = work.stationery.asking(effect, agent, letter, code, work.now)
    if written.fallback is not None:
        work.result.faults.append(written.fallback)
    for mail_id, recipient in post(work.unit, written, effect.event, work.now):
        work.result.mails.append((mail_id, effect.event, recipient))
        work.note("mail.queued", f"{effect.event} to {recipient}: {effect.why}")


def _settle(work: Work, effect: SettleQuestion) -> None:
    if not work.unit.codes.end(effect.code, effect.outcome, work.now):
        raise Conflict("the code was used meanwhile")
    done = True
    if effect.outcome == CONFIRMED:
        done = work.unit.letters.release(effect.letter, LET_GO)
    elif effect.outcome == DENIED:
        done = work.unit.letters.drop(effect.letter, "denied-by-agent")
    if not done:
        raise Conflict("the letter is not held any more")
    work.result.answered = effect.outcome
    work.note(f"letter-{effect.outcome}", f"letter {effect.letter}: {effect.why}")
