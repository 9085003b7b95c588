"""What each status and each kind of case means, as data: docs/process.md is made from it."""

from __future__ import annotations

from dataclasses import dataclass

from store.records import StateType, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What follows from a status."""

    doc: str
    silence_closes: bool = False
    """Whether the requester's silence closes the case."""
    reminds: bool = False
    """Whether the owner is asked for a word when nothing happens."""


STATUSES: dict[Status, Meaning] = {
    Status.NEW: Meaning(doc="nobody has done anything yet", reminds=True),
    Status.OPEN: Meaning(doc="it is our turn", reminds=True),
    Status.WAITING_ON_CUSTOMER: Meaning(doc="we answered, and owe nothing", silence_closes=True),
    Status.WAITING_ON_VENDOR: Meaning(doc="a third party has to do something"),
    Status.ON_HOLD: Meaning(doc="put aside by us"),
    Status.RESOLVED: Meaning(doc="solved, unless the requester says otherwise", silence_closes=True),
    Status.CLOSED: Meaning(doc="done"),
    Status.NO_RESPONSE: Meaning(doc="given up: a third party never answered"),
    Status.MERGED: Meaning(doc="part of another case now"),
    Status.SPAM: Meaning(doc="nothing for us"),
}

KINDS: dict[str, tuple[str, str]] = {
    "incident": ("L1", "something that worked does not"),
    "question": ("L1", "how something is done"),
    "bug": ("L3", "code has to be mended"),
    "data request": ("L2", "data, reports"),
    "change request": ("L2", "configuration, layouts, a change to what is there"),
    "feature request": ("L2", "something that is not there yet"),
    "callback": ("L1", "they want to be called"),
    "problem": ("L2", "the cause behind several incidents"),
}
"""Kind → the level at which such cases are expected to end, and what it is."""


def reminds(status: Status) -> bool:
    return STATUSES[status].reminds


def clocks_run(status: Status) -> bool:
    """Whether the clocks of targets run."""
    return status.state in (StateType.NEW, StateType.ACTIVE)


def first_level(kind: str, level: str) -> str:
    """Where a new case of this kind begins: at the level of its queue, unless its kind's is higher."""
    of_kind = KINDS[kind][0] if kind in KINDS else level
    return max(level, of_kind)  # L1 < L2 < L3 < vendor, also as words


def statuses_table() -> str:
    rows = "".join(
        f"| {status.value} | {status.state.value} | {_yes(clocks_run(status))} | {_yes(one.silence_closes)} "
        f"| {_yes(one.reminds)} | {one.doc} |\n"
        for status, one in STATUSES.items()
    )
    return (
        "| status | state | clocks run | silence closes it | reminders | meaning |\n|---|---|---|---|---|---|\n"
        + rows
    )


def kinds_table() -> str:
    rows = "".join(f"| {kind} | {level} | {doc} |\n" for kind, (level, doc) in KINDS.items())
    return "| kind | level | meaning |\n|---|---|---|\n" + rows


def _yes(value: bool) -> str:
    return "yes" if value else ""


TIMERS: dict[str, tuple[str, str, str]] = {
    "silence-warning": (
        "the mail server took our answer, or a status that waits for the customer is set",
        "the requester is warned after `warn_after`",
        "they write or somebody else does, their machine writes, our mail to them comes back, the status changes",
    ),
    "silence-close": (
        "the warning goes out; or they said of a resolved case that it is (`confirmed_close_after`)",
        "the case is closed, `auto_close_after` after the answer; they are told",
        "as above",
    ),
    "targets": (
        "a clock of the case will have something to say",
        "a warning to the owner, a violation to owner and managers, a step up the ladder",
        "no clock runs",
    ),
    "stale": (
        "the case is New or Open",
        "the owner is asked for a word when nothing has happened for `stale_after`, and again after as long",
        "the case waits for somebody, or is done",
    ),
    "due": (
        "an agent says until when it is to be done (`/due`)",
        "its owner is warned a day before, and told when it is past",
        "the date is taken away, or the case is done",
    ),
    "remind-N": (
        "an agent wants to be reminded (`/remind`); there may be several",
        "they are told of the case, whatever its status; not of spam",
        "they say `/remind off`",
    ),
    "no-response": (
        "the case begins to wait for a vendor; anew when somebody but the requester writes",
        "after `no_response_after` it is No Response, and the requester is told, if the vendor was asked "
        "`no_response_attempts` times; else the owner is told to ask again",
        "the case waits for the vendor no more",
    ),
}
"""Timer → when it is armed, what it does, what stops it."""


def timers_table() -> str:
    rows = "".join(f"| `{name}` | {' | '.join(said)} |\n" for name, said in TIMERS.items())
    return "| timer | is armed when | does | stops when |\n|---|---|---|---|\n" + rows
