"""The acknowledgement: one per new case, to a person, at once, and never more often than the limiter allows.

Towards an address that has proven nothing it carries none of the mail's own words: whoever forges a From must not
be able to make us deliver his text to his victim (threats T29).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maild.desk.decide import Feature
from maild.desk.effects import Effect, OpenCase, Remember, Reply
from maild.desk.situation import Arrived, Behalf, Situation, Speaker

_MACHINE_LOCAL_PARTS = frozenset(
    "mailer-daemon postmaster noreply no-reply no_reply donotreply do-not-reply do_not_reply bounce bounces".split()
)


def react(situation: Situation, plan: Sequence[Effect], now: datetime) -> list[Effect]:  # noqa: ARG001
    """An acknowledgement, or the reason why there is none."""
    arrived = situation.occasion
    if not isinstance(arrived, Arrived) or not any(isinstance(effect, OpenCase) for effect in plan):
        return []
    if arrived.behalf is not None:
        return _logged(situation, arrived.behalf)
    silent = _why_silent(situation, arrived)
    if silent is not None:
        return [Remember(event="not-acknowledged", why=silent)]
    return [
        Reply(
            why="a new case of a person",
            event="acknowledgement",
            show_subject=arrived.sender.proven,
            replies_to=arrived.message.message_id,
        )
    ]


def _why_silent(situation: Situation, arrived: Arrived) -> str | None:
    sender = arrived.sender
    if sender.speaker is Speaker.MACHINE:
        return sender.why
    if situation.desk.agent(sender.address) is not None:
        return "an agent wrote it"
    if sender.forged:
        return sender.why
    if arrived.message.loop_ids:
        return "it came through another desk, which might answer us in turn"
    if not arrived.message.sender_is_strict:
        return "From is not one valid address"
    if sender.address.partition("@")[0].lower() in _MACHINE_LOCAL_PARTS:
        return f"nobody reads {sender.address}"
    return _too_often(situation)


def _logged(situation: Situation, behalf: Behalf) -> list[Effect]:
    """An agent opened the case for them: they learn its number, so that their reply finds it."""
    silent = f"{behalf.address} is not to be told" if behalf.quietly else _too_often(situation)
    if silent is not None:
        return [Remember(event="not-acknowledged", why=silent)]
    return [Reply(why="a case was opened for them", event="logged", show_subject=False)]


def _too_often(situation: Situation) -> str | None:
    policy = situation.desk.policy
    if situation.acknowledged_last_hour >= policy.acknowledgements_per_hour:
        return f"the limit of {policy.acknowledgements_per_hour} acknowledgements an hour"
    if situation.acknowledged_last_day >= policy.acknowledgements_per_day:
        return f"the limit of {policy.acknowledgements_per_day} acknowledgements a day"
    return None


FEATURE = Feature("acknowledge", react)
