"""The acknowledgement: one per new case, to a person, at once, and never more often than the limiter allows.

Towards an address that has proven nothing it carries none of the mail's own words: whoever forges a From must not
be able to make us deliver his text to his victim (threats T29).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import Effect, OpenCase, Remember, Reply, Withhold
from maild.desk.limiter import why_enough, why_full, why_left, why_silent
from maild.desk.situation import Arrived, Behalf, Situation


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:  # noqa: ARG001
    """An acknowledgement, or the reason why there is none."""
    arrived = situation.occasion
    opened = next((effect for effect in plan if isinstance(effect, OpenCase)), None)
    if opened is not None and opened.split_from is not None:
        why, root = "their mail became a case of its own", opened.root_message_id
        return [Reply(why=why, event="acknowledgement", show_subject=False, replies_to=root)]
    if not isinstance(arrived, Arrived) or opened is None:
        return []
    if arrived.behalf is not None:
        return _logged(situation, arrived.behalf)
    silent = why_silent(situation, arrived)
    if silent is None and any(isinstance(effect, Reply) and effect.at_once for effect in plan):
        silent = "the answer of a rule goes instead"
    if silent is not None:
        return [_not_told(situation, "acknowledgement", arrived.sender.address, silent)]
    return [
        Reply(
            why="a new case of a person",
            event="acknowledgement",
            show_subject=arrived.sender.proven,
            replies_to=arrived.message.message_id,
            at_once=True,
        )
    ]


def _logged(situation: Situation, behalf: Behalf) -> list[Effect]:
    """An agent opened the case for them: they learn its number, so that their reply finds it."""
    silent = f"{behalf.address} is not to be told" if behalf.quietly else None
    silent = silent or why_left(situation, behalf.address) or why_enough(situation)
    if silent is not None:
        return [_not_told(situation, "logged", behalf.address, silent)]
    return [Reply(why="a case was opened for them", event="logged", show_subject=False)]


def _not_told(situation: Situation, event: str, to: str, why: str) -> Effect:
    """Where nobody is acknowledged any more, somebody must look."""
    if why == why_full(situation):
        return Withhold(why=why, event=event, to=to)
    return Remember(event="not-acknowledged", why=why)


FEATURE = Feature("acknowledge", react)
