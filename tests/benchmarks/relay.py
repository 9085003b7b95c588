"""An SMTP server that takes every mail and keeps one line of it: when its last byte was taken, and for whom.

    python -m tests.benchmarks.relay PORT FILE

In a process of its own, so that what it costs is not counted as maild's.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from aiosmtpd.smtp import SMTP


class _Taker:
    def __init__(self, lines: TextIO) -> None:
        self._lines = lines

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self._lines.write(f"{time.time():.6f} {','.join(envelope.rcpt_tos)}\n")
        return "250 2.0.0 kept"

    async def handle_EHLO(
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Takes commands together (RFC 2920), as the relays of this world do."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", *responses[-1:]]


async def _serve(port: int, path: Path) -> None:
    with path.open("a", buffering=1) as lines:
        taker = _Taker(lines)
        loop = asyncio.get_running_loop()

        def session() -> SMTP:
            return SMTP(taker, hostname="relay.test", data_size_limit=64 << 20, enable_SMTPUTF8=True, loop=loop)

        server = await loop.create_server(session, "127.0.0.1", port, backlog=256)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
