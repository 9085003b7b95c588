"""What is kept of a case's fields beside their present values: which took which value when (store.changes)."""

from __future__ import annotations

from datetime import datetime

from store.records import Case, Change

_RECORDED = frozenset({"status", "severity", "kind", "queue", "level", "owner"})


def change_of(case: Case, field: str, value: object, why: str, actor: str, now: datetime) -> Change | None:
    """The change to be kept, if it is one."""
    was = getattr(case, field)
    if field not in _RECORDED or was == value:
        return None
    return Change(
        case=case.number, at=now, field=field, was=str(was or ""), value=str(value or ""), why=why, actor=actor
    )
