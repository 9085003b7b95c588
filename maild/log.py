"""One line per event on standard output, from one closed list.

Text for a terminal, JSON for a collector. Ids always, bodies and secrets never. Every event's meaning, and what an
admin does about it, stands here once; docs/operating.md is made from it and a test keeps them together.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Kind:
    """An event: how loud it is, what it means, what to do about it."""

    level: str
    meaning: str
    todo: str = "Nothing."


_WAIT = "Nothing at once: maild tries again by itself. If it stays, look at the server named."


class Event(Enum):
    """The closed list; `event_name` says how each is written in the log."""

    DAEMON_STARTED = Kind("info", "The daemon is up; `version`, `node` and its `mailboxes` are named.")
    DAEMON_STOPPED = Kind("info", "The daemon has stopped in order.")
    SETTINGS_CHANGED = Kind("info", "The configuration was read anew and is good; the daemon begins anew with it.")
    SETTINGS_REFUSED = Kind(
        "error",
        "The configuration was read anew and has a fault; the daemon goes on with the old one, all of it.",
        "Mend what `error` names, and reload again.",
    )
    NODE_GONE = Kind("warning", "A node of this machine died; what it had in hand is free again (`node`).")
    CLOCK_APART = Kind(
        "warning",
        "This node's clock and the database's differ by so many `seconds`; timers act by the clock of each node.",
        "Let all machines keep time (NTP).",
    )
    STORE_MIGRATED = Kind("info", "The store was brought up to this program's tables.")
    STORE_TOO_NEW = Kind(
        "error",
        "A newer maild has migrated the store; this daemon stops.",
        "Upgrade this node as well: docs/backup.md says in which order.",
    )
    STORE_UNAVAILABLE = Kind(
        "error",
        "The database is away, locked or full; mail stays where it is. Said once, then every ten minutes.",
        _WAIT,
    )
    STORE_BACK = Kind("info", "The database can be written again, `after` so long.")
    STORE_BROKEN = Kind(
        "error",
        "The database's files could not be read, written or synced. The process has ended at once (exit code 75).",
        "Look at the disk and the system's log. A supervisor starts maild again, from what is on the disk.",
    )
    STORE_OWED = Kind(
        "error",
        "The daemon stopped while the store was away, so that `debts` results of its last work could not be written.",
        "Nothing; a mail among them that the mail server had taken leaves once more, the same bytes.",
    )
    INTAKE_STOPPED = Kind(
        "error",
        "The disk has less than `limits.free_space` left: no more mail is taken in; the rest goes on.",
        "Make room. Mail waits on its server, and intake goes on by itself.",
    )
    INTAKE_RESUMED = Kind("info", "There is room on the disk again, and mail is taken in.")
    MAILBOX_CONNECTED = Kind(
        "info", "A mailbox was opened; `server` says where, and what it can do (IDLE: it announces new mail)."
    )
    MAILBOX_ELSEWHERE = Kind(
        "info", "Another node (`holder`) reads this mailbox; this one takes over when that one's lease ends."
    )
    MAILBOX_LOST = Kind("warning", "A mailbox cannot be read just now; `next` is the next try.", _WAIT)
    MAILBOX_REFUSED = Kind(
        "error",
        "The server refuses the login or the folder.",
        "Mend the [[mailbox]] entry named; `maild check` tests it.",
    )
    MAILBOX_RESET = Kind(
        "warning",
        "UIDVALIDITY changed: the server numbered the folder anew. All of it is read again, doubles are recognised.",
    )
    MAILBOX_STUCK = Kind(
        "warning",
        "Stored letters could not be moved to the done folder; they stay, and are not stored twice.",
        "Look whether the done folder exists, is writable and has quota left.",
    )
    MAILBOX_RECONCILED = Kind(
        "info",
        "The done folder was read again: `seen` mails, of which the store held `known`; the others were `taken` in.",
    )
    LMTP_LISTENING = Kind("info", "Servers may deliver by LMTP; `address` says where.")
    LMTP_LOST = Kind(
        "error",
        "The address of [lmtp] cannot be listened on; `next` is the next try. Mail stays in the queue of the server.",
        "See the error: another program may listen there. `maild check` tests it.",
    )
    LMTP_REFUSED = Kind(
        "warning",
        "A mail, or one `recipient`, was refused for good; the server in front tells the sender. `said` says why.",
        "If the recipient should exist, see `queue` under [lmtp]; if the mail was too large, `limits.message_size`.",
    )
    LMTP_PUT_OFF = Kind(
        "warning",
        "A mail was put off; the server in front keeps it and comes again. Timers wait, for [lmtp] settle at least.",
        "Nothing at once. If it stays, look at the lines before it.",
    )
    MAILBOX_LOCKED_OUT = Kind(
        "error",
        "A server does not let us into a mailbox: expired credentials, a locked account. Said once per trouble.",
        "Mend the [[mailbox]] entry named. maild tries again each quarter of an hour; a restart tries at once.",
    )
    MAILBOX_FAILING = Kind(
        "error",
        "A mailbox could not be read for `watch.failing_after`. Said once per trouble.",
        "Look at the server named, and at the network.",
    )
    MAILBOX_SILENT = Kind(
        "warning",
        "A mailbox is read, but brought no mail for `watch.silent_after`.",
        "Write to the desk from outside. If that does not come, look at what stands before it: MX, forwards.",
    )
    MAILBOX_PROBE_LOST = Kind(
        "error",
        "A probe did not come back within `watch.probe_within`.",
        "`maild outbox list`: did it leave? Else look for it where mail goes on its way from relay to mailbox.",
    )
    MAILBOX_RECOVERED = Kind("info", "What was said of a mailbox is over.")
    MAILBOX_GAVE_UP = Kind(
        "error",
        "A mailbox could not be read for `watch.exit_after`; the process ends with exit code 75.",
        "As for `mailbox.failing`; a supervisor starts maild again.",
    )
    LETTER_STORED = Kind("info", "A letter's exact bytes are kept.")
    LETTER_TOO_LARGE = Kind(
        "warning",
        "A mail is larger than `limits.message_size` and stays on the server.",
        "Raise the limit, or take the mail out of the folder by hand.",
    )
    LETTER_ROUTED = Kind(
        "info", "A letter became an `entry` of a `case`; `maild explain` says by which signal it was matched."
    )
    LETTER_DUPLICATE = Kind("info", "A letter has the same content as one this queue has already; nothing was sent.")
    LETTER_IGNORED = Kind("info", "A letter has no effect; `rule` says why.")
    LETTER_FAILED = Kind(
        "warning", "Routing a letter failed; it is tried again.", "See the error; three failures quarantine it."
    )
    LETTER_QUARANTINED = Kind(
        "warning",
        "A letter waits for a person; `cause` (or the `error` of the last try) says why.",
        "`maild quarantine show ID`, then `retry`, `release` or `drop`.",
    )
    CASE_OPENED = Kind("info", "A new case.")
    CASE_FLOODED = Kind(
        "warning",
        "More new cases came from one `source` than [limits] allows: what follows of it is kept in this one case.",
        "Read some of it. Close the case if it is no flood, and raise the limit; see docs/loops.md.",
    )
    CASE_CHANGED = Kind(
        "info", "The status or the owner of a case changed; `change` says to what, `maild explain` why."
    )
    TIMER_FIRED = Kind("info", "A timer acted.")
    TIMERS_HELD = Kind(
        "warning",
        "More cases were about to close than is usual: none does, and nobody is warned; `reason` says how many.",
        "Is the clock right, and does mail come in and go out? Then `maild timers list`, `maild timers release`.",
    )
    TIMERS_RELEASED = Kind("info", "An admin let the held `timers` pass.")
    MAIL_QUEUED = Kind("info", "A mail was written and waits in the outbox.")
    MAIL_SENT = Kind("info", "The mail server took a mail.")
    MAIL_TAKEN_BACK = Kind("info", "An agent took an answer back before it left; its text stays as a note.")
    MAIL_WITHHELD = Kind(
        "warning",
        "An automatic mail `to` somebody was not written: there have been as many as [limits] allows, as `why` says.",
        "Nothing, if a machine answers our mails (docs/loops.md). If people miss mail, raise the limit.",
    )
    MAIL_DEFERRED = Kind("warning", "The server will take a mail later; `next` is the next try.", _WAIT)
    MAIL_FAILED = Kind(
        "error",
        "A mail will not be sent.",
        "`maild outbox show ID` has the server's words; `retry` once the cause is mended.",
    )
    BACKUP_DONE = Kind("info", "A backup was taken: `file`, `bytes`, and how many `letters` and `cases` it holds.")
    BACKUP_FAILED = Kind(
        "error",
        "The daemon's `duty` of a backup or a restore drill failed; it is tried again within the hour.",
        "See the error. Without a backup, a lost disk is a lost desk.",
    )
    DIGEST_SENT = Kind("info", "So many collected `notices` are to leave as one `mail`, `to` an agent.")
    QUARANTINE_TOLD = Kind("info", "So many `letters` are held: a `mail` about them is to leave `to` an admin.")
    QUARANTINE_WORKED = Kind("info", "An admin dealt with a held `letter` by mail, or blocked a sender: `deed`.")
    REPORT_SENT = Kind("info", "A `report` is to leave as a `mail`, `to` somebody.")
    LEARNING_REPLACED = Kind(
        "info", "What was learnt anew from so many `lessons` is in use from now on: `version`, and `why`."
    )
    LEARNING_KEPT = Kind("info", "What was learnt anew is not put to use (`why`); what was in use stays.")
    LEARNING_FAILED = Kind(
        "warning",
        "Learning anew broke off; it is tried again within the hour. What was in use stays.",
        "See the error, and try `maild learn train` by hand.",
    )
    LEARNING_UNREADABLE = Kind(
        "warning",
        "What was learnt cannot be read; new cases are routed without it (`version`).",
        "Say `maild learn train`.",
    )
    STORE_RESTORED = Kind(
        "warning", "A backup was put to work; what was there before is kept `aside`.", "See outbox.held."
    )
    DRILL_DONE = Kind("info", "The newest backup was restored into a scratch place, and is what it should be.")
    DRILL_FAILED = Kind(
        "error", "The backup could not be restored, or is not what it should be.", "Take a new one; see the error."
    )
    OUTBOX_HELD = Kind(
        "warning",
        "An older copy of the store was put to work: mail is taken in, none leaves, no timer acts; `reason`: why.",
        "`maild reconcile`, look at `maild outbox list`, then `maild outbox release`.",
    )
    OUTBOX_RELEASED = Kind("info", "An admin let the held outbox go.")
    ANSWER_HELD = Kind(
        "info",
        "An agent's answer was not sent; `cause` says what they are to look at first. They were told to say /send.",
    )
    RELAY_LOST = Kind("warning", "The mail server cannot be reached; `next` is the next try.", _WAIT)
    AGENT_UNPROVEN = Kind(
        "warning",
        "A mail in an agent's name came without proof; it was held and the agent was asked (once an hour at most).",
        "If it was forged, nothing. If not, they say yes, or you say `maild quarantine release ID`.",
    )
    AGENT_ASKED = Kind(
        "info", "An agent's mail orders what is only done when it was asked back; it was held, and they were asked."
    )
    AGENT_ANSWERED = Kind(
        "info",
        "A question about a held letter was answered: confirmed (it goes its way), denied (it is dropped), or "
        "refused (the code came from somebody else).",
        "Denied or refused: somebody writes in an agent's name, or reads their mail.",
    )
    AGENT_LEFT = Kind(
        "info",
        "An `agent` was deactivated: no mail of theirs commands any more, and so many `mails` to them were kept.",
    )
    AGENT_AWAY = Kind(
        "info",
        "An `agent` is given no new cases `until` then (“back”: from now on again); their mailbox or they said so.",
    )
    TOKEN_WRONG = Kind(
        "warning", "A mail bore a token that is not ours, or not its sender's; it counted for nothing."
    )
    TOKEN_GUESSED = Kind(
        "warning",
        "More than twenty wrong tokens stood in mail of one sender within an hour; none counted. Said once a day for "
        "each sender.",
        "Nothing, unless it goes on: `maild explain` of the letter says whose name is used.",
    )
    TOKEN_VOID = Kind(
        "warning",
        "The tokens of an `agent` for a `case` (none: for new ones) came into other hands. They are good no more, "
        "and the agent was told.",
        "Ask them whether they forwarded a notice. If not, somebody reads their mail.",
    )
    CLOCK_JUMPED = Kind(
        "error",
        "The wall clock was set `by` so much. Timers wait, and the desk counts time on from what it was.",
        "If the new time is right, nothing: it is taken after an hour, or at a restart. If not, set it back.",
    )
    CLOCK_BACK = Kind("info", "The wall clock shows again what it should; timers go on.")
    CLOCK_ACCEPTED = Kind("warning", "A time to which the clock was set has been steady for an hour, and is taken.")
    TEMPLATE_FALLBACK = Kind(
        "error", "A template failed on real data; a plain mail was sent instead.", "Mend the template named."
    )
    WORKER_LOST = Kind("warning", "A parser process died or ran over its limits; a new one was started.")
    LOG_LOST = Kind(
        "warning",
        "So many `lines` of this log could not be written (a full disk, a closed pipe) and are lost.",
        "`maild explain` and the outbox know what happened meanwhile.",
    )
    RULE_FAILED = Kind(
        "error",
        "A `rule` could not be looked at and was skipped; the mail went its way without it. Said once for each rule.",
        "Mend the rule, or report it: what `maild check` accepts should not fail. The journal names each mail.",
    )
    TICK_FAILED = Kind(
        "error", "A regular duty failed; it is tried again at its next turn.", "Report it: this is a bug."
    )


def event_name(event: Event) -> str:
    """`letter.stored` for LETTER_STORED."""
    return event.name.lower().replace("_", ".", 1).replace("_", "-")


def reference() -> str:
    """The table of docs/operating.md."""
    rows = "".join(
        f"| `{event_name(event)}` | {event.value.level} | {event.value.meaning} | {event.value.todo} |\n"
        for event in Event
    )
    return f"| event | level | what it means | what to do |\n|---|---|---|---|\n{rows}"


_NAMES = {event: event_name(event) for event in Event}
_HEAD = frozenset({"at", "level", "event"})
_QUOTED = frozenset(' "=')
_LEVELS = ("debug", "info", "warning", "error")


class Log:
    """Where the lines go. Safe to use from several threads."""

    def __init__(
        self,
        out: TextIO | None = None,
        *,
        json_lines: bool = False,
        level: str = "info",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._out = out
        self._json = json_lines
        self._lowest = _LEVELS.index(level)
        self._clock = clock
        self._lock = threading.Lock()
        self._lost = 0
        self._torn = False

    def emit(self, event: Event, /, **facts: object) -> None:
        """One line: when, how loud, what happened, and the facts in the order given; None is left out."""
        if _LEVELS.index(event.value.level) < self._lowest:
            return
        known = {key: value for key, value in facts.items() if value is not None}
        if taken := _HEAD & known.keys():
            raise ValueError(
                f"a fact of {event_name(event)} is called {', '.join(taken)}, as the head of every line is"
            )
        line = self._line(event, known)
        with self._lock:
            if not self._lost or self._written(self._line(Event.LOG_LOST, {"lines": self._lost})):
                self._lost = 0 if self._written(line) else 1
            else:
                self._lost += 1

    def _line(self, event: Event, facts: dict[str, object]) -> str:
        at = self._clock()
        return self._as_json(event, facts, at) if self._json else self._as_text(event, facts, at)

    def _written(self, line: str) -> bool:
        """False when it cannot be: the desk outlives its log. A line that broke off is ended before the next."""
        out = self._out or sys.stdout
        data = (b"\n" if self._torn else b"") + line.encode("utf-8", "backslashreplace") + b"\n"
        try:
            out.flush()
            handle = out.fileno()
        except (io.UnsupportedOperation, AttributeError):  # not a file
            out.write(line + "\n")
            return True
        except (OSError, ValueError):
            return False
        try:
            # Not through the buffer of `out`: that would keep what it could not write, and fail at it for ever.
            while data:
                data = data[os.write(handle, data) :]
                self._torn = bool(data)
        except OSError:
            return False
        return True

    def _as_json(self, event: Event, facts: dict[str, object], at: datetime) -> str:
        head = {"at": at.isoformat(), "level": event.value.level, "event": _NAMES[event]}
        return json.dumps({**head, **facts}, ensure_ascii=False, default=str)

    def _as_text(self, event: Event, facts: dict[str, object], at: datetime) -> str:
        level = "" if event.value.level == "info" else f" {event.value.level.upper()}"
        words = " ".join(f"{key}={_quoted(value)}" for key, value in facts.items())
        return f"{_second(at)}{level} {_NAMES[event]} {words}".rstrip()


def _second(at: datetime) -> str:
    return at.isoformat(" ", "seconds")[:19]


def _quoted(value: object) -> str:
    """One word as it is; anything with blanks or controls in quotes, so that no mail can forge a line."""
    text = _second(value) if isinstance(value, datetime) else str(value)
    plain = text and text.isprintable() and _QUOTED.isdisjoint(text)
    return text if plain else json.dumps(text, ensure_ascii=not text.isprintable())
