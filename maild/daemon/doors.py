"""The LMTP door: mail that a server hands over becomes letters, one in each queue that it is addressed to.

    recipient → queue → one transaction for all → one 250 for each recipient

A door that cannot be opened is tried again at its next tending; the mailboxes go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from maild.daemon.outage import Outage
from maild.errors import MaildError
from maild.log import Event
from maild.pipeline.intake import take_delivery
from maild.pipeline.office import Clock, NoRoom, Office
from maild.settings.build import Lmtp
from maild.transport.lmtp_access import MAILBOX
from store import StoreUnavailable
from store.failpoints import reach

if TYPE_CHECKING:
    from maild.transport.lmtp import Listener

_TEND_EVERY = 15.0
"""Seconds at most; so much later than due a timer may act, besides."""


class LmtpDoor:
    def __init__(self, office: Office, lmtp: Lmtp, clock: Clock, wake: Callable[[], None], outage: Outage) -> None:
        self._office = office
        self._lmtp = lmtp
        self._clock = clock
        self._wake = wake
        self._outage = outage
        self._listener: Listener | None = None
        self._shut = False

    @property
    def tend_every(self) -> float:
        """Seconds."""
        return max(1.0, min(_TEND_EVERY, self._lmtp.settle.total_seconds() / 4))

    def tend(self) -> int:
        """Open the door if it is not open. If it has been steady for long enough, no mail waits outside any more:
        what came until now is stored (promise 5), and this is 1."""
        if self._listener is None or not self._listener.is_alive:
            self._open()
            return 0
        if timedelta(seconds=self._listener.steady_for()) < self._lmtp.settle:
            return 0
        with self._office.store.write() as unit:
            unit.mailboxes.mark_read(MAILBOX, self._clock(), None)
        return 1

    def close(self, within: float = 20.0) -> None:
        """Finish what is in hand, in so many seconds at most."""
        self._shut = True
        if self._listener is not None:
            self._listener.stop(within)

    def _open(self) -> None:
        from maild.transport.lmtp import Listener  # slow to load, and most desks listen to nobody

        listener, said = Listener(self._lmtp.access, self), str(self._lmtp.access.listen)
        if self._shut:
            return
        try:
            listener.start()
        except MaildError as error:
            self._office.log.emit(Event.LMTP_LOST, error=error, next=f"{self.tend_every:.0f}s")
            return
        self._listener = listener
        self._office.log.emit(Event.LMTP_LISTENING, address=said)

    # what the listener asks

    def knows(self, recipient: str) -> bool:
        return self._lmtp.queue_of(recipient) is not None

    def deliver(self, recipients: Sequence[str], raw: bytes) -> list[str]:
        """One letter in each queue addressed, all in one transaction."""
        queues = [self._lmtp.queue_of(recipient) or "" for recipient in recipients]
        try:
            letters = take_delivery(self._office, MAILBOX, list(dict.fromkeys(queues)), raw, self._clock())
        except NoRoom:  # said by whoever watches the disk
            return ["452 4.3.1 the disk has too little room left; try again"] * len(recipients)
        except StoreUnavailable as error:
            self._outage.met("delivery", error)
            return ["451 4.3.0 the store is not there just now; try again"] * len(recipients)
        self._outage.over("delivery")
        self._wake()
        reach("lmtp.pre_250")
        return [f"250 2.0.0 kept as letter {letters[queue]}" for queue in queues]

    def turned_away(self, reply: str, sender: str, recipient: str | None) -> None:
        event = Event.LMTP_REFUSED if reply.startswith("5") else Event.LMTP_PUT_OFF
        self._office.log.emit(event, sender=sender or None, recipient=recipient, said=reply)

    def trouble(self, error: Exception) -> None:
        self._office.log.emit(Event.TICK_FAILED, duty="lmtp", error=f"{type(error).__name__}: {error}")
