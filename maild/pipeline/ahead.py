"""Reads letters for their routing: the next few in another process while the last few are being routed.

Order is kept. The first letter that cannot be read ends it: those before it are given out, with the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from maild.pipeline.office import Clock, Office, Unreadable
from parsers.message import ParsedMessage
from store.records import Letter

_AT_ONCE = 25
"""Letters that are read, and then routed in one commit, while the next are read."""
_LONG_ENOUGH = timedelta(seconds=5)
"""What was read by then is routed, and the others are taken anew."""
_MUCH = 8_000_000
"""So many octets of mail are enough, too: twice as much is in memory at once, and one large mail beyond that."""
_FIRST_LOOK, _OCTETS_A_SECOND = 1.0, 5_000_000
"""Seconds in which a letter must be read the first time, and what more a large one has: hundreds of times what mail
takes. One that takes longer is tried again with all the time it may have, when none waits that was never tried."""

Read = tuple[Letter, ParsedMessage]


@dataclass(frozen=True, slots=True)
class Some:
    """Letters that were read, and the one behind them that could not be, with its cause."""

    read: list[Read]
    failure: tuple[Letter, str] | None = None


def reading(
    office: Office, letters: Sequence[Letter], more: Callable[[], Sequence[Letter]], clock: Clock, *, hurried: bool
) -> Generator[Some]:
    """What the letters say, some at a time; not all of them where that takes long. `more` is asked for those that
    follow when the last of these are read and not yet routed, so that there are always some to read."""
    if not letters:
        return
    enough, left = clock() + _LONG_ENOUGH, letters
    if len(letters) <= _AT_ONCE:
        some = _read(office, letters, clock, enough, hurried)
        yield some
        left = [] if some.failure is not None or clock() > enough else left[len(some.read) :]
    if not left:
        return
    with ThreadPoolExecutor(1, "reading ahead") as thread:
        coming = thread.submit(_read, office, left[:_AT_ONCE], clock, enough, hurried)
        while left:
            some = coming.result()
            is_over = some.failure is not None or clock() > enough
            left = [] if is_over else left[len(some.read) :]
            trouble: Exception | None = None
            if not left and not is_over:
                try:
                    left = more()
                except Exception as error:  # said when what was read is routed
                    trouble = error
                enough = clock() + _LONG_ENOUGH
            if left:
                coming = thread.submit(_read, office, left[:_AT_ONCE], clock, enough, hurried)
            yield some
            if trouble is not None:
                raise trouble


def _read(office: Office, letters: Sequence[Letter], clock: Clock, enough: datetime, hurried: bool) -> Some:
    """One letter at least, and no more after it is enough."""
    read: list[Read] = []
    octets = 0
    with office.store.read() as unit:
        small = unit.letters.small_raws([letter.id for letter in letters])
    for letter in letters:
        if read and (clock() > enough or octets > _MUCH):
            break
        raw = small.pop(letter.id, b"") or _raw(office, letter)
        octets += len(raw)
        try:
            read.append((letter, office.read(raw, _FIRST_LOOK + len(raw) / _OCTETS_A_SECOND if hurried else None)))
        except Unreadable as error:
            return Some(read, (letter, f"parser: {error}"))
        del raw
    return Some(read)


def _raw(office: Office, letter: Letter) -> bytes:
    with office.store.read() as unit:
        return unit.letters.raw(letter.id)
