"""What other rules would have made of the mail that came: both sets are put to each stored mail, and the differences
are said. Reads only: nothing is written and nothing leaves.

Each mail is looked at as of the time it came, with its case as it stands now: a case that the mail opened counts as
not opened yet, but what people did since to the case of a reply is not undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from maild.desk.effects import AddParticipant, Notify, Reply, Tag
from maild.desk.rules.rules import RuleSet
from maild.desk.situation import Situation
from maild.pipeline.foretold import clocks, violations
from maild.pipeline.gather import gather
from maild.pipeline.office import Office, Unreadable
from maild.pipeline.rehearse import Rehearsed, rehearse
from maild.pipeline.storable import storable
from store.records import Letter

_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One mail that other rules would have treated otherwise."""

    letter: Letter
    changed: dict[str, tuple[str, str]]
    """Field, or `outcome` → what it would be with the present rules, and with the new ones."""
    more: tuple[str, ...]
    """Mails that would leave besides, people who would take part, tags, what rules on time would do, and promises
    that would have been broken."""
    fewer: tuple[str, ...]
    because: tuple[str, ...]
    """Rules that apply in one set only."""


@dataclass(slots=True)
class Tally:
    """How much was looked at."""

    mails: int = 0
    unreadable: int = 0


def simulate(
    office: Office,
    rules: RuleSet,
    since: datetime,
    now: datetime,
    tally: Tally,
    beat: Callable[[], None] = lambda: None,
) -> Iterator[Difference]:
    """Every mail since then that these rules would treat otherwise than the office's own, in the order they came."""
    last = 0
    while True:
        with office.store.read() as unit:
            letters = unit.letters.settled_since(since, last, _BATCH)
        if not letters:
            return
        for letter in letters:
            beat()
            last = letter.id
            situation = _situation(office, letter)
            if situation is None:
                tally.unreadable += 1
                continue
            tally.mails += 1
            found = _difference(office, letter, situation, rules, now)
            if found is not None:
                yield found


def _situation(office: Office, letter: Letter) -> Situation | None:
    with office.store.read() as unit:
        try:
            message = storable(office.read(unit.letters.raw(letter.id)))
        except Unreadable:
            return None
        queue = letter.queue or office.desk.queues[0].name
        found = gather(office, unit, message, queue, letter.received_at, letter.cause)
    # The limiter would count what was sent to this very mail and to later ones.
    return replace(found, acknowledged_last_hour=0, acknowledged_last_day=0, challenged_last_hour=0)


def _difference(
    office: Office, letter: Letter, situation: Situation, rules: RuleSet, at: datetime
) -> Difference | None:
    now = rehearse(situation, letter.received_at)
    anew = replace(situation, desk=replace(situation.desk, rules=rules))
    then = rehearse(anew, letter.received_at)
    names = [*dict.fromkeys((*now.fields, *then.fields))]
    changed = {n: (now.fields.get(n, ""), then.fields.get(n, "")) for n in names}
    changed = {n: (a, b) for n, (a, b) in {"outcome": (now.outcome, then.outcome), **changed}.items() if a != b}
    if now.outcome != then.outcome:  # the fields of a case that is not there say nothing
        changed = {"outcome": changed["outcome"]}
    before, after = _outgoing(now), _outgoing(then)
    if situation.desk.rules.on_timer or rules.on_timer:
        with office.store.read() as unit:
            before |= clocks(unit, letter, situation, now.effects)
            after |= clocks(unit, letter, anew, then.effects)
    if changed and now.outcome == then.outcome:
        with office.store.read() as unit:
            before |= violations(unit, letter, situation, now.effects, at)
            after |= violations(unit, letter, anew, then.effects, at)
    more, fewer = tuple(sorted(after - before)), tuple(sorted(before - after))
    if not (changed or more or fewer):
        return None
    because = tuple(name for name in (*then.rules, *now.rules) if (name in then.rules) is not (name in now.rules))
    return Difference(letter=letter, changed=changed, more=more, fewer=fewer, because=because or then.rules)


def _outgoing(rehearsed: Rehearsed) -> set[str]:
    found = set()
    for effect in rehearsed.effects:
        match effect:
            case Notify():
                found.add(f"{effect.event} to {effect.to}")
            case Reply():
                found.add(f"{effect.event} to the customer")
            case AddParticipant():
                found.add(f"{effect.address} takes part")
            case Tag():
                found |= {f"tag +{tag}" for tag in effect.add} | {f"tag -{tag}" for tag in effect.remove}
            case _:
                continue
    return found
