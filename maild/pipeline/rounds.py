"""Probes on their round: out through the relay, back through the mailbox. One line per mailbox among the facts says
which was sent last, how long the last one took, and since when one is waited for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from maild.apply import post
from maild.desk.probes import Probe
from maild.pipeline.office import Office
from store import Unit

EVENT = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is known of the probes of one mailbox."""

    sent_at: datetime
    waiting_since: datetime | None = None
    """When the first was sent of those that did not come back; None: all came."""
    back_at: datetime | None = None
    took: float | None = None
    """Seconds of the last one that came back."""

    def as_fact(self) -> str:
        return json.dumps(
            {
                "sent_at": self.sent_at.isoformat(),
                "waiting_since": self.waiting_since.isoformat() if self.waiting_since else None,
                "back_at": self.back_at.isoformat() if self.back_at else None,
                "took": self.took,
            }
        )


def round_of(unit: Unit, mailbox: str) -> Round | None:
    """None before the first probe."""
    return _round(unit.facts.get(_fact(mailbox)))


def send_probe(office: Office, unit: Unit, mailbox: str, address: str, now: datetime) -> int | None:
    """Put one probe into the outbox, in the caller's transaction: its id; None when another node was quicker."""
    seen = unit.facts.get(_fact(mailbox))
    before = _round(seen)
    sent_at = now.replace(microsecond=0)
    if before is None:
        after = Round(sent_at=sent_at, waiting_since=sent_at)
    else:
        after = replace(before, sent_at=sent_at, waiting_since=before.waiting_since or sent_at)
    if not unit.facts.swap(_fact(mailbox), seen, after.as_fact()):
        return None
    ((mail, _),) = post(unit, office.stationery.probe(Probe(mailbox, sent_at), address, now), EVENT, now)
    return mail


def probe_is_back(unit: Unit, probe: Probe, received_at: datetime) -> None:
    """One came back; a second copy, or one from before the last that came, says nothing new."""
    known = round_of(unit, probe.mailbox)
    if known is None or known.waiting_since is None or probe.sent_at < known.waiting_since:
        return
    after = replace(
        known,
        # Those sent after this one are still under way; when the first of them was, nobody remembers.
        waiting_since=known.sent_at if known.sent_at > probe.sent_at else None,
        back_at=received_at,
        took=max(0.0, (received_at - probe.sent_at).total_seconds()),
    )
    unit.facts.put(_fact(probe.mailbox), after.as_fact())


def _fact(mailbox: str) -> str:
    return f"probe {mailbox}"


def _round(value: str | None) -> Round | None:
    if value is None:
        return None
    said = json.loads(value)
    return Round(
        sent_at=datetime.fromisoformat(said["sent_at"]),
        waiting_since=_time(said["waiting_since"]),
        back_at=_time(said["back_at"]),
        took=said["took"],
    )


def _time(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
