"""Listens for LMTP (RFC 2033): a thread with a loop of its own, and a few that hand mails to whom it is told.

    Listener(access, receiver).start() … stop()

The loop never waits for the store. A mail that takes too long to be stored is put off with 451; if it is stored
after all, the server's next try is a duplicate. Nothing lasting lives here.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from maild.errors import Temporary
from maild.transport.lmtp_access import LmtpAccess, open_socket, remove_socket
from maild.transport.lmtp_session import Session
from maild.transport.wire import one_line

_STORING = 4
"""Mails that are handed over at the same time; the others wait."""
_START_WITHIN = 10.0
_BEAT = 2.0
_GAP = 60.0
"""A loop that stood still for so long was stopped: whoever wanted to deliver meanwhile gave up for now."""


class Receiver(Protocol):
    """Who takes the mails."""

    def knows(self, recipient: str) -> bool:
        """Whether mail to this address is ours. Must be quick."""

    def deliver(self, recipients: Sequence[str], raw: bytes) -> Sequence[str]:
        """Store a mail; one reply for each recipient, in their order, such as "250 2.0.0 stored".

        Called in a thread of its own. Whatever it raises is a 451 for all of them.
        """

    def turned_away(self, reply: str, sender: str, recipient: str | None) -> None:
        """A refusal (5xx) was said, or a mail was put off (4xx)."""

    def trouble(self, error: Exception) -> None:
        """A bug; a 451 was said."""


class Listener:
    """Whoever made it starts it, asks it how long it has been steady, and stops it. It starts once."""

    def __init__(
        self, access: LmtpAccess, receiver: Receiver, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.access = access
        self.stopping = False
        self.port = access.listen.port
        self._receiver = receiver
        self._monotonic = monotonic
        self._sessions: set[Session] = set()
        self._in_hand: set[Future[Sequence[str]]] = set()
        self._steady_since = self._beat_at = monotonic()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lmtp", daemon=True)
        self._workers = ThreadPoolExecutor(_STORING, thread_name_prefix="lmtp-store")

    def start(self) -> None:
        """Listen. Raises Temporary and UserError."""
        self._socket = open_socket(self.access.listen)
        if not self.access.listen.path:
            self.port = self._socket.getsockname()[1]
        self._thread.start()
        if not self._ready.wait(_START_WITHIN):
            raise Temporary(f"[lmtp] listen {self.access.listen}: the listener did not come up")

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def steady_for(self) -> float:
        """Seconds since when every mail that was brought was also taken, or refused for good: no 451, no broken
        connection, no standstill."""
        now = self._monotonic()
        if not self.is_alive or now - self._beat_at > _GAP:
            return 0.0
        return now - self._steady_since

    def stop(self, within: float = 20.0) -> None:
        """Let nobody in, finish the mails in hand, and return; who is not done in time is cut off."""
        end = time.monotonic() + within
        if self.is_alive:
            with contextlib.suppress(RuntimeError):  # the loop has just ended by itself
                self._loop.call_soon_threadsafe(self._goodbye.set_result, within)
            self._thread.join(within + 5)
        while self._in_hand and time.monotonic() < end:
            time.sleep(0.02)
        self._workers.shutdown(wait=not self._in_hand, cancel_futures=True)
        remove_socket(self.access.listen)

    # in the loop's thread

    def _run(self) -> None:
        with self._socket:
            asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._goodbye: asyncio.Future[float] = self._loop.create_future()
        self._free_hands = asyncio.Semaphore(_STORING)
        self._loop.set_exception_handler(self._unexpected)
        make = (lambda: Session(self, self._loop), self._socket)
        opened = self._loop.create_unix_server if self.access.listen.path else self._loop.create_server
        server = await opened(make[0], sock=make[1])
        self._ready.set()
        while not self._goodbye.done():
            self._beat()
            await asyncio.wait([self._goodbye], timeout=_BEAT)
        self.stopping = True
        server.close()
        await self._wind_up(self._goodbye.result())

    def _beat(self) -> None:
        now = self._monotonic()
        if now - self._beat_at > _GAP:
            self._steady_since = now
        self._beat_at = now

    async def _wind_up(self, within: float) -> None:
        end = self._loop.time() + within
        while self._sessions and self._loop.time() < end:
            for session in list(self._sessions):
                if not session.has_mail_in_hand:
                    session.show_out()
            await asyncio.sleep(0.02)
        for session in list(self._sessions):
            session.transport.abort()
        await asyncio.sleep(0)

    def _unexpected(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and not isinstance(error, ConnectionError):
            self.trouble(error)

    # what a session asks

    def enter(self, session: Session) -> bool:
        if self.stopping or len(self._sessions) >= self.access.sessions:
            return False
        self._sessions.add(session)
        return True

    def leave(self, session: Session) -> None:
        self._sessions.discard(session)
        if session.has_mail_in_hand:
            self._put_off()

    def knows(self, recipient: str) -> bool:
        return self._receiver.knows(recipient)

    async def deliver(self, recipients: Sequence[str], raw: bytes) -> Sequence[str]:
        try:
            async with asyncio.timeout(self.access.deliver_within):
                # A mail whose time ran out may still be in a worker's hand: nothing piles up behind it.
                await self._free_hands.acquire()
                storing = self._workers.submit(self._receiver.deliver, recipients, raw)
                self._in_hand.add(storing)
                storing.add_done_callback(self._let_go)
                replies = await asyncio.wrap_future(storing)
        except TimeoutError:
            return []
        if any(reply.startswith("4") for reply in replies):
            self._put_off()
        return replies

    def _let_go(self, stored: Future[Sequence[str]]) -> None:
        self._in_hand.discard(stored)
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._free_hands.release)

    def turned_away(self, reply: str, sender: str, recipient: str | None) -> None:
        if reply.startswith("4"):
            self._put_off()
        self._receiver.turned_away(reply, one_line(sender), recipient and one_line(recipient))

    def trouble(self, error: Exception) -> None:
        self._put_off()
        self._receiver.trouble(error)

    def _put_off(self) -> None:
        """Some mail waits at the server in front, for as long as its longest pause."""
        self._steady_since = self._monotonic()
