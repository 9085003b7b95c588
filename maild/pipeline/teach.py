"""Learns from the store's history: reads former cases, learns from the older ones, tries it on the later ones, and
puts it to use if it is no worse than what is in use. Reads with short transactions; nothing waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from maild.desk.learning.form import model_of, read_back, written
from maild.desk.learning.grading import Grade, grade, is_no_worse
from maild.desk.learning.learning import FieldModel, Model
from maild.desk.learning.lessons import History, histories
from maild.desk.learning.training import train
from maild.desk.settings import Desk
from store import Store
from store.learnt import KeptModel, PastCase

_BATCH = 500
_LEAST, _LEAST_LATER, _MOST_LATER = 200, 40, 500
"""Cases to learn from, and later ones to be tried on; a seventh of all within these bounds."""
TRIED = "learning-tried"
"""The fact that tells when and how the last training ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How one field came out."""

    new: Grade
    old: Grade | None
    """What is in use, on the same cases."""
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What came of a training."""

    version: str | None
    """What was put to use; None: what was in use stays."""
    lessons: int
    trials: Mapping[str, Trial]
    why: str


def teach(store: Store, desk: Desk, act_above: float, span: timedelta, most: int, now: datetime) -> Taught:
    """Learn, try, and put to use what is no worse, field by field."""
    past = read_past(store, now - span, most)
    with store.read() as unit:
        live = unit.models.live()
        content = unit.models.content(live.version) if live else None
    old = _old(content)
    split = _split(past, live.until if live else None)
    if split is None:
        return _ended(store, now, Taught(version=None, lessons=len(past), trials={}, why=_too_few(past)))
    trials: dict[str, Trial] = {}
    fields: dict[str, FieldModel] = {}
    for name, history in histories(past, desk).items():
        new, trial = _tried(history, split, old.get(name), act_above)
        if trial is not None:
            trials[name] = trial
        chosen = new if trial is not None and trial.kept else old.get(name)
        if chosen is not None:
            fields[name] = chosen
    if not any(trial.kept for trial in trials.values()):
        why = "what was learnt is no better than what is in use" if old else "what was learnt is of no use yet"
        return _ended(store, now, Taught(version=None, lessons=len(past), trials=trials, why=why))
    model = model_of(fields)
    until = max(case.at for case in past if case.at < split)
    report: dict[str, object] = {name: asdict(trial) for name, trial in trials.items()}
    kept = KeptModel(version=model.version, made_at=now, until=until, lessons=len(past), report=report)
    with store.write() as unit:
        unit.models.put_to_use(kept, written(model))
    said = ", ".join(name for name, trial in trials.items() if trial.kept)
    return _ended(store, now, Taught(version=model.version, lessons=len(past), trials=trials, why=f"learnt: {said}"))


def examine(
    store: Store, desk: Desk, act_above: float, span: timedelta, most: int, now: datetime
) -> dict[str, Grade]:
    """Field → how what is in use does on the cases that came since it learnt."""
    with store.read() as unit:
        live = unit.models.live()
        content = unit.models.content(live.version) if live else None
    if live is None or content is None:
        return {}
    model = read_back(content)
    later = histories(read_past(store, max(live.until, now - span), most), desk)
    since = live.until + timedelta(microseconds=1)
    tried = {name: history.split(since)[1] for name, history in later.items() if name in model.fields}
    return {name: grade(model.fields[name], cases, act_above) for name, cases in tried.items()}


def read_past(store: Store, since: datetime, most: int) -> list[PastCase]:
    """So many cases that came since then, the oldest first."""
    found: list[PastCase] = []
    while len(found) < most:
        with store.read() as unit:
            batch = unit.lessons.before(found[-1].number if found else None, since, min(_BATCH, most - len(found)))
        if not batch:
            break
        found += batch
    return sorted(found, key=lambda case: (case.at, case.number))


def _split(past: list[PastCase], until: datetime | None) -> datetime | None:
    """From when on cases are for trying. What is in use must not have learnt from them either: that would be unfair
    to the new."""
    later = min(max(_LEAST_LATER, len(past) // 7), _MOST_LATER)
    if len(past) < _LEAST:
        return None
    at = past[-later].at
    if until is not None and until >= at:
        at = until + timedelta(microseconds=1)
    return at if sum(case.at >= at for case in past) >= _LEAST_LATER else None


def _too_few(past: list[PastCase]) -> str:
    if len(past) < _LEAST:
        return f"{len(past)} cases are too few to learn from; it takes {_LEAST}"
    return f"fewer than {_LEAST_LATER} cases have come since the last time"


def _tried(
    history: History, split: datetime, old: FieldModel | None, act_above: float
) -> tuple[FieldModel | None, Trial | None]:
    lessons, later = history.split(split)
    new = train(lessons, act_above)
    if new is None or not later:
        return None, None
    graded, former = grade(new, later, act_above), grade(old, later, act_above) if old else None
    return new, Trial(new=graded, old=former, kept=is_no_worse(graded, former))


def _old(content: str | None) -> dict[str, FieldModel]:
    try:
        return dict(read_back(content).fields) if content is not None else dict(Model("none").fields)
    except ValueError:  # one that cannot be read is none
        return {}


def _ended(store: Store, now: datetime, taught: Taught) -> Taught:
    with store.write() as unit:
        said = {"at": now.isoformat(), "version": taught.version, "why": taught.why, "lessons": taught.lessons}
        unit.facts.put(TRIED, json.dumps(said))
    return taught
