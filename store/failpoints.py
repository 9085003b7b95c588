"""Named instants at which a test may make this process die, stop, wait or raise. In service each costs one look.

    MAILD_FP="move.sent:kill"           SIGKILL the first time this point is reached
    MAILD_FP="smtp.data_sent:kill@3"    the third time
    MAILD_FP="ingest.pre_commit:stop"   SIGSTOP: whoever tests says SIGCONT later
    MAILD_FP="route.pre_commit:sleep=5,outbox.claimed:raise"
    MAILD_FP_LOG=FILE                   each action taken is one line there: point, action, process

POINTS is the closed list; reaching a name that is not in it is an error of ours, also when nothing is armed.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field

POINTS = frozenset(
    {
        # intake
        "fetch.body",  # a mail's bytes are here, nothing is stored
        "ingest.pre_commit",
        "ingest.post_commit",  # stored, still in the folder
        "move.sent",  # the server was asked to move, and has not answered
        "move.copied",  # a server without MOVE: copied, not yet flagged
        "move.ok",
        "read.pre_commit",  # all is stored, "read until" not yet
        "lmtp.pre_commit",
        "lmtp.pre_250",  # stored, and nobody was told
        # route
        "route.taken",  # the attempt is counted, nothing is parsed
        "route.pre_commit",
        "route.post_commit",
        # timers
        "timer.pre_commit",
        "timer.post_commit",
        # outbox
        "outbox.claimed",  # leased, attempt counted
        "smtp.mail",
        "smtp.rcpt",
        "smtp.data_sent",  # the last byte has left, no answer yet
        "smtp.got250",
        "outbox.pre_commit",
        "outbox.post_commit",
        # the store itself
        "migrate.step",
    }
)


class Armed(Exception):
    """What the action `raise` raises."""


@dataclass(slots=True)
class _Trap:
    action: str
    countdown: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reach(self, point: str) -> None:
        """Acts exactly once: the time that was asked for.

        What ends or stops the whole process is done with the lock held: a thread that comes by in the meantime must
        not get past the point on which its process is meant to stand.
        """
        with self.lock:
            self.countdown -= 1
            is_sprung = self.countdown == 0
            if is_sprung and self.action in ("kill", "stop"):
                _act(point, self.action)
                return
        if is_sprung:
            _act(point, self.action)


def reach(point: str) -> None:
    """Say that the program stands at this point."""
    if point not in POINTS:
        raise ValueError(f"{point} is no fail point; name it in store/failpoints.py")
    if _TRAPS and (trap := _TRAPS.get(point)) is not None:
        trap.reach(point)


def _act(point: str, action: str) -> None:
    if path := os.environ.get("MAILD_FP_LOG"):
        with open(path, "a", encoding="ascii") as log:
            log.write(f"{point} {action} {os.getpid()}\n")
    name, _, value = action.partition("=")
    match name:
        case "kill":
            signal.pthread_kill(threading.get_ident(), signal.SIGKILL)
        case "stop":  # sent to this thread: it does not come back from the call before the process has stood still
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        case "sleep":
            time.sleep(float(value))
        case "raise":
            raise Armed(point)


def _armed(said: str) -> dict[str, _Trap]:
    """Reads MAILD_FP. Raises ValueError on what it does not know: a test that arms nothing proves nothing."""
    traps = {}
    for word in filter(None, said.split(",")):
        point, _, rest = word.partition(":")
        action, _, times = rest.partition("@")
        if point not in POINTS or action.partition("=")[0] not in ("kill", "stop", "sleep", "raise"):
            raise ValueError(f"MAILD_FP: {word!r} is not POINT:ACTION of store/failpoints.py")
        traps[point] = _Trap(action, int(times or 1))
    return traps


_TRAPS = _armed(os.environ.get("MAILD_FP", ""))
