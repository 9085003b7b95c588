"""Signed marks of probes: mails that the desk writes to its own mailbox, to see whether mail gets there.

A probe bears its mailbox and its time in the subject, which every relay leaves alone, signed so that nobody can make
one up. Nothing else is needed to know it again, however late or often it comes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_BYTES = 10
_IN_SUBJECT = re.compile(r"\bprobe ([A-Za-z0-9_-]{1,100}) ([0-9]{9,11}) ([a-z2-7]{16})(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: which mailbox it was sent to, and when (whole seconds)."""

    mailbox: str
    sent_at: datetime


def probe_subject(key: bytes, probe: Probe) -> str:
    """The mark as it stands in the subject."""
    return f"probe {probe.mailbox} {_seconds(probe)} {_signature(key, probe)}"


def read_probe(keys: Sequence[bytes], subject: str) -> Probe | None:
    """The probe that a subject names, if it is one of ours, by any of our keys."""
    found = _IN_SUBJECT.search(subject)
    if found is None:
        return None
    probe = Probe(found.group(1), datetime.fromtimestamp(int(found.group(2)), UTC))
    said = found.group(3).lower()
    return probe if any(hmac.compare_digest(_signature(key, probe), said) for key in keys) else None


def _seconds(probe: Probe) -> int:
    return int(probe.sent_at.timestamp())


def _signature(key: bytes, probe: Probe) -> str:
    signed = f"probe|{probe.mailbox}|{_seconds(probe)}".encode()
    return b32encode(hmac.digest(key, signed, hashlib.sha256)[:_BYTES]).decode().lower()
