"""What agents say of themselves becomes rows: that they are away, that they want one mail a day; and says so."""

from __future__ import annotations

from datetime import datetime

from maild.apply.applied import Applied
from maild.desk import effects as e
from store import Unit


def change_agent(unit: Unit, effect: e.MarkAway | e.SetDigest, result: Applied, now: datetime) -> tuple[str, str]:
    """The journal's event and words."""
    if isinstance(effect, e.SetDigest):
        unit.agents.put(effect.address, now, digest=effect.daily)
        return "agent.digest", f"{effect.address} {'daily' if effect.daily else 'off'}: {effect.why}"
    unit.agents.put(effect.address, now, away_until=effect.until, away_why=effect.why)
    result.absences.append((effect.address, effect.until))
    until = f"until {effect.until:%Y-%m-%d %H:%M}Z" if effect.until else "no more"
    return "agent.away", f"{effect.address} {until}: {effect.why}"
