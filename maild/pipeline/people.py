"""Orders about agents that a command gives, not a mail: one leaves, and their cases go on.

Rights end in the first commit. The cases follow one by one, each with its mails in its own commit: whoever is
interrupted says it again, and goes on where it stopped.
"""

from __future__ import annotations

from datetime import datetime

from maild.apply import apply
from maild.desk.situation import HandedOn
from maild.log import Event
from maild.pipeline.gather import of_case
from maild.pipeline.office import Office
from maild.pipeline.record import tell_changes
from maild.pipeline.staffing import decided
from maild.render.templates import EVENTS_FOR_AGENTS


def deactivate(office: Office, address: str, now: datetime) -> int:
    """No agent any more, for every node from its next transaction on; how many mails to them will not leave."""
    with office.store.write() as unit:
        unit.agents.put(address, now, active=False, away_until=None, away_why=None)
        kept = unit.outbox.give_up(address, EVENTS_FOR_AGENTS, "no agent any more")
    office.log.emit(Event.AGENT_LEFT, agent=address, mails=kept)
    return kept


def hand_on(office: Office, leaver: str, to: str | None, now: datetime) -> dict[int, str | None]:
    """All open cases of somebody who is no agent any more go to this one, or to whom their queues find: case → its
    owner now."""
    with office.store.read() as unit:
        numbers = unit.agents.open_cases(leaver)
    found = {}
    for number in numbers:
        with office.store.write() as unit:
            occasion = HandedOn(leaver=leaver, to=to)
            situation, effects = decided(unit, of_case(office, unit, number, occasion, now), now)
            if situation.case is None or situation.case.owner != leaver:  # somebody took it meanwhile
                continue
            applied = apply(effects, situation, unit, office.stationery, now)
            case = unit.cases.get(number)
            found[number] = case.owner if case else None
        tell_changes(office, applied)
    return found
