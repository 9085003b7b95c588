"""The desk's people as they are now: those of the configuration, changed by what was said of them since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from maild.desk.settings import Agent, Desk
from store.people import AgentRow


def staffed(desk: Desk, rows: Iterable[AgentRow]) -> Desk:
    """The desk with the agents that these rows leave it. A row of somebody whom the configuration no longer names,
    and who was not added, makes nobody an agent."""
    said = {row.address: row for row in rows}
    if not said:
        return desk
    known = {agent.key: agent for agent in desk.agents}
    known |= {key: Agent(address=row.address, name="") for key, row in said.items() if row.added and key not in known}
    agents = tuple(
        changed(agent, said.get(key)) for key, agent in known.items() if key not in said or said[key].active
    )
    return replace(desk, agents=agents, leavers=frozenset(key for key, row in said.items() if not row.active))


def changed(agent: Agent, row: AgentRow | None) -> Agent:
    """The agent as a row has it."""
    if row is None:
        return agent
    return replace(
        agent,
        name=agent.name if row.name is None else row.name,
        level=row.level or agent.level,
        role=row.role or agent.role,
        queues=agent.queues if row.queues is None else row.queues,
        skills=agent.skills if row.skills is None else row.skills,
        away_until=row.away_until,
        away_why=row.away_why or "",
        digest=row.digest,
    )
