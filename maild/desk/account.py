"""Why a case is as it is, in a few lines: its status and fields with who decided them, the rules that applied, lost
or did not apply, its clocks, and who was told and who was not. Made from what is on record; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from store.records import Case, JournalLine, Timer

_FIELDS = ("severity", "kind", "queue", "level")
_RULES = {"rule-applied": "applied", "rule-not-applied": "did not apply", "rule-failed": "failed"}
_SILENT = ("not-acknowledged", "not-replied")
_MOST = 6
"""So many lines of a kind; the rest stands in the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is on record of a case."""

    case: Case
    timers: Sequence[Timer]
    journal: Sequence[JournalLine]
    rules: Mapping[str, Any] | None
    """What the rules said of its newest mail, as it was kept with the decision."""


def account(record: Record, zone: tzinfo) -> tuple[str, ...]:
    """The lines, for a receipt and for `maild explain`."""
    lines = [*_decided(record, zone), *_rules_on_mail(record.rules or {}), *_rules_later(record.journal, zone)]
    return (*lines, *_clocks(record, zone), *_told(record.journal))


def _decided(record: Record, zone: tzinfo) -> list[str]:
    case, journal = record.case, record.journal
    opened = _last(journal, "case.opened")
    found = [_said("status", case.status.value, _last(journal, "case.moved") or opened, zone)]
    found.append(_said("owner", case.owner or "nobody", _last(journal, "case.assigned"), zone))
    for field in _FIELDS:
        value = getattr(case, field)
        line = _last(journal, "case.classified", f"{field}={value}:")
        found.append(_said(field, value, line, zone))
    if case.tags:
        found.append(_said("tags", " ".join(case.tags), _last(journal, "case.tagged"), zone))
    return found


def _said(what: str, value: str, line: JournalLine | None, zone: tzinfo) -> str:
    if line is None:
        return f"{what} {value}: as it was when the case was opened"
    why = line.why.partition(": ")[2] or line.why
    return f"{what} {value}: {why} ({_when(line.at, zone)}, {line.actor})"


def _rules_on_mail(rules: Mapping[str, Any]) -> list[str]:
    found = []
    for one in rules.get("applied", ()):
        found.append(f"rule “{one['rule']}” applied to the newest mail: {one['why']}")
        found += [f"    it lost {lost}" for lost in one["lost"]]
    found += [f"rule “{one['rule']}” failed on the newest mail: {one['why']}" for one in rules.get("failed", ())]
    return found


def _rules_later(journal: Sequence[JournalLine], zone: tzinfo) -> list[str]:
    lines = [line for line in journal if line.event in _RULES][-_MOST:]
    return [f"{_when(line.at, zone)} {_RULES[line.event]}: {line.why}" for line in lines]


def _clocks(record: Record, zone: tzinfo) -> list[str]:
    found = [f"clock {timer.name}: due {_when(timer.due_at, zone)}" for timer in record.timers]
    running = {timer.name for timer in record.timers}
    ended = {line.why.partition(":")[0]: line for line in record.journal if line.event == "timer.stopped"}
    stopped = [line for name, line in ended.items() if name not in running and not name.startswith("rule")]
    return found + [f"clock stopped {_when(line.at, zone)}, {line.why}" for line in stopped[-_MOST:]]


def _told(journal: Sequence[JournalLine]) -> list[str]:
    """Of the newest thing that anybody was told of."""
    queued = [line for line in journal if line.event == "mail.queued" and not line.why.startswith("receipt ")]
    newest = [line for line in queued if line.at == queued[-1].at] if queued else []
    silent = [line for line in journal if line.event in _SILENT][-1:]
    return [f"told: {line.why}" for line in newest] + [f"not told ({line.event}): {line.why}" for line in silent]


def _last(journal: Sequence[JournalLine], event: str, beginning: str = "") -> JournalLine | None:
    return next((x for x in reversed(journal) if x.event == event and x.why.startswith(beginning)), None)


def _when(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%d %b %H:%M}"
