"""Holds the model that is in use, and puts it to the mails it is for. The store says which version is in use, so all
nodes change over with the next new case; each version is read once."""

from __future__ import annotations

from maild.desk.learning.form import read_back
from maild.desk.learning.learning import Model
from maild.desk.learning.taught import is_matter, taught
from maild.desk.situation import Situation
from maild.log import Event, Log
from store import Unit


class Learnt:
    def __init__(self) -> None:
        self._read_last: tuple[str | None, Model | None] = (None, None)
        """A version and its model, together: letters are routed in several threads."""

    def put_to(self, situation: Situation, unit: Unit, log: Log) -> Situation:
        """The situation with what was learnt, where the desk is to learn and it is a matter for it."""
        if situation.desk.learning is None or not is_matter(situation):
            return situation
        version, (known, model) = unit.models.live_version(), self._read_last
        if version != known:
            model = self._read(version, unit, log)
            self._read_last = version, model
        return taught(situation, model) if model else situation

    def _read(self, version: str | None, unit: Unit, log: Log) -> Model | None:
        content = unit.models.content(version) if version is not None else None
        if content is None:
            return None
        try:
            return read_back(content)
        except ValueError as error:  # the desk goes on without it
            log.emit(Event.LEARNING_UNREADABLE, version=version, error=error)
            return None
