"""A TCP proxy that misbehaves on purpose: between maild and the mailbox, maild and the relay, Postfix and maild.

    with Proxy([port]) as proxy:              listens on proxy.port
        proxy.mood = Mood("cut", 300)         each connection is reset after 300 more octets from the server
        proxy.mood = CALM

A connection goes to the first of `backends` that takes it, so one proxy stands before several nodes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.servers.process import free_ports


@dataclass(frozen=True, slots=True)
class Mood:
    """through | refuse | cut (after `octets` from the server) | stall | trickle | split | deaf (the next answer
    vanishes and the connection with it) | half (the server's side is closed, ours stays open)"""

    name: str
    octets: int = 0


CALM = Mood("through")
_PIECE = 1 << 16


class Proxy:
    def __init__(self, backends: Sequence[int]) -> None:
        self.backends = list(backends)
        self.port = free_ports(1)[0]
        self.mood = CALM
        self._writers: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20), "the proxy did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)

    def reset_all(self) -> None:
        """Reset every connection there is (RST, not FIN)."""
        self._loop.call_soon_threadsafe(lambda: [_reset(writer) for writer in list(self._writers)])

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self._ready.set()
        await self._end.wait()
        server.close()
        for writer in list(self._writers):
            _reset(writer)
        await asyncio.sleep(0.05)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.mood.name != "refuse" and (far := await self._backend()) is not None:
                far_reader, far_writer = far
                self._writers.add(far_writer)
                up = asyncio.create_task(self._pump(reader, far_writer, None))
                await self._pump(far_reader, writer, far_writer)
                _reset(far_writer)
                _reset(writer)
                await up
                self._writers.discard(far_writer)
        finally:
            _reset(writer)
            self._writers.discard(writer)

    async def _backend(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self.backends:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, far: asyncio.StreamWriter | None
    ) -> None:
        """One direction; `far` is given for that from the server."""
        left: int | None = None
        with contextlib.suppress(OSError, RuntimeError):
            while data := await reader.read(_PIECE):
                while self.mood.name == "stall":
                    await asyncio.sleep(0.05)
                mood = self.mood
                if far is not None:
                    if mood.name == "deaf":
                        break
                    if mood.name == "cut":
                        left = (mood.octets if left is None else left) - len(data)
                        if left < 0:
                            writer.write(data[:left])
                            break
                    if mood.name == "half":
                        far.transport.abort()
                        await asyncio.sleep(0.5)
                        break
                await self._write(writer, data, mood)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, mood: Mood) -> None:
        if mood.name in ("trickle", "split"):
            for at in range(len(data)):
                writer.write(data[at : at + 1])
                await writer.drain()
                if mood.name == "trickle" and self.mood == mood:
                    await asyncio.sleep(0.01)
                elif self.mood != mood:  # the weather has changed: the rest at once
                    writer.write(data[at + 1 :])
                    break
        else:
            writer.write(data)
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
