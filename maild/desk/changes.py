"""What a plan changes of a case, and the case as the plan leaves it: for whoever comes after and looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from maild.desk.effects import Assign, Classify, Effect, MoveStatus, OpenCase, SetDue, Tag
from maild.desk.rules.rules import tagged
from store.records import Case, Status


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a case that an agent or a clock has changed."""

    field: str
    was: str
    to: str
    by: str
    """An agent's address, or the name of a clock."""
    who: str
    """agent or clock."""


def changes(case: Case, plan: Sequence[Effect], by: str, who: str) -> list[Change]:
    """What the plan changes, each field once, in the order in which it is changed first."""
    after = left_by(case, plan)
    fields = dict.fromkeys(field for effect in plan if (field := _field(effect)) is not None)
    found = [Change(field, _value(case, field), _value(after, field), by, who) for field in fields]
    return [change for change in found if change.was != change.to]


def newly_opened(effect: OpenCase, now: datetime) -> Case:
    """The case that is being opened, as far as it is known before it has a number (which is 0 until then)."""
    return Case(
        number=0,
        queue=effect.queue,
        subject=effect.subject,
        status=Status.NEW,
        severity=effect.severity,
        kind=effect.kind,
        level=effect.level,
        owner=None,
        requester=effect.requester,
        requester_name=effect.requester_name,
        creator=None,
        language=effect.language,
        created_at=now,
        updated_at=now,
        events=0,
        root_message_id=effect.root_message_id,
        continuation_of=effect.continuation_of,
        linked_to=effect.linked_to,
        domain=effect.domain,
    )


def case_after(case: Case | None, plan: Sequence[Effect], now: datetime) -> Case | None:
    """The case after this plan, where there is one or the plan opens one."""
    opened = next((effect for effect in plan if isinstance(effect, OpenCase)), None)
    case = newly_opened(opened, now) if opened is not None else case
    return left_by(case, plan) if case is not None else None


def left_by(case: Case, plan: Sequence[Effect]) -> Case:
    """The case after this plan."""
    for effect in plan:
        match effect:
            case MoveStatus(status=status):
                case = replace(case, status=status)
            case Assign(owner=owner):
                case = replace(case, owner=owner)
            case Classify(field=field, value=value):
                case = replace(case, **{field: value})  # type: ignore[arg-type]
            case SetDue(due_at=due_at):
                case = replace(case, due_at=due_at)
            case Tag(add=add, remove=remove):
                case = replace(case, tags=tagged(case.tags, add, remove))
            case _:
                continue
    return case


def _field(effect: Effect) -> str | None:
    match effect:
        case MoveStatus():
            return "status"
        case Assign():
            return "owner"
        case Classify(field=field):
            return field
        case _:
            return None


def _value(case: Case, field: str) -> str:
    value = getattr(case, field)
    return str(getattr(value, "value", value) or "")
