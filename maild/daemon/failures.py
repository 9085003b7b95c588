"""Writes down that a mailbox could not be read, and tells from the note why. The next good reading wipes it out."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from maild.pipeline.office import Office
from store import StoreUnavailable

_REFUSED = "refused: "


def note_failure(office: Office, mailbox: str, error: object, now: datetime, *, refused: bool = False) -> None:
    """It could not be read; `refused`: the server answers, and does not let us in."""
    failure = f"{_REFUSED if refused else ''}{error}"
    with suppress(StoreUnavailable), office.store.write() as unit:  # who cannot write this says so anyway
        unit.mailboxes.failed(mailbox, now, failure)


def read_failure(failure: str | None) -> tuple[str, bool]:
    """What was noted: the error, and whether the server refused us."""
    said = failure or ""
    return said.removeprefix(_REFUSED), said.startswith(_REFUSED)
